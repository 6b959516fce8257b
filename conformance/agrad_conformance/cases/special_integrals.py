"""Cases of agrad.primitives.special_integrals.

Bounds and measures are as in :mod:`agrad_conformance.cases.special`.
"""

from __future__ import annotations

from typing import Any

import mpmath as mp

from agrad_conformance.case import REAL, A, Case, Hazard, I, Sample, V
from agrad_conformance.cases.elementwise import INF, NAN
from agrad_conformance.cases.special import bounds, one


def _sinc(x: Any) -> Any:
    return mp.sinc(mp.pi * x)


CASES = [
    # ------------------------------------------------------------ Bessel functions
    one(
        "i0",
        lambda x: mp.besseli(0, x),
        8,
        8,
        wide=[-80.0, -9.0, 0.0, 1e-3, 2.5, 8.0, 40.0],
        hazards=[Hazard((V([0.0]),), ([0.0],), value=[1.0]), Hazard((V([INF]),), None, value=[INF])],
    ),
    one(
        "i0e",
        lambda x: mp.exp(-abs(x)) * mp.besseli(0, x),
        8,
        10,
        "nonzero",
        wide=[-80.0, -9.0, 1e-3, 2.5, 8.0, 400.0],
        hazards=[Hazard((V([0.0, INF]),), ([0.0, 0.0],), value=[1.0, 0.0], why="a kink: 0 at 0 (PyTorch)")],
    ),
    one(
        "i1",
        lambda x: mp.besseli(1, x),
        20,
        20,
        wide=[-80.0, -9.0, 1e-3, 1.99, 2.01, 8.0, 40.0],
        hazards=[Hazard((V([0.0]),), ([0.5],), value=[0.0], why="I1(x) / x is 1/2 at 0")],
    ),
    one(
        "i1e",
        lambda x: mp.exp(-abs(x)) * mp.besseli(1, x),
        14,
        16,
        wide=[-80.0, -9.0, 1e-3, 1.99, 2.01, 8.0, 400.0],
        hazards=[Hazard((V([0.0, INF]),), ([0.5, 0.0],), value=[0.0, 0.0], why="I1(x) / x is 1/2 at 0")],
    ),
    # ------------------------------------------------------------ exponential, sine and cosine integrals
    one(
        "exp1",
        mp.e1,
        16,
        20,
        "positive",
        wide=[0.01, 0.5, 1.0, 5.0, 30.0, 80.0],
        hazards=[
            Hazard((V([0.0, INF]),), ([-INF, 0.0],), value=[INF, 0.0], why="a pole"),
            Hazard((V([-1.0]),), None, value=[NAN], why="nan left of 0"),
        ],
    ),
    one(
        "expi",
        mp.ei,
        16,
        200,
        "positive",
        measure="mixed",
        wide=[-30.0, -1.0, -0.01, 0.01, 0.3725, 5.0, 45.0],
        hazards=[Hazard((V([0.0]),), None, value=[-INF], why="a pole")],
    ),
    Case(
        "special.expn",
        [
            Sample((I(values=[[1], [2], [4]]), A((4,), "positive"))),
            Sample((2, A((), "positive"))),
            Sample((3, A((0,), "positive"))),
            Sample((I(values=[[1], [2], [5]]), V([0.05, 0.9, 1.1, 20.0]))),
            Sample((0, V([0.05, 0.9, 1.1, 20.0]))),
        ],
        pointwise=lambda n, x: mp.expint(int(n), x),
        ulp=bounds(40, 64),
        dtypes=REAL,
        hazards=[
            Hazard((3, V([0.0, INF])), (None, [-1.0, 0.0]), value=[0.5, 0.0]),
            Hazard((1, V([0.0])), (None, [-INF]), value=[INF], why="a pole"),
        ],
    ),
    one(
        "sici",
        lambda x: (mp.si(x), mp.ci(x)),
        8,
        8,
        "positive",
        measure="mixed",
        wide=[0.01, 0.61650548, 3.9, 4.1, 50.0, 1e4],
    ),
    one(
        "sinc",
        _sinc,
        4,
        4,
        measure="mixed",
        wide=[-3.3, -0.51, -0.49, 1e-5, 0.25, 1.0, 7.75],
        hazards=[Hazard((V([0.0, 1.0, -2.0]),), ([0.0, -1.0, -0.5],), value=[1.0, 0.0, 0.0], why="0/0 at 0")],
    ),
]
