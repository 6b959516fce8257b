"""Copies of tensors and their files: PyTorch's module ``torch.serialization``, and what ``copy.deepcopy`` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.engine.core import classes
from agrad.engine.node import Leaf
from agrad.engine.storage import alias_of
from agrad.engine.twins import twin_of, widest_of
from agrad.errors import GradError, LoadError
from agrad.torch_api import storages
from agrad.torch_api.files import (
    add_safe_globals,
    clear_safe_globals,
    get_safe_globals,
    load,
    safe_globals,
    save,
)
from agrad.torch_api.rebuilding import plain_class, reduce_tensor
from agrad.torch_api.storages import show
from agrad.torch_api.typed_constructors import of_class

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def deepcopy_tensor(x: Any, memo: dict[int, Any]) -> Tensor:
    """Return a copy of a leaf and of its storage, which copies in one ``deepcopy`` share as their originals do.

    Raises
    ------
    RuntimeError
        For a tensor that was computed: its history cannot be copied.
    """
    found = memo.get(id(x))
    if found is not None:
        return found
    if x._node is not None and not isinstance(x._node, Leaf):
        raise GradError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment. "
            "Copy x.detach() instead."
        )
    alias = alias_of(x)
    behind: Any = alias.storage
    original = storages.typed_of(widest_of(behind))  # one for all dtypes that the memory is read as
    storage = memo.get(id(original))
    if storage is None:
        storage = memo[id(original)] = original.clone()
        memo.setdefault(id(memo), []).append(original)  # kept, so that its id is not another's meanwhile
    behind = twin_of(storage._storage, x._options.dtype, flipped=behind.flipped)
    made = show(behind, x._shape, alias.strides, alias.offset)
    made._extra.names = alias.names
    kind = plain_class(x)
    if kind is not classes.tensor:
        made = of_class(made, kind)
    memo[id(x)] = made
    if x._node is not None:
        made.requires_grad_()
        if x.grad is not None:
            made.grad = deepcopy_tensor(x.grad, memo)
    state = getattr(x, "__dict__", None)
    if state:
        import copy

        made.__dict__.update(copy.deepcopy(state, memo))
    return made


__all__ = [
    "LoadError",
    "add_safe_globals",
    "clear_safe_globals",
    "deepcopy_tensor",
    "get_safe_globals",
    "load",
    "reduce_tensor",
    "safe_globals",
    "save",
]
