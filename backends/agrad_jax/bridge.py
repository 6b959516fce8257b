"""JAX functions as operations on Tensors, and functions of Tensors as JAX functions.

One primitive runs a function of JAX arrays. Its rules run the same primitive on functions that JAX derives: the pulled one (``jax.vjp``),
the pushed one (``jax.jvp``) and the mapped one (``jax.vmap``), so the rules are themselves differentiated, to any order.

The other way a function of Tensors runs on tracers, and its derivative is told to JAX: a ``custom_jvp`` whose rule is agrad's forward
mode, or a ``custom_vjp`` whose rule is agrad's reverse mode, exported in turn.

The confusing case is complex: JAX's cotangent of z is the conjugate of agrad's, which is PyTorch's. The engine conjugates around a
holomorphic rule, which is what meets JAX's convention, whatever the function.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from agrad.engine.core import TensorCore, wrap
from agrad.engine.doors import DerivativeLost, carrier
from agrad.engine.grad_level import flat_vjp
from agrad.engine.jvp_level import jvp
from agrad.engine.levels import LevelBackend
from agrad.errors import BackendError
from agrad.extend import primitive

Flat = Callable[..., tuple[Any, ...]]


def _is_tensor(value: Any) -> bool:
    return isinstance(value, TensorCore)


def _merged(values: Sequence[Any], positions: Sequence[int], parts: Sequence[Any]) -> list[Any]:
    """Return `values` with `parts` at `positions`."""
    merged = list(values)
    for position, part in zip(positions, parts, strict=True):
        merged[position] = part
    return merged


def _inexact(array: Any) -> bool:
    return bool(jnp.issubdtype(array.dtype, jnp.inexact))


# ---------------------------------------------------------------- JAX functions inside agrad


def _pulled(function: Flat, count: int) -> Flat:
    """Return what gives the cotangents of a function's floating inputs from its `count` inputs and its outputs' cotangents."""

    def pulled(*arrays: Any) -> tuple[Any, ...]:
        inputs, cotangents = arrays[:count], arrays[count:]
        chosen = [index for index, array in enumerate(inputs) if _inexact(array)]

        def of_floats(*floats: Any) -> tuple[Any, ...]:
            return tuple(out for out in function(*_merged(inputs, chosen, floats)) if _inexact(out))

        outs, pull = jax.vjp(of_floats, *(inputs[index] for index in chosen))
        given = tuple(jnp.asarray(g, dtype=out.dtype) for g, out in zip(cotangents, outs, strict=True))
        return tuple(pull(given))

    return pulled


def _pushed(function: Flat, count: int, moved: tuple[int, ...]) -> Flat:
    """Return what gives the tangents of a function's floating outputs from its `count` inputs and tangents of those at `moved`."""

    def pushed(*arrays: Any) -> tuple[Any, ...]:
        inputs, tangents = arrays[:count], arrays[count:]

        def of_moved(*parts: Any) -> tuple[Any, ...]:
            return tuple(out for out in function(*_merged(inputs, moved, parts)) if _inexact(out))

        _, out = jax.jvp(of_moved, tuple(inputs[index] for index in moved), tuple(tangents))
        return tuple(out)

    return pushed


def _run(function: Flat, arrays: Sequence[Any]) -> tuple[Any, ...]:
    """Run a function of JAX arrays on arrays, or recorded on Tensors."""
    if any(map(_is_tensor, arrays)):
        answer: tuple[Any, ...] = jax_call(*arrays, function=function)
        return answer
    return function(*map(jnp.asarray, arrays))


def _floating(xp: Any, array: Any) -> bool:
    return bool(xp.isdtype(array.dtype, ("real floating", "complex floating")))


def _pull(xp: Any, g: Any, _out: Any, *inputs: Any, function: Flat) -> tuple[Any, ...]:
    """The rule of reverse mode."""
    cotangents = [part for part in g if _floating(xp, part)]
    pulled = iter(_run(_pulled(function, len(inputs)), (*inputs, *cotangents)))
    return tuple(next(pulled) if _floating(xp, one) else None for one in inputs)


