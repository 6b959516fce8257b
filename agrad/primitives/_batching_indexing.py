"""Batching rules of reading and writing by index arrays, masks and slices.

The confusing case: where index arrays are not neighbours their shape stands in front of the result, before the batch axis. So an
operation whose examples differ in more than what is indexed gets the example's number as one more index array, and the batch
axis then leads the arrays' shape.
"""

from __future__ import annotations

from typing import Any

from agrad.engine.op import Op
from agrad.engine.vmap_level import padded, rules, whole
from agrad.errors import AgradError, ShapeError
from agrad.primitives import _geometry
from agrad.primitives._axes import positions
from agrad.primitives._helpers import normalize_axis
from agrad.primitives._indexing import parse_basic, place_of, result_shape

Values = list[Any]
Flags = list[bool]
Ndims = list[int]
Params = dict[str, Any]


def depends_on_values(
    _xp: Any, op: Op, _values: Values, _batched: Flags, _ndims: Ndims, _size: int, _params: Params
) -> Any:
    """Refuse what has a shape that may differ per example."""
    raise AgradError(
        f"vmap: It looks like you're attempting to use {op.name}, an operator that has dynamic shape: the shape of its result depends "
        "on values and may differ per example, so it cannot be one array. Use where() with a mask, or run this part "
        "outside vmap."
    )


# ---------------------------------------------------------------- slices


def slice_get(_xp: Any, op: Op, values: Values, _batched: Flags, _ndims: Ndims, _size: int, params: Params) -> Any:
    """The key is checked against one example, and leaves the batch axis whole."""
    key = parse_basic(values[0]._shape[1:], params["key"])
    return op.call(values[0], key=(slice(None), *key))


def slice_set(xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, size: int, params: Params) -> Any:
    """The value gets the example's axes that it broadcasts over."""
    x, value = (whole(xp, one, has, size) for one, has in zip(values, batched, strict=True))
    shape = x._shape[1:]
    key = parse_basic(shape, params["key"])
    place = _geometry.index_geometry(shape, (0,) * len(shape), 0, key)[0]
    return op.call(x, padded(xp, value, True, ndims[1], len(place)), key=(slice(None), *key))


# ---------------------------------------------------------------- index arrays


def _axis_to(xp: Any, x: Any, count: int, place: int) -> Any:
    """Return a result whose arrays' shape, of `count` axes, follows the batch axis, with that shape at `place`."""
    return (
        x
        if not count or not place
        else xp.moveaxis(x, tuple(range(1, count + 1)), tuple(range(place + 1, place + count + 1)))
    )


def _indices(xp: Any, values: Values, batched: Flags, ndims: Ndims, count: int) -> list[Any]:
    """Return index arrays of `count` axes beside the batch's."""
    return [padded(xp, *one, count) for one in zip(values, batched, ndims, strict=True)]


def _numbers(xp: Any, x: Any, size: int, count: int) -> Any:
    """Return the example's number as an index array of `count` axes beside the batch's."""
    return xp.reshape(positions(xp, x, size), (size, *(1,) * count))


def array_get(xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, size: int, params: Params) -> Any:
    """Index arrays that are the same for all examples index the axes behind the batch's; others bring its number."""
    axes = params["axes"]
    x = values[0]
    count = max(ndims[1:])
    place = place_of(axes)
    if not any(batched[1:]):
        moved = tuple(axis + 1 for axis in axes)
        out = op.call(x, *values[1:], axes=moved)
        # Arrays that are not neighbours put their shape in front of the batch axis.
        return out if place_of(moved) else xp.moveaxis(out, count, 0)
    indices = _indices(xp, values[1:], batched[1:], ndims[1:], count)
    if not batched[0]:
        out = op.call(x, *indices, axes=axes)
        return xp.moveaxis(out, place, 0) if place else out
    moved = (0, *(axis + 1 for axis in axes))
    return _axis_to(xp, op.call(x, _numbers(xp, x, size, count), *indices, axes=moved), count, place)


