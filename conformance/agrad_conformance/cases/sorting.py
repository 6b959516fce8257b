"""Cases of agrad.primitives.sorting: values are moved, so bounds are zero but for that of quantile."""

from typing import Any

import numpy as np

from agrad_conformance.case import A, Case, Hazard, I, Sample, V

REAL = ("float32", "float64")

ORDERS: list[dict[str, Any]] = [{}, {"axis": 0}, {"axis": -1, "descending": True}]


def _argsort(x: np.ndarray, axis: int = -1, descending: bool = False, stable: bool = True) -> np.ndarray:
    if x.ndim == 0:
        return np.asarray(0)  # NumPy gives it an axis
    if not descending:
        return np.argsort(x, axis=axis, stable=True)
    backwards = np.flip(np.argsort(np.flip(x, axis=axis), axis=axis, stable=True), axis=axis)
    return x.shape[axis] - 1 - backwards


def _sort(x: np.ndarray, axis: int = -1, descending: bool = False, stable: bool = True) -> np.ndarray:
    ordered = np.sort(x, axis=axis)
    return np.flip(ordered, axis=axis) if descending else ordered


def _quantile(x: np.ndarray, q: Any, axis: int | None = None, interpolation: str = "linear") -> np.ndarray:
    return np.quantile(x, q, axis=axis, method=interpolation)


CASES = [
    Case(
        name="argsort",
        samples=[Sample(args=(A((3, 4), "distinct"),), params=params) for params in ORDERS]
        + [Sample(args=(V([2.0, 1.0, 2.0, 1.0]),), params={"descending": descending}) for descending in (False, True)],
        reference=_argsort,
        dtypes=REAL,
        ulp=0.0,
        differentiable=False,
    ),
    Case(
        name="reorder",
        samples=[Sample(args=(A((2, 3)), I(values=[[2, 0, 1], [0, 2, 1]])), params={"axis": 1})],
        reference=lambda x, order, axis: np.take_along_axis(x, order, axis=axis),
        dtypes=("float32", "float64", "complex64", "complex128"),
        ulp=0.0,
    ),
    Case(
        name="sort",
        samples=[Sample(args=(A((3, 4), "distinct"),), params=params) for params in ORDERS]
        + [Sample(args=(A((0,), "distinct"),))],
        reference=_sort,
        dtypes=REAL,
        ulp=0.0,
        hazards=[Hazard(args=(V([2.0, 2.0, 1.0]),), gradients=([1.0, 1.0, 1.0],))],
    ),
    Case(
        name="sort_with_indices",
        samples=[Sample(args=(A((3, 4), "distinct"),), params={"axis": 0})],
        dtypes=REAL,
        ulp=0.0,
    ),
    Case(
        name="topk",
        samples=[
            Sample(args=(A((3, 5), "distinct"), 2), params={"axis": 1}),
            Sample(args=(A((4,), "distinct"), 0), params={"largest": False}),
            Sample(args=(A((), "distinct"), 1)),
        ],
        dtypes=REAL,
        ulp=0.0,
    ),
    Case(name="kthvalue", samples=[Sample(args=(A((3, 5), "distinct"), 2), params={"axis": 1})], dtypes=REAL, ulp=0.0),
    Case(
        name="max_with_indices",
        samples=[Sample(args=(A((3, 5), "distinct"),), params={"axis": 1, "keepdims": True})],
        dtypes=REAL,
        ulp=0.0,
        hazards=[Hazard(args=(V([1.0, 2.0, 2.0]),), params={"axis": 0}, gradients=([0.0, 1.0, 0.0],))],
        notes="Ties: the first takes all, as PyTorch's max(dim).",
    ),
    Case(
        name="min_with_indices",
        samples=[Sample(args=(A((3, 5), "distinct"),), params={"axis": 0})],
        dtypes=REAL,
        ulp=0.0,
    ),
    Case(
        name="median",
        samples=[
            Sample(args=(A((3, 5), "distinct"),), params={"axis": 1}),
            Sample(args=(A((4, 2), "distinct"),), params={"axis": 0}),
        ],
        dtypes=REAL,
        ulp=0.0,
        hazards=[
            Hazard(args=(V([1.0, float("nan"), 2.0]),), params={"axis": 0}, gradients=([0.0, 1.0, 0.0],)),
            Hazard(
                args=(V([1.0, float("nan"), 2.0]),),
                params={"axis": 0, "skip_nan": True},
                gradients=([1.0, 0.0, 0.0],),
            ),
        ],
    ),
    Case(
        name="pick",
        samples=[
            Sample(args=(A((3, 4)), I(values=[[1], [3], [0]])), params={"axis": 1, "keepdims": False, "named": "Max"}),
            Sample(args=(A((3, 2)), I(values=[[1, 1], [0, 2]])), params={"axis": 0, "keepdims": True, "named": "Topk"}),
        ],
        reference=lambda x, indices, axis, keepdims, named: (
            np.take_along_axis(x, indices, axis) if keepdims else np.take_along_axis(x, indices, axis).squeeze(axis)
        ),
        dtypes=("float32", "float64", "complex64", "complex128"),
        ulp=0.0,
    ),
    Case(
        name="median_of_all",
        samples=[
            Sample(args=(A((3, 5), "distinct"),)),
            Sample(args=(A((4,), "distinct"),), params={"skip_nan": True}),
            Sample(args=(A((), "distinct"),)),
        ],
        dtypes=REAL,
        ulp=0.0,
        hazards=[
            Hazard(args=(V([1.0, 2.0, 2.0, 5.0]),), gradients=([0.0, 0.5, 0.5, 0.0],), value=2.0),
            Hazard(args=(V([1.0, float("nan"), 2.0]),), gradients=([0.0, 1.0, 0.0],), value=float("nan")),
            Hazard(
                args=(V([1.0, float("nan"), 2.0]),), gradients=([1.0, 0.0, 0.0],), params={"skip_nan": True}, value=1.0
            ),
        ],
        notes="Ties share evenly, as PyTorch's median of all elements.",
    ),
    Case(
        name="mode",
        samples=[
            Sample(args=(V([[1.0, 2.0, 2.0, 3.0], [4.0, 4.0, 1.0, 1.0]]),), params={"axis": 1}, differentiable=False)
        ],
        dtypes=REAL,
        ulp=0.0,
        hazards=[
            Hazard(
                (V([[1.0, 2.0, 2.0, 3.0]]),),
                ([[0.0, 0.0, 1.0, 0.0]],),
                {"axis": 1},
                why="the last of the equal elements",
            )
        ],
        notes="Differences would break the ties that make the mode: its gradient is a hazard's.",
    ),
    Case(
        name="quantile",
        samples=[
            # q = 0.5 of five is an element itself, a kink in q
            Sample(args=(A((3, 5), "distinct"), V([0.1, 0.5, 0.77])), params={"axis": 1}, wrt=(0,)),
            Sample(args=(A((3, 5), "distinct"), V([0.1, 0.4, 0.77])), params={"axis": 1}),
            Sample(args=(A((3, 5), "distinct"), V(0.3))),
            Sample(args=(A((4,), "distinct"), V(0.3)), params={"interpolation": "lower"}),
        ],
        reference=_quantile,
        dtypes=REAL,
        ulp={"float32": 8.0, "float64": 8.0},
    ),
]
