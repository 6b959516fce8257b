"""Making tensors, as PyTorch does: sizes as ints or one sequence; dtype, device and requires_grad everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agrad.array_api import _making
from agrad.array_api._converting import convert
from agrad.backend import TensorOptions, backend_of
from agrad.dtypes import DType
from agrad.engine.core import TensorCore, wrap
from agrad.errors import AgradError

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def face(tensor: Any) -> Any:
    """Return a new tensor under PyTorch's promotion of 0-d tensors (the standard's face marks what it makes)."""
    options = tensor._options
    if options.standard:
        tensor._options = options.with_standard(False)
    return tensor


def finish(tensor: Any, requires_grad: bool) -> Any:
    """Return a new tensor as this face hands it out."""
    tensor = face(tensor)
    return tensor.requires_grad_() if requires_grad else tensor


def sizes_of(size: tuple[Any, ...]) -> tuple[int, ...]:
    """Return sizes given as separate ints or as one sequence, as a tuple of ints.

    Raises
    ------
    RuntimeError
        For a negative size.
    """
    if len(size) == 1 and not hasattr(size[0], "__index__"):
        size = tuple(size[0])
    result = tuple(length if type(length) is int else length.__index__() for length in size)
    if any(length < 0 for length in result):
        raise AgradSizeError(
            f"Trying to create tensor with negative dimension {min(result)}: {list(result)}. Sizes are 0 or more."
        )
    return result


class AgradSizeError(AgradError, RuntimeError):
    """A size that no tensor can have."""


def options_for(
    dtype: DType | None, device: Any, default: _making.DefaultDType = _making.default_float
) -> TensorOptions:
    """Return the options of a new tensor."""
    return _making.making_options(dtype, device, default).with_standard(False)


def tensor(
    data: Any, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:
    """Make a tensor of `data`, always copying.

    Parameters
    ----------
    data : number, nested sequences of numbers, array, or Tensor
    dtype : DType, optional
        By default what the data calls for: int64 for ints, the default floating dtype for floats, an array's own.
    device : Device or str, optional
    requires_grad : bool
        Only for floating and complex dtypes.

    Examples
    --------
    >>> import agrad
    >>> agrad.tensor([1.0, 2.0], requires_grad=True)
    tensor([1., 2.], requires_grad=True)
    """
    if isinstance(data, TensorCore):
        data = wrap(data._data, data._options)
    return finish(convert(data, dtype, device, True), requires_grad)  # type: ignore[no-any-return]


def as_tensor(data: Any, dtype: DType | None = None, device: Any = None) -> Tensor:
    """Return `data` as a tensor, sharing memory and history where that is possible."""
    if isinstance(data, TensorCore):
        return convert(data, dtype, device, None)  # type: ignore[no-any-return]
    backend = backend_of(data)
    if backend is not None and dtype is None and device is None:
        return from_numpy(data)
    return face(convert(data, dtype, device, None))  # type: ignore[no-any-return]


def asarray(
    obj: Any, *, dtype: DType | None = None, device: Any = None, copy: bool | None = None, requires_grad: bool = False
) -> Tensor:
    """Return `obj` as a tensor; copies only when asked or needed."""
    result = convert(obj, dtype, device, copy)
    if result is obj:
        return result  # type: ignore[no-any-return]
    return finish(result, requires_grad)  # type: ignore[no-any-return]


def from_numpy(ndarray: Any) -> Tensor:
    """Return a tensor around an array of a backend, sharing its memory.

    Raises
    ------
    TypeError
        When it is no array of a known backend.
    """
    backend = backend_of(ndarray)
    if backend is None or isinstance(ndarray, (int, float, complex)):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    if not backend.mutable:
        return wrap(ndarray, backend.options_of(ndarray))  # type: ignore[no-any-return]
    from agrad.engine.storage import adopt

    return adopt(ndarray, backend)  # type: ignore[no-any-return]


def zeros(*size: Any, dtype: DType | None = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of zeros."""
    o = options_for(dtype, device)
    raw = o.xp.zeros(sizes_of(size), dtype=o.raw_dtype, device=o.raw_device)
    return finish(wrap(raw, o), requires_grad)  # type: ignore[no-any-return]


