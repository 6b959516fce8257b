"""A stand-in for CuPy made of NumPy, so that the adapter's own code runs, and is judged, where there is no GPU.

It keeps CuPy's rules where they differ from NumPy's, and refuses what CuPy refuses: host arrays do not mix with device
arrays, 0-d results are arrays, a result is made on the current device (of two), ``as_strided`` gives an array without a
base, ``scatter_add`` takes some dtypes only, an index array out of bounds wraps, matrices are looked at only when asked
(``cupyx.errstate``), and an LU factorization ends at a zero pivot. What it cannot show is CuPy's arithmetic: that needs a GPU.
"""

from __future__ import annotations

import sys
import types
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import machinery
from typing import Any, ClassVar

import numpy as np

ATOMIC = {np.dtype(name) for name in ("float16", "float32", "float64", "int32", "uint32", "uint64")}
COMPARED = {np.dtype(name) for name in ("float32", "float64", "int32", "uint32", "uint64")}
_HOST = np.ndarray


class Device:
    """One of two devices that are not there."""

    __hash__ = None  # type: ignore[assignment]
    current: ClassVar[list[int]] = [0]

    def __init__(self, device: Any = None) -> None:
        self.id = Device.current[-1] if device is None else device.id if isinstance(device, Device) else int(device)

    def __enter__(self) -> Device:
        Device.current.append(self.id)
        return self

    def __exit__(self, *_: Any) -> None:
        Device.current.pop()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Device) and other.id == self.id

    def synchronize(self) -> None: ...


class Pointer:
    """Where an array's elements lie."""

    def __init__(self, ptr: int) -> None:
        self.ptr = ptr


class ndarray(np.ndarray):
    """An array of a device: NumPy's, which meets only its like and Python's numbers."""

    _device: int
    _hidden: bool

    def __array_finalize__(self, source: Any) -> None:
        self._device = Device.current[-1]
        self._hidden = False

    @property
    def device(self) -> Device:
        return Device(self._device)

    @property
    def base(self) -> Any:  # type: ignore[override]
        found = np.ndarray.base.__get__(self)
        return None if self._hidden or not isinstance(found, ndarray) else found

    @property
    def data(self) -> Any:  # type: ignore[override]
        return Pointer(self.__array_interface__["data"][0])

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        _meet_only_each_other(inputs)
        out = options.pop("out", None)
        if out is not None:
            options["out"] = tuple(_plain(one) for one in out)
        result = getattr(ufunc, method)(*(_plain(one) for one in inputs), **options)
        if out is not None:
            return out[0]
        return _owned(result)

    def __array_function__(self, function: Any, kinds: Any, args: Any, options: Any) -> Any:
        raise TypeError(f"numpy.{function.__name__} was called with an array of the device")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Please use `.get()`")

    def __getitem__(self, key: Any) -> Any:
        found = np.ndarray.__getitem__(self, _wrapped(self, key))
        return _owned(found) if not isinstance(found, ndarray) else _seen(found, self)

    def __setitem__(self, key: Any, value: Any) -> None:
        _meet_only_each_other((value,))
        np.ndarray.__setitem__(self, _wrapped(self, key), _plain(value))

    def copy(self, order: Any = "C") -> Any:
        return _owned(np.array(_plain(self), order=order, copy=True))

    def reshape(self, *shape: Any, **options: Any) -> Any:
        return _seen(np.ndarray.reshape(self, *shape, **options), self)

    def transpose(self, *axes: Any) -> Any:
        return _seen(np.ndarray.transpose(self, *axes), self)

    def view(self, dtype: Any = None) -> Any:
        return _seen(np.ndarray.view(self, dtype), self)

    def astype(self, dtype: Any, order: Any = "K", casting: Any = None, subok: Any = None, copy: bool = True) -> Any:
        if not copy and self.dtype == np.dtype(dtype):
            return self
        return _owned(_plain(self).astype(dtype))

    @property
    def real(self) -> Any:  # type: ignore[override]
        return _seen(np.ndarray.real.__get__(self), self)

    @property
    def imag(self) -> Any:  # type: ignore[override]
        return _seen(np.ndarray.imag.__get__(self), self)

    def scatter_add(self, slices: Any, value: Any) -> None:
        _scatter(np.add, ATOMIC, self, slices, value)

    def scatter_max(self, slices: Any, value: Any) -> None:
        _scatter(np.maximum, COMPARED, self, slices, value)


def _reduction(name: str) -> Any:
    method = getattr(np.ndarray, name)

    def reduce(self: Any, axis: Any = None, **options: Any) -> Any:
        return _owned(method(_plain(self), axis=axis, **options))

    return reduce


