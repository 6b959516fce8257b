"""Bad input: each a clear error that says what came and what to do, and nothing half changed afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from agrad_conformance.driver import to_numpy

import agrad
from agrad.autograd import Function
from agrad.errors import AgradError

xp = agrad.array_api
PLACES = ("numpy:cpu", "jax:cpu", "strict:cpu")


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest) -> str:
    """Where the tensors of a test are."""
    return str(request.param)


def tensor(values: Any, place: str, **options: Any) -> Any:
    return agrad.tensor(values, dtype=options.pop("dtype", agrad.float32), device=place, **options)


def raises(kind: type[BaseException], *words: str) -> Any:
    """Expect an error of agrad's and of Python's kind whose message has all of these words."""
    return _Expected(kind, words)


class _Expected:
    def __init__(self, kind: type[BaseException], words: tuple[str, ...]) -> None:
        self.kind, self.words = kind, words

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        assert error is not None, f"no error; expected {self.kind.__name__}"
        if not isinstance(error, self.kind):
            return False
        assert isinstance(error, AgradError), f"{type(error).__name__} is not one of agrad's own"
        missing = [word for word in self.words if word not in str(error)]
        assert not missing, f"{error} does not say {missing}"
        return True


# ---------------------------------------------------------------- backends and devices that do not go together

OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda x, y: x + y,
    "matmul": lambda x, y: x @ y,
    "where": lambda x, y: xp.where(x > 0, x, y),
    "concat": lambda x, y: xp.concat([x, y]),
    "equal": lambda x, y: x == y,
    "atan2": lambda x, y: xp.atan2(x, y),
}


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("first, second", [("numpy", "jax"), ("jax", "strict"), ("strict", "numpy")])
@pytest.mark.parametrize("recorded", [False, True])
def test_mixed_backends(name: str, first: str, second: str, recorded: bool) -> None:
    x = tensor([1.0, 2.0], f"{first}:cpu", requires_grad=recorded)
    y = tensor([3.0, 4.0], f"{second}:cpu", requires_grad=recorded)
    with raises(TypeError, name, f"{first}:cpu (2,)", f"{second}:cpu (2,)", f".to('{first}')"):
        OPERATIONS[name](x, y)
    assert x.grad is None
    assert y.grad is None


@pytest.mark.parametrize("name", OPERATIONS)
def test_mixed_devices(name: str) -> None:
    x = tensor([1.0, 2.0], "strict:cpu", requires_grad=True)
    y = tensor([3.0, 4.0], "strict:device1")
    with raises(RuntimeError, "Expected all tensors to be on the same device", name, "cpu", "device1", ".to('cpu')"):
        OPERATIONS[name](x, y)


def test_the_call_that_an_error_names_mends_it() -> None:
    x = tensor([1.0, 2.0], "numpy:cpu", requires_grad=True)
    y = tensor([3.0, 4.0], "jax:cpu", requires_grad=True)
    xp.sum(x * y.to("numpy")).backward()
    assert to_numpy(y.grad).tolist() == [1.0, 2.0]
    assert y.grad.device == y.device


# ---------------------------------------------------------------- shapes

SHAPES = [
    ((2,), (3,), 0),
    ((2, 3), (2, 2), 1),
    ((4, 1, 3), (5, 2), 2),
]


@pytest.mark.parametrize("a, b, dimension", SHAPES)
@pytest.mark.parametrize("recorded", [False, True])
def test_shapes_that_do_not_broadcast(place: str, a: Any, b: Any, dimension: int, recorded: bool) -> None:
    x = xp.ones(a, dtype=agrad.float32, device=place)
    y = xp.ones(b, dtype=agrad.float32, device=place)
    x.requires_grad = recorded
    words = (
        f"must match the size of tensor b ({b[-1] if a[-1] != b[-1] else b[-2]}) at non-singleton dimension {dimension}"
    )
    with raises(RuntimeError, words, str(a), str(b)):
        x * y


def test_an_inplace_write_of_a_wrong_shape_writes_nothing(place: str) -> None:
    x = tensor([1.0, 2.0], place)
    version = x._version
    with pytest.raises(RuntimeError):
        x += tensor([1.0, 2.0, 3.0], place)
    with pytest.raises(RuntimeError):
        x[:] = tensor([1.0, 2.0, 3.0], place)
    assert to_numpy(x).tolist() == [1.0, 2.0]
    assert x._version == version


def test_an_index_that_is_not_there(place: str) -> None:
    x = tensor([1.0, 2.0], place)
    for key in (2, -3, tensor([0, 5], place, dtype=agrad.int32)):
        with raises(IndexError, "out of bounds for dimension 0 with size 2"):
            x[key]
        with raises(IndexError, "out of bounds for dimension 0 with size 2"):
            x[key] = 7.0
    assert to_numpy(x).tolist() == [1.0, 2.0]


# ---------------------------------------------------------------- what is refused changes nothing


def elsewhere(place: str) -> str:
    """Return another backend's device."""
    return "strict:cpu" if place != "strict:cpu" else "numpy:cpu"


