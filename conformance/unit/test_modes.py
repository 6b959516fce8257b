"""Grad modes: of one thread, across backends, and inside transforms."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
import threading
import time

import numpy as np
import pytest
from on_backends import backend, double, host, leaf, same  # noqa: F401 - a fixture

import agrad
from agrad import autograd, func
from agrad.engine.levels import depth
from agrad.engine.modes import state
from agrad.errors import GradError


@pytest.mark.usefixtures("backend")
class TestOnEveryBackend:
    def test_nothing_is_recorded(self):
        x = leaf()
        with agrad.no_grad():
            assert not (x * 2).requires_grad
            with agrad.enable_grad():
                assert (x * 2).requires_grad
        assert not agrad.no_grad()(lambda: x @ x)().requires_grad

    def test_inference_tensors(self):
        x = leaf()
        with agrad.inference_mode():
            y = x * 2
            z = agrad.ones(2, dtype=agrad.float64)
            z.add_(1)
            assert y.is_inference() and z.is_inference() and z[0].is_inference() and not x[0].is_inference()
            assert (y @ z).is_inference() and y.sum().is_inference() and (y > 0).is_inference()
        assert not (y * 2).is_inference() and not y.clone().is_inference() and y[0].is_inference()
        same(y + z, [4.0, 6.0])
        (x + y).sum().backward()
        same(x.grad, [1.0, 1.0])
        with pytest.raises(GradError, match="cannot be saved for backward"):
            x * y
        with pytest.raises(GradError, match="Inplace update to inference tensor"):
            y.mul_(2)
        with pytest.raises(GradError, match="Inplace update to inference tensor"):
            y[0] = 1.0
        (x * y.clone()).sum().backward()
        same(x.grad, [3.0, 5.0])

    def test_transforms_record_in_every_mode(self):
        f = lambda x: (x**3).sum()
        for mode in (agrad.no_grad, agrad.inference_mode):
            with mode():
                x = double([1.0, 2.0])
                same(func.grad(f)(x), [3.0, 12.0])
                same(func.hessian(f)(x), [[6.0, 0.0], [0.0, 12.0]])

    def test_functions_know_the_mode(self):
        class Twice(autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

            @staticmethod
            def backward(ctx, g):
                return g * 2

        with agrad.inference_mode():
            y = Twice.apply(leaf())
        assert y.is_inference() and not y.requires_grad


def test_a_mode_is_one_threads():
    seen = {}
    inside, done = threading.Event(), threading.Event()

    def other():
        inside.wait(10)
        x = leaf()
        seen["other"] = agrad.is_grad_enabled(), agrad.is_inference_mode_enabled(), (x * 2).requires_grad
        with agrad.no_grad():
            seen["other inside"] = agrad.is_grad_enabled()
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with agrad.inference_mode():
        inside.set()
        done.wait(10)
        seen["this"] = agrad.is_grad_enabled(), agrad.is_inference_mode_enabled()
    thread.join()
    assert seen == {"other": (True, False, True), "other inside": False, "this": (False, True)}


def test_blocks_leave_no_trace():
    with agrad.no_grad(), agrad.inference_mode(), agrad.enable_grad(), agrad.set_grad_enabled(False):
        assert not agrad.is_grad_enabled()
    agrad.set_grad_enabled(False)
    agrad.set_grad_enabled(True)
    with pytest.raises(KeyError), agrad.no_grad():
        raise KeyError
    # a block that has been left is forgotten at the next look
    assert agrad.is_grad_enabled() and state.special == 0


def test_one_block_object_entered_again_inside_itself():
    block = agrad.no_grad()
    with block:
        with block:
            assert not agrad.is_grad_enabled()
        assert not agrad.is_grad_enabled()
    assert agrad.is_grad_enabled()


def test_a_decorated_class_is_the_class():
    with pytest.warns(FutureWarning, match="Decorating classes is deprecated"):

        @agrad.no_grad()
        class Made:
            def __init__(self):
                self.recorded = agrad.is_grad_enabled()

    assert isinstance(Made, type) and not Made().recorded and agrad.is_grad_enabled()


# ---------------------------------------------------------------- interrupts


def _pairs():
    hooks = autograd.graph.saved_tensors_hooks
    return {
        "no_grad": agrad.no_grad,
        "enable_grad": agrad.enable_grad,
        "inference_mode": agrad.inference_mode,
        "saved_tensors_hooks": lambda: hooks(lambda x: x, lambda x: x),
        "disable_saved_tensors_hooks": lambda: autograd.graph.disable_saved_tensors_hooks("no"),
        "use_backend": lambda: agrad.use_backend("strict"),
        "device": lambda: agrad.device("cpu", backend="numpy"),
        "use_generator": lambda: agrad.random.use_generator(agrad.Generator()),
        "at_least": lambda: agrad.dtypes.at_least(agrad.float64),
    }


def _is_as_ever():
    assert (
        agrad.is_grad_enabled()
        and not agrad.is_inference_mode_enabled()
        and not autograd.anomaly_mode.is_anomaly_enabled()
    )
    assert agrad.get_default_backend().name == "numpy"
    assert agrad.devices.chosen_device() is None
    assert agrad.get_default_dtype() is agrad.float32
    assert agrad.random.generator._used.innermost() is None
    assert depth() == 0
    x = leaf()
    y = (x * x).sum()
    y.backward()
    same(x.grad, [2.0, 4.0])
    assert state.special == 0


def _interrupted_at_every_place(run, places=4000, step=1, check=_is_as_ever):
    """Run a function again and again, with a KeyboardInterrupt at every place (or every `step`-th) where one may come.

    A trace function that raises stands in for the signal: it is called at each line and at the start of each function, which is where
    the interpreter looks for signals, and at finer steps by opcode.
    """
    count = 0
    for place in range(0, places, step):
        left = place

        def trace(frame, event, argument):
            nonlocal left
            frame.f_trace_opcodes = True
            if event in ("opcode", "call") and frame.f_code.co_filename.endswith((".py",)):
                if left == 0 and _looks_for_signals(frame, event):
                    left = -1
                    raise KeyboardInterrupt
                left -= left > 0 and _looks_for_signals(frame, event)
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            run()
        except KeyboardInterrupt:
            count += 1
        finally:
            sys.settrace(before)
        check()
        if left >= 0:
            return count
    raise AssertionError(f"the function has more than {places} places")


def _looks_for_signals(frame, event):
    """Whether the interpreter looks for signals before this instruction: at a function's start and after a call."""
    if event == "call":
        return True
    import dis

    code, at = frame.f_code.co_code, frame.f_lasti
    while at >= 2:
        at -= 2
        name = dis.opname[code[at]]
        if name != "CACHE":
            return name in ("CALL", "CALL_FUNCTION_EX", "RESUME", "JUMP_BACKWARD")
    return False


