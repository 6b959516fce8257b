"""Writing where index arrays and masks say, beyond the standard: for PyTorch's scatter family.

The confusing case is a reduction whose result several sources claim. The cotangent of a maximum is shared equally by all
that equal it, the array's own element among them if it takes part; that of a product goes to each factor times the
product of the others, which is found without a division, so that derivatives of every order are right at zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agrad.engine.primitive import primitive
from agrad.engine.vmap_level import whole
from agrad.errors import ShapeError
from agrad.primitives import _geometry
from agrad.primitives._axes import ArgumentError, positions
from agrad.primitives._helpers import device, is_inexact, normalize_axis
from agrad.primitives._matrices import call
from agrad.primitives.indexing import check_indices, read_last

Params = dict[str, Any]


# ---------------------------------------------------------------- masks


@primitive(
    vjp=(
        lambda xp, g, _out, _x, mask, _v: xp.where(mask, xp.zeros_like(g), g),
        None,
        lambda xp, g, _out, _x, mask, _v: xp.where(mask, g, xp.zeros_like(g)),
    ),
    jvp=(
        lambda xp, t, _out, _x, mask, _v: xp.where(mask, xp.zeros_like(t), t),
        None,
        lambda xp, t, _out, x, mask, _v: xp.where(mask, t, xp.zeros_like(x)),
    ),
    elementwise=True,
    torch_name="MaskedFill",
)
def masked_fill(xp: Any, x: Any, mask: Any, value: Any, /) -> Any:
    """Return x with `value`, of its dtype and no dimensions, where the mask is true; x and the mask broadcast."""
    return xp.where(mask, value, x)


def _order_of_true(xp: Any, mask: Any) -> Any:
    """Return, flat, how many true elements come before each one (0 where that counts nothing)."""
    flat = xp.reshape(mask, (_geometry.size_of(mask.shape),))
    before = xp.cumulative_sum(xp.astype(flat, positions(xp, mask, 0).dtype), axis=0) - 1
    return xp.where(flat, before, xp.zeros_like(before))


def _masked_scatter_source_vjp(xp: Any, g: Any, _out: Any, _x: Any, mask: Any, source_meta: Any) -> Any:
    size = source_meta.size
    zeros = xp.zeros((size,), dtype=g.dtype, device=source_meta.device)
    if not size or 0 in g.shape:
        return xp.reshape(zeros, source_meta.shape)
    sent = xp.reshape(xp.where(mask, g, xp.zeros_like(g)), (_geometry.size_of(g.shape),))
    return xp.reshape(xp.index_add(zeros, (_order_of_true(xp, mask),), sent), source_meta.shape)


def _masked_scatter_batch(
    xp: Any, op: Any, values: list[Any], batched: list[bool], _ndims: list[int], size: int, _params: Params
) -> Any:
    """Each example's source has its own beginning: the elements of x are taken out of their example's row."""
    x, mask, source = (whole(xp, one, has, size) for one, has in zip(values, batched, strict=True))
    count = _geometry.size_of(x.shape[1:])
    length = _geometry.size_of(source.shape[1:])
    if not count or not length:
        return x
    flat = xp.astype(xp.reshape(mask, (size, count)), positions(xp, mask, 0).dtype)
    before = xp.cumulative_sum(flat, axis=1) - 1
    before = xp.where(xp.reshape(mask, (size, count)), before, xp.zeros_like(before))
    taken = xp.take_along_axis(xp.reshape(source, (size, length)), before, axis=1)
    return xp.where(mask, xp.reshape(taken, x.shape), x)


@primitive(
    vjp=(
        lambda xp, g, _out, _x, mask, _source: xp.where(mask, xp.zeros_like(g), g),
        None,
        _masked_scatter_source_vjp,
    ),
    batch=_masked_scatter_batch,
    torch_name="MaskedScatter",
)
def masked_scatter(xp: Any, x: Any, mask: Any, source: Any, /) -> Any:
    """Return x with the elements of `source`, in order, where the mask, of x's shape, is true.

    Parameters
    ----------
    source : array of x's dtype, with at least as many elements as the mask has true ones
    """
    if not _geometry.size_of(source.shape) or 0 in x.shape:
        return xp.asarray(x, copy=True)
    flat = xp.reshape(source, (_geometry.size_of(source.shape),))
    taken = xp.take(flat, _order_of_true(xp, mask), axis=0)
    return xp.where(mask, xp.reshape(taken, tuple(x.shape)), x)


# ---------------------------------------------------------------- the elements as one row


def _flat(xp: Any, x: Any) -> Any:
    return xp.reshape(x, (_geometry.size_of(x.shape),))


def _take_flat_batch(
    xp: Any, op: Any, values: list[Any], batched: list[bool], ndims: list[int], size: int, _params: Params
) -> Any:
    x, indices = (whole(xp, one, has, size) for one, has in zip(values, batched, strict=True))
    rows = xp.reshape(x, (size, _geometry.size_of(x.shape[1:])))
    taken = xp.take_along_axis(rows, xp.reshape(indices, (size, _geometry.size_of(indices.shape[1:]))), axis=1)
    return xp.reshape(taken, tuple(indices.shape))


@primitive(
    vjp=lambda xp, g, _out, x_meta, indices: xp.reshape(
        xp.index_add(xp.zeros((x_meta.size,), dtype=g.dtype, device=x_meta.device), (indices,), g), x_meta.shape
    ),
    batch=_take_flat_batch,
    torch_name="Take",
)
def take_flat(xp: Any, x: Any, indices: Any, /) -> Any:
    """Return the elements at `indices` of x taken as one row, in the shape of `indices`."""
    return xp.index_get(_flat(xp, x), (indices,))


def _put_flat_x_vjp(xp: Any, g: Any, _out: Any, _x: Any, indices: Any, value_meta: Any, *, accumulate: bool) -> Any:
    if accumulate:
        return g
    zero = xp.zeros((), dtype=g.dtype, device=value_meta.device)
    return xp.reshape(xp.index_set(_flat(xp, g), (indices,), zero), tuple(g.shape))


def _put_flat_batch(
    xp: Any, op: Any, values: list[Any], batched: list[bool], _ndims: list[int], size: int, params: Params
) -> Any:
    """Positions in a later example's row are moved on by the rows before it."""
    x, indices, value = (whole(xp, one, has, size) for one, has in zip(values, batched, strict=True))
    count = _geometry.size_of(x.shape[1:])
    indices = xp.where(indices < 0, indices + count, indices)
    starts = xp.reshape(positions(xp, x, size) * count, (size, *(1,) * (indices.ndim - 1)))
    return op.call(x, indices + xp.astype(starts, indices.dtype), value, **params)


