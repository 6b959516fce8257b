"""Files of ``torch.save``, read without PyTorch: the zip file of version 1.6 and later, and the stream of pickles before it.

Both hold a pickle whose storages are persistent ids, ``('storage', class, key, location, count)``; the classes and functions that it
names are PyTorch's, and stand here as what agrad makes in their place. Tensors, parameters, sizes, devices, dtypes, containers and
numbers are read. Anything else (a whole module, an optimizer object) is refused by name: such a file holds code.

The confusing case: in the stream the storages' elements come after the pickle that lays tensors in them. It is read twice, the first
time for its end alone.

Source: the formats as written by ``torch/serialization.py`` of PyTorch 2.13 (its ``_save`` and ``_legacy_save``).
"""

from __future__ import annotations

import importlib
import io
import os
import pickle
import struct
import sys
import zipfile
from collections.abc import Callable
from typing import Any, ClassVar

from agrad import dtypes
from agrad.devices import Device
from agrad.dtypes import DType
from agrad.errors import LoadError
from agrad.torch_api.files.guarded import GuardedUnpickler, run_guarded
from agrad.torch_api.rebuilding import rebuild_tensor
from agrad.torch_api.size import Size

#: makes a storage of (bytes, dtype, location, backend name or None)
Make = Callable[[Any, DType, str, str | None], Any]

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_VERSION = 1001
#: the pickle of that number, as protocols 2 to 5 write it after their own two bytes
_LEGACY_START = b"\x8a\x0a" + _LEGACY_MAGIC.to_bytes(10, "little") + b"."

_CLASSES = {
    "DoubleStorage": dtypes.float64,
    "FloatStorage": dtypes.float32,
    "HalfStorage": dtypes.float16,
    "BFloat16Storage": dtypes.bfloat16,
    "LongStorage": dtypes.int64,
    "IntStorage": dtypes.int32,
    "ShortStorage": dtypes.int16,
    "CharStorage": dtypes.int8,
    "ByteStorage": dtypes.uint8,
    "BoolStorage": dtypes.bool,
    "ComplexDoubleStorage": dtypes.complex128,
    "ComplexFloatStorage": dtypes.complex64,
    "UntypedStorage": dtypes.uint8,
}

_DTYPES = {
    **{one.name: one for one in dtypes.ALL},
    "half": dtypes.float16,
    "float": dtypes.float32,
    "double": dtypes.float64,
    "short": dtypes.int16,
    "int": dtypes.int32,
    "long": dtypes.int64,
    "cfloat": dtypes.complex64,
    "cdouble": dtypes.complex128,
}


class _Bytes:
    """A storage of the file, made of a dtype when a tensor says which."""

    def __init__(self, data: Any, location: str, make: Make) -> None:
        self.data = data
        self.location = location
        self.make = make
        self.storage: Any = None

    def typed(self, dtype: DType) -> Any:
        """Return the storage; tensors that share it as several dtypes share it here, too."""
        if self.storage is None:
            if len(self.data) % dtype.itemsize:
                raise LoadError(f"the file is damaged: a storage of {dtype!r} has {len(self.data)} bytes.")
            self.storage = self.make(self.data, dtype, self.location, None)
            self.data = None
        return self.storage


class _Typed:
    """A storage of the file and the dtype that the pickle gives it."""

    def __init__(self, behind: _Bytes, dtype: DType) -> None:
        self.behind = behind
        self.dtype = dtype


def _tensor(
    storage: Any,
    offset: Any,
    size: Any,
    stride: Any,
    requires_grad: Any = False,
    hooks: Any = None,
    metadata: Any = None,
) -> Any:
    if not isinstance(storage, _Typed):
        raise LoadError(f"the file is damaged: a tensor lies in a {type(storage).__name__}, not in a storage.")
    _no_hooks(hooks)
    if metadata:
        raise LoadError(f"a tensor of the file carries metadata ({metadata!r:.80}), which agrad's tensors have not.")
    made = storage.behind.typed(storage.dtype)
    return rebuild_tensor(made, storage.dtype, offset, tuple(size), tuple(stride), bool(requires_grad))


def _tensor_v1(storage: Any, offset: Any, size: Any, stride: Any) -> Any:
    return _tensor(storage, offset, size, stride)


