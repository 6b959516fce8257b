"""Checkpointing against PyTorch: how often functions run, what works inside and around, what is refused."""

from __future__ import annotations

import warnings
from contextlib import contextmanager

import pytest
import torch.utils.checkpoint
from oracle import Error, Row, case_id, check, everywhere

import agrad.utils.checkpoint

assert torch.utils.checkpoint and agrad.utils.checkpoint


def leaf(t, *values):
    return t.tensor(list(values) or [1.0, 2.0], dtype=t.float64, requires_grad=True)


def checkpoint(t, function, *args, reentrant=False, **more):
    return t.utils.checkpoint.checkpoint(function, *args, use_reentrant=reentrant, **more)


def counted(function):
    """Return the function and a list that grows with every call."""
    calls = []

    def call(*args, **kwargs):
        calls.append(1)
        return function(*args, **kwargs)

    return call, calls


wave = lambda x: x.exp() * x


def basic(t, reentrant):
    f, calls = counted(wave)
    x = leaf(t)
    checkpoint(t, f, x, reentrant=reentrant).sum().backward()
    return x.grad, len(calls)


def closure(t, reentrant):
    x, w = leaf(t), leaf(t, 3.0, 4.0)
    checkpoint(t, lambda x: (x * w).exp(), x, reentrant=reentrant).sum().backward()
    return x.grad, w.grad


def kept_graph(t, reentrant):
    f, calls = counted(wave)
    x = leaf(t)
    y = checkpoint(t, f, x, reentrant=reentrant).sum()
    y.backward(retain_graph=True)
    y.backward()
    return x.grad, len(calls)


def several(t, reentrant):
    x = leaf(t)
    a, b = checkpoint(t, lambda x: (x.exp(), x.sin()), x, reentrant=reentrant)
    (a * b).sum().backward()
    return x.grad


def random_kept(t, reentrant):
    drawn = []

    def f(x):
        drawn.append(t.rand(2))
        return x * drawn[-1] * x

    x = leaf(t)
    y = checkpoint(t, f, x, reentrant=reentrant)
    after = t.rand(1)
    y.sum().backward()
    later = t.rand(1)
    return t.equal(*drawn), t.equal(after, later)


def random_not_kept(t, reentrant):
    drawn = []

    def f(x):
        drawn.append(t.rand(2))
        return x * drawn[-1] * x

    checkpoint(t, f, leaf(t), reentrant=reentrant, preserve_rng_state=False).sum().backward()
    return t.equal(*drawn)


def chain(t, reentrant):
    functions = [counted(lambda x: (x * 1.1).sin()) for _ in range(6)]
    x = leaf(t)
    sequential = t.utils.checkpoint.checkpoint_sequential
    sequential([f for f, _ in functions], 3, x, use_reentrant=reentrant).sum().backward()
    return x.grad, [len(calls) for _, calls in functions]


