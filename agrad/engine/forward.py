"""Forward mode: tangents beside values, by each primitive's JVP rule.

A Jacobian-vector product is pushed through a function by a level (:mod:`agrad.engine.levels`) whose arrays are pairs of a value and
a tangent, both Tensors of the level below. So forward mode nests with itself, with reverse mode and with vmap, and perturbations
of different levels are never confused: each level's operations see only their own pairs.

This module turns one primitive's rules into the tangent of its result.
"""

from __future__ import annotations

from typing import Any

from agrad.engine.core import classes
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
    if op.jvp_all is not None:
        return op.jvp_all(xp, tangents, out, *primals, **params)
    if op.jvps is None:
        return _transposed_twice(op, primals, tangents, out, params) if op.differentiable else None
    total: Any = None
    for position, tangent in enumerate(tangents):
        if tangent is None:
            continue
        rule = op.jvps[position] if position < len(op.jvps) else None
        if rule is None:
            continue
        if isinstance(rule, Linear):
            part = op.call(*primals[:position], tangent, *primals[position + 1 :], **params)
        elif op.elementwise and rule is op.vjps[position]:
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


def _transposed_twice(op: Op, primals: tuple[Any, ...], tangents: tuple[Any, ...], out: Any, params: dict[str, Any]) -> Any:
    """Find a tangent from the VJP alone: the VJP is linear in g, and its own transpose is the JVP.

    The inner product Re<vjp(g), t> is linear in g, so its gradient wrt g is J t, whatever g is.
    """
    from agrad.engine.core import make_leaf, wrap
    from agrad.engine.gradient import gradients

    xp = classes.tensor_xp
    from agrad.engine.modes import enable_grad

    with enable_grad():
        inputs = []
        for primal, tangent in zip(primals, tangents, strict=True):
            # A fresh node stands for the input, so that only this operation is transposed.
            inputs.append(primal if tangent is None else _fresh(xp, primal))
        again = op.call(*inputs, **params)
        outs = again if isinstance(again, tuple) else (again,)
        chosen = [value for value in outs if value._node is not None]
        if not chosen:
            return None
        seeds = [
            make_leaf(wrap(o.xp.zeros(value._shape, dtype=o.raw_dtype, device=o.raw_device), o))
            for value in chosen
            for o in [value._options]
        ]
        wanted = [value for value, tangent in zip(inputs, tangents, strict=True) if tangent is not None]
        pulled = gradients(chosen, wanted, seeds, create_graph=True, allow_unused=True)
        pairs = [
            (value, tangent)
            for value, tangent in zip(pulled, [t for t in tangents if t is not None], strict=True)
            if value is not None and value._node is not None
        ]
        if not pairs:
            return None
        pushed = gradients(
            [value for value, _ in pairs], seeds, [tangent for _, tangent in pairs], create_graph=True, allow_unused=True
        )
    by_id = {id(value): tangent for value, tangent in zip(chosen, pushed, strict=True)}
    results = tuple(by_id.get(id(value)) for value in outs)
    return results if isinstance(again, tuple) else results[0]


def _fresh(xp: Any, tensor: Any) -> Any:
    """Return `tensor` as a new node of the graph, linked to what made it, so that gradients wrt it stop there."""
    from agrad.engine.core import make_leaf, wrap

    if tensor._node is None:
        return make_leaf(wrap(tensor._data, tensor._options))
    return tensor * 1
