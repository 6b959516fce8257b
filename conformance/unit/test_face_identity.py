"""What a tensor is, without PyTorch to compare with: other backends and devices, classes derived from Tensor, exchange, files, HTML."""

from __future__ import annotations

import copy
import io
import pickle
import pickletools

import numpy as np
import pytest

import agrad
from agrad.backend import get_backend, register_backend
from agrad.devices import Device

BACKENDS = ("numpy", "jax", "strict")


@pytest.fixture(params=BACKENDS)
def backend(request):
    """Each backend as the default one."""
    with agrad.use_backend(request.param):
        yield request.param


# ---------------------------------------------------------------- devices and backends


@pytest.mark.parametrize("target", ["numpy", "jax", "strict", "strict:device1", "jax:cpu"])
def test_to_another_backend_and_back(backend, target):
    """A move is the identity, and its gradient moves back."""
    x = agrad.tensor([1.0, 2.0], requires_grad=True)
    y = x.to(target)
    assert y._options.backend.name == target.partition(":")[0]
    assert (y * 3).to(backend).tolist() == [3.0, 6.0]
    (y * y).backward(agrad.ones(2).to(target))
    assert x.grad.tolist() == [2.0, 4.0]
    assert x.grad._options.backend.name == backend
    assert x.to(y).device == y.device
    assert y.to(target) is y


def test_a_tensor_on_a_backend_by_device():
    """device= names a backend too."""
    assert agrad.ones(2, device="jax")._options.backend.name == "jax"
    assert agrad.tensor([1.0], device="strict:device2").device == agrad.device("device2")
    assert agrad.rand(2, device="strict").tolist() is not None


def test_default_device():
    """set_default_device and with agrad.device choose where tensors are made, and give it back."""
    with agrad.use_backend("strict"):
        assert str(agrad.ones(1).device) == "cpu"
        with agrad.device("device1"):
            assert str(agrad.ones(1).device) == "device1"
            assert str(agrad.tensor([1]).device) == "device1"
            assert str(agrad.get_default_device()) == "device1"
            with agrad.device("device2"):
                assert str(agrad.rand(1).device) == "device2"
            assert str(agrad.arange(2).device) == "device1"
            assert str(agrad.ones_like(agrad.ones(1, device="cpu")).device) == "cpu"
        assert str(agrad.ones(1).device) == "cpu"
        agrad.set_default_device("device2")
        try:
            assert str(agrad.zeros(1).device) == "device2"
        finally:
            agrad.set_default_device(None)
        assert str(agrad.zeros(1).device) == "cpu"


class Pretended(type(get_backend("strict"))):
    """A backend whose devices say that they are GPUs."""

    name = "pretended"

    def devices(self):
        """Return two GPUs that are none."""
        return (Device("cuda", 0, backend="pretended"), Device("cuda", 1, backend="pretended"))

    def device_of(self, raw):
        """Return which of the two an array is on."""
        return self.devices()[0 if super().device_of(raw).type == "device1" else 1]

    def raw_device(self, device):
        """Return what stands for a GPU."""
        return super().raw_device(Device(f"device{(device.index or 0) + 1}", backend="strict"))

    def device_name(self, device):
        """Return a name."""
        return f"Pretended {device.index}"

    def memory(self, device):
        """Return numbers of bytes."""
        return {"allocated": 10, "free": 90, "total": 100}


@pytest.fixture
def pretended(monkeypatch):
    """NumPy's 'cuda' is the pretended backend's."""
    register_backend("pretended", Pretended)
    monkeypatch.setattr(type(get_backend("numpy")), "elsewhere", {"cuda": "pretended"})
    monkeypatch.setattr(Pretended, "elsewhere", {"cpu": "numpy"})


def test_cuda_by_that_word_alone(pretended):
    """A program for device='cuda' runs on the backend that has GPUs, from the default one."""
    assert agrad.cuda.is_available()
    assert agrad.cuda.device_count() == 2
    device = agrad.device("cuda" if agrad.cuda.is_available() else "cpu")
    w = agrad.ones(2, device=device, requires_grad=True)
    x = agrad.tensor([1.0, 2.0]).to(device)
    loss = w * x
    loss.backward(agrad.ones(2, device="cuda"))
    assert str(w.grad.device) == "cuda:0"
    assert w.is_cuda
    assert w.get_device() == 0
    assert x.type() == "agrad.cuda.FloatTensor"
    assert isinstance(x, agrad.cuda.FloatTensor)
    assert not isinstance(x, agrad.FloatTensor)
    assert repr(x) == "tensor([1., 2.], device='cuda:0')"
    assert agrad.ones(1, device=1).device == agrad.device("cuda:1")
    assert agrad.ones(1).cuda(1).device.index == 1
    assert x.cpu()._options.backend.name == "numpy"
    assert x.cpu().numpy().tolist() == [1.0, 2.0]
    with pytest.raises(TypeError, match=r"can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu\(\)"):
        x.numpy()
    assert x.numpy(force=True).tolist() == [1.0, 2.0]
    assert agrad.cuda.FloatTensor([1, 2]).is_cuda
    assert x.type("agrad.FloatTensor").is_cpu


