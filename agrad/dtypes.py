"""agrad's own dtype objects and the one promotion table, PyTorch's, extended to the standard's unsigned integers.

A dtype is one object for the whole process: compare with ``is``. Each backend maps it to its own.
"""

from __future__ import annotations

import builtins
from typing import Any

from agrad.errors import UnsupportedDType
from agrad.scopes import Choice, Lock, Scope


class NoComplexDType(UnsupportedDType, RuntimeError):
    """A dtype whose numbers are no parts of complex ones."""


class DType:
    """A data type.

    Attributes
    ----------
    name : str
    kind : {'bool', 'int', 'uint', 'float', 'complex'}
    bits : int
    scalar_name : str
        PyTorch's name of its scalars ('Float', 'Long'), as error messages show it.
    is_half : bool
        Whether it is float16 or bfloat16, in which operations round what they computed in float32.
    """

    __slots__ = (
        "bits",
        "complex",
        "is_complex",
        "is_floating_point",
        "is_half",
        "is_inexact",
        "is_signed",
        "itemsize",
        "kind",
        "name",
        "real",
        "scalar_name",
    )

    real: DType
    complex: DType

    def __init__(self, name: str, kind: str, bits: int, scalar_name: str) -> None:
        self.name = name
        self.kind = kind
        self.bits = bits
        self.scalar_name = scalar_name
        self.itemsize = max(bits // 8, 1)
        self.is_complex = kind == "complex"
        self.is_floating_point = kind == "float"
        self.is_half = kind == "float" and bits == 16
        self.is_inexact = kind in ("float", "complex")
        self.is_signed = kind in ("int", "float", "complex")
        self.real = self
        self.complex = self

    def __repr__(self) -> str:
        return f"agrad.{self.name}"

    def __reduce__(self) -> Any:
        return (by_name, (self.name,))

    def __copy__(self) -> DType:
        return self

    def __deepcopy__(self, _: Any) -> DType:
        return self

    def to_real(self) -> DType:
        """The real dtype of the same precision."""
        return self.real

    def to_complex(self) -> DType:
        """The complex dtype of the same precision; complex64 for 16 bits.

        Raises
        ------
        RuntimeError
            For integers and bools.
        """
        if not self.is_inexact:
            raise NoComplexDType(f"Unknown Complex ScalarType for {self.scalar_name}: only floating dtypes have one.")
        return self.complex


DType.__name__ = DType.__qualname__ = "dtype"  # as PyTorch's is called

bool = DType("bool", "bool", 8, "Bool")
int8 = DType("int8", "int", 8, "Char")
int16 = DType("int16", "int", 16, "Short")
int32 = DType("int32", "int", 32, "Int")
int64 = DType("int64", "int", 64, "Long")
uint8 = DType("uint8", "uint", 8, "Byte")
uint16 = DType("uint16", "uint", 16, "UInt16")
uint32 = DType("uint32", "uint", 32, "UInt32")
uint64 = DType("uint64", "uint", 64, "UInt64")
float16 = DType("float16", "float", 16, "Half")
bfloat16 = DType("bfloat16", "float", 16, "BFloat16")
float32 = DType("float32", "float", 32, "Float")
float64 = DType("float64", "float", 64, "Double")
complex64 = DType("complex64", "complex", 64, "ComplexFloat")
complex128 = DType("complex128", "complex", 128, "ComplexDouble")
for _real, _complex in ((float32, complex64), (float64, complex128), (float16, complex64), (bfloat16, complex64)):
    _real.complex = _complex
complex64.real = float32
complex128.real = float64

ALL: tuple[DType, ...] = (
    bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64,
    float16, bfloat16, float32, float64, complex64, complex128,
)  # fmt: skip
_BY_NAME = {dtype.name: dtype for dtype in ALL}
_SIGNED = {8: int8, 16: int16, 32: int32, 64: int64}
_promoted: dict[tuple[DType, DType], DType] = {}


def by_name(name: str) -> DType:
    """Return the dtype of this name.

    Raises
    ------
    UnsupportedDType
        When there is none.
    """
    found = _BY_NAME.get(name)
    if found is None:
        raise UnsupportedDType(f"a dtype is one of {', '.join(_BY_NAME)}; received {name!r}.")
    return found


def promote(a: DType, b: DType) -> DType:
    """Return the smallest dtype that holds both: ``torch.promote_types``, and the standard's for unsigned integers."""
    if a is b:
        return a
    found = _promoted.get((a, b))
    if found is None:
        found = _promoted[(a, b)] = _promote(a, b)
    return found


def _promote(a: DType, b: DType) -> DType:
    order = {"bool": 0, "uint": 1, "int": 1, "float": 2, "complex": 3}
    if order[a.kind] > order[b.kind]:
        a, b = b, a
    if order[a.kind] < order[b.kind]:
        if b.is_complex and a.is_floating_point:
            return complex128 if a is float64 or b is complex128 else complex64
        return b
    if a.kind == b.kind:
        if a.bits != b.bits:
            return a if a.bits > b.bits else b
        return float32  # float16 with bfloat16
    unsigned, signed = (a, b) if a.kind == "uint" else (b, a)
    if unsigned.bits < signed.bits:
        return signed
    if unsigned.bits == 64:
        raise UnsupportedDType(
            f"uint64 and {signed.name} have no common integer dtype. Convert one of them first: x.to(agrad.int64)."
        )
    return _SIGNED[unsigned.bits * 2]


def can_cast(from_: DType, to: DType) -> builtins.bool:
    """Whether PyTorch lets a result of dtype `from_` be written into a tensor of dtype `to`."""
    order = {"bool": 0, "uint": 1, "int": 1, "float": 2, "complex": 3}
    return order[from_.kind] <= order[to.kind]


class _Default:
    """The default floating dtype, for the whole process as in PyTorch."""

    __slots__ = ("dtype",)

    def __init__(self) -> None:
        self.dtype = float32


_default = _Default()


#: what the arrays of the transform that is running are computed in
_program: Choice[DType] = Choice("agrad_program_dtype")


def get_default_dtype() -> DType:
    """Return the dtype that Python floats become: float32 unless changed.

    Inside a transform that was called on raw arrays it is at least as wide as these arrays' own (:class:`at_least`).
    """
    arrays = _program.innermost()
    return _default.dtype if arrays is None else promote(_default.dtype, arrays)


class at_least(Scope):
    """Make the default floating dtype as wide as that of arrays inside a ``with`` block, for this thread or asyncio task alone.

    The transforms run a function of raw arrays in such a block, so that a program in float64 stays in float64 where an integer meets
    a Python float, or where an array is made without a dtype. The default is never made narrower.

    Parameters
    ----------
    dtype : DType or None
        A real floating dtype. None changes nothing.
    """

    __slots__ = ("dtype",)

    def __init__(self, dtype: DType | None) -> None:
        self.dtype = dtype

    def _enter(self, lock: Lock) -> None:
        if self.dtype is not None:
            outer = _program.innermost()
            _program.enter(lock, self.dtype if outer is None else promote(outer, self.dtype))


def set_default_dtype(dtype: DType) -> None:
    """Change the dtype that Python floats become.

    Raises
    ------
    TypeError
        When it is not a floating dtype.
    """
    if not isinstance(dtype, DType) or not dtype.is_floating_point:
        raise UnsupportedDType(
            f"only floating-point types are supported as the default type; "
            f"received {dtype!r}. Use agrad.float32 or agrad.float64."
        )
    _default.dtype = dtype


class FInfo:
    """Machine limits of a floating dtype, as Python floats."""

    __slots__ = ("bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal", "tiny")

    def __init__(self, dtype: DType, eps: float, largest: float, tiny: float, resolution: float) -> None:
        self.dtype = dtype
        self.bits = dtype.bits
        self.eps = eps
        self.max = largest
        self.min = -largest
        self.smallest_normal = self.tiny = tiny
        self.resolution = resolution

    def __repr__(self) -> str:
        names = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        return f"finfo({', '.join(f'{name}={getattr(self, name):g}' for name in names)}, dtype={self.dtype.name})"

    def __eq__(self, other: object) -> builtins.bool:
        return isinstance(other, FInfo) and other.dtype is self.dtype

    def __hash__(self) -> builtins.int:
        return hash((FInfo, self.dtype))


class IInfo:
    """Machine limits of an integer dtype."""

    __slots__ = ("bits", "dtype", "max", "min")

    def __init__(self, dtype: DType, least: int, largest: int) -> None:
        self.dtype = dtype
        self.bits = dtype.bits
        self.min = least
        self.max = largest

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype.name})"

    def __eq__(self, other: object) -> builtins.bool:
        return isinstance(other, IInfo) and other.dtype is self.dtype

    def __hash__(self) -> builtins.int:
        return hash((IInfo, self.dtype))


