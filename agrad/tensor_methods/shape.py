"""Shape: views, joining, splitting and moving of axes."""

from __future__ import annotations

from agrad.engine.core import TensorCore


class ShapeMixin(TensorCore):
    """Shape: views, joining, splitting and moving of axes."""

    __slots__ = ()


__all__ = ["ShapeMixin"]
