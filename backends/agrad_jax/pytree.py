"""Tensors as JAX pytrees: one leaf, the array; backend, device and dtype ride along, and whether the tensor requires grad.

The confusing case: JAX's transformations take arrays out of tensors and make tensors of arrays again, and no graph goes with them. So a
leaf that requires grad arrives as a new leaf, which a whole training step inside ``jax.jit`` needs. A tensor that was *computed* from
such a leaf inside the transformation comes out requiring grad, with a node that says so to whoever differentiates through it; going
in again it is a leaf. A computed tensor from outside cannot go in, nor can one of an agrad transform: their derivatives would stay
behind. :func:`agrad.from_jax` is the way for both.

A tensor's class stays (a Parameter remains one); a view becomes a plain tensor, since it arrives without its base.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax

from agrad.engine.core import TensorCore, classes, make_leaf, new_object, on_bind, on_class
from agrad.engine.doors import DerivativeLost
from agrad.engine.node import Leaf, Severed
from agrad.engine.storage import hidden_classes

_done: set[type] = set()

#: what a tensor is to the graph, as JAX's messages about unequal trees show it
CONSTANT = "does not require grad"
LEAF = "leaf that requires grad"
COMPUTED = "computed from a leaf that requires grad: detach() it, or return new leaves"

_DOOR = (
    "a JAX transformation (jax.jit, jax.vmap, jax.lax.scan ...), out of which the Tensor came. Differentiate inside the transformation, "
    "or make the JAX function an operation of agrad's: agrad.from_jax(f)."
)


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
    options = tensor._options
    if options.backend.level:
        raise DerivativeLost(
            "a JAX function (jax.jit, jax.tree.map, jax.vmap, jax.grad, jax.lax ...) was given a Tensor inside an agrad transform, "
            f"and would drop its derivative: received shape {tensor._shape} {options.dtype.name}. Make the JAX function an operation "
            "of agrad's: agrad.from_jax(f)(x)."
        )
    node = tensor._node
    if node is None:
        state = CONSTANT
    elif isinstance(node, Leaf):
        state = LEAF
    elif isinstance(tensor._data, jax.core.Tracer):
        state = COMPUTED
    elif type(node) is Severed:
        state = LEAF
    else:
        raise DerivativeLost(
            "a JAX function (jax.jit, jax.tree.map, jax.vmap, jax.grad, jax.lax ...) was given a Tensor that was computed from Tensors "
            f"that require grad, and would cut its history: received shape {tensor._shape} {options.dtype.name}, "
            f"grad_fn={node.name()}. Pass x.detach(), or make the JAX function an operation of agrad's: agrad.from_jax(f)(x)."
        )
    return (tensor._data,), (options, state)


def _unflatten(kind: type, auxiliary: Any, children: tuple[Any]) -> Any:
    options, state = auxiliary
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
    if state is not CONSTANT and options.is_inexact and hasattr(raw, "dtype"):
        if state is LEAF:
            make_leaf(tensor)
        else:
            tensor._node = Severed.of(tensor, _DOOR)
    return tensor
