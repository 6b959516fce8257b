"""Function against PyTorch: what forward and backward are given, what they may return, what is refused and how."""

from __future__ import annotations

import warnings

import pytest
from oracle import Error, Row, case_id, check, everywhere


def leaf(t, *values):
    return t.tensor(list(values) or [1.0, 2.0], dtype=t.float64, requires_grad=True)


def make(t, forward, backward=None, setup=None, **more):
    """Return a Function class of these static methods."""
    methods = {"forward": forward, "backward": backward, "setup_context": setup}
    members = {name: staticmethod(one) for name, one in methods.items() if one is not None}
    members.update({name: staticmethod(one) if callable(one) else one for name, one in more.items()})
    return type("My", (t.autograd.Function,), members)


def basic(t):
    def forward(ctx, x, n):
        ctx.save_for_backward(x)
        ctx.n = n
        return x**n

    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return ctx.n * x ** (ctx.n - 1) * g, None

    x = leaf(t)
    y = make(t, forward, backward).apply(x, 3)
    node = y.grad_fn
    kept = node.n, node.saved_tensors[0] is x, node.name(), type(node).__name__
    edges = [(type(to).__name__, nr) for to, nr in node.next_functions]
    y.sum().backward()
    return y, x.grad, kept, edges


def gradients_of(t, forward, backward, *args, **more):
    """Return the gradients of the sum of all results wrt the arguments that require grad."""
    result = make(t, forward, backward, **more).apply(*args)
    parts = result if isinstance(result, tuple) else (result,)
    sum(part.sum() for part in parts if isinstance(part, t.Tensor) and part.requires_grad).backward()
    return [arg.grad for arg in args if isinstance(arg, t.Tensor)]


def twice(ctx, x, *_):
    return x * 2


def answers(t):
    ones = lambda *shape, dtype=None: t.ones(*shape, dtype=dtype or t.float64)
    return (
        gradients_of(t, twice, lambda ctx, g: (g * 3, None, None), leaf(t)),
        gradients_of(t, twice, lambda ctx, g: ones(3, 2), leaf(t)),
        gradients_of(t, twice, lambda ctx, g: ones(2, dtype=t.float32), leaf(t)),
        gradients_of(t, twice, lambda ctx, g: ones(2, dtype=t.int64), leaf(t)),
        gradients_of(t, twice, lambda ctx, g: None, leaf(t)),
        gradients_of(t, twice, lambda ctx, g: (g, g), leaf(t), ones(2)),
        gradients_of(t, twice, lambda ctx, g: (g, None, None), leaf(t), "text", [1, 2]),
    )


def results(t):
    apply = lambda forward: make(t, forward, lambda ctx, *g: g[0]).apply(leaf(t))
    number, nothing = apply(lambda ctx, x: 3), apply(lambda ctx, x: None)
    mixed = apply(lambda ctx, x: (x * 2, 3, None, "a"))
    listed = apply(lambda ctx, x: [x * 2, x * 3])
    return number, nothing, mixed[0].requires_grad, mixed[1:], [one.requires_grad for one in listed]


def missing_gradients(materialize):
    def run(t):
        log = []

        def forward(ctx, x):
            ctx.set_materialize_grads(materialize)
            return x * 2, x * 3, 5

        def backward(ctx, *g):
            log.append([None if one is None else one.tolist() for one in g])
            return g[0] * 2

        x = leaf(t)
        a, b, _ = make(t, forward, backward).apply(x)
        a.sum().backward()
        return log, x.grad, a.output_nr, b.output_nr, a.grad_fn is b.grad_fn

    return run


def not_differentiable(t):
    log = []

    def forward(ctx, x):
        index, y, z = x.argmax(), x * 2, x * 3
        ctx.mark_non_differentiable(z, index)
        return y, z, index

    def backward(ctx, g, h, k):
        log.append((h.tolist(), k.tolist()))
        return g * 2

    x = leaf(t)
    y, z, index = make(t, forward, backward).apply(x)
    y.sum().backward()
    return [one.requires_grad for one in (y, z, index)], z.grad_fn, x.grad, log


def input_returned(t):
    x = leaf(t)
    y = make(t, lambda ctx, x: x, lambda ctx, g: g * 5).apply(x)
    y.sum().backward()
    return y is x, y.data_ptr() == x.data_ptr(), type(y.grad_fn).__name__, x.grad


def changed_in_place(t):
    def forward(ctx, x):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    x = leaf(t)
    z = x * 1
    y = make(t, forward, lambda ctx, g: g * 2).apply(z)
    y.sum().backward()
    return y is z, type(z.grad_fn).__name__, x.grad, z._version, z


def changed_view(t):
    def forward(ctx, x):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    x = leaf(t)
    z = x * 1
    v = z[0:1]
    y = make(t, forward, lambda ctx, g: g * 2).apply(v)
    z.sum().backward()
    return y is v, type(z.grad_fn).__name__, type(v.grad_fn).__name__, x.grad, z


