"""Shared storage: what a tensor and its views have in common.

A plain tensor has no record of this (``_extra`` is None): it is contiguous and alone, and pays nothing. The record comes into being
when a first view is made, or when somebody asks for the storage itself.

Geometry (sizes, strides, offset, in elements) is ours, plain tuples, the same on every backend; no backend is asked for strides.
On backends whose arrays can be written in place, views are real views and share memory. On the others (JAX) the storage holds the
one current array, and its members' arrays are caches: an in-place write replaces the storage's array and makes the members
*stale*. A stale tensor is an object of a subclass whose ``_data`` and ``_node`` are properties, so that the first touch, by
anybody, reads it anew; fresh tensors pay nothing for this.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from typing import Any

from agrad.engine.core import TensorCore, announce_class, classes, new_object, on_bind
from agrad.engine.geometry import axes_by_stride, contiguous_strides, is_contiguous, size_of
from agrad.engine.node import DeadEnd, Leaf
from agrad.engine.versions import log
from agrad.errors import GradError

#: read the raw array and the node without a refresh, where a subclass has a property of that name
_DATA: Any = vars(TensorCore)["_data"]
_NODE: Any = vars(TensorCore)["_node"]

_addresses = itertools.count(1)

Geometry = tuple[tuple[int, ...], tuple[int, ...], int]


def _append(references: list[Any], reference: Callable[[], Any]) -> None:
    """Append a weak reference; the dead ones go whenever the list has doubled."""
    if len(references) > 32 and len(references) & (len(references) - 1) == 0:
        references[:] = [one for one in references if one() is not None]
    references.append(reference)


class Storage:
    """The memory that tensors share: ``raw`` is its array, row-major, of any shape.

    ``size`` counts the elements. ``members`` are weak references to the tensors that share it, ``given`` to the raw
    arrays handed out, so that a change can be told to a backward that saved one. ``cell`` is the version counter of those who see
    each other's changes; a tensor with another one (``.data``) writes unnoticed. ``twins`` are the storages that read the same memory
    as other dtypes (:mod:`agrad.engine.twins`), this one among them.

    A write costs time in proportion to the members that it makes stale and not to all of them. ``fresh`` has the members whose
    caches the next write may make old: a stale one leaves it until it is touched again. ``idle`` has, by the id of their base,
    the views that leave it because neither they nor their base have a history: they come back when the base gets one.
    """

    __slots__ = (
        "__weakref__",
        "address",
        "cell",
        "fresh",
        "given",
        "idle",
        "members",
        "options",
        "raw",
        "size",
        "twins",
    )

    def __init__(self, raw: Any, options: Any, size: int, cell: list[int]) -> None:
        self.raw = raw
        self.options = options
        self.size = size
        self.cell = cell
        self.address = next(_addresses) * 64
        self.members: list[weakref.ref[Any]] = []
        self.fresh: list[weakref.ref[Any]] = []
        self.idle: dict[int, list[weakref.ref[Any]]] = {}
        self.given: list[Callable[[], Any]] = []
        self.twins: list[weakref.ref[Storage]] | None = None

    def enter(self, tensor: Any) -> None:
        """Count `tensor` among the members."""
        reference = weakref.ref(tensor)
        _append(self.members, reference)
        _append(self.fresh, reference)
        self.handed(tensor)

    def refreshed(self, tensor: Any) -> None:
        """Count a member that was stale among those that the next write may make old."""
        _append(self.fresh, weakref.ref(tensor))
        self.handed(tensor)

    def handed(self, tensor: Any) -> None:
        """Count a member's cache, new where arrays cannot be written in place, among the arrays handed out."""
        if not self.options.backend.mutable:
            self.give(_DATA.__get__(tensor))

    def give(self, raw: Any) -> None:
        """Count `raw` among the arrays that the next change makes old, though it does not lie in this memory."""
        try:
            _append(self.given, weakref.ref(raw))
        except TypeError:
            _append(self.given, lambda: raw)  # a scalar has no weak references

    def note_change(self, sequence: int | None = None, *, overwritten: bool | None = None) -> None:
        """Tell the log that what this storage holds changes (as of `sequence`).

        Parameters
        ----------
        overwritten : bool, optional
            Whether the elements in its array are written over: by default where arrays can be written in place.
        """
        backend = self.options.backend
        if backend.level:  # a transform's tape minds no change of what it works on
            self.given.clear()
            return
        over = backend.mutable if overwritten is None else overwritten
        log.record(backend.root(self.raw), self.cell, sequence, overwritten=over)
        for reference in self.given:
            raw = reference()
            if raw is not None:
                # Where arrays can be written in place these are others than the storage's own.
                log.record(raw, self.cell, sequence, overwritten=over and not backend.mutable)
        self.given.clear()


