"""The hot path: what an operation on plain tensors runs, of one array, of two or an array and a number, and of two matrices.

Everything here runs per operation and is counted in nanoseconds, which is why the closures read as they do:

- one identity check, ``y._options is options``, compares backend, device and dtype;
- ``options.raw[index]`` is the backend's own function, found once;
- ``state.special`` is zero unless some thread is in a grad mode, and only then does a thread look at its own;
- the node is slots filled one by one: no ``__init__``, no tuple, no dict;
- the branches of a closure are written out, alike as they are: a helper's call is a twentieth of a small operation;
- whatever is not plain tensors of one kind goes to what the closure was given for the rest, which does everything with care.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agrad.engine import general
from agrad.engine.core import TensorCore, new_object, next_sequence, on_bind
from agrad.engine.modes import local, state
from agrad.engine.node import Binary, Unary
from agrad.engine.op import KEEP, Op

Tensor: Any = TensorCore


def _bind(tensor_class: type) -> None:
    global Tensor
    Tensor = tensor_class


on_bind(_bind)


def unary_path(op: Op, apply: Callable[..., Any], index: int) -> Callable[..., Any]:
    """Return a primitive of one array; `apply` does the rest. `index` is the operation's place in the backends' tables."""
    (vjp,) = op.vjps
    save_x = vjp is not None and op.want(0, 1) == KEEP
    save_out = vjp is not None and op.want(0, 0) == KEEP
    differentiable = vjp is not None

    def call(x: Any, /) -> Any:
        if type(x) is Tensor:
            options = x._options
            if options.hot and not (state.special and local.careful):
                data = x._data
                out = options.raw[index](data)
                tensor = new_object(Tensor)
                tensor._data = out
                tensor._options = options
                tensor._shape = x._shape
                tensor._extra = None
                a = x._node
                if a is None or not differentiable or (state.special and not local.grad_enabled):
                    tensor._node = None
                    return tensor
                node = Unary()
                node.op = op
                node.options = options
                node.a = a
                node.x = data if save_x else None
                node.out = out if save_out else None
                node.pending = node.extra = None
                node.seq = next_sequence()
                tensor._node = node
                return tensor
        return apply(op, (x,), {})

    return call


def binary_path(
    op: Op, apply: Callable[..., Any], *, index: int, augmented: Callable[[Any, Any], Any] | None
) -> Callable[..., Any]:
    """Return a primitive of two arrays, or of an array and a number; `apply` does the rest."""
    right, left = op.number_right, op.number_left
    rule_a, rule_b = op.vjps
    differentiable = rule_a is not None or rule_b is not None
    x_for_a = rule_a is not None and op.want(0, 1) == KEEP
    x_for_b = rule_b is not None and op.want(1, 1) == KEEP
    y_for_a = rule_a is not None and op.want(0, 2) == KEEP
    y_for_b = rule_b is not None and op.want(1, 2) == KEEP
    out_for_a = rule_a is not None and op.want(0, 0) == KEEP
    out_for_b = rule_b is not None and op.want(1, 0) == KEEP

    def call(x: Any, y: Any, /) -> Any:
        if type(x) is Tensor:
            options = x._options
            if type(y) is Tensor:
                if y._options is options and options.hot and not (state.special and local.careful):
                    x_data = x._data
                    y_data = y._data
                    shape = x._shape
                    try:
                        out = options.raw[index](x_data, y_data)
                    except Exception as error:
                        return general.explain(op, error, (x, y), {})
                    tensor = new_object(Tensor)
                    tensor._data = out
                    tensor._options = options
                    fix = None
                    if shape is not y._shape and shape != y._shape:
                        fix = (shape, y._shape)
                        shape = tuple(out.shape)
                    tensor._shape = shape
                    tensor._extra = None
                    a = x._node
                    b = y._node
                    if (a is None and b is None) or not differentiable or (state.special and not local.grad_enabled):
                        tensor._node = None
                        return tensor
                    node = Binary()
                    node.op = op
                    node.options = options
                    node.a = a
                    node.b = b
                    node.x = x_data if (x_for_a and a is not None) or (x_for_b and b is not None) else None
                    node.y = y_data if (y_for_a and a is not None) or (y_for_b and b is not None) else None
                    node.out = out if (out_for_a and a is not None) or (out_for_b and b is not None) else None
                    node.fix = fix
                    node.pending = node.extra = None
                    node.seq = next_sequence()
                    tensor._node = node
                    return tensor
            elif (type(y) is float or type(y) is int) and options.hot and not (state.special and local.careful):
                x_data = x._data
                if x._shape:
                    y_data = options.constants.get(y)
                    if y_data is None:
                        y_data = options.constant(y)
                else:
                    y_data = options.scalars.get(y)
                    if y_data is None:
                        y_data = options.scalar(y)
                out = options.raw[index](x_data, y_data)
                tensor = new_object(Tensor)
                tensor._data = out
                tensor._options = options
                tensor._shape = x._shape
                tensor._extra = None
                a = x._node
                if a is None or rule_a is None or (state.special and not local.grad_enabled):
                    tensor._node = None
                    return tensor
                node = Binary()
                node.op = right
                node.options = options
                node.a = a
                node.b = None
                node.x = x_data if x_for_a else None
                node.y = y_data if y_for_a else None
                node.out = out if out_for_a else None
                node.fix = node.pending = node.extra = None
                node.seq = next_sequence()
                tensor._node = node
                return tensor
        elif type(y) is Tensor and (type(x) is float or type(x) is int):
            options = y._options
            if options.hot and not (state.special and local.careful):
                y_data = y._data
                if y._shape:
                    x_data = options.constants.get(x)
                    if x_data is None:
                        x_data = options.constant(x)
                else:
                    x_data = options.scalars.get(x)
                    if x_data is None:
                        x_data = options.scalar(x)
                out = options.raw[index](x_data, y_data)
                tensor = new_object(Tensor)
                tensor._data = out
                tensor._options = options
                tensor._shape = y._shape
                tensor._extra = None
                b = y._node
                if b is None or rule_b is None or (state.special and not local.grad_enabled):
                    tensor._node = None
                    return tensor
                node = Binary()
                node.op = left
                node.options = options
                node.a = None
                node.b = b
                node.x = x_data if x_for_b else None
                node.y = y_data if y_for_b else None
                node.out = out if out_for_b else None
                node.fix = node.pending = node.extra = None
                node.seq = next_sequence()
                tensor._node = node
                return tensor
        return apply(op, (x, y), {})

    call.augmented = augmented  # type: ignore[attr-defined]
    call.index = index  # type: ignore[attr-defined]
    return call


def matrices_path(op: Op, whole: Callable[..., Any], index: int) -> Callable[..., Any]:
    """Return a product of two matrices; `whole` is the primitive for every other product, and tells every error.

    The confusing case: a :class:`~agrad.engine.node.Binary` passes its rules what it kept, or None, where the general node would
    pass shapes. For two matrices the product's rules ask for no shape, and a cotangent has its input's own shape and dtype. The
    general node is eight objects for the collector; this one is one.
    """

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

    return call
