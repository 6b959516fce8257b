"""The standard's linear algebra extension; its larger groups of functions have files of their own.

Decompositions are in linalg_decompositions and linalg_lu, systems, inverses and determinants in linalg_solve, norms in
linalg_norms; here are diagonals, the cross product, powers and the exponential. Functions of matrices work on the
last two axes.
"""

from typing import Any

from agrad.engine.primitive import LINEAR, composite, primitive
from agrad.errors import ShapeError
from agrad.primitives import _geometry
from agrad.primitives._axes import positions
from agrad.primitives._helpers import normalize_axis
from agrad.primitives._matrices import (
    adjoint,
    as_columns,
    call,
    embed_diagonal,
    eye_mask,
    require_matrices,
    require_square,
)
from agrad.primitives.linalg_decompositions import cholesky, eig, eigh, eigvals, eigvalsh, qr, svd, svdvals
from agrad.primitives.linalg_lu import (
    lu,
    lu_factor,
    lu_info,
    lu_permutation,
    lu_solve,
    lu_unpack,
    nan_where,
    no_info,
    regular,
)
from agrad.primitives.linalg_norms import cond, matrix_norm, matrix_rank, vector_norm
from agrad.primitives.linalg_solve import (
    cofactors,
    det,
    inv,
    logdet,
    lstsq,
    pinv,
    relative_tolerance,
    slogdet,
    solve,
    solve_triangular,
    squared_lengths,
    vander,
    with_unit_diagonal,
)
from agrad.primitives.linear_algebra import (
    inner,
    kron,
    matmul,
    matrix_transpose,
    multi_dot,
    outer,
    tensordot,
    vecdot,
)


def _diagonal_view(
    sizes: tuple[int, ...], strides: tuple[int, ...], start: int, *, offset: int = 0
) -> _geometry.Geometry:
    return _geometry.diagonal_geometry(sizes, strides, start, offset, len(sizes) - 2, len(sizes) - 1)


@primitive(
    name="linalg.diagonal",
    vjp=lambda xp, g, _out, x_meta, *, offset=0: embed_diagonal(xp, g, x_meta.shape[-2], x_meta.shape[-1], offset),
    jvp=LINEAR,
    view=_diagonal_view,
    torch_name="Diagonal",
)
def diagonal(xp: Any, x: Any, /, *, offset: int = 0) -> Any:
    """Return the diagonal `offset` above the main one (below, if negative) of each matrix; a view.

    Parameters
    ----------
    x : Tensor, shape (..., M, N)
    """
    require_matrices("diagonal", x)
    return xp.linalg.diagonal(x, offset=offset)


@primitive(
    name="linalg.diag_embed",
    vjp=lambda xp, g, _out, _x, *, offset=0: xp.linalg.diagonal(g, offset=offset),
    jvp=LINEAR,
    torch_name="DiagEmbed",
)
def diag_embed(xp: Any, x: Any, /, *, offset: int = 0) -> Any:
    """Return square matrices that are zero but for x on the diagonal `offset` above the main one.

    Parameters
    ----------
    x : Tensor, shape (..., N)
    """
    return embed_diagonal(xp, x, offset=offset)


def _trace_vjp(xp: Any, g: Any, _out: Any, x_meta: Any, *, offset: int = 0) -> Any:
    rows, columns = x_meta.shape[-2:]
    column = as_columns(xp, as_columns(xp, g))
    return xp.where(eye_mask(xp, g, rows, columns, offset), column, xp.zeros_like(column))


@primitive(name="linalg.trace", vjp=_trace_vjp, jvp=LINEAR, torch_name="Trace")
def trace(xp: Any, x: Any, /, *, offset: int = 0) -> Any:
    """Return the sum of the diagonal `offset` above the main one of each matrix.

    Parameters
    ----------
    x : Tensor, shape (..., M, N)
    """
    require_matrices("trace", x)
    return xp.linalg.trace(x, offset=offset, dtype=x.dtype)


