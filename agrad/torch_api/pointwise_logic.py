"""Logic and bits, element by element; none of it has a derivative.

The confusing case: ``logical_not`` of an integer asks whether it is 0, ``bitwise_not`` flips its bits; of bools the two are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.primitives import elementwise
from agrad.torch_api._functions import of_one, of_two, of_two_tensors

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Operand = Any


@of_one(elementwise.logical_not)
def logical_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return whether each element is zero (false)."""


@of_one(elementwise.bitwise_invert)
def bitwise_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return integers with all bits flipped, bools negated."""


@of_two_tensors(elementwise.logical_and)
def logical_and(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return whether both are true (not zero)."""


@of_two_tensors(elementwise.logical_or)
def logical_or(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return whether either is true (not zero)."""


@of_two_tensors(elementwise.logical_xor)
def logical_xor(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return whether one alone is true (not zero)."""


@of_two(elementwise.bitwise_and)
def bitwise_and(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the bits set in both."""


@of_two(elementwise.bitwise_or)
def bitwise_or(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the bits set in either."""


@of_two(elementwise.bitwise_xor)
def bitwise_xor(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the bits set in one alone."""


@of_two(elementwise.bitwise_left_shift)
def bitwise_left_shift(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the bits of `input` moved up by `other`."""


@of_two(elementwise.bitwise_right_shift)
def bitwise_right_shift(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the bits of `input` moved down by `other`, keeping the sign."""


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
