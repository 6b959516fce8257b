"""array-api-strict as a third party's backend: the protocol's required part and nothing else.

It shows that the primitives and rules use the standard alone; on its second device, that nothing is created without ``device=``
or moved to the host in silence.
"""

from __future__ import annotations

from typing import Any

import array_api_strict

from agrad import dtypes
from agrad.backend import Backend
from agrad.devices import Device
from agrad.dtypes import DType
from agrad.errors import UnsupportedDType


class StrictBackend(Backend):
    """Arrays of array-api-strict, taken as immutable: the standard does not promise that views share memory."""

    name = "strict"
    mutable = False

    def namespace(self) -> Any:
        return array_api_strict

    def is_array(self, value: Any) -> bool:
        return hasattr(value, "__array_namespace__") and value.__array_namespace__() is array_api_strict

    def devices(self) -> tuple[Device, ...]:
        return tuple(Device(name) for name in _native_devices())

    def device_of(self, raw: Any) -> Device:
        return Device(_NAMES.get(_word(raw.device), _word(raw.device)))

    def raw_device(self, device: Device) -> Any:
        found = _native_devices().get(str(device))
        if found is None:
            self.find_device(device)
        return found

    def raw_dtype(self, dtype: DType) -> Any:
        found = getattr(array_api_strict, dtype.name, None)
        if found is None:
            raise UnsupportedDType(f"array-api-strict has no {dtype.name}. Use agrad.float32 or agrad.float64.")
        return found

    def dtype_of(self, raw: Any) -> DType:
        return _DTYPES[raw.dtype]


_NAMES = {"CPU_DEVICE": "cpu"}
_DTYPES = {getattr(array_api_strict, one.name): one for one in dtypes.ALL if hasattr(array_api_strict, one.name)}


def _word(native: Any) -> str:
    return str(native).split("'")[1] if "'" in str(native) else str(native)


def _native_devices() -> dict[str, Any]:
    natives = array_api_strict.__array_namespace_info__().devices()
    return {_NAMES.get(_word(one), _word(one)): one for one in natives}
