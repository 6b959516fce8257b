"""Writing files: :func:`save`, which replaces a file only by a whole one."""

from __future__ import annotations

import io
import os
import pickle
import stat
import tempfile
from collections.abc import Callable
from typing import Any

from agrad.backend import backend_of
from agrad.devices import Device
from agrad.dtypes import DType
from agrad.engine.core import TensorCore
from agrad.engine.storage import read
from agrad.errors import DeviceError
from agrad.torch_api.files import container
from agrad.torch_api.rebuilding import parts_of
from agrad.torch_api.size import Size
from agrad.torch_api.storages import TypedStorage, UntypedStorage


def save(
    obj: Any, f: Any, pickle_module: Any = pickle, pickle_protocol: int = 4, _use_new_zipfile_serialization: bool = True
) -> None:
    """Write an object, with the tensors in it, to a file.

    A path's file is replaced when all of the new one is on the disk: an error, a full disk or an end of the process in the middle
    leaves the old file as it was, and a reader sees the old one or the new one. A file object is written to when the whole object is
    pickled.

    Parameters
    ----------
    obj : object
        A tensor, an array, or lists, dictionaries and whatever pickles of them. Tensors that share memory share it again when loaded.
    f : path or binary file
        Where to write; a file object needs ``write``.
    pickle_module : module
        Whose ``Pickler`` pickles what is neither tensor nor array.
    pickle_protocol : int
        The pickle's protocol, from 2.
    _use_new_zipfile_serialization : bool
        PyTorch's choice of its formats; agrad has one.

    Raises
    ------
    GradError
        A RuntimeError, for a tensor inside a transform.
    TypeError
        For an `f` that is neither path nor binary file.
    ValueError
        For a protocol below 2.

    See Also
    --------
    agrad.load : Read a file back.
    """
    if not isinstance(f, (str, os.PathLike)) and not hasattr(f, "write"):
        raise TypeError(
            f"expected 'f' to be string, path, or a file-like object with a 'write' attribute; received {type(f)}"
        )
    if pickle_protocol < 2:
        raise ValueError(f"save needs a pickle protocol of at least 2; received {pickle_protocol}. Leave it out.")
    tree, storages = _pickled(obj, pickle_module, pickle_protocol)

    def write(file: Any) -> None:
        container.write_start(file)
        for storage in storages:
            container.write_chunk(file, b"DATA", *_contents(storage))
        container.write_chunk(file, b"TREE", tree)
        container.write_chunk(file, b"DONE")

    if isinstance(f, (str, os.PathLike)):
        replace_file(f, write)
    else:
        write(f)


def replace_file(path: Any, write: Callable[[Any], None]) -> None:
    """Have a file written beside `path`, and put it in its place when it is on the disk.

    What is no regular file (a pipe, a device) is opened and written to: there is no place to put another file in.
    """
    path = os.path.realpath(path)
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        mode = None
    if mode is not None and not stat.S_ISREG(mode):
        with open(path, "wb") as file:
            write(file)
        return
    folder = os.path.dirname(path)
    descriptor, beside = tempfile.mkstemp(prefix=f".{os.path.basename(path)}.", suffix=".part", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, _new_mode() if mode is None else stat.S_IMODE(mode))
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise
    _sync_folder(folder)


def _new_mode() -> int:
    """Return the permissions of a file that ``open`` makes: all that the process's mask leaves."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync_folder(folder: str) -> None:
    """Have the new name on the disk, too, where folders can be synchronised."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # Windows opens no folders
    try:
        os.fsync(descriptor)
    except OSError:
        pass  # some network file systems have no such thing
    finally:
        os.close(descriptor)


def _pickled(obj: Any, pickle_module: Any, protocol: int) -> tuple[bytes, list[Any]]:
    """Return the pickle of an object without its storages and arrays, and these, numbered as the pickle names them."""
    buffer = io.BytesIO()
    pickler = pickle_module.Pickler(buffer, protocol=protocol)
    things, storages = _Numbers(), _Numbers()
    # An attribute and not a subclass: a class made here would be a cycle that keeps the object alive.
    pickler.persistent_id = lambda one: _persistent_id(one, things, storages)
    pickler.dump(obj)
    return buffer.getvalue(), storages.known


class _Numbers:
    """Numbers for objects, by identity, in the order in which they are met; the objects are kept, so that no id comes twice."""

    def __init__(self) -> None:
        self.known: list[Any] = []
        self.numbers: dict[int, int] = {}

    def __call__(self, one: Any) -> int:
        found = self.numbers.get(id(one))
        if found is None:
            found = self.numbers[id(one)] = len(self.known)
            self.known.append(one)
        return found


def _persistent_id(one: Any, things: _Numbers, storages: _Numbers) -> Any:
    """Return what stands in the pickle for an object of agrad's or of an array library's; None for any other."""
    kind = type(one)
    if kind in _PLAIN:
        return None
    if isinstance(one, TensorCore):
        storage, *rest = parts_of(one)
        return ("tensor", things(one), storages(storage._storage), *rest)
    if kind is TypedStorage:
        return "storage", storages(one._storage)
    if kind is UntypedStorage:
        return "bytes", storages(one._storage)
    if kind is DType:
        return "dtype", one.name
    if kind is Device:
        return "device", one.type, one.index, one.backend
    if kind is Size:
        return "size", tuple(one)
    how = _array_kind(one)
    return None if how is None else (how, things(one), storages(one), tuple(one.shape))


#: what is no array of a backend's: looked at first, since most of what a pickle holds is this
_PLAIN = frozenset({str, int, float, bool, type(None), bytes, complex, list, tuple, dict, set, frozenset, type})


def _array_kind(one: Any) -> str | None:
    """Return 'array' or 'number' for a backend's own; None for anything else, and for arrays of a class or dtype agrad does not know."""
    backend = backend_of(one)
    if backend is None:
        return None
    try:
        dtype = backend.dtype_of(one)
    except KeyError:
        return None
    if backend.is_scalar(one):
        return "number"
    plain = backend.asarray([], dtype, backend.default_device())
    return "array" if type(one) is type(plain) else None


def _contents(storage: Any) -> tuple[bytes, bytes]:
    """Return the header and the elements of a DATA chunk: an engine's storage, or a raw array."""
    if hasattr(storage, "options"):
        options, count = storage.options, storage.size
        backend, device, dtype = options.backend, options.device, options.dtype
        raw = read(storage, (count,), (1,), 0)
    else:
        found = backend_of(storage)
        assert found is not None
        backend, dtype, raw = found, found.dtype_of(storage), storage
        device = backend.device_of(backend.ensure_array(raw))
        count = 1
        for length in raw.shape:
            count *= length
    data = backend.to_bytes(backend.ensure_array(raw))
    if len(data) != count * dtype.itemsize:
        raise DeviceError(f"backend {backend.name} gave {len(data)} bytes for {count} elements of {dtype!r}.")
    facts = {"dtype": dtype.name, "device": str(device), "backend": backend.name, "count": count}
    return container.storage_header(facts), data


__all__ = ["replace_file", "save"]
