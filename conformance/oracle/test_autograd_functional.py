"""autograd.functional and forward_ad against PyTorch: values, structure, strict mode, whole refusals."""

from __future__ import annotations

import pytest
from oracle import Error, Row, case_id, check, everywhere, floats

X, Y = floats(2), floats(3)
SCALAR = floats(low=0.5, high=2.0)

square = lambda x: x * x
mixed = lambda x, y: (x.sum() * y, x * 2)
cubes = lambda x: (x**3).sum()
product = lambda x, y: (x**3).sum() * (y * y).sum()
constant = lambda t: lambda x: t.ones(2)
first_alone = lambda x, y: x * 1
linear = lambda x: x.sum()


def row(title, run, *inputs):
    return Row(title, run, inputs, grad=False)


def again(run):
    """Return a program that differentiates what `run` gives under create_graph."""

    def program(t, x):
        x = x.clone().requires_grad_()
        value = run(t, x)
        last = value[1] if isinstance(value, tuple) else value
        return value, last.requires_grad, t.autograd.grad(last.sum(), x)

    return program


FUNCTIONAL = [
    *(
        row(f"{name}, vectorize={v}", lambda t, *xs, f=f, v=v: f(t, xs, v), *inputs)
        for v in (False, True)
        for name, f, inputs in (
            ("jacobian", lambda t, xs, v: t.autograd.functional.jacobian(square, xs[0], vectorize=v), (X,)),
            ("jacobian of several", lambda t, xs, v: t.autograd.functional.jacobian(mixed, xs, vectorize=v), (X, Y)),
            ("jacobian, independent", lambda t, xs, v: t.autograd.functional.jacobian(first_alone, xs, vectorize=v), (X, Y)),
            ("jacobian of a constant", lambda t, xs, v: t.autograd.functional.jacobian(constant(t), xs[0], vectorize=v), (X,)),
            ("jacobian of a scalar", lambda t, xs, v: t.autograd.functional.jacobian(square, xs[0], vectorize=v), (SCALAR,)),
            ("jacobian of a matrix", lambda t, xs, v: t.autograd.functional.jacobian(lambda x: x.T * 2, xs[0], vectorize=v), (floats(2, 3),)),
            ("hessian", lambda t, xs, v: t.autograd.functional.hessian(cubes, xs[0], vectorize=v), (X,)),
            ("hessian of several", lambda t, xs, v: t.autograd.functional.hessian(product, xs, vectorize=v), (X, Y)),
        )
    ),
    row("jacobian, forward", lambda t, x, y: [list(r) for r in t.autograd.functional.jacobian(mixed, (x, y), strategy="forward-mode", vectorize=True)], X, Y),
    row("hessian, forward", lambda t, x: t.autograd.functional.hessian(cubes, x, outer_jacobian_strategy="forward-mode", vectorize=True).detach(), X),
    row("jacobian again", again(lambda t, x: t.autograd.functional.jacobian(square, x, create_graph=True)), X),
    row("jacobian again at once", again(lambda t, x: t.autograd.functional.jacobian(square, x, create_graph=True, vectorize=True)), X),
    row("hessian again", again(lambda t, x: t.autograd.functional.hessian(lambda x: (x**4).sum(), x, create_graph=True)), X),
    row("vjp", lambda t, x, v: t.autograd.functional.vjp(square, x, v), X, floats(2, seed=3)),
    row("vjp of several", lambda t, x, y, u, v: t.autograd.functional.vjp(mixed, (x, y), (u, v)), X, Y, floats(3, seed=1), floats(2, seed=2)),
    row("vjp of one element", lambda t, x: t.autograd.functional.vjp(cubes, x), X),
    row("vjp of a constant", lambda t, x, v: t.autograd.functional.vjp(constant(t), x, v.float()), X, floats(2, seed=3)),
    row("vjp again", again(lambda t, x: t.autograd.functional.vjp(square, x, t.ones_like(x), create_graph=True)), X),
    row("jvp", lambda t, x, v: t.autograd.functional.jvp(square, x, v), X, floats(2, seed=3)),
    row("jvp of several", lambda t, x, y, u, v: t.autograd.functional.jvp(mixed, (x, y), (u, v)), X, Y, floats(2, seed=1), floats(3, seed=2)),
    row("jvp of one element", lambda t, x: t.autograd.functional.jvp(square, x), SCALAR),
    row("jvp of a constant", lambda t, x, v: t.autograd.functional.jvp(constant(t), x, v), X, floats(2, seed=3)),
    row("jvp again", again(lambda t, x: t.autograd.functional.jvp(square, x, t.ones_like(x), create_graph=True)), X),
    row("hvp", lambda t, x, v: t.autograd.functional.hvp(cubes, x, v), X, floats(2, seed=3)),
    row("hvp of several", lambda t, x, y, u, v: t.autograd.functional.hvp(product, (x, y), (u, v)), X, Y, floats(2, seed=1), floats(3, seed=2)),
    row("hvp of a linear function", lambda t, x, v: t.autograd.functional.hvp(linear, x, v), X, floats(2, seed=3)),
    row("vhp", lambda t, x, v: t.autograd.functional.vhp(cubes, x, v), X, floats(2, seed=3)),
    row("vhp of several", lambda t, x, y, u, v: t.autograd.functional.vhp(product, (x, y), (u, v)), X, Y, floats(2, seed=1), floats(3, seed=2)),
    row("vhp again", again(lambda t, x: t.autograd.functional.vhp(cubes, x, t.ones_like(x), create_graph=True)), X),
    row("under no_grad", lambda t, x: t.no_grad()(t.autograd.functional.jacobian)(square, x), X),
]  # fmt: skip


