"""Dtypes as PyTorch asks about them: promotion, limits, the default ones, and the names of tensors' types."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

from agrad import dtypes
from agrad.array_api._making import place
from agrad.devices import Device, choose_device
from agrad.dtypes import ALL, DType, get_default_dtype, set_default_dtype
from agrad.engine.core import TensorCore
from agrad.engine.general import as_operand, common_dtype
from agrad.errors import AgradError, UnsupportedDType

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class layout:
    """How a tensor's elements lie in memory; agrad's all are :data:`strided`."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"agrad.{self.name}"

    def __reduce__(self) -> str:
        return self.name


class memory_format:
    """An order of the axes in memory, as arguments ``memory_format=`` name it."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"agrad.{self.name}"

    def __reduce__(self) -> str:
        return self.name


layout.__module__ = memory_format.__module__ = "agrad"
strided = layout("strided")
contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")


# ---------------------------------------------------------------- promotion


def promote_types(type1: DType, type2: DType) -> DType:
    """Return the smallest dtype that holds both.

    Raises
    ------
    UnsupportedDType
        A TypeError and RuntimeError, for uint64 with a signed integer.
    """
    try:
        return dtypes.promote(type1, type2)
    except UnsupportedDType as error:
        raise PromotionError(
            "Promotion for uint16, uint32, uint64 types is not supported, attempted to promote "
            f"{type1.scalar_name} and {type2.scalar_name}: {error}"
        ) from None


class PromotionError(UnsupportedDType, RuntimeError):
    """Two dtypes without a common one."""


def can_cast(from_: DType, to: DType) -> builtins.bool:
    """Whether a result of dtype `from_` may be written into a tensor of dtype `to`: a kind goes to its own or a higher one."""
    return dtypes.can_cast(from_, to)


def result_type(tensor1: Any, tensor2: Any) -> DType:
    """Return the dtype of an operation on two tensors or numbers: tensors with axes count before 0-d ones, those before numbers."""
    return common_dtype([as_operand(tensor1), as_operand(tensor2)], False)


def is_floating_point(input: Any) -> builtins.bool:
    """Whether a tensor's dtype is a floating one (complex is not)."""
    return _tensor(input, "is_floating_point")._options.dtype.is_floating_point


def is_complex(input: Any) -> builtins.bool:
    """Whether a tensor's dtype is a complex one."""
    return _tensor(input, "is_complex")._options.is_complex


def is_nonzero(input: Any) -> builtins.bool:
    """Whether the one element of a tensor is not zero."""
    return builtins.bool(_tensor(input, "is_nonzero"))


def is_tensor(obj: Any) -> builtins.bool:
    """Whether an object is a Tensor."""
    return isinstance(obj, TensorCore)


def is_signed(input: Any) -> builtins.bool:
    """Whether a tensor's dtype holds negative numbers."""
    return _tensor(input, "is_signed")._options.dtype.is_signed


def is_inference(input: Any) -> builtins.bool:
    """Whether a tensor was made in inference mode."""
    return bool(_tensor(input, "is_inference").is_inference())


def is_conj(input: Any) -> builtins.bool:
    """Whether a complex tensor is a conjugated view of its memory (``conj()``)."""
    return bool(_tensor(input, "is_conj").is_conj())


def is_neg(input: Any) -> builtins.bool:
    """Whether a real tensor is a negated view of its memory (the imaginary part of a conjugated one)."""
    return bool(_tensor(input, "is_neg").is_neg())


def resolve_conj(input: Any) -> Any:
    """Return a copy where the tensor is a conjugated view of its memory, else the tensor itself."""
    return _tensor(input, "resolve_conj").resolve_conj()


def resolve_neg(input: Any) -> Any:
    """Return a copy where the tensor is a negated view of its memory, else the tensor itself."""
    return _tensor(input, "resolve_neg").resolve_neg()


def get_device(input: Any) -> builtins.int:
    """Return the index of a tensor's GPU, -1 for the CPU."""
    return int(_tensor(input, "get_device").get_device())


def typename(obj: Any, /) -> str:
    """Return the name of a tensor's type, or of another object's class with its module."""
    if isinstance(obj, TensorCore):
        return type_name(obj)
    kind = obj if hasattr(obj, "__qualname__") else type(obj)
    module = getattr(kind, "__module__", "builtins")
    return str(kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}")


def numel(input: Any) -> builtins.int:
    """Return the number of elements."""
    return _tensor(input, "numel").numel()


def is_same_size(input: Any, other: Any) -> builtins.bool:
    """Whether two tensors have one shape."""
    return _tensor(input, "is_same_size")._shape == _tensor(other, "is_same_size")._shape


def _tensor(value: Any, function: str) -> Any:
    if not isinstance(value, TensorCore):
        raise TypeError(f"{function}(): argument 'input' (position 1) must be Tensor, not {type(value).__name__}")
    return value


# ---------------------------------------------------------------- limits


