"""The backend protocol and the registry: the one door between agrad and an array library.

A backend says what the Array API standard cannot: which arrays are its own, what its devices and dtypes are called,
whether its arrays can be written in place, how they move and when they are ready. Everything else has a default,
written on the standard alone (:mod:`agrad.standard_defaults`), that a backend may override for speed.

Backends are found through the entry point group ``agrad.backends``. Looking at them imports nothing; a backend is
loaded when first used.
"""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ContextDecorator, nullcontext
from importlib.machinery import PathFinder
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

from agrad import dtypes
from agrad.backend_records import Namespace, TensorOptions, paths
from agrad.devices import Device
from agrad.dtypes import DType
from agrad.errors import AgradError, DeviceError, MissingBackend, UnsupportedDType
from agrad.scopes import Choice, Lock, Scope

GROUP = "agrad.backends"

_op_names: list[tuple[str, Callable[..., Any] | None]] = []


def op_index(name: str, forward: Callable[..., Any] | None = None) -> int:
    """Hand out the place of an operation in every backend's table of raw functions.

    Parameters
    ----------
    name : str
        The function's name in the namespace, dotted in an extension ('special.erf').
    forward : callable, optional
        ``(xp, *arrays)``, for an operation that is not a function of the namespace.
    """
    _op_names.append((name, forward))
    grow_tables()
    return len(_op_names) - 1


def _unresolved(backend: Backend, index: int) -> Callable[..., Any]:
    """Return what stands in a backend's table of raw functions until the operation is first used."""

    def resolve(*arrays: Any) -> Any:
        name, forward = _op_names[index]
        function = backend.raw_function(name, forward)
        backend.raw_table[index] = function
        return function(*arrays)

    return resolve


def _grow(backend: Backend) -> None:
    """Make places in a backend's table for the operations registered since. The table is a plain list: indexing one is fast."""
    table = backend.raw_table
    while len(table) < len(_op_names):
        table.append(_unresolved(backend, len(table)))


