"""What a node keeps of an array whose elements no rule needs."""

from __future__ import annotations

from typing import Any


class Meta:
    """What a rule may ask of an array without keeping it alive: shape, dtype and device (the backend's own objects)."""

    __slots__ = ("device", "dtype", "options", "shape")

    def __init__(self, shape: tuple[int, ...], options: Any, recorded: bool = False) -> None:
        self.shape = shape
        self.options = options
        self.dtype = options.dtype if recorded else options.raw_dtype
        self.device = options.device if recorded else options.raw_device

    def recorded(self) -> Meta:
        """The same for a rule that runs on Tensors: with agrad's dtype and device objects."""
        return Meta(self.shape, self.options, recorded=True)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        size = 1
        for length in self.shape:
            size *= length
        return size

    def widened(self) -> Meta:
        """The same with float32 in the place of half precision."""
        from agrad.dtypes import float32

        if not self.options.is_half:
            return self
        return Meta(self.shape, self.options.with_dtype(float32), recorded=self.dtype is self.options.dtype)


__all__ = ["Meta"]
