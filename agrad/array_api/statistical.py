"""Sums, products, extremes and their running forms, by the standard's names, signatures and defaults.

Where ``dtype`` is not given, sums and products of integers are computed in at least the default integer dtype and
keep their sign kind; floating and complex dtypes stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agrad.array_api._arguments import accumulate, axis_argument
from agrad.primitives import statistical

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Axis = int | Sequence[int] | None


def cumulative_prod(
    x: Tensor, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Tensor:
    """Return the running product along `axis`, which only a 1-D array may leave out.

    Its derivatives are exact at zeros.

    Parameters
    ----------
    dtype : DType, optional
        What x is converted to first.
    include_initial : bool
        Whether the result begins with a 1, and so is one longer.
    """
    return accumulate(statistical.cumulative_prod, x, dtype, axis=axis, include_initial=include_initial)


def cumulative_sum(
    x: Tensor, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Tensor:
    """Return the running sum along `axis`, which only a 1-D array may leave out; the cotangent is summed from the end.

    Parameters
    ----------
    dtype : DType, optional
        What x is converted to first.
    include_initial : bool
        Whether the result begins with a 0, and so is one longer.
    """
    return accumulate(statistical.cumulative_sum, x, dtype, axis=axis, include_initial=include_initial)


def max(x: Tensor, /, *, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the largest element over `axis`, nan if there is one; ties share the cotangent evenly."""
    return statistical.max(x, axis=axis_argument(axis), keepdims=keepdims)


def mean(x: Tensor, /, *, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the arithmetic mean over `axis`; linear."""
    return statistical.mean(x, axis=axis_argument(axis), keepdims=keepdims)


def min(x: Tensor, /, *, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the smallest element over `axis`, nan if there is one; ties share the cotangent evenly."""
    return statistical.min(x, axis=axis_argument(axis), keepdims=keepdims)


def prod(x: Tensor, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Tensor:
    """Return the product over `axis`; the derivative is the product of the others, exact at zeros."""
    return accumulate(statistical.prod, x, dtype, axis=axis_argument(axis), keepdims=keepdims)


def std(x: Tensor, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> Tensor:
    """Return the standard deviation over `axis`, dividing by n - correction.

    Derivative 0 where all elements are equal.
    """
    return statistical.std(x, axis=axis_argument(axis), correction=correction, keepdims=keepdims)


def sum(x: Tensor, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Tensor:
    """Return the sum over `axis`; linear."""
    return accumulate(statistical.sum, x, dtype, axis=axis_argument(axis), keepdims=keepdims)


def var(x: Tensor, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> Tensor:
    """Return the variance over `axis`, dividing by n - correction."""
    return statistical.var(x, axis=axis_argument(axis), correction=correction, keepdims=keepdims)


__all__ = [
    "cumulative_prod",
    "cumulative_sum",
    "max",
    "mean",
    "min",
    "prod",
    "std",
    "sum",
    "var",
]
