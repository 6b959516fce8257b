"""Linear systems, inverses and determinants.

The confusing case is a singular matrix's determinant: its derivative, the transposed adjugate, exists though no
inverse does. It is a primitive here (`cofactors`), computed from the singular values' products that leave one out,
and so is right at every rank.
"""

from typing import Any

from agrad.engine.primitive import LINEAR, composite, primitive
from agrad.errors import ShapeError
from agrad.primitives._helpers import is_complex, is_inexact
from agrad.primitives._matrices import (
    adjoint,
    as_columns,
    call,
    conj,
    decomposed,
    diagonal_of,
    embed_diagonal,
    eye_mask,
    off_diagonal,
    require_matrices,
    require_square,
    times_columns,
)


def _solve_vector(x2: Any) -> bool:
    """Whether the right-hand side is one vector: the standard's rule, only 1-D is."""
    return bool(x2.ndim == 1)


def _solve_x(xp: Any, g: Any, out: Any, x: Any, y_meta: Any) -> Any:
    if _solve_vector(y_meta):
        g, out = as_columns(xp, g), as_columns(xp, out)
    return -xp.matmul(xp.linalg.solve(xp.matrix_transpose(x), g), xp.matrix_transpose(out))


def _solve_y(xp: Any, g: Any, _out: Any, x: Any, y_meta: Any) -> Any:
    if _solve_vector(y_meta):
        return xp.linalg.solve(xp.matrix_transpose(x), as_columns(xp, g))[..., 0]
    return xp.linalg.solve(xp.matrix_transpose(x), g)


def _solve_x_jvp(xp: Any, t: Any, out: Any, x: Any, y: Any) -> Any:
    if _solve_vector(y):
        return -xp.linalg.solve(x, xp.matmul(t, as_columns(xp, out)))[..., 0]
    return -xp.linalg.solve(x, xp.matmul(t, out))


@primitive(
    name="linalg.solve",
    vjp=(_solve_x, _solve_y),
    jvp=(_solve_x_jvp, LINEAR),
    promote=True,
    dtypes="float",
    torch_name="LinalgSolveEx",
)
def solve(xp: Any, x: Any, y: Any, /) -> Any:
    """Return the solution of x @ out = y.

    Parameters
    ----------
    x : Tensor, shape (..., N, N)
    y : Tensor, shape (..., N, K) or (N,)
        A 1-D y is one vector, any other is matrices; batches broadcast.
    """
    require_square("solve", x)
    if y.ndim == 0 or y.shape[0 if y.ndim == 1 else -2] != x.shape[-1]:
        raise ShapeError(
            f"linalg.solve: Incompatible shapes of A and B for the equation AX = B: {tuple(x.shape)} and "
            f"{tuple(y.shape)}"
        )
    singular = "linalg.solve: The solver failed because the input matrix is singular."
    if y.ndim == 1:
        if x.ndim == 2:
            return decomposed(xp, singular, lambda: xp.linalg.solve(x, y), x, y)
        # Not every library takes a vector with a batch of matrices.
        x, y = _batched(xp, x, as_columns(xp, y))
        return decomposed(xp, singular, lambda: xp.linalg.solve(x, y), x, y)[..., 0]
    x, y = _batched(xp, x, y)
    return decomposed(xp, singular, lambda: xp.linalg.solve(x, y), x, y)


