"""Tensors of one number, or of none yet: zeros, ones, empty and full, alone or like another tensor; sizes as ints or one sequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agrad.array_api import _making
from agrad.backend import TensorOptions
from agrad.dtypes import DType
from agrad.engine.core import TensorCore, wrap
from agrad.engine.levels import is_differentiated
from agrad.engine.storage import alias_of
from agrad.torch_api._out import deliver
from agrad.torch_api.creation import (
    AgradSizeError,
    DataTypeError,
    Names,
    check_layout,
    finish,
    of_data,
    options_for,
    size_argument,
    sizes_of,
)
from agrad.torch_api.storage import check_format, detach
from agrad.torch_api.storages import show

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def zeros(
    *sizes: Any,
    size: Any = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    names: Names = None,
) -> Tensor:
    """Make a tensor of zeros.

    Parameters
    ----------
    *sizes : int, or one sequence of int
    size : sequence of int
        The same by name.
    out : Tensor, optional
        Written into and returned.
    dtype : DType, optional
        The default floating dtype when not given.
    layout : layout, optional
        agrad.strided, the only one.
    device : Device or str, optional
    pin_memory : bool
        False, the only choice.
    requires_grad : bool
    names : sequence of str or None, optional
        The names of the axes.
    """
    shape = size_argument(sizes, size, "zeros")
    o = options_for(dtype, device, layout=layout, pin_memory=pin_memory, out=out)
    made = wrap(o.xp.zeros(shape, dtype=o.raw_dtype, device=o.raw_device), o)
    if out is not None:
        return deliver("zeros", made, out)
    return finish(made, requires_grad, names)


def ones(
    *sizes: Any,
    size: Any = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    names: Names = None,
) -> Tensor:
    """Make a tensor of ones; the parameters are those of :func:`zeros`."""
    shape = size_argument(sizes, size, "ones")
    o = options_for(dtype, device, layout=layout, pin_memory=pin_memory, out=out)
    made = wrap(o.xp.ones(shape, dtype=o.raw_dtype, device=o.raw_device), o)
    if out is not None:
        return deliver("ones", made, out)
    return finish(made, requires_grad, names)


def empty(
    *sizes: Any,
    size: Any = None,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    names: Names = None,
    memory_format: Any = None,
) -> Tensor:
    """Make a tensor of whatever the memory holds; the parameters are those of :func:`zeros`."""
    shape = size_argument(sizes, size, "empty")
    check_format(memory_format)
    o = options_for(dtype, device, layout=layout, pin_memory=pin_memory, out=out)
    made = wrap(o.xp.empty(shape, dtype=o.raw_dtype, device=o.raw_device), o)
    if out is not None:
        return deliver("empty", made, out)
    return finish(made, requires_grad, names)


def full(
    size: Sequence[int],
    fill_value: Any,
    *,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    names: Names = None,
) -> Tensor:
    """Make a tensor filled with one number, whose kind gives the dtype.

    Parameters
    ----------
    size : sequence of int
    fill_value : number, or Tensor of one element
    out, dtype, layout, device, pin_memory, requires_grad, names
        As in :func:`zeros`.
    """
    if hasattr(size, "__index__"):
        raise DataTypeError(f"full(): argument 'size' (position 1) must be tuple of ints, not {type(size).__name__}")
    shape = sizes_of((size,), "full")
    fill_value, dtype = _number(fill_value, dtype, "full")
    o = options_for(dtype, device, _default_of(fill_value), layout=layout, pin_memory=pin_memory, out=out)
    made = wrap(o.xp.full(shape, fill_value, dtype=o.raw_dtype, device=o.raw_device), o)
    if out is not None:
        return deliver("full", made, out)
    return finish(made, requires_grad, names)


def scalar_tensor(
    s: Any,
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a 0-d tensor of a number, of the default floating dtype when none is given."""
    o = options_for(dtype, device, layout=layout, pin_memory=pin_memory)
    number, _ = _number(s, None, "scalar_tensor", "'s' (position 1)")
    return finish(wrap(o.xp.full((), number, dtype=o.raw_dtype, device=o.raw_device), o), requires_grad)


def _number(value: Any, dtype: Any, function: str, argument: str = "'fill_value' (position 2)") -> tuple[Any, Any]:
    """Return a number given as one, or as a tensor of one element, whose dtype is then the default.

    Raises
    ------
    DataTypeError
        For a tensor that is being differentiated: the number would lose its derivative.
    """
    if isinstance(value, TensorCore):
        if is_differentiated(value):
            raise DataTypeError(
                f"{function}(): argument {argument} must be Number, not Tensor: the tensor is being differentiated, and a number "
                "has no derivative. Use ones(size) * value, or value.expand(size).clone(); or value.detach() for a constant."
            )
        return value.item(), dtype or value._options.dtype  # type: ignore[attr-defined]
    return (value.item() if hasattr(value, "item") else value), dtype


def _default_of(number: Any) -> _making.DefaultDType:
    if isinstance(number, bool):
        return _making.default_bool
    if isinstance(number, int):
        return _making.default_int
    return _making.default_complex if isinstance(number, complex) else _making.default_float


