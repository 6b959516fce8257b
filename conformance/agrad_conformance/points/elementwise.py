"""Special points of the elementwise primitives: the standard's and PyTorch's."""

from __future__ import annotations

from typing import Any

import mpmath as mp

from agrad_conformance.points import Points, one, two

INF, NAN = float("inf"), float("nan")


HIGHER = ("00", "01", "11", "000", "001", "011", "111")


def zeros(count: int, *slots: str) -> dict[str, list[float]]:
    """Return stated zeros at `count` points: of the second and third order in two arguments by default."""
    return {slot: [0.0] * count for slot in slots or HIGHER}


def flat(*_: Any) -> Any:
    """Return 0: the germ of a constant."""
    return mp.mpf(0)


def first(x: Any, *_: Any) -> Any:
    """Return the first argument."""
    return x


def second(_x: Any, y: Any) -> Any:
    """Return the second argument."""
    return y


def mean(x: Any, y: Any) -> Any:
    """Return the mean of two: the germ at a tie."""
    return (x + y) / 2


def power(x: Any, y: Any) -> Any:
    """Return x**y, for integers y where x is not positive."""
    return mp.power(x, y) if x > 0 else x ** int(mp.nint(y))


def _logaddexp(x: Any, y: Any) -> Any:
    return x + mp.log1p(mp.exp(y - x))


def _logaddexp2(x: Any, y: Any) -> Any:
    return x + mp.log1p(mp.power(2, y - x)) / mp.log(2)


def _remainder(x: Any, y: Any) -> Any:
    return x - mp.floor(x / y + mp.mpf("0.1")) * y


def _fmod(x: Any, y: Any) -> Any:
    quotient = x / y
    return x - mp.sign(quotient) * mp.floor(abs(quotient) + mp.mpf("0.1")) * y


