"""autograd.functional, dual numbers and anomaly mode on every backend."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from on_backends import backend, double, host, leaf, same  # noqa: F401 - a fixture

import agrad
from agrad import autograd, func
from agrad.autograd import forward_ad, functional
from agrad.errors import GradError

X = np.array([1.0, 2.0])


@pytest.mark.usefixtures("backend")
class TestOnEveryBackend:
    @pytest.mark.parametrize("vectorize", [False, True])
    def test_jacobians_and_hessians(self, vectorize):
        x, y = double(X), double([3.0, 4.0, 5.0])
        same(functional.jacobian(lambda x: x**3, x, vectorize=vectorize), np.diag(3 * X**2))
        (a, b), (c, d) = functional.jacobian(lambda x, y: (x.sum() * y, x * 2), (x, y), vectorize=vectorize)
        for block, wanted in (
            (a, np.outer(host(y), [1, 1])),
            (b, 3 * np.eye(3)),
            (c, 2 * np.eye(2)),
            (d, np.zeros((2, 3))),
        ):
            same(block, wanted)
        same(functional.hessian(lambda x: (x**3).sum(), x, vectorize=vectorize), np.diag(6 * X))
        again = functional.jacobian(lambda x: x**3, leaf(), create_graph=True, vectorize=vectorize)
        assert again.requires_grad

    def test_forward_strategies(self):
        x = double(X)
        same(functional.jacobian(lambda x: x**3, x, strategy="forward-mode", vectorize=True), np.diag(3 * X**2))
        found = functional.hessian(lambda x: (x**3).sum(), x, outer_jacobian_strategy="forward-mode", vectorize=True)
        same(found, np.diag(6 * X))

    def test_products(self):
        x, v = double(X), double([1.0, -1.0])
        same(functional.vjp(lambda x: x**3, x, v)[1], 3 * X**2 * host(v))
        same(functional.jvp(lambda x: x**3, x, v)[1], 3 * X**2 * host(v))
        for product in (functional.hvp, functional.vhp):
            value, found = product(lambda x: (x**3).sum(), x, v)
            same(value, 9.0)
            same(found, 6 * X * host(v))

    def test_duals(self):
        with forward_ad.dual_level():
            x = forward_ad.make_dual(double(X), double([1.0, 0.0]))
            y = (x.sin() * x).reshape(2, 1)
            primal, tangent = forward_ad.unpack_dual(y)
            with pytest.raises(GradError, match="Nested forward mode AD"), forward_ad.dual_level():
                pass
        same(primal, (np.sin(X) * X).reshape(2, 1))
        same(tangent, [[np.cos(1.0) + np.sin(1.0)], [0.0]])
        same(y * 2, 2 * (np.sin(X) * X).reshape(2, 1))
        assert forward_ad.unpack_dual(y).tangent is None and not y._options.backend.level

    def test_duals_forward_over_reverse_and_inside_transforms(self):
        x = leaf()
        with forward_ad.dual_level():
            y = (forward_ad.make_dual(x, double([1.0, 2.0])) ** 3).sum()
            (g,) = autograd.grad(y, x)
            primal, tangent = forward_ad.unpack_dual(g)
        same(primal, 3 * X**2)
        same(tangent, 6 * X * [1.0, 2.0])

        def tangent_of_square(x):
            with forward_ad.dual_level():
                return forward_ad.unpack_dual(forward_ad.make_dual(x, agrad.ones_like(x)) ** 2).tangent.sum()

        same(func.grad(tangent_of_square)(double(X)), [2.0, 2.0])

    def test_a_level_left_by_an_error(self):
        with pytest.raises(KeyError), forward_ad.dual_level():
            raise KeyError
        with forward_ad.dual_level():
            pass

    def test_anomaly_mode_shows_the_forward_line(self):
        x = leaf(0.0, 1.0)
        with warnings.catch_warnings(record=True) as told, autograd.set_detect_anomaly(True):
            warnings.simplefilter("always")
            y = (x.sqrt() * 0.0).sum()  # the line
            with pytest.raises(GradError, match=r"Function 'SqrtBackward0' returned nan values in its 0th output\."):
                y.backward()
        (text,) = (str(one.message) for one in told if "Error detected in" in str(one.message))
        assert (
            "Error detected in SqrtBackward0. Traceback of forward call" in text
            and "x.sqrt() * 0.0).sum()  # the line" in text
        )
        assert x.grad is None

    def test_anomaly_mode_of_a_recorded_backward(self):
        x = leaf(0.0, 1.0)
        with warnings.catch_warnings(record=True) as told, autograd.set_detect_anomaly(True):
            warnings.simplefilter("always")
            y = (x**1.5).sum()  # first
            (g,) = autograd.grad(y, x, create_graph=True)  # second
            with pytest.raises(GradError, match="returned nan values"):
                (g * 0.0).sum().backward()
        texts = [str(one.message) for one in told if "Pow" in str(one.message)]
        assert (
            "# second" in texts[0]
            and texts[1].startswith("Previous calculation was induced by Pow")
            and "# first" in texts[1]
        )


def test_anomaly_mode_without_the_forward():
    y = (leaf(0.0).sqrt() * 0.0).sum()
    with pytest.warns(UserWarning, match="Anomaly Detection has been enabled"):
        mode = autograd.detect_anomaly()
    with (
        mode,
        pytest.raises(GradError, match="returned nan"),
        pytest.warns(UserWarning, match="No forward pass information"),
    ):
        y.backward()


def test_anomaly_mode_without_the_look_for_nan():
    x = leaf(0.0)
    with autograd.set_detect_anomaly(True, check_nan=False):
        assert autograd.anomaly_mode.is_anomaly_enabled() and not autograd.anomaly_mode.is_anomaly_check_nan_enabled()
        (x.sqrt() * 0.0).sum().backward()
    assert np.isnan(host(x.grad)).all() and not autograd.anomaly_mode.is_anomaly_enabled()


def test_anomaly_mode_shows_a_function_that_raises():
    class Raises(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            raise ValueError("mine")

    autograd.set_detect_anomaly(True)
    try:
        y = Raises.apply(leaf()).sum()
        with (
            pytest.raises(ValueError, match="mine"),
            pytest.warns(UserWarning, match="(?s)RaisesBackward.*Raises.apply"),
        ):
            y.backward()
    finally:
        autograd.set_detect_anomaly(False)
    assert not autograd.anomaly_mode.is_anomaly_enabled()
