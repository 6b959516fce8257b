"""Nodes of the graph: what an operation leaves behind for backward.

A node keeps raw arrays and parent nodes, never Tensors. So references run from a tensor to its node to its parents and nowhere
back: there are no cycles, and reference counting alone frees a graph as soon as its last tensor goes.

``Unary`` and ``Binary`` are what the hot path makes; backward's loop knows their slots. Every other kind answers :meth:`Node.pull`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any

from agrad.engine.core import next_sequence, options_like, wrap, wrap_like
from agrad.engine.cotangents import Fix, restore, sum_to, zeros
from agrad.engine.handles import RemovableHandle, watch
from agrad.engine.meta import Meta
from agrad.engine.op import Op
from agrad.engine.shown import shown_class
from agrad.errors import GradError

if TYPE_CHECKING:
    from agrad.backend import TensorOptions

Edge = tuple["Node | None", Any]
Wanted = AbstractSet[int] | None


class Extra:
    """What few nodes have: hooks, the forward line of anomaly mode, a tensor that retains its gradient, the user's metadata.

    ``trace`` is the forward line and the node whose rule was running then, if one was.
    """

    __slots__ = ("hooks", "metadata", "prehooks", "retain", "tensor_hooks", "trace")

    def __init__(self) -> None:
        self.hooks: dict[int, Callable[..., Any]] | None = None
        self.prehooks: dict[int, Callable[..., Any]] | None = None
        self.tensor_hooks: dict[int, Callable[..., Any]] | None = None
        self.retain: weakref.ref[Any] | None = None
        self.metadata: dict[Any, Any] | None = None
        self.trace: tuple[str, Node | None] | None = None


class Node:
    """One step of the graph, made by an operation; ``Tensor.grad_fn`` shows it."""

    __slots__ = ("extra", "op", "options", "pending", "seq")

    op: Op
    options: TensorOptions
    seq: int
    pending: Any
    extra: Extra | None

    def parents(self) -> tuple[Node | None, ...]:
        """The nodes that receive this node's cotangents, one per input."""
        raise NotImplementedError

    def pull(self, xp: Any, g: Any, recorded: bool, wanted: Wanted = None) -> list[Edge]:
        """Return (parent, cotangent) for each parent, from raw arrays or, when `recorded`, from Tensors.

        Where `wanted` is given, only parents whose id is in it count.
        """
        raise NotImplementedError

    def saved(self) -> tuple[Any, ...]:
        """The raw arrays this node keeps."""
        return ()

    def made_by(self, raw: Any) -> tuple[Node | None, int] | None:
        """Return the node and output number that made a saved array; None for a leaf's or a constant's."""
        return None

    def replace_saved(self, change: Callable[[Any], Any]) -> None:
        """Put ``change(raw)`` in the place of each raw array this node keeps."""

    def forget_input(self, raw: Any) -> bool:
        """Let go of an input that is kept softly; whether `raw` was it, and no output."""
        return False

    def free(self) -> None:
        """Let go of the saved arrays; a later backward through this node tells so."""

    def name(self) -> str:
        """Return the node's name, as PyTorch calls it."""
        return self.op.node_name()

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The parents and which of their outputs this node used, as PyTorch shows them; None for those that need no gradient."""
        return tuple(_edge(parent) for parent in self.shown_parents())

    def shown_parents(self) -> tuple[Node | None, ...]:
        """The parents for people: inputs that never have a gradient (indices, masks) are left out."""
        return self.parents()

    def _sequence_nr(self) -> int:
        """When the node was made: greater for later ones. Backward visits the greatest first."""
        return int(self.seq)

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for the user's own notes on the node."""
        extra = self.ensure_extra()
        if extra.metadata is None:
            extra.metadata = {}
        return extra.metadata

    def ensure_extra(self) -> Extra:
        """Return the record of rare things, made when first asked for."""
        if self.extra is None:
            self.extra = Extra()
        return self.extra

    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(grad_inputs, grad_outputs)`` after this node's rule ran; it may return new grad_inputs."""
        _note_watched(self)
        extra = self.ensure_extra()
        if extra.hooks is None:
            extra.hooks = {}
        return RemovableHandle(extra.hooks, hook)

    def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(grad_outputs)`` before this node's rule runs; it may return new grad_outputs."""
        extra = self.ensure_extra()
        if extra.prehooks is None:
            extra.prehooks = {}
        return RemovableHandle(extra.prehooks, hook)

    def __call__(self, *cotangents: Any) -> Any:
        """Return what this node alone makes of its outputs' cotangents: one for each input, None where there is none.

        Parameters
        ----------
        *cotangents : Tensor or None
            One for each output.

        Returns
        -------
        Tensor, None, or a tuple of them
            As many as ``next_functions``. Rules are recorded unless recording is off; hooks are not called.
        """
        from agrad.engine.backward_steps import call_node

        return call_node(self, cotangents)

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"


