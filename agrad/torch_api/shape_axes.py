"""The order of axes, and of the elements along them.

The confusing case: transposing is a view, which no backend needs strides for, because the engine keeps its own; flipping and
rolling are copies, since no tensor has negative strides.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agrad.engine.bits import conj_view
from agrad.engine.core import TensorCore
from agrad.engine.primitive import renamed
from agrad.errors import GradError, IndexOutOfRange, ShapeError
from agrad.primitives import manipulation
from agrad.torch_api import naming
from agrad.torch_api.shape_arguments import ArgumentTypeError, axis_of, ints_of, tensor_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor

_transpose = renamed(manipulation.permute_dims, "Transpose")
_t = renamed(manipulation.permute_dims, "T")


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Return the tensor with two axes exchanged; a view."""
    if type(dim0) is not int or type(dim1) is not int or not isinstance(input, TensorCore):
        input = tensor_of("transpose", input)
        dim0, dim1 = naming.number(input, dim0), naming.number(input, dim1)
    return _transpose(input, axes=exchanged(len(input._shape), dim0, dim1))


def exchanged(ndim: int, dim0: int, dim1: int) -> tuple[int, ...]:
    """Return the order of axes in which two are exchanged."""
    axis_of(dim0, ndim), axis_of(dim1, ndim)  # which refuse what is out of range
    order = list(range(ndim))
    if ndim:
        order[dim0], order[dim1] = order[dim1], order[dim0]
    return tuple(order)


def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """Return the tensor with two axes exchanged; a view. Another name of :func:`transpose`."""
    return transpose(input, axis0, axis1)