def _batched(xp: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Return both with the batch dimensions of the two broadcast, which not every library does itself."""
    one, other = tuple(x.shape[:-2]), tuple(y.shape[:-2])
    if one == other:
        return x, y
    lead = _broadcast(one, other)
    return xp.broadcast_to(x, (*lead, *x.shape[-2:])), xp.broadcast_to(y, (*lead, *y.shape[-2:]))


def _broadcast(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    ndim = max(len(one), len(other))
    one, other = (1,) * (ndim - len(one)) + one, (1,) * (ndim - len(other)) + other
    for a, b in zip(one, other, strict=True):
        if a != b and a != 1 and b != 1:
            raise ShapeError(f"linalg: the batch dimensions {one} and {other} do not broadcast")
    return tuple(b if a == 1 else a for a, b in zip(one, other, strict=True))


def _triangle(xp: Any, x: Any, upper: bool) -> Any:
    return xp.triu(x) if upper else xp.tril(x)


def _solve_triangular_x(xp: Any, g: Any, out: Any, x: Any, _y: Any, *, upper: bool = False) -> Any:
    moved = xp.linalg.solve_triangular(xp.matrix_transpose(x), g, upper=not upper)
    return -_triangle(xp, xp.matmul(moved, xp.matrix_transpose(out)), upper)


def _solve_triangular_y(xp: Any, g: Any, _out: Any, x: Any, _y: Any, *, upper: bool = False) -> Any:
    return xp.linalg.solve_triangular(xp.matrix_transpose(x), g, upper=not upper)


def _solve_triangular_x_jvp(xp: Any, t: Any, out: Any, x: Any, _y: Any, *, upper: bool = False) -> Any:
    return -xp.linalg.solve_triangular(x, xp.matmul(_triangle(xp, t, upper), out), upper=upper)


@primitive(
    name="linalg.solve_triangular",
    vjp=(_solve_triangular_x, _solve_triangular_y),
    jvp=(_solve_triangular_x_jvp, LINEAR),
    promote=True,
    dtypes="float",
    torch_name="LinalgSolveTriangular",
)
def solve_triangular(xp: Any, x: Any, y: Any, /, *, upper: bool = False) -> Any:
    """Return the solution of x @ out = y for triangular x, of which only one triangle is read.

    Parameters
    ----------
    x : Tensor, shape (..., N, N)
    y : Tensor, shape (..., N, K)
    """
    require_square("solve_triangular", x)
    require_matrices("solve_triangular", y)
    x, y = _batched(xp, x, y)
    return xp.linalg.solve_triangular(x, y, upper=upper)


def _inv_vjp(xp: Any, g: Any, out: Any, _x: Any) -> Any:
    out = xp.matrix_transpose(out)
    return -xp.matmul(out, xp.matmul(g, out))


@primitive(
    name="linalg.inv",
    vjp=_inv_vjp,
    jvp=lambda xp, t, out, _x: -xp.matmul(out, xp.matmul(t, out)),
    dtypes="float",
    torch_name="LinalgInvEx",
)
def inv(xp: Any, x: Any, /) -> Any:
    """Return the inverse; its derivative is -inv(x) t inv(x).

    Parameters
    ----------
    x : Tensor, shape (..., N, N)
    """
    require_square("inv", x)
    singular = "linalg.inv: The inversion could not be completed because the input matrix is singular."
    return decomposed(xp, singular, lambda: xp.linalg.inv(x), x)


def _left_out(xp: Any, s: Any, left_out: Any) -> Any:
    """Return products of singular values (..., n) over the last axis of a mask, with ones where it is true."""
    for _ in range(left_out.ndim - 1):
        s = xp.expand_dims(s, axis=-2)
    return xp.prod(xp.where(left_out, xp.ones_like(s), s), axis=-1)


def _without_one(xp: Any, s: Any) -> Any:
    """Return for each singular value the product of the others."""
    return _left_out(xp, s, eye_mask(xp, s, s.shape[-1], s.shape[-1]))


def _without_two(xp: Any, s: Any) -> Any:
    """Return at [i, j] the product of the singular values but for i and j, with zeros on the diagonal."""
    size = s.shape[-1]
    mask = eye_mask(xp, s, size, size)
    pairs = xp.logical_or(xp.expand_dims(mask, axis=0), xp.expand_dims(mask, axis=1))
    return off_diagonal(xp, _left_out(xp, s, pairs))


def _rotation(xp: Any, u: Any, vh: Any) -> Any:
    """Return det(u) det(vh), a number of size one, ready to multiply matrices."""
    return as_columns(xp, as_columns(xp, xp.linalg.det(u) * xp.linalg.det(vh)))


def _cofactors_vjp(xp: Any, g: Any, _out: Any, x: Any) -> Any:
    # In the basis of singular vectors det's second derivative couples diagonal elements with each other, and each
    # element beside the diagonal with its mirror image: no singular value is divided by.
    u, s, vh = xp.linalg.svd(x, full_matrices=False)
    pairs = xp.astype(_without_two(xp, s), x.dtype)
    inner = xp.matmul(xp.matmul(adjoint(xp, u), g), adjoint(xp, vh))
    diagonal = xp.matmul(pairs, as_columns(xp, diagonal_of(xp, inner)))[..., 0]
    second = embed_diagonal(xp, diagonal) - pairs * xp.matrix_transpose(inner)
    return _rotation(xp, u, vh) * xp.matmul(xp.matmul(conj(xp, u), second), conj(xp, vh))


# A Hessian of det is its own transpose: one rule serves both modes.
@primitive(name="linalg.cofactors", vjp=_cofactors_vjp, jvp=_cofactors_vjp, dtypes="float")
def cofactors(xp: Any, x: Any, /) -> Any:
    """Return the matrices of cofactors, the transposed adjugates: det(x) inv(x)^T, and right for singular x too.

    Parameters
    ----------
    x : Tensor, shape (..., N, N)
    """
    require_square("cofactors", x)
    u, s, vh = xp.linalg.svd(x, full_matrices=False)
    others = xp.astype(_without_one(xp, s), x.dtype)
    return _rotation(xp, u, vh) * xp.matmul(times_columns(xp, conj(xp, u), others), conj(xp, vh))


def _det_vjp(xp: Any, g: Any, _out: Any, x: Any) -> Any:
    return as_columns(xp, as_columns(xp, g)) * call(xp, cofactors, x)


@primitive(
    name="linalg.det",
    vjp=_det_vjp,
    jvp=lambda xp, t, _out, x: xp.sum(call(xp, cofactors, x) * t, axis=(-2, -1)),
    dtypes="float",
    torch_name="LinalgDet",
)
def det(xp: Any, x: Any, /) -> Any:
    """Return the determinant; its derivatives, of second order too, are right for singular matrices.

    Parameters
    ----------
    x : Tensor, shape (..., N, N)
    """
    require_square("det", x)
    return xp.linalg.det(x)


def _slogdet_vjp(xp: Any, g: Any, out: Any, x: Any) -> Any:
    g_sign, g_log = g
    inverse = adjoint(xp, xp.linalg.inv(x))
    scale = xp.astype(g_log, x.dtype)
    if is_complex(xp, x):
        # The sign is a point on the unit circle: only what turns it has an effect.
        scale = scale + 1j * xp.astype(xp.imag(g_sign * xp.conj(out[0])), x.dtype)
    return as_columns(xp, as_columns(xp, scale)) * inverse


def _slogdet_jvp(xp: Any, t: Any, out: Any, x: Any) -> Any:
    change = xp.sum(diagonal_of(xp, xp.linalg.solve(x, t)), axis=-1)
    if is_complex(xp, x):
        return out[0] * 1j * xp.astype(xp.imag(change), x.dtype), xp.real(change)
    return xp.zeros_like(out[0]), change


@primitive(
    name="linalg.slogdet",
    vjp=_slogdet_vjp,
    jvp=_slogdet_jvp,
    nout=2,
    holomorphic=False,
    dtypes="float",
    torch_name="LinalgSlogdet",
    copies=True,
)
def slogdet(xp: Any, x: Any, /) -> tuple[Any, Any]:
    """Return the determinant's sign (of size one, for complex matrices) and the logarithm of its absolute value.

    Parameters
    ----------
    x : Tensor, shape (..., N, N)
    """
    require_square("slogdet", x)
    sign, logabsdet = xp.linalg.slogdet(x)
    return sign, logabsdet


def _pinv_vjp(xp: Any, g: Any, out: Any, x: Any, *_rtol: Any, **_params: Any) -> Any:
    out_h, g_h = adjoint(xp, out), adjoint(xp, g)
    first = -xp.matmul(out_h, xp.matmul(g, out_h))
    inner = xp.matmul(g_h, xp.matmul(out, out_h))
    second = inner - xp.matmul(x, xp.matmul(out, inner))
    outer = xp.matmul(xp.matmul(out_h, out), g_h)
    return first + second + outer - xp.matmul(xp.matmul(outer, out), x)


def _pinv_jvp(xp: Any, t: Any, out: Any, x: Any, *_rtol: Any, **_params: Any) -> Any:
    out_h, t_h = adjoint(xp, out), adjoint(xp, t)
    inner = xp.matmul(xp.matmul(out, out_h), t_h)
    outer = xp.matmul(t_h, xp.matmul(out_h, out))
    return (
        -xp.matmul(out, xp.matmul(t, out))
        + inner
        - xp.matmul(xp.matmul(inner, x), out)
        + outer
        - xp.matmul(out, xp.matmul(x, outer))
    )


@primitive(
    name="linalg.pinv",
    vjp=(_pinv_vjp, None),
    jvp=(_pinv_jvp, None),
    holomorphic=False,
    dtypes="float",
    torch_name="LinalgPinv",
)
def _pinv(xp: Any, x: Any, /, *rtol_array: Any, rtol: float | None = None) -> Any:
    """Return the Moore-Penrose inverse, with the tolerance as a number or, one for each matrix, as an array."""
    return xp.linalg.pinv(x, rtol=rtol_array[0] if rtol_array else rtol)


@composite
def pinv(xp: Any, x: Any, /, *, rtol: Any = None) -> Any:
    """Return the Moore-Penrose pseudo-inverse; the derivative is that at constant rank (Golub and Pereyra, 1973).

    Parameters
    ----------
    x : Tensor, shape (..., M, N)
    rtol : float or Tensor, optional
        Singular values up to this times the largest count as zero.
    """
    require_matrices("pinv", x)
    if rtol is None:  # the standard's default, told because libraries have others
        rtol = float(max(x.shape[-2:]) * xp.finfo(x.dtype).eps) if is_inexact(xp, x) else None
    if rtol is None or isinstance(rtol, (int, float)):
        return _pinv(x, rtol=rtol)
    return _pinv(x, rtol)


@composite
def lstsq(xp: Any, x: Any, y: Any, /, *, rtol: Any = None) -> Any:
    """Return the least-squares solution of x @ out = y, the one of least norm where there are several.

    Parameters
    ----------
    x : Tensor, shape (..., M, N)
    y : Tensor, shape (..., M, K) or (M,)
    """
    return xp.matmul(pinv(x, rtol=rtol), y)


@composite
def relative_tolerance(xp: Any, x: Any, /, *, atol: Any, rtol: Any = None) -> Any:
    """Return, for each matrix, the relative tolerance that counts as zero what max(atol, rtol s[0]) does.

    Parameters
    ----------
    x : Tensor, shape (..., M, N)
    atol, rtol : float or Tensor
        Without `rtol`: 0 where `atol` is positive, the larger size times eps where it is 0.
    """
    values = xp.linalg.svdvals(x)
    if values.shape[-1] == 0:
        return 0.0
    largest = xp.max(values, axis=-1)
    standing = xp.where(largest == 0, xp.ones_like(largest), largest)
    absolute = atol / standing
    if rtol is None:
        default = float(max(x.shape[-2:]) * xp.finfo(values.dtype).eps)
        return xp.where(absolute > 0, absolute, xp.full_like(absolute, default))
    return xp.maximum(absolute, rtol * xp.ones_like(absolute))


@composite
def with_unit_diagonal(xp: Any, x: Any, /) -> Any:
    """Return square matrices with ones in place of the diagonal."""
    return xp.where(eye_mask(xp, x, x.shape[-1], x.shape[-1]), xp.ones_like(x), x)


@composite
def squared_lengths(xp: Any, x: Any, /) -> Any:
    """Return the sum of squared absolute values of each column, shape (..., K), real."""
    if is_complex(xp, x):
        return xp.sum(xp.real(x) ** 2 + xp.imag(x) ** 2, axis=-2)
    return xp.sum(x * x, axis=-2)


@composite
def logdet(xp: Any, x: Any, /) -> Any:
    """Return the logarithm of the determinant: nan where a real one is negative, -inf where it is 0."""
    sign, logabsdet = xp.linalg.slogdet(x)
    if is_complex(xp, x):
        return xp.log(sign) + logabsdet
    return xp.where(sign < 0, xp.full_like(logabsdet, float("nan")), logabsdet)


@composite
def vander(xp: Any, x: Any, /, *, count: int) -> Any:
    """Return the powers 0 to count - 1 of each element along a new last axis."""
    column = xp.expand_dims(x, axis=-1)
    columns = [xp.ones_like(column)]
    for _ in range(count - 1):
        columns.append(columns[-1] * column)
    return xp.concat(columns[:count], axis=-1) if count else column[..., :0]


__all__ = [
    "cofactors",
    "det",
    "inv",
    "logdet",
    "lstsq",
    "pinv",
    "relative_tolerance",
    "slogdet",
    "solve",
    "solve_triangular",
    "squared_lengths",
    "vander",
    "with_unit_diagonal",
]
