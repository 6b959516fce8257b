"""Random bits on NumPy: ``numpy.random.Philox``, whose bits are the portable generator's, several times faster."""

from __future__ import annotations

from typing import Any


def random_words(key: tuple[Any, ...], counter: tuple[Any, ...], blocks: int) -> Any:
    """Return the words of consecutive Philox blocks.

    Parameters
    ----------
    key : tuple of 2 int
    counter : tuple of 4 int
        Of the first block, word 0 lowest.
    blocks : int

    Returns
    -------
    ndarray of uint64, shape (4 * blocks,)
    """
    # numpy.random is not loaded until someone draws
    import numpy as np
    from numpy.random import Philox

    number = 0
    for place, word in enumerate(counter):
        number |= int(word) << (64 * place)
    # NumPy counts up before it makes a block
    number = (number - 1) % (1 << 256)
    before = [(number >> (64 * place)) & 0xFFFFFFFFFFFFFFFF for place in range(4)]
    generator = Philox(
        key=np.array([int(word) for word in key], dtype=np.uint64), counter=np.array(before, dtype=np.uint64)
    )
    return generator.random_raw(4 * blocks)
