"""Numbers in order whose ends are Tensors that have a derivative: the ends in one dtype and place, and how many numbers there are."""

from __future__ import annotations

import math
from typing import Any

from agrad import dtypes
from agrad.array_api._making import base_backend, dtype_argument
from agrad.dtypes import DType
from agrad.engine.core import TensorCore
from agrad.engine.doors import carrier
from agrad.errors import ShapeError
from agrad.primitives import creation, data_type


def has_derivative(value: Any) -> bool:
    """Whether a value is a Tensor whose derivative somebody may ask for."""
    return isinstance(value, TensorCore) and carrier(value) is not None


def is_floating(value: Any) -> bool:
    """Whether a value is a Tensor of a floating or complex dtype."""
    return isinstance(value, TensorCore) and value._options.is_inexact


def ends_of(values: tuple[Any, ...], dtype: Any, device: Any, default: DType | None = None) -> tuple[Any, ...]:
    """Return numbers and 0-d Tensors as Tensors of a wide dtype, and the dtype of the result.

    Parameters
    ----------
    values : numbers and Tensors, one at least a Tensor
    dtype, device
        As the caller was given them.
    default : DType, optional
        The result's dtype where `dtype` is None; the Tensors' own common one otherwise.

    Raises
    ------
    ShapeError
        For a Tensor with axes.
    """
    from agrad.array_api._converting import convert

    tensors = [value for value in values if isinstance(value, TensorCore)]
    for tensor in tensors:
        if tensor._shape:
            raise ShapeError(
                f"the ends of a range are numbers or 0-d Tensors; received shape {tensor._shape}. Take one element."
            )
    options = tensors[0]._options
    backend = base_backend(options.backend)
    if dtype is not None:
        chosen = dtype_argument(dtype, backend)
    elif default is not None:
        chosen = default
    else:
        chosen = tensors[0]._options.dtype
        for tensor in tensors[1:]:
            chosen = dtypes.promote(chosen, tensor._options.dtype)
        if not chosen.is_inexact:
            chosen = dtypes.get_default_dtype()
    wide = dtypes.float64 if backend.supports(dtypes.float64) else dtypes.float32
    if chosen.is_complex:
        wide = wide.complex
    where = options.device if device is None else device
    return (*(convert(value, wide, where, None) for value in values), chosen)


def count_of(start: Any, stop: Any, step: Any, *, included: bool = False) -> int:
    """Return how many numbers there are from `start` up to `stop`, which counts itself where it is `included`."""
    low, high, distance = (
        value._number("Scalar") if isinstance(value, TensorCore) else value  # type: ignore[attr-defined]
        for value in (start, stop, step)
    )
    steps = (high - low) / distance
    return max(math.floor(steps) + 1 if included else math.ceil(steps), 0)


def counted_from(
    start: Any, stop: Any, step: Any, dtype: Any, device: Any, default: DType | None = None, *, included: bool = False
) -> Any:
    """Return the Tensor of start, start + step, ... recorded: a range whose ends have a derivative."""
    num = count_of(start, stop, step, included=included)
    first, distance, _, chosen = ends_of((start, step, stop), dtype, device, default)
    return data_type.astype(creation.counted(first, distance, num=num), dtype=chosen)


__all__ = ["count_of", "counted_from", "ends_of", "has_derivative", "is_floating"]
