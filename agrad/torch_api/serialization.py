"""Tensors in pickles, copies and files.

A pickled tensor is its storage and its place in it, so tensors that share memory share it again when they come back. A file of
:func:`save` is a pickle; :func:`load` runs nothing that a pickle asks for but a few constructors, unless it is told to trust the file.
"""

from __future__ import annotations

import collections
import io
import os
import pickle
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from agrad import devices, dtypes
from agrad.array_api._making import place
from agrad.backend import get_backend
from agrad.devices import Device
from agrad.engine.core import classes
from agrad.engine.node import Leaf
from agrad.engine.storage import alias_of, hidden_classes
from agrad.errors import AgradError, GradError
from agrad.torch_api import size as _size
from agrad.torch_api import storages
from agrad.torch_api.storages import TypedStorage, show
from agrad.torch_api.typed_constructors import of_class

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class LoadError(AgradError, pickle.UnpicklingError):
    """A file that cannot be loaded, or not safely."""


def plain_class(x: Any) -> type:
    """Return a tensor's class as its user knows it, without the hidden ones of views."""
    hidden = hidden_classes()
    return next(kind for kind in type(x).__mro__ if kind not in hidden)


def reduce_tensor(x: Any) -> Any:
    """Return what a pickle keeps of a tensor: its storage, its place there, whether it requires grad, its names and class."""
    if x._options.backend.level:
        raise GradError("a tensor inside a transform cannot be pickled. Return it from the transform first.")
    alias = alias_of(x)
    kind = plain_class(x)
    state = getattr(x, "__dict__", None)
    return rebuild_tensor, (
        storages.typed_of(alias.storage),
        alias.offset,
        x._shape,
        alias.strides,
        x._node is not None,
        alias.names,
        None if kind is classes.tensor else kind,
        state or None,
    )


def rebuild_tensor(
    storage: TypedStorage,
    offset: int,
    size: tuple[int, ...],
    stride: tuple[int, ...],
    requires_grad: bool,
    names: Any = None,
    kind: Any = None,
    state: Any = None,
) -> Any:
    """Make a tensor in a storage again; one that required grad comes back as a leaf."""
    made = show(storage._storage, tuple(size), tuple(stride), offset)
    made._extra.names = names
    if kind is not None:
        made = of_class(made, kind)
        if state:
            made.__dict__.update(state)
    return made.requires_grad_() if requires_grad else made


def deepcopy_tensor(x: Any, memo: dict[int, Any]) -> Tensor:
    """Return a copy of a leaf and of its storage, which copies in one ``deepcopy`` share as their originals do.

    Raises
    ------
    RuntimeError
        For a tensor that was computed: its history cannot be copied.
    """
    found = memo.get(id(x))
    if found is not None:
        return found
    if x._node is not None and not isinstance(x._node, Leaf):
        raise GradError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment. "
            "Copy x.detach() instead."
        )
    alias = alias_of(x)
    original = storages.typed_of(alias.storage)
    storage = memo.get(id(original))
    if storage is None:
        storage = memo[id(original)] = original.clone()
        memo.setdefault(id(memo), []).append(original)  # kept, so that its id is not another's meanwhile
    made = show(storage._storage, x._shape, alias.strides, alias.offset)
    made._extra.names = alias.names
    kind = plain_class(x)
    if kind is not classes.tensor:
        made = of_class(made, kind)
    memo[id(x)] = made
    if x._node is not None:
        made.requires_grad_()
        if x.grad is not None:
            made.grad = deepcopy_tensor(x.grad, memo)
    state = getattr(x, "__dict__", None)
    if state:
        import copy

        made.__dict__.update(copy.deepcopy(state, memo))
    return made


# ---------------------------------------------------------------- files

