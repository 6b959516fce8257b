"""Writing in place, with the graph following.

The order of an in-place operation is fixed: may I write; compute; check shape and dtype; write; version; invalidate; history.
Everything that can raise comes before the write.

History: writing to a base gives it the result's node. Writing through a view rebases the *base*: its node becomes ``CopySlices``, whose
rule sends the written region's cotangent to what was written and the rest to the base's earlier node; views of the base find
their own nodes again from the base when next touched.
"""

from __future__ import annotations

from collections.abc import Callable
from sys import getrefcount
from typing import Any

from agrad.engine import layout as layout  # it hooks itself in
from agrad.engine.core import TensorCore, classes, next_sequence, on_bind, options_like, wrap
from agrad.engine.general import hooks
from agrad.engine.geometry import contiguous_strides, is_contiguous
from agrad.engine.kept import registry as kept
from agrad.engine.modes import local, state
from agrad.engine.node import Binary, General, Unary, carry_retained, walk
from agrad.engine.op import Meta
from agrad.engine.primitive import primitive
from agrad.engine.storage import (
    Alias,
    Storage,
    alias_of,
    become,
    geometry_of,
    invalidate,
    make_stale,
    make_view,
    read,
    refresh_node,
    requires_grad,
    stops,
)
from agrad.engine.strided import strided_read, strided_write, strided_write_on
from agrad.engine.twins import tell_twins
from agrad.engine.versions import log
from agrad.engine.write_checks import check_apart, check_dense, check_writable, same_memory
from agrad.errors import AgradError, ShapeError

Tensor: Any = TensorCore


def _bind(tensor_class: type) -> None:
    global Tensor
    Tensor = tensor_class


on_bind(_bind)


def view_node(base: Any, view: Any, *, lost: bool = False) -> Any:
    """Return the node that reads a view out of its base's history.

    Where the base has none there is no node; or, if the view had a history that is `lost` now, one that leads nowhere.
    """
    parent = base._node
    if parent is None and not lost:
        return None
    alias = view._extra
    base_alias = base._extra
    node = General()
    node.op = strided_read.op.complex if view._options.is_complex else strided_read.op
    node.options = base._options
    node.edges = (parent,)
    strides, offset = relative(base._shape, base_alias.strides, alias.strides, alias.offset - base_alias.offset)
    node.params = {"sizes": view._shape, "strides": strides, "offset": offset}
    node.inputs = (Meta(base._shape, base._options),)
    node.out = node.metas = node.outputs = node.pending = node.extra = None
    node.fixes = ((base._shape, base._options),)
    node.seq = next_sequence()
    return node


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


def shows(backend: Any, raw: Any, memory: Any) -> bool:
    """Whether an array shows a memory, and is no copy of it."""
    return backend.root(raw) is backend.root(memory)


def _viewed(op: Any, results: Any, source: Any, params: dict[str, Any]) -> Any:
    """Note that the results of a view operation share the source's storage."""
    options = source._options
    if options.backend.interpret is not None:
        return results  # a vmap's or jvp's: its views are views one level below
    several = isinstance(results, list)
    extra = source._extra
    sizes, strides, offset = geometry_of(source)
    made = []
    for index, result in enumerate(results if several else [results]):
        place = op.view(sizes, strides, offset, **({**params, "index": index} if several else params))
        if place is None or place[0] != result._shape or result._options.dtype is not options.dtype:
            made.append(result)  # not expressible as a view: the operation made a copy (reshape)
            continue
        plain = extra is None or extra.storage is None
        alias_of(source)
        raw = result._data
        if plain and options.backend.mutable:
            # Making the storage may have replaced the source's array: read the view from what is shared now.
            raw = read(source._extra.storage, *place)
        elif options.backend.mutable and not shows(options.backend, raw, source._extra.storage.raw):
            raw = read(source._extra.storage, *place)
        node = result._node
        quiet = state.special and not local.grad_enabled
        creation = "default"
        if several and not options.standard:
            creation = "multi"  # PyTorch's rule; the standard's arrays are written to by whoever unpacked them
        elif quiet:
            creation = "inference" if local.inference else "no_grad"
        view = make_view(source, raw, place[0], place[1], place[2], node, creation)
        made.append(view)
    return made if several else made[0]


hooks.viewed = _viewed


def share(source: Any, *, own_version: bool = False, stopped: bool = False) -> Any:
    """Return a tensor with the same storage and no history: ``detach()``, or ``.data`` with a version counter of its own.

    With `stopped`, inside a transform, it has none in the transforms outside either.
    """
    alias_of(source)
    sizes, strides, offset = geometry_of(source)
    twin = make_view(source, source._data, sizes, strides, offset, None)
    place = twin._extra
    place.base = None
    place.creation = "default"
    if stopped:
        place.stopped = True
        twin._data = stops.stop(source._data)
    if own_version:
        place.version = [0]
        if source._options.backend.mutable:
            # Another array object of the same memory: what is written through it is told of this object alone.
            twin._data = source._options.xp.as_strided(place.storage.raw, sizes, strides, offset)
    return twin


