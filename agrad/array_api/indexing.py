"""take and take_along_axis, by the standard's names and signatures.

Both are linear in x: the cotangent of each result is added to where its value came from, once for each time that it
was taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agrad.array_api._arguments import as_tensor
from agrad.primitives import indexing
from agrad.primitives._axes import axis_of_one

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def take(x: Tensor, indices: Tensor, /, *, axis: int | None = None) -> Tensor:
    """Return the elements (or slices) of x at the positions `indices` along `axis`, which only a 1-D x may leave out.

    Parameters
    ----------
    indices : integer Tensor
        Negative positions count from the end. One dimension by the standard; any number here.

    Raises
    ------
    IndexError
        For an axis that x does not have.
    ValueError
        When `axis` is left out and x has not one dimension.
    """
    x = as_tensor(x)
    return indexing.take(x, as_tensor(indices), axis=axis_of_one(axis, x.ndim))


def take_along_axis(x: Tensor, indices: Tensor, /, *, axis: int = -1) -> Tensor:
    """Return for each position in `indices` the element of x there along `axis`; the other axes broadcast."""
    return indexing.take_along_axis(x, as_tensor(indices), axis=axis)


__all__ = ["take", "take_along_axis"]
