"""torch.fft's discrete Fourier transforms.

The confusing case is `norm`: "backward" (the default) divides the inverse by n, "forward" the transform, "ortho" both by
the square root of n.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agrad.array_api import fft as _standard
from agrad.dtypes import DType
from agrad.errors import ShapeError
from agrad.primitives import fft as _fft
from agrad.torch_api._out import deliver
from agrad.torch_api.creation import finish

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Sizes = Sequence[int] | None
Dims = int | Sequence[int] | None
Norm = str | None


def _length(name: str, x: Any, n: int | None, dim: int) -> int | None:
    if n is not None and n < 1:
        raise ShapeError(f"Invalid number of data points ({n}) specified; {name} needs at least 1.")
    return n


def _one(name: str, function: Any, input: Any, n: int | None, dim: int, norm: Norm, out: Any) -> Any:
    return deliver(name, function(input, n=_length(name, input, n, dim), axis=dim, norm=norm or "backward"), out)


def _many(name: str, function: Any, input: Any, s: Sizes, dim: Dims, norm: Norm, out: Any) -> Any:
    axes = (dim,) if isinstance(dim, int) else None if dim is None else tuple(dim)
    return deliver(name, function(input, s=s, axes=axes, norm=norm or "backward"), out)


def fft(input: Tensor, n: int | None = None, dim: int = -1, norm: Norm = None, *, out: Tensor | None = None) -> Tensor:
    """Return the discrete Fourier transform along `dim`, padded or cut to n points first."""
    return _one("fft", _fft.fft, input, n, dim, norm, out)


def ifft(input: Tensor, n: int | None = None, dim: int = -1, norm: Norm = None, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse of :func:`fft`."""
    return _one("ifft", _fft.ifft, input, n, dim, norm, out)


def rfft(input: Tensor, n: int | None = None, dim: int = -1, norm: Norm = None, *, out: Tensor | None = None) -> Tensor:
    """Return the first half, n // 2 + 1 values, of a real signal's transform."""
    return _one("rfft", _fft.rfft, input, n, dim, norm, out)


def irfft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: Norm = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the real signal of n points (2 (m - 1) by default) whose :func:`rfft` is given."""
    return _one("irfft", _fft.irfft, input, n, dim, norm, out)


def hfft(input: Tensor, n: int | None = None, dim: int = -1, norm: Norm = None, *, out: Tensor | None = None) -> Tensor:
    """Return the real transform of a signal of which one half is given, the other being its conjugate."""
    return _one("hfft", _fft.hfft, input, n, dim, norm, out)


def ihfft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: Norm = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the inverse of :func:`hfft`."""
    return _one("ihfft", _fft.ihfft, input, n, dim, norm, out)


def fftn(input: Tensor, s: Sizes = None, dim: Dims = None, norm: Norm = None, *, out: Tensor | None = None) -> Tensor:
    """Return the transform along several axes, all by default."""
    return _many("fftn", _fft.fftn, input, s, dim, norm, out)


def ifftn(input: Tensor, s: Sizes = None, dim: Dims = None, norm: Norm = None, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse of :func:`fftn`."""
    return _many("ifftn", _fft.ifftn, input, s, dim, norm, out)


def rfftn(input: Tensor, s: Sizes = None, dim: Dims = None, norm: Norm = None, *, out: Tensor | None = None) -> Tensor:
    """Return a real signal's transform along several axes, of which the last is halved."""
    return _many("rfftn", _fft.rfftn, input, s, dim, norm, out)


def irfftn(input: Tensor, s: Sizes = None, dim: Dims = None, norm: Norm = None, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse of :func:`rfftn`."""
    return _many("irfftn", _fft.irfftn, input, s, dim, norm, out)


_SWAPPED = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


def hfftn(input: Tensor, s: Sizes = None, dim: Dims = None, norm: Norm = None, *, out: Tensor | None = None) -> Tensor:
    """Return the real transform along several axes of a signal of which one half along the last is given."""
    return irfftn(input.conj(), s, dim, _SWAPPED[norm or "backward"], out=out)


def ihfftn(input: Tensor, s: Sizes = None, dim: Dims = None, norm: Norm = None, *, out: Tensor | None = None) -> Tensor:
    """Return the inverse of :func:`hfftn`."""
    return deliver("ihfftn", rfftn(input, s, dim, _SWAPPED[norm or "backward"]).conj(), out)


def hfft2(
    input: Tensor, s: Sizes = None, dim: Dims = (-2, -1), norm: Norm = None, *, out: Tensor | None = None
) -> Tensor:
    """Return :func:`hfftn` along the last two axes."""
    return hfftn(input, s, dim, norm, out=out)


def ihfft2(
    input: Tensor, s: Sizes = None, dim: Dims = (-2, -1), norm: Norm = None, *, out: Tensor | None = None
) -> Tensor:
    """Return :func:`ihfftn` along the last two axes."""
    return ihfftn(input, s, dim, norm, out=out)


def fft2(
    input: Tensor, s: Sizes = None, dim: Dims = (-2, -1), norm: Norm = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the transform along the last two axes."""
    return fftn(input, s, dim, norm, out=out)


def ifft2(
    input: Tensor, s: Sizes = None, dim: Dims = (-2, -1), norm: Norm = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the inverse of :func:`fft2`."""
    return ifftn(input, s, dim, norm, out=out)


def rfft2(
    input: Tensor, s: Sizes = None, dim: Dims = (-2, -1), norm: Norm = None, *, out: Tensor | None = None
) -> Tensor:
    """Return a real signal's transform along the last two axes, of which the last is halved."""
    return rfftn(input, s, dim, norm, out=out)


def irfft2(
    input: Tensor, s: Sizes = None, dim: Dims = (-2, -1), norm: Norm = None, *, out: Tensor | None = None
) -> Tensor:
    """Return the inverse of :func:`rfft2`."""
    return irfftn(input, s, dim, norm, out=out)


def fftfreq(
    n: int, d: float = 1.0, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Return the frequencies of an :func:`fft` of n points that are `d` apart."""
    return finish(_standard.fftfreq(n, d=d, dtype=dtype, device=device), requires_grad)


def rfftfreq(
    n: int, d: float = 1.0, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Return the frequencies of an :func:`rfft` of n points that are `d` apart."""
    return finish(_standard.rfftfreq(n, d=d, dtype=dtype, device=device), requires_grad)


def fftshift(input: Tensor, dim: Dims = None) -> Tensor:
    """Return a spectrum with its zero frequency in the middle."""
    return _fft.fftshift(input, axes=dim)


def ifftshift(input: Tensor, dim: Dims = None) -> Tensor:
    """Return the inverse of :func:`fftshift`."""
    return _fft.ifftshift(input, axes=dim)


__all__ = [
    "fft",
    "fft2",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "hfft2",
    "hfftn",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "ihfft2",
    "ihfftn",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftfreq",
    "rfftn",
]


def __dir__() -> list[str]:
    return list(__all__)
