"""Random programs of complex tensors, their parts, conjugates and memory read as other dtypes: PyTorch and agrad do the same.

As :mod:`test_views_fuzz`, with steps that give views across dtypes drawn more often than others.
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
            programs.check(seed, kind=programs.BitDraw)
