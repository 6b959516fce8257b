"""Views of one memory as another dtype, and conjugated: the operations, and what they do to a geometry.

The confusing case is the derivative. Real numbers seen as complex ones, or the reverse, have one; any other pair of dtypes has none, and
PyTorch's ``view(dtype)`` has none for any pair.
"""

from __future__ import annotations

from typing import Any

from agrad.dtypes import DType
from agrad.engine.core import TensorCore
from agrad.engine.op import LINEAR
from agrad.engine.primitive import primitive
from agrad.errors import ShapeError

Sizes = tuple[int, ...]
Geometry = tuple[Sizes, Sizes, int]


# ---------------------------------------------------------------- geometries


def parts_geometry(sizes: Sizes, strides: Sizes, offset: int) -> Geometry:
    """Return the geometry of complex numbers counted in their parts, which are along a new last axis."""
    return (*sizes, 2), (*(2 * stride for stride in strides), 1), 2 * offset


def real_geometry(sizes: Sizes, strides: Sizes, offset: int) -> Geometry:
    """Return the geometry of the real parts of complex numbers, in real numbers."""
    return sizes, tuple(2 * stride for stride in strides), 2 * offset


def imag_geometry(sizes: Sizes, strides: Sizes, offset: int) -> Geometry:
    """Return the geometry of the imaginary parts of complex numbers, in real numbers."""
    return sizes, tuple(2 * stride for stride in strides), 2 * offset + 1


