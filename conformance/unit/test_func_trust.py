"""Trust in function transforms, on every backend: nothing of a level outlives it, exceptions leave no level, threads, writes in place."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from on_backends import backend, double, host, same  # noqa: F401 - a fixture
from test_autograd_trust import Trouble, after_all_is_as_it_was, in_threads, raising

import agrad
from agrad import autograd, func
from agrad.autograd import Function, forward_ad, graph
from agrad.engine import levels
from agrad.utils.checkpoint import checkpoint

X = np.array([1.0, 2.0, 3.0])


def pulled(f, x):
    out, pull = func.vjp(f, x)
    return pull(agrad.ones_like(out))


def linearized(f, x):
    _, push = func.linearize(f, x)
    return push(x)


def pair(x):
    return agrad.stack([x, x])


#: every transform, as what is done with a function of a vector that gives a number, and a vector
TRANSFORMS = {
    "grad": lambda f, x: func.grad(f)(x),
    "value_and_grad": lambda f, x: agrad.value_and_grad(f)(x),
    "vjp": pulled,
    "jvp": lambda f, x: func.jvp(f, (x,), (x,)),
    "linearize": linearized,
    "vmap": lambda f, x: func.vmap(f)(pair(x)),
    "vmap in pieces": lambda f, x: func.vmap(f, chunk_size=1)(pair(x)),
    "jacrev": lambda f, x: func.jacrev(f)(x),
    "jacrev in pieces": lambda f, x: func.jacrev(f, chunk_size=1)(x),
    "jacfwd": lambda f, x: func.jacfwd(f)(x),
    "hessian": lambda f, x: func.hessian(f)(x),
    "hvp": lambda f, x: func.hvp(f, (x,), (x,)),
    "per-sample gradients": lambda f, x: func.vmap(func.grad(f))(pair(x)),
    "grad of a batch": lambda f, x: func.grad(lambda b: func.vmap(f)(b).sum())(pair(x)),
    "from outside": lambda f, x: func.grad(f)(x.requires_grad_()).sum().backward(),
    "functional": lambda f, x: autograd.functional.hessian(f, x, vectorize=True),
    "checkpoint": lambda f, x: func.grad(lambda x: checkpoint(f, x))(x),
}


def leaving(kept):
    """Return a function that keeps weak references to all that it makes."""

    def f(x):
        y = x.sin()
        z = y * x
        view = z[:2]
        changed = z.clone()
        changed[0].mul_(2.0)
        out = z.sum() + view.sum() + changed.sum()
        kept.extend(map(weakref.ref, (x, y, z, view, changed, out)))
        return out

    return f


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("name", TRANSFORMS)
def test_nothing_of_a_transform_outlives_it(name):
    run = TRANSFORMS[name]
    run(leaving([]), double(X))
    gc.collect()
    gc.disable()
    try:
        kept = []
        answer = run(leaving(kept), double(X))
        assert kept and not any(reference() is not None for reference in kept)
        del answer
        assert gc.collect() == 0, "reference cycles"
    finally:
        gc.enable()


@pytest.mark.usefixtures("backend")
def test_raw_arrays_leave_nothing_either():
    x = double(X)
    raw = x._options.backend.ensure_array(x._data)
    gc.collect()
    gc.disable()
    try:
        kept = []
        answer = func.grad(leaving(kept))(raw)
        assert type(answer) is type(raw) and not any(reference() is not None for reference in kept)
        assert gc.collect() == 0
    finally:
        gc.enable()


# ---------------------------------------------------------------- exceptions


@agrad.primitive(vjp=lambda xp, g, _out, _x: g, elementwise=True)
def own_failing(xp, x):
    raise Trouble


@agrad.primitive(
    vjp=lambda xp, g, _out, _x: raising(Trouble)(), jvp=lambda xp, t, _out, _x: raising(Trouble)(), elementwise=True
)
def own_failing_rule(xp, x):
    return x * 1


class FailingRules(Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x):
        return x * 1

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass

    backward = staticmethod(raising(Trouble))
    jvp = staticmethod(raising(Trouble))


def failing_hook(x):
    y = x * 1
    if not y.requires_grad:
        raise Trouble
    y.register_hook(raising(Trouble))
    return y


def failing_pack(x):
    with graph.saved_tensors_hooks(raising(Trouble), lambda t: t):
        x.sin()
    raise Trouble  # where nothing is saved


def failing_unpack(x):
    with graph.saved_tensors_hooks(lambda t: t, raising(Trouble)):
        return x.sin()


def failing_write(x):
    y = x * 1
    y[0].mul_(2)
    y[:2].mul_(double(np.ones(7)))
    return y


def failing_modes(x):
    with agrad.no_grad(), agrad.inference_mode():
        raise Trouble


#: what raises; whether it does so in every transform, or only where something is differentiated
FAILURES = {
    "an operation": (own_failing, True),
    "a rule": (own_failing_rule, False),
    "a Function's rules": (FailingRules.apply, False),
    "a hook": (failing_hook, True),
    "packing": (failing_pack, True),
    "unpacking": (failing_unpack, False),
    "a write": (failing_write, True),
    "modes": (failing_modes, True),
}
OUTER = ("grad", "vjp", "jvp", "linearize", "vmap", "vmap in pieces", "jacrev", "jacfwd", "hessian")


def total(tree):
    return sum(total(part) for part in tree) if isinstance(tree, tuple) else tree.sum()


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("inner", [None, "grad", "jvp", "vmap", "linearize", "hessian"])
@pytest.mark.parametrize("outer", OUTER)
def test_an_exception_leaves_no_level(outer, inner):
    for name, (fails, always) in FAILURES.items():
        f = lambda x, fails=fails: (fails(x.sin()) * x).sum()
        within = f if inner is None else lambda x, f=f: total(TRANSFORMS[inner](f, x))
        x = double(X)
        try:
            TRANSFORMS[outer](within, x)
            raised = False
        except (Trouble, RuntimeError) as error:
            raised = isinstance(error, Trouble) or name in ("a write", "a hook") or "vmap" in str(error)
        assert raised or not always, f"{name} raised nothing"
        assert levels.depth() == 0
        assert x._version == 0 and not x.requires_grad
        same(x, X)
    after_all_is_as_it_was()


def test_a_dual_level_that_a_transform_leaves_behind():
    def f(x):
        forward_ad.enter_dual_level()
        forward_ad.make_dual(x, x)
        raise KeyError

    x = double(X)
    with pytest.raises(KeyError):
        func.grad(f)(x)
    assert levels.depth() == 0
    same(func.grad(lambda x: (x * x).sum())(x), 2 * X)
    with forward_ad.dual_level():
        same(forward_ad.unpack_dual(forward_ad.make_dual(x, x) * 2).tangent, 2 * X)
    same(x, X)


def test_captured_tensors_have_their_contents_after_an_exception():
    held, plain = double(X), double(np.zeros(3))

    def f(x):
        held.mul_(x)
        plain[1:] += x[:2]
        raise Trouble

    for transform in (func.grad, lambda f: lambda x: func.jvp(f, (x,), (x,))):
        with pytest.raises(Trouble):
            transform(f)(double(X))
        same(held, X)
        same(plain, np.zeros(3))
        assert not held.requires_grad and held._options.backend.level == 0


# ---------------------------------------------------------------- threads


def test_transforms_of_several_threads():
    def f(x):
        y = x * 1
        y[:2].mul_(x[1:])
        return (y.sin() * x).sum()

    one = double(X)
    wanted = {name: host(total(answer)) for name, answer in ((n, TRANSFORMS[n](f, one)) for n in OUTER)}

    def work(index):
        for _ in range(3):
            for name in OUTER[index:] + OUTER[:index]:
                np.testing.assert_array_equal(host(total(TRANSFORMS[name](f, double(X)))), wanted[name])
            assert levels.depth() == 0

    in_threads(4, work)


# ---------------------------------------------------------------- writes in place


def changed(x):
    """Write through views, with operands that are views, one of them not touched between two writes."""
    y = x * 1
    v = y[:2]
    y.mul_(2)
    y[1:].sin_()
    v.mul_(x[1:])
    y.sub_(x, alpha=2)
    y[0] = y[2].clone() * x[1]
    return (y * v.sum()).sum()


def unchanged(x):
    """The same without a write."""
    y = x * 2
    y = agrad.cat([y[:1], y[1:].sin()])
    y = agrad.cat([y[:2] * x[1:], y[2:]])
    y = y - 2 * x
    y = agrad.cat([(y[2] * x[1]).reshape(1), y[1:]])
    return (y * y[:2].sum()).sum()


ORDERS = {
    "once": lambda f: func.grad(f),
    "twice": lambda f: func.hessian(f),
    "twice, in reverse": lambda f: func.jacrev(func.jacrev(f)),
    "twice, reverse outside": lambda f: func.jacrev(func.jacfwd(f)),
    "reverse over forward": lambda f: func.grad(lambda x: func.jvp(f, (x,), (x.cos(),))[1]),
    "three times": lambda f: func.grad(lambda x: func.hessian(f)(x).sum()),
    "vmap": lambda f: lambda x: func.vmap(f)(agrad.stack([x, x + 1])),
    "vmap of grad": lambda f: lambda x: func.vmap(func.grad(f))(agrad.stack([x, x + 1])),
    "grad of vmap": lambda f: func.grad(lambda x: func.vmap(f)(agrad.stack([x, x + 1])).sum()),
    "jvp of vmap": lambda f: lambda x: func.jvp(lambda x: func.vmap(f)(agrad.stack([x, x + 1])), (x,), (x,))[1],
    "vmap of hessian": lambda f: lambda x: func.vmap(func.hessian(f))(agrad.stack([x, x + 1])),
    "vmap of grad of vmap": lambda f: (
        lambda x: func.vmap(func.grad(lambda x: func.vmap(f)(agrad.stack([x, x * 2])).sum()))(agrad.stack([x, x + 1]))
    ),
}


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("order", ORDERS)
def test_writes_are_differentiated(order):
    same(ORDERS[order](changed)(double(X)), host(ORDERS[order](unchanged)(double(X))), 1e-9)


@pytest.mark.usefixtures("backend")
def test_writes_are_differentiated_from_outside():
    for order in ("once", "reverse over forward", "vmap", "jvp of vmap"):
        answers = []
        for f in (changed, unchanged):
            x = double(X, True)
            ORDERS[order](f)(x).sum().backward()
            answers.append(host(x.grad))
        np.testing.assert_allclose(*answers, rtol=1e-9, err_msg=order)
