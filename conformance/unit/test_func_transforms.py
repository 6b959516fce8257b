"""Function transforms: values by closed form or by one another, on every backend at hand, nested."""

import numpy as np
import pytest

import agrad
from agrad import array_api as xp
from agrad import func
from agrad.errors import AgradError

BACKENDS = [name for name in ("numpy", "jax", "strict") if name in agrad.available_backends()]
RNG = np.random.default_rng(4)
MATRIX = RNG.normal(size=(3, 3))


@pytest.fixture(params=BACKENDS)
def tensor(request):
    def make(value):
        return agrad.tensor(np.asarray(value, dtype=np.float64).tolist(), dtype=agrad.float64)

    if request.param == "jax":
        import jax

        if not jax.config.jax_enable_x64:
            pytest.skip("float64 on JAX needs JAX_ENABLE_X64=1")
    with agrad.use_backend(request.param):
        yield make


def host(value):
    return np.asarray(value._options.backend.tolist(value._data))


def mlp(x, w, v):
    return xp.tanh(x @ w) @ v


def test_grad_and_its_grad(tensor):
    x = tensor(2.0)
    assert host(func.grad(lambda x: x**3)(x)) == pytest.approx(12.0)
    assert host(func.grad(func.grad(lambda x: x**3))(x)) == pytest.approx(12.0)
    assert host(func.grad(func.grad(func.grad(lambda x: x**3)))(x)) == pytest.approx(6.0)


def test_perturbations_are_not_confused(tensor):
    inner = lambda x: func.grad(lambda y: x + y)(tensor(1.0))
    assert host(func.grad(lambda x: x * inner(x))(tensor(1.0))) == pytest.approx(1.0)
    inner = lambda x: func.jvp(lambda y: x + y, (tensor(1.0),), (tensor(1.0),))[1]
    assert host(func.jvp(lambda x: x * inner(x), (tensor(1.0),), (tensor(1.0),))[1]) == pytest.approx(1.0)


def test_pytrees_argnums_aux(tensor):
    tree = {"w": tensor([1.0, 2.0]), "b": [tensor(3.0)]}
    function = lambda p, x: (xp.sum(p["w"] * x) + p["b"][0] ** 2, {"kept": x * 2.0})
    (gp, gx), aux = func.grad(function, argnums=(0, 1), has_aux=True)(tree, tensor([5.0, 6.0]))
    assert host(gp["w"]).tolist() == [5.0, 6.0]
    assert host(gp["b"][0]) == pytest.approx(6.0)
    assert host(gx).tolist() == [1.0, 2.0]
    assert host(aux["kept"]).tolist() == [10.0, 12.0]


def test_outer_tape_differentiates(tensor):
    x = tensor([1.0, 2.0]).requires_grad_()
    xp.sum(func.grad(lambda x: xp.sum(x**3))(x)).backward()
    assert host(x.grad).tolist() == [6.0, 12.0]


def test_jacobians_agree(tensor):
    x, w, v = tensor(RNG.normal(size=3)), tensor(MATRIX), tensor(RNG.normal(size=(3, 2)))
    f = lambda x: mlp(x, w, v)
    exact = (host(w) * (1 - np.tanh(host(x) @ host(w)) ** 2)) @ host(v)
    for jacobian in (func.jacrev(f)(x), func.jacfwd(f)(x), func.jacrev(f, chunk_size=1)(x)):
        np.testing.assert_allclose(host(jacobian), exact.T, rtol=1e-12)
    t = tensor(RNG.normal(size=3))
    np.testing.assert_allclose(host(func.linearize(f, x)[1](t)), exact.T @ host(t), rtol=1e-12)
    np.testing.assert_allclose(host(func.jvp(f, (x,), (t,))[1]), exact.T @ host(t), rtol=1e-12)


def test_hessian_and_hvp(tensor):
    x, w = tensor(RNG.normal(size=3)), tensor(MATRIX)
    f = lambda x: xp.sum(xp.sin(x @ w) * x)
    h = host(func.hessian(f)(x))
    np.testing.assert_allclose(h, h.T, atol=1e-12)
    np.testing.assert_allclose(h, host(func.jacrev(func.jacrev(f))(x)), rtol=1e-10)
    np.testing.assert_allclose(h, host(func.jacrev(func.jacfwd(f))(x)), rtol=1e-10)
    t = tensor([1.0, 2.0, 3.0])
    np.testing.assert_allclose(host(func.hvp(f, (x,), (t,))[1]), h @ host(t), rtol=1e-10)


