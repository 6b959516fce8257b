"""What results are measured against: references of higher precision, and NumPy's results.

A value's reference is the case's own (in long double, or an mpmath function at 40 digits), else agrad's in long double. A gradient's
is the derivative of the case's mpmath function by mpmath, else agrad's rule in long double, else, for single precision, the rule in
double. Whether a rule is the right one is no matter of ulps: differences tell that (:mod:`agrad_conformance.derivatives`).
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from agrad.errors import AgradError
from agrad_conformance import driver
from agrad_conformance.case import Case
from agrad_conformance.driver import Place
from agrad_conformance.extra import load_mpmath
from agrad_conformance.precise import WIDER, PrecisePlace
from agrad_conformance.problem import Problem, as_arrays

Arrays = tuple[Any, ...]
_DOUBLE = {"float32": "float64", "complex64": "complex128", "float16": "float64", "bfloat16": "float64"}
#: what a library says of a precision that it does not have
REFUSALS = (TypeError, np.linalg.LinAlgError, AgradError)


@functools.cache
def numpy_place() -> Place:
    """Return the place that others are compared with."""
    return Place("numpy")


@functools.cache
def _precise_place() -> Place:
    return PrecisePlace()


def compared(case: Case, outputs: list[Any]) -> list[np.ndarray]:
    """Return what is compared of output Tensors."""
    values = [driver.to_numpy(out) for out in outputs]
    if case.post is not None:
        answer = case.post(*values)
        return [np.asarray(part) for part in (answer if isinstance(answer, tuple) else (answer,))]
    return values


def problem(case: Case, number: int, dtype: str, place: Place) -> Problem:
    """Return a case's sample by its number."""
    return Problem(case, case.samples[number], str(number), dtype, place)


def _wide(array: Any, dtype: Any) -> Any:
    if isinstance(array, (list, tuple)):
        return type(array)(_wide(part, dtype) for part in array)
    if not isinstance(array, (np.ndarray, np.generic)) or array.dtype.kind not in "fc":
        return array
    return array.astype(np.result_type(dtype, np.complex64) if array.dtype.kind == "c" else dtype)


# ---------------------------------------------------------------- values


@functools.cache
def on_numpy(case: Case, number: int, dtype: str) -> Arrays:
    """Return NumPy's results."""
    return tuple(compared(case, problem(case, number, dtype, numpy_place()).call()))


@functools.cache
def reference(case: Case, number: int, dtype: str) -> Arrays | None:
    """Return the results in a higher precision; None where there is none."""
    return value_reference(case, problem(case, number, dtype, numpy_place()))


def value_reference(case: Case, given: Problem) -> Arrays | None:
    """Return the results in a higher precision of a problem on NumPy; None where there is none."""
    arrays = given.arrays
    if case.pointwise is not None:
        return _each_point(case, arrays, given.params)
    if isinstance(case.reference, str):
        return (_mpmath(case.reference.removeprefix("mpmath."), arrays),)
    if case.reference is None:
        return _through_agrad(case, given)
    for wide in (None,) if case.own_precision else (np.longdouble, np.float64, None):
        try:
            with np.errstate(all="ignore"):
                answer = case.reference(
                    *[array if wide is None else _wide(array, wide) for array in arrays], **given.params
                )
            break
        except (TypeError, np.linalg.LinAlgError):
            if wide is None:
                raise
    if case.post is not None and not isinstance(answer, np.ndarray):
        answer = case.post(*answer)
    return tuple(np.asarray(part) for part in (answer if isinstance(answer, (tuple, list)) else (answer,)))


def _through_agrad(case: Case, given: Problem) -> Arrays | None:
    """Return agrad's own results in long double, or for single precision in double."""
    for place, wide in _wider(given.dtype):
        arrays = [_wide(array, wide) for array in given.arrays]
        try:
            return tuple(compared(case, Problem(case, given.sample, given.label, given.dtype, place, arrays).call()))
        except REFUSALS:
            continue
    return None


def _wider(dtype: str) -> list[tuple[Place, Any]]:
    """Return the places of higher precision than a dtype's, the best first."""
    places: list[tuple[Place, Any]] = []
    if WIDER:
        places.append((_precise_place(), np.longdouble))
    if dtype in _DOUBLE:
        places.append((numpy_place(), np.float64))
    return places


# ---------------------------------------------------------------- gradients


@functools.cache
def gradients_on_numpy(case: Case, number: int, dtype: str) -> Arrays:
    """Return NumPy's gradients for the drawn cotangents."""
    given = problem(case, number, dtype, numpy_place())
    return tuple(as_arrays(given.pulled(given.leaves(), graph=False)))


