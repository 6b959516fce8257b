"""Distributions that count, reject or choose: Poisson, gamma, binomial, categorical.

The confusing case: rejection. Every element tries attempt 0, 1, 2, ... with words of its own (the attempt is part of
the counter), and keeps the first that is accepted, so that what one element does changes nothing for another. Loops
end when all have accepted; under a tracer that cannot be known, and they run their full bounded length, after which
an element is still open with a probability below 1e-9 and takes the distribution's rounded mean.

Two libraries round a logarithm differently, so that about one draw in 10^15 may be decided differently on two backends.

Sources: W. Hörmann, "The transformed rejection method for generating Poisson random variables" (1993) and "The
generation of binomial random variates" (1993); G. Marsaglia and W. W. Tsang, "A simple method for generating gamma variables" (2000).
"""

from __future__ import annotations

import math
from typing import Any

from agrad import dtypes
from agrad.dtypes import DType
from agrad.random.distributions import minus_log, open_unit
from agrad.random.words import Stream

ATTEMPTS = 24
#: below this rate Poisson numbers are counted up, above it they are drawn by rejection
SMALL_RATE = 10.0
_COUNTED = 64
#: log k! - (log(2 pi) / 2 + (k + 1/2) log(k + 1) - (k + 1)) for k = 0, 1, ...
_STIRLING = tuple(
    math.lgamma(k + 1) - (0.5 * math.log(2 * math.pi) + (k + 0.5) * math.log(k + 1) - (k + 1)) for k in range(10)
)


def _working(stream: Stream, values: Any) -> Any:
    """Return an array in the dtype that intermediate values have, flat."""
    xp = stream.xp
    wide = xp.float64 if stream.has_float64 else xp.float32
    return xp.reshape(xp.astype(values, wide), (-1,))


def log_gamma(xp: Any, x: Any) -> Any:
    """Return log Γ(x) for x >= 1, by Stirling's series after seven steps up, so that it is portable."""
    product = x
    for step in range(1, 7):
        product = product * (x + float(step))
    y = x + 7.0
    inverse = 1.0 / y
    square = inverse * inverse
    series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188)))))
    return (y - 0.5) * xp.log(y) - y + 0.5 * math.log(2.0 * math.pi) + series - xp.log(product)


def poisson(stream: Stream, rate: Any, dtype: DType) -> Any:
    """Return Poisson numbers of an array of rates.

    Parameters
    ----------
    stream : Stream
    rate : array, any shape, of a real floating dtype
        Not negative.
    dtype : DType
        Of the result.
    """
    xp = stream.xp
    shape = rate.shape
    rates = _working(stream, rate)
    small = rates < SMALL_RATE
    result = xp.where(small, _poisson_counted(stream, xp.where(small, rates, xp.zeros_like(rates))), rates)
    if not stream.decided(xp.all(small)):
        large = _poisson_rejected(stream, xp.where(small, xp.full_like(rates, SMALL_RATE), rates))
        result = xp.where(small, result, large)
    return xp.reshape(xp.astype(result, stream.backend.raw_dtype(dtype)), shape)


def _poisson_counted(stream: Stream, rates: Any) -> Any:
    """Count k up until the distribution function passes a uniform."""
    xp = stream.xp
    u = open_unit(stream, stream.words(rates.shape[0]))
    term = xp.exp(-rates)
    total = term
    count = xp.zeros_like(rates)
    for step in range(1, _COUNTED):
        above = u > total
        if stream.decided(~xp.any(above)):
            break
        count = count + xp.astype(above, rates.dtype)
        term = term * rates / float(step)
        total = total + term
    return count


def _poisson_rejected(stream: Stream, rates: Any) -> Any:
    """Hörmann's PTRS, for rates of 10 and up."""
    xp = stream.xp
    n = rates.shape[0]
    b = 0.931 + 2.53 * xp.sqrt(rates)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    v_r = 0.9277 - 3.6224 / (b - 2.0)
    log_rate = xp.log(rates)
    result = xp.floor(rates)
    open_ = xp.ones((n,), dtype=xp.bool, device=stream.raw_device)
    for attempt in range(1, ATTEMPTS + 1):
        words = stream.words(2 * n, attempt)
        u = open_unit(stream, words.part(0, 2)) - 0.5
        v = open_unit(stream, words.part(1, 2))
        us = 0.5 - xp.abs(u)
        positive = us > 0.0
        us = xp.where(positive, us, xp.ones_like(us))
        k = xp.floor((2.0 * a / us + b) * u + rates + 0.43)
        valid = positive & (k >= 0.0) & ~((us < 0.013) & (v > us))
        safe = xp.where(k >= 0.0, k, xp.zeros_like(k))
        left = xp.log(v * inverse_alpha / (a / (us * us) + b))
        accepted = left <= safe * log_rate - rates - log_gamma(xp, safe + 1.0)
        accepted = valid & (((us >= 0.07) & (v <= v_r)) | accepted)
        result = xp.where(open_ & accepted, safe, result)
        open_ = open_ & ~accepted
        if stream.decided(~xp.any(open_)):
            break
    return result


