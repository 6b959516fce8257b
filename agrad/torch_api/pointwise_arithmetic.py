"""Arithmetic element by element, with PyTorch's arguments: ``alpha=``, ``rounding_mode=``, ``value=``, ``out=``.

The confusing cases. Two integers divide to floating numbers, unless a rounding is asked for. ``alpha`` and ``value`` multiply an operand
that has been promoted already: half of an integer tensor may be added to a floating one, not to another integer one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, cast

from agrad import dtypes
from agrad.engine.core import TensorCore
from agrad.engine.general import common_dtype
from agrad.engine.primitive import label
from agrad.primitives import data_type, elementwise, pointwise
from agrad.primitives._checks import OperandError
from agrad.torch_api import return_types
from agrad.torch_api._functions import NOTHING, Declared, of_one, of_two, of_two_tensors, refuse
from agrad.torch_api._out import deliver
from agrad.torch_api.shape_arguments import tensor_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Number = complex
Operand = Any


def _scaled(name: str, operands: list[Any], index: int, factor: Number, called: str = "alpha") -> Any:
    """Return one of the operands times a factor, both in the operands' common dtype.

    Raises
    ------
    RuntimeError
        For a factor of a higher kind than the operands have together.
    """
    dtype = common_dtype([value for value in operands], False)
    if isinstance(factor, complex) and not dtype.is_complex:
        raise OperandError(
            f"For non-complex input tensors, argument {called} must not be a complex number. {name}() received {factor!r}."
        )
    if isinstance(factor, float) and not dtype.is_inexact:
        raise OperandError(
            f"For integral input tensors, argument {called} must not be a floating point number. "
            f"{name}() received {factor!r} for operands of {dtype!r}."
        )
    if isinstance(factor, bool) and dtype.kind != "bool":
        raise OperandError(f"Boolean {called} only supported for Boolean results. {name}() received {dtype!r}.")
    operand = operands[index]
    if not isinstance(operand, TensorCore):
        return operand * factor
    if isinstance(factor, (float, complex)) and not operand._options.is_inexact:
        operand = data_type.astype(operand, dtype=dtype)
    return elementwise.multiply(operand, factor)


def _operands(name: str, *values: Any) -> list[Any]:
    called = ("input", "other", "tensor2")
    return [
        value if isinstance(value, (bool, int, float, complex)) else tensor_of(name, value, called[place], place + 1)
        for place, value in enumerate(values)
    ]


def _with_alpha(primitive: Callable[[Any, Any], Any]) -> Callable[[Declared], Declared]:
    """Make ``(input, other, *, alpha=1, out=None)`` of a sum's primitive; a decorator of declarations."""

    def decorate(declared: Declared) -> Declared:
        name = declared.__name__

        def function(input: Any, other: Any, excess: Any = NOTHING, alpha: Any = 1, out: Any = None) -> Any:
            if out is None and alpha == 1 and excess is NOTHING:
                return primitive(input, other)
            if excess is not NOTHING:
                raise refuse(name, 2)
            if alpha != 1:
                other = _scaled(name, _operands(name, input, other), 1, alpha)
            return deliver(name, primitive(input, other), out)

        return cast("Declared", update_wrapper(function, declared))

    return decorate


@_with_alpha(elementwise.add)
def add(input: Operand, other: Operand, *, alpha: Number = 1, out: Tensor | None = None) -> Tensor:
    """Return ``input + alpha * other``."""


@_with_alpha(elementwise.subtract)
def sub(input: Operand, other: Operand, *, alpha: Number = 1, out: Tensor | None = None) -> Tensor:
    """Return ``input - alpha * other``; not of bools."""


def subtract(input: Operand, other: Operand, *, alpha: Number = 1, out: Tensor | None = None) -> Tensor:
    """Return ``input - alpha * other``: :func:`sub`."""
    return sub(input, other, alpha=alpha, out=out)


def rsub(input: Operand, other: Operand, *, alpha: Number = 1) -> Tensor:
    """Return ``other - alpha * input``."""
    if alpha != 1:
        input = _scaled("rsub", _operands("rsub", input, other), 0, alpha)
    return elementwise.subtract(other, input)


