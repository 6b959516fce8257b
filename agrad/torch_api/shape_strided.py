"""Views by geometry: as_strided, whatever the backend's arrays know of strides."""

from __future__ import annotations

from typing import Any

from agrad.engine.geometry import is_contiguous
from agrad.engine.inplace import view_node
from agrad.engine.levels import Batched, Dual
from agrad.engine.modes import local, state
from agrad.engine.storage import alias_of, geometry_of, make_view, read, refresh
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


def _below(x: Any) -> Any:
    """Return the tensor one level below that holds the memory of a transform's tensor."""
    raw = x._data
    if type(raw) is Batched:
        return raw.value
    if type(raw) is Dual:
        return raw.primal
    extra = x._extra
    return raw if extra is None or extra.storage is None else extra.storage.raw


def _is_memory_order(x: Any) -> bool:
    """Whether the order of memory is known of a transform's tensor: below it all is row-major, examples one after the other."""
    while x._options.backend.level:
        if type(x._data) is Batched and x._data.axis:
            return False
        x = _below(x)
        if x._options.backend.interpret is None:
            sizes, strides, _ = geometry_of(x)
            if not is_contiguous(sizes, strides):
                return False
    return True


def _start(x: Any) -> int:
    """Return where the memory of a vmap's or jvp's tensor begins."""
    while x._options.backend.interpret is not None:
        x = _below(x)
    start: int = geometry_of(x)[2]
    return start


def strided_view(x: Any, sizes: Sizes, strides: Sizes, offset: int | None) -> Any:
    """Return the tensor that shows a geometry of x's memory."""
    check_geometry(sizes, strides, 0 if offset is None else offset)
    backend = x._options.backend
    if backend.level and not _is_memory_order(x):
        raise ShapeError(
            f"as_strided inside a transform needs a tensor whose elements lie in memory in row-major order; received one of shape "
            f"{list(x._shape)} that is a transposed, expanded or partial view. Call .contiguous() on it, or index it."
        )
    if backend.interpret is not None:
        return windows.as_strided(x, shape=sizes, strides=strides, offset=0 if offset is None else offset - _start(x))
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
