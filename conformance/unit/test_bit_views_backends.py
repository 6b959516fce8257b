"""Views across dtypes and conjugated views on every backend: what NumPy's gives, whose answers the oracle compares with PyTorch's.

The confusing case is a backend whose arrays know nothing of the dtype's bits (array-api-strict): it goes through bytes, and shares
all the same.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from on_backends import backend as backend
from on_backends import host

import agrad

sys.path.insert(0, str(Path(__file__).parent))
import cupy_standin
from bit_view_programs import BATCHED, CALLS, PROGRAMS, TWICE

#: programs that ask for what NumPy's arrays alone share, or for addresses that other memories have not
OF_NUMPY = {"refusals", "geometry"}


def plain(value: Any) -> Any:
    """Return what a program gave, with NumPy arrays for tensors."""
    if isinstance(value, agrad.Tensor):
        return np.array(host(value.detach().resolve_conj().resolve_neg()))
    return [plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def same(ours: Any, theirs: Any) -> None:
    if isinstance(theirs, list):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            same(a, b)
    elif isinstance(theirs, np.ndarray):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
    else:
        assert ours == theirs


def on_numpy(program: Callable[[Any], Any]) -> Any:
    with agrad.use_backend("numpy"):
        return plain(program(agrad))


@pytest.fixture(scope="module")
def cupy() -> Iterator[Any]:
    with cupy_standin.installed() as found:
        yield found


@pytest.mark.parametrize("name", sorted(PROGRAMS.keys() - OF_NUMPY))
def test_programs(backend: str, name: str) -> None:
    same(plain(PROGRAMS[name](agrad)), on_numpy(PROGRAMS[name]))


@pytest.mark.parametrize("name", sorted(PROGRAMS.keys() - OF_NUMPY))
def test_programs_over_the_stand_in_for_cupy(cupy: Any, name: str) -> None:
    with agrad.use_backend("cupy"):
        ours = plain(PROGRAMS[name](agrad))
    same(ours, on_numpy(PROGRAMS[name]))


@pytest.mark.parametrize("call", [*CALLS, *BATCHED], ids=lambda call: call.__name__)
@pytest.mark.parametrize("name", TWICE)
def test_written_through_views_is_what_is_computed_without(backend: str, name: str, call: Any) -> None:
    if name == "make inside" and call in BATCHED:
        pytest.skip("what is made inside is the same for every example, and one per example cannot be written to it")
    written, without = TWICE[name]
    x = agrad.tensor([1.5, -2.0], dtype=agrad.float64)
    same(plain(call(agrad, written(agrad), x)), plain(call(agrad, without(agrad), x)))