def leaf_of(place: str) -> Any:
    return tensor([1.0, 2.0, 3.0], place, requires_grad=True)


#: writes to a vector of three elements that are refused: what raises, and how
WRITES: dict[str, tuple[Any, Callable[[Any, str], Any]]] = {
    "another backend": (TypeError, lambda x, p: x.add_(tensor([1.0, 2.0, 3.0], elsewhere(p)))),
    "another backend, out=": ((TypeError, RuntimeError), lambda x, p: agrad.add(tensor([1.0] * 3, elsewhere(p)), 1, out=x)),
    "another backend, copied": (TypeError, lambda x, p: x.mul_(2 * tensor([1.0] * 3, elsewhere(p)))),
    "a shape": (RuntimeError, lambda x, p: x.add_(tensor([1.0, 2.0], p))),
    "a wider shape": (RuntimeError, lambda x, p: x.add_(agrad.ones(2, 3, device=p))),
    "a shape, elements": (RuntimeError, lambda x, p: x.__setitem__(slice(0, 2), agrad.ones(3, device=p))),
    "a shape, a mask": (IndexError, lambda x, p: x.__setitem__(agrad.ones(2, dtype=agrad.bool, device=p), 1.0)),
    "a shape, scattered": (RuntimeError, lambda x, p: x.scatter_(0, agrad.zeros(1, 1, dtype=agrad.int64, device=p), 1.0)),
    "an index": (IndexError, lambda x, p: x.__setitem__(3, 1.0)),
    "an index of many": (IndexError, lambda x, p: x.__setitem__([0, 7], 1.0)),
    "an index to add at": ((IndexError, RuntimeError), lambda x, p: x.index_add_(0, tensor([0, 9], p, dtype=agrad.int32), agrad.ones(2, device=p))),
    "a complex number": (RuntimeError, lambda x, p: x.add_(agrad.ones(3, dtype=agrad.complex64, device=p))),
    "what is no number": (TypeError, lambda x, p: x.add_("text")),
    "a part of itself": (RuntimeError, lambda x, p: x[:2].add_(x[1:])),
    "one element thrice": (RuntimeError, lambda x, p: x[:1].expand(3).add_(1)),
    "a list, ragged": ((TypeError, ValueError, RuntimeError), lambda x, p: x.__setitem__(slice(None), [[1.0], [1.0, 2.0]])),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("kind", ["plain", "recorded", "view", "leaf under no_grad"])
def test_a_refused_write_changes_nothing(place: str, name: str, kind: str) -> None:
    error, write = WRITES[name]
    start = leaf_of(place)
    base = agrad.cat([start, start]).detach() if kind == "plain" else agrad.cat([start, start * 1])
    x = {"plain": lambda: base, "recorded": lambda: base, "view": lambda: base, "leaf under no_grad": lambda: start}[
        kind
    ]()
    x = x[:3] if kind in ("view",) else x if kind.startswith("leaf") else x[:3].clone()
    before = to_numpy(x).copy(), x._version, x.grad_fn, x.requires_grad, tuple(x.shape), x.stride()
    whole = to_numpy(base).copy(), base._version
    quiet = agrad.no_grad() if kind.startswith("leaf") else agrad.enable_grad()
    with pytest.raises(error), quiet:
        write(x, place)
    assert (x._version, x.grad_fn, x.requires_grad, tuple(x.shape), x.stride()) == before[1:]
    np.testing.assert_array_equal(to_numpy(x), before[0])
    np.testing.assert_array_equal(to_numpy(base), whole[0])
    assert base._version == whole[1]
    assert agrad.is_grad_enabled()
    if x.requires_grad:
        (x * 2).sum().backward()
        assert to_numpy(start.grad).tolist() == [2.0, 2.0, 2.0]


#: what is set, asked or converted and refused
REQUESTS: dict[str, Callable[[Any, str], Any]] = {
    "a gradient's shape": lambda x, p: setattr(x, "grad", agrad.ones(2, device=p)),
    "a gradient's dtype": lambda x, p: setattr(x, "grad", agrad.ones(3, dtype=agrad.float16, device=p)),
    "a gradient's backend": lambda x, p: setattr(x, "grad", agrad.ones(3, device=elsewhere(p))),
    "a device": lambda x, p: x.to("nonesuch"),
    "a size": lambda x, p: x.view(2, 2),
    "a dtype of no gradients": lambda x, p: x.to(agrad.int32).requires_grad_(),
    "the default dtype": lambda x, p: agrad.set_default_dtype(agrad.int32),
    "the default backend": lambda x, p: agrad.set_default_backend("nonesuch"),
    "an inner hook": lambda x, p: (x * 2).register_post_accumulate_grad_hook(print),
    "a seed of another backend": lambda x, p: (x * 2).backward(agrad.ones(3, device=elsewhere(p))),
    "a second backward": lambda x, p: [(lambda y: (y.backward(), setattr(x, "grad", None), y.backward()))((x * x).sum())],
    "an input that is not there": lambda x, p: agrad.autograd.grad(x.sum(), leaf_of(p)),
}  # fmt: skip


@pytest.mark.parametrize("name", REQUESTS)
def test_a_refused_request_changes_nothing(place: str, name: str) -> None:
    x = leaf_of(place)
    defaults = agrad.get_default_dtype(), agrad.get_default_backend()
    with pytest.raises((TypeError, RuntimeError, ImportError, ValueError)):
        REQUESTS[name](x, place)
    assert (agrad.get_default_dtype(), agrad.get_default_backend()) == defaults
    assert x.grad is None and x.requires_grad and x.is_leaf and x._version == 0 and x.dtype is agrad.float32
    (x * x).sum().backward()
    assert to_numpy(x.grad).tolist() == [2.0, 4.0, 6.0]


@pytest.mark.parametrize("name", OPERATIONS)
def test_after_a_mixture_both_sides_go_on(name: str) -> None:
    x, y = (tensor([1.0, 2.0], p, requires_grad=True) for p in ("strict:cpu", "strict:device1"))
    for first, second in ((x, y), (y, x)):
        with pytest.raises(RuntimeError):
            OPERATIONS[name](first * 1, second * 1)
    for one in (x, y):
        (one * one).sum().backward()
        assert to_numpy(one.grad).tolist() == [2.0, 4.0]
        assert one._version == 0


# ---------------------------------------------------------------- dtypes


@pytest.mark.parametrize("name", ["bool", "int32", "uint8"])
def test_integers_cannot_require_grad(place: str, name: str) -> None:
    dtype = getattr(agrad, name)
    x = tensor([1, 0], place, dtype=dtype)
    ways: list[Callable[[], Any]] = [
        lambda: tensor([1, 0], place, dtype=dtype, requires_grad=True),
        lambda: setattr(x, "requires_grad", True),
        lambda: x.requires_grad_(),
        lambda: agrad.zeros(2, dtype=dtype, device=place, requires_grad=True),
    ]
    for way in ways:
        with raises(RuntimeError, "nly Tensors of floating point and complex dtype can require gradients", name):
            way()
    assert x.requires_grad is False


def test_float64_of_a_jax_without_64_bits() -> None:
    code = """
import agrad
from agrad.errors import AgradError
xp = agrad.array_api
x = agrad.tensor([1.0, 2.0], device="jax:cpu")
ways = {
    "tensor": lambda: agrad.tensor(1.0, dtype=agrad.float64, device="jax:cpu"),
    "zeros": lambda: xp.zeros(2, dtype=agrad.complex128, device="jax:cpu"),
    "to": lambda: x.to(agrad.float64),
    "astype": lambda: xp.astype(x, agrad.int64),
    "move": lambda: agrad.tensor([1.0], dtype=agrad.float64, device="numpy:cpu").to("jax"),
}
for name, way in ways.items():
    try:
        made = way()
    except TypeError as error:
        assert isinstance(error, AgradError), name
        assert "64-bit mode, which is off" in str(error) and "JAX_ENABLE_X64=1" in str(error), (name, error)
    else:
        raise AssertionError(f"{name} gave {made.dtype} in silence")
    assert x.dtype is agrad.float32 and x.tolist() == [1.0, 2.0] and x._version == 0, name
assert agrad.tensor([1.5], device="jax:cpu").dtype is agrad.float32
assert agrad.tensor([1], device="jax:cpu").dtype is agrad.int32
"""
    environment = {**os.environ, "JAX_ENABLE_X64": "0"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# ---------------------------------------------------------------- backends and devices that are not there


def test_a_backend_that_nobody_registered() -> None:
    before = agrad.get_default_backend()
    for way in (agrad.get_backend, agrad.set_default_backend, lambda name: agrad.use_backend(name).__enter__()):
        with raises(ImportError, "no backend named 'nonesuch'", "numpy", "agrad.backends"):
            way("nonesuch")
    assert agrad.get_default_backend() is before


def test_a_backend_whose_library_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    from agrad import backend as registry

    before = agrad.get_default_backend()
    monkeypatch.setitem(registry._NEEDS, "cupy", ("a_library_that_is_not_there", "pip install 'agrad[cuda13]'"))
    monkeypatch.delitem(registry._loaded, "cupy", raising=False)
    for way in (agrad.get_backend, agrad.set_default_backend, lambda name: agrad.use_backend(name).__enter__()):
        with raises(ImportError, "a_library_that_is_not_there", "pip install 'agrad[cuda13]'"):
            way("cupy")
    assert agrad.get_default_backend() is before


def test_a_backend_that_does_not_import_is_told_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    from agrad import backend as registry

    class Point:
        def load(self) -> Any:
            raise ImportError("libcudart.so.13: cannot open shared object file")

    monkeypatch.setattr(registry, "_entry_points", lambda: {"broken": Point()})
    with raises(ImportError, "broken", "libcudart.so.13", "pip install"):
        agrad.get_backend("broken")


def test_agrad_backend_of_the_environment() -> None:
    code = "import agrad; print(agrad.tensor(1.0)._options.backend.name)"
    for chosen, said in (("strict", "strict"), ("nonesuch", "no backend named 'nonesuch'")):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "AGRAD_BACKEND": chosen},
            capture_output=True,
            text=True,
            check=False,
        )
        assert said in (done.stdout if done.returncode == 0 else done.stderr)
        assert (done.returncode == 0) is (chosen == "strict")


