"""From anything to a Tensor: Tensors, arrays of any backend, Python numbers, nested sequences, buffers, DLPack.

The confusing case: an array of the host's own library (NumPy) is data as much as it is an array. While another
backend is the default one it is moved there, as a list of numbers would be; an array of any other library stays where
it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agrad import dtypes
from agrad.array_api._making import (
    default_complex,
    default_float,
    default_int,
    dtype_argument,
    make,
    making_options,
    options_beside,
    place,
)
from agrad.backend import Backend, TensorOptions, backend_of, get_default_backend
from agrad.dtypes import DType
from agrad.engine.core import TensorCore, wrap
from agrad.engine.doors import carrier
from agrad.engine.general import NUMBERS
from agrad.primitives import data_type, manipulation

HOST = "numpy"
_NO_COPY = "asarray was asked not to copy (copy=False), but {} needs a copy. Leave copy out."


def convert(obj: Any, dtype: Any, device: Any, copy: bool | None) -> Any:
    """Do what :func:`agrad.array_api.asarray` says."""
    if isinstance(obj, TensorCore):
        return _of_tensor(obj, dtype, device, copy)
    if type(obj) not in NUMBERS:
        backend = backend_of(obj)
        if backend is not None:
            return _of_array(backend, obj, dtype, device, copy)
        if hasattr(obj, "__dlpack__"):
            return _of_array(*_imported(obj, copy), dtype, device, copy)
    if copy is False:
        raise ValueError(_NO_COPY.format(f"a {type(obj).__name__}"))
    if not isinstance(obj, bool | int | float | complex):
        obj = _as_lists(obj)
        if isinstance(obj, list) and _holds_arrays(obj):
            return stacked(obj, dtype, device)
    rank = _rank(obj)
    options = making_options(dtype, device, (_bool, default_int, default_float, default_complex)[rank])
    return wrap(options.backend.ensure_array(options.backend.asarray(obj, options.dtype, options.device)), options)


def _bool(_options: Any) -> DType:
    return dtypes.bool


def _of_tensor(x: Any, dtype: Any, device: Any, copy: bool | None) -> Any:
    options: TensorOptions = x._options
    wanted = options.dtype if dtype is None else dtype_argument(dtype, options.backend)
    target = options if device is None else options_beside(x, None, device)
    other = target.backend is not options.backend and not options.backend.level
    moves = other or target.device != options.device
    if copy is False and (moves or wanted is not options.dtype):
        raise ValueError(_NO_COPY.format(f"{options.dtype!r} on {options.device} to {wanted!r} on {target.device}"))
    if moves:
        x = x.to_device(target.device)
    if x._options.dtype is not wanted:
        return data_type.astype(x, dtype=wanted)
    return data_type.copy(x) if copy and not moves else x


def _of_array(backend: Backend, raw: Any, dtype: Any, device: Any, copy: bool | None) -> Any:
    raw = backend.ensure_array(raw)
    own = backend.dtype_of(raw)
    wanted = own if dtype is None else dtype_argument(dtype, backend)
    if device is None:
        default = get_default_backend()
        if default is backend or backend.name != HOST:
            target, where = backend, backend.device_of(raw)
        else:
            target, where = default, default.default_device()
    else:
        target, where = place(device, backend)
    moves = target is not backend or where != backend.device_of(raw)
    if copy is False and (moves or wanted is not own):
        raise ValueError(_NO_COPY.format(f"{own!r} on {backend.name} to {wanted!r} on {target.name}:{where}"))
    options = target.options(where, wanted, standard=True)
    if target is not backend:
        raw = target.from_host(backend.to_host(raw), own, where)
    elif moves:
        raw = backend.to_device(raw, where)
    elif copy and wanted is own:
        raw = backend.copy(raw)
    if wanted is not own:
        raw = options.xp.astype(raw, options.raw_dtype)
    return wrap(raw, options)


def _imported(obj: Any, copy: bool | None) -> tuple[Backend, Any]:
    """Return another library's array as one of the default backend, without copying where that is possible."""
    backend = get_default_backend()
    return backend, backend.namespace().from_dlpack(obj)


