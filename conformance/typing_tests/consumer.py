"""A user's program, type-checked against the built wheel: what an editor and mypy must know of agrad's public names.

It is not run; ``nox -s wheel`` checks it with mypy --strict where nothing but the wheel is installed.
"""

from __future__ import annotations

from typing import Any, assert_type

import agrad
from agrad import Tensor
from agrad import array_api as xp
from agrad.autograd import Function


def creation() -> None:
    """Makers of tensors return Tensors, and take dtypes, devices and requires_grad."""
    x = agrad.tensor([1.0, 2.0], dtype=agrad.float32, requires_grad=True)
    assert_type(x, Tensor)
    assert_type(agrad.zeros(2, 3), Tensor)
    assert_type(agrad.arange(10), Tensor)
    assert_type(xp.linspace(0.0, 1.0, 5, dtype=agrad.float64), Tensor)


def arithmetic(x: Tensor, y: Tensor) -> Tensor:
    """Operators and functions of Tensors and numbers are Tensors."""
    assert_type(x + y, Tensor)
    assert_type(2 * x, Tensor)
    assert_type(x**2, Tensor)
    assert_type(-x, Tensor)
    assert_type(x @ y, Tensor)
    assert_type(x[0, ..., None], Tensor)
    assert_type(xp.exp(x), Tensor)
    return xp.sum(x * y)


def attributes(x: Tensor) -> None:
    """What a Tensor tells of itself."""
    assert_type(x.dtype, agrad.dtype)
    assert_type(x.device, agrad.device)
    assert_type(x.requires_grad, bool)
    assert_type(x.ndim, int)
    number: float = float(x)
    rows: int = x.shape[0]
    print(number, rows, x.grad)


def training(x: Tensor, y: Tensor) -> float:
    """A step of gradient descent."""
    w = agrad.tensor(0.0, requires_grad=True)
    loss = xp.mean((w * x - y) ** 2)
    loss.backward()
    gradient = w.grad
    assert gradient is not None
    with agrad.no_grad():
        w -= 0.1 * gradient
    return float(loss)


@agrad.no_grad()
def decorated(x: Tensor, scale: float) -> Tensor:
    """A grad mode as a decorator keeps the function's type."""
    return x * scale


def modes(x: Tensor) -> None:
    """The decorated function still takes what it took."""
    assert_type(decorated(x, 2.0), Tensor)


class Cube(Function):
    """A function with a rule of its own."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Return x cubed."""
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Tensor:
        """Return the cotangent of x."""
        (x,) = ctx.saved_tensors
        result: Tensor = 3 * x * x * g
        return result


def backends() -> None:
    """Choosing a backend."""
    names: tuple[str, ...] = agrad.available_backends()
    with agrad.use_backend(names[0]) as backend:
        print(backend.name, backend.devices())
    agrad.set_default_backend("numpy")
