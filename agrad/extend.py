"""Operations of one's own, written as agrad's are: a function of arrays and its rule, in three lines.

A rule is ``(xp, g, out, *inputs, **params)``: the namespace, the cotangent, the result, the inputs, the parameters. It is Array API code,
runs on raw arrays in a plain backward and on Tensors where the backward is recorded, and so serves every backend, ``jax.jit`` and
derivatives of every order. The names of its parameters say what the graph keeps: ``x`` the array, ``_x`` nothing, ``x_meta`` shape, dtype
and device alone.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from agrad.engine.op import LINEAR
from agrad.engine.primitive import primitive as _primitive
from agrad.engine.primitive import registry

Rule = Callable[..., Any]

#: who made the operations that are not agrad's: a definition that runs again (in a notebook, say) replaces itself
_makers: dict[str, tuple[str, str]] = {}


def primitive(
    forward: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    vjp: Rule | Sequence[Rule | None] | None = None,
    vjp_all: Rule | None = None,
    jvp: Any = None,
    jvp_all: Rule | None = None,
    outputs: int | None = 1,
    differentiable_outputs: Sequence[bool] | None = None,
    elementwise: bool = False,
    promote: bool | tuple[int, ...] | None = None,
    dtypes: str = "all",
    holomorphic: bool = True,
    batch: Callable[..., Any] | None = None,
    node_name: str | None = None,
) -> Any:
    """Make an operation on Tensors of a function ``(xp, *arrays, **params)``; a decorator.

    Parameters
    ----------
    name : str, optional
        The function's own by default. One of agrad's operations cannot be replaced.
    vjp : rule, or one rule (or None) per array
        The transposed derivative: what each array gets of the cotangent. No conjugates: for complex numbers the engine adds them.
    vjp_all : rule
        One rule that returns a tuple of cotangents for all arrays.
    jvp : LINEAR, rule, or one of them per array
        ``(xp, t, out, *arrays, **params)``, the tangent that an array's tangent t gives. LINEAR: the operation itself.
    jvp_all : rule
        ``(xp, tangents, out, *arrays, **params)``. With neither, tangents are found by transposing the vjp.
    outputs : int or None
        How many; None for a tuple whose length only the call tells.
    differentiable_outputs : sequence of bool, optional
        Which outputs have a derivative: all floating ones by default.
    elementwise : bool
        Whether the arrays broadcast, and the result has their common shape.
    promote : bool or tuple of int, optional
        Whether the arrays (or those at these positions) are brought to one dtype first; by default where `elementwise`.
    dtypes : {'all', 'numeric', 'float'}
        'float': integers and truth values become the default floating dtype first.
    holomorphic : bool
        Whether the engine conjugates around the rule for complex numbers.
    batch : callable, optional
        The rule for vmap; without one, operations that are not elementwise run once per example.
    node_name : str, optional
        What the graph's nodes are called.

    Returns
    -------
    callable
        The function on Tensors (and arrays and numbers), and its record as the attribute ``op``.

    Raises
    ------
    ValueError
        When the name is taken.
    TypeError
        When a rule cannot be called as rules are.

    Examples
    --------
    >>> import agrad
    >>> @agrad.primitive(vjp=lambda xp, g, _out, x: 3 * g * x * x, elementwise=True)
    ... def cube(xp, x):
    ...     return x * x * x
    >>> x = agrad.tensor([1.0, 2.0], requires_grad=True)
    >>> cube(x).sum().backward()
    >>> x.grad
    tensor([ 3., 12.])
    >>> agrad.func.hessian(lambda x: cube(x).sum())(agrad.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        chosen = name or function.__name__
        rules = (vjp,) if callable(vjp) else tuple(vjp or ())
        for index, rule in enumerate((*rules, *((vjp_all,) if vjp_all else ()))):
            if rule is not None:
                _check_rule(rule, function, chosen, index)
        maker = (function.__module__, function.__qualname__)
        if chosen in registry:
            if _makers.get(chosen) != maker:
                raise ValueError(
                    f"a primitive named {chosen!r} exists already; give the new one another name: name=..."
                )
            del registry[chosen]
        made = _primitive(
            name=chosen,
            vjp=vjp,
            vjp_all=vjp_all,
            jvp=jvp,
            jvp_all=jvp_all,
            nout=outputs,
            differentiable_outputs=differentiable_outputs,
            holomorphic=holomorphic,
            promote=elementwise if promote is None else promote,
            dtypes=dtypes,
            batch=batch,
            torch_name=node_name,
            elementwise=elementwise,
        )(function)
        _makers[chosen] = maker
        return made

    return decorate if forward is None else decorate(forward)


def is_foreign(name: str) -> bool:
    """Whether an operation of this name was made by :func:`primitive`, and is none of agrad's."""
    return name in _makers


def _check_rule(rule: Rule, forward: Callable[..., Any], name: str, index: int) -> None:
    """Raise TypeError when a rule does not take what rules are given."""
    kinds = inspect.Parameter
    wanted = [p for p in inspect.signature(forward).parameters.values() if p.kind is not kinds.KEYWORD_ONLY]
    if any(p.kind is kinds.VAR_POSITIONAL for p in wanted):
        return
    given = list(inspect.signature(rule).parameters.values())
    if any(p.kind is kinds.VAR_POSITIONAL for p in given):
        return
    arrays = [p.name for p in wanted[1:] if p.kind is not kinds.VAR_KEYWORD]
    count = sum(p.kind in (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD) for p in given)
    if count != 3 + len(arrays):
        raise TypeError(
            f"rule {index} of {name} takes ({', '.join(['xp', 'g', 'out', *arrays])}), {3 + len(arrays)} positional arguments; it has "
            f"{count}: ({', '.join(p.name for p in given)}). Name what it does not use with a leading underscore."
        )


__all__ = ["LINEAR", "is_foreign", "primitive"]


def __dir__() -> list[str]:
    return list(__all__)
