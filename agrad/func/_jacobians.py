"""Forward mode and what is built of both modes: jvp, jacrev, jacfwd, hessian, hvp, functional_call."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from agrad.engine.core import classes
from agrad.engine.grad_level import zeros_like
from agrad.engine.jvp_level import make_dual, split_dual
from agrad.engine.levels import new_level
from agrad.errors import GradError
from agrad.func._reverse import Argnums, _aux_of, _split, _with, grad, vjp
from agrad.func._trees import flatten, lower_with, map_tree, to_raw, to_tensors
from agrad.func._vmap import vmap


def jvp(func: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...], *, has_aux: bool = False) -> Any:
    """Return ``func(*primals)`` and its derivative along `tangents`.

    Parameters
    ----------
    func : callable
    primals, tangents : tuples of trees of Tensors (or raw arrays), of one structure
    has_aux : bool
        `func` gives (output, aux), and so does this: (output, tangent, aux).

    Examples
    --------
    >>> import agrad
    >>> from agrad import func
    >>> value, tangent = func.jvp(lambda x: x * x, (agrad.tensor(3.0),), (agrad.tensor(1.0),))
    >>> float(value), float(tangent)
    (9.0, 6.0)
    """
    (primals, tangents), raw = to_tensors((tuple(primals), tuple(tangents)))
    leaves, spec = flatten(primals)
    directions, direction_spec = flatten(tangents)
    if direction_spec != spec:
        raise GradError(f"jvp: tangents must have the primals' structure {spec}; received {direction_spec}.")
    for index, (leaf, direction) in enumerate(zip(leaves, directions, strict=True)):
        if leaf._shape != direction._shape:
            raise GradError(
                f"jvp: tangent {index} has shape {direction._shape} and its primal has shape {leaf._shape}."
            )
    with new_level("jvp") as level:
        duals = [make_dual(level, leaf, direction) for leaf, direction in zip(leaves, directions, strict=True)]
        output, aux = _aux_of(func(*spec.unflatten(duals)), has_aux, "jvp")
        outputs, out_spec = flatten(output)
        pairs = [split_dual(level, one) for one in outputs]
        aux = lower_with(lambda leaf: split_dual(level, leaf)[0], aux)
    value = out_spec.unflatten([primal for primal, _ in pairs])
    pushed = out_spec.unflatten([zeros_like(primal) if tangent is None else tangent for primal, tangent in pairs])
    answer = (value, pushed, aux) if has_aux else (value, pushed)
    return to_raw(answer) if raw else answer


def _basis(leaves: list[Any]) -> tuple[list[Any], int]:
    """Return, per leaf, the rows of the identity over all leaves' elements, as a batch."""
    xp = classes.tensor_xp
    counts = []
    for leaf in leaves:
        count = 1
        for length in leaf._shape:
            count *= length
        counts.append(count)
    total = sum(counts)
    rows = []
    start = 0
    for leaf, count in zip(leaves, counts, strict=True):
        # zeros_like of the leaf, so that the basis lives where the leaf does, at whatever level
        flat = xp.reshape(xp.zeros_like(leaf), (1, count))
        hot = xp.astype(_eye_like(leaf, total, count, start), leaf._options.dtype)
        rows.append(xp.reshape(hot + flat, (total, *leaf._shape)))
        start += count
    return rows, total


def _eye_like(leaf: Any, rows: int, columns: int, start: int) -> Any:
    """Return ones at (start + i, i), on the leaf's backend, of the plainest kind."""
    from agrad.engine.core import wrap

    options = leaf._options
    backend = options.backend
    while backend.level:
        backend = backend.inner
    plain = backend.options(options.device, options.dtype)
    raw = plain.xp.eye(rows, columns, k=-start, dtype=plain.raw_dtype, device=plain.raw_device)
    return wrap(raw, plain)


def _cut(value: Any, shapes: list[tuple[int, ...]], axis: int) -> list[Any]:
    """Cut the basis axis of a stack of rows into the axes of each leaf's shape."""
    xp = classes.tensor_xp
    parts = []
    start = 0
    for shape in shapes:
        count = 1
        for length in shape:
            count *= length
        piece = value[(slice(None),) * axis + (slice(start, start + count),)]
        parts.append(xp.reshape(piece, (*piece._shape[:axis], *shape, *piece._shape[axis + 1 :])))
        start += count
    return parts


