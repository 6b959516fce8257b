"""Distributions against PyTorch: densities, moments, entropies, divergences, texts and errors; samples by their moments."""

from __future__ import annotations

import numpy as np
import pytest
from oracle import BACKENDS, Error, Row, case_id, cases, check, floats

import agrad
import agrad.distributions

LOC, SCALE = floats(3), floats(3, low=0.3)
PROBS = floats(2, 4, low=0.1)

MADE = [
    ("Normal", lambda d, a, b: d.Normal(a, b), (LOC, SCALE), 0.3),
    ("Uniform", lambda d, a, b: d.Uniform(a - 3, a + b + 3), (LOC, SCALE), 0.1),
    ("Exponential", lambda d, a: d.Exponential(a), (SCALE,), 0.7),
    ("Bernoulli", lambda d, a: d.Bernoulli(a), (floats(3, low=0.1, high=0.9),), 1.0),
    ("Bernoulli of logits", lambda d, a: d.Bernoulli(logits=a), (LOC,), 0.0),
    ("Categorical", lambda d, a: d.Categorical(a), (PROBS,), 2.0),
    ("Categorical of logits", lambda d, a: d.Categorical(logits=a), (floats(4),), 2.0),
    ("Multinomial", lambda d, a: d.Multinomial(8, a), (PROBS,), 2.0),
    ("Poisson", lambda d, a: d.Poisson(a), (SCALE,), 3.0),
]


def asked(t, made, what, value):
    """Return what a distribution says, or that it says nothing."""
    if what in ("log_prob", "cdf", "icdf"):
        at = t.tensor(value, dtype=t.float64)
        if what == "log_prob" and type(made).__name__ == "Multinomial":
            at = t.ones(4, dtype=t.float64) * 2
        return getattr(made, what)(at)
    found = getattr(made, what)
    return found() if callable(found) else found


SAYS = {
    "Normal": ("mean", "variance", "stddev", "entropy", "log_prob", "cdf", "icdf", "perplexity"),
    "Uniform": ("mean", "variance", "entropy", "cdf", "icdf"),
    "Exponential": ("mean", "variance", "stddev", "entropy", "log_prob", "cdf", "icdf"),
    "Bernoulli": ("mean", "variance", "entropy", "log_prob", "probs", "logits"),
    "Categorical": ("entropy", "log_prob", "probs", "logits"),
    "Multinomial": ("mean", "variance", "log_prob"),
    "Poisson": ("mean", "variance", "log_prob"),
}

ROWS = [
    *[
        Row(
            f"{name}: {what}",
            lambda t, *x, m=make, w=what, v=value: asked(t, m(t.distributions, *x), w, 0.4 if w == "icdf" else v),
            inputs,
            rtol=1e-12,
        )
        for name, make, inputs, value in MADE
        for what in SAYS[name.split()[0]]
    ],
    *[
        Row(
            f"{name}: text",
            lambda t, *x, m=make: repr(m(t.distributions, *x)).replace("agrad", "torch"),
            inputs,
            grad=False,
        )
        for name, make, inputs, _ in MADE
    ],
    *[
        Row(
            f"{name}: divergence",
            lambda t, *x, m=make: t.distributions.kl_divergence(
                m(t.distributions, *x), m(t.distributions, *(y * 0.9 for y in x))
            ),
            inputs,
            rtol=1e-10,
            atol=1e-14,
        )
        for name, make, inputs, _ in MADE
        if name not in ("Multinomial", "Uniform")
    ],
    *[
        Row(
            f"{name}: shapes",
            lambda t, *x, m=make: (
                m(t.distributions, *x).sample((5, 2)).shape,
                m(t.distributions, *x).sample().dtype == t.float64,
            ),
            inputs,
            grad=False,
        )
        for name, make, inputs, _ in MADE
    ],
    Row("numbers", lambda t: repr(t.distributions.Normal(0.0, 1.0)), grad=False),
    Row("Uniform: density inside", lambda t: t.distributions.Uniform(0.0, 2.0).log_prob(t.tensor([1.0, 0.5]))),
]

ERRORS = [
    Error(
        "scale", lambda t: t.distributions.Normal(0.0, -1.0), "to satisfy the constraint GreaterThan(lower_bound=0.0)"
    ),
    Error("low", lambda t: t.distributions.Uniform(1.0, 1.0), "to satisfy the constraint LessThan"),
    Error(
        "both",
        lambda t: t.distributions.Bernoulli(0.5, 0.5),
        "Either `probs` or `logits` must be specified, but not both.",
    ),
]


@pytest.mark.parametrize(("row", "backend"), cases(ROWS + ERRORS), ids=case_id)
def test_distributions(row, backend):
    check(row, backend)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("name", "make", "inputs"),
    [one[:3] for one in MADE if not one[0].startswith("Categorical")],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_samples_have_their_moments(name, make, inputs, backend):
    with agrad.use_backend(backend):
        agrad.manual_seed(0)
        made = make(agrad.distributions, *(agrad.tensor(x) for x in inputs))
        drawn = made.sample((4000,))
        error = (drawn.mean(0) - made.mean).abs() / (made.variance / 4000).sqrt()
        assert bool((error < 5).all())
        np.testing.assert_allclose(drawn.var(0).tolist(), made.variance.tolist(), rtol=0.25)


@pytest.mark.parametrize("backend", BACKENDS)
def test_classes_come_as_often_as_they_should(backend):
    with agrad.use_backend(backend):
        agrad.manual_seed(0)
        probs = agrad.tensor([[0.1, 0.2, 0.7], [0.5, 0.5, 0.0]])
        drawn = agrad.distributions.Categorical(probs).sample((6000,))
        share = agrad.nn.functional.one_hot(drawn, 3).to(agrad.float32).mean(0)
        assert float((share - probs).abs().max()) < 5 * 0.5 / 6000**0.5


def test_samples_carry_gradients():
    agrad.manual_seed(0)
    loc = agrad.zeros(3, requires_grad=True)
    agrad.distributions.Normal(loc, 1.0).rsample((4,)).sum().backward()
    assert loc.grad is not None
    assert loc.grad.tolist() == [4.0] * 3
    assert not agrad.distributions.Normal(loc, 1.0).sample().requires_grad
