"""Matrix products, decompositions and other linear algebra."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.engine.core import TensorCore
from agrad.engine.inplace import apply_inplace
from agrad.torch_api import linalg_results as results
from agrad.torch_api import matrices, matrix_functions, spectral

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class MatrixMixin(TensorCore):
    """Matrix products, decompositions and other linear algebra: each method is the function of its name."""

    __slots__ = ()

    def matmul(self: Any, other: Tensor) -> Tensor:
        """See :func:`agrad.matmul`."""
        return matrices.matmul(self, other)

    def mm(self: Any, mat2: Tensor) -> Tensor:
        """See :func:`agrad.mm`."""
        return matrices.mm(self, mat2)

    def bmm(self: Any, mat2: Tensor) -> Tensor:
        """See :func:`agrad.bmm`."""
        return matrices.bmm(self, mat2)

    def mv(self: Any, vec: Tensor) -> Tensor:
        """See :func:`agrad.mv`."""
        return matrices.mv(self, vec)

    def dot(self: Any, tensor: Tensor) -> Tensor:
        """See :func:`agrad.dot`."""
        return matrices.dot(self, tensor)

    def vdot(self: Any, other: Tensor) -> Tensor:
        """See :func:`agrad.vdot`."""
        return matrices.vdot(self, other)

    def inner(self: Any, other: Tensor) -> Tensor:
        """See :func:`agrad.inner`."""
        return matrices.inner(self, other)

    def outer(self: Any, vec2: Tensor) -> Tensor:
        """See :func:`agrad.outer`."""
        return matrices.outer(self, vec2)

    def ger(self: Any, vec2: Tensor) -> Tensor:
        """See :func:`agrad.outer`."""
        return matrices.outer(self, vec2)

    def kron(self: Any, other: Tensor) -> Tensor:
        """See :func:`agrad.kron`."""
        return matrices.kron(self, other)

    def cross(self: Any, other: Tensor, dim: int | None = None) -> Tensor:
        """See :func:`agrad.cross`."""
        return matrix_functions.cross(self, other, dim)

    def trace(self: Any) -> Tensor:
        """See :func:`agrad.trace`."""
        return matrices.trace(self)

    def addmm(self: Any, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
        """See :func:`agrad.addmm`."""
        return matrices.addmm(self, mat1, mat2, beta=beta, alpha=alpha)

    def addmm_(self: Any, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
        """In place; see :func:`agrad.addmm`."""
        return apply_inplace(self, matrices.addmm, mat1, mat2, beta=beta, alpha=alpha)

    def addmv(self: Any, mat: Tensor, vec: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
        """See :func:`agrad.addmv`."""
        return matrices.addmv(self, mat, vec, beta=beta, alpha=alpha)

    def addmv_(self: Any, mat: Tensor, vec: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
        """In place; see :func:`agrad.addmv`."""
        return apply_inplace(self, matrices.addmv, mat, vec, beta=beta, alpha=alpha)

    def addr(self: Any, vec1: Tensor, vec2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
        """See :func:`agrad.addr`."""
        return matrices.addr(self, vec1, vec2, beta=beta, alpha=alpha)

    def addr_(self: Any, vec1: Tensor, vec2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
        """In place; see :func:`agrad.addr`."""
        return apply_inplace(self, matrices.addr, vec1, vec2, beta=beta, alpha=alpha)

    def baddbmm(self: Any, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
        """See :func:`agrad.baddbmm`."""
        return matrices.baddbmm(self, batch1, batch2, beta=beta, alpha=alpha)

    def baddbmm_(self: Any, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
        """In place; see :func:`agrad.baddbmm`."""
        return apply_inplace(self, matrices.baddbmm, batch1, batch2, beta=beta, alpha=alpha)

    def addbmm(self: Any, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
        """See :func:`agrad.addbmm`."""
        return matrices.addbmm(self, batch1, batch2, beta=beta, alpha=alpha)

    def addbmm_(self: Any, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
        """In place; see :func:`agrad.addbmm`."""
        return apply_inplace(self, matrices.addbmm, batch1, batch2, beta=beta, alpha=alpha)

    def det(self: Any) -> Tensor:
        """See :func:`agrad.det`."""
        return matrix_functions.det(self)

    def logdet(self: Any) -> Tensor:
        """See :func:`agrad.logdet`."""
        return matrix_functions.logdet(self)

    def slogdet(self: Any) -> results.slogdet:
        """See :func:`agrad.slogdet`."""
        return matrix_functions.slogdet(self)

    def inverse(self: Any) -> Tensor:
        """See :func:`agrad.inverse`."""
        return matrix_functions.inverse(self)

    def pinverse(self: Any, rcond: float = 1e-15) -> Tensor:
        """See :func:`agrad.pinverse`."""
        return matrix_functions.pinverse(self, rcond)

    def matrix_power(self: Any, n: int) -> Tensor:
        """See :func:`agrad.matrix_power`."""
        return matrix_functions.matrix_power(self, n)

    def matrix_exp(self: Any) -> Tensor:
        """See :func:`agrad.matrix_exp`."""
        return matrix_functions.matrix_exp(self)

    def svd(self: Any, some: bool = True, compute_uv: bool = True) -> results.svd:
        """See :func:`agrad.svd`."""
        return matrix_functions.svd(self, some, compute_uv)

    def qr(self: Any, some: bool = True) -> results.qr:
        """See :func:`agrad.qr`."""
        return matrix_functions.qr(self, some)

    def cholesky(self: Any, upper: bool = False) -> Tensor:
        """See :func:`agrad.cholesky`."""
        return matrix_functions.cholesky(self, upper)

    def cholesky_solve(self: Any, L: Tensor, upper: bool = False) -> Tensor:
        """See :func:`agrad.cholesky_solve`."""
        return matrix_functions.cholesky_solve(self, L, upper)

    def cholesky_inverse(self: Any, upper: bool = False) -> Tensor:
        """See :func:`agrad.cholesky_inverse`."""
        return matrix_functions.cholesky_inverse(self, upper)

    def lu(self: Any, pivot: bool = True, get_infos: bool = False) -> tuple[Tensor, Tensor] | results._lu_with_info:
        """See :func:`agrad.lu`."""
        return matrix_functions.lu(self, pivot, get_infos)

    def lu_solve(self: Any, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
        """See :func:`agrad.lu_solve`."""
        return matrix_functions.lu_solve(self, LU_data, LU_pivots)

    def stft(
        self: Any,
        n_fft: int,
        hop_length: int | None = None,
        win_length: int | None = None,
        window: Tensor | None = None,
        center: bool = True,
        pad_mode: str = "reflect",
        normalized: bool = False,
        onesided: bool | None = None,
        return_complex: bool | None = None,
    ) -> Tensor:
        """See :func:`agrad.stft`."""
        return spectral.stft(
            self, n_fft, hop_length, win_length, window, center, pad_mode, normalized, onesided, return_complex
        )

    def istft(
        self: Any,
        n_fft: int,
        hop_length: int | None = None,
        win_length: int | None = None,
        window: Tensor | None = None,
        center: bool = True,
        normalized: bool = False,
        onesided: bool | None = None,
        length: int | None = None,
        return_complex: bool = False,
    ) -> Tensor:
        """See :func:`agrad.istft`."""
        return spectral.istft(
            self, n_fft, hop_length, win_length, window, center, normalized, onesided, length, return_complex
        )


__all__ = ["MatrixMixin"]
