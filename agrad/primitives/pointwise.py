"""Elementwise operations that PyTorch has and the standard lacks, each beside its rule.

The confusing cases. Division that rounds down is of two kinds: ``divide_floor`` is Python's (an infinite dividend gives nan,
as the remainder is), while the standard's ``floor_divide`` has its own infinities. ``clamp`` takes numbers, which are no inputs;
``clip``, its sibling among the standard's functions, takes arrays, which get gradients. Steps (``round_decimals``,
``divide_floor``) have a derivative of zero, not none.
"""

from __future__ import annotations

import math
from typing import Any

from agrad.engine.op import LINEAR
from agrad.engine.primitive import binary, primitive, unary
from agrad.primitives._checks import check_divisor, not_for, refuse
from agrad.primitives._helpers import is_complex, is_inexact
from agrad.primitives._special import same_batch

_LN2 = math.log(2.0)
_NOT_FLOAT = ("bool", "int", "uint", "complex")
_INEXACT = ("float", "complex")


def _flat(xp: Any, g: Any, *_: Any, **__: Any) -> Any:
    """The derivative of a step."""
    return xp.zeros_like(g)


# ---------------------------------------------------------------- of one array

rsqrt = unary(
    "rsqrt",
    vjp=lambda xp, g, out, _x: -0.5 * (g * (out * out * out)),
    forward=lambda xp, x: 1.0 / xp.sqrt(x),
    dtypes="float",
    torch_name="Rsqrt",
)
exp2 = unary(
    "exp2",
    vjp=lambda xp, g, out, _x: g * (out * _LN2),
    forward=lambda xp, x: 2.0**x,
    dtypes="float",
    torch_name="Exp2",
)
frac = unary(
    "frac",
    vjp=lambda xp, g, _out, _x: g,
    forward=lambda xp, x: x - xp.trunc(x),
    torch_name="Frac",
    check=not_for("frac_cpu", *_NOT_FLOAT),
)
deg2rad = unary(
    "deg2rad",
    vjp=lambda xp, g, _out, _x: g * (math.pi / 180.0),
    forward=lambda xp, x: x * (math.pi / 180.0),
    dtypes="float",
    torch_name="Deg2Rad",
    check=refuse("deg2rad is not supported for complex tensors.", "complex"),
)
rad2deg = unary(
    "rad2deg",
    vjp=lambda xp, g, _out, _x: g * (180.0 / math.pi),
    forward=lambda xp, x: x * (180.0 / math.pi),
    dtypes="float",
    torch_name="Rad2Deg",
    check=refuse("rad2deg is not supported for complex tensors.", "complex"),
)


def _signum(xp: Any, x: Any) -> Any:
    if not is_inexact(xp, x):
        return x if x.dtype == xp.bool else xp.sign(x)
    return xp.where(xp.isnan(x), xp.zeros_like(x), xp.sign(x))


signum = unary(
    "signum",
    vjp=lambda xp, g, _out, _x: xp.zeros_like(g),
    forward=_signum,
    torch_name="Sign",
    check=refuse(
        "Unlike NumPy, sign is not intended to support complex numbers. Please use sgn instead.",
        "complex",
    ),
)


def _angle(xp: Any, x: Any) -> Any:
    if is_complex(xp, x):
        return xp.atan2(xp.imag(x), xp.real(x))
    return xp.where(x < 0, xp.full_like(x, math.pi), xp.where(xp.isnan(x), x, xp.zeros_like(x)))


def _angle_rule(xp: Any, g: Any, _out: Any, x: Any) -> Any:
    if not is_complex(xp, x):
        return xp.zeros_like(g)
    size = xp.abs(x)
    safe = xp.where(size == 0, xp.ones_like(size), size)
    # The gradient is i x / |x|^2: a step along it turns and does not stretch.
    return xp.astype(xp.where(size == 0, xp.zeros_like(g), g / safe), x.dtype) * (1j * x / xp.astype(safe, x.dtype))


angle = unary(
    "angle", vjp=_angle_rule, forward=_angle, dtypes="float", holomorphic=False, result="real", torch_name="Angle"
)


@primitive(
    vjp=_flat,
    jvp=_flat,
    elementwise=True,
    torch_name="RoundBackward1",
    check=not_for("round_cpu", "bool", "int", "uint"),
)
def round_decimals(xp: Any, x: Any, /, *, decimals: int) -> Any:
    """Round half to even at a decimal place, before the point for negative `decimals`; a step, of derivative zero."""
    factor = 10.0 ** abs(decimals)
    return xp.round(x * factor) / factor if decimals >= 0 else xp.round(x / factor) * factor


