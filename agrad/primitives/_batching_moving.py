"""Batching rules of what reduces, runs along an axis, transforms or moves elements about.

Axes are counted from the front and checked against one example before they are moved on by the batch's: ``sum(x, axis=2)`` of examples
with two axes is an error, not a sum over what stands behind the batch.
"""

from __future__ import annotations

from typing import Any

from agrad.engine.core import TensorCore
from agrad.engine.op import Op
from agrad.engine.vmap_level import BatchRule, elementwise, padded, rules, whole
from agrad.primitives import _geometry
from agrad.primitives._axes import axis_of_one, normalize_axes
from agrad.primitives._helpers import normalize_axis
from agrad.primitives.manipulation import expanded_shape, new_axes

Values = list[Any]
Flags = list[bool]
Ndims = list[int]
Params = dict[str, Any]


def moved_on(axis: Any, ndim: int) -> Any:
    """Return an example's axis, or axes, as axes of the batch; None means all of the example's."""
    if isinstance(axis, int):
        return normalize_axis(axis, ndim) + 1
    return tuple(one + 1 for one in normalize_axes(axis, ndim))


def _size_of_example(value: Any) -> int:
    return _geometry.size_of(value._shape[1:])


# ---------------------------------------------------------------- reductions


def reduction(xp: Any, op: Op, values: Values, _batched: Flags, ndims: Ndims, size: int, params: Params) -> Any:
    """Reductions over ``axis`` (None: all of the example), with ``keepdims``."""
    (ndim,) = ndims
    axes = moved_on(params.get("axis"), ndim)
    if ndim == 0:
        # A 0-d example is reduced over an axis of length 1, which then is gone.
        return op.call(xp.reshape(values[0], (size, 1)), **{**params, "axis": 1, "keepdims": False})
    return op.call(values[0], **{**params, "axis": axes})


def normalization(xp: Any, op: Op, values: Values, _batched: Flags, ndims: Ndims, size: int, params: Params) -> Any:
    """Operations that reduce over ``axis``, one, several or all (None), and keep the example's shape."""
    (ndim,) = ndims
    axes = moved_on(params.get("axis"), ndim)
    if ndim == 0:
        out = op.call(xp.reshape(values[0], (size, 1)), **{**params, "axis": 1})
        return xp.reshape(out, (size,))
    return op.call(values[0], **{**params, "axis": axes})


def position(xp: Any, op: Op, values: Values, _batched: Flags, ndims: Ndims, size: int, params: Params) -> Any:
    """Argmax and argmin: without an axis they count in the flattened example."""
    (ndim,) = ndims
    axis = params.get("axis")
    if axis is not None and ndim:
        return op.call(values[0], **{**params, "axis": moved_on(axis, ndim)})
    if axis is not None:
        normalize_axis(axis, ndim)
    flat = xp.reshape(values[0], (size, _size_of_example(values[0])))
    out = op.call(flat, **{**params, "axis": 1, "keepdims": False})
    return xp.reshape(out, (size, *(1,) * ndim)) if params.get("keepdims") else out


# ---------------------------------------------------------------- along an axis


def along_axis(default: int | None) -> BatchRule:
    """Return the rule of operations along ``axis``, all of whose operands have the example's axes.

    Parameters
    ----------
    default : int or None
        The axis where the call names none; None: the only axis there is.
    """

    def rule(xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, size: int, params: Params) -> Any:
        ndim = ndims[0]
        axis = params.get("axis", default)
        one = axis_of_one(axis, ndim)
        ready = [whole(xp, value, has, size) for value, has in zip(values, batched, strict=True)]
        if ndim == 0:
            out = op.call(*(xp.reshape(value, (size, 1)) for value in ready), **{**params, "axis": 1})
            return xp.reshape(out, (size,))
        return op.call(*ready, **{**params, "axis": one + 1})

    return rule


def over_axes(default: int | None) -> BatchRule:
    """Return the rule of operations on one array over ``axis``, one or several; None: all of the example."""

    def rule(_xp: Any, op: Op, values: Values, _batched: Flags, ndims: Ndims, _size: int, params: Params) -> Any:
        return op.call(values[0], **{**params, "axis": moved_on(params.get("axis", default), ndims[0])})

    return rule


def over_axes_plural(xp: Any, op: Op, values: Values, _batched: Flags, ndims: Ndims, _size: int, params: Params) -> Any:
    """The same where the parameter is called ``axes``; with lengths ``s`` and no axes, the last of the example."""
    axes, lengths = params.get("axes"), params.get("s")
    if axes is None and lengths is not None:
        axes = tuple(range(-len(lengths), 0))
    return op.call(values[0], **{**params, "axes": moved_on(axes, ndims[0])})


def unstack(_xp: Any, op: Op, values: Values, _batched: Flags, ndims: Ndims, _size: int, params: Params) -> Any:
    """One result for each slice of an example."""
    return op.call(values[0], axis=moved_on(params.get("axis", 0), ndims[0]))


