"""In-place changes, noticed by backward at next to no cost.

Instead of a version counter beside each saved array, one log holds which raw arrays were changed, with the sequence numbers at which it
happened. Nodes carry sequence numbers anyway, so backward compares one number per node, ``log.last``, and looks further only where
something was changed after the node was recorded.

The counter that people see (``Tensor._version``) is a cell shared by all that see each other's changes; the log keeps it beside the
change, so that an error can say which version was saved and which is there.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from agrad.engine.core import next_sequence

#: NumPy's scalars take no weak references: the log keeps so many of them alive
_SCALARS = 2048
#: changes told apart per array; older ones only count as the oldest
_CHANGES = 64


class _Entry:
    """The changes of one array: (sequence number, version before), the oldest first, and the cell that counts versions."""

    __slots__ = ("cell", "changes", "overwritten", "reference")

    def __init__(self, reference: Callable[[], Any], cell: list[int]) -> None:
        self.reference = reference
        self.cell = cell
        self.changes: list[tuple[int, int]] = []
        #: when the elements themselves were last written over; other changes left the array as it was and took another
        self.overwritten = 0


class _Log:
    """Which raw arrays were written to, and when."""

    __slots__ = ("entries", "last", "scalars")

    def __init__(self) -> None:
        self.last = 0
        self.entries: dict[int, _Entry] = {}
        self.scalars: deque[int] = deque()

    def record(self, raw: Any, cell: list[int], sequence: int | None = None, *, overwritten: bool = False) -> None:
        """Note that `raw` (an array, or the root that owns its memory) changes.

        Parameters
        ----------
        raw : array
        cell : list of one int
            The version counter, not yet raised for this change.
        sequence : int, optional
            When it counts as changed: now, unless an operation's own operands are to be left out.
        overwritten : bool
            Whether the array's own elements are written over. Otherwise its tensor takes another array, and whoever saved this
            one still has the elements that it computed with.
        """
        when = next_sequence() if sequence is None else sequence
        key = id(raw)
        entry = self.entries.get(key)
        if entry is None or entry.reference() is not raw:
            entry = self.entries[key] = _Entry(self._reference(raw, key), cell)
        entry.cell = cell
        entry.changes.append((when, cell[0]))
        if len(entry.changes) > _CHANGES:
            del entry.changes[1]
        if overwritten:
            entry.overwritten = when
        if when > self.last:
            self.last = when

    def _reference(self, raw: Any, key: int) -> Callable[[], Any]:
        try:
            # The dead reference that the callback is given becomes pop's default.
            return weakref.ref(raw, partial(self.entries.pop, key))
        except TypeError:
            self.scalars.append(key)
            if len(self.scalars) > _SCALARS:
                old = self.scalars.popleft()
                entry = self.entries.get(old)
                if entry is not None and not isinstance(entry.reference, weakref.ref):
                    del self.entries[old]
            return lambda: raw

    def changed_since(self, raw: Any, sequence: int) -> bool:
        """Whether `raw` was written to after the node with this sequence number was recorded."""
        entry = self.entries.get(id(raw))
        return entry is not None and entry.changes[-1][0] > sequence and entry.reference() is raw

    def overwritten_since(self, raw: Any, sequence: int) -> bool:
        """Whether the elements of `raw` itself were written over after the node with this sequence number was recorded."""
        entry = self.entries.get(id(raw))
        return entry is not None and entry.overwritten > sequence and entry.reference() is raw

    def versions(self, raw: Any, sequence: int) -> tuple[int, int]:
        """Return (version now, version when the node was recorded) of an array that was changed since."""
        entry = self.entries[id(raw)]
        return entry.cell[0], next(before for when, before in entry.changes if when > sequence)


log = _Log()
