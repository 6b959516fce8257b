"""What shares memory and what does not, and the graph that writing through views makes, against PyTorch.

The rows run on arrays that can be written in place and on those that cannot (JAX), where the memory is agrad's own doing.
"""

from __future__ import annotations

import pytest
from expressions import errors, expression, inputs_of, programs
from oracle import Row, case_id, cases, check
from test_shape import VIEWS

PLAIN = programs("""
    a = t.zeros(3, 4); b = a[1]; b += 1; c = a[:, 1]; c *= 5 -> a, b, c
    a = t.zeros(3, 4); b = a[0:2]; c = b[1]; d = c[1:3]; d[0] = 7 -> a, b, c, d
    a = t.zeros(3, 4); b = a[0, :]; b += 1 -> a, b
    a = t.arange(12.0).reshape(3, 4); k = id(a); a[:] = a + a; j = id(a) -> a, k == j
    a = t.arange(12.0).reshape(3, 4); k = id(a); a += a; j = id(a) -> a, k == j
    a = t.arange(4.0); k = id(a); t.cat([a[:2].clone(), a[2:] * 2], out=a); j = id(a) -> a, k == j
    a = t.arange(12.0).reshape(3, 4); b = a[[0, 1]]; b[0] = 100 -> a, b
    a = t.arange(12.0).reshape(3, 4); b = a[a > 4]; b[0] = 100 -> a, b
    a = t.arange(12.0).reshape(3, 4); b = a[:, [0, 2]]; b[:] = -1 -> a, b
    a = t.arange(12.0).reshape(3, 4); b = a.view(12); b[0] = 100 -> a, b
    a = t.arange(12.0).reshape(3, 4); b = a.t().reshape(12); b[0] = 100 -> a, b
    a = t.arange(12.0).reshape(3, 4); b = a.reshape(2, 6); b[0] = 100 -> a, b
    a = t.arange(12.0).reshape(3, 4); b = a.flatten(); b[0] = 100 -> a, b
    a = t.arange(12.0).reshape(3, 4); b = a.t().flatten(); b[0] = 100 -> a, b
    a = t.arange(12.0).reshape(3, 4); b = a.t().contiguous(); b[0] = 100; c = a.contiguous(); c[0] = 5 -> a, b, c
    a = t.arange(12.0).reshape(3, 4); b = a.t(); b[1] = 100; b[:, 0] = -1 -> a, b, b.is_contiguous(), b.stride()
    a = t.arange(12.0).reshape(3, 4); b = a.diagonal(); b += 100 -> a, b
    a = t.arange(12.0).reshape(3, 4); b = a.unsqueeze(0).squeeze(0).permute(1, 0); b *= 2 -> a, b
    a = t.arange(12.0).reshape(3, 4); b = a.unbind(1)[2]; b[...] = 0 -> a, b
    a = t.arange(12.0).reshape(3, 4); b = a.split(2, 1)[1]; b[...] = 0 -> a, b
    a = t.arange(12.0).reshape(3, 4); b = a.chunk(2)[1]; b[0] = 5 -> a, b
    a = t.arange(12.0).reshape(3, 4); b = a.tensor_split(3, 1)[0]; b[:] = 5 -> a, b
    a = t.arange(12.0).reshape(3, 4); b = a.narrow(1, 1, 2); b[:] = 3 -> a, b
    a = t.arange(12.0).reshape(3, 4); b = a.as_strided((2, 2), (4, 1), 1); b[:] = 3 -> a, b
    a = t.arange(12.0).reshape(3, 4); b = a[1:].as_strided((2, 2), (4, 1), 0); b[:] = 3 -> a, b
    a = t.arange(12.0).reshape(3, 4); b = a.unfold(1, 2, 2); b[:, 0] = -1; a[0, 3] = 50 -> a, b
    a = t.arange(6.0).reshape(2, 3); b = a.t().unfold(0, 2, 1); a[0, 0] = 50 -> a, b
    a = t.zeros(4, 4); a.unfold(0, 2, 2)[0][...] = 1 -> a
    a = t.arange(3.0); b = a.expand(2, 3); a[0] = 9 -> a, b
    a = t.arange(3.0); b = a.expand(2, 3); b[0] = 9 -> a, b
    a = t.arange(3.0); b, c = t.meshgrid(a, a, indexing='ij'); a[1] = 9 -> b, c
    a = t.zeros(2, 2); a.diagonal()[:] = t.tensor([1.0, 2.0]) -> a
    a = t.zeros(2, 3, 4); a.transpose(0, 2)[1] = 5; a.movedim(0, -1)[..., 1] = 6 -> a
    a = t.arange(6.0).reshape(2, 3).t(); a[0] = t.tensor([9.0, 8.0]) -> a, a.is_contiguous(), a.stride()
    a = t.arange(6.0).reshape(2, 3); b, c = a; b += 1 -> a, b, c
    a = t.arange(6.0).reshape(2, 3); b = [row.mul_(2) for row in a] -> a
    a = t.arange(6.0).reshape(2, 3); a[0], a[1] = a[1], a[0] -> a
    a = t.arange(6.0).reshape(2, 3); a[:, 0], a[:, 1] = a[:, 1].clone(), a[:, 0].clone() -> a
    a = t.arange(6.0); a[1:] += a[:-1].clone() -> a
    a = t.arange(6.0); a[::2] *= 10 -> a
    a = t.arange(6.0); a[[0, 0, 1]] += 10 -> a
    a = t.arange(6.0); a[a > 2] *= -1 -> a
    a = t.arange(6.0); b = a.detach(); b[0] = 5; c = a.data; c[1] = 6 -> a, b, c
    a = t.arange(6.0); b = a.clone(); b[0] = 5 -> a, b
    a = t.arange(12.0); b = a.data[2:4]; b[:] = 9 -> a
    a = t.arange(6.0).reshape(2, 3); b = a.storage_offset(), a[1:].storage_offset(), a[1, 2].storage_offset() -> b
    a = t.arange(6.0).reshape(2, 3); b = a[1].data_ptr() - a.data_ptr(), a.view(6).data_ptr() == a.data_ptr() -> b
    a = t.arange(6.0).reshape(2, 3); b = a.stride(), a.t().stride(), a[:, ::2].stride(), a[None].stride() -> b
    a = t.arange(6.0).reshape(2, 3); b = a[0]; a.t_(); b += 100; a[2] = 7 -> a, b, a.stride(), a.is_contiguous()
    a = t.arange(6.0).reshape(2, 3); a.t_(); a.t_() -> a, a.stride(), a.is_contiguous()
    a = t.arange(6.0).reshape(1, 2, 3); b = a.squeeze_(); c = a.unsqueeze_(1) -> a, b is a, c is a, a.stride()
    a = t.arange(6.0).reshape(1, 2, 3); b = a.swapaxes_(0, 2); c = a.transpose_(0, 1) -> a, b is a, c is a, a.stride()
    a = t.arange(6.0).reshape(1, 2, 3); b = a.swapdims_(1, 2) -> a, b is a, a.stride()
    a = t.arange(6.0); b = a.as_strided_((2, 2), (3, 1)); a[0, 0] = 9 -> a, b is a
    a = t.arange(6.0); b = a.expand(2, 6); b.t_() -> b, b.stride()
    a = t.arange(6.0).reshape(2, 3); k = a._version; a.t_(); a[0] = 1; b = a._version - k -> b
    a = t.arange(4.0); b = a.view(t.int32); b[0] = 5; a[1] = 7 -> a, b
    a = t.arange(8.0).reshape(2, 4); b = a.view(t.int64); b[1, 0] = 5; a[0] = 7; c = b.view(t.uint8); c[0, 0] = 255 -> a, b, c
    a = t.arange(8.0).reshape(2, 4).t(); b = a.view(t.int32); b[0] = 3 -> a, b, b.stride()
    a = t.arange(4.0); b = a.view(t.complex64); b[0] = 1 + 2j; a[3] = 9 -> a, b
    a = t.ones(4, dtype=t.complex64); b = a.view(t.float32); b[1] = 3 -> a, b
    a = t.tensor([True, False]); b = a.view(t.uint8); b[1] = 1 -> a, b
    a = t.arange(3.0); b = a[:2].view(t.float64); b[0] = 1; a[2] = 5 -> a, b
    a = t.arange(4.0); b = a.view(t.int16)[2:]; b[0] = 77; a[1] = 0.5 -> a, b
    a = t.arange(4.0, requires_grad=True); b = a.view(t.int32).requires_grad, a.view(t.float32).requires_grad -> b
    a = t.tensor(1.0).view(t.int32); b = t.zeros(0).view(t.int64); c = t.arange(4.0).expand(2, 4).view(t.float64) -> a, b.shape, c
""", grad=False)  # fmt: skip

