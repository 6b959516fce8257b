"""Backward: nodes in reverse order, without recursion, each rule once.

Nodes carry sequence numbers, and a node's parents were always made before it. So the pending node with the greatest number is
always ready: all who could still send it a cotangent have a greater number. A heap holds the pending nodes, and for the
common case of one pending node the heap is never touched.

Two loops do this. :func:`_run_raw` is the hot one: raw arrays, the pending cotangent kept in the node, the two hot-path node kinds
inline. :func:`_run_recorded` computes on Tensors (``create_graph``), and keeps its pending cotangents in a dictionary, so that it can
run inside another backward, in a hook say. While one raw run is under way, a second one (of another thread, or nested) also keeps
its pending cotangents aside, by :func:`_run_aside`.

Sums are made in place only in buffers the engine made itself by an earlier sum: never in a cotangent that a rule returned.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from heapq import heappop, heappush
from sys import getrefcount
from typing import Any

from agrad.engine.core import TensorCore, classes, wrap_like
from agrad.engine.modes import enable_grad, no_grad
from agrad.engine.node import Binary, Leaf, Node, Part, Unary, sum_to
from agrad.engine.versions import log
from agrad.errors import GradError

Captures = dict[int, Any]
_busy = threading.Lock()


class _Interceptors:
    """What the autograd package adds to a step of backward: anomaly mode's report."""

    __slots__ = ("failed",)

    def __init__(self) -> None:
        self.failed: Callable[[Node, Exception], None] | None = None


interceptors = _Interceptors()


class _Nothing:
    """A set that stays empty."""

    def __contains__(self, key: object) -> bool:
        return False

    def add(self, key: object) -> None:
        """Keep nothing."""


_NOTHING = _Nothing()


