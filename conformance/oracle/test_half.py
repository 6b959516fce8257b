"""Half precision against PyTorch in float64, on the very same numbers: float16 and bfloat16 keep them, float32 computes.

The shapes and sizes are those at which a sum, a count, a square or a small constant in half precision goes wrong: 70,000 elements
(float16 ends at 65,504), running sums of 5,000 ones (they stop at 2,048), elements of 300 (whose squares are infinite) and of 1e-4
(whose squares are 0). Where PyTorch's own kernels round on the way, its float64 is what counts.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch

import agrad

EPS = {"float16": 2.0**-10, "bfloat16": 2.0**-7}
KINDS = [("numpy", "float16"), ("jax", "float16"), ("jax", "bfloat16")]


def _drawn(*shape, scale=1.0, seed=0):
    return np.random.default_rng(seed).standard_normal(shape) * scale


MANY, COLUMN, ROW = np.ones(70000), np.ones((5000, 2)), np.ones(5000)
LARGE, SMALL = np.full(1000, 300.0), np.full(4000, 1e-4)
GRID, SPREAD = _drawn(16, 64), _drawn(16, 64, scale=300.0)
IMAGE = _drawn(2, 4, 12, 12, scale=100.0)
LABELS = np.random.default_rng(1).integers(0, 64, 16)
MANY_LABELS = np.zeros(70000, dtype=np.int64)


def _labels(t, values, x):
    labels = t.tensor(values)
    return labels.to(x.device) if t is agrad else labels


#: name: (function of the module and of tensors, arrays, bound in eps of the largest element of value, gradients)
TABLE = {
    "sum of a column": (lambda t, x: x.sum(0), (COLUMN,), 1, 1),
    "sum to nothing": (lambda t, x: x.sum(), (ROW,), 1, 1),
    "mean": (lambda t, x: x.mean(), (MANY,), 1, 1),
    "mean of large": (lambda t, x: x.mean(), (np.full(70000, 60000.0),), 1, 1),
    "mean of a column": (lambda t, x: x.mean(0), (COLUMN,), 1, 1),
    "nanmean": (lambda t, x: x.nanmean(), (MANY,), 1, 1),
    "nansum": (lambda t, x: x.nansum(0), (COLUMN,), 1, 1),
    "var": (lambda t, x: x.var(), (_drawn(5000, scale=100.0),), 1, 1),
    "var of far": (lambda t, x: x.var(0), (_drawn(5000, 2) + 300.0,), 1, 1),
    "std": (lambda t, x: x.std(), (SPREAD,), 1, 2),
    "std of small": (lambda t, x: x.std(), (_drawn(4000, scale=1e-4),), 1, 2),
    "var_mean": (lambda t, x: t.var_mean(x, 0)[0], (_drawn(5000, 2, scale=100.0),), 1, 1),
    "norm": (lambda t, x: x.norm(), (LARGE,), 1, 2),
    "norm of small": (lambda t, x: x.norm(), (SMALL,), 1, 2),
    "norm 1": (lambda t, x: x.norm(1), (LARGE[:200],), 1, 1),
    "norm 3": (lambda t, x: x.norm(3), (LARGE,), 1, 4),
    "norm inf": (lambda t, x: x.norm(float("inf")), (np.ones(5000),), 1, 1),
    "matrix norm": (lambda t, x: t.linalg.matrix_norm(x), (SPREAD,), 1, 2),
    "matrix norm 1": (lambda t, x: t.linalg.matrix_norm(x, 1), (np.abs(SPREAD) + 1,), 1, 1),
    "prod": (lambda t, x: x.prod(), (np.linspace(0.99, 1.0105, 3000),), 1, 2),
    "cumsum": (lambda t, x: x.cumsum(0), (ROW,), 1, 1),
    "cumsum of a column": (lambda t, x: x.cumsum(0), (COLUMN,), 1, 1),
    "cumprod": (lambda t, x: x.cumprod(0), (np.linspace(0.995, 1.005, 600),), 1, 2),
    "logcumsumexp": (lambda t, x: x.logcumsumexp(0), (ROW,), 2, 8),
    "max": (lambda t, x: x.max(), (MANY,), 0, 1),
    "amax": (lambda t, x: x.amax(0), (COLUMN,), 0, 1),
    "min": (lambda t, x: x.min(), (MANY,), 0, 1),
    "median": (lambda t, x: x.median(), (MANY,), 0, 1),
    "softmax": (lambda t, x: x.softmax(0), (MANY,), 1, 1),
    "softmax of a row": (lambda t, x: x.softmax(1), (GRID,), 1, 4),
    "log_softmax": (lambda t, x: x.log_softmax(0), (MANY,), 1, 8),
    "log_softmax of a row": (lambda t, x: x.log_softmax(1), (GRID,), 1, 8),
    "logsumexp": (lambda t, x: x.logsumexp(0), (MANY,), 1, 8),
    "trace": (lambda t, x: x.trace(), (np.eye(2100),), 1, 1),
    "dot": (lambda t, x: x @ x, (ROW,), 1, 1),
    "matmul": (lambda t, x: x.T @ x, (COLUMN,), 1, 1),
    "batched matmul": (lambda t, x, y: x @ y, (_drawn(3, 4, 2000), _drawn(2000, 5)), 1, 2),
    "einsum": (lambda t, x, y: t.einsum("ij,kj->ik", x, y), (_drawn(3, 4000), _drawn(4, 4000)), 1, 2),
    "tensordot": (lambda t, x, y: t.tensordot(x, y, 2), (_drawn(3, 50, 80), _drawn(50, 80, 2)), 1, 2),
    "vecdot": (lambda t, x: t.linalg.vecdot(x, x, dim=0), (COLUMN,), 1, 1),
    "outer": (lambda t, x, y: t.outer(x, y), (np.ones(4000), np.ones(3)), 1, 1),
    "broadcast": (lambda t, x, y: x + y, (np.ones((4000, 3)), np.ones(3)), 1, 1),
    "broadcast product": (lambda t, x, y: x * y, (np.ones((4000, 3)), np.ones(1)), 1, 1),
    "expand": (lambda t, x: x.expand(4000, 3), (np.ones(3),), 0, 1),
    "tile": (lambda t, x: x.repeat(4000), (np.ones(3),), 0, 1),
    "repeat_interleave": (lambda t, x: x.repeat_interleave(4000), (np.ones(3),), 0, 1),
    "where": (lambda t, x, y: t.where(x > 0, x, y), (-np.ones((4000, 3)), np.ones(1)), 0, 1),
    "index_select": (lambda t, x: x.index_select(0, _labels(t, MANY_LABELS[:5000], x)), (np.ones(3),), 0, 1),
    "gather": (lambda t, x: x.gather(0, _labels(t, MANY_LABELS[:5000], x)), (np.ones(3),), 0, 1),
    "indexing": (lambda t, x: x[_labels(t, MANY_LABELS[:5000], x)], (np.ones((3, 2)),), 0, 1),
    "index_add": (lambda t, x, y: x.index_add(0, _labels(t, MANY_LABELS[:5000], x), y), (np.ones(3), ROW), 1, 1),
    "scatter_add": (lambda t, x, y: x.scatter_add(0, _labels(t, MANY_LABELS[:5000], x), y), (np.ones(3), ROW), 1, 1),
    "embedding": (lambda t, x: t.nn.functional.embedding(_labels(t, MANY_LABELS[:5000], x), x), (np.ones((3, 2)),), 0, 1),
    "mse_loss": (lambda t, x, y: t.nn.functional.mse_loss(x, y), (MANY * 250, MANY * 3), 1, 2),
    "l1_loss": (lambda t, x, y: t.nn.functional.l1_loss(x, y), (MANY * 3, MANY), 1, 1),
    "huber_loss": (lambda t, x, y: t.nn.functional.huber_loss(x, y), (MANY * 300, MANY), 1, 1),
    "smooth_l1_loss": (lambda t, x, y: t.nn.functional.smooth_l1_loss(x, y), (MANY * 300, MANY), 1, 1),
    "kl_div": (lambda t, x, y: t.nn.functional.kl_div(x, y, reduction="batchmean"), (-np.abs(GRID), np.abs(GRID) + 0.1), 1, 2),
    "binary_cross_entropy": (lambda t, x, y: t.nn.functional.binary_cross_entropy(x, y), (np.full(70000, 0.25), MANY), 1, 1),
    "bce with logits": (
        lambda t, x, y: t.nn.functional.binary_cross_entropy_with_logits(x, y), (MANY * 3, MANY), 1, 2,
    ),
    "cross_entropy": (lambda t, x: t.nn.functional.cross_entropy(x, _labels(t, LABELS, x)), (GRID,), 1, 8),
    "cross_entropy of many": (
        lambda t, x: t.nn.functional.cross_entropy(x, _labels(t, MANY_LABELS, x)), (np.ones((70000, 2)),), 1, 1,
    ),
    "cross_entropy smoothed": (
        lambda t, x: t.nn.functional.cross_entropy(x, _labels(t, MANY_LABELS, x), label_smoothing=0.1),
        (np.ones((70000, 2)),), 1, 2,
    ),
    "nll_loss": (lambda t, x: t.nn.functional.nll_loss(x, _labels(t, MANY_LABELS, x)), (np.ones((70000, 2)),), 1, 1),
    "nll_loss with ignored": (
        lambda t, x: t.nn.functional.nll_loss(x, _labels(t, MANY_LABELS, x), ignore_index=1), (np.ones((70000, 2)),), 1, 1,
    ),
    "gaussian_nll_loss": (
        lambda t, x, y, v: t.nn.functional.gaussian_nll_loss(x, y, v), (SPREAD, GRID, np.abs(SPREAD) + 300), 1, 4,
    ),
    "poisson_nll_loss": (
        lambda t, x, y: t.nn.functional.poisson_nll_loss(x, y, log_input=False), (np.full(9, 1e-3), np.ones(9)), 1, 2,
    ),
    "cosine_similarity": (lambda t, x, y: t.nn.functional.cosine_similarity(x, y), (SPREAD, GRID), 2, 4),
    "cosine_similarity of small": (
        lambda t, x, y: t.nn.functional.cosine_similarity(x, y), (GRID * 1e-4, SPREAD[::-1].copy()), 2, 4,
    ),
    "cosine_embedding_loss": (
        lambda t, x, y: t.nn.functional.cosine_embedding_loss(x, y, t.ones_like(x[:, 0])), (SPREAD, GRID), 2, 4,
    ),
    "pairwise_distance": (lambda t, x, y: t.nn.functional.pairwise_distance(x, y), (SPREAD, GRID), 1, 4),
    "triplet_margin_loss": (
        lambda t, x, y, z: t.nn.functional.triplet_margin_loss(x, y, z), (SPREAD, GRID, SPREAD[::-1] * 0.5), 2, 4,
    ),
    "cdist": (lambda t, x, y: t.cdist(x, y), (SPREAD, GRID), 1, 4),
    "pdist": (lambda t, x: t.pdist(x), (SPREAD,), 1, 4),
    "dist": (lambda t, x, y: t.dist(x, y), (SPREAD, GRID), 1, 2),
    "normalize": (lambda t, x: t.nn.functional.normalize(x), (SPREAD,), 1, 4),
    "normalize of small": (lambda t, x: t.nn.functional.normalize(x), (GRID * 1e-3,), 1, 4),
    "layer_norm": (lambda t, x, w, b: t.nn.functional.layer_norm(x, (64,), w, b), (SPREAD, GRID[0], GRID[1]), 2, 4),
    "layer_norm of many": (lambda t, x: t.nn.functional.layer_norm(x, (70000,)), (_drawn(70000),), 2, 4),
    "rms_norm": (lambda t, x, w: t.nn.functional.rms_norm(x, (64,), w), (SPREAD, GRID[0]), 2, 4),
    "group_norm": (lambda t, x: t.nn.functional.group_norm(x, 2), (IMAGE * 5,), 2, 4),
    "instance_norm": (lambda t, x: t.nn.functional.instance_norm(x), (IMAGE * 5,), 2, 4),
    "batch_norm": (lambda t, x: t.nn.functional.batch_norm(x, None, None, training=True), (IMAGE * 5,), 2, 4),
    "local_response_norm": (lambda t, x: t.nn.functional.local_response_norm(x, 3), (IMAGE * 5,), 2, 4),
    "avg_pool2d": (lambda t, x: t.nn.functional.avg_pool2d(x, 12), (IMAGE + 1000,), 1, 1),
    "adaptive_avg_pool2d": (lambda t, x: t.nn.functional.adaptive_avg_pool2d(x, (5, 7)), (IMAGE + 1000,), 1, 2),
    "lp_pool2d": (lambda t, x: t.nn.functional.lp_pool2d(x, 2, 3), (np.abs(IMAGE) * 3 + 1,), 1, 4),
    "conv1d": (lambda t, x, w: t.nn.functional.conv1d(x, w), (np.ones((1, 500, 12)), np.ones((2, 500, 10))), 1, 1),
    "conv2d": (lambda t, x, w: t.nn.functional.conv2d(x, w), (IMAGE, _drawn(3, 4, 3, 3)), 1, 2),
    "linear": (lambda t, x, w: t.nn.functional.linear(x, w), (_drawn(3, 4000), _drawn(2, 4000)), 1, 2),
    "bilinear": (lambda t, x, y, w: t.nn.functional.bilinear(x, y, w), (_drawn(3, 40), _drawn(3, 40), _drawn(2, 40, 40)), 2, 4),
    "attention": (
        lambda t, x, y, z: t.nn.functional.scaled_dot_product_attention(x, y, z),
        (_drawn(2, 5, 64), _drawn(2, 9, 64, seed=1), _drawn(2, 9, 8, seed=2)), 2, 8,
    ),
    "interpolate": (
        lambda t, x: t.nn.functional.interpolate(x, size=(7, 30), mode="bilinear"), (IMAGE,), 2, 4,
    ),
    "gelu": (lambda t, x: t.nn.functional.gelu(x), (GRID * 3,), 1, 2),
    "gelu tanh": (lambda t, x: t.nn.functional.gelu(x, approximate="tanh"), (GRID * 30,), 1, 2),
    "silu": (lambda t, x: t.nn.functional.silu(x), (GRID * 3,), 1, 2),
    "mish": (lambda t, x: t.nn.functional.mish(x), (GRID * 3,), 1, 2),
    "softplus": (lambda t, x: t.nn.functional.softplus(x), (GRID * 5,), 1, 2),
    "softsign": (lambda t, x: t.nn.functional.softsign(x), (SPREAD,), 1, 2),
    "atan": (lambda t, x: t.atan(x), (np.asarray([300.0, -2000.0]),), 1, 1),
    "asinh": (lambda t, x: t.asinh(x), (np.asarray([300.0, -2000.0]),), 1, 1),
    "atan2": (lambda t, x, y: t.atan2(x, y), (np.asarray([300.0, 1e-4]), np.asarray([400.0, 2e-4])), 1, 1),
    "hypot": (lambda t, x, y: t.hypot(x, y), (np.asarray([300.0, 1e-4]), np.asarray([400.0, 2e-4])), 1, 1),
    "divide": (lambda t, x, y: x / y, (np.asarray([300.0, 1e-3]), np.asarray([400.0, 2e-3])), 1, 1),
    "addcdiv": (lambda t, x, y, z: t.addcdiv(x, y, z), (ROW[:2], ROW[:2], np.asarray([300.0, 1e-3])), 1, 1),
    "cov": (lambda t, x: t.cov(x), (_drawn(3, 5000, scale=50.0),), 1, 2),
    "corrcoef": (lambda t, x: t.corrcoef(x), (SPREAD[:3],), 2, 8),
    "trapezoid": (lambda t, x: t.trapezoid(x), (ROW,), 1, 1),
    "renorm": (lambda t, x: t.renorm(x, 2, 0, 5.0), (SPREAD,), 1, 4),
}  # fmt: skip


def _weights(shape):
    """Return cotangents that half precision has: sums over them cancel nowhere, and they are not all alike."""
    return 1.0 + (np.arange(int(np.prod(shape))) % 3).reshape(shape) / 2.0


def _in_torch(run, arrays):
    leaves = [torch.tensor(a, requires_grad=True) for a in arrays]
    out = run(torch, *leaves)
    out.backward(torch.tensor(_weights(tuple(out.shape))))
    return out.detach().numpy(), [leaf.grad.numpy() for leaf in leaves]


def _in_agrad(run, arrays, backend, dtype):
    leaves = [agrad.tensor(a).to(backend).to(getattr(agrad, dtype)).requires_grad_() for a in arrays]
    out = run(agrad, *leaves)
    assert out.dtype is getattr(agrad, dtype)
    weights = agrad.tensor(_weights(out._shape)).to(backend).to(out.dtype)
    gradients = agrad.autograd.grad(out, leaves, weights)
    assert all(g.dtype is getattr(agrad, dtype) for g in gradients)
    tangents = [agrad.ones_like(leaf) for leaf in leaves]
    _, tangent = agrad.func.jvp(lambda *x: run(agrad, *x), tuple(leaf.detach() for leaf in leaves), tuple(tangents))
    assert tangent.dtype is getattr(agrad, dtype)
    return [_wide(one) for one in (out, tangent, *gradients)]


def _wide(tensor):
    return tensor.detach().to(agrad.float64).to("numpy").numpy()


def _off(found, expected, dtype):
    """Return how far a result is off, in eps of its largest element (of the least normal number at least)."""
    finite = np.abs(expected) < (65504 if dtype == "float16" else 3e38)
    assert finite.any(), "every element overflows: the row shows nothing"
    size = max(np.abs(expected[finite]).max(), 2.0**-14)
    assert found.shape == expected.shape
    return np.abs(found - expected)[finite].max() / (EPS[dtype] * size)


@pytest.mark.parametrize(("backend", "dtype"), KINDS)
@pytest.mark.parametrize("name", TABLE)
def test_half(name, backend, dtype):
    """Value, gradients and a tangent are what float64 gives, rounded once or a few times."""
    if backend not in agrad.available_backends():
        pytest.skip(f"backend {backend} is not installed")
    run, arrays, bound, gradient_bound = TABLE[name]
    rounded = [torch.tensor(a).to(getattr(torch, dtype)).to(torch.float64).numpy() for a in arrays]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected, expected_gradients = _in_torch(run, rounded)
        found, tangent, *gradients = _in_agrad(run, rounded, backend, dtype)
    assert _off(found, expected, dtype) <= bound
    for one, other in zip(gradients, expected_gradients, strict=True):
        assert _off(one, other, dtype) <= gradient_bound
    assert np.isfinite(tangent).all() or not np.isfinite(_pushed(expected_gradients, expected))


def _pushed(gradients, expected):
    """Return the sum of the derivatives along ones: infinite in half precision where a tangent may be."""
    total = sum(np.abs(g).sum() for g in gradients)
    return np.inf if total > 65504 or np.abs(expected).max() > 65504 else total
