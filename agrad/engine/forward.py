"""Forward mode: tangents beside values, by each primitive's JVP rule.

A Jacobian-vector product is pushed through a function by a level (:mod:`agrad.engine.levels`) whose arrays are pairs of a value and
a tangent, both Tensors of the level below. So forward mode nests with itself, with reverse mode and with vmap, and perturbations
of different levels are never confused: each level's operations see only their own pairs.

This module turns one primitive's rules into the tangent of its result.
"""

from __future__ import annotations

from typing import Any

from agrad.engine.core import classes
from agrad.engine.grad_level import flat_vjp
from agrad.engine.op import Linear, Op


def push(op: Op, primals: tuple[Any, ...], tangents: tuple[Any, ...], out: Any, params: dict[str, Any]) -> Any:
    """Return the tangent of `out` = op(*primals), from the tangents (Tensors, None where zero) of the inputs.

    Parameters
    ----------
    op : Op
    primals, tangents : tuples of Tensor or None
    out : Tensor or tuple of Tensor
        What the operation gave.

    Returns
    -------
    Tensor, tuple of Tensor, or None
        None where the tangent is zero.
    """
    xp = classes.tensor_xp
    for primal in primals:
        if primal is not None and primal._options.is_half:
            op = op.half
            break
    if op.jvp_all is not None:
        return _shaped(xp, op.jvp_all(xp, tangents, out, *primals, **params), out)
    rules = op.jvps
    if rules is None and op.elementwise and op.outputs == 1:
        rules = op.vjps or None
    if rules is None:
        return _transposed_twice(op, primals, tangents, out, params) if op.differentiable else None
    total: Any = None
    for position, tangent in enumerate(tangents):
        if tangent is None:
            continue
        rule = rules[position] if position < len(rules) else None
        if rule is None:
            continue
        if isinstance(rule, Linear):
            part = op.call(*primals[:position], tangent, *primals[position + 1 :], **params)
        elif op.elementwise and position < len(op.vjps) and rule is op.vjps[position]:
            part = _elementwise(op, rule, xp, position, tangent, out, primals, params)
        else:
            part = rule(xp, tangent, out, *primals, **params)
        if part is None:
            continue
        if total is None:
            total = part
        elif isinstance(total, tuple):
            total = tuple(_plus(a, b) for a, b in zip(total, part, strict=True))
        else:
            total = total + part
    return _shaped(xp, total, out)


def _plus(a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else a + b


def _elementwise(
    op: Op, rule: Any, xp: Any, position: int, tangent: Any, out: Any, primals: tuple[Any, ...], params: dict[str, Any]
) -> Any:
    """An elementwise rule serves both modes: the Jacobian is diagonal, so it is its own transpose."""
    if not op.holomorphic and (out._options.is_complex or primals[position]._options.is_complex):
        return _transposed_twice(
            op, primals, tuple(tangent if i == position else None for i in range(len(primals))), out, params
        )
    return rule(xp, tangent, out, *primals, **params)


def _shaped(xp: Any, tangent: Any, out: Any) -> Any:
    """Bring a tangent to its output's shape and dtype (a rule may leave broadcasting to the end)."""
    if tangent is None:
        return None
    if isinstance(out, tuple):
        return tuple(_shaped(xp, part, value) for part, value in zip(tangent, out, strict=True))
    if not out._options.is_inexact:
        return None
    if tangent._shape != out._shape:
        tangent = xp.broadcast_to(tangent, out._shape)
    if tangent._options.dtype is not out._options.dtype:
        if tangent._options.is_complex and not out._options.is_complex:
            tangent = xp.real(tangent)
        tangent = xp.astype(tangent, out._options.dtype)
    return tangent


def _transposed_twice(
    op: Op, primals: tuple[Any, ...], tangents: tuple[Any, ...], out: Any, params: dict[str, Any]
) -> Any:
    """Find a tangent from the VJP alone: the VJP is linear in g, and its own transpose is the JVP.

    The inner product Re<vjp(g), t> is linear in g, so its gradient wrt g is J t, whatever g is.
    """
    chosen = [position for position, tangent in enumerate(tangents) if tangent is not None]
    kept: list[int] = []
    length: list[int | None] = [None]

    def call(*inner: Any) -> tuple[Any, ...]:
        args = list(primals)
        for position, value in zip(chosen, inner, strict=True):
            args[position] = value
        again = op.call(*args, **params)
        length[0] = len(again) if isinstance(again, tuple) else None
        outs = again if isinstance(again, tuple) else (again,)
        kept[:] = [index for index, value in enumerate(outs) if value._options.is_inexact]
        return tuple(outs[index] for index in kept)

    # At grad levels of its own, so that it works whatever kind of tensors the primals are: of a vmap or another jvp.
    values, pull = flat_vjp(call, *(primals[position] for position in chosen))
    if not kept:
        return None
    xp = classes.tensor_xp
    _, push_forward = flat_vjp(lambda *seeds: pull(seeds), *(xp.zeros_like(value) for value in values))
    pushed = push_forward(tuple(tangents[position] for position in chosen))
    if length[0] is None:
        return pushed[0]
    by_index = dict(zip(kept, pushed, strict=True))
    return tuple(by_index.get(index) for index in range(length[0]))
