"""Special points: where a function's formula, or a branch of its rule, is another than elsewhere; and what is right there.

A rule of the kind ``where(special, CONSTANT, formula)`` may have the right value and lose every derivative after it. So each
differentiable function has a row for its zeros, ties, kinks, bounds and poles, with a *germ*: a function of mpmath numbers whose
derivatives, of every order, are right at these points. Where the function is smooth the germ is the function; at a kink it is the
branch, or the mean of branches, that the convention takes: ``0`` for relu at 0, ``(x + y) / 2`` for maximum at a tie.

Where a derivative is infinite, or there is none, ``stated`` names what is found: by the slots that are differentiated in, "0" for the
first argument, "01" for the mixed second derivative. A wanted value that is not finite accepts every other that is not, but the
infinity of the other sign; None asks only that all modes agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, eq=False)
class Points:
    """Some special points of one function.

    Parameters
    ----------
    name : str
        A primitive's name in the registry, a composite's, or with `function` any name: that of what is judged.
    args : sequence of sequence of float
        An elementwise function's points, one list for each argument, as long as each other. For other functions one array for each
        argument.
    germ : callable, optional
        Of mpmath numbers: one for each argument, giving a number; for other than elementwise functions one list of numbers for each
        argument, flat, giving a list of numbers, flat.
    stated : mapping from slots to values, one for each point
        In place of what the germ gives.
    function : callable, optional
        ``(*tensors) -> Tensor``, where the primitive's own call is not meant.
    params : mapping
        Keyword parameters of the primitive.
    elementwise : bool
    order : int
        The highest order of derivatives that is judged.
    wrt : tuple of int, optional
        The arguments that are differentiated, all by default.
    why : str
        The convention, where the germ is not the function.
    tolerance : float
        How far derivatives may be off, relative to the greater of 1 and the wanted value.
    """

    name: str
    args: Sequence[Any]
    germ: Callable[..., Any] | None = None
    stated: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    function: Callable[..., Any] | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    elementwise: bool = True
    order: int = 3
    wrt: tuple[int, ...] | None = None
    why: str = ""
    tolerance: float = 1e-10
    vmap: bool = True
    skip: Mapping[str, str] = field(default_factory=dict)


def one(name: str, points: Sequence[float], germ: Callable[..., Any] | None = None, **more: Any) -> Points:
    """Return points of an elementwise function of one argument."""
    return Points(name, [list(points)], germ, **more)


def two(
    name: str, points: Sequence[tuple[float, float]], germ: Callable[..., Any] | None = None, **more: Any
) -> Points:
    """Return points (x, y) of an elementwise function of two arguments."""
    return Points(name, [[x for x, _ in points], [y for _, y in points]], germ, **more)


def whole(name: str, args: Sequence[Any], germ: Callable[..., Any] | None = None, **more: Any) -> Points:
    """Return a point of a function that is not elementwise: one array for each argument."""
    return Points(name, args, germ, elementwise=False, **more)


__all__ = ["Points", "one", "two", "whole"]
