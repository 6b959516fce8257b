"""Convolution by windows and one product of matrices, on the standard and `as_strided`."""

from __future__ import annotations

from typing import Any

from agrad.backend import Namespace


def _between(xp: Namespace, x: Any, step: int, axis: int) -> Any:
    """Return x with step - 1 zeros between its elements along an axis."""
    length = x.shape[axis]
    if step == 1 or length < 2:
        return x
    column = xp.expand_dims(x, axis=axis + 1)
    shape = (*column.shape[: axis + 1], step - 1, *column.shape[axis + 2 :])
    zeros = xp.zeros(shape, dtype=x.dtype, device=getattr(x, "device", None))
    wide = xp.concat([column, zeros], axis=axis + 1)
    wide = xp.reshape(wide, (*x.shape[:axis], length * step, *x.shape[axis + 1 :]))
    return wide[(slice(None),) * axis + (slice(0, (length - 1) * step + 1), ...)]


def _padded(xp: Namespace, x: Any, low: int, high: int, axis: int) -> Any:
    """Return x with zeros before and after along an axis; negative numbers cut off."""
    length = x.shape[axis]
    if low < 0 or high < 0:
        start, stop = min(max(-low, 0), length), max(length - max(-high, 0), 0)
        x = x[(slice(None),) * axis + (slice(start, max(stop, start)), ...)]
    parts = [x]
    for count, front in ((low, True), (high, False)):
        if count > 0:
            shape = (*x.shape[:axis], count, *x.shape[axis + 1 :])
            zeros = xp.zeros(shape, dtype=x.dtype, device=getattr(x, "device", None))
            parts = [zeros, *parts] if front else [*parts, zeros]
    return x if len(parts) == 1 else xp.concat(parts, axis=axis)


def convolution(
    xp: Namespace,
    x: Any,
    w: Any,
    stride: tuple[int, ...],
    padding: tuple[tuple[int, int], ...],
    input_step: tuple[int, ...],
    kernel_step: tuple[int, ...],
) -> Any:
    """Return the correlation of x, shape (G, N, C, *L), with kernels w, shape (G, O, C, *K): shape (G, N, O, *P)."""
    groups, examples, channels = x.shape[:3]
    outs, kernel = w.shape[1], tuple(w.shape[3:])
    for position, ((low, high), step) in enumerate(zip(padding, input_step, strict=True)):
        x = _padded(xp, _between(xp, x, step, 3 + position), low, high, 3 + position)
    lengths = tuple(x.shape[3:])
    places = tuple(
        max((n - (k - 1) * d - 1) // s + 1, 0) if k else 0
        for n, k, s, d in zip(lengths, kernel, stride, kernel_step, strict=True)
    )
    shape = (groups, examples, outs, *places)
    if 0 in shape or 0 in x.shape or 0 in w.shape:
        return xp.zeros(shape, dtype=x.dtype, device=getattr(x, "device", None))
    steps = [1]
    for length in reversed(x.shape[1:]):
        steps.insert(0, steps[0] * length)
    spatial = steps[3:]
    # windows as (G, N, *P, C, *K): rows of a matrix, one for each place
    sizes = (groups, examples, *places, channels, *kernel)
    strides = (
        steps[0],
        steps[1],
        *(s * one for s, one in zip(stride, spatial, strict=True)),
        steps[2],
        *(d * one for d, one in zip(kernel_step, spatial, strict=True)),
    )
    flat = xp.reshape(x, (-1,))
    windows = xp.as_strided(flat, sizes, strides, 0)
    rows = examples
    for length in places:
        rows *= length
    columns = channels
    for length in kernel:
        columns *= length
    windows = xp.reshape(windows, (groups, rows, columns))
    weights = xp.matrix_transpose(xp.reshape(w, (groups, outs, columns)))
    out = xp.reshape(xp.matmul(windows, weights), (groups, examples, *places, outs))
    return xp.permute_dims(out, (0, 1, out.ndim - 1, *range(2, out.ndim - 1)))