def _tensor_v3(
    storage: Any, offset: Any, size: Any, stride: Any, requires_grad: Any, hooks: Any, dtype: Any, metadata: Any = None
) -> Any:
    if not isinstance(storage, _Typed) or not isinstance(dtype, DType):
        raise LoadError("the file is damaged: a tensor of a storage of bytes has no dtype.")
    return _tensor(_Typed(storage.behind, dtype), offset, size, stride, requires_grad, hooks, metadata)


def _parameter(data: Any, requires_grad: Any, hooks: Any = None, state: Any = None) -> Any:
    _no_hooks(hooks)
    if state:
        raise LoadError("a parameter of the file carries attributes of its own, which are not read.")
    parameter = importlib.import_module(
        "agrad.nn.parameter"
    ).Parameter  # a user of this layer, loaded when a file needs it
    return parameter(data.detach(), bool(requires_grad))


def _no_hooks(hooks: Any) -> None:
    if hooks:
        raise LoadError("a tensor of the file carries backward hooks, which are code and are not read.")


def _device(type_: Any, index: Any = None) -> Device:
    if type(type_) is not str or not (index is None or type(index) is int):
        raise LoadError("the file is damaged: a device is a word and a number.")
    return Device(type_, index)


def _size(lengths: Any = ()) -> Size:
    return Size(tuple(lengths))


_GLOBALS: dict[tuple[str, str], Any] = {
    ("torch._utils", "_rebuild_tensor"): _tensor_v1,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_tensor_v3"): _tensor_v3,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch._utils", "_rebuild_parameter_with_state"): _parameter,
    ("torch", "Size"): _size,
    ("torch", "device"): _device,
    **{("torch", name): dtype for name, dtype in _CLASSES.items()},
    **{("torch.cuda", name): dtype for name, dtype in _CLASSES.items()},
    ("torch.storage", "UntypedStorage"): dtypes.uint8,
    **{("torch", name): dtype for name, dtype in _DTYPES.items()},
}


class _Unpickler(GuardedUnpickler):
    """The guarded unpickler with PyTorch's names; `find` gives the storage of a key."""

    def __init__(self, file: Any, find: Callable[[str, str, int], _Bytes]) -> None:
        super().__init__(file, _GLOBALS)
        self.find = find

    def persistent_load(self, pid: Any) -> Any:
        """Return the storage that a persistent id names."""
        if not isinstance(pid, tuple) or len(pid) not in (5, 6) or pid[0] != "storage" or (len(pid) == 6 and pid[5]):
            raise LoadError(f"the file is damaged: it names {pid!r:.80}.")
        _, dtype, key, location, count = pid[:5]
        if not isinstance(dtype, DType) or type(key) is not str or type(location) is not str or type(count) is not int:
            raise LoadError(f"the file is damaged: it names {pid!r:.80}.")
        behind = self.find(key, location, count * dtype.itemsize)
        return _Typed(behind, dtype)


# ---------------------------------------------------------------- the zip file


def load_zip(file: Any, make: Make) -> Any:
    """Return what a zip file of ``torch.save`` holds.

    Raises
    ------
    LoadError
        For another kind of zip file, and a damaged one.
    """
    try:
        archive = zipfile.ZipFile(file)
        names = set(archive.namelist())
        tree = next((name for name in names if name.count("/") == 1 and name.endswith("/data.pkl")), None)
        if tree is None:
            raise LoadError(
                "the file is a zip file, but none of torch.save (it has no data.pkl). A file of numpy.savez is read by numpy.load, one of "
                "torch.jit by PyTorch alone."
            )
        root = tree.removesuffix("data.pkl")
        if f"{root}constants.pkl" in names:
            raise LoadError(
                "the file is a TorchScript archive, a program. Load it in PyTorch and save its state_dict()."
            )
        order = archive.read(f"{root}byteorder").decode() if f"{root}byteorder" in names else "little"
        if order != sys.byteorder:
            raise LoadError(f"the file's numbers are {order}-endian, this machine's are {sys.byteorder}-endian.")
        known: dict[str, _Bytes] = {}

        def find(key: str, location: str, length: int) -> _Bytes:
            if key not in known:
                name = f"{root}data/{key}"
                if name not in names or archive.getinfo(name).file_size != length:
                    raise LoadError(
                        f"the file is damaged: storage {key!r:.40} has not the {length} bytes that it should."
                    )
                known[key] = _Bytes(memoryview(bytearray(archive.read(name))), location, make)
            return known[key]

        return run_guarded(_Unpickler(io.BytesIO(archive.read(tree)), find))
    except (zipfile.BadZipFile, EOFError, NotImplementedError, UnicodeDecodeError, KeyError, OSError) as error:
        raise LoadError(f"the file is damaged: it cannot be read as a zip file ({error}).") from error


