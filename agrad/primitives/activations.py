"""Activations of neural networks that are not compositions of others, each beside its rule.

At kinks the derivative is PyTorch's: that of relu at 0 is 0, that of elu and its kin the left one, and a nan passes its cotangent on.
"""

from __future__ import annotations

from typing import Any

from agrad.engine.primitive import primitive, unary
from agrad.primitives._checks import OperandError, not_for

_NOT_FLOAT = ("bool", "int", "uint", "complex")


def _check_relu(operands: list[Any]) -> None:
    if operands[0]._options.dtype.kind == "bool":
        raise OperandError("Boolean inputs not supported for relu")
    not_for("relu", "complex")(operands)


relu = unary(
    "relu",
    vjp=lambda xp, g, out, _x: xp.where(out <= 0, 0, g),
    forward=lambda xp, x: xp.maximum(x, 0),
    torch_name="Relu",
    check=_check_relu,
    half="exact",
)


def _threshold_rule(xp: Any, g: Any, _out: Any, x: Any, *, threshold: float, value: float) -> Any:
    return xp.where(x <= threshold, 0, g)


@primitive(
    vjp=_threshold_rule,
    jvp=_threshold_rule,
    elementwise=True,
    torch_name="Threshold",
    check=not_for("threshold_cpu", "bool", "complex"),
    half="exact",
)
def threshold(xp: Any, x: Any, /, *, threshold: float, value: float) -> Any:
    """Return x where it is above `threshold`, and `value` elsewhere."""
    return xp.where(x <= threshold, xp.full_like(x, value), x)


def _hardshrink_rule(xp: Any, g: Any, _out: Any, x: Any, *, lambd: float) -> Any:
    return xp.where((x >= -lambd) & (x <= lambd), 0, g)


@primitive(
    vjp=_hardshrink_rule,
    jvp=_hardshrink_rule,
    elementwise=True,
    torch_name="Hardshrink",
    check=not_for("hardshrink_cpu", *_NOT_FLOAT),
    half="exact",
)
def hardshrink(xp: Any, x: Any, /, *, lambd: float) -> Any:
    """Return x outside of [-lambd, lambd], and 0 inside."""
    return xp.where((x >= -lambd) & (x <= lambd), 0, x)


def _softplus_rule(xp: Any, g: Any, _out: Any, x: Any, *, beta: float = 1.0, threshold: float = 20.0) -> Any:
    scaled = x * beta
    linear = scaled > threshold
    return xp.where(linear, g, g * xp.special.expit(xp.where(linear, xp.zeros_like(x), scaled)))


@primitive(
    vjp=_softplus_rule,
    jvp=_softplus_rule,
    elementwise=True,
    torch_name="Softplus",
    check=not_for("softplus_cpu", *_NOT_FLOAT),
    half="wide",
)
def softplus(xp: Any, x: Any, /, *, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """Return log(1 + exp(beta x)) / beta, and x itself where beta x is above `threshold`."""
    scaled = x * beta
    linear = scaled > threshold
    return xp.where(linear, x, xp.log1p(xp.exp(xp.where(linear, xp.zeros_like(x), scaled))) / beta)


def _elu_rule(xp: Any, g: Any, _out: Any, x: Any, *, alpha: float, scale: float = 1.0, input_scale: float = 1.0) -> Any:
    below = x <= 0
    slope = xp.exp(xp.where(below, x, xp.zeros_like(x)) * input_scale) * (input_scale * alpha * scale)
    return xp.where(below, g * slope, g * scale)


def _elu_name(*_shapes: tuple[int, ...], alpha: float, input_scale: float = 1.0, **_: float) -> str:
    return "Celu" if input_scale != 1.0 and input_scale * alpha == 1.0 else "Elu"


@primitive(
    vjp=_elu_rule,
    jvp=_elu_rule,
    elementwise=True,
    torch_name=_elu_name,
    check=not_for("elu_cpu", *_NOT_FLOAT),
    half="wide",
)
def elu(xp: Any, x: Any, /, *, alpha: float, scale: float = 1.0, input_scale: float = 1.0) -> Any:
    """Return scale * x above 0, and scale * alpha * (exp(input_scale x) - 1) below; selu and celu are cases of it."""
    below = x <= 0
    return xp.where(below, xp.expm1(xp.where(below, x, xp.zeros_like(x)) * input_scale) * (alpha * scale), x * scale)


def _softsign_rule(xp: Any, g: Any, _out: Any, x: Any) -> Any:
    size = 1.0 + xp.abs(x)
    return g / size / size


softsign = unary(
    "softsign",
    vjp=_softsign_rule,
    forward=lambda xp, x: x / (1.0 + xp.abs(x)),
    dtypes="float",
    torch_name="Div",
    check=not_for("softsign", "complex"),
)


__all__ = ["elu", "hardshrink", "relu", "softplus", "softsign", "threshold"]
