"""Batching rules: how vmap runs each primitive for all examples at once.

A rule is ``(xp, op, values, batched, ndims, size, params)``: values with the batch axis first where ``batched`` says so,
``ndims`` the number of axes that one example has. It returns the result with the batch axis first. Elementwise
primitives need no rule, and primitives without one run once per example.
"""

from __future__ import annotations

from typing import Any

from agrad.engine.vmap_level import one_by_one, rules


def _with_axis(xp: Any, value: Any, has_axis: bool, size: int) -> Any:
    """Give a value that is the same for all examples a batch axis."""
    return value if has_axis else xp.broadcast_to(value, (size, *value._shape))


def _shifted(axis: Any, ndim: int) -> Any:
    if isinstance(axis, int):
        return axis % max(ndim, 1) + 1
    return tuple(one % max(ndim, 1) + 1 for one in axis)


def _reduction(xp: Any, op: Any, values: Any, batched: Any, ndims: Any, size: int, params: Any) -> Any:
    """Reductions: axis None means all axes but the batch's."""
    (ndim,) = ndims
    axis = params.get("axis")
    shifted = tuple(range(1, ndim + 1)) if axis is None else _shifted(axis, ndim)
    if ndim == 0:
        # A 0-d example: give it an axis to reduce, then take it away again.
        return op.call(xp.reshape(values[0], (size, 1)), **{**params, "axis": 1, "keepdims": False})
    return op.call(values[0], **{**params, "axis": shifted})


def _position(xp: Any, op: Any, values: Any, batched: Any, ndims: Any, size: int, params: Any) -> Any:
    """Argmax and argmin count in the flattened example where axis is None."""
    if params.get("axis") is not None and ndims[0]:
        return _along(xp, op, values, batched, ndims, size, params)
    out = op.call(xp.reshape(values[0], (size, -1)), **{**params, "axis": 1, "keepdims": False})
    return xp.reshape(out, (size, *(1,) * ndims[0])) if params.get("keepdims") else out


_DEFAULT_AXIS = {"argsort": -1, "unstack": 0, "flip": None, "take_along_axis": -1, "special.softmax": -1}


def _along(xp: Any, op: Any, values: Any, batched: Any, ndims: Any, size: int, params: Any) -> Any:
    """Operations along an axis, all of whose operands have the example's axes."""
    axis = params.get("axis", _DEFAULT_AXIS.get(op.name))
    if 0 in ndims or (axis is None and op.name != "flip"):
        return one_by_one(xp, op, values, batched, ndims, size, params)
    shifted = tuple(range(1, ndims[0] + 1)) if axis is None else _shifted(axis, ndims[0])
    ready = [_with_axis(xp, value, has, size) for value, has in zip(values, batched, strict=True)]
    return op.call(*ready, **{**params, "axis": shifted})


def _same(xp: Any, op: Any, values: Any, batched: Any, ndims: Any, size: int, params: Any) -> Any:
    """Operations that look at the last axes, or at none."""
    return op.call(*values, **params)


