"""Comparing with PyTorch: rows of a table, each a few lines that run under `torch` and under agrad alike.

A row is a function of the module (and of tensors that the row's inputs become). What the two give is compared whole: values, shapes,
dtypes, the structure of tuples, printed text, the class and words of errors. Nothing here imports agrad from torch or the other way:
values cross as NumPy arrays.

Examples
--------
Values, over inputs drawn once and given to both; the gradients of the floating inputs are compared too::

    Row("add with alpha", lambda t, x, y: t.add(x, y, alpha=2), (floats(2, 3), floats(3)))

A statement without inputs, and an error::

    Row("promotion", lambda t: t.tensor([1, 2]) + 1.5, grad=False)
    Error("item of many", lambda t: t.tensor([1.0, 2.0]).item(), "cannot be converted to Scalar")
"""

from __future__ import annotations

import math
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

import agrad
from agrad.backend import is_installed

BACKENDS = [name for name in ("numpy", "jax") if name in agrad.available_backends()]


@dataclass(frozen=True)
class Row:
    """One comparison.

    Parameters
    ----------
    name : str
    run : callable
        ``(module, *tensors) -> anything``.
    inputs : tuple of NumPy arrays, or of callables giving one
    grad : bool
        Compare the gradients of the floating inputs (of a weighted sum of the floating results) too.
    rtol, atol : float
        For floating values; exact for all others. `rtol` None: 20 eps of the result's dtype.
    backends : tuple of str
        Where it holds, when not everywhere; `why` says why.
    text : bool
        Compare ``repr`` of the results, letter by letter.
    """

    name: str
    run: Callable[..., Any]
    inputs: tuple[Any, ...] = ()
    grad: bool = True
    rtol: float | None = None
    atol: float = 0.0
    backends: tuple[str, ...] = ("numpy", "jax")
    text: bool = False
    why: str = ""


@dataclass(frozen=True)
class Error:
    """Both must raise; agrad's error is an instance of torch's class and has the well-known phrase."""

    name: str
    run: Callable[..., Any]
    phrase: str
    inputs: tuple[Any, ...] = ()
    backends: tuple[str, ...] = ("numpy", "jax")


def floats(
    *shape: int, dtype: str = "float64", seed: int = 0, low: float | None = None, high: float = 1.0
) -> np.ndarray:
    """Return normal numbers, or uniform ones in [low, high)."""
    rng = np.random.default_rng(zlib.crc32(repr((shape, dtype, seed)).encode()))
    if low is None:
        values = rng.standard_normal(shape)
        if dtype.startswith("complex"):
            values = values + 1j * rng.standard_normal(shape)
    else:
        values = rng.uniform(low, high, shape)
    return np.asarray(values, dtype=dtype)


def ints(*shape: int, low: int = 0, high: int = 10, dtype: str = "int64", seed: int = 0) -> np.ndarray:
    """Return integers in [low, high)."""
    rng = np.random.default_rng(zlib.crc32(repr((shape, low, high, seed)).encode()))
    return np.asarray(rng.integers(low, high, shape), dtype=dtype)


def bools(*shape: int, seed: int = 0) -> np.ndarray:
    """Return truth values."""
    return ints(*shape, high=2, seed=seed).astype(bool)


def check(row: Row | Error, backend: str) -> None:
    """Run a row under torch and under agrad on a backend, and compare."""
    with agrad.use_backend(backend):
        if isinstance(row, Error):
            _check_error(row)
        else:
            _check_row(row)


def _inputs(module: Any, row: Row | Error, grad: bool) -> list[Any]:
    made = []
    for value in row.inputs:
        array = value() if callable(value) else value
        if not isinstance(array, np.ndarray):
            made.append(array)
            continue
        made.append(module.tensor(array.copy(), requires_grad=grad and array.dtype.kind in "fc"))
    return made


def _check_row(row: Row) -> None:
    theirs_in, ours_in = _inputs(torch, row, row.grad), _inputs(agrad, row, row.grad)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns of its own deprecations; agrad's warnings stay errors
        theirs = row.run(torch, *theirs_in)
    ours = row.run(agrad, *ours_in)
    compare(theirs, ours, row, row.name)
    if row.text:
        a, b = repr(theirs).replace("torch.", "agrad."), repr(ours).replace("torch.", "agrad.")
        assert b == a, f"{row.name}: printed\n{b}\nwhere torch prints\n{a}"
    if not row.grad:
        return
    wanted = [x for x in theirs_in if isinstance(x, torch.Tensor) and x.requires_grad]
    outs_a = [x for x in _leaves(theirs) if isinstance(x, torch.Tensor) and x.requires_grad]
    outs_b = [x for x in _leaves(ours) if isinstance(x, agrad.Tensor) and x.requires_grad]
    assert len(outs_a) == len(outs_b), f"{row.name}: {len(outs_b)} results require grad, {len(outs_a)} of torch's do"
    if not wanted or not outs_a:
        return
    seeds = [floats(*x.shape, seed=7 + i, dtype=str(x.dtype).rpartition(".")[2]) for i, x in enumerate(outs_a)]
    torch.autograd.backward(outs_a, [torch.tensor(s) for s in seeds])
    agrad.autograd.backward(outs_b, [agrad.tensor(s) for s in seeds])
    pairs = [(a, b) for a, b in zip(theirs_in, ours_in, strict=True) if isinstance(a, torch.Tensor) and a.requires_grad]
    for index, (a, b) in enumerate(pairs):
        if not a.is_leaf:
            continue
        compare(a.grad, b.grad, row, f"{row.name}: gradient {index}", slack=50.0)


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, (tuple, list)):
        return [leaf for part in value for leaf in _leaves(part)]
    return [value]


