"""Cases of agrad.primitives.counting and measures."""

from __future__ import annotations

from typing import Any

import numpy as np

from agrad_conformance.case import A, Case, I, Sample, V

NAN = float("nan")


def _bins(x: np.ndarray, low: Any, high: Any, bins: int) -> np.ndarray:
    edges = np.linspace(low, high, bins + 1)
    return _between(x, edges)


def _between(x: np.ndarray, edges: np.ndarray) -> np.ndarray:
    bins = len(edges) - 1
    place = np.where(x == edges[-1], bins, np.searchsorted(edges, x, side="right")) - 1
    return np.where((x >= edges[0]) & (x <= edges[-1]), place, bins)


def _norms(x1: Any, x2: Any, ord: float) -> Any:
    return np.linalg.norm(np.asarray(x1[..., :, None, :] - x2[..., None, :, :], np.float64), ord, axis=-1)


CASES = [
    Case(
        "count_each",
        [Sample((I(values=[1, 0, 3, 1]),), {"length": 5}), Sample((I(values=[0]),), {"length": 1})],
        reference=lambda x, length: np.bincount(x, minlength=length),
        ulp=0.0,
        differentiable=False,
    ),
    Case(
        "sum_each",
        [Sample((I(values=[1, 0, 3, 1]), A((4,))), {"length": 5})],
        reference=lambda x, weights, length: np.bincount(x, np.asarray(weights, np.float64), minlength=length),
        ulp=4.0,
    ),
    Case(
        "place_in_bins",
        [
            Sample((V([[0.0, 0.3, 1.0], [4.0, 5.0, NAN]]), V(0.0), V(4.0)), {"bins": 4}),
            Sample((V([-1.0, 2.0]), V(-1.0), V(1.0)), {"bins": 3}),
        ],
        reference=_bins,
        ulp=0.0,
        differentiable=False,
    ),
    Case(
        "place_between_edges",
        [Sample((V([0.0, 0.3, 1.5, 4.0, 5.0, NAN]), V([0.0, 1.0, 1.5, 4.0])))],
        reference=_between,
        ulp=0.0,
        differentiable=False,
    ),
    Case(
        "pairwise_norms",
        [Sample((A((3, 2)), A((4, 2))), {"ord": ord}) for ord in (1.0, 2.0, 3.0, float("inf"))],
        reference=_norms,
        ulp=8.0,
    ),
    Case("norms_of_pairs", [Sample((A((4, 3)),), {"ord": ord}) for ord in (1.0, 2.0)], ulp=8.0),
    Case(
        "renormalized",
        [Sample((A((3, 4)),), {"ord": 2.0, "axis": axis, "limit": 1.0}) for axis in (0, 1)],
        ulp=8.0,
    ),
    Case(
        "covariance",
        [
            Sample((A((2, 5)),)),
            Sample((A((2, 5)),), {"correction": 0}),
        ],
        reference=lambda x, correction=1: np.cov(np.asarray(x, np.float64), ddof=correction),
        ulp=16.0,
    ),
    Case("correlation", [Sample((A((2, 5)),))], reference=lambda x: np.corrcoef(np.asarray(x, np.float64)), ulp=16.0),
    Case(
        "trapezoid",
        [
            Sample((A((2, 5)),), {"dx": 0.5}),
            Sample((A((4, 2)), V([0.0, 1.0, 2.5, 3.0])), {"axis": 0}),
            Sample((A((2, 3)), A((2, 3)))),
        ],
        reference=lambda y, x=None, dx=1.0, axis=-1: np.trapezoid(y, x, dx, axis),
        ulp=8.0,
    ),
    Case("cumulative_trapezoid", [Sample((A((2, 5)),), {"dx": 0.5}), Sample((A((5,)), A((5,))))], ulp=8.0),
    Case(
        "slopes",
        [
            Sample((A((5,)),), {"axis": 0}),
            Sample((A((2, 5)),), {"axis": 1, "spacing": 0.5, "edge_order": 2}),
        ],
        reference=lambda x, axis, spacing=1.0, edge_order=1: np.gradient(
            np.asarray(x, np.float64), spacing, axis=axis, edge_order=edge_order
        ),
        ulp=16.0,
    ),
]
