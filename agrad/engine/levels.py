"""Levels: tensors whose arrays are tensors, which is how transforms nest.

A transform (grad, jvp, vmap) runs a function on tensors of a level of its own. Such a tensor's raw array is a Tensor of the level
below, or a pair or batch made of them, and its backend is a :class:`LevelBackend`. So an operation of a level is, in the end,
the same operation one level below:

- at a *grad* level the engine records its tape as always, with lower Tensors as raw arrays and their namespace as ``xp``; the rules
  of its backward then run on lower Tensors, and if those are being differentiated too they record what they do;
- at a *jvp* level the arrays are :class:`Dual` pairs and an operation pushes tangents by the primitive's JVP rule;
- at a *vmap* level the arrays are :class:`Batched` values and an operation runs the primitive's batching rule.

Perturbation confusion cannot arise: a tensor of an outer level is a constant to the inner one, by its type and not by a convention.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from agrad.backend import Backend
from agrad.dtypes import DType
from agrad.engine import kept
from agrad.engine.core import TensorCore, classes, wrap
from agrad.engine.primitive import registry
from agrad.errors import AgradError
from agrad.scopes import Lock, Scope

Interpret = Callable[..., Any]
_interpreters: dict[str, Interpret] = {}


class ValueNeeded(AgradError, RuntimeError, TypeError):
    """A Python number asked of a value that differs per example: PyTorch's RuntimeError, and the TypeError that a traced value gives."""


class Dual:
    """A value and its tangent (None where zero): the raw array of a jvp level.

    ``level`` is the transform it is of, where that is known: one that escaped into another is a constant there.
    """

    __slots__ = ("level", "primal", "tangent")

    def __init__(self, primal: Any, tangent: Any, level: Any = None) -> None:
        self.primal = primal
        self.tangent = tangent
        self.level = level

    @property
    def shape(self) -> tuple[int, ...]:
        """The value's shape."""
        shape: tuple[int, ...] = self.primal._shape
        return shape


class Batched:
    """A value with a batch axis that the function under vmap does not see: the raw array of a vmap level.

    ``axis`` is None for a value that is the same for every example, ``level`` the transform it is of, where that is known.
    """

    __slots__ = ("axis", "level", "value")

    def __init__(self, value: Any, axis: int | None, level: Any = None) -> None:
        self.value = value
        self.axis = axis
        self.level = level

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape that one example has."""
        shape: tuple[int, ...] = self.value._shape
        return shape if self.axis is None else shape[: self.axis] + shape[self.axis + 1 :]


class LevelBackend(Backend):
    """The backend of one transform's tensors; `inner` is the real backend that is below all levels."""

    mutable = False

    def __init__(self, level: int, kind: str, inner: Backend) -> None:
        self.level = level
        self.kind = kind
        self.inner = inner
        self.name = inner.name
        self.interpret = _bind(self, kind)
        #: the options of tensors around tensors with these options
        self._above: dict[Any, Any] = {}
        super().__init__()

    def namespace(self) -> Any:
        return classes.tensor_xp

    def _make_xp(self) -> Any:
        return classes.tensor_xp

    def raw_function(self, name: str, forward: Callable[..., Any] | None) -> Callable[..., Any]:
        # The raw function of a level is the primitive itself, one level below.
        return registry[name].call

    def is_array(self, value: Any) -> bool:
        return False

    def devices(self) -> tuple[Any, ...]:
        return self.inner.devices()

    def default_device(self) -> Any:
        return self.inner.default_device()

    def device_of(self, raw: Any) -> Any:
        return _inside(raw)._options.device

    def dtype_of(self, raw: Any) -> DType:
        dtype: DType = _inside(raw)._options.dtype
        return dtype

    def raw_device(self, device: Any) -> Any:
        return device

    def raw_dtype(self, dtype: DType) -> Any:
        self.inner.raw_dtype(dtype)
        return dtype

    def scalar(self, value: Any, raw_dtype: Any, raw_device: Any) -> Any:
        options = self.inner.options(raw_device, raw_dtype)
        return self._constant(wrap(options.constant(value), options))

    def _constant(self, tensor: Any) -> Any:
        """Return the raw array of this level for a lower tensor that is a constant to it."""
        return Dual(tensor, None) if self.kind == "jvp" else Batched(tensor, None) if self.kind == "vmap" else tensor

    def copy(self, raw: Any) -> Any:
        return raw

    def is_view(self, raw: Any) -> bool:
        return False

    def root(self, raw: Any) -> Any:
        return raw

    def ensure_array(self, raw: Any) -> Any:
        return raw

    def synchronize(self, device: Any = None) -> None:
        self.inner.synchronize(device)

    def quiet(self) -> Any:
        return self.inner.quiet()

    def item(self, raw: Any) -> Any:
        tensor = _inside(raw)
        if isinstance(raw, Batched) and raw.axis is not None:
            raise ValueNeeded(
                "vmap: It looks like you're calling .item() on a Tensor, or you're attempting to use a Tensor in some data-dependent "
                "control flow. We don't support vmap over calling .item() on a Tensor: it holds one value per example, and a "
                "Python number cannot depend on the example. Use where() in place of an if."
            )
        return tensor._options.backend.item(tensor._data)

    def tolist(self, raw: Any) -> Any:
        self.item_guard(raw)
        tensor = _inside(raw)
        return tensor._options.backend.tolist(tensor._data)

    def to_host(self, raw: Any) -> Any:
        self.item_guard(raw)
        tensor = _inside(raw)
        backend = tensor._options.backend
        return backend.to_host(backend.ensure_array(tensor._data))

    def item_guard(self, raw: Any) -> None:
        """Refuse to look into a value that differs per example."""
        if isinstance(raw, Batched) and raw.axis is not None:
            self.item(raw)

    def lift(self, tensor: Any) -> Any:
        """Make a tensor of a lower level one of this level: a constant to it.

        A tape may save it, and whoever has `tensor` may write to it before the tape runs back, so a grad level takes a snapshot.
        """
        if tensor._options.backend.level > self.level:
            raise AgradError(
                "a tensor of an inner transform escaped from it and met an outer one. Return it from the inner function instead."
            )
        below = tensor._options.backend
        real = below.inner if below.level else below
        # A tensor of another library is lifted beside its own, so that the operation refuses the mixture.
        backend = self if real is self.inner else level_backend(self.level, self.kind, real)
        return wrap(self._constant(snapshot(tensor) if self.kind == "grad" else tensor), backend.options_for(tensor))

    def options_for(self, tensor: Any) -> Any:
        """The options of a tensor of this level around `tensor`."""
        options = tensor._options
        found = self._above.get(options)
        if found is None:
            found = self._above[options] = self.options(options.device, options.dtype, options.standard)
        return found


