"""float16 and bfloat16: every primitive against float64 on the same numbers; where rounding is not to be felt and what keeps names."""

from __future__ import annotations

import numpy as np
import pytest
from agrad_conformance import halves
from agrad_conformance.cases import all_cases
from agrad_conformance.driver import Place

import agrad
from agrad.engine.primitive import registry

ROWS = [(case, label, sample) for case in all_cases() for label, sample in halves.half_samples(case)]
#: where half precision cannot do better
EXCEPTIONS = {
    ("logcumsumexp", "4"): "the rounded result is kept, and the derivative is made of exp(x - result)",
    ("special.i1", "3"): "the value overflows, and the derivative is made of it",
    ("astype", "0"): "it leaves half precision",
    ("astype", "1"): "it leaves half precision",
}
#: on a backend that compiles each of these is slow once: those that sum, count and multiply are enough
COMPILED = (
    "sum",
    "mean",
    "prod",
    "var",
    "std",
    "cumulative_sum",
    "matmul",
    "linalg.vector_norm",
    "special.softmax",
    "nll_loss",
    "convolution",
)


def _judge(case, label, sample, backend, dtype):
    if (case.name, label) in EXCEPTIONS:
        pytest.skip(EXCEPTIONS[case.name, label])
    found = halves.distances(case, label, sample, Place(backend), Place("numpy"), dtype)
    assert {kind: off for kind, off in found.items() if off > halves.BOUNDS[kind]} == {}


@pytest.mark.parametrize(("case", "label", "sample"), ROWS, ids=[f"{case.name}-{label}" for case, label, _ in ROWS])
def test_primitives(case, label, sample):
    """A primitive's value, gradient and tangent in float16 are float64's, rounded a few times."""
    _judge(case, label, sample, "numpy", "float16")


@pytest.mark.parametrize("name", COMPILED)
def test_bfloat16(name):
    """The same in bfloat16, where a backend has it."""
    if "jax" not in agrad.available_backends():
        pytest.skip("NumPy has no bfloat16")
    pytest.importorskip("ml_dtypes")
    case, label, sample = next(row for row in ROWS if row[0].name == name)
    _judge(case, label, sample, "jax", "bfloat16")


@pytest.mark.parametrize("name", sorted(registry))
def test_records(name):
    """Every record that has rules has one for half precision, under its own names, that is freed with it."""
    op = registry[name]
    for record in (op, op.number_left, op.number_right):
        half = record.half
        assert half.half is half or half is record
        assert half.freed is record.freed
        assert half.torch_name == record.torch_name
        assert half.call is record.call
        assert [rule is None for rule in half.vjps] == [rule is None for rule in record.vjps]


def test_sums_of_cotangents_run_in_float32():
    """What is broadcast gets the sum of its cotangents, which float16 would stop at 2048, in first and second order."""
    x = agrad.ones(1, dtype=agrad.float16, requires_grad=True)
    many = agrad.ones(5000, 3, dtype=agrad.float16)
    for function in (lambda x: x + many, lambda x: x * many, lambda x: agrad.where(many > 0, x, many)):
        (g,) = agrad.autograd.grad(function(x).sum(0)[0], x)
        assert g.item() == 5000
    (g,) = agrad.autograd.grad((x * x * many).sum(0)[0], x, create_graph=True)
    assert g.item() == 10000
    assert agrad.autograd.grad(g, x)[0].item() == 10000


def test_promotion_decides():
    """Half and single precision together are single precision, and nothing is rounded to half on the way."""
    half = agrad.ones(5000, 2, dtype=agrad.float16)
    single = agrad.full((5000, 2), 1.0 + 2.0**-20)
    assert agrad.nn.functional.mse_loss(half, single).dtype is agrad.float32
    assert (half * single).sum().item() == pytest.approx(10000 * (1 + 2.0**-20), rel=1e-7)
    assert agrad.nn.functional.mse_loss(half, half).dtype is agrad.float16


def test_names_of_nodes():
    """A composed function's node keeps its name in half precision."""
    x = agrad.ones(2, 4, dtype=agrad.float16, requires_grad=True)
    assert agrad.nn.functional.layer_norm(x, (4,)).grad_fn.name() == "NativeLayerNormBackward0"
    assert agrad.nn.functional.gelu(x).grad_fn.name() == "GeluBackward0"
    assert x.sum().grad_fn.name() == "SumBackward0"


@pytest.mark.parametrize(
    "make", [agrad.optim.Adam, agrad.optim.AdamW, agrad.optim.RMSprop, agrad.optim.Adagrad, agrad.optim.NAdam]
)
def test_optimizers_keep_their_eps(make):
    """Steps of parameters whose gradients are 0, or so small that their squares are none in float16, are numbers."""
    for gradient in (0.0, 1e-4):
        single, half = (agrad.ones(3, dtype=dtype, requires_grad=True) for dtype in (agrad.float32, agrad.float16))
        for p in (single, half):
            p.grad = agrad.full_like(p, gradient)
            make([p], lr=0.125).step()
        assert np.allclose(half.detach().float().numpy(), single.detach().numpy(), rtol=2e-3)


def test_running_statistics_of_large_numbers():
    """Averages kept in float32 take variances that float16 has not."""
    mean, var = agrad.zeros(2), agrad.ones(2)
    x = agrad.tensor(np.resize([300.0, -300.0], (64, 2)).T.reshape(64, 2)).to(agrad.float16)
    agrad.nn.functional.batch_norm(x, mean, var, training=True, momentum=1.0)
    assert np.isfinite(var.numpy()).all()
    assert var.numpy().max() > 65504


def test_vmapped_loss_counts_in_float32():
    """The mean over more labels than float16 can count."""
    x = agrad.ones(2, 70000, 2, dtype=agrad.float16)
    labels = agrad.zeros(2, 70000, dtype=agrad.int64)
    out = agrad.vmap(lambda x, y: agrad.nn.functional.nll_loss(x, y))(x, labels)
    assert out.dtype is agrad.float16
    assert out.tolist() == [-1.0, -1.0]
