"""PyTorch's ``torch.cuda``: which CUDA devices there are, and waiting for them.

The devices are those that ``device='cuda'`` means now: the default backend's own, or for NumPy CuPy's. Streams and events are the
array libraries' affair: agrad orders its work itself.
"""

from __future__ import annotations

from typing import Any

from agrad.array_api._making import place
from agrad.backend import Backend
from agrad.devices import Device
from agrad.errors import AgradError, DeviceError, MissingBackend, NoCuda
from agrad.random.generator import get_rng_state as _get_rng_state
from agrad.random.generator import initial_seed as _initial_seed
from agrad.random.generator import manual_seed as _manual_seed
from agrad.random.generator import seed as _seed
from agrad.random.generator import set_rng_state as _set_rng_state
from agrad.scopes import Choice, Lock, Scope
from agrad.torch_api.typed_constructors import (
    CudaBFloat16Tensor as BFloat16Tensor,
)
from agrad.torch_api.typed_constructors import (
    CudaBoolTensor as BoolTensor,
)
from agrad.torch_api.typed_constructors import (
    CudaByteTensor as ByteTensor,
)
from agrad.torch_api.typed_constructors import (
    CudaCharTensor as CharTensor,
)
from agrad.torch_api.typed_constructors import (
    CudaDoubleTensor as DoubleTensor,
)
from agrad.torch_api.typed_constructors import (
    CudaFloatTensor as FloatTensor,
)
from agrad.torch_api.typed_constructors import (
    CudaHalfTensor as HalfTensor,
)
from agrad.torch_api.typed_constructors import (
    CudaIntTensor as IntTensor,
)
from agrad.torch_api.typed_constructors import (
    CudaLongTensor as LongTensor,
)
from agrad.torch_api.typed_constructors import (
    CudaShortTensor as ShortTensor,
)


class DeviceIndexError(AgradError, RuntimeError, AssertionError):
    """The number of a GPU that is not there."""


def _found(device: Any = None) -> tuple[Backend, Device]:
    """Return the backend and device that a CUDA device means; the current one when not given."""
    if device is None:
        device = Device("cuda", _place()[0])
    elif isinstance(device, str):
        device = Device(device)
    elif isinstance(device, Device) and device.index is None and device.type == "cuda":
        device = Device("cuda", _place()[0], backend=device.backend)
    return place(device)


_current = [0]
#: the indices that blocks chose, each in a list, so that set_device may change it for the rest of the block
_inside: Choice[list[int]] = Choice("agrad_cuda_device")


def _place() -> list[int]:
    """Return the list that holds the index in force."""
    return _inside.innermost() or _current


def is_available() -> bool:
    """Whether ``device='cuda'`` finds a GPU."""
    return device_count() > 0


def device_count() -> int:
    """Return the number of GPUs."""
    try:
        backend, _ = place(Device("cuda"))
    except (DeviceError, MissingBackend, ImportError):
        return 0
    return sum(device.type == "cuda" for device in backend.devices())


def is_initialized() -> bool:
    """Whether there is a GPU to work with."""
    return is_available()


def init() -> None:
    """Do nothing: GPUs are found when first used."""


def current_device() -> int:
    """Return the index of the GPU that :func:`set_device` chose, 0 at first.

    Raises
    ------
    AssertionError, RuntimeError
        When there is none.
    """
    _found()
    return _place()[0]


def set_device(device: Any) -> None:
    """Choose the GPU that functions here mean when none is named.

    Parameters
    ----------
    device : int, str or Device
    """
    _place()[0] = _index(device)


def _index(device: Any) -> int:
    index = device if isinstance(device, int) else Device(device).index or 0
    if not 0 <= index < device_count():
        if not device_count():
            _found()
        raise DeviceIndexError(
            f"CUDA error: invalid device ordinal: there are {device_count()} devices; received {index}."
        )
    return index


