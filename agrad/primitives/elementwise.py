"""The standard's elementwise functions, each beside its rule.

Rules are plain transposes: the engine conjugates for complex numbers. Conventions at kinks are PyTorch's: abs'(0) = 0, ties of maximum and
minimum split in half, clip passes its gradient at the bounds, atan2 and hypot have gradient 0 at the origin.
"""

from __future__ import annotations

from typing import Any

from agrad.engine.primitive import binary, primitive, unary
from agrad.primitives._helpers import is_complex

# ---------------------------------------------------------------- arithmetic

add = binary(
    "add",
    vjp=(lambda xp, g, _out, _x, _y: g, lambda xp, g, _out, _x, _y: g),
    torch_name="Add",
)
subtract = binary(
    "subtract",
    vjp=(lambda xp, g, _out, _x, _y: g, lambda xp, g, _out, _x, _y: -g),
    torch_name="Sub",
)
multiply = binary(
    "multiply",
    vjp=(lambda xp, g, _out, _x, y: g * y, lambda xp, g, _out, x, _y: g * x),
    torch_name="Mul",
)
divide = binary(
    "divide",
    vjp=(lambda xp, g, _out, _x, y: g / y, lambda xp, g, out, _x, y: -g * out / y),
    dtypes="float",
    torch_name="Div",
)
negative = unary("negative", vjp=lambda xp, g, _out, _x: -g, torch_name="Neg")
positive = unary("positive", vjp=lambda xp, g, _out, _x: g, torch_name="Positive")
reciprocal = unary("reciprocal", vjp=lambda xp, g, out, _x: -g * out * out, dtypes="float", torch_name="Reciprocal")
square = unary("square", vjp=lambda xp, g, _out, x: 2 * (g * x), torch_name="Pow")


def _abs_rule(xp: Any, g: Any, out: Any, x: Any) -> Any:
    if not is_complex(xp, x):
        return g * xp.sign(x)
    safe = xp.where(out == 0, xp.ones_like(out), out)
    ratio = xp.where(out == 0, xp.zeros_like(g), g / safe)
    return xp.astype(ratio, x.dtype) * x


abs = unary("abs", vjp=_abs_rule, holomorphic=False, result="real", torch_name="Abs")


def _sign_rule(xp: Any, g: Any, out: Any, x: Any) -> Any:
    if not is_complex(xp, x):
        return None
    size = xp.abs(x)
    safe = xp.where(size == 0, xp.ones_like(size), size)
    along = xp.real(xp.conj(out) * g)
    moved = (g - xp.astype(along, x.dtype) * out) / xp.astype(safe, x.dtype)
    return xp.where(size == 0, xp.zeros_like(moved), moved)


sign = unary("sign", vjp=_sign_rule, holomorphic=False, torch_name="Sgn")


def _remainder_rule_y(xp: Any, g: Any, _out: Any, x: Any, y: Any) -> Any:
    return -g * xp.floor(x / y)


remainder = binary(
    "remainder",
    vjp=(lambda xp, g, _out, _x, _y: g, _remainder_rule_y),
    dtypes="numeric",
    torch_name="Remainder",
)


def _floor_divide(xp: Any, x: Any, y: Any) -> Any:
    """The library's, mended as the standard has it.

    An infinity divided by a number is an infinity, never nan; a number divided by an infinity is a zero, of the quotient's sign,
    also where PyTorch and NumPy say -1 (array-api-tests asks for it).
    """
    out = xp.floor_divide(x, y)
    if not xp.isdtype(out.dtype, "real floating"):
        return out
    quotient = xp.floor(x / y)
    return xp.where(xp.isinf(x) | xp.isinf(y) | (y == 0), quotient, out)


floor_divide = binary(
    "floor_divide", vjp=(None, None), forward=_floor_divide, dtypes="numeric", torch_name="FloorDivide"
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


pow = binary("pow", vjp=(_pow_rule_x, _pow_rule_y), torch_name="Pow")

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
    return 1 / (1 + xp.exp(xp.where(same, xp.zeros_like(x), y - x)))


logaddexp = binary(
    "logaddexp",
    vjp=(lambda xp, g, _out, x, y: g * _share(xp, x, y), lambda xp, g, _out, x, y: g * _share(xp, y, x)),
    dtypes="float",
    torch_name="Logaddexp",
)

# ---------------------------------------------------------------- trigonometric and hyperbolic

sin = unary("sin", vjp=lambda xp, g, _out, x: g * xp.cos(x), dtypes="float", torch_name="Sin")
cos = unary("cos", vjp=lambda xp, g, _out, x: -g * xp.sin(x), dtypes="float", torch_name="Cos")
tan = unary("tan", vjp=lambda xp, g, out, _x: g * (1 + out * out), dtypes="float", torch_name="Tan")
asin = unary("asin", vjp=lambda xp, g, _out, x: g / xp.sqrt(1 - x * x), dtypes="float", torch_name="Asin")
acos = unary("acos", vjp=lambda xp, g, _out, x: -g / xp.sqrt(1 - x * x), dtypes="float", torch_name="Acos")
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
    "tanh", vjp=lambda xp, g, out, _x: g * (1 - out * out), complex_forward=_tanh, dtypes="float", torch_name="Tanh"
)
asinh = unary("asinh", vjp=lambda xp, g, _out, x: g / xp.sqrt(x * x + 1), dtypes="float", torch_name="Asinh")
acosh = unary(
    "acosh", vjp=lambda xp, g, _out, x: g / (xp.sqrt(x - 1) * xp.sqrt(x + 1)), dtypes="float", torch_name="Acosh"
)
atanh = unary("atanh", vjp=lambda xp, g, _out, x: g / (1 - x * x), dtypes="float", torch_name="Atanh")


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


