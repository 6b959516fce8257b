"""What creations and moves share: a write to a result changes the operand where the standard's function is a view here, and nowhere else.

The same on every backend, also where arrays are immutable. The derivative with respect to a fill is part of it.
"""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from on_backends import backend, double, host, same  # noqa: F401 - a fixture

import agrad
import agrad.array_api as xp
from agrad import func


def array(*shape):
    return xp.reshape(xp.arange(1.0, 1.0 + int(np.prod(shape)), dtype=xp.float64), shape)


def zero_d():
    return xp.asarray(3.0, dtype=xp.float64)


#: functions of an operand, and the operand, whose results are arrays of their own
COPIES = {
    "full": (lambda x: xp.full((2, 3), x), zero_d),
    "full of an int shape": (lambda x: xp.full(3, x), zero_d),
    "full of the fill's shape": (lambda x: xp.full((), x), zero_d),
    "full of a dtype": (lambda x: xp.full((2, 3), x, dtype=xp.float64), zero_d),
    "full_like": (lambda x: xp.full_like(array(2, 3), x), zero_d),
    "full_like of itself": (lambda x: xp.full_like(x, x), zero_d),
    "zeros_like": (xp.zeros_like, lambda: array(3)),
    "ones_like": (xp.ones_like, lambda: array(3)),
    "empty_like": (xp.empty_like, lambda: array(3)),
    "asarray, copy=True": (lambda x: xp.asarray(x, copy=True), lambda: array(3)),
    "asarray of another dtype": (lambda x: xp.asarray(x, dtype=xp.float32), lambda: array(3)),
    "asarray of a list": (lambda x: xp.asarray([x, x]), zero_d),
    "astype, copy=True": (lambda x: xp.astype(x, xp.float64), lambda: array(3)),
    "reshape, copy=True": (lambda x: xp.reshape(x, (3,), copy=True), lambda: array(3)),
    "repeat 1": (lambda x: xp.repeat(x, 1), lambda: array(3)),
    "tile 1": (lambda x: xp.tile(x, (1,)), lambda: array(3)),
    "concat of one": (lambda x: xp.concat([x]), lambda: array(3)),
    "stack of one": (lambda x: xp.stack([x]), lambda: array(3)),
    "roll by 0": (lambda x: xp.roll(x, 0), lambda: array(3)),
    "flip": (xp.flip, lambda: array(3)),
    "where all": (lambda x: xp.where(x > 0.0, x, 0.0), lambda: array(3)),
    "take all": (lambda x: xp.take(x, xp.asarray([0, 1, 2]), axis=0), lambda: array(3)),
    "a mask of all": (lambda x: x[x > 0.0], lambda: array(3)),
    "sort": (xp.sort, lambda: array(3)),
    "unique_values": (xp.unique_values, lambda: array(3)),
    "positive": (xp.positive, lambda: array(3)),
    "conj": (xp.conj, lambda: array(3)),
    "clip without bounds": (lambda x: xp.clip(x), lambda: array(3)),
    "tril": (lambda x: xp.tril(x, k=5), lambda: array(3, 3)),
    "triu": (lambda x: xp.triu(x, k=-5), lambda: array(3, 3)),
    "cumulative_sum of one": (xp.cumulative_sum, lambda: array(1)),
    "cumulative_prod of one": (xp.cumulative_prod, lambda: array(1)),
    "sum over no axis": (lambda x: xp.sum(x, axis=()), lambda: array(3)),
    "sum over an axis of one": (lambda x: xp.sum(x, axis=0), lambda: array(1, 3)),
    "max over an axis of one": (lambda x: xp.max(x, axis=0), lambda: array(1, 3)),
    "mean over an axis of one": (lambda x: xp.mean(x, axis=0), lambda: array(1, 3)),
    "meshgrid of one": (lambda x: xp.meshgrid(x)[0], lambda: array(3)),
    "meshgrid": (lambda x: xp.meshgrid(x, x, indexing="ij")[1], lambda: array(3)),
}

