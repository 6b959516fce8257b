"""NumPy in long double: what double precision is measured against.

Rules are plain Array API code, so agrad itself runs in a higher precision where NumPy has one: this backend takes agrad's float64 for
the platform's long double (80 bits on x86). What NumPy and SciPy lack in long double (LAPACK, most special functions) raises a TypeError.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from agrad_numpy import NumpyBackend

from agrad import dtypes
from agrad.dtypes import DType
from agrad.engine.core import wrap
from agrad_conformance.driver import Place

#: whether long double is wider than double here (it is not on Windows and on ARM Macs)
WIDER = np.finfo(np.longdouble).eps < np.finfo(np.float64).eps
_LONG: dict[DType, Any] = {dtypes.float64: np.dtype(np.longdouble), dtypes.complex128: np.dtype(np.clongdouble)}


class PreciseBackend(NumpyBackend):
    """NumPy, with long double in double's place."""

    name = "precise"

    def __init__(self) -> None:
        super().__init__()
        self.xp.float64, self.xp.complex128 = np.longdouble, np.clongdouble

    def raw_dtype(self, dtype: DType) -> Any:
        """Return NumPy's dtype: long double for double."""
        return _LONG.get(dtype) or super().raw_dtype(dtype)

    def dtype_of(self, raw: Any) -> DType:
        """Return agrad's dtype: double for long double."""
        for ours, theirs in _LONG.items():
            if raw.dtype == theirs:
                return ours
        return super().dtype_of(raw)


class PrecisePlace(Place):
    """Long double on the CPU; floating arrays of every precision become it."""

    def __init__(self) -> None:
        super().__init__(PreciseBackend())

    def tensor(self, array: np.ndarray) -> Any:
        """Return a Tensor in long double; integers and bools stay what they are."""
        dtype = {"f": dtypes.float64, "c": dtypes.complex128}.get(array.dtype.kind) or dtypes.by_name(array.dtype.name)
        return wrap(np.asarray(array, dtype=self.backend.raw_dtype(dtype)), self.backend.options(self.device, dtype))
