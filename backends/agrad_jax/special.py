"""jax.scipy.special's functions, with those mended that lose most or all digits (jax 0.10.2, measured against Arb).

``log_ndtr`` for x > 0 (10% wrong just below 5 in single, 8 in double), ``beta`` and ``betaln`` (1e-6 once one argument is
above 8 and the other below), ``logit`` near 1/2, ``erfinv`` in double (4e-11), ``exp1`` and ``expi`` (whose time grows as
1 / min(x)), and ``gamma`` (exp of gammaln) are our own defaults, compiled; so is what jax.scipy.special does not have.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.special as library

from agrad.backend import Namespace
from agrad.standard_defaults import default_special
from agrad_jax.config import config

_MENDED = frozenset({"beta", "betaln", "entr", "exp1", "expi", "gamma", "log_ndtr", "logit", "rel_entr"})
#: compositions that broadcast and reduce: nothing to compile on their own
_PLAIN = frozenset({"log_softmax", "logsumexp", "multigammaln", "softmax"})


def find(xp: Namespace, name: str) -> Any:
    """Return a special function for JAX arrays; None where there is none."""
    if name == "erfinv":
        return _erfinv(xp)
    if name == "polygamma":
        return _polygamma
    if name == "psi":
        return library.digamma
    if name not in _MENDED and name not in _PLAIN:
        found = getattr(library, name, None)
        if found is not None:
            return found
    own = default_special(xp, name)
    return own if own is None or name in _PLAIN else _compiled(own)


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a default; Python numbers among its arguments stay Python numbers."""

    @cache
    def jitted(numbers: tuple[int, ...]) -> Callable[..., Any]:
        return jax.jit(function, static_argnums=numbers)

    def call(*args: Any) -> Any:
        numbers = tuple(place for place, arg in enumerate(args) if type(arg) in (bool, int, float))
        return jitted(numbers)(*args)

    return call


def _erfinv(xp: Namespace) -> Callable[..., Any]:
    accurate = _compiled(default_special(xp, "erfinv"))

    def erfinv(x: Any, /) -> Any:
        """The inverse error function; jax.scipy's where there is no double precision to compute in."""
        return accurate(x) if config.jax_enable_x64 else library.erfinv(x)

    return erfinv


def _polygamma(n: Any, x: Any, /) -> Any:
    """jax.scipy's, which wants a whole order of an integer dtype."""
    if hasattr(n, "dtype") and not jnp.issubdtype(n.dtype, jnp.integer):
        n = jnp.asarray(n).astype(jnp.int32)
    return library.polygamma(int(n) if isinstance(n, float) else n, x)


def install(xp: Namespace) -> None:
    """Have ``xp.special`` look here first."""
    xp.special.look_in(partial(find, xp))
