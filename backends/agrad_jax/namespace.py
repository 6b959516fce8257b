"""jax.numpy's functions with its gaps in the standard mended, and what the standard lacks."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from agrad.backend import Namespace
from agrad_jax import complex_cases, matrices, special, windows
from agrad_jax.config import config


def expand_dims(x: Any, /, *, axis: Any = 0) -> Any:
    """Return x with axes of length 1; axes may be a tuple and negative."""
    return jnp.expand_dims(x, axis)


def permute_dims(x: Any, /, axes: tuple[int, ...]) -> Any:
    """Return x with its axes in another order; negative ones count from the end."""
    return jnp.transpose(x, tuple(axis % x.ndim for axis in axes) if x.ndim else ())


def searchsorted(x1: Any, x2: Any, /, *, side: str = "left", sorter: Any = None) -> Any:
    """Return where x2 would be inserted, as the default integer dtype."""
    found = jnp.searchsorted(x1 if sorter is None else jnp.take(x1, sorter), x2, side=side)
    return found.astype(jnp.int64 if config.jax_enable_x64 else jnp.int32)


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """Return x converted; the real part where a complex array becomes real."""
    if np.dtype(x.dtype).kind == "c" and np.dtype(dtype).kind not in "cb":
        x = jnp.real(x)
    return lax.convert_element_type(x, dtype)


def conj(x: Any, /) -> Any:
    """Return the complex conjugate; a real array is itself."""
    return jnp.conj(x) if np.dtype(x.dtype).kind == "c" else x


def cumulative_prod(x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
    """Return the running product."""
    if axis is None:
        axis = 0
    if dtype is None and np.dtype(x.dtype).kind in "iu" and x.dtype.itemsize < 8 and config.jax_enable_x64:
        dtype = jnp.uint64 if np.dtype(x.dtype).kind == "u" else jnp.int64
    out = jnp.cumprod(x, axis=axis, dtype=dtype)
    if include_initial:
        one = jnp.ones_like(lax.slice_in_dim(out, 0, 1, axis=axis)) if out.shape[axis] else None
        if one is None:
            shape = list(out.shape)
            shape[axis] = 1
            return jnp.ones(shape, out.dtype)
        out = jnp.concatenate([one, out], axis=axis)
    return out


def divide(x: Any, y: Any, /) -> Any:
    """Return x / y."""
    return jnp.true_divide(x, y)


@jax.jit
def floor_divide(x: Any, y: Any, /) -> Any:
    """Return the greatest integer not above x / y; a zero keeps the sign of x / y, unlike in jax.numpy."""
    out = jnp.floor_divide(x, y)
    return jnp.where(x == 0, x / y, out) if jnp.issubdtype(out.dtype, jnp.floating) else out


@jax.jit
def remainder(x: Any, y: Any, /) -> Any:
    """Return the remainder, of y's sign, also where it is a zero."""
    out = jnp.remainder(x, y)
    return jnp.where(out == 0, jnp.copysign(out, y), out) if jnp.issubdtype(out.dtype, jnp.floating) else out


@jax.jit
def sign(x: Any, /) -> Any:
    """Return the sign; of -0.0 it is 0.0, as the standard says."""
    return jnp.where(x == 0, jnp.zeros_like(x), jnp.sign(x))  # adding 0 is something that XLA leaves out


def index_get(x: Any, key: Any) -> Any:
    """Return ``x[key]``."""
    return x[key]


def index_set(x: Any, key: Any, value: Any) -> Any:
    """Return x with ``x[key] = value``; where indices repeat the last value stays."""
    items = key if isinstance(key, tuple) else (key,)
    if any(_repeats(item) for item in items):
        return x.at[_without_losers(x, items)].set(value, mode="drop")
    return x.at[key].set(value)


