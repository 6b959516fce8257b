"""Functions inside transforms: each level makes its own node, tangent or batch, and forward runs once, at the bottom.

The confusing case: forward runs unrecorded, so it must not run on a transform's own tensors, whose operations the transforms outside of
it have to see. A call at a grad level is therefore a call one level below, whose context is then translated: what was saved of an
input is that input at this level, what was saved of an output that output, and everything else a constant.

Under vmap a Function has to say how it is batched, as in PyTorch. ``generate_vmap_rule`` runs forward and backward on batched tensors,
inside a Function of the level below, which is differentiated as any other.
"""

from __future__ import annotations

from typing import Any

from agrad.autograd.function import Call, Function, call, run_forward
from agrad.autograd.function_context import Context
from agrad.autograd.function_node import make_node
from agrad.engine.core import TensorCore, classes
from agrad.engine.levels import Batched, Dual, Level, level_of, new_level
from agrad.engine.modes import local, no_grad, state
from agrad.engine.node import Output
from agrad.errors import GradError
from agrad.fields import Fields


class VmapInfo(Fields):
    """What a Function's ``vmap`` is told of the batch."""

    batch_size: int
    randomness: str


def call_at_level(
    cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any], needs: tuple[bool, ...] | None, backend: Any
) -> Call:
    """Call a Function whose arguments' highest level is `backend`'s."""
    level = level_of(backend)
    return {"grad": _at_grad, "jvp": _at_jvp, "vmap": _at_vmap}[backend.kind](cls, args, kwargs, needs, level)


def _here(level: Level, arg: Any) -> bool:
    return isinstance(arg, TensorCore) and arg._options.backend.level == level.number


def _needs(args: tuple[Any, ...], needs: tuple[bool, ...] | None) -> tuple[bool, ...]:
    """Return which arguments require grad here or above."""
    own = tuple(isinstance(arg, TensorCore) and arg._node is not None for arg in args)
    return own if needs is None else tuple(a or b for a, b in zip(own, needs, strict=True))


def _tuple(output: Any) -> tuple[Any, ...]:
    return output if isinstance(output, tuple) else (output,)


def _like(output: Any, parts: tuple[Any, ...]) -> Any:
    return parts if isinstance(output, tuple) else parts[0]


def _translated(tensors: tuple[Any, ...] | None, pairs: list[tuple[Any, Any]]) -> tuple[Any, ...]:
    """Return tensors of the level below as those of this level that stand for them."""
    return tuple(next((here for below, here in pairs if below is tensor), tensor) for tensor in tensors or ())


def _at_grad(
    cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any], needs: tuple[bool, ...] | None, level: Level
) -> Call:
    lower = tuple(level.raw(arg) if _here(level, arg) else arg for arg in args)
    below = call(cls, lower, kwargs, _needs(args, needs))
    outputs = _tuple(below.output)
    pairs = [(a, b) for a, b in zip(lower, args, strict=True) if isinstance(b, TensorCore)]
    results = []
    for value in outputs:
        if not isinstance(value, TensorCore):
            results.append(value)
            continue
        changed = next((here for under, here in pairs if under is value), None)
        if changed is not None and any(value is tensor for tensor in below.context._dirty):
            results.append(changed)
        else:
            results.append(level.tensor(value))
    pairs.extend((a, b) for a, b in zip(outputs, results, strict=True) if isinstance(a, TensorCore))
    made = _like(below.output, tuple(results))
    context, saved, pushed = _context(cls, args, made, below, pairs, needs)
    recording = not state.special or local.grad_enabled
    if recording and any(isinstance(arg, TensorCore) and arg._node is not None for arg in args):
        node = make_node(cls, context, args, tuple(results))
        context.keep(saved, tuple(results), node.options)
        plain = {id(tensor) for tensor in below.context._plain}
        for index, (value, under) in enumerate(zip(results, outputs, strict=True)):
            if isinstance(value, TensorCore) and value._options.is_inexact and id(under) not in plain:
                value._node = Output.of(node, index)
    return Call(context, made, saved, pushed)


