"""The multinomial distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import agrad
from agrad.distributions.categorical import Categorical
from agrad.distributions.distribution import REAL, SIMPLEX, Distribution

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class Multinomial(Distribution):
    """How often each of several classes is drawn in so many draws.

    Parameters
    ----------
    total_count : int
        The number of draws.
    probs, logits : Tensor, shape (..., C)
        As in :class:`Categorical`.
    """

    constraints: ClassVar[dict[str, tuple[str, Any]]] = {"probs": SIMPLEX, "logits": REAL}

    def __init__(
        self, total_count: int = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError("inhomogeneous total_count is not supported")
        self.total_count = total_count
        self._categorical = Categorical(probs, logits, validate_args)
        super().__init__(self._categorical.batch_shape, (self._categorical._num_events,), validate_args)

    @property
    def probs(self) -> Tensor:
        """The probabilities."""
        return self._categorical.probs

    @property
    def logits(self) -> Tensor:
        """The logarithms of the probabilities."""
        return self._categorical.logits

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.probs * self.total_count

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draw counts, which sum to total_count."""
        with agrad.no_grad():
            drawn = self._categorical.sample((self.total_count, *sample_shape))
            counts = agrad.zeros(self._extended_shape(sample_shape), dtype=self.probs.dtype, device=self.probs.device)
            index = drawn.movedim(0, -1)
            return counts.scatter_add(-1, index, agrad.ones_like(index).to(counts.dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the logarithm of the probability of counts."""
        shape = agrad.broadcast_shapes(tuple(self.logits.shape), tuple(value.shape))
        logits, counts = self.logits.expand(shape), value.expand(shape)
        # where nothing is drawn, nothing is said, also of classes that cannot be drawn
        logits = agrad.where((counts == 0) & agrad.isinf(logits), agrad.zeros_like(logits), logits)
        ways = agrad.lgamma(counts.sum(-1) + 1) - agrad.lgamma(counts + 1).sum(-1)
        return ways + (logits * counts).sum(-1)


__all__ = ["Multinomial"]
