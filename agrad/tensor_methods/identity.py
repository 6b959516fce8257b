"""What a tensor is: its shape in numbers, storage and memory, its text; conversions and making in the neighbouring files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.errors import GradError
from agrad.tensor_methods.identity_conversion import ConversionMixin
from agrad.tensor_methods.identity_making import MakingMixin
from agrad.torch_api import memory, serialization, showing, storage, storages
from agrad.torch_api.size import Size, size_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from agrad.tensor import Tensor


class IdentityMixin(ConversionMixin, MakingMixin):
    """What a tensor is: conversions, storage and memory, exchange with NumPy, printing."""

    __slots__ = ()

    # ---- shape in numbers

    @property
    def shape(self) -> Size:
        """The length of each axis."""
        return size_of(self._shape)

    def dim(self) -> int:
        """Return the number of axes."""
        return len(self._shape)

    def ndimension(self) -> int:
        """Return the number of axes."""
        return len(self._shape)

    def numel(self) -> int:
        """Return the number of elements."""
        count = 1
        for length in self._shape:
            count *= length
        return count

    def nelement(self) -> int:
        """Return the number of elements."""
        return self.numel()

    def is_same_size(self, other: Tensor) -> bool:
        """Whether the other tensor has this shape."""
        return self._shape == other._shape

    # ---- memory

    @property
    def itemsize(self) -> int:
        """The number of bytes of an element."""
        return self._options.dtype.itemsize

    def element_size(self) -> int:
        """Return the number of bytes of an element."""
        return self._options.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """The number of bytes of the elements."""
        return self.numel() * self._options.dtype.itemsize

    def stride(self, dim: int | None = None) -> Any:
        """Return the steps between neighbours along each axis, in elements, or along one."""
        return storage.stride(self, dim)

    def storage_offset(self) -> int:
        """Return where the first element lies in the storage, in elements."""
        return storage.storage_offset(self)

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Whether the elements lie in row-major order without gaps."""
        return storage.contiguous_here(self)

    def contiguous(self, memory_format: Any = None) -> Tensor:
        """Return the tensor itself where its elements lie in row-major order, else a copy in which they do."""
        return storage.contiguous(self, memory_format)

    def data_ptr(self) -> int:
        """Return the address of the first element."""
        return storage.data_ptr(self)

    def storage(self) -> storages.TypedStorage:
        """Return the storage that the tensor shares with its views, as numbers."""
        return storages.storage(self)

    def untyped_storage(self) -> storages.UntypedStorage:
        """Return the storage that the tensor shares with its views, as bytes."""
        return storages.untyped_storage(self)

    def is_set_to(self, tensor: Tensor) -> bool:
        """Whether the other tensor shows the same memory in the same geometry."""
        return storages.is_set_to(self, tensor)

    def set_(self, source: Any = None, storage_offset: int = 0, size: Any = None, stride: Any = None) -> Tensor:
        """Show another storage, in place."""
        return memory.set_(self, source, storage_offset, size, stride)

    def resize_(self, *sizes: Any, memory_format: Any = None) -> Tensor:
        """Take another shape, in place; elements that were there stay, new ones are whatever the memory holds."""
        return memory.resize_(self, *sizes)

    def resize_as_(self, the_template: Tensor, memory_format: Any = None) -> Tensor:
        """Take another tensor's shape, in place."""
        return memory.resize_(self, the_template._shape)

    def clone(self, *, memory_format: Any = None) -> Tensor:
        """Return a copy that shares nothing; the cotangent goes back as it came."""
        return storage.clone(self, memory_format=memory_format)

    def detach(self) -> Tensor:
        """Return an alias without history: it shares the memory and does not require grad."""
        return storage.detach(self)

    def detach_(self) -> Tensor:
        """Drop the history, in place."""
        return storage.detach_(self)

    @property
    def data(self) -> Tensor:
        """An alias without history and with a version counter of its own; assigning makes the tensor show other memory."""
        return storage.get_data(self)

    @data.setter
    def data(self, value: Tensor) -> None:
        storage.set_data(self, value)

    def copy_(self, src: Any, non_blocking: bool = False) -> Tensor:
        """Write the elements of `src`, broadcast and converted, into this tensor and return it."""
        return storage.copy_(self, src, non_blocking)

    def apply_(self, callable: Callable[[Any], Any]) -> Tensor:
        """Replace each element by what a Python function makes of it, in place: slow."""
        return memory.apply_(self, callable)

    def map_(self, tensor: Tensor, callable: Callable[[Any, Any], Any]) -> Tensor:
        """Replace each element by what a Python function makes of it and the other tensor's, in place: slow."""
        return memory.map_(self, tensor, callable)

    def share_memory_(self) -> Tensor:
        """Return the tensor: there is no memory between processes to move it to."""
        return self  # type: ignore[return-value]

    def is_shared(self) -> bool:
        """Whether the memory is shared between processes: never."""
        return False

    def is_pinned(self) -> bool:
        """Whether the memory is pinned for copies to a GPU: never."""
        return False

    def pin_memory(self) -> Tensor:
        """Return the tensor: copies to a GPU need no pinned memory here.

        Raises
        ------
        RuntimeError
            Without a GPU, as in PyTorch.
        """
        return memory.pin_memory(self)

    @property
    def _version(self) -> int:
        """How many times the tensor, or what shares its memory, was written in place."""
        if self._options.inference:
            raise GradError("Inference tensors do not track version counter. Clone it outside of inference mode first.")
        extra = self._extra
        return 0 if extra is None else extra.version[0]

    # ---- copies for other processes and later

    def __reduce_ex__(self, protocol: Any) -> Any:
        return serialization.reduce_tensor(self)

    def __copy__(self) -> Tensor:
        return serialization.copy_tensor(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        return serialization.deepcopy_tensor(self, memo)

    # ---- text

    def __repr__(self) -> str:
        return showing.text_of(self)

    def __str__(self) -> str:
        return showing.text_of(self)

    def __format__(self, format_spec: str) -> str:
        return showing.formatted(self, format_spec)

    def _repr_html_(self) -> str:
        """Return the tensor as HTML, for notebooks."""
        return showing.html_of(self)


__all__ = ["IdentityMixin"]
