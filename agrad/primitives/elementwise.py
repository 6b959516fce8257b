"""The standard's elementwise functions, each beside its rule.

Rules are plain transposes: the engine conjugates for complex numbers. Conventions at kinks are PyTorch's: abs'(0) = 0, ties of maximum and
minimum split in half, clip passes its gradient at the bounds, atan2 and hypot have gradient 0 at the origin.
"""

from __future__ import annotations

import operator
from typing import Any

from agrad.engine.primitive import LINEAR, binary, primitive, unary
from agrad.primitives._axes import positions
from agrad.primitives._checks import (
    Check,
    check_divisor,
    check_negative,
    check_positive,
    check_power,
    check_subtract,
    not_for,
    refuse,
)
from agrad.primitives._helpers import is_complex, is_inexact


def _flat(xp: Any, g: Any, _out: Any, _x: Any) -> Any:
    """The derivative of a step function: zero, as PyTorch has it, not absent."""
    return xp.zeros_like(g)


# ---------------------------------------------------------------- arithmetic

add = binary(
    "add",
    vjp=(lambda xp, g, _out, _x, _y: g, lambda xp, g, _out, _x, _y: g),
    torch_name="Add",
    augmented=operator.iadd,
)
subtract = binary(
    "subtract",
    vjp=(lambda xp, g, _out, _x, _y: g, lambda xp, g, _out, _x, _y: -g),
    torch_name="Sub",
    number_names=(None, "RsubBackward1"),
    check=check_subtract,
    augmented=operator.isub,
)
multiply = binary(
    "multiply",
    vjp=(lambda xp, g, _out, _x, y: g * y, lambda xp, g, _out, x, _y: g * x),
    torch_name="Mul",
    augmented=operator.imul,
)
divide = binary(
    "divide",
    # The quotient is computed again, and so may be changed in place after the division, as in PyTorch.
    vjp=(lambda xp, g, _out, _x, y: g / y, lambda xp, g, _out, x, y: -g * (x / y) / y),
    dtypes="float",
    torch_name="Div",
    # PyTorch multiplies the reciprocal by a number.
    number_names=(None, "Mul"),
    augmented=operator.itruediv,
)
negative = unary("negative", vjp=lambda xp, g, _out, _x: -g, torch_name="Neg", check=check_negative)
positive = unary("positive", vjp=lambda xp, g, _out, _x: g, torch_name="Positive", check=check_positive)
reciprocal = unary("reciprocal", vjp=lambda xp, g, out, _x: -g * out * out, dtypes="float", torch_name="Reciprocal")
square = unary(
    "square",
    vjp=lambda xp, g, _out, x: 2 * (g * x),
    complex_forward=lambda xp, x: xp.square(xp.astype(x, positions(xp, x, 0).dtype) if x.dtype == xp.bool else x),
    torch_name="Pow",
)


def _abs_rule(xp: Any, g: Any, _out: Any, x: Any) -> Any:
    if not is_complex(xp, x):
        return g * xp.sign(x)
    out = xp.abs(x)
    safe = xp.where(out == 0, xp.ones_like(out), out)
    ratio = xp.where(out == 0, xp.zeros_like(g), g / safe)
    return xp.astype(ratio, x.dtype) * x


def _abs_tangent(xp: Any, t: Any, out: Any, x: Any) -> Any:
    if not is_complex(xp, x):
        return t * xp.sign(x)
    zero = out == 0
    along = xp.real(xp.conj(x) * t)
    return xp.where(zero, xp.zeros_like(along), along / xp.where(zero, xp.ones_like(out), out))


abs = unary(
    "abs",
    vjp=_abs_rule,
    jvp=_abs_tangent,
    holomorphic=False,
    result="real",
    torch_name="Abs",
    check=not_for("abs_cpu", "bool"),
)


