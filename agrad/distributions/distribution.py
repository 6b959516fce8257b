"""The base of all distributions: shapes, what a parameter may be, and what follows from a distribution's own methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import agrad

if TYPE_CHECKING:
    from agrad.tensor import Tensor

#: what a parameter has to satisfy: how PyTorch names it, and the test
REAL = ("Real()", lambda x: x == x)
POSITIVE = ("GreaterThan(lower_bound=0.0)", lambda x: x > 0)
NOT_NEGATIVE = ("GreaterThanEq(lower_bound=0.0)", lambda x: x >= 0)
UNIT = ("Interval(lower_bound=0.0, upper_bound=1.0)", lambda x: (x >= 0) & (x <= 1))
SIMPLEX = ("Simplex()", lambda x: (x >= 0).all(-1) & ((x.sum(-1) - 1).abs() < 1e-6))


def broadcast_all(*values: Any) -> tuple[Any, ...]:
    """Return numbers, tensors and raw arrays as tensors of one shape; a number takes the dtype of the first array."""
    values = tuple(value if isinstance(value, (int, float)) else agrad.as_tensor(value) for value in values)
    tensors = [value for value in values if isinstance(value, agrad.Tensor)]
    like = tensors[0] if tensors else None
    dtype = agrad.get_default_dtype() if like is None else like.dtype
    device = None if like is None else like.device
    made = [
        value if isinstance(value, agrad.Tensor) else agrad.tensor(value, dtype=dtype, device=device)
        for value in values
    ]
    return agrad.broadcast_tensors(*made)


def is_known_false(condition: Tensor) -> bool:
    """Whether a condition is known not to hold for some element.

    What is traced by ``jax.jit`` or differs per example of a ``vmap`` has no value that a program could branch on: it is not known.
    """
    try:
        return not bool(condition.all())
    except TypeError:  # both say so, vmap's error and the tracer's
        return False


class Distribution:
    """A distribution of random values.

    Parameters
    ----------
    batch_shape : the shape of the parameters: so many distributions
    event_shape : the shape of one value
    validate_args : bool, optional
        Whether to check the parameters, as by default. Parameters whose values are not known, inside ``jax.jit`` and ``vmap``,
        are not checked.

    Attributes
    ----------
    constraints : dict from the names of parameters to what they have to satisfy; a subclass says it
    """

    constraints: ClassVar[dict[str, tuple[str, Any]]] = {}
    has_rsample = False

    def __init__(
        self, batch_shape: Sequence[int] = (), event_shape: Sequence[int] = (), validate_args: bool | None = None
    ) -> None:
        self.batch_shape, self.event_shape = agrad.Size(batch_shape), agrad.Size(event_shape)
        if validate_args is not False:
            self._validate()

    def _validate(self) -> None:
        """Check the parameters that were given.

        Raises
        ------
        ValueError
            In PyTorch's words, for one that is not what it has to be.
        """
        for name, (words, test) in self.constraints.items():
            value = self.__dict__.get(name)
            if value is not None and is_known_false(test(value)):
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of distribution {self!r} to "
                    f"satisfy the constraint {words}, but found invalid values:\n{value}"
                )

    def _extended_shape(self, sample_shape: Sequence[int] = ()) -> tuple[int, ...]:
        """Return the shape of samples of this shape."""
        return (*sample_shape, *self.batch_shape, *self.event_shape)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        raise NotImplementedError(f"{type(self).__name__} does not say its mean")

    @property
    def variance(self) -> Tensor:
        """The variance."""
        raise NotImplementedError(f"{type(self).__name__} does not say its variance")

    @property
    def stddev(self) -> Tensor:
        """The root of the variance."""
        return self.variance.sqrt()

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draw values that carry gradients to the parameters."""
        raise NotImplementedError(f"{type(self).__name__} has no samples with gradients")

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draw values, of shape sample_shape + batch_shape + event_shape."""
        with agrad.no_grad():
            return self.rsample(sample_shape)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the logarithm of the density, or of the probability, at a value."""
        raise NotImplementedError(f"{type(self).__name__} does not say its density")

    def cdf(self, value: Tensor) -> Tensor:
        """Return the probability of a value not larger."""
        raise NotImplementedError(f"{type(self).__name__} does not say its distribution function")

    def icdf(self, value: Tensor) -> Tensor:
        """Return the inverse of :meth:`cdf`."""
        raise NotImplementedError(f"{type(self).__name__} does not say its quantiles")

    def entropy(self) -> Tensor:
        """Return the entropy, in nats."""
        raise NotImplementedError(f"{type(self).__name__} does not say its entropy")

    def perplexity(self) -> Tensor:
        """Return exp(entropy)."""
        return agrad.exp(self.entropy())

    def __repr__(self) -> str:
        told = []
        for name in self.constraints:
            value = self.__dict__.get(name)
            if value is not None:
                told.append(f"{name}: {_shown(value)}")
        return f"{type(self).__name__}({', '.join(told)})"


def _shown(value: Tensor) -> Any:
    """Return how a parameter is shown: a number by its value, where it is known, and an array by its shape."""
    if value.ndim:
        return value.size()
    try:
        return value.item()
    except TypeError:
        return value.size()


__all__ = ["NOT_NEGATIVE", "POSITIVE", "REAL", "SIMPLEX", "UNIT", "Distribution", "broadcast_all", "is_known_false"]
