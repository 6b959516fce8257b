"""Shapes, axes, parts, triangles, against PyTorch: values, gradients, strides, node names, errors."""

from __future__ import annotations

import warnings

import hypothesis.strategies as st
import numpy as np
import pytest
from expressions import appearance, errors, expression, inputs_of, rows
from hypothesis import given, settings
from oracle import BACKENDS, Row, case_id, cases, check, floats

VIEWS = rows("""
    x.view(6, 4)
    x.view(2, -1)
    x.view(-1)
    x.view([6, 4])
    x.view((4, 3, 2))
    x.view(size=(6, 4))
    x.view(1, 2, 3, 1, 4)
    x[:, 1:].view(2, 2, 2, 2)
    x[:, ::2].view(2, -1, 2, 2)
    s.view(1, 1)
    s.view(())
    x.view_as(t.ones(4, 6))
    x.reshape(6, 4)
    x.reshape(-1, 6)
    x.reshape(shape=(6, 4))
    x.transpose(0, 2).reshape(6, 4)
    x.transpose(0, 2).reshape(4, 6)
    x.permute(1, 0, 2).reshape(-1)
    y.t().reshape(2, 3)
    o.expand(2, 3, 4).reshape(2, 3, 2, 2)
    o.expand(2, 3, 4).reshape(6, 4)
    t.reshape(x, (6, 4))
    t.reshape(s, (-1,))
    x.reshape_as(t.ones(4, 6))
    x.flatten()
    x.flatten(1)
    x.flatten(0, 1)
    x.flatten(-2, -1)
    x.flatten(1, 1)
    x.transpose(0, 2).flatten()
    x.transpose(0, 1).flatten(1)
    v.flatten()
    s.flatten()
    t.flatten(x, start_dim=1)
    x.unflatten(2, (2, 2))
    x.unflatten(-1, [2, -1])
    x.unflatten(dim=1, sizes=(3, 1))
    t.unflatten(x, 0, (1, 2))
    x.transpose(0, 2).unflatten(0, (2, 2))
    x.ravel()
    v.ravel()
    s.ravel()
    o.squeeze()
    o.squeeze(0)
    o.squeeze(1)
    o.squeeze(-1)
    o.squeeze((0, 2))
    o.squeeze((0, 1))
    o.squeeze(dim=[0])
    t.squeeze(o, dim=0)
    t.squeeze(o, axis=0)
    x.squeeze()
    s.squeeze()
    s.squeeze(0)
    s.squeeze((0,))
    x.unsqueeze(0)
    x.unsqueeze(-1)
    x.unsqueeze(3)
    x.unsqueeze(-4)
    s.unsqueeze(0)
    y.t().unsqueeze(1)
    t.unsqueeze(v, dim=1)
    t.unsqueeze(v, axis=1)
    o.expand(2, 3, 4)
    o.expand(-1, 3, 4)
    o.expand(5, 2, 3, 4)
    o.expand((2, 3, 4))
    o.expand(size=(2, 3, 4))
    o.expand(0, 3, 4)
    x.expand(2, 3, 4)
    v.expand(3, 1, -1)
    s.expand(2, 2)
    s.expand(())
    y.t().expand(2, 3, 2)
    o.expand_as(x)
    t.broadcast_to(o, (2, 3, 4))
    t.broadcast_to(s, (2, 0))
    o.broadcast_to((2, 3, 4))
    t.broadcast_tensors(o, x)
    t.broadcast_tensors(v, y[:, :1])
    t.broadcast_tensors(s, y, v[:3])
    t.broadcast_tensors()
    t.atleast_1d(s)
    t.atleast_1d(v)
    t.atleast_1d(s, v)
    t.atleast_1d([s, y])
    t.atleast_2d(s)
    t.atleast_2d(v)
    t.atleast_2d(y)
    t.atleast_3d(s)
    t.atleast_3d(v)
    t.atleast_3d(y)
    t.atleast_3d(x)
    t.atleast_3d(s, v, y)
    y.t()
    v.t()
    s.t()
    t.t(y)
    y.T
    y.t().T
    x.mT
    y.mT
    y.H
    y.mH
    x.mH
    x.transpose(0, 1)
    x.transpose(-1, 0)
    x.transpose(1, 1)
    s.transpose(0, -1)
    t.transpose(x, dim0=0, dim1=2)
    x.swapaxes(0, 1)
    x.swapdims(0, 2)
    t.swapaxes(x, axis0=0, axis1=1)
    t.swapdims(x, 1, 2)
    t.adjoint(y)
    x.permute(2, 0, 1)
    x.permute(-1, 0, 1)
    x.permute([2, 1, 0])
    x.permute(dims=(0, 2, 1))
    s.permute(())
    t.permute(x, (1, 0, 2))
    x.movedim(0, 2)
    x.movedim((0, 1), (2, 0))
    x.movedim(-1, 0)
    t.movedim(x, source=0, destination=1)
    t.moveaxis(x, 2, 0)
    x.moveaxis((0, 2), (2, 0))
    x.chunk(2, 1)
    x.chunk(5)
    x.chunk(3, -1)
    t.chunk(x, chunks=2, dim=2)
    x.split(2, 1)
    x.split(3, 2)
    x.split(7)
    x.split([1, 2], 1)
    x.split((2, 0, 2), -1)
    x.split(split_size=1)
    t.split(x, 1)
    t.split(x, [1, 1], dim=0)
    y.t().split(2)
    x.split_with_sizes([1, 2], 1)
    t.split_with_sizes(x, [2, 2], 2)
    x.tensor_split(2, 1)
    x.tensor_split(3, 2)
    x.tensor_split(5)
    x.tensor_split((1,), 1)
    x.tensor_split((1, 5))
    x.tensor_split((-1,), 2)
    x.tensor_split((3, 1), 2)
    x.tensor_split(t.tensor([1]), 0)
    x.tensor_split(t.tensor(2), 1)
    t.tensor_split(x, sections=2)
    t.tensor_split(x, indices=(1,))
    v.hsplit(2)
    v.hsplit((1,))
    x.hsplit(3)
    y.vsplit(2)
    x.vsplit([1])
    x.dsplit(2)
    t.hsplit(x, [1])
    t.vsplit(y, 1)
    t.dsplit(x, [1, 3])
    x.unbind()
    x.unbind(1)
    x.unbind(-1)
    t.unbind(y, dim=1)
    x.narrow(0, 0, 1)
    x.narrow(1, 1, 2)
    x.narrow(-1, -2, 2)
    x.narrow(0, 2, 0)
    x.narrow(2, t.tensor(1), 2)
    t.narrow(x, 1, 0, 3)
    x.select(0, 1)
    x.select(-1, -1)
    t.select(y, 1, 2)
    x.select(dim=1, index=0)
    y.diagonal()
    y.diagonal(1)
    y.diagonal(-1)
    y.diagonal(5)
    x.diagonal()
    x.diagonal(0, 1, 2)
    x.diagonal(0, 2, 0)
    x.diagonal(dim1=-1, dim2=0)
    t.diagonal(x, offset=1, dim1=1, dim2=2)
    y.t().diagonal()
    x.unfold(2, 2, 1)
    x.unfold(2, 2, 2)
    x.unfold(1, 3, 1)
    x.unfold(-1, 0, 1)
    x.transpose(0, 2).unfold(0, 3, 1)
    s.unfold(0, 1, 1)
    v.unfold(0, 3, 1)
    x.as_strided((2, 2), (1, 2))
    x.as_strided((2, 3), (4, 4), 2)
    x.as_strided((), (), 5)
    x[1].as_strided((2, 2), (1, 2))
    x.transpose(0, 2).as_strided((3,), (5,))
    t.as_strided(y, (2, 2), (1, 1), 1)
    y.as_strided(size=(2,), stride=(0,), storage_offset=3)
""")

