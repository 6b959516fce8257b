"""What the NumPy adapter puts in the place of NumPy's own functions gives the same, also where arrays are large.

The confusing case: the judge's arrays are small, and masks of bits and squares in their own memory are for large ones alone.
"""

from __future__ import annotations

import numpy as np
import pytest
from agrad_numpy import namespace

import agrad

SIZES = (10, namespace._MANY + 1)


def _values(dtype: str, size: int) -> np.ndarray:
    x = (np.random.default_rng(0).standard_normal(size) * 5).astype(dtype)
    if x.dtype.kind == "f":
        x[:4] = np.nan, np.inf, -np.inf, -0.0
    return x


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i4", "i8", "u1", "c8", ">f4"])
def test_a_gate_gives_where_s_bits(dtype: str, size: int) -> None:
    x = _values(dtype, size)
    condition = np.random.default_rng(1).random(size) < 0.5
    condition[:2] = True, False
    for arguments in ((condition, x, 0), (condition, 0, x), (condition, x, -0.0)):
        got, wanted = namespace.where(*arguments), np.where(*arguments)
        assert got.dtype == wanted.dtype
        assert got.tobytes() == wanted.tobytes()
        assert got.base is None  # a gradient made so belongs to its leaf without a copy


@pytest.mark.parametrize(
    "rule", [agrad.relu, lambda x: agrad.clamp(x, -0.5, 0.5), lambda x: agrad.where(x > 0, x, 2 * x)]
)
def test_a_large_gate_keeps_infinite_cotangents_out(rule) -> None:
    x = _values("f4", SIZES[1])[4:]
    g = np.full(x.shape, np.inf, "f4")
    whole, part = agrad.tensor(x, requires_grad=True), agrad.tensor(x[:100], requires_grad=True)
    rule(whole).backward(agrad.tensor(g))
    rule(part).backward(agrad.tensor(g[:100]))
    assert not np.isnan(whole.grad.numpy()).any()
    np.testing.assert_array_equal(whole.grad.numpy()[:100], part.grad.numpy())


@pytest.mark.parametrize("size", [4, namespace._LARGE // 8 + 1])
def test_one_minus_square_changes_nothing_but_its_own(size: int) -> None:
    x = np.linspace(-2.0, 2.0, size)
    kept = x.copy()
    np.testing.assert_array_equal(namespace.one_minus_square(x), 1 - kept * kept)
    np.testing.assert_array_equal(x, kept)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ((), ()), ((), (3,)), ((), (0, 2)), ((1,), (4,)), ((3, 1), (3, 4)), ((1, 1), (0, 4)), ((0, 1), (0, 4)),
        ((3, 1, 2), (3, 5, 2)), ((3,), (2, 3)), ((2, 1), (5, 2, 3)),
    ],
)  # fmt: skip
def test_broadcast_to_is_a_view_that_is_read(given: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    x = np.arange(float(np.prod(given))).reshape(given)
    for source in (x, x.T.copy().T):
        got = namespace.broadcast_to(source, wanted)
        np.testing.assert_array_equal(got, np.broadcast_to(source, wanted))
        assert not got.flags.writeable
    shown = namespace.broadcast_to(x, wanted)
    x += 1
    np.testing.assert_array_equal(shown, np.broadcast_to(x, wanted))


@pytest.mark.parametrize(
    ("given", "wanted"), [((3,), (4,)), ((2, 3), (3,)), ((2,), ()), ((), (-1,)), ((1, 1), (2, -1))]
)
def test_broadcast_to_refuses_what_numpy_refuses(given: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    with pytest.raises(ValueError):
        namespace.broadcast_to(np.ones(given), wanted)


@pytest.mark.parametrize(
    ("function", "count"), [(agrad.exp, 1), (agrad.mul, 2), (agrad.add, 2), (agrad.sub, 2), (agrad.atan2, 2)]
)
def test_out_is_given_by_name_alone(function, count: int) -> None:
    x, place = agrad.ones(3), agrad.zeros(3)
    with pytest.raises(TypeError, match=rf"{function.__name__}\(\) takes {count} positional argument"):
        function(*[x] * count, place)
    assert place.tolist() == [0.0, 0.0, 0.0]
    assert function(*[x] * count, out=place) is place
