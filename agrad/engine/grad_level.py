"""The grad level: reverse mode of a function of Tensors, run at a level of its own.

The transforms of :mod:`agrad.func` add trees, raw arrays and argument numbers to it; forward mode takes it plain, to find a
tangent where a primitive has only a VJP.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from agrad.engine.core import TensorCore, make_leaf, wrap
from agrad.engine.gradient import gradients
from agrad.engine.levels import Level, handed_out, new_level, released, snapshot
from agrad.engine.modes import recording
from agrad.errors import GradError


class NotDifferentiable(GradError, ValueError):
    """A value that has no derivative: a RuntimeError in PyTorch where it is a tensor, a ValueError where it is not."""


def leaf_of(level: Level, value: Any) -> Any:
    """Return a leaf of the level around a Tensor.

    Raises
    ------
    NotDifferentiable
        When the value is no Tensor of a floating or complex dtype, in PyTorch's words.
    """
    if not isinstance(value, TensorCore):
        raise NotDifferentiable(
            f"Thing passed to transform API must be Tensor, got {type(value)}. Make it one (agrad.tensor), or leave it out "
            "of argnums."
        )
    if not value._options.is_inexact:
        raise NotDifferentiable(
            f"only Tensors of floating point dtype can require gradients (or of complex dtype); received {value._options.dtype!r} of "
            f"shape {value._shape}. Leave it out of argnums, or convert it first: x.to(agrad.float32)."
        )
    return make_leaf(level.tensor(snapshot(value)))


def constant(tensor: Any) -> Any:
    """Return a Tensor's values without their history, at whatever grad levels they were recorded."""
    if not isinstance(tensor, TensorCore):
        return tensor
    options = tensor._options
    raw = tensor._data
    if options.backend.level and isinstance(raw, TensorCore):
        raw = constant(raw)
    return tensor if raw is tensor._data and tensor._node is None else wrap(raw, options)


def pull_leaves(
    level: Level,
    outputs: Sequence[Any],
    inside: list[Any],
    leaves: Sequence[Any],
    seeds: Sequence[Any] | None,
    *,
    retain: bool | None = None,
) -> list[Any]:
    """Return the gradients (lower Tensors) wrt the leaves; zeros where nothing leads there.

    Parameters
    ----------
    outputs : Tensors of the level
    inside, leaves : the leaves as the level's Tensors and as the lower ones they were made of
    seeds : lower Tensors, or None for scalar outputs
    retain : bool, optional
        Keep the graph for another pull; by default where seeds are given.
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
        keep = seeds is not None if retain is None else retain
        answers = gradients(chosen, inside, given, retain_graph=keep, allow_unused=True)
    return [zeros_like(leaf) if g is None else released(g._data) for g, leaf in zip(answers, leaves, strict=True)]


def flat_vjp(
    function: Callable[..., Sequence[Any]], *primals: Any
) -> tuple[list[Any], Callable[[Sequence[Any]], list[Any]]]:
    """Return the Tensors that `function` gives and what pulls their cotangents back to the primals."""
    with new_level("grad") as level, level.finishing(), recording():
        inside = [leaf_of(level, primal) for primal in primals]
        outputs = list(function(*inside))
        values = [handed_out(level.raw(output)) for output in outputs]

    def pull(seeds: Sequence[Any]) -> list[Any]:
        return pull_leaves(level, outputs, inside, primals, seeds)

    return values, pull


def zeros_like(tensor: Any) -> Any:
    """Return zeros of a tensor's shape, dtype and place."""
    from agrad.engine.core import classes

    return classes.tensor_xp.zeros_like(tensor)
