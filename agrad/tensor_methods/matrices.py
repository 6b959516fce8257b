"""Matrix products, decompositions and other linear algebra."""

from __future__ import annotations

from agrad.engine.core import TensorCore


class MatrixMixin(TensorCore):
    """Matrix products, decompositions and other linear algebra."""

    __slots__ = ()


__all__ = ["MatrixMixin"]
