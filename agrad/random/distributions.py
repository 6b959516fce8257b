"""From random words to numbers: raw arrays in, raw arrays out, no differentiation.

Each draws a fixed number of words per element, so that an element depends on the key and its place only. Where a
recipe looks roundabout, it is for the same bits everywhere: compilers fuse ``a * b + c`` into one rounding (JAX under
jit does, NumPy does not), and a float64 rounded to float32 may reach the open end of an interval.

The confusing case: JAX without 64-bit mode. Uniforms on [0, 1), integers, permutations and Bernoulli draws are the
same bits there; what goes through float64 elsewhere (other uniforms, normals, exponentials) is computed in float32
and agrees to about 1e-6.

Sources: G. E. P. Box, M. E. Muller (1958) for normals; L. Devroye, "Non-uniform random variate generation" (1986) for
inversions.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any

from agrad import dtypes
from agrad.dtypes import DType
from agrad.random.philox import LOW, WORD, multiply_half, multiply_wide
from agrad.random.words import Stream, Words

#: bits of a uniform of each dtype: as many as its mantissa holds, taken from 32 (64 for float64)
_MANTISSA = {dtypes.float16: 11, dtypes.bfloat16: 8, dtypes.float32: 24}
Shape = tuple[int, ...]


def _float32(value: float) -> float:
    """Round to float32, as a Python float."""
    if not math.isfinite(value) or abs(value) > 3.4028234663852886e38:
        return value
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


def _below(high: float, dtype: DType) -> float:
    """Return the greatest number of a dtype below `high`, which it holds."""
    if dtype is dtypes.float64:
        return math.nextafter(high, -math.inf)
    step = {dtypes.float32: 2.0**-24, dtypes.float16: 2.0**-11, dtypes.bfloat16: 2.0**-8}[dtype]
    if high == 0.0:
        return -dtypes.finfo(dtype).smallest_normal
    exponent = math.frexp(high)[1]
    # just above a power of two the numbers below are half as far apart
    power = high > 0.0 and math.frexp(high)[0] == 0.5
    return high - math.ldexp(2.0 * step, exponent - 1) / (2.0 if power else 1.0)


def _cast(stream: Stream, values: Any, dtype: DType) -> Any:
    """Round floats to a dtype; to 16 bits by way of float32, as not every library rounds float64 to 16 bits at once."""
    xp = stream.xp
    if dtype.bits == 16 and dtype.is_floating_point:
        values = xp.astype(values, xp.float32)
    return xp.astype(values, stream.backend.raw_dtype(dtype))


def _wide(stream: Stream) -> Any:
    """The raw dtype that intermediate values have."""
    return stream.xp.float64 if stream.has_float64 else stream.xp.float32


def unit(stream: Stream, count: int, dtype: DType) -> Any:
    """Return uniforms on [0, 1), shape (count,): ``(r >> 11) * 2**-53``, or a half's top bits for smaller dtypes."""
    xp = stream.xp
    raw_dtype = stream.backend.raw_dtype(dtype)
    if dtype is dtypes.float64:
        return xp.astype(stream.words(count).wide >> 11, raw_dtype) * 2.0**-53
    bits = _MANTISSA[dtype]
    halves = stream.words((count + 1) // 2).halves(count)
    return xp.astype(xp.astype(halves >> (32 - bits), xp.float32) * 2.0**-bits, raw_dtype)


def open_unit(stream: Stream, words: Words) -> Any:
    """Return uniforms on (0, 1], ``((r >> 11) + 1) * 2**-53``: their logarithm is finite."""
    xp = stream.xp
    if stream.has_float64:
        return xp.astype((words.wide >> 11) + 1, xp.float64) * 2.0**-53
    return (xp.astype(words.high >> 8, xp.float32) + 1.0) * 2.0**-24


def minus_log(stream: Stream, words: Words) -> Any:
    """Return ``-log(u)`` of a uniform on (0, 1]: a standard exponential."""
    xp = stream.xp
    if stream.has_float64:
        # + 0.0 turns the -0.0 of log(1) into 0.0
        return -xp.log(open_unit(stream, words)) + 0.0
    # float32 holds the distance to 1 better than the number where that is the smaller one
    half = xp.zeros_like(xp.astype(words.high, xp.float32)) + 0.5
    number = (xp.astype(words.high, xp.float32) + 0.5) * 2.0**-32
    distance = (xp.astype(~words.high, xp.float32) + 0.5) * 2.0**-32
    near_one = (words.high >> 31) == 1
    return xp.where(near_one, -xp.log1p(-xp.where(near_one, distance, half)), -xp.log(xp.where(near_one, half, number)))


def uniform(stream: Stream, shape: Shape, dtype: DType, low: float = 0.0, high: float = 1.0) -> Any:
    """Return uniforms on [low, high).

    Parameters
    ----------
    stream : Stream
    shape : tuple of int
    dtype : DType
        Floating; rounded ends are used, so that no number falls outside of them.
    low, high : float

    Raises
    ------
    RuntimeError
        When `low` is above `high`.
    """
    if low > high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low} > to={high}")
    xp = stream.xp
    result = unit(stream, math.prod(shape), dtype)
    if (low, high) != (0.0, 1.0):
        result = _affine(stream, result, dtype, low, high)
    return xp.reshape(result, shape)


