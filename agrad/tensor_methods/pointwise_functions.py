"""Functions of real and complex numbers, and activations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.dtypes import DType
from agrad.engine.core import TensorCore
from agrad.primitives import activations, elementwise, pointwise, special
from agrad.torch_api import activation, pointwise_complex, pointwise_functions

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Operand = Any


class FunctionMixin(TensorCore):
    """Functions of real and complex numbers, and activations."""

    __slots__ = ()

    def exp(self: Any) -> Tensor:
        """Return the exponential."""
        return elementwise.exp(self)

    def exp2(self: Any) -> Tensor:
        """Return 2 to the power of each element."""
        return pointwise.exp2(self)

    def expm1(self: Any) -> Tensor:
        """Return ``exp(self) - 1``, accurate near 0."""
        return elementwise.expm1(self)

    def log(self: Any) -> Tensor:
        """Return the natural logarithm."""
        return elementwise.log(self)

    def log2(self: Any) -> Tensor:
        """Return the logarithm to base 2."""
        return elementwise.log2(self)

    def log10(self: Any) -> Tensor:
        """Return the logarithm to base 10."""
        return elementwise.log10(self)

    def log1p(self: Any) -> Tensor:
        """Return ``log(1 + self)``, accurate near 0."""
        return elementwise.log1p(self)

    def sin(self: Any) -> Tensor:
        """Return the sine."""
        return elementwise.sin(self)

    def cos(self: Any) -> Tensor:
        """Return the cosine."""
        return elementwise.cos(self)

    def tan(self: Any) -> Tensor:
        """Return the tangent."""
        return elementwise.tan(self)

    def asin(self: Any) -> Tensor:
        """Return the inverse sine, in [-pi/2, pi/2]."""
        return elementwise.asin(self)

    def arcsin(self: Any) -> Tensor:
        """Return the inverse sine: :func:`asin`."""
        return elementwise.asin(self)

    def acos(self: Any) -> Tensor:
        """Return the inverse cosine, in [0, pi]."""
        return elementwise.acos(self)

    def arccos(self: Any) -> Tensor:
        """Return the inverse cosine: :func:`acos`."""
        return elementwise.acos(self)

    def atan(self: Any) -> Tensor:
        """Return the inverse tangent, in [-pi/2, pi/2]."""
        return elementwise.atan(self)

    def arctan(self: Any) -> Tensor:
        """Return the inverse tangent: :func:`atan`."""
        return elementwise.atan(self)

    def sinh(self: Any) -> Tensor:
        """Return the hyperbolic sine."""
        return elementwise.sinh(self)

    def cosh(self: Any) -> Tensor:
        """Return the hyperbolic cosine."""
        return elementwise.cosh(self)

    def tanh(self: Any) -> Tensor:
        """Return the hyperbolic tangent."""
        return elementwise.tanh(self)

    def asinh(self: Any) -> Tensor:
        """Return the inverse hyperbolic sine."""
        return elementwise.asinh(self)

    def arcsinh(self: Any) -> Tensor:
        """Return the inverse hyperbolic sine: :func:`asinh`."""
        return elementwise.asinh(self)

    def acosh(self: Any) -> Tensor:
        """Return the inverse hyperbolic cosine."""
        return elementwise.acosh(self)

    def arccosh(self: Any) -> Tensor:
        """Return the inverse hyperbolic cosine: :func:`acosh`."""
        return elementwise.acosh(self)

    def atanh(self: Any) -> Tensor:
        """Return the inverse hyperbolic tangent."""
        return elementwise.atanh(self)

    def arctanh(self: Any) -> Tensor:
        """Return the inverse hyperbolic tangent: :func:`atanh`."""
        return elementwise.atanh(self)

    def deg2rad(self: Any) -> Tensor:
        """Return degrees in radians."""
        return pointwise.deg2rad(self)

    def rad2deg(self: Any) -> Tensor:
        """Return radians in degrees."""
        return pointwise.rad2deg(self)

    def erf(self: Any) -> Tensor:
        """Return the error function."""
        return special.erf(self)

    def erfc(self: Any) -> Tensor:
        """Return ``1 - erf(self)``, accurate where it is small."""
        return special.erfc(self)

    def erfinv(self: Any) -> Tensor:
        """Return the inverse of the error function."""
        return special.erfinv(self)

    def lgamma(self: Any) -> Tensor:
        """Return the logarithm of the absolute value of the gamma function."""
        return special.gammaln(self)

    def digamma(self: Any) -> Tensor:
        """Return the derivative of :func:`lgamma`."""
        return special.digamma(self)

    def i0(self: Any) -> Tensor:
        """Return the modified Bessel function of the first kind of order 0."""
        return special.i0(self)

    def sinc(self: Any) -> Tensor:
        """Return ``sin(pi input) / (pi self)``, 1 at 0."""
        return special.sinc(self)

    def atan2(self: Any, other: Tensor) -> Tensor:
        """Return the angle of the point (other, input), in [-pi, pi]; derivatives 0 at the origin."""
        return pointwise_functions.atan2(self, other)

    def arctan2(self: Any, other: Tensor) -> Tensor:
        """Return the angle of the point (other, input): :func:`atan2`."""
        return pointwise_functions.arctan2(self, other)

    def logaddexp(self: Any, other: Tensor) -> Tensor:
        """Return ``log(exp(self) + exp(other))`` without overflow."""
        return pointwise_functions.logaddexp(self, other)

    def logaddexp2(self: Any, other: Tensor) -> Tensor:
        """Return ``log2(2 ** self + 2 ** other)`` without overflow."""
        return pointwise_functions.logaddexp2(self, other)

    def xlogy(self: Any, other: Operand) -> Tensor:
        """Return ``self * log(other)``, 0 where the tensor is 0 (and nan where `other` is)."""
        return pointwise_functions.xlogy(self, other)

    def polygamma(self: Any, n: int) -> Tensor:
        """Return the derivative of order `n` of :func:`digamma`."""
        return pointwise_functions.polygamma(n, self)

    def mvlgamma(self: Any, p: int) -> Tensor:
        """Return the logarithm of the multivariate gamma function of dimension `p`."""
        return pointwise_functions.mvlgamma(self, p)

    def logit(self: Any, eps: float | None = None) -> Tensor:
        """Return ``log(self / (1 - input))``."""
        return pointwise_functions.logit(self, eps)

    def conj(self: Any) -> Tensor:
        """Return the complex conjugate; real tensors are returned as they are."""
        return pointwise_complex.conj(self)

    def conj_physical(self: Any) -> Tensor:
        """Return the complex conjugate in memory of its own; real tensors are returned as they are."""
        return pointwise_complex.conj_physical(self)

    def angle(self: Any) -> Tensor:
        """Return the angle of complex numbers in the plane; of real ones 0 or pi. Derivative 0 at 0."""
        return pointwise_complex.angle(self)

    def sigmoid(self: Any) -> Tensor:
        """Return ``1 / (1 + exp(-input))``."""
        return special.expit(self)

    def relu(self: Any) -> Tensor:
        """Return the tensor where it is positive and 0 elsewhere; derivative 0 at 0."""
        return activations.relu(self)

    def softmax(self: Any, dim: int | None = None, dtype: DType | None = None, *, axis: int | None = None) -> Tensor:
        """Return ``exp(self)`` divided by its sum along `dim`."""
        return activation.softmax(self, dim, dtype, axis=axis)

    def log_softmax(
        self: Any, dim: int | None = None, dtype: DType | None = None, *, axis: int | None = None
    ) -> Tensor:
        """Return the logarithm of :func:`softmax`, accurate where that is small."""
        return activation.log_softmax(self, dim, dtype, axis=axis)

    def hardshrink(self: Any, lambd: float = 0.5) -> Tensor:
        """Return the tensor outside of [-lambd, lambd] and 0 inside."""
        return activation.hardshrink(self, lambd)

    def prelu(self: Any, weight: Tensor) -> Tensor:
        """Return the tensor above 0 and ``weight * self`` elsewhere."""
        return activation.prelu(self, weight)

    def igamma(self: Any, other: Tensor) -> Tensor:
        """Return the regularised lower incomplete gamma function."""
        return pointwise_functions.igamma(self, other)

    def igammac(self: Any, other: Tensor) -> Tensor:
        """Return the regularised upper incomplete gamma function."""
        return pointwise_functions.igammac(self, other)

    @property
    def real(self: Any) -> Tensor:
        """The real part, a view; a real tensor itself. What is assigned to it is copied into it."""
        return pointwise_complex.real(self)

    @real.setter
    def real(self: Any, value: Any) -> None:
        pointwise_complex.assign(pointwise_complex.real(self), value)

    @property
    def imag(self: Any) -> Tensor:
        """The imaginary part of a complex tensor, a view. What is assigned to it is copied into it."""
        return pointwise_complex.imag(self)

    @imag.setter
    def imag(self: Any, value: Any) -> None:
        pointwise_complex.assign(pointwise_complex.imag(self), value)


__all__ = ["FunctionMixin"]
