"""Random programs of views, in-place writes and backward passes do the same under PyTorch and agrad.

Each case grows some programs from its seeds; ``python -m pytest -k "seed 37"`` runs one group again. A difference is shown as the
shortest program that has it. To look further than this file does, call ``programs.check`` with any seed, or raise GROUPS.
"""

from __future__ import annotations

import programs
import pytest
from oracle import BACKENDS

import agrad

#: how many groups a backend gets, of how many programs: JAX compiles for each new shape
GROUPS = {"numpy": (30, 10), "jax": (8, 2)}
CASES = [(backend, group) for backend in BACKENDS for group in range(GROUPS[backend][0])]


@pytest.mark.parametrize(("backend", "group"), CASES, ids=[f"{backend}-seed {group}" for backend, group in CASES])
def test_programs(backend: str, group: int) -> None:
    count = GROUPS[backend][1]
    with agrad.use_backend(backend):
        for seed in range(group * count, (group + 1) * count):
            programs.check(seed)


def test_the_comparison_can_fail() -> None:
    """A step that agrad does otherwise is found, and the program that shows it is cut down to what matters."""
    steps = [
        programs.Step("make", (), {"shape": (3,), "dtype": "float64", "seed": 1, "requires_grad": False}, [0]),
        programs.Step("make", (), {"shape": (3,), "dtype": "float64", "seed": 2, "requires_grad": False}, [1]),
        programs.Step("grow", (0,), {"how": "half"}, [2]),
        programs.Step("mul_number", (2,), {"value": 0.5}),
    ]
    assert programs.play(steps) is None
    kept = programs.CHANGE["mul_number"]
    programs.CHANGE["mul_number"] = lambda t, x, value: kept(t, x, 2 * value if t is agrad else value)
    try:
        shorter, told = programs.shorten(steps)
    finally:
        programs.CHANGE["mul_number"] = kept
    assert [step.name for step in shorter] == ["make", "grow", "mul_number"]
    assert "t2.value" in told
