"""all, any and diff, by the standard's names and signatures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agrad.array_api._arguments import as_tensor, axis_argument
from agrad.primitives import statistical

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Axis = int | Sequence[int] | None


def all(x: Tensor, /, *, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return whether every element over `axis` is true (not zero); no derivative."""
    return statistical.all(x, axis=axis_argument(axis), keepdims=keepdims)


def any(x: Tensor, /, *, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return whether some element over `axis` is true (not zero); no derivative."""
    return statistical.any(x, axis=axis_argument(axis), keepdims=keepdims)


def diff(
    x: Tensor, /, *, axis: int = -1, n: int = 1, prepend: Tensor | None = None, append: Tensor | None = None
) -> Tensor:
    """Return the `n`-th differences of neighbours along `axis`, with `prepend` and `append` joined to the ends first.

    Linear.
    """
    ends = [None if end is None else as_tensor(end) for end in (prepend, append)]
    return statistical.diff(as_tensor(x), axis=axis, n=n, prepend=ends[0], append=ends[1])


__all__ = ["all", "any", "diff"]
