"""Padding, windows and strided views: beyond the standard, for PyTorch's face and for convolutions.

The confusing case: windows and strided views overlap, so the same element is read many times and the way back adds
(`index_add`), where everything in manipulation.py only moves.
"""

from collections.abc import Sequence
from typing import Any

from agrad.engine.primitive import LINEAR, composite, primitive
from agrad.errors import ShapeError
from agrad.primitives import _geometry
from agrad.primitives._axes import along, part, zeros_of
from agrad.primitives._helpers import device, normalize_axis


def _inside(pads: Sequence[tuple[int, int]], shape: Sequence[int]) -> tuple[slice, ...]:
    return tuple(slice(before, before + length) for (before, _), length in zip(pads, shape, strict=True))


def _pad_forward(xp: Any, x: Any, pads: Sequence[tuple[int, int]], value: Any) -> Any:
    if not any(before or after for before, after in pads):
        return xp.asarray(x, copy=True)
    for axis, (before, after) in enumerate(pads):
        blocks = [x]
        for length, at_front in ((before, True), (after, False)):
            if length:
                shape = (*x.shape[:axis], length, *x.shape[axis + 1 :])
                template = xp.zeros(shape, dtype=x.dtype, device=device(x))
                block = xp.full_like(template, value) if value else template
                blocks = [block, *blocks] if at_front else [*blocks, block]
        if len(blocks) > 1:
            x = xp.concat(blocks, axis=axis)
    return x


@primitive(
    vjp=lambda _xp, g, _out, x_meta, *, pads, value=0: g[_inside(pads, x_meta.shape)],
    jvp=lambda xp, t, _out, _x, *, pads, value=0: _pad_forward(xp, t, pads, 0),
    torch_name="ConstantPadNd",
)
def pad_with(xp: Any, x: Any, /, *, pads: Sequence[tuple[int, int]], value: Any = 0) -> Any:
    """Return x with `value` around it: per axis, how many elements before and after (none negative)."""
    return _pad_forward(xp, x, pads, value)


@composite
def pad(xp: Any, x: Any, pads: Sequence[tuple[int, int]], /, *, value: Any = 0) -> Any:
    """Return x padded with a constant: per axis (before, after); a negative number cuts that many elements off."""
    if any(length < 0 for pair in pads for length in pair):
        x = x[
            tuple(slice(max(-before, 0), x.shape[axis] - max(-after, 0)) for axis, (before, after) in enumerate(pads))
        ]
        pads = tuple((max(before, 0), max(after, 0)) for before, after in pads)
    return pad_with(x, pads=tuple((before, after) for before, after in pads), value=value)


def _strided_positions(xp: Any, device: Any, shape: Sequence[int], strides: Sequence[int], offset: int) -> Any:
    """Return, flat, the positions in the storage of the elements of a strided view."""
    total = xp.full((1,) * len(shape), offset, device=device)
    for axis, (length, stride) in enumerate(zip(shape, strides, strict=True)):
        column = tuple(length if one == axis else 1 for one in range(len(shape)))
        total = total + xp.reshape(xp.arange(length, device=device) * stride, column)
    return xp.reshape(total, (_geometry.size_of(shape),))


def _as_strided_vjp(
    xp: Any, g: Any, _out: Any, x_meta: Any, *, shape: Sequence[int], strides: Sequence[int], offset: int = 0
) -> Any:
    flat = xp.zeros((x_meta.size,), dtype=g.dtype, device=x_meta.device)
    index = _strided_positions(xp, x_meta.device, shape, strides, offset)
    return xp.reshape(xp.index_add(flat, (index,), xp.reshape(g, (_geometry.size_of(shape),))), x_meta.shape)


def _as_strided_view(
    sizes: tuple[int, ...],
    own: tuple[int, ...],
    start: int,
    /,
    *,
    shape: Sequence[int],
    strides: Sequence[int],
    offset: int = 0,
) -> _geometry.Geometry | None:
    return _geometry.as_strided_geometry(
        sizes, own, start, shape=tuple(shape), new_strides=tuple(strides), new_offset=offset
    )