def show(node: Any) -> Any:
    """Return the node (or None), ready to be looked at by people."""
    if node is not None and not isinstance(node, Leaf) and "_kind" not in type(node).__dict__:
        node.__class__ = shown_class(type(node), node.name())
    return node


def _note_watched(node: Node) -> None:
    if isinstance(node, Leaf):
        watch.leaves = True


def _edge(parent: Node | None) -> tuple[Node | None, int]:
    if type(parent) is Output:
        return show(parent.source), parent.index
    if isinstance(parent, Conversion):
        return _edge(parent.parent)
    return show(parent), 0


def _maker(parent: Node | None) -> tuple[Node | None, int] | None:
    return None if parent is None or isinstance(parent, Leaf) else _edge(parent)


def carry_retained(tensor: Any, node: Node | None) -> None:
    """Have `tensor`, which gets `node` for its history, go on retaining its gradient if it did."""
    old = tensor._node
    if old is not None and node is not None and old is not node and old.extra is not None:
        kept = old.extra.retain
        if kept is not None and kept() is tensor:
            old.extra.retain = None
            node.ensure_extra().retain = kept


class Unary(Node):
    """A node of one input: the hot path's."""

    __slots__ = ("a", "out", "x")

    a: Any
    x: Any
    out: Any

    def parents(self) -> tuple[Node | None, ...]:
        return (self.a,)

    def saved(self) -> tuple[Any, ...]:
        return tuple(value for value in (self.x, self.out) if value is not None)

    def pull(self, xp: Any, g: Any, recorded: bool, wanted: Wanted = None) -> list[Edge]:
        return self.pull_with(self.x, self.out, xp, g, recorded)

    def pull_with(self, x: Any, out: Any, xp: Any, g: Any, recorded: bool) -> list[Edge]:
        """Pull with these values in the place of the kept ones."""
        if recorded:
            x = _handle(x, self.options, self.a)
            out = _handle(out, self.options, self)
        rule: Any = self.op.vjps[0]
        return [(self.a, rule(xp, g, out, x))]

    def made_by(self, raw: Any) -> tuple[Node | None, int] | None:
        return (self, 0) if raw is self.out else _maker(self.a)

    def replace_saved(self, change: Callable[[Any], Any]) -> None:
        self.x, self.out = (None if raw is None else change(raw) for raw in (self.x, self.out))

    def forget_input(self, raw: Any) -> bool:
        if raw is self.x:
            self.x = None
        return self.x is None and raw is not self.out

    def free(self) -> None:
        if self.x is not None or self.out is not None:
            self.op = self.op.freed
            self.x = self.out = None