#: mantissa bits (stored) and greatest exponent
_FORMATS = {float16: (10, 15), bfloat16: (7, 127), float32: (23, 127), float64: (52, 1023)}


def finfo(dtype: DType) -> FInfo:
    """Return the limits of a floating dtype (of its real part for a complex one)."""
    real = dtype.real
    if real not in _FORMATS:
        raise UnsupportedDType(f"finfo needs a floating or complex dtype; received {dtype!r}. Use iinfo for integers.")
    mantissa, exponent = _FORMATS[real]
    eps = 2.0**-mantissa
    largest = (2.0 - eps) * 2.0**exponent
    tiny = 2.0 ** (1 - exponent)
    resolution = 10.0 ** -int(mantissa * 0.30103)
    return FInfo(real, eps, largest, tiny, resolution)


def iinfo(dtype: DType) -> IInfo:
    """Return the limits of an integer dtype."""
    if dtype.kind not in ("int", "uint"):
        raise UnsupportedDType(f"iinfo needs an integer dtype; received {dtype!r}. Use finfo for floating dtypes.")
    if dtype.kind == "uint":
        return IInfo(dtype, 0, 2**dtype.bits - 1)
    return IInfo(dtype, -(2 ** (dtype.bits - 1)), 2 ** (dtype.bits - 1) - 1)


def isdtype(dtype: DType, kind: Any) -> builtins.bool:
    """Whether a dtype is of a kind, as the standard's ``isdtype`` has it."""
    if isinstance(kind, tuple):
        return any(isdtype(dtype, one) for one in kind)
    if isinstance(kind, DType):
        return dtype is kind
    groups = {
        "bool": ("bool",),
        "signed integer": ("int",),
        "unsigned integer": ("uint",),
        "integral": ("int", "uint"),
        "real floating": ("float",),
        "complex floating": ("complex",),
        "numeric": ("int", "uint", "float", "complex"),
    }
    if kind not in groups:
        raise ValueError(f"kind is one of {', '.join(groups)}; received {kind!r}.")
    return dtype.kind in groups[kind]


__all__ = [
    "ALL",
    "DType",
    "FInfo",
    "IInfo",
    "NoComplexDType",
    "at_least",
    "bfloat16",
    "bool",
    "by_name",
    "can_cast",
    "complex64",
    "complex128",
    "finfo",
    "float16",
    "float32",
    "float64",
    "get_default_dtype",
    "iinfo",
    "int8",
    "int16",
    "int32",
    "int64",
    "isdtype",
    "promote",
    "set_default_dtype",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
]


def __dir__() -> list[str]:
    return list(__all__)
