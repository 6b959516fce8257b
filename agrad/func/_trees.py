"""Trees of arguments: raw arrays become Tensors on the way in and raw arrays again on the way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import optree

from agrad.backend import backend_of
from agrad.engine.core import TensorCore, wrap
from agrad.engine.levels import Level


def is_array(value: Any) -> bool:
    """Whether a value is a raw array of a known backend."""
    return not isinstance(value, (TensorCore, bool, int, float, complex, str)) and backend_of(value) is not None


def to_tensor(value: Any) -> Any:
    """Return a Tensor for a raw array; anything else as it is."""
    if not is_array(value):
        return value
    backend: Any = backend_of(value)
    raw = backend.ensure_array(value)
    return wrap(raw, backend.options_of(raw))


def to_tensors(tree: Any) -> tuple[Any, bool]:
    """Return a tree with Tensors in place of raw arrays, and whether its arrays were all raw."""
    leaves, spec = flatten(tree)
    arrays = [is_array(leaf) for leaf in leaves]
    raw = any(arrays) and not any(isinstance(leaf, TensorCore) for leaf in leaves)
    return spec.unflatten([to_tensor(leaf) for leaf in leaves]), raw


def to_raw(tree: Any) -> Any:
    """Return a tree with raw arrays in place of Tensors (those of a running transform stay)."""
    return map_tree(_raw, tree)


def _raw(leaf: Any) -> Any:
    if isinstance(leaf, TensorCore) and not leaf._options.backend.level:
        return leaf._options.backend.ensure_array(leaf._data)
    return leaf


def flatten(tree: Any) -> tuple[list[Any], Any]:
    """Return the leaves of a tree and what is needed to build it again; None is a leaf."""
    leaves, spec = optree.tree_flatten(tree, none_is_leaf=True)
    return list(leaves), spec


def map_tree(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """Return a tree of ``function(leaf, ...)``."""
    return optree.tree_map(function, tree, *others, none_is_leaf=True)


def lower(level: Level, tree: Any) -> Any:
    """Take the level away from a tree's tensors (of a grad level)."""
    return map_tree(lambda leaf: level.raw(leaf) if isinstance(leaf, TensorCore) else leaf, tree)


def lower_with(function: Callable[[Any], Any], tree: Any) -> Any:
    """Apply a function to the Tensors of a tree."""
    return map_tree(lambda leaf: function(leaf) if isinstance(leaf, TensorCore) else leaf, tree)
