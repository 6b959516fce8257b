"""Copies of tensors and their files: PyTorch's module ``torch.serialization``, and what ``copy.deepcopy`` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.engine.core import classes
from agrad.engine.node import Leaf
from agrad.engine.storage import alias_of, hidden_classes
from agrad.errors import GradError, LoadError
from agrad.torch_api import storage as storage_face
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


def _is_recorded(x: Any) -> bool:
    """Whether copies of a tensor are part of its graph.

    They are where the tensor belongs to a transform, and in the standard's face, whose users know arrays and no leaves: there a
    copy of an array is its values, and they depend on what the array's depend on.
    """
    options = x._options
    return bool(options.backend.level) or (options.standard and x._node is not None and type(x) in _plain_classes())


def _plain_classes() -> tuple[type, ...]:
    """Return the classes that operations make: a user's own class, a Parameter say, is copied as the object that it is."""
    return (classes.tensor, *hidden_classes())


def copy_tensor(x: Any) -> Tensor:
    """Return what ``copy.copy`` gives: of a tensor with a history, or in a transform, a recorded clone.

    Of a tensor without one PyTorch's face shares the memory, as PyTorch does, and the standard's face copies it, as NumPy does.
    A leaf that requires grad is a new leaf, as in PyTorch.
    """
    node = x._node
    computed = node is not None and not isinstance(node, Leaf)
    if computed or _is_recorded(x) or (x._options.standard and node is None and type(x) in _plain_classes()):
        return storage_face.clone(x)
    function, arguments = x.__reduce_ex__(2)
    return function(*arguments)


def deepcopy_tensor(x: Any, memo: dict[int, Any]) -> Tensor:
    """Return a copy of a leaf and of its storage, which copies in one ``deepcopy`` share as their originals do.

    The copy of a leaf that requires grad is a new leaf, as in PyTorch: copies of modules train apart. In a transform, and in the
    standard's face, the copy is a recorded clone.

    Raises
    ------
    RuntimeError
        For a tensor of PyTorch's face that was computed: its history cannot be copied.
    """
    found = memo.get(id(x))
    if found is not None:
        return found
    if _is_recorded(x):
        made = memo[id(x)] = storage_face.clone(x)
        return made
    if x._node is not None and not isinstance(x._node, Leaf):
        raise GradError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment. "
            "Copy x.detach() instead."
        )
    alias = alias_of(x)
    original = storages.typed_of(alias.storage)
    storage = memo.get(id(original))
    if storage is None:
        storage = memo[id(original)] = original.clone()
        memo.setdefault(id(memo), []).append(original)  # kept, so that its id is not another's meanwhile
    made = show(storage._storage, x._shape, alias.strides, alias.offset)
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
    "copy_tensor",
    "deepcopy_tensor",
    "get_safe_globals",
    "load",
    "reduce_tensor",
    "safe_globals",
    "save",
]


def __dir__() -> list[str]:
    return list(__all__)
