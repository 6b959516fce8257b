"""vmap: run a function written for one example on all of them at once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from agrad.engine.apart import apart, distinct
from agrad.engine.core import TensorCore, classes
from agrad.engine.levels import Batched, Level, new_level
from agrad.engine.vmap_level import front
from agrad.errors import GradError
from agrad.func._arguments import TransformError, name_of
from agrad.func._trees import flatten, spread, structure, to_raw, to_tensor, to_tensors

RANDOMNESS = ("error", "different", "same")


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """Return a function that maps `func` over an axis of its arguments.

    Every operation runs once, for all examples, by its batching rule. What the function sees are Tensors without the batch axis.

    Parameters
    ----------
    func : callable
        From trees of Tensors (of one example) to a tree of Tensors.
    in_dims : int, or tuple of (trees of) int and None
        Which axis is the batch's, per positional argument; one number for a tree stands for all its leaves. None: the argument
        is the same for every example, and may be anything. Keyword arguments are the same for every example.
    out_dims : int, None, or tree of them
        Where the batch axis is to stand in each output. None: the output does not depend on the example, and is given once.
    randomness : {"error", "different", "same"}
        Whether random numbers drawn inside are refused, drawn anew for each example, or shared.
    chunk_size : int, optional
        Run this many examples at a time, where all of them need too much memory.

    Returns
    -------
    callable
        Takes and gives trees with the batch axis in them; raw arrays where the arrays given were raw.

    Raises
    ------
    ValueError
        When called: for dimensions that do not fit the arguments or the outputs, for sizes that differ, for outputs that are no
        Tensors.
    RuntimeError
        For what cannot be done for all examples at once: control flow by values, results whose shape depends on values,
        writing what differs per example into a Tensor that does not.

    Examples
    --------
    Dot products of rows, a table of all pairs, and gradients per example:

    >>> import agrad
    >>> from agrad import func
    >>> x, y = agrad.tensor([[1.0, 2.0], [3.0, 4.0]]), agrad.tensor([[1.0, 1.0], [0.0, 1.0]])
    >>> func.vmap(lambda a, b: a @ b)(x, y).tolist()
    [3.0, 4.0]
    >>> pairs = func.vmap(func.vmap(lambda a, b: a @ b, in_dims=(None, 0)), in_dims=(0, None))
    >>> pairs(x, y).tolist()
    [[3.0, 2.0], [7.0, 4.0]]
    >>> weights = agrad.tensor([1.0, 1.0])
    >>> func.vmap(func.grad(lambda w, a: (w @ a) ** 2), in_dims=(None, 0))(weights, x).tolist()
    [[6.0, 12.0], [42.0, 56.0]]
    """
    if randomness not in RANDOMNESS:
        raise GradError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if chunk_size is not None and chunk_size <= 0:
        raise TransformError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        _check_out_dims(func, out_dims)
        (args, kwargs), raw = to_tensors((args, kwargs))
        leaves, spec, axes = _batch_axes(func, in_dims, args)
        size = _batch_size(leaves, axes)
        moved = [leaf if axis is None else front(leaf, axis) for leaf, axis in zip(leaves, axes, strict=True)]
        mapped = [axis is not None for axis in axes]
        run = functools.partial(_run, func, spec, kwargs, out_dims, randomness)
        if chunk_size is None or chunk_size >= size:
            out_spec, out_axes, outs = run(moved, mapped, size)
        else:
            parts = []
            for start in range(0, size, chunk_size):
                piece = [
                    one[start : start + chunk_size] if has else one for one, has in zip(moved, mapped, strict=True)
                ]
                parts.append(run(piece, mapped, min(chunk_size, size - start)))
            out_spec, out_axes, _ = parts[0]
            outs = [_joined(axis, pieces) for axis, *pieces in zip(out_axes, *(part[2] for part in parts), strict=True)]
        outs = [_placed(one, axis) for one, axis in zip(outs, out_axes, strict=True)]
        # Chunks are joined to something new; what is not must not look different.
        outs = [distinct(one) for one in outs] if chunk_size is None else _apart(outs, leaves)
        answer = out_spec.unflatten(outs)
        return to_raw(answer) if raw else answer

    return function


def _told(func: Callable[..., Any], in_dims: Any) -> str:
    return f"vmap({name_of(func)}, in_dims={in_dims}, ...)(<inputs>)"


def _is_axis(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_out_dims(func: Callable[..., Any], out_dims: Any) -> None:
    if _is_axis(out_dims) or all(axis is None or _is_axis(axis) for axis in flatten(out_dims)[0]):
        return
    raise TransformError(
        f"vmap({name_of(func)}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a python collection of ints "
        "representing where in the outputs the vmapped dimension should appear."
    )


def _batch_axes(
    func: Callable[..., Any], in_dims: Any, args: tuple[Any, ...]
) -> tuple[list[Any], Any, list[int | None]]:
    """Return the leaves of the arguments, their structure, and each leaf's batch axis, counted from the front."""
    if not _is_axis(in_dims) and not isinstance(in_dims, tuple):
        raise TransformError(
            f"{_told(func, in_dims)}: expected `in_dims` to be int or a (potentially nested) tuple matching the structure of "
            f"inputs, got: {type(in_dims)}."
        )
    if not args:
        raise TransformError(
            f"vmap({name_of(func)})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a "
            "function with no inputs. The latter is unsupported."
        )
    leaves, spec = flatten(args)
    axes = spread(in_dims, args)
    if axes is None:
        raise TransformError(
            f"{_told(func, in_dims)}: in_dims is not compatible with the structure of `inputs`. in_dims has structure "
            f"{structure(in_dims)} but inputs has structure {structure(args)}."
        )
    found = [_checked(func, in_dims, leaf, axis) for leaf, axis in zip(leaves, axes, strict=True)]
    return leaves, spec, found


