"""A tensor's memory read as another dtype: ``view(dtype)``.

The confusing case: the elements are not converted, their bytes are read as something else. So the last axis grows or shrinks where
the new elements are smaller or larger, a write to either tensor changes both, and there is no derivative.
"""

from __future__ import annotations

from typing import Any

from agrad.dtypes import DType
from agrad.engine.core import wrap
from agrad.engine.geometry import is_contiguous
from agrad.engine.inplace import share
from agrad.engine.storage import Alias, alias_of, geometry_of, read, strided_class
from agrad.engine.twins import twin_of
from agrad.errors import ShapeError, UnsupportedOperation

Sizes = tuple[int, ...]


def view_as_dtype(x: Any, dtype: DType) -> Any:
    """Return the tensor that reads x's memory as another dtype; it has no history.

    Raises
    ------
    RuntimeError
        Where the new elements are larger or smaller and the last axis cannot be read so.
    """
    options = x._options
    if options.dtype is dtype:
        return share(x)
    if options.backend.level:
        raise UnsupportedOperation(
            f"view(dtype) from {options.dtype.name} to {dtype.name} reads memory, which a transform's tensor has not. "
            "Convert the values: x.to(dtype)."
        )
    sizes, strides, offset = geometry_as(*geometry_of(x), options.dtype, dtype)
    alias = alias_of(x)
    assert alias.storage is not None
    twin = twin_of(alias.storage, options.with_dtype(dtype))
    place = Alias()
    place.storage = twin
    place.strides, place.offset = strides, offset
    place.version = alias.version
    place.seen = alias.version[0]
    result = wrap(read(twin, sizes, strides, offset), twin.options)
    result._shape = sizes
    result._extra = place
    if not is_contiguous(sizes, strides):
        result.__class__ = strided_class(type(result))
    twin.enter(result)
    return result


def geometry_as(sizes: Sizes, strides: Sizes, offset: int, own: DType, wanted: DType) -> tuple[Sizes, Sizes, int]:
    """Return a tensor's geometry counted in elements of another dtype, or refuse it in PyTorch's words."""
    if wanted.itemsize == own.itemsize:
        return sizes, strides, offset
    telling = f"to view {own.scalar_name} as {wanted.scalar_name} (different element sizes)"
    if not sizes:
        raise ShapeError(f"self.dim() cannot be 0 {telling}")
    if strides[-1] != 1:
        raise ShapeError(f"self.stride(-1) must be 1 {telling}, but got {strides[-1]}")
    if wanted.itemsize < own.itemsize:
        times = own.itemsize // wanted.itemsize
        return (
            (*sizes[:-1], sizes[-1] * times),
            (*(stride * times for stride in strides[:-1]), 1),
            offset * times,
        )
    times = wanted.itemsize // own.itemsize
    if sizes[-1] % times:
        raise ShapeError(f"self.size(-1) must be divisible by {times} {telling}, but got {sizes[-1]}")
    if offset % times:
        raise ShapeError(f"self.storage_offset() must be divisible by {times} {telling}, but got {offset}")
    for axis, stride in enumerate(strides[:-1]):
        if stride % times:
            raise ShapeError(f"self.stride({axis}) must be divisible by {times} {telling}, but got {stride}")
    return (
        (*sizes[:-1], sizes[-1] // times),
        (*(stride // times for stride in strides[:-1]), 1),
        offset // times,
    )


__all__ = ["geometry_as", "view_as_dtype"]
