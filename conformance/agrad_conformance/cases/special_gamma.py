"""Cases of agrad.primitives.special_gamma.

Bounds and measures are as in :mod:`agrad_conformance.cases.special`.
"""

from __future__ import annotations

from typing import Any

import mpmath as mp

from agrad_conformance.case import REAL, A, Case, Hazard, I, Sample, V
from agrad_conformance.cases.elementwise import INF, NAN
from agrad_conformance.cases.special import bounds, one, two


def _polygamma(n: Any, x: Any) -> Any:
    return mp.psi(int(n), x)


def _beta_ln(a: Any, b: Any) -> Any:
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def _gammainc(a: Any, x: Any) -> Any:
    return mp.gammainc(a, 0, x, regularized=True)


def _gammaincc(a: Any, x: Any) -> Any:
    return mp.gammainc(a, x, mp.inf, regularized=True)


def _betainc(a: Any, b: Any, x: Any) -> Any:
    return mp.betainc(a, b, 0, x, regularized=True)


def _betaincc(a: Any, b: Any, x: Any) -> Any:
    return mp.betainc(b, a, 0, 1 - x, regularized=True)


def _multigammaln(a: Any, d: int) -> Any:
    return d * (d - 1) * mp.log(mp.pi) / 4 + sum(mp.loggamma(a - mp.mpf(k) / 2) for k in range(d))


ORDERS = I(values=[[1], [2], [3], [4]])