def _context(
    cls: Any,
    args: tuple[Any, ...],
    output: Any,
    below: Call,
    pairs: list[tuple[Any, Any]],
    needs: tuple[bool, ...] | None,
) -> tuple[Context, tuple[Any, ...], tuple[Any, ...]]:
    """Return the context of a call at this level, and what it saved for backward and for jvp, as this level's tensors."""
    if cls.setup_context is Function.setup_context:
        if below.saved is None:
            raise GradError(
                f"{cls.__name__} has a vmap staticmethod, and is differentiated under vmap: it must override setup_context, and "
                "forward then takes no ctx."
            )
        return below.context.twin(), _translated(below.saved, pairs), _translated(below.pushed, pairs)
    context = Context()
    context.needs_input_grad = _needs(args, needs)
    with no_grad():
        cls.setup_context(context, args, output)
    return context, context._to_save, context._to_save if context._to_push is None else context._to_push


def _at_jvp(
    cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any], needs: tuple[bool, ...] | None, level: Level
) -> Call:
    duals = [arg._data if _here(level, arg) else Dual(arg, None) for arg in args]
    lower = tuple(dual.primal for dual in duals)
    below = call(cls, lower, kwargs, needs)
    outputs = _tuple(below.output)
    tangents: tuple[Any, ...] = (None,) * len(outputs)
    same = [(value, value) for value in (*lower, *outputs)]
    context, saved, pushed = _context(cls, lower, below.output, below, same, needs)
    if any(dual.tangent is not None for dual in duals):
        xp = classes.tensor_xp
        context._to_save, context._to_push, context._pushing = saved, pushed, True
        shown = [
            xp.zeros_like(dual.primal)
            if dual.tangent is None and isinstance(dual.primal, TensorCore) and context._materialize
            else dual.tangent
            for dual in duals
        ]
        tangents = _tuple(cls.jvp(context, *shown))
        if len(tangents) != len(outputs):
            raise GradError(
                f"{cls.__name__}.jvp returned an incorrect number of tangents (expected {len(outputs)}, got {len(tangents)}). "
                "Return one for each output of forward, None for those without."
            )
    results = []
    for value, tangent in zip(outputs, tangents, strict=True):
        if not isinstance(value, TensorCore):
            results.append(value)
            continue
        if tangent is not None and (not isinstance(tangent, TensorCore) or tangent._shape != value._shape):
            told = tangent._shape if isinstance(tangent, TensorCore) else type(tangent).__name__
            raise GradError(
                f"{cls.__name__}.jvp returned a tangent of shape {told} for an output of shape {value._shape}. Return a Tensor of "
                "the output's shape."
            )
        results.append(level.tensor(Dual(value, tangent)))
    pairs = [(a, b) for a, b in zip((*lower, *outputs), (*args, *results), strict=True) if isinstance(b, TensorCore)]
    made = _like(below.output, tuple(results))
    return Call(context, made, _translated(saved, pairs), _translated(pushed, pairs))


# ---------------------------------------------------------------- vmap


