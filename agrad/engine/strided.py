"""The strided read and the strided write of an array taken as row-major: what views are made of once their base was written to.

The confusing case: a geometry may show one place several times. A read hands the sum of the cotangents back to it; of a write the
last value in row-major order stays, and it alone gets the place's cotangent.

``strided_read`` is the operation of a view's regenerated node (AsStrided), ``strided_write`` that of a base that was written to through
a view (CopySlices). A geometry is (sizes, strides, offset), in elements.
"""

from __future__ import annotations

from typing import Any

from agrad.engine.geometry import contiguous_strides, may_overlap, size_of
from agrad.engine.op import LINEAR, Meta
from agrad.engine.primitive import primitive


@primitive(
    name="strided_read",
    vjp=lambda xp, g, _out, x_meta, *, sizes, strides, offset: strided_add(
        xp, x_meta, g, sizes=sizes, strides=strides, offset=offset
    ),
    jvp=LINEAR,
    torch_name="AsStrided",
)
def strided_read(xp: Any, x: Any, /, *, sizes: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Any:
    """Read a strided geometry out of an array taken as row-major.

    Parameters
    ----------
    x : array, any shape
    sizes, strides, offset
        In elements.
    """
    return xp.as_strided(x, sizes, strides, offset)


@primitive(
    name="strided_write",
    vjp=(
        lambda xp, g, _out, _x, _value, *, sizes, strides, offset: strided_write_on(
            xp,
            g,
            xp.zeros(sizes, dtype=g.dtype, device=getattr(g, "device", None)),
            sizes=sizes,
            strides=strides,
            offset=offset,
        ),
        lambda xp, g, _out, _x, _value, *, sizes, strides, offset: _read_last(xp, g, sizes, strides, offset),
    ),
    jvp_all=lambda xp, tangents, _out, x, value, *, sizes, strides, offset: strided_write_on(
        xp,
        xp.zeros_like(x) if tangents[0] is None else tangents[0],
        xp.zeros_like(value) if tangents[1] is None else tangents[1],
        sizes=sizes,
        strides=strides,
        offset=offset,
    ),
    torch_name="CopySlices",
)
def strided_write(
    xp: Any, x: Any, value: Any, /, *, sizes: tuple[int, ...], strides: tuple[int, ...], offset: int
) -> Any:
    """Return a copy of `x` (taken as row-major) with a strided region replaced by `value`, of shape `sizes`."""
    return strided_write_on(xp, x, value, sizes=sizes, strides=strides, offset=offset)


strided_write.op.pass_once()  # as PyTorch's CopySlices


def _read_last(xp: Any, g: Any, sizes: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Any:
    """Return what a strided write hands back to its value: what the geometry reads, and 0 for elements overwritten."""
    read = xp.as_strided(g, sizes, strides, offset)
    if not may_overlap(sizes, strides):
        return read
    places = strided_indices(xp, g, sizes, strides, offset)
    flat = xp.reshape(places, (-1,))
    numbers = xp.arange(flat.shape[0], device=getattr(g, "device", None))
    zeros = xp.zeros((size_of(g.shape),), dtype=numbers.dtype, device=getattr(g, "device", None))
    last = xp.index_set(zeros, (flat,), numbers)
    stays = xp.index_get(last, (flat,)) == numbers
    return xp.where(xp.reshape(stays, sizes), read, xp.zeros_like(read))


def strided_write_on(
    xp: Any, x: Any, value: Any, *, sizes: tuple[int, ...], strides: tuple[int, ...], offset: int
) -> Any:
    """Write a region functionally: by a slice where the geometry is one, else by computed indices."""
    shape = tuple(x.shape)
    key = _as_slices(shape, sizes, strides, offset)
    if key is not None:
        return xp.index_set(
            x, key, xp.reshape(value, tuple(len(range(*part.indices(n))) for part, n in zip(key, shape, strict=True)))
        )
    flat = xp.reshape(x, (-1,))
    indices = xp.reshape(strided_indices(xp, x, sizes, strides, offset), (-1,))
    return xp.reshape(xp.index_set(flat, (indices,), xp.reshape(value, (-1,))), shape)


def strided_add(xp: Any, x_meta: Meta, g: Any, *, sizes: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Any:
    """Zeros of `x_meta`'s shape with `g` added at a geometry, which may visit an element twice."""
    zeros = xp.zeros(x_meta.shape, dtype=g.dtype, device=x_meta.device)
    if _as_slices(x_meta.shape, sizes, strides, offset) is not None:
        return strided_write_on(xp, zeros, g, sizes=sizes, strides=strides, offset=offset)
    flat = xp.reshape(zeros, (-1,))
    indices = xp.reshape(strided_indices(xp, g, sizes, strides, offset), (-1,))
    return xp.reshape(xp.index_add(flat, (indices,), xp.reshape(g, (-1,))), x_meta.shape)


def strided_indices(xp: Any, like: Any, sizes: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Any:
    """Return the flat positions that a geometry visits, as an integer array of shape `sizes`."""
    device = getattr(like, "device", None)
    total = xp.full((), offset, device=device)  # of the default integer dtype: JAX may have no int64
    for axis, (length, stride) in enumerate(zip(sizes, strides, strict=True)):
        steps = xp.arange(length, device=device) * stride
        total = total + xp.reshape(steps, tuple(length if i == axis else 1 for i in range(len(sizes))))
    return xp.broadcast_to(total, sizes)


def _as_slices(
    shape: tuple[int, ...], sizes: tuple[int, ...], strides: tuple[int, ...], offset: int
) -> tuple[slice, ...] | None:
    """Return the slices of a row-major array that a geometry is, or None when it is none (a transposition, an overlap)."""
    full = contiguous_strides(shape)
    starts = []
    rest = offset
    for stride in full:
        starts.append(rest // stride if stride else 0)
        rest -= starts[-1] * stride
    if rest:
        return None
    key = []
    position = 0
    kept = [(length, stride) for length, stride in zip(sizes, strides, strict=True) if length != 1]
    for length, stride, start in zip(shape, full, starts, strict=True):
        if start >= max(length, 1):
            return None
        if position < len(kept):
            count, step = kept[position]
            if length > 1 and step >= stride and step % stride == 0 and start + (count - 1) * (step // stride) < length:
                key.append(
                    slice(start, start + (count - 1) * (step // stride) + 1, step // stride) if count else slice(0, 0)
                )
                position += 1
                continue
        key.append(slice(start, start + 1))
    return tuple(key) if position == len(kept) else None


__all__ = ["strided_add", "strided_indices", "strided_read", "strided_write", "strided_write_on"]
