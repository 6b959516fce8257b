"""SciPy's special functions, imported when the first is asked for, with some of them mended (SciPy 1.17).

- ``betainc`` in single precision loses up to seven digits for large parameters: it runs in double.
- ``log_ndtr`` for large x is the logarithm of a number next to 1: it is taken as log1p of the upper tail.
- ``beta`` and ``betaln`` lose up to eight digits for large arguments: they are our own defaults, as is ``poch``.
- ``i0``, ``i1``, ``gammaln`` and ``zeta`` at infinities, and odd functions at -0, have the values that they have on every backend.
- SciPy computes half precision in single and leaves it there: the results are brought back.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from agrad.backend import Namespace
from agrad.standard_defaults import default_special

#: more accurate than SciPy's, or better served by compositions of ufuncs than by SciPy's array-agnostic wrappers
_OWN = frozenset({"beta", "betaln", "log_softmax", "logsumexp", "multigammaln", "poch", "softmax"})

_HALF = np.dtype(np.float16)


def find(xp: Namespace, name: str) -> Any:
    """Return a special function for NumPy arrays; None where there is none."""
    mended = _MENDED.get(name)
    if mended is not None:
        return mended
    if name not in _OWN:
        from scipy import special

        found = getattr(special, name, None)
        if found is not None:
            return _keeping_half(found)
    return default_special(xp, name)


def _keeping_half(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that gives half precision for half precision."""

    def keeping(*arrays: Any) -> Any:
        out = function(*arrays)
        if getattr(arrays[-1], "dtype", None) is _HALF:
            return tuple(part.astype(np.float16) for part in out) if isinstance(out, tuple) else out.astype(np.float16)
        return out

    return keeping


def _betainc(a: Any, b: Any, x: Any, /) -> Any:
    """The regularized incomplete beta function, computed in double."""
    return _wide("betainc", a, b, x)


def _betaincc(a: Any, b: Any, x: Any, /) -> Any:
    return _wide("betaincc", a, b, x)


def _polygamma(n: Any, x: Any, /) -> Any:
    """SciPy's, whose integer order would turn single precision into double."""
    return _wide("polygamma", n, x)


def _wide(name: str, *args: Any) -> Any:
    from scipy import special

    floating = [arg.dtype for arg in args if hasattr(arg, "dtype") and arg.dtype.kind == "f"]
    dtype = np.result_type(*floating) if floating else np.dtype(np.float64)
    out = getattr(special, name)(*(np.asarray(arg, dtype=np.float64) for arg in args))
    return out.astype(dtype, copy=False)


def _log_ndtr(x: Any, /) -> Any:
    from scipy import special

    out = np.where(x > 0, np.log1p(-special.ndtr(-np.abs(x))), special.log_ndtr(np.minimum(x, 0)))
    return out.astype(x.dtype, copy=False)


def _odd(name: str) -> Callable[..., Any]:
    """Return SciPy's odd function with the sign of its argument also at zeros, and at infinities the limit."""

    def odd(x: Any, /) -> Any:
        from scipy import special

        out = np.copysign(getattr(special, name)(x), x)
        out = np.where(np.isinf(x), x, out) if name == "i1" else out
        return out.astype(x.dtype, copy=False)

    return odd


def _i0(x: Any, /) -> Any:
    from scipy import special

    return np.where(np.isinf(x), np.inf, special.i0(x)).astype(x.dtype, copy=False)


def _gammaln(x: Any, /) -> Any:
    from scipy import special

    return np.where(x == -np.inf, np.inf, special.gammaln(x)).astype(x.dtype, copy=False)


def _log_expit(x: Any, /) -> Any:
    from scipy import special

    return (special.log_expit(x) + 0.0).astype(x.dtype, copy=False)  # -0 becomes 0


def _sici(x: Any, /) -> tuple[Any, Any]:
    from scipy import special

    sine, cosine = special.sici(x)
    return np.copysign(sine, x).astype(x.dtype, copy=False), cosine.astype(x.dtype, copy=False)


def _zeta(x: Any, q: Any, /) -> Any:
    from scipy import special

    limit = np.where(q > 1, 0.0, np.where(q == 1, 1.0, np.inf))
    out = np.where(np.isposinf(x), limit, special.zeta(x, q))
    return np.where(np.isnan(x) | np.isnan(q), np.nan, out).astype(np.result_type(x, q), copy=False)


_MENDED: dict[str, Callable[..., Any]] = {
    "betainc": _betainc,
    "betaincc": _betaincc,
    "erfinv": _odd("erfinv"),
    "gammaln": _gammaln,
    "i0": _i0,
    "i1": _odd("i1"),
    "i1e": _odd("i1e"),
    "log_expit": _log_expit,
    "log_ndtr": _log_ndtr,
    "polygamma": _polygamma,
    "sici": _sici,
    "zeta": _zeta,
}


def install(xp: Namespace) -> None:
    """Have ``xp.special`` look here first."""
    xp.special.look_in(partial(find, xp))
