"""Operations with a derivative of the user's own: PyTorch's ``Function``, on any backend.

``forward`` and ``backward`` see Tensors. Backward runs with recording off in a plain backward and on under ``create_graph``, so a
Function whose backward is written in Tensor operations can be differentiated to any order.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from agrad.engine.core import TensorCore, next_sequence, wrap, wrap_like
from agrad.engine.modes import enable_grad, local, no_grad, state
from agrad.engine.node import Edge, Node, Output, restore, zeros
from agrad.engine.op import FREED, Op
from agrad.engine.versions import log
from agrad.errors import GradError


def _nothing(*_: Any, **__: Any) -> Any:
    raise NotImplementedError("a Function has no forward on raw arrays")


_FUNCTION = Op("function", _nothing)


def _nobody() -> None:
    """The node of a context that has none yet."""


class Context:
    """What ``forward`` leaves for ``backward``: PyTorch's ``ctx``. Any attribute may be set on it."""

    def __init__(self) -> None:
        self._saved: tuple[tuple[Any, Any, Any, int] | None, ...] = ()
        self._to_save: tuple[Any, ...] = ()
        self._forward_tensors: tuple[Any, ...] = ()
        self._dirty: tuple[Any, ...] = ()
        self._non_differentiable: tuple[Any, ...] = ()
        self._materialize = True
        self._freed = False
        self._owner: Callable[[], Any] = _nobody
        self.needs_input_grad: tuple[bool, ...] = ()

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors (inputs, outputs or intermediate; None is kept as None) for backward.

        Raises
        ------
        TypeError
            For anything that is not a Tensor: set that as an attribute of ctx.
        """
        for value in tensors:
            if value is not None and not isinstance(value, TensorCore):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument is of type {type(value).__name__}. "
                    "Set it as an attribute of ctx instead."
                )
        self._to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors for ``jvp``."""
        self._forward_tensors = tensors

    def mark_dirty(self, *tensors: Any) -> None:
        """Say which inputs ``forward`` changed in place; each has to be returned too."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say which outputs have no gradient."""
        self._non_differentiable = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether missing gradients reach ``backward`` as zeros (True) or as None."""
        self._materialize = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The tensors given to :meth:`save_for_backward`, linked into the graph as they were."""
        if self._freed:
            raise GradError(FREED)
        node_of_this = self._owner()
        if node_of_this is None:
            return self._to_save or self._forward_tensors
        handles: list[Any] = []
        for entry in self._saved:
            if entry is None:
                handles.append(None)
                continue
            raw, options, node, output = entry
            if log.last > node_of_this.seq and (
                log.changed_since(raw, node_of_this.seq)
                or log.changed_since(options.backend.root(raw), node_of_this.seq)
            ):
                raise GradError(
                    "one of the variables needed for gradient computation has been modified by an inplace operation: "
                    f"[{options.dtype} {tuple(raw.shape)}], saved by {node_of_this.name()}. Clone it before changing it."
                )
            if output >= 0:
                node = Output.of(node_of_this, output)
            handles.append(wrap(raw, options, node))
        return tuple(handles)


