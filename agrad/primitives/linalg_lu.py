"""LU factorization with row interchanges, and what is solved with it.

The confusing case is the pivots. They are LAPACK's: int32, counted from 1, and to be read one after the other, "row i
was exchanged with row pivots[i]"; what a rule needs is the permutation that these exchanges amount to, `order`, for
which x[order] = L U. The choice of pivots is constant around x, so their derivative is zero, and the permutation comes
into the rules as a constant.

With L^-1 (P^T dx) U^-1 = strictly lower + upper triangle, the first part turns L (dL = L strict) and the second U
(dU = upper U). Where x is wide the columns beyond the square, and where it is tall the rows below it, follow from
these. The first min(M, N) columns have to be independent, as in QR.

The maps are holomorphic, and the rules conjugate nothing; those of `lu_solve` do, as the adjoint is no holomorphic
function of a matrix.
"""

from typing import Any

from agrad.engine.primitive import LINEAR, composite, primitive
from agrad.errors import LinAlgError, ShapeError
from agrad.primitives._helpers import device
from agrad.primitives._matrices import adjoint, as_columns, as_rows, call, eye_mask
from agrad.primitives.linalg_solve import _broadcast


def _solve_left(xp: Any, triangle: Any, x: Any, *, upper: bool) -> Any:
    """Return triangle^-1 x."""
    return xp.linalg.solve_triangular(triangle, x, upper=upper)


def _solve_right(xp: Any, triangle: Any, x: Any, *, upper: bool) -> Any:
    """Return x triangle^-1."""
    moved = xp.linalg.solve_triangular(xp.matrix_transpose(triangle), xp.matrix_transpose(x), upper=not upper)
    return xp.matrix_transpose(moved)


def _lower_of(xp: Any, packed: Any) -> Any:
    """Return L, shape (..., M, K) with K = min(M, N), of an LU factorization in one matrix."""
    rows, count = packed.shape[-2], min(packed.shape[-2:])
    part = packed[..., :, :count]
    return xp.where(eye_mask(xp, part, rows, count), xp.ones_like(part), xp.tril(part, k=-1))


def _upper_of(xp: Any, packed: Any) -> Any:
    """Return U, shape (..., K, N) with K = min(M, N), of an LU factorization in one matrix."""
    return xp.triu(packed[..., : min(packed.shape[-2:]), :])


def _packed(xp: Any, lower: Any, upper: Any) -> Any:
    """Return the strict lower triangle of one and the upper triangle of the other in one matrix, shape (..., M, N)."""
    lower, upper = xp.tril(lower, k=-1), xp.triu(upper)
    rows, count = lower.shape[-2:]
    columns = upper.shape[-1]
    lead = tuple(lower.shape[:-2])
    if columns > count:
        rest = xp.zeros((*lead, rows, columns - count), dtype=lower.dtype, device=device(lower))
        lower = xp.concat([lower, rest], axis=-1)
    if rows > count:
        rest = xp.zeros((*lead, rows - count, columns), dtype=upper.dtype, device=device(upper))
        upper = xp.concat([upper, rest], axis=-2)
    return lower + upper


def _take_rows(xp: Any, x: Any, order: Any) -> Any:
    """Return the rows of each matrix in another order; the order's batch broadcasts to x's."""
    lead = tuple(x.shape[:-2])
    if tuple(order.shape[:-1]) != lead:
        order = xp.broadcast_to(order, (*lead, order.shape[-1]))
    return xp.take_along_axis(x, as_columns(xp, order), axis=-2)


def _put_rows(xp: Any, x: Any, order: Any) -> Any:
    """Return the rows of each matrix where `order` took them from."""
    return _take_rows(xp, x, xp.argsort(order, axis=-1))


def _matrix_of(xp: Any, order: Any, dtype: Any) -> Any:
    """Return P, the permutation as a matrix: zeros, and a one in row order[j] of each column j."""
    rows = as_columns(xp, xp.arange(order.shape[-1], dtype=order.dtype, device=device(order)))
    return xp.astype(as_rows(xp, order) == rows, dtype)


