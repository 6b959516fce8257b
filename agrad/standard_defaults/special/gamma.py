"""The gamma family: gamma, its logarithm and derivatives, beta, Hurwitz zeta.

Arguments are shifted upwards by the recurrence until Stirling's series holds; the shift has a fixed number of steps, of
which each element takes those it needs. Left of 1/2 the reflection formula is used. (Abramowitz and Stegun, chapters 6
and 23.)
"""

from __future__ import annotations

import math
from typing import Any

from agrad.standard_defaults.special._shared import BERNOULLI, cos_pi, in_double, pick, polynomial, sin_pi

_SHIFT = 8
_LOG_ROOT_TWO_PI = 0.5 * math.log(2 * math.pi)
_STIRLING = tuple(b / ((2 * k + 2) * (2 * k + 1)) for k, b in reversed(list(enumerate(BERNOULLI[:11]))))
_PSI = tuple(b / (2 * k + 2) for k, b in reversed(list(enumerate(BERNOULLI[:9]))))


def correction(y: Any) -> Any:
    """Return what Stirling's formula for log gamma leaves out, for y >= 8."""
    return polynomial(1.0 / (y * y), _STIRLING) / y


def _shifted(xp: Any, x: Any) -> tuple[Any, Any]:
    """Return y = x + n >= 8 and the product x (x + 1) ... (y - 1), for x > 0."""
    product = xp.ones_like(x)
    for _ in range(_SHIFT):
        small = x < _SHIFT
        product = xp.where(small, product * x, product)
        x = xp.where(small, x + 1.0, x)
    return x, product


def _gammaln_positive(xp: Any, x: Any) -> Any:
    y, product = _shifted(xp, x)
    limit = 0.01 * float(xp.finfo(x.dtype).max)
    big = y > limit
    z = xp.where(big, limit, y)
    stirling = (z - 0.5) * xp.log(z) - z + (_LOG_ROOT_TWO_PI + correction(z))
    # log y * y - y, multiplied last, so that it overflows only where the result does
    return xp.where(big, y * (xp.log(z) - 1.0), stirling) - xp.log(product)


@in_double
def gammaln(xp: Any, x: Any, /) -> Any:
    """Return log |gamma(x)|; infinite at the poles."""
    left = x < 0.5
    right = xp.where(left, 1.0 - x, x)
    out = _gammaln_positive(xp, xp.where(xp.abs(right) == math.inf, 1.0, right))
    sine = xp.abs(sin_pi(xp, xp.where(xp.abs(x) == math.inf, 0.5, x)))
    pole = left & (sine == 0)
    reflected = math.log(math.pi) - xp.log(xp.where(pole, 1.0, sine)) - out
    out = xp.where(pole | (xp.abs(x) == math.inf), math.inf, xp.where(left, reflected, out))
    out = xp.where((x == 1) | (x == 2), 0.0, out)
    return xp.where(xp.isnan(x), x, out)


@in_double
def loggamma(xp: Any, x: Any, /) -> Any:
    """Return log gamma(x) on the real axis: nan for negative x."""
    return xp.where(x < 0, math.nan, gammaln(xp, x))


@in_double
def gammasgn(xp: Any, x: Any, /) -> Any:
    """Return the sign of gamma(x); nan at the poles left of 0."""
    whole = xp.floor(x)
    odd = whole - 2.0 * xp.floor(whole * 0.5) != 0
    out = xp.where((x < 0) & odd, -1.0, pick(xp, xp.signbit(x) & (x == 0), -1.0, 1.0, x))
    return xp.where(xp.isnan(x) | ((x < 0) & (x == whole)), math.nan, out)


@in_double
def gamma(xp: Any, x: Any, /) -> Any:
    """Return the gamma function."""
    left = x < 0.5
    right = xp.where(left, 1.0 - x, x)
    y, product = _shifted(xp, xp.where(right > 350.0, 350.0, right))
    root = y ** (0.5 * y - 0.25)
    big = (root * xp.exp(-y) * root) * (math.sqrt(2 * math.pi) * xp.exp(correction(y)))
    big = xp.where(right > 172.0, math.inf, big) / product
    sine = sin_pi(xp, xp.where(xp.abs(x) == math.inf, 0.5, x))
    pole = left & (sine == 0)
    reflected = math.pi / (xp.where(pole, 1.0, sine) * big)
    out = xp.where(pole, math.nan, xp.where(left, reflected, big))
    at_zero = pick(xp, xp.signbit(x), -math.inf, math.inf, x)
    return xp.where(xp.isnan(x) | (x == -math.inf), math.nan, xp.where(x == 0, at_zero, out))


