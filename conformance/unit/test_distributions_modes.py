"""Every distribution inside grad, jvp, vmap and jax.jit, its parameters checked where their values are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from on_backends import BACKENDS

import agrad
import agrad.array_api as xp
from agrad import distributions, func

SCALARS, SIMPLEXES = [0.4, 0.6, 0.7], [[0.2, 0.3, 0.1, 0.4], [0.1, 0.1, 0.3, 0.5]]

#: each distribution of a parameter that transforms differentiate and map over, and parameters for it
MADE: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "Normal of loc": (lambda p: distributions.Normal(p, 1.0), SCALARS),
    "Normal of scale": (lambda p: distributions.Normal(0.0, p), SCALARS),
    "Normal of both": (lambda p: distributions.Normal(p, p), SCALARS),
    "Uniform": (lambda p: distributions.Uniform(p - 2, p + 3), SCALARS),
    "Exponential": (lambda p: distributions.Exponential(p), SCALARS),
    "Bernoulli": (lambda p: distributions.Bernoulli(p), SCALARS),
    "Bernoulli of logits": (lambda p: distributions.Bernoulli(logits=p), SCALARS),
    "Poisson": (lambda p: distributions.Poisson(p), SCALARS),
    "Categorical": (lambda p: distributions.Categorical(p), SIMPLEXES),
    "Categorical of logits": (lambda p: distributions.Categorical(logits=p), SIMPLEXES),
    "Multinomial": (lambda p: distributions.Multinomial(5, p), SIMPLEXES),
    "Multinomial of logits": (lambda p: distributions.Multinomial(5, logits=p), SIMPLEXES),
}

#: parameters that each distribution refuses
WRONG: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "Real()": (lambda p: distributions.Normal(p, 1.0), [float("nan")]),
    "GreaterThan": (lambda p: distributions.Normal(0.0, p), [-1.0]),
    "GreaterThan of a rate": (lambda p: distributions.Exponential(p), [0.0]),
    "GreaterThanEq": (lambda p: distributions.Poisson(p), [-1.0]),
    "Interval": (lambda p: distributions.Bernoulli(p), [1.5]),
    "Real() of logits": (lambda p: distributions.Bernoulli(logits=p), [float("nan")]),
    "LessThan": (lambda p: distributions.Uniform(p, p - 1), [0.0]),
    "Simplex()": (lambda p: distributions.Categorical(p), [[-0.5, 1.5]]),
    "Simplex() of counts": (lambda p: distributions.Multinomial(2, p), [[-0.5, 1.5]]),
}


def says(made: Any) -> dict[str, Callable[[], Any]]:
    """Return what a distribution can be asked for, floating and without chance."""
    counts = isinstance(made, distributions.Multinomial)
    at = xp.asarray([1.0, 2.0, 0.0, 2.0] if counts else 1.0, dtype=xp.float64)
    asked = {
        "log_prob": lambda: made.log_prob(at),
        "cdf": lambda: made.cdf(at),
        "icdf": lambda: made.icdf(xp.asarray(0.3, dtype=xp.float64)),
        "mean": lambda: made.mean,
        "variance": lambda: made.variance,
        "stddev": lambda: made.stddev,
        "entropy": lambda: made.entropy(),
        "divergence": lambda: distributions.kl_divergence(made, made),
    }

    def there(ask: Callable[[], Any]) -> bool:
        try:
            ask()
        except NotImplementedError:
            return False
        return True

    return {name: ask for name, ask in asked.items() if there(ask)}


@pytest.fixture(params=[name for name in BACKENDS if name in ("numpy", "jax")])
def library(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "numpy":
        with agrad.use_backend("numpy"):
            yield np
        return
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        with agrad.use_backend("jax"):
            yield jax.numpy
    finally:
        jax.config.update("jax_enable_x64", before)


@pytest.mark.parametrize("name", MADE)
def test_a_distribution_in_every_mode(library: Any, name: str) -> None:
    make, values = MADE[name]
    batch = library.asarray(values, dtype="float64")
    one = batch[0]

    def everything(p: Any) -> dict[str, Any]:
        return {what: ask() for what, ask in says(make(p)).items()}

    def total(p: Any) -> Any:
        return sum(xp.sum(value) for value in everything(p).values())

    eager = [{key: np.asarray(value) for key, value in everything(xp.asarray(row)).items()} for row in batch]
    assert "log_prob" in eager[0] and all(value.dtype == "float64" for value in eager[0].values())
    gradient = np.asarray(func.grad(total)(one))
    modes = {
        "jvp": lambda: {key: value[None] for key, value in func.jvp(everything, (one,), (one,))[0].items()},
        "vjp": lambda: {key: value[None] for key, value in func.vjp(everything, one)[0].items()},
        "vmap": lambda: func.vmap(everything)(batch),
    }
    if library is not np:
        import jax

        modes["jit"] = lambda: {
            key: value[None] for key, value in jax.jit(lambda p: func.vjp(everything, p)[0])(one).items()
        }
        modes["jit of vmap"] = lambda: jax.jit(func.vmap(everything))(batch)
        np.testing.assert_allclose(np.asarray(jax.jit(func.grad(total))(one)), gradient, rtol=1e-12)
    for mode, run in modes.items():
        found = run()
        assert found.keys() == eager[0].keys(), mode
        for key, rows in found.items():
            for row, expected in zip(rows, eager):
                np.testing.assert_allclose(np.asarray(row), expected[key], rtol=1e-12, err_msg=f"{mode} {key}")
    np.testing.assert_allclose(np.asarray(func.vmap(func.grad(total))(batch))[0], gradient, rtol=1e-12)
    assert np.isfinite(np.asarray(func.hessian(total)(one))).all()


@pytest.mark.parametrize("name", MADE)
def test_samples_and_texts_in_every_mode(library: Any, name: str) -> None:
    make, values = MADE[name]
    batch = library.asarray(values, dtype="float64")

    def draw(p: Any) -> Any:
        made = make(p)
        assert type(made).__name__ in repr(made)
        return made.sample((3,))

    shape = tuple(draw(xp.asarray(batch[0])).shape)
    assert tuple(func.vmap(draw, randomness="different")(batch).shape) == (len(batch), *shape)
    assert tuple(func.jvp(draw, (batch[0],), (batch[0],))[0].shape) == shape
    assert not np.asarray(func.grad(lambda p: xp.sum(draw(p)) * 1.0)(batch[0])).any()  # samples are constants
    if library is not np:
        import jax

        assert tuple(jax.jit(func.vmap(draw, randomness="different"))(batch).shape) == (len(batch), *shape)


@pytest.mark.parametrize("name", WRONG)
def test_parameters_are_checked_where_their_values_are_known(library: Any, name: str) -> None:
    make, values = WRONG[name]
    batch = library.asarray(values, dtype="float64")
    refused = pytest.raises(ValueError, match=rf"constraint {name.partition(' ')[0].partition('(')[0]}")

    def made(p: Any) -> Any:
        return xp.sum(make(p).mean if not isinstance(make(p), distributions.Categorical) else make(p).probs)

    with refused:
        make(xp.asarray(batch[0]))
    with refused:
        func.grad(made)(batch[0])
    with refused:
        func.jvp(made, (batch[0],), (batch[0],))
    # per example, or traced: not known
    func.vmap(made)(batch)
    if library is not np:
        import jax

        jax.jit(func.grad(made))(batch[0])


def test_a_normal_of_mapped_means() -> None:
    y = agrad.tensor([0.5, 1.5])
    means = agrad.tensor([0.0, 1.0, 2.0])
    found = agrad.vmap(lambda m: distributions.Normal(m, 1.0).log_prob(y))(means)
    for row, mean in zip(found, means):
        agrad.testing.assert_close(row, distributions.Normal(mean, 1.0).log_prob(y))


def test_raw_arrays_keep_their_dtype() -> None:
    assert distributions.Normal(np.zeros(2), np.ones(2)).loc.dtype is agrad.float64
    assert distributions.Normal(np.zeros(2), 1.0).scale.dtype is agrad.float64
    assert distributions.Normal(0.0, 1.0).scale.dtype is agrad.float32
