"""Convolution, against one sum for every place of the kernel."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from agrad_conformance.case import A, Case, Sample


def _reference(x: Any, w: Any, stride: Any, padding: Any, input_step: Any, kernel_step: Any) -> Any:
    x, w = np.asarray(x, dtype=np.longdouble), np.asarray(w, dtype=np.longdouble)
    groups, examples, channels = x.shape[:3]
    wide = [(n - 1) * b + 1 if n else 0 for n, b in zip(x.shape[3:], input_step, strict=True)]
    spread = np.zeros((groups, examples, channels, *wide), dtype=x.dtype)
    every: Any = (..., *(slice(None, None, b) for b in input_step))
    spread[every] = x
    x = np.pad(spread, [(0, 0)] * 3 + [(max(low, 0), max(high, 0)) for low, high in padding])
    x = x[
        (
            ...,
            *(slice(max(-low, 0), n - max(-high, 0)) for (low, high), n in zip(padding, x.shape[3:], strict=True)),
        )
    ]
    places = [
        (n - (k - 1) * d - 1) // s + 1 for n, k, s, d in zip(x.shape[3:], w.shape[3:], stride, kernel_step, strict=True)
    ]
    out = np.zeros((groups, examples, w.shape[1], *places), dtype=x.dtype)
    for place in itertools.product(*map(range, places)):
        around: Any = (
            ...,
            *(
                slice(p * s, p * s + (k - 1) * d + 1, d)
                for p, s, k, d in zip(place, stride, w.shape[3:], kernel_step, strict=True)
            ),
        )
        window = x[around]
        axes = tuple(range(2, window.ndim))
        for group in range(groups):
            here: Any = (group, slice(None), slice(None), *place)
            out[here] = np.tensordot(
                window[group], w[group], axes=(tuple(a - 1 for a in axes), tuple(a - 1 for a in axes))
            )
    return out


def _sample(
    x: tuple[int, ...], w: tuple[int, ...], stride: Any, padding: Any, input_step: Any, kernel_step: Any
) -> Sample:
    return Sample(
        (A(x), A(w)),
        {"stride": stride, "padding": padding, "input_step": input_step, "kernel_step": kernel_step},
    )


CASES = [
    Case(
        "convolution",
        [
            _sample((1, 2, 3, 7), (1, 4, 3, 3), (1,), ((0, 0),), (1,), (1,)),
            _sample((2, 2, 1, 8), (2, 3, 1, 3), (2,), ((1, 1),), (1,), (1,)),
            _sample((1, 1, 2, 9), (1, 2, 2, 2), (3,), ((0, 1),), (1,), (2,)),
            _sample((1, 1, 2, 4), (1, 2, 2, 3), (1,), ((2, 1),), (2,), (1,)),
            _sample((1, 2, 1, 6), (1, 1, 1, 2), (2,), ((-1, -2),), (1,), (1,)),
            _sample((1, 2, 2, 5, 6), (1, 3, 2, 3, 2), (2, 1), ((1, 1), (0, 1)), (1, 1), (1, 2)),
            _sample((1, 1, 1, 4, 3, 4), (1, 2, 1, 2, 2, 2), (1, 1, 1), ((0, 0),) * 3, (1, 1, 1), (1, 1, 1)),
            _sample((1, 0, 2, 5), (1, 2, 2, 3), (1,), ((0, 0),), (1,), (1,)),
        ],
        reference=_reference,
        ulp=16,
        grad_ulp=64,
        notes="The order of summation is the backend's.",
    )
]
