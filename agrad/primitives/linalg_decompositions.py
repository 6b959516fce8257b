"""Cholesky and QR decompositions; those into eigenvalues and singular values are in linalg_spectra.

cholesky reads Hermitian matrices only: its cotangent is the Hermitian one. The derivative of QR divides by R's diagonal, so
it is nan where that is zero to rounding: no function of Q and R of such a matrix is known to be differentiable.

Sources: M. Giles, "An extended collection of matrix derivative results" (2008); I. Murray, "Differentiation of the
Cholesky decomposition" (2016); S. Walter, L. Lehmann, "Algorithmic differentiation of linear algebra functions with
application in optimum experimental design" (2010).
"""

from typing import Any

from agrad.engine.primitive import primitive
from agrad.errors import ShapeError
from agrad.primitives._matrices import (
    adjoint,
    decomposed,
    diagonal_of,
    embed_diagonal,
    eye_mask,
    hermitian,
    real,
    require_matrices,
    require_square,
    solve_left,
    solve_right_adjoint,
)


def _half_triangle(xp: Any, x: Any) -> Any:
    """Return the lower triangle with its diagonal halved: what is left of x + x^H when one triangle is taken."""
    lower = xp.tril(x)
    return xp.where(eye_mask(xp, x, x.shape[-1], x.shape[-1]), lower * 0.5, lower)


def _cholesky_vjp(xp: Any, g: Any, out: Any, _x: Any, *, upper: bool = False) -> Any:
    if upper:
        g, out = adjoint(xp, g), adjoint(xp, out)
    inner = _half_triangle(xp, xp.matmul(adjoint(xp, out), xp.tril(g)))
    transposed = adjoint(xp, out)
    left = solve_left(xp, transposed, inner, upper=True)
    return hermitian(xp, adjoint(xp, solve_left(xp, transposed, adjoint(xp, left), upper=True)))


def _cholesky_jvp(xp: Any, t: Any, out: Any, _x: Any, *, upper: bool = False) -> Any:
    lower = adjoint(xp, out) if upper else out
    inner = solve_right_adjoint(xp, lower, solve_left(xp, lower, hermitian(xp, t), upper=False), upper=False)
    tangent = xp.matmul(lower, _half_triangle(xp, inner))
    return adjoint(xp, tangent) if upper else tangent


@primitive(
    name="linalg.cholesky",
    vjp=_cholesky_vjp,
    jvp=_cholesky_jvp,
    holomorphic=False,
    dtypes="float",
    torch_name="LinalgCholeskyEx",
)
def cholesky(xp: Any, x: Any, /, *, upper: bool = False) -> Any:
    """Return the triangular factor of Hermitian positive-definite matrices: x = L L^H, or U^H U if `upper`.

    Parameters
    ----------
    x : Tensor, shape (..., N, N)
    """
    require_square("cholesky", x)
    indefinite = "linalg.cholesky: The factorization could not be completed because the input is not positive-definite"
    return decomposed(xp, indefinite, lambda: xp.linalg.cholesky(x, upper=upper), x)


def _mirrored(xp: Any, x: Any) -> Any:
    """Return the Hermitian matrix whose strict upper triangle is x's, with the real part of x's diagonal."""
    upper = xp.triu(x, k=1)
    diagonal = real(xp, diagonal_of(xp, x))
    return upper + adjoint(xp, upper) + xp.astype(embed_diagonal(xp, diagonal), x.dtype)


def _qr_vjp(xp: Any, g: Any, out: Any, x_meta: Any, *, mode: str = "reduced") -> Any:
    g_q, g_r = g
    q, r = out
    rows, columns = x_meta.shape[-2:]
    if mode == "complete" and rows > columns:
        raise ShapeError(
            "The QR decomposition is not differentiable when mode='complete' and nrows > ncols; received shape "
            f"{tuple(x_meta.shape)}. Use mode='reduced'."
        )
    rest = None
    if rows < columns:
        # x = [x1 x2] and r = [r1 r2] with r2 = q^H x2: what r2 asks goes to x2, and to q beside it.
        g_rest, r_rest = g_r[..., :, rows:], r[..., :, rows:]
        rest = xp.matmul(q, g_rest)
        g_q = g_q + xp.matmul(xp.matmul(q, r_rest), adjoint(xp, g_rest))
        g_r, r = g_r[..., :, :rows], r[..., :, :rows]
    inner = xp.matmul(xp.triu(g_r), adjoint(xp, r)) - xp.matmul(adjoint(xp, q), g_q)
    cotangent = solve_right_adjoint(xp, r, g_q + xp.matmul(q, _mirrored(xp, inner)), upper=True)
    return cotangent if rest is None else xp.concat([cotangent, rest], axis=-1)


def _qr_jvp(xp: Any, t: Any, out: Any, x: Any, *, mode: str = "reduced") -> Any:
    q, r = out
    rows, columns = x.shape[-2:]
    if mode == "complete" and rows > columns:
        raise ShapeError(
            "The QR decomposition is not differentiable when mode='complete' and nrows > ncols; received shape "
            f"{tuple(x.shape)}. Use mode='reduced'."
        )
    square = r[..., :, :rows] if rows < columns else r
    first = t[..., :, :rows] if rows < columns else t
    moved = adjoint(xp, solve_left(xp, adjoint(xp, square), adjoint(xp, first), upper=False))
    inner = xp.matmul(adjoint(xp, q), moved)
    both = xp.triu(inner + adjoint(xp, inner))
    change = xp.where(eye_mask(xp, both, both.shape[-1], both.shape[-1]), both * 0.5, both)
    t_q = moved - xp.matmul(q, change)
    t_r = xp.matmul(change, square)
    if rows < columns:
        rest = xp.matmul(adjoint(xp, t_q), x[..., :, rows:]) + xp.matmul(adjoint(xp, q), t[..., :, rows:])
        t_r = xp.concat([t_r, rest], axis=-1)
    return t_q, t_r


@primitive(
    name="linalg.qr",
    vjp=_qr_vjp,
    jvp=_qr_jvp,
    nout=2,
    holomorphic=False,
    dtypes="float",
    torch_name="LinalgQr",
)
def qr(xp: Any, x: Any, /, *, mode: str = "reduced") -> tuple[Any, Any]:
    """Return an orthonormal Q and an upper triangular R with x = Q R.

    The derivative needs the first min(M, N) columns to be independent.

    Parameters
    ----------
    x : Tensor, shape (..., M, N)
    mode : {"reduced", "complete"}
        Q of shape (..., M, K) with K = min(M, N), or (..., M, M), which for M > N has no derivative.
    """
    require_matrices("qr", x)
    q, r = xp.linalg.qr(x, mode=mode)
    return q, r


__all__ = ["cholesky", "qr"]
