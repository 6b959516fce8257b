"""Losses by margins over many classes, and of sequences whose alignment is unknown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import agrad
from agrad.engine.halves import in_float32
from agrad.nn.functional._loss_checks import check_ctc
from agrad.nn.functional.activation import logsigmoid
from agrad.nn.functional.loss import _reduced, pairwise_distance

if TYPE_CHECKING:
    from agrad.tensor import Tensor


@in_float32
def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Return the mean over other classes of max(0, margin - input[target] + input[class])^p.

    Parameters
    ----------
    input : Tensor, shape (N, C) or (C,)
    target : Tensor of int64, shape (N,) or ()
    weight : Tensor, shape (C,), optional
    """
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    index = target.unsqueeze(-1)
    gaps = agrad.clamp(margin - input.gather(-1, index) + input, min=0.0)
    gaps = gaps if p == 1 else gaps * gaps
    if weight is not None:
        gaps = gaps * weight[target].unsqueeze(-1)
    return _reduced(gaps.scatter(-1, index, 0.0).sum(-1) / input.shape[-1], reduction)


@in_float32
def multilabel_margin_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """Return the mean over classes of the sum of max(0, 1 - input[label] + input[other class]).

    Parameters
    ----------
    input : Tensor, shape (N, C) or (C,)
    target : Tensor of int64, of input's shape
        An example's labels, and then -1.
    """
    # labels count up to the first -1
    counted = agrad.cumsum((target < 0).to(agrad.int64), -1) == 0
    index = agrad.where(counted, target, agrad.zeros_like(target))
    marks = agrad.zeros_like(input.detach()).scatter_add(-1, index, counted.to(input.dtype))
    gaps = agrad.clamp(1.0 - input.gather(-1, index).unsqueeze(-1) + input.unsqueeze(-2), min=0.0)
    kept = counted.unsqueeze(-1) & (marks == 0).unsqueeze(-2)
    return _reduced((gaps * kept.to(input.dtype)).sum((-2, -1)) / input.shape[-1], reduction)


@in_float32
def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    """Return the mean over classes of the binary cross entropy of sigmoid(input) with the target."""
    values = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        values = values * weight
    return _reduced(values.sum(-1) / input.shape[-1], reduction)


@in_float32
def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[..., Any] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """Return max(0, d(anchor, positive) - d(anchor, negative) + margin) for a distance of one's own."""
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    distance = pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = agrad.minimum(far, distance(positive, negative))
    return _reduced(agrad.clamp(near - far + margin, min=0.0), reduction)


@in_float32
def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """Return the negative logarithm of the probability of label sequences, summed over all alignments.

    Source: A. Graves and others, "Connectionist temporal classification" (2006).

    Parameters
    ----------
    log_probs : Tensor, shape (T, N, C) or (T, C)
    targets : Tensor of int64, shape (N, S), or (sum of target_lengths,)
    input_lengths, target_lengths : tuple of int, or Tensor, shape (N,)
    blank : int
        The class that stands for no label.
    reduction : {"mean", "sum", "none"}
        A mean divides each loss by its target's length first.
    zero_infinity : bool
        Losses of targets longer than their input are 0, not infinite.
    """
    single = log_probs.ndim == 2
    logs: Any = log_probs.unsqueeze(1) if single else log_probs
    lengths, label_lengths = _numbers(input_lengths), _numbers(target_lengths)
    check_ctc(logs, targets, input_lengths, target_lengths, (lengths, label_lengths), blank)
    rows = _rows(targets, label_lengths, single)
    longest = max(label_lengths, default=0)
    device = log_probs.device
    padded = [row + [blank] * (longest - len(row)) for row in rows]
    # blanks before, between and after the labels
    states = [[blank, *(one for label in row for one in (label, blank))] for row in padded]
    index = agrad.tensor(states, dtype=agrad.int64, device=device)
    skips = [[s > 1 and row[s] != blank and row[s] != row[s - 2] for s in range(len(row))] for row in states]
    skip = agrad.tensor(skips, device=device)
    count, low = 2 * longest + 1, float("-inf")
    start = agrad.tensor([[s < 2 and s <= 2 * n for s in range(count)] for n in label_lengths], device=device)
    floor = agrad.full(tuple(index.shape), low, dtype=logs.dtype, device=device)
    alpha = agrad.where(start, logs[0].gather(1, index), floor)
    alphas = [alpha]
    for step in range(1, logs.shape[0]):
        one = agrad.cat([floor[:, :1], alpha[:, :-1]], 1)
        two = agrad.where(skip, agrad.cat([floor[:, :2], alpha[:, :-2]], 1)[:, :count], floor)
        alpha = _sum_of_logs(agrad.stack([alpha, one, two])) + logs[step].gather(1, index)
        alphas.append(alpha)
    losses = []
    for example, (length, labels) in enumerate(zip(lengths, label_lengths, strict=True)):
        ends = alphas[length - 1][example, max(2 * labels - 1, 0) : 2 * labels + 1]
        losses.append(-_sum_of_logs(ends))
    values = agrad.stack(losses)
    if zero_infinity:
        values = agrad.where(agrad.isinf(values.detach()), agrad.zeros_like(values), values)
    if reduction == "mean":
        sizes = agrad.tensor([max(n, 1) for n in label_lengths], dtype=logs.dtype, device=device)
        return (values / sizes).mean()
    return _reduced(values.squeeze(0) if single and reduction == "none" else values, reduction)


def _sum_of_logs(values: Any) -> Any:
    """Return log(sum(exp(values))) along the first axis, with gradient 0, not nan, where all are -inf."""
    none = agrad.isinf(values.detach()).all(0)
    held = agrad.where(none, agrad.zeros_like(values), values)
    total = agrad.logsumexp(held, 0)
    return agrad.where(none, agrad.full_like(total.detach(), float("-inf")), total)


def _numbers(lengths: Any) -> list[int]:
    found = lengths.tolist() if isinstance(lengths, agrad.Tensor) else lengths
    return [int(found)] if isinstance(found, int) else [int(one) for one in found]


def _rows(targets: Any, lengths: list[int], single: bool) -> list[list[int]]:
    """Return the labels of each example."""
    found = targets.tolist()
    if targets.ndim == 2 or single:
        return [row[:n] for row, n in zip([found] if targets.ndim == 1 else found, lengths, strict=True)]
    rows, begin = [], 0
    for n in lengths:
        rows.append(found[begin : begin + n])
        begin += n
    return rows


__all__ = [
    "ctc_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "triplet_margin_with_distance_loss",
]
