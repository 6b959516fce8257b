"""The uniform distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import agrad
from agrad.distributions.distribution import REAL, Distribution, broadcast_all, is_known_false

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class Uniform(Distribution):
    """The uniform distribution on [low, high)."""

    constraints: ClassVar[dict[str, tuple[str, Any]]] = {"low": REAL, "high": REAL}
    has_rsample = True

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        self.low, self.high = broadcast_all(low, high)
        super().__init__(self.low.shape, (), validate_args)
        if validate_args is not False and is_known_false(self.low < self.high):
            raise ValueError(
                f"Expected parameter low (Tensor of shape {tuple(self.low.shape)}) of distribution {self!r} to satisfy the constraint "
                f"LessThan(upper_bound={self.high}), but found invalid values:\n{self.low}"
            )

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return (self.high + self.low) / 2

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return (self.high - self.low).pow(2) / 12

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draw values that carry gradients to the parameters."""
        shape = self._extended_shape(sample_shape)
        return self.low + agrad.rand(shape, dtype=self.low.dtype, device=self.low.device) * (self.high - self.low)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the logarithm of the density: -inf outside."""
        inside = (self.low <= value) & (self.high > value)
        return agrad.log(inside.to(self.low.dtype)) - agrad.log(self.high - self.low)

    def cdf(self, value: Tensor) -> Tensor:
        """Return the probability of a value not larger."""
        return ((value - self.low) / (self.high - self.low)).clamp(min=0, max=1)

    def icdf(self, value: Tensor) -> Tensor:
        """Return the inverse of :meth:`cdf`."""
        return value * (self.high - self.low) + self.low

    def entropy(self) -> Tensor:
        """Return the entropy."""
        return agrad.log(self.high - self.low)


__all__ = ["Uniform"]
