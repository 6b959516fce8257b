"""Saved-tensor hooks and anomaly mode: what the careful path notes on a node, and what backward does with it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from agrad.backend import allow_hot_paths
from agrad.engine.backward_aside import interceptors
from agrad.engine.core import TensorCore, classes, options_like, wrap, wrap_like
from agrad.engine.general import hooks
from agrad.engine.kept import Kept
from agrad.engine.modes import local, no_grad, special_mode
from agrad.engine.node import Edge, Node, Part
from agrad.engine.op import Op
from agrad.engine.saved import Pack, Packed, pack_tensor, pack_values
from agrad.errors import GradError

NO_TRACE = "No forward pass information available. Enable detect anomaly during forward pass for more information."

#: where the engine lies: its frames are not the user's
_ENGINE = os.path.dirname(__file__) + os.sep


def _recorded(op: Op, node: Any, tensors: list[Any]) -> None:
    """Note the forward line of a node, and hand what it saved to the innermost pair of hooks."""
    if local.anomaly:
        note_trace(node)
    if local.saved_hooks:
        pack_values(node, lambda raw, position: packed_value(raw, node, tensors, position))
    elif mutation.allowed and not node.options.backend.level:
        pack_values(node, lambda raw, _: Packed(Kept(raw, options_like(node.options, raw)), _whole))


class _Mutation:
    """Whether everything that graphs save is kept as it is, in the whole program."""

    __slots__ = ("allowed",)

    def __init__(self) -> None:
        self.allowed = False


mutation = _Mutation()


def allow_mutation(allowed: bool) -> None:
    """Keep what graphs save from now on, in all threads, though it is written to; or no longer."""
    if mutation.allowed is not allowed:
        mutation.allowed = allowed
        allow_hot_paths(not allowed)


def _kept(tensor: Any) -> Kept:
    return Kept(tensor._data, tensor._options)


def _whole(kept: Kept) -> Any:
    return wrap(kept.raw, kept.options)


def hooks_in_force(level: int) -> tuple[Pack, Pack] | None:
    """Return the pair of hooks that packs what a node of this level saves, if there is one."""
    if local.saved_hooks:
        return local.saved_hooks[-1]
    return (_kept, _whole) if mutation.allowed and not level else None


def note_trace(node: Node) -> None:
    """Keep the lines of the program that lead here, and the node whose rule is running, with a node."""
    import traceback

    frames = [frame for frame in traceback.extract_stack() if not frame.filename.startswith(_ENGINE)]
    node.ensure_extra().trace = ("".join(traceback.format_list(frames[-16:])), local.evaluating)


def packed_value(raw: Any, node: Any, tensors: list[Any], position: int) -> Packed:
    """Pack a kept array by the innermost hooks, which see an input as the tensor it is, and an output without history."""
    pack, unpack = local.saved_hooks[-1]
    tensor = tensors[position] if position >= 0 else None
    if tensor is None or tensor._data is not raw:
        tensor = wrap_like(raw, node.options)
    with special_mode(saved_hooks=()):
        return pack_tensor(pack, unpack, tensor)


@contextmanager
def _started(node: Node) -> Iterator[None]:
    """Say whose rule is running, for the nodes that it records."""
    before = local.evaluating
    local.evaluating = node
    try:
        yield
    finally:
        local.evaluating = before


def _done(node: Node, edges: list[Edge]) -> None:
    """Raise where a cotangent that a rule gave is nan.

    Raises
    ------
    GradError
        A RuntimeError that names the node and which of its inputs' gradients it is.
    """
    if not local.check_nan:
        return
    for index, (_, value) in enumerate(edges):
        value = value.value if type(value) is Part else value
        if value is None:
            continue
        if _has_nan(value if isinstance(value, TensorCore) else wrap_like(value, node.options)):
            raise GradError(f"Function '{node.name()}' returned nan values in its {index}th output.")


def _has_nan(tensor: Any) -> bool:
    if tensor._options.backend.level or not tensor._options.is_inexact:
        return False
    xp = classes.tensor_xp
    with no_grad(), special_mode(anomaly=False, saved_hooks=()):
        return bool(xp.any(xp.isnan(tensor)))


def _failed(node: Node) -> None:
    """Show the forward line of the node whose rule failed, and of what led to it."""
    trace = None if node.extra is None else node.extra.trace
    told = NO_TRACE if trace is None else f"Traceback of forward call that caused the error:\n{trace[0]}"
    warnings.warn(f"Error detected in {node.name()}. {told}", stacklevel=2)
    source = None if trace is None else trace[1]
    while source is not None:
        trace = None if source.extra is None else source.extra.trace
        told = (
            NO_TRACE
            if trace is None
            else f"Traceback of forward call that induced the previous calculation:\n{trace[0]}"
        )
        warnings.warn(f"Previous calculation was induced by {source.name()}. {told}", stacklevel=2)
        source = None if trace is None else trace[1]


hooks.recorded = _recorded
interceptors.started = _started
interceptors.done = _done
interceptors.failed = _failed
