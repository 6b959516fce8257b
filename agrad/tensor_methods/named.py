"""Named axes: each method is the function of its name in agrad/torch_api/named.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.engine.core import TensorCore
from agrad.torch_api import named
from agrad.torch_api.naming import checked, names_of, set_names

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class NamedMixin(TensorCore):
    """The names of a tensor's axes."""

    __slots__ = ()

    @property
    def names(self: Any) -> tuple[str | None, ...]:
        """The name of each axis, None for those without."""
        return names_of(self)

    @names.setter
    def names(self: Any, names: Any) -> None:
        set_names(self, None if names is None else checked(tuple(names), len(self._shape)))

    def has_names(self: Any) -> bool:
        """Whether any axis has a name."""
        return any(name is not None for name in names_of(self))

    def rename(self: Any, *names: Any, **rename_map: str) -> Tensor:
        """Return the tensor under other names, a view: ``rename('N', 'C')``, ``rename(H='height')``, ``rename(None)``."""
        return named.rename(self, *names, **rename_map)

    def rename_(self: Any, *names: Any, **rename_map: str) -> Tensor:
        """Rename the axes of the tensor itself."""
        return named.rename_(self, *names, **rename_map)

    def refine_names(self: Any, *names: Any) -> Tensor:
        """Return the tensor with names for axes that have none."""
        return named.refine_names(self, *names)

    def align_to(self: Any, *names: Any) -> Tensor:
        """Return the tensor with its axes in the order of the names."""
        return named.align_to(self, *names)

    def align_as(self: Any, other: Tensor) -> Tensor:
        """Return the tensor with its axes in the order of another's names."""
        return named.align_as(self, other)


__all__ = ["NamedMixin"]
