"""Dropout and normalization as modules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import agrad
from agrad.nn import functional as F
from agrad.nn.module import Module
from agrad.nn.parameter import Parameter

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class Dropout(Module):
    """Sets elements to 0 with probability p, and divides the others by 1 - p, in training."""

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p, self.inplace = p, inplace

    def drop(self, input: Tensor) -> Tensor:
        """Return input with elements dropped, in training."""
        return F.dropout(input, self.p, self.training)

    def forward(self, input: Tensor) -> Tensor:
        """Drop, into the input itself where it was asked for."""
        if self.inplace and self.training:
            from agrad.engine.inplace import apply_inplace

            return apply_inplace(input, self.drop)
        return self.drop(input)

    def extra_repr(self) -> str:
        """Tell the probability."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout1d(Dropout):
    """Drops whole channels of input, shape (N, C, L) or (C, L)."""

    def drop(self, input: Tensor) -> Tensor:
        """Return input with channels dropped, in training."""
        return F.dropout1d(input, self.p, self.training)


class Dropout2d(Dropout):
    """Drops whole channels of input, shape (N, C, H, W) or (C, H, W)."""

    def drop(self, input: Tensor) -> Tensor:
        """Return input with channels dropped, in training."""
        return F.dropout2d(input, self.p, self.training)


class Dropout3d(Dropout):
    """Drops whole channels of input, shape (N, C, D, H, W) or (C, D, H, W)."""

    def drop(self, input: Tensor) -> Tensor:
        """Return input with channels dropped, in training."""
        return F.dropout3d(input, self.p, self.training)


class AlphaDropout(Dropout):
    """Sets elements to selu's floor with probability p, in training, and keeps mean and variance."""

    def drop(self, input: Tensor) -> Tensor:
        """Return input with elements dropped, in training."""
        return F.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(Dropout):
    """Sets whole channels to selu's floor with probability p, in training, and keeps mean and variance."""

    def drop(self, input: Tensor) -> Tensor:
        """Return input with channels dropped, in training."""
        return F.feature_alpha_dropout(input, self.p, self.training)


class _BatchNorm(Module):
    """Mean 0 and variance 1 for each channel over the batch, scaled and shifted by parameters.

    Attributes
    ----------
    weight, bias : Parameter, shape (C,), or None
    running_mean, running_var : buffers, shape (C,), or None
    num_batches_tracked : buffer, int64
    """

    dims: tuple[int, ...] = ()
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.weight: Parameter | None
        self.bias: Parameter | None
        if affine:
            self.weight = Parameter(agrad.ones(num_features, device=device, dtype=dtype))
        else:
            self.register_parameter("weight", None)
        if affine and bias:
            self.bias = Parameter(agrad.zeros(num_features, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        tracked = track_running_stats
        self.register_buffer("running_mean", agrad.zeros(num_features, device=device, dtype=dtype) if tracked else None)
        self.register_buffer("running_var", agrad.ones(num_features, device=device, dtype=dtype) if tracked else None)
        self.register_buffer("num_batches_tracked", agrad.tensor(0, device=device) if tracked else None)

    def reset_running_stats(self) -> None:
        """Forget what was tracked."""
        if self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def forward(self, input: Tensor) -> Tensor:
        """Normalize input, shape (N, C, ...)."""
        if input.ndim not in self.dims:
            told = " or ".join(f"{ndim}D" for ndim in self.dims)
            raise ValueError(f"expected {told} input (got {input.ndim}D input)")
        momentum = 0.0 if self.momentum is None else self.momentum
        if self.training and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:
                momentum = 1.0 / float(self.num_batches_tracked)
        batch = self.training or self.running_mean is None
        return F.batch_norm(
            input, self.running_mean, self.running_var, self.weight, self.bias, batch, momentum, self.eps
        )

    def extra_repr(self) -> str:
        """Tell the arguments."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(_BatchNorm):
    """Batch normalization of input, shape (N, C) or (N, C, L)."""

    dims = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Batch normalization of input, shape (N, C, H, W)."""

    dims = (4,)


class BatchNorm3d(_BatchNorm):
    """Batch normalization of input, shape (N, C, D, H, W)."""

    dims = (5,)


class LayerNorm(Module):
    """Mean 0 and variance 1 over the last axes, scaled and shifted by parameters of their shape."""

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape, self.eps, self.elementwise_affine = shape, eps, elementwise_affine
        self.weight: Parameter | None
        self.bias: Parameter | None
        if elementwise_affine:
            self.weight = Parameter(agrad.ones(shape, device=device, dtype=dtype))
        else:
            self.register_parameter("weight", None)
        if elementwise_affine and bias:
            self.bias = Parameter(agrad.zeros(shape, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)

    def forward(self, input: Tensor) -> Tensor:
        """Normalize input, shape (..., *normalized_shape)."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Tell the arguments."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class GroupNorm(Module):
    """Mean 0 and variance 1 over groups of channels, scaled and shifted by parameters, one for each channel."""

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        self.weight: Parameter | None
        self.bias: Parameter | None
        if affine:
            self.weight = Parameter(agrad.ones(num_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("weight", None)
        if affine and bias:
            self.bias = Parameter(agrad.zeros(num_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)

    def forward(self, input: Tensor) -> Tensor:
        """Normalize input, shape (N, C, ...)."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Tell the arguments."""
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, bias={self.bias is not None}"


__all__ = [
    "AlphaDropout",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "FeatureAlphaDropout",
    "GroupNorm",
    "LayerNorm",
]