class FunctionNode(Node):
    """The node of a Function: ``ctx`` and what each input was."""

    __slots__ = ("__weakref__", "context", "edges", "fixes", "function", "metas", "outputs")

    function: Any
    context: Context
    edges: tuple[Node | None, ...]
    fixes: tuple[Any, ...]
    metas: tuple[Any, ...]
    outputs: Any

    def parents(self) -> tuple[Node | None, ...]:
        return tuple(edge for edge, fix in zip(self.edges, self.fixes, strict=True) if fix is not None)

    def saved(self) -> tuple[Any, ...]:
        return ()

    def name(self) -> str:
        return f"{self.function.__name__}Backward"

    def apply(self, *gradients: Any) -> Any:
        """Run this node's backward by hand, on Tensors."""
        return self.function.backward(self.context, *gradients)

    def pull(self, xp: Any, g: Any, recorded: bool, wanted: Any = None) -> list[Edge]:
        context = self.context
        if context._freed:
            raise GradError(FREED)
        shown = []
        for part, meta in zip(g, self.metas, strict=True):
            shape, options = meta
            if part is None:
                shown.append(zeros(xp, shape, options, True) if context._materialize and options.is_inexact else None)
            else:
                shown.append(part if recorded else wrap_like(part, options))
        mode = enable_grad if recorded else no_grad
        with mode():
            answers = self.function.backward(context, *shown)
        answers = answers if isinstance(answers, tuple) else (answers,)
        count = len(self.edges)
        if len(answers) > count and all(answer is None for answer in answers[count:]):
            answers = answers[:count]
        if len(answers) != count:
            raise GradError(
                f"function {self.name()} returned an incorrect number of gradients (expected {count}, got {len(answers)}). "
                "Return one for each input of forward, None for those without."
            )
        edges: list[Edge] = []
        for position, (answer, parent, fix) in enumerate(zip(answers, self.edges, self.fixes, strict=True)):
            if fix is None:
                if answer is not None and not isinstance(answer, TensorCore):
                    raise TypeError(
                        f"function {self.name()} returned a {type(answer).__name__} as gradient {position}."
                    )
                continue
            if parent is None or answer is None:
                continue
            if not isinstance(answer, TensorCore):
                raise TypeError(
                    f"expected Variable or None (got {type(answer).__name__}) as gradient {position} of {self.name()}"
                )
            shape, options = fix
            if answer._shape != shape and not _expandable(answer._shape, shape):
                raise GradError(
                    f"Function {self.name()} returned an invalid gradient at index {position} - got {list(answer._shape)} but "
                    f"expected shape compatible with {list(shape)}"
                )
            if recorded:
                edges.append((parent, restore(xp, answer, fix)))
            else:
                edges.append((parent, restore(options.xp, answer._data, fix)))
        return edges

    def free(self) -> None:
        if self.context._to_save or self.context._saved:
            self.context._freed = True
        self.context._saved = ()
        self.context._to_save = ()


