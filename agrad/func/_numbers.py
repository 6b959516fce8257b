"""The transforms at the top of the package: ``agrad.grad(f)``, as autograd's and JAX's users write it.

They are :mod:`agrad.func`'s, and take Python numbers too, alone or in lists, tuples and dictionaries: ``agrad.grad(lambda x: x**3)(2.0)``
is 12.0, computed in float64.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from agrad import dtypes
from agrad.backend import get_default_backend
from agrad.engine.core import TensorCore, wrap
from agrad.func import _forward, _jacobians, _reverse
from agrad.func._arguments import Argnums, chosen_arguments, replaced
from agrad.func._trees import RawArrays, computing_in, flatten, map_tree, to_raw, to_tensors
from agrad.func._vmap import vmap


class _Numbers:
    """Which of the arguments to differentiate are Python numbers, and what is around them.

    Attributes
    ----------
    plain : list of bool
        For each leaf of the arguments to differentiate, whether it is a Python float or complex.
    raw : RawArrays or None
        What is known of the arrays among all arguments, if they are all raw.
    tensors : list of Tensor
        All arguments that are arrays, as Tensors.
    """

    def __init__(self, everything: Any, chosen: Any) -> None:
        self.plain = [_is_plain(leaf) for leaf in flatten(chosen)[0]]
        self.raw: RawArrays | None = None
        self.tensors: list[Any] = []
        if self:
            given, self.raw = to_tensors(everything)
            self.tensors = [leaf for leaf in flatten(given)[0] if isinstance(leaf, TensorCore)]

    def __bool__(self) -> bool:
        return True in self.plain

    def lifted(self, tree: Any) -> Any:
        """Return a tree with 0-d Tensors in place of its Python floats, and Tensors in place of raw arrays."""
        tree, _ = to_tensors(tree)
        return map_tree(lambda leaf: _tensor_of(leaf, self.tensors) if _is_plain(leaf) else leaf, tree)

    def computing(self) -> dtypes.at_least:
        """Return the block in which the function runs: floats become as wide as the arrays, or float64 where there are none."""
        if self.tensors:
            return computing_in(self.raw)
        wide = get_default_backend().supports(dtypes.float64)
        return dtypes.at_least(dtypes.float64 if wide else None)

    def value(self, tree: Any) -> Any:
        """Return the function's own output: Python numbers where there were no arrays at all, raw arrays for raw ones."""
        return to_raw(tree) if self.raw else tree if self.tensors else map_tree(_number_of, tree)

    def derivative(self, tree: Any, order: int = 1) -> Any:
        """Return derivatives with Python numbers in the places of numbers.

        Their leaves repeat those of the arguments for each output, and for each argument again in the second order.
        """
        places = self.plain
        if order == 2:
            places = [one and other for one in self.plain for other in self.plain]
        leaves, spec = flatten(to_raw(tree) if self.raw else tree)
        leaves = [_number_of(leaf) if places[index % len(places)] else leaf for index, leaf in enumerate(leaves)]
        return spec.unflatten(leaves)