def ones(*size: Any, dtype: DType | None = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of ones."""
    o = options_for(dtype, device)
    raw = o.xp.ones(sizes_of(size), dtype=o.raw_dtype, device=o.raw_device)
    return finish(wrap(raw, o), requires_grad)  # type: ignore[no-any-return]


def empty(*size: Any, dtype: DType | None = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of whatever the memory holds."""
    o = options_for(dtype, device)
    raw = o.xp.empty(sizes_of(size), dtype=o.raw_dtype, device=o.raw_device)
    return finish(wrap(raw, o), requires_grad)  # type: ignore[no-any-return]


def full(
    size: Sequence[int], fill_value: Any, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Make a tensor filled with one number, whose kind gives the dtype."""
    if isinstance(fill_value, TensorCore):
        options = fill_value._options
        dtype = dtype or options.dtype
        fill_value = options.backend.item(fill_value._data)
    default = {
        bool: _making.default_bool,
        int: _making.default_int,
        float: _making.default_float,
        complex: _making.default_complex,
    }[type(fill_value)]
    o = options_for(dtype, device, default)
    raw = o.xp.full(sizes_of((size,)), fill_value, dtype=o.raw_dtype, device=o.raw_device)
    return finish(wrap(raw, o), requires_grad)  # type: ignore[no-any-return]


def eye(
    n: int, m: int | None = None, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Make an identity matrix, of shape (n, m)."""
    o = options_for(dtype, device)
    raw = o.xp.eye(n, n if m is None else m, dtype=o.raw_dtype, device=o.raw_device)
    return finish(wrap(raw, o), requires_grad)  # type: ignore[no-any-return]


def arange(
    start: Any,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of numbers from `start` (0) up to `end`, not included; int64 for ints."""
    if end is None:
        start, end = 0, start
    start, end, step = (x.item() if isinstance(x, TensorCore) else x for x in (start, end, step))  # type: ignore[attr-defined]
    floating = any(isinstance(x, float) for x in (start, end, step))
    o = options_for(dtype, device, _making.default_float if floating else _making.default_int)
    raw = o.xp.arange(start, end, step, dtype=o.raw_dtype, device=o.raw_device)
    return finish(wrap(raw, o), requires_grad)  # type: ignore[no-any-return]


def linspace(
    start: float, end: float, steps: int, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Make a tensor of `steps` numbers evenly spaced from `start` to `end`, both included."""
    o = options_for(dtype, device)
    raw = o.xp.linspace(start, end, steps, dtype=o.raw_dtype, device=o.raw_device)
    return finish(wrap(raw, o), requires_grad)  # type: ignore[no-any-return]


def _like(x: Any, dtype: DType | None, device: Any) -> TensorOptions:
    return _making.options_beside(x, dtype, device)


def zeros_like(x: Tensor, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Make zeros of another tensor's shape, dtype and device."""
    o = _like(x, dtype, device)
    return finish(wrap(o.xp.zeros(x._shape, dtype=o.raw_dtype, device=o.raw_device), o), requires_grad)  # type: ignore[no-any-return]


def ones_like(x: Tensor, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Make ones of another tensor's shape, dtype and device."""
    o = _like(x, dtype, device)
    return finish(wrap(o.xp.ones(x._shape, dtype=o.raw_dtype, device=o.raw_device), o), requires_grad)  # type: ignore[no-any-return]


def empty_like(x: Tensor, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Make an uninitialised tensor of another's shape, dtype and device."""
    o = _like(x, dtype, device)
    return finish(wrap(o.xp.empty(x._shape, dtype=o.raw_dtype, device=o.raw_device), o), requires_grad)  # type: ignore[no-any-return]


def full_like(
    x: Tensor, fill_value: Any, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Make a tensor filled with one number, of another tensor's shape, dtype and device."""
    o = _like(x, dtype, device)
    if isinstance(fill_value, TensorCore):
        fill_value = fill_value._options.backend.item(fill_value._data)
    raw = o.xp.full(x._shape, fill_value, dtype=o.raw_dtype, device=o.raw_device)
    return finish(wrap(raw, o), requires_grad)  # type: ignore[no-any-return]


__all__ = [
    "arange",
    "as_tensor",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_numpy",
    "full",
    "full_like",
    "linspace",
    "ones",
    "ones_like",
    "tensor",
    "zeros",
    "zeros_like",
]