def _pull(xp: Any, g_lower: Any, g_upper: Any, lower: Any, upper: Any) -> Any:
    """Return the cotangent of x[order] from those of L and U."""
    g_lower, g_upper = xp.tril(g_lower, k=-1), xp.triu(g_upper)
    rows, count = lower.shape[-2:]
    columns = upper.shape[-1]
    if count == 0:
        return xp.zeros((*lower.shape[:-1], columns), dtype=lower.dtype, device=device(lower))
    square_lower, square_upper = lower[..., :count, :], upper[..., :, :count]
    g_square_lower, g_square_upper = g_lower[..., :count, :], g_upper[..., :, :count]
    below = xp.matmul(xp.matrix_transpose(square_lower), g_square_lower)
    above = xp.matmul(g_square_upper, xp.matrix_transpose(square_upper))
    rest: Any = None
    if columns > count:
        rest = g_upper[..., :, count:]
        below = below - xp.matmul(rest, xp.matrix_transpose(upper[..., :, count:]))
    elif rows > count:
        rest = g_lower[..., count:, :]
        above = above - xp.matmul(xp.matrix_transpose(lower[..., count:, :]), rest)
    left, right = xp.matrix_transpose(square_lower), xp.matrix_transpose(square_upper)
    inner = xp.tril(below, k=-1) + xp.triu(above)
    first = _solve_left(xp, left, _solve_right(xp, right, inner, upper=False), upper=True)
    if columns > count:
        return xp.concat([first, _solve_left(xp, left, rest, upper=True)], axis=-1)
    if rows > count:
        return xp.concat([first, _solve_right(xp, right, rest, upper=False)], axis=-2)
    return first


def _push(xp: Any, t: Any, lower: Any, upper: Any) -> tuple[Any, Any]:
    """Return the tangents of L and U from that of x[order]."""
    rows, count = lower.shape[-2:]
    columns = upper.shape[-1]
    if count == 0:
        return xp.zeros_like(lower), xp.zeros_like(upper)
    square_lower, square_upper = lower[..., :count, :], upper[..., :, :count]
    inner = _solve_left(xp, square_lower, t[..., :count, :count], upper=False)
    inner = _solve_right(xp, square_upper, inner, upper=True)
    below, above = xp.tril(inner, k=-1), xp.triu(inner)
    t_lower, t_upper = xp.matmul(square_lower, below), xp.matmul(above, square_upper)
    if columns > count:
        rest = _solve_left(xp, square_lower, t[..., :, count:], upper=False)
        t_upper = xp.concat([t_upper, rest - xp.matmul(below, upper[..., :, count:])], axis=-1)
    elif rows > count:
        rest = _solve_right(xp, square_upper, t[..., count:, :], upper=True)
        t_lower = xp.concat([t_lower, rest - xp.matmul(lower[..., count:, :], above)], axis=-2)
    return t_lower, t_upper


@primitive(name="linalg.lu_permutation", vjp=None)
def lu_permutation(xp: Any, pivots: Any, /, *, rows: int) -> Any:
    """Return the order of rows that the exchanges amount to: x[order] = L U.

    Parameters
    ----------
    pivots : Tensor of int32, shape (..., K)
        Row i was exchanged with row pivots[i] - 1.
    rows : int
        How many rows x has.

    Returns
    -------
    Tensor of the default integer dtype, shape (..., rows)
    """
    return xp.linalg.lu_permutation(pivots, rows)


def _lu_factor_vjp(xp: Any, g: Any, out: Any, _x: Any, **_params: Any) -> Any:
    packed, pivots = out
    lower, upper = _lower_of(xp, packed), _upper_of(xp, packed)
    moved = _pull(xp, g[0][..., :, : lower.shape[-1]], g[0][..., : lower.shape[-1], :], lower, upper)
    return _put_rows(xp, moved, call(xp, lu_permutation, pivots, rows=packed.shape[-2]))


