"""Activations of neural networks under PyTorch's top-level names; ``nn.functional`` has them too, and more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.dtypes import DType
from agrad.primitives import activations, data_type, elementwise, manipulation, searching, special
from agrad.primitives._checks import OperandError
from agrad.torch_api._functions import of_one
from agrad.torch_api._out import deliver
from agrad.torch_api.reducing import axes_of
from agrad.torch_api.shape_arguments import ArgumentTypeError, tensor_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor


@of_one(special.expit)
def sigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return ``1 / (1 + exp(-input))``."""


def relu(input: Tensor) -> Tensor:
    """Return `input` where it is positive and 0 elsewhere; derivative 0 at 0."""
    return activations.relu(input)


def _along(name: str, input: Any, dim: Any, axis: Any, dtype: DType | None) -> tuple[Any, Any]:
    input = tensor_of(name, input)
    if dim is None:
        dim = axis
    if dim is None:
        raise ArgumentTypeError(f'{name}() missing 1 required positional arguments: "dim"')
    if dtype is not None:
        input = data_type.astype(input, dtype=dtype)
    return input, axes_of(name, input, dim)


def softmax(
    input: Tensor,
    dim: int | None = None,
    dtype: DType | None = None,
    *,
    axis: int | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return ``exp(input)`` divided by its sum along `dim`.

    Parameters
    ----------
    dtype : DType, optional
        What `input` is converted to first.
    """
    input, along = _along("softmax", input, dim, axis, dtype)
    result = special.softmax(input, axis=along)
    return result if out is None else deliver("softmax", result, out)


def log_softmax(
    input: Tensor,
    dim: int | None = None,
    dtype: DType | None = None,
    *,
    axis: int | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return the logarithm of :func:`softmax`, accurate where that is small."""
    input, along = _along("log_softmax", input, dim, axis, dtype)
    result = special.log_softmax(input, axis=along)
    return result if out is None else deliver("log_softmax", result, out)


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """Return ``log(1 + exp(beta * input)) / beta``, and `input` itself where ``beta * input`` is above `threshold`."""
    return activations.softplus(input, beta=beta, threshold=threshold)


def threshold(input: Tensor, threshold: float, value: float) -> Tensor:
    """Return `input` where it is above `threshold`, and `value` elsewhere."""
    return activations.threshold(input, threshold=threshold, value=value)


def hardshrink(input: Tensor, lambd: float = 0.5, *, out: Tensor | None = None) -> Tensor:
    """Return `input` outside of [-lambd, lambd] and 0 inside."""
    result = activations.hardshrink(input, lambd=lambd)
    return result if out is None else deliver("hardshrink", result, out)


def elu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """Return `input` above 0 and ``alpha * (exp(input) - 1)`` below."""
    return activations.elu(input, alpha=alpha)


def celu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """Return `input` above 0 and ``alpha * (exp(input / alpha) - 1)`` below."""
    if alpha == 0:
        raise OperandError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return activations.elu(input, alpha=alpha, input_scale=1.0 / alpha)


#: the fixed point of self-normalising networks (Klambauer and others, 2017)
_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def selu(input: Tensor) -> Tensor:
    """Return :func:`elu` scaled so that deep networks keep mean 0 and variance 1."""
    return activations.elu(input, alpha=_SELU_ALPHA, scale=_SELU_SCALE)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """Return `input` above 0 and ``weight * input`` elsewhere.

    Parameters
    ----------
    input : Tensor, shape (N, C, ...)
    weight : Tensor, one element or shape (C,)
    """
    input, weight = tensor_of("prelu", input), tensor_of("prelu", weight, "weight", 2)
    if weight._shape and weight._shape != (1,):
        channels = input._shape[1] if len(input._shape) > 1 else 1
        if weight._shape != (channels,):
            raise OperandError(
                f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {weight._shape[0]} "
                f"and channel size = {channels}."
            )
        weight = manipulation.reshape(weight, shape=(channels, *(1,) * (len(input._shape) - 2)))
    elif weight._shape:
        weight = manipulation.reshape(weight, shape=())
    return searching.where(elementwise.greater(input, 0), input, elementwise.multiply(weight, input))


__all__ = [
    "celu",
    "elu",
    "hardshrink",
    "log_softmax",
    "prelu",
    "relu",
    "selu",
    "sigmoid",
    "softmax",
    "softplus",
    "threshold",
]
