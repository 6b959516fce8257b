"""Cases of agrad.primitives.data_type, and of what the engine itself records: strided regions and whole writes."""

from __future__ import annotations

from typing import Any

import numpy as np

from agrad import dtypes
from agrad_conformance.case import INEXACT, REAL, A, Case, Hazard, Sample, V

LETTERS = (*INEXACT, "int64")


def _cast(x: Any, dtype: dtypes.DType) -> Any:
    wanted = np.dtype(dtype.name)
    if np.iscomplexobj(x) and wanted.kind != "c":
        x = np.real(x)
    return x if wanted.kind in "fc" and x.dtype.kind in "fc" else np.asarray(x).astype(wanted)


def _to(dtype: dtypes.DType, given: tuple[str, ...]) -> Case:
    """Return the case of a conversion from some dtypes to one; integers have no derivative."""
    return Case(
        "astype",
        [Sample((A(shape, "distinct"),), {"dtype": dtype}, differentiable=dtype.is_inexact) for shape in ((3, 4), ())],
        reference=_cast,
        dtypes=given,
        ulp=0.5,
        measure="ulp",
        result_dtype=dtype.name,
        edges=[Sample((A((0, 3)),), {"dtype": dtype}, differentiable=dtype.is_inexact)],
    )


def _strided(x: Any, sizes: Any, strides: Any, offset: int) -> Any:
    flat = np.ravel(x)
    steps = tuple(step * flat.itemsize for step in strides)
    return np.lib.stride_tricks.as_strided(flat[offset:], sizes, steps)


def _written(x: Any, value: Any, sizes: Any, strides: Any, offset: int) -> Any:
    result = np.array(x, order="C")
    view = np.lib.stride_tricks.as_strided(
        np.reshape(result, -1)[offset:], sizes, tuple(step * result.itemsize for step in strides)
    )
    view[...] = value
    return result


def _geometry(sizes: tuple[int, ...], strides: tuple[int, ...], offset: int = 0) -> dict[str, Any]:
    return {"sizes": sizes, "strides": strides, "offset": offset}


#: a part, a transposition, a diagonal, a step, one element
GEOMETRIES = (
    _geometry((2, 2), (4, 1), 5),
    _geometry((4, 3), (1, 4)),
    _geometry((3,), (5,)),
    _geometry((3, 2), (4, 2), 1),
    _geometry((), (), 7),
)

CASES = [
    _to(dtypes.float32, LETTERS),
    _to(dtypes.float64, LETTERS),
    _to(dtypes.complex64, LETTERS),
    _to(dtypes.complex128, LETTERS),
    _to(dtypes.int64, (*REAL, "int32", "bool")),
    Case(
        "copy",
        [Sample((A((3, 4)),)), Sample((A(()),))],
        reference=lambda x: x,
        dtypes=(*INEXACT, "int64", "bool"),
        ulp=0.0,
        edges=[Sample((A((0, 3)),))],
    ),
    Case(
        "strided_read",
        [
            *[Sample((A((3, 4)),), params) for params in GEOMETRIES],
            Sample((A((5,)),), _geometry((3, 3), (1, 1))),
            Sample((A(()),), _geometry((1, 1), (1, 1))),
        ],
        reference=_strided,
        dtypes=INEXACT,
        ulp=0.0,
        grad_ulp=2.0,
        edges=[Sample((A((0, 3)),), _geometry((0, 3), (3, 1))), Sample((A((3,)),), _geometry((0,), (1,)))],
        hazards=[
            Hazard(
                (V([1.0, 2.0, 3.0]),),
                ([1.0, 2.0, 1.0],),
                _geometry((2, 2), (1, 1)),
                value=[[1.0, 2.0], [2.0, 3.0]],
                why="what is read twice receives the sum",
            )
        ],
    ),
    Case(
        "strided_write",
        [Sample((A((3, 4)), A(params["sizes"])), params) for params in GEOMETRIES],
        reference=_written,
        dtypes=INEXACT,
        ulp=0.0,
        edges=[Sample((A((0, 3)), A((0, 3))), _geometry((0, 3), (3, 1))), Sample((A(()), A(())), _geometry((), ()))],
    ),
    Case(
        "overwrite",
        [Sample((A((3, 4)), A((3, 4)))), Sample((A(()), A(())))],
        reference=lambda _x, value: value,
        dtypes=INEXACT,
        ulp=0.0,
        edges=[Sample((A((0, 3)), A((0, 3))))],
    ),
]