@in_double
def digamma(xp: Any, x: Any, /) -> Any:
    """Return the logarithmic derivative of gamma."""
    left = x < 0.5
    y = xp.where(left, 1.0 - x, x)
    total = xp.zeros_like(x)
    for _ in range(_SHIFT):
        small = y < _SHIFT
        total = total + xp.where(small, 1.0 / xp.where(small, y, 1.0), 0.0)
        y = xp.where(small, y + 1.0, y)
    squares = 1.0 / (y * y)
    out = xp.log(y) - 0.5 / y - squares * polynomial(squares, _PSI) - total
    sine = sin_pi(xp, xp.where(xp.abs(x) == math.inf, 0.5, x))
    pole = left & (sine == 0)
    cotangent = math.pi * cos_pi(xp, xp.where(xp.abs(x) == math.inf, 0.5, x)) / xp.where(pole, 1.0, sine)
    out = xp.where(pole, math.nan, xp.where(left, out - cotangent, out))
    at_zero = pick(xp, xp.signbit(x), math.inf, -math.inf, x)
    return xp.where(x == -math.inf, math.nan, xp.where(x == 0, at_zero, out))


@in_double
def zeta(xp: Any, s: Any, q: Any = 1.0, /) -> Any:
    """Return the Hurwitz zeta function, the sum of (q + k)^-s, for s > 1: ten terms, then Euler and Maclaurin's."""
    one = s == 1.0
    inside = s > 1.0
    lost = xp.isnan(s) | xp.isnan(q)
    s, q = xp.broadcast_arrays(xp.where(inside, xp.where(s > 1500.0, 1500.0, s), 2.0), q)
    pole = (q <= 0) & (q == xp.floor(q))
    # To the left of 0 the sum over all whole numbers, the nearest by itself, less the terms on the other side (for whole s).
    left = (q < 0) & ~pole
    off = xp.where(left & xp.isfinite(q), q - xp.round(q), 0.25)
    total = _zeta_right(xp, s, xp.where(left, 1.0 + off, xp.where(pole, 1.0, q)))
    mirrored = _zeta_right(xp, s, 1.0 - off) - _zeta_right(xp, s, xp.where(left, 1.0 - q, 1.0))
    nearest = xp.abs(off) ** (-s)
    odd = s - 2.0 * xp.floor(s * 0.5) != 0
    whole = xp.where(odd & (off < 0), -nearest, nearest) + total + xp.where(odd, -mirrored, mirrored)
    total = xp.where(left, whole, total)
    total = xp.where(xp.isinf(q), 0.0, total)
    total = xp.where(pole, math.inf, xp.where((q < 0) & (s != xp.floor(s)), math.nan, total))
    out = xp.where(inside, total, pick(xp, one, math.inf, math.nan, total))
    return xp.where(lost, math.nan, out)


def _zeta_right(xp: Any, s: Any, base: Any) -> Any:
    """Return the sum of (base + k)^-s for base > 0 and s > 1."""
    terms = 10
    total = base ** (-s)
    for k in range(1, terms):
        total = total + (base + float(k)) ** (-s)
    w = base + float(terms)
    power = w ** (-s)
    total = total + power * (w / (s - 1.0) + 0.5)
    factor = s
    power = power / w
    for k, bernoulli in enumerate(BERNOULLI):
        total = total + (bernoulli / math.factorial(2 * k + 2)) * factor * power
        factor = factor * (s + (2 * k + 1.0)) * (s + (2 * k + 2.0))
        power = power / (w * w)
    return total


@in_double
def polygamma(xp: Any, n: Any, x: Any, /) -> Any:
    """Return the n-th derivative of digamma."""
    order = n + 1.0
    even = n - 2.0 * xp.floor(n * 0.5) == 0
    size = gamma(xp, order) * zeta(xp, order, x)
    return xp.where(n == 0, digamma(xp, x), xp.where(even, -size, size))


