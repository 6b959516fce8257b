"""One sample of a case in one dtype on one place: ready to be called, differentiated and pushed forward.

The cotangents, tangents and weights are drawn by name, so they are the same on every place; this is what lets results
of two places be compared.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from agrad_conformance import driver
from agrad_conformance.case import Case, Sample, draw, seed_of
from agrad_conformance.driver import Place


def called(case: Case, *args: Any, **params: Any) -> Any:
    """Call a case's operation, in the case's way where it has one."""
    function = driver.operation(case.name)
    return case.call(function, *args, **params) if case.call is not None else function(*args, **params)


def drawn(case: Case, sample: Sample, label: str, dtype: str) -> list[Any]:
    """Return a sample's arguments: NumPy arrays, and what is no array as it is."""
    return [draw(spec, dtype, f"{case.name}/{label}", position) for position, spec in enumerate(sample.args)]


def direction(case: Case, what: str, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Return a random array that depends on names and the shape alone."""
    rng = seed_of(case.name, what, shape)
    values = rng.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        values = values + 1j * rng.standard_normal(shape)
    return np.asarray(values, dtype=dtype)


def inner(a: list[Any], b: list[Any]) -> float:
    """Return the real inner product of lists of arrays, in double precision; None counts as zeros."""
    total = 0.0
    for x, y in zip(a, b, strict=True):
        if x is not None and y is not None:
            total += float(np.sum(np.real(np.conj(np.asarray(x, dtype=complex)) * np.asarray(y, dtype=complex))))
    return total


def size_of(a: list[Any], b: list[Any]) -> float:
    """Return the sum of the absolute values of an inner product's terms: what its error is relative to."""
    return sum(
        float(np.sum(np.abs(np.asarray(x, dtype=complex)) * np.abs(np.asarray(y, dtype=complex))))
        for x, y in zip(a, b, strict=True)
        if x is not None and y is not None
    )


class Problem:
    """A sample of a case in a dtype on a place.

    Parameters
    ----------
    label : str
        The sample's number or name: with the case's name the seed of its values.
    arrays : list, optional
        The arguments, where they are not those that the sample draws.
    """

    def __init__(
        self, case: Case, sample: Sample, label: str, dtype: str, place: Place, arrays: list[Any] | None = None
    ) -> None:
        self.case = case
        self.sample = sample
        self.label = label
        self.dtype = dtype
        self.place = place
        self.arrays = drawn(case, sample, label, dtype) if arrays is None else arrays
        self.params = dict(sample.params)
        self.function = functools.partial(called, case)
        self.tensors = [driver.to_tensor(array, place) for array in self.arrays]
        self.wrt = self._differentiated()

    def _differentiated(self) -> list[int]:
        if not self.case.differentiable or not self.sample.differentiable:
            return []
        positions = range(len(self.arrays)) if self.sample.wrt is None else self.sample.wrt
        return [p for p in positions if isinstance(self.arrays[p], np.ndarray) and self.arrays[p].dtype.kind in "fc"]

    def call(self) -> list[Any]:
        """Return the operation's output Tensors."""
        return driver.call(self.function, tuple(self.tensors), self.params)

    def run(self, *chosen: Any) -> tuple[Any, ...]:
        """Return the outputs that have a derivative (or the case's functions of them) for given differentiated arguments."""
        full = list(self.tensors)
        for position, value in zip(self.wrt, chosen, strict=True):
            full[position] = value
        outs = [out for out in driver.call(self.function, tuple(full), self.params) if out._options.is_inexact]
        return tuple(self.gauge_free(outs))

    def gauge_free(self, outs: list[Any]) -> list[Any]:
        """Return the case's functions of the outputs, where it compares such."""
        if self.case.scalar is None:
            return outs
        answer = self.case.scalar(driver.tensor_namespace(), *outs)
        return list(answer) if isinstance(answer, (tuple, list)) else [answer]

    def leaves(self) -> list[Any]:
        """Return the differentiated arguments as fresh leaves."""
        return [driver.leaf(self.tensors[p]) for p in self.wrt]

    def seeds(self, outputs: Any) -> list[np.ndarray]:
        """Return the cotangents of outputs, as NumPy arrays of the judged dtype."""
        return [direction(self.case, f"g{i}", out._shape, out._options.dtype.name) for i, out in enumerate(outputs)]

    def placed(self, arrays: list[np.ndarray]) -> list[Any]:
        """Return arrays as Tensors on the place."""
        return [driver.to_tensor(array, self.place) for array in arrays]

    def directions(self, letter: str) -> list[np.ndarray]:
        """Return a random array for each differentiated argument."""
        return [direction(self.case, f"{letter}{p}", self.arrays[p].shape, self.arrays[p].dtype.name) for p in self.wrt]

    def pulled(self, leaves: list[Any], *, graph: bool, seeds: list[np.ndarray] | None = None) -> list[Any]:
        """Return the gradients of the seeded outputs wrt leaves, which the problem is run on."""
        outputs = self.run(*leaves)
        cotangents = self.placed(self.seeds(outputs) if seeds is None else seeds)
        return driver.gradient(list(outputs), leaves, cotangents, create_graph=graph)

    def second(self, leaves: list[Any]) -> list[Any]:
        """Return the gradient of <J'v, u> wrt leaves, None where it is zero."""
        first = self.pulled(leaves, graph=True)
        weights = self.placed(self.directions("u"))
        chosen = [(g, w) for g, w in zip(first, weights, strict=True) if g is not None and g._node is not None]
        if not chosen:
            return [None] * len(leaves)
        return driver.gradient([g for g, _ in chosen], leaves, [w for _, w in chosen], create_graph=False)

    def moved(self, step: float) -> list[Any]:
        """Return the differentiated arguments moved along the tangents, as Tensors."""
        return [
            driver.to_tensor(np.asarray(self.arrays[p] + step * t, dtype=self.arrays[p].dtype), self.place)
            for p, t in zip(self.wrt, self.directions("t"), strict=True)
        ]


def as_arrays(values: list[Any]) -> list[Any]:
    """Return Tensors as NumPy arrays, None as it is."""
    return [None if value is None else driver.to_numpy(value) for value in values]


__all__ = ["Problem", "as_arrays", "called", "direction", "drawn", "inner", "size_of"]
