"""Sizes and strides, in elements: what the engine knows of memory without looking at an array.

The confusing case: an axis of length 1 may have any stride. PyTorch keeps such strides to the letter, because ``stride()`` shows them
and ``view`` decides by them, and so do we.
"""

from __future__ import annotations

from collections.abc import Sequence

Sizes = tuple[int, ...]


def size_of(sizes: Sequence[int]) -> int:
    """Return the number of elements of an array of these sizes."""
    count = 1
    for length in sizes:
        count *= length
    return count


def contiguous_strides(sizes: Sequence[int]) -> Sizes:
    """Return the row-major strides of these sizes; a size of 0 counts as 1, as in PyTorch."""
    strides: list[int] = []
    step = 1
    for length in reversed(sizes):
        strides.append(step)
        step *= max(1, length)
    return tuple(reversed(strides))


def is_contiguous(sizes: Sequence[int], strides: Sequence[int]) -> bool:
    """Whether elements lie in row-major order without gaps (strides of axes of length 1 do not count)."""
    if 0 in sizes:
        return True
    step = 1
    for length, stride in zip(reversed(sizes), reversed(strides), strict=True):
        if length != 1:
            if stride != step:
                return False
            step *= length
    return True


def is_dense(sizes: Sequence[int], strides: Sequence[int]) -> bool:
    """Whether elements lie without gaps or overlaps, in whatever order of the axes."""
    if 0 in sizes:
        return True
    step = 1
    for stride, length in sorted(
        (stride, length) for length, stride in zip(sizes, strides, strict=True) if length != 1
    ):
        if stride != step:
            return False
        step *= length
    return True


def may_overlap(sizes: Sequence[int], strides: Sequence[int]) -> bool:
    """Whether two elements may share a place: False where each stride leaves room for all that the smaller ones reach."""
    reach = 0
    for length, stride in zip(reversed(sizes), reversed(strides), strict=True):
        if length > 1:
            if stride <= reach:
                break
            reach += stride * (length - 1)
    else:
        return False
    if 0 in sizes:
        return False
    reach = 0
    for stride, length in sorted(zip(strides, sizes, strict=True)):
        if length > 1:
            if stride <= reach:
                return True
            reach += stride * (length - 1)
    return False


def elementwise_strides(shape: Sizes, operands: Sequence[tuple[Sizes, Sizes]]) -> Sizes:
    """Return the strides that PyTorch gives the result of an elementwise operation.

    Operands of one shape, without gaps and of the same strides, hand these on. Otherwise the result is dense, with its axes in the
    order of the operands' strides: the first operand that can tell two axes apart decides.

    Parameters
    ----------
    shape : the result's
    operands : (sizes, strides) of each, numbers left out (but then a shape of its own must be among them)
    """
    if all(sizes == shape for sizes, _ in operands):
        if all(is_contiguous(sizes, strides) for sizes, strides in operands):
            return contiguous_strides(shape)
        first = operands[0][1]
        if all(strides == first and is_dense(sizes, strides) for sizes, strides in operands):
            return first
    ndim = len(shape)
    wide = []
    for sizes, strides in operands:
        lead = ndim - len(sizes)
        own = zip(sizes, strides, shape[lead:], strict=True)
        wide.append((0,) * lead + tuple(0 if length == 1 and full != 1 else stride for length, stride, full in own))
    order = _order(shape, wide)
    if order == list(range(ndim - 1, -1, -1)):
        return contiguous_strides(shape)
    return _packed(shape, order, empty=0)


def preserved_strides(sizes: Sizes, strides: Sizes) -> Sizes:
    """Return the strides of a copy: the same where they are dense, else those of a dense copy with its axes in the same order."""
    if is_dense(sizes, strides):
        return strides
    return _packed(sizes, _order(sizes, [strides]), empty=1)


def _packed(shape: Sizes, order: Sequence[int], empty: int) -> Sizes:
    """Return the strides of dense elements with these axes from the innermost to the outermost; a size of 0 counts as `empty`."""
    strides = [0] * len(shape)
    step = 1
    for axis in order:
        strides[axis] = step
        step *= max(shape[axis], empty)
    return tuple(strides)


def _order(shape: Sizes, operands: Sequence[Sizes]) -> list[int]:
    """Return the axes from the innermost to the outermost; those that no operand can tell apart stay row-major."""
    order = list(range(len(shape) - 1, -1, -1))
    for place in range(1, len(shape)):
        at = place
        for before in range(place - 1, -1, -1):
            verdict = _compare(shape, operands, order[before], order[at])
            if verdict > 0:
                order[before], order[at] = order[at], order[before]
                at = before
            elif verdict < 0:
                break
    return order


def _compare(shape: Sizes, operands: Sequence[Sizes], inner: int, outer: int) -> int:
    """Return 1 where axis `inner` should lie outside of axis `outer`, -1 where it should not, 0 where no operand can tell."""
    for strides in operands:
        a, b = strides[inner], strides[outer]
        if a == 0 or b == 0:
            continue
        if a != b:
            return -1 if a < b else 1
        if shape[inner] > shape[outer]:
            return 1
    return 0


def axes_by_stride(sizes: Sizes, strides: Sizes) -> tuple[int, ...]:
    """Return the axes of a dense geometry from the outermost to the innermost."""
    return tuple(sorted(range(len(sizes)), key=lambda axis: (-strides[axis] if sizes[axis] != 1 else 1, axis)))
