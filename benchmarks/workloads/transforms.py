"""Function transforms: per-sample gradients by vmap of grad, and a whole Jacobian by jacrev.

Per-sample gradients are compared by their mean, which is the batch's gradient, and that is what "agrad, plain" computes: the figure is
how much more it costs to have all 64. They are 51 MB of float32, so writing them once to fresh memory is a floor: raw NumPy's
time beside agrad's shows how near it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import peers
from ..race import Contender, Limit, Race
from .mlp import Problem, forward, problem

SIZES = (784, 256, 10)
BATCH = 64
WIDTH, LAYERS = 100, 3
_generator = np.random.default_rng(3)
WEIGHTS = [_generator.standard_normal((WIDTH, WIDTH)) / 10 for _ in range(LAYERS)]
POINT = _generator.standard_normal(WIDTH)


def _kept(run: Any, answer: Any) -> Contender:
    """A contender whose timed work is `run`; `answer` makes arrays of what it gave, outside of the timing."""
    kept: list[Any] = []

    def timed() -> None:
        kept[:] = [run()]

    return Contender(timed, lambda: answer(kept[0]))


def _means(gradients: Any) -> list[Any]:
    return [np.asarray(g).mean(axis=0) for g in gradients]


def _onehot(p: Problem) -> np.ndarray:
    return np.eye(SIZES[-1], dtype=np.float32)[p.labels]


# ---------------------------------------------------------------- per-sample gradients


def numpy_per_sample(p: Problem) -> Contender:
    w1, b1, w2, b2 = p.parameters
    x, target = p.x, _onehot(p)

    def run() -> list[Any]:
        z = x @ w1 + b1
        h = np.maximum(z, 0)
        logits = h @ w2 + b2
        exps = np.exp(logits - logits.max(axis=1, keepdims=True))
        g2 = exps / exps.sum(axis=1, keepdims=True) - target
        g1 = (g2 @ w2.T) * (z > 0)
        return [x[:, :, None] * g1[:, None, :], g1, h[:, :, None] * g2[:, None, :], g2]

    return _kept(run, _means)


def _loss(xp: Any, relu: Any, parameters: list[Any], x: Any, target: Any) -> Any:
    """Softmax cross-entropy of one example, or of each of a batch, by functions that all libraries have."""
    logits = forward(relu, parameters, x)
    shifted = logits - xp.max(logits, axis=-1, keepdims=True)
    return xp.log(xp.sum(xp.exp(shifted), axis=-1)) - xp.sum(shifted * target, axis=-1)


def agrad_per_sample(p: Problem, backend: str = "numpy", *, jit: bool = False) -> Contender:
    import agrad

    xp = agrad.array_api
    parameters = [peers.tensor(a, backend) for a in p.parameters]
    x, target = peers.tensor(p.x, backend), peers.tensor(_onehot(p), backend)
    loss = lambda parameters, x, target: _loss(xp, lambda h: xp.maximum(h, 0), parameters, x, target)
    function = agrad.func.vmap(agrad.func.grad(loss), in_dims=(None, 0, 0))
    if jit:
        import jax

        function = jax.jit(function)
    synchronize = agrad.get_backend(backend).synchronize

    def run() -> Any:
        gradients = function(parameters, x, target)
        synchronize()
        return gradients

    return _kept(run, _means)


def agrad_batch(p: Problem) -> Contender:
    """One gradient, of the whole batch's mean loss."""
    import agrad

    xp = agrad.array_api
    parameters = [peers.tensor(a, requires_grad=True) for a in p.parameters]
    x, target = peers.tensor(p.x), peers.tensor(_onehot(p))

    def run() -> Any:
        xp.mean(_loss(xp, lambda h: xp.maximum(h, 0), parameters, x, target)).backward()
        gradients = [parameter.grad for parameter in parameters]
        for parameter in parameters:
            parameter.grad = None
        return gradients

    return _kept(run, lambda gradients: [np.asarray(g) for g in gradients])


def torch_per_sample(p: Problem) -> Contender:
    import torch
    from torch.nn.functional import cross_entropy, relu

    parameters = [torch.tensor(a) for a in p.parameters]
    x, labels = torch.tensor(p.x), torch.tensor(p.labels)
    loss = lambda parameters, x, label: cross_entropy(forward(relu, parameters, x), label)
    function = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))
    return _kept(lambda: function(parameters, x, labels), lambda gs: _means([g.numpy() for g in gs]))


def autograd_per_sample(p: Problem) -> Contender:
    """A gradient per example in a loop: there is no other way."""
    import autograd
    import autograd.numpy as anp

    target = _onehot(p)
    gradient = autograd.grad(lambda ps, x, t: _loss(anp, lambda h: anp.maximum(h, 0), ps, x, t))

    def run() -> list[Any]:
        each = [gradient(p.parameters, x, t) for x, t in zip(p.x, target, strict=True)]
        return [np.stack(parts) for parts in zip(*each, strict=True)]

    return _kept(run, _means)


