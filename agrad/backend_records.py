"""What a backend's tensors have in common, and its functions: two plain records that the engine reads on every operation.

They belong to the protocol and are taken from :mod:`agrad.backend`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.errors import MissingFunction

if TYPE_CHECKING:
    from agrad.backend import Backend
    from agrad.devices import Device
    from agrad.dtypes import DType

_CONSTANTS = 512


class _Paths:
    """Whether operations may take the hot path at all: not while everything that a graph saves has to be looked at."""

    __slots__ = ("hot",)

    def __init__(self) -> None:
        self.hot = True


paths = _Paths()


class TensorOptions:
    """Backend, device and dtype of a tensor in one record, made once: one identity check compares all three.

    Attributes
    ----------
    backend, device, dtype
        agrad's objects.
    standard : bool
        Whether 0-d tensors promote as the standard says (arrays made by ``agrad.array_api``, raw arrays) or as PyTorch does.
    inference : bool
        Whether the tensor was made in inference mode.
    xp, raw
        The backend's namespace and its table of raw functions.
    raw_dtype, raw_device
        What the backend calls them.
    is_real, is_complex, is_inexact : bool
        The dtype's kind.
    hot : bool
        Whether the hot path may run: a real floating dtype, whose operations no transform interprets.
    constants, scalars : dict
        Python numbers turned into arrays of the dtype, kept; scalars are for meeting 0-d arrays.
    """

    __slots__ = (
        "_siblings",
        "backend",
        "constants",
        "device",
        "dtype",
        "hot",
        "inference",
        "is_complex",
        "is_inexact",
        "is_real",
        "raw",
        "raw_device",
        "raw_dtype",
        "scalars",
        "standard",
        "xp",
    )

    def __init__(self, backend: Backend, device: Device, dtype: DType, standard: bool, inference: bool = False) -> None:
        self.raw_dtype = backend.raw_dtype(dtype)
        self.raw_device = backend.raw_device(device)
        self.backend = backend
        self.device = device
        self.dtype = dtype
        self.standard = standard
        self.inference = inference
        self.xp = backend.xp
        self.raw = backend.raw_table
        self.is_real = dtype.is_floating_point
        self.choose_path()
        self.is_complex = dtype.is_complex
        self.is_inexact = dtype.is_inexact
        self.constants: dict[Any, Any] = {}
        self.scalars: dict[Any, Any] = {}
        self._siblings: dict[DType, TensorOptions] = {}

    def choose_path(self) -> None:
        """Set ``hot``, which an operation reads. A transform's own tape saves nothing that is written to."""
        allowed = paths.hot or self.backend.level > 0
        self.hot = allowed and self.is_real and self.backend.interpret is None and not self.inference

    def with_dtype(self, dtype: DType) -> TensorOptions:
        """The same with another dtype."""
        found = self._siblings.get(dtype)
        if found is None:
            found = self._siblings[dtype] = self.backend.options(self.device, dtype, self.standard, self.inference)
        return found

    def with_device(self, device: Device) -> TensorOptions:
        """The same on another device."""
        return self.backend.options(device, self.dtype, self.standard, self.inference)

    def with_standard(self, standard: bool) -> TensorOptions:
        """The same with the other face's promotion of 0-d tensors."""
        if standard is self.standard:
            return self
        return self.backend.options(self.device, self.dtype, standard, self.inference)

    def with_inference(self, inference: bool) -> TensorOptions:
        """The same for a tensor made in inference mode, or outside."""
        if inference is self.inference:
            return self
        return self.backend.options(self.device, self.dtype, self.standard, inference)

    def constant(self, value: Any) -> Any:
        """Return a Python number as a raw 0-d array of this dtype. Zero is never kept: 0.0 equals -0.0."""
        raw = self.backend.scalar(value, self.raw_dtype, self.raw_device)
        if value and type(value) in (int, float):
            if len(self.constants) >= _CONSTANTS:
                self.constants.clear()
            self.constants[value] = raw
        return raw

    def scalar(self, value: Any) -> Any:
        """Return a Python number as the operand of a 0-d array of this dtype: what the backend computes fastest with."""
        raw = self.backend.number(value, self.raw_dtype, self.raw_device)
        if value and type(value) in (int, float):
            if len(self.scalars) >= _CONSTANTS:
                self.scalars.clear()
            self.scalars[value] = raw
        return raw

    def __repr__(self) -> str:
        return f"TensorOptions({self.backend.name}, {self.device}, {self.dtype.name})"


class Namespace:
    """A backend's functions: the standard's, and what agrad needs beyond it. Plain attributes."""

    linalg: Any
    fft: Any
    special: Any
    backend: Any
    checks_bounds: bool
    raises_on_singular: bool

    def __init__(self, name: str) -> None:
        self.__name__ = name

    if TYPE_CHECKING:  # any function may be put in a place of its name

        def __setattr__(self, name: str, value: Any) -> None: ...

    def __getattr__(self, name: str) -> Any:
        raise MissingFunction(
            f"{self.__name__}.{name} is needed, and the backend's library has none; agrad has no default for it "
            "written on the standard. Use another backend (agrad.use_backend)."
        )


__all__ = ["Namespace", "TensorOptions"]
