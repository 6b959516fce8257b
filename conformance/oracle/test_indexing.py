"""Reading and writing ``x[key]``, and reading by index tensors and masks, against PyTorch."""

from __future__ import annotations

import warnings

import hypothesis.strategies as st
import numpy as np
import pytest
from expressions import errors, programs, rows
from hypothesis import given, settings
from oracle import BACKENDS, Row, case_id, cases, check, floats

READS = rows("""
    x[0]
    x[-1]
    x[0, 1]
    x[0, 1, 2]
    x[0][1][2]
    x[(0, 1)]
    x[0:1]
    x[:]
    x[...]
    x[()]
    x[:, :]
    x[:, 0]
    x[0, :]
    x[..., 0]
    x[0, ..., 1]
    x[..., 1:3]
    x[None]
    x[:, None]
    x[..., None]
    x[None, None]
    x[0, None, 1:]
    x[1:, None, 0]
    x[0:1, 1:2]
    x[::2, ::2]
    x[:, 1::2]
    x[-9:9]
    x[5:9]
    x[1:0]
    x[0:1, ..., 0]
    x[(slice(0, 1),)]
    x[np.int64(1)]
    x[np.array(1)]
    x[t.tensor(1)]
    x[t.tensor(1, dtype=t.int32)]
    x[t.tensor(1, dtype=t.int16)]
    x[t.tensor(0), t.tensor(2)]
    x[t.tensor(1):]
    x[t.tensor([1]):]
    s[...]
    s[()]
    s[None]
    s[None, ...]
    y.t()[0]
    y.t()[1:, None]
    o.expand(2, 3, 4)[1]
    x[1:][0][..., ::2]
    x[[0, 1]]
    x[[1, 1, 0]]
    x[[-1]]
    x[[0.0, 1.0]]
    x[i]
    x[i.int()]
    x[i[None]]
    x[[0, 1], [0, 1]]
    x[[0, 1], 1]
    x[1, [0, 2]]
    x[:, [0, 1]]
    x[..., [0, 1]]
    x[[0, 1], :, [0, 1]]
    x[:, [0, 1], [0, 1]]
    x[:, [0, 1], 0]
    x[0, :, [0, 1]]
    x[0, [0, 1], 1:]
    x[[0, 1], None, 0]
    x[[0, 1], None]
    x[None, [0, 1]]
    x[i, i, i]
    x[i, ..., i]
    x[i, ..., 0]
    x[1, ..., i]
    x[i, 1:]
    x[i, None, i]
    x[t.tensor([[0], [1]]), i]
    x[((0, 1),)]
    x[((0, 1), (1, 1))]
    x[(0, 1),]
    x[range(2)]
    x[np.array([0, 1])]
    x[np.array([True, False])]
    x[[True, False]]
    x[t.tensor([True, False])]
    x[t.tensor([True, False]), 0]
    x[t.tensor([True, False]), i]
    x[t.tensor([True, False]), None]
    x[None, t.tensor([True, False])]
    x[:, t.tensor([True, False, True])]
    x[..., t.tensor([True, False, True, True])]
    x[x > 0]
    x[x[:, :, 0] > 0]
    x[m]
    x[m, 1]
    x[[True, False], [0, 1]]
    y[m]
    y[~m]
    y[m & (y > 0)]
    y.t()[m.t()]
    x[True]
    x[False]
    x[True, 0]
    x[0, True]
    x[None, True]
    x[t.tensor(True)]
    s[True]
    s[False]
    s[t.tensor(True)]
    x[[]]
    x[[], []]
    x[t.tensor([], dtype=t.int64)]
    x[t.zeros(2, 0, dtype=t.int64)]
    x[:, t.tensor([], dtype=t.int64)]
    y.t()[[0, 2]]
    y.t()[:, [0, 1, 0]]
    c[0]
    c[[0, 1], [1, 2]]
    c[m]
""")

