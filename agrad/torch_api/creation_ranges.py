"""Tensors of numbers in order: arange, linspace, logspace; and identity matrices."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

from agrad.array_api import _making
from agrad.array_api._counting import counted_from, ends_of, has_derivative
from agrad.backend import TensorOptions
from agrad.dtypes import DType
from agrad.engine.core import TensorCore, wrap
from agrad.errors import AgradError
from agrad.primitives import creation, data_type, elementwise
from agrad.torch_api._out import deliver
from agrad.torch_api.creation import AgradSizeError, Names, finish, options_for

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class RangeError(AgradError, RuntimeError):
    """A range that has no numbers, or no end."""


class RangeDTypeError(AgradError, NotImplementedError):
    """A range of a dtype that has no order to count in."""


def arange(
    start: Any,
    end: Any = None,
    step: Any = 1,
    *,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of numbers from `start` (0) up to `end`, not included; int64 for ints.

    Parameters
    ----------
    start, end, step : number, or Tensor of one element
    out, dtype, layout, device, pin_memory, requires_grad
        As in :func:`agrad.zeros`.

    Raises
    ------
    RuntimeError
        When `step` is zero or leads away from `end`, or an end is not finite.
    """
    if end is None:
        start, end = 0, start
    if any(map(has_derivative, (start, end, step))):
        return _recorded("arange", counted_from(start, end, step, dtype, device, _default_dtype()), out, requires_grad)
    start, end, step = (x.item() if hasattr(x, "item") else x for x in (start, end, step))
    floating = any(isinstance(x, float) for x in (start, end, step))
    if isinstance(start, complex) or isinstance(end, complex) or isinstance(step, complex):
        raise RangeError("value cannot be converted to type double without overflow: arange counts real numbers.")
    if not step:
        raise RangeError(f"step must be nonzero; received arange({start}, {end}, {step})")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RangeError(f"unsupported range: {start} -> {end}")
    if (end - start) * step < 0:
        raise RangeError(
            "upper bound and lower bound inconsistent with step sign: "
            f"received arange({start}, {end}, {step}). Turn the sign of step."
        )
    o = options_for(
        dtype,
        device,
        _making.default_float if floating else _making.default_int,
        layout=layout,
        pin_memory=pin_memory,
        out=out,
    )
    if o.dtype.kind in ("bool", "complex"):
        raise RangeDTypeError(
            f'"arange_cpu" not implemented for {o.dtype.scalar_name!r}. Make integers and convert them.'
        )
    if not floating:
        raw = o.xp.arange(start, end, step, dtype=o.raw_dtype, device=o.raw_device)
    else:
        raw = _counted(o, start, step, max(math.ceil((end - start) / step), 0))
    if out is not None:
        return deliver("arange", wrap(raw, o), out)
    return finish(wrap(raw, o), requires_grad)


