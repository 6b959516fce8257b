"""What the suite needs beyond agrad's own dependencies: agrad's extra 'test' brings it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from agrad.errors import AgradError

#: modules that the table of cases and the references import
MODULES = ("mpmath",)


class MissingExtra(AgradError, ModuleNotFoundError):
    """A module that comes with agrad's extra 'test', and is not installed."""


def require() -> None:
    """Raise unless the extra is installed.

    Raises
    ------
    MissingExtra
        With the commands that install it.
    """
    lacking = [module for module in MODULES if find_spec(module) is None]
    if lacking:
        raise MissingExtra(
            f"agrad_conformance needs {', '.join(lacking)}, which agrad's extra 'test' brings: python -m pip install '.[test]' in the "
            f"folder of agrad's source, or python -m pip install {' '.join(lacking)} anywhere."
        )


def load_mpmath() -> Any:
    """Return the module mpmath, for references of higher precision."""
    require()
    import mpmath

    return mpmath
