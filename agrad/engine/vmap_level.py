"""The vmap level: operations on values with a batch axis that the function does not see.

An operation whose operands are all the same for every example runs once. Otherwise elementwise operations align the
examples' axes, others run the batching rule registered for them (agrad/primitives/_batching.py, or the primitive's own
``batch``), and the rest run once per example and are stacked, which is right for every operation whose result's shape
does not depend on values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agrad.engine.core import TensorCore, classes, wrap
from agrad.engine.general import common_dtype
from agrad.engine.levels import Batched, LevelBackend, register_interpreter
from agrad.engine.op import Op
from agrad.errors import AgradError

#: name -> rule(xp, op, values, batched, ndims, size, params), batch axes first; returns the result(s), batch axis first
rules: dict[str, Callable[..., Any]] = {}
DATA_DEPENDENT = frozenset(
    {"nonzero", "mask_get", "unique_all", "unique_counts", "unique_inverse", "unique_values", "repeat_positions"}
)


def front(value: Any, axis: int) -> Any:
    """Return a Tensor with its axis `axis` moved to the front."""
    if axis == 0:
        return value
    order = (axis, *(i for i in range(len(value._shape)) if i != axis))
    return classes.tensor_xp.permute_dims(value, order)


def _interpret(backend: LevelBackend, op: Op, operands: list[Any], params: dict[str, Any]) -> Any:
    """Run an operation for all the examples."""
    values: list[Any] = []
    batched: list[bool] = []
    ndims: list[int] = []
    size = 0
    for operand in operands:
        if isinstance(operand, TensorCore):
            raw = operand._data
            has_axis = raw.axis is not None
            values.append(front(raw.value, raw.axis) if has_axis else raw.value)
            batched.append(has_axis)
            ndims.append(len(operand._shape))
            if has_axis:
                size = values[-1]._shape[0]
        else:
            values.append(operand)
            batched.append(False)
            ndims.append(0)
    if not any(batched):
        return _wrapped(backend, op.call(*values, **params), None)
    if op.name in DATA_DEPENDENT:
        raise AgradError(
            f"vmap: the shape of {op.name}'s result depends on values and may differ per example, so it cannot be one "
            "array. Use where() with a mask, or run this part outside vmap."
        )
    xp = classes.tensor_xp
    rule = op.batch or rules.get(op.name)
    if op.elementwise:
        out = op.call(*aligned(xp, op, operands, values, batched, ndims), **params)
    elif rule is not None:
        out = rule(xp, op, values, batched, ndims, size, params)
    else:
        out = one_by_one(xp, op, values, batched, ndims, size, params)
    return _wrapped(backend, out, 0)


def _wrapped(backend: LevelBackend, out: Any, axis: int | None) -> Any:
    if isinstance(out, tuple):
        return tuple(wrap(Batched(part, axis), backend.options_for(part)) for part in out)
    return wrap(Batched(out, axis), backend.options_for(out))


def aligned(
    xp: Any, op: Op, operands: list[Any], values: list[Any], batched: list[bool], ndims: list[int]
) -> list[Any]:
    """Return the values with the batch axis first and the examples' axes aligned at the end."""
    tensors = [one for one in operands if isinstance(one, TensorCore)]
    dtype = None
    if op.promote is True and any(one._options.dtype is not tensors[0]._options.dtype for one in tensors):
        # A batched 0-d value has an axis now; its dtype must still count as a 0-d value's does.
        dtype = common_dtype(operands, all(one._options.standard for one in tensors))
    ndim = max(ndims)
    ready = []
    for value, has_axis, own in zip(values, batched, ndims, strict=True):
        if isinstance(value, TensorCore):
            if dtype is not None and value._options.dtype is not dtype:
                value = xp.astype(value, dtype)
            if has_axis and own < ndim:
                shape = value._shape
                value = xp.reshape(value, (shape[0], *(1,) * (ndim - own), *shape[1:]))
        ready.append(value)
    return ready


def one_by_one(
    xp: Any, op: Op, values: list[Any], batched: list[bool], _ndims: list[int], size: int, params: dict[str, Any]
) -> Any:
    """Run the operation once per example and stack: right for every static shape, and slow."""
    if size == 0:
        raise AgradError(f"vmap: {op.name} has no batching rule, and without examples its result's shape is not known.")
    outs = []
    for i in range(size):
        outs.append(op.call(*(v[i] if has_axis else v for v, has_axis in zip(values, batched, strict=True)), **params))
    if isinstance(outs[0], tuple):
        return tuple(xp.stack(list(parts)) for parts in zip(*outs, strict=True))
    return xp.stack(outs)


register_interpreter("vmap", _interpret)
