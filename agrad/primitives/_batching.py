"""Batching rules: how vmap runs each primitive for all examples at once.

Importing this module fills the table :data:`agrad.engine.vmap_level.rules`. Elementwise primitives need no entry. What the table lacks
runs once per example: a test (conformance/unit/test_vmap_rules.py) sees to it that this is no primitive of ours.
"""

from __future__ import annotations

from agrad.primitives import _batching_indexing, _batching_matrices, _batching_moving

__all__ = ["_batching_indexing", "_batching_matrices", "_batching_moving"]
