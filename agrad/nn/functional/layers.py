"""What layers compute: affine maps, embeddings, dropout, normalization, one-hot vectors, padding."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import agrad
from agrad.engine.inplace import apply_inplace
from agrad.engine.primitive import label
from agrad.errors import ShapeError
from agrad.nn.functional.convolution import _own
from agrad.primitives import windows
from agrad.torch_api.indexing_bounds import check_positions
from agrad.torch_api.padding import extended

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return input @ weight^T + bias.

    Parameters
    ----------
    input : Tensor, shape (..., I)
    weight : Tensor, shape (O, I) or (I,)
    bias : Tensor, shape (O,) or (), optional
    """
    out = agrad.matmul(input, weight.t() if weight.ndim == 2 else weight)
    if bias is None:
        return out
    return label(out + bias, "Addmm" if input.ndim == 2 else "View")


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return input1^T weight[o] input2 for each output o; weight of shape (O, I1, I2)."""
    out = agrad.einsum("...i,oij,...j->...o", input1, weight, input2)
    return out if bias is None else out + bias


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
) -> Tensor:
    """Return the rows of `weight` that `input` (of an integer dtype) names.

    Parameters
    ----------
    padding_idx : int, optional
        A row that receives no gradient.
    max_norm : float, optional
        Rows that are used and longer are first scaled down to it, in place.
    """
    if input.is_floating_point() or input.is_complex():
        raise ShapeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; "
            f"but got {input.type()} instead (while checking arguments for embedding)"
        )
    if max_norm is not None:
        with agrad.no_grad():
            rows = agrad.unique(input)
            norms = agrad.linalg.vector_norm(weight[rows], norm_type, dim=1, keepdim=True)
            scale = agrad.where(norms > max_norm, max_norm / (norms + 1e-7), agrad.ones_like(norms))
            weight[rows] = weight[rows] * scale
    found = weight[input]
    if padding_idx is not None:
        row = padding_idx + weight.shape[0] if padding_idx < 0 else padding_idx
        found = agrad.where((input != row).unsqueeze(-1), found, found.detach())
    return label(found, "Embedding")


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Return int64 vectors with a 1 at the class that `tensor` names, along a new last axis."""
    if tensor.is_floating_point():
        raise ShapeError("one_hot is only applicable to index tensor of type LongTensor.")
    check_positions(tensor, None, "Class values must be non-negative.", ShapeError)
    if num_classes == -1:
        num_classes = int(tensor.max()) + 1
    else:
        check_positions(tensor, num_classes, "Class values must be smaller than num_classes.", ShapeError)
    classes = agrad.arange(num_classes, dtype=tensor.dtype, device=tensor.device)
    return (tensor.unsqueeze(-1) == classes).to(agrad.int64)


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Return input with elements set to 0 with probability `p`, and the others divided by 1 - p, in training."""
    return _maybe_dropped(input, p, training, tuple(input.shape), inplace)


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Drop whole channels of input, shape (N, C, L) or (C, L)."""
    return _maybe_dropped(input, p, training, (*input.shape[:-1], 1), inplace)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Drop whole channels of input, shape (N, C, H, W) or (C, H, W)."""
    return _maybe_dropped(input, p, training, (*input.shape[:-2], 1, 1), inplace)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Drop whole channels of input, shape (N, C, D, H, W) or (C, D, H, W)."""
    return _maybe_dropped(input, p, training, (*input.shape[:-3], 1, 1, 1), inplace)


def _maybe_dropped(input: Any, p: float, training: bool, shape: tuple[int, ...], inplace: bool) -> Any:
    if inplace and training and p != 0.0:
        return apply_inplace(input, _dropped, p, training, shape)
    return _dropped(input, p, training, shape)


def _dropped(input: Any, p: float, training: bool, shape: tuple[int, ...]) -> Any:
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0.0:
        return input
    if p == 1.0:
        return input * 0.0
    kept = agrad.rand(shape, dtype=input.dtype, device=input.device) >= p
    return input * (kept.to(input.dtype) / (1.0 - p))