GRAPHS = programs("""
    a = v * 2; a[0] = 5; b = a[1:3]; b *= 3; a.view(2, 2)[0, 1] = 1 -> a, b
    a = (x * 2).view(6, 4); b = a.t(); b[1] = 7; a[:, 0] = y.reshape(6) -> a, b
    a = (x * 2).view(6, 4); a[[0, 2]] = x[0, :2]; a[a > 1] = 0 -> a
    a = (x * 2).view(6, 4); b = a.t(); b[[0, 2]] = y.reshape(1, 6); b[b > 1] = 0 -> a, b
    a = (x * 2).view(6, 4); b = a[1:]; b[0, [1, 2]] = v[:2] -> a, b
    a = y * 2; a.as_strided((2, 2), (3, 1), 1).mul_(3) -> a
    a = y * 2; b = a.as_strided((3, 2), (1, 1)) -> b
    a = y * 2; b = a.t().as_strided((3, 2), (1, 1)) -> b
    a = y * 2; a.masked_fill_(m, 0); a.index_fill_(1, t.tensor([0]), 7); a.scatter_(0, t.tensor([[0, 1, 1]]), v[:3].view(1, 3)) -> a
    a = y * 2; a.index_add_(0, t.tensor([0, 0]), y * 3); a.index_copy_(1, t.tensor([1]), v[:2].view(2, 1)) -> a
    a = y * 1; b = a[0]; c = a[:, 1]; b *= 2; c *= 3 -> a, b, c
    a = y * 1; b = a.t().detach(); b.mul_(2.0); c = a * 1 -> a, c
    a = t.arange(6.0, dtype=t.float64).reshape(2, 3); b = a.t().detach(); b.mul_(y.t() * 3); c = b[0]; c.mul_(2) -> b * t.arange(6.0).reshape(3, 2)
    a = t.arange(6.0, dtype=t.float64).reshape(2, 3); b = a[0]; b *= y[0]; a[1] = y[1] * s -> a, b
    a = y * 2; b = a[0]; a.t_(); b.mul_(3); a[2] = v[:2] -> a, b
    a = v * 2; a.unsqueeze_(0); a.unsqueeze_(2); a.squeeze_(0); a.mul_(v.view(4, 1)) -> a
    a = x * 1; b = a.movedim(0, 2); b[..., 0] = s -> a, b
    a = x * 1; a.diagonal(0, 0, 1)[:, 1] = v -> a
    a = x * 1; a[:, 1] += 1; a[..., 2] *= v[:3] -> a
    a = x * 1; b = a.unfold(2, 2, 2); b[0, 0, 0] = v[:2] -> a, b
    a = x * 1; b = a.flatten(1); b[0, ::5] = s -> a, b
    a = x * 1; b = a.squeeze(0).unsqueeze(-1); b[0] = 2; a[1, 0] = v -> a, b
    a = y * 1; b = a.expand(2, 2, 3); a[0] = v[:3] -> a, b
    a = y * 1; a[0] = v[:3]; b = a.grad_fn.name().split(':')[-1], a[0].grad_fn.name(), a.is_leaf -> b
    a = y * 1; b = a[1]; a[0] = 2; c = b.grad_fn.name() -> b, c
    a = t.zeros(3, dtype=t.float64); b = a[1:]; b[0] = s; c = a.requires_grad, b.requires_grad, a.grad_fn.name().split(':')[-1] -> a, b, c
""")  # fmt: skip

