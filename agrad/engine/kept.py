"""Values that stay as they are though their memory is written to: copies are made before the write.

A holder is what keeps an array: a :class:`Kept` record, or a snapshot, a Tensor that nobody but a transform's tape has. The registry
knows the holders by the root of the memory that their array lies in. A write in place tells the registry which memory
it is about to change, and each holder then takes a copy of its own. So nothing is copied that is not written to.

Where arrays cannot be written in place a write makes a new array, and what is kept stays right without the registry.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from agrad.engine.core import TensorCore, classes, new_object
from agrad.engine.geometry import is_contiguous, preserved_strides
from agrad.engine.storage import Alias, Storage, replace_memory, strided_class

if TYPE_CHECKING:
    from agrad.backend import TensorOptions

#: memories and holders between two sweeps for dead ones
_SWEEP = 256


class Kept:
    """An array that keeps its values."""

    __slots__ = ("__weakref__", "options", "raw")

    def __init__(self, raw: Any, options: TensorOptions) -> None:
        self.raw = raw
        self.options = options
        registry.hold(self, raw, options)


class _Registry:
    """Which holders have an array in which memory."""

    __slots__ = ("by_root", "limit")

    def __init__(self) -> None:
        self.by_root: dict[int, list[weakref.ref[Any]]] = {}
        self.limit = _SWEEP

    def hold(self, holder: Any, raw: Any, options: TensorOptions) -> None:
        """Copy the array that `holder` keeps before its memory is written to."""
        backend = options.backend
        if not backend.mutable:
            return
        key = id(backend.root(raw))
        holders = self.by_root.get(key)
        if holders is None:
            if len(self.by_root) > self.limit:
                self._sweep()
            holders = self.by_root[key] = []
        elif len(holders) > 32 and len(holders) & (len(holders) - 1) == 0:
            holders[:] = [reference for reference in holders if reference() is not None]
        holders.append(weakref.ref(holder))

    def _sweep(self) -> None:
        """Forget memories that nobody keeps any more."""
        for key, holders in list(self.by_root.items()):
            if all(reference() is None for reference in holders):
                self.by_root.pop(key, None)
        self.limit = max(_SWEEP, 2 * len(self.by_root))

    def last(self, root: Any) -> Any:
        """Return the holder that was last entered for a memory, if it is alive."""
        holders = self.by_root.get(id(root))
        return holders[-1]() if holders else None

    def holds(self, tensor: Any) -> bool:
        """Whether a Tensor is a snapshot."""
        if not self.by_root:
            return False
        options = tensor._options
        holders = self.by_root.get(id(options.backend.root(tensor._data))) if options.backend.mutable else None
        return holders is not None and any(reference() is tensor for reference in holders)

    def before_write(self, root: Any) -> None:
        """Give those who keep what lies in the memory of `root` copies of their own: it is written to next."""
        for reference in self.by_root.pop(id(root), ()):
            holder = reference()
            if holder is not None:
                _move(holder, root)


registry = _Registry()


def _move(holder: Any, root: Any) -> None:
    backend = holder._options.backend if isinstance(holder, TensorCore) else holder.options.backend
    if not isinstance(holder, TensorCore):
        if backend.root(holder.raw) is root:
            holder.raw = backend.copy(holder.raw)
        return
    extra = holder._extra
    storage: Storage | None = None if extra is None else extra.storage
    if storage is not None:
        # Rules took views of the snapshot: they see the copy too.
        if backend.root(storage.raw) is root:
            replace_memory(storage, backend.copy(storage.raw))
    elif backend.root(holder._data) is root:
        holder._data = backend.copy(holder._data)


def alike(tensor: Any, raw: Any) -> Any:
    """Return another Tensor of `tensor`'s kind, history and names around a raw array, with no storage in common.

    Its strides are those of a copy: the order of the axes is kept.
    """
    made = new_object(classes.tensor)
    made._data = raw
    made._options = tensor._options
    made._shape = shape = tensor._shape
    made._node = tensor._node
    made._extra = None
    extra = tensor._extra
    if extra is not None and (extra.strides or extra.names is not None):
        alias = made._extra = Alias()
        alias.names = extra.names
        if extra.strides and not is_contiguous(shape, extra.strides):
            alias.strides = preserved_strides(shape, extra.strides)
            if not is_contiguous(shape, alias.strides):
                made.__class__ = strided_class(classes.tensor)
    return made


def snapshot(tensor: Any) -> Any:
    """Return a Tensor of a real backend with the values, strides and history that `tensor` has now, for a tape to keep.

    It shares the memory until that is written to. It must not come into the hands of people, who could write to it:
    see :func:`handed_out` and :func:`released`.
    """
    raw = tensor._data
    options = tensor._options
    if not options.backend.mutable:
        return alike(tensor, raw)
    if type(tensor) is classes.foreign:
        return alike(tensor, options.backend.copy(raw))
    known = registry.last(options.backend.root(raw))
    if (
        isinstance(known, TensorCore)
        and known._data is raw
        and known._options is options
        and known._node is tensor._node
        and known._shape == tensor._shape
        and known._extra is None
        and type(tensor) is classes.tensor
        and (tensor._extra is None or tensor._extra.names is None)
    ):
        return known
    made = alike(tensor, raw)
    registry.hold(made, raw, options)
    return made


def handed_out(tensor: Any) -> Any:
    """Return a Tensor for people, of one of a real backend that a living tape keeps.

    It shares the memory until it is written to, or is a copy where the two would share a storage.
    """
    extra = tensor._extra
    if tensor._options.backend.mutable:
        if (extra is not None and extra.storage is not None) or registry.holds(tensor):
            return classes.tensor_xp.asarray(tensor, copy=True)
        registry.hold(tensor, tensor._data, tensor._options)
    return alike(tensor, tensor._data)


def released(tensor: Any) -> Any:
    """Return a Tensor for people, of one of a real backend that a finished tape gives: a copy of a snapshot, else itself."""
    return classes.tensor_xp.asarray(tensor, copy=True) if registry.holds(tensor) else tensor


__all__ = ["Kept", "alike", "handed_out", "registry", "released", "snapshot"]
