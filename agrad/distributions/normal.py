"""The normal distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import agrad
from agrad.distributions.distribution import POSITIVE, REAL, Distribution, broadcast_all

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class Normal(Distribution):
    """The normal distribution.

    Parameters
    ----------
    loc, scale : float or Tensor
        The mean and the standard deviation.

    Examples
    --------
    >>> from agrad.distributions import Normal
    >>> Normal(0.0, 1.0)
    Normal(loc: 0.0, scale: 1.0)
    """

    constraints: ClassVar[dict[str, tuple[str, Any]]] = {"loc": REAL, "scale": POSITIVE}
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(self.loc.shape, (), validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.loc

    @property
    def mode(self) -> Tensor:
        """The most likely value."""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.stddev.pow(2)

    @property
    def stddev(self) -> Tensor:
        """The standard deviation."""
        return self.scale

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draw values that carry gradients to the parameters."""
        shape = self._extended_shape(sample_shape)
        return self.loc + agrad.randn(shape, dtype=self.loc.dtype, device=self.loc.device) * self.scale

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the logarithm of the density."""
        distance = (value - self.loc) ** 2 / (2 * self.scale**2)
        return -distance - self.scale.log() - math.log(math.sqrt(2 * math.pi))

    def cdf(self, value: Tensor) -> Tensor:
        """Return the probability of a value not larger."""
        return 0.5 * (1 + agrad.erf((value - self.loc) / self.scale / math.sqrt(2)))

    def icdf(self, value: Tensor) -> Tensor:
        """Return the inverse of :meth:`cdf`."""
        return self.loc + self.scale * agrad.erfinv(2 * value - 1) * math.sqrt(2)

    def entropy(self) -> Tensor:
        """Return the entropy."""
        return 0.5 + 0.5 * math.log(2 * math.pi) + agrad.log(self.scale)


__all__ = ["Normal"]
