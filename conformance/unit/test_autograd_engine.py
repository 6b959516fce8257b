"""Autograd's user side: hooks on saved values, anomaly mode, checkpoint, gradcheck, batched gradients, and trust."""

import gc
import threading

import numpy as np
import pytest

import agrad
from agrad import array_api as xp
from agrad import autograd
from agrad.autograd import functional
from agrad.autograd.anomaly_mode import set_detect_anomaly
from agrad.autograd.graph import save_on_cpu, saved_tensors_hooks
from agrad.testing import GradcheckError, assert_close, gradcheck, gradgradcheck
from agrad.utils.checkpoint import checkpoint, checkpoint_sequential

BACKENDS = [name for name in ("numpy", "jax", "strict") if name in agrad.available_backends()]


@pytest.fixture(params=BACKENDS)
def tensor(request):
    def make(value, requires_grad=True):
        return agrad.tensor(value, dtype=agrad.float64, requires_grad=requires_grad)

    if request.param == "jax":
        import jax

        if not jax.config.jax_enable_x64:
            pytest.skip("float64 on JAX needs JAX_ENABLE_X64=1")
    with agrad.use_backend(request.param):
        yield make


def host(value):
    return np.asarray(value._options.backend.tolist(value._data))


def test_saved_tensors_hooks_and_save_on_cpu(tensor):
    x = tensor([1.0, 2.0])
    packed, unpacked = [], []
    with saved_tensors_hooks(lambda t: packed.append(1) or t, lambda t: unpacked.append(1) or t):
        y = xp.sum(xp.exp(x) * x)
    assert packed and not unpacked
    y.backward()
    assert len(unpacked) == len(packed)
    np.testing.assert_allclose(host(x.grad), np.exp([1.0, 2.0]) * [2.0, 3.0])
    x.grad = None
    with save_on_cpu():
        y = xp.sum(xp.exp(x) * x)
    y.backward()
    np.testing.assert_allclose(host(x.grad), np.exp([1.0, 2.0]) * [2.0, 3.0])


def test_anomaly_mode_names_the_function_that_made_nan(tensor):
    x = tensor([0.0])
    with set_detect_anomaly(True):
        y = xp.sum(xp.sqrt(x) * 0.0)
        with pytest.warns(UserWarning, match="test_autograd_engine"), pytest.raises(RuntimeError, match="nan values"):
            y.backward()


def test_checkpoint_is_the_same_gradient(tensor):
    w = tensor([[0.5, -1.0], [2.0, 0.25]])
    x = tensor([1.0, 2.0])
    layer = lambda v: xp.tanh(v @ w)
    plain = autograd.grad(xp.sum(layer(layer(x))), (x, w))
    y = xp.sum(checkpoint(layer, checkpoint(layer, x)))
    y.backward()
    np.testing.assert_allclose(host(x.grad), host(plain[0]))
    np.testing.assert_allclose(host(w.grad), host(plain[1]))
    x.grad = None
    xp.sum(checkpoint_sequential([layer] * 6, 3, x)).backward()
    y = x
    for _ in range(6):
        y = layer(y)
    np.testing.assert_allclose(host(x.grad), host(autograd.grad(xp.sum(y), x)[0]))


def test_gradcheck(tensor):
    x = tensor([[0.3, -0.7], [1.1, 0.4]])
    assert gradcheck(lambda x: xp.sin(x) @ x, x, check_forward_ad=True)
    assert gradgradcheck(lambda x: xp.sin(x) @ x, x)

    class Wrong(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2.0

        @staticmethod
        def backward(ctx, g):
            return g * 3.0

    with pytest.raises(GradcheckError, match="mismatch"):
        gradcheck(Wrong.apply, x)
    assert not gradcheck(Wrong.apply, x, raise_exception=False)


def test_assert_close(tensor):
    assert_close(tensor([1.0]), tensor([1.0 + 1e-9]))
    with pytest.raises(AssertionError, match="not close"):
        assert_close(tensor([1.0]), tensor([1.1]))


def test_batched_gradients(tensor):
    x = tensor([1.0, 2.0])
    y = xp.exp(x) * x
    (rows,) = autograd.grad(y, x, tensor([[1.0, 0.0], [0.0, 1.0]], False), is_grads_batched=True)
    np.testing.assert_allclose(host(rows), np.diag(np.exp([1.0, 2.0]) * [2.0, 3.0]))


def test_functional(tensor):
    x = tensor([1.0, 2.0])
    f = lambda x: xp.sum(x**3)
    np.testing.assert_allclose(host(functional.hessian(f, x)), np.diag([6.0, 12.0]))
    np.testing.assert_allclose(host(functional.jacobian(lambda x: x * x, x)), np.diag([2.0, 4.0]))
    np.testing.assert_allclose(host(functional.hvp(f, x, tensor([1.0, 1.0]))[1]), [6.0, 12.0])
    np.testing.assert_allclose(host(functional.vjp(lambda x: x * x, x, tensor([1.0, 1.0]))[1]), [2.0, 4.0])


def test_deep_chain_and_no_cycles():
    x = agrad.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(100_000):
        y = y * 1.0
    y.backward()
    assert float(x.grad) == 1.0
    del y
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            y = xp.sum(xp.exp(agrad.ones((3, 3)) * x) @ agrad.ones((3, 3)))
            y.backward()
            del y
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_threads_and_exceptions():
    x = agrad.tensor([1.0, 2.0], dtype=agrad.float64, requires_grad=True)
    answers = []

    def work():
        for _ in range(50):
            answers.append(host(autograd.grad(xp.sum(xp.exp(x) * x), x)[0]))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    for answer in answers:
        np.testing.assert_allclose(answer, np.exp([1.0, 2.0]) * [2.0, 3.0])
    assert len(answers) == 200
    y = xp.sum(x * x)

    def bad(_):
        raise KeyError("a hook's own")

    handle = y.register_hook(bad)
    with pytest.raises(KeyError):
        y.backward()
    handle.remove()
    y.backward()
    assert host(x.grad).tolist() == [2.0, 4.0]
