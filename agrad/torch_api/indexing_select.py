"""Reading elements by index tensors and masks: gather, take, masked_select, nonzero, where and their kin.

The confusing case: index_select, gather and scatter take no negative positions, unlike ``x[index]``, take and put.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agrad import dtypes
from agrad.engine.core import TensorCore
from agrad.engine.general import as_operand, broadcast_complaint, common_dtype
from agrad.engine.primitive import renamed
from agrad.errors import DTypeError, IndexOutOfRange, ShapeError
from agrad.primitives import data_type, elementwise, indexing, manipulation, scatter, searching
from agrad.primitives._axes import ArgumentError
from agrad.primitives._numbers import fitting
from agrad.torch_api._out import deliver
from agrad.torch_api.indexing_bounds import check_dtype, check_positions, need_index
from agrad.torch_api.shape import reshaped
from agrad.torch_api.shape_arguments import ArgumentTypeError, axis_of, choose, ints_of, negative_size, tensor_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor

_masked_select = renamed(indexing.mask_get, "MaskedSelect")


def index_select(
    input: Tensor, dim: int | None = None, index: Any = None, *, out: Tensor | None = None, axis: int | None = None
) -> Tensor:
    """Return the slices at the positions `index`, a vector or number, along an axis.

    Raises
    ------
    IndexError
        "index out of range in self".
    """
    input = tensor_of("index_select", input)
    need_index("index_select", index, 2)
    check_dtype("index_select(): Expected dtype int32 or int64 for index", index, (dtypes.int32, dtypes.int64))
    one = axis_of(choose("index_select", dim, axis), len(input._shape), input)
    if len(index._shape) > 1:
        raise IndexOutOfRange(f"index_select(): Index is supposed to be a vector; received shape {tuple(index._shape)}")
    if not index._shape:
        index = manipulation.reshape(index, shape=(1,))
    if not input._shape:
        if index._shape != (1,):
            raise ShapeError(f"index_select(): Index to scalar can have only 1 value, got {index._shape[0]} value(s)")
        check_positions(index, 1, "index out of range in self", IndexOutOfRange)
        return deliver("index_select", data_type.copy(input), out)
    check_positions(index, input._shape[one], "index out of range in self", IndexOutOfRange)
    return deliver("index_select", indexing.take(input, index, axis=one), out)


def masked_select(input: Tensor, mask: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return, in one row, the elements where the mask is true; both broadcast.

    Raises
    ------
    RuntimeError
        For a mask that is not of bools.
    """
    input = tensor_of("masked_select", input)
    mask = tensor_of("masked_select", mask, "mask", 2)
    if mask._options.dtype is not dtypes.bool:
        raise ShapeError(f"masked_select: expected BoolTensor for mask; received {mask._options.dtype.name}")
    shape = _common("masked_select", mask, input)
    if input._shape != shape:
        input = manipulation.broadcast_to(input, shape=shape)
    if mask._shape != shape:
        mask = manipulation.broadcast_to(mask, shape=shape)
    if not shape:
        input, mask = manipulation.reshape(input, shape=(1,)), manipulation.reshape(mask, shape=(1,))
    return deliver("masked_select", _masked_select(input, mask), out)


def _common(name: str, *tensors: Any) -> tuple[int, ...]:
    shapes = [tensor._shape for tensor in tensors]
    complaint = broadcast_complaint(shapes)
    if complaint is not None:
        raise ShapeError(f"{complaint} ({name} received shapes {', '.join(map(str, shapes))})")
    return manipulation.broadcast_shapes(*shapes)


