"""Writing elements where an index tensor of the same shape says, and parts where a view would show them.

Each function returns a copy, and its namesake with an underscore, a method, writes in place. The confusing case: where several
elements go to one place, scatter keeps the last one in row-major order, which alone gets a gradient, while scatter_add and
scatter_reduce take them all together. PyTorch leaves open which one stays, and hands the gradient to all of them.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from agrad import dtypes
from agrad.engine.core import TensorCore
from agrad.engine.primitive import renamed
from agrad.errors import IndexOutOfRange, ShapeError
from agrad.primitives import data_type, indexing, manipulation
from agrad.primitives import scatter as _scatter
from agrad.torch_api._out import deliver
from agrad.torch_api.indexing import number_value
from agrad.torch_api.indexing_bounds import BEYOND, as_rows, check_dtype, check_positions, need_index, shaped
from agrad.torch_api.indexing_keys import index_of
from agrad.torch_api.shape_arguments import ArgumentTypeError, axis_of, tensor_of
from agrad.torch_api.shape_parts import facing, plane

if TYPE_CHECKING:
    from agrad.tensor import Tensor

_slice_scatter = renamed(indexing.slice_set, "SliceScatter")
_select_scatter = renamed(indexing.slice_set, "SelectScatter")
_diagonal_scatter = renamed(indexing.array_set, "DiagonalScatter")

_INTEGERS = (dtypes.int32, dtypes.int64)


# ---------------------------------------------------------------- a place for every element


def _scattering(name: str, input: Any, dim: Any, index: Any, src: Any) -> tuple[int, Any]:
    """Check the arguments of the scatter family; return the axis and as much of `src` as `index` names places for."""
    need_index(name, index, 3)
    one = axis_of(dim, len(input._shape), input)
    check_dtype(f"{name}(): Expected dtype int32/int64 for index", index, _INTEGERS)
    if src is not None and src._options.dtype is not input._options.dtype:
        raise ShapeError(
            f"{name}(): Expected self.dtype to be equal to src.dtype; received {input._options.dtype.name} and "
            f"{src._options.dtype.name}"
        )
    shape, sizes = index._shape, input._shape
    if 0 in shape:
        return one, src
    if max(len(shape), 1) != max(len(sizes), 1):
        raise ShapeError("Index tensor must have the same number of dimensions as self tensor")
    if src is not None and max(len(src._shape), 1) != max(len(shape), 1):
        raise ShapeError("Index tensor must have the same number of dimensions as src tensor")
    beyond = any(
        place != one and length > own for place, (length, own) in enumerate(zip(shape, sizes or (1,), strict=False))
    )
    short = src is not None and any(length > own for length, own in zip(shape or (1,), src._shape or (1,), strict=True))
    if beyond or short:
        raise ShapeError(
            f"Expected index {list(shape)} to be no larger than self {list(sizes)} apart from dimension {one}"
            + (f" and to be no larger size than src {list(src._shape)}" if src is not None else "")
        )
    check_positions(index, sizes[one] if sizes else 1, BEYOND, ShapeError, one)
    if src is not None and src._shape != shape and shape and src._shape:
        src = indexing.slice_get(src, key=tuple(slice(0, length) for length in shape))
    return one, src


def scatter(
    input: Tensor,
    dim: int,
    index: Any,
    src: Any = None,
    *,
    value: Any = None,
    reduce: str | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return a copy with ``out[index[i][j]][j] = src[i][j]`` (`dim` 0).

    Parameters
    ----------
    index : integer Tensor
        With as many axes as `input`, no longer than it on those other than `dim`, and no longer than `src`.
    src : Tensor of the same dtype, or number
    value : number, optional
        In place of `src`.
    reduce : {"add", "multiply"}, optional
        Take the values together with what is there. With a tensor PyTorch prefers :func:`scatter_reduce`.

    Raises
    ------
    RuntimeError
        For positions out of bounds and shapes that do not fit, in PyTorch's words.
    """
    input = tensor_of("scatter", input)
    given = src if value is None else value
    if given is None:
        raise ArgumentTypeError("scatter() needs a src Tensor or a value")
    number = not isinstance(given, TensorCore)
    one, source = _scattering("scatter", input, dim, index, None if number else given)
    if reduce is not None and reduce not in ("add", "multiply"):
        raise ShapeError(f"reduce argument must be either add or multiply. Received {reduce!r}")
    if reduce is not None and not number:
        warnings.warn(
            "The reduce argument of torch.scatter with Tensor src is deprecated and will be removed in a future PyTorch "
            "release. Use torch.scatter_reduce instead for more reduction options.",
            UserWarning,
            stacklevel=2,
        )
    if 0 in index._shape:
        return deliver("scatter", data_type.copy(input), out)
    target, row, source = as_rows(input, index, source)
    if reduce is not None:
        if number:
            source = manipulation.broadcast_to(number_value(input, given), shape=row._shape)
        if reduce == "add":
            result = indexing.scatter_add(target, row, source, axis=one)
        else:
            result = _scatter.scatter_reduce(target, row, source, axis=one, reduce="prod", include_self=True)
    else:
        result = indexing.scatter_set(target, row, number_value(input, given) if number else source, axis=one)
    return deliver("scatter", shaped(result, input), out)


