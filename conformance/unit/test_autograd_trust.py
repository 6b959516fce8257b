"""Trust: threads, exceptions anywhere, no cycles, no growth, deep and wide graphs.

The longest loops run a part of their length here; AGRAD_LONG=1 runs them whole.
"""

from __future__ import annotations

import gc
import math
import os
import sys
import threading
import warnings

import numpy as np
import pytest
from on_backends import backend, double, host, leaf, same  # noqa: F401 - a fixture

import agrad
from agrad import autograd
from agrad.engine.modes import state
from agrad.engine.versions import log
from agrad.utils.checkpoint import checkpoint

LONG = bool(os.environ.get("AGRAD_LONG"))


# ---------------------------------------------------------------- threads


def in_threads(count, work):
    """Run `work(index)` in several threads at once and raise what any of them raised."""
    failures = []
    barrier = threading.Barrier(count)

    def run(index):
        try:
            barrier.wait(10)
            work(index)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for one in threads:
            one.start()
        for one in threads:
            one.join(60)
    finally:
        sys.setswitchinterval(interval)
    assert not any(one.is_alive() for one in threads)
    if failures:
        raise failures[0]


@pytest.mark.usefixtures("backend")
def test_gradients_from_threads_add_up():
    x = leaf()
    rounds = 50

    def work(index):
        for _ in range(rounds):
            (x.exp() * x).sum().backward()

    in_threads(4, work)
    same(x.grad, 4 * rounds * np.exp([1.0, 2.0]) * [2.0, 3.0], 1e-9)


@pytest.mark.usefixtures("backend")
def test_one_graph_from_several_threads():
    x = leaf()
    shared = (x.exp() * x).sin()
    total = shared.sum()
    (wanted,) = autograd.grad(total, x, retain_graph=True)
    answers = []

    def work(index):
        for _ in range(20):
            answers.append(host(autograd.grad(total, x, retain_graph=True)[0]))
            (g,) = autograd.grad(total, x, create_graph=True)
            answers.append(host(g))

    in_threads(4, work)
    assert len(answers) == 160
    for answer in answers:
        np.testing.assert_array_equal(answer, host(wanted))


@pytest.mark.usefixtures("backend")
def test_a_graph_freed_by_one_thread_is_told_to_the_others():
    for _ in range(30):
        x = leaf()
        total = (x.exp() * x).sin().sum()
        told = []

        def work(index, total=total, told=told):
            try:
                total.backward()
                told.append("done")
            except RuntimeError as error:
                assert "second time" in str(error)
                told.append("freed")

        in_threads(3, work)
        assert "done" in told or told.count("freed") == 3


@pytest.mark.usefixtures("backend")
def test_hooks_and_modes_of_one_thread_are_not_the_others():
    x = leaf()
    packed = []

    def work(index):
        for _ in range(20):
            if index == 0:
                with autograd.graph.saved_tensors_hooks(
                    lambda t: packed.append(threading.get_ident()) or t, lambda t: t
                ):
                    y = x.exp().sum()
            elif index == 1:
                with agrad.no_grad():
                    assert not x.exp().requires_grad
                y = x.exp().sum()
            else:
                y = checkpoint(lambda x: x.exp(), x).sum()
            autograd.grad(y, x)

    in_threads(3, work)
    assert len(set(packed)) == 1 and len(packed) == 20


# ---------------------------------------------------------------- exceptions


class Trouble(BaseException):
    """Something that nobody expects, as KeyboardInterrupt is."""


def after_all_is_as_it_was():
    """Check that the engine works and that no mode is left on."""
    assert agrad.is_grad_enabled() and not agrad.is_inference_mode_enabled() and state.special == 0
    x, w = leaf(), leaf(3.0, 4.0)
    y = (x * w).exp() * x
    autograd.grad(y.sum(), (x, w), create_graph=True)
    y.sum().backward()
    same(x.grad, np.exp([3.0, 8.0]) * (1 + np.array([3.0, 8.0])))


