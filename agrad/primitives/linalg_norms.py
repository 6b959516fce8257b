"""Norms of vectors and matrices, and what is measured with them.

The confusing case is the zero vector, where no norm of order 1 or more is differentiable: the cotangent there is 0,
as PyTorch's, not 0 / 0. Elements that share the maximum share the cotangent of an infinity norm.
"""

from collections.abc import Sequence
from typing import Any

from agrad.engine.primitive import composite, primitive
from agrad.errors import ShapeError
from agrad.primitives._axes import Axes, check_axes
from agrad.primitives._helpers import keep_reduced
from agrad.primitives._matrices import conj, real, require_matrices

INFINITY = float("inf")


def _slope(xp: Any, out: Any, x: Any, axis: Axes, keepdims: bool, order: float) -> Any:
    """Return d out / d x, conjugated as PyTorch's gradient is: the cotangent for g = 1. None means zero."""
    if order == 0:
        return None
    out = keep_reduced(xp, out, x.shape, axis, keepdims)
    if order == 2:
        still = out == 0
        return xp.where(still, xp.zeros_like(x), x / xp.where(still, xp.ones_like(out), out))
    direction = xp.sign(x)
    if order == 1:
        return direction
    absolute = xp.abs(x)
    if order in (INFINITY, -INFINITY):
        chosen = xp.logical_or(absolute == out, absolute != absolute)
        count = xp.sum(xp.astype(chosen, absolute.dtype), axis=axis, keepdims=True)
        share = direction / count
        return xp.where(chosen, share, xp.zeros_like(share))
    still = xp.logical_or(absolute == 0, out == 0)
    ratio = xp.where(still, xp.ones_like(absolute), absolute) / xp.where(out == 0, xp.ones_like(out), out)
    return xp.where(still, xp.zeros_like(direction), direction * ratio ** (order - 1.0))


def _vector_norm_vjp(
    xp: Any, g: Any, out: Any, x: Any, *, axis: Axes = None, keepdims: bool = False, ord: float = 2
) -> Any:
    slope = _slope(xp, out, x, axis, keepdims, ord)
    return None if slope is None else keep_reduced(xp, g, x.shape, axis, keepdims) * slope


def _vector_norm_jvp(
    xp: Any, t: Any, out: Any, x: Any, *, axis: Axes = None, keepdims: bool = False, ord: float = 2
) -> Any:
    slope = _slope(xp, out, x, axis, keepdims, ord)
    return None if slope is None else xp.sum(real(xp, conj(xp, slope) * t), axis=axis, keepdims=keepdims)


@primitive(
    name="linalg.vector_norm",
    vjp=_vector_norm_vjp,
    jvp=_vector_norm_jvp,
    holomorphic=False,
    dtypes="float",
    torch_name="LinalgVectorNorm",
)
def vector_norm(xp: Any, x: Any, /, *, axis: Axes = None, keepdims: bool = False, ord: float = 2) -> Any:
    """Return the norm of order `ord` over `axis` (of all elements by default); real.

    Parameters
    ----------
    axis : int, tuple of int or None
    ord : float
        Any order; 0 counts what is not zero, inf and -inf are the largest and smallest absolute value.

    Raises
    ------
    RuntimeError
        For an infinity norm of no elements.
    """
    axes = check_axes(axis, x.ndim)
    if ord in (INFINITY, -INFINITY) and 0 in x.shape:
        over = range(x.ndim) if axes is None else (axes,) if isinstance(axes, int) else axes
        if any(x.shape[one] == 0 for one in over):
            raise ShapeError(
                f"linalg.vector_norm cannot compute the {ord} norm on an empty tensor because the operation "
                f"does not have an identity; received shape {tuple(x.shape)}"
            )
    return xp.linalg.vector_norm(x, axis=axes, keepdims=keepdims, ord=ord)


@composite
def matrix_norm(xp: Any, x: Any, /, *, axis: Sequence[int] = (-2, -1), keepdims: bool = False, ord: Any = "fro") -> Any:
    """Return a norm of each matrix; real.

    Parameters
    ----------
    x : Tensor, shape (..., M, N)
    axis : pair of int
        Which axes are the matrices'.
    ord : {"fro", "nuc", inf, -inf, 1, -1, 2, -2, None}
        Frobenius (also None); the sum (nuc), largest (2) or smallest (-2) of the singular values; the largest or
        smallest sum of absolute values of a column (1, -1) or row (inf, -inf).

    Raises
    ------
    ValueError
        For another order.
    """
    require_matrices("matrix_norm", x)
    rows, columns = (one + x.ndim if one < 0 else one for one in axis)
    if ord is None or ord == "fro":
        return xp.linalg.vector_norm(x, axis=(rows, columns), keepdims=keepdims)
    if ord in (1, -1, INFINITY, -INFINITY):
        over, then = (rows, columns) if ord in (1, -1) else (columns, rows)
        sums = xp.sum(xp.abs(x), axis=over, keepdims=True)
        out = (xp.max if ord > 0 else xp.min)(sums, axis=then, keepdims=True)
    elif ord in (2, -2, "nuc"):
        others = tuple(one for one in range(x.ndim) if one not in (rows, columns))
        order = (*others, rows, columns)
        moved = x if order == tuple(range(x.ndim)) else xp.permute_dims(x, order)
        values = xp.linalg.svdvals(moved)
        if ord == "nuc":
            out = xp.sum(values, axis=-1)
        else:
            out = xp.max(values, axis=-1) if ord == 2 else xp.min(values, axis=-1)
        out = xp.expand_dims(out, axis=tuple(sorted((rows, columns))))
    else:
        raise ValueError(f"linalg.matrix_norm: Order {ord} not supported. Use 'fro', 'nuc', inf, -inf, 1, -1, 2 or -2.")
    return out if keepdims else xp.squeeze(out, axis=tuple(sorted((rows, columns))))


@composite
def cond(xp: Any, x: Any, /, *, ord: Any = None) -> Any:
    """Return the condition number of each matrix: the norm of order `ord` (None: 2) times the inverse's.

    Parameters
    ----------
    x : Tensor, shape (..., M, N); square, but for orders None, 2 and -2
    """
    require_matrices("cond", x)
    if ord in (None, 2, -2):
        values = xp.linalg.svdvals(x)
        largest, smallest = xp.max(values, axis=-1), xp.min(values, axis=-1)
        return smallest / largest if ord == -2 else largest / smallest
    return matrix_norm(x, ord=ord) * matrix_norm(xp.linalg.inv(x), ord=ord)


@primitive(name="linalg.matrix_rank", dtypes="float")
def _matrix_rank(xp: Any, x: Any, /, *rtol_array: Any, rtol: float | None = None) -> Any:
    """Return the number of singular values above the tolerance."""
    return xp.linalg.matrix_rank(x, rtol=rtol_array[0] if rtol_array else rtol)


@composite
def matrix_rank(_xp: Any, x: Any, /, *, rtol: Any = None) -> Any:
    """Return how many singular values exceed `rtol` (a number, or an array: one for each matrix) times the largest."""
    require_matrices("matrix_rank", x)
    if rtol is None or isinstance(rtol, (int, float)):
        return _matrix_rank(x, rtol=rtol)
    return _matrix_rank(x, rtol)


__all__ = ["cond", "matrix_norm", "matrix_rank", "vector_norm"]
