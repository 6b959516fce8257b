"""PyTorch's ``torch.accelerator``: the GPU that there is, whatever its kind; here CUDA's, as :mod:`agrad.cuda` finds them."""

from __future__ import annotations

from typing import Any

from agrad import cuda
from agrad.devices import Device


def is_available() -> bool:
    """Whether there is an accelerator."""
    return cuda.is_available()


def device_count() -> int:
    """Return how many there are."""
    return cuda.device_count()


def current_accelerator(check_available: bool = False) -> Device | None:
    """Return the kind of accelerator there is as a device without an index; None without one."""
    return Device("cuda") if cuda.is_available() else None


def current_device_index() -> int:
    """Return the index of the current one."""
    return cuda.current_device()


def set_device_index(device: Any) -> None:
    """Choose the current one."""
    cuda.set_device(device)


def synchronize(device: Any = None) -> None:
    """Wait until all work on one is done."""
    cuda.synchronize(device)


__all__ = [
    "current_accelerator",
    "current_device_index",
    "device_count",
    "is_available",
    "set_device_index",
    "synchronize",
]


def __dir__() -> list[str]:
    return list(__all__)
