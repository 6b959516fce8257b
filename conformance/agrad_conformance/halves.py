"""The judgement of half precision: float16 and bfloat16 keep numbers, and float32 computes with them.

A sample is drawn in half precision. Its value, its gradients and its tangents there are compared with those that float64 gives for the
very same numbers: they may be a few ulps of half precision off, whatever the operation sums, counts or squares on the way.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from agrad_conformance import driver
from agrad_conformance.case import Case, Sample
from agrad_conformance.driver import Place
from agrad_conformance.problem import Problem, as_arrays, direction

#: eps of the formats, and their least normal numbers
EPS = {"float16": 2.0**-10, "bfloat16": 2.0**-7}
TINY = {"float16": 2.0**-14, "bfloat16": 2.0**-126}
#: In eps of the largest element of a result. A gradient may be made of the rounded result; a tangent is the sum of rounded parts.
BOUNDS = {"value": 4.0, "gradient": 12.0, "recorded gradient": 12.0, "tangent": 16.0}


def half_samples(case: Case) -> list[tuple[str, Sample]]:
    """Return a case's real samples whose arrays follow its dtype."""
    if "float32" not in case.dtypes:
        return []
    return [
        (str(number), sample)
        for number, sample in enumerate(case.samples)
        if sample.dtypes is None or "float32" in sample.dtypes
    ]


def _problem(case: Case, label: str, sample: Sample, place: Place, dtype: str, arrays: list[Any] | None) -> Problem:
    if arrays is not None:
        return Problem(case, sample, label, dtype, place, arrays)
    single = Problem(case, sample, label, "float32", place)
    return Problem(case, sample, label, dtype, place, [_in(array, dtype) for array in single.arrays])


def _in(array: Any, dtype: str) -> Any:
    """Return floating arrays, also those in lists, in a dtype, and what is none as it is."""
    if isinstance(array, (list, tuple)):
        return type(array)(_in(part, dtype) for part in array)
    if isinstance(array, np.ndarray) and (array.dtype.kind == "f" or array.dtype.name == "bfloat16"):
        return array.astype(dtype)
    return array


def _computed(problem: Problem, dtype: str) -> dict[str, list[Any]]:
    """Return outputs, gradients and tangents, the cotangents and tangents being numbers of the half `dtype`."""
    found = {"value": as_arrays(problem.call())}
    problem.wrt = [p for p in range(len(problem.arrays)) if _floats(problem, p)]
    if not problem.wrt:
        return found
    leaves = problem.leaves()
    outputs = problem.run(*leaves)
    if not outputs or any(out._options.is_complex for out in outputs):
        return found
    own = problem.dtype
    seeds = [
        _in(direction(problem.case, f"g{i}", out._shape, "float64").astype(dtype), own) for i, out in enumerate(outputs)
    ]
    found["gradient"] = as_arrays(driver.gradient(list(outputs), leaves, problem.placed(seeds), create_graph=False))
    found["recorded gradient"] = as_arrays(
        driver.gradient(list(outputs), leaves, problem.placed(seeds), create_graph=True)
    )
    if problem.case.jvp:
        tangents = [
            _in(direction(problem.case, f"t{p}", problem.arrays[p].shape, "float64").astype(dtype), own)
            for p in problem.wrt
        ]
        _, pushed = driver.push(problem.run, [problem.tensors[p] for p in problem.wrt], problem.placed(tangents))
        found["tangent"] = as_arrays(pushed)
    return found


def _floats(problem: Problem, position: int) -> bool:
    array = problem.arrays[position]
    if not problem.case.differentiable or not problem.sample.differentiable or not isinstance(array, np.ndarray):
        return False
    wanted = problem.sample.wrt
    return (array.dtype.kind == "f" or array.dtype.name == "bfloat16") and (wanted is None or position in wanted)


def distances(case: Case, label: str, sample: Sample, place: Place, wide: Place, dtype: str) -> dict[str, float]:
    """Return how far each kind of result in half precision is from float64's, in eps of its largest element.

    Raises
    ------
    AssertionError
        For a result that is not in half precision where float64's is in double.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        problem = _problem(case, label, sample, place, dtype, None)
        reference = _problem(case, label, sample, wide, "float64", [_in(a, "float64") for a in problem.arrays])
        expected, found = _computed(reference, dtype), _computed(problem, dtype)
    return {
        kind: max((_distance(a, b, dtype) for a, b in zip(found[kind], expected[kind], strict=True)), default=0.0)
        for kind in expected
    }


def _distance(result: Any, reference: Any, dtype: str) -> float:
    if result is None or reference is None:
        return 0.0 if result is reference else float("inf")
    if reference.dtype.kind != "f":
        return 0.0 if reference.dtype.kind == "c" or np.array_equal(result, reference) else float("inf")
    assert result.dtype.name == dtype, f"{result.dtype.name} where {dtype} is due"
    if result.shape != reference.shape:
        return float("inf")
    expected = reference.astype(dtype).astype(np.float64)
    given = result.astype(np.float64)
    if not np.array_equal(np.isnan(given), np.isnan(expected)):
        return float("inf")
    with np.errstate(all="ignore"):
        off = np.where(given == expected, 0.0, np.abs(given - reference))
        size = np.abs(reference)
    plain = np.isfinite(expected)
    if not plain.any():
        return 0.0 if np.array_equal(given, expected, equal_nan=True) else float("inf")
    if not np.isfinite(off[~np.isnan(expected)]).all():
        return float("inf")
    return float(np.max(off[plain]) / (EPS[dtype] * max(float(np.max(size[plain])), TINY[dtype])))


__all__ = ["BOUNDS", "distances", "half_samples"]
