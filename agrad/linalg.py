"""torch.linalg's functions: norms, solvers, decompositions and what is computed with them.

Functions of matrices work on the last two axes; the others are a batch. Gradients are those of the primitives in
agrad/primitives/linalg*.py, where their conventions at degenerate spectra are told.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from agrad.dtypes import int32
from agrad.engine.core import TensorCore, wrap
from agrad.errors import LinAlgError, ShapeError
from agrad.primitives import data_type, elementwise, linear_algebra, manipulation
from agrad.primitives import linalg as _linalg
from agrad.torch_api import linalg_results as results
from agrad.torch_api._matrix_checks import (
    DTypeMismatch,
    require_float,
    require_matrices,
    require_square,
)
from agrad.torch_api._out import deliver
from agrad.torch_api.linalg_decompositions import (
    cholesky,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    householder_product,
    qr,
    svd,
    svdvals,
)
from agrad.torch_api.linalg_lu import lu, lu_factor, lu_factor_ex, lu_solve
from agrad.torch_api.linalg_norms import cond, matrix_norm, norm, vector_norm
from agrad.torch_api.matrices import matmul

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def det(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the determinant of each square matrix; its derivatives are right for singular ones too."""
    require_square("linalg.det", A)
    require_float("linalg.det", A)
    return deliver("linalg.det", _linalg.det(A), out)


def slogdet(A: Tensor, *, out: Any = None) -> results.linalg_slogdet:
    """Return the determinant's sign and the logarithm of its absolute value."""
    require_square("linalg.slogdet", A)
    require_float("linalg.slogdet", A)
    return deliver("linalg.slogdet", results.linalg_slogdet(*_linalg.slogdet(A)), out)