def plain_changed(t):
    def forward(ctx, z, w):
        z.copy_(w)
        ctx.mark_dirty(z)
        return z

    w, z = leaf(t), t.zeros(2, dtype=t.float64)
    y = make(t, forward, lambda ctx, g: (None, g * 2)).apply(z, w)
    y.sum().backward()
    return y is z, z.requires_grad, w.grad


def needs(t):
    log = []

    def forward(ctx, x, w, n):
        log.append(ctx.needs_input_grad)
        return x * w

    def backward(ctx, g):
        log.append(ctx.needs_input_grad)
        return g, None, None

    make(t, forward, backward).apply(leaf(t), t.ones(2, dtype=t.float64), 3).sum().backward()
    return log


def modes(t):
    log = []

    def forward(ctx, x):
        log.append((t.is_grad_enabled(), x.requires_grad))
        return x * 2

    def backward(ctx, g):
        log.append(t.is_grad_enabled())
        return g

    function = make(t, forward, backward)
    x = leaf(t)
    function.apply(x).sum().backward()
    t.autograd.grad(function.apply(x).sum(), x, create_graph=True)
    with t.no_grad():
        log.append(function.apply(x).requires_grad)
    return log


def with_setup(t):
    log = []

    def setup(ctx, inputs, output):
        log.append((len(inputs), output.requires_grad, ctx.needs_input_grad, t.is_grad_enabled()))
        ctx.save_for_backward(inputs[0], output)

    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * (x + y), None

    x = leaf(t)
    y = make(t, lambda x, n: x * n, backward, setup).apply(x, 3)
    y.sum().backward()
    return log, x.grad


def double(t):
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(x, y, None)
        return y

    def backward(ctx, g):
        x, y, nothing = ctx.saved_tensors
        assert nothing is None
        return g * y + 0 * x

    x = leaf(t)
    y = make(t, forward, backward).apply(x)
    (g,) = t.autograd.grad(y.sum(), x, create_graph=True)
    (h,) = t.autograd.grad(g.sum(), x, create_graph=True)
    (k,) = t.autograd.grad(h.sum(), x)
    return g, h, k


def through_intermediate(t):
    def forward(ctx, x):
        square = x * x
        ctx.save_for_backward(square)
        return square * x

    x = leaf(t)
    y = make(t, forward, lambda ctx, g: g * 3 * ctx.saved_tensors[0]).apply(x)
    (g,) = t.autograd.grad(y.sum(), x, create_graph=True)
    return g, g.requires_grad


def nothing_saved_twice(t):
    x = leaf(t)
    y = make(t, twice, lambda ctx, g: g * 2).apply(x).sum()
    y.backward()
    y.backward()
    return x.grad


def vjp_alone(t):
    x = leaf(t)
    make(t, twice, vjp=lambda ctx, g: g * 4).apply(x).sum().backward()
    return x.grad


def kwargs(t):
    return make(t, lambda ctx, x, n=2: x * n, lambda ctx, g: g).apply(leaf(t), n=3)


def hooks_of_its_node(t):
    log = []
    y = make(t, twice, lambda ctx, g: g * 2).apply(leaf(t))
    y.grad_fn.register_prehook(lambda outputs: log.append(outputs[0].tolist()))
    y.grad_fn.register_hook(lambda inputs, outputs: log.append((inputs[0].tolist(), outputs[0].tolist())))
    y.sum().backward()
    return log


def tangents(t):
    log = []

    def forward(ctx, x, y, n):
        ctx.save_for_forward(x)
        return x * y

    def jvp(ctx, a, b, n):
        log.append(([one.tolist() for one in ctx.saved_tensors], a.tolist(), b.tolist(), n))
        return a * 2

    ad = t.autograd.forward_ad
    with ad.dual_level():
        x = ad.make_dual(t.ones(2), t.full((2,), 3.0))
        return ad.unpack_dual(make(t, forward, jvp=jvp).apply(x, t.ones(2), 3)), log


def instantiated(t):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        make(t, twice)()
    return [(one.category.__name__, "should not be instantiated" in str(one.message)) for one in told]


PROGRAMS = (basic, answers, results, not_differentiable, input_returned, changed_in_place, changed_view, plain_changed, needs, modes,
            with_setup, double, through_intermediate, nothing_saved_twice, vjp_alone, kwargs, hooks_of_its_node, tangents,
            instantiated)  # fmt: skip

ROWS = [
    *(Row(program.__name__, program, grad=False) for program in PROGRAMS),
    Row("missing gradients as zeros", missing_gradients(True), grad=False),
    Row("missing gradients as None", missing_gradients(False), grad=False),
]


def applied(forward, backward=None, start=leaf, **more):
    """Return a program that runs a Function and its backward."""

    def run(t):
        result = make(
            t, lambda ctx, x: forward(t, ctx, x), backward and (lambda ctx, *g: backward(t, ctx, *g)), **more
        ).apply(start(t))
        result.sum().backward()

    return run


def inner(t):
    return leaf(t) * 1


def doubled(t, ctx, x):
    return x * 2


def marked(t, ctx, x):
    x.mul_(2)
    ctx.mark_dirty(x)
    return x


