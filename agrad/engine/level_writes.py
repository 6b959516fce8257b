"""Writing in place inside transforms.

A tensor of a vmap or jvp level is a shell around tensors one level below: a write to it is a write to those, so that views, which
are views one level below too, and whoever else shares the memory see it. At a grad level writing is as everywhere
(:mod:`agrad.engine.inplace`), with lower tensors for arrays.

The confusing case is a tensor of a lower level that is written what a transform is working on. Made inside the function
(``out = zeros(3); out[0] = x``), it may as well become a tensor of the transform. Captured from outside it may not: the
transform's end would leave it with what has no meaning there. The two look alike while the function runs. So the tensor becomes one of
the transform, and when the transform ends and it is still alive, somebody outside holds it: it gets its old contents back, and the
error that PyTorch gives is raised. Under vmap no unbatched tensor can hold one value per example, and both are refused at once.
"""

from __future__ import annotations

import weakref
from sys import getrefcount
from typing import Any

from agrad.engine import inplace
from agrad.engine.core import classes, new_object, wrap
from agrad.engine.geometry import axes_by_stride, is_contiguous
from agrad.engine.grad_level import zeros_like
from agrad.engine.levels import Batched, Dual, Level, level_of, on_end
from agrad.engine.relations import flip, flipped_apart, region, strides_of, view_at
from agrad.engine.storage import become, stops
from agrad.engine.strided import strided_write
from agrad.engine.write_checks import check_writable
from agrad.errors import GradError

UNBATCHED = (
    "vmap: inplace arithmetic(self, *extra_args) is not possible because there exists a Tensor `other` in extra_args that has "
    "more elements than `self`. This happened due to `other` being vmapped over but `self` not being vmapped over in a vmap. "
    "Please try to use out-of-place operators instead of inplace arithmetic: make the tensor of one that is vmapped over "
    "(zeros_like), or stack what is to be written."
)
CAPTURED = (
    "During a grad (vjp, jvp, grad, etc) transform, the function provided attempted to call in-place operation that would mutate a "
    "captured Tensor. This is not supported; please rewrite the function being transformed to explicitly accept the mutated "
    "Tensor(s) as inputs."
)


def meet(target: Any, result: Any) -> Any:
    """Bring what is to be written to the level of `target`, or `target` to that of what is written.

    Returns
    -------
    Tensor or None
        What is left to write, at the target's level; None where nothing is.
    """
    mine, theirs = target._options.backend, result._options.backend
    if theirs.level == mine.level:
        return result
    if mine.level > theirs.level:
        return mine.lift(result)
    if theirs.kind == "vmap":
        raw = result._data
        if raw.axis is not None:
            raise GradError(UNBATCHED)
        check_writable(target)
        inplace.write(target, raw.value)
        return None
    level = level_of(theirs)
    lifted = theirs.lift(target)
    _take_up(level, target, inplace.fitted(lifted, result))
    return None


def _take_up(level: Level, target: Any, result: Any) -> None:
    """Make `target`, a tensor of a lower level, one of this level, and write `result` to it.

    What sees the write comes along: the tensor that `target` is a view of, and all of that one's views.
    """
    extra = target._extra
    below = target._options.backend
    absorbs = level.backend(below).absorbs
    if extra is None or extra.storage is None:
        _replace(level, target, result)
        return
    base = target if extra.base is None else extra.base
    members = [one for one in (reference() for reference in extra.storage.members) if one is not None]
    views = [one for one in members if one is not base and one._extra.base is base]
    if not absorbs and len(views) + 1 < len(members):
        raise GradError(
            f"{CAPTURED} (Or, if it was made inside the function: a detached alias, or a view of another dtype that has no history, "
            "shows its memory, and cannot follow it into the transform. Write before taking that.)"
        )
    places = [(view, region(base, view), flipped_apart(base, view)) for view in views]
    if level.kind == "grad":
        _replace(level, base, level.tensor(wrap(base._data, base._options, base._node)))
        for view, place, flipped in places:
            _replace(level, view, view_at(base, place, view._options.dtype, flipped))
        inplace.write(target, result)
        return
    tangent = zeros_like(base)
    if absorbs:
        # Whoever shows the memory without being a view goes on to see what is written.
        primal = _double(base)
        primals = [_double(view) for view in views]
        for one in primals:
            one._extra.base = primal
    else:
        # Not in place: what is written may be of a vmap in between, of which the captured tensor is not.
        written, moved = result._data.primal, result._data.tangent
        primal = _written(base, target, written)
        if moved is not None:
            tangent = _written(tangent, target, moved, like=base)
        primals = [view_at(primal, place, view._options.dtype, flipped) for view, place, flipped in places]
    tangents = [view_at(tangent, place, view._options.dtype, flipped) for view, place, flipped in places]
    for one, value, change in zip((base, *views), (primal, *primals), (tangent, *tangents), strict=True):
        _replace(level, one, level.tensor(Dual(value, change, bound=bool(views))))
    if absorbs:
        inplace.write(target, result)


