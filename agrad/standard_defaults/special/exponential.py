"""Exponential, sine and cosine integrals: power series near 0, continued fractions far from it, of fixed length."""

from __future__ import annotations

import math
from typing import Any

from agrad.standard_defaults.special._shared import in_double, pick
from agrad.standard_defaults.special.gamma import digamma, gamma

_EULER = 0.57721566490153286061


def _fraction(x: Any, n: Any, steps: int = 96) -> Any:
    """1 / (x + n - 1 n / (x + n + 2 - 2 (n + 1) / (x + n + 4 - ...))): exp(x) E_n(x)."""
    tail = x + n + 2.0 * steps
    for k in range(steps, 0, -1):
        tail = x + n + (2.0 * k - 2.0) - (k * (n + (k - 1.0))) / tail
    return 1.0 / tail


def _ein(x: Any, terms: int) -> Any:
    """The sum of x^k / (k k!), k from 1, added from the smallest term."""
    powers = []
    power = x
    for k in range(1, terms + 1):
        powers.append(power * (1.0 / k))
        power = power * x / (k + 1.0)
    total = powers[-1]
    for term in reversed(powers[:-1]):
        total = total + term
    return total


@in_double
def exp1(xp: Any, x: Any, /) -> Any:
    """Return the exponential integral E1; infinite at 0, nan for negative x."""
    low = xp.where((x > 0) & (x <= 1.0), x, 1.0)
    near = -_EULER - xp.log(low) - _ein(-low, 22)
    high = xp.where(x > 1.0, xp.where(x > 1e4, 1e4, x), 1.0)
    far = xp.exp(-high) * _fraction(high, 1.0)
    out = xp.where(x > 1.0, far, xp.where(x == 0, math.inf, near))
    return xp.where((x < 0) | xp.isnan(x), math.nan, out)


@in_double
def expi(xp: Any, x: Any, /) -> Any:
    """Return the exponential integral Ei; -exp1(-x) for negative x."""
    low = xp.where((x > 0) & (x <= 40.0), x, 1.0)
    near = _EULER + xp.log(low) + _ein(low, 140)
    high = xp.where(x > 40.0, x, 41.0)
    total = 1.0 + 0.0 * high
    for k in range(40, 0, -1):
        total = 1.0 + total * (k / high)
    half = xp.exp(0.5 * high)
    far = xp.where(high > 1500.0, math.inf, half * (total / high) * half)
    below = -exp1(xp, xp.where(x < 0, -x, 1.0))
    out = xp.where(x > 40.0, far, xp.where(x < 0, below, xp.where(x == 0, -math.inf, near)))
    return xp.where(xp.isnan(x), x, out)


@in_double
def expn(xp: Any, n: Any, x: Any, /) -> Any:
    """Return the generalized exponential integral E_n, for whole n >= 0 and x >= 0."""
    n, x = xp.broadcast_arrays(n, x)
    low = xp.where((x > 0) & (x <= 1.0), x, 1.0)
    order = xp.where(n < 1.0, 1.0, n)
    term = 1.0 + 0.0 * low
    total = 0.0 * low
    for k in range(30):
        gap = k - order + 1.0
        total = total - xp.where(gap == 0, 0.0, term / xp.where(gap == 0, 1.0, gap))
        term = -term * low / (k + 1.0)
    odd = order - 1.0 - 2.0 * xp.floor((order - 1.0) * 0.5) != 0
    lead = pick(xp, odd, -1.0, 1.0, low) * low ** (order - 1.0)
    near = total + lead / gamma(xp, order) * (digamma(xp, order) - xp.log(low))
    high = xp.where(x > 1.0, xp.where(x > 1e4, 1e4, x), 1.0)
    far = xp.exp(-high) * _fraction(high, order)
    at_zero = xp.where(n > 1.0, 1.0 / xp.where(n > 1.0, n - 1.0, 1.0), math.inf)
    out = xp.where(x > 1.0, far, xp.where(x == 0, at_zero, near))
    zeroth = xp.exp(-x) / xp.where(x == 0, 1.0, x)
    out = xp.where(n == 0, xp.where(x == 0, math.inf, zeroth), out)
    return xp.where((x < 0) | (n < 0) | xp.isnan(x), math.nan, out)


@in_double
def sici(xp: Any, x: Any, /) -> tuple[Any, Any]:
    """Return the sine and cosine integrals; the latter for x > 0 (for x < 0 its real part, as SciPy has it)."""
    size = xp.abs(x)
    low = xp.where((size > 0) & (size <= 4.0), size, 1.0)
    sine = _sine_series(low)
    near_cosine = _EULER + xp.log(low) + _cosine_series(low)
    high = xp.where(size > 4.0, xp.where(size > 1e15, 1e15, size), 4.0)
    # exp(i z) E1(i z) by its continued fraction, in real and imaginary parts
    real, imag = _complex_fraction(high)
    cos, sin = xp.cos(high), xp.sin(high)
    far_sine = 0.5 * math.pi + (imag * cos - real * sin)
    far_cosine = -(real * cos + imag * sin)
    si = xp.where(size > 4.0, far_sine, sine)
    ci = xp.where(size > 4.0, far_cosine, near_cosine)
    # Farther out the first term is all there is.
    huge = size > 1e15
    outer = xp.where(huge & xp.isfinite(size), size, 1.0)
    si = xp.where(huge, 0.5 * math.pi - xp.cos(outer) / outer, si)
    ci = xp.where(huge, xp.sin(outer) / outer, ci)
    si = xp.where(size == 0, 0.0, xp.where(size == math.inf, 0.5 * math.pi, si))
    ci = xp.where(size == 0, -math.inf, xp.where(x == math.inf, 0.0, xp.where(x == -math.inf, math.nan, ci)))
    nan = xp.isnan(x)
    return xp.where(nan | (x == 0), x, xp.sign(x) * si), xp.where(nan, x, ci)


def _sine_series(x: Any, terms: int = 20) -> Any:
    square = x * x
    total = 0.0 * x
    for k in range(terms - 1, -1, -1):
        total = 1.0 / (2 * k + 1) - total * square / ((2 * k + 2) * (2 * k + 3))
    return total * x


def _cosine_series(x: Any, terms: int = 20) -> Any:
    square = x * x
    total = 0.0 * x
    for k in range(terms, 0, -1):
        total = 1.0 / (2 * k) - total * square / ((2 * k + 1) * (2 * k + 2))
    return -total * square / 2.0


def _complex_fraction(x: Any, steps: int = 60) -> tuple[Any, Any]:
    """The fraction of E1 at z = i x, as (real, imaginary)."""
    real, imag = 1.0 + 2.0 * steps + 0.0 * x, x
    for k in range(steps, 0, -1):
        size = real * real + imag * imag
        real, imag = 1.0 + (2.0 * k - 2.0) - k * k * real / size, x + k * k * imag / size
    size = real * real + imag * imag
    return real / size, -imag / size
