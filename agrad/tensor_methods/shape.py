"""Shape: views, repeating, splitting and moving of axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agrad.dtypes import DType
from agrad.engine.core import TensorCore
from agrad.engine.inplace import apply_inplace
from agrad.torch_api import shape as _shape
from agrad.torch_api import shape_axes as _axes
from agrad.torch_api import shape_inplace as _inplace
from agrad.torch_api import shape_parts as _parts
from agrad.torch_api import shape_triangles as _triangles
from agrad.torch_api.shape_arguments import ints_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class ShapeMixin(TensorCore):
    """Shape: views, repeating, splitting and moving of axes."""

    __slots__ = ()

    # ---- the same elements in another shape

    def view(self: Any, *shape: Any, size: Any = None, dtype: DType | None = None) -> Tensor:
        """Return the memory in another shape (one size may be -1), or read as another dtype; never a copy."""
        return _shape.view(self, *shape, size=size, dtype=dtype)

    def view_as(self: Any, other: Tensor) -> Tensor:
        """Return the memory in another tensor's shape."""
        return _shape.view_as(self, other)

    def reshape(self: Any, *sizes: Any, shape: Any = None) -> Tensor:
        """Return the elements in row-major order in another shape: a view where there is one, else a copy."""
        return _shape.reshaped(self, ints_of("reshape", sizes, shape, "shape"))

    def reshape_as(self: Any, other: Tensor) -> Tensor:
        """Return the elements in another tensor's shape."""
        return _shape.reshape_as(self, other)

    def flatten(
        self: Any, start_dim: Any = 0, end_dim: Any = -1, out_dim: str | None = None, *, dims: Any = None
    ) -> Tensor:
        """Return the tensor with the axes from `start_dim` to `end_dim` made one."""
        return _shape.flatten(self, start_dim, end_dim, out_dim, dims=dims)

    def unflatten(self: Any, dim: Any, sizes: Any) -> Tensor:
        """Return the tensor with one axis made several, of these sizes."""
        return _shape.unflatten(self, dim, sizes)

    def ravel(self: Any) -> Tensor:
        """Return the elements in row-major order along one axis."""
        return _shape.ravel(self)

    def squeeze(self: Any, dim: int | Sequence[int] | None = None, *, axis: Any = None) -> Tensor:
        """Return the tensor without its axes of length 1, or without those of them that `dim` names; a view."""
        return _shape.squeeze(self, dim, axis=axis)

    def unsqueeze(self: Any, dim: int | None = None, *, axis: int | None = None) -> Tensor:
        """Return the tensor with an axis of length 1 at position `dim` of the result; a view."""
        return _shape.unsqueeze(self, dim, axis=axis)

    # ---- repeating

    def expand(self: Any, *sizes: Any, size: Any = None) -> Tensor:
        """Return the tensor seen again and again along axes of length 1, and along new axes in front: a view."""
        return _shape.expand(self, *sizes, size=size)

    def expand_as(self: Any, other: Tensor) -> Tensor:
        """Return the tensor seen in another tensor's shape: a view."""
        return _shape.expand_as(self, other)

    def broadcast_to(self: Any, size: Sequence[int]) -> Tensor:
        """Return the tensor seen in a wider shape: a view."""
        return _shape.broadcast_to(self, size)

    def repeat(self: Any, *sizes: Any, repeats: Any = None) -> Tensor:
        """Return copies of the tensor side by side, so many along each axis."""
        return _shape.repeat(self, *sizes, repeats=repeats)

    def tile(self: Any, *sizes: Any, dims: Any = None) -> Tensor:
        """Return copies of the tensor side by side; fewer numbers than axes are those of the last ones."""
        return _shape.tile(self, ints_of("tile", sizes, dims, "dims"))

    def repeat_interleave(
        self: Any,
        repeats: Tensor | int,
        dim: int | None = None,
        *,
        output_size: int | None = None,
        axis: int | None = None,
    ) -> Tensor:
        """Return the tensor with each element (or slice along `dim`) written several times, one after the other."""
        return _shape.repeat_interleave(self, repeats, dim, output_size=output_size, axis=axis)

    # ---- the order of axes

    @property
    def T(self: Any) -> Tensor:
        """All axes in reverse order; for other than two PyTorch warns.

        The standard has it for matrices alone. NumPy's and JAX's programs reverse more axes with it, so arrays of the standard's face do.
        """
        if self._options.standard and len(self._shape) < 2:
            return self
        return _axes.reversed_axes(self)

    @property
    def mT(self: Any) -> Tensor:
        """Each matrix transposed: the last two axes exchanged; a view."""
        return _axes.matrix_transposed(self)

    @property
    def H(self: Any) -> Tensor:
        """The conjugate transpose of a matrix."""
        return _axes.conjugate_transposed(self)

    @property
    def mH(self: Any) -> Tensor:
        """The conjugate transpose of each matrix."""
        return _axes.adjoint(self)

    def t(self: Any) -> Tensor:
        """Return a matrix transposed; a vector or number as it is. A view."""
        return _axes.t(self)

    def transpose(self: Any, dim0: int, dim1: int) -> Tensor:
        """Return the tensor with two axes exchanged; a view."""
        return _axes.transpose(self, dim0, dim1)

    def swapaxes(self: Any, axis0: int, axis1: int) -> Tensor:
        """Return the tensor with two axes exchanged; a view."""
        return _axes.transpose(self, axis0, axis1)

    def swapdims(self: Any, dim0: int, dim1: int) -> Tensor:
        """Return the tensor with two axes exchanged; a view."""
        return _axes.transpose(self, dim0, dim1)

    def adjoint(self: Any) -> Tensor:
        """Return the conjugate transpose of each matrix."""
        return _axes.adjoint(self)

    def permute(self: Any, *sizes: Any, dims: Any = None) -> Tensor:
        """Return the tensor with its axes in another order; a view."""
        return _axes.permute(self, ints_of("permute", sizes, dims, "dims"))

    def movedim(self: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
        """Return the tensor with the axes `source` at the positions `destination`; a view."""
        return _axes.movedim(self, source, destination)

    def moveaxis(self: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
        """Return the tensor with the axes `source` at the positions `destination`; a view."""
        return _axes.movedim(self, source, destination)

    # ---- the order of elements

    def flip(self: Any, *sizes: Any, dims: Any = None) -> Tensor:
        """Return a copy with the order of elements reversed along axes."""
        return _axes.flip(self, ints_of("flip", sizes, dims, "dims"))

    def fliplr(self: Any) -> Tensor:
        """Return a copy with the second axis reversed."""
        return _axes.fliplr(self)

    def flipud(self: Any) -> Tensor:
        """Return a copy with the first axis reversed."""
        return _axes.flipud(self)

    def roll(self: Any, shifts: int | Sequence[int], dims: int | Sequence[int] | None = None) -> Tensor:
        """Return a copy with elements moved on along axes, those pushed out coming in at the front."""
        return _axes.roll(self, shifts, dims)

    def rot90(self: Any, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
        """Return a copy turned by `k` quarter turns in the plane of two axes."""
        return _axes.rot90(self, k, dims)

    # ---- parts

    def split(
        self: Any, split_size: int | Sequence[int], dim: int = 0, *, axis: int | None = None
    ) -> tuple[Tensor, ...]:
        """Return consecutive parts along an axis, of one length each or of these lengths; views."""
        return _parts.split(self, split_size, dim, axis=axis)

    def split_with_sizes(self: Any, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
        """Return consecutive parts of these lengths along an axis; views."""
        return _parts.split_with_sizes(self, split_sizes, dim)

    def chunk(self: Any, chunks: int, dim: int = 0, *, axis: int | None = None) -> tuple[Tensor, ...]:
        """Return the tensor cut into at most `chunks` parts along an axis; views."""
        return _parts.chunk(self, chunks, dim, axis=axis)

    def tensor_split(
        self: Any,
        indices_or_sections: Any = None,
        dim: int = 0,
        *,
        indices: Any = None,
        sections: Any = None,
        axis: int | None = None,
    ) -> tuple[Tensor, ...]:
        """Return the tensor cut into so many parts, or before these positions; views."""
        return _parts.tensor_split(self, indices_or_sections, dim, indices=indices, sections=sections, axis=axis)

    def hsplit(self: Any, indices_or_sections: Any) -> tuple[Tensor, ...]:
        """Return the tensor cut along its columns; views."""
        return _parts.hsplit(self, indices_or_sections)

    def vsplit(self: Any, indices_or_sections: Any) -> tuple[Tensor, ...]:
        """Return the tensor cut along its rows; views."""
        return _parts.vsplit(self, indices_or_sections)

    def dsplit(self: Any, indices_or_sections: Any) -> tuple[Tensor, ...]:
        """Return the tensor cut along its third axis; views."""
        return _parts.dsplit(self, indices_or_sections)

    def unbind(self: Any, dim: int = 0, *, axis: int | None = None) -> tuple[Tensor, ...]:
        """Return the slices along an axis, without it; views."""
        return _parts.unbind(self, dim, axis=axis)

    def narrow(self: Any, dim: int, start: int | Tensor, length: int) -> Tensor:
        """Return `length` elements along an axis from `start` on; a view."""
        return _parts.narrow(self, dim, start, length)

    def narrow_copy(self: Any, dim: int, start: int, length: int) -> Tensor:
        """Return a copy of `length` elements along an axis from `start` on."""
        return _parts.narrow_copy(self, dim, start, length)

    def select(self: Any, dim: int, index: int) -> Tensor:
        """Return the slice at one position along an axis, without the axis; a view."""
        return _parts.select(self, dim, index)

    def diagonal(self: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
        """Return a diagonal of each matrix that two axes make, as a last axis; a view."""
        return _parts.diagonal(self, offset, dim1, dim2)

    def unfold(self: Any, dimension: int, size: int, step: int) -> Tensor:
        """Return all windows of `size` elements along an axis, `step` apart; a view."""
        return _parts.unfold(self, dimension, size, step)

    def as_strided(self: Any, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Tensor:
        """Return a view of the memory with this geometry, in elements."""
        return _parts.as_strided(self, size, stride, storage_offset)

    # ---- the tensor's own shape, in place

    def t_(self: Any) -> Tensor:
        """Transpose a matrix in place: the tensor shows the same memory in another way."""
        return _inplace.t_(self)

    def transpose_(self: Any, dim0: int, dim1: int) -> Tensor:
        """Exchange two axes in place."""
        return _inplace.transpose_(self, dim0, dim1)

    def swapaxes_(self: Any, axis0: int, axis1: int) -> Tensor:
        """Exchange two axes in place."""
        return _inplace.transpose_(self, axis0, axis1)

    def swapdims_(self: Any, dim0: int, dim1: int) -> Tensor:
        """Exchange two axes in place."""
        return _inplace.transpose_(self, dim0, dim1)

    def squeeze_(self: Any, dim: int | Sequence[int] | None = None) -> Tensor:
        """Take away axes of length 1 in place."""
        return _inplace.squeeze_(self, dim)

    def unsqueeze_(self: Any, dim: int) -> Tensor:
        """Add an axis of length 1 in place."""
        return _inplace.unsqueeze_(self, dim)

    def as_strided_(self: Any, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Tensor:
        """Show the memory with another geometry, in place."""
        return _inplace.as_strided_(self, size, stride, storage_offset)

    # ---- triangles and diagonals

    def triu(self: Any, diagonal: int = 0) -> Tensor:
        """Return a copy of each matrix that is zero below a diagonal."""
        return _triangles.triu(self, diagonal)

    def triu_(self: Any, diagonal: int = 0) -> Tensor:
        """Write zeros below a diagonal of each matrix."""
        return apply_inplace(self, _triangles.triu, diagonal)

    def tril(self: Any, diagonal: int = 0) -> Tensor:
        """Return a copy of each matrix that is zero above a diagonal."""
        return _triangles.tril(self, diagonal)

    def tril_(self: Any, diagonal: int = 0) -> Tensor:
        """Write zeros above a diagonal of each matrix."""
        return apply_inplace(self, _triangles.tril, diagonal)

    def diag(self: Any, diagonal: int = 0) -> Tensor:
        """Return the square matrix with a vector on a diagonal, or a copy of a matrix's diagonal."""
        return _triangles.diag(self, diagonal)

    def diag_embed(self: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
        """Return square matrices with the last axis on a diagonal."""
        return _triangles.diag_embed(self, offset, dim1, dim2)

    def diagflat(self: Any, offset: int = 0) -> Tensor:
        """Return the square matrix with all elements on a diagonal."""
        return _triangles.diagflat(self, offset)


__all__ = ["ShapeMixin"]
