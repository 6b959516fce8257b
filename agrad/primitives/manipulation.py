"""Moving elements about: nothing here computes, so every rule is the way back.

The confusing case: a broadcast needs no rule of its own, because the engine sums each cotangent to its input's shape.
What overlaps or cuts (padding, windows, strided views) is in windows.py.
"""

from collections.abc import Sequence
from typing import Any

from agrad.engine.primitive import LINEAR, composite, primitive
from agrad.errors import ShapeError
from agrad.primitives import _geometry
from agrad.primitives._axes import ArgumentError, Axes, along, normalize_axes, part, positions
from agrad.primitives._helpers import normalize_axis


class BroadcastError(ShapeError, ValueError):
    """Shapes that do not broadcast: a RuntimeError in PyTorch, a ValueError in NumPy, and here both."""


def broadcast_shapes(*shapes: Sequence[int]) -> tuple[int, ...]:
    """Return the shape that arrays of these shapes broadcast to.

    Raises
    ------
    ValueError
        In PyTorch's words, where they do not.
    """
    ndim = max((len(shape) for shape in shapes), default=0)
    result = [1] * ndim
    for shape in shapes:
        for axis, length in enumerate(shape, start=ndim - len(shape)):
            if length < 0:
                raise BroadcastError(f"Trying to create tensor with negative dimension ({length}): ({length})")
            if length != 1 and length != result[axis]:
                if result[axis] != 1:
                    raise BroadcastError(
                        "Shape mismatch: objects cannot be broadcast to a single shape; "
                        f"received {', '.join(str(tuple(shape)) for shape in shapes)}, "
                        f"which differ at axis {axis - ndim} ({result[axis]} and {length})"
                    )
                result[axis] = length
    return tuple(result)


@primitive(
    vjp=lambda _xp, g, _out, _x, *, shape: g,
    jvp=LINEAR,
    view=_geometry.expand_geometry,
    torch_name="Expand",
    half="rules",
)
def broadcast_to(xp: Any, x: Any, /, *, shape: Sequence[int]) -> Any:
    """Return x repeated to `shape` without copying; a size of -1 keeps x's (as PyTorch's expand)."""
    return xp.broadcast_to(x, expanded_shape(tuple(x.shape), shape))


def expanded_shape(old: tuple[int, ...], shape: Sequence[int]) -> tuple[int, ...]:
    """Return `shape` with each -1 replaced by the size it keeps, having checked that `old` broadcasts to it.

    Raises
    ------
    RuntimeError
        In PyTorch's words.
    """
    missing = len(shape) - len(old)
    if missing < 0:
        raise ShapeError(
            f"expand: the number of sizes provided ({len(shape)}) must be greater or equal to "
            "the number of dimensions in the "
            f"tensor ({len(old)})"
        )
    new = tuple(
        old[axis - missing] if length == -1 and axis >= missing else length for axis, length in enumerate(shape)
    )
    for axis, length in enumerate(new):
        if axis < missing:
            if length < 0:
                raise ShapeError(
                    f"The expanded size of the tensor ({length}) isn't allowed in a leading, "
                    f"non-existing dimension {axis}"
                )
        elif length != old[axis - missing] and old[axis - missing] != 1:
            raise ShapeError(
                f"The expanded size of the tensor ({length}) must match the existing size ({old[axis - missing]}) at "
                f"non-singleton dimension {axis}.  Target sizes: {list(shape)}.  Tensor sizes: {list(old)}"
            )
    return new


@composite
def broadcast_arrays(xp: Any, /, *arrays: Any) -> tuple[Any, ...]:
    """Return all arrays broadcast to their common shape."""
    shape = broadcast_shapes(*(tuple(x.shape) for x in arrays))
    return tuple(x if tuple(x.shape) == shape else xp.broadcast_to(x, shape) for x in arrays)


def _concat_vjp(xp: Any, g: Any, _out: Any, *arrays_meta: Any, axis: int | None = 0) -> tuple[Any, ...]:
    cotangents = []
    start = 0
    if axis is None:
        for meta in arrays_meta:
            cotangents.append(xp.reshape(part(g, 0, start, start + meta.size), meta.shape))
            start += meta.size
        return tuple(cotangents)
    one = normalize_axis(axis, g.ndim)
    for meta in arrays_meta:
        if meta.ndim != g.ndim:  # an old-style empty array: it gave nothing and receives nothing
            cotangents.append(xp.zeros(meta.shape, dtype=g.dtype, device=meta.device))
            continue
        cotangents.append(part(g, one, start, start + meta.shape[one]))
        start += meta.shape[one]
    return tuple(cotangents)


