"""Nodes called as functions, what Functions see of their arguments, and small things people look at."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from oracle import Row, case_id, check, everywhere

import agrad

M = [[1.0, 2.0], [3.0, 4.0]]


def leaf(t, values=(1.0, 2.0)):
    return t.tensor(list(values), dtype=t.float64, requires_grad=True)


def matrix(t):
    return t.tensor(M, dtype=t.float64, requires_grad=True)


def one(t):
    return t.ones((), dtype=t.float64)


def twos(t):
    return t.full((2,), 2.0, dtype=t.float64)


def called(make, *cotangents):
    def run(t):
        found = make(t).grad_fn(*(cotangent(t) for cotangent in cotangents))
        return list(found) if isinstance(found, tuple) else found

    return run


def recorded(t):
    x = leaf(t)
    found = (x * x * x).grad_fn(twos(t))
    return [one for g in found for one in (g, *t.autograd.grad(g.sum(), x, retain_graph=True))]


def of_a_leaf(t):
    x = leaf(t)
    node = (x * 2).grad_fn.next_functions[0][0]
    node(twos(t))
    node(twos(t))
    return x.grad


def with_defaults(t, *args, **kwargs):
    seen = []

    class Scaled(t.autograd.Function):
        @staticmethod
        def forward(x, a=2.0, b=None):
            return x * a

        @staticmethod
        def setup_context(ctx, inputs, output):
            seen.append([len(inputs), *inputs[1:]])
            ctx.a = inputs[1]

        @staticmethod
        def backward(ctx, g):
            return g * ctx.a, None, None

    x = leaf(t)
    Scaled.apply(x, *args, **kwargs).sum().backward()
    return [seen, x.grad]


def old_style(t, **kwargs):
    class Scaled(t.autograd.Function):
        @staticmethod
        def forward(ctx, x, a=2.0):
            ctx.a = a
            ctx.needs = ctx.needs_input_grad
            return x * a

        @staticmethod
        def backward(ctx, g):
            return (g * ctx.a, None)[: len(ctx.needs)]

    x = leaf(t)
    y = Scaled.apply(x, **kwargs)
    y.sum().backward()
    return x.grad


def missing_gradients(t):
    seen = []

    class Two(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1, x * 2

        @staticmethod
        def backward(ctx, a, b):
            seen.append([a.requires_grad, b.requires_grad, b.sum().item()])
            return a + 2 * b

    x = leaf(t)
    y, _ = Two.apply(x)
    (g,) = t.autograd.grad((y * y).sum(), x, create_graph=True)
    return [seen, g, g.requires_grad]


def second_derivative(function):
    def run(t):
        x = leaf(t, (-1.0, 2.0))
        (g,) = t.autograd.grad(function(t, x).sum(), x, create_graph=True)
        (h,) = t.autograd.grad(g.sum(), x)
        return [g, h]

    return run


ROWS = [
    Row("a product", called(lambda t: leaf(t) * twos(t), twos)),
    Row("a product of two leaves", called(lambda t: leaf(t) * leaf(t, (3.0, 4.0)), twos)),
    Row("with a number", called(lambda t: leaf(t) * 2, twos)),
    Row("a function", called(lambda t: t.exp(leaf(t)), twos)),
    Row("a sum", called(lambda t: leaf(t).sum(), one)),
    Row("a power", called(lambda t: leaf(t) ** 3, twos)),
    Row("a matrix product", called(lambda t: t.mm(matrix(t), t.tensor(M, dtype=t.float64)), lambda t: t.tensor(M, dtype=t.float64))),
    Row("a maximum of several outputs", called(lambda t: t.max(leaf(t), 0)[0], one)),
    Row("an index", called(lambda t: leaf(t)[0], one)),
    Row("a view", called(lambda t: leaf(t).view(2, 1), lambda t: t.ones(2, 1, dtype=t.float64))),
    Row("its result is recorded", recorded),
    Row("a leaf's adds to the gradient", of_a_leaf),
    Row("a Function's defaults", lambda t: with_defaults(t)),
    Row("a Function's keyword", lambda t: with_defaults(t, a=3.0)),
    Row("a Function's arguments by place and name", lambda t: with_defaults(t, 4.0, b="note")),
    Row("an old Function's default", old_style),
    Row("an old Function's keyword", lambda t: old_style(t, a=3.0)),
    Row("gradients that are missing", missing_gradients),
    Row("the exponent that a node kept", lambda t: [(leaf(t) ** 3).grad_fn._saved_exponent, (leaf(t) ** 0.5).grad_fn._saved_exponent]),
    Row("the base that a node kept", lambda t: (2 ** leaf(t)).grad_fn._saved_self),
    Row("array priority", lambda t: t.ones(1).__array_priority__),
    Row("names of classes", lambda t: [type(t.float32).__name__, type(t.device("cpu")).__name__]),
]  # fmt: skip


@pytest.mark.parametrize(("row", "backend"), everywhere(ROWS), ids=case_id)
def test_rows(row, backend):
    check(row, backend)


def test_tensor_of_an_array_shares_it():
    """As PyTorch's does, where the dtype is the type's own."""
    for t in (torch, agrad):
        array = np.ones(2, np.float32)
        shared, copied = t.Tensor(array), t.DoubleTensor(array)
        array[0] = 5
        assert shared.tolist() == [5.0, 1.0]
        assert copied.tolist() == [1.0, 1.0]


def test_a_node_wants_its_own_number_of_cotangents():
    x = leaf(agrad)
    with pytest.raises(RuntimeError, match="1 outputs; received 2"):
        (x * 2).grad_fn(twos(agrad), twos(agrad))
    y = x * x
    y.sum().backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.grad_fn(twos(agrad))


def test_gradcheck_has_its_own_path():
    from agrad.autograd.gradcheck import GradcheckError

    assert agrad.autograd.gradcheck is agrad.testing.gradcheck
    assert issubclass(GradcheckError, RuntimeError)