STANDARD: list[Points] = [
    two("add", [(0.0, 0.0), (-1.0, 2.0)], lambda x, y: x + y),
    two("subtract", [(0.0, 0.0), (1.0, 1.0)], lambda x, y: x - y),
    two("multiply", [(0.0, 0.0), (0.0, 3.0), (-2.0, 0.0)], lambda x, y: x * y),
    two("divide", [(0.0, 3.0), (-0.0, -2.0), (5.0, 5.0)], lambda x, y: x / y),
    two(
        "divide",
        [(0.0, 0.0), (1.0, 0.0)],
        stated={"0": [INF, INF], "1": [NAN, -INF], "00": [0.0, 0.0], "11": [NAN, INF]},
        order=2,
        why="a pole",
    ),
    one("negative", [0.0, -0.0, 1.0], lambda x: -x),
    one("positive", [0.0, -0.0, 1.0], first),
    one("reciprocal", [1.0, -2.0, 0.125], lambda x: 1 / x),
    one("reciprocal", [0.0], stated={"0": [-INF], "00": [INF], "000": [-INF]}, why="a pole"),
    one("square", [0.0, -0.0, -3.0], lambda x: x * x),
    one("abs", [2.0, -3.0], abs),
    one("abs", [0.0, -0.0], flat, why="0 at 0 (PyTorch)"),
    one("sign", [0.0, -0.0, 2.0, -3.0], flat),
    two("remainder", [(0.0, 2.0), (5.0, 2.0), (4.0, 2.0), (-1.0, 2.0), (7.0, -2.0)], _remainder),
    two(
        "pow", [(2.0, 0.0), (1.0, 0.0), (0.5, 0.0), (2.0, 1.0), (3.0, -1.0), (1.0, 2.0), (4.0, 0.5), (1.0, -0.5)], power
    ),
    two(
        "pow",
        [(0.0, 1.0), (0.0, 2.0), (0.0, 3.0), (0.0, 4.0), (-0.0, 1.0), (-0.0, 2.0), (-2.0, 0.0)],
        lambda x, y: x ** int(mp.nint(y)),
        wrt=(0,),
    ),
    two(
        "pow",
        [(-2.0, 1.0), (-2.0, 2.0), (-1.0, 3.0), (-2.0, -1.0), (-1.0, -2.0), (-1.0, 0.0), (0.0, 0.0)],
        lambda x, y: x ** int(mp.nint(y)),
        wrt=(0,),
    ),
    two(
        "pow",
        [(0.0, 0.0), (0.0, 0.5), (0.0, 1.0), (0.0, 2.0), (0.0, 3.0), (0.0, 4.0)],
        stated={
            "0": [0.0, INF, 1.0, 0.0, 0.0, 0.0],
            "1": [0.0] * 6,
            "00": [0.0, -INF, 0.0, 2.0, 0.0, 0.0],
            "01": [0.0, -INF, -INF, 0.0, 0.0, 0.0],
            "11": [0.0] * 6,
            "000": [0.0, INF, 0.0, 0.0, 6.0, 0.0],
            "001": [0.0, INF, INF, -INF, 0.0, 0.0],
            "011": [0.0, INF, INF, 0.0, 0.0, 0.0],
            "111": [0.0] * 6,
        },
        why="limits from the right; x**y is taken for constant at (0, 0), where it has no limit",
    ),
    two(
        "pow", [(1.0, INF), (1.0, -INF), (2.0, INF), (0.5, INF)], stated={"1": [0.0, 0.0, INF, 0.0]}, order=1, wrt=(1,)
    ),
    one("exp", [0.0, 1.0, -2.0], mp.exp),
    one("exp", [-INF], stated={"0": [0.0], "00": [0.0], "000": [0.0]}),
    one("expm1", [0.0, -0.0, 1e-12, -1.0], mp.expm1),
    one("log", [1.0, 0.5, 2.0], mp.log),
    one("log", [0.0], stated={"0": [INF], "00": [-INF], "000": [INF]}, why="a pole"),
    one("log1p", [0.0, -0.0, 1e-12, -0.5], mp.log1p),
    one("log1p", [-1.0], stated={"0": [INF], "00": [-INF], "000": [INF]}, why="a pole"),
    one("log2", [1.0, 0.5, 2.0], lambda x: mp.log(x, 2)),
    one("log2", [0.0], stated={"0": [INF], "00": [-INF], "000": [INF]}, why="a pole"),
    one("log10", [1.0, 0.1, 10.0], mp.log10),
    one("log10", [0.0], stated={"0": [INF], "00": [-INF], "000": [INF]}, why="a pole"),
    one("sqrt", [1.0, 4.0, 0.25], mp.sqrt),
    one("sqrt", [0.0], stated={"0": [INF], "00": [-INF], "000": [INF]}, why="infinite slope"),
    two(
        "logaddexp",
        [(5.0, 5.0), (0.0, 0.0), (-800.0, -800.0), (1000.0, 1000.0), (0.0, 3.0), (3.0, 0.0), (1000.0, 0.0)],
        _logaddexp,
    ),
    two(
        "logaddexp",
        [(-INF, 2.0), (INF, 2.0)],
        stated={
            "0": [0.0, 1.0],
            "1": [1.0, 0.0],
            **zeros(2),
        },
    ),
    two(
        "logaddexp",
        [(-INF, -INF), (INF, INF)],
        stated={"0": [0.5, 0.5], "1": [0.5, 0.5]},
        order=1,
        why="a tie at infinity: split in half (PyTorch)",
    ),
    one("sin", [0.0, -0.0, 1.5], mp.sin),
    one("cos", [0.0, -0.0, 1.5], mp.cos),
    one("tan", [0.0, -0.0, 0.75], mp.tan),
    one("asin", [0.0, -0.0, 0.5], mp.asin),
    one("asin", [1.0, -1.0], stated={"0": [INF, INF], "00": [INF, -INF], "000": [INF, INF]}, why="infinite slope"),
    one("acos", [0.0, -0.0, 0.5], mp.acos),
    one("acos", [1.0, -1.0], stated={"0": [-INF, -INF], "00": [-INF, INF], "000": [-INF, -INF]}, why="infinite slope"),
    one("atan", [0.0, -0.0, 1.0], mp.atan),
    one("sinh", [0.0, -0.0, 1.0], mp.sinh),
    one("cosh", [0.0, -0.0, 1.0], mp.cosh),
    one("tanh", [0.0, -0.0, 1.0], mp.tanh),
    one("asinh", [0.0, -0.0, 1.0], mp.asinh),
    one("acosh", [1.5, 2.0], mp.acosh),
    one("acosh", [1.0], stated={"0": [INF], "00": [-INF], "000": [INF]}, why="infinite slope"),
    one("atanh", [0.0, -0.0, 0.5], mp.atanh),
    one("atanh", [1.0, -1.0], stated={"0": [INF, INF], "00": [INF, -INF], "000": [INF, INF]}, why="a pole"),
    two("atan2", [(0.0, 1.0), (1.0, 0.0), (-1.0, 0.0), (2.0, 2.0), (-1.0, -2.0), (-0.0, 2.0)], mp.atan2),
    two("atan2", [(0.0, -1.0), (-0.0, -2.0)], lambda y, x: mp.atan(y / x), why="on the cut, the branch of either side"),
    two("atan2", [(0.0, 0.0), (-0.0, 0.0)], flat, why="0 at the origin (PyTorch)"),
    two("hypot", [(3.0, 4.0), (0.0, 1.0), (1.0, 0.0), (-0.0, -2.0), (1.0, 1.0)], mp.hypot),
    two("hypot", [(0.0, 0.0), (-0.0, 0.0)], flat, why="0 at the origin, as vector_norm"),
    one("ceil", [0.0, 1.0, -1.5], flat),
    one("floor", [0.0, 1.0, -1.5], flat),
    one("round", [0.0, 0.5, 1.0, -1.5], flat),
    one("trunc", [0.0, 1.0, -1.5], flat),
    two(
        "copysign",
        [(2.0, 1.0), (-2.0, 1.0), (2.0, -0.0), (-2.0, 0.0)],
        stated={
            "0": [1.0, -1.0, -1.0, -1.0],
            "1": [0.0] * 4,
            **zeros(4),
        },
    ),
    two("copysign", [(0.0, 1.0), (-0.0, -2.0)], flat, why="0 at 0 (PyTorch)"),
    two("maximum", [(2.0, 1.0), (0.5, -INF)], first),
    two("maximum", [(1.0, 1.0), (0.0, -0.0)], mean, why="a tie is split in half"),
    two("minimum", [(1.0, 2.0), (0.5, INF)], first),
    two("minimum", [(1.0, 1.0), (0.0, -0.0)], mean, why="a tie is split in half"),
]

