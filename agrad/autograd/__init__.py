"""PyTorch's autograd namespace: backward and grad, Function, modes, hooks of the graph, checks of derivatives."""

from __future__ import annotations

from typing import Any

from agrad.autograd import anomaly_mode as anomaly_mode
from agrad.autograd import forward_ad as forward_ad
from agrad.autograd import functional as functional
from agrad.autograd import grad_mode as grad_mode
from agrad.autograd import graph as graph
from agrad.autograd import variable as variable
from agrad.autograd.anomaly_mode import detect_anomaly, set_detect_anomaly
from agrad.autograd.function import Function
from agrad.autograd.grad_mode import set_multithreading_enabled
from agrad.autograd.gradcheck import gradcheck, gradgradcheck
from agrad.autograd.variable import Variable
from agrad.engine.core import TensorCore
from agrad.engine.gradient import GradientEdge, backward, gradients, listed
from agrad.engine.levels import Dual
from agrad.engine.modes import enable_grad, inference_mode, no_grad, set_grad_enabled


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> Any:
    """Return the gradients of `outputs` wrt `inputs`, touching no ``grad``.

    Parameters
    ----------
    outputs : Tensor, GradientEdge or sequence of them
    inputs : Tensor, GradientEdge, sequence of them, or dictionary of Tensors
    grad_outputs : Tensor, None, or a sequence of them
        The cotangents; None means 1 for an output of one element.
    retain_graph : bool, optional
        By default `create_graph`.
    create_graph : bool
        Record the gradients' own computation.
    only_inputs : bool
        Nothing else is ever touched: False is an error.
    allow_unused : bool, optional
        Give None, instead of an error, for an input that the outputs do not depend on.
    is_grads_batched : bool
        Take the first axis of each of `grad_outputs` as a batch of cotangents.
    materialize_grads : bool
        Give zeros for an input that the outputs do not depend on.

    Returns
    -------
    tuple of Tensor or None, or a dictionary where `inputs` is one
        One per input.

    Examples
    --------
    >>> import agrad
    >>> x = agrad.tensor([1.0, 2.0], requires_grad=True)
    >>> y = (x * x)[1]
    >>> agrad.autograd.grad(y, x)
    (tensor([0., 4.]),)
    """
    if not only_inputs:
        raise ValueError(
            "only_inputs=False does not exist any more: grad touches no .grad. Use backward() to fill them."
        )
    outs, ins = listed(outputs), listed(inputs)
    seeds = None if grad_outputs is None else listed(grad_outputs)
    if allow_unused is None and materialize_grads:
        allow_unused = True
    if any(isinstance(out, TensorCore) and out._node is None and type(out._data) is Dual for out in outs):
        from agrad.autograd.forward_ad import dual_gradients

        answers = dual_gradients(outs, ins, seeds, retain_graph, create_graph, allow_unused, materialize_grads)
    elif is_grads_batched:
        from agrad.autograd.batched import batched_gradients

        answers = batched_gradients(outs, ins, seeds, retain_graph, create_graph, allow_unused, materialize_grads)
    else:
        answers = gradients(
            outs,
            ins,
            seeds,
            retain_graph=retain_graph,
            create_graph=create_graph,
            allow_unused=allow_unused,
            materialize_grads=materialize_grads,
        )
    return dict(zip(inputs, answers, strict=True)) if isinstance(inputs, dict) else answers


__all__ = [
    "Function",
    "GradientEdge",
    "Variable",
    "anomaly_mode",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "forward_ad",
    "functional",
    "grad",
    "grad_mode",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
    "set_multithreading_enabled",
    "variable",
]


def __dir__() -> list[str]:
    return list(__all__)
