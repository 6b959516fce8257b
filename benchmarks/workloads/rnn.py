"""A recurrent network, 200 steps of h = tanh(x[t] @ W_x + h @ W_h + b), mean square of the last error; float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import peers
from ..race import Contender, Limit, Race
from .chains import _stateless

STEPS, BATCH, INPUT, HIDDEN = 200, 32, 16, 64
_generator = np.random.default_rng(1)
X = _generator.standard_normal((STEPS, BATCH, INPUT)).astype(np.float32)
TARGET = _generator.standard_normal((BATCH, HIDDEN)).astype(np.float32)
W_X = (_generator.standard_normal((INPUT, HIDDEN)) / 4).astype(np.float32)
W_H = (_generator.standard_normal((HIDDEN, HIDDEN)) / 8).astype(np.float32)
B = np.zeros(HIDDEN, dtype=np.float32)
H0 = np.zeros((BATCH, HIDDEN), dtype=np.float32)


def loss_of(xp: Any, xs: Any, h: Any, target: Any, w_x: Any, w_h: Any, b: Any) -> Any:
    """The network, for every library whose arrays have operators; `xs` is a sequence of inputs."""
    for x in xs:
        h = xp.tanh(x @ w_x + h @ w_h + b)
    error = h - target
    return xp.mean(error * error)


def numpy_step() -> tuple[Any, ...]:
    h, states = H0, [H0]
    for x in X:
        h = np.tanh(x @ W_X + h @ W_H + B)
        states.append(h)
    error = h - TARGET
    loss = (error * error).mean()
    g = error * np.float32(2 / error.size)
    g_x, g_h, g_b = np.zeros_like(W_X), np.zeros_like(W_H), np.zeros_like(B)
    for t in range(STEPS - 1, -1, -1):
        out = states[t + 1]
        g = g * (1 - out * out)
        g_x += X[t].T @ g
        g_h += states[t].T @ g
        g_b += g.sum(axis=0)
        g = g @ W_H.T
    return loss, g_x, g_h, g_b


def _leaves_contender(leaves: list[Any], loss: Any) -> Contender:
    kept: list[Any] = []

    def run() -> None:
        for leaf in leaves:
            leaf.grad = None
        value = loss()
        value.backward()
        kept[:] = [value]

    return Contender(run, lambda: [float(kept[0]), *(np.asarray(leaf.grad) for leaf in leaves)])


def build_agrad() -> Contender:
    leaves = [peers.tensor(a, requires_grad=True) for a in (W_X, W_H, B)]
    xs, h, target = [peers.tensor(x) for x in X], peers.tensor(H0), peers.tensor(TARGET)
    return _leaves_contender(leaves, lambda: loss_of(peers.face(), xs, h, target, *leaves))


def build_torch() -> Contender:
    import torch

    leaves = [torch.tensor(a, requires_grad=True) for a in (W_X, W_H, B)]
    xs, h, target = [torch.tensor(x) for x in X], torch.tensor(H0), torch.tensor(TARGET)
    return _leaves_contender(leaves, lambda: loss_of(torch, xs, h, target, *leaves))


def build_autograd() -> Contender:
    import autograd
    import autograd.numpy as anp

    xs = list(X)
    value_and_grad = autograd.value_and_grad(lambda leaves: loss_of(anp, xs, H0, TARGET, *leaves))

    def step() -> list[Any]:
        value, grads = value_and_grad((W_X, W_H, B))
        return [value, *grads]

    return _stateless(step)


def build_mygrad() -> Contender:
    import mygrad

    leaves = [mygrad.tensor(a) for a in (W_X, W_H, B)]
    xs, kept = list(X), []

    def run() -> None:
        loss = loss_of(mygrad, xs, H0, TARGET, *leaves)
        loss.backward()
        kept[:] = [loss.item(), *(leaf.grad.copy() for leaf in leaves)]
        for leaf in leaves:
            leaf.null_grad()

    return Contender(run, lambda: kept)


def build_jax(*, jit: bool) -> Contender:
    import jax
    import jax.numpy as jnp

    leaves, h, target = [jnp.asarray(a) for a in (W_X, W_H, B)], jnp.asarray(H0), jnp.asarray(TARGET)
    if jit:  # a scan, as a JAX user writes it: unrolled, two hundred steps take a minute to compile
        xs: Any = jnp.asarray(X)

        def loss(leaves: Any) -> Any:
            w_x, w_h, b = leaves
            last, _ = jax.lax.scan(lambda h, x: (jnp.tanh(x @ w_x + h @ w_h + b), None), h, xs)
            return ((last - target) ** 2).mean()

        value_and_grad = jax.jit(jax.value_and_grad(loss))
    else:
        xs = [jnp.asarray(x) for x in X]
        value_and_grad = jax.value_and_grad(lambda leaves: loss_of(jnp, xs, h, target, *leaves))

    def step() -> list[Any]:
        value, grads = jax.block_until_ready(value_and_grad(leaves))
        return [value, *grads]

    return _stateless(step)


def races() -> list[Race]:
    """One race."""
    builders = {
        peers.NUMPY: lambda: _stateless(numpy_step),
        peers.AGRAD: build_agrad,
        peers.TORCH: build_torch,
        peers.AUTOGRAD: build_autograd,
        peers.MYGRAD: build_mygrad,
        peers.JAX: lambda: build_jax(jit=False),
        peers.JAX_JIT: lambda: build_jax(jit=True),
    }
    limits = (Limit(peers.AGRAD, peers.NUMPY, 1.35),)
    return [Race("rnn", f"RNN, {STEPS} steps, batch {BATCH}, {INPUT} to {HIDDEN}", builders, limits, tolerance=1e-4)]