def gather(
    input: Tensor,
    dim: int | None = None,
    index: Any = None,
    *,
    sparse_grad: bool = False,
    out: Tensor | None = None,
    axis: int | None = None,
) -> Tensor:
    """Return ``out[i][j] = input[index[i][j]][j]`` (`dim` 0): for each position of `index`, the element there along an axis.

    Parameters
    ----------
    index : integer Tensor
        With as many axes as `input`, and no longer than it on those other than `dim`.
    sparse_grad : bool
        Taken for PyTorch's sake; gradients are dense.

    Raises
    ------
    RuntimeError
        "index 5 is out of bounds for dimension 0 with size 2"; negative positions are out of bounds too.
    """
    input = tensor_of("gather", input)
    need_index("gather", index, 3)
    check_dtype("gather(): Expected dtype int32/int64 for index", index, (dtypes.int32, dtypes.int64))
    shape, sizes = index._shape, input._shape
    one = axis_of(choose("gather", dim, axis), len(sizes), input)
    if 0 in shape:
        return deliver("gather", _nothing(input, shape), out)
    if max(len(shape), 1) != max(len(sizes), 1):
        raise ShapeError("Index tensor must have the same number of dimensions as input tensor")
    for other, (length, own) in enumerate(zip(shape, sizes, strict=False)):
        if other != one and length > own:
            raise ShapeError(
                f"Size does not match at dimension {other} expected index {list(shape)} to be no larger than self "
                f"{list(sizes)} apart from dimension {one}"
            )
    check_positions(
        index, sizes[one] if sizes else 1, "index {} is out of bounds for dimension {} with size {}", ShapeError, one
    )
    if not sizes or not shape:
        wide = input if sizes else manipulation.reshape(input, shape=(1,))
        row = index if shape else manipulation.reshape(index, shape=(1,))
        return deliver("gather", manipulation.reshape(indexing.gather(wide, row, axis=0), shape=shape), out)
    return deliver("gather", indexing.gather(input, index, axis=one), out)


def _nothing(input: Any, shape: tuple[int, ...]) -> Any:
    """Return no elements, in a shape that says so."""
    flat = reshaped(input, (-1,) if 0 not in input._shape else (0,))
    return manipulation.reshape(indexing.slice_get(flat, key=(slice(0, 0, 1),)), shape=shape)


def take(input: Tensor, index: Any) -> Tensor:
    """Return the elements at `index` of the tensor taken as one row; negative positions count from the end.

    Raises
    ------
    IndexError
        "out of range: tried to access index 6 on a tensor of 6 elements."
    """
    input = tensor_of("take", input)
    need_index("take", index, 2)
    check_dtype("take(): Expected a long tensor for index", index, (dtypes.int64,))
    size = input.numel()
    if size == 0 and 0 not in index._shape:
        raise IndexOutOfRange("take(): tried to take from an empty tensor")
    check_positions(
        index, size, "out of range: tried to access index {0} on a tensor of {2} elements.", IndexOutOfRange, wrap=True
    )
    return scatter.take_flat(input, index)


def take_along_dim(
    input: Tensor, indices: Any, dim: int | None = None, *, out: Tensor | None = None, axis: int | None = None
) -> Tensor:
    """Return for each position of `indices` the element there along an axis; the other axes broadcast.

    Parameters
    ----------
    dim : int, optional
        None: both are taken as one row.
    """
    input = tensor_of("take_along_dim", input)
    need_index("take_along_dim", indices, 2)
    if indices._options.dtype is not dtypes.int64:
        raise DTypeError(
            f"torch.take_along_dim(): dtype of indices should be Long but got {indices._options.dtype.scalar_name}"
        )
    dim = axis if dim is None else dim
    if dim is None:
        input, indices = (reshaped(each, (-1,) if 0 not in each._shape else (0,)) for each in (input, indices))
        dim = 0
    sizes, shape = input._shape, indices._shape
    if len(sizes) != len(shape):
        raise ShapeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{len(sizes)} dimensions for input, and {len(shape)} dimensions for indices"
        )
    one = axis_of(dim, len(sizes))
    others = [tuple(1 if place == one else length for place, length in enumerate(each)) for each in (sizes, shape)]
    complaint = broadcast_complaint(others)
    if complaint is not None:
        raise ShapeError(complaint)
    check_positions(
        indices,
        sizes[one] if sizes else 1,
        "index {} is out of bounds for dimension {} with size {}",
        ShapeError,
        one,
        wrap=True,
    )
    return deliver("take_along_dim", indexing.take_along_axis(input, indices, axis=one), out)


