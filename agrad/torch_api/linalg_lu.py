"""torch.linalg's LU factorizations.

The confusing case is a zero pivot, with which nothing could be solved: `lu_factor` refuses it, `lu` does not, and
`lu_factor_ex` tells of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.dtypes import complex64, complex128, float32, float64, int32
from agrad.errors import ShapeError, UnsupportedOperation
from agrad.primitives import elementwise, manipulation
from agrad.primitives import linalg as _linalg
from agrad.torch_api import linalg_results as results
from agrad.torch_api._matrix_checks import DTypeMismatch, require_float, require_matrices, require_square
from agrad.torch_api._out import deliver
from agrad.torch_api.indexing_bounds import check_positions

if TYPE_CHECKING:
    from agrad.tensor import Tensor

_DTYPES = (float32, float64, complex64, complex128)
_PROPER = "Did you properly pass the result of lu_factor?"


def _require_matrices(name: str, A: Any) -> None:
    if len(A._shape) < 2:
        raise ShapeError(f"{name}: Expected tensor with 2 or more dimensions. Got size: {list(A._shape)} instead")


def _require_factorable(name: str, A: Any, pivot: bool) -> None:
    _require_matrices(name, A)
    if A._options.dtype not in _DTYPES:
        raise UnsupportedOperation(
            f"\"lu_cpu\" not implemented for '{A._options.dtype.scalar_name}'. Use float32, float64, complex64 or complex128."
        )
    if not pivot:
        raise UnsupportedOperation(
            "linalg.lu_factor: LU without pivoting is not implemented on the CPU. Use pivot=True."
        )


def lu_factor(A: Tensor, *, pivot: bool = True, out: Any = None) -> results.linalg_lu_factor:
    """Return an LU factorization in one matrix, and the exchanges of rows, as `lu_solve` takes them.

    Parameters
    ----------
    A : Tensor, shape (..., M, N)
    pivot : bool
        Only True.

    Returns
    -------
    LU : Tensor, shape (..., M, N)
        U in the upper triangle, and below it L without its diagonal of ones.
    pivots : Tensor of int32, shape (..., min(M, N))
        Row i was exchanged with row pivots[i] - 1, one after the other.

    Raises
    ------
    LinAlgError
        A RuntimeError, for a zero pivot.
    """
    _require_factorable("torch.lu_factor", A, pivot)
    pair = _linalg.lu_factor(A, checked_by="torch.linalg.lu_factor")
    return deliver("linalg.lu_factor", results.linalg_lu_factor(*pair), out)


def lu_factor_ex(
    A: Tensor, *, pivot: bool = True, check_errors: bool = False, out: Any = None
) -> results.linalg_lu_factor_ex:
    """Return an LU factorization and, instead of an error, an int32 that says which pivot is the first zero.

    Parameters
    ----------
    A : Tensor, shape (..., M, N)
    check_errors : bool
        True: a zero pivot is an error after all.

    Returns
    -------
    (LU, pivots, info)
        The first two are `lu_factor`'s; info, of shape (...), counts from 1 and is 0 where no pivot is zero.
    """
    _require_factorable("torch.lu_factor", A, pivot)
    packed, pivots = _linalg.lu_factor(A, checked_by="torch.linalg.lu_factor_ex" if check_errors else "")
    found = results.linalg_lu_factor_ex(packed, pivots, _linalg.lu_info(packed))
    return deliver("linalg.lu_factor_ex", found, out)


def lu(A: Tensor, *, pivot: bool = True, out: Any = None) -> results.linalg_lu:
    """Return a permutation matrix P, a unit lower triangular L and an upper triangular U with A = P L U.

    Parameters
    ----------
    A : Tensor, shape (..., M, N)
    pivot : bool
        Only True.

    Returns
    -------
    P, L, U : Tensor, shapes (..., M, M), (..., M, K) and (..., K, N) with K = min(M, N)
    """
    _require_factorable("linalg.lu", A, pivot)
    return deliver("linalg.lu", results.linalg_lu(*_linalg.lu(A)), out)


def lu_solve(
    LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False, out: Tensor | None = None
) -> Tensor:
    """Return the solution of A X = B from what `lu_factor` gave for A.

    Parameters
    ----------
    LU : Tensor, shape (..., N, N)
    pivots : Tensor of int32, shape (..., N)
    B : Tensor, shape (..., N, K), or (..., K, N) if not `left`
    left : bool
        False: of X A = B.
    adjoint : bool
        Whether A's conjugate transpose stands in A's place.
    """
    require_float("torch.linalg.lu_solve", LU)
    require_square("torch.linalg.lu_solve", LU)
    require_matrices("linalg.lu_solve", B, "B")
    _require_pivots("linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32", pivots)
    if LU._options.dtype is not B._options.dtype:
        raise DTypeMismatch(
            f"linalg.lu_solve: Expected LU and B to have the same dtype, but found LU of type "
            f"{LU._options.dtype.scalar_name} and B of type {B._options.dtype.scalar_name} instead"
        )
    if pivots._shape[-1:] != LU._shape[-1:]:
        raise ShapeError(
            "linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix; received LU of "
            f"shape {tuple(LU._shape)} and pivots of shape {tuple(pivots._shape)}"
        )
    if pivots._shape != LU._shape[:-1]:
        raise ShapeError(
            "linalg.lu_solve: Expected LU.shape[:-1] and pivots.shape to be the same, but got pivots with shape "
            f"{list(pivots._shape)} instead"
        )
    size = LU._shape[-1]
    if B._shape[-2 if left else -1] != size:
        equation = "AX = B" if left else "XA = B"
        raise ShapeError(
            f"linalg.lu_solve: Incompatible shapes of A and B for the equation {equation} ({size}x{size} and "
            f"{B._shape[-2]}x{B._shape[-1]})"
        )
    _check_pivots(
        pivots,
        size,
        f"Pivots given to lu_solve must all be greater or equal to 1 and smaller or equal to LU.size(-2). {_PROPER}",
    )
    return deliver("linalg.lu_solve", _linalg.lu_solve(LU, pivots, B, left=left, hermitian=adjoint), out)


def lu_unpack(
    LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True, *, out: Any = None
) -> results.lu_unpack:
    """Return P, L and U from what `lu_factor` gave.

    Parameters
    ----------
    LU_data : Tensor, shape (..., M, N)
    LU_pivots : Tensor of int32, shape (..., min(M, N))
    unpack_data, unpack_pivots : bool
        Where False, L and U, or P, are empty.

    Returns
    -------
    P, L, U : Tensor, shapes (..., M, M), (..., M, K) and (..., K, N) with K = min(M, N)
    """
    _require_matrices("torch.lu_unpack", LU_data)
    if unpack_pivots:
        _require_pivots(
            "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\n"
            "Note: this function is intended to be used with the output produced by torch.linalg.lu_factor",
            LU_pivots,
        )
        if LU_pivots._shape[:-1] != LU_data._shape[:-2]:
            raise ShapeError(
                f"lu_unpack: LU_pivots must have the batch of LU_data; received shapes {tuple(LU_pivots._shape)} and "
                f"{tuple(LU_data._shape)}. {_PROPER}"
            )
        rows = LU_data._shape[-2]
        complaint = f"pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive.{_PROPER}"
        _check_pivots(LU_pivots, rows, complaint)
    else:
        LU_pivots = LU_pivots[..., :0]
    p, lower, upper = _linalg.lu_unpack(LU_data, LU_pivots)
    nothing = manipulation.reshape(LU_data, shape=(-1,))[:0].detach()
    found = results.lu_unpack(
        p if unpack_pivots else nothing, lower if unpack_data else nothing, upper if unpack_data else nothing
    )
    return deliver("lu_unpack", found, out)


def _require_pivots(complaint: str, pivots: Any) -> None:
    if pivots._options.dtype is not int32:
        raise DTypeMismatch(f"{complaint}, but got {pivots._options.dtype.scalar_name}. {_PROPER}")


def _check_pivots(pivots: Any, rows: int, complaint: str) -> None:
    check_positions(elementwise.subtract(pivots, 1), rows, complaint, ShapeError)


__all__ = ["lu", "lu_factor", "lu_factor_ex", "lu_solve", "lu_unpack"]
