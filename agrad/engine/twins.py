"""One memory read as several dtypes, and conjugated or negated: storages that are twins.

Where arrays are written in place, a twin of another dtype is an array of the same memory, and nothing has to be told. Elsewhere, and
for a conjugated twin everywhere, the twin's array is computed from the memory when it is first read after a write
(``Storage.raw`` is None until then).
"""

from __future__ import annotations

import weakref
from typing import Any

from agrad.engine.storage import Storage


def twin_of(storage: Storage, dtype: Any, *, flipped: bool = False) -> Storage:
    """Return the storage that reads another's memory as `dtype`; as many whole elements as there are.

    Parameters
    ----------
    dtype : DType
    flipped : bool
        Whether its elements are the memory's conjugated (complex) or negated (real).
    """
    if storage.options.dtype is dtype and storage.flipped is flipped:
        return storage
    if storage.twins is None:
        storage.twins = [weakref.ref(storage)]
    family = storage.twins
    family[:] = [reference for reference in family if reference() is not None]
    for reference in family:
        known = reference()
        if known is not None and known.options.dtype is dtype and known.flipped is flipped:
            return known
    widest = widest_of(storage)
    twin = Storage(None, storage.options.with_dtype(dtype), _bytes(widest) // dtype.itemsize, storage.cell)
    twin.address, twin.members, twin.given, twin.twins = storage.address, storage.members, storage.given, family
    twin.flipped = flipped
    twin.live = twin.live and not flipped
    twin.source = widest if widest.raw is not None else widest.source
    if twin.live:
        twin.elements()
    family.append(weakref.ref(twin))
    return twin


def widest_of(storage: Storage) -> Storage:
    """Return the twin that has the bytes at the end too that make no whole element of another; not a flipped one where one is not."""
    alive = [one for one in (reference() for reference in storage.twins or ()) if one is not None]
    return max((one.memory() for one in alive), key=lambda one: (_bytes(one), not one.flipped), default=storage)


def _bytes(storage: Storage) -> int:
    count: int = storage.size * storage.options.dtype.itemsize
    return count


def computed(source: Storage, twin: Storage, count: int) -> Any:
    """Return `count` elements of a twin, made of a source's first bytes."""
    options, own = twin.options, source.options
    xp = options.xp
    raw = source.elements()
    if source.flipped:
        raw = flip(own, raw)
    if options.dtype is not own.dtype:
        needed = count * options.dtype.itemsize // own.dtype.itemsize
        row = xp.reshape(raw, (-1,) if source.size else (0,))
        raw = xp.bitcast(row if needed == source.size else row[:needed], options.raw_dtype)
    return flip(options, raw) if twin.flipped else raw


def flip(options: Any, raw: Any) -> Any:
    """Return an array conjugated, or negated where it is real."""
    return options.xp.conj(raw) if options.is_complex else options.xp.negative(raw)


def tell_twins(storage: Storage) -> None:
    """Have the twins of a storage that was written to compute their elements anew when next read."""
    for reference in storage.twins or ():
        twin = reference()
        if twin is None or twin is storage or twin.live:
            continue
        if storage.live:
            twin.raw = None
        elif _bytes(twin) > _bytes(storage):
            # The bytes at the end that make no whole element of the written dtype are in the twin alone.
            xp = twin.options.xp
            count = _bytes(storage) // twin.options.dtype.itemsize
            rest = xp.reshape(twin.elements(), (-1,))[count:]
            twin.raw = xp.concat([xp.reshape(computed(storage, twin, count), (-1,)), rest], axis=0)
            twin.source = None
        else:
            twin.raw = None
            twin.source = storage
