"""Functions of real and complex numbers, element by element.

Integers and bools become the default floating dtype first. Each function takes ``out=``, a tensor that the result is written into.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad import dtypes
from agrad.primitives import data_type, elementwise, pointwise, special
from agrad.primitives._checks import OperandError
from agrad.torch_api._out import deliver
from agrad.torch_api.shape_arguments import tensor_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Operand = Any


def exp(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the exponential."""
    result = elementwise.exp(input)
    return result if out is None else deliver("exp", result, out)


def exp2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return 2 to the power of each element."""
    result = pointwise.exp2(input)
    return result if out is None else deliver("exp2", result, out)


def expm1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``exp(input) - 1``, accurate near 0."""
    result = elementwise.expm1(input)
    return result if out is None else deliver("expm1", result, out)


def log(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the natural logarithm."""
    result = elementwise.log(input)
    return result if out is None else deliver("log", result, out)


def log2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm to base 2."""
    result = elementwise.log2(input)
    return result if out is None else deliver("log2", result, out)


def log10(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm to base 10."""
    result = elementwise.log10(input)
    return result if out is None else deliver("log10", result, out)


def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``log(1 + input)``, accurate near 0."""
    result = elementwise.log1p(input)
    return result if out is None else deliver("log1p", result, out)


def sin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the sine."""
    result = elementwise.sin(input)
    return result if out is None else deliver("sin", result, out)


def cos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the cosine."""
    result = elementwise.cos(input)
    return result if out is None else deliver("cos", result, out)


def tan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the tangent."""
    result = elementwise.tan(input)
    return result if out is None else deliver("tan", result, out)


def asin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse sine, in [-pi/2, pi/2]."""
    result = elementwise.asin(input)
    return result if out is None else deliver("asin", result, out)


def arcsin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse sine: :func:`asin`."""
    result = elementwise.asin(input)
    return result if out is None else deliver("arcsin", result, out)


def acos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse cosine, in [0, pi]."""
    result = elementwise.acos(input)
    return result if out is None else deliver("acos", result, out)


def arccos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse cosine: :func:`acos`."""
    result = elementwise.acos(input)
    return result if out is None else deliver("arccos", result, out)


def atan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse tangent, in [-pi/2, pi/2]."""
    result = elementwise.atan(input)
    return result if out is None else deliver("atan", result, out)


def arctan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse tangent: :func:`atan`."""
    result = elementwise.atan(input)
    return result if out is None else deliver("arctan", result, out)


def sinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the hyperbolic sine."""
    result = elementwise.sinh(input)
    return result if out is None else deliver("sinh", result, out)


def cosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the hyperbolic cosine."""
    result = elementwise.cosh(input)
    return result if out is None else deliver("cosh", result, out)


def tanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the hyperbolic tangent."""
    result = elementwise.tanh(input)
    return result if out is None else deliver("tanh", result, out)


def asinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse hyperbolic sine."""
    result = elementwise.asinh(input)
    return result if out is None else deliver("asinh", result, out)


def arcsinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse hyperbolic sine: :func:`asinh`."""
    result = elementwise.asinh(input)
    return result if out is None else deliver("arcsinh", result, out)


def acosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse hyperbolic cosine."""
    result = elementwise.acosh(input)
    return result if out is None else deliver("acosh", result, out)


def arccosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse hyperbolic cosine: :func:`acosh`."""
    result = elementwise.acosh(input)
    return result if out is None else deliver("arccosh", result, out)


def atanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse hyperbolic tangent."""
    result = elementwise.atanh(input)
    return result if out is None else deliver("atanh", result, out)


def arctanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse hyperbolic tangent: :func:`atanh`."""
    result = elementwise.atanh(input)
    return result if out is None else deliver("arctanh", result, out)


def deg2rad(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return degrees in radians."""
    result = pointwise.deg2rad(input)
    return result if out is None else deliver("deg2rad", result, out)


def rad2deg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return radians in degrees."""
    result = pointwise.rad2deg(input)
    return result if out is None else deliver("rad2deg", result, out)


def erf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the error function."""
    result = special.erf(input)
    return result if out is None else deliver("erf", result, out)


def erfc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``1 - erf(input)``, accurate where it is small."""
    result = special.erfc(input)
    return result if out is None else deliver("erfc", result, out)


def erfinv(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse of the error function."""
    result = special.erfinv(input)
    return result if out is None else deliver("erfinv", result, out)


def lgamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm of the absolute value of the gamma function."""
    result = special.gammaln(input)
    return result if out is None else deliver("lgamma", result, out)


def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the derivative of :func:`lgamma`."""
    result = special.digamma(input)
    return result if out is None else deliver("digamma", result, out)


def i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the modified Bessel function of the first kind of order 0."""
    result = special.i0(input)
    return result if out is None else deliver("i0", result, out)


def sinc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``sin(pi input) / (pi input)``, 1 at 0."""
    result = special.sinc(input)
    return result if out is None else deliver("sinc", result, out)


def atan2(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the angle of the point (other, input), in [-pi, pi]; derivatives 0 at the origin."""
    result = elementwise.atan2(tensor_of("atan2", input), tensor_of("atan2", other, "other", 2))
    return result if out is None else deliver("atan2", result, out)


def arctan2(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the angle of the point (other, input): :func:`atan2`."""
    result = elementwise.atan2(tensor_of("arctan2", input), tensor_of("arctan2", other, "other", 2))
    return result if out is None else deliver("arctan2", result, out)


def logaddexp(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``log(exp(input) + exp(other))`` without overflow."""
    result = elementwise.logaddexp(tensor_of("logaddexp", input), tensor_of("logaddexp", other, "other", 2))
    return result if out is None else deliver("logaddexp", result, out)


def logaddexp2(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``log2(2 ** input + 2 ** other)`` without overflow."""
    result = pointwise.logaddexp2(tensor_of("logaddexp2", input), tensor_of("logaddexp2", other, "other", 2))
    return result if out is None else deliver("logaddexp2", result, out)


def xlogy(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return ``input * log(other)``, 0 where `input` is 0 (and nan where `other` is)."""
    result = special.xlogy(input, other)
    return result if out is None else deliver("xlogy", result, out)


def igamma(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the regularised lower incomplete gamma function."""
    result = special.gammainc(tensor_of("igamma", input), tensor_of("igamma", other, "other", 2))
    return result if out is None else deliver("igamma", result, out)


def igammac(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the regularised upper incomplete gamma function."""
    result = special.gammaincc(tensor_of("igammac", input), tensor_of("igammac", other, "other", 2))
    return result if out is None else deliver("igammac", result, out)


def polygamma(n: int, input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the derivative of order `n` of :func:`digamma`."""
    result = _polygamma(n, input)
    return result if out is None else deliver("polygamma", result, out)


def _polygamma(n: Any, input: Any) -> Any:
    if isinstance(n, int) and n < 0:
        raise OperandError("polygamma(n, x) does not support negative n.")
    return special.digamma(input) if n == 0 else special.polygamma(n, input)


def mvlgamma(input: Tensor, p: int, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm of the multivariate gamma function of dimension `p`."""
    result = special.multigammaln(input, p)
    return result if out is None else deliver("mvlgamma", result, out)


def logit(input: Tensor, eps: float | None = None, *, out: Tensor | None = None) -> Tensor:
    """Return ``log(input / (1 - input))``.

    Parameters
    ----------
    eps : float, optional
        Hold `input` in [eps, 1 - eps] first; else numbers outside of [0, 1] give nan.
    """
    if eps is not None:
        input = pointwise.clamp(_floating(tensor_of("logit", input)), min=eps, max=1.0 - eps)
    result = special.logit(input)
    return result if out is None else deliver("logit", result, out)


def _floating(input: Any) -> Any:
    return input if input._options.is_inexact else data_type.astype(input, dtype=dtypes.get_default_dtype())


__all__ = [
    "acos",
    "acosh",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cos",
    "cosh",
    "deg2rad",
    "digamma",
    "erf",
    "erfc",
    "erfinv",
    "exp",
    "exp2",
    "expm1",
    "i0",
    "igamma",
    "igammac",
    "lgamma",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "logit",
    "mvlgamma",
    "polygamma",
    "rad2deg",
    "sin",
    "sinc",
    "sinh",
    "tan",
    "tanh",
    "xlogy",
]
