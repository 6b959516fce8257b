"""Parts of a tensor along an axis, its diagonals, windows and strided views: all of them views, on every backend.

The confusing case: what split, chunk and unbind give are views too, but several of one operation, and PyTorch lets nobody
write to such a view in place.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agrad.engine.core import TensorCore
from agrad.engine.primitive import renamed
from agrad.errors import IndexOutOfRange, ShapeError
from agrad.primitives import data_type, indexing, linalg, manipulation, windows
from agrad.torch_api import naming
from agrad.torch_api.shape_arguments import ArgumentTypeError, axis_of, choose, ints_of, tensor_of
from agrad.torch_api.shape_strided import strided_view

if TYPE_CHECKING:
    from agrad.tensor import Tensor

_narrow_copy = renamed(data_type.copy, "NarrowCopy")


def split(
    tensor: Tensor, split_size_or_sections: int | Sequence[int], dim: int = 0, *, axis: int | None = None
) -> tuple[Tensor, ...]:
    """Return consecutive parts along an axis: of one length each (the last may be shorter), or of these lengths.

    Raises
    ------
    RuntimeError
        Where the lengths do not make up the axis.
    """
    tensor = tensor_of("split", tensor, "tensor")
    lengths = split_size_or_sections
    if not isinstance(lengths, int):
        lengths = _lengths("split_with_sizes", lengths)
    return windows.split(tensor, lengths=lengths, axis=dim if axis is None else axis)


def split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Return consecutive parts of these lengths along an axis."""
    return windows.split(
        tensor_of("split_with_sizes", input), lengths=_lengths("split_with_sizes", split_sizes), axis=dim
    )


def _lengths(name: str, lengths: Any) -> tuple[int, ...]:
    if not isinstance(lengths, (tuple, list)):
        raise ArgumentTypeError(
            f"{name}(): argument 'split_sizes' (position 2) must be tuple of ints, not {type(lengths).__name__}"
        )
    return ints_of(name, (lengths,))


