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


def _pick_vjp(xp: Any, g: Any, _out: Any, x_meta: Any, indices: Any, *, axis: int, keepdims: bool, named: str) -> Any:
    if not keepdims:
        g = xp.expand_dims(g, axis=axis)
    return xp.scatter_add(xp.zeros(x_meta.shape, dtype=g.dtype, device=x_meta.device), indices, g, axis=axis)


def _pick_batch(xp: Any, op: Any, values: Any, batched: Any, _ndims: Any, size: int, params: Any) -> Any:
    ready = [
        value if has_axis else xp.broadcast_to(value, (size, *value.shape))
        for value, has_axis in zip(values, batched, strict=True)
    ]
    return op.call(*ready, **{**params, "axis": params["axis"] + 1})


@primitive(vjp=_pick_vjp, jvp=LINEAR, batch=_pick_batch, torch_name=lambda *_shapes, named, **_params: named)
def pick(xp: Any, x: Any, indices: Any, /, *, axis: int, keepdims: bool, named: str) -> Any:
    """Return the elements at `indices` along an axis: what order statistics chose.

    Parameters
    ----------
    x : array, shape (..., N, ...)
    indices : integer array, shape (..., K, ...), not negative
    axis : int, counted from the front
    keepdims : bool
        False takes the axis, of length K = 1, away.
    named : str
        What chose, for the node's name.
    """
    values = xp.take_along_axis(x, indices, axis=axis)
    return values if keepdims else xp.squeeze(values, axis=axis)


def _chosen(xp: Any, x: Any, indices: Any, axis: int, keepdims: bool, named: str) -> tuple[Any, Any]:
    """Return the elements at `indices`, which keep the axis, and the indices, without the axis unless it is kept."""
    values = pick(x, indices, axis=axis, keepdims=keepdims, named=named)
    return values, indices if keepdims else xp.squeeze(indices, axis=axis)


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
        return xp.positive(x), argsort(x)
    one = normalize_axis(axis, x.ndim)
    if not 0 <= k <= x.shape[one]:
        raise ShapeError(f"selected index k out of range: k is {k} and axis {one} has {x.shape[one]} elements")
    indices = part(argsort(x, axis=one, descending=largest), one, 0, k)
    return pick(x, indices, axis=one, keepdims=True, named="Topk"), indices


@composite
def kthvalue(xp: Any, x: Any, k: int, /, *, axis: int = -1, keepdims: bool = False) -> tuple[Any, Any]:
    """Return the `k`-th smallest element along `axis` (the first is 1), and its position."""
    if x.ndim == 0:
        return xp.positive(x), argsort(x)
    one = normalize_axis(axis, x.ndim)
    if not 1 <= k <= x.shape[one]:
        raise ShapeError(f"kthvalue(): selected number k out of range for dimension {one}")
    return _chosen(xp, x, part(argsort(x, axis=one), one, k - 1, k), one, keepdims, "Kthvalue")


@composite
def max_with_indices(xp: Any, x: Any, /, *, axis: int, keepdims: bool = False) -> tuple[Any, Any]:
    """Return the largest element along `axis` and its first position, where all the cotangent goes (max with dim)."""
    if x.ndim == 0:
        return xp.positive(x), argsort(x)
    one = normalize_axis(axis, x.ndim)
    return _chosen(xp, x, xp.argmax(x, axis=one, keepdims=True), one, keepdims, "Max")


@composite
def min_with_indices(xp: Any, x: Any, /, *, axis: int, keepdims: bool = False) -> tuple[Any, Any]:
    """Return the smallest element along `axis` and its first position; all the cotangent goes there."""
    if x.ndim == 0:
        return xp.positive(x), argsort(x)
    one = normalize_axis(axis, x.ndim)
    return _chosen(xp, x, xp.argmin(x, axis=one, keepdims=True), one, keepdims, "Min")


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
    name = "NanmedianBackward1" if skip_nan else "MedianBackward1"
    if not _is_floating(xp, x):
        return _chosen(xp, x, part(order, one, (length - 1) // 2, (length - 1) // 2 + 1), one, keepdims, name)
    nans = xp.sum(xp.astype(xp.isnan(x), order.dtype), axis=one, keepdims=True)
    # Nan is sorted last: with one at hand the median is a nan, else (or skipping) the middle of the rest.
    if skip_nan:
        place = (xp.maximum(length - nans, xp.ones_like(nans)) - 1) // 2
    else:
        first_nan = length - nans
        place = xp.where(nans > 0, first_nan, xp.full_like(nans, (length - 1) // 2))
    return _chosen(xp, x, xp.take_along_axis(order, place, axis=one), one, keepdims, name)


def _middle_ties(xp: Any, out: Any, x: Any) -> tuple[Any, Any]:
    """Return where x is the median (a nan, where that is one), and how many such there are."""
    mask = (x == out) | (xp.isnan(x) & xp.isnan(out))
    return mask, xp.sum(xp.astype(mask, x.dtype))


def _middle_vjp(xp: Any, g: Any, out: Any, x: Any, *, skip_nan: bool = False) -> Any:
    mask, count = _middle_ties(xp, out, x)
    return xp.where(mask, g / count, xp.zeros_like(x))


def _middle_jvp(xp: Any, t: Any, out: Any, x: Any, *, skip_nan: bool = False) -> Any:
    mask, count = _middle_ties(xp, out, x)
    return xp.sum(xp.where(mask, t, xp.zeros_like(t))) / count


def _middle_batch(xp: Any, op: Any, values: Any, _batched: Any, _ndims: Any, size: int, params: Any) -> Any:
    return xp.stack([op.call(values[0][i], **params) for i in range(size)])


@primitive(
    vjp=_middle_vjp,
    jvp=_middle_jvp,
    batch=_middle_batch,
    torch_name=lambda *_shapes, skip_nan=False: "Nanmedian" if skip_nan else "Median",
)
def median_of_all(xp: Any, x: Any, /, *, skip_nan: bool = False) -> Any:
    """Return the lower of the middle elements of all, nan if there is one, unless skipped; ties share the cotangent evenly."""
    flat = xp.reshape(x, (-1,))
    floating = _is_floating(xp, x)
    if flat.shape[0] == 0:
        if not floating:
            raise IndexOutOfRange(
                "median() of no integers is nothing that an integer dtype has; received an empty tensor"
            )
        return xp.full((), float("nan"), dtype=x.dtype, device=getattr(x, "device", None))
    ordered = xp.sort(flat)
    length = flat.shape[0]
    if not floating:
        return ordered[(length - 1) // 2]
    order = xp.argmax(xp.reshape(x, (-1,))).dtype
    nans = xp.sum(xp.astype(xp.isnan(flat), order))
    if skip_nan:
        place = (xp.maximum(length - nans, xp.ones_like(nans)) - 1) // 2
    else:
        place = xp.where(nans > 0, xp.full_like(nans, length - 1), xp.full_like(nans, (length - 1) // 2))
    return xp.reshape(xp.take(ordered, xp.reshape(place, (1,)), axis=0), ())


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
    return _chosen(xp, x, xp.take_along_axis(order, best, axis=one), one, keepdims, "Mode")


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


@composite
def in_unit_interval(xp: Any, q: Any, /) -> Any:
    """Return whether all of q are in [0, 1]."""
    return xp.all(xp.logical_and(q >= 0, q <= 1))