class Alias:
    """A tensor's place in a storage.

    Attributes
    ----------
    storage : Storage
    base : Tensor or None
        The tensor this one is a view of; None for a base.
    strides, offset
        Geometry in the storage, in elements; the sizes are the tensor's shape. Strides without a storage are those that the tensor
        will have once it is shared (:mod:`agrad.engine.layout`).
    version : list of int
        The version counter, shared by all that see each other's changes (``.data`` has its own).
    creation : str
        How the view was made where that forbids writing: 'multi' (unbind, split), 'no_grad', 'inference', 'function', or 'default'.
    seen : int
        The version that the node reflects: a view's node is found anew once the version has moved on.
    names : tuple or None
        Names of the dimensions.
    stopped : bool
        Whether what is read is a constant to the transforms outside too: ``detach()`` inside a transform.
    """

    __slots__ = ("base", "creation", "names", "offset", "seen", "stopped", "storage", "strides", "version")

    def __init__(self) -> None:
        self.storage: Storage | None = None
        self.base: Any = None
        self.strides: tuple[int, ...] = ()
        self.offset = 0
        self.version: list[int] = [0]
        self.creation = "default"
        self.seen = 0
        self.names: tuple[str | None, ...] | None = None
        self.stopped = False


class Stops:
    """What reading and writing through a stopped alias do to raw arrays that are tensors (:mod:`agrad.engine.level_writes`).

    ``stop(raw)`` is the constant, ``graft(old, new)`` the values of `new` with the history of `old`.
    """

    __slots__ = ("graft", "stop")

    stop: Callable[[Any], Any]
    graft: Callable[[Any, Any], Any]


stops = Stops()


def alias_of(tensor: Any) -> Alias:
    """Return the tensor's place in its storage; a plain tensor becomes the base of a new one."""
    extra = tensor._extra
    if extra is not None and extra.storage is not None:
        found: Alias = extra
        return found
    alias = Alias() if extra is None else extra
    options = tensor._options
    # From here on the memory is shared: it must be an array (not a scalar), row-major as our geometry says.
    given = tensor._data
    if type(tensor) is classes.foreign:
        given = options.backend.copy(given)  # whose memory it is sees no writes, and his are not seen
    shape = tensor._shape
    if alias.strides:
        order = axes_by_stride(shape, alias.strides)
        raw = options.backend.own(options.xp.permute_dims(given, order))
    else:
        alias.strides = contiguous_strides(shape)
        raw = options.backend.own(given)
    alias.storage = Storage(raw, options, size_of(shape), alias.version)
    if options.backend.mutable:
        tensor._data = read(alias.storage, shape, alias.strides, 0)
    tensor._extra = alias
    alias.storage.enter(tensor)
    if raw is not given and tensor._data is not given:
        alias.storage.give(given)  # nodes may have saved it
    result: Alias = alias
    return result


def geometry_of(tensor: Any) -> Geometry:
    """Return (sizes, strides, offset) of a tensor in its storage."""
    extra = tensor._extra
    if extra is None or (extra.storage is None and not extra.strides):
        return tensor._shape, contiguous_strides(tensor._shape), 0
    return tensor._shape, extra.strides, extra.offset


_strided: dict[type, type] = {}
_stale: dict[type, type] = {}


def strided_class(plain: type) -> type:
    """Return the hidden subclass for tensors whose strides are not row-major: the hot path leaves them out by their type."""
    found = _strided.get(plain)
    if found is None:
        found = type(
            plain.__name__,
            (plain,),
            {"__slots__": (), "__module__": plain.__module__, "__qualname__": plain.__qualname__},
        )
        _strided[plain] = found
        announce_class(found)
    return found


#: the classes of views, whatever hidden or user's subclass the source is
Tensor: Any = TensorCore
Strided: Any = TensorCore


def _bind(tensor_class: type) -> None:
    global Tensor, Strided
    Tensor = tensor_class
    Strided = strided_class(tensor_class)


on_bind(_bind)


def _stale_class(fresh: type) -> type:
    """Return the subclass whose objects read themselves anew when touched."""
    found = _stale.get(fresh)
    if found is None:

        def get_data(tensor: Any) -> Any:
            try:
                refresh(tensor)
            except GradError:
                # The history is broken, and whoever wants it is told; the elements can still be read.
                return _elements(tensor)
            return tensor._data

        def set_data(tensor: Any, raw: Any) -> None:
            _DATA.__set__(tensor, raw)

        def get_node(tensor: Any) -> Any:
            refresh(tensor)
            return tensor._node

        def set_node(tensor: Any, node: Any) -> None:
            tensor.__class__ = fresh
            tensor._data = _elements(tensor)
            tensor._node = node
            tensor._extra.seen = tensor._extra.version[0]
            tensor._extra.storage.refreshed(tensor)

        def get_requires(tensor: Any) -> bool:
            return requires_grad(tensor)

        found = type(
            fresh.__name__,
            (fresh,),
            {
                "__slots__": (),
                "__module__": fresh.__module__,
                "__qualname__": fresh.__qualname__,
                "_fresh_class": fresh,
                "_data": property(get_data, set_data),
                "_node": property(get_node, set_node),
                "requires_grad": property(get_requires, lambda tensor, value: tensor.requires_grad_(value)),
            },
        )
        _stale[fresh] = found
        announce_class(found)
    return found


