"""Rounding, bounds and signs, element by element.

The confusing cases. Roundings have a derivative of zero, so a loss may pass through them. ``clamp`` with numbers passes the gradient at the
bounds; with tensors the bounds get gradients where they hold. Where ``min`` is above ``max``, ``max`` wins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad import dtypes
from agrad.engine.core import TensorCore
from agrad.engine.general import common_dtype
from agrad.errors import NotAnOperand
from agrad.primitives import data_type, elementwise, pointwise
from agrad.primitives._checks import OperandError
from agrad.primitives._numbers import fitting
from agrad.torch_api._functions import of_one, of_two, of_two_tensors
from agrad.torch_api._out import deliver
from agrad.torch_api.shape_arguments import tensor_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Operand = Any
Bound = Any


@of_one(elementwise.ceil)
def ceil(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the smallest integer not below each element; derivative 0."""


@of_one(elementwise.floor)
def floor(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the greatest integer not above each element; derivative 0."""


@of_one(elementwise.trunc)
def trunc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the nearest integer on the side of 0; derivative 0."""


@of_one(elementwise.trunc)
def fix(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the nearest integer on the side of 0: :func:`trunc`."""


@of_one(pointwise.frac)
def frac(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return what :func:`trunc` takes away; of floating numbers."""


def round(input: Tensor, *, decimals: int = 0, out: Tensor | None = None) -> Tensor:
    """Return the nearest integer, the even one of two; derivative 0.

    Parameters
    ----------
    decimals : int
        How many places behind the point are kept; before it for negative ones.
    """
    result = elementwise.round(input) if decimals == 0 else pointwise.round_decimals(input, decimals=decimals)
    return result if out is None else deliver("round", result, out)


def _number(name: str, bound: Any) -> Any:
    if bound is None or type(bound) in (int, float, bool):
        return bound
    if hasattr(bound, "__float__"):
        return int(bound) if hasattr(bound, "__index__") else float(bound)
    raise NotAnOperand(f"{name}(): a bound must be a Number or a Tensor, not {type(bound).__name__}")


def _clamped(name: str, input: Any, low: Any, high: Any) -> Any:
    """Return `input` held between two numbers, of which one may be None, in the dtype of all."""
    input = tensor_of(name, input)
    low, high = _number(name, low), _number(name, high)
    if not input._options.is_real:
        dtype = common_dtype([input, *(bound for bound in (low, high) if bound is not None)], False)
        if dtype is not input._options.dtype:
            input = data_type.astype(input, dtype=dtype)
        if not dtype.is_inexact:
            low, high = (bound if bound is None else fitting(bound, dtype, name) for bound in (low, high))
    return pointwise.clamp(input, min=low, max=high)


#: types of bounds that need no look
_PLAIN = (float, int, type(None))


def clamp(input: Tensor, min: Bound = None, max: Bound = None, *, out: Tensor | None = None) -> Tensor:
    """Hold each element between bounds.

    Parameters
    ----------
    min, max : number, Tensor or None
        Tensors broadcast and get gradients; one of the two may be None.

    Raises
    ------
    RuntimeError
        Without bounds.
    """
    if (
        out is None
        and type(min) in _PLAIN
        and type(max) in _PLAIN
        and isinstance(input, TensorCore)
        and input._options.is_real
        and (min is not None or max is not None)
    ):
        return pointwise.clamp(input, min=min, max=max)  # the common call, as cheap as may be
    if min is None and max is None:
        raise OperandError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if isinstance(min, TensorCore) or isinstance(max, TensorCore):
        result = elementwise.clip(tensor_of("clamp", input), min, max)
    else:
        result = _clamped("clamp", input, min, max)
    return result if out is None else deliver("clamp", result, out)


def clip(input: Tensor, min: Bound = None, max: Bound = None, *, out: Tensor | None = None) -> Tensor:
    """Hold each element between bounds: :func:`clamp`."""
    return clamp(input, min, max, out=out)


def clamp_min(input: Tensor, min: Bound, *, out: Tensor | None = None) -> Tensor:
    """Return each element, or `min` where that is greater."""
    return clamp(input, min, None, out=out)


def clamp_max(input: Tensor, max: Bound, *, out: Tensor | None = None) -> Tensor:
    """Return each element, or `max` where that is smaller."""
    return clamp(input, None, max, out=out)


def nan_to_num(
    input: Tensor,
    nan: float | None = None,
    posinf: float | None = None,
    neginf: float | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Return `input` with its nans (by 0) and infinities (by the dtype's limits) replaced; the derivative there is 0."""
    input = tensor_of("nan_to_num", input)
    options = input._options
    if not options.is_inexact:
        result: Any = data_type.copy(input)
    else:
        limits = dtypes.finfo(options.dtype)
        numbers = {
            "nan": 0.0 if nan is None else nan,
            "posinf": limits.max if posinf is None else posinf,
            "neginf": limits.min if neginf is None else neginf,
        }
        if options.is_complex:
            parts = [pointwise.nan_to_num(part(input), **numbers) for part in (elementwise.real, elementwise.imag)]
            result = pointwise.make_complex(*parts)
        else:
            result = pointwise.nan_to_num(input, **numbers)
    return result if out is None else deliver("nan_to_num", result, out)


def signbit(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return whether each element has its sign bit set, also -0.0; no derivative."""
    input = tensor_of("signbit", input)
    kind = input._options.dtype.kind
    result = elementwise.signbit(input) if kind in ("float", "complex") else _below_zero(input, kind)
    return result if out is None else deliver("signbit", result, out)


def _below_zero(input: Any, kind: str) -> Any:
    return elementwise.logical_xor(input, input) if kind == "bool" else elementwise.less(input, 0)


@of_two_tensors(elementwise.maximum)
def maximum(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the greater of two, nan where either is; a tie splits the gradient in half."""


@of_two_tensors(elementwise.minimum)
def minimum(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the smaller of two, nan where either is; a tie splits the gradient in half."""


@of_two_tensors(pointwise.fmax)
def fmax(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the greater of two, the other one where one is nan."""


@of_two_tensors(pointwise.fmin)
def fmin(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the smaller of two, the other one where one is nan."""


@of_two(elementwise.copysign)
def copysign(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return the size of `input` with the sign of `other`, floating also for integers."""


@of_two_tensors(elementwise.nextafter)
def nextafter(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the next floating number after `input` on the way to `other`; no derivative."""


def heaviside(input: Tensor, values: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return 0 below 0, 1 above it, and `values` at 0; no derivative.

    Raises
    ------
    RuntimeError
        For tensors of different dtypes.
    """
    input, values = tensor_of("heaviside", input), tensor_of("heaviside", values, "values", 2)
    if input._options.dtype is not values._options.dtype:
        raise OperandError(
            "heaviside is not yet implemented for tensors with different dtypes. "
            f"Received {input._options.dtype!r} and {values._options.dtype!r}; convert one of them."
        )
    result = pointwise.heaviside(input, values)
    return result if out is None else deliver("heaviside", result, out)


__all__ = [
    "ceil",
    "clamp",
    "clamp_max",
    "clamp_min",
    "clip",
    "copysign",
    "fix",
    "floor",
    "fmax",
    "fmin",
    "frac",
    "heaviside",
    "maximum",
    "minimum",
    "nan_to_num",
    "nextafter",
    "round",
    "signbit",
    "trunc",
]