for _name in ("sum", "max", "min", "mean", "prod", "all", "any", "argmax", "argmin", "cumsum", "cumprod"):
    setattr(ndarray, _name, _reduction(_name))


def _plain(value: Any) -> Any:
    if isinstance(value, ndarray):
        return np.ndarray.view(value, np.ndarray)
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(one) for one in value) if type(value) in (list, tuple) else value
    return value


def _owned(value: Any) -> Any:
    """Return an array of the current device that owns its memory."""
    if isinstance(value, (np.ndarray, np.generic)) and not isinstance(value, ndarray):
        order = (
            "F" if isinstance(value, np.ndarray) and value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        )
        made = np.ndarray.__new__(ndarray, value.shape, value.dtype, order=order)
        np.ndarray.__setitem__(made, ..., value)
        return made
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_owned(one) for one in value))
    if isinstance(value, (list, tuple)):
        return type(value)(_owned(one) for one in value)
    return value


def _seen(view: Any, source: ndarray) -> Any:
    """A view is where its source is."""
    view._device = source._device
    return view


def _meet_only_each_other(values: Any) -> None:
    for value in values:
        if isinstance(value, np.ndarray) and not isinstance(value, ndarray):
            raise TypeError("Unsupported type <class 'numpy.ndarray'>")


def _wrapped(x: ndarray, key: Any) -> Any:
    """CuPy takes an index array modulo the length of its axis (here where nothing else is in the key)."""
    _meet_only_each_other(key if isinstance(key, tuple) else (key,))
    if isinstance(key, ndarray) and key.dtype.kind in "iu" and x.shape[0]:
        return np.remainder(_plain(key), x.shape[0])
    return _plain(key)


def _scatter(ufunc: Any, dtypes: Any, x: ndarray, slices: Any, value: Any) -> None:
    if x.dtype not in dtypes:
        raise TypeError(f"scatter_{ufunc.__name__} does not support {x.dtype}")
    if value.dtype != x.dtype:
        raise TypeError("this stand-in takes no other dtype")
    ufunc.at(_plain(x), _plain(slices), _plain(value))


def _function(name: str, function: Any) -> Any:
    def call(*args: Any, **options: Any) -> Any:
        if name not in ("asarray", "array"):
            _meet_only_each_other(args)
        if name == "asarray" and isinstance(args[0], ndarray) and options.get("dtype") in (None, args[0].dtype):
            return args[0]
        out = options.get("out")
        plain = function(*_plain(args), **{key: _plain(value) for key, value in options.items()})
        if out is not None:
            return out
        shown = [arg for arg in args if isinstance(arg, ndarray)]
        if name in ("broadcast_to", "expand_dims", "squeeze", "diagonal", "moveaxis") and shown:
            view = np.ndarray.view(plain, ndarray)
            return _seen(view, shown[0])
        return _owned(plain)

    call.__name__ = name
    call.__doc__ = f"numpy.{name}"
    return call


def _module(name: str, source: Any, names: Any) -> types.ModuleType:
    module = types.ModuleType(name)
    for one in names:
        if not hasattr(source, one):
            continue
        found = getattr(source, one)
        is_function = callable(found) and not isinstance(found, type)
        setattr(module, one, _function(one, found) if is_function else found)
    module.__all__ = [one for one in names if hasattr(module, one)]  # type: ignore[attr-defined]
    return module


def _hidden_view(x: ndarray, shape: Any = None, strides: Any = None) -> Any:
    view = np.lib.stride_tricks.as_strided(_plain(x), shape, strides)
    made = np.ndarray.view(view, ndarray)
    _seen(made, x)
    made._hidden = True
    return made


def _solve_triangular(a: Any, b: Any, lower: bool = False) -> Any:
    from scipy.linalg import solve_triangular

    if a.shape[:-2] != b.shape[:-2]:
        raise ValueError("incompatible batch count")
    out = np.empty(b.shape, np.result_type(_plain(a), _plain(b)))
    for index in np.ndindex(a.shape[:-2]):
        out[index] = solve_triangular(_plain(a)[index], _plain(b)[index], lower=lower)
    return _owned(out)


