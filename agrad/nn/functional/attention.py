"""Attention: averages of values, weighted by how queries meet keys; and bags of embeddings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import agrad
from agrad.engine.halves import in_float32
from agrad.errors import UnsupportedOperation
from agrad.nn.functional.activation import softmax
from agrad.nn.functional.layers import dropout, embedding

if TYPE_CHECKING:
    from agrad.tensor import Tensor


@in_float32
def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """Return softmax(query key^T scale + mask) value.

    Source: A. Vaswani and others, "Attention is all you need" (2017).

    Parameters
    ----------
    query : Tensor, shape (..., L, E)
    key, value : Tensor, shape (..., S, E) and (..., S, V)
    attn_mask : Tensor, shape (..., L, S), optional
        True where attention is allowed, or numbers that are added.
    is_causal : bool
        Each position attends to itself and those before.
    scale : float, optional
        1 / sqrt(E) by default.
    enable_gqa : bool
        Each head of key and value serves several of query.
    """
    factor = 1 / math.sqrt(max(query.shape[-1], 1)) if scale is None else scale
    if enable_gqa:
        key = key.repeat_interleave(query.shape[-3] // key.shape[-3], -3)
        value = value.repeat_interleave(query.shape[-3] // value.shape[-3], -3)
    scores = agrad.matmul(query * factor, key.transpose(-2, -1))
    if is_causal:
        if attn_mask is not None:
            raise RuntimeError(
                "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True"
            )
        ones = agrad.ones(query.shape[-2], key.shape[-2], dtype=agrad.bool, device=query.device)
        attn_mask = agrad.tril(ones)
    if attn_mask is not None:
        allowed = attn_mask.dtype == agrad.bool
        scores = scores.masked_fill(~attn_mask, float("-inf")) if allowed else scores + attn_mask
    weights = softmax(scores, -1) if attn_mask is None else softmax_of_masked(scores)
    return agrad.matmul(dropout(weights, dropout_p) if dropout_p else weights, value)


def softmax_of_masked(scores: Any) -> Any:
    """Return the softmax along the last axis; zeros, not nan, for a position that may attend to nothing."""
    none = (scores.detach() == float("-inf")).all(-1, keepdim=True)
    held = agrad.where(none, agrad.zeros_like(scores), scores)
    return agrad.where(none, agrad.zeros_like(held), softmax(held, -1))


@in_float32
def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """Return the sum, mean or largest of the rows of `weight` that each bag names.

    Parameters
    ----------
    input : Tensor of int64, shape (B, N), or (N,) with `offsets`, where each bag starts
    per_sample_weights : Tensor of input's shape, optional
        Factors, for mode "sum".
    padding_idx : int, optional
        A row that does not count.
    """
    if scale_grad_by_freq or sparse:
        raise UnsupportedOperation(
            "embedding_bag takes neither scale_grad_by_freq nor sparse. Leave them False: gradients are dense."
        )
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            f"embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got mode='{mode}')."
        )
    if input.ndim == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences."
            )
        bags = [list(range(i * input.shape[1], (i + 1) * input.shape[1])) for i in range(input.shape[0])]
        flat = input.reshape(-1)
        factors = None if per_sample_weights is None else per_sample_weights.reshape(-1)
    else:
        if offsets is None:
            raise ValueError("offsets has to be a 1D Tensor but got None")
        starts = offsets.tolist()
        stops = starts[1:] if include_last_offset else [*starts[1:], input.shape[0]]
        bags = [list(range(start, stop)) for start, stop in zip(starts, stops, strict=False)]
        flat, factors = input, per_sample_weights
    rows = embedding(flat, weight, padding_idx, max_norm, norm_type)
    if factors is not None:
        rows = rows * factors.unsqueeze(-1)
    if padding_idx is not None:
        labels = flat.tolist()
        skipped = padding_idx % weight.shape[0]
        bags = [[place for place in bag if labels[place] != skipped] for bag in bags]
    zero = agrad.zeros(weight.shape[1], dtype=weight.dtype, device=weight.device)
    found = [_bagged(rows[agrad.tensor(bag, device=input.device)], mode) if bag else zero for bag in bags]
    return agrad.stack(found)


def _bagged(rows: Any, mode: str) -> Any:
    """Return one row of several.

    Raises
    ------
    ValueError
        For another mode than sum, mean and max.
    """
    if mode == "sum":
        return rows.sum(0)
    if mode == "mean":
        return rows.mean(0)
    if mode == "max":
        return rows.max(0).values
    raise ValueError("mode has to be one of sum, mean or max")


__all__ = ["embedding_bag", "scaled_dot_product_attention"]
