"""Gradients for a batch of cotangents: ``is_grads_batched``.

The graph holds raw arrays, which a vmap level cannot take as its own, so this runs one backward per cotangent. It is right
on every backend and under ``create_graph``; for speed :func:`agrad.func.jacrev` runs all rows at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agrad.engine.core import classes
from agrad.engine.gradient import gradients
from agrad.errors import GradError


def batched_gradients(
    outputs: Sequence[Any],
    inputs: Sequence[Any],
    seeds: Sequence[Any] | None,
    retain_graph: bool | None,
    create_graph: bool,
    allow_unused: bool | None,
    materialize_grads: bool,
) -> tuple[Any, ...]:
    """Return the gradients for each of a batch of cotangents, stacked; parameters are :func:`agrad.autograd.grad`'s."""
    if seeds is None or not seeds or any(not seed._shape for seed in seeds):
        raise GradError("is_grads_batched=True needs grad_outputs: a batch of cotangents along the first axis of each.")
    sizes = {seed._shape[0] for seed in seeds}
    if len(sizes) != 1 or 0 in sizes:
        raise GradError(f"is_grads_batched=True needs one batch size, of at least 1; received {sorted(sizes)}.")
    (size,) = sizes
    keep = create_graph if retain_graph is None else retain_graph
    rows = [
        gradients(
            outputs,
            inputs,
            [seed[row] for seed in seeds],
            retain_graph=keep or row < size - 1,
            create_graph=create_graph,
            allow_unused=allow_unused if allow_unused is not None else materialize_grads or None,
            materialize_grads=materialize_grads,
        )
        for row in range(size)
    ]
    return tuple(
        None if parts[0] is None else classes.tensor_xp.stack(list(parts), axis=0) for parts in zip(*rows, strict=True)
    )
