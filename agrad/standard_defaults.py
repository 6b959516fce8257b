"""What a backend gets for nothing: its namespace, completed with what agrad needs beyond the standard, written on the standard alone.

An adapter overrides a function here for speed, never because it has to.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from agrad.backend import Backend, Namespace


def make_namespace(backend: Backend) -> Namespace:
    """Return a backend's functions as one object: the module's own, and our defaults where it has none."""
    module = backend.namespace()
    xp = Namespace(f"agrad.{backend.name}")
    xp.backend = backend
    _copy_names(module, xp)
    for extension in ("linalg", "fft"):
        part = Namespace(f"agrad.{backend.name}.{extension}")
        _copy_names(getattr(module, extension, None), part)
        setattr(xp, extension, part)
    xp.special = Namespace(f"agrad.{backend.name}.special")
    xp.checks_bounds = True
    indexing = Indexing(xp)
    for name in ("index_get", "index_set", "index_add", "scatter_add", "as_strided", "write"):
        setattr(xp, name, getattr(indexing, name))
    for name, default in (("isin", _isin), ("broadcast_shapes", _broadcast_shapes)):
        if name not in vars(xp):
            setattr(xp, name, _bound(default, xp))
    linalg = xp.linalg
    linalg.solve_triangular = lambda a, b, *, upper: linalg.solve(xp.triu(a) if upper else xp.tril(a), b)
    from agrad.standard_special import install

    install(xp)
    return xp


def _copy_names(source: Any, target: Namespace) -> None:
    for name in dir(source):
        if not name.startswith("_"):
            setattr(target, name, getattr(source, name))


def _bound(function: Callable[..., Any], xp: Namespace) -> Callable[..., Any]:
    def bound(*args: Any, **params: Any) -> Any:
        return function(xp, *args, **params)

    return bound


def _isin(xp: Any, x1: Any, x2: Any, /, *, invert: bool = False) -> Any:
    """Whether elements of x1 are among those of x2: by a search in the sorted x2."""
    dtype = x2.dtype if hasattr(x2, "dtype") else x1.dtype
    values = xp.sort(xp.reshape(xp.asarray(x2, dtype=dtype), (-1,)))
    x1 = xp.asarray(x1, dtype=dtype)
    if not math.prod(values.shape):
        found = xp.zeros(x1.shape, dtype=xp.bool, device=x1.device)
    else:
        place = xp.searchsorted(values, xp.reshape(x1, (-1,)))
        place = xp.where(place >= values.shape[0], xp.asarray(values.shape[0] - 1, dtype=place.dtype), place)
        found = xp.reshape(xp.take(values, place, axis=0), x1.shape) == x1
    return xp.logical_not(found) if invert else found


def _broadcast_shapes(xp: Any, *shapes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape that shapes broadcast to."""
    ndim = max(map(len, shapes), default=0)
    result = [1] * ndim
    for shape in shapes:
        for axis, length in enumerate(shape, start=ndim - len(shape)):
            if length != 1:
                if result[axis] not in (1, length):
                    raise ValueError(f"shapes {', '.join(map(str, shapes))} do not broadcast")
                result[axis] = length
    return tuple(result)


def _is_array(part: Any) -> bool:
    return hasattr(part, "dtype") and hasattr(part, "shape")


