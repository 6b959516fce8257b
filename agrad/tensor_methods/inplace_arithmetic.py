"""Arithmetic in place: methods whose names end in an underscore."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.engine.core import TensorCore
from agrad.torch_api import inplace_arithmetic

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Operand = Any
Number = complex


class ArithmeticInPlaceMixin(TensorCore):
    """Arithmetic in place: methods whose names end in an underscore."""

    __slots__ = ()

    def neg_(self: Any) -> Tensor:
        """Write :meth:`neg` of the tensor into it, and return it."""
        return inplace_arithmetic.neg_(self)

    def negative_(self: Any) -> Tensor:
        """Write :meth:`negative` of the tensor into it, and return it."""
        return inplace_arithmetic.negative_(self)

    def reciprocal_(self: Any) -> Tensor:
        """Write :meth:`reciprocal` of the tensor into it, and return it."""
        return inplace_arithmetic.reciprocal_(self)

    def square_(self: Any) -> Tensor:
        """Write :meth:`square` of the tensor into it, and return it."""
        return inplace_arithmetic.square_(self)

    def sqrt_(self: Any) -> Tensor:
        """Write :meth:`sqrt` of the tensor into it, and return it."""
        return inplace_arithmetic.sqrt_(self)

    def rsqrt_(self: Any) -> Tensor:
        """Write :meth:`rsqrt` of the tensor into it, and return it."""
        return inplace_arithmetic.rsqrt_(self)

    def abs_(self: Any) -> Tensor:
        """Write :meth:`abs` of the tensor into it, and return it."""
        return inplace_arithmetic.abs_(self)

    def absolute_(self: Any) -> Tensor:
        """Write :meth:`absolute` of the tensor into it, and return it."""
        return inplace_arithmetic.absolute_(self)

    def sign_(self: Any) -> Tensor:
        """Write :meth:`sign` of the tensor into it, and return it."""
        return inplace_arithmetic.sign_(self)

    def sgn_(self: Any) -> Tensor:
        """Write :meth:`sgn` of the tensor into it, and return it."""
        return inplace_arithmetic.sgn_(self)

    def ceil_(self: Any) -> Tensor:
        """Write :meth:`ceil` of the tensor into it, and return it."""
        return inplace_arithmetic.ceil_(self)

    def floor_(self: Any) -> Tensor:
        """Write :meth:`floor` of the tensor into it, and return it."""
        return inplace_arithmetic.floor_(self)

    def trunc_(self: Any) -> Tensor:
        """Write :meth:`trunc` of the tensor into it, and return it."""
        return inplace_arithmetic.trunc_(self)

    def fix_(self: Any) -> Tensor:
        """Write :meth:`fix` of the tensor into it, and return it."""
        return inplace_arithmetic.fix_(self)

    def frac_(self: Any) -> Tensor:
        """Write :meth:`frac` of the tensor into it, and return it."""
        return inplace_arithmetic.frac_(self)

    def relu_(self: Any) -> Tensor:
        """Write :meth:`relu` of the tensor into it, and return it."""
        return inplace_arithmetic.relu_(self)

    def selu_(self: Any) -> Tensor:
        """Write :meth:`selu` of the tensor into it, and return it."""
        return inplace_arithmetic.selu_(self)

    def logical_not_(self: Any) -> Tensor:
        """Write :meth:`logical_not` of the tensor into it, and return it."""
        return inplace_arithmetic.logical_not_(self)

    def bitwise_not_(self: Any) -> Tensor:
        """Write :meth:`bitwise_not` of the tensor into it, and return it."""
        return inplace_arithmetic.bitwise_not_(self)

    def conj_physical_(self: Any) -> Tensor:
        """Write :meth:`conj_physical` of the tensor into it, and return it."""
        return inplace_arithmetic.conj_physical_(self)

    def zero_(self: Any) -> Tensor:
        """Write zeros into the tensor, and return it."""
        return inplace_arithmetic.zero_(self)

    def mul_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`mul` of the tensor and `other` into it, and return it."""
        return inplace_arithmetic.mul_(self, other)

    def multiply_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`multiply` of the tensor and `other` into it, and return it."""
        return inplace_arithmetic.multiply_(self, other)

    def true_divide_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`true_divide` of the tensor and `other` into it, and return it."""
        return inplace_arithmetic.true_divide_(self, other)

    def floor_divide_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`floor_divide` of the tensor and `other` into it, and return it."""
        return inplace_arithmetic.floor_divide_(self, other)

    def remainder_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`remainder` of the tensor and `other` into it, and return it."""
        return inplace_arithmetic.remainder_(self, other)

    def fmod_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`fmod` of the tensor and `other` into it, and return it."""
        return inplace_arithmetic.fmod_(self, other)

    def hypot_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`hypot` of the tensor and `other` into it, and return it."""
        return inplace_arithmetic.hypot_(self, other)

    def gcd_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`gcd` of the tensor and `other` into it, and return it."""
        return inplace_arithmetic.gcd_(self, other)

    def lcm_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`lcm` of the tensor and `other` into it, and return it."""
        return inplace_arithmetic.lcm_(self, other)

    def ldexp_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`ldexp` of the tensor and `other` into it, and return it."""
        return inplace_arithmetic.ldexp_(self, other)

    def copysign_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`copysign` of the tensor and `other` into it, and return it."""
        return inplace_arithmetic.copysign_(self, other)

    def nextafter_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`nextafter` of the tensor and `other` into it, and return it."""
        return inplace_arithmetic.nextafter_(self, other)

    def heaviside_(self: Any, other: Operand) -> Tensor:
        """Write :meth:`heaviside` of the tensor and `other` into it, and return it."""
        return inplace_arithmetic.heaviside_(self, other)

    def add_(self: Any, other: Operand, *, alpha: Number = 1) -> Tensor:
        """Add ``alpha * other`` to the tensor in place, and return it."""
        return inplace_arithmetic.add_(self, other, alpha=alpha)

    def sub_(self: Any, other: Operand, *, alpha: Number = 1) -> Tensor:
        """Subtract ``alpha * other`` from the tensor in place, and return it."""
        return inplace_arithmetic.sub_(self, other, alpha=alpha)

    def subtract_(self: Any, other: Operand, *, alpha: Number = 1) -> Tensor:
        """Subtract ``alpha * other`` from the tensor in place, and return it: :func:`sub_`."""
        return inplace_arithmetic.subtract_(self, other, alpha=alpha)

    def div_(self: Any, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
        """Divide the tensor by `other` in place, and return it; an integer tensor needs a rounding mode."""
        return inplace_arithmetic.div_(self, other, rounding_mode=rounding_mode)

    def divide_(self: Any, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
        """Divide the tensor by `other` in place, and return it: :func:`div_`."""
        return inplace_arithmetic.divide_(self, other, rounding_mode=rounding_mode)

    def pow_(self: Any, exponent: Operand) -> Tensor:
        """Raise the tensor to a power in place, and return it."""
        return inplace_arithmetic.pow_(self, exponent)

    def float_power_(self: Any, exponent: Operand) -> Tensor:
        """Raise the tensor, of double precision, to a power in place, and return it."""
        return inplace_arithmetic.float_power_(self, exponent)

    def addcmul_(self: Any, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
        """Add ``value * tensor1 * tensor2`` to the tensor in place, and return it."""
        return inplace_arithmetic.addcmul_(self, tensor1, tensor2, value=value)

    def addcdiv_(self: Any, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
        """Add ``value * tensor1 / tensor2`` to the tensor in place, and return it."""
        return inplace_arithmetic.addcdiv_(self, tensor1, tensor2, value=value)

    def lerp_(self: Any, end: Tensor, weight: Operand) -> Tensor:
        """Move the tensor the part `weight` of the way to `end` in place, and return it."""
        return inplace_arithmetic.lerp_(self, end, weight)

    def round_(self: Any, *, decimals: int = 0) -> Tensor:
        """Round the tensor in place, and return it."""
        return inplace_arithmetic.round_(self, decimals=decimals)

    def clamp_(self: Any, min: Operand = None, max: Operand = None) -> Tensor:
        """Hold the tensor between bounds in place, and return it."""
        return inplace_arithmetic.clamp_(self, min, max)

    def clip_(self: Any, min: Operand = None, max: Operand = None) -> Tensor:
        """Hold the tensor between bounds in place, and return it: :func:`clamp_`."""
        return inplace_arithmetic.clip_(self, min, max)

    def clamp_min_(self: Any, min: Operand) -> Tensor:
        """Hold the tensor above a bound in place, and return it."""
        return inplace_arithmetic.clamp_min_(self, min)

    def clamp_max_(self: Any, max: Operand) -> Tensor:
        """Hold the tensor below a bound in place, and return it."""
        return inplace_arithmetic.clamp_max_(self, max)

    def nan_to_num_(
        self: Any, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
    ) -> Tensor:
        """Replace nans and infinities in place, and return the tensor."""
        return inplace_arithmetic.nan_to_num_(self, nan, posinf, neginf)

    def threshold_(self: Any, threshold: float, value: float) -> Tensor:
        """Put `value` where the tensor is not above `threshold`, in place, and return it."""
        return inplace_arithmetic.threshold_(self, threshold, value)

    def celu_(self: Any, alpha: float = 1.0) -> Tensor:
        """Write :meth:`celu` of the tensor into it, and return it."""
        return inplace_arithmetic.celu_(self, alpha)

    def fill_diagonal_(self: Any, fill_value: Number, wrap: bool = False) -> Tensor:
        """Write a number into the main diagonal, and return the tensor."""
        return inplace_arithmetic.fill_diagonal_(self, fill_value, wrap)

    def fill_(self: Any, value: Operand) -> Tensor:
        """Write a number, or the element of a 0-d tensor (which gets a gradient), into all of the tensor, and return it."""
        return inplace_arithmetic.fill_(self, value)


__all__ = ["ArithmeticInPlaceMixin"]
