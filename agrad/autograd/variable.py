"""``Variable``, from the time when tensors had no gradients: every Tensor is one."""

from __future__ import annotations

import warnings
from typing import Any

from agrad.engine.core import TensorCore, make_leaf
from agrad.engine.inplace import share
from agrad.errors import GradError


class VariableMeta(type):
    """The class of ``Variable``: every Tensor is an instance of it."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, TensorCore)


class Variable(metaclass=VariableMeta):
    """Return an alias of a Tensor, without its history.

    Parameters
    ----------
    data : Tensor
    requires_grad : bool
    volatile : bool, optional
        It has no effect any more: a warning says so.

    Examples
    --------
    >>> import agrad
    >>> x = agrad.autograd.Variable(agrad.ones(2), requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad, isinstance(x, agrad.autograd.Variable)
    (tensor([2., 2.]), True)
    """

    def __new__(cls, data: Any, requires_grad: bool = False, volatile: Any = None) -> Any:
        if volatile is not None:
            warnings.warn(
                "volatile was removed and now has no effect. Use `with agrad.no_grad():` instead.",
                UserWarning,
                stacklevel=2,
            )
        if not isinstance(data, TensorCore):
            raise TypeError(
                f"Variable data has to be a tensor, but got {type(data).__name__}. Make it one: agrad.tensor(data)."
            )
        alias = share(data)
        if requires_grad:
            if not alias._options.is_inexact:
                raise GradError(
                    "Only Tensors of floating point and complex dtype can require gradients; received "
                    f"{alias._options.dtype!r}. Convert it first: x.to(agrad.float32)."
                )
            make_leaf(alias)
        return alias


__all__ = ["Variable"]


def __dir__() -> list[str]:
    return list(__all__)
