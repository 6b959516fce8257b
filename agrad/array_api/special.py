"""Special functions beyond the standard, by SciPy's names: those that NumPy (with SciPy), CuPy and JAX share.

Arguments are real; integers become the default floating dtype first. Where a derivative in an argument is not
elementary (the order of gammainc, the parameters of betainc) there is none: asking for it raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agrad.array_api._arguments import axis_argument
from agrad.primitives import special

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Axis = int | Sequence[int] | None


def beta(a: Tensor | float, b: Tensor | float, /) -> Tensor:
    """Return gamma(a) gamma(b) / gamma(a + b)."""
    return special.beta(a, b)


def betainc(a: Tensor | float, b: Tensor | float, x: Tensor | float, /) -> Tensor:
    """Return the regularised incomplete beta function."""
    return special.betainc(a, b, x)


def betaincc(a: Tensor | float, b: Tensor | float, x: Tensor | float, /) -> Tensor:
    """Return 1 - betainc(a, b, x)."""
    return special.betaincc(a, b, x)


def betaln(a: Tensor | float, b: Tensor | float, /) -> Tensor:
    """Return log(abs(beta(a, b)))."""
    return special.betaln(a, b)


def boxcox(x: Tensor | float, lmbda: Tensor | float, /) -> Tensor:
    """Return (x**lmbda - 1) / lmbda, log(x) where lmbda is 0."""
    return special.boxcox(x, lmbda)


def boxcox1p(x: Tensor | float, lmbda: Tensor | float, /) -> Tensor:
    """Return ((1 + x)**lmbda - 1) / lmbda, log1p(x) where lmbda is 0."""
    return special.boxcox1p(x, lmbda)


def digamma(x: Tensor, /) -> Tensor:
    """Return the derivative of gammaln; its own derivative is polygamma(1, x)."""
    return special.digamma(x)


def entr(x: Tensor, /) -> Tensor:
    """Return -x log(x), 0 at 0 and -inf below; derivative -log(x) - 1."""
    return special.entr(x)


def erf(x: Tensor, /) -> Tensor:
    """Return the error function; derivative 2 / sqrt(pi) exp(-x**2)."""
    return special.erf(x)


def erfc(x: Tensor, /) -> Tensor:
    """Return 1 - erf(x), accurate where it is small; derivative -2 / sqrt(pi) exp(-x**2)."""
    return special.erfc(x)


def erfcinv(x: Tensor, /) -> Tensor:
    """Return the inverse of erfc."""
    return special.erfcinv(x)


def erfcx(x: Tensor, /) -> Tensor:
    """Return exp(x**2) erfc(x); derivative 2 x erfcx(x) - 2 / sqrt(pi)."""
    return special.erfcx(x)


def erfinv(x: Tensor, /) -> Tensor:
    """Return the inverse of erf; derivative sqrt(pi) / 2 exp(out**2)."""
    return special.erfinv(x)


def exp1(x: Tensor, /) -> Tensor:
    """Return the exponential integral E1; derivative -exp(-x) / x."""
    return special.exp1(x)


def expi(x: Tensor, /) -> Tensor:
    """Return the exponential integral Ei; derivative exp(x) / x."""
    return special.expi(x)


def expit(x: Tensor, /) -> Tensor:
    """Return the logistic function 1 / (1 + exp(-x)); derivative out (1 - out), to its last digit also where out rounds to 1."""
    return special.expit(x)


def expit_slope(x: Tensor, /) -> Tensor:
    """Return expit(x) expit(-x), the derivative of the logistic function; its own derivative is -out tanh(x / 2)."""
    return special.expit_slope(x)


def expn(n: Tensor | int, x: Tensor | float, /) -> Tensor:
    """Return the exponential integral of integer order n; derivative in x -expn(n - 1, x)."""
    return special.expn(n, x)


def gamma(x: Tensor, /) -> Tensor:
    """Return the gamma function; derivative out digamma(x)."""
    return special.gamma(x)


def gammainc(a: Tensor | float, x: Tensor | float, /) -> Tensor:
    """Return the regularised lower incomplete gamma function."""
    return special.gammainc(a, x)


def gammaincc(a: Tensor | float, x: Tensor | float, /) -> Tensor:
    """Return the regularised upper incomplete gamma function."""
    return special.gammaincc(a, x)


def gammaln(x: Tensor, /) -> Tensor:
    """Return log(abs(gamma(x))); derivative digamma(x)."""
    return special.gammaln(x)


def gammasgn(x: Tensor, /) -> Tensor:
    """Return the sign of the gamma function; derivative 0."""
    return special.gammasgn(x)


def i0(x: Tensor, /) -> Tensor:
    """Return the modified Bessel function of order 0; derivative i1(x)."""
    return special.i0(x)


def i0e(x: Tensor, /) -> Tensor:
    """Return exp(-abs(x)) i0(x)."""
    return special.i0e(x)


def i1(x: Tensor, /) -> Tensor:
    """Return the modified Bessel function of order 1; derivative i0(x) - i1(x) / x."""
    return special.i1(x)


def i1e(x: Tensor, /) -> Tensor:
    """Return exp(-abs(x)) i1(x)."""
    return special.i1e(x)


def kl_div(x: Tensor | float, y: Tensor | float, /) -> Tensor:
    """Return x log(x / y) - x + y."""
    return special.kl_div(x, y)


def log_expit(x: Tensor, /) -> Tensor:
    """Return log(expit(x)); derivative expit(-x)."""
    return special.log_expit(x)


def log_ndtr(x: Tensor, /) -> Tensor:
    """Return log(ndtr(x)), accurate far below 0."""
    return special.log_ndtr(x)


def log_softmax(x: Tensor, /, *, axis: Axis = None) -> Tensor:
    """Return the logarithm of softmax, accurate where softmax is small."""
    return special.log_softmax(x, axis=axis_argument(axis))


def loggamma(x: Tensor, /) -> Tensor:
    """Return log(gamma(x)) for real x, nan where gamma is negative; derivative digamma(x)."""
    return special.loggamma(x)


def logit(x: Tensor, /) -> Tensor:
    """Return log(x / (1 - x)); derivative 1 / (x (1 - x))."""
    return special.logit(x)


def logsumexp(x: Tensor, /, *, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return log(sum(exp(x))) over `axis` without overflow; derivative softmax(x)."""
    return special.logsumexp(x, axis=axis_argument(axis), keepdims=keepdims)


