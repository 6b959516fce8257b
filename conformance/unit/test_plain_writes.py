"""Writes to a plain tensor that is alone with its memory take a short way, large ones in that memory: nobody can tell.

The confusing case is a step of gradient descent: the parameter requires grad, the write is under no_grad, and a graph of
before may still hold the parameter's array.
"""

from __future__ import annotations

import numpy as np
import pytest
from on_backends import backend  # noqa: F401 - a fixture

import agrad
from agrad.errors import GradError, ShapeError

SIDES = [3, 400]  # 400 x 400 float32 are more bytes than those from which NumPy's memory is kept

WRITES = {
    "add": (lambda x, y: x.__iadd__(y), lambda x, y: x + y),
    "subtract": (lambda x, y: x.__isub__(y), lambda x, y: x - y),
    "multiply": (lambda x, y: x.__imul__(y), lambda x, y: x * y),
    "divide": (lambda x, y: x.__itruediv__(y), lambda x, y: x / y),
    "power": (lambda x, y: x.__ipow__(y), lambda x, y: x**y),
}


def made(side: int, value: float = 2.0) -> agrad.Tensor:
    """Return a square of elements that are no powers of two."""
    return agrad.arange(1, side * side + 1, dtype=agrad.float32).reshape(side, side).clone() / 7 + value


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("side", SIDES)
class TestOnEveryBackend:
    @pytest.mark.parametrize("write", WRITES)
    @pytest.mark.parametrize("other", ["square", "row", "one", "number"])
    def test_the_value_is_the_out_of_place_one(self, side, write, other):
        given = {"square": made(side, 0.5), "row": made(side, 0.5)[:1].clone(), "one": agrad.tensor(1.5), "number": 1.5}
        if write == "power":
            given = {name: one / 100 if name != "number" else 0.5 for name, one in given.items()}
        x = made(side)
        expected = WRITES[write][1](x, given[other])
        same = x
        x = WRITES[write][0](x, given[other])
        assert x is same
        assert x._version == 1
        assert agrad.equal(x, expected)

    def test_a_graph_that_saved_the_old_elements_is_told(self, side):
        w = made(side).requires_grad_()
        loss = (w * w).sum()
        with agrad.no_grad():
            w -= made(side)
        with pytest.raises(GradError, match="modified by an inplace operation"):
            loss.backward()

    def test_a_step_of_gradient_descent(self, side):
        w = made(side).requires_grad_()
        before = w.detach().clone()
        (w * 3).sum().backward()
        with agrad.no_grad():
            w -= 0.5 * w.grad
        assert w.requires_grad and w.is_leaf and w._version == 1
        assert agrad.equal(w.detach(), before - 1.5)

    def test_who_shares_the_memory_sees_it(self, side):
        x = made(side)
        shown = x[0]
        x += made(side)
        assert agrad.equal(shown, x[0])

    def test_a_result_that_does_not_fit_changes_nothing(self, side):
        x = made(side)
        before = x.clone()
        with pytest.raises(ShapeError, match="doesn't match the broadcast shape"):
            x += made(side).reshape(1, side, side)[[0, 0]]
        assert agrad.equal(x, before) and x._version == 0

    def test_a_leaf_is_refused_while_history_is_made(self, side):
        w = made(side).requires_grad_()
        with pytest.raises(GradError, match="a leaf Variable that requires grad"):
            w += 1.0
        assert w._version == 0

    def test_an_array_of_the_user_is_not_written_to_behind_their_back(self, side):
        x = made(side) + 0
        raw = x._data
        before = np.asarray(raw).copy()
        x += made(side)
        assert np.array_equal(np.asarray(raw), before)


def test_numpys_memory_is_kept_where_that_pays():
    x = made(400) + 0
    place = id(x._data)
    x += made(400)
    assert id(x._data) == place


def test_no_error_of_numpy_leaves_half_a_write():
    x = made(400) + 0
    with np.errstate(all="raise"):
        x /= agrad.zeros(400, 400)
    assert agrad.isinf(x).all()
    small = made(3) + 0
    before = small.clone()
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        small /= agrad.zeros(3, 3)
    assert agrad.equal(small, before) and small._version == 0
