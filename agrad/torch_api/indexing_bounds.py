"""Whether index tensors are what a function takes: their dtype, and their values where these are at hand.

The confusing case: values are looked at on the CPU alone. On an accelerator that would wait for it, so there, as in PyTorch, an
index out of bounds is the program's own mistake; and while JAX traces there are no values.
"""

from __future__ import annotations

from typing import Any

from agrad.dtypes import DType
from agrad.engine.core import TensorCore
from agrad.errors import DTypeError
from agrad.primitives import manipulation
from agrad.torch_api.shape_arguments import ArgumentTypeError

BEYOND = "index {} is out of bounds for dimension {} with size {}"


def need_index(name: str, index: Any, position: int, argument: str = "index") -> None:
    """Refuse what is no Tensor.

    Raises
    ------
    TypeError
        "gather(): argument 'index' (position 3) must be Tensor, not list".
    """
    if not isinstance(index, TensorCore):
        raise ArgumentTypeError(
            f"{name}(): argument '{argument}' (position {position}) must be Tensor, not {type(index).__name__}"
        )


def check_dtype(complaint: str, index: Any, allowed: tuple[DType, ...], error: type[Exception] = DTypeError) -> None:
    """Refuse an index tensor of another dtype."""
    dtype = index._options.dtype
    if dtype not in allowed:
        raise error(f"{complaint}, but got {dtype.scalar_name}")


def check_positions(
    index: Any, size: int | None, complaint: str, error: type[Exception], dim: int = 0, *, wrap: bool = False
) -> None:
    """Refuse positions that an axis does not have, where their values are at hand.

    Parameters
    ----------
    size : int or None
        The axis' length; None for numbers that need only be 0 or more.
    complaint : str
        What to say, with {0} for the position, {1} for `dim` and {2} for `size`.
    wrap : bool
        Whether negative positions count from the end.
    """
    options = index._options
    if options.backend.level or options.device.type != "cpu" or 0 in index._shape:
        return
    xp = options.xp
    raw = index._data
    try:
        low, high = int(xp.min(raw)), int(xp.max(raw))
    except TypeError:
        return  # it is being traced
    if size is None:
        size = high + 1
    if low < (-size if wrap else 0) or high >= size:
        bound = -size if wrap else 0
        places = options.backend.tolist(xp.reshape(raw, (-1,)))
        raise error(complaint.format(next(one for one in places if not bound <= one < size), dim, size))


def as_rows(*tensors: Any) -> list[Any]:
    """Return tensors of no dimensions with one of length 1; None stays."""
    return [manipulation.reshape(one, shape=(1,)) if one is not None and not one._shape else one for one in tensors]


def shaped(result: Any, like: Any) -> Any:
    """Return a result in the shape of a tensor that got an axis on the way."""
    return result if result._shape == like._shape else manipulation.reshape(result, shape=like._shape)


__all__ = ["BEYOND", "as_rows", "check_dtype", "check_positions", "need_index", "shaped"]
