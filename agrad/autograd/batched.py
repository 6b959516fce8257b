"""Gradients for a batch of cotangents: ``is_grads_batched``.

The cotangents are tensors of a vmap level, and the graph's rules run on them as on any Tensors: one backward serves the whole batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agrad.engine.backward import execute
from agrad.engine.core import classes
from agrad.engine.gradient import targets_of, unused
from agrad.engine.levels import Batched, new_level
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
    """Return the gradients for each of a batch of cotangents, stacked; parameters are :func:`agrad.autograd.grad`'s.

    Raises
    ------
    GradError, ValueError
        When the cotangents are no batch for the outputs, in PyTorch's words.
    """
    size = _batch_size(outputs, seeds)
    targets = targets_of(inputs)
    xp = classes.tensor_xp
    with new_level("vmap", size) as level, level.finishing():
        cotangents = []
        roots = []
        for output, seed in zip(outputs, seeds or (), strict=True):
            if seed._options.dtype is not output._options.dtype:
                seed = xp.astype(seed, output._options.dtype)
            cotangents.append(level.tensor(Batched(seed, 0)))
            roots.append(output._node)
        answers = execute(
            roots,
            cotangents,
            retain_graph=create_graph if retain_graph is None else retain_graph,
            create_graph=create_graph,
            targets=targets,
            accumulate=False,
            on_tensors=True,
        )
        found = [None if answer is None else _unbatched(level.raw(answer), size) for answer in answers]
    results = []
    for index, (tensor, answer) in enumerate(zip(inputs, found, strict=True)):
        if answer is None:
            zeros = unused(tensor, index, allow_unused, materialize_grads)
            answer = None if zeros is None else xp.broadcast_to(zeros, (size, *zeros._shape))
        results.append(answer)
    return tuple(results)


def _unbatched(value: Any, size: int) -> Any:
    """Return a gradient with its batch axis first."""
    xp = classes.tensor_xp
    if not isinstance(value, Batched):
        return xp.broadcast_to(value, (size, *value._shape))
    if value.axis is None:
        return xp.broadcast_to(value.value, (size, *value.value._shape))
    return value.value if value.axis == 0 else xp.moveaxis(value.value, value.axis, 0)


def _batch_size(outputs: Sequence[Any], seeds: Sequence[Any] | None) -> int:
    if seeds is None or len(seeds) != len(outputs) or any(seed is None for seed in seeds):
        raise GradError(
            "is_grads_batched=True needs grad_outputs: for each output a batch of cotangents, along the first axis."
        )
    for index, (output, seed) in enumerate(zip(outputs, seeds, strict=True)):
        if output._node is None:
            raise GradError(f"element {index} of tensors does not require grad and does not have a grad_fn")
        if not seed._shape:
            raise ValueError(
                f"vmap: Got in_dim=0 for grad_outputs[{index}], which has no axes. Its first axis has to be the batch."
            )
        if seed._shape[1:] != output._shape:
            raise GradError(
                "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch dimension. The sizes "
                "of the remaining dimensions are expected to match the shape of corresponding output, but a mismatch was "
                f"detected: grad_output[{index}] has a shape of {list(seed._shape[1:])} and output[{index}] has a shape of "
                f"{list(output._shape)}. If you only want some tensors in `grad_output` to be considered batched, consider "
                "using vmap."
            )
    sizes = [seed._shape[0] for seed in seeds]
    if len(set(sizes)) > 1:
        raise ValueError(
            f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sizes} for the mapped dimension"
        )
    return int(sizes[0]) if sizes else 0


__all__ = ["batched_gradients"]