VALUES = rows("""
    e[:, 0]
    e[:, [0, 2]]
    e[e > 0]
    e[..., None]
    u[1:3]
    u[[0, 2]]
    u[u > 0]
    m[0]
    m[m]
    x.index_select(0, i)
    x.index_select(2, t.tensor([3, 0, 0]))
    x.index_select(-1, t.tensor([1], dtype=t.int32))
    x.index_select(0, t.tensor(1))
    x.index_select(1, t.tensor([], dtype=t.int64))
    s.index_select(0, t.tensor([0]))
    s.index_select(0, t.tensor(0))
    t.index_select(y, 1, t.tensor([2, 0]))
    t.index_select(y, dim=1, index=t.tensor([2, 0]))
    y.masked_select(m)
    y.masked_select(t.tensor([True, False, True]))
    y.masked_select(t.tensor(True))
    s.masked_select(t.tensor([True, False, True]))
    s.masked_select(t.tensor(True))
    y.masked_select(t.zeros(2, 1, dtype=t.bool))
    v[:3].masked_select(m)
    t.masked_select(y, mask=m)
    y.gather(0, z)
    y.gather(1, z)
    y.gather(1, t.tensor([[2, 0, 0], [1, 1, 1]]))
    y.gather(-1, t.tensor([[2, 0, 0, 1]]))
    y.gather(0, z.int())
    y.gather(0, t.zeros(3, 1, dtype=t.int64))
    x.gather(2, t.zeros(1, 2, 5, dtype=t.int64))
    s.gather(0, t.tensor(0))
    s.gather(0, t.tensor([0, 0]))
    v.gather(0, t.tensor(2))
    y.gather(0, t.zeros(0, dtype=t.int64))
    y.gather(0, t.zeros(0, 0, dtype=t.int64))
    t.gather(y, dim=1, index=z)
    t.gather(y.t(), 0, z)
    y.take(t.tensor([0, 5, -1]))
    y.take(z)
    y.take(t.tensor(3))
    y.t().take(t.tensor([[0], [1]]))
    s.take(t.tensor([0, -1]))
    e.take(t.tensor([], dtype=t.int64))
    t.take(y, t.tensor([1, 1, 1]))
    t.take_along_dim(y, z, 1)
    t.take_along_dim(y, z - 1, 1)
    t.take_along_dim(y, t.tensor([[0]]), 1)
    t.take_along_dim(y, t.tensor([0, 5]))
    t.take_along_dim(y[:1], t.tensor([[0, 1], [2, 2]]), dim=1)
    y.take_along_dim(t.tensor([[1, 0, 1]]), 0)
    y.nonzero()
    y.nonzero(as_tuple=True)
    m.nonzero()
    m.nonzero(as_tuple=True)
    u.nonzero()
    s.nonzero()
    s.nonzero(as_tuple=True)
    t.tensor(0.0).nonzero()
    t.tensor(0.0).nonzero(as_tuple=True)
    e.nonzero()
    c.nonzero()
    t.nonzero(y, as_tuple=False)
    t.argwhere(y)
    s.argwhere()
    t.where(m)
    t.where(y)
    t.where(s)
    t.where(m, y, -y)
    t.where(m, y, 0)
    t.where(m, 1.5, y)
    t.where(m, y, y[:1])
    t.where(m, y, s)
    t.where(t.tensor(True), y, s)
    t.where(m[:, :1], v[:3], y)
    t.where(m, y, u[:3])
    t.where(m, u[:3], 1.5)
    t.where(m, u[:3], 1)
    t.where(m, y, t.tensor(1, dtype=t.float32))
    t.where(m, y, 1j)
    t.where(m, 1, 0)
    t.where(m, 1.0, 0)
    t.where(m, True, False)
    t.where(m, 1j, 0)
    t.where(condition=m, input=y, other=s)
    y.where(m, 0)
    y.where(m, -y)
    t.unravel_index(t.tensor(5), (2, 3))
    t.unravel_index(t.tensor([5, 2]), (2, 3))
    list(y)
    len(x), len(x[0]), [tuple(part.shape) for part in x]
""", looks=False)  # fmt: skip

