"""Function transforms against torch.func: values, trees, axes, modes, nesting, random numbers (writes in place: test_func_writes.py), refusals."""

from __future__ import annotations

import pytest
import torch.func
from oracle import Error, Row, case_id, check, everywhere, floats, ints

import agrad.func

assert torch.func and agrad.func

V, W, U = floats(3), floats(3, seed=1), floats(3, seed=2)
M, N, B = floats(3, 3), floats(3, 3, seed=1), floats(4, 3)
S, POSITIVE = floats(), floats(4, 3, low=0.5, high=1.5)

cubes = lambda x: (x**3).sum()
wave = lambda x: (x.sin() * x).sum()
both = lambda x, y: (x * x).sum() * y.exp().sum()
vector = lambda x: x.sin() * x.sum()


def row(title, run, *inputs, **more):
    return Row(title, run, inputs, grad=False, **more)


def recorded(title, run, *inputs, **more):
    """Return a row whose answer is differentiated from outside too."""
    return Row(title, run, inputs, **more)


# ---------------------------------------------------------------- reverse and forward mode


def perturbations(t, s):
    inner = lambda x: t.func.grad(lambda y: x + y)(t.ones_like(x))
    pushed = lambda x: t.func.jvp(lambda y: x + y, (t.ones_like(x),), (t.ones_like(x),))[1]
    return t.func.grad(lambda x: x * inner(x))(s), t.func.grad(lambda x: x * pushed(x))(s)


def trees(t, x, y):
    def f(p, factor=1.0):
        return (p["x"] * p["rest"][0]).sum() * factor, {"kept": p["x"] * 2, "more": [p["x"].sum()]}

    (gradient, aux) = t.func.grad(f, has_aux=True)({"x": x, "rest": (y,)}, factor=3.0)
    return gradient["x"], gradient["rest"], aux["kept"], aux["more"], aux["kept"].requires_grad


def value_too(t, x, y):
    gradient, value = t.func.grad_and_value(both)(x, y)
    gradients, (value_too, aux) = t.func.grad_and_value(lambda x, y: (both(x, y), x * 3), (1, 0), has_aux=True)(x, y)
    return gradient, value, gradients, value_too, aux


def modes(t, x):
    """no_grad inside makes constants, around a transform it does not."""

    def half(x):
        with t.no_grad():
            c = x * 2
        return (c * x).sum()

    with t.no_grad():
        outside = t.func.grad(cubes)(x)
    with t.inference_mode():
        inferred = t.func.grad(cubes)(x + 0)
    return t.func.grad(half)(x), outside, inferred.clone(), t.func.grad(t.no_grad()(cubes))(x)


def detached(t, x):
    return t.func.grad(lambda x: (x.detach() * x).sum())(x), t.func.grad(lambda x: x.detach().sum())(x)


def unused(t, x, y):
    return t.func.grad(lambda x, y: x.sum(), (0, 1))(x, y), t.func.vjp(lambda x, y: x * 1, x, y)[1](x)


def constants(t, x):
    return t.func.grad(lambda x: t.tensor(1.0))(x), t.func.jvp(lambda x: t.ones(2), (x,), (x,))


def pulled(t, x, y):
    out, pull = t.func.vjp(lambda x, y: {"a": x * y, "b": (x.sum(),)}, x, y)
    first = pull({"a": y, "b": (t.ones_like(out["b"][0]),)})
    second = pull({"a": x, "b": (t.zeros_like(out["b"][0]),)})
    _, pull_aux, aux = t.func.vjp(lambda x: (x * x, x + 1), x, has_aux=True)
    return out, first, second, pull_aux(y), aux


def pull_under_vmap(t, x, rows):
    return t.func.vmap(t.func.vjp(vector, x)[1])(rows)


def pull_of_pull(t, x, y):
    return t.func.grad(lambda y: t.func.vjp(vector, x)[1](y)[0].sin().sum())(y)


def pushed(t, x, y, u, v):
    out, tangent = t.func.jvp(lambda x, y: (x * y, [x.sin()]), (x, y), (u, v))
    again = t.func.jvp(lambda x: (x * x, x + 1), (x,), (u,), has_aux=True)
    return out, tangent, again


def pushed_tree(t, x, u):
    out, tangent = t.func.jvp(lambda d: {"y": d["x"] ** 2}, ({"x": x},), ({"x": u},))
    return out, tangent


