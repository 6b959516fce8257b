"""The CuPy adapter over a stand-in made of NumPy (cupy_standin.py): all of its code but CuPy's own arithmetic."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from agrad_conformance.checks import FAIL
from agrad_conformance.runner import run

import agrad
from agrad import backend as registry
from agrad import dtypes
from agrad.errors import AgradError

sys.path.insert(0, str(Path(__file__).parent))
import cupy_standin

xp = agrad.array_api


@pytest.fixture(scope="module")
def cupy() -> Iterator[Any]:
    with cupy_standin.installed() as backend:
        yield backend


def host(x: Any) -> np.ndarray:
    backend = x._options.backend
    return np.asarray(backend.to_host(x._data))


def test_the_conformance_table(cupy: Any) -> None:
    report = run(["cupy"], quick=True)
    failed = {
        judgement.name: [finding.message for finding in judgement.findings if finding.verdict == FAIL]
        for judgement in report.failures
    }
    # What fails on NumPy too is not the adapter's.
    elsewhere = {judgement.name for name in failed for judgement in run(["numpy"], pattern=name, quick=True).failures}
    assert not {name: words for name, words in failed.items() if name not in elsewhere}
    assert len(report.judgements) > 200


# ---------------------------------------------------------------- devices


@pytest.mark.parametrize("name, index", [("cuda", 0), ("cuda:0", 0), ("cuda:1", 1)])
def test_a_tensor_is_made_where_it_is_asked(cupy: Any, name: str, index: int) -> None:
    x = agrad.tensor([1.0, 2.0], device=agrad.device(name) if name == "cuda" else f"cupy:{name}")
    assert x.device == agrad.device("cuda", index)
    assert x._data.device.id == index


@pytest.mark.parametrize(
    "program",
    [
        lambda x: xp.exp(x),
        lambda x: xp.sum(x),
        lambda x: xp.concat([x, x]),
        lambda x: xp.zeros_like(x),
        lambda x: xp.ones((2,), dtype=agrad.float32, device=x.device),
        lambda x: xp.special.erf(x),
        lambda x: xp.reshape(x, (3, 1)),
        lambda x: x + 1,
        lambda x: x[1:],
    ],
)
def test_results_are_where_their_operands_are(cupy: Any, program: Any) -> None:
    x = agrad.tensor([1.0, 2.0, 3.0], device="cupy:cuda:1")
    result = program(x)
    assert result._data.device.id == 1
    assert result.device == "cuda:1"


def test_the_gradient_of_a_move_moves_back(cupy: Any) -> None:
    x = agrad.tensor([1.0, 2.0], device="cupy:cuda:1", requires_grad=True)
    on_numpy = xp.to_device(x, agrad.device("cpu", backend="numpy")) if hasattr(xp, "to_device") else x.to("numpy:cpu")
    xp.sum(on_numpy * on_numpy).backward()
    assert x.grad.device == "cuda:1"
    assert host(x.grad).tolist() == [2.0, 4.0]


def test_an_unknown_device_is_told_with_those_there_are(cupy: Any) -> None:
    with pytest.raises(RuntimeError, match=r"cuda:0, cuda:1.*cuda:7"):
        cupy.find_device("cuda:7")


@pytest.mark.parametrize("cause", ["no answer", "none"])
def test_no_gpu_is_told_when_the_backend_is_loaded(cupy: Any, cause: str, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = sys.modules["cupy"].cuda.runtime

    def count() -> int:
        if cause == "none":
            return 0
        raise RuntimeError("cudaErrorInsufficientDriver: CUDA driver version is insufficient for CUDA runtime version")

    monkeypatch.setattr(runtime, "getDeviceCount", count)
    tabled = len(registry._tabled)
    with pytest.raises(RuntimeError, match=r"needs an NVIDIA GPU.*set_default_backend") as raised:
        type(cupy)()
    assert isinstance(raised.value, AgradError)
    assert len(registry._tabled) == tabled, "a backend that cannot work must not be half registered"


# ---------------------------------------------------------------- writing and adding by index

DTYPES = (
    "bool",
    "int8",
    "int32",
    "int64",
    "uint8",
    "uint64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", ["index_add", "index_set"])
def test_indices_that_repeat(cupy: Any, dtype: str, function: str) -> None:
    ours = dtypes.by_name(dtype)
    x = np.array([1, 0, 2, 0], dtype=dtype)
    value = np.array([1, 2, 3, 5], dtype=dtype)
    if dtype.startswith("complex"):
        value = value * np.array(1 - 2j, dtype=dtype)
    index = np.array([3, 1, 3, -1])
    expected = x.copy()
    if function == "index_add":
        np.add.at(expected, index, value)
    else:
        expected[index] = value
    device = cupy.default_device()
    given = [cupy.from_host(one, kind, device) for one, kind in ((x, ours), (index, dtypes.int64), (value, ours))]
    found = getattr(cupy.xp, function)(*given)
    assert cupy.to_host(found).tolist() == expected.tolist()
    assert cupy.dtype_of(found) is ours
    assert cupy.to_host(given[0]).tolist() == x.tolist(), "the operand must not change"


@pytest.mark.parametrize(
    "key",
    [
        (slice(None), np.array([0, 0, 2])),
        (np.array([[0], [1]]), np.array([0, 2])),
        (1, np.array([1, 1])),
        (Ellipsis, np.array([2, 2])),
        (np.array([True, False, True]), 1),
        (slice(0, 3, 2),),
    ],
)
def test_keys_of_every_kind(cupy: Any, key: Any) -> None:
    device = cupy.default_device()
    x = np.arange(12.0).reshape(3, 4)
    value = np.random.default_rng(0).normal(size=x[key].shape)
    expected = x.copy()
    np.add.at(expected, key, value)
    written = x.copy()
    written[key] = value
    ours = tuple(
        cupy.from_host(part, dtypes.by_name(part.dtype.name), device) if isinstance(part, np.ndarray) else part
        for part in key
    )
    x_raw, value_raw = (cupy.from_host(one, dtypes.float64, device) for one in (x, value))
    assert cupy.to_host(cupy.xp.index_add(x_raw, ours, value_raw)).tolist() == expected.tolist()
    assert cupy.to_host(cupy.xp.index_set(x_raw, ours, value_raw)).tolist() == written.tolist()
    place = cupy.copy(x_raw)
    assert cupy.xp.write(place, ours, value_raw) is place
    assert cupy.to_host(place).tolist() == written.tolist()


def test_an_index_out_of_bounds_raises_where_cupy_wraps(cupy: Any) -> None:
    x = agrad.tensor([1.0, 2.0, 3.0], device="cupy:cuda:0")
    index = agrad.tensor([0, 3], device="cupy:cuda:0")
    assert cupy.to_host(x._data[index._data]).tolist() == [1.0, 1.0]
    with pytest.raises(IndexError, match="index 3 is out of bounds for dimension 0 with size 3"):
        x[index]


# ---------------------------------------------------------------- memory


def test_a_view_of_any_geometry_knows_its_root(cupy: Any) -> None:
    raw = cupy.xp.zeros((3, 4), dtype=np.dtype("float32"))
    view = cupy.xp.as_strided(raw, (2, 2), (4, 1), 1)
    assert view.base is None, "the stand-in must be like CuPy here"
    assert cupy.root(view) is raw
    assert cupy.root(view[0]) is raw
    assert cupy.is_view(view)
    assert not cupy.is_view(raw)


def test_bases_are_forgotten_with_their_views(cupy: Any) -> None:
    memory = sys.modules["agrad_cupy.memory"]
    raw = cupy.xp.zeros((4,), dtype=np.dtype("float32"))
    view = cupy.xp.as_strided(raw, (2,), (2,), 0)
    kept = len(memory._bases)
    del view
    assert len(memory._bases) == kept - 1


def test_a_write_through_a_strided_view_is_noticed_by_backward(cupy: Any) -> None:
    x = agrad.tensor([1.0, 2.0, 3.0, 4.0], device="cupy:cuda:0", requires_grad=True)
    y = x * 1.0
    out = y * y
    with agrad.no_grad():
        y[::2] = 0.0
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        xp.sum(out).backward()


def test_a_write_through_a_view_reaches_its_base(cupy: Any) -> None:
    x = agrad.tensor([[1.0, 2.0], [3.0, 4.0]], device="cupy:cuda:0", requires_grad=True)
    y = x * 1.0
    y[:, 0] = y[:, 1] * 10.0
    assert host(y).tolist() == [[20.0, 2.0], [40.0, 4.0]]
    xp.sum(y).backward()
    assert host(x.grad).tolist() == [[0.0, 11.0], [0.0, 11.0]]


# ---------------------------------------------------------------- values that CuPy alone gets wrong or waits for


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_special_functions_keep_the_dtype(cupy: Any, dtype: str) -> None:
    x = agrad.asarray([0.5, 1.5], dtype=dtypes.by_name(dtype), device="cupy:cuda:0")
    assert xp.special.erf(x).dtype is dtypes.by_name(dtype)


@pytest.mark.parametrize("correction", [0.0, 1.0, 1.5])
def test_variance_with_any_correction(cupy: Any, correction: float) -> None:
    values = np.random.default_rng(1).normal(size=(4, 5))
    x = xp.asarray(values.tolist(), dtype=agrad.float64, device="cupy:cuda:0")
    expected = ((values - values.mean(0)) ** 2).sum(0) / (4 - correction)
    np.testing.assert_allclose(host(xp.var(x, axis=0, correction=correction)), expected, rtol=1e-14)


@pytest.mark.parametrize(
    "function, matrix",
    [("inv", [[1.0, 2.0], [2.0, 4.0]]), ("cholesky", [[1.0, 2.0], [2.0, 1.0]])],
)
def test_a_matrix_without_inverse_or_factor_raises(cupy: Any, function: str, matrix: Any) -> None:
    x = xp.asarray(matrix, dtype=agrad.float64, device="cupy:cuda:0")
    plain = getattr(sys.modules["cupy"].linalg, function)(x._data)
    assert cupy.to_host(plain).tolist() == [[7.0, 7.0], [7.0, 7.0]], "CuPy answers, the stand-in with sevens"
    with pytest.raises(RuntimeError, match=r"singular|positive-definite"):
        getattr(xp.linalg, function)(x)


def test_host_and_device_arrays_do_not_mix(cupy: Any) -> None:
    x = agrad.tensor([1.0, 2.0], device="cupy:cuda:0")
    with pytest.raises(TypeError, match=r"cupy.*numpy"):
        x + np.array([1.0, 2.0])


def test_bfloat16_is_told_to_be_absent(cupy: Any) -> None:
    with pytest.raises(TypeError, match="CuPy has no bfloat16"):
        agrad.asarray([1.0], dtype=agrad.bfloat16, device="cupy:cuda:0")


def test_synchronize_takes_one_device_or_all(cupy: Any) -> None:
    cupy.synchronize()
    cupy.synchronize(agrad.device("cuda:1"))


def test_everything_is_as_before_afterwards() -> None:
    with cupy_standin.installed():
        assert "cupy" in registry._loaded
        assert "agrad_cupy" in sys.modules
    with cupy_standin.installed() as again:
        assert again.name == "cupy"
