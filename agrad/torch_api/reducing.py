"""How reductions are told what to reduce: ``dim`` or ``axis``, one or several, by number or by name.

The confusing case: no axes, ``sum(())``, means all of them, as leaving the argument out does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agrad.errors import AgradError
from agrad.torch_api.shape_arguments import ArgumentTypeError

Axes = int | tuple[int, ...] | None


class AxisNameError(AgradError, RuntimeError):
    """A name that no axis has."""


def axes_of(name: str, input: Any, dim: Any, one: bool = False) -> Any:
    """Return `dim` as primitives take it: None for all axes, an int, or a tuple of ints.

    Parameters
    ----------
    dim : int, name, sequence of them, or None
    one : bool
        Whether one axis is wanted, not several.

    Raises
    ------
    TypeError
        For what names no axis.
    """
    if dim is None or type(dim) is int:
        return dim
    if isinstance(dim, str):
        return _position(name, input, dim)
    if hasattr(dim, "__index__"):
        return dim.__index__()
    if one:
        raise ArgumentTypeError(f"{name}(): argument 'dim' must be int, not {type(dim).__name__}")
    if not isinstance(dim, Sequence):
        raise ArgumentTypeError(
            f"{name}() received an invalid combination of arguments - dim must be ints or names of axes; "
            f"received {type(dim).__name__}"
        )
    return tuple(axes_of(name, input, axis, True) for axis in dim) or None


def _position(name: str, input: Any, called: str) -> int:
    """Return which axis a named tensor calls so."""
    names = getattr(input, "names", None)
    if names is None or all(one is None for one in names):
        raise ArgumentTypeError(
            f"{name}() received an invalid combination of arguments - dim was given by name ({called!r}), "
            "and the tensor has no names. Give its number."
        )
    if called not in names:
        raise AxisNameError(f"Name {called!r} not found in Tensor[{', '.join(map(repr, names))}].")
    return int(names.index(called))


def either(name: str, first: Any, second: Any, called: tuple[str, str] = ("dim", "axis")) -> Any:
    """Return what was given under one of two names.

    Raises
    ------
    TypeError
        When it was under both.
    """
    if first is not None and second is not None:
        raise ArgumentTypeError(
            f"{name}() got both {called[0]} and {called[1]}, which are one argument; give one of them"
        )
    return second if first is None else first


def required(name: str, input: Any, dim: Any, axis: Any) -> int:
    """Return the one axis that a function needs.

    Raises
    ------
    TypeError
        When there is none.
    """
    dim = either(name, dim, axis)
    if dim is None:
        raise ArgumentTypeError(f'{name}() missing 1 required positional arguments: "dim"')
    found: int = axes_of(name, input, dim, True)
    return found


__all__ = [
    "Axes",
    "AxisNameError",
    "axes_of",
    "either",
    "required",
]