def scatter_add(input: Tensor, dim: int, index: Any, src: Any, *, out: Tensor | None = None) -> Tensor:
    """Return a copy with ``out[index[i][j]][j] += src[i][j]`` (`dim` 0), once for each time that a place is named."""
    input = tensor_of("scatter_add", input)
    need_index("scatter_add", src, 4, "src")
    one, source = _scattering("scatter", input, dim, index, src)
    if 0 in index._shape:
        return deliver("scatter_add", data_type.copy(input), out)
    target, row, source = as_rows(input, index, source)
    return deliver("scatter_add", shaped(indexing.scatter_add(target, row, source, axis=one), input), out)


def scatter_reduce(
    input: Tensor,
    dim: int,
    index: Any,
    src: Any,
    reduce: str,
    *,
    include_self: bool = True,
    out: Tensor | None = None,
) -> Tensor:
    """Return a copy with each element of `src` taken into the place that `index` names along an axis.

    Parameters
    ----------
    reduce : {"sum", "prod", "mean", "amax", "amin"}
    include_self : bool
        Whether the tensor's own element takes part; places that nothing is sent to keep it in any case.
    """
    input = tensor_of("scatter_reduce", input)
    need_index("scatter_reduce", src, 4, "src")
    if reduce not in ("sum", "prod", "mean", "amax", "amin"):
        raise ShapeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    one, source = _scattering("scatter", input, dim, index, src)
    if 0 in index._shape:
        return deliver("scatter_reduce", data_type.copy(input), out)
    target, row, source = as_rows(input, index, source)
    result = _scatter.scatter_reduce(target, row, source, axis=one, reduce=reduce, include_self=include_self)
    return deliver("scatter_reduce", shaped(result, input), out)


# ---------------------------------------------------------------- writing into what a view would show


def _fitting(src: Any, place: tuple[int, ...], input: Any) -> Any:
    need_index("slice_scatter", src, 2, "src")
    if src._shape != place:
        raise ShapeError(
            "expected src to have a size equal to the slice of self. src size = "
            f"{list(src._shape)}, slice size = {list(place)}"
        )
    return src if src._options.dtype is input._options.dtype else data_type.astype(src, dtype=input._options.dtype)


def slice_scatter(
    input: Tensor, src: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    """Return a copy with `src` in place of a slice along an axis."""
    input = tensor_of("slice_scatter", input)
    one = axis_of(dim, len(input._shape), input)
    part = slice(start, end, step)
    sizes = input._shape
    place = (*sizes[:one], len(range(*part.indices(sizes[one]))), *sizes[one + 1 :])
    return _slice_scatter(input, _fitting(src, place, input), key=(*(slice(None),) * one, part))


def select_scatter(input: Tensor, src: Any, dim: int, index: int) -> Tensor:
    """Return a copy with `src` in place of the slice at one position along an axis."""
    input = tensor_of("select_scatter", input)
    one = axis_of(dim, len(input._shape), input)
    sizes = input._shape
    if not sizes or not -sizes[one] <= index < sizes[one]:
        raise IndexOutOfRange(
            f"select(): index {index} out of range for tensor of size {list(sizes)} at dimension {one}"
        )
    place = (*sizes[:one], *sizes[one + 1 :])
    return _select_scatter(input, _fitting(src, place, input), key=(*(slice(None),) * one, index))


def diagonal_scatter(input: Tensor, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """Return a copy with `src` in place of a diagonal of each matrix that two axes make."""
    input = tensor_of("diagonal_scatter", input)
    ndim = len(input._shape)
    first, second = plane(ndim, dim1, dim2)
    turned = facing(input, first, second)
    rows, columns = turned._shape[-2:]
    above, below = max(offset, 0), max(-offset, 0)
    length = max(min(rows - below, columns - above), 0)
    source = _fitting(src, (*turned._shape[:-2], length), input)
    places = [index_of(range(start, start + length), input._options) for start in (below, above)]
    result = _diagonal_scatter(turned, source, *places, axes=(ndim - 2, ndim - 1))
    if turned is input:
        return result
    rest = [axis for axis in range(ndim) if axis not in (first, second)]
    order = [*rest, first, second]
    return data_type.copy(manipulation.permute_dims(result, axes=tuple(order.index(axis) for axis in range(ndim))))


__all__ = [
    "diagonal_scatter",
    "scatter",
    "scatter_add",
    "scatter_reduce",
    "select_scatter",
    "slice_scatter",
]
