"""Tensor types by name: ``FloatTensor(2, 3)``, ``LongTensor([1, 2])``, ``isinstance(x, BoolTensor)``, and ``Tensor(...)`` itself.

The confusing case: ints are sizes and a list is data. ``FloatTensor(2, 3)`` is an uninitialised matrix, ``FloatTensor([2, 3])`` and
``FloatTensor((2, 3))`` hold two numbers, ``FloatTensor(Size([2, 3]))`` is a matrix again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad import dtypes
from agrad.array_api._making import place
from agrad.backend import backend_of, get_default_backend
from agrad.devices import Device
from agrad.dtypes import DType
from agrad.engine.core import TensorCore, new_object
from agrad.engine.doors import carrier
from agrad.engine.modes import local, state
from agrad.errors import NoCuda
from agrad.torch_api import storages
from agrad.torch_api.creation import DataTypeError, face, from_numpy, is_int, of_data, sizes_of, without_history
from agrad.torch_api.creation_filled import empty
from agrad.torch_api.size import Size
from agrad.torch_api.storage import detach

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def legacy(args: tuple[Any, ...], keywords: dict[str, Any], dtype: DType | None, device: Any) -> Any:
    """Return the tensor that a type called with `args` makes.

    Parameters
    ----------
    args : sizes; or one sequence of numbers, array, storage, Size or Tensor; or nothing
    keywords : dict
        ``device`` and ``size``, or another name of the one argument.
    dtype, device
        The type's own; None for the default ones.

    Raises
    ------
    TypeError
        In PyTorch's words, for anything else.
    """
    named = dict(keywords)
    device = named.pop("device", device)
    if len(named) == 1 and not args and next(iter(named)) in ("size", "data", "storage", "other"):
        args = tuple(Size(value) if name == "size" else value for name, value in named.items())
    elif named:
        raise DataTypeError(
            f"new() received an invalid combination of arguments - got ({', '.join(type(one).__name__ for one in args)}"
            f"{', ' if args else ''}{', '.join(f'{name}=' for name in named)}); a tensor type takes sizes, or data, and device=. "
            "For dtype= and requires_grad= take agrad.tensor."
        )
    if not args or (not isinstance(args[0], TensorCore) and is_int(args[0])):
        return empty(sizes_of(args, "new") if args else (0,), dtype=dtype, device=device)
    if len(args) > 1:
        raise DataTypeError(
            f"new() received an invalid combination of arguments - got ({', '.join(type(one).__name__ for one in args)}); "
            "sizes are ints, data is one argument."
        )
    (data,) = args
    if isinstance(data, TensorCore):
        return _alias(data, dtype)
    if isinstance(data, Size):
        return empty(data, dtype=dtype, device=device)
    if storages.is_storage(data):
        shown = data._flat()
        _check_type(shown, dtype)
        return shown
    if isinstance(data, (float, complex)) or (backend_of(data) is None and not hasattr(data, "__iter__")):
        raise DataTypeError(f"new(): data must be a sequence (got {type(data).__name__})")
    chosen = dtypes.get_default_dtype() if dtype is None else dtype
    shared = _shared(data, chosen, device)
    if shared is not None:
        return shared
    made = face(of_data(data, chosen, device, True))
    return without_history(made)


def _shared(data: Any, dtype: DType, device: Any) -> Any:
    """Return a tensor that shares the memory of an array of this very dtype, as PyTorch's does; None for any other data."""
    backend = backend_of(data)
    if (
        backend is None
        or backend is not get_default_backend()
        or backend.is_scalar(data)
        or device not in ("cpu", None)
    ):
        return None
    flags = getattr(data, "flags", None)
    if getattr(data, "dtype", None) != backend.raw_dtype(dtype) or not getattr(flags, "writeable", True):
        return None
    return from_numpy(data)


def _alias(tensor: Any, dtype: DType | None) -> Any:
    """Return a tensor that shares the memory and the history of `tensor`."""
    _check_type(tensor, dtype)
    if carrier(tensor) is None or (state.special and not local.grad_enabled):
        return detach(tensor)
    return tensor[...]


def _check_type(tensor: Any, dtype: DType | None) -> None:
    found = tensor._options.dtype
    if dtype is not None and found is not dtype:
        raise DataTypeError(
            f"expected agrad.{dtype.scalar_name}Tensor (got agrad.{found.scalar_name}Tensor). Convert it: x.to({dtype!r})."
        )