WRITES = programs("""
    a = x * 1; a[0] = 1 -> a
    a = x * 1; a[0] = v -> a
    a = x * 1; a[0] = t.ones(1, 1, 3, 4, dtype=t.float64) -> a
    a = x * 1; a[0, 0, 0] = 5 -> a
    a = x * 1; a[0, 0, 0] = s -> a
    a = x * 1; a[0, 0, 0] = v[:1] -> a
    a = x * 1; a[0, 0, 0] = t.tensor([[5.0]]) -> a
    a = x * 1; a[:, 1] = v -> a
    a = x * 1; a[..., 0] = y -> a
    a = x * 1; a[:, :, 1:3] = s -> a
    a = x * 1; a[:, ::2] = x[:, 1:] -> a
    a = x * 1; a[:] = 1 -> a
    a = x * 1; a[:] = s -> a
    a = x * 1; a[...] = v -> a
    a = x * 1; a[()] = v -> a
    a = x * 1; a[:, :] = v -> a
    a = x * 1; a[None] = 1 -> a
    a = x * 1; a[None, 0] = v -> a
    a = x * 1; a[True] = 1 -> a
    a = x * 1; a[True] = v -> a
    a = x * 1; a[False] = 1 -> a
    a = x * 1; a[:, True] = 1 -> a
    a = x * 1; a[i] = 1 -> a
    a = x * 1; a[i] = v -> a
    a = x * 1; a[[1]] = x[:1] * 2 -> a
    a = x * 1; a[i, i] = v -> a
    a = x * 1; a[[0, 1], :, [1, 2]] = y -> a
    a = x * 1; a[:, [0, 2]] = v -> a
    a = x * 1; a[..., [0, 3]] = s -> a
    a = x * 1; a[0, [0, 2]] = v -> a
    a = x * 1; a[0:1, i] = 5 -> a
    a = x * 1; a[0:1, i] = v -> a
    a = x * 1; a[1, ..., i] = v[:2] -> a
    a = x * 1; a[None, 1, i] = v -> a
    a = x * 1; a[a > 0] = 0 -> a
    a = x * 1; a[a > 0] = s -> a
    a = x * 1; a[x[:, :, 0] > 0] = v -> a
    a = x * 1; a[m] = v -> a
    a = x * 1; a[m, 1] = s -> a
    a = x * 1; a[:, t.tensor([True, False, True])] = v -> a
    a = x * 1; a[t.tensor([True, False])] = v -> a
    a = y * 1; a[m] = y[m] * 3 -> a
    a = y * 1; a[m] = v[:1] -> a
    a = y * 1; a[[]] = 1 -> a
    a = y * 1; a[[]] = t.ones(0, 3, dtype=t.float64) -> a
    a = y * 1; a[t.tensor(0)] = 5 -> a
    a = y * 1; a[t.tensor(True)] = 5 -> a
    a = y * 1; a[np.int64(0)] = np.float64(3) -> a
    a = y * 1; a[0] = True -> a
    a = y * 1; a[0] = t.ones(3) -> a
    a = y * 1; a[0] = t.tensor([1, 2, 3]) -> a
    a = y * 1; a[0] = u[:3] -> a
    a = y * 1; a[m] = t.tensor(1) -> a
    a = s * 1; a[...] = 1 -> a
    a = s * 1; a[()] = v[0] -> a
    a = s * 1; a[True] = 5 -> a
    a = s * 1; a[None] = 5 -> a
    a = u.clone(); a[0] = 1.7 -> a
    a = u.clone(); a[0] = t.tensor(1.7) -> a
    a = u.clone(); a[a > 0] = 1.7 -> a
    a = u.clone(); a[a > 0] = t.tensor(1.5) -> a
    a = u.clone(); a[i] = -3 -> a
    a = u.clone(); a[0] = s -> a
    a = m.clone(); a[0] = 5 -> a
    a = m.clone(); a[0, i] = 0 -> a
    a = c * 1; a[0] = y[0] -> a
    a = c * 1; a[m] = 1j -> a
    a = c * 1; a[i, i] = c[0, :2] -> a
    a = x * 1; b = a[0]; b[1] = v; a[1, 0] = 2 -> a, b
    a = x * 1; b = a.transpose(0, 2); b[0] = 3; b[:, [0, 2]] = s -> a, b
    a = x * 1; b = a[:, 1:]; b[:, :, i] = y[:, :2, None]; a[a > 1] = 0 -> a, b
    a = t.zeros(2, 3, dtype=t.float64); a[0] = y[0] * 2; a[1, i] = y[1, :2] -> a
    a = t.zeros(3, dtype=t.float64); a[0] = s; a[1] = s * s; a[2] = a[0].clone() * a[1].clone() -> a
    a = x * 1; a[0] = a[1] -> a
    a = x * 1; a[[0]] = a[[1]] * 2 -> a
    a = y * 1; a[0], a[1] = a[1] * 1, a[0] * 1 -> a
    a = y * 1; a[[0, 1]] += 1 -> a
    a = y * 1; a[m] *= 2 -> a
    a = y * 1; a[:, 0] -= y[:, 1] -> a
    a = y * 1; a[0] = 1 -> a.grad_fn.name().split(':')[-1], a[0].grad_fn.name().split(':')[-1]
    a = y * 1; a[i] = 1 -> a.grad_fn.name().split(':')[-1]
    a = y * 1; a[0, i] = 1 -> a.grad_fn.name().split(':')[-1]
    a = y * 1; a[m] = 1 -> a.grad_fn.name().split(':')[-1]
    a = y * 1; a[m] = s -> a.grad_fn.name().split(':')[-1]
    a = t.zeros(3, dtype=t.float64); a[1:] = v[:2] -> a.grad_fn.name().split(':')[-1]
    a = t.zeros(3, dtype=t.float64); a[i] = v[:2] -> a.grad_fn.name().split(':')[-1]
    a = t.zeros(2, 3, dtype=t.float64); a[0, i] = v[:2] -> a.grad_fn.name().split(':')[-1]
""")

