"""Tensors as JAX pytrees: one leaf, the array; backend, device and dtype ride along.

A tensor that enters or leaves a jitted function is detached, and requires grad as it did before, as a leaf of its own.
"""

from __future__ import annotations

from typing import Any

import jax

from agrad.engine.core import TensorCore, class_listeners, make_leaf, new_object, on_bind

_done: set[type] = set()


def register() -> None:
    """Register the Tensor class, now or when it is known, and the hidden subclasses that views are made of."""
    from agrad.engine.core import classes
    from agrad.engine.storage import hidden_classes

    for kind in hidden_classes():
        register_class(kind)
    class_listeners.append(register_class)

    if classes.tensor is not TensorCore:
        register_class(classes.tensor)
    else:
        on_bind(register_class)


def register_class(kind: type) -> None:
    """Register one class of tensors."""
    if kind not in _done:
        _done.add(kind)
        jax.tree_util.register_pytree_node(kind, _flatten, _unflatten)


def _flatten(tensor: Any) -> tuple[tuple[Any], Any]:
    return (tensor._data,), (tensor._options, tensor._node is not None)


def _unflatten(auxiliary: Any, children: tuple[Any]) -> Any:
    from agrad.engine.core import classes

    options, requires_grad = auxiliary
    (raw,) = children
    tensor: Any = new_object(classes.tensor)
    tensor._data = raw
    tensor._options = options
    # JAX also builds trees of placeholders, which have no shape.
    tensor._shape = tuple(getattr(raw, "shape", ()))
    tensor._node = None
    tensor._extra = None
    if requires_grad and hasattr(raw, "dtype"):
        make_leaf(tensor)
    return tensor
