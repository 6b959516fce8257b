"""Order: sorting, the k-th of an order, medians and quantiles.

Where values are chosen, all their gradient goes to the positions that are told. The median is the lower of two middle elements, and a nan
where there is one; ``nanmedian`` and ``nanquantile`` look past nans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.engine.core import TensorCore
from agrad.errors import UnsupportedOperation
from agrad.primitives import sorting
from agrad.primitives._checks import OperandError
from agrad.torch_api import return_types
from agrad.torch_api._out import deliver
from agrad.torch_api.creation import as_tensor
from agrad.torch_api.reducing import axes_of, either
from agrad.torch_api.shape_arguments import tensor_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Pair = Any


def _orderable(name: str, input: Any) -> Any:
    input = tensor_of(name, input)
    if input._options.is_complex:
        raise UnsupportedOperation(
            f" {name.capitalize()} does not support complex dtypes on CPU: complex numbers have no order. "
            "Take abs() or a part first."
        )
    return input


def sort(
    input: Tensor,
    dim: int | str | None = None,
    descending: bool = False,
    *,
    stable: bool | None = None,
    axis: int | str | None = None,
    out: Pair = None,
) -> return_types.sort:
    """Return the elements in order along `dim` (the last axis), and the positions that they had.

    Parameters
    ----------
    descending : bool
        The greatest first; nan counts as greatest.
    stable : bool, optional
        Whether equal elements keep their order, which they always do here.
    """
    input = _orderable("sort", input)
    along = axes_of("sort", input, either("sort", dim, axis), one=True)
    pair = sorting.sort_with_indices(input, axis=-1 if along is None else along, descending=descending, stable=True)
    result = return_types.sort(*pair)
    return result if out is None else deliver("sort", result, out)


def argsort(
    input: Tensor,
    dim: int | str = -1,
    descending: bool = False,
    stable: bool = False,
    *,
    axis: int | str | None = None,
) -> Tensor:
    """Return the positions of the elements in order along `dim`."""
    input = _orderable("argsort", input)
    along = axes_of("argsort", input, dim if axis is None else axis, one=True)
    return sorting.argsort(input, axis=along, descending=descending, stable=True)


def msort(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the elements in order along the first axis."""
    input = _orderable("msort", input)
    result = sorting.sort_with_indices(input, axis=0)[0]
    return result if out is None else deliver("msort", result, out)


def topk(
    input: Tensor,
    k: int,
    dim: int | str = -1,
    largest: bool = True,
    sorted: bool = True,
    *,
    axis: int | str | None = None,
    out: Pair = None,
) -> return_types.topk:
    """Return the `k` largest (or smallest) elements along `dim`, in order, and where they are.

    Parameters
    ----------
    sorted : bool
        Whether the order matters; it is kept in any case.
    """
    input = _orderable("topk", input)
    along = axes_of("topk", input, dim if axis is None else axis, one=True)
    result = return_types.topk(*sorting.topk(input, int(k), axis=along, largest=largest))
    return result if out is None else deliver("topk", result, out)


def kthvalue(
    input: Tensor,
    k: int,
    dim: int | str = -1,
    keepdim: bool = False,
    *,
    axis: int | str | None = None,
    keepdims: bool | None = None,
    out: Pair = None,
) -> return_types.kthvalue:
    """Return the `k`-th smallest element along `dim` (the first is 1), and where it is."""
    input = _orderable("kthvalue", input)
    along = axes_of("kthvalue", input, dim if axis is None else axis, one=True)
    keep = keepdim if keepdims is None else keepdims
    result = return_types.kthvalue(*sorting.kthvalue(input, int(k), axis=along, keepdims=keep))
    return result if out is None else deliver("kthvalue", result, out)


def median(
    input: Tensor,
    dim: int | str | None = None,
    keepdim: bool = False,
    *,
    axis: int | str | None = None,
    keepdims: bool | None = None,
    out: Pair = None,
) -> Any:
    """Return the lower middle element of all, or along one axis; nan where there is one.

    Returns
    -------
    Tensor, or (values, indices) along an axis
    """
    input = _orderable("median", input)
    along = axes_of("median", input, either("median", dim, axis), one=True)
    if along is None:
        whole = sorting.median_of_all(input, skip_nan=False)
        return whole if out is None else deliver("median", whole, out)
    keep = keepdim if keepdims is None else keepdims
    result = return_types.median(*sorting.median(input, axis=along, keepdims=keep, skip_nan=False))
    return result if out is None else deliver("median", result, out)


