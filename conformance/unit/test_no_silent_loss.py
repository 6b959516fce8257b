"""No silent loss: every public function of every face, in grad, jvp, vmap and backward(), finds its derivative or raises.

:mod:`silent_loss` calls and compares; here is what is known to have another derivative than differences find, with the reason, and
what takes no tensor.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import silent_loss

EVERY = frozenset(silent_loss.MODES)
TAPE = frozenset({"tape"})

ASKED = "it is there to cut"
PERMITTED = "PyTorch permits it outside transforms on a tensor that requires grad, and there alone it is permitted"
GAUGE = "vectors are determined up to a phase or a basis, which differences see and no derivative tells"
SAMPLED = "PyTorch's definition: a sample is no function of its distribution's parameters"

#: (modes, reason) of functions whose derivative is another than differences find
KNOWN: dict[str, tuple[frozenset[str], str]] = {
    "agrad.detach": (EVERY, ASKED),
    "agrad.detach_": (EVERY, ASKED),
    "Tensor.detach": (EVERY, ASKED),
    "Tensor.detach_": (EVERY, ASKED),
    "Tensor.data": (EVERY, ASKED),
    "Tensor.__float__": (TAPE, PERMITTED),
    "Tensor.__complex__": (TAPE, PERMITTED),
    "Tensor.item": (TAPE, PERMITTED),
    "Tensor.tolist": (TAPE, PERMITTED),
    "Tensor.new_tensor": (TAPE, PERMITTED),
    "agrad.tensor": (TAPE, PERMITTED),
    "agrad.FloatTensor": (TAPE, PERMITTED),
    "agrad.HalfTensor": (TAPE, PERMITTED),
    "agrad.binomial": (EVERY, SAMPLED),
    "agrad.normal": (EVERY, SAMPLED),
    "xp.linalg.eig": (EVERY, GAUGE),
    "xp.linalg.svd": (EVERY, GAUGE),
    "linalg.eig": (EVERY, GAUGE),
    "linalg.svd": (EVERY, GAUGE),
    "np.linalg.eig": (EVERY, GAUGE),
}

#: functions that change the process, or files, and are not called
LEFT_OUT = {
    "agrad": {
        "load", "manual_seed", "save", "seed", "set_default_backend", "set_default_device", "set_default_dtype",
        "set_default_tensor_type", "set_float32_matmul_precision", "set_grad_enabled", "set_num_interop_threads", "set_num_threads",
        "set_printoptions", "set_rng_state", "use_deterministic_algorithms",
    },
    "Tensor": {"backward"},
    "np": {
        "fromfile", "genfromtxt", "info", "load", "loadtxt", "lookfor", "memmap", "save", "savetxt", "savez", "savez_compressed",
        "set_printoptions", "setbufsize", "seterr", "seterrcall", "show_config", "show_runtime", "source", "test", "tofile",
    },
}  # fmt: skip

_BITS = {"bitwise_and", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "gcd", "lcm"}
#: functions that run on none of the arguments: they take no floating tensor, or no tensor
TAKE_NONE = {
    "agrad": _BITS | {
        "BFloat16Tensor", "are_deterministic_algorithms_enabled", "available_backends", "bitwise_not", "broadcast_shapes", "can_cast",
        "empty", "eye", "from_numpy", "frombuffer", "gcd_", "get_backend", "get_default_backend", "get_default_device",
        "get_default_dtype", "get_float32_matmul_precision", "get_num_interop_threads", "get_num_threads", "get_printoptions",
        "get_rng_state", "initial_seed", "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "is_grad_enabled",
        "is_inference_mode_enabled", "lcm_", "ones", "primitive", "promote_types", "rand", "randn", "randperm", "unravel_index",
        "zeros", "full", "full_like", "scalar_tensor",
    },
    "xp": (_BITS - {"gcd", "lcm"}) | {"bitwise_invert", "empty", "eye", "iinfo", "isdtype", "ones", "zeros"},
    "xp.fft": {"fftfreq", "rfftfreq"},
    "F": {"one_hot"},
    "Tensor": _BITS | {f"{name}_" for name in _BITS} | {
        "as_subclass", "bfloat16", "bitwise_not", "bitwise_not_", "pin_memory", "register_hook",
        "register_post_accumulate_grad_hook", "retain_grad",
    },
    "np": _BITS | {
        "apply_over_axes", "astype", "binary_repr", "broadcast_shapes", "busday_count", "can_cast", "datetime_as_string",
        "datetime_data", "empty", "eye", "frombuffer", "fromfunction", "fromiter", "frompyfunc", "fromregex", "fromstring",
        "get_include", "get_printoptions", "getbufsize", "geterr", "geterrcall", "identity", "indices", "isdtype", "isfortran",
        "isnat", "issubdtype", "left_shift", "mask_indices", "nested_iters", "ones", "packbits", "promote_types", "put_along_axis",
        "ravel_multi_index", "right_shift", "typename", "unpackbits", "unravel_index", "zeros",
    },
}  # fmt: skip


def _listed(table: dict[str, set[str]], name: str) -> bool:
    prefix, _, function = name.rpartition(".")
    return function in table.get(prefix, ())


FACES = silent_loss.faces()
CHUNKS = [
    pytest.param(calls[start : start + 60], id=f"{face} {calls[start].name.rpartition('.')[2]}")
    for face, calls in FACES.items()
    for start in range(0, len(calls), 60)
]


@pytest.mark.parametrize("calls", CHUNKS)
def test_no_derivative_is_lost_in_silence(calls: list[silent_loss.Call]) -> None:
    told: list[str] = []
    idle: list[str] = []
    for call in calls:
        if _listed(LEFT_OUT, call.name):
            continue
        ran, found = silent_loss.losses(call)
        if not ran:
            idle.append(call.name)
        modes = KNOWN.get(call.name, (frozenset(), ""))[0]
        told += [str(one) for one in found if one.mode not in modes]
    assert not told, "\n".join(told)
    missing = [name for name in idle if not _listed(TAKE_NONE, name) and not name.startswith("scipy.")]
    assert not missing, (
        f"no arguments in silent_loss.TRIALS suit {missing}: add some, or list them in TAKE_NONE if they take no floating tensor"
    )


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_what_is_known_is_still_so(name: str) -> None:
    (call,) = [one for calls in FACES.values() for one in calls if one.name == name]
    modes, reason = KNOWN[name]
    found = {one.mode for one in silent_loss.losses(call)[1]}
    assert found, f"{name} loses nothing any more: take it out of KNOWN ({reason})"
    assert found <= modes


def test_the_net_catches_what_cuts() -> None:
    """Each way to lose a derivative, put in on purpose, is found."""
    import agrad

    def cut(x):
        return x * x.detach()

    def partly(x):
        with agrad.no_grad():
            half = x * 2
        return half + x

    def by_number(x):
        return agrad.tensor(x.detach().tolist(), dtype=x.dtype) * x

    for broken in (cut, partly, by_number):
        _, found = silent_loss.losses(silent_loss.Call("broken", broken))
        assert {one.mode for one in found} >= {"grad", "tape"}, broken.__name__
    _, found = silent_loss.losses(silent_loss.Call("whole", lambda x: x * x))
    assert not found
