"""Axes and running products: what the rules of reductions and of moving elements share.

The confusing case is `linear_recurrence`. The derivative of a cumulative product is itself a recurrence, and the short
formula, ``g * out / x``, is nan at a zero. Doubling solves the recurrence in log2(n) whole-array steps without a
division, so it is exact at zeros, and being plain Array API code it can be differentiated again.
"""

from typing import Any

from agrad.errors import AgradError, ShapeError
from agrad.primitives._helpers import count_reduced, device, normalize_axis


class ArgumentError(AgradError, ValueError):
    """An argument with a value that means nothing here."""


Axes = int | tuple[int, ...] | None


def normalize_axes(axis: Axes, ndim: int) -> tuple[int, ...]:
    """Return distinct axes, counted from the front: all of them for None.

    Raises
    ------
    IndexError
        For an axis that is not there.
    RuntimeError
        "dim 1 appears multiple times in the list of dims", as PyTorch.
    """
    if axis is None:
        return tuple(range(ndim))
    if isinstance(axis, int):
        return (normalize_axis(axis, ndim),)
    axes = tuple(normalize_axis(one, ndim) for one in axis)
    if len(set(axes)) != len(axes):
        repeated = next(one for one in axes if axes.count(one) > 1)
        raise ShapeError(f"dim {repeated} appears multiple times in the list of dims")
    return axes


def check_axes(axis: Axes, ndim: int) -> tuple[int, ...] | None:
    """Return `axis` for the namespace's reduction (None or a tuple), checked once for all backends."""
    if axis is None:
        return None
    if type(axis) is int and 0 <= axis < ndim:
        return (axis,)
    axes = normalize_axes(axis, ndim)
    return axes if ndim else None  # PyTorch lets a 0-d tensor be reduced along axis 0 or -1


def axis_of_one(axis: int | None, ndim: int) -> int:
    """Return the axis of a cumulative operation; None is allowed for one dimension only.

    Raises
    ------
    ValueError
        For None and any other number of dimensions.
    """
    if axis is None:
        if ndim != 1:
            raise ArgumentError(
                f"axis must be given for an array of {ndim} dimensions; only 1-d arrays may leave it out"
            )
        return 0
    return normalize_axis(axis, ndim)


def along(axis: int, item: Any) -> tuple[Any, ...]:
    """Return the key that applies `item` to one axis (counted from the front) and leaves the others whole."""
    return (*(slice(None),) * axis, item, ...)


def part(x: Any, axis: int, start: int | None, stop: int | None) -> Any:
    """Return ``x[start:stop]`` along `axis`."""
    return x[along(axis, slice(start, stop))]


def fill_like(xp: Any, x: Any, axis: int, length: int, value: float) -> Any:
    """Return an array like `x` but of `length` along `axis`, filled with `value`.

    The dtype and device are x's, by `full_like` of a slice where there is one: a traced array knows no device.
    """
    if x.shape[axis] >= length:
        return xp.full_like(part(x, axis, 0, length), value)
    shape = (*x.shape[:axis], length, *x.shape[axis + 1 :])
    return xp.broadcast_to(xp.full_like(xp.sum(x, axis=axis, keepdims=True), value), shape)


def linear_recurrence(xp: Any, a: Any, b: Any, axis: int) -> Any:
    """Solve s[i] = b[i] + a[i] * s[i - 1] along `axis`, with s[-1] = 0, by doubling.

    Parameters
    ----------
    a, b : array, of one shape
    axis : int
        Counted from the front.

    Returns
    -------
    array, shaped like `b`

    Notes
    -----
    After the step of distance d, b[i] holds the sum's last 2 d terms and a[i] the product of the last 2 d factors.
    """
    distance = 1
    length = b.shape[axis]
    while distance < length:
        late = part(a, axis, distance, None)
        b = xp.concat(
            [part(b, axis, 0, distance), part(b, axis, distance, None) + late * part(b, axis, 0, -distance)], axis=axis
        )
        if 2 * distance < length:
            a = xp.concat([part(a, axis, 0, distance), late * part(a, axis, 0, -distance)], axis=axis)
        distance *= 2
    return b


def reverse_linear_recurrence(xp: Any, a: Any, b: Any, axis: int) -> Any:
    """Solve s[i] = b[i] + a[i] * s[i + 1] along `axis`, with s[n] = 0."""
    return xp.flip(linear_recurrence(xp, xp.flip(a, axis=axis), xp.flip(b, axis=axis), axis), axis=axis)


def shift(xp: Any, x: Any, axis: int, value: float) -> Any:
    """Move `x` on by one along `axis`: the last slice goes, `value` comes in at the front."""
    if x.shape[axis] == 0:
        return x
    return xp.concat([fill_like(xp, x, axis, 1, value), part(x, axis, 0, -1)], axis=axis)


def shift_back(xp: Any, x: Any, axis: int, value: float) -> Any:
    """Move `x` back by one along `axis`: the first slice goes, `value` comes in at the end."""
    if x.shape[axis] == 0:
        return x
    return xp.concat([part(x, axis, 1, None), fill_like(xp, x, axis, 1, value)], axis=axis)


def product_of_others(xp: Any, x: Any, axis: Axes) -> Any:
    """Return, for each element, the product of all the others that `prod` over `axis` multiplies with it.

    Two running products that leave the element out, one from each side: exact where elements are zero.
    """
    ndim = x.ndim
    axes = normalize_axes(axis, ndim)
    if len(axes) != 1:
        others = tuple(one for one in range(ndim) if one not in axes)
        order = (*others, *axes)
        moved = xp.permute_dims(x, order)
        lengths = tuple(x.shape[one] for one in others)
        size = count_reduced(x.shape, axis)
        flat = product_of_others(xp, xp.reshape(moved, (*lengths, size)), len(others))
        inverse = tuple(sorted(range(ndim), key=order.__getitem__))
        return xp.permute_dims(xp.reshape(flat, tuple(moved.shape)), inverse)
    one = axes[0]
    before = xp.cumulative_prod(shift(xp, x, one, 1.0), axis=one)
    after = xp.flip(xp.cumulative_prod(shift(xp, xp.flip(x, axis=one), one, 1.0), axis=one), axis=one)
    return before * after


def zeros_of(xp: Any, g: Any, meta: Any) -> Any:
    """Zeros of the shape and device of an input, with the cotangent's dtype."""
    return xp.zeros(meta.shape, dtype=g.dtype, device=meta.device)


def positions(xp: Any, x: Any, length: int) -> Any:
    """Return 0 .. length - 1 on x's device, in the namespace's own integer dtype (JAX may not have int64)."""
    return xp.arange(length, device=device(x))
