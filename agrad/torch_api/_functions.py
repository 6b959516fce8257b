"""Functions that are one primitive with ``out=``: what is declared beside the primitive is all there is to say.

A declaration has a signature and a docstring, for people and editors, and no body::

    @of_one(elementwise.exp)
    def exp(input: Tensor, *, out: Tensor | None = None) -> Tensor:
        \"\"\"Return the exponential.\"\"\"

The function made of it costs less than one written out would: it finds the primitive in its closure.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, TypeVar, cast

from agrad.torch_api._out import deliver
from agrad.torch_api.shape_arguments import tensor_of

Declared = TypeVar("Declared", bound=Callable[..., Any])


def of_one(primitive: Callable[[Any], Any]) -> Callable[[Declared], Declared]:
    """Make ``(input, *, out=None)`` of a primitive; a decorator."""

    def decorate(declared: Declared) -> Declared:
        name = declared.__name__

        def function(input: Any, *, out: Any = None) -> Any:
            if out is None:
                return primitive(input)
            return deliver(name, primitive(input), out)

        return cast("Declared", update_wrapper(function, declared))

    return decorate


def of_two(primitive: Callable[[Any, Any], Any]) -> Callable[[Declared], Declared]:
    """Make ``(input, other, *, out=None)`` of a primitive, either of them a tensor or a number; a decorator."""

    def decorate(declared: Declared) -> Declared:
        name = declared.__name__

        def function(input: Any, other: Any, *, out: Any = None) -> Any:
            if out is None:
                return primitive(input, other)
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

        def function(input: Any, other: Any, *, out: Any = None) -> Any:
            result = primitive(tensor_of(name, input), tensor_of(name, other, "other", 2))
            return result if out is None else deliver(name, result, out)

        return cast("Declared", update_wrapper(function, declared))

    return decorate


__all__ = ["of_one", "of_two", "of_two_tensors"]
