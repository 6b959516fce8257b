"""Values that leave a transform for Python, NumPy, copies and lists: the derivative goes with them, or an error says that it cannot."""

from __future__ import annotations

import copy
import math
import pickle
import warnings

import numpy as np
import pytest

import agrad
from agrad import func, nn
from agrad.engine.doors import DerivativeLost

xp = agrad.array_api
D = agrad.float64

#: what takes a plain number or array out of a Tensor x, each to be refused while a transform differentiates x
LEAVING = {
    "float": lambda x: float(x),
    "int": lambda x: int(x),
    "complex": lambda x: complex(x).real,
    "math.sin": lambda x: math.sin(x),
    "math.floor": lambda x: math.floor(x),
    "math.fsum": lambda x: math.fsum([x, x]),
    "item": lambda x: x.item(),
    "tolist": lambda x: x.tolist(),
    "numpy": lambda x: x.numpy(),
    "np.asarray": lambda x: np.asarray(x),
    "np.array of a list": lambda x: np.array([x, x])[0],
    "np.full": lambda x: np.full(2, x)[0],
    "np.float64": lambda x: np.float64(x),
    "an element of an ndarray": lambda x: assigned(np.zeros(2), 0, x)[0],
    "a slice of an ndarray": lambda x: assigned(np.zeros(2), slice(None), x)[0],
    "np.copyto": lambda x: np.copyto(np.zeros(()), x),
    "np.exp2 into an ndarray": lambda x: np.add(x, x, out=np.zeros(())),
    "np.unwrap": lambda x: np.unwrap(xp.stack([x, x])),
    "np.interp": lambda x: np.interp(x, [0.0, 1.0, 4.0], [0.0, 1.0, 2.0]),
    "dlpack": lambda x: np.from_dlpack(x),
    "from_dlpack": lambda x: xp.from_dlpack(x),
    "storage": lambda x: x.storage()[0],
    "apply_": lambda x: x.clone().apply_(math.sin),
}

#: what keeps a value on the way into another Tensor
RECORDED = {
    "copy.copy": lambda x: copy.copy(x),
    "copy.deepcopy": lambda x: copy.deepcopy(x),
    "copies in a container": lambda x: copy.deepcopy({"x": [x]})["x"][0],
    "tensor": lambda x: agrad.tensor(x),
    "tensor of tensors": lambda x: agrad.tensor([[x, 1.0], [2, x]]),
    "as_tensor": lambda x: agrad.as_tensor([x, 1.0]),
    "new_tensor": lambda x: x.new_tensor([x, x]),
    "asarray of tensors": lambda x: xp.asarray([x, 1.0]),
    "DoubleTensor": lambda x: agrad.DoubleTensor([x, x]),
    "Tensor of a tensor": lambda x: agrad.DoubleTensor(x),
    "linspace": lambda x: agrad.linspace(x, 7.0, 5, dtype=D),
    "linspace to x": lambda x: agrad.linspace(1.0, x, 4, dtype=D),
    "logspace": lambda x: agrad.logspace(x, x + 1, 3, dtype=D),
    "xp.linspace": lambda x: xp.linspace(x, 7.0, 5, endpoint=False),
    "a number of a Tensor's in the standard's face": lambda x: xp.linspace(0.0, x, 1),
    "setitem": lambda x: assigned(agrad.zeros(2, dtype=D), 0, x),
    "fill_": lambda x: agrad.zeros(2, dtype=D).fill_(x),
}

RANGES = {
    "arange": lambda x: agrad.arange(x, 9.0, dtype=D),
    "arange by x": lambda x: agrad.arange(0.0, 8.9, x, dtype=D),
    "xp.arange": lambda x: xp.arange(x, 8.9, x / 2),
    "range": lambda x: agrad.range(x, 9.0, dtype=D),
}


def assigned(array, key, value):
    """Write an element and return the array."""
    array[key] = value
    return array


@pytest.fixture(params=["numpy", "jax"])
def point(request):
    if request.param == "jax":
        pytest.importorskip("jax")
    with agrad.use_backend(request.param):
        yield xp.asarray(2.25, dtype=D)


