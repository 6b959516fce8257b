"""Products of matrices and vectors: matmul and what else the standard keeps beside it in its main namespace.

The confusing case is matmul's shapes. A 1-D operand is a vector and has no batch, a matrix of fewer dimensions is
shared by the whole batch; the rules give the cotangent of the whole batch and the engine sums it, except where a
product can do the summing: a matrix shared by a batch (every linear layer) gets its cotangent from one product of 2-D
matrices.
"""

from collections.abc import Sequence
from typing import Any

from agrad.engine.primitive import LINEAR, composite, matrix_product, primitive
from agrad.errors import ShapeError
from agrad.primitives import _geometry
from agrad.primitives._axes import normalize_axes
from agrad.primitives._matrices import as_columns, as_rows, conj


def _transpose(xp: Any, x: Any) -> Any:
    return x.T if x.ndim == 2 else xp.matrix_transpose(x)


def _matmul_x(xp: Any, g: Any, _out: Any, _x: Any, y: Any) -> Any:
    if y.ndim == 2 and g.ndim == 2:
        return xp.matmul(g, y.T)
    if y.ndim == 1:
        return g * y if g.ndim == 0 else as_columns(xp, g) * y
    if g.ndim == y.ndim - 1:
        # x is a vector, and so is each cotangent.
        if y.ndim == 2:
            return xp.matmul(y, g)
        return xp.matmul(y, as_columns(xp, g))[..., 0]
    return xp.matmul(g, _transpose(xp, y))


def _matmul_y(xp: Any, g: Any, _out: Any, x: Any, y_meta: Any) -> Any:
    if x.ndim == 2 and g.ndim == 2:
        return xp.matmul(x.T, g)
    if y_meta.ndim == 1:
        if x.ndim == 1:
            return g * x
        rows = xp.reshape(g, (1, -1)) if 0 not in g.shape else xp.reshape(g, (1, _geometry.size_of(g.shape)))
        return xp.reshape(xp.matmul(rows, xp.reshape(x, (rows.shape[1], x.shape[-1]))), (x.shape[-1],))
    if x.ndim == 1:
        return as_columns(xp, x) * as_rows(xp, g)
    if y_meta.ndim == 2:
        rows = _geometry.size_of(x.shape[:-1])
        return xp.matmul(xp.reshape(x, (rows, x.shape[-1])).T, xp.reshape(g, (rows, g.shape[-1])))
    return xp.matmul(_transpose(xp, x), g)


def _product_name(left: tuple[int, ...] = (0, 0), right: tuple[int, ...] = (0, 0), **_params: Any) -> str:
    """Return what PyTorch calls the product of these shapes; the short way's node has kept none, of two matrices."""
    if len(left) == 1 and len(right) == 1:
        return "Dot"
    if len(left) <= 2 and len(right) == 1:
        return "Mv"
    if len(left) <= 2 and len(right) == 2:
        return "Mm" if len(left) == 2 else "SqueezeBackward4"
    return "UnsafeView" if len(right) == 2 else "Bmm"


@matrix_product
@primitive(vjp=(_matmul_x, _matmul_y), jvp=(LINEAR, LINEAR), promote=True, torch_name=_product_name, half="product")
def matmul(xp: Any, x: Any, y: Any, /) -> Any:
    """Return the matrix product of the last two axes, the others broadcast; a 1-D operand is a vector.

    Parameters
    ----------
    x : Tensor, shape (..., M, K) or (K,)
    y : Tensor, shape (..., K, N) or (K,)

    Raises
    ------
    RuntimeError
        For 0-d operands and for lengths that do not fit, in PyTorch's words.
    """
    left, right = x.shape, y.shape
    if not left or not right:
        raise ShapeError(
            "both arguments to matmul need to be at least 1D, but they are "
            f"{len(left)}D and {len(right)}D (shapes {tuple(left)} and {tuple(right)})"
        )
    if left[-1] != right[0 if len(right) == 1 else -2]:
        raise ShapeError(_mismatch(tuple(left), tuple(right)))
    return xp.matmul(x, y)


def _mismatch(left: tuple[int, ...], right: tuple[int, ...]) -> str:
    if len(left) == 1 and len(right) == 1:
        return (
            f"inconsistent tensor size, expected tensor {list(left)} and src {list(right)} to have the same number of "
            f"elements, but got {left[0]} and {right[0]} elements respectively"
        )
    if len(right) == 1:
        return f"size mismatch, got input ({left[-2]}), mat ({left[-2]}x{left[-1]}), vec ({right[0]})"
    rows = _geometry.size_of(left[:-1])
    return (
        f"mat1 and mat2 shapes cannot be multiplied ({rows}x{left[-1]} and {right[-2]}x{right[-1]}); matmul received "
        f"shapes {left} and {right}"
    )


