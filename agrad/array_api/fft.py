"""The standard's Fourier extension. Every function is linear: the way back is a transform too, with the padding undone.

`n` and `s` pad with zeros or cut off at the end; `norm` is "backward" (the inverse divides by n), "ortho" (both
divide by its square root) or "forward".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from agrad.array_api._arguments import as_tensor, axis_argument
from agrad.array_api._making import default_float, make, making_options
from agrad.primitives import fft as transforms

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Norm = Literal["backward", "ortho", "forward"]


def fft(x: Tensor, /, *, n: int | None = None, axis: int = -1, norm: Norm = "backward") -> Tensor:
    """Return the discrete Fourier transform along `axis`, complex."""
    return transforms.fft(x, n=n, axis=axis, norm=norm)


def fftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Tensor:
    """Return the frequencies of `fft`'s values, for n samples a distance `d` apart; a constant."""
    options = making_options(dtype, device, default_float)
    return make(options, lambda xp: xp.fft.fftfreq(n, d=d, device=options.raw_device), dtype=options.dtype)


def fftn(
    x: Tensor, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: Norm = "backward"
) -> Tensor:
    """Return the discrete Fourier transform over `axes` (all by default), complex."""
    return transforms.fftn(x, s=axis_argument(s), axes=axis_argument(axes), norm=norm)


def fftshift(x: Tensor, /, *, axes: int | Sequence[int] | None = None) -> Tensor:
    """Return x with the zero frequency moved to the middle of `axes` (all by default)."""
    return transforms.fftshift(as_tensor(x), axes=axis_argument(axes))


def hfft(x: Tensor, /, *, n: int | None = None, axis: int = -1, norm: Norm = "backward") -> Tensor:
    """Return the real transform of a signal whose half along `axis` is given.

    The other half being its conjugate mirrored.
    """
    return transforms.hfft(x, n=n, axis=axis, norm=norm)


def ifft(x: Tensor, /, *, n: int | None = None, axis: int = -1, norm: Norm = "backward") -> Tensor:
    """Return the inverse of `fft`."""
    return transforms.ifft(x, n=n, axis=axis, norm=norm)


def ifftn(
    x: Tensor, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: Norm = "backward"
) -> Tensor:
    """Return the inverse of `fftn`."""
    return transforms.ifftn(x, s=axis_argument(s), axes=axis_argument(axes), norm=norm)


def ifftshift(x: Tensor, /, *, axes: int | Sequence[int] | None = None) -> Tensor:
    """Return the inverse of `fftshift`."""
    return transforms.ifftshift(as_tensor(x), axes=axis_argument(axes))


def ihfft(x: Tensor, /, *, n: int | None = None, axis: int = -1, norm: Norm = "backward") -> Tensor:
    """Return the inverse of `hfft`: half of the spectrum's n // 2 + 1 values, complex."""
    return transforms.ihfft(x, n=n, axis=axis, norm=norm)


def irfft(x: Tensor, /, *, n: int | None = None, axis: int = -1, norm: Norm = "backward") -> Tensor:
    """Return the inverse of `rfft`, real; of an even length n unless `n` says otherwise."""
    return transforms.irfft(x, n=n, axis=axis, norm=norm)


def irfftn(
    x: Tensor, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: Norm = "backward"
) -> Tensor:
    """Return the inverse of `rfftn`, real."""
    return transforms.irfftn(x, s=axis_argument(s), axes=axis_argument(axes), norm=norm)


def rfft(x: Tensor, /, *, n: int | None = None, axis: int = -1, norm: Norm = "backward") -> Tensor:
    """Return the n // 2 + 1 values with frequencies from 0 up of the transform of a real signal along `axis`."""
    return transforms.rfft(x, n=n, axis=axis, norm=norm)


def rfftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Tensor:
    """Return the frequencies of `rfft`'s values, for n samples a distance `d` apart; a constant."""
    options = making_options(dtype, device, default_float)
    return make(options, lambda xp: xp.fft.rfftfreq(n, d=d, device=options.raw_device), dtype=options.dtype)


def rfftn(
    x: Tensor, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None, norm: Norm = "backward"
) -> Tensor:
    """Return the transform of a real array over `axes`, of which the last keeps the frequencies from 0 up."""
    return transforms.rfftn(x, s=axis_argument(s), axes=axis_argument(axes), norm=norm)


__all__ = [
    "fft",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfftn",
    "rfft",
    "rfftfreq",
    "rfftn",
]


def __dir__() -> list[str]:
    return list(__all__)