def _put_flat_value_vjp(xp: Any, g: Any, _out: Any, _x: Any, indices: Any, _v: Any, *, accumulate: bool) -> Any:
    flat = _flat(xp, g)
    return xp.index_get(flat, (indices,)) if accumulate else read_last(xp, flat, (indices,), (0,))


@primitive(vjp=(_put_flat_x_vjp, None, _put_flat_value_vjp), batch=_put_flat_batch, torch_name="Put")
def put_flat(xp: Any, x: Any, indices: Any, value: Any, /, *, accumulate: bool) -> Any:
    """Return x with `value`, of the shape of `indices`, written (or added) at `indices` of x taken as one row.

    Where indices repeat the last value written stays.
    """
    write = xp.index_add if accumulate else xp.index_set
    return xp.reshape(write(_flat(xp, x), (indices,), value), tuple(x.shape))


# ---------------------------------------------------------------- reductions into index positions


def grid_key(xp: Any, x: Any, indices: Any, axis: int) -> tuple[Any, ...]:
    """Return the key that names, for each element of `indices`, the element of x there along `axis`."""
    key = []
    ndim = len(indices.shape)
    for other in range(ndim):
        if other == axis:
            key.append(indices)
        else:
            shape = tuple(indices.shape[other] if one == other else 1 for one in range(ndim))
            key.append(xp.reshape(positions(xp, x, indices.shape[other]), shape))
    return tuple(key)


