"""A tensor's storage as an object: the elements that it and its views share, typed or as bytes.

The confusing case: the object that is handed out is not the storage but shows it. It is one and the same for all tensors that
share the memory, as long as somebody holds it, so that ``x.storage() is x[0].storage()``.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

from agrad import dtypes
from agrad.array_api._making import place
from agrad.devices import Device
from agrad.dtypes import DType
from agrad.engine.core import wrap
from agrad.engine.geometry import is_contiguous
from agrad.engine.inplace import write
from agrad.engine.modes import no_grad
from agrad.engine.storage import Alias, alias_of, read, strided_class
from agrad.engine.twins import twin_of, widest_of
from agrad.errors import AgradError, DeviceError, IndexOutOfRange, LoadError, MissingBackend
from agrad.torch_api import storage as memory


class StorageError(AgradError, RuntimeError):
    """Something that a storage does not do."""


class _Shown:
    """What both kinds of storage objects have: the engine's storage behind them."""

    __slots__ = ("__weakref__", "_storage")

    _storage: Any

    @property
    def device(self) -> Device:
        """Where the memory is."""
        device: Device = self._storage.options.device
        return device

    @property
    def is_cuda(self) -> bool:
        """Whether the memory is a GPU's."""
        return self.device.type == "cuda"

    def nbytes(self) -> int:
        """Return the number of bytes."""
        count: int = self._storage.size * self._storage.options.dtype.itemsize
        return count

    def data_ptr(self) -> int:
        """Return the address of the first element."""
        return memory.address(self._storage)

    def _flat(self) -> Any:
        """Return all the elements as a 1-D tensor of this memory."""
        storage = self._storage
        return show(storage, (storage.size,), (1,), 0)


class TypedStorage(_Shown):
    """A storage as a sequence of numbers of the tensors' dtype; what is written here shows in the tensors.

    Examples
    --------
    >>> import agrad
    >>> x = agrad.tensor([[1, 2], [3, 4]])
    >>> s = x.storage()
    >>> s[2] = 9
    >>> x
    tensor([[1, 2],
            [9, 4]])
    """

    __slots__ = ()

    @property
    def dtype(self) -> DType:
        """The elements' dtype."""
        dtype: DType = self._storage.options.dtype
        return dtype

    def untyped(self) -> UntypedStorage:
        """Return the same memory as bytes."""
        return untyped_of(self._storage)

    def size(self) -> int:
        """Return the number of elements."""
        count: int = self._storage.size
        return count

    def element_size(self) -> int:
        """Return the number of bytes of one element."""
        return self.dtype.itemsize

    def type(self) -> str:
        """Return the name of the storage's type: 'agrad.FloatStorage'."""
        return f"agrad.{'cuda.' if self.is_cuda else ''}{self.dtype.scalar_name}Storage"

    def tolist(self) -> list[Any]:
        """Return the elements as Python numbers."""
        values: list[Any] = memory_values(self._storage)
        return values

    def fill_(self, value: Any) -> TypedStorage:
        """Write one number to every element."""
        self[:] = value
        return self

    def copy_(self, source: TypedStorage, non_blocking: bool = False) -> TypedStorage:
        """Write the elements of another storage of this size."""
        with no_grad():
            memory.copy_(self._flat(), source._flat())
        return self

    def clone(self) -> TypedStorage:
        """Return a copy."""
        return typed_of(alias_of(self._flat().clone()).storage)

    def __len__(self) -> int:
        return self.size()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            raise StorageError(
                "slices are only supported in UntypedStorage.__getitem__. Take storage.tolist()[...], or a view of the tensor."
            )
        return self._flat()[_checked(index, len(self))].item()

    def __setitem__(self, index: Any, value: Any) -> None:
        part = self._flat()[index if isinstance(index, slice) else _checked(index, len(self))]
        with no_grad():
            memory.copy_(part, value)

    def __reduce__(self) -> Any:
        storage = self._storage
        options = storage.options
        data = options.backend.to_bytes(read(storage, (storage.size,), (1,), 0))
        return rebuild_storage, (data, options.dtype.name, str(options.device), options.backend.name)

    def __deepcopy__(self, memo: dict[int, Any]) -> TypedStorage:
        copied: TypedStorage = memo.setdefault(id(self), self.clone())
        return copied

    def __repr__(self) -> str:
        lines = [f" {value}" for value in self.tolist()]
        lines.append(f"[agrad.storage.TypedStorage(dtype={self.dtype!r}, device={self.device}) of size {len(self)}]")
        return "\n".join(lines)


