"""Elementwise functions, by the standard's names and signatures.

A function of two arguments takes a Python number for either of them: it takes the other's dtype where its kind
allows. Integers and bools given to a function of real numbers become the default floating dtype first, as in PyTorch
(the standard leaves that open).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agrad.array_api._arguments import as_tensor
from agrad.primitives import data_type, elementwise

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def abs(x: Tensor, /) -> Tensor:
    """Return the absolute value of each element, real for complex input; derivative sign(x), 0 at 0."""
    return elementwise.abs(x)


def acos(x: Tensor, /) -> Tensor:
    """Return the inverse cosine, in [0, pi]; derivative -1 / sqrt(1 - x**2)."""
    return elementwise.acos(x)


def acosh(x: Tensor, /) -> Tensor:
    """Return the inverse hyperbolic cosine; derivative 1 / (sqrt(x - 1) * sqrt(x + 1))."""
    return elementwise.acosh(x)


def add(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return x1 + x2; linear."""
    return elementwise.add(x1, x2)


def asin(x: Tensor, /) -> Tensor:
    """Return the inverse sine, in [-pi/2, pi/2]; derivative 1 / sqrt(1 - x**2)."""
    return elementwise.asin(x)


def asinh(x: Tensor, /) -> Tensor:
    """Return the inverse hyperbolic sine; derivative 1 / sqrt(x**2 + 1)."""
    return elementwise.asinh(x)


def atan(x: Tensor, /) -> Tensor:
    """Return the inverse tangent, in [-pi/2, pi/2]; derivative 1 / (1 + x**2)."""
    return elementwise.atan(x)