def linear(t, x, y, u, v):
    out, push = t.func.linearize(lambda x, y: (x * y, x.sin()), x, y)
    return out, push(u, v), push(v, u), t.func.vmap(push)(t.stack([u, v]), t.stack([v, u]))


def integers_beside(t, x, n):
    return t.func.grad(lambda x, n: (x * n).sum())(x, n), t.func.jvp(lambda x: x * n, (x,), (x,))


def int_outputs(t, x):
    return t.func.jvp(lambda x: (x > 0, x.argmax()), (x,), (x,))


ONCE = [
    recorded("grad", lambda t, x: t.func.grad(cubes)(x), V),
    recorded("grad of grad", lambda t, x: t.func.grad(lambda x: t.func.grad(wave)(x).sum())(x), V),
    recorded("grad of grad of grad", lambda t, s: t.func.grad(t.func.grad(t.func.grad(lambda x: x.sin() * x**3)))(s), S),
    recorded("argnums", lambda t, x, y: (t.func.grad(both, 1)(x, y), t.func.grad(both, (1, 0))(x, y), t.func.grad(both, -1)(x, y)), V, W),
    row("perturbations", perturbations, S),
    row("trees", trees, V, W),
    row("grad_and_value", value_too, V, W),
    row("modes", modes, V),
    row("detached", detached, V),
    row("unused", unused, V, W),
    row("constants", constants, V),
    recorded("vjp", pulled, V, W),
    recorded("pulls at once", pull_under_vmap, V, B),
    recorded("a pull pulled", pull_of_pull, V, W),
    recorded("jvp", pushed, V, W, U, floats(3, seed=3)),
    recorded("jvp of trees", pushed_tree, V, U),
    recorded("jvp of jvp", lambda t, s: t.func.jvp(lambda x: t.func.jvp(lambda y: (y * x).sin(), (x,), (x,))[1], (s,), (s,)), S),
    recorded("jvp of grad", lambda t, x, u: t.func.jvp(t.func.grad(wave), (x,), (u,)), V, U),
    recorded("grad of jvp", lambda t, x, u: t.func.grad(lambda x: t.func.jvp(vector, (x,), (u,))[1].sum())(x), V, U),
    row("linearize", linear, V, W, U, floats(3, seed=3)),
    row("integers beside", integers_beside, V, ints(3)),
    row("integers out of jvp", int_outputs, V),
    recorded("captured", lambda t, x, w: t.func.grad(lambda x: (x * w).sum() * x.sum())(x), V, W),
]  # fmt: skip


# ---------------------------------------------------------------- Jacobians

several = lambda x, y: {"a": x.outer(y), "b": (x.sum(), [y * 2])}


def jacobians(name):
    def run(t, x, y):
        jacobian = getattr(t.func, name)
        return (
            jacobian(vector)(x),
            jacobian(lambda x: x.sum())(x),
            jacobian(several, (0, 1))(x, y),
            jacobian(several, 1)(x, y),
            jacobian(lambda d: d["x"] * d["y"])({"x": x, "y": y}),
            jacobian(lambda x: (x * x, x + 1), has_aux=True)(x),
            jacobian(lambda x: x.reshape(3, 1) @ x.reshape(1, 3))(x),
            jacobian(jacobian(lambda x: x.sin() * x.sum()))(x),
        )

    return run


def chunks(t, x):
    return [t.func.jacrev(vector, chunk_size=n)(x) for n in (1, 2, 3, 7)]


def hessians(t, x, y):
    h = t.func.hessian(both, (0, 1))(x, y)
    by_hand = t.func.jacrev(t.func.jacfwd(wave))(x), t.func.jacfwd(t.func.jacfwd(wave))(x)
    tree = t.func.hessian(lambda d: (d["x"] ** 2 * d["y"]).sum())({"x": x, "y": y})
    return h, by_hand, tree, t.func.hessian(lambda s: s**4)(x[0]), t.func.hessian(lambda x: x**3)(x)


def batch_of_hessians(t, b):
    return t.func.vmap(t.func.hessian(wave))(b), t.func.vmap(t.func.jacrev(vector))(b)


