"""Philox4x64-10 in the layout of ``numpy.random.Philox``, on the Array API standard alone.

A block is four 64-bit words, a bijection of a counter (four words, word 0 lowest) under a key (two words). Block i of
a draw has counter ``(i + first, draw, attempt, purpose)``. The stream of 32-bit halves takes each word's low half
first, as NumPy's does.

The confusing case: JAX without 64-bit mode has no uint64. There every word is a pair of uint32 arrays (low, high),
and the same bits come out (:func:`halves_portable`); a backend's `random_words` hands over whichever it can, and the
dtype tells.

Source: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
"""

from __future__ import annotations

from typing import Any

ROUNDS = 10
MULTIPLIERS = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
BUMPS = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
LOW = 0xFFFFFFFF
WORD = 0xFFFFFFFFFFFFFFFF

Quad = tuple[int, int, int, int]
#: two 64-bit words, or four 32-bit ones (low before high): Python ints, or 0-d arrays where a key is traced
Key = tuple[Any, ...]
Half = tuple[Any, Any]


def block(key: tuple[int, int], counter: Quad) -> Quad:
    """Return one block, in Python ints.

    Examples
    --------
    >>> hex(block((0, 0), (0, 0, 0, 0))[0])
    '0x16554d9eca36314c'
    """
    k0, k1 = key
    c0, c1, c2, c3 = counter
    for _ in range(ROUNDS):
        p0 = MULTIPLIERS[0] * c0
        p1 = MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (p1 >> 64) ^ c1 ^ k0, p1 & WORD, (p0 >> 64) ^ c3 ^ k1, p0 & WORD
        k0 = (k0 + BUMPS[0]) & WORD
        k1 = (k1 + BUMPS[1]) & WORD
    return c0, c1, c2, c3


# ---------------------------------------------------------------- uint64


def multiply_wide(x: Any, low: Any, high: Any, whole: Any) -> tuple[Any, Any]:
    """Return the high and low words of the 128-bit product of `x` and a multiplier given in halves and whole.

    Parameters
    ----------
    x : array of uint64
    low, high, whole : array of uint64
        The multiplier's halves and itself; broadcast against `x`.
    """
    x_low = x & LOW
    x_high = x >> 32
    cross = x_high * low + ((x_low * low) >> 32)
    other = x_low * high + (cross & LOW)
    return x_high * high + (cross >> 32) + (other >> 32), x * whole


def round_wide(counter: tuple[Any, ...], key: tuple[Any, Any], multipliers: tuple[tuple[Any, Any, Any], ...]) -> Any:
    """Return the four words after one round."""
    high0, low0 = multiply_wide(counter[0], *multipliers[0])
    high1, low1 = multiply_wide(counter[2], *multipliers[1])
    return high1 ^ counter[1] ^ key[0], low1, high0 ^ counter[3] ^ key[1], low0


def multipliers_wide(constant: Any) -> tuple[tuple[Any, Any, Any], ...]:
    """Return both multipliers as halves and whole, each made an array by `constant`."""
    return tuple((constant(m & LOW), constant(m >> 32), constant(m)) for m in MULTIPLIERS)


def words_portable(xp: Any, key: Key, counter: tuple[Any, ...], blocks: int, device: Any = None) -> Any:
    """Return the words of consecutive blocks.

    Parameters
    ----------
    xp : namespace
        Any Array API namespace with uint64.
    key : tuple of 2 int or 0-d array
    counter : tuple of 4 int or 0-d array
        Of the first block; word 0 counts up and must not pass 2^64.
    blocks : int
    device : optional
        The namespace's own device object.

    Returns
    -------
    array of uint64, shape (4 * blocks,)
    """

    def constant(value: Any) -> Any:
        # one axis, because NumPy warns of overflow in 0-d arithmetic
        return xp.reshape(xp.asarray(value, dtype=xp.uint64, device=device), (1,))

    multipliers = multipliers_wide(constant)
    bumps = [constant(bump) for bump in BUMPS]
    k0, k1 = (constant(word) for word in key)
    zeros = xp.zeros((blocks,), dtype=xp.uint64, device=device)
    state = (
        xp.arange(blocks, dtype=xp.uint64, device=device) + constant(counter[0]),
        *(zeros + constant(word) for word in counter[1:]),
    )
    for _ in range(ROUNDS):
        state = round_wide(state, (k0, k1), multipliers)
        k0 = k0 + bumps[0]
        k1 = k1 + bumps[1]
    return xp.reshape(xp.stack(state, axis=-1), (-1,))


