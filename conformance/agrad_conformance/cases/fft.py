"""Cases of agrad.primitives.fft: odd and even lengths, padded and cut, over every norm.

`hfft` and `irfft` do not look at the imaginary parts of the spectrum's own mirror images, and the samples, which have
them, show that no cotangent goes there.
"""

from typing import Any

import numpy as np

from agrad_conformance.case import INEXACT, REAL, A, Case, Sample

# 2 log2(n), and twice that for primes; lengths are below 9.
EPS = {"float32": 12.0, "float64": 12.0, "complex64": 12.0, "complex128": 12.0}
NORMS = ("backward", "ortho", "forward")


def _lines() -> list[Sample]:
    """Return samples of transforms along one axis."""
    samples = [Sample((A((2, length)),), {"norm": norm}) for length in (5, 6) for norm in NORMS]
    samples += [Sample((A((5,)),), {"n": n}) for n in (1, 2, 3, 4, 7, 8)]
    samples.append(Sample((A((4, 2)),), {"axis": 0, "n": 5}))
    return samples


def _spaces() -> list[Sample]:
    """Return samples of transforms over several axes."""
    choices: list[dict[str, Any]] = [
        {},
        {"norm": "ortho"},
        {"axes": (1,)},
        {"axes": (0, 2), "norm": "forward"},
        {"s": (3, 5), "axes": (0, 1)},
        {"s": (4, 6), "axes": (2, 0)},
        {"s": (2, 5), "axes": (-2, -1)},
    ]
    return [Sample((A((3, 2, 4)),), params) for params in choices]


def _case(name: str, samples: list[Sample], dtypes: tuple[str, ...], registered: bool = True) -> Case:
    reference = getattr(np.fft, name)
    return Case(f"fft.{name}" if registered else name, samples, reference=reference, dtypes=dtypes, ulp=EPS)


def _shifts() -> list[Sample]:
    return [Sample((A((3, 4)),), {"axes": axes}) for axes in (None, 0, (0, 1), -1)]


CASES = [
    _case("fft", _lines(), INEXACT),
    _case("ifft", _lines(), INEXACT),
    _case("rfft", _lines(), REAL),
    _case("irfft", _lines(), INEXACT),
    _case("hfft", _lines(), INEXACT, registered=False),
    _case("ihfft", _lines(), REAL, registered=False),
    _case("fftn", _spaces(), INEXACT),
    _case("ifftn", _spaces(), INEXACT),
    _case("rfftn", _spaces(), REAL),
    _case("irfftn", _spaces(), INEXACT),
    _case("fftshift", _shifts(), INEXACT),
    _case("ifftshift", _shifts(), INEXACT),
]