def _sign_rule(xp: Any, g: Any, out: Any, x: Any) -> Any:
    if not is_complex(xp, x):
        return xp.zeros_like(g)
    size = xp.abs(x)
    safe = xp.where(size == 0, xp.ones_like(size), size)
    along = xp.real(xp.conj(out) * g)
    moved = (g - xp.astype(along, x.dtype) * out) / xp.astype(safe, x.dtype)
    return xp.where(size == 0, xp.zeros_like(moved), moved)


def _sign_tangent(xp: Any, t: Any, out: Any, x: Any) -> Any:
    # A projection on what turns x is its own transpose.
    return _sign_rule(xp, t, out, x)


def _sign(xp: Any, x: Any) -> Any:
    out = xp.sign(x)
    # Libraries divide by the magnitude, and give zeros the signs of their parts; the standard says 0 + 0j.
    return xp.where(x == 0, xp.zeros_like(x), out) if is_complex(xp, x) else out


sign = unary("sign", vjp=_sign_rule, jvp=_sign_tangent, holomorphic=False, complex_forward=_sign, torch_name="Sgn")


def _remainder_rule_y(xp: Any, g: Any, _out: Any, x: Any, y: Any) -> Any:
    return -g * xp.floor(x / y)


def _remainder(xp: Any, x: Any, y: Any) -> Any:
    check_divisor(xp, y)
    return xp.remainder(x, y)


remainder = binary(
    "remainder",
    vjp=(lambda xp, g, _out, _x, _y: g, _remainder_rule_y),
    careful_forward=_remainder,
    dtypes="numeric",
    torch_name="RemainderBackward1",
    number_names=("RemainderBackward0", None),
    check=not_for("remainder_cpu", "bool", "complex"),
)


def _floor_divide(xp: Any, x: Any, y: Any) -> Any:
    """The library's, mended as the standard has it.

    An infinity divided by a number is an infinity, never nan; a number divided by an infinity is a zero, of the quotient's sign,
    also where PyTorch and NumPy say -1 (array-api-tests asks for it).
    """
    check_divisor(xp, y)
    out = xp.floor_divide(x, y)
    if not xp.isdtype(out.dtype, "real floating"):
        return out
    quotient = xp.floor(x / y)
    return xp.where(xp.isinf(x) | xp.isinf(y) | (y == 0), quotient, out)


floor_divide = binary(
    "floor_divide",
    vjp=(None, None),
    forward=_floor_divide,
    dtypes="numeric",
    torch_name="FloorDivide",
    check=not_for("div_floor_cpu", "bool", "complex"),
)


def _pow_rule_x(xp: Any, g: Any, _out: Any, x: Any, y: Any) -> Any:
    # The exponent 0 gives 0, also at x = 0 where x**(y - 1) is infinite.
    zero = y == 0
    return g * xp.where(zero, xp.zeros_like(y), y) * xp.pow(x, xp.where(zero, xp.ones_like(y), y - 1))


def _pow_rule_y(xp: Any, g: Any, out: Any, x: Any, y: Any) -> Any:
    # 0**y is constant for y >= 0: its derivative is 0 and not 0 * log(0).
    if is_complex(xp, x):
        flat = (x == 0) & (xp.real(y) >= 0)
    else:
        flat = (x == 0) & (y >= 0)
    safe = xp.where(flat, xp.ones_like(x), x)
    return g * xp.where(flat, xp.zeros_like(out), out * xp.log(safe))


def _pow(xp: Any, x: Any, y: Any) -> Any:
    if is_inexact(xp, x):
        return xp.pow(x, y)
    if x.dtype == xp.bool:
        return xp.logical_or(x, xp.logical_not(y))
    if xp.isdtype(x.dtype, "unsigned integer"):
        return xp.pow(x, y)
    # Of integers to negative powers only those of 1 and -1 are not 0.
    negative_power = y < 0
    out = xp.pow(x, xp.where(negative_power, -y, y))
    return xp.where(negative_power & (xp.abs(x) != 1), xp.zeros_like(out), out)


pow = binary(
    "pow",
    vjp=(_pow_rule_x, _pow_rule_y),
    careful_forward=_pow,
    torch_name="PowBackward1",
    number_names=("PowBackward0", "PowBackward2"),
    check=check_power,
)

