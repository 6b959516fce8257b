"""agrad inside JAX's transformations: whole training steps under jax.jit, Tensors as pytrees, no tracer left behind."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from agrad_conformance.driver import to_numpy

import agrad
from agrad import func
from agrad.engine.core import TensorCore

jax = pytest.importorskip("jax", reason="JAX is not installed: pip install jax")
jnp = jax.numpy
xp = agrad.array_api


def on_jax(values: Any, **options: Any) -> Any:
    return agrad.tensor(values, dtype=agrad.float32, device="jax:cpu", **options)


def traced(tensor: Any) -> bool:
    return isinstance(tensor._data, jax.core.Tracer)


def leaked_tracers() -> list[Any]:
    """Return the tensors alive that hold a tracer: none may outlive its transformation."""
    gc.collect()
    return [one for one in gc.get_objects() if issubclass(type(one), TensorCore) and traced(one)]


@pytest.fixture(autouse=True)
def no_tracer_is_left() -> Any:
    yield
    assert not leaked_tracers()


# ---------------------------------------------------------------- training steps


def network(seed: int) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    shapes = {"w1": (5, 7), "b1": (7,), "w2": (7, 3), "b2": (3,)}
    return {
        name: on_jax((random.normal(size=shape) * 0.3).tolist(), requires_grad=True) for name, shape in shapes.items()
    }


def loss_of(parameters: dict[str, Any], x: Any, y: Any) -> Any:
    hidden = xp.tanh(x @ parameters["w1"] + parameters["b1"])
    logits = hidden @ parameters["w2"] + parameters["b2"]
    logits = logits - xp.max(logits, axis=-1, keepdims=True)
    return -xp.mean(xp.sum(y * (logits - xp.log(xp.sum(xp.exp(logits), axis=-1, keepdims=True))), axis=-1))


def step_by_backward(parameters: dict[str, Any], x: Any, y: Any) -> tuple[Any, dict[str, Any]]:
    """One step of gradient descent as a user writes it, changing the parameters in place."""
    loss = loss_of(parameters, x, y)
    loss.backward()
    with agrad.no_grad():
        for parameter in parameters.values():
            parameter -= 0.5 * parameter.grad
            parameter.grad = None
    return loss, parameters


def step_by_transform(parameters: dict[str, Any], x: Any, y: Any) -> tuple[Any, dict[str, Any]]:
    """The same with agrad's function transform."""
    gradients, loss = func.grad_and_value(loss_of)(parameters, x, y)
    return loss, {name: parameter - 0.5 * gradients[name] for name, parameter in parameters.items()}


def step_by_grad(parameters: dict[str, Any], x: Any, y: Any) -> tuple[Any, dict[str, Any]]:
    """The same with autograd.grad."""
    names = list(parameters)
    loss = loss_of(parameters, x, y)
    gradients = agrad.autograd.grad(loss, [parameters[name] for name in names])
    return loss, {
        name: (parameters[name] - 0.5 * gradient).detach().requires_grad_()
        for name, gradient in zip(names, gradients, strict=True)
    }


def data() -> tuple[Any, Any]:
    random = np.random.default_rng(3)
    x = random.normal(size=(16, 5))
    y = np.eye(3)[random.integers(0, 3, size=16)]
    return on_jax(x.tolist()), on_jax(y.tolist())


def fresh(tree: dict[str, Any]) -> dict[str, Any]:
    return {name: one.detach().clone().requires_grad_(one.requires_grad) for name, one in tree.items()}


@pytest.mark.parametrize("step", [step_by_backward, step_by_transform, step_by_grad])
def test_a_training_step_equals_the_eager_one(step: Callable[..., Any]) -> None:
    x, y = data()
    eager, jitted = network(0), network(0)
    compiled = jax.jit(step)
    for _ in range(5):
        expected, eager = step(fresh(eager), x, y)
        found, jitted = compiled(jitted, x, y)
        np.testing.assert_allclose(to_numpy(found), to_numpy(expected.detach()), rtol=2e-6)
    for name in eager:
        np.testing.assert_allclose(to_numpy(jitted[name]), to_numpy(eager[name]), rtol=2e-5, atol=1e-6)
        assert not traced(jitted[name])
    assert compiled._cache_size() == 1, "the same structure must not be compiled again"


@pytest.mark.parametrize("step", [step_by_backward, step_by_transform])
def test_a_training_step_leaks_nothing_by_jax_s_own_check(step: Callable[..., Any]) -> None:
    with jax.checking_leaks():
        jax.jit(step)(network(0), *data())


def test_gradients_are_those_of_jax() -> None:
    x, y = data()
    parameters = network(1)

    def plain(tree: dict[str, Any], x: Any, y: Any) -> Any:
        hidden = jnp.tanh(x @ tree["w1"] + tree["b1"])
        logits = hidden @ tree["w2"] + tree["b2"]
        return -jnp.mean(jnp.sum(y * jax.nn.log_softmax(logits), axis=-1))

    expected = jax.grad(plain)({name: one._data for name, one in parameters.items()}, x._data, y._data)

    @jax.jit
    def gradients(tree: dict[str, Any], x: Any, y: Any) -> dict[str, Any]:
        loss_of(tree, x, y).backward()
        return {name: one.grad for name, one in tree.items()}

    for name, found in gradients(parameters, x, y).items():
        np.testing.assert_allclose(to_numpy(found), np.asarray(expected[name]), rtol=2e-5, atol=1e-7)


