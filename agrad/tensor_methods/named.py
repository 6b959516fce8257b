"""Named axes."""

from __future__ import annotations

from agrad.engine.core import TensorCore


class NamedMixin(TensorCore):
    """Named axes."""

    __slots__ = ()


__all__ = ["NamedMixin"]