def _concat_jvp(xp: Any, tangents: Sequence[Any], _out: Any, *arrays: Any, axis: int | None = 0) -> Any:
    whole = [xp.zeros_like(x) if t is None else t for x, t in zip(arrays, tangents, strict=True)]
    return xp.concat(whole, axis=axis)


@primitive(vjp_all=_concat_vjp, jvp_all=_concat_jvp, promote=True, torch_name="Cat", half="exact")
def concat(xp: Any, /, *arrays: Any, axis: int | None = 0) -> Any:
    """Return the arrays joined along an existing axis, of their common dtype; flattened first if `axis` is None.

    Raises
    ------
    RuntimeError
        For sizes that differ elsewhere than along `axis`, in PyTorch's words.
    """
    if axis is None:
        return xp.concat(arrays, axis=None)
    first = next((x for x in arrays if tuple(x.shape) != (0,)), arrays[0])
    one = normalize_axis(axis, first.ndim)
    joined = [x for x in arrays if x.ndim == first.ndim or tuple(x.shape) != (0,)]
    for number, x in enumerate(joined):
        if x.ndim != first.ndim:
            raise ShapeError(f"Tensors must have same number of dimensions: got {first.ndim} and {x.ndim}")
        for other in range(first.ndim):
            if other != one and x.shape[other] != first.shape[other]:
                raise ShapeError(
                    f"Sizes of tensors must match except in dimension {one}. Expected size "
                    f"{first.shape[other]} but got "
                    f"size {x.shape[other]} for tensor number {number} in the list."
                )
    return xp.concat(joined, axis=one)


def _expand_dims_view(
    sizes: tuple[int, ...], strides: tuple[int, ...], offset: int, *, axis: int | tuple[int, ...] = 0
) -> _geometry.Geometry:
    return _geometry.expand_dims_geometry(sizes, strides, offset, new_axes(axis, len(sizes)))


def new_axes(axis: int | tuple[int, ...], ndim: int) -> tuple[int, ...]:
    """Return the positions of new axes in the result, counted from the front."""
    count = 1 if isinstance(axis, int) else len(axis)
    return normalize_axes(axis, ndim + count)


@primitive(
    vjp=lambda xp, g, _out, x_meta, *, axis=0: xp.reshape(g, x_meta.shape),
    jvp=LINEAR,
    view=_expand_dims_view,
    torch_name="Unsqueeze",
)
def expand_dims(xp: Any, x: Any, /, *, axis: int | tuple[int, ...] = 0) -> Any:
    """Return x with new axes of size 1 at the positions `axis` of the result."""
    shape = list(x.shape)
    for one in sorted(new_axes(axis, x.ndim)):
        shape.insert(one, 1)
    return xp.reshape(x, tuple(shape))


@primitive(
    vjp=lambda xp, g, _out, _x, *, axis=None: xp.flip(g, axis=axis),
    jvp=LINEAR,
    torch_name="Flip",
    half="exact",
)
def flip(xp: Any, x: Any, /, *, axis: Axes = None) -> Any:
    """Return x with the order of elements reversed along `axis` (all axes by default)."""
    return xp.flip(x, axis=None if axis is None else normalize_axes(axis, x.ndim))


@composite
def moveaxis(xp: Any, x: Any, source: int | Sequence[int], destination: int | Sequence[int], /) -> Any:
    """Return x with the axes `source` at the positions `destination`, the others in order."""
    given = (source,) if isinstance(source, int) else tuple(source)
    wanted = (destination,) if isinstance(destination, int) else tuple(destination)
    if len(given) != len(wanted):
        raise ShapeError(
            f"movedim: Invalid source or destination dims: source ({list(given)} dims) should "
            "contain the same number of "
            f"dims as destination ({list(wanted)} dims)"
        )
    sources = normalize_axes(given, x.ndim)
    destinations = normalize_axes(wanted, x.ndim)
    rest = iter([axis for axis in range(x.ndim) if axis not in sources])
    placed = dict(zip(destinations, sources, strict=True))
    return xp.permute_dims(x, tuple(placed[axis] if axis in placed else next(rest) for axis in range(x.ndim)))


def _inverse(axes: Sequence[int], ndim: int) -> tuple[int, ...]:
    normal = normalize_axes(tuple(axes), ndim)
    return tuple(sorted(range(ndim), key=normal.__getitem__))


def _permute_view(
    sizes: tuple[int, ...], strides: tuple[int, ...], offset: int, *, axes: Sequence[int]
) -> _geometry.Geometry:
    return _geometry.permute_geometry(sizes, strides, offset, normalize_axes(tuple(axes), len(sizes)))


