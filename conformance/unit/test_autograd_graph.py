"""The graph: what backward runs and what it does not, edges, several outputs, batches of cotangents."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from on_backends import backend, double, host, leaf, same  # noqa: F401 - a fixture

import agrad
from agrad import autograd
from agrad.autograd.graph import GradientEdge, Node, get_gradient_edge
from agrad.errors import GradError


def counting(name):
    """Return a product whose rules note that they ran."""
    ran = []

    def first(xp, g, _out, _x, y):
        ran.append("x")
        return g * y

    def second(xp, g, _out, x, _y):
        ran.append("y")
        return g * x

    @agrad.primitive(name=name, vjp=(first, second), promote=True)
    def product(xp, x, y):
        return x * y

    return product, ran


@pytest.mark.usefixtures("backend")
class TestOnEveryBackend:
    def test_gradients_add_up_over_uses_and_calls(self):
        x, w = leaf(), leaf(3.0, 4.0)
        for _ in range(2):
            (x * w + x * x).sum().backward()
        same(x.grad, 2 * (np.array([3.0, 4.0]) + 2 * np.array([1.0, 2.0])))
        same(w.grad, [2.0, 4.0])

    def test_a_gradient_is_its_tensors_own(self):
        x, w = leaf(), leaf()
        (x + w).sum().backward()
        x.grad.mul_(5)
        same(w.grad, [1.0, 1.0])
        same(x.grad, [5.0, 5.0])

    def test_only_wanted_rules_run(self):
        product, ran = counting("test_only_wanted_rules_run")
        x, w = leaf(), leaf()
        autograd.grad(product(x * 1, w * 1).sum(), x)
        assert ran == ["x"]
        product(x * 1, w * 1).sum().backward(inputs=[w])
        assert ran == ["x", "y"] and x.grad is None

    def test_nothing_runs_below_what_is_asked_for(self):
        product, ran = counting("test_nothing_runs_below_what_is_asked_for")
        x = leaf()
        y = product(x, x)
        (g,) = autograd.grad((y * y).sum(), y)
        assert ran == []
        same(g, 2 * host(y))

    def test_several_roots_with_one_graph(self):
        x = leaf()
        y = x * x
        autograd.backward([y.sum(), (y * y).sum()], [None, double(2.0)])
        same(x.grad, 2 * np.array([1.0, 2.0]) + 8 * np.array([1.0, 2.0]) ** 3)

    def test_parts_of_several_outputs(self):
        x = leaf(1.0, 2.0, 3.0)
        a, b, _ = (x * x).unbind(0)
        ga, gx = autograd.grad(a * b, (a, x), create_graph=True)
        same(ga, 4.0)
        same(gx, [8.0, 4.0, 0.0])
        (h,) = autograd.grad(gx.sum(), x)
        same(h, [2 * 4.0 + 4 * 1.0 * 2.0, 2 * 1.0 + 4 * 1.0 * 2.0, 0.0])

    def test_derivatives_through_saved_outputs_reach_the_outputs(self):
        x = double([[3.0, 1.0], [1.0, 2.0]], True)
        values, vectors = agrad.linalg.eigh(x)
        total = (values * values).sum()
        (g,) = autograd.grad(total, x, create_graph=True)
        same(g, 2 * host(x), 1e-9)
        (wrt_values,) = autograd.grad(g.sum(), values, allow_unused=True)
        assert wrt_values is not None and vectors.output_nr == 1

    def test_batched_gradients_are_the_loops(self):
        x, w = leaf(), double([[1.0, 2.0], [3.0, -1.0]], True)
        y = (w @ (x * x)).tanh()
        seeds = double(np.random.default_rng(0).normal(size=(5, 2)))
        many = autograd.grad(y, (x, w), seeds, is_grads_batched=True, retain_graph=True)
        for row in range(5):
            one = autograd.grad(y, (x, w), seeds[row], retain_graph=True)
            for a, b in zip(many, one, strict=True):
                same(a[row], host(b))

    def test_edges_stand_for_tensors(self):
        x = leaf()
        y = x * 3
        edge = get_gradient_edge(y)
        z = (y * y).sum()
        del y
        (g,) = autograd.grad(get_gradient_edge(z), edge, retain_graph=True)
        same(g, 6 * np.array([1.0, 2.0]))
        by_hand = GradientEdge(edge.node, 0)
        (g,) = autograd.grad(z, by_hand)
        same(g, 6 * np.array([1.0, 2.0]))
        assert isinstance(edge.node, Node)

    def test_complex_gradients(self):
        z = agrad.tensor([1 + 2j, -1j], dtype=agrad.complex128, requires_grad=True)
        (z * z.conj()).real.sum().backward()
        np.testing.assert_allclose(host(z.grad), 2 * np.array([1 + 2j, -1j]))


def test_an_edge_by_hand_does_not_tell_its_shape():
    y = leaf() * 2
    with pytest.raises(GradError, match="made by hand"):
        autograd.grad(GradientEdge(y.grad_fn, 0), [GradientEdge(y.grad_fn, 0)])


def test_a_leaf_that_nobody_holds_gets_nothing():
    x, w = leaf(), leaf()
    y = (x * w).sum()
    node = w.grad_fn, y.grad_fn.next_functions[0][0].next_functions[1][0]
    gone = weakref.ref(w)
    del w
    gc.collect()
    assert gone() is None and node[1].variable is None
    y.backward()
    same(x.grad, [1.0, 2.0])


def test_a_recorded_gradient_is_no_cycle():
    x = leaf()
    gc.collect()
    gc.disable()
    try:
        (x**3).sum().backward(create_graph=True)
        assert x.grad.requires_grad
        gone = weakref.ref(x)
        del x
        assert gone() is None
    finally:
        gc.enable()


def test_grad_takes_and_gives_dictionaries():
    x, w = leaf(), leaf()
    found = autograd.grad((x * w).sum(), {"x": x, "w": w})
    assert set(found) == {"x", "w"}
    with pytest.raises(ValueError, match="only_inputs"):
        autograd.grad((x * w).sum(), x, only_inputs=False)


def test_metadata_and_names_of_classes():
    y = leaf() * 2
    y.grad_fn.metadata["note"] = 1
    assert y.grad_fn.metadata == {"note": 1}
    assert type(y.grad_fn).__name__ == "MulBackward0" and repr(y.grad_fn).startswith("<MulBackward0 object at 0x")
    assert type(y.grad_fn.next_functions[0][0]).__name__ == "AccumulateGrad"
