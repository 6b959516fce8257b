"""What the namespace can do: ``__array_namespace_info__`` and its answers, for the default backend or that of a given
device."""

from __future__ import annotations

from typing import Any

from agrad import dtypes as _dtypes
from agrad.array_api._making import default_complex, default_float, default_int, place
from agrad.backend import Backend
from agrad.devices import Device
from agrad.dtypes import DType

#: The standard's dtypes; float16 and bfloat16, which some backends have too, are not among them.
_STANDARD = (
    _dtypes.bool,
    _dtypes.int8,
    _dtypes.int16,
    _dtypes.int32,
    _dtypes.int64,
    _dtypes.uint8,
    _dtypes.uint16,
    _dtypes.uint32,
    _dtypes.uint64,
    _dtypes.float32,
    _dtypes.float64,
    _dtypes.complex64,
    _dtypes.complex128,
)


class NamespaceInfo:
    """The answers of ``agrad.array_api.__array_namespace_info__()``."""

    __slots__ = ()

    def capabilities(self) -> dict[str, Any]:
        """Return what the default backend's own library says that it can; agrad adds no limits."""
        found = {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": None}
        found.update(_own_capabilities(place(None)[0]))
        return found

    def default_device(self) -> Device:
        """Return the device on which arrays are made."""
        return place(None)[1]

    def default_dtypes(self, *, device: Any = None) -> dict[str, DType]:
        """Return the dtypes that arrays get when none is named."""
        backend, where = place(device)
        options = backend.options(where, _dtypes.bool, standard=True)
        integral = default_int(options)
        return {
            "real floating": default_float(options),
            "complex floating": default_complex(options),
            "integral": integral,
            "indexing": integral,
        }

    def dtypes(self, *, device: Any = None, kind: str | tuple[str, ...] | None = None) -> dict[str, DType]:
        """Return the standard's dtypes that there are, by name; without 64 bits where JAX has them switched off.

        Parameters
        ----------
        kind : str or tuple of str, optional
            As for ``isdtype``.
        """
        backend, _ = place(device)
        return {
            dtype.name: dtype
            for dtype in _STANDARD
            if backend.supports(dtype) and (kind is None or _dtypes.isdtype(dtype, kind))
        }

    def devices(self) -> tuple[Device, ...]:
        """Return the default backend's devices."""
        backend, _ = place(None)
        return tuple(backend.own_device(device) for device in backend.devices())


def _own_capabilities(backend: Backend) -> dict[str, Any]:
    info = getattr(backend.namespace(), "__array_namespace_info__", None)
    return {} if info is None else dict(info().capabilities())


def __array_namespace_info__() -> NamespaceInfo:
    """Return the namespace's answers about devices, dtypes and capabilities."""
    return NamespaceInfo()


__all__ = ["NamespaceInfo", "__array_namespace_info__"]
