"""A tensor's memory read as another dtype: ``view(dtype)``.

The confusing case: the elements are not converted, their bytes are read as something else. So the last axis grows or shrinks where
the new elements are smaller or larger, a write to either tensor changes both, and there is no derivative.
"""

from __future__ import annotations

from typing import Any

from agrad.dtypes import DType
from agrad.engine.bits import recast, recast_geometry
from agrad.engine.relations import is_flipped
from agrad.engine.storage import geometry_of
from agrad.errors import UnsupportedOperation
from agrad.torch_api.storage import detach


def view_as_dtype(x: Any, dtype: DType) -> Any:
    """Return the tensor that reads x's memory as another dtype; it has no history.

    Raises
    ------
    RuntimeError
        Where the new elements are larger or smaller and the last axis cannot be read so, and for a conjugated or negated view of
        memory.
    """
    own = x._options.dtype
    if own is dtype:
        return detach(x)
    if is_flipped(x):
        kind = "conjugated" if x._options.is_complex else "negated"
        raise UnsupportedOperation(
            f"view(dtype) reads memory, and this {kind} view of it has other elements. Copy it first: x.clone()."
        )
    recast_geometry(*geometry_of(x), own, dtype)
    return recast(x, own=own, wanted=dtype)


__all__ = ["view_as_dtype"]
