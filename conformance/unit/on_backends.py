"""A fixture that runs a test on every backend at hand, in double precision."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import agrad
from agrad.backend import is_installed

BACKENDS = [name for name in ("numpy", "jax", "strict") if is_installed(name)]


@pytest.fixture(params=BACKENDS)
def backend(request: Any) -> Iterator[str]:
    """Make a backend the default one, JAX with 64-bit numbers, and give its name."""
    if request.param == "jax":
        jax = pytest.importorskip("jax")
        before = jax.config.jax_enable_x64
        jax.config.update("jax_enable_x64", True)
    elif request.param == "strict":
        pytest.importorskip("array_api_strict")
    try:
        with agrad.use_backend(request.param):
            yield request.param
    finally:
        if request.param == "jax":
            jax.config.update("jax_enable_x64", before)


def double(value: Any, requires_grad: bool = False) -> Any:
    """Return a float64 Tensor on the default backend."""
    return agrad.tensor(np.asarray(value).tolist(), dtype=agrad.float64, requires_grad=requires_grad)


def leaf(*values: float) -> Any:
    """Return a float64 leaf that requires grad: of these values, or (1, 2)."""
    return double(list(values) or [1.0, 2.0], True)


def host(tensor: Any) -> np.ndarray:
    """Return a Tensor's values as a NumPy array."""
    return np.asarray(tensor._options.backend.tolist(tensor._options.backend.ensure_array(tensor._data)))


def same(tensor: Any, wanted: Any, rtol: float = 1e-12) -> None:
    """Assert that a Tensor has these values."""
    np.testing.assert_allclose(host(tensor), np.asarray(wanted), rtol=rtol, atol=1e-14)
