"""Incomplete gamma and beta functions: series and continued fractions with a fixed number of terms.

For a above 100 the gamma functions integrate their peak by Gauss-Legendre quadrature (Press et al., Numerical Recipes,
6.2.1).
"""

from __future__ import annotations

import math
from typing import Any

from agrad.standard_defaults.special._shared import in_double
from agrad.standard_defaults.special.gamma import betaln, correction, gammaln

_TERMS = 160


def _prefactor(xp: Any, a: Any, x: Any) -> Any:
    """x^a exp(-x) / gamma(a + 1), for a > 0 and x > 0, without the difference of large logarithms where a is large."""
    large = a >= 10.0
    b = xp.where(large, a, 10.0)
    mu = (x - b) / b
    safe = xp.where(mu > -1.0, mu, 0.0)
    log = xp.where(safe < -0.5, xp.log(x / b), xp.log1p(safe))
    stirling = xp.exp(b * (log - safe) - correction(b)) / xp.sqrt(2 * math.pi * b)
    plain = xp.exp(a * xp.log(x) - x - gammaln(xp, a + 1.0))
    return xp.where(large, stirling, plain)


def _series(xp: Any, a: Any, x: Any) -> Any:
    term = xp.ones_like(x)
    total = xp.ones_like(x)
    for n in range(1, _TERMS):
        term = term * x / (a + float(n))
        total = total + term
    return total


def _fraction(xp: Any, a: Any, x: Any) -> Any:
    tail = x - a + (2.0 * _TERMS + 1.0)
    for n in range(_TERMS, 0, -1):
        tail = x - a + (2.0 * n - 1.0) - n * (n - a) / tail
    return 1.0 / tail


def _both(xp: Any, a: Any, x: Any) -> tuple[Any, Any]:
    """P(a, x) and Q(a, x)."""
    a, x = xp.broadcast_arrays(a, x)
    inside = (a > 0) & (x > 0) & (a < math.inf) & (x < math.inf)
    p, z = xp.where(inside, a, 1.0), xp.where(inside, x, 1.0)
    low = z < p + 1.0
    front = _prefactor(xp, p, z)
    lower = front * _series(xp, p, xp.where(low, z, p))
    upper = front * p * _fraction(xp, p, xp.where(low, p + 1.0, z))
    p_value = xp.where(low, lower, 1.0 - upper)
    q_value = xp.where(low, 1.0 - lower, upper)
    far = p > 100.0
    tail_low, tail_high = _peak(xp, xp.where(far, p, 101.0), z)
    p_value = xp.where(far, tail_low, p_value)
    q_value = xp.where(far, tail_high, q_value)
    at_zero = (x == 0) & (a > 0) | (a == math.inf) & (x < math.inf)
    at_end = (a == 0) & (x > 0) | (x == math.inf) & (a < math.inf) & (a >= 0)
    bad = (a < 0) | (x < 0) | xp.isnan(a) | xp.isnan(x) | ((a == 0) & (x == 0)) | ((a == math.inf) & (x == math.inf))
    p_value = xp.where(at_zero, 0.0, xp.where(at_end, 1.0, p_value))
    q_value = xp.where(at_zero, 1.0, xp.where(at_end, 0.0, q_value))
    return xp.where(bad, math.nan, p_value), xp.where(bad, math.nan, q_value)


def _legendre(count: int) -> tuple[tuple[float, float], ...]:
    """Nodes and weights of the Gauss-Legendre rule on [-1, 1], by Newton's method."""
    rule = []
    for i in range(count):
        z = math.cos(math.pi * (i + 0.75) / (count + 0.5))
        derivative = 1.0
        for _ in range(20):
            before, value = 0.0, 1.0
            for j in range(count):
                before, value = value, ((2 * j + 1) * z * value - j * before) / (j + 1)
            derivative = count * (z * value - before) / (z * z - 1.0)
            z -= value / derivative
        rule.append((z, 2.0 / ((1.0 - z * z) * derivative * derivative)))
    return tuple(rule)