def range(
    start: Any = 0,
    end: Any = None,
    step: Any = 1,
    *,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of numbers from `start` to `end`, included, of the default floating dtype; deprecated for :func:`arange`.

    The parameters are those of :func:`arange`.
    """
    warnings.warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with Python's "
        "range builtin. Instead, use torch.arange, which produces values in [start, end).",
        stacklevel=2,
    )
    if end is None:
        start, end = 0, start
    if any(map(has_derivative, (start, end, step))):
        made = counted_from(start, end, step, dtype, device, _default_dtype(), included=True)
        return _recorded("range", made, out, requires_grad)
    start, end, step = (x.item() if hasattr(x, "item") else x for x in (start, end, step))
    o = options_for(dtype, device, layout=layout, pin_memory=pin_memory, out=out)
    if not step:
        raise RangeError(f"step must be nonzero; received range({start}, {end}, {step})")
    if (end - start) * step < 0:
        raise RangeError(
            f"upper bound and lower bound inconsistent with step sign: received range({start}, {end}, {step})."
        )
    made = wrap(_counted(o, start, step, math.floor((end - start) / step) + 1), o)
    if out is not None:
        return deliver("range", made, out)
    return finish(made, requires_grad)


def _counted(o: TensorOptions, start: float, step: float, count: int) -> Any:
    """Return start + i * step, rounded once: computed in float64 where the backend has it."""
    wide = _wide(o)
    xp = o.xp
    steps = xp.arange(count, dtype=wide, device=o.raw_device)
    return xp.astype(steps * step + start, o.raw_dtype)


def _wide(o: TensorOptions, *, complex_: bool = False) -> Any:
    """Return the backend's name of the widest floating (or complex) dtype that it has."""
    from agrad import dtypes

    wide = dtypes.float64 if o.backend.supports(dtypes.float64) else dtypes.float32
    return o.backend.raw_dtype(wide.complex if complex_ else wide)


def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of `steps` numbers evenly spaced from `start` to `end`, both included.

    Parameters
    ----------
    start, end : number, or 0-d Tensor
    steps : int
    out, dtype, layout, device, pin_memory, requires_grad
        As in :func:`agrad.zeros`.
    """
    _check_spaced("linspace", start, end, steps)
    if has_derivative(start) or has_derivative(end):
        first, last, chosen = ends_of((start, end), dtype, device, _default_dtype())
        made = data_type.astype(creation.spaced(first, last, num=steps), dtype=chosen)
        return _recorded("linspace", made, out, requires_grad)
    o, raw = _spaced(start, end, steps, dtype, device, layout, pin_memory, out)
    made = wrap(o.xp.astype(raw, o.raw_dtype), o)
    if out is not None:
        return deliver("linspace", made, out)
    return finish(made, requires_grad)


def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of `steps` powers of `base`, with exponents evenly spaced from `start` to `end`, both included.

    The parameters are those of :func:`linspace`.
    """
    _check_spaced("logspace", start, end, steps)
    if any(map(has_derivative, (start, end, base))):
        first, last, root, chosen = ends_of((start, end, base), dtype, device, _default_dtype())
        made = data_type.astype(elementwise.pow(root, creation.spaced(first, last, num=steps)), dtype=chosen)
        return _recorded("logspace", made, out, requires_grad)
    o, raw = _spaced(start, end, steps, dtype, device, layout, pin_memory, out)
    made = wrap(o.xp.astype(o.xp.pow(o.xp.asarray(base, dtype=raw.dtype, device=o.raw_device), raw), o.raw_dtype), o)
    if out is not None:
        return deliver("logspace", made, out)
    return finish(made, requires_grad)


def _default_dtype() -> DType:
    from agrad import dtypes

    return dtypes.get_default_dtype()


def _recorded(function: str, made: Any, out: Any, requires_grad: bool) -> Any:
    """Hand out a range that was recorded, because an end of it has a derivative."""
    return deliver(function, made, out) if out is not None else finish(made, requires_grad)


def _check_spaced(function: str, start: Any, end: Any, steps: int) -> None:
    """Raise PyTorch's error for ends that are no numbers."""
    dims = [len(x._shape) if isinstance(x, TensorCore) else 0 for x in (start, end)]
    if any(dims):
        raise RangeError(
            f"{function} only supports 0-dimensional start and end tensors, but got start with {dims[0]} dimension(s) and end "
            f"with {dims[1]} dimension(s)."
        )
    if steps < 0:
        raise RangeError(f"number of steps must be non-negative; received {steps}")


def _spaced(
    start: Any, end: Any, steps: int, dtype: Any, device: Any, layout: Any, pin_memory: bool, out: Any
) -> tuple[TensorOptions, Any]:
    """Return the options of a spaced tensor and its numbers in a wide dtype."""
    start, end = (x.item() if hasattr(x, "item") else x for x in (start, end))
    is_complex = isinstance(start, complex) or isinstance(end, complex)
    default = _making.default_complex if is_complex else _making.default_float
    o = options_for(dtype, device, default, layout=layout, pin_memory=pin_memory, out=out)
    wide = _wide(o, complex_=o.is_complex)
    return o, o.xp.linspace(start, end, steps, dtype=wide, device=o.raw_device)


def eye(
    n: int,
    m: int | None = None,
    *,
    out: Tensor | None = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    names: Names = None,
) -> Tensor:
    """Make an identity matrix, of shape (n, m).

    Parameters
    ----------
    n, m : int
        Rows and columns; as many columns as rows when not given.
    out, dtype, layout, device, pin_memory, requires_grad, names
        As in :func:`agrad.zeros`.
    """
    for name, length in (("n", n), ("m", m)):
        if length is not None and length < 0:
            raise AgradSizeError(f"{name} must be greater or equal to 0, got {length}")
    o = options_for(dtype, device, layout=layout, pin_memory=pin_memory, out=out)
    made = wrap(o.xp.eye(n, n if m is None else m, dtype=o.raw_dtype, device=o.raw_device), o)
    if out is not None:
        return deliver("eye", made, out)
    return finish(made, requires_grad, names)


__all__ = ["arange", "eye", "linspace", "logspace", "range"]
