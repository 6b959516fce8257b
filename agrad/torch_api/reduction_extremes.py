"""Greatest and smallest elements: of all, along an axis with their positions, or of two tensors.

The confusing case is the gradient at ties. ``max`` along an axis gives it all to the position that it tells; ``amax`` and ``max`` of all
elements split it evenly among equals; ``maximum`` halves it between two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from agrad.array_api._making import default_int
from agrad.engine.core import TensorCore
from agrad.errors import IndexOutOfRange, UnsupportedOperation
from agrad.primitives import data_type, elementwise, searching, sorting, statistical
from agrad.primitives._checks import OperandError
from agrad.primitives._helpers import normalize_axis
from agrad.torch_api import return_types
from agrad.torch_api._out import deliver
from agrad.torch_api.reducing import axes_of, either
from agrad.torch_api.shape_arguments import tensor_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Dims = Any


def _ordered(name: str, input: Any, kernel: str) -> Any:
    """Return a tensor whose elements have an order.

    Raises
    ------
    NotImplementedError
        For complex ones, which have none.
    """
    input = tensor_of(name, input)
    if input._options.is_complex:
        raise UnsupportedOperation(
            f"\"{kernel}\" not implemented for '{input._options.dtype.scalar_name}': complex numbers have no order. "
            "Take abs() or a part first."
        )
    return input


def max(
    input: Tensor,
    dim: Any = None,
    keepdim: bool = False,
    *,
    other: Tensor | None = None,
    axis: int | str | None = None,
    keepdims: bool | None = None,
    out: Any = None,
) -> Any:
    """Return the largest element of all, or along one axis, or of two tensors; nan where there is one.

    Parameters
    ----------
    dim : int, name, or Tensor
        An axis; a Tensor in its place is `other`.
    other : Tensor, optional
        The result is then :func:`maximum`.

    Returns
    -------
    Tensor, or (values, indices) along an axis: the largest elements and where they are first
    """
    if dim is None and axis is None and other is None:
        result = statistical.max(_ordered("max", input, "max_all"))
        return result if out is None else deliver("max", result, out)
    if isinstance(dim, TensorCore):
        other, dim = cast("Tensor", dim), None
    if other is not None:
        result = elementwise.maximum(tensor_of("max", input), tensor_of("max", other, "other", 2))
        return result if out is None else deliver("max", result, out)
    input = _ordered("max", input, "max_cpu")
    along = axes_of("max", input, either("max", dim, axis), one=True)
    keep = keepdim if keepdims is None else keepdims
    pair = return_types.max(*sorting.max_with_indices(_not_empty("max", input, along), axis=along, keepdims=keep))
    return pair if out is None else deliver("max", pair, out)


def min(
    input: Tensor,
    dim: Any = None,
    keepdim: bool = False,
    *,
    other: Tensor | None = None,
    axis: int | str | None = None,
    keepdims: bool | None = None,
    out: Any = None,
) -> Any:
    """Return the smallest element of all, or along one axis, or of two tensors; nan where there is one.

    Parameters
    ----------
    dim : int, name, or Tensor
        An axis; a Tensor in its place is `other`.
    other : Tensor, optional
        The result is then :func:`minimum`.

    Returns
    -------
    Tensor, or (values, indices) along an axis: the smallest elements and where they are first
    """
    if dim is None and axis is None and other is None:
        result = statistical.min(_ordered("min", input, "min_all"))
        return result if out is None else deliver("min", result, out)
    if isinstance(dim, TensorCore):
        other, dim = cast("Tensor", dim), None
    if other is not None:
        result = elementwise.minimum(tensor_of("min", input), tensor_of("min", other, "other", 2))
        return result if out is None else deliver("min", result, out)
    input = _ordered("min", input, "min_cpu")
    along = axes_of("min", input, either("min", dim, axis), one=True)
    keep = keepdim if keepdims is None else keepdims
    pair = return_types.min(*sorting.min_with_indices(_not_empty("min", input, along), axis=along, keepdims=keep))
    return pair if out is None else deliver("min", pair, out)


def _not_empty(name: str, input: Any, along: int) -> Any:
    if 0 in input._shape and input._shape[normalize_axis(along, len(input._shape))] == 0:
        raise IndexOutOfRange(
            f"{name}(): Expected reduction dim {along % len(input._shape)} to have non-zero size. "
            f"Received a tensor of shape {input._shape}"
        )
    return input


def amax(
    input: Tensor,
    dim: Dims = None,
    keepdim: bool = False,
    *,
    axis: Dims = None,
    keepdims: bool | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return the largest element over `dim`, one axis or several; ties share the gradient evenly."""
    input = _ordered("amax", input, "amax_cpu")
    along = axes_of("amax", input, either("amax", dim, axis))
    if along is None:
        along = tuple(range(len(input._shape)))
    keep = keepdim if keepdims is None else keepdims
    result = statistical.max(input, axis=along, keepdims=keep)
    return result if out is None else deliver("amax", result, out)


