"""agrad's public names are listed in ``__all__``, without which a type checker does not take a re-export for one."""

from __future__ import annotations

import ast
from pathlib import Path

import agrad

FACE = Path(agrad.__file__)


def imported() -> set[str]:
    """Return the public names that agrad/__init__.py binds by importing, or makes when asked."""
    names: set[str] = set()
    for statement in ast.walk(ast.parse(FACE.read_text(encoding="utf-8"))):
        if isinstance(statement, ast.ImportFrom) and statement.module != "__future__":
            names.update(alias.asname or alias.name for alias in statement.names)
    return {name for name in names if not name.startswith("_")}


def test_every_public_name_is_listed() -> None:
    missing = sorted(imported() - set(agrad.__all__))
    assert not missing, f"add to __all__ in agrad/__init__.py: {', '.join(map(repr, missing))}"


def test_every_listed_name_is_there() -> None:
    assert [name for name in agrad.__all__ if not hasattr(agrad, name)] == []


def test_names_are_listed_once_in_order() -> None:
    assert list(agrad.__all__) == sorted(set(agrad.__all__))
