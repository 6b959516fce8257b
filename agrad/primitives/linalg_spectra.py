"""Eigenvalue and singular value decompositions.

The confusing case is the gauge. Eigenvectors and singular vectors are unique only up to a phase (a sign, for real ones), and those of
equal values up to a rotation; only a function that does not depend on that choice has a gradient. For such functions the rules give the
right gradient or nan, never another finite number:

1. Values that differ by more than rounding: the textbook quotients, numerator / (w[j] - w[i]).
2. Equal values, and the function uses the values alone: no quotient occurs. A function that is symmetric in the equal values has its
   gradient; for others, such as the largest eigenvalue, the result is one subgradient, as at other ties.
3. Equal values, and the function uses the vectors alone (U Vh, the projector on a subspace): the quotient 0 / 0 is 0. Perturbed by dA,
   the block of equal values chooses the vectors that diagonalize its part of dA; the function does not depend on this choice, and not on
   how the values part. A numerator that is not zero to rounding says that the function does depend on the choice: nan.
4. Equal values, and the function uses values and vectors: nan. V f(W) V^H needs f'(w) times the whole block of V^H G V, of which the
   cotangent of W holds the diagonal, and the cotangent of V nothing, as (f(w[j]) - f(w[i])) vanishes. Functions with equal cotangents
   and different gradients exist (f = 1 and f = w at w = 1), so no rule could tell.

"Uses" is meant of the graph: an output that nothing was computed from has no cotangent (None), which zeros are not. The same
holds for forward mode, where it is not known what uses a tangent: the values' tangent is the diagonal of V^H dA V, and the
vectors' is nan within a block of equal values unless that block of V^H dA V is diagonal, in which case V is the right choice.

eigvalsh, eigvals and svdvals of what is differentiated take the values from the whole decomposition. So the second derivative, a
function of the vectors, comes to the same node as what depends on the values, and rule 4 sees both.

The singular value decomposition has two quotients: with P = U^H dU, Q = V^H dV, M = U^H dA V,

    (P + Q)[i, j] = (M + M^H)[i, j] / (s[j] - s[i])    and    (P - Q)[i, j] = (M - M^H)[i, j] / (s[i] + s[j]),

of which equal values make only the first 0 / 0, and zeros both. Where zeros meet the null space of a matrix that is not square, or
the phase of complex vectors, the divisor is s[i]: 0 / 0 too.

eigh and eigvalsh read Hermitian matrices only: their cotangent is the Hermitian one.

Sources: M. Giles, "An extended collection of matrix derivative results" (2008); J. Townsend, "Differentiating the singular value
decomposition" (2016); Z.-Q. Wan, S.-X. Zhang, "Automatic differentiation for complex valued SVD" (2019); M. Kasim, S. Vinko, "Xi-torch"
(2020), for the numerator's test at equal eigenvalues; T. Kato, "Perturbation theory for linear operators", II.
"""

from typing import Any

from agrad.engine.grad_level import is_differentiated
from agrad.engine.primitive import composite, primitive
from agrad.primitives._helpers import device, is_complex
from agrad.primitives._matrices import (
    adjoint,
    as_columns,
    as_rows,
    call,
    conj,
    diagonal_of,
    embed_diagonal,
    eye_mask,
    hermitian,
    identity,
    largest,
    magnitude,
    off_diagonal,
    real,
    require_matrices,
    require_square,
    skew,
    spectral,
    times_columns,
)

# Equal values come out of LAPACK up to 8 eps of the largest apart, whatever the size (measured up to 100).
_ROUNDING = 32
# What a numerator keeps of an exact cancellation, in eps of the largest summand and per row.
_CANCELLATION = 256


def _spread(xp: Any, g: Any, _out: Any, _x: Any, gap: Any, vanishes: Any, _absent: Any) -> Any:
    return call(xp, gap_quotient, g, gap, vanishes, g == 0)


def _spread_of_gap(xp: Any, g: Any, out: Any, _x: Any, gap: Any, vanishes: Any, _absent: Any) -> Any:
    return -call(xp, gap_quotient, g * out, gap, vanishes, g == 0)