hypot = binary("hypot", vjp=(_hypot_rule_x, _hypot_rule_y), dtypes="float", torch_name="Hypot")

# ---------------------------------------------------------------- rounding and signs

ceil = unary("ceil", vjp=None, torch_name="Ceil")
floor = unary("floor", vjp=None, torch_name="Floor")
round = unary("round", vjp=None, torch_name="Round")
trunc = unary("trunc", vjp=None, torch_name="Trunc")


def _copysign_rule(xp: Any, g: Any, _out: Any, x: Any, y: Any) -> Any:
    flipped = xp.signbit(x) != xp.signbit(y)
    return xp.where(x == 0, xp.zeros_like(g), xp.where(flipped, -g, g))


copysign = binary("copysign", vjp=(_copysign_rule, None), dtypes="float", torch_name="Copysign")
nextafter = binary("nextafter", vjp=(None, None), dtypes="float")
signbit = unary("signbit", vjp=None, result="bool")


def _tie(xp: Any, g: Any, wins: Any, x: Any, y: Any) -> Any:
    """The whole cotangent where x wins, half of it at a tie; to both where either is nan, as the value is."""
    nan = xp.isnan(x) | xp.isnan(y)
    return xp.where(wins | nan, g, xp.where(x == y, g / 2, xp.zeros_like(g)))


maximum = binary(
    "maximum",
    vjp=(
        lambda xp, g, _out, x, y: _tie(xp, g, x > y, x, y),
        lambda xp, g, _out, x, y: _tie(xp, g, y > x, x, y),
    ),
    torch_name="Maximum",
)
minimum = binary(
    "minimum",
    vjp=(
        lambda xp, g, _out, x, y: _tie(xp, g, x < y, x, y),
        lambda xp, g, _out, x, y: _tie(xp, g, y < x, x, y),
    ),
    torch_name="Minimum",
)
# ---------------------------------------------------------------- complex numbers

conj = unary("conj", vjp=lambda xp, g, _out, _x: xp.conj(g), holomorphic=False, torch_name="Conj")
real = unary(
    "real",
    vjp=lambda xp, g, _out, x_meta: xp.astype(g, x_meta.dtype) if g.dtype != x_meta.dtype else g,
    holomorphic=False,
    result="real",
    torch_name="Real",
)
imag = unary(
    "imag",
    vjp=lambda xp, g, _out, x_meta: xp.astype(g, x_meta.dtype) * 1j,
    holomorphic=False,
    result="real",
    torch_name="Imag",
)

# ---------------------------------------------------------------- comparison, logic, bits: no derivative

equal = binary("equal", vjp=(None, None), result="bool", torch_name="Eq")
not_equal = binary("not_equal", vjp=(None, None), result="bool", torch_name="Ne")
less = binary("less", vjp=(None, None), result="bool", torch_name="Lt")
less_equal = binary("less_equal", vjp=(None, None), result="bool", torch_name="Le")
greater = binary("greater", vjp=(None, None), result="bool", torch_name="Gt")
greater_equal = binary("greater_equal", vjp=(None, None), result="bool", torch_name="Ge")
isfinite = unary("isfinite", vjp=None, result="bool")
isinf = unary("isinf", vjp=None, result="bool")
isnan = unary("isnan", vjp=None, result="bool")
logical_and = binary("logical_and", vjp=(None, None), result="bool")
logical_or = binary("logical_or", vjp=(None, None), result="bool")
logical_xor = binary("logical_xor", vjp=(None, None), result="bool")
logical_not = unary("logical_not", vjp=None, result="bool")
bitwise_and = binary("bitwise_and", vjp=(None, None))
bitwise_or = binary("bitwise_or", vjp=(None, None))
bitwise_xor = binary("bitwise_xor", vjp=(None, None))
bitwise_invert = unary("bitwise_invert", vjp=None)
bitwise_left_shift = binary("bitwise_left_shift", vjp=(None, None))
bitwise_right_shift = binary("bitwise_right_shift", vjp=(None, None))


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


@primitive(name="clip", vjp_all=_clip_rules, promote=True, torch_name="Clamp")
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
