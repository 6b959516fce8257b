"""Distributions of random values: the ones that a first course meets, under torch.distributions' names."""

from __future__ import annotations

from agrad.distributions.bernoulli import Bernoulli
from agrad.distributions.categorical import Categorical
from agrad.distributions.distribution import Distribution
from agrad.distributions.exponential import Exponential
from agrad.distributions.kl import kl_divergence, register_kl
from agrad.distributions.multinomial import Multinomial
from agrad.distributions.normal import Normal
from agrad.distributions.poisson import Poisson
from agrad.distributions.uniform import Uniform

__all__ = [
    "Bernoulli",
    "Categorical",
    "Distribution",
    "Exponential",
    "Multinomial",
    "Normal",
    "Poisson",
    "Uniform",
    "kl_divergence",
    "register_kl",
]


def __dir__() -> list[str]:
    return list(__all__)