def ways():
    """Yield the modes of differentiation, as functions (f, x) -> derivative."""
    return {
        "grad": lambda f, x: func.grad(f)(x),
        "jvp": lambda f, x: func.jvp(f, (x,), (xp.ones_like(x),))[1],
        "grad of grad": lambda f, x: func.grad(lambda x: func.grad(f)(x))(x),
        "grad under vmap": lambda f, x: func.vmap(func.grad(f))(xp.stack([x, x]))[0],
        "vmap under grad": lambda f, x: func.grad(lambda x: xp.sum(func.vmap(f)(xp.stack([x, 2 * x]))))(x),
        "forward_ad": forward,
    }


def forward(f, x):
    from agrad.autograd import forward_ad

    with forward_ad.dual_level():
        return forward_ad.unpack_dual(f(forward_ad.make_dual(x, xp.ones_like(x)))).tangent


@pytest.mark.parametrize("mode", list(ways()))
@pytest.mark.parametrize("name", list(LEAVING))
def test_leaving_a_transform_raises(name, mode, point):
    with pytest.raises((RuntimeError, TypeError, ValueError, BufferError)) as caught:
        ways()[mode](lambda x: x * LEAVING[name](x), point)
    assert isinstance(caught.value, (agrad.AgradError, BufferError)) or caught.value.__cause__ is not None


@pytest.mark.parametrize("name", list(LEAVING))
def test_a_constant_may_leave_a_transform(name, point):
    if name == "storage":
        pytest.skip("no tensor of a transform shows its storage")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        got = func.grad(lambda x: xp.sum(x * LEAVING[name](x.detach())) if name != "np.copyto" else x)(point)
    assert math.isfinite(got.item())


def difference(f, x):
    step = 1e-6
    return ((f(x + step) - f(x - step)) / (2 * step)).item()


@pytest.mark.parametrize("mode", [mode for mode in ways() if mode not in ("grad of grad", "vmap under grad")])
@pytest.mark.parametrize("name", list(RECORDED))
def test_what_is_made_of_a_tensor_is_recorded(name, mode, point):
    if (name, mode) == ("setitem", "forward_ad"):
        pytest.skip("a view of a plain tensor is not written a dual: it raises")
    f = lambda x: xp.sum(RECORDED[name](x) ** 2 * x)
    found = ways()[mode](f, point)
    assert found.item() == pytest.approx(difference(f, point), rel=1e-5)


@pytest.mark.parametrize("mode", ["grad", "jvp"])
@pytest.mark.filterwarnings("ignore:torch.range is deprecated")
@pytest.mark.parametrize("name", list(RANGES))
def test_ranges_are_recorded(name, mode, point):
    f = lambda x: xp.sum(RANGES[name](x) ** 2)
    assert ways()[mode](f, point).item() == pytest.approx(difference(f, point), rel=1e-5)


def test_outside_transforms_numbers_are_taken_with_pytorch_s_warning(point, monkeypatch):
    from agrad.torch_api import conversion

    x = point.clone().requires_grad_()
    monkeypatch.setattr(conversion, "_warned", [])
    with pytest.warns(UserWarning, match="Converting a tensor with requires_grad=True to a scalar"):
        assert float(x) == 2.25
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert float(x) == x.item() == x.tolist() == 2.25  # once in a process
    monkeypatch.setattr(conversion, "_warned", [])
    with pytest.warns(UserWarning, match="Converting a tensor"):
        assert not agrad.tensor([x, x]).requires_grad


def test_under_no_grad_numbers_may_leave(point):
    def f(x):
        with agrad.no_grad():
            scale = float(x)
        return x * scale

    assert func.grad(f)(point).item() == 2.25


def test_what_outlived_its_transform_is_a_value(point):
    kept = []
    func.grad(lambda x: (kept.append(x), x * x)[1])(point)
    assert float(kept[0]) == 2.25


