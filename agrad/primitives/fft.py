"""The Fourier transforms. All are linear, and the way back is a transform as well, so they are closed under
differentiation.

The confusing case is the half spectrum of a real signal. `rfft` leaves out the conjugate mirror image of what it
returns, so on the way back its inner values count half (`irfft` counts them twice); `irfft` reads each inner value
twice and does not look at the imaginary part of the two at the ends. The norm turns round: the transpose of a
transform that does not divide is an inverse that does not divide.
"""

from collections.abc import Sequence
from typing import Any

from agrad.engine.primitive import LINEAR, composite, primitive
from agrad.errors import AgradError, ShapeError
from agrad.primitives._axes import normalize_axes
from agrad.primitives._helpers import device, is_complex, normalize_axis

_TURNED = {"backward": "forward", "ortho": "ortho", "forward": "backward"}
Lengths = Sequence[int] | None


class NormError(AgradError, RuntimeError, ValueError):
    """A normalization that no transform has: a RuntimeError in PyTorch, a ValueError in NumPy."""


def _turned(norm: str | None) -> str:
    """Return the norm with which the inverse transform is the transpose; raise for an unknown one."""
    turned = _TURNED.get(norm or "backward")
    if turned is None:
        raise NormError(f'Invalid normalization mode: "{norm}". Use "backward", "ortho" or "forward".')
    return turned


def _resize(xp: Any, x: Any, axis: int, length: int) -> Any:
    """Return x cut off or padded with zeros at the end of `axis` (counted from the front) to `length`."""
    have = x.shape[axis]
    if have > length:
        return x[(slice(None),) * axis + (slice(0, length), ...)]
    if have < length:
        shape = (*x.shape[:axis], length - have, *x.shape[axis + 1 :])
        return xp.concat([x, xp.zeros(shape, dtype=x.dtype, device=device(x))], axis=axis)
    return x


def _resize_all(xp: Any, x: Any, axes: Sequence[int], shape: Sequence[int]) -> Any:
    for axis in axes:
        x = _resize(xp, x, axis, shape[axis])
    return x


def _complex(xp: Any, x: Any) -> Any:
    """Return x in the complex dtype of its precision: strict namespaces transform nothing else."""
    if is_complex(xp, x):
        return x
    return xp.astype(x, xp.complex128 if x.dtype == xp.float64 else xp.complex64)


def _length(n: int | None, default: int) -> int:
    chosen = default if n is None else n
    if chosen < 1:
        raise ShapeError(f"Invalid number of data points ({chosen}) specified")
    return chosen


