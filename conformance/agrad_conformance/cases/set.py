"""Cases of agrad.primitives.set."""

import numpy as np

from agrad_conformance.case import DATA_DEPENDENT, A, Case, Hazard, Sample, V

REAL = ("float32", "float64")


def _unique_structure(x: np.ndarray) -> tuple[np.ndarray, ...]:
    _, indices, inverse, counts = np.unique_all(x)
    return indices, inverse, counts


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
    Case(name="unique_all", samples=REPEATED, dtypes=REAL, ulp=0.0, jit=False, notes=DATA_DEPENDENT),
    Case(name="unique_counts", samples=REPEATED, dtypes=REAL, ulp=0.0, jit=False, notes=DATA_DEPENDENT),
    Case(name="unique_inverse", samples=REPEATED, dtypes=REAL, ulp=0.0, jit=False, notes=DATA_DEPENDENT),
]