JACOBIANS = [
    *(recorded(name, jacobians(name), V, W) for name in ("jacrev", "jacfwd")),
    row("jacrev in chunks", chunks, V),
    recorded("hessian", hessians, V, W),
    recorded("hessians of a batch", batch_of_hessians, B, rtol=1e-10),
    row("jacrev of a matrix", lambda t, m: t.func.jacrev(lambda m: m @ m)(m), M),
    row("jacfwd, different", lambda t, x: t.func.jacfwd(lambda x: x * t.rand(3).double().mul(0).add(2), randomness="same")(x), V),
]  # fmt: skip


# ---------------------------------------------------------------- vmap


def axes(t, m, n):
    return (
        t.func.vmap(lambda a, b: a @ b)(m, n),
        t.func.vmap(lambda a, b: a @ b, (1, 0))(m, n),
        t.func.vmap(lambda a, b: a @ b, (-1, None))(m, n[0]),
        t.func.vmap(lambda a: t.stack([a, a]), out_dims=1)(m),
        t.func.vmap(lambda a: t.stack([a, a]), out_dims=-1)(m),
        t.func.vmap(lambda a: (a, a.sum()), out_dims=(1, 0))(m),
        t.func.vmap(lambda a, b: a @ b, in_dims=(0, -1), out_dims=(0,))(m, n),
    )


def axes_of_trees(t, m, n):
    f = lambda d, k: {"sum": d["a"] + d["b"], "dot": (d["a"] @ d["b"]) * k}
    one = t.func.vmap(f, in_dims=({"a": 0, "b": 1}, None), out_dims={"sum": 1, "dot": 0})({"a": m, "b": n}, 2.0)
    two = t.func.vmap(f, in_dims=(0, None))({"a": m, "b": n}, 2.0)
    return one, two, t.func.vmap(lambda d, k: d[0] + k, in_dims=((0, None), None))((m, "text"), 1)


def not_batched_out(t, m):
    a, b = t.func.vmap(lambda x: (x * 2, t.ones(2)), out_dims=(0, None))(m)
    c, d = t.func.vmap(lambda x: (x * 2, t.ones(2)))(m)
    e = t.func.vmap(lambda x: (x, 5), out_dims=(0, None))(m)
    return a, b, c, d, e


def keywords(t, m, x):
    return t.func.vmap(lambda a, k=None: a if k is None else a + k)(m, k=x[0])


def pairs(t, m, n):
    f = t.func.vmap(t.func.vmap(lambda a, b: a @ b, (None, 0)), (0, None))
    g = t.func.vmap(t.func.vmap(t.func.vmap(lambda a: a * 2)), in_dims=1, out_dims=1)
    return f(m, n), g(t.stack([m, n]))


def samples(t, w, b):
    loss = lambda w, x: ((w @ x).tanh() ** 2).sum()
    return t.func.vmap(t.func.grad(loss), (None, 0))(w, b)


def through(t, w, b):
    """vmap(grad(vmap)), grad(vmap(grad)), vmap(jvp), jvp(vmap), jacrev(vmap(jacfwd))."""
    inner = lambda x: t.func.vmap(lambda s: s.sin() * s)(x).sum()
    a = t.func.vmap(t.func.grad(inner))(b)
    c = t.func.grad(lambda b: (t.func.vmap(t.func.grad(wave))(b) ** 2).sum())(b)
    d = t.func.vmap(lambda x: t.func.jvp(vector, (x,), (t.ones_like(x),)))(b)
    e = t.func.jvp(t.func.vmap(vector), (b,), (b,))
    f = t.func.jacrev(lambda w: t.func.vmap(t.func.jacfwd(lambda x: w * x * x))(b).sum(0))(w[0])
    g = t.func.vmap(t.func.vmap(t.func.grad(t.func.grad(lambda s: s.sin() * s**2))))(b)
    return a, c, d, e, f, g


def in_pieces(t, b):
    f = lambda x: (x.sin(), x.sum())
    return [t.func.vmap(f, chunk_size=n, out_dims=(1, 0))(b) for n in (1, 2, 3, 4, 100)], t.func.vmap(f, chunk_size=2)(
        b
    )


def control(t, b):
    return t.func.vmap(lambda x: t.where(x > 0, x.sqrt(), x * 2).nan_to_num())(b)


def mixed_types(t, m, n):
    return (
        t.func.vmap(lambda a, k: a * k + k)(m, n),
        t.func.vmap(lambda a, k: a[k])(m, n),
        t.func.vmap(lambda k: k / 2)(n),
    )