def test_a_jitted_step_of_a_module() -> None:
    nn = pytest.importorskip("agrad.nn")
    with agrad.use_backend("jax"):
        layer = nn.Linear(5, 3)
    x, y = data()
    weight, bias = layer.weight.detach().clone(), layer.bias.detach().clone()

    def step(weight: Any, bias: Any) -> tuple[Any, Any, Any]:
        weight, bias = weight.detach().requires_grad_(), bias.detach().requires_grad_()
        loss = xp.mean((x @ xp.matrix_transpose(weight) + bias - y) ** 2)
        loss.backward()
        return loss, weight.grad, bias.grad

    for found, expected in zip(jax.jit(step)(weight, bias), step(weight, bias), strict=True):
        np.testing.assert_allclose(to_numpy(found), to_numpy(expected.detach()), rtol=1e-5, atol=1e-6)


# ---------------------------------------------------------------- programs with views and in-place writes


def _write_slice(x: Any) -> Any:
    y = x * 1.0
    y[1:] = y[:-1] * 2.0
    return y


def _write_through_a_view(x: Any) -> Any:
    y = x * 1.0
    view = y[::2]
    view *= 3.0
    view[0] = 7.0
    return y


def _write_row(x: Any) -> Any:
    y = xp.stack([x, 2.0 * x])
    y[1] += x**2
    return xp.sum(y, axis=0)


def _write_at_indices(x: Any) -> Any:
    y = x * 1.0
    y[xp.asarray([0, 2], dtype=agrad.int32, device=x.device)] = x[1] * 5.0
    return y


def _write_transposed(x: Any) -> Any:
    y = xp.reshape(xp.stack([x, x * x]), (2, -1)) * 1.0
    turned = xp.permute_dims(y, (1, 0))
    turned[0] = turned[1] * 2.0 + turned[2] * 3.0
    return y


def _write_where(x: Any) -> Any:
    return xp.where(x > 0, xp.sqrt(xp.where(x > 0, x, xp.ones_like(x))), -x)


PROGRAMS = [_write_slice, _write_through_a_view, _write_row, _write_at_indices, _write_transposed, _write_where]


def value_and_gradient(program: Callable[[Any], Any], x: Any) -> tuple[Any, Any]:
    x = x.detach().requires_grad_()
    out = program(x)
    total = xp.sum(xp.sin(out))
    total.backward()
    return out.detach(), x.grad


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_under_jit(program: Callable[[Any], Any]) -> None:
    x = on_jax([0.5, -1.5, 2.5, 3.5])
    expected = value_and_gradient(program, x)
    found = jax.jit(lambda x: value_and_gradient(program, x))(x)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(to_numpy(one), to_numpy(other), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_under_vmap(program: Callable[[Any], Any]) -> None:
    rows = np.array([[0.5, -1.5, 2.5, 3.5], [1.0, 2.0, -3.0, 0.25]], dtype=np.float32)
    found = jax.vmap(lambda x: value_and_gradient(program, x))(on_jax(rows.tolist()))
    for row in range(2):
        expected = value_and_gradient(program, on_jax(rows[row].tolist()))
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(to_numpy(one)[row], to_numpy(other), rtol=1e-6, atol=1e-6)


def test_jit_of_vmap_of_a_gradient() -> None:
    x = on_jax([[1.0, 2.0], [3.0, 4.0]])
    found = jax.jit(jax.vmap(func.grad(lambda row: xp.sum(row**3))))(x)
    np.testing.assert_allclose(to_numpy(found), [[3.0, 12.0], [27.0, 48.0]])


def test_second_derivatives_under_jit() -> None:
    x = on_jax(0.7)
    found = jax.jit(func.grad(func.grad(xp.sin)))(x)
    np.testing.assert_allclose(to_numpy(found), -np.sin(0.7), rtol=1e-6)


def test_jax_differentiates_through_agrad() -> None:
    found = jax.grad(lambda x: xp.sum(xp.exp(x) * x)._data)(on_jax([0.5, 1.5]))
    x = np.array([0.5, 1.5])
    np.testing.assert_allclose(to_numpy(found), np.exp(x) * (x + 1), rtol=1e-6)


def test_jax_differentiates_agrad_s_gradient() -> None:
    found = jax.grad(lambda x: func.grad(lambda y: xp.sum(y**3))(x)._data.sum())(on_jax([2.0]))
    np.testing.assert_allclose(to_numpy(found), [12.0])


def test_scan_over_a_step() -> None:
    def step(w: Any, x: Any) -> tuple[Any, Any]:
        gradient, loss = func.grad_and_value(lambda w: xp.mean((w * x - 3.0 * x) ** 2))(w)
        return w - 0.1 * gradient, loss

    w, losses = jax.lax.scan(step, on_jax(0.0), on_jax(np.ones((30, 4)).tolist()))
    np.testing.assert_allclose(to_numpy(w), 3.0, atol=0.01)
    assert losses.shape == (30,)


# ---------------------------------------------------------------- trees


def test_a_tensor_is_a_tree_of_one_leaf() -> None:
    x = on_jax([1.0, 2.0], requires_grad=True)
    leaves, structure = jax.tree.flatten({"x": x})
    assert [type(leaf) for leaf in leaves] == [type(x._data)]
    back = jax.tree.unflatten(structure, leaves)["x"]
    assert type(back) is agrad.Tensor
    assert back.requires_grad
    assert back.is_leaf
    assert back.grad is None


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x[1:],
        lambda x: x[::2],
        lambda x: xp.permute_dims(xp.reshape(x, (2, 2)), (1, 0)),
        lambda x: (x * 1.0)[2],
    ],
)
def test_a_view_is_a_tree_too(make: Callable[[Any], Any]) -> None:
    view = make(on_jax([1.0, 2.0, 3.0, 4.0]))
    doubled = jax.tree.map(lambda leaf: 2 * leaf, view)
    assert type(doubled) is agrad.Tensor
    assert to_numpy(doubled).tolist() == (2 * to_numpy(view)).tolist()