def apply_inplace(target: Any, compute: Callable[..., Any], *args: Any, **params: Any) -> Any:
    """Compute ``compute(target, *args, **params)`` and write it into `target`; return `target`.

    What the operation saves of `target` as its first operand is the value before the write, and stays right; of `target` among
    the other operands it is not (``x.mul_(x)``), which backward tells, as PyTorch does.

    Raises
    ------
    GradError, ShapeError
        In PyTorch's words, before anything is changed.
    """
    if len(args) == 1 and not params and _replaced(target, compute, args[0]):
        return target
    check_writable(target, *args)
    return _changed(target, compute, args, params)


def _replaced(target: Any, compute: Callable[..., Any], other: Any) -> bool:
    """Do the write the short way, as a step of gradient descent is done; False, and nothing changed, where more care is due.

    The target is a plain tensor that is alone with its memory, and no history is made: it takes the new array.
    """
    options = target._options
    extra = target._extra
    kind = type(other)
    if (
        type(target) is not Tensor
        or not options.hot
        or options.backend.level
        or (extra is not None and extra.storage is not None)
        or (state.special and local.careful)
        or other is target
        or (kind is not float and kind is not int and (kind is not Tensor or other._options is not options))
    ):
        return False
    quiet = state.special and not local.grad_enabled
    if not quiet and (target._node is not None or (kind is Tensor and other._node is not None)):
        return False
    old = target._data
    written = None
    index = getattr(compute, "index", None)
    if kind is Tensor and index is not None:
        shape = target._shape
        raw = other._data
        # Beyond the tensor, `old` and the count's own argument nobody has the array, so no node saved it either.
        if compute.augmented is not None and getrefcount(old) <= 3 and _fits(other._shape, shape):  # type: ignore[attr-defined]
            written = options.backend.augment(compute.augmented, old, raw)  # type: ignore[attr-defined]
        if written is None:
            try:
                written = options.raw[index](old, raw)
            except Exception:
                return False  # the careful path tells what is wrong
            if written.shape != shape:
                return False
    else:
        result = compute(target, other)
        if (
            type(result) is not Tensor
            or result._options is not options
            or result._shape != target._shape
            or result._extra is not None
        ):
            return False
        written = result._data
    if extra is None:
        extra = target._extra = Alias()
    if written is not old:
        if getrefcount(old) > 3:
            log.record(old, extra.version)
        target._data = written
    extra.version[0] += 1
    return True


def apply_filling(target: Any, compute: Callable[..., Any], *args: Any, **params: Any) -> Any:
    """Do what :func:`apply_inplace` does, for one value in all elements: `target` may show an element several times."""
    check_writable(target, *args, dense=False)
    return _changed(target, compute, args, params)


