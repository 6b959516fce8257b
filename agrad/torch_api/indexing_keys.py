"""Keys as PyTorch reads them: from whatever stands between the brackets to views and index tensors.

The confusing cases. A list of numbers or bools is an index tensor, but a list that holds a slice, None, an ellipsis, a list or
a tensor is a tuple in disguise (and deprecated). A tensor of no dimensions is a number if it holds an integer and a mask if it
holds a bool. A uint8 tensor is an old-fashioned mask. Slices with a negative step are refused.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from agrad import dtypes
from agrad.array_api._making import base_backend, default_int
from agrad.backend import TensorOptions, backend_of
from agrad.engine.core import TensorCore, wrap
from agrad.engine.general import as_operand
from agrad.errors import IndexOutOfRange
from agrad.primitives import data_type, searching
from agrad.primitives._indexing import Template, split_key

_LONGEST_TUPLE = 32
_INDEX_DTYPES = (dtypes.int64, dtypes.int32)


def index_of(places: Sequence[Any], options: TensorOptions) -> Any:
    """Return (nested) lists of Python ints as an index tensor beside a tensor of these options."""
    backend = options.backend
    while backend.level:
        backend = backend.inner  # type: ignore[attr-defined]
    chosen = backend.options(options.device, default_int(backend.options(options.device, dtypes.bool)))
    return wrap(backend.asarray(places, chosen.dtype, chosen.device), chosen)


def _mask_of(values: Sequence[Any], options: TensorOptions) -> Any:
    backend = options.backend
    while backend.level:
        backend = backend.inner  # type: ignore[attr-defined]
    chosen = backend.options(options.device, dtypes.bool)
    return wrap(backend.asarray(values, chosen.dtype, chosen.device), chosen)


def items_of(key: Any) -> tuple[Any, ...]:
    """Return the items of a key: a tuple's, those of a list that is a tuple in disguise, or the key alone."""
    if type(key) is tuple or isinstance(key, tuple):
        return key
    if isinstance(key, list) and len(key) < _LONGEST_TUPLE and any(_splits(item) for item in key):
        warnings.warn(
            "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in pytorch 2.9; use "
            "x[tuple(seq)] instead of x[seq].",
            UserWarning,
            stacklevel=4,
        )
        return tuple(key)
    return (key,)


def _splits(item: Any) -> bool:
    """Whether an item of a list makes the list a tuple."""
    return (
        item is None
        or item is Ellipsis
        or isinstance(item, (slice, list, tuple, TensorCore))
        or (hasattr(item, "shape") and hasattr(item, "dtype") and bool(item.shape))
    )


def resolved(x: Any, items: tuple[Any, ...]) -> tuple[Template, tuple[int, ...], list[Any]]:
    """Split a key into a basic key, whose result is a view, and index tensors at axes of that view."""
    options = x._options
    return split_key(
        x._shape, known_items(x, items), searching.nonzero, lambda count: index_of(list(range(count)), options)
    )