class Binary(Node):
    """A node of two inputs of one dtype, or of one and a constant: the hot path's.

    ``fix`` holds the inputs' shapes where they were broadcast, else None.
    """

    __slots__ = ("a", "b", "fix", "out", "x", "y")

    a: Any
    b: Any
    x: Any
    y: Any
    out: Any
    fix: tuple[tuple[int, ...], tuple[int, ...]] | None

    def parents(self) -> tuple[Node | None, ...]:
        return (self.a, self.b)

    def shown_parents(self) -> tuple[Node | None, ...]:
        if self.op.named_by_number:
            return (self.b,) if self.a is None else (self.a,)
        return (self.a, self.b)

    def saved(self) -> tuple[Any, ...]:
        return tuple(value for value in (self.x, self.y, self.out) if value is not None)

    def pull(self, xp: Any, g: Any, recorded: bool, wanted: Wanted = None) -> list[Edge]:
        return self.pull_with((self.x, self.y), self.out, xp, g, recorded, wanted)

    def pull_with(
        self, inputs: tuple[Any, Any], out: Any, xp: Any, g: Any, recorded: bool, wanted: Wanted
    ) -> list[Edge]:
        """Pull with these values in the place of the kept ones."""
        x, y = inputs
        if recorded:
            x = _handle(x, self.options, self.a)
            y = _handle(y, self.options, self.b)
            out = _handle(out, self.options, self)
        edges: list[Edge] = []
        for position, parent in enumerate((self.a, self.b)):
            if parent is None or (wanted is not None and id(parent) not in wanted):
                continue
            rule = self.op.vjps[position]
            cotangent = None if rule is None else rule(xp, g, out, x, y)
            if cotangent is not None and self.fix is not None:
                cotangent = sum_to(xp, cotangent, self.fix[position])
            edges.append((parent, cotangent))
        return edges

    def made_by(self, raw: Any) -> tuple[Node | None, int] | None:
        return (self, 0) if raw is self.out else _maker(self.a if raw is self.x else self.b)

    def replace_saved(self, change: Callable[[Any], Any]) -> None:
        self.x, self.y, self.out = (None if raw is None else change(raw) for raw in (self.x, self.y, self.out))

    def free(self) -> None:
        if self.x is not None or self.y is not None or self.out is not None:
            self.op = self.op.freed
            self.x = self.y = self.out = None


class General(Node):
    """A node of any number of inputs and outputs, with parameters.

    ``inputs`` and ``out`` hold, per value, the raw array, a Meta or None, as the rules ask. ``fixes`` holds per input the shape and
    options of the tensor it came from, where the cotangent may have to be brought back to them.
    """

    __slots__ = ("edges", "fixes", "inputs", "metas", "out", "outputs", "params")

    edges: tuple[Node | None, ...]
    fixes: tuple[Fix, ...]
    inputs: tuple[Any, ...]
    params: dict[str, Any]
    out: Any
    outputs: dict[int, weakref.ref[Output]] | None  # the Output nodes of a multi-output operation
    metas: tuple[tuple[tuple[int, ...], TensorOptions], ...] | None

    def parents(self) -> tuple[Node | None, ...]:
        return self.edges

    def shown_parents(self) -> tuple[Node | None, ...]:
        op = self.op
        if op.named_by_number:
            return tuple(edge for edge in self.edges if edge is not None)
        if op.vjp_all is None:
            return tuple(edge for edge, rule in zip(self.edges, op.vjps, strict=False) if rule is not None)
        return tuple(edge for edge, fix in zip(self.edges, self.fixes, strict=True) if edge or fix[1].is_inexact)

    def saved(self) -> tuple[Any, ...]:
        outs = self.out if isinstance(self.out, tuple) else (self.out,)
        return tuple(value for value in (*self.inputs, *outs) if value is not None and type(value) is not Meta)

    def name(self) -> str:
        return self.op.node_name(*(fix[0] for fix in self.fixes), **self.params)

    def pull(self, xp: Any, g: Any, recorded: bool, wanted: Wanted = None) -> list[Edge]:
        op = self.op
        if recorded or self.metas is not None or op.vjp_all is not None or wanted is not None:
            return self.pull_with(self.inputs, self.out, xp, g, recorded, wanted)
        # the hot loop's common case, with what it needs alone
        inputs, out, params = self.inputs, self.out, self.params
        edges: list[Edge] = []
        for parent, rule, fix in zip(self.edges, op.vjps, self.fixes):
            if parent is not None and rule is not None:
                cotangent = rule(xp, g, out, *inputs, **params)
                if cotangent is not None:
                    if cotangent.dtype is not fix[1].raw_dtype or cotangent.shape != fix[0]:
                        cotangent = restore(xp, cotangent, fix)
                    edges.append((parent, cotangent))
        return edges

    def pull_with(
        self, inputs: tuple[Any, ...], out: Any, xp: Any, g: Any, recorded: bool, wanted: Wanted
    ) -> list[Edge]:
        """Pull with these values in the place of the kept ones."""
        if recorded:
            inputs = tuple(self._input_handle(position, value) for position, value in enumerate(inputs))
            out = self._output_handle(out)
        if self.metas is not None and self.op.materialize:
            g = tuple(
                zeros(xp, shape, options, recorded) if part is None else part
                for part, (shape, options) in zip(g, self.metas, strict=True)
            )
        op = self.op
        if op.vjp_all is not None:
            cotangents = op.vjp_all(xp, g, out, *inputs, **self.params)
        else:
            cotangents = [
                None
                if parent is None or rule is None or (wanted is not None and id(parent) not in wanted)
                else rule(xp, g, out, *inputs, **self.params)
                for parent, rule in zip(self.edges, op.vjps, strict=False)
            ]
        return [
            (parent, None if cotangent is None else restore(xp, cotangent, fix))
            for parent, cotangent, fix in zip(self.edges, cotangents, self.fixes, strict=False)
            if parent is not None
        ]

    def made_by(self, raw: Any) -> tuple[Node | None, int] | None:
        for position, value in enumerate(self.inputs):
            if value is raw:
                return _maker(self.edges[position])
        outs = self.out if isinstance(self.out, tuple) else (self.out,)
        return next(((self, index) for index, value in enumerate(outs) if value is raw), None)

    def replace_saved(self, change: Callable[[Any], Any]) -> None:
        def changed(value: Any) -> Any:
            return value if value is None or type(value) is Meta else change(value)

        self.inputs = tuple(changed(value) for value in self.inputs)
        self.out = tuple(changed(value) for value in self.out) if isinstance(self.out, tuple) else changed(self.out)

    def forget_input(self, raw: Any) -> bool:
        if raw is self.inputs[0]:
            self.inputs = (None,)
        return self.inputs[0] is None and raw is not self.out

    def _input_handle(self, position: int, value: Any) -> Any:
        if value is None:
            return None
        if type(value) is Meta:
            return value.recorded()
        parent = self.edges[position]
        if parent is None:
            return wrap_like(value, self.options)
        shape, options = self.fixes[position]
        handle_options = options_like(self.options, value)
        if handle_options is not options or tuple(value.shape) != shape:
            # The saved value was promoted: its handle leads back to the input through a conversion.
            conversion = Conversion()
            conversion.op = CONVERSION
            conversion.options = handle_options
            conversion.seq = self.seq - 1 if parent.seq < self.seq - 1 else parent.seq
            conversion.pending = conversion.extra = None
            conversion.parent = parent
            conversion.fix = (shape, options)
            parent = conversion
        return wrap(value, handle_options, parent)

    def _output_handle(self, out: Any) -> Any:
        if isinstance(out, tuple):
            return tuple(self._one_output(value, index) for index, value in enumerate(out))
        return self._one_output(out, 0)

    def _one_output(self, value: Any, index: int) -> Any:
        if value is None:
            return None
        if type(value) is Meta:
            return value.recorded()
        node: Node = self
        if self.metas is not None:
            node = Output.of(self, index)
        handle = wrap_like(value, self.options, node)
        if not handle._options.is_inexact:
            handle._node = None
        return handle

    def free(self) -> None:
        self.op = self.op.freed
        if self.op.saves_anything:
            self.inputs = (None,) * len(self.inputs)
            self.out = None


