"""What the special functions' files share: polynomials, refusals, batching."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from agrad.errors import UnsupportedOperation


def polynomial(x: Any, coefficients: Sequence[float]) -> Any:
    """Evaluate a polynomial, the lowest power first (Horner)."""
    out = x * coefficients[-1] + coefficients[-2]
    for coefficient in reversed(coefficients[:-2]):
        out = out * x + coefficient
    return out


def real_only(name: str) -> Callable[[list[Any]], None]:
    """Return the check of a function of real numbers, which refuses complex ones alike on every backend."""

    def check(operands: list[Any]) -> None:
        for operand in operands:
            options = getattr(operand, "_options", None)
            if type(operand) is complex or (options is not None and options.is_complex):
                kind = "ComplexDouble" if options is not None and options.dtype.bits == 128 else "ComplexFloat"
                raise UnsupportedOperation(
                    f"\"{name}\" not implemented for '{kind}': it takes real numbers. Pass the real part, agrad.real(x)."
                )

    return check


def underivable(function: str, argument: str) -> Callable[..., Any]:
    """Return the rule of an input in which a derivative is no function of ours."""

    def rule(_xp: Any, _g: Any, _out: Any, *_inputs: Any) -> Any:
        raise UnsupportedOperation(
            f"the derivative for '{function}: {argument}' is not implemented. Detach {argument} (its gradient is then "
            "none), or write the function and its derivative as an agrad.autograd.Function."
        )

    return rule


def aligned_batch(xp: Any, op: Any, values: Any, batched: Any, ndims: Any, size: int, params: Any) -> Any:
    """Batch an elementwise function of several arrays: the examples' axes are aligned at the end."""
    ndim = max(ndims)
    ready = [
        xp.reshape(value, (size, *(1,) * (ndim - own), *value.shape[1:])) if has_axis and own < ndim else value
        for value, has_axis, own in zip(values, batched, ndims, strict=True)
    ]
    return op.call(*ready, **params)


def same_batch(_xp: Any, op: Any, values: Any, _batched: Any, _ndims: Any, _size: int, params: Any) -> Any:
    """Batch an elementwise function of one array."""
    return op.call(*values, **params)