def _written(whole: Any, target: Any, value: Any, like: Any = None) -> Any:
    """Return `whole`, what `target` is a view of (or the same as `like`, which is), with `value` in the place of the view."""
    base = whole if like is None else like
    if target is base:
        return classes.tensor_xp.asarray(value, copy=True)
    return strided_write(whole, flip(value) if flipped_apart(base, target) else value, **region(base, target))


def _replace(level: Level, tensor: Any, by: Any) -> None:
    """Make a tensor of a lower level what `by`, of this level, is."""
    extra = tensor._extra
    if extra is not None and extra.storage is not None:
        members = extra.storage.members
        members[:] = [reference for reference in members if reference() is not tensor]
    higher = by._options.backend
    if not higher.absorbs:
        _remember(level, tensor)
    become(tensor, by)
    if higher.absorbs:
        higher.note(tensor)


def _double(tensor: Any) -> Any:
    """Return another object that is what a tensor is."""
    made = new_object(classes.tensor)
    become(made, tensor)
    return made


def _remember(level: Level, tensor: Any) -> None:
    state = tuple(getattr(tensor, name) for name in ("_data", "_options", "_shape", "_node", "_extra"))
    level.taken.append((weakref.ref(tensor), type(tensor), state))


def write_below(target: Any, result: Any, sequence: int | None) -> None:
    """Write to a tensor of a vmap or jvp level what is of its level, shape and dtype: one level below.

    `sequence` is when the write counts as done, where that is earlier than now (:func:`agrad.engine.inplace.write`).
    """
    if isinstance(target._data, Batched):
        _write_batched(target._data, result._data, sequence)
    else:
        _write_dual(target, result._data, sequence)


def _write_batched(place: Batched, written: Batched, sequence: int | None) -> None:
    value = written.value
    if place.axis is None and written.axis is not None:
        # Only what was made inside the function is a shell without a batch axis: it may have one from now on.
        if _has_views(place.value):
            raise GradError(UNBATCHED)
        place.value, place.axis = value, written.axis
        return
    if place.axis is None:
        pass
    elif written.axis is None:
        value = classes.tensor_xp.expand_dims(value, axis=place.axis)
    elif written.axis != place.axis:
        value = classes.tensor_xp.moveaxis(value, written.axis, place.axis)
    _write(place.value, value, sequence)


def _write_dual(target: Any, written: Dual, sequence: int | None) -> None:
    place = target._data
    if sequence is not None and written.tangent is not None:
        _keep_apart(written.tangent, place.primal, sequence)
    _write(place.primal, written.primal, sequence)
    if not place.bound or place.tangent is None or not _has_views(place.tangent):
        place.tangent = written.tangent  # nobody else sees it: what shares the old one keeps it as it was
        place.bound = False
    else:
        _write(place.tangent, zeros_like(place.primal) if written.tangent is None else written.tangent, sequence)


def _keep_apart(tangent: Any, primal: Any, sequence: int) -> None:
    """Give what the tangent's rule saved of the value, which is written to before the tangent is, a copy of its own."""
    node, storage = _holder(tangent)._node, _storage(primal)
    if node is not None and storage is not None and storage.options.backend.mutable:
        inplace.keep_apart(node, sequence, storage)


def _write(place: Any, value: Any, sequence: int | None) -> None:
    if place is not value:
        check_writable(place, value)
        inplace.write(place, value, sequence)


def _holder(tensor: Any) -> Any:
    """Return the tensor that knows what memory is shared: a vmap's or jvp's are shells around it."""
    while tensor._options.backend.interpret is not None:
        raw = tensor._data
        tensor = raw.value if type(raw) is Batched else raw.primal
    return tensor


def _storage(tensor: Any) -> Any:
    extra = _holder(tensor)._extra
    return None if extra is None else extra.storage


