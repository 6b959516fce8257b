"""What a transform or a gradient hands out: to write to one element changes that element, and nothing that went in or came out beside it.

The values of a function are its own business (a view of its argument is one, as in PyTorch); its derivatives, and what vmap makes of
them, have memory of their own on every backend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from on_backends import backend, double

import agrad
from agrad import func

__all__ = ["backend"]

SCALARS: dict[str, Callable[[Any], Any]] = {
    "sum": lambda x: x.sum(),
    "mean": lambda x: x.mean(),
    "first": lambda x: x.reshape(-1)[0] * 1,
    "linear": lambda x: (x * 3).sum(),
    "square": lambda x: (x * x).sum(),
    "constant": lambda x: x.detach().sum() * 2,
    "max": lambda x: x.max(),
    "exp": lambda x: x.exp().sum(),
}
#: functions whose derivative is, or contains, the tangent or cotangent itself
VECTORS: dict[str, Callable[[Any], Any]] = {
    "identity": lambda x: x,
    "view": lambda x: x.view(x.shape),
    "transposed": lambda x: x.t(),
    "plus zero": lambda x: x + 0,
    "negative": lambda x: -x,
    "twice": lambda x: (x, x),
    "sum": lambda x: x.sum(0, keepdim=True),
    "mean": lambda x: x.mean(-1),
    "slice": lambda x: x[:1],
    "flip": lambda x: x.flip(0),
    "constant": lambda x: agrad.ones(3, dtype=agrad.float64),
    "zeros": lambda x: agrad.zeros_like(x),
    "expand": lambda x: x.sum().expand(3),
}


def _matrix() -> Any:
    return double([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def _tensors(value: Any) -> Iterator[Any]:
    if isinstance(value, agrad.Tensor):
        yield value
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from _tensors(part)


def _changes(before: Any, after: Any) -> int:
    if isinstance(before, list):
        return sum(_changes(one, other) for one, other in zip(before, after, strict=True))
    return int(before != after)


def check_own(results: Any, *given: Any) -> None:
    """Write to each element of each result in turn."""
    found = list(_tensors(results))
    assert found
    for index, result in enumerate(found):
        others = [*_tensors(given), *found[:index], *found[index + 1 :]]
        assert all(result is not other for other in others)
        for place in range(result.numel()):
            key = []
            for length in reversed(result.shape):
                key.append(place % length)
                place //= length
            before = [one.tolist() for one in (result, *others)]
            with agrad.no_grad():
                result.detach()[tuple(reversed(key))] = 12345.0
            after = [one.tolist() for one in (result, *others)]
            assert _changes(before[0], after[0]) == 1
            assert before[1:] == after[1:]


@pytest.mark.parametrize("name", SCALARS)
def test_gradients(name: str, backend: str) -> None:
    f = SCALARS[name]
    for make in (
        func.grad(f),
        func.hessian(f),
        func.vmap(func.grad(f)),
        func.vmap(func.grad(f), in_dims=1),
        func.vmap(func.grad(f), out_dims=1),
        func.vmap(func.grad(f), chunk_size=1),
        func.vmap(func.grad(f), chunk_size=2),
        func.vmap(func.grad_and_value(f)),
        func.vmap(func.hessian(f)),
        lambda x: agrad.autograd.functional.hessian(f, x),
    ):
        x = _matrix()
        check_own(make(x), x)
    x, v = _matrix(), _matrix()
    check_own(agrad.autograd.functional.hvp(f, x, v), x, v)
    if name != "constant":
        x = _matrix().requires_grad_()
        check_own(agrad.autograd.grad(f(x), x), x.detach())
        f(x).backward()
        check_own(x.grad, x.detach())


@pytest.mark.parametrize("name", VECTORS)
def test_products_and_jacobians(name: str, backend: str) -> None:
    f = VECTORS[name]
    x, v = _matrix(), _matrix()
    value, pull = func.vjp(f, x)
    g = tuple(agrad.ones_like(one) for one in value) if isinstance(value, tuple) else agrad.ones_like(value)
    check_own(pull(g), x, g)
    check_own(func.jvp(f, (x,), (v,))[1], x, v)
    check_own(func.linearize(f, x)[1](v), x, v)
    for transform in (func.jacrev, func.jacfwd):
        x = _matrix()
        check_own(transform(f)(x), x)
    x = _matrix()
    check_own(func.jacrev(f, chunk_size=1)(x), x)
    x, v = _matrix(), _matrix()
    check_own(agrad.autograd.functional.jvp(f, x, v), x, v)
    value = f(_matrix())
    g = tuple(agrad.ones_like(one) for one in value) if isinstance(value, tuple) else agrad.ones_like(value)
    check_own(agrad.autograd.functional.vjp(f, x, g)[1], x, g)
    if name not in ("transposed", "twice"):
        x = _matrix()
        check_own(func.vmap(f, chunk_size=1)(x), x)
        check_own(func.vmap(f, chunk_size=5)(x), x)


def test_per_sample_gradients_are_clipped_one_by_one(backend: str) -> None:
    w, samples = double([1.0, 2.0]), double([[1.0, 2.0], [1.0, 2.0], [3.0, 4.0]])
    for loss in (lambda w, s: (w * 2).sum(), lambda w, s: w.sum(), lambda w, s: (w * s).sum()):
        per_sample = func.vmap(func.grad(loss), in_dims=(None, 0))(w, samples)
        rows = per_sample.tolist()
        per_sample[0].mul_(10)
        assert per_sample.tolist() == [[10 * one for one in rows[0]], *rows[1:]]


@pytest.mark.parametrize("create_graph", [False, True])
def test_gradients_are_not_the_cotangent(create_graph: bool, backend: str) -> None:
    def leaves() -> tuple[Any, Any, Any]:
        return double([1.0, 2.0, 3.0], True), double([4.0, 5.0, 6.0], True), double([7.0, 8.0, 9.0])

    x, y, g = leaves()
    check_own(agrad.autograd.grad(x + y, (x, y), g, create_graph=create_graph), g, x.detach(), y.detach())
    x, y, g = leaves()
    (x + y).backward(g, create_graph=create_graph)
    check_own((x.grad, y.grad), g, x.detach(), y.detach())
    x, y, g = leaves()
    middle = x.clone()
    middle.retain_grad()
    end = middle.view(3)
    end.retain_grad()
    end.backward(g, create_graph=create_graph)
    check_own((x.grad, middle.grad, end.grad), g)
    x, y, g = leaves()
    joined = double([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    agrad.stack([x, y]).backward(joined, create_graph=create_graph)
    check_own((x.grad, y.grad), joined)


def test_tangents_of_constants(backend: str) -> None:
    x, v = double([1.0, 2.0]), double([1.0, 1.0])
    _, (first, second) = func.jvp(lambda x: (x * 2, agrad.ones(2, 3, dtype=agrad.float64)), (x,), (v,))
    check_own((first, second), x, v)


def test_writes_through_strided_views_inside_transforms_are_kept(backend: str) -> None:
    def f(x: Any) -> Any:
        y = x * 1
        y.as_strided((2, 2), (2, 1), 1).mul_(3)
        z = (x * 1).reshape(2, 3)
        z.fill_diagonal_(0.0)
        return (y * y).sum() + (z * z).sum()

    x = double([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    wanted = [2.0, 40.0, 60.0, 80.0, 90.0, 24.0]
    assert func.grad(f)(x).tolist() == pytest.approx(wanted)
    assert [func.jvp(f, (x,), (one,))[1].item() for one in agrad.eye(6, dtype=agrad.float64)] == pytest.approx(wanted)
    assert func.vmap(func.grad(f))(agrad.stack([x, x])).tolist() == [pytest.approx(wanted)] * 2
    leaf = x.clone().requires_grad_()
    f(leaf).backward()
    assert leaf.grad.tolist() == pytest.approx(wanted)


def test_strided_views_of_unknown_memory_are_refused_inside_transforms(backend: str) -> None:
    x = double([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(RuntimeError, match=r"row-major order; received one of shape \[2, 2\]"):
        func.vmap(lambda x: x.as_strided((2,), (1,)), in_dims=1)(agrad.stack([x, x], 1))