def swapdims(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Return the tensor with two axes exchanged; a view. Another name of :func:`transpose`."""
    return transpose(input, dim0, dim1)


def t(input: Tensor) -> Tensor:
    """Return a matrix transposed; a vector or number as it is. A view.

    Raises
    ------
    RuntimeError
        For more than two axes.
    """
    input = tensor_of("t", input)
    return _t(input, axes=matrix_order("t", len(input._shape)))


def matrix_order(name: str, ndim: int) -> tuple[int, ...]:
    """Return the order of a transposed matrix's axes, with PyTorch's refusal of more than two."""
    if ndim > 2:
        raise ShapeError(
            f"{name}() expects a tensor with <= 2 dimensions, but self is {ndim}D. For stacks of matrices: x.mT"
        )
    return tuple(range(ndim - 1, -1, -1))


def reversed_axes(input: Any) -> Tensor:
    """Return ``x.T``: all axes in reverse order, with PyTorch's warning where there are not two."""
    ndim = len(input._shape)
    if ndim != 2:
        warnings.warn(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will throw an "
            "error in a future release. Consider `x.mT` to transpose batches of matrices or "
            "`x.permute(*range(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor.",
            UserWarning,
            stacklevel=3,
        )
    return manipulation.permute_dims(input, axes=tuple(range(ndim - 1, -1, -1)))


def matrix_transposed(input: Any, name: str = "mT") -> Tensor:
    """Return ``x.mT``: the last two axes exchanged."""
    ndim = len(input._shape)
    if ndim == 0:
        warnings.warn(
            f"Tensor.{name} is deprecated on 0-D tensors. This function is the identity in these cases.",
            UserWarning,
            stacklevel=3,
        )
        return input
    if ndim == 1:
        raise GradError(f"tensor.{name} is only supported on matrices or batches of matrices. Got 1-D tensor.")
    return _transpose(input, axes=(*range(ndim - 2), ndim - 1, ndim - 2))


def adjoint(input: Tensor) -> Tensor:
    """Return the conjugate transpose of each matrix, the last two axes."""
    input = tensor_of("adjoint", input)
    return _conjugated(matrix_transposed(input, "mH"))


def conjugate_transposed(input: Any) -> Tensor:
    """Return ``x.H``: the conjugate transpose of a matrix."""
    ndim = len(input._shape)
    if ndim == 0:
        warnings.warn("Tensor.H is deprecated on 0-D tensors. Consider using x.conj().", UserWarning, stacklevel=3)
    elif ndim != 2:
        raise GradError(
            f"tensor.H is only supported on matrices (2-D tensors). Got {ndim}-D tensor."
            + (" For batches of matrices, consider using tensor.mH" if ndim > 2 else "")
        )
    return _conjugated(_transpose(input, axes=tuple(range(ndim - 1, -1, -1))))


def _conjugated(x: Any) -> Any:
    return conj_view(x) if x._options.is_complex else x


def permute(input: Tensor, dims: Sequence[int]) -> Tensor:
    """Return the tensor with its axes in another order; a view."""
    if not isinstance(dims, (tuple, list)):
        raise ArgumentTypeError(
            f"permute(): argument 'dims' (position 2) must be tuple of ints, not {type(dims).__name__}"
        )
    input = tensor_of("permute", input)
    order = naming.number(input, ints_of("permute", (dims,), None, "dims"))
    return manipulation.permute_dims(input, axes=order)


def movedim(input: Tensor, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """Return the tensor with the axes `source` at the positions `destination`, the others in order; a view."""
    input = tensor_of("movedim", input)
    given = (source,) if isinstance(source, int) else tuple(source)
    wanted = (destination,) if isinstance(destination, int) else tuple(destination)
    for name, axes in (("source", given), ("destination", wanted)):
        if len({axis_of(axis, len(input._shape), input) for axis in axes}) != len(axes):
            raise ShapeError(f"movedim: repeated dim in `{name}` ({list(axes)})")
    return manipulation.moveaxis(input, given, wanted) if input._shape else manipulation.permute_dims(input, axes=())


def moveaxis(input: Tensor, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """Return the tensor with axes moved; a view. Another name of :func:`movedim`."""
    return movedim(input, source, destination)


# ---------------------------------------------------------------- the order of elements


def flip(input: Tensor, dims: Sequence[int]) -> Tensor:
    """Return a copy with the order of elements reversed along axes."""
    if not isinstance(dims, (tuple, list)):
        raise ArgumentTypeError(
            f"flip(): argument 'dims' (position 2) must be tuple of ints, not {type(dims).__name__}"
        )
    input = tensor_of("flip", input)
    axes = tuple(axis_of(dim, len(input._shape), input) for dim in ints_of("flip", (dims,), None, "dims"))
    return manipulation.flip(input, axis=axes if input._shape else ())


def fliplr(input: Tensor) -> Tensor:
    """Return a copy with the second axis reversed.

    Raises
    ------
    RuntimeError
        "Input must be >= 2-d."
    """
    return _flipped("fliplr", input, 1)


def flipud(input: Tensor) -> Tensor:
    """Return a copy with the first axis reversed.

    Raises
    ------
    RuntimeError
        "Input must be >= 1-d."
    """
    return _flipped("flipud", input, 0)


def _flipped(name: str, input: Any, axis: int) -> Any:
    input = tensor_of(name, input)
    if len(input._shape) <= axis:
        raise ShapeError(f"Input must be >= {axis + 1}-d. {name}() received shape {tuple(input._shape)}")
    return manipulation.flip(input, axis=axis)


def roll(input: Tensor, shifts: int | Sequence[int], dims: int | Sequence[int] | None = None) -> Tensor:
    """Return a copy with elements moved on along axes, those pushed out coming in at the front.

    Parameters
    ----------
    dims : int or sequence of int, optional
        One for each shift. Left out, the tensor is rolled as if it were flat.
    """
    input = tensor_of("roll", input)
    moves = (shifts,) if isinstance(shifts, int) else ints_of("roll", (shifts,))
    axes = () if dims is None else (dims,) if isinstance(dims, (int, str)) else ints_of("roll", (dims,), None, "dims")
    axes = naming.number(input, axes)
    if not moves:
        raise ShapeError("`shifts` required")
    if not axes and len(moves) == 1:
        return manipulation.roll(input, shift=moves[0], axis=None)
    if len(moves) != len(axes):
        raise ShapeError(f"shifts and dimensions must align. shifts: {len(moves)}, dims:{len(axes)}")
    if not input._shape:
        raise IndexOutOfRange(f"Dimension specified as {axes[0]} but tensor has no dimensions")
    return manipulation.roll(input, shift=moves, axis=axes)


def rot90(input: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """Return a copy turned by `k` quarter turns in the plane of two axes, from the first towards the second.

    Raises
    ------
    RuntimeError
        For other than two different axes, and for fewer than two dimensions.
    """
    input = tensor_of("rot90", input)
    plane = ints_of("rot90", (dims,))
    ndim = len(input._shape)
    if len(plane) != 2:
        raise ShapeError(f"expected total rotation dims == 2, but got dims = {len(plane)}")
    if ndim < 2:
        raise ShapeError(f"expected total dims >= 2, but got total dims = {ndim}")
    first, second = (axis_of(dim, ndim) for dim in plane)
    if first == second:
        raise ShapeError(f"expected rotation dims to be different, but got dim0 = {plane[0]} and dim1 = {plane[1]}")
    turns = k % 4
    if turns == 0:
        return manipulation.flip(input, axis=())
    if turns == 2:
        return manipulation.flip(input, axis=(first, second))
    turned = manipulation.flip(input, axis=second if turns == 1 else first)
    return _transpose(turned, axes=exchanged(ndim, first, second))


__all__ = [
    "adjoint",
    "conjugate_transposed",
    "exchanged",
    "flip",
    "fliplr",
    "flipud",
    "matrix_order",
    "matrix_transposed",
    "moveaxis",
    "movedim",
    "permute",
    "reversed_axes",
    "roll",
    "rot90",
    "swapaxes",
    "swapdims",
    "t",
    "transpose",
]