zero = unary("zero", vjp=_flat, forward=lambda xp, x: xp.zeros_like(x), torch_name="Zero")


@primitive(vjp=_flat, jvp=_flat, elementwise=True, torch_name="FillBackward2")
def fill(xp: Any, x: Any, /, *, value: complex) -> Any:
    """Return an array like x that is `value` everywhere: its derivative is zero."""
    return xp.full_like(x, value)


@primitive(
    vjp=(_flat, lambda xp, g, _out, _x, _value: xp.sum(g)),
    jvp=(_flat, lambda xp, t, _out, x, _value: xp.broadcast_to(t, x.shape)),
    batch=lambda xp, op, values, batched, ndims, size, params: _filled_batch(xp, values, batched, ndims, size),
    torch_name="FillBackward3",
)
def fill_from(xp: Any, x: Any, value: Any, /) -> Any:
    """Return an array like x that is the one element of `value` everywhere."""
    return xp.broadcast_to(xp.reshape(value, (1,) * x.ndim), x.shape) + xp.zeros_like(x)


def _filled_batch(xp: Any, values: Any, batched: Any, ndims: Any, size: int) -> Any:
    x, value = values
    shape = x.shape if batched[0] else (size, *x.shape)
    lead = size if batched[1] else 1
    return xp.broadcast_to(xp.reshape(value, (lead, *(1,) * ndims[0])), shape)


def _nan_to_num_rule(xp: Any, g: Any, _out: Any, x: Any, **_: Any) -> Any:
    return xp.where(xp.isfinite(x), g, 0)


@primitive(vjp=_nan_to_num_rule, jvp=_nan_to_num_rule, elementwise=True, torch_name="NanToNum")
def nan_to_num(xp: Any, x: Any, /, *, nan: float, posinf: float, neginf: float) -> Any:
    """Return real x with its nans and infinities replaced by numbers; the derivative there is zero."""
    x = xp.where(xp.isnan(x), xp.full_like(x, nan), x)
    return xp.where(x == math.inf, xp.full_like(x, posinf), xp.where(x == -math.inf, xp.full_like(x, neginf), x))


def _clamp_rule(xp: Any, g: Any, _out: Any, x: Any, *, min: float | None, max: float | None) -> Any:
    if min is None:
        inside = x <= max
    elif max is None:
        inside = x >= min
    else:
        inside = (x >= min) & (x <= max)
    return xp.where(inside, g, 0)


@primitive(
    vjp=_clamp_rule,
    jvp=_clamp_rule,
    elementwise=True,
    torch_name="ClampBackward1",
    check=refuse("clamp is not supported for complex types", "complex"),
)
def clamp(xp: Any, x: Any, /, *, min: float | None, max: float | None) -> Any:
    """Hold x between two numbers (`max` where they cross); the derivative at the bounds is 1."""
    if min is not None:
        x = xp.maximum(x, min)
    return x if max is None else xp.minimum(x, max)


def _frexp_rule(xp: Any, g: Any, out: Any, _x: Any) -> Any:
    exponent = xp.astype(out[1], g[0].dtype)
    return g[0] * 2.0 ** (-exponent)


@primitive(vjp=_frexp_rule, nout=2, differentiable_outputs=(True, False), batch=same_batch, torch_name="Frexp")
def frexp(xp: Any, x: Any, /) -> tuple[Any, Any]:
    """Split real x into a mantissa in [0.5, 1) (of x's sign) and a power of two; numbers that have none go into the mantissa."""
    plain = xp.isfinite(x) & (x != 0)
    size = xp.where(plain, xp.abs(x), xp.ones_like(x))
    exponent = xp.floor(xp.log2(size)) + 1.0
    # In two steps: 2 to the power of minus an exponent near the ends is no number of the dtype. The logarithm may be one off.
    half = xp.floor(exponent / 2.0)
    mantissa = size * 2.0 ** (-half) * 2.0 ** (half - exponent)
    exponent = xp.where(mantissa >= 1.0, exponent + 1.0, xp.where(mantissa < 0.5, exponent - 1.0, exponent))
    mantissa = xp.where(mantissa >= 1.0, mantissa / 2.0, xp.where(mantissa < 0.5, mantissa * 2.0, mantissa))
    mantissa = xp.where(plain, xp.where(x < 0, -mantissa, mantissa), x)
    return mantissa, xp.astype(xp.where(plain, exponent, xp.zeros_like(exponent)), xp.int32)


