"""The named results of functions that give several tensors: tuples, printed as ``agrad.return_types.max(values=..., indices=...)``.

They are tuples in every way: they unpack, index and compare as such, and their fields are read by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

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


class aminmax(NamedTuple):
    """Smallest and largest elements."""

    min: Tensor
    max: Tensor

    def __repr__(self) -> str:
        return show(self)


class cummax(NamedTuple):
    """Running maxima and where they were met."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return show(self)


class cummin(NamedTuple):
    """Running minima and where they were met."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return show(self)


class frexp(NamedTuple):
    """Mantissas, from 0.5 to 1 in size, and powers of two."""

    mantissa: Tensor
    exponent: Tensor

    def __repr__(self) -> str:
        return show(self)


class histogram(NamedTuple):
    """Counts (or densities) of bins, and the bins' edges."""

    hist: Tensor
    bin_edges: Tensor

    def __repr__(self) -> str:
        return show(self)


class histogramdd(NamedTuple):
    """Counts (or densities) of bins, and the bins' edges along each axis."""

    hist: Tensor
    bin_edges: tuple[Tensor, ...]

    def __repr__(self) -> str:
        return show(self)


class kthvalue(NamedTuple):
    """The k-th smallest elements and where they are."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return show(self)


class max(NamedTuple):
    """Largest elements and where they are."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return show(self)


class median(NamedTuple):
    """Medians and where they are."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return show(self)


class min(NamedTuple):
    """Smallest elements and where they are."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return show(self)


class mode(NamedTuple):
    """Most frequent elements and where they are."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return show(self)


class nanmedian(NamedTuple):
    """Medians of what is no nan, and where they are."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return show(self)


class sort(NamedTuple):
    """Elements in order and where they were."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return show(self)


class topk(NamedTuple):
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
