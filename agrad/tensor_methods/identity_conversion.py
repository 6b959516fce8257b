"""A tensor's dtype and device, and its way to Python and NumPy."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

from agrad import dtypes
from agrad.engine.core import TensorCore
from agrad.engine.relations import is_flipped
from agrad.torch_api import conversion, numpy_protocols, types

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class ConversionMixin(TensorCore):
    """Conversions between dtypes, devices and libraries."""

    __slots__ = ()

    # ---- what it is

    @property
    def layout(self) -> types.layout:
        """How the elements lie in memory: agrad.strided."""
        return types.strided

    @property
    def is_cuda(self) -> builtins.bool:
        """Whether the tensor is on a GPU."""
        return self._options.device.type == "cuda"

    @property
    def is_cpu(self) -> builtins.bool:
        """Whether the tensor is in the CPU's memory."""
        return self._options.device.type == "cpu"

    @property
    def is_sparse(self) -> builtins.bool:
        """Whether the tensor is sparse: never."""
        return False

    @property
    def is_quantized(self) -> builtins.bool:
        """Whether the tensor is quantized: never."""
        return False

    @property
    def is_meta(self) -> builtins.bool:
        """Whether the tensor has no elements but a shape: never."""
        return False

    def is_conj(self) -> builtins.bool:
        """Whether a complex tensor is a conjugated view of its memory (``conj()``)."""
        return self._options.is_complex and is_flipped(self)

    def is_neg(self) -> builtins.bool:
        """Whether a real tensor is a negated view of its memory (the imaginary part of a conjugated one)."""
        return not self._options.is_complex and is_flipped(self)

    def resolve_conj(self) -> Tensor:
        """Return a copy where the tensor is a conjugated view of its memory, else the tensor itself."""
        return conversion.unflipped(self) if self.is_conj() else self  # type: ignore[return-value]

    def resolve_neg(self) -> Tensor:
        """Return a copy where the tensor is a negated view of its memory, else the tensor itself."""
        return conversion.unflipped(self) if self.is_neg() else self  # type: ignore[return-value]

    def get_device(self) -> builtins.int:
        """Return the index of the tensor's GPU, -1 for the CPU."""
        device = self._options.device
        return -1 if device.type == "cpu" else device.index or 0

    def is_floating_point(self) -> builtins.bool:
        """Whether the dtype is a floating one (complex is not)."""
        return self._options.dtype.is_floating_point

    def is_complex(self) -> builtins.bool:
        """Whether the dtype is a complex one."""
        return self._options.is_complex

    def is_signed(self) -> builtins.bool:
        """Whether the dtype holds negative numbers."""
        return self._options.dtype.is_signed

    def is_nonzero(self) -> builtins.bool:
        """Whether the one element is not zero."""
        return types.is_nonzero(self)

    # ---- to Python and NumPy

    def __hash__(self) -> builtins.int:
        return id(self)

    def item(self) -> Any:
        """Return the one element as a Python number."""
        return conversion.item(self)

    def tolist(self) -> Any:
        """Return nested lists of Python numbers."""
        return conversion.tolist(self)

    def numpy(self, *, force: builtins.bool = False) -> Any:
        """Return a NumPy array, which shares the memory on the NumPy backend and is read-only on others."""
        return conversion.numpy(self, force=force)

    def __int__(self) -> builtins.int:
        return builtins.int(conversion.number(self))

    def __float__(self) -> builtins.float:
        return conversion.real_number(self)

    def __complex__(self) -> complex:
        return complex(conversion.number(self))

    def __index__(self) -> builtins.int:
        return conversion.index(self)

    def __reversed__(self) -> Tensor:
        return conversion.reversed_(self)

    def __array__(self, dtype: Any = None, copy: builtins.bool | None = None) -> Any:
        return conversion.numpy_for_numpy(self, dtype, copy)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return numpy_protocols.run_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return numpy_protocols.run_function(func, args, kwargs)

    # ---- dtype and device

    def to(self, *args: Any, **kwargs: Any) -> Tensor:
        """Return the tensor with another dtype, on another device, or like another tensor.

        The forms are ``to(dtype)``, ``to(device, dtype)`` and ``to(other)``, each with ``non_blocking=`` and ``copy=``.
        """
        return conversion.to(self, *args, **kwargs)

    def type(self, dtype: Any = None, non_blocking: builtins.bool = False) -> Any:
        """Return the name of the tensor's type, or the tensor converted to a dtype, a tensor type or one's name."""
        return types.typed(self, dtype, non_blocking)

    def type_as(self, other: Tensor) -> Tensor:
        """Return the tensor with another one's dtype, on its device."""
        return conversion.to(self, other)

    def cpu(self, memory_format: Any = None) -> Tensor:
        """Return the tensor in the CPU's memory; its gradient moves back."""
        return conversion.to(self, "cpu")

    def cuda(self, device: Any = None, non_blocking: builtins.bool = False, memory_format: Any = None) -> Tensor:
        """Return the tensor on a GPU, the first one by default; its gradient moves back."""
        return conversion.to(self, "cuda" if device is None else device)

    def float(self, memory_format: Any = None) -> Tensor:
        """Return the tensor in float32."""
        return conversion.cast(self, dtypes.float32)

    def double(self, memory_format: Any = None) -> Tensor:
        """Return the tensor in float64."""
        return conversion.cast(self, dtypes.float64)

    def half(self, memory_format: Any = None) -> Tensor:
        """Return the tensor in float16."""
        return conversion.cast(self, dtypes.float16)

    def bfloat16(self, memory_format: Any = None) -> Tensor:
        """Return the tensor in bfloat16."""
        return conversion.cast(self, dtypes.bfloat16)

    def cfloat(self, memory_format: Any = None) -> Tensor:
        """Return the tensor in complex64."""
        return conversion.cast(self, dtypes.complex64)

    def cdouble(self, memory_format: Any = None) -> Tensor:
        """Return the tensor in complex128."""
        return conversion.cast(self, dtypes.complex128)

    def long(self, memory_format: Any = None) -> Tensor:
        """Return the tensor in int64."""
        return conversion.cast(self, dtypes.int64)

    def int(self, memory_format: Any = None) -> Tensor:
        """Return the tensor in int32."""
        return conversion.cast(self, dtypes.int32)

    def short(self, memory_format: Any = None) -> Tensor:
        """Return the tensor in int16."""
        return conversion.cast(self, dtypes.int16)

    def char(self, memory_format: Any = None) -> Tensor:
        """Return the tensor in int8."""
        return conversion.cast(self, dtypes.int8)

    def byte(self, memory_format: Any = None) -> Tensor:
        """Return the tensor in uint8."""
        return conversion.cast(self, dtypes.uint8)

    def bool(self, memory_format: Any = None) -> Tensor:
        """Return the tensor in bool."""
        return conversion.cast(self, dtypes.bool)


__all__ = ["ConversionMixin"]
