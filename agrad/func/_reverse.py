"""Reverse mode as transforms of functions: grad, value_and_grad, vjp, linearize.

Each runs the function at a grad level of its own (:mod:`agrad.engine.levels`), so that it nests with every other
transform and an outer tape can differentiate the result.

The confusing case is ``no_grad``. Inside the function it makes constants, at every level. Around a transform it changes nothing in the
transform's answer, but makes that answer a constant to whatever is being differentiated outside.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from agrad.engine.core import TensorCore, wrap
from agrad.engine.grad_level import constant, leaf_of, pull_leaves, zeros_like
from agrad.engine.levels import Level, new_level
from agrad.engine.modes import is_grad_enabled, recording
from agrad.errors import GradError
from agrad.func._arguments import (
    Argnums,
    chosen_arguments,
    replaced,
    require_outputs,
    require_tensors,
    with_aux,
)
from agrad.func._trees import (
    computing_in,
    described,
    flatten,
    lower,
    lower_with,
    map_tree,
    structure,
    to_raw,
    to_tensor,
    to_tensors,
)


def value_and_grad(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """Return a function that gives the value of `func` and its gradient.

    Parameters
    ----------
    func : callable
        Gives a Tensor of shape () and of real floating dtype; with `has_aux` a pair (Tensor, anything).
    argnums : int or tuple of int
        Which positional arguments (trees of Tensors or of raw arrays) to differentiate.
    has_aux : bool
        Whether `func` gives something beside what is differentiated.

    Returns
    -------
    callable
        Takes what `func` takes and gives (value, gradient), or ((value, aux), gradient); the gradient has the structure of the
        argument, or is a tuple of such for a tuple of `argnums`. Raw arrays where the arrays given were raw.

    Raises
    ------
    RuntimeError
        When called: for `argnums` that name no argument, for arguments that are not floating, and for an output that is
        not one number.

    Examples
    --------
    >>> import agrad
    >>> from agrad import func
    >>> value, gradient = func.value_and_grad(lambda x: x * x)(agrad.tensor(3.0))
    >>> float(value), float(gradient)
    (9.0, 6.0)
    """

    @functools.wraps(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        (args, kwargs), raw = to_tensors((args, kwargs))
        numbers, chosen = chosen_arguments(args, argnums)
        outside = is_grad_enabled()
        with new_level("grad") as level, level.finishing(), recording(), computing_in(raw):
            value, aux, gradient = _differentiated(level, func, args, numbers, chosen, kwargs, has_aux)
        result = ((value, aux) if has_aux else value, gradient[0] if isinstance(argnums, int) else gradient)
        if not outside:
            result = lower_with(constant, result)
        return to_raw(result) if raw else result

    return function


def _differentiated(
    level: Level,
    func: Callable[..., Any],
    args: tuple[Any, ...],
    numbers: tuple[int, ...],
    chosen: tuple[Any, ...],
    kwargs: dict[str, Any],
    has_aux: bool,
) -> tuple[Any, Any, Any]:
    """Return (value, aux, gradient tree), of tensors below the level.

    A frame of its own: when it is left, nobody holds what the function returned, and whatever of the level is still alive was captured
    (:mod:`agrad.engine.level_writes`).
    """
    told = "grad_and_value(f)(*args)"
    leaves, spec = flatten(chosen)
    inside = [leaf_of(level, leaf) for leaf in leaves]
    answer = func(*replaced(args, numbers, spec.unflatten(inside)), **kwargs)
    output, aux = with_aux(answer, has_aux, told)
    output = to_tensor(output)
    if not isinstance(output, TensorCore):
        raise GradError(f"{told}: Expected f(*args) to return a Tensor, got {type(output)}")
    if output._shape:
        raise GradError(
            f"{told}: Expected f(*args) to return a scalar Tensor, got tensor with {len(output._shape)} dims: "
            f"shape {output._shape}. Maybe you wanted to use the vjp or jacrev APIs instead? Or reduce it with .sum()."
        )
    pulled = pull_leaves(level, [output], inside, leaves, None)
    return lower(level, output), lower(level, aux), spec.unflatten(pulled)


def grad_and_value(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """Return a function that gives (gradient, value): :func:`value_and_grad` in torch.func's order.

    Examples
    --------
    >>> import agrad
    >>> from agrad import func
    >>> gradient, value = func.grad_and_value(lambda x: x * x)(agrad.tensor(3.0))
    >>> float(gradient), float(value)
    (6.0, 9.0)
    """

    @functools.wraps(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        value, gradient = value_and_grad(func, argnums, has_aux)(*args, **kwargs)
        return gradient, value

    return function


def grad(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """Return the gradient of a function that gives one number.

    Parameters
    ----------
    func, argnums, has_aux
        As in :func:`value_and_grad`.

    Returns
    -------
    callable
        Takes what `func` takes and gives the gradient, or (gradient, aux).

    Examples
    --------
    The third derivative, and a gradient of a dictionary of parameters:

    >>> import agrad
    >>> from agrad import func
    >>> cube = lambda x: x ** 3
    >>> float(func.grad(func.grad(func.grad(cube)))(agrad.tensor(2.0)))
    6.0
    >>> loss = lambda p, x: (p["w"] @ x + p["b"]) ** 2
    >>> parameters = {"w": agrad.tensor([1.0, 2.0]), "b": agrad.tensor(0.5)}
    >>> gradient = func.grad(loss)(parameters, agrad.tensor([1.0, 1.0]))
    >>> gradient["w"].tolist(), gradient["b"].item()
    ([7.0, 7.0], 7.0)
    """

    @functools.wraps(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        value, gradient = value_and_grad(func, argnums, has_aux)(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return function


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """Return ``func(*primals)`` and the function that pulls cotangents back through it.

    Parameters
    ----------
    func : callable
        Gives a tree of floating Tensors; with `has_aux` a pair (tree, anything).
    *primals : trees of Tensors or raw arrays
    has_aux : bool
        Whether there is a third part of the answer: (output, pull, aux).

    Returns
    -------
    output : tree
    pull : callable
        Takes one tree of cotangents, of the output's structure and shapes, and gives a tuple of one tree per primal. It may be
        called any number of times, also under another transform.

    Examples
    --------
    >>> import agrad
    >>> from agrad import func
    >>> value, pull = func.vjp(lambda x: x * x, agrad.tensor([1.0, 2.0]))
    >>> (cotangent,) = pull(agrad.tensor([1.0, 10.0]))
    >>> cotangent.tolist()
    [2.0, 40.0]
    """
    primals, raw = to_tensors(primals, copy=True)
    with computing_in(raw):
        answer = pulling(func, primals, tuple(range(len(primals))), {}, has_aux)
    return (to_raw(answer[0]), _raw_pull(answer[1]), *map(to_raw, answer[2:])) if raw else answer


def pulling(
    func: Callable[..., Any],
    args: tuple[Any, ...],
    numbers: tuple[int, ...],
    kwargs: dict[str, Any],
    has_aux: bool,
) -> tuple[Any, ...]:
    """Return (output, pull) or (output, pull, aux), where pull gives cotangents of some of the arguments."""
    outside = is_grad_enabled()
    with new_level("grad") as level, level.finishing(), recording():
        traced = _traced(level, func, args, numbers, kwargs, has_aux)
    leaves, spec, inside, outputs, out_spec, aux = traced
    values = [lower(level, one, living=True) for one in outputs]

    def pull(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        """Pull cotangents of the output back to the primals."""
        given, _ = to_tensors(cotangents)
        seeds, seed_spec = flatten(given)
        if seed_spec != out_spec:
            raise GradError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the function. "
                f"cotangents: {described(seed_spec)}, primal output: {described(out_spec)}"
            )
        require_tensors(seeds, "vjp_fn(cotangents)", "cotangents")
        for index, (seed, one) in enumerate(zip(seeds, values, strict=True)):
            if seed._shape != one._shape:
                raise GradError(
                    f"Mismatch in shape: grad_output[{index}] has a shape of {list(seed._shape)} and output[{index}] has a "
                    f"shape of {list(one._shape)}. Pass a cotangent of the output's shape."
                )
        pulled = pull_leaves(level, outputs, inside, leaves, seeds, retain=retain_graph)
        if not (is_grad_enabled() if create_graph is None else create_graph):
            pulled = [constant(one) for one in pulled]
        return spec.unflatten(pulled)

    value = out_spec.unflatten(values if outside else [constant(one) for one in values])
    return (value, pull, aux) if has_aux else (value, pull)


def _traced(
    level: Level,
    func: Callable[..., Any],
    args: tuple[Any, ...],
    numbers: tuple[int, ...],
    kwargs: dict[str, Any],
    has_aux: bool,
) -> tuple[Any, ...]:
    """Run a function at a grad level: return its leaves, their structure, them at the level, outputs, their structure, and aux."""
    told = "vjp(f, *primals)"
    leaves, spec = flatten(tuple(args[number] for number in numbers))
    inside = [leaf_of(level, leaf) for leaf in leaves]
    answer = func(*replaced(args, numbers, spec.unflatten(inside)), **kwargs)
    output, aux = with_aux(answer, has_aux, told)
    outputs, out_spec = flatten(output)
    outputs = [to_tensor(one) for one in outputs]
    require_outputs(outputs, told)
    for one in outputs:
        if not one._options.is_inexact:
            raise GradError(
                "vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with dtype "
                f"{one._options.dtype!r}. Return the others as aux."
            )
    # Tensors of our own: whoever holds the function's may write to them.
    return (
        leaves,
        spec,
        inside,
        [wrap(one._data, one._options, one._node) for one in outputs],
        out_spec,
        lower(level, aux, living=True),
    )


def _raw_pull(pull: Callable[..., Any]) -> Callable[..., Any]:
    """Return a pulling function that answers raw cotangents with raw ones."""

    @functools.wraps(pull)
    def pull_raw(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        given, raw = to_tensors(cotangents)
        pulled = pull(given, retain_graph, create_graph)
        return to_raw(pulled) if raw else pulled

    return pull_raw


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """Return ``func(*primals)`` and its derivative there, a linear function of tangents that does not run `func` again.

    The linear function is the transpose of :func:`vjp`'s, which is linear in its cotangents: worth its price where it
    is called several times.

    Parameters
    ----------
    func : callable
        Gives a tree of floating Tensors.
    *primals : trees of Tensors or raw arrays

    Returns
    -------
    output : tree
    push : callable
        Takes one tree of tangents per primal and gives the output's tangents.

    Examples
    --------
    >>> import agrad
    >>> from agrad import func
    >>> value, push = func.linearize(lambda x: x * x, agrad.tensor([1.0, 2.0]))
    >>> push(agrad.tensor([1.0, 10.0])).tolist()
    [2.0, 40.0]
    """
    primals, raw = to_tensors(primals, copy=True)
    leaves, spec = flatten(primals)
    require_tensors(leaves, "linearize(f, *primals)", "primals")
    with computing_in(raw):
        value, pull = vjp(func, *primals)
    _, transposed = vjp(pull, map_tree(zeros_like, value))

    def push(*tangents: Any) -> Any:
        """Push tangents of the primals forward."""
        given, raw_given = to_tensors(tangents)
        directions, direction_spec = flatten(given)
        if direction_spec != spec:
            raise GradError(
                f"Expected the tangents {structure(tangents)} to have the same argspec as the primals {structure(primals)}"
            )
        for index, (direction, leaf) in enumerate(zip(directions, leaves, strict=True)):
            _check_tangent(index, direction, leaf)
        (pushed,) = transposed(given)
        return to_raw(pushed) if raw_given and raw else pushed

    return (to_raw(value) if raw else value), push


def _check_tangent(index: int, tangent: Any, primal: Any) -> None:
    for what, one, other in (
        ("shape", tangent._shape, primal._shape),
        ("device", tangent._options.device, primal._options.device),
        ("dtype", tangent._options.dtype, primal._options.dtype),
    ):
        if one != other:
            raise GradError(
                f"tangent:{index} with {what} {one} in flattened pytree doesn't match the {what} {other} of the "
                "corresponding primal."
            )
