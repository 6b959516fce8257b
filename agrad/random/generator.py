"""A generator of random numbers: a key and the count of draws made with it.

The confusing case: under ``jax.jit`` the count moves when the function is traced, not when it runs, so a compiled
function that draws from an ordinary generator gives the same numbers every time it is called. Pass a key in instead::

    def step(key, x):
        generator = Generator.from_key((key[0], key[1]))
        ...

with ``key = numpy.asarray(generator.new_key(), dtype="uint64")`` made anew for each call.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ContextDecorator, contextmanager
from typing import Any

from agrad import dtypes
from agrad.backend import get_default_backend
from agrad.devices import Device
from agrad.engine.core import wrap
from agrad.engine.level_draws import check_draw
from agrad.engine.levels import running
from agrad.errors import AgradError
from agrad.fields import Fields
from agrad.random.philox import WORD, Key, block
from agrad.scopes import Choice, Lock, Scope

#: word 3 of the counter: what a block is for
PURPOSE_DRAW = 0
PURPOSE_CHILD = 0x6368696C64

#: PyTorch's seed of a fresh generator
DEFAULT_SEED = 67280421310721


class SeedError(AgradError, RuntimeError, ValueError):
    """A seed of more than 64 bits."""


class StateError(AgradError, TypeError):
    """What is no state of a generator."""


class GeneratorState(Fields):
    """Everything a generator is.

    Attributes
    ----------
    seed : int
        What it was seeded with.
    key : tuple of int
        The key; (seed, 0) unless it is a child.
    draws : int
        Draws made so far.
    """

    seed: int
    key: Key
    draws: int


class Generator:
    """A stream of random numbers, the same on every backend and device.

    Parameters
    ----------
    device : Device or str
        Kept for PyTorch's sake; the numbers do not depend on it.

    Examples
    --------
    >>> generator = Generator().manual_seed(7)
    >>> generator.next_draw()
    ((7, 0), 0)
    >>> generator.next_draw()
    ((7, 0), 1)
    """

    def __init__(self, device: Any = "cpu") -> None:
        self.device = Device(device)
        self._lock = threading.Lock()
        self._seed = DEFAULT_SEED
        self._key: Key = (DEFAULT_SEED, 0)
        self._draws = 0

    @classmethod
    def from_key(cls, key: Key, device: Any = "cpu") -> Generator:
        """Return a generator with a key of its own, at its first draw.

        Parameters
        ----------
        key : tuple of 2
            64-bit words: ints, or 0-d uint64 arrays (traced ones too). Four uint32 words, low halves first, are
            taken as well, for JAX without 64-bit mode.
        device : optional
        """
        made = cls(device)
        made._key = tuple(key)
        made._seed = key[0] if isinstance(key[0], int) else 0
        return made

    def manual_seed(self, seed: int) -> Generator:
        """Start anew from a seed and return the generator.

        Parameters
        ----------
        seed : int
            From -2^63 to 2^64 - 1; negative ones count from 2^64 down.

        Raises
        ------
        RuntimeError
            When the seed is out of that range.
        """
        seed = int(seed)
        if not -(2**63) <= seed < 2**64:
            raise SeedError(f"Overflow when unpacking long: a seed is from -2**63 to 2**64 - 1; received {seed}.")
        with self._lock:
            self._seed = seed & WORD
            self._key = (self._seed, 0)
            self._draws = 0
        return self

    def seed(self) -> int:
        """Start anew from a seed that the operating system gives, and return it."""
        seed = int.from_bytes(os.urandom(8), "little")
        self.manual_seed(seed)
        return seed

    def initial_seed(self) -> int:
        """Return the seed last started from."""
        return self._seed

    def next_draw(self) -> tuple[Key, int]:
        """Count one draw and return the key and the draw's number.

        Raises
        ------
        RuntimeError
            Inside a vmap that says no to random numbers.
        """
        if running():
            check_draw()
        with self._lock:
            draw = self._draws
            self._draws = draw + 1
            return self._key, draw

    def snapshot(self) -> GeneratorState:
        """Return the state, to be given back to :meth:`restore`; a checkpoint's backward pass draws again from it."""
        with self._lock:
            return GeneratorState(self._seed, self._key, self._draws)

    def restore(self, state: GeneratorState) -> Generator:
        """Go back to a state that :meth:`snapshot` returned."""
        with self._lock:
            self._seed, self._key, self._draws = state
        return self

    def get_state(self) -> Any:
        """Return the state as a uint8 tensor, shape (32,): seed, key and draws, eight bytes each, low byte first."""
        seed, key, draws = self.snapshot()
        if len(key) != 2 or not all(isinstance(word, int) for word in key):
            raise TypeError("get_state() needs a key of Python ints; received a traced one. Use snapshot() in jit.")
        data = b"".join(word.to_bytes(8, "little") for word in (seed, *key, draws))
        backend = get_default_backend()
        device = backend.default_device()
        return wrap(backend.asarray(list(data), dtypes.uint8, device), backend.options(device, dtypes.uint8))

    def set_state(self, new_state: Any) -> Generator:
        """Go back to a state that :meth:`get_state` returned.

        Raises
        ------
        TypeError, RuntimeError
            When it is no uint8 tensor, or not of the right length.
        """
        options = getattr(new_state, "_options", None)
        if options is None or options.dtype is not dtypes.uint8:
            raise StateError(
                "RNG state must be a torch.ByteTensor: what get_state() gave; received "
                f"{type(new_state).__name__ if options is None else options.dtype!r}"
            )
        data = bytes(options.backend.tolist(new_state._data))
        if len(data) != 32:
            raise RuntimeError(f"RNG state is wrong size: a state is 32 bytes; received {len(data)}.")
        seed, k0, k1, draws = (int.from_bytes(data[at : at + 8], "little") for at in range(0, 32, 8))
        return self.restore(GeneratorState(seed, (k0, k1), draws))

    def fork(self, index: int) -> Generator:
        """Return the child of this number: an independent stream that depends on the key and `index` alone.

        Nothing is counted: the same index gives the same child. A checkpoint recomputes with the same child, and
        each lane of a vmap has its own.
        """
        if not all(isinstance(word, int) for word in self._key) or len(self._key) != 2:
            raise TypeError("fork() needs a key of Python ints; a traced key has no children. Fork outside of jit.")
        words = block((self._key[0], self._key[1]), (index & WORD, 0, 0, PURPOSE_CHILD))
        child = type(self).from_key(words[:2], self.device)
        child._seed = self._seed
        return child

    def new_key(self) -> Key:
        """Return a fresh key, counting one draw: what a compiled function is given for one call."""
        _, draw = self.next_draw()
        words = block((self._key[0], self._key[1]), (0, draw, 1, PURPOSE_CHILD))
        return words[:2]

    def clone_state(self) -> Generator:
        """Return another generator in the same state."""
        made = type(self)(self.device)
        made._seed, made._key, made._draws = self._seed, self._key, self._draws
        return made

    def __repr__(self) -> str:
        return f"<agrad.Generator seed={self._seed} draws={self._draws}>"


