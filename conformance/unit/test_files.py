"""Files of tensors: what comes back is what was saved, a damaged or hostile file is refused, and an old file is never lost."""

from __future__ import annotations

import collections
import gc
import io
import multiprocessing
import os
import pickle
import struct
import threading
import tracemalloc

import numpy as np
import pytest
from on_backends import backend  # noqa: F401

import agrad
from agrad.torch_api.files import container

nn = agrad.nn


def saved(obj, **keywords):
    """Return the bytes of a file of `obj`."""
    buffer = io.BytesIO()
    agrad.save(obj, buffer, **keywords)
    return buffer.getvalue()


def loaded(data, **keywords):
    return agrad.load(io.BytesIO(data), **keywords)


def file_of(tree: bytes, *storages: bytes) -> bytes:
    """Return a file with this pickle; each storage is float32 numbers, on numpy."""
    buffer = io.BytesIO()
    container.write_start(buffer)
    for data in storages:
        facts = {"dtype": "float32", "device": "cpu", "backend": "numpy", "count": len(data) // 4}
        container.write_chunk(buffer, b"DATA", container.storage_header(facts), data)
    container.write_chunk(buffer, b"TREE", tree)
    container.write_chunk(buffer, b"DONE")
    return buffer.getvalue()


# ---------------------------------------------------------------- what comes back


def test_default_load_reads_what_default_save_writes(backend):  # noqa: F811
    """Parameters, NumPy's arrays and numbers, named tensors, dtypes, devices, sizes, containers, views that share."""
    x = agrad.arange(6.0).reshape(2, 3)
    shared = np.arange(3)
    before = {
        "parameter": nn.Parameter(agrad.ones(2)),
        "named": agrad.zeros(2, 3, names=("N", "C")),
        "array": shared,
        "again": shared,
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "empty": np.zeros((0, 3), np.float32),
        "0-d": np.array(2.5),
        "number": np.float32(1.5),
        "truth": np.True_,
        "whole": x,
        "row": x[1],
        "turned": x.t(),
        "storage": x.storage(),
        "dtype": agrad.float16,
        "device": agrad.device("cpu"),
        "size": x.shape,
        "ordered": collections.OrderedDict([("b", 1), ("a", (2, 3.5, 1j, None, True))]),
        "counter": collections.Counter("abca"),
        "default": collections.defaultdict(list, {"k": [1]}),
        "sets": [{1, 2}, frozenset({"x"})],
        "bytes": [b"ab", bytearray(b"cd")],
        "slice": slice(1, None, 2),
        "range": range(0, 10**12, 7),
        "leaf": agrad.ones(2, requires_grad=True),
        "result": agrad.ones(2, requires_grad=True) * 2,
        "long": 2**80,
    }
    z = agrad.tensor([1 + 2j, 3 - 4j])
    before.update(bits=x.view(agrad.int32), z=z, imag=z.imag, conj=z.conj())
    after = loaded(saved(before))
    assert list(after) == list(before)
    assert type(after["parameter"]) is nn.Parameter
    assert after["parameter"].requires_grad
    assert after["named"].names == ("N", "C")
    assert after["array"].dtype == shared.dtype and after["array"].tolist() == [0, 1, 2]
    assert after["again"] is after["array"]
    assert after["array"].flags.writeable
    assert after["fortran"].tolist() == before["fortran"].tolist()
    assert after["empty"].shape == (0, 3) and after["empty"].dtype == np.float32
    assert after["0-d"].shape == () and after["0-d"] == 2.5
    assert type(after["number"]) is np.float32 and after["number"] == 1.5
    assert type(after["truth"]) is np.bool_ and after["truth"]
    assert after["leaf"].is_leaf and after["leaf"].requires_grad
    assert after["result"].is_leaf and after["result"].requires_grad
    for name in (
        "dtype", "device", "size", "ordered", "counter", "default", "sets", "bytes", "slice", "range", "long"
    ):  # fmt: skip
        assert after[name] == before[name], name
        assert type(after[name]) is type(before[name]), name
    whole = after["whole"]
    assert whole._options.backend.name == backend
    assert after["storage"] is whole.storage()
    whole[1, 0] = 1.0
    assert after["row"][0] == 1
    assert after["turned"][0, 1] == 1
    assert after["bits"][1, 0] == 0x3F800000
    assert after["conj"].tolist() == [1 - 2j, 3 + 4j]
    after["imag"][0] = 7.0
    assert after["z"].tolist() == [1 + 7j, 3 - 4j]
    assert after["conj"].tolist() == [1 - 7j, 3 + 4j]
    after["row"][1] = 9
    assert whole[1, 1] == 9


def test_one_tensor_twice_is_one_tensor():
    """Ties between parameters come back."""
    x = nn.Parameter(agrad.ones(2))
    first, second = loaded(saved([x, x]))
    assert first is second


def test_a_module_and_its_optimizer(backend):  # noqa: F811
    """The usual checkpoint, and training goes on from it as it would have."""

    def made():
        agrad.manual_seed(0)
        model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 1))
        return model, agrad.optim.Adam(model.parameters(), lr=0.1)

    def step(model, optimizer):
        optimizer.zero_grad()
        model(agrad.arange(12.0).reshape(4, 3)).square().mean().backward()
        optimizer.step()

    model, optimizer = made()
    step(model, optimizer)
    data = saved({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 1})
    step(model, optimizer)
    other, its = made()
    found = loaded(data)
    other.load_state_dict(found["model"])
    its.load_state_dict(found["optimizer"])
    step(other, its)
    for mine, theirs in zip(model.parameters(), other.parameters(), strict=True):
        assert mine.tolist() == theirs.tolist()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.ones((1, 2), np.float32), r'named "weight", expected torch.Tensor .* received <class .numpy.ndarray'),
        ([[1.0, 2.0]], r'named "weight".*<class .list'),
        (agrad.ones(1, 2, dtype=agrad.complex64), "imaginary part"),
        (agrad.ones(2, 2), "size mismatch for weight"),
    ],
)
def test_load_state_dict_names_the_key_and_changes_nothing(value, words):
    model = nn.Linear(2, 1)
    before = {name: tensor.tolist() for name, tensor in model.state_dict().items()}
    with pytest.raises(RuntimeError, match=words):
        model.load_state_dict({"bias": agrad.zeros(1), "weight": value})
    assert {name: tensor.tolist() for name, tensor in model.state_dict().items()} == before


