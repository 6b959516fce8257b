"""What a tensor is: conversions, storage and memory, exchange with NumPy, printing."""

from __future__ import annotations

from agrad.engine.core import TensorCore


class IdentityMixin(TensorCore):
    """What a tensor is: conversions, storage and memory, exchange with NumPy, printing."""

    __slots__ = ()


__all__ = ["IdentityMixin"]
