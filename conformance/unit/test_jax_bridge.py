"""JAX functions inside agrad's graph and agrad's functions inside JAX's transformations; what has no bridge raises, and nothing is left traced."""

from __future__ import annotations

import numpy as np
import pytest

import agrad
from agrad import func, nn, optim
from agrad.engine.doors import DerivativeLost
from agrad.engine.write_checks import TracedWrite

jax = pytest.importorskip("jax", reason="JAX is not installed: pip install 'agrad[jax]'")
jnp = jax.numpy

pytestmark = pytest.mark.usefixtures("on_jax")
C = agrad.complex128


@pytest.fixture
def on_jax():
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    with agrad.use_backend("jax"):
        yield
    jax.config.update("jax_enable_x64", before)


def values(*numbers, **options):
    return agrad.tensor(list(numbers), dtype=agrad.float64, **options)


# ---------------------------------------------------------------- agrad.from_jax


def theirs(x, y):
    return jnp.sin(x) * y**2


def ours(x, y):
    return agrad.sin(x) * y**2


MODES = {
    "value": lambda f, x, y: f(x, y),
    "grad": lambda f, x, y: func.grad(lambda x: f(x, y).sum())(x),
    "jvp": lambda f, x, y: func.jvp(f, (x, y), (y, x))[1],
    "hessian": lambda f, x, y: func.hessian(lambda y: (f(x, y) ** 2).sum())(y),
    "reverse over reverse": lambda f, x, y: func.jacrev(func.jacrev(lambda y: (f(x, y) ** 2).sum()))(y),
    "forward over forward": lambda f, x, y: func.jacfwd(func.jacfwd(lambda y: (f(x, y) ** 2).sum()))(y),
    "third": lambda f, x, y: func.grad(lambda y: func.hessian(lambda y: (f(x, y) ** 2).sum())(y).sum())(y),
    "vmap": lambda f, x, y: func.vmap(f, in_dims=(0, None))(x, y),
    "grad under vmap": lambda f, x, y: func.vmap(func.grad(lambda a, b: f(a, b).sum()), in_dims=(None, 0))(x, y),
    "vmap under grad": lambda f, x, y: func.grad(lambda y: func.vmap(f, in_dims=(0, None))(x, y).sum())(y),
    "tape": lambda f, x, y: taped(f, x, y),
    "double backward": lambda f, x, y: taped(lambda x, y: agrad.autograd.grad(f(x, y).sum(), x, create_graph=True)[0], x, y),
    "in jit": lambda f, x, y: jax.jit(lambda x: func.grad(lambda x: f(x, y).sum())(x))(x),
}  # fmt: skip


def taped(f, x, y):
    x = x.clone().requires_grad_()
    (f(x, y) ** 2).sum().backward()
    return x.grad


@pytest.mark.parametrize("wrap", [theirs, jax.jit(theirs)], ids=["plain", "jitted"])
@pytest.mark.parametrize("mode", list(MODES))
def test_a_jax_function_is_an_operation(mode, wrap):
    x, y = values(1.0, 2.0), values(3.0, 0.5)
    found, wanted = MODES[mode](agrad.from_jax(wrap), x, y), MODES[mode](ours, x, y)
    assert agrad.allclose(found, wanted, rtol=1e-12)


COMPLEX = {
    "holomorphic": (lambda z: jnp.exp(z) * z, lambda z: agrad.exp(z) * z),
    "modulus": (lambda z: jnp.abs(z) ** 2 * z, lambda z: agrad.abs(z) ** 2 * z),
    "conjugate": (lambda z: jnp.conj(z) * jnp.real(z), lambda z: agrad.conj(z) * z.real),
}


@pytest.mark.parametrize("name", list(COMPLEX))
def test_complex_derivatives_are_pytorch_s_inside_and_jax_s_outside(name):
    theirs, ours = COMPLEX[name]
    z, g = agrad.tensor([1 + 2j, 0.5 - 1j], dtype=C), agrad.tensor([1 - 1j, 2 + 0.3j], dtype=C)
    bridged = agrad.from_jax(theirs)
    assert agrad.allclose(func.vjp(bridged, z)[1](g)[0], func.vjp(ours, z)[1](g)[0])
    assert agrad.allclose(func.jvp(bridged, (z,), (g,))[1], func.jvp(ours, (z,), (g,))[1])
    second = lambda f: func.grad(lambda v: func.vjp(f, v)[1](g)[0].abs().pow(2).sum())(z)
    assert agrad.allclose(second(bridged), second(ours))
    for mode in ("jvp", "vjp"):
        exported = agrad.to_jax(ours, mode=mode)
        np.testing.assert_allclose(jax.vjp(exported, z._data)[1](g._data)[0], jax.vjp(theirs, z._data)[1](g._data)[0])