def asked(t, m):
    log = []

    def f(x):
        log.append((tuple(x.shape), x.ndim, x.dtype, x.size(0), len(x), x.requires_grad, x.numel()))
        return x

    t.func.vmap(f)(m.to(t.float32))
    return log


def recorded_inside(t, w, b):
    """autograd of outside through vmap of a captured parameter."""
    return t.func.vmap(lambda x: (x * w).sum().tanh())(b)


VMAP = [
    recorded("axes", axes, M, N),
    recorded("axes of trees", axes_of_trees, M, N),
    recorded("outputs without the axis", not_batched_out, M),
    recorded("keywords", keywords, M, V),
    recorded("pairs", pairs, M, N),
    recorded("per-sample gradients", samples, M, B, rtol=1e-12),
    recorded("transforms in transforms", through, M, B, rtol=1e-12),
    recorded("in pieces", in_pieces, B),
    recorded("where", control, floats(4, 3, low=0.5, high=2.0)),
    row("integers", mixed_types, M, ints(3, high=3)),
    row("what is asked of an example", asked, M),
    recorded("a captured parameter", recorded_inside, V, B),
    row("top level", lambda t, m: t.vmap(lambda x: x.sum())(m), M),
]


# ---------------------------------------------------------------- random numbers


def drawn(t, b):
    """Say, of each way to draw, whether the examples' numbers are alike, and shapes."""
    ways = (
        lambda x: t.rand(3),
        lambda x: t.randn(2, 2),
        lambda x: t.randint(0, 1000, (5,)),
        lambda x: t.randperm(50),
        lambda x: t.rand_like(x),
        lambda x: t.randn_like(x),
        lambda x: t.normal(0.0, 1.0, (3,)),
        lambda x: t.bernoulli(t.full((64,), 0.5)),
        lambda x: t.zeros(4).uniform_(),
        lambda x: t.zeros(4).normal_(),
        lambda x: t.nn.functional.dropout(t.ones(64), 0.5),
    )
    told = []
    for way in ways:
        with pytest.raises(RuntimeError, match="called random operation while in randomness error mode"):
            t.func.vmap(way)(b)
        for randomness in ("different", "same"):
            try:
                out = t.func.vmap(way, randomness=randomness)(b)
            except RuntimeError:
                told.append("refused")
                continue
            alike = all(bool((out[i] == out[0]).all()) for i in range(4))
            told.append((tuple(out.shape), alike))
    return told


def drawn_and_differentiated(t, b):
    f = lambda x: (t.rand(3).double() * 0 + 1).mul(x).sum()
    return t.func.vmap(t.func.grad(f), randomness="different")(b), t.func.grad(f)(b[0])


def batched_probability(t, b):
    p = t.stack([t.zeros(64), t.ones(64), t.zeros(64), t.ones(64)])
    return t.func.vmap(lambda p: t.bernoulli(p), randomness="different")(p).mean(1)


def nested_draws(t, b):
    inner = lambda x: t.func.vmap(lambda s: t.rand(()), randomness="same")(x)
    out = t.func.vmap(inner, randomness="different")(b)
    return tuple(out.shape), bool((out == out[:, :1]).all()), bool((out == out[:1]).all())


RANDOM = [
    row("draws", drawn, B),
    row("draws, differentiated", drawn_and_differentiated, B),
    row("a probability per example", batched_probability, B),
    row("nested draws", nested_draws, B),
]


# ---------------------------------------------------------------- modules


def module(t):
    made = t.nn.Sequential(t.nn.Linear(3, 4), t.nn.Tanh(), t.nn.Linear(4, 2)).double()
    with t.no_grad():
        for number, p in enumerate(made.parameters()):
            p.copy_(t.linspace(-1.0, 1.0, p.numel(), dtype=t.float64).reshape(p.shape) * (number + 1))
    return made


def called(t, x):
    net = module(t)
    params = {name: p.detach() * 2 for name, p in net.named_parameters()}
    before = net(x)
    given = t.func.functional_call(net, params, (x,))
    partly = t.func.functional_call(net, {"0.bias": params["0.bias"]}, x)
    two = t.func.functional_call(net, ({"0.bias": params["0.bias"]}, {"2.bias": params["2.bias"]}), (x,))
    return given.detach(), partly.detach(), two.detach(), t.equal(before, net(x)), sorted(params)


