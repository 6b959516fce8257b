"""The short way of an operation whose result is a view: a plain real tensor, no transform, no mode that asks for more care.

The confusing case: what the backend returns for a view may be a copy or a scalar (``x[0]`` of a vector on NumPy), and the storage's
first view may replace the source's array. Only what shows the storage's memory is kept; else the view is read from the storage.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agrad.engine import general
from agrad.engine.core import TensorCore, new_object, next_sequence, on_bind
from agrad.engine.modes import local, state
from agrad.engine.node import General
from agrad.engine.op import KEEP, META, Meta, Op
from agrad.engine.storage import alias_of, geometry_of, make_view, read, strided_class

Tensor: Any = TensorCore
Strided: Any = TensorCore


def _bind(tensor_class: type) -> None:
    global Tensor, Strided
    Tensor = tensor_class
    Strided = strided_class(tensor_class)


on_bind(_bind)


def view_path(op: Op) -> Callable[..., Any]:
    """Return what is called on Tensors for an operation of one output that has a geometry."""
    apply = general.apply
    forward = op.forward
    geometry = op.view
    assert geometry is not None
    (keep,), keep_out, (recorded,) = general.plan(op, (True,))

    def call(*arrays: Any, **params: Any) -> Any:
        if len(arrays) != 1 or (state.special and local.careful):
            return apply(op, arrays, params)
        x = arrays[0]
        if type(x) is not Tensor and type(x) is not Strided:
            return apply(op, arrays, params)
        options = x._options
        backend = options.backend
        if not options.hot or backend.level:
            return apply(op, arrays, params)
        data = x._data
        try:
            out = forward(options.xp, data, **params)
        except Exception:
            return apply(op, arrays, params)  # which tells what is wrong
        shape = tuple(out.shape)
        parent = x._node
        node: Any = None
        quiet = state.special and not local.grad_enabled
        if recorded and parent is not None and not quiet:
            node = General()
            node.op = op
            node.options = options
            node.edges = (parent,)
            node.pending = node.extra = node.metas = node.outputs = None
            node.params = params
            node.inputs = (data if keep == KEEP else Meta(x._shape, options) if keep == META else None,)
            node.out = out if keep_out == KEEP else Meta(shape, options) if keep_out == META else None
            node.fixes = ((x._shape, options),)
            node.seq = next_sequence()
        place = geometry(*geometry_of(x), **params)
        if place is None or place[0] != shape:  # no strides express it: the operation made a copy
            tensor = new_object(Tensor)
            tensor._data = out
            tensor._options = options
            tensor._shape = shape
            tensor._node = node
            tensor._extra = None
            return tensor
        storage: Any = alias_of(x).storage
        if storage.live and backend.root(out) is not backend.root(storage.raw):
            out = read(storage, *place)
        return make_view(x, out, place[0], place[1], place[2], node, "no_grad" if quiet else "default")

    return call
