"""CuPy's functions as the standard has them, and what the standard lacks.

array_api_compat does the renaming. This module mends what it leaves: devices of creation functions (it ignores them),
functions that wait for the GPU where they need not (``clip``, ``sign``), writes to indices that repeat (in no fixed order in
CuPy: here the last one stays, as in NumPy), and matrices that have no inverse or factor (CuPy answers with whatever is
in memory unless asked to look).
"""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any

import cupy
import cupyx
import numpy as np
from array_api_compat import cupy as _compat

from agrad.backend import Namespace
from agrad.standard_defaults import matrices
from agrad_cupy import indexing, memory, special

compat: Any = _compat

_CREATION = (
    "arange", "empty", "empty_like", "eye", "full", "full_like", "linspace", "ones", "ones_like", "zeros", "zeros_like",
)  # fmt: skip


def _placed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a creation function that makes its array on the device it is given."""

    @wraps(function)
    def create(*args: Any, device: Any = None, **options: Any) -> Any:
        if device is None:
            return function(*args, **options)
        with device:
            return function(*args, **options)

    return create


def _looking(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of matrices that raises LinAlgError as NumPy's does; to know, it waits for the GPU."""

    @wraps(function)
    def look(*args: Any, **options: Any) -> Any:
        with cupyx.errstate(linalg="raise"):
            return function(*args, **options)

    return look