def _places(
    shape: Sequence[int], s: Lengths, axes: Any, *, half: bool = False
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the transformed axes, counted from the front, and the transform's length along each.

    Parameters
    ----------
    half : bool
        The last axis holds half a spectrum, of a signal of even length unless `s` says otherwise.
    """
    ndim = len(shape)
    if axes is None:
        where = tuple(range(ndim)) if s is None else tuple(range(ndim - len(s), ndim))
    else:
        where = normalize_axes(axes, ndim)
    if not where or (s is not None and (len(s) != len(where) or len(s) > ndim)):
        raise ShapeError(
            f"When given, dim and shape arguments must have the same length; received s={s}, axes={axes} for shape "
            f"{tuple(shape)}. A transform needs at least one axis."
        )
    lengths = [shape[axis] for axis in where]
    if half:
        lengths[-1] = 2 * (lengths[-1] - 1)
    if s is not None:
        lengths = [have if wanted in (None, -1) else wanted for have, wanted in zip(lengths, s, strict=True)]
    return where, tuple(_length(length, length) for length in lengths)


def _weights(xp: Any, x: Any, axis: int, n: int, inner: float) -> Any:
    """Return x, half a spectrum of n values, with all but the values that are their own mirror image times `inner`."""
    last = x.shape[axis] - 1
    if n == 1:
        return x
    where = (slice(None),) * axis
    parts = [x[(*where, slice(0, 1), ...)]]
    if n % 2 == 0:
        parts += [x[(*where, slice(1, last), ...)] * inner, x[(*where, slice(last, last + 1), ...)]]
    else:
        parts.append(x[(*where, slice(1, last + 1), ...)] * inner)
    return xp.concat([part for part in parts if part.shape[axis]], axis=axis)


# ------------------------------------------------------------------- complex to complex


def _fft_vjp(xp: Any, g: Any, _out: Any, x_meta: Any, *, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    # The adjoint of the transform, and so not conjugated by the engine: one pass instead of three.
    axis = normalize_axis(axis, x_meta.ndim)
    return _resize(xp, xp.fft.ifft(g, axis=axis, norm=_turned(norm)), axis, x_meta.shape[axis])


def _ifft_vjp(
    xp: Any, g: Any, _out: Any, x_meta: Any, *, n: int | None = None, axis: int = -1, norm: Any = None
) -> Any:
    axis = normalize_axis(axis, x_meta.ndim)
    return _resize(xp, xp.fft.fft(g, axis=axis, norm=_turned(norm)), axis, x_meta.shape[axis])


@primitive(name="fft.fft", vjp=_fft_vjp, jvp=LINEAR, holomorphic=False, dtypes="float", torch_name="FftC2C")
def fft(xp: Any, x: Any, /, *, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """Return the discrete Fourier transform along `axis`; complex.

    Parameters
    ----------
    n : int, optional
        The length to pad with zeros or cut off to.
    norm : {"backward", "ortho", "forward"}
    """
    axis = normalize_axis(axis, x.ndim)
    _turned(norm)
    return xp.fft.fft(_complex(xp, x), n=_length(n, x.shape[axis]), axis=axis, norm=norm or "backward")


@primitive(name="fft.ifft", vjp=_ifft_vjp, jvp=LINEAR, holomorphic=False, dtypes="float", torch_name="FftC2C")
def ifft(xp: Any, x: Any, /, *, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """Return the inverse of `fft`; complex."""
    axis = normalize_axis(axis, x.ndim)
    _turned(norm)
    return xp.fft.ifft(_complex(xp, x), n=_length(n, x.shape[axis]), axis=axis, norm=norm or "backward")


def _fftn_vjp(xp: Any, g: Any, _out: Any, x_meta: Any, *, s: Lengths = None, axes: Any = None, norm: Any = None) -> Any:
    where, _ = _places(x_meta.shape, s, axes)
    return _resize_all(xp, xp.fft.ifftn(g, axes=where, norm=_turned(norm)), where, x_meta.shape)


def _ifftn_vjp(
    xp: Any, g: Any, _out: Any, x_meta: Any, *, s: Lengths = None, axes: Any = None, norm: Any = None
) -> Any:
    where, _ = _places(x_meta.shape, s, axes)
    return _resize_all(xp, xp.fft.fftn(g, axes=where, norm=_turned(norm)), where, x_meta.shape)


@primitive(name="fft.fftn", vjp=_fftn_vjp, jvp=LINEAR, holomorphic=False, dtypes="float", torch_name="FftC2C")
def fftn(xp: Any, x: Any, /, *, s: Lengths = None, axes: Any = None, norm: Any = None) -> Any:
    """Return the discrete Fourier transform over `axes` (all; with `s`, the last len(s)); complex.

    Parameters
    ----------
    s : sequence of int, optional
        The lengths to pad with zeros or cut off to.
    """
    where, lengths = _places(x.shape, s, axes)
    _turned(norm)
    return xp.fft.fftn(_complex(xp, x), s=lengths, axes=where, norm=norm or "backward")


@primitive(name="fft.ifftn", vjp=_ifftn_vjp, jvp=LINEAR, holomorphic=False, dtypes="float", torch_name="FftC2C")
def ifftn(xp: Any, x: Any, /, *, s: Lengths = None, axes: Any = None, norm: Any = None) -> Any:
    """Return the inverse of `fftn`; complex."""
    where, lengths = _places(x.shape, s, axes)
    _turned(norm)
    return xp.fft.ifftn(_complex(xp, x), s=lengths, axes=where, norm=norm or "backward")


# ----------------------------------------------------------------------- real to complex


def _rfft_vjp(
    xp: Any, g: Any, _out: Any, x_meta: Any, *, n: int | None = None, axis: int = -1, norm: Any = None
) -> Any:
    axis = normalize_axis(axis, x_meta.ndim)
    length = _length(n, x_meta.shape[axis])
    back = xp.fft.irfft(_weights(xp, g, axis, length, 0.5), n=length, axis=axis, norm=_turned(norm))
    return _resize(xp, back, axis, x_meta.shape[axis])


@primitive(name="fft.rfft", vjp=_rfft_vjp, jvp=LINEAR, holomorphic=False, dtypes="float", torch_name="FftR2C")
def rfft(xp: Any, x: Any, /, *, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """Return the n // 2 + 1 values with frequencies from 0 up of the transform of a real signal; complex."""
    axis = normalize_axis(axis, x.ndim)
    _require_real(xp, x, "rfft")
    _turned(norm)
    return xp.fft.rfft(x, n=_length(n, x.shape[axis]), axis=axis, norm=norm or "backward")


def _require_real(xp: Any, x: Any, name: str) -> None:
    if is_complex(xp, x):
        raise ShapeError(
            f"{name} expects a real input tensor, but got {x.dtype}. Use fft, or take the real part first."
        )


def _rfftn_vjp(
    xp: Any, g: Any, _out: Any, x_meta: Any, *, s: Lengths = None, axes: Any = None, norm: Any = None
) -> Any:
    where, lengths = _places(x_meta.shape, s, axes)
    turned = _turned(norm)
    # One axis after the other: irfftn of libraries may take for granted that the spectrum is one of a real array.
    if len(where) > 1:
        g = xp.fft.ifftn(g, axes=where[:-1], norm=turned)
    last = where[-1]
    back = xp.fft.irfft(_weights(xp, g, last, lengths[-1], 0.5), n=lengths[-1], axis=last, norm=turned)
    return _resize_all(xp, back, where, x_meta.shape)


@primitive(name="fft.rfftn", vjp=_rfftn_vjp, jvp=LINEAR, holomorphic=False, dtypes="float", torch_name="FftR2C")
def rfftn(xp: Any, x: Any, /, *, s: Lengths = None, axes: Any = None, norm: Any = None) -> Any:
    """Return the transform of a real array over `axes`, of which the last keeps the frequencies from 0 up; complex."""
    where, lengths = _places(x.shape, s, axes)
    _require_real(xp, x, "rfftn")
    _turned(norm)
    return xp.fft.rfftn(x, s=lengths, axes=where, norm=norm or "backward")


# ----------------------------------------------------------------------- complex to real


def _irfft_vjp(
    xp: Any, g: Any, _out: Any, x_meta: Any, *, n: int | None = None, axis: int = -1, norm: Any = None
) -> Any:
    axis = normalize_axis(axis, x_meta.ndim)
    forward = xp.fft.rfft(g, axis=axis, norm=_turned(norm))
    return _resize(xp, _weights(xp, forward, axis, g.shape[axis], 2.0), axis, x_meta.shape[axis])


@primitive(name="fft.irfft", vjp=_irfft_vjp, jvp=LINEAR, holomorphic=False, dtypes="float", torch_name="FftC2R")
def irfft(xp: Any, x: Any, /, *, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """Return the inverse of `rfft`; real, of length 2 (M - 1) unless `n` says otherwise."""
    axis = normalize_axis(axis, x.ndim)
    _turned(norm)
    length = _length(n, 2 * (x.shape[axis] - 1))
    return xp.fft.irfft(_complex(xp, x), n=length, axis=axis, norm=norm or "backward")


def _irfftn_vjp(
    xp: Any, g: Any, _out: Any, x_meta: Any, *, s: Lengths = None, axes: Any = None, norm: Any = None
) -> Any:
    where, lengths = _places(x_meta.shape, s, axes, half=True)
    turned = _turned(norm)
    last = where[-1]
    forward = _weights(xp, xp.fft.rfft(g, axis=last, norm=turned), last, lengths[-1], 2.0)
    if len(where) > 1:
        forward = xp.fft.fftn(forward, axes=where[:-1], norm=turned)
    return _resize_all(xp, forward, where, x_meta.shape)


@primitive(name="fft.irfftn", vjp=_irfftn_vjp, jvp=LINEAR, holomorphic=False, dtypes="float", torch_name="FftC2R")
def irfftn(xp: Any, x: Any, /, *, s: Lengths = None, axes: Any = None, norm: Any = None) -> Any:
    """Return the inverse of `rfftn`; real."""
    where, lengths = _places(x.shape, s, axes, half=True)
    _turned(norm)
    return xp.fft.irfftn(_complex(xp, x), s=lengths, axes=where, norm=norm or "backward")


@composite
def hfft(xp: Any, x: Any, /, *, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """Return the real transform of a signal of which half is given, the other half its conjugate mirror image."""
    return irfft(xp.conj(x), n=n, axis=axis, norm=_turned(norm))


@composite
def ihfft(xp: Any, x: Any, /, *, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """Return the inverse of `hfft`: the n // 2 + 1 values with frequencies from 0 up; complex."""
    return xp.conj(rfft(x, n=n, axis=axis, norm=_turned(norm)))


# ------------------------------------------------------------------------------ shifts


def _shifted_axes(name: str, axes: Any, ndim: int) -> tuple[int, ...]:
    """Return the axes to shift along; a 0-d array, which some libraries take and others do not, has none."""
    if ndim == 0:
        raise ShapeError(f"{name} needs an array of at least one dimension; received one of shape (). Give it an axis.")
    return normalize_axes(axes, ndim)


@primitive(
    name="fft.fftshift",
    vjp=lambda xp, g, _out, _x, *, axes=None: xp.fft.ifftshift(g, axes=axes),
    jvp=LINEAR,
    torch_name="Roll",
)
def fftshift(xp: Any, x: Any, /, *, axes: Any = None) -> Any:
    """Return x with the zero frequency moved to the middle of `axes` (all by default)."""
    return xp.fft.fftshift(x, axes=_shifted_axes("fftshift", axes, x.ndim))


@primitive(
    name="fft.ifftshift",
    vjp=lambda xp, g, _out, _x, *, axes=None: xp.fft.fftshift(g, axes=axes),
    jvp=LINEAR,
    torch_name="Roll",
)
def ifftshift(xp: Any, x: Any, /, *, axes: Any = None) -> Any:
    """Return the inverse of `fftshift`."""
    return xp.fft.ifftshift(x, axes=_shifted_axes("ifftshift", axes, x.ndim))


__all__ = [
    "fft",
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
    "rfftn",
]
