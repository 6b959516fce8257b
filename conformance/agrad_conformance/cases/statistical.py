"""Cases of agrad.primitives.statistical.

Bounds are those of reductions: in eps of the norm of the result. The samples are small, so the square roots of
their lengths, which large arrays need, are not reached.
"""

from typing import Any

import numpy as np

from agrad_conformance.case import A, Case, Hazard, Sample, V

REDUCED = ("float32", "float64", "complex64", "complex128")
REAL = ("float32", "float64")
EPS = {"float32": 8.0, "float64": 8.0, "complex64": 8.0, "complex128": 8.0}


def _axes(kind: str = "real", **params: Any) -> list[Sample]:
    """Return a sample per way of naming axes."""
    samples = [Sample(args=(A((3, 4), kind),), params={"axis": axis, **params}) for axis in (None, 0, -1)]
    samples.append(Sample(args=(A((2, 3, 4), kind),), params={"axis": (0, -1), "keepdims": True, **params}))
    return samples


def _along(kind: str = "real", **params: Any) -> list[Sample]:
    """Return a sample per way of naming one axis."""
    shapes = (((5,), 0), ((3, 4), -1), ((2, 3, 2), 1), ((1, 2), 0))
    return [Sample(args=(A(shape, kind),), params={"axis": axis, **params}) for shape, axis in shapes]