def _affine(stream: Stream, u: Any, dtype: DType, low: float, high: float) -> Any:
    xp = stream.xp
    if dtype is dtypes.float64:
        span = high - low
        if low == high:
            return xp.zeros_like(u) + low
        # the minimum keeps a compiler from fusing product and sum; it changes no value
        return xp.clip(xp.minimum(u * span, xp.zeros_like(u) + span) + low, low, _below(high, dtype))
    low, high = _float32(low), _float32(high)
    span = _float32(high - low)
    if low == high:
        return xp.zeros_like(u) + low
    if stream.has_float64:
        # 24 bits times 24 bits is exact in float64: fused or not, the same
        result = xp.astype(xp.astype(u, xp.float64) * span + low, xp.float32)
    else:
        wide = xp.astype(u, xp.float32)
        result = xp.minimum(wide * span, xp.zeros_like(wide) + span) + low
    if dtype is not dtypes.float32:
        result = xp.astype(result, stream.backend.raw_dtype(dtype))
        high = float(xp.astype(xp.asarray(high, dtype=xp.float32), result.dtype))
        low = float(xp.astype(xp.asarray(low, dtype=xp.float32), result.dtype))
    return xp.clip(result, low, _below(high, dtype))


def _box_muller(stream: Stream, count: int) -> Any:
    """Return standard normals in float64: pair j is the cosine and sine half of words 2j and 2j + 1. Shape (count,)."""
    xp = stream.xp
    words = stream.words(count + count % 2)
    first, second = words.part(0, 2), words.part(1, 2)
    radius = xp.sqrt(2.0 * minus_log(stream, first))
    if stream.has_float64:
        angle = (xp.astype(second.wide >> 11, xp.float64) * 2.0**-53) * (2.0 * math.pi)
    else:
        # a turn counted from -1/2 has more bits near the zeros of the sine
        turn = second.high >> 8
        signed = xp.astype(turn, xp.float32) - xp.where(turn >= 0x800000, 16777216.0, 0.0)
        angle = xp.astype(signed, xp.float32) * (2.0 * math.pi * 2.0**-24)
    pair = xp.stack([radius * xp.cos(angle), radius * xp.sin(angle)], axis=-1)
    return xp.reshape(pair, (-1,))[:count]


def normal(stream: Stream, shape: Shape, dtype: DType, mean: float = 0.0, std: float = 1.0) -> Any:
    """Return normals.

    Parameters
    ----------
    stream : Stream
    shape : tuple of int
    dtype : DType
        Floating or complex; a complex normal has half of the variance in each part.
    mean, std : float

    Raises
    ------
    RuntimeError
        When `std` is negative.
    """
    if not std >= 0.0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    xp = stream.xp
    if dtype.is_complex:
        values = normal(stream, (*shape, 2), dtype.real, 0.0, std * math.sqrt(0.5))
        return pair_to_complex(stream, values, dtype) + mean
    values = _box_muller(stream, math.prod(shape))
    if (mean, std) != (0.0, 1.0):
        values = values * std + mean
    return xp.reshape(_cast(stream, values, dtype), shape)


