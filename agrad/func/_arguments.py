"""What the transforms ask of their arguments and of what a function returns, in torch.func's words."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from agrad.engine.core import TensorCore
from agrad.errors import AgradError, GradError

Argnums = int | tuple[int, ...]


class TransformError(AgradError, ValueError):
    """An argument that a transform cannot take: PyTorch's ValueError."""


def name_of(func: Callable[..., Any]) -> str:
    """Return what messages call a function."""
    if isinstance(func, functools.partial):
        return f"functools.partial({name_of(func.func)}, ...)"
    return str(getattr(func, "__name__", None) or repr(func))


def chosen_arguments(args: tuple[Any, ...], argnums: Any) -> tuple[tuple[int, ...], tuple[Any, ...]]:
    """Return which arguments `argnums` names, counted from the front, and the arguments.

    Raises
    ------
    GradError
        A RuntimeError: for what is no int or tuple of ints, for numbers out of range, for none and for repeated ones.
    """
    if isinstance(argnums, bool) or not isinstance(argnums, (int, tuple)):
        raise GradError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}. Name arguments by position.")
    several = argnums if isinstance(argnums, tuple) else (argnums,)
    if not several:
        raise GradError("argnums must be non-empty. Name at least one argument to differentiate.")
    numbers = tuple(_argument(number, len(args)) for number in several)
    if len(set(numbers)) != len(numbers):
        raise GradError(f"argnums elements must be unique, got {numbers}. Name each argument once.")
    return numbers, tuple(args[number] for number in numbers)


def _argument(number: Any, count: int) -> int:
    if isinstance(number, bool) or not isinstance(number, int):
        raise GradError(f"argnum must be int, got: {type(number)}. Name arguments by position.")
    if not -count <= number < count:
        raise GradError(
            f"Got argnum={number}, but only {count} positional inputs. Only positional arguments can be differentiated."
        )
    return number % count


def replaced(args: tuple[Any, ...], numbers: tuple[int, ...], chosen: Sequence[Any]) -> tuple[Any, ...]:
    """Return the arguments with others at these positions."""
    new = list(args)
    for number, value in zip(numbers, chosen, strict=True):
        new[number] = value
    return tuple(new)


def with_aux(answer: Any, has_aux: bool, told: str) -> tuple[Any, Any]:
    """Return (output, aux) of what a function returned.

    Raises
    ------
    GradError
        When `has_aux` says that there are two parts and there are not.
    """
    if not has_aux:
        return answer, None
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise GradError(
            f"{told}: output of function f should be a tuple: (output, aux) if has_aux is True; "
            f"received {type(answer).__name__}."
        )
    return answer


def require_tensors(leaves: Sequence[Any], told: str, what: str) -> None:
    """Raise unless all leaves of an argument are Tensors, and there is one.

    Raises
    ------
    GradError
    """
    if not leaves:
        raise GradError(f"{told}: Expected {what} to contain at least one Tensor.")
    for leaf in leaves:
        if not isinstance(leaf, TensorCore):
            raise GradError(f"{told}: Expected {what} to only contain Tensors, got {type(leaf)}.")


def require_outputs(leaves: Sequence[Any], told: str) -> None:
    """Raise unless a function returned Tensors, at least one, and nothing else.

    Raises
    ------
    GradError
    """
    if not leaves or list(leaves) == [None]:
        raise GradError(f"{told}: Expected f to be a function that has non-empty output (got output = {list(leaves)})")
    for leaf in leaves:
        if not isinstance(leaf, TensorCore):
            raise GradError(f"{told}: expected f(*primals) to return only tensors, got unsupported type {type(leaf)}")


def require_real(leaves: Sequence[Any], told: str, what: str) -> None:
    """Raise for a complex Tensor, whose Jacobian is no single matrix.

    Raises
    ------
    GradError
    """
    for index, leaf in enumerate(leaves):
        if isinstance(leaf, TensorCore) and leaf._options.is_complex:
            raise GradError(
                f"{told}: Expected all {what} to be real but received complex tensor at flattened input idx: {index}. "
                "Differentiate the real and imaginary parts, or use vjp and jvp."
            )
