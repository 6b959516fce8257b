"""Tensors' texts, letter by letter, against PyTorch: through print, repr and str, on every backend."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import BACKENDS, Row, case_id, cases, check, floats, ints

import agrad


def text(name, run, inputs=(), **more):
    """A row of printed text."""
    return Row(name, run, inputs, grad=False, text=True, **more)


VALUES = {
    "whole floats": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
    "fractions": [0.5, 0.25, 1 / 3],
    "negative": [-1.0, 2.0, -30.0],
    "mixed": [1.5, 200.0, -3.25],
    "large": [1e5, 2e6, 3.5],
    "small": [1e-5, 1.0],
    "tiny": [1e-12, 2e-12],
    "huge": [1e10, 2e20],
    "huge whole": [123456789.0, 1.0],
    "nan and inf": [float("nan"), float("inf"), -float("inf"), 1.5],
    "only nan": [float("nan")],
    "zeros": [0.0, 0.0],
    "minus zero": [-0.0, 0.0],
    "one": [3.0],
    "a range of four digits": [0.001, 1.0],
    "a range of five digits": [0.0001, 1.0],
    "rounded up": [9999.99999, 0.5],
    "ints": [1, -20, 300],
    "bools": [True, False],
    "complex": [1 + 2j, -0.5j, 3.0],
    "complex rows": [[1 + 2j, 3 - 4j], [0.001 + 1e5j, 1j]],
    "empty": [],
    "empty rows": [[], []],
    "a number": 27.0,
    "an int": 27,
    "a bool": True,
    "a complex number": 1.5 - 2j,
    "three axes": [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]],
}
OF_VALUES = [text(name, lambda t, v=v: t.tensor(v)) for name, v in VALUES.items()] + [
    text(f"{name} as {dtype}", lambda t, v=v, dtype=dtype: t.tensor(v, dtype=getattr(t, dtype)))
    for name, v in VALUES.items()
    for dtype in ("float64", "float16", "complex128")
    if not (dtype == "float16" and name in ("huge", "huge whole", "large"))
    and not (dtype != "complex128" and name.startswith("complex"))
    and name not in ("a complex number",)
]
DTYPES = (
    "bool",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
)
OF_DTYPES = [
    text(f"ones of {dtype}", lambda t, dtype=dtype: t.ones(2, 2, dtype=getattr(t, dtype))) for dtype in DTYPES
] + [
    text(
        f"nothing of {dtype}",
        lambda t, dtype=dtype: [t.empty(0, dtype=getattr(t, dtype)), t.empty(2, 0, dtype=getattr(t, dtype))],
    )
    for dtype in DTYPES
]
SUMMARIES = [
    text("a long vector", lambda t: t.arange(2000)),
    text("a long vector of floats", lambda t: t.arange(0, 1, 0.0005)),
    text("a thousand and one", lambda t: t.zeros(1001)),
    text("a thousand", lambda t: t.zeros(1000)),
    text("a large matrix", lambda t: t.ones(100, 100)),
    text("a tall matrix", lambda t: t.ones(2000, 2)),
    text("a wide matrix", lambda t: t.ones(2, 2000)),
    text("a large cube", lambda t: t.arange(20**3).reshape(20, 20, 20)),
    text("large complex", lambda t: t.complex(t.arange(1500.0), t.arange(1500.0))),
    text("a long bool", lambda t: t.arange(1500) > 700),
    text("a view of a large matrix", lambda t: t.arange(40000).reshape(200, 200).t()),
    text("long lines", lambda t: t.arange(60)),
    text("long lines of fractions", lambda t: t.arange(30) / 7),
]
GRAPH = [
    text("a leaf", lambda t: t.ones(2, requires_grad=True)),
    text("a result", lambda t: t.ones(2, requires_grad=True) + 1),
    text("a product", lambda t: t.ones(2, requires_grad=True) * 2),
    text("a double result", lambda t: t.ones(2, requires_grad=True, dtype=t.float64) / 2),
    text("a sum", lambda t: t.ones(2, requires_grad=True).sum()),
    text("an exponential", lambda t: t.zeros(2, requires_grad=True).exp()),
    text("a copy", lambda t: t.zeros(2, requires_grad=True).clone()),
    text("a conversion", lambda t: t.zeros(2, requires_grad=True).double()),
    text("a long line", lambda t: t.arange(12.0).requires_grad_() * 1.5),
    text("a matrix with a node", lambda t: t.ones(3, 3, requires_grad=True) @ t.ones(3, 3)),
    text("an index", lambda t: t.ones(3, requires_grad=True)[1:]),
    text("written to", lambda t: _write_a_part(t)),
    text("detached", lambda t: (t.ones(2, requires_grad=True) * 2).detach()),
    text("in lists and dicts", lambda t: [t.ones(1), {"a": t.zeros(2)}, (t.tensor(1),)]),
]


def _write_a_part(t):
    x = t.zeros(3)
    x[0] = t.ones(1, requires_grad=True)[0] * 2
    return x


OPTIONS = [
    ({"precision": 2}, [1 / 3, 2.5]),
    ({"precision": 8}, [1 / 3, 2.5]),
    ({"sci_mode": True}, [1.0, 2.5]),
    ({"sci_mode": False}, [1e-8, 1e8]),
    ({"threshold": 5}, list(range(20))),
    ({"threshold": 5, "edgeitems": 1}, list(range(20))),
    ({"linewidth": 40}, list(range(60))),
    ({"profile": "short"}, [1 / 3, 2.5]),
    ({"profile": "full"}, list(range(1100))),
    ({"edgeitems": 2, "threshold": 10}, [[float(i * j) for i in range(9)] for j in range(9)]),
]


def with_options(t, options, values):
    """The text under options, which are put back."""
    t.set_printoptions(**options)
    try:
        return repr(t.tensor(values))
    finally:
        t.set_printoptions(profile="default", sci_mode=None)


SET = [
    Row(f"set_printoptions({options})", lambda t, o=options, v=values: with_options(t, o, v), grad=False)
    for options, values in OPTIONS
]
OTHER = [
    Row("print", lambda t: f"{t.tensor([1.0, 2.0])} {t.tensor(1.5)!s} {t.tensor([1])!r}", grad=False),
    Row("str is repr", lambda t: str(t.ones(2)) == repr(t.ones(2)), grad=False),
    Row("under another default dtype", lambda t: (
        t.set_default_dtype(t.float64), repr(t.ones(2)), repr(t.ones(2, dtype=t.float32)), t.set_default_dtype(t.float32))[1:3],
        grad=False),
    text("random floats", lambda t, x: x, (floats(5, 6, dtype="float32"),)),
    text("random doubles", lambda t, x: x * 1000, (floats(3, 4),)),
    text("random ints", lambda t, x: x, (ints(4, 5, low=-1000, high=1000),)),
]  # fmt: skip

ROWS = [*OF_VALUES, *OF_DTYPES, *SUMMARIES, *GRAPH, *SET, *OTHER]


@pytest.mark.parametrize(("row", "backend"), cases(ROWS), ids=case_id)
def test_printing(row, backend):
    check(row, backend)


@pytest.mark.parametrize("backend", BACKENDS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.floats(width=32), max_size=12),
    dtype=st.sampled_from(["float32", "float64"]),
)
def test_drawn_values(backend, values, dtype):
    """Any floats whatever."""
    import torch

    array = np.array(values, dtype=dtype)
    with agrad.use_backend(backend):
        assert repr(agrad.tensor(array)).replace("agrad.", "torch.") == repr(torch.tensor(array))
