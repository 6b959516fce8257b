"""Batching rules of products and of linear algebra.

The confusing case: to matmul and solve a 1-d operand is a vector, and a batch of vectors would be taken for one matrix. So vectors get
a second axis first. A product with one operand shared by all examples is one product of matrices, not a stack of small ones: this
is what makes per-sample gradients and Jacobians fast.
"""

from __future__ import annotations

from typing import Any

from agrad.engine.op import Op
from agrad.engine.vmap_level import BatchRule, padded, rules, whole
from agrad.primitives._geometry import size_of
from agrad.primitives.linear_algebra import _contracted, _free

Values = list[Any]
Flags = list[bool]
Ndims = list[int]
Params = dict[str, Any]


def matmul(xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, size: int, params: Params) -> Any:
    """One product of matrices where one operand is a shared matrix, else a stack of products."""
    if 0 in ndims or _length_of(values, batched, ndims, 0) != _length_of(values, batched, ndims, 1):
        return _one_example(op, values, batched, params)  # what is wrong is told of one example
    x, y = values
    if not batched[1] and ndims[1] == 2:
        if ndims[0] == 1:
            return op.call(x, y)
        lead = x._shape[:-1]
        return xp.reshape(op.call(xp.reshape(x, (size_of(lead), x._shape[-1])), y), (*lead, y._shape[-1]))
    if not batched[0] and ndims == [2, 1]:
        return op.call(y, xp.matrix_transpose(x))
    if not batched[0] and ndims == [2, 2] and y._shape[-1] == 1:
        # Columns are vectors: as rows of one matrix they are multiplied together.
        return xp.expand_dims(op.call(xp.squeeze(y, axis=-1), xp.matrix_transpose(x)), axis=-1)
    if not batched[1] and ndims == [1, 1]:
        return op.call(x, y)
    if not batched[0] and ndims == [1, 1]:
        return op.call(y, x)
    x_vector, y_vector = ndims[0] == 1, ndims[1] == 1
    if x_vector:
        x = xp.expand_dims(x, axis=-2)
    if y_vector:
        y = xp.expand_dims(y, axis=-1)
    ndim = max(ndims[0] + x_vector, ndims[1] + y_vector)
    x = padded(xp, x, batched[0], ndims[0] + x_vector, ndim)
    y = padded(xp, y, batched[1], ndims[1] + y_vector, ndim)
    out = op.call(x, y)
    if y_vector:
        out = xp.squeeze(out, axis=-1)
    if x_vector:
        out = xp.squeeze(out, axis=-1 if y_vector else -2)
    return out


def _length_of(values: Values, batched: Flags, ndims: Ndims, index: int) -> int:
    """Return the length that a product sums over, of one operand."""
    shape = values[index]._shape
    length: int = shape[-1] if index == 0 or ndims[1] == 1 else shape[-2]
    return length


def _one_example(op: Op, values: Values, batched: Flags, params: Params) -> Any:
    return op.call(*(value[0] if has else value for value, has in zip(values, batched, strict=True)), **params)


def vecdot(xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, _size: int, params: Params) -> Any:
    """The axis is counted from the end."""
    axis = params.get("axis", -1)
    if axis >= 0 and ndims[0] == ndims[1]:
        axis -= ndims[0]
    if not -min(ndims) <= axis <= -1:
        return _one_example(op, values, batched, params)
    return op.call(*_aligned(xp, values, batched, ndims), axis=axis)


def cross(xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, _size: int, params: Params) -> Any:
    """The axis is counted from the end."""
    axis = params.get("axis", -1)
    if axis >= 0 and ndims[0] == ndims[1]:
        axis -= ndims[0]
    if not -min(ndims) <= axis <= -1:
        return _one_example(op, values, batched, params)
    return op.call(*_aligned(xp, values, batched, ndims), axis=axis)


def _aligned(xp: Any, values: Values, batched: Flags, ndims: Ndims) -> list[Any]:
    return [padded(xp, *one, max(ndims)) for one in zip(values, batched, ndims, strict=True)]