def inv(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse of each square matrix.

    Raises
    ------
    LinAlgError
        A RuntimeError, for a singular matrix, on every backend.
    """
    require_square("linalg.inv", A)
    require_float("linalg.inv", A)
    return deliver("linalg.inv", _linalg.inv(A), out)


def _info(A: Any, compute: Callable[[], Any], place: Callable[[Any], Any], check_errors: bool) -> tuple[Any, Any]:
    """Return a result and an int32 for each matrix, 0; where there is none for one of them, None and what `place` says."""
    try:
        result = compute()
    except LinAlgError:
        if check_errors:
            raise
        return None, place(A.detach())
    return result, _linalg.no_info(A)


def _zero_pivot(A: Any) -> Any:
    """Return which pivot is the first zero, counted from 1; of one matrix at least 1, as something failed."""
    info = _linalg.lu_info(_linalg.lu_factor(A)[0])
    return info if info._shape or A._options.backend.level else elementwise.maximum(info, 1)


def _indefinite_minor(A: Any) -> Any:
    """Return the order of the smallest leading minor that is not positive-definite; 0 where all are."""
    if A._options.backend.level:
        return _linalg.indefinite_minor(A)
    size = A._shape[-1]

    def definite(one: Any, order: int) -> bool:
        try:
            _linalg.cholesky(one[:order, :order])
        except LinAlgError:
            return False
        return True

    matrices = manipulation.reshape(A, shape=(-1, size, size))
    # Beyond the first minor that is not, none is: orders 1 to size are sorted by that.
    orders = [1 + bisect_left(range(1, size + 1), True, key=lambda k: not definite(one, k)) for one in matrices]
    options = A._options.with_dtype(int32)
    found = [order if order <= size else 0 for order in orders]
    raw = options.xp.asarray(found, dtype=options.raw_dtype, device=options.raw_device)
    return wrap(options.xp.reshape(raw, tuple(A._shape[:-2])), options)


def inv_ex(A: Tensor, *, check_errors: bool = False, out: Any = None) -> results.linalg_inv_ex:
    """Return the inverse and, instead of an error, an int32 that is not 0 for a singular matrix (then nan).

    It says which pivot of the LU factorization is the first zero, counted from 1.
    """
    require_square("linalg.inv_ex", A)
    require_float("linalg.inv_ex", A)
    found, info = _info(A, lambda: _linalg.inv(A), _zero_pivot, check_errors)
    if found is None:
        failed = info != 0
        found = _linalg.nan_where(_linalg.inv(_linalg.regular(A, failed)), failed)
    return deliver("linalg.inv_ex", results.linalg_inv_ex(found, info), out)


def cholesky_ex(
    A: Tensor, *, upper: bool = False, check_errors: bool = False, out: Any = None
) -> results.linalg_cholesky_ex:
    """Return the Cholesky factor and, instead of an error, an int32 that is not 0 where there is none (then nan).

    It is the order of the smallest leading minor that is not positive-definite.
    """
    require_square("linalg.cholesky_ex", A)
    require_float("linalg.cholesky_ex", A)
    found, info = _info(A, lambda: _linalg.cholesky(A, upper=upper), _indefinite_minor, check_errors)
    if found is None:
        failed = info != 0
        found = _linalg.nan_where(_linalg.cholesky(_linalg.regular(A, failed), upper=upper), failed)
    return deliver("linalg.cholesky_ex", results.linalg_cholesky_ex(found, info), out)


def solve_ex(
    A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False, out: Any = None
) -> results.linalg_solve_ex:
    """Return the solution of a linear system and, instead of an error, an int32 that is not 0 for a singular one (then nan).

    It says which pivot of the LU factorization is the first zero, counted from 1.
    """
    found, info = _info(A, lambda: solve(A, B, left=left), _zero_pivot, check_errors)
    if found is None:
        failed = info != 0
        found = solve(_linalg.regular(A, failed), B, left=left)
        found = _linalg.nan_where(found, failed, axes=1 if _is_vector(A, B) else 2)
    return deliver("linalg.solve_ex", results.linalg_solve_ex(found, info), out)


def _tolerances(name: str, A: Any, atol: Any, rtol: Any) -> Any:
    """Return the relative tolerance that `atol` and `rtol` amount to; None for the default."""
    require_matrices(name, A)
    require_float(name, A)
    if atol is None:
        return rtol
    return _linalg.relative_tolerance(A, atol=atol, rtol=rtol)


def pinv(
    A: Tensor,
    *,
    atol: Any = None,
    rtol: Any = None,
    hermitian: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Return the Moore-Penrose inverse of each matrix; the derivative is that at constant rank.

    Parameters
    ----------
    A : Tensor, shape (..., M, N)
    atol, rtol : float or Tensor, optional
        Singular values up to max(atol, rtol times the largest) count as zero.
    hermitian : bool
        Accepted; the answer is the same.
    """
    if hermitian:
        require_square("linalg.pinv", A)
    result = _linalg.pinv(A, rtol=_tolerances("linalg.pinv", A, atol, rtol))
    return deliver("linalg.pinv", result, out)


def matrix_rank(
    A: Tensor,
    tol: Any = None,
    *,
    atol: Any = None,
    rtol: Any = None,
    hermitian: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Return the number of singular values above max(atol, rtol times the largest), int64."""
    if tol is not None:
        atol, rtol = tol, 0.0
    if hermitian:
        require_square("linalg.matrix_rank", A)
    result = _linalg.matrix_rank(A, rtol=_tolerances("linalg.matrix_rank", A, atol, rtol))
    return deliver("linalg.matrix_rank", result, out)


def _is_vector(A: Any, B: Any) -> bool:
    """Whether a right-hand side is a batch of vectors, by PyTorch's rule."""
    return len(B._shape) == 1 or (len(A._shape) - 1 == len(B._shape) and B._shape == A._shape[:-1])


def solve(A: Tensor, B: Tensor, *, left: bool = True, out: Tensor | None = None) -> Tensor:
    """Return the solution of A X = B (of X A = B if not `left`).

    Parameters
    ----------
    A : Tensor, shape (..., N, N)
    B : Tensor, shape (..., N, K), (N,) or A's without the last axis

    Raises
    ------
    LinAlgError
        A RuntimeError, for a singular matrix, on every backend.
    """
    require_square("linalg.solve", A)
    require_float("linalg.solve", A)
    if A._options.dtype is not B._options.dtype:
        raise DTypeMismatch(
            f"linalg.solve: Expected A and B to have the same dtype, but found A of type {A._options.dtype.scalar_name} "
            f"and B of type {B._options.dtype.scalar_name} instead"
        )
    vector = _is_vector(A, B)
    if vector and not left:
        raise ShapeError("linalg.solve: Vector broadcasting of the left hand side is not supported for left=False.")
    X = manipulation.expand_dims(B, axis=-1) if vector else B
    if not left:
        A, X = linear_algebra.matrix_transpose(A), linear_algebra.matrix_transpose(X)
    if len(X._shape) < 2 or X._shape[-2] != A._shape[-1]:
        a, b = A._shape[-2:], X._shape[-2:]
        raise ShapeError(
            f"linalg.solve: Incompatible shapes of A and B for the equation AX = B ({a[0]}x{a[1]} and {b[0]}x{b[1]})"
        )
    X = _linalg.solve(A, X)
    if not left:
        X = linear_algebra.matrix_transpose(X)
    return deliver("linalg.solve", manipulation.squeeze(X, axis=-1) if vector else X, out)


def solve_triangular(
    A: Tensor,
    B: Tensor,
    *,
    upper: bool,
    left: bool = True,
    unitriangular: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Return the solution of A X = B (of X A = B if not `left`) for triangular A, of which one triangle is read.

    Parameters
    ----------
    A : Tensor, shape (..., N, N)
    B : Tensor, shape (..., N, K)
    unitriangular : bool
        A's diagonal is taken to be ones.
    """
    require_square("linalg.solve_triangular", A)
    require_matrices("linalg.solve_triangular", B, "B")
    if unitriangular:
        A = _linalg.with_unit_diagonal(A)
    if not left:
        A, B = linear_algebra.matrix_transpose(A), linear_algebra.matrix_transpose(B)
        upper = not upper
    if A._shape[-1] != B._shape[-2]:
        a, b = A._shape[-2:], B._shape[-2:]
        raise ShapeError(
            "linalg.solve_triangular: Incompatible shapes of A and B for the equation AX = B "
            f"({a[0]}x{a[1]} and {b[0]}x{b[1]})"
        )
    X = _linalg.solve_triangular(A, B, upper=upper)
    return deliver("linalg.solve_triangular", X if left else linear_algebra.matrix_transpose(X), out)


_DRIVERS = ("gels", "gelsy", "gelsd", "gelss")


def lstsq(A: Tensor, B: Tensor, rcond: float | None = None, *, driver: str | None = None) -> results.linalg_lstsq:
    """Return the least-squares solution of A X = B, of least norm where there are several.

    Parameters
    ----------
    A : Tensor, shape (..., M, N)
    B : Tensor, shape (..., M, K) or (..., M)
    rcond : float, optional
        Singular values up to this times the largest count as zero.
    driver : {'gels', 'gelsy', 'gelsd', 'gelss'}, optional
        Decides, as in PyTorch, which of residuals, rank and singular_values are given; the solution is the same.

    Returns
    -------
    (solution, residuals, rank, singular_values)
        residuals are given where M > N and every matrix has full rank, else empty.
    """
    require_matrices("linalg.lstsq", A, "input")
    require_float("linalg.lstsq", A)
    driver = driver or "gelsy"
    if driver not in _DRIVERS:
        raise ShapeError(
            f"linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss); received {driver!r}"
        )
    vector = _is_vector(A, B)
    rows, columns = A._shape[-2:]
    right = manipulation.expand_dims(B, axis=-1) if vector else B
    if len(right._shape) < 2 or right._shape[-2] != rows:
        raise ShapeError(
            "linalg.lstsq: input.size(-2) should match other.size(-2); received shapes "
            f"{tuple(A._shape)} and {tuple(B._shape)}"
        )
    found = _linalg.lstsq(A, right, rtol=rcond)
    rank = _linalg.matrix_rank(A, rtol=rcond)
    nothing = manipulation.reshape(found, shape=(-1,))[:0]
    nothing = nothing.detach()
    full = rows > columns and bool((rank == columns).all())
    residuals = nothing
    if full and driver != "gelsy":
        difference = elementwise.subtract(linear_algebra.matmul(A, found), right)
        residuals = _linalg.squared_lengths(difference)
    values = _linalg.svdvals(A) if driver in ("gelsd", "gelss") else nothing
    if driver == "gels":
        rank = data_type.astype(rank, dtype=rank._options.dtype)[:0] if rank._shape else rank.reshape(1)[:0]
    solution = manipulation.squeeze(found, axis=-1) if vector else found
    return results.linalg_lstsq(solution, residuals, rank, values)


def matrix_power(A: Tensor, n: int, *, out: Tensor | None = None) -> Tensor:
    """Return the n-th power of square matrices; for negative n, that of their inverse."""
    require_square("linalg.matrix_power", A)
    return deliver("linalg.matrix_power", _linalg.matrix_power(A, n), out)


def matrix_exp(A: Tensor) -> Tensor:
    """Return the exponential of square matrices."""
    require_square("linalg.matrix_exp", A)
    require_float("linalg.matrix_exp", A)
    return _linalg.matrix_exp(A)


def multi_dot(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Return the product of a chain of matrices in the order that multiplies least; the ends may be vectors."""
    return deliver("linalg.multi_dot", linear_algebra.multi_dot(tensors), out)


def cross(input: Tensor, other: Tensor, *, dim: int = -1, out: Tensor | None = None) -> Tensor:
    """Return the cross product of vectors of length 3 along `dim`; the other axes broadcast."""
    if len(input._shape) != len(other._shape):
        raise ShapeError(
            "linalg.cross: inputs must have the same number of dimensions; received shapes "
            f"{tuple(input._shape)} and {tuple(other._shape)}."
        )
    from agrad.primitives._helpers import normalize_axis

    axis = normalize_axis(dim, len(input._shape)) - len(input._shape)
    if input._shape[axis] != 3 or other._shape[axis] != 3:
        raise ShapeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {input._shape[axis]} and {other._shape[axis]}"
        )
    return deliver("linalg.cross", _linalg.cross(input, other, axis=axis), out)


def vecdot(x: Tensor, y: Tensor, *, dim: int = -1, out: Tensor | None = None) -> Tensor:
    """Return the dot products along `dim` of the conjugate of `x` with `y`; the other axes broadcast."""
    if dim >= 0:
        ndim = max(len(x._shape), len(y._shape))
        dim -= ndim
    return deliver("linalg.vecdot", linear_algebra.vecdot(x, y, axis=dim), out)


def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Return the diagonals of matrices whose axes are `dim1` and `dim2`; a view."""
    from agrad.primitives._helpers import normalize_axis

    ndim = len(A._shape)
    first, second = normalize_axis(dim1, ndim), normalize_axis(dim2, ndim)
    if (first, second) != (ndim - 2, ndim - 1):
        others = [axis for axis in range(ndim) if axis not in (first, second)]
        A = manipulation.permute_dims(A, axes=(*others, first, second))
    return _linalg.diagonal(A, offset=offset)


def tensorinv(A: Tensor, ind: int = 2, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse of A as a linear map from its last axes to its first `ind` ones."""
    if ind <= 0:
        raise ShapeError(f"Expected a strictly positive integer for 'ind'; received {ind}")
    rows, columns = _size(A._shape[:ind]), _size(A._shape[ind:])
    if rows != columns:
        raise ShapeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got "
            f"{columns} != {rows}"
        )
    found = inv(manipulation.reshape(A, shape=(rows, columns)))
    return deliver("linalg.tensorinv", manipulation.reshape(found, shape=(*A._shape[ind:], *A._shape[:ind])), out)


def tensorsolve(A: Tensor, B: Tensor, dims: Sequence[int] | None = None, *, out: Tensor | None = None) -> Tensor:
    """Return X with tensordot(A, X, X.ndim) = B; `dims` of A are moved to its end first."""
    if dims is not None:
        moved = [axis % len(A._shape) for axis in dims]
        A = manipulation.permute_dims(A, axes=(*(i for i in range(len(A._shape)) if i not in moved), *moved))
    rest = A._shape[len(B._shape) :]
    if _size(rest) != _size(B._shape):
        raise ShapeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), "
            f"but got {_size(rest)} != {_size(B._shape)}"
        )
    found = solve(manipulation.reshape(A, shape=(-1, _size(rest))), manipulation.reshape(B, shape=(-1,)))
    return deliver("linalg.tensorsolve", manipulation.reshape(found, shape=rest), out)


def _size(shape: Sequence[int]) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


def vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """Return the matrices with rows 1, x, x^2 ..., of N columns; shape (..., n) gives (..., n, N)."""
    if not isinstance(x, TensorCore) or not x._shape:
        raise ShapeError("Expected a tensor with at least one dimension for vander.")
    count = x._shape[-1] if N is None else N
    if count <= 1 and N is not None and N < 1:
        raise ShapeError(f"N must be greater than 1. Got {N}")
    return _linalg.vander(x, count=count)


__all__ = [
    "LinAlgError",
    "cholesky",
    "cholesky_ex",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "householder_product",
    "inv",
    "inv_ex",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_factor_ex",
    "lu_solve",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_ex",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensorinv",
    "tensorsolve",
    "vander",
    "vecdot",
    "vector_norm",
]


def __dir__() -> list[str]:
    return list(__all__)
