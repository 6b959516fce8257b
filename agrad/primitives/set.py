"""Membership and distinct elements.

The confusing case: the values of the unique functions have a derivative. They are gathered from the input at the
positions that the backend's unique_all tells, so a cotangent goes to the first occurrence of each value.
"""

from typing import Any

from agrad.engine.primitive import composite, primitive
from agrad.fields import Fields
from agrad.primitives._axes import positions
from agrad.primitives._helpers import count_reduced, normalize_axis


class UniqueAll(Fields):
    """Distinct values, where each occurs first, which of them each element is, and how often each occurs."""

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueCounts(Fields):
    """Distinct values and how often each occurs."""

    values: Any
    counts: Any


class UniqueInverse(Fields):
    """Distinct values and which of them each element is."""

    values: Any
    inverse_indices: Any


@primitive(promote=True)
def isin(xp: Any, x1: Any, x2: Any, /, *, invert: bool = False) -> Any:
    """Return for each element of `x1` whether it is among `x2`'s (or, inverted, is not)."""
    found = xp.isin(x1, x2)
    return xp.logical_not(found) if invert else found  # array-api-strict 2.6 takes invert= and does not look at it


@primitive(nout=3)
def unique_structure(xp: Any, x: Any, /) -> tuple[Any, Any, Any]:
    """Return unique_all's indices, inverse indices and counts: what has no derivative."""
    _, indices, inverse, counts = xp.unique_all(x)
    return indices, xp.reshape(inverse, tuple(x.shape)), counts


def _values(xp: Any, x: Any, indices: Any) -> Any:
    return xp.take(xp.reshape(x, (-1,)), indices, axis=0)


@composite
def unique_all(xp: Any, x: Any, /) -> UniqueAll:
    """Return x's distinct values with all that is known of them; each nan is distinct."""
    indices, inverse, counts = unique_structure(x)
    return UniqueAll(_values(xp, x, indices), indices, inverse, counts)


@composite
def unique_counts(xp: Any, x: Any, /) -> UniqueCounts:
    """Return x's distinct values and how often each occurs."""
    indices, _, counts = unique_structure(x)
    return UniqueCounts(_values(xp, x, indices), counts)


@composite
def unique_inverse(xp: Any, x: Any, /) -> UniqueInverse:
    """Return x's distinct values and, for each element, which of them it is."""
    indices, inverse, _ = unique_structure(x)
    return UniqueInverse(_values(xp, x, indices), inverse)


@composite
def unique_values(xp: Any, x: Any, /) -> Any:
    """Return x's distinct values."""
    indices, _, _ = unique_structure(x)
    return _values(xp, x, indices)


@primitive(nout=3)
def row_structure(xp: Any, x: Any, /, *, consecutive: bool = False) -> tuple[Any, Any, Any]:
    """Return, of the distinct rows of x (shape (N, M)), the first positions, and which of them each row is, and the counts.

    They are in lexicographic order, or, where only consecutive rows count as equal, in x's.
    """
    length = x.shape[0]
    index = positions(xp, x, length)
    if length == 0:
        return index, index, index
    order = index
    if not consecutive:
        keys = xp.astype(x, xp.uint8) if x.dtype == xp.bool else x
        for column in range(x.shape[1] - 1, -1, -1):
            order = xp.take(order, xp.argsort(xp.take(keys[:, column], order, axis=0), stable=True), axis=0)
    ordered = xp.take(x, order, axis=0)
    differs = xp.any(ordered[1:, :] != ordered[:-1, :], axis=1)
    starts = xp.concat([xp.full_like(index[:1], True, dtype=xp.bool), differs])
    (places,) = xp.nonzero(starts)
    groups = xp.cumulative_sum(xp.astype(starts, index.dtype)) - 1
    inverse = xp.take(groups, xp.argsort(order, stable=True), axis=0)
    ends = xp.concat([places[1:], xp.full_like(places[:1], length)])
    return xp.take(order, places, axis=0), inverse, ends - places


@composite
def unique_rows(xp: Any, x: Any, /, *, axis: int | None = None, consecutive: bool = False) -> tuple[Any, Any, Any]:
    """Return the distinct elements of x, or the distinct slices along `axis`, which of them each is, and the counts.

    They are in order (slices lexicographically), or, where only consecutive ones count as equal, in x's.
    """
    if axis is None:
        flat = xp.reshape(x, (-1,))
        places, inverse, counts = row_structure(xp.reshape(x, (-1, 1)), consecutive=consecutive)
        return xp.take(flat, places, axis=0), xp.reshape(inverse, tuple(x.shape)), counts
    one = normalize_axis(axis, x.ndim)
    rows = xp.moveaxis(x, one, 0)
    size = count_reduced(tuple(rows.shape[1:]), None)
    places, inverse, counts = row_structure(xp.reshape(rows, (rows.shape[0], size)), consecutive=consecutive)
    return xp.take(x, places, axis=one), inverse, counts