def pair_to_complex(stream: Stream, values: Any, dtype: DType) -> Any:
    """Return ``values[..., 0] + 1j * values[..., 1]``."""
    return stream.xp.astype(values[..., 0], stream.backend.raw_dtype(dtype)) + values[..., 1] * 1j


def exponential(stream: Stream, shape: Shape, dtype: DType, rate: float = 1.0) -> Any:
    """Return exponentials of a rate, by inversion.

    Raises
    ------
    RuntimeError
        When the rate is not positive.
    """
    if not rate > 0.0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={rate}")
    values = minus_log(stream, stream.words(math.prod(shape)))
    return stream.xp.reshape(_cast(stream, values / rate, dtype), shape)


def cauchy(stream: Stream, shape: Shape, dtype: DType, median: float = 0.0, sigma: float = 1.0) -> Any:
    """Return Cauchy numbers, by inversion.

    Raises
    ------
    RuntimeError
        When `sigma` is not positive.
    """
    if not sigma > 0.0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma}")
    xp = stream.xp
    u = open_unit(stream, stream.words(math.prod(shape)))
    values = median + sigma * xp.tan(math.pi * (u - 0.5))
    return xp.reshape(_cast(stream, values, dtype), shape)


def log_normal(stream: Stream, shape: Shape, dtype: DType, mean: float = 1.0, std: float = 2.0) -> Any:
    """Return exponentials of normals.

    Raises
    ------
    RuntimeError
        When `std` is not positive.
    """
    if not std > 0.0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std}")
    values = stream.xp.exp(_box_muller(stream, math.prod(shape)) * std + mean)
    return stream.xp.reshape(_cast(stream, values, dtype), shape)


def geometric(stream: Stream, shape: Shape, dtype: DType, p: float) -> Any:
    """Return the number of trials up to the first success, 1 and up, by inversion.

    Raises
    ------
    RuntimeError
        When `p` is not between 0 and 1.
    """
    if not 0.0 < p < 1.0:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p}")
    xp = stream.xp
    values = xp.ceil(minus_log(stream, stream.words(math.prod(shape))) / -math.log1p(-p))
    # u == 1 gives 0 trials
    return xp.reshape(_cast(stream, xp.where(values < 1.0, xp.ones_like(values), values), dtype), shape)


# ---------------------------------------------------------------- integers


def _scaled_wide(stream: Stream, words: Words, span: int, constant: Callable[[int], Any]) -> Any:
    """Return ``floor(r * span / 2**64)`` as uint64, exactly, for a span up to 2^32."""
    r = words.wide
    size = constant(span)
    return ((r >> 32) * size + (((r & LOW) * size) >> 32)) >> 32


def _scaled_halves(stream: Stream, words: Words, span: int, constant: Callable[[int], Any]) -> Any:
    """Return the same as uint32."""
    xp = stream.xp
    if span == 2**32:
        return words.high
    size = constant(span)
    low, high = multiply_half(xp, words.high, size)
    _, below = multiply_half(xp, words.low, size)
    return high + xp.astype(low + below < low, xp.uint32)


def integers(stream: Stream, shape: Shape, dtype: DType, low: int, high: int) -> Any:
    """Return integers on [low, high): ``low + floor(r * span / 2**64)``, exactly.

    A span above 2^32 takes a 128-bit `r`, so that no value is preferred by more than 2^-64.

    Parameters
    ----------
    stream : Stream
    shape : tuple of int
    dtype : DType
        Any real dtype; floating ones hold the integers rounded.
    low, high : int

    Raises
    ------
    RuntimeError
        When there is no integer in [low, high).
    """
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    xp = stream.xp
    span = high - low
    count = math.prod(shape)
    wide = stream.backend.supports(dtypes.uint64)
    word = xp.uint64 if wide else xp.uint32

    def constant(value: int) -> Any:
        return xp.reshape(xp.asarray(value, dtype=word, device=stream.raw_device), (1,))

    if span > 2**64 or (span > 2**32 and not wide):
        raise RuntimeError(
            f"a range of at most 2**{64 if wide else 32} integers is drawn on {stream.backend.name} as it is set up; "
            f"received {span}. On JAX, 64-bit mode draws more: jax.config.update('jax_enable_x64', True)."
        )
    if span > 2**32:
        words = stream.words(2 * count)
        values = _scaled_long(words, span, constant)
    else:
        values = (_scaled_wide if wide else _scaled_halves)(stream, stream.words(count), span, constant)
    if low:
        values = values + constant(low & (WORD if wide else LOW))
    # the sum is modulo 2^64 (or 2^32): reading it as signed gives the negative numbers back
    if low < 0 or dtype.kind != "uint":
        values = xp.astype(values, xp.int64 if wide else xp.int32)
    return xp.reshape(xp.astype(values, stream.backend.raw_dtype(dtype)), shape)


