"""Special functions beyond the standard, by SciPy's names: those that NumPy (with SciPy), CuPy and JAX share."""

from __future__ import annotations

__all__: list[str] = []