@primitive(
    name="linalg.gap_quotient",
    vjp=(_spread, _spread_of_gap, None, None),
    jvp=(_spread, _spread_of_gap, None, None),
    elementwise=True,
)
def gap_quotient(xp: Any, x: Any, gap: Any, vanishes: Any, absent: Any, /) -> Any:
    """Return x / gap; where the gap vanishes 0 if x is absent, else nan.

    A primitive because of its derivative: where the gap vanishes, what changes x or the gap changes a 0 / 0, so a
    derivative that is not zero is nan there. That of ``where`` would be a finite 0.

    Parameters
    ----------
    x : Tensor, shape (..., M, N)
    gap : Tensor, real
    vanishes, absent : Tensor of bool
        Whether the gap, and x, are zero to rounding.
    """
    lost = xp.where(absent, xp.zeros_like(x), xp.full_like(x, float("nan")))
    return xp.where(vanishes, lost, x / xp.where(vanishes, xp.ones_like(gap), gap))


def _quotient(xp: Any, x: Any, gap: Any, scale: Any, noise: Any) -> Any:
    """Return x / gap, and what the rules of this module say where the gap is rounding.

    Parameters
    ----------
    x : array, shape (..., M, N)
    gap : array, real, that broadcasts to x
    scale : array, shape (...), real
        The largest of the values that the gap is a difference or sum of.
    noise : array, shape (...), real, or None
        The largest of the summands of x, where 0 / 0 is 0; None where it is nan.
    """
    eps = xp.finfo(scale.dtype).eps
    size = max(x.shape[-2:])
    vanishes = xp.abs(gap) <= as_columns(xp, as_columns(xp, scale)) * float(max(size, _ROUNDING) * eps)
    if noise is None:
        absent = xp.zeros(x.shape, dtype=xp.bool, device=device(x))
    else:
        absent = xp.abs(x) <= as_columns(xp, as_columns(xp, noise)) * float(size * _CANCELLATION * eps)
    return call(xp, gap_quotient, x, gap, vanishes, absent)


def _gaps(xp: Any, values: Any) -> Any:
    """Return values[j] - values[i] at [i, j], and 1 on the diagonal, where no rule divides."""
    difference = as_rows(xp, values) - as_columns(xp, values)
    size = values.shape[-1]
    return xp.where(eye_mask(xp, values, size, size), xp.ones_like(difference), difference)


def _eigh_vjp(xp: Any, g: Any, out: Any, _x: Any) -> Any:
    g_values, g_vectors = g
    values, vectors = out
    if g_vectors is None:
        inner = times_columns(xp, vectors, g_values)
    else:
        around = xp.matmul(adjoint(xp, vectors), g_vectors)
        noise = largest(xp, around) if g_values is None else None
        turn = off_diagonal(xp, _quotient(xp, skew(xp, around), _gaps(xp, values), magnitude(xp, values), noise))
        if g_values is not None:
            turn = turn + xp.astype(embed_diagonal(xp, g_values), turn.dtype)
        inner = xp.matmul(vectors, turn)
    return hermitian(xp, xp.matmul(inner, adjoint(xp, vectors)))


def _eigh_jvp(xp: Any, t: Any, out: Any, _x: Any) -> Any:
    values, vectors = out
    inner = xp.matmul(adjoint(xp, vectors), xp.matmul(hermitian(xp, t), vectors))
    turn = _quotient(xp, inner, _gaps(xp, values), magnitude(xp, values), largest(xp, inner))
    return real(xp, diagonal_of(xp, inner)), xp.matmul(vectors, off_diagonal(xp, turn))


