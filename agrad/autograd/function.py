"""Operations with a derivative of the user's own: PyTorch's ``Function``, on any backend.

``forward`` and ``backward`` see Tensors. Backward runs with recording off in a plain backward and on under ``create_graph``, so a
Function whose backward is written in Tensor operations can be differentiated to any order.

With ``arrays = True`` both see the backend's own arrays, and ``ctx.xp`` is their namespace: the code is Array API code, as agrad's own
rules are, and costs what they cost. Where the backward itself is recorded the same code gets Tensors.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any

from agrad.autograd.function_context import Context
from agrad.autograd.function_node import FunctionNode, make_node
from agrad.engine.core import TensorCore, classes, wrap, wrap_like
from agrad.engine.inplace import set_history
from agrad.engine.modes import local, no_grad, state
from agrad.engine.node import Leaf, Output
from agrad.engine.storage import geometry_of, make_view
from agrad.errors import GradError
from agrad.fields import Fields


class Call(Fields):
    """One call of a Function at one level: its context, what it returns, and the tensors that it saved for backward and for jvp.

    The last two are None where a vmap staticmethod ran: nobody knows what it would have saved.
    """

    context: Context
    output: Any
    saved: tuple[Any, ...] | None
    pushed: tuple[Any, ...] | None


class Function:
    """The base class of operations with a derivative of one's own.

    A subclass has static methods ``forward(ctx, *args)`` and ``backward(ctx, *grads)``, or ``forward(*args)`` with
    ``setup_context(ctx, inputs, output)``; ``jvp(ctx, *tangents)`` for forward mode; and for vmap either
    ``generate_vmap_rule = True`` or ``vmap(info, in_dims, *args)``.

    Attributes
    ----------
    arrays : bool
        Whether forward and backward take the backend's arrays in place of Tensors; ``ctx.xp`` is their namespace.
    generate_vmap_rule : bool
        Whether vmap may run forward and backward on batched tensors.
    clear_saved_tensors_on_access : bool
        Let go of what was saved as soon as backward has asked for it.

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

    The same on arrays, for speed:

    >>> class FastCube(agrad.autograd.Function):
    ...     arrays = True
    ...     forward = staticmethod(lambda ctx, x: (ctx.save_for_backward(x), ctx.xp.pow(x, 3))[1])
    ...     backward = staticmethod(lambda ctx, g: 3 * ctx.xp.square(ctx.saved_tensors[0]) * g)
    >>> agrad.autograd.grad(FastCube.apply(x), x)
    (tensor(12.),)
    """

    arrays: bool = False
    generate_vmap_rule: bool = False
    clear_saved_tensors_on_access: bool = False

    def __init__(self, *_: Any, **__: Any) -> None:
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should invoke them on "
            "the class itself: call apply(...).",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise GradError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd function with "
            "static forward method, and call the class's apply(...)."
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
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Return one gradient (or None) for each argument of ``forward``."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward "
            "mode AD."
        )

    #: another name of backward
    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """Return the tangents of the outputs from those of the inputs (zeros where a tensor has none, None for other arguments)."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], *args: Any) -> Any:
        """Return (outputs, out_dims) for a batch: `args` with a batch axis where `in_dims` names one."""
        raise NotImplementedError("To use autograd.Function with vmap, you must either override the vmap staticmethod or set "
                                  "generate_vmap_rule=True.")  # fmt: skip

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "vjp" in cls.__dict__ and "backward" not in cls.__dict__:
            if cls.backward is Function.backward:
                cls.backward = cls.vjp  # type: ignore[method-assign]
        elif "vjp" in cls.__dict__:
            cls._both = True

    _both: bool = False

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Call the operation."""
        if cls._both:
            raise GradError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only implement one of them."
            )
        if kwargs or cls.setup_context is not Function.setup_context:
            args, kwargs = _bound(cls, args, kwargs)
        return call(cls, args, kwargs).output


def _bound(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return arguments as forward's positional ones, so that each input has its place in setup_context and in backward.

    Where setup_context is defined, defaults are filled in, too: it sees them among the inputs. Arguments that forward takes by name
    alone, or does not name, stay keywords.
    """
    old_style = cls.setup_context is Function.setup_context
    try:
        signature = inspect.signature(cls.forward)
        bound = signature.bind(*((None, *args) if old_style else args), **kwargs)
    except (TypeError, ValueError):
        return args, kwargs  # the call itself tells what is wrong
    if not old_style:
        bound.apply_defaults()
    return bound.args[1:] if old_style else bound.args, bound.kwargs


def call(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any], needs: tuple[bool, ...] | None = None) -> Call:
    """Call a Function at the level of its arguments.

    Parameters
    ----------
    needs : tuple of bool, optional
        Which arguments require grad at a level above.
    """
    level: Any = None
    for arg in args:
        if isinstance(arg, TensorCore):
            backend = arg._options.backend
            if backend.level and (level is None or backend.level > level.level):
                level = backend
    if level is not None:
        from agrad.autograd.function_levels import call_at_level

        return call_at_level(cls, args, kwargs, needs, level)
    return _call_plainly(cls, args, kwargs, needs)


def run_forward(
    cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any], needs: tuple[bool, ...] | None
) -> tuple[Context, Any]:
    """Run a Function's forward, in either of its styles, with recording off."""
    context = Context()
    own = tuple(isinstance(arg, TensorCore) and arg._node is not None for arg in args)
    context.needs_input_grad = own if needs is None else tuple(a or b for a, b in zip(own, needs, strict=True))
    with no_grad():
        if cls.setup_context is not Function.setup_context:
            output = cls.forward(*args, **kwargs)
            cls.setup_context(context, args, output)
        else:
            output = cls.forward(context, *args, **kwargs)
    return context, output