def multigammaln(a: Tensor | float, d: int, /) -> Tensor:
    """Return the logarithm of the multivariate gamma function of integer dimension d."""
    return special.multigammaln(a, d)


def ndtr(x: Tensor, /) -> Tensor:
    """Return the standard normal distribution function; derivative exp(-x**2 / 2) / sqrt(2 pi)."""
    return special.ndtr(x)


def ndtri(x: Tensor, /) -> Tensor:
    """Return the inverse of ndtr."""
    return special.ndtri(x)


def poch(z: Tensor | float, m: Tensor | float, /) -> Tensor:
    """Return gamma(z + m) / gamma(z)."""
    return special.poch(z, m)


def polygamma(n: Tensor | int, x: Tensor | float, /) -> Tensor:
    """Return the n-th derivative of digamma; derivative in x polygamma(n + 1, x)."""
    return special.polygamma(n, x)


def psi(x: Tensor, /) -> Tensor:
    """Return digamma(x), whose name in SciPy this is."""
    return special.digamma(x)


def rel_entr(x: Tensor | float, y: Tensor | float, /) -> Tensor:
    """Return x log(x / y)."""
    return special.rel_entr(x, y)


def sici(x: Tensor, /) -> tuple[Tensor, Tensor]:
    """Return the sine and cosine integrals; derivatives sin(x) / x and cos(x) / x."""
    return special.sici(x)


def sinc(x: Tensor, /) -> Tensor:
    """Return sin(pi x) / (pi x), 1 at 0."""
    return special.sinc(x)


def softmax(x: Tensor, /, *, axis: Axis = None) -> Tensor:
    """Return exp(x) divided by its sum over `axis`."""
    return special.softmax(x, axis=axis_argument(axis))


def xlog1py(x: Tensor | float, y: Tensor | float, /) -> Tensor:
    """Return x log1p(y), 0 where x is 0."""
    return special.xlog1py(x, y)


def xlogy(x: Tensor | float, y: Tensor | float, /) -> Tensor:
    """Return x log(y), 0 where x is 0."""
    return special.xlogy(x, y)


def zeta(x: Tensor | float, q: Tensor | float, /) -> Tensor:
    """Return the Hurwitz zeta function."""
    return special.zeta(x, q)


__all__ = [
    "beta",
    "betainc",
    "betaincc",
    "betaln",
    "boxcox",
    "boxcox1p",
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfcinv",
    "erfcx",
    "erfinv",
    "exp1",
    "expi",
    "expit",
    "expit_slope",
    "expn",
    "gamma",
    "gammainc",
    "gammaincc",
    "gammaln",
    "gammasgn",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "kl_div",
    "log_expit",
    "log_ndtr",
    "log_softmax",
    "loggamma",
    "logit",
    "logsumexp",
    "multigammaln",
    "ndtr",
    "ndtri",
    "poch",
    "polygamma",
    "psi",
    "rel_entr",
    "sici",
    "sinc",
    "softmax",
    "xlog1py",
    "xlogy",
    "zeta",
]


def __dir__() -> list[str]:
    return list(__all__)
