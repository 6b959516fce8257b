"""Views across dtypes and conjugated ones share memory, versions and history as PyTorch's do: small programs, one table."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from oracle import BACKENDS

import agrad

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
from bit_view_programs import PROGRAMS


def plain(value: Any) -> Any:
    """Return what a program gave, with NumPy arrays for tensors."""
    if isinstance(value, torch.Tensor):
        return value.detach().resolve_conj().resolve_neg().numpy()
    if isinstance(value, agrad.Tensor):
        return np.array(value.detach().resolve_conj().resolve_neg().numpy())
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value


def same(ours: Any, theirs: Any) -> None:
    if isinstance(theirs, list):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            same(a, b)
    elif isinstance(theirs, np.ndarray):
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)
    else:
        assert ours == theirs


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_programs(backend: str, name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = plain(PROGRAMS[name](torch))
    with agrad.use_backend(backend):
        same(plain(PROGRAMS[name](agrad)), theirs)