def _run_on_arrays(
    cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any], needs: tuple[bool, ...] | None
) -> tuple[Context, Any]:
    """Run a forward that takes the backend's arrays; what it returns and saves becomes Tensors."""
    first = next((arg for arg in args if isinstance(arg, TensorCore)), None)
    if first is None:
        raise TypeError(f"{cls.__name__}.apply needs a Tensor among its arguments; received none. Pass one.")
    options = first._options
    tensors: dict[int, Any] = {}
    given = []
    for arg in args:
        if isinstance(arg, TensorCore):
            raw = arg._options.backend.ensure_array(arg._data)
            tensors[id(raw)] = arg
            given.append(raw)
        else:
            given.append(arg)
    context = Context()
    own = tuple(isinstance(arg, TensorCore) and arg._node is not None for arg in args)
    context.needs_input_grad = own if needs is None else tuple(a or b for a, b in zip(own, needs, strict=True))
    context.xp = options.xp
    if cls.setup_context is not Function.setup_context:
        output = cls.forward(*given, **kwargs)
        cls.setup_context(context, tuple(given), output)
    else:
        output = cls.forward(context, *given, **kwargs)

    def shown(value: Any) -> Any:
        if isinstance(value, TensorCore) or not hasattr(value, "dtype") or not hasattr(value, "shape"):
            return value
        known = tensors.get(id(value))
        if known is None:
            known = tensors[id(value)] = wrap_like(value, options)
        return known

    several = isinstance(output, tuple)
    made = tuple(map(shown, output)) if several else shown(output)
    for name in ("_to_save", "_plain"):
        setattr(context, name, tuple(map(shown, getattr(context, name))))
    if context._to_push is not None:
        context._to_push = tuple(map(shown, context._to_push))
    context.xp = classes.tensor_xp
    return context, made


def _call_plainly(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any], needs: tuple[bool, ...] | None) -> Call:
    """Call a Function on tensors of no transform."""
    recording = (not state.special or local.grad_enabled) and any(
        isinstance(arg, TensorCore) and arg._node is not None for arg in args
    )
    parents = tuple(arg._node if isinstance(arg, TensorCore) else None for arg in args)
    context, output = (_run_on_arrays if cls.arrays else run_forward)(cls, args, kwargs, needs)
    several = isinstance(output, tuple)
    outputs = output if several else (output,)
    _check_dirty(context, outputs)
    saved, pushed = context._to_save, context._to_save if context._to_push is None else context._to_push
    tracked = several or isinstance(output, TensorCore)
    if not recording or not tracked:
        return Call(context, output, saved, pushed)
    for tensor in context._dirty:
        if isinstance(tensor._node, Leaf):
            raise GradError(
                "a leaf Variable that requires grad has been used in an in-place operation. Do it on a clone() of it."
            )
    results = tuple(_result(value, args, context, several) for value in outputs)
    node = make_node(cls, context, args, results)
    node.edges = parents  # as they were before forward, which may have written in place
    plain = {id(tensor) for tensor in context._plain}
    context.keep(saved, outputs, node.options)
    for index, (value, original) in enumerate(zip(results, outputs, strict=True)):
        if not isinstance(value, TensorCore) or not value._options.is_inexact or id(original) in plain:
            continue
        place: Any = Output.of(node, index)
        if any(value is tensor for tensor in context._dirty):
            set_history(value, place)
        else:
            value._node = place
    return Call(context, results if several else results[0], saved, pushed)


def _check_dirty(context: Context, outputs: tuple[Any, ...]) -> None:
    for tensor in context._dirty:
        if not any(tensor is value for value in outputs):
            raise GradError(
                "Some elements marked as dirty during the forward method were not returned as output. The inputs that are "
                "modified inplace must all be outputs of the Function."
            )


def _result(value: Any, args: tuple[Any, ...], context: Context, several: bool) -> Any:
    """Return what stands for an output in the graph: itself, or an alias where it is something that has a history of its own."""
    if not isinstance(value, TensorCore) or any(value is tensor for tensor in context._dirty):
        return value
    if any(value is arg for arg in args):
        # An input returned as it is becomes a view of it: the Function is in between.
        return make_view(value, value._data, *geometry_of(value), None, "function")
    extra = value._extra
    if extra is not None and extra.base is not None:
        extra.creation = "multi" if several else "function"
        return value
    return value if value._node is None else wrap(value._data, value._options)


def once_differentiable(function: Callable[..., Any]) -> Callable[..., Any]:
    """Say that a Function's backward cannot itself be differentiated; doing so raises instead of being wrong in silence."""

    @functools.wraps(function)
    def wrapper(ctx: Any, *gradients: Any) -> Any:
        recorded = (not state.special or local.grad_enabled) and any(
            isinstance(g, TensorCore) and g._node is not None for g in gradients
        )
        with no_grad():
            answers = function(ctx, *gradients)
        if not recorded:
            return answers
        several = isinstance(answers, tuple)
        made = tuple(
            _Once.apply(wrap(answer._data, answer._options), *[g for g in gradients if isinstance(g, TensorCore)])
            if isinstance(answer, TensorCore)
            else answer
            for answer in (answers if several else (answers,))
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


FunctionCtx = Context

__all__ = ["Context", "Function", "FunctionCtx", "FunctionNode", "call", "once_differentiable", "run_forward"]


def __dir__() -> list[str]:
    return list(__all__)
