"""Functions, comparison and logic in place: methods whose names end in an underscore."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.engine.core import TensorCore
from agrad.torch_api import inplace_functions

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Operand = Any


class FunctionInPlaceMixin(TensorCore):
    """Functions, comparison and logic in place: methods whose names end in an underscore."""

    __slots__ = ()

    def exp_(self: Any) -> Tensor:
        """Write :meth:`exp` of the tensor into it, and return it."""
        return inplace_functions.exp_(self)

    def exp2_(self: Any) -> Tensor:
        """Write :meth:`exp2` of the tensor into it, and return it."""
        return inplace_functions.exp2_(self)

    def expm1_(self: Any) -> Tensor:
        """Write :meth:`expm1` of the tensor into it, and return it."""
        return inplace_functions.expm1_(self)

    def log_(self: Any) -> Tensor:
        """Write :meth:`log` of the tensor into it, and return it."""
        return inplace_functions.log_(self)

    def log2_(self: Any) -> Tensor:
        """Write :meth:`log2` of the tensor into it, and return it."""
        return inplace_functions.log2_(self)

    def log10_(self: Any) -> Tensor:
        """Write :meth:`log10` of the tensor into it, and return it."""
        return inplace_functions.log10_(self)

    def log1p_(self: Any) -> Tensor:
        """Write :meth:`log1p` of the tensor into it, and return it."""
        return inplace_functions.log1p_(self)

    def sin_(self: Any) -> Tensor:
        """Write :meth:`sin` of the tensor into it, and return it."""
        return inplace_functions.sin_(self)

    def cos_(self: Any) -> Tensor:
        """Write :meth:`cos` of the tensor into it, and return it."""
        return inplace_functions.cos_(self)

    def tan_(self: Any) -> Tensor:
        """Write :meth:`tan` of the tensor into it, and return it."""
        return inplace_functions.tan_(self)

    def asin_(self: Any) -> Tensor:
        """Write :meth:`asin` of the tensor into it, and return it."""
        return inplace_functions.asin_(self)

    def arcsin_(self: Any) -> Tensor:
        """Write :meth:`arcsin` of the tensor into it, and return it."""
        return inplace_functions.arcsin_(self)

    def acos_(self: Any) -> Tensor:
        """Write :meth:`acos` of the tensor into it, and return it."""
        return inplace_functions.acos_(self)

    def arccos_(self: Any) -> Tensor:
        """Write :meth:`arccos` of the tensor into it, and return it."""
        return inplace_functions.arccos_(self)

    def atan_(self: Any) -> Tensor:
        """Write :meth:`atan` of the tensor into it, and return it."""
        return inplace_functions.atan_(self)

    def arctan_(self: Any) -> Tensor:
        """Write :meth:`arctan` of the tensor into it, and return it."""
        return inplace_functions.arctan_(self)

    def sinh_(self: Any) -> Tensor:
        """Write :meth:`sinh` of the tensor into it, and return it."""
        return inplace_functions.sinh_(self)

    def cosh_(self: Any) -> Tensor:
        """Write :meth:`cosh` of the tensor into it, and return it."""
        return inplace_functions.cosh_(self)

    def tanh_(self: Any) -> Tensor:
        """Write :meth:`tanh` of the tensor into it, and return it."""
        return inplace_functions.tanh_(self)

    def asinh_(self: Any) -> Tensor:
        """Write :meth:`asinh` of the tensor into it, and return it."""
        return inplace_functions.asinh_(self)

    def arcsinh_(self: Any) -> Tensor:
        """Write :meth:`arcsinh` of the tensor into it, and return it."""
        return inplace_functions.arcsinh_(self)

    def acosh_(self: Any) -> Tensor:
        """Write :meth:`acosh` of the tensor into it, and return it."""
        return inplace_functions.acosh_(self)

    def arccosh_(self: Any) -> Tensor:
        """Write :meth:`arccosh` of the tensor into it, and return it."""
        return inplace_functions.arccosh_(self)

    def atanh_(self: Any) -> Tensor:
        """Write :meth:`atanh` of the tensor into it, and return it."""
        return inplace_functions.atanh_(self)

    def arctanh_(self: Any) -> Tensor:
        """Write :meth:`arctanh` of the tensor into it, and return it."""
        return inplace_functions.arctanh_(self)

    def deg2rad_(self: Any) -> Tensor:
        """Write :meth:`deg2rad` of the tensor into it, and return it."""
        return inplace_functions.deg2rad_(self)

    def rad2deg_(self: Any) -> Tensor:
        """Write :meth:`rad2deg` of the tensor into it, and return it."""
        return inplace_functions.rad2deg_(self)

    def erf_(self: Any) -> Tensor:
        """Write :meth:`erf` of the tensor into it, and return it."""
        return inplace_functions.erf_(self)

    def erfc_(self: Any) -> Tensor:
        """Write :meth:`erfc` of the tensor into it, and return it."""
        return inplace_functions.erfc_(self)

    def erfinv_(self: Any) -> Tensor:
        """Write :meth:`erfinv` of the tensor into it, and return it."""
        return inplace_functions.erfinv_(self)

    def lgamma_(self: Any) -> Tensor:
        """Write :meth:`lgamma` of the tensor into it, and return it."""
        return inplace_functions.lgamma_(self)

    def digamma_(self: Any) -> Tensor:
        """Write :meth:`digamma` of the tensor into it, and return it."""
        return inplace_functions.digamma_(self)

    def i0_(self: Any) -> Tensor:
        """Write :meth:`i0` of the tensor into it, and return it."""
        return inplace_functions.i0_(self)

    def sinc_(self: Any) -> Tensor:
        """Write :meth:`sinc` of the tensor into it, and return it."""
        return inplace_functions.sinc_(self)

    def sigmoid_(self: Any) -> Tensor:
        """Write :meth:`sigmoid` of the tensor into it, and return it."""
        return inplace_functions.sigmoid_(self)

    def atan2_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`atan2` of the tensor and `other` into it, and return it."""
        return inplace_functions.atan2_(self, other)

    def arctan2_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`arctan2` of the tensor and `other` into it, and return it."""
        return inplace_functions.arctan2_(self, other)

    def xlogy_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`xlogy` of the tensor and `other` into it, and return it."""
        return inplace_functions.xlogy_(self, other)

    def igamma_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`igamma` of the tensor and `other` into it, and return it."""
        return inplace_functions.igamma_(self, other)

    def igammac_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`igammac` of the tensor and `other` into it, and return it."""
        return inplace_functions.igammac_(self, other)

    def eq_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`eq` of the tensor and `other` into it, and return it."""
        return inplace_functions.eq_(self, other)

    def ne_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`ne` of the tensor and `other` into it, and return it."""
        return inplace_functions.ne_(self, other)

    def not_equal_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`not_equal` of the tensor and `other` into it, and return it."""
        return inplace_functions.not_equal_(self, other)

    def lt_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`lt` of the tensor and `other` into it, and return it."""
        return inplace_functions.lt_(self, other)

    def less_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`less` of the tensor and `other` into it, and return it."""
        return inplace_functions.less_(self, other)

    def le_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`le` of the tensor and `other` into it, and return it."""
        return inplace_functions.le_(self, other)

    def less_equal_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`less_equal` of the tensor and `other` into it, and return it."""
        return inplace_functions.less_equal_(self, other)

    def gt_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`gt` of the tensor and `other` into it, and return it."""
        return inplace_functions.gt_(self, other)

    def greater_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`greater` of the tensor and `other` into it, and return it."""
        return inplace_functions.greater_(self, other)

    def ge_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`ge` of the tensor and `other` into it, and return it."""
        return inplace_functions.ge_(self, other)

    def greater_equal_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`greater_equal` of the tensor and `other` into it, and return it."""
        return inplace_functions.greater_equal_(self, other)

    def logical_and_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`logical_and` of the tensor and `other` into it, and return it."""
        return inplace_functions.logical_and_(self, other)

    def logical_or_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`logical_or` of the tensor and `other` into it, and return it."""
        return inplace_functions.logical_or_(self, other)

    def logical_xor_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`logical_xor` of the tensor and `other` into it, and return it."""
        return inplace_functions.logical_xor_(self, other)

    def bitwise_and_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`bitwise_and` of the tensor and `other` into it, and return it."""
        return inplace_functions.bitwise_and_(self, other)

    def bitwise_or_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`bitwise_or` of the tensor and `other` into it, and return it."""
        return inplace_functions.bitwise_or_(self, other)

    def bitwise_xor_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`bitwise_xor` of the tensor and `other` into it, and return it."""
        return inplace_functions.bitwise_xor_(self, other)

    def bitwise_left_shift_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`bitwise_left_shift` of the tensor and `other` into it, and return it."""
        return inplace_functions.bitwise_left_shift_(self, other)

    def bitwise_right_shift_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`bitwise_right_shift` of the tensor and `other` into it, and return it."""
        return inplace_functions.bitwise_right_shift_(self, other)

    def logit_(self: Any, eps: float | None = None) -> Tensor:
        """Write :meth:`logit` of the tensor into it, and return it."""
        return inplace_functions.logit_(self, eps)

    def polygamma_(self: Any, n: int) -> Tensor:
        """Write the derivative of order `n` of digamma of the tensor into it, and return it."""
        return inplace_functions.polygamma_(self, n)

    def mvlgamma_(self: Any, p: int) -> Tensor:
        """Write :meth:`mvlgamma` of the tensor into it, and return it."""
        return inplace_functions.mvlgamma_(self, p)


__all__ = ["FunctionInPlaceMixin"]