class _Default:
    """The generator that functions use when none is given: one for all backends and devices."""

    __slots__ = ("generator",)

    def __init__(self) -> None:
        self.generator = Generator()


_default = _Default()


_used: Choice[Generator] = Choice("agrad_generator")


def default_generator() -> Generator:
    """Return the generator that functions use when none is given."""
    return _used.innermost() or _default.generator


class use_generator(ContextDecorator, Scope):
    """Make a generator the default one inside a ``with`` block, for this thread or asyncio task alone.

    Parameters
    ----------
    generator : Generator

    Examples
    --------
    >>> import agrad
    >>> from agrad.random import Generator, use_generator
    >>> with use_generator(Generator().manual_seed(7)):
    ...     x = agrad.rand(2)
    >>> with use_generator(Generator().manual_seed(7)):
    ...     bool((agrad.rand(2) == x).all())
    True
    """

    def __init__(self, generator: Generator) -> None:
        self._generator = generator

    def _enter(self, lock: Lock) -> Generator:
        _used.enter(lock, self._generator)
        return self._generator


def set_default_generator(generator: Generator) -> Generator:
    """Make `generator` the default one and return the one before."""
    before = _default.generator
    _default.generator = generator
    return before


# ---------------------------------------------------------------- the default generator


def manual_seed(seed: int) -> Generator:
    """Seed the default generator, on all devices and backends, and return it."""
    return default_generator().manual_seed(seed)


def seed() -> int:
    """Seed the default generator from the operating system and return the seed."""
    return default_generator().seed()


def initial_seed() -> int:
    """Return the seed the default generator started from."""
    return default_generator().initial_seed()


def get_rng_state() -> Any:
    """Return the default generator's state as a uint8 tensor."""
    return default_generator().get_state()


def set_rng_state(new_state: Any) -> None:
    """Go back to a state that :func:`get_rng_state` returned."""
    default_generator().set_state(new_state)


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True) -> Iterator[None]:
    """Put the default generator's state back at the end of a ``with`` block.

    Parameters
    ----------
    devices : ignored
        One generator serves all devices.
    enabled : bool
        False does nothing.
    """
    generator = default_generator()
    before = generator.snapshot()
    try:
        yield
    finally:
        if enabled:
            generator.restore(before)
