"""Where distributions get their random words.

A :class:`Stream` is one draw of a generator on one backend and device. It asks the backend's ``random_words`` for the
bits. :class:`Words` shows them as 64-bit words where the backend has uint64, and as halves everywhere.
"""

from __future__ import annotations

from typing import Any

from agrad import dtypes
from agrad.backend import Backend
from agrad.devices import Device
from agrad.random.generator import PURPOSE_DRAW, Generator


class Words:
    """Random 64-bit words.

    Parameters
    ----------
    xp : namespace
    raw : array of uint64, shape (n,), or array of uint32, shape (2 * n,)
        The words, or their halves, low before high.
    """

    __slots__ = ("_high", "_low", "wide", "xp")

    def __init__(self, xp: Any, raw: Any) -> None:
        self.xp = xp
        self._low: Any = None
        self._high: Any = None
        if raw.dtype == xp.uint32:
            self.wide: Any = None
            pairs = xp.reshape(raw, (-1, 2))
            self._low = pairs[:, 0]
            self._high = pairs[:, 1]
        else:
            self.wide = raw

    @property
    def low(self) -> Any:
        """The low halves, uint32, shape (n,)."""
        if self._low is None:
            self._low = self.xp.astype(self.wide & 0xFFFFFFFF, self.xp.uint32)
        return self._low

    @property
    def high(self) -> Any:
        """The high halves, uint32, shape (n,)."""
        if self._high is None:
            self._high = self.xp.astype(self.wide >> 32, self.xp.uint32)
        return self._high

    def halves(self, count: int) -> Any:
        """Return the stream of halves, low before high, uint32, shape (count,)."""
        return self.xp.reshape(self.xp.stack([self.low, self.high], axis=-1), (-1,))[:count]

    def part(self, start: int, step: int) -> Words:
        """Return every `step`-th word from `start` on."""
        part = Words.__new__(Words)
        part.xp = self.xp
        part.wide = None if self.wide is None else self.wide[start::step]
        part._low = None if self._low is None else self._low[start::step]
        part._high = None if self._high is None else self._high[start::step]
        return part


class Stream:
    """One draw: every word of it is a function of key, draw, attempt and place.

    Parameters
    ----------
    backend : Backend
    device : Device
    generator : Generator
        Its count of draws goes up by one.
    """

    __slots__ = ("backend", "device", "draw", "key", "raw_device", "xp")

    def __init__(self, backend: Backend, device: Device, generator: Generator) -> None:
        self.backend = backend
        self.device = device
        self.raw_device = backend.raw_device(device)
        self.xp = backend.namespace()
        self.key, self.draw = generator.next_draw()

    @property
    def has_float64(self) -> bool:
        """Whether the backend computes in float64 (JAX only does in 64-bit mode)."""
        return self.backend.supports(dtypes.float64)

    def words(self, count: int, attempt: int = 0) -> Words:
        """Return the first `count` words of an attempt."""
        blocks = -(-count // 4)
        counter = (0, self.draw, attempt, PURPOSE_DRAW)
        raw = self.backend.random_words(self.key, counter, blocks, self.device)
        length = 2 * count if raw.dtype == self.xp.uint32 else count
        return Words(self.xp, raw if raw.shape[0] == length else raw[:length])

    def decided(self, flag: Any) -> bool:
        """Whether a 0-d array of bool is known to be True now; never, while it is traced."""
        try:
            return bool(flag)
        except TypeError:  # JAX's ConcretizationTypeError is one
            return False
