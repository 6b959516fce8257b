"""Joining tensors: along an axis, along a new one, as blocks, grids and choices.

The confusing case is a vector. hstack joins vectors along their only axis and everything else along the second; vstack makes
rows of them, dstack depths, column_stack columns.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agrad.engine.core import TensorCore
from agrad.errors import AgradError, DTypeError, ShapeError
from agrad.primitives import indexing, manipulation, windows
from agrad.torch_api._out import deliver
from agrad.torch_api.creation_filled import zeros
from agrad.torch_api.indexing_keys import index_of
from agrad.torch_api.shape import atleast_1d, atleast_2d, atleast_3d, reshaped
from agrad.torch_api.shape_arguments import several, tensor_of, tensors_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class EmptyListError(AgradError, ValueError, RuntimeError):
    """Nothing to join."""


def cat(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None, axis: int | None = None) -> Tensor:
    """Return the tensors, of their common dtype, joined along an axis.

    Parameters
    ----------
    tensors : list or tuple of Tensor
        Of one shape but for `dim`; empty vectors are left out.

    Raises
    ------
    RuntimeError
        "Sizes of tensors must match except in dimension 0. Expected size 3 but got size 2 for tensor number 1 in the list."
    """
    if type(tensors) is not list and type(tensors) is not tuple:
        tensors = tensors_of("cat", tensors)
    for position, tensor in enumerate(tensors):
        if not isinstance(tensor, TensorCore):
            tensors = tensors_of("cat", tensors)
            tensor = tensors[position]
        if not tensor._shape:
            raise ShapeError(f"zero-dimensional tensor (at position {position}) cannot be concatenated")
    if not tensors:
        raise EmptyListError("torch.cat(): expected a non-empty list of Tensors")
    dim = dim if axis is None else axis
    if all(tensor._shape == (0,) for tensor in tensors):
        dim = 0
    result = manipulation.concat(*tensors, axis=dim)
    return result if out is None else deliver("cat", result, out)


def concat(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None, axis: int | None = None) -> Tensor:
    """Return the tensors joined along an axis. Another name of :func:`cat`."""
    return cat(tensors, dim, out=out, axis=axis)


def concatenate(
    tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None, axis: int | None = None
) -> Tensor:
    """Return the tensors joined along an axis. Another name of :func:`cat`."""
    return cat(tensors, dim, out=out, axis=axis)


def stack(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None, axis: int | None = None) -> Tensor:
    """Return the tensors, all of one shape and brought to their common dtype, joined along a new axis.

    Raises
    ------
    RuntimeError
        "stack expects each tensor to be equal size, but got [2, 3] at entry 0 and [2] at entry 1".
    """
    given = tensors_of("stack", tensors)
    if not given:
        raise ShapeError("stack expects a non-empty TensorList")
    result = manipulation.stack(*given, axis=dim if axis is None else axis)
    return result if out is None else deliver("stack", result, out)


def _some(name: str, tensors: Any) -> tuple[Any, ...]:
    given = tensors_of(name, tensors)
    if not given:
        raise ShapeError(f"{name} expects a non-empty TensorList")
    return given


def hstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Return the tensors joined along the second axis, or vectors along their only one."""
    given = [atleast_1d(tensor) for tensor in _some("hstack", tensors)]
    return deliver("hstack", cat(given, 0 if len(given[0]._shape) == 1 else 1), out)


def vstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Return the tensors joined along the first axis, vectors being rows."""
    return deliver("vstack", cat([atleast_2d(tensor) for tensor in _some("vstack", tensors)], 0), out)


def row_stack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Return the tensors joined along the first axis. Another name of :func:`vstack`."""
    return vstack(tensors, out=out)


def dstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Return the tensors joined along the third axis."""
    return deliver("dstack", cat([atleast_3d(tensor) for tensor in _some("dstack", tensors)], 2), out)


def column_stack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Return the tensors joined along the second axis, numbers and vectors being columns."""
    columns = [
        reshaped(tensor, (_length(tensor), 1)) if len(tensor._shape) < 2 else tensor
        for tensor in _some("column_stack", tensors)
    ]
    return deliver("column_stack", cat(columns, 1), out)


def _length(tensor: Any) -> int:
    return tensor._shape[0] if tensor._shape else 1


def block_diag(*tensors: Tensor) -> Tensor:
    """Return the matrix with the given ones along its diagonal and zeros elsewhere; numbers and vectors are rows.

    Raises
    ------
    RuntimeError
        For a tensor of more than two dimensions.
    """
    given = several("block_diag", tensors)
    for index, tensor in enumerate(given):
        if len(tensor._shape) > 2:
            raise ShapeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {index} has {len(tensor._shape)} dimensions"
            )
    if not given:
        return zeros(1, 0)
    return windows.block_diag(*(atleast_2d(tensor) for tensor in given))


# ---------------------------------------------------------------- grids and choices


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Tensor, ...]:
    """Return vectors spread over a grid, one tensor each: views, no copies.

    Parameters
    ----------
    indexing : {"ij", "xy"}
        Whether the first vector varies along the first axis, as in a matrix, or along the second, as in a picture.
        PyTorch wants it to be said; left out, it is "ij" and a warning.
    """
    given = several("meshgrid", tensors)
    if indexing is None:
        warnings.warn(
            "torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.",
            UserWarning,
            stacklevel=2,
        )
        indexing = "ij"
    if not given:
        raise ShapeError("meshgrid expects a non-empty TensorList")
    if indexing not in ("ij", "xy"):
        raise ShapeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    for tensor in given:
        if len(tensor._shape) > 1:
            raise ShapeError(
                f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: shape {tuple(tensor._shape)}"
            )
        if tensor._options.dtype is not given[0]._options.dtype:
            raise DTypeError("meshgrid expects all tensors to have the same dtype")
    swapped = indexing == "xy" and len(given) > 1
    order = (given[1], given[0], *given[2:]) if swapped else given
    lengths = tuple(_length(tensor) for tensor in order)
    grids = []
    for axis, tensor in enumerate(order):
        column = tuple(lengths[axis] if one == axis else 1 for one in range(len(lengths)))
        grids.append(manipulation.broadcast_to(reshaped(tensor, column), shape=lengths))
    return (grids[1], grids[0], *grids[2:]) if swapped else tuple(grids)


def cartesian_prod(*tensors: Any) -> Tensor:
    """Return all choices of one element from each vector, one choice a row; of one vector, itself."""
    given = several("cartesian_prod", tensors)
    for tensor in given:
        _need_vector(tensor)
    if len(given) == 1:
        return given[0]
    return stack(
        [reshaped(grid, (-1,) if 0 not in grid._shape else (0,)) for grid in meshgrid(*given, indexing="ij")], 1
    )


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """Return all choices of `r` elements of a vector, in order, one choice a row.

    Parameters
    ----------
    with_replacement : bool
        Whether one element may be chosen several times.
    """
    input = tensor_of("combinations", input)
    _need_vector(input)
    if r < 0:
        raise ShapeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return zeros(0, dtype=input._options.dtype, device=input._options.device)
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = list(choose(range(input._shape[0]), r))
    columns = [index_of([row[column] for row in rows], input._options) for column in range(r)]
    return stack([indexing.take(input, column, axis=0) for column in columns], 1)


def _need_vector(tensor: Any) -> None:
    if len(tensor._shape) != 1:
        raise ShapeError(f"Expect a 1D vector, but got shape {list(tensor._shape)}")


__all__ = [
    "block_diag",
    "cartesian_prod",
    "cat",
    "column_stack",
    "combinations",
    "concat",
    "concatenate",
    "dstack",
    "hstack",
    "meshgrid",
    "row_stack",
    "stack",
    "vstack",
]