def test_trees_constants_and_whole_outputs():
    f = agrad.from_jax(
        lambda tree, power, name=None: {"out": tree["a"] ** power, "where": jnp.argmax(tree["a"]), "n": 3}
    )
    x = values(1.0, 2.0, requires_grad=True)
    out = f({"a": x, "b": (None, "text")}, 3, name="cube")
    assert out["where"].dtype is agrad.int64 and not out["where"].requires_grad and out["n"].item() == 3
    out["out"].sum().backward()
    assert x.grad.tolist() == [3.0, 12.0]
    assert agrad.from_jax(jnp.sin)(0.0).item() == 0.0


def test_tensors_of_another_backend_are_refused():
    with pytest.raises(agrad.errors.BackendError, match=r"needs Tensors on the jax backend.*x\.to\('jax'\)"):
        agrad.from_jax(jnp.sin)(agrad.ones(2, device="numpy"))
    with pytest.raises(NotImplementedError, match="no derivatives of its own"):
        agrad.get_backend("numpy").import_function(np.sin)


# ---------------------------------------------------------------- agrad.to_jax


def plain(x):
    return (jnp.sin(x) * x**3).sum()


def exported(x):
    return (agrad.sin(x) * x**3).sum()


REVERSE = {
    "value": lambda f, r: f(r),
    "grad": lambda f, r: jax.grad(f)(r),
    "jit of grad": lambda f, r: jax.jit(jax.grad(f))(r),
    "grad of jit": lambda f, r: jax.grad(jax.jit(f))(r),
    "vmap of grad": lambda f, r: jax.vmap(jax.grad(f))(jnp.stack([r, 2 * r])),
    "second": lambda f, r: jax.jit(jax.jacrev(jax.jacrev(f)))(r),
    "third": lambda f, r: jax.jacrev(jax.jacrev(jax.jacrev(f)))(r),
    "scan": lambda f, r: jax.grad(lambda r: jax.lax.scan(lambda c, _: (c + f(r * c), None), r[0], None, length=3)[0])(r),
}  # fmt: skip
FORWARD = {
    "jvp": lambda f, r: jax.jvp(f, (r,), (2 * r,))[1],
    "hessian": lambda f, r: jax.jit(jax.hessian(f))(r),
    "forward over forward": lambda f, r: jax.jacfwd(jax.jacfwd(f))(r),
    "linearize": lambda f, r: jax.linearize(f, r)[1](r),
}


@pytest.mark.parametrize(
    ("mode", "name"), [*(("jvp", name) for name in {**REVERSE, **FORWARD}), *(("vjp", name) for name in REVERSE)]
)
def test_an_agrad_function_in_jax_s_transformations(mode, name):
    way = {**REVERSE, **FORWARD}[name]
    r = jnp.array([1.0, 2.0])
    np.testing.assert_allclose(way(agrad.to_jax(exported, mode=mode), r), way(plain, r), rtol=1e-10)


class Straight(agrad.autograd.Function):
    """Rounding with a gradient of its own, in reverse alone."""

    @staticmethod
    def forward(ctx, x):
        return x.round()

    @staticmethod
    def backward(ctx, g):
        return 7 * g


def test_agrad_s_own_rules_are_what_jax_uses():
    f = lambda x: Straight.apply(x).sum()
    assert jax.jit(jax.grad(agrad.to_jax(f, mode="vjp")))(jnp.ones(2)).tolist() == [7.0, 7.0]
    with pytest.raises(NotImplementedError) as caught:
        jax.grad(agrad.to_jax(f))(jnp.ones(2))
    assert "mode='vjp'" in caught.value.__notes__[0]


def test_trees_go_out_too():
    f = agrad.to_jax(lambda p, n, name: {"out": p["w"] * 2 * n, "n": n})
    gradient = jax.grad(lambda p: f(p, np.int32(3), "name")["out"].sum())({"w": jnp.ones(2), "b": (jnp.ones(1),)})
    assert gradient["w"].tolist() == [6.0, 6.0] and gradient["b"][0].tolist() == [0.0]


