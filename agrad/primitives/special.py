"""Special functions, each beside its rule; the set is closed under differentiation, so every order exists.

The confusing cases. A formula that is right on paper may lose all digits at one point (0/0, or a difference of equals), and its own
derivative there is worse; such rules are a power series near the point and the formula elsewhere, with the formula's input guarded.
"""

from __future__ import annotations

import math
from typing import Any

from agrad.engine.primitive import binary, primitive, unary
from agrad.primitives._axes import Axes, check_axes, normalize_axes
from agrad.primitives._helpers import count_reduced, is_complex, keep_reduced, kept_shape
from agrad.primitives._special import polynomial, real_only
from agrad.primitives.special_gamma import (
    beta,
    betainc,
    betaincc,
    betaln,
    digamma,
    gamma,
    gammainc,
    gammaincc,
    gammaln,
    gammasgn,
    loggamma,
    multigammaln,
    poch,
    polygamma,
    zeta,
)
from agrad.primitives.special_integrals import exp1, expi, expn, i0, i0e, i1, i1e, sici, sinc

_ROOT_PI = math.sqrt(math.pi)
_ROOT_TWO_PI = math.sqrt(2 * math.pi)
_ROOT_HALF = math.sqrt(0.5)

# ---------------------------------------------------------------- the error function and the normal distribution

erf = unary(
    "special.erf",
    vjp=lambda xp, g, _out, x: g * (xp.exp(-x * x) * (2.0 / _ROOT_PI)),
    check=real_only("erf"),
    dtypes="float",
    torch_name="Erf",
)
erfc = unary(
    "special.erfc",
    vjp=lambda xp, g, _out, x: g * (xp.exp(-x * x) * (-2.0 / _ROOT_PI)),
    check=real_only("erfc"),
    dtypes="float",
    torch_name="Erfc",
)
#: 1 - sqrt(pi) x erfcx(x) as an asymptotic series in 1 / (2 x**2), over its first term
_ERFCX_TAIL = tuple((-1) ** k * math.prod(range(1, 2 * k + 2, 2)) for k in range(14))


def _erfcx_rule(xp: Any, g: Any, out: Any, x: Any) -> Any:
    # Far to the right the two terms cancel.
    far = x > 12.0
    outer, inner = xp.where(far, x, 12.0), xp.where(far, 0.0, x)
    square = 0.5 / (outer * outer)
    tail = square * polynomial(square, _ERFCX_TAIL) * (-2.0 / _ROOT_PI)
    return g * xp.where(far, tail, 2.0 * inner * xp.where(far, 0.0, out) - 2.0 / _ROOT_PI)


erfcx = unary(
    "special.erfcx",
    vjp=_erfcx_rule,
    check=real_only("erfcx"),
    dtypes="float",
    torch_name="SpecialErfcx",
)
erfinv = unary(
    "special.erfinv",
    vjp=lambda xp, g, out, _x: g * (xp.exp(out * out) * (_ROOT_PI / 2.0)),
    check=real_only("erfinv"),
    dtypes="float",
    torch_name="Erfinv",
    copies=True,
)
erfcinv = unary(
    "special.erfcinv",
    vjp=lambda xp, g, out, _x: g * (xp.exp(out * out) * (-_ROOT_PI / 2.0)),
    check=real_only("erfcinv"),
    dtypes="float",
)
ndtr = unary(
    "special.ndtr",
    vjp=lambda xp, g, _out, x: g * (xp.exp(x * x * -0.5) / _ROOT_TWO_PI),
    check=real_only("ndtr"),
    dtypes="float",
    copies=True,
)
ndtri = unary(
    "special.ndtri",
    vjp=lambda xp, g, out, _x: g * (xp.exp(out * out * 0.5) * _ROOT_TWO_PI),
    check=real_only("ndtri"),
    dtypes="float",
    torch_name="SpecialNdtri",
)


def _log_ndtr_rule(xp: Any, g: Any, _out: Any, x: Any) -> Any:
    # The density over the distribution function, without the difference of two large logarithms.
    below = x < 0
    low, high = xp.where(below, x, 0.0), xp.where(below, 0.0, x)
    left = math.sqrt(2.0 / math.pi) / xp.special.erfcx(low * -_ROOT_HALF)
    right = xp.exp(high * high * -0.5) / (_ROOT_TWO_PI * xp.special.ndtr(high))
    return g * xp.where(below, left, right)


log_ndtr = unary(
    "special.log_ndtr",
    vjp=_log_ndtr_rule,
    check=real_only("log_ndtr"),
    dtypes="float",
    torch_name="SpecialLogNdtr",
)

