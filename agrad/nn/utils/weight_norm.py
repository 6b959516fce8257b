"""Weight normalization: a weight as a length for each of its slices and a direction."""

from __future__ import annotations

from typing import Any, TypeVar

import agrad
from agrad.nn.module import Module
from agrad.nn.parameter import Parameter

M = TypeVar("M", bound=Module)


def _norm(v: Any, dim: int | None) -> Any:
    """Return the length of each slice along an axis, keeping it; of all of it for None, and for -1, which PyTorch takes for None."""
    if dim is None or dim == -1:
        return agrad.linalg.vector_norm(v)
    axes = [axis for axis in range(v.ndim) if axis != dim % v.ndim]
    return agrad.linalg.vector_norm(v, dim=axes, keepdim=True) if axes else agrad.abs(v)


class _WeightNorm:
    """The hook that computes the weight before each call."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name, self.dim = name, dim

    def compute(self, module: Module) -> Any:
        """Return the weight: g v / |v|."""
        g, v = getattr(module, f"{self.name}_g"), getattr(module, f"{self.name}_v")
        return v * (g / _norm(v, self.dim))

    def __call__(self, module: Module, inputs: Any) -> None:
        """Put the weight in its place."""
        setattr(module, self.name, self.compute(module))


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Have a module's weight computed of two parameters, ``name_g`` (lengths) and ``name_v`` (directions), and return the module.

    Parameters
    ----------
    module : Module
    name : str
        The parameter's.
    dim : int or None
        The axis whose slices have a length each; None, or -1 as in PyTorch, is one length for all.

    Returns
    -------
    Module
        The same one; before each call it computes ``weight = g * v / norm(v)``.

    Raises
    ------
    RuntimeError
        Where the parameter is normalized already.

    Notes
    -----
    Source: T. Salimans, D. P. Kingma, "Weight Normalization" (2016).
    """
    for hook, _ in module._forward_pre_hooks.values():
        if isinstance(hook, _WeightNorm) and hook.name == name:
            raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
    weight = getattr(module, name)
    hook = _WeightNorm(name, dim)
    with agrad.no_grad():
        g, v = _norm(weight, dim).detach().clone(), weight.detach().clone()
    del module._parameters[name]
    module.register_parameter(f"{name}_g", Parameter(g))
    module.register_parameter(f"{name}_v", Parameter(v))
    setattr(module, name, hook.compute(module))
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: M, name: str = "weight") -> M:
    """Make the weight one parameter again, of its present value, and return the module.

    Raises
    ------
    ValueError
        Where it is not normalized.
    """
    for key, (hook, _) in module._forward_pre_hooks.items():
        if isinstance(hook, _WeightNorm) and hook.name == name:
            with agrad.no_grad():
                weight = hook.compute(module)
            delattr(module, name)
            del module._parameters[f"{name}_g"], module._parameters[f"{name}_v"]
            setattr(module, name, Parameter(weight))
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"weight_norm of '{name}' not found in {module}")


__all__ = ["remove_weight_norm", "weight_norm"]
