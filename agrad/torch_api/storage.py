"""A tensor's memory: where it lies, who shares it, copies and detached aliases.

The confusing case: a tensor that nobody asked is alone with its memory, and an in-place write may give it another array. So
whoever hands memory out (``data_ptr()``, ``numpy()``, ``storage()``) first makes the tensor's storage, and from then on writes go
into it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.array_api._arguments import as_tensor
from agrad.array_api._moving import move
from agrad.engine.core import TensorCore, classes, wrap
from agrad.engine.general import broadcast_complaint
from agrad.engine.geometry import is_contiguous
from agrad.engine.inplace import copy_into, share
from agrad.engine.levels import Batched, Dual
from agrad.engine.node import Leaf
from agrad.engine.relations import strides_of
from agrad.engine.storage import Alias, alias_of, geometry_of, hidden_classes, note_requires_grad, strided_class
from agrad.engine.vmap_level import front
from agrad.errors import GradError, IndexOutOfRange, ShapeError, UnsupportedOperation
from agrad.primitives import data_type
from agrad.torch_api.naming import set_names, with_names_of, without_names_class

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def axis_of(dim: int, ndim: int) -> int:
    """Return an axis counted from the front.

    Raises
    ------
    IndexError
        In PyTorch's words, when there is no such axis.
    """
    bound = max(ndim, 1)
    if not -bound <= dim < bound:
        raise IndexOutOfRange(
            f"Dimension out of range (expected to be in range of [{-bound}, {bound - 1}], but got {dim})"
        )
    return dim % bound


# ---------------------------------------------------------------- geometry


def stride(x: Any, dim: int | None = None) -> Any:
    """Return the steps between neighbours along each axis, in elements, or along one."""
    strides = geometry_of(x)[1]
    return strides if dim is None else strides[axis_of(dim, len(strides))]


def storage_offset(x: Any) -> int:
    """Return where the tensor's first element lies in its storage, in elements."""
    return geometry_of(x)[2]


def contiguous_here(x: Any) -> bool:
    """Whether the elements lie in row-major order without gaps."""
    extra = x._extra
    if x._options.backend.interpret is not None:
        return is_contiguous(x._shape, strides_of(x))
    return extra is None or not extra.strides or is_contiguous(x._shape, extra.strides)


def contiguous(x: Any, memory_format: Any = None) -> Any:
    """Return the tensor itself where its elements lie in row-major order, else a copy in which they do."""
    check_format(memory_format)
    return x if contiguous_here(x) else _row_major(x)


def _row_major(x: Any) -> Any:
    """Return a copy whose elements lie in row-major order, whatever order those of `x` lie in."""
    raw = x._data
    if type(raw) is Dual:
        tangent = None if raw.tangent is None else contiguous(raw.tangent)
        made = wrap(Dual(contiguous(raw.primal), tangent, raw.level), x._options)
        if made._options.backend.absorbs:
            made._options.backend.note(made)
        return made
    if type(raw) is Batched:
        value = raw.value if raw.axis is None else front(raw.value, raw.axis)
        return wrap(Batched(contiguous(value), None if raw.axis is None else 0, raw.level), x._options)
    copied = data_type.copy(x)
    extra = copied._extra
    if extra is not None and extra.storage is None and extra.strides:
        # The order was only noted, and the memory is not shared yet: another order is another note.
        extra.strides = ()
        copied.__class__ = classes.tensor
    return copied


def check_format(memory_format: Any) -> None:
    """Refuse orders of axes in memory that agrad does not have."""
    if memory_format is not None and memory_format.name not in ("contiguous_format", "preserve_format"):
        raise UnsupportedOperation(
            f"agrad's tensors are laid out row by row; received memory_format={memory_format!r}. "
            "Permute the axes, or leave memory_format out."
        )


def data_ptr(x: Any) -> int:
    """Return the address of the first element: equal for tensors that start at one place; 0 for none."""
    if 0 in x._shape:
        return 0
    alias = alias_of(x)
    return address(alias.storage) + alias.offset * int(x._options.dtype.itemsize)


def address(storage: Any) -> int:
    """Return where a storage's first element lies: the memory's address where that stays so, else a number of its own."""
    if storage.size == 0:
        return 0
    found = storage.options.backend.address(storage.memory().raw)
    return int(storage.address if found is None else found)


