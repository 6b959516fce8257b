"""Losses of neural networks that are worth one step where they would be ten: each beside its rule.

The confusing case: a mean is over the positions that count, so its divisor depends on the labels, and is 0, the mean nan, where none
does. The labels have no gradient.
"""

from __future__ import annotations

from typing import Any

from agrad.engine.primitive import LINEAR, primitive
from agrad.errors import IndexOutOfRange
from agrad.primitives._axes import positions
from agrad.primitives._geometry import size_of


def _held_log_rule(xp: Any, g: Any, _out: Any, x: Any, *, shifted: bool = False) -> Any:
    p = 1.0 + x if shifted else x
    return g / xp.maximum(p, xp.full_like(p, 1e-12))


@primitive(vjp=_held_log_rule, jvp=_held_log_rule, elementwise=True, dtypes="float")
def held_log(xp: Any, x: Any, /, *, shifted: bool = False) -> Any:
    """Return log(x), or log(1 + x) if `shifted`, held above -100, with a slope that is held below 1e12.

    Both limits are those of PyTorch's binary cross entropy; where the value is held, the slope goes on, so that what is saturated is
    moved. Of the two logarithms of that loss PyTorch holds the slopes together: the slope of -log(1 - p) at p = 0 is 1 here, and 0
    there.
    """
    return xp.maximum(xp.log1p(x) if shifted else xp.log(x), -100.0)


def _class_axis(ndim: int) -> int:
    """The axis of the classes: the second, or the only one."""
    return 0 if ndim == 1 else 1


def _nll_loss_name(shape: tuple[int, ...] = (), *_shapes: tuple[int, ...], **_params: Any) -> str:
    return "NllLoss2D" if len(shape) == 4 else "NllLoss"


def _nll_loss_vjp(
    xp: Any, g: Any, _out: Any, x_meta: Any, labels: Any, *, ignored: int | None = None, reduction: str = "mean"
) -> Any:
    axis = _class_axis(x_meta.ndim)
    shape = [1] * x_meta.ndim
    shape[axis] = x_meta.shape[axis]
    if ignored is None:
        weight = g / -size_of(labels.shape) if reduction == "mean" and 0 not in labels.shape else -g
    else:
        counted = labels != ignored
        if reduction == "mean":
            g = g / xp.sum(xp.astype(counted, g.dtype))
        weight = xp.where(counted, -g, 0)
    place = (*labels.shape[:axis], 1, *labels.shape[axis:])
    if weight.ndim:
        weight = xp.reshape(weight, place)
    classes = xp.reshape(xp.arange(x_meta.shape[axis], dtype=labels.dtype, device=x_meta.device), tuple(shape))
    return xp.where(classes == xp.reshape(labels, place), weight, 0)


def _nll_loss_batch(
    xp: Any, op: Any, values: list[Any], batched: list[bool], _ndims: Any, size: int, params: dict[str, Any]
) -> Any:
    """Take the examples as more rows, and reduce each example by itself."""
    x, labels = (
        value if has_axis else xp.broadcast_to(value, (size, *value.shape))
        for value, has_axis in zip(values, batched, strict=True)
    )
    ignored, reduction = params.get("ignored"), params.get("reduction", "mean")
    own = tuple(labels.shape)
    if x.ndim > 2:
        x = xp.reshape(x, (size * x.shape[1], *x.shape[2:]))
        labels = xp.reshape(labels, (size * own[1], *own[2:]))
    found = xp.reshape(op.call(x, labels, ignored=ignored, reduction="none"), own)
    axes = tuple(range(1, len(own)))
    if reduction == "none":
        return found
    if axes:
        found = xp.sum(found, axis=axes)
    if reduction == "sum":
        return found
    if ignored is None:
        return found / size_of(own[1:])
    counted = xp.reshape(xp.astype(labels != ignored, found.dtype), own)
    return found / (xp.sum(counted, axis=axes) if axes else counted)


@primitive(
    vjp=(_nll_loss_vjp, None),
    jvp=(LINEAR, None),
    batch=_nll_loss_batch,
    torch_name=_nll_loss_name,
)
def nll_loss(xp: Any, x: Any, labels: Any, /, *, ignored: int | None = None, reduction: str = "mean") -> Any:
    """Return -x at each position's class: the negative log likelihood.

    Parameters
    ----------
    x : array, shape (N, C, ...) or (C,)
        Logarithms of probabilities, floating.
    labels : integer array, shape (N, ...) or ()
        Classes, 0 <= label < C (or `ignored`). What is another label is the caller's to find: where the backend does not
        check, or JAX traces, nobody does.
    ignored : int, optional
        The label of positions that do not count.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    IndexError
        "Target 5 is out of bounds.", on backends that check.
    """
    axis = _class_axis(x.ndim)
    shape = tuple(labels.shape)
    classes = labels
    counted = None
    if ignored is not None:
        counted = labels != ignored
        classes = xp.where(counted, labels, 0)
    if 0 in shape:
        found = xp.reshape(xp.zeros_like(x), shape) if 0 in x.shape else xp.zeros_like(xp.astype(labels, x.dtype))
    else:
        rows = x if x.ndim < 3 else xp.reshape(xp.moveaxis(x, 1, -1), (-1, x.shape[1]))
        flat = classes if x.ndim < 3 else xp.reshape(classes, (size_of(shape),))
        key = (flat,) if x.ndim == 1 else (positions(xp, x, rows.shape[0]), flat)
        try:
            found = xp.index_get(rows, key)
        except IndexError as error:
            size = x.shape[axis]
            first = int(flat[xp.argmax(xp.astype((flat < 0) | (flat >= size), flat.dtype))]) if flat.ndim else int(flat)
            raise IndexOutOfRange(f"Target {first} is out of bounds.") from error
        if x.ndim > 2:
            found = xp.reshape(found, shape)
        found = -found
        if counted is not None:
            found = xp.where(counted, found, 0)
    if reduction == "none":
        return found
    if reduction == "sum":
        return xp.sum(found)
    return xp.mean(found) if counted is None else xp.sum(found) / xp.sum(xp.astype(counted, x.dtype))


__all__ = ["held_log", "nll_loss"]