def _expandable(given: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether a gradient's shape sums down to its input's."""
    lead = len(given) - len(wanted)
    if lead < 0:
        return False
    return all(length in (1, given[lead + axis]) for axis, length in enumerate(wanted))


class Function:
    """The base class of operations with a derivative of one's own.

    A subclass has static methods ``forward(ctx, *args)`` and ``backward(ctx, *grads)``, or ``forward(*args)`` with
    ``setup_context(ctx, inputs, output)``; and ``jvp(ctx, *tangents)`` for forward mode.

    Examples
    --------
    >>> import agrad
    >>> class Cube(agrad.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x * x
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_tensors
    ...         return 3 * x * x * g
    >>> x = agrad.tensor(2.0, requires_grad=True)
    >>> Cube.apply(x).backward()
    >>> x.grad
    tensor(12.)
    """

    def __init__(self, *_: Any, **__: Any) -> None:
        raise RuntimeError(
            f"{type(self).__name__} should not be instantiated. Methods on autograd functions are all static, so you should "
            "invoke them on the class itself: call apply(...)."
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the result from Tensors and anything else."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Context, inputs: tuple[Any, ...], output: Any) -> Any:
        """Save for backward, where ``forward`` takes no ctx."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Context, *grad_outputs: Any) -> Any:
        """Return one gradient (or None) for each argument of ``forward``."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward "
            "mode AD."
        )

    @staticmethod
    def jvp(ctx: Context, *grad_inputs: Any) -> Any:
        """Return the tangents of the outputs from those of the inputs."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Call the operation."""
        hook = _special_levels.get("apply")
        if hook is not None:
            answer = hook(cls, args, kwargs)
            if answer is not NotImplemented:
                return answer
        return _apply(cls, args, kwargs)


_special_levels: dict[str, Callable[..., Any]] = {}


def run_forward(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Context, Any]:
    """Run a Function's forward, in either of its styles, with recording off."""
    context = Context()
    context.needs_input_grad = tuple(isinstance(arg, TensorCore) and arg._node is not None for arg in args)
    with no_grad():
        if cls.setup_context is not Function.setup_context:
            output = cls.forward(*args, **kwargs)
            cls.setup_context(context, args, output)
        else:
            output = cls.forward(context, *args, **kwargs)
    return context, output


def _apply(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    from agrad.engine.inplace import check_writable

    recording = (not state.special or local.grad_enabled) and any(
        isinstance(arg, TensorCore) and arg._node is not None for arg in args
    )
    parents = tuple(arg._node if isinstance(arg, TensorCore) else None for arg in args)
    fixes = tuple((arg._shape, arg._options) if isinstance(arg, TensorCore) else None for arg in args)
    context, output = run_forward(cls, args, kwargs)
    several = isinstance(output, tuple)
    outputs = output if several else (output,)
    for value in outputs:
        if not isinstance(value, TensorCore) and value is not None and not several:
            raise TypeError(f"{cls.__name__}.forward must return a Tensor or a tuple; received {type(value).__name__}.")
    dirty = {id(tensor) for tensor in context._dirty}
    for tensor in context._dirty:
        if not any(tensor is value for value in outputs):
            raise GradError(
                "Some elements marked as dirty during the forward method were not returned as output. The inputs that are "
                "modified inplace must all be outputs of the Function."
            )
        if recording:
            check_writable(tensor)
    if not recording:
        return output
    given = {id(arg) for arg in args if isinstance(arg, TensorCore)}
    plain = {id(tensor) for tensor in context._non_differentiable}
    node = FunctionNode()
    node.op = _FUNCTION
    first = next(arg for arg in args if isinstance(arg, TensorCore))
    node.options = first._options
    node.pending = node.extra = node.outputs = None
    node.function = cls
    node.context = context
    node.edges = parents
    node.fixes = fixes
    results = []
    for value in outputs:
        if isinstance(value, TensorCore) and id(value) not in dirty:
            # An input returned as it is becomes a new tensor: the Function is in between.
            value = wrap(value._data, value._options) if id(value) in given or value._node is not None else value
        results.append(value)
    node.metas = tuple(
        (value._shape, value._options) if isinstance(value, TensorCore) else ((), first._options) for value in results
    )
    node.seq = next_sequence()
    saved: list[Any] = []
    for tensor in context._to_save:
        if tensor is None:
            saved.append(None)
            continue
        index = next((i for i, value in enumerate(outputs) if value is tensor), -1)
        saved.append((tensor._data, tensor._options, None if index >= 0 else tensor._node, index))
    context._saved = tuple(saved)
    context._to_save = ()
    context._owner = weakref.ref(node)
    for index, (value, original) in enumerate(zip(results, outputs, strict=True)):
        if isinstance(value, TensorCore) and value._options.is_inexact and id(original) not in plain:
            value._node = Output.of(node, index)  # type: ignore[arg-type]
    return tuple(results) if several else results[0]


def once_differentiable(function: Callable[..., Any]) -> Callable[..., Any]:
    """Say that a Function's backward cannot itself be differentiated; doing so raises instead of being wrong in silence."""
    import functools

    @functools.wraps(function)
    def wrapper(ctx: Context, *gradients: Any) -> Any:
        recorded = (not state.special or local.grad_enabled) and any(
            isinstance(g, TensorCore) and g._node is not None for g in gradients
        )
        with no_grad():
            answers = function(ctx, *gradients)
        if not recorded:
            return answers
        several = isinstance(answers, tuple)
        listed = answers if several else (answers,)
        made = tuple(
            _Once.apply(wrap(answer._data, answer._options), *[g for g in gradients if isinstance(g, TensorCore)])
            if isinstance(answer, TensorCore)
            else answer
            for answer in listed
        )
        return made if several else made[0]

    return wrapper


class _Once(Function):
    """Hands a value on, and raises when differentiated."""

    @staticmethod
    def forward(ctx: Context, value: Any, *_: Any) -> Any:
        """Return the value."""
        return value

    @staticmethod
    def backward(ctx: Context, *_: Any) -> Any:
        """Raise: this backward was marked once_differentiable."""
        raise GradError("trying to differentiate twice a function that was marked with @once_differentiable")
