"""Checkpointing by a backward inside of backward: the segment is one node of the graph, which runs it again and sends gradients through."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from agrad.autograd.function import Function
from agrad.engine.core import TensorCore, make_leaf, wrap
from agrad.engine.gradient import backward
from agrad.engine.modes import enable_grad, local
from agrad.errors import GradError
from agrad.random import default_generator


def _detached(value: Any) -> Any:
    if not isinstance(value, TensorCore):
        return value
    fresh = wrap(value._data, value._options)
    return make_leaf(fresh) if value._node is not None else fresh


class CheckpointFunction(Function):
    """Runs a function unrecorded, and again, recorded, in backward."""

    @staticmethod
    def forward(ctx: Any, function: Callable[..., Any], keep_random: bool, *args: Any) -> Any:
        """Run the function, keeping its arguments and the state of the random generator."""
        ctx.run = function
        ctx.random = default_generator().snapshot() if keep_random else None
        ctx.others = tuple(None if isinstance(value, TensorCore) else value for value in args)
        ctx.places = tuple(isinstance(value, TensorCore) for value in args)
        ctx.save_for_backward(*(value for value in args if isinstance(value, TensorCore)))
        return function(*args)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Run the function again and send the gradients through it."""
        run = local.run
        if run is not None and run.needed is not None:
            raise GradError(
                "When use_reentrant=True, agrad.utils.checkpoint is incompatible with .grad() or passing an `inputs` parameter to "
                ".backward(). To resolve this error, you can either set use_reentrant=False, or call .backward() without passing "
                "the `inputs` argument."
            )
        saved = iter(ctx.saved_tensors)
        args = [
            _detached(next(saved)) if is_tensor else other
            for is_tensor, other in zip(ctx.places, ctx.others, strict=True)
        ]
        generator = default_generator()
        now = generator.snapshot()
        try:
            if ctx.random is not None:
                generator.restore(ctx.random)
            with enable_grad():
                outputs = ctx.run(*args)
        finally:
            if ctx.random is not None:
                generator.restore(now)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        pairs = [
            (output, g)
            for output, g in zip(outputs, gradients, strict=True)
            if isinstance(output, TensorCore) and output._node is not None
        ]
        if not pairs:
            raise GradError(
                "none of output has requires_grad=True, this checkpoint() is not necessary. Call the function itself."
            )
        backward([output for output, _ in pairs], [g for _, g in pairs])
        return (None, None, *(getattr(arg, "_grad", None) if isinstance(arg, TensorCore) else None for arg in args))


def run(function: Callable[..., Any], args: tuple[Any, ...], *, keep_random: bool) -> Any:
    """Run a function as one node; gradients flow only where one of its positional tensors requires grad."""
    if local.grad_enabled and not any(isinstance(arg, TensorCore) and arg._node is not None for arg in args):
        warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", stacklevel=3)
    return CheckpointFunction.apply(function, keep_random, *args)


__all__ = ["CheckpointFunction", "run"]