def dual(run):
    """Return a program that runs inside a level of duals."""

    def program(t, x, v):
        ad = t.autograd.forward_ad
        with ad.dual_level():
            return run(t, ad, x, v)

    return program


def after_the_level(t, x, v):
    ad = t.autograd.forward_ad
    with ad.dual_level():
        y = ad.make_dual(x, v) * 3
    with ad.dual_level():
        inside = ad.unpack_dual(y * ad.make_dual(x, v))
    return y, y * 2, ad.unpack_dual(y), inside


def two_ways(t, ad, x, v):
    x = x.clone().requires_grad_()
    y = (ad.make_dual(x, v) ** 3).sum()
    (g,) = t.autograd.grad(y, x, retain_graph=True)
    tangent = ad.unpack_dual(y).tangent
    return y.requires_grad, ad.unpack_dual(g), t.autograd.grad(tangent, x)


def written_into_a_plain_one(t, ad, x, v):
    z = t.zeros(2, dtype=t.float64)
    z.add_(ad.make_dual(x, v))
    return ad.unpack_dual(z)


DUALS = [
    Row(name, run, (X, floats(2, seed=3)), grad=False)
    for name, run in (
        ("dual", dual(lambda t, ad, x, v: ad.unpack_dual((ad.make_dual(x, v) * x).sin()))),
        ("no dual", dual(lambda t, ad, x, v: ad.unpack_dual(x * 2))),
        ("detached", dual(lambda t, ad, x, v: ad.unpack_dual(ad.make_dual(x, v).detach() * 2))),
        ("under no_grad", dual(lambda t, ad, x, v: ad.unpack_dual(t.no_grad()(lambda: ad.make_dual(x, v) * 2)()))),
        ("views", dual(lambda t, ad, x, v: ad.unpack_dual(ad.make_dual(x, v)[0]))),
        ("in place", dual(lambda t, ad, x, v: ad.unpack_dual((ad.make_dual(x, v) * 1).mul_(3)))),
        ("without a level", lambda t, x, v: t.autograd.forward_ad.unpack_dual(x)),
        ("after the level", after_the_level),
        ("forward over reverse", dual(two_ways)),
        ("written into a plain one", dual(written_into_a_plain_one)),
    )
]

F = lambda t: t.autograd.functional
AD = lambda t: t.autograd.forward_ad