def _cross(xp: Any, x: Any, y: Any, axis: int) -> Any:
    """Return the cross product; not every library broadcasts, or takes an axis counted from the front."""
    if tuple(x.shape) != tuple(y.shape):
        x, y = xp.broadcast_arrays(x, y)
    return xp.linalg.cross(x, y, axis=axis if axis < 0 else axis - x.ndim)


@primitive(
    name="linalg.cross",
    vjp=(
        lambda xp, g, _out, _x, y, *, axis=-1: _cross(xp, y, g, axis),
        lambda xp, g, _out, x, _y, *, axis=-1: _cross(xp, g, x, axis),
    ),
    jvp=(LINEAR, LINEAR),
    promote=True,
    torch_name="LinalgCross",
)
def cross(xp: Any, x: Any, y: Any, /, *, axis: int = -1) -> Any:
    """Return the cross product of vectors of length 3 along `axis`; the other axes broadcast.

    Raises
    ------
    RuntimeError
        For vectors of another length, in PyTorch's words.
    """
    if axis >= 0 and x.ndim == y.ndim:
        axis = normalize_axis(axis, x.ndim) - x.ndim
    for value in (x, y):
        if value.ndim < -axis or axis >= 0 or value.shape[axis] != 3:
            raise ShapeError(
                f"linalg.cross: inputs dimension {axis} must have length 3; received shapes {tuple(x.shape)} and "
                f"{tuple(y.shape)}"
            )
    return _cross(xp, x, y, axis)


@composite
def householder_product(xp: Any, x: Any, tau: Any, /) -> Any:
    """Return the first N columns of the product of the reflections 1 - tau[i] v[i] v[i]^H.

    Parameters
    ----------
    x : Tensor, shape (..., M, N)
        v[i] is column i below its diagonal element, with a one there and zeros above.
    tau : Tensor, shape (..., K), K <= N <= M
    """
    rows, columns = x.shape[-2:]
    mask = eye_mask(xp, x, rows, columns)
    one = xp.where(mask, xp.ones_like(x), xp.zeros_like(x))
    vectors = xp.where(mask, one, xp.tril(x))
    places = positions(xp, x, columns)
    out = one
    for i in range(tau.shape[-1] - 1, -1, -1):
        # Taken, not sliced: a slice's strides decide which of the library's kernels multiplies it, and so its last bits.
        v = xp.take(vectors, places[i : i + 1], axis=-1)
        out = out - as_columns(xp, tau[..., i : i + 1]) * xp.matmul(v, xp.matmul(adjoint(xp, v), out))
    return out


@composite
def matrix_power(xp: Any, x: Any, n: int, /) -> Any:
    """Return the n-th power of square matrices by repeated squaring; for negative n, that of their inverse.

    Parameters
    ----------
    x : Tensor, shape (..., N, N)
    """
    require_square("matrix_power", x)
    if n == 0:
        return xp.where(eye_mask(xp, x, x.shape[-1], x.shape[-1]), xp.ones_like(x), xp.zeros_like(x))
    if n == 1:
        return xp.asarray(x, copy=True)
    if n < 0:
        x, n = xp.linalg.inv(x), -n
    out = None
    while True:
        if n & 1:
            out = x if out is None else xp.matmul(out, x)
        n >>= 1
        if not n:
            return out
        x = xp.matmul(x, x)


# Pade's approximant of degree 13 and the norm up to which it is exact in double precision: N. Higham, "The scaling and
# squaring method for the matrix exponential revisited" (2005). It serves single precision as well.
_PADE = (
    64764752532480000.0,
    32382376266240000.0,
    7771770303897600.0,
    1187353796428800.0,
    129060195264000.0,
    10559470521600.0,
    670442572800.0,
    33522128640.0,
    1323241920.0,
    40840800.0,
    960960.0,
    16380.0,
    182.0,
    1.0,
)
_PADE_NORM = 5.371920351148152
# A norm of 5.4 * 2**16: what is larger overflows, or has decayed to nothing long before.
_SQUARINGS = 16


