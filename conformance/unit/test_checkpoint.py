"""Checkpointing: the same gradients on every backend, and the memory that theory says."""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np
import pytest
from on_backends import backend, double, host, leaf, same  # noqa: F401 - a fixture

import agrad
from agrad import autograd, func
from agrad.utils.checkpoint import CheckpointError, checkpoint, checkpoint_sequential, set_checkpoint_debug_enabled

LENGTH = 1 << 15
BYTES = LENGTH * 8
LAYERS = 64


@pytest.mark.usefixtures("backend")
class TestOnEveryBackend:
    @pytest.mark.parametrize("reentrant", [True, False])
    def test_gradients(self, reentrant):
        w = double([[0.5, -1.0], [2.0, 0.25]], True)
        layer = lambda v: (v @ w).tanh()
        x = leaf()
        plain = autograd.grad(layer(layer(layer(x))).sum(), (x, w))
        inner = checkpoint(layer, checkpoint(layer, x, use_reentrant=reentrant), use_reentrant=reentrant)
        checkpoint(layer, inner, use_reentrant=reentrant).sum().backward()
        same(x.grad, host(plain[0]))
        same(w.grad, host(plain[1]))

    def test_nested(self):
        x = leaf(0.1, 0.2)
        f = lambda x: x.exp() * x
        nested = lambda x: checkpoint(lambda x: checkpoint(f, checkpoint(f, x)), x)
        (plain,) = autograd.grad(f(f(x)).sum(), x)
        (g,) = autograd.grad(nested(x).sum(), x, create_graph=True)
        same(g, host(plain))
        (h,) = autograd.grad(g.sum(), x)
        (wanted,) = autograd.grad(autograd.grad(f(f(x)).sum(), x, create_graph=True)[0].sum(), x)
        same(h, host(wanted))

    def test_the_random_state_is_kept(self):
        drawn = []

        def dropout(x):
            drawn.append(agrad.rand(2, dtype=agrad.float64))
            return x * drawn[-1] * x

        x = leaf()
        y = checkpoint(dropout, x)
        agrad.rand(3)
        y.sum().backward()
        same(drawn[0], host(drawn[1]))
        same(x.grad, 2 * host(drawn[0]) * [1.0, 2.0])

    def test_sequential(self):
        chain = [lambda x: (x * 1.1).sin() for _ in range(7)]
        x = leaf()
        y = x
        for one in chain:
            y = one(y)
        (plain,) = autograd.grad(y.sum(), x)
        for segments in (1, 2, 3, 7, 20):
            (g,) = autograd.grad(checkpoint_sequential(chain, segments, x).sum(), x)
            same(g, host(plain))


def test_another_run_is_told():
    runs = iter((lambda x: x.exp() * x, lambda x: x.exp()))
    y = checkpoint(lambda x: next(runs)(x), leaf(), debug=True).sum()
    with pytest.raises(CheckpointError, match="A different number of tensors") as told:
        y.backward()
    assert "test_checkpoint.py" in str(told.value) and "x.exp() * x" in str(told.value)
    with set_checkpoint_debug_enabled(True):
        runs = iter((lambda x: x.exp(), lambda x: agrad.cat([x, x]).exp()))
        y = checkpoint(lambda x: next(runs)(x), leaf()).sum()
        with pytest.raises(CheckpointError, match="different metadata"):
            y.backward()


def test_after_a_failed_recomputation_all_works():
    x = leaf()
    broken = [False]

    def f(x):
        if broken[0]:
            raise ValueError("in the second run")
        return x.exp()

    y = checkpoint(f, x).sum()
    broken[0] = True
    with pytest.raises(ValueError, match="in the second run"):
        y.backward()
    broken[0] = False
    y.backward()
    same(x.grad, np.exp([1.0, 2.0]))


def test_inside_transforms():
    x = double([1.0, 2.0])
    f = lambda x: checkpoint(lambda x: x**3, x).sum()
    same(func.grad(f)(x), [3.0, 12.0])
    same(func.hessian(f)(x), [[6.0, 0.0], [0.0, 12.0]])


# ---------------------------------------------------------------- memory


def layer(x):
    return (x * 1.01).tanh()


def peak(run):
    """Return the most memory that `run` has at once beyond what was there, in activations."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        run()
        return (tracemalloc.get_traced_memory()[1] - before) / BYTES
    finally:
        tracemalloc.stop()


@pytest.fixture
def chain_input():
    return agrad.tensor(np.linspace(0.0, 1.0, LENGTH), requires_grad=True)


def test_a_plain_chain_keeps_every_activation(chain_input):
    def run():
        y = chain_input
        for _ in range(LAYERS):
            y = layer(y)
        y.sum().backward()

    assert LAYERS <= peak(run) <= LAYERS + 4


@pytest.mark.parametrize("segments", [2, 4, 8, 16, 32])
@pytest.mark.parametrize("reentrant", [True, False])
def test_a_checkpointed_chain_peaks_at_inputs_of_segments_and_one_segment(chain_input, segments, reentrant):
    run = lambda: (
        checkpoint_sequential([layer] * LAYERS, segments, chain_input, use_reentrant=reentrant).sum().backward()
    )
    theory = (segments - 1) + LAYERS // segments
    # Three to four arrays more: a cotangent, the one that it becomes, a temporary, and the input's own gradient.
    assert theory <= peak(run) <= theory + 4


def test_halving_again_and_again_keeps_a_logarithm(chain_input):
    def halved(count):
        if count == 1:
            return layer
        first, second = halved(count // 2), halved(count - count // 2)
        return lambda x: checkpoint(second, checkpoint(first, x))

    run = lambda: checkpoint(halved(LAYERS), chain_input).sum().backward()
    assert peak(run) <= np.log2(LAYERS) + 4
