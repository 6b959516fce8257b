"""Cases of agrad.primitives.manipulation and windows: nothing is computed, so every bound is zero."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from agrad_conformance.case import DATA_DEPENDENT, A, Case, Hazard, I, Sample, V

ALL = ("float32", "float64", "complex64", "complex128")


def _unfold(x: np.ndarray, axis: int, size: int, step: int) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=axis)
    key = [slice(None)] * windows.ndim
    key[axis % x.ndim] = slice(None, None, step)
    return windows[tuple(key)]


def _as_strided(x: np.ndarray, shape: tuple[int, ...], strides: tuple[int, ...], offset: int = 0) -> np.ndarray:
    flat = np.ravel(x)[offset:]
    return np.lib.stride_tricks.as_strided(flat, shape, [stride * x.itemsize for stride in strides])


def _split(x: np.ndarray, lengths: int | tuple[int, ...], axis: int = 0) -> tuple[np.ndarray, ...]:
    size = x.shape[axis]
    cuts = range(lengths, size, lengths) if isinstance(lengths, int) else np.cumsum(lengths)[:-1]
    return tuple(np.split(x, list(cuts), axis=axis))


def _block_diag(*blocks: np.ndarray) -> np.ndarray:
    result = np.zeros(np.sum([block.shape for block in blocks], axis=0), dtype=blocks[0].dtype)
    row = column = 0
    for block in blocks:
        result[row : row + block.shape[0], column : column + block.shape[1]] = block
        row, column = row + block.shape[0], column + block.shape[1]
    return result


def _moved(
    name: str,
    samples: list[Sample],
    reference: Callable[..., Any],
    hazards: Sequence[Sample] = (),
    notes: str = "",
) -> Case:
    return Case(
        name=name, samples=samples, reference=reference, dtypes=ALL, ulp=0.0, hazards=list(hazards), notes=notes
    )


CASES = [
    _moved(
        "broadcast_to",
        [
            Sample(args=(A((3, 1)),), params={"shape": (2, 3, 4)}),
            Sample(args=(A(()),), params={"shape": (2,)}),
            Sample(args=(A((1,)),), params={"shape": (0,)}),
        ],
        lambda x, shape: np.broadcast_to(x, shape),
    ),
    _moved(
        "concat",
        [
            Sample(args=(A((2, 3)), A((1, 3)), A((0, 3))), params={"axis": 0}),
            Sample(args=(A((2, 3)), A((2, 1))), params={"axis": -1}),
            Sample(args=(A((2, 3)), A((2,))), params={"axis": None}),
        ],
        lambda *arrays, axis=0: np.concat(arrays, axis=axis),
    ),
    _moved(
        "expand_dims",
        [Sample(args=(A((2, 3)),), params={"axis": axis}) for axis in (0, -1, (0, 2))],
        np.expand_dims,
    ),
    _moved(
        "flip",
        [Sample(args=(A((2, 3)),), params={"axis": axis}) for axis in (None, 0, -1, (0, 1))],
        np.flip,
    ),
    _moved(
        "permute_dims",
        [Sample(args=(A((2, 3, 4)),), params={"axes": axes}) for axes in ((2, 0, 1), (0, -1, 1))]
        + [Sample(args=(A(()),), params={"axes": ()})],
        lambda x, axes: np.transpose(x, axes),
    ),
    _moved(
        "reshape",
        [
            Sample(args=(A((2, 6)),), params={"shape": (3, -1)}),
            Sample(args=(A((1, 1)),), params={"shape": ()}),
            Sample(args=(A((0, 3)),), params={"shape": (3, 0)}),
            Sample(args=(A((4,)),), params={"shape": (2, 2), "copy": True}),
        ],
        lambda x, shape, copy=None: np.reshape(x, shape),
    ),
    _moved(
        "roll",
        [
            Sample(args=(A((3, 4)),), params={"shift": 2}),
            Sample(args=(A((3, 4)),), params={"shift": (1, -2), "axis": (0, 1)}),
            Sample(args=(A((3, 4)),), params={"shift": 1, "axis": (0, 1)}),
            Sample(args=(A((0, 2)),), params={"shift": 1, "axis": 0}),
        ],
        np.roll,
    ),
    _moved(
        "squeeze",
        [Sample(args=(A((1, 3, 1)),), params={"axis": axis}) for axis in (0, -1, (0, 2))],
        np.squeeze,
    ),
    _moved(
        "stack",
        [
            Sample(args=(A((2, 3)), A((2, 3))), params={"axis": 0}),
            Sample(args=(A((2, 3)), A((2, 3)), A((2, 3))), params={"axis": -1}),
            Sample(args=(A(()), A(()))),
        ],
        lambda *arrays, axis=0: np.stack(arrays, axis=axis),
    ),
    _moved(
        "tile",
        [Sample(args=(A((2, 3)),), params={"repetitions": counts}) for counts in ((2,), (2, 1), (2, 1, 3), ())],
        lambda x, repetitions: np.tile(x, repetitions),
    ),
    _moved(
        "repeat_each",
        [
            Sample(args=(A((2, 3)),), params={"repeats": 2}),
            Sample(args=(A((2, 3)),), params={"repeats": 3, "axis": -1}),
            Sample(args=(A((2, 3)),), params={"repeats": 0, "axis": 0}),
        ],
        np.repeat,
    ),
    Case(
        name="repeat_positions",
        samples=[Sample(args=(I(values=[2, 0, 1]),))],
        reference=lambda repeats: np.repeat(np.arange(len(repeats)), repeats),
        dtypes=("float64",),
        ulp=0.0,
        differentiable=False,
        jit=False,
        notes=DATA_DEPENDENT,
    ),
    _moved(
        "unstack",
        [Sample(args=(A((2, 3)),), params={"axis": axis}) for axis in (0, -1)],
        np.unstack,
    ),
    _moved(
        "pad_with",
        [
            Sample(args=(A((2, 3)),), params={"pads": ((1, 2), (0, 1))}),
            Sample(args=(A((3,)),), params={"pads": ((0, 2),), "value": 2.0}),
            Sample(args=(A((2, 3)),), params={"pads": ((0, 0), (0, 0))}),
        ],
        lambda x, pads, value=0: np.pad(x, pads, constant_values=value),
    ),
    _moved(
        "as_strided",
        [
            Sample(args=(A((12,)),), params={"shape": (3, 2, 2), "strides": (2, 1, 3), "offset": 1}),
            Sample(args=(A((3, 4)),), params={"shape": (), "strides": (), "offset": 5}),
            Sample(args=(A((4,)),), params={"shape": (3, 4), "strides": (0, 1)}),
        ],
        _as_strided,
        hazards=[
            Hazard(args=(V([1.0, 2.0]),), params={"shape": (3,), "strides": (0,), "offset": 1}, gradients=([0.0, 3.0],))
        ],
        notes="Elements that are read several times add their cotangents.",
    ),
    _moved(
        "unfold",
        [
            Sample(args=(A((5, 4)),), params={"axis": 0, "size": 3, "step": 1}),
            Sample(args=(A((5, 4)),), params={"axis": -1, "size": 2, "step": 2}),
            Sample(args=(A((7,)),), params={"axis": 0, "size": 2, "step": 3}),
        ],
        _unfold,
    ),
    _moved(
        "broadcast_arrays",
        [Sample(args=(A((3, 1)), A((4,))))],
        lambda *arrays: np.broadcast_arrays(*arrays),
    ),
    Case(
        name="moveaxis",
        samples=[Sample(args=(A((2, 3, 4)), 0, -1)), Sample(args=(A((2, 3, 4)), (0, 1), (-1, 0)))],
        reference=np.moveaxis,
        dtypes=ALL,
        ulp=0.0,
    ),
    Case(
        name="repeat",
        samples=[
            Sample(args=(A((2, 3)), I(values=[2, 0, 1])), params={"axis": 1}),
            Sample(args=(A((3,)), I(values=[2]))),
            Sample(args=(A((2, 2)), 2)),
        ],
        reference=np.repeat,
        dtypes=ALL,
        ulp=0.0,
        jit=False,
        notes=DATA_DEPENDENT,
    ),
    Case(
        name="pad",
        samples=[Sample(args=(A((3, 4)), ((1, -1), (0, 2))), params={"value": 1.5})],
        dtypes=ALL,
        ulp=0.0,
    ),
    Case(
        name="split",
        samples=[
            Sample(args=(A((5, 2)),), params={"lengths": 2}),
            Sample(args=(A((2, 5)),), params={"lengths": (1, 0, 4), "axis": -1}),
            Sample(args=(A((0, 2)),), params={"lengths": 3}),
        ],
        reference=_split,
        dtypes=ALL,
        ulp=0.0,
    ),
    _moved(
        "block_diag",
        [Sample(args=(A((2, 3)), A((1, 1)), A((0, 2)))), Sample(args=(A((2, 2)),))],
        _block_diag,
    ),
]
