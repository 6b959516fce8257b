"""CuPy itself, where it can be imported and no GPU answers: its functions are there and take what agrad calls them with.

The calls are not written down here: the conformance table is run on NumPy with a namespace that notes each call, and what
was noted is held against the signatures of CuPy's functions.
"""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import agrad
from agrad import backend as registry
from agrad import dtypes
from agrad.backend import Backend, Namespace
from agrad.errors import DeviceError
from agrad.standard_defaults import make_namespace, names

cupy = pytest.importorskip(
    "cupy", reason="CuPy is not installed: nox -s cupy_signatures installs it, and needs no GPU", exc_type=ImportError
)

#: how a function was called: how many positional arguments, which keywords
Call = tuple[str, int, tuple[str, ...]]


@pytest.fixture(scope="module")
def backend() -> Any:
    """CuPy's backend as it is with one GPU: nothing below asks the GPU for anything."""
    from agrad_cupy import CupyBackend

    class Here(CupyBackend):
        def __init__(self) -> None:
            self._devices = (agrad.device("cuda", 0, backend="cupy"),)
            Backend.__init__(self)

    made = Here()
    yield made
    registry._tabled.remove(made)


class Noting(Namespace):
    """A namespace that notes how its functions are called, and calls another's."""

    def __init__(self, inner: Any, noted: set[Call], prefix: str = "") -> None:
        super().__init__(f"noting {prefix}")
        self.__dict__.update(_inner=inner, _noted=noted, _prefix=prefix)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        found = getattr(self._inner, name)
        if name in ("linalg", "fft", "special"):
            found = Noting(found, self._noted, f"{name}.")
        elif callable(found) and not isinstance(found, type):
            found = self._note(self._prefix + name, found)
        self.__dict__[name] = found
        return found

    def _note(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            self._noted.add((name, len(args), tuple(sorted(options))))
            return function(*args, **options)

        return call


@pytest.fixture(scope="module")
def calls() -> Iterator[set[Call]]:
    """Return the calls that the conformance table makes."""
    from agrad_conformance.runner import run
    from agrad_numpy import NumpyBackend

    noted: set[Call] = set()

    class NotingBackend(NumpyBackend):
        name = "noting"

        def is_array(self, value: Any) -> bool:
            return False

        def _make_xp(self) -> Any:
            return Noting(make_namespace(self), noted)

    registry.register_backend("noting", NotingBackend)
    try:
        report = run(["noting"], quick=True)
        assert len(report.judgements) > 200
        yield noted
    finally:
        registry._registered.pop("noting")
        registry._loaded.pop("noting", None)
        registry._by_type.clear()


def found(xp: Any, name: str) -> Any:
    for part in name.split("."):
        xp = getattr(xp, part)
    return xp


@pytest.mark.parametrize(
    "name",
    [
        *(name for name in names.MAIN if name not in names.OPTIONAL),
        *(f"linalg.{name}" for name in names.LINALG),
        *(f"fft.{name}" for name in names.FFT),
        *(f"special.{name}" for name in names.SPECIAL),
    ],
)
def test_every_function_is_there(backend: Any, name: str) -> None:
    function = found(backend.xp, name)
    assert callable(function) or name in names.CONSTANTS


def problem(function: Any, call: Call) -> str:
    """Return why a function cannot be called so; '' when it can."""
    name, count, options = call
    if isinstance(function, cupy.ufunc):
        unknown = set(options) - {"out", "dtype", "casting", "where"}
        if unknown or count > function.nargs:
            return f"{name}: a ufunc of {function.nin} arrays, called with {count} and {options}"
        return ""
    try:
        signature = inspect.signature(function)
    except ValueError:
        return ""  # compiled, and silent about its arguments
    try:
        signature.bind(*range(count), **dict.fromkeys(options))
    except TypeError as error:
        return f"{name}{signature}: called with {count} arguments and {options}: {error}"
    return ""


def test_every_call_of_the_table_fits_a_signature(backend: Any, calls: set[Call]) -> None:
    assert len(calls) > 150
    problems = [text for call in sorted(calls) if (text := problem(found(backend.xp, call[0]), call))]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("name", [dtype.name for dtype in dtypes.ALL])
def test_dtypes(backend: Any, name: str) -> None:
    dtype = dtypes.by_name(name)
    if name == "bfloat16":
        assert not backend.supports(dtype)
    else:
        assert backend.raw_dtype(dtype) == getattr(cupy, "bool_" if name == "bool" else name)


def test_what_the_adapter_asks_of_an_array_is_there() -> None:
    wanted = (
        "astype", "base", "copy", "data", "device", "dtype", "flags", "item", "itemsize", "mT", "max", "mean", "min", "ndim",
        "reshape", "shape", "size", "strides", "sum", "transpose", "view",
    )  # fmt: skip
    assert [name for name in wanted if not hasattr(cupy.ndarray, name)] == []


def test_what_the_adapter_asks_of_cuda_is_there() -> None:
    import cupyx

    assert callable(cupyx.scatter_add)
    assert callable(cupyx.scatter_max)
    with cupyx.errstate(linalg="raise"):
        pass
    assert issubclass(cupy.cuda.runtime.CUDARuntimeError, Exception)
    assert cupy.cuda.Device(0).id == 0


def test_arrays_can_be_referred_to_weakly() -> None:
    assert cupy.ndarray.__weakrefoffset__ > 0, "agrad_cupy.memory keeps weak references to views"


def test_the_backend_is_found_without_being_imported() -> None:
    code = """
import sys, agrad
assert "cupy" in agrad.available_backends()
from agrad.backend import is_installed
assert is_installed("cupy")
assert not {"cupy", "agrad_cupy"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def has_gpu() -> bool:
    try:
        return bool(cupy.cuda.runtime.getDeviceCount())
    except cupy.cuda.runtime.CUDARuntimeError:
        return False


@pytest.mark.skipif(has_gpu(), reason="a GPU answers here: conformance judges CuPy")
@pytest.mark.parametrize(
    "program",
    [
        lambda: agrad.get_backend("cupy"),
        lambda: agrad.set_default_backend("cupy"),
        lambda: agrad.use_backend("cupy").__enter__(),
        lambda: agrad.tensor(1.0, device="cupy:cuda:0"),
    ],
)
def test_no_gpu_is_told_with_what_to_do(program: Any) -> None:
    before = agrad.get_default_backend().name
    with pytest.raises(DeviceError, match=r"needs an NVIDIA GPU, and no GPU answers.*Install its driver") as raised:
        program()
    assert "set_default_backend('numpy')" in str(raised.value)
    assert agrad.get_default_backend().name == before
    assert "cupy" not in [backend.name for backend in agrad.backend.loaded_backends()]
