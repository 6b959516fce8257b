"""Forward mode as a transform of functions: jvp."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agrad.engine.apart import apart
from agrad.engine.core import TensorCore, classes
from agrad.engine.grad_level import NotDifferentiable, zeros_like
from agrad.engine.jvp_level import make_dual, split_dual
from agrad.engine.levels import Level, new_level
from agrad.errors import GradError
from agrad.func._arguments import require_outputs, require_tensors, with_aux
from agrad.func._trees import flatten, lower_with, structure, to_raw, to_tensor, to_tensors

TOLD = "jvp(f, primals, tangents)"


def jvp(
    func: Callable[..., Any],
    primals: tuple[Any, ...],
    tangents: tuple[Any, ...],
    *,
    strict: bool = False,
    has_aux: bool = False,
) -> Any:
    """Return ``func(*primals)`` and its derivative along `tangents`.

    Parameters
    ----------
    func : callable
        Gives a tree of Tensors; with `has_aux` a pair (tree, anything).
    primals, tangents : tuples of trees of Tensors (or raw arrays), of one structure
        A tangent has its primal's shape.
    strict : bool
        Refuse an output that does not depend on the primals, instead of giving it a tangent of zeros.
    has_aux : bool
        The answer is (output, tangent, aux).

    Returns
    -------
    (tree, tree)
        The output and its tangent, of one structure.

    Raises
    ------
    RuntimeError
        For primals that are no tuple, and for tangents of another structure or shape.

    Examples
    --------
    >>> import agrad
    >>> from agrad import func
    >>> value, tangent = func.jvp(lambda x: x * x, (agrad.tensor(3.0),), (agrad.tensor(1.0),))
    >>> float(value), float(tangent)
    (9.0, 6.0)
    """
    for what, given in (("primals", primals), ("tangents", tangents)):
        if what == "primals" and not isinstance(given, tuple):
            raise GradError(f"{TOLD}: Expected {what} to be a tuple. E.g. it should be valid to call f(*primals).")
    (primals, tangents), raw = to_tensors((primals, tangents))
    leaves, spec = flatten(primals)
    directions, direction_spec = flatten(tangents)
    if direction_spec != spec:
        raise GradError(
            f"{TOLD}: Expected primals and tangents to have the same python structure. For example, if primals is a tuple of 3 "
            f"tensors, tangents also must be. Got primals with structure {structure(primals)} and tangents with structure "
            f"{structure(tangents)}"
        )
    require_tensors(leaves, TOLD, "primals")
    require_tensors(directions, TOLD, "tangents")
    directions = [_tangent_for(leaf, direction) for leaf, direction in zip(leaves, directions, strict=True)]
    with new_level("jvp") as level, level.finishing():
        pairs, out_spec, aux = _pushed(level, func, spec, leaves, directions, has_aux)
    if strict and any(tangent is None for _, tangent in pairs):
        raise GradError(
            "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is not allowed with "
            "strict=True."
        )
    value = out_spec.unflatten([primal for primal, _ in pairs])
    out_tangents = [zeros_like(primal) if tangent is None else tangent for primal, tangent in pairs]
    pushed = out_spec.unflatten(apart(out_tangents, (*leaves, *directions)))
    answer = (value, pushed, aux) if has_aux else (value, pushed)
    return to_raw(answer) if raw else answer


def _pushed(
    level: Level, func: Callable[..., Any], spec: Any, leaves: list[Any], directions: list[Any], has_aux: bool
) -> tuple[list[tuple[Any, Any]], Any, Any]:
    """Return the outputs' pairs of value and tangent, their structure, and aux; a frame of its own, as reverse mode's."""
    duals = [make_dual(level, leaf, direction) for leaf, direction in zip(leaves, directions, strict=True)]
    output, aux = with_aux(func(*spec.unflatten(duals)), has_aux, TOLD)
    outputs, out_spec = flatten(output)
    outputs = [to_tensor(one) for one in outputs]
    require_outputs(outputs, TOLD)
    pairs = [split_dual(level, one) for one in outputs]
    return pairs, out_spec, lower_with(lambda leaf: split_dual(level, leaf)[0], aux)


def _tangent_for(primal: TensorCore, tangent: Any) -> Any:
    """Return a tangent in its primal's dtype, checked."""
    if not primal._options.is_inexact:
        raise NotDifferentiable(f"Expected primal to be floating point or complex, but got: {primal._options.dtype!r}")
    if tangent._shape != primal._shape:
        raise GradError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not "
            f"supported. Tensor is of size {list(primal._shape)} while the given forward gradient is of size "
            f"{list(tangent._shape)}."
        )
    if tangent._options.dtype is not primal._options.dtype:
        return classes.tensor_xp.astype(tangent, primal._options.dtype)
    return tangent
