"""NumPy's functions by their names and signatures, over agrad's: what ``np.sum(tensor)`` and its like run.

A function here takes what NumPy's takes and agrad can do; a call with other arguments (``where=``, ``initial=`` ...) is one that has
no counterpart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from agrad import array_api as xp
from agrad.array_api import fft, linalg
from agrad.array_api._arguments import as_tensor
from agrad.dtypes import DType
from agrad.engine.core import TensorCore
from agrad.primitives import einsum as _einsum

Axis = Any


def _tensors(values: Sequence[Any]) -> list[Any]:
    """Return values as tensors."""
    return [value if isinstance(value, TensorCore) else xp.asarray(value) for value in values]


def _sum(a: Any, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    return xp.sum(a, axis=axis, dtype=dtype, keepdims=bool(keepdims))


def _prod(a: Any, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    return xp.prod(a, axis=axis, dtype=dtype, keepdims=bool(keepdims))


def _floating(a: Any, dtype: Any) -> Any:
    """Return what a mean is taken of: integers in the default floating dtype."""
    if dtype is not None:
        return xp.astype(a, dtype)
    return a if a._options.is_inexact else xp.astype(a, _default())


def _default() -> DType:
    from agrad.dtypes import get_default_dtype

    return get_default_dtype()


def _mean(a: Any, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    return xp.mean(_floating(a, dtype), axis=axis, keepdims=bool(keepdims))


def _average(a: Any, axis: Axis = None, weights: Any = None, keepdims: bool = False) -> Any:
    if weights is None:
        return _mean(a, axis, None, keepdims)
    total = xp.sum(a * weights, axis=axis, keepdims=bool(keepdims))
    return total / xp.sum(xp.broadcast_to(as_tensor(weights), a.shape), axis=axis, keepdims=bool(keepdims))


def _var(a: Any, axis: Axis = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    return xp.var(_floating(a, dtype), axis=axis, correction=ddof, keepdims=bool(keepdims))


def _std(a: Any, axis: Axis = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    return xp.std(_floating(a, dtype), axis=axis, correction=ddof, keepdims=bool(keepdims))


def _max(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return xp.max(a, axis=axis, keepdims=bool(keepdims))


def _min(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return xp.min(a, axis=axis, keepdims=bool(keepdims))


def _argmax(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return xp.argmax(a, axis=axis, keepdims=bool(keepdims))


def _argmin(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return xp.argmin(a, axis=axis, keepdims=bool(keepdims))


def _all(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return xp.all(a, axis=axis, keepdims=bool(keepdims))


def _any(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return xp.any(a, axis=axis, keepdims=bool(keepdims))


def _count_nonzero(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return xp.count_nonzero(a, axis=axis, keepdims=bool(keepdims))


def _cumsum(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    return xp.cumulative_sum(a if axis is not None else _ravel(a), axis=0 if axis is None else axis, dtype=dtype)


def _cumprod(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    return xp.cumulative_prod(a if axis is not None else _ravel(a), axis=0 if axis is None else axis, dtype=dtype)


def _diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    return xp.diff(a, n=n, axis=axis)


def _dot(a: Any, b: Any) -> Any:
    a, b = _tensors((a, b))
    if not a.ndim or not b.ndim:
        return a * b
    return xp.matmul(a, b) if b.ndim <= 2 else xp.tensordot(a, b, axes=((a.ndim - 1,), (b.ndim - 2,)))


def _inner(a: Any, b: Any) -> Any:
    a, b = _tensors((a, b))
    if not a.ndim or not b.ndim:
        return a * b
    return xp.tensordot(a, b, axes=((a.ndim - 1,), (b.ndim - 1,)))


def _outer(a: Any, b: Any) -> Any:
    a, b = (_ravel(x) for x in _tensors((a, b)))
    return linalg.outer(a, b)


def _vdot(a: Any, b: Any) -> Any:
    a, b = (_ravel(x) for x in _tensors((a, b)))
    return xp.vecdot(a, b)


def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    return xp.tensordot(*_tensors((a, b)), axes=axes)


def _run_einsum(subscripts: str, *operands: Any, optimize: Any = False) -> Any:
    return _einsum.einsum(subscripts, *_tensors(operands))


def _trace(a: Any, offset: int = 0) -> Any:
    return linalg.trace(a, offset=offset)


def _diagonal(a: Any, offset: int = 0) -> Any:
    return linalg.diagonal(a, offset=offset)


def _transpose(a: Any, axes: Any = None) -> Any:
    return xp.permute_dims(a, tuple(reversed(range(a.ndim))) if axes is None else tuple(axes))


def _swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    axes = list(range(a.ndim))
    axes[axis1], axes[axis2] = axes[axis2], axes[axis1]
    return xp.permute_dims(a, tuple(axes))


def _moveaxis(a: Any, source: Any, destination: Any) -> Any:
    return xp.moveaxis(a, source, destination)


def _reshape(a: Any, /, shape: Any = None, *, newshape: Any = None) -> Any:
    return xp.reshape(a, _shape(newshape if shape is None else shape))


def _shape(shape: Any) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(shape)


def _ravel(a: Any) -> Any:
    return xp.reshape(a, (-1,))


def _squeeze(a: Any, axis: Any = None) -> Any:
    if axis is None:
        axis = tuple(index for index, length in enumerate(a.shape) if length == 1)
    return xp.squeeze(a, axis)


def _expand_dims(a: Any, axis: Any) -> Any:
    for position in sorted((axis,) if isinstance(axis, int) else axis):
        a = xp.expand_dims(a, axis=position)
    return a


def _broadcast_to(array: Any, shape: Any) -> Any:
    return xp.broadcast_to(array, _shape(shape))


def _concatenate(arrays: Any, axis: int | None = 0) -> Any:
    return xp.concat(_tensors(arrays), axis=axis)


def _stack(arrays: Any, axis: int = 0) -> Any:
    return xp.stack(_tensors(arrays), axis=axis)


def _hstack(tup: Any) -> Any:
    parts = [xp.reshape(part, (1,)) if not part.ndim else part for part in _tensors(tup)]
    return xp.concat(parts, axis=0 if parts[0].ndim == 1 else 1)


def _vstack(tup: Any) -> Any:
    return xp.concat([xp.reshape(part, (1, -1)) if part.ndim < 2 else part for part in _tensors(tup)], axis=0)


def _atleast_1d(*arrays: Any) -> Any:
    made = tuple(xp.reshape(part, (1,)) if not part.ndim else part for part in _tensors(arrays))
    return made[0] if len(made) == 1 else made


def _atleast_2d(*arrays: Any) -> Any:
    made = tuple(xp.reshape(part, (1, -1)) if part.ndim < 2 else part for part in _tensors(arrays))
    return made[0] if len(made) == 1 else made


def _where(condition: Any, x: Any = None, y: Any = None) -> Any:
    if x is None and y is None:
        return xp.nonzero(condition)
    return xp.where(condition, x, y)


def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    return xp.clip(a, a_min if min is None else min, a_max if max is None else max)


def _round(a: Any, decimals: int = 0) -> Any:
    if not decimals:
        return xp.round(a)
    return xp.round(a * 10.0**decimals) / 10.0**decimals


def _sort(a: Any, axis: int | None = -1, *, stable: bool | None = None) -> Any:
    return xp.sort(_ravel(a) if axis is None else a, axis=-1 if axis is None else axis)


def _argsort(a: Any, axis: int | None = -1, *, stable: bool | None = None) -> Any:
    return xp.argsort(_ravel(a) if axis is None else a, axis=-1 if axis is None else axis)


def _take(a: Any, indices: Any, axis: int | None = None) -> Any:
    (picks,) = _tensors((indices,))
    flat = xp.take(_ravel(a) if axis is None else a, _ravel(picks), axis=0 if axis is None else axis)
    if picks.ndim == 1:
        return flat
    place = 0 if axis is None else axis % a.ndim
    return xp.reshape(flat, (*flat.shape[:place], *picks.shape, *flat.shape[place + 1 :]))


def _take_along_axis(arr: Any, indices: Any, axis: int = -1) -> Any:
    return xp.take_along_axis(arr, indices, axis=axis)


def _repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    return xp.repeat(a, repeats, axis=axis)


def _tile(A: Any, reps: Any) -> Any:
    return xp.tile(A, _shape(reps))


def _roll(a: Any, shift: Any, axis: Any = None) -> Any:
    return xp.roll(a, shift, axis=axis)


def _flip(m: Any, axis: Any = None) -> Any:
    return xp.flip(m, axis=axis)


def _matrix_of_rows(m: Any) -> Any:
    """Return what NumPy's triangles are taken of: of a vector, the matrix whose rows it is."""
    return xp.broadcast_to(m, (m.shape[0], m.shape[0])) if m.ndim == 1 else m


