"""Grad modes against PyTorch: as blocks, decorators, on generators and classes, nested; inference tensors and what they may not."""

from __future__ import annotations

import warnings

import pytest
from oracle import Error, Row, case_id, check, everywhere


def leaf(t):
    return t.tensor([1.0, 2.0], dtype=t.float64, requires_grad=True)


def now(t):
    return t.is_grad_enabled(), t.is_inference_mode_enabled()


def made(t):
    """Return a tensor made in inference mode."""
    with t.inference_mode():
        return t.ones(2, dtype=t.float64)


def blocks(t):
    log = [now(t)]
    with t.no_grad():
        log.append(now(t))
        with t.enable_grad():
            log.append(now(t))
            with t.set_grad_enabled(False):
                log.append(now(t))
            log.append(now(t))
        log.append(now(t))
    log.append(now(t))
    return log


def after_an_error(t):
    try:
        with t.no_grad():
            raise ValueError
    except ValueError:
        return now(t)


def decorated(t):
    @t.no_grad()
    def f(n):
        return now(t), f(n - 1) if n else None

    @t.no_grad
    def g():
        return now(t)

    @t.enable_grad()
    def h():
        return now(t)

    @t.inference_mode()
    def i():
        return now(t)

    @t.inference_mode(False)
    def j():
        return now(t)

    @t.inference_mode
    def k():
        return now(t)

    with t.no_grad():
        inside = h(), j()
    return f(2), g(), i(), k(), inside, f.__name__


def generators(t):
    @t.no_grad()
    def f():
        got = yield now(t)
        try:
            yield got, now(t)
        except ValueError:
            yield "caught", now(t)
        return 5

    it = f()
    log = [next(it), now(t), it.send("sent"), now(t), it.throw(ValueError()), now(t)]
    try:
        next(it)
    except StopIteration as stop:
        log.append(stop.value)
    return log, now(t)


def a_generator_closed(t):
    log = []

    @t.no_grad()
    def f():
        try:
            yield 1
        finally:
            log.append(now(t))

    it = f()
    next(it)
    it.close()
    return log, now(t)


def classes(t):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")

        @t.no_grad()
        class A:
            def __init__(self):
                self.made = now(t)

            def method(self):
                return now(t)

    return A().made, A().method(), [(one.category.__name__, str(one.message)[:33]) for one in told]


def switched(t):
    log = []
    t.set_grad_enabled(False)
    log.append(now(t))
    t.set_grad_enabled(True)
    log.append(now(t))
    with t.set_grad_enabled(False):
        log.append(now(t))
    log.append(now(t))

    @t.set_grad_enabled(False)
    def f():
        return now(t)

    log.extend([now(t), f(), now(t)])
    block = t.set_grad_enabled(False)
    log.append(now(t))
    with block:
        log.append(now(t))
    log.append(now(t))
    return log


def switched_inside(t):
    with t.no_grad():
        t.set_grad_enabled(True)
        inside = now(t)
    return inside, now(t)


def nested_inference(t):
    with t.inference_mode():
        log = [now(t)]
        with t.inference_mode(False):
            log.append(now(t))
            y = leaf(t) * 2
        with t.enable_grad():
            log.append(now(t))
            z = leaf(t) * 2
        with t.no_grad():
            log.append(now(t))
    return log, y.requires_grad, y.is_inference(), z.requires_grad, z.is_inference(), now(t)


def which_are_inference(t):
    x = leaf(t)
    plain = t.ones(2, dtype=t.float64)
    with t.inference_mode():
        inside = (t.ones(2), x * 2, plain * 2, plain[0], plain + 1, (plain > 0), t.zeros(2, requires_grad=True))
        places = [one.is_inference() for one in inside]
        plain.add_(1)
        made_there = t.ones(2)
        views = made_there[0].is_inference(), made_there.view(1, 2).is_inference(), made_there.add_(1).is_inference()
    y = made(t)
    outside = (y, y * 2, y + x, y[0], y.clone(), y.detach(), y.view(2, 1), y.sum())
    return places, views, [one.is_inference() for one in outside], plain._version, inside[-1].requires_grad


def used_with_recorded(t):
    x = leaf(t)
    y = made(t) + x
    z = made(t).clone() * x
    w = t.where(made(t) > 0, x, x)
    (y.sum() + z.sum() + w.sum()).backward()
    return x.grad


def written_into_others(t):
    return t.ones(2, dtype=t.float64).add_(made(t)), made(t).numpy().tolist()


def backward_inside(t):
    x = leaf(t)
    y = (x * x).sum()
    with t.inference_mode():
        y.backward()
    return x.grad, x.grad.is_inference()