FUNCTIONS = {
    "elementwise": lambda a: xp.exp(a) * 2.0 + a,
    "row": lambda a: a[0] * a[1],
    "sum": lambda a: xp.sum(a),
    "sum_axis": lambda a: xp.sum(a, axis=-1),
    "mean": lambda a: xp.mean(a, axis=0, keepdims=True),
    "max": lambda a: xp.max(a, axis=1),
    "argmax": lambda a: xp.argmax(a),
    "var": lambda a: xp.var(a),
    "scalar_sum": lambda a: xp.sum(a[0, 0]),
    "reshape": lambda a: xp.reshape(a, (-1,)),
    "transpose": lambda a: a.mT @ a,
    "permute": lambda a: xp.permute_dims(a, (1, 0)),
    "vector": lambda a: a[0] @ a[1],
    "matvec": lambda a: a @ a[0],
    "vecmat": lambda a: a[0] @ a,
    "concat": lambda a: xp.concat([a, a * 2.0], axis=-1),
    "stack": lambda a: xp.stack([a, a], axis=-1),
    "where": lambda a: xp.where(a > 0, a, a[0]),
    "flip": lambda a: xp.flip(a),
    "cumsum": lambda a: xp.cumulative_sum(a, axis=-1),
    "sort": lambda a: xp.sort(a, axis=0),
    "expand": lambda a: xp.expand_dims(a, axis=-1) + a,
    "broadcast": lambda a: xp.broadcast_to(a[0], (2, 3)),
    "inverse": lambda a: xp.linalg.inv(a),
    "determinant": lambda a: xp.linalg.det(a),
    "tensordot": lambda a: xp.tensordot(a, a, axes=2),
    "roll": lambda a: xp.roll(a, 1, axis=0),
    "unstack": lambda a: xp.unstack(a)[1],
    "vecdot": lambda a: xp.vecdot(a, a[0]),
    "prod": lambda a: xp.prod(a, axis=0),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_vmap_is_a_loop(tensor, name):
    f = FUNCTIONS[name]
    batch = tensor(RNG.normal(size=(4, 3, 3)))
    expected = np.stack([host(f(batch[i])) for i in range(4)])
    np.testing.assert_allclose(host(func.vmap(f)(batch)), expected, rtol=1e-10)
    moved = func.vmap(f, in_dims=2, out_dims=-1)(xp.moveaxis(batch, 0, 2))
    np.testing.assert_allclose(host(moved), np.moveaxis(expected, 0, -1), rtol=1e-10)
    if name != "argmax":
        scalar = lambda a: xp.sum(f(a) * 1.5)
        each = np.stack([host(func.grad(scalar)(batch[i])) for i in range(4)])
        np.testing.assert_allclose(host(func.vmap(func.grad(scalar))(batch)), each, rtol=1e-9, atol=1e-12)


def test_nested_vmap(tensor):
    a, b = tensor([1.0, 2.0]), tensor([3.0, 4.0, 5.0])
    table = func.vmap(func.vmap(lambda x, y: x * y, (None, 0)), (0, None))(a, b)
    assert host(table).tolist() == [[3.0, 4.0, 5.0], [6.0, 8.0, 10.0]]


def test_per_sample_gradients(tensor):
    x, y = tensor(RNG.normal(size=(5, 3))), tensor(RNG.normal(size=(5, 2)))
    p = {"w": tensor(MATRIX), "v": tensor(RNG.normal(size=(3, 2)))}
    loss = lambda p, x, y: xp.sum((mlp(x, p["w"], p["v"]) - y) ** 2)
    each = func.vmap(func.grad(loss), (None, 0, 0))(p, x, y)
    for i in range(5):
        one = func.grad(loss)(p, x[i], y[i])
        np.testing.assert_allclose(host(each["w"][i]), host(one["w"]), rtol=1e-12)
        np.testing.assert_allclose(host(each["v"][i]), host(one["v"]), rtol=1e-12, atol=1e-15)


def test_what_vmap_refuses(tensor):
    x = tensor([[1.0, 0.0]])
    with pytest.raises(AgradError, match="depends on values"):
        func.vmap(lambda x: xp.nonzero(x)[0])(x)
    with pytest.raises(AgradError, match=r"item|example"):
        func.vmap(lambda x: x if bool(xp.sum(x) > 0) else -x)(x)
    with pytest.raises(ValueError, match="same size"):
        func.vmap(lambda x, y: x)(x, tensor([1.0, 2.0]))
    assert host(func.vmap(lambda x: x * 2.0)(x)).tolist() == [[2.0, 0.0]]


def test_raw_arrays_in_raw_arrays_out():
    g = func.grad(lambda x: xp.sum(x**2))(np.asarray([1.0, 2.0]))
    assert type(g) is np.ndarray
    assert g.tolist() == [2.0, 4.0]


@pytest.mark.parametrize(
    "function",
    [
        lambda x: xp.sum(xp.abs(xp.fft.fft(x)) ** 3),
        lambda x: xp.sum(xp.linalg.qr(x)[0] ** 3),
        lambda x: xp.sum(xp.linalg.eigh(x @ x.mT)[0] ** 2),
        lambda x: xp.linalg.vector_norm(x),
    ],
    ids=["fft", "qr", "eigh", "norm"],
)
def test_tangents_found_by_transposing_twice_nest(tensor, function):
    x = tensor([[1.0, 2.0, 0.5], [3.0, 5.0, -1.0], [0.25, 1.0, 2.0]])
    by_reverse = host(func.jacrev(func.jacrev(function))(x))
    np.testing.assert_allclose(host(func.hessian(function)(x)), by_reverse, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(host(func.jacfwd(func.jacfwd(function))(x)), by_reverse, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(host(func.jacfwd(function)(x)), host(func.jacrev(function)(x)), rtol=1e-9, atol=1e-12)