def _tril(m: Any, k: int = 0) -> Any:
    return xp.tril(_matrix_of_rows(m), k=k)


def _triu(m: Any, k: int = 0) -> Any:
    return xp.triu(_matrix_of_rows(m), k=k)


def _real(val: Any) -> Any:
    return xp.real(val)


def _imag(val: Any) -> Any:
    return xp.imag(val)


def _nonzero(a: Any) -> Any:
    return xp.nonzero(a)


def _zeros_like(a: Any, dtype: Any = None) -> Any:
    return xp.zeros_like(a, dtype=dtype)


def _ones_like(a: Any, dtype: Any = None) -> Any:
    return xp.ones_like(a, dtype=dtype)


def _empty_like(prototype: Any, dtype: Any = None) -> Any:
    return xp.empty_like(prototype, dtype=dtype)


def _full_like(a: Any, fill_value: Any, dtype: Any = None) -> Any:
    return xp.full_like(a, fill_value, dtype=dtype)


def _copy(a: Any) -> Any:
    return xp.asarray(a, copy=True)


def _shape_of(a: Any) -> tuple[int, ...]:
    shape: tuple[int, ...] = tuple(a.shape)
    return shape


def _ndim(a: Any) -> int:
    return len(a.shape)


def _size(a: Any, axis: int | None = None) -> int:
    return int(a.size) if axis is None else int(a.shape[axis])


