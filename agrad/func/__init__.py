"""Function transforms, with torch.func's names: they nest to any depth and run on every backend.

Raw arrays in give raw arrays of the same library out.
"""

from __future__ import annotations

from agrad.func._forward import jvp
from agrad.func._jacobians import hessian, hvp, jacfwd, jacrev
from agrad.func._modules import functional_call, stack_module_state
from agrad.func._reverse import grad, grad_and_value, linearize, value_and_grad, vjp
from agrad.func._vmap import vmap
from agrad.primitives import _batching as _batching

__all__ = [
    "functional_call",
    "grad",
    "grad_and_value",
    "hessian",
    "hvp",
    "jacfwd",
    "jacrev",
    "jvp",
    "linearize",
    "stack_module_state",
    "value_and_grad",
    "vjp",
    "vmap",
]


def __dir__() -> list[str]:
    return list(__all__)
