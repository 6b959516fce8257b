"""Function on every backend: plain, on raw arrays, to any order, inside every transform and under jit."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from on_backends import backend, double, host, leaf, same  # noqa: F401 - a fixture

import agrad
from agrad import autograd, func
from agrad.autograd import Function
from agrad.errors import GradError


class Cube(Function):
    """Old style: forward with ctx. It says nothing of vmap."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x * x * g


class CubeAndSlope(Function):
    """New style: setup_context, two outputs, all modes."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x):
        return x * x * x, 3 * x * x

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0], output[1])
        ctx.save_for_forward(inputs[0])

    @staticmethod
    def backward(ctx, g, h):
        x, slope = ctx.saved_tensors
        return g * slope + h * 6 * x

    @staticmethod
    def jvp(ctx, t):
        (x,) = ctx.saved_tensors
        return 3 * x * x * t, 6 * x * t


class CubeOfArrays(Function):
    """On raw arrays."""

    arrays = True
    kinds: ClassVar[list] = []

    @staticmethod
    def forward(ctx, x):
        CubeOfArrays.kinds.append(type(x))
        ctx.save_for_backward(x)
        return ctx.xp.pow(x, 3)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        CubeOfArrays.kinds.append(type(x))
        return 3 * ctx.xp.square(x) * g

    @staticmethod
    def jvp(ctx, t):
        (x,) = ctx.saved_tensors
        return 3 * x * x * t


class Product(Function):
    """Two arguments and a number."""

    generate_vmap_rule = True

    @staticmethod
    def forward(ctx, x, y, factor):
        ctx.save_for_backward(x, y)
        ctx.factor = factor
        return (x @ y) * factor

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * y * ctx.factor, g * x * ctx.factor, None


class Doubled(Function):
    """Says itself how it is batched."""

    @staticmethod
    def forward(x):
        return x * 2

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass

    @staticmethod
    def backward(ctx, g):
        return g * 2

    @staticmethod
    def vmap(info, in_dims, x):
        Doubled.told = info.batch_size, info.randomness, in_dims
        return Doubled.apply(x), in_dims[0]


cubes = {
    "old": Cube.apply,
    "new": lambda x: CubeAndSlope.apply(x)[0],
    "arrays": CubeOfArrays.apply,
}


@pytest.mark.usefixtures("backend")
class TestOnEveryBackend:
    @pytest.mark.parametrize("style", cubes)
    def test_every_order(self, style):
        x = leaf()
        f = cubes[style]
        (g,) = autograd.grad(f(x).sum(), x, create_graph=True)
        (h,) = autograd.grad(g.sum(), x, create_graph=True)
        (k,) = autograd.grad(h.sum(), x)
        for found, wanted in ((g, [3.0, 12.0]), (h, [6.0, 12.0]), (k, [6.0, 6.0])):
            same(found, wanted)

    @pytest.mark.parametrize("style", cubes)
    def test_inside_grad(self, style):
        f = cubes[style]
        for times, wanted in ((1, 12.0), (2, 12.0), (3, 6.0)):
            derivative = f
            for _ in range(times):
                derivative = func.grad(derivative)
            same(derivative(double(2.0)), wanted)

    @pytest.mark.parametrize("style", ["new", "arrays"])
    def test_inside_the_other_transforms(self, style):
        f, v = cubes[style], double([1.0, 2.0, 3.0])
        same(func.vmap(f)(v), [1.0, 8.0, 27.0])
        same(func.vmap(func.grad(f))(v), [3.0, 12.0, 27.0])
        same(func.vmap(func.grad(func.grad(f)))(v), [6.0, 12.0, 18.0])
        same(func.grad(lambda v: func.vmap(f)(v).sum())(v), [3.0, 12.0, 27.0])
        same(func.jvp(f, (v,), (agrad.ones_like(v),))[1], [3.0, 12.0, 27.0])
        same(func.jvp(func.vmap(f), (v,), (agrad.ones_like(v),))[1], [3.0, 12.0, 27.0])
        same(func.hessian(f)(double(2.0)), 12.0)
        same(func.jacfwd(func.jacrev(f))(double(2.0)), 12.0)

    @pytest.mark.parametrize("style", ["new", "arrays"])
    def test_vmap_inside_vmap(self, style):
        f, v = cubes[style], double([[1.0, 2.0], [3.0, 4.0]])
        twice = func.vmap(func.vmap(f))
        same(twice(v), [[1.0, 8.0], [27.0, 64.0]])
        same(func.vmap(twice)(v[None]), [[[1.0, 8.0], [27.0, 64.0]]])
        same(func.vmap(func.vmap(func.grad(f)))(v), [[3.0, 12.0], [27.0, 48.0]])
        same(func.vmap(func.grad(lambda v: func.vmap(f)(v).sum()))(v), [[3.0, 12.0], [27.0, 48.0]])
        same(func.grad(lambda v: twice(v).sum())(v), [[3.0, 12.0], [27.0, 48.0]])
        same(
            func.vmap(lambda v: func.jvp(func.vmap(f), (v,), (agrad.ones_like(v),))[1])(v), [[3.0, 12.0], [27.0, 48.0]]
        )

    def test_a_recorded_graph_through_vmap(self):
        w = leaf(1.0, 2.0, 3.0)
        func.vmap(cubes["new"])(w).sum().backward()
        same(w.grad, [3.0, 12.0, 27.0])

    def test_one_argument_shared_by_all_examples(self):
        x, c = double([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]), double([2.0, 3.0])
        f = lambda x, c: Product.apply(x, c, 10.0)
        same(func.vmap(f, (0, None))(x, c), [30.0, 130.0, 230.0])
        same(func.grad(lambda c: func.vmap(f, (0, None))(x, c).sum())(c), [60.0, 90.0])
        same(func.vmap(func.grad(f, 1), (0, None))(x, c), 10 * host(x))
        same(func.vmap(func.grad(f, 0), (0, None))(x, c), [[20.0, 30.0]] * 3)

    def test_a_vmap_of_its_own(self):
        x = double([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
        same(func.vmap(Doubled.apply, 1, 1)(x), 2 * host(x))
        assert Doubled.told == (3, "error", (0,))  # vmap brings the axis to the front
        same(func.vmap(func.grad(lambda x: Doubled.apply(x).sum()), 1)(x), np.full((3, 2), 2.0))

    def test_arrays_are_the_backends(self, backend):  # noqa: F811
        CubeOfArrays.kinds.clear()
        x = leaf()
        CubeOfArrays.apply(x).sum().backward()
        kinds = set(CubeOfArrays.kinds)
        assert agrad.Tensor not in kinds and all(kind.__module__.partition(".")[0] != "agrad" for kind in kinds)
        CubeOfArrays.kinds.clear()
        autograd.grad(CubeOfArrays.apply(x).sum(), x, create_graph=True)
        assert CubeOfArrays.kinds[-1] is agrad.Tensor

    def test_only_what_is_needed(self):
        seen = []

        class Pair(Function):
            @staticmethod
            def forward(ctx, x, y):
                seen.append(ctx.needs_input_grad)
                return x * y

            @staticmethod
            def backward(ctx, g):
                return g, g

        Pair.apply(leaf(), double([1.0, 2.0]))
        func.grad(lambda x: Pair.apply(x, double([1.0, 2.0])).sum())(double([1.0, 2.0]))
        assert seen == [(True, False), (True, False)]

    def test_saved_values_go_through_hooks(self):
        x = leaf()
        packed = []
        with autograd.graph.saved_tensors_hooks(lambda t: packed.append(1) or host(t).tolist(), double):
            y = Cube.apply(x).sum()
        y.backward()
        assert packed == [1]
        same(x.grad, [3.0, 12.0])

    def test_mixed_devices_of_gradients_are_refused(self):
        class Stray(Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

            @staticmethod
            def backward(ctx, g):
                return g.sum()

        with pytest.raises(GradError, match="invalid gradient at index 0"):
            Stray.apply(leaf()).sum().backward()


def test_without_vmap_support_vmap_is_refused():
    with pytest.raises(GradError, match="does not have vmap support"):
        func.vmap(Cube.apply)(double([1.0, 2.0]))


def test_without_jvp_forward_mode_is_refused():
    with pytest.raises(NotImplementedError, match="You must implement the jvp function"):
        func.jvp(Cube.apply, (double(1.0),), (double(1.0),))


def test_both_kinds_of_vmap_are_refused():
    class Both(Doubled):
        generate_vmap_rule = True

    with pytest.raises(GradError, match="has both generate_vmap_rule=True and an overridden vmap"):
        func.vmap(Both.apply)(double([1.0]))


def test_under_jit():
    jax = pytest.importorskip("jax")
    compiled = jax.jit(lambda x: [func.grad(f)(x) for f in cubes.values()])
    assert [float(g) for g in compiled(jax.numpy.asarray(2.0))] == [12.0, 12.0, 12.0]

    @jax.jit
    def step(raw):
        x = agrad.asarray(raw).requires_grad_()
        Product.apply(x, x, 2.0).backward()
        return x.grad._data

    assert step(jax.numpy.asarray([1.0, 2.0])).tolist() == [4.0, 8.0]


def test_a_gradient_of_another_backend_is_refused():
    pytest.importorskip("array_api_strict")

    class Elsewhere(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            with agrad.use_backend("strict"):
                return agrad.ones(2, dtype=agrad.float64)

    with pytest.raises(GradError, match="expected backend numpy but got strict"):
        Elsewhere.apply(leaf()).sum().backward()
