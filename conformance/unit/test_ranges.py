"""Derivatives over the whole range of magnitudes, against mpmath: 1e-300 to 1e300 in double, 1e-37 to 1e38 in single precision.

A derivative that is a number of the dtype comes out as that number: nothing inside a rule overflows, underflows, or is made of a result
whose digits are gone. How far it may be off is counted in ulps of the derivative, times its condition: what half an ulp of x changes
cannot be held against a rule. Where the derivative is too small for the dtype, anything as small is right.
"""

from __future__ import annotations

import warnings

import mpmath as mp
import numpy as np
import pytest

import agrad
from agrad.engine.primitive import registry

BACKENDS = [name for name in ("numpy", "jax") if name in agrad.available_backends()]
#: ulps, beside as many times the condition
BOUND = 6.0


def _every(x):
    return True


def _inside(x):
    return abs(x) < 1


def _positive(x):
    return x > 0


def _above_one(x):
    return x > 1


def _moderate(x):
    # beyond, what is computed is the library's reduction of the argument
    return abs(x) < 1e8


def _cosh_power(x, n):
    return mp.cosh(x) ** n if abs(x) < 1e9 else mp.inf


def _tanh(x):
    return mp.tanh(x) if abs(x) < 1e9 else mp.sign(x)


def _exp(x):
    return mp.exp(x) if x < 1e9 else mp.inf


def _logistic(x):
    return 1 / (1 + _exp(-x)) if x > 0 else _exp(x) / (1 + _exp(x))


def _bell(x):
    """Return the logistic function's derivative."""
    return _logistic(x) * _logistic(-x)


def _slope_of_bell(x):
    return -_bell(x) * _tanh(x / 2)


LN2 = mp.log(2)
ROOT = mp.sqrt
PHI = lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi) if abs(x) < 1e6 else mp.mpf(0)
DISTRIBUTION = lambda x: mp.erfc(-x / mp.sqrt(2)) / 2
#: name: (where, first derivative, second derivative)
UNARY = {
    "square": (_every, lambda x: 2 * x, lambda x: mp.mpf(2)),
    "reciprocal": (_every, lambda x: -1 / x**2, lambda x: 2 / x**3),
    "exp": (_every, _exp, _exp),
    "expm1": (_every, _exp, _exp),
    "exp2": (_every, lambda x: _exp(x * LN2) * LN2, lambda x: _exp(x * LN2) * LN2**2),
    "log": (_positive, lambda x: 1 / x, lambda x: -1 / x**2),
    "log2": (_positive, lambda x: 1 / (x * LN2), lambda x: -1 / (x**2 * LN2)),
    "log10": (_positive, lambda x: 1 / (x * mp.log(10)), lambda x: -1 / (x**2 * mp.log(10))),
    "log1p": (lambda x: x > -1, lambda x: 1 / (1 + x), lambda x: -1 / (1 + x) ** 2),
    "sqrt": (_positive, lambda x: 1 / (2 * ROOT(x)), lambda x: -1 / (4 * x * ROOT(x))),
    "rsqrt": (_positive, lambda x: -1 / (2 * x * ROOT(x)), lambda x: 3 / (4 * x**2 * ROOT(x))),
    "sin": (_moderate, mp.cos, lambda x: -mp.sin(x)),
    "cos": (_moderate, lambda x: -mp.sin(x), lambda x: -mp.cos(x)),
    "tan": (_moderate, lambda x: 1 / mp.cos(x) ** 2, lambda x: 2 * mp.sin(x) / mp.cos(x) ** 3),
    "asin": (_inside, lambda x: 1 / ROOT(1 - x * x), lambda x: x / ROOT(1 - x * x) ** 3),
    "acos": (_inside, lambda x: -1 / ROOT(1 - x * x), lambda x: -x / ROOT(1 - x * x) ** 3),
    "atan": (_every, lambda x: 1 / (1 + x * x), lambda x: -2 * x / (1 + x * x) ** 2),
    "sinh": (_every, lambda x: _cosh_power(x, 1), lambda x: _cosh_power(x, 1) * _tanh(x)),
    "cosh": (_every, lambda x: _cosh_power(x, 1) * _tanh(x), lambda x: _cosh_power(x, 1)),
    "asinh": (_every, lambda x: 1 / ROOT(1 + x * x), lambda x: -x / ROOT(1 + x * x) ** 3),
    "acosh": (_above_one, lambda x: 1 / ROOT((x - 1) * (x + 1)), lambda x: -x / ROOT((x - 1) * (x + 1)) ** 3),
    "atanh": (_inside, lambda x: 1 / (1 - x * x), lambda x: 2 * x / (1 - x * x) ** 2),
    "special.expit": (_every, _bell, _slope_of_bell),
    "special.log_expit": (_every, lambda x: _logistic(-x), lambda x: -_bell(x)),
    "softplus": (lambda x: x < 20, _logistic, _bell),
    "softsign": (_every, lambda x: 1 / (1 + abs(x)) ** 2, lambda x: -2 * mp.sign(x) / (1 + abs(x)) ** 3),
    "special.logit": (lambda x: 0 < x < 1, lambda x: 1 / (x * (1 - x)), lambda x: (2 * x - 1) / (x * (1 - x)) ** 2),
    "special.entr": (_positive, lambda x: -mp.log(x) - 1, lambda x: -1 / x),
    "special.erf": (_every, lambda x: 2 * PHI(x * ROOT(2)) * ROOT(2), lambda x: -4 * x * PHI(x * ROOT(2)) * ROOT(2)),
    "special.erfc": (_every, lambda x: -2 * PHI(x * ROOT(2)) * ROOT(2), lambda x: 4 * x * PHI(x * ROOT(2)) * ROOT(2)),
    "special.ndtr": (_every, PHI, lambda x: -x * PHI(x)),
    "special.log_ndtr": (
        lambda x: abs(x) < 1e4,
        lambda x: PHI(x) / DISTRIBUTION(x),
        lambda x: -(x + PHI(x) / DISTRIBUTION(x)) * PHI(x) / DISTRIBUTION(x),
    ),
    "special.gammaln": (lambda x: -200 < x < 1e15 and x != mp.floor(x), lambda x: mp.psi(0, x), lambda x: mp.psi(1, x)),
    "special.digamma": (lambda x: -200 < x < 1e15 and x != mp.floor(x), lambda x: mp.psi(1, x), lambda x: mp.psi(2, x)),
}  # fmt: skip
#: a different bound, in ulps; and the reason
WIDER = {
    ("special.log_ndtr", 2): (200.0, "-(x + h) h is a difference of numbers as large as x, whose rounding it keeps")
}