def _at(xp: Any, g: Any, indices: Any, axis: int) -> Any:
    """Return the elements of g that `indices` name along an axis; on other axes `indices` may be shorter."""
    shape = tuple(indices.shape)
    if not shape:
        return g
    key = tuple(slice(None) if one == axis else slice(0, length) for one, length in enumerate(shape))
    whole_axes = all(one == axis or length == g.shape[one] for one, length in enumerate(shape))
    return xp.take_along_axis(g if whole_axes else g[key], indices, axis=axis)


def _added(xp: Any, x: Any, indices: Any, value: Any, axis: int) -> Any:
    """Return x with `value` added at `indices` along an axis; on other axes `indices` may be shorter."""
    if not indices.shape:
        return x + value
    return xp.index_add(x, grid_key(xp, x, indices, axis), value)


def _counted(xp: Any, like: Any, indices: Any, axis: int, include_self: bool) -> Any:
    """Return how many elements each place takes in, at least 1, in the dtype of `like`."""
    counts = xp.ones_like(like) if include_self else xp.zeros_like(like)
    counts = _added(xp, counts, indices, xp.ones((), dtype=like.dtype, device=device(like)), axis)
    return counts if include_self else xp.where(counts == 0, xp.ones_like(counts), counts)


def _cleared(xp: Any, x: Any, indices: Any, axis: int, value: Any) -> Any:
    """Return x with `value` at all places that `indices` name."""
    fill = xp.full((), value, dtype=x.dtype, device=device(x))
    if not indices.shape:
        return xp.broadcast_to(fill, tuple(x.shape))
    return xp.index_set(x, grid_key(xp, x, indices, axis), fill)


def _neutral(xp: Any, x: Any, reduce: str) -> Any:
    """Return what a reduction starts from where the array's own element takes no part."""
    if reduce in ("sum", "mean"):
        return 0
    if reduce == "prod":
        return 1
    if x.dtype == xp.bool:
        return reduce == "amin"
    if is_inexact(xp, x):
        return float("-inf") if reduce == "amax" else float("inf")
    limits = xp.iinfo(x.dtype)
    return int(limits.min if reduce == "amax" else limits.max)


def _rescaled(xp: Any, total: Any, counts: Any) -> Any:
    return total / counts if is_inexact(xp, total) else xp.floor_divide(total, counts)


_MODES = {"prod": "multiply", "amax": "max", "amin": "min"}


def _shared(xp: Any, g: Any, out: Any, x: Any, indices: Any, value: Any, axis: int, include_self: bool) -> Any:
    """Return g divided by how many sources equal the result, and which of x and of `value` do."""
    chosen = xp.astype(_at(xp, out, indices, axis) == value, g.dtype)
    own = xp.astype(x == out, g.dtype)
    if not include_self:
        own = _cleared(xp, own, indices, axis, 0)
    count = _added(xp, own, indices, chosen, axis)
    return g / xp.where(count == 0, xp.ones_like(count), count), own, chosen


def _scatter_reduce_vjp(
    xp: Any, g: Any, out: Any, x: Any, indices: Any, value: Any, *, axis: int, reduce: str, include_self: bool = True
) -> tuple[Any, ...]:
    one = normalize_axis(axis, len(x.shape))
    if reduce in ("amax", "amin"):
        shared, own, chosen = _shared(xp, g, out, x, indices, value, one, include_self)
        return shared * own, None, _at(xp, shared, indices, one) * chosen
    for_x, for_value = g, g
    if reduce == "mean":
        for_x = for_value = g / _counted(xp, g, indices, one, include_self)
    elif reduce == "prod":
        others = call(xp, scatter_reduce, xp.ones_like(x), indices, value, axis=axis, reduce="prod", include_self=True)
        for_x = g * others
        return (
            for_x if include_self else _cleared(xp, for_x, indices, one, 0),
            None,
            _at(xp, g, indices, one) * _product_of_others(xp, x, indices, value, one, include_self),
        )
    return (
        for_x if include_self else _cleared(xp, for_x, indices, one, 0),
        None,
        _at(xp, for_value, indices, one),
    )