def take(xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, size: int, params: Params) -> Any:
    """Slices at positions of each example's own."""
    x, indices = values
    axis = normalize_axis(params["axis"], ndims[0])
    if not batched[1]:
        return op.call(x, indices, axis=axis + 1)
    if not batched[0]:
        out = op.call(x, indices, axis=axis)
        return xp.moveaxis(out, axis, 0) if axis else out
    count = ndims[1]
    moved = xp.moveaxis(x, axis + 1, 1) if axis else x
    return _axis_to(xp, moved[_numbers(xp, x, size, count), indices], count, axis)


def _written(xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, size: int, params: Params) -> Any:
    """Writes at index arrays: the value is brought to the place's shape, the arrays' axes first, the batch before all."""
    x, value = (whole(xp, one, has, size) for one, has in zip(values[:2], batched[:2], strict=True))
    axes = params["axes"]
    count = max(ndims[2:])
    place = place_of(axes)
    own = [one._shape[1:] if has else one._shape for one, has in zip(values[2:], batched[2:], strict=True)]
    shape = result_shape(x._shape[1:], axes, own)
    value = _fitted(xp, value, shape)
    if place:
        value = xp.broadcast_to(value, (size, *shape))
        value = xp.moveaxis(value, tuple(range(place + 1, place + count + 1)), tuple(range(1, count + 1)))
    indices = _indices(xp, values[2:], batched[2:], ndims[2:], count)
    return op.call(x, value, _numbers(xp, x, size, count), *indices, axes=(0, *(axis + 1 for axis in axes)))


def _fitted(xp: Any, value: Any, shape: tuple[int, ...]) -> Any:
    """Return a batched value with as many axes per example as the place it is written to."""
    own = value._shape[1:]
    surplus = len(own) - len(shape)
    if surplus > 0 and all(length == 1 for length in own[:surplus]):
        value = xp.reshape(value, (value._shape[0], *own[surplus:]))
        own = own[surplus:]
    if len(own) > len(shape) or any(
        length not in (1, wanted) for length, wanted in zip(reversed(own), reversed(shape), strict=False)
    ):
        raise ShapeError(
            f"shape mismatch: value tensor of shape {list(own)} cannot be broadcast to indexing result of shape "
            f"{list(shape)}"
        )
    return padded(xp, value, True, len(own), len(shape))


# ---------------------------------------------------------------- masks


def mask_get(xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, size: int, params: Params) -> Any:
    """A mask that is the same for all examples takes the same elements of each."""
    if batched[1]:
        return depends_on_values(xp, op, values, batched, ndims, size, params)
    x, mask = values
    order = (*range(1, ndims[1] + 1), 0, *range(ndims[1] + 1, ndims[0] + 1))
    return xp.moveaxis(op.call(xp.permute_dims(x, order), mask), 1, 0)


def mask_set(xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, size: int, params: Params) -> Any:
    """Where each example has a mask of its own, only a value that does not depend on how many are true is written."""
    x, value = (whole(xp, one, has, size) for one, has in zip(values[:2], batched[:2], strict=True))
    mask = values[2]
    rest = ndims[0] - ndims[2]
    if not batched[2]:
        order = (*range(1, ndims[2] + 1), 0, *range(ndims[2] + 1, ndims[0] + 1))
        value = xp.moveaxis(padded(xp, value, True, ndims[1], rest + 1), 0, 1)
        out = op.call(xp.permute_dims(x, order), value, mask)
        return xp.permute_dims(out, (ndims[2], *range(ndims[2]), *range(ndims[2] + 1, ndims[0] + 1)))
    own = value._shape[1:]
    if len(own) > rest and own[-rest - 1] != 1:
        return depends_on_values(xp, op, values, batched, ndims, size, params)
    kept = own[max(len(own) - rest, 0) :]
    value = xp.reshape(value, (size, *(1,) * (ndims[0] - len(kept)), *kept))
    return xp.where(xp.reshape(mask, (*mask._shape, *(1,) * rest)), value, x)


for _name in ("nonzero", "unique_structure", "row_structure", "repeat_positions"):
    rules[_name] = depends_on_values
for _name in ("array_set", "array_add"):
    rules[_name] = _written
rules |= {
    "slice_get": slice_get,
    "slice_set": slice_set,
    "array_get": array_get,
    "take": take,
    "mask_get": mask_get,
    "mask_set": mask_set,
}
