"""Norms, distances, and covariances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad import linalg
from agrad.dtypes import DType, get_default_dtype
from agrad.engine.primitive import label
from agrad.primitives import data_type, elementwise, manipulation, measures
from agrad.primitives import linalg as _linalg
from agrad.primitives._checks import OperandError
from agrad.torch_api._out import deliver
from agrad.torch_api.reducing import axes_of, either
from agrad.torch_api.shape_arguments import tensor_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Dims = Any
Order = float | str | None


def norm(
    input: Tensor,
    p: Order = "fro",
    dim: Dims = None,
    keepdim: bool = False,
    out: Tensor | None = None,
    dtype: DType | None = None,
    *,
    axis: Dims = None,
    keepdims: bool | None = None,
) -> Tensor:
    """Return the norm of order `p` over `dim`, of all elements by default; the derivative at 0 is 0.

    Parameters
    ----------
    p : float, "fro" or "nuc"
        "fro" is 2; "nuc", the sum of singular values, is of matrices.
    """
    input = tensor_of("norm", input)
    along = axes_of("norm", input, either("norm", dim, axis))
    keep = keepdim if keepdims is None else keepdims
    if p == "nuc" or (isinstance(p, str) and p != "fro"):
        return linalg.matrix_norm(input, p, (-2, -1) if along is None else along, keep, dtype=dtype, out=out)
    order = 2.0 if p is None or p == "fro" else float(p)
    return linalg.vector_norm(input, order, along, keep, dtype=dtype, out=out)


def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """Return the norm of order `p` of ``input - other``."""
    difference = elementwise.subtract(tensor_of("dist", input), tensor_of("dist", other, "other", 2))
    if not difference._options.is_inexact:
        raise OperandError(
            "norm(): input dtype should be either floating point or complex. "
            f"Got {difference._options.dtype.scalar_name} instead."
        )
    return label(_linalg.vector_norm(difference, ord=float(p)), "Dist")


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Tensor:
    """Return the distances of order `p` of each row of `x1` to each row of `x2`.

    Parameters
    ----------
    x1 : Tensor, shape (..., P, M)
    x2 : Tensor, shape (..., R, M)
    compute_mode : str
        PyTorch's choice of algorithms; here differences are always taken, which is its most exact one.

    Returns
    -------
    Tensor, shape (..., P, R)
    """
    x1, x2 = tensor_of("cdist", x1, "x1"), tensor_of("cdist", x2, "x2", 2)
    for called, x in (("X1", x1), ("X2", x2)):
        if not x._options.dtype.is_floating_point:
            raise OperandError(
                f"cdist only supports floating-point dtypes, {called} got: {x._options.dtype.scalar_name}"
            )
        if len(x._shape) < 2:
            raise OperandError(f"cdist only supports at least 2D tensors, {called} got: {len(x._shape)}D")
    if x1._shape[-1] != x2._shape[-1]:
        raise OperandError(f"X1 and X2 must have the same number of columns. X1: {x1._shape[-1]} X2: {x2._shape[-1]}")
    if p < 0:
        raise OperandError(f"cdist only supports non-negative p values; received {p}")
    return measures.pairwise_norms(x1, x2, ord=float(p))


def pdist(input: Tensor, p: float = 2) -> Tensor:
    """Return the distances of order `p` of each two rows of a matrix, first to second, first to third, and on."""
    input = tensor_of("pdist", input)
    if len(input._shape) != 2:
        raise OperandError(f"pdist only supports 2D tensors, got: {len(input._shape)}D")
    if p < 0:
        raise OperandError(f"pdist only supports non-negative p values; received {p}")
    return measures.norms_of_pairs(input, ord=float(p))


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """Return the norm of order `p` of ``x1 - x2 + eps`` over the last axis."""
    away = elementwise.add(elementwise.subtract(tensor_of("pairwise_distance", x1), x2), eps)
    return _linalg.vector_norm(away, axis=-1, ord=float(p), keepdims=keepdim)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """Return the cosine of the angle between vectors along `dim`, each norm held above `eps`."""
    x1, x2 = tensor_of("cosine_similarity", x1, "x1"), tensor_of("cosine_similarity", x2, "x2", 2)
    return measures.cosine(x1, x2, axis=dim, eps=float(eps))


def renorm(input: Tensor, p: float, dim: int, maxnorm: float, *, out: Tensor | None = None) -> Tensor:
    """Return `input` with each slice along `dim` whose norm of order `p` is above `maxnorm` scaled down to it."""
    input = tensor_of("renorm", input)
    if len(input._shape) < 2:
        raise OperandError(f"renorm: input needs at least 2 dimensions, got {len(input._shape)} dimensions")
    if p <= 0:
        raise OperandError(f"renorm: non-positive-norm not supported; received p={p}")
    if maxnorm < 0:
        raise OperandError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    along = axes_of("renorm", input, dim, one=True)
    result = measures.renormalized(input, ord=float(p), axis=along, limit=float(maxnorm))
    return result if out is None else deliver("renorm", result, out)


def _variables(name: str, input: Any) -> Any:
    """Return observations as a matrix, one variable to a row."""
    input = tensor_of(name, input)
    if len(input._shape) > 2:
        raise OperandError(
            f"{name}(): expected input to have two or fewer dimensions but got an input with {len(input._shape)} dimensions"
        )
    if input._options.dtype.kind == "bool":
        raise OperandError(f"{name}(): bool dtype is not supported for input")
    if not input._options.is_inexact:
        input = data_type.astype(input, dtype=get_default_dtype())
    return input if len(input._shape) == 2 else manipulation.reshape(input, shape=(1, -1))


def cov(
    input: Tensor, *, correction: float = 1, fweights: Tensor | None = None, aweights: Tensor | None = None
) -> Tensor:
    """Return the covariance matrix of variables (rows) over observations (columns); the variance of one variable, 0-d.

    Parameters
    ----------
    input : Tensor, shape (N, M) or (M,)
    correction : float
        What is taken from the number of observations that is divided by.
    fweights : Tensor of integers, shape (M,), optional
        How often each observation counts.
    aweights : Tensor, shape (M,), optional
        How much it weighs.
    """
    table = _variables("cov", input)
    result = measures.covariance(table, correction=correction, counts=fweights, weights=aweights)
    return result if table._shape[0] != 1 else manipulation.reshape(result, shape=())


def corrcoef(input: Tensor) -> Tensor:
    """Return the correlation matrix of variables (rows) over observations (columns); 1 for one variable, 0-d."""
    table = _variables("corrcoef", input)
    result = measures.correlation(table)
    return result if table._shape[0] != 1 else manipulation.reshape(result, shape=())


__all__ = [
    "cdist",
    "corrcoef",
    "cosine_similarity",
    "cov",
    "dist",
    "norm",
    "pairwise_distance",
    "pdist",
    "renorm",
]
