"""Reductions, sorting, searching and comparison of whole tensors."""

from __future__ import annotations

from agrad.engine.core import TensorCore


class ReductionMixin(TensorCore):
    """Reductions, sorting, searching and comparison of whole tensors."""

    __slots__ = ()


__all__ = ["ReductionMixin"]