def test_an_optimizer_takes_a_state_whole_or_not():
    model = nn.Linear(2, 1)
    optimizer = agrad.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    state = optimizer.state_dict()
    state["param_groups"][0]["lr"] = 5.0
    state["state"][7] = {"momentum_buffer": agrad.ones(1)}
    with pytest.raises(ValueError, match="7"):
        optimizer.load_state_dict(state)
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_weights_only_false_builds_anything():
    """A whole module, for those who trust the file."""
    data = saved(nn.Linear(2, 1))
    with pytest.raises(pickle.UnpicklingError, match=r"agrad.nn.linear.Linear, which is not known to be safe"):
        loaded(data)
    assert loaded(data, weights_only=False)(agrad.ones(1, 2)).shape == (1, 1)


def test_unknown_keywords_are_refused():
    with pytest.raises(TypeError, match="encoding"):
        loaded(saved(1), encoding="latin1")
    with pytest.raises(TypeError, match="binary file"):
        agrad.load(io.StringIO("x"))
    with pytest.raises(ValueError, match="at least 2"):
        saved(1, pickle_protocol=1)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_protocols(protocol):
    obj = {"x": agrad.ones(2), "s": {1}, "c": 1j, "b": b"\xff", "a": bytearray(b"\xfe")}
    after = loaded(saved(obj, pickle_protocol=protocol))
    assert after["x"].tolist() == [1, 1]
    assert (after["s"], after["c"], after["b"], after["a"]) == ({1}, 1j, b"\xff", bytearray(b"\xfe"))


