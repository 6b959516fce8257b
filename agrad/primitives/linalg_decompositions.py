"""Cholesky and QR decompositions; those into eigenvalues and singular values are in linalg_spectra.

cholesky reads Hermitian matrices only: its cotangent is the Hermitian one. The derivative of QR divides by R's diagonal and is
nan where that is zero to rounding: a column of Q is arbitrary there.

Sources: M. Giles, "An extended collection of matrix derivative results" (2008); I. Murray, "Differentiation of the
Cholesky decomposition" (2016); S. Walter, L. Lehmann, "Algorithmic differentiation of linear algebra functions with
application in optimum experimental design" (2010).
"""

from typing import Any

from agrad.engine.primitive import composite, primitive
from agrad.errors import ShapeError
from agrad.primitives._helpers import device, is_complex
from agrad.primitives._matrices import (
    adjoint,
    as_columns,
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
    return decomposed(xp, indefinite, lambda: xp.linalg.cholesky(x, upper=upper), x, finite=True)


@composite
def indefinite_minor(xp: Any, x: Any, /) -> Any:
    """Return the order of the smallest leading minor that is not positive-definite, 0 where all are: by elimination, without a branch.

    Parameters
    ----------
    x : Tensor, shape (..., N, N)
        Hermitian; the lower triangle is read.

    Returns
    -------
    Tensor of int32, shape (...)
    """
    rest = xp.tril(x) + adjoint(xp, xp.tril(x, k=-1))
    found = xp.zeros(tuple(x.shape[:-2]), dtype=xp.int32, device=device(x))
    for order in range(1, x.shape[-1] + 1):
        pivot = real(xp, rest[..., 0, 0])
        positive = pivot > 0
        found = xp.where((found == 0) & ~positive, xp.full_like(found, order), found)
        column = rest[..., 1:, :1]
        pivot = as_columns(xp, as_columns(xp, xp.where(positive, pivot, xp.ones_like(pivot))))
        rest = rest[..., 1:, 1:] - xp.matmul(column, adjoint(xp, column)) / pivot
    return found


def _mirrored(xp: Any, x: Any) -> Any:
    """Return the Hermitian matrix whose strict upper triangle is x's, with the real part of x's diagonal."""
    upper = xp.triu(x, k=1)
    diagonal = real(xp, diagonal_of(xp, x))
    return upper + adjoint(xp, upper) + xp.astype(embed_diagonal(xp, diagonal), x.dtype)


def _below(xp: Any, x: Any) -> Any:
    """Return the strict lower triangle of x and the imaginary part of its diagonal."""
    lower = xp.tril(x, k=-1)
    if not is_complex(xp, x):
        return lower
    return lower + embed_diagonal(xp, xp.astype(xp.imag(diagonal_of(xp, x)), x.dtype) * 1j)


def _divisor(xp: Any, r: Any, *, tall: bool) -> tuple[Any, Any]:
    """Return a square R to divide by, and which matrices have dependent columns: shape (..., 1, 1).

    The last column of a square real Q follows from the others, so that R's last diagonal element is never divided by.
    """
    size = r.shape[-1]
    diagonal = xp.abs(diagonal_of(xp, r))
    if size == 0:
        return r, xp.zeros((*r.shape[:-2], 1, 1), dtype=xp.bool, device=device(r))
    # A column of small numbers is no combination of the others: its own length is the measure.
    vanishes = diagonal <= xp.max(xp.abs(r), axis=-2) * float(max(size, 32) * xp.finfo(diagonal.dtype).eps)
    one = eye_mask(xp, r, size, size)
    if not tall and not is_complex(xp, r):
        vanishes = vanishes[..., :-1]
        last = xp.logical_and(one, xp.arange(size, device=device(r)) == size - 1)
        r = xp.where(last, xp.ones_like(r), r)
    dependent = as_columns(xp, xp.any(vanishes, axis=-1, keepdims=True))
    return xp.where(dependent, xp.astype(one, r.dtype), r), dependent


def _refuse_complete(mode: str, shape: tuple[int, ...]) -> None:
    if mode == "complete" and shape[-2] > shape[-1]:
        raise ShapeError(
            "The QR decomposition is not differentiable when mode='complete' and nrows > ncols; received shape "
            f"{tuple(shape)}. Use mode='reduced'."
        )


def _qr_vjp(xp: Any, g: Any, out: Any, x_meta: Any, *, mode: str = "reduced") -> Any:
    _refuse_complete(mode, x_meta.shape)
    q, r = out
    rows, columns = x_meta.shape[-2:]
    g_q, g_r = g[0], xp.triu(g[1])
    inner = xp.matmul(g_r, adjoint(xp, r)) - xp.matmul(adjoint(xp, q), g_q)
    divisor, dependent = _divisor(xp, r[..., :, :rows], tall=rows > columns)
    if rows > columns:
        cotangent = solve_right_adjoint(xp, divisor, g_q + xp.matmul(q, _mirrored(xp, inner)), upper=True)
    else:
        # dQ = Q W and dR = Q^H dx - W R, with the skew-Hermitian W whose lower triangle is that of Q^H dx R^-1.
        turn = xp.tril(adjoint(xp, inner), k=-1) - _below(xp, inner)
        turn = solve_right_adjoint(xp, divisor, turn, upper=True)
        if columns > rows:
            turn = xp.concat([turn, xp.zeros_like(g_r[..., :, rows:])], axis=-1)
        cotangent = xp.matmul(q, g_r + turn)
    return xp.where(dependent, xp.full_like(cotangent, float("nan")), cotangent)


def _qr_jvp(xp: Any, t: Any, out: Any, x: Any, *, mode: str = "reduced") -> Any:
    _refuse_complete(mode, x.shape)
    q, r = out
    rows, columns = x.shape[-2:]
    divisor, dependent = _divisor(xp, r[..., :, :rows], tall=rows > columns)
    first = t[..., :, :rows]
    moved = adjoint(xp, solve_left(xp, adjoint(xp, divisor), adjoint(xp, first), upper=False))
    inner = xp.matmul(adjoint(xp, q), moved)
    if rows > columns:
        both = xp.triu(inner + adjoint(xp, inner))
        change = xp.where(eye_mask(xp, both, both.shape[-1], both.shape[-1]), both * 0.5, both)
        t_q, t_r = moved - xp.matmul(q, change), xp.matmul(change, r)
    else:
        turn = _below(xp, inner)
        turn = turn - adjoint(xp, xp.tril(turn, k=-1))
        t_q, t_r = xp.matmul(q, turn), xp.triu(xp.matmul(adjoint(xp, q), t) - xp.matmul(turn, r))
    return tuple(xp.where(dependent, xp.full_like(part, float("nan")), part) for part in (t_q, t_r))


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

    The derivative needs the first min(M, N) columns to be independent (one less, for square or wide real matrices); it is nan where
    they are not.

    Parameters
    ----------
    x : Tensor, shape (..., M, N)
    mode : {"reduced", "complete"}
        Q of shape (..., M, K) with K = min(M, N), or (..., M, M), which for M > N has no derivative.
    """
    require_matrices("qr", x)
    q, r = xp.linalg.qr(x, mode=mode)
    return q, r


__all__ = ["cholesky", "indefinite_minor", "qr"]
