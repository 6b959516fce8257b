"""Random bits on JAX: Philox's rounds in one compiled loop.

Run eagerly, the rounds cost milliseconds a call; unrolled, XLA recomputes them for each of the four words. So they
are a ``fori_loop`` under ``jit``, with the key in the carry, and lengths are padded to powers of two to compile few
shapes. Without 64-bit mode the words come as halves, uint32, with the same bits.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from agrad.random import philox
from agrad_jax.config import config


@partial(jax.jit, static_argnames=("blocks",))
def _words(key: Any, counter: Any, blocks: int) -> Any:
    multipliers = philox.multipliers_wide(np.uint64)
    zeros = jnp.zeros((blocks,), dtype=jnp.uint64)
    state = (jnp.arange(blocks, dtype=jnp.uint64) + counter[0], *(zeros + counter[place] for place in (1, 2, 3)))

    def body(_: Any, carry: Any) -> Any:
        state, k0, k1 = carry
        state = philox.round_wide(state, (k0, k1), multipliers)
        return state, k0 + np.uint64(philox.BUMPS[0]), k1 + np.uint64(philox.BUMPS[1])

    state, _, _ = jax.lax.fori_loop(0, philox.ROUNDS, body, (state, key[0], key[1]))
    return jnp.stack(state, axis=-1).reshape(-1)


def _pair(word: int) -> tuple[Any, Any]:
    return np.uint32(word & philox.LOW), np.uint32(word >> 32)


@partial(jax.jit, static_argnames=("blocks",))
def _halves(key: Any, counter: Any, blocks: int) -> Any:
    multipliers = (_pair(philox.MULTIPLIERS[0]), _pair(philox.MULTIPLIERS[1]))
    bumps = (_pair(philox.BUMPS[0]), _pair(philox.BUMPS[1]))
    zeros = jnp.zeros((blocks,), dtype=jnp.uint32)
    first = philox.add_pair(jnp, (jnp.arange(blocks, dtype=jnp.uint32), zeros), (counter[0], counter[1]))
    rest = ((zeros + counter[2 * place], zeros + counter[2 * place + 1]) for place in (1, 2, 3))

    def body(_: Any, carry: Any) -> Any:
        state, k0, k1 = carry
        state = philox.round_halves(jnp, state, (k0, k1), multipliers)
        return state, philox.add_pair(jnp, k0, bumps[0]), philox.add_pair(jnp, k1, bumps[1])

    carry = ((first, *rest), (key[0], key[1]), (key[2], key[3]))
    state, _, _ = jax.lax.fori_loop(0, philox.ROUNDS, body, carry)
    return jnp.stack([half for word in state for half in word], axis=-1).reshape(-1)


def _array(words: tuple[Any, ...], dtype: Any) -> Any:
    """Return words as one array: of NumPy when they are ints, so that nothing is traced, else of JAX."""
    if all(isinstance(word, int) for word in words):
        return np.array(words, dtype=dtype)
    return jnp.stack([jnp.asarray(word, dtype=dtype) for word in words])


def _split(words: tuple[Any, ...]) -> tuple[Any, ...]:
    if not all(isinstance(word, int) for word in words):
        raise TypeError(
            "a traced 64-bit key needs JAX's 64-bit mode: received a key of arrays in 32-bit mode. Pass four uint32 "
            "words, low halves first, or set jax.config.update('jax_enable_x64', True)."
        )
    return tuple(half for word in words for half in (word & philox.LOW, word >> 32))


def random_words(key: tuple[Any, ...], counter: tuple[Any, ...], blocks: int, device: Any = None) -> Any:
    """Return the words of consecutive Philox blocks.

    Parameters
    ----------
    key : tuple of 2
        64-bit words, or four 32-bit ones: ints or (traced) scalars.
    counter : tuple of 4 int
        Of the first block, word 0 lowest.
    blocks : int
    device : jax.Device, optional

    Returns
    -------
    jax.Array of uint64, shape (4 * blocks,); of uint32, shape (8 * blocks,), without 64-bit mode
    """
    padded = 1 << max(blocks - 1, 0).bit_length()
    wide = config.jax_enable_x64
    if wide:
        arguments = (_array(key, np.uint64), _array(counter, np.uint64))
    else:
        halves = key if len(key) == 4 else _split(key)
        arguments = (_array(halves, np.uint32), _array(_split(counter), np.uint32))
    if device is not None:
        arguments = jax.device_put(arguments, device)
    raw = (_words if wide else _halves)(*arguments, blocks=padded)
    count = (4 if wide else 8) * blocks
    return raw if raw.shape[0] == count else raw[:count]
