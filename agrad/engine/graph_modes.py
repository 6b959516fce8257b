"""Saved-tensor hooks and anomaly mode: what the careful path notes on a node, and what backward does with it."""

from __future__ import annotations

import traceback
import warnings
from typing import Any

from agrad.engine.backward import interceptors
from agrad.engine.core import TensorCore, wrap_like
from agrad.engine.general import hooks
from agrad.engine.modes import local, no_grad, special_mode
from agrad.engine.node import Edge, General, Node
from agrad.engine.op import Meta, Op
from agrad.errors import GradError


def _recorded(op: Op, node: General, tensors: list[Any]) -> None:
    """Note the forward line of a node, and hand what it saved to the innermost pair of hooks."""
    if local.anomaly:
        node.ensure_extra().trace = "".join(traceback.format_stack(limit=12)[:-4])
    if not local.saved_hooks:
        return
    pack, unpack = local.saved_hooks[-1]
    with no_grad(), special_mode(saved_hooks=()):
        inputs = tuple(_pack(pack, node, value) for value in node.inputs)
        outs = node.out if isinstance(node.out, tuple) else (node.out,)
        packed_out = tuple(_pack(pack, node, value) for value in outs)
    node.ensure_extra().packed = (unpack, inputs, packed_out, isinstance(node.out, tuple))
    node.inputs = tuple(value if type(value) is Meta else None for value in node.inputs)
    node.out = tuple(value if type(value) is Meta else None for value in outs) if isinstance(node.out, tuple) else None


def _pack(pack: Any, node: General, value: Any) -> Any:
    if value is None or type(value) is Meta:
        return (False, value)
    return (True, pack(wrap_like(value, node.options)))


def _unpack(unpack: Any, entry: Any) -> Any:
    packed, value = entry
    if not packed:
        return value
    tensor = unpack(value)
    if not isinstance(tensor, TensorCore):
        raise TypeError(
            f"Output of saved tensor unpack_hook expected to be a Tensor but got result of type {type(tensor).__name__}"
        )
    return tensor._data


def pull_specially(node: General, xp: Any, g: Any, recorded: bool) -> list[Edge]:
    """Pull through a node with packed values, or one recorded in anomaly mode."""
    extra = node.extra
    assert extra is not None
    kept = node.inputs, node.out
    if extra.packed is not None:
        unpack, inputs, outs, several = extra.packed
        with no_grad():
            node.inputs = tuple(_unpack(unpack, entry) for entry in inputs)
            unpacked = tuple(_unpack(unpack, entry) for entry in outs)
        node.out = unpacked if several else unpacked[0]
    try:
        edges = node.pull_plainly(xp, g, recorded)
    finally:
        node.inputs, node.out = kept
    if extra.trace is not None and local.anomaly and local.check_nan:
        for index, (_, value) in enumerate(edges):
            if value is not None and _has_nan(
                value if isinstance(value, TensorCore) else wrap_like(value, node.options)
            ):
                raise GradError(f"Function '{node.name()}' returned nan values in its {index}th output.")
    return edges


def _has_nan(tensor: Any) -> bool:
    from agrad.engine.core import classes

    xp = classes.tensor_xp
    if tensor._options.backend.level or not tensor._options.is_inexact:
        return False
    with no_grad(), special_mode(anomaly=False):
        return bool(xp.any(xp.isnan(tensor)))


def _failed(node: Node, error: Exception) -> None:
    """Show the forward line of the node whose rule failed."""
    if local.anomaly and node.extra is not None and node.extra.trace is not None:
        warnings.warn(
            f"Error detected in {node.name()}. Traceback of forward call that caused the error:\n{node.extra.trace}",
            stacklevel=2,
        )


hooks.recorded = _recorded
interceptors.failed = _failed