COPIES = rows("""
    e.view(3, 0)
    e.view(0, 7)
    e.reshape(0)
    e.flatten()
    t.ravel(e)
    e.squeeze()
    s.movedim(0, 0)
    e.chunk(3)
    e.split(2)
    e.split(0)
    e.unbind(1)
    e.unbind()
    x.repeat(1, 2, 1)
    x.repeat(2, 1, 1, 1)
    x.repeat((1, 1, 2))
    x.repeat(1, 0, 1)
    v.repeat(2, 3)
    s.repeat(2, 2)
    s.repeat(())
    y.t().repeat(2, 1)
    y.tile(2, 2)
    y.tile((2,))
    t.tile(y, (2, 2, 2))
    t.tile(y, dims=(1, 2))
    t.tile(s, (3,))
    x.repeat_interleave(2)
    x.repeat_interleave(2, dim=1)
    x.repeat_interleave(0, dim=1)
    x.repeat_interleave(t.tensor([1, 2]), dim=0)
    x.repeat_interleave(t.tensor([0, 3, 1]), dim=1)
    x.repeat_interleave(t.tensor(2), dim=0)
    x.repeat_interleave(t.tensor([2]), dim=-1)
    y.repeat_interleave(t.tensor([1, 0, 2, 1, 0, 3]))
    v.repeat_interleave(t.tensor([2, 0, 1, 3]), output_size=6)
    t.repeat_interleave(y, 2, 0)
    t.repeat_interleave(y, repeats=3, dim=1)
    s.repeat_interleave(3)
    x.narrow_copy(1, 1, 2)
    t.narrow_copy(x, 0, 0, 1)
    x.flip(0)
    x.flip(0, 2)
    x.flip((0, 1))
    x.flip([])
    x.flip(-1)
    s.flip(0)
    e.flip(1)
    x.flip(dims=(0,))
    t.flip(x, (1,))
    y.fliplr()
    y.flipud()
    v.flipud()
    t.fliplr(x)
    t.flipud(y)
    x.roll(1, 0)
    x.roll(1)
    x.roll(-2, 2)
    x.roll((1, 2), (0, 1))
    x.roll((1, 2), (0, 0))
    x.roll(7, 1)
    s.roll(1)
    e.roll(1)
    t.roll(x, shifts=1, dims=0)
    t.roll(y, (1, -1), dims=(0, 1))
    v.diag()
    v.diag(1)
    v.diag(-2)
    y.diag()
    y.diag(1)
    y.diag(-1)
    t.diag(y, diagonal=1)
    v.diag_embed()
    v.diag_embed(1)
    v.diag_embed(-1, 1, 0)
    y.diag_embed()
    t.diag_embed(y, offset=1)
    v.diagflat()
    y.diagflat(1)
    s.diagflat()
    t.diagflat(y, -1)
    y.triu()
    y.triu(1)
    y.triu(-1)
    x.triu()
    y.triu(9)
    t.triu(y, diagonal=1)
    y.tril()
    y.tril(1)
    x.tril(-1)
    t.tril(x, 1)
    e.triu()
""", looks=False) + rows("""
    x.rot90()
    x.rot90(2)
    x.rot90(3)
    x.rot90(-1)
    x.rot90(4, (1, 2))
    x.rot90(1, (2, 0))
    x.rot90(1, [-1, 0])
    t.rot90(y, k=1, dims=[0, 1])
    c.H
    c.mH
    t.adjoint(c)
    y.diag_embed(1, 0, -1)
    y.diag_embed(1, 2, 0)
    y.diag_embed(dim1=0, dim2=2)
""", looks=False)  # fmt: skip

