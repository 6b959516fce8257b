"""The NumPy adapter."""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import numpy as compat

from agrad import dtypes
from agrad.backend import Backend
from agrad.devices import Device
from agrad.dtypes import DType
from agrad.errors import DeviceError, UnsupportedDType

_RAW = {d: np.dtype(d.name) for d in dtypes.ALL if d is not dtypes.bfloat16}
_OURS = {raw: ours for ours, raw in _RAW.items()}
_CPU = Device("cpu", backend="numpy")


class NumpyBackend(Backend):
    """NumPy arrays: real views, written in place, on the CPU."""

    name = "numpy"
    mutable = True

    def namespace(self) -> Any:
        return compat

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
        return _OURS[raw.dtype]

    def scalar(self, value: Any, raw_dtype: Any, raw_device: Any) -> Any:
        return np.asarray(value, dtype=raw_dtype)

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

    def ensure_array(self, raw: Any) -> Any:
        return np.asarray(raw)

    def item(self, raw: Any) -> Any:
        return raw.item()

    def tolist(self, raw: Any) -> Any:
        return raw.tolist()
