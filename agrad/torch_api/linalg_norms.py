"""Norms of vectors and matrices, and condition numbers: a part of agrad.linalg.

The confusing case is `norm`: one `dim` makes it a vector norm, two a matrix norm, none the 2-norm of all elements unless `ord` is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agrad.dtypes import DType
from agrad.errors import ShapeError
from agrad.primitives import data_type
from agrad.primitives import linalg as _linalg
from agrad.torch_api._matrix_checks import DTypeMismatch, require_float, require_matrices, require_square
from agrad.torch_api._out import deliver

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Order = float | str | None


def _cast(name: str, A: Any, dtype: DType | None) -> Any:
    """Return A in the dtype asked for, which must be of its kind; ints have no norm."""
    if dtype is not None and A._options.dtype is not dtype:
        if A._options.is_complex and not dtype.is_complex:
            raise DTypeMismatch(f"{name}: Expected a complex dtype for a complex input. Got dtype={dtype.scalar_name}")
        A = data_type.astype(A, dtype=dtype)
    if not A._options.is_inexact:
        raise DTypeMismatch(
            f"{name}: Expected a floating point or complex tensor as input. Got {A._options.dtype.scalar_name}"
        )
    return A


def vector_norm(
    x: Tensor,
    ord: float = 2,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    dtype: DType | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return the norm of order `ord` over `dim`, of all elements by default; the derivative at a zero vector is 0.

    Parameters
    ----------
    x : Tensor of floating or complex dtype
    ord : float
        Any order; 0 counts what is not zero, inf and -inf are the largest and smallest absolute value.
    """
    if not isinstance(ord, (int, float)):
        raise TypeError(f"linalg.vector_norm: Expected a number as ord; received {ord!r}. For matrices: matrix_norm.")
    x = _cast("linalg.vector_norm", x, dtype)
    axis: Any = tuple(dim) if isinstance(dim, (list, tuple)) else dim
    if axis == ():
        axis = None
    result = _linalg.vector_norm(x, axis=axis, keepdims=keepdim, ord=float(ord))
    return deliver("linalg.vector_norm", result, out)


def matrix_norm(
    A: Tensor,
    ord: Order = "fro",
    dim: Sequence[int] = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: DType | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return a norm of each matrix.

    Parameters
    ----------
    A : Tensor, shape (..., M, N)
    ord : {'fro', 'nuc', inf, -inf, 1, -1, 2, -2}
    """
    require_matrices("linalg.matrix_norm", A)
    if ord not in ("fro", "nuc", 1, -1, 2, -2, float("inf"), float("-inf")):
        raise ShapeError(f"linalg.matrix_norm: Order {ord} not supported. Use 'fro', 'nuc', inf, -inf, 1, -1, 2 or -2.")
    if len(dim) != 2:
        raise ShapeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {list(dim)}")
    A = _cast("linalg.matrix_norm", A, dtype)
    result = _linalg.matrix_norm(A, axis=_pair(dim, len(A._shape)), keepdims=keepdim, ord=ord)
    return deliver("linalg.matrix_norm", result, out)


def _pair(dim: Sequence[int], ndim: int) -> tuple[int, int]:
    from agrad.primitives._helpers import normalize_axis

    first, second = (normalize_axis(one, ndim) for one in dim)
    if first == second:
        raise ShapeError(f"linalg.matrix_norm: dims must be different. Got ({dim[0]}, {dim[1]})")
    return first, second


def norm(
    A: Tensor,
    ord: Order = None,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    out: Tensor | None = None,
    dtype: DType | None = None,
) -> Tensor:
    """Return a vector or matrix norm: of a vector for one `dim`, of matrices for two; of all elements for neither.

    Parameters
    ----------
    ord : float or str, optional
        Without it the 2-norm of the elements over `dim`.
    """
    if dim is not None:
        dims = (dim,) if isinstance(dim, int) else tuple(dim)
        if len(dims) not in (1, 2):
            raise ShapeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dims)}")
    elif ord is not None:
        if len(A._shape) not in (1, 2):
            raise ShapeError(
                f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {len(A._shape)}D."
            )
        dims = tuple(range(len(A._shape)))
    else:
        return vector_norm(A, 2.0, None, keepdim, dtype=dtype, out=out)
    if ord is not None and len(dims) == 2:
        return matrix_norm(A, ord, dims, keepdim, dtype=dtype, out=out)
    if isinstance(ord, str):
        raise ShapeError(f"linalg.norm: Order {ord} is of matrices, and dim={list(dims)} names vectors.")
    return vector_norm(A, 2.0 if ord is None else ord, dims, keepdim, dtype=dtype, out=out)


def cond(A: Tensor, p: Order = None, *, out: Tensor | None = None) -> Tensor:
    """Return the condition number of each matrix in the norm of order `p` (2 by default)."""
    require_matrices("linalg.cond", A)
    require_float("linalg.cond", A)
    if p not in (None, 2, -2):
        require_square("linalg.cond", A)
    return deliver("linalg.cond", _linalg.cond(A, ord=p), out)


__all__ = ["cond", "matrix_norm", "norm", "vector_norm"]
