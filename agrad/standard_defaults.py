"""What a backend gets for nothing: its namespace, completed with what agrad needs beyond the standard, written on the standard alone."""

from __future__ import annotations

from typing import Any

from agrad.backend import Backend, Namespace


def make_namespace(backend: Backend) -> Namespace:
    """Return a backend's functions as one object: the module's own, and our defaults where it has none."""
    module = backend.namespace()
    xp = Namespace(f"agrad.{backend.name}")
    xp.backend = backend
    for name in dir(module):
        if not name.startswith("_"):
            setattr(xp, name, getattr(module, name))
    for extension in ("linalg", "fft"):
        part = Namespace(f"agrad.{backend.name}.{extension}")
        source = getattr(module, extension, None)
        for name in dir(source):
            if not name.startswith("_"):
                setattr(part, name, getattr(source, name))
        setattr(xp, extension, part)
    return xp
