"""agrad's errors: each says what was required, what was received and what to do.

Each is an :class:`AgradError` and also the builtin that PyTorch raises in the same place, so that
``except RuntimeError`` written for PyTorch catches it.
"""

from __future__ import annotations

import pickle


class AgradError(Exception):
    """The base of everything agrad raises on purpose."""


class GradError(AgradError, RuntimeError):
    """Something about the graph: no gradient to give, a freed graph, a tensor changed in place."""


class ShapeError(AgradError, RuntimeError):
    """Shapes that do not go together."""


class DTypeError(AgradError, RuntimeError):
    """A dtype that an operation does not take, or that does not go with another's."""


class NumberRangeError(AgradError, RuntimeError, OverflowError):
    """A number that a dtype cannot hold."""


class DeviceError(AgradError, RuntimeError):
    """An unknown device, or tensors on different ones."""


class NoCuda(DeviceError, AssertionError):
    """A CUDA device asked for where there is none."""


class BackendError(AgradError, TypeError):
    """Tensors of different backends in one operation."""


class MissingBackend(AgradError, ImportError):
    """A backend that is not installed or not known."""


class UnsupportedDType(AgradError, TypeError):
    """A dtype that a backend does not have."""


class UnsupportedArray(UnsupportedDType, ValueError):
    """An array of a dtype that no tensor has."""


class ReadOnlyError(AgradError, RuntimeError, ValueError):
    """A write into memory that cannot be written to."""


class UnsupportedOperation(AgradError, NotImplementedError):
    """Something a backend, or agrad, does not do."""


class NotAnOperand(AgradError, TypeError):
    """An argument that is neither a Tensor, an array of a known backend nor, where one may stand, a number."""


class IndexOutOfRange(AgradError, IndexError):
    """An index or dimension that is not there."""


class MissingFunction(AgradError, AttributeError):
    """A function that a backend's library lacks and agrad has no default for."""


class LinAlgError(AgradError, RuntimeError, ValueError):
    """A matrix without the inverse or factor that was asked for; also what NumPy's error of this name is."""


class LoadError(AgradError, pickle.UnpicklingError):
    """A file that cannot be loaded: not of a known format, damaged, or asking for more than it may."""


__all__ = [
    "AgradError",
    "BackendError",
    "DeviceError",
    "GradError",
    "IndexOutOfRange",
    "LinAlgError",
    "LoadError",
    "MissingBackend",
    "MissingFunction",
    "NoCuda",
    "NotAnOperand",
    "ShapeError",
    "UnsupportedDType",
    "UnsupportedOperation",
]


def __dir__() -> list[str]:
    return list(__all__)
