"""Reading and writing parts: brackets, and the gather, scatter, index and mask methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agrad.engine.core import TensorCore
from agrad.engine.inplace import apply_inplace
from agrad.primitives import indexing as _primitives
from agrad.tensor_methods.standard import StandardMixin
from agrad.torch_api import indexing, indexing_put, indexing_select, indexing_slices, scatter

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class IndexingMixin(TensorCore):
    """Reading and writing parts: brackets, and the gather, scatter, index and mask methods."""

    __slots__ = ()

    # ---- brackets

    def __getitem__(self: Any, key: Any, /) -> Tensor:
        if type(key) is int:
            return _primitives.slice_get(self, key=(key,))
        # The standard has negative steps and PyTorch refuses them.
        return StandardMixin.__getitem__(self, key) if self._options.standard else indexing.get_item(self, key)

    def __setitem__(self: Any, key: Any, value: Any, /) -> None:
        if self._options.standard:
            StandardMixin.__setitem__(self, key, value)
        else:
            indexing.set_item(self, key, value)

    # ---- reading

    def index_select(self: Any, dim: int | None = None, index: Any = None, *, axis: int | None = None) -> Tensor:
        """Return the slices at the positions `index`, a vector or number, along an axis."""
        return indexing_select.index_select(self, dim, index, axis=axis)

    def masked_select(self: Any, mask: Tensor) -> Tensor:
        """Return, in one row, the elements where the mask, which broadcasts, is true."""
        return indexing_select.masked_select(self, mask)

    def gather(
        self: Any, dim: int | None = None, index: Any = None, *, sparse_grad: bool = False, axis: int | None = None
    ) -> Tensor:
        """Return ``out[i][j] = self[index[i][j]][j]`` (`dim` 0)."""
        return indexing_select.gather(self, dim, index, sparse_grad=sparse_grad, axis=axis)

    def take(self: Any, index: Tensor) -> Tensor:
        """Return the elements at `index` of the tensor taken as one row."""
        return indexing_select.take(self, index)

    def take_along_dim(self: Any, indices: Tensor, dim: int | None = None, *, axis: int | None = None) -> Tensor:
        """Return for each position of `indices` the element there along an axis; the other axes broadcast."""
        return indexing_select.take_along_dim(self, indices, dim, axis=axis)

    def nonzero(self: Any, *, as_tuple: bool = False) -> Any:
        """Return the positions of the elements that are not zero, one a row, or as one index tensor for each axis."""
        return indexing_select.nonzero(self, as_tuple=as_tuple)

    def argwhere(self: Any) -> Tensor:
        """Return the positions of the elements that are not zero, one a row."""
        return indexing_select.argwhere(self)

    def where(self: Any, condition: Tensor, other: Any) -> Tensor:
        """Return the tensor where the condition is true and `other` elsewhere."""
        return indexing_select.where(condition, self, other)

    # ---- writing, by a place for every element

    def scatter(
        self: Any, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None
    ) -> Tensor:
        """Return a copy with ``out[index[i][j]][j] = src[i][j]`` (`dim` 0)."""
        return scatter.scatter(self, dim, index, src, value=value, reduce=reduce)

    def scatter_(
        self: Any, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None
    ) -> Tensor:
        """Write ``self[index[i][j]][j] = src[i][j]`` (`dim` 0)."""
        return apply_inplace(self, scatter.scatter, dim, index, src, value=value, reduce=reduce)

    def scatter_add(self: Any, dim: int, index: Tensor, src: Tensor) -> Tensor:
        """Return a copy with ``out[index[i][j]][j] += src[i][j]`` (`dim` 0)."""
        return scatter.scatter_add(self, dim, index, src)

    def scatter_add_(self: Any, dim: int, index: Tensor, src: Tensor) -> Tensor:
        """Write ``self[index[i][j]][j] += src[i][j]`` (`dim` 0)."""
        return apply_inplace(self, scatter.scatter_add, dim, index, src)

    def scatter_reduce(
        self: Any, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
    ) -> Tensor:
        """Return a copy with each element of `src` taken into the place that `index` names along an axis."""
        return scatter.scatter_reduce(self, dim, index, src, reduce, include_self=include_self)

    def scatter_reduce_(
        self: Any, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
    ) -> Tensor:
        """Take each element of `src` into the place that `index` names along an axis."""
        return apply_inplace(self, scatter.scatter_reduce, dim, index, src, reduce, include_self=include_self)

    # ---- writing, by a place for every slice

    def index_add(self: Any, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
        """Return a copy with `alpha` times the slices of `source` added at the positions `index` along an axis."""
        return indexing_slices.index_add(self, dim, index, source, alpha=alpha)

    def index_add_(self: Any, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
        """Add `alpha` times the slices of `source` at the positions `index` along an axis."""
        return apply_inplace(self, indexing_slices.index_add, dim, index, source, alpha=alpha)

    def index_reduce(
        self: Any, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True
    ) -> Tensor:
        """Return a copy with the slices of `source` taken into those at the positions `index` along an axis."""
        return indexing_slices.index_reduce(self, dim, index, source, reduce, include_self=include_self)

    def index_reduce_(
        self: Any, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True
    ) -> Tensor:
        """Take the slices of `source` into those at the positions `index` along an axis."""
        return apply_inplace(self, indexing_slices.index_reduce, dim, index, source, reduce, include_self=include_self)

    def index_copy(self: Any, dim: int, index: Tensor, source: Tensor) -> Tensor:
        """Return a copy with the slices of `source` written at the positions `index` along an axis."""
        return indexing_slices.index_copy(self, dim, index, source)

    def index_copy_(self: Any, dim: int, index: Tensor, source: Tensor) -> Tensor:
        """Write the slices of `source` at the positions `index` along an axis."""
        return apply_inplace(self, indexing_slices.index_copy, dim, index, source)

    def index_fill(self: Any, dim: int, index: Tensor, value: Any) -> Tensor:
        """Return a copy with one value in the slices at the positions `index` along an axis."""
        return indexing_slices.index_fill(self, dim, index, value)

    def index_fill_(self: Any, dim: int, index: Tensor, value: Any) -> Tensor:
        """Write one value into the slices at the positions `index` along an axis."""
        return apply_inplace(self, indexing_slices.index_fill, dim, index, value)

    # ---- writing, by index tensors, masks and positions in one row

    def index_put(self: Any, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False) -> Tensor:
        """Return a copy with ``self[indices] = values``, or with the values added."""
        return indexing_put.index_put(self, indices, values, accumulate)

    def index_put_(self: Any, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False) -> Tensor:
        """Write ``self[indices] = values``, or add the values."""
        return indexing_put.index_put_(self, indices, values, accumulate)

    def masked_fill(self: Any, mask: Tensor, value: Any) -> Tensor:
        """Return a copy with one value where the mask, which broadcasts, is true."""
        return indexing_put.masked_fill(self, mask, value)

    def masked_fill_(self: Any, mask: Tensor, value: Any) -> Tensor:
        """Write one value where the mask, which broadcasts, is true."""
        return apply_inplace(self, indexing_put.masked_fill, mask, value)

    def masked_scatter(self: Any, mask: Tensor, source: Tensor) -> Tensor:
        """Return a copy with the elements of `source`, in order, where the mask, which broadcasts, is true."""
        return indexing_put.masked_scatter(self, mask, source)

    def masked_scatter_(self: Any, mask: Tensor, source: Tensor) -> Tensor:
        """Write the elements of `source`, in order, where the mask, which broadcasts, is true."""
        return apply_inplace(self, indexing_put.masked_scatter, mask, source)

    def put(self: Any, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
        """Return a copy with `source` written (or added) at `index` of the tensor taken as one row."""
        return indexing_put.put(self, index, source, accumulate)

    def put_(self: Any, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
        """Write (or add) `source` at `index` of the tensor taken as one row."""
        return apply_inplace(self, indexing_put.put, index, source, accumulate)

    # ---- writing what a view would show

    def slice_scatter(
        self: Any, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
    ) -> Tensor:
        """Return a copy with `src` in place of a slice along an axis."""
        return scatter.slice_scatter(self, src, dim, start, end, step)

    def select_scatter(self: Any, src: Tensor, dim: int, index: int) -> Tensor:
        """Return a copy with `src` in place of the slice at one position along an axis."""
        return scatter.select_scatter(self, src, dim, index)

    def diagonal_scatter(self: Any, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
        """Return a copy with `src` in place of a diagonal of each matrix that two axes make."""
        return scatter.diagonal_scatter(self, src, offset, dim1, dim2)


__all__ = ["IndexingMixin"]