def atan2(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return the angle of the point (x2, x1), in [-pi, pi]; derivatives 0 at the origin."""
    return elementwise.atan2(x1, x2)


def atanh(x: Tensor, /) -> Tensor:
    """Return the inverse hyperbolic tangent; derivative 1 / (1 - x**2)."""
    return elementwise.atanh(x)


def bitwise_and(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return the bits set in both (logical and of bools); no derivative."""
    return elementwise.bitwise_and(x1, x2)


def bitwise_invert(x: Tensor, /) -> Tensor:
    """Return each element with all bits flipped (bools negated); no derivative."""
    return elementwise.bitwise_invert(x)


def bitwise_left_shift(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return the bits of x1 moved left by x2; no derivative."""
    return elementwise.bitwise_left_shift(x1, x2)


def bitwise_or(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return the bits set in either (logical or of bools); no derivative."""
    return elementwise.bitwise_or(x1, x2)


def bitwise_right_shift(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return the bits of x1 moved right by x2, keeping the sign; no derivative."""
    return elementwise.bitwise_right_shift(x1, x2)


def bitwise_xor(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return the bits set in one only (logical xor of bools); no derivative."""
    return elementwise.bitwise_xor(x1, x2)


def ceil(x: Tensor, /) -> Tensor:
    """Return the smallest integer not below each element, of x's dtype; derivative 0."""
    return elementwise.ceil(x)


def clip(x: Tensor, /, min: Tensor | float | None = None, max: Tensor | float | None = None) -> Tensor:
    """Return x held between `min` and `max`, each a number or an array that broadcasts, or None for no bound.

    The derivative in x is 1 where x lies between the bounds, also at them; in a bound it is 1 where that bound holds.
    """
    return data_type.copy(x) if min is None and max is None else elementwise.clip(x, min, max)


def conj(x: Tensor, /) -> Tensor:
    """Return the complex conjugate, of a real array a copy. Antilinear: the cotangent is conjugated."""
    x = as_tensor(x)
    return elementwise.conj(x) if x._options.is_complex else data_type.copy(x)


def copysign(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return the magnitude of x1 with the sign bit of x2; derivative in x1 is the sign change, in x2 0."""
    return elementwise.copysign(x1, x2)


def cos(x: Tensor, /) -> Tensor:
    """Return the cosine; derivative -sin(x)."""
    return elementwise.cos(x)


def cosh(x: Tensor, /) -> Tensor:
    """Return the hyperbolic cosine; derivative sinh(x)."""
    return elementwise.cosh(x)


def divide(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return x1 / x2; derivatives 1 / x2 and -x1 / x2**2."""
    return elementwise.divide(x1, x2)


def equal(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return whether x1 == x2; no derivative."""
    return elementwise.equal(x1, x2)


def exp(x: Tensor, /) -> Tensor:
    """Return the exponential; derivative the result itself."""
    return elementwise.exp(x)


def expm1(x: Tensor, /) -> Tensor:
    """Return exp(x) - 1, accurate near 0; derivative the result plus 1."""
    return elementwise.expm1(x)


def floor(x: Tensor, /) -> Tensor:
    """Return the greatest integer not above each element, of x's dtype; derivative 0."""
    return elementwise.floor(x)


def floor_divide(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return the greatest integer not above x1 / x2; derivative 0."""
    return elementwise.floor_divide(x1, x2)


def greater(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return whether x1 > x2; no derivative."""
    return elementwise.greater(x1, x2)


def greater_equal(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return whether x1 >= x2; no derivative."""
    return elementwise.greater_equal(x1, x2)


def hypot(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return sqrt(x1**2 + x2**2) without overflow; derivatives 0 at the origin."""
    return elementwise.hypot(x1, x2)


def imag(x: Tensor, /) -> Tensor:
    """Return the imaginary part of a complex array, real; the cotangent comes back multiplied by i."""
    return elementwise.imag(x)


def isfinite(x: Tensor, /) -> Tensor:
    """Return whether each element is finite; no derivative."""
    return elementwise.isfinite(x)


def isinf(x: Tensor, /) -> Tensor:
    """Return whether each element is infinite; no derivative."""
    return elementwise.isinf(x)


def isnan(x: Tensor, /) -> Tensor:
    """Return whether each element is nan; no derivative."""
    return elementwise.isnan(x)


def less(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return whether x1 < x2; no derivative."""
    return elementwise.less(x1, x2)


def less_equal(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return whether x1 <= x2; no derivative."""
    return elementwise.less_equal(x1, x2)


def log(x: Tensor, /) -> Tensor:
    """Return the natural logarithm; derivative 1 / x."""
    return elementwise.log(x)


def log10(x: Tensor, /) -> Tensor:
    """Return the base-10 logarithm; derivative 1 / (x * log(10))."""
    return elementwise.log10(x)


def log1p(x: Tensor, /) -> Tensor:
    """Return log(1 + x), accurate near 0; derivative 1 / (1 + x)."""
    return elementwise.log1p(x)


def log2(x: Tensor, /) -> Tensor:
    """Return the base-2 logarithm; derivative 1 / (x * log(2))."""
    return elementwise.log2(x)


def logaddexp(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return log(exp(x1) + exp(x2)) without overflow; derivatives exp(x1 - out) and exp(x2 - out)."""
    return elementwise.logaddexp(x1, x2)


def logical_and(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return whether both are true (not zero); no derivative."""
    return elementwise.logical_and(x1, x2)


def logical_not(x: Tensor, /) -> Tensor:
    """Return whether each element is false (zero); no derivative."""
    return elementwise.logical_not(x)


def logical_or(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return whether one is true (not zero); no derivative."""
    return elementwise.logical_or(x1, x2)


def logical_xor(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return whether exactly one is true (not zero); no derivative."""
    return elementwise.logical_xor(x1, x2)


def maximum(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return the greater of the two, nan if either is; a tie gives each half of the cotangent."""
    return elementwise.maximum(x1, x2)


def minimum(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return the smaller of the two, nan if either is; a tie gives each half of the cotangent."""
    return elementwise.minimum(x1, x2)


def multiply(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return x1 * x2; derivatives x2 and x1."""
    return elementwise.multiply(x1, x2)


def negative(x: Tensor, /) -> Tensor:
    """Return -x; linear."""
    return elementwise.negative(x)


def nextafter(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return the next representable number after x1 towards x2; derivative 0."""
    return elementwise.nextafter(x1, x2)


def not_equal(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return whether x1 != x2; no derivative."""
    return elementwise.not_equal(x1, x2)


def positive(x: Tensor, /) -> Tensor:
    """Return +x; linear."""
    return elementwise.positive(x)


def pow(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return x1 ** x2.

    Derivatives x2 * x1**(x2 - 1) and out * log(x1), the latter 0 where x1 is 0 and x2 is not negative.
    """
    return elementwise.pow(x1, x2)


def real(x: Tensor, /) -> Tensor:
    """Return the real part; real input is returned as it is. Linear."""
    x = as_tensor(x)
    return elementwise.real(x) if x._options.is_complex else x


def reciprocal(x: Tensor, /) -> Tensor:
    """Return 1 / x; derivative minus the result squared."""
    return elementwise.reciprocal(x)


def remainder(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return x1 - floor(x1 / x2) * x2, of x2's sign; derivatives 1 and -floor(x1 / x2)."""
    return elementwise.remainder(x1, x2)


def round(x: Tensor, /) -> Tensor:
    """Return the nearest integer, halves to even, of x's dtype; derivative 0."""
    return elementwise.round(x)


def sign(x: Tensor, /) -> Tensor:
    """Return the sign of each element, x / abs(x) for complex x and 0 at 0; derivative 0 for real x."""
    return elementwise.sign(x)


def signbit(x: Tensor, /) -> Tensor:
    """Return whether each element's sign bit is set (-0.0 and -nan too); no derivative."""
    return elementwise.signbit(x)


def sin(x: Tensor, /) -> Tensor:
    """Return the sine; derivative cos(x)."""
    return elementwise.sin(x)


def sinh(x: Tensor, /) -> Tensor:
    """Return the hyperbolic sine; derivative cosh(x)."""
    return elementwise.sinh(x)


def sqrt(x: Tensor, /) -> Tensor:
    """Return the square root; derivative 1 / (2 sqrt(x)), infinite at 0."""
    return elementwise.sqrt(x)


def square(x: Tensor, /) -> Tensor:
    """Return x * x; derivative 2 x."""
    return elementwise.square(x)


def subtract(x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return x1 - x2; linear."""
    return elementwise.subtract(x1, x2)


def tan(x: Tensor, /) -> Tensor:
    """Return the tangent; derivative 1 + tan(x)**2."""
    return elementwise.tan(x)


def tanh(x: Tensor, /) -> Tensor:
    """Return the hyperbolic tangent; derivative 1 - tanh(x)**2."""
    return elementwise.tanh(x)


def trunc(x: Tensor, /) -> Tensor:
    """Return the integer part, of x's dtype; derivative 0."""
    return elementwise.trunc(x)


__all__ = [
    "abs",
    "acos",
    "acosh",
    "add",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bitwise_and",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "ceil",
    "clip",
    "conj",
    "copysign",
    "cos",
    "cosh",
    "divide",
    "equal",
    "exp",
    "expm1",
    "floor",
    "floor_divide",
    "greater",
    "greater_equal",
    "hypot",
    "imag",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "nextafter",
    "not_equal",
    "positive",
    "pow",
    "real",
    "reciprocal",
    "remainder",
    "round",
    "sign",
    "signbit",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
    "trunc",
]
