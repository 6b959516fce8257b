"""torch.autograd.functional: jacobian, hessian, vjp, jvp, hvp, vhp, on the transforms of :mod:`agrad.func`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agrad import func as _func
from agrad.engine.core import TensorCore, wrap
from agrad.errors import GradError


def _inputs(inputs: Any) -> tuple[Any, ...]:
    return (inputs,) if isinstance(inputs, TensorCore) else tuple(inputs)


def _plain(values: tuple[Any, ...], create_graph: bool) -> tuple[Any, ...]:
    return values if create_graph else tuple(wrap(value._data, value._options) for value in values)


def _argnums(inputs: Any) -> Any:
    return 0 if isinstance(inputs, TensorCore) else tuple(range(len(inputs)))


def _vector(v: Any, like: tuple[Any, ...]) -> tuple[Any, ...]:
    from agrad.engine.core import classes

    if v is None:
        if len(like) != 1 or like[0]._options is None or any(length != 1 for length in like[0]._shape):
            raise GradError(
                "The vector v can only be None if the function has a single input or output of one element."
            )
        return (classes.tensor_xp.ones_like(like[0]),)
    return _inputs(v)


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """Return the Jacobian of `func` at `inputs` (a Tensor or a tuple of them), as PyTorch nests it."""
    transform = _func.jacrev if strategy == "reverse-mode" else _func.jacfwd
    return transform(func, _argnums(inputs))(*_plain(_inputs(inputs), create_graph))


def hessian(func: Callable[..., Any], inputs: Any, create_graph: bool = False, **_options: Any) -> Any:
    """Return the Hessian of a scalar `func` at `inputs`, as PyTorch nests it."""
    return _func.hessian(func, _argnums(inputs))(*_plain(_inputs(inputs), create_graph))


def vjp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """Return ``func(*inputs)`` and the product of `v` with its Jacobian."""
    output, pull = _func.vjp(func, *_plain(_inputs(inputs), create_graph))
    outputs = (output,) if isinstance(output, TensorCore) else tuple(output)
    seeds = _vector(v, outputs)
    pulled = pull(seeds[0] if isinstance(output, TensorCore) else seeds)
    return output, pulled[0] if isinstance(inputs, TensorCore) else pulled


def jvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """Return ``func(*inputs)`` and the product of its Jacobian with `v`."""
    values = _plain(_inputs(inputs), create_graph)
    return _func.jvp(func, values, _vector(v, values))


def hvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """Return the value of a scalar `func` and the product of its Hessian with `v`."""
    values = _plain(_inputs(inputs), create_graph)
    both = _func.value_and_grad(func, _argnums(inputs))
    (value, _), (_, product) = _func.jvp(both, values, _vector(v, values))
    return value, product


def vhp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """Return the value of a scalar `func` and the product of `v` with its Hessian (which is symmetric)."""
    return hvp(func, inputs, v, create_graph, strict)


__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]
