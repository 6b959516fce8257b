"""torch.special's functions: those of mathematics that are not elementary, element by element.

Integers become the default floating dtype first. Where a derivative is no function of ours (in the first argument of `gammainc` and
`zeta`), asking for it raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.dtypes import DType
from agrad.primitives import elementwise, pointwise
from agrad.primitives import special as _special
from agrad.torch_api import activation, pointwise_functions, pointwise_rounding, reduction
from agrad.torch_api._out import deliver

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Operand = Any
Dims = Any


def entr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``-input * log(input)``, 0 at 0 and -inf below."""
    result = _special.entr(input)
    return result if out is None else deliver("entr", result, out)


def erf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the error function."""
    result = _special.erf(input)
    return result if out is None else deliver("erf", result, out)


def erfc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``1 - erf(input)``, accurate where it is small."""
    result = _special.erfc(input)
    return result if out is None else deliver("erfc", result, out)


def erfcx(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``exp(input ** 2) * erfc(input)``."""
    result = _special.erfcx(input)
    return result if out is None else deliver("erfcx", result, out)


def erfinv(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse of the error function."""
    result = _special.erfinv(input)
    return result if out is None else deliver("erfinv", result, out)


def exp2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return 2 to the power of each element."""
    result = pointwise.exp2(input)
    return result if out is None else deliver("exp2", result, out)


def expit(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``1 / (1 + exp(-input))``."""
    result = _special.expit(input)
    return result if out is None else deliver("expit", result, out)


def expm1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``exp(input) - 1``, accurate near 0."""
    result = elementwise.expm1(input)
    return result if out is None else deliver("expm1", result, out)


def gammaln(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm of the absolute value of the gamma function."""
    result = _special.gammaln(input)
    return result if out is None else deliver("gammaln", result, out)


def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the derivative of :func:`gammaln`."""
    result = _special.digamma(input)
    return result if out is None else deliver("digamma", result, out)


def psi(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the derivative of :func:`gammaln`: :func:`digamma`."""
    result = _special.digamma(input)
    return result if out is None else deliver("psi", result, out)


def i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the modified Bessel function of the first kind of order 0."""
    result = _special.i0(input)
    return result if out is None else deliver("i0", result, out)


def i0e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``exp(-abs(input)) * i0(input)``."""
    result = _special.i0e(input)
    return result if out is None else deliver("i0e", result, out)


def i1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the modified Bessel function of the first kind of order 1."""
    result = _special.i1(input)
    return result if out is None else deliver("i1", result, out)


def i1e(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``exp(-abs(input)) * i1(input)``."""
    result = _special.i1e(input)
    return result if out is None else deliver("i1e", result, out)


def modified_bessel_i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the modified Bessel function of the first kind of order 0: :func:`i0`."""
    result = _special.i0(input)
    return result if out is None else deliver("modified_bessel_i0", result, out)


def modified_bessel_i1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the modified Bessel function of the first kind of order 1: :func:`i1`."""
    result = _special.i1(input)
    return result if out is None else deliver("modified_bessel_i1", result, out)


def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``log(1 + input)``, accurate near 0."""
    result = elementwise.log1p(input)
    return result if out is None else deliver("log1p", result, out)


def log_ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm of :func:`ndtr`."""
    result = _special.log_ndtr(input)
    return result if out is None else deliver("log_ndtr", result, out)


def ndtr(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the area under the normal density up to each element."""
    result = _special.ndtr(input)
    return result if out is None else deliver("ndtr", result, out)


def ndtri(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse of :func:`ndtr`."""
    result = _special.ndtri(input)
    return result if out is None else deliver("ndtri", result, out)


def sinc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``sin(pi input) / (pi input)``, 1 at 0."""
    result = _special.sinc(input)
    return result if out is None else deliver("sinc", result, out)


def gammainc(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the regularised lower incomplete gamma function."""
    result = _special.gammainc(input, other)
    return result if out is None else deliver("gammainc", result, out)


def gammaincc(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the regularised upper incomplete gamma function."""
    result = _special.gammaincc(input, other)
    return result if out is None else deliver("gammaincc", result, out)


def xlog1py(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return ``input * log1p(other)``, 0 where `input` is 0 (and nan where `other` is)."""
    result = _special.xlog1py(input, other)
    return result if out is None else deliver("xlog1py", result, out)


def xlogy(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return ``input * log(other)``, 0 where `input` is 0 (and nan where `other` is)."""
    result = _special.xlogy(input, other)
    return result if out is None else deliver("xlogy", result, out)


def zeta(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the Hurwitz zeta function."""
    result = _special.zeta(input, other)
    return result if out is None else deliver("zeta", result, out)


def polygamma(n: int, input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the derivative of order `n` of :func:`digamma`."""
    return pointwise_functions.polygamma(n, input, out=out)


def multigammaln(input: Tensor, p: int, *, out: Tensor | None = None) -> Tensor:
    """Return the logarithm of the multivariate gamma function of dimension `p`."""
    return pointwise_functions.mvlgamma(input, p, out=out)


def logit(input: Tensor, eps: float | None = None, *, out: Tensor | None = None) -> Tensor:
    """Return ``log(input / (1 - input))``, `input` held in [eps, 1 - eps] first where `eps` is given."""
    return pointwise_functions.logit(input, eps, out=out)


def round(input: Tensor, *, decimals: int = 0, out: Tensor | None = None) -> Tensor:
    """Return the nearest integer, the even one of two; derivative 0."""
    return pointwise_rounding.round(input, decimals=decimals, out=out)


def softmax(input: Tensor, dim: int, *, dtype: DType | None = None) -> Tensor:
    """Return ``exp(input)`` divided by its sum along `dim`."""
    return activation.softmax(input, dim, dtype)


def log_softmax(input: Tensor, dim: int, *, dtype: DType | None = None) -> Tensor:
    """Return the logarithm of :func:`softmax`, accurate where that is small."""
    return activation.log_softmax(input, dim, dtype)


def logsumexp(input: Tensor, dim: Dims, keepdim: bool = False, *, out: Tensor | None = None) -> Tensor:
    """Return ``log(sum(exp(input)))`` over `dim` without overflow."""
    return reduction.logsumexp(input, dim, keepdim, out=out)


__all__ = [
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfcx",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammainc",
    "gammaincc",
    "gammaln",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "log1p",
    "log_ndtr",
    "log_softmax",
    "logit",
    "logsumexp",
    "modified_bessel_i0",
    "modified_bessel_i1",
    "multigammaln",
    "ndtr",
    "ndtri",
    "polygamma",
    "psi",
    "round",
    "sinc",
    "softmax",
    "xlog1py",
    "xlogy",
    "zeta",
]


def __dir__() -> list[str]:
    return list(__all__)
