"""The jvp level: operations on pairs of a value and a tangent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from agrad.engine.core import TensorCore, wrap
from agrad.engine.forward import push
from agrad.engine.grad_level import zeros_like
from agrad.engine.level_writes import before_view, own_tangent
from agrad.engine.levels import Dual, Level, LevelBackend, current, new_level, register_interpreter
from agrad.engine.op import Op


def interpret(backend: LevelBackend, op: Op, operands: list[Any], params: dict[str, Any]) -> Any:
    """Run an operation on the values, and its JVP rule on the tangents."""
    level = current(backend)
    duals = [
        _here(level, operand._data) if isinstance(operand, TensorCore) else Dual(operand, None) for operand in operands
    ]
    if op.view is not None:
        before_view(duals[0])
    primals = tuple(dual.primal for dual in duals)
    tangents = tuple(dual.tangent for dual in duals)
    out = op.call(*primals, **params)
    tangent = None
    if any(one is not None for one in tangents):
        values = tuple(_as_tensor(primal, primals) for primal in primals)
        tangent = push(op, _promoted(op, values, out), tangents, out, params)
        if op.view is None:
            tangent = own_tangent(tangent, tangents)
    if isinstance(out, tuple):
        parts = tangent if tangent is not None else (None,) * len(out)
        return tuple(_wrap(backend, level, op, value, part) for value, part in zip(out, parts, strict=True))
    return _wrap(backend, level, op, out, tangent)


def _here(level: Level | None, dual: Dual) -> Dual:
    """Return a pair; one that escaped from an earlier transform at this depth without the tangent it had there."""
    return dual if dual.level is level or dual.level is None else Dual(dual.primal, None)


def _as_tensor(value: Any, beside: tuple[Any, ...]) -> Any:
    """Return a number among the values as a 0-d Tensor, which rules expect."""
    if isinstance(value, TensorCore):
        return value
    options = next(other for other in beside if isinstance(other, TensorCore))._options
    if isinstance(value, complex) and not options.is_complex:
        options = options.with_dtype(options.dtype.complex)
    elif isinstance(value, float) and not options.is_inexact:
        from agrad.dtypes import get_default_dtype

        options = options.with_dtype(get_default_dtype())
    return wrap(options.constant(value), options)


def _promoted(op: Op, values: tuple[Any, ...], out: Any) -> tuple[Any, ...]:
    """Return the values in the dtype that the operation computed in, as rules on raw arrays get them."""
    if op.promote is not True or not op.differentiable or isinstance(out, tuple) or not out._options.is_inexact:
        return values
    from agrad.engine.core import classes

    dtype = out._options.dtype
    if op.result == "real":
        return values
    if dtype.is_complex and not any(value._options.is_complex for value in values):
        dtype = dtype.real  # complex numbers made of real ones
    return tuple(value if value._options.dtype is dtype else classes.tensor_xp.astype(value, dtype) for value in values)


def _wrap(backend: LevelBackend, level: Level | None, op: Op, value: Any, tangent: Any) -> Any:
    bound = op.view is not None and tangent is not None
    return wrap(Dual(value, tangent, level, bound), backend.options_for(value))


register_interpreter("jvp", interpret)


def make_dual(level: Level, primal: Any, tangent: Any) -> Any:
    """Return a tensor of the level around a value and its tangent."""
    return level.tensor(Dual(primal, tangent))


def split_dual(level: Level, tensor: Any) -> tuple[Any, Any]:
    """Return (value, tangent) of a tensor; the tangent is None where it is zero."""
    raw = level.raw(tensor)
    return (raw.primal, raw.tangent) if type(raw) is Dual else (raw, None)


def jvp(function: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Return ``function(*primals)`` and its derivative along `tangents`.

    Parameters
    ----------
    function : callable
        From Tensors to a Tensor or a tuple of Tensors.
    primals, tangents : sequences of Tensor
        A tangent has its primal's shape and dtype.

    Returns
    -------
    (Tensor, Tensor) or (tuple of Tensor, tuple of Tensor)
    """
    with new_level("jvp") as level, level.finishing():
        duals = [
            make_dual(level, primal, tangent) if tangent is not None else primal
            for primal, tangent in zip(primals, tangents, strict=True)
        ]
        answer = function(*duals)
        several = isinstance(answer, (tuple, list))
        pairs = [split_dual(level, part) for part in (answer if several else (answer,))]
    outs = tuple(primal for primal, _ in pairs)
    pushed = tuple(zeros_like(primal) if tangent is None else tangent for primal, tangent in pairs)
    return (outs, pushed) if several else (outs[0], pushed[0])