def _at_home(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that runs on its first array's device, where there are several."""

    @wraps(function, assigned=())
    def run(*args: Any, **options: Any) -> Any:
        for arg in args:
            first = arg[0] if isinstance(arg, (list, tuple)) and arg else arg
            if isinstance(first, cupy.ndarray):
                with first.device:
                    return function(*args, **options)
        return function(*args, **options)

    return run


def _as_it_is(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


def sum(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """Return the sum over axes."""
    return x.sum(axis=axis, dtype=dtype, keepdims=keepdims)


def max(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the maximum over axes."""
    return x.max(axis=axis, keepdims=keepdims)


def min(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the minimum over axes."""
    return x.min(axis=axis, keepdims=keepdims)


def mean(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the mean over axes."""
    return x.mean(axis=axis, keepdims=keepdims)


def var(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """Return the variance; the correction need not be whole."""
    away = x - x.mean(axis=axis, keepdims=True)
    total = (away * away).sum(axis=axis, keepdims=keepdims)
    count = x.size // total.size if total.size else 0
    left = count - correction
    return total / left if left > 0 else total / cupy.zeros((), dtype=total.dtype)  # nan or inf, as everywhere


def std(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """Return the standard deviation."""
    return cupy.sqrt(var(x, axis=axis, correction=correction, keepdims=keepdims))


def reshape(x: Any, /, shape: Any, *, copy: bool | None = None) -> Any:
    """Return x with another shape; a view where that is possible."""
    if copy is None:
        return x.reshape(shape)
    return compat.reshape(x, shape, copy=copy)


def permute_dims(x: Any, /, axes: tuple[int, ...]) -> Any:
    """Return x with its axes in another order."""
    return x.transpose(axes)


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """Return x converted; the real part where a complex array becomes real (the engine asks for that alone)."""
    if x.dtype.kind == "c" and np.dtype(dtype).kind not in "cb":
        x = x.real
    return x.astype(dtype, copy=copy)


def conj(x: Any, /) -> Any:
    """Return the complex conjugate; a real array is itself."""
    return cupy.conjugate(x) if x.dtype.kind == "c" else x


def real(x: Any, /) -> Any:
    """Return the real part; a real array is itself."""
    return x.real if x.dtype.kind == "c" else x


def imag(x: Any, /) -> Any:
    """Return the imaginary part."""
    return x.imag if x.dtype.kind == "c" else cupy.zeros_like(x)


def bitcast(x: Any, dtype: Any) -> Any:
    """Return the memory of a row of elements read as another dtype."""
    return x.view(dtype) if x.flags.c_contiguous else x.copy().view(dtype)


def sign(x: Any, /) -> Any:
    """Return the sign, of nan nan; of a complex number, the number of that direction on the unit circle."""
    kind = x.dtype.kind
    if kind == "c":
        size = cupy.abs(x)
        zero = size == 0
        return cupy.where(zero, x, x / cupy.where(zero, cupy.ones_like(size), size))
    if kind == "f":
        return cupy.where(cupy.isnan(x), x, cupy.sign(x))
    return cupy.sign(x)


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """Return x kept between bounds, of which either may be None; nan stays nan."""
    if min is not None:
        x = cupy.where(x < min, min, x)
    if max is not None:
        x = cupy.where(x > max, max, x)
    return x


def solve(x1: Any, x2: Any, /) -> Any:
    """Solve linear systems, batched; nothing to do where there are no equations or no right-hand sides."""
    if not x1.size or not x2.size:
        return cupy.zeros(x2.shape, dtype=np.result_type(x1.dtype, x2.dtype))
    return cupy.linalg.solve(x1, x2)


def solve_triangular(a: Any, b: Any, /, *, upper: bool) -> Any:
    """Solve a triangular system, batched; `b` is a matrix."""
    from cupyx.scipy.linalg import solve_triangular as solve_one

    shape = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a = cupy.broadcast_to(a, (*shape, *a.shape[-2:]))
    b = cupy.broadcast_to(b, (*shape, *b.shape[-2:]))
    if not b.size:
        return cupy.zeros(b.shape, dtype=b.dtype)
    return solve_one(a, b, lower=not upper)


def lu_factor(x: Any, /) -> tuple[Any, Any]:
    """Return an LU factorization in one matrix and the exchanges of rows, counted from 1, int32; batched.

    cuSOLVER leaves nan behind a zero pivot, of which CuPy warns: such a matrix is factored column by column.
    """
    from cupyx.scipy.linalg import lu_factor as factor_one

    packed = cupy.empty(x.shape, dtype=x.dtype)
    pivots = cupy.empty((*x.shape[:-2], builtins.min(x.shape[-2:])), dtype=np.int32)
    if not x.size:
        return packed, pivots
    for index in np.ndindex(x.shape[:-2]):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", RuntimeWarning)
                found = factor_one(x[index], check_finite=False)
            packed[index], pivots[index] = found[0], found[1] + 1
        except RuntimeWarning:
            packed[index], pivots[index] = matrices.lu_factor(compat, x[index])
    return packed, pivots


def complete(xp: Namespace, *, several_devices: bool = False) -> Namespace:
    """Put the functions of this module in place of array_api_compat's."""
    for name in _CREATION:
        setattr(xp, name, _placed(getattr(compat, name)))
    for function in (
        sum, max, min, mean, var, std, reshape, permute_dims, astype, conj, real, imag, sign, clip, bitcast,
        indexing.index_get, indexing.index_set, indexing.index_add, indexing.scatter_add, indexing.write, memory.as_strided,
    ):  # fmt: skip
        setattr(xp, function.__name__, function)
    for name in ("cholesky", "inv"):
        setattr(xp.linalg, name, _looking(getattr(compat.linalg, name)))
    xp.linalg.solve = _looking(solve)
    xp.linalg.solve_triangular = solve_triangular
    xp.linalg.lu_factor = lu_factor
    for name in ("fftfreq", "rfftfreq"):
        setattr(xp.fft, name, _placed(getattr(compat.fft, name)))
    special.install(xp, _at_home if several_devices else _as_it_is)
    if several_devices:
        for part in (xp, xp.linalg, xp.fft):
            for name, function in list(vars(part).items()):
                if callable(function) and not name.startswith("_") and not isinstance(function, (type, Namespace)):
                    setattr(part, name, _at_home(function))
    return xp