def jacrev(
    func: Callable[..., Any], argnums: Argnums = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> Callable[..., Any]:
    """Return the Jacobian of a function, by reverse mode: all rows at once, through vmap.

    Parameters
    ----------
    func : callable
    argnums : int or tuple of int
    has_aux : bool
    chunk_size : int, optional
        How many rows at a time.

    Returns
    -------
    callable
        Gives a tree of the output's structure, whose leaves are trees of the arguments', each of shape
        ``output.shape + input.shape``.

    Examples
    --------
    >>> import agrad
    >>> from agrad import func
    >>> jacobian = func.jacrev(lambda x: x * x)(agrad.tensor([1.0, 2.0]))
    >>> float(jacobian[0, 0]), float(jacobian[0, 1]), float(jacobian[1, 1])
    (2.0, 0.0, 4.0)
    """

    @functools.wraps(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        (args, kwargs), raw = to_tensors((args, kwargs))
        numbers, chosen = _split(args, argnums)
        answer = vjp(lambda *inner: func(*_with(args, numbers, inner), **kwargs), *chosen, has_aux=has_aux)
        output, pull = answer[:2]
        outputs, out_spec = flatten(output)
        rows, _ = _basis(outputs)
        jacobians = vmap(lambda *row: pull(out_spec.unflatten(list(row))), chunk_size=chunk_size)(*rows)
        leaves, spec = flatten(jacobians)
        shapes = [one._shape for one in outputs]
        cut = [_cut(leaf, shapes, 0) for leaf in leaves]
        per_output = []
        for index in range(len(outputs)):
            tree = spec.unflatten([parts[index] for parts in cut])
            per_output.append(tree[0] if isinstance(argnums, int) else tree)
        result = out_spec.unflatten(per_output)
        result = (result, answer[2]) if has_aux else result
        return to_raw(result) if raw else result

    return function


def jacfwd(
    func: Callable[..., Any], argnums: Argnums = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> Callable[..., Any]:
    """Return the Jacobian of a function, by forward mode: all columns at once, through vmap.

    Parameters and result are :func:`jacrev`'s.
    """

    @functools.wraps(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        (args, kwargs), raw = to_tensors((args, kwargs))
        numbers, chosen = _split(args, argnums)
        leaves, spec = flatten(chosen)
        columns, _ = _basis(leaves)

        def along(*column: Any) -> Any:
            inner = lambda *values: func(*_with(args, numbers, values), **kwargs)
            answer = jvp(inner, chosen, spec.unflatten(list(column)), has_aux=has_aux)
            return (answer[1], answer[2]) if has_aux else answer[1]

        pushed = vmap(along, chunk_size=chunk_size)(*columns)
        aux = None
        if has_aux:
            pushed, aux = pushed
            aux = map_tree(lambda leaf: leaf[0], aux)
        outputs, out_spec = flatten(pushed)
        shapes = [leaf._shape for leaf in leaves]
        results = []
        for output in outputs:
            last = classes.tensor_xp.moveaxis(output, 0, -1)
            tree = spec.unflatten(_cut(last, shapes, len(last._shape) - 1))
            results.append(tree[0] if isinstance(argnums, int) else tree)
        result = out_spec.unflatten(results)
        result = (result, aux) if has_aux else result
        return to_raw(result) if raw else result

    return function


def hessian(func: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """Return the Hessian of a function: forward mode over reverse mode.

    Examples
    --------
    >>> import agrad
    >>> from agrad import func
    >>> second = func.hessian(lambda x: x @ (x * x))(agrad.tensor([1.0, 2.0]))
    >>> float(second[0, 0]), float(second[0, 1]), float(second[1, 1])
    (6.0, 0.0, 12.0)
    """
    return jacfwd(jacrev(func, argnums), argnums)


def hvp(func: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
    """Return the gradient of a scalar function and its Hessian times `tangents`, forward over reverse.

    Parameters
    ----------
    func : callable
    primals, tangents : tuples of trees

    Returns
    -------
    (gradient, product)
        Trees per primal: tuples where there are several primals.
    """
    argnums: Argnums = 0 if len(primals) == 1 else tuple(range(len(primals)))
    return jvp(grad(func, argnums), primals, tangents)


def functional_call(
    module: Any, parameters: dict[str, Any], args: Any = (), kwargs: dict[str, Any] | None = None
) -> Any:
    """Call an object with some of its attributes replaced, and put them back.

    Parameters
    ----------
    module : callable object
    parameters : dict
        From dotted attribute names to Tensors.
    args : tuple, or one argument
    kwargs : dict, optional
    """
    args = args if isinstance(args, tuple) else (args,)
    before: list[tuple[Any, str, Any]] = []
    try:
        for path, value in parameters.items():
            *owners, name = path.split(".")
            owner = module
            for part in owners:
                owner = getattr(owner, part)
            before.append((owner, name, getattr(owner, name)))
            setattr(owner, name, value)
        return module(*args, **(kwargs or {}))
    finally:
        for owner, name, value in reversed(before):
            setattr(owner, name, value)