def _inside(raw: Any) -> Any:
    return raw.primal if type(raw) is Dual else raw.value if type(raw) is Batched else raw


def arrays_in(raw: Any) -> Iterator[tuple[Any, Backend]]:
    """Yield the arrays that the raw array of a level is made of, each with its real backend."""
    if type(raw) is Dual:
        yield from arrays_in(raw.primal)
        if raw.tangent is not None:
            yield from arrays_in(raw.tangent)
    elif type(raw) is Batched:
        yield from arrays_in(raw.value)
    elif raw._options.backend.level:
        yield from arrays_in(raw._data)
    else:
        yield raw._data, raw._options.backend


def snapshot(tensor: Any) -> Any:
    """Return a Tensor with the values and the history that `tensor` has now, whatever is written to that later.

    Only a real backend's memory needs care (:func:`agrad.engine.kept.snapshot`). A write to a level's tensor gives it another raw
    array; but a pair or a batch is written to one level below, so a snapshot has a pair or batch of its own.
    """
    return _remade(tensor, kept.snapshot) if tensor._options.backend.level else kept.snapshot(tensor)


def handed_out(tensor: Any) -> Any:
    """Return a Tensor for people, of one that a living tape keeps: they may write to it (:func:`agrad.engine.kept.handed_out`)."""
    return _remade(tensor, kept.handed_out) if tensor._options.backend.level else kept.handed_out(tensor)


def released(tensor: Any) -> Any:
    """Return a Tensor for people, of one that a finished tape gives: a copy of a snapshot, anything else as it is."""
    if not tensor._options.backend.level:
        return kept.released(tensor)
    raw = tensor._data
    parts = (raw.primal, raw.tangent) if type(raw) is Dual else (raw.value,) if type(raw) is Batched else ()
    if all(part is None or released(part) is part for part in parts):
        return tensor
    return _remade(tensor, released)


def _remade(tensor: Any, make: Callable[[Any], Any]) -> Any:
    """Return a level's tensor made anew, with a pair or batch of its own around what `make` gives of the tensors in it."""
    if not tensor._options.backend.level:
        return make(tensor)
    raw = tensor._data
    if type(raw) is Dual:
        tangent = None if raw.tangent is None else _remade(raw.tangent, make)
        raw = Dual(_remade(raw.primal, make), tangent, raw.level)
    elif type(raw) is Batched:
        raw = Batched(_remade(raw.value, make), raw.axis, raw.level)
    return kept.alike(tensor, raw)


def _bind(backend: LevelBackend, kind: str) -> Any:
    if kind == "grad":
        return None
    interpret = _interpreters[kind]
    return lambda op, operands, params: interpret(backend, op, operands, params)


def register_interpreter(kind: str, interpret: Interpret) -> None:
    """Have ``interpret(backend, op, operands, params)`` run the operations of levels of this kind."""
    _interpreters[kind] = interpret


