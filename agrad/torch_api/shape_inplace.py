"""Changing a tensor's shape in place: t_, transpose_, squeeze_, unsqueeze_, as_strided_.

The confusing case: nothing is written. The tensor shows the same memory in another way, and other views of that memory stay as
they are; so what forbids a write to elements that are shown twice does not forbid this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from agrad.engine.geometry import is_contiguous
from agrad.engine.modes import enable_grad
from agrad.engine.node import Leaf
from agrad.engine.storage import hidden_classes, strided_class
from agrad.engine.write_checks import check_writable
from agrad.torch_api import shape, shape_axes, shape_parts

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def become(x: Any, show: Callable[[Any], Any]) -> Tensor:
    """Give x the shape, the strides and the history of the view that `show` makes of it, and return x.

    Raises
    ------
    RuntimeError
        For a leaf that requires grad, and for a view of one, outside of no_grad.
    """
    check_writable(x, dense=False)
    node = x._node
    with enable_grad():
        view = show(x)
    raw, history = view._data, view._node
    x._data = raw
    x._shape = view._shape
    if isinstance(node, Leaf):
        node.shape = x._shape
    else:
        x._node = history
    alias, place = x._extra, view._extra
    if place is None or place.storage is None:
        return x
    alias.strides, alias.offset = place.strides, place.offset
    alias.version[0] += 1
    alias.seen = place.seen + 1
    plain = type(x).__mro__[1] if type(x) in hidden_classes() else type(x)
    x.__class__ = plain if is_contiguous(x._shape, alias.strides) else strided_class(plain)
    return x


def t_(x: Any) -> Tensor:
    """Transpose a matrix in place; a vector or number stays as it is."""
    shape_axes.matrix_order("t_", len(x._shape))
    return become(x, shape_axes.t)


def transpose_(x: Any, dim0: int, dim1: int) -> Tensor:
    """Exchange two axes in place."""
    return become(x, lambda one: shape_axes.transpose(one, dim0, dim1))


def squeeze_(x: Any, dim: int | Sequence[int] | None = None) -> Tensor:
    """Take away axes of length 1 in place."""
    return become(x, lambda one: shape.squeeze(one, dim))


def unsqueeze_(x: Any, dim: int) -> Tensor:
    """Add an axis of length 1 in place."""
    return become(x, lambda one: shape.unsqueeze(one, dim))


def as_strided_(x: Any, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Tensor:
    """Show the memory with another geometry, in place."""
    return become(x, lambda one: shape_parts.as_strided(one, size, stride, storage_offset))


__all__ = ["as_strided_", "become", "squeeze_", "t_", "transpose_", "unsqueeze_"]