def _scaled_long(words: Words, span: int, constant: Callable[[int], Any]) -> Any:
    """Return ``floor((r1 * 2**64 + r0) * span / 2**128)`` as uint64."""
    if span == 2**64:
        return words.part(1, 2).wide
    halves = (constant(span & LOW), constant(span >> 32), constant(span))
    below, _ = multiply_wide(words.part(0, 2).wide, *halves)
    high, low = multiply_wide(words.part(1, 2).wide, *halves)
    return high + words.xp.astype(low + below < low, words.xp.uint64)


def permutation(stream: Stream, n: int, dtype: DType) -> Any:
    """Return 0, ..., n - 1 in random order: the order of random words, ties broken by place.

    Source: the sort of keys that carry their index in their low bits, which are unique, so that any sort will do.
    """
    xp = stream.xp
    raw_dtype = stream.backend.raw_dtype(dtype)
    if n < 2:
        return xp.zeros((n,), dtype=raw_dtype, device=stream.raw_device)
    bits = (n - 1).bit_length()
    wide = stream.backend.supports(dtypes.uint64)
    if wide and bits <= 21:
        words = stream.words(n)
        indices = xp.arange(n, dtype=xp.uint64, device=stream.raw_device)
        keys = xp.sort(((words.wide >> bits) << bits) + indices)
        return xp.astype(keys & ((1 << bits) - 1), raw_dtype)
    # least significant key first, each sort stable
    if bits <= 21:
        words = stream.words(n)
        keys = [words.low >> bits, words.high]
    else:
        words = stream.words(2 * n)
        first, second = words.part(0, 2), words.part(1, 2)
        keys = [second.wide, first.wide] if wide else [second.low, second.high, first.low, first.high]
    order = xp.argsort(keys[0], stable=True)
    for key in keys[1:]:
        order = xp.take(order, xp.argsort(xp.take(key, order, axis=0), stable=True), axis=0)
    return xp.astype(order, raw_dtype)


def bernoulli(stream: Stream, shape: Shape, p: Any) -> Any:
    """Return True with probability `p`, decided on 53 bits: the same everywhere.

    Parameters
    ----------
    stream : Stream
    shape : tuple of int
    p : float, or array of that shape
        Between 0 and 1; a 0-d or smaller array is broadcast.

    Returns
    -------
    array of bool
    """
    xp = stream.xp
    words = stream.words(math.prod(shape))
    if isinstance(p, float | int):
        p = xp.asarray(float(p), dtype=_wide(stream), device=stream.raw_device)
    if stream.has_float64:
        drawn = xp.astype(words.wide >> 11, xp.float64) * 2.0**-53
        return xp.reshape(drawn, shape) < xp.astype(p, xp.float64)
    # the 53 bits as 21 and 32, compared with p * 2^53 as the same two, all exact in float32
    p = xp.broadcast_to(xp.astype(p, xp.float32), shape)
    p = xp.where(p < 1.0, p, xp.ones_like(p))
    p = xp.where(p > 0.0, p, xp.zeros_like(p))
    scaled = p * 2.0**21
    whole = xp.floor(scaled)
    top = xp.astype(whole, xp.uint32)
    rest = xp.astype(xp.ceil((scaled - whole) * 2.0**32), xp.uint32)
    high = xp.reshape(words.high >> 11, shape)
    low = xp.reshape(((words.high & 0x7FF) << 21) | (words.low >> 11), shape)
    return (high < top) | ((high == top) & (low < rest))
