"""Special functions written on the standard alone, for backends without a library of them."""

from __future__ import annotations

from agrad.backend import Namespace


def install(xp: Namespace) -> None:
    """Fill ``xp.special``."""
