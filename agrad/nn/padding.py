"""Padding as modules: what :func:`agrad.nn.functional.pad` does, before a layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agrad.nn import functional as F
from agrad.nn.functional.convolution import _tuple
from agrad.nn.module import Module

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Size = int | Sequence[int]


class _Pad(Module):
    """Padding of the last axes: (before, after) for the last one first; or one number for all.

    Attributes
    ----------
    padding : tuple of int
    """

    spatial = 1
    mode = "constant"

    def __init__(self, padding: Size) -> None:
        super().__init__()
        self.padding = _tuple(padding, 2 * self.spatial)

    def forward(self, input: Tensor) -> Tensor:
        """Pad input."""
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        """Tell the padding."""
        return str(self.padding)


class _ConstantPad(_Pad):
    """Padding with a value."""

    def __init__(self, padding: Size, value: float) -> None:
        super().__init__(padding)
        self.value: Any = value

    def forward(self, input: Tensor) -> Tensor:
        """Pad input."""
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        """Tell the padding and the value."""
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_ConstantPad):
    """Padding with zeros."""

    def __init__(self, padding: Size) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """Tell the padding."""
        return str(self.padding)


class ConstantPad1d(_ConstantPad):
    """Padding of input, shape (N, C, L), with a value."""


class ConstantPad2d(_ConstantPad):
    """Padding of input, shape (N, C, H, W), with a value."""

    spatial = 2


class ConstantPad3d(_ConstantPad):
    """Padding of input, shape (N, C, D, H, W), with a value."""

    spatial = 3


class ZeroPad1d(_ZeroPad):
    """Padding of input, shape (N, C, L), with zeros."""


class ZeroPad2d(_ZeroPad):
    """Padding of input, shape (N, C, H, W), with zeros."""

    spatial = 2


class ZeroPad3d(_ZeroPad):
    """Padding of input, shape (N, C, D, H, W), with zeros."""

    spatial = 3


class ReflectionPad1d(_Pad):
    """Padding of input, shape (N, C, L), with its mirror image, the edge not repeated."""

    mode = "reflect"


class ReflectionPad2d(_Pad):
    """Padding of input, shape (N, C, H, W), with its mirror image, the edge not repeated."""

    spatial = 2
    mode = "reflect"


class ReflectionPad3d(_Pad):
    """Padding of input, shape (N, C, D, H, W), with its mirror image, the edge not repeated."""

    spatial = 3
    mode = "reflect"


class ReplicationPad1d(_Pad):
    """Padding of input, shape (N, C, L), with its edge."""

    mode = "replicate"


class ReplicationPad2d(_Pad):
    """Padding of input, shape (N, C, H, W), with its edge."""

    spatial = 2
    mode = "replicate"


class ReplicationPad3d(_Pad):
    """Padding of input, shape (N, C, D, H, W), with its edge."""

    spatial = 3
    mode = "replicate"


class CircularPad1d(_Pad):
    """Padding of input, shape (N, C, L), with its other end."""

    mode = "circular"


class CircularPad2d(_Pad):
    """Padding of input, shape (N, C, H, W), with its other end."""

    spatial = 2
    mode = "circular"


class CircularPad3d(_Pad):
    """Padding of input, shape (N, C, D, H, W), with its other end."""

    spatial = 3
    mode = "circular"


__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]