@pytest.mark.parametrize("name", _pairs())
def test_no_interrupt_leaves_a_mode_on(name):
    """At each place where one may come, on the way in, inside and on the way out."""
    if name == "use_backend":
        pytest.importorskip("array_api_strict")
    make = _pairs()[name]
    make()

    def block():
        with make():
            pass

    def nested():
        with make(), agrad.no_grad(), make():
            len("")

    assert _interrupted_at_every_place(block) > 5
    assert _interrupted_at_every_place(nested) > 15


#: a generator that is closed by an interrupted frame is interrupted itself, of which Python tells by a warning
unraisable = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@unraisable
def test_no_interrupt_leaves_a_transform_running():
    x = double([1.0, 2.0])
    f = lambda v: (v * v).sum()
    f_of_row = lambda v: v * 2
    func.grad(f)(x)
    func.vmap(f_of_row)(x)
    func.jvp(f, (x,), (x,))
    raw = np.asarray([1.0, 2.0])
    func.grad(f)(raw)
    for run in (
        lambda: func.grad(f)(x),
        lambda: func.vmap(f_of_row)(x),
        lambda: func.jvp(f, (x,), (x,)),
        lambda: func.grad(f)(raw),
    ):
        assert _interrupted_at_every_place(run, places=20_000, step=7) > 20


