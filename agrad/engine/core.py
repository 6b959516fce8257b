"""The core of a Tensor: its slots and the few functions that make one.

The Tensor people use (agrad/tensor.py) is a subclass that adds methods and no state. The engine is told that class once, by
:func:`bind_tensor_class`; its hot path compares ``type(x) is Tensor`` and so sends every subclass (strided or stale
views, named tensors, a user's own) through the careful path, and lets everything else run free.
"""

from __future__ import annotations

import itertools
import weakref
from typing import TYPE_CHECKING, Any

from agrad.engine.modes import local, state

if TYPE_CHECKING:
    from agrad.backend import TensorOptions
    from agrad.engine.node import Node

new_object: Any = object.__new__
next_sequence = itertools.count(1).__next__


class TensorCore:
    """What every tensor holds.

    Attributes
    ----------
    _data : array
        The backend's array. Inside the engine a 0-d value on NumPy may be a NumPy scalar; boundaries show arrays.
    _options : TensorOptions
        Backend, device and dtype in one interned record: one identity check compares all three.
    _shape : tuple of int
    _node : Node or None
        The operation that made the tensor, a :class:`~agrad.engine.node.Leaf` for a leaf that requires grad, or None.
    _extra : Extra or None
        What few tensors have: an alias record (shared storage), names.
    _grad : Tensor or None
        The gradient collected so far. Empty until there is one, so that making a tensor costs nothing for it. It is the
        tensor's and not its node's: a recorded gradient leads back to the node, and would keep itself alive there.
    """

    __slots__ = ("__weakref__", "_data", "_extra", "_grad", "_node", "_options", "_shape")

    _data: Any
    _options: TensorOptions
    _shape: tuple[int, ...]
    _node: Node | None
    _extra: Any
    _grad: Any


class _Classes:
    """The Tensor class the engine makes; a record, so that modules need not import it by name.

    ``foreign`` is its hidden subclass for an operand that is an array of somebody else's, who may write to it unseen. Whoever keeps the
    array, or shares its memory, takes a copy. The hot path leaves such operands out by their type.
    """

    __slots__ = ("foreign", "tensor", "tensor_xp")

    def __init__(self) -> None:
        self.tensor: type[TensorCore] = TensorCore
        self.foreign: type[TensorCore] = TensorCore
        self.tensor_xp: Any = None


classes = _Classes()
_binders: list[Any] = []


def on_bind(binder: Any) -> None:
    """Have ``binder(tensor_class)`` called when the Tensor class is known (hot modules keep it as a global)."""
    _binders.append(binder)


def announce_class(kind: type[TensorCore]) -> None:
    """Tell those who want to know (JAX's pytrees), now or later, of a subclass of the Tensor class."""
    _announced.append(kind)
    for listener in _listeners:
        listener(kind)


def on_class(listener: Any) -> None:
    """Have ``listener(kind)`` called for every subclass that was or will be announced."""
    _listeners.append(listener)
    for kind in _announced:
        listener(kind)


_announced: list[type[TensorCore]] = []
_listeners: list[Any] = []


def bind_tensor_class(tensor_class: type[TensorCore]) -> None:
    """Tell the engine which class to make. Called once, by agrad/tensor.py."""
    classes.tensor = tensor_class
    classes.foreign = type(
        tensor_class.__name__,
        (tensor_class,),
        {"__slots__": (), "__module__": tensor_class.__module__, "__qualname__": tensor_class.__qualname__},
    )
    announce_class(classes.foreign)
    for binder in _binders:
        binder(tensor_class)


def bind_tensor_namespace(namespace: Any) -> None:
    """Tell the engine which namespace rules use on Tensors. Called once, by agrad/array_api."""
    classes.tensor_xp = namespace


def wrap(raw: Any, options: TensorOptions, node: Node | None = None) -> Any:
    """Make a Tensor around a raw array of the dtype and device that `options` tells: in inference mode, an inference tensor."""
    if state.special or options.inference:
        options = options.with_inference(state.special > 0 and local.inference)
    tensor = new_object(classes.tensor)
    tensor._data = raw
    tensor._options = options
    tensor._shape = tuple(raw.shape)
    tensor._node = node
    tensor._extra = None
    return tensor


def wrap_foreign(raw: Any, options: TensorOptions) -> Any:
    """Make a Tensor around an operand that somebody else may write to: it is copied where it is kept (:class:`_Classes`)."""
    tensor = wrap(raw, options)
    if options.backend.mutable:
        tensor.__class__ = classes.foreign
    return tensor


def options_like(options: TensorOptions, raw: Any) -> TensorOptions:
    """Return the options of `raw`, known to live on the same backend and device as `options`."""
    dtype = options.backend.dtype_of(raw)
    return options if dtype is options.dtype else options.with_dtype(dtype)


def wrap_like(raw: Any, options: TensorOptions, node: Node | None = None) -> Any:
    """Make a Tensor around `raw`, asking only its dtype (a JAX tracer cannot tell its device)."""
    return wrap(raw, options_like(options, raw), node)


def make_leaf(tensor: Any) -> Any:
    """Make `tensor` a leaf that requires grad, in place, and return it. The caller has checked its dtype."""
    from agrad.engine.node import Leaf

    leaf = Leaf()
    leaf.seq = next_sequence()
    leaf.options = tensor._options
    leaf.tensor = weakref.ref(tensor)
    leaf.shape = tensor._shape
    tensor._node = leaf
    return tensor