CASES = [
    Case(
        name="sum",
        samples=[
            *_axes(),
            Sample(args=(A(()),)),
            Sample(args=(A((0, 3)),)),
            Sample(args=(A((0, 3)),), params={"axis": 0}),
        ],
        reference=np.sum,
        dtypes=REDUCED,
        ulp=EPS,
    ),
    Case(
        name="nansum",
        samples=_axes(),
        reference=np.sum,
        dtypes=REDUCED,
        ulp=EPS,
        hazards=[Hazard(args=(V([1.0, float("nan"), 3.0]),), gradients=([1.0, 0.0, 1.0],), value=4.0)],
    ),
    Case(
        name="mean",
        samples=[*_axes(), Sample(args=(A(()),)), Sample(args=(A((3, 0)),), params={"axis": 0})],
        reference=np.mean,
        dtypes=REDUCED,
        ulp=EPS,
    ),
    Case(
        name="prod",
        samples=[*_axes(), Sample(args=(A(()),)), Sample(args=(A((0, 3)),), params={"axis": 0})],
        reference=np.prod,
        dtypes=REDUCED,
        ulp=EPS,
        hazards=[
            Hazard(args=(V([2.0, 0.0, 3.0]),), gradients=([0.0, 6.0, 0.0],)),
            Hazard(args=(V([2.0, 0.0, 0.0]),), gradients=([0.0, 0.0, 0.0],)),
            Hazard(
                args=(V([[2.0, 0.0, 3.0], [1.0, 2.0, 4.0]]),),
                params={"axis": 1},
                gradients=([[0.0, 6.0, 0.0], [8.0, 4.0, 2.0]],),
            ),
        ],
        notes="The derivative is the product of the others; g * out / x is nan at zeros.",
    ),
    Case(
        name="var",
        samples=[
            *_axes(),
            *_axes(correction=1),
            Sample(args=(A((5,)),), params={"correction": 1.5}),
            Sample(args=(A(()),)),
        ],
        reference=lambda x, axis=None, correction=0.0, keepdims=False: np.var(
            x, axis=axis, ddof=correction, keepdims=keepdims
        ),
        dtypes=REAL,
        ulp=EPS,
        hazards=[Hazard(args=(V([3.0, 3.0, 3.0]),), gradients=([0.0, 0.0, 0.0],))],
    ),
    Case(
        name="std",
        samples=[*_axes(), *_axes(correction=1), Sample(args=(A((5,)),), params={"correction": 0.5})],
        reference=lambda x, axis=None, correction=0.0, keepdims=False: np.std(
            x, axis=axis, ddof=correction, keepdims=keepdims
        ),
        dtypes=REAL,
        ulp=EPS,
        hazards=[
            Hazard(args=(V([3.0, 3.0, 3.0]),), gradients=([0.0, 0.0, 0.0],)),
            Hazard(args=(V([[1.0, 1.0], [5.0, 5.0]]),), params={"axis": 1}, gradients=([[0.0, 0.0], [0.0, 0.0]],)),
        ],
        notes="Zero variance: 0, as PyTorch; JAX gives nan.",
    ),
    Case(
        name="max",
        samples=[*_axes("distinct"), Sample(args=(A(()),))],
        reference=np.max,
        dtypes=REAL,
        ulp=0.0,
        hazards=[
            Hazard(args=(V([1.0, 2.0, 2.0]),), gradients=([0.0, 0.5, 0.5],)),
            Hazard(args=(V([[1.0, 1.0], [0.0, 3.0]]),), params={"axis": 1}, gradients=([[0.5, 0.5], [0.0, 1.0]],)),
            Hazard(args=(V([1.0, float("nan"), 2.0]),), gradients=([0.0, 1.0, 0.0],)),
            Hazard(args=(V([float("inf"), 1.0]),), gradients=([1.0, 0.0],)),
        ],
        notes="Ties share evenly, as PyTorch's amax; a nan that wins takes all.",
    ),
    Case(
        name="min",
        samples=[*_axes("distinct"), Sample(args=(A(()),))],
        reference=np.min,
        dtypes=REAL,
        ulp=0.0,
        hazards=[
            Hazard(args=(V([1.0, 1.0, 2.0]),), gradients=([0.5, 0.5, 0.0],)),
            Hazard(args=(V([-float("inf"), 1.0]),), gradients=([1.0, 0.0],)),
        ],
    ),
    Case(
        name="cumulative_sum",
        samples=[*_along(), *_along(include_initial=True), Sample(args=(A((0,)),), params={"include_initial": True})],
        reference=np.cumulative_sum,
        dtypes=REDUCED,
        ulp=EPS,
        without={"0-d": "the standard's takes at least one dimension, and the faces give a 0-d array one"},
    ),
    Case(
        name="cumulative_prod",
        samples=[*_along(), *_along(include_initial=True), Sample(args=(A((0,)),), params={"include_initial": True})],
        reference=np.cumulative_prod,
        dtypes=REDUCED,
        ulp=EPS,
        hazards=[
            Hazard(args=(V([2.0, 0.0, 3.0]),), gradients=([1.0, 8.0, 0.0],)),
            Hazard(args=(V([0.0, 0.0, 3.0]),), gradients=([1.0, 0.0, 0.0],)),
            Hazard(args=(V([2.0, 0.0, 3.0]),), params={"include_initial": True}, gradients=([1.0, 8.0, 0.0],)),
        ],
        without={"0-d": "the standard's takes at least one dimension, and the faces give a 0-d array one"},
        notes="Solved as a recurrence, without a division.",
    ),
    Case(
        name="logcumsumexp",
        samples=[*_along(), Sample(args=(V([100.0, 101.0, 99.0]),), params={"axis": 0})],
        reference=lambda x, axis: np.logaddexp.accumulate(x, axis=axis),
        dtypes=REAL,
        ulp={"float32": 16.0, "float64": 16.0},
        hazards=[
            Hazard(args=(V([-float("inf"), -float("inf"), 0.0]),), params={"axis": 0}, gradients=([0.0, 0.0, 1.0],)),
            Hazard(
                args=(V([1000.0, 0.0, -1000.0]),), params={"axis": 0}, gradients=([3.0, 0.0, 0.0],), why="no overflow"
            ),
        ],
        notes="-inf has weight 0, where PyTorch gives nan. Gradients are of exp(x - out): off by eps |out|, so samples are below 128.",
    ),
    Case(
        name="all",
        samples=[*_axes(), Sample(args=(A((0, 3)),), params={"axis": 0})],
        reference=np.all,
        dtypes=REDUCED,
        ulp=0.0,
        differentiable=False,
    ),
    Case(
        name="any",
        samples=[*_axes(), Sample(args=(A((0, 3)),), params={"axis": 0})],
        reference=np.any,
        dtypes=REDUCED,
        ulp=0.0,
        differentiable=False,
    ),
    Case(
        name="cumulative_argmax",
        samples=[*_along("distinct"), Sample(args=(V([1.0, 3.0, 3.0, 2.0, float("nan"), 5.0]),), params={"axis": 0})],
        reference=lambda x, axis: _last_met(x, axis, np.fmax),
        dtypes=REAL,
        ulp=0.0,
        differentiable=False,
    ),
    Case(
        name="cumulative_argmin",
        samples=_along("distinct"),
        reference=lambda x, axis: _last_met(x, axis, np.fmin),
        dtypes=REAL,
        ulp=0.0,
        differentiable=False,
    ),
    Case(
        name="diff",
        samples=[
            Sample(args=(A((5,)),)),
            Sample(args=(A((4, 3)),), params={"axis": 0, "n": 2}),
            Sample(args=(A((3,)),), params={"n": 0}),
        ],
        reference=lambda x, axis=-1, n=1: np.diff(x, n=n, axis=axis),
        dtypes=REDUCED,
        ulp=EPS,
    ),
    Case(name="cummax", samples=_along("distinct"), dtypes=REAL, ulp=0.0),
    Case(name="cummin", samples=_along("distinct"), dtypes=REAL, ulp=0.0),
    Case(name="aminmax", samples=_axes("distinct"), dtypes=REAL, ulp=0.0),
]


def _last_met(x: np.ndarray, axis: int, better: np.ufunc) -> np.ndarray:
    """Return where the running extreme was last met, one element after the other; a nan, once met, stays."""
    rows = np.moveaxis(np.asarray(x), axis, -1)
    found = np.zeros(rows.shape, dtype=np.int64)
    for place in np.ndindex(rows.shape[:-1]):
        best = 0
        for index, value in enumerate(rows[place]):
            kept = rows[place][best]
            if np.isnan(value) or (not np.isnan(kept) and better(value, kept) == value):
                best = index
            found[(*place, index)] = best
    return np.moveaxis(found, -1, axis)