class UntypedStorage(_Shown):
    """A storage as a sequence of bytes, to be read and written."""

    __slots__ = ()

    def size(self) -> int:
        """Return the number of bytes."""
        return self.nbytes()

    def element_size(self) -> int:
        """Return 1: the elements are bytes."""
        return 1

    def tolist(self) -> list[int]:
        """Return the bytes as ints."""
        return list(self._bytes())

    def clone(self) -> UntypedStorage:
        """Return a copy."""
        return untyped_of(alias_of(self._flat().clone()).storage)

    def fill_(self, value: int) -> UntypedStorage:
        """Write one byte everywhere."""
        return self._written(bytes([value & 255]) * len(self))

    def copy_(self, source: UntypedStorage, non_blocking: bool = False) -> UntypedStorage:
        """Write another storage's bytes, as many as there are here."""
        return self._written(source._bytes())

    def _bytes(self) -> bytes:
        storage = self._storage
        return bytes(storage.options.backend.to_bytes(read(storage, (storage.size,), (1,), 0)))

    def _written(self, data: bytes) -> UntypedStorage:
        options = self._storage.options
        raw = options.backend.from_buffer(bytearray(data), options.dtype, options.device)
        with no_grad():
            write(self._flat(), wrap(raw, options))
        return self

    def __len__(self) -> int:
        return self.nbytes()

    def __iter__(self) -> Iterator[int]:
        return iter(self._bytes())

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            part = show(self._storage, (self._storage.size,), (1,), 0)
            return untyped_of(alias_of(_bytes_of(part, self._bytes()[index])).storage)
        return self._bytes()[_checked(index, len(self))]

    def __setitem__(self, index: Any, value: Any) -> None:
        data = bytearray(self._bytes())
        if isinstance(index, slice):
            for position in range(*index.indices(len(data))):
                data[position] = value & 255
        else:
            data[_checked(index, len(self))] = value & 255
        self._written(bytes(data))

    def __reduce__(self) -> Any:
        return _untyped, (typed_of(self._storage),)

    def __deepcopy__(self, memo: dict[int, Any]) -> UntypedStorage:
        copied: UntypedStorage = memo.setdefault(id(self), self.clone())
        return copied

    def __repr__(self) -> str:
        lines = [f" {value}" for value in self._bytes()]
        lines.append(f"[agrad.storage.UntypedStorage(device={self.device}) of size {len(self)}]")
        return "\n".join(lines)


def _bytes_of(like: Any, data: bytes) -> Any:
    """Return a uint8 tensor of bytes beside a tensor."""
    options = like._options.with_dtype(dtypes.uint8)
    return wrap(options.backend.from_buffer(bytearray(data), dtypes.uint8, options.device), options)


TypedStorage.__module__ = UntypedStorage.__module__ = "agrad.storage"  # as PyTorch's say of themselves


def _checked(index: Any, length: int) -> int:
    position: int = index.__index__()
    if not -length <= position < length:
        raise IndexOutOfRange(f"index {position} out of range for storage of size {length}")
    return position % length


# ---------------------------------------------------------------- the objects of a storage

_typed: weakref.WeakValueDictionary[int, TypedStorage] = weakref.WeakValueDictionary()
_untyped_ones: weakref.WeakValueDictionary[int, UntypedStorage] = weakref.WeakValueDictionary()