#: what an element that alpha_dropout drops becomes: selu's value far below 0
_SELU_FLOOR = -1.7580993408473766


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Return input with elements set to selu's floor with probability `p`, scaled and moved to keep its mean and variance.

    Source: G. Klambauer and others, "Self-normalizing neural networks" (2017).
    """
    shape = tuple(input.shape)
    if inplace and training and p != 0.0:
        return apply_inplace(input, _alpha_dropped, p, training, shape)
    return _alpha_dropped(input, p, training, shape)


def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Return :func:`alpha_dropout` of whole channels of input, shape (N, C, ...)."""
    shape = (*input.shape[:2], *(1 for _ in input.shape[2:]))
    if inplace and training and p != 0.0:
        return apply_inplace(input, _alpha_dropped, p, training, shape)
    return _alpha_dropped(input, p, training, shape)


def _alpha_dropped(input: Any, p: float, training: bool, shape: tuple[int, ...]) -> Any:
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0.0:
        return input
    if p == 1.0:
        return input * 0.0
    scale = 1.0 / math.sqrt((1.0 - p) * (1.0 + p * _SELU_FLOOR**2))
    kept = (agrad.rand(shape, dtype=input.dtype, device=input.device) >= p).to(input.dtype)
    return input * (kept * scale) + ((1.0 - kept) * _SELU_FLOOR - p * _SELU_FLOOR) * scale


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Return input with mean 0 and variance 1 over its last axes, of shape `normalized_shape`, scaled and shifted."""
    shape = tuple(normalized_shape)
    if tuple(input.shape[input.ndim - len(shape) :]) != shape:
        raise ShapeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [*, {', '.join(map(str, shape))}], but got "
            f"input of size{list(input.shape)}"
        )
    return label(_affine(_standardized(input, tuple(range(-len(shape), 0)), eps), weight, bias), "NativeLayerNorm")


def _standardized(input: Any, axes: tuple[int, ...], eps: float) -> Any:
    centred = input - input.mean(axes, keepdim=True)
    return centred * agrad.rsqrt((centred * centred).mean(axes, keepdim=True) + eps)


def _affine(out: Any, weight: Any, bias: Any) -> Any:
    if weight is not None:
        out = out * weight
    return out if bias is None else out + bias


def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Return input divided by the root of the mean of its squares over its last axes."""
    axes = tuple(range(-len(tuple(normalized_shape)), 0))
    eps = agrad.finfo(input.dtype).eps if eps is None else eps
    out = input * agrad.rsqrt((input * input).mean(axes, keepdim=True) + eps)
    return out if weight is None else out * weight


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Return input, shape (N, C, ...), with mean 0 and variance 1 over groups of channels."""
    examples, channels = input.shape[:2]
    if channels % num_groups:
        raise ShapeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(input.shape)} and num_groups={num_groups}"
        )
    grouped = input.reshape(examples, num_groups, -1)
    out = _standardized(grouped, (2,), eps).reshape(*input.shape)
    return label(_affine(out, _channels(weight, input.ndim), _channels(bias, input.ndim)), "NativeGroupNorm")


def _channels(vector: Any, ndim: int) -> Any:
    return None if vector is None else vector.reshape(1, -1, *(1,) * (ndim - 2))


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Return input, shape (N, C, ...), with mean 0 and variance 1 over the positions of each channel.

    Parameters
    ----------
    running_mean, running_var : Tensor, shape (C,), optional
        Taken where `use_input_stats` is False; else moved towards the examples' average by `momentum`, in place.
    """
    shape, axes = tuple(input.shape), tuple(range(2, input.ndim))
    if use_input_stats:
        if math.prod(shape[2:]) == 1:
            raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.size()}")
        if running_mean is not None and running_var is not None:
            with agrad.no_grad():
                running_mean.mul_(1 - momentum).add_(input.detach().mean((0, *axes)), alpha=momentum)
                running_var.mul_(1 - momentum).add_(input.detach().var(axes).mean(0), alpha=momentum)
        out = _standardized(input, axes, eps)
    else:
        if running_mean is None or running_var is None:
            raise ShapeError("Expected running_mean and running_var to be defined when use_input_stats=False")
        mean, var = _channels(running_mean, input.ndim), _channels(running_var, input.ndim)
        out = (input - mean) * agrad.rsqrt(var + eps)
    return _affine(out, _channels(weight, input.ndim), _channels(bias, input.ndim))


