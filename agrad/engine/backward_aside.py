"""Backward with its pending cotangents in a dictionary: slower than the hot loop, and good for everything.

It runs on Tensors (``create_graph``, cotangents of a transform), in anomaly mode, nested inside another run, and where leaves have
hooks: such a leaf is told as soon as its gradient is complete, so that a hook may take a step of an optimizer and drop the gradient
while backward goes on. It is complete when the oldest node that leads to it has run, so the leaf waits in the heap just behind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from heapq import heappop, heappush
from typing import Any

from agrad.engine.backward_steps import Captures, after, before, check_versions, settle
from agrad.engine.core import classes
from agrad.engine.modes import enable_grad, local, no_grad
from agrad.engine.node import Edge, Leaf, Node, Part, walk, watch
from agrad.engine.op import blame
from agrad.engine.versions import log


class _Interceptors:
    """What graph_modes adds to a step of backward in anomaly mode: the report of a failure, the look for nan."""

    __slots__ = ("done", "failed", "started")

    def __init__(self) -> None:
        self.started: Callable[[Node], Any] | None = None
        self.done: Callable[[Node, list[Edge]], None] | None = None
        self.failed: Callable[[Node], None] | None = None


interceptors = _Interceptors()


def run_aside(
    roots: Sequence[Node],
    cotangents: Sequence[Any],
    retain: bool,
    captures: Captures | None,
    needed: set[int] | None,
    accumulate: bool,
    *,
    recorded: bool,
    create_graph: bool,
) -> None:
    """Run backward; parameters are :func:`agrad.engine.backward.execute`'s.

    `recorded`: the cotangents are Tensors, and rules run on Tensors.
    """
    pending: dict[int, Any] = {}
    owned: set[int] = set()
    heap: list[tuple[float, int, Node]] = []
    finished: list[tuple[Leaf, Any]] = []
    wanted = None if needed is None or captures is None else needed | captures.keys()
    places = _places(roots, needed) if accumulate and watch.leaves else {}
    anomaly = local.anomaly and interceptors.started is not None

    def deposit(node: Node, g: Any) -> None:
        key = id(node)
        current = pending.get(key)
        if current is None:
            heappush(heap, (-places.get(key, node.seq), key, node))
        if type(g) is Part:
            if current is None:
                current = pending[key] = [None] * len(node.metas or ())  # type: ignore[attr-defined]
            before_it = current[g.index]
            current[g.index] = g.value if before_it is None else before_it + g.value
        elif current is None:
            pending[key] = g
        else:
            pending[key] = current + g
            owned.add(key)

    node: Node | None = None
    arrived: Any
    with _mode(roots, recorded, create_graph):
        try:
            for root, cotangent in zip(roots, cotangents, strict=True):
                deposit(root, cotangent)
            while heap:
                node = heappop(heap)[2]
                key = id(node)
                g = before(node, pending.pop(key), captures, needed, recorded)
                if needed is not None and key not in needed:
                    continue
                if isinstance(node, Leaf):
                    arrived = (g, key in owned)
                    g = None
                    if not accumulate:
                        continue
                    if key in places:
                        settle(node, arrived, recorded)
                    else:
                        finished.append((node, arrived))
                    arrived = None
                    continue
                if log.last > node.seq:
                    check_versions(node)
                xp = classes.tensor_xp if recorded else node.options.xp
                if anomaly:
                    with interceptors.started(node):  # type: ignore[misc]
                        edges = node.pull(xp, g, recorded, wanted)
                    interceptors.done(node, edges)  # type: ignore[misc]
                else:
                    edges = node.pull(xp, g, recorded, wanted)
                if node.extra is not None and node.extra.hooks:
                    edges = after(node, edges, g, recorded)
                for parent, gx in edges:
                    if parent is not None and gx is not None:
                        deposit(parent, gx)
                edges = g = gx = None  # type: ignore[assignment]
                if not retain:
                    node.free()
        except BaseException as error:
            if node is not None and isinstance(error, Exception):
                blame(error, node.op, "reverse-mode")
            if anomaly and node is not None:
                interceptors.failed(node)  # type: ignore[misc]
            raise
    while finished:
        settle(*finished.pop(0), recorded)


def _mode(roots: Sequence[Node], recorded: bool, create_graph: bool) -> Any:
    """The grad mode that rules and hooks run in."""
    if create_graph:
        return enable_grad()
    if not recorded and roots and roots[0].options.backend.level:
        return nullcontext()  # a transform's raw arrays are Tensors, which outer transforms may be recording
    return no_grad()


def _places(roots: Sequence[Node], needed: set[int] | None) -> dict[int, float]:
    """Return, for each leaf with hooks, its place in the order: just behind the oldest node that leads to it."""
    oldest: dict[int, float] = {}
    for node in walk(roots):
        if needed is not None and id(node) not in needed:
            continue
        for parent in node.parents():
            if isinstance(parent, Leaf) and (parent.post_hooks or (parent.extra is not None and parent.extra.hooks)):
                oldest[id(parent)] = min(oldest.get(id(parent), node.seq), node.seq)
    return {key: seq - 0.25 for key, seq in oldest.items()}


__all__ = ["interceptors", "run_aside"]