UNRECORDED = programs("""
    w = t.arange(12.0).reshape(3, 4).requires_grad_(); g = t.no_grad(); g.__enter__(); w[0] = 1; w.view(12)[4:6] = 9; g.__exit__(None, None, None) -> w.detach(), w.is_leaf, w.requires_grad
    w = t.ones(2, 2, requires_grad=True); w.data[0] = 5; w.data.sub_(1.0) -> w.detach(), w.is_leaf
    w = t.ones(2, 2, requires_grad=True); (w * 3).backward(t.ones(2, 2)); w.data.sub_(0.5 * w.grad.data); w.grad.zero_() -> w.detach(), w.grad
    w = t.ones(2, 2, requires_grad=True); b = w.t(); c = b.detach(); c[0, 1] = 5 -> w.detach(), b.detach(), c
    w = t.arange(6.0).reshape(2, 3).requires_grad_(); g = t.no_grad(); g.__enter__(); w.t_(); g.__exit__(None, None, None) -> w.detach(), w.is_leaf, w.requires_grad
""", grad=False)  # fmt: skip

ERRORS = errors(
    ("a = v * 1; a.requires_grad_(); b = a[:]; b += 1 -> b", "a view of a leaf Variable that requires grad is being used in an in-place operation."),
    ("a = y * 1; a.requires_grad_(); b = a.view(6); b[0] = 1 -> b", "a view of a leaf Variable that requires grad is being used in an in-place operation."),
    ("a = y * 1; a.requires_grad_(); a.t_() -> a", "a leaf Variable that requires grad is being used in an in-place operation."),
    ("a = y * 1; a.requires_grad_(); b = a.view(6); b.unsqueeze_(0) -> b", "a view of a leaf Variable that requires grad is being used in an in-place operation."),
    ("a = y * 1; a.requires_grad_(); b = (a * 2).unbind(); b[0].mul_(2) -> b", "is a view and is being modified inplace."),
    ("a = y * 1; a.requires_grad_(); b = (a * 2).split(1); b[0][0] = 1 -> b", "is a view and is being modified inplace."),
    ("a = v.expand(2, 4); a += 1 -> a", "more than one element of the written-to tensor refers to a single memory location"),
    ("a = v.expand(2, 4); a.mul_(2) -> a", "more than one element of the written-to tensor refers to a single memory location"),
    ("a = v * 1; a[1:] = a[:-1] -> a", "some elements of the input tensor and the written-to tensor refer to a single memory location"),
    ("a = t.arange(3.0).view(t.float64) -> a", "self.size(-1) must be divisible by 2 to view Float as Double (different element sizes), but got 3"),
    ("a = t.tensor(1.0).view(t.float64) -> a", "self.dim() cannot be 0 to view Float as Double (different element sizes)"),
    ("a = t.arange(6.0).view(2, 3)[:, :2].view(t.float64) -> a", "self.stride(0) must be divisible by 2 to view Float as Double (different element sizes), but got 3"),
    ("a = t.arange(6.0).view(2, 3).t().view(t.float64) -> a", "self.stride(-1) must be 1 to view Float as Double (different element sizes), but got 3"),
    ("a = t.arange(6.0)[1:3].view(t.float64) -> a", "self.storage_offset() must be divisible by 2 to view Float as Double (different element sizes), but got 1"),
)  # fmt: skip