CONSTANTS = rows("""
    t.broadcast_shapes((2,), (3, 1))
    t.broadcast_shapes(2, (3, 1))
    t.broadcast_shapes((1, 3), (2, 1), (4, 1, 1))
    t.broadcast_shapes()
    t.broadcast_shapes(())
    t.broadcast_shapes((0, 1), (1, 3))
    t.repeat_interleave(t.tensor([1, 2, 0]))
    t.repeat_interleave(t.tensor([1, 2, 0]), output_size=3)
    t.triu_indices(3, 3)
    t.triu_indices(2, 4, 1)
    t.triu_indices(4, 2, -1)
    t.triu_indices(row=3, col=3, offset=-5)
    t.triu_indices(3, 3, dtype=t.int32)
    t.tril_indices(3, 3)
    t.tril_indices(3, 2, -1)
    t.tril_indices(2, 3, 1)
    t.tril_indices(0, 2)
    x[1].as_strided((2, 2), (1, 2), 3)
    t.vander(v)
    t.vander(v, 3)
    t.vander(v, 3, increasing=True)
    t.vander(v, 0)
    t.vander(v, 1)
    t.vander(i)
    t.vander(u, 3)
    u.view(2, 2).t()
    u.flip(0)
    u.triu() if u.ndim > 1 else u.view(2, 2).triu()
    m.t()
    m.flip(0)
    m.view(3, 2).tril()
    c.view(3, 2)
    c.permute(1, 0)
    t.arange(11).chunk(6)
    x.is_contiguous(), x.t().is_contiguous() if x.ndim < 3 else x.mT.is_contiguous()
    x.flatten(1, 1) is x, v.flatten() is v, t.atleast_1d(v) is v, y.contiguous() is y
    x.view(2, 3, 4) is x, x.expand(2, 3, 4) is x, x.squeeze() is x
""", looks=False, grad=False)  # fmt: skip

