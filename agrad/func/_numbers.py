"""The transforms at the top of the package: ``agrad.grad(f)``, as autograd's and JAX's users write it.

They are :mod:`agrad.func`'s, and take Python numbers too: ``agrad.grad(lambda x: x**3)(2.0)`` is 12.0, computed in float64.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from agrad import dtypes
from agrad.backend import get_default_backend
from agrad.engine.core import TensorCore, wrap
from agrad.func import _reverse
from agrad.func._arguments import Argnums, chosen_arguments, replaced
from agrad.func._jacobians import hessian, jacrev
from agrad.func._trees import flatten, map_tree, to_raw, to_tensors
from agrad.func._vmap import vmap

jacobian = jacrev


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
        numbers, chosen = chosen_arguments(args, argnums)
        leaves, spec = flatten(chosen)
        plain = [type(leaf) is float or type(leaf) is complex for leaf in leaves]
        if True not in plain:
            return transform(*args, **kwargs)
        (args, kwargs), raw = to_tensors((args, kwargs))
        tensors = [leaf for leaf in flatten((args, kwargs))[0] if isinstance(leaf, TensorCore)]
        leaves = [
            _tensor_of(leaf, tensors) if number else leaf
            for leaf, number in zip(flatten(chosen_arguments(args, argnums)[1])[0], plain, strict=True)
        ]
        value, gradient = transform(*replaced(args, numbers, spec.unflatten(leaves)), **kwargs)
        if raw:
            value, gradient = to_raw((value, gradient))
        elif not tensors:
            value = map_tree(_number_of, value)
        gradients, gradient_spec = flatten(gradient)
        gradients = [_number_of(one) if number else one for one, number in zip(gradients, plain, strict=True)]
        return value, gradient_spec.unflatten(gradients)

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


__all__ = ["grad", "hessian", "jacobian", "value_and_grad", "vmap"]