def hidden_classes() -> list[type]:
    """Return the hidden subclasses made so far."""
    return [*_strided.values(), *_stale.values(), classes.foreign]


def requires_grad(tensor: Any) -> bool:
    """Whether a tensor or the base that it is a view of requires grad; nothing is refreshed for the answer."""
    node = _NODE.__get__(tensor)
    if node is not None and type(node) is not DeadEnd:
        return True
    extra = tensor._extra
    return extra is not None and extra.base is not None and _NODE.__get__(extra.base) is not None


def invalidate(storage: Storage, keep: Any, cell: list[int]) -> None:
    """Make stale every member whose cache the write just made old; `keep` is the tensor that was written through, None where
    that is another storage's.

    On mutable backends the data of all members is right already; only the nodes of views are old, where there are any, and where
    the version that was raised (`cell`) is theirs.
    """
    mutable = storage.options.backend.mutable
    candidates = storage.fresh
    if storage.idle:
        base = keep if keep is None or keep._extra.base is None else keep._extra.base
        for key in list(storage.idle) if base is None else (id(base),):
            if base is None or _NODE.__get__(base) is not None:
                candidates += storage.idle.pop(key, ())
    storage.fresh = remaining = []
    for reference in candidates:
        tensor = reference()
        if tensor is None:
            continue
        alias = tensor._extra
        if tensor is keep or (mutable and alias.version is not cell):
            remaining.append(reference)
        elif not mutable:
            make_stale(tensor)
            _DATA.__set__(tensor, None)  # lets go of the old array
        elif alias.base is not None:
            if requires_grad(tensor):
                make_stale(tensor)
            else:
                _append(storage.idle.setdefault(id(alias.base), []), reference)


def make_stale(tensor: Any) -> None:
    """Have a tensor read itself anew at its next touch."""
    if "_fresh_class" not in type(tensor).__dict__:
        tensor.__class__ = _stale_class(type(tensor))


def _elements(tensor: Any) -> Any:
    """Return what a stale tensor's raw array has to be."""
    alias = tensor._extra
    if alias.storage.options.backend.mutable:
        return _DATA.__get__(tensor)
    raw = read(alias.storage, tensor._shape, alias.strides, alias.offset)
    return stops.stop(raw) if alias.stopped else raw


def known_node(tensor: Any) -> Any:
    """Return the node that a tensor had when it was last fresh."""
    return _NODE.__get__(tensor)


def is_broken(tensor: Any) -> bool:
    """Whether a view's history was lost, because its making forbids what happened to its base: whoever asks for it is told."""
    try:
        refresh(tensor)
    except GradError:
        return True
    return False


def refresh(tensor: Any) -> None:
    """Bring a stale tensor up to date: its data from the storage, its node from its base's.

    Raises
    ------
    GradError
        PyTorch's error, for a view whose making forbids what happened to its base.
    """
    fresh = type(tensor).__dict__.get("_fresh_class")
    if fresh is None:
        return
    alias = tensor._extra
    tensor.__class__ = fresh
    try:
        tensor._data = _elements(tensor)
        refresh_node(tensor, alias)
    except BaseException:
        tensor.__class__ = _stale_class(fresh)
        raise
    alias.storage.refreshed(tensor)


def refresh_node(tensor: Any, alias: Alias) -> None:
    """Give a view the node that its base's history calls for, after any write to what they share, recorded or not.

    Raises
    ------
    GradError
        For views of several outputs and those made while nothing was recorded.
    """
    base = alias.base
    if base is None:
        return
    version = alias.version[0]
    history = _NODE.__get__(base)
    own = _NODE.__get__(tensor)
    if history is None and (own is None or isinstance(own, Leaf)):
        if type(own) is DeadEnd:
            tensor._node = None  # the base requires grad no more
        return
    if alias.seen == version:
        if own is None:
            tensor._node = DeadEnd.of(tensor)  # the base came to require grad after the view was made
        return
    if alias.creation != "default":
        raise GradError(_BROKEN[alias.creation])
    from agrad.engine.inplace import view_node

    tensor._node = view_node(base, tensor, lost=True)
    alias.seen = version


