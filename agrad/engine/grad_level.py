"""The grad level: reverse mode of a function of Tensors, run at a level of its own.

The transforms of :mod:`agrad.func` add trees, raw arrays and argument numbers to it; forward mode takes it plain, to find a
tangent where a primitive has only a VJP.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from agrad.engine.core import TensorCore, make_leaf, wrap
from agrad.engine.gradient import gradients
from agrad.engine.levels import Level, new_level
from agrad.engine.modes import recording
from agrad.errors import GradError


def leaf_of(level: Level, value: Any, function: str) -> Any:
    """Return a leaf of the level around a Tensor.

    Raises
    ------
    GradError
        When the value is no Tensor of a floating or complex dtype.
    """
    if not isinstance(value, TensorCore) or not value._options.is_inexact:
        told = repr(value._options.dtype) if isinstance(value, TensorCore) else type(value).__name__
        raise GradError(
            f"{function}: the arguments to differentiate must be Tensors or arrays of floating or complex dtype; "
            f"received {told}. "
            "Leave it out of argnums, or convert it first."
        )
    return make_leaf(level.tensor(value))


def pull_leaves(
    level: Level, outputs: Sequence[Any], inside: list[Any], leaves: Sequence[Any], seeds: Sequence[Any] | None
) -> list[Any]:
    """Return the gradients (lower Tensors) wrt the leaves; zeros where nothing leads there.

    Parameters
    ----------
    outputs : Tensors of the level
    inside, leaves : the leaves as the level's Tensors and as the lower ones they were made of
    seeds : lower Tensors, or None for scalar outputs
        The graph is kept for another pull where seeds are given.
    """
    chosen, given = [], []
    for index, output in enumerate(outputs):
        if not isinstance(output, TensorCore) or output._node is None:
            continue
        if output._options.backend.level == level.number:
            chosen.append(output)
            # The seed is a raw array of the level: any Tensor of another running transform will do.
            given.append(None if seeds is None else wrap(seeds[index], output._options))
    if not chosen:
        return [zeros_like(leaf) for leaf in leaves]
    with recording():
        answers = gradients(chosen, inside, given, retain_graph=seeds is not None, allow_unused=True)
    return [zeros_like(leaf) if g is None else g._data for g, leaf in zip(answers, leaves, strict=True)]


def flat_vjp(
    function: Callable[..., Sequence[Any]], *primals: Any
) -> tuple[list[Any], Callable[[Sequence[Any]], list[Any]]]:
    """Return the Tensors that `function` gives and what pulls their cotangents back to the primals."""
    with new_level("grad") as level, recording():
        inside = [leaf_of(level, primal, "vjp") for primal in primals]
        outputs = list(function(*inside))
        values = [level.raw(output) for output in outputs]

    def pull(seeds: Sequence[Any]) -> list[Any]:
        return pull_leaves(level, outputs, inside, primals, seeds)

    return values, pull


def zeros_like(tensor: Any) -> Any:
    """Return zeros of a tensor's shape, dtype and place."""
    from agrad.engine.core import classes

    return classes.tensor_xp.zeros_like(tensor)
