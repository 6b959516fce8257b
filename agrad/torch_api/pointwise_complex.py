"""Complex numbers: their parts, and making them.

The confusing case: ``real``, ``imag``, ``view_as_real`` and ``view_as_complex`` are views of memory in PyTorch. Here they are copies
(a complex number is one element of its storage), so what is written to a part does not show in the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agrad.primitives import elementwise, pointwise
from agrad.primitives._checks import OperandError
from agrad.torch_api._functions import of_one
from agrad.torch_api._out import deliver
from agrad.torch_api.shape_arguments import tensor_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def real(input: Tensor) -> Tensor:
    """Return the real part; real tensors are returned as they are."""
    input = tensor_of("real", input)
    return elementwise.real(input) if input._options.is_complex else input


def imag(input: Tensor) -> Tensor:
    """Return the imaginary part of complex numbers.

    Raises
    ------
    RuntimeError
        For real ones.
    """
    input = tensor_of("imag", input)
    if not input._options.is_complex:
        raise OperandError(
            "imag is not implemented for tensors with non-complex dtypes. "
            f"Received {input._options.dtype!r}, whose imaginary part is zeros_like(input)."
        )
    return elementwise.imag(input)


def conj(input: Tensor) -> Tensor:
    """Return the complex conjugate; real tensors are returned as they are."""
    input = tensor_of("conj", input)
    return elementwise.conj(input) if input._options.is_complex else input


def conj_physical(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the complex conjugate in memory of its own; real tensors are returned as they are."""
    result = conj(input)
    return result if out is None else deliver("conj_physical", result, out)


@of_one(pointwise.angle)
def angle(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the angle of complex numbers in the plane; of real ones 0 or pi. Derivative 0 at 0."""


def _two_reals(name: str, first: Tensor, second: Tensor, called: str) -> tuple[Tensor, Tensor]:
    first, second = tensor_of(name, first), tensor_of(name, second, called, 2)
    have, want = second._options.dtype, first._options.dtype
    if not (have.is_floating_point and want.is_floating_point):
        raise OperandError(
            "Expected both inputs to be Half, Float or Double tensors but got "
            f"{want.scalar_name} and {have.scalar_name}. {name}() takes floating tensors."
        )
    if have is not want:
        raise OperandError(
            f"Expected object of scalar type {want.scalar_name} but got scalar type {have.scalar_name} for second argument"
        )
    return first, second


def complex(real: Tensor, imag: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the complex numbers ``real + i imag``.

    Parameters
    ----------
    real, imag : Tensor, of one floating dtype
    """
    result = pointwise.make_complex(*_two_reals("complex", real, imag, "imag"))
    return result if out is None else deliver("complex", result, out)


def polar(abs: Tensor, angle: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the complex numbers ``abs * exp(i angle)``.

    Parameters
    ----------
    abs, angle : Tensor, of one floating dtype
    """
    result = pointwise.polar(*_two_reals("polar", abs, angle, "angle"))
    return result if out is None else deliver("polar", result, out)


def view_as_real(input: Tensor) -> Tensor:
    """Return real and imaginary parts along a new last axis of length 2.

    Raises
    ------
    RuntimeError
        For real tensors.
    """
    input = tensor_of("view_as_real", input)
    if not input._options.is_complex:
        raise OperandError(f"view_as_real is only supported for complex tensors; received {input._options.dtype!r}")
    return pointwise.complex_parts(input)


def view_as_complex(input: Tensor) -> Tensor:
    """Return complex numbers whose parts are along the last axis.

    Parameters
    ----------
    input : Tensor, shape (..., 2), floating

    Raises
    ------
    RuntimeError
        For another shape or dtype.
    """
    input = tensor_of("view_as_complex", input)
    if not input._options.dtype.is_floating_point:
        raise OperandError(
            "view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: "
            f"{input._options.dtype.scalar_name}"
        )
    if not input._shape:
        raise OperandError("Input tensor must have one or more dimensions")
    if input._shape[-1] != 2:
        raise OperandError(f"Tensor must have a last dimension of size 2; received shape {input._shape}")
    return pointwise.from_complex_parts(input)


__all__ = [
    "angle",
    "complex",
    "conj",
    "conj_physical",
    "imag",
    "polar",
    "real",
    "view_as_complex",
    "view_as_real",
]
