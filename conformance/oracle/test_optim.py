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
    ("ASGD", {"lr": 0.05, "t0": 2}),
    ("ASGD", {"lr": 0.05, "lambd": 0.1, "weight_decay": 0.01}),
    ("RAdam", {"lr": 0.1, "betas": (0.5, 0.6)}),
    ("RAdam", {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("NAdam", {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True, "foreach": False}),
    ("Adadelta", {"maximize": True}),
    ("Adamax", {"lr": 0.1, "maximize": True}),
    ("Rprop", {"lr": 0.05, "maximize": True}),
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
        # PyTorch keeps NAdam's product of momenta, and ASGD's rate, in single precision
        np.testing.assert_allclose(run(agrad), run(torch), rtol=1e-7 if name in ("NAdam", "ASGD") else 1e-9)


def scheduler(name, *args, **options):
    """Return a function that makes a schedule."""
    return lambda t, o: getattr(t.optim.lr_scheduler, name)(o, *args, **options)


def warm(t, o):
    """A rise, then a cosine."""
    s = t.optim.lr_scheduler
    return s.SequentialLR(o, [s.LinearLR(o, 0.1, total_iters=3), s.CosineAnnealingLR(o, 4)], [3])


def chained(t, o):
    """Two schedules at once: their factors multiply."""
    s = t.optim.lr_scheduler
    return s.ChainedScheduler([s.ConstantLR(o, 0.1, 2), s.ExponentialLR(o, 0.9), s.MultiStepLR(o, [3, 5])])


SCHEDULES = {
    "step": scheduler("StepLR", step_size=2, gamma=0.5),
    "multi step": scheduler("MultiStepLR", milestones=[1, 4, 4]),
    "exponential": scheduler("ExponentialLR", gamma=0.9),
    "constant": scheduler("ConstantLR", factor=0.5, total_iters=3),
    "linear": scheduler("LinearLR", total_iters=4),
    "polynomial": scheduler("PolynomialLR", total_iters=5, power=2.0),
    "cosine": scheduler("CosineAnnealingLR", T_max=5, eta_min=0.01),
    "cosine and back": scheduler("CosineAnnealingLR", T_max=3, eta_min=0.01),
    "lambda": scheduler("LambdaLR", lr_lambda=lambda epoch: 0.8**epoch),
    "multiplicative": scheduler("MultiplicativeLR", lr_lambda=lambda epoch: 0.9 + 0.01 * epoch),
    "restarts": scheduler("CosineAnnealingWarmRestarts", 3),
    "longer restarts": scheduler("CosineAnnealingWarmRestarts", 2, T_mult=2, eta_min=0.01),
    "triangles": scheduler("CyclicLR", 0.1, 0.5, step_size_up=3, cycle_momentum=False),
    "lower triangles": scheduler("CyclicLR", 0.1, 0.5, step_size_up=2, step_size_down=1, mode="triangular2"),
    "falling triangles": scheduler("CyclicLR", 0.1, 0.5, step_size_up=2, mode="exp_range", gamma=0.9),
    "own triangles": scheduler("CyclicLR", 0.1, 0.5, step_size_up=2, scale_fn=lambda x: 1 / (5**x)),
    "one cycle": scheduler("OneCycleLR", 0.5, total_steps=11),
    "one linear cycle": scheduler("OneCycleLR", 0.5, epochs=4, steps_per_epoch=3, anneal_strategy="linear"),
    "one cycle in three": scheduler("OneCycleLR", 0.5, total_steps=12, three_phase=True, pct_start=0.4),
    "warm": warm,
    "chained": chained,
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules(name):
    def run(t):
        optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=0.4, momentum=0.9)
        schedule = SCHEDULES[name](t, optimizer)
        rates = []
        for _ in range(10):
            optimizer.step()
            rates.append((schedule.get_last_lr()[0], optimizer.param_groups[0]["momentum"]))
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


@pytest.mark.parametrize(
    "name", ["SGD", "Adam", "AdamW", "NAdam", "Adamax", "RMSprop", "Adagrad", "Adadelta", "Rprop", "ASGD", "RAdam"]
)
def test_texts(name):
    def text(t):
        return repr(getattr(t.optim, name)([t.zeros(1, requires_grad=True)]))

    assert text(agrad) == text(torch)


def test_a_schedule_goes_on_from_its_state():
    def run(t):
        optimizer = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=0.4)
        schedule = warm(t, optimizer)
        optimizer.step()
        for _ in range(4):
            schedule.step()
        other = t.optim.SGD([t.zeros(1, requires_grad=True)], lr=0.4)
        again = warm(t, other)
        other.load_state_dict(optimizer.state_dict())
        again.load_state_dict(schedule.state_dict())
        other.step()
        again.step()
        return again.get_last_lr()

    np.testing.assert_allclose(run(agrad), run(torch), rtol=1e-12)
