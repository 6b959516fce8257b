"""Cases of agrad.primitives.linalg.

Decompositions are judged through functions that do not depend on their gauge: functions of the matrix, projections of
single vectors. What looks at Hermitian matrices only is called with the Hermitian part of its argument, so that
differences stay among such matrices.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from agrad import array_api as xp
from agrad_conformance.case import INEXACT, A, Case, Hazard, Sample, V

SQUARE = ((3, 3), (2, 3, 3), (1, 1), (0, 0), (0, 2, 2))
OBLONG = ((3, 3), (4, 2), (2, 4), (2, 4, 3), (1, 3), (3, 1), (1, 1))
INFINITY = float("inf")


def _same(bound: float) -> dict[str, float]:
    return dict.fromkeys(INEXACT, bound)


def _of(shapes: Any, kind: str = "real", **params: Any) -> list[Sample]:
    return [Sample((A(shape, kind),), params) for shape in shapes]


def _adjoint(x: Any) -> Any:
    return xp.conj(xp.matrix_transpose(x)) if x.dtype.is_complex else xp.matrix_transpose(x)


def _hermitian(x: Any) -> Any:
    return (x + _adjoint(x)) * 0.5


def _np_adjoint(x: Any) -> Any:
    return np.conj(np.swapaxes(x, -1, -2))


def _np_hermitian(x: Any) -> Any:
    return (x + _np_adjoint(x)) / 2


def _scaled(vectors: Any, values: Any) -> Any:
    return vectors * xp.expand_dims(xp.astype(values, vectors.dtype), axis=-2)


def _upon_hermitian(function: Callable[..., Any], x: Any, **params: Any) -> Any:
    return function(_hermitian(x), **params)


def _np_cholesky(x: Any, upper: bool = False) -> Any:
    lower = np.linalg.cholesky(_np_hermitian(x))
    return _np_adjoint(lower) if upper else lower


def _eigh(function: Callable[..., Any], x: Any) -> Any:
    """Return sin of a matrix by its eigenvalues: a function of the matrix, whatever vectors were chosen."""
    values, vectors = function(_hermitian(x))
    return xp.matmul(_scaled(vectors, xp.sin(values)), _adjoint(vectors))


def _np_eigh(x: Any) -> Any:
    values, vectors = np.linalg.eigh(_np_hermitian(x))
    return (vectors * np.sin(values)[..., None, :]) @ _np_adjoint(vectors)


def _apart(x: Any) -> Any:
    """Return x with a diagonal added that keeps eigenvalues apart."""
    return (
        x + xp.asarray(np.diag(3.0 * np.arange(x.shape[-1])).tolist(), dtype=x.dtype, device=x.device) if x.size else x
    )


def _np_apart(x: Any) -> Any:
    return x + np.diag(3.0 * np.arange(x.shape[-1]))


def _eig(function: Callable[..., Any], x: Any) -> Any:
    values, vectors = function(_apart(x))
    return xp.matmul(_scaled(vectors, xp.sin(values)), xp.linalg.inv(vectors))


def _np_eig(x: Any) -> Any:
    values, vectors = np.linalg.eig(_np_apart(x))
    return (vectors * np.sin(values.astype(complex))[..., None, :]) @ np.linalg.inv(vectors)


def _eigvals(function: Callable[..., Any], x: Any) -> Any:
    """Return power sums of the eigenvalues, which do not depend on their order."""
    values = function(_apart(x))
    return xp.stack([xp.sum(values, axis=-1), xp.sum(xp.sin(values * 0.1), axis=-1)])


def _np_eigvals(x: Any) -> Any:
    values = np.linalg.eigvals(_np_apart(x)).astype(complex)
    return np.stack([np.sum(values, axis=-1), np.sum(np.sin(values * 0.1), axis=-1)])


def _svd(function: Callable[..., Any], x: Any, **params: Any) -> Any:
    """Return U exp(S) Vh, and the projections of U's and V's leading vectors."""
    u, s, vh = function(x, **params)
    count = s.shape[-1]
    u, vh = u[..., :, :count], vh[..., :count, :]
    first = xp.abs(u[..., :, :1]) ** 2
    return xp.matmul(_scaled(u, xp.exp(s)), vh), s, first, xp.abs(vh[..., :1, :]) ** 2


def _np_svd(x: Any, full_matrices: bool = True) -> Any:
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    product = (u * np.exp(s)[..., None, :]) @ vh
    return product, s, np.abs(u[..., :, :1]) ** 2, np.abs(vh[..., :1, :]) ** 2


def _qr(function: Callable[..., Any], x: Any, **params: Any) -> Any:
    """Return Q and R with the signs that make R's diagonal positive."""
    q, r = function(x, **params)
    count = min(r.shape[-2:])
    diagonal = xp.linalg.diagonal(r)
    phase = diagonal / xp.astype(xp.abs(diagonal), r.dtype)
    back = xp.conj(phase) if r.dtype.is_complex else phase
    return q[..., :, :count] * xp.expand_dims(phase, axis=-2), r[..., :count, :] * xp.expand_dims(back, axis=-1)


