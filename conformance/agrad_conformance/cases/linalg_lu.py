"""Cases of agrad.primitives.linalg_lu.

The references factor column by column. No two candidates for a pivot are equally large in what is drawn: which of them
is taken is each library's own affair.
"""

from typing import Any

import numpy as np

from agrad_conformance.case import INEXACT, A, Case, Hazard, Sample, V

SHAPES = ((3, 3), (4, 2), (2, 4), (2, 4, 3), (2, 1, 2, 3), (1, 3), (3, 1), (1, 1))
EMPTY = ((0, 0), (0, 3), (3, 0), (0, 2, 2), (2, 0, 3))


def _same(bound: float) -> dict[str, float]:
    return dict.fromkeys(INEXACT, bound)


def _pivots(*values: Any) -> V:
    return V(list(values), dtype="int32")


def _np_factor(x: Any, **_params: Any) -> Any:
    """Return packed LU and pivots, as LAPACK's getrf does, in whatever precision x has."""
    packed = np.array(x)
    count = min(x.shape[-2:])
    pivots = np.zeros((*x.shape[:-2], count), np.int32)
    for index in np.ndindex(x.shape[:-2]):
        one = packed[index]
        for step in range(count):
            below = one[step:, step]
            pivot = step + int(np.argmax(np.abs(below.real) + np.abs(below.imag)))
            one[[step, pivot]] = one[[pivot, step]]
            pivots[(*index, step)] = pivot + 1
            if one[step, step] != 0:
                one[step + 1 :, step] /= one[step, step]
            one[step + 1 :, step + 1 :] -= np.outer(one[step + 1 :, step], one[step, step + 1 :])
    return packed, pivots


def _np_permutation(pivots: Any, rows: int) -> Any:
    order = np.broadcast_to(np.arange(rows), (*pivots.shape[:-1], rows)).copy()
    for index in np.ndindex(pivots.shape[:-1]):
        for step, pivot in enumerate(pivots[index]):
            order[index][[step, pivot - 1]] = order[index][[pivot - 1, step]]
    return order


def _np_unpack(packed: Any, pivots: Any) -> Any:
    rows, columns = packed.shape[-2:]
    count = min(rows, columns)
    order = _np_permutation(pivots, rows)
    p = (order[..., None, :] == np.arange(rows)[:, None]).astype(packed.dtype)
    return (
        p,
        np.tril(packed[..., :count], -1) + np.eye(rows, count, dtype=packed.dtype),
        np.triu(packed[..., :count, :]),
    )


def _np_lu(x: Any) -> Any:
    return _np_unpack(*_np_factor(x))


def _np_lu_solve(packed: Any, pivots: Any, y: Any, left: bool = True, hermitian: bool = False) -> Any:
    p, lower, upper = _np_unpack(packed, pivots)
    x = p @ lower @ upper
    if hermitian:
        x = np.conj(np.swapaxes(x, -1, -2))
    if left:
        return np.linalg.solve(x, y)
    return np.swapaxes(np.linalg.solve(np.swapaxes(x, -1, -2), np.swapaxes(y, -1, -2)), -1, -2)


CASES = [
    Case(
        "linalg.lu_factor",
        [Sample((A(shape),)) for shape in (*SHAPES, *EMPTY)],
        reference=_np_factor,
        dtypes=INEXACT,
        ulp=_same(16),
        grad_ulp=_same(256),
        hazards=[
            Hazard((V([[0.0, 0.0], [0.0, 0.0]]),), value=[[0.0, 0.0], [0.0, 0.0]], why="a zero pivot leaves zeros"),
            Hazard(
                (V([[1.0, 2.0, 3.0], [2.0, 4.0, 5.0]]),),
                value=[[2.0, 4.0, 5.0], [0.5, 0.0, 0.5]],
                why="a zero pivot at the end is an element of U like any other",
            ),
            Hazard(
                (V([[0.0, 2.0], [0.0, 3.0]]),),
                value=[[0.0, 2.0], [0.0, 3.0]],
                why="behind a zero pivot the factorization goes on",
            ),
            Hazard(
                (V([[0.0, 2.0], [4.0, 0.0]]),),
                gradients=([[0.25, 1.0], [1.0, 1.0]],),
                value=[[4.0, 0.0], [0.0, 2.0]],
                why="a zero on the diagonal is exchanged for a pivot; L's element is x[0, 0] / 4",
            ),
        ],
    ),
    Case(
        "linalg.lu",
        [Sample((A(shape),)) for shape in (*SHAPES, *EMPTY)],
        reference=_np_lu,
        dtypes=INEXACT,
        ulp=_same(16),
        grad_ulp=_same(256),
    ),
    Case(
        "linalg.lu_permutation",
        [
            Sample((_pivots(2, 3, 3),), {"rows": 3}),
            Sample((_pivots([3, 2], [4, 4]),), {"rows": 4}),
            Sample((_pivots(1),), {"rows": 1}),
            Sample((V(np.ones((0, 2)), dtype="int32"),), {"rows": 3}),
            Sample((V(np.ones((2, 0)), dtype="int32"),), {"rows": 3}),
        ],
        reference=_np_permutation,
        ulp=0,
        differentiable=False,
    ),
    Case(
        "linalg.lu_unpack",
        [
            Sample((A((3, 3)), _pivots(2, 3, 3))),
            Sample((A((2, 4, 2)), _pivots([3, 2], [4, 4]))),
            Sample((A((2, 4)), _pivots(2, 2))),
            Sample((A((1, 1)), _pivots(1))),
            Sample((A((0, 3)), V([], dtype="int32"))),
            Sample((A((3, 0)), V([], dtype="int32"))),
        ],
        reference=_np_unpack,
        dtypes=INEXACT,
        ulp=0,
        grad_ulp=0,
    ),
    Case(
        "linalg.lu_solve",
        [
            *(
                Sample(
                    (A((3, 3), "wellconditioned"), _pivots(3, 2, 3), A((3, 2) if left else (2, 3))),
                    {"left": left, "hermitian": hermitian},
                )
                for left in (True, False)
                for hermitian in (True, False)
            ),
            Sample((A((2, 2, 2), "wellconditioned"), _pivots([2, 2], [1, 2]), A((2, 1)))),
            Sample((A((2, 2), "wellconditioned"), _pivots(2, 2), A((3, 2, 2))), {"hermitian": True}),
            Sample((A((2, 2, 2), "wellconditioned"), _pivots([2, 2], [1, 2]), A((3, 1, 1, 2))), {"left": False}),
            Sample((A((1, 1), "wellconditioned"), _pivots(1), A((1, 1)))),
            Sample((A((0, 0)), V([], dtype="int32"), A((0, 2)))),
            Sample((A((2, 2), "wellconditioned"), _pivots(2, 2), A((2, 0)))),
        ],
        reference=_np_lu_solve,
        dtypes=INEXACT,
        ulp=_same(16),
        grad_ulp=_same(128),
    ),
]