def _pade(xp: Any, x: Any) -> Any:
    """Return the approximant of exp for small matrices."""
    size = x.shape[-1]
    one = xp.where(eye_mask(xp, x, size, size), xp.ones_like(x), xp.zeros_like(x))
    # Divided by the first coefficient, so that single precision cannot overflow.
    b = [value / _PADE[0] for value in _PADE]
    second = xp.matmul(x, x)
    fourth = xp.matmul(second, second)
    sixth = xp.matmul(second, fourth)
    odd = xp.matmul(sixth, sixth * b[13] + fourth * b[11] + second * b[9])
    odd = xp.matmul(x, odd + sixth * b[7] + fourth * b[5] + second * b[3] + one * b[1])
    even = xp.matmul(sixth, sixth * b[12] + fourth * b[10] + second * b[8])
    even = even + sixth * b[6] + fourth * b[4] + second * b[2] + one * b[0]
    return xp.linalg.solve(even - odd, even + odd)


def _matrix_exp_vjp(xp: Any, g: Any, _out: Any, x: Any, *, leading: int | None = None) -> Any:
    return _directional(xp, xp.matrix_transpose(x), g, leading)


def _matrix_exp_jvp(xp: Any, t: Any, _out: Any, x: Any, *, leading: int | None = None) -> Any:
    return _directional(xp, x, t, leading)


def _directional(xp: Any, x: Any, t: Any, leading: int | None) -> Any:
    """Return exp's derivative at x along t: a block of the exponential of [[x, t], [0, x]]."""
    size = x.shape[-1]
    block = xp.concat(
        [xp.concat([x, t], axis=-1), xp.concat([xp.zeros_like(x), x], axis=-1)],
        axis=-2,
    )
    return call(xp, matrix_exp, block, leading=leading or size)[..., :size, size:]


@primitive(
    name="linalg.matrix_exp", vjp=_matrix_exp_vjp, jvp=_matrix_exp_jvp, dtypes="float", torch_name="LinalgMatrixExp"
)
def matrix_exp(xp: Any, x: Any, /, *, leading: int | None = None) -> Any:
    """Return the exponential of square matrices, by scaling and squaring.

    Parameters
    ----------
    x : Tensor, shape (..., N, N)
    leading : int, optional
        For the derivative's block triangular matrices: the size of the leading block, whose norm alone decides on the
        scaling, so that the result stays linear in the block beside it.
    """
    require_square("matrix_exp", x)
    if 0 in x.shape:
        return xp.zeros_like(x)
    norm = xp.max(xp.sum(xp.abs(x[..., :leading, :leading]), axis=-2), axis=-1)
    fits = norm <= _PADE_NORM
    steps = xp.ceil(xp.log2(xp.where(fits, xp.ones_like(norm), norm / _PADE_NORM)))
    steps = xp.where(steps > _SQUARINGS, xp.full_like(steps, _SQUARINGS), steps)
    steps = as_columns(xp, as_columns(xp, steps))
    out = _pade(xp, x * xp.astype(2.0**-steps, x.dtype))
    # How often to square depends on the values: matrices that are done wait. No branch, so that it can be traced.
    for step in range(_SQUARINGS):
        pending = steps > step
        factor = xp.where(pending, out, xp.zeros_like(out))
        out = xp.where(pending, xp.matmul(factor, factor), out)
    return out


__all__ = [
    "cholesky",
    "cofactors",
    "cond",
    "cross",
    "det",
    "diag_embed",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "householder_product",
    "inner",
    "inv",
    "kron",
    "logdet",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_info",
    "lu_permutation",
    "lu_solve",
    "lu_unpack",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "multi_dot",
    "nan_where",
    "no_info",
    "outer",
    "pinv",
    "qr",
    "regular",
    "relative_tolerance",
    "slogdet",
    "solve",
    "solve_triangular",
    "squared_lengths",
    "svd",
    "svdvals",
    "tensordot",
    "trace",
    "vander",
    "vecdot",
    "vector_norm",
    "with_unit_diagonal",
]
