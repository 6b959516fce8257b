"""Cases of agrad.primitives.pointwise and activations: PyTorch's elementwise operations beyond the standard."""

from __future__ import annotations

from typing import Any

import numpy as np

from agrad_conformance.case import COMPLEX, INEXACT, REAL, A, Case, Hazard, Sample, V
from agrad_conformance.cases.elementwise import INF, NAN, binary, exact, unary

ALL = INEXACT
INTEGERS = ("int32", "int64")


def _three(*kinds: str, **params: Any) -> list[Sample]:
    first, second, third = kinds
    return [
        Sample((A((3, 4), first), A((3, 4), second), A((3, 4), third)), params),
        Sample((A((3, 1), first), A((4,), second), A((), third)), params),
    ]


def _with(kind: str = "real", **params: Any) -> list[Sample]:
    return [Sample((A((3, 4), kind),), params), Sample((A((), kind),), params), Sample((A((0, 3), kind),), params)]


def _lerp(start: Any, end: Any, weight: Any) -> Any:
    return start + weight * (end - start)


def _elu(x: Any, alpha: float, scale: float = 1.0, input_scale: float = 1.0) -> Any:
    return np.where(x <= 0, scale * alpha * np.expm1(x * input_scale), scale * x)


BOUNDS = {"float32": 4.0, "float64": 4.0, "complex64": 12.0, "complex128": 12.0}

