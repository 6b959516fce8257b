"""Diagonals and triangles of matrices, their positions, and Vandermonde matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad import dtypes
from agrad.dtypes import DType
from agrad.engine.core import wrap
from agrad.engine.primitive import renamed
from agrad.errors import AgradError, ShapeError
from agrad.primitives import creation as _creation
from agrad.primitives import data_type, linalg, manipulation, statistical
from agrad.torch_api._out import deliver
from agrad.torch_api.creation import options_for
from agrad.torch_api.creation_filled import ones_like
from agrad.torch_api.shape import reshaped
from agrad.torch_api.shape_arguments import axis_of, tensor_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor

_diagonal_copy = renamed(data_type.copy, "DiagonalBackward0_copy")


class IndexDTypeError(AgradError, NotImplementedError):
    """A dtype that positions are not made in."""


def diag(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Return the square matrix with a vector on a diagonal, or a copy of a matrix's diagonal.

    Raises
    ------
    RuntimeError
        "diag(): Supports 1D or 2D tensors. Got 3D".
    """
    input = tensor_of("diag", input)
    ndim = len(input._shape)
    if ndim not in (1, 2):
        raise ShapeError(f"diag(): Supports 1D or 2D tensors. Got {ndim}D")
    if ndim == 1:
        return deliver("diag", linalg.diag_embed(input, offset=diagonal), out)
    return deliver("diag", _diagonal_copy(linalg.diagonal(input, offset=diagonal)), out)


def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Return square matrices, in two axes of the result, with the last axis of `input` on a diagonal."""
    input = tensor_of("diag_embed", input)
    ndim = len(input._shape) + 1
    first, second = axis_of(dim1, ndim), axis_of(dim2, ndim)
    if first == second:
        raise ShapeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    if first > second:
        first, second, offset = second, first, -offset
    embedded = linalg.diag_embed(input, offset=offset)
    if (first, second) == (ndim - 2, ndim - 1):
        return embedded
    order = list(range(ndim - 2))
    order.insert(first, ndim - 2)
    order.insert(second, ndim - 1)
    return data_type.copy(manipulation.permute_dims(embedded, axes=tuple(order)))


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """Return the square matrix with all elements, in row-major order, on a diagonal."""
    input = tensor_of("diagflat", input)
    return linalg.diag_embed(reshaped(input, (-1,) if 0 not in input._shape else (0,)), offset=offset)


def triu(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Return a copy of each matrix that is zero below a diagonal: the main one, or so many above it."""
    return deliver("triu", _creation.triu(_matrices("triu", input), k=diagonal), out)


def tril(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Return a copy of each matrix that is zero above a diagonal: the main one, or so many above it."""
    return deliver("tril", _creation.tril(_matrices("tril", input), k=diagonal), out)


def _matrices(name: str, input: Any) -> Any:
    input = tensor_of(name, input)
    if len(input._shape) < 2:
        raise ShapeError(f"{name}: input tensor must have at least 2 dimensions; received shape {tuple(input._shape)}")
    return input


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: DType | None = None, device: Any = None) -> Tensor:
    """Return the positions of the elements on and above a diagonal of a matrix: a row of rows and one of columns."""
    places = [(i, j) for i in range(_sized("row", row)) for j in range(max(i + offset, 0), _sized("col", col))]
    return _positions("triu_indices", places, dtype, device)


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: DType | None = None, device: Any = None) -> Tensor:
    """Return the positions of the elements on and below a diagonal of a matrix: a row of rows and one of columns."""
    places = [(i, j) for i in range(_sized("row", row)) for j in range(min(i + offset + 1, _sized("col", col)))]
    return _positions("tril_indices", places, dtype, device)


def _sized(name: str, count: int) -> int:
    if count < 0:
        raise ShapeError(f"{name} must be non-negative, got{count}")
    return count


def _positions(name: str, places: list[tuple[int, int]], dtype: DType | None, device: Any) -> Any:
    dtype = dtypes.int64 if dtype is None else dtype
    if dtype.kind not in ("int", "uint"):
        raise IndexDTypeError(f"\"{name}\" not implemented for '{dtype.scalar_name}'; give an integer dtype")
    options = options_for(dtype, device)
    rows = [[row for row, _ in places], [column for _, column in places]]
    return wrap(options.backend.asarray(rows, options.dtype, options.device), options)


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """Return the powers of a vector's elements, one element a row: from N - 1 down to 0, or rising.

    Parameters
    ----------
    N : int, optional
        How many powers; as many as there are elements by default.
    """
    x = tensor_of("vander", x)
    if len(x._shape) != 1:
        raise ShapeError(f"x must be a one-dimensional tensor. Received shape {tuple(x._shape)}")
    count = x._shape[0] if N is None else N
    if count < 0:
        raise ShapeError("N must be non-negative.")
    if x._options.dtype is dtypes.bool:
        x = data_type.astype(x, dtype=dtypes.int64)
    rows = x._shape[0]
    if count == 0:
        return manipulation.broadcast_to(manipulation.expand_dims(x, axis=1)[:, 0:0], shape=(rows, 0))
    ones = ones_like(manipulation.expand_dims(x, axis=1))
    if count > 1:
        factors = manipulation.broadcast_to(manipulation.expand_dims(x, axis=1), shape=(rows, count - 1))
        ones = manipulation.concat(ones, statistical.cumulative_prod(factors, axis=1), axis=1)
    return ones if increasing else manipulation.flip(ones, axis=1)


__all__ = [
    "diag",
    "diag_embed",
    "diagflat",
    "tril",
    "tril_indices",
    "triu",
    "triu_indices",
    "vander",
]
