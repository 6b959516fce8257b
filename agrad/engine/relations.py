"""How a view lies in its base: the region that it is of the base's elements, and the nodes that read it out of the base's history.

The confusing case is a base of another dtype than its view, or a conjugated one. PyTorch reads such a view by a chain of nodes, of which
each does one thing: ``AsStrided`` of ``ViewAsReal`` of the base's history. A region is then counted in real numbers.
"""

from __future__ import annotations

from typing import Any

from agrad.engine.bits import complex_parts, conj_view, from_complex_parts, neg_view, parts_geometry
from agrad.engine.core import classes, next_sequence
from agrad.engine.geometry import contiguous_strides, is_contiguous
from agrad.engine.levels import Dual, inside
from agrad.engine.node import General
from agrad.engine.op import Meta, Op
from agrad.engine.storage import Geometry, geometry_of
from agrad.engine.strided import strided_read


def region(base: Any, view: Any) -> dict[str, Any]:
    """Return the geometry of a view in its base's elements in row-major order, as :func:`strided_write` takes it.

    Where one of the two is complex and the other real, it is counted in real numbers, the parts of complex ones along a last axis.
    """
    own, place = base._extra, view._extra
    whole = (base._shape, own.strides, own.offset)
    part = (view._shape, place.strides, place.offset)
    if base._options.dtype is not view._options.dtype:
        whole, part = _in_reals(base, whole), _in_reals(view, part)
    strides, offset = relative(whole[0], whole[1], part[1], part[2] - whole[2])
    return {"sizes": part[0], "strides": strides, "offset": offset}


def _in_reals(tensor: Any, geometry: Geometry) -> Geometry:
    return parts_geometry(*geometry) if tensor._options.is_complex else geometry


def relative(
    sizes: tuple[int, ...], strides: tuple[int, ...], view_strides: tuple[int, ...], distance: int
) -> tuple[tuple[int, ...], int]:
    """Return a view's strides and offset counted in its base's elements in row-major order.

    They are what the storage has, unless the base itself is not row-major (a transposed tensor's ``detach()``, NumPy's
    columns): there a step in memory is taken apart into steps along the base's axes, the longest first.

    Parameters
    ----------
    sizes, strides
        The base's geometry.
    view_strides, distance
        The view's strides, and where it starts after the base's first element, in the storage.
    """
    if is_contiguous(sizes, strides):
        return view_strides, distance
    axes = sorted(
        (
            (step, own)
            for length, step, own in zip(sizes, strides, contiguous_strides(sizes), strict=True)
            if length > 1 and step
        ),
        reverse=True,
    )

    def counted(rest: int) -> int:
        total = 0
        for step, own in axes:
            times, rest = divmod(rest, step)
            total += times * own
        return total

    return tuple(counted(step) for step in view_strides), counted(distance)


def is_flipped(tensor: Any) -> bool:
    """Whether a tensor shows its memory conjugated (complex) or negated (real)."""
    while tensor._options.backend.interpret is not None:
        tensor = inside(tensor._data)
    extra = tensor._extra
    return extra is not None and extra.storage is not None and bool(extra.storage.flipped)


def strides_of(tensor: Any) -> tuple[int, ...]:
    """Return the steps in memory along a tensor's axes, whatever level it is of."""
    if tensor._options.backend.interpret is None:
        return geometry_of(tensor)[1]
    raw = tensor._data
    if isinstance(raw, Dual):
        return strides_of(raw.primal)
    strides = strides_of(raw.value)
    return strides if raw.axis is None else strides[: raw.axis] + strides[raw.axis + 1 :]


def flipped_apart(base: Any, view: Any) -> bool:
    """Whether one of the two is the memory conjugated or negated, and the other not."""
    return base._extra.storage.flipped is not view._extra.storage.flipped


def flip(tensor: Any) -> Any:
    """Return a tensor conjugated, or negated where it is real."""
    return classes.tensor_xp.conj(tensor) if tensor._options.is_complex else classes.tensor_xp.negative(tensor)


def view_node(base: Any, view: Any, *, lost: bool = False) -> Any:
    """Return the node that reads a view out of its base's history.

    Where the base has none there is no node; or, if the view had a history that is `lost` now, one that leads nowhere.
    """
    node = base._node
    if node is None and not lost:
        return None
    shape, options = base._shape, base._options
    params = region(base, view)
    wanted = view._options
    if options.dtype is wanted.dtype and not flipped_apart(base, view):
        return _step(strided_read.op, node, shape, options, params)
    crossing = options.dtype is not wanted.dtype
    if crossing and base._extra.storage.flipped:
        node = _step(_flips(options), node, shape, options, {})
    if crossing and options.is_complex:
        node = _step(complex_parts.op, node, shape, options, {})
        shape, options = (*shape, 2), options.with_dtype(wanted.dtype)
    sizes = params["sizes"]
    if shape != sizes or params["strides"] != contiguous_strides(sizes) or params["offset"]:
        node = _step(strided_read.op, node, shape, options, params)
        shape = sizes
    if crossing and wanted.is_complex:
        node = _step(from_complex_parts.op, node, shape, options, {})
        shape, options = shape[:-1], options.with_dtype(wanted.dtype)
    if view._extra.storage.flipped if crossing else flipped_apart(base, view):
        node = _step(_flips(options), node, shape, options, {})
    return node


def view_at(base: Any, place: dict[str, Any], dtype: Any, flipped: bool) -> Any:
    """Return the view of a row-major tensor, of whatever level, that is a region of it.

    Parameters
    ----------
    place : dict
        What :func:`region` gives for it.
    dtype : DType
    flipped : bool
        Whether the view is the region conjugated or negated.
    """
    options = base._options
    if options.dtype is not dtype and options.is_complex:
        base = complex_parts(base)
    view = strided_read(base, **place)
    if options.dtype is not dtype and dtype.is_complex:
        view = from_complex_parts(view)
    if not flipped:
        return view
    return conj_view(view) if dtype.is_complex else neg_view(view)


def _flips(options: Any) -> Op:
    return conj_view.op if options.is_complex else neg_view.op


def _step(op: Op, parent: Any, shape: tuple[int, ...], options: Any, params: dict[str, Any]) -> General:
    """Return a node of an operation that is linear in one input of this shape."""
    node = General()
    node.op = op
    node.options = options
    node.edges = (parent,)
    node.params = params
    node.inputs = (Meta(shape, options),)
    node.out = node.metas = node.outputs = node.pending = node.extra = None
    node.fixes = ((shape, options),)
    node.seq = next_sequence()
    return node


__all__ = ["flip", "flipped_apart", "is_flipped", "region", "relative", "strides_of", "view_at", "view_node"]