CASES = [
    unary(
        "rsqrt",
        3,
        3,
        "positive",
        reference=lambda x: 1 / np.sqrt(x),
        hazards=[Hazard((V([0.0]),), ([-INF],), value=[INF])],
    ),
    unary("exp2", 4, 4, dtypes=REAL, reference=np.exp2),
    unary("frac", 1, 1, "distinct", REAL, reference=lambda x: x - np.trunc(x), measure="mixed"),
    unary("deg2rad", 1, 1, dtypes=REAL),
    unary("rad2deg", 1, 1, dtypes=REAL),
    unary(
        "signum",
        0,
        0,
        "distinct",
        REAL,
        reference=np.sign,
        hazards=[
            Hazard((V([-2.0, 0.0, NAN]),), ([0.0, 0.0, 0.0],), value=[-1.0, 0.0, 0.0], why="nan has sign 0 (PyTorch)")
        ],
    ),
    unary(
        "angle",
        4,
        4,
        "nonzero",
        dtypes=ALL,
        hazards=[
            Hazard((V([0j, 2j]),), ([0j, -0.5 + 0j],), why="0 at the origin (PyTorch)", dtypes=("complex128",)),
            Hazard((V([-1.0, 0.0, 1.0, NAN]),), ([0.0, 0.0, 0.0, 0.0],), value=[np.pi, 0.0, 0.0, NAN]),
        ],
    ),
    Case(
        "round_decimals",
        [*_with("distinct", decimals=1), Sample((V([1234.5, -1251.0]),), {"decimals": -2})],
        reference=lambda x, decimals: np.round(np.asarray(x, np.float64), decimals),
        ulp=2.0,
        hazards=[Hazard((V([0.25, 0.35]),), ([0.0, 0.0],), {"decimals": 1}, value=[0.2, 0.4])],
    ),
    unary("zero", 0, 0, reference=lambda x: np.zeros_like(x)),
    Case("fill", _with(value=2.5), reference=lambda x, value: np.full_like(x, value), ulp=0.0, dtypes=ALL),
    Case(
        "fill_from",
        [Sample((A((3, 4)), A(()))), Sample((A(()), A(()))), Sample((A((0, 3)), A(())))],
        reference=lambda x, value: np.full_like(x, value),
        ulp=0.0,
        dtypes=ALL,
    ),
    Case(
        "nan_to_num",
        _with("real", nan=1.0, posinf=2.0, neginf=-3.0),
        reference=lambda x, **_: x,
        ulp=0.0,
        hazards=[
            Hazard(
                (V([NAN, INF, -INF, 4.0]),),
                ([0.0, 0.0, 0.0, 1.0],),
                {"nan": 1.0, "posinf": 2.0, "neginf": -3.0},
                value=[1.0, 2.0, -3.0, 4.0],
            )
        ],
    ),
    Case(
        "clamp",
        [
            *_with("distinct", min=-0.5, max=0.75),
            *_with("distinct", min=0.125, max=None),
            *_with("distinct", min=None, max=0.125),
        ],
        reference=lambda x, min, max: np.clip(x, min, max),
        ulp=0.0,
        hazards=[
            Hazard(
                (V([1.0, 2.0, 3.0, 4.0, NAN]),),
                ([1.0, 1.0, 1.0, 0.0, 0.0],),
                {"min": 1.0, "max": 3.0},
                value=[1.0, 2.0, 3.0, 3.0, NAN],
                why="the gradient passes at the bounds (PyTorch)",
            ),
            Hazard((V([1.0, 5.0]),), ([0.0, 0.0],), {"min": 3.0, "max": 2.0}, value=[2.0, 2.0], why="max wins"),
        ],
    ),
    Case(
        "frexp",
        [*_with("nonzero"), Sample((V([1.0, 0.5, 0.0, -3.0, 1024.0]),), wrt=())],
        reference=lambda x: np.frexp(np.asarray(x, np.float64)),
        ulp=0.0,
        hazards=[Hazard((V([INF, 1.7e308, -2.3e-308]),), None, value=None)],
        second_order=False,
        notes="linear between the powers of two: its derivative is constant there",
    ),
    binary(
        "fmod",
        1,
        1,
        ("distinct", "nonzero"),
        (*REAL,),
        measure="mixed",
        hazards=[
            Hazard((V([-7.0, 7.0]), V([3.0, -3.0])), ([1.0, 1.0], [2.0, 2.0]), value=[-1.0, 1.0]),
            Hazard((V([-7, 7, -7]), V([3, -3, -3])), None, value=[-1, 1, -1], dtypes=INTEGERS),
        ],
    ),
    binary(
        "divide_floor",
        0,
        0,
        ("distinct", "gt1"),
        REAL,
        reference=lambda x, y: np.floor(x / y),
        hazards=[
            Hazard((V([-1.0, INF, 1.0, -7.0]), V([INF, 2.0, 0.0, 2.0])), None, value=[-1.0, NAN, INF, -4.0]),
            Hazard((V([-7, 7]), V([2, -2])), None, value=[-4, -4], dtypes=INTEGERS),
        ],
    ),
    binary(
        "divide_trunc",
        0,
        0,
        ("distinct", "gt1"),
        REAL,
        reference=lambda x, y: np.trunc(x / y),
        hazards=[Hazard((V([-7, 7, 6]), V([2, -2, 3])), None, value=[-3, -3, 2], dtypes=INTEGERS)],
    ),
    binary(
        "fmax",
        0,
        0,
        ("distinct", "real"),
        REAL,
        hazards=[
            Hazard(
                (V([1.0, NAN, 1.0]), V([1.0, 2.0, NAN])),
                ([1.0, 0.0, 1.0], [0.0, 1.0, 0.0]),
                value=[1.0, 2.0, 1.0],
                why="a tie is the first's (PyTorch)",
            )
        ],
    ),
    binary(
        "fmin",
        0,
        0,
        ("distinct", "real"),
        REAL,
        hazards=[
            Hazard((V([1.0, NAN, 1.0]), V([1.0, 2.0, NAN])), ([1.0, 0.0, 1.0], [0.0, 1.0, 0.0]), value=[1.0, 2.0, 1.0])
        ],
    ),
    exact("heaviside", REAL, [Sample((V([-1.0, 0.0, 2.0]), V([0.5, 0.5, 0.5])))]),
    binary(
        "logaddexp2",
        8,
        8,
        dtypes=REAL,
        measure="mixed",
        hazards=[
            Hazard((V([-INF, 3.0]), V([-INF, 3.0])), ([0.5, 0.5], [0.5, 0.5]), value=[-INF, 4.0]),
        ],
    ),
    exact("gcd", INTEGERS, [Sample((V([12, -18, 0, 7, 0]), V([18, 12, 5, 0, 0])))]),
    exact("lcm", INTEGERS, [Sample((V([4, -6, 0, 7]), V([6, 8, 5, 3])))]),
    Case(
        "isclose",
        [
            Sample(
                (V([1.0, NAN, INF, 1.0]), V([1.0 + 1e-7, NAN, INF, 2.0])),
                {"rtol": 1e-5, "atol": 1e-8, "equal_nan": True},
            ),
            Sample((A((3, 4)), A((4,))), {"rtol": 0.5, "atol": 0.1, "equal_nan": False}),
        ],
        reference=lambda x, y, **params: np.isclose(x, y, **params),
        ulp=0.0,
        differentiable=False,
    ),
    Case("lerp", _three("real", "real", "unit"), reference=_lerp, ulp=8.0, measure="mixed", dtypes=ALL),
    Case(
        "lerp_number",
        [
            Sample((A((3, 4)), A((4,))), {"weight": 0.3}),
            Sample((A((3,)), A((3,))), {"weight": 0.8}),
            Sample((A(()), A((2, 2))), {"weight": 1.5}),
        ],
        reference=_lerp,
        ulp=8.0,
        measure="mixed",
        dtypes=ALL,
    ),
    Case(
        "addcmul",
        [*_three("real", "real", "real", value=1), *_three("real", "real", "real", value=-0.5)],
        reference=lambda x, y, z, value: x + value * y * z,
        ulp=8.0,
        measure="mixed",
        dtypes=ALL,
    ),
    Case(
        "addcdiv",
        [*_three("real", "real", "nonzero", value=1), *_three("real", "real", "nonzero", value=-0.5)],
        reference=lambda x, y, z, value: x + value * y / z,
        ulp=8.0,
        measure="mixed",
        dtypes=ALL,
    ),
    binary(
        "complex",
        0,
        0,
        dtypes=REAL,
        reference=lambda x, y: x + 1j * y,
        hazards=[Hazard((V([1.0, NAN, 0.0]), V([INF, -INF, NAN])), ([1.0, 1.0, 1.0], [0.0, 0.0, 0.0]))],
    ),
    binary(
        "polar",
        6,
        6,
        dtypes=REAL,
        kinds=("positive", "real"),
        reference=lambda r, a: r * np.exp(1j * a),
        measure="mixed",
    ),
    Case(
        "complex_parts",
        _with(),
        reference=lambda x: np.stack([np.real(x), np.imag(x)], -1),
        ulp=0.0,
        dtypes=COMPLEX,
    ),
    Case(
        "from_complex_parts",
        [Sample((A((3, 2)),)), Sample((A((2,)),))],
        reference=lambda x: x[..., 0] + 1j * x[..., 1],
        ulp=0.0,
    ),
    unary(
        "relu",
        0,
        0,
        "distinct",
        REAL,
        reference=lambda x: np.maximum(x, 0),
        hazards=[
            Hazard(
                (V([-1.0, 0.0, 2.0, NAN]),), ([0.0, 0.0, 1.0, 1.0],), value=[0.0, 0.0, 2.0, NAN], why="0 at 0 (PyTorch)"
            )
        ],
    ),
    Case(
        "threshold",
        _with("distinct", threshold=0.1, value=-3.0),
        reference=lambda x, threshold, value: np.where(x > threshold, x, value),
        ulp=0.0,
        hazards=[
            Hazard((V([0.1, 0.2, NAN]),), ([0.0, 1.0, 1.0],), {"threshold": 0.1, "value": 7.0}, value=[7.0, 0.2, NAN])
        ],
    ),
    Case(
        "hardshrink",
        _with("distinct", lambd=0.5),
        reference=lambda x, lambd: np.where(np.abs(x) <= lambd, 0, x),
        ulp=0.0,
        hazards=[Hazard((V([0.5, -0.5, 0.6]),), ([0.0, 0.0, 1.0],), {"lambd": 0.5})],
    ),
    Case(
        "softshrink",
        _with("distinct", lambd=0.5),
        reference=lambda x, lambd: np.where(np.abs(x) <= lambd, 0, x - np.sign(x) * lambd),
        ulp=0.5,
        hazards=[
            Hazard((V([0.5, -0.5, 0.75, NAN]),), ([0.0, 0.0, 1.0, 1.0],), {"lambd": 0.5}, value=[0.0, 0.0, 0.25, NAN])
        ],
    ),
    Case(
        "hardtanh",
        _with("distinct", low=-0.5, high=0.75),
        reference=lambda x, low, high: np.clip(x, low, high),
        ulp=0.0,
        hazards=[
            Hazard(
                (V([-0.5, 0.75, 0.5]),), ([0.0, 0.0, 1.0],), {"low": -0.5, "high": 0.75}, why="0 at the ends (PyTorch)"
            )
        ],
    ),
    Case(
        "leaky_relu",
        _with("distinct", slope=0.25),
        reference=lambda x, slope: np.where(x > 0, x, x * slope),
        ulp=0.0,
        hazards=[
            Hazard((V([0.0, 2.0, -1.0]),), ([0.25, 1.0, 0.25],), {"slope": 0.25}, why="the left slope at 0 (PyTorch)")
        ],
    ),
    Case(
        "stopped",
        [
            Sample((A((3, 4)), A((3, 4)), A((3, 4), "bool")), wrt=(0, 1)),
            Sample((A(()), A(()), A((), "bool")), wrt=(0, 1)),
            Sample((A((0, 3)), A((0, 3)), A((0, 3), "bool")), wrt=(0, 1)),
        ],
        reference=lambda g, x, mask: np.where(mask, 0, g),
        ulp=0.0,
    ),
    Case(
        "softplus",
        [*_with(beta=1.0, threshold=20.0), *_with(beta=2.0, threshold=1.0), *_with()],
        reference=lambda x, beta=1.0, threshold=20.0: np.where(
            x * beta > threshold, x, np.log1p(np.exp(x * beta)) / beta
        ),
        ulp=6.0,
        measure="mixed",
        hazards=[Hazard((V([1000.0, -1000.0]),), ([1.0, 0.0],), {"beta": 1.0, "threshold": 20.0}, value=[1000.0, 0.0])],
    ),
    Case(
        "elu",
        [*_with(alpha=1.0), *_with(alpha=1.67, scale=1.05), *_with(alpha=2.0, input_scale=0.5)],
        reference=_elu,
        ulp=8.0,
        measure="mixed",
        hazards=[
            Hazard(
                (V([0.0, 1000.0, -1000.0]),), ([0.5, 1.0, 0.0],), {"alpha": 0.5}, why="the left slope at 0 (PyTorch)"
            )
        ],
    ),
]