# ---------------------------------------------------------------- copies and aliases


def clone(input: Any, *, memory_format: Any = None) -> Any:
    """Return a copy that shares nothing; the cotangent goes back as it came."""
    check_format(memory_format)
    if memory_format is not None and memory_format.name == "contiguous_format":
        return _row_major(input)
    return data_type.copy(input)


def detach(x: Any) -> Any:
    """Return an alias without history: it shares the memory, and inside a transform it is a constant at every level."""
    if not x._options.backend.level:
        return with_names_of(x, share(x))
    raw = x._data
    if type(raw) is Dual:
        return wrap(Dual(detach(raw.primal), None, raw.level), x._options)
    if type(raw) is Batched:
        return wrap(Batched(detach(raw.value), raw.axis, raw.level), x._options)
    return share(x, stopped=True)


def detach_(x: Any) -> Any:
    """Drop the history, in place: the tensor becomes a leaf that does not require grad.

    Raises
    ------
    GradError
        A RuntimeError, for views.
    """
    extra = x._extra
    if extra is not None and extra.base is not None:
        raise GradError("Can't detach views in-place. Use detach() instead.")
    x._node = None
    note_requires_grad(x)
    return x


def get_data(x: Any) -> Any:
    """Return an alias without history and with a version counter of its own: backward does not notice what is written to it."""
    if x._options.backend.level:
        return detach(x)
    return with_names_of(x, share(x, own_version=True))


def _shown_class(kind: type) -> type:
    """Return the class that a user sees, of a tensor's own that may be one of the hidden subclasses."""
    hidden = hidden_classes()
    while True:
        plain = kind.__mro__[1] if kind in hidden else without_names_class(kind)
        if plain is kind:
            return kind
        kind = plain


def set_data(x: Any, value: Any) -> None:
    """Make `x` show the memory of `value`, keeping its place in the graph."""
    if not isinstance(value, TensorCore):
        raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
    node = x._node
    theirs = alias_of(value)
    place = Alias()
    place.storage = theirs.storage
    place.strides = theirs.strides
    place.offset = theirs.offset
    if x._extra is not None:
        place.names = x._extra.names
        place.version = x._extra.version
    raw = value._data
    kind = type(wrap(raw, value._options))
    # a subclass such as Parameter stays one
    x.__class__ = _shown_class(type(x)) if kind is classes.tensor else kind
    x._extra = place
    x._shape = value._shape
    x._options = value._options
    x._data = raw
    x._node = node
    if not is_contiguous(x._shape, place.strides):
        x.__class__ = strided_class(type(x))
    assert place.storage is not None
    place.storage.enter(x)
    if place.names is not None:
        set_names(x, place.names)
    if isinstance(node, Leaf):
        node.options = x._options
        node.shape = x._shape


def copy_(x: Any, src: Any, non_blocking: bool = False) -> Tensor:
    """Write the elements of `src`, broadcast and converted, into `x` and return it; `src` may be on another device.

    Parameters
    ----------
    src : Tensor or number
    non_blocking : bool
        Taken for PyTorch's sake; copies are ordered as everything else is.
    """
    options = x._options
    value = as_tensor(src)
    if not isinstance(value, TensorCore):
        value = wrap(options.backend.scalar(src, options.raw_dtype, options.raw_device), options)
    complaint = None if value._shape == x._shape else broadcast_complaint([x._shape, value._shape])
    if complaint is not None:
        raise ShapeError(f"{complaint} (a tensor of shape {value._shape} copied into one of shape {x._shape})")
    copy_into(x, value, value_for)
    return x


def value_for(place: Any, value: Any) -> Any:
    """Return what a tensor's elements become when written to `place`: of its dtype and device, sharing nothing."""
    options = place._options
    if not options.backend.level and not value._options.backend.level:
        value = move(value, options.device)
    if value._options.dtype is not options.dtype:
        return data_type.astype(value, dtype=options.dtype)
    return data_type.copy(value)


__all__ = [
    "address",
    "axis_of",
    "check_format",
    "clone",
    "contiguous",
    "contiguous_here",
    "copy_",
    "data_ptr",
    "detach",
    "detach_",
    "get_data",
    "set_data",
    "storage_offset",
    "stride",
    "value_for",
]
