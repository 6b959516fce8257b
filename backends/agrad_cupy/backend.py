"""The CuPy adapter.

The confusing case is a machine with several GPUs. CuPy computes on the *current* device, wherever its operands are, so
the functions of this namespace make their first array's device the current one (:mod:`agrad_cupy.namespace`). Operators
inside derivative rules do not: run ``backward()`` of tensors on another GPU than the first inside
``with cupy.cuda.Device(1):``. With one GPU there is nothing to know.

Work is queued on the current stream and nothing here waits for it, but for what must: ``item``, ``tolist``, moving to
the host, masks and ``nonzero`` (whose results' shapes depend on values), checks of indices and of singular matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import cupy
import numpy as np
from array_api_compat import cupy as compat

from agrad import dtypes
from agrad.backend import Backend, unsupported_array
from agrad.devices import Device
from agrad.dtypes import DType
from agrad.errors import DeviceError, UnsupportedDType
from agrad_cupy import memory

_RAW: dict[DType, Any] = {d: np.dtype(d.name) for d in dtypes.ALL if d is not dtypes.bfloat16}
_OURS = {raw: ours for ours, raw in _RAW.items()}
#: bytes from which the memory saved is worth the checks
_WORTH_AUGMENTING = 1 << 20


def count_devices() -> int:
    """Return how many GPUs there are.

    Raises
    ------
    DeviceError
        When none answers, with what CUDA says and what can be done.
    """
    try:
        count = int(cupy.cuda.runtime.getDeviceCount())
    except cupy.cuda.runtime.CUDARuntimeError as error:
        raise DeviceError(
            f"backend cupy needs an NVIDIA GPU, and no GPU answers: {error}. Install its driver (nvidia-smi tells whether it "
            "works) and the CuPy for its CUDA version, or use another backend: agrad.set_default_backend('numpy')."
        ) from None
    if not count:
        raise DeviceError(
            "backend cupy needs an NVIDIA GPU, and there is none. "
            "Use another backend: agrad.set_default_backend('numpy')."
        )
    return count


class CupyBackend(Backend):
    """CuPy arrays: real views, written in place, on GPUs."""

    name = "cupy"
    mutable = True
    elsewhere: Mapping[str, str] = MappingProxyType({"cpu": "numpy"})

    def __init__(self) -> None:
        # Before anything is set up, so that a machine without a GPU says so now and leaves nothing half made.
        self._devices: tuple[Device, ...] = tuple(
            Device("cuda", index, backend="cupy") for index in range(count_devices())
        )
        super().__init__()

    def namespace(self) -> Any:
        return compat

    def _make_xp(self) -> Any:
        from agrad_cupy.namespace import complete

        return complete(super()._make_xp(), several_devices=len(self._devices) > 1)

    def is_array(self, value: Any) -> bool:
        return isinstance(value, cupy.ndarray)

    def devices(self) -> tuple[Device, ...]:
        return self._devices

    def default_device(self) -> Device:
        return self._devices[int(cupy.cuda.runtime.getDevice())]

    def find_device(self, device: Any) -> Device:
        wanted = Device(device)
        if wanted.type == "cuda" and wanted.index is None:
            return self.default_device()
        return super().find_device(wanted)

    def device_of(self, raw: Any) -> Device:
        return self._devices[int(raw.device.id)]

    def raw_device(self, device: Device) -> Any:
        if device.type != "cuda" or (device.index or 0) >= len(self._devices):
            raise DeviceError(
                f"backend cupy has the devices {', '.join(map(str, self._devices))}; received {str(device)!r}."
            )
        return cupy.cuda.Device(self.default_device().index if device.index is None else device.index)

    def raw_dtype(self, dtype: DType) -> Any:
        found = _RAW.get(dtype)
        if found is None:
            raise UnsupportedDType(f"CuPy has no {dtype.name}. Use agrad.float16 or float32, or the jax backend.")
        return found

    def dtype_of(self, raw: Any) -> DType:
        try:
            return _OURS[raw.dtype]
        except KeyError:
            raise unsupported_array(raw) from None

    def scalar(self, value: Any, raw_dtype: Any, raw_device: Any) -> Any:
        with raw_device:
            return cupy.full(
                (), value, dtype=raw_dtype
            )  # the number is a kernel's argument: nothing is copied or awaited

    def asarray(self, value: Any, dtype: DType, device: Device) -> Any:
        with self.raw_device(device):
            return cupy.asarray(np.asarray(value, dtype=self.raw_dtype(dtype)))

    def copy(self, raw: Any) -> Any:
        with raw.device:
            return raw.copy()

    def own(self, raw: Any) -> Any:
        return raw if raw.flags.c_contiguous else self.copy(raw)

    def root(self, raw: Any) -> Any:
        return memory.root(raw)

    def is_view(self, raw: Any) -> bool:
        return memory.base_of(raw) is not None

    def augment(self, operator: Callable[[Any, Any], Any], raw: Any, other: Any) -> Any:
        if raw.nbytes < _WORTH_AUGMENTING or self.is_view(raw):
            return None
        with raw.device:
            return operator(raw, other)

    def address(self, raw: Any) -> int:
        found: int = raw.data.ptr
        return found

    def fill(self, place: Any, raw: Any) -> None:
        with place.device:
            place[...] = raw

    def item(self, raw: Any) -> Any:
        return raw.item()

    def tolist(self, raw: Any) -> Any:
        return cupy.asnumpy(raw).tolist()

    def to_host(self, raw: Any) -> Any:
        return cupy.asnumpy(raw)

    def from_host(self, value: Any, dtype: DType, device: Device) -> Any:
        host = value if isinstance(value, (np.ndarray, np.generic)) else np.from_dlpack(value)
        with self.raw_device(device):
            return cupy.array(host, dtype=self.raw_dtype(dtype))

    def to_bytes(self, raw: Any) -> bytes:
        return bytes(cupy.asnumpy(raw).tobytes())

    def from_buffer(self, buffer: Any, dtype: DType, device: Device) -> Any:
        return self.from_host(np.frombuffer(buffer, dtype=self.raw_dtype(dtype)), dtype, device)

    def to_device(self, raw: Any, device: Device) -> Any:
        if self.device_of(raw) == device:
            return raw
        with self.raw_device(device):
            return raw.copy()  # a copy is made on the current device, wherever the array is

    def adopt(self, array: Any) -> tuple[Any, tuple[int, ...], tuple[int, ...], int]:
        """Return the memory of a user's array as one flat array, with the array's geometry in it."""
        return memory.adopt(array)

    def synchronize(self, device: Device | None = None) -> None:
        for one in self._devices if device is None else (device,):
            with self.raw_device(one) as native:
                native.synchronize()

    def device_name(self, device: Device) -> str:
        return str(cupy.cuda.runtime.getDeviceProperties(device.index or 0)["name"].decode())

    def memory(self, device: Device) -> dict[str, int]:
        with self.raw_device(device) as native:
            free, total = native.mem_info
            pool = cupy.get_default_memory_pool()
            return {
                "allocated": pool.used_bytes(),
                "reserved": pool.total_bytes(),
                "free": int(free),
                "total": int(total),
            }

    def empty_cache(self) -> None:
        cupy.get_default_memory_pool().free_all_blocks()

    def random_words(self, key: Any, counter: Any, blocks: int, device: Device) -> Any:
        from agrad_cupy.random import random_words

        return random_words(key, counter, blocks, self.raw_device(device))
