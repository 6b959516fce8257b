"""Activations of neural networks that are not compositions of others, each beside its rule.

At kinks the derivative is PyTorch's: that of relu at 0 is 0, that of elu and its kin the left one, and a nan passes its cotangent on.
The confusing case is the second derivative of what is linear in pieces. It is zero, and not absent: the derivative that is recorded
depends on the input, by :func:`stopped`, as PyTorch's does.
"""

from __future__ import annotations

from typing import Any

from agrad.engine.core import classes
from agrad.engine.primitive import primitive, unary
from agrad.primitives._checks import OperandError, not_for

_NOT_FLOAT = ("bool", "int", "uint", "complex")


def _check_relu(operands: list[Any]) -> None:
    if operands[0]._options.dtype.kind == "bool":
        raise OperandError("Boolean inputs not supported for relu")
    not_for("relu", "complex")(operands)


@primitive(
    vjp=(
        lambda xp, g, _out, _cotangent, x, mask: _stop(xp, g, x, mask),
        lambda xp, g, _out, _cotangent, _x, _mask: xp.zeros_like(g),
        None,
    ),
    elementwise=True,
)
def stopped(xp: Any, g: Any, x: Any, mask: Any, /) -> Any:
    """Return 0 where the mask is true and g elsewhere: flat in x, which the mask was made of."""
    return xp.where(mask, xp.zeros_like(x), g)


def _stop(xp: Any, g: Any, x: Any, mask: Any) -> Any:
    """Return a cotangent, 0 where the mask is true; on Tensors it depends on x."""
    return stopped(g, x, mask) if xp is classes.tensor_xp else xp.where(mask, 0, g)


relu = unary(
    "relu",
    vjp=lambda xp, g, out, _x: _stop(xp, g, out, out <= 0),
    forward=lambda xp, x: xp.maximum(x, 0),
    torch_name="Relu",
    check=_check_relu,
)


def _threshold_rule(xp: Any, g: Any, _out: Any, x: Any, *, threshold: float, value: float) -> Any:
    return _stop(xp, g, x, x <= threshold)


@primitive(
    vjp=_threshold_rule,
    jvp=_threshold_rule,
    elementwise=True,
    torch_name="Threshold",
    check=not_for("threshold_cpu", "bool", "complex"),
)
def threshold(xp: Any, x: Any, /, *, threshold: float, value: float) -> Any:
    """Return x where it is above `threshold`, and `value` elsewhere."""
    return xp.where(x <= threshold, xp.full_like(x, value), x)


def _shrink_rule(xp: Any, g: Any, _out: Any, x: Any, *, lambd: float) -> Any:
    return _stop(xp, g, x, (x >= -lambd) & (x <= lambd))


@primitive(
    vjp=_shrink_rule,
    jvp=_shrink_rule,
    elementwise=True,
    torch_name="Hardshrink",
    check=not_for("hardshrink_cpu", *_NOT_FLOAT),
)
def hardshrink(xp: Any, x: Any, /, *, lambd: float) -> Any:
    """Return x outside of [-lambd, lambd], and 0 inside."""
    return xp.where((x >= -lambd) & (x <= lambd), 0, x)


@primitive(
    vjp=_shrink_rule,
    jvp=_shrink_rule,
    elementwise=True,
    torch_name="Softshrink",
    check=not_for("softshrink_cpu", *_NOT_FLOAT),
)
def softshrink(xp: Any, x: Any, /, *, lambd: float) -> Any:
    """Return x moved by `lambd` towards 0, and 0 where that would cross it."""
    return xp.where(x > lambd, x - lambd, xp.where(x < -lambd, x + lambd, x * 0))


def _hardtanh_rule(xp: Any, g: Any, _out: Any, x: Any, *, low: float, high: float) -> Any:
    return _stop(xp, g, x, (x <= low) | (x >= high))


@primitive(
    vjp=_hardtanh_rule,
    jvp=_hardtanh_rule,
    elementwise=True,
    torch_name="Hardtanh",
    check=not_for("hardtanh_cpu", "bool", "complex"),
)
def hardtanh(xp: Any, x: Any, /, *, low: float, high: float) -> Any:
    """Return x held between two numbers; the derivative at both is 0."""
    return xp.minimum(xp.maximum(x, low), high)


def _leaky_relu_rule(xp: Any, g: Any, _out: Any, x: Any, *, slope: float) -> Any:
    above = x > 0
    out = xp.where(above, g, g * slope)
    return stopped(out, x, xp.zeros_like(above)) if xp is classes.tensor_xp else out


@primitive(
    vjp=_leaky_relu_rule,
    jvp=_leaky_relu_rule,
    elementwise=True,
    torch_name="LeakyRelu",
    check=not_for("leaky_relu_cpu", "bool", "int", "uint", "complex"),
)
def leaky_relu(xp: Any, x: Any, /, *, slope: float) -> Any:
    """Return x where it is positive, and `slope` times it elsewhere; the derivative at 0 is `slope`."""
    return xp.where(x > 0, x, x * slope)


def _softplus_rule(xp: Any, g: Any, _out: Any, x: Any, *, beta: float = 1.0, threshold: float = 20.0) -> Any:
    scaled = x * beta
    linear = scaled > threshold
    return xp.where(linear, g, g / (1.0 + xp.exp(-xp.where(linear, xp.zeros_like(x), scaled))))


@primitive(
    vjp=_softplus_rule,
    jvp=_softplus_rule,
    elementwise=True,
    torch_name="Softplus",
    check=not_for("softplus_cpu", *_NOT_FLOAT),
)
def softplus(xp: Any, x: Any, /, *, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """Return log(1 + exp(beta x)) / beta, and x itself where beta x is above `threshold`."""
    scaled = x * beta
    linear = scaled > threshold
    return xp.where(linear, x, xp.log1p(xp.exp(xp.where(linear, xp.zeros_like(x), scaled))) / beta)


def _elu_rule(xp: Any, g: Any, _out: Any, x: Any, *, alpha: float, scale: float = 1.0, input_scale: float = 1.0) -> Any:
    # At 0 the slope is the left one, and the curvature that of the right side: as PyTorch's, 0.
    below = xp.exp(xp.where(x < 0, x, xp.zeros_like(x)) * input_scale) * (input_scale * alpha * scale)
    return xp.where(x <= 0, g * below, g * scale)


def _elu_name(*_shapes: tuple[int, ...], alpha: float, input_scale: float = 1.0, **_: float) -> str:
    return "Celu" if input_scale != 1.0 and input_scale * alpha == 1.0 else "Elu"


@primitive(vjp=_elu_rule, jvp=_elu_rule, elementwise=True, torch_name=_elu_name, check=not_for("elu_cpu", *_NOT_FLOAT))
def elu(xp: Any, x: Any, /, *, alpha: float, scale: float = 1.0, input_scale: float = 1.0) -> Any:
    """Return scale * x above 0, and scale * alpha * (exp(input_scale x) - 1) below; selu and celu are cases of it."""
    below = x <= 0
    return xp.where(below, xp.expm1(xp.where(below, x, xp.zeros_like(x)) * input_scale) * (alpha * scale), x * scale)


__all__ = [
    "elu",
    "hardshrink",
    "hardtanh",
    "leaky_relu",
    "relu",
    "softplus",
    "softshrink",
    "stopped",
    "threshold",
]
