"""Decompositions of matrices with equal eigenvalues or singular values: what is well defined has its derivative, or nan.

The table crosses functions that do not depend on the choice of vectors with degenerate matrices. Every element of the Jacobian,
in both modes, and of the Hessian, in all four combinations of modes, is right or nan: never another number. A function of the values alone or of the vectors
alone is right, and every function is where the spectrum is simple.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from on_backends import backend as backend
from on_backends import host, same

import agrad
from agrad.errors import LinAlgError

linalg = agrad.linalg
func = agrad.func


def _rotation(size: int, seed: int, complex_: bool = False) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((size, size))
    return np.linalg.qr(x + 1j * rng.standard_normal((size, size)) if complex_ else x)[0]


def _with(values: list[float], seed: int = 0, complex_: bool = False) -> np.ndarray:
    """Return the Hermitian matrix of these eigenvalues and random vectors."""
    q = _rotation(len(values), seed, complex_)
    x = (q * values) @ q.conj().T
    return (x + x.conj().T) / 2


def _between(values: list[float], rows: int, columns: int, complex_: bool = False) -> np.ndarray:
    """Return the matrix of these singular values and random vectors."""
    count = len(values)
    return (_rotation(rows, 1, complex_)[:, :count] * values) @ _rotation(columns, 2, complex_)[:count]


#: name: matrix, whether the eigenvalues are simple, and how many of the largest are taken together by the projector
HERMITIAN = {
    "identity": (np.eye(2), False, 2),
    "2 I": (2 * np.eye(3), False, 3),
    "zero": (np.zeros((2, 2)), False, 2),
    "diagonal with a pair": (np.diag([1.0, 2.0, 2.0]), False, 2),
    "two pairs": (_with([1.0, 1.0, 3.0, 3.0]), False, 2),
    "rank 1": (np.diag([0.0, 0.0, 3.0]), False, 1),
    "rank 1, rotated": (_with([0.0, 0.0, 3.0]), False, 1),
    "opposite": (_with([-2.0, 1.0, 1.0]), False, 2),
    "complex pair": (_with([1.0, 2.0, 2.0], 3, True), False, 2),
    "simple": (_with([1.0, 2.0, 4.0]), True, 2),
    "simple, complex": (_with([-1.0, 0.0, 4.0], 4, True), True, 1),
}
#: name: matrix, whether the singular values are simple and positive, whether they are positive
GENERAL = {
    "identity": (np.eye(2), False, True),
    "2 I": (2 * np.eye(3), False, True),
    "zero": (np.zeros((2, 2)), False, False),
    "zero, tall": (np.zeros((3, 2)), False, False),
    "orthogonal": (2 * _rotation(3, 5), False, True),
    "unitary": (2 * _rotation(2, 5, True), False, True),
    "pair": (_between([3.0, 3.0, 1.0], 3, 3), False, True),
    "pair, tall": (_between([3.0, 3.0], 3, 2), False, True),
    "pair, wide": (np.eye(2, 3), False, True),
    "pair, wide, complex": (_between([2.0, 2.0], 2, 3, True), False, True),
    "two zeros": (np.diag([1.0, 0.0, 0.0]), False, False),
    "two zeros, rotated": (_between([2.0], 3, 3), False, False),
    "a zero, tall": (_between([2.0], 3, 2), False, False),
    "a zero, wide": (_between([2.0], 2, 3, True), False, False),
    "a zero, complex": (_between([2.0, 1.0], 3, 3, True), False, False),
    "a zero": (_between([2.0, 1.0], 3, 3), True, False),
    "simple": (_between([3.0, 2.0, 1.0], 3, 3), True, True),
    "simple, tall": (_between([3.0, 2.0], 3, 2), True, True),
    "simple, complex, wide": (_between([3.0, 1.0], 2, 3, True), True, True),
}


#: the points that backends other than NumPy's are tried at: the rules are the same, and JAX compiles each shape anew
FEW = ("identity", "2 I", "rank 1, rotated", "complex pair", "pair, wide, complex", "two zeros, rotated", "simple")


@pytest.fixture(autouse=True)
def _few_points(request: Any, backend: str) -> None:
    point = request.node.callspec.params.get("point")
    if point is not None and point not in FEW and backend != "numpy":
        pytest.skip("tried on numpy")


def _tensor(values: Any) -> Any:
    values = np.asarray(values)
    return agrad.tensor(values.tolist(), dtype=agrad.complex128 if np.iscomplexobj(values) else agrad.float64)


def _columns(vectors: Any, values: Any) -> Any:
    return vectors * values.to(vectors.dtype).unsqueeze(-2)


def _hermitian(x: Any) -> Any:
    return (x + x.mH) * 0.5


def _by_eigh(of: Callable[[Any], Any], x: Any) -> Any:
    values, vectors = linalg.eigh(_hermitian(x))
    return _columns(vectors, of(values)) @ vectors.mH


def _by_eig(of: Callable[[Any], Any], x: Any) -> Any:
    values, vectors = linalg.eig(x)
    return _columns(vectors, of(values)) @ linalg.inv(vectors)


def _by_svd(of: Callable[[Any], Any], x: Any) -> Any:
    u, s, vh = linalg.svd(x, full_matrices=False)
    return _columns(u, of(s)) @ vh


def _polar(x: Any) -> Any:
    u, _, vh = linalg.svd(x, full_matrices=False)
    return u @ vh


def _np_polar(x: np.ndarray) -> np.ndarray:
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    return u @ vh


def _np_of(of: Callable[[Any], Any], x: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh((x + x.conj().T) / 2)
    return (vectors * of(values)) @ vectors.conj().T


def _np_projector(x: np.ndarray, count: int) -> np.ndarray:
    _, vectors = np.linalg.eigh((x + x.conj().T) / 2)
    top = vectors[:, vectors.shape[1] - count :]
    return top @ top.conj().T


def _projector(x: Any, count: int) -> Any:
    _, vectors = linalg.eigh(_hermitian(x))
    top = vectors[:, vectors.shape[1] - count :]
    return top @ top.mH


def _basis(shape: tuple[int, ...], complex_: bool) -> list[np.ndarray]:
    """Return the directions of a real basis of matrices, and one that is in none of its planes."""
    units = [np.reshape(row, shape) for row in np.eye(int(np.prod(shape)))]
    if complex_:
        units += [1j * one for one in units]
    generic = np.random.default_rng(7).standard_normal((2, *shape))
    return [*units, generic[0] + 1j * generic[1] if complex_ else generic[0]]


def _right_or_nan(found: Any, wanted: Any, *, right: bool, told: str) -> None:
    found, wanted = np.asarray(found), np.asarray(wanted)
    assert found.shape == wanted.shape
    wrong = ~(np.abs(found - wanted) <= 2e-6 * (1 + np.max(np.abs(wanted), initial=0.0)))
    if not right:
        wrong &= ~np.isnan(found)
    assert not wrong.any(), f"{told}: found\n{found}\nwanted\n{wanted}"


def _directional(reference: Callable[[np.ndarray], Any], at: np.ndarray, along: np.ndarray) -> np.ndarray:
    step = 1e-5
    return np.asarray((reference(at + step * along) - reference(at - step * along)) / (2 * step))


def _judge(
    function: Callable[[Any], Any],
    reference: Callable[[np.ndarray], Any],
    at: np.ndarray,
    *,
    reverse: bool,
    forward: bool,
) -> None:
    """Compare both modes with differences of the reference: one direction at a time, one cotangent at a time."""
    complex_ = np.iscomplexobj(at)
    directions = _basis(at.shape, complex_)
    columns = [_directional(reference, at, along) for along in directions]
    for along, wanted in zip(directions, columns, strict=True):
        _, found = func.jvp(function, (_tensor(at),), (_tensor(along + 0j if complex_ else along),))
        _right_or_nan(host(found), wanted, right=forward, told=f"forward along {along.tolist()}")
    for cotangent in _basis(columns[0].shape, np.iscomplexobj(columns[0])):
        x = _tensor(at).requires_grad_(True)
        out = function(x)
        out.backward(_tensor(cotangent + 0j if out.is_complex() else cotangent))
        found = [np.sum((host(x.grad).conj() * along).real) for along in directions]
        wanted = [np.sum((np.conj(cotangent) * column).real) for column in columns]
        _right_or_nan(found, wanted, right=reverse, told=f"reverse of {cotangent.tolist()}")


FUNCTIONS = {
    "exp": (agrad.exp, np.exp),
    "sin": (agrad.sin, np.sin),
    "identity": (lambda x: x, lambda x: x),
    "square": (lambda x: x * x, lambda x: x * x),
    "less 1": (lambda x: x - 1.0, lambda x: x - 1.0),
    "one": (lambda x: x * 0.0 + 1.0, lambda x: x * 0.0 + 1.0),
}


@pytest.mark.parametrize("point", HERMITIAN)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_hermitian_matrices(backend: str, point: str, name: str) -> None:
    at, simple, _ = HERMITIAN[point]
    of, np_of = FUNCTIONS[name]
    _judge(lambda x: _by_eigh(of, x), lambda x: _np_of(np_of, x), at, reverse=simple, forward=simple)


@pytest.mark.parametrize("point", HERMITIAN)
def test_projectors_are_functions_of_the_vectors_alone(backend: str, point: str) -> None:
    at, simple, count = HERMITIAN[point]
    _judge(lambda x: _projector(x, count), lambda x: _np_projector(x, count), at, reverse=True, forward=simple)


VALUES = {
    "trace": (lambda w: w.sum(), lambda x: np.trace(x).real),
    "squares": (lambda w: (w * w).sum(), lambda x: np.trace(x @ x).real),
    "cubes": (lambda w: (w * w * w).sum(), lambda x: np.trace(x @ x @ x).real),
}


@pytest.mark.parametrize("point", HERMITIAN)
@pytest.mark.parametrize("name", VALUES)
def test_symmetric_functions_of_eigenvalues(backend: str, point: str, name: str) -> None:
    at = HERMITIAN[point][0]
    of, reference = VALUES[name]
    for values in (linalg.eigvalsh, lambda x: linalg.eigh(x)[0]):
        _judge(
            lambda x, values=values: of(values(_hermitian(x))),
            lambda x: reference((x + x.conj().T) / 2),
            at,
            reverse=True,
            forward=True,
        )
    if backend != "strict":
        _judge(lambda x: of(linalg.eigvals(x)).real, reference, at, reverse=True, forward=True)


@pytest.mark.parametrize("point", HERMITIAN)
@pytest.mark.parametrize("name", ["exp", "square"])
def test_functions_of_matrices_by_eig(backend: str, point: str, name: str) -> None:
    at, simple, _ = HERMITIAN[point]
    complex_ = at + 0j
    of = FUNCTIONS[name][0]
    closed = {"exp": linalg.matrix_exp, "square": lambda x: x @ x}[name]
    _judge(lambda x: _by_eig(of, x), lambda x: host(closed(_tensor(x))), complex_, reverse=simple, forward=simple)


@pytest.mark.parametrize("point", GENERAL)
@pytest.mark.parametrize("name", ["identity", "cube"])
def test_functions_by_svd(backend: str, point: str, name: str) -> None:
    at, simple, _ = GENERAL[point]
    if name == "identity":
        of, reference = (lambda s: s), (lambda x: x)
    else:
        of, reference = (lambda s: s * s * s), (lambda x: x @ x.conj().T @ x)
    _judge(lambda x: _by_svd(of, x), reference, at, reverse=simple, forward=simple)


@pytest.mark.parametrize("point", [name for name, (_, _, positive) in GENERAL.items() if positive])
def test_polar_factors_are_functions_of_the_vectors_alone(backend: str, point: str) -> None:
    at, simple, _ = GENERAL[point]
    _judge(_polar, _np_polar, at, reverse=True, forward=simple)


@pytest.mark.parametrize("point", GENERAL)
def test_symmetric_functions_of_singular_values(backend: str, point: str) -> None:
    at, _, positive = GENERAL[point]
    for values in (linalg.svdvals, lambda x: linalg.svd(x)[1]):
        _judge(
            lambda x, values=values: (values(x) ** 2).sum(),
            lambda x: np.sum(np.abs(x) ** 2),
            at,
            reverse=True,
            forward=True,
        )
    if positive:
        _judge(
            lambda x: linalg.matrix_norm(x, "nuc"), lambda x: np.linalg.norm(x, "nuc"), at, reverse=True, forward=True
        )


HESSIANS = {
    "squares": (lambda x: (linalg.eigvalsh(_hermitian(x)) ** 2).sum(), lambda x: (_hermitian(x) ** 2).sum()),
    "trace": (
        lambda x: linalg.eigvalsh(_hermitian(x)).sum(),
        lambda x: (x * agrad.eye(len(x), dtype=x.dtype)).sum() ** 1,
    ),
    "cubes": (
        lambda x: (linalg.eigh(_hermitian(x))[0] ** 3).sum(),
        lambda x: (_hermitian(x) @ _hermitian(x) * _hermitian(x)).sum(),
    ),
    "exp": (lambda x: linalg.eigvalsh(_hermitian(x)).exp().sum(), lambda x: linalg.matrix_exp(_hermitian(x)).trace()),
    "an element of exp": (lambda x: _by_eigh(agrad.exp, x)[0, 1], lambda x: linalg.matrix_exp(_hermitian(x))[0, 1]),
    "singular values": (lambda x: (linalg.svdvals(x) ** 2).sum(), lambda x: (x * x).sum()),
    "fourth powers": (lambda x: (linalg.svd(x)[1] ** 4).sum(), lambda x: ((x @ x.mT) ** 2).sum()),
    "an element of x": (lambda x: _by_svd(lambda s: s, x)[0, 1] ** 2, lambda x: x[0, 1] ** 2),
    "eigenvalues": (lambda x: (linalg.eigvals(x) ** 2).sum().real, lambda x: (x * x.mT).sum()),
    "polar": (lambda x: (_polar(x) * x).sum(), lambda x: linalg.matrix_norm(x, "nuc")),
}
ORDERS = {
    "reverse over reverse": lambda f: func.jacrev(func.jacrev(f)),
    "forward over reverse": lambda f: func.jacfwd(func.jacrev(f)),
    "reverse over forward": lambda f: func.jacrev(func.jacfwd(f)),
    "forward over forward": lambda f: func.jacfwd(func.jacfwd(f)),
}


@pytest.mark.parametrize(
    "point", ["identity", "zero", "diagonal with a pair", "rank 1, rotated", "two pairs", "simple"]
)
@pytest.mark.parametrize("name", HESSIANS)
def test_second_derivatives(backend: str, point: str, name: str) -> None:
    if backend == "strict":
        pytest.skip("the same rules as on numpy")
    at, simple, _ = HERMITIAN[point]
    function, reference = HESSIANS[name]
    if name == "polar":  # whose closed form is a decomposition itself: differences of its gradient
        if point in ("zero", "rank 1, rotated"):
            pytest.skip("the polar factor of a singular matrix is not unique")
        polar = np.stack([_directional(_np_polar, at, along) for along in _basis(at.shape, False)[:-1]], axis=-1)
        wanted = polar.reshape(*at.shape, *at.shape)
    else:
        wanted = host(ORDERS["forward over reverse"](reference)(_tensor(at)))
    for order, derivative in ORDERS.items():
        _right_or_nan(host(derivative(function)(_tensor(at))), wanted, right=simple, told=order)
    if name == "trace":
        _right_or_nan(host(ORDERS["reverse over reverse"](function)(_tensor(at))), wanted, right=True, told="of a sum")


DEFECTIVE = {
    "Jordan block": [[1.0, 1.0], [0.0, 1.0]],
    "nilpotent": [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]],
    "beside a simple value": [[2.0, 3.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 5.0]],
}


@pytest.mark.parametrize("name", DEFECTIVE)
@pytest.mark.parametrize("of", ["sum", "squares"])
def test_defective_matrices(backend: str, name: str, of: str) -> None:
    at = np.asarray(DEFECTIVE[name])
    power = 1 if of == "sum" else 2
    _judge(
        lambda x: (linalg.eigvals(x) ** power).sum().real,
        lambda x: np.trace(np.linalg.matrix_power(x, power)),
        at,
        reverse=False,
        forward=False,
    )


def test_a_function_of_one_vector_of_an_equal_pair_is_nan(backend: str) -> None:
    x = _tensor(_with([1.0, 2.0, 2.0])).requires_grad_(True)
    _, vectors = linalg.eigh(x)
    (vectors[:, 2] ** 2 * _tensor([1.0, 2.0, 3.0])).sum().backward()
    assert np.isnan(host(x.grad)).any()
    x = _tensor(_with([2.0, 2.0])).requires_grad_(True)
    u, _, _ = linalg.svd(x)
    ((u[:, 0] * _tensor([1.0, 2.0])).sum() ** 2).backward()
    assert np.isnan(host(x.grad)).any()


def test_nearly_equal_values_are_judged_by_rounding(backend: str) -> None:
    """A gap that is a thousand times the rounding is a gap."""
    at = np.diag([1.0, 1.0 + 1e-6, 3.0])
    _judge(lambda x: _by_eigh(agrad.exp, x), lambda x: _np_of(np.exp, x), at, reverse=True, forward=True)


def test_a_batch_is_judged_matrix_by_matrix(backend: str) -> None:
    x = _tensor(np.stack([np.eye(3), _with([1.0, 2.0, 4.0])])).requires_grad_(True)
    values, vectors = linalg.eigh(x)
    (_columns(vectors, values) @ vectors.mH)[:, 0, 1].sum().backward()
    found = host(x.grad)
    assert np.isnan(found[0]).any()
    np.testing.assert_allclose(found[1], [[0, 0.5, 0], [0.5, 0, 0], [0, 0, 0]], atol=1e-12)
    mapped = func.vmap(func.grad(lambda x: _by_eigh(lambda w: w, x)[0, 1]))(_tensor(host(x.detach())))
    np.testing.assert_allclose(host(mapped), found, atol=1e-12)


RANK = {
    "square": ([[1.0, 2.0, 3.0], [2.0, 4.0, 1.0], [1.0, 2.0, 5.0]], False),
    "square, the last": ([[1.0, 2.0, 5.0], [2.0, 1.0, 4.0], [1.0, 2.0, 5.0]], True),
    "wide, the last": ([[1.0, 2.0, 5.0], [2.0, 4.0, 7.0]], True),
    "tall": ([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]], False),
    "regular, of small columns": ([[1.0, 2e-18], [3.0, 1e-18], [2.0, 2e-18]], True),
}


@pytest.mark.parametrize("name", RANK)
def test_qr_of_dependent_columns(backend: str, name: str) -> None:
    rows, right = RANK[name]
    at = np.asarray(rows)
    q, r = (host(one) for one in linalg.qr(_tensor(at)))
    cotangents = [np.random.default_rng(3).standard_normal(one.shape) for one in (q, r)]

    def function(x: Any) -> Any:
        q, r = linalg.qr(x)
        return (q * _tensor(cotangents[0])).sum() + (r * _tensor(cotangents[1])).sum()

    gradient = host(func.grad(function)(_tensor(at)))
    if not right:
        assert np.isnan(gradient).any()
        return
    assert np.isfinite(gradient).all()
    along = np.random.default_rng(4).standard_normal(at.shape) * np.max(np.abs(at), axis=0)
    _, tangent = func.jvp(function, (_tensor(at),), (_tensor(along),))
    np.testing.assert_allclose(np.sum(gradient * along), host(tangent), rtol=1e-9)
    if name.startswith("regular"):
        return

    def reference(x: np.ndarray) -> Any:  # with the signs that stand still
        q, r = np.linalg.qr(x)
        flip = np.sign(np.sum(q * base, axis=0))
        return np.sum(q * flip * cotangents[0]) + np.sum(r * flip[:, None] * cotangents[1])

    base = q
    np.testing.assert_allclose(np.sum(gradient * along), _directional(reference, at, along), rtol=1e-6)


def test_third_derivatives_of_det(backend: str) -> None:
    """Det is a polynomial: at the identity, whose singular values are equal, its third derivative is the permutations' sign."""
    if backend == "strict":
        pytest.skip("the same rules as on numpy")
    at = _tensor(np.eye(3))
    sign = np.zeros((3, 3, 3))
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        sign[i, j, k], sign[j, i, k] = 1.0, -1.0
    wanted = np.einsum("ace,bdf->abcdef", sign, sign)
    for third in (
        func.jacrev(func.jacrev(func.jacrev(linalg.det))),
        func.jacfwd(func.jacfwd(func.jacrev(linalg.det))),
    ):
        np.testing.assert_allclose(host(third(at)), wanted, atol=1e-12)
    for rank in ([2.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [2.0, 2.0, 0.0]):
        found = func.hessian(linalg.det)(_tensor(np.diag(rank)))
        np.testing.assert_allclose(host(found), np.einsum("abcdef,ef->abcd", wanted, np.diag(rank)), atol=1e-12)


def test_slogdet_of_singular_matrices(backend: str) -> None:
    x = _tensor([[1.0, 2.0], [2.0, 4.0]]).requires_grad_(True)
    value = linalg.slogdet(x)[1]
    assert host(value) == -np.inf
    value.backward()
    assert not np.isfinite(host(x.grad)).any()
    _, tangent = func.jvp(lambda x: linalg.slogdet(x)[1], (x.detach(),), (agrad.ones_like(x.detach()),))
    assert not np.isfinite(host(tangent)).any()


FINITE = {
    "eigh": linalg.eigh,
    "eigvalsh": linalg.eigvalsh,
    "eig": linalg.eig,
    "eigvals": linalg.eigvals,
    "svd": linalg.svd,
    "svdvals": linalg.svdvals,
    "pinv": linalg.pinv,
    "matrix_rank": linalg.matrix_rank,
    "cond": linalg.cond,
    "nuclear norm": lambda x: linalg.matrix_norm(x, "nuc"),
    "lstsq": lambda x: linalg.lstsq(x, x),
    "cholesky": linalg.cholesky,
}


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("name", FINITE)
@pytest.mark.parametrize("recorded", [False, True])
def test_decompositions_of_nan_are_errors(backend: str, name: str, value: float, recorded: bool) -> None:
    x = _tensor([[2.0, 1.0], [1.0, 3.0]])
    x[0, 0] = value
    x.requires_grad_(recorded)
    with pytest.raises(LinAlgError, match=r"^linalg\.\w+: .*received shape \(2, 2\)"):
        FINITE[name](x)


@pytest.mark.parametrize("name", ["qr", "inv", "det", "slogdet"])
def test_what_is_no_spectrum_carries_nan_on(backend: str, name: str) -> None:
    x = _tensor([[np.nan, 1.0], [1.0, 3.0]]).requires_grad_(True)
    out = getattr(linalg, name)(x)
    out = out[-1] if isinstance(out, tuple) else out
    assert np.isnan(host(out)).any()
    out.sum().backward()
    assert np.isnan(host(x.grad)).any()


def test_eigh_reads_one_triangle(backend: str) -> None:
    same(linalg.eigvalsh(_tensor([[2.0, np.nan], [0.0, 3.0]])), [2.0, 3.0])