def inner_changed_inside(t):
    x = leaf(t)
    y = x * 2
    with t.inference_mode():
        y.add_(1)
    return y, y.requires_grad, y.is_inference(), type(y.grad_fn).__name__


def inner_changed_under_no_grad(t):
    x = leaf(t)
    y = x * 2
    with t.no_grad():
        y.mul_(3)
    y.sum().backward()
    return y, x.grad


def filled_is_still_recorded(t):
    x = leaf(t)
    y = x * 2
    y.zero_()
    z = x * 3
    z.fill_(4.0)
    (y + z).sum().backward()
    return y.requires_grad, x.grad


def anomalies(t):
    """What anomaly mode says: first lines of warnings, and errors."""
    errors = []

    class Raises(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            raise KeyError("mine")

    def attempt(run):
        try:
            run()
        except (RuntimeError, KeyError) as error:
            errors.append(str(error))

    x = t.tensor([0.0, 1.0], dtype=t.float64, requires_grad=True)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with t.autograd.detect_anomaly():
            log = [t.is_anomaly_enabled(), t.is_anomaly_check_nan_enabled()]
            attempt(lambda: (x.sqrt() * 0).sum().backward())
            attempt(lambda: Raises.apply(x).sum().backward())
        made_before = (x.sqrt() * 0).sum()
        with t.autograd.set_detect_anomaly(True):
            attempt(made_before.backward)
        with t.autograd.set_detect_anomaly(True, check_nan=False):
            log += [t.is_anomaly_enabled(), t.is_anomaly_check_nan_enabled()]
            (g,) = t.autograd.grad((x.sqrt() * 0).sum(), x)
        t.autograd.set_detect_anomaly(False)
    log += [t.is_anomaly_enabled(), t.is_anomaly_check_nan_enabled()]
    texts = [str(one.message).strip().splitlines()[0] for one in told if issubclass(one.category, UserWarning)]
    return log, errors, [text.partition(" (Triggered")[0] for text in texts], g


def multithreading(t):
    x = leaf(t)
    with t.autograd.set_multithreading_enabled(False):
        (x * x).sum().backward()
    t.autograd.set_multithreading_enabled(True)
    t.autograd.set_multithreading_enabled(False)(lambda: (x * x).sum().backward())()
    return x.grad


PROGRAMS = (multithreading, anomalies, blocks, after_an_error, decorated, generators, a_generator_closed, classes, switched, switched_inside, nested_inference,
            which_are_inference, used_with_recorded, written_into_others, backward_inside, inner_changed_inside,
            inner_changed_under_no_grad, filled_is_still_recorded)  # fmt: skip

ROWS = [Row(program.__name__, program, grad=False) for program in PROGRAMS]


def view_made_inside(t):
    y = leaf(t) * 1
    with t.inference_mode():
        v = y[0:1]
    v.add_(1)


SAVED = "Inference tensors cannot be saved for backward."
WRITTEN = "Inplace update to inference tensor outside InferenceMode is not allowed."

ERRORS = [
    Error("saved by a product", lambda t: made(t) * leaf(t), SAVED),
    Error("saved by a write", lambda t: (leaf(t) * 1).mul_(made(t)), SAVED),
    Error("changed outside", lambda t: made(t).add_(1), WRITTEN),
    Error("copied into outside", lambda t: made(t).copy_(t.ones(2)), WRITTEN),
    Error("an element set outside", lambda t: made(t).__setitem__(0, 1.0), WRITTEN),
    Error("a view changed outside", lambda t: made(t)[0].add_(1), WRITTEN),
    Error("out=", lambda t: t.add(t.ones(2, dtype=t.float64), 1, out=made(t)), WRITTEN),
    Error(
        "requires_grad_ outside",
        lambda t: made(t).requires_grad_(),
        "Setting requires_grad=True on inference tensor outside",
    ),
    Error("version", lambda t: made(t)._version, "Inference tensors do not track version counter."),
    Error(
        "a view of a recorded one, changed",
        view_made_inside,
        "A view was created in inference mode and is being modified inplace",
    ),
    Error(
        "backward in a mode",
        lambda t: t.inference_mode()(lambda: leaf(t).sum().backward())(),
        "does not require grad and does not",
    ),
    Error("no bool", lambda t: t.set_grad_enabled(1), "must be bool, not int"),
]


@pytest.mark.parametrize(("row", "backend"), everywhere(ROWS + ERRORS), ids=case_id)
def test_modes(row, backend):
    check(row, backend)