# ---------------------------------------------------------------- the logistic function and guarded logarithms


def _expit(xp: Any, x: Any) -> Any:
    return 1.0 / (1.0 + xp.exp(-x)) if is_complex(xp, x) else xp.special.expit(x)


expit = unary(
    "special.expit",
    vjp=lambda xp, g, out, _x: g * ((1.0 - out) * out),
    complex_forward=_expit,
    dtypes="float",
    torch_name="Sigmoid",
)
log_expit = unary(
    "special.log_expit",
    vjp=lambda xp, g, _out, x: g * xp.special.expit(-x),
    check=real_only("log_expit"),
    dtypes="float",
    torch_name="LogSigmoid",
)


def _logit_rule(xp: Any, g: Any, _out: Any, x: Any) -> Any:
    outside = (x < 0) | (x > 1)
    return g / xp.where(outside, math.nan, x * (1.0 - x))


logit = unary("special.logit", vjp=_logit_rule, check=real_only("logit"), dtypes="float", torch_name="Logit")
entr = unary(
    "special.entr",
    vjp=lambda xp, g, _out, x: g * (-xp.log(x) - 1.0),
    check=real_only("entr"),
    dtypes="float",
    torch_name="SpecialEntr",
)


def _xlogy_rule_x(xp: Any, g: Any, _out: Any, x: Any, y: Any) -> Any:
    # Where both are 0 the function is 0 along y: its slope in x, infinite, is taken for 0, as PyTorch does.
    flat = (x == 0) & (y <= 0)
    return g * xp.where(flat, 0.0, xp.log(xp.where(flat, 1.0, y)))


def _xlogy_rule_y(xp: Any, g: Any, _out: Any, x: Any, y: Any) -> Any:
    flat = (x == 0) & (y == 0)
    return g * (x / xp.where(flat, 1.0, y))


xlogy = binary(
    "special.xlogy", vjp=(_xlogy_rule_x, _xlogy_rule_y), check=real_only("xlogy"), dtypes="float", torch_name="Xlogy"
)


def _xlog1py_rule_x(xp: Any, g: Any, _out: Any, x: Any, y: Any) -> Any:
    flat = (x == 0) & (y <= -1)
    return g * xp.where(flat, 0.0, xp.log1p(xp.where(flat, 0.0, y)))


def _xlog1py_rule_y(xp: Any, g: Any, _out: Any, x: Any, y: Any) -> Any:
    flat = (x == 0) & (y == -1)
    return g * (x / (xp.where(flat, 0.0, y) + 1.0))


xlog1py = binary(
    "special.xlog1py",
    vjp=(_xlog1py_rule_x, _xlog1py_rule_y),
    check=real_only("xlog1py"),
    dtypes="float",
    torch_name="SpecialXlog1Py",
)


def _log_quotient(xp: Any, x: Any, y: Any) -> Any:
    """log(x / y) to full precision where x is near y."""
    near = xp.abs(x - y) < 0.5 * y
    difference, below = xp.where(near, x - y, 0.0), xp.where(near, y, 1.0)
    quotient = xp.where(near, 1.0, x) / xp.where(near, 1.0, y)
    return xp.where(near, xp.log1p(difference / below), xp.log(quotient))


rel_entr = binary(
    "special.rel_entr",
    vjp=(
        lambda xp, g, _out, x, y: g * (_log_quotient(xp, x, y) + 1.0),
        lambda xp, g, _out, x, y: -g * (x / y),
    ),
    check=real_only("rel_entr"),
    dtypes="float",
)
kl_div = binary(
    "special.kl_div",
    vjp=(
        lambda xp, g, _out, x, y: g * _log_quotient(xp, x, y),
        lambda xp, g, _out, x, y: g * ((y - x) / y),
    ),
    check=real_only("kl_div"),
    dtypes="float",
)

#: the slope of expm1(u) / u as a series in u
_BOXCOX_SLOPE = tuple((k + 1) / math.factorial(k + 2) for k in range(20))


def _boxcox_slope(xp: Any, log: Any, power: Any) -> Any:
    """The derivative of expm1(power log) / power in the power: by its series where the product is small."""
    u = power * log
    near = xp.abs(u) < 1.0
    inner, outer = xp.where(near, u, 0.0), xp.where(near, 2.0, u)
    far = (xp.exp(outer) * (outer - 1.0) + 1.0) / (outer * outer)
    return log * log * xp.where(near, polynomial(inner, _BOXCOX_SLOPE), far)


