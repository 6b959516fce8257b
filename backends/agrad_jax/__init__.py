"""agrad over JAX: CPU and GPU, eager or inside jax.jit."""

from __future__ import annotations

from agrad_jax.backend import JaxBackend

__all__ = ["JaxBackend"]
