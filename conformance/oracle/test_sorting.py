"""Order and counting against PyTorch: sorting, order statistics, distinct elements, histograms, searching."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import Error, Row, bools, case_id, cases, check, floats, ints

NAN = math.nan
X, CUBE = floats(3, 5), floats(2, 3, 4)
TIED = ints(3, 6, high=4)
WITH_NAN = np.array([[3.0, NAN, 1.0, 2.0], [NAN, NAN, 5.0, 4.0], [1.0, 2.0, 3.0, 4.0]])

ORDERED: list[Any] = [
    *[Row(f"sort {params}", (lambda p: lambda t, x: (t.sort(x, **p), x.argsort(**p)))(params), (CUBE,))
      for params in ({}, {"dim": 0}, {"dim": 1, "descending": True}, {"descending": True}, {"dim": -1})],
    Row("sort positional", lambda t, x: (x.sort(0), x.sort(1, True), x.sort(dim=0).values, t.argsort(x, 0, True)), (X,)),
    Row("stable", lambda t, x: (t.sort(x, stable=True), t.sort(x, stable=True, dim=0, descending=True), t.argsort(x, stable=True)), (TIED,), grad=False),
    Row("sort nan", lambda t, x: (x.sort(), x.sort(descending=True).values), (WITH_NAN,), grad=False),
    Row("sort 0-d, empty", lambda t: (t.tensor(3.0).sort(), t.tensor([]).sort(), t.ones(0, 2).sort(0).values)),
    Row("sort bools", lambda t, x: x.sort(stable=True), (bools(6),)),
    *[Row(f"sort {dtype}", lambda t, x: x.sort(stable=True), (TIED.astype(dtype),), grad=False) for dtype in ("uint8", "int8", "int32", "float32")],
    Row("msort", lambda t, x: (t.msort(x), x.msort()), (X,)),
    *[Row(f"topk {params}", (lambda p: lambda t, x: t.topk(x, 2, **p))(params), (X,))
      for params in ({}, {"dim": 0}, {"largest": False}, {"dim": 1, "largest": False, "sorted": True})],
    Row("topk edges", lambda t, x: (x.topk(0), x.topk(5), t.tensor(3.0).topk(1)), (X,)),
    Row("kthvalue", lambda t, x: (t.kthvalue(x, 2), x.kthvalue(1, 0), t.kthvalue(x, 3, dim=1, keepdim=True)), (X,)),
    Row("kthvalue 0-d", lambda t, x: x.kthvalue(1), (floats(),)),
    Row("median", lambda t, x: (x.median(), x.median(0), t.median(x, 1, True), x.median(dim=-1)), (X,)),
    Row("median even", lambda t, x: (x.median(), x.median(1).values), (floats(3, 4),)),
    Row("median ints", lambda t, x: (x.median(), x.median(1).values, x.nanmedian()), (ints(3, 4),)),
    Row("median nan", lambda t, x: (x.median(), x.median(1).values, x.nanmedian(), x.nanmedian(1).values), (WITH_NAN,), grad=False),
    Row("nanmedian gradient", lambda t, x: (x.nanmedian(), x.nanmedian(1).values), (WITH_NAN,)),
    Row("median of all nan", lambda t: (t.tensor([NAN, NAN]).median(), t.tensor([NAN, NAN]).nanmedian())),
    Row("mode", lambda t, x: (x.mode().values, x.mode(0).values, t.mode(x, 1, True).values), (TIED,), grad=False),
    Row("mode indices", lambda t: (t.tensor([1, 2, 2, 3, 3]).mode(), t.tensor([[1, 2, 2], [3, 3, 1]]).mode(0))),
    Row("mode gradient", lambda t, x: x.mode().values, (np.array([1.0, 2.0, 2.0, 3.0]),)),
]  # fmt: skip

QUANTILES: list[Any] = [
    Row("quantile", lambda t, x: (t.quantile(x, 0.3), x.quantile(0.5, dim=1), t.quantile(x, 0.9, 0, True)), (X,), rtol=1e-12),
    Row("quantiles", lambda t, x, q: (t.quantile(x, q), x.quantile(q, dim=1), t.quantile(x, q, dim=0, keepdim=True)), (X, np.array([0.1, 0.5, 0.77])), grad=False, rtol=1e-12),
    Row("quantile of a tensor", lambda t, x: t.quantile(x, t.tensor(0.4, dtype=t.float64)), (X,), rtol=1e-12),
    *[Row(f"quantile {kind}", (lambda k: lambda t, x: (t.quantile(x, 0.4, interpolation=k), t.quantile(x, 0.6, dim=1, interpolation=k)))(kind), (X,), rtol=1e-12)
      for kind in ("linear", "lower", "higher", "midpoint", "nearest")],
    Row("quantile ends", lambda t, x: (x.quantile(0.0), x.quantile(1.0), x.quantile(1)), (X,)),
    Row("quantile nan", lambda t, x: (x.quantile(0.5), x.quantile(0.5, dim=1)), (WITH_NAN,), grad=False),
    Row("nanquantile", lambda t, x: (t.nanquantile(x, 0.5), x.nanquantile(0.3, dim=1), t.nanquantile(x, t.tensor([0.2, 0.9], dtype=t.float64), dim=0)), (WITH_NAN,), grad=False),
    Row("quantile float32", lambda t: t.quantile(t.tensor([3.0, 1.0, 2.0]), 0.25)),
]  # fmt: skip

COUNTED: list[Any] = [
    Row("unique", lambda t, x: (t.unique(x), x.unique(), t.unique(x, sorted=False)), (TIED,)),
    Row("unique more", lambda t, x: (t.unique(x, return_inverse=True), x.unique(return_counts=True), t.unique(x, True, True, True)), (TIED,)),
    Row("unique floats", lambda t, x: t.unique(x, return_inverse=True, return_counts=True), (TIED / 2.0,), grad=False),
    Row("unique bools", lambda t, x: t.unique(x, return_counts=True), (bools(6),)),
    Row("unique nan", lambda t: t.unique(t.tensor([NAN, 1.0, NAN]))),
    Row("unique empty, 0-d", lambda t: (t.unique(t.tensor([])), t.unique(t.tensor(3), return_counts=True))),
    *[Row(f"unique dim {dim}", (lambda d: lambda t, x: t.unique(x, dim=d, return_inverse=True, return_counts=True))(dim), (np.array([[3, 1, 3], [3, 1, 3], [1, 2, 1]]),)) for dim in (0, 1, -1)],
    Row("unique dim of three", lambda t, x: t.unique(x, dim=1), (ints(2, 4, 2, high=2),)),
    Row("unique_consecutive", lambda t: (t.unique_consecutive(t.tensor([1, 1, 2, 1])), t.tensor([1, 1, 2, 2, 3, 1]).unique_consecutive(return_inverse=True, return_counts=True))),
    Row("unique_consecutive dim", lambda t: t.unique_consecutive(t.tensor([[1, 2], [1, 2], [2, 1], [1, 2]]), dim=0, return_inverse=True, return_counts=True)),
    Row("unique_consecutive matrix", lambda t: t.unique_consecutive(t.tensor([[1, 1], [2, 2]]), return_inverse=True)),
    Row("bincount", lambda t: (t.bincount(t.tensor([1, 2, 2])), t.tensor([1, 2, 2]).bincount(minlength=6), t.bincount(t.tensor([], dtype=t.int64)))),
    Row("bincount weights", lambda t: (t.bincount(t.tensor([1, 2, 2]), t.tensor([1.0, 2.0, 3.0])), t.bincount(t.tensor([1, 2, 2]), weights=t.tensor([1, 2, 3])))),
    Row("bincount uint8", lambda t: t.bincount(t.tensor([1, 2, 2], dtype=t.uint8))),
    Row("histc", lambda t, x: (t.histc(x, 4), x.histc(bins=5, min=-1, max=1), t.histc(x, 3, -2, 2)), (X,), grad=False),
    Row("histc edges", lambda t: (t.histc(t.tensor([1.0, 2.0, 3.0]), 4, 0, 3), t.histc(t.tensor([1.0, 1.0]), 3), t.histc(t.tensor([0.0, 5.0, -1.0]), 2, 0, 5))),
    Row("histogram", lambda t, x: (t.histogram(x, 4), x.histogram(3, range=(-1.0, 1.0)), t.histogram(x, 3, density=True)), (X,), grad=False, rtol=1e-12),
    Row("histogram edges", lambda t: t.histogram(t.tensor([1.0, 2.0, 3.0, 9.0]), t.tensor([0.0, 1.5, 3.0]))),
    Row("histogram weights", lambda t: t.histogram(t.tensor([1.0, 2.0, 3.0]), 3, weight=t.tensor([1.0, 2.0, 4.0]))),
    Row("histogramdd", lambda t, x: t.histogramdd(x, [2, 3]), (floats(6, 2),), grad=False, rtol=1e-12),
    Row("histogramdd range", lambda t, x: t.histogramdd(x, 2, range=[-1.0, 1.0, 0.0, 2.0], weight=x[:, 0], density=True), (floats(6, 2, low=0.1),), grad=False, rtol=1e-12),
    Row("histogramdd edges", lambda t: t.histogramdd(t.tensor([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]]), [t.tensor([0.0, 1.0, 2.0]), t.tensor([0.0, 2.0])])),
    Row("searchsorted", lambda t: (t.searchsorted(t.tensor([1, 3, 5]), t.tensor([3, 6])), t.searchsorted(t.tensor([1, 3, 5]), 3), t.searchsorted(t.tensor([1, 3, 5]), t.tensor([[3, 0]]), right=True))),
    Row("searchsorted options", lambda t: (t.searchsorted(t.tensor([1, 3, 5]), t.tensor([3, 6]), out_int32=True), t.searchsorted(t.tensor([5, 1, 3]), t.tensor([3]), side="right", sorter=t.tensor([1, 2, 0])))),
    Row("searchsorted rows", lambda t: (t.searchsorted(t.tensor([[1, 3, 5], [2, 4, 6]]), t.tensor([[3, 5], [3, 6]])), t.searchsorted(t.tensor([[1, 3, 5], [2, 4, 6]]), t.tensor([[3], [6]]), right=True))),
    Row("searchsorted dtypes", lambda t: t.searchsorted(t.tensor([1.0, 3.0, 5.0]), t.tensor([3.0, 6.0]))),
    Row("bucketize", lambda t: (t.bucketize(t.tensor([[3, 6]]), t.tensor([1, 3, 5])), t.bucketize(3, t.tensor([1, 3, 5]), right=True))),
]  # fmt: skip

SPECIAL: list[Any] = [
    *[Row(f"special.{name}", (lambda n: lambda t, x: getattr(t.special, n)(x))(name), (floats(5, low=low, high=high),), rtol=1e-10)
      for name, low, high in (
          ("entr", 0.1, 2), ("erf", -2, 2), ("erfc", -2, 2), ("erfcx", -2, 2), ("erfinv", -0.9, 0.9), ("exp2", -2, 2), ("expit", -3, 3),
          ("expm1", -2, 2), ("gammaln", 0.5, 4), ("digamma", 0.5, 4), ("psi", 0.5, 4), ("i0", -2, 2), ("i0e", -2, 2), ("i1", 0.5, 2),
          ("i1e", 0.5, 2), ("log1p", -0.1, 2), ("log_ndtr", -2, 2), ("ndtr", -2, 2), ("ndtri", 0.1, 0.9), ("sinc", 0.1, 2), ("logit", 0.1, 0.9))],
    *[Row(f"special.{name}", (lambda n: lambda t, x, y: getattr(t.special, n)(x, y))(name), (floats(4, low=0.5, high=3), floats(4, low=0.5, high=3, seed=1)), grad=grad, rtol=1e-10)
      for name, grad in (("xlog1py", True), ("xlogy", True), ("gammainc", False), ("gammaincc", False))],
    Row("special.zeta", lambda t, x, y: t.special.zeta(x, y), (floats(4, low=1.5, high=3), floats(4, low=0.5, high=3, seed=1)), grad=False, rtol=1e-10),
    Row("special.logsumexp, softmax", lambda t, x: (t.special.logsumexp(x, 1), t.special.softmax(x, 0), t.special.log_softmax(x, 1)), (X,)),
    Row("special.polygamma, multigammaln", lambda t, x: (t.special.polygamma(2, x), t.special.multigammaln(x, 2)), (floats(4, low=2, high=4),), rtol=1e-9),
    Row("special.round", lambda t, x: t.special.round(x, decimals=1), (X,)),
]  # fmt: skip

ERRORS: list[Any] = [
    Error("kthvalue 0", lambda t: t.tensor([1, 2, 3]).kthvalue(0), "kthvalue(): selected number k out of range for dimension 0"),
    Error("kthvalue 4", lambda t: t.tensor([1, 2, 3]).kthvalue(4), "selected number k out of range"),
    Error("topk 4", lambda t: t.tensor([1, 2, 3]).topk(4), "selected index k out of range"),
    Error("sort dim", lambda t: t.ones(2, 3).sort(2), "Dimension out of range (expected to be in range of [-2, 1], but got 2)"),
    Error("sort complex", lambda t: t.tensor([1j]).sort(), "Sort does not support complex dtypes on CPU"),
    Error("quantile of ints", lambda t: t.quantile(t.tensor([1, 2, 3]), 0.5), "quantile() input tensor must be either float or double dtype"),
    Error("quantile 1.5", lambda t: t.quantile(t.tensor([1.0]), 1.5), "quantile() q must be in the range [0, 1] but got 1.5"),
    Error("quantile dtype", lambda t: t.quantile(t.tensor([1.0]), t.tensor([0.5], dtype=t.float64)), "quantile() q tensor must be same dtype as the input tensor"),
    Error("quantile interpolation", lambda t: t.quantile(t.tensor([1.0]), 0.5, interpolation="x"), "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got x"),
    Error("quantile of nothing", lambda t: t.quantile(t.tensor([]), 0.5), "quantile() input tensor must be non-empty"),
    Error("histc of ints", lambda t: t.histc(t.tensor([1, 2, 3]), 4), "\"histogram_cpu\" not implemented for 'Long'"),
    Error("histc range", lambda t: t.histc(t.tensor([1.0]), 4, 3, 0), "max must be larger than min"),
    Error("histc bins", lambda t: t.histc(t.tensor([1.0]), 0), "bins must be > 0, but got 0"),
    Error("bincount of floats", lambda t: t.bincount(t.tensor([1.0])), "\"bincount_cpu\" not implemented for 'Float'"),
    Error("bincount of negatives", lambda t: t.bincount(t.tensor([-1])), "bincount only supports 1-d non-negative integral inputs."),
    Error("bincount of a matrix", lambda t: t.bincount(t.tensor([[1]])), "bincount only supports 1-d non-negative integral inputs."),
    Error("bincount minlength", lambda t: t.bincount(t.tensor([1]), minlength=-1), "minlength should be >= 0"),
    Error("searchsorted side", lambda t: t.searchsorted(t.tensor([1]), t.tensor([1]), side="x"), "side can only be 'left' or 'right' but got x"),
    Error("searchsorted rows", lambda t: t.searchsorted(t.ones(2, 3), t.ones(3, 1)), "boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value tensor must match"),
    Error("bucketize boundaries", lambda t: t.bucketize(t.tensor([1]), t.tensor([[1]])), "boundaries tensor must be 1 dimension, but got dim(2)"),
    Error("isin of numbers", lambda t: t.isin(1, 2), "isin()"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "backend"), cases([*ORDERED, *QUANTILES, *COUNTED, *SPECIAL, *ERRORS]), ids=case_id)
def test_sorting(row, backend):
    check(row, backend)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
    st.data(),
)
def test_drawn_orders(shape, data):
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = floats(*shape, seed=data.draw(st.integers(0, 99)))
    k = data.draw(st.integers(1, shape[dim]))
    descending = data.draw(st.booleans())
    keep = data.draw(st.booleans())

    def run(t: Any, x: Any) -> Any:
        return (
            x.sort(dim, descending),
            x.topk(k, dim, descending),
            x.kthvalue(k, dim, keep),
            x.median(dim, keep),
            x.max(dim, keep),
            x.cummin(dim),
            x.quantile(0.3, dim, keep),
        )

    check(Row(f"orders {shape} {dim}", run, (x,), rtol=1e-12), "numpy")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 4), max_size=12), st.booleans(), st.booleans())
def test_drawn_counts(values, inverse, counts):
    x = np.array(values, dtype="int64")

    def run(t: Any, x: Any) -> Any:
        return (
            t.unique(x, return_inverse=inverse, return_counts=counts),
            t.unique_consecutive(x, return_inverse=inverse, return_counts=counts),
            t.bincount(x, minlength=3),
            t.searchsorted(t.tensor([1, 2, 2, 3]), x),
            t.isin(x, t.tensor([0, 3])),
        )

    check(Row(f"counts of {values}", run, (x,)), "numpy")
