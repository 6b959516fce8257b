"""The judgement of an operation inside a compiled function: jax.jit, or what another backend's ``compile`` does.

The operation is compiled alone: in company a compiler fuses and regroups, which is no fault of a primitive's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from agrad_conformance import driver, references
from agrad_conformance.derivatives import MODES, farthest, gradient_bound, gradient_measure
from agrad_conformance.findings import Judgement
from agrad_conformance.measure import bound_for, distance, measure_of
from agrad_conformance.problem import Problem, as_arrays, inner, size_of


def judge_compiled(problem: Problem, number: int, verdict: Judgement, *, gradient_only: bool = False) -> None:
    """Value, gradient and, unless `gradient_only`, tangent and second order inside one compiled function."""
    case, dtype = problem.case, problem.dtype
    places = [i for i, array in enumerate(problem.arrays) if isinstance(array, np.ndarray)]
    seeds: list[np.ndarray] = []

    def whole(*chosen: Any) -> Any:
        inside = Problem.__new__(Problem)
        inside.__dict__.update(problem.__dict__)
        inside.tensors = list(problem.tensors)
        for position, value in zip(places, chosen, strict=True):
            inside.tensors[position] = value
        outs = inside.call()
        if not problem.wrt:
            return outs, [], [], []
        leaves = inside.leaves()
        floating = inside.run(*leaves)
        seeds[:] = inside.seeds(floating)
        if not floating:
            return outs, [], [], []
        gradients = driver.gradient(list(floating), leaves, inside.placed(seeds), create_graph=False)
        pushed: list[Any] = []
        if case.jvp and not gradient_only:
            _, pushed = driver.push(
                inside.run, [inside.tensors[p] for p in inside.wrt], inside.placed(inside.directions("t"))
            )
        second = inside.second(inside.leaves()) if case.second_order and not gradient_only else []
        return outs, gradients, pushed, second

    outs, gradients, pushed, second = problem.place.backend.compile(whole)(*[problem.tensors[i] for i in places])
    bound = bound_for(case.ulp, dtype)
    measure = measure_of(case)
    wanted = references.reference(case, number, dtype) or references.on_numpy(case, number, dtype)
    results = references.compared(case, outs)
    far = max((distance(a, b, measure) for a, b in zip(results, wanted, strict=True)), default=0.0)
    verdict.within("jit", dtype, far, 2 * bound + 2, f"compiled, from the reference ({measure})")
    if not gradients:
        return
    found = as_arrays(gradients)
    best = references.gradient_reference(case, number, dtype) or references.gradients_on_numpy(case, number, dtype)
    far = farthest(found, best, gradient_measure(case))
    verdict.within("jit gradient", dtype, far, 2 * gradient_bound(case, dtype), "compiled, from the reference")
    tangents = problem.directions("t")
    if pushed:
        moved = as_arrays(pushed)
        forward, backward = inner(moved, seeds), inner(found, tangents)
        scale = max(size_of(moved, seeds), size_of(found, tangents))
        # a conversion is as coarse as the coarser of its ends
        eps = max(float(np.finfo(array.dtype).eps) for array in (problem.arrays[problem.wrt[0]], *seeds))
        verdict.add(
            "jit vjp against jvp",
            abs(forward - backward) <= MODES * eps * scale,
            dtype,
            message=f"compiled: <v, Jt> = {forward!r}, <J'v, t> = {backward!r}",
        )
    if second:
        far = farthest(
            as_arrays(second), references.second_on_numpy(case, number, dtype), "mixed"
        )  # it may be 0 everywhere
        limit = 50 * case.tolerance / float(np.finfo(problem.arrays[problem.wrt[0]].dtype).eps)
        verdict.add(
            "jit second order", far <= limit, dtype, message=f"compiled: {far:.3g} eps from NumPy's, bound {limit:.3g}"
        )