ERRORS = errors(
    ("x[5]", "index 5 is out of bounds for dimension 0 with size 2"),
    ("x[-3]", "index -3 is out of bounds for dimension 0 with size 2"),
    ("x[0, 5]", "index 5 is out of bounds for dimension 1 with size 3"),
    ("x[..., 4]", "index 4 is out of bounds for dimension"),
    ("x[0, 0, 0, 0]", "too many indices for tensor of dimension 3"),
    ("x[:, :, :, :]", "too many indices for tensor of dimension 3"),
    (
        "s[0]",
        "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor to a number",
    ),
    ("s[0:1]", "slice() cannot be applied to a 0-dim tensor."),
    ("s[i]", "too many indices for tensor of dimension 0"),
    ("s[..., 0]", "too many indices for tensor of dimension 0"),
    ("x[::-1]", "step must be greater than zero"),
    ("x[:, ::-2]", "step must be greater than zero"),
    ("x[::0]", "slice step cannot be zero"),
    (
        "x[1.0]",
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got float)",
    ),
    (
        "x[{}]",
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got dict)",
    ),
    ("x['a']", "new(): invalid data type 'str'"),
    ("x[0.5:1]", "slice indices must be integers or None or have an __index__ method"),
    ("x[i:]", "only integer tensors of a single element can be converted to an index"),
    ("x[i.short()]", "tensors used as indices must be long, int, byte or bool tensors"),
    ("x[i.char()]", "tensors used as indices must be long, int, byte or bool tensors"),
    ("x[i.float()]", "tensors used as indices must be long, int, byte or bool tensors"),
    ("x[t.tensor([])]", "tensors used as indices must be long, int, byte or bool tensors"),
    ("x[t.tensor([5])]", "index 5 is out of bounds for dimension 0 with size 2"),
    ("x[t.tensor([-3])]", "index -3 is out of bounds for dimension 0 with size 2"),
    ("x[[5]]", "index 5 is out of bounds for dimension 0 with size 2"),
    ("x[:, [0, 3]]", "index 3 is out of bounds for dimension"),
    ("e[[0]]", "index is out of bounds for dimension"),
    ("e[0]", "index 0 is out of bounds for dimension 0 with size 0"),
    (
        "x[t.tensor([0, 1]), t.tensor([0, 1, 2])]",
        "shape mismatch: indexing tensors could not be broadcast together with shapes [2], [3]",
    ),
    (
        "x[t.tensor([True, False, True])]",
        "The shape of the mask [3] at index 0 does not match the shape of the indexed tensor [2, 3, 4] at index 0",
    ),
    (
        "x[:, m]",
        "The shape of the mask [2, 3] at index 0 does not match the shape of the indexed tensor [2, 3, 4] at index 1",
    ),
    ("v[m]", "too many indices for tensor of dimension 1"),
    ("x.__setitem__(5, 1)", "index 5 is out of bounds for dimension 0 with size 2"),
    ("x.__setitem__(slice(None, None, -1), 1)", "step must be greater than zero"),
    (
        "x.__setitem__(0, t.ones(5))",
        "The expanded size of the tensor (4) must match the existing size (5) at non-singleton dimension 1.  Target sizes: [3, 4].  Tensor sizes: [5]",
    ),
    (
        "x.__setitem__(0, t.ones(2, 3, 4))",
        "the number of sizes provided (2) must be greater or equal to the number of dimensions in the tensor (3)",
    ),
    (
        "x.__setitem__((0, 0, 0), v[:2])",
        "the number of sizes provided (0) must be greater or equal to the number of dimensions in the tensor (1)",
    ),
    ("x.__setitem__(0, [1, 2, 3, 4])", "can't assign a list to a torch."),
    ("x.__setitem__(0, 'a')", "can't assign a str to a torch."),
    ("x.__setitem__(0, None)", "can't assign a NoneType to a torch."),
    ("x.float().__setitem__(0, 1j)", "value cannot be converted to type float without overflow"),
    (
        "x.__setitem__(i, t.ones(5, dtype=t.float64))",
        "shape mismatch: value tensor of shape [5] cannot be broadcast to indexing result of shape [2, 3, 4]",
    ),
    (
        "x.__setitem__((0, i), v[:3])",
        "shape mismatch: value tensor of shape [3] cannot be broadcast to indexing result of shape [2, 4]",
    ),
    (
        "y.__setitem__(y > -9, v[:2])",
        "shape mismatch: value tensor of shape [2] cannot be broadcast to indexing result of shape [6]",
    ),
    (
        "x.__setitem__(i, t.ones(4))",
        "Index put requires the source and destination dtypes match, got Double for the destination and Float for the source.",
    ),
    (
        "u.__setitem__(i, t.tensor([1.5, 2.5]))",
        "Index put requires the source and destination dtypes match, got Long for the destination and Float for the source.",
    ),
    ("x.__setitem__(t.tensor([5]), 1)", "index 5 is out of bounds for dimension 0 with size 2"),
    ("x.__setitem__(i.short(), 1)", "tensors used as indices must be long, int, byte or bool tensors"),
    ("s.__setitem__(0, 1)", "invalid index of a 0-dim tensor."),
    (
        "o.expand(2, 3, 4).__setitem__(..., 1)",
        "more than one element of the written-to tensor refers to a single memory location",
    ),
    (
        "a = v * 1; a.requires_grad_(); a[0] = 1 -> a",
        "a view of a leaf Variable that requires grad is being used in an in-place operation.",
    ),
    (
        "a = v * 1; a.requires_grad_(); a[i] = 1 -> a",
        "a leaf Variable that requires grad is being used in an in-place operation.",
    ),
    (
        "a = v * 1; a.requires_grad_(); a[:] = 1 -> a",
        "a leaf Variable that requires grad is being used in an in-place operation.",
    ),
    (
        "a = v * 1; a.requires_grad_(); a[...] = 1 -> a",
        "a leaf Variable that requires grad is being used in an in-place operation.",
    ),
    (
        "a = v * 1; a.requires_grad_(); a[None] = 1 -> a",
        "a view of a leaf Variable that requires grad is being used in an in-place operation.",
    ),
    (
        "a = v * 1; a.requires_grad_(); a[a > 0] = 1 -> a",
        "a leaf Variable that requires grad is being used in an in-place operation.",
    ),
    ("x.index_select(0, t.tensor([5]))", "index out of range in self"),
    ("x.index_select(0, t.tensor([-1]))", "index out of range in self"),
    ("x.index_select(0, z)", "index_select(): Index is supposed to be a vector"),
    ("x.index_select(5, i)", "Dimension out of range (expected to be in range of [-3, 2], but got 5)"),
    ("x.index_select(0, i.float())", "index_select(): Expected dtype int32 or int64 for index"),
    ("t.take(y, [0])", "take(): argument 'index' (position 2) must be Tensor, not list"),
    ("s.index_select(0, t.tensor([0, 0]))", "index_select(): Index to scalar can have only 1 value, got 2 value(s)"),
    (
        "y.masked_select(t.ones(4, dtype=t.bool))",
        "The size of tensor a (4) must match the size of tensor b (3) at non-singleton dimension 1",
    ),
    ("y.masked_select(y)", "masked_select: expected BoolTensor for mask"),
    ("y.gather(1, z - 1)", "index -1 is out of bounds for dimension 1 with size 3"),
    ("y.gather(1, z + 5)", "index 5 is out of bounds for dimension 1 with size 3"),
    (
        "y.gather(0, t.zeros(3, 4, dtype=t.int64))",
        "Size does not match at dimension 1 expected index [3, 4] to be no larger than self [2, 3] apart from dimension 0",
    ),
    ("y.gather(0, i)", "Index tensor must have the same number of dimensions as input tensor"),
    ("y.gather(5, z)", "Dimension out of range (expected to be in range of [-2, 1], but got 5)"),
    ("y.gather(0, z.float())", "gather(): Expected dtype int32/int64 for index"),
    ("y.take(t.tensor([6]))", "out of range: tried to access index 6 on a tensor of 6 elements."),
    ("y.take(t.tensor([-7]))", "out of range: tried to access index -7 on a tensor of 6 elements."),
    ("y.take(z.int())", "take(): Expected a long tensor for index, but got Int"),
    ("e.take(t.tensor([0]))", "take(): tried to take from an empty tensor"),
    (
        "t.take_along_dim(y, i, 1)",
        "torch.take_along_dim(): input and indices should have the same number of dimensions",
    ),
    ("t.take_along_dim(y, z.int(), 1)", "torch.take_along_dim(): dtype of indices should be Long but got Int"),
    (
        "t.take_along_dim(y, t.zeros(3, 3, dtype=t.int64), 1)",
        "The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 0",
    ),
    ("t.where(y, y, y)", "where expected condition to be a boolean tensor, but got a tensor with dtype Double"),
    (
        "t.where(m, y, v[:2])",
        "The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1",
    ),
    ("t.where(m, y)", "where() received an invalid combination of arguments"),
    ("t.where(True, y, y)", "where() received an invalid combination of arguments"),
    ("t.unravel_index(v, (2, 2))", "expected 'indices' to be integer dtype, but got"),
)


