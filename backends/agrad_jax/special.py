"""jax.scipy.special's functions, with those mended that lose digits or miss special values (jax 0.10.2, measured against Arb).

``log_ndtr`` for x > 0 (10% wrong just below 5 in single, 8 in double), ``beta`` and ``betaln`` (1e-6 once one argument is
above 8 and the other below), ``logit`` near 1/2, ``erfinv`` in double (4e-11), ``erfcx`` (0 in single from 9.2 on), ``exp1``
and ``expi`` (whose time grows as 1 / min(x)), ``gamma`` (exp of gammaln), ``zeta`` and ``polygamma`` (nan at poles and
infinities), ``kl_div`` and ``poch`` are our own defaults, compiled; so is what jax.scipy.special does not have. The functions
below keep JAX's values and give those that it misses.
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

_OWN = frozenset(
    {
        "beta", "betaln", "entr", "erfcx", "exp1", "expi", "gamma", "kl_div", "log_ndtr", "logit", "poch", "polygamma", "rel_entr",
        "zeta",
    }
)  # fmt: skip
#: compositions that broadcast and reduce: nothing to compile on their own
_PLAIN = frozenset({"log_softmax", "logsumexp", "multigammaln", "softmax"})


def find(xp: Namespace, name: str) -> Any:
    """Return a special function for JAX arrays; None where there is none."""
    mended = _MENDED.get(name)
    if mended is not None:
        return mended
    if name == "erfinv":
        return _erfinv(xp)
    if name not in _OWN and name not in _PLAIN:
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


@jax.jit
def _digamma(x: Any, /) -> Any:
    """An infinity of the opposite sign at a zero."""
    return jnp.where(x == 0, -jnp.copysign(jnp.inf, x), library.digamma(x))


@jax.jit
def _loggamma(x: Any, /) -> Any:
    return jnp.where(x < 0, jnp.nan, library.gammaln(x))


@jax.jit
def _i0(x: Any, /) -> Any:
    return jnp.where(jnp.isinf(x), jnp.inf, library.i0(x))


@jax.jit
def _i1(x: Any, /) -> Any:
    return jnp.where(jnp.isinf(x), x, library.i1(x))


@jax.jit
def _expn(n: Any, x: Any, /) -> Any:
    """1 / (n - 1) at 0, where jax.scipy has 1 / n, and 0 at infinity."""
    at_zero = jnp.where(n > 1, 1 / jnp.where(n > 1, n - 1, 1), jnp.inf)
    return jnp.where(x == 0, at_zero, jnp.where(x == jnp.inf, 0, library.expn(n, x)))


def _ends(a: Any, x: Any, at_zero: int, at_end: int, inside: Any) -> Any:
    """Put the limits of an incomplete gamma function where jax.scipy has nan."""
    zero = (a == jnp.inf) & (x >= 0) & (x < jnp.inf)
    end = (a == 0) & (x > 0)
    out = jnp.where(zero, at_zero, jnp.where(end, at_end, inside))
    return jnp.where((a == jnp.inf) & (x == jnp.inf), jnp.nan, out)


@jax.jit
def _gammainc(a: Any, x: Any, /) -> Any:
    return _ends(a, x, 0, 1, library.gammainc(a, x))


@jax.jit
def _gammaincc(a: Any, x: Any, /) -> Any:
    return _ends(a, x, 1, 0, library.gammaincc(a, x))


@jax.jit
def _betaincc(a: Any, b: Any, x: Any, /) -> Any:
    return library.betainc(b, a, 1 - x)


_MENDED: dict[str, Callable[..., Any]] = {
    "betaincc": _betaincc,
    "digamma": _digamma,
    "expn": _expn,
    "gammainc": _gammainc,
    "gammaincc": _gammaincc,
    "i0": _i0,
    "i1": _i1,
    "loggamma": _loggamma,
    "psi": _digamma,
}


def install(xp: Namespace) -> None:
    """Have ``xp.special`` look here first."""
    xp.special.look_in(partial(find, xp))
