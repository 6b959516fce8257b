"""Logarithms guarded at their hazards, entropies, the logistic function, softmax and its kin."""

from __future__ import annotations

import math
from typing import Any

from agrad.standard_defaults.special._shared import in_double, pick, sin_pi


@in_double
def xlogy(xp: Any, x: Any, y: Any, /) -> Any:
    """Return x log(y), 0 where x is 0 (unless y is nan)."""
    zero = (x == 0) & ~xp.isnan(y)
    return xp.where(zero, 0.0, x * xp.log(xp.where(zero, 1.0, y)))


@in_double
def xlog1py(xp: Any, x: Any, y: Any, /) -> Any:
    """Return x log(1 + y), 0 where x is 0 (unless y is nan)."""
    zero = (x == 0) & ~xp.isnan(y)
    return xp.where(zero, 0.0, x * xp.log1p(xp.where(zero, 0.0, y)))


@in_double
def entr(xp: Any, x: Any, /) -> Any:
    """Return -x log(x); 0 at 0, -inf for negative x."""
    inner = xp.where(x > 0, x, 1.0)
    out = xp.where(x > 0, -x * xp.log(inner), pick(xp, x == 0, 0.0, -math.inf, inner))
    return xp.where(xp.isnan(x), x, out)


@in_double
def rel_entr(xp: Any, x: Any, y: Any, /) -> Any:
    """Return x log(x / y); 0 where x is 0 and y >= 0, inf outside."""
    inside = (x > 0) & (y > 0)
    p, q = xp.where(inside, x, 1.0), xp.where(inside, y, 1.0)
    near = xp.abs(p - q) < 0.5 * q
    quotient = p / q
    # a quotient that over- or underflows is taken apart
    apart = (quotient == 0) | (quotient == math.inf)
    log = xp.where(apart, xp.log(p) - xp.log(q), xp.log(xp.where(apart, 1.0, quotient)))
    log = xp.where(near, xp.log1p(xp.where(near, p - q, 0.0) / q), log)
    out = xp.where(inside, p * log, pick(xp, (x == 0) & (y >= 0), 0.0, math.inf, log))
    return xp.where(xp.isnan(x) | xp.isnan(y), math.nan, out)


@in_double
def kl_div(xp: Any, x: Any, y: Any, /) -> Any:
    """Return x log(x / y) - x + y; y where x is 0 and y >= 0, inf outside."""
    inside = (x > 0) & (y > 0)
    out = xp.where(inside, rel_entr(xp, x, y) - x + y, xp.where((x == 0) & (y >= 0), y, math.inf))
    return xp.where(xp.isnan(x) | xp.isnan(y), math.nan, out)


@in_double
def expit(xp: Any, x: Any, /) -> Any:
    """Return the logistic function 1 / (1 + exp(-x))."""
    small = xp.exp(-xp.abs(x))
    return xp.where(x >= 0, 1.0, small) / (1.0 + small)


def expit_slope(xp: Any, x: Any, /) -> Any:
    """Return expit(x) expit(-x), the logistic function's derivative, accurate on both sides."""
    small = xp.exp(-xp.abs(x))
    root = 1.0 + small
    return small / root / root


@in_double
def log_expit(xp: Any, x: Any, /) -> Any:
    """Return the logarithm of the logistic function."""
    return xp.where(x < 0, x, 0.0) - xp.log1p(xp.exp(-xp.abs(x)))


@in_double
def logit(xp: Any, p: Any, /) -> Any:
    """Return log(p / (1 - p)), accurately near 1/2, where it is 0."""
    middle = (p > 0.3) & (p < 0.65)
    inner = xp.where(middle, p, 0.5)
    near = xp.log1p((2.0 * inner - 1.0) / (1.0 - inner))
    outside = (p < 0) | (p > 1)
    q = xp.where(outside | (p == 1), 0.5, p)
    far = xp.log(q / (1.0 - q))
    return xp.where(outside, math.nan, xp.where(p == 1, math.inf, xp.where(middle, near, far)))


@in_double
def boxcox(xp: Any, x: Any, lmbda: Any, /) -> Any:
    """Return (x^lmbda - 1) / lmbda, log(x) where lmbda is 0."""
    return _boxcox(xp, xp.log(x), lmbda)


@in_double
def boxcox1p(xp: Any, x: Any, lmbda: Any, /) -> Any:
    """Return ((1 + x)^lmbda - 1) / lmbda, log(1 + x) where lmbda is 0."""
    return _boxcox(xp, xp.log1p(x), lmbda)


def _boxcox(xp: Any, log: Any, lmbda: Any) -> Any:
    zero = xp.abs(lmbda) < 1e-19
    safe = xp.where(zero, 1.0, lmbda)
    return xp.where(zero, log + 0.0 * lmbda, xp.expm1(safe * log) / safe)


@in_double
def sinc(xp: Any, x: Any, /) -> Any:
    """Return sin(pi x) / (pi x), 1 at 0."""
    zero = x == 0
    inner = xp.where(zero, 1.0, x)
    return xp.where(zero, 1.0, sin_pi(xp, inner) / (math.pi * inner))


def logsumexp(xp: Any, x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Return log(sum(exp(x))) over axes, without overflow."""
    top = xp.max(xp.real(x) if xp.isdtype(x.dtype, "complex floating") else x, axis=axis, keepdims=True)
    top = xp.where(xp.isfinite(top), top, xp.zeros_like(top))
    total = xp.log(xp.sum(xp.exp(x - top), axis=axis, keepdims=True)) + top
    return total if keepdims else xp.squeeze(total, axis=_axes(axis, x.ndim))


def softmax(xp: Any, x: Any, /, *, axis: Any = None) -> Any:
    """Return exp(x) divided by its sum over axes."""
    raised = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return raised / xp.sum(raised, axis=axis, keepdims=True)


def log_softmax(xp: Any, x: Any, /, *, axis: Any = None) -> Any:
    """Return the logarithm of softmax."""
    lowered = x - xp.max(x, axis=axis, keepdims=True)
    return lowered - xp.log(xp.sum(xp.exp(lowered), axis=axis, keepdims=True))


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    return tuple(range(ndim)) if axis is None else tuple(axis) if isinstance(axis, tuple | list) else (axis,)
