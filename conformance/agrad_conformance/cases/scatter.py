"""Cases of agrad.primitives.scatter: what is moved has a bound of zero; sums and products have few terms."""

from typing import Any

import numpy as np

from agrad_conformance.case import A, Case, Hazard, I, Sample, V

ALL = ("float32", "float64", "complex64", "complex128")
REAL = ("float32", "float64")
FEW = {"float32": 4.0, "float64": 4.0, "complex64": 4.0, "complex128": 4.0}

MASK = [[True, False, True], [False, True, True]]
PLACES = I(values=[[0, 0, 1], [0, 3, 1]])

_AT: dict[str, Any] = {
    "sum": np.add,
    "mean": np.add,
    "prod": np.multiply,
    "amax": np.maximum,
    "amin": np.minimum,
}
_START = {"sum": 0, "mean": 0, "prod": 1, "amax": -np.inf, "amin": np.inf}


def _scatter_reduce(
    x: np.ndarray, indices: np.ndarray, value: np.ndarray, axis: int, reduce: str, include_self: bool = True
) -> np.ndarray:
    key = list(np.indices(indices.shape))
    if key:
        key[axis] = indices
    where = tuple(key)
    result = np.array(x)
    counts = np.ones(x.shape)
    if not include_self:
        result[where] = _START[reduce]
        counts[where] = 0
    _AT[reduce].at(result, where, value)
    np.add.at(counts, where, 1)
    return result / counts if reduce == "mean" else result


def _put(x: np.ndarray, indices: np.ndarray, value: np.ndarray, accumulate: bool) -> np.ndarray:
    flat = np.ravel(np.array(x))
    if accumulate:
        np.add.at(flat, indices, value)
    else:
        flat[indices] = value
    return flat.reshape(x.shape)


def _masked_scatter(x: np.ndarray, mask: np.ndarray, source: np.ndarray) -> np.ndarray:
    result = np.array(x)
    result[mask] = np.ravel(source)[: int(mask.sum())]
    return result


CASES = [
    Case(
        name="masked_fill",
        samples=[
            Sample(args=(A((2, 3)), V([[True], [False]], "bool"), A(()))),
            Sample(args=(A((3,)), V(MASK, "bool"), A(()))),
        ],
        reference=lambda x, mask, value: np.where(mask, value, x),
        dtypes=ALL,
        ulp=0.0,
    ),
    Case(
        name="masked_scatter",
        samples=[
            Sample(args=(A((2, 3)), V(MASK, "bool"), A((2, 3)))),
            Sample(args=(A((2, 3)), V(MASK, "bool"), A((4,)))),
            Sample(args=(A((2,)), V([False, False], "bool"), A((0,)))),
        ],
        reference=_masked_scatter,
        dtypes=ALL,
        ulp=0.0,
    ),
    Case(
        name="take_flat",
        samples=[
            Sample(args=(A((2, 3)), I(values=[[0, 5], [-1, 5]]))),
            Sample(args=(A((2, 3)), I(values=4))),
        ],
        reference=lambda x, indices: np.take(x, indices),
        dtypes=ALL,
        ulp=0.0,
        hazards=[Hazard(args=(V([1.0, 2.0]), I(values=[1, 1])), gradients=([0.0, 2.0],))],
    ),
    Case(
        name="put_flat",
        samples=[
            Sample(args=(A((2, 3)), I(values=[[0], [-1]]), A((2, 1))), params={"accumulate": False}),
            Sample(args=(A((2, 3)), I(values=[4, 4, 0]), A((3,))), params={"accumulate": True}),
            Sample(args=(A((2, 3)), I(values=[[4, 0], [-2, 4]]), A((2, 2))), params={"accumulate": False}),
        ],
        reference=_put,
        dtypes=ALL,
        ulp=FEW,
        hazards=[
            Hazard(
                args=(V([1.0, 2.0]), I(values=[1, 1, -1]), V([3.0, 4.0, 5.0])),
                params={"accumulate": False},
                gradients=([1.0, 0.0], None, [0.0, 0.0, 1.0]),
                why="the value written last stays, and gets all",
            )
        ],
    ),
    Case(
        name="scatter_reduce",
        samples=[
            Sample(
                args=(A((4, 3)), PLACES, A((2, 3))),
                params={"axis": 0, "reduce": reduce, "include_self": include_self},
            )
            for reduce in ("sum", "mean", "prod")
            for include_self in (True, False)
        ]
        + [
            Sample(
                args=(A((4, 3), "distinct"), PLACES, A((2, 3), "distinct")),
                params={"axis": 0, "reduce": reduce, "include_self": include_self},
                dtypes=REAL,
            )
            for reduce in ("amax", "amin")
            for include_self in (True, False)
        ]
        + [
            Sample(args=(A((2, 4)), I(values=[[1, 1], [0, 3]]), A((2, 2))), params={"axis": -1, "reduce": "prod"}),
            Sample(args=(A(()), I(values=0), A(())), params={"axis": 0, "reduce": "prod"}),
        ],
        reference=_scatter_reduce,
        dtypes=ALL,
        ulp=FEW,
        hazards=[
            Hazard(
                args=(V([2.0, 3.0]), I(values=[0, 0, 0]), V([0.0, 4.0, 5.0])),
                params={"axis": 0, "reduce": "prod"},
                gradients=([0.0, 1.0], None, [40.0, 0.0, 0.0]),
                why="one factor is zero: only its own derivative is not",
            ),
            Hazard(
                args=(V([2.0, 3.0]), I(values=[0, 0, 0]), V([0.0, 0.0, 5.0])),
                params={"axis": 0, "reduce": "prod"},
                gradients=([0.0, 1.0], None, [0.0, 0.0, 0.0]),
                why="two factors are zero: the first derivatives vanish, a second one does not",
            ),
            Hazard(
                args=(V([2.0, 3.0]), I(values=[0, 0]), V([2.0, 2.0])),
                params={"axis": 0, "reduce": "amax"},
                gradients=([1 / 3, 1.0], None, [1 / 3, 1 / 3]),
                why="those that share the maximum share the cotangent",
            ),
        ],
    ),
]
