"""Checkpointing: save a segment's inputs only, and compute the segment again in backward.

A chain of n equal layers saves n activations. In segments of k layers it saves n / k of them, and in backward k more, one segment at a
time: least for k = sqrt(n), and each layer then runs forward twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from agrad.utils import _recomputing, _reentrant
from agrad.utils._recomputing import CheckpointError
from agrad.utils._reentrant import CheckpointFunction


def noop_context_fn() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
    """Return two contexts that do nothing."""
    return nullcontext(), nullcontext()


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[Any, Any]] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """Run a function without keeping what its backward needs; backward runs it again.

    Parameters
    ----------
    function : callable
        It has to do the same both times.
    *args, **kwargs
        Its arguments, of any kind. They must not be changed in place before backward.
    use_reentrant : bool, optional
        False, and by default: the graph is the function's own, and only what it saves is computed again. Everything that works
        without a checkpoint works: gradients of tensors the function closes over, :func:`agrad.autograd.grad`, higher derivatives.
        True: the segment is one node, which runs a backward of its own inside of backward; at least one positional tensor has to
        require grad, and keyword arguments, ``grad()`` and ``inputs=`` are refused, as in PyTorch.
    context_fn : callable
        Gives two context managers, for the run in forward and the one in backward.
    determinism_check : {'default', 'none'}
        Whether shape, dtype and device of what is computed again are compared.
    debug : bool
        Keep the lines that saved something, for the errors.
    early_stop : bool
        End the second run where nothing more is needed of it.
    preserve_rng_state : bool
        Draw the same random numbers in the second run.

    Raises
    ------
    CheckpointError
        In backward, when the function did something else the second time.

    Examples
    --------
    >>> import agrad
    >>> import agrad.utils.checkpoint
    >>> x = agrad.tensor(2.0, requires_grad=True)
    >>> agrad.utils.checkpoint.checkpoint(lambda x: x * x * x, x).backward()
    >>> x.grad
    tensor(12.)
    """
    if determinism_check not in ("default", "none"):
        raise ValueError(f"determinism_check should be one of ['default', 'none'], but got {determinism_check}")
    if not use_reentrant:
        return _recomputing.run(
            function,
            args,
            kwargs,
            keep_random=preserve_rng_state,
            early_stop=early_stop,
            check=determinism_check == "default",
            debug=debug,
            context_fn=context_fn,
        )
    if context_fn is not noop_context_fn or debug:
        raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
    if kwargs:
        raise ValueError(f"Unexpected keyword arguments: {','.join(kwargs)}. use_reentrant=False takes them.")
    return _reentrant.run(function, args, keep_random=preserve_rng_state)


def checkpoint_sequential(
    functions: Iterable[Callable[[Any], Any]],
    segments: int,
    input: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
) -> Any:
    """Run a chain of functions in segments, each but the last checkpointed.

    Parameters
    ----------
    functions : iterable of callable
        Of one argument: a list, or a module that holds others in order.
    segments : int
        How many; the square root of the chain's length keeps the least.
    input : Tensor
    use_reentrant, preserve_rng_state
        As in :func:`checkpoint`.

    Examples
    --------
    >>> import agrad
    >>> import agrad.utils.checkpoint
    >>> x = agrad.tensor(1.0, requires_grad=True)
    >>> agrad.utils.checkpoint.checkpoint_sequential([lambda x: x * 2] * 6, 3, x).backward()
    >>> x.grad
    tensor(64.)
    """
    chain = list(functions)
    if segments < 1:
        raise ValueError(f"checkpoint_sequential needs at least one segment; received {segments}.")
    length = max(len(chain) // segments, 1)

    def run(start: int, stop: int) -> Callable[[Any], Any]:
        def segment(value: Any) -> Any:
            for one in chain[start:stop]:
                value = one(value)
            return value

        return segment

    start = 0
    for _ in range(min(segments, max(len(chain), 1)) - 1):
        input = checkpoint(
            run(start, start + length), input, use_reentrant=use_reentrant, preserve_rng_state=preserve_rng_state
        )
        start += length
    return run(start, len(chain))(input)


def set_checkpoint_early_stop(enable: bool) -> AbstractContextManager[None]:
    """Say for a ``with`` block whether second runs end early, whatever the calls say."""
    return _recomputing.setting("early_stop", enable)


def set_checkpoint_debug_enabled(enabled: bool | None) -> AbstractContextManager[None]:
    """Say for a ``with`` block whether lines are kept for errors, whatever the calls say; None leaves it to them."""
    return _recomputing.setting("debug", enabled)


__all__ = [
    "CheckpointError",
    "CheckpointFunction",
    "checkpoint",
    "checkpoint_sequential",
    "noop_context_fn",
    "set_checkpoint_debug_enabled",
    "set_checkpoint_early_stop",
]


def __dir__() -> list[str]:
    return list(__all__)
