"""What the functions of matrices ask of their arguments, in PyTorch's words."""

from __future__ import annotations

from typing import Any

from agrad.errors import DTypeError, ShapeError


class DTypeMismatch(DTypeError):
    """Operands of one product in different dtypes: PyTorch promotes in arithmetic, not in products of matrices."""


#: what C++ calls the scalars, which PyTorch's message shows
_C_NAMES = {
    "bool": "bool",
    "uint8": "unsigned char",
    "int8": "signed char",
    "int16": "short",
    "int32": "int",
    "int64": "long",
    "float16": "c10::Half",
    "bfloat16": "c10::BFloat16",
    "float32": "float",
    "float64": "double",
    "complex64": "c10::complex<float>",
    "complex128": "c10::complex<double>",
}


def _c_name(dtype: Any) -> str:
    return _C_NAMES.get(dtype.name, dtype.name)


def require_dims(function: str, *expected: tuple[str, Any, int], words: str = "{name} must be a matrix") -> None:
    """Raise unless each (name, tensor, number of dimensions) holds."""
    for name, tensor, ndim in expected:
        if len(tensor._shape) != ndim:
            raise ShapeError(
                f"{words.format(name=name, ndim=len(tensor._shape))}; {function} received {name} of shape "
                f"{tuple(tensor._shape)}. For other shapes: matmul."
            )


def same_dtype(function: str, x: Any, y: Any) -> None:
    """Raise unless two tensors have one dtype."""
    a, b = x._options.dtype, y._options.dtype
    if a is not b:
        raise DTypeMismatch(
            f"expected m1 and m2 to have the same dtype, but got: {_c_name(a)} != {_c_name(b)}; {function} received "
            f"{a.name} and {b.name}. Convert one, for example y.to(x.dtype)."
        )


def require_float(function: str, x: Any) -> None:
    """Raise unless a tensor is floating or complex."""
    if not x._options.is_inexact:
        raise DTypeMismatch(
            f"{function}: Expected a floating point or complex tensor as input. Got {x._options.dtype.scalar_name}"
        )


def require_matrices(function: str, x: Any, name: str = "A") -> None:
    """Raise unless a tensor has at least two dimensions."""
    if len(x._shape) < 2:
        raise ShapeError(f"{function}: The input tensor {name} must have at least 2 dimensions.")


def require_square(function: str, x: Any, name: str = "A") -> None:
    """Raise unless a tensor is a square matrix or a batch of them."""
    require_matrices(function, x, name)
    if x._shape[-1] != x._shape[-2]:
        raise ShapeError(
            f"{function}: {name} must be batches of square matrices, but they are {x._shape[-2]} by {x._shape[-1]} matrices"
        )


__all__ = ["DTypeMismatch", "require_dims", "require_float", "require_matrices", "require_square", "same_dtype"]
