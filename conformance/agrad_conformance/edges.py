"""Empty and 0-d arrays for every case: those that it states, else those made of its first sample.

What is made this way need not suit the operation: a matrix product has no 0-d operands, and the maximum of nothing is none. So an
operation may refuse a made edge, with an error, if it does so on every place; where NumPy gives a result, so has every place, and the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from agrad_conformance.case import A, Case, I, Sample, V

#: kinds of stacks of square matrices: without elements means a stack of none
_STACKS = ("spd", "hermitian", "wellconditioned", "triangular")


def shapes(spec: Any) -> Iterator[tuple[int, ...]]:
    """Give the shapes of the arrays in an argument."""
    if isinstance(spec, A):
        yield spec.shape
    elif isinstance(spec, V):
        yield np.shape(spec.values)
    elif isinstance(spec, I):
        yield spec.shape if spec.values is None else np.shape(spec.values)
    elif isinstance(spec, (list, tuple)):
        for part in spec:
            yield from shapes(part)


def stated(case: Case) -> set[str]:
    """Return which of 'empty' and '0-d' a case has among its samples."""
    found = [
        shape
        for sample in (*case.samples, *case.edges, *case.hazards)
        for spec in sample.args
        for shape in shapes(spec)
    ]
    return {name for name, there in (("empty", any(0 in one for one in found)), ("0-d", () in found)) if there}


def made(case: Case) -> dict[str, Sample]:
    """Return samples, by 'empty' and '0-d', for what a case neither has nor leaves out with a reason."""
    lacking = [name for name in ("empty", "0-d") if name not in stated(case) and name not in case.without]
    for sample in case.samples:
        lengths = [shape[0] for spec in sample.args for shape in shapes(spec) if shape]
        if lengths:
            return {name: _changed(sample, name, lengths[0]) for name in lacking}
    return {}


def _changed(sample: Sample, name: str, length: int) -> Sample:
    args = [_emptied(spec, length) if name == "empty" else _pointed(spec) for spec in sample.args]
    return replace(sample, args=tuple(args), gradients=None, value=None)


def _parts(spec: Any, change: Any) -> Any:
    return type(spec)([change(part) for part in spec]) if isinstance(spec, (list, tuple)) else spec


def _emptied(spec: Any, length: int) -> Any:
    """Return an argument with no elements along each first axis of this length."""
    if isinstance(spec, A) and spec.kind in _STACKS:
        return replace(spec, shape=(0, *spec.shape))
    if isinstance(spec, (V, I)) and (isinstance(spec, V) or spec.values is not None):
        values = np.asarray(spec.values)
        return replace(spec, values=values[:0]) if values.shape[:1] == (length,) else spec
    if isinstance(spec, (A, I)):
        return replace(spec, shape=(0, *spec.shape[1:])) if spec.shape[:1] == (length,) else spec
    return _parts(spec, lambda part: _emptied(part, length))


def _pointed(spec: Any) -> Any:
    """Return an argument whose arrays have one element and no axis."""
    if isinstance(spec, (V, I)) and (isinstance(spec, V) or spec.values is not None):
        values = np.asarray(spec.values)
        return replace(spec, values=values.reshape(-1)[0]) if values.size else spec
    if isinstance(spec, A):
        return replace(spec, shape=(), kind="real" if spec.kind in _STACKS else spec.kind)
    if isinstance(spec, I):
        return replace(spec, shape=())
    return _parts(spec, _pointed)
