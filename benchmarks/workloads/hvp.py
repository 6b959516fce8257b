"""Hessian-vector product of a small network's loss: the gradient of <gradient, v>, as PyTorch's users take it.

Raw NumPy's version is Pearlmutter's R-operator by hand (forward over reverse), the cheapest way there is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import peers
from ..race import Contender, Limit, Race
from .chains import _stateless

ROWS, INPUT, HIDDEN = 256, 64, 256
_generator = np.random.default_rng(2)
X = _generator.standard_normal((ROWS, INPUT))
Y = _generator.standard_normal((ROWS, 1))
PARAMETERS = [
    _generator.standard_normal((INPUT, HIDDEN)) / 6,
    _generator.standard_normal(HIDDEN) / 6,
    _generator.standard_normal((HIDDEN, 1)) / 8,
]
VECTOR = [_generator.standard_normal(a.shape) for a in PARAMETERS]


def loss_of(xp: Any, x: Any, y: Any, w1: Any, b1: Any, w2: Any) -> Any:
    """Mean square error of one hidden layer."""
    error = xp.tanh(x @ w1 + b1) @ w2 - y
    return xp.mean(error * error)


def numpy_hvp() -> list[Any]:
    w1, b1, w2 = PARAMETERS
    v1, vb, v2 = VECTOR
    out = np.tanh(X @ w1 + b1)
    slope = 1 - out * out
    g_p = (out @ w2 - Y) * (2 / ROWS)
    g_out = g_p @ w2.T
    t_out = slope * (X @ v1 + vb)
    t_g_p = (t_out @ w2 + out @ v2) * (2 / ROWS)
    t_g_out = t_g_p @ w2.T + g_p @ v2.T
    t_g_z = t_g_out * slope - g_out * (2 * out * t_out)
    return [X.T @ t_g_z, t_g_z.sum(axis=0), t_out.T @ g_p + out.T @ t_g_p]


def build_agrad() -> Contender:
    import agrad

    leaves = [peers.tensor(a, requires_grad=True) for a in PARAMETERS]
    vector = [peers.tensor(a) for a in VECTOR]
    x, y = peers.tensor(X), peers.tensor(Y)
    grad, xp = agrad.autograd.grad, peers.face()

    def step() -> list[Any]:
        first = grad(loss_of(xp, x, y, *leaves), leaves, create_graph=True)
        inner = sum(xp.sum(g * v) for g, v in zip(first, vector, strict=True))
        return [np.asarray(h) for h in grad(inner, leaves)]

    return _stateless(step)


def build_torch() -> Contender:
    import torch

    leaves = [torch.tensor(a, requires_grad=True) for a in PARAMETERS]
    vector = [torch.tensor(a) for a in VECTOR]
    x, y = torch.tensor(X), torch.tensor(Y)

    def step() -> list[Any]:
        first = torch.autograd.grad(loss_of(torch, x, y, *leaves), leaves, create_graph=True)
        inner = sum((g * v).sum() for g, v in zip(first, vector, strict=True))
        return [h.numpy() for h in torch.autograd.grad(inner, leaves)]

    return _stateless(step)


def build_autograd() -> Contender:
    import autograd
    import autograd.numpy as anp

    gradient = autograd.grad(lambda leaves: loss_of(anp, X, Y, *leaves))

    def inner(leaves: Any) -> Any:
        return sum(anp.sum(g * v) for g, v in zip(gradient(leaves), VECTOR, strict=True))

    second = autograd.grad(inner)
    return _stateless(lambda: second(list(PARAMETERS)))


def build_jax(*, jit: bool) -> Contender:
    import jax
    import jax.numpy as jnp

    leaves, vector = [jnp.asarray(a) for a in PARAMETERS], [jnp.asarray(a) for a in VECTOR]
    x, y = jnp.asarray(X), jnp.asarray(Y)
    gradient = jax.grad(lambda leaves: loss_of(jnp, x, y, *leaves))

    def hvp(leaves: Any, vector: Any) -> Any:
        return jax.jvp(gradient, (leaves,), (vector,))[1]

    if jit:
        hvp = jax.jit(hvp)
    return _stateless(lambda: jax.block_until_ready(hvp(leaves, vector)))


def races() -> list[Race]:
    """One race; MyGrad has no second derivatives."""
    builders = {
        peers.NUMPY: lambda: _stateless(numpy_hvp),
        peers.AGRAD: build_agrad,
        peers.TORCH: build_torch,
        peers.AUTOGRAD: build_autograd,
        peers.JAX: lambda: build_jax(jit=False),
        peers.JAX_JIT: lambda: build_jax(jit=True),
    }
    limits = (Limit(peers.AGRAD, peers.NUMPY, 1.9),)
    title = f"Hessian-vector product, {ROWS} rows, {INPUT}-{HIDDEN}-1"
    return [Race("hvp", title, builders, limits, tolerance=1e-9)]