def roll(xp: Any, op: Op, values: Values, _batched: Flags, ndims: Ndims, size: int, params: Params) -> Any:
    """Without an axis an example is rolled as if it were flat."""
    (x,) = values
    axis, shift = params.get("axis"), params["shift"]
    if axis is None:
        flat = xp.reshape(x, (size, _size_of_example(x)))
        total = shift if isinstance(shift, int) else sum(shift)
        return xp.reshape(op.call(flat, shift=total, axis=1), x._shape)
    # One axis may be named twice, so each is moved on by itself.
    axes = axis if isinstance(axis, int) else tuple(normalize_axis(one, ndims[0]) + 1 for one in axis)
    return op.call(x, shift=shift, axis=moved_on(axes, ndims[0]) if isinstance(axes, int) else axes)


def repeat_each(xp: Any, op: Op, values: Values, _batched: Flags, ndims: Ndims, size: int, params: Params) -> Any:
    """Without an axis an example is flattened first."""
    (x,) = values
    axis = params.get("axis")
    if axis is None:
        return op.call(xp.reshape(x, (size, _size_of_example(x))), **{**params, "axis": 1})
    return op.call(x, **{**params, "axis": moved_on(axis, ndims[0])})


# ---------------------------------------------------------------- shapes


def overwrite(xp: Any, op: Op, values: Values, batched: Flags, _ndims: Ndims, size: int, _params: Params) -> Any:
    """Both have one shape in each example."""
    return op.call(*(whole(xp, value, has, size) for value, has in zip(values, batched, strict=True)))


def unchanged(_xp: Any, op: Op, values: Values, _batched: Flags, _ndims: Ndims, _size: int, params: Params) -> Any:
    """Operations on one array that look at no axis."""
    return op.call(*values, **params)


def reshape(_xp: Any, op: Op, values: Values, _batched: Flags, _ndims: Ndims, size: int, params: Params) -> Any:
    """An example's -1 is worked out from the example."""
    shape = params["shape"]
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    new = _geometry.infer_shape(shape, _size_of_example(values[0]))
    return op.call(values[0], **{**params, "shape": (size, *new)})


def broadcast_to(xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, size: int, params: Params) -> Any:
    """New axes come between the batch's and the example's."""
    shape = expanded_shape(values[0]._shape[1:], params["shape"])
    return op.call(padded(xp, values[0], batched[0], ndims[0], len(shape)), shape=(size, *shape))


def permute_dims(xp: Any, op: Op, values: Values, _batched: Flags, ndims: Ndims, _size: int, params: Params) -> Any:
    """The batch axis stays in front."""
    axes = params["axes"]
    if len(axes) != ndims[0] or len({axis % max(ndims[0], 1) for axis in axes}) != len(axes):
        # What is wrong is told of one example.
        return op.call(values[0][0], axes=axes)
    return op.call(values[0], axes=(0, *(normalize_axis(axis, ndims[0]) + 1 for axis in axes)))


def expand_dims(_xp: Any, op: Op, values: Values, _batched: Flags, ndims: Ndims, _size: int, params: Params) -> Any:
    """Positions are those in the example's result."""
    return op.call(values[0], axis=tuple(one + 1 for one in new_axes(params.get("axis", 0), ndims[0])))


def concat(xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, size: int, params: Params) -> Any:
    """All operands get a batch axis; an empty 1-d example is left out, as in PyTorch."""
    axis = params.get("axis", 0)
    ready = [whole(xp, value, has, size) for value, has in zip(values, batched, strict=True)]
    if axis is None:
        return op.call(*(xp.reshape(value, (size, _size_of_example(value))) for value in ready), axis=1)
    full = [value for value in ready if value._shape[1:] != (0,)]
    return op.call(*(full or ready), axis=normalize_axis(axis, len((full or ready)[0]._shape) - 1) + 1)


def stack(xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, size: int, params: Params) -> Any:
    """All operands get a batch axis."""
    ready = [whole(xp, value, has, size) for value, has in zip(values, batched, strict=True)]
    return op.call(*ready, axis=normalize_axis(params.get("axis", 0), ndims[0] + 1) + 1)


def tile(xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, _size: int, params: Params) -> Any:
    """Repetitions of more axes than an example has make new ones."""
    repetitions = tuple(params["repetitions"])
    ndim = max(ndims[0], len(repetitions))
    counts = (1, *(1,) * (ndim - len(repetitions)), *repetitions)
    return op.call(padded(xp, values[0], batched[0], ndims[0], ndim), repetitions=counts)


def pad_with(_xp: Any, op: Op, values: Values, _batched: Flags, _ndims: Ndims, _size: int, params: Params) -> Any:
    """The batch axis is not padded."""
    return op.call(values[0], **{**params, "pads": ((0, 0), *params["pads"])})


