"""Backward: nodes in reverse order, without recursion, each rule once.

Nodes carry sequence numbers, and a node's parents were always made before it. So the pending node with the greatest number is
always ready: all who could still send it a cotangent have a greater number. A heap holds the pending nodes, and for the
common case of one pending node the heap is never touched.

Two loops do this. :func:`_run_raw` is the hot one: raw arrays, the pending cotangent kept in the node, the two hot-path node kinds
inline. :func:`agrad.engine.backward_aside.run_aside` keeps its pending cotangents in a dictionary: it computes on Tensors
(``create_graph``), looks for nan in anomaly mode, tells leaves with hooks as soon as their gradient is complete, and runs while a raw
run is under way already (in another thread, or in a hook).

Sums are made in place only in buffers the engine made itself by an earlier sum: never in a cotangent that a rule returned.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import nullcontext
from heapq import heappop, heappush
from typing import Any

from agrad.engine.backward_aside import run_aside
from agrad.engine.backward_steps import Captures, after, before, check_versions, settle
from agrad.engine.core import wrap_like
from agrad.engine.modes import local
from agrad.engine.node import Binary, Leaf, Node, Part, Severed, Unary, sum_to, walk, watch
from agrad.engine.op import blame
from agrad.engine.versions import log

_busy = threading.Lock()


class _Nothing:
    """A set that stays empty."""

    def __contains__(self, key: object) -> bool:
        return False

    def add(self, key: object) -> None:
        """Keep nothing."""


_NOTHING = _Nothing()


class Run:
    """A backward that is under way: where it starts, which nodes it needs, and what hooks note about it."""

    __slots__ = ("captures", "needed", "notes", "roots")

    def __init__(self, roots: Sequence[Node], captures: Captures | None, needed: set[int] | None) -> None:
        self.roots = roots
        self.captures = captures
        self.needed = needed
        self.notes: dict[Any, Any] = {}

    def reached(self) -> set[int]:
        """Return the ids of the nodes that this backward visits."""
        everything = {id(node) for node in walk(self.roots)}
        return everything if self.needed is None else everything & (self.needed | set(self.captures or ()))


def execute(
    roots: Sequence[Node],
    cotangents: Sequence[Any],
    *,
    retain_graph: bool,
    create_graph: bool,
    targets: Sequence[Node] | None = None,
    accumulate: bool = True,
    on_tensors: bool = False,
) -> list[Any]:
    """Send cotangents (Tensors) from `roots` back through the graph.

    Parameters
    ----------
    roots : nodes to start from
    cotangents : one Tensor per root, already of the root's shape and dtype
    retain_graph : bool
        Keep what the nodes saved for another backward.
    create_graph : bool
        Record the backward itself.
    targets : nodes whose cotangents are wanted, or None for a plain backward
    accumulate : bool
        Whether leaves (only the targets, where given) add what arrives to their gradient.
    on_tensors : bool
        Run the rules on Tensors though nothing is recorded (cotangents of a transform).

    Returns
    -------
    list of Tensor or None
        The cotangents of `targets`, None where no path leads there; empty without targets.
    """
    captures: Captures | None = None
    needed: set[int] | None = None
    partial: set[int] = set()
    if targets is not None:
        captures = {id(target): None for target in targets}
        needed, partial = _needed(roots, captures, accumulate)
    recorded = create_graph or on_tensors
    outer = local.run
    local.run = Run(roots, captures, needed)
    quiet = roots[0].options.backend.quiet() if roots else nullcontext()
    try:
        with quiet:
            _choose(roots, cotangents, retain_graph, create_graph, captures, needed, partial, accumulate, recorded)
    finally:
        local.run = outer
    if targets is None or captures is None:
        return []
    answers = []
    for target in targets:
        g = captures[id(target)]
        answers.append(g if g is None or recorded else wrap_like(g, target.options))
    return answers


def _choose(
    roots: Sequence[Node],
    cotangents: Sequence[Any],
    retain_graph: bool,
    create_graph: bool,
    captures: Captures | None,
    needed: set[int] | None,
    partial: set[int],
    accumulate: bool,
    recorded: bool,
) -> None:
    """Run the hot loop where it will do, else the other."""
    if recorded or local.anomaly or (accumulate and watch.leaves):
        starts = cotangents if recorded else [cotangent._data for cotangent in cotangents]
        run_aside(
            roots, starts, retain_graph, captures, needed, accumulate, recorded=recorded, create_graph=create_graph
        )
    else:
        raws = [cotangent._data for cotangent in cotangents]
        if _busy.acquire(blocking=False):
            try:
                finished = _run_raw(roots, raws, retain_graph, captures, needed, partial)
            finally:
                _busy.release()
            if accumulate:
                for leaf, g in finished:
                    settle(leaf, g, False)
        else:
            run_aside(roots, raws, retain_graph, captures, needed, accumulate, recorded=False, create_graph=False)


def _needed(roots: Sequence[Node], captures: Captures, accumulate: bool) -> tuple[set[int], set[int]]:
    """Return the ids of the nodes whose rules have to run, those with a target among their ancestors, and of those among them
    with a parent for which that is not so.

    A target that nothing leads on from is not among them, unless it is a leaf that accumulates.
    """
    needed: set[int] = set()
    partial: set[int] = set()
    seen: set[int] = set()
    stack: list[tuple[Node, bool]] = [(root, False) for root in roots]
    while stack:
        node, done = stack.pop()
        key = id(node)
        if done:
            idle = False
            for parent in node.parents():
                if parent is not None:
                    if id(parent) in needed or id(parent) in captures:
                        needed.add(key)
                    else:
                        idle = True
            if idle and key in needed:
                partial.add(key)
            continue
        if key in seen:
            continue
        seen.add(key)
        if isinstance(node, Leaf):
            if accumulate and key in captures:
                needed.add(key)
            continue
        if type(node) is Severed:
            needed.add(key)  # what is behind it, a target perhaps, nobody knows: it tells
            continue
        stack.append((node, True))
        for parent in node.parents():
            if parent is not None and id(parent) not in seen:
                stack.append((parent, False))
    return needed, partial


def _run_raw(
    roots: Sequence[Node],
    raws: Sequence[Any],
    retain: bool,
    captures: Captures | None,
    needed: set[int] | None,
    partial: set[int],
) -> list[tuple[Leaf, Any]]:
    """The hot loop. See the module's text."""
    heap: list[tuple[float, int, Node]] = []
    top: Node | None = None
    # A transform's raw arrays are Tensors: what they are changed by is recorded, so nothing is summed in place there.
    owned: Any = _NOTHING if roots and roots[0].options.backend.level else set()
    finished: list[tuple[Leaf, Any]] = []
    free = not retain
    watched = captures is not None
    wanted: set[int] | None = None
    if needed is not None and captures is not None:
        wanted = needed | captures.keys()
    changed = log.last
    # The loop knows each kind's slots by comparing types, which a type checker cannot follow.
    node: Any = None
    parent: Any
    edges: Any
    leaves: list[Leaf] = []
    try:
        for root, raw in zip(roots, raws, strict=True):
            top = _deposit(root, raw, top, heap, owned, leaves)
        while True:
            if top is not None:
                node = top
                top = None
            elif heap:
                node = heappop(heap)[2]
            else:
                break
            g = node.pending
            node.pending = None
            if node.extra is not None or watched:
                g = before(node, g, captures, needed, False)
                kind = type(node)
                if needed is not None:
                    if id(node) not in needed:
                        continue
                    if id(node) in partial:
                        kind = Node  # one side of a product is not wanted, and not computed
                if node.extra is not None and node.extra.hooks:
                    kind = Node
            else:
                kind = type(node)
            if changed > node.seq:
                check_versions(node)
            if kind is Binary:
                # The arrays are read before the operation: another thread that frees the node replaces the operation first.
                xp = node.options.xp
                x = node.x
                y = node.y
                out = node.out
                fix = node.fix
                op = node.op
                parent = node.a
                if parent is not None:
                    gx = op.vjps[0](xp, g, out, x, y)
                    if gx is not None:
                        if fix is not None:
                            gx = sum_to(xp, gx, fix[0])
                        current = parent.pending
                        if current is None:
                            parent.pending = gx
                            if type(parent) is Leaf:
                                leaves.append(parent)
                            elif top is None:
                                if heap and -heap[0][0] > parent.seq:
                                    heappush(heap, (-parent.seq, id(parent), parent))
                                else:
                                    top = parent
                            elif parent.seq > top.seq:
                                heappush(heap, (-top.seq, id(top), top))
                                top = parent
                            else:
                                heappush(heap, (-parent.seq, id(parent), parent))
                        elif id(parent) in owned:
                            current += gx
                            parent.pending = current
                        else:
                            parent.pending = current + gx
                            owned.add(id(parent))
                parent = node.b
                if parent is not None:
                    gx = current = None  # lets go of two arrays before the next is made
                    gx = op.vjps[1](xp, g, out, x, y)
                    if gx is not None:
                        if fix is not None:
                            gx = sum_to(xp, gx, fix[1])
                        current = parent.pending
                        if current is None:
                            parent.pending = gx
                            if type(parent) is Leaf:
                                leaves.append(parent)
                            elif top is None:
                                if heap and -heap[0][0] > parent.seq:
                                    heappush(heap, (-parent.seq, id(parent), parent))
                                else:
                                    top = parent
                            elif parent.seq > top.seq:
                                heappush(heap, (-top.seq, id(top), top))
                                top = parent
                            else:
                                heappush(heap, (-parent.seq, id(parent), parent))
                        elif id(parent) in owned:
                            current += gx
                            parent.pending = current
                        else:
                            parent.pending = current + gx
                            owned.add(id(parent))
                if free and (x is not None or y is not None or out is not None):
                    node.op = op.freed
                    node.x = node.y = node.out = None
            elif kind is Unary:
                x = node.x
                out = node.out
                op = node.op
                gx = op.vjps[0](node.options.xp, g, out, x)
                if gx is not None:
                    parent = node.a
                    current = parent.pending
                    if current is None:
                        parent.pending = gx
                        if type(parent) is Leaf:
                            leaves.append(parent)
                        elif top is None:
                            if heap and -heap[0][0] > parent.seq:
                                heappush(heap, (-parent.seq, id(parent), parent))
                            else:
                                top = parent
                        elif parent.seq > top.seq:
                            heappush(heap, (-top.seq, id(top), top))
                            top = parent
                        else:
                            heappush(heap, (-parent.seq, id(parent), parent))
                    elif id(parent) in owned:
                        current += gx
                        parent.pending = current
                    else:
                        parent.pending = current + gx
                        owned.add(id(parent))
                if free and (x is not None or out is not None):
                    node.op = op.freed
                    node.x = node.out = None
            else:
                edges = node.pull(node.options.xp, g, False, wanted)
                if node.extra is not None and node.extra.hooks:
                    edges = after(node, edges, g, False)
                for parent, gx in edges:
                    if gx is not None and parent is not None:
                        top = _deposit(parent, gx, top, heap, owned, leaves)
                if free:
                    node.free()
            x = y = out = g = gx = current = edges = None
        # Leaves have no rule to run, so they wait aside and never pass through the heap.
        for node in leaves:
            g = node.pending
            node.pending = None
            if node.extra is not None or watched:
                g = before(node, g, captures, needed, False)
            if needed is None or id(node) in needed:
                finished.append((node, (g, id(node) in owned)))
            g = None
    except BaseException as error:
        if node is not None and isinstance(error, Exception):
            blame(error, node.op, "reverse-mode")
        for _, _, waiting in heap:
            waiting.pending = None
        for leaf in leaves:
            leaf.pending = None
        if top is not None:
            top.pending = None
        raise
    return finished


def _deposit(
    parent: Any, g: Any, top: Node | None, heap: list[tuple[float, int, Node]], owned: set[int], leaves: list[Leaf]
) -> Any:
    """Add a cotangent to a node's pending one, and the node to the pending nodes; return the new top."""
    current = parent.pending
    if current is None:
        if type(g) is Part:
            current = [None] * len(parent.metas or ())
            current[g.index] = g.value
            parent.pending = current
        else:
            parent.pending = g
        if type(parent) is Leaf:
            leaves.append(parent)
            return top
        if top is None:
            if not heap or -heap[0][0] < parent.seq:
                return parent
        elif parent.seq > top.seq:
            heappush(heap, (-top.seq, id(top), top))
            return parent
        heappush(heap, (-parent.seq, id(parent), parent))
        return top
    if type(g) is Part:
        before = current[g.index]
        current[g.index] = g.value if before is None else before + g.value
    elif id(parent) in owned:
        current += g
        parent.pending = current
    else:
        parent.pending = current + g
        owned.add(id(parent))
    return top
