"""The primitives: one file per section of the standard, each operation beside its rule.

Importing the package fills the engine's registry: every file is named here, so that none is forgotten.
"""

from __future__ import annotations

from agrad.primitives import (
    activations,
    convolution,
    counting,
    creation,
    data_type,
    einsum,
    elementwise,
    fft,
    indexing,
    linalg,
    linear_algebra,
    losses,
    manipulation,
    measures,
    pointwise,
    scatter,
    searching,
    set,
    signal_windows,
    sorting,
    special,
    statistical,
    windows,
)

__all__ = [
    "activations",
    "convolution",
    "counting",
    "creation",
    "data_type",
    "einsum",
    "elementwise",
    "fft",
    "indexing",
    "linalg",
    "linear_algebra",
    "losses",
    "manipulation",
    "measures",
    "pointwise",
    "scatter",
    "searching",
    "set",
    "signal_windows",
    "sorting",
    "special",
    "statistical",
    "windows",
]
