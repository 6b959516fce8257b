"""Functions of another array library inside agrad's graph, and agrad's functions inside that library's transformations.

The confusing case: a Tensor handed to such a function as it is loses its history, because the other library knows arrays alone, so agrad
refuses it. A bridge tells each side the other's derivatives, in both modes, to any order, and under both sides' ``vmap``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from agrad.backend import get_backend


def from_jax(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a JAX function an operation on Tensors.

    Parameters
    ----------
    function : callable
        Takes and returns trees (tuples, lists, dictionaries ...) of JAX arrays; pure, as JAX wants it. ``jax.jit`` it first for speed.

    Returns
    -------
    callable
        Takes what `function` takes, with Tensors on the jax backend for arrays, and returns its tree with Tensors for arrays. Arguments
        that are no Tensors are constants and are passed on as they are.

    Raises
    ------
    BackendError
        When called: for Tensors of another backend. Move them: ``x.to("jax")``; the gradient moves back.
    MissingBackend
        When JAX is not installed.

    Notes
    -----
    Reverse mode runs ``jax.vjp``, forward mode ``jax.jvp``, vmap ``jax.vmap``; derivatives of higher order are bridges of those.
    The backward computes the function's values anew; only its inputs are kept.

    Examples
    --------
    >>> import agrad, jax.numpy as jnp
    >>> square_sines = agrad.from_jax(lambda x: jnp.sin(x) ** 2)
    >>> x = agrad.tensor([0.0, 1.0], device="jax", requires_grad=True)
    >>> (3 * square_sines(x)).sum().backward()
    >>> x.grad
    tensor([0.0000, 2.7279])
    """
    wrapped: Callable[..., Any] = get_backend("jax").import_function(function)
    return wrapped


def to_jax(function: Callable[..., Any], *, mode: Literal["jvp", "vjp"] = "jvp") -> Callable[..., Any]:
    """Make a function of Tensors a JAX function, with agrad's derivatives.

    Parameters
    ----------
    function : callable
        Takes and returns trees of Tensors.
    mode : {'jvp', 'vjp'}
        'jvp': derivatives come from agrad's forward mode, and JAX transposes them, so that every transformation of JAX's works. 'vjp':
        they come from agrad's reverse mode, for functions that have no forward mode (an :class:`agrad.autograd.Function` with a
        ``backward`` alone); then ``jax.jvp`` and ``jax.jacfwd`` are refused by JAX.

    Returns
    -------
    callable
        Takes what `function` takes, with JAX or NumPy arrays for Tensors, and returns its tree with JAX arrays. It can be jitted,
        differentiated to any order and mapped.

    Raises
    ------
    DerivativeLost
        When called: for a result that depends on a Tensor from outside that requires grad, whose derivative would be lost.

    Examples
    --------
    >>> import agrad, jax
    >>> f = agrad.to_jax(lambda x: agrad.sin(x).sum())
    >>> jax.grad(f)(jax.numpy.zeros(2)).tolist()
    [1.0, 1.0]
    """
    wrapped: Callable[..., Any] = get_backend("jax").export_function(function, mode)
    return wrapped


__all__ = ["from_jax", "to_jax"]