def _np_qr(x: Any, mode: str = "reduced") -> Any:
    q, r = np.linalg.qr(x)
    diagonal = np.diagonal(r, axis1=-2, axis2=-1)
    phase = diagonal / np.abs(diagonal)
    return q * phase[..., None, :], r * np.conj(phase)[..., :, None]


def _slogdet(function: Callable[..., Any], x: Any) -> Any:
    sign, logabsdet = function(x)
    return sign, logabsdet


def _np_solve(x: Any, y: Any) -> Any:
    return np.linalg.solve(x, y[..., None])[..., 0] if y.ndim == 1 else np.linalg.solve(x, y)


def _np_solve_triangular(x: Any, y: Any, upper: bool = False) -> Any:
    return np.linalg.solve(np.triu(x) if upper else np.tril(x), y)


def _np_cofactors(x: Any) -> Any:
    return np.linalg.det(x)[..., None, None] * np.swapaxes(np.linalg.inv(x), -1, -2)


def _np_diagonal(x: Any, offset: int = 0) -> Any:
    return np.diagonal(x, offset, axis1=-2, axis2=-1)


def _np_matrix_exp(x: Any) -> Any:
    """Return the exponential by squaring a Taylor series."""
    small = x / 2.0**12
    term = out = np.broadcast_to(np.eye(x.shape[-1]), x.shape).astype(x.dtype)
    for k in range(1, 12):
        term = term @ small / k
        out = out + term
    for _ in range(12):
        out = out @ out
    return out


def _np_householder_product(x: Any, tau: Any) -> Any:
    rows, columns = x.shape[-2:]
    out = np.broadcast_to(np.eye(rows), (*x.shape[:-2], rows, rows)).astype(x.dtype)
    for i in range(tau.shape[-1]):
        v = np.where(np.arange(rows)[:, None] > i, x[..., :, i : i + 1], np.eye(rows, columns)[:, i : i + 1])
        out = out - tau[..., i, None, None] * ((out @ v) @ _np_adjoint(v))
    return out[..., :, :columns]


def _np_vector_norm(x: Any, axis: Any = None, keepdims: bool = False, ord: float = 2) -> Any:
    absolute = np.abs(x)
    if ord == 0:
        return np.sum(absolute != 0, axis=axis, keepdims=keepdims).astype(absolute.dtype)
    if ord in (INFINITY, -INFINITY):
        return (np.max if ord > 0 else np.min)(absolute, axis=axis, keepdims=keepdims)
    return np.sum(absolute**ord, axis=axis, keepdims=keepdims) ** (1 / np.asarray(ord, dtype=absolute.dtype))


def _np_matrix_norm(x: Any, keepdims: bool = False, ord: Any = "fro") -> Any:
    return np.linalg.norm(x, ord=ord, axis=(-2, -1), keepdims=keepdims)


#: a tolerance of 0.5 is 2 here: taken as absolute it would find another rank
SCALED = [[4.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 3.0]]

