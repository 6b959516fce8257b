"""What a case is: one primitive, the samples it is judged on, and the bounds it has to keep.

Everything is deterministic: an argument's values come from a seed made of the case's name and the argument's place.
A case names the operation by its name in ``agrad.engine.primitive.registry`` (or ``composites``); its samples hold array specifications
(:class:`A` drawn, :class:`V` literal, :class:`I` indices) and static parameters.

Examples
--------
An elementwise function with its bounds and a hazard, whose gradient is stated::

    Case("sqrt", [Sample((A((3, 4), "positive"),)), Sample((A(()),))], reference=np.sqrt, ulp={"float32": 0.5, "float64": 0.5},
         hazards=[Hazard((V([0.0, 4.0]),), gradients=([np.inf, 0.25],), why="the derivative is infinite at 0")])

A reduction judged in eps of the norm of the result::

    Case("sum", [Sample((A((3, 4)),), {"axis": 0})], reference=np.sum, ulp={"float64": 8}, measure="norm")

A decomposition, compared by what does not depend on the gauge::

    Case("svd", [Sample((A((4, 3), "distinct"),), {"full_matrices": False})], post=lambda u, s, vh: (u * s[..., None, :]) @ vh)
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

REAL = ("float32", "float64")
COMPLEX = ("complex64", "complex128")
INEXACT = REAL + COMPLEX
#: why an operation is judged neither under jit nor under vmap
DATA_DEPENDENT = "The shape of the result depends on values: not under jit, not under vmap."


@dataclass(frozen=True)
class A:
    """An array drawn at random.

    Parameters
    ----------
    shape : tuple of int
    kind : str
        'real' (standard normal), 'positive', 'unit' (inside (-1, 1)), 'probability' (inside (0, 1)), 'gt1', 'gt2', 'nonzero' (away
        from 0), 'distinct' (no two elements close: for sorting and maxima), 'spd', 'hermitian', 'wellconditioned' (stacks of
        matrices), 'triangular', 'integers', 'bool'.
    dtype : str, optional
        A dtype of its own, where it does not follow the case's.
    """

    shape: tuple[int, ...]
    kind: str = "real"
    dtype: str | None = None


@dataclass(frozen=True)
class V:
    """An array of stated values."""

    values: Any
    dtype: str | None = None


@dataclass(frozen=True)
class I:  # noqa: E742 - the name a case reads best with
    """An integer array of indices in [0, high), or stated ones."""

    shape: tuple[int, ...] = ()
    high: int = 0
    values: Any = None


@dataclass(frozen=True)
class Sample:
    """Arguments of one call: array specifications (or Python numbers) in `args`, keyword parameters in `params`.

    ``wrt`` names the positions that are differentiated (all floating ones by default). At a hazard, a kink or pole, ``gradients``
    states what the convention gives for a cotangent of ones, one entry per argument (None where it is not checked), ``value`` the
    value and ``why`` the convention. Without ``differences`` the sample is so near a pole, or so large, that differences of steps of
    1e-6 tell nothing of its derivatives: there gradients are judged by the reference, and by forward mode, alone.
    """

    args: tuple[Any, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    wrt: tuple[int, ...] | None = None
    differentiable: bool = True
    differences: bool = True
    gradients: tuple[Any, ...] | None = None
    value: Any = None
    why: str = ""
    dtypes: tuple[str, ...] | None = None


def Hazard(
    args: tuple[Any, ...],
    gradients: tuple[Any, ...] | None = None,
    params: Mapping[str, Any] | None = None,
    value: Any = None,
    why: str = "",
    dtypes: tuple[str, ...] = ("float64",),
) -> Sample:
    """Return the sample of a hazard."""
    return Sample(args, params or {}, gradients=gradients, value=value, why=why, dtypes=dtypes)


@dataclass(frozen=True, eq=False)
class Case:
    """One primitive under judgement.

    Parameters
    ----------
    name : str
        Its name in the registry of primitives, or of composites.
    samples : sequence of Sample
    reference : callable, str or None
        On NumPy arrays in higher precision (longdouble where NumPy computes in it), or 'mpmath.NAME' evaluated element by element;
        None: NumPy's result in double precision through agrad itself.
    ulp, grad_ulp : number, or mapping from dtype name to bound
        Of values and of gradients, in ulps of the reference, or in eps of its norm (`measure`). Dtypes left out have the bound of their
        precision's real dtype; gradients 8 times the values' bound.
    measure : {'ulp', 'mixed', 'norm'}, optional
        'mixed': ``N eps max(1, |r|)``; 'norm': eps times the norm of the result. By default 'ulp' for elementwise primitives and
        'norm' for all others.
    grad_measure : {'mixed', 'norm', 'ulp'}, optional
        By default 'mixed' for elementwise primitives and 'norm' for all others.
    dtypes : tuple of str
        The dtypes that arguments without a dtype of their own are drawn in.
    hazards : sequence of Sample with ``gradients`` (:func:`Hazard` makes one)
    call : callable, optional
        ``(function, *args, **params)``, where the call is not plain.
    post : callable, optional
        From the raw outputs (NumPy) to what is compared, for results with a gauge.
    scalar : callable, optional
        ``(xp, outputs) -> Tensor``, the gauge-invariant function whose derivative is checked; by default a weighted sum.
    pointwise : callable, optional
        An elementwise function of mpmath numbers: the reference of values and, by mpmath's own differentiation, of gradients.
    edges : sequence of Sample
        Empty and 0-d arrays; where there are none, `without` says why.
    without : mapping from 'empty' or '0-d' to reason
    result_dtype : str, optional
        The dtype of the results, where it does not follow from the arguments' precision.
    own_precision : bool
        Whether the reference is evaluated in the judged dtype, for what is a matter of the precision itself.
    jit, second_order, differentiable, jvp : bool
        What holds for it; a reason goes into `notes` where it does not.
    vmap : bool, optional
        As `jit` where it is not told.
    skip : mapping from backend name to reason
    """

    name: str
    samples: Sequence[Sample]
    reference: Callable[..., Any] | str | None = None
    ulp: Mapping[str, float] | float = field(default_factory=dict)
    grad_ulp: Mapping[str, float] | float = field(default_factory=dict)
    measure: str | None = None
    dtypes: tuple[str, ...] = REAL
    hazards: Sequence[Sample] = ()
    call: Callable[..., Any] | None = None
    post: Callable[..., Any] | None = None
    scalar: Callable[..., Any] | None = None
    pointwise: Callable[..., Any] | None = None
    grad_measure: str | None = None
    edges: Sequence[Sample] = ()
    without: Mapping[str, str] = field(default_factory=dict)
    result_dtype: str | None = None
    own_precision: bool = False
    jit: bool = True
    vmap: bool | None = None
    second_order: bool = True
    differentiable: bool = True
    jvp: bool = True
    tolerance: float = 1e-6
    domain: str = ""
    notes: str = ""
    skip: Mapping[str, str] = field(default_factory=dict)


def seed_of(*parts: Any) -> np.random.Generator:
    """Return a generator whose seed is made of names."""
    return np.random.default_rng(zlib.crc32("/".join(map(str, parts)).encode()))


def draw(spec: Any, dtype: str, name: str, position: int) -> Any:
    """Return the NumPy array that a specification stands for; what is no specification is returned as it is."""
    if isinstance(spec, V):
        return np.asarray(spec.values, dtype=spec.dtype or dtype)
    if isinstance(spec, I):
        if spec.values is not None:
            return np.asarray(spec.values, dtype=np.int64)
        return seed_of(name, position, "indices").integers(0, max(spec.high, 1), spec.shape)
    if isinstance(spec, (list, tuple)) and any(isinstance(part, (A, V, I)) for part in spec):
        return type(spec)(draw(part, dtype, name, position * 31 + i) for i, part in enumerate(spec))
    if not isinstance(spec, A):
        return spec
    chosen = np.dtype(spec.dtype or dtype)
    rng = seed_of(name, position, spec.shape, spec.kind)
    if spec.kind == "bool" or chosen == np.bool_:
        return rng.integers(0, 2, spec.shape).astype(bool if spec.kind == "bool" else chosen)
    if spec.kind == "integers" or chosen.kind in "iu":
        low = 0 if chosen.kind == "u" else -5
        return rng.integers(low, 9, spec.shape).astype(chosen if spec.dtype or chosen.kind in "iu" else np.int64)
    real = _real(rng, spec.shape, spec.kind)
    if chosen.kind == "c":
        other = _real(rng, spec.shape, spec.kind)
        if spec.kind in ("spd", "hermitian"):
            x = rng.standard_normal(spec.shape) + 1j * rng.standard_normal(spec.shape)
            values: Any = x @ np.conj(np.swapaxes(x, -1, -2)) + np.eye(spec.shape[-1]) if spec.kind == "spd" else (
                x + np.conj(np.swapaxes(x, -1, -2))
            )  # fmt: skip
        elif spec.kind in ("unit", "wellconditioned", "triangular"):
            values = real + 0.3j * other
        else:
            values = real + 1j * other
    else:
        values = real
    return np.asarray(values, dtype=chosen)


def _real(rng: np.random.Generator, shape: tuple[int, ...], kind: str) -> Any:
    x = rng.standard_normal(shape)
    if kind == "real":
        return x
    if kind == "positive":
        return np.abs(x) + 0.2
    if kind == "unit":
        return rng.uniform(-0.9, 0.9, shape)
    if kind == "gt1":
        return 1.2 + np.abs(x)
    if kind == "gt2":
        return 2.2 + np.abs(x)
    if kind == "probability":
        return rng.uniform(0.02, 0.98, shape)
    if kind == "nonzero":
        return np.where(x < 0, x - 0.5, x + 0.5)
    if kind == "distinct":
        size = int(np.prod(shape))
        return (rng.permutation(size).astype(float) - size / 2 + rng.uniform(0.0, 0.4, size)).reshape(shape) / 3 + 0.05
    if kind == "spd":
        return x @ np.swapaxes(x, -1, -2) + np.eye(shape[-1])
    if kind == "hermitian":
        return x + np.swapaxes(x, -1, -2)
    if kind == "wellconditioned":
        n = min(shape[-2:])
        return 0.3 * x + 2.0 * np.eye(shape[-2], shape[-1]) if n else x
    if kind == "triangular":
        return np.tril(0.3 * x) + 1.5 * np.eye(shape[-2], shape[-1])
    raise ValueError(f"no kind of array is named {kind!r}")
