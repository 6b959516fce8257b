"""The node of a Function, and the step of backward that runs the user's rule."""

from __future__ import annotations

import weakref
from typing import Any

from agrad.autograd.function_context import Context
from agrad.engine.core import TensorCore, classes, next_sequence, wrap_like
from agrad.engine.modes import local, no_grad
from agrad.engine.node import Edge, Node, restore, zeros
from agrad.engine.op import FREED, Op
from agrad.errors import GradError


def _nothing(*_: Any, **__: Any) -> Any:
    raise NotImplementedError("a Function has no forward among the primitives")


_FUNCTION = Op("function", _nothing)


class FunctionNode(Node):
    """The node of a Function: ``ctx`` and what each input was. The attributes of ctx are the node's too."""

    __slots__ = ("__weakref__", "context", "edges", "fixes", "function", "metas", "outputs")

    function: Any
    context: Context
    edges: tuple[Node | None, ...]
    fixes: tuple[Any, ...]
    metas: tuple[Any, ...]
    outputs: Any

    def parents(self) -> tuple[Node | None, ...]:
        return tuple(edge for edge, fix in zip(self.edges, self.fixes, strict=True) if fix is not None)

    def name(self) -> str:
        return f"{self.function.__name__}Backward"

    def __getattr__(self, name: str) -> Any:
        if name in FunctionNode.__slots__ or name in Node.__slots__ or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.context, name)

    def apply(self, *gradients: Any) -> Any:
        """Run this node's backward by hand, on Tensors."""
        return self.function.backward(self.context, *gradients)

    def pull(self, xp: Any, g: Any, recorded: bool, wanted: Any = None) -> list[Edge]:
        context = self.context
        if context._freed:
            raise GradError(FREED)
        level = self.options.backend.level
        raw = self.function.arrays and not recorded and not level
        shown = []
        for part, (shape, options) in zip(g, self.metas, strict=True):
            if part is None:
                given = zeros(xp, shape, options, not raw) if context._materialize and options is not None else None
            else:
                given = part if recorded or raw else wrap_like(part, options)
            shown.append(given)
        before = context._form, context.xp
        # A transform's own tape does not run backwards, but those below it may be recording what it does.
        context._form = "raw" if raw else "bare" if level and not recorded else "linked"
        context.xp = self.options.xp if raw else classes.tensor_xp
        try:
            if recorded or raw or level:
                answers = self.function.backward(context, *shown)
            else:
                with no_grad():
                    answers = self.function.backward(context, *shown)
        finally:
            context._form, context.xp = before
        return self._edges(xp, self._counted(answers), recorded, raw)

    def _counted(self, answers: Any) -> tuple[Any, ...]:
        """Return the gradients that backward gave, one per input."""
        answers = answers if isinstance(answers, tuple) else (answers,)
        count = len(self.edges)
        if len(answers) > count and all(answer is None for answer in answers[count:]):
            answers = answers[:count]
        if len(answers) != count:
            raise GradError(
                f"function {self.name()} returned an incorrect number of gradients (expected {count}, got {len(answers)}). "
                "Return one for each input of forward, None for those without."
            )
        return answers

    def _edges(self, xp: Any, answers: tuple[Any, ...], recorded: bool, raw: bool) -> list[Edge]:
        edges: list[Edge] = []
        for position, (answer, parent, fix) in enumerate(zip(answers, self.edges, self.fixes, strict=True)):
            if fix is None:
                if answer is not None:
                    raise GradError(
                        f"function {self.name()} returned a gradient different than None at position {position + 1}, but the "
                        "corresponding forward input was not a Variable. Return None for it."
                    )
                continue
            if parent is None or answer is None:
                continue
            shape, options = fix
            if raw and not isinstance(answer, TensorCore) and hasattr(answer, "dtype"):
                found, is_complex = tuple(answer.shape), options.backend.dtype_of(answer).is_complex
            elif isinstance(answer, TensorCore):
                found, is_complex = answer._shape, answer._options.is_complex
                answer = answer if recorded else self._raw_answer(answer, options, position)
            else:
                raise GradError(
                    f"expected Variable or None (got {type(answer).__name__}) as gradient {position} of {self.name()}. Return a "
                    "Tensor."
                )
            if found != shape and not _expandable(found, shape):
                raise GradError(
                    f"Function {self.name()} returned an invalid gradient at index {position} - got {list(found)} but expected "
                    f"shape compatible with {list(shape)}"
                )
            if is_complex and not options.is_complex:
                raise GradError(
                    f"Function {self.name()} returned a complex gradient at index {position} for a real input of dtype "
                    f"{options.dtype!r}. Return its real part."
                )
            edges.append((parent, restore(xp if recorded else options.xp, answer, fix)))
        return edges

    def _raw_answer(self, answer: Any, options: Any, position: int) -> Any:
        """Return a gradient's array, which has to be one of the input's backend."""
        backend = answer._options.backend
        if backend is options.backend:
            return answer._data
        if options.backend.level:
            return options.backend.lift(answer)._data
        raise GradError(
            f"Function {self.name()} returned an invalid gradient at index {position} - expected backend {options.backend.name} "
            f"but got {backend.name}. Move it: gradient.to({options.backend.name!r})."
        )

    def free(self) -> None:
        self.context.free()


def _expandable(given: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether a gradient's shape sums down to its input's."""
    lead = len(given) - len(wanted)
    if lead < 0:
        return False
    return all(length in (1, given[lead + axis]) for axis, length in enumerate(wanted))


def make_node(function: Any, context: Context, args: tuple[Any, ...], outputs: tuple[Any, ...]) -> FunctionNode:
    """Make the node of a call: `args` as they were given, `outputs` as they will be returned."""
    node = FunctionNode()
    node.op = _FUNCTION
    node.options = next(arg for arg in args if isinstance(arg, TensorCore) and arg._node is not None)._options
    node.pending = node.extra = node.outputs = None
    node.function = function
    node.context = context
    node.edges = tuple(arg._node if isinstance(arg, TensorCore) else None for arg in args)
    node.fixes = tuple((arg._shape, arg._options) if isinstance(arg, TensorCore) else None for arg in args)
    node.metas = tuple(
        (value._shape, value._options) if isinstance(value, TensorCore) else ((), None) for value in outputs
    )
    node.seq = next_sequence()
    context._owner = weakref.ref(node)
    if local.anomaly:
        from agrad.engine.graph_modes import note_trace

        note_trace(node)
    return node


__all__ = ["FunctionNode", "make_node"]
