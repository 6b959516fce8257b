"""Utilities: checkpointing, and what feeds a training loop."""

from __future__ import annotations

from agrad.utils import checkpoint as checkpoint
from agrad.utils import data as data
from agrad.utils import safetensors as safetensors

__all__ = ["checkpoint", "data", "safetensors"]


def __dir__() -> list[str]:
    return list(__all__)