def typed_of(storage: Any) -> TypedStorage:
    """Return the one object that shows an engine's storage typed: the memory, also of one that shows it flipped."""
    storage = twin_of(storage, storage.options.dtype)
    found = _typed.get(id(storage))
    if found is None:
        found = object.__new__(TypedStorage)
        found._storage = storage
        _typed[id(storage)] = found
    return found


def untyped_of(storage: Any) -> UntypedStorage:
    """Return the one object that shows an engine's storage as bytes, the same for all dtypes that it is read as."""
    storage = widest_of(storage)
    storage = twin_of(storage, storage.options.dtype)
    key = id(storage.members)  # twins have one list
    found = _untyped_ones.get(key)
    if found is None:
        found = object.__new__(UntypedStorage)
        found._storage = storage
        _untyped_ones[key] = found
    return found


def memory_values(storage: Any) -> Any:
    """Return a storage's elements as a list."""
    backend = storage.options.backend
    return backend.tolist(backend.ensure_array(read(storage, (storage.size,), (1,), 0)))


def show(storage: Any, sizes: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Any:
    """Return a tensor that shows a geometry of a storage, without history."""
    return placed_on(wrap(read(storage, sizes, strides, offset), storage.options), storage, sizes, strides, offset)


def placed_on(tensor: Any, storage: Any, sizes: tuple[int, ...], strides: tuple[int, ...], offset: int) -> Any:
    """Give a tensor its place in a storage, whose elements it holds already."""
    alias = Alias()
    alias.storage, alias.strides, alias.offset = storage, strides, offset
    tensor._shape = sizes
    tensor._extra = alias
    if not is_contiguous(sizes, strides):
        tensor.__class__ = strided_class(type(tensor))
    storage.enter(tensor)
    return tensor


def rebuild_storage(data: bytes, dtype_name: str, device: str, backend_name: str) -> TypedStorage:
    """Make a storage of pickled bytes: on the backend and device that it was on, where they are at hand, else on the default ones.

    Raises
    ------
    LoadError
        For anything but bytes.
    """
    if not isinstance(data, bytes):
        raise LoadError(f"the file is damaged: a storage's elements are a {type(data).__name__}, not bytes.")
    return storage_of(data, dtypes.by_name(dtype_name), *home(device, backend_name))


def storage_of(data: Any, dtype: DType, backend: Any, device: Device) -> TypedStorage:
    """Make a storage of bytes on a backend and device; a writable memoryview becomes its memory where the backend can."""
    owned = isinstance(data, memoryview) and not data.readonly
    raw = backend.from_buffer(data if owned else bytearray(data), dtype, device)
    return typed_of(alias_of(wrap(raw, backend.options(device, dtype))).storage)


def home(device: str, backend_name: str | None) -> tuple[Any, Device]:
    """Return the backend and device that a storage was on, where they are at hand, else the default ones."""
    try:
        return place(Device(device, backend=backend_name))
    except (DeviceError, MissingBackend):
        return place(None)


def _untyped(typed: TypedStorage) -> UntypedStorage:
    return typed.untyped()


def is_storage(obj: Any) -> bool:
    """Whether an object is a storage."""
    return isinstance(obj, _Shown)


# ---------------------------------------------------------------- from tensors


def storage(x: Any) -> TypedStorage:
    """Return the storage that a tensor shares with its views, as numbers."""
    return typed_of(alias_of(x).storage)


def untyped_storage(x: Any) -> UntypedStorage:
    """Return the storage that a tensor shares with its views, as bytes."""
    return untyped_of(alias_of(x).storage)


def is_set_to(x: Any, tensor: Any) -> bool:
    """Whether two tensors show one storage in one geometry."""
    mine, theirs = alias_of(x), alias_of(tensor)
    return (
        mine.storage is theirs.storage
        and x._shape == tensor._shape
        and mine.strides == theirs.strides
        and mine.offset == theirs.offset
    )


__all__ = [
    "TypedStorage",
    "UntypedStorage",
    "home",
    "is_set_to",
    "is_storage",
    "placed_on",
    "rebuild_storage",
    "show",
    "storage",
    "storage_of",
    "untyped_storage",
]
