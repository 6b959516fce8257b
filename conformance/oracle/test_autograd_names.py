"""The graph in the open: for every operation, what PyTorch calls its node and to which nodes its edges lead."""

from __future__ import annotations

import numpy as np
import pytest
from oracle import Row, case_id, check, everywhere, floats

V, W = floats(3, low=0.2, high=0.9), floats(3, low=0.2, high=0.9, seed=1)
M, N = floats(3, 3, low=0.2, high=0.9), floats(3, 3, low=0.2, high=0.9, seed=1)
B = floats(2, 3, 3, low=0.2, high=0.9)


def nodes(result):
    """Return the class's name of each result's node, with the edges: (name, output number)."""
    if isinstance(result, (tuple, list)):
        return [nodes(part) for part in result]
    node = result.grad_fn
    if node is None:
        return None
    assert node.name().rpartition("::")[2] == type(node).__name__
    return (type(node).__name__, [(None if to is None else type(to).__name__, nr) for to, nr in node.next_functions])


def name(result):
    """Return the names alone, for functions that are several operations here or there."""
    if isinstance(result, (tuple, list)):
        return [name(part) for part in result]
    return None if result.grad_fn is None else type(result.grad_fn).__name__


def row(title, run, *inputs):
    return Row(title, lambda t, *xs: nodes(run(t, *xs)), inputs)


def named(title, run, *inputs):
    return Row(title, lambda t, *xs: name(run(t, *xs)), inputs)


def function(title, x=V):
    return row(title, lambda t, x: getattr(t, title)(x), x)


def changed(run):
    """Return what `run` makes of a copy of its first tensor, in place."""

    def call(t, x, *others):
        y = x * 1
        run(t, y, *others)
        return y

    return call


def view_of_changed(t, x):
    y = x * 1
    view = y[0]
    view.add_(1)
    return view


# fmt: off
UNARY = ("neg", "abs", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "rsqrt", "square", "reciprocal", "sin", "cos",
         "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "atanh", "sigmoid", "relu", "floor", "ceil", "round", "trunc",
         "frac", "sign", "erf", "erfc", "erfinv", "lgamma", "digamma", "sinc", "logit", "nan_to_num", "positive", "deg2rad", "rad2deg",
         "i0")
BINARY = ("add", "sub", "mul", "div", "pow", "maximum", "minimum", "fmod", "remainder", "atan2", "hypot", "logaddexp", "logaddexp2",
          "fmax", "fmin", "xlogy", "copysign", "dot", "cat", "stack", "hstack")
WHOLE = ("sum", "mean", "prod", "std", "var", "max", "min", "amax", "amin", "median")
ALONG = (*WHOLE, "logsumexp", "cumsum", "cumprod", "logcumsumexp", "cummax", "cummin", "sort", "mode", "softmax")
# fmt: on


def binary(title):
    if title in ("cat", "stack", "hstack"):
        return row(title, lambda t, x, y: getattr(t, title)([x, y]), V, W)
    return row(title, lambda t, x, y: getattr(t, title)(x, y), V, W)


