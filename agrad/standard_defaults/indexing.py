"""Reading and writing with any key, scatter-add and strided views, written on the standard alone.

The confusing case: the standard lets nobody write to integer indices, and has no scatter-add. A write is done backwards
here: sort the target positions, find by bisection, for each *target*, the last source that names it, and gather. An add
is the same after a segmented sum over each run of equal positions, by doubling steps, so that it is as precise as a
pairwise sum. No shape depends on values.
"""

from __future__ import annotations

from typing import Any

Key = Any


def size_of(shape: Any) -> int:
    """Return the number of elements of a shape."""
    size = 1
    for length in shape:
        size *= length
    return size


def _items(key: Key) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def _is_array(item: Any) -> bool:
    return hasattr(item, "shape") and hasattr(item, "dtype")


def _index_dtype(xp: Any, x: Any) -> Any:
    return xp.arange(0, device=x.device).dtype


def _range(xp: Any, x: Any, length: int) -> Any:
    return xp.arange(length, dtype=_index_dtype(xp, x), device=x.device)


def _inner_slice(item: slice, length: int) -> slice:
    """Return a slice whose bounds lie inside an axis, as the standard demands."""
    start, stop, step = item.indices(length)
    if len(range(start, stop, step)) == 0:
        return slice(0, 0, 1)
    return slice(start, stop if stop >= 0 else None, step)


def _expand(key: Key, shape: tuple[int, ...]) -> list[Any]:
    """Return the key with one item per axis (and None for each new one): no ellipsis, slices inside the axes."""
    items = _items(key)
    used = sum(
        0 if item is None or item is Ellipsis else item.ndim if _is_array(item) and _is_mask(item) else 1
        for item in items
    )
    if used > len(shape):
        raise IndexError(f"too many indices for array: {len(shape)} dimensions, but {used} were indexed")
    full: list[Any] = []
    seen = False
    for item in items:
        if item is Ellipsis:
            full.extend([slice(None)] * (len(shape) - used))
            seen = True
        else:
            full.append(item)
    if not seen:
        full.extend([slice(None)] * (len(shape) - used))
    axis = 0
    for position, item in enumerate(full):
        if item is None:
            continue
        if isinstance(item, slice):
            full[position] = _inner_slice(item, shape[axis])
        axis += _axes_used(item)
    return full


def _axes_used(item: Any) -> int:
    ndim: int = item.ndim if _is_array(item) and _is_mask(item) else 1
    return ndim


def _is_mask(item: Any) -> bool:
    return str(item.dtype).rpartition(".")[2] == "bool"


def _split(xp: Any, x: Any, key: Key) -> tuple[tuple[Any, ...], list[int], list[Any]]:
    """Split a key into a basic one, applied first, and index arrays at axes of its result; ints become arrays too."""
    basic: list[Any] = []
    axes: list[int] = []
    arrays: list[Any] = []
    axis = 0
    for item in _expand(key, tuple(x.shape)):
        if _is_array(item):
            found = xp.nonzero(item) if _is_mask(item) else (item,)
        elif isinstance(item, int):
            found = (xp.asarray(item, dtype=_index_dtype(xp, x), device=x.device),)
        else:
            basic.append(item)
            axis += 1
            continue
        for index in found:
            basic.append(slice(None))
            axes.append(axis)
            arrays.append(index)
            axis += 1
    return tuple(basic), axes, arrays


def _flat_positions(xp: Any, x: Any, axes: list[int], arrays: list[Any]) -> Any:
    """Return the positions, in x with `axes` in front and flattened, that index arrays name."""
    dtype = _index_dtype(xp, x)
    arrays = [index if index.dtype == dtype else xp.astype(index, dtype) for index in arrays]
    if len(arrays) > 1:
        arrays = list(xp.broadcast_arrays(*arrays))
    total: Any = None
    for axis, index in zip(axes, arrays, strict=True):
        length = x.shape[axis]
        index = xp.where(index < 0, index + length, index)
        total = index if total is None else total * length + index
    return total


def _fronted(xp: Any, x: Any, axes: list[int]) -> tuple[Any, list[int]]:
    """Return x with `axes` in front and flattened to one, and the other axes."""
    rest = [axis for axis in range(x.ndim) if axis not in axes]
    moved = xp.permute_dims(x, (*axes, *rest))
    lengths = tuple(x.shape[axis] for axis in rest)
    return xp.reshape(moved, (size_of(x.shape[axis] for axis in axes), *lengths)), rest


def _place(axes: list[int]) -> int:
    """Where the arrays' own axes stand in a result: in the place of neighbours, else in front."""
    return axes[0] if axes == list(range(axes[0], axes[0] + len(axes))) else 0


