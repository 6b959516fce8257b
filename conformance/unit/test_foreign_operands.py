"""Arrays of others as operands, indices and masks: what their owner does to them afterwards changes no derivative, on any backend.

Each form is a function of a vector x and of a NumPy array that its owner overwrites before backward runs.
"""

from __future__ import annotations

import numpy as np
import pytest
from on_backends import backend, double, host, leaf, same  # noqa: F401 - a fixture

import agrad
import agrad.array_api as xp
from agrad import func

FACTOR = np.array([3.0, 4.0, 5.0])
MATRIX = np.arange(9.0).reshape(3, 3)
INDEX = np.array([0, 0, 2])
MASK = np.array([True, False, True])
ZERO_D = np.array(3.0)
#: functions of the standard take other arrays than the backend's own on NumPy alone
STANDARD = ("maximum", "atan2", "take", "where", "clip", "lerp")

#: (what is made of x and the array, the array, what its owner writes)
FORMS = {
    "product": (lambda x, a: x * a, FACTOR, 0.0),
    "product from the left": (lambda x, a: x.__rmul__(a), FACTOR, 0.0),
    "quotient": (lambda x, a: x / a, FACTOR, 1.0),
    "power": (lambda x, a: x**a, FACTOR, 1.0),
    "0-d": (lambda x, a: x * a, ZERO_D, 0.0),
    "maximum": (lambda x, a: xp.maximum(x, a), FACTOR - 2.0, 9.0),
    "atan2": (lambda x, a: xp.atan2(x, a), FACTOR, 1.0),
    "matrix": (lambda x, a: x @ a, MATRIX, 0.0),
    "transposed matrix": (lambda x, a: x @ a.T, MATRIX, 0.0),
    "slice": (lambda x, a: x * a[1], MATRIX, 0.0),
    "column": (lambda x, a: x * a[:, 1], MATRIX, 0.0),
    "reversed": (lambda x, a: x * a[::-1], FACTOR, 0.0),
    "index": (lambda x, a: (x * x)[a], INDEX, 1),
    "index of axis": (lambda x, a: xp.reshape(x * x, (1, 3))[:, a], INDEX, 1),
    "mask as an index": (lambda x, a: (x * x)[a], MASK, False),
    "take": (lambda x, a: xp.take(x * x, a, axis=0), INDEX, 1),
    "where": (lambda x, a: xp.where(a, x, x * x), MASK, False),
    "value of where": (lambda x, a: xp.where(x > 2.0, x * a, x), FACTOR, 0.0),
    "clip": (lambda x, a: xp.clip(x * x, a, 100.0), FACTOR, 50.0),
    "lerp": (lambda x, a: agrad.lerp(x, a, x), FACTOR, 0.0),
    "stack": (lambda x, a: xp.prod(xp.stack([x, x * 2]), axis=0) * a, FACTOR, 0.0),
    "written through an index": (lambda x, a: written(x, a, 0.0), INDEX, 1),
    "written through a mask": (lambda x, a: written(x, a, 0.0), MASK, False),
    "in place": (lambda x, a: (x * 1).mul_(a), FACTOR, 0.0),
    "second order": (lambda x, a: func.grad(lambda x: xp.sum(x**3 * a))(x), FACTOR, 0.0),
}


def written(x, where, value):
    y = x * 3
    y[where] = value
    return y


def backward(f, x, a, spoil):
    x = x.clone().requires_grad_()
    y = f(x, a)
    spoil()
    xp.sum(y * y).backward()
    return x.grad


def second(f, x, a, spoil):
    x = x.clone().requires_grad_()
    y = f(x, a)
    (g,) = agrad.autograd.grad(xp.sum(y * y), x, create_graph=True)
    spoil()
    xp.sum(g * g).backward()
    return x.grad


def pulled(f, x, a, spoil):
    out, pull = func.vjp(lambda x: f(x, a), x)
    spoil()
    return pull(agrad.ones_like(out))[0]


def transformed(f, x, a, spoil):
    def inner(x):
        y = f(x, a)
        spoil()
        return xp.sum(y * y)

    return func.grad(inner)(x)


def mapped(f, x, a, spoil):
    def inner(x):
        y = f(x, a)
        spoil()
        return xp.sum(y * y)

    return func.vmap(func.grad(inner))(agrad.stack([x]))


MODES = {"backward": backward, "second order": second, "vjp": pulled, "grad": transformed, "vmap of grad": mapped}


def answer(mode, form, spoiled):
    f, array, written = FORMS[form]
    a = array.copy()

    def spoil():
        if spoiled:
            a[...] = written

    return MODES[mode](f, double([1.5, 2.0, 3.0]), a, spoil)


@pytest.mark.usefixtures("backend")
class TestOwnersWrites:
    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("mode", MODES)
    def test_derivative_is_that_of_the_values_computed_with(self, mode, form, backend):  # noqa: F811
        if backend != "numpy" and form in STANDARD:
            pytest.skip("functions of the standard take the backend's own arrays alone")
        if mode == "vmap of grad" and form == "mask as an index":
            pytest.skip("the number of chosen elements is the mask's, which vmap is asked for per example")
        np.testing.assert_allclose(host(answer(mode, form, True)), host(answer(mode, form, False)), rtol=1e-12)

    def test_raw_primals_of_vjp(self):
        x = np.array([1.0, 2.0])
        _, pull = func.vjp(lambda x: x * x, x)
        x[:] = 0.0
        np.testing.assert_allclose(np.asarray(pull(np.ones(2))[0]), [2.0, 4.0])

    def test_raw_primals_of_linearize(self):
        x = np.array([1.0, 2.0])
        _, push = func.linearize(lambda x: x * x, x)
        x[:] = 0.0
        np.testing.assert_allclose(np.asarray(push(np.ones(2))), [2.0, 4.0])

    @pytest.mark.parametrize("key", [..., slice(None), slice(0, 3), [0, 1, 2]])
    def test_a_written_array_is_copied(self, key):
        x, a = agrad.zeros(3, dtype=agrad.float64), np.array([1.0, 2.0, 3.0])
        x[key] = a
        a[0] = 9.0
        same(x, [1.0, 2.0, 3.0])
        x[0] = 7.0
        assert a[0] == 9.0


@pytest.mark.parametrize("view", [lambda a: xp.reshape(a, (3, 1)), lambda a: xp.expand_dims(a, axis=1)])
def test_a_view_of_an_operand_shares_nothing(view):
    a = np.array([1.0, 2.0, 3.0])
    v = view(a)
    v[0, 0] = 9.0
    assert a[0] == 1.0
    a[1] = 8.0
    same(v, [[9.0], [2.0], [3.0]])


def test_what_asarray_and_from_numpy_share_stays_shared():
    a = np.ones(3)
    for shared in (agrad.from_numpy(a), agrad.as_tensor(a)):
        shared[0] += 1.0
    assert a[0] == 3.0


def test_an_operand_is_copied_where_a_rule_saves_it_and_nowhere_else(monkeypatch):
    backend_ = agrad.backend.get_backend("numpy")
    copies = []
    monkeypatch.setattr(type(backend_), "copy", lambda self, raw: copies.append(raw) or np.array(raw, copy=True))
    a = np.ones(3)
    x = double([1.0, 2.0, 3.0], True)
    y = x + a
    z = x.detach() * a
    with agrad.no_grad():
        w = x * a
    assert not copies
    y = x * a
    assert len(copies) == 1 and copies[0] is a
    assert y.requires_grad and not z.requires_grad and not w.requires_grad
