"""Version counters against PyTorch: which changes in place a backward refuses, and which it does not mind."""

from __future__ import annotations

import numpy as np
import pytest
from oracle import Error, Row, case_id, check, everywhere, floats

V, W = floats(3, low=0.2, high=0.9), floats(3, low=0.2, high=0.9, seed=1)
M, N = floats(3, 3, low=0.2, high=0.9), floats(3, 3, low=0.2, high=0.9, seed=1)


def refused(run, count):
    """Return a program that tells, for each input and for the result, whether backward refuses a change of it made afterwards."""

    def program(t, *arrays):
        told = []
        for which in range(count + 1):
            copies = [array.clone() for array in arrays]
            result = run(t, *copies)
            try:
                (result if which == count else copies[which]).add_(0.0)
                result.backward(t.ones_like(result))
                told.append("fine")
            except RuntimeError as error:
                told.append("refused" if "modified by an inplace operation" in str(error) else type(error).__name__)
        return told

    return program


def row(title, run, *inputs):
    return Row(title, refused(run, len(inputs)), inputs)


# fmt: off
UNARY = ("neg", "abs", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "rsqrt", "square", "reciprocal", "sin", "cos",
         "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "atanh", "sigmoid", "relu", "floor", "ceil", "round", "trunc",
         "frac", "sign", "erf", "erfc", "lgamma", "digamma", "logit", "deg2rad", "rad2deg", "clone_", "tril", "triu")
BINARY = ("add", "sub", "mul", "div", "pow", "maximum", "minimum", "fmod", "remainder", "atan2", "hypot", "logaddexp", "fmax", "fmin",
          "copysign", "dot")
# fmt: on

SAVED = [
    *(row(name, lambda t, x, name=name: getattr(t, name)(x), M) for name in UNARY if name != "clone_"),
    *(row(name, lambda t, x, y, name=name: getattr(t, name)(x, y), V, W) for name in BINARY),
    row("x + 2", lambda t, x: x + 2, V),
    row("x * 2", lambda t, x: x * 2, V),
    row("x / 2", lambda t, x: x / 2, V),
    row("x ** 2", lambda t, x: x**2, V),
    row("2 ** x", lambda t, x: 2**x, V),
    row("2 - x", lambda t, x: 2 - x, V),
    row("mm", lambda t, x, y: x @ y, M, N),
    row("mv", lambda t, x, y: x @ y, M, V),
    row("sum", lambda t, x: x.sum(), M),
    row("clone", lambda t, x: x.clone(), V),
    row("where", lambda t, x, y: t.where(t.tensor([True, False, True]), x, y), V, W),
    row("cat", lambda t, x, y: t.cat([x, y]), V, W),
    row("softmax", lambda t, x: x.softmax(0), V),
    row("log_softmax", lambda t, x: x.log_softmax(0), V),
    row("addcmul", lambda t, a, x, y: t.addcmul(a, x, y), V, W, V),
    row("lerp", lambda t, x, y: t.lerp(x, y, 0.5), V, W),
    row("clamp", lambda t, x: x.clamp(0.3, 0.6), V),
    row("index", lambda t, x: x[[0, 2]], V),
    row("flip", lambda t, x: x.flip(0), V),
    row("constant factor", lambda t, x: x * t.ones(3, dtype=t.float64), V),
]


def leaf(t, *values):
    return t.tensor(list(values) or [1.0, 2.0], dtype=t.float64, requires_grad=True)


def others_in_place(t):
    """Operands of writes themselves: what mul_ saves of its own tensor is the value before."""
    x, w = leaf(t), leaf(t, 3.0, 4.0)
    y = x * 1
    y.mul_(w)
    y.sin_()
    y.pow_(2)
    y.div_(w)
    y.exp_()
    y.sum().backward()
    return x.grad, w.grad


def through_views(t):
    x, w = leaf(t, 1.0, 2.0, 3.0, 4.0), leaf(t, 3.0, 4.0)
    y = x * 1
    y[:2].mul_(w)
    y[1:3].sin_()
    y.view(2, 2)[:, 0].pow_(2)
    y.sum().backward()
    return x.grad, w.grad, y


def data_is_not_noticed(t):
    x = leaf(t)
    y = x * 1
    z = (y * y).sum()
    y.data.zero_()
    z.backward()
    return y, y._version


def versions(t):
    x = t.zeros(4)
    log = [x._version]
    x.add_(1)
    v = x[:2]
    log += [x._version, v._version]
    v.mul_(2)
    x[0] = 3
    d = x.detach()
    d.add_(1)
    log += [x._version, v._version, d._version, x.data._version, x.clone()._version, x._version]
    t.autograd.graph.increment_version([x, x])
    return log, x._version


