"""The named results of functions that give several tensors: tuples, printed as ``agrad.return_types.max(values=..., indices=...)``.

They are tuples in every way: they unpack, index and compare as such, and their fields are read by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agrad.fields import Fields
from agrad.torch_api.linalg_results import (
    _lu_with_info,
    linalg_cholesky_ex,
    linalg_eig,
    linalg_eigh,
    linalg_inv_ex,
    linalg_lstsq,
    linalg_lu,
    linalg_lu_factor,
    linalg_lu_factor_ex,
    linalg_qr,
    linalg_slogdet,
    linalg_solve_ex,
    linalg_svd,
    lu_unpack,
    qr,
    show,
    slogdet,
    svd,
)

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class aminmax(Fields):
    """Smallest and largest elements."""

    min: Tensor
    max: Tensor

    def __repr__(self) -> str:
        return show(self)


class cummax(Fields):
    """Running maxima and where they were met."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return show(self)


class cummin(Fields):
    """Running minima and where they were met."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return show(self)


class frexp(Fields):
    """Mantissas, from 0.5 to 1 in size, and powers of two."""

    mantissa: Tensor
    exponent: Tensor

    def __repr__(self) -> str:
        return show(self)


class histogram(Fields):
    """Counts (or densities) of bins, and the bins' edges."""

    hist: Tensor
    bin_edges: Tensor

    def __repr__(self) -> str:
        return show(self)


class histogramdd(Fields):
    """Counts (or densities) of bins, and the bins' edges along each axis."""

    hist: Tensor
    bin_edges: tuple[Tensor, ...]

    def __repr__(self) -> str:
        return show(self)


class kthvalue(Fields):
    """The k-th smallest elements and where they are."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return show(self)


class max(Fields):
    """Largest elements and where they are."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return show(self)


class median(Fields):
    """Medians and where they are."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return show(self)


class min(Fields):
    """Smallest elements and where they are."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return show(self)


class mode(Fields):
    """Most frequent elements and where they are."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return show(self)


class nanmedian(Fields):
    """Medians of what is no nan, and where they are."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return show(self)


class sort(Fields):
    """Elements in order and where they were."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return show(self)


class topk(Fields):
    """The largest (or smallest) elements and where they are."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return show(self)


__all__ = [
    "_lu_with_info",
    "aminmax",
    "cummax",
    "cummin",
    "frexp",
    "histogram",
    "histogramdd",
    "kthvalue",
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
    "max",
    "median",
    "min",
    "mode",
    "nanmedian",
    "qr",
    "slogdet",
    "sort",
    "svd",
    "topk",
]


def __dir__() -> list[str]:
    return list(__all__)
