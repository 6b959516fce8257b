"""Writing by index tensors, masks and positions in one row: index_put, masked_fill, masked_scatter, put.

Each function returns a copy, and its namesake with an underscore, a method, writes in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agrad import dtypes
from agrad.engine.core import TensorCore
from agrad.engine.general import broadcast_complaint
from agrad.engine.inplace import apply_inplace
from agrad.engine.primitive import renamed
from agrad.errors import DTypeError, IndexOutOfRange, ShapeError
from agrad.primitives import indexing, manipulation, searching
from agrad.primitives import scatter as _scatter
from agrad.torch_api.indexing_bounds import check_dtype, check_positions, need_index
from agrad.torch_api.indexing_keys import known_items, resolved
from agrad.torch_api.indexing_slices import one_value
from agrad.torch_api.shape_arguments import ArgumentTypeError, tensor_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor

_masked_fill_tensor = renamed(_scatter.masked_fill, "MaskedFillBackward1")

_INTEGERS = (dtypes.int32, dtypes.int64)


def index_put(input: Tensor, indices: Sequence[Any], values: Any, accumulate: bool = False) -> Tensor:
    """Return a copy with ``x[indices] = values``, or with the values added where `accumulate` is true.

    Parameters
    ----------
    indices : tuple of Tensor
        Integer or bool tensors for the first axes.
    values : Tensor of the same dtype
    """
    input = tensor_of("index_put", input)
    if not isinstance(indices, (tuple, list)):
        raise ArgumentTypeError(
            f"index_put(): argument 'indices' (position 2) must be tuple of Tensors, not {type(indices).__name__}"
        )
    need_index("index_put", values, 3, "values")
    arrays: list[Any] = []
    for position, index in enumerate(indices):
        if not isinstance(index, TensorCore):
            raise ArgumentTypeError(
                f"expected Tensor as element {position} in argument 0, but got {type(index).__name__}"
            )
        if index._options.dtype in _INTEGERS:
            arrays.append(index)
        else:
            # Masks, and the errors of what is neither.
            found = resolved(input[(0,) * len(arrays)] if arrays else input, known_items(input, (index,)))[2]
            arrays.extend(found)
    if not arrays:
        raise ShapeError("index_put() needs at least one index tensor")
    if len(arrays) > len(input._shape):
        raise IndexOutOfRange(f"too many indices for tensor of dimension {len(input._shape)} (got {len(arrays)})")
    if values._options.dtype is not input._options.dtype:
        raise DTypeError(
            "Index put requires the source and destination dtypes match, got "
            f"{input._options.dtype.scalar_name} for the destination and {values._options.dtype.scalar_name} for the source."
        )
    write = indexing.array_add if accumulate else indexing.array_set
    return write(input, values, *arrays, axes=tuple(range(len(arrays))))


def index_put_(input: Tensor, indices: Sequence[Any], values: Any, accumulate: bool = False) -> Tensor:
    """Write :func:`index_put` into `input`, and return it."""
    return apply_inplace(input, index_put, indices, values, accumulate)


def _mask(name: str, mask: Any) -> Any:
    need_index(name, mask, 2, "mask")
    if mask._options.dtype is not dtypes.bool:
        spoken = _SPOKEN.get(mask._options.dtype.name, mask._options.dtype.name)
        raise DTypeError(f"{name}_ only supports boolean masks, but got mask with dtype {spoken}")
    return mask


_SPOKEN = {"uint8": "unsigned char", "float32": "float", "float64": "double", "int64": "long int", "int32": "int"}


def masked_fill(input: Tensor, mask: Any, value: Any) -> Tensor:
    """Return a copy with one value where the mask is true; the tensor and the mask broadcast.

    Parameters
    ----------
    mask : bool Tensor
    value : number, or Tensor of no dimensions
    """
    input = tensor_of("masked_fill", input)
    mask = _mask("masked_fill", mask)
    filled = one_value("masked_fill_", input, value)
    complaint = broadcast_complaint([mask._shape, input._shape])
    if complaint is not None:
        raise ShapeError(complaint)
    fill = _masked_fill_tensor if isinstance(value, TensorCore) else _scatter.masked_fill
    return fill(input, mask, filled)


def masked_scatter(input: Tensor, mask: Any, source: Any) -> Tensor:
    """Return a copy with the elements of `source`, in order, where the mask, which broadcasts, is true.

    Raises
    ------
    RuntimeError
        "Number of elements of source < number of ones in mask".
    """
    input = tensor_of("masked_scatter", input)
    mask = _mask("masked_scatter", mask)
    need_index("masked_scatter", source, 3, "source")
    if source._options.dtype is not input._options.dtype:
        raise DTypeError(
            "masked_scatter: expected self and source to have same dtypes but got"
            f"{input._options.dtype.scalar_name} and {source._options.dtype.scalar_name}"
        )
    complaint = broadcast_complaint([mask._shape, input._shape])
    if complaint is not None:
        raise ShapeError(complaint)
    shape = manipulation.broadcast_shapes(mask._shape, input._shape)
    input, mask = (one if one._shape == shape else manipulation.broadcast_to(one, shape=shape) for one in (input, mask))
    _need_enough(mask, source)
    return _scatter.masked_scatter(input, mask, source)


def _need_enough(mask: Any, source: Any) -> None:
    options = mask._options
    if options.backend.level or options.device.type != "cpu" or mask.numel() <= source.numel():
        return
    try:
        count = int(searching.count_nonzero(mask))
    except TypeError:
        return  # it is being traced
    if count > source.numel():
        raise ShapeError(f"Number of elements of source < number of ones in mask: {source.numel()} for {count}")


def put(input: Tensor, index: Any, source: Any, accumulate: bool = False) -> Tensor:
    """Return a copy with `source` written (or added) at `index` of the tensor taken as one row.

    Raises
    ------
    IndexError
        For positions out of bounds, and for other than one element for each.
    """
    input = tensor_of("put", input)
    need_index("put", index, 2)
    need_index("put", source, 3, "source")
    check_dtype("put_(): Expected a long tensor for index", index, (dtypes.int64,))
    if source._options.dtype is not input._options.dtype:
        raise DTypeError(
            "put_(): self and source expected to have the same dtype, but got self.dtype = "
            f"{input._options.dtype.scalar_name} and source.dtype = {source._options.dtype.scalar_name}"
        )
    if source.numel() != index.numel():
        raise IndexOutOfRange(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source.numel()}, index.numel() = {index.numel()}"
        )
    check_positions(
        index,
        input.numel(),
        "out of range: tried to access index {0} on a tensor of {2} elements.",
        IndexOutOfRange,
        wrap=True,
    )
    if source._shape != index._shape:
        source = manipulation.reshape(source, shape=index._shape)
    return _scatter.put_flat(input, index, source, accumulate=bool(accumulate))


__all__ = ["index_put", "index_put_", "masked_fill", "masked_scatter", "put"]