#: functions whose results are views
VIEWS = {
    "asarray": (xp.asarray, lambda: array(3)),
    "reshape": (lambda x: xp.reshape(x, (1, 3)), lambda: array(3)),
    "expand_dims": (lambda x: xp.expand_dims(x, axis=0), lambda: array(3)),
    "squeeze": (lambda x: xp.squeeze(x, axis=0), lambda: array(1, 3)),
    "permute_dims": (lambda x: xp.permute_dims(x, (1, 0)), lambda: array(2, 3)),
    "matrix_transpose": (xp.matrix_transpose, lambda: array(2, 3)),
    "moveaxis": (lambda x: xp.moveaxis(x, 0, 1), lambda: array(2, 3)),
    "a slice": (lambda x: x[...], lambda: array(3)),
    "unstack": (lambda x: xp.unstack(x)[0], lambda: array(2, 3)),
    "iteration": (lambda x: next(iter(x)), lambda: array(2, 3)),
}


@pytest.mark.usefixtures("backend")
class TestAliases:
    @pytest.mark.parametrize("name", COPIES)
    @pytest.mark.parametrize("write", ["+=", "[...] =", "[0] ="])
    def test_results_that_share_nothing(self, name, write):
        function, operand = COPIES[name]
        x = operand()
        before = host(x)
        y = function(x)
        if write == "+=":
            y += 5.0
        elif write == "[...] =" or not y.shape:
            y[...] = 77.0
        else:
            y[0] = 77.0
        np.testing.assert_array_equal(host(x), before)
        kept = host(y)
        x += 100.0
        x[...] = -1.0
        np.testing.assert_array_equal(host(y), kept)

    @pytest.mark.parametrize("name", VIEWS)
    def test_results_that_are_views(self, name):
        function, operand = VIEWS[name]
        x = operand()
        function(x)[...] = 77.0
        assert 77.0 in host(x)


@pytest.mark.usefixtures("backend")
class TestFills:
    @pytest.mark.parametrize("make", [lambda v: xp.full((2, 3), v), lambda v: xp.full_like(array(2, 3), v)])
    def test_the_derivative_of_a_fill(self, make):
        v = double(3.0, True)
        f = make(v)
        f += 5.0
        f[0, 0] = 1.0
        (f * f).sum().backward()
        same(v.grad, 5 * 2 * 8.0)
        same(v, 3.0)
        f = lambda v: xp.sum(make(v) ** 3)
        x = double(2.0)
        same(func.grad(f)(x), 6 * 3 * 4.0)
        same(func.jvp(f, (x,), (xp.ones_like(x),))[1], 6 * 3 * 4.0)
        same(func.hessian(f)(x), 6 * 6 * 2.0)
        same(func.vmap(func.grad(f))(xp.stack([x, x])), [72.0, 72.0])

    def test_a_fill_that_is_followed_by_no_one_is_written_over_by_what_is(self):
        def f(x):
            out = xp.full_like(x, xp.asarray(1.0, dtype=xp.float64))
            out[0] = x[1]
            return xp.sum(out * x)

        same(func.grad(f)(double([2.0, 3.0])), [3.0, 2.0 + 1.0])

    @pytest.mark.parametrize(
        "make",
        [
            lambda v: agrad.full((2,), v),
            lambda v: agrad.full_like(agrad.ones(2), v),
            lambda v: agrad.ones(2).new_full((2,), v),
            agrad.scalar_tensor,
        ],
    )
    def test_the_pytorch_face_refuses_a_fill_that_is_being_differentiated(self, make):
        v = double(3.0, True)
        with pytest.raises(TypeError, match="must be Number, not Tensor"):
            make(v)
        for transform in (func.grad, func.hessian, lambda f: lambda x: func.jvp(f, (x,), (x,))):
            with pytest.raises(TypeError, match="must be Number, not Tensor"):
                transform(lambda x: make(x).sum())(double(3.0))
        f = make(v.detach())
        f += 5.0
        same(v, 3.0)