def per_sample(t, b):
    net = module(t)
    params = {name: p.detach() for name, p in net.named_parameters()}
    loss = lambda p, x: t.func.functional_call(net, p, (x,)).pow(2).sum()
    many = t.func.vmap(t.func.grad(loss), (None, 0))(params, b)
    return dict(sorted(many.items())), [p.grad for p in net.parameters()]


def tied(t, x):
    class Tied(t.nn.Module):
        def __init__(self):
            super().__init__()
            self.foo = t.nn.Parameter(t.ones(3, dtype=t.float64))
            self.bar = self.foo
            self.register_buffer("shift", t.ones(3, dtype=t.float64))

        def forward(self, x):
            return x * self.foo + x * self.bar + self.shift

    net = Tied()
    five = x * 0 + 5
    return (
        t.func.functional_call(net, {"foo": five}, (x,)).detach(),
        t.func.functional_call(net, {"bar": five}, (x,)).detach(),
        t.func.functional_call(net, {"foo": five}, (x,), tie_weights=False).detach(),
        t.func.functional_call(net, {"foo": five, "bar": five}, (x,)).detach(),
        t.func.functional_call(net, {"shift": five}, (x,)).detach(),
        t.func.functional_call(net, {"foo": five, "shift": five}, (x,), strict=True).detach(),
        t.func.grad(lambda p: t.func.functional_call(net, {"foo": p}, (x,)).sum())(five),
        net.foo.detach(),
        net.foo is net.bar,
    )


def extra_name(t, x):
    """A name that the module does not have is there during the call."""

    class Reads(t.nn.Module):
        def forward(self, x):
            return x * self.factor

    net = Reads()
    return t.func.functional_call(net, {"factor": x}, (x,)), hasattr(net, "factor")


def raises_and_restores(t, x):
    class Raises(t.nn.Module):
        def __init__(self):
            super().__init__()
            self.w = t.nn.Parameter(t.ones(3, dtype=t.float64))

        def forward(self, x):
            raise KeyError

    net = Raises()
    before = net.w
    try:
        t.func.functional_call(net, {"w": x}, (x,))
    except KeyError:
        pass
    return net.w is before, [name for name, _ in net.named_parameters()]


def ensemble(t, b):
    nets = [module(t) for _ in range(3)]
    params, buffers = t.func.stack_module_state(nets)
    base = nets[0]
    out = t.func.vmap(lambda p, x: t.func.functional_call(base, p, (x,)), (0, None))(params, b)
    kinds = {name: (tuple(p.shape), p.requires_grad, p.is_leaf) for name, p in params.items()}
    return out.detach(), kinds, buffers


MODULES = [
    row("functional_call", called, B),
    row("per-sample gradients of a module", per_sample, B),
    row("tied weights", tied, V),
    row("a name of no parameter", extra_name, V),
    row("a module that raises", raises_and_restores, V),
    row("an ensemble", ensemble, B),
]


# ---------------------------------------------------------------- refusals


def escaped(t, x):
    kept = []
    t.func.grad(lambda x: kept.append(x) or x.sum())(x)
    return kept[0].shape == x.shape


def captured_write(t, x):
    log = x.clone()

    def f(x):
        log.copy_(x)
        return x.sum()

    try:
        t.func.grad(f)(x)
    finally:
        assert bool((log == x).all()) and not log.requires_grad


def vmapped_into_plain(t, m):
    log = t.zeros(3, dtype=t.float64)
    try:
        t.func.vmap(lambda x: log.copy_(x))(m)
    finally:
        assert not log.any()


MIXED = "Expected all tensors to have the same size in the mapped dimension, got sizes"
EMPTY_IN = "Maybe you forgot to add inputs, or you are trying to vmap over a function with no inputs"

