"""Cases of agrad.primitives.creation: values are copied or zero, so bounds are zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from agrad_conformance.case import INEXACT, A, Case, Sample

MATRICES: tuple[tuple[int, ...], ...] = ((3, 4), (4, 3), (2, 3, 3), (1, 1))

CASES = [
    *[
        Case(
            name,
            [
                *[Sample((A(shape),), {"k": k}) for shape in MATRICES for k in (0, 1, -1)],
                Sample((A((3, 4)),)),
                Sample((A((3, 3)),), {"k": 5}),
                Sample((A((3, 3)),), {"k": -5}),
            ],
            reference=reference,
            dtypes=(*INEXACT, "int64", "bool"),
            ulp=0.0,
            edges=[Sample((A((0, 3)),)), Sample((A((0, 2, 2)),), {"k": 1})],
            without={"0-d": "a triangle is a matrix's"},
        )
        for name, reference in (("tril", np.tril), ("triu", np.triu))
    ],
    Case(
        "meshgrid",
        [Sample((A((3,)), A((2,)), A((4,))), {"indexing": indexing}) for indexing in ("xy", "ij")]
        + [Sample((A((3,)), A((2,)))), Sample((A((3,)),))],
        reference=lambda *arrays, **params: _grids(*arrays, **params),
        dtypes=INEXACT,
        ulp=0.0,
        edges=[Sample((A((0,)), A((2,)))), Sample((A(()), A((2,))))],
    ),
]


def _grids(*arrays: Any, **params: Any) -> Any:
    return tuple(np.meshgrid(*arrays, **params))
