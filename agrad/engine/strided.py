"""The strided read and the strided write of an array taken as row-major: what views are made of once their base was written to.

``strided_read`` is the operation of a view's regenerated node (AsStrided), ``strided_write`` that of a base that was written to through
a view (CopySlices). A geometry is (sizes, strides, offset), in elements.
"""

from __future__ import annotations

from typing import Any

from agrad.engine.bits import row_of
from agrad.engine.geometry import contiguous_strides, is_contiguous
from agrad.engine.op import LINEAR, Meta
from agrad.engine.primitive import primitive

Sizes = tuple[int, ...]


def _within(
    own: Sizes, steps: Sizes, start: int, /, *, sizes: Sizes, strides: Sizes, offset: int
) -> tuple[Sizes, Sizes, int] | None:
    """Return the geometry of a geometry counted in a tensor's elements; None where these are not row-major in memory."""
    return (sizes, strides, start + offset) if is_contiguous(own, steps) else None


@primitive(
    name="strided_read",
    vjp=lambda xp, g, _out, x_meta, *, sizes, strides, offset: strided_add(
        xp, x_meta, g, sizes=sizes, strides=strides, offset=offset
    ),
    jvp=LINEAR,
    view=_within,
    holomorphic=False,
    torch_name="AsStrided",
)
def strided_read(xp: Any, x: Any, /, *, sizes: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Any:
    """Read a strided geometry out of an array taken as row-major; a view of one that is.

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
        lambda xp, g, _out, x_meta, value_meta, *, sizes, strides, offset: _written(
            xp,
            _like(xp, g, x_meta),
            xp.zeros(value_meta.shape, dtype=value_meta.dtype, device=getattr(g, "device", None)),
            sizes=sizes,
            strides=strides,
            offset=offset,
        ),
        lambda xp, g, _out, x_meta, value_meta, *, sizes, strides, offset: _read_as(
            xp, _like(xp, g, x_meta), value_meta, sizes=sizes, strides=strides, offset=offset
        ),
    ),
    jvp_all=lambda xp, tangents, _out, x, value, *, sizes, strides, offset: _written(
        xp,
        xp.zeros_like(x) if tangents[0] is None else tangents[0],
        xp.zeros_like(value) if tangents[1] is None else tangents[1],
        sizes=sizes,
        strides=strides,
        offset=offset,
    ),
    holomorphic=False,
    torch_name="CopySlices",
)
def strided_write(
    xp: Any, x: Any, value: Any, /, *, sizes: tuple[int, ...], strides: tuple[int, ...], offset: int
) -> Any:
    """Return a copy of `x` (taken as row-major) with a strided region replaced by `value`.

    Parameters
    ----------
    x : array, any shape
    value : array, shape `sizes`
        Of x's dtype; or one of the two is complex and the other has the dtype of its parts.
    sizes, strides, offset
        In elements of x; where the dtypes differ in real numbers, the parts of a complex `value` along the last axis.
    """
    return _written(xp, x, value, sizes=sizes, strides=strides, offset=offset)


strided_write.op.pass_once()  # as PyTorch's CopySlices


def _like(xp: Any, g: Any, meta: Meta) -> Any:
    """Return the cotangent of an array in its dtype: it may be real where the array is complex."""
    return g if g.dtype == meta.dtype else xp.astype(g, meta.dtype)


def _real_dtype(xp: Any, first: Any, second: Any) -> Any:
    """Return the one of two dtypes that is no complex one."""
    return second if xp.isdtype(first, "complex floating") else first


def _written(xp: Any, x: Any, value: Any, *, sizes: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Any:
    if x.dtype == value.dtype:
        return strided_write_on(xp, x, value, sizes=sizes, strides=strides, offset=offset)
    parts = _real_dtype(xp, x.dtype, value.dtype)
    row = strided_write_on(
        xp,
        row_of(xp, x, parts),
        xp.reshape(row_of(xp, value, parts), sizes),
        sizes=sizes,
        strides=strides,
        offset=offset,
    )
    return xp.reshape(row_of(xp, row, x.dtype), tuple(x.shape))


def _read_as(xp: Any, x: Any, like: Meta, *, sizes: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Any:
    """Read the region that :func:`strided_write` writes, as an array of the shape and dtype of what was written."""
    if x.dtype == like.dtype:
        return xp.as_strided(x, sizes, strides, offset)
    row = row_of(xp, x, _real_dtype(xp, x.dtype, like.dtype))
    return xp.reshape(row_of(xp, xp.as_strided(row, sizes, strides, offset), like.dtype), like.shape)


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