def known_items(x: Any, items: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the items as ints, bools, slices, None, Ellipsis and integer or bool tensors."""
    return tuple([_item(item, x._options) for item in items])


def sole_mask(x: Any, items: tuple[Any, ...]) -> Any:
    """Return the mask of a key that holds nothing else, as a bool tensor of at least one dimension; or None."""
    if len(items) != 1:
        return None
    item = _item(items[0], x._options)
    if not isinstance(item, TensorCore) or item._options.dtype is not dtypes.bool or not item._shape:
        return None
    shape = x._shape
    if len(item._shape) > len(shape):
        raise IndexOutOfRange(f"too many indices for tensor of dimension {len(shape)}")
    for axis, (length, own) in enumerate(zip(item._shape, shape, strict=False)):
        if length != own:
            raise IndexOutOfRange(
                f"The shape of the mask {list(item._shape)} at index {axis} does not match the shape of the indexed tensor "
                f"{list(shape)} at index {axis}"
            )
    return item


def _item(item: Any, options: TensorOptions) -> Any:
    """Return an int, bool, slice, None, Ellipsis, or an integer or bool tensor for an item of a key."""
    kind = type(item)
    if kind is int or kind is slice or kind is bool or item is None or item is Ellipsis:
        return item
    if isinstance(item, TensorCore):
        return _index_tensor(item)
    if isinstance(item, (list, tuple, range)):
        return _listed(list(item), options)
    if kind.__name__ in ("bool_", "bool") and hasattr(item, "item"):
        return bool(item)
    backend = None if hasattr(item, "__index__") and not getattr(item, "shape", ()) else backend_of(item)
    if backend is not None and hasattr(item, "shape") and (item.shape or hasattr(item, "__index__")):
        return _index_tensor(_beside(as_operand(item), options))
    if hasattr(item, "__index__"):
        return item.__index__()
    if isinstance(item, str):
        raise TypeError(
            "new(): invalid data type 'str'; only integers, slices, ..., None, lists and tensors are indices"
        )
    raise IndexOutOfRange(
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
        f"(got {kind.__name__})"
    )


def _index_tensor(item: Any) -> Any:
    """Check an index tensor; one of no dimensions is read: an integer becomes an int, a bool a bool."""
    dtype = item._options.dtype
    if not item._shape:
        if dtype is dtypes.bool or dtype is dtypes.uint8:
            return _read(item, bool)
        if dtype.kind in ("int", "uint"):
            return _read(item, int)
    elif dtype in _INDEX_DTYPES or dtype is dtypes.bool:
        return item
    elif dtype is dtypes.uint8:
        warnings.warn(
            "indexing with dtype agrad.uint8 is now deprecated, please use a dtype agrad.bool instead.",
            UserWarning,
            stacklevel=6,
        )
        return data_type.astype(item, dtype=dtypes.bool)
    raise IndexOutOfRange(
        f"tensors used as indices must be long, int, byte or bool tensors; received {dtype.name} of shape {tuple(item._shape)}"
    )


def _read(item: Any, kind: type) -> Any:
    """Return the number of a tensor of no dimensions; while it is being traced, the tensor."""
    backend = item._options.backend
    if backend.level:
        return item
    try:
        return kind(backend.item(item._data))
    except TypeError:
        return item


def _listed(values: list[Any], options: TensorOptions) -> Any:
    """Return a list as an index tensor: a mask if it holds bools, else positions (PyTorch cuts floats off)."""
    first: Any = values
    while isinstance(first, (list, tuple)):
        if not first:
            return index_of(values, options)
        first = first[0]
    if isinstance(first, bool) or type(first).__name__ == "bool_":
        return _mask_of(_plain(values, bool), options)
    return index_of(_plain(values, int), options)


def _plain(values: Any, kind: type) -> Any:
    """Return nested lists of Python numbers.

    Raises
    ------
    IndexError, TypeError
        For what is no number.
    """
    if isinstance(values, (list, tuple)):
        return [_plain(value, kind) for value in values]
    if hasattr(values, "__index__") or isinstance(values, (bool, float)):
        return kind(values)
    raise TypeError(f"an index list holds integers or bools; received {type(values).__name__}")


def _beside(array: Any, options: TensorOptions) -> Any:
    """Return an array of another library (NumPy's, say) as an index tensor on the indexed tensor's backend and device."""
    own = array._options
    backend = base_backend(options.backend)
    if own.backend is backend:
        return array
    options = backend.options(options.device, options.dtype, options.standard)
    values = own.backend.tolist(array._data)
    if own.dtype is dtypes.bool:
        return _mask_of(values, options)
    if own.dtype.kind not in ("int", "uint"):
        return array
    return index_of(values, options)


__all__ = ["index_of", "items_of", "known_items", "resolved", "sole_mask"]
