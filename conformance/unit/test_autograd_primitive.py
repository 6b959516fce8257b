"""agrad.primitive: an operation of one's own and its rule, and the judge for its author."""

from __future__ import annotations

import numpy as np
import pytest
from agrad_conformance.author import A, Sample, check_primitive
from agrad_conformance.cases import all_cases
from agrad_conformance.runner import uncovered
from on_backends import backend, double, leaf, same  # noqa: F401 - a fixture

import agrad
from agrad import func
from agrad.extend import LINEAR


@agrad.primitive(vjp=lambda xp, g, _out, x: 3 * g * x * x, elementwise=True)
def own_cube(xp, x):
    return x * x * x


@agrad.primitive(
    vjp=(lambda xp, g, _out, _x, y: g * y, lambda xp, g, _out, x, _y: g * x), jvp=(LINEAR, LINEAR), elementwise=True
)
def own_product(xp, x, y):
    return x * y


@agrad.primitive(vjp=lambda xp, g, _out, _x, *, times: g * times, jvp=LINEAR)
def own_scaling(xp, x, *, times):
    """Return x times a parameter."""
    return x * times


@agrad.primitive(vjp=lambda xp, g, _out, x: g * 2 * x * x, elementwise=True)
def own_wrong_cube(xp, x):
    return x * x * x


@pytest.mark.usefixtures("backend")
class TestOnEveryBackend:
    def test_derivatives(self):
        x = leaf()
        own_cube(x).sum().backward()
        same(x.grad, [3.0, 12.0])
        same(func.hessian(lambda x: own_cube(x).sum())(double([1.0, 2.0])), [[6.0, 0.0], [0.0, 12.0]])
        same(func.vmap(func.grad(own_cube))(double([1.0, 2.0])), [3.0, 12.0])
        same(func.jvp(own_cube, (double(2.0),), (double(1.0),))[1], 12.0)

    def test_broadcasting_numbers_and_parameters(self):
        x, y = leaf(), double([[1.0], [2.0], [3.0]], True)
        own_scaling(own_product(x, y), times=2.0).sum().backward()
        same(x.grad, [12.0, 12.0])
        same(y.grad, [[6.0]] * 3)
        same(own_product(double([1.0, 2.0]), 3), [3.0, 6.0])

    def test_its_node(self):
        assert own_cube(leaf()).grad_fn.name() == "OwnCubeBackward0"


def test_the_judge_passes_what_is_right():
    report = check_primitive(own_cube, [Sample((A((2, 3)),)), Sample((A(()),))], reference=lambda x: x**3)
    assert report.passed and "numpy" in report.places
    assert check_primitive(
        own_product, [Sample((A((2, 3)), A((3,))))], reference=np.multiply, backends=["numpy"]
    ).passed
    assert check_primitive(own_scaling, [Sample((A((2,)),), {"times": 3.0})], backends=["numpy"]).passed


def test_the_judge_fails_what_is_wrong():
    with pytest.raises(AssertionError, match="vjp against differences"):
        check_primitive(own_wrong_cube, [Sample((A((2, 3)),))], reference=lambda x: x**3, backends=["numpy"])
    with pytest.raises(AssertionError, match="value"):
        check_primitive(own_cube, [Sample((A((2, 3)),))], reference=lambda x: x**2, backends=["numpy"])
    with pytest.raises(TypeError, match="judges what agrad"):
        check_primitive(len, [])


def test_own_operations_are_no_gap_in_agrads_table():
    assert not [name for name in uncovered(all_cases()) if name.startswith("own_")]


def test_a_definition_that_runs_again_replaces_itself():
    def define(factor):
        @agrad.primitive(vjp=lambda xp, g, _out, _x: g * factor, jvp=LINEAR)
        def own_again(xp, x):
            return x * factor

        return own_again

    define(2.0)
    again = define(3.0)
    x = leaf()
    again(x).sum().backward()
    same(x.grad, [3.0, 3.0])
    same(func.grad(lambda x: again(x).sum())(double([1.0])), [3.0])


@pytest.mark.parametrize(
    "rule, words",
    [
        (lambda xp, g, x: g, "takes (xp, g, out, x), 4 positional arguments; it has 3: (xp, g, x)"),
        (lambda xp, g, _out, x, y: g, "it has 5"),
    ],
)
def test_rules_that_cannot_be_called(rule, words):
    with pytest.raises(TypeError) as told:

        @agrad.primitive(vjp=rule)
        def own_broken(xp, x):
            return x

    assert words in str(told.value)


def test_names_that_are_taken():
    with pytest.raises(ValueError, match="a primitive named 'add' exists already"):

        @agrad.primitive(vjp=lambda xp, g, _out, _x: g)
        def add(xp, x):
            return x


def test_under_jit():
    jax = pytest.importorskip("jax")
    assert float(jax.jit(func.grad(own_cube))(jax.numpy.asarray(2.0))) == 12.0
