"""Reading and writing by index on CuPy, where indices may repeat.

The confusing cases are two. A write ``x[key] = value`` whose indices repeat leaves any one of the values in CuPy; here the
last one stays, as in NumPy: the greatest position of a source is found for each target (``scatter_max``), and targets
gather from it. And ``scatter_add`` exists for the dtypes alone that a GPU adds atomically: int64 is added as uint64 (the
same bits), complex numbers as pairs of reals, and narrower numbers in 32 bits.

Sums of floating point numbers at one index are in no fixed order: their last bits may differ from run to run.
"""

from __future__ import annotations

from typing import Any

import cupy
import cupyx
import numpy as np

#: what cupyx.scatter_add adds as it is
ATOMIC = frozenset(map(np.dtype, ("float32", "float64", "int32", "uint32", "uint64")))


def index_get(x: Any, key: Any) -> Any:
    """Return ``x[key]``."""
    return x[key]


def _arrays(key: Any) -> list[Any]:
    return [part for part in (key if isinstance(key, tuple) else (key,)) if isinstance(part, cupy.ndarray)]


def _may_repeat(key: Any) -> bool:
    """Whether a key has index arrays; slices and masks visit an element once."""
    return any(part.dtype != np.bool_ for part in _arrays(key))


def _positions(x: Any, key: Any) -> Any:
    """Return where in x, taken row by row, the elements of ``x[key]`` are."""
    return cupy.arange(x.size, dtype=np.int64).reshape(x.shape)[key]


def _as_value(x: Any, value: Any, shape: tuple[int, ...]) -> Any:
    """Return a value for each of the positions, one after the other; leading axes of length 1 too many are dropped."""
    value = cupy.asarray(value, dtype=x.dtype)
    while value.ndim > len(shape) and value.shape[0] == 1:
        value = value[0]
    return cupy.broadcast_to(value, shape).reshape(-1)


def index_set(x: Any, key: Any, value: Any) -> Any:
    """Return a copy of x with ``x[key] = value``; of indices that repeat the last one stays."""
    if not _may_repeat(key):
        out = x.copy()
        out[key] = value
        return out
    positions = _positions(x, key)
    if not positions.size:
        return x.copy()
    value = _as_value(x, value, positions.shape)
    owner = cupy.full(x.size, -1, dtype=np.int32)
    cupyx.scatter_max(owner, positions.reshape(-1), cupy.arange(positions.size, dtype=np.int32))
    written = value[cupy.maximum(owner, 0)]
    return cupy.where(owner >= 0, written, x.reshape(-1)).reshape(x.shape)


def index_add(x: Any, key: Any, value: Any) -> Any:
    """Return a copy of x with `value` added at ``x[key]``; indices that repeat accumulate."""
    out = x.copy()
    if not _may_repeat(key):
        out[key] += value
        return out
    positions = _positions(x, key)
    if not positions.size:
        return out
    value = _as_value(x, value, positions.shape)
    return add_at(out.reshape(-1), positions.reshape(-1), value).reshape(x.shape)


def add_at(flat: Any, positions: Any, value: Any) -> Any:
    """Add values to a one-dimensional array, in place where its dtype allows, and return it.

    Parameters
    ----------
    flat : array, shape (N,), row-major
    positions : array of int64, shape (M,), not negative
    value : array of flat's dtype, shape (M,)
    """
    dtype = flat.dtype
    if dtype in ATOMIC:
        cupyx.scatter_add(flat, positions, value)
        return flat
    if dtype == np.int64:
        cupyx.scatter_add(flat.view(np.uint64), positions, value.view(np.uint64))
        return flat
    if dtype.kind == "c":
        pairs = flat.view(np.float32 if dtype == np.complex64 else np.float64)
        cupyx.scatter_add(pairs, 2 * positions, value.real)
        cupyx.scatter_add(pairs, 2 * positions + 1, value.imag)
        return flat
    wide = np.float32 if dtype.kind == "f" else np.int32
    total = flat.astype(wide)
    cupyx.scatter_add(total, positions, value.astype(wide))
    return total != 0 if dtype.kind == "b" else total.astype(dtype)


def scatter_add(x: Any, indices: Any, value: Any, /, *, axis: int) -> Any:
    """Return a copy of x with ``value`` added along an axis at `indices` (PyTorch's scatter_add)."""
    if not indices.ndim:
        return x + value
    key = []
    for other, length in enumerate(indices.shape):
        if other == axis % indices.ndim:
            key.append(indices)
        else:
            shape = tuple(length if one == other else 1 for one in range(indices.ndim))
            key.append(cupy.arange(length, dtype=np.int64).reshape(shape))
    return index_add(x, tuple(key), value[tuple(slice(length) for length in indices.shape)])


def write(x: Any, key: Any, value: Any) -> Any:
    """Write ``x[key] = value`` in place and return x."""
    if _may_repeat(key):
        x[...] = index_set(x, key, value)
    else:
        x[key] = value
    return x