def written_through(line: str) -> Row:
    """Return the row that writes into what a view expression gives, and shows the inputs it is a view of."""
    function = expression(line, False)

    def run(t, *inputs):
        copies = [one.clone() for one in inputs]
        result = function(t, *copies)
        for number, part in enumerate(result if isinstance(result, tuple) else (result,)):
            try:
                part[...] = number + 100
            except RuntimeError:  # it shows one element several times
                copies.append(t.tensor(number))
        return tuple(copies)

    return Row(f"write into {line}", run, inputs_of(line), grad=False)


def seen_through(line: str) -> Row:
    """Return the row that writes to the inputs of a view expression, and shows what it gave before."""
    function = expression(line, False)

    def run(t, *inputs):
        copies = [one.clone() for one in inputs]
        result = function(t, *copies)
        for one in copies:
            one[...] = 7 * one
        return result

    return Row(f"seen through {line}", run, inputs_of(line), grad=False)


WRITTEN = [written_through(row.name) for row in VIEWS]
SEEN = [seen_through(row.name) for row in VIEWS]


@pytest.mark.parametrize(("row", "backend"), cases(PLAIN + GRAPHS + UNRECORDED + ERRORS + WRITTEN + SEEN), ids=case_id)
def test_sharing(row, backend):
    check(row, backend)
