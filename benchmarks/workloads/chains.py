"""Chains of 1000 small operations on shape (4,): what one call costs, forward and backward.

A confusing case: the hand-written gradient of ``y + c`` is no work at all, so the scalar chain's floor is lower than
a tape can reach.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import peers
from ..race import Contender, Limit, Race

X = np.linspace(0.5, 1.5, 4)
W = np.linspace(0.45, 1.35, 4)
MULTIPLIER, ADDEND = 1.0001, 0.0003


# The three chains, written once for every library whose arrays have operators.
def scalar_chain(y: Any) -> Any:
    """500 x (multiply by a number, add a number)."""
    for _ in range(500):
        y = y * MULTIPLIER
        y = y + ADDEND
    return y


def unary_chain(xp: Any, y: Any) -> Any:
    """250 x (negative, exp, sin, sqrt)."""
    exp, sin, sqrt = xp.exp, xp.sin, xp.sqrt
    for _ in range(250):
        y = sqrt(sin(exp(-y)))
    return y


def binary_chain(y: Any, w: Any) -> Any:
    """500 x (multiply by a tensor, add a tensor), the tensor's gradient wanted too."""
    for _ in range(500):
        y = y * w
        y = y + w
    return y


# Raw NumPy with the gradients written by hand.
def numpy_scalar() -> tuple[Any, ...]:
    loss = scalar_chain(X).sum()
    g = np.ones(4)
    for _ in range(500):
        g = g * MULTIPLIER
    return loss, g


def numpy_unary() -> tuple[Any, ...]:
    y, saved = X, []
    for _ in range(250):
        inner = np.exp(-y)
        y = np.sqrt(np.sin(inner))
        saved.append((inner, y))
    loss = y.sum()
    g = np.ones(4)
    for inner, out in reversed(saved):
        g = g * 0.5 / out
        g = g * np.cos(inner)
        g = -(g * inner)
    return loss, g


def numpy_binary() -> tuple[Any, ...]:
    y, saved = X, []
    for _ in range(500):
        saved.append(y)
        y = y * W
        y = y + W
    loss = y.sum()
    g, g_w = np.ones(4), np.zeros(4)
    for y in reversed(saved):
        g_w += g
        g_w += g * y
        g = g * W
    return loss, g, g_w


def _stateless(function: Any) -> Contender:
    """A contender whose run returns (loss, gradients...) and waits for itself."""
    kept: list[Any] = []

    def run() -> None:
        kept[:] = [function()]

    return Contender(run, lambda: kept[0])


def _backward(leaves: list[Any], loss_of: Any, clear: str | None = None) -> Contender:
    """PyTorch's way: leaves, a loss, ``.backward()``, and ``.grad`` set to None before the next run."""
    kept: list[Any] = []

    def run() -> None:
        for leaf in leaves:
            leaf.grad = None
        loss = loss_of(*leaves)
        loss.backward()
        for leaf in leaves:
            wait = getattr(getattr(leaf.grad, "_data", None), "block_until_ready", None)
            if wait is not None:  # agrad's on JAX: the work may still be under way
                wait()
        kept[:] = [loss]

    def answer() -> list[Any]:
        loss = kept[0].item() if hasattr(kept[0], "item") else float(kept[0])
        return [loss, *(np.asarray(leaf.grad) for leaf in leaves)]

    return Contender(run, answer)


def _arrays(kind: str) -> list[Any]:
    return [X, W] if kind == "binary" else [X]


def _loss(kind: str, xp: Any) -> Any:
    if kind == "scalar":
        return lambda x: xp.sum(scalar_chain(x))
    if kind == "unary":
        return lambda x: xp.sum(unary_chain(xp, x))
    return lambda x, w: xp.sum(binary_chain(x, w))


def build_numpy(kind: str) -> Contender:
    return _stateless({"scalar": numpy_scalar, "unary": numpy_unary, "binary": numpy_binary}[kind])


def build_agrad(kind: str) -> Contender:
    return _backward([peers.tensor(a, requires_grad=True) for a in _arrays(kind)], _loss(kind, peers.face()))


def build_torch(kind: str) -> Contender:
    import torch

    return _backward([torch.tensor(a, requires_grad=True) for a in _arrays(kind)], _loss(kind, torch))


def build_autograd(kind: str) -> Contender:
    import autograd
    import autograd.numpy as anp

    loss = _loss(kind, anp)
    value_and_grad = autograd.value_and_grad(lambda arrays: loss(*arrays))
    arrays = _arrays(kind)

    def step() -> list[Any]:
        value, grads = value_and_grad(arrays)
        return [value, *grads]

    return _stateless(step)


def build_mygrad(kind: str) -> Contender:
    import mygrad

    leaves = [mygrad.tensor(a) for a in _arrays(kind)]
    loss_of = _loss(kind, mygrad)
    kept: list[Any] = []

    def run() -> None:
        loss = loss_of(*leaves)
        loss.backward()
        kept[:] = [loss.item(), *(leaf.grad.copy() for leaf in leaves)]
        for leaf in leaves:
            leaf.null_grad()

    return Contender(run, lambda: kept)


def build_jax(kind: str, *, jit: bool) -> Contender:
    import jax
    import jax.numpy as jnp

    loss = _loss(kind, jnp)
    arrays = [jnp.asarray(a) for a in _arrays(kind)]
    value_and_grad = jax.value_and_grad(lambda values: loss(*values))
    if jit:
        value_and_grad = jax.jit(value_and_grad)

    def step() -> list[Any]:
        value, grads = jax.block_until_ready(value_and_grad(arrays))
        return [value, *grads]

    return _stateless(step)


def build_agrad_jax(kind: str) -> Contender:
    import agrad

    leaves = [peers.tensor(a, "jax", requires_grad=True) for a in _arrays(kind)]
    contender = _backward(leaves, _loss(kind, peers.face()))
    synchronize = agrad.get_backend("jax").synchronize

    def run() -> None:
        contender.run()
        synchronize()

    return Contender(run, contender.answer)


def races() -> list[Race]:
    """The three chains."""
    found = []
    for kind, title, ratio in (
        ("scalar", "1000 small ops, tensor with scalar", 2.1),
        ("unary", "1000 small ops, unary", 2.4),
        ("binary", "1000 small ops, tensor with tensor", 2.6),
    ):
        builders = {
            peers.NUMPY: lambda kind=kind: build_numpy(kind),
            peers.AGRAD: lambda kind=kind: build_agrad(kind),
            peers.TORCH: lambda kind=kind: build_torch(kind),
            peers.AUTOGRAD: lambda kind=kind: build_autograd(kind),
            peers.MYGRAD: lambda kind=kind: build_mygrad(kind),
            peers.JAX: lambda kind=kind: build_jax(kind, jit=False),
            peers.JAX_JIT: lambda kind=kind: build_jax(kind, jit=True),
            peers.AGRAD_JAX: lambda kind=kind: build_agrad_jax(kind),
        }
        limits = (
            Limit(peers.AGRAD, peers.NUMPY, ratio),
            Limit(peers.AGRAD, peers.TORCH, 0.42),
            Limit(peers.AGRAD_JAX, peers.JAX, 0.2),
        )
        found.append(Race(f"chain-{kind}", title, builders, limits))
    return found
