"""Products of matrices and vectors, and PyTorch's older names of linear algebra; the newer ones are in agrad.linalg.

The confusing cases: mm, mv, bmm and dot take exactly one number of dimensions and never broadcast a batch; matmul takes
them all. The add- family scales both parts and, when `beta` is 0, ignores `input` altogether, nan and inf included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.engine.core import TensorCore
from agrad.engine.primitive import label
from agrad.errors import ShapeError
from agrad.primitives import data_type, elementwise, linalg, linear_algebra, manipulation, statistical
from agrad.primitives import einsum as _einsum
from agrad.torch_api._matrix_checks import require_dims, same_dtype
from agrad.torch_api._out import deliver

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the matrix product; batches broadcast, 1-d operands are vectors.

    Parameters
    ----------
    input : Tensor, shape (..., M, K) or (K,)
    other : Tensor, shape (..., K, N) or (K,)
    """
    if (
        isinstance(input, TensorCore)
        and isinstance(other, TensorCore)
        and input._options.dtype is not other._options.dtype
        and input._shape
        and other._shape
    ):
        same_dtype("matmul", input, other)
    result = linear_algebra.matmul(input, other)
    return result if out is None else deliver("matmul", result, out)


def mm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the product of two matrices, shapes (N, M) and (M, P); nothing broadcasts."""
    require_dims("mm", ("self", input, 2), ("mat2", mat2, 2))
    same_dtype("mm", input, mat2)
    return deliver("mm", linear_algebra.matmul(input, mat2), out)


def bmm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the products of two batches of matrices, shapes (B, N, M) and (B, M, P)."""
    if len(input._shape) != 3 or len(mat2._shape) != 3:
        name, bad = ("batch1", input) if len(input._shape) != 3 else ("batch2", mat2)
        raise ShapeError(
            f"{name} must be a 3D tensor; bmm received shapes {tuple(input._shape)} and {tuple(mat2._shape)} "
            f"({len(bad._shape)}D). For other shapes: matmul."
        )
    b, _, m = input._shape
    if mat2._shape[0] != b or mat2._shape[1] != m:
        raise ShapeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{b}, {m}] but got: "
            f"[{mat2._shape[0]}, {mat2._shape[1]}]."
        )
    same_dtype("bmm", input, mat2)
    return deliver("bmm", linear_algebra.matmul(input, mat2), out)


def mv(input: Tensor, vec: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the product of a matrix (N, M) and a vector (M,)."""
    if len(input._shape) != 2 or len(vec._shape) != 1:
        raise ShapeError(
            f"vector + matrix @ vector expected, got 1, {len(input._shape)}, {len(vec._shape)}; "
            f"mv received shapes {tuple(input._shape)} and {tuple(vec._shape)}. For other shapes: matmul."
        )
    same_dtype("mv", input, vec)
    return deliver("mv", linear_algebra.matmul(input, vec), out)


def dot(input: Tensor, tensor: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the sum of products of two vectors; nothing is conjugated."""
    if len(input._shape) != 1 or len(tensor._shape) != 1:
        raise ShapeError(
            f"1D tensors expected, but got {len(input._shape)}D and {len(tensor._shape)}D tensors; "
            f"dot received shapes {tuple(input._shape)} and {tuple(tensor._shape)}."
        )
    if input._options.dtype is not tensor._options.dtype:
        raise ShapeError(
            f"dot : expected both vectors to have same dtype, but found {input._options.dtype.scalar_name} and "
            f"{tensor._options.dtype.scalar_name}"
        )
    return deliver("dot", linear_algebra.matmul(input, tensor), out)


def vdot(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the sum of products of the conjugate of `input` with `other`, two vectors."""
    if input._options.is_complex and len(input._shape) == 1 == len(other._shape):
        return deliver("vdot", dot(elementwise.conj(input), other), out)
    return dot(input, other, out=out)


def inner(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the sum of products over the last axis of each; a 0-d operand just multiplies."""
    if input._shape and other._shape and input._shape[-1] != other._shape[-1]:
        raise ShapeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(input._shape)} and {list(other._shape)}"
        )
    return deliver("inner", linear_algebra.inner(input, other), out)


