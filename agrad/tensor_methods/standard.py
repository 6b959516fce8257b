"""The array object that the standard asks for: attributes, operators, conversions, indexing and exchange.

The confusing cases: ``size`` is an int for the standard and a method for PyTorch, so it is an int that can be called;
an operator that meets what it does not know returns NotImplemented, so that the other side has its say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from agrad import array_api
from agrad.array_api._arguments import as_tensor
from agrad.array_api._converting import HOST
from agrad.array_api._moving import move
from agrad.array_api._slicing import get_item, has_negative_step, set_item
from agrad.backend import backend_of, get_backend
from agrad.devices import Device
from agrad.dtypes import DType
from agrad.engine.core import TensorCore
from agrad.engine.general import NUMBERS
from agrad.engine.inplace import apply_inplace, write
from agrad.engine.relations import is_flipped
from agrad.engine.storage import alias_of
from agrad.engine.write_checks import check_writable
from agrad.errors import AgradError, GradError, IndexOutOfRange, NotAnOperand
from agrad.primitives import data_type, elementwise, indexing, linear_algebra, manipulation, pointwise
from agrad.primitives._indexing import as_items, is_basic
from agrad.torch_api import pointwise_arithmetic

if TYPE_CHECKING:
    from agrad.tensor import Tensor

_KNOWN = (TensorCore, *NUMBERS)


class ConversionError(AgradError, RuntimeError, ValueError, TypeError):
    """A tensor of several elements where one number is needed."""


class Elements(int):
    """The number of elements of a tensor; called, it is PyTorch's ``size()``: the shape, or one axis' length."""

    shape: tuple[int, ...]
    names: tuple[str | None, ...] | None

    def __call__(self, dim: Any = None) -> Any:
        """Return the shape, or its length along `dim`, an axis' number or name.

        Raises
        ------
        IndexError, RuntimeError
            For an axis, or a name, that is not there.
        """
        if dim is None:
            return self.shape
        if isinstance(dim, str):
            if self.names is None or dim not in self.names:
                raise GradError(f"Name '{dim}' not found in Tensor{list(self.names or (None,) * len(self.shape))}.")
            return self.shape[self.names.index(dim)]
        dim = dim.__index__()
        ndim = len(self.shape)
        if not -ndim <= dim < ndim:
            bounds = (-max(ndim, 1), max(ndim, 1) - 1)
            raise IndexOutOfRange(
                f"Dimension out of range (expected to be in range of [{bounds[0]}, {bounds[1]}], but got {dim})"
            )
        return self.shape[dim]

    def __reduce__(self) -> Any:
        return int, (int(self),)


def _known(value: Any) -> bool:
    """Whether an operand is one that primitives take; a foreign object may know what to do with a Tensor itself."""
    return isinstance(value, _KNOWN) or backend_of(value) is not None


class StandardMixin(TensorCore):
    """The standard's half of a Tensor; no state of its own."""

    __slots__ = ()

    __hash__ = object.__hash__

    # ---- attributes

    @property
    def dtype(self) -> DType:
        """agrad's dtype object."""
        return self._options.dtype

    @property
    def device(self) -> Device:
        """Where the tensor lives, on which backend."""
        return self._options.device

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self._shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self._shape)

    @property
    def size(self) -> Elements:
        """The number of elements, as the standard has it; called, the shape or one length of it, as PyTorch has it."""
        count = 1
        for length in self._shape:
            count *= length
        size = Elements(count)
        size.shape = self.shape
        extra = self._extra
        size.names = None if extra is None else extra.names
        return size

    @property
    def T(self) -> Tensor:
        """The transpose of a matrix. For stacks of matrices take ``mT``, for all axes reversed ``permute_dims``.

        Raises
        ------
        ValueError
            For more than two axes.
        """
        if len(self._shape) > 2:
            raise ValueError(f"x.T needs at most two axes; received shape {self._shape}. For stacks of matrices: x.mT")
        return linear_algebra.matrix_transpose(self) if len(self._shape) == 2 else self  # type: ignore[return-value]

    @property
    def mT(self) -> Tensor:
        """Each matrix of a stack transposed: the last two axes swapped."""
        if len(self._shape) < 2:
            raise GradError(
                "tensor.mT is only supported on matrices or batches of matrices. "
                f"Got {len(self._shape)}-D tensor of shape {self._shape}."
            )
        return linear_algebra.matrix_transpose(self)

    def __array_namespace__(self, /, *, api_version: str | None = None) -> Any:
        """Return agrad.array_api.

        Raises
        ------
        ValueError
            For a version of the standard that agrad does not follow.
        """
        if api_version is not None and api_version not in array_api.SUPPORTED_VERSIONS:
            raise ValueError(
                f"agrad.array_api follows the versions {', '.join(array_api.SUPPORTED_VERSIONS)} of the standard; "
                f"received {api_version!r}"
            )
        return array_api

    # ---- to one Python number

    def _number(self, to: str) -> Any:
        if any(length != 1 for length in self._shape):
            raise ConversionError(
                f"a Tensor with {int(self.size)} elements cannot be converted to {to}; received shape {self._shape}"
            )
        return self._options.backend.item(self._data)

    def __bool__(self) -> bool:
        if any(length != 1 for length in self._shape):
            told = "no values" if 0 in self._shape else "more than one value"
            raise ConversionError(
                f"Boolean value of Tensor with {told} is ambiguous; received shape {self._shape}. "
                "Take .any() or .all() first."
            )
        return bool(self._options.backend.item(self._data))

    # ---- exchange

    def to_device(self, device: Any, /, *, stream: Any = None) -> Tensor:
        """Return the tensor on another device, of its own backend or of the one that the device names; differentiable.

        Parameters
        ----------
        device : Device or str
        stream : optional
            The standard's; agrad orders its work itself and takes None alone.
        """
        if stream is not None:
            raise ValueError(f"to_device takes stream=None alone; received {stream!r}")
        return move(self, device)

    def __dlpack__(
        self,
        /,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[Any, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        """Export the array; the parameters are the standard's.

        Raises
        ------
        BufferError
            For a tensor that requires grad (the other library would drop the gradient), or where a copy is needed and
            forbidden.
        """
        if self._node is not None:
            raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
        if is_flipped(self):
            raise BufferError(
                "Can't export tensors with the conjugate or negative bit set, use tensor.resolve_conj() or tensor.resolve_neg()"
            )
        backend = self._options.backend
        if backend.mutable:
            alias_of(self)  # from here on the memory is shared: writes go into it
        raw = backend.ensure_array(self._data)
        wanted = {"stream": stream, "max_version": max_version, "dl_device": dl_device, "copy": copy}
        given = {name: value for name, value in wanted.items() if value is not None}
        # Without max_version a capsule of the oldest kind is made, which any consumer that sends one understands.
        oldest = {name: value for name, value in given.items() if name != "max_version"}
        refused: Exception | None = None
        for arguments in (given, oldest):
            try:
                return raw.__dlpack__(**arguments)
            except (BufferError, NotImplementedError, TypeError, ValueError) as error:
                refused = error
        # A read-only array, or a library that does not know the newer arguments: through a copy in the host's memory,
        # if a copy is allowed and that memory is meant.
        kind = (self.__dlpack_device__() if dl_device is None else dl_device)[0]
        if copy is False or int(getattr(kind, "value", kind)) != 1:
            assert refused is not None
            raise refused
        version = {} if max_version is None else {"max_version": max_version}
        return get_backend(HOST).copy(_on_host(self)).__dlpack__(**version)

    def __dlpack_device__(self) -> tuple[Any, int]:
        """Return DLPack's device type and index."""
        backend = self._options.backend
        device: tuple[Any, int] = backend.ensure_array(self._data).__dlpack_device__()
        return device

    # ---- elements

    def __len__(self) -> int:
        if not self._shape:
            raise TypeError("len() of a 0-d tensor")
        return self._shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        if not self._shape:
            raise TypeError("iteration over a 0-d tensor")
        return iter(manipulation.unstack(self, axis=0))

    def __contains__(self, element: Any) -> bool:
        if not _known(element):
            raise GradError(
                f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element).__name__}."
            )
        return bool(array_api.any(elementwise.equal(self, element)))

    def __getitem__(self, key: Any, /) -> Tensor:
        return get_item(self, key)

    def __setitem__(self, key: Any, value: Any, /) -> None:
        items = as_items(key)
        if self._options.backend.level or not is_basic(items) or has_negative_step(items):
            # What is written may be a part of this tensor.
            value = data_type.copy(value) if isinstance(value, TensorCore) else value
            apply_inplace(self, set_item, key, value)
            return
        check_writable(self)
        # x[:] and x[...] make no view, in PyTorch too.
        whole = all(item is Ellipsis or (type(item) is slice and item == slice(None)) for item in items)
        place = self if whole and len(items) <= 1 else indexing.slice_get(self, key=items)
        if place is not self:
            check_writable(place)
        write(place, _value_for(place, value))

    # ---- arithmetic

    def __pos__(self) -> Tensor:
        return pointwise_arithmetic.positive(self)  # type: ignore[arg-type]

    def __invert__(self) -> Tensor:
        if self._options.is_inexact:
            raise NotAnOperand(
                "~ (operator.invert) is only implemented on integer and Boolean-type tensors; "
                f"received {self._options.dtype!r}"
            )
        return elementwise.bitwise_invert(self)

    def __floordiv__(self, other: Any, /) -> Tensor:
        return _floor_divide(self)(self, other) if _known(other) else NotImplemented

    def __rfloordiv__(self, other: Any, /) -> Tensor:
        return _floor_divide(self)(other, self) if _known(other) else NotImplemented

    def __mod__(self, other: Any, /) -> Tensor:
        return elementwise.remainder(self, other) if _known(other) else NotImplemented

    def __rmod__(self, other: Any, /) -> Tensor:
        return elementwise.remainder(other, self) if _known(other) else NotImplemented

    def __and__(self, other: Any, /) -> Tensor:
        return elementwise.bitwise_and(self, other) if _known(other) else NotImplemented

    def __rand__(self, other: Any, /) -> Tensor:
        return elementwise.bitwise_and(other, self) if _known(other) else NotImplemented

    def __or__(self, other: Any, /) -> Tensor:
        return elementwise.bitwise_or(self, other) if _known(other) else NotImplemented

    def __ror__(self, other: Any, /) -> Tensor:
        return elementwise.bitwise_or(other, self) if _known(other) else NotImplemented

    def __xor__(self, other: Any, /) -> Tensor:
        return elementwise.bitwise_xor(self, other) if _known(other) else NotImplemented

    def __rxor__(self, other: Any, /) -> Tensor:
        return elementwise.bitwise_xor(other, self) if _known(other) else NotImplemented

    def __lshift__(self, other: Any, /) -> Tensor:
        return elementwise.bitwise_left_shift(self, other) if _known(other) else NotImplemented

    def __rlshift__(self, other: Any, /) -> Tensor:
        return elementwise.bitwise_left_shift(other, self) if _known(other) else NotImplemented

    def __rshift__(self, other: Any, /) -> Tensor:
        return elementwise.bitwise_right_shift(self, other) if _known(other) else NotImplemented

    def __rrshift__(self, other: Any, /) -> Tensor:
        return elementwise.bitwise_right_shift(other, self) if _known(other) else NotImplemented

    # ---- comparison, element by element

    def __eq__(self, other: Any, /) -> Tensor:  # type: ignore[override]
        return elementwise.equal(self, other) if _known(other) else NotImplemented

    def __ne__(self, other: Any, /) -> Tensor:  # type: ignore[override]
        return elementwise.not_equal(self, other) if _known(other) else NotImplemented

    def __lt__(self, other: Any, /) -> Tensor:
        return elementwise.less(self, other) if _known(other) else NotImplemented

    def __le__(self, other: Any, /) -> Tensor:
        return elementwise.less_equal(self, other) if _known(other) else NotImplemented

    def __gt__(self, other: Any, /) -> Tensor:
        return elementwise.greater(self, other) if _known(other) else NotImplemented

    def __ge__(self, other: Any, /) -> Tensor:
        return elementwise.greater_equal(self, other) if _known(other) else NotImplemented

    # ---- in place: the shape and the dtype stay

    def __iadd__(self, other: Any, /) -> Tensor:
        return apply_inplace(self, elementwise.add, other) if _known(other) else NotImplemented

    def __isub__(self, other: Any, /) -> Tensor:
        return apply_inplace(self, elementwise.subtract, other) if _known(other) else NotImplemented

    def __imul__(self, other: Any, /) -> Tensor:
        return apply_inplace(self, elementwise.multiply, other) if _known(other) else NotImplemented

    def __itruediv__(self, other: Any, /) -> Tensor:
        return apply_inplace(self, elementwise.divide, other) if _known(other) else NotImplemented

    def __ipow__(self, other: Any, /) -> Tensor:
        return apply_inplace(self, elementwise.pow, other) if _known(other) else NotImplemented

    def __imatmul__(self, other: Any, /) -> Tensor:
        return apply_inplace(self, linear_algebra.matmul, other) if _known(other) else NotImplemented

    def __ifloordiv__(self, other: Any, /) -> Tensor:
        return apply_inplace(self, _floor_divide(self), other) if _known(other) else NotImplemented

    def __imod__(self, other: Any, /) -> Tensor:
        return apply_inplace(self, elementwise.remainder, other) if _known(other) else NotImplemented

    def __iand__(self, other: Any, /) -> Tensor:
        return apply_inplace(self, elementwise.bitwise_and, other) if _known(other) else NotImplemented

    def __ior__(self, other: Any, /) -> Tensor:
        return apply_inplace(self, elementwise.bitwise_or, other) if _known(other) else NotImplemented

    def __ixor__(self, other: Any, /) -> Tensor:
        return apply_inplace(self, elementwise.bitwise_xor, other) if _known(other) else NotImplemented

    def __ilshift__(self, other: Any, /) -> Tensor:
        return apply_inplace(self, elementwise.bitwise_left_shift, other) if _known(other) else NotImplemented

    def __irshift__(self, other: Any, /) -> Tensor:
        return apply_inplace(self, elementwise.bitwise_right_shift, other) if _known(other) else NotImplemented


