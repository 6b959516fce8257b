"""The gamma family, beta, zeta and the incomplete gamma and beta functions, each beside its rule.

digamma's derivatives are polygamma's orders, zeta's in q are zeta's: so every order exists. Some derivatives are no elementary functions
(in the order of gammainc, in the parameters of betainc): asking for one raises.
"""

from __future__ import annotations

import math
from typing import Any

from agrad.engine.primitive import binary, primitive, unary
from agrad.primitives._special import aligned_batch, real_only, same_batch, underivable

gammaln = unary(
    "special.gammaln",
    vjp=lambda xp, g, _out, x: g * xp.special.digamma(x),
    check=real_only("gammaln"),
    dtypes="float",
    torch_name="Lgamma",
)
loggamma = unary(
    "special.loggamma",
    vjp=lambda xp, g, _out, x: g * xp.special.digamma(x),
    check=real_only("loggamma"),
    dtypes="float",
)
gamma = unary(
    "special.gamma",
    vjp=lambda xp, g, out, x: g * (out * xp.special.digamma(x)),
    check=real_only("gamma"),
    dtypes="float",
)
gammasgn = unary("special.gammasgn", vjp=None, check=real_only("gammasgn"), dtypes="float")
digamma = unary(
    "special.digamma",
    vjp=lambda xp, g, _out, x: g * xp.special.polygamma(1, x),
    check=real_only("digamma"),
    dtypes="float",
    torch_name="Digamma",
)
polygamma = binary(
    "special.polygamma",
    vjp=(underivable("polygamma", "n"), lambda xp, g, _out, n, x: g * xp.special.polygamma(n + 1.0, x)),
    check=real_only("polygamma"),
    dtypes="float",
    torch_name="Polygamma",
)
zeta = binary(
    "special.zeta",
    vjp=(underivable("zeta", "x"), lambda xp, g, _out, x, q: g * (-x * xp.special.zeta(x + 1.0, q))),
    check=real_only("zeta"),
    dtypes="float",
    torch_name="SpecialZeta",
)


def _beta_share(xp: Any, a: Any, b: Any) -> Any:
    return xp.special.digamma(a) - xp.special.digamma(a + b)


beta = binary(
    "special.beta",
    vjp=(
        lambda xp, g, out, a, b: g * (out * _beta_share(xp, a, b)),
        lambda xp, g, out, a, b: g * (out * _beta_share(xp, b, a)),
    ),
    check=real_only("beta"),
    dtypes="float",
)
betaln = binary(
    "special.betaln",
    vjp=(
        lambda xp, g, _out, a, b: g * _beta_share(xp, a, b),
        lambda xp, g, _out, a, b: g * _beta_share(xp, b, a),
    ),
    check=real_only("betaln"),
    dtypes="float",
)
poch = binary(
    "special.poch",
    vjp=(
        lambda xp, g, out, z, m: g * (out * (xp.special.digamma(z + m) - xp.special.digamma(z))),
        lambda xp, g, out, z, m: g * (out * xp.special.digamma(z + m)),
    ),
    check=real_only("poch"),
    dtypes="float",
)


def _multigammaln_rule(xp: Any, g: Any, _out: Any, a: Any, *, d: int) -> Any:
    total = xp.special.digamma(a)
    for k in range(1, d):
        total = total + xp.special.digamma(a - 0.5 * k)
    return g * total


@primitive(
    name="special.multigammaln",
    vjp=_multigammaln_rule,
    jvp=_multigammaln_rule,
    check=real_only("multigammaln"),
    dtypes="float",
    batch=same_batch,
    torch_name="Mvlgamma",
)
def _multigammaln(xp: Any, a: Any, /, *, d: int) -> Any:
    total = xp.special.gammaln(a) + 0.25 * d * (d - 1) * math.log(math.pi)
    for k in range(1, d):
        total = total + xp.special.gammaln(a - 0.5 * k)
    return total


def multigammaln(a: Any, d: int, /) -> Any:
    """Return the logarithm of the multivariate gamma function.

    Parameters
    ----------
    a : Tensor
        Above (d - 1) / 2.
    d : int
        The dimension, at least 1.
    """
    if d < 1:
        raise ValueError(f"multigammaln needs a dimension d >= 1; received d={d}.")
    return _multigammaln(a, d=d)


#: a power of this order has, where it is 0, no derivative that is not 0, up to the order that one asks for
_FLAT = 12.0


def _end_power(xp: Any, x: Any, power: Any) -> tuple[Any, Any]:
    """Return x**power where x is 0, and 1 elsewhere; and x, but 1 where it is 0, for the logarithm of the power.

    The logarithm keeps densities from overflowing, and its exponential has no derivatives at 0, which are whole powers' own.
    """
    end = x == 0
    return xp.where(end, x, 1.0) ** power, xp.where(end, 1.0, x)


def _gammainc_rule(xp: Any, g: Any, _out: Any, a: Any, x: Any) -> Any:
    at_end, inner = _end_power(xp, x, a - 1.0)
    return g * (at_end * xp.exp(xp.special.xlogy(a - 1.0, inner) - x - xp.special.gammaln(a)))


gammainc = binary(
    "special.gammainc",
    vjp=(underivable("igamma", "input"), _gammainc_rule),
    check=real_only("gammainc"),
    dtypes="float",
    torch_name="Igamma",
)
gammaincc = binary(
    "special.gammaincc",
    vjp=(
        underivable("igammac", "input"),
        lambda xp, g, _out, a, x: -_gammainc_rule(xp, g, None, a, x),
    ),
    check=real_only("gammaincc"),
    dtypes="float",
    torch_name="Igammac",
)


def _betainc_rule(xp: Any, g: Any, _out: Any, a: Any, b: Any, x: Any) -> Any:
    at_start, inner = _end_power(xp, x, a - 1.0)
    at_stop, _ = _end_power(xp, 1.0 - x, b - 1.0)
    # 0 in all orders that count, where the power's factor may be too large for a number
    vanishes = ((x == 0) & (a > _FLAT)) | ((x == 1) & (b > _FLAT))
    log = xp.special.xlogy(a - 1.0, inner) + xp.special.xlog1py(b - 1.0, xp.where(x == 1, 0.0, -x))
    log = xp.where(vanishes, 0.0, log - xp.special.betaln(a, b))
    return g * (at_start * at_stop * xp.exp(log))


def _betaincc_rule(xp: Any, g: Any, _out: Any, a: Any, b: Any, x: Any) -> Any:
    return -_betainc_rule(xp, g, None, a, b, x)


@primitive(
    name="special.betainc",
    vjp=(underivable("betainc", "a"), underivable("betainc", "b"), _betainc_rule),
    jvp=(underivable("betainc", "a"), underivable("betainc", "b"), _betainc_rule),
    promote=True,
    check=real_only("betainc"),
    dtypes="float",
    batch=aligned_batch,
)
def betainc(xp: Any, a: Any, b: Any, x: Any, /) -> Any:
    """Return the regularised incomplete beta function; it has a derivative in x alone."""
    return xp.special.betainc(a, b, x)


@primitive(
    name="special.betaincc",
    vjp=(underivable("betaincc", "a"), underivable("betaincc", "b"), _betaincc_rule),
    jvp=(underivable("betaincc", "a"), underivable("betaincc", "b"), _betaincc_rule),
    promote=True,
    check=real_only("betaincc"),
    dtypes="float",
    batch=aligned_batch,
)
def betaincc(xp: Any, a: Any, b: Any, x: Any, /) -> Any:
    """Return the complement of the regularised incomplete beta function; it has a derivative in x alone."""
    return xp.special.betaincc(a, b, x)