def saving(t, ctx, x):
    ctx.save_for_backward(x)
    return x * 2


def and_written(forward):
    """Return a program that changes what a Function gave in place."""

    def run(t):
        result = make(t, lambda ctx, x: forward(x), lambda ctx, *g: g[0]).apply(inner(t))
        (result[0] if isinstance(result, tuple) else result).add_(1)

    return run


def changed_after_saving(t):
    x = inner(t)
    y = make(t, lambda ctx, x: saving(t, ctx, x), lambda ctx, g: g * ctx.saved_tensors[0]).apply(x)
    x.add_(1)
    y.sum().backward()


def saved_twice(t):
    y = make(t, lambda ctx, x: saving(t, ctx, x), lambda ctx, g: g * ctx.saved_tensors[0]).apply(leaf(t)).sum()
    y.backward()
    y.backward()


def once(t):
    function = t.autograd.function.once_differentiable(lambda ctx, g: g * 2 * ctx.saved_tensors[0])
    x, v = leaf(t), leaf(t)
    y = make(t, lambda ctx, x: saving(t, ctx, x), function).apply(x)
    (g,) = t.autograd.grad(y, x, v, create_graph=True)
    g.sum().backward()


def called(t):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        make(t, twice)()(leaf(t))


def asked_twice(t):
    def backward(ctx, g):
        return g * ctx.saved_tensors[0] * ctx.saved_tensors[0]

    make(t, lambda ctx, x: saving(t, ctx, x), backward, clear_saved_tensors_on_access=True).apply(
        leaf(t)
    ).sum().backward()


def no_tangent_rule(t):
    ad = t.autograd.forward_ad
    with ad.dual_level():
        make(t, twice, lambda ctx, g: g).apply(ad.make_dual(t.ones(2), t.ones(2)))


ERRORS = [
    Error(
        "too few gradients",
        lambda t: gradients_of(t, twice, lambda ctx, g: g, leaf(t), 3),
        "returned an incorrect number of gradients",
    ),
    Error("too many gradients", applied(doubled, lambda t, ctx, g: (g, g)), "(expected 1, got 2)"),
    Error(
        "another shape",
        applied(doubled, lambda t, ctx, g: t.ones(3)),
        "returned an invalid gradient at index 0 - got [3] but",
    ),
    Error(
        "a scalar for a vector",
        applied(doubled, lambda t, ctx, g: t.tensor(1.0)),
        "returned an invalid gradient at index 0",
    ),
    Error("no tensor", applied(doubled, lambda t, ctx, g: 3.0), "expected Variable or None (got float)"),
    Error(
        "for what is no tensor",
        lambda t: gradients_of(t, twice, lambda ctx, g: (g, g), leaf(t), 3),
        "returned a gradient different than None at position 2, but the corresponding forward input was not a Variable",
    ),
    Error("no backward", applied(doubled), "You must implement either the backward or vjp method"),
    Error(
        "no forward",
        lambda t: make(t, None).apply(leaf(t)),
        "You must implement the forward function for custom autograd.Function",
    ),
    Error(
        "both", applied(doubled, lambda t, ctx, g: g, vjp=lambda ctx, g: g), "Implementing both 'backward' and 'vjp'"
    ),
    Error(
        "a number saved",
        applied(lambda t, ctx, x: ctx.save_for_backward(3)),
        "save_for_backward can only save variables",
    ),
    Error(
        "a number marked dirty", applied(lambda t, ctx, x: ctx.mark_dirty(3)), "mark_dirty can only accept variables"
    ),
    Error(
        "a number marked",
        applied(lambda t, ctx, x: ctx.mark_non_differentiable(3)),
        "mark_non_differentiable only accepts variable",
    ),
    Error(
        "a leaf marked dirty",
        applied(marked, lambda t, ctx, g: g),
        "a leaf Variable that requires grad has been used in an in-place",
    ),
    Error(
        "dirty and not returned",
        applied(lambda t, ctx, x: ctx.mark_dirty(x) or x * 1, lambda t, ctx, g: g, start=inner),
        "Some elements marked as dirty during the forward method were not returned as output.",
    ),
    Error("input returned, changed", and_written(lambda x: x), "This view was created inside a custom Function"),
    Error("view returned, changed", and_written(lambda x: x[0:1]), "This view was created inside a custom Function"),
    Error("views returned, changed", and_written(lambda x: (x[0:1], x[1:])), "returns multiple views"),
    Error("saved and changed", changed_after_saving, "modified by an inplace operation"),
    Error("saved and freed", saved_twice, "Trying to backward through the graph a second time"),
    Error("once differentiable", once, "marked with @once_differentiable"),
    Error("saved asked for twice", asked_twice, "saved_tensors can only be accessed once"),
    Error("called", called, "Legacy autograd function with non-static forward method"),
    Error("no jvp", no_tangent_rule, "You must implement the jvp function for custom autograd.Function"),
]


@pytest.mark.parametrize(("row", "backend"), everywhere(ROWS + ERRORS), ids=case_id)
@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")
def test_function(row, backend):
    check(row, backend)
