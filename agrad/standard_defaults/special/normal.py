"""The error function's family: erf, its complement and scaled complement, their inverses, the normal distribution.

Sources: Shepherd and Laframboise, Chebyshev approximation of (1 + 2x) exp(x^2) erfc(x), Math. Comp. 36 (1981),
coefficients recomputed to 20 digits; Wichura, Algorithm AS 241, Applied Statistics 37 (1988), for the quantile.
"""

from __future__ import annotations

import math
from typing import Any

from agrad.standard_defaults.special._shared import chebyshev, in_double, polynomial

_ERFCX = (
    1.1775789345674017541, -0.0045900545806464773075, -0.084249133366517915561, 0.05920993999819189052,
    -0.026658668435305752256, 0.0090749976707052651135, -0.0024131635404176081729, 0.00049077583652580864842,
    -0.000069169733025012049647, 4.1390279860730218943e-6, 7.7403830661985833825e-7, -2.1886401049233726533e-7,
    1.0764999465674932136e-8, 4.5219598112195862209e-9, -7.7544002088457389596e-10, -6.3180883413021979766e-11,
    2.8687950102494088279e-11, 1.9455867608284893115e-13, -9.654696866504567033e-13, 3.2525467405470456906e-14,
    3.3478103332129718914e-14, -1.8645808834814332154e-15, -1.2508146609126101646e-15, 7.4161409213113578718e-17,
    5.0659497476357509442e-17, -2.2597950970596802567e-18, -2.2105169820895564645e-18,
)  # fmt: skip
_CENTRE = 3.75
_ERF = tuple((-1) ** n * 2 / math.sqrt(math.pi) / (math.factorial(n) * (2 * n + 1)) for n in reversed(range(22)))
_ROOT_HALF = math.sqrt(0.5)

_MIDDLE = (
    (2.50908092873012267e3, 3.34305755835881281e4, 6.72657709270087009e4, 4.59219539315498715e4, 1.37316937655094611e4,
     1.97159095030655144e3, 1.33141667891784377e2, 3.38713287279636661e0),
    (5.22649527885285456e3, 2.87290857357219427e4, 3.93078958000927106e4, 2.12137943015865959e4, 5.39419602142475111e3,
     6.87187007492057908e2, 4.23133307016009113e1, 1.0),
)  # fmt: skip
_TAIL = (
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
     3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
     6.89767334985100004550e-1, 1.67638483018380384940e0, 2.05319162663775882187e0, 1.0),
)  # fmt: skip
_FAR = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
     2.96560571828504891230e-1, 1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0),
    (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
     1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0),
)  # fmt: skip


def _erf_near(x: Any) -> Any:
    """erf for |x| <= 1, by its series."""
    return x * polynomial(x * x, _ERF)


def _erfcx_positive(x: Any) -> Any:
    """exp(x^2) erfc(x) for x >= 0."""
    return chebyshev((x - _CENTRE) / (x + _CENTRE), _ERFCX) / (1.0 + 2.0 * x)


def _exp_minus_square(xp: Any, x: Any) -> Any:
    """exp(-x^2) for x >= 0, with x split so that the rounding of the square is not magnified."""
    head = xp.floor(xp.where(x > 40.0, 40.0, x) * 16.0) / 16.0
    return xp.exp(-head * head) * xp.exp((head - x) * (head + x))


def _finite(xp: Any, x: Any) -> Any:
    """|x|, with what no erfc can tell from infinity brought in, so that no inf / inf arises; nan stays."""
    size = xp.abs(x)
    return xp.where(size > 1e10, 1e10, size)


@in_double
def erf(xp: Any, x: Any, /) -> Any:
    """Return the error function."""
    size = _finite(xp, x)
    near = _erf_near(xp.where(size > 1.0, 0.0, x))
    far = 1.0 - _exp_minus_square(xp, size) * _erfcx_positive(size)
    return xp.where(xp.isnan(x), x, xp.where(size > 1.0, xp.sign(x) * far, near))


@in_double
def erfc(xp: Any, x: Any, /) -> Any:
    """Return 1 - erf(x), accurately where that is small."""
    size = _finite(xp, x)
    tail = _exp_minus_square(xp, size) * _erfcx_positive(size)
    near = 1.0 - _erf_near(xp.where(size > 1.0, 0.0, x))
    out = xp.where(x > 0.5, tail, xp.where(x < -1.0, 2.0 - tail, near))
    return xp.where(xp.isnan(x), x, out)


@in_double
def erfcx(xp: Any, x: Any, /) -> Any:
    """Return exp(x^2) erfc(x); infinite for large negative x."""
    size = xp.abs(x)
    limit = 0.001 * float(xp.finfo(x.dtype).max)
    known = xp.where(size > limit, limit, size)
    positive = chebyshev(1.0 - 2.0 * _CENTRE / (known + _CENTRE), _ERFCX) / (1.0 + 2.0 * known)
    inner = xp.where(x < 0, x, 0.0)
    out = xp.where(x < 0, 2.0 * xp.exp(inner * inner) - positive, positive)
    return xp.where(xp.isnan(x), x, xp.where(x == math.inf, 0.0, out))


def _quantile(xp: Any, q: Any, tail: Any) -> Any:
    """The normal quantile at p = 1/2 + q, with min(p, 1 - p) given as `tail`, exactly where the caller has it."""
    central = xp.abs(q) <= 0.425
    inner = xp.where(central, q, 0.0)
    r = 0.180625 - inner * inner
    middle = inner * polynomial(r, _MIDDLE[0]) / polynomial(r, _MIDDLE[1])
    inside = (tail > 0) & ~central
    root = xp.sqrt(-xp.log(xp.where(inside, tail, 0.01)))
    near, far = root - 1.6, root - 5.0
    outer = xp.where(
        root <= 5.0,
        polynomial(near, _TAIL[0]) / polynomial(near, _TAIL[1]),
        polynomial(far, _FAR[0]) / polynomial(far, _FAR[1]),
    )
    outer = xp.where(tail == 0, math.inf, outer)
    out = xp.where(central, middle, xp.where(q < 0, -outer, outer))
    return xp.where((tail < 0) | xp.isnan(q), math.nan, out)


@in_double
def erfinv(xp: Any, x: Any, /) -> Any:
    """Return the inverse of erf; infinite at -1 and 1, nan outside."""
    return _quantile(xp, x * 0.5, (1.0 - xp.abs(x)) * 0.5) * _ROOT_HALF


@in_double
def erfcinv(xp: Any, x: Any, /) -> Any:
    """Return the inverse of erfc."""
    return -_quantile(xp, (x - 1.0) * 0.5, xp.where(x > 1.0, 2.0 - x, x) * 0.5) * _ROOT_HALF


@in_double
def ndtr(xp: Any, x: Any, /) -> Any:
    """Return the normal distribution function."""
    return 0.5 * erfc(xp, x * -_ROOT_HALF)


@in_double
def ndtri(xp: Any, p: Any, /) -> Any:
    """Return the normal quantile."""
    return _quantile(xp, p - 0.5, xp.where(p > 0.5, 1.0 - p, p))


@in_double
def log_ndtr(xp: Any, x: Any, /) -> Any:
    """Return the logarithm of the normal distribution function, accurately in both tails."""
    low = xp.where(x < -1.0, x, -1.0)
    below = xp.log(0.5 * erfcx(xp, low * -_ROOT_HALF)) - 0.5 * low * low
    high = xp.where(x < -1.0, -1.0, x)
    above = xp.log1p(-0.5 * erfc(xp, high * _ROOT_HALF))
    return xp.where(x < -1.0, xp.where(x == -math.inf, x, below), above)
