"""Every primitive's batching rule against a loop, on the samples of the conformance cases.

A confusing case: a rule may be right when all operands have a batch axis and wrong when one is shared, so every choice of batched operands
is tried. That no primitive falls back to the loop is a test too.
"""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
from agrad_conformance import driver
from agrad_conformance.case import INEXACT, A, Case, I, Sample, V, draw
from agrad_conformance.cases import all_cases
from agrad_conformance.driver import Place

import agrad
from agrad import array_api as xp
from agrad import func
from agrad.engine import vmap_level
from agrad.engine.primitive import registry
from agrad.errors import AgradError

BATCH = 3
CASES = {case.name: case for case in all_cases()}
BACKENDS = [name for name in ("numpy", "jax", "strict") if name in agrad.available_backends()]

#: the shape of what these give depends on values: with the argument that decides it batched, they must refuse
DATA_DEPENDENT = {
    "nonzero": (0,),
    "unique_structure": (0,),
    "row_structure": (0,),
    "unique_rows": (0,),
    "unique_all": (0,),
    "unique_counts": (0,),
    "unique_inverse": (0,),
    "unique_values": (0,),
    "repeat_positions": (0,),
    "repeat": (1,),
    "mask_get": (1,),
    "mask_set": (2,),
}

#: user-made primitives of other tests, and what the judge tests the loop itself with
OURS = [name for name, op in registry.items() if (op.forward.__module__ or "").startswith("agrad.")]


def test_no_primitive_falls_back_to_the_loop():
    without = [
        name for name in OURS if not (registry[name].elementwise or registry[name].batch or name in vmap_level.rules)
    ]
    assert not without, f"no batching rule: {without}. Name one in agrad/primitives/_batching_*.py, or pass batch=."


def test_every_rule_has_its_primitive():
    assert not [name for name in vmap_level.rules if name not in registry]


def _positions(sample: Sample) -> list[int]:
    """Return the arguments that are arrays, or lists of them."""

    def is_array(spec):
        return isinstance(spec, (A, V, I)) or (isinstance(spec, (list, tuple)) and any(map(is_array, spec)))

    return [position for position, spec in enumerate(sample.args) if is_array(spec)]


def _choices(positions: list[int]) -> list[tuple[int, ...]]:
    if len(positions) > 3:
        return [tuple(positions), *((one,) for one in positions)]
    return [chosen for n in range(1, len(positions) + 1) for chosen in itertools.combinations(positions, n)]


def _stack(values, place):
    """Return trees of NumPy arrays as one tree of Tensors with a batch axis."""
    if isinstance(values[0], (list, tuple)):
        return type(values[0])(_stack(list(parts), place) for parts in zip(*values, strict=True))
    return driver.to_tensor(np.stack(values), place)


def _map(function, tree):
    return type(tree)(_map(function, part) for part in tree) if isinstance(tree, (list, tuple)) else function(tree)


class Trial:
    """One sample with one choice of batched arguments: the whole batch, and each example alone."""

    def __init__(self, case: Case, number: int, dtype: str, chosen: tuple[int, ...], place: Place) -> None:
        sample = case.samples[number]
        name = f"{case.name}/{number}"
        shared = [draw(spec, dtype, name, position) for position, spec in enumerate(sample.args)]
        alone = [
            [
                draw(spec, dtype, f"{name}/{example}", position) if position in chosen else shared[position]
                for position, spec in enumerate(sample.args)
            ]
            for example in range(BATCH)
        ]
        self.examples = [[driver.to_tensor(value, place) for value in args] for args in alone]
        self.batch = [
            _stack([args[position] for args in alone], place) if position in chosen else self.examples[0][position]
            for position in range(len(sample.args))
        ]
        self.in_dims = tuple(0 if position in chosen else None for position in range(len(sample.args)))
        operation = driver.operation(case.name)
        params = dict(sample.params)

        def function(*args):
            answer = case.call(operation, *args, **params) if case.call else operation(*args, **params)
            return tuple(driver.outputs_of(answer))

        self.function = function
        self.refuses = any(position in chosen for position in DATA_DEPENDENT.get(case.name, ()))


def _trials(case: Case, dtype: str, place: Place, quick: bool):
    for number, sample in enumerate(case.samples[:2] if quick else case.samples):
        if sample.dtypes is not None and dtype not in sample.dtypes:
            continue
        choices = _choices(_positions(sample))
        for chosen in choices[-1:] if quick else choices:
            yield sample, Trial(case, number, dtype, chosen, place)


def _close(got, wanted, message):
    assert got.shape == wanted.shape, message
    if wanted.dtype.kind in "fc":
        np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-11, err_msg=message)
    else:
        np.testing.assert_array_equal(got, wanted, err_msg=message)