def _closed(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a key of ints, slices and None with the ellipsis that the standard asks for."""
    return key if any(part is Ellipsis for part in key) else (*key, Ellipsis)


class Indexing:
    """Reading and writing with any key, on a namespace that only promises the standard's: ints, slices, None, one mask, or all integer
    arrays.

    Everything else goes through flat positions: an integer array that says, for each element of ``x[key]``, where it lies in x.
    """

    def __init__(self, xp: Namespace) -> None:
        self.xp = xp

    def positions(self, x: Any, key: tuple[Any, ...]) -> Any:
        """Return the flat positions of ``x[key]``, by indexing an array of positions axis by axis."""
        xp = self.xp
        shape = tuple(x.shape)
        key = self._without_masks(key)
        used = sum(1 for part in key if part is not None and part is not Ellipsis)
        if Ellipsis in [part for part in key if not _is_array(part)]:
            at = next(i for i, part in enumerate(key) if part is Ellipsis)
            key = (*key[:at], *(slice(None),) * (len(shape) - used), *key[at + 1 :])
        else:
            key = (*key, *(slice(None),) * (len(shape) - used))
        # Each part gives positions along its axis; arrays broadcast together, at the first array's place when they are adjacent.
        axis = 0
        step = [math.prod(shape[i + 1 :]) for i in range(len(shape))]
        parts: list[tuple[str, Any]] = []
        for part in key:
            if part is None:
                parts.append(("new", None))
                continue
            length = shape[axis]
            if isinstance(part, slice):
                chosen = range(*part.indices(length))
                along = xp.arange(len(chosen), dtype=xp.int64, device=self._device(x)) * (chosen.step * step[axis])
                parts.append(("slice", along + chosen.start * step[axis]))
            elif _is_array(part):
                index = xp.astype(part, xp.int64)
                parts.append(("array", xp.where(index < 0, index + length, index) * step[axis]))
            else:
                index = int(part)
                parts.append(("int", (index + length if index < 0 else index) * step[axis]))
            axis += 1
        return self._combine(x, parts)

    def _combine(self, x: Any, parts: list[tuple[str, Any]]) -> Any:
        xp = self.xp
        advanced = [i for i, (kind, _) in enumerate(parts) if kind == "array"]
        if advanced:
            # Integers beside arrays count as arrays (NumPy).
            advanced = [i for i, (kind, _) in enumerate(parts) if kind in ("array", "int")]
        adjacent = advanced == list(range(advanced[0], advanced[-1] + 1)) if advanced else True
        arrays = [value for kind, value in parts if kind == "array"]
        wide = _broadcast_shapes(xp, *(tuple(value.shape) for value in arrays)) if arrays else ()
        layout: list[tuple[int, ...]] = []
        rest: list[tuple[int, Any]] = []
        block: int | None = None
        for i, (kind, value) in enumerate(parts):
            if i in advanced:
                if block is None:
                    block = len(layout)
                    layout.append(wide)
            elif kind == "slice":
                rest.append((len(layout), value))
                layout.append((value.shape[0],))
            elif kind == "new":
                layout.append((1,))
        if block is not None and not adjacent:
            layout.insert(0, layout.pop(block))
            rest = [(place + 1 if place < block else place, value) for place, value in rest]
            block = 0
        ndim = sum(map(len, layout))
        before = [sum(len(one) for one in layout[:place]) for place in range(len(layout))]
        total = xp.zeros((1,) * ndim, dtype=xp.int64, device=self._device(x))
        for kind, value in parts:
            if kind == "int":
                total = total + value
        for value in arrays:
            assert block is not None
            lead = len(wide) - len(value.shape)
            shape = (1,) * (before[block] + lead) + tuple(value.shape) + (1,) * (ndim - before[block] - len(wide))
            total = total + xp.reshape(value, shape)
        for place, value in rest:
            shape = (1,) * before[place] + (value.shape[0],) + (1,) * (ndim - before[place] - 1)
            total = total + xp.reshape(value, shape)
        return xp.broadcast_to(total, tuple(length for one in layout for length in one))

    def _without_masks(self, key: tuple[Any, ...]) -> tuple[Any, ...]:
        plain: list[Any] = []
        for part in key:
            if _is_array(part) and part.dtype == self.xp.bool:
                plain.extend(self.xp.nonzero(part))
            else:
                plain.append(part)
        return tuple(plain)

    @staticmethod
    def _device(x: Any) -> Any:
        return getattr(x, "device", None)

    def index_get(self, x: Any, key: Any) -> Any:
        """Return ``x[key]``."""
        key = key if isinstance(key, tuple) else (key,)
        if not any(_is_array(part) for part in key):
            return x[_closed(key)]
        xp = self.xp
        if len(key) == 1 and key[0].dtype == xp.bool:
            return x[key[0]]
        where = self.positions(x, key)
        flat = xp.take(xp.reshape(x, (-1,)), xp.reshape(where, (-1,)), axis=0)
        return xp.reshape(flat, tuple(where.shape))

    def index_set(self, x: Any, key: Any, value: Any) -> Any:
        """Return a copy of x with ``x[key] = value``."""
        xp = self.xp
        key = key if isinstance(key, tuple) else (key,)
        out = xp.asarray(x, copy=True)
        if not any(_is_array(part) for part in key) and None not in key:
            out[_closed(key)] = value
            return out
        where = self.positions(x, key)
        value = xp.broadcast_to(xp.asarray(value, dtype=x.dtype), tuple(where.shape))
        flat = xp.reshape(out, (-1,))
        # One write decides for a position: the last, as NumPy has it.
        order, last = self._segments(xp.reshape(where, (-1,)))
        chosen = order[last]
        flat = self._put(flat, xp.take(xp.reshape(where, (-1,)), chosen, axis=0), xp.take(xp.reshape(value, (-1,)), chosen, axis=0))
        return xp.reshape(flat, tuple(x.shape))

    def _put(self, flat: Any, where: Any, value: Any) -> Any:
        """Write values at positions that do not repeat: gather, for every element, its own value or the one written to it."""
        xp = self.xp
        size = flat.shape[0]
        if not size or not where.shape[0]:
            return flat
        order = xp.argsort(where)
        places = xp.take(where, order, axis=0)
        found = xp.searchsorted(places, xp.arange(size, dtype=places.dtype, device=self._device(flat)))
        found = xp.where(found >= places.shape[0], xp.asarray(places.shape[0] - 1, dtype=found.dtype, device=self._device(flat)), found)
        hit = xp.take(places, found, axis=0) == xp.arange(size, dtype=places.dtype, device=self._device(flat))
        return xp.where(hit, xp.take(xp.take(value, order, axis=0), found, axis=0), flat)

    def _segments(self, where: Any) -> tuple[Any, Any]:
        """Return a stable order of positions and, in it, which elements are the last at their position."""
        xp = self.xp
        order = xp.argsort(where, stable=True)
        places = xp.take(where, order, axis=0)
        size = places.shape[0]
        last = xp.ones((size,), dtype=xp.bool, device=self._device(where))
        if size > 1:
            ends = places[1:] != places[:-1]
            last = xp.concat([ends, last[:1]])
        return order, last

    def index_add(self, x: Any, key: Any, value: Any) -> Any:
        """Return a copy of x with `value` added at ``x[key]``; positions that repeat accumulate.

        The values of one position are brought together by a stable sort and summed by doubling steps, exactly as many additions deep as
        the logarithm of their number.
        """
        xp = self.xp
        key = key if isinstance(key, tuple) else (key,)
        if not any(_is_array(part) for part in key) and None not in key:
            out = xp.asarray(x, copy=True)
            out[_closed(key)] = out[_closed(key)] + value
            return out
        where = self.positions(x, key)
        value = xp.broadcast_to(xp.asarray(value, dtype=x.dtype), tuple(where.shape))
        return self._accumulate(x, xp.reshape(where, (-1,)), xp.reshape(value, (-1,)))

    def _accumulate(self, x: Any, where: Any, value: Any) -> Any:
        xp = self.xp
        if not where.shape[0]:
            return xp.asarray(x, copy=True)
        order, last = self._segments(where)
        places = xp.take(where, order, axis=0)
        total = xp.take(value, order, axis=0)
        size = places.shape[0]
        step = 1
        while step < size:
            same = places[step:] == places[:-step]
            moved = xp.where(same, total[:-step], xp.zeros_like(total[:-step]))
            total = xp.concat([total[:step], total[step:] + moved])
            step *= 2
        flat = xp.reshape(x, (-1,))
        zeros = xp.zeros_like(flat)
        return xp.reshape(flat + self._put(zeros, places[last], total[last]), tuple(x.shape))

    def scatter_add(self, x: Any, indices: Any, value: Any, /, *, axis: int) -> Any:
        """Return a copy of x with ``value`` added along an axis at `indices` (PyTorch's scatter_add)."""
        xp = self.xp
        shape = tuple(indices.shape)
        if not shape:
            return x + value
        value = value[tuple(slice(length) for length in shape)]
        step = [math.prod(x.shape[i + 1 :]) for i in range(len(shape))]
        index = xp.astype(indices, xp.int64)
        where = xp.where(index < 0, index + x.shape[axis], index) * step[axis]
        for other, length in enumerate(shape):
            if other != axis % len(shape):
                along = xp.arange(length, dtype=xp.int64, device=self._device(x)) * step[other]
                where = where + xp.reshape(along, tuple(length if i == other else 1 for i in range(len(shape))))
        return self._accumulate(x, xp.reshape(where, (-1,)), xp.reshape(value, (-1,)))

    def as_strided(self, x: Any, shape: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Any:
        """Return a copy of a strided geometry of x's (row-major) elements, in elements."""
        xp = self.xp
        total = xp.full((1,) * len(shape), offset, dtype=xp.int64, device=self._device(x))
        for axis, (length, stride) in enumerate(zip(shape, strides, strict=True)):
            along = xp.arange(length, dtype=xp.int64, device=self._device(x)) * stride
            total = total + xp.reshape(along, tuple(length if i == axis else 1 for i in range(len(shape))))
        where = xp.reshape(xp.broadcast_to(total, shape), (-1,))
        return xp.reshape(xp.take(xp.reshape(x, (-1,)), where, axis=0), shape)

    def write(self, x: Any, key: Any, value: Any) -> Any:
        """Write functionally: return a new array."""
        return self.index_set(x, key, value)
