"""Comparison, logic and bits, element by element and whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.engine.core import TensorCore
from agrad.primitives import elementwise
from agrad.torch_api import comparison, pointwise_logic

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Operand = Any


class LogicMixin(TensorCore):
    """Comparison, logic and bits, element by element and whole."""

    __slots__ = ()

    def eq(self: Any, other: Operand) -> Tensor:
        """Return whether ``self == other``."""
        return elementwise.equal(self, other)

    def ne(self: Any, other: Operand) -> Tensor:
        """Return whether ``self != other``."""
        return elementwise.not_equal(self, other)

    def lt(self: Any, other: Operand) -> Tensor:
        """Return whether ``self < other``."""
        return elementwise.less(self, other)

    def le(self: Any, other: Operand) -> Tensor:
        """Return whether ``self <= other``."""
        return elementwise.less_equal(self, other)

    def gt(self: Any, other: Operand) -> Tensor:
        """Return whether ``self > other``."""
        return elementwise.greater(self, other)

    def ge(self: Any, other: Operand) -> Tensor:
        """Return whether ``self >= other``."""
        return elementwise.greater_equal(self, other)

    def not_equal(self: Any, other: Operand) -> Tensor:
        """Return whether ``self != other``: :func:`ne`."""
        return comparison.not_equal(self, other)

    def less(self: Any, other: Operand) -> Tensor:
        """Return whether ``self < other``: :func:`lt`."""
        return comparison.less(self, other)

    def less_equal(self: Any, other: Operand) -> Tensor:
        """Return whether ``self <= other``: :func:`le`."""
        return comparison.less_equal(self, other)

    def greater(self: Any, other: Operand) -> Tensor:
        """Return whether ``self > other``: :func:`gt`."""
        return comparison.greater(self, other)

    def greater_equal(self: Any, other: Operand) -> Tensor:
        """Return whether ``self >= other``: :func:`ge`."""
        return comparison.greater_equal(self, other)

    def equal(self: Any, other: Tensor) -> bool:
        """Return whether two tensors have one shape and equal elements; nan equals nothing."""
        return comparison.equal(self, other)

    def isclose(self: Any, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
        """Return whether ``abs(self - other) <= atol + rtol * abs(other)``."""
        return comparison.isclose(self, other, rtol, atol, equal_nan)

    def allclose(self: Any, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
        """Return whether all elements are close: :func:`isclose`."""
        return comparison.allclose(self, other, rtol, atol, equal_nan)

    def isnan(self: Any) -> Tensor:
        """Return whether each element is nan."""
        return comparison.isnan(self)

    def isinf(self: Any) -> Tensor:
        """Return whether each element is an infinity."""
        return comparison.isinf(self)

    def isfinite(self: Any) -> Tensor:
        """Return whether each element is finite."""
        return comparison.isfinite(self)

    def isposinf(self: Any) -> Tensor:
        """Return whether each element is the positive infinity."""
        return comparison.isposinf(self)

    def isneginf(self: Any) -> Tensor:
        """Return whether each element is the negative infinity."""
        return comparison.isneginf(self)

    def isreal(self: Any) -> Tensor:
        """Return whether each element has an imaginary part of 0, as all real ones have."""
        return comparison.isreal(self)

    def logical_not(self: Any) -> Tensor:
        """Return whether each element is zero (false)."""
        return elementwise.logical_not(self)

    def bitwise_not(self: Any) -> Tensor:
        """Return integers with all bits flipped, bools negated."""
        return elementwise.bitwise_invert(self)

    def logical_and(self: Any, other: Tensor) -> Tensor:
        """Return whether both are true (not zero)."""
        return pointwise_logic.logical_and(self, other)

    def logical_or(self: Any, other: Tensor) -> Tensor:
        """Return whether either is true (not zero)."""
        return pointwise_logic.logical_or(self, other)

    def logical_xor(self: Any, other: Tensor) -> Tensor:
        """Return whether one alone is true (not zero)."""
        return pointwise_logic.logical_xor(self, other)

    def bitwise_and(self: Any, other: Operand) -> Tensor:
        """Return the bits set in both."""
        return pointwise_logic.bitwise_and(self, other)

    def bitwise_or(self: Any, other: Operand) -> Tensor:
        """Return the bits set in either."""
        return pointwise_logic.bitwise_or(self, other)

    def bitwise_xor(self: Any, other: Operand) -> Tensor:
        """Return the bits set in one alone."""
        return pointwise_logic.bitwise_xor(self, other)

    def bitwise_left_shift(self: Any, other: Operand) -> Tensor:
        """Return the bits of the tensor moved up by `other`."""
        return pointwise_logic.bitwise_left_shift(self, other)

    def bitwise_right_shift(self: Any, other: Operand) -> Tensor:
        """Return the bits of the tensor moved down by `other`, keeping the sign."""
        return pointwise_logic.bitwise_right_shift(self, other)


__all__ = ["LogicMixin"]