# ---------------------------------------------------------------- where things are


def nonzero(input: Tensor, *, out: Tensor | None = None, as_tuple: bool = False) -> Any:
    """Return the positions of the elements that are not zero, one a row, or as one index tensor for each axis.

    Parameters
    ----------
    as_tuple : bool
        Give the index tensors, with which ``x[x.nonzero(as_tuple=True)]`` reads these elements.
    """
    input = tensor_of("nonzero", input)
    ndim = len(input._shape)
    row = input if ndim else manipulation.reshape(input, shape=(1,))
    found = searching.nonzero(row)
    if as_tuple:
        return found
    if not ndim:
        return deliver("nonzero", manipulation.reshape(found[0], shape=(found[0]._shape[0], 1))[:, 0:0], out)
    return deliver("nonzero", manipulation.stack(*found, axis=1), out)


def argwhere(input: Tensor) -> Tensor:
    """Return the positions of the elements that are not zero, one a row."""
    return nonzero(input)


def where(condition: Any, input: Any = None, other: Any = None, *, out: Tensor | None = None) -> Any:
    """Return `input` where the condition is true and `other` elsewhere, in their common dtype; all three broadcast.

    Parameters
    ----------
    condition : bool Tensor
        Alone, it gives the positions where it is true, as ``nonzero(as_tuple=True)`` does.
    input, other : Tensor or number
    """
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    if input is None or other is None or not isinstance(condition, TensorCore):
        raise ArgumentTypeError(
            "where() received an invalid combination of arguments: it takes a condition alone, or a bool Tensor and two "
            f"Tensors or numbers; received {type(condition).__name__}, {type(input).__name__}, {type(other).__name__}"
        )
    if not isinstance(input, TensorCore) or not isinstance(other, TensorCore):
        dtype = common_dtype([as_operand(input), as_operand(other)], False)
        if dtype.kind in ("int", "uint"):
            input, other = (
                one if isinstance(one, TensorCore) else fitting(one, dtype, "where") for one in (input, other)
            )
    return deliver("where", searching.where(condition_of(condition), input, other), out)


def condition_of(condition: Any) -> Any:
    """Return the condition of a choice, which is of bools (uint8 passes with a warning)."""
    dtype = condition._options.dtype
    if dtype is dtypes.bool:
        return condition
    if dtype is dtypes.uint8:
        warnings.warn(
            "where received a uint8 condition tensor. This behavior is deprecated and will be removed in a future version of "
            "PyTorch. Use a boolean condition instead.",
            UserWarning,
            stacklevel=3,
        )
        return elementwise.not_equal(condition, 0)
    raise DTypeError(
        f"where expected condition to be a boolean tensor, but got a tensor with dtype {dtype.scalar_name}"
    )


def unravel_index(indices: Tensor, shape: int | Sequence[int]) -> tuple[Tensor, ...]:
    """Return, for positions in a tensor taken as one row, the positions along each axis of its shape.

    Raises
    ------
    ValueError, TypeError
        For indices that are no integers, and negative sizes.
    """
    need_index("unravel_index", indices, 1, "indices")
    if indices._options.dtype.kind not in ("int", "uint"):
        raise ArgumentTypeError(f"expected 'indices' to be integer dtype, but got {indices._options.dtype!r}")
    sizes = (shape,) if isinstance(shape, int) else ints_of("unravel_index", (shape,), None, "shape")
    if negative_size(sizes) is not None:
        raise ArgumentError(f"'shape' cannot have negative values, but got {tuple(sizes)}")
    found = []
    rest = indices
    for size in reversed(sizes):
        found.append(elementwise.remainder(rest, size))
        rest = elementwise.floor_divide(rest, size)
    return tuple(reversed(found))


__all__ = [
    "argwhere",
    "condition_of",
    "gather",
    "index_select",
    "masked_select",
    "nonzero",
    "take",
    "take_along_dim",
    "unravel_index",
    "where",
]