def _push(xp: Any, tangents: Any, out: Any, *inputs: Any, function: Flat) -> tuple[Any, ...]:
    """The rule of forward mode."""
    moved = tuple(index for index, tangent in enumerate(tangents) if tangent is not None)
    pushed = iter(_run(_pushed(function, len(inputs), moved), (*inputs, *(tangents[index] for index in moved))))
    return tuple(next(pushed) if _floating(xp, one) else None for one in out)


def _map(
    _xp: Any, op: Any, values: list[Any], batched: list[bool], _ndims: list[int], _size: int, params: dict[str, Any]
) -> Any:
    """The rule of vmap."""
    mapped = jax.vmap(params["function"], in_axes=tuple(0 if one else None for one in batched))
    return op.call(*values, function=mapped)


@primitive(  # type: ignore[untyped-decorator]
    name="jax_call", vjp_all=_pull, jvp_all=_push, batch=_map, outputs=None, node_name="JaxCall"
)
def jax_call(xp: Any, *arrays: Any, function: Flat) -> tuple[Any, ...]:
    """Run a function of JAX arrays.

    Parameters
    ----------
    arrays : Tensors on the jax backend
    function : callable
        From as many arrays to a tuple of arrays.
    """
    return _run(function, arrays)


def import_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """Do what :func:`agrad.from_jax` says."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = jax.tree.flatten((args, kwargs), is_leaf=_is_tensor)
        positions = [index for index, leaf in enumerate(leaves) if _is_tensor(leaf)]
        tensors = [leaves[index] for index in positions]
        _check_backend(function, tensors)
        returned: list[Any] = []

        def flat(*arrays: Any) -> tuple[Any, ...]:
            given, named = jax.tree.unflatten(structure, _merged(leaves, positions, arrays))
            outs, shape = jax.tree.flatten(function(*given, **named), is_leaf=_is_tensor)
            if any(map(_is_tensor, outs)):
                raise TypeError(
                    f"from_jax takes a function of JAX arrays; {_named(function)} returned a Tensor. Call it without from_jax."
                )
            returned[:] = [shape]
            return tuple(jnp.asarray(out) for out in outs)

        if tensors:
            outs = jax_call(*tensors, function=flat)
        else:
            from agrad.backend import get_backend

            backend = get_backend("jax")
            outs = tuple(wrap(raw, backend.options_of(raw)) for raw in flat())
        return jax.tree.unflatten(returned[0], outs)

    return call


def _named(function: Any) -> str:
    return getattr(function, "__name__", type(function).__name__)


def _check_backend(function: Any, tensors: list[Any]) -> None:
    for tensor in tensors:
        backend: Any = tensor._options.backend
        if isinstance(backend, LevelBackend):
            backend = backend.inner
        if backend.name != "jax":
            raise BackendError(
                f"from_jax({_named(function)}) needs Tensors on the jax backend; received {backend.name}:{tensor._options.device} "
                f"{tensor._shape}. Move them: x.to('jax'); the gradient moves back."
            )


# ---------------------------------------------------------------- agrad functions inside JAX


def _lowered(out: Any) -> Any:
    """Return a result as a JAX array.

    Raises
    ------
    DerivativeLost
        Where it depends on a Tensor from outside that requires grad.
    """
    if not _is_tensor(out):
        return jnp.asarray(out)
    if carrier(out) is not None:
        raise DerivativeLost(
            "to_jax: the function's result depends on a Tensor from outside that requires grad, and JAX would drop that derivative: "
            f"received shape {out._shape}. Pass the Tensor as an argument, or its detach()."
        )
    return out._options.backend.ensure_array(out._data)


def _raised(arrays: Sequence[Any]) -> list[Any]:
    """Return JAX arrays as Tensors without a history."""
    from agrad.backend import get_backend

    backend = get_backend("jax")
    return [wrap(raw, backend.options_of(raw)) for raw in map(jnp.asarray, arrays)]


def _exported(function: Flat, mode: str) -> Flat:
    """Return a function from Tensors to a tuple of Tensors as one of JAX arrays, with agrad's derivatives."""

    def plain(*arrays: Any) -> tuple[Any, ...]:
        return tuple(map(_lowered, function(*_raised(arrays))))

    return _with_push(function, plain) if mode == "jvp" else _with_pull(function, plain)