def detached_operand(t):
    x = leaf(t)
    y = x * 1
    y.add_(y.detach() * 2)
    y.sum().backward()
    return x.grad


def changed_before_and_after(t):
    x = leaf(t)
    y = x * 1
    y.add_(1)
    z = y * 3
    y.add_(1)
    (z + y).sum().backward()
    return x.grad


def optimizer_steps(t):
    x = leaf(t)
    for _ in range(3):
        (x * x).sum().backward()
        with t.no_grad():
            x -= 0.1 * x.grad
        x.grad.zero_()
    return x, x._version, x.is_leaf


ROWS = [
    Row(program.__name__, program, grad=False)
    for program in (others_in_place, through_views, versions, detached_operand, changed_before_and_after, optimizer_steps)
] + [
    Row(
        "data_is_not_noticed", data_is_not_noticed, grad=False, backends=("numpy",),
        why="JAX's arrays are immutable: what the graph saved of one stays right, and its gradient is the one of before",
    )
]  # fmt: skip


def times_itself(t):
    y = leaf(t) * 1
    y.mul_(y)
    y.sum().backward()


def saved_then(change):
    """Return a program that saves y, changes it, and runs backward."""

    def run(t):
        y = leaf(t) * 1
        z = (y * y).sum()
        change(t, y)
        z.backward()

    return run


def change_of_a_parameter(t):
    x = leaf(t)
    y = (x * x).sum()
    with t.no_grad():
        x.add_(1)
    y.backward()


def second_backward_after_a_step(t):
    x = leaf(t)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    with t.no_grad():
        x.add_(1)
    y.backward()


MODIFIED = "one of the variables needed for gradient computation has been modified by an inplace operation"

ERRORS = [
    Error("y *= y", times_itself, MODIFIED),
    Error("y += 1", saved_then(lambda t, y: y.add_(1)), MODIFIED),
    Error("versions are told", saved_then(lambda t, y: y.add_(1)), "is at version 1; expected version 0 instead"),
    Error(
        "changed three times",
        saved_then(lambda t, y: [y.add_(1) for _ in range(3)]),
        "is at version 3; expected version 0",
    ),
    Error("whose it is", saved_then(lambda t, y: y.add_(1)), "FloatTensor [2]], which is output 0 of"[5:]),
    Error("y[0] = 1", saved_then(lambda t, y: y.__setitem__(0, 1.0)), MODIFIED),
    Error("a view", saved_then(lambda t, y: y[:1].add_(1)), MODIFIED),
    Error("a view of a view", saved_then(lambda t, y: y.view(1, 2)[0, :1].add_(1)), MODIFIED),
    Error("a detached alias", saved_then(lambda t, y: y.detach().add_(1)), MODIFIED),
    Error("under no_grad", saved_then(lambda t, y: t.no_grad()(y.add_)(1)), MODIFIED),
    Error("out=", saved_then(lambda t, y: t.no_grad()(t.add)(y, 1, out=y)), MODIFIED),
    Error("increment_version", saved_then(lambda t, y: t.autograd.graph.increment_version(y)), MODIFIED),
    Error("a parameter's step", change_of_a_parameter, MODIFIED),
    Error("a second backward after a step", second_backward_after_a_step, MODIFIED),
    Error(
        "a hint", saved_then(lambda t, y: y.add_(1)), "Hint: enable anomaly detection to find the operation that failed"
    ),
    Error(
        "a leaf", lambda t: leaf(t).add_(1), "a leaf Variable that requires grad is being used in an in-place operation"
    ),
    Error(
        "a view of a leaf",
        lambda t: leaf(t)[:1].add_(1),
        "a view of a leaf Variable that requires grad is being used in",
    ),
    Error("one of several views", lambda t: (leaf(t) * 1).unbind(0)[0].add_(1), "returns multiple views"),
    Error(
        "an expanded one",
        lambda t: t.ones(1).expand(3).add_(1),
        "more than one element of the written-to tensor refers to a single",
    ),
]


@pytest.mark.parametrize(("row", "backend"), everywhere(SAVED + ROWS + ERRORS), ids=case_id)
def test_inplace(row, backend):
    check(row, backend)


def test_arrays_are_as_given():
    """The table's inputs are away from the kinks of their functions."""
    assert all(np.all((array > 0) & (array < 1)) for array in (V, W, M, N))
