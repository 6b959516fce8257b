"""Counting: how often numbers occur, and how many fall into each bin. None of it has a derivative (the weights' sums have).

The confusing case is the last bin: it is closed on both sides, so the greatest value is counted in it.
"""

from __future__ import annotations

from typing import Any

from agrad.engine.primitive import composite, primitive
from agrad.primitives import indexing
from agrad.primitives._axes import part, positions
from agrad.primitives._helpers import device


def _offset_batch(xp: Any, op: Any, values: Any, _batched: Any, _ndims: Any, size: int, params: Any) -> Any:
    """Count for all examples at once: each has numbers of its own."""
    (x,) = values
    length = params["length"]
    offsets = positions(xp, x, size) * length  # in a dtype that holds them, which a small one of x's may not
    moved = xp.astype(x, offsets.dtype) + xp.reshape(offsets, (size, 1))
    counts = op.call(xp.reshape(moved, (-1,)), length=size * length)
    return xp.reshape(counts, (size, length))


@primitive(batch=_offset_batch)
def count_each(xp: Any, x: Any, /, *, length: int) -> Any:
    """Return how often each of 0 ... length - 1 occurs in the integer vector x, whose elements are all of these."""
    counter = positions(xp, x, 0).dtype
    ones = xp.ones_like(xp.astype(x, counter))
    zeros = xp.zeros((length,), dtype=counter, device=device(x))
    return xp.index_add(zeros, (x,), ones)


@composite
def sum_each(xp: Any, x: Any, weights: Any, /, *, length: int) -> Any:
    """Return, for each of 0 ... length - 1, the sum of the weights where it occurs in the integer vector x.

    Parameters
    ----------
    x, weights : array, shape (N,)
    """
    zeros = xp.zeros((length,), dtype=weights.dtype, device=weights.device)
    return indexing.array_add(zeros, weights, x, axes=(0,))


@primitive(promote=True, elementwise=True, half="wide")
def place_in_bins(xp: Any, x: Any, low: Any, high: Any, /, *, bins: int) -> Any:
    """Return which of `bins` equal bins between `low` and `high` each element falls into; `bins` itself for those outside.

    Parameters
    ----------
    x : floating array, any shape
    low, high : floating array, shape ()
    """
    inside = (x >= low) & (x <= high)
    # A power of two keeps the range of huge numbers, times the bins, a number, and changes no digit.
    huge = xp.maximum(xp.abs(low), xp.abs(high)) > float(xp.finfo(low.dtype).max) * 2.0**-66
    factor = xp.where(huge, xp.full_like(low, 2.0**-66), xp.ones_like(low))
    x, low, high = x * factor, low * factor, high * factor
    scaled = (xp.where(inside, x, low) - low) * float(bins) / (high - low)
    index = xp.minimum(xp.floor(scaled), xp.full_like(scaled, float(bins - 1)))
    return xp.astype(xp.where(inside, index, xp.full_like(index, float(bins))), positions(xp, x, 0).dtype)


def _edges_batch(xp: Any, op: Any, values: Any, batched: Any, ndims: Any, size: int, params: Any) -> Any:
    """With edges of each example's own there is one search per example."""
    x, edges = values
    if not batched[1]:
        return xp.reshape(op.call(xp.reshape(x, (-1,)), edges), (size, *x.shape[1:]))
    return xp.stack([op.call(x[i] if batched[0] else x, edges[i]) for i in range(size)])


@primitive(batch=_edges_batch, half="wide")
def place_between_edges(xp: Any, x: Any, edges: Any, /) -> Any:
    """Return between which two of the ascending `edges` (N + 1) each element of a vector falls; N for those outside."""
    bins = edges.shape[0] - 1
    found = xp.searchsorted(edges, x, side="right")
    at_end = x == edges[-1]
    inside = (x >= edges[0]) & (x <= edges[-1])
    index = xp.where(at_end, xp.full_like(found, bins), found) - 1
    return xp.where(inside, index, xp.full_like(index, bins))


@composite
def histogram_counts(xp: Any, x: Any, edges: Any, weight: Any, /) -> Any:
    """Return the sum of the weights (or the number) of x's elements between the ascending edges.

    Parameters
    ----------
    x : floating array, any shape
    edges : array, shape (N + 1,)
    weight : array shaped like x, or None
    """
    bins = edges.shape[0] - 1
    index = place_between_edges(xp.reshape(x, (-1,)), edges)
    if weight is None:
        counts = xp.astype(count_each(index, length=bins + 1), x.dtype)
    else:
        counts = sum_each(index, xp.reshape(weight, (-1,)), length=bins + 1)
    return part(counts, 0, 0, bins)


@composite
def histogram_of_points(xp: Any, x: Any, edges: tuple[Any, ...], weight: Any, /) -> Any:
    """Return the sum of the weights (or the number) of points in each cell of a grid.

    Parameters
    ----------
    x : floating array, shape (N, D)
    edges : one array of ascending edges for each of the D axes
    weight : array, shape (N,), or None
    """
    lengths = tuple(one.shape[0] for one in edges)  # one more than there are bins: those outside are counted too
    places: Any = None
    for column, one in enumerate(edges):
        found = place_between_edges(x[:, column], one)
        places = found if places is None else places * lengths[column] + found
    total = 1
    for length in lengths:
        total *= length
    if weight is None:
        counts = xp.astype(count_each(places, length=total), x.dtype)
    else:
        counts = sum_each(places, weight, length=total)
    return xp.reshape(counts, lengths)[tuple(slice(0, length - 1) for length in lengths)]


__all__ = ["count_each", "histogram_counts", "histogram_of_points", "place_between_edges", "place_in_bins", "sum_each"]
