"""The Kullback-Leibler divergence between two distributions of one kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import agrad
from agrad.distributions.bernoulli import Bernoulli
from agrad.distributions.categorical import Categorical
from agrad.distributions.exponential import Exponential
from agrad.distributions.normal import Normal
from agrad.distributions.poisson import Poisson
from agrad.distributions.uniform import Uniform

if TYPE_CHECKING:
    from agrad.tensor import Tensor

_rules: dict[tuple[type, type], Callable[[Any, Any], Any]] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Callable[[Any, Any], Any]], Callable[[Any, Any], Any]]:
    """Say how two kinds of distributions diverge; a decorator of ``f(p, q)``."""

    def keep(rule: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        _rules[type_p, type_q] = rule
        return rule

    return keep


def kl_divergence(p: Any, q: Any) -> Tensor:
    """Return the mean under p of log p - log q.

    Raises
    ------
    NotImplementedError
        For a pair of kinds of which nobody has said it.
    """
    for kind in type(p).__mro__:
        for other in type(q).__mro__:
            rule = _rules.get((kind, other))
            if rule is not None:
                return rule(p, q)
    raise NotImplementedError(
        f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}"
    )


@register_kl(Normal, Normal)
def _normal(p: Any, q: Any) -> Any:
    ratio = (p.scale / q.scale).pow(2)
    distance = ((p.loc - q.loc) / q.scale).pow(2)
    return 0.5 * (ratio + distance - 1 - ratio.log())


@register_kl(Uniform, Uniform)
def _uniform(p: Any, q: Any) -> Any:
    found = agrad.log((q.high - q.low) / (p.high - p.low))
    outside = (q.low > p.low) | (q.high < p.high)
    return agrad.where(outside, agrad.full_like(found, float("inf")), found)


@register_kl(Exponential, Exponential)
def _exponential(p: Any, q: Any) -> Any:
    ratio = q.rate / p.rate
    return ratio - ratio.log() - 1


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Any, q: Any) -> Any:
    yes = agrad.xlogy(p.probs, p.probs) - agrad.xlogy(p.probs, q.probs)
    no = agrad.xlogy(1 - p.probs, 1 - p.probs) - agrad.xlogy(1 - p.probs, 1 - q.probs)
    return yes + no


@register_kl(Categorical, Categorical)
def _categorical(p: Any, q: Any) -> Any:
    return (p.probs * (p.logits - q.logits)).sum(-1)


@register_kl(Poisson, Poisson)
def _poisson(p: Any, q: Any) -> Any:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


__all__ = ["kl_divergence", "register_kl"]


def __dir__() -> list[str]:
    return list(__all__)
