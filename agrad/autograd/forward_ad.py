"""Forward mode by dual numbers: torch.autograd.forward_ad.

A dual tensor is a tensor of a jvp level (:mod:`agrad.engine.jvp_level`): operations on it push the tangent along. When the level is
left, all that is alive of it becomes plain tensors, so that no tangent of one level is ever taken for one of the next.

Under a level reverse mode goes on beneath: a dual made of a tensor that requires grad can be differentiated by
:func:`agrad.autograd.grad`, whose answers are then duals too (forward over reverse).
"""

from __future__ import annotations

import threading
import weakref
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from agrad.backend import Backend
from agrad.engine.core import TensorCore, classes
from agrad.engine.gradient import gradients, primal_of
from agrad.engine.jvp_level import interpret
from agrad.engine.levels import Dual, Level, LevelBackend, running
from agrad.engine.op import Op
from agrad.engine.storage import become
from agrad.errors import GradError
from agrad.fields import Fields


class UnpackedDualTensor(Fields):
    """What :func:`unpack_dual` gives: a tensor without its tangent, and the tangent, None where it is zero."""

    primal: Any
    tangent: Any


class DualBackend(LevelBackend):
    """The backend of one level's duals, which remembers them until the level is left."""

    absorbs = True

    def __init__(self, number: int, real: Backend) -> None:
        super().__init__(number, "jvp", real)
        self.made: list[weakref.ref[Any]] = []
        self.closed = False
        self.interpret = self._run

    def _run(self, op: Op, operands: list[Any], params: dict[str, Any]) -> Any:
        if self.closed:
            plain = [value._data.primal if isinstance(value, TensorCore) else value for value in operands]
            return op.call(*plain, **params)
        answer = interpret(self, op, operands, params)
        for tensor in answer if isinstance(answer, tuple) else (answer,):
            self.note(tensor)
        return answer

    def note(self, tensor: Any) -> None:
        """Remember a dual, weakly."""
        made = self.made
        if len(made) > 64 and len(made) & (len(made) - 1) == 0:
            made[:] = [reference for reference in made if reference() is not None]
        made.append(weakref.ref(tensor))

    def close(self) -> None:
        """Make plain tensors of all that is alive."""
        self.closed = True
        plain: dict[int, tuple[Any, Any]] = {}
        for reference in self.made:
            tensor = reference()
            if tensor is not None and tensor._options.backend is self:
                primal = tensor._data.primal
                become(tensor, primal)
                plain[id(primal)] = (primal, tensor)
        for _, tensor in plain.values():
            extra = tensor._extra
            if extra is not None and id(extra.base) in plain:
                extra.base = plain[id(extra.base)][1]  # a view of a dual is one of what the dual has become
        self.made.clear()


class DualLevel(Level):
    """A level of dual tensors, entered and left by hand."""

    def __init__(self) -> None:
        super().__init__(len(running()) + 1, "jvp")
        self._backends: dict[int, DualBackend] = {}
        running().append(self)

    def backend(self, below: Backend) -> DualBackend:
        real: Any = below.inner if isinstance(below, LevelBackend) else below
        found = self._backends.get(id(real))
        if found is None:
            found = self._backends[id(real)] = _taken(self.number, real)
        return found

    def tensor(self, raw: Any) -> Any:
        tensor = super().tensor(raw)
        tensor._options.backend.note(tensor)
        return tensor

    def leave(self) -> None:
        """End the level; every dual becomes a plain tensor."""
        self.close()
        running().pop()

    def close(self) -> None:
        """Make plain tensors of all duals."""
        for backend in self._backends.values():
            backend.close()
            _ready[(backend.level, id(backend.inner))].append(backend)
        self._backends.clear()


#: backends of levels that were left, for the next ones at their depth: a backend costs hundreds of functions, and is never let go
_ready: defaultdict[tuple[int, int], list[DualBackend]] = defaultdict(list)


def _taken(number: int, real: Backend) -> DualBackend:
    """Return a backend for a level, one that no level has now. What is alive of an earlier level has no tangent in this one."""
    try:
        backend = _ready[(number, id(real))].pop()
    except IndexError:
        return DualBackend(number, real)
    backend.closed = False
    return backend


class _Current(threading.local):
    level: DualLevel | None = None

    def under_way(self) -> DualLevel | None:
        """Return the level, unless a transform that it was entered in has ended."""
        level = self.level
        if level is not None and level not in running():
            self.level = None
            level.close()
        return self.level


_current = _Current()