@primitive(
    vjp=lambda xp, g, _out, _x, *, axes: xp.permute_dims(g, _inverse(axes, g.ndim)),
    jvp=LINEAR,
    view=_permute_view,
    torch_name="Permute",
)
def permute_dims(xp: Any, x: Any, /, *, axes: Sequence[int]) -> Any:
    """Return x with its axes in the order `axes`.

    Raises
    ------
    RuntimeError
        For a number of axes that is not x's, in PyTorch's words.
    """
    if len(axes) != x.ndim:
        raise ShapeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {x.ndim} is not equal to len(dims) = {len(axes)}"
        )
    order = tuple(normalize_axis(axis, x.ndim) for axis in axes)
    if len(set(order)) != len(order):
        raise ShapeError(f"permute(): duplicate dims are not allowed. Received {tuple(axes)}")
    return xp.permute_dims(x, order)


def _reshape_view(
    sizes: tuple[int, ...], strides: tuple[int, ...], offset: int, *, shape: Sequence[int], copy: bool | None = None
) -> _geometry.Geometry | None:
    if copy:
        return None
    return _geometry.reshape_geometry(sizes, strides, offset, _geometry.infer_shape(shape, _geometry.size_of(sizes)))


@primitive(
    vjp=lambda xp, g, _out, x_meta, *, shape, copy=None: xp.reshape(g, x_meta.shape),
    jvp=LINEAR,
    view=_reshape_view,
    torch_name="View",
)
def reshape(xp: Any, x: Any, /, *, shape: Sequence[int], copy: bool | None = None) -> Any:
    """Return x's elements in row-major order in another shape; one size may be -1.

    Parameters
    ----------
    copy : bool, optional
        True: never share storage. The tensor's views, not the array's, are what this says something about.
    """
    new = _geometry.infer_shape(shape, _geometry.size_of(x.shape))
    return xp.reshape(x, new, copy=True) if copy else xp.reshape(x, new)


def _negated(shift: int | Sequence[int]) -> int | tuple[int, ...]:
    return -shift if isinstance(shift, int) else tuple(-one for one in shift)


@primitive(
    vjp=lambda xp, g, _out, _x, *, shift, axis=None: xp.roll(g, _negated(shift), axis=axis),
    jvp=LINEAR,
    torch_name="Roll",
    half="exact",
)
def roll(xp: Any, x: Any, /, *, shift: int | Sequence[int], axis: Axes = None) -> Any:
    """Return x with its elements moved on by `shift` along `axis`, those pushed out coming in at the front."""
    if axis is not None:
        shifts = (shift,) if isinstance(shift, int) else tuple(shift)
        # One axis may be named twice: both shifts count.
        axes = tuple(normalize_axis(one, x.ndim) for one in ((axis,) if isinstance(axis, int) else axis))
        if len(shifts) == 1:
            shifts = shifts * len(axes)
        if len(shifts) != len(axes):
            raise ShapeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(axes)}")
        return xp.roll(x, shifts, axis=axes)
    return xp.roll(x, shift, axis=None)


def _squeeze_view(
    sizes: tuple[int, ...], strides: tuple[int, ...], offset: int, *, axis: int | tuple[int, ...]
) -> _geometry.Geometry:
    return _geometry.squeeze_geometry(sizes, strides, offset, normalize_axes(axis, len(sizes)))


@primitive(
    vjp=lambda xp, g, _out, x_meta, *, axis: xp.reshape(g, x_meta.shape),
    jvp=LINEAR,
    view=_squeeze_view,
    torch_name="SqueezeBackward1",
)
def squeeze(xp: Any, x: Any, /, *, axis: int | tuple[int, ...]) -> Any:
    """Return x without the axes `axis`, each of size 1.

    Raises
    ------
    ValueError
        For an axis that is longer: the standard says so (PyTorch's face leaves such axes out of `axis`).
    """
    axes = normalize_axes(axis, x.ndim)
    for one in axes:
        if x.shape[one] != 1:
            raise ArgumentError(f"squeeze needs axes of size 1; axis {one} of shape {tuple(x.shape)} is not")
    return xp.reshape(x, tuple(length for one, length in enumerate(x.shape) if one not in axes))


def _stack_vjp(xp: Any, g: Any, _out: Any, *_arrays: Any, axis: int = 0) -> tuple[Any, ...]:
    one = normalize_axis(axis, g.ndim)
    return tuple(g[along(one, number)] for number in range(g.shape[one]))


def _stack_jvp(xp: Any, tangents: Sequence[Any], _out: Any, *arrays: Any, axis: int = 0) -> Any:
    whole = [xp.zeros_like(x) if t is None else t for x, t in zip(arrays, tangents, strict=True)]
    return xp.stack(whole, axis=axis)