def _checked(func: Callable[..., Any], in_dims: Any, leaf: Any, axis: Any) -> int | None:
    if axis is None:
        return None
    if not _is_axis(axis):
        raise TransformError(
            f"{_told(func, in_dims)}: Got in_dim={axis} for an input but in_dim must be either an integer dimension or None."
        )
    if not isinstance(leaf, TensorCore):
        raise TransformError(
            f"{_told(func, in_dims)}: Got in_dim={axis} for an input but the input is of type {type(leaf)}. We cannot vmap over "
            "non-Tensor arguments, please use None as the respective in_dim"
        )
    ndim = len(leaf._shape)
    if not -ndim <= axis < ndim:
        raise TransformError(
            f"{_told(func, in_dims)}: Got in_dim={axis} for some input, but that input is a Tensor of dimensionality {ndim} so "
            f"expected in_dim to satisfy -{ndim} <= in_dim < {ndim}."
        )
    checked: int = axis % ndim
    return checked


def _batch_size(leaves: list[Any], axes: list[int | None]) -> int:
    sizes = [leaf._shape[axis] for leaf, axis in zip(leaves, axes, strict=True) if axis is not None]
    if not sizes:
        raise TransformError("vmap: Expected at least one Tensor to vmap over. Give one argument a number in in_dims.")
    if len(set(sizes)) > 1:
        raise TransformError(
            f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sizes} for the mapped dimension"
        )
    size: int = sizes[0]
    return size


def _run(
    func: Callable[..., Any],
    spec: Any,
    kwargs: dict[str, Any],
    out_dims: Any,
    randomness: str,
    pieces: list[Any],
    mapped: list[bool],
    size: int,
) -> tuple[Any, list[int | None], list[Any]]:
    """Run the function at a vmap level; return its outputs' structure, their batch axes, and the outputs, batch axes first."""
    with new_level("vmap", size, randomness) as level, level.finishing():
        inside = [level.tensor(Batched(one, 0)) if has else one for one, has in zip(pieces, mapped, strict=True)]
        answer = func(*spec.unflatten(inside), **kwargs)
        outs, out_spec = flatten(answer)
        axes = _output_axes(func, out_dims, answer)
        lowered = [_outside(func, level, to_tensor(one), axis) for one, axis in zip(outs, axes, strict=True)]
    return out_spec, axes, lowered


def _output_axes(func: Callable[..., Any], out_dims: Any, answer: Any) -> list[int | None]:
    """Return one batch axis per leaf of the output."""
    if isinstance(answer, TensorCore) and isinstance(out_dims, tuple) and len(out_dims) == 1:
        return list(out_dims)  # PyTorch takes (0,) for one output too
    axes = spread(out_dims, answer)
    if axes is None:
        raise TransformError(
            f"vmap({name_of(func)}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure of "
            f"`outputs`. out_dims has structure {structure(out_dims)} but outputs has structure {structure(answer)}."
        )
    return axes


def _outside(func: Callable[..., Any], level: Level, leaf: Any, axis: int | None) -> Any:
    """Return an output as a lower Tensor, its batch axis in front; as it is where `axis` says it has none."""
    name = name_of(func)
    if not isinstance(leaf, TensorCore):
        if axis is None:
            return leaf
        raise TransformError(
            f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(leaf)}. Did you mean to set out_dims= to None "
            "for output?"
        )
    raw = level.raw(leaf)
    if raw is leaf:  # no tensor of this level: the same for every example
        raw = Batched(leaf, None)
    if raw.axis is None:
        if axis is None:
            return raw.value
        return classes.tensor_xp.broadcast_to(raw.value, (level.size, *raw.value._shape))
    if axis is None:
        raise TransformError(
            f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None. It differs per example: give it "
            "a number."
        )
    return front(raw.value, raw.axis)


def _joined(axis: int | None, pieces: list[Any]) -> Any:
    """Return what the chunks gave for one output."""
    return pieces[0] if axis is None else classes.tensor_xp.concat(pieces, axis=0)


def _apart(outs: list[Any], leaves: list[Any]) -> list[Any]:
    tensors = iter(apart([one for one in outs if isinstance(one, TensorCore)], leaves))
    return [next(tensors) if isinstance(one, TensorCore) else one for one in outs]


def _placed(value: Any, axis: int | None) -> Any:
    return classes.tensor_xp.moveaxis(value, 0, axis) if axis else value