def index_get(xp: Any, x: Any, key: Key, /) -> Any:
    """Return ``x[key]`` for a key of ints, slices, None, Ellipsis, masks and integer arrays, by NumPy's rules."""
    items = _items(key)
    if not any(map(_is_array, items)):
        return x[tuple(_expand(key, tuple(x.shape)))]
    if len(items) == 1 and _is_mask(items[0]):
        return x[items[0]]
    basic, axes, arrays = _split(xp, x, key)
    x = x[basic]
    positions = _flat_positions(xp, x, axes, arrays)
    flat, _ = _fronted(xp, x, axes)
    taken = xp.take(flat, xp.reshape(positions, (-1,)), axis=0)
    count = positions.ndim
    taken = xp.reshape(taken, (*positions.shape, *flat.shape[1:]))
    place = _place(axes)
    if place and count:
        order = list(range(count, count + place)) + list(range(count)) + list(range(count + place, taken.ndim))
        taken = xp.permute_dims(taken, tuple(order))
    return taken


def _basic_set(xp: Any, x: Any, key: Key, value: Any) -> Any:
    """Write to a key of ints, slices and None into a copy."""
    items = _expand(key, tuple(x.shape))
    if any(item is None for item in items):
        place = tuple(x[tuple(items)].shape)
        value = xp.broadcast_to(value, place)
        kept = []
        axis = 0
        for item in items:
            if item is None:
                axis += 1
            elif isinstance(item, slice):
                kept.append(place[axis])
                axis += 1
        value = xp.reshape(value, tuple(kept))
        items = [item for item in items if item is not None]
    out = xp.asarray(x, copy=True)
    out[tuple(items)] = value
    return out


class _Plan:
    """For each of `count` targets: whether a source names it, and where in sorted order the last that does stands."""

    def __init__(self, xp: Any, positions: Any, count: int) -> None:
        self.order = xp.argsort(positions, stable=True)
        self.sorted = xp.take(positions, self.order, axis=0)
        targets = xp.arange(count, dtype=positions.dtype, device=positions.device)
        last = xp.astype(xp.searchsorted(self.sorted, targets, side="right"), positions.dtype) - 1
        self.last = xp.where(last < 0, 0, last)
        self.hit = (last >= 0) & (xp.take(self.sorted, self.last, axis=0) == targets)


def _combined(xp: Any, mode: str, x: Any, y: Any) -> Any:
    """Return two values taken together: "add", "multiply", "max" or "min"."""
    if mode == "add":
        return x + y
    if mode == "multiply":
        return x * y
    return xp.maximum(x, y) if mode == "max" else xp.minimum(x, y)


def _segment_reduced(xp: Any, values: Any, positions: Any, mode: str) -> Any:
    """Return, at the last element of each run of equal sorted positions, what the run gives (elsewhere, a part of it)."""
    count = positions.shape[0]
    step = 1
    while step < count:
        same = positions[step:] == positions[:-step]
        same = xp.reshape(same, (*same.shape, *(1,) * (values.ndim - 1)))
        later = values[step:, ...]
        taken = xp.where(same, _combined(xp, mode, later, values[:-step, ...]), later)
        values = xp.concat([values[:step, ...], taken], axis=0)
        step *= 2
    return values


def _scatter(xp: Any, x: Any, key: Key, value: Any, mode: str | None = None) -> Any:
    """Write `value`, or take it together with what is there, at a key that has index arrays."""
    basic, axes, arrays = _split(xp, x, key)
    inner = x[basic]
    positions = _flat_positions(xp, inner, axes, arrays)
    flat, rest = _fronted(xp, inner, axes)
    lengths = tuple(inner.shape[axis] for axis in rest)
    place = _place(axes)
    count = positions.ndim
    shown = (*lengths[:place], *positions.shape, *lengths[place:])
    while value.ndim > len(shown) and value.shape[0] == 1:
        value = xp.reshape(value, tuple(value.shape[1:]))
    value = xp.broadcast_to(value, shown)
    order = [*range(place, place + count), *range(place), *range(place + count, len(shown))]
    value = xp.reshape(xp.permute_dims(value, tuple(order)), (size_of(positions.shape), *lengths))
    positions = xp.reshape(positions, (-1,))
    if positions.shape[0] and flat.shape[0]:
        plan = _Plan(xp, positions, flat.shape[0])
        value = xp.take(value, plan.order, axis=0)
        if mode is not None:
            value = _segment_reduced(xp, value, plan.sorted, mode)
        value = xp.take(value, plan.last, axis=0)
        hit = xp.reshape(plan.hit, (-1, *(1,) * len(lengths)))
        flat = xp.where(hit, value if mode is None else _combined(xp, mode, flat, value), flat)
    moved = xp.reshape(flat, (*(inner.shape[axis] for axis in axes), *lengths))
    back = [0] * inner.ndim
    for position, axis in enumerate([*axes, *rest]):
        back[axis] = position
    written = xp.permute_dims(moved, tuple(back))
    return _basic_set(xp, x, basic, written)


