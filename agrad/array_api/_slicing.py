"""Indexing with the slices that PyTorch refuses and the standard asks for: those with a negative step.

A negative slice is the same elements taken forwards, turned round. Reading ``x[::-1]`` therefore copies (PyTorch has
no negative strides), while writing through it reaches x.
"""

from __future__ import annotations

from typing import Any

from agrad import dtypes
from agrad.array_api._making import make, options_beside
from agrad.engine.core import TensorCore
from agrad.primitives import indexing, manipulation
from agrad.primitives._indexing import as_items, is_array_like, is_bool_array

Item = Any


def has_negative_step(items: tuple[Item, ...]) -> bool:
    """Whether a key has a slice with a negative step."""
    return any(type(item) is slice and type(item.step) is int and item.step < 0 for item in items)


def _forwards(
    shape: tuple[int, ...], items: tuple[Item, ...]
) -> tuple[tuple[slice, ...], tuple[int, ...], tuple[Item, ...]]:
    """Split a key into the negative slices taken forwards, the axes then to be turned round.

    And the rest of the key.
    """
    ndim = len(shape)
    used = sum(_axes_of(item) for item in items)
    first = [slice(None)] * ndim
    flipped = []
    rest: list[Item] = []
    axis = 0
    for item in items:
        if type(item) is slice and item.step is not None and item.step < 0 and axis < ndim:
            positions = range(shape[axis])[item]
            first[axis] = slice(positions[-1], positions[0] + 1, -item.step) if len(positions) else slice(0, 0)
            flipped.append(axis)
            rest.append(slice(None))
        else:
            rest.append(item)
        axis += max(ndim - used, 0) if item is Ellipsis else _axes_of(item)
    return tuple(first), tuple(flipped), tuple(rest)


def _axes_of(item: Item) -> int:
    """How many axes an item of a key stands for."""
    if item is None or item is Ellipsis or isinstance(item, bool):
        return 0
    return len(item.shape) if is_array_like(item) and is_bool_array(item) else 1


def _fitting_mask(x: Any, key: Any) -> Any:
    """Return a mask of x's own lengths for one with axes of length 0, which the standard allows: it chooses nothing."""
    if not isinstance(key, TensorCore) or 0 not in key._shape or key._options.dtype is not dtypes.bool:
        return key
    shape = x._shape[: len(key._shape)]
    if len(key._shape) <= len(x._shape) and all(
        length in (0, own) for length, own in zip(key._shape, shape, strict=True)
    ):
        return manipulation.broadcast_to(_nothing(x), shape=shape)
    return key


def _nothing(x: Any) -> Any:
    """Return a 0-d False beside x."""
    options = options_beside(x, dtypes.bool, None)
    return make(options, lambda xp: xp.zeros((), dtype=options.raw_dtype, device=options.raw_device))


def get_item(x: Any, key: Any) -> Any:
    """Return ``x[key]``."""
    key = _fitting_mask(x, key)
    items = as_items(key)
    if has_negative_step(items):
        first, axes, key = _forwards(tuple(x.shape), items)
        x = manipulation.flip(indexing.slice_get(x, key=first), axis=axes)
    return indexing.index_get(x, key)


def set_item(x: Any, key: Any, value: Any) -> Any:
    """Return x with `value` written to ``x[key]``."""
    key = _fitting_mask(x, key)
    items = as_items(key)
    if not has_negative_step(items):
        return indexing.index_set(x, key, value)
    first, axes, rest = _forwards(tuple(x.shape), items)
    part = manipulation.flip(indexing.slice_get(x, key=first), axis=axes)
    part = indexing.index_set(part, rest, value)
    return indexing.slice_set(x, manipulation.flip(part, axis=axes), key=first)


__all__ = ["get_item", "has_negative_step", "set_item"]
