"""Cases of agrad.primitives.indexing: values are moved, so bounds are zero; sums have two terms at most."""

from typing import Any

import numpy as np

from agrad_conformance.case import A, Case, Hazard, I, Sample, V

ALL = ("float32", "float64", "complex64", "complex128")
ADDED = {"float32": 2.0, "float64": 2.0, "complex64": 2.0, "complex128": 2.0}


def _key(indices: tuple[Any, ...], axes: tuple[int, ...]) -> tuple[Any, ...]:
    key: list[Any] = [slice(None)] * (axes[-1] + 1)
    for axis, index in zip(axes, indices, strict=True):
        key[axis] = index
    return tuple(key)


def _set(x: np.ndarray, key: Any, value: Any) -> np.ndarray:
    result = np.array(x)
    result[key] = value
    return result


def _add(x: np.ndarray, key: Any, value: Any) -> np.ndarray:
    result = np.array(x)
    np.add.at(result, key, value)
    return result


def _scatter_add(x: np.ndarray, indices: np.ndarray, value: np.ndarray, axis: int) -> np.ndarray:
    key = list(np.indices(indices.shape))
    key[axis] = indices
    return _add(x, tuple(key), value)


def _scatter_set(x: np.ndarray, indices: np.ndarray, value: np.ndarray, axis: int) -> np.ndarray:
    key = list(np.indices(indices.shape))
    key[axis] = indices
    return _set(x, tuple(key), value)


KEYS: tuple[Any, ...] = (
    (0,),
    (-1, slice(1, 3)),
    (None, 1, Ellipsis, slice(None, None, 2)),
    (Ellipsis, None),
    (),
    (slice(2, 1),),
)