def make(cls: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Return what ``cls(*args)`` makes, for the Tensor class and classes derived from it."""
    made = legacy(args, keywords, None, None)
    return made if type(made) is cls else of_class(made, cls)


def of_class(tensor: Any, cls: type[TensorCore]) -> Any:
    """Return a tensor of a derived class that is `tensor` otherwise: its memory, history and place."""
    if isinstance(tensor, cls):
        return tensor
    made: Any = new_object(cls)
    made._data = tensor._data
    made._options = tensor._options
    made._shape = tensor._shape
    made._node = tensor._node
    made._extra = tensor._extra
    return made


class TensorType:
    """A tensor type of one dtype on one kind of device; called, it makes a tensor.

    Attributes
    ----------
    dtype : DType
    device : Device or None
        None for the CPU.
    """

    def __init__(self, name: str, dtype: DType | None, device: Device | None = None) -> None:
        self.__name__ = self.__qualname__ = name
        self.__module__ = "agrad" if device is None else f"agrad.{device.type}"
        self.__doc__ = f"Tensors of type {self.__module__}.{name}, made of sizes or of data."
        self.dtype = dtype
        self.device = device

    @property
    def is_cuda(self) -> bool:
        """Whether its tensors are on a GPU."""
        return self.device is not None

    def __call__(self, *args: Any, **keywords: Any) -> Tensor:
        """Make a tensor of sizes or of data."""
        if self.device is not None:
            try:
                place(self.device)
            except NoCuda as error:
                raise NoCudaType(f"type {self.__module__}.{self.__name__} not available. {error}") from None
        return legacy(args, keywords, self.dtype, self.device or "cpu")

    def __instancecheck__(self, value: object) -> bool:
        if not isinstance(value, TensorCore):
            return False
        kind = "cpu" if self.device is None else self.device.type
        return value._options.dtype is self.dtype and value._options.device.type == kind

    def __repr__(self) -> str:
        return f"<class '{self.__module__}.{self.__name__}'>"

    def __reduce__(self) -> str:
        return self.__name__


class NoCudaType(NoCuda, TypeError):
    """A tensor type of a GPU where there is none."""


FloatTensor = TensorType("FloatTensor", dtypes.float32)
DoubleTensor = TensorType("DoubleTensor", dtypes.float64)
HalfTensor = TensorType("HalfTensor", dtypes.float16)
BFloat16Tensor = TensorType("BFloat16Tensor", dtypes.bfloat16)
ByteTensor = TensorType("ByteTensor", dtypes.uint8)
CharTensor = TensorType("CharTensor", dtypes.int8)
ShortTensor = TensorType("ShortTensor", dtypes.int16)
IntTensor = TensorType("IntTensor", dtypes.int32)
LongTensor = TensorType("LongTensor", dtypes.int64)
BoolTensor = TensorType("BoolTensor", dtypes.bool)

_CUDA = Device("cuda")
CudaFloatTensor = TensorType("FloatTensor", dtypes.float32, _CUDA)
CudaDoubleTensor = TensorType("DoubleTensor", dtypes.float64, _CUDA)
CudaHalfTensor = TensorType("HalfTensor", dtypes.float16, _CUDA)
CudaBFloat16Tensor = TensorType("BFloat16Tensor", dtypes.bfloat16, _CUDA)
CudaByteTensor = TensorType("ByteTensor", dtypes.uint8, _CUDA)
CudaCharTensor = TensorType("CharTensor", dtypes.int8, _CUDA)
CudaShortTensor = TensorType("ShortTensor", dtypes.int16, _CUDA)
CudaIntTensor = TensorType("IntTensor", dtypes.int32, _CUDA)
CudaLongTensor = TensorType("LongTensor", dtypes.int64, _CUDA)
CudaBoolTensor = TensorType("BoolTensor", dtypes.bool, _CUDA)


__all__ = [
    "BFloat16Tensor",
    "BoolTensor",
    "ByteTensor",
    "CharTensor",
    "DoubleTensor",
    "FloatTensor",
    "HalfTensor",
    "IntTensor",
    "LongTensor",
    "ShortTensor",
    "TensorType",
    "legacy",
    "make",
    "of_class",
]
