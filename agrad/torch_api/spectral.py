"""Spectra of windows that move along a signal, and the signal back: torch.stft and torch.istft."""

from __future__ import annotations

from typing import Any

from agrad import fft
from agrad.errors import ShapeError
from agrad.primitives import elementwise, manipulation, statistical, windows
from agrad.primitives._checks import OperandError
from agrad.torch_api import creation_filled as filled
from agrad.torch_api import creation_ranges as ranges
from agrad.torch_api.padding import extended
from agrad.torch_api.pointwise_complex import view_as_real


def _window(name: str, window: Any, like: Any, n_fft: int, win_length: int | None) -> Any:
    """Return a window of n_fft elements: the one given, or ones, in the middle of zeros."""
    length = n_fft if win_length is None else win_length
    if not 0 < length <= n_fft:
        raise OperandError(f"{name}: expected 0 < win_length <= n_fft, but got win_length={length}")
    if window is None:
        dtype = like.real.dtype if like.is_complex() else like.dtype
        window = filled.ones(length, dtype=dtype, device=like.device)
    elif window.shape != (length,):
        raise ShapeError(
            f"{name}: expected a 1D window tensor of size equal to win_length={length}, but got window with size "
            f"{list(window.shape)}"
        )
    left = (n_fft - length) // 2
    return windows.pad(window, [(left, n_fft - length - left)]) if length < n_fft else window


def stft(
    input: Any,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
) -> Any:
    """Return the spectra of windows along a signal, shape (..., frequencies, windows).

    Parameters
    ----------
    input : Tensor, shape (L,) or (B, L)
    n_fft : int
        The length of a window's transform.
    hop_length : int, optional
        How far windows are apart; n_fft // 4 by default.
    win_length, window : int and Tensor, shape (win_length,), optional
        Factors of a window's elements, in the middle of n_fft; ones by default.
    center : bool
        Windows are around elements, not after them: the signal is padded first.
    normalized : bool
        Divide by the root of n_fft.
    onesided : bool, optional
        Leave out the frequencies that a real signal repeats; so by default for one.
    return_complex : bool
        False for pairs of real numbers along a new last axis.
    """
    if input.ndim not in (1, 2):
        raise ShapeError(f"stft(): expected a 1D or 2D tensor, but got {input.ndim}D of shape {list(input.shape)}")
    hop = n_fft // 4 if hop_length is None else hop_length
    if hop <= 0:
        raise OperandError(f"stft(): expected hop_length > 0, but got hop_length={hop}")
    if return_complex is None and not input.is_complex():
        raise OperandError("stft requires the return_complex parameter be given for real inputs.")
    weights = _window("stft()", window, input, n_fft, win_length)
    x = input
    if center:
        pad, last = n_fft // 2, input.ndim - 1
        if pad_mode == "constant":
            x = windows.pad(input, [(0, 0)] * last + [(pad, pad)])
        else:
            x = extended(input, last, pad, pad, pad_mode)
    if not 0 < n_fft <= x.shape[-1]:
        raise ShapeError(f"stft(): expected 0 < n_fft <= {x.shape[-1]}, but got n_fft={n_fft}")
    frames = elementwise.multiply(windows.unfold(x, axis=x.ndim - 1, size=n_fft, step=hop), weights)
    half = not frames.is_complex() if onesided is None else onesided
    norm = "ortho" if normalized else None
    spectra = (fft.rfft if half else fft.fft)(frames, norm=norm).transpose(-2, -1)
    return spectra if return_complex or return_complex is None else view_as_real(spectra)


def istft(
    input: Any,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: int | None = None,
    return_complex: bool = False,
) -> Any:
    """Return the signal whose :func:`stft` is nearest to these spectra, shape (..., frequencies, windows).

    Parameters
    ----------
    length : int, optional
        Cut or pad the signal to it.

    Raises
    ------
    RuntimeError
        Where windows leave an element of the signal unseen.
    """
    if not input.is_complex():
        raise OperandError(
            "istft requires a complex-valued input tensor matching the output from stft with return_complex=True."
        )
    hop = n_fft // 4 if hop_length is None else hop_length
    half = (not return_complex) if onesided is None else onesided
    weights = _window("istft()", window, input, n_fft, win_length)
    norm = "ortho" if normalized else None
    frames = input.transpose(-2, -1)
    frames = fft.irfft(frames, n_fft, norm=norm) if half else fft.ifft(frames, norm=norm)
    if not return_complex and frames.is_complex():
        frames = frames.real
    frames = elementwise.multiply(frames, weights)
    count = frames.shape[-2]
    total = n_fft + hop * (count - 1)
    lead = tuple(frames.shape[:-2])
    index = (ranges.arange(count, device=input.device) * hop).unsqueeze(1) + ranges.arange(n_fft, device=input.device)
    index = manipulation.reshape(index, shape=(count * n_fft,))

    def added(rows: Any, before: tuple[int, ...]) -> Any:
        flat = filled.zeros((*before, total), dtype=rows.dtype, device=rows.device)
        return flat.index_add(len(before), index, rows.reshape((*before, count * n_fft)))

    signal = added(frames, lead)
    envelope = added((weights * weights).expand(count, n_fft), ())
    start = n_fft // 2 if center else 0
    end = (start + length) if length is not None else (total - start if center else total)
    signal, envelope = signal[..., start:end], envelope[start:end]
    if float(statistical.min(abs(envelope))) < 1e-11:
        raise OperandError("window overlap add min: 1: the windows do not cover the signal; take a smaller hop_length.")
    signal = elementwise.divide(signal, envelope)
    if length is not None and signal.shape[-1] < length:
        signal = windows.pad(signal, [(0, 0)] * (signal.ndim - 1) + [(0, length - signal.shape[-1])])
    return signal


__all__ = ["istft", "stft"]