def execute(
    roots: Sequence[Node],
    cotangents: Sequence[Any],
    *,
    retain_graph: bool,
    create_graph: bool,
    targets: Sequence[Node] | None = None,
    accumulate: bool = True,
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

    Returns
    -------
    list of Tensor or None
        The cotangents of `targets`, None where no path leads there; empty without targets.
    """
    captures: Captures | None = None
    needed: set[int] | None = None
    if targets is not None:
        captures = {id(target): None for target in targets}
        needed = _needed(roots, captures)
    if create_graph:
        finished = _run_recorded(roots, cotangents, retain_graph, captures, needed, recorded=True)
    else:
        raws = [cotangent._data for cotangent in cotangents]
        if _busy.acquire(blocking=False):
            try:
                finished = _run_raw(roots, raws, retain_graph, captures, needed)
            finally:
                _busy.release()
        else:
            finished = _run_recorded(roots, raws, retain_graph, captures, needed, recorded=False)
    if accumulate:
        for leaf, g in finished:
            if captures is None or id(leaf) in captures:
                _accumulate(leaf, g, create_graph)
    if targets is None or captures is None:
        return []
    answers = []
    for target in targets:
        g = captures[id(target)]
        answers.append(g if g is None or create_graph else wrap_like(g, target.options))
    return answers


def _needed(roots: Sequence[Node], captures: Captures) -> set[int]:
    """Return the ids of the nodes from which a target can be reached."""
    needed: set[int] = set()
    seen: set[int] = set()
    stack: list[tuple[Node, bool]] = [(root, False) for root in roots]
    while stack:
        node, done = stack.pop()
        key = id(node)
        if done:
            if key in captures or any(parent is not None and id(parent) in needed for parent in node.parents()):
                needed.add(key)
            continue
        if key in seen:
            continue
        seen.add(key)
        stack.append((node, True))
        for parent in node.parents():
            if parent is not None and id(parent) not in seen:
                stack.append((parent, False))
    return needed


def _run_raw(
    roots: Sequence[Node], raws: Sequence[Any], retain: bool, captures: Captures | None, needed: set[int] | None
) -> list[tuple[Leaf, Any]]:
    """The hot loop. See the module's text."""
    heap: list[tuple[float, int, Node]] = []
    top: Node | None = None
    # A transform's raw arrays are Tensors: what they are changed by is recorded, so nothing is summed in place there.
    owned: Any = _NOTHING if roots and roots[0].options.backend.level else set()
    finished: list[tuple[Leaf, Any]] = []
    free = not retain
    watched = captures is not None
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
                g = _before(node, g, captures, False)
                if needed is not None and id(node) not in needed:
                    continue
            kind = type(node)
            if changed > node.seq:
                _check_versions(node)
            if kind is Binary:
                op = node.op
                xp = node.options.xp
                x = node.x
                y = node.y
                out = node.out
                fix = node.fix
                if node.extra is not None and node.extra.hooks:
                    edges = _after(node, node.pull(xp, g, False), g, False)
                    for parent, gx in edges:
                        if gx is not None and parent is not None:
                            top = _deposit(parent, gx, top, heap, owned, leaves)
                    if free:
                        node.free()
                    continue
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
                if free:
                    node.op = op.freed
                    node.x = node.y = node.out = None
            elif kind is Unary and (node.extra is None or not node.extra.hooks):
                op = node.op
                gx = op.vjps[0](node.options.xp, g, node.out, node.x)
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
                if free:
                    node.op = op.freed
                    node.x = node.out = None
            else:
                edges = node.pull(node.options.xp, g, False)
                if node.extra is not None and node.extra.hooks:
                    edges = _after(node, edges, g, False)
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
                g = _before(node, g, captures, False)
            if captures is None or id(node) in captures:
                finished.append((node, (g, id(node) in owned)))
            g = None
    except Exception as error:
        for _, _, waiting in heap:
            waiting.pending = None
        for leaf in leaves:
            leaf.pending = None
        if top is not None:
            top.pending = None
        if interceptors.failed is not None and node is not None:
            interceptors.failed(node, error)
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


def _before(node: Node, g: Any, captures: Captures | None, recorded: bool) -> Any:
    """Run what waits for a node's cotangent: tensor hooks, retained gradients, pre-hooks; note it where it was asked for."""
    extra = node.extra
    if extra is not None:
        if extra.tensor_hooks:
            g = _tensor_hooks(node, g, recorded)
        if extra.retain is not None:
            extra.retain[0](g if recorded else wrap_like(g, node.options))
        if extra.prehooks:
            g = _prehooks(node, g, recorded)
    if captures is not None and id(node) in captures:
        captures[id(node)] = g
    return g


def _lift(node: Node, g: Any, recorded: bool) -> Any:
    """Show a cotangent to a hook: as Tensor(s)."""
    if isinstance(g, list):
        return tuple(None if part is None else _lift(node, part, recorded) for part in g)
    return g if recorded else wrap_like(g, node.options)


def _lower(node: Node, given: Any, g: Any, recorded: bool) -> Any:
    """Take back what a hook returned in place of `g`."""
    if isinstance(g, list):
        return [part if new is None else _lower(node, new, part, recorded) for new, part in zip(given, g, strict=True)]
    if not isinstance(given, TensorCore):
        raise TypeError(
            f"a gradient hook returns None or a Tensor; received {type(given).__name__}. Return the new gradient as a Tensor."
        )
    shape = tuple(g.shape)
    if given._shape != shape:
        raise GradError(
            f"hook has changed the size of value: a gradient of shape {shape} was replaced by one of shape {given._shape}. "
            "Return a gradient of the same shape."
        )
    return given if recorded else given._data


def _tensor_hooks(node: Node, g: Any, recorded: bool) -> Any:
    extra = node.extra
    assert extra is not None and extra.tensor_hooks is not None
    for hook in list(extra.tensor_hooks.values()):
        answer = hook(_lift(node, g, recorded))
        if answer is not None:
            g = _lower(node, answer, g, recorded)
    return g


def _prehooks(node: Node, g: Any, recorded: bool) -> Any:
    extra = node.extra
    assert extra is not None and extra.prehooks is not None
    for hook in list(extra.prehooks.values()):
        shown = _lift(node, g, recorded)
        answer = hook(shown if isinstance(shown, tuple) else (shown,))
        if answer is not None:
            parts = answer if isinstance(answer, tuple) else (answer,)
            g = _lower(node, parts if isinstance(g, list) else parts[0], g, recorded)
    return g


def _after(node: Node, edges: list[Any], g: Any, recorded: bool) -> list[Any]:
    """Run a node's hooks on its (grad_inputs, grad_outputs); what they return replaces the grad_inputs."""
    extra = node.extra
    assert extra is not None and extra.hooks is not None
    outputs = _lift(node, g, recorded)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    for hook in list(extra.hooks.values()):
        by_parent = {id(parent): value for parent, value in edges}
        shown = tuple(
            None
            if parent is None or by_parent.get(id(parent)) is None
            else (by_parent[id(parent)] if recorded else wrap_like(by_parent[id(parent)], node.options))
            for parent in node.parents()
        )
        answer = hook(shown, outputs)
        if answer is not None:
            parts = answer if isinstance(answer, tuple) else (answer,)
            if len(parts) != len(shown):
                raise GradError(
                    f"hook on {node.name()} returned {len(parts)} gradients where {len(shown)} are required. Return one per input."
                )
            edges = [
                (parent, None if part is None else (part if recorded else part._data))
                for parent, part in zip(node.parents(), parts, strict=True)
                if parent is not None
            ]
    return edges


def _run_recorded(
    roots: Sequence[Node],
    cotangents: Sequence[Any],
    retain: bool,
    captures: Captures | None,
    needed: set[int] | None,
    *,
    recorded: bool,
) -> list[tuple[Leaf, Any]]:
    """Backward that keeps its pending cotangents aside: on Tensors (`recorded`), or nested inside another raw run."""
    pending: dict[int, Any] = {}
    owned: set[int] = set()
    heap: list[tuple[float, int, Node]] = []
    finished: list[tuple[Leaf, Any]] = []

    def deposit(node: Node, g: Any) -> None:
        key = id(node)
        current = pending.get(key)
        if type(g) is Part:
            if current is None:
                current = pending[key] = [None] * len(node.metas or ())  # type: ignore[attr-defined]
                heappush(heap, (-node.seq, key, node))
            before = current[g.index]
            current[g.index] = g.value if before is None else before + g.value
        elif current is None:
            pending[key] = g
            heappush(heap, (-node.seq, key, node))
        else:
            pending[key] = current + g
            owned.add(key)

    mode: Any = enable_grad if recorded else no_grad
    if not recorded and roots and roots[0].options.backend.level:
        # A transform's raw arrays are Tensors, which outer transforms may be recording.
        mode = nullcontext
    node: Node | None = None
    with mode():
        try:
            for root, cotangent in zip(roots, cotangents, strict=True):
                deposit(root, cotangent)
            while heap:
                node = heappop(heap)[2]
                g = pending.pop(id(node))
                g = _before(node, g, captures, recorded)
                if needed is not None and id(node) not in needed:
                    continue
                if log.last > node.seq:
                    _check_versions(node)
                if isinstance(node, Leaf):
                    if captures is None or id(node) in captures:
                        finished.append((node, (g, id(node) in owned)))
                    continue
                xp = classes.tensor_xp if recorded else node.options.xp
                edges = node.pull(xp, g, recorded)
                if node.extra is not None and node.extra.hooks:
                    edges = _after(node, edges, g, recorded)
                for parent, gx in edges:
                    if parent is not None and gx is not None:
                        deposit(parent, gx)
                if not retain:
                    node.free()
        except Exception as error:
            if interceptors.failed is not None and node is not None:
                interceptors.failed(node, error)
            raise
    return finished


def _accumulate(leaf: Leaf, arrived: tuple[Any, bool], create_graph: bool) -> None:
    """Add what arrived at a leaf to its gradient, and run the hooks that wait for that."""
    g, owned = arrived
    options = leaf.options
    if not create_graph:
        backend = options.backend
        if not owned and backend.mutable and (getrefcount(g) > 3 or backend.is_view(g)):
            # Others may hold the same array or memory: a gradient belongs to its leaf alone. The three references are
            # `arrived`, `g` and the count's own argument.
            g = backend.copy(g)
        g = wrap_like(g, options)
    before = leaf.grad
    if before is None:
        leaf.grad = g
    elif create_graph:
        leaf.grad = before + g
    else:
        with no_grad():
            if before._node is None:
                before += g
                leaf.grad = before
            else:
                leaf.grad = before + g
    if leaf.post_hooks:
        tensor = leaf.variable
        for hook in list(leaf.post_hooks.values()):
            hook(tensor)


def _check_versions(node: Node) -> None:
    """Raise PyTorch's error when an array this node saved was changed in place afterwards."""
    root = node.options.backend.root
    for raw in node.saved():
        if log.changed_since(raw, node.seq) or log.changed_since(root(raw), node.seq):
            raise GradError(
                "one of the variables needed for gradient computation has been modified by an inplace operation: "
                f"[{node.options.backend.name} {node.options.dtype} {tuple(raw.shape)}], saved by {node.name()}. "
                "Use the out-of-place operation, or clone() before changing it."
            )
