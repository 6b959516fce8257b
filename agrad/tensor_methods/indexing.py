"""Reading and writing parts: gather, scatter, index and mask methods."""

from __future__ import annotations

from agrad.engine.core import TensorCore


class IndexingMixin(TensorCore):
    """Reading and writing parts: gather, scatter, index and mask methods."""

    __slots__ = ()


__all__ = ["IndexingMixin"]