def _iscomplexobj(x: Any) -> bool:
    return bool(x._options.is_complex)


def _isrealobj(x: Any) -> bool:
    return not x._options.is_complex


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if axis is None and ord is None:
        made = linalg.vector_norm(_ravel(x))
        return xp.reshape(made, (1,) * x.ndim) if keepdims else made
    if (x.ndim if axis is None else 1 if isinstance(axis, int) else len(axis)) == 2:
        axes = (0, 1) if axis is None else tuple(axis)
        moved = xp.moveaxis(x, axes, (-2, -1))
        made = linalg.matrix_norm(moved, ord="fro" if ord is None else ord, keepdims=bool(keepdims))
        return xp.moveaxis(made, (-2, -1), axes) if keepdims else made
    return linalg.vector_norm(x, ord=2 if ord is None else ord, axis=axis, keepdims=bool(keepdims))


def _fft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    return fft.fft(_complex(a), n=n, axis=axis, norm=norm or "backward")


def _ifft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    return fft.ifft(_complex(a), n=n, axis=axis, norm=norm or "backward")


def _rfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    return fft.rfft(a, n=n, axis=axis, norm=norm or "backward")


def _irfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    return fft.irfft(a, n=n, axis=axis, norm=norm or "backward")


def _complex(a: Any) -> Any:
    return a if a._options.is_complex else xp.astype(a, _floating(a, None)._options.dtype.complex)


