"""Complex numbers: their parts, and making them.

The confusing case: ``real``, ``imag``, ``conj``, ``view_as_real`` and ``view_as_complex`` are views. What is written to a part shows in
the whole, and what is written to the conjugate is written conjugated.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

from agrad import dtypes
from agrad.backend import backend_of
from agrad.engine import bits
from agrad.engine.core import TensorCore
from agrad.engine.relations import is_flipped
from agrad.engine.storage import geometry_of
from agrad.errors import UnsupportedDType
from agrad.primitives import elementwise, indexing, pointwise
from agrad.primitives._checks import OperandError
from agrad.torch_api._functions import of_one
from agrad.torch_api._out import deliver
from agrad.torch_api.shape_arguments import ArgumentTypeError, tensor_of
from agrad.torch_api.storage import copy_

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class NotComplex(OperandError, AttributeError):
    """The imaginary part of real numbers: also what ``hasattr(x, "imag")`` takes for no."""


def real(input: Tensor) -> Tensor:
    """Return the real part, a view; real tensors are returned as they are."""
    input = tensor_of("real", input)
    if not input._options.is_complex:
        return input
    return _part(bits.conj_view(input) if is_flipped(input) else input, 0)


def _part(x: Tensor, index: int) -> Tensor:
    """Return the real parts (0) or the imaginary ones (1) of complex numbers, as PyTorch does: a slice of both."""
    return indexing.slice_get(bits.complex_parts(x), key=(*(slice(None),) * len(x._shape), index))


def imag(input: Tensor) -> Tensor:
    """Return the imaginary part of complex numbers, a view.

    Raises
    ------
    RuntimeError
        For real ones.
    """
    input = tensor_of("imag", input)
    if not input._options.is_complex:
        raise NotComplex(
            "imag is not implemented for tensors with non-complex dtypes. "
            f"Received {input._options.dtype!r}, whose imaginary part is zeros_like(input)."
        )
    return bits.neg_view(_part(bits.conj_view(input), 1)) if is_flipped(input) else _part(input, 1)


def assign(part: Tensor, value: Any) -> None:
    """Copy a tensor or a number into a part of complex numbers: ``x.real = value``.

    Raises
    ------
    TypeError
        For anything else, in PyTorch's words.
    """
    if not isinstance(value, TensorCore | bool | int | float | builtins.complex) and backend_of(value) is None:
        raise ArgumentTypeError(f"can't assign a {type(value).__name__} to a {part._options.dtype.scalar_name} tensor")
    copy_(part, value)


def conj(input: Tensor) -> Tensor:
    """Return the complex conjugate, a view: what is written to it is written conjugated; real tensors are returned as they are."""
    input = tensor_of("conj", input)
    return bits.conj_view(input) if input._options.is_complex else input


def conj_physical(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the complex conjugate in memory of its own; real tensors are returned as they are."""
    input = tensor_of("conj_physical", input)
    result = elementwise.conj(input) if input._options.is_complex else input
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
    """Return real and imaginary parts along a new last axis of length 2, a view.

    Raises
    ------
    RuntimeError
        For real tensors.
    """
    input = tensor_of("view_as_real", input)
    if not input._options.is_complex:
        raise OperandError(f"view_as_real is only supported for complex tensors; received {input._options.dtype!r}")
    if is_flipped(input):
        raise OperandError(
            "view_as_real doesn't work on unresolved conjugated tensors.  To resolve the conjugate tensor so you can view it as real, "
            "use self.resolve_conj(); however, be warned that the resulting tensor will NOT alias the original."
        )
    return bits.complex_parts(input)


def view_as_complex(input: Tensor) -> Tensor:
    """Return complex numbers whose parts are along the last axis, a view.

    Parameters
    ----------
    input : Tensor, shape (..., 2), floating

    Raises
    ------
    RuntimeError
        For another shape or dtype, and where the two parts do not lie side by side.
    """
    input = tensor_of("view_as_complex", input)
    if not input._options.dtype.is_floating_point:
        raise OperandError(
            "view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: "
            f"{input._options.dtype.scalar_name}"
        )
    if not input._shape:
        raise OperandError("Input tensor must have one or more dimensions")
    if input._options.dtype not in (dtypes.float32, dtypes.float64):
        raise UnsupportedDType(
            f"view_as_complex: agrad has no complex numbers whose parts are {input._options.dtype!r}. Convert it first: x.float()."
        )
    bits.joined_geometry(*geometry_of(input))
    return bits.from_complex_parts(input)


__all__ = [
    "angle",
    "assign",
    "complex",
    "conj",
    "conj_physical",
    "imag",
    "polar",
    "real",
    "view_as_complex",
    "view_as_real",
]