OUT = [
    Row(
        f"{name} with out=",
        lambda t, x, name=name, extra=extra: (lambda place: (getattr(t, name)(x, *extra, out=place) is place, place))(
            t.zeros(0, dtype=t.float64)
        ),
        (floats(3, 3),),
        grad=False,
    )
    for name, extra in (("triu", ()), ("tril", (1,)), ("diag", ()))
]

ERRORS = errors(
    ("x.view(5, 5)", "shape '[5, 5]' is invalid for input of size 24"),
    ("x.view(-1, -1)", "only one dimension can be inferred"),
    ("x.view(-1, 7)", "shape '[-1, 7]' is invalid for input of size 24"),
    (
        "x.transpose(0, 1).view(6, 4)",
        "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous "
        "subspaces). Use .reshape(...) instead.",
    ),
    ("y.t().view(-1)", "view size is not compatible with input tensor's size and stride"),
    ("o.expand(2, 3, 4).view(-1)", "view size is not compatible with input tensor's size and stride"),
    ("x[:, ::2].view(-1)", "view size is not compatible with input tensor's size and stride"),
    ("x.view(2, -2)", "invalid shape dimension -2"),
    ("e.view(-1, 0)", "because the unspecified dimension size -1 can be any value and is ambiguous"),
    ("x.view()", "view() received an invalid combination of arguments"),
    ("x.view('a')", "view() received an invalid combination of arguments"),
    ("x.view(2.0, 3)", "view() received an invalid combination of arguments"),
    ("t.reshape(x, (5, 5))", "shape '[5, 5]' is invalid for input of size 24"),
    ("t.reshape(x, 6)", "reshape(): argument 'shape' (position 2) must be tuple of ints, not int"),
    ("t.reshape([1.0], (1,))", "reshape(): argument 'input' (position 1) must be Tensor, not list"),
    ("x.reshape()", 'reshape() missing 1 required positional arguments: "shape"'),
    ("x.view_as(y)", "shape '[2, 3]' is invalid for input of size 24"),
    ("x.flatten(2, 1)", "flatten() has invalid args: start_dim cannot come after end_dim"),
    ("x.flatten(0, 5)", "Dimension out of range (expected to be in range of [-3, 2], but got 5)"),
    (
        "x.unflatten(1, (2, 2))",
        "unflatten: Provided sizes [2, 2] don't multiply up to the size of dim 1 (3) in the input tensor",
    ),
    ("x.unflatten(1, ())", "unflatten: sizes must be non-empty"),
    ("x.unflatten(5, (2, 2))", "Dimension out of range (expected to be in range of [-3, 2], but got 5)"),
    ("x.squeeze(5)", "Dimension out of range (expected to be in range of [-3, 2], but got 5)"),
    ("x.squeeze((0, 0))", "dim 0 appears multiple times in the list of dims"),
    ("s.squeeze(1)", "Dimension out of range (expected to be in range of [-1, 0], but got 1)"),
    ("x.unsqueeze(4)", "Dimension out of range (expected to be in range of [-4, 3], but got 4)"),
    ("x.unsqueeze(-5)", "Dimension out of range (expected to be in range of [-4, 3], but got -5)"),
    ("x.t()", "t() expects a tensor with <= 2 dimensions, but self is 3D"),
    ("v.mT", "tensor.mT is only supported on matrices or batches of matrices. Got 1-D tensor."),
    ("x.H", "tensor.H is only supported on matrices (2-D tensors). Got 3-D tensor."),
    ("v.H", "tensor.H is only supported on matrices (2-D tensors). Got 1-D tensor."),
    ("x.transpose(0, 5)", "Dimension out of range (expected to be in range of [-3, 2], but got 5)"),
    ("s.transpose(0, 1)", "Dimension out of range (expected to be in range of [-1, 0], but got 1)"),
    (
        "x.permute(0, 1)",
        "number of dimensions in the tensor input does not match the length of the desired ordering of dimensions",
    ),
    ("x.permute(0, 1, 1)", "permute(): duplicate dims are not allowed."),
    ("x.permute(0, 1, 5)", "Dimension out of range (expected to be in range of [-3, 2], but got 5)"),
    ("s.permute()", 'permute() missing 1 required positional arguments: "dims"'),
    ("x.movedim(0, 3)", "Dimension out of range (expected to be in range of [-3, 2], but got 3)"),
    ("x.movedim((0, 1), (1,))", "movedim: Invalid source or destination dims"),
    ("x.movedim((0, 0), (1, 2))", "movedim: repeated dim in `source` ([0, 0])"),
    ("x.movedim((0, 1), (1, 1))", "movedim: repeated dim in `destination` ([1, 1])"),
    (
        "x.expand(2)",
        "the number of sizes provided (1) must be greater or equal to the number of dimensions in the tensor (3)",
    ),
    (
        "x.expand(5, 3, 4)",
        "The expanded size of the tensor (5) must match the existing size (2) at non-singleton dimension 0.  "
        "Target sizes: [5, 3, 4].  Tensor sizes: [2, 3, 4]",
    ),
    (
        "x.expand(-1, 2, 3, 4)",
        "The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension 0",
    ),
    ("x.repeat(2)", "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor"),
    ("x.repeat(-1, 1, 1)", "Trying to create tensor with negative dimension -2: [-2, 3, 4]"),
    ("x.repeat()", 'repeat() missing 1 required positional arguments: "repeats"'),
    ("x.repeat_interleave(-1)", "Repeats must be non-negative"),
    (
        "x.repeat_interleave(t.tensor([1, 2, 3]), dim=0)",
        "repeats must have the same size as input along dim, but got repeats.size(0) = 3 and input.size(0) = 2",
    ),
    ("x.repeat_interleave(t.tensor([1.0, 2]), dim=0)", "\"repeat_interleave_cpu\" not implemented for 'Float'"),
    ("x.repeat_interleave(t.tensor([-1, 2]), dim=0)", "repeats can not be negative"),
    ("x.repeat_interleave(t.tensor([[1, 2]]), dim=0)", "repeats must be 0-dim or 1-dim tensor"),
    ("x.repeat_interleave([1, 2], dim=0)", "repeat_interleave() received an invalid combination of arguments"),
    ("x.repeat_interleave(t.tensor([1, 2]), dim=0, output_size=4)", "allocated size does not match required size"),
    ("x.repeat_interleave(2, dim=0, output_size=3)", "repeat_interleave: Invalid output_size, expected 4 but got 3"),
    ("t.repeat_interleave(x, 2, 5)", "Dimension out of range (expected to be in range of [-3, 2], but got 5)"),
    ("t.tile(y, -1)", "tile(): argument 'dims' (position 2) must be tuple of ints, not int"),
    (
        "t.broadcast_to(y, (4, 2, 4))",
        "The expanded size of the tensor (4) must match the existing size (3) at non-singleton dimension 2.",
    ),
    (
        "t.broadcast_tensors(x, y)",
        "The size of tensor a (4) must match the size of tensor b (3) at non-singleton dimension 2",
    ),
    (
        "t.broadcast_shapes((2,), (3,))",
        "Attempting to broadcast a dimension of length 3 at -1! Mismatching argument at index 1 had (3,)",
    ),
    ("t.broadcast_shapes((2, -1), (3, 1))", "Attempting to broadcast a dimension with negative length!"),
    ("t.atleast_1d(3)", "atleast_1d()"),
    ("x.chunk(0)", "chunk expects `chunks` to be greater than 0, got: 0"),
    ("s.chunk(1)", "chunk expects at least a 1-dimensional tensor"),
    ("x.split(-1)", "split expects split_size be non-negative, but got split_size=-1"),
    ("x.split(0)", "split_size can only be 0 if dimension size is 0, but got dimension size of 2"),
    (
        "x.split([1, 2])",
        "split_with_sizes expects split_sizes to sum exactly to 2 (input tensor's size at dimension 0), but got split_sizes=[1, 2]",
    ),
    (
        "x.split([-1, 3])",
        "split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes=[-1, 3]",
    ),
    ("x.split(2, 5)", "Dimension out of range (expected to be in range of [-3, 2], but got 5)"),
    ("s.split(1)", "split expects at least a 1-dimensional tensor"),
    ("x.split(1.5)", "split_with_sizes(): argument 'split_sizes' (position 2) must be tuple of ints, not float"),
    ("x.tensor_split(0)", "number of sections must be larger than 0, got 0"),
    ("s.tensor_split(1)", "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims"),
    ("s.hsplit(1)", "torch.hsplit requires a tensor with at least 1 dimension, but got a tensor with 0 dimensions!"),
    (
        "v.hsplit(3)",
        "torch.hsplit attempted to split along dimension 0, but the size of the dimension 4 is not divisible by the split_size 3!",
    ),
    ("v.vsplit(2)", "torch.vsplit requires a tensor with at least 2 dimension, but got a tensor with 1 dimensions!"),
    ("y.dsplit(2)", "torch.dsplit requires a tensor with at least 3 dimension, but got a tensor with 2 dimensions!"),
    ("s.unbind()", "Dimension specified as 0 but tensor has no dimensions"),
    ("x.unbind(5)", "Dimension out of range (expected to be in range of [-3, 2], but got 5)"),
    ("x.narrow(0, 0, 3)", "start (0) + length (3) exceeds dimension size (2)."),
    ("x.narrow(0, 3, 0)", "start out of range (expected to be in range of [-2, 2], but got 3)"),
    ("x.narrow(0, 0, -1)", "narrow(): length must be non-negative."),
    ("s.narrow(0, 0, 1)", "narrow() cannot be applied to a 0-dim tensor."),
    ("x.select(0, 5)", "select(): index 5 out of range for tensor of size [2, 3, 4] at dimension 0"),
    ("x.select(5, 0)", "Dimension out of range (expected to be in range of [-3, 2], but got 5)"),
    ("s.select(0, 0)", "select() cannot be applied to a 0-dim tensor."),
    ("x.flip(5)", "Dimension out of range (expected to be in range of [-3, 2], but got 5)"),
    ("x.flip(0, 0)", "dim 0 appears multiple times in the list of dims"),
    ("x.flip()", 'flip() missing 1 required positional arguments: "dims"'),
    ("t.flip(x, 0)", "flip(): argument 'dims' (position 2) must be tuple of ints, not int"),
    ("v.fliplr()", "Input must be >= 2-d."),
    ("s.flipud()", "Input must be >= 1-d."),
    ("x.roll(1, 5)", "Dimension out of range (expected to be in range of [-3, 2], but got 5)"),
    ("x.roll((1, 2), (0,))", "shifts and dimensions must align. shifts: 2, dims:1"),
    ("x.roll(())", "`shifts` required"),
    ("s.roll(1, 0)", "Dimension specified as 0 but tensor has no dimensions"),
    ("v.rot90()", "expected total dims >= 2, but got total dims = 1"),
    ("x.rot90(1, (0, 0))", "expected rotation dims to be different, but got dim0 = 0 and dim1 = 0"),
    ("x.rot90(1, (0, 1, 2))", "expected total rotation dims == 2, but got dims = 3"),
    ("x.diag()", "diag(): Supports 1D or 2D tensors. Got 3D"),
    ("x.diagonal(0, 0, 0)", "diagonal dimensions cannot be identical 0, 0"),
    ("v.diagonal()", "Dimension out of range (expected to be in range of [-1, 0], but got 1)"),
    ("v.diag_embed(1, 0, 0)", "diagonal dimensions cannot be identical 0, 0"),
    ("v.triu()", "triu: input tensor must have at least 2 dimensions"),
    ("s.tril()", "tril: input tensor must have at least 2 dimensions"),
    ("t.triu_indices(-1, 2)", "row must be non-negative, got-1"),
    ("t.tril_indices(3, 3, dtype=t.float32)", "\"tril_indices\" not implemented for 'Float'"),
    ("x.unfold(0, 3, 1)", "maximum size for tensor at dimension 0 is 2 but size is 3"),
    ("x.unfold(0, -1, 1)", "size is -1 but must be >= 0"),
    ("x.unfold(0, 1, 0)", "step is 0 but must be > 0"),
    ("x.as_strided((5, 5), (5, 5))", "setStorage: sizes [5, 5], strides [5, 5], storage offset 0"),
    ("x.as_strided((2,), (1, 2))", "mismatch in length of strides and shape"),
    ("x.as_strided((2,), (-1,))", "as_strided: Negative strides are not supported at the moment, got strides: [-1]"),
    ("x.as_strided((2,), (1,), -1)", "Tensor: invalid storage offset -1"),
    ("t.vander(y)", "x must be a one-dimensional tensor."),
)


