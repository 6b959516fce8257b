"""Grad modes, per thread, at no cost to those who use none.

The hot path asks one question, ``state.special``: is any thread in a mode other than the default? Only when the answer is
not zero does an operation look at its own thread's modes. So ``no_grad`` costs nothing outside itself, and a mode entered in
one thread is never seen by another: it only makes the others look at their own.

The confusing case: leaving a block changes nothing here (see :mod:`agrad.scopes`). A thread's modes are those of its innermost entry
whose block is still open; the first look after a block has been left drops the entry. ``local.careful`` is the one thing that is read
without such a look: it may be True too long, which sends an operation to the general path, and that looks.
"""

from __future__ import annotations

import functools
import inspect
import threading
import warnings
import weakref
from collections.abc import Callable, Generator
from typing import Any, TypeVar, cast

from agrad.scopes import Lock, Scope, new_lock

F = TypeVar("F", bound=Callable[..., Any])


class Modes:
    """What is in force for one thread; never changed once made.

    Attributes
    ----------
    grad_mode : bool
        What was asked for: :func:`is_grad_enabled`.
    grad_enabled : bool
        Whether operations are recorded: asked for, and not in inference mode.
    inference : bool
    anomaly, check_nan : bool
    saved_hooks : tuple of pairs of callables
    saved_hooks_refused : str or None
        Why saved-tensor hooks may not be used, where they may not.
    careful : bool
        Whether tensors of the thread need more than the hot path gives (anomaly and inference mode, saved-tensor hooks).
    """

    __slots__ = (
        "_off", "_on", "anomaly", "careful", "check_nan", "grad_enabled", "grad_mode", "inference", "saved_hooks",
        "saved_hooks_refused",
    )  # fmt: skip

    def __init__(
        self,
        grad_mode: bool = True,
        inference: bool = False,
        anomaly: bool = False,
        check_nan: bool = True,
        saved_hooks: tuple[tuple[Callable[[Any], Any], Callable[[Any], Any]], ...] = (),
        saved_hooks_refused: str | None = None,
    ) -> None:
        self.grad_mode = grad_mode
        self.inference = inference
        self.anomaly = anomaly
        self.check_nan = check_nan
        self.saved_hooks = saved_hooks
        self.saved_hooks_refused = saved_hooks_refused
        self.grad_enabled = grad_mode and not inference
        self.careful = anomaly or inference or bool(saved_hooks)
        self._on: Modes | None = None
        self._off: Modes | None = None

    def changed(self, **settings: Any) -> Modes:
        """Return the same modes but for these."""
        names = ("grad_mode", "inference", "anomaly", "check_nan", "saved_hooks", "saved_hooks_refused")
        return Modes(**{**{name: getattr(self, name) for name in names}, **settings})

    def recording(self, wanted: bool) -> Modes:
        """Return the same modes with recording asked for, or not: made once, since each step of a descent asks."""
        if wanted is self.grad_mode:
            return self
        found = self._on if wanted else self._off
        if found is None:
            found = self.changed(grad_mode=wanted)
            if wanted:
                self._on = found
            else:
                self._off = found
        return found


_DEFAULT = Modes()


class _Entry:
    """A block that was entered: its modes are in force while its lock is held."""

    __slots__ = ("locked", "modes")

    def __init__(self, lock: Lock, modes: Modes) -> None:
        self.locked: Callable[[], bool] = lock.locked
        self.modes = modes


class _Stack(list[_Entry]):
    """One thread's entries, the innermost last; the first is no block's, and stays."""

    __slots__ = ("__weakref__",)


class _State:
    """What all threads share: how many of them are in modes other than the default."""

    __slots__ = ("lock", "special", "threads")

    def __init__(self) -> None:
        self.special = 0
        self.lock = threading.RLock()
        #: the stacks of those threads; a thread that ends takes its own away
        self.threads: dict[int, weakref.ref[_Stack]] = {}

    def count(self, stack: _Stack, special: bool) -> None:
        """Count a thread, or count it no more; nothing is left half done for good, since each count is made anew."""
        key = id(stack)
        with self.lock:
            if special:
                self.threads[key] = weakref.ref(stack, lambda _: self._gone(key))
            else:
                self.threads.pop(key, None)
            self.special = len(self.threads)

    def _gone(self, key: int) -> None:
        with self.lock:
            self.threads.pop(key, None)
            self.special = len(self.threads)


