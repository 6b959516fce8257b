"""Promotion against PyTorch: every pair of dtypes, with tensors, 0-d tensors and Python numbers on either side.

The confusing case is a 0-d tensor: beside one with dimensions it counts only where its kind is higher. One test runs all operations of a pair,
so that the table stays quick on backends that compile.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import BACKENDS, Row, compare

import agrad

DTYPES = (
    "bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "complex64", "complex128",
)  # fmt: skip
NUMBERS: list[Any] = [True, 2, 3.5, 1 + 2j]
FORMS = ("tensor", "0-d")

OPERATIONS: dict[str, Any] = {
    "add": lambda t, x, y: x + y,
    "sub": lambda t, x, y: x - y,
    "mul": lambda t, x, y: x * y,
    "div": lambda t, x, y: x / y,
    "floordiv": lambda t, x, y: x // y,
    "mod": lambda t, x, y: x % y,
    "pow": lambda t, x, y: x**y,
    "eq": lambda t, x, y: x == y,
    "lt": lambda t, x, y: x < y,
    "and": lambda t, x, y: x & y,
}
TENSORS_ONLY: dict[str, Any] = {
    "maximum": lambda t, x, y: t.maximum(x, y),
    "where": lambda t, x, y: t.where(x == y, x, y),
    "logical_and": lambda t, x, y: t.logical_and(x, y),
    "copysign": lambda t, x, y: t.copysign(x, y),
}
IN_PLACE: dict[str, Any] = {
    "iadd": lambda t, x, y: x.clone().add_(y),
    "isub": lambda t, x, y: x.clone().sub_(y),
    "imul": lambda t, x, y: x.clone().mul_(y),
    "itruediv": lambda t, x, y: x.clone().div_(y),
    "ipow": lambda t, x, y: x.clone().pow_(y),
    "ieq": lambda t, x, y: x.clone().eq_(y),
    "icopy": lambda t, x, y: x.clone().copy_(y if isinstance(y, t.Tensor) else t.tensor(y)),
}
ROW = Row("promotion", lambda t: None, rtol=2e-3)


def _value(dtype: str, form: str) -> np.ndarray:
    """Return ones and twos, exact in every dtype and safe to divide by."""
    values = np.array([1, 2, 1]) if form == "tensor" else np.array(2)
    if dtype == "bool":
        return values.astype(bool)
    return np.asarray(values.astype(dtype) * np.array(1 + 0.5j if dtype.startswith("complex") else 1, dtype))


def _outcome(module: Any, run: Any, *operands: Any) -> Any:
    made = [module.tensor(value.copy()) if isinstance(value, np.ndarray) else value for value in operands]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # complex to real drops a part, in words of their own
        try:
            return run(module, *made)
        except (RuntimeError, TypeError) as error:
            return error


def _difference(run: Any, name: str, *operands: Any) -> list[str]:
    """Return what is not PyTorch's, as a list of one line or none."""
    theirs, ours = _outcome(torch, run, *operands), _outcome(agrad, run, *operands)
    if "ComplexHalf" in str(theirs) or getattr(theirs, "dtype", None) is torch.complex32:
        return []  # a dtype that PyTorch alone has; half precision becomes complex64 here
    if isinstance(theirs, Exception):
        if not isinstance(ours, Exception):
            return [f"{name}: torch raises {theirs!r}, agrad gives {ours!r}"]
        return [] if isinstance(ours, type(theirs)) else [f"{name}: {type(ours).__mro__} is no {type(theirs)}: {ours}"]
    if isinstance(ours, Exception):
        return [f"{name}: agrad raises {ours!r}, torch gives {theirs!r}"]
    try:
        compare(theirs, ours, ROW, name)
    except AssertionError as error:
        return [" ".join(str(error).split())]
    return []


def _report(differences: list[str]) -> None:
    assert not differences, "\n" + "\n".join(differences)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("second", DTYPES)
@pytest.mark.parametrize("first", DTYPES)
def test_pairs_of_tensors(first, second, backend):
    found: list[str] = []
    with agrad.use_backend(backend):
        for form_a in FORMS:
            for form_b in FORMS:
                x, y = _value(first, form_a), _value(second, form_b)
                for name, run in {**OPERATIONS, **TENSORS_ONLY, **IN_PLACE}.items():
                    if name.startswith("i") and form_a == "0-d" and form_b == "tensor":
                        continue  # the shape of a 0-d tensor stays
                    found += _difference(run, f"{name} of {form_a} {first} and {form_b} {second}", x, y)
    _report(found)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_tensors_and_numbers(dtype, backend):
    found: list[str] = []
    with agrad.use_backend(backend):
        for form in FORMS:
            x = _value(dtype, form)
            for number in NUMBERS:
                for name, run in {**OPERATIONS, **IN_PLACE}.items():
                    found += _difference(run, f"{name} of {form} {dtype} and {number!r}", x, number)
                for name, run in OPERATIONS.items():
                    if name == "and" and not isinstance(number, (bool, int)):
                        continue
                    found += _difference(run, f"{name} of {number!r} and {form} {dtype}", number, x)
    _report(found)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("default", ["float32", "float64"])
def test_default_dtype(default, backend):
    torch.set_default_dtype(getattr(torch, default))
    agrad.set_default_dtype(getattr(agrad, default))
    found: list[str] = []
    with agrad.use_backend(backend):
        for dtype in ("bool", "int64", "uint8", "float32", "float16"):
            x = _value(dtype, "tensor")
            for name, run in {
                **OPERATIONS,
                "sqrt": lambda t, x, y: t.sqrt(x),
                "mean": lambda t, x, y: (x * 1.0).mean(),
            }.items():
                found += _difference(run, f"{name} of {dtype}", x, 3.5)
                found += _difference(run, f"{name} of {dtype} and 2", x, 2)
    _report(found)


@pytest.mark.parametrize("backend", BACKENDS)
def test_numbers_out_of_range(backend):
    """Arithmetic wraps around as PyTorch's does; comparison does not: here 1 < 300 also where the 1 is a uint8."""
    found: list[str] = []
    with agrad.use_backend(backend):
        for dtype in ("uint8", "int8", "int16", "int32"):
            x = _value(dtype, "tensor")
            for number in (300, -1, 70000, -40000, 2**31, 2**40):
                for name in ("add", "mul", "sub"):
                    found += _difference(OPERATIONS[name], f"{name} of {dtype} and {number}", x, number)
                ours = agrad.tensor(x) < number
                assert ours.tolist() == [value < number for value in x.tolist()], f"{dtype} < {number}"
    _report(found)


@pytest.mark.parametrize("backend", BACKENDS)
def test_numpy_numbers(backend):
    found: list[str] = []
    with agrad.use_backend(backend):
        x = _value("float32", "tensor")
        for number in (np.float64(2.5), np.float32(2.5), np.int64(2), np.bool_(True)):
            for name in ("add", "mul", "div", "pow"):
                found += _difference(OPERATIONS[name], f"{name} of float32 and {type(number).__name__}", x, number)
    _report(found)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(DTYPES), st.sampled_from(FORMS)), min_size=1, max_size=4),
    st.lists(st.sampled_from(NUMBERS), max_size=2),
)
def test_chains(tensors, numbers):
    """Sums of several tensors and numbers, from left to right."""
    values = [_value(dtype, form) for dtype, form in tensors]

    def run(t, *operands):
        total = operands[0]
        for operand in operands[1:]:
            total = total + operand
        return total

    _report(_difference(run, f"{tensors} + {numbers}", *values, *numbers))
