"""The Bernoulli distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import agrad
from agrad.distributions.distribution import REAL, UNIT, Distribution, broadcast_all
from agrad.nn.functional import binary_cross_entropy_with_logits

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class Bernoulli(Distribution):
    """1 with a probability, and else 0.

    Parameters
    ----------
    probs, logits : float or Tensor
        The probability, or log(p / (1 - p)): one of them.
    """

    constraints: ClassVar[dict[str, tuple[str, Any]]] = {"probs": UNIT, "logits": REAL}

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        if probs is not None:
            (self.probs,) = broadcast_all(probs)
            shape = self.probs.shape
        else:
            (self.logits,) = broadcast_all(logits)
            shape = self.logits.shape
        super().__init__(shape, (), validate_args)

    def __getattr__(self, name: str) -> Any:
        # the one that was not given, when it is asked for
        if name == "probs" and "logits" in self.__dict__:
            return agrad.sigmoid(self.logits)
        if name == "logits" and "probs" in self.__dict__:
            eps = agrad.finfo(self.probs.dtype).eps
            held = self.probs.clamp(min=eps, max=1 - eps)
            return agrad.log(held) - agrad.log1p(-held)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.probs

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draw zeros and ones."""
        with agrad.no_grad():
            return agrad.bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the logarithm of the probability."""
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self) -> Tensor:
        """Return the entropy."""
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")


__all__ = ["Bernoulli"]
