"""What the face does to arguments before a primitive sees them: lift raw arrays, make lists tuples, choose the dtype
of sums."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from agrad.array_api._making import default_int, default_uint, dtype_argument
from agrad.engine.core import TensorCore
from agrad.engine.general import as_operand
from agrad.primitives import data_type

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def as_tensor(x: Any) -> Any:
    """Return a Tensor as it is and a backend's array lifted to one; Python numbers stay numbers.

    Raises
    ------
    TypeError
        For anything else.
    """
    return x if isinstance(x, TensorCore) else as_operand(x)


def as_tensors(arrays: Iterable[Any]) -> tuple[Any, ...]:
    """Return each array as a Tensor."""
    return tuple(as_tensor(x) for x in arrays)


def axis_argument(axis: Any) -> Any:
    """Return a list of axes as a tuple: primitives' parameters are hashable; an int or None as it is."""
    return tuple(axis) if isinstance(axis, list) else axis


def shape_argument(shape: int | Sequence[Any]) -> tuple[int, ...]:
    """Return a shape as a tuple of Python ints; one int is a shape of one dimension."""
    if isinstance(shape, int):
        return (shape,)
    if type(shape) is tuple and all(type(length) is int for length in shape):
        return shape
    if hasattr(shape, "__index__") and not isinstance(shape, Sequence):
        return (shape.__index__(),)
    return tuple(length if type(length) is int else length.__index__() for length in shape)


def accumulate(function: Callable[..., Any], x: Any, dtype: Any, **params: Any) -> Tensor:
    """Return a sum or product of x, computed and given in the dtype that the standard says or `dtype` asks for."""
    x = as_tensor(x)
    if not isinstance(x, TensorCore):
        return function(x, **params)  # a Python number: the primitive makes it a Tensor
    options = x._options
    wanted = own = options.dtype
    if dtype is not None:
        wanted = dtype_argument(dtype, options.backend)
    elif own.kind == "int":
        wanted = _wider(own, default_int(options))
    elif own.kind == "uint":
        wanted = _wider(own, default_uint(options))
    elif own.kind == "bool":
        wanted = default_int(options)
    result = function(x if wanted is own else data_type.astype(x, dtype=wanted), **params)
    # A small integer dtype that was asked for is widened by the backend's own sum.
    if result._options.dtype is not wanted:
        result = data_type.astype(result, dtype=wanted)
    return result


def _wider(own: Any, default: Any) -> Any:
    return own if own.bits >= default.bits else default


__all__ = ["accumulate", "as_tensor", "as_tensors", "axis_argument", "shape_argument"]