def _lu_factor_jvp(xp: Any, t: Any, out: Any, _x: Any, **_params: Any) -> Any:
    packed, pivots = out
    t = _take_rows(xp, t, call(xp, lu_permutation, pivots, rows=packed.shape[-2]))
    return _packed(xp, *_push(xp, t, _lower_of(xp, packed), _upper_of(xp, packed))), None


@primitive(
    name="linalg.lu_factor",
    vjp=_lu_factor_vjp,
    jvp=_lu_factor_jvp,
    nout=2,
    differentiable_outputs=(True, False),
    dtypes="float",
    torch_name="LinalgLuFactorEx",
)
def lu_factor(xp: Any, x: Any, /, *, checked_by: str = "") -> tuple[Any, Any]:
    """Return an LU factorization in one matrix, and the exchanges of rows.

    The derivative needs the first min(M, N) columns to be independent.

    Parameters
    ----------
    x : Tensor, shape (..., M, N)
    checked_by : str
        The name of the function that asks for an error where a pivot is zero; none is raised by default, nor of values
        that are being traced.

    Returns
    -------
    packed : Tensor, shape (..., M, N)
        U in the upper triangle; below it L, whose diagonal of ones is left out.
    pivots : Tensor of int32, shape (..., min(M, N))
        Row i was exchanged with row pivots[i] - 1, one after the other.

    Raises
    ------
    LinAlgError
        A RuntimeError, for a zero pivot.
    """
    _require_matrices("torch.lu_factor", x)
    packed, pivots = xp.linalg.lu_factor(x)
    if checked_by:
        _raise_on_zero_pivot(xp, checked_by, packed)
    return packed, pivots


def _require_matrices(name: str, x: Any) -> None:
    if x.ndim < 2:
        raise ShapeError(f"{name}: Expected tensor with 2 or more dimensions. Got size: {list(x.shape)} instead")


def _first_zero_pivot(xp: Any, packed: Any) -> Any:
    """Return which pivot is the first zero, counted from 1, and 0 where none is: int32, shape (...)."""
    diagonal = xp.linalg.diagonal(packed)
    if diagonal.shape[-1] == 0:
        return xp.zeros(tuple(packed.shape[:-2]), dtype=xp.int32, device=device(packed))
    zero = xp.astype(diagonal == 0, xp.int32)
    return xp.max(zero, axis=-1) * xp.astype(xp.argmax(zero, axis=-1) + 1, xp.int32)


@composite
def lu_info(xp: Any, packed: Any, /) -> Any:
    """Return which of U's diagonal elements is the first zero, counted from 1, and 0 where none is.

    Parameters
    ----------
    packed : Tensor, shape (..., M, N)

    Returns
    -------
    Tensor of int32, shape (...)
    """
    return _first_zero_pivot(xp, packed)


@composite
def no_info(xp: Any, x: Any, /) -> Any:
    """Return an int32 for each matrix, 0: that nothing failed."""
    return xp.zeros(tuple(x.shape[:-2]), dtype=xp.int32, device=device(x))


@composite
def regular(xp: Any, x: Any, failed: Any, /) -> Any:
    """Return square matrices with the identity in place of those that `failed`.

    Parameters
    ----------
    x : Tensor, shape (..., N, N)
    failed : Tensor of bool, shape (...)
    """
    one = xp.astype(eye_mask(xp, x, x.shape[-1], x.shape[-1]), x.dtype)
    return xp.where(as_columns(xp, as_columns(xp, failed)), one, x)


@composite
def nan_where(xp: Any, x: Any, failed: Any, /, *, axes: int = 2) -> Any:
    """Return matrices, or where `axes` is 1 vectors, with nan in place of those that `failed`, a bool of shape (...)."""
    for _ in range(axes):
        failed = as_columns(xp, failed)
    return xp.where(failed, xp.full_like(x, float("nan")), x)


