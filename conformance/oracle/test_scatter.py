"""Writing by index tensors and masks, against PyTorch: copies and in place, values, gradients, node names, errors."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from expressions import errors, programs, rows
from hypothesis import given, settings
from oracle import BACKENDS, Row, case_id, cases, check, floats

COPIES = rows("""
    y.scatter(0, z, 5.0)
    y.scatter(0, z, 5)
    y.scatter(1, z, y[:, :2])
    y.scatter(0, t.tensor([[1, 0, 1]]), y.t()[:1, :2].repeat(1, 2)[:, :3])
    y.scatter(0, z.int(), 1.0)
    y.scatter(0, z, value=3)
    v.scatter(0, t.tensor([3, 1]), y[0, :2])
    t.scatter(y, 0, z, 1)
    t.scatter(input=y, dim=1, index=z, src=y[:, 1:])
    y.scatter_add(0, z, y[:, 1:])
    y.scatter_add(1, t.tensor([[0, 2, 2], [1, 1, 1]]), y * 2)
    v.scatter_add(0, t.tensor([1, 1, 1]), y[0])
    y.scatter_reduce(0, z, y[:, 1:], 'sum')
    y.scatter_reduce(0, z, y[:, 1:], 'sum', include_self=False)
    y.scatter_reduce(0, z, y[:, 1:], 'prod')
    y.scatter_reduce(0, z, y[:, 1:], 'prod', include_self=False)
    y.scatter_reduce(0, z, y[:, 1:], 'mean')
    y.scatter_reduce(0, z, y[:, 1:], 'mean', include_self=False)
    y.scatter_reduce(0, z, y[:, 1:], 'amax')
    y.scatter_reduce(0, z, y[:, 1:], 'amax', include_self=False)
    y.scatter_reduce(0, z, y[:, 1:], 'amin')
    y.scatter_reduce(0, z, y[:, 1:], 'amin', include_self=False)
    y.scatter_reduce(1, t.tensor([[0, 2, 2], [1, 1, 1]]), y * 2, 'prod')
    y.scatter_reduce(1, t.tensor([[0, 2, 2], [1, 1, 1]]), y * 2, 'mean')
    v.scatter_reduce(0, t.tensor([1, 1, 1]), y[0], 'amax')
    y.index_add(0, i, y)
    y.index_add(0, t.tensor([1, 1]), y, alpha=2)
    y.index_add(1, t.tensor([2, 0, 2, 2]), x[0, :2])
    x.index_add(-1, t.tensor([0]), x[..., :1], alpha=-0.5)
    y.index_add(0, t.tensor(1), y[:1])
    y.index_add(0, t.tensor([0], dtype=t.int32), y[:1])
    t.index_add(y, 0, i, y, alpha=2)
    y.index_copy(0, i, y * 2)
    y.index_copy(1, t.tensor([2, 0]), x[0, :2, :2])
    y.index_copy(0, t.tensor(1), y[:1])
    x.index_copy(1, t.tensor([2]), x[:, :1])
    t.index_copy(y, 0, i, y)
    y.index_fill(0, i, 5)
    y.index_fill(1, t.tensor([0, 2]), -1.5)
    y.index_fill(1, t.tensor([-1]), 2)
    y.index_fill(0, t.tensor(1), 5)
    y.index_fill(0, i, s)
    y.index_fill(1, t.tensor([], dtype=t.int64), 5)
    t.index_fill(y, 0, i, 1)
    y.index_put((i,), s)
    y.index_put((i, i), v[:2])
    y.index_put([i], v[:3])
    y.index_put((t.tensor([0, 0]),), y, accumulate=True)
    y.index_put((i, t.tensor([2])), s, True)
    y.index_put((m,), s)
    y.index_put((m,), s, accumulate=True)
    x.index_put((i, t.tensor([True, False, True])), v)
    t.index_put(y, (i,), s)
    y.index_reduce(0, i, y, 'prod')
    y.index_reduce(0, t.tensor([1, 1]), y, 'mean')
    y.index_reduce(0, t.tensor([1, 1]), y, 'mean', include_self=False)
    y.index_reduce(1, t.tensor([2, 0]), y[:, :2], 'amax')
    y.index_reduce(1, t.tensor([2, 0]), y[:, :2], 'amin', include_self=False)
    t.index_reduce(y, 0, i, y, 'amax')
    y.masked_fill(m, 5)
    y.masked_fill(m, float('-inf'))
    y.masked_fill(m, s)
    y.masked_fill(t.tensor([True, False, True]), 5)
    y.masked_fill(m[:, :1], -1)
    v[:3].masked_fill(m, 0)
    s.masked_fill(t.tensor(True), 2)
    t.masked_fill(y, y > 0, 0)
    y.masked_scatter(m, y * 2)
    y.masked_scatter(m, v.repeat(2))
    y.masked_scatter(t.tensor([True, False, True]), v)
    v[:3].masked_scatter(m, y)
    t.masked_scatter(y, y > 0, y)
    y.put(t.tensor([0, 5]), v[:2])
    y.put(t.tensor([0, 0, 5]), v[:3], accumulate=True)
    y.put(t.tensor([[0], [-1]]), v[:2])
    y.put(t.tensor([3, 1]), y[:2, :1])
    t.put(y, z[0, :1], v[:1])
    x.slice_scatter(x * 2)
    x.slice_scatter(x[:, :1], 1, 2)
    x.slice_scatter(x[..., :2], -1, 0, 4, 2)
    t.slice_scatter(y, y[:, :2], dim=1, start=1)
    x.select_scatter(x[0], 0, 1)
    x.select_scatter(y, 2, -1)
    t.select_scatter(y, v[:3], 0, 0)
    y.diagonal_scatter(v[:2])
    y.diagonal_scatter(v[:2], 1)
    y.diagonal_scatter(v[:1], -1)
    t.diagonal_scatter(y, v[:2], offset=0, dim1=0, dim2=1)
    c.index_add(0, i, c)
    c.masked_fill(m, 1j)
