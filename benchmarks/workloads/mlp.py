"""Training steps of a multilayer perceptron: matmul + bias + relu, softmax cross-entropy, SGD; float32, three sizes.

What is compared is the parameters after one step from the same start.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import peers
from ..race import Contender, Limit, Race

RATE = 1e-3


@dataclass
class Problem:
    """A batch, its labels and the parameters to start from (weight, bias, weight, bias, ...)."""

    x: np.ndarray
    labels: np.ndarray
    parameters: list[np.ndarray]


def problem(batch: int, sizes: tuple[int, ...]) -> Problem:
    """Random data of the given sizes, float32, the same at every call."""
    generator = np.random.default_rng(0)
    parameters: list[np.ndarray] = []
    for inner, outer in itertools.pairwise(sizes):
        parameters.append((generator.standard_normal((inner, outer)) * np.sqrt(2 / inner)).astype(np.float32))
        parameters.append(np.zeros(outer, dtype=np.float32))
    x = generator.standard_normal((batch, sizes[0])).astype(np.float32)
    return Problem(x, generator.integers(0, sizes[-1], batch), parameters)


def build_numpy(p: Problem) -> Contender:
    weights = [w.copy() for w in p.parameters[0::2]]
    biases = [b.copy() for b in p.parameters[1::2]]
    x, labels = p.x, p.labels
    rows, last = np.arange(len(x)), len(weights) - 1
    kept: list[Any] = []

    def run() -> None:
        h, inputs = x, []
        for i in range(last + 1):
            inputs.append(h)
            h = h @ weights[i] + biases[i]
            if i < last:
                h = np.maximum(h, 0)
        shifted = h - h.max(axis=1, keepdims=True)
        exps = np.exp(shifted)
        total = exps.sum(axis=1, keepdims=True)
        loss = (np.log(total[:, 0]) - shifted[rows, labels]).mean()
        g = exps / total
        g[rows, labels] -= 1
        g /= len(x)
        for i in range(last, -1, -1):
            g_weight, g_bias = inputs[i].T @ g, g.sum(axis=0)
            if i:
                g = (g @ weights[i].T) * (inputs[i] > 0)
            weights[i] -= RATE * g_weight
            biases[i] -= RATE * g_bias
        kept[:] = [loss]

    return Contender(run, lambda: [*kept, *weights, *biases])


def _reorder(loss: Any, parameters: list[Any]) -> list[Any]:
    return [loss, *parameters[0::2], *parameters[1::2]]


def forward(xp_relu: Callable[[Any], Any], parameters: list[Any], x: Any) -> Any:
    """The network itself, for every library whose arrays have operators."""
    h = x
    for i in range(0, len(parameters), 2):
        h = h @ parameters[i] + parameters[i + 1]
        if i < len(parameters) - 2:
            h = xp_relu(h)
    return h


def build_agrad(p: Problem, backend: str = "numpy") -> Contender:
    import agrad

    parameters = [peers.tensor(a, backend, requires_grad=True) for a in p.parameters]
    x, labels = peers.tensor(p.x, backend), peers.tensor(p.labels, backend)
    cross_entropy, relu = agrad_functions(peers.tensor(np.arange(len(p.x)), backend))
    synchronize = agrad.get_backend(backend).synchronize
    kept: list[Any] = []

    def run() -> None:
        loss = cross_entropy(forward(relu, parameters, x), labels)
        loss.backward()
        with agrad.no_grad():
            for parameter in parameters:
                parameter -= RATE * parameter.grad
                parameter.grad = None
        synchronize()
        kept[:] = [loss]

    def answer() -> list[Any]:
        with agrad.no_grad():
            return _reorder(float(kept[0]), [np.asarray(q * 1) for q in parameters])

    return Contender(run, answer)


def agrad_functions(rows: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """agrad's cross_entropy and relu: fused where the face has them, else composed of the standard's functions."""
    import agrad

    functional = getattr(getattr(agrad, "nn", None), "functional", None)
    if functional is not None and hasattr(functional, "cross_entropy"):
        return functional.cross_entropy, functional.relu
    xp = peers.face()

    def cross_entropy(logits: Any, labels: Any) -> Any:
        with agrad.no_grad():  # the greatest score is taken off for safety alone: its derivative cancels
            greatest = xp.max(logits, axis=1, keepdims=True)
        shifted = logits - greatest
        return xp.mean(xp.log(xp.sum(xp.exp(shifted), axis=1)) - shifted[rows, labels])

    return cross_entropy, lambda h: xp.maximum(h, 0)


def build_torch(p: Problem) -> Contender:
    import torch
    from torch.nn.functional import cross_entropy, relu

    parameters = [torch.tensor(a, requires_grad=True) for a in p.parameters]
    x, labels = torch.tensor(p.x), torch.tensor(p.labels)
    kept: list[Any] = []

    def run() -> None:
        loss = cross_entropy(forward(relu, parameters, x), labels)
        loss.backward()
        with torch.no_grad():
            for parameter in parameters:
                parameter -= RATE * parameter.grad
                parameter.grad = None
        kept[:] = [loss]

    return Contender(run, lambda: _reorder(kept[0].item(), [q.detach().numpy() for q in parameters]))


def build_autograd(p: Problem) -> Contender:
    import autograd
    import autograd.numpy as anp
    from autograd.scipy.special import logsumexp

    parameters = [a.copy() for a in p.parameters]
    rows = np.arange(len(p.x))
    kept: list[Any] = []

    def loss_of(values: list[Any]) -> Any:
        logits = forward(lambda h: anp.maximum(h, 0), values, p.x)
        return anp.mean(logsumexp(logits, axis=1) - logits[rows, p.labels])

    value_and_grad = autograd.value_and_grad(loss_of)

    def run() -> None:
        loss, grads = value_and_grad(parameters)
        for parameter, grad in zip(parameters, grads, strict=True):
            parameter -= RATE * grad
        kept[:] = [loss]

    return Contender(run, lambda: _reorder(kept[0], parameters))


def build_mygrad(p: Problem) -> Contender:
    import mygrad
    from mygrad.nnet.activations import relu
    from mygrad.nnet.losses import softmax_crossentropy

    parameters = [mygrad.tensor(a) for a in p.parameters]
    kept: list[Any] = []

    def run() -> None:
        loss = softmax_crossentropy(forward(relu, parameters, p.x), p.labels)
        loss.backward()
        kept[:] = [loss.item()]
        for parameter in parameters:
            parameter.data -= RATE * parameter.grad
            parameter.null_grad()

    return Contender(run, lambda: _reorder(kept[0], [q.data for q in parameters]))


def build_jax(p: Problem, *, jit: bool) -> Contender:
    import jax
    import jax.numpy as jnp

    parameters = [jnp.asarray(a) for a in p.parameters]
    x, labels = jnp.asarray(p.x), jnp.asarray(p.labels)
    rows = jnp.arange(len(p.x))

    def loss_of(values: list[Any], x: Any, labels: Any) -> Any:
        logits = forward(jax.nn.relu, values, x)
        return jnp.mean(jax.nn.logsumexp(logits, axis=1) - logits[rows, labels])

    def step(values: list[Any], x: Any, labels: Any) -> tuple[Any, list[Any]]:
        loss, grads = jax.value_and_grad(loss_of)(values, x, labels)
        return loss, [value - RATE * grad for value, grad in zip(values, grads, strict=True)]

    if jit:
        step = jax.jit(step)
    state = [jnp.zeros(()), parameters]

    def run() -> None:
        state[:] = jax.block_until_ready(step(state[1], x, labels))

    return Contender(run, lambda: _reorder(state[0], state[1]))


def build_agrad_jit(p: Problem) -> Contender:
    """The whole agrad step, backward included, inside jax.jit: Tensors go in and come out as pytrees."""
    import jax

    import agrad

    parameters = [peers.tensor(a, "jax") for a in p.parameters]
    x, labels = peers.tensor(p.x, "jax"), peers.tensor(p.labels, "jax")
    cross_entropy, relu = agrad_functions(peers.tensor(np.arange(len(p.x)), "jax"))

    @jax.jit
    def step(values: list[Any], x: Any, labels: Any) -> tuple[Any, list[Any]]:
        leaves = [value.requires_grad_() for value in values]
        loss = cross_entropy(forward(relu, leaves, x), labels)
        loss.backward()
        with agrad.no_grad():
            return loss * 1, [leaf - RATE * leaf.grad for leaf in leaves]

    state = [None, parameters]

    def run() -> None:
        state[:] = jax.block_until_ready(step(state[1], x, labels))

    return Contender(run, lambda: _reorder(float(state[0]), [np.asarray(q) for q in state[1]]))


def races() -> list[Race]:
    """Three sizes."""
    found = []
    for name, batch, sizes, ratio, seconds in (
        ("mlp-small", 8, (16, 16, 16, 4), 1.6, 10.0),
        ("mlp-medium", 64, (784, 256, 10), 1.08, 12.0),
        ("mlp-large", 256, (1024, 2048, 1024, 10), 1.03, 40.0),
    ):
        p = problem(batch, sizes)
        builders = {
            peers.NUMPY: lambda p=p: build_numpy(p),
            peers.AGRAD: lambda p=p: build_agrad(p),
            peers.TORCH: lambda p=p: build_torch(p),
            peers.AUTOGRAD: lambda p=p: build_autograd(p),
            peers.MYGRAD: lambda p=p: build_mygrad(p),
            peers.JAX: lambda p=p: build_jax(p, jit=False),
            peers.JAX_JIT: lambda p=p: build_jax(p, jit=True),
            peers.AGRAD_JAX: lambda p=p: build_agrad(p, "jax"),
            peers.AGRAD_JIT: lambda p=p: build_agrad_jit(p),
        }
        title = f"MLP training step, batch {batch}, {'-'.join(map(str, sizes))}"
        limits = (Limit(peers.AGRAD, peers.NUMPY, ratio), Limit(peers.AGRAD_JIT, peers.JAX_JIT, 1.05))
        # Of 800,000 units some lie so near relu's kink that libraries put them on different sides: a bias (it starts at 0)
        # then differs by that unit's whole part, up to a hundredth of the largest.
        tolerance = 2e-2 if name == "mlp-large" else 2e-5
        found.append(Race(name, title, builders, limits, tolerance=tolerance, seconds=seconds))
    return found
