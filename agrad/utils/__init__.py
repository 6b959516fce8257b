"""Utilities: checkpointing, and what feeds a training loop."""

from __future__ import annotations

from agrad.utils import checkpoint as checkpoint
from agrad.utils import data as data

__all__ = ["checkpoint", "data"]
