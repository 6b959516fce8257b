"""Grad modes: of one thread, across backends, and inside transforms."""

from __future__ import annotations

import threading

import pytest
from on_backends import backend, double, host, leaf, same  # noqa: F401 - a fixture

import agrad
from agrad import autograd, func
from agrad.engine.modes import state
from agrad.errors import GradError


@pytest.mark.usefixtures("backend")
class TestOnEveryBackend:
    def test_nothing_is_recorded(self):
        x = leaf()
        with agrad.no_grad():
            assert not (x * 2).requires_grad
            with agrad.enable_grad():
                assert (x * 2).requires_grad
        assert not agrad.no_grad()(lambda: x @ x)().requires_grad

    def test_inference_tensors(self):
        x = leaf()
        with agrad.inference_mode():
            y = x * 2
            z = agrad.ones(2, dtype=agrad.float64)
            z.add_(1)
            assert y.is_inference() and z.is_inference() and z[0].is_inference() and not x[0].is_inference()
            assert (y @ z).is_inference() and y.sum().is_inference() and (y > 0).is_inference()
        assert not (y * 2).is_inference() and not y.clone().is_inference() and y[0].is_inference()
        same(y + z, [4.0, 6.0])
        (x + y).sum().backward()
        same(x.grad, [1.0, 1.0])
        with pytest.raises(GradError, match="cannot be saved for backward"):
            x * y
        with pytest.raises(GradError, match="Inplace update to inference tensor"):
            y.mul_(2)
        with pytest.raises(GradError, match="Inplace update to inference tensor"):
            y[0] = 1.0
        (x * y.clone()).sum().backward()
        same(x.grad, [3.0, 5.0])

    def test_transforms_record_in_every_mode(self):
        f = lambda x: (x**3).sum()
        for mode in (agrad.no_grad, agrad.inference_mode):
            with mode():
                x = double([1.0, 2.0])
                same(func.grad(f)(x), [3.0, 12.0])
                same(func.hessian(f)(x), [[6.0, 0.0], [0.0, 12.0]])

    def test_functions_know_the_mode(self):
        class Twice(autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

            @staticmethod
            def backward(ctx, g):
                return g * 2

        with agrad.inference_mode():
            y = Twice.apply(leaf())
        assert y.is_inference() and not y.requires_grad


def test_a_mode_is_one_threads():
    seen = {}
    inside, done = threading.Event(), threading.Event()

    def other():
        inside.wait(10)
        x = leaf()
        seen["other"] = agrad.is_grad_enabled(), agrad.is_inference_mode_enabled(), (x * 2).requires_grad
        with agrad.no_grad():
            seen["other inside"] = agrad.is_grad_enabled()
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with agrad.inference_mode():
        inside.set()
        done.wait(10)
        seen["this"] = agrad.is_grad_enabled(), agrad.is_inference_mode_enabled()
    thread.join()
    assert seen == {"other": (True, False, True), "other inside": False, "this": (False, True)}


def test_blocks_leave_no_trace():
    before = state.special
    with agrad.no_grad(), agrad.inference_mode(), agrad.enable_grad(), agrad.set_grad_enabled(False):
        assert not agrad.is_grad_enabled()
    agrad.set_grad_enabled(False)
    agrad.set_grad_enabled(True)
    with pytest.raises(KeyError), agrad.no_grad():
        raise KeyError
    assert state.special == before and agrad.is_grad_enabled()


def test_one_block_object_entered_again_inside_itself():
    block = agrad.no_grad()
    with block:
        with block:
            assert not agrad.is_grad_enabled()
        assert not agrad.is_grad_enabled()
    assert agrad.is_grad_enabled()


def test_a_decorated_class_is_the_class():
    with pytest.warns(FutureWarning, match="Decorating classes is deprecated"):

        @agrad.no_grad()
        class Made:
            def __init__(self):
                self.recorded = agrad.is_grad_enabled()

    assert isinstance(Made, type) and not Made().recorded and agrad.is_grad_enabled()
