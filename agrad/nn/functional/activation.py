"""Activations: those of the face, and their compositions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import agrad
from agrad.torch_api.activation import (
    celu,
    elu,
    hardshrink,
    log_softmax,
    prelu,
    relu,
    selu,
    sigmoid,
    softmax,
    softplus,
    threshold,
)

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def tanh(input: Tensor) -> Tensor:
    """Return the hyperbolic tangent."""
    return agrad.tanh(input)


def relu6(input: Tensor) -> Tensor:
    """Return input held between 0 and 6; the derivative at both is 0, as in PyTorch."""
    return hardtanh(input, 0.0, 6.0)


def leaky_relu(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """Return input where it is positive, and `negative_slope` times it elsewhere."""
    return agrad.where(input > 0, input, input * negative_slope)


def rrelu(input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False) -> Tensor:
    """Return a leaky relu whose slope is drawn between `lower` and `upper` in training, and their mean otherwise."""
    if not training:
        return leaky_relu(input, (lower + upper) / 2)
    slope = agrad.rand_like(input) * (upper - lower) + lower
    return agrad.where(input >= 0, input, input * slope)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """Return x times the normal distribution function at x; `approximate` "tanh" takes the tanh formula."""
    if approximate == "none":
        return input * 0.5 * (1.0 + agrad.erf(input * math.sqrt(0.5)))
    if approximate == "tanh":
        inner = math.sqrt(2.0 / math.pi) * (input + 0.044715 * input * input * input)
        return input * 0.5 * (1.0 + agrad.tanh(inner))
    raise RuntimeError("approximate argument must be either none or tanh.")


def silu(input: Tensor) -> Tensor:
    """Return x sigmoid(x)."""
    return input * sigmoid(input)


def mish(input: Tensor) -> Tensor:
    """Return x tanh(softplus(x))."""
    return input * agrad.tanh(softplus(input))


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """Return input held between two values; the derivative at both is 0, as in PyTorch."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    inside = agrad.logical_and(input > min_val, input < max_val)
    return agrad.where(inside, input, agrad.clamp(input.detach(), min_val, max_val))


def hardsigmoid(input: Tensor) -> Tensor:
    """Return x / 6 + 1 / 2 held between 0 and 1."""
    return hardtanh(input + 3.0, 0.0, 6.0) / 6.0


def hardswish(input: Tensor) -> Tensor:
    """Return x hardsigmoid(x)."""
    return agrad.where(input <= -3.0, input * 0.0, agrad.where(input < 3.0, input * (input / 6.0 + 0.5), input))


def logsigmoid(input: Tensor) -> Tensor:
    """Return log(sigmoid(x)), accurate where it is large."""
    return agrad.clamp(input, max=0.0) - agrad.log1p(agrad.exp(-agrad.abs(input)))


def softsign(input: Tensor) -> Tensor:
    """Return x / (1 + abs(x))."""
    return input / (agrad.abs(input) + 1.0)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Return x moved by `lambd` towards 0, and 0 where that would cross it."""
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd}.")
    return agrad.where(input > lambd, input - lambd, agrad.where(input < -lambd, input + lambd, input * 0.0))


def tanhshrink(input: Tensor) -> Tensor:
    """Return x - tanh(x)."""
    return input - agrad.tanh(input)


def softmin(input: Tensor, dim: int | None = None, dtype: Any = None) -> Tensor:
    """Return softmax(-x)."""
    return softmax(-input, _chosen("softmin", input, dim), dtype=dtype)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """Return the first half along `dim` times the sigmoid of the second."""
    if input.shape[dim] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {input.shape[dim]}")
    first, second = agrad.chunk(input, 2, dim)
    return first * sigmoid(second)


def gumbel_softmax(logits: Tensor, tau: float = 1.0, hard: bool = False, dim: int = -1) -> Tensor:
    """Return a sample of the Gumbel-softmax distribution; `hard` gives one-hot vectors with the soft ones' gradient."""
    noise = -agrad.log(-agrad.log(agrad.rand_like(logits) * (1 - 2e-7) + 1e-7))
    soft = softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    index = agrad.argmax(soft, dim, keepdim=True)
    one_hot = agrad.zeros_like(soft).scatter(dim, index, 1.0)
    return one_hot - soft.detach() + soft


def _chosen(name: str, input: Any, dim: int | None) -> int:
    """Return the axis of a softmax that was not told one: PyTorch's old choice, with its warning."""
    if dim is not None:
        return dim
    import warnings

    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=4,
    )
    return 0 if input.ndim in (0, 1, 3) else 1


__all__ = [
    "celu",
    "elu",
    "gelu",
    "glu",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "leaky_relu",
    "log_softmax",
    "logsigmoid",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "rrelu",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
]
