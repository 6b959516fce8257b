"""The judgement of derivatives: what is right does not depend on which code computed it.

For random cotangents v, tangents t and weights u:

- the backward on raw arrays and the recorded one are equal to the last bit;
- every gradient has its input's shape, dtype and device;
- gradients keep a bound to a reference of higher precision, and to NumPy's;
- <v, J t> (forward mode) equals <J'v, t> (backward mode);
- <v, (f(x + h t) - f(x - h t)) / 2h> does so too: the rule is the function's derivative;
- the gradient of <J'v, u> along t equals the difference of <J'v, u>: so is the rule's own derivative.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from agrad_conformance import driver, references
from agrad_conformance.case import Case
from agrad_conformance.findings import Judgement
from agrad_conformance.measure import bound_for, distance
from agrad_conformance.problem import Problem, as_arrays, inner, size_of

STEP = 1e-6
#: by how many eps of the terms' sizes forward and backward mode may differ
MODES = 2000.0


def judge_derivatives(problem: Problem, number: int, verdict: Judgement, *, gradient_only: bool = False) -> None:
    """Run every check of derivatives on a sample, or only those of the gradient itself."""
    case, dtype = problem.case, problem.dtype
    leaves = problem.leaves()
    outputs = problem.run(*leaves)
    if not outputs:
        verdict.skip("vjp", "no floating result", dtype)
        return
    seeds = problem.seeds(outputs)
    raw = driver.gradient(list(outputs), leaves, problem.placed(seeds), create_graph=False)
    gradients = as_arrays(raw)
    _kinds(problem, raw, verdict)
    _distances(case, number, problem, gradients, verdict)
    if gradient_only:
        return
    recorded = problem.pulled(problem.leaves(), graph=True)
    verdict.add(
        "raw and recorded backward",
        all(_same_bits(a, b) for a, b in zip(gradients, as_arrays(recorded), strict=True)),
        dtype,
        message="the gradient that is recorded differs in bits from the one that is not",
    )
    passed = [problem.arrays[p].dtype.name for p in problem.wrt] + [out._options.dtype.name for out in outputs]
    eps = max(float(np.finfo(name).eps) for name in passed)  # a conversion is as coarse as the coarser of its ends
    tangents = problem.directions("t")
    pulled = inner(gradients, tangents)
    if case.jvp:
        _, pushed = driver.push(problem.run, [problem.tensors[p] for p in problem.wrt], problem.placed(tangents))
        moved = as_arrays(pushed)
        _modes(
            inner(moved, seeds), pulled, max(size_of(moved, seeds), size_of(gradients, tangents)), eps, dtype, verdict
        )
        verdict.add(
            "tangent's shape, dtype, device",
            all(
                p._shape == o._shape and p._options.dtype is o._options.dtype and driver.is_on(p, problem.place)
                for p, o in zip(pushed, outputs, strict=True)
            ),
            dtype,
            message=f"tangents {[(p._shape, driver.told(p)) for p in pushed]}, outputs {[(o._shape, driver.told(o)) for o in outputs]}",
        )  # fmt: skip
    if eps > 1e-10 or not problem.sample.differences:
        return  # a difference in single precision, or across a pole, tells nothing
    difference = _difference(problem, seeds)
    scale = max(size_of(gradients, tangents), abs(difference), 1e-8)
    verdict.add(
        "vjp against differences",
        abs(difference - pulled) <= case.tolerance * scale,
        dtype,
        message=f"differences give {difference!r}, the rule {pulled!r}",
    )
    if case.second_order:
        _second_order(problem, verdict)


def _same_bits(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return a is b
    return a.dtype == b.dtype and bool(np.array_equal(a, b, equal_nan=True))


def _kinds(problem: Problem, gradients: list[Any], verdict: Judgement) -> None:
    for p, g in zip(problem.wrt, gradients, strict=True):
        if g is None:
            continue
        array = problem.arrays[p]
        fits = g._shape == array.shape and g._options.dtype.name == array.dtype.name and driver.is_on(g, problem.place)
        told = f"argument {p}, {array.shape} {array.dtype}: {g._shape} {driver.told(g)}"
        verdict.add("gradient's shape, dtype, device", fits, problem.dtype, message=told)


def gradient_bound(case: Case, dtype: str) -> float:
    """Return the bound of one backend's gradients against the true ones."""
    if isinstance(case.grad_ulp, (int, float)) or case.grad_ulp:
        return bound_for(case.grad_ulp, dtype)
    return 8.0 * max(bound_for(case.ulp, dtype), 1.0)


def gradient_measure(case: Case) -> str:
    """Return in what gradients are measured: elementwise ones as they stand, others against their norm."""
    return case.grad_measure or ("mixed" if driver.is_elementwise(case.name) else "norm")


def farthest(found: list[Any], wanted: Any, measure: str) -> float:
    """Return the greatest distance of gradients; one that is missing counts as zeros."""
    far = 0.0
    for a, b in zip(found, wanted, strict=True):
        if a is None and b is None:
            continue
        a = np.zeros(b.shape, b.dtype) if a is None else a
        b = np.zeros(a.shape, a.dtype) if b is None else b
        far = max(far, distance(a, b, measure))
    return far


def _distances(case: Case, number: int, problem: Problem, gradients: list[Any], verdict: Judgement) -> None:
    dtype = problem.dtype
    bound, measure = gradient_bound(case, dtype), gradient_measure(case)
    wanted = references.gradient_reference(case, number, dtype)
    if wanted is not None:
        far = farthest(gradients, wanted, measure)
        verdict.within("gradient", dtype, far, bound, f"from the reference ({measure})")
    if problem.place.backend.name != "numpy":
        far = farthest(gradients, references.gradients_on_numpy(case, number, dtype), measure)
        verdict.within("gradient against numpy", dtype, far, 2 * bound, f"from NumPy's ({measure})")


def _modes(forward: float, backward: float, scale: float, eps: float, dtype: str, verdict: Judgement) -> None:
    verdict.add(
        "vjp against jvp",
        abs(forward - backward) <= MODES * eps * scale,
        dtype,
        message=f"<v, Jt> = {forward!r}, <J'v, t> = {backward!r}",
    )


def _difference(problem: Problem, seeds: list[np.ndarray]) -> float:
    """Return <v, (f(x + h t) - f(x - h t)) / 2h>."""
    ahead = as_arrays(list(problem.run(*problem.moved(STEP))))
    behind = as_arrays(list(problem.run(*problem.moved(-STEP))))
    return inner([(a - b) / (2 * STEP) for a, b in zip(ahead, behind, strict=True)], seeds)


def _second_order(problem: Problem, verdict: Judgement) -> None:
    """The gradient of <J'v, u> against differences of J'v along t."""
    case = problem.case
    tangents, weights = problem.directions("t"), problem.directions("u")
    values = as_arrays(problem.second(problem.leaves()))
    found = inner(values, tangents)
    ahead, behind = (
        as_arrays(problem.pulled([driver.leaf(t) for t in problem.moved(step)], graph=False)) for step in (STEP, -STEP)
    )
    differences = [None if a is None else (a - b) / (2 * STEP) for a, b in zip(ahead, behind, strict=True)]
    wanted = inner(differences, weights)
    scale = max(size_of(values, tangents), size_of(differences, weights), 1.0)
    verdict.add(
        "second order",
        abs(found - wanted) <= 50 * case.tolerance * scale,
        problem.dtype,
        message=f"differences of the gradient give {wanted!r}, the rule {found!r}",
    )
