"""Reading and writing ``x[key]`` by PyTorch's rules.

The confusing case: numbers, slices, None and an ellipsis make a view, which shares memory, while index tensors, lists and masks
make a copy. A write goes to the tensor itself either way: it is done on the view that the key's first half makes, so the graph
shows CopySlices where there is a view and IndexPut where there is none.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from agrad import dtypes
from agrad.backend import backend_of
from agrad.engine.core import TensorCore, wrap
from agrad.engine.general import as_operand
from agrad.engine.inplace import apply_inplace, copy_into
from agrad.engine.primitive import renamed
from agrad.errors import AgradError, ShapeError
from agrad.primitives import data_type, indexing, manipulation, scatter, searching
from agrad.primitives._indexing import fits, is_basic, is_whole
from agrad.torch_api.indexing_keys import items_of, known_items, resolved, sole_mask
from agrad.torch_api.storage import value_for

if TYPE_CHECKING:
    from agrad.tensor import Tensor

_mask_put = renamed(scatter.masked_fill, "IndexPut")
_NUMBERS: tuple[Any, ...] = (bool, int, float, complex)


class AssignmentError(AgradError, TypeError):
    """A value that cannot be written into a tensor."""


def get_item(x: Any, key: Any) -> Tensor:
    """Return ``x[key]``."""
    kind = type(key)
    if kind is int:
        return indexing.slice_get(x, key=(key,))
    if kind is tuple and is_basic(key):
        return indexing.slice_get(x, key=key)
    if kind is slice or key is None or key is Ellipsis:
        return indexing.slice_get(x, key=(key,))
    items = items_of(key)
    if is_basic(items):
        return indexing.slice_get(x, key=items)
    mask = sole_mask(x, items)
    if mask is not None:
        return indexing.mask_get(x, mask)
    basic, axes, arrays = resolved(x, items)
    if not arrays or not is_whole(basic):
        x = indexing.slice_get(x, key=basic)
    return indexing.array_get(x, *arrays, axes=axes) if arrays else x


def set_item(x: Any, key: Any, value: Any) -> None:
    """Write `value`, converted and broadcast, to ``x[key]``.

    Raises
    ------
    IndexError
        For a key that the tensor does not have.
    RuntimeError
        For a value that does not broadcast, an index tensor's value of another dtype, and what may not be written in place.
    TypeError
        "can't assign a list to a torch.FloatTensor".
    """
    items = items_of(key)
    if x._options.backend.level:
        # There the whole tensor is written anew; what is written may be a part of it.
        apply_inplace(x, indexing.index_set, known_items(x, items), data_type.copy(_as_value(x, value)))
        return
    if is_basic(items):
        _write(_place(x, items), value)
        return
    plain = tuple(None if item is True else item for item in items)
    if is_basic(plain):  # True is a new axis of length 1
        _write(_place(x, plain), value)
        return
    mask = sole_mask(x, items)
    if mask is not None:
        rest = (1,) * (len(x._shape) - len(mask._shape))
        tensor = _as_value(x, value)
        if not tensor._shape:
            apply_inplace(x, _fill_mask, manipulation.reshape(mask, shape=(*mask._shape, *rest)), tensor)
        else:
            apply_inplace(x, _put_mask, _matching(x, tensor), mask)
        return
    basic, axes, arrays = resolved(x, items)
    place = _place(x, basic)
    if not arrays:
        _write(place, value)
        return
    apply_inplace(place, indexing.array_set, _matching(x, _as_value(x, value)), *arrays, axes=axes)


def _place(x: Any, basic: tuple[Any, ...]) -> Any:
    """Return the view that is written to: the tensor itself where the key leaves it whole."""
    if is_whole(basic) and sum(item is not Ellipsis for item in basic) <= len(x._shape):
        return x
    return indexing.slice_get(x, key=basic)


def _fill_mask(x: Any, mask: Any, value: Any) -> Any:
    return _mask_put(x, mask, value_for(x, value))


def _put_mask(x: Any, value: Any, mask: Any) -> Any:
    try:
        return indexing.mask_set(x, value, mask)
    except (ValueError, TypeError, IndexError) as error:
        count = int(searching.count_nonzero(mask))
        place = (count, *x._shape[len(mask._shape) :])
        if fits(value._shape, place):
            raise
        raise ShapeError(
            f"shape mismatch: value tensor of shape {list(value._shape)} cannot be broadcast to indexing result of shape "
            f"{list(place)}"
        ) from error


def _write(place: Any, value: Any) -> None:
    tensor = _as_value(place, value)
    shape, sizes = tensor._shape, place._shape
    if shape != sizes and not fits(shape, sizes):
        manipulation.expanded_shape(shape, sizes)  # raises, saying what does not fit
    if tensor._options.is_complex and not place._options.is_complex and place._options.dtype is not dtypes.bool:
        warnings.warn("Casting complex values to real discards the imaginary part", UserWarning, stacklevel=4)
    if len(shape) > len(sizes):  # an assignment, unlike copy_, drops what is too much in front: axes of length 1
        tensor = manipulation.reshape(tensor, shape=shape[len(shape) - len(sizes) :])
    if tensor._shape and tensor._shape != sizes:
        tensor = manipulation.broadcast_to(tensor, shape=sizes)
    copy_into(place, tensor, value_for, filling=not tensor._shape and sizes != ())


def _as_value(x: Any, value: Any) -> Any:
    """Return what is written as a Tensor."""
    if isinstance(value, TensorCore):
        return value
    if type(value) not in _NUMBERS:
        for number in _NUMBERS:
            if isinstance(value, number):
                value = number(value)
                break
        else:
            return _foreign(x, value)
    return number_value(x, value)


def number_value(x: Any, value: Any) -> Any:
    """Return a Python number as a tensor of x's dtype and of no dimensions.

    Raises
    ------
    RuntimeError
        "value cannot be converted to type float without overflow".
    """
    options = x._options
    if isinstance(value, complex) and not options.is_complex:
        raise ShapeError(
            f"value cannot be converted to type {_C_NAMES.get(options.dtype.name, options.dtype.name)} without overflow: {value}"
        )
    base = options
    while base.backend.level:
        base = base.backend.inner.options(base.device, base.dtype)
    if options.dtype.kind in ("int", "uint") and isinstance(value, float):
        value = int(value)
    try:
        return wrap(base.backend.scalar(value, base.raw_dtype, base.raw_device), base)
    except OverflowError as error:
        raise ShapeError(f"value cannot be converted to type {options.dtype.name} without overflow: {value}") from error


_C_NAMES = {"float32": "float", "float64": "double", "int64": "int64_t", "int32": "int"}


def _foreign(x: Any, value: Any) -> Any:
    """Return a number or array of another library as a Tensor, and refuse anything else."""
    shape = getattr(value, "shape", None)
    if shape == () and hasattr(value, "item") and not isinstance(value, TensorCore):
        return _as_value(x, value.item())
    backend = None if isinstance(value, (list, tuple, str)) else backend_of(value)
    if backend is None:
        raise AssignmentError(
            f"can't assign a {type(value).__name__} to a torch.{x._options.dtype.scalar_name}Tensor. "
            "Make it a tensor first: agrad.tensor(value)."
        )
    return as_operand(value, x._options)


def _matching(x: Any, value: Any) -> Any:
    """Return a value to be written at index tensors, of the tensor's dtype.

    Raises
    ------
    RuntimeError
        For a tensor of another dtype: PyTorch converts numbers alone there.
    """
    if value._options.dtype is not x._options.dtype:
        raise ShapeError(
            "Index put requires the source and destination dtypes match, got "
            f"{x._options.dtype.scalar_name} for the destination and {value._options.dtype.scalar_name} for the source. "
            "Convert the value: value.to(x.dtype)."
        )
    return value


__all__ = ["AssignmentError", "get_item", "number_value", "set_item"]
