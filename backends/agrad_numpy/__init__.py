"""agrad over NumPy: the embedded default."""

from __future__ import annotations

from agrad_numpy.backend import NumpyBackend

__all__ = ["NumpyBackend"]
