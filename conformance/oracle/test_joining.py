"""Joining tensors, grids and choices, against PyTorch: values, gradients, node names, errors."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from expressions import errors, rows
from hypothesis import given, settings
from oracle import BACKENDS, Row, case_id, cases, check, floats, ints

JOINED = rows("""
    t.cat([x, x])
    t.cat([x, x], 1)
    t.cat([x, x], -1)
    t.cat((y, y[:1]))
    t.cat([y, y.t()[:2]], dim=1)
    t.cat((v, v), axis=0)
    t.cat(tensors=[v, v, v], dim=0)
    t.cat([y])
    t.cat([x[:, :1], x, x[:, 1:]], 1)
    t.cat([v, i])
    t.cat([i, v])
    t.cat([v, c[0]])
    t.cat([v, t.tensor([True])])
    t.cat([y, t.zeros(0, dtype=t.float64)])
    t.cat([t.zeros(0, dtype=t.float64), y, e], 0)
    t.concat((v, v))
    t.concatenate((y, y), dim=1)
    t.concatenate((y, y), axis=1)
    t.stack([x, x])
    t.stack([x, x], 1)
    t.stack([v, v], -1)
    t.stack((s, s, s))
    t.stack([v, v], dim=1)
    t.stack([v, v], axis=1)
    t.stack([v])
    t.stack([v, u])
    t.stack([y.t(), y.t()], 2)
    t.hstack([v, v])
    t.hstack([s, s])
    t.hstack([s, v])
    t.hstack((y, y))
    t.hstack([x, x[:, :1]])
    t.vstack([v, v])
    t.vstack([y, v[:3]])
    t.vstack((s, s))
    t.vstack([x, x])
    t.row_stack([v, v])
    t.dstack([v, v])
    t.dstack([y, y])
    t.dstack((s, s))
    t.dstack([x, x])
    t.column_stack([v, v])
    t.column_stack([s, s])
    t.column_stack([v[:2], y])
    t.column_stack((y, y))
    t.block_diag(y, y)
    t.block_diag(s, v, y)
    t.block_diag(v)
    t.block_diag(y, t.ones(1, 1, dtype=t.int64))
    t.block_diag(y, e)
    t.meshgrid(v, v, indexing='ij')
    t.meshgrid(v, v, indexing='xy')
    t.meshgrid([v, v[:2]], indexing='ij')
    t.meshgrid(v, v[:2], v[1:], indexing='xy')
    t.meshgrid(s, v, indexing='xy')
    t.meshgrid(v, indexing='xy')
    t.cartesian_prod(v)
    t.cartesian_prod(v, v[:2])
    t.cartesian_prod(v[:2], v[1:], v[:1])
    t.combinations(v, 1)
""")

CHOICES = rows("""
    t.combinations(v)
    t.combinations(v, 3)
    t.combinations(v, r=2, with_replacement=True)
    t.combinations(v, 0)
    t.combinations(v[:2], 3)
    t.combinations(v[:0], 2)
    t.combinations(i)
    t.cat([t.ones(2, dtype=t.int32), t.ones(1, dtype=t.int8)])
    t.cat([t.ones(2, dtype=t.uint8), t.ones(1, dtype=t.int8)])
    t.cat([t.ones(2, dtype=t.float16), t.ones(1)])
    t.stack([t.tensor([1, 2]), t.tensor([0.5, 1.5])])
    t.block_diag()
    t.cat([v, v]) is v, t.cartesian_prod(v) is v