def from_exchange(x: Any, device: Any, copy: bool | None) -> Any:
    """Do what :func:`agrad.array_api.from_dlpack` says."""
    if isinstance(x, TensorCore):
        if carrier(x) is not None:
            raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
        return _of_tensor(wrap(x._data, x._options), None, device, copy)
    if not hasattr(x, "__dlpack__"):
        raise TypeError(
            f"from_dlpack needs an object with __dlpack__ and __dlpack_device__; received {type(x).__name__}"
        )
    backend = backend_of(x)
    if backend is not None:
        return _of_array(backend, x, None, device, copy)
    return _of_array(*_imported(x, copy), None, device, copy)


def _as_lists(obj: Any) -> Any:
    """Return a sequence or buffer as (nested) lists.

    Raises
    ------
    TypeError
        For anything else.
    """
    if isinstance(obj, list):
        return obj
    if isinstance(obj, Sequence) and not isinstance(obj, str | bytes | bytearray | memoryview):
        return list(obj)
    try:
        return memoryview(obj).tolist()
    except TypeError:
        pass
    for number, method in ((int, "__index__"), (float, "__float__"), (complex, "__complex__")):
        if hasattr(obj, method):
            return number(obj)
    raise TypeError(
        f"asarray needs a Tensor, an array, a number or nested sequences of them; received {type(obj).__name__}"
    )


def _holds_arrays(items: list[Any]) -> bool:
    """Whether nested sequences hold a Tensor or an array of a backend somewhere."""
    for kind in set(map(type, items)):
        if kind in NUMBERS:
            continue
        for item in items:
            if type(item) is not kind:
                continue
            if isinstance(item, TensorCore) or backend_of(item) is not None:
                return True
            if isinstance(item, list | tuple) and _holds_arrays(list(item)):
                return True
    return False


def stacked(items: list[Any], dtype: Any, device: Any) -> Any:
    """Return nested sequences with Tensors or arrays in them as one Tensor, recorded; numbers among them are made beside the first."""
    reference = _first_array(items)
    return _stack(items, dtype, reference._options.device if device is None else device, reference)


def _stack(items: Any, dtype: Any, device: Any, reference: Any) -> Any:
    parts = []
    for item in items:
        if type(item) in NUMBERS:
            kind = dtype
            if kind is None and NUMBERS.index(type(item)) <= _kind_rank(reference._options.dtype):
                kind = reference._options.dtype  # a Python number is weak, as beside an operator
            parts.append(convert(item, kind, device, None))
        elif isinstance(item, list | tuple):
            parts.append(_stack(item, dtype, device, reference))
        else:
            parts.append(convert(item, dtype, device, None))
    return manipulation.stack(*parts, axis=0)


def _first_array(items: Any) -> Any:
    """Return the first Tensor in nested sequences, or the first array as one; there is one."""
    arrays: list[Any] = []
    _arrays_among(items, arrays)
    for one in arrays:
        if isinstance(one, TensorCore):
            return one
    return convert(arrays[0], None, None, None)


def _arrays_among(items: Any, found: list[Any]) -> None:
    for item in items:
        if isinstance(item, list | tuple):
            _arrays_among(item, found)
        elif type(item) not in NUMBERS and (isinstance(item, TensorCore) or backend_of(item) is not None):
            found.append(item)


def _kind_rank(dtype: DType) -> int:
    return 0 if dtype.kind == "bool" else 3 if dtype.is_complex else 2 if dtype.is_floating_point else 1


def _rank(obj: Any) -> int:
    """Return the highest kind among the numbers: 0 bool, 1 int, 2 float (also where there are none), 3 complex."""
    ranks: set[int] = set()
    _collect(obj, ranks)
    return max(ranks, default=2)


def _collect(obj: Any, ranks: set[int]) -> None:
    if isinstance(obj, list | tuple | range):
        for kind in set(map(type, obj)):
            if kind in NUMBERS:
                ranks.add(NUMBERS.index(kind))
            else:
                for item in obj:
                    if type(item) is kind:
                        _collect(item, ranks)
        return
    for rank, kind in enumerate(NUMBERS):
        if isinstance(obj, kind):
            ranks.add(rank)
            return
    if isinstance(obj, Sequence) and not isinstance(obj, str | bytes):
        _collect(list(obj), ranks)
        return
    raise TypeError(f"asarray needs numbers in its nested sequences; received {type(obj).__name__}: {obj!r}")


__all__ = ["convert", "from_exchange", "make", "stacked"]