class Output(Node):
    """One output of a node that has several: it puts its cotangent into its place in the source's tuple."""

    __slots__ = ("__weakref__", "index", "source")

    source: Any
    index: int

    @classmethod
    def of(cls, source: Any, index: int) -> Output:
        """Return the node of output `index` of `source`: one and the same as long as somebody holds it."""
        if source.outputs is None:
            source.outputs = {}
        known = source.outputs.get(index)
        found: Output | None = None if known is None else known()
        if found is not None:
            return found
        node = cls()
        source.outputs[index] = weakref.ref(node)
        node.op = source.op
        node.options = source.options
        # Between the source and every later node, so that backward reaches the source after all of its outputs.
        node.seq = source.seq + 0.5
        node.pending = node.extra = None
        node.source = source
        node.index = index
        return node

    def parents(self) -> tuple[Node | None, ...]:
        return (self.source,)

    def pull(self, xp: Any, g: Any, recorded: bool, wanted: Wanted = None) -> list[Edge]:
        return [(self.source, Part(self.index, g))]

    def name(self) -> str:
        return self.source.name()


class Part:
    """A cotangent on its way to one place of a multi-output node's tuple."""

    __slots__ = ("index", "value")

    def __init__(self, index: int, value: Any) -> None:
        self.index = index
        self.value = value


class Conversion(Node):
    """The way from a promoted saved value back to the tensor it came from (only in recorded backward)."""

    __slots__ = ("fix", "parent")

    parent: Node
    fix: Fix

    def parents(self) -> tuple[Node | None, ...]:
        return (self.parent,)

    def pull(self, xp: Any, g: Any, recorded: bool, wanted: Wanted = None) -> list[Edge]:
        return [(self.parent, restore(xp, g, self.fix))]