def _lu_factor(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """CuPy takes one matrix; where a pivot is zero it warns, and nan is behind it."""
    from scipy.linalg import get_lapack_funcs

    if a.ndim != 2:
        raise np.linalg.LinAlgError(f"{a.ndim}-dimensional array given. Array must be two-dimensional")
    packed, pivots, place = get_lapack_funcs("getrf", (_plain(a),))(_plain(a))
    if place:
        packed[place - 1 :, place - 1 :] = np.nan
        warnings.warn(f"Diagonal number {place} is exactly zero. Singular matrix.", RuntimeWarning, stacklevel=2)
    return _owned(packed), _owned(pivots)


def _unlooked(looking: list[bool], function: Any) -> Any:
    """CuPy looks at a factorization's outcome inside ``errstate(linalg="raise")``; else it returns what there is."""

    def call(x: Any, *args: Any, **options: Any) -> Any:
        try:
            return function(x, *args, **options)
        except np.linalg.LinAlgError:
            if looking[-1]:
                raise
            return _owned(np.full(x.shape, 7.0))

    return call


def modules() -> dict[str, types.ModuleType]:
    """Return the stand-in's modules by name."""
    import scipy.special

    public = [name for name in dir(np) if not name.startswith("_")]
    cupy = _module("cupy", np, [name for name in public if name not in ("linalg", "fft", "lib", "random", "testing")])
    cupy.ndarray = ndarray  # type: ignore[attr-defined]
    cupy.asnumpy = lambda x: np.array(_plain(x))  # type: ignore[attr-defined]
    looking = [False]
    cupy.linalg = _module("cupy.linalg", np.linalg, np.linalg.__all__)  # type: ignore[attr-defined]
    for name in ("cholesky", "inv", "solve"):
        setattr(cupy.linalg, name, _unlooked(looking, getattr(cupy.linalg, name)))
    cupy.fft = _module("cupy.fft", np.fft, np.fft.__all__)  # type: ignore[attr-defined]
    cupy.cuda = types.ModuleType("cupy.cuda")  # type: ignore[attr-defined]
    device = types.ModuleType("cupy.cuda.device")
    device.Device = cupy.cuda.Device = Device  # type: ignore[attr-defined]
    cupy.cuda.runtime = types.SimpleNamespace(
        getDeviceCount=lambda: 2, getDevice=lambda: Device.current[-1], CUDARuntimeError=RuntimeError
    )
    cupy.lib = types.SimpleNamespace(stride_tricks=types.SimpleNamespace(as_strided=_hidden_view))  # type: ignore[attr-defined]
    cupy.__version__ = "14.2.0"  # type: ignore[attr-defined]

    cupyx = types.ModuleType("cupyx")

    @contextmanager
    def errstate(*, linalg: str) -> Iterator[None]:
        looking.append(linalg == "raise")
        try:
            yield
        finally:
            looking.pop()

    cupyx.errstate = errstate  # type: ignore[attr-defined]
    cupyx.scatter_add = lambda x, slices, value: x.scatter_add(slices, value)  # type: ignore[attr-defined]
    cupyx.scatter_max = lambda x, slices, value: x.scatter_max(slices, value)  # type: ignore[attr-defined]
    special = _module("cupyx.scipy.special", scipy.special, [n for n in scipy.special.__all__ if n != "betaincc"])
    linalg = types.ModuleType("cupyx.scipy.linalg")
    linalg.solve_triangular = _solve_triangular  # type: ignore[attr-defined]
    linalg.lu_factor = _lu_factor  # type: ignore[attr-defined]
    scipy_part = types.ModuleType("cupyx.scipy")
    scipy_part.special, scipy_part.linalg = special, linalg  # type: ignore[attr-defined]
    cupyx.scipy = scipy_part  # type: ignore[attr-defined]
    made = [cupy, cupy.linalg, cupy.fft, cupy.cuda, device, cupyx, scipy_part, special, linalg]
    for module in made:
        module.__spec__ = machinery.ModuleSpec(module.__name__, None)
    return {module.__name__: module for module in made}


def _ours(name: str) -> bool:
    return name.split(".")[0] in ("cupy", "cupyx", "agrad_cupy") or name.startswith("array_api_compat.cupy")


@contextmanager
def installed() -> Iterator[Any]:
    """Put the stand-in in CuPy's place and yield agrad's backend over it; everything is as before afterwards."""
    from agrad import backend as registry

    before = {name: module for name, module in sys.modules.items() if _ours(name)}
    for name in before:
        del sys.modules[name]
    sys.modules.update(modules())
    kept = dict(registry._registered), dict(registry._loaded)
    try:
        from agrad_cupy import CupyBackend

        class Backend(CupyBackend):
            """CuPy's, whose random bits come from the portable generator: a stand-in compiles no kernels."""

            random_words = registry.Backend.random_words

        registry.register_backend("cupy", Backend)
        made = registry.get_backend("cupy")
        registry._by_type[ndarray] = made
        yield made
    finally:
        registry._registered.clear()
        registry._registered.update(kept[0])
        registry._loaded.clear()
        registry._loaded.update(kept[1])
        registry._by_type.clear()
        for name in [name for name in sys.modules if _ours(name)]:
            del sys.modules[name]
        sys.modules.update(before)


__all__ = ["Device", "installed", "modules", "ndarray"]
