"""What shape functions are told: sizes as separate numbers or one sequence, and which axis is meant.

The confusing case: an empty list of sizes is a shape of no dimensions when it is written ``view(())``, and a forgotten
argument when it is written ``view()``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from agrad.backend import backend_of
from agrad.engine.core import TensorCore
from agrad.engine.general import as_operand
from agrad.errors import AgradError, IndexOutOfRange
from agrad.torch_api import naming


class ArgumentTypeError(AgradError, TypeError):
    """An argument of a type that a function does not take."""


def tensor_of(name: str, value: Any, argument: str = "input", position: int = 1) -> Any:
    """Return a Tensor as it is, and a backend's array as one.

    Raises
    ------
    TypeError
        "cat(): argument 'input' (position 1) must be Tensor, not list".
    """
    if isinstance(value, TensorCore):
        return value
    if isinstance(value, (bool, int, float, complex)) or backend_of(value) is None:
        raise ArgumentTypeError(
            f"{name}(): argument '{argument}' (position {position}) must be Tensor, not {type(value).__name__}. "
            "Make it one first: agrad.tensor(value)."
        )
    return as_operand(value)


def tensors_of(name: str, values: Any) -> tuple[Any, ...]:
    """Return a list or tuple of Tensors as a tuple.

    Raises
    ------
    TypeError
        "cat(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor".
    """
    if not isinstance(values, (list, tuple)):
        raise ArgumentTypeError(
            f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not {type(values).__name__}"
        )
    for index, value in enumerate(values):
        if not isinstance(value, TensorCore):
            if isinstance(value, (bool, int, float, complex)) or backend_of(value) is None:
                raise ArgumentTypeError(
                    f"expected Tensor as element {index} in argument 0, but got {type(value).__name__}. "
                    f"{name}() takes tensors alone: agrad.tensor(value)."
                )
            values = [as_operand(one) for one in values]
    return tuple(values)


def several(name: str, tensors: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return tensors given one by one or as one list or tuple."""
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        return tensors_of(name, tensors[0])
    return tuple(tensor_of(name, tensor, "tensors", position) for position, tensor in enumerate(tensors, start=1))


def ints_of(name: str, given: tuple[Any, ...], keyword: Any = None, argument: str = "size") -> tuple[int, ...]:
    """Return numbers given one by one, as one sequence or by keyword, as a tuple of ints.

    Raises
    ------
    TypeError
        For no numbers at all, and for what is no integer.
    """
    if keyword is not None:
        given = (*given, keyword)
    if len(given) == 1 and not hasattr(given[0], "__index__") and isinstance(given[0], Iterable):
        given = tuple(given[0])
    elif not given:
        raise ArgumentTypeError(
            f'{name}() missing 1 required positional arguments: "{argument}". For a shape of no dimensions: {name}(())'
        )
    for number in given:
        if type(number) is not int:
            return tuple(_int_of(name, number, argument) for number in given)
    return given


def _int_of(name: str, number: Any, argument: str) -> int:
    if not hasattr(number, "__index__"):
        if isinstance(number, str) and argument == "dims":
            return number  # type: ignore[return-value]  # the name of an axis: see naming.number
        raise ArgumentTypeError(
            f"{name}() received an invalid combination of arguments - {argument} must be ints; "
            f"received {type(number).__name__}"
        )
    return int(number.__index__())


def axis_of(dim: Any, ndim: int, named: Any = None) -> int:
    """Return an axis counted from the front; a tensor of no dimensions has an axis 0.

    Parameters
    ----------
    dim : int, or the name of an axis of the tensor `named`

    Raises
    ------
    IndexError
        "Dimension out of range (expected to be in range of [-2, 1], but got 5)".
    TypeError
        For what is no integer.
    """
    if type(dim) is not int:
        if isinstance(dim, str) and named is not None:
            return naming.axis_of(naming.names_of(named), dim)
        dim = _int_of("dim", dim, "dim")
    bound = ndim or 1
    if not -bound <= dim < bound:
        raise IndexOutOfRange(
            f"Dimension out of range (expected to be in range of [{-bound}, {bound - 1}], but got {dim})"
        )
    return dim + bound if dim < 0 else dim


def choose(name: str, dim: Any, axis: Any, argument: str = "dim") -> Any:
    """Return what was given as ``dim`` or as ``axis``.

    Raises
    ------
    TypeError
        When neither was.
    """
    if dim is None:
        dim = axis
    if dim is None:
        raise ArgumentTypeError(f'{name}() missing 1 required positional arguments: "{argument}"')
    return dim


def negative_size(sizes: Sequence[int]) -> int | None:
    """Return the first negative size, or None."""
    return next((size for size in sizes if size < 0), None)


__all__ = [
    "ArgumentTypeError",
    "axis_of",
    "choose",
    "ints_of",
    "negative_size",
    "several",
    "tensor_of",
    "tensors_of",
]
