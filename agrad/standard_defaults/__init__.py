"""What a backend gets for nothing: its namespace, completed with what agrad needs beyond the standard.

The confusing case: every default takes the namespace first and is written on the standard alone, so it serves the
smallest backend (array-api-strict) and runs under ``jax.jit``; no default branches on values or makes a shape of them.
They are right first and fast second: an adapter puts its library's own function in a default's place where it has one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from agrad.backend import Backend, Namespace
from agrad.errors import MissingFunction
from agrad.standard_defaults import indexing, manipulation, matrices, names, numbers, windows

Find = Callable[[str], Any]

_DEFAULTS: dict[str, Callable[..., Any]] = {
    "as_strided": indexing.as_strided,
    "bitcast": indexing.bitcast,
    "broadcast_shapes": manipulation.broadcast_shapes,
    "clip": numbers.clip,
    "convolution": windows.convolution,
    "copysign": numbers.copysign,
    "count_nonzero": numbers.count_nonzero,
    "cumulative_prod": numbers.cumulative_prod,
    "cumulative_sum": numbers.cumulative_sum,
    "diff": numbers.diff,
    "hypot": numbers.hypot,
    "index_add": indexing.index_add,
    "index_get": indexing.index_get,
    "index_reduce": indexing.index_reduce,
    "index_set": indexing.index_set,
    "isin": numbers.isin,
    "maximum": numbers.maximum,
    "minimum": numbers.minimum,
    "moveaxis": manipulation.moveaxis,
    "one_minus_square": numbers.one_minus_square,
    "reciprocal": numbers.reciprocal,
    "repeat": manipulation.repeat,
    "scatter_add": indexing.scatter_add,
    "signbit": numbers.signbit,
    "take_along_axis": indexing.take_along_axis,
    "tile": manipulation.tile,
    "unstack": manipulation.unstack,
    "write": indexing.write,
}
_LINALG_DEFAULTS: dict[str, Callable[..., Any]] = {
    "cross": matrices.cross,
    "diagonal": matrices.diagonal,
    "lu_factor": matrices.lu_factor,
    "lu_permutation": matrices.lu_permutation,
    "matrix_norm": matrices.matrix_norm,
    "matrix_power": matrices.matrix_power,
    "outer": matrices.outer,
    "solve_triangular": matrices.solve_triangular,
    "svdvals": matrices.svdvals,
    "trace": matrices.trace,
    "vector_norm": matrices.vector_norm,
}


class LazyNamespace(Namespace):
    """A part of a namespace whose functions are looked up when first asked for.

    Parameters
    ----------
    name : str
        What it is called in errors.
    find : callable
        From a function's name to the function; None where there is none.
    known : tuple of str
        The names it can be asked for, for ``dir``.
    """

    def __init__(self, name: str, find: Find, known: tuple[str, ...] = ()) -> None:
        super().__init__(name)
        self._find = find
        self._known = known

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        found = self._find(name)
        if found is None:
            raise MissingFunction(
                f"{self.__name__}.{name} is needed, and its library has none; agrad has no default for it on "
                "the standard. Use a backend that has it (agrad.use_backend), or compose it of others."
            )
        setattr(self, name, found)
        return found

    def look_in(self, find: Find) -> None:
        """Look functions up elsewhere from now on: how an adapter puts its library in the defaults' place."""
        self._find = find

    def __dir__(self) -> list[str]:
        return sorted({*self._known, *(name for name in self.__dict__ if not name.startswith("_"))})


def make_namespace(backend: Backend) -> Namespace:
    """Return a backend's functions as one object: the module's own, and our defaults where it has none.

    Attributes of the result beyond the standard: ``backend``; ``special``; ``checks_bounds`` (whether indices out of bounds
    raise by themselves: not in our defaults; an adapter that puts its library's reading and writing in their place sets it
    to True where the library raises); ``raises_on_singular`` (whether it raises for a singular matrix; False where it
    answers with inf or nan); and the defaults' names.
    """
    module = backend.namespace()
    xp = Namespace(f"agrad.{backend.name}")
    xp.backend = backend
    xp.checks_bounds = False
    xp.raises_on_singular = True
    _fill(xp, xp, module, names.MAIN, _DEFAULTS)
    linalg = LazyNamespace(f"{backend.name}.linalg", lambda _: None)
    _fill(linalg, xp, getattr(module, "linalg", None), names.LINALG, _LINALG_DEFAULTS)
    xp.linalg = linalg
    fft = LazyNamespace(f"{backend.name}.fft", lambda _: None)
    _fill(fft, xp, getattr(module, "fft", None), names.FFT, {})
    xp.fft = fft
    xp.special = LazyNamespace(f"{backend.name}.special", partial(default_special, xp), names.SPECIAL)
    return xp


def default_special(xp: Namespace, name: str) -> Any:
    """Return our default of a special function, bound to a namespace; None where there is none."""
    from agrad.standard_defaults.special import TABLE

    found = TABLE.get(name)
    return None if found is None else partial(found, xp)


def _fill(
    part: Namespace, xp: Namespace, source: Any, wanted: tuple[str, ...], defaults: dict[str, Callable[..., Any]]
) -> None:
    for name in wanted:
        found = getattr(source, name, None) if source is not None else None
        if found is not None or name == "newaxis":
            setattr(part, name, found)
    for name, default in defaults.items():
        if name not in part.__dict__:
            setattr(part, name, partial(default, xp))


__all__ = ["LazyNamespace", "default_special", "make_namespace"]
