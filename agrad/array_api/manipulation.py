"""Moving elements about, by the standard's names and signatures. All of it is linear: a cotangent goes back the way
its value came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agrad.array_api._arguments import as_tensor, as_tensors, axis_argument, shape_argument
from agrad.primitives import manipulation

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def broadcast_arrays(*arrays: Tensor) -> tuple[Tensor, ...]:
    """Return the arrays broadcast to their common shape."""
    return manipulation.broadcast_arrays(*as_tensors(arrays))


def broadcast_shapes(*shapes: Sequence[int]) -> tuple[int, ...]:
    """Return the shape that arrays of these shapes broadcast to.

    Raises
    ------
    ValueError
        When they do not broadcast.
    """
    return manipulation.broadcast_shapes(*shapes)


def broadcast_to(x: Tensor, /, shape: Sequence[int]) -> Tensor:
    """Return x repeated to `shape`, without copying where the backend can; its cotangent is summed back."""
    return manipulation.broadcast_to(x, shape=shape_argument(shape))


def concat(arrays: Sequence[Tensor], /, *, axis: int | None = 0) -> Tensor:
    """Return the arrays, of their common dtype, joined along `axis`; flattened first if it is None."""
    return manipulation.concat(*arrays, axis=axis)


def expand_dims(x: Tensor, /, axis: int | Sequence[int] = 0) -> Tensor:
    """Return x with axes of length 1 at the positions `axis` of the result.

    Raises
    ------
    IndexError
        For a position that the result does not have.
    ValueError
        For a position that is named twice.
    """
    axes = axis_argument(axis)
    if isinstance(axes, tuple):
        ndim = as_tensor(x).ndim + len(axes)
        if len({one % ndim for one in axes}) != len(axes):
            raise ValueError(
                f"expand_dims needs positions that differ; received axis={axes} for a result of {ndim} dimensions"
            )
    return manipulation.expand_dims(x, axis=axes)


def flip(x: Tensor, /, *, axis: int | Sequence[int] | None = None) -> Tensor:
    """Return x with its elements in reverse order along `axis` (all axes by default)."""
    return manipulation.flip(x, axis=axis_argument(axis))


def moveaxis(x: Tensor, source: int | Sequence[int], destination: int | Sequence[int], /) -> Tensor:
    """Return x with the axes `source` at the positions `destination` and the others in order."""
    return manipulation.moveaxis(as_tensor(x), axis_argument(source), axis_argument(destination))


def permute_dims(x: Tensor, /, axes: Sequence[int]) -> Tensor:
    """Return x with its axes in the order `axes`, which may count from the end."""
    return manipulation.permute_dims(x, axes=tuple(axes))


def repeat(x: Tensor, repeats: int | Tensor, /, *, axis: int | None = None) -> Tensor:
    """Return x with each element (or slice along `axis`) repeated; flattened first if `axis` is None.

    Parameters
    ----------
    repeats : int or integer Tensor
        One number for all, or one for each. With a Tensor the result's shape depends on values.
    """
    return manipulation.repeat(as_tensor(x), repeats, axis=axis)


def reshape(x: Tensor, /, shape: Sequence[int], *, copy: bool | None = None) -> Tensor:
    """Return x's elements in row-major order with another shape; one length may be -1.

    Parameters
    ----------
    copy : bool, optional
        True: never share storage with x. False: always. None: share it where that is possible.

    Raises
    ------
    ValueError
        With ``copy=False``, where the new shape needs a copy.
    """
    return manipulation.reshape(x, shape=shape_argument(shape), copy=copy)


def roll(x: Tensor, /, shift: int | Sequence[int], *, axis: int | Sequence[int] | None = None) -> Tensor:
    """Return x with elements moved on by `shift` along `axis`, those pushed out coming in at the front."""
    return manipulation.roll(x, shift=axis_argument(shift), axis=axis_argument(axis))


def squeeze(x: Tensor, /, axis: int | Sequence[int]) -> Tensor:
    """Return x without the axes `axis`.

    Raises
    ------
    ValueError
        For an axis whose length is not 1.
    """
    return manipulation.squeeze(x, axis=axis_argument(axis))


def stack(arrays: Sequence[Tensor], /, *, axis: int = 0) -> Tensor:
    """Return the arrays, all of one shape and brought to their common dtype, joined along a new axis."""
    return manipulation.stack(*arrays, axis=axis)


def tile(x: Tensor, repetitions: Sequence[int], /) -> Tensor:
    """Return copies of x side by side, `repetitions` of them along each axis; cotangents of the copies are summed."""
    return manipulation.tile(x, repetitions=tuple(repetitions))


def unstack(x: Tensor, /, *, axis: int = 0) -> tuple[Tensor, ...]:
    """Return the slices of x along `axis`, as a tuple."""
    return manipulation.unstack(x, axis=axis)


__all__ = [
    "broadcast_arrays",
    "broadcast_shapes",
    "broadcast_to",
    "concat",
    "expand_dims",
    "flip",
    "moveaxis",
    "permute_dims",
    "repeat",
    "reshape",
    "roll",
    "squeeze",
    "stack",
    "tile",
    "unstack",
]