ROWS = [
    *(function(one) for one in UNARY),
    *(binary(one) for one in BINARY),
    *(row(one, lambda t, x, one=one: getattr(x, one)(), M) for one in WHOLE),
    *(row(f"{one} dim", lambda t, x, one=one: getattr(x, one)(0), M) for one in ALONG),
    row("norm", lambda t, x: x.norm(), M),
    row("norm dim", lambda t, x: x.norm(dim=0), M),
    row("sum dims", lambda t, x: x.sum((0, 1)), M),
    row("topk", lambda t, x: x.topk(2, 0), M),
    row("kthvalue", lambda t, x: x.kthvalue(1, 0), M),
    named("std_mean", lambda t, x: t.std_mean(x, 0), M),
    named("var_mean", lambda t, x: t.var_mean(x, 0), M),
    named("dist", lambda t, x, y: t.dist(x, y), V, W),
    named("sgn", lambda t, x: t.sgn(x), V),
    named("+x", lambda t, x: +x, V),
    row("acosh", lambda t, x: t.acosh(x + 1), V),
    row("x + 2", lambda t, x: x + 2, V),
    row("x - 2", lambda t, x: x - 2, V),
    row("2 - x", lambda t, x: 2 - x, V),
    row("x * 2", lambda t, x: x * 2, V),
    row("x / 2", lambda t, x: x / 2, V),
    row("x ** 2", lambda t, x: x**2, V),
    row("2 ** x", lambda t, x: 2**x, V),
    row("x % 2", lambda t, x: x % 2, V),
    row("-x", lambda t, x: -x, V),
    row("x @ x", lambda t, x: x @ x, V),
    row("fmod number", lambda t, x: t.fmod(x, 2), V),
    row("mm", lambda t, x, y: t.mm(x, y), M, N),
    row("mv", lambda t, x, y: t.mv(x, y), M, V),
    row("bmm", lambda t, x, y: t.bmm(x, y), B, B),
    row("matrix @ matrix", lambda t, x, y: x @ y, M, N),
    row("matrix @ vector", lambda t, x, y: x @ y, M, V),
    named("vector @ matrix", lambda t, x, y: x @ y, V, M),
    named("batch @ matrix", lambda t, x, y: x @ y, B, M),
    named("addmm", lambda t, a, x, y: t.addmm(a, x, y), M, M, N),
    named("addmv", lambda t, a, x, y: t.addmv(a, x, y), V, M, W),
    named("addr", lambda t, a, x, y: t.addr(a, x, y), M, V, W),
    named("baddbmm", lambda t, a, x, y: t.baddbmm(a, x, y), B, B, B),
    named("addbmm", lambda t, a, x, y: t.addbmm(a, x, y), M, B, B),
    named("outer", lambda t, x, y: t.outer(x, y), V, W),
    named("einsum", lambda t, x, y: t.einsum("ij,jk->ik", x, y), M, N),
    named("tensordot", lambda t, x, y: t.tensordot(x, y, 1), M, N),
    row("addcmul", lambda t, a, x, y: t.addcmul(a, x, y), V, W, V),
    row("addcdiv", lambda t, a, x, y: t.addcdiv(a, x, y), V, W, V),
    row("lerp", lambda t, x, y: t.lerp(x, y, 0.5), V, W),
    row("lerp tensor", lambda t, x, y, w: t.lerp(x, y, w), V, W, V),
    row("linalg.cross", lambda t, x, y: t.linalg.cross(x, y), V, W),
    row("trace", lambda t, x: x.trace(), M),
    row("linalg.det", lambda t, x: t.linalg.det(x), M),
    row("linalg.inv", lambda t, x: t.linalg.inv(x), M + np.eye(3)),
    row("linalg.qr", lambda t, x: t.linalg.qr(x), M),
    row("linalg.svd", lambda t, x: t.linalg.svd(x, full_matrices=False), M),
    row("linalg.matrix_exp", lambda t, x: t.linalg.matrix_exp(x), M),
    row("linalg.vector_norm", lambda t, x: t.linalg.vector_norm(x), V),
    row("linalg.pinv", lambda t, x: t.linalg.pinv(x), M),
    row("t", lambda t, x: x.t(), M),
    row("T", lambda t, x: x.T, M),
    row("mT", lambda t, x: x.mT, M),
    row("transpose", lambda t, x: x.transpose(0, 1), M),
    row("permute", lambda t, x: x.permute(1, 0), M),
    row("view", lambda t, x: x.view(9), M),
    row("view_as", lambda t, x: x.view_as(x), M),
    row("reshape", lambda t, x: x.reshape(9), M),
    named("reshape of a transpose", lambda t, x: x.t().reshape(9), M),
    row("flatten", lambda t, x: x.flatten(), M),
    row("unsqueeze", lambda t, x: x.unsqueeze(0), V),
    row("squeeze", lambda t, x: x.unsqueeze(0).squeeze(), V),
    row("squeeze dim", lambda t, x: x.unsqueeze(0).squeeze(0), V),
    row("expand", lambda t, x: x.expand(2, 3), V),
    row("repeat", lambda t, x: x.repeat(2), V),
    row("flip", lambda t, x: x.flip(0), V),
    row("roll", lambda t, x: x.roll(1), V),
    row("movedim", lambda t, x: x.movedim(0, 1), M),
    row("tril", lambda t, x: x.tril(), M),
    row("triu", lambda t, x: x.triu(), M),
    row("diagonal", lambda t, x: x.diagonal(), M),
    row("diag_embed", lambda t, x: t.diag_embed(x), V),
    row("unfold", lambda t, x: x.unfold(0, 2, 1), V),
    row("as_strided", lambda t, x: x.as_strided((2,), (1,)), V),
    row("unbind", lambda t, x: x.unbind(0), M),
    row("chunk", lambda t, x: x.chunk(2), V),
    row("split", lambda t, x: x.split(2), V),
    row("split sizes", lambda t, x: x.split([1, 2]), V),
    row("use of one of several", lambda t, x: x.unbind(0)[1] * 2, M),
    row("x[0]", lambda t, x: x[0], M),
    row("x[0:2]", lambda t, x: x[0:2], M),
    row("x[:, 0]", lambda t, x: x[:, 0], M),
    row("x[None]", lambda t, x: x[None], V),
    row("x[...]", lambda t, x: x[...], V),
    row("x[[0, 1]]", lambda t, x: x[[0, 1]], V),
    row("x[mask]", lambda t, x: x[x > 0.5], V),
    row("x[tensor]", lambda t, x: x[t.tensor([0, 2])], V),
    row("select", lambda t, x: x.select(0, 1), M),
    row("narrow", lambda t, x: x.narrow(0, 0, 2), V),
    row("index_select", lambda t, x: x.index_select(0, t.tensor([0, 2])), V),
    row("gather", lambda t, x: x.gather(0, t.tensor([0, 2])), V),
    row("take", lambda t, x: x.take(t.tensor([0, 2])), V),
    row("masked_select", lambda t, x: x.masked_select(x > 0.5), V),
    named("masked_fill", lambda t, x: x.masked_fill(x > 0.5, 1.0), V),
    row("where", lambda t, x, y: t.where(x > 0.5, x, y), V, W),
    row("scatter", lambda t, x, y: x.scatter(0, t.tensor([0, 2, 1]), y), V, W),
    row("scatter_add", lambda t, x, y: x.scatter_add(0, t.tensor([0, 2, 1]), y), V, W),
    row("index_add", lambda t, x, y: x.index_add(0, t.tensor([0, 2, 1]), y), V, W),
    row("index_copy", lambda t, x, y: x.index_copy(0, t.tensor([0, 2, 1]), y), V, W),
    row("index_put", lambda t, x, y: x.index_put((t.tensor([0, 2, 1]),), y), V, W),
    row("clone", lambda t, x: x.clone(), V),
    row("float()", lambda t, x: x.float(), V),
    row("to", lambda t, x: x.to(t.float32), V),
    row("contiguous", lambda t, x: x.t().contiguous(), M),
    row("clamp", lambda t, x: x.clamp(0.3, 0.6), V),
    named("clamp tensor", lambda t, x, y: x.clamp(y), V, W),
    row("softmax", lambda t, x: x.softmax(0), V),
    row("log_softmax", lambda t, x: x.log_softmax(0), V),
    row("complex", lambda t, x, y: t.complex(x, y), V, W),
    row("div floor", lambda t, x, y: t.div(x, y, rounding_mode="floor"), V, W),
    row("round decimals", lambda t, x: t.round(x, decimals=1), V),
    row("add_", changed(lambda t, y: y.add_(1)), V),
    row("mul_", changed(lambda t, y: y.mul_(2)), V),
    row("exp_", changed(lambda t, y: y.exp_()), V),
    row("zero_", changed(lambda t, y: y.zero_()), V),
    row("fill_", changed(lambda t, y: y.fill_(1.0)), V),
    row("copy_ constant", changed(lambda t, y: y.copy_(t.ones(3))), V),
    named("copy_", changed(lambda t, y, z: y.copy_(z)), V, W),
    named("y[0] = z", changed(lambda t, y, z: y.__setitem__(0, z[0])), V, W),
    row("y[0] = 1", changed(lambda t, y: y.__setitem__(0, 1.0)), V),
    named("y[mask] = 1", changed(lambda t, y: y.__setitem__(y > 0.5, 1.0)), V),
    named("y[0].add_", changed(lambda t, y: y[0].add_(1)), V),
    row("a view after the write through it", view_of_changed, V),
]


@pytest.mark.parametrize(("row", "backend"), everywhere(ROWS), ids=case_id)
def test_names(row, backend):
    check(row, backend)
