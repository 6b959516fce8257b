"""Devices: 'cpu', 'cuda:0', or whatever a backend calls its own; and the default one, where somebody chose one."""

from __future__ import annotations

from typing import Any

from agrad.errors import DeviceError
from agrad.scopes import Choice, Lock, Scope


class Device(Scope):
    """A place where tensors live; as a context manager, the one where a ``with`` block makes its tensors.

    Parameters
    ----------
    type : str or Device
        'cpu', 'cuda', 'cuda:1', or a backend's own word. An int n is 'cuda:n'.
    index : int, optional
        Which of several.

    Attributes
    ----------
    backend : str or None
        The backend whose device this is; it does not count in comparisons, so that ``x.device == agrad.device('cpu')``
        holds on every backend.
    """

    __slots__ = ("_hash", "backend", "index", "type")

    type: str
    index: int | None
    backend: str | None

    def __init__(self, type: Any, index: int | None = None, *, backend: str | None = None) -> None:
        if isinstance(type, Device):
            type, index, backend = type.type, type.index if index is None else index, backend or type.backend
        if isinstance(type, int) and not isinstance(type, bool) and index is None:
            type, index = "cuda", type
        if not isinstance(type, str):
            raise DeviceError(f"a device is a string such as 'cpu' or 'cuda:0', or a Device; received {type!r}.")
        word, colon, number = type.partition(":")
        if colon:
            if index is not None or not number.isdigit():
                raise DeviceError(f"Invalid device string: {type!r}. Write a type and an index, as in 'cuda:0'.")
            index = int(number)
        if not word.replace("_", "a").isalnum() or (index is not None and index < 0):
            raise DeviceError(f"Invalid device string: {type!r}. Write a type and an index, as in 'cuda:0'.")
        self.type = word
        self.index = index
        self.backend = backend
        self._hash = hash((word, index))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return str(self) == other
        return isinstance(other, Device) and self.type == other.type and self.index == other.index

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        if self.index is None:
            return f"device(type={self.type!r})"
        return f"device(type={self.type!r}, index={self.index})"

    def _enter(self, lock: Lock) -> Device:
        _chosen.enter(lock, self)
        return self

    def __reduce__(self) -> Any:
        return (_rebuild, (self.type, self.index, self.backend))


Device.__name__ = Device.__qualname__ = "device"  # as PyTorch's is called


def _rebuild(type: str, index: int | None, backend: str | None) -> Device:
    return Device(type, index, backend=backend)


_chosen: Choice[Device] = Choice("agrad_device")
_default: list[Device] = []
_home: list[str] = ["cpu"]


def chosen_device() -> Device | None:
    """Return the device that somebody chose for new tensors, by a ``with`` block or for the whole process; None if nobody did."""
    chosen = _chosen.innermost()
    if chosen is not None:
        return chosen
    return _default[0] if _default else None


def choose_device(device: Device | None, *, home: bool = False) -> None:
    """Choose the device of new tensors for the whole process; None leaves it to the backend again.

    Parameters
    ----------
    home : bool
        Whether texts of tensors on such devices need not name it: PyTorch's default tensor type says so, its default device not.
    """
    _default[:] = [] if device is None else [device]
    if home:
        _home[0] = "cpu" if device is None else device.type


def is_home(device: Device) -> bool:
    """Whether a text need not name a device."""
    return device.type == _home[0] and (device.type == "cpu" or not device.index)


__all__ = [
    "Device",
    "choose_device",
    "chosen_device",
    "is_home",
]


def __dir__() -> list[str]:
    return list(__all__)
