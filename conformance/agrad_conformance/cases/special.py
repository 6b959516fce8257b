"""Cases of agrad.primitives.special, and the forms that cases of special functions have.

Values and gradients are measured against mpmath at 40 digits. Bounds are of one backend, and hold in the domains drawn here; outside,
libraries lose digits (erfc below 1e-20, gamma above 20, the incomplete functions for parameters in the hundreds). 'mixed' is for
functions with zeros, near which ulps mean nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np

from agrad_conformance.case import COMPLEX, REAL, A, Case, Hazard, Sample, V
from agrad_conformance.cases.elementwise import INF, NAN

ROOT_PI = math.sqrt(math.pi)


def bounds(single: float, double: float) -> dict[str, float]:
    """Return the bounds of the real dtypes."""
    return {"float32": single, "float64": double}


def one_array(kind: str) -> list[Sample]:
    """Return samples of one array: a matrix, a 0-d and an empty one."""
    return [Sample((A((3, 4), kind),)), Sample((A((), kind),)), Sample((A((0, 3), kind),))]


def two_arrays(first: str, second: str, wrt: tuple[int, ...] | None = None) -> list[Sample]:
    """Return samples of two arrays: of one shape, broadcast, 0-d and empty."""
    return [
        Sample((A((3, 4), first), A((3, 4), second)), wrt=wrt),
        Sample((A((3, 1), first), A((4,), second)), wrt=wrt),
        Sample((A((), first), A((), second)), wrt=wrt),
        Sample((A((0,), first), A((1,), second)), wrt=wrt),
    ]


def one(
    name: str, pointwise: Callable[..., Any], single: float, double: float, kind: str = "real", *, wide: Any = None,
    steep: Any = None, **more: Any
) -> Case:  # fmt: skip
    """Return the case of a function of one array; `wide` are values over its whole domain, `steep` are near a pole or very large."""
    samples = one_array(kind)
    if wide is not None:
        samples.append(Sample((V(wide),)))
    if steep is not None:
        samples.append(Sample((V(steep),), differences=False))
    return Case(f"special.{name}", samples, pointwise=pointwise, ulp=bounds(single, double), dtypes=REAL, **more)


def two(
    name: str,
    pointwise: Callable[..., Any],
    single: float,
    double: float,
    kinds: tuple[str, str],
    wrt: tuple[int, ...] | None = None,
    **more: Any,
) -> Case:
    """Return the case of a function of two arrays."""
    samples = [*two_arrays(*kinds, wrt), *more.pop("also", [])]
    return Case(f"special.{name}", samples, pointwise=pointwise, ulp=bounds(single, double), dtypes=REAL, **more)


def _ndtr(x: Any) -> Any:
    return mp.erfc(-x / mp.sqrt(2)) / 2


def _log_ndtr(x: Any) -> Any:
    return mp.log(_ndtr(x)) if x < 3 else mp.log1p(-_ndtr(-x))


def _logit(x: Any) -> Any:
    return mp.log(x / (1 - x))


def _rel_entr(x: Any, y: Any) -> Any:
    return x * mp.log(x / y)


def _boxcox(x: Any, power: Any) -> Any:
    return mp.expm1(power * mp.log(x)) / power if power else mp.log(x)


def _np_logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    top = np.max(np.real(x), axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    out = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return out if keepdims else np.squeeze(out, axis=tuple(range(x.ndim)) if axis is None else axis)


def _np_softmax(x: Any, axis: Any = None) -> Any:
    raised = np.exp(x - np.max(x, axis=axis, keepdims=True, initial=-np.inf))
    return raised / np.sum(raised, axis=axis, keepdims=True)


def _np_log_softmax(x: Any, axis: Any = None) -> Any:
    return x - _np_logsumexp(x, axis=axis, keepdims=True)


ALONG = [
    Sample((A((3, 4)),), {"axis": -1}),
    Sample((A((3, 4)),), {"axis": 0}),
    Sample((A((2, 3, 4)),), {"axis": (0, 2)}),
    Sample((A((3, 4)),)),
    Sample((A(()),), {"axis": -1}),
]

CASES = [
    # ------------------------------------------------------------ the error function and the normal distribution
    one(
        "erf",
        mp.erf,
        8,
        5,
        wide=[-6.0, -2.5, -1e-3, 1e-20, 0.5, 1.0, 3.0, 5.5],
        hazards=[
            Hazard((V([0.0, INF, -INF]),), ([2 / ROOT_PI, 0.0, 0.0],), value=[0.0, 1.0, -1.0]),
        ],
    ),
    one(
        "erfc",
        mp.erfc,
        16,
        24,
        wide=[-6.0, -1.0, 0.25, 1.5, 3.0, 5.0],
        hazards=[Hazard((V([0.0, INF, -INF]),), ([-2 / ROOT_PI, 0.0, 0.0],), value=[1.0, 0.0, 2.0])],
    ),
    one(
        "erfcx",
        lambda x: mp.exp(x * x) * mp.erfc(x),
        8,
        16,
        wide=[-3.0, -0.5, 0.0, 4.0, 11.5, 40.0, 1e4],
        hazards=[Hazard((V([0.0, INF, 1e8]),), ([-2 / ROOT_PI, 0.0, 0.0],), value=[1.0, 0.0, 1e-8 / ROOT_PI])],
    ),
    one(
        "erfinv",
        mp.erfinv,
        8,
        32,
        "unit",
        wide=[-0.99, -0.9, -1e-3, 1e-10, 0.3, 0.7, 0.98],
        hazards=[
            Hazard((V([0.0, 1.0, -1.0]),), ([ROOT_PI / 2, INF, INF],), value=[0.0, INF, -INF], why="infinite at the ends"),
            Hazard((V([1.5]),), None, value=[NAN], why="nan outside"),
        ],
    ),
    one(
        "erfcinv",
        lambda x: mp.erfinv(1 - x),
        16,
        32,
        "probability",
        wide=[0.01, 0.5, 1.25, 1.99],
        steep=[1e-12],
        hazards=[Hazard((V([1.0, 0.0, 2.0]),), ([-ROOT_PI / 2, -INF, -INF],), value=[0.0, INF, -INF])],
    ),
    one(
        "ndtr",
        _ndtr,
        32,
        40,
        wide=[-5.0, -2.0, 0.0, 0.5, 4.0, 8.0],
        hazards=[Hazard((V([INF, -INF]),), ([0.0, 0.0],), value=[1.0, 0.0])],
    ),
    one(
        "ndtri",
        lambda x: mp.sqrt(2) * mp.erfinv(2 * x - 1),
        8,
        8,
        "probability",
        wide=[0.02, 0.25, 0.75, 0.999],
        steep=[1e-20, 1e-5],
        grad_ulp=128,  # exp(out^2 / 2) multiplies the value's error by out^2: 86 at 1e-20
        hazards=[Hazard((V([0.5, 0.0, 1.0]),), ([math.sqrt(2 * math.pi), INF, INF],), value=[0.0, -INF, INF])],
    ),
    one(
        "log_ndtr",
        _log_ndtr,
        32,
        40,
        wide=[-100.0, -30.0, -5.0, -1.0, 0.0, 2.0, 4.9, 7.9],
        hazards=[Hazard((V([INF, -INF]),), ([0.0, INF],), value=[0.0, -INF], why="the slope is -x far to the left")],
        notes="To the right it is as accurate as ndtr's lower tail, whose bound it has.",
    ),
    # ------------------------------------------------------------ the logistic function and guarded logarithms
    Case(
        "special.expit",
        [*one_array("real"), Sample((V([-80.0, -20.0, -1.0, 0.0, 3.0, 30.0]),))],
        reference=lambda x: 1 / (1 + np.exp(-x)),
        ulp=bounds(4, 4),
        dtypes=(*REAL, *COMPLEX),
        hazards=[Hazard((V([INF, -INF, 0.0]),), ([0.0, 0.0, 0.25],), value=[1.0, 0.0, 0.5])],
    ),
    one(
        "expit_slope",
        lambda x: 1 / (4 * mp.cosh(x / 2) ** 2),
        4,
        4,
        wide=[-80.0, -20.0, -1.0, 0.0, 3.0, 30.0],
        hazards=[Hazard((V([INF, -INF, 0.0]),), ([0.0, 0.0, 0.0],), value=[0.0, 0.0, 0.25])],
    ),
    one(
        "log_expit",
        lambda x: -mp.log1p(mp.exp(-x)),
        4,
        4,
        wide=[-80.0, -20.0, -1.0, 0.0, 3.0, 30.0],
        hazards=[Hazard((V([INF, -INF, 0.0]),), ([0.0, 1.0, 0.5],), value=[0.0, -INF, -math.log(2.0)])],
    ),
    one(
        "logit",
        _logit,
        4,
        4,
        "probability",
        measure="mixed",
        wide=[0.25, 0.5, 0.75, 0.99],
        steep=[1e-10],
        hazards=[
            Hazard((V([0.0, 0.5, 1.0]),), ([INF, 4.0, INF],), value=[-INF, 0.0, INF]),
            Hazard((V([-0.5, 1.5]),), ([NAN, NAN],), value=[NAN, NAN], why="nan outside (PyTorch)"),
        ],
    ),
    one(
        "entr",
        lambda x: -x * mp.log(x),
        4,
        3,
        "positive",
        measure="mixed",
        hazards=[
            Hazard((V([0.0, 1.0]),), ([INF, -1.0],), value=[0.0, 0.0]),
            Hazard((V([-1.0]),), ([NAN],), value=[-INF], why="outside its domain"),
        ],
    ),
    two(
        "xlogy",
        lambda x, y: x * mp.log(y),
        4,
        4,
        ("real", "positive"),
        measure="mixed",
        hazards=[
            Hazard((V([0.0, 0.0]), V([2.0, 0.0])), ([math.log(2.0), 0.0], [0.0, 0.0]), value=[0.0, 0.0], why="0 log 0 is 0"),
            Hazard((V([0.0, 1.0]), V([NAN, 0.0])), None, value=[NAN, -INF]),
            Hazard((V([0.0]), V([-1.0])), ([0.0], [-0.0]), value=[0.0], why="0 where x is 0 (PyTorch)"),
        ],
    ),
    two(
        "xlog1py",
        lambda x, y: x * mp.log1p(y),
        4,
        4,
        ("real", "positive"),
        measure="mixed",
        hazards=[
            Hazard((V([0.0, 0.0]), V([1.0, -1.0])), ([math.log(2.0), 0.0], [0.0, 0.0]), value=[0.0, 0.0], why="0 log 0 is 0"),
        ],
    ),
    two(
        "rel_entr",
        _rel_entr,
        16,
        16,
        ("positive", "positive"),
        measure="mixed",
        also=[Sample((V([1.0, 1.0, 0.3]), V([1.0001, 0.75, 3.0])))],
        hazards=[
            Hazard((V([0.0]), V([2.0])), ([-INF], [0.0]), value=[0.0]),
            Hazard((V([1.0, -1.0]), V([0.0, 1.0])), None, value=[INF, INF]),
        ],
    ),
    two(
        "kl_div",
        lambda x, y: _rel_entr(x, y) - x + y,
        8,
        8,
        ("positive", "positive"),
        measure="mixed",
        also=[Sample((V([1.0, 1.0, 0.3]), V([1.0001, 0.75, 3.0])))],
        hazards=[
            Hazard((V([2.0]), V([2.0])), ([0.0], [0.0]), value=[0.0]),
            Hazard((V([0.0]), V([2.0])), ([-INF], [1.0]), value=[2.0]),
        ],
    ),
    two(
        "boxcox",
        _boxcox,
        16,
        16,
        ("positive", "real"),
        measure="mixed",
        also=[Sample((V([0.5, 2.0, 10.0]), V([1e-6, -1e-3, 0.2])))],
        hazards=[Hazard((V([1.0, 2.0]), V([0.0, 0.0])), ([1.0, 0.5], [0.0, math.log(2.0) ** 2 / 2]), value=[0.0, math.log(2.0)])],
    ),
    two(
        "boxcox1p",
        lambda x, power: _boxcox(1 + x, power),
        16,
        16,
        ("positive", "real"),
        measure="mixed",
        also=[Sample((V([0.5, 2.0, 10.0]), V([1e-6, -1e-3, 0.2])))],
        hazards=[Hazard((V([0.0, 1.0]), V([0.0, 0.0])), ([1.0, 0.5], [0.0, math.log(2.0) ** 2 / 2]), value=[0.0, math.log(2.0)])],
    ),
    # ------------------------------------------------------------ softmax and its kin
    Case(
        "special.logsumexp",
        [*ALONG, Sample((A((3, 4)),), {"axis": 1, "keepdims": True}), Sample((A((3, 0)),), {"axis": 0})],
        reference=_np_logsumexp,
        ulp={"float32": 4.0, "float64": 4.0, "complex64": 8.0, "complex128": 8.0},
        dtypes=(*REAL, *COMPLEX),
        edges=[Sample((A((3, 0)),), {"axis": 1}), Sample((A((0,)),))],
        hazards=[
            Hazard((V([1000.0, 1000.0]),), None, value=1000.0 + math.log(2.0), why="no overflow"),
            Hazard((V([1000.0, 0.0]),), ([1.0, 0.0],), value=1000.0, why="no overflow"),
            Hazard((V([-INF, -INF]),), ([0.0, 0.0],), value=-INF, why="0 where nothing is summed, no nan"),
            Hazard((V([-INF, 1.0]),), ([0.0, 1.0],), value=1.0),
        ],
        notes="Gradients are exp(x - out): off by eps |out|, so they are stated only where that rounds to nothing.",
    ),
    Case(
        "special.softmax",
        [*ALONG, Sample((A((3, 0)),), {"axis": 0})],
        reference=_np_softmax,
        ulp=bounds(4, 4),
        dtypes=REAL,
        edges=[Sample((A((3, 0)),), {"axis": 1})],
        hazards=[Hazard((V([1000.0, 1000.0, -INF]),), ([0.0, 0.0, 0.0],), value=[0.5, 0.5, 0.0], why="no overflow")],
    ),
    Case(
        "special.log_softmax",
        [*ALONG, Sample((A((3, 0)),), {"axis": 0})],
        reference=_np_log_softmax,
        ulp=bounds(4, 4),
        dtypes=REAL,
        edges=[Sample((A((3, 0)),), {"axis": 1})],
        hazards=[
            Hazard((V([1000.0, 0.0]),), ([-1.0, 1.0],), value=[0.0, -1000.0], why="accurate where softmax is 0"),
        ],
    ),
]  # fmt: skip
