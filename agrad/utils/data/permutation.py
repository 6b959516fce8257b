"""Random orders that are not built: a permutation of n numbers as a sequence that computes each of its elements.

Up to :data:`_BUILT` elements, ``agrad.randperm`` is fastest, and its list is kept. Beyond, an element is computed when asked for, by a
Feistel network over the least even number of bits that holds n, whose numbers of n and above are sent through the network again (cycle
walking), so that each number below n comes exactly once.

Sources: M. Luby, C. Rackoff, "How to construct pseudorandom permutations from pseudorandom functions" (1988); J. Black, P. Rogaway,
"Ciphers with arbitrary finite domains" (2002).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import agrad
from agrad.random import default_generator
from agrad.random.philox import block

_BUILT = 1 << 22
_ROUNDS = 6
#: word 3 of the counter: what a block is for, beside those of agrad.random.generator
_PURPOSE = 0x7065726D


class Permutation(Sequence[int]):
    """The numbers below `n` in an order that a key decides.

    Parameters
    ----------
    n : int
        From 1 to 2**62.
    key : tuple of two ints
        64-bit words.
    """

    def __init__(self, n: int, key: tuple[int, int]) -> None:
        self.n = n
        self.key = key
        self.half = max(1, -(-(n - 1).bit_length() // 2))
        self.mask = (1 << self.half) - 1

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return Part(self, range(self.n)[place])
        number = range(self.n)[place]
        while True:
            left, right = number >> self.half, number & self.mask
            for turn in range(_ROUNDS):
                mixed = block(self.key, (right, turn, self.half, _PURPOSE))[0] & self.mask
                left, right = right, left ^ mixed
            number = left << self.half | right
            if number < self.n:
                return number


class Part(Sequence[int]):
    """Some places of a sequence, in order."""

    def __init__(self, whole: Sequence[int], places: range) -> None:
        self.whole = whole
        self.places = places

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return Part(self.whole, self.places[place])
        return self.whole[self.places[place]]


def permutation(n: int, generator: Any = None) -> Sequence[int]:
    """Return the numbers below `n` in random order.

    Parameters
    ----------
    n : int
    generator : Generator, optional
        The default one otherwise; its count of draws goes up by one.

    Returns
    -------
    sequence of int
        A list for small `n`; else a sequence that takes no memory.
    """
    if n <= _BUILT:
        order: list[int] = agrad.randperm(n, generator=generator).tolist()
        return order
    key = (default_generator() if generator is None else generator).new_key()
    return Permutation(n, (key[0], key[1]))


__all__ = ["Part", "Permutation", "permutation"]