@primitive(vjp=_as_strided_vjp, jvp=LINEAR, view=_as_strided_view, torch_name="AsStrided")
def as_strided(xp: Any, x: Any, /, *, shape: Sequence[int], strides: Sequence[int], offset: int = 0) -> Any:
    """Return a strided view of x's elements, taken as one contiguous row; overlapping elements add their cotangents.

    Raises
    ------
    RuntimeError
        Where the view would leave the storage, in PyTorch's words.
    """
    size = _geometry.size_of(x.shape)
    if 0 not in shape:
        last = offset + sum((length - 1) * stride for length, stride in zip(shape, strides, strict=True))
        if last >= size or offset < 0:
            raise ShapeError(
                f"setStorage: sizes {list(shape)}, strides {list(strides)}, storage offset {offset} need {last + 1} "
                f"elements and are out of bounds for storage of {size}"
            )
    return xp.as_strided(xp.reshape(x, (size,)), tuple(shape), tuple(strides), offset)


def _unfold_view(
    sizes: tuple[int, ...], strides: tuple[int, ...], offset: int, *, axis: int, size: int, step: int
) -> _geometry.Geometry:
    one = normalize_axis(axis, len(sizes)) if sizes else 0
    return _geometry.unfold_geometry(sizes, strides, offset, one, size, step)


def _unfold_vjp(xp: Any, g: Any, _out: Any, x_meta: Any, *, axis: int, size: int, step: int) -> Any:
    if x_meta.ndim == 0:
        return xp.reshape(xp.sum(g), ())
    one = normalize_axis(axis, x_meta.ndim)
    count = (x_meta.shape[one] - size) // step + 1
    starts = xp.reshape(xp.arange(count, device=x_meta.device) * step, (count, 1))
    index = starts + xp.reshape(xp.arange(size, device=x_meta.device), (1, size))
    # The windows' elements come last; beside the windows' axis they meet the index's two axes.
    order = (*range(one + 1), g.ndim - 1, *range(one + 1, g.ndim - 1))
    return xp.index_add(zeros_of(xp, g, x_meta), along(one, index), xp.permute_dims(g, order))


@primitive(vjp=_unfold_vjp, jvp=LINEAR, view=_unfold_view, torch_name="Unfold")
def unfold(xp: Any, x: Any, /, *, axis: int, size: int, step: int) -> Any:
    """Return all windows of `size` elements along `axis`, `step` apart, their elements along a new last axis.

    Raises
    ------
    RuntimeError
        For a window longer than the axis or a step below 1, in PyTorch's words.
    """
    one = normalize_axis(axis, x.ndim)
    longest = x.shape[one] if x.ndim else 1
    if size < 0:
        raise ShapeError(f"size is {size} but must be >= 0")
    if size > longest:
        raise ShapeError(f"maximum size for tensor at dimension {one} is {longest} but size is {size}")
    if step <= 0:
        raise ShapeError(f"step is {step} but must be > 0")
    shape = tuple(x.shape)
    new, strides, offset = _geometry.unfold_geometry(shape, _geometry.contiguous_strides(shape), 0, one, size, step)
    return xp.as_strided(xp.reshape(x, (_geometry.size_of(shape),)), new, strides, offset)


def part_lengths(length: int, lengths: int | Sequence[int], axis: int = 0) -> tuple[int, ...]:
    """Return the lengths of consecutive parts of an axis: of one length each (the last may be shorter), or of these.

    Raises
    ------
    RuntimeError
        Where the parts do not make up the axis, in PyTorch's words.
    """
    if isinstance(lengths, int):
        if lengths < 0:
            raise ShapeError(f"split expects split_size be non-negative, but got split_size={lengths}")
        if lengths == 0:
            if length:
                raise ShapeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {length}")
            return (0,)
        return tuple(min(lengths, length - start) for start in range(0, length, lengths)) or (0,)
    if any(one < 0 for one in lengths):
        raise ShapeError(
            f"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={list(lengths)}"
        )
    if sum(lengths) != length:
        raise ShapeError(
            f"split_with_sizes expects split_sizes to sum exactly to {length} (input tensor's size at dimension "
            f"{axis}), but got split_sizes={list(lengths)}"
        )
    return tuple(lengths)


