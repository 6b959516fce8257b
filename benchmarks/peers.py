"""Who races: each peer's library, its version, and how to make an agrad Tensor on a backend.

A peer that is not installed is named in the report, never passed over in silence.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from dataclasses import dataclass
from typing import Any

NUMPY = "numpy"
AGRAD = "agrad"
TORCH = "torch"
AUTOGRAD = "autograd"
MYGRAD = "mygrad"
JAX = "jax"
JAX_JIT = "jax.jit"
AGRAD_PLAIN = "agrad, plain"
PRIMITIVE = "agrad's primitive"
AGRAD_JAX = "agrad on jax"
AGRAD_JIT = "agrad in jax.jit"

#: column order of every table
ORDER = (NUMPY, AGRAD, PRIMITIVE, AGRAD_PLAIN, TORCH, AUTOGRAD, MYGRAD, JAX, JAX_JIT, AGRAD_JAX, AGRAD_JIT)

#: which distributions each peer needs
NEEDS = {
    NUMPY: ("numpy",),
    AGRAD: ("numpy", "agrad"),
    AGRAD_PLAIN: ("numpy", "agrad"),
    PRIMITIVE: ("numpy", "agrad"),
    TORCH: ("torch",),
    AUTOGRAD: ("autograd",),
    MYGRAD: ("mygrad",),
    JAX: ("jax",),
    JAX_JIT: ("jax",),
    AGRAD_JAX: ("jax", "agrad"),
    AGRAD_JIT: ("jax", "agrad"),
}


@dataclass
class Available:
    """What was found on this machine."""

    versions: dict[str, str]
    missing: dict[str, str]

    def has(self, peer: str) -> bool:
        """Whether everything that this peer needs can be imported."""
        return all(name in self.versions for name in NEEDS[peer])


def look() -> Available:
    """Import every peer once, outside any timing, and set it to one thread."""
    versions: dict[str, str] = {}
    missing: dict[str, str] = {}
    for name in ("numpy", "agrad", "torch", "autograd", "mygrad", "jax"):
        try:
            module = importlib.import_module(name)
        except Exception as error:  # a broken install is as good as none, and its message is shown
            missing[name] = f"{type(error).__name__}: {error}"
            continue
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = str(getattr(module, "__version__", "unknown"))
        if name == "torch":
            module.set_num_threads(1)
    return Available(versions, missing)


def face() -> Any:
    """agrad's functions: PyTorch's face where it has them, else the standard's."""
    import agrad

    return agrad if hasattr(agrad, "tanh") else agrad.array_api


def tensor(array: Any, backend: str = "numpy", *, requires_grad: bool = False) -> Any:
    """An agrad Tensor on the named backend with the array's own dtype."""
    import agrad

    with agrad.use_backend(backend):
        return agrad.tensor(array, dtype=getattr(agrad, array.dtype.name), requires_grad=requires_grad)