@primitive(vjp_all=_stack_vjp, jvp_all=_stack_jvp, promote=True, torch_name="Stack", half="exact")
def stack(xp: Any, /, *arrays: Any, axis: int = 0) -> Any:
    """Return the arrays, all of one shape, joined along a new axis.

    Raises
    ------
    RuntimeError
        "stack expects each tensor to be equal size, ...", as PyTorch.
    """
    first = tuple(arrays[0].shape)
    for number, x in enumerate(arrays):
        if tuple(x.shape) != first:
            raise ShapeError(
                f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and {list(x.shape)} at "
                f"entry {number}"
            )
    return xp.stack(arrays, axis=normalize_axis(axis, len(first) + 1))


def _tile_vjp(xp: Any, g: Any, _out: Any, x_meta: Any, *, repetitions: Sequence[int]) -> Any:
    ndim = max(x_meta.ndim, len(repetitions))
    shape = (1,) * (ndim - x_meta.ndim) + x_meta.shape
    counts = (1,) * (ndim - len(repetitions)) + tuple(repetitions)
    split = tuple(length for pair in zip(counts, shape, strict=True) for length in pair)
    return xp.reshape(xp.sum(xp.reshape(g, split), axis=tuple(range(0, 2 * ndim, 2))), x_meta.shape)


@primitive(vjp=_tile_vjp, jvp=LINEAR, torch_name="Repeat")
def tile(xp: Any, x: Any, /, *, repetitions: Sequence[int]) -> Any:
    """Return copies of x side by side, `repetitions` of them along each axis (PyTorch's repeat and tile)."""
    return xp.tile(x, tuple(repetitions))


def _repeat_vjp(xp: Any, g: Any, _out: Any, x_meta: Any, *, repeats: int, axis: int | None = None) -> Any:
    if axis is None:
        return xp.reshape(xp.sum(xp.reshape(g, (x_meta.size, repeats)), axis=1), x_meta.shape)
    one = normalize_axis(axis, x_meta.ndim)
    split = (*x_meta.shape[: one + 1], repeats, *x_meta.shape[one + 1 :])
    return xp.sum(xp.reshape(g, split), axis=one + 1)


@primitive(vjp=_repeat_vjp, jvp=LINEAR, torch_name="RepeatInterleave")
def repeat_each(xp: Any, x: Any, /, *, repeats: int, axis: int | None = None) -> Any:
    """Return x with each element (or slice along `axis`) written `repeats` times, one number for all."""
    if repeats < 0:
        raise ArgumentError(f"repeats can not be negative; received {repeats}")
    return xp.repeat(x, repeats, axis=None if axis is None else normalize_axis(axis, x.ndim))


@primitive
def repeat_positions(xp: Any, repeats: Any, /) -> Any:
    """Return position i written repeats[i] times: how many there are depends on the values."""
    return xp.repeat(positions(xp, repeats, repeats.shape[0]), repeats)


@composite
def repeat(xp: Any, x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    """Return x with each element (or slice along `axis`) repeated.

    Parameters
    ----------
    repeats : int or integer array, shape (x.shape[axis],) or (1,)
        How often; one number for all, or a number for each. With an array the result's size depends on values.
    axis : int, optional
        None: x is flattened first.
    """
    if isinstance(repeats, int):
        return repeat_each(x, repeats=repeats, axis=axis)
    if isinstance(repeats, list | tuple):
        repeats = xp.asarray(repeats, device=x.device)
    if axis is None:
        x = xp.reshape(x, (-1,))
        axis = 0
    one = normalize_axis(axis, x.ndim)
    if repeats.ndim == 0 or tuple(repeats.shape) == (1,):
        repeats = xp.broadcast_to(xp.reshape(repeats, (1,)), (x.shape[one],))
    if tuple(repeats.shape) != (x.shape[one],):
        raise ShapeError(
            "repeats must have the same size as input along dim, "
            f"but got repeats.size(0) = {repeats.shape[0]} and input.size({one}) = {x.shape[one]}"
        )
    return xp.take(x, repeat_positions(repeats), axis=one)


def _unstack_view(
    sizes: tuple[int, ...], strides: tuple[int, ...], offset: int, *, axis: int = 0, index: int
) -> _geometry.Geometry:
    one = normalize_axis(axis, len(sizes))
    rest = tuple(other for other in range(len(sizes)) if other != one)
    return (
        tuple(sizes[other] for other in rest),
        tuple(strides[other] for other in rest),
        offset + index * strides[one],
    )


@primitive(
    vjp=lambda xp, g, _out, _x, *, axis=0: xp.stack(g, axis=axis),
    jvp=LINEAR,
    nout=None,
    view=_unstack_view,
    torch_name="Unbind",
)
def unstack(xp: Any, x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """Return the slices of x along `axis`, as a tuple."""
    one = normalize_axis(axis, x.ndim)
    return tuple(x[along(one, number)] for number in range(x.shape[one]))
