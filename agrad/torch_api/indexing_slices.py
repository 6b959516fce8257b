"""Writing slices at the positions of an index vector: index_add, index_copy, index_fill, index_reduce.

Each function returns a copy, and its namesake with an underscore, a method, writes in place. The confusing case: positions that
repeat. index_add and index_reduce take all their slices together; index_copy keeps the last one, which alone gets a gradient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad import dtypes
from agrad.engine.core import TensorCore
from agrad.engine.primitive import renamed
from agrad.errors import IndexOutOfRange, ShapeError
from agrad.primitives import data_type, elementwise, indexing, manipulation
from agrad.primitives import scatter as _scatter
from agrad.torch_api._out import deliver
from agrad.torch_api.indexing import number_value
from agrad.torch_api.indexing_bounds import BEYOND, as_rows, check_dtype, check_positions, need_index, shaped
from agrad.torch_api.shape_arguments import axis_of, tensor_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor

_index_add = renamed(indexing.array_add, "IndexAdd")
_index_copy = renamed(indexing.array_set, "IndexCopy")
_index_fill = renamed(indexing.array_set, "IndexFill")
_index_fill_tensor = renamed(indexing.array_set, "IndexFillBackward1")
_index_reduce = renamed(_scatter.scatter_reduce, "IndexReduce")

_INTEGERS = (dtypes.int32, dtypes.int64)


def _vector(name: str, index: Any, error: type[Exception] = IndexOutOfRange) -> Any:
    """Return an index tensor as a vector."""
    if len(index._shape) > 1:
        raise error(
            f"{name}(): Index is supposed to be a vector, but got dim: {len(index._shape)} with type: "
            f"{index._options.dtype.scalar_name} and size: {list(index._shape)}"
        )
    return index if index._shape else manipulation.reshape(index, shape=(1,))


def index_add(input: Tensor, dim: int, index: Any, source: Any, *, alpha: Any = 1, out: Tensor | None = None) -> Tensor:
    """Return a copy with `alpha` times the slices of `source` added at the positions `index` along an axis.

    Raises
    ------
    RuntimeError
        For a source of another shape or dtype, and for positions out of bounds.
    """
    input = tensor_of("index_add", input)
    need_index("index_add", index, 3)
    need_index("index_add", source, 4, "source")
    one = axis_of(dim, len(input._shape), input)
    target, row = _adding("index_add_", input, one, index, source)
    options = input._options
    if alpha != 1:
        source = elementwise.multiply(source, int(alpha) if not options.is_inexact else alpha)
    (source,) = as_rows(source)
    result = _index_add(target, source, row, axes=(one,))
    return deliver("index_add", shaped(result, input), out)


def _adding(name: str, input: Any, one: int, index: Any, source: Any) -> tuple[Any, Any]:
    """Check what index_add and index_reduce take; return the tensor with an axis and the index as a vector."""
    if index._options.dtype not in _INTEGERS:
        raise ShapeError(f"{name}(): Expected dtype int32/int64 for index but got: {index._options.dtype.scalar_name}")
    row = _vector(name, index)
    if source._options.dtype is not input._options.dtype:
        raise ShapeError(
            f"{name}(): self ({input._options.dtype.scalar_name}) and source ({source._options.dtype.scalar_name}) must have "
            "the same scalar type"
        )
    count = source._shape[one] if source._shape else 1
    if len(source._shape) <= one and source._shape:
        count = source._shape[0]
    if row._shape[0] != count and input._shape:
        raise ShapeError(
            f"{name}(): Number of indices ({row._shape[0]}) should be equal to source.size(dim): ({count}), for dim: {one}"
        )
    rest = (*input._shape[:one], *input._shape[one + 1 :])
    if len(source._shape) != len(input._shape) or (*source._shape[:one], *source._shape[one + 1 :]) != rest:
        raise ShapeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
            f"{list(input._shape)} source.shape = {list(source._shape)}"
        )
    (target,) = as_rows(input)
    check_positions(row, target._shape[one], BEYOND, ShapeError, one)
    return target, row


def index_reduce(
    input: Tensor,
    dim: int,
    index: Any,
    source: Any,
    reduce: str,
    *,
    include_self: bool = True,
    out: Tensor | None = None,
) -> Tensor:
    """Return a copy with the slices of `source` taken into those at the positions `index` along an axis.

    Parameters
    ----------
    reduce : {"prod", "mean", "amax", "amin"}
    """
    input = tensor_of("index_reduce", input)
    need_index("index_reduce", index, 3)
    need_index("index_reduce", source, 4, "source")
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise ShapeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    one = axis_of(dim, len(input._shape), input)
    target, row = _adding("index_reduce_", input, one, index, source)
    (source,) = as_rows(source)
    column = tuple(row._shape[0] if place == one else 1 for place in range(len(target._shape)))
    places = manipulation.broadcast_to(manipulation.reshape(row, shape=column), shape=source._shape)
    result = _index_reduce(target, places, source, axis=one, reduce=reduce, include_self=include_self)
    return deliver("index_reduce", shaped(result, input), out)


def index_copy(input: Tensor, dim: int, index: Any, source: Any, *, out: Tensor | None = None) -> Tensor:
    """Return a copy with the slices of `source` written at the positions `index` along an axis.

    Raises
    ------
    IndexError
        For positions out of bounds and numbers that do not fit.
    RuntimeError
        For slices of another shape, and for other dtypes.
    """
    input = tensor_of("index_copy", input)
    need_index("index_copy", index, 3)
    need_index("index_copy", source, 4, "source")
    one = axis_of(dim, len(input._shape), input)
    if len(index._shape) > 1:
        raise IndexOutOfRange(f"index_copy_(): Index should have dimension 1 or 0 (got {len(index._shape)})")
    count = index._shape[0] if index._shape else 1
    own, sent = input._shape, source._shape
    if not sent and count != 1:
        raise IndexOutOfRange(f"index_copy_(): When source is scalar, index should have one element (got {count})")
    if sent and own and len(sent) != len(own):
        raise IndexOutOfRange(
            "index_copy_(): When source and destination are not scalars, their dimensionality must match. Source "
            f"dimensionality ({len(sent)}), destination dimensionality ({len(own)})"
        )
    check_dtype("index_copy_(): Expected a long tensor for index", index, (dtypes.int64,))
    if source._options.dtype is not input._options.dtype:
        raise ShapeError(
            "index_copy_(): self and source expected to have the same dtype, but got (self) "
            f"{input._options.dtype.scalar_name} and (source) {source._options.dtype.scalar_name}"
        )
    if sent and own and (*sent[:one], *sent[one + 1 :]) != (*own[:one], *own[one + 1 :]):
        raise ShapeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{' '.join(map(str, (*own[:one], *own[one + 1 :])))} at dimension {one} and source slice shape: "
            f"{' '.join(map(str, (*sent[:one], *sent[one + 1 :])))} at dimension 0."
        )
    if sent and sent[one if own else 0] != count:
        raise IndexOutOfRange(
            f"index_copy_(): Number of indices ({count}) should be equal to source.size(dim) ({sent[one if own else 0]})"
        )
    target, row, source = as_rows(input, index, source)
    check_positions(
        row,
        target._shape[one],
        "index_copy_(): index {} is out of bounds for dimension {} with size {}",
        IndexOutOfRange,
        one,
    )
    if len(target._shape) > len(source._shape):
        source = manipulation.reshape(source, shape=(1,) * len(target._shape))
    return deliver("index_copy", shaped(_index_copy(target, source, row, axes=(one,)), input), out)


def index_fill(input: Tensor, dim: int, index: Any, value: Any) -> Tensor:
    """Return a copy with one value in the slices at the positions `index` along an axis; negative ones count from the end.

    Parameters
    ----------
    value : number, or Tensor of no dimensions
    """
    input = tensor_of("index_fill", input)
    need_index("index_fill", index, 3)
    if index._options.dtype is not dtypes.int64:
        raise IndexOutOfRange("index_fill_(): Expected dtype int64 for index.")
    one = axis_of(dim, len(input._shape), input)
    if len(index._shape) > 1:
        raise ShapeError(f"Index has to be a vector/scalar; received shape {tuple(index._shape)}")
    number = not isinstance(value, TensorCore)
    if isinstance(value, complex) and not input._options.is_complex:
        raise ShapeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")
    filled = one_value("index_fill_", input, value)
    target, row = as_rows(input, index)
    check_positions(row, target._shape[one], BEYOND, IndexOutOfRange, one, wrap=True)
    fill = _index_fill if number else _index_fill_tensor
    return shaped(fill(target, filled, row, axes=(one,)), input)


def one_value(name: str, x: Any, value: Any) -> Any:
    """Return a number, or a Tensor of no dimensions, in x's dtype."""
    if not isinstance(value, TensorCore):
        return number_value(x, value)
    if value._shape:
        raise ShapeError(
            f"{name} only supports a 0-dimensional value tensor, but got tensor with {len(value._shape)} dimension(s)."
        )
    if value._options.is_complex and not x._options.is_complex:
        raise ShapeError(f"value cannot be converted to type {x._options.dtype.name} without overflow: it is complex")
    return value if value._options.dtype is x._options.dtype else data_type.astype(value, dtype=x._options.dtype)


__all__ = ["index_add", "index_copy", "index_fill", "index_reduce", "one_value"]
