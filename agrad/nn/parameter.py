"""Parameters and buffers: the tensors that a module owns.

A Parameter is a Tensor that modules find by its type. It is a subclass, so operations treat it like any Tensor of a subclass; what
they give is a plain Tensor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.engine.core import announce_class, new_object
from agrad.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable


class Parameter(Tensor):
    """A Tensor that a module counts among its parameters when it is assigned as an attribute.

    Parameters
    ----------
    data : Tensor
        Its storage is shared; its history is not.
    requires_grad : bool

    Examples
    --------
    >>> import agrad
    >>> agrad.nn.Parameter(agrad.tensor([1.0, 2.0]))
    Parameter containing:
    tensor([1., 2.], requires_grad=True)
    """

    __slots__ = ()

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Parameter:
        """Make a parameter that shares the storage of `data`."""
        if data is None:
            from agrad.torch_api.creation import tensor

            data = tensor([])
        source = data.detach()
        made = new_object(cls)
        for slot in ("_data", "_options", "_shape", "_extra"):
            setattr(made, slot, getattr(source, slot))
        made._node = None
        alias = made._extra
        if alias is not None and alias.storage is not None:
            alias.storage.enter(made)
        made.requires_grad_(requires_grad)
        return made

    def __repr__(self, *args: Any, **kwargs: Any) -> str:
        return "Parameter containing:\n" + super().__repr__(*args, **kwargs)

    def __str__(self) -> str:
        return repr(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        if id(self) in memo:
            return memo[id(self)]
        copy = type(self)(self.detach().clone(), self.requires_grad)
        memo[id(self)] = copy
        return copy

    def __reduce_ex__(self, protocol: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _rebuilt, (self.detach(), self.requires_grad)


def _rebuilt(data: Tensor, requires_grad: bool) -> Parameter:
    return Parameter(data, requires_grad)


class Buffer:
    """Marks a Tensor that a module keeps as a buffer: ``self.mean = nn.Buffer(tensor)``.

    Parameters
    ----------
    data : Tensor
    persistent : bool
        Whether it is part of the module's state_dict.
    """

    def __init__(self, data: Tensor, *, persistent: bool = True) -> None:
        self.data = data
        self.persistent = persistent


class UninitializedParameter(Parameter):
    """A parameter whose shape is not known yet; it becomes a :class:`Parameter` when a lazy module first sees an input."""

    __slots__ = ()

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> UninitializedParameter:
        """Make a parameter of no elements."""
        from agrad.torch_api.creation_filled import empty

        return super().__new__(cls, empty(0, device=device, dtype=dtype), requires_grad)  # type: ignore[return-value]

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Become a parameter of a shape, with elements not set yet; the object stays the same."""
        from agrad.torch_api.creation_filled import empty

        self.data = empty(
            tuple(shape),
            device=self.device if device is None else device,
            dtype=self.dtype if dtype is None else dtype,
        )
        self.__class__ = Parameter  # type: ignore[assignment]

    def __repr__(self, *args: Any, **kwargs: Any) -> str:
        return f"<{type(self).__name__}>"

    def __deepcopy__(self, memo: dict[int, Any]) -> UninitializedParameter:
        if id(self) in memo:
            return memo[id(self)]
        copy = type(self)(self.requires_grad, self.device, self.dtype)
        memo[id(self)] = copy
        return copy

    def __reduce_ex__(self, protocol: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return UninitializedParameter, (self.requires_grad, None, self.dtype)


def is_lazy(param: Any) -> bool:
    """Whether a parameter's shape is not known yet."""
    return isinstance(param, UninitializedParameter)


announce_class(Parameter)
announce_class(UninitializedParameter)

__all__ = ["Buffer", "Parameter", "UninitializedParameter", "is_lazy"]


def __dir__() -> list[str]:
    return list(__all__)