# ---------------------------------------------------------------- exponentials and logarithms

exp = unary("exp", vjp=lambda xp, g, out, _x: g * out, dtypes="float", torch_name="Exp")


def _expm1(xp: Any, x: Any) -> Any:
    out = xp.expm1(x)
    if not is_complex(xp, x):
        return out
    # The standard's special cases, in which libraries differ: exp(-inf + iy) is 0 whatever y; on the real axis the function is the
    # real one; an infinity with no direction is inf + nan j.
    real, imag = xp.real(x), xp.imag(x)
    out = xp.where(real == -xp.inf, xp.zeros_like(out) - 1, out)
    on_axis = xp.astype(xp.expm1(real) + 0, out.dtype)  # -0 becomes 0
    out = xp.where(imag == 0, xp.where(xp.signbit(imag), xp.conj(on_axis), on_axis), out)
    lost = (real == xp.inf) & ~xp.isfinite(imag)
    return xp.where(lost, xp.zeros_like(out) + complex("inf+nanj"), out)


expm1 = unary(
    "expm1", vjp=lambda xp, g, out, _x: g * (out + 1), complex_forward=_expm1, dtypes="float", torch_name="Expm1"
)
log = unary("log", vjp=lambda xp, g, _out, x: g / x, dtypes="float", torch_name="Log")
log1p = unary("log1p", vjp=lambda xp, g, _out, x: g / (x + 1), dtypes="float", torch_name="Log1P")
log2 = unary("log2", vjp=lambda xp, g, _out, x: g / (x * 0.6931471805599453), dtypes="float", torch_name="Log2")
log10 = unary("log10", vjp=lambda xp, g, _out, x: g / (x * 2.302585092994046), dtypes="float", torch_name="Log10")
sqrt = unary("sqrt", vjp=lambda xp, g, out, _x: g / (2 * out), dtypes="float", torch_name="Sqrt")


def _share(xp: Any, x: Any, y: Any) -> Any:
    """exp(x) / (exp(x) + exp(y)): from the difference, not from the result, whose rounding would be felt at large values."""
    same = x == y  # also where both are the same infinity: their difference is nan
    gap = xp.where(same, xp.zeros_like(x), x - y)
    return 1 / (1 + xp.exp(-gap)) if is_complex(xp, gap) else xp.special.expit(gap)


logaddexp = binary(
    "logaddexp",
    vjp=(lambda xp, g, _out, x, y: g * _share(xp, x, y), lambda xp, g, _out, x, y: g * _share(xp, y, x)),
    dtypes="float",
    torch_name="Logaddexp",
    check=not_for("logaddexp_cpu", "bool", "int", "uint"),
)

# ---------------------------------------------------------------- trigonometric and hyperbolic

sin = unary("sin", vjp=lambda xp, g, _out, x: g * xp.cos(x), dtypes="float", torch_name="Sin")
cos = unary("cos", vjp=lambda xp, g, _out, x: -g * xp.sin(x), dtypes="float", torch_name="Cos")
tan = unary("tan", vjp=lambda xp, g, out, _x: g * (1 + out * out), dtypes="float", torch_name="Tan")
asin = unary("asin", vjp=lambda xp, g, _out, x: g / xp.sqrt(xp.one_minus_square(x)), dtypes="float", torch_name="Asin")
acos = unary("acos", vjp=lambda xp, g, _out, x: -g / xp.sqrt(xp.one_minus_square(x)), dtypes="float", torch_name="Acos")
atan = unary("atan", vjp=lambda xp, g, _out, x: g / (1 + x * x), dtypes="float", torch_name="Atan")
sinh = unary("sinh", vjp=lambda xp, g, _out, x: g * xp.cosh(x), dtypes="float", torch_name="Sinh")
cosh = unary("cosh", vjp=lambda xp, g, _out, x: g * xp.sinh(x), dtypes="float", torch_name="Cosh")


