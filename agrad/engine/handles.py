"""Handles of registered hooks, and whether backward has to look for leaves that have some."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any


class RemovableHandle:
    """What registering a hook returns: ``remove()`` takes the hook away; also a context manager."""

    _ids = itertools.count(1)

    def __init__(self, hooks: dict[int, Callable[..., Any]], hook: Callable[..., Any]) -> None:
        self.id = next(RemovableHandle._ids)
        self._hooks = hooks
        hooks[self.id] = hook

    def remove(self) -> None:
        """Take the hook away; nothing happens when it is gone already."""
        self._hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *_: Any) -> None:
        self.remove()


class _Watch:
    """Whether any leaf ever had a hook that waits for its gradient: only then does backward look for such leaves."""

    __slots__ = ("leaves",)

    def __init__(self) -> None:
        self.leaves = False


watch = _Watch()


__all__ = ["RemovableHandle", "watch"]
