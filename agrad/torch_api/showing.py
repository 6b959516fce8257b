"""Tensors' texts: what ``print`` and ``repr`` show of one, through :mod:`agrad.torch_api.printing`."""

from __future__ import annotations

from typing import Any

from agrad.engine.node import Leaf, Output
from agrad.torch_api.printing import Pick, format_tensor


def text_of(x: Any) -> str:
    """Return a tensor's text; only the elements that it shows are brought to the host."""
    options = x._options
    node = x._node
    name = None
    if node is not None and not isinstance(node, Leaf):
        name = (node.source if type(node) is Output else node).name()
    extra = x._extra
    return format_tensor(
        x._shape,
        lambda picks: _fetch(x, picks),
        options.dtype,
        device=None if options.device.type == "cpu" else str(options.device),
        requires_grad=node is not None,
        grad_fn_name=name,
        names=None if extra is None else extra.names,
    )


def _fetch(x: Any, picks: tuple[Pick, ...]) -> Any:
    """Return the elements at the picks as nested lists."""
    options = x._options
    backend = options.backend
    raw = backend.ensure_array(x._data)
    for axis, pick in enumerate(picks):
        if not isinstance(pick, slice):
            half = len(pick) // 2
            ends = [options.xp.index_get(raw, (*(slice(None),) * axis, part)) for part in _runs(pick, half)]
            raw = options.xp.concat(ends, axis=axis)
    return backend.tolist(raw)


def _runs(pick: list[int], half: int) -> list[slice]:
    """Return the two ends of an axis as slices."""
    return [slice(pick[0], pick[half - 1] + 1), slice(pick[half], pick[-1] + 1)]


__all__ = ["text_of"]
