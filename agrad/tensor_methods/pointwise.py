"""Arithmetic, rounding and bounds, element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.engine.core import TensorCore
from agrad.primitives import elementwise, pointwise
from agrad.torch_api import pointwise_arithmetic, pointwise_rounding, return_types

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Operand = Any
Bound = Any
Number = complex


class PointwiseMixin(TensorCore):
    """Arithmetic, rounding and bounds, element by element."""

    __slots__ = ()

    def add(self: Any, other: Operand, *, alpha: Number = 1) -> Tensor:
        """Return ``self + alpha * other``."""
        return elementwise.add(self, other) if alpha == 1 else pointwise_arithmetic.add(self, other, alpha=alpha)

    def sub(self: Any, other: Operand, *, alpha: Number = 1) -> Tensor:
        """Return ``self - alpha * other``; not of bools."""
        return elementwise.subtract(self, other) if alpha == 1 else pointwise_arithmetic.sub(self, other, alpha=alpha)

    def subtract(self: Any, other: Operand, *, alpha: Number = 1) -> Tensor:
        """Return ``self - alpha * other``: :func:`sub`."""
        return pointwise_arithmetic.subtract(self, other, alpha=alpha)

    def mul(self: Any, other: Operand) -> Tensor:
        """Return ``self * other``."""
        return elementwise.multiply(self, other)

    def multiply(self: Any, other: Operand) -> Tensor:
        """Return ``self * other``: :func:`mul`."""
        return elementwise.multiply(self, other)

    def div(self: Any, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
        """Return ``self / other``."""
        return (
            elementwise.divide(self, other)
            if rounding_mode is None
            else pointwise_arithmetic.div(self, other, rounding_mode=rounding_mode)
        )

    def divide(self: Any, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
        """Return ``self / other``: :func:`div`."""
        return pointwise_arithmetic.divide(self, other, rounding_mode=rounding_mode)

    def true_divide(self: Any, other: Operand) -> Tensor:
        """Return ``self / other``, floating also for integers."""
        return elementwise.divide(self, other)

    def floor_divide(self: Any, other: Operand) -> Tensor:
        """Return the greatest integer not above ``self / other``, in the operands' dtype: Python's ``//``."""
        return pointwise_arithmetic.floor_divide(self, other)

    def remainder(self: Any, other: Operand) -> Tensor:
        """Return what :func:`floor_divide` leaves, of the divisor's sign: Python's ``%``."""
        return pointwise_arithmetic.remainder(self, other)

    def fmod(self: Any, other: Operand) -> Tensor:
        """Return the remainder of the division that rounds to zero, of the dividend's sign: C's fmod."""
        return pointwise_arithmetic.fmod(self, other)

    def pow(self: Any, exponent: Operand) -> Tensor:
        """Return ``self ** exponent``."""
        return elementwise.pow(self, exponent)

    def float_power(self: Any, exponent: Operand) -> Tensor:
        """Return ``self ** exponent`` computed in double precision."""
        return pointwise_arithmetic.float_power(self, exponent)

    def neg(self: Any) -> Tensor:
        """Return ``-self``; not of bools."""
        return elementwise.negative(self)

    def negative(self: Any) -> Tensor:
        """Return ``-self``: :func:`neg`."""
        return elementwise.negative(self)

    def positive(self: Any) -> Tensor:
        """Return the tensor itself; not of bools."""
        return pointwise_arithmetic.positive(self)

    def reciprocal(self: Any) -> Tensor:
        """Return ``1 / input``."""
        return elementwise.reciprocal(self)

    def square(self: Any) -> Tensor:
        """Return ``self * self``."""
        return elementwise.square(self)

    def sqrt(self: Any) -> Tensor:
        """Return the square root; derivative ``1 / (2 * sqrt(self))``, infinite at 0."""
        return elementwise.sqrt(self)

    def rsqrt(self: Any) -> Tensor:
        """Return one over the square root."""
        return pointwise.rsqrt(self)

    def abs(self: Any) -> Tensor:
        """Return the absolute value, real for complex input; derivative 0 at 0."""
        return pointwise_arithmetic.abs(self)

    def absolute(self: Any) -> Tensor:
        """Return the absolute value: :func:`abs`."""
        return pointwise_arithmetic.absolute(self)

    def sign(self: Any) -> Tensor:
        """Return -1, 0 or 1 (0 for nan); derivative 0. For complex numbers :func:`sgn`."""
        return pointwise.signum(self)

    def sgn(self: Any) -> Tensor:
        """Return the sign of real numbers, and ``self / abs(self)`` of complex ones (0 at 0)."""
        return pointwise_arithmetic.sgn(self)

    def hypot(self: Any, other: Tensor) -> Tensor:
        """Return ``sqrt(self ** 2 + other ** 2)`` without overflow."""
        return pointwise_arithmetic.hypot(self, other)

    def gcd(self: Any, other: Operand) -> Tensor:
        """Return the greatest common divisors of integers, not negative."""
        return pointwise_arithmetic.gcd(self, other)

    def lcm(self: Any, other: Operand) -> Tensor:
        """Return the least common multiples of integers, not negative."""
        return pointwise_arithmetic.lcm(self, other)

    def ldexp(self: Any, other: Tensor) -> Tensor:
        """Return ``self * 2 ** other``, floating also for integers."""
        return pointwise_arithmetic.ldexp(self, other)

    def frexp(self: Any) -> return_types.frexp:
        """Split into a mantissa, from 0.5 to 1 in size, and a power of two (int32)."""
        return pointwise_arithmetic.frexp(self)

    def addcmul(self: Any, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
        """Return ``self + value * tensor1 * tensor2``."""
        return pointwise_arithmetic.addcmul(self, tensor1, tensor2, value=value)

    def addcdiv(self: Any, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
        """Return ``self + value * tensor1 / tensor2``."""
        return pointwise_arithmetic.addcdiv(self, tensor1, tensor2, value=value)

    def lerp(self: Any, end: Tensor, weight: Tensor | Number) -> Tensor:
        """Return ``self + weight * (end - self)``, computed from the nearer end."""
        return pointwise_arithmetic.lerp(self, end, weight)

    def ceil(self: Any) -> Tensor:
        """Return the smallest integer not below each element; derivative 0."""
        return elementwise.ceil(self)

    def floor(self: Any) -> Tensor:
        """Return the greatest integer not above each element; derivative 0."""
        return elementwise.floor(self)

    def trunc(self: Any) -> Tensor:
        """Return the nearest integer on the side of 0; derivative 0."""
        return elementwise.trunc(self)

    def fix(self: Any) -> Tensor:
        """Return the nearest integer on the side of 0: :func:`trunc`."""
        return elementwise.trunc(self)

    def frac(self: Any) -> Tensor:
        """Return what :func:`trunc` takes away; of floating numbers."""
        return pointwise.frac(self)

    def round(self: Any, *, decimals: int = 0) -> Tensor:
        """Return the nearest integer, the even one of two; derivative 0."""
        return pointwise_rounding.round(self, decimals=decimals)

    def clamp(self: Any, min: Bound = None, max: Bound = None) -> Tensor:
        """Hold each element between bounds."""
        return pointwise_rounding.clamp(self, min, max)

    def clip(self: Any, min: Bound = None, max: Bound = None) -> Tensor:
        """Hold each element between bounds: :func:`clamp`."""
        return pointwise_rounding.clip(self, min, max)

    def clamp_min(self: Any, min: Bound) -> Tensor:
        """Return each element, or `min` where that is greater."""
        return pointwise_rounding.clamp_min(self, min)

    def clamp_max(self: Any, max: Bound) -> Tensor:
        """Return each element, or `max` where that is smaller."""
        return pointwise_rounding.clamp_max(self, max)

    def nan_to_num(
        self: Any, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
    ) -> Tensor:
        """Return the tensor with its nans (by 0) and infinities (by the dtype's limits) replaced; the derivative there is 0."""
        return pointwise_rounding.nan_to_num(self, nan, posinf, neginf)

    def signbit(self: Any) -> Tensor:
        """Return whether each element has its sign bit set, also -0.0; no derivative."""
        return pointwise_rounding.signbit(self)

    def maximum(self: Any, other: Tensor) -> Tensor:
        """Return the greater of two, nan where either is; a tie splits the gradient in half."""
        return pointwise_rounding.maximum(self, other)

    def minimum(self: Any, other: Tensor) -> Tensor:
        """Return the smaller of two, nan where either is; a tie splits the gradient in half."""
        return pointwise_rounding.minimum(self, other)

    def fmax(self: Any, other: Tensor) -> Tensor:
        """Return the greater of two, the other one where one is nan."""
        return pointwise_rounding.fmax(self, other)

    def fmin(self: Any, other: Tensor) -> Tensor:
        """Return the smaller of two, the other one where one is nan."""
        return pointwise_rounding.fmin(self, other)

    def copysign(self: Any, other: Operand) -> Tensor:
        """Return the size of the tensor with the sign of `other`, floating also for integers."""
        return pointwise_rounding.copysign(self, other)

    def nextafter(self: Any, other: Tensor) -> Tensor:
        """Return the next floating number after the tensor on the way to `other`; no derivative."""
        return pointwise_rounding.nextafter(self, other)

    def heaviside(self: Any, values: Tensor) -> Tensor:
        """Return 0 below 0, 1 above it, and `values` at 0; no derivative."""
        return pointwise_rounding.heaviside(self, values)


__all__ = ["PointwiseMixin"]