def _tanh(xp: Any, x: Any) -> Any:
    out = xp.tanh(x)
    if not is_complex(xp, x):
        return out
    # tanh(+-inf + iy) is +-1 for any finite y.
    real = xp.real(x)
    return xp.where(xp.isinf(real) & xp.isfinite(xp.imag(x)), xp.astype(xp.sign(real), out.dtype), out)


tanh = unary(
    "tanh",
    vjp=lambda xp, g, out, _x: g * xp.one_minus_square(out),
    complex_forward=_tanh,
    dtypes="float",
    torch_name="Tanh",
)
asinh = unary("asinh", vjp=lambda xp, g, _out, x: g / xp.sqrt(x * x + 1), dtypes="float", torch_name="Asinh")
acosh = unary(
    "acosh", vjp=lambda xp, g, _out, x: g / (xp.sqrt(x - 1) * xp.sqrt(x + 1)), dtypes="float", torch_name="Acosh"
)
atanh = unary("atanh", vjp=lambda xp, g, _out, x: g / xp.one_minus_square(x), dtypes="float", torch_name="Atanh")


def _away_from_origin(xp: Any, x: Any, y: Any, square_sum: Any) -> Any:
    origin = (x == 0) & (y == 0)
    return origin, xp.where(origin, xp.ones_like(square_sum), square_sum)


def _atan2_rule_x(xp: Any, g: Any, _out: Any, x: Any, y: Any) -> Any:
    origin, safe = _away_from_origin(xp, x, y, x * x + y * y)
    return g * xp.where(origin, xp.zeros_like(safe), y / safe)


def _atan2_rule_y(xp: Any, g: Any, _out: Any, x: Any, y: Any) -> Any:
    origin, safe = _away_from_origin(xp, x, y, x * x + y * y)
    return g * xp.where(origin, xp.zeros_like(safe), -x / safe)


atan2 = binary("atan2", vjp=(_atan2_rule_x, _atan2_rule_y), dtypes="float", torch_name="Atan2")


def _hypot_rule_x(xp: Any, g: Any, out: Any, x: Any, _y: Any) -> Any:
    safe = xp.where(out == 0, xp.ones_like(out), out)
    return g * (x / safe)


def _hypot_rule_y(xp: Any, g: Any, out: Any, _x: Any, y: Any) -> Any:
    safe = xp.where(out == 0, xp.ones_like(out), out)
    return g * (y / safe)


hypot = binary(
    "hypot",
    vjp=(_hypot_rule_x, _hypot_rule_y),
    dtypes="float",
    torch_name="Hypot",
    check=not_for("hypot_cpu", "bool", "int", "uint", "complex"),
)

# ---------------------------------------------------------------- rounding and signs


def _real_step(name: str) -> Check:
    bools, complexes = (
        not_for(f"{name}_vml_cpu", "bool"),
        refuse(f"{name} is not supported for complex inputs", "complex"),
    )

    def check(operands: list[Any]) -> None:
        bools(operands)
        complexes(operands)

    return check


ceil = unary("ceil", vjp=_flat, torch_name="Ceil", check=_real_step("ceil"))
floor = unary("floor", vjp=_flat, torch_name="Floor", check=_real_step("floor"))
round = unary("round", vjp=_flat, torch_name="Round", check=not_for("round_vml_cpu", "bool"))
trunc = unary("trunc", vjp=_flat, torch_name="Trunc", check=_real_step("trunc"))


def _copysign_rule(xp: Any, g: Any, out: Any, x: Any, _y: Any) -> Any:
    flipped = xp.signbit(x) != xp.signbit(out)
    return xp.where(x == 0, xp.zeros_like(g), xp.where(flipped, -g, g))


