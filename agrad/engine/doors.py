"""Where values leave agrad for Python, NumPy or another library: whether a derivative would be lost on the way.

The confusing case: a transform's tensor looks the same whether or not its value depends on what is being differentiated. A constant
to every running transform may leave; so may a tensor that outlived its transform, whose derivative nobody can ask for any more.
"""

from __future__ import annotations

from typing import Any

from agrad.engine.levels import Batched, Dual, running
from agrad.engine.modes import local, state
from agrad.errors import GradError

#: the modes in which a derivative is on its way
_MODES = {
    "grad": "that a transform (grad, vjp, jacrev, hessian) differentiates",
    "jvp": "with a tangent (jvp, jacfwd, forward_ad)",
    "tape": "that requires grad",
}


class DerivativeLost(GradError, TypeError):
    """A value asked for as a plain number or array, where its derivative would be lost without a word."""


def carrier(tensor: Any) -> str | None:
    """Return what carries a tensor's derivative, the innermost first: a 'grad' or 'jvp' transform that runs, or the 'tape'; or None."""
    while True:
        backend = tensor._options.backend
        if not backend.level:
            return None if tensor._node is None else "tape"
        raw = tensor._data
        levels = running()
        if type(raw) is Dual:
            if raw.tangent is not None and (raw.level is None or raw.level in levels):
                return "jvp"
            tensor = raw.primal
        elif type(raw) is Batched:
            tensor = raw.value
        else:
            place = backend.level - 1
            if tensor._node is not None and place < len(levels) and levels[place].kind == "grad":
                return "grad"
            tensor = raw


def check_leaving(tensor: Any, call: str, instead: str) -> None:
    """Raise where a number taken from a transform's tensor would lose a derivative.

    Outside transforms such numbers are taken for logging and stopping rules, as PyTorch permits, and so they are under ``no_grad``.

    Parameters
    ----------
    tensor : Tensor
        Of a transform's level; others are never refused here.
    call : str
        What was called, as the error names it: ``'float()'``.
    instead : str
        The way that works.

    Raises
    ------
    DerivativeLost
        Named after PyTorch's RuntimeError and the TypeError of a traced value.
    """
    if not tensor._options.backend.level:
        return
    kind = carrier(tensor)
    if kind is None or (kind != "jvp" and state.special and not local.grad_enabled):
        return
    raise lost(tensor, call, kind, instead)


def lost(tensor: Any, call: str, kind: str, instead: str) -> DerivativeLost:
    """Return the error for a value whose derivative `call` would drop."""
    return DerivativeLost(
        f"{call} would drop the derivative of a Tensor {_MODES[kind]}: received shape {tensor._shape} "
        f"{tensor._options.dtype.name}. {instead} Where no derivative is wanted, pass x.detach()."
    )


__all__ = ["DerivativeLost", "carrier", "check_leaving", "lost"]