class finfo:
    """The limits of a floating dtype, or of a complex one's parts.

    Parameters
    ----------
    type : DType, optional
        The default dtype when not given.

    Attributes
    ----------
    bits : int
    eps : float
        The distance from 1 to the next greater number.
    max, min : float
        The greatest and the least number.
    smallest_normal, tiny : float
        The smallest positive number with all its digits.
    resolution : float
        A power of ten that the digits tell apart.
    dtype : str
        The real dtype's name.

    Examples
    --------
    >>> finfo(dtypes.float16)
    finfo(resolution=0.001, min=-65504, max=65504, eps=0.000976562, smallest_normal=6.10352e-05, tiny=6.10352e-05, dtype=float16)
    """

    __slots__ = ("bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal", "tiny")

    def __init__(self, type: DType | None = None) -> None:
        chosen = get_default_dtype() if type is None else type
        if not isinstance(chosen, DType) or not chosen.is_inexact:
            raise UnsupportedDType(
                f"torch.finfo() requires a floating point input type; received {chosen!r}. Use iinfo for integers."
            )
        limits = dtypes.finfo(chosen)
        self.bits = limits.bits
        self.eps = limits.eps
        self.max = limits.max
        self.min = limits.min
        self.smallest_normal = self.tiny = limits.smallest_normal
        self.resolution = limits.resolution
        self.dtype = limits.dtype.name

    def __eq__(self, other: object) -> builtins.bool:
        return isinstance(other, finfo) and self.dtype == other.dtype

    def __hash__(self) -> builtins.int:
        return hash(self.dtype)

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


class iinfo:
    """The limits of an integer dtype.

    Attributes
    ----------
    bits, max, min : int
    dtype : str
        The dtype's name.
    """

    __slots__ = ("bits", "dtype", "max", "min")

    def __init__(self, type: DType) -> None:
        if type is dtypes.bool:
            raise UnsupportedDType("torch.bool is not supported by torch.iinfo: a bool has no range of integers.")
        if not isinstance(type, DType) or type.kind not in ("int", "uint"):
            raise UnsupportedDType(
                f"torch.iinfo() requires an integer input type; received {type!r}. Use finfo for floating dtypes."
            )
        limits = dtypes.iinfo(type)
        self.bits = limits.bits
        self.max = limits.max
        self.min = limits.min
        self.dtype = type.name

    def __eq__(self, other: object) -> builtins.bool:
        return isinstance(other, iinfo) and self.dtype == other.dtype

    def __hash__(self) -> builtins.int:
        return hash(self.dtype)

    def __repr__(self) -> str:
        return f"iinfo(min={float(self.min):g}, max={float(self.max):g}, dtype={self.dtype})"


# ---------------------------------------------------------------- tensors' types by name


class TypeNameError(AgradError, ValueError, AttributeError):
    """A name that is no tensor type's."""


_BY_SCALAR = {dtype.scalar_name + "Tensor": dtype for dtype in ALL}


def type_name(x: Any) -> str:
    """Return 'agrad.FloatTensor', or 'agrad.cuda.FloatTensor' on a GPU: PyTorch's names under agrad's own."""
    options = x._options
    where = "" if options.device.type == "cpu" else options.device.type + "."
    return f"agrad.{where}{options.dtype.scalar_name}Tensor"


def of_type_name(name: str) -> tuple[DType, Device | None]:
    """Return the dtype and the device that a name such as 'torch.cuda.FloatTensor' means; the device is None for the CPU.

    Raises
    ------
    ValueError
        For a name of another form.
    """
    module, *middle, last = name.split(".") if name.count(".") else ("", "")
    dtype = dtypes.get_default_dtype() if last == "Tensor" else _BY_SCALAR.get(last)
    if module not in ("torch", "agrad") or middle not in ([], ["cuda"]) or dtype is None:
        raise TypeNameError(f"invalid type: {name!r}. A tensor type is written as 'agrad.FloatTensor'.")
    return dtype, Device("cuda") if middle else None


# ---------------------------------------------------------------- defaults


def set_default_tensor_type(t: Any) -> None:
    """Set the default floating dtype, and the device of new tensors, by a tensor type or its name.

    Parameters
    ----------
    t : str or tensor type
        'torch.DoubleTensor', 'agrad.cuda.FloatTensor', or the type itself: agrad.DoubleTensor.

    Raises
    ------
    TypeError
        For a type that is not a floating one.
    """
    if isinstance(t, str):
        dtype, device = of_type_name(t)
    else:
        dtype, device = t.dtype, t.device
    set_default_dtype(dtype)
    choose_device(None if device is None else place(device)[1], home=True)


def set_default_device(device: Any) -> None:
    """Set where tensors are made when no device is named; None leaves it to the default backend again.

    Parameters
    ----------
    device : Device, str, int or None
    """
    choose_device(None if device is None else place(device)[1])


def get_default_device() -> Device:
    """Return where tensors are made when no device is named."""
    return place(None)[1]


def typed(x: Any, dtype: Any = None, non_blocking: builtins.bool = False) -> Any:
    """Return the name of a tensor's type, or, given one, the tensor converted to it.

    Parameters
    ----------
    dtype : DType, tensor type, or a type's name; optional
    """
    if dtype is None:
        return type_name(x)
    device: Any = None
    if isinstance(dtype, str):
        dtype, device = of_type_name(dtype)
        device = device or "cpu"
    elif not isinstance(dtype, DType) and isinstance(getattr(dtype, "dtype", None), DType):
        dtype, device = dtype.dtype, dtype.device or "cpu"
    result: Tensor = x.to(dtype) if device is None else x.to(device, dtype)
    return result


__all__ = [
    "can_cast",
    "channels_last",
    "channels_last_3d",
    "contiguous_format",
    "finfo",
    "get_default_device",
    "get_device",
    "iinfo",
    "is_complex",
    "is_conj",
    "is_floating_point",
    "is_inference",
    "is_neg",
    "is_nonzero",
    "is_same_size",
    "is_signed",
    "is_tensor",
    "layout",
    "memory_format",
    "numel",
    "of_type_name",
    "preserve_format",
    "promote_types",
    "resolve_conj",
    "resolve_neg",
    "result_type",
    "set_default_device",
    "set_default_tensor_type",
    "strided",
    "type_name",
    "typed",
    "typename",
]
