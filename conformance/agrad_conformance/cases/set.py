"""Cases of agrad.primitives.set."""

import numpy as np

from agrad_conformance.case import DATA_DEPENDENT, A, Case, Hazard, Sample, V

REAL = ("float32", "float64")


def _unique_structure(x: np.ndarray) -> tuple[np.ndarray, ...]:
    _, indices, inverse, counts = np.unique_all(x)
    return indices, inverse, counts


def _row_structure(x: np.ndarray, consecutive: bool = False) -> tuple[np.ndarray, ...]:
    if not consecutive:
        _, indices, inverse, counts = np.unique(x, axis=0, return_index=True, return_inverse=True, return_counts=True)
        return indices, inverse.reshape(-1), counts
    starts = [i for i in range(len(x)) if i == 0 or not np.array_equal(x[i], x[i - 1])]
    inverse = np.cumsum([i in starts for i in range(len(x))]) - 1
    return np.array(starts), inverse, np.diff([*starts, len(x)])


REPEATED = [
    # Differences would make equal elements unequal: the hazards below have their gradient.
    Sample(args=(V([[3.0, 1.0, 3.0], [2.0, 1.0, 0.0]]),), differentiable=False),
    Sample(args=(A((4,), "distinct"),)),
    Sample(args=(A((0,), "distinct"),)),
]
#: the sum of the values reaches the first occurrence of each
FIRST = [Hazard(args=(V([3.0, 1.0, 3.0, 1.0]),), gradients=([1.0, 1.0, 0.0, 0.0],))]

CASES = [
    Case(
        name="isin",
        samples=[
            Sample(args=(V([[1, 2], [3, 4]]), V([2, 4, 9])), params={"invert": invert}) for invert in (False, True)
        ],
        reference=lambda x1, x2, invert=False: np.isin(x1, x2, invert=invert),
        dtypes=("int32", "int64"),  # the standard asks for integers
        ulp=0.0,
        differentiable=False,
    ),
    Case(
        name="unique_structure",
        samples=REPEATED,
        reference=_unique_structure,
        dtypes=REAL,
        ulp=0.0,
        differentiable=False,
        jit=False,
        notes=DATA_DEPENDENT,
    ),
    Case(
        name="unique_values",
        samples=REPEATED,
        reference=np.unique_values,
        dtypes=REAL,
        ulp=0.0,
        hazards=FIRST,
        jit=False,
        notes=DATA_DEPENDENT,
    ),
    Case(
        name="row_structure",
        samples=[
            Sample(args=(V([[3.0, 1.0], [1.0, 2.0], [3.0, 1.0], [1.0, 0.0]]),)),
            Sample(args=(V([[3.0, 1.0], [3.0, 1.0], [1.0, 2.0], [3.0, 1.0]]),), params={"consecutive": True}),
            Sample(args=(V([[], []]),)),
            Sample(args=(A((0, 2)),)),
        ],
        reference=_row_structure,
        dtypes=REAL,
        ulp=0.0,
        differentiable=False,
        jit=False,
        notes=DATA_DEPENDENT,
    ),
    Case(
        name="unique_rows",
        samples=[
            Sample(args=(A((4, 3), "distinct"),), params={"axis": 1}),
            Sample(args=(A((4,), "distinct"),)),
        ],
        dtypes=REAL,
        ulp=0.0,
        hazards=FIRST,
        jit=False,
        notes=DATA_DEPENDENT,
    ),
    Case(name="unique_all", samples=REPEATED, dtypes=REAL, ulp=0.0, jit=False, notes=DATA_DEPENDENT),
    Case(name="unique_counts", samples=REPEATED, dtypes=REAL, ulp=0.0, jit=False, notes=DATA_DEPENDENT),
    Case(name="unique_inverse", samples=REPEATED, dtypes=REAL, ulp=0.0, jit=False, notes=DATA_DEPENDENT),
]
