"""Views by geometry: as_strided, whatever the backend's arrays know of strides."""

from __future__ import annotations

from typing import Any

from agrad.engine.modes import local, state
from agrad.engine.relations import view_node
from agrad.engine.storage import alias_of, make_view, read, refresh
from agrad.errors import ShapeError
from agrad.primitives import windows

Sizes = tuple[int, ...]


def check_geometry(sizes: Sizes, strides: Sizes, offset: int) -> None:
    """Refuse what is no geometry.

    Raises
    ------
    RuntimeError
        In PyTorch's words.
    """
    if len(sizes) != len(strides):
        raise ShapeError(
            f"mismatch in length of strides and shape; received sizes {list(sizes)}, strides {list(strides)}"
        )
    if any(stride < 0 for stride in strides):
        raise ShapeError(f"as_strided: Negative strides are not supported at the moment, got strides: {list(strides)}")
    if offset < 0:
        raise ShapeError(f"Tensor: invalid storage offset {offset}")
    if any(size < 0 for size in sizes):
        raise ShapeError(f"Storage size calculation overflowed with sizes={list(sizes)} and strides={list(strides)}")


def reach(sizes: Sizes, strides: Sizes, offset: int) -> int:
    """Return how many elements of memory a geometry needs."""
    if 0 in sizes:
        return 0
    return 1 + offset + sum((size - 1) * stride for size, stride in zip(sizes, strides, strict=True))


def strided_view(x: Any, sizes: Sizes, strides: Sizes, offset: int | None) -> Any:
    """Return the tensor that shows a geometry of x's memory."""
    check_geometry(sizes, strides, 0 if offset is None else offset)
    if x._options.backend.level:
        return windows.as_strided(x, shape=sizes, strides=strides, offset=offset or 0)
    alias = alias_of(x)
    storage = alias.storage
    assert storage is not None
    start = alias.offset if offset is None else offset
    needed = reach(sizes, strides, start)
    if needed > storage.size:
        item = x._options.dtype.itemsize
        raise ShapeError(
            f"setStorage: sizes {list(sizes)}, strides {list(strides)}, storage offset {start}, and itemsize {item} requiring "
            f"a storage size of {needed * item} are out of bounds for storage of size {storage.size * item}"
        )
    base = x if alias.base is None else alias.base
    recording = not state.special or local.grad_enabled
    creation = "default" if recording else "no_grad"
    if recording:
        refresh(x)
    view = make_view(x, read(storage, sizes, strides, start), sizes, strides, start, None, creation)
    if recording and base._node is not None:
        view._node = view_node(base, view)
    return view


__all__ = ["check_geometry", "reach", "strided_view"]