def test_the_error_names_the_call_and_the_way(point):
    with pytest.raises(DerivativeLost, match=r"float\(\) would drop the derivative.*agrad\.sin\(x\) for math\.sin"):
        func.grad(lambda x: x * math.sin(x))(point)
    with pytest.raises(TypeError, match=r"NumPy's numpy\.unwrap would lose"):
        func.jvp(lambda x: np.unwrap(x), (agrad.ones(3),), (agrad.ones(3),))
    with pytest.raises(TypeError, match=r"NumPy's numpy\.unwrap cannot run under vmap"):
        func.vmap(np.unwrap)(agrad.ones(2, 3))


def test_texts_are_for_people(point):
    texts = []
    func.grad(lambda x: (texts.append((f"{x:.2f}", repr(x))), x)[1])(point)
    assert texts[0][0] == "2.25"


# ---------------------------------------------------------------- copies


def test_copies_outside_transforms_are_pytorch_s():
    leaf = agrad.ones(2, requires_grad=True)
    result = leaf * 2
    for made in (copy.copy(leaf), copy.deepcopy(leaf), pickle.loads(pickle.dumps(leaf))):
        assert made.is_leaf and made.requires_grad
    assert copy.copy(leaf).data_ptr() == leaf.data_ptr()
    assert copy.copy(result).grad_fn is not None
    with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
        copy.deepcopy(result)
    layer = nn.Linear(2, 2)
    twin = copy.deepcopy(layer)
    twin(agrad.ones(1, 2)).sum().backward()
    assert layer.weight.grad is None and twin.weight.grad is not None
    assert type(copy.copy(layer.weight)) is nn.Parameter


def test_copies_of_results_are_recorded():
    leaf = agrad.ones(2, requires_grad=True)
    result = leaf * 2
    cached = copy.copy(result)
    result += 1
    (cached * result).sum().backward()
    assert cached.tolist() == [2.0, 2.0]
    assert leaf.grad.tolist() == [10.0, 10.0]


def test_copies_in_the_standard_s_face_are_recorded(point):
    for make in (copy.copy, copy.deepcopy):
        x = point.clone().requires_grad_()
        (make(x) * make(x * 3)).backward()
        assert x.grad.item() == pytest.approx(2 * 3 * 2.25)
    plain = xp.ones(3)
    twin = copy.copy(plain)
    twin += 1
    assert plain.tolist() == [1.0, 1.0, 1.0]


def test_scipy_s_quad_vec_has_its_gradient(point):
    quad_vec = pytest.importorskip("scipy.integrate").quad_vec
    norm = lambda v: float(np.max(np.abs(np.asarray(v.detach()))))

    def f(p):
        return xp.sum(quad_vec(lambda t: xp.exp(-p * t) * p, 0.0, 2.0, norm=norm, points=(0.5, 1.0))[0])

    p = xp.stack([point, point / 2])
    wanted = 2 * np.exp(-2 * np.array([2.25, 1.125]))
    np.testing.assert_allclose(func.grad(f)(p).tolist(), wanted, rtol=1e-8)
    leaf = p.detach().clone().requires_grad_()
    f(leaf).backward()
    np.testing.assert_allclose(leaf.grad.tolist(), wanted, rtol=1e-8)


@pytest.mark.parametrize("change", ["copy", "sortby", "rename"])
def test_xarray_keeps_gradients(change, point):
    xarray = pytest.importorskip("xarray")
    changes = {
        "copy": lambda d: d.copy(),
        "sortby": lambda d: d.sortby("x"),
        "rename": lambda d: d.rename(x="y"),
    }

    def f(v):
        array = xarray.DataArray(v, dims=["x"], coords={"x": [3, 1]})
        return xp.sum(changes[change](array).data * xp.asarray([2.0, 3.0], dtype=D))

    wanted = [3.0, 2.0] if change == "sortby" else [2.0, 3.0]
    x = xp.stack([point, point])
    assert func.grad(f)(x).tolist() == wanted
    leaf = xp.asarray(x.tolist(), dtype=D).requires_grad_()
    f(leaf).backward()
    assert leaf.grad.tolist() == wanted


def test_numpy_s_functions_without_derivatives_run(point):
    x = xp.stack([point, point]).requires_grad_()
    assert np.allclose(x, x) and np.array_equal(x, x)
    assert np.isclose(x, x).all()
    assert np.searchsorted([1.0, 3.0], x).tolist() == [1, 1]
