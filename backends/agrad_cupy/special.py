"""cupyx.scipy.special's functions, but for those that lose digits or change the dtype.

``log_ndtr`` (for large x the logarithm of a number next to 1), ``polygamma`` (whose integer order turns single precision
into double) and the compositions log_softmax, logsumexp, multigammaln and softmax are our own defaults, as is what
cupyx.scipy.special does not have (``betaincc``). Half precision is computed in single: its kernels have none, and answer in
double.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import cupy
import cupyx.scipy.special as library
import numpy as np

from agrad.backend import Namespace
from agrad.standard_defaults import default_special

#: the limits at -inf and inf of functions whose kernels, Cephes' like SciPy's, miss them
LIMITS = {"gammaln": (np.inf, np.inf), "i0": (np.inf, np.inf), "i1": (-np.inf, np.inf)}
OWN = frozenset({"log_ndtr", "log_softmax", "logsumexp", "multigammaln", "polygamma", "softmax"})


def find(xp: Namespace, at_home: Callable[[Any], Any], name: str) -> Any:
    """Return a special function for CuPy arrays; None where there is none."""
    if name not in OWN:
        found = getattr(library, name, None)
        if found is not None:
            return at_home(partial(_of_dtype, partial(_with_limits, name, found) if name in LIMITS else found))
    return default_special(xp, name)


def _with_limits(name: str, function: Callable[..., Any], x: Any, /) -> Any:
    """Call a kernel and put its limits where the argument is infinite."""
    low, high = LIMITS[name]
    out = cupy.where(x == -np.inf, low, cupy.where(x == np.inf, high, function(x)))
    return out.astype(x.dtype, copy=False)


def _of_dtype(function: Callable[..., Any], *args: Any) -> Any:
    """Call a kernel and return its result in the dtype of the arguments."""
    if any(isinstance(arg, cupy.ndarray) and arg.dtype == np.float16 for arg in args):
        wide = [arg.astype(np.float32) if isinstance(arg, cupy.ndarray) else arg for arg in args]
        out = function(*wide)
        return tuple(part.astype(np.float16) for part in out) if isinstance(out, tuple) else out.astype(np.float16)
    return function(*args)


def install(xp: Namespace, at_home: Callable[[Any], Any]) -> None:
    """Have ``xp.special`` look here first; `at_home` makes a function run on its arguments' device."""
    xp.special.look_in(partial(find, xp, at_home))
