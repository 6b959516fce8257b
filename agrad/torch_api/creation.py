"""Tensors of data, as PyTorch makes them: of numbers, lists, arrays, buffers and other libraries' arrays.

The confusing case: a NumPy array is data and memory both. ``tensor`` always copies it; ``from_numpy`` and ``as_tensor`` share
its memory while NumPy is the default backend, and copy it onto another one, whose memory NumPy cannot share.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agrad import dtypes
from agrad.array_api import _making
from agrad.array_api._converting import HOST, convert, from_exchange
from agrad.array_api._making import dtype_argument, place
from agrad.backend import TensorOptions, backend_of, get_default_backend
from agrad.dtypes import DType
from agrad.engine.core import TensorCore, wrap
from agrad.engine.general import NUMBERS
from agrad.engine.storage import adopt
from agrad.errors import AgradError, GradError
from agrad.torch_api.conversion import warn_of_scalar
from agrad.torch_api.storage import detach

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Names = Sequence[str | None] | None


class AgradSizeError(AgradError, RuntimeError):
    """A size that no tensor can have."""


class DataError(AgradError, ValueError):
    """Data that no tensor can be made of: ragged lists, numbers out of range."""


class DataTypeError(AgradError, TypeError):
    """Data of a type that no tensor can be made of."""


class NoDataError(AgradError, RuntimeError):
    """An object without a dtype where data is needed, or a number that its dtype does not hold."""


# ---------------------------------------------------------------- what the functions that make tensors share


def face(tensor: Any) -> Any:
    """Return a new tensor under PyTorch's promotion of 0-d tensors (the standard's face marks what it makes)."""
    options = tensor._options
    if options.standard:
        tensor._options = options.with_standard(False)
    return tensor


def finish(tensor: Any, requires_grad: bool, names: Names = None) -> Any:
    """Return a new tensor as this face hands it out."""
    tensor = face(tensor)
    if requires_grad:
        if not tensor._options.is_inexact:
            raise GradError(
                "Only Tensors of floating point and complex dtype can require gradients; "
                f"received {tensor._options.dtype!r}. Pass dtype=agrad.float32."
            )
        tensor.requires_grad_()
    return tensor if names is None else tensor.rename_(*names)


def is_int(value: Any) -> bool:
    """Whether a value is an int, or what stands for one: a number of NumPy's or a 0-d tensor, but no array with axes."""
    return type(value) is int or (hasattr(value, "__index__") and not getattr(value, "shape", ()))


def sizes_of(size: tuple[Any, ...], function: str = "empty") -> tuple[int, ...]:
    """Return sizes given as separate ints or as one sequence, as a tuple of ints.

    Raises
    ------
    RuntimeError
        For a negative size.
    TypeError
        For what is no size.
    """
    if len(size) == 1 and not is_int(size[0]):
        if isinstance(size[0], str) or not hasattr(size[0], "__iter__"):
            raise DataTypeError(
                f"{function}(): argument 'size' (position 1) must be tuple of ints, not {type(size[0]).__name__}"
            )
        size = tuple(size[0])
    result = []
    for position, length in enumerate(size, start=1):
        if type(length) is not int:
            if not is_int(length):
                raise DataTypeError(
                    f"{function}(): argument 'size' failed to unpack the object at pos {position} with error "
                    f'"type must be tuple of ints,but got {type(length).__name__}"'
                )
            length = length.__index__()
        if length < 0:
            raise AgradSizeError(
                f"{function}: Dimension size must be non-negative. Trying to create tensor with negative dimension {length}: "
                f"{list(size)}."
            )
        result.append(length)
    return tuple(result)


def size_argument(size: tuple[Any, ...], named: Any, function: str) -> tuple[int, ...]:
    """Return the sizes of a function that takes them as ``*size`` or as ``size=``."""
    if named is not None:
        size = (named,)
    elif not size:
        raise DataTypeError(f'{function}() missing 1 required positional arguments: "size"')
    return sizes_of(size, function)


