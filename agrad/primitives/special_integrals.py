"""Bessel functions, exponential, sine and cosine integrals, and sinc, each beside its rule.

The confusing case: ``I1(x) / x`` and sinc's slope are 0/0 at 0, and their own derivatives there are worse; they are power series near 0.
"""

from __future__ import annotations

import math
from typing import Any

from agrad.engine.primitive import binary, primitive, unary
from agrad.primitives._helpers import is_complex
from agrad.primitives._special import polynomial, real_only, same_batch, underivable

# ---------------------------------------------------------------- Bessel functions

#: I1(x) / x as a series in (x / 2)**2
_BESSEL_RATIO = tuple(0.5 / (math.factorial(k) * math.factorial(k + 1)) for k in range(16))


def _i1_over_x(xp: Any, out: Any, x: Any, scale: Any) -> Any:
    """I1(x) / x times `scale`, which `out` = I1(x) has in it already: by its series near 0."""
    near = xp.abs(x) < 2.0
    inner, outer = xp.where(near, x, 0.0), xp.where(near, 2.0, x)
    return xp.where(near, polynomial(inner * inner * 0.25, _BESSEL_RATIO) * scale, out / outer)


i0 = unary(
    "special.i0",
    vjp=lambda xp, g, _out, x: g * xp.special.i1(x),
    check=real_only("i0"),
    dtypes="float",
    torch_name="I0",
)
i0e = unary(
    "special.i0e",
    vjp=lambda xp, g, out, x: g * (xp.special.i1e(x) - xp.sign(x) * out),
    check=real_only("i0e"),
    dtypes="float",
    torch_name="SpecialI0E",
)
i1 = unary(
    "special.i1",
    vjp=lambda xp, g, out, x: g * (xp.special.i0(x) - _i1_over_x(xp, out, x, 1.0)),
    check=real_only("i1"),
    dtypes="float",
    torch_name="SpecialI1",
)
i1e = unary(
    "special.i1e",
    vjp=lambda xp, g, out, x: g * (xp.special.i0e(x) - _i1_over_x(xp, out, x, xp.exp(-xp.abs(x))) - xp.sign(x) * out),
    check=real_only("i1e"),
    dtypes="float",
    torch_name="SpecialI1E",
)

# ---------------------------------------------------------------- exponential, sine and cosine integrals

exp1 = unary(
    "special.exp1",
    vjp=lambda xp, g, _out, x: -g * (xp.exp(-x) / x),
    check=real_only("exp1"),
    dtypes="float",
)
expi = unary(
    "special.expi",
    vjp=lambda xp, g, _out, x: g * (xp.exp(x) / x),
    check=real_only("expi"),
    dtypes="float",
)


def _expn_rule(xp: Any, g: Any, out: Any, n: Any, x: Any) -> Any:
    # E_n' is -E_(n-1); there is no order below 0, where the recurrence takes over.
    lowest = n < 1.0
    lower = xp.special.expn(xp.where(lowest, 1.0, n) - 1.0, xp.where(lowest, 1.0, x))
    inner = xp.where(lowest, x, 1.0)
    return -g * xp.where(lowest, (xp.exp(-inner) + out) / inner, lower)


expn = binary("special.expn", vjp=(underivable("expn", "n"), _expn_rule), check=real_only("expn"), dtypes="float")


def _sici_rule(xp: Any, g: Any, _out: Any, x: Any) -> Any:
    g_sine, g_cosine = g
    return g_sine * xp.special.sinc(x / math.pi) + g_cosine * (xp.cos(x) / x)


def _sici_tangent(xp: Any, t: Any, _out: Any, x: Any) -> Any:
    return t * xp.special.sinc(x / math.pi), t * (xp.cos(x) / x)


@primitive(
    name="special.sici",
    vjp=_sici_rule,
    jvp=_sici_tangent,
    nout=2,
    check=real_only("sici"),
    dtypes="float",
    batch=same_batch,
)
def sici(xp: Any, x: Any, /) -> tuple[Any, Any]:
    """Return the sine and cosine integrals."""
    sine, cosine = xp.special.sici(x)
    return sine, cosine


#: sinc'(x) / x as a series in (pi x)**2
_SINC_SLOPE = tuple(
    (-1) ** k * math.pi**2 * 2.0 * k / math.factorial(2 * k + 1) for k in range(1, 16)
)  # fmt: skip


def _sinc_rule(xp: Any, g: Any, out: Any, x: Any) -> Any:
    near = xp.abs(x) < 0.5
    inner, outer = xp.where(near, x, 0.0), xp.where(near, 1.0, x)
    square = inner * inner * math.pi**2
    far = (xp.cos(outer * math.pi) - out) / outer
    return g * xp.where(near, inner * polynomial(square, _SINC_SLOPE), far)


def _sinc(xp: Any, x: Any) -> Any:
    if not is_complex(xp, x):
        return xp.special.sinc(x)
    zero = x == 0
    inner = xp.where(zero, xp.ones_like(x), x) * math.pi
    return xp.where(zero, xp.ones_like(x), xp.sin(inner) / inner)


sinc = unary("special.sinc", vjp=_sinc_rule, complex_forward=_sinc, dtypes="float", torch_name="Sinc", copies=True)
