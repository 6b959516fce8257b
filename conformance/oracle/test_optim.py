"""Optimizers and schedules against PyTorch: the same parameters after some steps, to rounding."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from oracle import BACKENDS, Error, case_id, cases, check, floats, host

import agrad

OPTIMIZERS = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}),
    ("SGD", {"lr": 0.01, "maximize": True}),
    ("Adam", {"lr": 0.1}),
    ("Adam", {"lr": 0.1, "amsgrad": True, "weight_decay": 0.01}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.1}),
    ("NAdam", {"lr": 0.1}),
    ("Adamax", {"lr": 0.1}),
    ("RMSprop", {"lr": 0.05}),
    ("RMSprop", {"lr": 0.05, "momentum": 0.5, "centered": True}),
    ("Adagrad", {"lr": 0.3, "lr_decay": 0.1}),
    ("Adadelta", {}),
    ("Rprop", {"lr": 0.05}),
]


def quadratic(t, x, matrix):
    """A loss with its least value away from 0."""
    y = t.tensor(matrix) @ x - 1.0
    return (y * y).sum() + (x**4).sum() * 0.1


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("name", "options"), OPTIMIZERS, ids=lambda value: str(value))
def test_steps(name, options, backend):
    matrix = floats(3, 3)

    def run(t):
        x = t.tensor(floats(3, seed=2), requires_grad=True)
        optimizer = getattr(t.optim, name)([x], **options)
        for _ in range(6):
            optimizer.zero_grad()
            loss = quadratic(t, x, matrix)
            loss.backward()
            optimizer.step()
        return host(x)

    with agrad.use_backend(backend):
        # PyTorch keeps NAdam's product of momenta in single precision
        np.testing.assert_allclose(run(agrad), run(torch), rtol=1e-7 if name == "NAdam" else 1e-9)


SCHEDULES = [
    ("StepLR", {"step_size": 2, "gamma": 0.5}),
    ("MultiStepLR", {"milestones": [1, 4]}),
    ("ExponentialLR", {"gamma": 0.9}),
    ("ConstantLR", {"factor": 0.5, "total_iters": 3}),
    ("LinearLR", {"total_iters": 4}),
    ("CosineAnnealingLR", {"T_max": 5, "eta_min": 0.01}),
    ("LambdaLR", {"lr_lambda": lambda epoch: 0.8**epoch}),
]


@pytest.mark.parametrize(("name", "options"), SCHEDULES, ids=lambda value: value if isinstance(value, str) else "")
def test_schedules(name, options):
    def run(t):
        optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=0.4)
        schedule = getattr(t.optim.lr_scheduler, name)(optimizer, **options)
        rates = []
        for _ in range(8):
            optimizer.step()
            rates.append(schedule.get_last_lr()[0])
            schedule.step()
        return rates

    np.testing.assert_allclose(run(agrad), run(torch), rtol=1e-12)


def test_plateau():
    def run(t):
        optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=0.4)
        schedule = t.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1, cooldown=1)
        rates = []
        for value in (1.0, 0.9, 0.95, 0.91, 0.92, 0.9, 0.9, 0.9, 0.5):
            schedule.step(value)
            rates.append(optimizer.param_groups[0]["lr"])
        return rates

    np.testing.assert_allclose(run(agrad), run(torch), rtol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_lbfgs_finds_rosenbrocks_minimum(search, backend):
    with agrad.use_backend(backend):
        x = agrad.tensor([-1.2, 1.0], dtype=agrad.float64, requires_grad=True)
        optimizer = agrad.optim.LBFGS(
            [x], lr=1.0 if search else 0.1, max_iter=300, max_eval=1000, line_search_fn=search
        )

        def closure():
            optimizer.zero_grad()
            loss = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
            loss.backward()
            return loss

        for _ in range(2):
            optimizer.step(closure)
        np.testing.assert_allclose(host(x), [1.0, 1.0], atol=1e-4 if search else 1e-3)


@pytest.mark.parametrize("backend", BACKENDS)
def test_state_goes_on_where_it_was(backend):
    with agrad.use_backend(backend):

        def start():
            x = agrad.tensor(floats(3), requires_grad=True)
            return x, agrad.optim.Adam([x], lr=0.1)

        def steps(x, optimizer, count):
            for _ in range(count):
                optimizer.zero_grad()
                (x**4).sum().backward()
                optimizer.step()

        x, optimizer = start()
        steps(x, optimizer, 5)
        y, other = start()
        steps(y, other, 2)
        z, resumed = start()
        with agrad.no_grad():
            z.copy_(y)
        resumed.load_state_dict(other.state_dict())
        steps(z, resumed, 3)
        np.testing.assert_array_equal(host(z), host(x))


ERRORS = [
    Error("empty", lambda t: t.optim.SGD([], lr=0.1), "optimizer got an empty parameter list"),
    Error("a tensor", lambda t: t.optim.SGD(t.ones(2), lr=0.1), "should be an iterable of Tensors or dicts"),
    Error(
        "not a leaf",
        lambda t: t.optim.SGD([t.ones(2, requires_grad=True) * 2], lr=0.1),
        "can't optimize a non-leaf Tensor",
    ),
    Error("rate", lambda t: t.optim.SGD([t.ones(2, requires_grad=True)], lr=-1.0), "Invalid learning rate: -1.0"),
    Error(
        "beta",
        lambda t: t.optim.Adam([t.ones(2, requires_grad=True)], betas=(1.0, 0.9)),
        "Invalid beta parameter at index 0: 1.0",
    ),
    Error("twice", lambda t: twice(t), "some parameters appear in more than one parameter group"),
]


def twice(t):
    """Give a parameter in two groups."""
    x = t.ones(2, requires_grad=True)
    t.optim.SGD([{"params": [x]}, {"params": [x]}], lr=0.1)


@pytest.mark.parametrize(("row", "backend"), cases(ERRORS), ids=case_id)
def test_errors(row, backend):
    check(row, backend)
