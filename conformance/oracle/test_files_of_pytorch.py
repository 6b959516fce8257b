"""Files of PyTorch's, read by agrad: both formats, every dtype, shared memory, parameters, checkpoints; and what is refused."""

from __future__ import annotations

import collections
import io
import pickle

import numpy as np
import pytest
import torch

import agrad

FORMATS = {"zip": True, "stream": False}
DTYPES = [
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.float32, torch.float64,
    torch.complex64, torch.complex128, torch.uint16, torch.uint32, torch.uint64,
]  # fmt: skip


@pytest.fixture(params=["numpy", "jax"], autouse=True)
def backend(request):
    with agrad.use_backend(request.param):
        yield request.param


def carried(obj, form):
    """Return what agrad reads of a file that PyTorch wrote."""
    buffer = io.BytesIO()
    torch.save(obj, buffer, _use_new_zipfile_serialization=FORMATS[form])
    buffer.seek(0)
    return agrad.load(buffer)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_dtypes(dtype, form):
    if form == "stream" and dtype in (torch.uint16, torch.uint32, torch.uint64):
        pytest.skip("PyTorch's older format has no storage of this dtype")
    x = torch.arange(6).to(dtype).reshape(2, 3)
    y = carried(x, form)
    assert str(y.dtype).removeprefix("agrad.") == str(dtype).removeprefix("torch.")
    assert y.tolist() == x.tolist()


@pytest.mark.parametrize("form", FORMATS)
def test_bfloat16(form, backend):
    x = torch.arange(6).to(torch.bfloat16)
    if not agrad.backend.get_backend(backend).supports(agrad.bfloat16):
        with pytest.raises(TypeError, match="bfloat16"):
            carried(x, form)
        return
    assert carried(x, form).tolist() == x.tolist()


@pytest.mark.parametrize("form", FORMATS)
def test_tensors_keep_what_they_share(form):
    x = torch.arange(12.0).reshape(3, 4)
    y = carried([x, x[1], x.t(), x[::2, 1:], torch.zeros(0, 3), torch.tensor(2.5), x.expand(2, 3, 4)], form)
    wanted = [x, x[1], x.t(), x[::2, 1:], torch.zeros(0, 3), torch.tensor(2.5), x.expand(2, 3, 4)]
    for mine, theirs in zip(y, wanted, strict=True):
        assert mine.tolist() == theirs.tolist()
        assert tuple(mine.shape) == tuple(theirs.shape)
        assert mine.stride() == theirs.stride()
    y[0][1, 1] = 99
    assert y[1][1] == 99
    assert y[2][1, 1] == 99


@pytest.mark.parametrize("form", FORMATS)
def test_what_stands_in_a_checkpoint(form):
    model = torch.nn.Sequential(
        torch.nn.Linear(3, 4, bias=False), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), torch.nn.Linear(4, 1)
    ).double()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    x = np.sin(np.arange(12.0) ** 2).reshape(4, 3)
    model(torch.tensor(x)).square().mean().backward()
    optimizer.step()
    file = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, "losses": [0.5, float("inf")]}
    found = carried(file, form)
    assert type(found["model"]) is collections.OrderedDict
    assert found["epoch"] == 3
    assert found["losses"] == [0.5, float("inf")]
    mine = agrad.nn.Sequential(
        agrad.nn.Linear(3, 4, bias=False), agrad.nn.BatchNorm1d(4), agrad.nn.ReLU(), agrad.nn.Linear(4, 1)
    ).double()
    its = agrad.optim.Adam(mine.parameters(), lr=0.1)
    mine.load_state_dict(found["model"])
    its.load_state_dict(found["optimizer"])
    for network, stepper, tensor in ((model, optimizer, torch.tensor), (mine, its, agrad.tensor)):
        stepper.zero_grad()
        network(tensor(x)).square().mean().backward()
        stepper.step()
    for ours, theirs in zip(mine.parameters(), model.parameters(), strict=True):
        np.testing.assert_allclose(ours.tolist(), theirs.tolist(), rtol=1e-9)


@pytest.mark.parametrize("form", FORMATS)
def test_parameters_leaves_and_values(form):
    parameter = torch.nn.Parameter(torch.ones(2), requires_grad=False)
    file = [torch.nn.Parameter(torch.ones(2)), parameter, torch.ones(2, requires_grad=True), torch.Size([2, 3]), torch.float16,
        torch.device("cpu"), {1, 2}, (None, True, 2**70, 1.5, 2j, "text", b"bytes")]  # fmt: skip
    found = carried(file, form)
    assert [type(one) for one in found[:3]] == [agrad.nn.Parameter, agrad.nn.Parameter, agrad.Tensor]
    assert [one.requires_grad for one in found[:3]] == [True, False, True]
    assert found[3] == agrad.Size([2, 3])
    assert found[4] is agrad.float16
    assert found[5] == agrad.device("cpu")
    assert found[6:] == file[6:]


@pytest.mark.parametrize("form", FORMATS)
def test_map_location(form, backend):
    buffer = io.BytesIO()
    torch.save(torch.ones(2), buffer, _use_new_zipfile_serialization=FORMATS[form])
    for where in ("cpu", "numpy", "jax", agrad.device("cpu"), {"cpu": "jax"}, lambda storage, name: None):
        buffer.seek(0)
        found = agrad.load(buffer, map_location=where)
        assert found.tolist() == [1, 1]
    assert agrad.load(io.BytesIO(buffer.getvalue()), map_location="jax")._options.backend.name == "jax"


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("obj", "words"),
    [
        (torch.nn.Linear(2, 1), "torch.nn.modules.linear.Linear"),
        (np.float64(1.0), "numpy"),
        (torch.ones(2).to_sparse(), "_rebuild_sparse_tensor"),
    ],
    ids=["a module", "a number of NumPy's", "a sparse tensor"],
)
def test_what_is_refused(obj, words, form):
    with pytest.raises(pickle.UnpicklingError, match=words):
        carried(obj, form)


@pytest.mark.parametrize("form", FORMATS)
def test_damage(form):
    """A file that is cut off or changed is refused, or reads as it was."""
    buffer = io.BytesIO()
    torch.save({"x": torch.arange(3), "n": [1, "two"]}, buffer, _use_new_zipfile_serialization=FORMATS[form])
    data = buffer.getvalue()
    for end in range(0, len(data) - 1, 7):
        with pytest.raises(pickle.UnpicklingError):
            agrad.load(io.BytesIO(data[:end]))


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_programs_are_named():
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.trace(torch.nn.Linear(2, 1), torch.ones(1, 2)), buffer)
    buffer.seek(0)
    with pytest.raises(pickle.UnpicklingError, match="TorchScript"):
        agrad.load(buffer)