def _reshape(xp: Any, op: Any, values: Any, batched: Any, ndims: Any, size: int, params: Any) -> Any:
    shape = params["shape"]
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    if -1 in shape:
        count, known = 1, 1
        for length in values[0]._shape[1:]:
            count *= length
        for length in shape:
            known *= length if length != -1 else 1
        shape = tuple(count // known if known and length == -1 else length for length in shape)
    return op.call(values[0], **{**params, "shape": (size, *shape)})


def _broadcast_to(xp: Any, op: Any, values: Any, batched: Any, ndims: Any, size: int, params: Any) -> Any:
    shape = tuple(params["shape"])
    own = values[0]._shape[1:]
    value = xp.reshape(values[0], (size, *(1,) * (len(shape) - len(own)), *own))
    return op.call(value, shape=(size, *shape))


def _permute(xp: Any, op: Any, values: Any, batched: Any, ndims: Any, size: int, params: Any) -> Any:
    return op.call(values[0], axes=(0, *(axis % ndims[0] + 1 for axis in params["axes"])))


def _expand_dims(xp: Any, op: Any, values: Any, batched: Any, ndims: Any, size: int, params: Any) -> Any:
    axis = params.get("axis", 0)
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    return op.call(values[0], axis=tuple(one % (ndims[0] + len(axes)) + 1 for one in axes))


def _matmul(xp: Any, op: Any, values: Any, batched: Any, ndims: Any, size: int, params: Any) -> Any:
    """A product of stacks; vectors become matrices first, and one shared matrix takes all the examples at once."""
    x, y = values
    if batched[0] and not batched[1] and ndims[0] <= 2 and ndims[1] == 2:
        # One big product is faster than a stack of small ones.
        lead = x._shape[:-1]
        out = op.call(xp.reshape(x, (-1, x._shape[-1])) if ndims[0] == 2 else x, y)
        return xp.reshape(out, (*lead, y._shape[-1])) if ndims[0] == 2 else out
    x_vector, y_vector = ndims[0] == 1, ndims[1] == 1
    if x_vector:
        x = xp.expand_dims(x, axis=-2)
    if y_vector:
        y = xp.expand_dims(y, axis=-1)
    ndim = max(ndims[0] + x_vector, ndims[1] + y_vector)
    if batched[0] and len(x._shape) - 1 < ndim:
        x = xp.reshape(x, (size, *(1,) * (ndim + 1 - len(x._shape)), *x._shape[1:]))
    if batched[1] and len(y._shape) - 1 < ndim:
        y = xp.reshape(y, (size, *(1,) * (ndim + 1 - len(y._shape)), *y._shape[1:]))
    if x_vector and y_vector and all(batched):
        out = op.call(x, y)
        return xp.reshape(out, (size,))
    out = op.call(x, y)
    if y_vector:
        out = xp.squeeze(out, axis=-1)
    if x_vector:
        out = xp.squeeze(out, axis=-1 if y_vector else -2)
    return out


def _vecdot(xp: Any, op: Any, values: Any, batched: Any, ndims: Any, size: int, params: Any) -> Any:
    axis = params.get("axis", -1)
    if axis >= 0 or ndims[0] != ndims[1]:
        return one_by_one(xp, op, values, batched, ndims, size, params)
    return op.call(*(_with_axis(xp, v, has, size) for v, has in zip(values, batched, strict=True)), axis=axis)


def _concat(xp: Any, op: Any, values: Any, batched: Any, ndims: Any, size: int, params: Any) -> Any:
    axis = params.get("axis", 0)
    ready = [_with_axis(xp, value, has, size) for value, has in zip(values, batched, strict=True)]
    if axis is None:
        return op.call(*(xp.reshape(value, (size, -1)) for value in ready), axis=1)
    return op.call(*ready, axis=_shifted(axis, ndims[0]))


def _stack(xp: Any, op: Any, values: Any, batched: Any, ndims: Any, size: int, params: Any) -> Any:
    ready = [_with_axis(xp, value, has, size) for value, has in zip(values, batched, strict=True)]
    return op.call(*ready, axis=params.get("axis", 0) % (ndims[0] + 1) + 1)


def _where(xp: Any, op: Any, values: Any, batched: Any, ndims: Any, size: int, params: Any) -> Any:
    ndim = max(ndims)
    ready = []
    for value, has_axis, own in zip(values, batched, ndims, strict=True):
        if has_axis and own < ndim:
            value = xp.reshape(value, (size, *(1,) * (ndim - own), *value._shape[1:]))
        ready.append(value)
    return op.call(*ready)


def _slice(xp: Any, op: Any, values: Any, batched: Any, ndims: Any, size: int, params: Any) -> Any:
    return op.call(values[0], key=(slice(None), *params["key"]))


def _slice_set(xp: Any, op: Any, values: Any, batched: Any, ndims: Any, size: int, params: Any) -> Any:
    key = params["key"]
    place = ndims[0] - sum(isinstance(item, int) for item in key) + sum(item is None for item in key)
    if ndims[1] not in (0, place):
        return one_by_one(xp, op, values, batched, ndims, size, params)
    x, value = (_with_axis(xp, one, has, size) for one, has in zip(values, batched, strict=True))
    if ndims[1] != place:
        value = xp.reshape(value, (size, *(1,) * place))
    return op.call(x, value, key=(slice(None), *key))


for _name in ("sum", "mean", "prod", "var", "std", "max", "min", "all", "any", "count_nonzero", "special.logsumexp"):
    rules[_name] = _reduction
for _name in ("argmax", "argmin"):
    rules[_name] = _position
for _name in ("cumulative_sum", "cumulative_prod", "logcumsumexp", "flip", "squeeze", "argsort", "reorder",
              "take_along_axis", "special.softmax", "special.log_softmax", "unstack"):  # fmt: skip
    rules[_name] = _along
for _name in ("astype", "copy", "tril", "triu", "matrix_transpose"):
    rules[_name] = _same
rules |= {
    "reshape": _reshape, "broadcast_to": _broadcast_to, "permute_dims": _permute,
    "expand_dims": _expand_dims, "matmul": _matmul,
    "slice_get": _slice, "slice_set": _slice_set, "vecdot": _vecdot, "concat": _concat, "stack": _stack, "where": _where,
}  # fmt: skip