@primitive(
    name="linalg.eigh",
    vjp=_eigh_vjp,
    jvp=_eigh_jvp,
    nout=2,
    materialize=False,
    holomorphic=False,
    dtypes="float",
    torch_name="LinalgEigh",
)
def eigh(xp: Any, x: Any, /) -> tuple[Any, Any]:
    """Return the eigenvalues (real, ascending) and, in columns, the eigenvectors of Hermitian matrices.

    Where eigenvalues are equal, the gradient of a function of the values alone or of the vectors alone is right if that
    function is well defined; a function of both has the gradient nan.

    Parameters
    ----------
    x : Tensor, shape (..., N, N)
    """
    require_square("eigh", x)
    values, vectors = spectral(xp, "eigh", lambda: xp.linalg.eigh(x), xp.tril(x))
    return values, vectors


@primitive(name="linalg.eigvalsh", dtypes="float", torch_name="LinalgEigh")
def _eigvalsh(xp: Any, x: Any, /) -> Any:
    """Return the eigenvalues of Hermitian matrices, of which nothing is differentiated."""
    require_square("eigvalsh", x)
    return spectral(xp, "eigvalsh", lambda: xp.linalg.eigvalsh(x), xp.tril(x))


@composite
def eigvalsh(_xp: Any, x: Any, /) -> Any:
    """Return the eigenvalues of Hermitian matrices, ascending; the derivative is safe where they coincide.

    Parameters
    ----------
    x : Tensor, shape (..., N, N)
    """
    return eigh(x)[0] if is_differentiated(x) else _eigvalsh(x)


def _regular(xp: Any, values: Any, vectors: Any) -> tuple[Any, Any]:
    """Return the eigenvectors with the identity in place of those that are no basis, and which matrices these are.

    A matrix whose equal eigenvalues have dependent eigenvectors is defective: its eigenvalues have no derivative, and symmetric
    functions of them one that W and V do not tell.
    """
    size = values.shape[-1]
    if size == 0:
        return vectors, xp.zeros((*values.shape[:-1], 1, 1), dtype=xp.bool, device=device(values))
    smallest = xp.min(xp.linalg.svdvals(vectors), axis=-1)
    eps = xp.finfo(smallest.dtype).eps
    tiny = as_columns(xp, as_columns(xp, magnitude(xp, values))) * float(max(size, _ROUNDING) * eps)
    equal = xp.any(xp.abs(_gaps(xp, values)) <= tiny, axis=(-2, -1))
    dependent = xp.logical_and(equal, smallest <= float(eps**0.5))
    broken = as_columns(xp, as_columns(xp, xp.logical_or(dependent, smallest <= float(size * eps))))
    return xp.where(broken, identity(xp, vectors), vectors), broken


def _eig_vjp(xp: Any, g: Any, out: Any, _x: Any) -> Any:
    g_values, g_vectors = g
    values, vectors = out
    vectors, broken = _regular(xp, values, vectors)
    transposed = adjoint(xp, vectors)
    if g_vectors is None:
        inner = embed_diagonal(xp, g_values)
    else:
        around = xp.matmul(transposed, g_vectors)
        # The vectors have length one: what would stretch them has no effect.
        stretch = xp.astype(real(xp, diagonal_of(xp, around)), around.dtype)
        turn = around - times_columns(xp, xp.matmul(transposed, vectors), stretch)
        noise = largest(xp, around) if g_values is None else None
        inner = off_diagonal(xp, _quotient(xp, turn, conj(xp, _gaps(xp, values)), magnitude(xp, values), noise))
        if g_values is not None:
            inner = inner + embed_diagonal(xp, g_values)
    cotangent = xp.linalg.solve(transposed, xp.matmul(inner, transposed))
    return xp.where(broken, xp.full_like(cotangent, float("nan")), cotangent)


def _eig_jvp(xp: Any, t: Any, out: Any, _x: Any) -> Any:
    values, vectors = out
    vectors, broken = _regular(xp, values, vectors)
    inner = xp.linalg.solve(vectors, xp.matmul(xp.astype(t, vectors.dtype), vectors))
    inner = xp.where(broken, xp.full_like(inner, float("nan")), inner)
    turn = _quotient(xp, inner, _gaps(xp, values), magnitude(xp, values), largest(xp, inner))
    turn = xp.matmul(vectors, off_diagonal(xp, turn))
    stretch = xp.real(xp.sum(conj(xp, vectors) * turn, axis=-2))
    return diagonal_of(xp, inner), turn - times_columns(xp, vectors, xp.astype(stretch, vectors.dtype))