def test_a_view_whose_base_was_written_to_is_read_anew() -> None:
    base = on_jax([1.0, 2.0, 3.0])
    view = base[1:]
    base[1] = 9.0
    (leaf,) = jax.tree.leaves(view)
    assert np.asarray(leaf).tolist() == [9.0, 3.0]


def test_a_leaf_of_another_dtype_tells_it() -> None:
    x = on_jax([1.0, 2.0], requires_grad=True)
    half = jax.tree.map(lambda leaf: leaf.astype(jnp.float16), x)
    assert half.dtype is agrad.float16
    assert (half * half).dtype is agrad.float16
    whole = jax.tree.map(lambda leaf: leaf.astype(jnp.int32), x)
    assert whole.dtype is agrad.int32
    assert not whole.requires_grad


def test_a_parameter_stays_one() -> None:
    nn = pytest.importorskip("agrad.nn")
    parameter = nn.Parameter(on_jax([1.0, 2.0]))
    assert len(jax.tree.leaves(parameter)) == 1
    back = jax.jit(lambda one: one)(parameter)
    assert type(back) is nn.Parameter
    assert back.requires_grad


def test_trees_of_tensors_pass_through_tree_functions() -> None:
    tree = {"a": on_jax([1.0]), "b": (on_jax([2.0]), on_jax([[3.0]]))}
    total = jax.tree.reduce(lambda one, other: one + other.sum(), tree, 0.0)
    assert float(total) == 6.0
    shapes = jax.tree.map(lambda leaf: leaf.shape, tree)
    assert jax.tree.leaves(shapes, is_leaf=lambda one: isinstance(one, tuple))
    assert jax.tree.structure(tree) == jax.tree.structure(jax.tree.map(lambda leaf: leaf + 1, tree))


def test_shapes_are_found_without_computing() -> None:
    out = jax.eval_shape(lambda x: xp.matmul(x, x), on_jax(np.ones((3, 3)).tolist()))
    assert tuple(out.shape) == (3, 3)


# ---------------------------------------------------------------- what cannot be traced


@pytest.mark.parametrize(
    "program",
    [
        lambda x: x[x > 0],
        lambda x: xp.nonzero(x),
        lambda x: xp.unique_values(x),
        lambda x: float(x[0]),
        lambda x: x if x[0] > 0 else -x,
    ],
)
def test_what_depends_on_values_is_refused(program: Callable[[Any], Any]) -> None:
    x = on_jax([1.0, -2.0])
    with pytest.raises((TypeError, RuntimeError, IndexError, ValueError)):
        jax.jit(program)(x)
    assert to_numpy(x * 2).tolist() == [2.0, -4.0]


def test_a_tensor_from_outside_is_a_constant() -> None:
    scale = on_jax([2.0, 3.0])
    found = jax.jit(lambda x: x * scale)(on_jax([1.0, 1.0]))
    assert to_numpy(found).tolist() == [2.0, 3.0]
    assert not traced(scale)


def test_creation_inside_jit_leaves_no_tracer_among_the_constants() -> None:
    @jax.jit
    def program(x: Any) -> Any:
        return x * 1.25 + xp.asarray(0.75, dtype=agrad.float32, device=x.device) + xp.ones((2,), dtype=x.dtype)

    x = on_jax([1.0, 2.0])
    expected = [3.0, 4.25]
    with agrad.use_backend("jax"):
        assert to_numpy(program(x)).tolist() == expected
        eager = x * 1.25 + 0.75 + 1.0
    assert to_numpy(eager).tolist() == expected


def test_compile_is_jax_jit() -> None:
    compiled = agrad.get_backend("jax").compile(lambda x: xp.sum(x * x))
    assert float(compiled(on_jax([1.0, 2.0]))) == 5.0
