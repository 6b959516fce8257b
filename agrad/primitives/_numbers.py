"""Python numbers that become elements: which a dtype can hold, by PyTorch's rule and on every backend alike.

The confusing case: arithmetic wraps an integer around (int8 zeros + 300 are 44, as in PyTorch), while a fill, a bound and an
assignment refuse it. Libraries differ there: NumPy raises, JAX wraps.
"""

from __future__ import annotations

import math
from typing import Any

from agrad import dtypes
from agrad.dtypes import DType
from agrad.errors import NotAnOperand, NumberRangeError

_NUMBERS: tuple[Any, ...] = (bool, int, float, complex)
#: what PyTorch's message calls the types
_C_NAMES = {
    "float32": "float",
    "float64": "double",
    "complex64": "c10::complex<float>",
    "complex128": "c10::complex<double>",
    "float16": "at::Half",
    "bfloat16": "at::BFloat16",
    **{f"{kind}{bits}": f"{kind}{bits}_t" for kind in ("int", "uint") for bits in (8, 16, 32, 64)},
}


def fitting(value: Any, dtype: DType, function: str, argument: str = "value") -> Any:
    """Return a number as one that `dtype` holds: a bool, int, float or complex by its kind.

    A negative number wraps around into an unsigned dtype as far as its absolute value fits, as PyTorch's does.

    Parameters
    ----------
    value : number
    dtype : DType
    function, argument : str
        What the error names.

    Raises
    ------
    TypeError
        For what is no number.
    NumberRangeError
        "value cannot be converted to type int8_t without overflow", a RuntimeError and OverflowError.
    """
    if type(value) not in _NUMBERS:
        value = _number(value, function, argument)
    kind = dtype.kind
    if kind == "bool":
        return bool(value)
    if isinstance(value, complex) and kind != "complex":
        if value.imag != 0.0:
            raise _beyond(value, dtype)
        value = value.real
    if kind in ("int", "uint"):
        return _whole(value, dtype)
    if isinstance(value, int):
        try:
            float(value)
        except OverflowError:
            raise _beyond(value, dtype) from None
        return value
    limit = dtypes.finfo(dtype).max
    parts = (value.real, value.imag) if isinstance(value, complex) else (value,)
    if any(math.isfinite(part) and abs(part) > limit for part in parts):
        raise _beyond(value, dtype)
    return value


def _number(value: Any, function: str, argument: str) -> Any:
    for number in _NUMBERS:
        if isinstance(value, number):
            return number(value)
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        return value.item()
    raise NotAnOperand(
        f"{function}(): argument '{argument}' must be Number, not {type(value).__name__}. Pass a number, or a Tensor of no dimensions."
    )


def _whole(value: Any, dtype: DType) -> int:
    if isinstance(value, float) and not math.isfinite(value):
        raise _beyond(value, dtype)
    whole, limits = int(value), dtypes.iinfo(dtype)
    least = -limits.max if dtype.kind == "uint" else limits.min
    if not least <= whole <= limits.max:
        raise _beyond(value, dtype)
    return whole % (limits.max + 1) if dtype.kind == "uint" else whole


def _beyond(value: Any, dtype: DType) -> NumberRangeError:
    return NumberRangeError(
        f"value cannot be converted to type {_C_NAMES.get(dtype.name, dtype.name)} without overflow: {value}. "
        "Choose a number in the dtype's range, or another dtype."
    )


__all__ = ["fitting"]
