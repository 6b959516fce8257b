"""One memory read as several dtypes: storages that are twins.

Where arrays are written in place a twin's array is the same memory, and nothing has to be told. Elsewhere a write to one storage
gives its twins new arrays, and their members are stale.
"""

from __future__ import annotations

import weakref
from typing import Any

from agrad.engine.storage import Storage, invalidate


def twin_of(storage: Storage, options: Any) -> Storage:
    """Return the storage that reads another's memory as the dtype of `options`; as many whole elements as there are."""
    if options.dtype is storage.options.dtype:
        return storage
    if storage.twins is None:
        storage.twins = [weakref.ref(storage)]
    family = storage.twins
    family[:] = [reference for reference in family if reference() is not None]
    for reference in family:
        known = reference()
        if known is not None and known.options.dtype is options.dtype:
            return known
    size = storage.size * storage.options.dtype.itemsize // options.dtype.itemsize
    twin = Storage(_bits(storage, options, size), options, size, storage.cell)
    twin.address = storage.address
    twin.twins = family
    family.append(weakref.ref(twin))
    return twin


def _bits(storage: Storage, options: Any, size: int) -> Any:
    """Return so many elements of another dtype, made of a storage's first bytes."""
    xp = options.xp
    needed = size * options.dtype.itemsize // storage.options.dtype.itemsize
    return xp.bitcast(xp.reshape(storage.raw, (-1,) if storage.size else (0,))[:needed], options.raw_dtype)


def tell_twins(storage: Storage, cell: list[int]) -> None:
    """Give the twins of a storage that was written anew what it holds now."""
    for reference in storage.twins or ():
        twin = reference()
        if twin is None or twin is storage:
            continue
        twin.note_change()
        options = twin.options
        xp = options.xp
        shared = min(storage.size * storage.options.dtype.itemsize, twin.size * options.dtype.itemsize)
        count = shared // options.dtype.itemsize
        raw = _bits(storage, options, count)
        if count < twin.size:  # bytes at the end that make no whole element there
            raw = xp.concat([raw, xp.reshape(twin.raw, (-1,))[count:]])
        twin.raw = xp.reshape(raw, tuple(twin.raw.shape))
        invalidate(twin, None, cell)
