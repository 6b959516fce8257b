"""Checkpointing: save a segment's inputs only, and compute the segment again in backward."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from agrad.autograd.function import Context, Function
from agrad.engine.core import TensorCore, make_leaf, wrap
from agrad.engine.gradient import backward
from agrad.engine.modes import enable_grad, no_grad
from agrad.random import default_generator


def _detached(value: Any) -> Any:
    if not isinstance(value, TensorCore):
        return value
    fresh = wrap(value._data, value._options)
    return make_leaf(fresh) if value._node is not None else fresh


class _Checkpoint(Function):
    """Runs a function unrecorded, and again, recorded, in backward."""

    @staticmethod
    def forward(ctx: Context, function: Any, keep_random: bool, *args: Any) -> Any:
        """Run the function, keeping its arguments and the state of the random generator."""
        state: Any = ctx
        state.function = function
        state.random = default_generator().snapshot() if keep_random else None
        state.others = tuple(None if isinstance(value, TensorCore) else value for value in args)
        state.places = tuple(isinstance(value, TensorCore) for value in args)
        ctx.save_for_backward(*(value for value in args if isinstance(value, TensorCore)))
        with no_grad():
            return function(*args)

    @staticmethod
    def backward(ctx: Context, *gradients: Any) -> Any:
        """Run the function again and send the gradients through it."""
        state: Any = ctx
        saved = iter(ctx.saved_tensors)
        args = [
            _detached(next(saved)) if is_tensor else other
            for is_tensor, other in zip(state.places, state.others, strict=True)
        ]
        generator = default_generator()
        now = generator.snapshot()
        try:
            if state.random is not None:
                generator.restore(state.random)
            with enable_grad():
                outputs = state.function(*args)
        finally:
            if state.random is not None:
                generator.restore(now)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        pairs = [
            (output, g)
            for output, g in zip(outputs, gradients, strict=True)
            if isinstance(output, TensorCore) and output._node is not None
        ]
        if pairs:
            backward([output for output, _ in pairs], [g for _, g in pairs])
        return (None, None, *(_gradient(arg) for arg in args))


def _gradient(arg: Any) -> Any:
    """Return the gradient that a detached argument's leaf has collected; None where it has none."""
    return arg.grad if isinstance(arg, TensorCore) and arg._node is not None else None  # type: ignore[attr-defined]


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """Run a function without keeping what its backward needs; backward runs it again.

    Parameters
    ----------
    function : callable
        From Tensors and anything else to a Tensor or a tuple of Tensors.
    *args, **kwargs
        Its arguments. At least one positional Tensor must require grad for gradients to flow.
    use_reentrant : bool, optional
        Accepted for PyTorch's sake.
    preserve_rng_state : bool
        Draw the same random numbers in the second run.
    """
    call = (lambda *inner: function(*inner, **kwargs)) if kwargs else function
    return _Checkpoint.apply(call, preserve_rng_state, *args)


def checkpoint_sequential(
    functions: Sequence[Callable[[Any], Any]],
    segments: int,
    input: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
) -> Any:
    """Run a chain of functions in segments, each but the last checkpointed.

    Parameters
    ----------
    functions : sequence of callable
    segments : int
        How many; the square root of the chain's length keeps the least.
    input : Tensor
    """
    chain = list(functions)
    length = max(len(chain) // segments, 1)

    def run(start: int, stop: int) -> Callable[[Any], Any]:
        def segment(value: Any) -> Any:
            for one in chain[start:stop]:
                value = one(value)
            return value

        return segment

    start = 0
    for _ in range(segments - 1):
        input = checkpoint(run(start, start + length), input, preserve_rng_state=preserve_rng_state)
        start += length
    return run(start, len(chain))(input)


__all__ = ["checkpoint", "checkpoint_sequential"]
