"""Making arrays, by the standard's names and signatures.

A new array is on the backend that the device names, or else on the default one, has the default floating or integer
dtype unless one is given, and promotes by the standard's rule: 0-d arrays count like others. Shapes are ints or
tuples.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from agrad.array_api._arguments import as_tensor, as_tensors, shape_argument
from agrad.array_api._converting import convert, from_exchange
from agrad.array_api._making import (
    DefaultDType,
    at_level_of,
    default_bool,
    default_complex,
    default_float,
    default_int,
    make,
    making_options,
    options_beside,
)
from agrad.engine.core import TensorCore
from agrad.primitives import creation, data_type, manipulation

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def arange(
    start: float, /, stop: float | None = None, step: float = 1, *, dtype: Any = None, device: Any = None
) -> Tensor:
    """Return start, start + step, ... up to but not including `stop`; from 0 to `start` if only that is given."""
    if stop is None:
        start, stop = 0, start
    whole = all(isinstance(value, int) or hasattr(value, "__index__") for value in (start, stop, step))
    options = making_options(dtype, device, default_int if whole else default_float)
    return make(
        options,
        lambda xp: xp.arange(start, stop, step, dtype=options.raw_dtype, device=options.raw_device),
        dtype=options.dtype,
    )


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Tensor:
    """Return a Tensor of a Tensor, an array, a Python number or nested sequences of numbers and Tensors.

    Parameters
    ----------
    dtype : DType, optional
        That of `obj` by default; bool, the default integer, floating or complex dtype for Python numbers.
    device : Device, optional
        That of `obj` by default.
    copy : bool, optional
        True: never share memory with `obj`. False: always, or raise. None: share it where that is possible.

    Raises
    ------
    ValueError
        With ``copy=False``, where a copy is needed.

    Notes
    -----
    Linear: of a Tensor the graph goes on, also through `dtype` and `copy`.
    """
    return convert(obj, dtype, device, copy)


def empty(shape: int | Sequence[int], *, dtype: Any = None, device: Any = None) -> Tensor:
    """Return an array of a shape, its elements unsaid."""
    options = making_options(dtype, device, default_float)
    lengths = shape_argument(shape)
    return make(options, lambda xp: xp.empty(lengths, dtype=options.raw_dtype, device=options.raw_device))


def empty_like(x: Tensor, /, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Return an array of x's shape (dtype, device), its elements unsaid; a constant."""
    return zeros_like(x, dtype=dtype, device=device)


def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: Any = None, device: Any = None) -> Tensor:
    """Return a matrix with ones on the diagonal, or on the one `k` above (below if negative), and zeros elsewhere."""
    options = making_options(dtype, device, default_float)
    return make(options, lambda xp: xp.eye(n_rows, n_cols, k=k, dtype=options.raw_dtype, device=options.raw_device))