def _without_losers(x: Any, items: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a key whose overwritten elements point beyond x, where a write is dropped.

    Which of several writes to one place XLA does last is not defined.
    """
    items = tuple(part for item in items for part in (item.nonzero() if _is_mask(item) else (item,)))
    after = len(x.shape) - sum(item is not None and item is not Ellipsis for item in items)
    axis = 0
    places = []
    sizes = []
    for place, item in enumerate(items):
        if item is Ellipsis:
            axis += after
        elif item is not None:
            if hasattr(item, "dtype"):
                places.append(place)
                sizes.append(x.shape[axis])
            axis += 1
    first = _winners(tuple(sizes), *(items[place] for place in places))
    return (*items[: places[0]], first, *items[places[0] + 1 :])


def _is_mask(item: Any) -> bool:
    return hasattr(item, "dtype") and item.dtype == np.bool_


def _repeats(item: Any) -> bool:
    return hasattr(item, "dtype") and item.dtype != np.bool_ and item.size > 1


@functools.partial(jax.jit, static_argnums=0)
def _winners(sizes: tuple[int, ...], *indices: Any) -> Any:
    """Return the first of some index arrays, with its axis' length in place of what a later element overwrites."""
    indices = tuple(jnp.broadcast_arrays(*indices))
    kind = np.int32 if indices[0].size < 2**31 else np.int64
    numbers = jnp.arange(indices[0].size, dtype=kind).reshape(indices[0].shape)
    last = jnp.full(sizes, -1, dtype=kind).at[indices].max(numbers)
    first = indices[0].astype(jnp.promote_types(indices[0].dtype, np.int32))
    return jnp.where(last[indices] == numbers, first, sizes[0])


def index_add(x: Any, key: Any, value: Any) -> Any:
    """Return x with `value` added at ``x[key]``; indices that repeat accumulate."""
    return x.at[key].add(value)


def index_reduce(x: Any, key: Any, value: Any, mode: str) -> Any:
    """Return x with `value` taken together with ``x[key]`` each time that an index occurs."""
    return getattr(x.at[key], mode)(value)


def scatter_add(x: Any, indices: Any, value: Any, /, *, axis: int) -> Any:
    """Return x with ``value`` added along an axis at `indices` (PyTorch's scatter_add)."""
    if not indices.ndim:
        return x + value
    grid = list(jnp.ogrid[tuple(slice(length) for length in indices.shape)])
    grid[axis] = indices
    return x.at[tuple(grid)].add(value[tuple(slice(length) for length in indices.shape)])


def as_strided(x: Any, shape: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Any:
    """Return a copy of a strided geometry of x's (row-major) elements: one compiled read per geometry, whatever the offset."""
    return _read(x, np.int32(offset) if x.size < 2**31 else np.int64(offset), tuple(shape), tuple(strides))


def _positions(shape: tuple[int, ...], strides: tuple[int, ...], kind: Any) -> Any:
    total = np.zeros((1,) * len(shape), dtype=kind)
    for axis, (length, stride) in enumerate(zip(shape, strides, strict=True)):
        along = np.arange(length, dtype=kind) * stride
        total = total + along.reshape(tuple(length if i == axis else 1 for i in range(len(shape))))
    return np.broadcast_to(total, shape)


@jax.jit
def _take(flat: Any, where: Any) -> Any:
    return flat[where]


def _read(x: Any, offset: Any, shape: tuple[int, ...], strides: tuple[int, ...]) -> Any:
    return _take(jnp.reshape(x, (-1,)), offset + _positions(shape, strides, offset.dtype))


def bitcast(x: Any, dtype: Any) -> Any:
    """Return the bytes of a row of elements read as another dtype."""
    own, wanted = np.dtype(x.dtype), np.dtype(dtype)
    if own.kind == "c":  # XLA casts the bits of complex numbers part by part
        x = jnp.stack([jnp.real(x), jnp.imag(x)], axis=-1).reshape(-1)
        own = np.dtype(x.dtype)
    elif own.kind == "b":
        x, own = x.astype(np.uint8), np.dtype(np.uint8)
    if wanted.kind == "c":
        parts = bitcast(x, np.dtype(f"f{wanted.itemsize // 2}"))
        return lax.complex(parts[0::2], parts[1::2])
    if wanted.kind == "b":
        return bitcast(x, np.dtype(np.uint8)) != 0
    if wanted.itemsize > own.itemsize:
        x = x.reshape(-1, wanted.itemsize // own.itemsize)
    return lax.bitcast_convert_type(x, wanted).reshape(-1)


def complete(xp: Namespace) -> Namespace:
    """Put the functions of this module in place of jax.numpy's."""
    for function in (
        expand_dims, permute_dims, searchsorted, astype, conj, cumulative_prod, divide, index_get, index_set, index_add,
        index_reduce, scatter_add, as_strided, bitcast, floor_divide, remainder, sign,
    ):  # fmt: skip
        setattr(xp, function.__name__, function)
    complex_cases.complete(xp)
    special.install(xp)
    matrices.complete(xp)
    windows.complete(xp)
    xp.checks_bounds = False
    return xp
