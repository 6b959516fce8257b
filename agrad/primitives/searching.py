"""Where things are, and choosing between arrays.

The confusing case is `where`: its cotangent goes to the chosen branch and zero to the other, but ``0 * inf`` in the
*other branch's own* rule is still nan. Guard what goes into a branch, not what comes out of it.
"""

from typing import Any

from agrad.engine.primitive import composite, primitive
from agrad.errors import IndexOutOfRange
from agrad.primitives._axes import ArgumentError, Axes, check_axes
from agrad.primitives._helpers import normalize_axis


@primitive
def argmax(xp: Any, x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """Return the position of the first largest element along `axis`, or in the flattened array."""
    return _position(xp, xp.argmax, "argmax", x, axis, keepdims)


@primitive
def argmin(xp: Any, x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """Return the position of the first smallest element along `axis`, or in the flattened array."""
    return _position(xp, xp.argmin, "argmin", x, axis, keepdims)


def _position(xp: Any, function: Any, name: str, x: Any, axis: int | None, keepdims: bool) -> Any:
    one = None if axis is None else normalize_axis(axis, x.ndim)
    if 0 in x.shape and (one is None or x.shape[one] == 0):
        raise IndexOutOfRange(
            f"{name}(): Expected reduction dim {'to be specified for input.numel() == 0' if one is None else one}. "
            f"Specify the reduction dim with the 'dim' argument; received an array of shape {tuple(x.shape)}"
        )
    if x.dtype == xp.bool:
        x = xp.astype(x, xp.uint8)
    return function(x, axis=one, keepdims=keepdims)


@primitive
def count_nonzero(xp: Any, x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return how many elements over `axis` are not zero."""
    return xp.count_nonzero(x, axis=check_axes(axis, x.ndim), keepdims=keepdims)


@primitive(nout=None)
def nonzero(xp: Any, x: Any, /) -> tuple[Any, ...]:
    """Return, for each axis, the positions of the elements that are not zero: as many as the values say.

    Raises
    ------
    ValueError
        For an array of no dimensions (PyTorch's face gives it one first).
    """
    if x.ndim == 0:
        raise ArgumentError(
            "nonzero needs at least one dimension; received an array of shape (). Reshape it to (1,) first"
        )
    return tuple(xp.nonzero(x))


@primitive(promote=(0, 1))
def search_in_sorted(xp: Any, x1: Any, x2: Any, /, *, side: str = "left") -> Any:
    """Return where elements of `x2`, of any shape, would be put into the sorted 1-d `x1`."""
    if x1.ndim != 1:
        raise ArgumentError(f"searchsorted needs a 1-d array to search in; received shape {tuple(x1.shape)}")
    if x2.ndim == 1:
        return xp.searchsorted(x1, x2, side=side)
    return xp.reshape(xp.searchsorted(x1, xp.reshape(x2, (-1,)), side=side), tuple(x2.shape))


@composite
def searchsorted(xp: Any, x1: Any, x2: Any, /, *, side: str = "left", sorter: Any = None) -> Any:
    """Return where elements of `x2` would be put into `x1` so that it stays sorted.

    Parameters
    ----------
    x2 : array or number
    side : {"left", "right"}
        Before or after equal elements.
    sorter : integer array, optional
        The positions that sort x1, where it is not sorted itself.
    """
    if side not in ("left", "right"):
        raise ArgumentError(f"side must be 'left' or 'right'; received {side!r}")
    if sorter is not None:
        x1 = xp.take(x1, sorter, axis=0)
    return search_in_sorted(x1, x2, side=side)


def _rows_batch(xp: Any, op: Any, values: Any, batched: Any, _ndims: Any, size: int, params: Any) -> Any:
    """Batch a search in rows: the examples' rows are rows too."""
    ready = [
        value if has_axis else xp.broadcast_to(value, (size, *value.shape))
        for value, has_axis in zip(values, batched, strict=True)
    ]
    return op.call(*ready, **params)


@primitive(promote=(0, 1), batch=_rows_batch)
def search_in_rows(xp: Any, x1: Any, x2: Any, /, *, side: str = "left") -> Any:
    """Return where elements of the rows of `x2` would be put into the sorted rows of `x1`: how many are less (or equal)."""
    rows, wanted = xp.expand_dims(x1, axis=-2), xp.expand_dims(x2, axis=-1)
    before = rows < wanted if side == "left" else rows <= wanted
    if xp.isdtype(x1.dtype, "real floating"):
        before = before | (xp.isnan(wanted) & (xp.logical_not(xp.isnan(rows)) if side == "left" else xp.isnan(wanted)))
    return xp.count_nonzero(before, axis=-1)


@composite
def search_rows(xp: Any, x1: Any, x2: Any, /, *, side: str = "left", sorter: Any = None) -> Any:
    """Return where elements of the rows of `x2` would be put into the rows of `x1` so that these stay sorted.

    Parameters
    ----------
    x1 : array, shape (..., N)
    x2 : array, shape (..., M)
    sorter : integer array, shape (..., N), optional
        The positions that sort x1's rows.
    """
    if sorter is not None:
        x1 = xp.take_along_axis(x1, sorter, axis=-1)
    return search_in_rows(x1, x2, side=side)


@primitive(
    vjp=(
        None,
        lambda xp, g, _out, condition, _x, _y: xp.where(condition, g, 0),
        lambda xp, g, _out, condition, _x, _y: xp.where(condition, 0, g),
    ),
    jvp=(
        None,
        lambda xp, t, _out, condition, _x, _y: xp.where(condition, t, 0),
        lambda xp, t, _out, condition, _x, _y: xp.where(condition, 0, t),
    ),
    promote=(1, 2),
    elementwise=True,
    torch_name="Where",
    half="exact",
)
def where(xp: Any, condition: Any, x: Any, y: Any, /) -> Any:
    """Return x where the condition is true and y elsewhere, in their common dtype."""
    if condition.dtype != xp.bool:
        condition = xp.astype(condition, xp.bool)
    return xp.where(condition, x, y)
