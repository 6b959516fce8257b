"""The judgement of batching: vmap of an operation is a loop over the examples."""

from __future__ import annotations

from typing import Any

import numpy as np

from agrad_conformance import driver
from agrad_conformance.findings import Judgement
from agrad_conformance.measure import bound_for, distance, measure_of
from agrad_conformance.problem import Problem, drawn
from agrad_conformance.references import compared

EXAMPLES = 3


def judge_batched(problem: Problem, verdict: Judgement, *, one_pattern: bool = False) -> None:
    """Compare vmap with a loop: all array arguments batched, with the batch axis first and last, and each alone."""
    case = problem.case
    arrays = [p for p, array in enumerate(problem.arrays) if isinstance(array, np.ndarray)]
    if not arrays:
        verdict.skip("vmap", "no argument is an array", problem.dtype)
        return
    examples = [
        drawn(case, problem.sample, f"{problem.label}/example{i}" if i else problem.label, problem.dtype)
        for i in range(EXAMPLES)
    ]
    patterns = [tuple(arrays)] + ([(p,) for p in arrays] if len(arrays) > 1 else [])
    if one_pattern:
        _judge_one(problem, examples, patterns[0], 0, verdict)
        return
    for chosen in patterns:
        for axis in (0, -1) if chosen == patterns[0] else (0,):
            _judge_one(problem, examples, chosen, axis, verdict)


def _judge_one(problem: Problem, examples: list[Any], chosen: tuple[int, ...], axis: int, verdict: Judgement) -> None:
    case, place, dtype = problem.case, problem.place, problem.dtype
    batched = [
        driver.to_tensor(np.stack([example[p] for example in examples], axis=axis), place) if p in chosen else tensor
        for p, tensor in enumerate(problem.tensors)
    ]
    in_dims = tuple(axis if p in chosen else None for p in range(len(batched)))

    def function(*args: Any) -> Any:
        return tuple(driver.call(problem.function, args, problem.params))

    together = driver.vmap(function, in_dims=in_dims)(*batched)
    loops = []
    for example in examples:
        arrays = [example[p] if p in chosen else array for p, array in enumerate(problem.arrays)]
        loops.append(driver.call(problem.function, tuple(driver.to_tensor(a, place) for a in arrays), problem.params))
    bound, measure = 2 * bound_for(case.ulp, dtype) + 2, measure_of(case)
    told = f"vmap over argument(s) {chosen}, batch axis {axis}, from a loop"
    far = 0.0
    for i, outs in enumerate(loops):
        own = [_example(out, i) for out in together]
        if any(a.dtype is not b._options.dtype for a, b in zip(together, outs, strict=True)):
            verdict.add("vmap", False, dtype, message=f"{told}: dtypes {[t.dtype for t in together]}")
            return
        if case.post is not None:
            own = [np.asarray(part) for part in _parts(case.post(*own))]
        far = max([far, *(distance(a, b, measure) for a, b in zip(own, compared(case, outs), strict=True))])
    verdict.within("vmap", dtype, far, bound, f"{told} ({measure})")


def _example(out: Any, i: int) -> np.ndarray:
    return np.asarray(driver.to_numpy(out)[i])


def _parts(answer: Any) -> tuple[Any, ...]:
    return answer if isinstance(answer, tuple) else (answer,)
