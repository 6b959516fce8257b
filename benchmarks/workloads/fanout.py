"""One tensor used 100,000 times: 200,000 nodes, 100,000 contributions to one gradient."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from .. import peers
from ..race import Contender, Race
from .chains import _backward, _stateless

USES = 100_000
X = np.linspace(0.5, 1.5, 4)


def use_often(xp: Any, x: Any) -> Any:
    """A sum in which x stands 100,000 times."""
    total = x
    for _ in range(USES):
        total = total + x * 0.5
    return xp.sum(total)


def build_numpy() -> Contender:
    def step() -> tuple[Any, ...]:
        loss = use_often(np, X)
        g = np.ones(4)
        g_x = g.copy()
        for _ in range(USES):
            g_x += g * 0.5
        return loss, g_x

    return _stateless(step)


def build_agrad() -> Contender:
    return _backward([peers.tensor(X, requires_grad=True)], functools.partial(use_often, peers.face()))


def build_torch() -> Contender:
    import torch

    return _backward([torch.tensor(X, requires_grad=True)], functools.partial(use_often, torch))


def build_autograd() -> Contender:
    import autograd
    import autograd.numpy as anp

    return _stateless(functools.partial(autograd.value_and_grad(functools.partial(use_often, anp)), X))


def build_mygrad() -> Contender:
    import mygrad

    leaf = mygrad.tensor(X)
    kept: list[Any] = []

    def run() -> None:
        loss = use_often(mygrad, leaf)
        loss.backward()
        kept[:] = [loss.item(), leaf.grad.copy()]
        leaf.null_grad()

    return Contender(run, lambda: kept)


def races() -> list[Race]:
    """One race; eager JAX is left out (over half a minute a run)."""
    builders = {
        peers.NUMPY: build_numpy,
        peers.AGRAD: build_agrad,
        peers.TORCH: build_torch,
        peers.AUTOGRAD: build_autograd,
        peers.MYGRAD: build_mygrad,
    }
    return [Race("fanout", "one tensor used 100,000 times", builders)]