def test_a_derivative_of_outside_is_not_dropped():
    w = values(1.0, 2.0, requires_grad=True)
    with pytest.raises(DerivativeLost, match="Pass the Tensor as an argument"):
        agrad.to_jax(lambda x: x * w)(jnp.ones(2))


def test_there_and_back():
    x = values(1.0, 2.0)
    found = func.grad(agrad.from_jax(agrad.to_jax(exported)))(x)
    np.testing.assert_allclose(found.tolist(), jax.grad(plain)(x._data))


# ---------------------------------------------------------------- without a bridge

CUTS = {
    "jit": lambda v: jax.jit(lambda w: w * 2)(v),
    "tree.map": lambda v: jax.tree.map(lambda w: w * 2, v),
    "vmap": lambda v: jax.vmap(lambda w: w * 2)(v),
    "grad": lambda v: jax.grad(lambda w: (w * 2).sum()._data)(v),
    "device_put": lambda v: jax.device_put(v),
    "scan": lambda v: jax.lax.scan(lambda c, _: (c * 2, None), v, None, length=2)[0],
    "cond": lambda v: jax.lax.cond(True, lambda w: w * 2, lambda w: w * 3, v),
    "eval_shape": lambda v: jax.eval_shape(lambda w: w * 2, v),
    "jnp": lambda v: jnp.asarray(v),
}


@pytest.mark.parametrize("name", list(CUTS))
def test_what_has_a_derivative_does_not_go_in(name):
    leaf = values(1.0, 2.0, requires_grad=True)
    with pytest.raises(agrad.AgradError):
        CUTS[name](leaf * 2)
    for transform in (lambda f: func.grad(f)(leaf.detach()), lambda f: func.jvp(f, (leaf.detach(),), (leaf.detach(),))):
        with pytest.raises(agrad.AgradError):
            transform(lambda v: CUTS[name](v * 2).sum())
    if name not in ("grad", "jnp"):
        with pytest.raises(agrad.AgradError):
            func.vmap(lambda v: CUTS[name](v))(leaf.detach())


@pytest.mark.parametrize("name", ["jit", "vmap", "scan", "cond"])
def test_what_comes_out_computed_tells_that_its_history_stayed(name):
    leaf = values(1.0, 2.0, requires_grad=True)
    out = CUTS[name](leaf)
    assert out.requires_grad and not out.is_leaf
    assert out.sum().item() > 0
    message = "history stayed in a JAX transformation.*agrad.from_jax"
    with pytest.raises(RuntimeError, match=message):
        out.sum().backward()
    with pytest.raises(RuntimeError, match=message):
        agrad.autograd.grad((out * leaf).sum(), leaf, allow_unused=True)
    (out.detach() * leaf).sum().backward()
    assert leaf.grad is not None


def test_a_closed_over_leaf_is_not_lost_either():
    leaf = values(1.0, 2.0, requires_grad=True)
    with pytest.raises(RuntimeError, match="history stayed"):
        jax.jit(lambda v: v * leaf)(values(1.0, 1.0)).sum().backward()


# ---------------------------------------------------------------- writes of traced values


def is_traced(tensor):
    return isinstance(getattr(tensor, "_data", None), jax.core.Tracer)


class Training:
    """A network with buffers, its optimizer, and what both hold."""

    def __init__(self, make):
        agrad.manual_seed(0)
        self.net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Dropout(0.5), nn.Linear(3, 1))
        self.optimizer = make(self.net.parameters())
        self.x = agrad.arange(8.0).reshape(4, 2)

    def step(self, x):
        self.optimizer.zero_grad(set_to_none=False)
        loss = self.net(x).pow(2).mean()
        loss.backward()
        self.optimizer.step()
        return loss

    def held(self):
        """Return everything by name, as lists."""
        found = {name: value for name, value in self.net.state_dict().items()}
        found.update({f"{name}.grad": one.grad for name, one in self.net.named_parameters()})
        for number, state in enumerate(self.optimizer.state.values()):
            found.update({f"{number}.{name}": value for name, value in state.items()})
        assert not any(map(is_traced, found.values()))
        return {name: value.tolist() if isinstance(value, agrad.Tensor) else value for name, value in found.items()}


OPTIMIZERS = {
    "sgd": lambda p: optim.SGD(p, lr=0.1, momentum=0.9),
    "adam": lambda p: optim.Adam(p, lr=0.1, amsgrad=True),
    "adamw": lambda p: optim.AdamW(p, lr=0.1),
    "rmsprop": lambda p: optim.RMSprop(p, lr=0.1, momentum=0.5, centered=True),
    "nadam": lambda p: optim.NAdam(p, lr=0.1),
}


