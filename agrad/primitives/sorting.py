"""Order, and what is read off ordered elements.

One argsort is made; values are gathered by it. Being a permutation it has an inverse, so the way back is a gather too
and nothing is added up. What picks out order statistics (median, quantile, mode ...) is composed of sort and gather.
"""

from typing import Any

from agrad.engine.primitive import LINEAR, composite, primitive
from agrad.errors import IndexOutOfRange, ShapeError
from agrad.primitives._axes import along, part, positions
from agrad.primitives._helpers import normalize_axis


@primitive
def argsort(xp: Any, x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """Return the positions along `axis` in the order of their elements; nan counts as largest."""
    if x.ndim == 0:
        return xp.astype(xp.zeros_like(x), xp.argmax(xp.reshape(x, (1,))).dtype)
    if x.dtype == xp.bool:
        x = xp.astype(x, xp.uint8)
    return xp.argsort(x, axis=normalize_axis(axis, x.ndim), descending=descending, stable=stable)


@primitive(
    vjp=lambda xp, g, _out, _x, order, *, axis: permute_along(xp, g, xp.argsort(order, axis=axis), axis),
    jvp=LINEAR,
    torch_name="Sort",
)
def reorder(xp: Any, x: Any, order: Any, /, *, axis: int) -> Any:
    """Return x's elements along `axis` in an order that names each position once."""
    return permute_along(xp, x, order, axis)


def permute_along(xp: Any, x: Any, order: Any, axis: int) -> Any:
    """Gather by a permutation, on raw arrays or on Tensors."""
    return xp.take_along_axis(x, order, axis=axis)


@composite
def sort_with_indices(
    xp: Any, x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True
) -> tuple[Any, Any]:
    """Return x in order along `axis`, and the positions that its elements had (PyTorch's sort)."""
    order = argsort(x, axis=axis, descending=descending, stable=stable)
    if x.ndim == 0:
        return xp.positive(x), order
    return reorder(x, order, axis=normalize_axis(axis, x.ndim)), order


@composite
def sort(_xp: Any, x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """Return x in order along `axis` (the standard's sort)."""
    values, _ = sort_with_indices(x, axis=axis, descending=descending, stable=stable)
    return values


@composite
def topk(xp: Any, x: Any, k: int, /, *, axis: int = -1, largest: bool = True) -> tuple[Any, Any]:
    """Return the `k` largest (or smallest) elements along `axis`, in order, and their positions."""
    if x.ndim == 0:
        if k not in (0, 1):
            raise ShapeError("selected index k out of range")
        return x, argsort(x)
    one = normalize_axis(axis, x.ndim)
    if not 0 <= k <= x.shape[one]:
        raise ShapeError(f"selected index k out of range: k is {k} and axis {one} has {x.shape[one]} elements")
    indices = part(argsort(x, axis=one, descending=largest), one, 0, k)
    return xp.take_along_axis(x, indices, axis=one), indices


def _at(xp: Any, x: Any, indices: Any, axis: int, keepdims: bool) -> tuple[Any, Any]:
    """Return the elements at `indices`, which keep the axis, and the indices, without the axis unless it is kept."""
    values = xp.take_along_axis(x, indices, axis=axis)
    if keepdims:
        return values, indices
    return xp.squeeze(values, axis=axis), xp.squeeze(indices, axis=axis)


@composite
def kthvalue(xp: Any, x: Any, k: int, /, *, axis: int = -1, keepdims: bool = False) -> tuple[Any, Any]:
    """Return the `k`-th smallest element along `axis` (the first is 1), and its position."""
    if x.ndim == 0:
        return xp.positive(x), argsort(x)
    one = normalize_axis(axis, x.ndim)
    if not 1 <= k <= x.shape[one]:
        raise ShapeError(f"kthvalue(): selected number k out of range for dimension {one}")
    return _at(xp, x, part(argsort(x, axis=one), one, k - 1, k), one, keepdims)


@composite
def max_with_indices(xp: Any, x: Any, /, *, axis: int, keepdims: bool = False) -> tuple[Any, Any]:
    """Return the largest element along `axis` and its first position, where all the cotangent goes (max with dim)."""
    if x.ndim == 0:
        return xp.positive(x), argsort(x)
    one = normalize_axis(axis, x.ndim)
    return _at(xp, x, xp.argmax(x, axis=one, keepdims=True), one, keepdims)


@composite
def min_with_indices(xp: Any, x: Any, /, *, axis: int, keepdims: bool = False) -> tuple[Any, Any]:
    """Return the smallest element along `axis` and its first position; all the cotangent goes there."""
    if x.ndim == 0:
        return xp.positive(x), argsort(x)
    one = normalize_axis(axis, x.ndim)
    return _at(xp, x, xp.argmin(x, axis=one, keepdims=True), one, keepdims)


def _is_floating(xp: Any, x: Any) -> bool:
    return bool(xp.isdtype(x.dtype, "real floating"))


@composite
def median(xp: Any, x: Any, /, *, axis: int = -1, keepdims: bool = False, skip_nan: bool = False) -> tuple[Any, Any]:
    """Return the lower of the middle elements along `axis`, and its position; nan if there is one, unless skipped."""
    if x.ndim == 0:
        return xp.positive(x), argsort(x)
    one = normalize_axis(axis, x.ndim)
    length = x.shape[one]
    if length == 0:
        raise IndexOutOfRange(f"median(): Expected reduction dim {one} to have non-zero size.")
    order = argsort(x, axis=one)
    if not _is_floating(xp, x):
        return _at(xp, x, part(order, one, (length - 1) // 2, (length - 1) // 2 + 1), one, keepdims)
    nans = xp.sum(xp.astype(xp.isnan(x), order.dtype), axis=one, keepdims=True)
    # Nan is sorted last: with one at hand the median is a nan, else (or skipping) the middle of the rest.
    if skip_nan:
        place = (xp.maximum(length - nans, xp.ones_like(nans)) - 1) // 2
    else:
        first_nan = length - nans
        place = xp.where(nans > 0, first_nan, xp.full_like(nans, (length - 1) // 2))
    return _at(xp, x, xp.take_along_axis(order, place, axis=one), one, keepdims)


@composite
def mode(xp: Any, x: Any, /, *, axis: int = -1, keepdims: bool = False) -> tuple[Any, Any]:
    """Return the most frequent element along `axis` (the smallest of equally frequent ones), and its last position."""
    if x.ndim == 0:
        return xp.positive(x), argsort(x)
    one = normalize_axis(axis, x.ndim)
    length = x.shape[one]
    order = argsort(x, axis=one)
    ordered = xp.take_along_axis(x, order, axis=one)
    shape = tuple(length if other == one else 1 for other in range(x.ndim))
    place = xp.broadcast_to(xp.reshape(positions(xp, x, length), shape), tuple(x.shape))
    # A run of equal elements starts where the element before differs; its length so far is place - start + 1.
    starts = xp.concat(
        [
            xp.full_like(part(place, one, 0, 1), True, dtype=xp.bool),
            part(ordered, one, 1, None) != part(ordered, one, 0, -1),
        ],
        axis=one,
    )
    start_places = xp.where(starts, place, xp.zeros_like(place))
    run = place - _running_max(xp, start_places, one)
    best = xp.argmax(run, axis=one, keepdims=True)
    return _at(xp, x, xp.take_along_axis(order, best, axis=one), one, keepdims)


def _running_max(xp: Any, x: Any, axis: int) -> Any:
    distance = 1
    while distance < x.shape[axis]:
        late = xp.maximum(part(x, axis, distance, None), part(x, axis, 0, -distance))
        x = xp.concat([part(x, axis, 0, distance), late], axis=axis)
        distance *= 2
    return x


@composite
def quantile(
    xp: Any,
    x: Any,
    q: Any,
    /,
    *,
    axis: int | None = None,
    keepdims: bool = False,
    interpolation: str = "linear",
    skip_nan: bool = False,
) -> Any:
    """Return the quantiles `q` of x along `axis` (of all elements if None), between neighbours by `interpolation`.

    Parameters
    ----------
    q : array of x's dtype, shape () or (Q,)
        Between 0 and 1; with a shape (Q,) the result begins with an axis of length Q.
    interpolation : {"linear", "lower", "higher", "midpoint", "nearest"}
    """
    if interpolation not in ("linear", "lower", "higher", "midpoint", "nearest"):
        raise ShapeError(
            "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got "
            f"{interpolation}"
        )
    full_shape = tuple(x.shape)
    if axis is None:
        x, one = xp.reshape(x, (-1,)), 0
        kept = (1,) * len(full_shape)
    else:
        one = normalize_axis(axis, x.ndim)
        kept = (*full_shape[:one], 1, *full_shape[one + 1 :])
    if 0 in x.shape:
        raise ShapeError("quantile() input tensor must be non-empty")
    ordered = sort(xp.moveaxis(x, one, -1), axis=-1)
    length = ordered.shape[-1]
    nans = xp.sum(xp.astype(xp.isnan(ordered), x.dtype), axis=-1, keepdims=True)
    counts = xp.maximum(length - nans, xp.ones_like(nans)) if skip_nan else xp.full_like(nans, length)
    ranks = xp.reshape(q, (-1,)) * (counts - 1)  # (..., Q)
    if not skip_nan:  # a nan anywhere: point at the last element, which is one
        ranks = xp.where(nans > 0, xp.full_like(ranks, length - 1), ranks)
    if interpolation == "lower":
        ranks = xp.floor(ranks)
    elif interpolation == "higher":
        ranks = xp.ceil(ranks)
    elif interpolation == "nearest":
        ranks = xp.round(ranks)
    below = xp.floor(ranks)
    index_dtype = xp.argmax(ordered, axis=-1).dtype
    low = xp.take_along_axis(ordered, xp.astype(below, index_dtype), axis=-1)
    if interpolation in ("linear", "midpoint"):
        high = xp.take_along_axis(ordered, xp.astype(xp.ceil(ranks), index_dtype), axis=-1)
        weight = xp.full_like(ranks, 0.5) if interpolation == "midpoint" else ranks - below
        low = low + weight * (high - low)
    result = xp.moveaxis(low, -1, 0)
    if keepdims:
        result = xp.reshape(result, (result.shape[0], *kept))
    return result if q.ndim else result[along(0, 0)]