class device(Scope):
    """A context manager that chooses a GPU for a ``with`` block; None or a negative index chooses none.

    Parameters
    ----------
    device : int, str, Device or None
    """

    def __init__(self, device: Any) -> None:
        self.index = -1 if device is None or (isinstance(device, int) and device < 0) else _index(device)

    def _enter(self, lock: Lock) -> None:
        _inside.enter(lock, [_place()[0] if self.index < 0 else self.index])


def synchronize(device: Any = None) -> None:
    """Wait until all work on a GPU is done."""
    backend, where = _found(device)
    backend.synchronize(where)


def get_device_name(device: Any = None) -> str:
    """Return a GPU's name."""
    backend, where = _found(device)
    return backend.device_name(where)


def get_device_properties(device: Any = None) -> dict[str, Any]:
    """Return what the backend tells of a GPU."""
    backend, where = _found(device)
    return {"name": backend.device_name(where), **backend.memory(where)}


# ---------------------------------------------------------------- memory


def memory_allocated(device: Any = None) -> int:
    """Return the bytes that arrays take on a GPU, as far as the backend tells; 0 without a GPU."""
    return _memory(device, "allocated")


def max_memory_allocated(device: Any = None) -> int:
    """Return the most bytes that arrays took at once on a GPU, as far as the backend tells; 0 without a GPU."""
    return _memory(device, "max_allocated")


def memory_reserved(device: Any = None) -> int:
    """Return the bytes that the backend's pool holds on a GPU, as far as it tells; 0 without a GPU."""
    return _memory(device, "reserved")


def _memory(device: Any, what: str) -> int:
    if not is_available():
        return 0
    backend, where = _found(device)
    return int(backend.memory(where).get(what, 0))


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """Return the free and the total bytes of a GPU.

    Raises
    ------
    NotImplementedError
        When the backend does not tell.
    """
    from agrad.errors import UnsupportedOperation

    backend, where = _found(device)
    told = backend.memory(where)
    if "free" not in told or "total" not in told:
        raise UnsupportedOperation(f"the backend {backend.name} does not tell how much memory {where} has.")
    return told["free"], told["total"]


def empty_cache() -> None:
    """Give the pool's unused memory back, where the backend has a pool; nothing without a GPU."""
    if is_available():
        backend, _ = _found()
        backend.empty_cache()


# ---------------------------------------------------------------- random numbers: one generator for all devices


def manual_seed(seed: int) -> None:
    """Seed the default generator, which serves all devices."""
    _manual_seed(seed)


def manual_seed_all(seed: int) -> None:
    """Seed the default generator, which serves all devices."""
    _manual_seed(seed)


def seed() -> None:
    """Seed the default generator from the operating system."""
    _seed()


def seed_all() -> None:
    """Seed the default generator from the operating system."""
    _seed()


def initial_seed() -> int:
    """Return the seed the default generator started from."""
    return _initial_seed()


def get_rng_state(device: Any = None) -> Any:
    """Return the default generator's state as a uint8 tensor."""
    return _get_rng_state()


def set_rng_state(new_state: Any, device: Any = None) -> None:
    """Go back to a state that :func:`get_rng_state` returned."""
    _set_rng_state(new_state)


def __getattr__(name: str) -> Any:
    if name == "amp":
        from agrad import amp

        return amp
    raise AttributeError(f"module 'agrad.cuda' has no attribute {name!r}")


__all__ = [
    "BFloat16Tensor",
    "BoolTensor",
    "ByteTensor",
    "CharTensor",
    "DoubleTensor",
    "FloatTensor",
    "HalfTensor",
    "IntTensor",
    "LongTensor",
    "NoCuda",
    "ShortTensor",
    "current_device",
    "device",
    "device_count",
    "empty_cache",
    "get_device_name",
    "get_device_properties",
    "get_rng_state",
    "init",
    "initial_seed",
    "is_available",
    "is_initialized",
    "manual_seed",
    "manual_seed_all",
    "max_memory_allocated",
    "mem_get_info",
    "memory_allocated",
    "memory_reserved",
    "seed",
    "seed_all",
    "set_device",
    "set_rng_state",
    "synchronize",
]


def __dir__() -> list[str]:
    return list(__all__)