def amin(
    input: Tensor,
    dim: Dims = None,
    keepdim: bool = False,
    *,
    axis: Dims = None,
    keepdims: bool | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return the smallest element over `dim`, one axis or several; ties share the gradient evenly."""
    input = _ordered("amin", input, "amin_cpu")
    along = axes_of("amin", input, either("amin", dim, axis))
    if along is None:
        along = tuple(range(len(input._shape)))
    keep = keepdim if keepdims is None else keepdims
    result = statistical.min(input, axis=along, keepdims=keep)
    return result if out is None else deliver("amin", result, out)


def aminmax(
    input: Tensor,
    *,
    dim: int | str | None = None,
    keepdim: bool = False,
    axis: int | str | None = None,
    keepdims: bool | None = None,
    out: tuple[Tensor, Tensor] | None = None,
) -> return_types.aminmax:
    """Return the smallest and the largest element, along one axis or of all; ties share the gradient evenly."""
    input = _ordered("aminmax", input, "aminmax")
    along = axes_of("aminmax", input, either("aminmax", dim, axis), one=True)
    if 0 in input._shape and (along is None or input._shape[normalize_axis(along, len(input._shape))] == 0):
        raise OperandError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity. "
            f"Received a tensor of shape {input._shape}"
        )
    keep = keepdim if keepdims is None else keepdims
    pair = return_types.aminmax(*statistical.aminmax(input, axis=along, keepdims=keep))
    return pair if out is None else deliver("aminmax", pair, out)


def argmax(
    input: Tensor,
    dim: int | str | None = None,
    keepdim: bool = False,
    *,
    axis: int | str | None = None,
    keepdims: bool | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return the position of the first largest element, along `dim` or in the flattened tensor (int64)."""
    input = _ordered("argmax", input, "argmax_cpu")
    if input._options.dtype.kind == "bool":
        raise OperandError("argmax(): does not support bool input. Convert it first: x.int().")
    along = axes_of("argmax", input, either("argmax", dim, axis), one=True)
    keep = keepdim if keepdims is None else keepdims
    result = _index(searching.argmax(input, axis=along, keepdims=keep))
    return result if out is None else deliver("argmax", result, out)


def argmin(
    input: Tensor,
    dim: int | str | None = None,
    keepdim: bool = False,
    *,
    axis: int | str | None = None,
    keepdims: bool | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return the position of the first smallest element, along `dim` or in the flattened tensor (int64)."""
    input = _ordered("argmin", input, "argmin_cpu")
    if input._options.dtype.kind == "bool":
        raise OperandError("argmin(): does not support bool input. Convert it first: x.int().")
    along = axes_of("argmin", input, either("argmin", dim, axis), one=True)
    keep = keepdim if keepdims is None else keepdims
    result = _index(searching.argmin(input, axis=along, keepdims=keep))
    return result if out is None else deliver("argmin", result, out)


def _index(positions: Any) -> Any:
    """Return positions in the dtype that PyTorch has for them, where the backend's is smaller."""
    wanted = default_int(positions._options)
    return positions if positions._options.dtype is wanted else data_type.astype(positions, dtype=wanted)


__all__ = [
    "amax",
    "amin",
    "aminmax",
    "argmax",
    "argmin",
    "max",
    "min",
]
