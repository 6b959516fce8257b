"""Where new arrays come from: which backend, device and dtype a creation function means.

The confusing case: nothing is made *at* a transform's level, but for what is made like one of its tensors. What is
created inside a transform is a constant to it, a tensor of the real backend below, and is lifted when it meets a
tensor of the level.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agrad import dtypes
from agrad.backend import Backend, TensorOptions, available_backends, get_backend, get_default_backend, is_installed
from agrad.devices import Device, chosen_device
from agrad.dtypes import DType
from agrad.engine.core import wrap
from agrad.errors import DeviceError, NoCuda

_PYTHON: dict[Any, DType] = {bool: dtypes.bool, int: dtypes.int64, float: dtypes.float64, complex: dtypes.complex128}

DefaultDType = Callable[[TensorOptions], DType]


def default_float(_options: Any) -> DType:
    """Return the default floating dtype, which people can set."""
    return dtypes.get_default_dtype()


def default_complex(options: Any) -> DType:
    """Return the complex dtype of the default floating one's precision."""
    return default_float(options).complex


def default_int(options: Any) -> DType:
    """Return int64, or int32 on a backend that has no int64 (JAX without 64-bit)."""
    return _held(options.backend, dtypes.int64, dtypes.int32)


def default_uint(options: Any) -> DType:
    """Return uint64, or uint32 on a backend that has no uint64."""
    return _held(options.backend, dtypes.uint64, dtypes.uint32)


def default_bool(_options: Any) -> DType:
    """Return bool."""
    return dtypes.bool


def _held(backend: Backend, wide: DType, narrow: DType) -> DType:
    return wide if backend.supports(wide) else narrow


def base_backend(backend: Backend) -> Backend:
    """Return the real backend below a transform's levels."""
    while backend.level:
        backend = backend.inner  # type: ignore[attr-defined]
    return backend


def dtype_argument(dtype: Any, backend: Backend) -> DType:
    """Return agrad's dtype for one of agrad's or of the backend's own.

    Raises
    ------
    TypeError
        For anything else.
    """
    if isinstance(dtype, DType):
        return dtype
    return _foreign_dtype(dtype, base_backend(backend))


def _foreign_dtype(dtype: Any, backend: Backend) -> DType:
    if isinstance(dtype, str):
        return dtypes.by_name(dtype)
    if dtype in _PYTHON:
        return _PYTHON[dtype]
    for known in dtypes.ALL:
        if backend.supports(known) and backend.raw_dtype(known) == dtype:
            return known
    raise TypeError(
        f"dtype must be one of agrad's dtypes (agrad.float32, ...) or of the {backend.name} backend's own; "
        f"received {dtype!r}"
    )


def place(device: Any, beside: Backend | None = None) -> tuple[Backend, Device]:
    """Return the backend and device that a ``device=`` argument means.

    Parameters
    ----------
    device : Device, str, int, a backend's own device, or None
        None is the default device. A string may begin with a backend: 'jax', 'jax:cpu', 'jax:cuda:0'.
    beside : Backend, optional
        The backend meant by a device that names none; the default backend otherwise.

    Raises
    ------
    DeviceError
        For what names no device.

    Notes
    -----
    A type of device that the backend lacks may be another's (NumPy's 'cuda' is CuPy's): it says so itself.
    """
    backend = get_default_backend() if beside is None else beside
    if device is None:
        device = chosen_device() if beside is None else None
        if device is None:
            return backend, backend.default_device()
    if isinstance(device, str):
        known = _strings.get(device)
        device = known if known is not None else _of_string(device)
    elif isinstance(device, int) and not isinstance(device, bool):
        device = Device(device)
    if isinstance(device, Device):
        if device.backend is not None and device.backend != backend.name:
            backend = get_backend(device.backend)
        return _find(backend, device)
    for known in backend.devices():
        if backend.raw_device(known) == device:
            return backend, known
    raise DeviceError(
        "device must be an agrad Device, a string such as 'cpu' or 'cuda:0', "
        f"or one of the {backend.name} backend's own; received {device!r}"
    )


_strings: dict[str, Device] = {}


def _of_string(text: str) -> Device:
    """Return the device that a string means; where that cannot change it is kept."""
    head, _, rest = text.partition(":")
    if head not in ("cpu", "cuda") and head in available_backends():
        if not rest:
            return get_backend(head).default_device()
        device = Device(rest, backend=head)
    else:
        device = Device(text)
    _strings[text] = device
    return device


def _find(backend: Backend, device: Device) -> tuple[Backend, Device]:
    """Return where a device is: the backend's own, or that of the backend that has such devices in its stead."""
    try:
        return backend, backend.find_device(device)
    except DeviceError:
        other = backend.elsewhere.get(device.type)
        reason = ""
        if other is not None and other in available_backends() and is_installed(other):
            try:
                instead = get_backend(other)
            except (DeviceError, ImportError) as error:
                reason = f" ({error})"
            else:
                return instead, instead.find_device(device)
        if device.type == "cuda":
            raise NoCuda(
                f"Torch not compiled with CUDA enabled: the backend {backend.name} finds no CUDA device for {str(device)!r}{reason}. "
                "Install CuPy, or JAX with CUDA, on a machine that has one; agrad.cuda.is_available() tells."
            ) from None
        raise


def making_options(dtype: Any, device: Any, default: DefaultDType, standard: bool = True) -> TensorOptions:
    """Return the options of a new array: the given dtype and device or the defaults, the standard's promotion or PyTorch's."""
    backend, where = place(device)
    if dtype is not None:
        chosen = dtype_argument(dtype, backend)
    elif default is default_float:
        chosen = dtypes.get_default_dtype()
    else:
        chosen = default(backend.options(where, dtypes.bool, standard))
    return backend.options(where, chosen, standard)


def options_beside(x: Any, dtype: Any, device: Any) -> TensorOptions:
    """Return the options of an array made like the Tensor `x`: on its backend, and its device and dtype by default."""
    options: TensorOptions = x._options
    backend = base_backend(options.backend)
    chosen = options.dtype if dtype is None else dtype_argument(dtype, backend)
    where = options.device
    if device is not None:
        backend, where = place(device, backend)
    return backend.options(where, chosen, standard=options.standard)


def make(options: TensorOptions, build: Callable[[Any], Any], dtype: DType | None = None) -> Any:
    """Return the Tensor around ``build(xp)``.

    Cast to `dtype` where the function that builds it could not be asked for one.
    """
    raw = options.backend.ensure_array(build(options.xp))
    if dtype is not None and options.backend.dtype_of(raw) is not dtype:
        raw = options.xp.astype(raw, options.raw_dtype)
    return wrap(raw, options)


def at_level_of(x: Any, made: Any) -> Any:
    """Return what was made like `x` at x's level: inside a transform a constant to it, which may be written to."""
    backend = x._options.backend
    return backend.lift(made) if backend.level else made


__all__ = [
    "at_level_of",
    "base_backend",
    "default_bool",
    "default_complex",
    "default_float",
    "default_int",
    "default_uint",
    "dtype_argument",
    "make",
    "making_options",
    "options_beside",
    "place",
]
