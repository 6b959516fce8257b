"""Refusals of einsum in PyTorch's words, and tapering windows against their closed forms."""

import numpy as np
import pytest

import agrad
from agrad.primitives.einsum import einsum
from agrad.primitives.signal_windows import bartlett, blackman, hamming, hann, kaiser


@pytest.mark.parametrize(
    ("equation", "shapes", "words"),
    [
        ("ij,jk->iz", ((2, 3), (3, 4)), "output subscript z does not appear in the equation"),
        ("ij->i", ((2,),), "number of subscripts in the equation .2. is more than the number of dimensions .1."),
        ("i1->i", ((2, 2),), "subscripts must be in"),
        ("ij,jk->ii", ((2, 3), (3, 4)), "output subscript i appears more than once in the output"),
        ("ij,jk", ((2, 3), (4, 5)), "which does not broadcast with previously seen size"),
        ("ij", ((2, 2), (2, 2)), "more operands were provided than specified"),
    ],
)
def test_einsum_refuses(equation, shapes, words):
    """An equation that does not fit says what is wrong with it."""
    with pytest.raises(RuntimeError, match=words):
        einsum(equation, *(agrad.zeros(shape) for shape in shapes))


def _values(tensor):
    return tensor._options.backend.tolist(tensor._data)


@pytest.mark.parametrize("n", [0, 1, 2, 7, 8])
@pytest.mark.parametrize(
    ("window", "form"),
    [(hann, np.hanning), (hamming, np.hamming), (blackman, np.blackman), (bartlett, np.bartlett), (kaiser, None)],
)
def test_windows(window, form, n):
    """A symmetric window is NumPy's; a periodic one is the symmetric one longer by one value, without it."""
    expected = form or (lambda m: np.kaiser(m, 12.0))
    symmetric = window(n, periodic=False, dtype=agrad.float64)
    np.testing.assert_allclose(_values(symmetric), expected(n), rtol=1e-9, atol=1e-14)
    periodic = window(n, periodic=True, dtype=agrad.float64)
    np.testing.assert_allclose(_values(periodic), expected(n + 1)[:n] if n > 1 else np.ones(n), rtol=1e-9, atol=1e-14)
