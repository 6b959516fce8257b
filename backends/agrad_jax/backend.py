"""The JAX adapter.

Tensors are registered as pytrees, so they pass through jax.jit and jax.tree functions; a whole training step, backward
included, can be jitted.
JAX without 64 bits has no float64: asking for it is an error that says how to enable it, never a silent float32.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np

from agrad import dtypes
from agrad.backend import Backend, TensorOptions, unsupported_array
from agrad.devices import Device
from agrad.dtypes import DType
from agrad.errors import DeviceError, UnsupportedDType
from agrad_jax.config import config

_RAW: dict[DType, Any] = {
    one: np.dtype(ml_dtypes.bfloat16) if one is dtypes.bfloat16 else np.dtype(one.name) for one in dtypes.ALL
}
_OURS = {raw: ours for ours, raw in _RAW.items()}
_WIDE = (dtypes.float64, dtypes.complex128, dtypes.int64, dtypes.uint64)


class JaxBackend(Backend):
    """JAX arrays: immutable; views and in-place writes are the engine's."""

    name = "jax"
    mutable = False

    def __init__(self) -> None:
        super().__init__()
        from agrad_jax.pytree import register

        register()

    def namespace(self) -> Any:
        return jnp

    def _make_xp(self) -> Any:
        from agrad_jax.namespace import complete

        return complete(super()._make_xp())

    def is_array(self, value: Any) -> bool:
        return isinstance(value, jax.Array)

    def devices(self) -> tuple[Device, ...]:
        return tuple(_natives())

    def default_device(self) -> Device:
        native = config.jax_default_device
        if native is not None and not isinstance(native, str):
            return _device(native)
        return _device(jax.devices()[0])

    def device_of(self, raw: Any) -> Device:
        if isinstance(raw, jax.core.Tracer):
            return self.default_device()  # a tracer is nowhere yet
        devices = raw.devices()
        return _device(next(iter(devices)))

    def raw_device(self, device: Device) -> Any:
        found = _natives().get(device)
        if found is None:
            raise DeviceError(
                f"backend jax has the devices {', '.join(map(str, _natives()))}; received {str(device)!r}. Choose one of them."
            )
        return found

    def raw_dtype(self, dtype: DType) -> Any:
        if dtype in _WIDE and not config.jax_enable_x64:
            raise UnsupportedDType(
                f"{dtype.name} needs JAX's 64-bit mode, which is off. Enable it before the first use of JAX: "
                "jax.config.update('jax_enable_x64', True), or JAX_ENABLE_X64=1 in the environment."
            )
        return _RAW[dtype]

    def options(self, device: Device, dtype: DType, *marks: bool, **named: bool) -> TensorOptions:
        if dtype in _WIDE:
            self.raw_dtype(dtype)  # the record may have been made while 64 bits were enabled
        return super().options(device, dtype, *marks, **named)

    def supports(self, dtype: DType) -> bool:
        return dtype not in _WIDE or bool(config.jax_enable_x64)

    def dtype_of(self, raw: Any) -> DType:
        try:
            return _OURS[raw.dtype]
        except KeyError:
            raise unsupported_array(raw) from None

    def scalar(self, value: Any, raw_dtype: Any, raw_device: Any) -> Any:
        # A NumPy scalar: typed, so never weak, and no tracer even when made inside jit.
        return raw_dtype.type(value)

    def asarray(self, value: Any, dtype: DType, device: Device) -> Any:
        return jax.device_put(np.asarray(value, dtype=self.raw_dtype(dtype)), self.raw_device(device))

    def escapes(self, raw: Any, place: Any) -> bool:
        if not isinstance(raw, jax.core.Tracer) or not isinstance(place, jax.Array):
            return False  # a NumPy scalar is a constant of ours, made inside as likely as outside
        staged = _staged(raw)
        return staged is not None and all(trace is not staged for trace in _traces(place))

    def eagerly(self, raw: Any) -> AbstractContextManager[Any]:
        return nullcontext() if isinstance(raw, jax.core.Tracer) else jax.ensure_compile_time_eval()

    def ensure_array(self, raw: Any) -> Any:
        return raw if isinstance(raw, jax.Array) else jnp.asarray(raw)

    def own(self, raw: Any) -> Any:
        return self.ensure_array(raw)

    def copy(self, raw: Any) -> Any:
        return jnp.array(raw, copy=True)

    def item(self, raw: Any) -> Any:
        return np.asarray(raw).item()

    def tolist(self, raw: Any) -> Any:
        return np.asarray(raw).tolist()

    def to_host(self, raw: Any) -> Any:
        return np.asarray(raw)

    def from_host(self, value: Any, dtype: DType, device: Device) -> Any:
        array = np.array(value, dtype=self.raw_dtype(dtype), copy=True)
        return jax.device_put(array, self.raw_device(device))

    def to_device(self, raw: Any, device: Device) -> Any:
        return jax.device_put(raw, self.raw_device(device))

    def synchronize(self, device: Device | None = None) -> None:
        # JAX has no wait for a device: what was submitted before a tiny computation on it is done when that is.
        natives = [self.raw_device(device)] if device is not None else list(_natives().values())
        for native in natives:
            jax.block_until_ready(jax.device_put(np.float32(0), native) + 1)

    def device_name(self, device: Device) -> str:
        return str(self.raw_device(device).device_kind)

    def memory(self, device: Device) -> dict[str, int]:
        told = self.raw_device(device).memory_stats() or {}
        names = {"allocated": "bytes_in_use", "max_allocated": "peak_bytes_in_use", "total": "bytes_limit"}
        found = {ours: int(told[theirs]) for ours, theirs in names.items() if theirs in told}
        if "total" in found:
            found["free"] = found["total"] - found.get("allocated", 0)
        return found

    def to_bytes(self, raw: Any) -> bytes:
        return np.asarray(raw).tobytes()

    def from_buffer(self, buffer: Any, dtype: DType, device: Device) -> Any:
        return jax.device_put(np.frombuffer(buffer, dtype=self.raw_dtype(dtype)).copy(), self.raw_device(device))

    def random_words(self, key: Any, counter: Any, blocks: int, device: Device) -> Any:
        from agrad_jax.random import random_words

        place = None if device == self.default_device() else self.raw_device(device)
        return random_words(key, counter, blocks, place)

    def import_function(self, function: Callable[..., Any]) -> Callable[..., Any]:
        from agrad_jax.bridge import import_function

        return import_function(function)

    def export_function(self, function: Callable[..., Any], mode: str) -> Callable[..., Any]:
        from agrad_jax.bridge import export_function

        return export_function(function, mode)

    def compile(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return jax.jit(function)


def _traces(raw: Any) -> Iterator[Any]:
    """Yield the transformations that an array is a value of, the innermost first; none for a concrete array."""
    trace = getattr(raw, "_trace", None) if isinstance(raw, jax.core.Tracer) else None
    while trace is not None:
        yield trace
        trace = getattr(trace, "parent_trace", None)


def _staged(raw: Any) -> Any:
    """Return the innermost transformation of a traced value that stages operations to run later (jit, scan, cond), or None.

    Inside one, all that is made is traced, so a concrete array is from outside. ``jax.vmap`` and ``jax.grad`` alone run at once, and what
    a function makes inside of them may be concrete.
    """
    return next((trace for trace in _traces(raw) if type(trace).__name__ == "DynamicJaxprTrace"), None)


def _device(native: Any) -> Device:
    if native.platform == "cpu":
        return Device("cpu", None if native.id == 0 else native.id, backend="jax")
    kind = "cuda" if native.platform in ("gpu", "cuda", "rocm") else native.platform
    return Device(kind, native.id, backend="jax")


def _natives() -> dict[Device, Any]:
    """Every device that JAX has, ours to its own; the default platform's come first."""
    if not _found:
        for native in jax.devices():
            _found[_device(native)] = native
        for native in jax.devices("cpu"):
            _found.setdefault(_device(native), native)
    return _found


_found: dict[Device, Any] = {}
