"""array-api-strict as a backend: the proof that the protocol's required part, and the public standard, are enough.

It is what a third party would write, and no more. Its array library refuses whatever the standard does not promise, and
it has devices that exist only to be told apart: on them, nothing is created without ``device=`` or moved in silence.
Its arrays are taken for immutable: nothing public tells whether two of them share memory.
"""

from __future__ import annotations

from typing import Any

import array_api_strict as strict

from agrad import dtypes
from agrad.backend import Backend
from agrad.devices import Device
from agrad.dtypes import DType
from agrad.errors import DeviceError, UnsupportedDType

_Array = type(strict.asarray(0))
_DEVICES = {Device("cpu", backend="strict"): strict.Device("CPU_DEVICE")} | {
    Device(name, backend="strict"): strict.Device(name) for name in ("device1", "device2")
}
_RAW: dict[DType, Any] = {dtype: getattr(strict, dtype.name) for dtype in dtypes.ALL if hasattr(strict, dtype.name)}


class StrictBackend(Backend):
    """array-api-strict on its devices 'cpu' (its CPU_DEVICE), 'device1' and 'device2'."""

    name = "strict"

    def namespace(self) -> Any:
        return strict

    def is_array(self, value: Any) -> bool:
        return isinstance(value, _Array)

    def devices(self) -> tuple[Device, ...]:
        return tuple(_DEVICES)

    def device_of(self, raw: Any) -> Device:
        return next(ours for ours, theirs in _DEVICES.items() if theirs == raw.device)

    def raw_device(self, device: Device) -> Any:
        if device not in _DEVICES:
            raise DeviceError(
                f"backend strict has the devices {', '.join(map(str, _DEVICES))}; received {str(device)!r}."
            )
        return _DEVICES[device]

    def raw_dtype(self, dtype: DType) -> Any:
        if dtype not in _RAW:
            raise UnsupportedDType(f"array-api-strict has no {dtype.name}. Use agrad.float32, or another backend.")
        return _RAW[dtype]

    def dtype_of(self, raw: Any) -> DType:
        return next(ours for ours, theirs in _RAW.items() if theirs == raw.dtype)
