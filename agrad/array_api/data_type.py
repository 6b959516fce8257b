"""Dtypes as questions and casts, by the standard's names and signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad import dtypes
from agrad.array_api._arguments import as_tensor
from agrad.array_api._making import default_int, dtype_argument
from agrad.backend import get_default_backend
from agrad.dtypes import DType, FInfo, IInfo
from agrad.engine.core import TensorCore
from agrad.engine.general import NUMBERS, common_dtype
from agrad.errors import UnsupportedDType
from agrad.primitives import data_type

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def astype(x: Tensor, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Tensor:
    """Return x with another dtype; a cotangent is cast back, and integers and bools have none.

    Parameters
    ----------
    copy : bool
        False: x itself where it has the dtype already.
    device : Device, optional
        Where the result shall be; x's device by default.

    Raises
    ------
    TypeError
        From complex to real: take `real` or `imag`.
    """
    x = as_tensor(x)
    wanted = dtype_argument(dtype, x._options.backend)
    if x._options.is_complex and not wanted.is_complex:
        raise TypeError(
            f"casting {x._options.dtype!r} to {wanted!r} would discard the imaginary part; "
            "take agrad.real(x) or agrad.imag(x) first"
        )
    if x._options.dtype is not wanted:
        x = data_type.astype(x, dtype=wanted)
    elif copy:
        x = data_type.copy(x)
    return x if device is None else x.to_device(device)


def can_cast(from_: Any, to: Any, /) -> bool:
    """Return whether type promotion leads from a dtype (or a Tensor's) to another."""
    backend = get_default_backend()
    source = from_._options.dtype if isinstance(from_, TensorCore) else dtype_argument(from_, backend)
    target = dtype_argument(to, backend)
    try:
        return dtypes.promote(source, target) is target
    except UnsupportedDType:  # uint64 with a signed integer
        return False


def finfo(type: Any, /) -> FInfo:
    """Return the limits of a floating or complex dtype (of its parts), or of a Tensor's, as Python floats."""
    return dtypes.finfo(_dtype_of(type))


def iinfo(type: Any, /) -> IInfo:
    """Return the limits of an integer dtype, or of a Tensor's."""
    return dtypes.iinfo(_dtype_of(type))


def _dtype_of(value: Any) -> DType:
    if isinstance(value, DType):
        return value
    if isinstance(value, TensorCore):
        return value._options.dtype
    if hasattr(value, "dtype") and hasattr(value, "shape") and not isinstance(value, type):
        lifted = as_tensor(value)
        if isinstance(lifted, TensorCore):
            return lifted._options.dtype
    return dtype_argument(value, get_default_backend())


def isdtype(dtype: Any, kind: Any) -> bool:
    """Return whether a dtype is of a kind.

    Parameters
    ----------
    kind : str, DType or tuple of them
        "bool", "signed integer", "unsigned integer", "integral", "real floating", "complex floating", "numeric", or a
        dtype.

    Raises
    ------
    ValueError
        For a string that is none of these.
    """
    if not isinstance(dtype, DType):
        dtype = dtype_argument(dtype, get_default_backend())
    if isinstance(kind, tuple):
        return any(isdtype(dtype, one) for one in kind)
    if not isinstance(kind, str | DType):
        kind = dtype_argument(kind, get_default_backend())
    return dtypes.isdtype(dtype, kind)


def result_type(*arrays_and_dtypes: Any) -> DType:
    """Return the dtype that operands of these types are brought to: Tensors, dtypes and Python numbers.

    Raises
    ------
    ValueError
        For no arguments.
    """
    if not arrays_and_dtypes:
        raise ValueError("result_type needs at least one array or dtype; received none")
    backend = get_default_backend()
    result: DType | None = None
    operands: list[Any] = []
    for value in arrays_and_dtypes:
        if type(value) in NUMBERS or isinstance(value, TensorCore):
            operands.append(value)
        elif (
            not isinstance(value, DType)
            and hasattr(value, "dtype")
            and hasattr(value, "shape")
            and not isinstance(value, type)
        ):
            operands.append(as_tensor(value))
        else:
            dtype = dtype_argument(value, backend)
            result = dtype if result is None else dtypes.promote(result, dtype)
    tensors = [value for value in operands if isinstance(value, TensorCore)]
    if result is None:
        found = common_dtype(operands, bool(tensors) and all(tensor._options.standard for tensor in tensors))
    else:
        for tensor in tensors:
            result = dtypes.promote(result, tensor._options.dtype)
        found = _with_numbers(result, [value for value in operands if not isinstance(value, TensorCore)])
    if not tensors and result is None and found is dtypes.int64:
        return default_int(backend.options(backend.default_device(), dtypes.bool))
    return found


def _with_numbers(dtype: DType, numbers: list[Any]) -> DType:
    """Return the dtype after meeting Python numbers, which only raise the kind."""
    ranks = {"bool": 0, "int": 1, "uint": 1, "float": 2, "complex": 3}
    own = ranks[dtype.kind]
    rank = max((NUMBERS.index(type(number)) for number in numbers), default=0)
    if rank <= own:
        return dtype
    default = dtypes.get_default_dtype()
    if rank == 3:
        return dtype.complex if own == 2 else default.complex
    return default if rank == 2 else dtypes.int64


__all__ = ["FInfo", "IInfo", "astype", "can_cast", "finfo", "iinfo", "isdtype", "result_type"]
