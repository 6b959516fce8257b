"""Distinct elements and membership, by the standard's names and signatures.

The order of distinct values is ascending, and each nan counts as distinct. Values have a derivative: their cotangents
go to where each value occurs first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agrad.array_api._arguments import as_tensor
from agrad.fields import Fields
from agrad.primitives import set as sets

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class UniqueAllResult(Fields):
    """The result of `unique_all`."""

    values: Tensor
    indices: Tensor
    inverse_indices: Tensor
    counts: Tensor


class UniqueCountsResult(Fields):
    """The result of `unique_counts`."""

    values: Tensor
    counts: Tensor


class UniqueInverseResult(Fields):
    """The result of `unique_inverse`."""

    values: Tensor
    inverse_indices: Tensor


def isin(x1: Tensor | int, x2: Tensor | int, /, *, invert: bool = False) -> Tensor:
    """Return for each element of x1 whether it is (or with `invert`, is not) among the elements of x2.

    No derivative.
    """
    return sets.isin(x1, x2, invert=invert)


def unique_all(x: Tensor, /) -> UniqueAllResult:
    """Return the distinct values, where each occurs first, which of them each element is, and how often each occurs."""
    return UniqueAllResult(*sets.unique_all(as_tensor(x)))


def unique_counts(x: Tensor, /) -> UniqueCountsResult:
    """Return the distinct values and how often each occurs."""
    return UniqueCountsResult(*sets.unique_counts(as_tensor(x)))


def unique_inverse(x: Tensor, /) -> UniqueInverseResult:
    """Return the distinct values and, for each element, which of them it is."""
    return UniqueInverseResult(*sets.unique_inverse(as_tensor(x)))


def unique_values(x: Tensor, /) -> Tensor:
    """Return the distinct values."""
    return sets.unique_values(as_tensor(x))


__all__ = ["isin", "unique_all", "unique_counts", "unique_inverse", "unique_values"]
