"""Full backward hooks of modules: an identity on the inputs and one on the outputs, whose cotangents the hooks see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agrad.autograd import Function
from agrad.tensor import Tensor

Hook = Callable[[Any, tuple[Any, ...], tuple[Any, ...]], Any]


class _Watch(Function):
    """The identity of several tensors, whose cotangents go through a function together."""

    @staticmethod
    def forward(ctx: Any, change: Callable[[tuple[Any, ...]], tuple[Any, ...]], *tensors: Any) -> Any:
        ctx.change = change
        ctx.set_materialize_grads(False)
        return tuple(tensor.view_as(tensor) for tensor in tensors)

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        return None, *ctx.change(cotangents)


def _replace(value: Any, change: Any) -> Any:
    """Return a tree of tuples with the tensors that require grad sent through one identity."""
    parts = list(value) if isinstance(value, tuple) else [value]
    chosen = [index for index, part in enumerate(parts) if isinstance(part, Tensor) and part.requires_grad]
    if chosen:
        watched = _Watch.apply(change, *(parts[index] for index in chosen))
        for index, part in zip(chosen, watched if isinstance(watched, tuple) else (watched,), strict=True):
            parts[index] = part
    return (tuple(parts) if isinstance(value, tuple) else parts[0]), chosen, len(parts)


def watched(module: Any, hooks: list[Hook], args: tuple[Any, ...], run: Callable[[tuple[Any, ...]], Any]) -> Any:
    """Return ``run(args)`` with hooks that see the gradients of all inputs and outputs of the module together.

    Parameters
    ----------
    hooks : list of callable
        ``(module, grad_input, grad_output)``; what one returns takes the place of grad_input.
    run : callable
        From the arguments to the result.
    """
    seen: dict[str, tuple[Any, ...]] = {"outputs": ()}
    places: dict[str, Any] = {}

    def call_hooks(grad_input: tuple[Any, ...]) -> tuple[Any, ...]:
        for hook in hooks:
            answer = hook(module, grad_input, seen["outputs"])
            if answer is not None:
                grad_input = answer if isinstance(answer, tuple) else (answer,)
        return grad_input

    def at_inputs(cotangents: tuple[Any, ...]) -> tuple[Any, ...]:
        whole: list[Any] = [None] * places["count"]
        for index, g in zip(places["chosen"], cotangents, strict=True):
            whole[index] = g
        whole = list(call_hooks(tuple(whole)))
        return tuple(whole[index] for index in places["chosen"])

    def at_outputs(cotangents: tuple[Any, ...]) -> tuple[Any, ...]:
        whole: list[Any] = [None] * places["out_count"]
        for index, g in zip(places["out_chosen"], cotangents, strict=True):
            whole[index] = g
        seen["outputs"] = tuple(whole)
        if not places["chosen"]:
            call_hooks(())
        return cotangents

    args, places["chosen"], places["count"] = _replace(args, at_inputs)
    result, places["out_chosen"], places["out_count"] = _replace(run(args), at_outputs)
    return result


__all__ = ["watched"]