def options_for(
    dtype: Any,
    device: Any,
    default: _making.DefaultDType = _making.default_float,
    *,
    layout: Any = None,
    pin_memory: bool = False,
    out: Any = None,
) -> TensorOptions:
    """Return the options of a new tensor; those of `out` by default."""
    if layout is not None:
        check_layout(layout)
    if pin_memory:
        raise AgradSizeError(
            "Cannot access accelerator device when none is available: agrad pins no memory. Leave out pin_memory."
        )
    if out is not None:
        options: TensorOptions = out._options
        if dtype is not None and dtype_argument(dtype, options.backend) is not options.dtype:
            raise NoDataError(f"dtype {dtype!r} does not match dtype of out parameter ({options.dtype!r})")
        return options
    return _making.making_options(dtype, device, default, False)


def check_layout(layout: Any) -> None:
    """Refuse every layout but the strided one."""
    if getattr(layout, "name", None) != "strided":
        raise NoDataError(f"agrad's tensors are strided; received layout={layout!r}. Leave layout out.")


# ---------------------------------------------------------------- of data


def tensor(
    data: Any,
    *,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    names: Names = None,
) -> Tensor:
    """Make a tensor of `data`, always copying.

    A tensor's history stays behind, as in PyTorch. Inside a transform, where that would drop a derivative, the copy is recorded.

    Parameters
    ----------
    data : number, nested sequences of numbers and of tensors, array, or Tensor
    dtype : DType, optional
        By default what the data calls for: int64 for ints, the default floating dtype for floats, an array's own.
    device : Device or str, optional
        By default the default device, or the tensor's own.
    requires_grad : bool
        Only for floating and complex dtypes.
    names : sequence of str or None, optional
        The names of the axes.

    Raises
    ------
    TypeError, ValueError, RuntimeError
        In PyTorch's words, for ragged lists, strings, None, and numbers that the dtype does not hold.

    Examples
    --------
    >>> import agrad
    >>> agrad.tensor([1.0, 2.0], requires_grad=True)
    tensor([1., 2.], requires_grad=True)
    """
    if isinstance(data, TensorCore):
        made = convert(without_history(data), dtype, device, True)
    else:
        made = without_history(of_data(data, dtype, device, True))
    return finish(made, requires_grad, names)


def without_history(made: Any) -> Any:
    """Return a tensor without its history; a transform's own as it is."""
    return made if made._node is None or made._options.backend.level else detach(made)


def of_data(data: Any, dtype: Any, device: Any, copy: bool | None) -> Any:
    """Return data as a tensor, with PyTorch's errors for what is none."""
    if type(data) is list or type(data) is tuple:
        data, dtype = _numbers(data, dtype, device)
    try:
        return convert(data, dtype, device, copy)
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, AgradError) or copy is False:
            raise
        return _explained(data, dtype, device, error)


def _numbers(data: Any, dtype: Any, device: Any) -> tuple[Any, Any]:
    """Return nested sequences with one-element arrays and tensors among the numbers as numbers, and the dtype they call for."""
    leaves: list[Any] = []
    if not _foreign(data, leaves):
        return data, dtype
    if any(len(getattr(leaf, "shape", ())) > 0 for leaf in leaves):
        return data, dtype  # arrays to be stacked
    kinds = []
    for leaf in leaves:
        if isinstance(leaf, TensorCore):
            kinds.append(leaf._options.dtype)
        else:
            backend = backend_of(leaf)
            if backend is not None:
                kinds.append(backend.dtype_of(leaf))
            else:
                kinds.append(_of_number(leaf, device))
    if dtype is None:
        for kind in kinds:
            dtype = kind if dtype is None else dtypes.promote(dtype, kind)
    tensors = [leaf for leaf in leaves if isinstance(leaf, TensorCore)]
    if any(leaf._options.backend.level for leaf in tensors):
        return data, dtype  # a transform's values are stacked, and recorded
    if any(leaf._node is not None for leaf in tensors):
        warn_of_scalar()
    return _items(data), dtype


def _of_number(number: Any, device: Any) -> DType:
    options = _making.making_options(dtypes.bool, device, _making.default_bool)
    if isinstance(number, bool):
        return dtypes.bool
    if isinstance(number, int):
        return _making.default_int(options)
    return _making.default_float(options) if isinstance(number, float) else _making.default_complex(options)