def _matrix_transpose_view(
    sizes: tuple[int, ...], strides: tuple[int, ...], offset: int, **_params: Any
) -> _geometry.Geometry:
    ndim = len(sizes)
    return _geometry.permute_geometry(sizes, strides, offset, (*range(ndim - 2), ndim - 1, ndim - 2))


@primitive(
    vjp=lambda xp, g, _out, _x: _transpose(xp, g), jvp=LINEAR, view=_matrix_transpose_view, torch_name="Transpose"
)
def matrix_transpose(xp: Any, x: Any, /) -> Any:
    """Return x with its last two axes swapped; a view.

    Raises
    ------
    RuntimeError
        For fewer than two dimensions.
    """
    if x.ndim < 2:
        raise ShapeError(
            f"tensor.mT is only supported on matrices or batches of matrices. Got {x.ndim}-D tensor of shape "
            f"{tuple(x.shape)}."
        )
    return _transpose(xp, x)


def _contracted(
    left: Sequence[int], right: Sequence[int], axes: int | Sequence[Any]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return which axes of each operand tensordot sums over, counted from the front.

    Raises
    ------
    RuntimeError
        For axes of different lengths or number, in PyTorch's words.
    """
    if isinstance(axes, int):
        if axes < 0 or axes > min(len(left), len(right)):
            raise ShapeError(
                f"tensordot expects 0 <= axes <= {min(len(left), len(right))} for shapes {tuple(left)} and "
                f"{tuple(right)}; received axes={axes}"
            )
        return tuple(range(len(left) - axes, len(left))), tuple(range(axes))
    first, second = axes
    first = (first,) if isinstance(first, int) else tuple(first)
    second = (second,) if isinstance(second, int) else tuple(second)
    if len(first) != len(second):
        raise ShapeError(
            f"both dimension lists should have same length; received {len(first)} axes of x1 and {len(second)} of x2"
        )
    first = normalize_axes(first, len(left))
    second = normalize_axes(second, len(right))
    for one, other in zip(first, second, strict=True):
        if left[one] != right[other]:
            raise ShapeError(
                f"contracted dimensions need to match, but first has size {left[one]} in dim {one} and second has size "
                f"{right[other]} in dim {other}"
            )
    return first, second


def _free(ndim: int, axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(axis for axis in range(ndim) if axis not in axes)


def _inverse(order: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(range(len(order)), key=order.__getitem__))


def _tensordot_x(xp: Any, g: Any, _out: Any, x_meta: Any, y: Any, *, axes: Any = 2) -> Any:
    first, second = _contracted(x_meta.shape, y.shape, axes)
    free, other = _free(x_meta.ndim, first), _free(y.ndim, second)
    # g has x's free axes and then y's; the product has x's free axes and then the contracted ones, in y's order.
    product = xp.tensordot(g, y, axes=(tuple(range(len(free), g.ndim)), other))
    order = (*free, *(first[second.index(axis)] for axis in sorted(second)))
    return xp.permute_dims(product, _inverse(order))


def _tensordot_y(xp: Any, g: Any, _out: Any, x: Any, y_meta: Any, *, axes: Any = 2) -> Any:
    first, second = _contracted(x.shape, y_meta.shape, axes)
    free, other = _free(x.ndim, first), _free(y_meta.ndim, second)
    product = xp.tensordot(x, g, axes=(free, tuple(range(len(free)))))
    order = (*(second[first.index(axis)] for axis in sorted(first)), *other)
    return xp.permute_dims(product, _inverse(order))


@primitive(vjp=(_tensordot_x, _tensordot_y), jvp=(LINEAR, LINEAR), promote=True, torch_name="View", half="product")
def tensordot(xp: Any, x: Any, y: Any, /, *, axes: Any = 2) -> Any:
    """Return the sum of products over pairs of axes.

    Parameters
    ----------
    axes : int or pair of sequences of int
        N: the last N axes of x with the first N of y. A pair: these axes of x with those of y.
    """
    return xp.tensordot(x, y, axes=_contracted(x.shape, y.shape, axes))


@primitive(
    vjp=(
        lambda xp, g, _out, _x, y, *, axis=-1: xp.expand_dims(conj(xp, g), axis=axis) * y,
        lambda xp, g, _out, x, _y, *, axis=-1: xp.expand_dims(g, axis=axis) * x,
    ),
    # Antilinear in x: its tangent is the operation itself all the same.
    jvp=(LINEAR, LINEAR),
    holomorphic=False,
    promote=True,
    torch_name=lambda *_shapes, **_params: "LinalgVecdot",
    half="wide",
)
def vecdot(xp: Any, x: Any, y: Any, /, *, axis: int = -1) -> Any:
    """Return the dot products along `axis`, of the complex conjugate of x with y; the other axes broadcast."""
    low = -min(x.ndim, y.ndim)
    if axis >= 0:
        if x.ndim != y.ndim:
            raise ShapeError(
                f"vecdot counts axis from the end where the operands broadcast; received axis={axis} for shapes "
                f"{tuple(x.shape)} and {tuple(y.shape)}. Pass a negative axis."
            )
        axis -= x.ndim
    if not low <= axis <= -1:
        raise IndexError(f"Dimension out of range (expected to be in range of [{low}, {-low - 1}], but got {axis})")
    if x.shape[axis] != y.shape[axis]:
        raise ShapeError(
            f"linalg.vecdot: Expected vectors of one length along axis {axis}; received shapes {tuple(x.shape)} and "
            f"{tuple(y.shape)}"
        )
    return xp.vecdot(x, y, axis=axis)


@composite
def outer(xp: Any, x: Any, y: Any, /) -> Any:
    """Return the outer product of two vectors, without conjugation."""
    if x.ndim != 1 or y.ndim != 1:
        raise ShapeError(
            f"outer: Expected 1-D arguments, but got a {x.ndim}-D and a {y.ndim}-D tensor of shapes {tuple(x.shape)} "
            f"and {tuple(y.shape)}"
        )
    return as_columns(xp, x) * as_rows(xp, y)


@composite
def inner(xp: Any, x: Any, y: Any, /) -> Any:
    """Return the sum of products over the last axis of each; a 0-d operand just multiplies. Without conjugation."""
    if x.ndim == 0 or y.ndim == 0:
        return x * y
    return xp.tensordot(x, y, axes=((x.ndim - 1,), (y.ndim - 1,)))


@composite
def kron(xp: Any, x: Any, y: Any, /) -> Any:
    """Return the Kronecker product: along every axis, y times each element of x."""
    ndim = max(x.ndim, y.ndim)
    left = (1,) * (ndim - x.ndim) + tuple(x.shape)
    right = (1,) * (ndim - y.ndim) + tuple(y.shape)
    x = xp.reshape(x, tuple(length for one in left for length in (one, 1)))
    y = xp.reshape(y, tuple(length for one in right for length in (1, one)))
    return xp.reshape(x * y, tuple(a * b for a, b in zip(left, right, strict=True)))


@composite
def multi_dot(xp: Any, matrices: Sequence[Any], /) -> Any:
    """Return the product of a chain of matrices in the order that multiplies least; the ends may be vectors."""
    chain = list(matrices)
    if len(chain) < 2:
        raise ShapeError(f"multi_dot(): expected at least 2 tensors but got {len(chain)}")
    vector_first, vector_last = chain[0].ndim == 1, chain[-1].ndim == 1
    if vector_first:
        chain[0] = as_rows(xp, chain[0])
    if vector_last:
        chain[-1] = as_columns(xp, chain[-1])
    for position, matrix in enumerate(chain):
        if matrix.ndim != 2:
            raise ShapeError(
                f"multi_dot(): tensor {position} must be 2D but got {matrix.ndim}D of shape {tuple(matrix.shape)}"
            )
    out = _multiply_chain(
        xp, chain, _cheapest_splits([*(m.shape[0] for m in chain), chain[-1].shape[1]]), 0, len(chain) - 1
    )
    if vector_first:
        out = xp.squeeze(out, axis=0)
    return xp.squeeze(out, axis=-1) if vector_last else out


def _cheapest_splits(sizes: list[int]) -> dict[tuple[int, int], int]:
    """Return where to split each sub-chain, for matrix i of shape (sizes[i], sizes[i + 1])."""
    count = len(sizes) - 1
    cost = {(i, i): 0 for i in range(count)}
    split: dict[tuple[int, int], int] = {}
    for length in range(1, count):
        for first in range(count - length):
            last = first + length
            cost[first, last], split[first, last] = min(
                (cost[first, k] + cost[k + 1, last] + sizes[first] * sizes[k + 1] * sizes[last + 1], k)
                for k in range(first, last)
            )
    return split


def _multiply_chain(xp: Any, chain: list[Any], split: dict[tuple[int, int], int], first: int, last: int) -> Any:
    if first == last:
        return chain[first]
    middle = split[first, last]
    return xp.matmul(
        _multiply_chain(xp, chain, split, first, middle), _multiply_chain(xp, chain, split, middle + 1, last)
    )


__all__ = [
    "inner",
    "kron",
    "matmul",
    "matrix_transpose",
    "multi_dot",
    "outer",
    "tensordot",
    "vecdot",
]
