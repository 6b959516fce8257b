"""Where the elements of a view lie, in pure Python: the confusing case is a reshape that no strides can express.

A geometry is ``(sizes, strides, offset)``, counted in elements of one flat storage. Each function takes the geometry
of a tensor and the parameters of a view operation, and returns the geometry of the result, or None where no strides
can express it (only `reshape_geometry` can say so). The numbers are PyTorch's to the letter, strides of dimensions of
size 1 included, because `Tensor.stride()` shows them and `view` decides by them. Nothing here looks at an array, so
the answers are the same on every backend. Parameters are taken as checked: axes in range, shapes of the right size.
"""

from collections.abc import Sequence
from types import EllipsisType

from agrad.engine.geometry import contiguous_strides as contiguous_strides
from agrad.engine.geometry import is_contiguous as is_contiguous
from agrad.engine.geometry import size_of as size_of
from agrad.errors import ShapeError

Sizes = tuple[int, ...]
Geometry = tuple[Sizes, Sizes, int]
BasicItem = int | slice | EllipsisType | None


def infer_shape(shape: Sequence[int], size: int) -> Sizes:
    """Resolve one -1 in `shape` for an array of `size` elements.

    Raises
    ------
    RuntimeError
        With PyTorch's text, where the sizes do not fit.
    """
    known = 1
    for length in shape:
        if type(length) is not int or length < 0:
            break
        known *= length
    else:
        if known == size:  # all is told, as nearly always
            return tuple(shape)
    unknown = [axis for axis, length in enumerate(shape) if length == -1]
    if len(unknown) > 1:
        raise ShapeError("only one dimension can be inferred")
    if any(length < -1 for length in shape):
        raise ShapeError(f"invalid shape dimension {min(shape)}")
    known = size_of([length for length in shape if length != -1])
    if unknown:
        if known == 0:
            if size == 0:
                raise ShapeError(
                    f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified dimension "
                    "size -1 can be any value and is ambiguous"
                )
        elif size % known == 0:
            return tuple(size // known if length == -1 else int(length) for length in shape)
    elif known == size:
        return tuple(int(length) for length in shape)
    raise ShapeError(f"shape '{list(shape)}' is invalid for input of size {size}")


def reshape_geometry(sizes: Sizes, strides: Sizes, offset: int, shape: Sizes) -> Geometry | None:
    """Return the geometry of ``x.view(shape)``, or None where it would need a copy (PyTorch's computeStride).

    The old dimensions fall into runs that are contiguous among themselves; each new dimension must lie inside one run.
    """
    if not sizes:
        return shape, (1,) * len(shape), offset
    size = size_of(sizes)
    if size == 0:
        return shape, strides if sizes == shape else contiguous_strides(shape), offset
    new_strides = [0] * len(shape)
    new = len(shape) - 1
    step = strides[-1]
    old_count = new_count = 1
    for old in range(len(sizes) - 1, -1, -1):
        old_count *= sizes[old]
        run_ends = old == 0 or (sizes[old - 1] != 1 and strides[old - 1] != old_count * step)
        if not run_ends:
            continue
        while new >= 0 and (new_count < old_count or shape[new] == 1):
            new_strides[new] = new_count * step
            new_count *= shape[new]
            new -= 1
        if new_count != old_count:
            return None
        if old > 0:
            step = strides[old - 1]
            old_count = new_count = 1
    return (shape, tuple(new_strides), offset) if new == -1 else None


def permute_geometry(sizes: Sizes, strides: Sizes, offset: int, axes: Sizes) -> Geometry:
    """Return the geometry of ``x.permute(axes)``."""
    return tuple(sizes[axis] for axis in axes), tuple(strides[axis] for axis in axes), offset


def expand_geometry(sizes: Sizes, strides: Sizes, offset: int, shape: Sizes) -> Geometry:
    """Return the geometry of ``x.expand(shape)``: stride 0 where a size of 1 (or none) grew; -1 keeps a size."""
    if not sizes:
        return shape, (0,) * len(shape), offset
    new_sizes: list[int] = []
    new_strides: list[int] = []
    missing = len(shape) - len(sizes)
    next_stride = 1  # that of a new leading dimension of size 1: as if it were there all along
    for axis in range(len(shape) - 1, -1, -1):
        old = axis - missing
        size, stride = (sizes[old], strides[old]) if old >= 0 else (1, next_stride)
        target = size if shape[axis] == -1 else shape[axis]
        if size != target:
            size, stride = target, 0
        new_sizes.append(size)
        new_strides.append(stride)
        next_stride = size * stride
    return tuple(reversed(new_sizes)), tuple(reversed(new_strides)), offset


def unsqueeze_geometry(sizes: Sizes, strides: Sizes, offset: int, axis: int) -> Geometry:
    """Return the geometry of ``x.unsqueeze(axis)``, 0 <= axis <= ndim."""
    stride = sizes[axis] * strides[axis] if axis < len(sizes) else 1
    return (*sizes[:axis], 1, *sizes[axis:]), (*strides[:axis], stride, *strides[axis:]), offset


def expand_dims_geometry(sizes: Sizes, strides: Sizes, offset: int, axes: Sizes) -> Geometry:
    """Return the geometry after new dimensions of size 1 at `axes`, positions in the result."""
    for axis in sorted(axes):
        sizes, strides, offset = unsqueeze_geometry(sizes, strides, offset, axis)
    return sizes, strides, offset


def squeeze_geometry(sizes: Sizes, strides: Sizes, offset: int, axes: Sizes) -> Geometry:
    """Return the geometry without the dimensions `axes`, whose size is 1."""
    kept = [axis for axis in range(len(sizes)) if axis not in axes]
    return tuple(sizes[axis] for axis in kept), tuple(strides[axis] for axis in kept), offset


def slice_geometry(sizes: Sizes, strides: Sizes, offset: int, axis: int, key: slice) -> Geometry:
    """Return the geometry of a slice along `axis`; negative steps are refused by the key's parser."""
    start, stop, step = key.indices(sizes[axis])
    length = max(0, -(-(stop - start) // step))
    return (
        (*sizes[:axis], length, *sizes[axis + 1 :]),
        (*strides[:axis], strides[axis] * step, *strides[axis + 1 :]),
        offset + start * strides[axis],
    )


def select_geometry(sizes: Sizes, strides: Sizes, offset: int, axis: int, index: int) -> Geometry:
    """Return the geometry of one element along `axis`; -size <= index < size."""
    position = index + sizes[axis] if index < 0 else index
    return (
        (*sizes[:axis], *sizes[axis + 1 :]),
        (*strides[:axis], *strides[axis + 1 :]),
        offset + position * strides[axis],
    )


def index_geometry(sizes: Sizes, strides: Sizes, offset: int, key: Sequence[BasicItem]) -> Geometry:
    """Return the geometry of ``x[key]`` for a key of ints, slices, None and Ellipsis.

    Items are applied one after the other, as PyTorch does: a None reads the stride of the dimension that follows it
    before a later item changes that dimension.
    """
    consumed = sum(1 for item in key if item is not None and item is not Ellipsis)
    axis = 0
    for item in key:
        if item is None:
            sizes, strides, offset = unsqueeze_geometry(sizes, strides, offset, axis)
            axis += 1
        elif item is Ellipsis:
            # What is left unseen, less what later items will take.
            later = consumed
            axis = len(sizes) - later
        elif isinstance(item, slice):
            sizes, strides, offset = slice_geometry(sizes, strides, offset, axis, item)
            axis += 1
            consumed -= 1
        else:
            sizes, strides, offset = select_geometry(sizes, strides, offset, axis, item)
            consumed -= 1
    return sizes, strides, offset


def diagonal_geometry(sizes: Sizes, strides: Sizes, offset: int, shift: int, axis1: int, axis2: int) -> Geometry:
    """Return the geometry of ``x.diagonal(shift, axis1, axis2)``: the two axes go, their diagonal comes last."""
    if shift >= 0:
        length = max(min(sizes[axis1], sizes[axis2] - shift), 0)
        first = shift * strides[axis2]
    else:
        length = max(min(sizes[axis1] + shift, sizes[axis2]), 0)
        first = -shift * strides[axis1]
    kept = [axis for axis in range(len(sizes)) if axis not in (axis1, axis2)]
    return (
        (*(sizes[axis] for axis in kept), length),
        (*(strides[axis] for axis in kept), strides[axis1] + strides[axis2]),
        offset + first if length else offset,
    )


def unfold_geometry(sizes: Sizes, strides: Sizes, offset: int, axis: int, length: int, step: int) -> Geometry:
    """Return the geometry of ``x.unfold(axis, length, step)``: windows along `axis`, their elements in a last axis."""
    if not sizes:
        return (length,), (1,), offset
    count = (sizes[axis] - length) // step + 1
    return (
        (*sizes[:axis], count, *sizes[axis + 1 :], length),
        (*strides[:axis], strides[axis] * step, *strides[axis + 1 :], strides[axis]),
        offset,
    )


def as_strided_geometry(
    sizes: Sizes, strides: Sizes, offset: int, /, *, shape: Sizes, new_strides: Sizes, new_offset: int
) -> Geometry | None:
    """Return the geometry of a strided view of x's elements in row-major order; None where they lie in another order."""
    return (shape, new_strides, offset + new_offset) if is_contiguous(sizes, strides) else None
