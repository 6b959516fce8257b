"""Cases of agrad.primitives.linear_algebra and einsum: every pairing of vectors, matrices and stacks of them."""

from typing import Any

import numpy as np

from agrad_conformance.case import INEXACT, A, Case, Hazard, Sample, V

# Measured 2.4 eps of the norm for 256 terms; ours are short.
EPS = {"float32": 8.0, "float64": 8.0, "complex64": 8.0, "complex128": 8.0}


def _pairs(*shapes: tuple[tuple[int, ...], tuple[int, ...]], **params: Any) -> list[Sample]:
    return [Sample((A(left), A(right)), params) for left, right in shapes]


def _tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    return np.tensordot(x, y, axes=axes)


def _vecdot(x: Any, y: Any, axis: int = -1) -> Any:
    return np.sum(np.conj(x) * y, axis=axis)


def _einsum(equation: str, *shapes: tuple[int, ...]) -> Sample:
    return Sample(tuple(A(shape) for shape in shapes), {"equation": equation})


CASES = [
    Case(
        "matmul",
        _pairs(
            ((3, 4), (4, 2)),
            ((4,), (4,)),
            ((3, 4), (4,)),
            ((4,), (4, 2)),
            ((2, 3, 4), (4,)),
            ((4,), (2, 4, 3)),
            ((2, 3, 4), (4, 2)),
            ((3, 4), (2, 4, 5)),
            ((2, 1, 3, 4), (5, 4, 2)),
            ((2, 3, 4), (2, 4, 2)),
            ((1, 1), (1, 1)),
            ((0, 3), (3, 2)),
            ((2, 0), (0, 3)),
            ((2, 0, 3), (3,)),
        ),
        reference=np.matmul,
        dtypes=INEXACT,
        ulp=EPS,
    ),
    Case(
        "matrix_transpose",
        [Sample((A(shape),)) for shape in ((3, 4), (2, 3, 4), (1, 1), (0, 3))],
        reference=lambda x: np.swapaxes(x, -1, -2),
        dtypes=INEXACT,
        ulp=0,
    ),
    Case(
        "tensordot",
        [
            *_pairs(((2, 3, 4), (3, 4, 5))),
            *_pairs(((2, 3), (4,)), axes=0),
            *_pairs(((2, 3), (3, 2)), axes=1),
            *_pairs(((2, 3, 4), (5, 4, 3, 2)), axes=((2, 0), (1, 3))),
            *_pairs(((2, 3), (2, 3)), axes=((0, 1), (0, 1))),
            *_pairs(((2, 0), (0, 3)), axes=1),
        ],
        reference=_tensordot,
        dtypes=INEXACT,
        ulp=EPS,
    ),
    Case(
        "vecdot",
        [
            *_pairs(((4,), (4,)), ((2, 3, 4), (3, 4)), ((2, 1), (2, 1)), ((2, 0), (0,))),
            *_pairs(((2, 3, 4), (3, 1)), axis=-2),
        ],
        reference=_vecdot,
        dtypes=INEXACT,
        ulp=EPS,
    ),
    Case("outer", _pairs(((3,), (4,)), ((1,), (1,)), ((0,), (2,))), reference=np.outer, dtypes=INEXACT, ulp=EPS),
    Case("inner", _pairs(((3,), (3,)), ((2, 3), (4, 3)), ((), (3,))), reference=np.inner, dtypes=INEXACT, ulp=EPS),
    Case(
        "kron", _pairs(((2, 3), (2, 2)), ((2, 3), (2, 1, 4)), ((3,), (2,))), reference=np.kron, dtypes=INEXACT, ulp=EPS
    ),
    Case(
        "multi_dot",
        [
            Sample((A((3, 4)), A((4, 2)), A((2, 5)))),
            Sample((A((3,)), A((3, 4)), A((4, 2)), A((2,)))),
            Sample((A((2, 3)), A((3, 2)))),
        ],
        reference=lambda *matrices: np.linalg.multi_dot(matrices),
        call=lambda function, *matrices: function(matrices),
        dtypes=INEXACT,
        ulp=EPS,
    ),
    Case(
        "einsum",
        [
            _einsum("ij,jk->ik", (2, 3), (3, 4)),
            _einsum("ij,jk", (2, 3), (3, 4)),
            _einsum("bij,bjk->bki", (2, 3, 4), (2, 4, 5)),
            _einsum("ii->i", (3, 3)),
            _einsum("ii", (3, 3)),
            _einsum("ij->ji", (2, 3)),
            _einsum("ijk->j", (2, 3, 4)),
            _einsum("...ij,...jk->...ik", (2, 3, 4), (4, 5)),
            _einsum("i,j->ij", (3,), (4,)),
            _einsum("ij,ij->", (2, 3), (1, 3)),
            _einsum("ij,jk,kl->il", (2, 3), (3, 4), (4, 5)),
            _einsum("iij,jk->ik", (2, 2, 3), (3, 4)),
            _einsum(",ij->ij", (), (2, 3)),
            _einsum("ij,jk->ik", (2, 0), (0, 3)),
        ],
        reference=lambda *operands, equation: np.einsum(equation, *operands),
        call=lambda function, *operands, equation: function(equation, *operands),
        dtypes=INEXACT,
        ulp=EPS,
        hazards=[
            Hazard(
                (V([[1.0, 2.0], [3.0, 4.0]]),),
                params={"equation": "ii"},
                gradients=([[1.0, 0.0], [0.0, 1.0]],),
                why="only the diagonal takes part in a trace",
            )
        ],
    ),
]
