"""Trees of arguments: raw arrays become Tensors on the way in and raw arrays again on the way out.

A tree is a nesting of tuples, lists, dictionaries, named tuples and whatever else is registered with optree; None is a leaf, as in
PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

import optree

from agrad import dtypes
from agrad.backend import backend_of, get_default_backend
from agrad.engine.core import TensorCore, wrap
from agrad.engine.levels import Level, handed_out, released

_PLAIN = frozenset({bool, int, float, complex, str, type(None)})


def is_array(value: Any) -> bool:
    """Whether a value is a raw array of a known backend."""
    # By exact type: NumPy's float64 is a float to Python, and an array to us.
    return type(value) not in _PLAIN and not isinstance(value, TensorCore) and backend_of(value) is not None


def to_tensor(value: Any, *, copy: bool = False) -> Any:
    """Return a Tensor for a raw array, which promotes as the standard says; anything else as it is."""
    if not is_array(value):
        return value
    backend: Any = backend_of(value)
    raw = backend.ensure_array(value)
    raw = backend.copy(raw) if copy and backend.mutable else raw
    return wrap(raw, backend.options_of(raw, standard=True))


class RawArrays:
    """What a transform knows of its arguments when their arrays were all raw.

    Attributes
    ----------
    dtype : DType or None
        The real floating dtype that holds all of the inexact ones: what the program computes in. None where there are none.
    """

    __slots__ = ("dtype",)

    def __init__(self, tensors: Iterable[Any]) -> None:
        self.dtype: dtypes.DType | None = None
        for tensor in tensors:
            own = tensor._options.dtype
            if own.is_inexact:
                self.dtype = own.real if self.dtype is None else dtypes.promote(self.dtype, own.real)


def to_tensors(tree: Any, *, copy: bool = False) -> tuple[Any, RawArrays | None]:
    """Return a tree with Tensors in place of raw arrays, and what is known of them if its arrays were all raw, else None.

    Parameters
    ----------
    copy : bool
        Whether a tape keeps the arrays when the call is over, and their owner may write to them.
    """
    leaves, spec = flatten(tree)
    arrays = [is_array(leaf) for leaf in leaves]
    if True not in arrays:
        return tree, None
    raw = not any(isinstance(leaf, TensorCore) for leaf in leaves)
    leaves = [to_tensor(leaf, copy=copy) if known else leaf for leaf, known in zip(leaves, arrays, strict=True)]
    found = RawArrays(leaf for leaf, known in zip(leaves, arrays, strict=True) if known) if raw else None
    return spec.unflatten(leaves), found


def computing_in(raw: RawArrays | None) -> dtypes.at_least:
    """Return the block in which a function of raw arrays runs: Python floats become at least as wide as the arrays are.

    A default backend that lacks the dtype (JAX without 64-bit) keeps its own.
    """
    wanted = None if raw is None else raw.dtype
    return dtypes.at_least(wanted if wanted is None or get_default_backend().supports(wanted) else None)


def to_raw(tree: Any) -> Any:
    """Return a tree with raw arrays in place of Tensors; those of a running transform and those with a history stay."""
    return map_tree(_raw, tree)


def _raw(leaf: Any) -> Any:
    if isinstance(leaf, TensorCore) and not leaf._options.backend.level and leaf._node is None:
        return leaf._options.backend.ensure_array(leaf._data)
    return leaf


def flatten(tree: Any) -> tuple[list[Any], Any]:
    """Return the leaves of a tree and what is needed to build it again; None is a leaf."""
    if type(tree) is tuple and len(tree) == 1 and isinstance(tree[0], TensorCore):
        return [tree[0]], _ONE
    leaves, spec = optree.tree_flatten(tree, none_is_leaf=True)
    return list(leaves), spec


_ONE: Any = optree.tree_structure(cast(Any, (0,)), none_is_leaf=True)


def map_tree(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """Return a tree of ``function(leaf, ...)``."""
    return optree.tree_map(function, tree, *others, none_is_leaf=True)


def spread(prefix: Any, tree: Any) -> list[Any] | None:
    """Return one leaf of `prefix` for each leaf of `tree`, or None where their structures do not fit.

    A leaf of the prefix, None included, stands for all the leaves of the part of the tree that is in its place.
    """
    try:
        leaves: list[Any] = optree.broadcast_prefix(prefix, tree, none_is_leaf=True)
    except ValueError:
        return None
    return leaves


def structure(tree: Any) -> str:
    """Return how a tree is built, for messages: a star for each leaf."""
    return described(optree.tree_structure(tree, none_is_leaf=True))


def described(spec: Any) -> str:
    """Return a structure's text."""
    text = str(spec)
    return text.removeprefix("PyTreeSpec(").removesuffix(")").removesuffix(", NoneIsLeaf")


def lower(level: Level, tree: Any, *, living: bool = False) -> Any:
    """Take the level (of a grad transform) away from a tree's tensors, and give them to people.

    Parameters
    ----------
    living : bool
        Whether the level's tape runs back later: what people then write to does not change what it saved.
    """
    give = handed_out if living else released

    def lowered(leaf: Any) -> Any:
        if not isinstance(leaf, TensorCore) or leaf._options.backend.level != level.number:
            return leaf
        return give(leaf._data)

    return map_tree(lowered, tree)


def lower_with(function: Callable[[Any], Any], tree: Any) -> Any:
    """Apply a function to the Tensors of a tree."""
    return map_tree(lambda leaf: function(leaf) if isinstance(leaf, TensorCore) else leaf, tree)
