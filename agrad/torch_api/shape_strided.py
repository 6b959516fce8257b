"""Views by geometry: as_strided, whatever the backend's arrays know of strides."""

from __future__ import annotations

from typing import Any

from agrad.engine.geometry import is_contiguous, size_of
from agrad.engine.modes import local, state
from agrad.engine.relations import strides_of, view_node
from agrad.engine.storage import alias_of, make_view, read, refresh
from agrad.engine.strided import strided_read
from agrad.errors import ShapeError, UnsupportedOperation

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
    if x._options.backend.interpret is not None:
        return _of_rows(x, sizes, strides, offset or 0)
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


def _of_rows(x: Any, sizes: Sizes, strides: Sizes, offset: int) -> Any:
    """Return the view of a vmap's or jvp's tensor, whose memory is known to lie as its elements do where these are row-major."""
    needed = reach(sizes, strides, offset)
    if needed > size_of(x._shape):
        raise ShapeError(
            f"setStorage: sizes {list(sizes)}, strides {list(strides)}, storage offset {offset} need {needed} elements and are out of "
            f"bounds for storage of {size_of(x._shape)}"
        )
    if not is_contiguous(x._shape, strides_of(x)):
        raise UnsupportedOperation(
            "as_strided inside vmap or jvp shows the memory of row-major tensors, with the examples along the first axis; this one is "
            "laid out otherwise. Take x.contiguous() first."
        )
    return strided_read(x, sizes=sizes, strides=strides, offset=offset)


__all__ = ["check_geometry", "reach", "strided_view"]