def tensordot(xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, size: int, params: Params) -> Any:
    """One contraction where one operand is shared, else a stack of products of matrices."""
    x, y = values
    shapes = [value._shape[1:] if has else value._shape for value, has in zip(values, batched, strict=True)]
    first, second = _contracted(shapes[0], shapes[1], params.get("axes", 2))
    if not batched[1]:
        return op.call(x, y, axes=(tuple(axis + 1 for axis in first), second))
    if not batched[0]:
        out = op.call(x, y, axes=(first, tuple(axis + 1 for axis in second)))
        return xp.moveaxis(out, ndims[0] - len(first), 0)
    free_x, free_y = _free(ndims[0], first), _free(ndims[1], second)
    rows, columns = [shapes[0][axis] for axis in free_x], [shapes[1][axis] for axis in free_y]
    inner = size_of([shapes[0][axis] for axis in first])
    x = xp.permute_dims(x, (0, *(axis + 1 for axis in (*free_x, *first))))
    y = xp.permute_dims(y, (0, *(axis + 1 for axis in (*second, *free_y))))
    product = xp.matmul(xp.reshape(x, (size, size_of(rows), inner)), xp.reshape(y, (size, inner, size_of(columns))))
    return xp.reshape(product, (size, *rows, *columns))


# ---------------------------------------------------------------- functions of matrices


def last_axes(count: int) -> BatchRule:
    """Return the rule of functions of one array's last `count` axes: the library's own batches do it."""

    def rule(_xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, _size: int, params: Params) -> Any:
        if ndims[0] < count:
            return _one_example(op, values, batched, params)
        return op.call(*values, **params)

    return rule


def with_tolerance(xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, size: int, params: Params) -> Any:
    """Functions of matrices with one tolerance each, perhaps: the tolerances' axes are the stack's."""
    if ndims[0] < 2:
        return _one_example(op, values, batched, params)
    if len(values) == 1:
        return op.call(*values, **params)
    x, tolerance = (whole(xp, one, has, size) for one, has in zip(values, batched, strict=True))
    lead = max(ndims[0] - 2, ndims[1])
    x = padded(xp, x, True, ndims[0], lead + 2)
    return op.call(x, padded(xp, tolerance, True, ndims[1], lead), **params)


def solve(xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, _size: int, params: Params) -> Any:
    """A right-hand side that is one vector becomes a matrix of one column."""
    if ndims[0] < 2 or ndims[1] == 0:
        return _one_example(op, values, batched, params)
    x, y = values
    vector = ndims[1] == 1
    if vector and not batched[0] and ndims[0] == 2:
        # One matrix, and a vector for each example: they are its columns.
        return xp.matrix_transpose(op.call(x, xp.matrix_transpose(y), **params))
    if vector:
        y = xp.expand_dims(y, axis=-1)
    ndim = max(ndims[0], ndims[1] + vector)
    x = padded(xp, x, batched[0], ndims[0], ndim)
    y = padded(xp, y, batched[1], ndims[1] + vector, ndim)
    out = op.call(x, y, **params)
    return xp.squeeze(out, axis=-1) if vector else out


def solve_triangular(xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, _size: int, params: Params) -> Any:
    """Both are matrices, and their stacks broadcast."""
    if min(ndims) < 2:
        return _one_example(op, values, batched, params)
    return op.call(*_aligned(xp, values, batched, ndims), **params)


def lu_unpack(xp: Any, op: Op, values: Values, batched: Flags, _ndims: Ndims, size: int, params: Params) -> Any:
    """The matrices and their pivots get the same stacks."""
    return op.call(*(whole(xp, one, has, size) for one, has in zip(values, batched, strict=True)), **params)


def lu_solve(xp: Any, op: Op, values: Values, batched: Flags, ndims: Ndims, _size: int, params: Params) -> Any:
    """A matrix, a vector of pivots and a matrix, whose stacks broadcast."""
    own = (2, 1, 2)
    lead = max(ndim - axes for ndim, axes in zip(ndims, own, strict=True))
    ready = [
        padded(xp, value, has, ndim, lead + axes)
        for value, has, ndim, axes in zip(values, batched, ndims, own, strict=True)
    ]
    return op.call(*ready, **params)


for _name in ("tril", "triu", "matrix_transpose", "linalg.cholesky", "linalg.qr", "linalg.eigh", "linalg.eigvalsh", "linalg.eig",
              "linalg.eigvals", "linalg.svd", "linalg.svdvals", "linalg.inv", "linalg.cofactors", "linalg.det", "linalg.slogdet",
              "linalg.diagonal", "linalg.trace", "linalg.matrix_exp", "linalg.lu", "linalg.lu_factor"):  # fmt: skip
    rules[_name] = last_axes(2)
for _name in ("linalg.diag_embed", "linalg.lu_permutation"):
    rules[_name] = last_axes(1)
for _name in ("linalg.pinv", "linalg.matrix_rank"):
    rules[_name] = with_tolerance
rules |= {
    "matmul": matmul,
    "vecdot": vecdot,
    "tensordot": tensordot,
    "linalg.cross": cross,
    "linalg.lu_solve": lu_solve,
    "linalg.lu_unpack": lu_unpack,
    "linalg.solve": solve,
    "linalg.solve_triangular": solve_triangular,
}
