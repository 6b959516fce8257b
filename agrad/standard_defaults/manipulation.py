"""Moving and repeating, for namespaces older than the functions."""

from __future__ import annotations

from typing import Any


def broadcast_shapes(xp: Any, *shapes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape that arrays of these shapes broadcast to (2025.12).

    Raises
    ------
    ValueError
        When they do not.
    """
    ndim = max((len(shape) for shape in shapes), default=0)
    sizes = [1] * ndim
    for shape in shapes:
        for axis, length in enumerate(shape, start=ndim - len(shape)):
            if sizes[axis] == 1:
                sizes[axis] = length
            elif length not in (1, sizes[axis]):
                raise ValueError(
                    f"broadcast_shapes needs shapes that broadcast together; received {', '.join(map(str, shapes))}."
                )
    return tuple(sizes)


def moveaxis(xp: Any, x: Any, source: int | tuple[int, ...], destination: int | tuple[int, ...], /) -> Any:
    """Return x with axes moved to other places (2023.12)."""
    sources = [axis % x.ndim for axis in ((source,) if isinstance(source, int) else source)]
    targets = [axis % x.ndim for axis in ((destination,) if isinstance(destination, int) else destination)]
    order = [axis for axis in range(x.ndim) if axis not in sources]
    for target, axis in sorted(zip(targets, sources, strict=True)):
        order.insert(target, axis)
    return xp.permute_dims(x, tuple(order))


def repeat(xp: Any, x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    """Return x with each element repeated along an axis (2023.12)."""
    if axis is None:
        x = xp.reshape(x, (-1,))
        axis = 0
    axis %= x.ndim
    count = x.shape[axis]
    if isinstance(repeats, int):
        positions = xp.arange(count * repeats, device=x.device) // max(repeats, 1)
    else:
        ends = xp.cumulative_sum(xp.broadcast_to(repeats, (count,)))
        total = int(ends[-1]) if count else 0
        positions = xp.searchsorted(ends, xp.arange(total, dtype=ends.dtype, device=x.device), side="right")
    return xp.take(x, positions, axis=axis)


def tile(xp: Any, x: Any, repetitions: tuple[int, ...], /) -> Any:
    """Return x repeated as a whole along each axis (2023.12)."""
    ndim = max(x.ndim, len(repetitions))
    counts = (1,) * (ndim - len(repetitions)) + tuple(repetitions)
    shape = (1,) * (ndim - x.ndim) + tuple(x.shape)
    apart = tuple(length for one in shape for length in (1, one))
    wide = tuple(length for pair in zip(counts, shape, strict=True) for length in pair)
    whole = tuple(count * length for count, length in zip(counts, shape, strict=True))
    return xp.reshape(xp.broadcast_to(xp.reshape(x, apart), wide), whole)


def unstack(xp: Any, x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """Return the parts of x along an axis (2023.12)."""
    axis %= x.ndim
    front = (slice(None),) * axis
    return tuple(x[(*front, index, ...)] for index in range(x.shape[axis]))
