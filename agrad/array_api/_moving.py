"""Moving a tensor to another device or backend: the identity, whose cotangent moves back.

It cannot be a primitive like the others, because its result is not on its input's backend. So it has a node of its
own, and goes through the levels of transforms by moving what their tensors hold.
"""

from __future__ import annotations

from typing import Any

from agrad.array_api._making import base_backend, place
from agrad.backend import TensorOptions
from agrad.devices import Device
from agrad.engine.core import TensorCore, next_sequence, wrap
from agrad.engine.levels import Batched, Dual, level_of
from agrad.engine.modes import local, state
from agrad.engine.node import Edge, Node
from agrad.engine.op import Op


def _nothing(*_: Any, **__: Any) -> Any:
    raise NotImplementedError("this record marks a node; it computes nothing")


MOVE = Op("to_device", _nothing, torch_name="ToCopy")


class Moved(Node):
    """The way back of a move: `parent`'s tensor was where `source` says, the result is where ``options`` says."""

    __slots__ = ("parent", "source")

    parent: Node
    source: TensorOptions

    def parents(self) -> tuple[Node | None, ...]:
        """The node of the tensor that was moved."""
        return (self.parent,)

    def pull(self, xp: Any, g: Any, recorded: bool, wanted: Any = None) -> list[Edge]:
        """Move the cotangent back: a Tensor when recorded or inside a transform, else a raw array."""
        if isinstance(g, TensorCore):
            return [(self.parent, move(g, self.source.device))]
        return [(self.parent, _transfer(g, self.options, self.source))]


def move(x: Any, device: Any) -> Any:
    """Return the Tensor `x` on a device, of its own backend unless the device names another; `x` itself if it is there.

    Parameters
    ----------
    device : Device or str
    """
    options: TensorOptions = x._options
    own = base_backend(options.backend)
    backend, where = place(device, own)
    if backend is own and where == options.device:
        return x
    if options.backend.level:
        result = level_of(options.backend).tensor(_inner(x._data, where))  # type: ignore[arg-type]
    else:
        target = backend.options(where, options.dtype, options.standard)
        result = wrap(_transfer(x._data, options, target), target)
    parent = x._node
    if parent is not None and (not state.special or local.grad_enabled):
        node = Moved()
        node.op = MOVE
        node.options = result._options
        node.parent = parent
        node.source = options
        node.pending = node.extra = None
        node.seq = next_sequence()
        result._node = node
    return result


def _inner(raw: Any, device: Device) -> Any:
    """Move what a level's tensor holds."""
    if type(raw) is Dual:
        return Dual(move(raw.primal, device), None if raw.tangent is None else move(raw.tangent, device))
    if type(raw) is Batched:
        return Batched(move(raw.value, device), raw.axis)
    return move(raw, device)


def _transfer(raw: Any, source: TensorOptions, target: TensorOptions) -> Any:
    backend = source.backend
    raw = backend.ensure_array(raw)
    if target.backend is backend:
        return backend.to_device(raw, target.device)
    # The dtype is the array's own: a cotangent may have been promoted.
    return target.backend.from_host(backend.to_host(raw), backend.dtype_of(raw), target.device)


__all__ = ["Moved", "move"]
