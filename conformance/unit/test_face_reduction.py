"""PyTorch's reductions on every backend: named results, dtypes, ties, axes by number and name, and refusals."""

from __future__ import annotations

import math

import pytest

import agrad as t
from agrad.errors import UnsupportedDType

BACKENDS = [name for name in ("numpy", "jax", "strict") if name in t.available_backends()]


@pytest.fixture(params=BACKENDS, autouse=True)
def _backend(request):
    with t.use_backend(request.param):
        yield request.param


def _x():
    return t.tensor([[3.0, 1.0, 3.0], [2.0, 5.0, 4.0]], requires_grad=True)


def test_a_named_result_is_a_tuple_that_prints_its_fields():
    result = t.tensor([[1, 4], [9, 2]]).max(dim=1)
    values, indices = result
    assert isinstance(result, t.return_types.max)
    assert result.values is values and result.indices is indices
    assert (
        repr(result).replace(", dtype=agrad.int32", "")
        == "agrad.return_types.max(\nvalues=tensor([4, 9]),\nindices=tensor([1, 0]))"
    )


#: function, and the gradient of its sum
TIES = [
    (lambda x: x.max(), [[0, 0, 0], [0, 1, 0]]),
    (lambda x: x[0].max(), [[0.5, 0, 0.5], [0, 0, 0]]),
    (lambda x: x.amax(1), [[0.5, 0, 0.5], [0, 1, 0]]),
    (lambda x: x.max(1).values, [[1, 0, 0], [0, 1, 0]]),
    (lambda x: x.cummax(1).values, [[2, 0, 1], [1, 2, 0]]),
    (lambda x: x.topk(1).values, [[1, 0, 0], [0, 1, 0]]),
    (lambda x: x[0].median(), [[0.5, 0, 0.5], [0, 0, 0]]),
    (lambda x: x.kthvalue(1).values, [[0, 1, 0], [1, 0, 0]]),
    (lambda x: x.sort().values[:, 0], [[0, 1, 0], [1, 0, 0]]),
    (lambda x: x.prod(1), [[3, 9, 3], [20, 8, 10]]),
    (lambda x: x.nansum(), [[1, 1, 1], [1, 1, 1]]),
]


@pytest.mark.parametrize(("run", "wanted"), TIES)
def test_gradients_at_ties(run, wanted):
    x = _x()
    run(x).sum().backward()
    assert x.grad.tolist() == wanted


DTYPES = [
    (lambda: t.tensor([True, True]).sum(), 2),
    (lambda: t.tensor([200, 100], dtype=t.uint8).sum(), 300),
    (lambda: t.tensor([100, 100], dtype=t.int8).prod(), 10000),
    (lambda: t.tensor([True, False]).cumsum(0)[-1], 1),
    (lambda: t.bincount(t.tensor([0, 2, 2]))[2], 2),
    (lambda: t.tensor([1.5, 2.5]).sum(dtype=t.int32), 3),
]


@pytest.mark.parametrize(("run", "wanted"), DTYPES)
def test_integers_are_summed_wide(run, wanted):
    result = run()
    assert not result.dtype.is_inexact
    assert result.item() == wanted


AXES = [
    lambda x: x.sum(1, True),
    lambda x: x.sum(dim=-1, keepdim=True),
    lambda x: x.sum(axis=1, keepdims=True),
    lambda x: t.sum(x, (1,), True),
    lambda x: t.sum(x, dim=[1], keepdim=True),
]


@pytest.mark.parametrize("run", AXES)
def test_axes_by_either_name(run):
    assert run(_x()).tolist() == [[7.0], [11.0]]


REFUSED = [
    (lambda x: x.sum(2), IndexError, r"Dimension out of range \(expected to be in range of \[-2, 1\], but got 2\)"),
    (lambda x: x.sum((0, 0)), RuntimeError, "dim 0 appears multiple times in the list of dims"),
    (lambda x: x.sum("C"), TypeError, "invalid combination of arguments"),
    (lambda x: x.sum(0, axis=1), TypeError, "got both dim and axis"),
    (lambda x: x.long().mean(), RuntimeError, "could not infer output dtype"),
    (lambda x: x.long().std(), RuntimeError, "only support floating point and complex dtypes"),
    (lambda x: t.ones(0).max(), RuntimeError, "Expected reduction dim to be specified for input.numel"),
    (lambda x: t.ones(0, 2).max(0), IndexError, "Expected reduction dim 0 to have non-zero size"),
    (lambda x: x.topk(4), RuntimeError, "selected index k out of range"),
    (lambda x: x.kthvalue(0), RuntimeError, "selected number k out of range"),
    (lambda x: x.quantile(2.0), RuntimeError, r"q must be in the range \[0, 1\] but got 2.0"),
    (lambda x: t.bincount(t.tensor([-1])), RuntimeError, "bincount only supports 1-d non-negative integral inputs"),
    (lambda x: t.cumsum(x), TypeError, 'missing 1 required positional arguments: "dim"'),
]


@pytest.mark.parametrize(("run", "kind", "words"), REFUSED)
def test_what_is_not_taken_is_told_in_well_known_words(run, kind, words):
    with pytest.raises((kind, UnsupportedDType), match=f"{words}|64-bit mode"):
        run(_x())


def test_distinct_rows_and_what_they_come_from():
    x = t.tensor([[3, 1], [1, 2], [3, 1]])
    values, inverse, counts = t.unique(x, dim=0, return_inverse=True, return_counts=True)
    assert values.tolist() == [[1, 2], [3, 1]]
    assert inverse.tolist() == [1, 0, 1]
    assert counts.tolist() == [1, 2]
    assert t.equal(values[inverse], x)


def test_a_distinct_value_has_the_gradient_of_its_first_occurrence():
    x = t.tensor([2.0, 1.0, 2.0], requires_grad=True)
    (t.unique(x) * t.tensor([10.0, 1.0])).sum().backward()
    assert x.grad.tolist() == [1.0, 10.0, 0.0]


def test_medians_and_nan():
    x = t.tensor([1.0, math.nan, 3.0, 2.0])
    assert math.isnan(x.median().item())
    assert x.nanmedian().item() == 2.0
    assert x.nanmedian(0).indices.item() == 3


def test_a_histogram_counts_its_last_edge():
    assert t.histc(t.tensor([0.0, 1.0, 2.0, 2.0, 5.0]), 2, 0, 2).tolist() == [1.0, 3.0]
    hist, edges = t.histogram(t.tensor([0.0, 1.0, 2.0, 2.0, 5.0]), 2, range=(0.0, 2.0))
    assert hist.tolist() == [1.0, 3.0]
    assert edges.tolist() == [0.0, 1.0, 2.0]