ERRORS = [
    Error("grad of a vector", lambda t, x: t.func.grad(lambda x: x * 2)(x), "Expected f(*args) to return a scalar Tensor, got tensor with 1 dims", (V,)),
    Error("grad of a number", lambda t, x: t.func.grad(lambda x: 3.0)(x), "Expected f(*args) to return a Tensor, got", (V,)),
    Error("grad of a pair", lambda t, x: t.func.grad(lambda x: (x.sum(), x))(x), "Expected f(*args) to return a Tensor, got", (V,)),
    Error("no aux", lambda t, x: t.func.grad(cubes, has_aux=True)(x), "output of function f should be a tuple: (output, aux) if has_aux is True", (V,)),
    Error("argnums beyond", lambda t, x: t.func.grad(cubes, 1)(x), "Got argnum=1, but only 1 positional inputs", (V,)),
    Error("argnums no int", lambda t, x: t.func.grad(cubes, "x")(x), "argnums must be int or Tuple[int, ...], got:", (V,)),
    Error("argnums twice", lambda t, x: t.func.grad(cubes, (0, 0))(x), "argnums elements must be unique", (V,)),
    Error("no argnums", lambda t, x: t.func.grad(cubes, ())(x), "argnums must be non-empty", (V,)),
    Error("grad of integers", lambda t, n: t.func.grad(lambda n: (n * 1.0).sum())(n), "only Tensors of floating point", (ints(3),)),
    Error("vjp, another structure", lambda t, x: t.func.vjp(lambda x: (x, x), x)[1](x), "Expected pytree structure of cotangents to be the same", (V,)),
    Error("vjp, another shape", lambda t, x: t.func.vjp(vector, x)[1](x[:2]), "Mismatch in shape: grad_output[0] has a shape of", (V,)),
    Error("vjp of nothing", lambda t, x: t.func.vjp(lambda x: None, x), "Expected f to be a function that has non-empty output", (V,)),
    Error("jvp, another structure", lambda t, x: t.func.jvp(vector, (x,), ((x, x),)), "Expected primals and tangents to have the same python structure", (V,)),
    Error("jvp, no tuple", lambda t, x: t.func.jvp(vector, x, (x,)), "Expected primals to be a tuple", (V,)),
    Error("jvp, another shape", lambda t, x: t.func.jvp(vector, (x,), (x[:2],)), "has a different size than that of the original Tensor", (V,)),
    Error("jvp, strict", lambda t, x: t.func.jvp(lambda x: t.ones(2), (x,), (x,), strict=True), "is independent of", (V,)),
    Error("jvp of numbers", lambda t, x: t.func.jvp(lambda x: 3, (x,), (x,)), "expected f(*primals) to return only tensors, got unsupported type", (V,)),
    Error("linearize, another structure", lambda t, x: t.func.linearize(vector, x)[1](x, x), "to have the same argspec as the primals", (V,)),
    Error("linearize, another shape", lambda t, x: t.func.linearize(vector, x)[1](x[:2]), "in flattened pytree doesn't match the shape", (V,)),
    Error("jacrev in no chunks", lambda t, x: t.func.jacrev(vector, chunk_size=0)(x), "`chunk_size` should be greater than 0", (V,)),
    Error("jacrev of complex numbers", lambda t, x: t.func.jacrev(lambda z: z.abs())(x), "Expected all inputs to be real", (floats(2, dtype="complex128"),)),
    Error("jacfwd of complex numbers", lambda t, x: t.func.jacfwd(lambda z: z.abs())(x), "Expected all inputs to be real", (floats(2, dtype="complex128"),)),
    Error("jacrev to complex numbers", lambda t, x: t.func.jacrev(lambda x: x * 1j)(x), "Expected all outputs to be real", (V,)),
    Error("vmap, sizes", lambda t, m: t.func.vmap(lambda a, b: a)(m, m[:2]), MIXED, (M,)),
    Error("vmap of nothing", lambda t: t.func.vmap(lambda: 1)(), EMPTY_IN),
    Error("vmap, in_dims' type", lambda t, m: t.func.vmap(cubes, in_dims="0")(m), "expected `in_dims` to be int or a (potentially nested) tuple", (M,)),
    Error("vmap, in_dims' structure", lambda t, m: t.func.vmap(cubes, in_dims=(0, 0))(m), "in_dims is not compatible with the structure of `inputs`", (M,)),
    Error("vmap, in_dims beyond", lambda t, m: t.func.vmap(cubes, in_dims=2)(m), "expected in_dim to satisfy -2 <= in_dim < 2", (M,)),
    Error("vmap, a scalar", lambda t, s: t.func.vmap(cubes)(s), "Got in_dim=0 for some input, but that input is a Tensor of dimensionality 0", (S,)),
    Error("vmap of a number", lambda t: t.func.vmap(lambda x: x)(3), "We cannot vmap over non-Tensor arguments"),
    Error("vmap, all None", lambda t, m: t.func.vmap(cubes, in_dims=(None,))(m), "at least one", (M,)),
    Error("vmap, a number out", lambda t, m: t.func.vmap(lambda x: 3)(m), "must only return Tensors, got type", (M,)),
    Error("vmap, out_dims' type", lambda t, m: t.func.vmap(cubes, out_dims="x")(m), "`out_dims` must be an int, None or a python collection of ints", (M,)),
    Error("vmap, out_dims' structure", lambda t, m: t.func.vmap(cubes, out_dims=(0, 0))(m), "out_dims is not compatible with the structure of `outputs`", (M,)),
    Error("vmap, out_dims None", lambda t, m: t.func.vmap(cubes, out_dims=None)(m), "can not return a BatchedTensor when out_dim is None", (M,)),
    Error("vmap, out_dims beyond", lambda t, m: t.func.vmap(cubes, out_dims=3)(m), "Dimension out of range", (M,)),
    Error("vmap, randomness", lambda t, m: t.func.vmap(cubes, randomness="x")(m), "Only allowed values for randomness are 'error', 'different', or 'same'", (M,)),
    Error("vmap, chunks", lambda t, m: t.func.vmap(cubes, chunk_size=0)(m), "chunk_size should be None or greater than 0", (M,)),
    Error("vmap, item", lambda t, m: t.func.vmap(lambda x: x.sum().item())(m), "vmap: It looks like you're calling .item() on a Tensor", (M,)),
    Error("vmap, if", lambda t, m: t.func.vmap(lambda x: x if x.sum() > 0 else -x)(m), "data-dependent control flow", (M,)),
    Error("vmap, a plain one written", vmapped_into_plain, "vmap: inplace arithmetic(self, *extra_args) is not possible", (M,)),
    Error("grad, a captured one written", captured_write, "would mutate a captured Tensor", (V,)),
    Error("functional_call, a part unknown", lambda t, x: t.func.functional_call(t.nn.Linear(3, 3), {"no.no": x}, (x.float(),)), "Linear has no attribute `no`", (V,)),
    Error("functional_call, unknown, strict", lambda t, x: t.func.functional_call(t.nn.Linear(3, 3), {"b": x, "a": x}, (x,), strict=True), "Unexpected key(s): 'a', 'b'.\n\tMissing key(s): 'bias', 'weight'.", (V,)),
    Error("functional_call, strict", lambda t, x: t.func.functional_call(t.nn.Linear(3, 3), {"bias": x}, (x,), strict=True), "Missing key(s): 'weight'.", (V,)),
    Error("functional_call, twice", lambda t, x: t.func.functional_call(t.nn.Linear(3, 3), ({"bias": x}, {"bias": x}), (x,)), "appeared in multiple dictionaries", (V,)),
    Error("functional_call, no dict", lambda t, x: t.func.functional_call(t.nn.Linear(3, 3), 3, (x,)), "Expected parameter_and_buffer_dicts to be a dict", (V,)),
    Error("ensemble of none", lambda t: t.func.stack_module_state([]), "Expected at least one model, got 0"),
    Error("ensemble of two kinds", lambda t: t.func.stack_module_state([t.nn.Linear(3, 3), t.nn.Tanh()]), "same class"),
]  # fmt: skip