# ---------------------------------------------------------------- of two arrays


def _fmod(xp: Any, x: Any, y: Any) -> Any:
    """The remainder that has the dividend's sign."""
    check_divisor(xp, y)
    if is_inexact(xp, x):
        return xp.copysign(xp.remainder(xp.abs(x), xp.abs(y)), x)
    if xp.isdtype(x.dtype, "unsigned integer"):
        return xp.remainder(x, y)
    rest = xp.remainder(xp.abs(x), xp.abs(y))
    return xp.where(x < 0, -rest, rest)


fmod = binary(
    "fmod",
    vjp=(lambda xp, g, _out, _x, _y: g, lambda xp, g, _out, x, y: -g * xp.trunc(x / y)),
    forward=_fmod,
    torch_name="FmodBackward1",
    number_names=("FmodBackward0", None),
    check=not_for("fmod_cpu", "bool", "complex"),
)


def _divide_floor(xp: Any, x: Any, y: Any) -> Any:
    check_divisor(xp, y)
    out = xp.floor_divide(x, y)
    return xp.where(y == 0, x / y, out) if is_inexact(xp, x) else out


divide_floor = binary(
    "divide_floor",
    vjp=(_flat, _flat),
    jvp=(_flat, _flat),
    forward=_divide_floor,
    torch_name="DivBackward2",
    check=not_for("div_floor_cpu", "bool", "complex"),
)


def _divide_trunc(xp: Any, x: Any, y: Any) -> Any:
    check_divisor(xp, y)
    if is_inexact(xp, x):
        return xp.trunc(x / y)
    if xp.isdtype(x.dtype, "unsigned integer"):
        return xp.floor_divide(x, y)
    quotient = xp.floor_divide(xp.abs(x), xp.abs(y))
    return xp.where((x < 0) != (y < 0), -quotient, quotient)


divide_trunc = binary(
    "divide_trunc",
    vjp=(_flat, _flat),
    jvp=(_flat, _flat),
    forward=_divide_trunc,
    torch_name="DivBackward2",
    check=not_for("div_trunc_cpu", "bool", "complex"),
)


def _fmax(xp: Any, x: Any, y: Any) -> Any:
    if not is_inexact(xp, x):
        return xp.where(x >= y, x, y)
    return xp.where((x >= y) | xp.isnan(y), x, y)


def _fmin(xp: Any, x: Any, y: Any) -> Any:
    if not is_inexact(xp, x):
        return xp.where(x <= y, x, y)
    return xp.where((x <= y) | xp.isnan(y), x, y)


fmax = binary(
    "fmax",
    vjp=(
        lambda xp, g, _out, x, y: xp.where((x >= y) | xp.isnan(y), g, 0),
        lambda xp, g, _out, x, y: xp.where((x >= y) | xp.isnan(y), 0, g),
    ),
    forward=_fmax,
    torch_name="Fmax",
    check=refuse("fmax not implemented for complex tensors.", "complex"),
)
fmin = binary(
    "fmin",
    vjp=(
        lambda xp, g, _out, x, y: xp.where((x <= y) | xp.isnan(y), g, 0),
        lambda xp, g, _out, x, y: xp.where((x <= y) | xp.isnan(y), 0, g),
    ),
    forward=_fmin,
    torch_name="Fmin",
    check=refuse("fmin not implemented for complex tensors.", "complex"),
)
heaviside = binary(
    "heaviside",
    vjp=(None, None),
    forward=lambda xp, x, values: xp.where(x == 0, values, xp.astype(x > 0, x.dtype)),
    check=refuse("heaviside is not yet implemented for complex tensors.", "complex"),
)


def _logaddexp2(xp: Any, x: Any, y: Any) -> Any:
    large = xp.maximum(x, y)
    same = x == y  # also where both are one infinity, whose difference is nan
    apart = xp.where(same, xp.zeros_like(x), -xp.abs(x - y))
    return large + xp.log1p(2.0**apart) / _LN2


def _share2(xp: Any, x: Any, y: Any) -> Any:
    """2**x / (2**x + 2**y)."""
    return 1.0 / (1.0 + 2.0 ** xp.where(x == y, xp.zeros_like(x), y - x))


