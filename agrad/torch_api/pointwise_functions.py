"""Functions of real and complex numbers, element by element.

Integers and bools become the default floating dtype first. Each function takes ``out=``, a tensor that the result is written into.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad import dtypes
from agrad.primitives import data_type, elementwise, pointwise, special
from agrad.primitives._checks import OperandError
from agrad.torch_api._functions import of_one, of_two, of_two_tensors
from agrad.torch_api._out import deliver
from agrad.torch_api.shape_arguments import tensor_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Operand = Any


@of_one(elementwise.exp)
def exp(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the exponential."""


@of_one(pointwise.exp2)
def exp2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return 2 to the power of each element."""


@of_one(elementwise.expm1)
def expm1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``exp(input) - 1``, accurate near 0."""


@of_one(elementwise.log)
def log(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the natural logarithm."""


@of_one(elementwise.log2)
def log2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm to base 2."""


@of_one(elementwise.log10)
def log10(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm to base 10."""


@of_one(elementwise.log1p)
def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``log(1 + input)``, accurate near 0."""


@of_one(elementwise.sin)
def sin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the sine."""


@of_one(elementwise.cos)
def cos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the cosine."""


@of_one(elementwise.tan)
def tan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the tangent."""


@of_one(elementwise.asin)
def asin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse sine, in [-pi/2, pi/2]."""


@of_one(elementwise.asin)
def arcsin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse sine: :func:`asin`."""


@of_one(elementwise.acos)
def acos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse cosine, in [0, pi]."""


@of_one(elementwise.acos)
def arccos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse cosine: :func:`acos`."""


@of_one(elementwise.atan)
def atan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse tangent, in [-pi/2, pi/2]."""


@of_one(elementwise.atan)
def arctan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse tangent: :func:`atan`."""


@of_one(elementwise.sinh)
def sinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the hyperbolic sine."""


@of_one(elementwise.cosh)
def cosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the hyperbolic cosine."""


@of_one(elementwise.tanh)
def tanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the hyperbolic tangent."""


@of_one(elementwise.asinh)
def asinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse hyperbolic sine."""


@of_one(elementwise.asinh)
def arcsinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse hyperbolic sine: :func:`asinh`."""


@of_one(elementwise.acosh)
def acosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse hyperbolic cosine."""


@of_one(elementwise.acosh)
def arccosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse hyperbolic cosine: :func:`acosh`."""


@of_one(elementwise.atanh)
def atanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse hyperbolic tangent."""


@of_one(elementwise.atanh)
def arctanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse hyperbolic tangent: :func:`atanh`."""


@of_one(pointwise.deg2rad)
def deg2rad(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return degrees in radians."""


@of_one(pointwise.rad2deg)
def rad2deg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return radians in degrees."""


@of_one(special.erf)
def erf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the error function."""


@of_one(special.erfc)
def erfc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``1 - erf(input)``, accurate where it is small."""


@of_one(special.erfinv)
def erfinv(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse of the error function."""


@of_one(special.gammaln)
def lgamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm of the absolute value of the gamma function."""


@of_one(special.digamma)
def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the derivative of :func:`lgamma`."""


@of_one(special.i0)
def i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the modified Bessel function of the first kind of order 0."""


@of_one(special.sinc)
def sinc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``sin(pi input) / (pi input)``, 1 at 0."""


@of_two_tensors(elementwise.atan2)
def atan2(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the angle of the point (other, input), in [-pi, pi]; derivatives 0 at the origin."""


@of_two_tensors(elementwise.atan2)
def arctan2(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the angle of the point (other, input): :func:`atan2`."""


@of_two_tensors(elementwise.logaddexp)
def logaddexp(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``log(exp(input) + exp(other))`` without overflow."""


@of_two_tensors(pointwise.logaddexp2)
def logaddexp2(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``log2(2 ** input + 2 ** other)`` without overflow."""


@of_two(special.xlogy)
def xlogy(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return ``input * log(other)``, 0 where `input` is 0 (and nan where `other` is)."""


@of_two_tensors(special.gammainc)
def igamma(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the regularised lower incomplete gamma function."""


@of_two_tensors(special.gammaincc)
def igammac(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the regularised upper incomplete gamma function."""


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
