"""Which array owns the memory that an array shows, and views of any geometry.

The confusing case: ``cupy.lib.stride_tricks.as_strided`` makes arrays without a ``base``, so nothing in them tells that
they share memory. A write through one would go unnoticed by backward. So their base is remembered here, for as long as
they live; they keep it alive as a base does.
"""

from __future__ import annotations

import weakref
from functools import partial
from typing import Any

import cupy

_bases: dict[int, tuple[Any, Any]] = {}


def base_of(raw: Any) -> Any:
    """Return the array that `raw` is a view of; None for one that owns its memory."""
    base = raw.base
    if base is None:
        kept = _bases.get(id(raw))
        return None if kept is None else kept[1]
    return base


def root(raw: Any) -> Any:
    """Return the array that owns the memory `raw` shows."""
    base = base_of(raw)
    while base is not None:
        raw = base
        base = base_of(raw)
    return raw


def _forget(key: int, _: Any) -> None:
    _bases.pop(key, None)


def as_strided(x: Any, shape: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Any:
    """Return a view of x's (row-major) elements with any geometry, in elements."""
    # Not reshape alone: of a broadcast array it is a view of steps 0, whose memory ends before the geometry does.
    flat = (x if x.flags.c_contiguous else x.copy()).reshape(-1)
    view = cupy.lib.stride_tricks.as_strided(flat[offset:], shape, [step * x.itemsize for step in strides])
    key = id(view)
    _bases[key] = (weakref.ref(view, partial(_forget, key)), root(flat))
    return view


def adopt(array: Any) -> tuple[Any, tuple[int, ...], tuple[int, ...], int]:
    """Return the memory of a user's array as one flat array that is its own root, with the array's geometry in it.

    Raises
    ------
    ValueError
        For negative strides, which no tensor has.
    """
    item = array.itemsize
    if any(step < 0 for step in array.strides):
        raise ValueError(
            "At least one stride in the given cupy array is negative, and tensors with negative strides are not "
            "supported. Copy it first: array.copy()."
        )
    if any(step % item for step in array.strides):
        raise ValueError(
            "given cupy array strides not a multiple of the element byte size. Copy the array to reallocate the memory."
        )
    strides = tuple(step // item for step in array.strides)
    steps = zip(array.shape, strides, strict=True)
    span = 1 + sum((length - 1) * step for length, step in steps) if array.size else 0
    return cupy.lib.stride_tricks.as_strided(array, (span,), (item,)), array.shape, strides, 0
