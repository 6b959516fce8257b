"""Working with many parameters at once: torch.nn.utils' names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import agrad
from agrad.nn.utils import rnn as rnn
from agrad.nn.utils.weight_norm import remove_weight_norm, weight_norm

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def _gradients(parameters: Any) -> list[Any]:
    given = [parameters] if isinstance(parameters, agrad.Tensor) else list(parameters)
    return [one.grad for one in given if one.grad is not None]


def get_total_norm(tensors: Iterable[Tensor], norm_type: float = 2.0, error_if_nonfinite: bool = False) -> Tensor:
    """Return the norm of all tensors taken together.

    Raises
    ------
    RuntimeError
        Where it is not finite, if that was asked for.
    """
    norms = [agrad.linalg.vector_norm(one, norm_type) for one in tensors]
    if not norms:
        return agrad.tensor(0.0)
    total = agrad.linalg.vector_norm(agrad.stack(norms), norm_type)
    if error_if_nonfinite and not bool(agrad.isfinite(total)):
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it cannot be clipped. To "
            "disable this error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`"
        )
    return total


def clip_grad_norm_(
    parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Tensor:
    """Scale all gradients down together, in place, so that their norm is at most `max_norm`; return the norm before."""
    with agrad.no_grad():
        grads = _gradients(parameters)
        total = get_total_norm(grads, norm_type, error_if_nonfinite)
        scale = agrad.clamp(max_norm / (total + 1e-6), max=1.0)
        for g in grads:
            g.mul_(scale.to(g.dtype))
    return total


def clip_grad_value_(parameters: Any, clip_value: float) -> None:
    """Hold every element of all gradients between -clip_value and clip_value, in place."""
    with agrad.no_grad():
        for g in _gradients(parameters):
            g.clamp_(-float(clip_value), float(clip_value))


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """Return all parameters as one vector."""
    return agrad.cat([one.reshape(-1) for one in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Write a vector into parameters, in their order."""
    start = 0
    with agrad.no_grad():
        for one in parameters:
            one.copy_(vec[start : start + one.numel()].reshape(one.shape))
            start += one.numel()


__all__ = [
    "clip_grad_norm_",
    "clip_grad_value_",
    "get_total_norm",
    "parameters_to_vector",
    "remove_weight_norm",
    "rnn",
    "vector_to_parameters",
    "weight_norm",
]


def __dir__() -> list[str]:
    return list(__all__)
