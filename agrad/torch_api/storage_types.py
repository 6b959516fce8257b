"""Storage types by name: ``FloatStorage([1, 2])``, ``isinstance(s, LongStorage)``."""

from __future__ import annotations

from typing import Any

from agrad import dtypes
from agrad.dtypes import DType
from agrad.engine.storage import alias_of
from agrad.torch_api.creation import DataTypeError, is_int
from agrad.torch_api.storages import TypedStorage, typed_of
from agrad.torch_api.typed_constructors import legacy


class StorageType:
    """A storage type of one dtype in the CPU's memory; called, it makes a storage.

    Attributes
    ----------
    dtype : DType
    """

    def __init__(self, name: str, dtype: DType) -> None:
        self.__name__ = self.__qualname__ = name
        self.__module__ = "agrad"
        self.__doc__ = f"Storages of type agrad.{name}, made of a size or of numbers."
        self.dtype = dtype

    def __call__(self, *args: Any) -> TypedStorage:
        """Make a storage of a number of elements, of a sequence of numbers, or of none."""
        if len(args) > 1 or (args and not is_int(args[0]) and not hasattr(args[0], "__iter__")):
            raise DataTypeError(
                f"{self.__name__} takes a number of elements or a sequence of numbers; received "
                f"({', '.join(type(one).__name__ for one in args)})"
            )
        return typed_of(alias_of(legacy(args, {}, self.dtype, "cpu")).storage)

    def __instancecheck__(self, value: object) -> bool:
        return isinstance(value, TypedStorage) and value.dtype is self.dtype and not value.is_cuda

    def __repr__(self) -> str:
        return f"<class '{self.__module__}.{self.__name__}'>"

    def __reduce__(self) -> str:
        return self.__name__


FloatStorage = StorageType("FloatStorage", dtypes.float32)
DoubleStorage = StorageType("DoubleStorage", dtypes.float64)
HalfStorage = StorageType("HalfStorage", dtypes.float16)
ByteStorage = StorageType("ByteStorage", dtypes.uint8)
CharStorage = StorageType("CharStorage", dtypes.int8)
ShortStorage = StorageType("ShortStorage", dtypes.int16)
IntStorage = StorageType("IntStorage", dtypes.int32)
LongStorage = StorageType("LongStorage", dtypes.int64)
BoolStorage = StorageType("BoolStorage", dtypes.bool)

__all__ = [
    "BoolStorage",
    "ByteStorage",
    "CharStorage",
    "DoubleStorage",
    "FloatStorage",
    "HalfStorage",
    "IntStorage",
    "LongStorage",
    "ShortStorage",
    "StorageType",
]
