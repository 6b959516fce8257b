"""In-place changes, noticed by backward at next to no cost.

Instead of a version counter in each tensor, one log holds which raw arrays were changed, with the sequence number at which it
happened. Nodes carry sequence numbers anyway, so backward compares one number per node, ``log.last``, and looks further only where
something was changed after the node was recorded.
"""

from __future__ import annotations

import weakref
from functools import partial
from typing import Any

from agrad.engine.core import next_sequence

_LIMIT = 4096


class _Log:
    """Which raw arrays were written to, and when."""

    __slots__ = ("entries", "last")

    def __init__(self) -> None:
        self.last = 0
        self.entries: dict[int, tuple[Any, int]] = {}

    def record(self, raw: Any) -> int:
        """Note that `raw` (an array, or the root that owns its memory) changes now; return the sequence number."""
        sequence = next_sequence()
        key = id(raw)
        try:
            # The dead reference that the callback is given becomes pop's default.
            reference: Any = weakref.ref(raw, partial(self.entries.pop, key))
        except TypeError:
            reference = lambda raw=raw: raw
        self.entries[key] = (reference, sequence)
        self.last = sequence
        if len(self.entries) > _LIMIT:
            for old in list(self.entries)[: _LIMIT // 2]:
                reference, _ = self.entries[old]
                # Only what the log alone keeps alive may be forgotten: nobody can ask for it again but an old node.
                if not isinstance(reference, weakref.ref):
                    del self.entries[old]
        return sequence

    def changed_since(self, raw: Any, sequence: int) -> bool:
        """Whether `raw` was written to after the node with this sequence number was recorded."""
        entry = self.entries.get(id(raw))
        return entry is not None and entry[1] > sequence and entry[0]() is raw


log = _Log()