def _points(dtype):
    ends = (-300, 300) if dtype == "float64" else (-37, 38)
    sizes = [10.0**k for k in range(ends[0], ends[1] + 1, (ends[1] - ends[0]) // 12)]
    sizes += [0.3, 0.7, 1.5, 2.7, 4.3, 8.9, 13.2, 19.3, 27.1, 37.0, 40.3, 57.5, 88.1, 120.5, 350.7, 709.1, 744.0]
    sizes += (
        [1 - 2.0**-k for k in (3, 12, 20)] + [1 + 2.0**-k for k in (3, 12, 20)] + [1e-20, 1e-9, 1e-4, 1e5, 1e12, 1e19]
    )
    points = np.asarray(sizes, dtype=dtype)
    return np.concatenate([points, -points])


def _derivatives(name, points, backend, dtype):
    """Return first and second derivatives, in reverse mode, forward mode, and forward over reverse."""
    call = registry[name].call
    x = agrad.tensor(points).to(backend).requires_grad_()
    ones = agrad.ones_like(x)
    (first,) = agrad.autograd.grad(call(x), x, ones, create_graph=True)
    second = agrad.autograd.grad(first, x, ones)[0] if first.requires_grad else agrad.zeros_like(x)
    plain = x.detach()
    _, forward = agrad.func.jvp(call, (plain,), (ones,))

    def slope(v):
        return agrad.func.vjp(call, v)[1](ones)[0]

    _, mixed = agrad.func.jvp(slope, (plain,), (ones,))
    return [t.detach().to("numpy").numpy() for t in (first, forward, second, mixed)]


def _off(found, function, x, dtype):
    """Return by how many ulps (beside the condition's) a derivative is off; 0 where it is no number of the dtype."""
    limits = np.finfo(dtype)
    eps, tiny, largest = (mp.mpf(float(one)) for one in (limits.eps, limits.tiny, limits.max))
    exact = function(x)
    if not mp.isfinite(exact) or abs(exact) > largest / 2:
        return 0.0 if not np.isnan(found) else np.inf
    if abs(exact) < tiny / eps:  # what is near the least normal number is made of numbers below it
        return 0.0 if abs(mp.mpf(float(found)) - exact) < 16 * tiny else np.inf
    if not np.isfinite(found):
        return np.inf
    step = mp.mpf(2) ** -200
    condition = abs((function(x * (1 + step)) - exact) / (step * exact))
    return float(abs(mp.mpf(float(found)) - exact) / (abs(exact) * eps * (1 + condition)))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", UNARY)
def test_unary(name, backend, dtype):
    """First and second derivatives of a function, in every mode, at all magnitudes."""
    where, first, second = UNARY[name]
    with warnings.catch_warnings(), mp.workprec(700):
        warnings.simplefilter("ignore")
        points = np.asarray([x for x in _points(dtype) if where(mp.mpf(float(x)))], dtype=dtype)
        found = _derivatives(name, points, backend, dtype)
        wrong = []
        for mode, (values, function, order) in {
            "reverse": (found[0], first, 1),
            "forward": (found[1], first, 1),
            "reverse over reverse": (found[2], second, 2),
            "forward over reverse": (found[3], second, 2),
        }.items():
            bound = WIDER.get((name, order), (BOUND, ""))[0]
            for x, value in zip(points, values, strict=True):
                off = _off(value, function, mp.mpf(float(x)), dtype)
                if off > bound:
                    wrong.append((mode, float(x), float(value), mp.nstr(function(mp.mpf(float(x))), 8), round(off, 1)))
    assert not wrong, wrong