def _changed(target: Any, compute: Callable[..., Any], args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    before = next_sequence()
    seen = False
    for arg in args:
        if isinstance(arg, TensorCore):
            seen = seen or sees(target, arg)
            check_apart(target, arg)
    raw = target._data
    result = compute(target, *args, **params)
    if seen:
        keep_first(result._node, raw, before)
    write(target, result, None if seen else before)
    return target


def copy_into(target: Any, value: Any, convert: Callable[[Any, Any], Any], *, filling: bool = False) -> None:
    """Write `value` into `target` as it is, broadcast and converted: ``copy_``.

    Parameters
    ----------
    filling : bool
        `value` is one element for all of `target`, and may be one of its own.
    convert : callable
        ``(target, value)`` -> what is written: of the target's dtype and device, sharing nothing.
    """
    check_writable(target, value, dense=False)
    if not same_memory(target, value):
        if target._extra is not None and target._extra.storage is not None:
            check_dense(target)
        if not filling:
            check_apart(target, value)
    written = _fitted(target, convert(target, value))
    extra = target._extra
    if (
        written._node is not None
        and (extra is None or extra.base is None)
        and target._node is not None
        and (not state.special or local.grad_enabled)
    ):
        written = overwrite(target, written)
    write(target, written)


def note_write(tensor: Any) -> None:
    """Count a change of a tensor's memory that was made elsewhere."""
    extra = tensor._extra
    if extra is None:
        extra = tensor._extra = Alias()
    if extra.storage is not None and extra.version is extra.storage.cell:
        extra.storage.note_change(overwritten=True)
    else:
        log.record(tensor._data, extra.version, overwritten=True)
    extra.version[0] += 1


def sees(target: Any, other: Any) -> bool:
    """Whether a write to `target` changes `other`."""
    if other is target:
        return True
    extra = target._extra
    return (
        extra is not None
        and isinstance(other, TensorCore)
        and other._extra is not None
        and other._extra.version is extra.version
    )


class _Levels:
    """What writes inside transforms do (:mod:`agrad.engine.level_writes`)."""

    __slots__ = ("meet", "write_below")

    meet: Callable[[Any, Any], Any]
    write_below: Callable[[Any, Any, int | None], None]

    def bind(self, meet: Callable[[Any, Any], Any], write_below: Callable[[Any, Any, int | None], None]) -> None:
        """Tell how a target and what is written meet at one level, and how that is written."""
        self.meet = meet
        self.write_below = write_below


levels = _Levels()


def fitted(target: Any, result: Any) -> Any:
    """Return what is to be written to `target` in its dtype and shape.

    Raises
    ------
    ShapeError, AgradCast
        In PyTorch's words, where it does not fit.
    """
    options = target._options
    if result._options is not options:
        result = _converted(target, result)
    result = _fitted(target, result)
    return result


def write(target: Any, result: Any, sequence: int | None = None) -> None:
    """Write the Tensor `result` into `target`: data, version, history. `target` has been checked.

    `sequence` is when the write counts as done, where that is earlier than now.
    """
    if hooks.named is not None:
        hooks.written(target, result)
    options = target._options
    higher = result._options.backend
    if higher.absorbs and higher is not options.backend and _is_alone(target, result):
        become(target, result)
        higher.note(target)
        return
    if higher.level or options.backend.level:
        result = levels.meet(target, result)
        if result is None:
            return
    result = fitted(target, result)
    if options.backend.interpret is not None:
        levels.write_below(target, result, sequence)
        return
    extra = target._extra
    backend = options.backend
    recording = not state.special or local.grad_enabled
    alone = result._extra is None and type(result) is not classes.foreign
    if recording and result._node is None and (extra is None or extra.base is None) and target._node is not None:
        # History goes on, with nothing but zeros for what was there before.
        result = overwrite(target, result)
    node = result._node if recording else None
    if extra is not None and extra.storage is not None:
        _write_shared(target, result, node, extra, sequence)
        return
    if extra is None and not backend.level:
        extra = target._extra = Alias()
    # Alone with its memory, a tensor may as well take the new array: what nodes saved of the old one stays right.
    if extra is not None and not backend.level:
        log.record(target._data, extra.version, sequence)
    raw = result._data
    target._data = raw if alone else backend.copy(raw)
    if recording:
        carry_retained(target, node)
        target._node = node
    if extra is not None:
        extra.version[0] += 1


@primitive(
    name="overwrite",
    vjp=(
        lambda xp, g, _out, _x, _value: xp.zeros_like(g),
        lambda xp, g, _out, _x, _value: g,
    ),
    jvp_all=lambda xp, tangents, _out, x, _value: xp.zeros_like(x) if tangents[1] is None else tangents[1],
    torch_name="CopyBackwards",
)
def overwrite(xp: Any, x: Any, value: Any, /) -> Any:
    """Return `value`, of the shape of `x`: what is left of `x` when all of it is written to.

    Parameters
    ----------
    x, value : array, of one shape
    """
    return value


def _is_alone(target: Any, result: Any) -> bool:
    """Whether nothing shares the target's memory, and `result` is of its shape and dtype."""
    extra = target._extra
    same = result._shape == target._shape and result._options.dtype is target._options.dtype
    return same and (extra is None or extra.storage is None)


def _fitted(target: Any, result: Any) -> Any:
    """Return `result` broadcast to the target's shape."""
    if result._shape == target._shape:
        return result
    if not _fits(result._shape, target._shape):
        raise ShapeError(
            f"output with shape {list(target._shape)} doesn't match the broadcast shape {list(result._shape)}. "
            "An in-place operation cannot change its tensor's shape; use the out-of-place one."
        )
    return classes.tensor_xp.broadcast_to(result, target._shape)


def _fits(shape: tuple[int, ...], wide: tuple[int, ...]) -> bool:
    if shape == wide:
        return True
    lead = len(wide) - len(shape)
    return lead >= 0 and all(length in (1, wide[lead + axis]) for axis, length in enumerate(shape))


def _converted(target: Any, result: Any) -> Any:
    """Return `result` in the target's dtype, or raise when a value of its kind does not fit."""
    options = target._options
    other = result._options
    if other.backend is not options.backend or other.device != options.device:
        from agrad.engine.general import _refuse_mixture

        _refuse_mixture(_WRITE, [target, result])
    if other.dtype is options.dtype:
        return wrap_shared(result, options)
    order = {"bool": 0, "uint": 1, "int": 1, "float": 2, "complex": 3}
    if order[other.dtype.kind] > order[options.dtype.kind]:
        raise AgradCast(
            f"result type {other.dtype.scalar_name} can't be cast to the desired output type {options.dtype.scalar_name}. "
            "Use the out-of-place operation, or convert the tensor first."
        )
    return classes.tensor_xp.astype(result, options.dtype)


class AgradCast(AgradError, RuntimeError):
    """An in-place result whose kind the target's dtype cannot hold."""


class _WriteOp:
    name = "in-place write"


_WRITE: Any = _WriteOp()


def wrap_shared(result: Any, options: Any) -> Any:
    """The same array and node under other options (they differ in the promotion face alone)."""
    return wrap(result._data, options_like(options, result._data), result._node)


def _write_shared(target: Any, result: Any, node: Any, alias: Alias, sequence: int | None) -> None:
    storage = alias.storage
    assert storage is not None
    options = target._options
    backend = options.backend
    quiet = alias.version is not storage.cell
    raw = result._data
    if backend.mutable:
        if node is not None and sequence is not None:
            keep_apart(node, sequence, storage)
        if quiet:
            log.record(target._data, alias.version, sequence, overwritten=True)
        else:
            storage.note_change(sequence)
        if kept.by_root:
            kept.before_write(backend.root(storage.raw))
        place = read(storage, target._shape, alias.strides, alias.offset)
        backend.fill(place, raw)
        if not quiet:
            target._data = place
            if node is not None and any(raw is kept for kept in node.saved()):
                storage.give(raw)  # the operation saved its result, which the next change makes old
    else:
        if not quiet:
            storage.note_change(sequence)
        if alias.stopped:
            raw = stops.graft(read(storage, target._shape, alias.strides, alias.offset), raw)
        if not (
            alias.offset == 0
            and tuple(storage.raw.shape) == target._shape
            and is_contiguous(target._shape, alias.strides)
        ):
            storage.raw = strided_write_on(
                options.xp, storage.raw, raw, sizes=target._shape, strides=alias.strides, offset=alias.offset
            )
        else:
            storage.raw = raw
        target._data = result._data
        if storage.twins is not None:
            tell_twins(storage, alias.version)
    alias.version[0] += 1
    follow(target, result, node, alias)


def follow(target: Any, result: Any, node: Any, alias: Alias) -> None:
    """After a write, and with the version raised: give `target` or its base the result's history, and make old caches stale."""
    storage = alias.storage
    assert storage is not None
    base = alias.base
    recording = not state.special or local.grad_enabled
    if base is None:
        if node is not None or (recording and target._node is not None):
            carry_retained(target, node)
            target._node = node
    elif recording and (node is not None or base._node is not None):
        _rebase(base, base._extra, target, alias, result)
    invalidate(storage, target, alias.version)
    if base is not None and requires_grad(target):
        if alias.creation == "default":
            refresh_node(target, alias)
        else:
            make_stale(target)
            return
    storage.handed(target)


def set_history(target: Any, node: Any) -> None:
    """Count a change of `target` that was made without recording, and give it `node` for its history."""
    note_write(target)
    alias = target._extra
    if alias.storage is None:
        carry_retained(target, node)
        target._node = node
        return
    follow(target, wrap(target._data, target._options, node), node, alias)


def keep_first(node: Any, raw: Any, sequence: int) -> None:
    """Give a node made since `sequence` a copy of its own of its first operand, which is written to next and may be others too."""
    if node is None or node.seq <= sequence:
        return
    copy = node.options.backend.copy
    if isinstance(node, (Unary, Binary)):
        if node.x is raw:
            node.x = copy(raw)
    elif isinstance(node, General) and node.inputs and node.inputs[0] is raw:
        node.inputs = (copy(raw), *node.inputs[1:])


def keep_apart(node: Any, sequence: int, storage: Storage) -> None:
    """Give the nodes made since `sequence` copies of what they saved of a memory that is written to next."""
    backend = storage.options.backend
    root = backend.root(storage.raw)
    for found in walk([node], lambda one: one.seq > sequence):
        found.replace_saved(lambda raw: backend.copy(raw) if raw is root or backend.root(raw) is root else raw)


def _rebase(base: Any, base_alias: Alias, view: Any, alias: Alias, result: Any) -> None:
    """Give the base the node CopySlices: its own earlier history outside of the view, the result's inside."""
    node = General()
    op = strided_write.op
    node.op = op.complex if base._options.is_complex else op
    node.options = base._options
    node.edges = (base._node, result._node)
    strides, offset = relative(base._shape, base_alias.strides, alias.strides, alias.offset - base_alias.offset)
    node.params = {"sizes": view._shape, "strides": strides, "offset": offset}
    node.inputs = (None, None)
    node.out = node.metas = node.outputs = node.pending = node.extra = None
    node.fixes = ((base._shape, base._options), (result._shape, result._options))
    node.seq = next_sequence()
    carry_retained(base, node)
    base._node = node