def _of_floats(function: Flat, inputs: Sequence[Any], chosen: Sequence[int]) -> Flat:
    return lambda *floats: tuple(function(*_merged(inputs, chosen, floats)))


def _nothing(array: Any) -> Any:
    """Return JAX's zero derivative of an array that has none."""
    return np.zeros(array.shape, dtype=jax.dtypes.float0)


def _with_push(function: Flat, plain: Flat) -> Flat:
    """Tell JAX a function's tangents: agrad's forward mode."""
    exported = jax.custom_jvp(plain)

    @exported.defjvp
    def rule(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
        chosen = [index for index, one in enumerate(primals) if _inexact(one)]
        count = len(primals)

        def pushed(*tensors: Any) -> tuple[Any, ...]:
            inputs, directions = tensors[:count], tensors[count:]
            try:
                outs, moved = jvp(
                    _of_floats(function, inputs, chosen), [inputs[index] for index in chosen], list(directions)
                )
            except NotImplementedError as error:
                error.add_note("agrad.to_jax(f, mode='vjp') takes the derivatives from agrad's reverse mode instead.")
                raise
            return (*outs, *moved)

        answers = _exported(pushed, "jvp")(*primals, *(tangents[index] for index in chosen))
        half = len(answers) // 2
        outs, moved = answers[:half], answers[half:]
        return outs, tuple(t if _inexact(out) else _nothing(out) for out, t in zip(outs, moved, strict=True))

    flat: Flat = exported
    return flat


def _with_pull(function: Flat, plain: Flat) -> Flat:
    """Tell JAX a function's cotangents: agrad's reverse mode."""
    exported = jax.custom_vjp(plain)

    def forward(*arrays: Any) -> tuple[Any, Any]:
        outs = plain(*arrays)
        return outs, arrays

    def backward(arrays: tuple[Any, ...], cotangents: tuple[Any, ...]) -> tuple[Any, ...]:
        chosen = [index for index, one in enumerate(arrays) if _inexact(one)]
        given = [jnp.conj(g) for g in cotangents if g.dtype != jax.dtypes.float0]
        count = len(arrays)

        def pulled(*tensors: Any) -> tuple[Any, ...]:
            inputs, seeds = tensors[:count], tensors[count:]
            flat = _of_floats(function, inputs, chosen)
            _, pull = flat_vjp(
                lambda *floats: [out for out in flat(*floats) if out._options.is_inexact],
                *(inputs[index] for index in chosen),
            )
            return tuple(pull(seeds))

        found = iter(_exported(pulled, "vjp")(*arrays, *given))
        return tuple(jnp.conj(next(found)) if _inexact(one) else _nothing(one) for one in arrays)

    exported.defvjp(forward, backward)
    flat: Flat = exported
    return flat


def export_function(function: Callable[..., Any], mode: str) -> Callable[..., Any]:
    """Do what :func:`agrad.to_jax` says."""
    if mode not in ("jvp", "vjp"):
        raise ValueError(f"to_jax's mode is 'jvp' or 'vjp'; received {mode!r}.")

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = jax.tree.flatten((args, kwargs), is_leaf=_is_tensor)
        positions = [
            index for index, leaf in enumerate(leaves) if isinstance(leaf, (jax.Array, np.ndarray, np.generic))
        ]
        returned: list[Any] = []

        def flat(*tensors: Any) -> tuple[Any, ...]:
            given, named = jax.tree.unflatten(structure, _merged(leaves, positions, tensors))
            outs, shape = jax.tree.flatten(function(*given, **named), is_leaf=_is_tensor)
            returned[:] = [shape]
            return tuple(out if _is_tensor(out) else _raised([out])[0] for out in outs)

        outs = _exported(flat, mode)(*(leaves[index] for index in positions))
        return jax.tree.unflatten(returned[0], outs)

    return call


__all__ = ["export_function", "import_function"]
