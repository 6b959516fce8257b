"""Tapering windows for spectra: Hann, Hamming, Blackman, Bartlett and Kaiser; periodic ones by default."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from agrad.dtypes import DType
from agrad.engine.core import TensorCore
from agrad.errors import AgradError
from agrad.primitives import signal_windows
from agrad.torch_api.creation import finish, options_for

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class WindowError(AgradError, RuntimeError):
    """A window of fewer than no values, or of a dtype that has no fractions."""


def _window(
    name: str,
    window: Callable[..., Any],
    length: int,
    options: tuple[Any, Any, Any, bool],
    requires_grad: bool,
    **more: Any,
) -> Tensor:
    """Return a window of the length, made with the dtype, layout, device and pin_memory that were given."""
    dtype, layout, device, pin_memory = options
    o = options_for(dtype, device, layout=layout, pin_memory=pin_memory)
    if not o.dtype.is_floating_point:
        raise WindowError(f"{name} expects floating point dtypes, got: {o.dtype!r}. Pass dtype=agrad.float32.")
    if length < 0:
        raise WindowError(f"{name} requires non-negative window_length, got window_length={length}")
    return finish(window(length, dtype=o.dtype, device=o.device, **more), requires_grad)


def hann_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Return the Hann window, 0.5 - 0.5 cos(2 pi t).

    Parameters
    ----------
    window_length : int
    periodic : bool
        Whether the window is one period, its end left out, or symmetric.
    dtype, layout, device, pin_memory, requires_grad
        As in :func:`agrad.zeros`.
    """
    options = (dtype, layout, device, pin_memory)
    return _window("hann_window", signal_windows.hann, window_length, options, requires_grad, periodic=periodic)


def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Return the Hamming window, alpha - beta cos(2 pi t); other parameters as in :func:`hann_window`."""
    options = (dtype, layout, device, pin_memory)
    return _window(
        "hamming_window",
        signal_windows.hamming,
        window_length,
        options,
        requires_grad,
        periodic=periodic,
        alpha=alpha,
        beta=beta,
    )


def blackman_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Return the Blackman window, 0.42 - 0.5 cos(2 pi t) + 0.08 cos(4 pi t); parameters as in :func:`hann_window`."""
    options = (dtype, layout, device, pin_memory)
    return _window("blackman_window", signal_windows.blackman, window_length, options, requires_grad, periodic=periodic)


def bartlett_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Return the Bartlett window, a triangle from 0 to 1 and back; parameters as in :func:`hann_window`."""
    options = (dtype, layout, device, pin_memory)
    return _window("bartlett_window", signal_windows.bartlett, window_length, options, requires_grad, periodic=periodic)


def kaiser_window(
    window_length: int,
    periodic: bool = True,
    beta: float = 12.0,
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Return the Kaiser window of shape `beta`; other parameters as in :func:`hann_window`."""
    options = (dtype, layout, device, pin_memory)
    shape = beta if isinstance(beta, TensorCore) else float(beta)
    return _window(
        "kaiser_window", signal_windows.kaiser, window_length, options, requires_grad, periodic=periodic, beta=shape
    )


__all__ = ["bartlett_window", "blackman_window", "hamming_window", "hann_window", "kaiser_window"]
