"""What every adapter must do alike, judged on the backends of this machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import agrad
from agrad import dtypes, func
from agrad.autograd import forward_ad
from agrad.backend import get_backend

NAMES = ("numpy", "jax", "strict")
xp = agrad.array_api


@pytest.fixture(params=NAMES)
def backend(request: pytest.FixtureRequest) -> Any:
    return get_backend(request.param)


def raw(backend: Any, values: np.ndarray) -> Any:
    return backend.from_host(values, dtypes.by_name(values.dtype.name), backend.default_device())


def host(backend: Any, array: Any) -> np.ndarray:
    found = backend.to_host(backend.ensure_array(array))
    return np.asarray(found) if isinstance(found, np.ndarray) else np.from_dlpack(found)


# ---------------------------------------------------------------- geometry


def _forms(backend: Any) -> dict[str, Any]:
    whole = raw(backend, np.arange(12, dtype=np.float32).reshape(3, 4))
    one = raw(backend, np.array([[5.0]], dtype=np.float32))
    return {
        "row-major": whole,
        "transposed": backend.xp.permute_dims(raw(backend, np.arange(12, dtype=np.float32).reshape(4, 3)), (1, 0)),
        "broadcast": backend.xp.broadcast_to(one, (3, 4)),
        "stepped": raw(backend, np.arange(24, dtype=np.float32).reshape(3, 8))[:, ::2],
    }


@pytest.mark.parametrize("form", ["row-major", "transposed", "broadcast", "stepped"])
def test_a_geometry_is_of_the_elements_row_by_row(backend: Any, form: str) -> None:
    x = _forms(backend)[form]
    values = host(backend, x)
    expected = values.reshape(-1)[1:12:4]
    found = backend.xp.as_strided(x, (3,), (4,), 1)
    assert host(backend, found).tolist() == expected.tolist()


def test_a_cotangent_that_is_a_broadcast_is_read_inside_its_memory(backend: Any) -> None:
    x = xp.asarray([[1.0, 2.0], [3.0, 4.0]], dtype=agrad.float32, device=f"{backend.name}:{backend.default_device()}")
    x.requires_grad = True
    y = x * 1.0
    y[:, 0] = y[:, 1] * 10.0
    xp.sum(y).backward()
    assert host(backend, x.grad._data).tolist() == [[0.0, 11.0], [0.0, 11.0]]


# ---------------------------------------------------------------- moving


@pytest.mark.parametrize("name", ["bool", "int8", "uint32", "int64", "float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("target", NAMES)
def test_values_cross_through_the_host(backend: Any, target: str, name: str) -> None:
    dtype = dtypes.by_name(name)
    other = get_backend(target)
    if not (backend.supports(dtype) and other.supports(dtype)):
        pytest.skip(f"{name} is not to be had on both: JAX has it with JAX_ENABLE_X64=1")
    values = np.array([[0, 1, 2], [3, 4, 5]]).astype(name)
    moved = other.from_host(backend.to_host(raw(backend, values)), dtype, other.default_device())
    assert other.dtype_of(moved) is dtype
    assert host(other, moved).tolist() == values.tolist()


@pytest.mark.parametrize("target", NAMES)
def test_what_is_moved_shares_nothing(backend: Any, target: str) -> None:
    other = get_backend(target)
    source = raw(backend, np.zeros(3, dtype=np.float32))
    moved = other.from_host(backend.to_host(source), agrad.float32, other.default_device())
    if other.mutable:
        moved[...] = 1.0
    elif backend.mutable:
        source[...] = 1.0
        assert host(other, moved).tolist() == [0.0, 0.0, 0.0]
        return
    assert host(backend, source).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("target", NAMES)
def test_a_graph_spans_backends(backend: Any, target: str) -> None:
    x = xp.asarray([1.0, 2.0, 3.0], dtype=agrad.float32, device=f"{backend.name}:{backend.default_device()}")
    x.requires_grad = True
    there = get_backend(target)
    y = x.to(f"{target}:{there.default_device()}")
    assert y._options.backend is there
    z = (y * y).to(f"{backend.name}:{backend.default_device()}") * x
    xp.sum(z).backward()
    assert x.grad._options.backend is backend
    assert host(backend, x.grad._data).tolist() == [3.0, 12.0, 27.0]


@pytest.mark.parametrize("target", NAMES)
def test_a_move_has_derivatives_of_any_order(backend: Any, target: str) -> None:
    x = xp.asarray(2.0, dtype=agrad.float32, device=f"{backend.name}:{backend.default_device()}")
    x.requires_grad = True
    there = get_backend(target)
    y = x.to(f"{target}:{there.default_device()}")
    (first,) = agrad.autograd.grad(y * y * y, (x,), create_graph=True)
    (second,) = agrad.autograd.grad(first, (x,))
    assert (float(first), float(second)) == (12.0, 12.0)
    assert second._options.backend is backend


#: transforms of a function of a vector, and what they give for the cube at (1, 2)
MOVED: dict[str, tuple[Callable[[Any, Any], Any], Any]] = {
    "grad": (lambda f, x: func.grad(lambda x: f(x).sum())(x), [3.0, 12.0]),
    "vmap": (lambda f, x: func.vmap(f)(x), [1.0, 8.0]),
    "vmap of grad": (lambda f, x: func.vmap(func.grad(f))(x), [3.0, 12.0]),
    "jvp": (lambda f, x: func.jvp(f, (x,), (xp.ones_like(x),))[1], [3.0, 12.0]),
    "hessian": (lambda f, x: func.hessian(lambda x: f(x).sum())(x), [[6.0, 0.0], [0.0, 12.0]]),
    "jacfwd": (lambda f, x: func.jacfwd(f)(x), [[3.0, 0.0], [0.0, 12.0]]),
    "jvp of vmap": (lambda f, x: func.jvp(func.vmap(f), (x,), (xp.ones_like(x),))[1], [3.0, 12.0]),
    "linearize": (lambda f, x: func.linearize(f, x)[1](xp.ones_like(x)), [3.0, 12.0]),
    "duals": (lambda f, x: _dual(f, x), [3.0, 12.0]),
}


def _dual(f: Callable[[Any], Any], x: Any) -> Any:
    with forward_ad.dual_level():
        return forward_ad.unpack_dual(f(forward_ad.make_dual(x, xp.ones_like(x)))).tangent


@pytest.mark.parametrize("name", MOVED)
@pytest.mark.parametrize("target", NAMES)
def test_transforms_go_through_a_move(backend: Any, target: str, name: str) -> None:
    here, there = (f"{one.name}:{one.default_device()}" for one in (backend, get_backend(target)))
    transform, wanted = MOVED[name]
    answer = transform(lambda x: (x.to(there) ** 3).to(here), xp.asarray([1.0, 2.0], dtype=agrad.float32, device=here))
    assert answer.tolist() == wanted
    assert answer._options.backend is backend


# ---------------------------------------------------------------- the default backend


def test_a_block_changes_the_default_and_changes_it_back() -> None:
    before = agrad.get_default_backend().name
    with agrad.use_backend("strict") as chosen:
        assert chosen.name == "strict"
        assert agrad.tensor(1.0)._options.backend is chosen
        with agrad.use_backend("jax"):
            assert agrad.get_default_backend().name == "jax"
        assert agrad.get_default_backend() is chosen
    assert agrad.get_default_backend().name == before


def test_a_block_left_by_an_exception_changes_it_back() -> None:
    before = agrad.get_default_backend().name
    with pytest.raises(KeyError), agrad.use_backend("strict"):
        raise KeyError
    assert agrad.get_default_backend().name == before


def test_a_block_is_its_threads_own() -> None:
    import threading

    seen: list[str] = []
    with agrad.use_backend("strict"):
        thread = threading.Thread(target=lambda: seen.append(agrad.get_default_backend().name))
        thread.start()
        thread.join()
    assert seen == [agrad.get_default_backend().name]


def test_the_default_is_the_whole_process_s() -> None:
    import threading

    before = agrad.get_default_backend().name
    seen: list[str] = []
    try:
        agrad.set_default_backend("strict")
        thread = threading.Thread(target=lambda: seen.append(agrad.get_default_backend().name))
        thread.start()
        thread.join()
        assert agrad.zeros(2)._options.backend.name == "strict"
    finally:
        agrad.set_default_backend(before)
    assert seen == ["strict"]


def test_a_backend_may_be_registered_by_hand() -> None:
    from agrad_conformance.strict_backend import StrictBackend

    from agrad import backend as registry

    class Mine(StrictBackend):
        name = "mine"

        def is_array(self, value: Any) -> bool:
            return False

    registry.register_backend("mine", Mine)
    try:
        assert "mine" in agrad.available_backends()
        with agrad.use_backend("mine"):
            assert float(agrad.tensor(2.0) * 3) == 6.0
    finally:
        registry._registered.pop("mine")
        registry._loaded.pop("mine", None)
        registry._by_type.clear()
