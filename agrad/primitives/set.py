"""Membership and distinct elements.

The confusing case: the values of the unique functions have a derivative. They are gathered from the input at the
positions that the backend's unique_all tells, so a cotangent goes to the first occurrence of each value.
"""

from typing import Any, NamedTuple

from agrad.engine.primitive import composite, primitive


class UniqueAll(NamedTuple):
    """Distinct values, where each occurs first, which of them each element is, and how often each occurs."""

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueCounts(NamedTuple):
    """Distinct values and how often each occurs."""

    values: Any
    counts: Any


class UniqueInverse(NamedTuple):
    """Distinct values and which of them each element is."""

    values: Any
    inverse_indices: Any


@primitive(promote=True)
def isin(xp: Any, x1: Any, x2: Any, /, *, invert: bool = False) -> Any:
    """Return for each element of `x1` whether it is among `x2`'s (or, inverted, is not)."""
    return xp.isin(x1, x2, invert=invert)


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
