"""The NumPy adapter."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np
from array_api_compat import numpy as compat

from agrad import dtypes
from agrad.backend import Backend, unsupported_array
from agrad.devices import Device
from agrad.dtypes import DType
from agrad.errors import DeviceError, UnsupportedDType

_RAW = {d: np.dtype(d.name) for d in dtypes.ALL if d is not dtypes.bfloat16}
_OURS = {raw: ours for ours, raw in _RAW.items()}
_CPU = Device("cpu", backend="numpy")
#: bytes from which new memory (its pages are touched for the first time) costs more than the checks for writing to the old
_WORTH_AUGMENTING = 1 << 17


class NumpyBackend(Backend):
    """NumPy arrays: real views, written in place, on the CPU."""

    name = "numpy"
    mutable = True
    is_host = True
    elsewhere = MappingProxyType({"cuda": "cupy"})

    def namespace(self) -> Any:
        return compat

    def _make_xp(self) -> Any:
        from agrad_numpy.namespace import complete

        return complete(super()._make_xp())

    def is_array(self, value: Any) -> bool:
        return isinstance(value, (np.ndarray, np.generic))

    def devices(self) -> tuple[Device, ...]:
        return (_CPU,)

    def device_of(self, raw: Any) -> Device:
        return _CPU

    def raw_device(self, device: Device) -> Any:
        if device.type != "cpu":
            raise DeviceError(f"backend numpy has the device cpu; received {str(device)!r}.")
        return "cpu"

    def raw_dtype(self, dtype: DType) -> Any:
        found = _RAW.get(dtype)
        if found is None:
            raise UnsupportedDType(f"numpy has no {dtype.name}. Use agrad.float32, or the jax backend.")
        return found

    def dtype_of(self, raw: Any) -> DType:
        try:
            return _OURS[raw.dtype]
        except KeyError:
            raise unsupported_array(raw) from None

    def scalar(self, value: Any, raw_dtype: Any, raw_device: Any) -> Any:
        return np.asarray(value, dtype=raw_dtype)

    def number(self, value: Any, raw_dtype: Any, raw_device: Any) -> Any:
        return raw_dtype.type(value)

    def copy(self, raw: Any) -> Any:
        return np.array(raw, copy=True)

    def own(self, raw: Any) -> Any:
        return np.asarray(raw, order="C")

    def root(self, raw: Any) -> Any:
        base = raw.base if isinstance(raw, np.ndarray) else None
        while isinstance(base, np.ndarray):
            raw = base
            base = raw.base
        return raw

    def is_view(self, raw: Any) -> bool:
        return isinstance(raw, np.ndarray) and raw.base is not None

    def quiet(self) -> Any:
        return np.errstate(all="ignore")

    def fill(self, place: Any, raw: Any) -> None:
        try:
            place[...] = raw
        except ValueError:
            if place.flags.writeable:
                raise
            from agrad_numpy.namespace import read_only

            raise read_only(place) from None

    def augment(self, operator: Callable[[Any, Any], Any], raw: Any, other: Any) -> Any:
        if raw.nbytes < _WORTH_AUGMENTING or raw.base is not None or not raw.flags.writeable:
            return None
        with np.errstate(all="ignore"):  # a warning made an error would come when the old elements are gone
            return operator(raw, other)

    def ensure_array(self, raw: Any) -> Any:
        return np.asarray(raw)

    def item(self, raw: Any) -> Any:
        return raw.item()

    def tolist(self, raw: Any) -> Any:
        return raw.tolist()

    def is_scalar(self, value: Any) -> bool:
        return isinstance(value, np.generic)

    def to_bytes(self, raw: Any) -> bytes:
        return np.asarray(raw).tobytes()

    def from_buffer(self, buffer: Any, dtype: DType, device: Device) -> Any:
        return np.frombuffer(buffer, dtype=self.raw_dtype(dtype))

    def address(self, raw: Any) -> int:
        found: int = np.asarray(raw).__array_interface__["data"][0]
        return found

    def random_words(self, key: Any, counter: Any, blocks: int, device: Device) -> Any:
        from agrad_numpy.random import random_words

        return random_words(key, counter, blocks)

    def adopt(self, array: Any) -> tuple[Any, tuple[int, ...], tuple[int, ...], int]:
        """Return the memory of a user's array as one flat array, with the array's geometry in it.

        The memory gets a root of its own (through a memoryview), so that writes to one slice of a buffer are not
        taken for writes to another that was adopted separately.
        """
        array = np.asarray(array)
        item = array.itemsize
        if any(step < 0 for step in array.strides):
            raise ValueError(
                "At least one stride in the given numpy array is negative, and tensors with negative strides are not "
                "supported. Copy it first: array.copy()."
            )
        if any(step % item for step in array.strides):
            raise ValueError(
                "given numpy array strides not a multiple of the element byte size. Copy the array to reallocate the memory."
            )
        if array.dtype.byteorder not in "=|<":
            raise ValueError("given numpy array has byte order different from the native byte order. Convert it first.")
        strides = tuple(step // item for step in array.strides)
        span = (
            1 + sum((length - 1) * step for length, step in zip(array.shape, strides, strict=True)) if array.size else 0
        )
        flat = np.lib.stride_tricks.as_strided(array, (span,), (item,), writeable=array.flags.writeable)
        if span and array.flags.writeable:
            memory: Any = flat  # a buffer, which NumPy's stubs tell from Python 3.12 on
            flat = np.frombuffer(memoryview(memory).cast("B"), dtype=array.dtype)
        return flat, array.shape, strides, 0