ERRORS = [
    Error("strict, independent", lambda t, x, y: F(t).jacobian(first_alone, (x, y), strict=True), "Output 0 of the user-provided function is independent of input 1", (X, Y)),
    Error("strict, constant", lambda t, x: F(t).jacobian(constant(t), x, strict=True), "Output 0 of the user-provided function does not require gradients", (X,)),
    Error("strict, linear", lambda t, x: F(t).jacobian(lambda x: x * 2, x, strict=True, create_graph=True), "The jacobian of the user-provided function is independent of input 0", (X,)),
    Error("strict at once", lambda t, x: F(t).jacobian(square, x, strict=True, vectorize=True), "are not supported together", (X,)),
    Error("forward row by row", lambda t, x: F(t).jacobian(square, x, strategy="forward-mode"), "Computing Jacobian using forward-AD or forward-over-reverse Hessian is", (X,)),
    Error("forward again", lambda t, x: F(t).jacobian(square, x, strategy="forward-mode", vectorize=True, create_graph=True), "are not supported together", (X,)),
    Error("another strategy", lambda t, x: F(t).jacobian(square, x, strategy="x"), "Expected strategy to be either", (X,)),
    Error("a number in", lambda t: F(t).jacobian(square, 3), "The inputs given to jacobian must be either a Tensor or a tuple of Tensors"),
    Error("a list in", lambda t, x: F(t).jacobian(square, [x]), "The inputs given to jacobian must be either a Tensor or a tuple", (X,)),
    Error("a number out", lambda t, x: F(t).jacobian(lambda x: 3, x), "The outputs of the user-provided function given to jacobian must", (X,)),
    Error("hessian of a vector", lambda t, x: F(t).hessian(square, x), "The Tensor returned by the function given to hessian should contain a single", (X,)),
    Error("hessian, strict", lambda t, x: F(t).hessian(linear, x, strict=True), "While computing the hessian, found that the jacobian of the user-provided", (X,)),
    Error("vjp without v", lambda t, x: F(t).vjp(square, x), "The vector v can only be None if the user-provided function returns a single Tensor", (X,)),
    Error("vjp, v's shape", lambda t, x: F(t).vjp(square, x, t.ones(3)), "v has invalid size: should be", (X,)),
    Error("vjp, v's length", lambda t, x, y: F(t).vjp(mixed, (x, y), y), "v is a tuple of invalid length: should be 2 but got 1", (X, Y)),
    Error("vjp, strict", lambda t, x, y: F(t).vjp(first_alone, (x, y), x, strict=True), "The output of the user-provided function is independent of input 1", (X, Y)),
    Error("jvp without v", lambda t, x: F(t).jvp(square, x), "The vector v can only be None if the input to the user-provided function is a single", (X,)),
    Error("jvp, strict", lambda t, x: F(t).jvp(constant(t), x, x, strict=True), "Output 0 of the user-provided function does not require", (X,)),
    Error("hvp of a vector", lambda t, x: F(t).hvp(square, x, x), "The Tensor returned by the function given to hvp should contain a single element", (X,)),
    Error("vhp, strict", lambda t, x: F(t).vhp(linear, x, x, strict=True), "While computing the hessian, found that the jacobian of the user-provided", (X,)),
    Error("vhp of two", lambda t, x: F(t).vhp(lambda x: (x.sum(), x.sum()), x, x), "The function given to vhp should return a single Tensor", (X,)),
    Error("a dual without a level", lambda t, x: AD(t).make_dual(x, x), "Trying to create a dual Tensor for forward AD but no level exists", (X,)),
    Error("nested levels", lambda t: dual(lambda t, ad, x, v: ad.enter_dual_level())(t, None, None), "Nested forward mode AD is not supported at the moment"),
    Error("exit of nothing", lambda t: AD(t).exit_dual_level(), "Dual level must be a positive number"),
    Error("a tangent's shape", dual(lambda t, ad, x, v: ad.make_dual(x, t.ones(3, dtype=t.float64))), "has a different size than that of the original Tensor", (X, X)),
    Error("an integer dual", dual(lambda t, ad, x, v: ad.make_dual(x.long(), v)), "Expected primal to be floating point or complex, but got:", (X, X)),
    Error("an integer tangent", dual(lambda t, ad, x, v: ad.make_dual(x, v.long())), "Expected tangent to be floating point or complex, but got:", (X, X)),
    Error("a dual of a dual", dual(lambda t, ad, x, v: ad.make_dual(ad.make_dual(x, v), v)), "already has a forward gradient at the same level", (X, X)),
]  # fmt: skip


@pytest.mark.parametrize(("row", "backend"), everywhere(FUNCTIONAL + DUALS + ERRORS), ids=case_id)
@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")
def test_functional(row, backend):
    check(row, backend)
