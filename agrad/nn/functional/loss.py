"""Losses: each compares predictions with targets and reduces by "mean", "sum" or "none"."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import agrad
from agrad.engine.primitive import label
from agrad.errors import IndexOutOfRange, ShapeError
from agrad.nn.functional.activation import log_softmax, logsigmoid
from agrad.primitives import losses

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def _reduced(values: Tensor, reduction: str) -> Tensor:
    """Return the mean, the sum or all of the values.

    Raises
    ------
    ValueError
        For another reduction.
    """
    if reduction == "mean":
        return values.mean()
    if reduction == "sum":
        return values.sum()
    if reduction == "none":
        return values
    raise ValueError(f"{reduction} is not a valid value for reduction")


def _same_size(input: Any, target: Any) -> None:
    if input.shape != target.shape:
        warnings.warn(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}). "
            "This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size.",
            stacklevel=4,
        )


def mse_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """Return the squared difference."""
    _same_size(input, target)
    return label(_reduced((input - target) ** 2, reduction), "MseLoss")


def l1_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """Return the absolute difference; the derivative at 0 is 0."""
    _same_size(input, target)
    return _reduced(agrad.abs(input - target), reduction)


def smooth_l1_loss(input: Tensor, target: Tensor, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """Return 0.5 d^2 / beta where abs(d) < beta, and abs(d) - 0.5 beta elsewhere."""
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    _same_size(input, target)
    if beta == 0:
        return l1_loss(input, target, reduction)
    gap = input - target
    size = agrad.abs(gap)
    # the square of the gap and not of its size, whose slope at 0 is taken for 0 and would take the curvature with it
    values = agrad.where(size < beta, 0.5 * gap * gap / beta, size - 0.5 * beta)
    return label(_reduced(values, reduction), "SmoothL1Loss")


def huber_loss(input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """Return 0.5 d^2 where abs(d) <= delta, and delta (abs(d) - 0.5 delta) elsewhere."""
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    _same_size(input, target)
    gap = input - target
    size = agrad.abs(gap)
    values = agrad.where(size <= delta, 0.5 * gap * gap, delta * (size - 0.5 * delta))
    return label(_reduced(values, reduction), "HuberLoss")


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """Return -input at the target's class.

    Parameters
    ----------
    input : Tensor, shape (N, C, ...) or (C,)
        Logarithms of probabilities.
    target : Tensor of int64, shape (N, ...) or ()
    weight : Tensor, shape (C,), optional
        A factor for each class; a mean is weighted.
    ignore_index : int
        A target that does not count.
    """
    sizes, given = input._shape, target._shape
    if not sizes:
        raise ShapeError("input tensor should be 1D or 2D")
    axis = 0 if len(sizes) == 1 else 1
    if axis and sizes[:1] != given[:1]:
        raise ValueError(f"Expected input batch_size ({sizes[0]}) to match target batch_size ({_batch(given)}).")
    wanted = sizes[:axis] + sizes[axis + 1 :]
    if given != wanted:
        raise ShapeError(f"Expected target size {list(wanted)}, got {list(given)}")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    ignored = _ignored(target, ignore_index, sizes[axis])
    if weight is None:
        return losses.nll_loss(input, target, ignored=ignored, reduction=reduction)
    factor = _class_weights(target, weight, ignored)
    values = losses.nll_loss(input, target, ignored=ignored, reduction="none") * factor
    found = values.sum() / factor.sum() if reduction == "mean" else _reduced(values, reduction)
    return label(found, "NllLoss")


def _class_weights(target: Any, weight: Any, ignored: int | None) -> Any:
    """Return the weight of each label's class; 0 for the label that does not count."""
    if ignored is None:
        return weight[target]
    counted = target != ignored
    return weight[agrad.where(counted, target, agrad.zeros_like(target))] * counted.to(weight.dtype)


def _batch(shape: tuple[int, ...]) -> int | str:
    return shape[0] if shape else "no dimensions"


