"""Tuples with named fields: what ``typing.NamedTuple`` makes, at a twentieth of its cost when agrad is imported.

A type checker reads ``class Pair(Fields): ...`` as a NamedTuple. The confusing case: its fields are the class's annotations alone,
in their order, and have no defaults.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NamedTuple as Fields
else:

    class Fields(tuple):
        """The base of tuples with named fields."""

        __slots__ = ()
        _fields: tuple[str, ...] = ()

        def __init_subclass__(cls) -> None:
            cls._fields = cls.__match_args__ = tuple(cls.__annotations__)
            for position, name in enumerate(cls._fields):
                setattr(cls, name, property(itemgetter(position), doc=f"Field {position}."))

        def __new__(cls, *values: Any, **named: Any) -> Fields:
            """Make the tuple of one value for each field."""
            if named:
                values = (*values, *(named.pop(name) for name in cls._fields[len(values) :] if name in named))
            if named or len(values) != len(cls._fields):
                raise TypeError(
                    f"{cls.__name__} has the fields {', '.join(cls._fields)}: one value is needed for each."
                )
            return tuple.__new__(cls, values)

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)

        def __repr__(self) -> str:
            fields = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
            return f"{type(self).__name__}({fields})"

        @classmethod
        def _make(cls, values: Any) -> Fields:
            """Return the tuple of an iterable's values."""
            return cls(*values)

        def _asdict(self) -> dict[str, Any]:
            """Return the fields as a dictionary."""
            return dict(zip(self._fields, self, strict=True))

        def _replace(self, **changes: Any) -> Fields:
            """Return a tuple with other values of some fields."""
            return type(self)(**{**self._asdict(), **changes})


__all__ = ["Fields"]