CASES = [
    Case(
        name="slice_get",
        samples=[Sample(args=(A((3, 4, 5)),), params={"key": key}) for key in KEYS],
        reference=lambda x, key: x[key],
        dtypes=ALL,
        ulp=0.0,
    ),
    Case(
        name="slice_set",
        samples=[Sample(args=(A((3, 4, 5)), A(())), params={"key": key}) for key in KEYS]
        + [Sample(args=(A((3, 4)), A((4,))), params={"key": (slice(1, 3),)})],
        reference=lambda x, value, key: _set(x, key, value),
        dtypes=ALL,
        ulp=0.0,
    ),
    Case(
        name="array_get",
        samples=[
            Sample(args=(A((3, 4, 5)), I(values=[0, 2, 2])), params={"axes": (0,)}),
            Sample(args=(A((3, 4, 5)), I(values=[[0, -1]])), params={"axes": (1,)}),
            Sample(args=(A((3, 4, 5)), I(values=[0, 2]), I(values=[[1], [3]])), params={"axes": (0, 1)}),
            Sample(args=(A((3, 4, 5)), I(values=[0, 2]), I(values=[1, 1])), params={"axes": (0, 2)}),
        ],
        reference=lambda x, *indices, axes: x[_key(indices, axes)],
        dtypes=ALL,
        ulp=0.0,
        hazards=[
            Hazard(args=(V([1.0, 2.0, 3.0]), I(values=[1, 1, 0])), params={"axes": (0,)}, gradients=([1.0, 2.0, 0.0],))
        ],
        notes="An index that occurs twice receives both cotangents.",
    ),
    Case(
        name="array_set",
        samples=[
            Sample(args=(A((4, 3)), A((2, 3)), I(values=[3, 0])), params={"axes": (0,)}),
            Sample(args=(A((4, 3)), A(()), I(values=[0, 1]), I(values=[2, 1])), params={"axes": (0, 1)}),
            Sample(args=(A((4, 3)), A((4, 3)), I(values=[3, 0, -1, 3])), params={"axes": (0,)}),
            Sample(args=(A((2, 3)), A((2, 1)), I(values=[[1, 1], [0, 1]])), params={"axes": (1,)}),
            Sample(args=(A((3, 2, 3)), A((2,)), I(values=[[0], [-3]]), I(values=[1, 1])), params={"axes": (0, 2)}),
        ],
        reference=lambda x, value, *indices, axes: _set(x, _key(indices, axes), value),
        dtypes=ALL,
        ulp=0.0,
        hazards=[
            Hazard(
                args=(V([1.0, 2.0, 3.0]), V([4.0, 5.0, 6.0]), I(values=[1, 0, -2])),
                params={"axes": (0,)},
                gradients=([0.0, 0.0, 1.0], [0.0, 1.0, 1.0]),
                why="1 and -2 are one place: the value written last stays, and gets all",
            ),
            Hazard(
                args=(V([1.0, 2.0]), V(3.0), I(values=[1, 1])),
                params={"axes": (0,)},
                gradients=([1.0, 0.0], 1.0),
                why="places count, not indices",
            ),
        ],
        notes="Where indices repeat the last value stays, in the row-major order of the index arrays' common shape.",
    ),
    Case(
        name="array_add",
        samples=[
            Sample(args=(A((4, 3)), A((3, 3)), I(values=[3, 0, 3])), params={"axes": (0,)}),
            Sample(args=(A((4, 3)), A(()), I(values=[0, 0]), I(values=[2, 2])), params={"axes": (0, 1)}),
        ],
        reference=lambda x, value, *indices, axes: _add(x, _key(indices, axes), value),
        dtypes=ALL,
        ulp=ADDED,
    ),
    Case(
        name="mask_get",
        samples=[
            Sample(args=(A((2, 3)), V([[True, False, True], [False, True, True]], "bool"))),
            Sample(args=(A((2, 3)), V([False, True], "bool"))),
            Sample(args=(A((2,)), V([False, False], "bool"))),
        ],
        reference=lambda x, mask: x[mask],
        dtypes=ALL,
        ulp=0.0,
        jit=False,
        notes="How many elements there are depends on values: not under jit.",
    ),
    Case(
        name="mask_set",
        samples=[
            Sample(args=(A((2, 2)), A((3,)), V([[True, False], [True, True]], "bool"))),
            Sample(args=(A((2, 2)), A((2,)), V([False, True], "bool"))),
        ],
        edges=[
            Sample(args=(A((0, 2)), A((0,)), V(np.zeros((0, 2)), "bool"))),
            Sample(args=(A(()), A((1,)), V(True, "bool"))),
        ],
        reference=lambda x, value, mask: _set(x, mask, value),
        dtypes=ALL,
        ulp=0.0,
        jit=False,
        notes="How many elements are written depends on values: not under jit.",
    ),
    Case(
        name="take",
        samples=[
            Sample(args=(A((4, 3)), I(values=[0, -1, 0])), params={"axis": 0}),
            Sample(args=(A((4, 3)), I(values=[2])), params={"axis": -1}),
            Sample(args=(A((4, 3)), I(values=[])), params={"axis": 0}),
        ],
        reference=lambda x, indices, axis: np.take(x, indices, axis=axis),
        dtypes=ALL,
        ulp=0.0,
        hazards=[Hazard(args=(V([1.0, 2.0]), I(values=[0, 0, 1])), params={"axis": 0}, gradients=([2.0, 1.0],))],
    ),
    Case(
        name="take_along_axis",
        samples=[
            Sample(args=(A((4, 3)), I(values=[[0, 3, 0]])), params={"axis": 0}),
            Sample(args=(A((1, 3)), I(values=[[0, 2], [1, 1]])), params={"axis": 1}),
        ],
        reference=lambda x, indices, axis=-1: np.take_along_axis(x, indices, axis=axis),
        dtypes=ALL,
        ulp=0.0,
        hazards=[Hazard(args=(V([[1.0, 2.0]]), I(values=[[1, 1, 0]])), params={"axis": 1}, gradients=([[1.0, 2.0]],))],
    ),
    Case(
        name="scatter_add",
        samples=[
            Sample(args=(A((4, 3)), I(values=[[0, 0, 1], [0, 3, 1]]), A((2, 3))), params={"axis": 0}),
            Sample(args=(A((4, 3)), I(values=[[0, 0], [0, 2]]), A((2, 2))), params={"axis": 1}),
        ],
        reference=_scatter_add,
        dtypes=ALL,
        ulp=ADDED,
    ),
    Case(
        name="gather",
        samples=[Sample(args=(A((4, 3)), I(values=[[0, 2], [1, 1]])), params={"axis": 1})],
        reference=lambda x, indices, axis: np.take_along_axis(x[: indices.shape[0]], indices, axis=axis),
        dtypes=ALL,
        ulp=0.0,
    ),
    Case(
        name="scatter_set",
        samples=[
            Sample(args=(A((4, 3)), I(values=[[0, 2], [1, 0]]), A((2, 2))), params={"axis": 1}),
            Sample(args=(A((4, 3)), I(values=[[0, 0, 2], [1, 0, 1]]), A((2, 3))), params={"axis": 1}),
        ],
        reference=_scatter_set,
        dtypes=ALL,
        ulp=0.0,
    ),
    Case(
        name="index_get",
        samples=[
            Sample(args=(A((3, 4, 5)), key))
            for key in (0, [0, 2, 2], ([1, 0], slice(1, 3), [0, 1]), (slice(None), [[0, 1], [1, 1]]), True, (None, [0]))
        ],
        reference=lambda x, key: x[key],
        dtypes=ALL,
        ulp=0.0,
    ),
    Case(
        name="index_set",
        samples=[
            Sample(args=(A((3, 4)), key, A(()))) for key in (0, [0, 2], [0, 2, -3], (slice(None), [1, 3]), (1, [0, 2]))
        ],
        reference=_set,
        dtypes=ALL,
        ulp=0.0,
        grad_ulp=32,  # a number written to many places: its cotangent is their sum, in the order that a compiler likes
    ),
    Case(
        name="index_add",
        samples=[Sample(args=(A((3, 4)), key, A(()))) for key in (0, [0, 2, 2], (slice(None), [1, 1]))],
        reference=_add,
        dtypes=ALL,
        ulp=ADDED,
    ),
]
