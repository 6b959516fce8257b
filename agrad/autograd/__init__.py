"""PyTorch's autograd namespace: backward, grad, Function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agrad.autograd.function import Function
from agrad.engine.core import TensorCore
from agrad.engine.gradient import backward, gradients
from agrad.engine.modes import enable_grad, inference_mode, no_grad, set_grad_enabled


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """Return the gradients of `outputs` wrt `inputs`, touching no ``grad``.

    Parameters
    ----------
    outputs, inputs : Tensor or sequence of Tensor
    grad_outputs : Tensor, None, or a sequence of them
        The cotangents; None means 1 for an output of one element.
    retain_graph : bool, optional
        By default `create_graph`.
    create_graph : bool
        Record the gradients' own computation.
    allow_unused : bool, optional
        Give None, instead of an error, for an input that the outputs do not depend on.
    is_grads_batched : bool
        Take the first axis of each of `grad_outputs` as a batch of cotangents.
    materialize_grads : bool
        Give zeros for an input that the outputs do not depend on.

    Returns
    -------
    tuple of Tensor or None
        One per input.
    """
    outs: Sequence[Any] = (outputs,) if isinstance(outputs, TensorCore) else tuple(outputs)
    ins: Sequence[Any] = (inputs,) if isinstance(inputs, TensorCore) else tuple(inputs)
    seeds = (
        None
        if grad_outputs is None
        else (grad_outputs,)
        if isinstance(grad_outputs, TensorCore)
        else tuple(grad_outputs)
    )
    if is_grads_batched:
        from agrad.autograd.batched import batched_gradients

        return batched_gradients(outs, ins, seeds, retain_graph, create_graph, allow_unused, materialize_grads)
    return gradients(
        outs,
        ins,
        seeds,
        retain_graph=retain_graph,
        create_graph=create_graph,
        allow_unused=allow_unused if allow_unused is not None else materialize_grads or None,
        materialize_grads=materialize_grads,
    )


__all__ = [
    "Function",
    "backward",
    "enable_grad",
    "grad",
    "inference_mode",
    "no_grad",
    "set_grad_enabled",
]