def _raise_on_zero_pivot(xp: Any, name: str, packed: Any) -> None:
    info = xp.reshape(_first_zero_pivot(xp, packed), (-1,))
    if 0 in info.shape:
        return
    try:
        example = int(xp.argmax(xp.astype(info != 0, xp.int32)))
        place = int(info[example])
    except TypeError:
        return  # the values are being traced
    if place:
        batch = f"(Batch element {example}): " if packed.ndim > 2 else ""
        raise LinAlgError(
            f"{name}: {batch}U[{place},{place}] is zero and using it on lu_solve would result in a division by zero. If "
            "you still want to perform the factorization, consider calling linalg.lu(A, pivot) or "
            "linalg.lu_factor_ex(A, pivot)"
        )


def _lu_vjp(xp: Any, g: Any, out: Any, _x: Any) -> Any:
    p, lower, upper = out
    return xp.matmul(p, _pull(xp, g[1], g[2], lower, upper))


def _lu_jvp(xp: Any, t: Any, out: Any, _x: Any) -> Any:
    p, lower, upper = out
    return None, *_push(xp, xp.matmul(xp.matrix_transpose(p), t), lower, upper)


@primitive(
    name="linalg.lu",
    vjp=_lu_vjp,
    jvp=_lu_jvp,
    nout=3,
    differentiable_outputs=(False, True, True),
    dtypes="float",
    torch_name="LinalgLu",
)
def lu(xp: Any, x: Any, /) -> tuple[Any, Any, Any]:
    """Return a permutation matrix P, a unit lower triangular L and an upper triangular U with x = P L U.

    The derivative needs the first min(M, N) columns to be independent.

    Parameters
    ----------
    x : Tensor, shape (..., M, N)

    Returns
    -------
    P, L, U : Tensor, shapes (..., M, M), (..., M, K) and (..., K, N) with K = min(M, N)
    """
    _require_matrices("linalg.lu", x)
    packed, pivots = xp.linalg.lu_factor(x)
    order = xp.linalg.lu_permutation(pivots, x.shape[-2])
    return _matrix_of(xp, order, x.dtype), _lower_of(xp, packed), _upper_of(xp, packed)


def _lu_unpack_jvp(xp: Any, t: Any, _out: Any, _packed_lu: Any, _pivots: Any) -> Any:
    count = min(t.shape[-2:])
    return None, xp.tril(t[..., :, :count], k=-1), xp.triu(t[..., :count, :])


@primitive(
    name="linalg.lu_unpack",
    vjp=(lambda xp, g, _out, _packed_lu, _pivots: _packed(xp, g[1], g[2]), None),
    jvp=(_lu_unpack_jvp, None),
    nout=3,
    differentiable_outputs=(False, True, True),
    torch_name="LuUnpack",
)
def lu_unpack(xp: Any, packed: Any, pivots: Any, /) -> tuple[Any, Any, Any]:
    """Return P, L and U of an LU factorization in one matrix.

    Parameters
    ----------
    packed : Tensor, shape (..., M, N)
    pivots : Tensor of int32, shape (..., min(M, N))

    Returns
    -------
    P, L, U : Tensor, shapes (..., M, M), (..., M, K) and (..., K, N) with K = min(M, N)
    """
    order = xp.linalg.lu_permutation(pivots, packed.shape[-2])
    return _matrix_of(xp, order, packed.dtype), _lower_of(xp, packed), _upper_of(xp, packed)


def _solution(xp: Any, packed: Any, order: Any, y: Any, hermitian: bool) -> Any:
    """Return (P L U)^-1 y, or the adjoint's inverse times y; all of one batch."""
    lower, upper = _lower_of(xp, packed), xp.triu(packed)
    if hermitian:
        inner = _solve_left(xp, adjoint(xp, upper), y, upper=False)
        return _put_rows(xp, _solve_left(xp, adjoint(xp, lower), inner, upper=True), order)
    inner = _solve_left(xp, lower, _take_rows(xp, y, order), upper=False)
    return _solve_left(xp, upper, inner, upper=True)


