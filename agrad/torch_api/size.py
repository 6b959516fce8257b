"""The shape of a tensor as PyTorch shows it: a tuple that knows its product."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, SupportsIndex, overload


class Size(tuple[int, ...]):
    """A tensor's shape.

    Parameters
    ----------
    sizes : iterable of int

    Examples
    --------
    >>> size = Size([2, 3])
    >>> size, size.numel(), size[1:], size + (4,)
    (agrad.Size([2, 3]), 6, agrad.Size([3]), agrad.Size([2, 3, 4]))
    """

    __slots__ = ()

    def __new__(cls, sizes: Iterable[Any] = ()) -> Size:
        """Make a size of ints, refusing anything else."""
        items = tuple(sizes)
        for index, item in enumerate(items):
            if not hasattr(item, "__index__"):
                raise TypeError(
                    f"agrad.Size() takes an iterable of 'int' (item {index} is '{type(item).__name__}'); received {items}"
                )
        return tuple.__new__(cls, (item if type(item) is int else item.__index__() for item in items))

    def numel(self) -> int:
        """Return the number of elements of a tensor of this shape."""
        count = 1
        for length in self:
            count *= length
        return count

    @overload
    def __getitem__(self, key: SupportsIndex, /) -> int: ...
    @overload
    def __getitem__(self, key: slice, /) -> Size: ...
    def __getitem__(self, key: SupportsIndex | slice, /) -> int | Size:
        if isinstance(key, slice):
            return size_of(tuple.__getitem__(self, key))
        return tuple.__getitem__(self, key)

    def __add__(self, other: Any, /) -> Size:
        return size_of(tuple.__add__(self, other)) if isinstance(other, tuple) else NotImplemented

    def __radd__(self, other: Any, /) -> Size:
        return size_of(tuple(other) + tuple(self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times: SupportsIndex, /) -> Size:
        return size_of(tuple.__mul__(self, times))

    def __rmul__(self, times: SupportsIndex, /) -> Size:
        return size_of(tuple.__mul__(self, times))

    def __repr__(self) -> str:
        return f"agrad.Size({list(self)})"

    def __reduce__(self) -> Any:
        return Size, (tuple(self),)


def size_of(shape: tuple[int, ...]) -> Size:
    """Return a tuple of ints as a Size, unchecked."""
    return tuple.__new__(Size, shape)


__all__ = ["Size", "size_of"]