@pytest.mark.parametrize(
    "device, words",
    [
        ("nonesuch", ("nonesuch", "cpu")),
        ("cpu:x", ("Invalid device string: 'cpu:x'", "cuda:0")),
        ("", ("Invalid device string: ''",)),
        ("strict:device9", ("device9", "device1, device2")),
        (3.5, ("3.5", "cpu")),
    ],
)
def test_an_unknown_device(device: Any, words: tuple[str, ...]) -> None:
    x = tensor([1.0], "numpy:cpu")
    for way in (lambda: agrad.tensor(1.0, device=device), lambda: agrad.zeros(2, device=device)):
        with raises(RuntimeError, *words):
            way()
    with raises(RuntimeError, *words):
        x.to(device) if isinstance(device, str) else xp.asarray(x, device=device)


def test_a_gpu_that_is_not_there() -> None:
    if agrad.cuda.is_available():
        pytest.skip("a GPU is there")
    with raises(RuntimeError, "CUDA", "CuPy"):
        agrad.tensor(1.0, device="numpy:cuda:0")


# ---------------------------------------------------------------- what is no array


@pytest.mark.parametrize("other", ["a", None, object(), [1, 2]])
def test_what_cannot_be_added(place: str, other: Any) -> None:
    x = tensor([1.0, 2.0], place)
    with pytest.raises(TypeError):
        x + other
    with pytest.raises(TypeError):
        xp.add(x, other)