def from_dlpack(x: object, /, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """Return a Tensor around what another library's array exchanges by DLPack; it does not require grad.

    Parameters
    ----------
    device : Device, optional
        Where the result shall be; where `x` is by default.
    copy : bool, optional
        True: never share memory. False: always, or raise. None: share it where that is possible.
    """
    return from_exchange(x, device, copy)


def full(shape: int | Sequence[int], fill_value: Tensor | complex, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Return an array of a shape filled with a number, whose kind chooses the dtype if none is given.

    A 0-d Tensor is taken too (beyond the standard); the result is a copy, and its cotangent is summed back.
    """
    lengths = shape_argument(shape)
    if isinstance(fill_value, TensorCore) or not isinstance(fill_value, bool | int | float | complex):
        return _filled(convert(fill_value, dtype, device, None), lengths)
    default: DefaultDType = default_complex
    if isinstance(fill_value, bool):
        default = default_bool
    elif isinstance(fill_value, int):
        default = default_int
    elif isinstance(fill_value, float):
        default = default_float
    options = making_options(dtype, device, default)
    return make(options, lambda xp: xp.full(lengths, fill_value, dtype=options.raw_dtype, device=options.raw_device))


def full_like(x: Tensor, /, fill_value: Tensor | complex, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Return an array of x's shape (dtype, device) filled with a number, or with a 0-d Tensor as in :func:`full`; a constant to x."""
    x = as_tensor(x)
    options = options_beside(x, dtype, device)
    if isinstance(fill_value, TensorCore) or not isinstance(fill_value, bool | int | float | complex):
        made = _filled(convert(fill_value, options.dtype, device, None), x._shape)
        return made if made._options.backend.level >= x._options.backend.level else at_level_of(x, made)
    build = lambda xp: xp.full(x._shape, fill_value, dtype=options.raw_dtype, device=options.raw_device)
    return at_level_of(x, make(options, build))


def _filled(value: Any, shape: tuple[int, ...]) -> Any:
    """Return a Tensor's value in every place of a new array: it may be written to, and `value` too."""
    return data_type.copy(manipulation.broadcast_to(value, shape=shape))


def linspace(
    start: complex,
    stop: complex,
    /,
    num: int,
    *,
    dtype: Any = None,
    device: Any = None,
    endpoint: bool = True,
) -> Tensor:
    """Return `num` numbers at equal distances from `start` to `stop`, which is left out if not `endpoint`."""
    is_complex = isinstance(start, complex) or isinstance(stop, complex)
    options = making_options(dtype, device, default_complex if is_complex else default_float)
    return make(
        options,
        lambda xp: xp.linspace(start, stop, num, dtype=options.raw_dtype, device=options.raw_device, endpoint=endpoint),
    )


def meshgrid(*arrays: Tensor, indexing: Literal["xy", "ij"] = "xy") -> tuple[Tensor, ...]:
    """Return 1-D coordinates spread over a grid, one array each, a copy; the cotangents are summed back.

    Parameters
    ----------
    indexing : {"xy", "ij"}
        Whether the first array varies along the second axis, as in a picture, or the first, as in a matrix.
    """
    return tuple(data_type.copy(grid) for grid in creation.meshgrid(*as_tensors(arrays), indexing=indexing))


def ones(shape: int | Sequence[int], *, dtype: Any = None, device: Any = None) -> Tensor:
    """Return an array of a shape filled with 1."""
    options = making_options(dtype, device, default_float)
    lengths = shape_argument(shape)
    return make(options, lambda xp: xp.ones(lengths, dtype=options.raw_dtype, device=options.raw_device))


def ones_like(x: Tensor, /, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Return an array of x's shape (dtype, device) filled with 1; a constant."""
    x = as_tensor(x)
    options = options_beside(x, dtype, device)
    made = make(options, lambda xp: xp.ones(x._shape, dtype=options.raw_dtype, device=options.raw_device))
    return at_level_of(x, made)


def tril(x: Tensor, /, *, k: int = 0) -> Tensor:
    """Return matrices with zeros above the diagonal, or above the one `k` above it; linear."""
    return creation.tril(x, k=k)


def triu(x: Tensor, /, *, k: int = 0) -> Tensor:
    """Return matrices with zeros below the diagonal, or below the one `k` above it; linear."""
    return creation.triu(x, k=k)


def zeros(shape: int | Sequence[int], *, dtype: Any = None, device: Any = None) -> Tensor:
    """Return an array of a shape filled with 0."""
    options = making_options(dtype, device, default_float)
    lengths = shape_argument(shape)
    return make(options, lambda xp: xp.zeros(lengths, dtype=options.raw_dtype, device=options.raw_device))


def zeros_like(x: Tensor, /, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Return an array of x's shape (dtype, device) filled with 0; a constant."""
    x = as_tensor(x)
    options = options_beside(x, dtype, device)
    made = make(options, lambda xp: xp.zeros(x._shape, dtype=options.raw_dtype, device=options.raw_device))
    return at_level_of(x, made)


__all__ = [
    "arange",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_dlpack",
    "full",
    "full_like",
    "linspace",
    "meshgrid",
    "ones",
    "ones_like",
    "tril",
    "triu",
    "zeros",
    "zeros_like",
]
