"""Padding with what is inside: the mirror image, the edge, or the other end.

The confusing case: a mirror image leaves the edge itself out, so it is shorter than what it shows, and the other end is no longer
than the whole.
"""

from __future__ import annotations

from typing import Any

from agrad.array_api._making import default_int
from agrad.errors import ShapeError, UnsupportedOperation
from agrad.primitives import indexing
from agrad.torch_api import creation


def extended(input: Any, axis: int, before: int, after: int, mode: str) -> Any:
    """Return `input` with so many elements more before and after along an axis; a negative number cuts off.

    Parameters
    ----------
    axis : int, not negative
    mode : {'reflect', 'replicate', 'circular'}

    Raises
    ------
    NotImplementedError
        For another mode.
    RuntimeError
        For more elements than the mode has.
    """
    if mode not in ("reflect", "replicate", "circular"):
        raise UnsupportedOperation(
            f"Unrecognised padding mode {mode}. Use 'constant', 'reflect', 'replicate' or 'circular'."
        )
    length = input._shape[axis]
    if mode == "reflect" and max(before, after) >= length:
        raise ShapeError(
            "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding "
            f"({before}, {after}) at dimension {axis} of input {list(input._shape)}"
        )
    if mode == "circular" and max(before, after) > length:
        raise ShapeError("Padding value causes wrapping around more than once.")
    places = [_source(place, length, mode) for place in range(-before, length + after)]
    index = creation.tensor(places, dtype=default_int(input._options), device=input.device)
    return indexing.take(input, index, axis=axis)


def _source(place: int, length: int, mode: str) -> int:
    if mode == "replicate":
        return min(max(place, 0), length - 1)
    if mode == "circular":
        return place % length
    if place < 0:
        return -place
    return place if place < length else 2 * (length - 1) - place


__all__ = ["extended"]