ELEMENTWISE = """
import os
import warnings
import numpy as np
from scipy.differentiate import derivative, hessian, jacobian
from scipy.integrate import cubature, nsum, tanhsinh
from scipy.optimize import elementwise as E
import agrad
import agrad.array_api

warnings.simplefilter("ignore")
INF = float("inf")
CALLS = {
    "find_root": lambda A, xp: E.find_root(lambda x, c: x**3 - c, (A([0.0, 0.0]), A([3.0, 3.0])), args=(A([2.0, 8.0]),)).x,
    "find_root, 0-d": lambda A, xp: E.find_root(lambda x: x**2 - 2, (A(0.0), A(3.0))).x,
    "find_minimum": lambda A, xp: E.find_minimum(lambda x: (x - 1) ** 2, (A(-2.0), A(0.5), A(4.0))).x,
    "bracket_root": lambda A, xp: E.bracket_root(lambda x, c: x**3 - c, A([0.0, 0.0]), A([1.0, 1.0]), args=(A([2.0, 20.0]),)).bracket[0],
    "bracket_root, xmin": lambda A, xp: E.bracket_root(lambda x: x - 10, A(0.0), A(1.0), xmin=A(-1.0), xmax=A(20.0)).bracket[1],
    "bracket_minimum": lambda A, xp: E.bracket_minimum(lambda x: (x - 7) ** 2, A(0.0)).bracket[1],
    "tanhsinh": lambda A, xp: tanhsinh(lambda x: xp.exp(-x * x), A(0.0), A(1.0)).integral,
    "tanhsinh, infinite": lambda A, xp: tanhsinh(lambda x: xp.exp(-x * x), A(-INF), A(INF)).integral,
    "tanhsinh, args": lambda A, xp: tanhsinh(lambda x, c: c * x, A([0.0, 0.0]), A([1.0, 2.0]), args=(A([3.0, 4.0]),)).integral,
    "nsum": lambda A, xp: nsum(lambda k: 1 / k**2, A(1.0), A(INF)).sum,
    "nsum, finite": lambda A, xp: nsum(lambda k: 1 / k**2, A(1.0), A(20.0)).sum,
    "derivative": lambda A, xp: derivative(lambda x: xp.exp(x), A(1.0)).df,
    "derivative, args": lambda A, xp: derivative(lambda x, c: xp.sin(c * x), A([1.0, 2.0]), args=(A([1.0, 3.0]),)).df,
    "derivative, one-sided": lambda A, xp: derivative(lambda x: xp.sqrt(x), A(1.0), step_direction=A(1.0)).df,
    "jacobian": lambda A, xp: jacobian(lambda x: xp.stack([x[0] * x[1], x[0] ** 2]), A([1.0, 2.0])).df,
    "hessian": lambda A, xp: hessian(lambda x: x[0] ** 2 * x[1], A([1.0, 2.0])).ddf,
    "cubature": lambda A, xp: cubature(lambda x: xp.sum(x**2, axis=-1), A([0.0, 0.0]), A([1.0, 2.0])).estimate,
}
with agrad.use_backend(os.environ["BACKEND"]):
    xp = agrad.array_api
    for name, call in CALLS.items():
        wanted = call(lambda value: np.asarray(value), np)
        found = call(lambda value: xp.asarray(value, dtype=xp.float64), xp)
        assert isinstance(found, agrad.Tensor), name
        np.testing.assert_allclose(np.asarray(found.tolist()), wanted, rtol=1e-8, atol=1e-10, err_msg=name)
print("all", len(CALLS))
"""


@pytest.mark.parametrize("name", ["numpy", "jax"])
def test_scipys_elementwise_iterations(name):
    pytest.importorskip("scipy", minversion="1.15")
    pytest.importorskip(name)
    environment = {**os.environ, "SCIPY_ARRAY_API": "1", "BACKEND": name, "JAX_ENABLE_X64": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ELEMENTWISE], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "all 17"
