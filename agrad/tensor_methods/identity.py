"""What a tensor is: conversions, storage and memory, exchange with NumPy, printing."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

from agrad import dtypes
from agrad.engine.core import TensorCore
from agrad.primitives import data_type
from agrad.torch_api import conversion, showing, storage

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class IdentityMixin(TensorCore):
    """What a tensor is: conversions, storage and memory, exchange with NumPy, printing."""

    __slots__ = ()

    # ---- shape in numbers

    def dim(self) -> builtins.int:
        """Return the number of axes."""
        return len(self._shape)

    def ndimension(self) -> builtins.int:
        """Return the number of axes."""
        return len(self._shape)

    def numel(self) -> builtins.int:
        """Return the number of elements."""
        count = 1
        for length in self._shape:
            count *= length
        return count

    def nelement(self) -> builtins.int:
        """Return the number of elements."""
        return self.numel()

    # ---- memory

    def stride(self, dim: builtins.int | None = None) -> Any:
        """Return the steps between neighbours along each axis, in elements, or along one."""
        return storage.stride(self, dim)

    def storage_offset(self) -> builtins.int:
        """Return where the first element lies in the storage, in elements."""
        return storage.storage_offset(self)

    def is_contiguous(self, memory_format: Any = None) -> builtins.bool:
        """Whether the elements lie in row-major order without gaps."""
        return storage.contiguous_here(self)

    def contiguous(self, memory_format: Any = None) -> Tensor:
        """Return the tensor itself where its elements lie in row-major order, else a copy in which they do."""
        return storage.contiguous(self)  # type: ignore[no-any-return]

    def data_ptr(self) -> builtins.int:
        """Return the address of the first element."""
        return storage.data_ptr(self)

    def clone(self, *, memory_format: Any = None) -> Tensor:
        """Return a copy that shares nothing; the cotangent goes back as it came."""
        return data_type.copy(self)  # type: ignore[no-any-return]

    def detach(self) -> Tensor:
        """Return an alias without history: it shares the memory and does not require grad."""
        return storage.detach(self)  # type: ignore[no-any-return]

    def detach_(self) -> Tensor:
        """Drop the history, in place."""
        return storage.detach_(self)  # type: ignore[no-any-return]

    @property
    def data(self) -> Tensor:
        """An alias without history and with a version counter of its own; assigning makes the tensor show other memory."""
        return storage.get_data(self)  # type: ignore[no-any-return]

    @data.setter
    def data(self, value: Tensor) -> None:
        storage.set_data(self, value)

    def copy_(self, src: Any, non_blocking: builtins.bool = False) -> Tensor:
        """Write the elements of `src`, broadcast and converted, into this tensor and return it."""
        return storage.copy_(self, src, non_blocking)

    @property
    def _version(self) -> builtins.int:
        """How many times the tensor, or what shares its memory, was written in place."""
        extra = self._extra
        return 0 if extra is None else extra.version[0]  # type: ignore[no-any-return]

    # ---- to Python and NumPy

    def item(self) -> Any:
        """Return the one element as a Python number."""
        return conversion.item(self)

    def tolist(self) -> Any:
        """Return nested lists of Python numbers."""
        return conversion.tolist(self)

    def numpy(self, *, force: builtins.bool = False) -> Any:
        """Return a NumPy array, which shares the memory on the NumPy backend and is read-only on others."""
        return conversion.numpy(self, force=force)

    # ---- dtype and device

    def to(self, *args: Any, **kwargs: Any) -> Tensor:
        """Return the tensor with another dtype, on another device, or like another tensor."""
        return conversion.to(self, *args, **kwargs)

    def float(self) -> Tensor:
        """Return the tensor in float32."""
        return conversion.cast(self, dtypes.float32)  # type: ignore[no-any-return]

    def double(self) -> Tensor:
        """Return the tensor in float64."""
        return conversion.cast(self, dtypes.float64)  # type: ignore[no-any-return]

    def half(self) -> Tensor:
        """Return the tensor in float16."""
        return conversion.cast(self, dtypes.float16)  # type: ignore[no-any-return]

    def bfloat16(self) -> Tensor:
        """Return the tensor in bfloat16."""
        return conversion.cast(self, dtypes.bfloat16)  # type: ignore[no-any-return]

    def cfloat(self) -> Tensor:
        """Return the tensor in complex64."""
        return conversion.cast(self, dtypes.complex64)  # type: ignore[no-any-return]

    def cdouble(self) -> Tensor:
        """Return the tensor in complex128."""
        return conversion.cast(self, dtypes.complex128)  # type: ignore[no-any-return]

    def long(self) -> Tensor:
        """Return the tensor in int64."""
        return conversion.cast(self, dtypes.int64)  # type: ignore[no-any-return]

    def int(self) -> Tensor:
        """Return the tensor in int32."""
        return conversion.cast(self, dtypes.int32)  # type: ignore[no-any-return]

    def short(self) -> Tensor:
        """Return the tensor in int16."""
        return conversion.cast(self, dtypes.int16)  # type: ignore[no-any-return]

    def char(self) -> Tensor:
        """Return the tensor in int8."""
        return conversion.cast(self, dtypes.int8)  # type: ignore[no-any-return]

    def byte(self) -> Tensor:
        """Return the tensor in uint8."""
        return conversion.cast(self, dtypes.uint8)  # type: ignore[no-any-return]

    def bool(self) -> Tensor:
        """Return the tensor in bool."""
        return conversion.cast(self, dtypes.bool)  # type: ignore[no-any-return]

    # ---- text

    def __repr__(self) -> str:
        return showing.text_of(self)

    def __str__(self) -> str:
        return showing.text_of(self)


__all__ = ["IdentityMixin"]