@primitive(
    name="linalg.eig",
    vjp=_eig_vjp,
    jvp=_eig_jvp,
    nout=2,
    materialize=False,
    holomorphic=False,
    dtypes="float",
    torch_name="LinalgEig",
)
def eig(xp: Any, x: Any, /) -> tuple[Any, Any]:
    """Return the eigenvalues and, in columns and of length one, the eigenvectors of square matrices; complex.

    Where eigenvalues are equal, derivatives are as :func:`eigh`'s; those of defective matrices are nan.

    Parameters
    ----------
    x : Tensor, shape (..., N, N)
    """
    require_square("eig", x)
    values, vectors = spectral(xp, "eig", lambda: xp.linalg.eig(x), x)
    wanted = _complex_of(xp, x)
    # NumPy answers with real arrays where all eigenvalues happen to be real.
    return xp.astype(values, wanted, copy=False), xp.astype(vectors, wanted, copy=False)


def _complex_of(xp: Any, x: Any) -> Any:
    if is_complex(xp, x):
        return x.dtype
    return xp.complex128 if x.dtype == xp.float64 else xp.complex64


@primitive(name="linalg.eigvals", dtypes="float", torch_name="LinalgEig")
def _eigvals(xp: Any, x: Any, /) -> Any:
    """Return the eigenvalues of square matrices, of which nothing is differentiated."""
    require_square("eigvals", x)
    values = spectral(xp, "eigvals", lambda: xp.linalg.eigvals(x), x)
    return xp.astype(values, _complex_of(xp, x), copy=False)


@composite
def eigvals(_xp: Any, x: Any, /) -> Any:
    """Return the eigenvalues of square matrices; complex.

    Parameters
    ----------
    x : Tensor, shape (..., N, N)
    """
    return eig(x)[0] if is_differentiated(x) else _eigvals(x)


def _sums(xp: Any, s: Any) -> Any:
    return as_rows(xp, s) + as_columns(xp, s)


def _svd_vjp(xp: Any, g: Any, out: Any, x_meta: Any, *, full_matrices: bool = True) -> Any:
    g_u, g_s, g_vh = g
    u, s, vh = out
    rows, columns = x_meta.shape[-2:]
    kept = min(rows, columns)
    if full_matrices and rows != columns:
        # The extra vectors only complete a basis: a gradient cannot depend on them.
        u, vh = u[..., :, :kept], vh[..., :kept, :]
        g_u = None if g_u is None else g_u[..., :, :kept]
        g_vh = None if g_vh is None else g_vh[..., :kept, :]
    if g_u is None and g_vh is None:
        return xp.matmul(times_columns(xp, u, g_s), vh)
    v = adjoint(xp, vh)
    around_u = None if g_u is None else xp.matmul(adjoint(xp, u), g_u)
    around_v = None if g_vh is None else xp.matmul(g_vh, v)
    turn_u = xp.zeros_like(around_v) if around_u is None else skew(xp, around_u)
    turn_v = xp.zeros_like(turn_u) if around_v is None else -skew(xp, around_v)
    scale = magnitude(xp, s)
    noise = None
    if g_s is None:
        largest_of = [largest(xp, one) for one in (g_u, g_vh) if one is not None]
        noise = largest_of[0] if len(largest_of) == 1 else xp.maximum(*largest_of)
    inner = off_diagonal(xp, _quotient(xp, turn_u + turn_v, _gaps(xp, s), scale, noise))
    # The diagonal is the phase's, which real vectors do not have.
    regular = _quotient(xp, turn_u - turn_v, _sums(xp, s), scale, noise)
    inner = inner + (regular if is_complex(xp, inner) else off_diagonal(xp, regular))
    if g_s is not None:
        inner = inner + embed_diagonal(xp, xp.astype(g_s, inner.dtype))
    left = xp.matmul(u, inner)
    if rows > columns and g_u is not None:
        left = left + _quotient(xp, g_u - xp.matmul(u, around_u), as_rows(xp, s), scale, noise)
    cotangent = xp.matmul(left, vh)
    if columns > rows and g_vh is not None:
        rest = g_vh - xp.matmul(around_v, vh)
        cotangent = cotangent + xp.matmul(u, _quotient(xp, rest, as_columns(xp, s), scale, noise))
    return cotangent


