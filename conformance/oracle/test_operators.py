"""Operators between tensors and numbers, against PyTorch."""

from __future__ import annotations

import pytest
from oracle import Error, Row, case_id, cases, check, floats

ROWS = [
    Row("x + y", lambda t, x, y: x + y, (floats(2, 3), floats(3))),
    Row("x * 2 - 1", lambda t, x: x * 2 - 1, (floats(2, 3),)),
    Row("1 / x", lambda t, x: 1 / x, (floats(4, low=0.5),)),
    Row("x ** 3", lambda t, x: x**3, (floats(4),)),
    Row("x @ y", lambda t, x, y: x @ y, (floats(2, 3), floats(3, 4))),
    Row("-x", lambda t, x: -x, (floats(2, dtype="complex128"),)),
    Row("ints + float", lambda t: t.tensor([1, 2]) + 1.5),
    Row("bool * int", lambda t: t.tensor([True, False]) * 3),
]

ERRORS = [
    Error(
        "shapes that do not broadcast", lambda t, x, y: x + y, "must match the size of tensor b", (floats(2), floats(3))
    ),
]


@pytest.mark.parametrize(("row", "backend"), cases(ROWS + ERRORS), ids=case_id)
def test_operators(row, backend):
    check(row, backend)
