"""Functions of the linalg extension that are compositions; triangular solves and LU, which the standard lacks."""

from __future__ import annotations

from typing import Any


def solve_triangular(xp: Any, a: Any, b: Any, /, *, upper: bool) -> Any:
    """Solve a triangular system, batched, for a matrix `b`; the other triangle of `a` is not looked at."""
    return xp.linalg.solve(xp.triu(a) if upper else xp.tril(a), b)


def lu_factor(xp: Any, x: Any, /) -> tuple[Any, Any]:
    """Return an LU factorization in one matrix and the exchanges of rows, counted from 1, int32; batched.

    Column by column, as LAPACK has it: of the candidates for a pivot the first of the largest is taken, and complex
    numbers are as large as their parts' absolute values together. A zero pivot leaves zeros below it.
    """
    rows, columns = x.shape[-2:]
    count = min(rows, columns)
    pivots = xp.zeros((*x.shape[:-2], count), dtype=xp.int32, device=x.device)
    complex_numbers = xp.isdtype(x.dtype, "complex floating")
    row = xp.reshape(xp.arange(rows, device=x.device), (rows, 1))
    column = xp.reshape(xp.arange(columns, device=x.device), (1, columns))
    for step in range(count):
        candidates = x[..., step:, step]
        size = xp.abs(candidates)
        if complex_numbers:
            size = xp.abs(xp.real(candidates)) + xp.abs(xp.imag(candidates))
        pivot = xp.expand_dims(xp.argmax(size, axis=-1) + step, axis=-1)
        pivots = xp.where(column[0, :count] == step, xp.astype(pivot + 1, xp.int32), pivots)
        pivot = xp.expand_dims(pivot, axis=-1)
        order = xp.where(row == step, pivot, xp.where(row == pivot, step, row))
        x = xp.take_along_axis(x, order, axis=-2)
        head = x[..., step : step + 1, step : step + 1]
        quotient = x[..., :, step : step + 1] / xp.where(head == 0, xp.ones_like(head), head)
        below, right = row > step, column > step
        change = xp.where(below & right, quotient * x[..., step : step + 1, :], xp.zeros_like(x))
        x = xp.where(below & (column == step), quotient, x - change)
    return x, pivots


def lu_permutation(xp: Any, pivots: Any, rows: int, /) -> Any:
    """Return the order of rows that exchanges of rows, counted from 1, amount to; batched."""
    place = xp.arange(rows, device=pivots.device)
    order = xp.broadcast_to(place, (*pivots.shape[:-1], rows))
    for step in range(pivots.shape[-1]):
        pivot = xp.astype(pivots[..., step : step + 1] - 1, place.dtype)
        there = xp.take_along_axis(order, pivot, axis=-1)
        order = xp.where(place == step, there, xp.where(place == pivot, order[..., step : step + 1], order))
    return order


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


def scaled_vector_norm(norm: Any, xp: Any, x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """Return the norm by `norm` of x divided by its largest element, times that: powers of elements may be no numbers."""
    if not 1 < ord < float("inf") or 0 in x.shape:
        return norm(x, axis=axis, keepdims=keepdims, ord=ord)
    size = xp.abs(x)
    top = xp.max(size, axis=axis, keepdims=True)
    plain = (top == 0) | xp.isinf(top) | xp.isnan(top)
    scale = xp.where(plain, xp.ones_like(top), top)
    out = norm(size / scale, axis=axis, keepdims=True, ord=ord) * scale
    return out if keepdims else xp.sum(out, axis=axis)


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