def index_set(xp: Any, x: Any, key: Key, value: Any, /) -> Any:
    """Return a copy of x with `value` broadcast into ``x[key]``; of indices that repeat the last one stays."""
    value = _as_value(xp, x, value)
    items = _items(key)
    if not any(map(_is_array, items)):
        return _basic_set(xp, x, key, value)
    if len(items) == 1 and _is_mask(items[0]) and value.ndim <= 1 and items[0].ndim == x.ndim:
        out = xp.asarray(x, copy=True)
        out[items[0]] = value
        return out
    return _scatter(xp, x, key, value)


def index_add(xp: Any, x: Any, key: Key, value: Any, /) -> Any:
    """Return a copy of x with `value` added to ``x[key]``, once for each time that an index occurs."""
    value = _as_value(xp, x, value)
    items = _items(key)
    if all(not _is_array(item) or _is_mask(item) for item in items):
        return index_set(xp, x, key, index_get(xp, x, key) + value)
    return _scatter(xp, x, key, value, "add")


def index_reduce(xp: Any, x: Any, key: Key, value: Any, mode: str, /) -> Any:
    """Return a copy of x with `value` taken together with ``x[key]`` each time that an index occurs.

    Parameters
    ----------
    key : tuple of integer arrays
    mode : {"multiply", "max", "min"}
    """
    return _scatter(xp, x, key, _as_value(xp, x, value), mode)


def _as_value(xp: Any, x: Any, value: Any) -> Any:
    if not _is_array(value):
        return xp.asarray(value, dtype=x.dtype, device=x.device)
    return value if value.dtype == x.dtype else xp.astype(value, x.dtype)


def _along(xp: Any, x: Any, indices: Any, axis: int) -> tuple[Any, ...]:
    """Return the key of index arrays that along-axis functions mean."""
    axis %= x.ndim
    key = []
    for other in range(x.ndim):
        if other == axis:
            key.append(indices)
        else:
            shape = tuple(indices.shape[other] if one == other else 1 for one in range(x.ndim))
            key.append(xp.reshape(_range(xp, x, indices.shape[other]), shape))
    return tuple(key)


def scatter_add(xp: Any, x: Any, indices: Any, value: Any, /, *, axis: int) -> Any:
    """Return a copy of x with each of `value` added where `indices` points along an axis (PyTorch's scatter_add)."""
    if x.ndim == 0:
        return x + value
    value = value[tuple(slice(0, length) for length in indices.shape)]
    return index_add(xp, x, _along(xp, x, indices, axis), value)


def take_along_axis(xp: Any, x: Any, indices: Any, /, *, axis: int = -1) -> Any:
    """Return the elements of x that `indices` name along an axis; the other axes broadcast."""
    axis %= x.ndim
    shape = xp.broadcast_shapes(
        *(tuple(1 if one == axis else length for one, length in enumerate(array.shape)) for array in (x, indices))
    )
    indices = xp.broadcast_to(indices, tuple(indices.shape[axis] if one == axis else n for one, n in enumerate(shape)))
    x = xp.broadcast_to(x, tuple(x.shape[axis] if one == axis else n for one, n in enumerate(shape)))
    return index_get(xp, x, _along(xp, x, indices, axis))


def as_strided(xp: Any, x: Any, shape: tuple[int, ...], strides: tuple[int, ...], offset: int = 0, /) -> Any:
    """Return what a geometry, in elements, shows of x's row-major elements: a gather, not a view."""
    flat = xp.reshape(x, (-1,))
    if size_of(shape) == 0:
        return xp.reshape(flat[0:0], shape)
    positions = xp.asarray(offset, dtype=_index_dtype(xp, x), device=x.device)
    for axis, (length, stride) in enumerate(zip(shape, strides, strict=True)):
        steps = xp.reshape(
            _range(xp, x, length) * stride, tuple(length if one == axis else 1 for one in range(len(shape)))
        )
        positions = positions + steps
    return xp.reshape(xp.take(flat, xp.reshape(positions, (-1,)), axis=0), shape)


def bitcast(xp: Any, x: Any, dtype: Any, /) -> Any:
    """Return a row of elements read as another dtype, through the bytes of its numbers: exact, on the host, and slow."""
    backend = xp.backend
    wanted = backend.dtype_of(xp.zeros((0,), dtype=dtype))
    made = backend.from_buffer(backend.to_bytes(x), wanted, backend.device_of(x))
    return made


def write(xp: Any, x: Any, key: Key, value: Any, /) -> Any:
    """Return x with ``x[key] = value``; a backend with mutable arrays does it in place."""
    return index_set(xp, x, key, value)