CASES = [
    one(
        "gammaln",
        mp.loggamma,
        32,
        32,
        "positive",
        measure="mixed",
        wide=[0.5, 1.0, 2.0, 7.5, 30.0],
        steep=[1e-8, 1e4],
        hazards=[
            Hazard((V([1.0, 2.0]),), ([-0.5772156649015329, 0.42278433509846713],), value=[0.0, 0.0], why="its zeros"),
            Hazard((V([0.0]),), ([-INF],), value=[INF], why="a pole"),
            Hazard((V([-1.0, INF, -INF]),), None, value=[INF, INF, INF]),
            Hazard(
                (V([-0.5, -1.5]),),
                ([0.03648997397857652, 0.7031566406452432],),
                value=[1.2655121234846454, 0.8600470153764810],
            ),
        ],
    ),
    one(
        "loggamma",
        mp.loggamma,
        32,
        32,
        "positive",
        measure="mixed",
        hazards=[
            Hazard((V([-0.5]),), None, value=[NAN], why="gamma is negative there"),
            Hazard((V([0.0]),), None, value=[INF]),
        ],
    ),
    one(
        "gamma",
        mp.gamma,
        80,
        64,
        "positive",
        wide=[-4.5, -0.25, 0.01, 1.0, 4.0, 5.0],
        hazards=[
            Hazard((V([1.0, 3.0]),), ([-0.5772156649015329, 1.8455686701969343],), value=[1.0, 2.0]),
            Hazard((V([0.0, -0.0]),), None, value=[INF, -INF], why="a pole"),
            Hazard((V([-1.0, INF, -INF]),), None, value=[NAN, INF, NAN]),
        ],
    ),
    one(
        "gammasgn",
        lambda x: mp.sign(mp.gamma(x)),
        0,
        0,
        "nonzero",
        differentiable=False,
        hazards=[Hazard((V([0.0, -0.0, -0.5, -1.5, -1.0]),), None, value=[1.0, -1.0, -1.0, 1.0, NAN])],
    ),
    one(
        "digamma",
        mp.digamma,
        16,
        16,
        "positive",
        measure="mixed",
        wide=[-2.5, -0.5, 0.05, 1.4616321449683623, 20.0, 1e5],
        hazards=[
            Hazard((V([0.0, -0.0]),), ([INF, INF],), value=[-INF, INF], why="a pole"),
            Hazard((V([-1.0, INF]),), None, value=[NAN, INF]),
        ],
    ),
    Case(
        "special.polygamma",
        [
            Sample((ORDERS, A((3,), "positive"))),
            Sample((2, A((3, 4), "positive"))),
            Sample((1, A((), "positive"))),
            Sample((3, A((0,), "positive"))),
            Sample((ORDERS, V([0.1, 1.0, 25.0, 100.0]))),
        ],
        pointwise=_polygamma,
        ulp=bounds(24, 20),
        grad_ulp=bounds(48, 40),
        dtypes=REAL,
        hazards=[Hazard((1, V([0.0])), (None, [-INF]), value=[INF], why="a pole")],
    ),
    two(
        "zeta",
        mp.zeta,
        12,
        16,
        ("gt1", "positive"),
        (1,),
        also=[Sample((V([1.5, 2.0, 8.0, 20.0]), V([0.25, 1.0, 10.0, 5.0])), wrt=(1,))],
        hazards=[
            Hazard((V([1.0]), V([2.0])), None, value=[INF], why="a pole"),
            Hazard((V([2.0]), V([0.0])), (None, [-INF]), value=[INF], why="a pole in q"),
        ],
    ),
    two(
        "beta",
        mp.beta,
        64,
        64,
        ("positive", "positive"),
        also=[Sample((V([0.05, 4.5, 12.0, 0.5]), V([3.0, 0.25, 9.0, 60.0])))],
        hazards=[
            Hazard((V([1.0]), V([1.0])), ([-1.0], [-1.0]), value=[1.0]),
            Hazard((V([0.0]), V([1.0])), None, value=[INF], why="a pole"),
        ],
    ),
    two(
        "betaln",
        _beta_ln,
        48,
        64,
        ("positive", "positive"),
        measure="mixed",
        also=[
            Sample((V([0.05, 4.5, 0.5]), V([3.0, 0.25, 1e4]))),
            Sample((V([1e6]), V([2e6])), differences=False),
        ],
        hazards=[Hazard((V([0.0]), V([1.0])), None, value=[INF], why="a pole")],
    ),
    two(
        "poch",
        mp.rf,
        64,
        64,
        ("positive", "positive"),
        hazards=[
            Hazard((V([3.0]), V([0.0])), ([0.0], [0.9227843350984671]), value=[1.0]),
            Hazard((V([-2.0, -2.0, 2.0]), V([2.0, 3.0, -2.0])), None, value=[2.0, 0.0, INF], why="products through 0"),
        ],
    ),
    Case(
        "special.multigammaln",
        [Sample((A((3, 4), "gt2"), d)) for d in (1, 3)] + [Sample((A((), "gt2"), 2)), Sample((A((0,), "gt2"), 2))],
        call=lambda function, a, d: function(a, d=d),
        pointwise=lambda a, d: _multigammaln(a, int(d)),
        ulp=bounds(64, 64),
        measure="mixed",
        dtypes=REAL,
    ),
    two(
        "gammainc",
        _gammainc,
        256,
        200,
        ("positive", "positive"),
        (1,),
        also=[Sample((V([0.5, 2.0, 5.0, 10.0, 30.0]), V([0.1, 3.0, 4.0, 12.0, 25.0])), wrt=(1,))],
        hazards=[
            Hazard((V([1.0, 2.0, 0.5]), V([0.0, 0.0, 0.0])), (None, [1.0, 0.0, INF]), value=[0.0, 0.0, 0.0]),
            Hazard((V([2.0, 0.0, INF]), V([INF, 1.0, 1.0])), None, value=[1.0, 1.0, 0.0]),
        ],
    ),
    two(
        "gammaincc",
        _gammaincc,
        800,
        400,
        ("positive", "positive"),
        (1,),
        also=[Sample((V([0.5, 2.0, 5.0, 10.0, 30.0]), V([0.1, 3.0, 4.0, 12.0, 25.0])), wrt=(1,))],
        hazards=[
            Hazard((V([1.0, 2.0, 0.5]), V([0.0, 0.0, 0.0])), (None, [-1.0, 0.0, -INF]), value=[1.0, 1.0, 1.0]),
            Hazard((V([2.0, 0.0, INF]), V([INF, 1.0, 1.0])), None, value=[0.0, 0.0, 1.0]),
        ],
    ),
    *[
        Case(
            f"special.{name}",
            [
                Sample((A((3, 4), "positive"), A((4,), "positive"), A((3, 1), "probability")), wrt=(2,)),
                Sample((A((), "positive"), A((), "positive"), A((), "probability")), wrt=(2,)),
                Sample((A((0,), "positive"), A((1,), "positive"), A((0,), "probability")), wrt=(2,)),
                Sample((V([0.5, 2.0, 5.0, 8.0]), V([0.5, 3.0, 1.5, 20.0]), V([0.1, 0.5, 0.9, 0.3])), wrt=(2,)),
            ],
            pointwise=function,
            ulp=bounds(1024, 8192),
            grad_ulp=bounds(256, 512),
            measure="ulp",
            dtypes=REAL,
            hazards=[
                Hazard((V([1.0, 2.0]), V([1.0, 2.0]), V([0.0, 1.0])), (None, None, [sign, 0.0]), value=value),
            ],
        )
        for name, function, sign, value in (
            ("betainc", _betainc, 1.0, [0.0, 1.0]),
            ("betaincc", _betaincc, -1.0, [1.0, 0.0]),
        )
    ],
]