class _Local(threading.local):
    """One thread's modes."""

    #: the backward that is running (agrad.engine.backward.Run)
    run: Any = None
    #: the node whose rule is running, in anomaly mode
    evaluating: Any = None
    #: whether some entry is careful: may be True too long, never too short
    careful: bool = False

    def __init__(self) -> None:
        base = new_lock()
        base.acquire()  # and never released: the thread itself is the outermost block
        self.stack = _Stack([_Entry(base, _DEFAULT)])

    def modes(self) -> Modes:
        """Return what is in force, after dropping the entries of blocks that have been left."""
        stack = self.stack
        entry = stack[-1]
        if not entry.locked():
            while not entry.locked():
                stack.pop()
                entry = stack[-1]
            self.careful = any(one.modes.careful for one in stack)
        if len(stack) == 1 and entry.modes is _DEFAULT:
            threads = state.threads
            if id(stack) in threads or state.special != len(threads):  # which an interrupt may have left uncounted
                state.count(stack, False)
        return entry.modes

    def enter(self, lock: Lock, modes: Modes) -> None:
        """Put modes in force while a lock is held."""
        stack = self.stack
        if len(stack) == 1:
            state.count(stack, True)
        if modes.careful:
            self.careful = True
        stack.append(_Entry(lock, modes))

    def switch(self, **settings: Any) -> None:
        """Change what is in force without a block, until the end of the block that is open, if one is."""
        modes = self.modes().changed(**settings)
        if (modes.grad_mode, modes.inference, modes.anomaly, modes.saved_hooks) == (True, False, False, ()):
            modes = _DEFAULT if modes.check_nan and modes.saved_hooks_refused is None else modes
        if modes.careful:
            self.careful = True
        if modes is not _DEFAULT:
            state.count(self.stack, True)
        self.stack[-1].modes = modes
        self.modes()

    @property
    def grad_mode(self) -> bool:
        """See :class:`Modes`; likewise the other properties."""
        return self.modes().grad_mode

    @property
    def grad_enabled(self) -> bool:
        return self.modes().grad_enabled

    @property
    def inference(self) -> bool:
        return self.modes().inference

    @property
    def anomaly(self) -> bool:
        return self.modes().anomaly

    @property
    def check_nan(self) -> bool:
        return self.modes().check_nan

    @property
    def saved_hooks(self) -> tuple[tuple[Callable[[Any], Any], Callable[[Any], Any]], ...]:
        return self.modes().saved_hooks

    @property
    def saved_hooks_refused(self) -> str | None:
        return self.modes().saved_hooks_refused


state = _State()
local = _Local()


def is_grad_enabled() -> bool:
    """Whether recording is switched on in this thread (in inference mode nothing is recorded all the same)."""
    return local.modes().grad_mode


def is_inference_mode_enabled() -> bool:
    """Whether this thread is inside :class:`inference_mode`."""
    return local.modes().inference


class _Mode(Scope):
    """A context manager and decorator that changes some of this thread's modes inside its block."""

    def __init__(self, **settings: Any) -> None:
        self._settings = settings

    def _enter(self, lock: Lock) -> Any:
        local.enter(lock, self._modes(local.modes()))
        return None

    def _modes(self, before: Modes) -> Modes:
        """Return what is in force inside, by what is outside."""
        return before.changed(**self._settings)

    def clone(self) -> _Mode:
        """Return a fresh manager with the same settings (a decorated function may run recursively)."""
        return _Mode(**self._settings)

    def __call__(self, function: F) -> F:
        if inspect.isclass(function):
            warnings.warn(
                "Decorating classes is deprecated and will be disabled in future versions. You should only decorate functions or "
                "methods. To preserve the current behavior of class decoration, decorate the __init__ method and nothing else.",
                FutureWarning,
                stacklevel=2,
            )
            kind: Any = function
            kind.__init__ = self(kind.__init__)
            return cast(F, function)
        if inspect.isgeneratorfunction(function):
            return cast(F, _decorate_generator(self, function))

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with self.clone():
                return function(*args, **kwargs)

        return cast(F, wrapper)