""", looks=False)  # fmt: skip

OUT = [
    Row(
        f"{name} with out=",
        lambda t, x, name=name: (lambda place: (getattr(t, name)([x, x], out=place) is place, place))(
            t.zeros(0, dtype=t.float64)
        ),
        (floats(2, 3),),
        grad=False,
    )
    for name in ("cat", "concat", "concatenate", "stack", "hstack", "vstack", "row_stack", "dstack", "column_stack")
]

ERRORS = errors(
    ("t.cat([])", "expected a non-empty list of Tensors"),
    ("t.cat([x, y])", "Tensors must have same number of dimensions: got 3 and 2"),
    ("t.cat([s, s])", "zero-dimensional tensor (at position 0) cannot be concatenated"),
    ("t.cat([v, s])", "zero-dimensional tensor (at position 1) cannot be concatenated"),
    ("t.cat([x, x], 5)", "Dimension out of range (expected to be in range of [-3, 2], but got 5)"),
    (
        "t.cat([x, x[:, :2]])",
        "Sizes of tensors must match except in dimension 0. Expected size 3 but got size 2 for tensor number 1 in the list.",
    ),
    ("t.cat(x)", "cat(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor"),
    ("t.cat([v, 1])", "expected Tensor as element 1 in argument 0, but got int"),
    ("t.stack([])", "stack expects a non-empty TensorList"),
    (
        "t.stack([x, y])",
        "stack expects each tensor to be equal size, but got [2, 3, 4] at entry 0 and [2, 3] at entry 1",
    ),
    ("t.stack([x, x], 4)", "Dimension out of range (expected to be in range of [-4, 3], but got 4)"),
    ("t.stack(x)", "stack(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor"),
    ("t.hstack([])", "hstack expects a non-empty TensorList"),
    ("t.hstack([v, y])", "Tensors must have same number of dimensions: got 1 and 2"),
    ("t.vstack([])", "vstack expects a non-empty TensorList"),
    (
        "t.vstack([v, y])",
        "Sizes of tensors must match except in dimension 0. Expected size 4 but got size 3 for tensor number 1 in the list.",
    ),
    ("t.dstack([])", "dstack expects a non-empty TensorList"),
    ("t.column_stack([])", "column_stack expects a non-empty TensorList"),
    (
        "t.column_stack([s, v])",
        "Sizes of tensors must match except in dimension 1. Expected size 1 but got size 4 for tensor number 1 in the list.",
    ),
    ("t.block_diag(x)", "torch.block_diag: Input tensors must have 2 or fewer dimensions. Input 0 has 3 dimensions"),
    ("t.meshgrid(v, i, indexing='ij')", "meshgrid expects all tensors to have the same dtype"),
    ("t.meshgrid(y, indexing='ij')", "torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got:"),
    ("t.meshgrid(v, indexing='aa')", 'torch.meshgrid: indexing must be one of "xy" or "ij", but received: aa'),
    ("t.meshgrid(indexing='ij')", "meshgrid expects a non-empty TensorList"),
    ("t.cartesian_prod(y)", "Expect a 1D vector, but got shape [2, 3]"),
    ("t.cartesian_prod(v, i)", "meshgrid expects all tensors to have the same dtype"),
    ("t.combinations(y)", "Expect a 1D vector, but got shape [2, 3]"),
    ("t.combinations(v, -1)", "Expect a non-negative number, but got -1"),
)


@pytest.mark.parametrize(("row", "backend"), cases(JOINED + CHOICES + OUT + ERRORS), ids=case_id)
def test_joining(row, backend):
    check(row, backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_meshgrid_wants_its_indexing_said(backend):
    import agrad

    with agrad.use_backend(backend):
        x = agrad.tensor([1.0, 2.0])
        with pytest.warns(UserWarning, match="it will be required to pass the indexing argument"):
            grids = agrad.meshgrid(x, x)
    assert grids[0].tolist() == [[1.0, 1.0], [2.0, 2.0]]


DTYPES = ("bool", "uint8", "int16", "int64", "float32", "float64", "complex64", "complex128")


@st.composite
def tables(draw):
    """Draw arrays that cat joins, of any dtypes, and the axis."""
    ndim = draw(st.integers(1, 3))
    axis = draw(st.integers(-ndim, ndim - 1))
    shape = draw(st.lists(st.integers(0, 3), min_size=ndim, max_size=ndim))
    arrays = []
    for number in range(draw(st.integers(1, 4))):
        lengths = list(shape)
        lengths[axis] = draw(st.integers(0, 3))
        dtype = draw(st.sampled_from(DTYPES))
        values = ints(*lengths, high=2, seed=number) if dtype == "bool" else ints(*lengths, seed=number)
        arrays.append(values.astype(dtype))
    return arrays, axis


EXAMPLES = {"numpy": 80, "jax": 25}


@pytest.mark.parametrize("backend", BACKENDS)
def test_drawn(backend):
    """Any dtypes and lengths are joined as PyTorch joins them."""

    @settings(max_examples=EXAMPLES[backend], deadline=None)
    @given(drawn=tables(), stacked=st.booleans())
    def run(drawn, stacked):
        _compare(backend, drawn, stacked)

    run()


def _compare(backend, drawn, stacked):
    arrays, axis = drawn
    if stacked:
        arrays = [np.full((2, 3), number, dtype=array.dtype) for number, array in enumerate(arrays)]
        run = lambda t, *tensors: t.stack(tensors, axis % 3)
    else:
        run = lambda t, *tensors: t.cat(tensors, axis)
    check(Row("drawn", run, tuple(arrays)), backend)