_RULE = _legendre(32)


def _peak(xp: Any, a: Any, x: Any) -> tuple[Any, Any]:
    """P and Q for large a: the integral from x outwards over the side that has the smaller tail."""
    peak = a - 1.0
    root = xp.sqrt(peak)
    above = x > peak
    end_up = xp.where(peak + 12.0 * root > x + 6.5 * root, peak + 12.0 * root, x + 6.5 * root)
    end_down = xp.where(peak - 9.0 * root < x - 6.0 * root, peak - 9.0 * root, x - 6.0 * root)
    end_down = xp.where(end_down > 0.0, end_down, 0.0)
    end = xp.where(above, end_up, end_down)
    half = 0.5 * (end - x)
    total = xp.zeros_like(x)
    for node, weight in _RULE:
        t = x + half * (1.0 + node)
        step = (t - peak) / peak
        total = total + weight * xp.exp(peak * (xp.log1p(xp.where(step > -1.0, step, -0.999)) - step))
    # peak^peak exp(-peak) / gamma(a), by Stirling
    scale = xp.exp(-correction(peak)) / xp.sqrt(2 * math.pi * peak)
    tail = total * xp.abs(half) * scale
    return xp.where(above, 1.0 - tail, tail), xp.where(above, tail, 1.0 - tail)


@in_double
def gammainc(xp: Any, a: Any, x: Any, /) -> Any:
    """Return the regularized lower incomplete gamma function."""
    return _both(xp, a, x)[0]


@in_double
def gammaincc(xp: Any, a: Any, x: Any, /) -> Any:
    """Return the regularized upper incomplete gamma function."""
    return _both(xp, a, x)[1]


def _beta_fraction(a: Any, b: Any, x: Any) -> Any:
    """The continued fraction of the incomplete beta function, from the far end (DLMF 8.17.22)."""
    tail = 1.0 + 0.0 * x
    for m in range(_TERMS, 0, -1):
        odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        tail = 1.0 + even / (1.0 + odd / tail)
    first = -(a + b) * x / (a + 1.0)
    return 1.0 / (1.0 + first / tail)


def _beta_both(xp: Any, a: Any, b: Any, x: Any, complement: bool) -> Any:
    a, b, x = xp.broadcast_arrays(a, b, x)
    inside = (a > 0) & (b > 0) & (x > 0) & (x < 1)
    p, q, z = xp.where(inside, a, 1.0), xp.where(inside, b, 1.0), xp.where(inside, x, 0.5)
    swap = z > (p + 1.0) / (p + q + 2.0)
    front = xp.exp(p * xp.log(z) + q * xp.log1p(-z) - betaln(xp, p, q))
    first, second = xp.where(swap, q, p), xp.where(swap, p, q)
    part = front * _beta_fraction(first, second, xp.where(swap, 1.0 - z, z)) / first
    direct = swap if complement else ~swap
    out = xp.where(direct, part, 1.0 - part)
    low, high = (1.0, 0.0) if complement else (0.0, 1.0)
    # All of the distribution at 0 (a is 0, or b infinite) or at 1 (b is 0, or a infinite).
    out = xp.where((a == 0) | (b == math.inf), high, xp.where((b == 0) | (a == math.inf), low, out))
    out = xp.where(x == 0, low, xp.where(x == 1, high, out))
    undefined = ((a == 0) & (b == 0)) | ((a == math.inf) & (b == math.inf))
    bad = (a < 0) | (b < 0) | undefined | (x < 0) | (x > 1) | xp.isnan(a) | xp.isnan(b) | xp.isnan(x)
    return xp.where(bad, math.nan, out)


@in_double
def betainc(xp: Any, a: Any, b: Any, x: Any, /) -> Any:
    """Return the regularized incomplete beta function."""
    return _beta_both(xp, a, b, x, False)


@in_double
def betaincc(xp: Any, a: Any, b: Any, x: Any, /) -> Any:
    """Return the complement of the regularized incomplete beta function."""
    return _beta_both(xp, a, b, x, True)
