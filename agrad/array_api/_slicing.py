"""Indexing with the slices that PyTorch refuses and the standard asks for: those with a negative step.

A negative slice is the same elements taken forwards, turned round. Reading ``x[::-1]`` therefore copies (PyTorch has no negative strides),
while writing through it reaches x.
"""

from __future__ import annotations

from typing import Any

from agrad.primitives import indexing, manipulation
from agrad.primitives._indexing import as_items, is_array_like, is_bool_array

Item = Any


def has_negative_step(items: tuple[Item, ...]) -> bool:
    """Whether a key has a slice with a negative step."""
    for item in items:
        if type(item) is slice and type(item.step) is int and item.step < 0:
            return True
    return False


def _forwards(shape: tuple[int, ...], items: tuple[Item, ...]) -> tuple[tuple[slice, ...], tuple[int, ...], tuple[Item, ...]]:
    """Split a key into the negative slices taken forwards, the axes then to be turned round, and the rest of the key."""
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


def get_item(x: Any, key: Any) -> Any:
    """Return ``x[key]``."""
    items = as_items(key)
    if has_negative_step(items):
        first, axes, key = _forwards(tuple(x.shape), items)
        x = manipulation.flip(indexing.slice_get(x, key=first), axis=axes)
    return indexing.index_get(x, key)


def set_item(x: Any, key: Any, value: Any) -> Any:
    """Return x with `value` written to ``x[key]``."""
    items = as_items(key)
    if not has_negative_step(items):
        return indexing.index_set(x, key, value)
    first, axes, rest = _forwards(tuple(x.shape), items)
    part = manipulation.flip(indexing.slice_get(x, key=first), axis=axes)
    part = indexing.index_set(part, rest, value)
    return indexing.slice_set(x, manipulation.flip(part, axis=axes), key=first)


__all__ = ["get_item", "has_negative_step", "set_item"]
