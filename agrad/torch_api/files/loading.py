"""Reading files: :func:`load`, which looks at a file's first bytes and takes nobody's word for what it is."""

from __future__ import annotations

import io
import os
import pickle
import sys
from collections.abc import Callable
from typing import Any

from agrad import dtypes
from agrad.array_api._making import place
from agrad.backend import get_backend
from agrad.devices import Device
from agrad.errors import AgradError, LoadError
from agrad.torch_api import storages
from agrad.torch_api.files import container, pytorch
from agrad.torch_api.files.guarded import GuardedUnpickler, run_guarded
from agrad.torch_api.rebuilding import rebuild_tensor
from agrad.torch_api.size import Size
from agrad.torch_api.storages import TypedStorage


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read back what :func:`agrad.save` wrote, or a file of PyTorch's.

    Files of ``torch.save`` are read in both of its formats (the zip file and the older stream of pickles) as far as they hold
    tensors, parameters, containers and numbers; nothing in them is run.

    Parameters
    ----------
    f : path or binary file
        A file object needs ``read``; PyTorch's formats need ``seek``, too.
    map_location : Device, str, dict of str to str, or callable; optional
        Where the storages shall be: a device ('cpu'), a backend ('jax') or both ('jax:cpu'). A callable is given a storage and the
        name of the device it was on, and returns a storage or None. By default each goes to the backend and device it was on,
        where they are at hand, else to the default ones.
    pickle_module : module, optional
        Whose ``Unpickler`` is used with ``weights_only=False``; pickle's by default.
    weights_only : bool
        True, the default: build tensors, arrays, containers and numbers only. False: whatever the file asks for; only for files
        that you trust.
    mmap : bool, optional
        PyTorch's choice of how to read; agrad reads each storage once, straight into the array's memory where its backend can.

    Returns
    -------
    object
        What was saved.

    Raises
    ------
    LoadError
        A ``pickle.UnpicklingError``: for a file of another kind, one that is damaged or cut off, and one that asks for more than it
        may.
    TypeError
        For an unknown keyword, and for an `f` that is neither path nor binary file.

    See Also
    --------
    agrad.save : Write a file.
    agrad.serialization.add_safe_globals : Name classes and functions that files may use.
    """
    if pickle_load_args:
        raise TypeError(
            f"load() got an unexpected keyword argument {next(iter(pickle_load_args))!r}; it takes map_location, pickle_module, "
            "weights_only and mmap."
        )
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as file:
            return load(file, map_location, pickle_module, weights_only=weights_only)
    if not hasattr(f, "read"):
        raise TypeError(f"expected 'f' to be a path or a file-like object with a 'read' attribute; received {type(f)}")
    guarded = weights_only is not False
    if guarded and pickle_module is not None:
        raise TypeError(
            "pickle_module is for weights_only=False: other files are read by agrad's own unpickler. Leave it out."
        )

    def make(data: Any, dtype: Any, device: str, backend: str | None) -> TypedStorage:
        return _storage(data, dtype, device, backend, map_location)

    start = _first_bytes(f, len(container.MAGIC))
    if start == container.MAGIC:
        return _load_own(f, make, map_location, guarded, pickle_module or pickle)
    if start[:4] == b"PK\x03\x04":
        return pytorch.load_zip(_again(f, start), make)
    if pytorch.is_legacy(start):
        return pytorch.load_legacy(_again(f, start), make)
    raise LoadError(_what_it_is(start))


def _first_bytes(file: Any, count: int) -> bytes:
    data: bytes = file.read(count)
    if not isinstance(data, bytes):
        raise TypeError(
            f"expected 'f' to be a binary file; its read() gives {type(data).__name__}. Open it with mode 'rb'."
        )
    return data


def _again(file: Any, start: bytes) -> Any:
    """Return the file, placed before the bytes that were looked at."""
    if not hasattr(file, "seek"):
        raise LoadError(
            "a file of PyTorch's is read by seeking in it; received a file object without 'seek'. Pass its path."
        )
    file.seek(-len(start), os.SEEK_CUR)
    return file


def _what_it_is(start: bytes) -> str:
    known = "agrad.load reads files of agrad.save and of torch.save"
    if not start:
        return f"the file is empty (or was read to its end: seek(0) first); {known}."
    if start[:1] == b"\x80":
        return f"the file is a plain pickle, not a file of agrad.save; {known}. If you trust it, use pickle.load."
    if start[:6] == b"\x93NUMPY":
        return f"the file is NumPy's; {known}. Use numpy.load and agrad.from_numpy."
    if start[:4] == b"\x89HDF":
        return f"the file is HDF5; {known}. Read it with h5py and agrad.tensor."
    if len(start) == 8 and start[7:] == b"\x00" and int.from_bytes(start, "little") < 100_000_000:
        return f"the file seems to be of safetensors; {known}. Use agrad.utils.safetensors.load_file."
    return f"the file is of no known kind (it begins with {start!r}); {known}."


# ---------------------------------------------------------------- agrad's own


def _load_own(file: Any, make: Callable[..., Any], map_location: Any, guarded: bool, pickle_module: Any) -> Any:
    if sys.byteorder != "little":
        raise LoadError("agrad's files are little-endian, and this machine is not.")
    reader = container.Reader(file)
    found: list[Any] = []
    while True:
        tag, data = reader.chunk()
        if tag == b"TREE":
            break
        if tag == b"DONE":
            raise LoadError("the file is damaged: it has no chunk TREE.")
        facts, elements = container.split_storage(data)
        try:
            dtype = dtypes.by_name(facts["dtype"])
        except (AgradError, KeyError, ValueError):
            raise LoadError(f"the file is damaged: a storage has the dtype {facts['dtype']!r:.40}.") from None
        if facts["count"] < 0 or len(elements) != facts["count"] * dtype.itemsize:
            raise LoadError(
                f"the file is damaged: a storage of {facts['count']} elements of {dtype!r} has {len(elements)} bytes."
            )
        found.append(_Stored(elements, dtype, facts["device"], facts["backend"], make))
    if reader.chunk()[0] != b"DONE":
        raise LoadError("the file is damaged: something follows the chunk TREE.")
    things = _Things(found, map_location)
    if guarded:
        unpickler = _GuardedOwn(io.BytesIO(data), things)
        return run_guarded(unpickler)
    return _trusting(pickle_module, data, things)


class _Stored:
    """One DATA chunk, made a storage (or a raw array) when the pickle first names it."""

    def __init__(self, elements: Any, dtype: Any, device: str, backend: str, make: Callable[..., Any]) -> None:
        self.elements = elements
        self.facts = dtype, device, backend
        self.make = make
        self.storage: Any = None

    def typed(self) -> TypedStorage:
        """Return the storage, one for all that share it."""
        if self.storage is None:
            self.storage = self.make(self.elements, *self.facts)
            self.elements = None
        made: TypedStorage = self.storage
        return made

    def array(self) -> Any:
        """Return the elements as a raw 1-D array of the backend they were of."""
        dtype, device, backend_name = self.facts
        backend, where = storages.home(device, backend_name)
        if backend.name != backend_name:
            raise LoadError(
                f"the file holds an array of backend {backend_name}, which is not at hand. Install its library, or save tensors: those "
                "go to any backend."
            )
        return backend, backend.from_buffer(bytearray(self.elements), dtype, where)


class _Things:
    """What the persistent ids of a pickle name."""

    def __init__(self, stored: list[_Stored], map_location: Any) -> None:
        self.stored = stored
        self.made: dict[int, Any] = {}

    def named(self, pid: Any) -> Any:
        """Return the tensor, array, storage, dtype, device or size of a persistent id.

        Raises
        ------
        LoadError
            For an id that :func:`agrad.save` does not write.
        """
        kind, *rest = pid if isinstance(pid, tuple) and pid else (None,)
        make = _NAMED.get(kind) if isinstance(kind, str) else None
        if make is None:
            raise LoadError(f"the file is damaged: it names {pid!r:.80}.")
        return make(self, *rest)

    def _at(self, number: Any) -> _Stored:
        if type(number) is not int or not 0 <= number < len(self.stored):
            raise LoadError(f"the file is damaged: it names storage {number!r:.40} of {len(self.stored)}.")
        return self.stored[number]

    def tensor(self, number: int, storage: int, *rest: Any) -> Any:
        """Return a tensor, the same for all ids of its number."""
        if number not in self.made:
            self.made[number] = rebuild_tensor(self._at(storage).typed(), *rest)
        return self.made[number]

    def array(self, number: int, storage: int, shape: tuple[int, ...]) -> Any:
        """Return a raw array, the same for all ids of its number."""
        if number not in self.made:
            backend, flat = self._at(storage).array()
            self.made[number] = backend.namespace().reshape(flat, shape)
        return self.made[number]

    def number(self, number: int, storage: int, shape: tuple[int, ...]) -> Any:
        """Return a number of the array library's own kind."""
        _, flat = self._at(storage).array()
        return flat[0]

    def storage(self, storage: int) -> Any:
        """Return a typed storage."""
        return self._at(storage).typed()

    def untyped(self, storage: int) -> Any:
        """Return a storage of bytes."""
        return self._at(storage).typed().untyped()


