"""Tensors made from a tensor, and random numbers written into one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.engine.core import TensorCore
from agrad.torch_api import creation_filled, random, random_filling, typed_constructors

if TYPE_CHECKING:
    from agrad.random.generator import Generator
    from agrad.tensor import Tensor


class MakingMixin(TensorCore):
    """Making tensors beside this one, and filling this one."""

    __slots__ = ()

    def __new__(cls, *args: Any, **keywords: Any) -> Any:
        """Make a tensor of the default dtype: of sizes, uninitialised, or of a list, an array, a storage or another tensor."""
        return typed_constructors.make(cls, args, keywords)

    @staticmethod
    def _make_subclass(cls: Any, data: Tensor, require_grad: bool = False) -> Any:
        """Return a tensor of a derived class that shares `data`'s memory, without its history."""
        made = typed_constructors.of_class(data.detach(), cls)
        return made.requires_grad_(require_grad)

    def as_subclass(self, cls: Any) -> Any:
        """Return the tensor as one of a derived class, its memory and history shared."""
        return typed_constructors.of_class(self, cls)

    # ---- of this tensor's dtype, on its device

    def new(self, *args: Any, device: Any = None) -> Tensor:
        """Make a tensor as ``Tensor(...)`` does, of this one's dtype and on its device."""
        options = self._options
        return typed_constructors.legacy(args, {}, options.dtype, options.device)

    def new_tensor(self, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
        """Make a tensor of data, of this one's dtype and on its device when none is given."""
        return creation_filled.new_tensor(self, data, dtype=dtype, device=device, requires_grad=requires_grad)  # type: ignore[arg-type]

    def new_empty(
        self,
        *sizes: Any,
        size: Any = None,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """Make an uninitialised tensor, of this one's dtype and on its device when none is given."""
        return creation_filled.new_empty(self, sizes, size, dtype, device, requires_grad)  # type: ignore[arg-type]

    def new_zeros(
        self,
        *sizes: Any,
        size: Any = None,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """Make zeros, of this one's dtype and on its device when none is given."""
        return creation_filled.new_zeros(self, sizes, size, dtype, device, requires_grad)  # type: ignore[arg-type]

    def new_ones(
        self,
        *sizes: Any,
        size: Any = None,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """Make ones, of this one's dtype and on its device when none is given."""
        return creation_filled.new_ones(self, sizes, size, dtype, device, requires_grad)  # type: ignore[arg-type]

    def new_full(
        self,
        size: Any,
        fill_value: Any,
        *,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """Make a tensor filled with one number, of this one's dtype and on its device when none is given."""
        return creation_filled.new_full(self, size, fill_value, dtype, device, requires_grad)  # type: ignore[arg-type]

    def new_empty_strided(
        self, size: Any, stride: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
    ) -> Tensor:
        """Make an uninitialised tensor with strides of one's own, of this one's dtype and on its device when none is given."""
        options = self._options
        return creation_filled.empty_strided(
            size, stride, dtype=dtype or options.dtype, device=device or options.device, requires_grad=requires_grad
        )

    # ---- random numbers

    def uniform_(self, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None) -> Tensor:
        """Fill with uniform numbers on [from, to)."""
        return random_filling.uniform_(self, from_, to, generator=generator)  # type: ignore[arg-type]

    def normal_(self, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
        """Fill with normal numbers."""
        return random_filling.normal_(self, mean, std, generator=generator)  # type: ignore[arg-type]

    def exponential_(self, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
        """Fill with exponential numbers of rate `lambd`."""
        return random_filling.exponential_(self, lambd, generator=generator)  # type: ignore[arg-type]

    def cauchy_(self, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None) -> Tensor:
        """Fill with Cauchy numbers."""
        return random_filling.cauchy_(self, median, sigma, generator=generator)  # type: ignore[arg-type]

    def log_normal_(self, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None) -> Tensor:
        """Fill with numbers whose logarithms are normal of this mean and standard deviation."""
        return random_filling.log_normal_(self, mean, std, generator=generator)  # type: ignore[arg-type]

    def geometric_(self, p: float, *, generator: Generator | None = None) -> Tensor:
        """Fill with the numbers of trials up to a first success of probability `p`."""
        return random_filling.geometric_(self, p, generator=generator)  # type: ignore[arg-type]

    def random_(self, from_: int | None = None, to: int | None = None, *, generator: Generator | None = None) -> Tensor:
        """Fill with integers: on [0, to), on [from, to), or on all that the dtype holds from 0 up."""
        return random_filling.random_(self, from_, to, generator=generator)  # type: ignore[arg-type]

    def bernoulli_(self, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
        """Fill with 1 with probability `p`, a number or a tensor, else 0."""
        return random_filling.bernoulli_(self, p, generator=generator)  # type: ignore[arg-type]

    def bernoulli(self, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
        """Return 1 with the probabilities that this tensor holds (or the one probability `p`), else 0."""
        return random.bernoulli(self, p, generator=generator)  # type: ignore[arg-type]

    def multinomial(self, num_samples: int, replacement: bool = False, *, generator: Generator | None = None) -> Tensor:
        """Return indices drawn with probabilities proportional to the rows of this tensor."""
        return random.multinomial(self, num_samples, replacement, generator=generator)  # type: ignore[arg-type]


__all__ = ["MakingMixin"]