logaddexp2 = binary(
    "logaddexp2",
    vjp=(lambda xp, g, _out, x, y: g * _share2(xp, x, y), lambda xp, g, _out, x, y: g * _share2(xp, y, x)),
    forward=_logaddexp2,
    torch_name="Logaddexp2",
    check=not_for("logaddexp2_cpu", *_NOT_FLOAT),
)


def _gcd(xp: Any, x: Any, y: Any) -> Any:
    """Euclid's steps for all elements at once: as many as the worst pair needs, all that there may be where it is not known."""
    large, small = xp.abs(x), xp.abs(y)
    for _ in range(int(xp.iinfo(x.dtype).bits * 1.4404) + 2):
        going = small != 0
        try:
            if not bool(xp.any(going)):
                break
        except TypeError:  # a traced array
            pass
        rest = xp.remainder(large, xp.where(going, small, xp.ones_like(small)))
        large, small = xp.where(going, small, large), xp.where(going, rest, small)
    return large


def _lcm(xp: Any, x: Any, y: Any) -> Any:
    divisor = _gcd(xp, x, y)
    safe = xp.where(divisor == 0, xp.ones_like(divisor), divisor)
    return xp.abs(xp.floor_divide(x, safe) * y)


gcd = binary("gcd", vjp=(None, None), dtypes="integral", forward=_gcd, check=not_for("gcd_cpu", "bool", *_INEXACT))
lcm = binary("lcm", vjp=(None, None), dtypes="integral", forward=_lcm, check=not_for("lcm_cpu", "bool", *_INEXACT))


@primitive(promote=True, elementwise=True)
def isclose(xp: Any, x: Any, y: Any, /, *, rtol: float, atol: float, equal_nan: bool) -> Any:
    """Return whether abs(x - y) <= atol + rtol * abs(y), or both are equal (or nan, where that counts as equal).

    x and y are floating or complex: faces convert integers.
    """
    close = x == y
    if equal_nan:
        close = close | (xp.isnan(x) & xp.isnan(y))
    if rtol == 0 and atol == 0:
        return close
    off = xp.abs(x - y)
    return close | (xp.isfinite(off) & (off <= atol + rtol * xp.abs(y)))


# ---------------------------------------------------------------- of three arrays


@primitive(
    vjp=(
        lambda xp, g, _out, _start, _end, weight: g * (1 - weight),
        lambda xp, g, _out, _start, _end, weight: g * weight,
        lambda xp, g, _out, start, end, _weight: g * (end - start),
    ),
    promote=True,
    elementwise=True,
    torch_name="LerpBackward1",
    check=not_for("lerp_kernel_tensor", "bool", "int", "uint"),
)
def lerp(xp: Any, start: Any, end: Any, weight: Any, /) -> Any:
    """Return start + weight * (end - start), computed from the nearer end."""
    away = end - start
    return xp.where(xp.abs(weight) < 0.5, start + weight * away, end - away * (1 - weight))


@primitive(
    vjp=(
        lambda xp, g, _out, _start, _end, *, weight: g * (1 - weight),
        lambda xp, g, _out, _start, _end, *, weight: g * weight,
    ),
    promote=True,
    elementwise=True,
    torch_name="LerpBackward0",
    check=not_for("lerp_kernel_scalar", "bool", "int", "uint"),
)
def lerp_number(_xp: Any, start: Any, end: Any, /, *, weight: complex) -> Any:
    """Return start + weight * (end - start) for a number, computed from the nearer end."""
    away = end - start
    return start + weight * away if abs(weight) < 0.5 else end - away * (1 - weight)


@primitive(
    vjp=(
        lambda xp, g, _out, _x, _y, _z, *, value: g,
        lambda xp, g, _out, _x, _y, z, *, value: g * (z * value),
        lambda xp, g, _out, _x, y, _z, *, value: g * (y * value),
    ),
    promote=True,
    elementwise=True,
    torch_name="Addcmul",
)
def addcmul(_xp: Any, x: Any, y: Any, z: Any, /, *, value: complex) -> Any:
    """Return x + value * y * z."""
    return x + (y * z if value == 1 else y * value * z)


@primitive(
    vjp=(
        lambda xp, g, _out, _x, _y, _z, *, value: g,
        lambda xp, g, _out, _x, _y, z, *, value: g * (value / z),
        lambda xp, g, _out, _x, y, z, *, value: -g * ((value * y) / (z * z)),
    ),
    promote=True,
    elementwise=True,
    torch_name="Addcdiv",
)
def addcdiv(_xp: Any, x: Any, y: Any, z: Any, /, *, value: complex) -> Any:
    """Return x + value * y / z."""
    return x + (y / z if value == 1 else y * value / z)