def _compared(case, outs):
    if case.post is None:
        return outs
    answer = case.post(*outs)
    return [np.asarray(part) for part in (answer if isinstance(answer, tuple) else (answer,))]


@pytest.fixture(autouse=True)
def _no_loop(monkeypatch):
    def refuse(xp, op, *_):
        raise AssertionError(f"{op.name} ran once per example")

    monkeypatch.setattr(vmap_level, "one_by_one", refuse)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", CASES)
def test_rule_is_a_loop(name, backend):
    case, place = CASES[name], Place(backend)
    dtypes = [dtype for dtype in case.dtypes if dtype not in ("float32", "complex64")] or list(case.dtypes)
    for dtype in dtypes:
        if not place.backend.supports(driver.dtypes.by_name(dtype)) or backend in case.skip:
            continue
        for sample, trial in _trials(case, dtype, place, quick=backend != "numpy"):
            told = f"{name} {dtype} in_dims={trial.in_dims} {sample}"
            try:
                outs = func.vmap(trial.function, in_dims=trial.in_dims)(*trial.batch)
            except AgradError as error:
                if "dynamic shape" in str(error):
                    assert trial.refuses, f"{told}: {error}"
                else:  # the values drawn are not for this operation: then some example alone says so too
                    with pytest.raises(type(error)):
                        [trial.function(*args) for args in trial.examples]
                continue
            assert not trial.refuses or name == "mask_set", told
            each = [trial.function(*args) for args in trial.examples]
            for example in range(BATCH):
                got = _compared(case, [driver.to_numpy(out[example]) for out in outs])
                wanted = _compared(case, [driver.to_numpy(out) for out in each[example]])
                for a, b in zip(got, wanted, strict=True):
                    _close(a, b, f"{told}, example {example}")


def _scalar(case: Case, outs):
    """Return a real number that depends on all floating outputs."""
    if case.scalar is not None:
        return case.scalar(xp, outs)
    total = None
    for out in outs:
        if not out._options.is_inexact:
            continue
        part = xp.sum(xp.abs(out) ** 2 if out._options.is_complex else xp.sin(out) + out * out)
        total = part if total is None else total + part
    return total


def _gradient(case: Case, function, argnums):
    return func.grad(lambda *args: _scalar(case, function(*args)), argnums)


def _tangent(case: Case, function, argnums):
    """Return the derivative along ones of the chosen arguments, as a function of all arguments."""

    def tangent(*args):
        inner = lambda *chosen: _scalar(case, function(*_with(args, argnums, chosen)))
        chosen = tuple(args[p] for p in argnums)
        return func.jvp(inner, chosen, tuple(xp.ones_like(one) for one in chosen))[1]

    return tangent


def _with(args, positions, chosen):
    replaced = list(args)
    for position, value in zip(positions, chosen, strict=True):
        replaced[position] = value
    return replaced


def _differentiated(sample: Sample, trial: Trial) -> tuple[int, ...]:
    positions = [p for p in _positions(sample) if sample.wrt is None or p in sample.wrt]
    return tuple(
        p for p in positions if isinstance(trial.batch[p], agrad.Tensor) and trial.batch[p]._options.is_inexact
    )


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.differentiable])
def test_rule_of_the_derivatives(name):
    """The gradients of all examples at once are those of each, and so are the tangents."""
    case, place = CASES[name], Place("numpy")
    dtype = "float64" if "float64" in case.dtypes else case.dtypes[-1]
    if dtype not in INEXACT:
        pytest.skip("nothing floating")
    for sample, trial in _trials(case, dtype, place, quick=False):
        argnums = _differentiated(sample, trial)
        if not argnums or not sample.differentiable or trial.refuses:
            continue
        if _scalar(case, trial.function(*trial.examples[0])) is None:
            continue
        told = f"{name} in_dims={trial.in_dims} {sample}"
        gradient = _gradient(case, trial.function, argnums)
        together = func.vmap(gradient, in_dims=trial.in_dims)(*trial.batch)
        for example, args in enumerate(trial.examples):
            for a, b in zip(together, gradient(*args), strict=True):
                _close(driver.to_numpy(a[example]), driver.to_numpy(b), f"{told}, gradient of example {example}")
        if not case.jvp:
            continue
        tangent = _tangent(case, trial.function, argnums)
        pushed = func.vmap(tangent, in_dims=trial.in_dims)(*trial.batch)
        for example, args in enumerate(trial.examples):
            _close(driver.to_numpy(pushed[example]), driver.to_numpy(tangent(*args)), f"{told}, tangent of {example}")
