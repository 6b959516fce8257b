"""The short way of a product of two matrices, whose node is the hot path's: half the Python, and one object for the collector.

The confusing case: a node of :class:`agrad.engine.node.Binary` passes its rules what it kept, or None, where the general node
would pass shapes. For two matrices the product's rules ask for no shape, and a cotangent has its input's own shape and dtype.
"""

from __future__ import annotations

import functools
from typing import Any, ParamSpec, cast

from agrad.backend import op_index
from agrad.engine.core import TensorCore, new_object, next_sequence, on_bind
from agrad.engine.modes import local, state
from agrad.engine.node import Binary
from agrad.engine.primitive import Primitive

P = ParamSpec("P")

Tensor: Any = TensorCore


def _bind(tensor_class: type) -> None:
    global Tensor
    Tensor = tensor_class


on_bind(_bind)


def matrix_product(known: Primitive[P]) -> Primitive[P]:
    """Give a primitive, the namespace's product of its name, the short way for two matrices; a decorator.

    Whatever is not two plain matrices of one kind, and every error, is left to `known`.
    """
    op = known.op
    index = op_index(op.name)
    whole: Any = known

    def call(x: Any, y: Any, /) -> Any:
        if type(x) is not Tensor or type(y) is not Tensor:
            return whole(x, y)
        options = x._options
        if (
            y._options is not options
            or not options.hot
            or (state.special and local.careful)
            or len(x._shape) != 2
            or len(y._shape) != 2
        ):
            return whole(x, y)
        x_data = x._data
        y_data = y._data
        try:
            out = options.raw[index](x_data, y_data)
        except Exception:
            return whole(x, y)  # which tells what is wrong
        tensor = new_object(Tensor)
        tensor._data = out
        tensor._options = options
        tensor._shape = (x._shape[0], y._shape[1])
        tensor._extra = None
        a = x._node
        b = y._node
        if (a is None and b is None) or (state.special and not local.grad_enabled):
            tensor._node = None
            return tensor
        node = Binary()
        node.op = op
        node.options = options
        node.a = a
        node.b = b
        node.x = None if b is None else x_data
        node.y = None if a is None else y_data
        node.out = node.fix = node.pending = node.extra = None
        node.seq = next_sequence()
        tensor._node = node
        return tensor

    functools.update_wrapper(call, whole)
    call.__wrapped__ = whole.__wrapped__  # type: ignore[attr-defined]
    for record in (op, op.complex, op.freed):
        record.call = call
    return cast("Primitive[P]", call)