""")

ZERO_DIMENSIONS = rows("""
    s.scatter(0, t.tensor(0), 1.0)
    s.scatter(0, t.tensor([0]), 1.0)
    s.scatter(0, t.tensor(0), v[0])
    s.scatter_add(0, t.tensor(0), s)
    s.scatter_reduce(0, t.tensor(0), v[0], 'prod')
    s.index_add(0, t.tensor([0]), s)
    s.index_copy(0, t.tensor([0]), v[0])
    s.index_fill(0, t.tensor([0]), 1.5)
    y.scatter(0, t.zeros(0, 0, dtype=t.int64), 1.0)
""", looks=False)  # fmt: skip

VALUES = rows("""
    y.scatter(0, t.tensor([[1, 0, 1]]), y)
    y.scatter(-1, t.tensor([[2], [0]]), y)
    y.scatter(1, t.tensor([[2, 0, 1]]), y)
    y.scatter_add(1, z, y)
    x.scatter_add(2, t.zeros(1, 2, 6, dtype=t.int64), x.repeat(1, 1, 2))
    t.scatter_add(y, 0, z, y)
    t.scatter_reduce(y, 1, z, y, reduce='amax')
    c.scatter(0, z, c)
    y.scatter(0, z, 2.0, reduce='add')
    y.scatter(1, z, 2.0, reduce='multiply')
    x.diagonal_scatter(x[0, :2].t()[:3], 0, 2, 0)
    u.scatter(0, i, 1.7)
    u.scatter_add(0, t.tensor([0, 0, 0]), u[:3])
    u.scatter_reduce(0, t.tensor([0, 0, 3]), u[:3], 'mean')
    u.scatter_reduce(0, t.tensor([0, 0, 3]), u[:3], 'prod')
    u.scatter_reduce(0, t.tensor([0, 0, 3]), u[:3], 'amax', include_self=False)
    u.scatter_reduce(0, t.tensor([0, 0, 3]), u[:3], 'amin', include_self=False)
    u.scatter_reduce(0, t.tensor([0, 0]), t.tensor([-3, -2]), 'mean')
    u.index_add(0, i, t.tensor([1, 2]), alpha=1.5)
    u.index_fill(0, i, 1.7)
    u.masked_fill(u > 0, 1.7)
    u.masked_fill(u > 0, t.tensor(1.7))
    m.masked_fill(m, 0)
    m.index_fill(1, i, 5)
    u.put(t.tensor([0]), t.tensor([7]))
    u.index_put((i,), t.tensor(4))
    u.masked_scatter(u > 0, u + 100)
    y.float().scatter(0, z, y.float())
    y.float().index_add(0, i, y.float(), alpha=0.5)