def rule_that_raises(kind):
    class Raises(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            raise kind

    return Raises.apply


def forward_that_raises(kind):
    class Raises(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x * 2
            raise kind

    return Raises.apply


def raising(kind):
    def hook(*_):
        raise kind

    return hook


def hooked(register):
    def run(kind):
        x = leaf()
        y = x * x
        register(x, y, raising(kind))
        (y * y + x).sum().backward()

    return run


def in_pack(kind):
    with autograd.graph.saved_tensors_hooks(raising(kind), lambda t: t):
        leaf().exp()


def in_unpack(kind):
    with autograd.graph.saved_tensors_hooks(lambda t: t, raising(kind)):
        y = leaf().exp().sum()
    y.backward()


def in_recomputation(kind):
    runs = iter((lambda x: x.exp(), raising(kind)))
    checkpoint(lambda x: next(runs)(x), leaf()).sum().backward()


def in_transforms(kind):
    agrad.func.vmap(agrad.func.grad(agrad.func.grad(raising(kind))))(double([1.0, 2.0]))


def in_duals(kind):
    with autograd.forward_ad.dual_level():
        autograd.forward_ad.make_dual(double([1.0]), double([1.0])) * 2
        raise kind


def in_place(kind):
    x = leaf()
    y = x * 1
    before = y._version
    try:
        agrad.engine.inplace.apply_inplace(y, raising(kind))
    finally:
        assert y._version == before and y.grad_fn.name() == "MulBackward0"
        same(y, [1.0, 2.0])


PLACES = {
    "a rule": lambda kind: rule_that_raises(kind)(leaf() * 2).sum().backward(),
    "a rule, recorded": lambda kind: (
        lambda x: autograd.grad(rule_that_raises(kind)(x * x).sum(), x, create_graph=True)
    )(leaf()),
    "forward": lambda kind: forward_that_raises(kind)(leaf()),
    "a tensor hook": hooked(lambda x, y, hook: y.register_hook(hook)),
    "a leaf's hook": hooked(lambda x, y, hook: x.register_hook(hook)),
    "a pre-hook": hooked(lambda x, y, hook: y.grad_fn.register_prehook(hook)),
    "a post-hook": hooked(lambda x, y, hook: y.grad_fn.register_hook(hook)),
    "an accumulation hook": hooked(lambda x, y, hook: x.register_post_accumulate_grad_hook(hook)),
    "packing": in_pack,
    "unpacking": in_unpack,
    "a second run": in_recomputation,
    "transforms": in_transforms,
    "duals": in_duals,
    "a change in place": in_place,
}


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("kind", [ValueError, Trouble])
@pytest.mark.parametrize("place", PLACES)
def test_an_exception_leaves_all_usable(place, kind):
    with pytest.raises(kind):
        PLACES[place](kind("on purpose"))
    after_all_is_as_it_was()


@pytest.mark.usefixtures("backend")
def test_after_an_exception_the_same_graph_can_be_gone_through():
    x = leaf()
    y = x.exp()
    z = (y * y + y.sin()).sum()
    for kind in (ValueError, Trouble):
        handle = y.register_hook(raising(kind))
        with pytest.raises(kind):
            z.backward(retain_graph=True)
        handle.remove()
    assert x.grad is None
    z.backward()
    e = np.exp([1.0, 2.0])
    same(x.grad, e * (2 * e + np.cos(e)))


# ---------------------------------------------------------------- cycles and growth


def step(x, w):
    """Do a bit of everything that leaves a graph behind."""
    y = (x @ w).tanh()
    y.register_hook(lambda g: None)
    y.retain_grad()
    a, b = y.unbind(0)
    z = checkpoint(lambda v: v.exp() * v, y) + a * b
    v = z.clone()
    v[0].mul_(2.0)
    v.sum().backward(retain_graph=True)
    (g,) = autograd.grad(z.sum(), x, create_graph=True)
    (g * g).sum().backward()
    with agrad.no_grad():
        x.sub_(1e-3 * x.grad)
    x.grad = w.grad = None
    agrad.func.hessian(lambda x: (x**3).sum())(double([1.0, 2.0]))


@pytest.mark.usefixtures("backend")
def test_no_reference_cycles():
    x, w = leaf(), double([[0.5, -1.0], [0.2, 0.25]], True)
    step(x, w)
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            step(x, w)
        garbage = gc.collect()
    finally:
        gc.enable()
    assert garbage == 0


def grown(steps, step):
    """Run a step many times and return how many objects more there are afterwards than after a few, and how many entries of the log."""
    for _ in range(5):
        step()
    gc.collect()
    before = len(gc.get_objects()), len(log.entries)
    for _ in range(steps):
        step()
    gc.collect()
    return len(gc.get_objects()) - before[0], len(log.entries) - before[1]


@pytest.mark.usefixtures("backend")
def test_no_growth():
    x, w = leaf(), double([[0.5, -1.0], [0.2, 0.25]], True)
    assert max(grown(10_000 if LONG else 60, lambda: step(x, w))) <= 20


@pytest.mark.usefixtures("backend")
def test_no_growth_of_what_is_written_through_views():
    """The parameter and its views live on; every step writes to both, and one view is never looked at."""
    x = leaf(1.0, 2.0, 3.0)
    with agrad.no_grad():
        buffer = x.clone()
        views = [buffer[:2], buffer[1:], buffer.reshape(3, 1)]
        own = x.detach()

    def step():
        (x * x).sum().backward()
        with agrad.no_grad():
            x.sub_(x.grad, alpha=1e-6)
            own.mul_(1.0)
            buffer.add_(x)
            views[0].mul_(0.5)
            views[1][0] = 1.0
        x.grad = None

    assert max(grown(10_000 if LONG else 200, step)) <= 20
    for shared in (x, buffer):
        assert len(shared._extra.storage.members) <= 40 and len(shared._extra.storage.given) <= 40


def test_a_hundred_thousand_steps_of_a_parameter():
    x = leaf()

    def step():
        (x * x).sum().backward()
        with agrad.no_grad():
            x.sub_(x.grad, alpha=1e-6)
        x.grad.zero_()

    assert max(grown(100_000, step)) <= 20
    assert x._version == 100_005


@pytest.mark.usefixtures("backend")
def test_no_growth_under_transforms():
    x = double([1.0, 2.0])
    w = leaf()

    def step():
        agrad.func.vmap(agrad.func.grad(lambda a: (a.sin() * w).sum()))(agrad.stack([x, x])).sum().backward()
        agrad.func.jacfwd(agrad.func.jacrev(lambda a: (a**3).sum()))(x)
        agrad.func.linearize(lambda a: a * a, x)[1](x)
        with autograd.forward_ad.dual_level():
            autograd.forward_ad.unpack_dual(autograd.forward_ad.make_dual(x, x) * 2)
        w.grad = None

    assert max(grown(10_000 if LONG else 30, step)) <= 20


# ---------------------------------------------------------------- deep and wide


def test_deep():
    x = leaf(1.0)
    y = x
    for _ in range(100_000):
        y = y * 1.0
    y.backward()
    same(x.grad, [1.0])
    (g,) = autograd.grad(deep := x * 1.0, x, create_graph=True)
    for _ in range(20_000):
        deep = deep + g
    autograd.grad(deep, x)
    del y, deep, g  # freed without recursion


@pytest.mark.usefixtures("backend")
def test_deep_through_every_kind_of_node():
    x = leaf()
    y = x
    for _ in range(1000):
        y = agrad.stack([y, y]).unbind(0)[1].reshape(2).exp().log()
        y = y.clone()
        y[0] = y[1] * 1.0
    y.sum().backward()
    same(x.grad, [0.0, 2.0], 1e-9)


def test_wide():
    x = leaf(1.0, 2.0)
    total = sum((x * float(i) for i in range(5000)), start=double([0.0, 0.0]))
    agrad.stack([total, *(x * 1.0 for _ in range(2000))]).sum().backward()
    same(x.grad, [sum(range(5000)) + 2000.0] * 2)


@pytest.mark.usefixtures("backend")
def test_a_diamond_of_diamonds_runs_each_rule_once():
    ran = []

    class Counted(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            ran.append(1)
            return g

    x = leaf(1.0)
    y = x
    for _ in range(40):
        y = Counted.apply(y + y)  # two to the fortieth paths
    y.backward()
    assert len(ran) == 40
    same(x.grad, [2.0**40])


@pytest.mark.parametrize("name", ["numpy", "jax"])
def test_backward_says_nothing_of_infinite_derivatives(name):
    with agrad.use_backend(name), warnings.catch_warnings():
        warnings.simplefilter("error")
        x = agrad.tensor([0.0, 4.0], requires_grad=True)
        (x.sqrt() + x**0.5).sum().backward()
        assert x.grad.tolist() == [math.inf, 0.5]
        assert agrad.grad(lambda x: agrad.log(x).sum())(agrad.tensor([4.0])).tolist() == [0.25]