def unfold(xp: Any, op: Op, values: Values, _batched: Flags, ndims: Ndims, size: int, params: Params) -> Any:
    """Windows along an axis of the example; a 0-d example is one window."""
    if ndims[0] == 0:
        return op.call(xp.reshape(values[0], (size, 1)), **{**params, "axis": 1})[:, 0, :]
    return op.call(values[0], **{**params, "axis": moved_on(params["axis"], ndims[0])})


def strided(sizes: str) -> BatchRule:
    """Return the rule of what reads or writes a geometry: each example's elements lie behind those of the one before.

    Parameters
    ----------
    sizes : str
        The name of the parameter that holds the geometry's sizes.
    """

    def rule(xp: Any, op: Op, values: Values, batched: Flags, _ndims: Ndims, size: int, params: Params) -> Any:
        ready = [whole(xp, value, has, size) for value, has in zip(values, batched, strict=True)]
        step = _size_of_example(ready[0])
        if len(ready) > 1 and ready[0]._options.is_complex and not ready[1]._options.is_complex:
            step *= 2  # a region of complex numbers that real ones are written to is counted in real numbers
        geometry = {sizes: (size, *params[sizes]), "strides": (step, *params["strides"])}
        return op.call(*ready, **{**params, **geometry})

    return rule


def isin(xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, size: int, params: Params) -> Any:
    """Each example has a set of its own to look in: all pairs are compared."""
    x, among = values
    if not batched[1]:
        return op.call(x, among, **params)
    x = xp.expand_dims(x, axis=-1)
    among = xp.reshape(among, (size, *(1,) * ndims[0], _size_of_example(among)))
    found = xp.any(xp.equal(x, among), axis=-1)
    return xp.logical_not(found) if params.get("invert") else found


def search_in_sorted(xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, size: int, params: Params) -> Any:
    """Each example has a sorted array of its own to search in: what stands before is counted, nan as the largest."""
    array, sought = values
    if not batched[0]:
        return op.call(array, sought, **params)
    if ndims[0] != 1:  # what is wrong is told of one example
        return op.call(array[0], sought[0] if batched[1] else sought, **params)
    if not isinstance(sought, TensorCore):
        sought = xp.zeros_like(array[0, 0]) + sought
    array = xp.reshape(array, (size, *(1,) * ndims[1], array._shape[-1]))
    sought = xp.expand_dims(sought, axis=-1)
    if params.get("side", "left") == "left":
        before = _less(xp, array, sought)
    else:
        before = xp.logical_not(_less(xp, sought, array))
    return xp.count_nonzero(before, axis=-1)


def _less(xp: Any, x: Any, y: Any) -> Any:
    """Return whether x is sorted before y: nan is the largest."""
    below = xp.less(x, y)
    if not x._options.is_inexact:
        return below
    return xp.logical_or(below, xp.logical_and(xp.isnan(y), xp.logical_not(xp.isnan(x))))


for _name in ("sum", "mean", "prod", "var", "std", "max", "min", "all", "any", "count_nonzero", "special.logsumexp",
              "linalg.vector_norm"):  # fmt: skip
    rules[_name] = reduction
for _name in ("special.softmax", "special.log_softmax"):
    rules[_name] = normalization
for _name in ("argmax", "argmin"):
    rules[_name] = position
for _name in ("cumulative_sum", "cumulative_prod"):
    rules[_name] = along_axis(None)
for _name in ("argsort", "take_along_axis", "logcumsumexp", "cumulative_argmax", "cumulative_argmin", "reorder",
              "scatter_add"):  # fmt: skip
    rules[_name] = along_axis(-1)
for _name in ("fft.fft", "fft.ifft", "fft.rfft", "fft.irfft"):
    rules[_name] = over_axes(-1)
for _name in ("flip", "squeeze"):
    rules[_name] = over_axes(None)
for _name in ("fft.fftn", "fft.ifftn", "fft.rfftn", "fft.irfftn", "fft.fftshift", "fft.ifftshift"):
    rules[_name] = over_axes_plural
for _name in ("astype", "copy"):
    rules[_name] = unchanged
for _name in ("where", "clip", "frexp"):
    rules[_name] = elementwise
for _name in ("round_decimals", "nan_to_num", "clamp", "threshold", "hardshrink", "softplus", "elu"):
    rules[_name] = unchanged
for _name in ("strided_read", "strided_write"):
    rules[_name] = strided("sizes")
rules["as_strided"] = strided("shape")
rules |= {
    "unstack": unstack,
    "roll": roll,
    "repeat_each": repeat_each,
    "reshape": reshape,
    "broadcast_to": broadcast_to,
    "permute_dims": permute_dims,
    "expand_dims": expand_dims,
    "concat": concat,
    "stack": stack,
    "tile": tile,
    "pad_with": pad_with,
    "unfold": unfold,
    "isin": isin,
    "search_in_sorted": search_in_sorted,
    "overwrite": overwrite,
}