@pytest.mark.parametrize(("row", "backend"), cases(VIEWS + COPIES + CONSTANTS + OUT + ERRORS), ids=case_id)
def test_shape(row, backend):
    check(row, backend)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("x.T", "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated"),
        ("s.mT", "Tensor.mT is deprecated on 0-D tensors"),
        ("s.H", "Tensor.H is deprecated on 0-D tensors"),
    ],
)
def test_warnings(line, words, backend):
    import torch

    import agrad

    with agrad.use_backend(backend), warnings.catch_warnings():
        ours = [agrad.tensor(one) for one in inputs_of(line)]
        with pytest.warns(UserWarning, match=words.replace("(", r"\(")):
            (got, seen) = expression(line)(agrad, *ours)
        warnings.simplefilter("ignore")
        (wanted, there) = expression(line)(torch, *(torch.tensor(one) for one in inputs_of(line)))
    assert got.tolist() == wanted.tolist()
    assert seen == there


# ---------------------------------------------------------------- chains of views, drawn

SHAPES = st.lists(st.integers(0, 4), max_size=4).map(tuple)


@st.composite
def chains(draw):
    """Draw a shape and view operations that may be possible on it, as functions of a tensor, with their names."""
    shape = draw(SHAPES)
    steps = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(
            st.sampled_from(
                (
                    "permute",
                    "transpose",
                    "reshape",
                    "view",
                    "squeeze",
                    "unsqueeze",
                    "expand",
                    "narrow",
                    "diagonal",
                    "unfold",
                    "flatten",
                    "select",
                    "chunk",
                )
            )
        )
        numbers = tuple(draw(st.lists(st.integers(-5, 5), min_size=3, max_size=3)))
        steps.append((kind, numbers))
    return shape, steps


