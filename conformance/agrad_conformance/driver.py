"""Everything the judge asks of agrad, in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from agrad import dtypes
from agrad.backend import Backend, get_backend
from agrad.engine.core import TensorCore, classes, make_leaf, wrap
from agrad.engine.gradient import gradients
from agrad.engine.jvp_level import jvp as _jvp
from agrad.engine.primitive import composites, registry
from agrad.errors import UnsupportedDType
from agrad.func import vmap

__all__ = [
    "Place",
    "UnsupportedDType",
    "call",
    "gradient",
    "is_on",
    "leaf",
    "operation",
    "push",
    "tensor_namespace",
    "to_numpy",
    "to_tensor",
    "told",
    "vmap",
]


class Place:
    """A backend and one of its devices."""

    def __init__(self, backend: str | Backend, device: str | None = None) -> None:
        self.backend: Backend = get_backend(backend)
        self.device = self.backend.default_device() if device is None else self.backend.find_device(device)

    @property
    def name(self) -> str:
        """The backend's name, with the device where it is not the default one."""
        return (
            self.backend.name if self.device == self.backend.default_device() else f"{self.backend.name}:{self.device}"
        )

    @property
    def compiles(self) -> bool:
        """Whether the backend compiles: each operation on new shapes is then slow once, and a compiled function is judged too."""
        return type(self.backend).compile is not Backend.compile

    def supports(self, dtype: str) -> bool:
        """Whether the backend has a dtype."""
        return self.backend.supports(dtypes.by_name(dtype))

    def tensor(self, array: np.ndarray) -> Any:
        """Return a Tensor of an array's values; on NumPy it cannot be written to."""
        backend = self.backend
        dtype = dtypes.by_name(array.dtype.name)
        if backend.name == "numpy":
            raw = np.array(array, copy=True)
            raw.flags.writeable = False
        else:
            raw = backend.from_host(np.array(array, copy=True), dtype, self.device)
        return wrap(raw, backend.options(self.device, dtype))


def operation(name: str) -> Callable[..., Any]:
    """Return a primitive or composite by its name."""
    if name in registry:
        return registry[name].call
    return composites[name]


def tensor_namespace() -> Any:
    """Return the standard's face, the namespace that rules run in on Tensors."""
    return classes.tensor_xp


def is_elementwise(name: str) -> bool:
    """Whether a name is an elementwise primitive's."""
    return name in registry and registry[name].elementwise


def is_differentiable(name: str) -> bool:
    """Whether a primitive has a rule; of a composite its parts tell, and nothing is known here."""
    return name in registry and registry[name].differentiable


def to_tensor(array: Any, place: Place) -> Any:
    """Return a Tensor on a place with a NumPy array's values; what is no array is returned as it is."""
    if isinstance(array, (list, tuple)):
        return type(array)(to_tensor(part, place) for part in array)
    if not isinstance(array, (np.ndarray, np.generic)):
        return array
    return place.tensor(np.asarray(array))


def leaf(tensor: Any) -> Any:
    """Return a tensor of the same array that requires grad."""
    return make_leaf(wrap(tensor._data, tensor._options))


def to_numpy(tensor: Any) -> np.ndarray:
    """Return a Tensor's values as a NumPy array."""
    backend = tensor._options.backend
    host = backend.to_host(backend.ensure_array(tensor._data))
    if isinstance(host, np.ndarray):
        return np.array(host, copy=True)
    try:
        return np.array(np.from_dlpack(host), copy=True)
    except Exception:  # a device or dtype that DLPack does not carry: numbers do
        return np.asarray(backend.tolist(tensor._data), dtype=tensor._options.dtype.name).reshape(tensor._shape)


def is_on(tensor: Any, place: Place) -> bool:
    """Whether a Tensor is on a place, by what it says and by its raw array's device and dtype."""
    options = tensor._options
    backend = options.backend
    if backend is not place.backend or options.device != place.device:
        return False
    raw = backend.ensure_array(tensor._data)
    return bool(backend.device_of(raw) == place.device and backend.dtype_of(raw) is options.dtype)


def told(tensor: Any) -> str:
    """Return a Tensor's dtype and device, and its raw array's, for messages."""
    options = tensor._options
    raw = options.backend.ensure_array(tensor._data)
    return (
        f"{options.dtype.name} on {options.device}, in an array of {options.backend.dtype_of(raw).name} on "
        f"{options.backend.device_of(raw)}"
    )


def outputs_of(answer: Any) -> list[Any]:
    """Return the Tensors among an operation's outputs."""
    return [
        part for part in (answer if isinstance(answer, (tuple, list)) else (answer,)) if isinstance(part, TensorCore)
    ]


def call(function: Callable[..., Any], args: tuple[Any, ...], params: dict[str, Any]) -> list[Any]:
    """Call an operation and return its output Tensors."""
    return outputs_of(function(*args, **params))


def gradient(outputs: list[Any], inputs: list[Any], cotangents: list[Any], *, create_graph: bool) -> list[Any]:
    """Return gradients, None where an input plays no part."""
    pairs = [(out, g) for out, g in zip(outputs, cotangents, strict=True) if out._node is not None]
    if not pairs:
        return [None] * len(inputs)
    return list(
        gradients(
            [out for out, _ in pairs],
            inputs,
            [g for _, g in pairs],
            create_graph=create_graph,
            retain_graph=True,
            allow_unused=True,
        )
    )


def push(function: Callable[..., Any], primals: list[Any], tangents: list[Any]) -> tuple[list[Any], list[Any]]:
    """Return outputs and their tangents."""
    outs, pushed = _jvp(lambda *args: tuple(outputs_of(function(*args))), primals, tangents)
    return list(outs), list(pushed)
