"""JAX's configuration, whose flags are made at run time: typed here once for all who read them."""

from __future__ import annotations

from typing import Any

import jax

config: Any = jax.config
