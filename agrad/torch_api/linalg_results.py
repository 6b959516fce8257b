"""The named results of linear algebra: tuples with the field names of torch.return_types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.fields import Fields

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def show(result: Any) -> str:
    """Return a named result's text: every field on a line of its own, tensors indented as PyTorch does."""
    fields = ",\n".join(f"{name}={value!r}" for name, value in zip(result._fields, result, strict=True))
    return f"agrad.return_types.{type(result).__name__}(\n{fields})"


class linalg_eigh(Fields):
    """Eigenvalues (..., N), ascending, and eigenvectors (..., N, N) in columns."""

    eigenvalues: Tensor
    eigenvectors: Tensor

    def __repr__(self) -> str:
        return show(self)


class linalg_eig(Fields):
    """Complex eigenvalues (..., N) and eigenvectors (..., N, N) in columns."""

    eigenvalues: Tensor
    eigenvectors: Tensor

    def __repr__(self) -> str:
        return show(self)


class linalg_svd(Fields):
    """A = U diag(S) Vh."""

    U: Tensor
    S: Tensor
    Vh: Tensor

    def __repr__(self) -> str:
        return show(self)


class svd(Fields):
    """A = U diag(S) V^H."""

    U: Tensor
    S: Tensor
    V: Tensor

    def __repr__(self) -> str:
        return show(self)


class linalg_qr(Fields):
    """A = Q R."""

    Q: Tensor
    R: Tensor

    def __repr__(self) -> str:
        return show(self)


class qr(Fields):
    """A = Q R."""

    Q: Tensor
    R: Tensor

    def __repr__(self) -> str:
        return show(self)


class linalg_slogdet(Fields):
    """The determinant's sign and the logarithm of its absolute value."""

    sign: Tensor
    logabsdet: Tensor

    def __repr__(self) -> str:
        return show(self)


class slogdet(Fields):
    """The determinant's sign and the logarithm of its absolute value."""

    sign: Tensor
    logabsdet: Tensor

    def __repr__(self) -> str:
        return show(self)


class linalg_lstsq(Fields):
    """The least-squares solution, and what is known of the system."""

    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor

    def __repr__(self) -> str:
        return show(self)


class linalg_inv_ex(Fields):
    """The inverse, and an int32 that is not 0 where there is none."""

    inverse: Tensor
    info: Tensor

    def __repr__(self) -> str:
        return show(self)


class linalg_cholesky_ex(Fields):
    """The factor, and an int32 that is not 0 where there is none."""

    L: Tensor
    info: Tensor

    def __repr__(self) -> str:
        return show(self)


class linalg_solve_ex(Fields):
    """The solution, and an int32 that is not 0 where there is none."""

    result: Tensor
    info: Tensor

    def __repr__(self) -> str:
        return show(self)


class linalg_lu(Fields):
    """A = P L U."""

    P: Tensor
    L: Tensor
    U: Tensor

    def __repr__(self) -> str:
        return show(self)


class lu_unpack(Fields):
    """P, L and U of a factorization in one matrix."""

    P: Tensor
    L: Tensor
    U: Tensor

    def __repr__(self) -> str:
        return show(self)


class linalg_lu_factor(Fields):
    """L and U in one matrix, and the exchanges of rows, counted from 1."""

    LU: Tensor
    pivots: Tensor

    def __repr__(self) -> str:
        return show(self)


class linalg_lu_factor_ex(Fields):
    """L and U in one matrix, the exchanges of rows, and an int32 that is not 0 where a pivot is zero."""

    LU: Tensor
    pivots: Tensor
    info: Tensor

    def __repr__(self) -> str:
        return show(self)


class _lu_with_info(Fields):
    """L and U in one matrix, the exchanges of rows, and an int32 that is not 0 where a pivot is zero."""

    LU: Tensor
    pivots: Tensor
    info: Tensor

    def __repr__(self) -> str:
        return show(self)


__all__ = [
    "_lu_with_info",
    "linalg_cholesky_ex",
    "linalg_eig",
    "linalg_eigh",
    "linalg_inv_ex",
    "linalg_lstsq",
    "linalg_lu",
    "linalg_lu_factor",
    "linalg_lu_factor_ex",
    "linalg_qr",
    "linalg_slogdet",
    "linalg_solve_ex",
    "linalg_svd",
    "lu_unpack",
    "qr",
    "slogdet",
    "svd",
]