#: what a file that nobody vouches for may call
_SAFE: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("collections", "defaultdict"): collections.defaultdict,
    ("collections", "Counter"): collections.Counter,
    ("builtins", "set"): set,
    ("builtins", "frozenset"): frozenset,
    ("builtins", "complex"): complex,
    ("builtins", "bytearray"): bytearray,
    ("builtins", "slice"): slice,
    ("builtins", "range"): range,
    ("agrad.dtypes", "by_name"): dtypes.by_name,
    ("agrad.devices", "_rebuild"): devices._rebuild,
    ("agrad.torch_api.size", "Size"): _size.Size,
    ("agrad.torch_api.storages", "_untyped"): storages._untyped,
    ("agrad.torch_api.serialization", "rebuild_tensor"): rebuild_tensor,
}


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Let :func:`load` call these classes and functions, too, in files that nobody vouches for."""
    for one in safe_globals:
        _SAFE[one.__module__, one.__qualname__] = one


def save(
    obj: Any, f: Any, pickle_module: Any = pickle, pickle_protocol: int = 4, _use_new_zipfile_serialization: bool = True
) -> None:
    """Write an object, with the tensors in it, to a file.

    Parameters
    ----------
    obj : object
        A tensor, or lists, dictionaries and whatever pickles of them.
    f : path or binary file
    pickle_module, pickle_protocol
        As for :mod:`pickle`.
    """
    if isinstance(f, (str, os.PathLike)):
        with open(f, "wb") as file:
            pickle_module.dump(obj, file, protocol=pickle_protocol)
    else:
        if not hasattr(f, "write"):
            raise TypeError(
                f"expected 'f' to be string, path, or a file-like object with a 'write' attribute; received {type(f)}"
            )
        pickle_module.dump(obj, f, protocol=pickle_protocol)


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read back what :func:`save` wrote.

    Parameters
    ----------
    f : path or binary file
    map_location : Device, str, dict of str to str, or callable; optional
        Where the storages shall be. A callable is given a storage and where it was, and returns a storage or None.
    weights_only : bool
        True, the default: build tensors, containers and numbers only. False: whatever the file asks for; only for files that one
        trusts.

    Raises
    ------
    UnpicklingError
        For a file that asks for more than it may, or is none.
    """
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as file:
            return load(file, map_location, pickle_module, weights_only=weights_only)
    if not hasattr(f, "read"):
        raise TypeError(f"expected 'f' to be a path or a file-like object with a 'read' attribute; received {type(f)}")
    return _Unpickler(f, map_location, weights_only is not False).load()


class _Unpickler(pickle.Unpickler):
    """An unpickler that says where storages go and, unless trusted, refuses to call anything unknown."""

    def __init__(self, file: io.BufferedIOBase, map_location: Any, guarded: bool) -> None:
        super().__init__(file)
        self.map_location = map_location
        self.guarded = guarded

    def find_class(self, module: str, name: str) -> Any:
        """Return what a pickle calls by this name."""
        if (module, name) == ("agrad.torch_api.storages", "rebuild_storage"):
            return self.storage
        if not self.guarded:
            return super().find_class(module, name)
        found = _SAFE.get((module, name))
        if found is None:
            raise LoadError(
                f"Weights only load failed. The file asks for {module}.{name}, which is not known to be safe. If you trust the "
                "file, load it with weights_only=False, or name what it may use with agrad.serialization.add_safe_globals([...])."
            )
        return found

    def storage(self, data: bytes, dtype_name: str, device: str, backend_name: str) -> TypedStorage:
        """Make a storage where it shall be."""
        where = self.map_location
        if where is None:
            return storages.rebuild_storage(data, dtype_name, device, backend_name)
        if isinstance(where, dict):
            if device not in where:
                return storages.rebuild_storage(data, dtype_name, device, backend_name)
            where = where[device]
        elif isinstance(where, Callable):  # type: ignore[arg-type]
            before = storages.rebuild_storage(data, dtype_name, device, backend_name)
            return where(before, device) or before
        beside = get_backend(backend_name) if isinstance(where, (str, Device)) and _plain(where) else None
        backend, found = place(where, beside)
        return storages.storage_of(data, dtypes.by_name(dtype_name), backend, found)


def _plain(where: Any) -> bool:
    """Whether a place names a device and no backend: then the file's own backend is meant."""
    return Device(where).backend is None if not isinstance(where, str) else where.partition(":")[0] in ("cpu", "cuda")


__all__ = ["LoadError", "add_safe_globals", "deepcopy_tensor", "load", "rebuild_tensor", "reduce_tensor", "save"]
