"""The short way of an operation of any number of arrays with one result: plain Tensors, the first of them real.

The confusing case: the other arrays may be of other kinds (``take``'s positions are integers) where the operation promotes nothing;
then nothing is to be brought to one dtype, and the way is as short. One and two arrays, nearly all there is, are written out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agrad.engine import general
from agrad.engine.core import TensorCore, new_object, next_sequence, on_bind, options_like
from agrad.engine.meta import Meta
from agrad.engine.modes import local, state
from agrad.engine.node import General
from agrad.engine.op import KEEP, Op

Tensor: Any = TensorCore


def _bind(tensor_class: type) -> None:
    global Tensor
    Tensor = tensor_class


on_bind(_bind)


def _of_one_kind(options: Any, other: Any) -> bool:
    """Whether tensors of these options meet without a word, but for their dtypes."""
    return (
        other.backend is options.backend
        and other.standard is options.standard
        and not other.inference
        and other.device == options.device
    )


def plain_path(op: Op) -> Callable[..., Any]:
    """Return what is called on Tensors: the short way where it will do, else the careful path."""
    apply = general.apply
    forward = op.forward
    differentiable = op.differentiable
    # whether operands of several kinds are the careful path's: to be promoted, or looked at
    careful = bool(op.promote) or op.check is not None
    # what to keep of each input and of the output, and which inputs get a gradient, by which of them want one
    plans: dict[Any, tuple[tuple[int, ...], int, tuple[bool, ...]]] = {}

    def call(*arrays: Any, **params: Any) -> Any:
        if not arrays or (state.special and local.careful):
            return apply(op, arrays, params)
        x = arrays[0]
        if type(x) is not Tensor:
            return apply(op, arrays, params)
        options = x._options
        if not options.hot:
            return apply(op, arrays, params)
        count = len(arrays)
        if count == 1:
            recording = x._node is not None
        else:
            recording = False
            for one in arrays:
                if type(one) is not Tensor:
                    return apply(op, arrays, params)
                other = one._options
                if other is not options and (careful or not _of_one_kind(options, other)):
                    return apply(op, arrays, params)
                if one._node is not None:
                    recording = True
        try:
            if count == 1:
                out = forward(options.xp, x._data, **params)
            elif count == 2:
                out = forward(options.xp, x._data, arrays[1]._data, **params)
            else:
                out = forward(options.xp, *[one._data for one in arrays], **params)
        except Exception as error:
            return general.explain(op, error, arrays, params)
        tensor = new_object(Tensor)
        tensor._data = out
        tensor._options = found = options if out.dtype is options.raw_dtype else options_like(options, out)
        tensor._shape = shape = tuple(out.shape)
        tensor._extra = tensor._node = None
        if not recording or not differentiable or not found.is_inexact or (state.special and not local.grad_enabled):
            return tensor
        if count == 1:
            wants: Any = True
        elif count == 2:
            wants = (x._node is not None, arrays[1]._node is not None)
        else:
            wants = tuple([one._node is not None for one in arrays])
        plan = plans.get(wants)
        if plan is None:
            plan = plans[wants] = general.plan(op, (True,) if wants is True else wants)
        keeps, keep_out, mask = plan
        if True not in mask:
            return tensor
        node = General()
        node.op = op
        node.options = options
        node.pending = node.extra = node.metas = node.outputs = None
        node.params = params
        if count == 1:
            keep = keeps[0]
            node.edges = (x._node,)
            node.inputs = (x._data if keep == KEEP else Meta(x._shape, options) if keep else None,)
            node.fixes = ((x._shape, options),)
        elif count == 2:
            y = arrays[1]
            keep, keep_y = keeps
            node.edges = (x._node if mask[0] else None, y._node if mask[1] else None)
            node.inputs = (
                x._data if keep == KEEP else Meta(x._shape, options) if keep else None,
                y._data if keep_y == KEEP else Meta(y._shape, y._options) if keep_y else None,
            )
            node.fixes = ((x._shape, options), (y._shape, y._options))
        else:
            node.edges = tuple([one._node if wanted else None for one, wanted in zip(arrays, mask, strict=True)])
            node.inputs = tuple(
                [
                    one._data if keep == KEEP else Meta(one._shape, one._options) if keep else None
                    for one, keep in zip(arrays, keeps, strict=True)
                ]
            )
            node.fixes = tuple([(one._shape, one._options) for one in arrays])
        node.out = out if keep_out == KEEP else Meta(shape, found) if keep_out else None
        node.seq = next_sequence()
        tensor._node = node
        return tensor

    return call
