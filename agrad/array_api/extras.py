"""What derivative rules need and the standard lacks: the same names that every backend's namespace has (see
agrad.standard_defaults)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agrad.array_api._arguments import as_tensor
from agrad.array_api._slicing import get_item, set_item
from agrad.engine import bits
from agrad.primitives import convolution as _convolution
from agrad.primitives import elementwise, indexing, windows

if TYPE_CHECKING:
    from agrad.dtypes import DType
    from agrad.tensor import Tensor


def as_strided(x: Tensor, /, shape: Sequence[int], strides: Sequence[int], offset: int = 0) -> Tensor:
    """Return what a geometry shows of x's elements in row-major order; strides and offset in elements.

    Linear: where the geometry visits an element twice, its cotangents are summed.
    """
    return windows.as_strided(x, shape=tuple(shape), strides=tuple(strides), offset=offset)


def bitcast(x: Tensor, dtype: DType, /) -> Tensor:
    """Return a row of elements read as another dtype.

    Linear between real and complex numbers of one precision; no derivative between others.

    Parameters
    ----------
    x : Tensor, shape (N,)
    dtype : DType
    """
    return bits.bitcast(as_tensor(x), dtype)


def convolution(
    x: Tensor,
    w: Tensor,
    stride: tuple[int, ...],
    padding: tuple[tuple[int, int], ...],
    input_step: tuple[int, ...],
    kernel_step: tuple[int, ...],
    /,
) -> Tensor:
    """Return the correlation of x, shape (G, N, C, *L), with kernels w, shape (G, O, C, *K)."""
    return _convolution.convolution(
        x, w, stride=stride, padding=padding, input_step=input_step, kernel_step=kernel_step
    )


def index_add(x: Tensor, key: Any, value: Tensor | complex, /) -> Tensor:
    """Return x with `value` added to ``x[key]``, once for each time that an index occurs."""
    return indexing.index_add(as_tensor(x), key, value)


def index_get(x: Tensor, key: Any, /) -> Tensor:
    """Return ``x[key]``."""
    return get_item(as_tensor(x), key)


def index_set(x: Tensor, key: Any, value: Tensor | complex, /) -> Tensor:
    """Return x with `value`, cast to x's dtype and broadcast, written to ``x[key]``; x itself stays as it is."""
    return set_item(as_tensor(x), key, value)


def one_minus_square(x: Tensor, /) -> Tensor:
    """Return ``1 - x * x``."""
    return elementwise.subtract(1, elementwise.multiply(x, x))


def scatter_add(x: Tensor, indices: Tensor, values: Tensor, /, *, axis: int) -> Tensor:
    """Return x with each of `values` added where `indices`, of the same shape, points along `axis`."""
    return indexing.scatter_add(x, as_tensor(indices), values, axis=axis)


def write(x: Tensor, key: Any, value: Tensor | complex, /) -> Tensor:
    """Return x with `value` in ``x[key]``; a backend may do it in place, a Tensor never does, for the graph's sake."""
    return set_item(as_tensor(x), key, value)


__all__ = [
    "as_strided",
    "bitcast",
    "convolution",
    "index_add",
    "index_get",
    "index_set",
    "one_minus_square",
    "scatter_add",
    "write",
]
