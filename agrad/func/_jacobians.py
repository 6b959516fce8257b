"""Jacobians and Hessians: all rows, or all columns, at once, by vmap over the pull or the push.

Each Jacobian has the shape ``output.shape + input.shape``. Where the output or the argument is a tree, so is the Jacobian: a tree
of the output's structure whose leaves are trees of the argument's.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from agrad.engine.core import classes, wrap
from agrad.func._arguments import Argnums, TransformError, chosen_arguments, replaced, require_outputs, require_real
from agrad.func._forward import jvp
from agrad.func._reverse import grad, pulling
from agrad.func._trees import computing_in, flatten, map_tree, to_raw, to_tensors
from agrad.func._vmap import vmap
from agrad.primitives._geometry import size_of


def _basis(leaves: Sequence[Any]) -> list[Any]:
    """Return, per leaf, the rows of the identity over all leaves' elements, as a batch of arrays of the leaf's shape."""
    counts = [size_of(leaf._shape) for leaf in leaves]
    total = sum(counts)
    rows = []
    start = 0
    for leaf, count in zip(leaves, counts, strict=True):
        # A constant of the real backend below: it is lifted to whatever level it meets.
        options = leaf._options
        backend = options.backend.inner if options.backend.level else options.backend
        plain = backend.options(options.device, options.dtype)
        raw = plain.xp.eye(total, count, k=-start, dtype=plain.raw_dtype, device=plain.raw_device)
        rows.append(wrap(plain.xp.reshape(raw, (total, *leaf._shape)), plain))
        start += count
    return rows


def _cut(value: Any, shapes: list[tuple[int, ...]], axis: int) -> list[Any]:
    """Cut the basis axis of a stack of rows into the axes of each leaf's shape."""
    xp = classes.tensor_xp
    before, after = value._shape[:axis], value._shape[axis + 1 :]
    if len(shapes) == 1:
        return [value if len(shapes[0]) == 1 else xp.reshape(value, (*before, *shapes[0], *after))]
    parts = []
    start = 0
    for shape in shapes:
        count = size_of(shape)
        piece = value[(slice(None),) * axis + (slice(start, start + count),)]
        parts.append(xp.reshape(piece, (*before, *shape, *after)))
        start += count
    return parts


def jacrev(
    func: Callable[..., Any], argnums: Argnums = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> Callable[..., Any]:
    """Return the Jacobian of a function, by reverse mode: all rows at once. For fewer outputs than inputs.

    Parameters
    ----------
    func : callable
        From trees of real floating Tensors or raw arrays to a tree of such; with `has_aux` to (tree, anything).
    argnums : int or tuple of int
        Which positional arguments to differentiate.
    has_aux : bool
        The answer is (Jacobian, aux).
    chunk_size : int, optional
        How many rows at a time, where all of them need too much memory.

    Returns
    -------
    callable
        Takes what `func` takes and gives a tree of the output's structure, whose leaves are trees of the argument's (tuples of
        such for a tuple of `argnums`), each of shape ``output.shape + input.shape``.

    Examples
    --------
    >>> import agrad
    >>> from agrad import func
    >>> func.jacrev(lambda x: x * x)(agrad.tensor([1.0, 2.0])).tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    """
    if chunk_size is not None and chunk_size <= 0:
        raise TransformError("jacrev: `chunk_size` should be greater than 0.")

    @functools.wraps(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        (args, kwargs), raw = to_tensors((args, kwargs))
        numbers, chosen = chosen_arguments(args, argnums)
        require_real(flatten(chosen)[0], "jacrev", "inputs")
        with computing_in(raw):
            answer = pulling(func, args, numbers, kwargs, has_aux)
        output, pull = answer[:2]
        outputs, out_spec = flatten(output)
        require_real(outputs, "jacrev", "outputs")
        rows = _basis(outputs)
        jacobians = vmap(lambda *row: pull(out_spec.unflatten(row)), chunk_size=chunk_size)(*rows)
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
    func: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    randomness: str = "error",
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """Return the Jacobian of a function, by forward mode: all columns at once. For fewer inputs than outputs.

    Parameters
    ----------
    func, argnums, has_aux, chunk_size
        As in :func:`jacrev`; the chunks are of columns.
    randomness : {"error", "different", "same"}
        What random numbers drawn inside do, as in :func:`vmap`.

    Returns
    -------
    callable
        As in :func:`jacrev`.

    Examples
    --------
    >>> import agrad
    >>> from agrad import func
    >>> func.jacfwd(lambda x: x * x)(agrad.tensor([1.0, 2.0])).tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    """
    if chunk_size is not None and chunk_size <= 0:
        raise TransformError("jacfwd: `chunk_size` should be greater than 0.")

    @functools.wraps(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        (args, kwargs), raw = to_tensors((args, kwargs))
        numbers, chosen = chosen_arguments(args, argnums)
        leaves, spec = flatten(chosen)
        require_real(leaves, "jacfwd", "inputs")

        def along(*column: Any) -> Any:
            inner = lambda *values: func(*replaced(args, numbers, values), **kwargs)
            answer = jvp(inner, chosen, spec.unflatten(column), has_aux=has_aux)
            return (answer[1], answer[2]) if has_aux else answer[1]

        with computing_in(raw):
            pushed = vmap(along, randomness=randomness, chunk_size=chunk_size)(*_basis(leaves))
        aux = None
        if has_aux:
            pushed, aux = pushed
            # Each column computed it, and all found the same.
            aux = map_tree(lambda leaf: leaf[0], aux)
        outputs, out_spec = flatten(pushed)
        require_outputs(outputs, "jacfwd")
        require_real(outputs, "jacfwd", "outputs")
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

    Parameters
    ----------
    func : callable
        From trees of real floating Tensors or raw arrays to a tree of such, a Tensor of shape () mostly.
    argnums : int or tuple of int

    Returns
    -------
    callable
        Gives arrays of shape ``output.shape + input.shape + input.shape``, in trees as :func:`jacrev`'s.

    Examples
    --------
    >>> import agrad
    >>> from agrad import func
    >>> func.hessian(lambda x: x @ (x * x))(agrad.tensor([1.0, 2.0])).tolist()
    [[6.0, 0.0], [0.0, 12.0]]
    """
    return jacfwd(jacrev(func, argnums), argnums)


def hvp(func: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
    """Return the gradient of a scalar function and its Hessian times `tangents`, forward over reverse.

    Parameters
    ----------
    func : callable
        Gives a Tensor of shape ().
    primals, tangents : tuples of trees, of one structure

    Returns
    -------
    (gradient, product)
        Trees per primal: tuples where there are several primals.

    Examples
    --------
    >>> import agrad
    >>> from agrad import func
    >>> x, v = agrad.tensor([1.0, 2.0]), agrad.tensor([1.0, 0.0])
    >>> gradient, product = func.hvp(lambda x: x @ (x * x), (x,), (v,))
    >>> gradient.tolist(), product.tolist()
    ([3.0, 12.0], [6.0, 0.0])
    """
    argnums: Argnums = 0 if len(primals) == 1 else tuple(range(len(primals)))
    return jvp(grad(func, argnums), primals, tangents)
