"""The `out=` argument: a result written into a given tensor, which keeps its identity."""

from __future__ import annotations

import warnings
from typing import Any

from agrad.engine.core import TensorCore
from agrad.engine.inplace import AgradCast, write
from agrad.engine.modes import local, no_grad, state
from agrad.engine.write_checks import check_writable
from agrad.errors import GradError

_RANKS = {"bool": 0, "uint": 1, "int": 1, "float": 2, "complex": 3}


def deliver(name: str, result: Any, out: Any) -> Any:
    """Return `result`, or `out` with the result written into it where one was given.

    Parameters
    ----------
    name : str
        The function's name, for errors.
    result : Tensor, or tuple of Tensor
    out : Tensor, tuple of Tensor, or None
        A tensor of another number of elements is resized with a warning, as in PyTorch, unless it is empty: then in silence.

    Raises
    ------
    GradError
        A RuntimeError, when the result requires grad: such a write could not be differentiated.
    """
    if out is None:
        return result
    if isinstance(result, tuple):
        parts = tuple(out)
        if len(parts) != len(result):
            raise TypeError(f"{name}() expected out= of {len(result)} tensors, received {len(parts)}.")
        for value, place in zip(result, parts, strict=True):
            deliver(name, value, place)
        return type(result)(*parts) if hasattr(result, "_fields") else parts
    if not isinstance(out, TensorCore):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    recording = not state.special or local.grad_enabled
    if recording and (result._node is not None or out._node is not None):
        raise GradError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments "
            "requires grad. Leave out= away, or compute under agrad.no_grad()."
        )
    have, want = result._options.dtype, out._options.dtype
    if _RANKS[have.kind] > _RANKS[want.kind]:
        raise AgradCast(
            f"result type {have.scalar_name} can't be cast to the desired output type {want.scalar_name}. "
            f"Give {name}() an out= of a dtype that holds it."
        )
    with no_grad():
        if out._shape != result._shape:
            if 0 not in out._shape:
                warnings.warn(
                    f"An output with one or more elements was resized since it had shape {list(out._shape)}, which does not "
                    f"match the required output shape {list(result._shape)}. Give an out= of the right shape, or an empty one.",
                    stacklevel=3,
                )
            _resize(out, result._shape)
        check_writable(out)
        write(out, result)
    return out


def _resize(out: Any, shape: tuple[int, ...]) -> None:
    """Give `out` new memory of another shape, in place."""
    options = out._options
    out._extra = None
    out._shape = shape
    out._data = options.xp.zeros(shape, dtype=options.raw_dtype, device=options.raw_device)


__all__ = ["deliver"]
