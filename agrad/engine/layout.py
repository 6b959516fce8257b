"""The strides of results: an elementwise operation hands on the order in which its operands' elements lie, as PyTorch's do.

So ``x.T * 2`` is no more contiguous than ``x.T``. Only the order is noted (``Alias.strides``, with no storage yet); the elements are
put in that order when the result's memory is first shared, which for most results is never.
"""

from __future__ import annotations

from typing import Any

from agrad.engine.general import hooks
from agrad.engine.geometry import contiguous_strides, elementwise_strides, is_contiguous, preserved_strides
from agrad.engine.op import Op
from agrad.engine.storage import Alias, geometry_of, strided_class

_NUMBER = ((), ())
#: PyTorch's "preserve format": what copies, keeps strides to the letter
_COPIES = ("copy", "astype")


def _arranged(op: Op, tensors: list[Any], result: Any) -> None:
    """Give the result of an elementwise operation the strides that follow from its operands' (None stands for a number)."""
    if all(tensor is None or tensor._extra is None or not tensor._extra.strides for tensor in tensors):
        return
    shape = result._shape
    places = [_NUMBER if tensor is None else geometry_of(tensor)[:2] for tensor in tensors]
    strides = preserved_strides(*places[0]) if op.name in _COPIES else elementwise_strides(shape, places)
    if strides == contiguous_strides(shape):
        return
    alias = Alias()
    alias.strides = strides
    result._extra = alias
    if not is_contiguous(shape, strides):
        result.__class__ = strided_class(type(result))


hooks.arranged = _arranged
