"""loss = sum(tanh(x*w + b) * x) on ten million float64: memory traffic, not calls. Gradients for x and 0-d w and b.

The peak is taken in a fresh process for each peer (see processes.py) and counted in arrays of x's size, x itself
included.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import peers
from ..race import Contender, Limit, Race
from .chains import _backward, _stateless

SIZE = 10_000_000


def arrays(size: int = SIZE) -> list[Any]:
    """x, w and b."""
    return [np.linspace(-2.0, 2.0, size), np.asarray(0.7), np.asarray(-0.1)]


def loss_of(xp: Any, x: Any, w: Any, b: Any) -> Any:
    """The workload's formula."""
    return xp.sum(xp.tanh(x * w + b) * x)


def build_numpy(size: int) -> Contender:
    x, w, b = arrays(size)

    def step() -> list[Any]:
        out = np.tanh(x * w + b)
        loss = (out * x).sum()
        g_z = x * (1 - out * out)
        return [loss, out + g_z * w, (g_z * x).sum(), g_z.sum()]

    return _stateless(step)


def build_agrad(size: int, backend: str = "numpy") -> Contender:
    xp = peers.face()
    leaves = [peers.tensor(a, backend, requires_grad=True) for a in arrays(size)]
    return _backward(leaves, lambda x, w, b: loss_of(xp, x, w, b))


def build_torch(size: int) -> Contender:
    import torch

    leaves = [torch.tensor(a, requires_grad=True) for a in arrays(size)]
    return _backward(leaves, lambda x, w, b: loss_of(torch, x, w, b))


def build_autograd(size: int) -> Contender:
    import autograd
    import autograd.numpy as anp

    value_and_grad = autograd.value_and_grad(
        lambda values: anp.sum(anp.tanh(values[0] * values[1] + values[2]) * values[0])
    )
    values = arrays(size)

    def step() -> list[Any]:
        value, grads = value_and_grad(values)
        return [value, *grads]

    return _stateless(step)


def build_mygrad(size: int) -> Contender:
    import mygrad

    leaves = [mygrad.tensor(a, copy=False) for a in arrays(size)]
    kept: list[Any] = []

    def run() -> None:
        loss = loss_of(mygrad, *leaves)
        loss.backward()
        kept[:] = [loss.item(), *(leaf.grad for leaf in leaves)]
        for leaf in leaves:
            leaf.null_grad()

    return Contender(run, lambda: kept)


def build_jax(size: int, *, jit: bool) -> Contender:
    import jax
    import jax.numpy as jnp

    values = tuple(jnp.asarray(a) for a in arrays(size))
    value_and_grad = jax.value_and_grad(lambda x, w, b: loss_of(jnp, x, w, b), argnums=(0, 1, 2))
    if jit:
        value_and_grad = jax.jit(value_and_grad)

    def step() -> list[Any]:
        value, grads = jax.block_until_ready(value_and_grad(*values))
        return [value, *grads]

    return _stateless(step)


def builders(size: int) -> dict[str, Any]:
    """A builder for each peer, at the given size (the memory measurement warms up on a small one)."""
    return {
        peers.NUMPY: lambda: build_numpy(size),
        peers.AGRAD: lambda: build_agrad(size),
        peers.TORCH: lambda: build_torch(size),
        peers.AUTOGRAD: lambda: build_autograd(size),
        peers.MYGRAD: lambda: build_mygrad(size),
        peers.JAX: lambda: build_jax(size, jit=False),
        peers.JAX_JIT: lambda: build_jax(size, jit=True),
        peers.AGRAD_JAX: lambda: build_agrad(size, "jax"),
    }


def races() -> list[Race]:
    """One race; answers are compared at full size, so each contender's runs here include its gradients of x."""
    limits = (Limit(peers.AGRAD, peers.NUMPY, 1.8),)
    return [Race("large", "sum(tanh(x*w+b)*x), ten million float64", builders(SIZE), limits, seconds=30.0)]
