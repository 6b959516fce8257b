"""sort and argsort, by the standard's names and signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agrad.primitives import sorting

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def argsort(x: Tensor, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """Return the positions that sort x along `axis`; equal elements keep their order if `stable`. No derivative."""
    return sorting.argsort(x, axis=axis, descending=descending, stable=stable)


def sort(x: Tensor, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """Return x sorted along `axis`; each element's cotangent goes back to where it stood."""
    return sorting.sort(x, axis=axis, descending=descending, stable=stable)


__all__ = ["argsort", "sort"]