def nanmedian(
    input: Tensor,
    dim: int | str | None = None,
    keepdim: bool = False,
    *,
    axis: int | str | None = None,
    keepdims: bool | None = None,
    out: Pair = None,
) -> Any:
    """Return the lower middle element of all, or along one axis; nans aside.

    Returns
    -------
    Tensor, or (values, indices) along an axis
    """
    input = _orderable("nanmedian", input)
    along = axes_of("nanmedian", input, either("nanmedian", dim, axis), one=True)
    if along is None:
        whole = sorting.median_of_all(input, skip_nan=True)
        return whole if out is None else deliver("nanmedian", whole, out)
    keep = keepdim if keepdims is None else keepdims
    result = return_types.nanmedian(*sorting.median(input, axis=along, keepdims=keep, skip_nan=True))
    return result if out is None else deliver("nanmedian", result, out)


def mode(
    input: Tensor,
    dim: int | str = -1,
    keepdim: bool = False,
    *,
    axis: int | str | None = None,
    keepdims: bool | None = None,
    out: Pair = None,
) -> return_types.mode:
    """Return the most frequent element along `dim`, the smallest of equally frequent ones, and its last position."""
    input = _orderable("mode", input)
    along = axes_of("mode", input, dim if axis is None else axis, one=True)
    keep = keepdim if keepdims is None else keepdims
    result = return_types.mode(*sorting.mode(input, axis=along, keepdims=keep))
    return result if out is None else deliver("mode", result, out)


def _quantile(
    name: str, input: Any, q: Any, dim: Any, keepdim: bool, interpolation: str, skip_nan: bool, out: Any
) -> Any:
    input = tensor_of(name, input)
    options = input._options
    if options.dtype.name not in ("float32", "float64"):
        raise OperandError(
            f"{name}() input tensor must be either float or double dtype; received {options.dtype!r}. "
            "Convert it first: x.float()."
        )
    if not isinstance(q, TensorCore):
        if isinstance(q, (int, float)) and not 0 <= q <= 1:
            raise OperandError(f"{name}() q must be in the range [0, 1] but got {q}")
        q = as_tensor(q, dtype=options.dtype, device=options.device)
    elif len(q._shape) > 1:
        raise OperandError(f"{name}() q must be a scalar or 1D tensor; received shape {q._shape}")
    elif q._options.dtype is not options.dtype:
        raise OperandError(
            f"{name}() q tensor must be same dtype as the input tensor; "
            f"received {q._options.dtype!r} and {options.dtype!r}"
        )
    elif not bool(sorting.in_unit_interval(q)):
        raise OperandError(f"{name}() q values must be in the range [0, 1]")
    along = axes_of(name, input, dim, one=True)
    result = sorting.quantile(input, q, axis=along, keepdims=keepdim, interpolation=interpolation, skip_nan=skip_nan)
    return result if out is None else deliver(name, result, out)


def quantile(
    input: Tensor,
    q: float | Tensor,
    dim: int | str | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
    axis: int | str | None = None,
    keepdims: bool | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return the quantiles `q` along one axis or of all elements; nan where there is one.

    Parameters
    ----------
    q : float or Tensor, shape () or (Q,)
        Between 0 and 1, of input's dtype; with a shape (Q,) the result begins with an axis of length Q.
    interpolation : {"linear", "lower", "higher", "midpoint", "nearest"}
        What is taken between two elements.
    """
    keep = keepdim if keepdims is None else keepdims
    return _quantile("quantile", input, q, either("quantile", dim, axis), keep, interpolation, False, out)


def nanquantile(
    input: Tensor,
    q: float | Tensor,
    dim: int | str | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
    axis: int | str | None = None,
    keepdims: bool | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return the quantiles `q` along one axis or of all elements; nans aside.

    Parameters
    ----------
    q : float or Tensor, shape () or (Q,)
        Between 0 and 1, of input's dtype; with a shape (Q,) the result begins with an axis of length Q.
    interpolation : {"linear", "lower", "higher", "midpoint", "nearest"}
        What is taken between two elements.
    """
    keep = keepdim if keepdims is None else keepdims
    return _quantile("nanquantile", input, q, either("nanquantile", dim, axis), keep, interpolation, True, out)


__all__ = [
    "argsort",
    "kthvalue",
    "median",
    "mode",
    "msort",
    "nanmedian",
    "nanquantile",
    "quantile",
    "sort",
    "topk",
]