def test_agrad_cuda_with_a_gpu(pretended):
    """Names, memory, the current device."""
    assert agrad.cuda.current_device() == 0
    assert agrad.cuda.get_device_name() == "Pretended 0"
    with agrad.cuda.device(1):
        assert agrad.cuda.current_device() == 1
        assert agrad.cuda.get_device_name() == "Pretended 1"
    assert agrad.cuda.current_device() == 0
    assert agrad.cuda.memory_allocated() == 10
    assert agrad.cuda.mem_get_info() == (90, 100)
    assert agrad.cuda.synchronize() is None
    with pytest.raises(RuntimeError, match="invalid device ordinal"):
        agrad.cuda.set_device(7)


# ---------------------------------------------------------------- exchange


def test_numpy_is_read_only_where_it_is_not_shared():
    """A write that would not reach the tensor is refused by NumPy."""
    with agrad.use_backend("jax"):
        array = agrad.zeros(2).numpy()
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_from_numpy_is_made_on_the_default_backend():
    """Under JAX an array is data."""
    with agrad.use_backend("jax"):
        x = agrad.from_numpy(np.arange(3, dtype=np.float32))
        assert x._options.backend.name == "jax"
        assert (x * agrad.ones(3)).tolist() == [0.0, 1.0, 2.0]
        assert agrad.as_tensor(np.ones(2, dtype=np.float32))._options.backend.name == "jax"


def test_a_read_only_array():
    """It warns, and a write raises."""
    array = np.arange(3.0)
    array.flags.writeable = False
    with pytest.warns(UserWarning, match="not writable"):
        x = agrad.from_numpy(array)
    with pytest.raises(ValueError, match="read-only"):
        x[0] = 1


def test_a_buffer_is_shared_on_numpy():
    """frombuffer shows the bytes themselves."""
    data = bytearray(8)
    x = agrad.frombuffer(data, dtype=agrad.int32)
    x[1] = 258
    assert list(data) == [0, 0, 0, 0, 2, 1, 0, 0]


def test_dlpack_with_another_library():
    """A torch tensor and a tensor of agrad's share memory through DLPack."""
    torch = pytest.importorskip("torch")
    theirs = torch.arange(3.0)
    ours = agrad.from_dlpack(theirs)
    ours[0] = 10
    assert theirs.tolist() == [10.0, 1.0, 2.0]
    back = torch.from_dlpack(ours)
    back[2] = 30
    assert ours.tolist() == [10.0, 1.0, 30.0]


def test_numpys_operators_are_tensors(backend):
    """array * tensor on every backend, and its gradient."""
    x = agrad.tensor([1.0, 2.0], requires_grad=True)
    y = np.array([3.0, 4.0], dtype="float32") * x
    assert isinstance(y, agrad.Tensor)
    y.backward(agrad.ones(2))
    assert x.grad.tolist() == [3.0, 4.0]
    assert np.sin(x).requires_grad
    assert np.sum(x).item() == 3.0


# ---------------------------------------------------------------- classes


class Named(agrad.Tensor):
    """A user's own tensors."""


def test_derived_classes(backend):
    """They are made, pickled and copied as what they are, with their attributes."""
    x = Named([1.0, 2.0])
    x.label = "weights"
    assert type(x) is Named
    assert (x + 1).tolist() == [2.0, 3.0]
    assert Named(2, 3).shape == (2, 3)
    for made in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert type(made) is Named
        assert made.label == "weights"
        assert made.tolist() == [1.0, 2.0]
    assert type(agrad.ones(2).as_subclass(Named)) is Named
    made = agrad.Tensor._make_subclass(Named, agrad.ones(2), True)
    assert made.requires_grad
    assert type(made) is Named


def test_views_are_tensors(backend):
    """Hidden classes of strided views do not show in pickles or copies."""
    x = agrad.arange(6).reshape(2, 3).t()
    assert isinstance(x, agrad.Tensor)
    assert type(copy.deepcopy(x.contiguous())) is agrad.Tensor
    assert pickle.loads(pickle.dumps(x)).stride() == (1, 3)


