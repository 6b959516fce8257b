"""A tensor's memory read as another dtype: ``view(dtype)``."""

from __future__ import annotations

from typing import Any

from agrad.dtypes import DType
from agrad.engine.inplace import share
from agrad.errors import UnsupportedOperation


def view_as_dtype(x: Any, dtype: DType) -> Any:
    """Return the tensor that reads x's memory as another dtype; it has no history."""
    if x._options.dtype is dtype:
        return share(x)
    raise UnsupportedOperation(
        f"view(dtype) from {x._options.dtype.name} to {dtype.name} is not possible here. Convert the values: x.to(dtype)."
    )


__all__ = ["view_as_dtype"]
