"""Products of vectors, matrices and stacks of them."""

from __future__ import annotations

from typing import Any

from agrad.engine.op import LINEAR
from agrad.engine.primitive import composite, primitive
from agrad.primitives import _geometry


def _matmul_rule_x(xp: Any, g: Any, _out: Any, x_meta: Any, y: Any) -> Any:
    if x_meta.ndim == 2 and len(y.shape) == 2:
        return xp.matmul(g, y.mT)
    if len(y.shape) == 1:
        if x_meta.ndim == 1:
            return g * y
        return xp.expand_dims(g, axis=-1) * y
    if x_meta.ndim == 1:
        full = xp.matmul(y, xp.expand_dims(g, axis=-1))
        return xp.squeeze(full, axis=-1)
    return xp.matmul(g, xp.matrix_transpose(y))


def _matmul_rule_y(xp: Any, g: Any, _out: Any, x: Any, y_meta: Any) -> Any:
    if y_meta.ndim == 2 and len(x.shape) == 2:
        return xp.matmul(x.mT, g)
    if len(x.shape) == 1:
        if y_meta.ndim == 1:
            return g * x
        return xp.expand_dims(x, axis=-1) * xp.expand_dims(g, axis=-2)
    if y_meta.ndim == 1:
        return xp.squeeze(xp.matmul(xp.matrix_transpose(x), xp.expand_dims(g, axis=-1)), axis=-1)
    return xp.matmul(xp.matrix_transpose(x), g)


def _matmul_name(x: tuple[int, ...] = (), y: tuple[int, ...] = ()) -> str:
    """PyTorch's name by the operands' dimensions."""
    return {(1, 1): "Dot", (2, 1): "Mv", (2, 2): "Mm"}.get((len(x), len(y)), "Bmm")


@primitive(vjp=(_matmul_rule_x, _matmul_rule_y), jvp=(LINEAR, LINEAR), promote=True, torch_name=_matmul_name)
def matmul(xp: Any, x: Any, y: Any, /) -> Any:
    """Multiply matrices (or stacks of them, broadcast), or a vector from either side.

    Parameters
    ----------
    x : Tensor, shape (..., N, K) or (K,)
    y : Tensor, shape (..., K, M) or (K,)
    """
    return xp.matmul(x, y)


@primitive(
    vjp=lambda xp, g, _out, _x: xp.matrix_transpose(g),
    jvp=LINEAR,
    view=lambda sizes, strides, offset: _geometry.permute_geometry(
        sizes, strides, offset, (*range(len(sizes) - 2), len(sizes) - 1, len(sizes) - 2)
    ),
    torch_name="Transpose",
)
def matrix_transpose(xp: Any, x: Any, /) -> Any:
    """Exchange the last two axes; shares storage."""
    return xp.matrix_transpose(x)


@composite
def tensordot(xp: Any, x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    """Sum products over pairs of axes: a matrix product after bringing the axes together."""
    n1, n2 = len(x1.shape), len(x2.shape)
    if isinstance(axes, int):
        left = tuple(range(n1 - axes, n1))
        right = tuple(range(axes))
    else:
        left = tuple(axis % n1 for axis in axes[0])
        right = tuple(axis % n2 for axis in axes[1])
    free1 = tuple(axis for axis in range(n1) if axis not in left)
    free2 = tuple(axis for axis in range(n2) if axis not in right)
    rows = tuple(x1.shape[axis] for axis in free1)
    columns = tuple(x2.shape[axis] for axis in free2)
    inner = 1
    for axis in left:
        inner *= x1.shape[axis]
    height = width = 1
    for length in rows:
        height *= length
    for length in columns:
        width *= length
    a = xp.reshape(xp.permute_dims(x1, free1 + left), (height, inner))
    b = xp.reshape(xp.permute_dims(x2, right + free2), (inner, width))
    return xp.reshape(xp.matmul(a, b), rows + columns)


@composite
def vecdot(xp: Any, x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Return the inner products along an axis; the first operand is conjugated."""
    return xp.sum(xp.conj(x1) * x2, axis=axis, dtype=None)
