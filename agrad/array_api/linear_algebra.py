"""The linear algebra of the standard's main namespace, by its names and signatures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agrad.primitives import linear_algebra

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def matmul(x1: Tensor, x2: Tensor, /) -> Tensor:
    """Return the matrix product of the last two axes, the others broadcast; a 1-D operand is a vector. Bilinear.

    Raises
    ------
    RuntimeError
        For shapes that do not fit, and for 0-d operands.
    """
    return linear_algebra.matmul(x1, x2)


def matrix_transpose(x: Tensor, /) -> Tensor:
    """Return x with its last two axes swapped; linear."""
    return linear_algebra.matrix_transpose(x)


def tensordot(x1: Tensor, x2: Tensor, /, *, axes: int | tuple[Sequence[int], Sequence[int]] = 2) -> Tensor:
    """Return the sum of products over pairs of axes; bilinear.

    Parameters
    ----------
    axes : int or pair of sequences
        N: the last N axes of x1 with the first N of x2. A pair: these axes of x1 with those of x2.
    """
    return linear_algebra.tensordot(x1, x2, axes=axes)


def vecdot(x1: Tensor, x2: Tensor, /, *, axis: int = -1) -> Tensor:
    """Return the dot products along `axis`, of the complex conjugate of x1 with x2; the other axes broadcast."""
    return linear_algebra.vecdot(x1, x2, axis=axis)


__all__ = ["matmul", "matrix_transpose", "tensordot", "vecdot"]