def _svd_jvp(xp: Any, t: Any, out: Any, x: Any, *, full_matrices: bool = True) -> Any:
    u_out, s, vh_out = out
    rows, columns = x.shape[-2:]
    kept = min(rows, columns)
    u, vh = u_out[..., :, :kept], vh_out[..., :kept, :]
    t_v = xp.matmul(t, adjoint(xp, vh))
    inner = xp.matmul(adjoint(xp, u), t_v)
    scale, noise = magnitude(xp, s), largest(xp, t)
    both = off_diagonal(xp, _quotient(xp, hermitian(xp, inner), _gaps(xp, s), scale, noise))
    apart = _quotient(xp, skew(xp, inner), _sums(xp, s), scale, noise)
    turn_u = both + off_diagonal(xp, apart)
    turn_v = both - off_diagonal(xp, apart)
    if is_complex(xp, inner):
        turn_u = turn_u + embed_diagonal(xp, diagonal_of(xp, apart) * 2.0)
    t_u = xp.matmul(u, turn_u)
    t_vh = -xp.matmul(turn_v, vh)
    if rows > columns:
        t_u = t_u + _quotient(xp, t_v - xp.matmul(u, inner), as_rows(xp, s), scale, noise)
    if columns > rows:
        across = xp.matmul(adjoint(xp, u), t)
        t_vh = t_vh + _quotient(xp, across - xp.matmul(inner, vh), as_columns(xp, s), scale, noise)
    if full_matrices and rows != columns:
        t_u = xp.concat([t_u, xp.zeros_like(u_out[..., :, kept:])], axis=-1)
        t_vh = xp.concat([t_vh, xp.zeros_like(vh_out[..., kept:, :])], axis=-2)
    return t_u, real(xp, diagonal_of(xp, inner)), t_vh


@primitive(
    name="linalg.svd",
    vjp=_svd_vjp,
    jvp=_svd_jvp,
    nout=3,
    materialize=False,
    holomorphic=False,
    dtypes="float",
    torch_name="LinalgSvd",
)
def svd(xp: Any, x: Any, /, *, full_matrices: bool = True) -> tuple[Any, Any, Any]:
    """Return U, the singular values S (descending) and Vh, with x = U diag(S) Vh.

    Where singular values are equal, or several are zero, the gradient of a function of S alone or of U and Vh alone is
    right if that function is well defined; a function of both has the gradient nan.

    Parameters
    ----------
    x : Tensor, shape (..., M, N)
    full_matrices : bool
        U and Vh square, or of min(M, N) columns and rows. The vectors that only complete a basis have no derivative.
    """
    require_matrices("svd", x)
    u, s, vh = spectral(xp, "svd", lambda: xp.linalg.svd(x, full_matrices=full_matrices), x)
    return u, s, vh


@primitive(name="linalg.svdvals", dtypes="float", torch_name="LinalgSvd")
def _svdvals(xp: Any, x: Any, /) -> Any:
    """Return the singular values, of which nothing is differentiated."""
    require_matrices("svdvals", x)
    return spectral(xp, "svdvals", lambda: xp.linalg.svdvals(x), x)


@composite
def svdvals(_xp: Any, x: Any, /) -> Any:
    """Return the singular values in descending order; the derivative is safe where they coincide.

    Parameters
    ----------
    x : Tensor, shape (..., M, N)
    """
    return svd(x, full_matrices=False)[1] if is_differentiated(x) else _svdvals(x)


__all__ = ["eig", "eigh", "eigvals", "eigvalsh", "gap_quotient", "svd", "svdvals"]
