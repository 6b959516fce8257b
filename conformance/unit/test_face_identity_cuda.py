"""A program for device='cuda', run on CuPy's adapter over its stand-in: the word alone moves it there from the default backend."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from cupy_standin import installed

import agrad


@pytest.fixture(autouse=True)
def cupy() -> Iterator[Any]:
    """CuPy's backend over the stand-in, of two devices."""
    with installed() as backend:
        yield backend


def test_training_by_that_word():
    """A line is fitted: data, parameters, gradients and the update are on the GPU."""
    device = agrad.device("cuda" if agrad.cuda.is_available() else "cpu")
    assert device.type == "cuda"
    x = agrad.arange(4.0, device=device)
    y = x * 2 + 1
    w = agrad.zeros(2, device=device, requires_grad=True)
    for _ in range(300):
        error = w[0] * x + w[1] - y
        (error * error).backward(agrad.ones(4, device=device))
        with agrad.no_grad():
            w -= 0.02 * w.grad
        w.grad = None
    assert w.is_cuda
    assert np.allclose(w.detach().cpu().numpy(), [2, 1], atol=1e-2)


def test_moving():
    """to, cuda, cpu, type, copy_ between the two; gradients move back."""
    x = agrad.tensor([1.0, 2.0], requires_grad=True)
    y = x.cuda()
    assert str(y.device) == "cuda:0"
    assert y.type() == "agrad.cuda.FloatTensor"
    (y * y).cpu().backward(agrad.ones(2))
    assert x.grad.tolist() == [2.0, 4.0]
    assert x.grad.is_cpu
    assert str(x.to("cuda:1").device) == "cuda:1"
    assert x.type("torch.cuda.DoubleTensor").type() == "agrad.cuda.DoubleTensor"
    assert agrad.zeros(2).copy_(y.detach()).tolist() == [1.0, 2.0]
    assert agrad.zeros(2, device="cuda").copy_(x.detach()).tolist() == [1.0, 2.0]
    assert y.numpy(force=True).tolist() == [1.0, 2.0]
    with pytest.raises(TypeError, match="to copy the tensor to host memory first"):
        y.detach().numpy()


def test_memory_is_shared_there():
    """Views write through, on the GPU too."""
    x = agrad.zeros(2, 3, device="cuda")
    row, turned = x[1], x.t()
    row += 5
    turned[0, 0] = 7
    assert x.tolist() == [[7.0, 0.0, 0.0], [5.0, 5.0, 5.0]]
    assert x.storage().is_cuda
    assert x.storage() is row.storage()
    assert x.data_ptr() == x[0].data_ptr()
    x.storage()[1] = 3
    assert x[0, 1].item() == 3


def test_texts_and_defaults():
    """The device is named unless the default tensor type is there."""
    assert repr(agrad.ones(2, device="cuda")) == "tensor([1., 1.], device='cuda:0')"
    agrad.set_default_device("cuda")
    try:
        assert repr(agrad.ones(1)) == "tensor([1.], device='cuda:0')"
        assert agrad.randn(2).is_cuda
    finally:
        agrad.set_default_device(None)
    agrad.set_default_tensor_type("torch.cuda.FloatTensor")
    try:
        assert repr(agrad.ones(1)) == "tensor([1.])"
        assert repr(agrad.ones(1, device="cuda:1")) == "tensor([1.], device='cuda:1')"
        assert repr(agrad.ones(1, device="cpu")) == "tensor([1.], device='cpu')"
        assert agrad.Tensor([1]).is_cuda
    finally:
        agrad.set_default_tensor_type(agrad.FloatTensor)
    assert repr(agrad.ones(1)) == "tensor([1.])"
    assert agrad.cuda.FloatTensor([1.0]).is_cuda
    assert agrad.ones(1).new_ones(2, device="cuda").is_cuda


def test_one_seed_is_one_stream():
    """The CPU's numbers are the GPU's."""
    agrad.manual_seed(0)
    there = agrad.rand(7, device="cuda")
    agrad.manual_seed(0)
    assert there.tolist() == agrad.rand(7).tolist()


def test_copies_and_files():
    """They stay on the GPU, or go where map_location says."""
    x = agrad.arange(4, device="cuda", dtype=agrad.int32)
    for made in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert made.is_cuda
        assert made.tolist() == [0, 1, 2, 3]
    buffer = io.BytesIO()
    agrad.save(x, buffer)
    for where, kind in (
        (None, "cuda"),
        ("cpu", "cpu"),
        (agrad.device("cpu"), "cpu"),
        ({"cuda:0": "cpu"}, "cpu"),
        ("jax", "cpu"),
    ):
        buffer.seek(0)
        made = agrad.load(buffer, map_location=where)
        assert made.device.type == kind
        assert made.tolist() == [0, 1, 2, 3]


def test_numpy_beside_the_gpu():
    """Functions run there; arrays do not move there unasked."""
    x = agrad.tensor([1.0, 4.0], device="cuda", requires_grad=True)
    y = np.sqrt(x)
    assert y.is_cuda
    assert y.requires_grad
    assert (np.float64(2) * x).is_cuda
    with pytest.raises(TypeError, match="needs all tensors on one backend"):
        np.ones(2) * x