def _foreign(items: Any, leaves: list[Any]) -> bool:
    """Collect the leaves of nested sequences; whether there is an array or a tensor among them."""
    kinds = set(map(type, items))
    if kinds <= _PLAIN:
        leaves.extend(items)
        return False
    found = False
    for item in items:
        if type(item) in _PLAIN:
            leaves.append(item)
        elif type(item) is list or type(item) is tuple:
            found = _foreign(item, leaves) or found
        else:
            leaves.append(item)
            found = found or isinstance(item, TensorCore) or backend_of(item) is not None
    return found


_PLAIN = frozenset(NUMBERS)


def _items(data: Any) -> Any:
    if type(data) is list or type(data) is tuple:
        return [_items(item) for item in data]
    return data.item() if hasattr(data, "item") else data


def _explained(data: Any, dtype: Any, device: Any, error: Exception) -> Any:
    """Raise PyTorch's error for data that could not be converted; or convert what wraps around, as PyTorch lets it."""
    if data is None:
        raise NoDataError("Could not infer dtype of NoneType") from None
    _check_rectangle(data, 0, _lengths(data))
    wanted = None if dtype is None else dtype_argument(dtype, place(device)[0])
    numbers: list[Any] = []
    _foreign(data if isinstance(data, (list, tuple)) else [data], numbers)
    whole = [number for number in numbers if isinstance(number, int)]
    if len(whole) == len(numbers):
        if any(not -(2**63) <= number < 2**63 for number in whole) and (wanted is None or wanted.kind == "int"):
            raise DataError("Overflow when unpacking long long: an int64 holds -2**63 to 2**63 - 1") from None
        if wanted is not None and wanted.kind in ("int", "uint"):
            limits = dtypes.iinfo(wanted)
            if wanted.kind == "uint" and all(-limits.max <= number <= limits.max for number in whole):
                return convert(_wrapped(data, limits.max + 1), dtype, device, True)
            raise NoDataError(f"value cannot be converted to type {wanted.name} without overflow") from None
    raise error


def _wrapped(data: Any, span: int) -> Any:
    return [_wrapped(item, span) for item in data] if isinstance(data, (list, tuple)) else data % span


def _lengths(data: Any) -> list[int]:
    """Return the lengths of the first item of each depth."""
    lengths = []
    while isinstance(data, (list, tuple)):
        lengths.append(len(data))
        if not data:
            break
        data = data[0]
    return lengths


def _check_rectangle(data: Any, depth: int, lengths: list[int]) -> None:
    """Refuse strings and ragged nested sequences, in PyTorch's words."""
    if isinstance(data, (str, bytes)) or data is None:
        raise DataTypeError(f"new(): invalid data type '{type(data).__name__}'") from None
    if not isinstance(data, (list, tuple)):
        if depth < len(lengths):
            raise DataTypeError(
                f"expected a sequence of length {lengths[depth]} at dim {depth}, got {type(data).__name__}: nested lists have one depth"
            ) from None
        return
    if depth >= len(lengths):
        raise DataError(
            f"too many dimensions at dim {depth}: nested lists have one depth (got a sequence of {len(data)})"
        ) from None
    if len(data) != lengths[depth]:
        raise DataError(f"expected sequence of length {lengths[depth]} at dim {depth} (got {len(data)})") from None
    for item in data:
        _check_rectangle(item, depth + 1, lengths)


def as_tensor(data: Any, dtype: DType | None = None, device: Any = None) -> Tensor:
    """Return `data` as a tensor, sharing memory and history where that is possible.

    Parameters
    ----------
    data, dtype, device
        As for :func:`tensor`.
    """
    if isinstance(data, TensorCore):
        return convert(data, dtype, device, None)
    return asarray(data, dtype=dtype, device=device)