# ---------------------------------------------------------------- what a file may not do


class _Calls:
    """Pickles as a call of a function."""

    def __init__(self, function, *args):
        self.parts = function, args

    def __reduce__(self):
        return self.parts


def _build_on(tree_of_target: bytes, attribute: bytes = b"bits") -> bytes:
    state = b"}(\x8c" + bytes([len(attribute)]) + attribute + b"K\x08u"
    return b"\x80\x04" + tree_of_target + state + b"b."


_DTYPE = b"\x8c\x0cagrad.dtypes\x8c\x07by_name\x93\x8c\x07float64\x85R"
_GLOBAL = {
    "set": b"\x8c\x08builtins\x8c\x03set\x93",
    "bytearray": b"\x8c\x08builtins\x8c\x09bytearray\x93",
    "range": b"\x8c\x08builtins\x8c\x05range\x93",
    "Counter": b"\x8c\x0bcollections\x8c\x07Counter\x93",
    "Size": b"\x8c\x15agrad.torch_api.size\x8c\x04Size\x93".replace(b"\x15", bytes([len("agrad.torch_api.size")])),
}
_BILLION = b"J\x00\xca\x9a\x3b"

ATTACKS = {
    "attributes of a dtype": _build_on(_DTYPE),
    "attributes of a dtype by persistent id": _build_on(b"\x8c\x05dtype\x8c\x07float64\x86Q"),
    "attributes of a class": _build_on(_GLOBAL["Size"]),
    "attributes of a size": _build_on(_GLOBAL["Size"] + b"K\x01\x85\x85R"),
    "attributes of a counter": _build_on(_GLOBAL["Counter"] + b"}\x85R", b"update"),
    "a set of a billion": b"\x80\x04" + _GLOBAL["set"] + _GLOBAL["range"] + _BILLION + b"\x85R\x85R.",
    "a size of a billion": b"\x80\x04" + _GLOBAL["Size"] + _GLOBAL["range"] + _BILLION + b"\x85R\x85R.",
    "a counter of a billion": b"\x80\x04" + _GLOBAL["Counter"] + _GLOBAL["range"] + _BILLION + b"\x85R\x85R.",
    "a bytearray of 8 GiB": b"\x80\x04" + _GLOBAL["bytearray"] + b"\x8a\x05\x00\x00\x00\x00\x02\x85R.",
    "bytes of a length that lies": b"\x80\x04\x8e" + struct.pack("<Q", 1 << 40) + b"ab.",
    "a key that takes for ever to hash": b"\x80\x04}" + b"K\x01" + b"2\x86" * 60 + b"K\x01s.",
    "a member that takes for ever to hash": b"\x80\x04\x8f(" + b"K\x01" + b"2\x86" * 60 + b"\x90.",
    "a function": pickle.dumps(_Calls(os.getcwd)),
    "eval": pickle.dumps(_Calls(eval, "1")),
    "getattr": pickle.dumps(_Calls(getattr, "a", "upper")),
    "an attribute by a dotted name": b"\x80\x04\x8c\x0cagrad.dtypes\x8c\x0bby_name.__x\x93.",
    "a class as a function": b"\x80\x04" + b"\x8c\x0bagrad.tensor\x8c\x06Tensor\x93" + b")\x81.",
    "an extension": b"\x80\x02\x82\x01.",
    "no end": b"\x80\x04}",
    "text": b"hello world",
    "nothing": b"",
    "an unknown persistent id": b"\x80\x04\x8c\x05planeQ.",
    "a tensor of no storage": b"\x80\x04(\x8c\x06tensorK\x00K\x07tQ.",
    "items of None": b"\x80\x04NK\x01K\x01s.",
    "an append to None": b"\x80\x04NK\x01a.",
    "a pop of nothing": b"\x80\x040.",
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_hostile_pickles(name):
    """One class of error, at once, and nothing of the process is changed."""
    before = {one.name: (one.bits, one.itemsize) for one in agrad.dtypes.ALL}
    tracemalloc.start()
    try:
        with pytest.raises(pickle.UnpicklingError):
            loaded(file_of(ATTACKS[name]))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 50_000_000
    assert {one.name: (one.bits, one.itemsize) for one in agrad.dtypes.ALL} == before
    assert agrad.promote_types(agrad.float32, agrad.float64) is agrad.float64


def _tensor_in(size, stride, offset, requires_grad=False, names=None, kind=None):
    """Return a file with a tensor of a geometry in a storage of four numbers."""

    class Pickler(pickle.Pickler):
        def persistent_id(self, one):
            if one is Ellipsis:
                return ("tensor", 0, 0, agrad.float32, offset, size, stride, requires_grad, names, kind, None)
            return ("dtype", one.name) if one is agrad.float32 else None

    buffer = io.BytesIO()
    Pickler(buffer, 4).dump(...)
    return file_of(buffer.getvalue(), np.arange(4, dtype=np.float32).tobytes())


LIES = {
    "larger than its storage": ((5,), (1,), 0),
    "a stride out of it": ((2,), (4,), 0),
    "an offset out of it": ((1,), (1,), 4),
    "a negative offset": ((1,), (1,), -1),
    "a negative stride": ((2,), (-1,), 1),
    "a negative size": ((-1,), (1,), 0),
    "fewer strides than sizes": ((2, 2), (1,), 0),
    "sizes that are not ints": ((2.0,), (1,), 0),
    "sizes of truth values": ((True,), (1,), 0),
    "sizes as a list": ([2], [1], 0),
    "elements repeated without end": ((2**40,), (0,), 0),
    "a size of 2**70": ((2**70,), (1,), 0),
}


@pytest.mark.parametrize("where", ["numpy", "jax", "strict"])
@pytest.mark.parametrize("name", LIES)
def test_geometry_that_lies(name, where):
    """A tensor lies inside its storage, on every backend."""
    with pytest.raises(pickle.UnpicklingError, match="storage"):
        loaded(_tensor_in(*LIES[name]), map_location=where)
    assert loaded(_tensor_in((2, 2), (1, 2), 0), map_location=where).tolist() == [[0, 2], [1, 3]]


def test_parts_that_no_tensor_has():
    for keywords in ({"names": ("a", "b")}, {"names": (1,)}, {"kind": dict}, {"kind": 3}):
        with pytest.raises(pickle.UnpicklingError):
            loaded(_tensor_in((2,), (1,), 0, **keywords))


@pytest.mark.parametrize("data", [b"", 2**33, "text", [1, 2]])
def test_storages_of_pickles_are_bytes(data):
    """A plain pickle may not ask for memory by a number, either."""
    from agrad.torch_api.storages import rebuild_storage

    if data == b"":
        assert len(rebuild_storage(data, "float32", "cpu", "numpy")) == 0
        return
    with pytest.raises(pickle.UnpicklingError):
        rebuild_storage(data, "float32", "cpu", "numpy")


def test_safe_globals_may_be_lent():
    """A class that is named safe is built while it is."""
    data = saved({"x": Own(3)})
    with agrad.serialization.safe_globals([Own]):
        assert loaded(data)["x"].value == 3
        assert agrad.serialization.get_safe_globals() == [Own]
    with pytest.raises(pickle.UnpicklingError, match="Own"):
        loaded(data)


class Own:
    """A user's class."""

    def __init__(self, value):
        self.value = value


# ---------------------------------------------------------------- damage


def test_every_cut_and_every_changed_byte_is_noticed():
    """A checksum covers every byte."""
    data = saved({"x": agrad.arange(3), "n": [1, "two"]})
    for end in range(len(data)):
        with pytest.raises(pickle.UnpicklingError):
            loaded(data[:end])
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 0x10
        with pytest.raises(pickle.UnpicklingError):
            loaded(bytes(changed))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (pickle.dumps({"a": 1}), "a plain pickle, not a file of agrad.save"),
        (pickle.dumps(0x1950A86A20F9469CFC6D, protocol=2), "does not begin as PyTorch's|plain pickle"),
        (b"\x93NUMPY\x01\x00v\x00", "numpy.load"),
        (struct.pack("<Q", 60) + b'{"x":{}}', "safetensors"),
        (b"PK\x03\x04not a zip", "zip file"),
        (b"<html>", "no known kind"),
        (container.MAGIC + struct.pack("<I", 99), "version 99"),
    ],
)
def test_files_of_other_kinds_are_named(data, words):
    with pytest.raises(pickle.UnpicklingError, match=words):
        loaded(data)


