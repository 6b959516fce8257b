"""Cases of the losses that are primitives."""

from __future__ import annotations

from typing import Any

import numpy as np

from agrad_conformance.case import A, Case, Hazard, I, Sample, V


def _nll_loss(x: Any, labels: Any, ignored: int | None = None, reduction: str = "mean") -> Any:
    axis = 0 if x.ndim == 1 else 1
    counted = np.ones(labels.shape, dtype=bool) if ignored is None else labels != ignored
    index = np.expand_dims(np.where(counted, labels, 0), axis)
    found = np.where(counted, -np.take_along_axis(x, index, axis).squeeze(axis), 0)
    if reduction == "none":
        return found
    return found.sum() / counted.sum() if reduction == "mean" else found.sum()


CASES = [
    Case(
        "held_log",
        [
            Sample((A((3, 4), "probability"),)),
            Sample((A((), "probability"),)),
            Sample((A((0, 3), "probability"),)),
            Sample((A((3, 4), "unit"),), {"shifted": True}),
        ],
        reference=lambda x, shifted=False: np.log1p(x) if shifted else np.log(x),
        ulp=4.0,
        measure="mixed",
        hazards=[
            Hazard((V([0.0, 1.0]),), ([1e12, 1.0],), value=[-100.0, 0.0], why="value and slope are held (PyTorch)"),
            Hazard((V([0.0, -1.0]),), ([1.0, 1e12],), {"shifted": True}, value=[0.0, -100.0]),
        ],
    ),
    Case(
        name="nll_loss",
        samples=[
            Sample(args=(A((4, 3)), I(values=[2, 0, 0, 1]))),
            Sample(args=(A((4, 3)), I(values=[2, 0, 0, 1])), params={"reduction": "none"}),
            Sample(args=(A((4, 3)), I(values=[2, 1, -100, 1])), params={"ignored": -100}),
            Sample(args=(A((4, 3)), I(values=[2, 0, 1, 1])), params={"ignored": 1, "reduction": "sum"}),
            Sample(args=(A((3,)), I(values=1)), params={"reduction": "mean"}),
            Sample(args=(A((2, 3, 2, 2)), I(values=[[[0, 1], [2, 1]], [[1, 1], [5, 0]]])), params={"ignored": 5}),
            Sample(args=(A((0, 3)), I(values=np.zeros((0,), dtype=np.int64))), params={"reduction": "sum"}),
        ],
        reference=_nll_loss,
        dtypes=("float32", "float64"),
        ulp=4.0,
        hazards=[
            # what is ignored has no part in it, be it infinite
            Hazard(
                args=(V([[-1.0, -np.inf], [-0.5, -1.5]]), I(values=[7, 0])),
                params={"ignored": 7},
                gradients=([[0.0, 0.0], [-1.0, 0.0]],),
            ),
        ],
    ),
]
