"""Closeness of tensors, with PyTorch's tolerances and words.

Values are compared as Python numbers, so that what is judged depends on no backend: this is for tests, not for programs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agrad import dtypes
from agrad.backend import backend_of
from agrad.engine.core import TensorCore, wrap
from agrad.engine.storage import geometry_of

#: (rtol, atol) by dtype; 0 for all others
TOLERANCES = {
    "float16": (1e-3, 1e-5),
    "bfloat16": (1.6e-2, 1e-5),
    "float32": (1.3e-6, 1e-5),
    "float64": (1e-7, 1e-7),
    "complex64": (1.3e-6, 1e-5),
    "complex128": (1e-7, 1e-7),
}


class _Limits:
    """What counts as close, and what is compared besides the values."""

    def __init__(
        self, rtol: float | None, atol: float | None, equal_nan: bool, checks: tuple[bool, bool, bool]
    ) -> None:
        self.rtol = rtol
        self.atol = atol
        self.equal_nan = equal_nan
        self.check_device, self.check_dtype, self.check_stride = checks


def assert_close(
    actual: Any,
    expected: Any,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """Raise AssertionError unless tensors, arrays, numbers, or sequences and mappings of them, are close.

    Parameters
    ----------
    actual, expected : Tensor, array, number, or sequence or mapping of them
    rtol, atol : float, optional
        Both or neither: ``|actual - expected| <= atol + rtol * |expected|``; by default what the wider of the dtypes calls for,
        and equality for integers and truth values.
    equal_nan : bool
        Whether nan is close to nan.
    check_device, check_dtype, check_stride : bool
    msg : str, or callable from the message to another, optional

    Raises
    ------
    AssertionError
        In PyTorch's words: how many elements are off, by how much, and where most.

    Examples
    --------
    >>> import agrad
    >>> agrad.testing.assert_close(agrad.tensor([1.0]) / 3, agrad.tensor([0.33333334]))
    >>> agrad.testing.assert_close(agrad.tensor([1.0, 2.0]), agrad.tensor([1.0, 2.5]))
    Traceback (most recent call last):
        ...
    AssertionError: Tensor-likes are not close!
    <BLANKLINE>
    Mismatched elements: 1 / 2 (50.0%)
    Greatest absolute difference: 0.5 at index (1,) (up to 1e-05 allowed)
    Greatest relative difference: 0.2 at index (1,) (up to 1.3e-06 allowed)
    """
    if (rtol is None) != (atol is None):
        raise ValueError(
            f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {'rtol' if rtol is None else 'atol'}."
        )
    limits = _Limits(rtol, atol, equal_nan, (check_device, check_dtype, check_stride))
    told = _difference(actual, expected, limits, "")
    if told is not None:
        raise AssertionError(told if msg is None else msg(told) if callable(msg) else msg)


def _is_tensor_like(value: Any) -> bool:
    return isinstance(value, TensorCore) or (
        not isinstance(value, (bool, int, float, complex)) and backend_of(value) is not None
    )


def _as_tensor(value: Any) -> Any:
    if isinstance(value, TensorCore):
        return value
    backend: Any = backend_of(value)
    return wrap(backend.ensure_array(value), backend.options_of(value))


def _difference(actual: Any, expected: Any, limits: _Limits, where: str) -> str | None:
    """Return what is different, or None."""
    if _is_tensor_like(actual) and _is_tensor_like(expected):
        told = _of_tensors(_as_tensor(actual), _as_tensor(expected), limits)
    elif isinstance(actual, Mapping) and isinstance(expected, Mapping):
        return _of_mappings(actual, expected, limits, where)
    elif _is_sequence(actual) and _is_sequence(expected):
        if len(actual) != len(expected):
            return f"The length of the sequences mismatch: {len(actual)} != {len(expected)}" + _at(where)
        for index, (one, other) in enumerate(zip(actual, expected, strict=True)):
            told = _difference(one, other, limits, f"{where}[{index}]")
            if told is not None:
                return told
        return None
    elif isinstance(actual, (bool, int, float, complex)) and isinstance(expected, (bool, int, float, complex)):
        told = _of_numbers(actual, expected, limits, _kind_of(actual), _kind_of(expected))
    elif actual is None and expected is None:
        return None
    else:
        raise TypeError(f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}.")
    return None if told is None else told + _at(where)


def _at(where: str) -> str:
    return f"\n\nThe failure occurred for item {where}" if where else ""


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _of_mappings(actual: Any, expected: Any, limits: _Limits, where: str) -> str | None:
    missing = sorted(map(repr, expected.keys() - actual.keys()))
    surplus = sorted(map(repr, actual.keys() - expected.keys()))
    if missing or surplus:
        return (
            "The keys of the mappings do not match:\n"
            f"Missing keys in the actual mapping: [{', '.join(missing)}]\n"
            f"Additional keys in the actual mapping: [{', '.join(surplus)}]" + _at(where)
        )
    for key, value in actual.items():
        told = _difference(value, expected[key], limits, f"{where}[{key!r}]")
        if told is not None:
            return told
    return None


def _kind_of(number: Any) -> str:
    return {bool: "bool", int: "int64", float: "float64", complex: "complex128"}[type(number)]


def _tolerances(limits: _Limits, *names: str) -> tuple[float, float]:
    if limits.rtol is not None and limits.atol is not None:
        return limits.rtol, limits.atol
    found = [TOLERANCES.get(name, (0.0, 0.0)) for name in names]
    return max(r for r, _ in found), max(a for _, a in found)


def _of_tensors(actual: Any, expected: Any, limits: _Limits) -> str | None:
    a, e = actual._options, expected._options
    for name, one, other, asked in (
        ("shape", actual._shape, expected._shape, True),
        ("device", str(a.device), str(e.device), limits.check_device),
        ("dtype", a.dtype, e.dtype, limits.check_dtype),
        ("stride()", geometry_of(actual)[1], geometry_of(expected)[1], limits.check_stride),
    ):
        if asked and one != other:
            return f"The values for attribute {name!r} do not match: {one!r} != {other!r}."
    rtol, atol = _tolerances(limits, a.dtype.name, e.dtype.name)
    if not actual._shape:
        return _of_numbers(values_of(actual)[0], values_of(expected)[0], limits, a.dtype.name, e.dtype.name)
    off = [
        (index, abs(_number(x) - _number(y)), abs(_number(y)))
        for index, (x, y) in enumerate(zip(values_of(actual), values_of(expected), strict=True))
        if not _close(x, y, rtol, atol, limits.equal_nan)
    ]
    if not off:
        return None
    total = 1
    for length in actual._shape:
        total *= length
    farthest = max(off, key=lambda one: -1.0 if math.isnan(one[1]) else one[1])
    most = max(off, key=lambda one: -1.0 if math.isnan(one[1]) else _ratio(one[1], one[2]))
    exact = rtol == 0 and atol == 0
    up_to = ["", ""] if exact else [f" (up to {atol:g} allowed)", f" (up to {rtol:g} allowed)"]
    return (
        f"Tensor-likes are not {'equal' if exact else 'close'}!\n\n"
        f"Mismatched elements: {len(off)} / {total} ({len(off) / total:.1%})\n"
        f"Greatest absolute difference: {farthest[1]} at index {_place(farthest[0], actual._shape)}{up_to[0]}\n"
        f"Greatest relative difference: {_ratio(most[1], most[2])} at index {_place(most[0], actual._shape)}{up_to[1]}"
    )


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


def _close(x: Any, y: Any, rtol: float, atol: float, equal_nan: bool) -> bool:
    if x == y:
        return True
    if x != x or y != y:
        return equal_nan and x != x and y != y
    if abs(y) == math.inf or abs(x) == math.inf:
        return False
    return abs(_number(x) - _number(y)) <= atol + rtol * abs(_number(y))


def _ratio(difference: float, size: float) -> float:
    return math.inf if size == 0 else difference / size


def _place(index: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    place = []
    for length in reversed(shape):
        index, rest = divmod(index, length)
        place.append(rest)
    return tuple(reversed(place))


def _of_numbers(x: Any, y: Any, limits: _Limits, *names: str) -> str | None:
    rtol, atol = _tolerances(limits, *names)
    if _close(x, y, rtol, atol, limits.equal_nan):
        return None
    if rtol == 0 and atol == 0:
        return f"{'Booleans' if isinstance(x, bool) else 'Scalars'} are not equal!\n\nExpected {y!r} but got {x!r}."
    far = abs(x - y)
    return (
        f"Scalars are not close!\n\nExpected {y!r} but got {x!r}.\n"
        f"Absolute difference: {far} (up to {atol:g} allowed)\n"
        f"Relative difference: {_ratio(far, abs(y))} (up to {rtol:g} allowed)"
    )


def values_of(tensor: Any) -> list[Any]:
    """Return a Tensor's elements as Python numbers, in row-major order."""
    backend = tensor._options.backend
    flat = backend.tolist(backend.ensure_array(tensor._data))
    for _ in range(max(len(tensor._shape) - 1, 0)):
        flat = [value for part in flat for value in part]
    return flat if isinstance(flat, list) else [flat]


def from_values(values: list[Any], like: Any, dtype: dtypes.DType | None = None) -> Any:
    """Return a Tensor of the shape and place of `like`, and of its dtype unless another is given, with these elements."""
    options = like._options if dtype is None else like._options.with_dtype(dtype)
    raw = options.backend.asarray(values, options.dtype, options.device)
    return wrap(options.xp.reshape(raw, like._shape), options)


__all__ = ["TOLERANCES", "assert_close", "from_values", "values_of"]
