"""Cases of agrad.primitives.data_type, and of what the engine itself records: strided regions and whole writes."""

from __future__ import annotations

from typing import Any

import numpy as np

from agrad import dtypes
from agrad_conformance.case import COMPLEX, INEXACT, REAL, A, Case, Hazard, Sample, V

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


def _written_parts(x: Any, value: Any, sizes: Any, strides: Any, offset: int) -> Any:
    """Write real numbers into complex ones, or the reverse: the region is counted in real numbers."""
    result = np.array(x, order="C")
    row = np.stack([result.real, result.imag], -1) if np.iscomplexobj(x) else result
    parts = np.stack([value.real, value.imag], -1) if np.iscomplexobj(value) else value
    row = _written(row, parts, sizes, strides, offset)
    return row[..., 0] + 1j * row[..., 1] if np.iscomplexobj(x) else row


def _recast(own: dtypes.DType, wanted: dtypes.DType) -> Case:
    """Return the case of memory read as another dtype."""
    return Case(
        "recast",
        [Sample((A((3, 4)),), {"own": own, "wanted": wanted}, differentiable=False)],
        call=lambda function, x, **params: function(x.contiguous(), **params),
        reference=lambda x, own, wanted: np.asarray(x).astype(own.name).view(wanted.name),
        dtypes=(own.name,),
        ulp=0.0,
        result_dtype=wanted.name,
    )


def _row(own: str, wanted: dtypes.DType) -> Case:
    """Return the case of a row of complex numbers read as one of their parts, or the reverse."""
    return Case(
        "bitcast",
        [Sample((A((8,)),), {"dtype": wanted})],
        reference=lambda x, dtype: (
            np.stack([x.real, x.imag], -1).reshape(-1) if np.iscomplexobj(x) else x[0::2] + 1j * x[1::2]
        ),
        dtypes=(own,),
        ulp=0.0,
        result_dtype=wanted.name,
    )


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
        "strided_write",
        [
            Sample((A((3, 4), dtype="complex128"), A((2, 3), dtype="float64")), _geometry((2, 3), (8, 2), 1)),
            Sample((A((3, 4), dtype="float64"), A((2,), dtype="complex128")), _geometry((2, 2), (4, 1), 2)),
        ],
        reference=_written_parts,
        dtypes=("float64",),
        ulp=0.0,
    ),
    _recast(dtypes.float32, dtypes.int32),
    _recast(dtypes.float64, dtypes.uint8),
    _recast(dtypes.int32, dtypes.int64),
    _recast(dtypes.float64, dtypes.complex128),
    _row("float64", dtypes.complex128),
    _row("complex128", dtypes.float64),
    _row("complex64", dtypes.float32),
    *(
        Case(
            name,
            [Sample((A((3, 4)),)), Sample((A(()),))],
            reference=reference,
            dtypes=given,
            ulp=0.0,
            edges=[Sample((A((0, 3)),))],
        )
        for name, reference, given in (("conj_view", np.conj, COMPLEX), ("neg_view", np.negative, REAL))
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
