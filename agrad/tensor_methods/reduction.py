"""Sums, means, extremes, running forms, norms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.dtypes import DType
from agrad.engine.core import TensorCore
from agrad.engine.inplace import apply_inplace
from agrad.torch_api import reduction, reduction_distances, reduction_extremes, reduction_running, return_types

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Dims = Any

Order = float | str | None


class ReductionMixin(TensorCore):
    """Sums, means, extremes, running forms, norms."""

    __slots__ = ()

    def sum(
        self: Any,
        dim: Dims = None,
        keepdim: bool = False,
        *,
        axis: Dims = None,
        keepdims: bool | None = None,
        dtype: DType | None = None,
    ) -> Tensor:
        """Return the sum over `dim`, by default over all axes."""
        return reduction.sum(self, dim, keepdim, axis=axis, keepdims=keepdims, dtype=dtype)

    def sum_to_size(self: Any, *size: Any) -> Tensor:
        """Return the sum over the axes along which a tensor of `size` would be broadcast to the tensor."""
        return reduction.sum_to_size(self, *size)

    def nansum(
        self: Any,
        dim: Dims = None,
        keepdim: bool = False,
        *,
        axis: Dims = None,
        keepdims: bool | None = None,
        dtype: DType | None = None,
    ) -> Tensor:
        """Return the sum over `dim` of what is no nan."""
        return reduction.nansum(self, dim, keepdim, axis=axis, keepdims=keepdims, dtype=dtype)

    def prod(
        self: Any,
        dim: int | str | None = None,
        keepdim: bool = False,
        *,
        axis: int | str | None = None,
        keepdims: bool | None = None,
        dtype: DType | None = None,
    ) -> Tensor:
        """Return the product over one axis or all; derivatives are exact where elements are zero."""
        return reduction.prod(self, dim, keepdim, axis=axis, keepdims=keepdims, dtype=dtype)

    def mean(
        self: Any,
        dim: Dims = None,
        keepdim: bool = False,
        *,
        axis: Dims = None,
        keepdims: bool | None = None,
        dtype: DType | None = None,
    ) -> Tensor:
        """Return the arithmetic mean over `dim`, by default over all axes; nan where there is nothing to average."""
        return reduction.mean(self, dim, keepdim, axis=axis, keepdims=keepdims, dtype=dtype)

    def nanmean(
        self: Any,
        dim: Dims = None,
        keepdim: bool = False,
        *,
        axis: Dims = None,
        keepdims: bool | None = None,
        dtype: DType | None = None,
    ) -> Tensor:
        """Return the mean over `dim` of what is no nan."""
        return reduction.nanmean(self, dim, keepdim, axis=axis, keepdims=keepdims, dtype=dtype)

    def var(
        self: Any,
        dim: Dims = None,
        unbiased: bool | None = None,
        keepdim: bool = False,
        *,
        axis: Dims = None,
        correction: float | None = None,
        keepdims: bool | None = None,
    ) -> Tensor:
        """Return the variance over `dim`, dividing by the number of elements less `correction` (1 unless told otherwise)."""
        return reduction.var(self, dim, unbiased, keepdim, axis=axis, correction=correction, keepdims=keepdims)

    def std(
        self: Any,
        dim: Dims = None,
        unbiased: bool | None = None,
        keepdim: bool = False,
        *,
        axis: Dims = None,
        correction: float | None = None,
        keepdims: bool | None = None,
    ) -> Tensor:
        """Return the standard deviation over `dim`: the square root of :func:`var`, with derivative 0 where that is 0."""
        return reduction.std(self, dim, unbiased, keepdim, axis=axis, correction=correction, keepdims=keepdims)

    def logsumexp(
        self: Any, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None, keepdims: bool | None = None
    ) -> Tensor:
        """Return ``log(sum(exp(self)))`` over `dim`, without overflow."""
        return reduction.logsumexp(self, dim, keepdim, axis=axis, keepdims=keepdims)

    def all(
        self: Any, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None, keepdims: bool | None = None
    ) -> Tensor:
        """Return whether every element over `dim` is true (not zero)."""
        return reduction.all(self, dim, keepdim, axis=axis, keepdims=keepdims)

    def any(
        self: Any, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None, keepdims: bool | None = None
    ) -> Tensor:
        """Return whether some element over `dim` is true (not zero)."""
        return reduction.any(self, dim, keepdim, axis=axis, keepdims=keepdims)

    def count_nonzero(self: Any, dim: Dims = None, *, axis: Dims = None) -> Tensor:
        """Return how many elements over `dim` are not zero, int64."""
        return reduction.count_nonzero(self, dim, axis=axis)

    def max(
        self: Any,
        dim: Any = None,
        keepdim: bool = False,
        *,
        other: Tensor | None = None,
        axis: int | str | None = None,
        keepdims: bool | None = None,
    ) -> Any:
        """Return the largest element of all, or along one axis, or of two tensors; nan where there is one."""
        return reduction_extremes.max(self, dim, keepdim, other=other, axis=axis, keepdims=keepdims)

    def min(
        self: Any,
        dim: Any = None,
        keepdim: bool = False,
        *,
        other: Tensor | None = None,
        axis: int | str | None = None,
        keepdims: bool | None = None,
    ) -> Any:
        """Return the smallest element of all, or along one axis, or of two tensors; nan where there is one."""
        return reduction_extremes.min(self, dim, keepdim, other=other, axis=axis, keepdims=keepdims)

    def amax(
        self: Any, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None, keepdims: bool | None = None
    ) -> Tensor:
        """Return the largest element over `dim`, one axis or several; ties share the gradient evenly."""
        return reduction_extremes.amax(self, dim, keepdim, axis=axis, keepdims=keepdims)

    def amin(
        self: Any, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None, keepdims: bool | None = None
    ) -> Tensor:
        """Return the smallest element over `dim`, one axis or several; ties share the gradient evenly."""
        return reduction_extremes.amin(self, dim, keepdim, axis=axis, keepdims=keepdims)

    def aminmax(
        self: Any,
        *,
        dim: int | str | None = None,
        keepdim: bool = False,
        axis: int | str | None = None,
        keepdims: bool | None = None,
    ) -> return_types.aminmax:
        """Return the smallest and the largest element, along one axis or of all; ties share the gradient evenly."""
        return reduction_extremes.aminmax(self, dim=dim, keepdim=keepdim, axis=axis, keepdims=keepdims)

    def argmax(
        self: Any,
        dim: int | str | None = None,
        keepdim: bool = False,
        *,
        axis: int | str | None = None,
        keepdims: bool | None = None,
    ) -> Tensor:
        """Return the position of the first largest element, along `dim` or in the flattened tensor (int64)."""
        return reduction_extremes.argmax(self, dim, keepdim, axis=axis, keepdims=keepdims)

    def argmin(
        self: Any,
        dim: int | str | None = None,
        keepdim: bool = False,
        *,
        axis: int | str | None = None,
        keepdims: bool | None = None,
    ) -> Tensor:
        """Return the position of the first smallest element, along `dim` or in the flattened tensor (int64)."""
        return reduction_extremes.argmin(self, dim, keepdim, axis=axis, keepdims=keepdims)

    def cumsum(
        self: Any, dim: int | str | None = None, *, axis: int | str | None = None, dtype: DType | None = None
    ) -> Tensor:
        """Return the running sum along `dim`; int64 for integers and bools."""
        return reduction_running.cumsum(self, dim, axis=axis, dtype=dtype)

    def cumprod(
        self: Any, dim: int | str | None = None, *, axis: int | str | None = None, dtype: DType | None = None
    ) -> Tensor:
        """Return the running product along `dim`; int64 for integers and bools."""
        return reduction_running.cumprod(self, dim, axis=axis, dtype=dtype)

    def cummax(self: Any, dim: int | str | None = None, *, axis: int | str | None = None) -> return_types.cummax:
        """Return the running maximum along `dim` and where it was last met; all the gradient goes there."""
        return reduction_running.cummax(self, dim, axis=axis)

    def cummin(self: Any, dim: int | str | None = None, *, axis: int | str | None = None) -> return_types.cummin:
        """Return the running minimum along `dim` and where it was last met; all the gradient goes there."""
        return reduction_running.cummin(self, dim, axis=axis)

    def logcumsumexp(self: Any, dim: int | str | None = None, *, axis: int | str | None = None) -> Tensor:
        """Return the logarithm of the running sum of exponentials along `dim`, without overflow."""
        return reduction_running.logcumsumexp(self, dim, axis=axis)

    def diff(
        self: Any,
        n: int = 1,
        dim: int | str = -1,
        prepend: Tensor | None = None,
        append: Tensor | None = None,
        *,
        axis: int | str | None = None,
    ) -> Tensor:
        """Return the `n`-th differences of neighbours along `dim`; of bools, whether neighbours differ."""
        return reduction_running.diff(self, n, dim, prepend, append, axis=axis)

    def norm(
        self: Any,
        p: Order = "fro",
        dim: Dims = None,
        keepdim: bool = False,
        dtype: DType | None = None,
        *,
        axis: Dims = None,
        keepdims: bool | None = None,
    ) -> Tensor:
        """Return the norm of order `p` over `dim`, of all elements by default; the derivative at 0 is 0."""
        return reduction_distances.norm(self, p, dim, keepdim, None, dtype, axis=axis, keepdims=keepdims)

    def dist(self: Any, other: Tensor, p: float = 2) -> Tensor:
        """Return the norm of order `p` of ``self - other``."""
        return reduction_distances.dist(self, other, p)

    def renorm(self: Any, p: float, dim: int, maxnorm: float) -> Tensor:
        """Return the tensor with each slice along `dim` whose norm of order `p` is above `maxnorm` scaled down to it."""
        return reduction_distances.renorm(self, p, dim, maxnorm)

    def cov(
        self: Any, *, correction: float = 1, fweights: Tensor | None = None, aweights: Tensor | None = None
    ) -> Tensor:
        """Return the covariance matrix of variables (rows) over observations (columns); the variance of one variable, 0-d."""
        return reduction_distances.cov(self, correction=correction, fweights=fweights, aweights=aweights)

    def corrcoef(self: Any) -> Tensor:
        """Return the correlation matrix of variables (rows) over observations (columns); 1 for one variable, 0-d."""
        return reduction_distances.corrcoef(self)

    def cumsum_(
        self: Any, dim: int | str | None = None, *, axis: int | str | None = None, dtype: DType | None = None
    ) -> Tensor:
        """Write the running sum along `dim` into the tensor, and return it."""
        return apply_inplace(self, reduction_running.cumsum, dim, axis=axis, dtype=dtype)

    def cumprod_(
        self: Any, dim: int | str | None = None, *, axis: int | str | None = None, dtype: DType | None = None
    ) -> Tensor:
        """Write the running product along `dim` into the tensor, and return it."""
        return apply_inplace(self, reduction_running.cumprod, dim, axis=axis, dtype=dtype)

    def renorm_(self: Any, p: float, dim: int, maxnorm: float) -> Tensor:
        """Scale slices of the tensor along `dim` down to a norm, in place, and return it."""
        return apply_inplace(self, reduction_distances.renorm, p, dim, maxnorm)


__all__ = ["ReductionMixin"]