# ---------------------------------------------------------------- pairs of uint32


def multiply_half(xp: Any, x: Any, y: Any) -> Half:
    """Return the low and high halves of the 64-bit product of two arrays of uint32."""
    x_low, x_high = x & 0xFFFF, x >> 16
    y_low, y_high = y & 0xFFFF, y >> 16
    cross = x_high * y_low + ((x_low * y_low) >> 16)
    other = x_low * y_high + (cross & 0xFFFF)
    return x * y, x_high * y_high + (cross >> 16) + (other >> 16)


def add_half(xp: Any, x: Any, y: Any) -> Half:
    """Return the sum of two arrays of uint32 and the carry out of it."""
    total = x + y
    return total, xp.astype(total < x, xp.uint32)


def add_pair(xp: Any, x: Half, y: Half) -> Half:
    """Return the sum modulo 2^64 of two words in halves."""
    low, carry = add_half(xp, x[0], y[0])
    return low, x[1] + y[1] + carry


def multiply_pair(xp: Any, x: Half, y: Half) -> tuple[Half, Half]:
    """Return the high and low words of the 128-bit product of two words in halves."""
    p00 = multiply_half(xp, x[0], y[0])
    p01 = multiply_half(xp, x[0], y[1])
    p10 = multiply_half(xp, x[1], y[0])
    p11 = multiply_half(xp, x[1], y[1])
    second, carry_a = add_half(xp, p00[1], p01[0])
    second, carry_b = add_half(xp, second, p10[0])
    third, carry_c = add_half(xp, p01[1], p10[1])
    third, carry_d = add_half(xp, third, p11[0])
    third, carry_e = add_half(xp, third, carry_a + carry_b)
    return (third, p11[1] + carry_c + carry_d + carry_e), (p00[0], second)


def round_halves(xp: Any, counter: tuple[Half, ...], key: tuple[Half, Half], multipliers: tuple[Half, Half]) -> Any:
    """Return the four words, in halves, after one round."""
    high0, low0 = multiply_pair(xp, counter[0], multipliers[0])
    high1, low1 = multiply_pair(xp, counter[2], multipliers[1])
    first = (high1[0] ^ counter[1][0] ^ key[0][0], high1[1] ^ counter[1][1] ^ key[0][1])
    third = (high0[0] ^ counter[3][0] ^ key[1][0], high0[1] ^ counter[3][1] ^ key[1][1])
    return first, low1, third, low0


def halves_portable(xp: Any, key: Key, counter: tuple[Any, ...], blocks: int, device: Any = None) -> Any:
    """Return the words of consecutive blocks as halves, for a namespace without uint64.

    Parameters
    ----------
    xp, counter, blocks, device
        As in :func:`words_portable`; Python ints, or for a traced word a tuple (low, high) of 0-d uint32 arrays.
        Word 0 must not pass 2^32.
    key : tuple
        Two such words, or four halves.

    Returns
    -------
    array of uint32, shape (8 * blocks,)
    """

    def constant(half: Any) -> Any:
        return xp.reshape(xp.asarray(half, dtype=xp.uint32, device=device), (1,))

    def pair(word: Any) -> Half:
        low, high = word if isinstance(word, tuple) else (word & LOW, word >> 32)
        return tuple(xp.reshape(xp.asarray(half, dtype=xp.uint32, device=device), (1,)) for half in (low, high))

    if len(key) == 4:
        key = ((key[0], key[1]), (key[2], key[3]))
    multipliers = (pair(MULTIPLIERS[0]), pair(MULTIPLIERS[1]))
    bumps = [pair(bump) for bump in BUMPS]
    k0, k1 = pair(key[0]), pair(key[1])
    zeros = xp.zeros((blocks,), dtype=xp.uint32, device=device)
    indices = xp.arange(blocks, dtype=xp.uint32, device=device)
    first = pair(counter[0])
    state: Any = (
        add_pair(xp, (indices, zeros), first),
        *((zeros + low, zeros + high) for low, high in map(pair, counter[1:])),
    )
    for _ in range(ROUNDS):
        state = round_halves(xp, state, (k0, k1), multipliers)
        k0 = add_pair(xp, k0, bumps[0])
        k1 = add_pair(xp, k1, bumps[1])
    return xp.reshape(xp.stack([half for word in state for half in word], axis=-1), (-1,))
