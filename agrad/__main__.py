"""``python -m agrad``: versions, the backends there are, and the command that installs what is missing.

Nothing is imported to find that out, so it also works where a library is broken; ``--devices`` loads each installed
backend and asks it for its devices.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from dataclasses import dataclass
from importlib import metadata

from agrad import __version__
from agrad.backend import available_backends, get_backend, install_command, is_installed, missing_module, needed_module

#: what agrad itself stands on
_OWN = ("array-api-compat", "numpy", "optree", "scipy")
_INDENT = "  "


@dataclass
class Row:
    """What is known of one backend."""

    name: str
    library: str
    state: str
    remedy: str = ""


def version_of(distribution: str) -> str | None:
    """Return the version of an installed distribution; None when there is none."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def library_of(backend: str, distributions: dict[str, list[str]]) -> str:
    """Return the name and version of the library that a backend needs, as far as they can be told."""
    module = needed_module(backend)
    if module is None:
        return "its own"
    names = sorted(set(distributions.get(module, ())))
    versions = [f"{name} {version_of(name) or ''}".strip() for name in names]
    return ", ".join(versions) or module


def look_at(backend: str, distributions: dict[str, list[str]], devices: bool) -> Row:
    """Return what is known of a backend, loading it when `devices` are asked for."""
    library = library_of(backend, distributions)
    missing = missing_module(backend)
    if missing is not None:
        state = "not installed" if missing == needed_module(backend) else f"not installed: no module {missing}"
        return Row(backend, library, state, install_command(backend))
    if not devices:
        return Row(backend, library, "installed")
    try:
        found = ", ".join(str(device) for device in get_backend(backend).devices())
    except Exception as error:  # a driver that does not answer, a library built for another one: tell it and go on
        return Row(backend, library, f"does not work: {type(error).__name__}: {error}")
    return Row(backend, library, found)


def table(rows: list[Row]) -> str:
    """Return the backends as lines of aligned columns, each remedy on a line of its own below."""
    titles = Row("backend", "library", "state")
    names = max(len(row.name) for row in [titles, *rows])
    libraries = max(len(row.library) for row in [titles, *rows])
    lines = []
    for row in [titles, *rows]:
        lines.append(f"{_INDENT}{row.name:<{names}}  {row.library:<{libraries}}  {row.state}".rstrip())
        if row.remedy:
            lines.append(f"{_INDENT}{'':<{names}}  {row.remedy}")
    return "\n".join(lines)


def report(devices: bool = False) -> str:
    """Return the whole text."""
    distributions = {name: list(owners) for name, owners in metadata.packages_distributions().items()}
    lines = [
        f"agrad {__version__}",
        f"Python {platform.python_version()} ({sys.executable}) on {platform.platform()}",
        ", ".join(f"{name} {version_of(name) or 'not installed'}" for name in _OWN),
        "",
        table([look_at(name, distributions, devices) for name in available_backends()]),
        "",
        default_backend_line(),
    ]
    if not devices:
        lines.append("The devices of each: python -m agrad --devices")
    return "\n".join(lines)


def default_backend_line() -> str:
    """Return which backend tensors are made on when nothing else tells, and who says so."""
    chosen = os.environ.get("AGRAD_BACKEND")
    if chosen is None:
        return "Tensors are made on numpy unless told otherwise (AGRAD_BACKEND is not set)."
    text = f"Tensors are made on {chosen} unless told otherwise (AGRAD_BACKEND)."
    if chosen not in available_backends():
        return f"{text} There is no backend of this name: unset AGRAD_BACKEND, or set it to one of those above."
    if not is_installed(chosen):
        return f"{text} It is not installed: {install_command(chosen)}"
    return text


def main(argv: list[str] | None = None) -> int:
    """Print the report."""
    parser = argparse.ArgumentParser(prog="python -m agrad", description="Show agrad's versions, backends and devices.")
    parser.add_argument("--devices", action="store_true", help="load each installed backend and list its devices")
    parser.add_argument("--version", action="version", version=f"agrad {__version__}")
    options = parser.parse_args(argv)
    print(report(options.devices))
    return 0


if __name__ == "__main__":
    sys.exit(main())