def empty_strided(
    size: Sequence[int],
    stride: Sequence[int],
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of whatever the memory holds, with strides of one's own.

    Parameters
    ----------
    size, stride : sequences of int
        One each per axis; strides in elements.
    dtype, layout, device, pin_memory, requires_grad
        As in :func:`zeros`.
    """
    sizes, strides = sizes_of((size,), "empty_strided"), tuple(stride)
    if len(sizes) != len(strides):
        raise AgradSizeError(
            f"dimensionality of sizes ({len(sizes)}) must match dimensionality of strides ({len(strides)}): received size "
            f"{list(sizes)} and stride {list(strides)}"
        )
    if any(step < 0 for step in strides):
        raise AgradSizeError(
            f"as_strided: Negative strides are not supported at the moment, got strides: {list(strides)}"
        )
    o = options_for(dtype, device, layout=layout, pin_memory=pin_memory)
    span = 0 if 0 in sizes else 1 + sum((length - 1) * step for length, step in zip(sizes, strides, strict=True))
    memory = wrap(o.xp.empty((span,), dtype=o.raw_dtype, device=o.raw_device), o)
    return finish(show(alias_of(memory).storage, sizes, strides, 0), requires_grad)


# ---------------------------------------------------------------- like another tensor


def _like(x: Any, function: str, dtype: Any, layout: Any, device: Any, memory_format: Any) -> TensorOptions:
    """Return the options of a tensor made like `x`."""
    if not isinstance(x, TensorCore):
        raise DataTypeError(f"{function}(): argument 'input' (position 1) must be Tensor, not {type(x).__name__}")
    if layout is not None:
        check_layout(layout)
    check_format(memory_format)
    return _making.options_beside(x, dtype, device).with_standard(False)


def zeros_like(
    input: Tensor,
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Make zeros of another tensor's shape, dtype and device."""
    o = _like(input, "zeros_like", dtype, layout, device, memory_format)
    made = wrap(o.xp.zeros(input._shape, dtype=o.raw_dtype, device=o.raw_device), o)
    return finish(_making.at_level_of(input, made), requires_grad, names_of(input))


def ones_like(
    input: Tensor,
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Make ones of another tensor's shape, dtype and device."""
    o = _like(input, "ones_like", dtype, layout, device, memory_format)
    made = wrap(o.xp.ones(input._shape, dtype=o.raw_dtype, device=o.raw_device), o)
    return finish(_making.at_level_of(input, made), requires_grad, names_of(input))


def empty_like(
    input: Tensor,
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Make an uninitialised tensor of another's shape, dtype and device."""
    o = _like(input, "empty_like", dtype, layout, device, memory_format)
    made = wrap(o.xp.empty(input._shape, dtype=o.raw_dtype, device=o.raw_device), o)
    return finish(_making.at_level_of(input, made), requires_grad, names_of(input))


def full_like(
    input: Tensor,
    fill_value: Any,
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Make a tensor filled with one number, of another tensor's shape, dtype and device."""
    o = _like(input, "full_like", dtype, layout, device, memory_format)
    number, _ = _number(fill_value, None, "full_like")
    made = wrap(o.xp.full(input._shape, number, dtype=o.raw_dtype, device=o.raw_device), o)
    return finish(_making.at_level_of(input, made), requires_grad, names_of(input))


def names_of(x: Any) -> Names:
    """Return the names of a tensor's axes; None where it has none."""
    extra = x._extra
    return None if extra is None else extra.names


# ---------------------------------------------------------------- a tensor's own: of its dtype and device


def _new(x: Any, shape: tuple[int, ...], value: Any, dtype: Any, device: Any, requires_grad: bool) -> Any:
    o = _making.options_beside(x, dtype, device).with_standard(False)
    if value is None:
        raw = o.xp.empty(shape, dtype=o.raw_dtype, device=o.raw_device)
    else:
        raw = o.xp.full(shape, value, dtype=o.raw_dtype, device=o.raw_device)
    return finish(_making.at_level_of(x, wrap(raw, o)), requires_grad)


def new_tensor(
    x: Tensor, data: Any, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Make a tensor of data, of the dtype and on the device of `x` when none is given."""
    o = _making.options_beside(x, dtype, device)
    made = of_data(data, o.dtype, o.device, True)
    return finish(made if made._node is None else detach(made), requires_grad)


def new_empty(x: Tensor, sizes: tuple[Any, ...], size: Any, dtype: Any, device: Any, requires_grad: bool) -> Tensor:
    """Make an uninitialised tensor, of the dtype and on the device of `x` when none is given."""
    return _new(x, size_argument(sizes, size, "new_empty"), None, dtype, device, requires_grad)


def new_zeros(x: Tensor, sizes: tuple[Any, ...], size: Any, dtype: Any, device: Any, requires_grad: bool) -> Tensor:
    """Make zeros, of the dtype and on the device of `x` when none is given."""
    return _new(x, size_argument(sizes, size, "new_zeros"), 0, dtype, device, requires_grad)


def new_ones(x: Tensor, sizes: tuple[Any, ...], size: Any, dtype: Any, device: Any, requires_grad: bool) -> Tensor:
    """Make ones, of the dtype and on the device of `x` when none is given."""
    return _new(x, size_argument(sizes, size, "new_ones"), 1, dtype, device, requires_grad)


def new_full(x: Tensor, size: Any, fill_value: Any, dtype: Any, device: Any, requires_grad: bool) -> Tensor:
    """Make a tensor filled with one number, of the dtype and on the device of `x` when none is given."""
    number, _ = _number(fill_value, None, "new_full")
    return _new(x, sizes_of((size,), "new_full"), number, dtype, device, requires_grad)


__all__ = [
    "empty",
    "empty_like",
    "empty_strided",
    "full",
    "full_like",
    "names_of",
    "new_empty",
    "new_full",
    "new_ones",
    "new_tensor",
    "new_zeros",
    "ones",
    "ones_like",
    "scalar_tensor",
    "zeros",
    "zeros_like",
]