def asarray(
    obj: Any, *, dtype: DType | None = None, device: Any = None, copy: bool | None = None, requires_grad: bool = False
) -> Tensor:
    """Return `obj` as a tensor; copies only when asked or needed.

    Parameters
    ----------
    obj, dtype, device
        As for :func:`tensor`; an object with ``__dlpack__`` and a buffer are taken too.
    copy : bool, optional
        True: never share memory with `obj`. False: always, or raise. None: share it where that is possible.
    requires_grad : bool
    """
    if isinstance(obj, TensorCore):
        result: Tensor = convert(obj, dtype, device, copy)
        if result is not obj:
            finish(result, requires_grad)
        return result
    backend = None if type(obj) in NUMBERS else backend_of(obj)
    if backend is not None and not copy and not backend.is_scalar(obj):
        options = backend.options_of(obj)
        home = get_default_backend() if device is None else place(device, backend)[0]
        same_place = device is None or place(device, backend)[1] == options.device
        same_dtype = dtype is None or dtype_argument(dtype, backend) is options.dtype
        if same_place and same_dtype and (home is backend or backend.name != HOST):
            return finish(from_numpy(obj), requires_grad)
    if backend is None and copy is False and isinstance(obj, (list, tuple, *NUMBERS)):
        raise DataError("can't alias arbitrary sequence into a tensor: leave copy=False out.")
    return finish(of_data(obj, dtype, device, copy), requires_grad)


def from_numpy(ndarray: Any) -> Tensor:
    """Return a tensor of a NumPy array (or another backend's), sharing its memory on the NumPy backend, both ways.

    While another backend is the default one, a NumPy array is copied there.

    Raises
    ------
    TypeError
        When it is no array, or of a dtype that no tensor has.
    ValueError
        For negative strides.
    """
    backend = None if isinstance(ndarray, NUMBERS) else backend_of(ndarray)
    if backend is None or backend.is_scalar(ndarray):
        raise DataTypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    backend.dtype_of(ndarray)  # raises for a dtype that no tensor has
    if backend.name == HOST and get_default_backend() is not backend:
        return face(convert(ndarray, None, None, None))
    if not backend.mutable:
        return wrap(ndarray, backend.options_of(ndarray))
    flags = getattr(ndarray, "flags", None)
    if flags is not None and not getattr(flags, "writeable", True):
        warnings.warn(
            "The given NumPy array is not writable, and PyTorch does not support non-writable tensors: writing to this tensor "
            "raises. Copy the array first.",
            stacklevel=2,
        )
    return adopt(ndarray, backend)


def frombuffer(buffer: Any, *, dtype: DType, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """Return a 1-D tensor of a buffer's bytes; it shares them on the NumPy backend.

    Parameters
    ----------
    buffer : bytes-like
    dtype : DType
        What the bytes are.
    count : int
        How many elements; all that are left if negative.
    offset : int
        Bytes to skip.

    Raises
    ------
    ValueError
        For a buffer whose length does not fit.
    """
    view = memoryview(buffer).cast("B")
    length, item = len(view), dtype.itemsize
    if length == 0 or count == 0:
        raise DataError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise DataError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({length} bytes) minus 1"
        )
    if count < 0:
        if (length - offset) % item:
            raise DataError(
                f"buffer length ({length - offset} bytes) after offset ({offset} bytes) must be a multiple of element size ({item})"
            )
        count = (length - offset) // item
    elif offset + count * item > length:
        raise DataError(
            f"requested buffer length ({count} * {item} bytes) after offset ({offset} bytes) must not be greater than actual "
            f"buffer length ({length} bytes)"
        )
    options = options_for(dtype, None)
    raw = options.backend.from_buffer(view[offset : offset + count * item], dtype, options.device)
    made = adopt(raw, options.backend) if options.backend.mutable else wrap(raw, options)
    return finish(made, requires_grad)


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """Return a tensor of what another library's array exchanges by DLPack, sharing its memory where that is possible.

    Parameters
    ----------
    ext_tensor : object with ``__dlpack__``
    device : Device or str, optional
    copy : bool, optional
        As for :func:`asarray`.
    """
    made = from_exchange(ext_tensor, device, copy)
    backend = made._options.backend
    if backend.mutable and not backend.level and made._extra is None and not isinstance(ext_tensor, TensorCore):
        return adopt(made._data, backend)
    return face(made)


def to_dlpack(tensor: Tensor) -> Any:
    """Return a tensor's memory as a DLPack capsule, to be taken by another library once."""
    return tensor.__dlpack__()


__all__ = [
    "Names",
    "as_tensor",
    "asarray",
    "check_layout",
    "face",
    "finish",
    "from_dlpack",
    "from_numpy",
    "frombuffer",
    "is_int",
    "of_data",
    "options_for",
    "size_argument",
    "sizes_of",
    "tensor",
    "to_dlpack",
    "without_history",
]