""", looks=False, grad=False)  # fmt: skip

INPLACE = programs("""
    a = y * 1; b = a.scatter_(0, z, 5) -> a, b is a
    a = y * 1; a.scatter_(0, z, y[:, 1:]) -> a
    a = y * 1; a.scatter_(0, z, value=3) -> a
    a = y * 1; a.scatter_(1, z, 2.0) -> a
    a = y * 1; b = a.scatter_add_(0, z, y[:, 1:]) -> a, b is a
    a = y * 1; b = a.scatter_reduce_(0, z, y[:, 1:], 'prod') -> a, b is a
    a = y * 1; a.scatter_reduce_(0, z, y[:, 1:], 'amax', include_self=False) -> a
    a = y * 1; b = a.index_add_(0, i, y, alpha=2) -> a, b is a
    a = y * 1; b = a.index_copy_(0, i, y * 3) -> a, b is a
    a = y * 1; b = a.index_fill_(1, i, 5) -> a, b is a
    a = y * 1; a.index_fill_(0, i, s) -> a
    a = y * 1; b = a.index_put_((i, i), v[:2]) -> a, b is a
    a = y * 1; a.index_put_((t.tensor([0, 0]),), v[:3], accumulate=True) -> a
    a = y * 1; b = a.masked_fill_(m, 5) -> a, b is a
    a = y * 1; a.masked_fill_(m, s) -> a
    a = y * 1; b = a.masked_scatter_(m, y * 2) -> a, b is a
    a = y * 1; b = a.put_(t.tensor([0, 5]), v[:2]) -> a, b is a
    a = y * 1; a.put_(t.tensor([1, 1]), v[:2], accumulate=True) -> a
    a = y * 1; b = a.triu_() -> a, b is a
    a = y * 1; b = a.tril_(-1) -> a, b is a
    a = y * 1; b = a[0]; b.masked_fill_(m[0], 5); a.index_fill_(1, t.tensor([0]), 1) -> a, b
    a = y * 1; b = a.t(); b.scatter_(0, z, 5); b.index_add_(1, i, y.t()) -> a, b
    a = y * 1; a[1:].index_copy_(1, t.tensor([2]), s.reshape(1, 1)) -> a
    a = u.clone(); a.scatter_(0, i, 1.7); a.masked_fill_(a > 3, 0) -> a
    a = y * 1; a.index_reduce_(0, i, y, 'mean') -> a
    a = y * 1; a.masked_fill_(m, 5) -> a.grad_fn.name()
    a = y * 1; a.scatter_(0, z, y) -> a.grad_fn.name()
    a = y * 1; a.index_add_(0, i, y) -> a.grad_fn.name()
    a = y * 1; a[0].masked_fill_(m[0], 5) -> a.grad_fn.name().split(':')[-1]
