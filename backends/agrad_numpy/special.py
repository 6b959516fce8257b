"""SciPy's special functions, imported when the first is asked for, with two of them mended (SciPy 1.17).

- ``betainc`` in single precision loses up to seven digits for large parameters: it runs in double.
- ``log_ndtr`` for large x is the logarithm of a number next to 1: it is taken as log1p of the upper tail.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from agrad.backend import Namespace
from agrad.standard_defaults import default_special

#: better served by our own compositions of ufuncs than by SciPy's array-agnostic wrappers
_OWN = frozenset({"log_softmax", "logsumexp", "multigammaln", "softmax"})


def find(xp: Namespace, name: str) -> Any:
    """Return a special function for NumPy arrays; None where there is none."""
    mended = _MENDED.get(name)
    if mended is not None:
        return mended
    if name not in _OWN:
        from scipy import special

        found = getattr(special, name, None)
        if found is not None:
            return found
    return default_special(xp, name)


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

    return np.where(x > 0, np.log1p(-special.ndtr(-np.abs(x))), special.log_ndtr(np.minimum(x, 0)))


_MENDED: dict[str, Callable[..., Any]] = {
    "betainc": _betainc,
    "betaincc": _betaincc,
    "log_ndtr": _log_ndtr,
    "polygamma": _polygamma,
}


def install(xp: Namespace) -> None:
    """Have ``xp.special`` look here first."""
    xp.special.look_in(partial(find, xp))
