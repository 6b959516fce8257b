"""The judgement of one case on one place.

Nothing is passed over in silence: what a backend cannot do is a finding of verdict 'n/a' with its reason. What is judged where:

- values, dtypes, devices, untouched inputs, memory of their own: every sample in every dtype;
- derivatives: the same; vmap: every sample in the widest real dtype;
- hazards in the dtypes that they name, edges (empty and 0-d arrays) in the widest real dtype.

A backend that compiles (JAX) pays for each operation on each new shape and dtype once, a hundred times what the operation costs
NumPy. There every sample is judged in the widest real dtype, the first one operation by operation and also inside one compiled
function, the others inside one compiled function; the other dtypes have the first sample's value and gradient.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from agrad.engine.level_writes import share_memory
from agrad_conformance import driver, edges, references
from agrad_conformance.batches import judge_batched
from agrad_conformance.case import Case
from agrad_conformance.compiled import judge_compiled
from agrad_conformance.derivatives import judge_derivatives
from agrad_conformance.driver import Place
from agrad_conformance.findings import FAIL, NA, PASS, Finding, Judgement
from agrad_conformance.measure import bound_for, distance, measure_of
from agrad_conformance.problem import Problem, as_arrays
from agrad_conformance.references import compared

__all__ = ["FAIL", "NA", "PASS", "Finding", "Judgement", "judge"]

#: how far a stated value or gradient at a hazard may be off, in eps max(1, |r|)
STATED = 64.0
_DATA_DEPENDENT = "its result's shape depends on values"


def judge(case: Case, place: Place, *, quick: bool = False) -> Judgement:
    """Run every check of a case on a place.

    Parameters
    ----------
    quick : bool
        Only the first sample, and the hazards.
    """
    verdict = Judgement(case.name, place.name)
    start = time.perf_counter()
    if place.backend.name in case.skip:
        verdict.skip("all", case.skip[place.backend.name])
        return verdict
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        _claims(case, verdict)
        for dtype in case.dtypes:
            if not place.supports(dtype):
                verdict.skip("value", f"{place.backend.name} has no {dtype} here", dtype)
                continue
            numbers = [n for n, sample in enumerate(case.samples) if sample.dtypes is None or dtype in sample.dtypes]
            for number in numbers[:1] if quick else numbers:
                effort = effort_for(case, place, dtype, first=number == numbers[0])
                if effort is not None:
                    _guarded(verdict, dtype, _sample, case, number, dtype, place, effort, verdict)
        for dtype in dict.fromkeys(d for sample in case.hazards for d in sample.dtypes or ("float64",)):
            if not place.supports(dtype):
                verdict.skip("hazard", f"{place.backend.name} has no {dtype} here", dtype)
                continue
            for number, sample in enumerate(case.hazards):
                if dtype in (sample.dtypes or ("float64",)):
                    given = (case, sample, f"hazard{number}", dtype, place)
                    _guarded(verdict, dtype, _hazard, given, verdict)
        if not quick:
            dtype = widest(case, place)
            for number, sample in enumerate(case.edges):
                _guarded(verdict, dtype, _edge, (case, sample, f"edge{number}", dtype, place), verdict)
            for what, sample in edges.made(case).items():
                _guarded(verdict, dtype, _made_edge, what, (case, sample, what, dtype, place), verdict)
            for what, reason in case.without.items():
                verdict.skip("edge", f"{what}: {reason}", dtype)
    verdict.seconds = time.perf_counter() - start
    return verdict


@dataclass(frozen=True)
class Effort:
    """What is done with a sample.

    Parameters
    ----------
    derivatives : {'all', 'gradient', ''}
        Judged operation by operation.
    compiled : {'all', 'gradient', ''}
        Judged inside one compiled function.
    vmap : {'all', 'one', ''}
        With which arguments batched: all patterns, or all arguments together.
    """

    derivatives: str = "all"
    compiled: str = ""
    vmap: str = ""


def effort_for(case: Case, place: Place, dtype: str, *, first: bool) -> Effort | None:
    """Return what is done with a sample, the first of its dtype or a later one; None for nothing."""
    wide = dtype == widest(case, place)
    if not place.compiles:
        return Effort(vmap="all" if wide else "")
    if wide:
        return Effort("all", "all", "one") if first else Effort("", "gradient", "")
    return Effort("gradient") if first else None


def widest(case: Case, place: Place) -> str:
    """Return the dtype in which a case is judged most: double precision where it has one, else its last."""
    supported = [dtype for dtype in case.dtypes if place.supports(dtype)] or [case.dtypes[0]]
    return "float64" if "float64" in supported else supported[-1]


def _guarded(verdict: Judgement, dtype: str, run: Any, *args: Any) -> None:
    """Run a check; what it raises is a finding too."""
    try:
        run(*args)
    except driver.UnsupportedDType as error:
        verdict.skip("value", str(error), dtype)
    except Exception as error:
        verdict.add("runs", False, dtype, message=f"{type(error).__name__}: {error}"[:400])


def _claims(case: Case, verdict: Judgement) -> None:
    """A case may leave out a check only with a reason, and may not call an operation flat that has a rule."""
    left_out = [
        name
        for name, kept in (("second_order", case.second_order), ("jvp", case.jvp), ("jit", case.jit), ("vmap", case.vmap is not False))
        if not kept
    ]  # fmt: skip
    verdict.add(
        "reasons", not left_out or bool(case.notes), message=f"{', '.join(left_out)} left out without a reason in notes"
    )
    if not case.differentiable:
        verdict.add(
            "no derivative",
            not driver.is_differentiable(case.name),
            message="the operation has a rule, and its case says that it has no derivative",
        )


def _sample(case: Case, number: int, dtype: str, place: Place, effort: Effort, verdict: Judgement) -> None:
    problem = references.problem(case, number, dtype, place)
    outputs = problem.call()
    if not outputs:
        verdict.skip("value", "the result is no array", dtype)
        return
    _value(problem, number, outputs, verdict)
    _unchanged(problem, verdict)
    _memory(problem, outputs, verdict)
    if problem.wrt and effort.derivatives:
        judge_derivatives(problem, number, verdict, gradient_only=effort.derivatives == "gradient")
    if effort.compiled:
        if case.jit:
            judge_compiled(problem, number, verdict, gradient_only=effort.compiled == "gradient")
        else:
            verdict.skip("jit", case.notes or _DATA_DEPENDENT, dtype)
            if problem.wrt and not effort.derivatives:
                judge_derivatives(problem, number, verdict, gradient_only=True)
    if effort.vmap:
        if case.jit if case.vmap is None else case.vmap:
            judge_batched(problem, verdict, one_pattern=effort.vmap == "one")
        else:
            verdict.skip("vmap", case.notes or _DATA_DEPENDENT, dtype)


def _value(problem: Problem, number: int, outputs: list[Any], verdict: Judgement) -> None:
    case, dtype, place = problem.case, problem.dtype, problem.place
    measure = measure_of(case)
    bound = bound_for(case.ulp, dtype)
    results = compared(case, outputs)
    wanted = references.reference(case, number, dtype)
    if wanted is not None:
        _compare("value", results, wanted, dtype, bound, measure, "from the reference", verdict)
    else:
        nan = any(np.any(np.isnan(r)) for r in results if r.dtype.kind in "fc")
        verdict.add("value", not nan, dtype, message="nan in the value of an ordinary sample")
    if place.backend.name != "numpy":
        ours = references.on_numpy(case, number, dtype)
        _compare("against numpy", results, ours, dtype, 2 * bound, measure, "from NumPy's", verdict)
        theirs = [value.dtype.name for value in ours]
        found = [value.dtype.name for value in results]
        verdict.add("dtype", _alike(found, theirs), dtype, message=f"results are {found}, NumPy's {theirs}")
    _kinds(problem, outputs, wanted, verdict)


def _alike(found: list[str], wanted: list[str]) -> bool:
    """Whether dtypes are the same; a backend without 64-bit integers may have its own for indices."""
    from agrad.dtypes import by_name

    return len(found) == len(wanted) and all(
        a == b or (by_name(a).kind == by_name(b).kind and by_name(a).kind in ("int", "uint"))
        for a, b in zip(found, wanted, strict=True)
    )


def _compare(
    check: str, results: Any, wanted: Any, dtype: str, bound: float, measure: str, told: str, verdict: Judgement
) -> None:
    if len(wanted) != len(results):
        verdict.add(check, False, dtype, message=f"{len(results)} results, {told[5:]} are {len(wanted)}")
        return
    far = max((distance(a, b, measure) for a, b in zip(results, wanted, strict=True)), default=0.0)
    verdict.within(check, dtype, far, bound, f"{told} ({measure})")


def _kinds(problem: Problem, outputs: list[Any], wanted: Any, verdict: Judgement) -> None:
    """Every result is on the arguments' device, and a floating one has the arguments' precision."""
    place = problem.place
    verdict.add(
        "device",
        all(driver.is_on(out, place) for out in outputs),
        problem.dtype,
        message=f"arguments on {place.device}; results {[driver.told(out) for out in outputs]}",
    )
    if problem.case.result_dtype is not None:
        expected = [problem.case.result_dtype] * len(outputs)
    else:
        precision = {"float64": "float64", "complex128": "float64", "float32": "float32", "complex64": "float32"}
        real = precision.get(problem.dtype)
        if real is None:
            return
        expected = [
            {"float": real, "complex": "complex128" if real == "float64" else "complex64"}.get(
                out._options.dtype.kind, out._options.dtype.name
            )
            for out in outputs
        ]
    found = [out._options.dtype.name for out in outputs]
    verdict.add("precision", found == expected, problem.dtype, message=f"results are {found}, expected {expected}")


def _unchanged(problem: Problem, verdict: Judgement) -> None:
    for position, (array, tensor) in enumerate(zip(problem.arrays, problem.tensors, strict=True)):
        if isinstance(array, np.ndarray):
            kept = np.array_equal(driver.to_numpy(tensor), array, equal_nan=array.dtype.kind in "fc")
            verdict.add("inputs unchanged", kept, problem.dtype, message=f"argument {position} was changed")


#: operations whose result is an argument's memory, without being noted as a view, and why
SHARING = {
    "overwrite": "it stands for a write, and its result is what was written",
    "strided_read": "it stands for a view: the engine makes its node alone",
    "real": "the parts of complex numbers are noted as views by what calls it",
    "imag": "the parts of complex numbers are noted as views by what calls it",
    "broadcast_arrays": "an array that has the common shape is handed back",
}


def _memory(problem: Problem, outputs: list[Any], verdict: Judgement) -> None:
    """A result shows the memory of an argument, or one place twice, only where it is noted as a view: writes go by the notes."""
    backend = problem.place.backend
    if not backend.mutable or problem.case.name in SHARING:
        return
    for out in outputs:
        noted = out._extra is not None and out._extra.storage is not None
        raw = out._data
        strides = getattr(raw, "strides", None)
        if out.numel() > 1 and not noted and strides is not None:
            apart = all(step or length == 1 for step, length in zip(strides, out._shape, strict=True))
            verdict.add("memory", apart, problem.dtype, message="the result shows one element several times")
        for position, tensor in enumerate(_tensors(problem.tensors)):
            if out is tensor:
                verdict.add("memory", False, problem.dtype, message=f"the result is array {position} itself")
            elif out.numel() and not share_memory(out, tensor):
                apart = backend.root(raw) is not backend.root(tensor._data)
                verdict.add("memory", apart, problem.dtype, message=f"the result shows the memory of array {position}")


def _tensors(values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from _tensors(value)
        elif hasattr(value, "_data"):
            yield value


def _edge(given: tuple[Any, ...], verdict: Judgement, made: bool = False) -> None:
    """An empty or 0-d array, stated or made of a sample: the value, and gradients of the right kind."""
    problem = Problem(*given)
    case, dtype = problem.case, problem.dtype
    outputs = problem.call()
    results = compared(case, outputs)
    on_numpy = Problem(case, given[1], given[2], dtype, references.numpy_place())
    try:
        wanted = references.value_reference(case, on_numpy)
    except (ValueError, IndexError, TypeError):
        if not made:
            raise
        wanted = None  # what a reference takes need not be all that the operation takes
    if wanted is None:
        wanted = tuple(compared(case, on_numpy.call()))
    _compare(
        "edge", results, wanted, dtype, 2 * bound_for(case.ulp, dtype), measure_of(case), "from the reference", verdict
    )
    _kinds(problem, outputs, wanted, verdict)
    _memory(problem, outputs, verdict)
    if problem.wrt:
        found = problem.pulled(problem.leaves(), graph=False)
        fits = all(g is None or g._shape == problem.arrays[p].shape for p, g in zip(problem.wrt, found, strict=True))
        verdict.add(
            "edge gradient",
            fits,
            dtype,
            message=f"gradients of shapes {[None if g is None else g._shape for g in found]}",
        )


def _made_edge(what: str, given: tuple[Any, ...], verdict: Judgement) -> None:
    """An edge that was made of a sample: the operation may refuse it, if it does so everywhere."""
    case, sample, label, dtype, place = given
    refused = _refusal(Problem(case, sample, label, dtype, references.numpy_place()))
    if refused is None:
        _edge(given, verdict, made=True)
        return
    here = refused if place.backend.name == "numpy" else _refusal(Problem(*given))
    if here is None:
        verdict.add("edge", False, dtype, message=f"{what}: NumPy refuses it ({refused}), and there is a result here")
    else:
        verdict.skip("edge", f"{what}: refused, {here}", dtype)


def _refusal(problem: Problem) -> str | None:
    """Return the error that an operation refuses its arguments with."""
    try:
        problem.call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:120]
    return None


def _hazard(given: tuple[Any, ...], verdict: Judgement) -> None:
    """A kink, a pole, a zero: the value and the gradients that the convention states, by both modes."""
    problem = Problem(*given)
    sample, dtype, arrays = problem.sample, problem.dtype, problem.arrays
    told = sample.why or problem.case.notes
    outputs = problem.call()
    if sample.value is not None:
        found = driver.to_numpy(outputs[0])
        wanted = np.asarray(sample.value, dtype=found.dtype)
        far = distance(found, wanted, "mixed")
        verdict.add("hazard value", far <= STATED, dtype, far, STATED, f"{found!r}, expected {wanted!r}. {told}")
    if sample.gradients is None:
        return
    problem.wrt = [p for p, g in enumerate(sample.gradients) if g is not None and isinstance(arrays[p], np.ndarray)]
    leaves = problem.leaves()
    full = list(problem.tensors)
    for p, leaf in zip(problem.wrt, leaves, strict=True):
        full[p] = leaf
    outs = [o for o in driver.call(problem.function, tuple(full), problem.params) if o._options.is_inexact]
    ones = problem.placed([np.ones(out._shape, dtype=out._options.dtype.name) for out in outs])
    gradients = as_arrays(driver.gradient(outs, leaves, ones, create_graph=False))
    for p, g in zip(problem.wrt, gradients, strict=True):
        found = np.zeros_like(arrays[p]) if g is None else g
        wanted = np.broadcast_to(np.asarray(sample.gradients[p], dtype=found.dtype), found.shape)
        far = distance(found, wanted, "mixed")
        told_gradient = f"argument {p}: {found.tolist()!r}, expected {wanted.tolist()!r}. {told}"
        verdict.add("hazard gradient", far <= STATED, dtype, far, STATED, told_gradient)
        if len(outs) == 1 and driver.is_elementwise(problem.case.name) and outs[0]._shape == found.shape:
            _hazard_tangent(problem, full, p, wanted, told, verdict)


def _hazard_tangent(problem: Problem, full: list[Any], p: int, wanted: Any, told: str, verdict: Judgement) -> None:
    """The Jacobian of an elementwise operation is diagonal: its tangent for ones is its gradient for ones (conjugated)."""

    def along(x: Any) -> Any:
        return problem.function(*problem.tensors[:p], x, *problem.tensors[p + 1 :], **problem.params)

    ones = np.ones_like(problem.arrays[p])
    _, (pushed,) = driver.push(along, [problem.tensors[p]], problem.placed([ones]))
    found = driver.to_numpy(pushed)
    if "c" in (problem.arrays[p].dtype.kind, found.dtype.kind):
        return  # where it is not holomorphic, or makes complex numbers of real ones, the two differ
    far = distance(found, wanted.astype(found.dtype), "mixed")
    message = f"argument {p}: the tangent is {found.tolist()!r}, expected {wanted.tolist()!r}. {told}"
    verdict.add("hazard tangent", far <= STATED, problem.dtype, far, STATED, message)
