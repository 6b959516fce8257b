"""Logic and bits, element by element; none of it has a derivative.

The confusing case: ``logical_not`` of an integer asks whether it is 0, ``bitwise_not`` flips its bits; of bools the two are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.primitives import elementwise
from agrad.torch_api._out import deliver
from agrad.torch_api.shape_arguments import tensor_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Operand = Any


def logical_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return whether each element is zero (false)."""
    result = elementwise.logical_not(input)
    return result if out is None else deliver("logical_not", result, out)


def bitwise_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return integers with all bits flipped, bools negated."""
    result = elementwise.bitwise_invert(input)
    return result if out is None else deliver("bitwise_not", result, out)


def logical_and(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return whether both are true (not zero)."""
    result = elementwise.logical_and(tensor_of("logical_and", input), tensor_of("logical_and", other, "other", 2))
    return result if out is None else deliver("logical_and", result, out)


def logical_or(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return whether either is true (not zero)."""
    result = elementwise.logical_or(tensor_of("logical_or", input), tensor_of("logical_or", other, "other", 2))
    return result if out is None else deliver("logical_or", result, out)


def logical_xor(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return whether one alone is true (not zero)."""
    result = elementwise.logical_xor(tensor_of("logical_xor", input), tensor_of("logical_xor", other, "other", 2))
    return result if out is None else deliver("logical_xor", result, out)


def bitwise_and(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the bits set in both."""
    result = elementwise.bitwise_and(input, other)
    return result if out is None else deliver("bitwise_and", result, out)


def bitwise_or(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the bits set in either."""
    result = elementwise.bitwise_or(input, other)
    return result if out is None else deliver("bitwise_or", result, out)


def bitwise_xor(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the bits set in one alone."""
    result = elementwise.bitwise_xor(input, other)
    return result if out is None else deliver("bitwise_xor", result, out)


def bitwise_left_shift(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the bits of `input` moved up by `other`."""
    result = elementwise.bitwise_left_shift(input, other)
    return result if out is None else deliver("bitwise_left_shift", result, out)


def bitwise_right_shift(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the bits of `input` moved down by `other`, keeping the sign."""
    result = elementwise.bitwise_right_shift(input, other)
    return result if out is None else deliver("bitwise_right_shift", result, out)


__all__ = [
    "bitwise_and",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
]
