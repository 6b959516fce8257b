"""From tensors to other dtypes and devices, to Python numbers and lists, and to NumPy's arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.array_api._converting import HOST
from agrad.array_api._making import dtype_argument
from agrad.array_api._moving import move
from agrad.backend import get_backend
from agrad.devices import Device
from agrad.dtypes import DType
from agrad.engine.core import TensorCore
from agrad.engine.relations import is_flipped
from agrad.engine.storage import alias_of
from agrad.errors import AgradError, GradError
from agrad.primitives import data_type, manipulation

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class ExchangeError(AgradError, TypeError):
    """A tensor that NumPy cannot hold."""


class FlippedExport(AgradError, RuntimeError):
    """A conjugated or negated view of memory, whose elements no other library can share."""


def cast(x: Any, dtype: DType) -> Any:
    """Return the tensor in a dtype; itself where it has it. The cotangent is cast back."""
    return x if x._options.dtype is dtype else data_type.astype(x, dtype=dtype)


def unflipped(x: Any) -> Tensor:
    """Return a copy of a conjugated or negated view of memory, in memory of its own."""
    copied: Tensor = data_type.copy(x)
    return copied


def to(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """Return the tensor with another dtype, on another device, or both; itself where nothing changes.

    The forms are PyTorch's: ``to(dtype)``, ``to(device, dtype)``, ``to(other)``, each with ``non_blocking=`` and ``copy=``.
    A device may be of another backend; the cotangent moves back.
    """
    device, dtype, copy = target_of(args, kwargs)
    result = x if device is None else move(x, device)
    if dtype is not None and not isinstance(dtype, DType):
        dtype = dtype_argument(dtype, result._options.backend)
    if dtype is not None and result._options.dtype is not dtype:
        return data_type.astype(result, dtype=dtype)
    return data_type.copy(result) if copy and result is x else result


_NAMES = (
    ("device", "dtype", "non_blocking", "copy"),
    ("dtype", "non_blocking", "copy"),
    ("other", "non_blocking", "copy"),
)
_KNOWN = {"device", "dtype", "other", "non_blocking", "copy", "memory_format"}


def target_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, DType | None, bool]:
    """Return (device, dtype, copy) from the arguments of ``to``.

    Raises
    ------
    TypeError
        For what none of its forms has.
    """
    given = dict(kwargs)
    first = args[0] if args else None
    names = _NAMES[1 if isinstance(first, (DType, type)) else 2 if isinstance(first, TensorCore) else 0]
    if len(args) > len(names) or not given.keys() <= _KNOWN or not _fit(args, names):
        raise TypeError(
            "to() received an invalid combination of arguments - got "
            f"({', '.join([type(a).__name__ for a in args] + [f'{name}=' for name in kwargs])}); expected (device, dtype, "
            "non_blocking, copy), (dtype, non_blocking, copy) or (other, non_blocking, copy)."
        )
    given.update(zip(names, args))
    other = given.get("other")
    device, dtype = given.get("device"), given.get("dtype")
    if other is not None:
        device, dtype = other._options.device, other._options.dtype
    return device, dtype, bool(given.get("copy", False))


def _fit(args: tuple[Any, ...], names: tuple[str, ...]) -> bool:
    """Whether positional arguments are of the kinds that their names ask for."""
    for value, name in zip(args, names):
        if name in ("non_blocking", "copy") and not isinstance(value, bool):
            return False
        if name == "dtype" and not (value is None or isinstance(value, (DType, type))):
            return False
    return True


def item(x: Any) -> Any:
    """Return the one element as a Python number.

    Raises
    ------
    RuntimeError
        When there is not exactly one element.
    """
    return x._number("Scalar")


class ScalarError(AgradError, ValueError):
    """A tensor of several elements, where Python's own types need one."""


class RangeError(AgradError, RuntimeError):
    """A number that Python's type does not hold."""


def number(x: Any) -> Any:
    """Return the one element as a Python number, for Python's own types.

    Raises
    ------
    ValueError
        When there is not exactly one element.
    """
    if any(length != 1 for length in x._shape):
        raise ScalarError(
            f"only one element tensors can be converted to Python scalars; received shape {x._shape}. Take x.tolist()."
        )
    return item(x)


def real_number(x: Any) -> float:
    """Return the one element as a float.

    Raises
    ------
    RuntimeError
        For a complex number with an imaginary part.
    """
    value = number(x)
    if isinstance(value, complex):
        if value.imag:
            raise RangeError("value cannot be converted to type double without overflow: it is complex. Take x.real.")
        value = value.real
    return float(value)


def index(x: Any) -> int:
    """Return the one element of an integer or bool tensor as an index.

    Raises
    ------
    TypeError
        For anything else.
    """
    if any(length != 1 for length in x._shape) or x._options.is_inexact:
        raise ExchangeError(
            "only integer tensors of a single element can be converted to an index; "
            f"received {x._options.dtype!r} of shape {x._shape}"
        )
    return int(item(x))


def reversed_(x: Any) -> Tensor:
    """Return the tensor with its first axis reversed; a 0-d one as it is."""
    return manipulation.flip(x, axis=0) if x._shape else x


def tolist(x: Any) -> Any:
    """Return nested lists of Python numbers; a number for a 0-d tensor."""
    backend = x._options.backend
    return backend.tolist(backend.ensure_array(x._data))


def numpy(x: Any, *, force: bool = False) -> Any:
    """Return a NumPy array of the tensor.

    On the NumPy backend it shares the tensor's memory, in both directions. Other backends' memory cannot be written through
    NumPy: there the array is read-only.

    Parameters
    ----------
    force : bool
        Detach, and bring to the CPU, first.

    Raises
    ------
    RuntimeError
        When the tensor requires grad.
    TypeError
        When it is not in the CPU's memory, or of a dtype that NumPy lacks.
    """
    options = x._options
    if force:
        x = x.detach().resolve_conj().resolve_neg()
        if options.device.type != "cpu":
            x = move(x, Device("cpu"))
        options = x._options
    if x._node is not None:
        raise GradError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
    if options.device.type != "cpu":
        raise ExchangeError(
            f"can't convert {options.device} device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first."
        )
    host = get_backend(HOST)
    if not host.supports(options.dtype):
        raise ExchangeError(
            f"Got unsupported ScalarType {options.dtype.scalar_name}: NumPy has no such dtype. Use x.float()."
        )
    backend = options.backend
    if is_flipped(x):
        bit, name = ("conjugate", "conj") if options.is_complex else ("negative", "neg")
        raise FlippedExport(
            f"Can't call numpy() on Tensor that has {bit} bit set. Use tensor.resolve_{name}().numpy() instead."
        )
    if backend is host:
        alias_of(x)
        return x._data
    raw = backend.to_host(backend.ensure_array(x._data))
    return raw if host.is_array(raw) else host.from_host(raw, options.dtype, host.default_device())


def numpy_for_numpy(x: Any, dtype: Any = None, copy: bool | None = None) -> Any:
    """Return what NumPy's own functions take for a tensor: ``__array__``.

    Raises
    ------
    RuntimeError
        When the tensor requires grad: NumPy would drop the gradient.
    """
    array = numpy(x)
    if dtype is not None and array.dtype != dtype:
        if copy is False:
            raise ValueError(
                f"an array of dtype {dtype} needs a copy of this {x._options.dtype!r} tensor; leave copy=False out"
            )
        return array.astype(dtype)
    return get_backend(HOST).copy(array) if copy else array


__all__ = ["ExchangeError", "cast", "item", "numpy", "numpy_for_numpy", "target_of", "to", "tolist"]