def _lu_solve_packed(
    xp: Any, g: Any, out: Any, packed: Any, pivots: Any, _y: Any, *, left: bool = True, hermitian: bool = False
) -> Any:
    turned = call(xp, lu_solve, packed, pivots, g, left=left, hermitian=not hermitian)
    if not left:  # X A = Y is A^H X^H = Y^H
        out, turned, hermitian = adjoint(xp, out), adjoint(xp, turned), not hermitian
    # The cotangent of A is minus the first times the second's adjoint; A = P L U hands it on to L and U.
    first, second = (out, turned) if hermitian else (turned, out)
    first = _take_rows(xp, first, call(xp, lu_permutation, pivots, rows=packed.shape[-1]))
    lower, upper = _lower_of(xp, packed), xp.triu(packed)
    g_lower = xp.matmul(first, adjoint(xp, xp.matmul(upper, second)))
    g_upper = xp.matmul(xp.matmul(adjoint(xp, lower), first), adjoint(xp, second))
    return -_packed(xp, g_lower, g_upper)


def _lu_solve_y(
    xp: Any, g: Any, _out: Any, packed: Any, pivots: Any, _y: Any, *, left: bool = True, hermitian: bool = False
) -> Any:
    return call(xp, lu_solve, packed, pivots, g, left=left, hermitian=not hermitian)


def _lu_solve_packed_jvp(
    xp: Any, t: Any, out: Any, packed: Any, pivots: Any, _y: Any, *, left: bool = True, hermitian: bool = False
) -> Any:
    order = call(xp, lu_permutation, pivots, rows=packed.shape[-1])
    lower, upper = _lower_of(xp, packed), xp.triu(packed)
    t_lower, t_upper = xp.tril(t, k=-1), xp.triu(t)
    x = out if left else adjoint(xp, out)
    if hermitian == left:  # of A^H: U^H t_L^H + t_U^H L^H upon the permuted solution
        x = _take_rows(xp, x, order)
        change = xp.matmul(adjoint(xp, upper), xp.matmul(adjoint(xp, t_lower), x))
        change = change + xp.matmul(adjoint(xp, t_upper), xp.matmul(adjoint(xp, lower), x))
    else:
        change = xp.matmul(t_lower, xp.matmul(upper, x)) + xp.matmul(lower, xp.matmul(t_upper, x))
        change = _put_rows(xp, change, order)
    change = change if left else adjoint(xp, change)
    return -call(xp, lu_solve, packed, pivots, change, left=left, hermitian=hermitian)


@primitive(
    name="linalg.lu_solve",
    vjp=(_lu_solve_packed, None, _lu_solve_y),
    jvp=(_lu_solve_packed_jvp, None, LINEAR),
    holomorphic=False,
    promote=(0, 2),
    torch_name="LinalgLuSolve",
    half="wide",
)
def lu_solve(xp: Any, packed: Any, pivots: Any, y: Any, /, *, left: bool = True, hermitian: bool = False) -> Any:
    """Return the solution of A out = y, from A's LU factorization; batches broadcast.

    Parameters
    ----------
    packed : Tensor, shape (..., N, N)
    pivots : Tensor of int32, shape (..., N)
    y : Tensor, shape (..., N, K), or (..., K, N) if not `left`
    left : bool
        False: of out A = y.
    hermitian : bool
        Whether A's adjoint stands in A's place.
    """
    lead = _broadcast(_broadcast(tuple(packed.shape[:-2]), tuple(pivots.shape[:-1])), tuple(y.shape[:-2]))
    order = xp.linalg.lu_permutation(pivots, packed.shape[-1])
    if tuple(packed.shape[:-2]) != lead:
        packed = xp.broadcast_to(packed, (*lead, *packed.shape[-2:]))
    if tuple(y.shape[:-2]) != lead:
        y = xp.broadcast_to(y, (*lead, *y.shape[-2:]))
    if left:
        return _solution(xp, packed, order, y, hermitian)
    return adjoint(xp, _solution(xp, packed, order, adjoint(xp, y), not hermitian))


__all__ = [
    "lu",
    "lu_factor",
    "lu_info",
    "lu_permutation",
    "lu_solve",
    "lu_unpack",
    "nan_where",
    "no_info",
    "regular",
]