def take(x, step):
    """Take a step, whose numbers are made to fit the tensor as it is."""
    kind, (a, b, c) = step
    ndim = x.dim()
    if kind == "permute":
        order = sorted(range(ndim), key=lambda one: (one * (a + 6) + b) % (ndim + 1))
        return x.permute(order)
    if kind == "transpose":
        return x.transpose(a % ndim, b % ndim) if ndim else x.transpose(0, -1)
    if kind in ("reshape", "view"):
        count = x.numel()
        first = abs(a) + 1
        sizes = (first, count // first) if count % first == 0 else (-1,) if count else (0, first)
        return getattr(x, kind)(*sizes)
    if kind == "squeeze":
        return x.squeeze() if a < 0 else x.squeeze(a)
    if kind == "unsqueeze":
        return x.unsqueeze(a)
    if kind == "expand":
        return x.expand(*(abs(b) % 3 + 1,) * (a % 2), *(abs(c) % 3 if length == 1 else -1 for length in x.shape))
    if kind == "narrow":
        return x.narrow(a, b, abs(c) % 3)
    if kind == "diagonal":
        return x.diagonal(a, b % 3, c % 3)
    if kind == "unfold":
        return x.unfold(a, abs(b) % 4, abs(c) % 3)
    if kind == "flatten":
        return x.flatten(a, b)
    if kind == "select":
        return x.select(a, b)
    return x.chunk(abs(a) % 3 + 1, b)[0]


EXAMPLES = {"numpy": 150, "jax": 40}


@pytest.mark.parametrize("backend", BACKENDS)
def test_chains_of_views(backend):
    """Every step gives PyTorch's values, strides and node, or fails where PyTorch's fails and with an error of its class."""

    @settings(max_examples=EXAMPLES[backend], deadline=None)
    @given(chain=chains())
    def run(chain):
        _compare(backend, chain)

    run()


def _compare(backend, chain):
    import torch

    import agrad

    shape, steps = chain
    start = floats(*shape)
    with agrad.use_backend(backend):
        # torch.tensor() gives an empty array strides of its own
        theirs = first = (
            torch.zeros(shape, dtype=torch.float64) + torch.from_numpy(start)
            if start.size
            else torch.zeros(shape, dtype=torch.float64)
        )
        first.requires_grad_()
        ours = own = agrad.tensor(start, requires_grad=True)
        for step in steps:
            try:
                theirs = take(theirs, step)
            except (RuntimeError, IndexError, TypeError) as error:
                with pytest.raises(type(error)):
                    take(ours, step)
                continue
            ours = take(ours, step)
            assert appearance(agrad, ours) == appearance(torch, theirs), step
            np.testing.assert_array_equal(
                np.array(ours.tolist()).reshape(ours.shape), theirs.detach().numpy(), err_msg=str(step)
            )
        weight = floats(*theirs.shape, seed=3)
        theirs.backward(torch.tensor(weight))
        ours.backward(agrad.tensor(weight))
        np.testing.assert_allclose(
            np.array(own.grad.tolist()).reshape(shape), first.grad.numpy(), rtol=1e-12, atol=1e-12
        )
