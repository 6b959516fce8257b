"""What operations do not take, said in PyTorch's words.

The confusing case: a check runs on the careful path alone (integers, bools, complex numbers, mixtures), so that floating tensors of one
kind pay nothing for it. It is told the operands, Tensors and Python numbers, before they are promoted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agrad.dtypes import DType
from agrad.engine.core import TensorCore
from agrad.engine.general import common_dtype
from agrad.errors import AgradError, UnsupportedOperation

Check = Callable[[list[Any]], None]


class OperandError(AgradError, RuntimeError):
    """Operands that an operation does not take."""


def not_for(kernel: str, *kinds: str) -> Check:
    """Return the check that refuses operands whose common dtype is of these kinds.

    Parameters
    ----------
    kernel : str
        What PyTorch's message calls the operation, as in '"floor_cpu" not implemented for 'Bool''.
    kinds : {'bool', 'int', 'uint', 'float', 'complex'}
    """

    def check(operands: list[Any]) -> None:
        dtype = _common(operands)
        if dtype.kind in kinds:
            raise UnsupportedOperation(
                f"\"{kernel}\" not implemented for '{dtype.scalar_name}'; received operands whose common dtype is {dtype!r}. "
                "Convert them first: x.to(dtype)."
            )

    return check


def refuse(message: str, *kinds: str) -> Check:
    """Return the check that refuses operands whose common dtype is of these kinds, with a message of its own."""

    def check(operands: list[Any]) -> None:
        if _common(operands).kind in kinds:
            raise UnsupportedOperation(message)

    return check


def _common(operands: list[Any]) -> DType:
    if len(operands) == 1 and isinstance(operands[0], TensorCore):
        return operands[0]._options.dtype
    return common_dtype(operands, False)


def _is_bool(operand: Any) -> bool:
    return isinstance(operand, bool) or (isinstance(operand, TensorCore) and operand._options.dtype.kind == "bool")


def check_subtract(operands: list[Any]) -> None:
    """Refuse to subtract bools."""
    if all(map(_is_bool, operands)) and all(isinstance(operand, TensorCore) for operand in operands):
        raise OperandError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. "
            "Use the `^` or `logical_xor()` operator instead."
        )
    if any(map(_is_bool, operands)):
        raise OperandError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. "
            "If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
        )


def check_negative(operands: list[Any]) -> None:
    """Refuse to negate bools."""
    if _is_bool(operands[0]):
        raise OperandError(
            "Negation, the `-` operator, on a bool tensor is not supported. "
            "If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
        )


def check_positive(operands: list[Any]) -> None:
    """Refuse the unary plus of bools."""
    if _is_bool(operands[0]):
        raise OperandError("The `+` operator, on a bool tensor is not supported.")


def check_power(operands: list[Any]) -> None:
    """Refuse integers to the power of a negative Python integer, and bools to the power of bools."""
    base, exponent = operands
    if type(exponent) is int and exponent < 0 and isinstance(base, TensorCore) and not base._options.is_inexact:
        raise OperandError(
            f"Integers to negative integer powers are not allowed. Received {base._options.dtype!r} and {exponent}; "
            "convert the base to a floating dtype."
        )
    if all(map(_is_bool, operands)) and isinstance(exponent, TensorCore):
        raise UnsupportedOperation("\"pow\" not implemented for 'Bool'")


def check_divisor(xp: Any, divisor: Any) -> None:
    """Refuse to divide integers by zero, where values are known (JAX may be tracing them).

    Raises
    ------
    RuntimeError
        With PyTorch's words, "ZeroDivisionError".
    """
    if xp.isdtype(divisor.dtype, ("real floating", "complex floating")):
        return
    try:
        found = bool(xp.any(divisor == 0))
    except TypeError:
        return
    if found:
        raise OperandError(
            "ZeroDivisionError: integers are divided by zero. Divide floating numbers, or mask the zeros."
        )


__all__ = [
    "Check",
    "OperandError",
    "check_divisor",
    "check_negative",
    "check_positive",
    "check_power",
    "check_subtract",
    "not_for",
    "refuse",
]