def test_a_header_that_lies_about_its_count():
    buffer = io.BytesIO()
    container.write_start(buffer)
    facts = {"dtype": "float32", "device": "cpu", "backend": "numpy", "count": 10**12}
    container.write_chunk(buffer, b"DATA", container.storage_header(facts), b"1234")
    container.write_chunk(buffer, b"TREE", pickle.dumps(1))
    container.write_chunk(buffer, b"DONE")
    with pytest.raises(pickle.UnpicklingError, match="4 bytes"):
        loaded(buffer.getvalue())


# ---------------------------------------------------------------- an old file is never lost


class _Broken:
    def __reduce__(self):
        raise ValueError("cannot be pickled")


def test_a_save_that_fails_leaves_the_old_file(tmp_path):
    """An object that does not pickle, a tensor inside vmap, a disk that is full."""
    path = tmp_path / "model.pt"
    agrad.save({"step": 1}, path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="cannot be pickled"):
        agrad.save([agrad.ones(3), _Broken()], path)
    with pytest.raises(RuntimeError, match="inside a transform"):
        agrad.vmap(lambda x: agrad.save(x, path))(agrad.ones(2))
    with pytest.raises(OSError, match="full"):
        _save_to_a_full_disk(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["model.pt"]
    buffer = io.BytesIO()
    with pytest.raises(ValueError, match="cannot be pickled"):
        agrad.save(_Broken(), buffer)
    assert buffer.getvalue() == b""


def _save_to_a_full_disk(path):
    from agrad.torch_api.files import saving

    def write(file):
        file.write(b"half of it")
        raise OSError("the disk is full")

    saving.replace_file(path, write)


def _die_while_saving(path):
    from agrad.torch_api.files import container as parts

    real = parts.write_chunk

    def write_chunk(file, tag, *data):
        if tag == b"TREE":
            os._exit(9)
        real(file, tag, *data)

    parts.write_chunk = write_chunk
    agrad.save({"x": agrad.zeros(1000)}, path)


def test_a_process_that_dies_leaves_the_old_file(tmp_path):
    path = tmp_path / "model.pt"
    agrad.save({"x": agrad.ones(1000)}, path)
    process = multiprocessing.get_context("spawn").Process(target=_die_while_saving, args=(path,))
    process.start()
    process.join()
    assert process.exitcode == 9
    assert agrad.load(path)["x"].sum() == 1000


def test_two_writers_and_a_reader(tmp_path):
    """Whoever reads finds a whole file of one of the writers."""
    path = tmp_path / "model.pt"
    agrad.save(agrad.zeros(5000), path)
    faults = []

    def write(value):
        try:
            for _ in range(20):
                agrad.save(agrad.full((5000,), value), path)
        except Exception as error:
            faults.append(error)

    writers = [threading.Thread(target=write, args=(value,)) for value in (1.0, 2.0)]
    for writer in writers:
        writer.start()
    reads = 0
    while any(writer.is_alive() for writer in writers) or reads == 0:
        found = agrad.load(path)
        assert (found == found[0]).all()
        reads += 1
    for writer in writers:
        writer.join()
    assert not faults
    assert os.listdir(tmp_path) == ["model.pt"]


def test_permissions_links_and_pipes(tmp_path):
    """A new file has the usual permissions, an old one keeps its own, a link stays a link, a pipe is written to."""
    path = tmp_path / "model.pt"
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    agrad.save(1, path)
    assert path.stat().st_mode == plain.stat().st_mode
    path.chmod(0o640)
    link = tmp_path / "latest.pt"
    link.symlink_to("model.pt")
    agrad.save(2, link)
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert agrad.load(path) == 2
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    agrad.save(3, pipe)
    reader.join()
    assert loaded(found[0]) == 3


# ---------------------------------------------------------------- memory


def test_a_load_keeps_nothing_and_holds_each_storage_once(tmp_path):
    """Nothing waits for the collector of cycles, and the peak is one copy of the file and a little."""
    path = tmp_path / "large.pt"
    agrad.save({"x": agrad.ones(1_000_000)}, path)
    agrad.load(path)
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        for _ in range(5):
            agrad.load(path)
        kept, peak = tracemalloc.get_traced_memory()
        agrad.load(path, weights_only=False)
        kept_by_trusting, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    assert kept < 200_000
    assert kept_by_trusting < 200_000
    assert peak < 9_000_000  # 4 MB of elements, and bytearray's room to grow


# ---------------------------------------------------------------- safetensors


def test_safetensors_both_ways(tmp_path, backend):  # noqa: F811
    """Every dtype of the format, by the library itself on the other side."""
    library = pytest.importorskip("safetensors", reason="safetensors is not installed")
    import safetensors.numpy

    from agrad.utils import safetensors as files

    path = tmp_path / "model.safetensors"
    its = agrad.backend.get_backend(backend)
    names = [one for one in agrad.dtypes.ALL if one is not agrad.complex128 and its.supports(one)]
    tensors = {one.name: agrad.tensor([[0, 1, 1], [1, 0, 1]]).to(one) for one in names}
    tensors["turned"] = agrad.arange(6).reshape(2, 3).t()
    tensors["empty"] = agrad.zeros(0, 2)
    tensors["0-d"] = agrad.tensor(2.5, requires_grad=True)
    files.save_file(tensors, path, metadata={"made by": "a test"})
    found = files.load_file(path)
    assert set(found) == set(tensors)
    for name, tensor in tensors.items():
        assert found[name].dtype is tensor.dtype
        assert found[name].tolist() == tensor.tolist()
        assert found[name].shape == tensor.shape
        assert found[name]._options.backend is its
        assert not found[name].requires_grad
    assert library.safe_open(path, framework="numpy").metadata() == {"made by": "a test"}
    plain = {name: tensor for name, tensor in tensors.items() if tensor.dtype not in (agrad.bfloat16,)}
    files.save_file(plain, path)
    for name, array in safetensors.numpy.load_file(path).items():
        assert array.tolist() == plain[name].tolist()
    arrays = {"x": np.arange(6.0).reshape(2, 3), "n": np.arange(2, dtype=np.int16)}
    safetensors.numpy.save_file(arrays, path)
    for name, tensor in files.load_file(path, device=backend).items():
        assert tensor.tolist() == arrays[name].tolist()
        assert tensor.dtype.name == arrays[name].dtype.name


def test_what_safetensors_cannot_hold():
    pytest.importorskip("safetensors", reason="safetensors is not installed")
    from agrad.utils import safetensors as files

    x = agrad.ones(2, 2)
    with pytest.raises(RuntimeError, match="'a' and 'b'"):
        files.save({"a": x, "b": x[0]})
    with pytest.raises(TypeError, match="complex128"):
        files.save({"a": agrad.ones(1, dtype=agrad.complex128)})
    with pytest.raises(TypeError, match="dict of str to Tensor"):
        files.save([x])
    with pytest.raises(TypeError, match="ndarray"):
        files.save({"a": np.ones(2)})
    with pytest.raises(pickle.UnpicklingError, match="safetensors"):
        files.load(b"12345678nonsense")
    whole = files.save({"a": x})
    for end in range(len(whole)):
        with pytest.raises(pickle.UnpicklingError):
            files.load(whole[:end])
