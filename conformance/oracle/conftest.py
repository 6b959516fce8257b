"""Settings that must stand before JAX and PyTorch are used."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

os.environ.setdefault("JAX_ENABLE_X64", "1")  # PyTorch's int64 and float64 are compared with
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def _defaults():
    """Leave no default dtype behind for the next test."""
    import torch

    import agrad

    yield
    torch.set_default_dtype(torch.float32)
    agrad.set_default_dtype(agrad.float32)
