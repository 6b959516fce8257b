"""Tensors in safetensors files, by the library of that name: numbers and shapes, and no code to run.

The names are those of ``safetensors.torch``. The library is optional: ``pip install 'safetensors>=0.8'``.

A file holds each tensor's elements by themselves, so tensors that share memory cannot be written as they are: :func:`save_file` refuses
them and says which, as PyTorch's functions do.
"""

from __future__ import annotations

import ctypes
import os
from typing import Any

from agrad import dtypes
from agrad.array_api._making import place
from agrad.dtypes import DType
from agrad.engine.core import wrap
from agrad.errors import LoadError, MissingFunction
from agrad.tensor import Tensor
from agrad.torch_api.files.saving import replace_file

_NAMES: dict[DType, str] = {
    dtypes.bool: "bool",
    dtypes.uint8: "uint8",
    dtypes.int8: "int8",
    dtypes.uint16: "uint16",
    dtypes.int16: "int16",
    dtypes.uint32: "uint32",
    dtypes.int32: "int32",
    dtypes.uint64: "uint64",
    dtypes.int64: "int64",
    dtypes.float16: "float16",
    dtypes.bfloat16: "bfloat16",
    dtypes.float32: "float32",
    dtypes.float64: "float64",
    dtypes.complex64: "complex64",
}
#: what the library calls them when it reads
_CODES: dict[str, DType] = {
    "BOOL": dtypes.bool,
    "U8": dtypes.uint8,
    "I8": dtypes.int8,
    "U16": dtypes.uint16,
    "I16": dtypes.int16,
    "U32": dtypes.uint32,
    "I32": dtypes.int32,
    "U64": dtypes.uint64,
    "I64": dtypes.int64,
    "F16": dtypes.float16,
    "BF16": dtypes.bfloat16,
    "F32": dtypes.float32,
    "F64": dtypes.float64,
    "C64": dtypes.complex64,
}


def _library() -> Any:
    try:
        import safetensors
    except ImportError:
        raise MissingFunction(
            "agrad.utils.safetensors needs the library safetensors, which is not installed: pip install 'safetensors>=0.8'"
        ) from None
    if not hasattr(safetensors, "TensorSpec"):
        raise MissingFunction(
            "agrad.utils.safetensors needs safetensors 0.8 or later; an older one is installed: pip install 'safetensors>=0.8'"
        )
    return safetensors


def save(tensors: dict[str, Tensor], metadata: dict[str, str] | None = None) -> bytes:
    """Return the bytes of a safetensors file.

    Parameters
    ----------
    tensors : dict of str to Tensor
        Of any backend and any dtype but complex128. Each is written row by row; whether it requires grad is not written.
    metadata : dict of str to str, optional
        Text kept beside the tensors.

    Returns
    -------
    bytes

    Raises
    ------
    TypeError
        For anything else than such a dictionary, and for a dtype that the format does not have.
    RuntimeError
        For tensors that share memory, which would not share it when loaded.
    """
    _refuse_sharing(tensors)
    library = _library()
    written: dict[str, Any] = {}
    kept: list[Any] = []
    for name, tensor in tensors.items():
        options = tensor._options
        if options.dtype not in _NAMES:
            raise TypeError(
                f"a safetensors file has no {options.dtype.name}; received it for {name!r}. Write its real and imaginary parts, or "
                "convert it."
            )
        data = options.backend.to_bytes(options.backend.ensure_array(tensor.detach()._data))
        # The library reads the elements where they lie: they stay in `kept` until it has.
        kept.append((ctypes.c_char * max(1, len(data))).from_buffer_copy(data or b"\0"))
        written[name] = library.TensorSpec(
            dtype=_NAMES[options.dtype],
            shape=list(tensor._shape),
            data_ptr=ctypes.addressof(kept[-1]),
            data_len=len(data),
        )
    return bytes(library.serialize(written, metadata))


def save_file(
    tensors: dict[str, Tensor], filename: str | os.PathLike[str], metadata: dict[str, str] | None = None
) -> None:
    """Write tensors to a safetensors file, which is replaced only by a whole one.

    Parameters
    ----------
    tensors, metadata
        As for :func:`save`.
    filename : path

    Raises
    ------
    TypeError, RuntimeError
        As :func:`save` does; the file is as it was then.
    """
    data = save(tensors, metadata)
    replace_file(filename, lambda file: file.write(data))


def load(data: bytes, device: Any = None) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file's bytes.

    Parameters
    ----------
    data : bytes
    device : Device or str, optional
        Where they shall be: a device, a backend, or both ('jax:cpu'); the default device otherwise.

    Returns
    -------
    dict of str to Tensor
        None of them requires grad.

    Raises
    ------
    LoadError
        For what is no safetensors file, and a dtype that agrad does not have.
    """
    library = _library()
    try:
        found = library.deserialize(bytes(data))
    except library.SafetensorError as error:
        raise LoadError(f"the file cannot be read as safetensors ({error}).") from error
    backend, where = place(device)
    tensors: dict[str, Tensor] = {}
    for name, facts in found:
        dtype = _CODES.get(facts["dtype"])
        if dtype is None:
            raise LoadError(f"tensor {name!r} of the file has the dtype {facts['dtype']}, which agrad does not have.")
        flat = backend.from_buffer(bytearray(facts["data"]), dtype, where)
        raw = backend.namespace().reshape(flat, tuple(facts["shape"]))
        tensors[name] = wrap(raw, backend.options(where, dtype))
    return tensors


def load_file(filename: str | os.PathLike[str], device: Any = None) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file.

    Parameters
    ----------
    filename : path
    device : Device or str, optional
        As for :func:`load`.

    Returns
    -------
    dict of str to Tensor

    Raises
    ------
    LoadError
        As :func:`load` does.
    """
    with open(filename, "rb") as file:
        return load(file.read(), device)


def _refuse_sharing(tensors: Any) -> None:
    if not isinstance(tensors, dict):
        raise TypeError(f"safetensors needs a dict of str to Tensor; received {type(tensors).__name__}.")
    owners: dict[int, str] = {}
    for name, tensor in tensors.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise TypeError(
                f"safetensors needs a dict of str to Tensor; received {name!r:.40} of type {type(tensor).__name__}."
            )
        if not tensor.numel():
            continue
        other = owners.setdefault(tensor.untyped_storage().data_ptr(), name)
        if other != name:
            raise RuntimeError(
                f"Some tensors share memory, this will lead to duplicate memory on disk and potential differences when loading them "
                f"again: {other!r} and {name!r}. Write one of them, or a clone()."
            )


__all__ = ["load", "load_file", "save", "save_file"]


def __dir__() -> list[str]:
    return list(__all__)
