"""Random bits on CuPy: one kernel, one thread per Philox block."""

from __future__ import annotations

from functools import cache
from typing import Any

import cupy

from agrad.random import philox

_SOURCE = r"""
typedef unsigned long long word;
extern "C" __global__ void philox4x64(
    word k0, word k1, word c0, word c1, word c2, word c3, word blocks, word* out
) {
    const word place = (word)blockIdx.x * blockDim.x + threadIdx.x;
    if (place >= blocks) return;
    word x0 = c0 + place, x1 = c1, x2 = c2, x3 = c3;
    for (int round = 0; round < %(rounds)d; ++round) {
        const word high0 = __umul64hi(%(m0)dULL, x0), low0 = %(m0)dULL * x0;
        const word high1 = __umul64hi(%(m1)dULL, x2), low1 = %(m1)dULL * x2;
        x0 = high1 ^ x1 ^ k0; x1 = low1;
        x2 = high0 ^ x3 ^ k1; x3 = low0;
        k0 += %(b0)dULL; k1 += %(b1)dULL;
    }
    out[4 * place] = x0; out[4 * place + 1] = x1; out[4 * place + 2] = x2; out[4 * place + 3] = x3;
}
"""
_THREADS = 256


@cache
def _kernel() -> Any:
    values = {
        "rounds": philox.ROUNDS,
        "m0": philox.MULTIPLIERS[0],
        "m1": philox.MULTIPLIERS[1],
        "b0": philox.BUMPS[0],
        "b1": philox.BUMPS[1],
    }
    return cupy.RawKernel(_SOURCE % values, "philox4x64")


def random_words(key: tuple[Any, ...], counter: tuple[Any, ...], blocks: int, device: Any = None) -> Any:
    """Return the words of consecutive Philox blocks.

    Parameters
    ----------
    key : tuple of 2 int
    counter : tuple of 4 int
        Of the first block, word 0 lowest.
    blocks : int
    device : cupy.cuda.Device, optional
        The current one when not given.

    Returns
    -------
    cupy.ndarray of uint64, shape (4 * blocks,)
    """
    with cupy.cuda.Device() if device is None else device:
        out = cupy.empty((4 * blocks,), dtype=cupy.uint64)
        if blocks:
            words = [cupy.uint64(int(word)) for word in (*key, *counter, blocks)]
            _kernel()((-(-blocks // _THREADS),), (_THREADS,), (*words, out))
    return out