def value_and_grad(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """Return a function that gives the value of `func` and its gradient.

    Parameters
    ----------
    func : callable
        Gives a Tensor of shape (); with `has_aux` a pair (Tensor, anything).
    argnums : int or tuple of int
        Which positional arguments to differentiate: trees of Tensors, of arrays of any library, or of Python floats.
    has_aux : bool
        Whether `func` gives something beside what is differentiated.

    Returns
    -------
    callable
        Gives (value, gradient), or ((value, aux), gradient): arrays of the library that the arguments were of, and Python floats
        for Python floats.

    Examples
    --------
    >>> import numpy as np
    >>> import agrad
    >>> agrad.value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    >>> value, gradient = agrad.value_and_grad(lambda x: (x * x).sum())(np.asarray([1.0, 2.0]))
    >>> gradient
    array([2., 4.])
    """
    transform = _reverse.value_and_grad(func, argnums, has_aux)

    @functools.wraps(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        positions, chosen = chosen_arguments(args, argnums)
        numbers = _Numbers((args, kwargs), chosen)
        if not numbers:
            return transform(*args, **kwargs)
        args, kwargs = _with_tensors(numbers, args, kwargs, positions)
        with numbers.computing():
            value, gradient = transform(*args, **kwargs)
        return numbers.value(value), numbers.derivative(gradient)

    return function


def grad(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """Return the gradient of a function that gives one number; the gradients of tensors' graphs are ``agrad.autograd.grad``'s.

    Parameters
    ----------
    func, argnums, has_aux
        As in :func:`value_and_grad`.

    Returns
    -------
    callable
        Takes what `func` takes and gives the gradient, or (gradient, aux).

    Examples
    --------
    >>> import agrad
    >>> cube = lambda x: x**3
    >>> agrad.grad(cube)(2.0), agrad.grad(agrad.grad(cube))(2.0)
    (12.0, 12.0)
    """
    transform = value_and_grad(func, argnums, has_aux)

    @functools.wraps(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        value, gradient = transform(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return function


def jacobian(
    func: Callable[..., Any], argnums: Argnums = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> Callable[..., Any]:
    """Return the Jacobian of a function, by reverse mode: :func:`agrad.func.jacrev`, of Python floats too.

    Parameters
    ----------
    func : callable
        From trees of real floating Tensors, of arrays of any library or of Python floats to a tree of Tensors; with `has_aux` to
        (tree, anything).
    argnums, has_aux, chunk_size
        As in :func:`agrad.func.jacrev`.

    Returns
    -------
    callable
        Gives a tree of the output's structure, whose leaves are trees of the argument's, each of shape ``output.shape +
        input.shape``; Python floats for Python floats, where the output is one number.

    Examples
    --------
    >>> import agrad
    >>> agrad.jacobian(lambda p: [p[0] * p[1], p[0] ** 2])([3.0, 2.0])
    [[2.0, 3.0], [6.0, 0.0]]
    """
    transform = _jacobians.jacrev(func, argnums, has_aux=has_aux, chunk_size=chunk_size)

    @functools.wraps(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        positions, chosen = chosen_arguments(args, argnums)
        numbers = _Numbers((args, kwargs), chosen)
        if not numbers:
            return transform(*args, **kwargs)
        args, kwargs = _with_tensors(numbers, args, kwargs, positions)
        with numbers.computing():
            answer = transform(*args, **kwargs)
        if has_aux:
            return numbers.derivative(answer[0]), numbers.value(answer[1])
        return numbers.derivative(answer)

    return function


def hessian(func: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """Return the Hessian of a function, forward mode over reverse mode: :func:`agrad.func.hessian`, of Python floats too.

    Parameters
    ----------
    func : callable
        From trees of real floating Tensors, of arrays of any library or of Python floats to a tree of Tensors, one of shape () mostly.
    argnums : int or tuple of int

    Returns
    -------
    callable
        Gives arrays of shape ``output.shape + input.shape + input.shape`` in trees as :func:`jacobian`'s; Python floats for Python
        floats.

    Examples
    --------
    >>> import agrad
    >>> agrad.hessian(lambda x: x**3)(2.0)
    12.0
    >>> agrad.hessian(lambda p: p[0] ** 2 * p[1])([3.0, 2.0])
    [[4.0, 6.0], [6.0, 0.0]]
    """
    transform = _jacobians.hessian(func, argnums)

    @functools.wraps(func)
    def function(*args: Any, **kwargs: Any) -> Any:
        positions, chosen = chosen_arguments(args, argnums)
        numbers = _Numbers((args, kwargs), chosen)
        if not numbers:
            return transform(*args, **kwargs)
        args, kwargs = _with_tensors(numbers, args, kwargs, positions)
        with numbers.computing():
            return numbers.derivative(transform(*args, **kwargs), order=2)

    return function


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """Return ``func(*primals)`` and the function that pulls cotangents back: :func:`agrad.func.vjp`, of Python floats too.

    Parameters
    ----------
    func : callable
        Gives a tree of floating Tensors; with `has_aux` a pair (tree, anything).
    *primals : trees of Tensors, of arrays of any library, or of Python floats
    has_aux : bool
        Whether there is a third part of the answer: (output, pull, aux).

    Returns
    -------
    output : tree
    pull : callable
        Takes one tree of cotangents, of the output's structure and shapes, and gives a tuple of one tree per primal.

    Examples
    --------
    >>> import agrad
    >>> value, pull = agrad.vjp(lambda x: x**3, 2.0)
    >>> value, pull(1.0)
    (8.0, (12.0,))
    """
    numbers = _Numbers(primals, primals)
    if not numbers:
        return _reverse.vjp(func, *primals, has_aux=has_aux)
    with numbers.computing():
        output, pull, *aux = _reverse.vjp(func, *numbers.lifted(primals), has_aux=has_aux)

    @functools.wraps(pull)
    def pull_numbers(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        given = _in_dtype_of(output, numbers.lifted(cotangents))
        return numbers.derivative(pull(given, retain_graph, create_graph))

    return numbers.value(output), pull_numbers, *map(numbers.value, aux)


def jvp(
    func: Callable[..., Any],
    primals: tuple[Any, ...],
    tangents: tuple[Any, ...],
    *,
    strict: bool = False,
    has_aux: bool = False,
) -> Any:
    """Return ``func(*primals)`` and its derivative along `tangents`: :func:`agrad.func.jvp`, of Python floats too.

    Parameters
    ----------
    func : callable
        Gives a tree of Tensors; with `has_aux` a pair (tree, anything).
    primals, tangents : tuples of trees of Tensors, of arrays of any library, or of Python floats, of one structure
    strict, has_aux
        As in :func:`agrad.func.jvp`.

    Returns
    -------
    (tree, tree)
        The output and its tangent, of one structure; with `has_aux` (output, tangent, aux).

    Examples
    --------
    >>> import agrad
    >>> agrad.jvp(lambda x: x**3, (2.0,), (1.0,))
    (8.0, 12.0)
    """
    numbers = _Numbers((primals, tangents), primals)
    if not numbers:
        return _forward.jvp(func, primals, tangents, strict=strict, has_aux=has_aux)
    with numbers.computing():
        answer = _forward.jvp(func, numbers.lifted(primals), numbers.lifted(tangents), strict=strict, has_aux=has_aux)
    return tuple(map(numbers.value, answer))


def hvp(func: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
    """Return the gradient of a scalar function and its Hessian times `tangents`: :func:`agrad.func.hvp`, of Python floats too.

    Parameters
    ----------
    func : callable
        Gives a Tensor of shape ().
    primals, tangents : tuples of trees of Tensors, of arrays of any library, or of Python floats, of one structure

    Returns
    -------
    (gradient, product)
        Trees per primal: tuples where there are several primals.

    Examples
    --------
    >>> import agrad
    >>> agrad.hvp(lambda x: x**3, (2.0,), (1.0,))
    (12.0, 12.0)
    """
    numbers = _Numbers((primals, tangents), primals)
    if not numbers:
        return _jacobians.hvp(func, primals, tangents)
    with numbers.computing():
        answer = _jacobians.hvp(func, numbers.lifted(primals), numbers.lifted(tangents))
    return tuple(map(numbers.derivative, answer))


def _with_tensors(
    numbers: _Numbers, args: tuple[Any, ...], kwargs: dict[str, Any], positions: Sequence[int]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments with Tensors in place of raw arrays and, where they are differentiated, of numbers."""
    (args, kwargs), _ = to_tensors((args, kwargs))
    chosen = tuple(numbers.lifted(args[position]) for position in positions)
    return replaced(args, tuple(positions), chosen), kwargs


def _is_plain(leaf: Any) -> bool:
    return type(leaf) is float or type(leaf) is complex


def _tensor_of(number: float | complex, beside: list[Any]) -> Any:
    """Return a 0-d Tensor of a number, in double precision where there is one, on the backend of the other arguments."""
    if beside:
        options = beside[0]._options
        backend, device = options.backend, options.device
        backend = backend.inner if backend.level else backend
    else:
        backend = get_default_backend()
        device = backend.default_device()
    dtype = dtypes.float64 if backend.supports(dtypes.float64) else dtypes.get_default_dtype()
    options = backend.options(device, dtype.complex if isinstance(number, complex) else dtype)
    return wrap(backend.scalar(number, options.raw_dtype, options.raw_device), options)


def _in_dtype_of(output: Any, cotangents: Any) -> Any:
    """Return cotangents that came as Python numbers in the dtype of the output that they belong to."""
    given, spec = flatten(cotangents)
    outputs = flatten(output)[0]
    if len(given) != len(outputs):
        return cotangents  # vjp says what is wrong
    return spec.unflatten([_cast(one, to._options.dtype) for one, to in zip(given, outputs, strict=True)])


def _cast(tensor: Any, dtype: dtypes.DType) -> Any:
    if not isinstance(tensor, TensorCore) or tensor._options.dtype is dtype:
        return tensor
    from agrad.primitives import data_type

    return data_type.astype(tensor, dtype=dtype)


def _number_of(leaf: Any) -> Any:
    """Return a plain 0-d tensor or array as a Python number; what is traced or has a history stays."""
    if not isinstance(leaf, TensorCore):
        converted, _ = to_tensors(leaf)
        return _number_of(converted) if isinstance(converted, TensorCore) else leaf
    if leaf._shape or leaf._options.backend.level or leaf._node is not None:
        return leaf
    try:
        return leaf._options.backend.item(leaf._data)
    except TypeError:  # a traced value is not known yet
        return to_raw(leaf)


__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp", "vmap"]