def enter_dual_level() -> int:
    """Start a level of dual tensors in this thread; returns its number.

    Raises
    ------
    GradError
        Where one is under way: they do not nest (those of :mod:`agrad.func` do).
    """
    if _current.under_way() is not None:
        raise GradError("Nested forward mode AD is not supported at the moment. Use agrad.func.jvp, which nests.")
    _current.level = DualLevel()
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """End the level of dual tensors; those that are alive lose their tangents.

    Raises
    ------
    GradError
        Where there is none, or `level` is another.
    """
    current = _current.under_way()
    if current is None:
        raise GradError("Dual level must be a positive number: no level is under way. Call enter_dual_level() first.")
    if level not in (None, 0) or running()[-1] is not current:
        raise GradError(
            "Trying to exit a forward AD level that was not the last one that was created. This is not supported. End the "
            "transforms inside of it first."
        )
    _current.level = None
    current.leave()


@contextmanager
def dual_level() -> Iterator[int]:
    """Compute with dual tensors inside of a ``with`` block.

    Examples
    --------
    >>> import agrad
    >>> from agrad.autograd import forward_ad
    >>> with forward_ad.dual_level():
    ...     x = forward_ad.make_dual(agrad.tensor([1.0, 2.0]), agrad.tensor([1.0, 0.0]))
    ...     y = x * x
    ...     forward_ad.unpack_dual(y).tangent
    tensor([2., 0.])
    """
    level = enter_dual_level()
    try:
        yield level
    finally:
        exit_dual_level(level=level)


def make_dual(tensor: Any, tangent: Any, *, level: int | None = None) -> Any:
    """Return a tensor that carries a tangent along.

    Parameters
    ----------
    tensor, tangent : Tensor
        Of one shape, floating or complex.
    level : int, optional
        The level's number; there is one at a time.

    Raises
    ------
    GradError
        Outside of a level, for a tensor that is a dual already, and for shapes that differ.
    ValueError
        For dtypes without derivatives.
    """
    current = _current.under_way()
    if current is None:
        raise GradError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    for name, value in (("primal", tensor), ("tangent", tangent)):
        if not isinstance(value, TensorCore):
            raise TypeError(f"make_dual needs Tensors; received {type(value).__name__} as {name}. Make it a Tensor.")
        if not value._options.is_inexact:
            raise ValueError(
                f"Expected {name} to be floating point or complex, but got: {value._options.dtype!r}. Convert it first."
            )
    if isinstance(tensor._options.backend, DualBackend) and tensor._data.tangent is not None:
        raise GradError(
            "Making a dual Tensor based on a Tensor that already has a forward gradient at the same level 0 is not supported. "
            "Unpack it first."
        )
    if tensor._shape != tangent._shape:
        raise GradError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not supported. "
            f"Tensor is of size {list(tensor._shape)} while the given forward gradient is of size {list(tangent._shape)}."
        )
    return current.tensor(Dual(primal_of(tensor), tangent))


def unpack_dual(tensor: Any, *, level: int | None = None) -> UnpackedDualTensor:
    """Return a tensor without its tangent, and the tangent (None where there is none)."""
    if isinstance(tensor._options.backend, DualBackend):
        return UnpackedDualTensor(tensor._data.primal, tensor._data.tangent)
    return UnpackedDualTensor(tensor, None)


def _pair(value: Any) -> tuple[Any, Any]:
    return (None, None) if value is None else unpack_dual(value)


def dual_gradients(
    outputs: Sequence[Any],
    inputs: Sequence[Any],
    seeds: Sequence[Any] | None,
    retain_graph: bool | None,
    create_graph: bool,
    allow_unused: bool | None,
    materialize_grads: bool,
) -> tuple[Any, ...]:
    """Return gradients of outputs some of which are duals, as duals; parameters are :func:`agrad.autograd.grad`'s.

    The gradient g(x) is the one of <v, y(x)>, so its own tangent is the gradient of <v, J t>: one more backward, through the
    tangents of the outputs.
    """
    keep = create_graph if retain_graph is None else retain_graph
    xp = classes.tensor_xp
    pairs = [_pair(output) for output in outputs]
    given = [(None, None)] * len(outputs) if seeds is None else [_pair(seed) for seed in seeds]
    wrt = [primal_of(one) if isinstance(one, TensorCore) else one for one in inputs]
    values = gradients(
        [primal for primal, _ in pairs],
        wrt,
        [seed for seed, _ in given],
        retain_graph=True,
        create_graph=create_graph,
        allow_unused=allow_unused,
        materialize_grads=materialize_grads,
    )
    roots, cotangents = [], []
    for (primal, tangent), (seed, moved) in zip(pairs, given, strict=True):
        if tangent is not None and tangent._node is not None:
            roots.append(tangent)
            cotangents.append(xp.ones_like(primal) if seed is None else seed)
        if moved is not None:
            roots.append(primal)
            cotangents.append(moved)
    tangents: tuple[Any, ...] = (None,) * len(values)
    if roots:
        tangents = gradients(roots, wrt, cotangents, retain_graph=keep, create_graph=create_graph, allow_unused=True)
    return tuple(
        value if value is None or tangent is None else make_dual(value, tangent)
        for value, tangent in zip(values, tangents, strict=True)
    )


__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]