_NUMPY: dict[str, Callable[..., Any]] = {
    "sum": _sum, "prod": _prod, "mean": _mean, "average": _average, "var": _var, "std": _std,
    "max": _max, "amax": _max, "min": _min, "amin": _min, "argmax": _argmax, "argmin": _argmin,
    "all": _all, "any": _any, "count_nonzero": _count_nonzero, "cumsum": _cumsum, "cumprod": _cumprod, "diff": _diff,
    "dot": _dot, "inner": _inner, "outer": _outer, "vdot": _vdot, "tensordot": _tensordot, "einsum": _run_einsum,
    "trace": _trace, "diagonal": _diagonal, "transpose": _transpose, "permute_dims": _transpose,
    "matrix_transpose": xp.matrix_transpose, "swapaxes": _swapaxes, "moveaxis": _moveaxis, "reshape": _reshape,
    "ravel": _ravel, "squeeze": _squeeze, "expand_dims": _expand_dims, "broadcast_to": _broadcast_to,
    "concatenate": _concatenate, "concat": _concatenate, "stack": _stack, "hstack": _hstack, "vstack": _vstack,
    "atleast_1d": _atleast_1d, "atleast_2d": _atleast_2d, "where": _where, "clip": _clip, "round": _round,
    "around": _round, "sort": _sort, "argsort": _argsort, "take": _take, "take_along_axis": _take_along_axis,
    "repeat": _repeat, "tile": _tile, "roll": _roll, "flip": _flip, "tril": _tril, "triu": _triu,
    "real": _real, "imag": _imag, "nonzero": _nonzero, "zeros_like": _zeros_like, "ones_like": _ones_like,
    "empty_like": _empty_like, "full_like": _full_like, "copy": _copy, "shape": _shape_of, "ndim": _ndim,
    "size": _size, "iscomplexobj": _iscomplexobj, "isrealobj": _isrealobj,
}  # fmt: skip
_LINALG: dict[str, Callable[..., Any]] = {
    "norm": _norm, "inv": linalg.inv, "det": linalg.det, "slogdet": linalg.slogdet, "solve": linalg.solve,
    "cholesky": linalg.cholesky, "svdvals": linalg.svdvals, "eigh": linalg.eigh, "eigvalsh": linalg.eigvalsh,
    "eig": linalg.eig, "eigvals": linalg.eigvals, "pinv": linalg.pinv, "matrix_power": linalg.matrix_power,
    "matrix_rank": linalg.matrix_rank, "outer": _outer, "cross": linalg.cross, "vector_norm": linalg.vector_norm,
    "matrix_norm": linalg.matrix_norm,
}  # fmt: skip
_FFT: dict[str, Callable[..., Any]] = {
    "fft": _fft, "ifft": _ifft, "rfft": _rfft, "irfft": _irfft, "fftshift": fft.fftshift, "ifftshift": fft.ifftshift,
}  # fmt: skip

#: NumPy's functions by module and name
FUNCTIONS: dict[tuple[str, str], Callable[..., Any]] = {
    (module, name): function
    for module, functions in (("numpy", _NUMPY), ("numpy.linalg", _LINALG), ("numpy.fft", _FFT))
    for name, function in functions.items()
}

#: functions whose results do not change with small changes of their arguments, or are no numbers: NumPy's own may run on the values
CONSTANT = frozenset(
    f"numpy.{name}"
    for name in (
        "allclose", "argpartition", "argwhere", "array2string", "array_equal", "array_equiv", "array_repr", "array_str", "can_cast",
        "common_type", "digitize", "flatnonzero", "isclose", "iscomplex", "isin", "isneginf", "isposinf", "isreal", "lexsort",
        "may_share_memory", "min_scalar_type", "nanargmax", "nanargmin", "result_type", "save", "savetxt", "savez",
        "savez_compressed", "searchsorted", "shares_memory",
    )
)  # fmt: skip

__all__ = ["CONSTANT", "FUNCTIONS"]