""")

ERRORS = errors(
    ("y.scatter(0, i, t.ones(2, dtype=t.float64))", "Index tensor must have the same number of dimensions as self tensor"),
    ("y.scatter(0, z, s)", "Index tensor must have the same number of dimensions as src tensor"),
    ("y.scatter(0, z, y[:1, :1])", "Expected index [2, 2] to be no larger than self [2, 3] apart from dimension 0 and to be no larger size than src [1, 1]"),
    ("y.scatter(0, t.zeros(3, 4, dtype=t.int64), 1.0)", "Expected index [3, 4] to be no larger than self [2, 3] apart from dimension 0"),
    ("y.scatter(0, z + 5, 1.0)", "index 5 is out of bounds for dimension 0 with size 2"),
    ("y.scatter(0, z - 1, 1.0)", "index -1 is out of bounds for dimension 0 with size 2"),
    ("y.scatter(0, z, y.float())", "scatter(): Expected self.dtype to be equal to src.dtype"),
    ("y.scatter(5, z, 1.0)", "Dimension out of range (expected to be in range of [-2, 1], but got 5)"),
    ("y.scatter(0, z, 2.0, reduce='foo')", "reduce argument must be either add or multiply."),
    ("u.scatter(0, i, t.tensor([1.7, 2.0]))", "scatter(): Expected self.dtype to be equal to src.dtype"),
    ("y.scatter_add(0, z, y[:1, :2])", "to be no larger size than src [1, 2]"),
    ("t.scatter_add(y, 0, z, 1.0)", "scatter_add(): argument 'src' (position 4) must be Tensor, not float"),
    ("y.scatter_add(0, z + 9, y)", "index 9 is out of bounds for dimension 0 with size 2"),
    ("y.scatter_reduce(0, z, y, 'foo')", "reduce argument must be either sum, prod, mean, amax or amin, got foo"),
    ("y.index_add(0, i, x[0, :2])", "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = [2, 3] source.shape = [2, 4]"),
    ("y.index_add(0, t.tensor([0, 1, 0]), y)", "Number of indices (3) should be equal to source.size(dim): (2), for dim: 0"),
    ("y.index_add(0, z, y)", "index_add_(): Index is supposed to be a vector, but got dim: 2 with type: Long and size: [2, 2]"),
    ("y.index_add(0, i + 5, y)", "index 5 is out of bounds for dimension 0 with size 2"),
    ("y.index_add(0, i - 1, y)", "index -1 is out of bounds for dimension 0 with size 2"),
    ("y.index_add(0, i.float(), y)", "index_add_(): Expected dtype int32/int64 for index but got: Float"),
    ("y.index_add(0, i, y.float())", "index_add_(): self (Double) and source (Float) must have the same scalar type"),
    ("t.index_add(y, 0, i, 1.0)", "index_add(): argument 'source' (position 4) must be Tensor, not float"),
    ("y.index_copy(0, i, x[0, :2])", "index_copy_(): Source/destination tensor must have same slice shapes."),
    ("y.index_copy(0, t.tensor([0, 1, 0]), y)", "index_copy_(): Number of indices (3) should be equal to source.size(dim) (2)"),
    ("y.index_copy(0, i, s)", "index_copy_(): When source is scalar, index should have one element (got 2)"),
    ("y.index_copy(0, i + 5, y)", "index_copy_(): index 5 is out of bounds for dimension 0 with size 2"),
    ("y.index_copy(0, i.int(), y)", "index_copy_(): Expected a long tensor for index, but got Int"),
    ("y.index_copy(0, z, y)", "index_copy_(): Index should have dimension 1 or 0 (got 2)"),
    ("y.index_copy(0, i, y.float())", "index_copy_(): self and source expected to have the same dtype"),
    ("y.index_copy(0, t.tensor(0), v[:3])", "index_copy_(): When source and destination are not scalars, their dimensionality must match."),
    ("y.index_fill(0, i, v)", "index_fill_ only supports a 0-dimensional value tensor, but got tensor with 1 dimension(s)."),
    ("y.index_fill(0, i + 5, 5)", "index 5 is out of bounds for dimension 0 with size 2"),
    ("y.index_fill(0, z, 5)", "Index has to be a vector/scalar"),
    ("y.index_fill(0, i.int(), 5)", "index_fill_(): Expected dtype int64 for index."),
    ("y.index_fill(1, i, 1j)", "index_fill_(): Converting complex Scalar to non-complex type is not supported"),
    ("y.index_put((i, i), v[:3])", "shape mismatch: value tensor of shape [3] cannot be broadcast to indexing result of shape [2]"),
    ("t.index_put(y, i, s)", "index_put(): argument 'indices' (position 2) must be tuple of Tensors, not Tensor"),
    ("t.index_put(y, (i,), 1.0)", "index_put(): argument 'values' (position 3) must be Tensor, not float"),
    ("y.index_put((None, i), s)", "expected Tensor as element 0 in argument 0, but got NoneType"),
    ("y.index_put((i,), s.float())", "Index put requires the source and destination dtypes match, got Double for the destination and Float for the source."),
    ("y.index_put((i + 5,), s)", "index 5 is out of bounds for dimension 0 with size 2"),
    ("y.masked_fill(m, v)", "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with 1 dimension(s)."),
    ("y.masked_fill(t.ones(4, dtype=t.bool), 5)", "The size of tensor a (4) must match the size of tensor b (3) at non-singleton dimension 1"),
    ("y.float().masked_fill(m, 1j)", "value cannot be converted to type float without overflow"),
    ("y.float().masked_fill(y.float(), 5)", "masked_fill_ only supports boolean masks, but got mask with dtype float"),
    ("y.masked_fill(m.byte(), 5)", "masked_fill_ only supports boolean masks, but got mask with dtype unsigned char"),
    ("y.masked_fill_(t.ones(4, 2, 3, dtype=t.bool), 5)", "output with shape [2, 3] doesn't match the broadcast shape [4, 2, 3]"),
    ("y.masked_scatter(y > -9, v)", "Number of elements of source < number of ones in mask"),
    ("y.masked_scatter(m, u)", "masked_scatter: expected self and source to have same dtypes but got"),
    ("y.put(t.tensor([0, 7]), v[:2])", "out of range: tried to access index 7 on a tensor of 6 elements."),
    ("y.put(t.tensor([0, 5]), v[:1])", "put_(): Expected source and index to have the same number of elements, but got source.numel() = 1, index.numel() = 2"),
    ("y.put(t.tensor([0]), s.float())", "put_(): self and source expected to have the same dtype, but got self.dtype = Double and source.dtype = Float"),
    ("x.slice_scatter(x[:1])", "expected src to have a size equal to the slice of self. src size = [1, 3, 4], slice size = [2, 3, 4]"),
    ("x.select_scatter(v, 0, 0)", "expected src to have a size equal to the slice of self. src size = [4], slice size = [3, 4]"),
    ("y.diagonal_scatter(v)", "expected src to have a size equal to the slice of self. src size = [4], slice size = [2]"),
    ("o.expand(2, 3, 4).scatter_(0, t.zeros(1, 1, 1, dtype=t.int64), 0)", "more than one element of the written-to tensor refers to a single memory location"),
    ("a = y * 1; a.requires_grad_(); a.masked_fill_(m, 0) -> a", "a leaf Variable that requires grad is being used in an in-place operation."),
    ("a = y * 1; a.requires_grad_(); a[0].index_fill_(0, i, 0) -> a", "a view of a leaf Variable that requires grad is being used in an in-place operation."),
)  # fmt: skip


@pytest.mark.parametrize(("row", "backend"), cases(COPIES + ZERO_DIMENSIONS + VALUES + INPLACE + ERRORS), ids=case_id)
def test_scatter(row, backend):
    check(row, backend)


@st.composite
def scattered(draw):
    """Draw a tensor, an axis, index positions and a source for the scatter family and gather."""
    ndim = draw(st.integers(1, 3))
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=ndim, max_size=ndim)))
    axis = draw(st.integers(-ndim, ndim - 1))
    lengths = [draw(st.integers(1, length)) for length in shape]
    lengths[axis] = draw(st.integers(1, 5))
    count = int(np.prod(lengths))
    places = draw(st.lists(st.integers(0, shape[axis] - 1), min_size=count, max_size=count))
    return shape, axis, np.asarray(places, dtype=np.int64).reshape(lengths)


EXAMPLES = {"numpy": 100, "jax": 25}
RUNS = {
    "gather": lambda t, x, i, _s, axis: x.gather(axis, i),
    "scatter_add": lambda t, x, i, s, axis: x.scatter_add(axis, i, s),
    "fill": lambda t, x, i, _s, axis: x.scatter(axis, i, 7.0),
    **{
        f"{reduce}, {include_self}": lambda t, x, i, s, axis, reduce=reduce, include_self=include_self: (
            x.scatter_reduce(axis, i, s, reduce, include_self=include_self)
        )
        for reduce in ("sum", "prod", "mean", "amax", "amin")
        for include_self in (True, False)
    },
}


@pytest.mark.parametrize("backend", BACKENDS)
def test_drawn(backend):
    """Gather and every kind of scatter give PyTorch's values and gradients, ties and zeros included."""

    @settings(max_examples=EXAMPLES[backend], deadline=None)
    @given(drawn=scattered(), name=st.sampled_from(sorted(RUNS)), whole=st.booleans())
    def run(drawn, name, whole):
        shape, axis, index = drawn
        x, source = floats(*shape), floats(*index.shape, seed=1)
        if whole:  # ties and zeros
            x, source = np.round(x), np.round(source)
            if name in ("amax, False", "amin, False"):
                x = x + 0.25  # PyTorch shares the cotangent with an element that takes no part
        check(Row(name, lambda t, x, i, s: RUNS[name](t, x, i, s, axis), (x, index, source)), backend)

    run()
