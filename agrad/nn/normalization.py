"""Normalization beside batches and layers: of single channels, by the root mean square, and over neighbouring channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import agrad
from agrad.nn import functional as F
from agrad.nn.module import Module
from agrad.nn.parameter import Parameter
from agrad.nn.regularization import _BatchNorm

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class _InstanceNorm(_BatchNorm):
    """Mean 0 and variance 1 for each channel of each example; a channel may have its scale and shift."""

    #: the number of axes of a batch
    batched = 3

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        """Normalize input, shape (N, C, ...) or (C, ...)."""
        if input.ndim not in (self.batched - 1, self.batched):
            raise ValueError(f"expected {self.batched - 1}D or {self.batched}D input (got {input.ndim}D input)")
        single = input.ndim == self.batched - 1
        x: Any = input.unsqueeze(0) if single else input
        if x.shape[1] != self.num_features and self.affine:
            raise ValueError(
                f"expected input's size at dim={0 if single else 1} to match num_features ({self.num_features}), but got: "
                f"{x.shape[1]}."
            )
        momentum = 0.0 if self.momentum is None else self.momentum
        out = F.instance_norm(
            x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            momentum,
            self.eps,
        )
        return out.squeeze(0) if single else out


class InstanceNorm1d(_InstanceNorm):
    """Instance normalization of input, shape (N, C, L) or (C, L)."""


class InstanceNorm2d(_InstanceNorm):
    """Instance normalization of input, shape (N, C, H, W) or (C, H, W)."""

    batched = 4


class InstanceNorm3d(_InstanceNorm):
    """Instance normalization of input, shape (N, C, D, H, W) or (C, D, H, W)."""

    batched = 5


class RMSNorm(Module):
    """Division by the root of the mean square over the last axes, scaled by a parameter of their shape.

    Source: B. Zhang, R. Sennrich, "Root mean square layer normalization" (2019).
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape, self.eps, self.elementwise_affine = shape, eps, elementwise_affine
        self.weight: Parameter | None
        if elementwise_affine:
            self.weight = Parameter(agrad.ones(shape, device=device, dtype=dtype))
        else:
            self.register_parameter("weight", None)

    def forward(self, input: Tensor) -> Tensor:
        """Normalize input, shape (..., *normalized_shape)."""
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """Tell the arguments."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class LocalResponseNorm(Module):
    """Division by a power of the mean square over neighbouring channels."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Tensor) -> Tensor:
        """Normalize input, shape (N, C, ...)."""
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        """Tell the arguments."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


__all__ = ["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "LocalResponseNorm", "RMSNorm"]
