"""Cases of agrad.primitives.searching."""

import numpy as np

from agrad_conformance.case import DATA_DEPENDENT, A, Case, Hazard, Sample, V

ALL = ("float32", "float64", "complex64", "complex128")
REAL = ("float32", "float64")


def _searchsorted(x1: np.ndarray, x2: np.ndarray, side: str = "left") -> np.ndarray:
    return np.searchsorted(x1, x2, side=side)


POSITIONS = [
    Sample(args=(A((3, 4), "distinct"),)),
    Sample(args=(A((3, 4), "distinct"),), params={"axis": 0}),
    Sample(args=(A((3, 4), "distinct"),), params={"axis": -1, "keepdims": True}),
    Sample(args=(V([2.0, 2.0, 1.0, 1.0]),), params={"axis": 0}),
]

CASES = [
    Case(name="argmax", samples=POSITIONS, reference=np.argmax, dtypes=REAL, ulp=0.0, differentiable=False),
    Case(name="argmin", samples=POSITIONS, reference=np.argmin, dtypes=REAL, ulp=0.0, differentiable=False),
    Case(
        name="count_nonzero",
        samples=[
            Sample(args=(V([[0.0, 1.0, -2.0], [0.0, 0.0, 3.0]]),), params={"axis": axis}) for axis in (None, 0, (0, 1))
        ],
        reference=np.count_nonzero,
        dtypes=ALL,
        ulp=0.0,
        differentiable=False,
    ),
    Case(
        name="nonzero",
        samples=[Sample(args=(V([[0.0, 1.0, -2.0], [0.0, 0.0, 3.0]]),)), Sample(args=(V([0.0]),))],
        reference=np.nonzero,
        dtypes=ALL,
        ulp=0.0,
        differentiable=False,
        jit=False,
        notes=DATA_DEPENDENT,
    ),
    Case(
        name="search_in_sorted",
        samples=[
            Sample(args=(V([1.0, 2.0, 2.0, 5.0]), V([[0.0, 2.0], [5.0, 9.0]])), params={"side": side})
            for side in ("left", "right")
        ],
        reference=_searchsorted,
        dtypes=REAL,
        ulp=0.0,
        differentiable=False,
    ),
    Case(
        name="searchsorted",
        samples=[Sample(args=(V([1.0, 2.0, 2.0, 5.0]), V([2.0, 9.0])))],
        reference=_searchsorted,
        dtypes=REAL,
        ulp=0.0,
        differentiable=False,
    ),
    Case(
        name="search_in_rows",
        samples=[
            Sample(
                args=(V([[1.0, 2.0, 2.0], [0.0, 4.0, float("nan")]]), V([[0.0, 2.0], [4.0, float("nan")]])),
                params={"side": side},
            )
            for side in ("left", "right")
        ],
        reference=lambda x1, x2, side: np.stack(
            [np.searchsorted(a, b, side=side) for a, b in zip(x1, x2, strict=True)]
        ),
        dtypes=REAL,
        ulp=0.0,
        differentiable=False,
    ),
    Case(
        name="where",
        samples=[
            Sample(args=(V([True, False, True], "bool"), A((3,)), A((3,)))),
            Sample(args=(V([True, False, True], "bool"), A((2, 1)), A(()))),
        ],
        reference=np.where,
        dtypes=ALL,
        ulp=0.0,
        hazards=[
            Hazard(
                args=(V([True, False], "bool"), V([1.0, float("inf")]), V([float("nan"), 2.0])),
                gradients=(None, [1.0, 0.0], [0.0, 1.0]),
            )
        ],
        notes="What is not chosen receives exactly zero, whatever it holds.",
    ),
]
