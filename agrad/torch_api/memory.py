"""Changing a tensor's memory as a whole, in place: another storage, another size, a Python function over the elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from agrad.array_api._making import place
from agrad.devices import Device
from agrad.engine.core import TensorCore, wrap
from agrad.engine.doors import carrier
from agrad.engine.geometry import contiguous_strides
from agrad.engine.inplace import write
from agrad.engine.storage import alias_of, read
from agrad.engine.write_checks import check_writable
from agrad.errors import DeviceError, GradError, NoCuda
from agrad.torch_api import storage, storages
from agrad.torch_api.creation import sizes_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def set_(x: Any, source: Any = None, storage_offset: int = 0, size: Any = None, stride: Any = None) -> Tensor:
    """Make a tensor show another storage, in place, and return it.

    Parameters
    ----------
    source : Tensor or storage, optional
        Nothing: an empty storage.
    storage_offset : int
    size, stride : sequences of int, optional
        All of the storage in one axis, or the geometry of `source`, when not given.

    Raises
    ------
    RuntimeError
        For a geometry that leaves the storage, and a storage of another dtype or device.
    """
    if source is None:
        options = x._options
        source = wrap(options.xp.zeros((0,), dtype=options.raw_dtype, device=options.raw_device), options)
    if isinstance(source, TensorCore) and size is None:
        shown: Any = storage.detach(source)
    else:
        behind: Any = alias_of(source).storage if isinstance(source, TensorCore) else source._storage
        sizes = (behind.size - storage_offset,) if size is None else sizes_of((size,), "set_")
        strides = contiguous_strides(sizes) if stride is None else tuple(stride)
        last = storage_offset + sum((length - 1) * step for length, step in zip(sizes, strides, strict=True))
        if 0 not in sizes and last >= behind.size:
            raise storages.StorageError(
                f"setStorage: sizes {list(sizes)}, strides {list(strides)}, storage offset {storage_offset} are out of bounds for "
                f"storage of size {behind.size} elements"
            )
        shown = storages.show(behind, sizes, strides, storage_offset)
    mine, theirs = x._options, shown._options
    if theirs.dtype is not mine.dtype or theirs.backend is not mine.backend or theirs.device != mine.device:
        raise storages.StorageError(
            f"Could not set tensor of type {mine.dtype!r} on {mine.device} to a storage of type {theirs.dtype!r} on "
            f"{theirs.device}: they must be the same."
        )
    storage.set_data(x, shown)
    return x


def resize_(x: Any, *sizes: Any) -> Tensor:
    """Give a tensor another shape, in place: row-major over its storage, which grows where it is too small.

    Elements that were there stay; new ones are whatever the memory holds.

    Raises
    ------
    RuntimeError
        For a tensor that requires grad.
    """
    if x._node is not None:
        raise GradError("cannot resize variables that require grad. Take x.detach().clone() first.")
    shape = sizes_of(sizes, "resize_")
    alias = alias_of(x)
    behind: Any = alias.storage
    count = 1
    for length in shape:
        count *= length
    if alias.offset + count > behind.size:
        options = x._options
        old = read(behind, (behind.size,), (1,), 0)
        more = options.xp.zeros(
            (alias.offset + count - behind.size,), dtype=options.raw_dtype, device=options.raw_device
        )
        behind = alias_of(wrap(options.xp.concat([old, more], axis=0), options)).storage
    storage.set_data(x, storages.show(behind, shape, contiguous_strides(shape), alias.offset))
    return x


def pin_memory(x: Any) -> Any:
    """Return the tensor where there is a GPU; its memory is not pinned, and need not be.

    Raises
    ------
    NoCuda
        A RuntimeError, where there is none.
    """
    try:
        place(Device("cuda"))
    except DeviceError as error:
        raise NoCuda(f"Cannot access accelerator device when none is available. {error}") from None
    return x


def apply_(x: Any, function: Callable[[Any], Any]) -> Tensor:
    """Replace each element by what a Python function makes of it, in place: slow, and without a derivative."""
    return _rewritten(x, "apply_", lambda values: _mapped(function, values))


def map_(x: Any, other: Any, function: Callable[[Any, Any], Any]) -> Tensor:
    """Replace each element by what a Python function makes of it and the other tensor's, in place."""
    if carrier(other) is not None:
        raise GradError("Can't call map_() with a Variable that requires grad. Use var.detach().")
    spread = other.expand(x._shape).tolist()
    return _rewritten(x, "map_", lambda values: _mapped(function, values, spread))


def _rewritten(x: Any, name: str, change: Callable[[Any], Any]) -> Tensor:
    if carrier(x) is not None:
        raise GradError(f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead.")
    check_writable(x)
    options = x._options
    raw = options.backend.asarray(change(storage_values(x)), options.dtype, options.device)
    write(x, wrap(options.xp.reshape(raw, x._shape), options))
    return x


def storage_values(x: Any) -> Any:
    """Return a tensor's elements as nested lists."""
    backend = x._options.backend
    return backend.tolist(backend.ensure_array(x._data))


def _mapped(function: Callable[..., Any], *values: Any) -> Any:
    if isinstance(values[0], list):
        return [_mapped(function, *parts) for parts in zip(*values, strict=True)]
    return function(*values)


__all__ = ["apply_", "map_", "pin_memory", "resize_", "set_"]
