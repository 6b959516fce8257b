"""vmap: run a function written for one example on all of them at once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from agrad.engine.core import TensorCore, classes
from agrad.engine.levels import Batched, Level, new_level
from agrad.engine.vmap_level import front
from agrad.errors import AgradError
from agrad.func._trees import flatten, map_tree, to_raw, to_tensors
from agrad.random import default_generator


def _axes(dims: Any, tree: Any, what: str) -> list[int | None]:
    """Return one batch axis per leaf of `tree` from a prefix of its structure."""
    if dims is None or isinstance(dims, int):
        return [dims] * len(flatten(tree)[0])
    if isinstance(tree, dict):
        return [axis for key in sorted(tree) for axis in _axes(dims[key], tree[key], what)]
    if not isinstance(tree, (tuple, list)) or len(tree) != len(dims):
        raise ValueError(f"vmap: {what}={dims!r} does not fit the structure it describes: {type(tree).__name__}.")
    return [axis for dim, part in zip(dims, tree, strict=True) for axis in _axes(dim, part, what)]


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """Return a function that maps `func` over an axis of its arguments.

    Parameters
    ----------
    func : callable
        From trees of Tensors (of one example) to a tree of Tensors.
    in_dims, out_dims : int, None, or trees of them
        Which axis is the batch's, per argument and per output; None: the argument is the same for every example.
    randomness : {"error", "different", "same"}
        Whether random numbers drawn inside are refused, drawn anew for each example, or shared.
    chunk_size : int, optional
        Run this many examples at a time.

    Examples
    --------
    >>> import agrad
    >>> from agrad import func
    >>> dots = func.vmap(lambda x, y: x @ y)(agrad.ones((3, 2)), agrad.ones((3, 2)))
    >>> dots.shape, float(dots[0])
    ((3,), 2.0)
    """
    if randomness not in ("error", "different", "same"):
        raise ValueError(f"vmap: randomness must be 'error', 'different' or 'same'; received {randomness!r}.")

    @functools.wraps(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        args, raw = to_tensors(args)
        kwargs, _ = to_tensors(kwargs)
        leaves, spec = flatten(args)
        axes = _axes(in_dims, args, "in_dims")
        axes = [
            None if axis is None or not isinstance(leaf, TensorCore) else _checked(leaf, axis)
            for leaf, axis in zip(leaves, axes, strict=True)
        ]
        sizes = {leaf._shape[axis] for leaf, axis in zip(leaves, axes, strict=True) if axis is not None}
        if not sizes:
            raise ValueError("vmap: no argument has a batch axis. Give at least one a number in in_dims.")
        if len(sizes) > 1:
            raise ValueError(
                f"vmap: Expected all tensors to have the same size in the mapped dimension, "
                f"got sizes {sorted(sizes)} for the mapped dimension"
            )
        (size,) = sizes
        moved = [leaf if axis is None else front(leaf, axis) for leaf, axis in zip(leaves, axes, strict=True)]
        mapped = [axis is not None for axis in axes]
        step = 1 if randomness == "different" else chunk_size or size
        parts = []
        for start in range(0, size, max(step, 1)) if size else (0,):
            piece = moved
            if step < size:
                piece = [one[start : start + step] if has else one for one, has in zip(moved, mapped, strict=True)]
            parts.append(_run(func, spec, piece, mapped, min(step, size), kwargs, randomness))
        answer = parts[0]
        if len(parts) > 1:
            answer = map_tree(lambda *pieces: classes.tensor_xp.concat(list(pieces), axis=0), parts[0], *parts[1:])
        outs, out_spec = flatten(answer)
        out_axes = _axes(out_dims, answer, "out_dims")
        answer = out_spec.unflatten([_placed(one, axis) for one, axis in zip(outs, out_axes, strict=True)])
        return to_raw(answer) if raw else answer

    return function


def _checked(leaf: Any, axis: int) -> int:
    ndim = len(leaf._shape)
    if not -ndim <= axis < ndim:
        raise ValueError(f"vmap: in_dims asks for axis {axis} of a Tensor of shape {leaf._shape}.")
    return axis % ndim


def _placed(value: Any, axis: int | None) -> Any:
    if axis is None:
        return value[0]
    ndim = len(value._shape)
    return classes.tensor_xp.moveaxis(value, 0, axis) if axis % ndim else value


def _run(
    func: Callable[..., Any], spec: Any, pieces: list[Any], mapped: list[bool], size: int, kwargs: Any, randomness: str
) -> Any:
    """Run the function at a vmap level; return its tree of outputs, batch axes first."""
    before = default_generator().snapshot()
    with new_level("vmap") as level:
        inside = [level.tensor(Batched(one, 0)) if has else one for one, has in zip(pieces, mapped, strict=True)]
        answer = func(*spec.unflatten(inside), **kwargs)
        out = map_tree(lambda leaf: _outside(level, leaf, size), answer)
    if randomness == "error" and default_generator().snapshot() != before:
        raise AgradError(
            "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
            "randomness flags on vmap or perform the randomness operation out of vmap"
        )
    return out


def _outside(level: Level, leaf: Any, size: int) -> Any:
    if not isinstance(leaf, TensorCore):
        raise ValueError(f"vmap: the function must only return Tensors, got type {type(leaf).__name__}.")
    raw = level.raw(leaf)
    if type(raw) is not Batched:
        raw = Batched(raw, None)
    if raw.axis is None:
        return classes.tensor_xp.broadcast_to(raw.value, (size, *raw.value._shape))
    return front(raw.value, raw.axis)
