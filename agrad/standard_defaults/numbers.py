"""Elementwise, cumulative and set functions, for namespaces older than the functions."""

from __future__ import annotations

from typing import Any


def clip(xp: Any, x: Any, /, min: Any = None, max: Any = None) -> Any:
    """Return x kept between bounds, of which either may be None (2023.12); nan stays nan."""
    if min is not None:
        x = xp.where(x < min, min, x)
    if max is not None:
        x = xp.where(x > max, max, x)
    return x


def signbit(xp: Any, x: Any, /) -> Any:
    """Return whether the sign bit is set, also of -0.0 (2023.12); by the direction of atan2, which sees it."""
    return xp.atan2(x, -xp.ones_like(x)) < 0


def copysign(xp: Any, x1: Any, x2: Any, /) -> Any:
    """Return the magnitude of x1 with the sign of x2 (2023.12)."""
    size = xp.abs(x1)
    return xp.where(xp.signbit(x2), -size, size)


def hypot(xp: Any, x1: Any, x2: Any, /) -> Any:
    """Return the hypotenuse (2023.12), scaled so that squares do not overflow."""
    x1, x2 = xp.abs(x1), xp.abs(x2)
    large = xp.where(x1 > x2, x1, x2)
    small = xp.where(x1 > x2, x2, x1)
    plain = (large == 0) | xp.isinf(large)
    ratio = small / xp.where(plain, xp.ones_like(large), large)
    return xp.where(
        plain, large + xp.where(xp.isinf(large), xp.zeros_like(small), small), large * xp.sqrt(1 + ratio * ratio)
    )


def maximum(xp: Any, x1: Any, x2: Any, /) -> Any:
    """Return the larger of two (2023.12); nan where either is."""
    return xp.where((x1 > x2) | (x1 != x1), x1, x2)


def minimum(xp: Any, x1: Any, x2: Any, /) -> Any:
    """Return the smaller of two (2023.12); nan where either is."""
    return xp.where((x1 < x2) | (x1 != x1), x1, x2)


def reciprocal(xp: Any, x: Any, /) -> Any:
    """Return 1 / x (2024.12)."""
    return 1 / x


def one_minus_square(xp: Any, x: Any, /) -> Any:
    """Return ``1 - x * x``: half of what the derivatives of tanh, asin and their kin are made of."""
    return 1 - x * x


def complement_of_square(xp: Any, x: Any, /) -> Any:
    """Return ``1 - x * x`` with all its digits near 1, which the rounding of x * x would take."""
    return (1 - x) * (1 + x)


def count_nonzero(xp: Any, x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Return how many elements are not zero (2024.12)."""
    dtype = xp.arange(0, device=x.device).dtype
    return xp.sum(xp.astype(xp.astype(x, xp.bool), dtype), axis=axis, keepdims=keepdims)


def diff(xp: Any, x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Any:
    """Return n-th differences along an axis (2024.12)."""
    parts = [part for part in (prepend, x, append) if part is not None]
    if len(parts) > 1:
        x = xp.concat(parts, axis=axis)
    front = (slice(None),) * (axis % x.ndim)
    for _ in range(n):
        after, before = x[(*front, slice(1, None), ...)], x[(*front, slice(None, -1), ...)]
        x = after ^ before if x.dtype == xp.bool else after - before
    return x


def _initial(xp: Any, out: Any, axis: int, value: int) -> Any:
    shape = tuple(1 if one == axis else length for one, length in enumerate(out.shape))
    return xp.concat([xp.full(shape, value, dtype=out.dtype, device=out.device), out], axis=axis)


def _scan(xp: Any, x: Any, axis: int, combine: Any) -> Any:
    """Combine along an axis by doubling steps: log2(n) rounds, as precise as a pairwise sum."""
    step = 1
    count = x.shape[axis]
    front = (slice(None),) * axis
    while step < count:
        head = x[(*front, slice(None, step), ...)]
        tail = combine(x[(*front, slice(step, None), ...)], x[(*front, slice(None, -step), ...)])
        x = xp.concat([head, tail], axis=axis)
        step *= 2
    return x


def _cumulative(
    xp: Any, x: Any, axis: int | None, dtype: Any, include_initial: bool, reduce: Any, combine: Any, unit: int
) -> Any:
    axis = 0 if axis is None else axis % x.ndim
    wide = reduce(x[(*(slice(None),) * axis, slice(0, 0), ...)], axis=axis).dtype if dtype is None else dtype
    if x.dtype != wide:
        x = xp.astype(x, wide)
    out = _scan(xp, x, axis, combine)
    return _initial(xp, out, axis, unit) if include_initial else out


def cumulative_sum(
    xp: Any, x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    """Return running sums along an axis (2023.12)."""
    return _cumulative(xp, x, axis, dtype, include_initial, xp.sum, lambda a, b: a + b, 0)


def cumulative_prod(
    xp: Any, x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    """Return running products along an axis (2024.12)."""
    return _cumulative(xp, x, axis, dtype, include_initial, xp.prod, lambda a, b: a * b, 1)


def isin(xp: Any, x1: Any, x2: Any, /, *, invert: bool = False) -> Any:
    """Return, for each element of x1, whether it is in x2 (2025.12)."""
    like = x1 if hasattr(x1, "dtype") else x2
    x1, x2 = (x if hasattr(x, "dtype") else xp.asarray(x, dtype=like.dtype, device=like.device) for x in (x1, x2))
    x2 = xp.reshape(x2, (-1,))
    if x2.shape[0] == 0:
        found = xp.zeros(x1.shape, dtype=xp.bool, device=x1.device)
    else:
        found = xp.any(xp.expand_dims(x1, axis=-1) == x2, axis=-1)
    return xp.logical_not(found) if invert else found
