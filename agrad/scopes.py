"""``with`` blocks that an interrupt cannot leave open.

A KeyboardInterrupt may come between any two bytecodes, also at the first one of ``__exit__``: what a Python function was to put back
is never put back then, and nobody calls it again. Here nothing is put back. A block is a lock that is held while the program is inside
it; leaving the block is the lock's own ``__exit__``, a C function, which an interrupt cannot divide. Whoever asks what is in force
looks at the entries of blocks, the innermost first, and drops those whose lock is free.

The confusing case: a ``with`` statement looks up ``__exit__`` before it calls ``__enter__``. The lookup makes the lock of this one
block, so that one object may be entered again inside itself, and by several threads. Without a ``with`` statement (``ExitStack``, or
``__enter__`` called by name) there was no lookup; such blocks are left by a Python function.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Lock = Any
new_lock = threading.Lock


class _Here(threading.local):
    """What this thread is about to enter, and what it entered without a ``with`` statement."""

    def __init__(self) -> None:
        self.scope: Any = None
        self.lock: Lock = None
        self.by_hand: dict[int, list[Lock]] = {}


_here = _Here()


class _Exit:
    """The descriptor of ``__exit__``: a C function that frees the lock of the block about to be entered."""

    def __get__(self, scope: Any, kind: Any = None) -> Any:
        if scope is None:
            return _leave_by_hand
        here = _here
        if here.by_hand and here.by_hand.get(id(scope)):
            return partial(_leave_by_hand, scope)
        lock = new_lock()
        here.lock = lock
        here.scope = scope
        return lock.__exit__


def _leave_by_hand(scope: Any, *error: Any) -> None:
    """Leave the innermost block of a scope that was entered without a ``with`` statement.

    Raises
    ------
    RuntimeError
        When there is none.
    """
    locks = _here.by_hand.get(id(scope))
    if not locks:
        raise RuntimeError(f"{type(scope).__name__}.__exit__ was called outside of its block. Enter it first.")
    locks[-1].release()
    locks.pop()
    if not locks:
        del _here.by_hand[id(scope)]


class Scope:
    """A context manager whose block is open while a lock is held; a subclass has :meth:`_enter`."""

    __slots__ = ()

    def __enter__(self) -> Any:
        here = _here
        by_hand = here.scope is not self
        if by_hand:
            lock = new_lock()
        else:
            lock = here.lock
            here.scope = here.lock = None
        try:
            lock.acquire()
            if by_hand:
                here.by_hand.setdefault(id(self), []).append(lock)
            value = self._enter(lock)
        except BaseException:
            # An interrupt may come after any call above, and the block has not been entered then.
            if lock.locked():
                lock.release()
            locks = here.by_hand.get(id(self))
            if by_hand and locks and locks[-1] is lock:
                locks.pop()
            raise
        return value  # no interrupt comes between the end of the try block and here

    __exit__: Any = _Exit()

    def _enter(self, lock: Lock) -> Any:
        """Note that what this scope stands for is in force while `lock` is held; return the block's ``as`` value."""
        raise NotImplementedError


class Choice(Generic[T]):
    """What scopes of one kind choose: the value of the innermost one that is open, for this thread or asyncio task alone.

    Parameters
    ----------
    name : str
        Of the context variable behind it; make choices at the top of a module.
    """

    def __init__(self, name: str) -> None:
        self._entries: ContextVar[tuple[tuple[Callable[[], bool], T], ...]] = ContextVar(name, default=())

    def enter(self, lock: Lock, value: T) -> None:
        """Choose a value while a lock is held."""
        self.innermost()
        self._entries.set((*self._entries.get(), (lock.locked, value)))

    def innermost(self) -> T | None:
        """Return the value in force; None where no scope is open."""
        entries = self._entries.get()
        if not entries:
            return None
        count = len(entries)
        while count and not entries[count - 1][0]():
            count -= 1
        if count < len(entries):
            self._entries.set(entries[:count])
        return entries[count - 1][1] if count else None


__all__ = ["Choice", "Lock", "Scope", "new_lock"]
