"""What a node's class becomes once somebody has looked at the node: attributes for what it keeps, and a name of its own."""

from __future__ import annotations

from typing import Any


class Shown:
    """What a node's class gets once somebody has looked at the node: attributes for what it keeps, ``_saved_self`` and its like, and
    the node's name for its own.

    A class with ``__getattr__`` makes every attribute of its objects slow, so that only nodes that were asked for pay for it.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("_saved_", "_raw_saved_")):
            from agrad.engine.saved import saved_value

            return saved_value(self, name)  # type: ignore[arg-type]
        raise AttributeError(f"{type(self).__name__} object has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        from agrad.engine.saved import saved_names

        return [*super().__dir__(), *saved_names(self)]  # type: ignore[arg-type]


_shown: dict[tuple[type, str], type] = {}


def shown_class(kind: type, name: str) -> type:
    """Return the class of nodes of this kind and name that somebody has looked at: ``type(node).__name__`` is the name."""
    found = _shown.get((kind, name))
    if found is None:
        bases = (kind,) if hasattr(kind, "__getattr__") else (Shown, kind)
        names = {"__slots__": (), "__module__": kind.__module__, "__qualname__": name, "_kind": kind}
        found = _shown[kind, name] = type(name, bases, names)
    return found


def kind_of(node: Any) -> type:
    """Return a node's class as it was before somebody looked at it."""
    kind: type = type(node).__dict__.get("_kind", type(node))
    return kind


__all__ = ["Shown", "kind_of", "shown_class"]