def _ignored(target: Any, ignore_index: int, classes: int) -> int | None:
    """Return the label that does not count, or None where the labels are at hand and all of them do.

    Raises
    ------
    IndexError
        "Target 5 is out of bounds.", for a label at hand that is no class.
    """
    options = target._options
    if options.backend.level or options.device.type != "cpu" or 0 in target._shape:
        return ignore_index
    xp, raw = options.xp, target._data
    try:
        low = int(xp.min(raw))
        if low >= 0 and not 0 <= ignore_index < classes and (xp.checks_bounds or int(xp.max(raw)) < classes):
            return None
    except TypeError:
        return ignore_index  # it is being traced
    for one in options.backend.tolist(xp.reshape(raw, (-1,))):
        if not 0 <= one < classes and one != ignore_index:
            raise IndexOutOfRange(f"Target {one} is out of bounds.")
    return ignore_index


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Return the cross entropy of softmax(input) with the target.

    Parameters
    ----------
    input : Tensor, shape (N, C, ...) or (C,)
    target : Tensor
        Classes, int64 of shape (N, ...) or (), or probabilities of input's shape.
    weight, ignore_index
        As in :func:`nll_loss`.
    label_smoothing : float in [0, 1]
        How much of the target is spread evenly over the classes.
    """
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    axis = 0 if len(input._shape) == 1 else 1
    logs = log_softmax(input, axis)
    classes = input._shape[axis]
    if target._shape == input._shape and target.is_floating_point():
        if label_smoothing:
            target = target * (1 - label_smoothing) + label_smoothing / classes
        weighted = target if weight is None else target * _along(weight, axis, input.ndim)
        values = -(logs * weighted).sum(axis)
        if reduction == "mean":
            return values.sum() / max(math.prod(values.shape), 1)
        return _reduced(values, reduction)
    plain = nll_loss(logs, target, weight, ignore_index, reduction)
    if not label_smoothing:
        return plain
    counted = target != ignore_index
    spread = -(logs if weight is None else logs * _along(weight, axis, input.ndim)).sum(axis)
    spread = agrad.where(counted, spread, agrad.zeros_like(spread))
    if reduction == "mean":
        factor = counted.to(input.dtype) if weight is None else _class_weights(target, weight, ignore_index)
        smooth = spread.sum() / factor.sum()
    else:
        smooth = _reduced(spread, reduction)
    return plain * (1 - label_smoothing) + smooth * (label_smoothing / classes)


def _along(weight: Tensor, axis: int, ndim: int) -> Tensor:
    return weight.reshape([-1 if one == axis else 1 for one in range(ndim)])


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    """Return -(t log p + (1 - t) log(1 - p)) of probabilities p; logarithms are held above -100, as in PyTorch."""
    if target.shape != input.shape:
        raise ValueError(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}) is deprecated. "
            "Please ensure they have the same size."
        )
    yes, no = losses.held_log(input), losses.held_log(-input, shifted=True)
    values = -(target * yes + (1.0 - target) * no)
    return label(_reduced(values if weight is None else values * weight, reduction), "BinaryCrossEntropy")


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Return the binary cross entropy of sigmoid(input) with targets; `pos_weight` counts positive ones more."""
    if target.shape != input.shape:
        raise ValueError(f"Target size ({target.size()}) must be the same as input size ({input.size()})")
    factor = 1.0 if pos_weight is None else (pos_weight - 1.0) * target + 1.0
    values = (1.0 - target) * input - factor * logsigmoid(input)
    values = values if weight is None else values * weight
    return label(_reduced(values, reduction), "BinaryCrossEntropyWithLogits")


def kl_div(input: Tensor, target: Tensor, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """Return t (log t - input), for logarithms of probabilities `input`; "batchmean" divides the sum by the batch."""
    if log_target:
        values = agrad.exp(target) * (target - input)
    else:
        values = agrad.xlogy(target, target) - target * input
    if reduction == "batchmean":
        return values.sum() / input.shape[0]
    if reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math definition.",
            stacklevel=3,
        )
    return _reduced(values, reduction)


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> Tensor:
    """Return the negative log likelihood of counts under a Poisson distribution of (log) mean `input`."""
    values = agrad.exp(input) - target * input if log_input else input - target * agrad.log(input + eps)
    if full:
        large = target > 1
        count = agrad.where(large, target, agrad.ones_like(target))
        stirling = count * agrad.log(count) - count + 0.5 * agrad.log(2 * math.pi * count)
        values = values + agrad.where(large, stirling, agrad.zeros_like(stirling))
    return _reduced(values, reduction)


def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Tensor, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Tensor:
    """Return the negative log likelihood of targets under normal distributions of mean `input` and variance `var`."""
    held = agrad.maximum(var.detach(), agrad.full_like(var.detach(), eps)) - var.detach() + var
    values = 0.5 * (agrad.log(held) + (input - target) ** 2 / held)
    if full:
        values = values + 0.5 * math.log(2 * math.pi)
    return _reduced(values, reduction)


def hinge_embedding_loss(input: Tensor, target: Tensor, margin: float = 1.0, reduction: str = "mean") -> Tensor:
    """Return input where the target is 1, and max(0, margin - input) where it is -1."""
    negative = agrad.where(target != 1, agrad.clamp(margin - input, min=0.0), agrad.zeros_like(input))
    positive = agrad.where(target != -1, input, agrad.zeros_like(input))
    return _reduced(negative + positive, reduction)


def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: str = "mean"
) -> Tensor:
    """Return max(0, -target (input1 - input2) + margin)."""
    return _reduced(agrad.clamp(-target * (input1 - input2) + margin, min=0.0), reduction)


def soft_margin_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """Return log(1 + exp(-target input))."""
    return label(_reduced(agrad.log1p(agrad.exp(-target * input)), reduction), "SoftMarginLoss")


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """Return x1 . x2 / (max(norm(x1), eps) max(norm(x2), eps)) along `dim`."""
    first = agrad.clamp(agrad.linalg.vector_norm(x1, dim=dim), min=eps)
    second = agrad.clamp(agrad.linalg.vector_norm(x2, dim=dim), min=eps)
    return (x1 * x2).sum(dim) / (first * second)


def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: str = "mean"
) -> Tensor:
    """Return 1 - cos where the target is 1, and max(0, cos - margin) where it is -1."""
    # PyTorch's guard, which is another than cosine_similarity's
    sizes = ((input1 * input1).sum(-1) + 1e-12) * ((input2 * input2).sum(-1) + 1e-12)
    cosine = (input1 * input2).sum(-1) / agrad.sqrt(sizes)
    values = agrad.where(target == 1, 1.0 - cosine, agrad.clamp(cosine - margin, min=0.0))
    return _reduced(values, reduction)


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """Return the p-norm of x1 - x2 + eps along the last axis."""
    return agrad.linalg.vector_norm(x1 - x2 + eps, p, dim=-1, keepdim=keepdim)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """Return max(0, d(anchor, positive) - d(anchor, negative) + margin)."""
    near = pairwise_distance(anchor, positive, p, eps)
    far = pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = agrad.minimum(far, pairwise_distance(positive, negative, p, eps))
    return _reduced(agrad.clamp(near - far + margin, min=0.0), reduction)


__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "gaussian_nll_loss",
    "hinge_embedding_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "margin_ranking_loss",
    "mse_loss",
    "nll_loss",
    "pairwise_distance",
    "poisson_nll_loss",
    "smooth_l1_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
]
