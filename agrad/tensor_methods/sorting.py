"""Sorting, medians, quantiles, distinct elements and counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.engine.core import TensorCore
from agrad.torch_api import reduction_counting, return_types, sorting

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class OrderMixin(TensorCore):
    """Sorting, medians, quantiles, distinct elements and counts."""

    __slots__ = ()

    def sort(
        self: Any,
        dim: int | str | None = None,
        descending: bool = False,
        *,
        stable: bool | None = None,
        axis: int | str | None = None,
    ) -> return_types.sort:
        """Return the elements in order along `dim` (the last axis), and the positions that they had."""
        return sorting.sort(self, dim, descending, stable=stable, axis=axis)

    def argsort(
        self: Any, dim: int | str = -1, descending: bool = False, stable: bool = False, *, axis: int | str | None = None
    ) -> Tensor:
        """Return the positions of the elements in order along `dim`."""
        return sorting.argsort(self, dim, descending, stable, axis=axis)

    def msort(self: Any) -> Tensor:
        """Return the elements in order along the first axis."""
        return sorting.msort(self)

    def topk(
        self: Any,
        k: int,
        dim: int | str = -1,
        largest: bool = True,
        sorted: bool = True,
        *,
        axis: int | str | None = None,
    ) -> return_types.topk:
        """Return the `k` largest (or smallest) elements along `dim`, in order, and where they are."""
        return sorting.topk(self, k, dim, largest, sorted, axis=axis)

    def kthvalue(
        self: Any,
        k: int,
        dim: int | str = -1,
        keepdim: bool = False,
        *,
        axis: int | str | None = None,
        keepdims: bool | None = None,
    ) -> return_types.kthvalue:
        """Return the `k`-th smallest element along `dim` (the first is 1), and where it is."""
        return sorting.kthvalue(self, k, dim, keepdim, axis=axis, keepdims=keepdims)

    def median(
        self: Any,
        dim: int | str | None = None,
        keepdim: bool = False,
        *,
        axis: int | str | None = None,
        keepdims: bool | None = None,
    ) -> Any:
        """Return the lower middle element of all, or along one axis; nan where there is one."""
        return sorting.median(self, dim, keepdim, axis=axis, keepdims=keepdims)

    def nanmedian(
        self: Any,
        dim: int | str | None = None,
        keepdim: bool = False,
        *,
        axis: int | str | None = None,
        keepdims: bool | None = None,
    ) -> Any:
        """Return the lower middle element of all, or along one axis; nans aside."""
        return sorting.nanmedian(self, dim, keepdim, axis=axis, keepdims=keepdims)

    def mode(
        self: Any,
        dim: int | str = -1,
        keepdim: bool = False,
        *,
        axis: int | str | None = None,
        keepdims: bool | None = None,
    ) -> return_types.mode:
        """Return the most frequent element along `dim`, the smallest of equally frequent ones, and its last position."""
        return sorting.mode(self, dim, keepdim, axis=axis, keepdims=keepdims)

    def quantile(
        self: Any,
        q: float | Tensor,
        dim: int | str | None = None,
        keepdim: bool = False,
        *,
        interpolation: str = "linear",
        axis: int | str | None = None,
        keepdims: bool | None = None,
    ) -> Tensor:
        """Return the quantiles `q` along one axis or of all elements; nan where there is one."""
        return sorting.quantile(self, q, dim, keepdim, interpolation=interpolation, axis=axis, keepdims=keepdims)

    def nanquantile(
        self: Any,
        q: float | Tensor,
        dim: int | str | None = None,
        keepdim: bool = False,
        *,
        interpolation: str = "linear",
        axis: int | str | None = None,
        keepdims: bool | None = None,
    ) -> Tensor:
        """Return the quantiles `q` along one axis or of all elements; nans aside."""
        return sorting.nanquantile(self, q, dim, keepdim, interpolation=interpolation, axis=axis, keepdims=keepdims)

    def unique(
        self: Any,
        sorted: bool = True,
        return_inverse: bool = False,
        return_counts: bool = False,
        dim: int | str | None = None,
    ) -> Any:
        """Return the distinct elements in order, or the distinct slices along `dim`; each nan is distinct."""
        return reduction_counting.unique(self, sorted, return_inverse, return_counts, dim)

    def unique_consecutive(
        self: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | str | None = None
    ) -> Any:
        """Return the elements (or slices along `dim`) that differ from the one before; the parameters are :func:`unique`'s."""
        return reduction_counting.unique_consecutive(self, return_inverse, return_counts, dim)

    def bincount(self: Any, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
        """Return how often each of 0, 1, ... occurs in a vector of integers, or the sum of its weights."""
        return reduction_counting.bincount(self, weights, minlength)

    def histc(self: Any, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
        """Return how many elements fall into each of `bins` equal bins between `min` and `max`."""
        return reduction_counting.histc(self, bins, min, max)

    def histogram(
        self: Any,
        bins: int | Tensor,
        *,
        range: tuple[float, float] | None = None,
        weight: Tensor | None = None,
        density: bool = False,
    ) -> return_types.histogram:
        """Return how many elements fall into each bin, and the bins' edges."""
        return reduction_counting.histogram(self, bins, range=range, weight=weight, density=density)


__all__ = ["OrderMixin"]