def _product_of_others(xp: Any, x: Any, indices: Any, value: Any, one: int, include_self: bool) -> Any:
    """Return, for each source, the product of all else that it is multiplied with.

    The sources are brought into the order of the places that they go to. There each one's product is that of the earlier
    sources of its place times that of the later ones: two running products that begin anew with each place.
    """
    start = x if include_self else _cleared(xp, x, indices, one, 1)
    count = _geometry.size_of(value.shape)
    if count < 2:
        return _at(xp, start, indices, one)
    places = positions(xp, x, _geometry.size_of(x.shape))
    places = _flat(xp, _at(xp, xp.reshape(places, tuple(x.shape)), indices, one))
    order = xp.argsort(places, stable=True)
    places = xp.take(places, order, axis=0)
    factors = xp.take(_flat(xp, value), order, axis=0)
    before = _running_products(xp, factors, places)
    after = xp.flip(_running_products(xp, xp.flip(factors, axis=0), xp.flip(places, axis=0)), axis=0)
    others = xp.take(before * after, xp.argsort(order, stable=True), axis=0)
    return _at(xp, start, indices, one) * xp.reshape(others, tuple(value.shape))


def _running_products(xp: Any, factors: Any, places: Any) -> Any:
    """Return the product of the elements before each one that have its place, in a row sorted by place; by doubling."""
    product = xp.concat([xp.ones_like(factors[:1]), factors[:-1]], axis=0)
    follows = xp.concat([places[:1] != places[:1], places[1:] == places[:-1]], axis=0)
    product = xp.where(follows, product, xp.ones_like(product))
    step = 1
    while step < factors.shape[0]:
        met = places[step:] == places[:-step]
        earlier = xp.where(met, product[:-step], xp.ones_like(product[:-step]))
        product = xp.concat([product[:step], product[step:] * earlier], axis=0)
        step *= 2
    return product


def _scatter_reduce_batch(
    xp: Any, op: Any, values: list[Any], batched: list[bool], ndims: list[int], size: int, params: Params
) -> Any:
    x, indices, value = (whole(xp, one, has, size) for one, has in zip(values, batched, strict=True))
    if not ndims[0]:
        x, indices, value = (xp.reshape(one, (size, 1)) for one in (x, indices, value))
    out = op.call(x, indices, value, **{**params, "axis": normalize_axis(params["axis"], ndims[0]) + 1})
    return out if ndims[0] else xp.reshape(out, (size,))


@primitive(vjp_all=_scatter_reduce_vjp, batch=_scatter_reduce_batch, torch_name="ScatterReduce")
def scatter_reduce(
    xp: Any, x: Any, indices: Any, value: Any, /, *, axis: int, reduce: str, include_self: bool = True
) -> Any:
    """Return x with each element of `value` taken into the place that `indices`, of its shape, names along `axis`.

    Parameters
    ----------
    reduce : {"sum", "prod", "mean", "amax", "amin"}
    include_self : bool
        Whether x's own element takes part. Places that nothing is sent to keep it in any case.
    """
    if reduce not in ("sum", "prod", "mean", "amax", "amin"):
        raise ArgumentError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    if tuple(indices.shape) != tuple(value.shape):
        raise ShapeError(
            f"scatter_reduce needs indices and values of one shape; received {tuple(indices.shape)} and "
            f"{tuple(value.shape)}"
        )
    one = normalize_axis(axis, len(x.shape))
    check_indices(xp, x.shape, (one,) if x.shape else (), (indices,) if x.shape else ())
    start = x if include_self else _cleared(xp, x, indices, one, _neutral(xp, x, reduce))
    if reduce in ("sum", "mean"):
        total = _added(xp, start, indices, value, one)
        return total if reduce == "sum" else _rescaled(xp, total, _counted(xp, x, indices, one, include_self))
    if not x.shape:
        return xp.reshape(
            xp.index_reduce(
                xp.reshape(start, (1,)), (xp.reshape(indices, (1,)),), xp.reshape(value, (1,)), _MODES[reduce]
            ),
            (),
        )
    return xp.index_reduce(start, grid_key(xp, x, indices, one), value, _MODES[reduce])


def along_vector(xp: Any, indices: Any, shape: Sequence[int], axis: int) -> Any:
    """Return a vector of positions along `axis` as an index array of this shape."""
    column = tuple(-1 if one == axis else 1 for one in range(len(shape)))
    return xp.broadcast_to(xp.reshape(indices, column), tuple(shape))
