"""Elementwise functions against PyTorch: over dtypes, shapes, edge values and ways of calling."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from oracle import Error, Row, bools, case_id, cases, check, floats, ints

NAN, INF = math.nan, math.inf
EDGES = np.array([NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 1e-30, 3.0])
PLAIN = np.array([0.0, 1.0, -1.0, 0.5, -2.5, 3.0])

#: name, where its argument lies, and the relative tolerance where the libraries' algorithms differ
UNARY: list[tuple[str, tuple[float, float], float | None]] = [
    ("abs", (-3, 3), None),
    ("absolute", (-3, 3), None),
    ("neg", (-3, 3), None),
    ("negative", (-3, 3), None),
    ("positive", (-3, 3), None),
    ("sign", (-3, 3), None),
    ("sgn", (-3, 3), None),
    ("reciprocal", (0.5, 3), None),
    ("square", (-3, 3), None),
    ("sqrt", (0.1, 3), None),
    ("rsqrt", (0.1, 3), None),
    ("exp", (-3, 3), None),
    ("exp2", (-3, 3), None),
    ("expm1", (-3, 3), None),
    ("log", (0.1, 3), None),
    ("log2", (0.1, 3), None),
    ("log10", (0.1, 3), None),
    ("log1p", (-0.2, 3), None),
    ("sin", (-3, 3), None),
    ("cos", (-3, 3), None),
    ("tan", (-1.2, 1.2), None),
    ("asin", (-0.9, 0.9), None),
    ("arcsin", (-0.9, 0.9), None),
    ("acos", (-0.9, 0.9), None),
    ("arccos", (-0.9, 0.9), None),
    ("atan", (-3, 3), None),
    ("arctan", (-3, 3), None),
    ("sinh", (-2, 2), None),
    ("cosh", (-2, 2), None),
    ("tanh", (-2, 2), None),
    ("asinh", (-2, 2), None),
    ("arcsinh", (-2, 2), None),
    ("acosh", (1.1, 3), None),
    ("arccosh", (1.1, 3), None),
    ("atanh", (-0.9, 0.9), 1e-13),
    ("arctanh", (-0.9, 0.9), 1e-13),
    ("ceil", (-3, 3), None),
    ("floor", (-3, 3), None),
    ("round", (-3, 3), None),
    ("trunc", (-3, 3), None),
    ("fix", (-3, 3), None),
    ("frac", (-3, 3), None),
    ("sigmoid", (-3, 3), None),
    ("relu", (-3, 3), None),
    ("erf", (-2, 2), 1e-12),
    ("erfc", (-2, 2), 1e-12),
    ("erfinv", (-0.9, 0.9), 1e-12),
    ("lgamma", (0.5, 4), 1e-11),
    ("digamma", (0.5, 4), 1e-11),
    ("sinc", (-2, 2), 1e-12),
    ("i0", (-2, 2), 1e-12),
    ("deg2rad", (-90, 90), None),
    ("rad2deg", (-3, 3), None),
    ("logit", (0.1, 0.9), 1e-12),
    ("nan_to_num", (-3, 3), None),
    ("selu", (-3, 3), None),
    ("celu", (-3, 3), None),
    ("hardshrink", (-3, 3), None),
    ("angle", (-3, 3), None),
]
FUNCTIONS_ONLY = ("selu", "celu")
COMPLEX = (
    "abs", "neg", "sgn", "reciprocal", "square", "sqrt", "rsqrt", "exp", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan",
    "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "sigmoid", "angle",
)  # fmt: skip
INTEGERS = (
    "abs", "neg", "sign", "square", "sqrt", "rsqrt", "exp", "exp2", "log", "sin", "tanh", "sigmoid", "reciprocal", "floor", "ceil", "round",
    "trunc", "relu", "erf", "deg2rad", "nan_to_num", "angle", "sinc", "lgamma", "asinh", "sgn", "positive",
)  # fmt: skip


def _function(name: str) -> Any:
    return lambda t, x: getattr(t, name)(x)


def _method(name: str) -> Any:
    return lambda t, x: getattr(x, name)()


def _rows() -> list[Any]:
    rows: list[Any] = []
    for name, (low, high), rtol in UNARY:
        for shape in ((2, 3), (), (0, 2)):
            rows.append(Row(f"{name} {shape}", _function(name), (floats(*shape, low=low, high=high),), rtol=rtol))
        single = None if rtol is None else 3e-6
        rows.append(
            Row(
                f"{name} float32",
                _function(name),
                (floats(5, dtype="float32", low=low, high=high),),
                rtol=single or 4e-6,
            )
        )
        if name not in FUNCTIONS_ONLY:
            rows.append(Row(f"x.{name}()", _method(name), (floats(4, low=low, high=high),), rtol=rtol))
        edges = PLAIN if name in ("tan", "sinc", "lgamma", "i0") else PLAIN[1:] if name == "digamma" else EDGES
        rows.append(Row(f"{name} edges", _function(name), (edges,), grad=False, rtol=rtol or 1e-12))
    for name in COMPLEX:
        rtol = 1e-11
        rows.append(Row(f"{name} complex", _function(name), (floats(6, dtype="complex128"),), rtol=rtol))
    for name in INTEGERS:
        rows += [
            Row(
                f"{name} {dtype}",
                _function(name),
                (ints(5, low=low, high=9, dtype=dtype),),
                grad=False,
                rtol=1e-6,
                atol=1e-7,
            )
            for dtype, low in (("int64", -3), ("int32", 1), ("uint8", 1))
        ]
    for name in ("sqrt", "exp", "sin", "sigmoid", "square", "reciprocal", "sgn", "sign", "erf"):
        rows.append(Row(f"{name} bool", _function(name), (bools(4),), grad=False, rtol=1e-6))
    return rows


BINARY: list[tuple[str, tuple[float, float], tuple[float, float]]] = [
    ("add", (-3, 3), (-3, 3)),
    ("sub", (-3, 3), (-3, 3)),
    ("subtract", (-3, 3), (-3, 3)),
    ("mul", (-3, 3), (-3, 3)),
    ("multiply", (-3, 3), (-3, 3)),
    ("div", (-3, 3), (0.5, 3)),
    ("divide", (-3, 3), (0.5, 3)),
    ("true_divide", (-3, 3), (0.5, 3)),
    ("remainder", (-3, 3), (0.5, 3)),
    ("fmod", (-3, 3), (0.5, 3)),
    ("pow", (0.5, 3), (-2, 2)),
    ("float_power", (0.5, 3), (-2, 2)),
    ("atan2", (-3, 3), (0.5, 3)),
    ("arctan2", (-3, 3), (0.5, 3)),
    ("hypot", (0.5, 3), (0.5, 3)),
    ("logaddexp", (-3, 3), (-3, 3)),
    ("logaddexp2", (-3, 3), (-3, 3)),
    ("maximum", (-3, 3), (-3, 3)),
    ("minimum", (-3, 3), (-3, 3)),
    ("fmax", (-3, 3), (-3, 3)),
    ("fmin", (-3, 3), (-3, 3)),
    ("copysign", (0.5, 3), (-3, 3)),
    ("xlogy", (-3, 3), (0.5, 3)),
    ("ldexp", (-3, 3), (-3, 3)),
]
SHAPES = (((2, 3), (2, 3)), ((2, 1), (3,)), ((), (3,)), ((0, 2), (2,)), ((2, 3), ()))


def _two(name: str) -> Any:
    return lambda t, x, y: getattr(t, name)(x, y)


def _two_method(name: str) -> Any:
    return lambda t, x, y: getattr(x, name)(y)


def _binary_rows() -> list[Any]:
    rows: list[Any] = []
    first, second = np.meshgrid(EDGES, EDGES)
    for name, one, two in BINARY:
        for a, b in SHAPES:
            inputs = (floats(*a, low=one[0], high=one[1]), floats(*b, low=two[0], high=two[1], seed=1))
            rows.append(Row(f"{name} {a} {b}", _two(name), inputs, rtol=1e-12))
        inputs = (floats(4, low=one[0], high=one[1]), floats(4, low=two[0], high=two[1], seed=1))
        rows.append(Row(f"x.{name}(y)", _two_method(name), inputs, rtol=1e-12))
        if name not in ("logaddexp2", "ldexp", "float_power", "remainder", "fmod"):
            rows.append(Row(f"{name} edges", _two(name), (first.ravel(), second.ravel()), grad=False, rtol=1e-12))
    for name in ("add", "sub", "mul", "div", "pow"):
        rows.append(
            Row(
                f"{name} complex",
                _two(name),
                (floats(4, dtype="complex128"), floats(4, dtype="complex128", seed=1)),
                rtol=1e-11,
            )
        )
    small = ints(6, low=-7, high=8), ints(6, low=1, high=5)
    for name in ("add", "sub", "mul", "div", "remainder", "fmod", "floor_divide", "maximum", "minimum", "fmax", "fmin", "gcd",
                 "lcm", "atan2", "copysign", "xlogy", "float_power", "ldexp"):  # fmt: skip
        rows.append(Row(f"{name} ints", _two(name), small, grad=False, rtol=1e-6))
        rows.append(
            Row(f"{name} int32", _two(name), tuple(value.astype("int32") for value in small), grad=False, rtol=1e-6)
        )
    for name in ("fmod", "remainder", "floor_divide"):
        rows.append(
            Row(
                f"{name} edges",
                _two(name),
                (first.ravel(), second.ravel()),
                grad=False,
                why="signs of zeros are equal numbers",
            )
        )
    return rows


def _ties() -> list[Any]:
    x, y = np.array([1.0, 2.0, 3.0, NAN, 1.0]), np.array([1.0, 3.0, 2.0, 1.0, NAN])
    return [
        *[Row(f"{name} ties", _two(name), (x, y)) for name in ("maximum", "minimum", "fmax", "fmin")],
        Row("max of two, ties", lambda t, x, y: t.max(x, y), (x[:3], y[:3])),
        Row("min of two, ties", lambda t, x, y: x.min(y), (x[:3], y[:3])),
        Row("abs at 0", lambda t, x: x.abs(), (np.array([0.0, -1.0, 2.0]),)),
        Row("relu at 0", lambda t, x: x.relu(), (np.array([0.0, -1.0, 2.0, NAN]),)),
        Row("clamp at the bounds", lambda t, x: x.clamp(1.0, 3.0), (np.array([0.0, 1.0, 2.0, 3.0, 4.0]),)),
        Row("0 ** 2, 0 ** 1", lambda t, x: x**2 + x**1.0, (np.array([0.0, 2.0]),)),
        Row("x ** 0", lambda t, x: x**0, (np.array([0.0, 2.0]),)),
        Row("0 ** y", lambda t, x, y: x**y, (np.array([0.0, 0.0, 2.0]), np.array([2.0, 0.5, 3.0]))),
        Row("sqrt at 0", lambda t, x: x.sqrt(), (np.array([0.0, 4.0]),)),
        Row("complex abs at 0", lambda t, x: x.abs(), (np.array([0j, 3 + 4j]),)),
        Row("sgn complex at 0", lambda t, x: x.sgn(), (np.array([0j, 3 + 4j]),)),
        Row("xlogy at 0", lambda t, x, y: t.xlogy(x, y), (np.array([0.0, 2.0]), np.array([0.5, 3.0]))),
    ]


X, Y, Z = floats(2, 3), floats(3, seed=1), floats(2, 1, seed=2)
KEYWORDS: list[Any] = [
    Row("add alpha", lambda t, x, y: t.add(x, y, alpha=2), (X, Y)),
    Row("x.add(y, alpha=)", lambda t, x, y: x.add(y, alpha=-0.5), (X, Y)),
    Row("add alpha number", lambda t, x: t.add(x, 3, alpha=2), (X,)),
    Row("add ints alpha", lambda t: t.add(t.tensor([1, 2]), t.tensor([3, 4]), alpha=3)),
    Row("add float and int alpha", lambda t, x: t.add(x, t.tensor([1, 2, 3]), alpha=0.5), (X,)),
    Row("sub alpha", lambda t, x, y: t.sub(x, y, alpha=2), (X, Y)),
    Row("sub ints alpha", lambda t: t.sub(t.tensor([1, 2]), 3, alpha=2)),
    Row("rsub", lambda t, x, y: t.rsub(x, y), (X, Y)),
    Row("rsub alpha", lambda t, x, y: t.rsub(x, y, alpha=2), (X, Y)),
    Row("rsub number", lambda t: t.rsub(t.tensor([1, 2]), 3)),
    Row("div floor", lambda t, x, y: t.div(x, y, rounding_mode="floor"), (X, Y)),
    Row("div trunc", lambda t, x, y: t.div(x, y, rounding_mode="trunc"), (X, Y)),
    Row("x.div floor", lambda t: t.tensor([7, -7]).div(2, rounding_mode="floor")),
    Row("x.divide trunc", lambda t: t.tensor([7, -7]).divide(2, rounding_mode="trunc")),
    Row("div None", lambda t: t.tensor([7, -7]).div(2, rounding_mode=None)),
    Row("floor_divide", lambda t: t.floor_divide(t.tensor([7.0, -7.0]), 2)),
    Row("round decimals", lambda t, x: t.round(x, decimals=1), (X * 3,)),
    Row("round decimals -1", lambda t, x: x.round(decimals=-1), (X * 30,)),
    Row("clamp", lambda t, x: t.clamp(x, -0.5, 0.5), (X,)),
    Row("clamp min", lambda t, x: t.clamp(x, min=0.1), (X,)),
    Row("clamp max", lambda t, x: x.clamp(max=0.1), (X,)),
    Row("clip", lambda t, x: x.clip(0, 1), (X,)),
    Row("clamp tensors", lambda t, x, y, z: t.clamp(x, y, z), (X, Y, Z)),
    Row("clamp min tensor", lambda t, x, y: t.clamp(x, min=y), (X, Y)),
    Row("clamp max tensor", lambda t, x, y: x.clamp(max=y), (X, Y)),
    Row("clamp crossing", lambda t, x: t.clamp(x, 3, 1), (X,)),
    Row("clamp ints", lambda t: t.tensor([1, 5, 9]).clamp(2, 6)),
    Row("clamp ints by floats", lambda t: t.tensor([1, 5, 9]).clamp(2.5, 6)),
    Row("clamp bool", lambda t: t.clamp(t.tensor([True, False]), 0, 1)),
    Row("clamp nan", lambda t: t.clamp(t.tensor([1.0, NAN]), 2, 3)),
    Row("clamp nan bound", lambda t: t.clamp(t.tensor([1.0, 2.0]), NAN, 3)),
    Row("clamp_min", lambda t, x: t.clamp_min(x, 0.1), (X,)),
    Row("clamp_max", lambda t, x: x.clamp_max(0.1), (X,)),
    Row("clamp_min tensor", lambda t, x, y: t.clamp_min(x, y), (X, Y)),
    Row("lerp number", lambda t, x, y: t.lerp(x, y, 0.3), (X, Y)),
    Row("lerp far number", lambda t, x, y: x.lerp(y, 0.8), (X, Y)),
    Row("lerp tensor", lambda t, x, y, z: t.lerp(x, y, z), (X, Y, floats(2, 1, low=0.0))),
    Row("lerp complex", lambda t, x, y: t.lerp(x, y, 0.3), (floats(3, dtype="complex128"), floats(3, dtype="complex128", seed=1))),
    Row("addcmul", lambda t, x, y, z: t.addcmul(x, y, z, value=0.5), (X, Y, Z)),
    Row("addcmul 1", lambda t, x, y, z: x.addcmul(y, z), (X, Y, Z)),
    Row("addcmul ints", lambda t: t.addcmul(t.tensor([1]), t.tensor([2]), t.tensor([3]), value=2)),
    Row("addcdiv", lambda t, x, y, z: t.addcdiv(x, y, z, value=0.5), (X, Y, floats(2, 1, low=0.5))),
    Row("addcdiv 1", lambda t, x, y, z: x.addcdiv(y, z), (X, Y, floats(2, 1, low=0.5))),
    Row("nan_to_num numbers", lambda t: t.nan_to_num(t.tensor([NAN, INF, -INF]), nan=1.0, posinf=2.0, neginf=-3.0)),
    Row("nan_to_num float64", lambda t, x: x.nan_to_num(), (EDGES,)),
    Row("nan_to_num complex", lambda t, x: t.nan_to_num(x), (np.array([complex(NAN, INF), 1 + 2j, complex(-INF, 3)]),), grad=False),
    Row("nan_to_num ints", lambda t: t.nan_to_num(t.tensor([1, 2]))),
    Row("heaviside", lambda t: t.heaviside(t.tensor([-1.0, 0.0, 2.0, NAN]), t.tensor([0.5]))),
    Row("frexp", lambda t, x: t.frexp(x), (np.array([1.0, 3.0, 0.0, -5.5, 1e300, 1e-300, INF, 0.5]),), grad=False),
    Row("frexp gradient", lambda t, x: t.frexp(x), (np.array([1.0, 3.0, -5.5, 0.1]),)),
    Row("frexp float32", lambda t: t.tensor([1.0, 3.0, -0.1]).frexp()),
    Row("ldexp ints", lambda t: t.ldexp(t.tensor([1.0, 2.0]), t.tensor([3, -1]))),
    Row("signbit", lambda t: t.signbit(t.tensor([-0.0, 0.0, -1.0, 2.0]))),
    Row("signbit ints", lambda t: t.signbit(t.tensor([-1, 0, 2]))),
    Row("nextafter", lambda t: t.nextafter(t.tensor([1.0, 2.0]), t.tensor([2.0, 1.0]))),
    Row("copysign number", lambda t, x: t.copysign(x, -1.0), (X,)),
    Row("xlogy numbers", lambda t: (t.xlogy(t.tensor([2.0]), 3), t.xlogy(2, t.tensor([3.0])))),
    Row("polygamma", lambda t, x: t.polygamma(2, x), (floats(3, low=0.5, high=3),), rtol=1e-10),
    Row("x.polygamma", lambda t, x: x.polygamma(1), (floats(3, low=0.5, high=3),), rtol=1e-7),
    Row("polygamma 0", lambda t, x: t.polygamma(0, x), (floats(3, low=0.5, high=3),), rtol=1e-10),
    Row("mvlgamma", lambda t, x: t.mvlgamma(x, 2), (floats(3, low=2.0, high=4),), rtol=1e-11),
    Row("logit eps", lambda t: t.logit(t.tensor([0.0, 0.5, 1.0]), eps=0.1)),
    Row("igamma", lambda t, x, y: t.igamma(x, y), (floats(3, low=0.5, high=3), floats(3, low=0.5, high=3, seed=1)), grad=False, rtol=1e-10),
    Row("igammac", lambda t, x, y: t.igammac(x, y), (floats(3, low=0.5, high=3), floats(3, low=0.5, high=3, seed=1)), grad=False, rtol=1e-10),
    Row("float_power", lambda t: (t.float_power(2, t.tensor([1, 2])), t.tensor([2]).float_power(3), t.float_power(t.tensor([2.0]), 1j)), rtol=1e-10),
    Row("pow numbers", lambda t: (t.pow(2, t.tensor([1, 2])), t.pow(t.tensor([1.5]), 2), t.pow(t.tensor([2]), 0.5))),
    Row("softmax", lambda t, x: t.softmax(x, 1), (X,)),
    Row("x.softmax dim", lambda t, x: x.softmax(dim=0), (X,)),
    Row("softmax dtype", lambda t: t.softmax(t.tensor([1, 2]), 0, dtype=t.float64)),
    Row("log_softmax", lambda t, x: t.log_softmax(x, -1), (X,)),
    Row("x.log_softmax", lambda t, x: x.log_softmax(0), (X,)),
    Row("threshold", lambda t, x: t.threshold(x, 0.1, 5.0), (X,)),
    Row("hardshrink lambd", lambda t, x: x.hardshrink(0.3), (X,)),
    Row("celu alpha", lambda t, x: t.celu(x, 2.0), (X,)),
    Row("prelu", lambda t, x, w: t.prelu(x, w), (X, np.array([0.25]))),
    Row("prelu channels", lambda t, x, w: x.prelu(w), (X, np.array([0.25, 0.5, 0.75]))),
    Row("square bool", lambda t: t.square(t.tensor([True, False]))),
]  # fmt: skip

PARTS: list[Any] = [
    Row("real, imag", lambda t, z: (z.real, z.imag, t.real(z), t.imag(z)), (floats(3, dtype="complex128"),)),
    Row("real of real", lambda t, x: t.real(x), (X,)),
    Row("conj", lambda t, z: (z.conj() * 1, t.conj(z) * 2), (floats(3, dtype="complex128"),)),
    Row("conj of real", lambda t, x: x.conj(), (X,)),
    Row("conj_physical", lambda t, z: t.conj_physical(z), (floats(3, dtype="complex128"),)),
    Row("complex", lambda t, x, y: t.complex(x, y), (floats(3), floats(3, seed=1))),
    Row("complex edges", lambda t, x, y: t.complex(x, y), (EDGES, EDGES[::-1].copy())),
    Row("complex float32", lambda t: t.complex(t.tensor([1.0]), t.tensor([2.0]))),
    Row("polar", lambda t, x, y: t.polar(x, y), (floats(3, low=0.5), floats(3, seed=1))),
    Row("angle", lambda t, z: z.angle(), (floats(3, dtype="complex128"),)),
    Row("angle at 0", lambda t, z: z.angle(), (np.array([0j, 1j]),)),
    Row("view_as_real", lambda t, z: t.view_as_real(z), (floats(3, dtype="complex128"),)),
    Row("view_as_complex", lambda t, x: t.view_as_complex(x), (floats(3, 2),)),
    Row("|z|^2", lambda t, z: (z * z.conj()).real.sum(), (floats(3, dtype="complex128"),)),
]

COMPARED: list[Any] = [
    *[Row(f"{name}", _two(name), (EDGES, EDGES[::-1].copy()), grad=False) for name in ("eq", "ne", "lt", "le", "gt", "ge")],
    *[Row(f"x.{name}(2)", (lambda n: lambda t, x: getattr(x, n)(2))(name), (ints(5),), grad=False)
      for name in ("eq", "ne", "lt", "le", "gt", "ge", "not_equal", "less", "less_equal", "greater", "greater_equal")],
    *[Row(f"{name} bools", _two(name), (bools(6), bools(6, seed=1)), grad=False)
      for name in ("logical_and", "logical_or", "logical_xor", "bitwise_and", "bitwise_or", "bitwise_xor", "eq", "lt")],
    *[Row(f"{name} mixed", _two(name), (ints(6, high=3), floats(6, low=-1) * bools(6)), grad=False)
      for name in ("logical_and", "logical_or", "logical_xor")],
    *[Row(f"{name} ints", _two(name), (ints(6, high=30), ints(6, high=5, seed=1)), grad=False)
      for name in ("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift")],
    Row("logical_not", lambda t: (t.logical_not(t.tensor([1.5, 0.0])), t.tensor([0, 3]).logical_not())),
    Row("bitwise_not", lambda t: (t.bitwise_not(t.tensor([1, -2])), ~t.tensor([True, False]))),
    Row("shifts", lambda t: (t.tensor([1, -8]) << 2, t.tensor([1, -8]) >> 1, 2 << t.tensor([1, 2]), t.tensor([1]) << 65)),
    Row("& | ^ with numbers", lambda t: (t.tensor([5]) & 3, 3 | t.tensor([4]), t.tensor([True]) ^ True, t.tensor([True]) & 1)),
    *[Row(name, _function(name), (EDGES,), grad=False) for name in ("isnan", "isinf", "isfinite", "isposinf", "isneginf", "isreal")],
    *[Row(f"{name} ints", _function(name), (ints(3),), grad=False) for name in ("isnan", "isinf", "isfinite", "isposinf", "isreal")],
    Row("isreal complex", lambda t: t.isreal(t.tensor([1j, 1, 2 + 0j]))),
    Row("isinf complex", lambda t: (t.isinf(t.tensor([complex(INF, 0), 1j])), t.isnan(t.tensor([complex(0, NAN), 1j])))),
    Row("isclose", lambda t: t.isclose(t.tensor([1.0, 2.0, NAN, INF]), t.tensor([1.0 + 1e-6, 2.1, NAN, INF]))),
    Row("isclose equal_nan", lambda t: t.tensor([NAN, 1.0]).isclose(t.tensor([NAN, 1.1]), rtol=0.2, equal_nan=True)),
    Row("isclose ints", lambda t: t.isclose(t.tensor([1, 100]), t.tensor([1, 101]), rtol=0.1)),
    Row("isclose exact", lambda t: t.isclose(t.tensor([1, 100]), t.tensor([1, 101]), rtol=0, atol=0)),
    Row("allclose", lambda t: (t.allclose(t.ones(2), t.ones(2) + 1e-7), t.ones(2).allclose(t.zeros(2)))),
    Row("equal", lambda t: (t.equal(t.ones(2), t.ones(2)), t.ones(2).equal(t.ones(3)), t.equal(t.ones(2), t.ones(2, dtype=t.int64)))),
    Row("isin", lambda t: (t.isin(t.tensor([1, 2, 3]), t.tensor([2, 5])), t.isin(t.tensor([1, 2]), 2), t.isin(2, t.tensor([1, 2])))),
    Row("isin invert", lambda t: t.isin(t.tensor([[1, 2], [3, 4]]), t.tensor([2, 4]), invert=True, assume_unique=True)),
    Row("complex ==", lambda t: (t.tensor([1j, 2]) == 1j, t.tensor([1j]) != t.tensor([1j]))),
    Row("x == None", lambda t: (t.ones(2) == None, t.ones(2) != "a")),  # noqa: E711
]  # fmt: skip

ERRORS: list[Any] = [
    Error("sqrt of a float", lambda t: t.sqrt(2.0), "sqrt(): argument 'input' (position 1) must be Tensor, not float"),
    Error("exp of a list", lambda t: t.exp([1.0]), "exp(): argument 'input' (position 1) must be Tensor, not list"),
    Error("relu of an int", lambda t: t.relu(3), "argument 'input' (position 1) must be Tensor, not int"),
    Error("add of a str", lambda t: t.add(t.ones(2), "a"), "add(): argument 'other' (position 2) must be Tensor, not str"),
    Error("x + str", lambda t: t.ones(2) + "a", "unsupported operand type(s) for +: 'Tensor' and 'str'"),
    Error("x - None", lambda t: t.ones(2) - None, "unsupported operand type(s) for -"),
    Error("shapes", lambda t: t.ones(2) + t.ones(3), "The size of tensor a (2) must match the size of tensor b (3)"),
    Error("mul shapes", lambda t: t.mul(t.ones(2, 3), t.ones(2)), "must match the size of tensor b (2) at non-singleton dimension 1"),
    Error("lt shapes", lambda t: t.ones(2) < t.ones(3), "at non-singleton dimension 0"),
    Error("bool - bool", lambda t: t.tensor([True]) - t.tensor([True]), "Subtraction, the `-` operator, with two bool tensors is not supported"),
    Error("1 - bool", lambda t: 1 - t.tensor([True]), "Subtraction, the `-` operator, with a bool tensor is not supported"),
    Error("float - bool", lambda t: t.ones(1) - t.tensor([True]), "use the `~` or `logical_not()` operator instead"),
    Error("-bool", lambda t: -t.tensor([True]), "Negation, the `-` operator, on a bool tensor is not supported"),
    Error("+bool", lambda t: t.positive(t.tensor([True])), "The `+` operator, on a bool tensor is not supported"),
    Error("abs bool", lambda t: t.abs(t.tensor([True])), "not implemented for 'Bool'"),
    Error("floor bool", lambda t: t.floor(t.tensor([True])), "not implemented for 'Bool'"),
    Error("floor complex", lambda t: t.floor(t.tensor([1j])), "floor is not supported for complex inputs"),
    Error("sign complex", lambda t: t.sign(t.tensor([1j])), "is not intended to support complex numbers"),
    Error("signbit complex", lambda t: t.signbit(t.tensor([1j])), "signbit is not implemented for complex tensors."),
    Error("frac ints", lambda t: t.frac(t.tensor([1])), "\"frac_cpu\" not implemented for 'Long'"),
    Error("hypot ints", lambda t: t.hypot(t.tensor([3]), t.tensor([4])), "\"hypot_cpu\" not implemented for 'Long'"),
    Error("logaddexp ints", lambda t: t.logaddexp(t.tensor([3]), t.tensor([4])), "not implemented for 'Long'"),
    Error("nextafter ints", lambda t: t.nextafter(t.tensor([3]), t.tensor([4])), "\"nextafter_cpu\" not implemented for 'Long'"),
    Error("gcd floats", lambda t: t.gcd(t.tensor([3.0]), t.tensor([4.0])), "\"gcd_cpu\" not implemented for 'Float'"),
    Error("floats & int", lambda t: t.tensor([1.0]) & 1, "\"bitwise_and_cpu\" not implemented for 'Float'"),
    Error("int | float", lambda t: t.tensor([1]) | 1.0, "\"bitwise_or_cpu\" not implemented for 'Float'"),
    Error("~float", lambda t: ~t.tensor([1.0]), "~ (operator.invert) is only implemented on integer and Boolean-type tensors"),
    Error("bitwise_not float", lambda t: t.bitwise_not(t.tensor([1.0])), "\"bitwise_not_cpu\" not implemented for 'Float'"),
    Error("float << int", lambda t: t.tensor([1.0]) << 1, "\"lshift_cpu\" not implemented for 'Float'"),
    Error("complex <", lambda t: t.tensor([1j]) < t.tensor([1j]), "\"lt_cpu\" not implemented for 'ComplexFloat'"),
    Error("complex maximum", lambda t: t.maximum(t.tensor([1j]), t.tensor([1j])), "maximum not implemented for complex tensors."),
    Error("maximum of a number", lambda t: t.maximum(t.tensor([1]), 2), "maximum(): argument 'other' (position 2) must be Tensor, not int"),
    Error("logical_and of a number", lambda t: t.logical_and(t.tensor([1]), 2), "argument 'other' (position 2) must be Tensor, not int"),
    Error("int ** -1", lambda t: t.tensor([2]) ** -1, "Integers to negative integer powers are not allowed."),
    Error("bool ** bool", lambda t: t.tensor([True]) ** t.tensor([True]), "\"pow\" not implemented for 'Bool'"),
    Error("int // 0", lambda t: t.tensor([1]) // 0, "ZeroDivisionError"),
    Error("int % tensor 0", lambda t: t.tensor([1]) % t.tensor([0]), "ZeroDivisionError"),
    Error("fmod int 0", lambda t: t.fmod(t.tensor([1]), 0), "ZeroDivisionError"),
    Error("div trunc 0", lambda t: t.div(t.tensor([1]), 0, rounding_mode="trunc"), "ZeroDivisionError"),
    Error("bool // bool", lambda t: t.tensor([True]) // t.tensor([True]), "\"div_floor_cpu\" not implemented for 'Bool'"),
    Error("bool % bool", lambda t: t.tensor([True]) % t.tensor([True]), "\"remainder_cpu\" not implemented for 'Bool'"),
    Error("rounding mode", lambda t: t.div(t.ones(2), 1, rounding_mode="x"), "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found 'x'"),
    Error("alpha of ints", lambda t: t.add(t.tensor([1]), 1, alpha=0.5), "For integral input tensors, argument alpha must not be a floating point number."),
    Error("complex alpha", lambda t: t.add(t.tensor([1.0]), 1, alpha=1j), "For non-complex input tensors, argument alpha must not be a complex number."),
    Error("clamp without bounds", lambda t: t.clamp(t.ones(2)), "At least one of 'min' or 'max' must not be None"),
    Error("clamp complex", lambda t: t.clamp(t.tensor([1j]), 0, 1), "clamp is not supported for complex types"),
    Error("lerp dtypes", lambda t: t.lerp(t.ones(2), t.ones(2, dtype=t.float64), 0.5), "expected dtype float for `end` but got dtype double"),
    Error("lerp ints", lambda t: t.lerp(t.tensor([1]), t.tensor([2]), 0.5), "not implemented for 'Long'"),
    Error("addcdiv ints", lambda t: t.addcdiv(t.tensor([1]), t.tensor([1]), t.tensor([1])), "Integer division with addcdiv is no longer supported"),
    Error("heaviside dtypes", lambda t: t.heaviside(t.ones(2), t.ones(2, dtype=t.float64)), "heaviside is not yet implemented for tensors with different dtypes."),
    Error("round decimals ints", lambda t: t.round(t.tensor([1]), decimals=1), "\"round_cpu\" not implemented for 'Long'"),
    Error("frexp ints", lambda t: t.frexp(t.tensor([1])), "only supports floating-point dtypes"),
    Error("isclose dtypes", lambda t: t.isclose(t.ones(2), t.ones(2, dtype=t.float64)), "Float did not match Double"),
    Error("isclose rtol", lambda t: t.isclose(t.ones(2), t.ones(2), rtol=-1), "rtol must be greater than or equal to zero, but got -1"),
    Error("equal number", lambda t: t.equal(t.ones(2), 2), "equal(): argument 'other' (position 2) must be Tensor, not int"),
    Error("imag of real", lambda t: t.imag(t.ones(2)), "imag is not implemented for tensors with non-complex dtypes."),
    Error("complex dtypes", lambda t: t.complex(t.tensor([1.0]), t.tensor([2.0], dtype=t.float64)), "Expected object of scalar type Float but got scalar type Double for second argument"),
    Error("complex ints", lambda t: t.complex(t.tensor([1]), t.tensor([2])), "Expected both inputs to be Half, Float or Double tensors but got Long and Long"),
    Error("view_as_complex shape", lambda t: t.view_as_complex(t.ones(3)), "Tensor must have a last dimension of size 2"),
    Error("view_as_real of real", lambda t: t.view_as_real(t.ones(3)), "view_as_real is only supported for complex tensors"),
    Error("isposinf complex", lambda t: t.isposinf(t.tensor([1j])), "isposinf does not support complex inputs."),
    Error("rad2deg complex", lambda t: t.rad2deg(t.tensor([1j])), "rad2deg is not supported for complex tensors."),
    Error("relu bool", lambda t: t.relu(t.tensor([True])), "Boolean inputs not supported for relu"),
    Error("softmax dim", lambda t: t.softmax(t.ones(2), 3), "Dimension out of range (expected to be in range of [-1, 0], but got 3)"),
    Error("too big", lambda t: t.tensor([1]) + 2**64, "int too big to convert"),
]  # fmt: skip

NAMES = [
    ("x + 1", lambda t, x, y: x + 1),
    ("1 - x", lambda t, x, y: 1 - x),
    ("x - y", lambda t, x, y: x - y),
    ("x * 2", lambda t, x, y: x * 2),
    ("x / y", lambda t, x, y: x / y),
    ("2 / x", lambda t, x, y: 2 / x),
    ("x ** 2", lambda t, x, y: x**2),
    ("x ** y", lambda t, x, y: x**y),
    ("2 ** x", lambda t, x, y: 2**x),
    ("x % y", lambda t, x, y: x % y),
    ("x % 2", lambda t, x, y: x % 2),
    ("fmod", lambda t, x, y: t.fmod(x, y)),
    ("-x", lambda t, x, y: -x),
    ("abs", lambda t, x, y: abs(x)),
    *[(name, (lambda n: lambda t, x, y: getattr(t, n)(x))(name)) for name in (
        "sqrt", "rsqrt", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "sinh",
        "cosh", "tanh", "sigmoid", "relu", "ceil", "floor", "round", "trunc", "frac", "sign", "square", "reciprocal", "erf", "erfc",
        "lgamma", "digamma", "sinc", "deg2rad", "rad2deg", "nan_to_num", "angle", "logit", "i0")],
    *[(name, (lambda n: lambda t, x, y: getattr(t, n)(x, y))(name)) for name in (
        "maximum", "minimum", "fmax", "fmin", "hypot", "atan2", "logaddexp", "logaddexp2", "copysign", "xlogy")],
    ("clamp", lambda t, x, y: x.clamp(0, 1)),
    ("clamp tensor", lambda t, x, y: x.clamp(min=y)),
    ("lerp", lambda t, x, y: t.lerp(x, y, 0.5)),
    ("lerp tensor", lambda t, x, y: t.lerp(x, y, y)),
    ("addcmul", lambda t, x, y: t.addcmul(x, y, y)),
    ("addcdiv", lambda t, x, y: t.addcdiv(x, y, y)),
    ("div floor", lambda t, x, y: t.div(x, y, rounding_mode="floor")),
    ("softmax", lambda t, x, y: x.softmax(0)),
    ("log_softmax", lambda t, x, y: x.log_softmax(0)),
    ("threshold", lambda t, x, y: t.threshold(x, 1.0, 2.0)),
    ("hardshrink", lambda t, x, y: t.hardshrink(x)),
    ("selu", lambda t, x, y: t.selu(x)),
    ("celu", lambda t, x, y: t.celu(x, 2.0)),
    ("complex", lambda t, x, y: t.complex(x, y)),
    ("polar", lambda t, x, y: t.polar(x, y)),
    ("x.exp().add_(1)", lambda t, x, y: x.exp().add_(1)),
    ("x.exp().zero_()", lambda t, x, y: x.exp().zero_()),
    ("x.exp().fill_(2)", lambda t, x, y: x.exp().fill_(2)),
]  # fmt: skip
NODES = [
    Row(f"node of {name}", (lambda f: lambda t, x, y: f(t, x, y).grad_fn.name())(run), (floats(3, low=0.2), floats(3, low=0.2, seed=1)))
    for name, run in NAMES
]  # fmt: skip

TABLE = [*_rows(), *_binary_rows(), *_ties(), *KEYWORDS, *PARTS, *COMPARED, *NODES, *ERRORS]


@pytest.mark.parametrize(("row", "backend"), cases(TABLE), ids=case_id)
def test_pointwise(row, backend):
    check(row, backend)