_NAMED: dict[str, Callable[..., Any]] = {
    "tensor": _Things.tensor,
    "array": _Things.array,
    "number": _Things.number,
    "storage": _Things.storage,
    "bytes": _Things.untyped,
    "dtype": lambda things, name: dtypes.by_name(name),
    "device": lambda things, type_, index, backend: Device(type_, index, backend=backend),
    "size": lambda things, lengths: Size(lengths),
}


class _GuardedOwn(GuardedUnpickler):
    def __init__(self, file: Any, things: _Things) -> None:
        super().__init__(file)
        self.things = things

    def persistent_load(self, pid: Any) -> Any:
        """Return what a persistent id names."""
        return self.things.named(pid)


def _trusting(pickle_module: Any, data: Any, things: _Things) -> Any:
    unpickler = pickle_module.Unpickler(io.BytesIO(data))
    unpickler.persistent_load = (
        things.named
    )  # not a subclass: a class made here would be a cycle that keeps the file's bytes
    return unpickler.load()


# ---------------------------------------------------------------- where storages go


def _storage(data: Any, dtype: Any, device: str, backend_name: str | None, where: Any) -> TypedStorage:
    """Make a storage where it shall be; `backend_name` is None for a file that names no backend."""

    def at_home() -> TypedStorage:
        return storages.storage_of(data, dtype, *storages.home(device, backend_name))

    if isinstance(where, dict):
        where = where.get(device)
    elif where is not None and not isinstance(where, (str, Device)) and callable(where):
        before = at_home()
        after = where(before, device)
        return before if after is None else after
    if where is None:
        return at_home()
    beside = get_backend(backend_name) if backend_name is not None and _plain(where) else None
    backend, found = place(where, beside)
    return storages.storage_of(data, dtype, backend, found)


def _plain(where: Any) -> bool:
    """Whether a place names a device and no backend: then the file's own backend is meant."""
    return Device(where).backend is None if not isinstance(where, str) else where.partition(":")[0] in ("cpu", "cuda")


__all__ = ["load"]