_BASE_CHANGED = "and its base or another view of its base has been modified inplace"
_BROKEN = {
    "multi": f"Output 0 of a function that returns multiple views is a view {_BASE_CHANGED}. Such functions do not allow the output "
    "views to be modified inplace. You should replace the inplace operation by an out-of-place one.",
    "no_grad": f"A view was created in no_grad mode {_BASE_CHANGED} with grad mode enabled. Given that this use case is ambiguous and "
    "error-prone, it is forbidden. Make the view and the change both inside the no_grad block, or both outside.",
    "inference": f"A view was created in inference mode {_BASE_CHANGED} in normal mode. Given that this use case is ambiguous and "
    "error-prone, it is forbidden. Make the view and the change both inside the inference_mode block, or both outside.",
    "function": f"Output 0 of a custom Function is a view {_BASE_CHANGED}. Clone the output of the custom Function.",
}


def note_requires_grad(base: Any) -> None:
    """Tell the views of a base that it has come to require grad, or does so no longer."""
    alias = base._extra
    if alias is None or alias.storage is None or alias.base is not None:
        return
    wanted = _NODE.__get__(base) is not None
    version = alias.version[0]
    for reference in alias.storage.members:
        view = reference()
        if view is None or view._extra.base is not base:
            continue
        node = _NODE.__get__(view)
        if wanted and (node is None or view._extra.seen != version):
            make_stale(view)
        elif not wanted and type(node) is DeadEnd:
            view._node = None


def read(storage: Storage, sizes: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Any:
    """Return the raw array that a geometry shows of a storage."""
    if offset == 0 and tuple(storage.raw.shape) == sizes and strides == contiguous_strides(sizes):
        return storage.raw
    return storage.options.xp.as_strided(storage.raw, sizes, strides, offset)


def replace_memory(storage: Storage, raw: Any) -> None:
    """Let a storage of a mutable backend, and all its members, go over to another array of the same elements."""
    storage.raw = raw
    for reference in storage.members:
        tensor = reference()
        if tensor is not None:
            alias = tensor._extra
            _DATA.__set__(tensor, read(storage, tensor._shape, alias.strides, alias.offset))


def make_view(
    source: Any,
    raw: Any,
    sizes: tuple[int, ...],
    strides: tuple[int, ...],
    offset: int,
    node: Any,
    creation: str = "default",
) -> Any:
    """Return a tensor that shares `source`'s storage with the given geometry."""
    alias = alias_of(source)
    storage = alias.storage
    assert storage is not None
    place: Alias = new_object(Alias)  # every slot is filled here, so __init__ has nothing to do
    place.storage = storage
    place.base = source if alias.base is None else alias.base
    place.strides = strides
    place.offset = offset
    place.version = alias.version
    place.creation = creation if alias.creation == "default" else alias.creation
    place.seen = alias.version[0]
    place.names = None
    place.stopped = alias.stopped
    view = new_object(Tensor if is_contiguous(sizes, strides) else Strided)
    view._data = raw
    view._options = source._options
    view._shape = sizes
    view._node = node
    view._extra = place
    if node is None and creation != "default" and requires_grad(place.base):
        view._node = DeadEnd.of(view)  # made while nothing was recorded
    storage.enter(view)
    return view


def become(tensor: Any, other: Any) -> None:
    """Make `tensor` an alias of `other`, with its history: what is left of a transform's tensor when the transform ends."""
    extra = other._extra
    if extra is not None:
        place = Alias()
        for name in Alias.__slots__:
            setattr(place, name, getattr(extra, name))
        extra = place
    raw, node = other._data, other._node
    tensor.__class__ = type(other)
    tensor._data = raw
    tensor._options = other._options
    tensor._shape = other._shape
    tensor._node = node
    tensor._extra = extra
    if extra is not None and extra.storage is not None:
        extra.storage.enter(tensor)


def adopt(array: Any, backend: Any) -> Any:
    """Return a tensor that shares the memory of a user's array (on mutable backends), with the array's own strides.

    Raises
    ------
    ValueError
        For negative strides, which no tensor has.
    """
    from agrad.engine.core import wrap

    flat, sizes, strides, offset = backend.adopt(array)
    options = backend.options_of(flat)
    tensor = wrap(flat, options)
    alias = Alias()
    size = 1
    for length in tuple(flat.shape):
        size *= length
    alias.storage = Storage(flat, options, size, alias.version)
    alias.strides = strides
    alias.offset = offset
    tensor._shape = sizes
    tensor._extra = alias
    tensor._data = read(alias.storage, sizes, strides, offset)
    alias.storage.enter(tensor)
    if not is_contiguous(sizes, strides):
        tensor.__class__ = strided_class(type(tensor))
    return tensor
