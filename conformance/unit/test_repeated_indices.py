"""Writes by index whose indices repeat: the last value stays and gets the whole cotangent, on every backend and in every mode.

Each row of `WRITES` is a function of an array and a source, and the same as a plain Python loop over NumPy arrays. Values are
compared with the loop, tangents with the loop's difference quotient, reverse mode with forward mode by the dot product test
<J t, u> = <t, J^T u>, second derivatives with each other and with the gradient's difference quotient, vmap with a Python loop; these two
on NumPy alone, the rules being the same everywhere. `READS` does all that for functions whose derivative is such a write.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from on_backends import BACKENDS

import agrad
from agrad import func
from agrad.engine.core import wrap
from agrad.engine.primitive import composites, registry

sys.path.insert(0, str(Path(__file__).parent))
import cupy_standin

F = agrad.nn.functional
xp = agrad.array_api


@pytest.fixture(params=[*BACKENDS, "cupy"])
def backend(request: Any) -> Iterator[str]:
    """Make a backend the default one; "cupy" is the stand-in."""
    if request.param == "cupy":
        with cupy_standin.installed(), agrad.use_backend("cupy"):
            yield "cupy"
        return
    if request.param == "jax":
        jax = pytest.importorskip("jax")
        before = jax.config.jax_enable_x64
        jax.config.update("jax_enable_x64", True)
    try:
        with agrad.use_backend(request.param):
            yield request.param
    finally:
        if request.param == "jax":
            jax.config.update("jax_enable_x64", before)


class Write(NamedTuple):
    """A function of an array, a source and index arrays; and what it means."""

    name: str
    covers: tuple[str, ...]
    run: Callable[..., Any]
    loop: Callable[..., np.ndarray]
    x: tuple[int, ...]
    v: tuple[int, ...]
    indices: tuple[Any, ...] = ()
    batched_indices: bool = True
    jit: bool = True


# ---------------------------------------------------------------- the same as loops


def _places(shape: tuple[int, ...], key: Any) -> np.ndarray:
    return np.arange(int(np.prod(shape))).reshape(shape)[key]


def _each(x: np.ndarray, places: np.ndarray, v: np.ndarray, take: Callable[[float, float], float]) -> np.ndarray:
    """Take values, one after the other in row-major order, into places of x."""
    out = np.array(x, order="C").reshape(-1)
    v = v.reshape(v.shape[max(v.ndim - places.ndim, 0) :]) if v.ndim > places.ndim else v
    values = np.array(np.broadcast_to(v, places.shape), order="C").reshape(-1)
    for place, value in zip(np.array(places, order="C").reshape(-1).tolist(), values.tolist(), strict=True):
        out[place] = take(out[place], value)
    return out.reshape(x.shape)


def put(key: Callable[..., Any], take: Callable[[float, float], float] = lambda _old, new: new) -> Callable[..., Any]:
    """Return the loop of a write at ``key(*indices)``."""
    return lambda x, v, *indices: _each(x, _places(x.shape, key(*indices)), v, take)


def add(old: float, new: float) -> float:
    return old + new


def times(old: float, new: float) -> float:
    return old * new


def along(axis: int, take: Callable[[float, float], float] = lambda _old, new: new) -> Callable[..., Any]:
    """Return the loop of PyTorch's scatter along an axis."""

    def loop(x: np.ndarray, v: np.ndarray, index: np.ndarray) -> np.ndarray:
        key = list(np.indices(index.shape))
        key[axis] = index
        part = v[tuple(slice(length) for length in index.shape)] if v.ndim else v
        return _each(x, _places(x.shape, tuple(key)), part, take)

    return loop


def reduced(axis: int, kind: str, include_self: bool, rows: bool = False) -> Callable[..., Any]:
    """Return the loop of scatter_reduce, or of index_reduce (`rows`)."""

    def loop(x: np.ndarray, v: np.ndarray, index: np.ndarray) -> np.ndarray:
        if rows:
            column = tuple(-1 if one == axis else 1 for one in range(x.ndim))
            index = np.broadcast_to(index.reshape(column), v.shape)
        key = list(np.indices(index.shape))
        key[axis] = index
        places = _places(x.shape, tuple(key)).reshape(-1)
        out = x.reshape(-1).copy()
        for place in sorted(set(places.tolist())):
            terms = [out[place]] if include_self else []
            terms += [
                value for where, value in zip(places.tolist(), v.reshape(-1).tolist(), strict=True) if where == place
            ]
            operation: Any = {"sum": np.sum, "mean": np.mean, "prod": np.prod, "amax": np.max, "amin": np.min}[kind]
            out[place] = operation(terms)
        return out.reshape(x.shape)

    return loop