class Leaf(Node):
    """Where a gradient ends: PyTorch's AccumulateGrad. The tensor, which holds the gradient, holds it, and it the tensor weakly."""

    __slots__ = ("post_hooks", "shape", "tensor")

    shape: tuple[int, ...]
    tensor: weakref.ref[Any]

    def __init__(self) -> None:
        self.op = ACCUMULATE
        self.pending = None
        self.extra = None
        self.post_hooks: dict[int, Callable[..., Any]] | None = None

    def register_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(tensor)`` each time a gradient has been added to the tensor's."""
        watch.leaves = True
        if self.post_hooks is None:
            self.post_hooks = {}
        return RemovableHandle(self.post_hooks, hook)

    @property
    def variable(self) -> Any:
        """The tensor whose gradient this node accumulates; None when nobody holds it any more."""
        return self.tensor()

    def parents(self) -> tuple[Node | None, ...]:
        return ()

    def pull(self, xp: Any, g: Any, recorded: bool, wanted: Wanted = None) -> list[Edge]:
        return []

    def name(self) -> str:
        return "AccumulateGrad"


Leaf.__name__ = Leaf.__qualname__ = "AccumulateGrad"  # what people see of the class


def _nobody() -> None:
    """The tensor of a dead end."""


class DeadEnd(Leaf):
    """The place of a leaf that has none: a view made while nothing was recorded, of a tensor that requires grad.

    Such a view requires grad too, is a leaf, and what arrives for it is dropped: PyTorch's rule.
    """

    __slots__ = ()

    @classmethod
    def of(cls, tensor: Any) -> DeadEnd:
        """Make the dead end that is `tensor`'s node."""
        node = cls()
        node.options = tensor._options
        node.shape = tensor._shape
        node.tensor = _nobody  # type: ignore[assignment]
        node.seq = next_sequence()
        return node


class Severed(Node):
    """What stands for a history that stayed behind: a tensor that was computed from others inside a foreign transformation came out.

    The tensor still requires grad, so nobody takes it for a constant, and whoever asks for a derivative through it is told.
    """

    __slots__ = ("door",)

    door: str

    @classmethod
    def of(cls, tensor: Any, door: str) -> Severed:
        """Make the node of `tensor`; `door` says where its history stayed and which way keeps it."""
        node = cls()
        node.op = SEVERED
        node.options = tensor._options
        node.pending = node.extra = None
        node.seq = next_sequence()
        node.door = door
        return node

    def parents(self) -> tuple[Node | None, ...]:
        return ()

    def pull(self, xp: Any, g: Any, recorded: bool, wanted: Wanted = None) -> list[Edge]:
        raise GradError(
            f"a derivative is asked of a Tensor whose history stayed in {self.door} Where no derivative is wanted, pass y.detach()."
        )


def _no_forward(*_: Any, **__: Any) -> Any:
    raise NotImplementedError("this record marks a node; it computes nothing")


ACCUMULATE = Op("accumulate_grad", _no_forward)
SEVERED = Op("severed", _no_forward)
CONVERSION = Op("conversion", _no_forward, torch_name="ToCopy")


def _handle(raw: Any, options: TensorOptions, node: Node | None) -> Any:
    """Make a Tensor again of what a hot-path node kept, linked into the graph."""
    if raw is None:
        return None
    return wrap(raw, options, node)


def walk(roots: Sequence[Node], enter: Callable[[Node], bool] | None = None) -> Iterator[Node]:
    """Visit every node reachable from `roots` once, without recursion; only those for which `enter` holds, if given."""
    seen: set[int] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if id(node) in seen or (enter is not None and not enter(node)):
            continue
        seen.add(id(node))
        yield node
        stack.extend(parent for parent in node.parents() if parent is not None)


__all__ = [
    "Binary",
    "Conversion",
    "DeadEnd",
    "Edge",
    "Extra",
    "Fix",
    "General",
    "Leaf",
    "Node",
    "Output",
    "Part",
    "RemovableHandle",
    "Severed",
    "Unary",
    "carry_retained",
    "restore",
    "show",
    "sum_to",
    "walk",
    "watch",
    "zeros",
]
