"""Cases of agrad.primitives.elementwise. Bounds are of one backend against the true value; domains keep clear of what is known to fail."""

from __future__ import annotations

from typing import Any

import numpy as np

from agrad_conformance.case import INEXACT, REAL, A, Case, Hazard, Sample, V

INF, NAN = float("inf"), float("nan")
ALL = INEXACT
INTEGERS = ("int32", "int64", "uint8")


def _bounds(single: float, double: float, extra: float = 8.0) -> dict[str, float]:
    return {"float32": single, "float64": double, "complex64": single + extra, "complex128": double + extra}


def _one(kind: str = "real") -> list[Sample]:
    return [Sample((A((3, 4), kind),)), Sample((A((), kind),)), Sample((A((0, 3), kind),))]


def _two(first: str = "real", second: str = "real") -> list[Sample]:
    return [
        Sample((A((3, 4), first), A((3, 4), second))),
        Sample((A((3, 1), first), A((4,), second))),
        Sample((A((), first), A((2, 3), second))),
        Sample((A((0,), first), A((1,), second))),
    ]


def unary(
    name: str,
    single: float = 0.5,
    double: float = 0.5,
    kind: str = "real",
    dtypes: tuple[str, ...] = ALL,
    reference: Any = None,
    **more: Any,
) -> Case:
    """Return the case of a function of one array."""
    return Case(
        name, _one(kind), reference=reference or getattr(np, name), ulp=_bounds(single, double), dtypes=dtypes, **more
    )


def binary(
    name: str,
    single: float = 0.5,
    double: float = 0.5,
    kinds: tuple[str, str] = ("real", "real"),
    dtypes: tuple[str, ...] = ALL,
    reference: Any = None,
    **more: Any,
) -> Case:
    """Return the case of a function of two arrays."""
    return Case(
        name, _two(*kinds), reference=reference or getattr(np, name), ulp=_bounds(single, double), dtypes=dtypes, **more
    )


def exact(name: str, dtypes: tuple[str, ...], samples: list[Sample], reference: Any = None, **more: Any) -> Case:
    """Return the case of a function whose results are exact and have no derivative."""
    return Case(
        name, samples, reference=reference or getattr(np, name), ulp=0.0, dtypes=dtypes, differentiable=False, **more
    )


_TIE = "ties split in half (PyTorch)"