copysign = binary(
    "copysign",
    vjp=(_copysign_rule, lambda xp, g, _out, _x, _y: xp.zeros_like(g)),
    dtypes="float",
    torch_name="Copysign",
    number_names=("CopysignBackward1", None),
    check=not_for("copysign_cpu", "complex"),
)
nextafter = binary(
    "nextafter", vjp=(None, None), dtypes="float", check=not_for("nextafter_cpu", "bool", "int", "uint", "complex")
)
signbit = unary(
    "signbit", vjp=None, result="bool", check=refuse("signbit is not implemented for complex tensors.", "complex")
)


def _tie(xp: Any, g: Any, wins: Any, x: Any, y: Any) -> Any:
    """The whole cotangent where x wins, half of it at a tie; to both where either is nan, as the value is."""
    nan = xp.isnan(x) | xp.isnan(y)
    return xp.where(wins | nan, g, xp.where(x == y, g / 2, 0))


def _by_counting(name: str) -> Any:
    """Return a function that the namespace has for numbers, for bools too: there they are counted as 0 and 1."""

    def forward(xp: Any, x: Any, y: Any) -> Any:
        function = getattr(xp, name)
        if x.dtype == xp.bool:
            return xp.astype(function(xp.astype(x, xp.uint8), xp.astype(y, xp.uint8)), xp.bool)
        return function(x, y)

    return forward


maximum = binary(
    "maximum",
    vjp=(
        lambda xp, g, _out, x, y: _tie(xp, g, x > y, x, y),
        lambda xp, g, _out, x, y: _tie(xp, g, y > x, x, y),
    ),
    careful_forward=_by_counting("maximum"),
    torch_name="Maximum",
    check=refuse("maximum not implemented for complex tensors.", "complex"),
)
minimum = binary(
    "minimum",
    vjp=(
        lambda xp, g, _out, x, y: _tie(xp, g, x < y, x, y),
        lambda xp, g, _out, x, y: _tie(xp, g, y < x, x, y),
    ),
    careful_forward=_by_counting("minimum"),
    torch_name="Minimum",
    check=refuse("minimum not implemented for complex tensors.", "complex"),
)
# ---------------------------------------------------------------- complex numbers


def _conj_forward(xp: Any, x: Any) -> Any:
    return xp.conj(x) if is_complex(xp, x) else xp.positive(x)  # a namespace may return a real array itself


conj = unary(
    "conj",
    forward=_conj_forward,
    vjp=lambda xp, g, _out, _x: xp.conj(g),
    jvp=LINEAR,
    holomorphic=False,
    torch_name="Conj",
)
real = unary(
    "real",
    vjp=lambda xp, g, _out, x_meta: xp.astype(g, x_meta.dtype) if g.dtype != x_meta.dtype else g,
    jvp=LINEAR,
    holomorphic=False,
    result="real",
    torch_name="Select",
)
imag = unary(
    "imag",
    vjp=lambda xp, g, _out, x_meta: xp.astype(g, x_meta.dtype) * 1j,
    jvp=LINEAR,
    holomorphic=False,
    result="real",
    torch_name="Select",
)

# ---------------------------------------------------------------- comparison, logic, bits: no derivative


def _as_bool(xp: Any, x: Any) -> Any:
    return x if x.dtype == xp.bool else xp.astype(x, xp.bool)


def _of_truth(name: str) -> Any:
    """Return a function of bools for all dtypes: what is not zero is true."""

    def forward(xp: Any, *arrays: Any) -> Any:
        return getattr(xp, name)(*[_as_bool(xp, x) for x in arrays])

    return forward


equal = binary("equal", vjp=(None, None), result="bool", torch_name="Eq")
not_equal = binary("not_equal", vjp=(None, None), result="bool", torch_name="Ne")
less = binary("less", vjp=(None, None), result="bool", torch_name="Lt", check=not_for("lt_cpu", "complex"))
less_equal = binary("less_equal", vjp=(None, None), result="bool", torch_name="Le", check=not_for("le_cpu", "complex"))
greater = binary("greater", vjp=(None, None), result="bool", torch_name="Gt", check=not_for("gt_cpu", "complex"))
greater_equal = binary(
    "greater_equal", vjp=(None, None), result="bool", torch_name="Ge", check=not_for("ge_cpu", "complex")
)
isfinite = unary("isfinite", vjp=None, result="bool")
isinf = unary("isinf", vjp=None, result="bool")
isnan = unary("isnan", vjp=None, result="bool")
logical_and = binary("logical_and", vjp=(None, None), result="bool", forward=_of_truth("logical_and"))
logical_or = binary("logical_or", vjp=(None, None), result="bool", forward=_of_truth("logical_or"))
logical_xor = binary("logical_xor", vjp=(None, None), result="bool", forward=_of_truth("logical_xor"))
logical_not = unary("logical_not", vjp=None, result="bool", forward=_of_truth("logical_not"))

