"""Activations: those of the face, and their compositions; ``inplace=True`` writes the result into the input."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import agrad
from agrad.engine.inplace import apply_inplace
from agrad.engine.primitive import label
from agrad.primitives import activations, special
from agrad.torch_api import activation as _face
from agrad.torch_api.activation import hardshrink, log_softmax, prelu, sigmoid, softmax, softplus

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """Return input where it is positive and 0 elsewhere; the derivative at 0 is 0."""
    return apply_inplace(input, _face.relu) if inplace else _face.relu(input)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """Return input where it is above `threshold`, and `value` elsewhere."""
    if inplace:
        return apply_inplace(input, _face.threshold, threshold, value)
    return _face.threshold(input, threshold, value)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Return input above 0 and ``alpha * (exp(input) - 1)`` below."""
    return apply_inplace(input, _face.elu, alpha) if inplace else _face.elu(input, alpha)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Return input above 0 and ``alpha * (exp(input / alpha) - 1)`` below."""
    return apply_inplace(input, _celu, alpha) if inplace else _celu(input, alpha)


def _celu(input: Any, alpha: float) -> Any:
    return label(_face.celu(input, alpha), "Celu")


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """Return elu scaled so that deep networks keep mean 0 and variance 1."""
    return apply_inplace(input, _face.selu) if inplace else _face.selu(input)


def tanh(input: Tensor) -> Tensor:
    """Return the hyperbolic tangent."""
    return agrad.tanh(input)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """Return input held between 0 and 6; the derivative at both is 0, as in PyTorch."""
    return hardtanh(input, 0.0, 6.0, inplace)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """Return input where it is positive, and `negative_slope` times it elsewhere."""
    return apply_inplace(input, _leaky, negative_slope) if inplace else _leaky(input, negative_slope)


def _leaky(input: Any, slope: float) -> Any:
    return activations.leaky_relu(input, slope=slope)


def rrelu(
    input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False
) -> Tensor:
    """Return a leaky relu whose slope is drawn between `lower` and `upper` in training, and their mean otherwise."""
    return apply_inplace(input, _rrelu, lower, upper, training) if inplace else _rrelu(input, lower, upper, training)


def _rrelu(input: Any, lower: float, upper: float, training: bool) -> Any:
    if not training:
        return label(_leaky(input, (lower + upper) / 2), "RreluWithNoise")
    slope = agrad.rand_like(input) * (upper - lower) + lower
    return label(agrad.where(input > 0, input, input * slope), "RreluWithNoise")


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """Return x times the normal distribution function at x; `approximate` "tanh" takes the tanh formula."""
    if approximate == "none":
        return label(input * 0.5 * (1.0 + agrad.erf(input * math.sqrt(0.5))), "Gelu")
    if approximate == "tanh":
        inner = math.sqrt(2.0 / math.pi) * (input + 0.044715 * input * input * input)
        return label(input * 0.5 * (1.0 + agrad.tanh(inner)), "Gelu")
    raise RuntimeError("approximate argument must be either none or tanh.")


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """Return x sigmoid(x)."""
    return apply_inplace(input, _silu) if inplace else _silu(input)


def _silu(input: Any) -> Any:
    return label(input * sigmoid(input), "Silu")


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """Return x tanh(softplus(x))."""
    return apply_inplace(input, _mish) if inplace else _mish(input)


def _mish(input: Any) -> Any:
    return label(input * agrad.tanh(softplus(input)), "Mish")


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """Return input held between two values; the derivative at both is 0, as in PyTorch."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    return apply_inplace(input, _hardtanh, min_val, max_val) if inplace else _hardtanh(input, min_val, max_val)


def _hardtanh(input: Any, low: float, high: float) -> Any:
    return activations.hardtanh(input, low=low, high=high)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """Return x / 6 + 1 / 2 held between 0 and 1."""
    return apply_inplace(input, _hardsigmoid) if inplace else _hardsigmoid(input)


def _hardsigmoid(input: Any) -> Any:
    return label(_hardtanh(input + 3.0, 0.0, 6.0) / 6.0, "Hardsigmoid")


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """Return x hardsigmoid(x)."""
    return apply_inplace(input, _hardswish) if inplace else _hardswish(input)


def _hardswish(input: Any) -> Any:
    middle = agrad.where(input < 3.0, input * (input / 6.0 + 0.5), input)
    return label(agrad.where(input <= -3.0, input * 0.0, middle), "Hardswish")


def logsigmoid(input: Tensor) -> Tensor:
    """Return log(sigmoid(x)), accurate where it is large."""
    return label(special.log_expit(input), "LogSigmoid")


def softsign(input: Tensor) -> Tensor:
    """Return x / (1 + abs(x))."""
    return input / (agrad.abs(input) + 1.0)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Return x moved by `lambd` towards 0, and 0 where that would cross it."""
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd}.")
    return activations.softshrink(input, lambd=lambd)


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
    return label(first * sigmoid(second), "Glu")


def gumbel_softmax(logits: Tensor, tau: float = 1.0, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """Return a sample of the Gumbel-softmax distribution; `hard` gives one-hot vectors with the soft ones' gradient."""
    # `eps` is kept for PyTorch's sake; it does not use it any more
    noise = -agrad.log(-agrad.log(agrad.rand_like(logits) * (1 - 2e-7) + 1e-7))
    soft = softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    index = agrad.argmax(soft, dim, keepdim=True)
    one_hot = agrad.zeros_like(soft).scatter(dim, index, 1.0)
    return one_hot - soft.detach() + soft


def relu_(input: Tensor) -> Tensor:
    """Write :func:`relu` into input."""
    return relu(input, inplace=True)


def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """Write ``threshold`` of input into input."""
    return apply_inplace(input, _face.threshold, threshold, value)


def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """Write :func:`elu` into input."""
    return elu(input, alpha, inplace=True)


def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """Write :func:`celu` into input."""
    return celu(input, alpha, inplace=True)


def selu_(input: Tensor) -> Tensor:
    """Write :func:`selu` into input."""
    return selu(input, inplace=True)


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """Write :func:`leaky_relu` into input."""
    return leaky_relu(input, negative_slope, inplace=True)


def rrelu_(input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False) -> Tensor:
    """Write :func:`rrelu` into input."""
    return rrelu(input, lower, upper, training, inplace=True)


def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """Write :func:`hardtanh` into input."""
    return hardtanh(input, min_val, max_val, inplace=True)


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
    "celu_",
    "elu",
    "elu_",
    "gelu",
    "glu",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "leaky_relu",
    "leaky_relu_",
    "log_softmax",
    "logsigmoid",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "relu_",
    "rrelu",
    "rrelu_",
    "selu",
    "selu_",
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
    "threshold_",
]