class _Running(threading.local):
    """The transforms that a thread is inside, outermost first."""

    def __init__(self) -> None:
        self.levels: list[Level] = []


_running = _Running()
_backends: dict[tuple[int, str, int], LevelBackend] = {}


def level_backend(number: int, kind: str, below: Backend) -> LevelBackend:
    """Return the backend of a level's tensors around tensors of `below`, kept for the next transform at the same depth.

    There is one for all that have the same real backend at the bottom: a tensor that an outer vmap maps over and one that is
    the same for all its examples meet in one operation.
    """
    real: Any = below.inner if isinstance(below, LevelBackend) else below
    key = (number, kind, id(real))
    found = _backends.get(key)
    if found is None:
        found = _backends[key] = LevelBackend(number, kind, real)
    return found


def _always() -> bool:
    return True


class Level:
    """A running transform: makes its tensors and takes them apart.

    Attributes
    ----------
    number : int
        How many transforms run, with this one.
    kind : {"grad", "jvp", "vmap"}
    size : int
        How many examples a vmap has.
    randomness : {"error", "different", "same"}
        What random numbers drawn inside a vmap do.
    """

    def __init__(self, number: int, kind: str, size: int = 0, randomness: str = "same") -> None:
        self.number = number
        self.kind = kind
        self.size = size
        self.randomness = randomness
        # what level_writes makes of tensors from below that this transform's tensors were written to
        self.taken: list[Any] = []
        #: whether the block of the transform is open; a level without a block is taken out by hand
        self.locked: Callable[[], bool] = _always

    def backend(self, below: Backend) -> LevelBackend:
        """The backend of this level's tensors around tensors of `below`."""
        return level_backend(self.number, self.kind, below)

    def tensor(self, raw: Any) -> Any:
        """Make a tensor of this level around a lower Tensor, a Dual or a Batched."""
        inner = _inside(raw)
        if inner is not raw:
            raw.level = self
        return wrap(raw, self.backend(inner._options.backend).options_for(inner))

    @contextmanager
    def finishing(self) -> Iterator[None]:
        """End the transform, and those inside of it that were not ended, when the block ends, whether it failed or not."""
        failed = True
        try:
            yield
            failed = False
        finally:
            levels = _running.levels
            del levels[self.number - 1 :]  # with what the function entered by hand and did not leave
            self.finish(failed)

    def finish(self, failed: bool) -> None:
        """Give back what the transform took from below."""
        if self.taken:
            for finish in _finishers:
                finish(self, failed=failed)

    def raw(self, tensor: Any) -> Any:
        """Return what a tensor of this level holds; a lower tensor is itself, unlifted."""
        backend = tensor._options.backend
        return tensor._data if backend.level == self.number else tensor


class new_level(Scope):
    """Enter a transform of this kind; yields its :class:`Level`, whose :meth:`Level.finishing` is to be entered next.

    A transform that an interrupt left is not running: its block's lock is free.
    """

    def __init__(self, kind: str, size: int = 0, randomness: str = "same") -> None:
        self._arguments = kind, size, randomness

    def _enter(self, lock: Lock) -> Level:
        levels = running()
        level = Level(len(levels) + 1, *self._arguments)
        level.locked = lock.locked
        levels.append(level)
        return level


#: called with a level that wrote to tensors from below, when it ends
_finishers: list[Callable[..., None]] = []


def on_end(finish: Callable[..., None]) -> None:
    """Have ``finish(level, failed=...)`` called at the end of a transform that took tensors from below."""
    _finishers.append(finish)


def depth() -> int:
    """How many transforms this thread is inside."""
    return len(running())


def running() -> list[Level]:
    """Return the transforms this thread is inside, outermost first."""
    levels = _running.levels
    while levels and not levels[-1].locked():
        levels.pop().finish(failed=True)  # an interrupt left it
    return levels


def current(backend: LevelBackend) -> Level | None:
    """Return the running transform at a backend's level; None when none runs there any more."""
    levels = running()
    return levels[backend.level - 1] if backend.level <= len(levels) else None


def level_of(backend: LevelBackend) -> Level:
    """Return the running transform whose tensors have this backend."""
    levels = running()
    if backend.level <= len(levels) and levels[backend.level - 1].kind == backend.kind:
        return levels[backend.level - 1]
    return Level(backend.level, backend.kind)  # an escaped tensor


def is_differentiated(tensor: Any) -> bool:
    """Whether a tape or a forward-mode transform, at any level, follows a tensor."""
    if tensor._node is not None:
        return True
    if not tensor._options.backend.level:
        return False
    raw = tensor._data
    if type(raw) is Dual:
        return raw.tangent is not None or is_differentiated(raw.primal)
    return is_differentiated(raw.value if type(raw) is Batched else raw)


def is_level_tensor(value: Any) -> bool:
    """Whether a value is a tensor of a running (or escaped) transform."""
    return isinstance(value, TensorCore) and bool(value._options.backend.level)
