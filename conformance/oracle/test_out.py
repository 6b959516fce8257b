"""out= against PyTorch: the given tensor keeps its identity, dtype and memory, and is resized where it must be."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from oracle import BACKENDS, Error, Row, case_id, cases, check, compare, floats, ints

import agrad

UNARY = (
    "abs", "absolute", "neg", "sqrt", "rsqrt", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "asin", "acos",
    "atan", "sinh", "cosh", "tanh", "asinh", "atanh", "ceil", "floor", "round", "trunc", "frac", "sign", "sgn", "square", "reciprocal",
    "sigmoid", "erf", "erfc", "erfinv", "lgamma", "digamma", "sinc", "i0", "deg2rad", "rad2deg", "nan_to_num", "logit", "angle", "hardshrink",
    "logical_not", "signbit", "isposinf", "isneginf",
)  # fmt: skip
BINARY = (
    "add", "sub", "mul", "div", "true_divide", "floor_divide", "remainder", "fmod", "pow", "float_power", "atan2", "hypot", "maximum",
    "minimum", "fmax", "fmin", "copysign", "logaddexp", "logaddexp2", "xlogy", "ldexp", "eq", "ne", "lt", "le", "gt", "ge", "logical_and",
    "logical_or", "logical_xor", "nextafter", "heaviside", "max", "min",
)  # fmt: skip
BOOLS = (
    "logical_not",
    "signbit",
    "isposinf",
    "isneginf",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "logical_and",
    "logical_or",
    "logical_xor",
)
X, Y = floats(2, 3, low=0.1, high=0.9), floats(2, 3, low=0.1, high=0.9, seed=1)


def _into(name: str) -> Any:
    def run(t: Any, *operands: Any) -> Any:
        out = t.empty(2, 3, dtype=t.bool if name in BOOLS else t.float64)
        assert getattr(t, name)(*operands, out=out) is out
        return out

    return run


def _reduced(run: Any, shape: tuple[int, ...] = (), dtype: str = "float64") -> Any:
    def into(t: Any, x: Any) -> Any:
        out = t.empty(shape, dtype=getattr(t, dtype))
        assert run(t, x, out) is out
        return out

    return into


def _pair(run: Any, shape: tuple[int, ...]) -> Any:
    def into(t: Any, x: Any) -> Any:
        out = (t.empty(shape, dtype=t.float64), t.empty(shape, dtype=t.int64))
        result = run(t, x, out)
        assert result[0] is out[0] and result[1] is out[1]
        return out

    return into


REDUCTIONS: list[Any] = [
    Row("sum", _reduced(lambda t, x, o: t.sum(x, 0, out=o), (3,)), (X,), grad=False),
    Row("mean", _reduced(lambda t, x, o: t.mean(x, 1, out=o), (2,)), (X,), grad=False),
    Row("prod", _reduced(lambda t, x, o: t.prod(x, 1, out=o), (2,)), (X,), grad=False),
    Row("std", _reduced(lambda t, x, o: t.std(x, 1, out=o), (2,)), (X,), grad=False),
    Row("var", _reduced(lambda t, x, o: t.var(x, dim=1, correction=0, out=o), (2,)), (X,), grad=False),
    Row("amax", _reduced(lambda t, x, o: t.amax(x, 1, out=o), (2,)), (X,), grad=False),
    Row("amin", _reduced(lambda t, x, o: t.amin(x, (0, 1), out=o)), (X,), grad=False),
    Row("argmax", _reduced(lambda t, x, o: t.argmax(x, 1, out=o), (2,), "int64"), (X,), grad=False),
    Row("logsumexp", _reduced(lambda t, x, o: t.logsumexp(x, 1, out=o), (2,)), (X,), grad=False),
    Row("nansum", _reduced(lambda t, x, o: t.nansum(x, 1, out=o), (2,)), (X,), grad=False),
    Row("all", _reduced(lambda t, x, o: t.all(x > 0.5, 1, out=o), (2,), "bool"), (X,), grad=False),
    Row("any", _reduced(lambda t, x, o: t.any(x > 0.5, dim=0, out=o), (3,), "bool"), (X,), grad=False),
    Row("cumsum", _reduced(lambda t, x, o: t.cumsum(x, 1, out=o), (2, 3)), (X,), grad=False),
    Row("cumprod", _reduced(lambda t, x, o: t.cumprod(x, 0, out=o), (2, 3)), (X,), grad=False),
    Row("logcumsumexp", _reduced(lambda t, x, o: t.logcumsumexp(x, 0, out=o), (2, 3)), (X,), grad=False),
    Row("diff", _reduced(lambda t, x, o: t.diff(x, out=o), (2, 2)), (X,), grad=False),
    Row("msort", _reduced(lambda t, x, o: t.msort(x, out=o), (2, 3)), (X,), grad=False),
    Row("quantile", _reduced(lambda t, x, o: t.quantile(x, 0.5, dim=1, out=o), (2,)), (X,), grad=False),
    Row("norm", _reduced(lambda t, x, o: t.norm(x, dim=1, out=o), (2,)), (X,), grad=False),
    Row("histc", _reduced(lambda t, x, o: t.histc(x, 4, out=o), (4,)), (X,), grad=False),
    Row("searchsorted", _reduced(lambda t, x, o: t.searchsorted(t.sort(x)[0], x, out=o), (2, 3), "int64"), (X,), grad=False),
    Row("softmax dim", _reduced(lambda t, x, o: t.softmax(x, 1, out=o), (2, 3)), (X,), grad=False),
    Row("max dim", _pair(lambda t, x, o: t.max(x, 1, out=o), (2,)), (X,), grad=False),
    Row("min dim", _pair(lambda t, x, o: t.min(x, 0, keepdim=True, out=o), (1, 3)), (X,), grad=False),
    Row("median", _pair(lambda t, x, o: t.median(x, 1, out=o), (2,)), (X,), grad=False),
    Row("mode", _pair(lambda t, x, o: t.mode(x, 1, out=o), (2,)), (X,), grad=False),
    Row("sort", _pair(lambda t, x, o: t.sort(x, 1, out=o), (2, 3)), (X,), grad=False),
    Row("topk", _pair(lambda t, x, o: t.topk(x, 2, out=o), (2, 2)), (X,), grad=False),
    Row("kthvalue", _pair(lambda t, x, o: t.kthvalue(x, 2, out=o), (2,)), (X,), grad=False),
    Row("cummax", _pair(lambda t, x, o: t.cummax(x, 1, out=o), (2, 3)), (X,), grad=False),
    Row("clamp", _reduced(lambda t, x, o: t.clamp(x, 0.2, 0.5, out=o), (2, 3)), (X,), grad=False),
    Row("lerp", _reduced(lambda t, x, o: t.lerp(x, x + 1, 0.5, out=o), (2, 3)), (X,), grad=False),
    Row("addcmul", _reduced(lambda t, x, o: t.addcmul(x, x, x, out=o), (2, 3)), (X,), grad=False),
    Row("add alpha", _reduced(lambda t, x, o: t.add(x, x, alpha=2, out=o), (2, 3)), (X,), grad=False),
    Row("into a wider dtype", _reduced(lambda t, x, o: t.add(x, x, out=o), (2, 3), "complex128"), (X,), grad=False),
    Row("ints into floats", _reduced(lambda t, x, o: t.mul(x, 2, out=o), (2, 3), "float32"), (ints(2, 3),), grad=False),
    Row("int64 into int32", _reduced(lambda t, x, o: t.mul(x, 2, out=o), (2, 3), "int32"), (ints(2, 3),), grad=False),
    Row("bools into floats", _reduced(lambda t, x, o: t.gt(x, 0.5, out=o), (2, 3), "float32"), (X,), grad=False),
    Row("out is an operand", lambda t, x: t.add(x, 1, out=x), (X,), grad=False),
    Row("out is a view", lambda t, x: _into_a_view(t, x), (X,), grad=False),
    Row("from empty", lambda t, x: t.exp(x, out=t.empty(0, dtype=t.float64)), (X,), grad=False),
    Row("frexp", lambda t, x: t.frexp(x, out=(t.empty(2, 3, dtype=t.float64), t.empty(2, 3, dtype=t.int32))), (X,), grad=False),
]  # fmt: skip


def _into_a_view(t: Any, x: Any) -> Any:
    y = t.zeros(4, 3, dtype=t.float64)
    t.mul(x, 2, out=y[1:3])
    return y


ERRORS: list[Any] = [
    Error("float into int", lambda t: t.add(t.ones(2), 1, out=t.zeros(2, dtype=t.int64)), "result type Float can't be cast to the desired output type Long"),
    Error("requires grad", lambda t: t.add(t.ones(2, requires_grad=True), 1, out=t.zeros(2)), "functions with out=... arguments don't support automatic differentiation"),
    Error("out requires grad", lambda t: t.exp(t.ones(2), out=t.zeros(2, requires_grad=True)), "functions with out=... arguments don't support automatic differentiation"),
    Error("no Tensor", lambda t: t.exp(t.ones(2), out=[1]), "argument 'out' must be Tensor, not list"),
]  # fmt: skip


def _rows() -> list[Any]:
    rows: list[Any] = [Row(name, _into(name), (X,), grad=False, rtol=1e-11) for name in UNARY]
    rows += [Row(name, _into(name), (X, Y), grad=False, rtol=1e-11) for name in BINARY]
    return rows


@pytest.mark.parametrize(("row", "backend"), cases([*_rows(), *REDUCTIONS, *ERRORS]), ids=case_id)
def test_out(row, backend):
    check(row, backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_wrong_shape_is_resized_with_a_warning(backend):
    with agrad.use_backend(backend):
        import torch

        results = []
        for module in (torch, agrad):
            out = module.zeros(5)
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                module.exp(module.ones(2, 3), out=out)
            assert any("was resized since it had shape [5]" in str(one.message) for one in caught)
            results.append(out)
        compare(results[0], results[1], Row("resized", lambda t: None), "resized")