def nested(t, reentrant):
    f, calls = counted(wave)
    inner = lambda x: checkpoint(t, f, checkpoint(t, f, x * 0.1, reentrant=reentrant), reentrant=reentrant)
    g, outer = counted(inner)
    x = leaf(t, 0.1, 0.2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        checkpoint(t, g, x, reentrant=reentrant).sum().backward()
    return x.grad, len(outer), None if reentrant else len(calls)


def under_no_grad(t, reentrant):
    with t.no_grad():
        return checkpoint(t, wave, leaf(t), reentrant=reentrant).requires_grad


def of_what_needs_none(t, reentrant):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        y = checkpoint(t, wave, t.ones(2), reentrant=reentrant)
    return y.requires_grad, [str(one.message) for one in told]


BOTH = (
    basic,
    closure,
    kept_graph,
    several,
    random_kept,
    random_not_kept,
    chain,
    nested,
    under_no_grad,
    of_what_needs_none,
)


def with_keywords(t):
    return checkpoint(t, lambda x, n=2: x * n, leaf(t), n=3)


def of_a_dictionary(t):
    x = leaf(t)
    checkpoint(t, lambda d: {"y": d["x"].exp() * d["x"]}, {"x": x})["y"].sum().backward()
    return x.grad


def only_a_closure(t):
    w = leaf(t)
    checkpoint(t, lambda x: (x * w).exp(), t.ones(2, dtype=t.float64)).sum().backward()
    return w.grad


def grad_and_inputs(t):
    x, w = leaf(t), leaf(t, 3.0, 4.0)
    run = lambda: checkpoint(t, lambda x: (x * w).exp(), x).sum()
    run().backward(inputs=[w])
    return t.autograd.grad(run(), [x, w]), x.grad, w.grad


def twice_differentiated(t):
    x = leaf(t)
    (g,) = t.autograd.grad(checkpoint(t, wave, x).sum(), x, create_graph=True)
    return g, t.autograd.grad(g.sum(), x)


def its_graph_is_the_functions_own(t):
    return type(checkpoint(t, wave, leaf(t)).grad_fn).__name__


def ends_early(t):
    last, calls = counted(lambda x: x + 1)
    run = lambda early: checkpoint(t, lambda x: last(x.exp()), leaf(t), early_stop=early).sum().backward()
    run(True)
    first = len(calls)
    run(False)
    with t.utils.checkpoint.set_checkpoint_early_stop(False):
        run(True)
    return first, len(calls)


def contexts(t):
    log = []

    @contextmanager
    def entered(name):
        log.append(name)
        yield

    checkpoint(t, wave, leaf(t), context_fn=lambda: (entered("forward"), entered("again"))).sum().backward()
    return log


def with_hooks_around(t):
    log = []
    x = leaf(t)
    with t.autograd.graph.saved_tensors_hooks(lambda v: log.append(v.tolist()) or v, lambda v: v):
        y = checkpoint(t, wave, x)
        z = y.exp()
    z.sum().backward()
    return x.grad, len(log)


ROWS = [
    *(
        Row(f"{program.__name__}, reentrant={reentrant}", lambda t, p=program, r=reentrant: p(t, r), grad=False)
        for program in BOTH
        for reentrant in (True, False)
    ),
    *(
        Row(program.__name__, program, grad=False)
        for program in (
            with_keywords,
            of_a_dictionary,
            only_a_closure,
            grad_and_inputs,
            twice_differentiated,
            its_graph_is_the_functions_own,
            ends_early,
            contexts,
            with_hooks_around,
        )
    ),
]


def another_second_time(first, second, **more):
    """Return a program whose function does something else when it runs again."""

    def run(t):
        functions = iter((first, second))
        try:
            checkpoint(t, lambda x: next(functions)(t, x), leaf(t), **more).sum().backward()
        except RuntimeError as error:
            assert type(error).__name__ == "CheckpointError"
            raise RuntimeError(str(error)) from None  # the class is the module's own

    return run


def freed(t, reentrant):
    y = checkpoint(t, wave, leaf(t), reentrant=reentrant).sum()
    y.backward()
    y.backward()


def changed_argument(t, reentrant):
    x = leaf(t) * 1
    y = checkpoint(t, wave, x, reentrant=reentrant)
    x.add_(1)
    y.sum().backward()


def raises_in_backward(t, reentrant):
    functions = iter((wave, lambda x: [][0]))
    checkpoint(t, lambda x: next(functions)(x), leaf(t), reentrant=reentrant).sum().backward()


ERRORS = [
    Error(
        "fewer saved",
        another_second_time(lambda t, x: x.exp() * x, lambda t, x: x.exp()),
        "A different number of tensors was saved",
    ),
    Error(
        "more saved",
        another_second_time(lambda t, x: x.exp(), lambda t, x: (x.exp() * x).sin(), early_stop=False),
        "trying to save more tensors during recomputation than during the original forward pass",
    ),
    Error(
        "another shape",
        another_second_time(lambda t, x: x.exp(), lambda t, x: t.cat([x, x]).exp()),
        "have different metadata than during the forward pass",
    ),
    Error(
        "check",
        lambda t: checkpoint(t, wave, leaf(t), determinism_check="x"),
        "determinism_check should be one of ['default', 'none']",
    ),
    Error(
        "an unknown keyword",
        lambda t: checkpoint(t, wave, leaf(t), nonsense=3),
        "got an unexpected keyword argument 'nonsense'",
    ),
    Error(
        "reentrant with keywords",
        lambda t: checkpoint(t, wave, leaf(t), reentrant=True, n=3),
        "Unexpected keyword arguments: n",
    ),
    Error(
        "reentrant with contexts",
        lambda t: checkpoint(t, wave, leaf(t), reentrant=True, debug=True),
        "is only supported when use_reentrant",
    ),
    Error(
        "reentrant with grad",
        lambda t: (lambda x: t.autograd.grad(checkpoint(t, wave, x, reentrant=True).sum(), x))(leaf(t)),
        "is incompatible with .grad() or passing an `inputs` parameter to .backward()",
    ),
    Error(
        "nothing to recompute",
        lambda t: checkpoint(t, lambda x: x.detach() * 2, leaf(t), reentrant=True).sum().backward(),
        "none of output has requires_grad=True",
    ),
    *(
        Error(f"freed, reentrant={r}", lambda t, r=r: freed(t, r), "Trying to backward through the graph a second")
        for r in (True, False)
    ),
    *(
        Error(f"argument changed, {r}", lambda t, r=r: changed_argument(t, r), "modified by an inplace")
        for r in (True, False)
    ),
    *(
        Error(f"raises, reentrant={r}", lambda t, r=r: raises_in_backward(t, r), "list index out of range")
        for r in (True, False)
    ),
]


@pytest.mark.parametrize(("row", "backend"), everywhere(ROWS + ERRORS), ids=case_id)
def test_checkpoint(row, backend):
    check(row, backend)
