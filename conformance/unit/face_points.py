"""Special points of functions of PyTorch's face: activations, losses, distances, and operators with Python numbers."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
from agrad_conformance.points import Points, one, two, whole
from agrad_conformance.points.elementwise import first, flat, power, zeros

import agrad

F = agrad.nn.functional


def _face(name: str, *more: Any, **params: Any) -> Any:
    """Return a function of nn.functional with later arguments and parameters."""

    def call(*tensors: Any) -> Any:
        return getattr(F, name)(*tensors, *more, **params)

    return call


def activation(name: str, points: list[float], germ: Any, *more: Any, **params: Any) -> Points:
    """Return points of an activation."""
    why = params.pop("why", "")
    return one(f"nn.functional.{name}", points, germ, function=_face(name, *more, **params), why=why)


def loss(name: str, x: Any, target: Any, germ: Any, **params: Any) -> Points:
    """Return a point of a loss, differentiated in its input and target, with reduction "none" where it is not told."""
    more = {key: params.pop(key) for key in ("why", "wrt", "stated", "order", "vmap") if key in params}
    params.setdefault("reduction", "none")
    return whole(f"nn.functional.{name}", [x, target], germ, function=_face(name, **params), **more)


def _each(function: Any) -> Any:
    return lambda x, y: [function(a, b) for a, b in zip(x, y, strict=True)]


def _size(x: Any) -> Any:
    return mp.sqrt(mp.fsum(one * one for one in x))


def _gap(x: Any, y: Any, eps: float = 1e-6) -> Any:
    return _size([a - b + mp.mpf(eps) for a, b in zip(x, y, strict=True)])


def _cosine(x: Any, y: Any) -> Any:
    return mp.fsum(a * b for a, b in zip(x, y, strict=True)) / _size(x) / _size(y)


def _gelu_tanh(x: Any) -> Any:
    return x * (1 + mp.tanh(mp.mpf(math.sqrt(2.0 / math.pi)) * (x + mp.mpf(0.044715) * x**3))) / 2


def _cross_entropy(x: Any) -> Any:
    return [mp.log(mp.fsum(map(mp.exp, x))) - x[1]]


_SELU = 1.0507009873554804934193349852946
_SELU_ALPHA = 1.6732632423543772848170429916717

ACTIVATIONS: list[Points] = [
    activation("relu6", [2.0, 5.0], first),
    activation("relu6", [0.0, -0.0, 6.0, -1.0, 7.0], flat, why="0 at both ends (PyTorch)"),
    activation("leaky_relu", [1.0], first),
    activation("leaky_relu", [0.0, -0.0, -1.0], lambda x: x / 4, negative_slope=0.25, why="the left slope at 0 (PyTorch)"),
    activation("rrelu", [1.0], first),
    activation("rrelu", [0.0, -0.0, -1.0], lambda x: x / 4, 0.125, 0.375, why="the left slope at 0 (PyTorch)"),
    whole("nn.functional.prelu", [[0.0, -0.0, -2.0], [0.25]], lambda x, w: [one * w[0] for one in x], function=F.prelu,
        why="the left slope at 0 (PyTorch)"),
    activation("hardtanh", [0.0, 0.5], first),
    activation("hardtanh", [1.0, -1.0, 2.0], flat, why="0 at both ends (PyTorch)"),
    activation("hardsigmoid", [0.0, 1.0], lambda x: x / 6),
    activation("hardsigmoid", [3.0, -3.0, 4.0], flat, why="0 at both ends (PyTorch)"),
    activation("hardswish", [0.0, 1.0], lambda x: x * x / 6 + x / 2),
    activation("hardswish", [3.0, 4.0], first, why="1 at 3 (PyTorch)"),
    activation("hardswish", [-3.0, -4.0], flat, why="0 at -3 (PyTorch)"),
    activation("softshrink", [1.0, -1.0], first),
    activation("softshrink", [0.5, -0.5, 0.0], flat, why="0 at the bounds (PyTorch)"),
    activation("softsign", [1.0, -2.0], lambda x: x / (1 + abs(x))),
    activation("softsign", [0.0, -0.0], first, why="abs(x) is taken for constant at 0 (PyTorch)"),
    activation("tanhshrink", [0.0, -0.0, 1.0], lambda x: x - mp.tanh(x)),
    activation("celu", [1.0], first),
    activation("celu", [-1.0, -0.25], lambda x: 2 * mp.expm1(x / 2), 2.0),
    activation("celu", [0.0, -0.0], first, 2.0, why="the left slope, and no curvature, at 0 (PyTorch)"),
    activation("selu", [1.0, 2.0], lambda x: mp.mpf(_SELU) * x),
    activation("selu", [-1.0], lambda x: mp.mpf(_SELU * _SELU_ALPHA) * mp.expm1(x)),
    activation("selu", [0.0, -0.0], lambda x: mp.mpf(_SELU * _SELU_ALPHA) * x, why="the left slope, and no curvature, at 0 (PyTorch)"),
    activation("gelu", [0.0, -0.0, 1.0], lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2),
    activation("gelu", [0.0, -0.0, 1.0], _gelu_tanh, approximate="tanh"),
    activation("silu", [0.0, -0.0, 1.0, -1.0], lambda x: x / (1 + mp.exp(-x))),
    activation("mish", [0.0, -0.0, 1.0, -1.0], lambda x: x * mp.tanh(mp.log1p(mp.exp(x)))),
    activation("logsigmoid", [0.0, -0.0, 1.0, -1.0], lambda x: -mp.log1p(mp.exp(-x))),
    activation("softplus", [0.0, -0.0, 1.0, -1.0], lambda x: mp.log1p(mp.exp(x))),
    activation("softplus", [21.0, 30.0], first, why="linear above the threshold"),
    whole("nn.functional.glu", [[0.0, 1.0, 0.0, 0.0]], lambda x: [a / (1 + mp.exp(-b)) for a, b in zip(x[:2], x[2:], strict=True)],
        function=_face("glu")),
    whole("nn.functional.softmin", [[1.0, 1.0]], lambda x: [mp.exp(-one) / mp.fsum(mp.exp(-other) for other in x) for one in x],
        function=_face("softmin", dim=0)),
]  # fmt: skip

LOSSES: list[Points] = [
    loss("mse_loss", [1.0, 0.0], [1.0, 2.0], _each(lambda x, y: (x - y) ** 2)),
    loss("l1_loss", [1.0, 0.0], [1.0, 2.0], lambda x, y: [mp.mpf(0), y[1] - x[1]], why="0 at 0 (PyTorch)"),
    loss("huber_loss", [1.0, 0.0], [1.0, 0.5], _each(lambda x, y: (x - y) ** 2 / 2)),
    loss("huber_loss", [3.0, 0.0], [1.0, 2.0], lambda x, y: [x[0] - y[0], y[1] - x[1]]),
    loss("huber_loss", [1.0, 0.0], [0.0, 1.0], _each(lambda x, y: (x - y) ** 2 / 2), why="the inner branch at delta (PyTorch)"),
    loss("smooth_l1_loss", [1.0, 0.0], [1.0, 0.25], _each(lambda x, y: (x - y) ** 2), beta=0.5),
    loss("smooth_l1_loss", [3.0, 0.0], [1.0, 2.0], lambda x, y: [x[0] - y[0], y[1] - x[1]]),
    loss("smooth_l1_loss", [1.0, 0.0], [0.0, 1.0], lambda x, y: [x[0] - y[0], y[1] - x[1]], why="the outer branch at beta (PyTorch)"),
    loss("smooth_l1_loss", [1.0, 0.0], [1.0, 2.0], lambda x, y: [mp.mpf(0), y[1] - x[1]], beta=0.0, why="l1_loss"),
    loss("binary_cross_entropy_with_logits", [0.0, 0.0, 1.0], [0.0, 1.0, 0.5],
        _each(lambda x, t: (1 - t) * x + mp.log1p(mp.exp(-x)))),
    loss("binary_cross_entropy", [0.5, 0.5, 0.25], [0.0, 1.0, 0.5],
        _each(lambda p, t: -(t * mp.log(p) + (1 - t) * mp.log(1 - p)))),
    loss("binary_cross_entropy", [0.0, 1.0], [0.0, 1.0], lambda p, t: [-mp.log(1 - p[0]), -mp.log(p[1])], wrt=(0,)),
    loss("binary_cross_entropy", [0.0, 1.0], [1.0, 0.0], stated={"0": [-1e12], "1": [-0.75e12]}, wrt=(0,), order=1, why="the slope is held (PyTorch)", germ=None),
    loss("kl_div", [0.0, -1.0], [0.5, 1.0], _each(lambda x, t: t * (mp.log(t) - x))),
    loss("kl_div", [0.0, -1.0], [0.0, 0.0], _each(lambda x, t: -t * x), wrt=(0,)),
    loss("kl_div", [0.0, -1.0], [0.0, -1.0], _each(lambda x, t: mp.exp(t) * (t - x)), log_target=True),
    loss("poisson_nll_loss", [0.0, 1.0], [0.0, 1.0], _each(lambda x, t: mp.exp(x) - t * x)),
    loss("poisson_nll_loss", [1.0, 2.0], [0.0, 1.0], _each(lambda x, t: x - t * mp.log(x + mp.mpf(1e-8))), log_input=False),
    loss("poisson_nll_loss", [0.0, 1.0], [0.0, 1.0], _each(lambda x, t: mp.exp(x) - t * x), full=True, why="no Stirling term up to 1"),
    loss("soft_margin_loss", [0.0, 1.0], [1.0, -1.0], _each(lambda x, t: mp.log1p(mp.exp(-t * x)))),
    loss("multilabel_soft_margin_loss", [[0.0, 1.0]], [[1.0, 0.0]],
        lambda x, t: [(mp.log1p(mp.exp(-x[0])) * t[0] + (1 - t[0]) * mp.log1p(mp.exp(x[0])) + mp.log1p(mp.exp(-x[1])) * t[1] + (1 - t[1]) * mp.log1p(mp.exp(x[1]))) / 2]),
    whole("nn.functional.gaussian_nll_loss", [[1.0, 0.0], [1.0, 2.0], [1.0, 0.5]],
        lambda x, t, v: [(mp.log(c) + (a - b) ** 2 / c) / 2 for a, b, c in zip(x, t, v, strict=True)],
        function=_face("gaussian_nll_loss", reduction="none"), order=2),
    whole("nn.functional.hinge_embedding_loss", [[1.0, 0.0]], lambda x: [x[0], 1 - x[1]],
        function=lambda x: F.hinge_embedding_loss(x, agrad.tensor([1.0, -1.0], dtype=x.dtype, device=x.device), reduction="none")),
    whole("nn.functional.hinge_embedding_loss", [[1.0, 1.0]], lambda x: [x[0], -x[1]], why="clamp passes its gradient at the margin (PyTorch)",
        function=lambda x: F.hinge_embedding_loss(x, agrad.tensor([1.0, -1.0], dtype=x.dtype, device=x.device), reduction="none")),
    whole("nn.functional.margin_ranking_loss", [[1.0, 0.0], [1.0, 2.0]], lambda x, y: [y[0] - x[0], y[1] - x[1]], why="clamp passes at 0 (PyTorch)",
        function=lambda x, y: F.margin_ranking_loss(x, y, agrad.tensor([1.0, 1.0], dtype=x.dtype, device=x.device), reduction="none")),
    whole("nn.functional.cross_entropy", [[1.0, 1.0, 1.0]], _cross_entropy, function=lambda x: F.cross_entropy(x, agrad.tensor(1, device=x.device)), vmap=False),
    whole("nn.functional.multi_margin_loss", [[1.0, 1.0, 1.0]], lambda x: [(2 - 2 * x[1] + x[0] + x[2]) / 3], vmap=False,
        function=lambda x: F.multi_margin_loss(x, agrad.tensor(1, device=x.device))),
    whole("nn.functional.triplet_margin_loss", [[[1.0, 0.0]], [[0.0, 1.0]], [[2.0, 0.0]]], lambda a, p, n: [_gap(a, p) - _gap(a, n) + 1],
        function=_face("triplet_margin_loss"), order=2),
    whole("nn.functional.cosine_similarity", [[[1.0, 2.0]], [[1.0, 2.0]]], lambda x, y: [_cosine(x, y)], function=_face("cosine_similarity")),
    whole("nn.functional.cosine_similarity", [[[0.0, 0.0]], [[1.0, 2.0]]],
        lambda x, y: [mp.fsum(a * b for a, b in zip(x, y, strict=True)) / _size(y) * mp.mpf(10) ** 8],
        function=_face("cosine_similarity"), why="the norm of 0 is held at eps"),
    whole("nn.functional.cosine_embedding_loss", [[[1.0, 2.0]], [[1.0, 2.0]]],
        lambda x, y: [1 - mp.fsum(a * b for a, b in zip(x, y, strict=True)) / mp.sqrt((_size(x) ** 2 + mp.mpf(1e-12)) * (_size(y) ** 2 + mp.mpf(1e-12)))],
        function=lambda x, y: F.cosine_embedding_loss(x, y, agrad.tensor([1.0], dtype=x.dtype, device=x.device))),
    whole("nn.functional.pairwise_distance", [[[1.0, 2.0]], [[1.0, 2.0]]], lambda x, y: [_gap(x, y)], function=_face("pairwise_distance"), order=1),
    whole("nn.functional.normalize", [[[3.0, 4.0]]], lambda x: [one / _size(x) for one in x], function=_face("normalize")),
    whole("nn.functional.normalize", [[[0.0, 0.0]]], lambda x: [one * mp.mpf(10) ** 12 for one in x], function=_face("normalize"), why="the norm of 0 is held at eps"),
    whole("cdist", [[[1.0, 2.0]], [[1.0, 2.0]]], lambda x, y: [mp.mpf(0)], function=agrad.cdist, why="0 at equal points (PyTorch)"),
    whole("layer_norm", [[1.0, 1.0]], lambda x: [(one - (x[0] + x[1]) / 2) / mp.sqrt(((x[0] - x[1]) / 2) ** 2 + mp.mpf(1e-5)) for one in x],
        function=lambda x: F.layer_norm(x, (2,)), tolerance=1e-8),
]  # fmt: skip

OPERATORS: list[Points] = [
    one("x ** 2", [0.0, -0.0, -3.0], lambda x: x**2, function=lambda x: x**2),
    one("x ** 3", [0.0, -0.0, -3.0], lambda x: x**3, function=lambda x: x**3),
    one("x ** 1", [0.0, -0.0, -3.0], first, function=lambda x: x**1),
    one("x ** 0", [0.0, -0.0, -3.0], flat, function=lambda x: x**0),
    one("x ** -1", [1.0, -3.0], lambda x: 1 / x, function=lambda x: x**-1),
    one("x ** 2.0", [0.0, -0.0, -3.0], lambda x: x**2, function=lambda x: x**2.0),
    one("2 ** x", [0.0, -0.0, -3.0], lambda x: mp.power(2, x), function=lambda x: 2**x),
    one("0.0 ** x", [1.0, 2.0, 0.0], flat, function=lambda x: 0.0**x, why="0**x is flat, also at 0, where it has no limit"),
    two("float_power", [(2.0, 0.0), (1.0, 0.0), (2.0, 1.0)], power, function=agrad.float_power),
    two("float_power", [(0.0, 2.0), (0.0, 3.0)], power, function=agrad.float_power, wrt=(0,)),
    one("abs(x) ** 3", [0.0, -0.0], flat, function=lambda x: abs(x) ** 3),
    one("x * sign(x)", [0.0], flat, function=lambda x: x * agrad.sign(x)),
    one("complex abs", [0.0, -0.0], flat, function=lambda x: abs(agrad.complex(x, x)), why="0 at 0 (PyTorch)"),
    two("complex abs", [(3.0, 4.0), (0.0, 1.0), (1.0, 0.0)], mp.hypot, function=lambda x, y: abs(agrad.complex(x, y))),
    two("complex angle", [(3.0, 4.0), (0.0, 1.0), (1.0, 0.0)], lambda x, y: mp.atan2(y, x), function=lambda x, y: agrad.angle(agrad.complex(x, y))),
    two("complex power", [(0.0, 1.0), (1.0, 0.0), (0.0, 2.0)], lambda x, y: x * x - y * y, function=lambda x, y: agrad.real(agrad.complex(x, y) ** 2)),
    one("complex power", [0.0, -0.0], flat, function=lambda x: agrad.imag(agrad.complex(x, 0.0 * x) ** 2)),
    two("complex sgn", [(3.0, 4.0), (0.0, 1.0), (1.0, 0.0)], lambda x, y: x / mp.hypot(x, y), function=lambda x, y: agrad.real(agrad.sgn(agrad.complex(x, y)))),
    one("complex sgn", [0.0], flat, function=lambda x: agrad.real(agrad.sgn(agrad.complex(x, x))), why="0 at 0 (PyTorch)"),
    two("complex sqrt", [(3.0, 4.0), (0.0, 1.0)], lambda x, y: mp.sqrt((mp.hypot(x, y) + x) / 2),
        function=lambda x, y: agrad.real(agrad.sqrt(agrad.complex(x, y)))),
    two("logaddexp of sums", [(5.0, 5.0)], lambda x, y: mp.log(mp.exp(2 * x) + mp.exp(x + y)), function=lambda x, y: agrad.logaddexp(x + x, x + y)),
    whole("prod of equals", [[0.0, 0.0, 2.0]], lambda x: [(x[0] * x[1] * x[2]) ** 2], function=lambda x: x.prod() ** 2),
    whole("hessian of logsumexp", [[0.0, 0.0]], lambda x: [mp.log(mp.exp(x[0]) + mp.exp(x[1])) ** 2], function=lambda x: agrad.logsumexp(x, 0) ** 2),
    whole("std of equals", [[2.0, 2.0, 2.0]], stated=zeros(1, "0", "1", "2"), function=lambda x: x.std(), order=1, why="0 where all are equal (PyTorch)"),
    whole("norm of equals", [[2.0, 2.0]], lambda x: [_size(x)], function=lambda x: x.norm()),
]  # fmt: skip

POINTS = ACTIVATIONS + LOSSES + OPERATORS
