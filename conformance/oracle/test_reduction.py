"""Reductions against PyTorch: axes, kept axes, dtypes, empty tensors, nan, ties, and running forms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import BACKENDS, Error, Row, bools, case_id, cases, check, floats, ints

import agrad

NAN, INF = math.nan, math.inf
CUBE, X = floats(2, 3, 4), floats(3, 4)
WITH_NAN = np.array([[1.0, NAN, 3.0], [INF, 2.0, -INF], [0.5, 0.25, 4.0]])
FLOATING = ("sum", "mean", "prod", "std", "var", "nansum", "nanmean", "amax", "amin", "logsumexp")
SEVERAL = ("sum", "mean", "std", "var", "nansum", "nanmean", "amax", "amin", "logsumexp", "all", "any", "count_nonzero")


def _call(name: str, *args: Any, **params: Any) -> Any:
    return lambda t, x: getattr(t, name)(x, *args, **params)


def _method(name: str, *args: Any, **params: Any) -> Any:
    return lambda t, x: getattr(x, name)(*args, **params)


def _floating() -> list[Any]:
    rows: list[Any] = []
    for name in FLOATING:
        if name != "logsumexp":
            rows += [
                Row(f"{name}()", _call(name), (CUBE,), rtol=1e-12),
                Row(f"x.{name}()", _method(name), (X,), rtol=1e-12),
                Row(
                    f"{name} 0-d",
                    _call(name) if name not in ("std", "var") else _call(name, correction=0),
                    (floats(),),
                    rtol=1e-12,
                ),
            ]
        for dim in (0, 1, -1):
            rows.append(Row(f"{name} dim={dim}", _call(name, dim), (CUBE,), rtol=1e-12))
        rows += [
            Row(f"{name} keepdim", _call(name, dim=1, keepdim=True), (CUBE,), rtol=1e-12),
            Row(f"x.{name} dim, keepdim", _method(name, 1, keepdim=True), (CUBE,), rtol=1e-12),
            Row(f"{name} axis, keepdims", _call(name, axis=1, keepdims=True), (CUBE,), rtol=1e-12),
            Row(f"{name} float32", _call(name, 0), (X.astype("float32"),), rtol=1e-5),
            Row(f"{name} nan", _call(name, 1), (WITH_NAN,), grad=False, rtol=1e-12),
        ]
        if name in SEVERAL:
            rows += [
                Row(f"{name} dims", _call(name, (0, 2)), (CUBE,), rtol=1e-12),
                Row(f"{name} list of dims", _call(name, dim=[0, -1], keepdim=True), (CUBE,), rtol=1e-12),
            ]
    for name in ("sum", "mean", "prod", "std", "var", "nansum", "logsumexp"):
        if name not in ("nansum",):
            z = floats(3, 4, dtype="complex128")
            rows.append(Row(f"{name} complex", _call(name, 1), (z,), rtol=1e-11))
    return rows


def _integers() -> list[Any]:
    rows: list[Any] = []
    for dtype in ("bool", "uint8", "int8", "int32", "int64"):
        x = bools(3, 4) if dtype == "bool" else ints(3, 4, low=1, high=9, dtype=dtype)
        for name in ("sum", "prod", "nansum", "all", "any", "count_nonzero", "max", "min", "amax", "amin"):
            rows.append(Row(f"{name} {dtype}", _call(name), (x,), grad=False))
            if name != "prod" or dtype != "bool":
                rows.append(Row(f"{name} {dtype} dim", _call(name, 1), (x,), grad=False))
        for name in ("cumsum", "cumprod"):
            rows.append(Row(f"{name} {dtype}", _call(name, 1), (x,), grad=False))
        if dtype != "bool":
            rows += [
                Row(f"{name} {dtype}", _call(name, 1), (x,), grad=False)
                for name in ("argmax", "argmin", "cummax", "cummin")
            ]
    rows += [
        Row("logsumexp ints", lambda t: t.logsumexp(t.tensor([1, 2]), 0)),
        Row("mean dtype", lambda t: t.mean(t.tensor([1, 2]), dtype=t.float64)),
        Row("sum dtype", lambda t: (t.ones(3).sum(dtype=t.int64), t.tensor([1, 2]).sum(dtype=t.float32), t.tensor([1.5, 2.5]).sum(dtype=t.int32))),
        Row("sum int8 dtype", lambda t: t.tensor([100, 100], dtype=t.int8).sum(dtype=t.int8)),
        Row("prod dtype", lambda t: t.prod(t.tensor([1.5, 2.0]), 0, True, dtype=t.float64)),
        Row("cumsum dtype", lambda t: (t.cumsum(t.ones(3), 0, dtype=t.int32), t.tensor([1, 2]).cumsum(0, dtype=t.float64))),
        Row("float16 mean", lambda t: t.ones(4, dtype=t.float16).mean()),
    ]  # fmt: skip
    return rows


SPREAD: list[Any] = [
    Row("std unbiased", lambda t, x: (t.std(x, unbiased=False), t.std(x, False), t.std(x, True)), (X,)),
    Row("std dim unbiased", lambda t, x: (t.std(x, 0, False), x.std(0, unbiased=False, keepdim=True), t.std(x, (0, 1), True, True)), (X,)),
    Row("std correction", lambda t, x: (t.std(x, correction=2), t.std(x, dim=1, correction=0), x.var(1, correction=3)), (X,)),
    Row("var unbiased", lambda t, x: (t.var(x, False), x.var(unbiased=False), x.var(1, False)), (X,)),
    Row("std_mean", lambda t, x: (t.std_mean(x), t.std_mean(x, 1), t.std_mean(x, dim=0, correction=0, keepdim=True)), (X,)),
    Row("var_mean", lambda t, x: (t.var_mean(x), t.var_mean(x, (0, 1)), t.var_mean(x, 0, False)), (X,)),
    Row("std complex", lambda t, x: (x.std(), x.var(0)), (floats(3, 4, dtype="complex128"),)),
    Row("std of equal elements", lambda t, x: t.std(x * 0 + 1, 0), (X,)),
    Row("var of equal elements", lambda t, x: t.var(x * 0 + 1, 0), (X,)),
]  # fmt: skip

TIES = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [NAN, 1.0, NAN]])
EXTREMES: list[Any] = [
    *[Row(f"{name} forms", (lambda n: lambda t, x: (getattr(t, n)(x), getattr(t, n)(x, 1), getattr(x, n)(0, True), getattr(x, n)(dim=-1)))(name), (X,))
      for name in ("max", "min", "median", "nanmedian")],
    *[Row(f"{name} of all, ties", _call(name), (TIES[:2],)) for name in ("max", "min", "amax", "amin", "median", "nanmedian")],
    *[Row(f"{name} along, ties", _call(name, 1), (TIES[:2],)) for name in ("max", "min", "amax", "amin")],
    *[Row(f"{name} along, nan", _call(name, 1), (TIES,)) for name in ("max", "min")],
    *[Row(f"{name} along, nan", _call(name, 1), (TIES,), grad=False, why="a nan that wins takes all here, and all is nan in PyTorch")
      for name in ("amax", "amin")],
    *[Row(f"{name}, nan", _call(name), (TIES,)) for name in ("max", "min", "median", "nanmedian")],
    Row("max of two", lambda t, x, y: (t.max(x, y), x.max(y), t.min(x, other=y)), (X, floats(4, seed=1))),
    Row("max named fields", lambda t, x: (x.max(1).values, x.max(1).indices, x.min(0)[0]), (X,)),
    Row("max unpacked", lambda t, x: [part * 1.0 for part in (lambda v, i: (v, i))(*x.max(1))], (X,)),
    Row("max axis", lambda t, x: (x.max(axis=1), t.max(x, axis=0, keepdims=True)), (X,)),
    Row("max 0-d", lambda t, x: (x.max(), x.max(0), x.min(-1)), (floats(),)),
    Row("aminmax", lambda t, x: (t.aminmax(x), x.aminmax(dim=1), t.aminmax(x, dim=0, keepdim=True)), (X,)),
    Row("argmax", lambda t, x: (t.argmax(x), x.argmax(1), t.argmax(x, 0, True), x.argmax(keepdim=True), x.argmax(dim=-1)), (X,)),
    Row("argmin", lambda t, x: (t.argmin(x), x.argmin(1), t.argmin(x, 0, True), x.argmin(axis=0, keepdims=True)), (X,)),
    Row("argmax ties", lambda t: (t.tensor([3, 1, 3]).argmax(), t.tensor([1.0, NAN, 2.0]).argmax(), t.tensor([2, 1, 1]).argmin())),
    Row("max bools", lambda t: (t.tensor([True, False]).max(), t.tensor([[True, False]]).max(1), t.tensor([True, False]).min())),
    Row("printed max", lambda t: t.tensor([[1, 4], [9, 2]]).max(1), text=True),
    Row("printed min, floats", lambda t: t.tensor([[1.5, 4], [9, 2]]).min(dim=0), text=True),
    Row("printed sort", lambda t: t.tensor([[3.0, 1.0], [2.0, 5.0]]).sort(), text=True),
    Row("printed topk", lambda t: t.tensor([3.0, 1.0, 2.0]).topk(2), text=True),
    Row("printed median", lambda t: t.tensor([[3.0, 1.0, 2.0]]).median(1), text=True),
    Row("printed mode", lambda t: t.tensor([3, 1, 3]).mode(), text=True),
    Row("printed aminmax", lambda t: t.aminmax(t.tensor([3, 1, 3])), text=True),
    Row("printed frexp", lambda t: t.frexp(t.tensor([3.0])), text=True),
    Row("printed max with a graph", lambda t, x: x.max(1), (X,), text=True),
]  # fmt: skip

RUNNING: list[Any] = [
    *[Row(f"{name} {dim}", _call(name, dim), (CUBE,), rtol=1e-12) for name in ("cumsum", "cumprod", "cummax", "cummin", "logcumsumexp") for dim in (0, 1, -1)],
    *[Row(f"x.{name}", _method(name, dim=1), (X,), rtol=1e-12) for name in ("cumsum", "cumprod", "cummax", "cummin", "logcumsumexp")],
    *[Row(f"{name} 0-d", _call(name, 0), (floats(),)) for name in ("cumsum", "cumprod", "cummax", "cummin", "logcumsumexp")],
    *[Row(f"{name} empty", _call(name, 0), (np.zeros((0, 2)),)) for name in ("cumsum", "cumprod", "cummax", "logcumsumexp")],
    *[Row(f"{name} complex", _call(name, 0), (floats(4, dtype="complex128"),), rtol=1e-12) for name in ("cumsum", "cumprod")],
    Row("prod with a zero", lambda t, x: (x.prod(), x.prod(0)), (np.array([[2.0, 0.0, 3.0], [1.0, 4.0, 5.0]]),)),
    Row("prod with two zeros", lambda t, x: (x.prod(1), x.prod()), (np.array([[2.0, 0.0, 0.0], [1.0, 4.0, 0.0]]),)),
    Row("cumprod with zeros", lambda t, x: x.cumprod(0), (np.array([2.0, 0.0, 3.0, 0.0, 5.0]),)),
    Row("cummax ties and nan", lambda t, x: (t.cummax(x, 0), t.cummin(x, 0)), (np.array([1.0, 3.0, 3.0, 2.0, 1.0]),)),
    Row("cummax nan", lambda t, x: t.cummax(x, 0), (np.array([1.0, NAN, 3.0, 2.0]),)),
    Row("logcumsumexp large", lambda t, x: t.logcumsumexp(x, 0), (np.array([1000.0, 1001.0, -1000.0]),)),
    Row("logsumexp inf", lambda t, x: t.logsumexp(x, 1), (np.array([[1000.0, 1000.0], [-INF, 0.0], [INF, 1.0]]),), grad=False),
    Row("diff", lambda t, x: (t.diff(x), x.diff(dim=0), t.diff(x, n=2), t.diff(x, n=0)), (X,)),
    Row("diff ends", lambda t, x, y: t.diff(x, prepend=y, append=y), (X, floats(3, 1))),
    Row("diff ints", lambda t: (t.diff(t.tensor([1, 3, 6])), t.diff(t.tensor([True, False, False])), t.diff(t.tensor([1, 3]), n=5))),
    Row("trapezoid", lambda t, x: (t.trapezoid(x), t.trapezoid(x, dx=0.5), t.trapezoid(x, dim=0), t.trapz(x)), (X,)),
    Row("trapezoid at positions", lambda t, x, y: (t.trapezoid(x, y), t.trapezoid(x, x * 2)), (X, np.array([0.0, 1.0, 2.5, 3.0]))),
    Row("trapezoid ints", lambda t: t.trapezoid(t.tensor([1, 2, 4]))),
    Row("cumulative_trapezoid", lambda t, x, y: (t.cumulative_trapezoid(x), t.cumulative_trapezoid(x, y), t.cumulative_trapezoid(x, dx=2.0, dim=0)),
        (X, np.array([0.0, 1.0, 2.5, 3.0]))),
    Row("gradient", lambda t, x: t.gradient(x), (X,)),
    Row("gradient spacing", lambda t, x: t.gradient(x, spacing=0.5), (X,)),
    Row("gradient spacings", lambda t, x: t.gradient(x, spacing=[0.5, 2.0]), (X,)),
    Row("gradient dim", lambda t, x: t.gradient(x, dim=1), (X,)),
    Row("gradient positions", lambda t, x: t.gradient(x, spacing=(t.tensor([0.0, 1.0, 2.5, 3.0], dtype=t.float64),), dim=1), (X,)),
    Row("gradient edge_order", lambda t, x: t.gradient(x, edge_order=2), (X,)),
    Row("gradient edge_order, positions", lambda t, x: t.gradient(x, spacing=(t.tensor([0.0, 1.0, 2.5, 3.0], dtype=t.float64),), dim=1, edge_order=2), (X,)),
]  # fmt: skip

NORMS: list[Any] = [
    *[Row(f"norm {p}", (lambda q: lambda t, x: (t.norm(x, q), x.norm(q, dim=1), t.norm(x, p=q, dim=0, keepdim=True)))(p), (X,), rtol=1e-12)
      for p in (1, 2, 3, 0.5, INF, -INF)],
    Row("norm 0", lambda t, x: x.norm(0), (np.array([0.0, 1.0, 2.0]),)),
    Row("norm", lambda t, x: (t.norm(x), x.norm(), x.norm("fro"), x.norm(dim=(0, 1)), x.norm(2, (0, 1), True)), (X,)),
    Row("norm nuc", lambda t, x: t.norm(x, "nuc"), (X,), rtol=1e-10),
    Row("norm dtype", lambda t: t.ones(3).norm(dtype=t.float64)),
    Row("norm complex", lambda t, x: x.norm(), (floats(4, dtype="complex128"),)),
    Row("norm at 0", lambda t, x: (x * 0).norm(), (X,)),
    Row("dist", lambda t, x, y: (t.dist(x, y), t.dist(x, y, 1), x.dist(y, 3), t.dist(x, y, INF)), (X, floats(4, seed=1)), rtol=1e-12),
    Row("dist of equals", lambda t, x: t.dist(x, x.detach()), (X,)),
    *[Row(f"cdist {p}", (lambda q: lambda t, x, y: t.cdist(x, y, p=q))(p), (floats(3, 2), floats(4, 2, seed=1)), rtol=1e-10)
      for p in (1.0, 2.0, 3.0, INF)],
    Row("cdist batched", lambda t, x, y: t.cdist(x, y), (floats(2, 3, 2), floats(2, 4, 2, seed=1)), rtol=1e-7),
    Row("pdist", lambda t, x: (t.pdist(x), t.pdist(x, 1)), (floats(4, 3),), rtol=1e-10),
    Row("pairwise_distance", lambda t, x, y: t.pairwise_distance(x, y), (X, floats(3, 4, seed=1)), rtol=1e-10),
    Row("cosine_similarity", lambda t, x, y: t.cosine_similarity(x, y), (X, floats(3, 4, seed=1)), rtol=1e-10),
    Row("renorm", lambda t, x: t.renorm(x, 2, 0, 1.0), (X,), rtol=1e-6),
    Row("cov", lambda t, x: (t.cov(x), x.cov(correction=0), t.cov(x[0])), (X,), rtol=1e-11),
    Row("cov weights", lambda t, x: t.cov(x, fweights=t.tensor([1, 2, 3, 1]), aweights=t.tensor([0.5, 1.0, 0.25, 1.0], dtype=t.float64)), (X,), grad=False, rtol=1e-11),
    Row("cov fweights", lambda t, x: t.cov(x, fweights=t.tensor([1, 2, 3, 1])), (X,), rtol=1e-11),
    Row("cov ints", lambda t: t.cov(t.tensor([1, 2, 4]))),
    Row("cov complex", lambda t, x: t.cov(x), (floats(2, 5, dtype="complex128"),), rtol=1e-11),
    Row("corrcoef", lambda t, x: (t.corrcoef(x), x[0].corrcoef()), (X,), rtol=1e-10, atol=1e-12),
]  # fmt: skip

TRUTH: list[Any] = [
    Row("all, any", lambda t, x: (t.all(x), x.any(), t.all(x, 1), x.any(0, keepdim=True), t.any(x, dim=(0, 1))), (bools(3, 4),)),
    Row("all of floats", lambda t, x: (t.all(x), t.any(x), x.all(1)), (X,), grad=False),
    Row("all of uint8", lambda t: (t.all(t.tensor([1, 0], dtype=t.uint8)), t.tensor([1, 0], dtype=t.uint8).any())),
    Row("count_nonzero", lambda t, x: (t.count_nonzero(x), t.count_nonzero(x, 0), x.count_nonzero(dim=(0, 1))), (ints(3, 4, high=2),)),
    Row("empty", lambda t: (t.tensor([]).sum(), t.tensor([]).prod(), t.tensor([]).mean(), t.all(t.tensor([])), t.any(t.tensor([])))),
    Row("empty along", lambda t: (t.ones(0, 3).sum(0), t.ones(0, 3).mean(0), t.ones(3, 0).mean(0), t.ones(0, 3).prod(0), t.ones(3, 0).amax(0))),
    Row("empty median", lambda t: (t.tensor([]).median(), t.ones(3, 0).max(0))),
    Row("empty logsumexp", lambda t: t.logsumexp(t.ones(0, 2), 0)),
    Row("dims ()", lambda t, x: (x.sum(()), x.mean([]), x.amax(()), x.sum(None), x.sum(dim=None, keepdim=True)), (X,)),
    Row("sum along 0 of 0-d", lambda t, x: (x.sum(0), x.mean(-1), x.sum(0, keepdim=True)), (floats(),)),
    Row("sum_to_size", lambda t, x: (x.sum_to_size(1, 4), x.sum_to_size((4,)), x.sum_to_size(3, 1)), (CUBE,)),
    Row("sums of sums", lambda t, x: x.sum(0).sum(0, True).mean(), (CUBE,)),
    Row("nansum, nanmean", lambda t, x: (t.nansum(x), x.nansum(1), t.nanmean(x, 0), x.nanmean(1, keepdim=True)), (np.where(np.isinf(WITH_NAN), 1.0, WITH_NAN),)),
]  # fmt: skip

ERRORS: list[Any] = [
    Error("sum of an int", lambda t: t.sum(3), "sum(): argument 'input' (position 1) must be Tensor, not int"),
    Error("dim out of range", lambda t: t.ones(2, 3).sum(5), "Dimension out of range (expected to be in range of [-2, 1], but got 5)"),
    Error("dim of 0-d", lambda t: t.tensor(3.0).sum(1), "Dimension out of range (expected to be in range of [-1, 0], but got 1)"),
    Error("max dim out of range", lambda t: t.ones(2, 3).max(-3), "Dimension out of range (expected to be in range of [-2, 1], but got -3)"),
    Error("a dim twice", lambda t: t.ones(2, 3).sum((0, 0)), "dim 0 appears multiple times in the list of dims"),
    Error("dim a float", lambda t: t.ones(2, 3).sum(1.5), "sum() received an invalid combination of arguments"),
    Error("dim a name", lambda t: t.ones(2, 3).sum("a"), "sum() received an invalid combination of arguments"),
    Error("keepdim an int", lambda t: t.ones(2, 3).sum(0, 1), "must be bool, not int"),
    Error("median of dims", lambda t: t.ones(2, 3).median(dim=(0, 1)), "must be int, not tuple"),
    Error("mean of ints", lambda t: t.tensor([1]).mean(), "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: Long"),
    Error("mean of bools", lambda t: t.tensor([True]).mean(0), "Got: Bool"),
    Error("std of ints", lambda t: t.tensor([1]).std(), "std and var only support floating point and complex dtypes"),
    Error("nanmean of ints", lambda t: t.nanmean(t.tensor([1])), "nanmean(): expected input to have floating point or complex dtype but got Long"),
    Error("norm of ints", lambda t: t.tensor([1, 2]).norm(), "Expected a floating point or complex tensor as input. Got Long"),
    Error("dist of ints", lambda t: t.dist(t.tensor([1]), t.tensor([2])), "input dtype should be either floating point or complex. Got Long"),
    Error("norm order", lambda t: t.norm(t.ones(2, 3), "x"), "Order x not supported"),
    Error("max of nothing", lambda t: t.tensor([]).max(), "max(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."),
    Error("max along nothing", lambda t: t.ones(0, 3).max(0), "max(): Expected reduction dim 0 to have non-zero size."),
    Error("amax along nothing", lambda t: t.ones(0, 3).amax(0), "amax(): Expected reduction dim 0 to have non-zero size."),
    Error("argmax of nothing", lambda t: t.tensor([]).argmax(), "argmax(): Expected reduction dim to be specified for input.numel() == 0."),
    Error("argmax along nothing", lambda t: t.ones(0, 3).argmax(0), "argmax(): Expected reduction dim 0"),
    Error("median along nothing", lambda t: t.ones(0, 3).median(0), "median(): Expected reduction dim 0 to have non-zero size."),
    Error("aminmax of nothing", lambda t: t.aminmax(t.tensor([])), "cannot compute aminmax over an empty dimension"),
    Error("argmax of bools", lambda t: t.tensor([True]).argmax(), "does not support bool input"),
    Error("max of complex", lambda t: t.tensor([1j]).max(), "\"max_all\" not implemented for 'ComplexFloat'"),
    Error("cumsum without dim", lambda t: t.cumsum(t.ones(3)), "cumsum() missing 1 required positional arguments: \"dim\""),
    Error("logsumexp without dim", lambda t: t.logsumexp(t.ones(2, 2)), "logsumexp() missing 1 required positional arguments: \"dim\""),
    Error("logcumsumexp of ints", lambda t: t.logcumsumexp(t.tensor([1, 2]), 0), "not implemented for 'Long'"),
    Error("cumsum dim", lambda t: t.ones(3).cumsum(2), "Dimension out of range (expected to be in range of [-1, 0], but got 2)"),
    Error("diff of 0-d", lambda t: t.diff(t.tensor(1)), "diff expects input to be at least one-dimensional"),
    Error("diff order", lambda t: t.diff(t.tensor([1, 3]), n=-1), "order must be non-negative but got -1"),
    Error("sum_to_size", lambda t: t.ones(2, 3).sum_to_size(2, 2), "size {[2, 2]} is not expandable to size {[2, 3]}."),
    Error("cdist columns", lambda t: t.cdist(t.ones(2, 3), t.ones(2, 4)), "X1 and X2 must have the same number of columns"),
    Error("gradient edge_order", lambda t: t.gradient(t.ones(4), edge_order=3), "only supports edge_order=1 and edge_order=2"),
]  # fmt: skip

NODES: list[Any] = [
    Row(f"node of {name}", (lambda f: lambda t, x: f(t, x).grad_fn.name())(run), (X,))
    for name, run in {
        "sum()": lambda t, x: x.sum(),
        "sum(0)": lambda t, x: x.sum(0),
        "sum(())": lambda t, x: x.sum((0, 1)),
        "mean()": lambda t, x: x.mean(),
        "mean(0)": lambda t, x: x.mean(0),
        "prod()": lambda t, x: x.prod(),
        "prod(0)": lambda t, x: x.prod(0),
        "std": lambda t, x: x.std(),
        "var": lambda t, x: x.var(0),
        "max()": lambda t, x: x.max(),
        "max(0)": lambda t, x: x.max(0).values,
        "min(0)": lambda t, x: x.min(0).values,
        "amax()": lambda t, x: x.amax(),
        "amin(0)": lambda t, x: x.amin(0),
        "median()": lambda t, x: x.median(),
        "median(0)": lambda t, x: x.median(0).values,
        "nanmedian(0)": lambda t, x: x.nanmedian(0).values,
        "mode": lambda t, x: x.mode(0).values,
        "kthvalue": lambda t, x: x.kthvalue(1).values,
        "topk": lambda t, x: x.topk(1).values,
        "sort": lambda t, x: x.sort().values,
        "msort": lambda t, x: t.msort(x),
        "cumsum": lambda t, x: x.cumsum(0),
        "cumprod": lambda t, x: x.cumprod(0),
        "cummax": lambda t, x: x.cummax(0).values,
        "cummin": lambda t, x: x.cummin(0).values,
        "logsumexp": lambda t, x: x.logsumexp(0),
        "logcumsumexp": lambda t, x: x.logcumsumexp(0),
        "nansum": lambda t, x: x.nansum(),
        "norm": lambda t, x: x.norm(),
        "diff": lambda t, x: x.diff(),
    }.items()
]


@pytest.mark.parametrize(
    ("row", "backend"),
    cases([*_floating(), *_integers(), *SPREAD, *EXTREMES, *RUNNING, *NORMS, *TRUTH, *NODES, *ERRORS]),
    ids=case_id,
)
def test_reductions(row, backend):
    check(row, backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_too_few_elements_for_a_variance(backend):
    """A nan and a warning, in PyTorch's words."""
    import torch

    with agrad.use_backend(backend):
        for module in (torch, agrad):
            with pytest.warns(UserWarning, match="degrees of freedom is <= 0"):
                result = module.tensor([1.0]).std()
            assert math.isnan(result.item())


@st.composite
def _problems(draw: Any) -> tuple[np.ndarray, str, Any, bool]:
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=4)))
    axes = draw(
        st.lists(st.integers(-len(shape), len(shape) - 1), max_size=len(shape), unique_by=lambda i: i % len(shape))
    )
    name = draw(st.sampled_from(["sum", "mean", "amax", "amin", "nansum", "all", "count_nonzero"]))
    return floats(*shape, seed=draw(st.integers(0, 99))), name, tuple(axes), draw(st.booleans())


@settings(max_examples=80, deadline=None)
@given(_problems())
def test_drawn_axes(problem):
    x, name, axes, keep = problem
    params: dict[str, Any] = {} if name == "count_nonzero" else {"keepdim": keep}
    if name == "all" and not axes:
        axes = (0,)
    check(
        Row(f"{name} {x.shape} {axes}", _call(name, axes, **params), (x,), grad=name not in ("all", "count_nonzero")),
        "numpy",
    )
