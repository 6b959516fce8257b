"""Distances between results: in ulps of a reference, in eps of its norm, or mixed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

_REAL = {"complex64": "float32", "complex128": "float64"}
DEFAULT_BOUND = 8.0


def bound_for(bounds: Mapping[str, float] | float, dtype: str) -> float:
    """Return a case's bound for a dtype; a complex one without a bound of its own has twice its real dtype's and some."""
    if not isinstance(bounds, Mapping):
        return float(bounds)
    if dtype in bounds:
        return float(bounds[dtype])
    real = _REAL.get(dtype, "")
    if real in bounds:
        return 2.0 * float(bounds[real]) + 4.0
    return DEFAULT_BOUND


def measure_of(case: Any) -> str:
    """Return in what a case's values are measured: its own choice, else ulps for elementwise operations and the norm."""
    from agrad_conformance import driver

    return case.measure or ("ulp" if driver.is_elementwise(case.name) else "norm")


def same_specials(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether nans and infinities stand in the same places."""
    return bool(np.array_equal(np.isnan(a), np.isnan(b)) and np.array_equal(a[np.isinf(a)], b[np.isinf(b)]))


def distance(result: Any, reference: Any, measure: str) -> float:
    """Return how far a result is from its reference, in units of the result's precision; inf where they differ in kind.

    Parameters
    ----------
    result : ndarray of the dtype that is judged
    reference : ndarray, of that or of higher precision
    measure : {'ulp', 'mixed', 'norm'}
    """
    result = np.asarray(result)
    reference = np.asarray(reference)
    if result.shape != reference.shape:
        return float("inf")
    if not result.size:
        return 0.0
    if result.dtype.kind not in "fc":
        return 0.0 if np.array_equal(result, reference) else float("inf")
    real = np.dtype(_REAL.get(result.dtype.name, result.dtype.name))
    wide = np.clongdouble if result.dtype.kind == "c" or reference.dtype.kind == "c" else np.longdouble
    limits = np.finfo(real)
    with np.errstate(all="ignore"):
        expected = reference.astype(result.dtype)
        if not same_specials(result, expected):
            return float("inf")
        finite = np.isfinite(expected)
        difference = np.abs(result.astype(wide) - reference.astype(wide))[finite]
        size = np.abs(reference.astype(wide))[finite]
        if not difference.size:
            return 0.0
        if measure == "norm":
            norm = np.sqrt(np.sum(size**2))
            return (
                float(np.sqrt(np.sum(difference**2)) / (float(limits.eps) * max(float(norm), float(limits.tiny))))
                if np.any(difference)
                else 0.0
            )
        # Below the smallest normal number libraries may flush to zero: there a difference of that size does not count.
        difference = np.where(difference <= limits.tiny, 0.0, difference)
        if measure == "mixed":
            return float(np.max(difference / (float(limits.eps) * np.maximum(1.0, size))))
        spacing = np.spacing(np.maximum(size.astype(real), limits.tiny)).astype(np.longdouble)
        return float(np.max(difference / spacing))