def _split_axis(ndim: int, axis: int) -> int:
    if ndim == 0:
        raise ShapeError("split expects at least a 1-dimensional tensor; received one of no dimensions")
    return normalize_axis(axis, ndim)


def _split_view(
    sizes: tuple[int, ...],
    strides: tuple[int, ...],
    offset: int,
    *,
    lengths: int | Sequence[int],
    axis: int = 0,
    index: int,
) -> _geometry.Geometry:
    one = _split_axis(len(sizes), axis)
    parts = part_lengths(sizes[one], lengths, one)
    start = sum(parts[:index])
    return _geometry.slice_geometry(sizes, strides, offset, one, slice(start, start + parts[index]))


def _split_name(*_shapes: tuple[int, ...], lengths: int | Sequence[int], axis: int = 0) -> str:
    return "Split" if isinstance(lengths, int) else "SplitWithSizes"


def _split_batch(
    _xp: Any, op: Any, values: list[Any], _batched: Any, ndims: list[int], _size: int, params: dict[str, Any]
) -> Any:
    return op.call(values[0], **{**params, "axis": _split_axis(ndims[0], params.get("axis", 0)) + 1})


@primitive(
    vjp=lambda xp, g, _out, _x, *, lengths, axis=0: xp.concat(g, axis=axis),
    jvp=LINEAR,
    nout=None,
    view=_split_view,
    batch=_split_batch,
    torch_name=_split_name,
)
def split(xp: Any, x: Any, /, *, lengths: int | Sequence[int], axis: int = 0) -> tuple[Any, ...]:
    """Return consecutive parts of x along `axis`: of one length each (the last may be shorter), or of these lengths."""
    one = _split_axis(x.ndim, axis)
    parts = []
    start = 0
    for length in part_lengths(x.shape[one], lengths, one):
        parts.append(part(x, one, start, start + length))
        start += length
    return tuple(parts)


def _block_diag_vjp(_xp: Any, g: Any, _out: Any, *blocks_meta: Any) -> tuple[Any, ...]:
    cotangents = []
    row = column = 0
    for meta in blocks_meta:
        rows, columns = meta.shape
        cotangents.append(g[row : row + rows, column : column + columns])
        row += rows
        column += columns
    return tuple(cotangents)


def _block_diag_batch(
    xp: Any, op: Any, values: list[Any], batched: list[bool], _ndims: Any, size: int, _params: dict[str, Any]
) -> Any:
    blocks = [
        value if has_axis else xp.broadcast_to(value, (size, *value.shape))
        for value, has_axis in zip(values, batched, strict=True)
    ]
    return _block_diagonal(xp, blocks)


def _block_diagonal(xp: Any, blocks: Sequence[Any]) -> Any:
    """Return the blocks, on their last two axes, along the diagonal of a matrix of zeros."""
    width = sum(block.shape[-1] for block in blocks)
    lead = ((0, 0),) * (len(blocks[0].shape) - 2)
    rows = []
    column = 0
    for block in blocks:
        after = width - column - block.shape[-1]
        rows.append(_pad_forward(xp, block, (*lead, (0, 0), (column, after)), 0))
        column += block.shape[-1]
    return xp.concat(rows, axis=len(lead))


@primitive(
    vjp_all=_block_diag_vjp,
    jvp_all=lambda xp, tangents, _out, *blocks: _block_diagonal(
        xp, [xp.zeros_like(x) if t is None else t for x, t in zip(blocks, tangents, strict=True)]
    ),
    promote=True,
    batch=_block_diag_batch,
    torch_name="BlockDiag",
)
def block_diag(xp: Any, /, *blocks: Any) -> Any:
    """Return the matrix that has the given matrices along its diagonal and is zero elsewhere."""
    return _block_diagonal(xp, blocks)