def outer(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the products of every element of one vector with every element of another, shape (N, M)."""
    for position, (name, one) in enumerate((("self", input), ("vec2", vec2)), start=1):
        if len(one._shape) != 1:
            raise ShapeError(
                f"outer: Expected 1-D argument {name}, but got {len(one._shape)}-D (argument {position} has shape "
                f"{tuple(one._shape)})"
            )
    return deliver("outer", linear_algebra.outer(input, vec2), out)


ger = outer


def _scaled_sum(name: str, input: Tensor, product: Any, beta: Any, alpha: Any, out: Any) -> Any:
    """Return beta * input + alpha * product; `input` must broadcast to the product's shape."""
    same_dtype(name, input, product)
    shape = product._shape
    if input._shape != shape:
        input = manipulation.broadcast_to(input, shape=shape)  # its error is PyTorch's
    if alpha != 1:
        product = elementwise.multiply(product, alpha)
    if beta != 1 and beta != 0:
        input = elementwise.multiply(input, beta)
    total = product if beta == 0 else elementwise.add(input, product)
    return deliver(name, label(total, name.capitalize()), out)


def addmm(
    input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1, out: Tensor | None = None
) -> Tensor:
    """Return beta * input + alpha * (mat1 @ mat2), shapes (N, M) and (M, P); `input` broadcasts."""
    require_dims("addmm", ("mat1", mat1, 2), ("mat2", mat2, 2), words="{name} must be a matrix, got {ndim}-D tensor")
    same_dtype("addmm", mat1, mat2)
    return _scaled_sum("addmm", input, linear_algebra.matmul(mat1, mat2), beta, alpha, out)


def addmv(
    input: Tensor, mat: Tensor, vec: Tensor, *, beta: float = 1, alpha: float = 1, out: Tensor | None = None
) -> Tensor:
    """Return beta * input + alpha * (mat @ vec), shapes (N, M) and (M,)."""
    return _scaled_sum("addmv", input, mv(mat, vec), beta, alpha, out)


def addr(
    input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: float = 1, alpha: float = 1, out: Tensor | None = None
) -> Tensor:
    """Return beta * input + alpha * outer(vec1, vec2)."""
    if len(vec1._shape) != 1 or len(vec2._shape) != 1:
        name, bad = ("vec1", vec1) if len(vec1._shape) != 1 else ("vec2", vec2)
        raise ShapeError(f"addr: Expected 1-D argument {name}, but got {len(bad._shape)}-D")
    return _scaled_sum("addr", input, linear_algebra.outer(vec1, vec2), beta, alpha, out)


def _require_batches(name: str, batch1: Tensor, batch2: Tensor) -> None:
    for which, one in (("batch1", batch1), ("batch2", batch2)):
        if len(one._shape) != 3:
            raise ShapeError(f"{which} must be a 3D tensor; {name} received {len(one._shape)}D of {tuple(one._shape)}.")
    b, _, m = batch1._shape
    if batch2._shape[:2] != (b, m):
        raise ShapeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{b}, {m}] but got: "
            f"[{batch2._shape[0]}, {batch2._shape[1]}]."
        )
    same_dtype(name, batch1, batch2)


def baddbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1, out: Tensor | None = None
) -> Tensor:
    """Return beta * input + alpha * (batch1 @ batch2), shapes (B, N, M) and (B, M, P)."""
    _require_batches("baddbmm", batch1, batch2)
    return _scaled_sum("baddbmm", input, linear_algebra.matmul(batch1, batch2), beta, alpha, out)


def addbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1, out: Tensor | None = None
) -> Tensor:
    """Return beta * input + alpha times the sum over the batch of batch1 @ batch2, shapes (B, N, M) and (B, M, P)."""
    _require_batches("addbmm", batch1, batch2)
    product = linear_algebra.tensordot(batch1, batch2, axes=((0, 2), (0, 1)))
    return _scaled_sum("addbmm", input, product, beta, alpha, out)


def chain_matmul(*matrices: Tensor, out: Tensor | None = None) -> Tensor:
    """Return the product of 2-d matrices, multiplied in the order that takes the fewest operations."""
    for position, matrix in enumerate(matrices):
        if len(matrix._shape) != 2:
            raise ShapeError(
                f"Tensor dimension is {len(matrix._shape)}, expected 2 instead; chain_matmul received shape "
                f"{tuple(matrix._shape)} as matrix {position}."
            )
    if len(matrices) == 1:
        return deliver("chain_matmul", data_type.copy(matrices[0]), out)
    return deliver("chain_matmul", linear_algebra.multi_dot(matrices), out)


def tensordot(a: Tensor, b: Tensor, dims: Any = 2, out: Tensor | None = None) -> Tensor:
    """Return the sum of products over pairs of axes.

    Parameters
    ----------
    dims : int, or a pair of lists of int, or a Tensor of either
        N: the last N axes of `a` with the first N of `b`.
    """
    if isinstance(dims, TensorCore):
        dims = dims._options.backend.tolist(dims._data)
    if isinstance(dims, int):
        if dims < 0:
            raise ShapeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(len(a._shape), len(b._shape)):
            raise ShapeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        dims = (tuple(range(len(a._shape) - dims, len(a._shape))), tuple(range(dims)))
    return deliver("tensordot", linear_algebra.tensordot(a, b, axes=dims), out)


def einsum(equation: Any, *operands: Any) -> Tensor:
    """Return the sum of products that an equation such as "bij,bjk->bik" names.

    Parameters
    ----------
    equation : str, or the first operand of the form ``einsum(op1, [0, 1], op2, [1, 2], [0, 2])``
    operands : Tensors, or one sequence of them
    """
    if not isinstance(equation, str):
        equation, operands = _equation_of((equation, *operands))
    return _einsum.einsum(equation, *operands)


def _equation_of(args: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """Return the equation and operands of einsum's form with lists of axis numbers."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    def term(labels: Any) -> str:
        return "".join("..." if label is Ellipsis else letters[label] for label in labels)

    pairs = len(args) // 2
    equation = ",".join(term(labels) for labels in args[1 : 2 * pairs : 2])
    if len(args) % 2:
        equation += "->" + term(args[-1])
    return equation, tuple(args[0 : 2 * pairs : 2])


def kron(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the Kronecker product: along every axis, `other` times each element of `input`."""
    return deliver("kron", linear_algebra.kron(input, other), out)


def trace(input: Tensor) -> Tensor:
    """Return the sum of the diagonal of a matrix, shape (N, M)."""
    if len(input._shape) != 2:
        raise ShapeError(f"trace: expected a matrix, but got tensor with dim {len(input._shape)}")
    if not input._options.is_inexact:
        return statistical.sum(linalg.diagonal(input))
    return linalg.trace(input)


__all__ = [
    "addbmm",
    "addmm",
    "addmv",
    "addr",
    "baddbmm",
    "bmm",
    "chain_matmul",
    "dot",
    "einsum",
    "ger",
    "inner",
    "kron",
    "matmul",
    "mm",
    "mv",
    "outer",
    "tensordot",
    "trace",
    "vdot",
]