def test_ragged_and_foreign_data() -> None:
    for data in ([[1.0, 2.0], [3.0]], [1.0, "a"], "abc", object()):
        with pytest.raises((TypeError, ValueError, RuntimeError)):
            agrad.tensor(data)


# ---------------------------------------------------------------- exceptions inside rules and hooks


class Broken(Function):
    """A function whose backward fails while `fails` is true."""

    fails = True

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x * 2.0

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        if Broken.fails:
            raise ZeroDivisionError("the rule failed")
        return g * 2.0


def test_an_exception_inside_a_rule(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x = tensor([1.0, 2.0], place, requires_grad=True)
    y = tensor([3.0, 4.0], place, requires_grad=True)
    kept = y * 1.0
    loss = xp.sum(Broken.apply(x) * kept + kept)
    with pytest.raises(ZeroDivisionError, match="the rule failed"):
        loss.backward(retain_graph=True)
    assert x.grad is None
    assert y.grad is None
    monkeypatch.setattr(Broken, "fails", False)
    loss.backward()
    assert to_numpy(x.grad).tolist() == [6.0, 8.0], "nothing of the failed pass is left over"
    assert to_numpy(y.grad).tolist() == [3.0, 5.0]


@pytest.mark.parametrize("kind", ["tensor", "leaf", "node", "prehook", "accumulated"])
def test_an_exception_inside_a_hook(place: str, kind: str) -> None:
    x = tensor([1.0, 2.0], place, requires_grad=True)
    y = x * 3.0
    loss = xp.sum(y * y)

    def hook(*_: Any) -> None:
        raise ZeroDivisionError("the hook failed")

    handle = {
        "tensor": lambda: y.register_hook(hook),
        "leaf": lambda: x.register_hook(hook),
        "node": lambda: y.grad_fn.register_hook(hook),
        "prehook": lambda: y.grad_fn.register_prehook(hook),
        "accumulated": lambda: x.register_post_accumulate_grad_hook(hook),
    }[kind]()
    with pytest.raises(ZeroDivisionError, match="the hook failed"):
        loss.backward(retain_graph=True)
    if kind == "accumulated":
        # As in PyTorch: the gradient was accumulated before this hook was called.
        assert to_numpy(x.grad).tolist() == [18.0, 36.0]
        x.grad = None
    assert x.grad is None
    handle.remove()
    loss.backward()
    assert to_numpy(x.grad).tolist() == [18.0, 36.0], "nothing of the failed pass is left over"


def test_an_exception_leaves_grad_modes_as_they_were(place: str) -> None:
    x = tensor([1.0], place, requires_grad=True)
    for mode in (agrad.no_grad, agrad.enable_grad, agrad.inference_mode):
        with pytest.raises(ZeroDivisionError), mode():
            raise ZeroDivisionError
    assert agrad.is_grad_enabled()
    assert not agrad.is_inference_mode_enabled()
    assert (x * 2).requires_grad


def test_an_exception_inside_a_saved_tensor_hook(place: str) -> None:
    x = tensor([1.0, 2.0], place, requires_grad=True)

    def pack(_: Any) -> Any:
        raise ZeroDivisionError("cannot pack")

    with pytest.raises(ZeroDivisionError), agrad.autograd.graph.saved_tensors_hooks(pack, lambda kept: kept):
        xp.exp(x)
    y = xp.sum(xp.exp(x))
    y.backward()
    np.testing.assert_allclose(to_numpy(x.grad), np.exp([1.0, 2.0]), rtol=1e-6)


def test_an_exception_inside_a_transform_leaves_no_level(place: str) -> None:
    from agrad import func

    x = tensor(2.0, place)

    def fails(value: Any) -> Any:
        raise ZeroDivisionError

    for transform in (func.grad, func.vmap):
        argument = x if transform is func.grad else tensor([1.0, 2.0], place)
        with pytest.raises(ZeroDivisionError):
            transform(fails)(argument)
    assert float(func.grad(lambda value: value * value)(x)) == 4.0


def test_a_cotangent_of_a_wrong_kind(place: str) -> None:
    x = tensor([1.0, 2.0], place, requires_grad=True)
    y = x * 2.0
    with raises(RuntimeError, "grad can be implicitly created only for scalar outputs"):
        y.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="shape"):
        y.backward(tensor([1.0, 2.0, 3.0], place), retain_graph=True)
    other = "strict:cpu" if place != "strict:cpu" else "numpy:cpu"
    with pytest.raises((TypeError, RuntimeError), match=r"\.to\("):
        y.backward(tensor([1.0, 2.0], other), retain_graph=True)
    assert x.grad is None
    y.backward(tensor([1.0, 1.0], place))
    assert to_numpy(x.grad).tolist() == [2.0, 2.0]
