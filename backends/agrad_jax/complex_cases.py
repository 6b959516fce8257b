"""Complex functions at infinities and nans as the standard (C99 Annex G) has them; XLA gives nan in both parts there.

Real arrays go straight to jax.numpy. The complex forms are compiled, so a call is one dispatch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from agrad.backend import Namespace

Mend = Callable[[Any, Any, Any], Any]
_NAN = math.nan
_INF = math.inf


def _mended(function: Callable[[Any], Any], mend: Mend) -> Callable[[Any], Any]:
    """Return the function with its complex results mended by ``mend(out, real, imag)``."""

    @jax.jit
    def on_complex(x: Any) -> Any:
        return mend(function(x), jnp.real(x), jnp.imag(x))

    @wraps(function)
    def call(x: Any, /) -> Any:
        return on_complex(x) if x.dtype.kind == "c" else function(x)

    return call


def _where(condition: Any, real: Any, imag: Any, out: Any) -> Any:
    """Return ``real + imag j`` where the condition holds (made without arithmetic, which would spread a nan)."""
    part = jnp.real(out)
    value = lax.complex(
        jnp.broadcast_to(jnp.asarray(real, part.dtype), part.shape),
        jnp.broadcast_to(jnp.asarray(imag, part.dtype), part.shape),
    )
    return jnp.where(condition, value, out)


def _exp(out: Any, real: Any, imag: Any) -> Any:
    lost = ~jnp.isfinite(imag)
    out = _where(lost & (real == -_INF), 0.0, 0.0, out)
    return _where(lost & (real == _INF), _INF, _NAN, out)


def _cosh(out: Any, real: Any, imag: Any) -> Any:
    lost = ~jnp.isfinite(imag)
    out = _where(lost & (real == 0), _NAN, 0.0, out)
    return _where(lost & jnp.isinf(real), _INF, _NAN, out)


def _sinh(out: Any, real: Any, imag: Any) -> Any:
    lost = ~jnp.isfinite(imag)
    return _where(lost & ((real == 0) | jnp.isinf(real)), real, _NAN, out)


def _tanh(out: Any, real: Any, imag: Any) -> Any:
    return _where(~jnp.isfinite(imag) & (real == 0), real, _NAN, out)


def _sqrt(out: Any, real: Any, imag: Any) -> Any:
    out = _where(jnp.isnan(imag) & (real == -_INF), _NAN, _INF, out)
    return _where(jnp.isnan(imag) & (real == _INF), _INF, _NAN, out)


def _log(out: Any, real: Any, imag: Any) -> Any:
    infinite = jnp.isinf(real) | jnp.isinf(imag)
    return _where(infinite & (jnp.isnan(real) | jnp.isnan(imag)), _INF, _NAN, out)


def _asinh(out: Any, real: Any, imag: Any) -> Any:
    finite = jnp.isfinite(real) | jnp.isfinite(imag)
    out = _where(finite & (jnp.isnan(real) | jnp.isnan(imag)), _NAN, _NAN, out)
    return _where(jnp.isnan(real) & (imag == 0), _NAN, imag, out)


def _atanh(out: Any, real: Any, imag: Any) -> Any:
    lost = jnp.isnan(imag)
    out = _where(lost & ((real == 0) | jnp.isinf(real)), jnp.copysign(jnp.zeros_like(real), real), _NAN, out)
    out = _where(lost & jnp.isfinite(real) & (real != 0), _NAN, _NAN, out)
    return _where(jnp.isnan(real) & ~jnp.isinf(imag), _NAN, _NAN, out)


def _acos(out: Any, real: Any, imag: Any) -> Any:
    out = _where(jnp.isnan(imag) & jnp.isfinite(real), _NAN, _NAN, out)
    return _where(jnp.isnan(imag) & (real == 0), math.pi / 2, _NAN, out)


def _acosh(out: Any, real: Any, imag: Any) -> Any:
    out = _where(jnp.isnan(imag) & jnp.isfinite(real), _NAN, _NAN, out)
    return _where(jnp.isnan(imag) & (real == 0), _NAN, math.pi / 2, out)


def complete(xp: Namespace) -> None:
    """Put the mended functions in place of jax.numpy's."""
    xp.exp = _mended(jnp.exp, _exp)
    xp.cosh = _mended(jnp.cosh, _cosh)
    xp.sinh = _mended(jnp.sinh, _sinh)
    xp.tanh = _mended(jnp.tanh, _tanh)
    xp.sqrt = _mended(jnp.sqrt, _sqrt)
    xp.log = _mended(jnp.log, _log)
    xp.log1p = _mended(jnp.log1p, _log)
    xp.asinh = _mended(jnp.asinh, _asinh)
    xp.atanh = _mended(jnp.atanh, _atanh)
    xp.acos = _mended(jnp.acos, _acos)
    xp.acosh = _mended(jnp.acosh, _acosh)