@of_two(elementwise.multiply)
def mul(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return ``input * other``."""


@of_two(elementwise.multiply)
def multiply(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return ``input * other``: :func:`mul`."""


def div(input: Operand, other: Operand, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor:
    """Return ``input / other``.

    Parameters
    ----------
    rounding_mode : {None, "trunc", "floor"}
        None divides truly: integers give floating numbers. The other two keep integers, and have a derivative of zero.

    Raises
    ------
    RuntimeError
        For another rounding mode, and for integers that are divided by zero with rounding.
    """
    if rounding_mode is None:
        result = elementwise.divide(input, other)
    elif rounding_mode == "floor":
        result = pointwise.divide_floor(input, other)
    elif rounding_mode == "trunc":
        result = pointwise.divide_trunc(input, other)
    else:
        raise OperandError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found {rounding_mode!r}"
        )
    return result if out is None else deliver("div", result, out)


def divide(input: Operand, other: Operand, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor:
    """Return ``input / other``: :func:`div`."""
    return div(input, other, rounding_mode=rounding_mode, out=out)


@of_two(elementwise.divide)
def true_divide(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return ``input / other``, floating also for integers."""


@of_two(pointwise.divide_floor)
def floor_divide(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the greatest integer not above ``input / other``, in the operands' dtype: Python's ``//``."""


@of_two(elementwise.remainder)
def remainder(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return what :func:`floor_divide` leaves, of the divisor's sign: Python's ``%``."""


@of_two(pointwise.fmod)
def fmod(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the remainder of the division that rounds to zero, of the dividend's sign: C's fmod."""


def pow(input: Operand, exponent: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return ``input ** exponent``.

    Raises
    ------
    RuntimeError
        For integers to the power of a negative number.
    """
    result = elementwise.pow(input, exponent)
    return result if out is None else deliver("pow", result, out)


def _doubled(value: Any, is_complex: bool) -> Any:
    if not isinstance(value, TensorCore):
        return value
    return data_type.astype(value, dtype=dtypes.complex128 if is_complex else dtypes.float64)


def float_power(input: Operand, exponent: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return ``input ** exponent`` computed in double precision."""
    operands = _operands("float_power", input, exponent)
    is_complex = common_dtype([value for value in operands], False).is_complex
    result = elementwise.pow(*(_doubled(value, is_complex) for value in operands))
    return result if out is None else deliver("float_power", result, out)


@of_one(elementwise.negative)
def neg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``-input``; not of bools."""


@of_one(elementwise.negative)
def negative(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``-input``: :func:`neg`."""


def positive(input: Tensor) -> Tensor:
    """Return `input` itself; not of bools."""
    input = tensor_of("positive", input)
    if input._options.dtype.kind == "bool":
        raise OperandError("The `+` operator, on a bool tensor is not supported.")
    return input


@of_one(elementwise.reciprocal)
def reciprocal(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``1 / input``."""


@of_one(elementwise.square)
def square(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``input * input``."""


@of_one(elementwise.sqrt)
def sqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the square root; derivative ``1 / (2 * sqrt(input))``, infinite at 0."""


@of_one(pointwise.rsqrt)
def rsqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return one over the square root."""


@of_one(elementwise.abs)
def abs(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the absolute value, real for complex input; derivative 0 at 0."""


@of_one(elementwise.abs)
def absolute(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the absolute value: :func:`abs`."""


@of_one(pointwise.signum)
def sign(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return -1, 0 or 1 (0 for nan); derivative 0. For complex numbers :func:`sgn`."""


def sgn(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the sign of real numbers, and ``input / abs(input)`` of complex ones (0 at 0)."""
    result = elementwise.sign(input) if tensor_of("sgn", input)._options.is_complex else pointwise.signum(input)
    result = label(result, "Sgn")
    return result if out is None else deliver("sgn", result, out)


@of_two_tensors(elementwise.hypot)
def hypot(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``sqrt(input ** 2 + other ** 2)`` without overflow."""


@of_two(pointwise.gcd)
def gcd(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the greatest common divisors of integers, not negative."""


@of_two(pointwise.lcm)
def lcm(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the least common multiples of integers, not negative."""


def ldexp(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``input * 2 ** other``, floating also for integers."""
    other = tensor_of("ldexp", other, "other", 2)
    if not other._options.is_inexact:
        input = tensor_of("ldexp", input)
        real = input._options.dtype.real if input._options.is_inexact else dtypes.get_default_dtype()
        other = data_type.astype(other, dtype=real)
    result = elementwise.multiply(input, pointwise.exp2(other))
    return result if out is None else deliver("ldexp", result, out)


def frexp(input: Tensor, *, out: tuple[Tensor, Tensor] | None = None) -> return_types.frexp:
    """Split into a mantissa, from 0.5 to 1 in size, and a power of two (int32).

    Raises
    ------
    RuntimeError
        For dtypes that are not floating.
    """
    if not tensor_of("frexp", input)._options.dtype.is_floating_point:
        raise OperandError(
            f"frexp() only supports floating-point dtypes; received {input._options.dtype!r}. Convert it: x.float()."
        )
    result = return_types.frexp(*pointwise.frexp(input))
    return result if out is None else deliver("frexp", result, out)


def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1, out: Tensor | None = None) -> Tensor:
    """Return ``input + value * tensor1 * tensor2``."""
    operands = _operands("addcmul", input, tensor1, tensor2)
    if type(value) is not int:
        value = _as_dtype(value, common_dtype([one for one in operands], False))
    result = pointwise.addcmul(*operands, value=value)
    return result if out is None else deliver("addcmul", result, out)


def _as_dtype(value: Any, dtype: dtypes.DType) -> Any:
    """Return a number as one that a dtype can hold."""
    return int(value) if not dtype.is_inexact else value


def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1, out: Tensor | None = None) -> Tensor:
    """Return ``input + value * tensor1 / tensor2``.

    Raises
    ------
    RuntimeError
        For integers alone: ``input + value * torch.trunc(tensor1 / tensor2)`` says what is meant.
    """
    operands = _operands("addcdiv", input, tensor1, tensor2)
    if not any(isinstance(one, TensorCore) and one._options.is_inexact for one in operands[1:]):
        raise OperandError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true "
            "division of tensor1 and tensor2. Convert one of them: tensor1.float()."
        )
    result = pointwise.addcdiv(*operands, value=value)
    return result if out is None else deliver("addcdiv", result, out)


def lerp(input: Tensor, end: Tensor, weight: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Return ``input + weight * (end - input)``, computed from the nearer end.

    Raises
    ------
    RuntimeError
        For tensors of different dtypes.
    """
    input, end = tensor_of("lerp", input), tensor_of("lerp", end, "end", 2)
    _same_dtype(input, end, "end")
    if isinstance(weight, TensorCore):
        _same_dtype(input, weight, "weight")
        result = pointwise.lerp(input, end, weight)
    else:
        result = pointwise.lerp_number(input, end, weight=weight)
    return result if out is None else deliver("lerp", result, out)


def _same_dtype(input: Any, other: Any, called: str) -> None:
    have, want = other._options.dtype, input._options.dtype
    if have is not want:
        raise OperandError(
            f"expected dtype {_C_NAMES.get(want.scalar_name, want.name)} for `{called}` "
            f"but got dtype {_C_NAMES.get(have.scalar_name, have.name)}"
        )


#: what C++, and so the message that people know, calls dtypes
_C_NAMES = {
    "Byte": "unsigned char", "Char": "signed char", "Short": "short int", "Int": "int", "Long": "long int", "Half": "c10::Half",
    "Float": "float", "Double": "double", "ComplexFloat": "c10::complex<float>", "ComplexDouble": "c10::complex<double>",
    "Bool": "bool", "BFloat16": "c10::BFloat16",
}  # fmt: skip


__all__ = [
    "abs",
    "absolute",
    "add",
    "addcdiv",
    "addcmul",
    "div",
    "divide",
    "float_power",
    "floor_divide",
    "fmod",
    "frexp",
    "gcd",
    "hypot",
    "lcm",
    "ldexp",
    "lerp",
    "mul",
    "multiply",
    "neg",
    "negative",
    "positive",
    "pow",
    "reciprocal",
    "remainder",
    "rsqrt",
    "rsub",
    "sgn",
    "sign",
    "sqrt",
    "square",
    "sub",
    "subtract",
    "true_divide",
]
