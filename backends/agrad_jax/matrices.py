"""jax.numpy.linalg's functions where they differ from the standard's (jax 0.10.2).

eigh, eigvalsh and cholesky symmetrize their input, where other libraries read the lower triangle; matrix_rank takes a
given `rtol` as an absolute tolerance.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from agrad.backend import Namespace
from agrad.standard_defaults.matrices import scaled_vector_norm


def cholesky(x: Any, /, *, upper: bool = False) -> Any:
    """Return the Cholesky factor of the matrices whose lower triangles are x's."""
    return jnp.linalg.cholesky(x, upper=upper, symmetrize_input=False)


def eigh(x: Any, /) -> Any:
    """Return eigenvalues and eigenvectors of the Hermitian matrices whose lower triangles are x's."""
    return jnp.linalg.eigh(x, UPLO="L", symmetrize_input=False)


def eigvalsh(x: Any, /) -> Any:
    """Return the eigenvalues of the Hermitian matrices whose lower triangles are x's."""
    return jnp.linalg.eigvalsh(x, UPLO="L", symmetrize_input=False)


@partial(jax.jit, static_argnames=("axis", "keepdims", "ord"))
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """Return the norm over axes, scaled so that powers of elements neither overflow nor underflow."""
    return scaled_vector_norm(jnp.linalg.vector_norm, jnp, x, axis=axis, keepdims=keepdims, ord=ord)


def matrix_rank(x: Any, /, *, rtol: Any = None) -> Any:
    """Return the number of singular values above `rtol` times the largest."""
    if rtol is None:
        return jnp.linalg.matrix_rank(x)
    values = jnp.linalg.svd(x, compute_uv=False)
    if values.shape[-1] == 0:
        return jnp.zeros(values.shape[:-1], dtype=jnp.asarray(0).dtype)
    tolerance = jnp.asarray(rtol, dtype=values.dtype) * jnp.max(values, axis=-1)
    return jnp.sum(values > jnp.expand_dims(tolerance, -1), axis=-1)


def solve_triangular(a: Any, b: Any, /, *, upper: bool) -> Any:
    """Solve a triangular system, batched; `b` is a matrix."""
    shape = jnp.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return jax.scipy.linalg.solve_triangular(
        jnp.broadcast_to(a, (*shape, *a.shape[-2:])), jnp.broadcast_to(b, (*shape, *b.shape[-2:])), lower=not upper
    )


@jax.jit
def lu_factor(x: Any, /) -> tuple[Any, Any]:
    """Return an LU factorization in one matrix and the exchanges of rows, counted from 1, int32; batched."""
    packed, pivots, _ = lax.linalg.lu(x)
    return packed, pivots + 1


def lu_permutation(pivots: Any, rows: int, /) -> Any:
    """Return the order of rows that exchanges of rows, counted from 1, amount to; batched."""
    order = lax.linalg.lu_pivots_to_permutation(pivots - 1, rows)
    return order.astype(jnp.asarray(0).dtype)


def complete(xp: Namespace) -> None:
    """Put the functions of this module in place of jax.numpy.linalg's."""
    for function in (cholesky, eigh, eigvalsh, lu_factor, lu_permutation, matrix_rank, solve_triangular):
        setattr(xp.linalg, function.__name__, function)
    xp.raises_on_singular = False


__all__ = [
    "cholesky",
    "complete",
    "eigh",
    "eigvalsh",
    "lu_factor",
    "lu_permutation",
    "matrix_rank",
    "solve_triangular",
]
