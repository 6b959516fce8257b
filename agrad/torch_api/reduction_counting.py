"""Counting: distinct elements, how often numbers occur, and histograms. None of it has a derivative but the distinct values."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agrad.array_api._making import default_int
from agrad.dtypes import float64
from agrad.engine.core import TensorCore
from agrad.errors import UnsupportedOperation
from agrad.primitives import counting, data_type, elementwise, manipulation, statistical
from agrad.primitives import set as sets
from agrad.primitives._axes import part
from agrad.primitives._checks import OperandError
from agrad.torch_api import return_types
from agrad.torch_api._out import deliver
from agrad.torch_api.creation_ranges import linspace
from agrad.torch_api.reducing import axes_of
from agrad.torch_api.shape_arguments import tensor_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def _distinct(name: str, input: Any, inverse: bool, counts: bool, dim: Any, consecutive: bool) -> Any:
    input = tensor_of(name, input)
    if input._options.is_complex:
        raise UnsupportedOperation(
            f"\"unique\" not implemented for '{input._options.dtype.scalar_name}': complex numbers have no order"
        )
    along = axes_of(name, input, dim, one=True)
    values, places, numbers = sets.unique_rows(input, axis=along, consecutive=consecutive)
    if not (inverse or counts):
        return values
    return (values, *((places,) if inverse else ()), *((numbers,) if counts else ()))


def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | str | None = None,
) -> Any:
    """Return the distinct elements in order, or the distinct slices along `dim`; each nan is distinct.

    Parameters
    ----------
    sorted : bool
        Whether the order matters; it is kept in any case.
    return_inverse : bool
        Also return which of the distinct ones each element is.
    return_counts : bool
        Also return how often each occurs.
    """
    return _distinct("unique", input, return_inverse, return_counts, dim, False)


def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | str | None = None
) -> Any:
    """Return the elements (or slices along `dim`) that differ from the one before; the parameters are :func:`unique`'s."""
    return _distinct("unique_consecutive", input, return_inverse, return_counts, dim, True)


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """Return how often each of 0, 1, ... occurs in a vector of integers, or the sum of its weights.

    Parameters
    ----------
    weights : Tensor, shaped like `input`, optional
    minlength : int
        The least length of the result; else it ends with the greatest number.

    Raises
    ------
    RuntimeError
        For negative numbers and other than one dimension.
    """
    input = tensor_of("bincount", input)
    options = input._options
    if options.is_inexact or options.dtype.kind == "bool":
        raise UnsupportedOperation(
            f"\"bincount_cpu\" not implemented for '{options.dtype.scalar_name}'. Convert it first: x.long()."
        )
    if minlength < 0:
        raise OperandError(f"minlength should be >= 0; received {minlength}")
    if len(input._shape) != 1 or (input._shape[0] and int(statistical.min(input)) < 0):
        raise OperandError("bincount only supports 1-d non-negative integral inputs.")
    length = max(int(statistical.max(input)) + 1 if input._shape[0] else 0, minlength)
    if weights is None:
        counts = counting.count_each(input, length=length)
        return data_type.astype(counts, dtype=default_int(options))
    weights = tensor_of("bincount", weights, "weights", 2)
    if weights._shape != input._shape:
        raise OperandError(
            f"weights should be 1-d and have the same length as input; received {weights._shape} and {input._shape}"
        )
    if not weights._options.is_inexact:
        weights = data_type.astype(weights, dtype=float64)
    return counting.sum_each(input, weights, length=length)


def _range_of(name: str, input: Any, low: float, high: float) -> tuple[float, float]:
    """Return the outer edges: as they are told, or of the data where both are told alike."""
    if low == high and all(input._shape):
        low, high = float(statistical.min(input)), float(statistical.max(input))
    if low == high:
        low, high = low - 1.0, high + 1.0
    if not (abs(low) < float("inf") and abs(high) < float("inf")):
        raise OperandError(f"{name}: range of [{low}, {high}] is not finite")
    if low > high:
        raise OperandError(f"{name}: max must be larger than min; received [{low}, {high}]")
    return low, high


def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0, *, out: Tensor | None = None) -> Tensor:
    """Return how many elements fall into each of `bins` equal bins between `min` and `max`.

    Parameters
    ----------
    min, max : float
        The outer edges, both of which count; where they are equal, the data's smallest and largest element.
    """
    input = tensor_of("histc", input)
    options = input._options
    if not options.dtype.is_floating_point:
        raise UnsupportedOperation(
            f"\"histogram_cpu\" not implemented for '{options.dtype.scalar_name}'. Convert it first: x.float()."
        )
    if bins <= 0:
        raise OperandError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    low, high = _range_of("torch.histc", input, min, max)
    flat = manipulation.reshape(input, shape=(-1,))
    places = counting.place_in_bins(flat, low, high, bins=bins)
    counts = part(counting.count_each(places, length=bins + 1), 0, 0, bins)
    result = data_type.astype(counts, dtype=options.dtype)
    return result if out is None else deliver("histc", result, out)


