"""Cotangents brought back to what their inputs were: shape, dtype, realness. Every kind of node uses these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.engine.core import classes, wrap
from agrad.engine.halves import is_half

if TYPE_CHECKING:
    from agrad.backend import TensorOptions

Fix = tuple[tuple[int, ...], "TensorOptions"]


def zeros(xp: Any, shape: tuple[int, ...], options: TensorOptions, recorded: bool) -> Any:
    """Zeros for a cotangent nobody sent."""
    raw = options.xp.zeros(shape, dtype=options.raw_dtype, device=options.raw_device)
    return wrap(raw, options) if recorded else raw


def sum_to(xp: Any, g: Any, shape: tuple[int, ...]) -> Any:
    """Sum a cotangent over the axes along which its input was broadcast.

    Parameters
    ----------
    g : array or Tensor, of a shape that `shape` broadcasts to
    shape : tuple of int
        The input's shape.
    """
    given = tuple(g.shape)
    if given == shape:
        return g
    lead = len(given) - len(shape)
    if lead < 0:
        return xp.broadcast_to(g, shape)
    if lead and given[lead:] == shape:  # a bias over its batch
        return xp.sum(g, axis=0 if lead == 1 else tuple(range(lead)))
    axes = tuple(range(lead)) + tuple(
        lead + axis for axis, length in enumerate(shape) if length == 1 and given[lead + axis] != 1
    )
    if axes:
        g = xp.sum(g, axis=axes, keepdims=True)
    if tuple(g.shape) != shape:
        g = xp.reshape(g, shape) if not axes or len(g.shape) != len(shape) else xp.broadcast_to(g, shape)
    return g


def restore(xp: Any, g: Any, fix: Fix) -> Any:
    """Bring a cotangent back to its input's shape, dtype and realness: the one place where this is done."""
    shape, options = fix
    if tuple(g.shape) != shape:
        if options.is_half and is_half(xp, g.dtype):
            g = xp.astype(g, xp.float32)
        g = sum_to(xp, g, shape)
    if isinstance(g, classes.tensor):
        if g._options.dtype is not options.dtype:
            if g._options.is_complex and not options.is_complex:
                g = xp.real(g)
            if g._options.dtype is not options.dtype:
                g = xp.astype(g, options.dtype)
        return g
    dtype = options.backend.dtype_of(g)
    if dtype is not options.dtype:
        if dtype.is_complex and not options.is_complex:
            g = xp.real(g)
        g = xp.astype(g, options.raw_dtype, copy=False)
    return g


__all__ = ["Fix", "restore", "sum_to", "zeros"]
