"""The standard's linear algebra extension. Functions of matrices work on the last two axes of x and on each matrix of
a stack.

Derivatives of decompositions are finite only where the decomposition is unique: distinct eigenvalues for `eigh` and
`eig`, distinct and (for wide or tall matrices) nonzero singular values for `svd`. The functions of eigenvalues or
singular values alone have no such trouble.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from agrad.array_api._arguments import accumulate, as_tensor, axis_argument
from agrad.array_api.linear_algebra import matmul, matrix_transpose, tensordot, vecdot
from agrad.fields import Fields
from agrad.primitives import linalg

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class EigResult(Fields):
    """The result of `eig`."""

    eigenvalues: Tensor
    eigenvectors: Tensor


class EighResult(Fields):
    """The result of `eigh`."""

    eigenvalues: Tensor
    eigenvectors: Tensor


class QRResult(Fields):
    """The result of `qr`."""

    Q: Tensor
    R: Tensor


class SlogdetResult(Fields):
    """The result of `slogdet`."""

    sign: Tensor
    logabsdet: Tensor


class SVDResult(Fields):
    """The result of `svd`."""

    U: Tensor
    S: Tensor
    Vh: Tensor


def cholesky(x: Tensor, /, *, upper: bool = False) -> Tensor:
    """Return the triangular factor of symmetric (Hermitian) positive-definite matrices.

    X = L L^H, or U^H U if `upper`.
    """
    return linalg.cholesky(x, upper=upper)


def cross(x1: Tensor, x2: Tensor, /, *, axis: int = -1) -> Tensor:
    """Return the cross product of vectors of length 3 along `axis`; the other axes broadcast. Bilinear."""
    return linalg.cross(as_tensor(x1), as_tensor(x2), axis=axis)


def det(x: Tensor, /) -> Tensor:
    """Return the determinant; derivative det(x) inv(x)^T."""
    return linalg.det(x)


def diagonal(x: Tensor, /, *, offset: int = 0) -> Tensor:
    """Return the diagonal, or the one `offset` above (below if negative); linear."""
    return linalg.diagonal(x, offset=offset)


def eig(x: Tensor, /) -> EigResult:
    """Return the complex eigenvalues and (in the columns) eigenvectors of square matrices."""
    return EigResult(*linalg.eig(x))


def eigh(x: Tensor, /) -> EighResult:
    """Return the real eigenvalues, ascending, and (in the columns) eigenvectors of symmetric (Hermitian) matrices."""
    return EighResult(*linalg.eigh(x))


def eigvals(x: Tensor, /) -> Tensor:
    """Return the complex eigenvalues of square matrices."""
    return linalg.eigvals(x)


def eigvalsh(x: Tensor, /) -> Tensor:
    """Return the real eigenvalues of symmetric (Hermitian) matrices, ascending."""
    return linalg.eigvalsh(x)


def inv(x: Tensor, /) -> Tensor:
    """Return the inverse; the cotangent is -inv(x)^T g inv(x)^T."""
    return linalg.inv(x)


def matrix_norm(x: Tensor, /, *, keepdims: bool = False, ord: float | Literal["fro", "nuc"] | None = "fro") -> Tensor:
    """Return a norm of each matrix: Frobenius, nuclear, of order 1, 2, inf, or the smallest's -1, -2, -inf.

    The Frobenius norm's derivative at a zero matrix is 0.
    """
    return linalg.matrix_norm(x, keepdims=keepdims, ord=ord)


def matrix_power(x: Tensor, n: int, /) -> Tensor:
    """Return square matrices multiplied n times with themselves; their inverses for negative n."""
    return linalg.matrix_power(as_tensor(x), n)


def matrix_rank(x: Tensor, /, *, rtol: Tensor | float | None = None) -> Tensor:
    """Return how many singular values exceed `rtol` times the largest; no derivative."""
    return linalg.matrix_rank(x, rtol=rtol)


def outer(x1: Tensor, x2: Tensor, /) -> Tensor:
    """Return the outer product of two vectors, without conjugation; bilinear."""
    return linalg.outer(as_tensor(x1), as_tensor(x2))


def pinv(x: Tensor, /, *, rtol: Tensor | float | None = None) -> Tensor:
    """Return the Moore-Penrose pseudo-inverse; singular values up to `rtol` times the largest count as zero.

    The derivative is that at constant rank.
    """
    return linalg.pinv(x, rtol=rtol)


def qr(x: Tensor, /, *, mode: Literal["reduced", "complete"] = "reduced") -> QRResult:
    """Return an orthonormal Q and an upper triangular R with x = Q R.

    Parameters
    ----------
    mode : {"reduced", "complete"}
        Q of shape (..., M, K) with K = min(M, N), or square.
    """
    return QRResult(*linalg.qr(x, mode=mode))


def slogdet(x: Tensor, /) -> SlogdetResult:
    """Return the sign and the logarithm of the absolute value of the determinant.

    The latter's derivative is inv(x)^T.
    """
    return SlogdetResult(*linalg.slogdet(x))


def solve(x1: Tensor, x2: Tensor, /) -> Tensor:
    """Return the x of x1 x = x2. A 1-D x2 is one vector; any other is matrices.

    The cotangents are ``gb = solve(x1^T, g)`` for x2 and ``-gb x^T`` for x1.
    """
    return linalg.solve(x1, x2)


def solve_triangular(x1: Tensor, x2: Tensor, /, *, upper: bool = False) -> Tensor:
    """Return the x of x1 x = x2 for triangular x1, of which one triangle is read (beyond the standard)."""
    return linalg.solve_triangular(x1, x2, upper=upper)


def svd(x: Tensor, /, *, full_matrices: bool = True) -> SVDResult:
    """Return U, the singular values S in descending order, and Vh, with x = U S Vh.

    The derivative is that of ``full_matrices=False``; what is only rotated freely has none.
    """
    return SVDResult(*linalg.svd(x, full_matrices=full_matrices))


def svdvals(x: Tensor, /) -> Tensor:
    """Return the singular values in descending order; derivative U Vh."""
    return linalg.svdvals(x)


def trace(x: Tensor, /, *, offset: int = 0, dtype: Any = None) -> Tensor:
    """Return the sum of the diagonal, or of the one `offset` above (below if negative); linear.

    Parameters
    ----------
    dtype : DType, optional
        What x is converted to first; by default integers are summed in at least the default integer dtype.
    """
    return accumulate(linalg.trace, x, dtype, offset=offset)


def vector_norm(
    x: Tensor, /, *, axis: int | Sequence[int] | None = None, keepdims: bool = False, ord: float = 2
) -> Tensor:
    """Return the `ord`-norm over `axis` (of all elements by default); its derivative at the zero vector is 0."""
    return linalg.vector_norm(x, axis=axis_argument(axis), keepdims=keepdims, ord=ord)


__all__ = [
    "cholesky",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensordot",
    "trace",
    "vecdot",
    "vector_norm",
]


def __dir__() -> list[str]:
    return list(__all__)