_INEXACT = ("float", "complex")
bitwise_and = binary(
    "bitwise_and",
    vjp=(None, None),
    dtypes="integral",
    check=not_for("bitwise_and_cpu", *_INEXACT),
    torch_name="BitwiseAnd",
)
bitwise_or = binary(
    "bitwise_or",
    vjp=(None, None),
    dtypes="integral",
    check=not_for("bitwise_or_cpu", *_INEXACT),
    torch_name="BitwiseOr",
)
bitwise_xor = binary(
    "bitwise_xor",
    vjp=(None, None),
    dtypes="integral",
    check=not_for("bitwise_xor_cpu", *_INEXACT),
    torch_name="BitwiseXor",
)
bitwise_invert = unary(
    "bitwise_invert", vjp=None, dtypes="integral", check=not_for("bitwise_not_cpu", *_INEXACT), torch_name="BitwiseNot"
)
bitwise_left_shift = binary(
    "bitwise_left_shift", vjp=(None, None), dtypes="integral", check=not_for("lshift_cpu", *_INEXACT)
)
bitwise_right_shift = binary(
    "bitwise_right_shift", vjp=(None, None), dtypes="integral", check=not_for("rshift_cpu", *_INEXACT)
)


def _clip_rules(xp: Any, g: Any, _out: Any, x: Any, *bounds: Any, has_min: bool, has_max: bool) -> tuple[Any, ...]:
    low = bounds[0] if has_min else None
    high = bounds[-1] if has_max else None
    zero = xp.zeros_like(g)
    inside = None
    if low is not None:
        inside = x >= low
    if high is not None:
        inside = (x <= high) if inside is None else inside & (x <= high)
    cotangents = [g if inside is None else xp.where(inside, g, zero)]
    if low is not None:
        below = x < low if high is None else (x < low) & (low < high)
        cotangents.append(xp.where(below, g, zero))
    if high is not None:
        above = x > high if low is None else (x > high) | (low > high)
        cotangents.append(xp.where(above, g, zero))
    return tuple(cotangents)


def _clip_tangent(xp: Any, tangents: Any, out: Any, x: Any, *bounds: Any, has_min: bool, has_max: bool) -> Any:
    """Each part of the result moves with what is active there; every rule is diagonal."""
    total = None
    slopes = _clip_rules(xp, xp.ones_like(out), out, x, *bounds, has_min=has_min, has_max=has_max)
    for tangent, slope in zip(tangents, slopes, strict=True):
        if tangent is not None:
            part = tangent * slope
            total = part if total is None else total + part
    return total


@primitive(name="clip", vjp_all=_clip_rules, jvp_all=_clip_tangent, promote=True, torch_name="Clamp")
def _clip(xp: Any, x: Any, /, *bounds: Any, has_min: bool, has_max: bool) -> Any:
    if has_min:
        x = xp.maximum(x, bounds[0])
    if has_max:
        x = xp.minimum(x, bounds[-1])
    return x


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """Clamp each element into [min, max]; the derivative at the bounds is 1.

    Parameters
    ----------
    x : Tensor
    min, max : Tensor, number or None
        A bound that is a Tensor receives the gradient where it is active.
    """
    bounds = tuple(bound for bound in (min, max) if bound is not None)
    return _clip(x, *bounds, has_min=min is not None, has_max=max is not None)
