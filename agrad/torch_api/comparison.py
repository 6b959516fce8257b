"""Comparison: element by element, giving bools, and whole, giving one Python bool. None of it has a derivative.

The confusing case: ``eq`` compares elements, ``equal`` tensors, and ``isclose``, ``allclose`` do the same within a tolerance.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from agrad import dtypes
from agrad.engine.core import TensorCore
from agrad.primitives import data_type, elementwise, pointwise, searching, statistical
from agrad.primitives import set as sets
from agrad.primitives._checks import OperandError
from agrad.torch_api._functions import of_two
from agrad.torch_api._out import deliver
from agrad.torch_api.shape_arguments import tensor_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Operand = Any


@of_two(elementwise.equal)
def eq(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether ``input == other``."""


@of_two(elementwise.not_equal)
def ne(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether ``input != other``."""


@of_two(elementwise.less)
def lt(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether ``input < other``."""


@of_two(elementwise.less_equal)
def le(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether ``input <= other``."""


@of_two(elementwise.greater)
def gt(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether ``input > other``."""


@of_two(elementwise.greater_equal)
def ge(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether ``input >= other``."""


@of_two(elementwise.not_equal)
def not_equal(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether ``input != other``: :func:`ne`."""


@of_two(elementwise.less)
def less(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether ``input < other``: :func:`lt`."""


@of_two(elementwise.less_equal)
def less_equal(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether ``input <= other``: :func:`le`."""


@of_two(elementwise.greater)
def greater(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether ``input > other``: :func:`gt`."""


@of_two(elementwise.greater_equal)
def greater_equal(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Return whether ``input >= other``: :func:`ge`."""


def equal(input: Tensor, other: Tensor) -> bool:
    """Return whether two tensors have one shape and equal elements; nan equals nothing."""
    input, other = tensor_of("equal", input), tensor_of("equal", other, "other", 2)
    return input._shape == other._shape and bool(statistical.all(elementwise.equal(input, other)))


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Return whether ``abs(input - other) <= atol + rtol * abs(other)``.

    Parameters
    ----------
    rtol, atol : float
        Relative and absolute tolerance, not negative.
    equal_nan : bool
        Whether nan is close to nan.

    Raises
    ------
    RuntimeError
        For tensors of different dtypes.
    """
    input, other = tensor_of("isclose", input), tensor_of("isclose", other, "other", 2)
    mine, yours = input._options.dtype, other._options.dtype
    if mine is not yours:
        raise OperandError(f"{mine.scalar_name} did not match {yours.scalar_name}")
    for name, tolerance in (("rtol", rtol), ("atol", atol)):
        if tolerance < 0:
            raise OperandError(f"{name} must be greater than or equal to zero, but got {tolerance}")
    if mine.is_inexact:
        return pointwise.isclose(input, other, rtol=rtol, atol=atol, equal_nan=equal_nan)
    same = elementwise.equal(input, other)
    if rtol == 0 and atol == 0:
        return same
    default = dtypes.get_default_dtype()
    pair = (data_type.astype(one, dtype=default) for one in (input, other))
    return elementwise.logical_or(same, pointwise.isclose(*pair, rtol=rtol, atol=atol, equal_nan=False))


def allclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Return whether all elements are close: :func:`isclose`."""
    return bool(statistical.all(isclose(input, other, rtol, atol, equal_nan)))


def isnan(input: Tensor) -> Tensor:
    """Return whether each element is nan."""
    return elementwise.isnan(input)


def isinf(input: Tensor) -> Tensor:
    """Return whether each element is an infinity."""
    return elementwise.isinf(input)


def isfinite(input: Tensor) -> Tensor:
    """Return whether each element is finite."""
    return elementwise.isfinite(input)


def _infinite(name: str, input: Any, value: float) -> Any:
    input = tensor_of(name, input)
    if input._options.is_complex:
        raise OperandError(f"{name} does not support complex inputs. Look at its parts, x.real and x.imag.")
    if not input._options.is_inexact:
        return elementwise.isinf(input)
    return elementwise.equal(input, value)


def isposinf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return whether each element is the positive infinity."""
    result = _infinite("isposinf", input, math.inf)
    return result if out is None else deliver("isposinf", result, out)


def isneginf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return whether each element is the negative infinity."""
    result = _infinite("isneginf", input, -math.inf)
    return result if out is None else deliver("isneginf", result, out)


def isreal(input: Tensor) -> Tensor:
    """Return whether each element has an imaginary part of 0, as all real ones have."""
    input = tensor_of("isreal", input)
    if input._options.is_complex:
        return elementwise.equal(elementwise.imag(input), 0)
    return elementwise.logical_or(elementwise.isfinite(input), True)


def isin(
    elements: Operand,
    test_elements: Operand,
    *,
    assume_unique: bool = False,
    invert: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Return for each of `elements` whether it is among `test_elements` (or, inverted, is not).

    Parameters
    ----------
    elements, test_elements : Tensor or number
        One of them is a Tensor.
    assume_unique : bool
        A promise that no element repeats, which nothing here depends on.
    """
    if not (isinstance(elements, TensorCore) or isinstance(test_elements, TensorCore)):
        elements = tensor_of("isin", elements, "elements")
    result = sets.isin(elements, test_elements, invert=invert)
    return result if out is None else deliver("isin", result, out)


def bucketize(
    input: Operand, boundaries: Tensor, *, out_int32: bool = False, right: bool = False, out: Tensor | None = None
) -> Tensor:
    """Return into which of the buckets between sorted `boundaries` (a vector) each element falls.

    Parameters
    ----------
    right : bool
        Whether an element that is a boundary falls into the bucket after it.
    """
    boundaries = tensor_of("bucketize", boundaries, "boundaries", 2)
    if len(boundaries._shape) != 1:
        raise OperandError(f"boundaries tensor must be 1 dimension, but got dim({len(boundaries._shape)})")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right, out=out)


def searchsorted(
    sorted_sequence: Tensor,
    input: Operand,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return where each element would be put into a sorted sequence so that it stays sorted.

    Parameters
    ----------
    sorted_sequence : Tensor, shape (..., N)
        A vector for all of `input`, or a row for each of its rows.
    input : Tensor or number
    right : bool
        Behind equal elements, not before them; the same as ``side="right"``.
    sorter : Tensor of integers, optional
        The order that sorts the sequence.
    """
    sequence = tensor_of("searchsorted", sorted_sequence, "sorted_sequence")
    if side is not None:
        if side not in ("left", "right"):
            raise OperandError(f"searchsorted(): side can only be 'left' or 'right' but got {side}")
        if side == "left" and right:
            raise OperandError(
                "searchsorted(): side and right can't be set to opposites, got side of left while right was True"
            )
        right = side == "right"
    if not sequence._shape:
        raise OperandError("searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1")
    found = _search(sequence, input, right, sorter)
    wanted = dtypes.int32 if out_int32 else dtypes.int64
    result = found if found._options.dtype is wanted else data_type.astype(found, dtype=wanted)
    return result if out is None else deliver("searchsorted", result, out)


def _search(sequence: Any, input: Any, right: bool, sorter: Any) -> Any:
    side = "right" if right else "left"
    if len(sequence._shape) == 1:
        return searching.searchsorted(sequence, input, side=side, sorter=sorter)
    if not isinstance(input, TensorCore) or input._shape[:-1] != sequence._shape[:-1]:
        told = list(input._shape) if isinstance(input, TensorCore) else []
        raise OperandError(
            "searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and "
            f"input value tensor must match, but we got boundaries tensor {list(sequence._shape)} and input value tensor {told}"
        )
    return searching.search_rows(sequence, input, side=side, sorter=sorter)


__all__ = [
    "allclose",
    "bucketize",
    "eq",
    "equal",
    "ge",
    "greater",
    "greater_equal",
    "gt",
    "isclose",
    "isfinite",
    "isin",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "isreal",
    "le",
    "less",
    "less_equal",
    "lt",
    "ne",
    "not_equal",
    "searchsorted",
]
