"""What the special functions share: evaluation in double precision, polynomials, Chebyshev sums."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

from agrad import dtypes

Function = Callable[..., Any]

#: B(2k) / (2k): the Bernoulli numbers of the asymptotic series, k = 1 ...
BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330,
    854513 / 138, -236364091 / 2730,
)  # fmt: skip


def in_double(function: Function) -> Function:
    """Have a function compute in float64 where the backend has it, and return the dtype of what it was given.

    Single precision computed in double and rounded is right to half an ulp; a backend without float64 computes in what
    it has. Python numbers among the arguments become arrays; integer arrays the default floating dtype.
    """

    @functools.wraps(function)
    def call(xp: Any, *args: Any, **params: Any) -> Any:
        arrays = [arg for arg in args if hasattr(arg, "dtype")]
        floating = [array.dtype for array in arrays if xp.isdtype(array.dtype, "real floating")]
        backend = xp.backend
        wanted = xp.result_type(*floating) if floating else backend.raw_dtype(dtypes.get_default_dtype())
        work = backend.raw_dtype(dtypes.float64) if backend.supports(dtypes.float64) else wanted
        device = getattr(arrays[0], "device", None) if arrays else None
        cast = [
            (arg if arg.dtype == work else xp.astype(arg, work))
            if hasattr(arg, "dtype")
            else xp.asarray(arg, dtype=work, device=device)
            for arg in args
        ]
        out = function(xp, *cast, **params)
        if isinstance(out, tuple):
            return tuple(part if part.dtype == wanted else xp.astype(part, wanted) for part in out)
        return out if out.dtype == wanted else xp.astype(out, wanted)

    return call


def polynomial(x: Any, coefficients: Sequence[float]) -> Any:
    """Evaluate a polynomial, the highest power first (Horner)."""
    out = x * coefficients[0] + coefficients[1]
    for coefficient in coefficients[2:]:
        out = out * x + coefficient
    return out


def chebyshev(t: Any, coefficients: Sequence[float]) -> Any:
    """Evaluate a Chebyshev sum on [-1, 1] (Clenshaw)."""
    twice = t * 2.0
    last = t * 0.0 + coefficients[-1]
    before = t * 0.0
    for coefficient in reversed(coefficients[1:-1]):
        last, before = twice * last - before + coefficient, last
    return t * last - before + coefficients[0]


def pick(xp: Any, condition: Any, yes: float, no: float, x: Any) -> Any:
    """Return one of two numbers by a condition, in x's dtype: the standard's ``where`` does not take two numbers."""
    return xp.where(condition, xp.full_like(x, yes), no)


def sin_pi(xp: Any, x: Any) -> Any:
    """Return sin(pi x), exactly 0 at integers: the argument is reduced before it is multiplied."""
    reduced = x - 2.0 * xp.round(x * 0.5)
    inner = xp.where(xp.abs(reduced) > 0.5, xp.sign(reduced) - reduced, reduced)
    return xp.sin(inner * math.pi)


def cos_pi(xp: Any, x: Any) -> Any:
    """Return cos(pi x), exactly 0 at half integers."""
    reduced = xp.abs(x - 2.0 * xp.round(x * 0.5))
    return xp.sin((0.5 - reduced) * math.pi)