@functools.cache
def second_on_numpy(case: Case, number: int, dtype: str) -> Arrays:
    """Return NumPy's gradients of the weighted gradient."""
    given = problem(case, number, dtype, numpy_place())
    return tuple(as_arrays(given.second(given.leaves())))


@functools.cache
def gradient_reference(case: Case, number: int, dtype: str) -> Arrays | None:
    """Return the gradients in a higher precision, None where there is none."""
    given = problem(case, number, dtype, numpy_place())
    outputs = given.run(*given.leaves())
    seeds = given.seeds(outputs)
    if case.pointwise is not None and len(seeds) == 1 and case.scalar is None:
        return tuple(_slope(case, given.arrays, given.params, p, seeds[0]) for p in given.wrt)
    for place, wide in _wider(dtype):
        arrays = [_wide(array, wide) for array in given.arrays]
        try:
            precise = Problem(case, given.sample, given.label, dtype, place, arrays)
            found = precise.pulled(precise.leaves(), graph=False, seeds=[_wide(seed, wide) for seed in seeds])
        except REFUSALS:
            continue
        return tuple(as_arrays(found))
    return None


# ---------------------------------------------------------------- mpmath

_DIGITS = 40


def _each_point(case: Case, arrays: list[Any], params: Any) -> Arrays:
    """Evaluate the case's mpmath function element by element."""
    mpmath = load_mpmath()

    assert case.pointwise is not None
    broadcast = np.broadcast_arrays(*[np.asarray(array) for array in arrays])
    outs: list[np.ndarray] = []
    with mpmath.workdps(_DIGITS):
        shape = broadcast[0].shape
        for index in np.ndindex(shape):
            answer = case.pointwise(*[_to_mp(mpmath, array[index]) for array in broadcast], **params)
            parts = answer if isinstance(answer, tuple) else (answer,)
            if not outs:
                outs = [np.empty(shape, dtype=np.longdouble) for _ in parts]
            for out, part in zip(outs, parts, strict=True):
                out[index] = _from_mp(mpmath, part)
        if not outs:  # no element: only how many results there are has to be told
            answer = case.pointwise(*[mpmath.mpf(0.5) for _ in broadcast], **params)
            outs = [np.empty(shape, dtype=np.longdouble) for _ in (answer if isinstance(answer, tuple) else (answer,))]
    return tuple(outs)


def _slope(case: Case, arrays: list[Any], params: Any, position: int, seed: np.ndarray) -> np.ndarray:
    """Return the cotangent of one argument: the seed times mpmath's derivative, summed over what was broadcast."""
    mpmath = load_mpmath()

    function = case.pointwise
    assert function is not None
    broadcast = np.broadcast_arrays(*[np.asarray(array) for array in arrays])
    out = np.empty(broadcast[0].shape, dtype=np.longdouble)
    with mpmath.workdps(_DIGITS):
        for index in np.ndindex(out.shape):
            values = [_to_mp(mpmath, array[index]) for array in broadcast]

            def along(x: Any, values: list[Any] = values) -> Any:
                return function(*values[:position], x, *values[position + 1 :], **params)

            out[index] = _from_mp(mpmath, mpmath.diff(along, values[position]))
    return summed(out * seed.astype(np.longdouble), np.asarray(arrays[position]).shape)


def summed(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return an array summed over the axes that a shape was broadcast along."""
    extra = array.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(
        axis + extra for axis, length in enumerate(shape) if length == 1 and array.shape[axis + extra] != 1
    )
    return np.sum(array, axis=axes).reshape(shape) if axes else array.reshape(shape)


def _mpmath(name: str, arrays: list[Any]) -> np.ndarray:
    """Evaluate an mpmath function of this name element by element."""
    mpmath = load_mpmath()

    function = getattr(mpmath, name)
    is_complex = any(a.dtype.kind == "c" for a in arrays)
    broadcast = np.broadcast_arrays(*arrays)
    out = np.empty(broadcast[0].shape, dtype=np.clongdouble if is_complex else np.longdouble)
    with mpmath.workdps(_DIGITS):
        for index in np.ndindex(out.shape):
            answer = function(*[_to_mp(mpmath, array[index]) for array in broadcast])
            if is_complex:
                out[index] = _from_mp(mpmath, answer.real) + 1j * _from_mp(mpmath, answer.imag)
            else:
                out[index] = _from_mp(mpmath, answer)
    return out


def _to_mp(mpmath: Any, value: Any) -> Any:
    if value.dtype.kind == "c":
        return mpmath.mpc(float(value.real), float(value.imag))
    return mpmath.mpf(float(value)) if value.dtype.kind == "f" else mpmath.mpf(int(value))


def _from_mp(mpmath: Any, value: Any) -> Any:
    return np.longdouble(mpmath.nstr(mpmath.re(value), 25))