# ---------------------------------------------------------------- files


def test_files_on_disk(tmp_path, backend):
    """save and load by path, on every backend; a file goes from one backend to another."""
    path = tmp_path / "model.pt"
    x = agrad.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    agrad.save({"x": x, "row": x.detach()[0], "step": 3}, path)
    loaded = agrad.load(path)
    assert loaded["x"].requires_grad
    assert loaded["step"] == 3
    assert loaded["x"]._options.backend.name == backend
    loaded["row"][0] = 9
    assert loaded["x"].tolist() == [[9.0, 2.0], [3.0, 4.0]]
    for other in BACKENDS:
        moved = agrad.load(str(path), map_location=other)
        assert moved["x"]._options.backend.name == other
        assert moved["x"].tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_every_dtype_in_a_file(backend):
    """Bytes come back as the numbers they were."""
    for dtype in agrad.dtypes.ALL:
        if not get_backend(backend).supports(dtype):
            continue
        x = agrad.tensor([0, 1, 1]).to(dtype)
        buffer = io.BytesIO()
        agrad.save(x, buffer)
        buffer.seek(0)
        y = agrad.load(buffer)
        assert y.dtype is dtype
        assert y.tolist() == x.tolist()


def test_a_file_says_nothing_but_tensors():
    """What a guarded load may call is few; others must be named."""
    names = {
        str(arg) for op, arg, _ in pickletools.genops(pickle.dumps(agrad.ones(2))) if op.name == "SHORT_BINUNICODE"
    }
    assert {"rebuild_tensor", "rebuild_storage"} <= names
    buffer = io.BytesIO()
    agrad.save({"range": Named}, buffer)
    buffer.seek(0)
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        agrad.load(buffer)
    agrad.serialization.add_safe_globals([Named])
    buffer.seek(0)
    assert agrad.load(buffer) == {"range": Named}


# ---------------------------------------------------------------- HTML, memory, transforms


def test_html(backend):
    """A small matrix is a table, anything else text; nothing in it is markup."""
    html = agrad.tensor([[1.0, 2.5], [3.0, 4.0]])._repr_html_()
    assert html.count("<tr>") == 2
    assert "<td style='text-align:right'>2.5000</td>" in html
    assert "float32" in html
    result = (agrad.ones(2, requires_grad=True) * 2)._repr_html_()
    assert "MulBackward0" in result
    assert "<pre>tensor(1.)</pre>" in agrad.tensor(1.0)._repr_html_()
    assert "&lt;" in (agrad.ones(2, 2, 2, requires_grad=True) * 2)._repr_html_()


def test_data_ptr_is_numpys():
    """On NumPy it is the memory's own address."""
    array = np.arange(4.0)
    x = agrad.from_numpy(array)
    assert x.data_ptr() == array.ctypes.data
    assert x[1:].data_ptr() == array.ctypes.data + 8
    assert agrad.from_numpy(array).data_ptr() == x.data_ptr()
    x += 1
    assert x.data_ptr() == array.ctypes.data


def test_storage_identity(backend):
    """One storage is one object for all who share it."""
    x = agrad.zeros(2, 2)
    assert x.storage() is x[0].storage()
    assert x.untyped_storage() is x.t().untyped_storage()
    assert x.storage() is not x.clone().storage()
    assert id(x.storage()) == id(x.view(4).storage())


def test_a_write_through_bytes(backend):
    """An untyped storage is written byte by byte."""
    x = agrad.zeros(2, dtype=agrad.int16)
    x.untyped_storage()[1] = 1
    assert x.tolist() == [256, 0]


def test_detach_inside_transforms():
    """A detached value is a constant to every level."""
    from agrad import func

    def f(x):
        return (x.detach() * x * x).sum()

    x = agrad.tensor([2.0, 3.0])
    assert func.grad(f)(x).tolist() == [8.0, 18.0]
    assert func.grad(lambda y: func.grad(f)(y).sum())(x).tolist() == [4.0, 6.0]
    _, tangent = func.jvp(f, (x,), (agrad.ones(2),))
    assert tangent.item() == 26.0
    assert func.vmap(lambda row: row.detach() * 2)(agrad.ones(2, 3)).tolist() == [[2.0] * 3] * 2


def test_unknown_memory_formats_are_refused():
    """agrad's tensors are row-major."""
    with pytest.raises(NotImplementedError, match="channels_last"):
        agrad.ones(1, 1, 2, 2).contiguous(memory_format=agrad.channels_last)