def jax_per_sample(p: Problem, *, jit: bool) -> Contender:
    import jax
    import jax.numpy as jnp

    parameters = [jnp.asarray(a) for a in p.parameters]
    x, target = jnp.asarray(p.x), jnp.asarray(_onehot(p))
    function = jax.vmap(jax.grad(lambda ps, x, t: _loss(jnp, jax.nn.relu, ps, x, t)), in_axes=(None, 0, 0))
    if jit:
        function = jax.jit(function)
    return _kept(lambda: jax.block_until_ready(function(parameters, x, target)), _means)


# ---------------------------------------------------------------- a Jacobian


def network(tanh: Any, weights: list[Any], x: Any) -> Any:
    """The layers, for every library."""
    for w in weights:
        x = tanh(x @ w)
    return x


def numpy_jacobian() -> Contender:
    def run() -> Any:
        x, jacobian = POINT, None
        for w in WEIGHTS:
            x = np.tanh(x @ w)
            slope = (1 - x * x)[:, None]
            jacobian = slope * w.T if jacobian is None else slope * (w.T @ jacobian)
        return jacobian

    return _kept(run, lambda jacobian: [jacobian])


def agrad_jacobian(*, loop: bool = False) -> Contender:
    import agrad

    xp = agrad.array_api
    weights = [peers.tensor(w) for w in WEIGHTS]
    rows = [peers.tensor(row) for row in np.eye(WIDTH)]
    point = peers.tensor(POINT, requires_grad=loop)
    function = agrad.func.jacrev(lambda x: network(xp.tanh, weights, x))

    def run_loop() -> Any:
        y = network(xp.tanh, weights, point)
        return xp.stack([agrad.autograd.grad(y, point, row, retain_graph=True)[0] for row in rows])

    return _kept(run_loop if loop else lambda: function(point), lambda jacobian: [np.asarray(jacobian)])


def torch_jacobian() -> Contender:
    import torch

    weights, point = [torch.tensor(w) for w in WEIGHTS], torch.tensor(POINT)
    function = torch.func.jacrev(lambda x: network(torch.tanh, weights, x))
    return _kept(lambda: function(point), lambda jacobian: [jacobian.numpy()])


def autograd_jacobian() -> Contender:
    import autograd
    import autograd.numpy as anp

    function = autograd.jacobian(lambda x: network(anp.tanh, WEIGHTS, x))
    return _kept(lambda: function(POINT), lambda jacobian: [jacobian])


def jax_jacobian(*, jit: bool) -> Contender:
    import jax
    import jax.numpy as jnp

    weights, point = [jnp.asarray(w) for w in WEIGHTS], jnp.asarray(POINT)
    function = jax.jacrev(lambda x: network(jnp.tanh, weights, x))
    if jit:
        function = jax.jit(function)
    return _kept(lambda: jax.block_until_ready(function(point)), lambda jacobian: [np.asarray(jacobian)])


def races() -> list[Race]:
    """Per-sample gradients and a Jacobian."""
    p = problem(BATCH, SIZES)
    sizes = "-".join(map(str, SIZES))
    return [
        Race(
            "per-sample",
            f"Per-sample gradients, {sizes}, batch {BATCH}; 'agrad, plain' is one batch gradient",
            {
                peers.NUMPY: lambda: numpy_per_sample(p),
                peers.AGRAD: lambda: agrad_per_sample(p),
                peers.AGRAD_PLAIN: lambda: agrad_batch(p),
                peers.TORCH: lambda: torch_per_sample(p),
                peers.AUTOGRAD: lambda: autograd_per_sample(p),
                peers.JAX: lambda: jax_per_sample(p, jit=False),
                peers.JAX_JIT: lambda: jax_per_sample(p, jit=True),
                peers.AGRAD_JAX: lambda: agrad_per_sample(p, "jax"),
                peers.AGRAD_JIT: lambda: agrad_per_sample(p, "jax", jit=True),
            },
            (Limit(peers.AGRAD, peers.AGRAD_PLAIN, 3.0), Limit(peers.AGRAD, peers.NUMPY, 1.3)),
            tolerance=2e-5,
            seconds=20.0,
        ),
        Race(
            "jacobian",
            f"Jacobian of {LAYERS} layers {WIDTH}-{WIDTH}; 'agrad, plain' is a loop of {WIDTH} backwards",
            {
                peers.NUMPY: numpy_jacobian,
                peers.AGRAD: agrad_jacobian,
                peers.AGRAD_PLAIN: lambda: agrad_jacobian(loop=True),
                peers.TORCH: torch_jacobian,
                peers.AUTOGRAD: autograd_jacobian,
                peers.JAX: lambda: jax_jacobian(jit=False),
                peers.JAX_JIT: lambda: jax_jacobian(jit=True),
            },
            (Limit(peers.AGRAD, peers.AGRAD_PLAIN, 0.2),),
            tolerance=1e-9,
        ),
    ]
