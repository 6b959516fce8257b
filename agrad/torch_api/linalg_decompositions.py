"""torch.linalg's Cholesky, QR, eigenvalue and singular value decompositions.

What is arbitrary in them, and what their derivatives are where eigenvalues coincide, is told in
agrad/primitives/linalg_spectra.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.errors import ShapeError, UnsupportedOperation
from agrad.primitives import elementwise, linear_algebra, manipulation
from agrad.primitives import linalg as _linalg
from agrad.torch_api import linalg_results as results
from agrad.torch_api._matrix_checks import DTypeMismatch, require_float, require_matrices, require_square
from agrad.torch_api._out import deliver

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def cholesky(A: Tensor, *, upper: bool = False, out: Tensor | None = None) -> Tensor:
    """Return the triangular factor of Hermitian positive-definite matrices: A = L L^H, or U^H U if `upper`.

    Raises
    ------
    LinAlgError
        A RuntimeError, where a matrix is not positive definite, on every backend.
    """
    require_square("linalg.cholesky", A)
    require_float("linalg.cholesky", A)
    return deliver("linalg.cholesky", _linalg.cholesky(A, upper=upper), out)


def householder_product(A: Tensor, tau: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the first N columns of the product of the reflections 1 - tau[i] v[i] v[i]^H.

    Parameters
    ----------
    A : Tensor, shape (..., M, N)
        v[i] is column i below its diagonal element, with a one there and zeros above.
    tau : Tensor, shape (..., K), K <= N <= M
    """
    name = "torch.linalg.householder_product"
    if len(A._shape) < 2:
        raise ShapeError(f"{name}: input must have at least 2 dimensions.")
    if A._shape[-2] < A._shape[-1]:
        raise ShapeError(
            f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]; received {tuple(A._shape)}"
        )
    if len(tau._shape) != len(A._shape) - 1:
        raise ShapeError(
            f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal to {len(tau._shape)} and "
            f"input.ndim is equal to {len(A._shape)}"
        )
    if tau._shape[-1] > A._shape[-1]:
        raise ShapeError(
            f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]; received {tuple(A._shape)} and "
            f"{tuple(tau._shape)}"
        )
    if tau._options.dtype is not A._options.dtype:
        raise DTypeMismatch(
            f"{name}: tau dtype {tau._options.dtype.scalar_name} does not match input dtype {A._options.dtype.scalar_name}"
        )
    if not A._options.is_inexact:
        raise UnsupportedOperation(
            f"\"orgqr_cpu\" not implemented for '{A._options.dtype.scalar_name}'. Use a floating dtype."
        )
    return deliver("linalg.householder_product", _linalg.householder_product(A, tau), out)


def qr(A: Tensor, mode: str = "reduced", *, out: Any = None) -> results.linalg_qr:
    """Return an orthonormal Q and an upper triangular R with A = Q R.

    Parameters
    ----------
    mode : {'reduced', 'complete', 'r'}
        'r' gives an empty Q and has no derivative.
    """
    require_matrices("linalg.qr", A)
    require_float("linalg.qr", A)
    if mode not in ("reduced", "complete", "r"):
        raise ShapeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    q, r = _linalg.qr(A, mode="reduced" if mode == "r" else mode)
    if mode == "r":
        q = manipulation.reshape(q, shape=(-1,))[:0].detach()
        r = r.detach()
    return deliver("linalg.qr", results.linalg_qr(q, r), out)


def svd(A: Tensor, full_matrices: bool = True, *, driver: str | None = None, out: Any = None) -> results.linalg_svd:
    """Return U, the singular values S, descending, and Vh, with A = U diag(S) Vh."""
    _no_driver("linalg.svd", driver)
    require_matrices("linalg.svd", A)
    require_float("linalg.svd", A)
    return deliver("linalg.svd", results.linalg_svd(*_linalg.svd(A, full_matrices=full_matrices)), out)


def svdvals(A: Tensor, *, driver: str | None = None, out: Tensor | None = None) -> Tensor:
    """Return the singular values, descending; the derivative is safe where they coincide."""
    _no_driver("linalg.svdvals", driver)
    require_matrices("linalg.svdvals", A)
    require_float("linalg.svdvals", A)
    return deliver("linalg.svdvals", _linalg.svdvals(A), out)


def _no_driver(name: str, driver: str | None) -> None:
    if driver is not None:
        raise ShapeError(f"{name}: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend.")


def eig(A: Tensor, *, out: Any = None) -> results.linalg_eig:
    """Return the eigenvalues and, in columns and of length one, the eigenvectors of square matrices; complex."""
    require_square("linalg.eig", A)
    require_float("linalg.eig", A)
    return deliver("linalg.eig", results.linalg_eig(*_linalg.eig(A)), out)


def eigvals(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the eigenvalues of square matrices; complex."""
    require_square("linalg.eigvals", A)
    require_float("linalg.eigvals", A)
    return deliver("linalg.eigvals", _linalg.eigvals(A), out)


def _triangle_of(name: str, A: Any, UPLO: str) -> Any:
    """Return a matrix whose lower triangle is the one that `UPLO` names."""
    require_square(name, A)
    if not A._options.is_inexact:
        raise UnsupportedOperation(
            f"{name} is not implemented for '{A._options.dtype.scalar_name}'. Use a floating dtype."
        )
    if UPLO.upper() not in ("L", "U"):
        raise ShapeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    if UPLO.upper() == "L":
        return A
    A = linear_algebra.matrix_transpose(A)
    return elementwise.conj(A) if A._options.is_complex else A


def eigh(A: Tensor, UPLO: str = "L", *, out: Any = None) -> results.linalg_eigh:
    """Return the eigenvalues (real, ascending) and, in columns, the eigenvectors of Hermitian matrices.

    Parameters
    ----------
    UPLO : {'L', 'U'}
        Which triangle is read.
    """
    pair = _linalg.eigh(_triangle_of("linalg.eigh", A, UPLO))
    return deliver("linalg.eigh", results.linalg_eigh(*pair), out)


def eigvalsh(A: Tensor, UPLO: str = "L", *, out: Tensor | None = None) -> Tensor:
    """Return the eigenvalues of Hermitian matrices, ascending; the derivative is safe where they coincide."""
    return deliver("linalg.eigvalsh", _linalg.eigvalsh(_triangle_of("linalg.eigvalsh", A, UPLO)), out)


__all__ = ["cholesky", "eig", "eigh", "eigvals", "eigvalsh", "householder_product", "qr", "svd", "svdvals"]
