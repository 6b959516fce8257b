"""Tensors as JAX pytrees: one leaf, the array; backend, device and dtype ride along.

A tensor that enters or leaves a jitted function is detached, and requires grad as it did before, as a leaf of its own. Its
class stays (a Parameter remains one); a view becomes a plain tensor, since it arrives without its base.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax

from agrad.engine.core import TensorCore, classes, make_leaf, new_object, on_bind, on_class
from agrad.engine.storage import hidden_classes

_done: set[type] = set()


def register() -> None:
    """Register the Tensor class, now or when it is known, and its subclasses, also those that are made later."""
    on_class(register_class)
    if classes.tensor is not TensorCore:
        register_class(classes.tensor)
    else:
        on_bind(register_class)


def register_class(kind: type) -> None:
    """Register one class of tensors."""
    if kind not in _done:
        _done.add(kind)
        hidden = hidden_classes()
        shown = next(one for one in kind.__mro__ if one not in hidden)
        jax.tree_util.register_pytree_node(kind, _flatten, partial(_unflatten, shown))


def _flatten(tensor: Any) -> tuple[tuple[Any], Any]:
    return (tensor._data,), (tensor._options, tensor._node is not None)


def _unflatten(kind: type, auxiliary: Any, children: tuple[Any]) -> Any:
    options, requires_grad = auxiliary
    (raw,) = children
    if isinstance(raw, jax.Array) and raw.dtype != options.raw_dtype:
        options = options.with_dtype(options.backend.dtype_of(raw))  # what jax.tree.map made of it
    tensor: Any = new_object(kind)
    tensor._data = raw
    tensor._options = options
    # JAX also builds trees of placeholders, which have no shape.
    tensor._shape = tuple(getattr(raw, "shape", ()))
    tensor._node = None
    tensor._extra = None
    if requires_grad and options.is_inexact and hasattr(raw, "dtype"):
        make_leaf(tensor)
    return tensor
