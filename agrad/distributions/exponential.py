"""The exponential distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import agrad
from agrad.distributions.distribution import POSITIVE, Distribution, broadcast_all

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class Exponential(Distribution):
    """The exponential distribution, of density rate exp(-rate x)."""

    constraints: ClassVar[dict[str, tuple[str, Any]]] = {"rate": POSITIVE}
    has_rsample = True

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.shape, (), validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.rate.reciprocal()

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.rate.pow(-2)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draw values that carry gradients to the rate."""
        draws = agrad.rand(self._extended_shape(sample_shape), dtype=self.rate.dtype, device=self.rate.device)
        return -agrad.log1p(-draws) / self.rate

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the logarithm of the density."""
        return self.rate.log() - self.rate * value

    def cdf(self, value: Tensor) -> Tensor:
        """Return the probability of a value not larger."""
        return 1 - agrad.exp(-self.rate * value)

    def icdf(self, value: Tensor) -> Tensor:
        """Return the inverse of :meth:`cdf`."""
        return -agrad.log1p(-value) / self.rate

    def entropy(self) -> Tensor:
        """Return the entropy."""
        return 1.0 - agrad.log(self.rate)


__all__ = ["Exponential"]