boxcox = binary(
    "special.boxcox",
    vjp=(
        lambda xp, g, _out, x, lmbda: g * x ** (lmbda - 1.0),
        lambda xp, g, _out, x, lmbda: g * _boxcox_slope(xp, xp.log(x), lmbda),
    ),
    check=real_only("boxcox"),
    dtypes="float",
)
boxcox1p = binary(
    "special.boxcox1p",
    vjp=(
        lambda xp, g, _out, x, lmbda: g * xp.exp((lmbda - 1.0) * xp.log1p(x)),
        lambda xp, g, _out, x, lmbda: g * _boxcox_slope(xp, xp.log1p(x), lmbda),
    ),
    check=real_only("boxcox1p"),
    dtypes="float",
)

# ---------------------------------------------------------------- softmax and its kin


def _logsumexp_share(xp: Any, out: Any, x: Any, axis: Axes, keepdims: bool) -> Any:
    kept = keep_reduced(xp, out, x.shape, axis, keepdims)
    # Where nothing was summed but exp(-inf), the shares are 0 and not nan.
    real = xp.real(kept) if is_complex(xp, kept) else kept
    return xp.exp(x - xp.where(real == -math.inf, xp.zeros_like(kept), kept))


def _logsumexp_vjp(xp: Any, g: Any, out: Any, x: Any, *, axis: Axes = None, keepdims: bool = False) -> Any:
    return keep_reduced(xp, g, x.shape, axis, keepdims) * _logsumexp_share(xp, out, x, axis, keepdims)


def _logsumexp_jvp(xp: Any, t: Any, out: Any, x: Any, *, axis: Axes = None, keepdims: bool = False) -> Any:
    return xp.sum(t * _logsumexp_share(xp, out, x, axis, keepdims), axis=axis, keepdims=keepdims)


@primitive(name="special.logsumexp", vjp=_logsumexp_vjp, jvp=_logsumexp_jvp, dtypes="float", torch_name="Logsumexp")
def logsumexp(xp: Any, x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return log(sum(exp(x))) over `axis` (all axes by default) without overflow; -inf where there is nothing to sum."""
    axes = check_axes(axis, x.ndim)
    if count_reduced(x.shape, axis) == 0:
        shape = kept_shape(x.shape, axis)
        if not keepdims:
            reduced = normalize_axes(axis, x.ndim)
            shape = tuple(length for place, length in enumerate(x.shape) if place not in reduced)
        return xp.full(shape, -math.inf, dtype=x.dtype, device=getattr(x, "device", None))
    return xp.special.logsumexp(x, axis=axes, keepdims=keepdims)


def _softmax_rule(xp: Any, g: Any, out: Any, _x: Any, *, axis: Axes = None) -> Any:
    axis = check_axes(axis, out.ndim)
    return out * (g - xp.sum(g * out, axis=axis, keepdims=True))


@primitive(
    name="special.softmax",
    vjp=_softmax_rule,
    jvp=_softmax_rule,
    check=real_only("softmax"),
    dtypes="float",
    torch_name="Softmax",
)
def softmax(xp: Any, x: Any, /, *, axis: Axes = None) -> Any:
    """Return exp(x) divided by its sum over `axis` (all axes by default)."""
    return xp.exp(x) if 0 in x.shape else xp.special.softmax(x, axis=check_axes(axis, x.ndim))


def _log_softmax_vjp(xp: Any, g: Any, out: Any, _x: Any, *, axis: Axes = None) -> Any:
    axis = check_axes(axis, out.ndim)
    return g - xp.exp(out) * xp.sum(g, axis=axis, keepdims=True)


def _log_softmax_jvp(xp: Any, t: Any, out: Any, _x: Any, *, axis: Axes = None) -> Any:
    axis = check_axes(axis, out.ndim)
    return t - xp.sum(xp.exp(out) * t, axis=axis, keepdims=True)


@primitive(
    name="special.log_softmax",
    vjp=_log_softmax_vjp,
    jvp=_log_softmax_jvp,
    check=real_only("log_softmax"),
    dtypes="float",
    torch_name="LogSoftmax",
)
def log_softmax(xp: Any, x: Any, /, *, axis: Axes = None) -> Any:
    """Return the logarithm of softmax over `axis` (all axes by default), accurate where softmax is small."""
    return xp.exp(x) if 0 in x.shape else xp.special.log_softmax(x, axis=check_axes(axis, x.ndim))


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
    "rel_entr",
    "sici",
    "sinc",
    "softmax",
    "xlog1py",
    "xlogy",
    "zeta",
]
