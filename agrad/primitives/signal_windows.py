"""Tapering windows for spectra. They are constants, but for the Kaiser window's parameter, which may be a Tensor.

The confusing case is `periodic`: a window for spectral analysis is one period of a periodic function, so it is the
symmetric window one longer without its last value.
"""

from collections.abc import Sequence
from math import pi
from typing import Any

from agrad.engine.primitive import composite


def _phase(xp: Any, n: int, periodic: bool, dtype: Any, device: Any) -> Any:
    """Return 0 to 1 (or up to one step before 1) in n steps."""
    if dtype is None:
        dtype = xp.__array_namespace_info__().default_dtypes()["real floating"]
    if n < 0:
        raise RuntimeError(f"a window needs n >= 0 values; received n={n}")
    last = n if periodic else n - 1
    steps = xp.arange(n, dtype=dtype, device=device)
    return steps / float(last) if last > 0 else steps


def _cosines(xp: Any, n: int, weights: Sequence[float], periodic: bool, dtype: Any, device: Any) -> Any:
    """Return the sum of weights[k] cos(2 pi k t), of alternating sign, over one period."""
    phase = _phase(xp, n, periodic, dtype, device)
    if n == 1:
        return phase + 1.0
    out = phase * 0.0 + weights[0]
    for k, weight in enumerate(weights[1:], start=1):
        out = out + xp.cos(phase * (2.0 * pi * k)) * (weight if k % 2 == 0 else -weight)
    return out


@composite
def hann(xp: Any, n: int, /, *, periodic: bool = True, dtype: Any = None, device: Any = None) -> Any:
    """Return the Hann window, 0.5 - 0.5 cos(2 pi t), of n values."""
    return _cosines(xp, n, (0.5, 0.5), periodic, dtype, device)


@composite
def hamming(
    xp: Any,
    n: int,
    /,
    *,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    dtype: Any = None,
    device: Any = None,
) -> Any:
    """Return the Hamming window, alpha - beta cos(2 pi t), of n values."""
    return _cosines(xp, n, (alpha, beta), periodic, dtype, device)


@composite
def blackman(xp: Any, n: int, /, *, periodic: bool = True, dtype: Any = None, device: Any = None) -> Any:
    """Return the Blackman window, 0.42 - 0.5 cos(2 pi t) + 0.08 cos(4 pi t), of n values."""
    return _cosines(xp, n, (0.42, 0.5, 0.08), periodic, dtype, device)


@composite
def bartlett(xp: Any, n: int, /, *, periodic: bool = True, dtype: Any = None, device: Any = None) -> Any:
    """Return the Bartlett window, 1 - |2 t - 1|, of n values: a triangle."""
    phase = _phase(xp, n, periodic, dtype, device)
    if n == 1:
        return phase + 1.0
    return 1.0 - xp.abs(phase * 2.0 - 1.0)


@composite
def kaiser(
    xp: Any, n: int, /, *, beta: Any = 12.0, periodic: bool = True, dtype: Any = None, device: Any = None
) -> Any:
    """Return the Kaiser window, i0(beta sqrt(1 - (2 t - 1)^2)) / i0(beta), of n values.

    Parameters
    ----------
    beta : float or 0-d Tensor
        The shape; differentiable.
    """
    phase = _phase(xp, n, periodic, dtype, device)
    if n == 1:
        return phase + 1.0
    centred = phase * 2.0 - 1.0
    inside = 1.0 - centred * centred
    # The square root's slope at the ends is infinite but does not depend on beta.
    root = xp.sqrt(xp.where(inside < 0.0, xp.zeros_like(inside), inside))
    scale = beta * xp.ones_like(xp.sum(phase))
    return xp.special.i0(root * beta) / xp.special.i0(scale)


__all__ = ["bartlett", "blackman", "hamming", "hann", "kaiser"]