@pytest.mark.parametrize("name", list(OPTIMIZERS))
@pytest.mark.parametrize("part", ["step", "step in evaluation", "step of the optimizer", "step of a new optimizer"])
def test_a_stateful_step_under_jit_raises_and_leaves_all_as_it_was(part, name):
    training = Training(OPTIMIZERS[name])
    training.step(training.x)
    step = training.step
    if part == "step in evaluation":
        training.net.eval()
    elif part == "step of the optimizer":
        step = lambda x: training.optimizer.step()
    elif part == "step of a new optimizer":
        training.optimizer = OPTIMIZERS[name](training.net.parameters())
        step = lambda x: training.optimizer.step()
    before = training.held()
    with pytest.raises(TracedWrite, match="return its new value"):
        jax.jit(step)(training.x)
    assert training.held() == before
    training.step(training.x)
    assert training.held() != before


WRITES = {
    "add_": lambda t, x: t.add_(x),
    "iadd": lambda t, x: t.__iadd__(x),
    "mul_ by a number of the trace": lambda t, x: t.mul_(x.sum()),
    "copy_": lambda t, x: t.copy_(x),
    "element": lambda t, x: t.__setitem__(0, x[0]),
    "view": lambda t, x: t[1:].add_(x[1:]),
    "data": lambda t, x: setattr(t, "data", x),
    "data of an alias": lambda t, x: t.data.copy_(x),
    "grad": lambda t, x: setattr(t, "grad", x),
    "backward": lambda t, x: (t.requires_grad_() * x).sum().backward(),
    "fill_": lambda t, x: t.fill_(x[0]),
    "index": lambda t, x: t.__setitem__(agrad.tensor([0]), x[:1]),
    "where": lambda t, x: t.masked_fill_(x > 0, 1.0),
    "normal_": lambda t, x: t.normal_(),
    "out": lambda t, x: agrad.add(x, x, out=t),
    "set_": lambda t, x: t.set_(x),
    "storage": lambda t, x: t.storage().fill_(x[0]),
    "scan": lambda t, x: jax.lax.scan(lambda c, _: ((t.add_(c), c)[1], None), x, None, length=2),
    "vmap in jit": lambda t, x: jax.vmap(lambda one: t[0].add_(one))(x),
}


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "with a view"])
@pytest.mark.parametrize("name", list(WRITES))
def test_a_traced_value_is_not_written_into_a_tensor_from_outside(name, shared):
    target = values(1.0, 2.0, 3.0)
    view = target[:2] if shared else None
    with pytest.raises(agrad.AgradError):
        jax.jit(lambda x: (WRITES[name](target, x), x)[1])(values(5.0, 6.0, 7.0))
    assert not is_traced(target) and target.tolist() == [1.0, 2.0, 3.0]
    assert getattr(target, "grad", None) is None
    if view is not None:
        assert view.tolist() == [1.0, 2.0]


def test_a_tensor_of_an_outer_trace_is_outside_of_an_inner_one():
    def f(x):
        total = agrad.zeros(2, dtype=x.dtype)
        jax.lax.scan(lambda c, _: ((total.add_(c), c)[1], None), x, None, length=2)
        return total

    with pytest.raises(TracedWrite):
        jax.jit(f)(values(1.0, 2.0))


def test_what_is_made_inside_is_written():
    def f(x):
        made, number = agrad.zeros(2, dtype=x.dtype), agrad.tensor(3.0, dtype=x.dtype)
        made[0] = x[0]
        number *= x[1]
        return jax.vmap(lambda one: made * number * one)(x)

    assert jax.jit(f)(values(1.0, 2.0)).tolist() == [[6.0, 0.0], [12.0, 0.0]]
    assert jax.vmap(lambda x: agrad.stack([x, x]).mul_(x))(values(1.0, 2.0)).tolist() == [[1.0, 1.0], [4.0, 4.0]]


def test_reading_a_stale_view_inside_leaves_nothing_traced_in_it():
    base = values(0.0, 0.0, 0.0)
    view = base[1:]
    base[1] = 9.0
    assert jax.jit(lambda x: x * view)(values(1.0, 1.0)).tolist() == [9.0, 0.0]
    assert view.tolist() == [9.0, 0.0]
