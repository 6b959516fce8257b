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
from agrad.engine.core import classes, wrap
from agrad.engine.grad_level import zeros_like
from agrad.engine.levels import Batched, Dual, Level, level_of, on_end
from agrad.engine.storage import become, geometry_of, make_view, stops
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
    if theirs.level == mine.level or theirs.absorbs:
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
    """Make `target`, a tensor of a lower level, one of this level that holds `result`."""
    extra = target._extra
    if extra is None or extra.storage is None:
        _remember(level, target)
        become(target, result)
        return
    base = target if extra.base is None else extra.base
    others = [one for one in (reference() for reference in extra.storage.members) if one is not None]
    if any(one is not base and one is not target for one in others):
        raise GradError(
            f"{CAPTURED} (Or, if it was made inside the function: it has views, which cannot follow it into the transform. Write "
            "before taking views.)"
        )
    if base is target:
        _remember(level, target)
        become(target, result)
        return
    sizes, strides, offset = geometry_of(target)
    own = base._extra
    strides, offset = inplace.relative(base._shape, own.strides, strides, offset - own.offset)
    whole = strided_write(wrap(base._data, base._options), result, sizes=sizes, strides=strides, offset=offset)
    _remember(level, base)
    become(base, whole)
    if level.kind == "grad":
        raw = classes.tensor_xp.as_strided(whole._data, sizes, strides, offset)
        view = make_view(base, raw, sizes, strides, offset, None)
        view._node = inplace.view_node(base, view)
        become(target, view)
    else:
        become(target, result)


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
    if place.tangent is None or not _has_views(place.tangent):
        place.tangent = written.tangent  # nobody else sees it: what shares the old one keeps it as it was
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
    """Give a pair of which a view is taken a tangent of its own: what is written through the view has to reach it, and it alone."""
    tangent = dual.tangent
    if tangent is None:
        if dual.primal._options.is_inexact:
            dual.tangent = zeros_like(dual.primal)
    elif not _has_views(tangent) and getrefcount(tangent) > 3:
        # The pair's, this function's and the count's own; one more, and another pair (of an identity's result) shares it.
        dual.tangent = classes.tensor_xp.asarray(tangent, copy=True)


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
    for reference, kind, state in level.taken:
        tensor = reference()
        if tensor is None:
            continue
        captured = True
        tensor.__class__ = kind
        for name, value in zip(("_data", "_options", "_shape", "_node", "_extra"), state, strict=True):
            setattr(tensor, name, value)
        extra = tensor._extra
        if extra is not None and extra.storage is not None:
            extra.storage.enter(tensor)
    level.taken.clear()
    if captured and not failed:
        raise GradError(CAPTURED)


inplace.levels.bind(meet, write_below)
stops.stop, stops.graft = stop, graft
on_end(end)
