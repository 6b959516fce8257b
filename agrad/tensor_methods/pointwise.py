"""Elementwise methods and their in-place forms."""

from __future__ import annotations

from agrad.engine.core import TensorCore


class PointwiseMixin(TensorCore):
    """Elementwise methods and their in-place forms."""

    __slots__ = ()


__all__ = ["PointwiseMixin"]
