"""PyTorch's names of linear algebra from before torch.linalg: each is a function of agrad.linalg in older dress."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from agrad import linalg
from agrad.errors import ShapeError, UnsupportedOperation
from agrad.primitives import elementwise, linear_algebra
from agrad.primitives import linalg as _linalg
from agrad.torch_api import linalg_results as results
from agrad.torch_api._matrix_checks import require_float, require_matrices, require_square
from agrad.torch_api._out import deliver

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def _adjoint(x: Any) -> Any:
    x = linear_algebra.matrix_transpose(x)
    return elementwise.conj(x) if x._options.is_complex else x


def cross(input: Tensor, other: Tensor, dim: int | None = None, *, out: Tensor | None = None) -> Tensor:
    """Return the cross product along `dim`; by default, with a warning, the first axis of length 3."""
    if dim is None:
        dim = next((axis for axis, length in enumerate(input._shape) if length == 3), None)
        if dim is None:
            raise ShapeError(f"no dimension of size 3 in input; cross received shape {tuple(input._shape)}.")
        warnings.warn(
            "Using torch.cross without specifying the dim arg is deprecated. Please either pass the dim explicitly or "
            "simply use torch.linalg.cross.",
            stacklevel=2,
        )
    return linalg.cross(input, other, dim=dim, out=out)


def det(input: Tensor) -> Tensor:
    """Return the determinant of each square matrix."""
    return linalg.det(input)


def logdet(input: Tensor) -> Tensor:
    """Return the logarithm of the determinant: nan where a real one is negative, -inf where it is 0."""
    require_square("logdet", input)
    require_float("logdet", input)
    return _linalg.logdet(input)


def slogdet(input: Tensor, *, out: Any = None) -> results.slogdet:
    """Return the determinant's sign and the logarithm of its absolute value."""
    return deliver("slogdet", results.slogdet(*linalg.slogdet(input)), out)


def inverse(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse of each square matrix."""
    return linalg.inv(input, out=out)


def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """Return the Moore-Penrose inverse; singular values up to `rcond` times the largest count as zero."""
    return linalg.pinv(input, rtol=rcond)


def matrix_power(input: Tensor, n: int, *, out: Tensor | None = None) -> Tensor:
    """Return the n-th power of square matrices; for negative n, that of their inverse."""
    return linalg.matrix_power(input, n, out=out)


def matrix_exp(input: Tensor) -> Tensor:
    """Return the exponential of square matrices."""
    return linalg.matrix_exp(input)


def svd(input: Tensor, some: bool = True, compute_uv: bool = True, *, out: Any = None) -> results.svd:
    """Return U, S and V, not Vh, with input = U diag(S) V^H.

    Parameters
    ----------
    some : bool
        U and V of min(M, N) columns, else square.
    compute_uv : bool
        False gives zeros for U and V, without a derivative.
    """
    if not compute_uv:
        rows, columns = input._shape[-2:]
        lead = input._shape[:-2]
        options = input._options

        def nothing(size: int) -> Any:
            from agrad.engine.core import wrap

            raw = options.xp.zeros((*lead, size, size), dtype=options.raw_dtype, device=options.raw_device)
            return wrap(raw, options)

        found = results.svd(nothing(rows), linalg.svdvals(input), nothing(columns))
    else:
        u, s, vh = linalg.svd(input, full_matrices=not some)
        found = results.svd(u, s, _adjoint(vh))
    return deliver("svd", found, out)


def qr(input: Tensor, some: bool = True, *, out: Any = None) -> results.qr:
    """Return an orthonormal Q and an upper triangular R with input = Q R; `some` False: a square Q."""
    return deliver("qr", results.qr(*linalg.qr(input, "reduced" if some else "complete")), out)


def cholesky(input: Tensor, upper: bool = False, *, out: Tensor | None = None) -> Tensor:
    """Return the triangular factor of Hermitian positive-definite matrices."""
    return linalg.cholesky(input, upper=upper, out=out)


def cholesky_solve(B: Tensor, L: Tensor, upper: bool = False, *, out: Tensor | None = None) -> Tensor:
    """Return the solution of A X = B from A's Cholesky factor: L L^H X = B, or U^H U X = B if `upper`.

    Parameters
    ----------
    B : Tensor, shape (..., N, K)
    L : Tensor, shape (..., N, N)
    """
    if not L._options.is_inexact:
        raise UnsupportedOperation(
            f"cholesky_solve is not implemented for '{L._options.dtype.scalar_name}'. Use a floating dtype."
        )
    require_square("cholesky_solve", L, "input2")
    require_matrices("cholesky_solve", B, "B")
    adjoint = _adjoint(L)
    first, second = (adjoint, L) if upper else (L, adjoint)
    inner = _linalg.solve_triangular(first, B, upper=False)
    return deliver("cholesky_solve", _linalg.solve_triangular(second, inner, upper=True), out)


def cholesky_inverse(L: Tensor, upper: bool = False, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse of A from its Cholesky factor."""
    require_square("cholesky_inverse", L)
    return cholesky_solve(_linalg.identity_like(L), L, upper, out=out)


def lu(
    input: Tensor, pivot: bool = True, get_infos: bool = False, out: Any = None
) -> tuple[Tensor, Tensor] | results._lu_with_info:
    """Return (LU, pivots) as `linalg.lu_factor` gives them, but without an error for a zero pivot.

    Parameters
    ----------
    input : Tensor, shape (..., M, N)
    pivot : bool
        Only True.
    get_infos : bool
        Add an int32: which pivot is the first zero, counted from 1; 0 where none is.
    """
    found = linalg.lu_factor_ex(input, pivot=pivot)
    return deliver("lu", results._lu_with_info(*found) if get_infos else (found.LU, found.pivots), out)


def lu_solve(b: Tensor, LU_data: Tensor, LU_pivots: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the solution of A X = b from what `linalg.lu_factor` gave for A.

    Parameters
    ----------
    b : Tensor, shape (..., N, K)
    LU_data : Tensor, shape (..., N, N)
    LU_pivots : Tensor of int32, shape (..., N)
    """
    return linalg.lu_solve(LU_data, LU_pivots, b, out=out)


__all__ = [
    "cholesky",
    "cholesky_inverse",
    "cholesky_solve",
    "cross",
    "det",
    "inverse",
    "logdet",
    "lu",
    "lu_solve",
    "matrix_exp",
    "matrix_power",
    "pinverse",
    "qr",
    "slogdet",
    "svd",
]
