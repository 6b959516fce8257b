"""Reverse mode as transforms of functions: grad, value_and_grad, vjp, linearize.

Each runs the function at a grad level of its own (:mod:`agrad.engine.levels`), so that it nests with every other
transform and an outer tape can differentiate the result.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from agrad.engine.core import TensorCore
from agrad.engine.grad_level import leaf_of, pull_leaves, zeros_like
from agrad.engine.levels import new_level
from agrad.engine.modes import recording
from agrad.errors import GradError
from agrad.func._trees import flatten, lower, map_tree, to_raw, to_tensors

Argnums = int | tuple[int, ...]


def _split(args: tuple[Any, ...], argnums: Argnums) -> tuple[tuple[int, ...], tuple[Any, ...]]:
    several = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for number in several:
        if not -len(args) <= number < len(args):
            raise ValueError(f"argnums={argnums} asks for argument {number} of {len(args)} arguments.")
    numbers = tuple(number % len(args) for number in several)
    return numbers, tuple(args[number] for number in numbers)


def _with(args: tuple[Any, ...], numbers: tuple[int, ...], chosen: tuple[Any, ...]) -> tuple[Any, ...]:
    replaced = list(args)
    for number, value in zip(numbers, chosen, strict=True):
        replaced[number] = value
    return tuple(replaced)


def _aux_of(answer: Any, has_aux: bool, function: str) -> tuple[Any, Any]:
    if not has_aux:
        return answer, None
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise TypeError(
            f"{function} with has_aux=True needs a function that returns (output, aux), not {type(answer).__name__}."
        )
    return answer


def value_and_grad(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """Return a function that gives the value of `func` and its gradient.

    Parameters
    ----------
    func : callable
        Gives a scalar Tensor of floating dtype; with `has_aux` a pair (scalar, anything).
    argnums : int or tuple of int
        Which positional arguments (trees of Tensors or of raw arrays) to differentiate.
    has_aux : bool

    Returns
    -------
    callable
        Gives (value, gradient), or ((value, aux), gradient); raw arrays where the arrays given were raw.

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
        numbers, chosen = _split(args, argnums)
        leaves, spec = flatten(chosen)
        with new_level("grad") as level, recording():
            inside = [leaf_of(level, leaf, "grad") for leaf in leaves]
            output, aux = _aux_of(func(*_with(args, numbers, spec.unflatten(inside)), **kwargs), has_aux, "grad")
            if not isinstance(output, TensorCore):
                raise TypeError(f"grad needs a function that returns a Tensor; got {type(output).__name__}.")
            if output._shape:
                raise GradError(
                    f"grad needs a function that returns a scalar; got shape {output._shape}. "
                    "Reduce it with .sum(), or use vjp or jacrev."
                )
            pulled = pull_leaves(level, [output], inside, leaves, None)
            value, aux = level.raw(output), lower(level, aux)
        tree = spec.unflatten(pulled)
        answer = ((value, aux) if has_aux else value, tree[0] if isinstance(argnums, int) else tree)
        return to_raw(answer) if raw else answer

    return function


def grad_and_value(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """Return a function that gives (gradient, value): :func:`value_and_grad` in torch.func's order."""

    @functools.wraps(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        value, gradient = value_and_grad(func, argnums, has_aux)(*args, **kwargs)
        return gradient, value

    return function


def grad(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """Return the gradient of a function that gives a scalar.

    Parameters are :func:`value_and_grad`'s; with `has_aux` the answer is (gradient, aux).

    Examples
    --------
    >>> import agrad
    >>> from agrad import func
    >>> cube = lambda x: x ** 3
    >>> float(func.grad(func.grad(cube))(agrad.tensor(2.0)))
    12.0
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
    *primals : trees of Tensors or raw arrays
    has_aux : bool
        `func` gives (output, aux), and so does this: (output, pull, aux).

    Returns
    -------
    (output, pull)
        pull takes cotangents of the output's tree and gives a tuple of one cotangent tree per primal.

    Examples
    --------
    >>> import agrad
    >>> from agrad import func
    >>> value, pull = func.vjp(lambda x: x * x, agrad.tensor([1.0, 2.0]))
    >>> (cotangent,) = pull(agrad.tensor([1.0, 10.0]))
    >>> float(cotangent[0]), float(cotangent[1])
    (2.0, 40.0)
    """
    primals, raw = to_tensors(primals)
    leaves, spec = flatten(primals)
    with new_level("grad") as level, recording():
        inside = [leaf_of(level, leaf, "vjp") for leaf in leaves]
        output, aux = _aux_of(func(*spec.unflatten(inside)), has_aux, "vjp")
        outputs, out_spec = flatten(output)
        value = lower(level, output)
        aux = lower(level, aux)

    def pull(*cotangents: Any) -> Any:
        """Pull cotangents of the output back to the primals."""
        given = cotangents[0] if len(cotangents) == 1 else cotangents
        given, raw_given = to_tensors(given)
        seeds, seed_spec = flatten(given)
        if len(seeds) != len(outputs) or (seed_spec != out_spec and len(seeds) > 1):
            raise GradError(f"vjp: expected cotangents of the output's structure {out_spec}; received {seed_spec}.")
        for index, (seed, one) in enumerate(zip(seeds, outputs, strict=True)):
            if seed._shape != one._shape:
                raise GradError(f"vjp: cotangent {index} has shape {seed._shape} and its output {one._shape}.")
        pulled = spec.unflatten(pull_leaves(level, outputs, inside, leaves, seeds))
        return to_raw(pulled) if raw_given and raw else pulled

    value = to_raw(value) if raw else value
    return (value, pull, to_raw(aux) if raw else aux) if has_aux else (value, pull)


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """Return ``func(*primals)`` and its derivative there, a linear function of tangents that does not run `func` again.

    The linear function is the transpose of :func:`vjp`'s, which is linear in its cotangents.
    """
    primals, raw = to_tensors(primals)
    value, pull = vjp(func, *primals)
    _, transposed = vjp(pull, map_tree(zeros_like, value))

    def push(*tangents: Any) -> Any:
        """Push tangents of the primals forward."""
        tangents, raw_given = to_tensors(tangents)
        (pushed,) = transposed(tangents)
        return to_raw(pushed) if raw_given and raw else pushed

    return (to_raw(value) if raw else value), push