def _strided(sizes: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Callable[..., Any]:
    def loop(x: np.ndarray, v: np.ndarray) -> np.ndarray:
        grid = np.indices(sizes)
        places = sum((axis * stride for axis, stride in zip(grid, strides, strict=True)), np.full(sizes, offset))
        return _each(x, places, v, lambda _old, new: new)

    return loop


def _masked(x: np.ndarray, v: np.ndarray, mask: np.ndarray) -> np.ndarray:
    out = x.copy().reshape(-1)
    rest = iter(v.reshape(-1).tolist())
    for place, chosen in enumerate(np.broadcast_to(mask, x.shape).reshape(-1).tolist()):
        if chosen:
            out[place] = next(rest)
    return out.reshape(x.shape)


def _unpooled(shape: tuple[int, ...], spatial: int) -> Callable[..., Any]:
    def loop(x: np.ndarray, v: np.ndarray, index: np.ndarray) -> np.ndarray:
        lead = int(np.prod(v.shape[: v.ndim - spatial]))
        out = np.zeros((lead, int(np.prod(shape))))
        for row in range(lead):
            values, places = v.reshape(lead, -1)[row], index.reshape(lead, -1)[row]
            for place, value in zip(places.tolist(), values.tolist(), strict=True):
                out[row, place] = value
        return x + out.reshape((*v.shape[: v.ndim - spatial], *shape))

    return loop


# ---------------------------------------------------------------- forms


def _setting(key: Callable[..., Any]) -> Callable[..., Any]:
    def run(x: Any, v: Any, *indices: Any) -> Any:
        y = x * 1
        y[key(*indices)] = v
        return y

    return run


def _xp_setting(key: Callable[..., Any]) -> Callable[..., Any]:
    def run(x: Any, v: Any, *indices: Any) -> Any:
        y = xp.asarray(x, copy=True)
        y[key(*indices)] = v
        return y

    return run


def _scaling(x: Any, v: Any, index: Any) -> Any:
    y = x * 1
    y[index] *= v
    return y


def _raising(x: Any, v: Any, index: Any) -> Any:
    y = x * 1
    y[index] += v
    return y


def _through_view(x: Any, v: Any, index: Any) -> Any:
    y = x * 1
    y.t()[index] = v
    return y


def _method(name: str, *before: Any, **options: Any) -> Callable[..., Any]:
    """Return the call of an in-place method with (index, source) after `before`."""
    return lambda x, v, *indices: getattr(x * 1, name)(*before, *indices, v, **options)


def _overlapping(sizes: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Callable[..., Any]:
    def run(x: Any, v: Any) -> Any:
        y = x * 1
        y.as_strided(sizes, strides, offset).copy_(v)
        return y

    return run


ROWS = [1, -2, 0, 1]  # 1 and -2 are one place of three
GRID = [[1, 1, 0], [1, 0, 0]]
COUPLE = ([[0], [1], [-3]], [1, -1, 1, 2])  # (3, 1) and (4,) of a (3, 3)

WRITES = [
    Write("array_set, rows", ("array_set", "index_set", "setitem"), _setting(lambda i: i), put(lambda i: i), (3, 2), (4, 2), (ROWS,)),
    Write("array_set, a scalar source", ("array_set",), _setting(lambda i: i), put(lambda i: i), (3, 2), (), (ROWS,)),
    Write("array_set, a broadcast source", ("array_set",), _setting(lambda i: i), put(lambda i: i), (3, 2), (4, 1), (ROWS,)),
    Write("array_set, leading ones", ("array_set",), _setting(lambda i: i), put(lambda i: i), (3, 2), (1, 4, 2), (ROWS,)),
    Write("array_set, several arrays broadcast", ("array_set",), _setting(lambda i, j: (i, j)), put(lambda i, j: (i, j)), (3, 3), (3, 4), COUPLE),
    Write("array_set, several arrays, broadcast source", ("array_set",), _setting(lambda i, j: (i, j)), put(lambda i, j: (i, j)), (3, 3), (4,), COUPLE),
    Write("array_set, a slice before", ("array_set",), _setting(lambda i: (slice(None), i)), put(lambda i: (slice(None), i)), (2, 3), (2, 4), (ROWS,)),
    Write("array_set, slices with steps", ("array_set", "slice_set"), _setting(lambda i: (slice(0, None, 2), i)), put(lambda i: (slice(0, None, 2), i)), (3, 3), (2, 4), (ROWS,)),
    Write("array_set, arrays apart", ("array_set",), _setting(lambda i, j: (i, slice(None), j)), put(lambda i, j: (i, slice(None), j)), (3, 2, 3), (4, 2), (ROWS, [0, 0, 1, 0])),
    Write("array_set, an int beside", ("array_set",), _setting(lambda i: (1, i)), put(lambda i: (1, i)), (2, 3), (4,), (ROWS,)),
    Write("array_set, a mask beside", ("array_set",), _setting(lambda i: (np_mask(i), i)), put(lambda i: (np.array([True, False, True, True, True]), i)), (5, 3), (4,), (ROWS,), False, False),
    Write("array_set, two axes of indices", ("array_set",), _setting(lambda i: i), put(lambda i: i), (3, 2), (2, 3, 2), (GRID,)),
    Write("array_set, an empty index", ("array_set",), _setting(lambda i: i), put(lambda i: i), (3, 2), (0, 2), (np.zeros(0, dtype=np.int64),), False),
    Write("array_set, one index", ("array_set",), _setting(lambda i: i), put(lambda i: i), (3, 2), (1, 2), ([2],)),
    Write("array_set, through a transposed view", ("array_set", "strided_write"), _through_view, lambda x, v, i: put(lambda j: j)(x.T, v, i).T, (2, 3), (4, 2), (ROWS,)),
    Write("the standard's setitem", ("array_set",), _xp_setting(lambda i: i), put(lambda i: i), (3, 2), (4, 2), (ROWS,)),
    Write("the standard's setitem, two arrays", ("array_set",), _xp_setting(lambda i, j: (i, j)), put(lambda i, j: (i, j)), (3, 3), (3, 4), COUPLE),
    Write("y[i] *= v", ("array_set", "array_get"), _scaling, lambda x, v, i: put(lambda j: j)(x, x[i] * v, i), (3, 2), (4, 2), (ROWS,)),
    Write("y[i] += v", ("array_set", "array_get"), _raising, lambda x, v, i: put(lambda j: j)(x, x[i] + v, i), (3, 2), (), (ROWS,)),
    Write("index_set", ("index_set",), lambda x, v, i: xp.index_set(x, (i,), v), put(lambda i: i), (3, 2), (4, 2), (ROWS,)),
    Write("index_add", ("index_add", "array_add"), lambda x, v, i: xp.index_add(x, (i,), v), put(lambda i: i, add), (3, 2), (4, 2), (ROWS,)),
    Write("index_put", ("index_put",), lambda x, v, i, j: agrad.index_put(x, (i, j), v), put(lambda i, j: (i, j)), (3, 3), (3, 4), COUPLE),
    Write("index_put_", ("index_put_",), lambda x, v, i: (x * 1).index_put_((i,), v), put(lambda i: i), (3, 2), (2,), (ROWS,)),
    Write("index_put, accumulate", ("index_put", "array_add"), lambda x, v, i, j: agrad.index_put(x, (i, j), v, accumulate=True), put(lambda i, j: (i, j), add), (3, 3), (4,), COUPLE),
    Write("index_fill", ("index_fill",), lambda x, v, i: x.index_fill(0, i, v), put(lambda i: i), (3, 2), (), (ROWS,)),
    Write("index_fill_, along axis 1", ("index_fill_",), _method("index_fill_", 1), put(lambda i: (slice(None), i)), (2, 3), (), (ROWS,)),
    Write("index_copy", ("index_copy",), lambda x, v, i: x.index_copy(0, i, v), put(lambda i: i), (3, 2), (4, 2), ([1, 1, 0, 1],)),
    Write("index_copy_, along axis 1", ("index_copy_",), _method("index_copy_", 1), put(lambda i: (slice(None), i)), (2, 3), (2, 4), ([1, 1, 0, 1],)),
    Write("index_add of the face", ("index_add",), lambda x, v, i: x.index_add(0, i, v, alpha=2), put(lambda i: i, lambda a, b: a + 2 * b), (3, 2), (4, 2), ([1, 1, 0, 1],)),
    Write("index_add_", ("index_add_",), _method("index_add_", 0), put(lambda i: i, add), (3, 2), (4, 2), ([1, 1, 0, 1],)),
    Write("put", ("put", "put_flat"), lambda x, v, i: x.put(i, v), put(lambda i: np.unravel_index(i % 6, (3, 2))), (3, 2), (2, 3), ([[0, -1, 5], [0, 3, -6]],)),
    Write("put_", ("put_", "put_flat"), _method("put_"), put(lambda i: np.unravel_index(i % 6, (3, 2))), (3, 2), (3,), ([4, -2, 4],)),
    Write("put, accumulate", ("put", "put_flat"), lambda x, v, i: x.put(i, v, accumulate=True), put(lambda i: np.unravel_index(i % 6, (3, 2)), add), (3, 2), (2, 3), ([[0, -1, 5], [0, 3, -6]],)),
    Write("scatter", ("scatter", "scatter_set"), lambda x, v, i: x.scatter(0, i, v), along(0), (3, 4), (2, 3), (GRID,)),
    Write("scatter, along the last axis", ("scatter", "scatter_set"), lambda x, v, i: x.scatter(-1, i, v), along(1), (2, 3), (2, 3), (GRID,)),
    Write("scatter, a longer source", ("scatter", "scatter_set"), lambda x, v, i: x.scatter(0, i, v), along(0), (3, 4), (4, 4), (GRID,)),
    Write("scatter_", ("scatter_", "scatter_set"), _method("scatter_", 1), along(1), (2, 3), (2, 3), (GRID,)),
    Write("scatter, reduce='add'", ("scatter",), lambda x, v, i: _quiet(x.scatter, 0, i, v, reduce="add"), along(0, add), (3, 4), (2, 3), (GRID,)),
    Write("scatter, reduce='multiply'", ("scatter",), lambda x, v, i: _quiet(x.scatter, 0, i, v, reduce="multiply"), along(0, times), (3, 4), (2, 3), (GRID,)),
    Write("scatter_add", ("scatter_add",), lambda x, v, i: x.scatter_add(0, i, v), along(0, add), (3, 4), (2, 3), (GRID,)),
    Write("scatter_add_", ("scatter_add_",), _method("scatter_add_", 1), along(1, add), (2, 3), (2, 3), (GRID,)),
    Write("scatter_add of the standard's face", ("scatter_add",), lambda x, v, i: xp.scatter_add(x, i, v, axis=1), along(1, add), (2, 3), (2, 3), (GRID,)),
    *[
        Write(f"scatter_reduce, {kind}, include_self={own}", ("scatter_reduce",), lambda x, v, i, kind=kind, own=own: x.scatter_reduce(0, i, v, kind, include_self=own), reduced(0, kind, own), (3, 4), (2, 3), (GRID,))
        for kind in ("sum", "mean", "prod", "amax", "amin")
        for own in (True, False)
    ],
    Write("scatter_reduce_", ("scatter_reduce_",), lambda x, v, i: (x * 1).scatter_reduce_(1, i, v, "prod"), reduced(1, "prod", True), (2, 3), (2, 3), (GRID,)),
    *[
        Write(f"index_reduce, {kind}, include_self={own}", ("index_reduce", "index_reduce_"), lambda x, v, i, kind=kind, own=own: (x * 1).index_reduce_(0, i, v, kind, include_self=own), reduced(0, kind, own, True), (3, 2), (4, 2), ([1, 1, 0, 1],))
        for kind in ("mean", "prod", "amax", "amin")
        for own in (True, False)
    ],
    Write("mask_set", ("mask_set",), _setting(lambda m: m), put(lambda m: m), (2, 3), (4,), (np.array([[True, False, True], [True, True, False]]),), False, False),
    Write("mask_set, rows", ("mask_set",), _setting(lambda m: m), put(lambda m: m), (3, 2), (2,), (np.array([True, False, True]),), False, False),
    Write("masked_scatter", ("masked_scatter",), lambda x, v, m: x.masked_scatter(m, v), _masked, (2, 3), (5,), (np.array([[True, False, True], [True, True, False]]),), False),
    Write("masked_scatter_", ("masked_scatter_",), lambda x, v, m: (x * 1).masked_scatter_(m, v), _masked, (2, 3), (2, 3), (np.array([True, False, True]),), False),
    Write("masked_fill", ("masked_fill",), lambda x, v, m: x.masked_fill(m, v), lambda x, v, m: np.where(m, v, x), (2, 3), (), (np.array([True, False, True]),), False),
    Write("masked_fill_", ("masked_fill_",), lambda x, v, m: (x * 1).masked_fill_(m, v), lambda x, v, m: np.where(m, v, x), (2, 3), (), (np.array([True, False, True]),), False),
    Write("max_unpool1d", ("max_unpool1d",), lambda x, v, i: x + F.max_unpool1d(v, i, 2), _unpooled((6,), 1), (2, 6), (2, 3), ([[4, 1, 4], [0, 0, 0]],)),
    Write("max_unpool2d", ("max_unpool2d",), lambda x, v, i: x + F.max_unpool2d(v, i, 2), _unpooled((4, 4), 2), (1, 4, 4), (1, 2, 2), ([[[5, 5], [0, 5]]],)),
    Write("max_unpool3d", ("max_unpool3d",), lambda x, v, i: x + F.max_unpool3d(v, i, (1, 2, 2)), _unpooled((1, 4, 4), 3), (1, 1, 4, 4), (1, 1, 2, 2), ([[[[5, 5], [0, 5]]]],)),
    Write("slice_scatter", ("slice_scatter", "slice_set"), lambda x, v: x.slice_scatter(v, 0, 0, 3, 2), lambda x, v: put(lambda: slice(0, 3, 2))(x, v), (3, 2), (2, 2)),
    Write("select_scatter", ("select_scatter", "slice_set"), lambda x, v: x.select_scatter(v, 0, -1), lambda x, v: put(lambda: -1)(x, v), (3, 2), (2,)),
    Write("diagonal_scatter", ("diagonal_scatter",), lambda x, v: x.diagonal_scatter(v, 1), lambda x, v: put(lambda: ([0, 1], [1, 2]))(x, v), (2, 3), (2,)),
    Write("an overlapping view, row by row", ("strided_write",), _overlapping((3, 3), (1, 1), 1), _strided((3, 3), (1, 1), 1), (8,), (3, 3)),
    Write("an overlapping view, columns apart", ("strided_write",), _overlapping((3, 2), (1, 2), 0), _strided((3, 2), (1, 2), 0), (2, 4), (3, 2)),
    Write("windows", ("strided_write",), lambda x, v: _windows(x, v), _strided((4, 3), (1, 1), 0), (6,), (4, 3)),
]  # fmt: skip


def np_mask(like: Any) -> Any:
    """Return a mask of five with four true elements, beside `like`."""
    return agrad.tensor([True, False, True, True, True])


def _quiet(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    with pytest.warns(UserWarning, match="deprecated"):
        return function(*args, **options)


def _windows(x: Any, v: Any) -> Any:
    y = x * 1
    y.unfold(0, 3, 1).copy_(v)
    return y


class Read(NamedTuple):
    """A function of one array that may take one element several times."""

    name: str
    covers: tuple[str, ...]
    run: Callable[..., Any]
    loop: Callable[..., np.ndarray]
    x: tuple[int, ...]
    indices: tuple[Any, ...] = ()
    jit: bool = True


def _bags(x: np.ndarray, i: np.ndarray) -> np.ndarray:
    return np.stack([x[i[:2]].sum(0), x[i[2:]].sum(0)])


def _folded(x: np.ndarray) -> np.ndarray:
    out = np.zeros((1, 3, 3))
    for patch in range(4):
        for tap in range(4):
            out[0, patch // 2 + tap // 2, patch % 2 + tap % 2] += x[tap, patch]
    return out


def _unfolded(x: np.ndarray) -> np.ndarray:
    return np.array([[x[0, p // 2 + k // 2, p % 2 + k % 2] for p in range(4)] for k in range(4)])


#: the four corners, the middle and one point twice, all on pixels or midway, and off every kink
GRID_POINTS = np.array([[[-0.5, -0.5], [0.25, 0.25], [0.25, 0.25]], [[0.4, -0.3], [-0.5, -0.5], [0.7, 0.6]]])


def _sampled(x: np.ndarray) -> np.ndarray:
    out = np.zeros((1, 2, 3))
    for a in range(2):
        for b in range(3):
            column, row = (GRID_POINTS[a, b] + 1) / 2 * 2
            left, top = int(column), int(row)
            for r, weight_r in ((top, 1 - (row - top)), (top + 1, row - top)):
                for c, weight_c in ((left, 1 - (column - left)), (left + 1, column - left)):
                    out[0, a, b] += weight_r * weight_c * x[0, r, c]
    return out


READS = [
    Read("array_get", ("array_get",), lambda x, i, j: x[i, j], lambda x, i, j: x[i, j], (3, 3), COUPLE),
    Read("index_select", ("take", "index_select"), lambda x, i: x.index_select(0, i), lambda x, i: x[i], (3, 2), ([1, 1, 0, 1],)),
    Read("take of the standard", ("take",), lambda x, i: xp.take(x, i, axis=1), lambda x, i: x[:, i], (2, 3), (ROWS,)),
    Read("take", ("take_flat", "take"), lambda x, i: x.take(i), lambda x, i: x.reshape(-1)[i], (3, 2), ([[0, -6], [1, 0]],)),
    Read("gather", ("gather",), lambda x, i: x.gather(0, i), lambda x, i: np.take_along_axis(x[:, :3], i, 0), (3, 4), (GRID,)),
    Read("take_along_axis", ("take_along_axis",), lambda x, i: xp.take_along_axis(x, i, axis=1), lambda x, i: np.take_along_axis(x, i, 1), (2, 3), (GRID,)),
    Read("take_along_dim", ("take_along_dim",), lambda x, i: agrad.take_along_dim(x, i, 1), lambda x, i: np.take_along_axis(x, i, 1), (2, 3), (GRID,)),
    Read("slice_get", ("slice_get",), lambda x: x[::2, 1], lambda x: x[::2, 1], (3, 2)),
    Read("mask_get", ("mask_get", "masked_select"), lambda x: x[agrad.tensor([True, False, True])], lambda x: x[[0, 2]], (3, 2), (), False),
    Read("sort", ("pick",), lambda x: xp.sort(x, axis=0), lambda x: np.sort(x, axis=0), (4, 2)),
    Read("as_strided", ("as_strided", "strided_read"), lambda x: (x * 1).as_strided((3, 3), (1, 1), 1), lambda x: np.array([[x.reshape(-1)[1 + a + b] for b in range(3)] for a in range(3)]), (2, 4)),
    Read("Tensor.unfold", ("unfold",), lambda x: x.unfold(0, 3, 1), lambda x: np.array([x[a : a + 3] for a in range(3)]), (5,)),
    Read("F.unfold", ("unfold",), lambda x: F.unfold(x, 2), _unfolded, (1, 3, 3)),
    Read("F.fold", ("fold",), lambda x: F.fold(x, (3, 3), 2), _folded, (4, 4)),
    Read("embedding", ("embedding",), lambda x, i: F.embedding(i, x), lambda x, i: x[i], (3, 2), (GRID,)),
    Read("embedding_bag", ("embedding_bag",), lambda x, i: F.embedding_bag(i, x, agrad.tensor([0, 2]), mode="sum"), _bags, (3, 2), ([1, 1, 0, 1],), False),
    Read("grid_sample", ("grid_sample",), lambda x: F.grid_sample(x[None], agrad.tensor(GRID_POINTS.tolist(), dtype=agrad.float64)[None], align_corners=True)[0], _sampled, (1, 3, 3)),
    Read("repeat_interleave", ("repeat_interleave",), lambda x: x.repeat_interleave(2, 0), lambda x: x.repeat(2, 0), (3, 2)),
    Read("diagonal", ("diagonal",), lambda x: x.diagonal(1), lambda x: x.diagonal(1), (2, 3)),
]  # fmt: skip

#: rows whose meaning is memory's
OF_MEMORY = {"an overlapping view, row by row", "an overlapping view, columns apart", "as_strided"}

#: primitives that write or add at index arrays but are no function of inexact arrays
COUNTS = {"count_each"}


# ---------------------------------------------------------------- coverage


def test_every_function_that_writes_by_index_is_in_the_tables() -> None:
    covered = {name for row in (*WRITES, *READS) for name in row.covers}
    words = re.compile(
        r"index_set|index_add|index_reduce|scatter_add\(|strided_write_on|strided_add|_scattered|array_set|read_last"
    )
    writing = set()
    for name, op in registry.items():
        rules = [rule for rule in (*op.vjps, op.vjp_all, op.forward) if rule is not None]
        if any(words.search(_code(rule)) for rule in rules):
            writing.add(name)
    writing |= {name for name, function in composites.items() if words.search(_code(function))}
    assert {"array_set", "put_flat", "strided_write", "scatter_reduce", "scatter_set", "take"} <= writing
    assert writing - covered - COUNTS == set()
    names = re.compile(
        r"^_?(scatter|index_(add|copy|fill|put|reduce|select)|put|masked_(fill|scatter|select)|max_unpool|embedding(_bag)?$|fold$|unfold$|"
        r"gather|take|\w+_scatter|grid_sample|array_(get|set|add))"
    )
    faces = {
        name
        for face in (agrad, F, agrad.Tensor, xp)
        for name in {*dir(face), *getattr(face, "__all__", ())}
        if names.match(name)
    }
    assert len(faces) > 30
    assert faces - covered == set()


def _code(function: Any) -> str:
    try:
        text = inspect.getsource(inspect.unwrap(function))
    except (OSError, TypeError):
        return ""
    return re.sub(r'"""[\s\S]*?"""', "", text)


# ---------------------------------------------------------------- checks


def _host(tensor: Any) -> np.ndarray:
    backend = tensor._options.backend
    values = backend.tolist(backend.ensure_array(tensor.detach()._data))
    return np.asarray(values, dtype=np.float64).reshape(tensor.shape)


def _tensor(value: Any) -> Any:
    array = np.asarray(value)
    if array.dtype == np.bool_:
        kind = agrad.bool
    else:
        kind = agrad.int64 if array.dtype.kind in "iu" else agrad.float64
    return agrad.tensor(array.tolist(), dtype=kind).reshape(array.shape)


def _draw(row: Any, seed: int = 0) -> tuple[list[np.ndarray], list[np.ndarray]]:
    rng = np.random.default_rng(seed)
    shapes = [row.x, row.v] if isinstance(row, Write) else [row.x]
    count = sum(int(np.prod(shape)) for shape in shapes)
    # apart by more than a difference quotient's step, so that no maximum changes hands
    values = 0.5 + rng.permutation(count) * 0.13 + rng.uniform(0, 0.02, count)
    values *= rng.choice([-1.0, 1.0], count)
    arrays = []
    for shape in shapes:
        size = int(np.prod(shape))
        arrays.append(values[:size].reshape(shape))
        values = values[size:]
    return arrays, [np.asarray(index) for index in row.indices]


def _close(got: Any, wanted: np.ndarray, tolerance: float = 1e-12) -> None:
    got = _host(got) if not isinstance(got, np.ndarray) else got
    assert got.shape == wanted.shape
    np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance)


ALL = [*WRITES, *READS]
EACH = pytest.mark.parametrize("row", ALL, ids=[row.name for row in ALL])


def _drawn(row: Any, rng: np.random.Generator, like: list[np.ndarray]) -> list[np.ndarray]:
    return [rng.uniform(-1, 1, one.shape) for one in like]


@EACH
def test_value_forward_and_reverse(row: Any, backend: str) -> None:
    arrays, indices = _draw(row)
    rng = np.random.default_rng(1)
    tensors, keys = [_tensor(one) for one in arrays], [_tensor(one) for one in indices]
    wanted = row.loop(*arrays, *indices)
    _close(row.run(*tensors, *keys), wanted)
    tangents = _drawn(row, rng, arrays)
    weights = rng.uniform(-1, 1, wanted.shape)
    step = 1e-6
    slope = (
        row.loop(*(a + step * t for a, t in zip(arrays, tangents, strict=True)), *indices)
        - row.loop(*(a - step * t for a, t in zip(arrays, tangents, strict=True)), *indices)
    ) / (2 * step)

    def of(*inner: Any) -> Any:
        return row.run(*inner, *keys)

    out, pushed = func.jvp(of, tuple(tensors), tuple(map(_tensor, tangents)))
    _close(out, wanted)
    _close(pushed, slope, 1e-6)
    out, pull = func.vjp(of, *tensors)
    _close(out, wanted)
    pulled = [_host(one) for one in pull(_tensor(weights))]
    forward = float((_host(pushed) * weights).sum())
    assert forward == pytest.approx(
        sum(float((p * t).sum()) for p, t in zip(pulled, tangents, strict=True)), rel=1e-11, abs=1e-12
    )
    # each input alone, so that an error in one is not hidden behind another's
    for place, tangent in enumerate(tangents):
        alone = [tangent if other == place else np.zeros_like(one) for other, one in enumerate(tangents)]
        part = _host(func.jvp(of, tuple(tensors), tuple(map(_tensor, alone)))[1])
        assert float((part * weights).sum()) == pytest.approx(
            float((pulled[place] * tangent).sum()), rel=1e-11, abs=1e-12
        )
    leaves = [one.clone().requires_grad_() for one in tensors]
    of(*leaves).backward(_tensor(weights))
    for leaf, wanted_gradient in zip(leaves, pulled, strict=True):
        _close(leaf.grad, wanted_gradient)
    if row.name in OF_MEMORY:
        return
    for turned in (_transposed, _reversed):  # the same indices and values in another order of memory
        _close(row.run(*map(turned, tensors), *map(turned, keys)), wanted)


def _transposed(x: Any) -> Any:
    """Return the same tensor, its axes stored the other way round."""
    order = tuple(range(len(x.shape)))[::-1]
    return x.permute(order).contiguous().permute(order)


def _reversed(x: Any) -> Any:
    """Return the same tensor, on NumPy as an array of negative strides."""
    raw = x._data
    if type(raw) is not np.ndarray or not raw.ndim:
        return x
    back = (slice(None, None, -1),) * raw.ndim
    return wrap(np.ascontiguousarray(raw[back])[back], x._options)


@EACH
def test_second_order(row: Any) -> None:
    arrays, indices = _draw(row)
    rng = np.random.default_rng(2)
    keys = [_tensor(one) for one in indices]
    base = arrays[0].reshape(-1)
    shapes = [one.shape for one in arrays]
    mixes = [rng.uniform(-1, 1, (int(np.prod(shape)), base.size)) for shape in shapes[1:]]
    weights = _tensor(rng.uniform(-1, 1, row.loop(*arrays, *indices).shape))
    matrices = [_tensor(one) for one in mixes]
    offsets = [_tensor(one.reshape(-1)) for one in arrays[1:]]

    def of(z: Any) -> Any:
        """Both the array and the source depend on z."""
        parts = [z.reshape(shapes[0]) * 1]
        for matrix, offset, shape in zip(matrices, offsets, shapes[1:], strict=True):
            parts.append((offset + 0.01 * (matrix @ (z * z))).reshape(shape))
        out = row.run(*parts, *keys)
        return (weights * out * out).sum()

    z, t = _tensor(base), _tensor(rng.uniform(-1, 1, base.shape))
    gradient = func.grad(of)
    over_forward = func.jvp(gradient, (z,), (t,))[1]
    over_reverse = func.grad(lambda u: (gradient(u) * t).sum())(z)
    forward_twice = func.grad(lambda u: func.jvp(of, (u,), (t,))[1])(z)
    step = 1e-5
    slope = (_host(gradient(z + step * t)) - _host(gradient(z - step * t))) / (2 * step)
    _close(over_forward, slope, 1e-6)
    _close(over_reverse, _host(over_forward), 1e-10)
    _close(forward_twice, _host(over_forward), 1e-10)


@EACH
def test_vmap(row: Any) -> None:
    draws = [_draw(row, seed) for seed in range(3)]
    several = [np.stack(parts) for parts in zip(*(arrays for arrays, _ in draws), strict=True)]
    fixed, indices = draws[0]
    shuffled = [np.stack([index, index[..., ::-1], np.roll(index, 1, -1)]) for index in indices]
    over_indices = bool(indices) and getattr(row, "batched_indices", True)
    for mask in range(1, 2 ** (len(fixed) + over_indices)):
        axes = [0 if mask >> place & 1 else None for place in range(len(fixed))]
        own = bool(mask >> len(fixed) & 1)
        args = [_tensor(several[p] if axis == 0 else fixed[p]) for p, axis in enumerate(axes)]
        keys = [_tensor(one) for one in (shuffled if own else indices)]
        in_axes = (*axes, *(0 if own else None for _ in keys))

        def pulled(*inner: Any) -> Any:
            out, pull = func.vjp(lambda *some: row.run(*some, *inner[len(fixed) :]), *inner[: len(fixed)])
            return (out, *pull(out * out))

        def plain(*inner: Any) -> Any:
            out, pull = func.vjp(lambda *some: row.run(*some, *inner[len(fixed) :]), *inner[: len(fixed)])
            return (out, *pull(out * out))

        try:
            found = func.vmap(pulled, in_dims=in_axes)(*args, *keys)
        except agrad.errors.AgradError as error:
            # An unbatched array made outside cannot be written in place what is batched: PyTorch's error.
            assert axes[0] is None, error
            assert "vmap: inplace arithmetic" in str(error)
            continue
        for example in range(3):
            parts = [one if axis is None else one[example] for one, axis in zip((*args, *keys), in_axes, strict=True)]
            for got, wanted in zip(found, plain(*parts), strict=True):
                _close(got[example], _host(wanted))


@EACH
def test_jit(row: Any) -> None:
    jax = pytest.importorskip("jax")
    if not row.jit:
        pytest.skip("a shape depends on values")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        arrays, indices = _draw(row)

        def value_and_gradients(raw: Any, keys: Any) -> Any:
            tensors = [agrad.asarray(one) for one in raw]
            given = [agrad.asarray(one) for one in keys]
            out, pull = func.vjp(lambda *inner: row.run(*inner, *given), *tensors)
            return [one._data for one in (out, *pull(out * out))]

        with agrad.use_backend("jax"):
            raw = [jax.numpy.asarray(one) for one in arrays]
            keys = [jax.numpy.asarray(one) for one in indices]
            eager = value_and_gradients(raw, keys)
            compiled = jax.jit(value_and_gradients)(raw, keys)
        _close(np.asarray(eager[0]), row.loop(*arrays, *indices))
        for got, wanted in zip(compiled, eager, strict=True):
            _close(np.asarray(got), np.asarray(wanted))
    finally:
        jax.config.update("jax_enable_x64", before)


def test_overwritten_values_get_no_gradient_and_places_count_once(backend: str) -> None:
    x = _tensor(np.zeros((2, 2))).requires_grad_()
    v = _tensor(3.0).requires_grad_()
    x.index_fill(0, _tensor([1, 1]), v).sum().backward()
    assert (v.grad.item(), _host(x.grad).tolist()) == (2.0, [[1.0, 1.0], [0.0, 0.0]])
    x = _tensor([1.0, 2.0]).requires_grad_()
    y = x * 1
    y[[0, 0]] *= 2
    y.sum().backward()
    assert _host(x.grad).tolist() == [2.0, 1.0]


def test_large_random_indices_agree_with_a_loop(backend: str) -> None:
    rng = np.random.default_rng(3)
    x, v = rng.standard_normal((50, 7)), rng.standard_normal((40, 9, 7))
    i = rng.integers(-50, 50, (40, 9))
    wanted = x.copy()
    for a in range(40):
        for b in range(9):
            wanted[i[a, b]] = v[a, b]
    y, s = _tensor(x), _tensor(v).requires_grad_()
    y[_tensor(i)] = s
    _close(y, wanted)
    y.sum().backward()
    assert float(s.grad.sum()) == 7 * len(set((i % 50).reshape(-1).tolist()))


def test_padding_index_of_repeated_embeddings(backend: str) -> None:
    weight = _tensor(np.arange(6.0).reshape(3, 2)).requires_grad_()
    F.embedding(_tensor([1, 0, 1, 2]), weight, padding_idx=1).sum().backward()
    assert _host(weight.grad).tolist() == [[1.0, 1.0], [0.0, 0.0], [1.0, 1.0]]
