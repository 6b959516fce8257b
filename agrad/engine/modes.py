"""Grad modes, per thread, at no cost to those who use none.

The hot path asks one question, ``state.special``: is any thread in a mode other than the default? Only when the answer is
not zero does an operation look at its own thread's modes. So ``no_grad`` costs nothing outside itself, and a mode entered in
one thread is never seen by another: it only makes the others look at their own.
"""

from __future__ import annotations

import functools
import inspect
import threading
import warnings
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


class _State:
    """What all threads share: how many non-default modes are active anywhere."""

    __slots__ = ("lock", "special")

    def __init__(self) -> None:
        self.special = 0
        self.lock = threading.Lock()

    def enter(self) -> None:
        with self.lock:
            self.special += 1

    def leave(self) -> None:
        with self.lock:
            self.special -= 1


class _Local(threading.local):
    """One thread's modes; the class attributes are what a new thread starts with."""

    #: what was asked for: :func:`is_grad_enabled`
    grad_mode: bool = True
    #: whether operations are recorded: asked for, and not in inference mode
    grad_enabled: bool = True
    inference: bool = False
    anomaly: bool = False
    check_nan: bool = True
    saved_hooks: tuple[tuple[Callable[[Any], Any], Callable[[Any], Any]], ...] = ()
    #: why saved-tensor hooks may not be used, where they may not
    saved_hooks_refused: str | None = None
    #: the backward that is running (agrad.engine.backward.Run)
    run: Any = None
    #: the node whose rule is running, in anomaly mode
    evaluating: Any = None
    #: whether tensors of this thread need more than the hot path gives (anomaly and inference mode, saved-tensor hooks)
    careful: bool = False


state = _State()
local = _Local()


def is_grad_enabled() -> bool:
    """Whether recording is switched on in this thread (in inference mode nothing is recorded all the same)."""
    return local.grad_mode


def is_inference_mode_enabled() -> bool:
    """Whether this thread is inside :class:`inference_mode`."""
    return local.inference


def set_modes(**settings: Any) -> None:
    """Set this thread's modes by name, and what follows from them. The caller counts in ``state.special``."""
    for name, value in settings.items():
        setattr(local, name, value)
    local.grad_enabled = local.grad_mode and not local.inference
    local.careful = local.anomaly or local.inference or bool(local.saved_hooks)


class _Mode:
    """A context manager and decorator that sets this thread's modes and puts back what was there."""

    def __init__(self, **settings: Any) -> None:
        self._settings = settings
        self._saved: list[dict[str, Any]] = []

    def __enter__(self) -> Any:
        self._saved.append({name: getattr(local, name) for name in self._settings})
        state.enter()
        set_modes(**self._settings)
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        set_modes(**self._saved.pop())
        state.leave()

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
    """A :class:`_Mode` of recording alone: entered and left once for each step of gradient descent, so written out."""

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted
        self._settings = {"grad_mode": wanted}
        self._saved: list[Any] = []

    def __enter__(self) -> None:
        self._saved.append(local.grad_mode)
        state.enter()
        local.grad_mode = wanted = self._wanted
        local.grad_enabled = wanted and not local.inference

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        local.grad_mode = wanted = self._saved.pop()
        local.grad_enabled = wanted and not local.inference
        state.leave()


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


class set_grad_enabled(_Mode):
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
        self._before = local.grad_mode
        # As in PyTorch, calling it takes effect at once. `special` then stays raised while the thread is off the default.
        _switch(mode)

    def __enter__(self) -> Any:
        # The block's end restores what was there before the call, not what the call set.
        self._saved.append({"grad_mode": self._before})
        state.enter()
        set_modes(**self._settings)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        before = self._saved.pop()["grad_mode"]
        state.leave()
        _switch(before)

    def clone(self) -> _Mode:
        return _Mode(**self._settings)

    def __call__(self, function: F) -> F:
        _switch(self._before)  # used as a decorator: the call that built it must not leave the mode changed
        return super().__call__(function)


def _switch(enabled: bool) -> None:
    """Set this thread's recording without a block, keeping the shared count of special threads right."""
    if not enabled and not local.__dict__.get("switched_off", False):
        local.__dict__["switched_off"] = True
        state.enter()
    elif enabled and local.__dict__.get("switched_off", False):
        local.__dict__["switched_off"] = False
        state.leave()
    set_modes(grad_mode=enabled)


class recording(_Mode):
    """Record whatever mode the thread is in, inference mode too: a transform's own tape."""

    def __init__(self) -> None:
        super().__init__(grad_mode=True, inference=False)

    def clone(self) -> _Mode:
        return recording()


class special_mode(_Mode):
    """Set any of this thread's modes by name; for the engine's own use (anomaly mode, saved-tensor hooks)."""
