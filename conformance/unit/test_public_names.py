"""agrad's public names are listed in ``__all__``, without which a type checker does not take a re-export for one."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

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


#: the public modules that are no attribute of another public one's
APART = (
    "agrad.autograd.function",
    "agrad.autograd.gradcheck",
    "agrad.devices",
    "agrad.distributions.kl",
    "agrad.dtypes",
    "agrad.extend",
    "agrad.nn.parameter",
)


def public_modules(module: ModuleType, seen: set[str]) -> Iterator[ModuleType]:
    """Give a public module and those that it lists in its ``__all__``."""
    if module.__name__ in seen:
        return
    seen.add(module.__name__)
    yield module
    for name in module.__all__:
        value = getattr(module, name)
        if isinstance(value, ModuleType) and value.__name__.startswith("agrad."):
            yield from public_modules(value, seen)


MODULES = [*public_modules(agrad, set()), *map(importlib.import_module, APART)]


def test_the_public_modules_are_found() -> None:
    names = {module.__name__ for module in MODULES}
    packages = "array_api array_api.linalg autograd backend distributions errors fft func linalg nn nn.functional nn.init nn.utils"
    packages += " optim optim.lr_scheduler random special testing utils utils.data utils.checkpoint viz"
    assert {f"agrad.{name}" for name in packages.split()} <= names


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_dir_is_all(module: ModuleType) -> None:
    assert dir(module) == sorted(set(module.__all__))
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


def test_dir_loads_nothing() -> None:
    """``dir(agrad)``, as an editor asks for it, leaves the lazy packages alone."""
    code = "import agrad, sys; before = set(sys.modules); dir(agrad); assert set(sys.modules) == before; assert 'agrad.nn' not in before"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_transforms_at_the_top() -> None:
    for name in ("grad", "value_and_grad", "jacobian", "hessian", "vjp", "jvp", "hvp", "vmap"):
        assert name in agrad.__all__ and callable(getattr(agrad, name))
