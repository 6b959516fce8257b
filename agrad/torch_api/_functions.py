"""Functions that are one primitive with ``out=``: what is declared beside the primitive is all there is to say.

A declaration has a signature and a docstring, for people and editors, and no body::

    @of_one(elementwise.exp)
    def exp(input: Tensor, *, out: Tensor | None = None) -> Tensor:
        \"\"\"Return the exponential.\"\"\"

The function made of it costs less than one written out would. It finds the primitive in its closure; and it has no keyword-only
parameters, for whose defaults CPython 3.11 pays 70 ns a call, a tenth of a small operation: what is passed by position lands in
`excess` and is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, TypeVar, cast

from agrad.torch_api._out import deliver
from agrad.torch_api.shape_arguments import tensor_of

Declared = TypeVar("Declared", bound=Callable[..., Any])

NOTHING: Any = object()
"""The default of a place where no argument may come."""


def refuse(name: str, most: int) -> TypeError:
    """Return the error for more arguments by position than a function takes."""
    return TypeError(
        f"{name}() takes {most} positional argument{'s' if most > 1 else ''} but more were given. Name the others, such as out=."
    )


def of_one(primitive: Callable[[Any], Any]) -> Callable[[Declared], Declared]:
    """Make ``(input, *, out=None)`` of a primitive; a decorator."""

    def decorate(declared: Declared) -> Declared:
        name = declared.__name__

        def function(input: Any, excess: Any = NOTHING, out: Any = None) -> Any:
            if out is None and excess is NOTHING:
                return primitive(input)
            if excess is not NOTHING:
                raise refuse(name, 1)
            return deliver(name, primitive(input), out)

        return cast("Declared", update_wrapper(function, declared))

    return decorate


def of_two(primitive: Callable[[Any, Any], Any]) -> Callable[[Declared], Declared]:
    """Make ``(input, other, *, out=None)`` of a primitive, either of them a tensor or a number; a decorator."""

    def decorate(declared: Declared) -> Declared:
        name = declared.__name__

        def function(input: Any, other: Any, excess: Any = NOTHING, out: Any = None) -> Any:
            if out is None and excess is NOTHING:
                return primitive(input, other)
            if excess is not NOTHING:
                raise refuse(name, 2)
            return deliver(name, primitive(input, other), out)

        return cast("Declared", update_wrapper(function, declared))

    return decorate


def of_two_tensors(primitive: Callable[[Any, Any], Any]) -> Callable[[Declared], Declared]:
    """Make ``(input, other, *, out=None)`` of a primitive, for tensors and no numbers; a decorator.

    Raises
    ------
    TypeError
        By the function made, in PyTorch's words, for what is no tensor.
    """

    def decorate(declared: Declared) -> Declared:
        name = declared.__name__

        def function(input: Any, other: Any, excess: Any = NOTHING, out: Any = None) -> Any:
            if excess is not NOTHING:
                raise refuse(name, 2)
            result = primitive(tensor_of(name, input), tensor_of(name, other, "other", 2))
            return result if out is None else deliver(name, result, out)

        return cast("Declared", update_wrapper(function, declared))

    return decorate


__all__ = ["NOTHING", "of_one", "of_two", "of_two_tensors", "refuse"]