def _has_views(tensor: Any) -> bool:
    """Whether somebody else, alive, sees what is written to a tensor."""
    holder = _holder(tensor)
    storage = _storage(holder)
    if storage is None:
        return False
    return any(one is not None and one is not holder for one in (reference() for reference in storage.members))


def before_view(dual: Dual) -> None:
    """Give a pair of which a view is taken a tangent of its own: what is written through the view has to reach it, and it alone.

    It is laid out as the value is, so that the view can be taken of it too and is one where the value's is.
    """
    if dual.bound:
        return
    tangent = dual.tangent
    if tangent is None:
        if not dual.primal._options.is_inexact:
            return
        tangent = zeros_like(dual.primal)
    # Three references: the pair's, this function's and the count's.
    own = dual.tangent is None or (not _has_views(tangent) and getrefcount(tangent) <= 3)
    strides = strides_of(dual.primal)
    if not own or strides_of(tangent) != strides:
        tangent = _laid_out(tangent, axes_by_stride(tangent._shape, strides))
    dual.tangent = tangent
    dual.bound = True


def _laid_out(tensor: Any, order: tuple[int, ...]) -> Any:
    """Return a copy whose elements lie without gaps, with the axes in this order from the outermost to the innermost."""
    xp = classes.tensor_xp
    if order == tuple(range(len(order))) and is_contiguous(tensor._shape, strides_of(tensor)):
        return xp.asarray(tensor, copy=True)
    moved = xp.permute_dims(tensor, order)
    row = xp.asarray(xp.reshape(moved, (-1,)), copy=True)
    back = sorted(range(len(order)), key=order.__getitem__)
    return xp.permute_dims(xp.reshape(row, moved._shape), tuple(back))


def own_tangent(tangent: Any, tangents: tuple[Any, ...]) -> Any:
    """Return the tangent of a result that is no view: not one that has views itself, or is a view of another's.

    The rules of identities give an input's tangent back. Sharing it costs nothing until somebody writes through a view.
    """
    if isinstance(tangent, tuple):
        return tuple(own_tangent(one, tangents) for one in tangent)
    storage = None if tangent is None else _storage(tangent)
    if storage is None:
        return tangent
    if any(one is not None and _storage(one) is storage for one in tangents):
        return classes.tensor_xp.asarray(tangent, copy=True)
    return tangent


def stop(raw: Any) -> Any:
    """Return a lower tensor's values as a constant at every level, in an array of its own."""
    data = raw._data
    if type(data) is Dual:
        return wrap(Dual(stop(data.primal), None, data.level), raw._options)
    if type(data) is Batched:
        return wrap(Batched(stop(data.value), data.axis, data.level), raw._options)
    return wrap(stop(data) if raw._options.backend.level else data, raw._options)


def graft(old: Any, new: Any) -> Any:
    """Return a lower tensor with the values of `new` and the history of `old`: what a write through a detached alias leaves."""
    if new._options is not old._options:
        return new  # of another level: it has a history that the old one cannot have
    data, written = old._data, new._data
    if type(data) is Dual:
        return wrap(Dual(graft(data.primal, written.primal), data.tangent, data.level), old._options)
    if type(data) is Batched:
        if data.axis != written.axis:
            return new
        return wrap(Batched(graft(data.value, written.value), data.axis, data.level), old._options)
    return wrap(graft(data, written) if old._options.backend.level else written, old._options, old._node)


def end(level: Level, *, failed: bool) -> None:
    """Give tensors that a transform took up, and that outlive it, their contents back.

    Raises
    ------
    GradError
        PyTorch's error, where there are any: they were captured.
    """
    captured = False
    count = len(level.taken) + 1
    while len(level.taken) < count:  # what a dead view was holds its base
        count = len(level.taken)
        level.taken[:] = [one for one in level.taken if one[0]() is not None]
    for reference, kind, state in level.taken:
        tensor = reference()
        if tensor is None:
            continue
        captured = True
        tensor.__class__ = kind
        for name, value in zip(("_data", "_options", "_shape", "_node", "_extra"), state, strict=True):
            setattr(tensor, name, value)
        if tensor._extra is not None and tensor._extra.storage is not None:
            tensor._extra.storage.enter(tensor)
    level.taken.clear()
    if captured and not failed:
        raise GradError(CAPTURED)


inplace.levels.bind(meet, write_below)
stops.stop, stops.graft = stop, graft
on_end(end)
