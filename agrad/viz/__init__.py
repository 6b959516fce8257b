"""Drawings of graphs, in torchviz's manner."""

from __future__ import annotations

from agrad.viz.graph import Drawing, make_dot

__all__ = ["Drawing", "make_dot"]


def __dir__() -> list[str]:
    return list(__all__)
