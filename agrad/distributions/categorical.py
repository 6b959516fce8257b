"""The categorical distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import agrad
from agrad.distributions.distribution import REAL, SIMPLEX, Distribution

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class Categorical(Distribution):
    """One of several classes, 0 to C - 1.

    Parameters
    ----------
    probs, logits : Tensor, shape (..., C)
        Probabilities, scaled to sum to 1, or their logarithms up to a constant: one of them.
    """

    constraints: ClassVar[dict[str, tuple[str, Any]]] = {"probs": SIMPLEX, "logits": REAL}

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        given = probs if probs is not None else logits
        if given.ndim < 1:
            raise ValueError(
                f"`{'probs' if probs is not None else 'logits'}` parameter must be at least one-dimensional."
            )
        if probs is not None:
            self.probs = probs / probs.sum(-1, keepdim=True)
        else:
            self.logits = logits - logits.logsumexp(-1, keepdim=True)
        self._num_events = given.shape[-1]
        super().__init__(given.shape[:-1], (), validate_args)

    def __getattr__(self, name: str) -> Any:
        # the one that was not given, when it is asked for
        if name == "probs" and "logits" in self.__dict__:
            return agrad.softmax(self.logits, -1)
        if name == "logits" and "probs" in self.__dict__:
            eps = agrad.finfo(self.probs.dtype).eps
            return agrad.log(self.probs.clamp(min=eps, max=1 - eps))
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    @property
    def mode(self) -> Tensor:
        """The most likely class."""
        return self.probs.argmax(-1)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draw classes."""
        with agrad.no_grad():
            count = math.prod(sample_shape)
            rows = self.probs.reshape(-1, self._num_events)
            drawn = agrad.multinomial(rows, count, replacement=True).t()
            return drawn.reshape(self._extended_shape(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the logarithm of the probability of a class."""
        logits = self.logits
        shape = agrad.broadcast_shapes(tuple(value.shape), tuple(logits.shape[:-1]))
        index = value.to(agrad.int64).expand(shape).unsqueeze(-1)
        return logits.expand(*shape, self._num_events).gather(-1, index).squeeze(-1)

    def entropy(self) -> Tensor:
        """Return the entropy."""
        logits = agrad.clamp(self.logits, min=agrad.finfo(self.logits.dtype).min)
        return -(logits * self.probs).sum(-1)


__all__ = ["Categorical"]
