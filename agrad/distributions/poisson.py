"""The Poisson distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import agrad
from agrad.distributions.distribution import NOT_NEGATIVE, Distribution, broadcast_all

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class Poisson(Distribution):
    """Counts of events that happen at a rate."""

    constraints: ClassVar[dict[str, tuple[str, Any]]] = {"rate": NOT_NEGATIVE}

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.shape, (), validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.rate

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.rate

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draw counts."""
        with agrad.no_grad():
            return agrad.poisson(self.rate.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the logarithm of the probability."""
        rate, value = broadcast_all(self.rate, value)
        return agrad.xlogy(value, rate) - rate - agrad.lgamma(value + 1)


__all__ = ["Poisson"]