CASES = [
    Case(
        "linalg.cholesky",
        [*_of(SQUARE, "spd"), *_of(((3, 3), (2, 2, 2)), "spd", upper=True)],
        reference=_np_cholesky,
        call=_upon_hermitian,
        dtypes=INEXACT,
        ulp=_same(32),
        grad_ulp=_same(4096),
    ),
    Case(
        "linalg.qr",
        [*_of(((3, 3), (4, 2), (2, 4), (2, 4, 3), (3, 1), (1, 1))), *_of(((3, 3), (2, 4)), mode="complete")],
        reference=_np_qr,
        call=_qr,
        dtypes=INEXACT,
        ulp=_same(512),
        grad_ulp=_same(2e5),
    ),
    Case(
        "linalg.eigh",
        _of(SQUARE),
        reference=_np_eigh,
        call=_eigh,
        dtypes=INEXACT,
        ulp=_same(256),
        grad_ulp=_same(4096),
    ),
    Case(
        "eigvalsh",
        _of(SQUARE),
        reference=lambda x: np.linalg.eigvalsh(_np_hermitian(x)),
        call=_upon_hermitian,
        dtypes=INEXACT,
        ulp=_same(64),
        grad_ulp=_same(4096),
        hazards=[
            Hazard(
                (V([[2.0, 0.0], [0.0, 2.0]]),),
                gradients=([[1.0, 0.0], [0.0, 1.0]],),
                why="the sum of eigenvalues is the trace, also where they coincide",
            )
        ],
    ),
    Case(
        "linalg.eig",
        _of(((3, 3), (2, 3, 3), (1, 1))),
        reference=_np_eig,
        call=_eig,
        dtypes=INEXACT,
        ulp=_same(2048),
        grad_ulp=_same(2e5),
    ),
    Case(
        "eigvals",
        _of(((3, 3), (2, 3, 3), (1, 1))),
        reference=_np_eigvals,
        call=_eigvals,
        dtypes=INEXACT,
        ulp=_same(256),
        grad_ulp=_same(8192),
    ),
    Case(
        "linalg.svd",
        [*_of(OBLONG, full_matrices=False), *_of(((3, 3), (4, 2), (2, 4)), full_matrices=True)],
        reference=_np_svd,
        call=_svd,
        dtypes=INEXACT,
        ulp=_same(512),
        grad_ulp=_same(2e5),
    ),
    Case(
        "svdvals",
        [*_of(OBLONG), *_of(((0, 3), (3, 0)))],
        reference=lambda x: np.linalg.svd(x, compute_uv=False),
        dtypes=INEXACT,
        ulp=_same(64),
        grad_ulp=_same(8192),
        hazards=[
            Hazard(
                (V([[2.0, 0.0], [0.0, 2.0]]),),
                gradients=([[1.0, 0.0], [0.0, 1.0]],),
                why="the nuclear norm is smooth where singular values coincide",
            )
        ],
    ),
    *(
        Case(
            name,
            _of(((3, 3), (2, 3, 3), (1, 1))),
            reference=reference,
            call=call,
            dtypes=INEXACT,
            ulp=_same(256),
            differentiable=False,
            jvp=False,
            second_order=False,
            notes="What is differentiated takes the whole decomposition.",
        )
        for name, reference, call in (
            ("linalg.eigvalsh", lambda x: np.linalg.eigvalsh(_np_hermitian(x)), _upon_hermitian),
            ("linalg.eigvals", _np_eigvals, _eigvals),
            ("linalg.svdvals", lambda x: np.linalg.svd(x, compute_uv=False), None),
        )
    ),
    Case(
        "linalg.gap_quotient",
        [
            Sample((A(shape), A(gap, "nonzero"), V(np.zeros(gap), "bool"), V(np.zeros(gap), "bool")))
            for shape, gap in (((3, 3), (3, 3)), ((2, 3, 4), (1, 4)), ((0, 3), (3,)), ((), ()))
        ],
        reference=lambda x, gap, vanishes, absent: x / gap,
        ulp=_same(1),
        hazards=[
            Hazard(
                (V([0.0, 1.0, 6.0]), V([0.0, 0.0, 2.0]), V([1, 1, 0], "bool"), V([1, 0, 0], "bool")),
                gradients=([np.nan, np.nan, 0.5], [np.nan, np.nan, -1.5]),
                value=[0.0, np.nan, 3.0],
                why="0 / 0 is 0 only as long as nothing changes",
            )
        ],
    ),
    Case(
        "linalg.solve",
        [
            Sample((A(left, "wellconditioned"), A(right)))
            for left, right in (
                ((3, 3), (3,)),
                ((3, 3), (3, 2)),
                ((2, 3, 3), (3,)),
                ((2, 3, 3), (3, 2)),
                ((3, 3), (2, 3, 2)),
                ((2, 1, 3, 3), (2, 3, 2)),
                ((1, 1), (1,)),
                ((0, 0), (0, 2)),
            )
        ],
        reference=_np_solve,
        dtypes=INEXACT,
        ulp=_same(64),
        grad_ulp=_same(1024),
    ),
    Case(
        "linalg.solve_triangular",
        [
            Sample((A(left, "wellconditioned"), A(right)), {"upper": upper})
            for upper in (False, True)
            for left, right in (((3, 3), (3, 2)), ((2, 3, 3), (3, 2)), ((3, 3), (2, 3, 1)), ((1, 1), (1, 1)))
        ],
        edges=[
            Sample((A(left, "wellconditioned"), A(right))) for left, right in (((0, 3, 3), (0, 3, 2)), ((3, 3), (3, 0)))
        ],
        reference=_np_solve_triangular,
        dtypes=INEXACT,
        ulp=_same(64),
        grad_ulp=_same(1024),
    ),
    Case(
        "linalg.inv",
        _of(SQUARE, "wellconditioned"),
        reference=np.linalg.inv,
        dtypes=INEXACT,
        ulp=_same(64),
        grad_ulp=_same(1024),
    ),
    Case(
        "linalg.det",
        _of(SQUARE, "wellconditioned"),
        reference=np.linalg.det,
        dtypes=INEXACT,
        ulp=_same(64),
        grad_ulp=_same(2048),
        hazards=[
            Hazard(
                (V([[1.0, 2.0], [2.0, 4.0]]),),
                gradients=([[4.0, -2.0], [-2.0, 1.0]],),
                why="the adjugate is the derivative of a singular matrix's determinant",
            ),
            Hazard((V([[0.0, 0.0], [0.0, 0.0]]),), gradients=([[0.0, 0.0], [0.0, 0.0]],), why="rank n - 2: zero"),
        ],
    ),
    Case(
        "linalg.cofactors",
        [
            *_of(((2, 2), (3, 3), (2, 3, 3)), "wellconditioned"),
            # The cofactor of a number is 1.
            Sample((A((1, 1), "wellconditioned"),), differentiable=False),
        ],
        reference=_np_cofactors,
        dtypes=INEXACT,
        ulp=_same(256),
        grad_ulp=_same(4096),
        hazards=[
            Hazard(
                (V([[0.0, 0.0], [0.0, 0.0]]),),
                gradients=([[1.0, -1.0], [-1.0, 1.0]],),
                value=[[0.0, 0.0], [0.0, 0.0]],
                why="det of a 2 x 2 matrix is a quadratic form",
            )
        ],
    ),
    Case(
        "linalg.slogdet",
        _of(SQUARE, "wellconditioned"),
        reference=lambda x: tuple(np.linalg.slogdet(x)),
        call=_slogdet,
        dtypes=INEXACT,
        ulp=_same(256),
        grad_ulp=_same(2048),
    ),
    Case(
        "linalg.pinv",
        [*_of(OBLONG, "wellconditioned"), *_of(((3, 2),), "wellconditioned", rtol=1e-3)],
        reference=lambda x, rtol=None: np.linalg.pinv(x),
        dtypes=INEXACT,
        ulp=_same(256),
        grad_ulp=_same(4096),
    ),
    Case(
        "pinv",
        [
            *_of(((3, 2),), "wellconditioned"),
            Sample((A((2, 3, 2), "wellconditioned"),), {"rtol": 1e-3}),
        ],
        reference=lambda x, rtol=None: np.linalg.pinv(x),
        dtypes=INEXACT,
        ulp=_same(256),
        grad_ulp=_same(4096),
    ),
    Case(
        "lstsq",
        [Sample((A((4, 2), "wellconditioned"), A((4, 3)))), Sample((A((2, 4), "wellconditioned"), A((2,))))],
        reference=lambda x, y: np.linalg.pinv(x) @ y,
        dtypes=INEXACT,
        ulp=_same(256),
        grad_ulp=_same(4096),
    ),
    Case(
        "linalg.matrix_exp",
        _of(((3, 3), (2, 3, 3), (1, 1), (0, 0))),
        reference=_np_matrix_exp,
        dtypes=INEXACT,
        ulp=_same(512),
        grad_ulp=_same(8192),
        hazards=[
            Hazard(
                (V([[0.0, 0.0], [0.0, 0.0]]),),
                gradients=([[1.0, 1.0], [1.0, 1.0]],),
                value=[[1.0, 0.0], [0.0, 1.0]],
                why="exp is 1 + x near 0",
            ),
            Hazard(
                (V([[-2e3, 0.0], [0.0, 0.0]]),),
                value=[[0.0, 0.0], [0.0, 1.0]],
                why="much squaring must not blow up rounding",
            ),
        ],
    ),
    Case(
        "householder_product",
        [
            Sample((A(vectors), A(scales)))
            for vectors, scales in (((3, 3), (3,)), ((4, 2), (2,)), ((2, 3, 2), (2, 1)), ((3, 2), (0,)), ((1, 1), (1,)))
        ],
        reference=_np_householder_product,
        dtypes=INEXACT,
        ulp=_same(64),
        grad_ulp=_same(1024),
    ),
    Case(
        "matrix_power",
        [Sample((A(shape, "wellconditioned"),), {"n": n}) for shape in ((3, 3), (2, 2, 2)) for n in (0, 1, 2, 5, -2)],
        reference=lambda x, n: np.linalg.matrix_power(x, n),
        call=lambda function, x, n: function(x, n),
        dtypes=INEXACT,
        ulp=_same(128),
        grad_ulp=_same(2048),
    ),
    Case(
        "linalg.diagonal",
        [*_of(((3, 4), (2, 4, 3), (0, 3))), *_of(((3, 4), (1, 1)), offset=1), *_of(((4, 3), (1, 3)), offset=-2)],
        reference=_np_diagonal,
        dtypes=INEXACT,
        ulp=0,
    ),
    Case(
        "linalg.diag_embed",
        [*_of(((3,), (2, 3), (0,))), *_of(((3,), (2, 2)), offset=1), *_of(((2, 3),), offset=-2)],
        dtypes=INEXACT,
        ulp=0,
    ),
    Case(
        "linalg.trace",
        [*_of(((3, 4), (2, 4, 3), (0, 3))), *_of(((3, 4),), offset=2), *_of(((4, 3), (1, 1)), offset=-1)],
        reference=lambda x, offset=0: np.trace(x, offset, axis1=-2, axis2=-1),
        dtypes=INEXACT,
        ulp=_same(8),
    ),
    Case(
        "linalg.cross",
        [
            *(Sample((A(left), A(right))) for left, right in (((3,), (3,)), ((2, 3), (3,)), ((4, 2, 3), (2, 3)))),
            Sample((A((3, 2)), A((3, 2))), {"axis": 0}),
        ],
        reference=lambda x, y, axis=-1: np.cross(x, y, axis=axis),
        dtypes=INEXACT,
        ulp=_same(8),
    ),
    Case(
        "linalg.vector_norm",
        [
            *(
                _of(((3, 4),), "nonzero", ord=order)[0]
                for order in (0, 0.5, 1, 1.5, 2, 3, -1, -2.5, INFINITY, -INFINITY)
            ),
            *_of(((2, 3, 4),), axis=(0, 2), keepdims=True),
            *_of(((2, 3),), axis=-1, ord=3),
            *_of(((), (0, 3))),
        ],
        reference=_np_vector_norm,
        dtypes=INEXACT,
        ulp=_same(16),
        grad_ulp=_same(256),
        hazards=[
            *(
                Hazard((V([0.0, 0.0]),), params={"ord": order}, gradients=([0.0, 0.0],), value=0.0, why="0 at zero")
                for order in (1, 1.5, 2, 3, INFINITY)
            ),
            Hazard((V([3.0, -3.0, 1.0]),), params={"ord": INFINITY}, gradients=([0.5, -0.5, 0.0],), why="ties share"),
            Hazard((V([0.0, 2.0]),), params={"ord": 1.5}, gradients=([0.0, 1.0],), why="an element that is 0"),
            Hazard((V([0.0, 2.0]),), params={"ord": 0}, gradients=([0.0, 0.0],), value=1.0, why="a count"),
        ],
    ),
    Case(
        "matrix_norm",
        [
            *(_of(((3, 4),), ord=order)[0] for order in ("fro", "nuc", 1, -1, 2, -2, INFINITY, -INFINITY)),
            *_of(((2, 3, 2),), ord="nuc", keepdims=True),
            *_of(((2, 3, 2),), ord=1, keepdims=True),
        ],
        reference=_np_matrix_norm,
        dtypes=INEXACT,
        ulp=_same(32),
        grad_ulp=_same(4096),
        hazards=[
            Hazard((V([[0.0, 0.0], [0.0, 0.0]]),), gradients=([[0.0, 0.0], [0.0, 0.0]],), value=0.0, why="0 at zero")
        ],
    ),
    Case(
        "cond",
        [*_of(((3, 3), (2, 2, 2)), "wellconditioned"), *_of(((3, 3),), "wellconditioned", ord="fro")],
        reference=lambda x, ord=None: np.linalg.cond(x, ord),
        dtypes=INEXACT,
        ulp=_same(256),
        grad_ulp=_same(8192),
    ),
    Case(
        "matrix_rank",
        [*_of(((3, 4),)), Sample((A((2, 3, 3)), V([0.5, 1e-3])), {}), Sample((V(SCALED),), {"rtol": 0.5})],
        call=lambda function, x, *rtol, **params: function(x, rtol=rtol[0]) if rtol else function(x, **params),
        dtypes=("float32", "float64"),
        differentiable=False,
        ulp=0,
    ),
    Case(
        "linalg.matrix_rank",
        [*_of(((3, 4), (2, 3, 3))), Sample((V([[1.0, 2.0], [2.0, 4.0]]),)), Sample((V(SCALED),), {"rtol": 0.5})],
        dtypes=INEXACT,
        differentiable=False,
        ulp=0,
        without={"0-d": "a matrix has two axes; the faces refuse fewer"},
    ),
]