@unraisable
@pytest.mark.parametrize("name", ["Adam", "NAdam", "Adamax", "RMSprop", "Adagrad", "Adadelta", "Rprop", "ASGD", "SGD"])
def test_no_interrupt_leaves_half_of_an_optimizers_state(name):
    """The step can be taken again, whatever was done of it."""
    weights, optimizer = leaf(), None

    def first_step():
        nonlocal weights, optimizer
        weights = leaf()
        options = {"RMSprop": {"momentum": 0.5, "centered": True}, "SGD": {"momentum": 0.5}}.get(name, {})
        optimizer = getattr(agrad.optim, name)([weights], lr=0.1, **options)
        weights.grad = double([1.0, 1.0])
        optimizer.step()

    def check():
        if optimizer is not None and weights.grad is not None:
            optimizer.step()

    first_step()
    assert _interrupted_at_every_place(first_step, places=20_000, step=11, check=check) > 5


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals by timer are POSIX's")
@pytest.mark.parametrize("name", ["no_grad", "saved_tensors_hooks", "inference_mode"])
def test_signals_in_a_tight_loop(name):
    """The real thing: a timer's signal, hundreds of times."""
    make = _pairs()[name]

    def interrupt(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    caught = 0
    try:
        for turn in range(300):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0005 + 0.000013 * (turn % 17))
                while True:
                    with make():
                        pass
            except KeyboardInterrupt:
                caught += 1
            assert agrad.is_grad_enabled() and not agrad.is_inference_mode_enabled()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert caught == 300
    _is_as_ever()


# ---------------------------------------------------------------- ways in and out


def test_blocks_entered_without_a_with_statement():
    """By an ExitStack, and by name; inside themselves, too."""
    block = agrad.no_grad()
    with contextlib.ExitStack() as stack:
        stack.enter_context(block)
        stack.enter_context(agrad.use_backend("numpy"))
        with block:
            assert not agrad.is_grad_enabled()
        stack.enter_context(agrad.enable_grad())
        assert agrad.is_grad_enabled()
    _is_as_ever()
    block.__enter__()
    block.__enter__()
    block.__exit__(None, None, None)
    assert not agrad.is_grad_enabled()
    block.__exit__(None, None, None)
    _is_as_ever()
    with pytest.raises(RuntimeError):
        block.__exit__(None, None, None)


def test_blocks_left_in_another_order():
    """The innermost that is open is in force."""
    first, second = agrad.no_grad(), agrad.enable_grad()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert agrad.is_grad_enabled()
    second.__exit__(None, None, None)
    _is_as_ever()


def test_one_object_in_two_threads():
    block = agrad.no_grad()
    inside, leave = threading.Event(), threading.Event()

    def other():
        with block:
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait(10)
    assert agrad.is_grad_enabled()
    with block:
        assert not agrad.is_grad_enabled()
    assert agrad.is_grad_enabled()
    leave.set()
    thread.join()
    gc.collect()
    _is_as_ever()


def test_a_thread_that_ends_counts_no_more():
    """Though nobody looked after its block was left, and though it never left it."""

    def leaves():
        with agrad.no_grad():
            pass

    def stays():
        agrad.no_grad().__enter__()

    for run in (leaves, stays, lambda: agrad.set_grad_enabled(False)):
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    end = time.monotonic() + 5
    while state.special and time.monotonic() < end:
        time.sleep(0.01)
    _is_as_ever()


def test_tasks_of_asyncio_choose_for_themselves():
    """Two tasks inside one another's blocks, in one thread."""
    seen = []

    async def task(name, first, then):
        with agrad.use_backend(name), agrad.device("cpu", backend=name):
            first.set()
            await then.wait()
            seen.append((name, agrad.get_default_backend().name, agrad.devices.chosen_device().backend))

    async def main():
        one, two = asyncio.Event(), asyncio.Event()
        await asyncio.gather(task("numpy", one, two), task("strict", two, one))

    pytest.importorskip("array_api_strict")
    asyncio.run(main())
    assert sorted(seen) == [("numpy",) * 3, ("strict",) * 3]
    _is_as_ever()


def test_switches_used_as_blocks_and_decorators():
    with autograd.set_detect_anomaly(False):
        assert not autograd.anomaly_mode.is_anomaly_enabled()
    with agrad.no_grad(), agrad.set_grad_enabled(True):
        assert agrad.is_grad_enabled()
    with agrad.no_grad():
        agrad.set_grad_enabled(True)
        assert agrad.is_grad_enabled()
    _is_as_ever()

    @agrad.use_backend("numpy")
    def name():
        return agrad.get_default_backend().name

    assert name() == "numpy"