def gamma(stream: Stream, shape_parameter: Any, dtype: DType) -> Any:
    """Return gamma numbers of scale 1.

    Parameters
    ----------
    stream : Stream
    shape_parameter : array, any shape, of a real floating dtype
        Positive.
    dtype : DType
        Of the result.
    """
    xp = stream.xp
    alpha = _working(stream, shape_parameter)
    n = alpha.shape[0]
    boosted = alpha < 1.0
    d = xp.where(boosted, alpha + 1.0, alpha) - 1.0 / 3.0
    c = 1.0 / xp.sqrt(9.0 * d)
    result = d
    open_ = xp.ones((n,), dtype=xp.bool, device=stream.raw_device)
    for attempt in range(1, ATTEMPTS + 1):
        words = stream.words(4 * n, attempt)
        angle = (open_unit(stream, words.part(1, 4)) - 0.5) * (2.0 * math.pi)
        z = xp.sqrt(2.0 * minus_log(stream, words.part(0, 4))) * xp.cos(angle)
        root = 1.0 + c * z
        positive = root > 0.0
        root = xp.where(positive, root, xp.ones_like(root))
        cube = root * root * root
        minus_log_u = minus_log(stream, words.part(2, 4))
        accepted = positive & (-minus_log_u < 0.5 * z * z + d - d * cube + d * xp.log(cube))
        result = xp.where(open_ & accepted, d * cube, result)
        open_ = open_ & ~accepted
        if stream.decided(~xp.any(open_)):
            break
    # a shape below 1 is drawn one higher and shrunk by a power of a uniform
    shrink = xp.exp(-minus_log(stream, stream.words(n)) / alpha)
    result = xp.where(boosted, result * shrink, result)
    return xp.reshape(xp.astype(result, stream.backend.raw_dtype(dtype)), shape_parameter.shape)


def binomial(stream: Stream, count: Any, p: Any, dtype: DType) -> Any:
    """Return binomial numbers; the work does not grow with the number of trials.

    Successes, or failures where these are rarer, are counted up by the distribution function where fewer than
    :data:`SMALL_RATE` are expected, and drawn by rejection elsewhere.

    Parameters
    ----------
    stream : Stream
    count, p : array, the same shape, of a real floating dtype
        Trials and probability of each.
    dtype : DType
        Of the result.
    """
    xp = stream.xp
    trials = _working(stream, count)
    chance = _working(stream, p)
    rare = xp.where(chance > 0.5, 1.0 - chance, chance)
    small = trials * rare < SMALL_RATE
    nothing = xp.zeros_like(trials)
    hits = _binomial_counted(stream, xp.where(small, trials, nothing), xp.where(small, rare, nothing))
    if not stream.decided(xp.all(small)):
        # where few are expected, something harmless is drawn and thrown away
        safe_trials = xp.where(small, xp.full_like(trials, 4.0 * SMALL_RATE), trials)
        safe_rare = xp.where(small, xp.full_like(rare, 0.5), rare)
        hits = xp.where(small, hits, _binomial_rejected(stream, safe_trials, safe_rare))
    hits = xp.where(chance > 0.5, trials - hits, hits)
    return xp.reshape(xp.astype(hits, stream.backend.raw_dtype(dtype)), count.shape)


def _binomial_counted(stream: Stream, trials: Any, chance: Any) -> Any:
    """Count k up until the distribution function passes a uniform; fewer than SMALL_RATE successes are expected."""
    xp = stream.xp
    u = open_unit(stream, stream.words(trials.shape[0]))
    odds = chance / (1.0 - chance)
    term = xp.exp(trials * xp.log1p(-chance))
    total = term
    hits = xp.zeros_like(trials)
    for step in range(1, _COUNTED):
        above = (u > total) & (hits < trials)
        if stream.decided(~xp.any(above)):
            break
        hits = hits + xp.astype(above, trials.dtype)
        term = term * odds * (trials - float(step - 1)) / float(step)
        total = total + term
    return hits