class Backend(ABC):
    """What an adapter fills in. The abstract part is required; the rest may be overridden for speed."""

    name: str
    mutable: bool = False
    #: whether its arrays are the host's own, data to every other backend
    is_host: bool = False
    #: transforms' backends have a level above 0 (agrad.engine.levels)
    level: int = 0
    #: which backend has the devices of a type that this one lacks, by that type
    elsewhere: Mapping[str, str] = MappingProxyType({})
    #: whether a tensor of a lower level becomes one of this when one of this is written into it
    absorbs: bool = False
    #: how a level runs its operations, where it does not record them as a backend's own
    interpret: Callable[..., Any] | None = None

    def __init__(self) -> None:
        self._options: dict[Any, TensorOptions] = {}
        self.xp = self._make_xp()
        self.raw_table: list[Any] = []
        _grow(self)
        _tabled.append(self)

    # ---- required

    @abstractmethod
    def namespace(self) -> Any:
        """Return the Array API namespace (a module)."""

    @abstractmethod
    def is_array(self, value: Any) -> bool:
        """Whether a value is an array of this backend."""

    @abstractmethod
    def devices(self) -> tuple[Device, ...]:
        """Return the devices there are; the first is the default."""

    @abstractmethod
    def device_of(self, raw: Any) -> Device:
        """Return an array's device."""

    @abstractmethod
    def raw_device(self, device: Device) -> Any:
        """Return what the backend calls a device."""

    @abstractmethod
    def raw_dtype(self, dtype: DType) -> Any:
        """Return what the backend calls a dtype; raise UnsupportedDType with the remedy when it has none."""

    @abstractmethod
    def dtype_of(self, raw: Any) -> DType:
        """Return an array's dtype."""

    def synchronize(self, device: Device | None = None) -> None:  # noqa: B027 - nothing to wait for is the common case
        """Wait until all work on a device is done."""

    def quiet(self) -> AbstractContextManager[Any]:
        """Return what silences the library's warnings of infinities and nan: a derivative may be either, and is no mistake."""
        return nullcontext()

    # ---- provided

    def _make_xp(self) -> Any:
        from agrad.standard_defaults import make_namespace

        return make_namespace(self)

    def raw_function(self, name: str, forward: Callable[..., Any] | None) -> Callable[..., Any]:
        """Return the raw function of an operation, for the table."""
        xp = self.xp
        if forward is not None:
            return lambda *arrays: forward(xp, *arrays)
        target: Any = xp
        for part in name.split("."):
            target = getattr(target, part)
        function: Callable[..., Any] = target
        return function

    def options(self, device: Device, dtype: DType, standard: bool = False, inference: bool = False) -> TensorOptions:
        """Return the one record for a device and dtype."""
        key = (device, dtype, standard, inference)
        found = self._options.get(key)
        if found is None:
            found = self._options[key] = TensorOptions(self, self.own_device(device), dtype, standard, inference)
        return found

    def own_device(self, device: Device) -> Device:
        """Return the device object that carries this backend's name."""
        return device if device.backend == self.name else Device(device, backend=self.name)

    def options_of(self, raw: Any, standard: bool = False) -> TensorOptions:
        """Return the record of an array."""
        return self.options(self.device_of(raw), self.dtype_of(raw), standard)

    def default_device(self) -> Device:
        """Return the device that tensors are made on when none is named."""
        return self.devices()[0]

    def find_device(self, device: Any) -> Device:
        """Return this backend's device for a string or Device.

        Raises
        ------
        DeviceError
            When there is none, naming those there are.
        """
        wanted = Device(device)
        for one in self.devices():
            if one.type == wanted.type and (wanted.index is None or wanted.index == (one.index or 0)):
                return self.own_device(one)
        there = self.devices()
        raise DeviceError(
            f"Expected one of {', '.join(dict.fromkeys(one.type for one in there))} device type at start of device string: "
            f"{wanted.type}. Backend {self.name} has the devices {', '.join(map(str, there))}; received {str(wanted)!r}. "
            "Choose one of them, or another backend."
        )

    def supports(self, dtype: DType) -> bool:
        """Whether the backend has a dtype."""
        try:
            self.raw_dtype(dtype)
        except UnsupportedDType:
            return False
        return True

    def scalar(self, value: Any, raw_dtype: Any, raw_device: Any) -> Any:
        """Return a Python number as a 0-d array."""
        return self.namespace().asarray(value, dtype=raw_dtype, device=raw_device)

    def number(self, value: Any, raw_dtype: Any, raw_device: Any) -> Any:
        """Return a Python number as what meets 0-d arrays: the same as :meth:`scalar` unless something is faster."""
        return self.scalar(value, raw_dtype, raw_device)

    def asarray(self, value: Any, dtype: DType, device: Device) -> Any:
        """Return (nested sequences of) Python numbers as a new array."""
        return self.namespace().asarray(value, dtype=self.raw_dtype(dtype), device=self.raw_device(device))

    def copy(self, raw: Any) -> Any:
        """Return a copy that shares nothing."""
        return self.namespace().asarray(raw, copy=True)

    def own(self, raw: Any) -> Any:
        """Return `raw` as an array whose memory is row-major and can be shared by views."""
        return raw

    def root(self, raw: Any) -> Any:
        """Return the array that owns the memory `raw` shows."""
        return raw

    def is_view(self, raw: Any) -> bool:
        """Whether an array may share memory with another (False where nothing is ever written)."""
        return False

    def address(self, raw: Any) -> int | None:
        """Return where an array's first element lies, where that stays so; None where memory is never written in place."""
        return None

    def fill(self, place: Any, raw: Any) -> None:
        """Write `raw` into all of the array `place`, in place; only called on mutable backends."""
        place[...] = raw

    def augment(self, operator: Callable[[Any, Any], Any], raw: Any, other: Any) -> Any:
        """Do ``operator(raw, other)``, as ``raw += other``, in raw's own memory, and return raw; None where that does not pay.

        Nobody else holds `raw`, and `other` broadcasts to it. It must not raise: nothing would bring the old elements back.
        """
        return None

    def ensure_array(self, raw: Any) -> Any:
        """Return an array for what the backend may use in place of a 0-d one."""
        return raw

    def item(self, raw: Any) -> Any:
        """Return the one element as a Python number."""
        dtype = self.dtype_of(raw)
        raw = self.namespace().reshape(raw, ())
        if dtype is dtypes.bool:
            return bool(raw)
        return complex(raw) if dtype.is_complex else float(raw) if dtype.is_floating_point else int(raw)

    def tolist(self, raw: Any) -> Any:
        """Return nested lists of Python numbers."""
        if not raw.shape:
            return self.item(raw)
        return [self.tolist(raw[index, ...]) for index in range(raw.shape[0])]

    def to_host(self, raw: Any) -> Any:
        """Return an object in the CPU's memory that understands DLPack or the buffer protocol."""
        home = next((device for device in self.devices() if device.type == "cpu"), None)
        return raw if home is None or self.device_of(raw) == home else self.to_device(raw, home)

    def from_host(self, value: Any, dtype: DType, device: Device) -> Any:
        """Return an array made of what another backend's :meth:`to_host` gave; it shares nothing with it."""
        xp = self.namespace()
        made = xp.asarray(xp.from_dlpack(value), dtype=self.raw_dtype(dtype), copy=True)
        return self.to_device(made, device)

    def device_name(self, device: Device) -> str:
        """Return what a device is called by its maker."""
        return str(device)

    def memory(self, device: Device) -> dict[str, int]:
        """Return bytes of a device, as far as the library tells: 'allocated', 'max_allocated', 'reserved', 'free', 'total'."""
        return {}

    def empty_cache(self) -> None:  # noqa: B027 - most libraries keep no memory back
        """Give back memory that the library keeps for later."""

    def is_scalar(self, value: Any) -> bool:
        """Whether one of the backend's values is a number of its own rather than an array (NumPy's scalars)."""
        return False

    def to_bytes(self, raw: Any) -> bytes:
        """Return an array's elements, row-major, in the machine's order of bytes."""
        from agrad.standard_defaults.buffers import pack

        return pack(self.tolist(raw), self.dtype_of(raw))

    def from_buffer(self, buffer: Any, dtype: DType, device: Device) -> Any:
        """Return a 1-D array of a buffer's bytes; it shares them where the backend can."""
        from agrad.standard_defaults.buffers import unpack

        return self.asarray(unpack(buffer, dtype), dtype, device)

    def to_device(self, raw: Any, device: Device) -> Any:
        """Return an array on another of this backend's devices."""
        return raw if self.device_of(raw) == device else raw.to_device(self.raw_device(device))

    def random_words(self, key: Any, counter: Any, blocks: int, device: Device) -> Any:
        """Return the words of Philox blocks, uint64, or as halves in uint32 (:mod:`agrad.random.philox`).

        The same bits on every backend.
        """
        from agrad.random import philox

        portable = philox.words_portable if self.supports(dtypes.uint64) else philox.halves_portable
        return portable(self.namespace(), key, counter, blocks, self.raw_device(device))

    def compile(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a compiled function of Tensors, where the backend compiles; else the function itself."""
        return function

    def __repr__(self) -> str:
        return f"<backend {self.name}>"


# ---------------------------------------------------------------- the registry

_tabled: list[Backend] = []
_loaded: dict[str, Backend] = {}
_by_type: dict[type, Backend | None] = {}
_registered: dict[str, Callable[[], Backend]] = {}
_lock = threading.RLock()

#: the library that a backend of ours needs, and the command that installs it: the library's own, which works wherever agrad came from
_NEEDS = {
    "numpy": ("numpy", "pip install numpy"),
    "jax": ("jax", "pip install jax"),
    "cupy": ("cupy", "pip install cupy-cuda13x  (cupy-cuda12x for CUDA 12)"),
    "strict": ("array_api_strict", "pip install array-api-strict"),
}


def grow_tables() -> None:
    """Make places in every backend's table for operations registered after it was loaded."""
    for backend in _tabled:
        _grow(backend)


def register_backend(name: str, factory: Callable[[], Backend]) -> None:
    """Register a backend by hand; an entry point in the group ``agrad.backends`` does it for an installed package."""
    with _lock:
        _registered[name] = factory
        _loaded.pop(name, None)
        _by_type.clear()


def _entry_points() -> dict[str, Any]:
    from importlib import metadata  # 23 ms to import: only when backends are looked for

    return {point.name: point for point in metadata.entry_points(group=GROUP)}


def available_backends() -> tuple[str, ...]:
    """Return the names of the registered backends, installed or not; nothing is imported."""
    return tuple(sorted({*_registered, *_entry_points()}))


def is_installed(name: str) -> bool:
    """Whether a registered backend's array library and its own module are there (looked at without importing them)."""
    return missing_module(name) is None


def missing_module(name: str) -> str | None:
    """Return the module that a registered backend lacks: its array library, or the one that its entry point names; None for none."""
    needs = _NEEDS.get(name)
    if needs is not None and not _is_there(needs[0]):
        return needs[0]
    if name in _registered:
        return None
    module: str | None = getattr(_entry_points().get(name), "module", None)
    return module if module is not None and not _is_there(module) else None


def _is_there(module: str) -> bool:
    """Whether a module can be found; neither it nor a package around it is imported."""
    top, *inner = module.split(".")
    try:
        spec = find_spec(top)
    except ValueError:  # it was put into sys.modules by hand
        return True
    path = top
    for part in inner:
        path = f"{path}.{part}"
        if spec is None or spec.submodule_search_locations is None:
            return False
        spec = PathFinder.find_spec(path, spec.submodule_search_locations)
    return spec is not None


def needed_module(name: str) -> str | None:
    """Return the module that a backend of ours needs; None for another's, which brings what it needs."""
    return _NEEDS[name][0] if name in _NEEDS else None


def install_command(name: str) -> str:
    """Return the command that installs what a backend lacks: its library, or the package that registered it, once more."""
    needs = _NEEDS.get(name)
    if needs is not None and not _is_there(needs[0]):
        return needs[1]
    distribution = getattr(_entry_points().get(name), "dist", None)
    if distribution is None:
        return "pip install the package that registers it once more"
    if distribution.name == "agrad":  # on no index: from its source
        return "python -m pip install .  (in the folder of agrad's source)"
    return f"pip install --force-reinstall {distribution.name}"


def get_backend(name: str | Backend) -> Backend:
    """Return a backend, loading it when first asked for.

    Raises
    ------
    MissingBackend
        When there is none of this name, or its library is not installed; the message has the command.
    """
    if isinstance(name, Backend):
        return name
    found = _loaded.get(name)
    if found is not None:
        return found
    with _lock:
        if name in _loaded:
            return _loaded[name]
        factory = _registered.get(name)
        if factory is None:
            point = _entry_points().get(name)
            if point is None:
                raise MissingBackend(
                    f"no backend named {name!r}; there are {', '.join(available_backends()) or 'none'}. "
                    f"A package registers one through the entry point group {GROUP!r}."
                )
            missing = missing_module(name)
            if missing is not None:
                raise MissingBackend(
                    f"backend {name!r} needs {missing}, which is not installed: {install_command(name)}"
                )
            try:
                factory = point.load()
            except ImportError as error:
                raise MissingBackend(
                    f"backend {name!r} could not be imported ({error}): {_NEEDS[name][1] if name in _NEEDS else install_command(name)}"
                ) from error
        backend = factory()
        _loaded[name] = backend
        _by_type.clear()
        return backend


def loaded_backends() -> tuple[Backend, ...]:
    """Return the backends loaded so far."""
    return tuple(_loaded.values())


def allow_hot_paths(allowed: bool) -> None:
    """Let operations take the hot path, in all threads and on all backends, or send all of them through the careful one."""
    with _lock:
        paths.hot = allowed
        for backend in _tabled:
            for options in list(backend._options.values()):
                options.choose_path()


def backend_of(value: Any) -> Backend | None:
    """Return the backend whose array a value is, or None; it is loaded when the value's module calls for it."""
    kind = type(value)
    try:
        found = _by_type[kind]
    except KeyError:
        found = _look(value, kind)
        _by_type[kind] = found
    return found


def _look(value: Any, kind: type) -> Backend | None:
    for backend in list(_loaded.values()):
        if backend.is_array(value):
            return backend
    top = (kind.__module__ or "").partition(".")[0]
    wanted = {"jaxlib": "jax", "cupy": "cupy", "numpy": "numpy", "array_api_strict": "strict"}.get(top, top)
    if wanted in available_backends() and wanted not in _loaded and is_installed(wanted):
        backend = get_backend(wanted)
        if backend.is_array(value):
            return backend
    return None


_chosen: Choice[str] = Choice("agrad_backend")
_default: list[str] = []


def get_default_backend() -> Backend:
    """Return the backend that tensors are made on when nothing else tells: AGRAD_BACKEND, or numpy, unless changed."""
    chosen = _chosen.innermost()
    if chosen is not None:
        return get_backend(chosen)
    if not _default:
        _default.append(os.environ.get("AGRAD_BACKEND", "numpy"))
    return get_backend(_default[0])


def set_default_backend(name: str | Backend) -> None:
    """Change the default backend for the whole process; it is loaded now, so that a missing one is told now."""
    backend = get_backend(name)
    _default[:] = [backend.name]


class use_backend(ContextDecorator, Scope):
    """Change the default backend inside a ``with`` block, for this thread or asyncio task alone.

    Parameters
    ----------
    name : str or Backend
        It is loaded now, so that a missing one is told now.

    Raises
    ------
    MissingBackend
        As :func:`get_backend` does.

    Examples
    --------
    >>> import agrad
    >>> with agrad.use_backend("numpy") as backend:
    ...     agrad.get_default_backend() is backend
    True
    """

    def __init__(self, name: str | Backend) -> None:
        self._backend = get_backend(name)

    def _enter(self, lock: Lock) -> Backend:
        _chosen.enter(lock, self._backend.name)
        return self._backend


__all__ = [
    "AgradError",
    "Backend",
    "Namespace",
    "TensorOptions",
    "available_backends",
    "backend_of",
    "get_backend",
    "get_default_backend",
    "grow_tables",
    "install_command",
    "is_installed",
    "loaded_backends",
    "missing_module",
    "needed_module",
    "op_index",
    "register_backend",
    "set_default_backend",
    "use_backend",
]


def __dir__() -> list[str]:
    return list(__all__)
