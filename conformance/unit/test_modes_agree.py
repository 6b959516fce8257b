"""All nestings of forward and reverse mode agree with each other, and with mpmath, at special points.

The judge does so for primitives on every backend (``agrad_conformance.points``). Here are functions of PyTorch's face, whether every
differentiable primitive has its points, and the check itself: it finds constants in branches of rules.
"""

from __future__ import annotations

from typing import Any

import face_points
import mpmath as mp
import pytest
from agrad_conformance.driver import Place
from agrad_conformance.points import Points, one, two, whole
from agrad_conformance.points.modes import examine
from agrad_conformance.points.table import WITHOUT, all_points, lacking, needless

import agrad
from agrad import func

own = agrad.primitive


@pytest.fixture(autouse=True)
def _double_precision():
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


def test_every_differentiable_primitive_has_special_points_or_a_reason():
    assert lacking() == []
    assert needless() == []
    assert all(WITHOUT.values())


def test_a_primitive_without_points_is_found(monkeypatch):
    monkeypatch.delitem(WITHOUT, "matmul")
    assert lacking() == ["matmul"]
    monkeypatch.setitem(WITHOUT, "exp", "none")
    monkeypatch.setitem(WITHOUT, "no_such_thing", "none")
    assert needless() == ["exp", "no_such_thing"]


def _told(points: Points) -> str:
    return f"{points.name} {points.args}"[:80]


@pytest.mark.parametrize("backend", ["numpy", "jax"])
@pytest.mark.parametrize("points", face_points.POINTS, ids=_told)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_functions_of_the_face(points, backend):
    place = Place(backend)
    assert [str(finding) for finding in examine(points, place, fewer=place.compiles)] == []


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    "points", [p for p in all_points() if p.name in ("pow", "logaddexp", "scatter_reduce", "hypot")], ids=_told
)
def test_primitives_that_had_constants_in_branches(points):
    assert [str(finding) for finding in examine(points, Place("numpy"))] == []


# ---------------------------------------------------------------- the numbers that were wrong


def double(*values: float) -> Any:
    return agrad.tensor(list(values), dtype=agrad.float64)


def test_hessians_at_ties_and_zeros():
    def entries(f: Any, *x: float) -> Any:
        return func.hessian(f)(double(*x)).tolist()

    assert entries(lambda z: agrad.logaddexp(z[0], z[1]), 5.0, 5.0) == [[0.25, -0.25], [-0.25, 0.25]]
    assert entries(lambda z: z[0] ** z[1], 2.0, 0.0)[0][1] == 0.5
    assert entries(lambda z: z[0] ** z[1], 0.0, 2.0) == [[2.0, 0.0], [0.0, 0.0]]
    assert entries(lambda z: agrad.nn.functional.huber_loss(z[0], z[1]), 1.0, 1.0) == [[1.0, -1.0], [-1.0, 1.0]]
    assert entries(lambda z: agrad.nn.functional.smooth_l1_loss(z[0], z[1], beta=0.5), 1.0, 1.0) == [
        [2.0, -2.0],
        [-2.0, 2.0],
    ]
    index = agrad.tensor([0, 0, 0])
    ones = agrad.ones(1, dtype=agrad.float64)
    assert entries(lambda z: ones.scatter_reduce(0, index, z, "prod").sum(), 0.0, 0.0, 4.0)[0] == [0.0, 4.0, 0.0]
    assert entries(lambda z: ones.index_reduce(0, index, z, "prod").sum(), 0.0, 0.0, 4.0)[0] == [0.0, 4.0, 0.0]
    assert entries(lambda z: agrad.prod(z), 0.0, 0.0, 4.0)[0] == [0.0, 4.0, 0.0]


def test_products_into_places_do_not_mix_places():
    big = agrad.tensor([1e200, 1e200, 2.0, 3.0, 0.0], dtype=agrad.float64, requires_grad=True)
    index = agrad.tensor([1, 1, 0, 0, 2])
    x = agrad.ones(4, dtype=agrad.float64)
    (g,) = agrad.autograd.grad(x.scatter_reduce(0, index, big, "prod")[:1].sum(), big)
    assert g.tolist()[2:4] == [3.0, 2.0]


@pytest.mark.parametrize(
    "function",
    [
        agrad.relu,
        agrad.nn.functional.relu6,
        agrad.nn.functional.leaky_relu,
        agrad.nn.functional.hardtanh,
        agrad.nn.functional.softshrink,
        agrad.nn.functional.hardshrink,
        agrad.nn.functional.hardsigmoid,
        agrad.nn.functional.rrelu,
        lambda x: agrad.threshold(x, 0.5, 2.0),
    ],
)
def test_the_second_derivative_of_pieces_is_a_zero_that_is_recorded(function):
    x = double(-1.0, 0.0, 0.25, 3.0, 7.0).requires_grad_()
    (g,) = agrad.autograd.grad(function(x).sum(), x, create_graph=True)
    assert g.requires_grad
    (h,) = agrad.autograd.grad(g.sum(), x)
    assert h.tolist() == [0.0] * 5


# ---------------------------------------------------------------- the check is checked


def _share(xp, x, y):
    return 1 / (1 + xp.exp(y - x))


@own(
    vjp=(
        lambda xp, g, _out, x, y: xp.where(x == y, g / 2, g * _share(xp, x, y)),
        lambda xp, g, _out, x, y: xp.where(x == y, g / 2, g * _share(xp, y, x)),
    ),
    elementwise=True,
)
def constant_at_ties(xp, x, y):
    return xp.logaddexp(x, y)


@own(
    vjp=lambda xp, g, _out, x: 2 * g * x,
    jvp=lambda xp, t, _out, x: xp.where(x == 0, 0 * t, 2 * t * (x + 0 * x)),
    elementwise=True,
)
def forward_is_constant_at_zero(xp, x):
    return x * x


@own(
    vjp=lambda xp, g, out, x: g * xp.where(x == 0, 0, out / xp.where(x == 0, 1, x)),
    jvp=lambda xp, t, out, x: xp.sum(t * xp.where(x == 0, 0, out / xp.where(x == 0, 1, x))),
)
def product_by_division(xp, x):
    return xp.prod(x)


def _lost(points: Points) -> set[str]:
    return {finding.nesting for finding in examine(points, Place("numpy"))}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_constant_in_a_branch_is_found_in_the_next_order_by_all_modes():
    germ = lambda x, y: mp.log(mp.exp(x) + mp.exp(y))
    apart = two("constant_at_ties", [(0.0, 1.0)], germ, function=constant_at_ties)
    tied = two("constant_at_ties", [(5.0, 5.0), (0.0, 1.0)], germ, function=constant_at_ties)
    assert _lost(apart) == set()
    assert {"rr", "fr", "rf", "ff", "tt", "vmap(rf)"} <= _lost(tied)
    assert "r" not in _lost(tied)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_one_mode_that_is_wrong_is_found():
    points = one("forward_is_constant_at_zero", [0.0, 1.0], lambda x: x * x, function=forward_is_constant_at_zero)
    lost = _lost(points)
    assert "rf" in lost and "ff" in lost and "rr" not in lost


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_product_that_divides_is_found():
    points = whole(
        "product_by_division", [[0.0, 2.0, 3.0]], lambda x: x[0] * x[1] * x[2], function=product_by_division, vmap=False
    )
    assert {"r", "f", "t"} <= _lost(points)


def test_without_a_germ_modes_are_compared_with_each_other():
    points = one("forward_is_constant_at_zero", [0.0, 1.0], function=forward_is_constant_at_zero, order=2)
    assert _lost(points) == {"rf", "ff", "vmap(rf)"}
