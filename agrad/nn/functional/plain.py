"""Functions of layers as torch itself has them: their arguments come in another order, or have other names, than torch.nn.functional's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agrad.errors import UnsupportedOperation
from agrad.nn.functional import layers

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Return input with elements set to 0 with probability `p`, and the others divided by 1 - p, in training."""
    return layers.dropout(input, p, train)


def dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """Write :func:`dropout` of `input` into it, and return it."""
    return layers.dropout(input, p, train, inplace=True)


def alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Return input with elements set to selu's floor with probability `p`, its mean and variance kept, in training."""
    return layers.alpha_dropout(input, p, train)


def feature_alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Return :func:`alpha_dropout` of whole channels."""
    return layers.feature_alpha_dropout(input, p, train)


def embedding(
    weight: Tensor, indices: Tensor, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False
) -> Tensor:
    """Return the rows of `weight` that `indices` names; the row padding_idx, if it is not negative, has no gradient.

    Raises
    ------
    NotImplementedError
        For gradients scaled or sparse.
    """
    if scale_grad_by_freq or sparse:
        raise UnsupportedOperation(
            "embedding takes neither scale_grad_by_freq nor sparse. Leave them False: gradients are dense."
        )
    return layers.embedding(indices, weight, padding_idx if padding_idx >= 0 else None)


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Tensor:
    """Return input with mean 0 and variance 1 over its last axes."""
    return layers.layer_norm(input, normalized_shape, weight, bias, eps)


def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Tensor:
    """Return input with mean 0 and variance 1 over groups of channels."""
    return layers.group_norm(input, num_groups, weight, bias, eps)


def batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = True,
) -> Tensor:
    """Return input with mean 0 and variance 1 for each channel."""
    return layers.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


__all__ = [
    "alpha_dropout",
    "batch_norm",
    "dropout",
    "dropout_",
    "embedding",
    "feature_alpha_dropout",
    "group_norm",
    "layer_norm",
]