@pytest.mark.parametrize(("row", "backend"), cases(READS + VALUES + WRITES + ERRORS), ids=case_id)
def test_indexing(row, backend):
    check(row, backend)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("key", "words"),
    [
        (lambda t: t.tensor([1, 0], dtype=t.uint8), "indexing with dtype .*uint8 is now deprecated"),
        (lambda t: [[0, 1], [1, 0]], "Using a non-tuple sequence for multidimensional indexing is deprecated"),
        (lambda t: [slice(0, 1), 1], "Using a non-tuple sequence for multidimensional indexing is deprecated"),
        (lambda t: [None, 1], "Using a non-tuple sequence for multidimensional indexing is deprecated"),
        (lambda t: [t.tensor([0, 1]), 1], "Using a non-tuple sequence for multidimensional indexing is deprecated"),
    ],
)
def test_deprecated_keys(key, words, backend):
    import torch

    import agrad

    start = floats(2, 3, 4)
    with agrad.use_backend(backend), pytest.warns(UserWarning, match=words):
        ours = agrad.tensor(start)[key(agrad)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = torch.tensor(start)[key(torch)]
    assert ours.tolist() == theirs.tolist()


# ---------------------------------------------------------------- keys, drawn

LENGTHS = st.integers(0, 4)


def _index(draw, length, size):
    """Draw positions on an axis: in bounds, if it has any."""
    low, high = (-size, size - 1) if size else (0, 0)
    return np.asarray(draw(st.lists(st.integers(low, high), min_size=length, max_size=length)), dtype=np.int64)


@st.composite
def keyed(draw):
    """Draw a shape and a key that is mostly possible for it."""
    shape = tuple(draw(st.lists(LENGTHS, max_size=4)))
    key = []
    axis = 0
    count = draw(st.integers(1, 3))
    dots = False
    while axis < len(shape) and draw(st.booleans()):
        kind = draw(st.sampled_from(("int", "slice", "array", "array", "list", "mask", "none", "dots", "bool")))
        size = shape[axis]
        if kind == "int":
            key.append(draw(st.integers(-size - 1 if draw(st.integers(0, 9)) == 0 else -size, max(size - 1, 0))))
        elif kind == "slice":
            part = draw(st.slices(size))
            key.append(slice(part.start, part.stop, min(abs(part.step), 9) if part.step else None))
        elif kind == "array":
            array = _index(draw, count, size)
            key.append(array.reshape(draw(st.sampled_from(((-1,), (1, -1), (-1, 1))))))
        elif kind == "list":
            key.append(_index(draw, count, size).tolist())
        elif kind == "mask":
            depth = min(draw(st.integers(1, 2)), len(shape) - axis)
            total = int(np.prod(shape[axis : axis + depth]))
            key.append(
                np.asarray(draw(st.lists(st.booleans(), min_size=total, max_size=total)), dtype=bool).reshape(
                    shape[axis : axis + depth]
                )
            )
            axis += depth - 1
        elif kind == "none":
            key.append(None)
            continue
        elif kind == "bool":
            key.append(draw(st.booleans()))
            continue
        elif not dots:
            key.append(Ellipsis)
            dots = True
            axis += draw(st.integers(0, len(shape) - axis))
            continue
        else:
            continue
        axis += 1
    return shape, tuple(key)


def _key(t, key):
    return tuple(t.tensor(item) if isinstance(item, np.ndarray) else item for item in key)


def _outcome(run):
    try:
        return run(), None
    except Exception as error:
        return None, error


EXAMPLES = {"numpy": 200, "jax": 50}


@pytest.mark.parametrize("backend", BACKENDS)
def test_drawn_keys(backend):
    """Any key reads and writes what it does in PyTorch, with the same gradients, or is refused with the same class."""

    @settings(max_examples=EXAMPLES[backend], deadline=None)
    @given(drawn=keyed(), writes=st.booleans(), value=st.sampled_from(("number", "zero-d", "same", "row")))
    def run(drawn, writes, value):
        _compare(backend, drawn, writes, value)

    run()


def _compare(backend, drawn, writes, value):
    import torch

    import agrad

    shape, key = drawn
    start = floats(*shape)
    place, _ = _outcome(lambda: torch.tensor(start)[_key(torch, key)])
    sizes = () if place is None or value == "zero-d" else place.shape if value == "same" else place.shape[-1:]
    weight = floats(*sizes)

    def run(t, x, w):
        if not writes:
            return x[_key(t, key)]
        a = x * 1
        a[_key(t, key)] = 2.5 if value == "number" else w
        return a

    _, error = _outcome(lambda: run(torch, torch.tensor(start), torch.tensor(weight)))
    if error is not None:
        with agrad.use_backend(backend), pytest.raises(type(error)):
            run(agrad, agrad.tensor(start), agrad.tensor(weight))
    elif (
        place is not None
        and not place.numel()
        and _out_of_bounds(lambda: run(agrad, agrad.tensor(start), agrad.tensor(weight)))
    ):
        pass  # PyTorch looks at no position where there is nothing to read; agrad looks at all
    elif not (writes and value in ("same", "row") and _repeats(shape, key)):
        check(Row(str(key), run, (start, weight)), backend)


def _out_of_bounds(run):
    return "is out of bounds for dimension" in str(_outcome(run)[1])


def _repeats(shape, key):
    """Whether a key names an element twice: which value it then gets is not said."""
    flat = np.arange(int(np.prod(shape))).reshape(shape)
    import torch

    found = torch.tensor(flat)[_key(torch, key)].flatten().tolist()
    return len(set(found)) != len(found)