def what_requires_grad(t, x):
    log = []

    def f(x):
        y = x * 2
        log.append((x.requires_grad, x.is_leaf, y.requires_grad, y.grad_fn is None))
        return (y * y).sum()

    w = x.clone().requires_grad_()
    t.func.grad(f)(x)
    t.func.jvp(f, (x,), (x,))
    t.func.vmap(f)(t.stack([x, x]))
    t.func.grad(lambda x: t.func.jvp(f, (x,), (x,))[1])(x)
    t.func.grad(lambda x: t.func.vmap(f)(t.stack([x, x])).sum())(x)
    t.func.jvp(t.func.grad(f), (x,), (x,))
    t.func.vmap(t.func.grad(f))(t.stack([w, w]))
    t.func.jvp(f, (w,), (x,))
    t.func.vmap(f)(t.stack([w, w]))
    return log


TABLE = (
    ONCE
    + JACOBIANS
    + VMAP
    + RANDOM
    + MODULES
    + ERRORS
    + [row("an escaped tensor", escaped, V), row("what requires grad", what_requires_grad, V)]
)


@pytest.mark.parametrize(("row", "backend"), everywhere(TABLE), ids=case_id)
@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:Attempted to insert a get_attr Node:UserWarning")  # of torch.func.linearize
def test_func(row, backend):
    check(row, backend)
