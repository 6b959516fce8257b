"""Special points of what is not elementwise: reductions, running forms, norms, order, products into places."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import mpmath as mp

from agrad_conformance.points import Points, whole
from agrad_conformance.points.elementwise import INF, NAN, zeros

TIE = "ties share the cotangent evenly (PyTorch)"


def primitive(name: str, *more: Any, part: int | None = None, **params: Any) -> Any:
    """Return an operation with later arguments and parameters, or one part of its result."""
    from agrad_conformance import driver

    def call(*tensors: Any) -> Any:
        out = driver.operation(name)(*tensors, *more, **params)
        return out if part is None else out[part]

    return call


def product(x: Any) -> Any:
    """Return the product of numbers."""
    return mp.fprod(x)


def norm(order: float) -> Any:
    """Return the norm of an order, of numbers near others than 0 (an even order near any)."""

    def germ(x: Any) -> Any:
        power = mp.mpf(order)
        return mp.power(mp.fsum(mp.power(abs(one), power) for one in x), 1 / power)

    return germ


def running(step: Any) -> Any:
    """Return the germ of a running form."""
    return lambda x: list(accumulate(x, step))


def _variance(x: Any, correction: int = 0) -> Any:
    mean = mp.fsum(x) / len(x)
    return mp.fsum((one - mean) ** 2 for one in x) / (len(x) - correction)


def _logaddexp(x: Any, y: Any) -> Any:
    return mp.log(mp.exp(x) + mp.exp(y))


def _mean(x: Any) -> Any:
    return mp.fsum(x) / len(x)


def into(reduce: str, include_self: bool = True) -> Any:
    """Return scatter_reduce of the second argument into places 0, 0, 0 (and 1) of the first."""

    def call(x: Any, value: Any) -> Any:
        from agrad_conformance import driver

        xp = driver.tensor_namespace()
        index = xp.asarray([0] * (value.shape[0] - 1) + [1], device=x.device)
        return driver.operation("scatter_reduce")(x, index, value, axis=0, reduce=reduce, include_self=include_self)

    return call


def _index_reduce(x: Any, value: Any) -> Any:
    import agrad

    index = agrad.tensor([0] * (value.shape[0] - 1) + [1], device=x.device)
    return x.index_reduce(0, index, value, "prod")


def _into_product(x: Any, value: Any) -> Any:
    return [x[0] * mp.fprod(value[:-1]), x[1] * value[-1]]


def _into_product_alone(_x: Any, value: Any) -> Any:
    return [mp.fprod(value[:-1]), value[-1]]


def _determinant(x: Any) -> Any:
    n = int(mp.sqrt(len(x)))
    if n == 1:
        return x[0]
    rows = [x[i * n : (i + 1) * n] for i in range(n)]
    return mp.fsum(
        (-1) ** j * rows[0][j] * _determinant([one for row in rows[1:] for k, one in enumerate(row) if k != j])
        for j in range(n)
    )


def _between(x: Any, low: Any, high: Any) -> Any:
    return x


POINTS: list[Points] = [
    whole("nansum", [[1.0, NAN, 0.0]], stated={"0": [1.0], "1": [0.0], "2": [1.0]}, order=1),
    whole("prod", [[0.0, 2.0, 3.0]], product),
    whole("prod", [[0.0, 0.0, 4.0]], product),
    whole("prod", [[0.0, 0.0, 0.0]], product),
    whole("prod", [[[0.0, 2.0], [0.0, 3.0]]], product, params={"axis": (0, 1)}),
    whole("cumulative_prod", [[0.0, 2.0, 3.0]], running(lambda x, y: x * y), params={"axis": 0}),
    whole("cumulative_prod", [[2.0, 0.0, 0.0]], running(lambda x, y: x * y), params={"axis": 0}),
    whole("cumulative_prod", [[0.0, 0.0, 0.0]], running(lambda x, y: x * y), params={"axis": 0}),
    whole("cumulative_prod", [[0.0, 0.0]], lambda x: [mp.mpf(1), x[0], x[0] * x[1]], params={"axis": 0, "include_initial": True}),
    whole("var", [[1.0, 1.0, 1.0]], lambda x: [_variance(x)]),
    whole("var", [[0.0, 0.0]], lambda x: [_variance(x, 1)], params={"correction": 1.0}),
    whole("std", [[1.0, 2.0, 2.0]], lambda x: [mp.sqrt(_variance(x))]),
    whole("std", [[1.0, 1.0]], lambda x: [mp.mpf(0)], why="0 where all are equal (PyTorch)"),
    whole("max", [[1.0, 2.0, 0.0]], lambda x: [x[1]]),
    whole("max", [[2.0, 2.0, 0.0]], lambda x: [(x[0] + x[1]) / 2], why=TIE),
    whole("max", [[-INF, -INF]], stated={"0": [0.5], "1": [0.5], **zeros(1)}, why=TIE),
    whole("min", [[2.0, 2.0, 2.0]], lambda x: [_mean(x)], why=TIE),
    whole("median_of_all", [[2.0, 1.0, 2.0, 2.0]], lambda x: [(x[0] + x[2] + x[3]) / 3], why=TIE),
    whole("logcumsumexp", [[1.0, 1.0, 1.0]], running(_logaddexp), params={"axis": 0}),
    whole("logcumsumexp", [[1000.0, 1000.0, 0.0]], running(lambda x, y: x + mp.log1p(mp.exp(y - x))), params={"axis": 0}),
    whole("logcumsumexp", [[-INF, 1.0]], stated={"0": [0.0], "1": [-0.75], **zeros(1)}, params={"axis": 0}),
    whole("logcumsumexp", [[1.0, -INF]], stated={"0": [0.25], "1": [0.0], **zeros(1)}, params={"axis": 0}),
    whole("linalg.vector_norm", [[0.0, 0.0]], lambda x: [mp.mpf(0)], why="0 at 0 (PyTorch)"),
    whole("linalg.vector_norm", [[3.0, 0.0]], norm(2)),
    whole("linalg.vector_norm", [[1.0, 1.0]], norm(2)),
    whole("linalg.vector_norm", [[0.0, 0.0]], lambda x: [mp.mpf(0)], params={"ord": 1}, why="0 at 0 (PyTorch)"),
    whole("linalg.vector_norm", [[0.0, -2.0]], lambda x: [-x[1]], params={"ord": 1}, why="abs'(0) is 0"),
    whole("linalg.vector_norm", [[0.0, 0.0]], lambda x: [mp.mpf(0)], params={"ord": 3}, why="0 at 0 (PyTorch)"),
    whole("linalg.vector_norm", [[0.0, 2.0]], lambda x: [x[1]], params={"ord": 3}),
    whole("linalg.vector_norm", [[0.0, 2.0]], norm(4), params={"ord": 4}),
    whole("linalg.vector_norm", [[1.0, 1.0]], norm(3), params={"ord": 3}),
    whole("linalg.vector_norm", [[1.0, 2.0]], norm(0.5), params={"ord": 0.5}),
    whole("linalg.vector_norm", [[1.0, 2.0]], norm(1.5), params={"ord": 1.5}),
    whole("linalg.vector_norm", [[0.0, 0.0]], lambda x: [mp.mpf(0)], params={"ord": INF}, why="0 at 0 (PyTorch)"),
    whole("linalg.vector_norm", [[1.0, -1.0]], lambda x: [(x[0] - x[1]) / 2], params={"ord": INF}, why=TIE),
    whole("linalg.vector_norm", [[1.0, 1.0]], lambda x: [(x[0] + x[1]) / 2], params={"ord": -INF}, why=TIE),
    whole("linalg.vector_norm", [[0.0, 2.0]], lambda x: [mp.mpf(0)], params={"ord": 0}),
    whole("clip", [[1.0, 0.0, 5.0], [0.0, 0.5, 0.0], [2.0, 2.0, 2.0]], lambda x, low, high: [x[0], low[1], high[2]],
        function=lambda x, low, high: _clip(x, low, high)),
    whole("clip", [[1.0, 2.0], [1.0, 1.0], [2.0, 2.0]], lambda x, low, high: x, function=lambda x, low, high: _clip(x, low, high),
        why="the gradient passes to x at the bounds (PyTorch)"),
    whole("scatter_reduce", [[2.0, 3.0], [0.0, 0.0, 4.0]], _into_product, function=into("prod")),
    whole("scatter_reduce", [[0.0, 0.0], [0.0, 4.0, 0.0]], _into_product, function=into("prod")),
    whole("scatter_reduce", [[2.0, 3.0], [5.0, 0.0, 4.0]], _into_product, function=into("prod")),
    whole("scatter_reduce", [[7.0, 3.0], [0.0, 0.0, 4.0]], _into_product_alone, function=into("prod", False)),
    whole("scatter_reduce", [[2.0, 2.0], [2.0, 1.0, 3.0]], lambda x, v: [(x[0] + v[0]) / 2, v[2]], function=into("amax"), why=TIE),
    whole("scatter_reduce", [[0.0, 2.0], [2.0, 2.0, 3.0]], lambda x, v: [(v[0] + v[1]) / 2, v[2]], function=into("amax", False), why=TIE),
    whole("scatter_reduce", [[0.0, 2.0], [1.0, 1.0, 3.0]], lambda x, v: [(x[0] + v[0] + v[1]) / 3, (x[1] + v[2]) / 2],
        function=into("mean")),
    whole("scatter_reduce", [[0.0, 2.0], [1.0, 1.0, 3.0]], lambda x, v: [x[0] + v[0] + v[1], x[1] + v[2]], function=into("sum")),
    whole("scatter_reduce", [[2.0, 3.0], [0.0, 0.0, 4.0]], _into_product, function=_index_reduce, vmap=False),
    whole("scatter_reduce", [[0.0, 3.0], [0.0, 5.0, 4.0]], _into_product, function=_index_reduce, vmap=False),
    whole("max_with_indices", [[2.0, 2.0]], lambda x: [x[0]], function=primitive("max_with_indices", axis=0, part=0),
        why="the first of equals"),
    whole("min_with_indices", [[2.0, 2.0]], lambda x: [x[0]], function=primitive("min_with_indices", axis=0, part=0),
        why="the first of equals"),
    whole("pick", [[2.0, 2.0, 1.0]], lambda x: [x[0], x[1]], function=primitive("topk", 2, part=0), why="the first of equals"),
    whole("pick", [[2.0, 2.0, 1.0]], lambda x: [x[0]], function=primitive("median", part=0), why="the first of equals"),
    whole("pick", [[2.0, 2.0, 1.0]], lambda x: [x[0], x[1], x[1]], function=primitive("cummax", axis=0, part=0), why="the last of equals"),
    whole("reorder", [[2.0, 2.0, 1.0]], lambda x: [x[2], x[0], x[1]], function=primitive("sort"), why="the order of equals is kept"),
    whole("quantile", [[2.0, 2.0, 1.0], 0.5], lambda x, q: [x[0]], function=primitive("quantile"), wrt=(0,), why="the first of equals"),
    whole("linalg.det", [[[0.0, 0.0], [0.0, 0.0]]], _determinant),
    whole("linalg.det", [[[1.0, 2.0], [2.0, 4.0]]], _determinant),
    whole("linalg.det", [[[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]]], _determinant, order=2),
    whole("linalg.det", [[[0.0] * 3] * 3], _determinant, order=2),
    whole("pairwise_norms", [[[1.0, 2.0]], [[1.0, 2.0]]], lambda x, y: [mp.mpf(0)], params={"ord": 2.0}, why="0 at equal points (PyTorch)"),
    whole("pairwise_norms", [[[1.0, 2.0]], [[1.0, 0.0]]], lambda x, y: [mp.hypot(x[0] - y[0], x[1] - y[1])],
        params={"ord": 2.0}),
    whole("cosine", [[1.0, 2.0], [1.0, 2.0]],
        lambda x, y: [(x[0] * y[0] + x[1] * y[1]) / mp.sqrt(x[0] ** 2 + x[1] ** 2) / mp.sqrt(y[0] ** 2 + y[1] ** 2)],
        params={"axis": 0, "eps": 1e-8}),
]  # fmt: skip


def _clip(x: Any, low: Any, high: Any) -> Any:
    from agrad.primitives.elementwise import clip

    return clip(x, low, high)
