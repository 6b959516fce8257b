"""Numbers as bytes and back, for backends whose library does not say how: slow, and right."""

from __future__ import annotations

import struct
from typing import Any

from agrad import dtypes
from agrad.dtypes import DType

_FORMATS = {
    dtypes.bool: "?",
    dtypes.int8: "b",
    dtypes.int16: "h",
    dtypes.int32: "i",
    dtypes.int64: "q",
    dtypes.uint8: "B",
    dtypes.uint16: "H",
    dtypes.uint32: "I",
    dtypes.uint64: "Q",
    dtypes.float16: "e",
    dtypes.float32: "f",
    dtypes.float64: "d",
    dtypes.complex64: "f",
    dtypes.complex128: "d",
}


def pack(values: Any, dtype: DType) -> bytes:
    """Return nested lists of numbers as bytes, in the machine's order."""
    flat: list[Any] = []
    _flatten(values, flat)
    if dtype is dtypes.bfloat16:  # the upper halves of float32, already exact
        wide = struct.pack(f"={len(flat)}f", *flat)
        return b"".join(struct.pack("=H", word >> 16) for (word,) in struct.iter_unpack("=I", wide))
    if dtype.is_complex:
        flat = [part for number in flat for part in (number.real, number.imag)]
    return struct.pack(f"={len(flat)}{_FORMATS[dtype]}", *flat)


def unpack(buffer: Any, dtype: DType) -> list[Any]:
    """Return the numbers that bytes are."""
    data = bytes(buffer)
    if dtype is dtypes.bfloat16:
        wide = b"".join(struct.pack("=I", half << 16) for (half,) in struct.iter_unpack("=H", data))
        return [number for (number,) in struct.iter_unpack("=f", wide)]
    numbers = [number for (number,) in struct.iter_unpack("=" + _FORMATS[dtype], data)]
    if dtype.is_complex:
        return [complex(real, imaginary) for real, imaginary in zip(numbers[::2], numbers[1::2], strict=True)]
    return numbers


def _flatten(values: Any, flat: list[Any]) -> None:
    if isinstance(values, list):
        for value in values:
            _flatten(value, flat)
    else:
        flat.append(values)


__all__ = ["pack", "unpack"]