def _decorate_generator(mode: _Mode, function: Callable[..., Any]) -> Callable[..., Any]:
    """Run each step of a generator inside the mode, and the code between the steps outside of it."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator = function(*args, **kwargs)
        try:
            with mode.clone():
                response = next(generator)
            while True:
                try:
                    request = yield response
                except GeneratorExit:
                    with mode.clone():
                        generator.close()
                    raise
                except BaseException as error:
                    with mode.clone():
                        response = generator.throw(error)
                else:
                    with mode.clone():
                        response = generator.send(request)
        except StopIteration as stop:
            return stop.value

    return wrapper


class _GradMode(_Mode):
    """A :class:`_Mode` of recording alone: entered once for each step of gradient descent, so its modes are kept."""

    def __init__(self, wanted: bool) -> None:
        self._settings = {"grad_mode": wanted}

    def _modes(self, before: Modes) -> Modes:
        return before.recording(self._settings["grad_mode"])


class no_grad(_GradMode):
    """Do not record operations in this thread; context manager, or decorator for functions and generators.

    Examples
    --------
    >>> import agrad
    >>> x = agrad.tensor([1.0], requires_grad=True)
    >>> with agrad.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    def __init__(self, orig_func: Any = None) -> None:
        super().__init__(False)

    def __new__(cls, orig_func: Any = None) -> Any:
        # PyTorch lets the decorator be written without parentheses: @no_grad
        if orig_func is None:
            return object.__new__(cls)
        return cls()(orig_func)


class enable_grad(_GradMode):
    """Record operations, also inside :class:`no_grad`."""

    def __init__(self, orig_func: Any = None) -> None:
        super().__init__(True)

    def __new__(cls, orig_func: Any = None) -> Any:
        if orig_func is None:
            return object.__new__(cls)
        return cls()(orig_func)


class inference_mode(_Mode):
    """Do not record, and let nothing made inside ever be part of a graph.

    A tensor made inside is an inference tensor: it has no version counter, and outside it can neither be saved for backward, nor
    be changed in place, nor come to require grad. Cloning it outside gives an ordinary tensor.

    Parameters
    ----------
    mode : bool
        False switches the mode off, and recording on, inside of another block.

    Examples
    --------
    >>> import agrad
    >>> with agrad.inference_mode():
    ...     y = agrad.ones(2) * 3
    >>> y.is_inference(), y.clone().is_inference()
    (True, False)
    """

    def __init__(self, mode: Any = True) -> None:
        super().__init__(grad_mode=not mode, inference=bool(mode))

    def __new__(cls, mode: Any = True) -> Any:
        if isinstance(mode, bool):
            return object.__new__(cls)
        return cls()(mode)


class Switch(_Mode):
    """Modes that change at once when the object is made; used as a block, they are as they were before when it ends."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        before = local.modes()
        self._before = {name: getattr(before, name) for name in settings}
        local.switch(**settings)

    def _enter(self, lock: Lock) -> Any:
        # What lies around the block is what was there before the call, and not what the call set.
        local.switch(**self._before)
        return super()._enter(lock)

    def __call__(self, function: F) -> F:
        local.switch(**self._before)  # used as a decorator: the call that built it must not leave the mode changed
        return super().__call__(function)


class set_grad_enabled(Switch):
    """Switch recording on or off: at once when called as a function, and until the end of a ``with`` block.

    Parameters
    ----------
    mode : bool
        Whether to record.
    """

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(
                f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}. Pass True or False."
            )
        super().__init__(grad_mode=mode)


class recording(_Mode):
    """Record whatever mode the thread is in, inference mode too: a transform's own tape."""

    def __init__(self) -> None:
        super().__init__(grad_mode=True, inference=False)

    def clone(self) -> _Mode:
        return recording()


class special_mode(_Mode):
    """Set any of this thread's modes by name; for the engine's own use (anomaly mode, saved-tensor hooks)."""