@in_double
def betaln(xp: Any, a: Any, b: Any, /) -> Any:
    """Return log |beta(a, b)|; for large arguments without the difference of large logarithms (SLATEC's DLBETA)."""
    a, b = xp.broadcast_arrays(a, b)
    small, large = xp.where(a < b, a, b), xp.where(a < b, b, a)
    far = (large >= 10.0) & (small > 0) & (large < math.inf)
    p = xp.where(far, small, 1.0)
    q = xp.where(far, large, 10.0)
    both = p >= 10.0
    pb = xp.where(both, p, 10.0)
    ratio = p / (p + q)
    tail = correction(q) - correction(p + q)
    log_ratio = xp.log1p(-ratio)
    two = _LOG_ROOT_TWO_PI - 0.5 * xp.log(q) + correction(pb) + tail + (pb - 0.5) * xp.log(ratio) + q * log_ratio
    one = gammaln(xp, p) + tail + p - p * xp.log(p + q) + (q - 0.5) * log_ratio
    pole = (a == 0) | (b == 0)
    x, y = xp.where(pole, 1.0, a), xp.where(pole, 1.0, b)
    near = xp.where(pole, math.inf, gammaln(xp, x) + (gammaln(xp, y) - gammaln(xp, x + y)))
    out = xp.where(far, xp.where(both, two, one), near)
    return xp.where((small > 0) & (large == math.inf), -math.inf, out)


@in_double
def beta(xp: Any, a: Any, b: Any, /) -> Any:
    """Return gamma(a) gamma(b) / gamma(a + b)."""
    a, b = xp.broadcast_arrays(a, b)
    direct = (xp.abs(a) < 80.0) & (xp.abs(b) < 80.0)
    x, y = xp.where(direct, a, 1.0), xp.where(direct, b, 1.0)
    larger, smaller = xp.where(x > y, x, y), xp.where(x > y, y, x)
    whole = gamma(xp, x + y)
    near = (gamma(xp, larger) / whole) * gamma(xp, smaller)
    near = xp.where(xp.isnan(whole), 0.0, near)
    sign = gammasgn(xp, a) * gammasgn(xp, b) * gammasgn(xp, a + b)
    out = xp.where(direct, near, sign * xp.exp(betaln(xp, a, b)))
    out = xp.where((a > 0) & (b > 0) & (a + b == math.inf), 0.0, out)
    return xp.where((a == 0) | (b == 0), math.inf, out)


@in_double
def poch(xp: Any, z: Any, m: Any, /) -> Any:
    """Return gamma(z + m) / gamma(z)."""
    z, m = xp.broadcast_arrays(z, m)
    top = z + m
    over, under = _pole(xp, top), _pole(xp, z)
    # Both at poles: by reflection, (-1)^m gamma(1 - z) / gamma(1 - z - m).
    both = over & under
    above, below = xp.where(both, 1.0 - z, top), xp.where(both, 1.0 - top, z)
    above, below = xp.where(over ^ under, 1.0, above), xp.where(over ^ under, 1.0, below)
    direct = (xp.abs(above) < 80.0) & (xp.abs(below) < 80.0)
    near = gamma(xp, xp.where(direct, above, 1.0)) / gamma(xp, xp.where(direct, below, 1.0))
    far = gammasgn(xp, above) * gammasgn(xp, below) * xp.exp(gammaln(xp, above) - gammaln(xp, below))
    odd = both & (m - 2.0 * xp.floor(m * 0.5) != 0)
    out = xp.where(direct, near, far) * pick(xp, odd, -1.0, 1.0, z)
    out = xp.where(over & ~under, math.inf, xp.where(under & ~over & xp.isfinite(m), 0.0, out))
    return xp.where((m == 0) & ~xp.isnan(z), 1.0, out)


def _pole(xp: Any, x: Any) -> Any:
    """Whether gamma has a pole: at 0, -1, -2 ..."""
    return (x <= 0) & (x == xp.floor(x)) & xp.isfinite(x)


def multigammaln(xp: Any, a: Any, d: int, /) -> Any:
    """Return the logarithm of the multivariate gamma function of dimension d."""
    total = gammaln(xp, a)
    for k in range(1, d):
        total = total + gammaln(xp, a - 0.5 * k)
    return total + 0.25 * d * (d - 1) * math.log(math.pi)