def _binomial_rejected(stream: Stream, trials: Any, chance: Any) -> Any:
    """Hörmann's BTRS, for a probability up to 1/2 and SMALL_RATE expected successes and up."""
    xp = stream.xp
    n = trials.shape[0]
    spread = xp.sqrt(trials * chance * (1.0 - chance))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * chance
    centre = trials * chance + 0.5
    v_r = 0.92 - 4.2 / b
    alpha = (2.83 + 5.1 / b) * spread
    odds = chance / (1.0 - chance)
    mode = xp.floor((trials + 1.0) * chance)
    at_mode = _stirling_tail(xp, mode) + _stirling_tail(xp, trials - mode)
    at_mode = at_mode + (mode + 0.5) * xp.log((mode + 1.0) / (odds * (trials - mode + 1.0)))
    result = xp.floor(trials * chance)
    open_ = xp.ones((n,), dtype=xp.bool, device=stream.raw_device)
    for attempt in range(1, ATTEMPTS + 1):
        words = stream.words(2 * n, attempt)
        u = open_unit(stream, words.part(0, 2)) - 0.5
        v = open_unit(stream, words.part(1, 2))
        us = 0.5 - xp.abs(u)
        positive = us > 0.0
        us = xp.where(positive, us, xp.ones_like(us))
        k = xp.floor((2.0 * a / us + b) * u + centre)
        valid = positive & (k >= 0.0) & (k <= trials)
        safe = xp.where(valid, k, mode)
        left = xp.log(v * alpha / (a / (us * us) + b))
        right = (
            at_mode
            + (trials + 1.0) * xp.log((trials - mode + 1.0) / (trials - safe + 1.0))
            + (safe + 0.5) * xp.log(odds * (trials - safe + 1.0) / (safe + 1.0))
            - _stirling_tail(xp, safe)
            - _stirling_tail(xp, trials - safe)
        )
        accepted = valid & (((us >= 0.07) & (v <= v_r)) | (left <= right))
        result = xp.where(open_ & accepted, safe, result)
        open_ = open_ & ~accepted
        if stream.decided(~xp.any(open_)):
            break
    return result


def _stirling_tail(xp: Any, k: Any) -> Any:
    """Return log k! less Stirling's approximation of it at k + 1, for k >= 0: its first ten values, then its series."""
    known = xp.asarray(_STIRLING, dtype=k.dtype, device=k.device)
    last = len(_STIRLING) - 1
    place = xp.astype(xp.where(k > last, xp.full_like(k, float(last)), k), xp.int32)
    inverse = 1.0 / (k + 1.0)
    square = inverse * inverse
    series = inverse * (1 / 12 - square * (1 / 360 - square / 1260))
    return xp.where(k > last, series, xp.take(known, place))


def multinomial(stream: Stream, weights: Any, count: int, replacement: bool) -> Any:
    """Return indices drawn with probabilities proportional to weights.

    Parameters
    ----------
    stream : Stream
    weights : array, shape (n,) or (rows, n), of a real floating dtype
        Not negative.
    count : int
        Indices per row.
    replacement : bool
        Without replacement, the order is the one in which exponential clocks with the weights as rates ring.

    Returns
    -------
    array of int64 (int32 where there is no int64), shape (count,) or (rows, count)
    """
    xp = stream.xp
    index_dtype = stream.backend.raw_dtype(dtypes.int64 if stream.backend.supports(dtypes.int64) else dtypes.int32)
    flat = weights.ndim == 1
    wide = xp.float64 if stream.has_float64 else xp.float32
    rows = xp.astype(xp.reshape(weights, (1, -1)) if flat else weights, wide)
    height, n = rows.shape
    if replacement:
        # u in (0, 1] picks the first index whose running total reaches u * total: never one of weight 0
        totals = xp.cumulative_sum(rows, axis=1)
        u = xp.reshape(open_unit(stream, stream.words(height * count)), (height, count))
        aim = u * totals[:, -1:]
        result = xp.stack([xp.searchsorted(totals[row, :], aim[row, :], side="left") for row in range(height)])
    else:
        clocks = xp.reshape(minus_log(stream, stream.words(height * n)), (height, n))
        positive = rows > 0.0
        times = clocks / xp.where(positive, rows, xp.ones_like(rows))
        times = xp.where(positive, times, xp.full_like(times, math.inf))
        result = xp.argsort(times, axis=1, stable=True)[:, :count]
    result = xp.astype(result, index_dtype)
    return xp.reshape(result, (-1,)) if flat else result