def _at_vmap(
    cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any], needs: tuple[bool, ...] | None, level: Level
) -> Call:
    batches = [arg._data if _here(level, arg) else Batched(arg, None) for arg in args]
    lower = tuple(batch.value for batch in batches)
    dims = tuple(batch.axis for batch in batches)
    sizes = [value._shape[dim] for value, dim in zip(lower, dims, strict=True) if dim is not None]
    context = Context()
    below: Call | None = None
    if not sizes:
        below = call(cls, lower, kwargs, needs)
        output, out_dims = below.output, (None,) * len(_tuple(below.output))
        context = below.context
        kept_dims, pushed_dims = (None,) * len(below.saved or ()), (None,) * len(below.pushed or ())
    elif cls.vmap is not Function.vmap:
        if cls.generate_vmap_rule:
            raise GradError(
                f"You tried to vmap over {cls.__name__}, but it has both generate_vmap_rule=True and an overridden vmap "
                "staticmethod. Please set generate_vmap_rule=False or delete the overridden vmap staticmethod to avoid ambiguity."
            )
        output, out_dims = cls.vmap(VmapInfo(sizes[0], level.randomness), dims, *lower, **kwargs)
        out_dims = _spread(out_dims, output)
    elif cls.generate_vmap_rule or cls.arrays:
        plan = Plan(cls, dims, sizes[0], level.randomness, kwargs)
        below = call(Vectorized, (plan, *lower), {}, None if needs is None else (False, *needs))
        output, out_dims, context = below.output, plan.out_dims, plan.context.twin()
        kept_dims, pushed_dims = plan.saved_dims, plan.pushed_dims
    else:
        raise GradError(
            f"You tried to vmap over {cls.__name__}, but it does not have vmap support. Please override and implement the vmap "
            "staticmethod or set generate_vmap_rule=True."
        )
    results = tuple(
        level.tensor(Batched(value, dim)) if isinstance(value, TensorCore) else value
        for value, dim in zip(_tuple(output), out_dims, strict=True)
    )
    if below is None or below.saved is None or below.pushed is None:
        return Call(context, _like(output, results), None, None)
    pairs = [*zip((*lower, *_tuple(output)), (*args, *results), strict=True)]

    def raised(values: tuple[Any, ...], value_dims: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return tensors of the level below as this level's: the very argument or result where it is one."""
        return tuple(
            next((here for under, here in pairs if under is value and isinstance(here, TensorCore)), made)
            for value, made in zip(values, _batched(level, values, value_dims), strict=True)
        )

    return Call(context, _like(output, results), raised(below.saved, kept_dims), raised(below.pushed, pushed_dims))


def _spread(out_dims: Any, output: Any) -> tuple[Any, ...]:
    """Return one output axis per output, where one was given for all."""
    count = len(_tuple(output))
    dims = tuple(out_dims) if isinstance(out_dims, (tuple, list)) else (out_dims,) * count
    if len(dims) != count:
        raise GradError(f"vmap returned {len(dims)} out_dims for {count} outputs. Return one for each.")
    return dims


class Plan:
    """A Function to run on batches: which arguments have a batch axis, and (once it ran) which outputs and saved tensors."""

    def __init__(
        self, function: Any, in_dims: tuple[Any, ...], size: int, randomness: str, kwargs: dict[str, Any]
    ) -> None:
        self.function = function
        self.in_dims = in_dims
        self.size = size
        self.randomness = randomness
        self.kwargs = kwargs
        self.out_dims: tuple[Any, ...] = ()
        self.saved_dims: tuple[Any, ...] = ()
        self.pushed_dims: tuple[Any, ...] = ()
        self.context: Any = None


class Vectorized(Function):
    """Runs a Function's forward and backward on batched tensors, as a Function of the tensors with their batch axes."""

    generate_vmap_rule = True  # a vmap around the vmap

    @staticmethod
    def forward(ctx: Context, plan: Plan, *values: Any) -> Any:
        """Run the forward under a vmap level of its own."""
        with new_level("vmap", plan.size, plan.randomness) as level, level.finishing():
            given = _batched(level, values, plan.in_dims)
            inner, output = run_forward(plan.function, given, plan.kwargs, ctx.needs_input_grad[1:])
            outputs = _tuple(output)
            parts = [_split(level, value) for value in outputs]
            known = [*zip(given, values, plan.in_dims, strict=True)]
            known += [(here, value, dim) for here, (value, dim) in zip(outputs, parts, strict=True)]
            kept = [_known(level, tensor, known) for tensor in inner._to_save]
            to_push = inner._to_save if inner._to_push is None else inner._to_push
            pushed = [_known(level, tensor, known) for tensor in to_push]
        plan.context = inner
        plan.out_dims = tuple(dim for _, dim in parts)
        plan.saved_dims = tuple(dim for _, dim in kept)
        plan.pushed_dims = tuple(dim for _, dim in pushed)
        ctx.save_for_backward(*(value for value, _ in kept))
        ctx.save_for_forward(*(value for value, _ in pushed))
        ctx.plan = plan  # type: ignore[attr-defined]
        ctx._materialize = inner._materialize
        plain = {id(tensor) for tensor in inner._plain}
        ctx._plain = tuple(value for (value, _), here in zip(parts, outputs, strict=True) if id(here) in plain)
        made = tuple(value for value, _ in parts)
        return _like(output, made)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Run the backward under a vmap level; gradients of arguments without a batch axis are summed over it."""
        plan = ctx.plan
        with new_level("vmap", plan.size, plan.randomness) as level, level.finishing():
            inner = _inner(ctx, plan, level, plan.saved_dims)
            answers = _tuple(plan.function.backward(inner, *_batched(level, gradients, plan.out_dims)))
            parts = [_split(level, answer) for answer in answers]
        xp = classes.tensor_xp
        made = []
        for (value, dim), wanted in zip(parts, plan.in_dims, strict=False):
            if not isinstance(value, TensorCore):
                made.append(value)
            elif wanted is None:
                made.append(value if dim is None else xp.sum(value, axis=dim))
            elif dim is None:
                shape = (*value._shape[:wanted], plan.size, *value._shape[wanted:])
                made.append(xp.broadcast_to(xp.expand_dims(value, axis=wanted), shape))
            else:
                made.append(xp.moveaxis(value, dim, wanted))
        return (None, *made)

    @staticmethod
    def jvp(ctx: Any, _: Any, *tangents: Any) -> Any:
        """Run the tangent rule under a vmap level."""
        plan = ctx.plan
        with new_level("vmap", plan.size, plan.randomness) as level, level.finishing():
            inner = _inner(ctx, plan, level, plan.pushed_dims)
            answers = _tuple(plan.function.jvp(inner, *_batched(level, tangents, plan.in_dims)))
            parts = [_split(level, answer) for answer in answers]
        xp = classes.tensor_xp
        made = []
        for (value, dim), wanted in zip(parts, plan.out_dims, strict=True):
            if isinstance(value, TensorCore) and dim is None and wanted is not None:
                shape = (*value._shape[:wanted], plan.size, *value._shape[wanted:])
                value = xp.broadcast_to(xp.expand_dims(value, axis=wanted), shape)
            made.append(value)
        return tuple(made)


def _inner(ctx: Any, plan: Plan, level: Level, dims: tuple[Any, ...]) -> Context:
    """Return the context of the batched Function, with what was saved as tensors of the level."""
    inner: Context = plan.context.twin()
    inner._to_save = _batched(level, ctx.saved_tensors, dims)
    inner._to_push = None
    return inner


def _batched(level: Level, values: tuple[Any, ...], dims: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        level.tensor(Batched(value, dim)) if dim is not None and isinstance(value, TensorCore) else value
        for value, dim in zip(values, dims, strict=True)
    )


def _split(level: Level, value: Any) -> tuple[Any, Any]:
    """Return (value below, batch axis) of what a batched Function gave."""
    if not _here(level, value):
        return value, None
    return value._data.value, value._data.axis


def _known(level: Level, tensor: Any, known: list[tuple[Any, Any, Any]]) -> tuple[Any, Any]:
    """Return (value below, batch axis) of a saved tensor: the very argument or output where it is one."""
    for here, value, dim in known:
        if here is tensor:
            return value, dim
    return _split(level, tensor)


__all__ = ["Plan", "Vectorized", "VmapInfo", "call_at_level"]
