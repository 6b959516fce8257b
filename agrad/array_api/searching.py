"""Finding positions, by the standard's names and signatures. Only `where` has a derivative."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from agrad.array_api._arguments import as_tensor, axis_argument
from agrad.primitives import indexing, searching

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def argmax(x: Tensor, /, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Return the position of the first largest element along `axis`, of the flattened array if it is None."""
    return searching.argmax(x, axis=axis, keepdims=keepdims)


def argmin(x: Tensor, /, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Return the position of the first smallest element along `axis`, of the flattened array if it is None."""
    return searching.argmin(x, axis=axis, keepdims=keepdims)


def count_nonzero(x: Tensor, /, *, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
    """Return how many elements over `axis` are not zero."""
    return searching.count_nonzero(x, axis=axis_argument(axis), keepdims=keepdims)


def nonzero(x: Tensor, /) -> tuple[Tensor, ...]:
    """Return the positions of the elements that are not zero, one array per axis; their number depends on values.

    Raises
    ------
    ValueError
        For a 0-d array.
    """
    return searching.nonzero(x)


def searchsorted(
    x1: Tensor,
    x2: Tensor | float,
    /,
    *,
    side: Literal["left", "right"] = "left",
    sorter: Tensor | None = None,
) -> Tensor:
    """Return where each element of x2 has to be inserted to keep the 1-D array x1 sorted.

    Parameters
    ----------
    side : {"left", "right"}
        Before or after the elements of x1 that are equal to it.
    sorter : integer Tensor, optional
        The positions that sort x1, where it is not sorted itself.
    """
    if sorter is not None:
        x1 = indexing.take(x1, as_tensor(sorter), axis=0)
    return searching.searchsorted(x1, x2, side=side)


def where(condition: Tensor, x1: Tensor | complex, x2: Tensor | complex, /) -> Tensor:
    """Return x1 where `condition` is true and x2 elsewhere; each gets the cotangent of the elements that it gave.

    A branch that is not chosen gets zero, but its own derivative may still make that nan (0 * inf): guard the input
    of such a branch and not its output.
    """
    return searching.where(condition, x1, x2)


__all__ = ["argmax", "argmin", "count_nonzero", "nonzero", "searchsorted", "where"]
