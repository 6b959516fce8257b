"""What several rules share. Plain Array API code: it runs on raw arrays and on Tensors alike."""

from __future__ import annotations

from typing import Any


def is_complex(xp: Any, x: Any) -> bool:
    """Whether an array's dtype is complex."""
    return bool(xp.isdtype(x.dtype, "complex floating"))


def is_inexact(xp: Any, x: Any) -> bool:
    """Whether an array's dtype is floating or complex."""
    return bool(xp.isdtype(x.dtype, ("real floating", "complex floating")))


def device(x: Any) -> Any:
    """An array's device for ``device=``; None for a JAX tracer, which has none."""
    return getattr(x, "device", None)


def normalize_axis(axis: int, ndim: int) -> int:
    """Return `axis` counted from the front.

    Raises
    ------
    IndexError
        In PyTorch's words, when there is no such axis.
    """
    low, high = (-ndim, ndim - 1) if ndim else (-1, 0)
    if not low <= axis <= high:
        from agrad.errors import IndexOutOfRange

        raise IndexOutOfRange(f"Dimension out of range (expected to be in range of [{low}, {high}], but got {axis})")
    return axis + ndim if axis < 0 and ndim else max(axis, 0)


def normalize_axes(axis: int | tuple[int, ...] | None, ndim: int) -> tuple[int, ...]:
    """Return the axes that a reduction reduces, counted from the front; None means all."""
    if axis is None:
        return tuple(range(ndim))
    if isinstance(axis, (tuple, list)):
        return tuple(normalize_axis(one, ndim) for one in axis)
    return (normalize_axis(axis, ndim),)


def kept_shape(shape: tuple[int, ...], axis: int | tuple[int, ...] | None) -> tuple[int, ...]:
    """Return the shape after a reduction with keepdims."""
    axes = normalize_axes(axis, len(shape))
    return tuple(1 if position in axes else length for position, length in enumerate(shape))


def keep_reduced(xp: Any, g: Any, shape: tuple[int, ...], axis: int | tuple[int, ...] | None, keepdims: bool) -> Any:
    """Return a reduction's cotangent (or result) with the reduced axes kept as length 1."""
    return g if keepdims or not shape else xp.reshape(g, kept_shape(shape, axis))


def expand_reduced(xp: Any, g: Any, shape: tuple[int, ...], axis: int | tuple[int, ...] | None, keepdims: bool) -> Any:
    """Spread a reduction's cotangent back over the axes it was reduced along."""
    if axis is None and not keepdims:
        return xp.broadcast_to(g, shape)
    return xp.broadcast_to(keep_reduced(xp, g, shape, axis, keepdims), shape)


def count_reduced(shape: tuple[int, ...], axis: int | tuple[int, ...] | None) -> int:
    """How many elements go into one result of a reduction."""
    count = 1
    for position in normalize_axes(axis, len(shape)):
        count *= shape[position] if shape else 1
    return count


def log_of_sum(xp: Any, x: Any, y: Any) -> Any:
    """Return log(exp(x) + exp(y)), of complex numbers too, for which not every library has it."""
    if not is_complex(xp, x):
        return xp.logaddexp(x, y)
    ahead = xp.real(x) >= xp.real(y)
    large, small = xp.where(ahead, x, y), xp.where(ahead, y, x)
    same = x == y  # also where both are the same infinity: their difference is nan
    return large + xp.log1p(xp.exp(xp.where(same, xp.zeros_like(x), small - large)))
