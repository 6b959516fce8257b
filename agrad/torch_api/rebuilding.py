"""Tensors taken apart for pickles and files, and put together again.

A tensor is its storage and its place in it, so tensors that share memory share it again when they come back. What comes from a file
is checked against the storage's true size before any memory is touched.
"""

from __future__ import annotations

from typing import Any

from agrad.dtypes import DType
from agrad.engine.core import TensorCore, classes
from agrad.engine.storage import alias_of, hidden_classes
from agrad.engine.twins import twin_of, widest_of
from agrad.errors import GradError, LoadError
from agrad.torch_api import storages
from agrad.torch_api.naming import checked, set_names, without_names_class
from agrad.torch_api.shape_strided import reach
from agrad.torch_api.storages import TypedStorage, show
from agrad.torch_api.typed_constructors import of_class

#: a tensor may repeat elements of its storage (``expand``), but a file's tensor of more elements than this must own them all
_MOST_REPEATED = 1 << 28


def plain_class(x: Any) -> type:
    """Return a tensor's class as its user knows it, without the hidden ones of views and names."""
    hidden = hidden_classes()
    return next(kind for kind in type(x).__mro__ if kind not in hidden and without_names_class(kind) is kind)


def parts_of(x: Any) -> tuple[Any, ...]:
    """Return what :func:`rebuild_tensor` makes a tensor of.

    Returns
    -------
    tuple
        Its storage, dtype, offset (in elements of that dtype), shape, strides, whether it requires grad, its names (or None), its
        class (None for Tensor), the attributes of an instance of that class, and whether it shows the memory conjugated or negated.

    Raises
    ------
    GradError
        Inside a transform, where a tensor is no array yet.
    """
    if x._options.backend.level:
        raise GradError(
            "a tensor inside a transform (grad, vmap, jvp, ...) cannot be pickled or saved: it has no values of its own. Return it from "
            "the transform first."
        )
    alias = alias_of(x)
    storage: Any = alias.storage
    kind = plain_class(x)
    return (
        storages.typed_of(widest_of(storage)),
        x._options.dtype,
        alias.offset,
        tuple(x._shape),
        tuple(alias.strides),
        x._node is not None,
        alias.names,
        None if kind is classes.tensor else kind,
        getattr(x, "__dict__", None) or None,
        storage.flipped,
    )


def reduce_tensor(x: Any) -> Any:
    """Return what a pickle keeps of a tensor."""
    return rebuild_tensor, parts_of(x)


def check_place(size: Any, stride: Any, offset: Any, count: int) -> None:
    """Refuse a tensor that does not lie inside a storage of `count` elements.

    Raises
    ------
    LoadError
        Before anything is read.
    """
    honest = (
        isinstance(size, tuple)
        and isinstance(stride, tuple)
        and len(size) == len(stride)
        and all(type(one) is int and one >= 0 for one in (*size, *stride, offset))
    )
    told = f"a tensor of size {size!r:.100}, strides {stride!r:.100} and offset {offset!r:.30} in a storage of {count} elements"
    if not honest:
        raise LoadError(f"the file is damaged: it has {told}; sizes, strides and offset are integers of at least 0.")
    elements = 1
    for length in size:
        elements *= length
    if elements == 0:
        return
    if reach(size, stride, offset) > count:
        raise LoadError(f"the file is damaged: it has {told}, which it leaves.")
    if elements > max(count, _MOST_REPEATED):
        raise LoadError(f"the file has {told}: it repeats elements into more than {_MOST_REPEATED}, which is not read.")


def rebuild_tensor(
    storage: TypedStorage,
    dtype: DType,
    offset: int,
    size: tuple[int, ...],
    stride: tuple[int, ...],
    requires_grad: bool,
    names: Any = None,
    kind: Any = None,
    state: Any = None,
    flipped: bool = False,
) -> Any:
    """Make a tensor in a storage again; one that required grad comes back as a leaf.

    Raises
    ------
    LoadError
        For parts that no tensor has.
    """
    if not isinstance(storage, TypedStorage):
        raise LoadError(f"the file is damaged: a tensor lies in a {type(storage).__name__}, not in a storage.")
    if not isinstance(dtype, DType):
        raise LoadError(f"the file is damaged: a tensor's dtype is {dtype!r:.80}.")
    behind = twin_of(storage._storage, dtype, flipped=bool(flipped))
    check_place(size, stride, offset, behind.size)
    if requires_grad and not behind.options.is_inexact:
        raise LoadError(f"the file is damaged: a tensor of {behind.options.dtype!r} requires grad.")
    if kind is not None and not (isinstance(kind, type) and issubclass(kind, TensorCore)):
        raise LoadError(f"the file is damaged: a tensor is of class {kind!r:.80}, which is no class of tensors.")
    made = show(behind, size, stride, offset)
    if kind is not None:
        made = of_class(made, kind)
        behind.enter(made)
        if state:
            made.__dict__.update(state)
    if names is not None:
        set_names(made, checked(names, len(size)))
    return made.requires_grad_() if requires_grad else made


__all__ = ["check_place", "parts_of", "plain_class", "rebuild_tensor", "reduce_tensor"]