# ---------------------------------------------------------------- real and complex


def _join(xp: Any, real: Any, imag: Any) -> Any:
    """Return real + i imag. An infinity times i would be nan in its other part, so those are put in from constants."""
    dtype = xp.complex128 if real.dtype == xp.float64 else xp.complex64
    finite = xp.isfinite(imag)
    upright = xp.astype(xp.where(finite, imag, xp.zeros_like(imag)), dtype) * 1j
    for odd, value in (
        (imag == math.inf, complex(0.0, math.inf)),
        (imag == -math.inf, complex(0.0, -math.inf)),
        (xp.isnan(imag), complex(0.0, math.nan)),
    ):
        upright = xp.where(odd, xp.full_like(upright, value), upright)
    return xp.astype(real, dtype) + upright


@primitive(
    name="complex",
    vjp=(lambda xp, g, _out, _x, _y: xp.real(g), lambda xp, g, _out, _x, _y: xp.imag(g)),
    jvp=(
        lambda xp, t, _out, _x, _y: _join(xp, t, xp.zeros_like(t)),
        lambda xp, t, _out, _x, _y: _join(xp, xp.zeros_like(t), t),
    ),
    holomorphic=False,
    promote=True,
    elementwise=True,
    torch_name="Complex",
)
def make_complex(xp: Any, real: Any, imag: Any, /) -> Any:
    """Return the complex numbers of real and imaginary parts."""
    return _join(xp, real, imag)


def _direction(xp: Any, angle: Any) -> Any:
    return _join(xp, xp.cos(angle), xp.sin(angle))


@primitive(
    vjp=(
        lambda xp, g, _out, _size, angle: xp.real(xp.conj(_direction(xp, angle)) * g),
        lambda xp, g, out, _size, _angle: xp.imag(xp.conj(out) * g),
    ),
    jvp=(
        lambda xp, t, _out, _size, angle: xp.astype(t, _complex_of(xp, t)) * _direction(xp, angle),
        lambda xp, t, out, _size, _angle: xp.astype(t, out.dtype) * (out * 1j),
    ),
    holomorphic=False,
    promote=True,
    elementwise=True,
    torch_name="Polar",
    copies=True,
)
def polar(xp: Any, size: Any, angle: Any, /) -> Any:
    """Return size * exp(i angle)."""
    return _join(xp, size * xp.cos(angle), size * xp.sin(angle))


def _complex_of(xp: Any, x: Any) -> Any:
    return xp.complex128 if x.dtype == xp.float64 else xp.complex64


def _parts(xp: Any, x: Any) -> Any:
    return xp.stack([xp.real(x), xp.imag(x)], axis=-1)


def _from_parts(xp: Any, x: Any) -> Any:
    return _join(xp, x[..., 0], x[..., 1])


@primitive(
    vjp=lambda xp, g, _out, _x: _from_parts(xp, g),
    jvp=LINEAR,
    holomorphic=False,
    batch=same_batch,
    torch_name="ViewAsReal",
)
def complex_parts(xp: Any, x: Any, /) -> Any:
    """Return real and imaginary parts along a new last axis."""
    return _parts(xp, x)


@primitive(
    vjp=lambda xp, g, _out, _x: _parts(xp, g),
    jvp=LINEAR,
    holomorphic=False,
    batch=same_batch,
    torch_name="ViewAsComplex",
)
def from_complex_parts(xp: Any, x: Any, /) -> Any:
    """Return the complex numbers whose parts are along the last axis, of length 2."""
    return _from_parts(xp, x)


__all__ = [
    "addcdiv",
    "addcmul",
    "angle",
    "clamp",
    "complex_parts",
    "deg2rad",
    "divide_floor",
    "divide_trunc",
    "exp2",
    "fill",
    "fill_from",
    "fmax",
    "fmin",
    "fmod",
    "frac",
    "frexp",
    "from_complex_parts",
    "gcd",
    "heaviside",
    "isclose",
    "lcm",
    "lerp",
    "lerp_number",
    "logaddexp2",
    "make_complex",
    "nan_to_num",
    "polar",
    "rad2deg",
    "round_decimals",
    "rsqrt",
    "signum",
    "zero",
]