def chunk(input: Tensor, chunks: int, dim: int = 0, *, axis: int | None = None) -> tuple[Tensor, ...]:
    """Return the tensor cut into at most `chunks` parts along an axis, all of one length but perhaps the last."""
    input = tensor_of("chunk", input)
    if not input._shape:
        raise ShapeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise ShapeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    one = axis_of(dim if axis is None else axis, len(input._shape), input)
    length = input._shape[one]
    if not length:
        return windows.split(input, lengths=(0,) * chunks, axis=one)
    return windows.split(input, lengths=-(-length // chunks), axis=one)


def tensor_split(
    input: Tensor,
    indices_or_sections: Any = None,
    dim: int = 0,
    *,
    indices: Any = None,
    sections: Any = None,
    axis: int | None = None,
) -> tuple[Tensor, ...]:
    """Return the tensor cut into so many parts of lengths that differ by one at most, or cut before these positions.

    Parameters
    ----------
    indices_or_sections : int, sequence of int, or Tensor of either
    """
    input = tensor_of("tensor_split", input)
    if not input._shape:
        raise ShapeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    one = axis_of(dim if axis is None else axis, len(input._shape), input)
    where = next((each for each in (indices_or_sections, indices, sections) if each is not None), None)
    if where is None:
        raise ArgumentTypeError("tensor_split() needs the number of parts or the positions to cut at")
    if isinstance(where, TensorCore):
        if where._options.dtype.name != "int64" or len(where._shape) > 1:
            raise ShapeError(
                "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor of "
                f"dtype int64; received {where._options.dtype.name} of shape {tuple(where._shape)}"
            )
        where = where._options.backend.tolist(where._data)
    return _cut(input, _cuts(where, input._shape[one]), one)


def _cuts(where: Any, length: int) -> list[tuple[int, int]]:
    """Return where each part starts and stops."""
    if hasattr(where, "__index__"):
        count = int(where.__index__())
        if count <= 0:
            raise ShapeError(f"number of sections must be larger than 0, got {count}")
        short, longer = divmod(length, count)
        starts = [number * short + min(number, longer) for number in range(count + 1)]
        return list(itertools.pairwise(starts))
    positions = [0, *ints_of("tensor_split", (where,)), length]
    return list(itertools.pairwise(positions))


def _cut(input: Any, cuts: list[tuple[int, int]], axis: int) -> tuple[Any, ...]:
    front = (slice(None),) * axis
    return tuple(indexing.slice_get(input, key=(*front, slice(start, stop, 1))) for start, stop in cuts)


def hsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Return the tensor cut along its columns: the second axis, or the only one of a vector."""
    return _split_along("hsplit", input, indices_or_sections, 1)


def vsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Return the tensor cut along its first axis, of at least two."""
    return _split_along("vsplit", input, indices_or_sections, 2)


def dsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Return the tensor cut along its third axis."""
    return _split_along("dsplit", input, indices_or_sections, 3)


def _split_along(name: str, input: Any, where: Any, least: int) -> tuple[Any, ...]:
    input = tensor_of(name, input)
    ndim = len(input._shape)
    if ndim < least:
        raise ShapeError(
            f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with {ndim} dimensions!"
        )
    axis = {"hsplit": min(ndim - 1, 1), "vsplit": 0, "dsplit": 2}[name]
    if hasattr(where, "__index__") and not isinstance(where, (tuple, list)):
        count, length = int(where.__index__()), input._shape[axis]
        if count <= 0 or length % count:
            raise ShapeError(
                f"torch.{name} attempted to split along dimension {axis}, but the size of the dimension {length} is not "
                f"divisible by the split_size {count}!"
            )
    return tensor_split(input, where, axis)


def unbind(input: Tensor, dim: int = 0, *, axis: int | None = None) -> tuple[Tensor, ...]:
    """Return the slices along an axis, without it."""
    input = tensor_of("unbind", input)
    if not input._shape:
        raise IndexOutOfRange(f"Dimension specified as {dim} but tensor has no dimensions")
    return manipulation.unstack(input, axis=dim if axis is None else axis)


def narrow(input: Tensor, dim: int, start: int | Tensor, length: int) -> Tensor:
    """Return `length` elements along an axis from `start` on; a view.

    Raises
    ------
    IndexError, RuntimeError
        Where they reach beyond the axis.
    """
    input = tensor_of("narrow", input)
    if not input._shape:
        raise ShapeError("narrow() cannot be applied to a 0-dim tensor.")
    if length < 0:
        raise ShapeError(f"narrow(): length must be non-negative. Received {length}")
    one = axis_of(dim, len(input._shape), input)
    size = input._shape[one]
    first = int(start)
    if not -size <= first <= size:
        raise IndexOutOfRange(f"start out of range (expected to be in range of [{-size}, {size}], but got {first})")
    first = first + size if first < 0 else first
    if first + length > size:
        raise ShapeError(f"start ({first}) + length ({length}) exceeds dimension size ({size}).")
    return indexing.slice_get(input, key=(*(slice(None),) * one, slice(first, first + length, 1)))


def narrow_copy(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """Return a copy of what :func:`narrow` shows."""
    return _narrow_copy(narrow(input, dim, start, length))


def select(input: Tensor, dim: int, index: int) -> Tensor:
    """Return the slice at one position along an axis, without the axis; a view.

    Raises
    ------
    IndexError
        "select(): index 5 out of range for tensor of size [2, 3] at dimension 0".
    """
    input = tensor_of("select", input)
    sizes = input._shape
    if not sizes:
        raise IndexOutOfRange("select() cannot be applied to a 0-dim tensor.")
    one = axis_of(dim, len(sizes), input)
    position = index if type(index) is int else index.__index__()
    if not -sizes[one] <= position < sizes[one]:
        raise IndexOutOfRange(
            f"select(): index {position} out of range for tensor of size {list(sizes)} at dimension {one}"
        )
    return indexing.slice_get(input, key=(*(slice(None),) * one, position))


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """Return a diagonal of each matrix that two axes make, as a last axis; a view.

    Parameters
    ----------
    offset : int
        Which diagonal: 0 the main one, above it if positive, below if negative.
    """
    input = tensor_of("diagonal", input)
    first, second = plane(len(input._shape), naming.number(input, dim1), naming.number(input, dim2))
    return linalg.diagonal(facing(input, first, second), offset=offset)


def plane(ndim: int, dim1: int, dim2: int) -> tuple[int, int]:
    """Return two axes counted from the front.

    Raises
    ------
    RuntimeError
        "diagonal dimensions cannot be identical 0, 0".
    """
    first, second = axis_of(dim1, ndim), axis_of(dim2, ndim)
    if first == second:
        raise ShapeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return first, second


def facing(input: Any, first: int, second: int) -> Any:
    """Return a view with two axes last, in this order."""
    ndim = len(input._shape)
    if (first, second) == (ndim - 2, ndim - 1):
        return input
    rest = (axis for axis in range(ndim) if axis not in (first, second))
    return manipulation.permute_dims(input, axes=(*rest, first, second))


def unfold(
    input: Tensor, dimension: int | None, size: int, step: int, *, dim: int | None = None, axis: int | None = None
) -> Tensor:
    """Return all windows of `size` elements along an axis, `step` apart, their elements along a new last axis; a view."""
    one = choose("unfold", dimension if dim is None else dim, axis, "dimension")
    return windows.unfold(tensor_of("unfold", input), axis=one, size=size, step=step)


def as_strided(input: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Tensor:
    """Return a view of the tensor's memory with this geometry, in elements, wherever the tensor lies in it.

    Parameters
    ----------
    storage_offset : int, optional
        Where the first element lies in the memory; the tensor's own by default.

    Raises
    ------
    RuntimeError
        For negative strides, and for elements beyond the memory.
    """
    return strided_view(
        tensor_of("as_strided", input),
        ints_of("as_strided", (size,)),
        ints_of("as_strided", (stride,)),
        storage_offset,
    )


__all__ = [
    "as_strided",
    "chunk",
    "diagonal",
    "dsplit",
    "facing",
    "hsplit",
    "narrow",
    "narrow_copy",
    "plane",
    "select",
    "split",
    "split_with_sizes",
    "tensor_split",
    "unbind",
    "unfold",
    "vsplit",
]