# ---------------------------------------------------------------- the stream of pickles


def is_legacy(start: bytes) -> bool:
    """Whether a file begins as the older format does."""
    return len(start) >= 4 and start[:1] == b"\x80" and _LEGACY_START.startswith(start[2:])


def load_legacy(file: Any, make: Make) -> Any:
    """Return what a file of ``torch.save(..., _use_new_zipfile_serialization=False)`` holds.

    Raises
    ------
    LoadError
        For a damaged one.
    """

    def plain() -> Any:
        return run_guarded(_Unpickler(file, _no_storage))

    if plain() != _LEGACY_MAGIC:
        raise LoadError("the file is damaged: it does not begin as PyTorch's files do.")
    version = plain()
    if version != _LEGACY_VERSION:
        raise LoadError(f"the file has version {version!r:.40} of PyTorch's older format; {_LEGACY_VERSION} is read.")
    facts = plain()
    if not isinstance(facts, dict) or facts.get("little_endian") is not (sys.byteorder == "little"):
        raise LoadError("the file's numbers have the other order of bytes than this machine's.")
    tree = file.tell()
    lengths: dict[str, tuple[str, int]] = {}

    def note(key: str, location: str, length: int) -> _Bytes:
        if lengths.setdefault(key, (location, length)) != (location, length):
            raise LoadError(f"the file is damaged: storage {key!r:.40} has two sizes.")
        return _Bytes(None, location, make)

    run_guarded(_Skipper(file, note))
    keys = plain()
    if not isinstance(keys, list) or set(keys) != set(lengths):
        raise LoadError("the file is damaged: it lists other storages than it uses.")
    known: dict[str, _Bytes] = {}
    for key in keys:
        location, length = lengths[key]
        known[key] = _Bytes(_elements(file, key, length), location, make)
    end = file.tell()
    file.seek(tree, os.SEEK_SET)
    made = run_guarded(_Unpickler(file, lambda key, location, length: known[key]))
    file.seek(end, os.SEEK_SET)
    return made


def _elements(file: Any, key: str, length: int) -> Any:
    head = file.read(8)
    if len(head) != 8:
        raise LoadError(f"the file is cut off before storage {key!r:.40}.")
    (count,) = struct.unpack("<q", head)
    if count < 0 or (count and (length % count or length // count not in (1, 2, 4, 8, 16))) or (not count and length):
        raise LoadError(f"the file is damaged: storage {key!r:.40} has {count} elements in {length} bytes.")
    data = bytearray()
    while len(data) < length:
        piece = file.read(min(1 << 24, length - len(data)))
        if not piece:
            raise LoadError(f"the file is cut off inside storage {key!r:.40}.")
        data += piece
    return memoryview(data)


def _no_storage(key: str, location: str, length: int) -> _Bytes:
    raise LoadError("the file is damaged: a storage is named where none is.")


class _Skipper(_Unpickler):
    """Runs a pickle to its end and makes nothing of it."""

    def find_class(self, module: str, name: str) -> Any:
        """Return something that may be called, after asking whether the true one may be."""
        found = super().find_class(module, name)
        if isinstance(found, DType):
            return found
        self._callable[id(_nothing)] = _nothing
        return _nothing

    def load_build(self) -> None:
        """Drop the state."""
        self.stack.pop()

    def load_setitem(self) -> None:
        """Drop an item."""
        del self.stack[-2:]

    def load_setitems(self) -> None:
        """Drop items."""
        self.pop_mark()

    dispatch: ClassVar[dict[int, Any]] = {
        **GuardedUnpickler.dispatch,
        ord(pickle.BUILD): load_build,
        ord(pickle.SETITEM): load_setitem,
        ord(pickle.SETITEMS): load_setitems,
    }


def _nothing(*args: Any) -> Any:
    return None


__all__ = ["is_legacy", "load_legacy", "load_zip"]
