"""Devices, against PyTorch on a machine without a GPU: device objects, agrad.cuda, tensors made with device=, defaults."""

from __future__ import annotations

import pytest
from oracle import Error, Row, case_id, cases, check, floats


def plain(name, run, inputs=(), **more):
    """A row without gradients."""
    return Row(name, run, inputs, grad=False, **more)


def told(device):
    """What a device says of itself."""
    return [repr(device), str(device), device.type, device.index]


OBJECTS = [
    plain("cpu", lambda t: told(t.device("cpu"))),
    plain("cuda", lambda t: told(t.device("cuda"))),
    plain("cuda:1", lambda t: told(t.device("cuda:1"))),
    plain("cpu:0", lambda t: told(t.device("cpu:0"))),
    plain("type and index", lambda t: told(t.device("cuda", 1))),
    plain("type= and index=", lambda t: told(t.device(type="cuda", index=2))),
    plain("of a device", lambda t: told(t.device(t.device("cuda:3")))),
    plain("equality", lambda t: [t.device("cuda:0") == t.device("cuda", 0), t.device("cuda") == t.device("cuda:0"),
        t.device("cpu") == t.device("cpu"), t.device("cpu") != t.device("cuda")]),
    plain("in a set", lambda t: len({t.device("cpu"), t.device("cpu"), t.device("cuda:0")})),
    plain("isinstance", lambda t: isinstance(t.ones(1).device, t.device)),
]  # fmt: skip
TENSORS = [
    plain(
        "a tensor's device",
        lambda t: [told(t.ones(1).device), t.ones(1).is_cuda, t.ones(1).is_cpu, t.ones(1).get_device()],
    ),
    plain(
        "device= a string", lambda t: [f(2, device="cpu").device for f in (t.ones, t.zeros, t.rand, t.randn, t.arange)]
    ),
    plain(
        "device= an object",
        lambda t: [t.tensor([1], device=t.device("cpu")).device, t.full((1,), 2, device=t.device("cpu")).device],
    ),
    plain("to and cpu", lambda t, x: [x.to("cpu") is x, x.cpu() is x, x.to(t.device("cpu")) is x], (floats(2),)),
    plain("cpu:0 is cpu", lambda t: t.ones(1, device="cpu:0").tolist()),
    plain("device= of another tensor", lambda t, x: t.ones(2, device=x.device).device, (floats(2),)),
    Row("device if there is one", lambda t, x: x.to("cuda" if t.cuda.is_available() else "cpu") * 2, (floats(2),)),
    plain("get_default_device", lambda t: told(t.get_default_device())),
    plain(
        "set_default_device",
        lambda t: (t.set_default_device("cpu"), t.ones(1).device, t.set_default_device(None), t.ones(1).device)[1::2],
    ),
    plain("a device for a block", lambda t: _in_a_block(t)),
    plain("text without the device", lambda t: repr(t.ones(2, device="cpu"))),
]


def _in_a_block(t):
    with t.device("cpu"):
        x = t.ones(1)
    return x.device


CUDA = [
    plain("is_available", lambda t: t.cuda.is_available()),
    plain("device_count", lambda t: t.cuda.device_count()),
    plain("memory", lambda t: [t.cuda.memory_allocated(), t.cuda.max_memory_allocated(), t.cuda.empty_cache()]),
    plain("seeds", lambda t: [t.cuda.manual_seed(1), t.cuda.manual_seed_all(1)]),
    plain("threads", lambda t: (t.set_num_threads(2), t.get_num_threads(), t.set_num_threads(1))[1]),
    plain("deterministic", lambda t: (
        t.use_deterministic_algorithms(True), t.are_deterministic_algorithms_enabled(), t.use_deterministic_algorithms(False),
        t.are_deterministic_algorithms_enabled())[1::2]),
]  # fmt: skip
OTHERS = [
    plain("accelerator", lambda t: [t.accelerator.is_available(), t.accelerator.current_accelerator(), t.accelerator.device_count()]),
    plain("backends", lambda t: [t.backends.mps.is_available(), t.backends.cuda.is_built(), t.backends.cudnn.is_available()]),
    plain("cudnn's switches", lambda t: (
        setattr(t.backends.cudnn, "deterministic", True), t.backends.cudnn.deterministic,
        setattr(t.backends.cudnn, "deterministic", False), t.backends.cudnn.deterministic)[1::2]),
]  # fmt: skip
NO_CUDA = "Torch not compiled with CUDA enabled"
ERRORS = [
    Error("cuda()", lambda t: t.ones(1).cuda(), NO_CUDA),
    Error("to cuda", lambda t: t.ones(1).to("cuda"), NO_CUDA),
    Error("to cuda:0", lambda t: t.ones(1).to(t.device("cuda:0")), NO_CUDA),
    Error("made on cuda", lambda t: t.randn(1, device="cuda"), NO_CUDA),
    Error("data to cuda", lambda t: t.tensor([1.0], device="cuda"), NO_CUDA),
    Error("current_device", lambda t: t.cuda.current_device(), NO_CUDA),
    Error("synchronize", lambda t: t.cuda.synchronize(), NO_CUDA),
    Error("get_device_name", lambda t: t.cuda.get_device_name(), NO_CUDA),
    Error("a bad string", lambda t: t.device("cuda:x"), "Invalid device string: 'cuda:x'"),
    Error("a negative index", lambda t: t.device("cuda:-1"), "Invalid device string: 'cuda:-1'"),
    Error("fewer than one thread", lambda t: t.set_num_threads(0), "expects a positive integer"),
]


@pytest.mark.parametrize(("row", "backend"), cases([*OBJECTS, *TENSORS, *CUDA, *OTHERS, *ERRORS]), ids=case_id)
def test_devices(row, backend):
    check(row, backend)
