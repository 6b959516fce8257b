"""agrad over CuPy: NVIDIA GPUs."""

from __future__ import annotations

from agrad_cupy.backend import CupyBackend

__all__ = ["CupyBackend"]