def joined_geometry(sizes: Sizes, strides: Sizes, offset: int) -> Geometry:
    """Return the geometry of the complex numbers whose parts are along the last axis.

    Raises
    ------
    ShapeError
        In PyTorch's words, where the parts do not lie side by side.
    """
    if sizes[-1] != 2:
        raise ShapeError(f"Tensor must have a last dimension of size 2; received shape {sizes}")
    if strides[-1] != 1:
        raise ShapeError(f"Tensor must have a last dimension with stride 1; received strides {strides}")
    if any(stride % 2 and length != 1 for length, stride in zip(sizes[:-1], strides[:-1], strict=True)):
        raise ShapeError(
            f"Tensor must have a stride divisible by 2 for all but last dimension; received strides {strides}"
        )
    if offset % 2:
        raise ShapeError(f"Tensor must have a storage_offset divisible by 2; received {offset}")
    return sizes[:-1], tuple(stride // 2 for stride in strides[:-1]), offset // 2


def recast_geometry(sizes: Sizes, strides: Sizes, offset: int, own: DType, wanted: DType) -> Geometry:
    """Return a tensor's geometry counted in elements of another dtype.

    Raises
    ------
    ShapeError
        In PyTorch's words, where the sizes of the elements differ and the last axis cannot be read so.
    """
    if wanted.itemsize == own.itemsize:
        return sizes, strides, offset
    telling = f"to view {own.scalar_name} as {wanted.scalar_name} (different element sizes)"
    if not sizes:
        raise ShapeError(f"self.dim() cannot be 0 {telling}")
    if strides[-1] != 1:
        raise ShapeError(f"self.stride(-1) must be 1 {telling}, but got {strides[-1]}")
    if wanted.itemsize < own.itemsize:
        times = own.itemsize // wanted.itemsize
        return (
            (*sizes[:-1], sizes[-1] * times),
            (*(stride * times for stride in strides[:-1]), 1),
            offset * times,
        )
    times = wanted.itemsize // own.itemsize
    if sizes[-1] % times:
        raise ShapeError(f"self.size(-1) must be divisible by {times} {telling}, but got {sizes[-1]}")
    if offset % times:
        raise ShapeError(f"self.storage_offset() must be divisible by {times} {telling}, but got {offset}")
    for axis, stride in enumerate(strides[:-1]):
        if stride % times:
            raise ShapeError(f"self.stride({axis}) must be divisible by {times} {telling}, but got {stride}")
    return (
        (*sizes[:-1], sizes[-1] // times),
        (*(stride // times for stride in strides[:-1]), 1),
        offset // times,
    )


def _same_geometry(sizes: Sizes, strides: Sizes, offset: int) -> Geometry:
    return sizes, strides, offset


# ---------------------------------------------------------------- operations


def native(xp: Any, x: Any, dtype: Any) -> Any:
    """Return a dtype as the namespace calls it: agrad's own for Tensors, the backend's for raw arrays."""
    if isinstance(x, TensorCore) or not isinstance(dtype, DType):
        return dtype
    return xp.backend.raw_dtype(dtype)


def row_of(xp: Any, x: Any, dtype: Any) -> Any:
    """Return the elements of an array in one row, read as another dtype of the namespace."""
    row = xp.reshape(x, (-1,))
    return row if row.dtype == dtype else xp.bitcast(row, dtype)


def _parts(xp: Any, x: Any, dtype: Any) -> Any:
    return xp.reshape(row_of(xp, x, dtype), (*x.shape, 2))


def _joined(xp: Any, x: Any, dtype: Any) -> Any:
    return xp.reshape(row_of(xp, x, dtype), tuple(x.shape)[:-1])


def _real_of(xp: Any, x: Any) -> Any:
    return xp.float64 if x.dtype == xp.complex128 else xp.float32


def _complex_of(xp: Any, x: Any) -> Any:
    return xp.complex128 if x.dtype == xp.float64 else xp.complex64


@primitive(
    vjp=lambda xp, g, _out, x_meta: _joined(xp, g, x_meta.dtype),
    jvp=LINEAR,
    view=parts_geometry,
    flips=(False, None),
    holomorphic=False,
    batch=lambda _xp, op, values, _batched, _ndims, _size, _params: op.call(values[0]),
    torch_name="ViewAsReal",
)
def complex_parts(xp: Any, x: Any, /) -> Any:
    """Return real and imaginary parts along a new last axis; a view.

    Parameters
    ----------
    x : array, shape (...), complex
    """
    return _parts(xp, x, _real_of(xp, x))


@primitive(
    vjp=lambda xp, g, _out, x_meta: _parts(xp, g, x_meta.dtype),
    jvp=LINEAR,
    view=joined_geometry,
    flips=(False, None),
    holomorphic=False,
    batch=lambda _xp, op, values, _batched, _ndims, _size, _params: op.call(values[0]),
    torch_name="ViewAsComplex",
)
def from_complex_parts(xp: Any, x: Any, /) -> Any:
    """Return the complex numbers whose parts are along the last axis; a view.

    Parameters
    ----------
    x : array, shape (..., 2), floating
    """
    return _joined(xp, x, _complex_of(xp, x))


@primitive(
    vjp=lambda xp, g, _out, _x: xp.conj(g),
    jvp=LINEAR,
    view=_same_geometry,
    flips=(True, False),
    elementwise=True,
    holomorphic=False,
    torch_name="Conj",
)
def conj_view(xp: Any, x: Any, /) -> Any:
    """Return the complex conjugate, sharing memory: what is written to it is written conjugated.

    Parameters
    ----------
    x : array, complex
    """
    return xp.conj(x)


@primitive(
    vjp=lambda xp, g, _out, _x: xp.negative(g),
    jvp=LINEAR,
    view=_same_geometry,
    flips=(True, False),
    elementwise=True,
    torch_name="NegView",
)
def neg_view(xp: Any, x: Any, /) -> Any:
    """Return the negative, sharing memory: what is written to it is written negated."""
    return xp.negative(x)


def _recast_rows(_xp: Any, op: Any, values: Any, _batched: Any, ndims: Any, _size: int, params: Any) -> Any:
    """Run a view of each example as another dtype: the last axis, which changes, has to be the example's own."""
    if not ndims[0]:
        recast_geometry((), (), 0, params["own"], params["wanted"])
    return op.call(values[0], **params)


@primitive(
    view=lambda sizes, strides, offset, *, own, wanted: recast_geometry(sizes, strides, offset, own, wanted),
    flips=(False, None),
    batch=_recast_rows,
)
def recast(xp: Any, x: Any, /, *, own: DType, wanted: DType) -> Any:
    """Return the bytes of an array's elements read as another dtype; a view without derivative.

    Parameters
    ----------
    own, wanted : DType
        The array's dtype, and the result's.
    """
    # Which strides allow it is the geometry's to say; here the last axis decides alone.
    shape, _, _ = recast_geometry(tuple(x.shape), (*(wanted.itemsize,) * (x.ndim - 1), 1)[: x.ndim], 0, own, wanted)
    return xp.reshape(xp.bitcast(xp.reshape(x, (-1,)), native(xp, x, wanted)), shape)


@primitive(
    name="bitcast",
    vjp=lambda xp, g, _out, x_meta, *, dtype: xp.bitcast(g, x_meta.dtype),
    jvp=LINEAR,
    holomorphic=False,
    batch=lambda xp, op, values, _batched, _ndims, size, params: xp.reshape(
        op.call(xp.reshape(values[0], (-1,)), **params), (size, -1)
    ),
)
def parts_row(xp: Any, x: Any, /, *, dtype: DType) -> Any:
    """Return a row of complex numbers as one of their parts, or the reverse.

    Parameters
    ----------
    x : array, shape (N,)
    dtype : DType
        The complex dtype of x's, or the reverse.
    """
    return xp.bitcast(x, native(xp, x, dtype))


def bitcast(x: Any, dtype: DType) -> Any:
    """Return a row of elements read as another dtype; differentiable between real and complex numbers of one precision."""
    own = x._options.dtype
    if own is dtype:
        return x
    if (own.is_complex and own.real is dtype) or (dtype.is_complex and dtype.real is own):
        return parts_row(x, dtype=dtype)
    return recast(x, own=own, wanted=dtype)


__all__ = [
    "bitcast",
    "complex_parts",
    "conj_view",
    "from_complex_parts",
    "imag_geometry",
    "joined_geometry",
    "native",
    "neg_view",
    "parts_geometry",
    "parts_row",
    "real_geometry",
    "recast",
    "recast_geometry",
    "row_of",
]
