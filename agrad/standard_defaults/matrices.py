"""Functions of the linalg extension that are compositions, and the triangular solve that the standard lacks."""

from __future__ import annotations

from typing import Any


def solve_triangular(xp: Any, a: Any, b: Any, /, *, upper: bool) -> Any:
    """Solve a triangular system, batched, for a matrix `b`; the other triangle of `a` is not looked at."""
    return xp.linalg.solve(xp.triu(a) if upper else xp.tril(a), b)


def outer(xp: Any, x1: Any, x2: Any, /) -> Any:
    """Return the outer product of two vectors."""
    return xp.reshape(x1, (-1, 1)) * xp.reshape(x2, (1, -1))


def diagonal(xp: Any, x: Any, /, *, offset: int = 0) -> Any:
    """Return the diagonals of the last two axes."""
    rows, columns = x.shape[-2:]
    start = (-offset if offset < 0 else 0, max(offset, 0))
    count = max(min(rows - start[0], columns - start[1]), 0)
    steps = xp.arange(count, device=x.device)
    flat = xp.reshape(x, (*x.shape[:-2], rows * columns))
    return xp.take(flat, (steps + start[0]) * columns + steps + start[1], axis=-1)


def trace(xp: Any, x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """Return the sums of the diagonals."""
    return xp.sum(xp.linalg.diagonal(x, offset=offset), axis=-1, dtype=dtype)


def cross(xp: Any, x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Return the cross product of 3-vectors along an axis."""
    x1, x2 = xp.broadcast_arrays(x1, x2)
    a, b = (xp.unstack(x, axis=axis) for x in (x1, x2))
    parts = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    return xp.stack(parts, axis=axis)


def matrix_power(xp: Any, x: Any, n: int, /) -> Any:
    """Return an integer power of square matrices, by repeated squaring."""
    if n < 0:
        x, n = xp.linalg.inv(x), -n
    result = xp.broadcast_to(xp.eye(x.shape[-1], dtype=x.dtype, device=x.device), x.shape)
    while n:
        if n & 1:
            result = xp.matmul(result, x)
        x = xp.matmul(x, x) if n > 1 else x
        n >>= 1
    return result


def svdvals(xp: Any, x: Any, /) -> Any:
    """Return the singular values, the largest first."""
    return xp.linalg.svd(x, full_matrices=False)[1]


def vector_norm(xp: Any, x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """Return the norm of vectors over axes."""
    size = xp.abs(x)
    if ord == float("inf"):
        return xp.max(size, axis=axis, keepdims=keepdims)
    if ord == -float("inf"):
        return xp.min(size, axis=axis, keepdims=keepdims)
    if ord == 0:
        return xp.sum(xp.astype(size != 0, size.dtype), axis=axis, keepdims=keepdims)
    if ord == 1:
        return xp.sum(size, axis=axis, keepdims=keepdims)
    if ord == 2:
        return xp.sqrt(xp.sum(size * size, axis=axis, keepdims=keepdims))
    return xp.sum(size**ord, axis=axis, keepdims=keepdims) ** (1 / ord)


def matrix_norm(xp: Any, x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """Return the norm of matrices over the last two axes."""
    if ord == "fro":
        return vector_norm(xp, x, axis=(-2, -1), keepdims=keepdims)
    if ord in ("nuc", 2, -2):
        values = xp.linalg.svdvals(x)
        found = xp.sum(values, axis=-1) if ord == "nuc" else values[..., 0] if ord == 2 else values[..., -1]
    else:
        sums = xp.sum(xp.abs(x), axis=-2 if abs(ord) == 1 else -1)
        found = xp.max(sums, axis=-1) if ord > 0 else xp.min(sums, axis=-1)
    return xp.reshape(found, (*found.shape, 1, 1)) if keepdims else found
