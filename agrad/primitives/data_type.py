"""Conversion between dtypes, and copies."""

from __future__ import annotations

from typing import Any

from agrad.dtypes import DType
from agrad.engine.bits import native
from agrad.engine.op import LINEAR
from agrad.engine.primitive import primitive
from agrad.primitives._helpers import is_complex


@primitive(
    vjp=lambda xp, g, _out, _x, *, dtype: g, jvp=LINEAR, holomorphic=False, elementwise=True, torch_name="ToCopy"
)
def astype(xp: Any, x: Any, /, *, dtype: DType) -> Any:
    """Convert to another dtype; a complex array that becomes real loses its imaginary part.

    The cotangent goes back as it came: the engine brings it to the input's dtype and realness.

    Parameters
    ----------
    x : Tensor
    dtype : DType
    """
    target = native(xp, x, dtype)
    if is_complex(xp, x) and not xp.isdtype(target, "complex floating"):
        x = xp.real(x)  # the standard has no such conversion
    return xp.astype(x, target)


@primitive(vjp=lambda xp, g, _out, _x: g, jvp=LINEAR, elementwise=True, torch_name="Clone")
def copy(xp: Any, x: Any, /) -> Any:
    """Return a copy that shares nothing; the cotangent goes back as it came."""
    return xp.asarray(x, copy=True)