def histogram(
    input: Tensor,
    bins: int | Tensor,
    *,
    range: tuple[float, float] | None = None,
    weight: Tensor | None = None,
    density: bool = False,
    out: tuple[Tensor, Tensor] | None = None,
) -> return_types.histogram:
    """Return how many elements fall into each bin, and the bins' edges.

    Parameters
    ----------
    bins : int, or Tensor of ascending edges
    range : (float, float), optional
        The outer edges, where the number of bins is given; by default the data's.
    weight : Tensor, shaped like `input`, optional
        What each element counts.
    density : bool
        Divide by the total and the bins' widths, so that the area is 1.
    """
    input = tensor_of("histogram", input)
    options = input._options
    if not options.dtype.is_floating_point:
        raise UnsupportedOperation(
            f"\"histogramdd\" not implemented for '{options.dtype.scalar_name}'. Convert it first: x.float()."
        )
    if isinstance(bins, TensorCore):
        edges = data_type.copy(bins)
    else:
        if bins <= 0:
            raise OperandError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
        low, high = _outer(input) if range is None else (float(range[0]), float(range[1]))
        if low > high:
            raise OperandError(
                f"torch.histogram(): min should not exceed max, but got min {low} max {high} for dimension 0"
            )
        edges = linspace(low, high, bins + 1, dtype=options.dtype, device=options.device)
    hist = counting.histogram_counts(input, edges, weight)
    if density:
        widths = statistical.diff(edges)
        hist = elementwise.divide(hist, elementwise.multiply(statistical.sum(hist), widths))
    result = return_types.histogram(hist, edges)
    return result if out is None else deliver("histogram", result, out)


def _edges_along(input: Any, bins: Any, column: int, limits: Any) -> Any:
    """Return the edges of the bins along one axis of points."""
    if isinstance(bins, TensorCore):
        return data_type.copy(bins)
    options = input._options
    low, high = _outer(input[:, column]) if limits is None else (float(limits[0]), float(limits[1]))
    return linspace(low, high, int(bins) + 1, dtype=options.dtype, device=options.device)


def histogramdd(
    input: Tensor,
    bins: int | Sequence[int] | Sequence[Tensor],
    *,
    range: Sequence[float] | None = None,
    weight: Tensor | None = None,
    density: bool = False,
) -> return_types.histogramdd:
    """Return how many points fall into each cell of a grid, and the edges along each axis.

    Parameters
    ----------
    input : Tensor, shape (..., D)
        Points of D coordinates.
    bins : int, or one number or Tensor of ascending edges per axis
    range : sequence of 2 D floats, optional
        The outer edges, axis by axis; by default the data's.
    weight : Tensor, shape (...), optional
        What each point counts.
    density : bool
        Divide by the total and the cells' volumes, so that the integral is 1.
    """
    input = tensor_of("histogramdd", input)
    if len(input._shape) < 2:
        raise OperandError("torch.histogramdd: input tensor should have at least 2 dimensions")
    count = input._shape[-1]
    points = manipulation.reshape(input, shape=(-1, count))
    along: list[Any] = [bins] * count if isinstance(bins, int) else list(bins)
    if len(along) != count:
        raise OperandError(
            "torch.histogramdd: The size of bins should be equal to the innermost dimension of the input; "
            f"received {len(along)} and {count}"
        )
    edges = tuple(
        _edges_along(points, one, column, None if range is None else range[2 * column : 2 * column + 2])
        for column, one in enumerate(along)
    )
    weights = None if weight is None else manipulation.reshape(weight, shape=(-1,))
    hist = counting.histogram_of_points(points, edges, weights)
    if density:
        hist = elementwise.divide(hist, statistical.sum(hist))
        for column, one in enumerate(edges):
            shape = tuple(-1 if place == column else 1 for place in builtins.range(count))
            hist = elementwise.divide(hist, manipulation.reshape(statistical.diff(one), shape=shape))
    return return_types.histogramdd(hist, edges)


def _outer(input: Any) -> tuple[float, float]:
    if not all(input._shape):
        return 0.0, 1.0
    low, high = float(statistical.min(input)), float(statistical.max(input))
    return (low - 0.5, high + 0.5) if low == high else (low, high)


__all__ = [
    "bincount",
    "histc",
    "histogram",
    "histogramdd",
    "unique",
    "unique_consecutive",
]