CASES = [
    binary("add", dtypes=(*ALL, "int64")),
    binary("subtract", dtypes=(*ALL, "int64")),
    binary("multiply", dtypes=(*ALL, "int64")),
    binary(
        "divide",
        1,
        1,
        ("real", "nonzero"),
        hazards=[
            Hazard((V([1.0]), V([0.0])), ([INF], [-INF]), value=[INF], why="division by zero is infinite"),
        ],
    ),
    unary("negative"),
    unary("positive", reference=lambda x: +x),
    unary("reciprocal", kind="nonzero", reference=lambda x: 1 / x),
    unary("square", reference=lambda x: x * x),
    unary(
        "abs",
        kind="nonzero",
        hazards=[
            Hazard((V([-2.0, 0.0, 3.0]),), ([-1.0, 0.0, 1.0],), why="|x|' is 0 at 0 (PyTorch)"),
            Hazard((V([0j, 3 + 4j]),), ([0j, 0.6 + 0.8j],), why="0 at 0 (PyTorch)", dtypes=("complex128",)),
        ],
        grad_ulp=64,
    ),
    unary(
        "sign",
        kind="nonzero",
        double=2,
        single=2,
        reference=lambda x: np.where(x == 0, 0, x / np.where(x == 0, 1, np.abs(x))),
        hazards=[Hazard((V([-2.0, 0.0]),), ([0.0, 0.0],)), Hazard((V([0j]),), ([0j],), dtypes=("complex128",))],
    ),
    binary(
        "remainder",
        kinds=("distinct", "nonzero"),
        dtypes=REAL,
        reference=lambda x, y: np.remainder(x, y),
        hazards=[Hazard((V([5.5, -5.5]), V([2.0, 2.0])), ([1.0, 1.0], [-2.0, 3.0]))],
        measure="mixed",
    ),
    exact(
        "floor_divide",
        (*REAL, "int64"),
        [
            Sample((A((3, 4), "distinct"), A((4,), "gt1")), dtypes=REAL),
            Sample((V([7, -8, 9]), V([2, 3, -4]))),
        ],
        hazards=[
            Hazard(
                (V([1.0, -1.0, INF]), V([INF, INF, 2.0])), None, value=[0.0, -0.0, INF], why="the standard's infinities"
            )
        ],
    ),
    binary(
        "pow",
        5,
        3,
        ("positive", "real"),
        hazards=[
            Hazard((V([0.0, 0.0]), V([2.0, 1.0])), ([0.0, 1.0], [0.0, 0.0]), why="0**y is flat in y"),
            Hazard((V([0.0]), V([0.0])), ([0.0], [0.0]), value=[1.0], why="x**0 is flat in x"),
            Hazard((V([-2.0]), V([3.0])), ([12.0], None), why="a negative base with an integer exponent"),
            Hazard(
                (V([2, 1, -1, 3]), V([-1, -2, -3, 2])),
                value=[0, 1, -1, 9],
                why="integers to negative powers",
                dtypes=("int64",),
            ),
        ],
        grad_ulp=64,
    ),
    Case(
        "pow_log",
        [
            *[Sample((A((3, 4), "positive"), A((4,))), {"order": order}) for order in (0, 1, 2)],
            Sample((A((), "positive"), A(())), {"order": 1}),
            Sample((A((0, 3), "positive"), A((3,))), {"order": 1}),
        ],
        reference=lambda x, y, order: x**y * np.log(x) ** order,
        ulp=_bounds(16, 16),
        dtypes=ALL,
        measure="mixed",
        hazards=[
            Hazard(
                (V([0.0, 0.0]), V([2.0, 1.0])),
                ([0.0, -INF], [0.0, 0.0]),
                {"order": 1},
                value=[0.0, 0.0],
                why="limits at 0",
            ),
            Hazard((V([0.0]), V([3.0])), ([0.0], [0.0]), {"order": 2}, value=[0.0], why="limits at 0"),
        ],
        grad_ulp=64,
    ),
    unary("exp", 4, 2),
    unary("expm1", 5, 4),
    unary("log", 4, 2, "positive", measure="mixed", hazards=[Hazard((V([0.0]),), ([INF],), value=[-INF])]),
    unary("log1p", 4, 4, "positive", measure="mixed", hazards=[Hazard((V([-1.0]),), ([INF],), value=[-INF])]),
    unary("log2", 4, 2, "positive", measure="mixed", reference=lambda x: np.log(x) / np.log(np.longdouble(2))),
    unary("log10", 4, 3, "positive", measure="mixed", reference=lambda x: np.log(x) / np.log(np.longdouble(10))),
    unary("sqrt", kind="positive", hazards=[Hazard((V([0.0, 4.0]),), ([INF, 0.25],), why="infinite at 0")]),
    binary(
        "logaddexp",
        4,
        4,
        dtypes=REAL,
        measure="mixed",
        hazards=[
            Hazard(
                (V([-INF]), V([-INF])), ([0.5], [0.5]), value=[-INF], why="equal shares, no nan, where both are -inf"
            ),
            Hazard((V([-INF]), V([1.0])), ([0.0], [1.0]), value=[1.0]),
            Hazard((V([1000.0]), V([1000.0])), ([0.5], [0.5])),
        ],
    ),
    unary("sin", 3, 2),
    unary("cos", 3, 2),
    unary("tan", 5, 3, "unit", grad_ulp=128),
    unary("asin", 4, 2, "unit", reference=np.arcsin, hazards=[Hazard((V([1.0, -1.0]),), ([INF, INF],))], grad_ulp=64),
    unary("acos", 4, 2, "unit", reference=np.arccos, hazards=[Hazard((V([1.0, -1.0]),), ([-INF, -INF],))], grad_ulp=64),
    unary("atan", 3, 3, "unit", reference=np.arctan, grad_ulp=64),
    unary("sinh", 8, 8, "unit"),
    unary("cosh", 8, 8, "unit"),
    unary("tanh", 6, 10, "unit", grad_ulp=256),
    unary("asinh", 5, 4, "unit", reference=np.arcsinh, grad_ulp=64),
    unary("acosh", 5, 5, "gt1", reference=np.arccosh, hazards=[Hazard((V([1.0]),), ([INF],))], grad_ulp=256),
    unary("atanh", 4, 160, "unit", reference=np.arctanh, hazards=[Hazard((V([1.0]),), ([INF],))], grad_ulp=256),
    binary(
        "atan2",
        4,
        3,
        ("nonzero", "nonzero"),
        REAL,
        np.arctan2,
        hazards=[Hazard((V([0.0]), V([0.0])), ([0.0], [0.0]), why="0 at the origin (PyTorch)")],
    ),
    binary(
        "hypot",
        4,
        3,
        ("nonzero", "nonzero"),
        REAL,
        hazards=[Hazard((V([0.0]), V([0.0])), ([0.0], [0.0]), why="a subgradient: 0 at the origin, no nan")],
    ),
    *[
        unary(name, 0.0, 0.0, "distinct", REAL, hazards=[Hazard((V([1.0, 1.5]),), ([0.0, 0.0],), why="flat")])
        for name in ("ceil", "floor", "trunc")
    ],
    unary(
        "round",
        0.0,
        0.0,
        "distinct",
        REAL,
        np.rint,
        hazards=[Hazard((V([0.5, 1.5, 2.5, -0.5]),), ([0.0, 0.0, 0.0, 0.0],), value=[0.0, 2.0, 2.0, -0.0])],
    ),
    binary(
        "copysign",
        kinds=("nonzero", "nonzero"),
        dtypes=REAL,
        hazards=[Hazard((V([0.0, 2.0]), V([-1.0, -1.0])), ([0.0, -1.0], None))],
    ),
    Case(
        "nextafter",
        [Sample((V([1.0, -1.0, 2.0]), V([2.0, 2.0, 1.0])))],
        reference=np.nextafter,
        own_precision=True,
        ulp=0.0,
        differentiable=False,
    ),
    exact("signbit", REAL, [*_one("distinct"), Sample((V([-0.0, 0.0]),))]),
    binary(
        "maximum",
        kinds=("distinct", "real"),
        dtypes=REAL,
        hazards=[Hazard((V([1.0, 2.0]), V([1.0, 3.0])), ([0.5, 0.0], [0.5, 1.0]), why=_TIE)],
    ),
    binary(
        "minimum",
        kinds=("distinct", "real"),
        dtypes=REAL,
        hazards=[Hazard((V([1.0, 2.0]), V([1.0, 3.0])), ([0.5, 1.0], [0.5, 0.0]), why=_TIE)],
    ),
    unary("conj"),
    unary("real"),
    unary("imag", dtypes=("complex64", "complex128"), reference=np.imag),
    *[
        exact(name, (*REAL, "int64"), [*_two("distinct", "real"), Sample((V([1, 2, 3]), V([1, 3, 2])))])
        for name in ("less", "less_equal", "greater", "greater_equal")
    ],
    *[exact(name, (*ALL, "int64"), [*_two(), Sample((V([1, 2, 3]), V([1, 3, 2])))]) for name in ("equal", "not_equal")],
    *[exact(name, ALL, [*_one(), Sample((V([0.0, INF, -INF, NAN]),))]) for name in ("isfinite", "isinf", "isnan")],
    *[
        exact(name, ("bool",), [Sample((A((3, 4), "bool"), A((4,), "bool")))])
        for name in ("logical_and", "logical_or", "logical_xor")
    ],
    exact("logical_not", ("bool",), [Sample((A((3, 4), "bool"),))]),
    *[
        exact(name, INTEGERS, [Sample((A((3, 4), "integers"), A((4,), "integers")))])
        for name in ("bitwise_and", "bitwise_or", "bitwise_xor")
    ],
    exact("bitwise_invert", INTEGERS, [Sample((A((3, 4), "integers"),))]),
    *[
        exact(name, INTEGERS, [Sample((V([1, 2, 64]), V([0, 1, 3])))])
        for name in ("bitwise_left_shift", "bitwise_right_shift")
    ],
    Case(
        "clip",
        [
            Sample((A((3, 4), "distinct"), A((), "real"), A((4,), "gt1")), {"has_min": True, "has_max": True}),
            Sample((A((5,), "distinct"), A((), "real")), {"has_min": True, "has_max": False}),
            Sample((A((5,), "distinct"), A((), "real")), {"has_min": False, "has_max": True}),
        ],
        reference=lambda x, *b, has_min, has_max: np.minimum(
            np.maximum(x, b[0]) if has_min else x, b[-1] if has_max else np.inf
        ),
        ulp=0.0,
        hazards=[
            Hazard(
                (V([1.0, 2.0, 3.0]), V(1.0), V(3.0)),
                ([1.0, 1.0, 1.0], 0.0, 0.0),
                {"has_min": True, "has_max": True},
                why="the gradient passes at the bounds (PyTorch)",
            )
        ],
    ),
]