def _floor_divide(tensor: Any) -> Callable[[Any, Any], Any]:
    """Return the standard's division that rounds down, or PyTorch's: they part where an operand is infinite."""
    return elementwise.floor_divide if tensor._options.standard else pointwise.divide_floor


def _value_for(place: Any, value: Any) -> Any:
    """Return what is written to a view as a tensor of its dtype that shares nothing.

    PyTorch's copy_ takes any dtype.
    """
    options = place._options
    tensor = as_tensor(value)
    if not isinstance(tensor, TensorCore):
        tensor = array_api.full((), value, dtype=options.dtype, device=options.device)
    shape = tensor._shape
    surplus = len(shape) - len(place._shape)
    if surplus > 0 and all(length == 1 for length in shape[:surplus]):
        tensor = manipulation.reshape(tensor, shape=shape[surplus:])
    if tensor._options.dtype is not options.dtype:
        return data_type.astype(tensor, dtype=options.dtype)
    return data_type.copy(tensor)


def _on_host(tensor: Any) -> Any:
    """Return a tensor's elements as the host library's array, sharing memory where they are one."""
    backend = tensor._options.backend
    host_backend = get_backend(HOST)
    raw = backend.ensure_array(tensor._data)
    host = backend.to_host(raw)
    if not host_backend.is_array(host):
        host = host_backend.from_host(host, tensor._options.dtype, host_backend.default_device())
    return host


__all__ = ["ConversionError", "Elements", "StandardMixin"]