def _check_error(row: Error) -> None:
    theirs = _raised(row.run, torch, _inputs(torch, row, False))
    assert theirs is not None, f"{row.name}: torch raises nothing"
    ours = _raised(row.run, agrad, _inputs(agrad, row, False))
    assert ours is not None, f"{row.name}: torch raises {theirs!r}, agrad raises nothing"
    assert row.phrase in str(theirs), f"{row.name}: torch says {theirs!r}, without {row.phrase!r}"
    # PyTorch's own classes cannot be ours: their builtin base must be
    wanted = next(kind for kind in type(theirs).__mro__ if kind.__module__ == "builtins")
    assert isinstance(ours, wanted), f"{row.name}: {type(ours).__mro__} is no {wanted}: {ours}"
    assert row.phrase in str(ours), f"{row.name}: agrad says {ours}, without {row.phrase!r}"


def _raised(run: Callable[..., Any], module: Any, inputs: list[Any]) -> Exception | None:
    try:
        run(module, *inputs)
    except Exception as error:
        return error
    return None


def host(tensor: Any) -> np.ndarray:
    """Return a NumPy copy of a tensor of either."""
    if isinstance(tensor, torch.Tensor):
        return tensor.detach().resolve_conj().resolve_neg().numpy(force=True).copy()  # also of a ZeroTensor
    raw = tensor._options.backend.to_host(tensor._options.backend.ensure_array(tensor._data))
    return np.array(raw)


def compare(theirs: Any, ours: Any, row: Row, where: str, slack: float = 1.0) -> None:
    """Compare what torch gave with what agrad gave."""
    if isinstance(theirs, torch.Tensor):
        assert isinstance(ours, agrad.Tensor), f"{where}: torch gives a Tensor, agrad {type(ours).__name__}"
        name = str(theirs.dtype).rpartition(".")[2]
        assert ours.dtype.name == name, f"{where}: dtype {ours.dtype.name}, torch has {name}"
        assert tuple(ours.shape) == tuple(theirs.shape), (
            f"{where}: shape {tuple(ours.shape)}, torch has {tuple(theirs.shape)}"
        )
        if name == "bfloat16":
            theirs, ours = theirs.float(), ours.float()
        a, b = host(theirs), host(ours)
        if a.dtype.kind in "fc":
            rtol = row.rtol if row.rtol is not None else 20 * float(np.finfo(a.dtype).eps)
            scale = float(np.max(np.abs(a[np.isfinite(a)]), initial=0.0))
            atol = row.atol + (float(np.finfo(a.dtype).eps) * 4 * scale * slack)
            np.testing.assert_allclose(b, a, rtol=rtol * slack, atol=atol, err_msg=where)
        else:
            np.testing.assert_array_equal(b, a, err_msg=where)
    elif isinstance(theirs, (tuple, list)):
        assert len(ours) == len(theirs), f"{where}: {len(ours)} parts, torch gives {len(theirs)}"
        fields = getattr(theirs, "_fields", None) or [
            name for name in ("values", "indices") if hasattr(theirs, name) and not callable(getattr(theirs, name))
        ]
        for name in fields:
            assert hasattr(ours, name), f"{where}: no field {name}"
        for index, (a, b) in enumerate(zip(theirs, ours, strict=True)):
            compare(a, b, row, f"{where}[{index}]", slack)
    elif isinstance(theirs, dict):
        assert set(ours) == set(theirs), f"{where}: keys {sorted(ours)}, torch has {sorted(theirs)}"
        for key, a in theirs.items():
            compare(a, ours[key], row, f"{where}[{key!r}]", slack)
    elif isinstance(theirs, float):
        assert isinstance(ours, float), f"{where}: {ours!r} is no float"
        close = math.isclose(ours, theirs, rel_tol=row.rtol or 1e-6, abs_tol=row.atol) or (
            math.isnan(ours) and math.isnan(theirs)
        )
        assert close or ours == theirs, f"{where}: {ours!r}, torch gives {theirs!r}"
    elif isinstance(theirs, torch.dtype):
        assert ours.name == str(theirs).rpartition(".")[2], f"{where}: {ours!r}, torch gives {theirs!r}"
    elif isinstance(theirs, str):
        a, b = theirs.replace("torch.", "agrad."), ours.replace("torch.", "agrad.")
        assert b == a, f"{where}:\n{b}\ntorch gives\n{a}"
    elif isinstance(theirs, torch.device):
        assert str(ours) == str(theirs), f"{where}: {ours}, torch gives {theirs}"
    else:
        assert ours == theirs, f"{where}: {ours!r}, torch gives {theirs!r}"


def ids(rows: list[Row] | list[Error]) -> list[str]:
    """Return names for pytest."""
    return [row.name for row in rows]


def cases(rows: list[Any]) -> list[tuple[Any, str]]:
    """Return (row, backend) for every backend at hand on which the row holds."""
    return [(row, backend) for row in rows for backend in BACKENDS if backend in row.backends]


def everywhere(rows: list[Any]) -> list[tuple[Any, str]]:
    """Return (row, backend) as :func:`cases` does, and on array-api-strict too, for rows that hold on the other two."""
    strict = ["strict"] if is_installed("strict") else []
    return cases(rows) + [(row, name) for row in rows if set(row.backends) >= {"numpy", "jax"} for name in strict]


def case_id(value: Any) -> str:
    """Return a parameter's name for pytest."""
    return value if isinstance(value, str) else value.name