def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """Return input divided by (k + alpha * mean of squares over `size` neighbouring channels)^beta.

    Source: A. Krizhevsky and others, "ImageNet classification with deep convolutional neural networks" (2012).
    """
    if input.ndim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality input (got {input.ndim} dimensions)")
    squares = pad(input * input, (0, 0) * (input.ndim - 2) + (size // 2, (size - 1) // 2))
    mean = squares.unfold(1, size, 1).sum(-1) / size
    return input / (mean * alpha + k) ** beta


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Return input, shape (N, C, ...), with mean 0 and variance 1 for each channel.

    Parameters
    ----------
    running_mean, running_var : Tensor, shape (C,)
        Taken in evaluation; in training the batch's own are taken, and these are moved towards them by `momentum`, in place (the
        variance with correction 1).
    """
    axes = (0, *range(2, input.ndim))
    if not training:
        if running_mean is None or running_var is None:
            raise ShapeError("Expected running_mean and running_var to be defined when training=False")
        mean, var = _channels(running_mean, input.ndim), _channels(running_var, input.ndim)
        out = (input - mean) * agrad.rsqrt(var + eps)
        return label(_affine(out, _channels(weight, input.ndim), _channels(bias, input.ndim)), "NativeBatchNorm")
    count = input.numel() // input.shape[1] if input.shape[1] else 0
    if count <= 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {input.size()}")
    if running_mean is not None and running_var is not None:
        with agrad.no_grad():
            running_mean.mul_(1 - momentum).add_(input.detach().mean(axes), alpha=momentum)
            running_var.mul_(1 - momentum).add_(input.detach().var(axes), alpha=momentum)
    out = _standardized(input, axes, eps)
    return label(_affine(out, _channels(weight, input.ndim), _channels(bias, input.ndim)), "NativeBatchNorm")


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """Return input divided by max(norm, eps) along `dim`."""
    size = agrad.linalg.vector_norm(input, p, dim=dim, keepdim=True)
    return input / agrad.clamp(size, min=eps)


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """Return input padded: pairs (before, after) for the last axis first; negative numbers cut off.

    Parameters
    ----------
    mode : {'constant', 'reflect', 'replicate', 'circular'}
        The others than 'constant' repeat what is inside: mirrored without the edge, the edge itself, or the other end.
    """
    sizes = tuple(pad)
    if len(sizes) % 2:
        raise ShapeError("Padding length must be divisible by 2")
    if len(sizes) // 2 > input.ndim:
        raise ShapeError("Padding length should be less than or equal to two times the input dimension")
    pairs = [(0, 0)] * (input.ndim - len(sizes) // 2) + [
        (sizes[i], sizes[i + 1]) for i in range(len(sizes) - 2, -1, -2)
    ]
    if mode == "constant":
        return windows.pad(input, pairs, value=value or 0)
    out: Any = input
    for axis, (before, after) in enumerate(pairs):
        if (before, after) != (0, 0):
            out = extended(out, axis, before, after, mode)
    return _own(out, input)


__all__ = [
    "alpha_dropout",
    "batch_norm",
    "bilinear",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "embedding",
    "feature_alpha_dropout",
    "group_norm",
    "instance_norm",
    "layer_norm",
    "linear",
    "local_response_norm",
    "normalize",
    "one_hot",
    "pad",
    "rms_norm",
]