BEYOND: list[Points] = [
    one("rsqrt", [1.0, 4.0, 0.25], lambda x: 1 / mp.sqrt(x)),
    one("rsqrt", [0.0], stated={"0": [-INF], "00": [INF], "000": [-INF]}, why="a pole"),
    one("exp2", [0.0, -0.0, 1.0, -3.0], lambda x: mp.power(2, x)),
    one("frac", [0.0, 1.0, -1.5], first, why="1, also at the steps"),
    one("deg2rad", [0.0, 90.0], lambda x: x * mp.pi / 180),
    one("rad2deg", [0.0, 1.0], lambda x: x * 180 / mp.pi),
    one("signum", [0.0, 2.0, NAN], flat),
    one("angle", [0.0, 2.0, -1.0], flat),
    one("round_decimals", [0.25, 0.0, -1.5], flat, params={"decimals": 1}),
    one("zero", [0.0, 2.0], flat),
    one("fill", [0.0, 2.0], flat, params={"value": 2.5}),
    one("nan_to_num", [0.0, 2.0], first, params={"nan": 1.0, "posinf": 2.0, "neginf": -3.0}),
    one("nan_to_num", [NAN, INF, -INF], stated={"0": [0.0] * 3, "00": [0.0] * 3, "000": [0.0] * 3},
        params={"nan": 1.0, "posinf": 2.0, "neginf": -3.0}),
    one("clamp", [1.0, 2.0, 3.0], first, params={"min": 1.0, "max": 3.0}, why="the gradient passes at the bounds (PyTorch)"),
    one("clamp", [0.5, 4.0], flat, params={"min": 1.0, "max": 3.0}),
    one("frexp", [1.0, 0.5, -3.0], lambda x: x / mp.power(2, mp.floor(mp.log(abs(x) * (1 + mp.mpf(10) ** -9), 2)) + 1),
        function=lambda x: _primitive("frexp")(x)[0]),
    two("fmod", [(0.0, 2.0), (5.0, 2.0), (4.0, 2.0), (-5.0, 2.0), (7.0, -2.0)], _fmod),
    two("divide_floor", [(0.0, 2.0), (5.0, 2.0), (4.0, 2.0)], flat),
    two("divide_trunc", [(0.0, 2.0), (5.0, 2.0), (4.0, -2.0)], flat),
    two("fmax", [(2.0, 1.0), (1.0, 1.0), (0.0, -0.0)], first, why="a tie is the first's (PyTorch)"),
    two("fmax", [(NAN, 2.0), (1.0, 2.0)],
        stated={"0": [0.0] * 2, "1": [1.0] * 2, **zeros(2)}),
    two("fmin", [(1.0, 2.0), (1.0, 1.0), (0.0, -0.0)], first, why="a tie is the first's (PyTorch)"),
    two("fmin", [(NAN, 2.0), (3.0, 2.0)],
        stated={"0": [0.0] * 2, "1": [1.0] * 2, **zeros(2)}),
    two("logaddexp2", [(5.0, 5.0), (0.0, 0.0), (-800.0, -800.0), (0.0, 3.0), (3.0, 0.0), (1100.0, 0.0)], _logaddexp2),
    two("logaddexp2", [(-INF, 2.0), (INF, 2.0)],
        stated={"0": [0.0, 1.0], "1": [1.0, 0.0], **zeros(2)}),
    two("logaddexp2", [(-INF, -INF), (INF, INF)],
        stated={"0": [0.5, 0.5], "1": [0.5, 0.5]}, order=1, why="a tie at infinity: split in half (PyTorch)"),
    Points("lerp", [[1.0, 2.0, 0.0], [3.0, 2.0, 0.0], [0.0, 0.5, 1.0]], lambda a, b, w: a + w * (b - a)),
    two("lerp_number", [(1.0, 3.0), (2.0, 2.0)], lambda a, b: a + (b - a) / 2, params={"weight": 0.5}),
    Points("addcmul", [[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]], lambda x, y, z: x + y * z / 2, params={"value": 0.5}),
    Points("addcdiv", [[1.0, 0.0], [0.0, 2.0], [3.0, 1.0]], lambda x, y, z: x + y / z / 2, params={"value": 0.5}),
    one("relu", [2.0], first),
    one("relu", [0.0, -0.0, -1.0], flat, why="0 at 0 (PyTorch)"),
    one("threshold", [0.2], first, params={"threshold": 0.1, "value": 7.0}),
    one("threshold", [0.1, 0.0], flat, params={"threshold": 0.1, "value": 7.0}, why="0 at the threshold (PyTorch)"),
    one("hardshrink", [0.6, -0.7], first, params={"lambd": 0.5}),
    one("hardshrink", [0.5, -0.5, 0.0], flat, params={"lambd": 0.5}, why="0 at the bounds (PyTorch)"),
    one("softplus", [0.0, -0.0, 1.0, -3.0], lambda x: mp.log1p(mp.exp(2 * x)) / 2, params={"beta": 2.0, "threshold": 20.0}),
    one("softplus", [21.0, 1000.0], first, params={"beta": 1.0, "threshold": 20.0}, why="linear above the threshold"),
    one("elu", [0.5, 1.0], first, params={"alpha": 1.5}),
    one("elu", [-1.0, -0.25], lambda x: mp.expm1(x) * mp.mpf("1.5"), params={"alpha": 1.5}),
    one("elu", [0.0, -0.0], lambda x: x * mp.mpf("1.5"), params={"alpha": 1.5}, why="the left slope, and no curvature, at 0 (PyTorch)"),
    one("softshrink", [1.0, -1.0], first, params={"lambd": 0.5}),
    one("softshrink", [0.5, -0.5, 0.0], flat, params={"lambd": 0.5}, why="0 at the bounds (PyTorch)"),
    one("hardtanh", [0.5, 0.0], first, params={"low": -1.0, "high": 1.0}),
    one("hardtanh", [1.0, -1.0, 2.0], flat, params={"low": -1.0, "high": 1.0}, why="0 at the ends (PyTorch)"),
    one("leaky_relu", [1.0], first, params={"slope": 0.25}),
    one("leaky_relu", [0.0, -0.0, -1.0], lambda x: x / 4, params={"slope": 0.25}, why="the left slope at 0 (PyTorch)"),
    one("held_log", [1.0, 0.5], mp.log),
    one("held_log", [0.0, -0.0, 1.0], mp.log1p, params={"shifted": True}),
    one("held_log", [0.0], stated={"0": [1e12], "00": [0.0]}, order=2, why="the slope is held (PyTorch)"),
    two("stopped", [(1.0, 0.0), (0.0, 1.0)], first, function=lambda g, x: _primitive("stopped")(g, x, x != x)),
    two("pow_log", [(1.0, 0.0), (2.0, 0.0), (1.0, 2.0), (0.5, 1.0)], lambda x, y: mp.power(x, y) * mp.log(x), params={"order": 1}),
    two("pow_log", [(0.0, 4.0), (0.0, 5.0)], flat, params={"order": 1}, why="limits from the right"),
    two("where", [(1.0, 0.0), (0.0, 5.0)], first, function=lambda x, y: _primitive("where")(x == x, x, y)),
    one("masked_fill", [1.0, 0.0], first, function=lambda x: _filled(x, x != x)),
    one("masked_fill", [1.0, 0.0], flat, function=lambda x: _filled(x, x == x)),
]  # fmt: skip


def _filled(x: Any, mask: Any) -> Any:
    from agrad_conformance import driver

    value = driver.tensor_namespace().asarray(2.5, dtype=x.dtype, device=x.device)
    return _primitive("masked_fill")(x, mask, value)


def _primitive(name: str) -> Any:
    from agrad_conformance import driver

    return driver.operation(name)


POINTS = STANDARD + BEYOND
