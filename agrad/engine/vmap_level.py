"""The vmap level: operations on values with a batch axis that the function does not see.

The confusing case first: an example of shape () has no axis, yet all examples together have one, the batch's. So a rule never
passes an axis on as it came: it counts the example's axes from the front, checks them against the example, and moves them on by one.

An operation whose operands are the same for every example runs once, without a batch axis. Otherwise an elementwise operation
aligns the examples' axes, and any other runs its batching rule (agrad/primitives/_batching.py, or the primitive's own ``batch``). Only
an operation without a rule, a user's own say, runs once per example and is stacked: right for every operation whose result's shape
does not depend on values, and slow.

A batching rule is ``(xp, op, values, batched, ndims, size, params)``: `values` are Tensors, with the batch axis first where `batched`
says so, and Python numbers; `ndims` tells how many axes one example has; `size` how many examples there are. It returns the
result(s) with the batch axis first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agrad.engine import level_writes as level_writes  # so that writing knows of transforms
from agrad.engine.core import TensorCore, classes, wrap
from agrad.engine.general import common_dtype
from agrad.engine.levels import Batched, Level, LevelBackend, current, register_interpreter
from agrad.engine.op import Op
from agrad.errors import AgradError

BatchRule = Callable[..., Any]

#: what each primitive's examples are run by, where the primitive does not bring its own
rules: dict[str, BatchRule] = {}


def front(value: Any, axis: int) -> Any:
    """Return a Tensor with its axis `axis` moved to the front."""
    if axis == 0:
        return value
    order = (axis, *(i for i in range(len(value._shape)) if i != axis))
    return classes.tensor_xp.permute_dims(value, order)


def _interpret(backend: LevelBackend, op: Op, operands: list[Any], params: dict[str, Any]) -> Any:
    """Run an operation for all the examples."""
    if op.elementwise and op.batch is None:
        quick = _alike(backend, op, operands, params)
        if quick is not None:
            return quick
    values: list[Any] = []
    batched: list[bool] = []
    ndims: list[int] = []
    size = -1
    level = current(backend)
    for operand in operands:
        if isinstance(operand, TensorCore):
            raw = operand._data
            value = raw.value
            axis = raw.axis
            ndim = len(operand._shape)
            if axis is not None:
                if raw.level is level or raw.level is None:
                    value = front(value, axis)
                    size = value._shape[0]
                else:  # it escaped from an earlier vmap at this depth: here it is what it was made of, the same for all
                    axis = None
                    ndim = len(value._shape)
            values.append(value)
            batched.append(axis is not None)
            ndims.append(ndim)
        else:
            values.append(operand)
            batched.append(False)
            ndims.append(0)
    if size < 0:
        return _wrapped(backend, level, op.call(*values, **params), None)
    xp = classes.tensor_xp
    rule = op.batch
    if rule is None:
        rule = elementwise if op.elementwise else rules.get(op.name, one_by_one)
    return _wrapped(backend, level, rule(xp, op, values, batched, ndims, size, params), 0)


def _alike(backend: LevelBackend, op: Op, operands: list[Any], params: dict[str, Any]) -> Any:
    """Run an elementwise operation whose operands have one kind, one number of axes and one batch axis; None for others."""
    first = operands[0]
    if not isinstance(first, TensorCore):
        return None
    raw = first._data
    axis, ndim, options = raw.axis, len(first._shape), first._options
    if axis is None or not ndim:
        return None
    level = current(backend)
    if raw.level is not level:
        return None
    values = [raw.value]
    for operand in operands[1:]:
        if isinstance(operand, TensorCore):
            raw = operand._data
            if (
                operand._options is not options
                or raw.axis != axis
                or len(operand._shape) != ndim
                or raw.level is not level
            ):
                return None
            values.append(raw.value)
        else:
            values.append(operand)
    return _wrapped(backend, level, op.call(*values, **params), axis)


def _wrapped(backend: LevelBackend, level: Level | None, out: Any, axis: int | None) -> Any:
    if isinstance(out, tuple):
        return tuple(wrap(Batched(part, axis, level), backend.options_for(part)) for part in out)
    return wrap(Batched(out, axis, level), backend.options_for(out))


def whole(xp: Any, value: Any, has_axis: bool, size: int) -> Any:
    """Return a value with a batch axis, also where it is the same for every example."""
    return value if has_axis else xp.broadcast_to(value, (size, *value._shape))


def padded(xp: Any, value: Any, has_axis: bool, own: int, ndim: int) -> Any:
    """Return a value whose examples have `ndim` axes: those that are missing, of length 1, come before its `own`.

    A value without a batch axis broadcasts as it is.
    """
    if not has_axis or own >= ndim:
        return value
    shape = value._shape
    return xp.reshape(value, (shape[0], *(1,) * (ndim - own), *shape[1:]))


def aligned(op: Op, xp: Any, values: list[Any], batched: list[bool], ndims: list[int]) -> list[Any]:
    """Return the values with the examples' axes aligned at the end, as broadcasting wants them.

    Those that take part in promotion have their common dtype already: a 0-d example counts as a 0-d tensor does, though
    all examples together have an axis.
    """
    ndim = max(ndims)
    ready = [padded(xp, *one, ndim) for one in zip(values, batched, ndims, strict=True)]
    if op.promote:
        taking: Any = range(len(values)) if op.promote is True else op.promote
        tensors = [values[index] for index in taking if isinstance(values[index], TensorCore)]
        if any(one._options.dtype is not tensors[0]._options.dtype for one in tensors[1:]):
            standard = all(one._options.standard for one in tensors)
            seen = [_example(values[index], batched[index]) for index in taking]
            dtype = common_dtype(seen, standard)
            for index in taking:
                if isinstance(ready[index], TensorCore) and ready[index]._options.dtype is not dtype:
                    ready[index] = xp.astype(ready[index], dtype)
    return ready


def _example(value: Any, has_axis: bool) -> Any:
    """Return what promotion looks at, a dtype and a number of axes, as one example has them."""
    return wrap(Batched(value, 0), value._options) if has_axis else value


def elementwise(
    xp: Any,
    op: Op,
    values: list[Any],
    batched: list[bool],
    ndims: list[int],
    _size: int,
    params: dict[str, Any],
) -> Any:
    """Run an elementwise operation of any number of operands, which broadcast."""
    return op.call(*aligned(op, xp, values, batched, ndims), **params)


def one_by_one(
    xp: Any, op: Op, values: list[Any], batched: list[bool], _ndims: list[int], size: int, params: dict[str, Any]
) -> Any:
    """Run the operation once per example and stack: what an operation without a batching rule gets."""
    if size == 0:
        raise AgradError(
            f"vmap: {op.name} has no batching rule, and without examples its result's shape is not known. "
            "Give the primitive a rule (batch=...), or leave out the empty batch."
        )
    outs = []
    for i in range(size):
        outs.append(op.call(*(v[i] if has_axis else v for v, has_axis in zip(values, batched, strict=True)), **params))
    if isinstance(outs[0], tuple):
        return tuple(xp.stack(list(parts)) for parts in zip(*outs, strict=True))
    return xp.stack(outs)


register_interpreter("vmap", _interpret)
