"""Spectra of moving windows, transforms of half-given signals along several axes, and torch's own functions of layers, against PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
from oracle import Error, Row, case_id, cases, check, floats, ints

SIGNAL = floats(2, 64)
WINDOW = np.hanning(18)[1:-1]
HALF = floats(3, 4, 5, dtype="complex128")
IMAGE = floats(2, 4, 7, 8)


def back(t, x, w, **options):
    """The signal of a signal's spectra."""
    spectra = t.stft(x, 16, window=w, return_complex=True, **options)
    return t.istft(spectra, 16, window=w + 0.1, **options)


ROWS = [
    *[
        Row(
            f"stft {options}",
            lambda t, x, w, o=options: t.stft(x, 16, window=w, **{"return_complex": True, **o}),
            (SIGNAL, WINDOW),
            rtol=1e-11,
        )
        for options in (
            {},
            {"hop_length": 5},
            {"center": False},
            {"normalized": True},
            {"onesided": False},
            {"pad_mode": "constant"},
            {"return_complex": False},
        )
    ],
    Row(
        "stft of a short window",
        lambda t, x, w: t.stft(x, 20, 4, 16, w, pad_mode="circular", return_complex=True),
        (SIGNAL[0], WINDOW),
        rtol=1e-11,
    ),
    Row(
        "stft of complex numbers",
        lambda t, x, w: x.stft(16, window=w),
        (floats(40, dtype="complex128"), WINDOW.astype("complex128")),
        rtol=1e-11,
    ),
    Row("istft", lambda t, x, w: back(t, x, w), (SIGNAL, WINDOW), rtol=1e-11),
    Row("istft apart", lambda t, x, w: back(t, x, w, hop_length=7), (SIGNAL, WINDOW), rtol=1e-11),
    Row("istft normalized", lambda t, x, w: back(t, x, w, normalized=True), (SIGNAL[0], WINDOW), rtol=1e-11),
    Row(
        "istft of a length",
        lambda t, x, w: t.stft(x, 16, window=w, return_complex=True).istft(16, window=w + 0.1, length=50),
        (SIGNAL, WINDOW),
        rtol=1e-11,
    ),
    *[
        Row(f"fft.{name} {options}", lambda t, x, f=name, o=options: getattr(t.fft, f)(x, **o), (x,), rtol=1e-11)
        for name, x in (("hfft2", HALF), ("hfftn", HALF), ("ihfft2", HALF.real), ("ihfftn", HALF.real))
        for options in ({}, {"norm": "ortho"}, {"norm": "forward"}, {"s": (3, 6), "dim": (0, -1)})
    ],
    Row(
        "index_put_",
        lambda t, x: t.index_put_(x * 1.0, (t.tensor([0, 0]),), t.ones(2, 64, dtype=t.float64), accumulate=True),
        (SIGNAL,),
    ),
    *[
        Row(name, run, (IMAGE,))
        for name, run in [
            ("conv2d", lambda t, x: t.conv2d(x, t.ones(3, 4, 2, 2, dtype=t.float64))),
            ("conv_transpose2d", lambda t, x: t.conv_transpose2d(x, t.ones(4, 3, 2, 2, dtype=t.float64), stride=2)),
            ("max_pool2d", lambda t, x: t.max_pool2d(x, 2)),
            ("layer_norm", lambda t, x: t.layer_norm(x, (8,))),
            ("group_norm", lambda t, x: t.group_norm(x, 2)),
            ("rms_norm", lambda t, x: t.rms_norm(x, (8,))),
            ("batch_norm", lambda t, x: t.batch_norm(x, None, None, None, None, True, 0.1, 1e-5, False)),
            ("dropout", lambda t, x: t.dropout(x, p=0.5, train=False)),
            ("pixel_shuffle", lambda t, x: t.pixel_shuffle(x, 2)),
        ]
    ],
    Row("embedding", lambda t, w, i: t.embedding(w, i), (floats(5, 3), ints(2, 4, high=5))),
    *[
        Row(
            f"pad_sequence {options}",
            lambda t, x, y, z, o=options: t.nn.utils.rnn.pad_sequence([x, y, z], **o),
            (floats(3, 2), floats(1, 2), floats(5, 2)),
        )
        for options in ({}, {"batch_first": True, "padding_value": -1.0}, {"padding_side": "left"})
    ],
    Row(
        "unpad_sequence",
        lambda t, x: t.nn.utils.rnn.unpad_sequence(x, t.tensor([2, 4, 1]), batch_first=True),
        (floats(3, 4, 2),),
    ),
]

ERRORS = [
    Error(
        "stft of real numbers",
        lambda t, x, w: t.stft(x, 16, window=w),
        "stft requires the return_complex parameter be given for real inputs",
        (SIGNAL, WINDOW),
    ),
    Error(
        "istft of real numbers",
        lambda t, x, w: t.istft(x, 16, window=w),
        "istft requires a complex-valued input tensor",
        (SIGNAL, WINDOW),
    ),
    Error(
        "window's size",
        lambda t, x, w: t.stft(x, 20, window=w, return_complex=True),
        "expected a 1D window tensor of size equal to win_length=20",
        (SIGNAL, WINDOW),
    ),
    Error(
        "windows that leave gaps",
        lambda t, x, w: t.istft(t.stft(x, 16, 16, window=w, return_complex=True), 16, 16, window=w),
        "window overlap add min: 1",
        (SIGNAL, np.hanning(16)),
    ),
]


@pytest.mark.parametrize(("row", "backend"), cases(ROWS + ERRORS), ids=case_id)
def test_spectral(row, backend):
    check(row, backend)
