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


def _scaled_erfc(x):
    return mp.exp(x * x) * mp.erfc(x)


def _i1_over(x):
    return mp.besseli(1, x) / x


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
    "special.erfcx": (
        lambda x: -25 < x < 1e3,
        lambda x: 2 * x * _scaled_erfc(x) - 2 / ROOT(mp.pi),
        lambda x: (2 + 4 * x * x) * _scaled_erfc(x) - 4 * x / ROOT(mp.pi),
    ),
    "special.i0": (lambda x: abs(x) < 600, lambda x: mp.besseli(1, x), lambda x: mp.besseli(0, x) - _i1_over(x)),
    "special.i1": (
        lambda x: abs(x) < 600,
        lambda x: mp.besseli(0, x) - _i1_over(x),
        None,
    ),
    "special.i0e": (lambda x: 0 < x < 5e4, lambda x: mp.exp(-x) * (mp.besseli(1, x) - mp.besseli(0, x)), None),
    "special.i1e": (
        lambda x: 0 < x < 5e4,
        lambda x: mp.exp(-x) * (mp.besseli(0, x) - _i1_over(x) - mp.besseli(1, x)),
        None,
    ),
    "special.exp1": (_positive, lambda x: -_exp(-x) / x, lambda x: _exp(-x) * (1 + x) / x**2),
    "special.expi": (lambda x: abs(x) < 85, lambda x: _exp(x) / x, lambda x: _exp(x) * (x - 1) / x**2),
    "special.sinc": (
        lambda x: 1e-100 < abs(x) < 1e3,
        lambda x: mp.cos(mp.pi * x) / x - mp.sin(mp.pi * x) / (mp.pi * x * x),
        None,
    ),
    "special.gamma": (
        lambda x: -150 < x < 150 and x != mp.floor(x),
        lambda x: mp.gamma(x) * mp.psi(0, x),
        lambda x: mp.gamma(x) * (mp.psi(0, x) ** 2 + mp.psi(1, x)),
    ),
    "special.gammaln": (lambda x: -200 < x < 1e15 and x != mp.floor(x), lambda x: mp.psi(0, x), lambda x: mp.psi(1, x)),
    "special.digamma": (lambda x: -200 < x < 1e15 and x != mp.floor(x), lambda x: mp.psi(1, x), lambda x: mp.psi(2, x)),
}  # fmt: skip
#: a different bound, in ulps; and the reason
WIDER = {
    ("special.i1e", 1): (20.0, "three terms, near the maximum, where they are 0 together"),
    ("special.erfcx", 1): (160.0, "2 x erfcx(x) less a constant, up to 12, where the series takes over"),
    ("special.erfcx", 2): (2e4, "the same once more"),
    ("special.log_ndtr", 2): (200.0, "-(x + h) h is a difference of numbers as large as x, whose rounding it keeps"),
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


def _off(found, function, point, dtype):
    """Return by how many ulps (beside the condition's) a derivative is off; 0 where it is no number of the dtype."""
    limits = np.finfo(dtype)
    eps, tiny, largest = (mp.mpf(float(one)) for one in (limits.eps, limits.tiny, limits.max))
    exact = function(*point)
    if not mp.isfinite(exact) or abs(exact) > largest / 2:
        return 0.0 if not np.isnan(found) else np.inf
    if abs(exact) < tiny / eps:  # what is near the least normal number is made of numbers below it
        return 0.0 if abs(mp.mpf(float(found)) - exact) < 16 * tiny else np.inf
    if not np.isfinite(found):
        return np.inf
    step = mp.mpf(2) ** -200
    condition = mp.mpf(1)
    for place, x in enumerate(point):
        moved = (*point[:place], x * (1 + step), *point[place + 1 :])
        condition += abs((function(*moved) - exact) / (step * exact))
    return float(abs(mp.mpf(float(found)) - exact) / (abs(exact) * eps * condition))


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
            if function is None:
                continue
            bound = WIDER.get((name, order), (BOUND, ""))[0]
            for x, value in zip(points, values, strict=True):
                off = _off(value, function, (mp.mpf(float(x)),), dtype)
                if off > bound:
                    wrong.append((mode, float(x), float(value), mp.nstr(function(mp.mpf(float(x))), 8), round(off, 1)))
    assert not wrong, wrong


#: name: (where, (d/dx, d/dy), where, (d2/dx2, d2/dy2)), of pairs of every magnitude
BINARY = {
    "divide": (
        lambda x, y: True,
        (lambda x, y: 1 / y, lambda x, y: -x / y**2),
        lambda x, y: True,
        (lambda x, y: mp.mpf(0), lambda x, y: 2 * x / y**3),
    ),
    "hypot": (
        lambda x, y: True,
        (lambda x, y: x / mp.hypot(x, y), lambda x, y: y / mp.hypot(x, y)),
        # y^2 / r^3 is 1 / r less x^2 / r^3: where they cancel, what is left is rounding
        lambda x, y: abs(x) < 4 * abs(y) and abs(y) < 4 * abs(x),
        (lambda x, y: y**2 / mp.hypot(x, y) ** 3, lambda x, y: x**2 / mp.hypot(x, y) ** 3),
    ),
    "atan2": (
        lambda x, y: True,
        (lambda x, y: y / (x * x + y * y), lambda x, y: -x / (x * x + y * y)),
        # 1 / r^2 is a number
        lambda x, y: mp.hypot(x, y) > 1e-19,
        (lambda x, y: -2 * x * y / (x * x + y * y) ** 2, lambda x, y: 2 * x * y / (x * x + y * y) ** 2),
    ),
    "logaddexp": (
        lambda x, y: x != y,
        (lambda x, y: _logistic(x - y), lambda x, y: _logistic(y - x)),
        lambda x, y: True,
        (lambda x, y: _bell(x - y), lambda x, y: _bell(x - y)),
    ),
    "pow": (
        lambda x, y: x > 0 and abs((y - 1) * mp.log(x)) < 85 and abs(y) < 1e9,
        (lambda x, y: y * x ** (y - 1), lambda x, y: x**y * mp.log(x)),
        # x^(y - 2) is a number
        lambda x, y: abs((y - 2) * mp.log(x)) < 85,
        (lambda x, y: y * (y - 1) * x ** (y - 2), lambda x, y: x**y * mp.log(x) ** 2),
    ),
    "special.xlogy": (
        lambda x, y: y > 0,
        (lambda x, y: mp.log(y), lambda x, y: x / y),
        lambda x, y: True,
        (lambda x, y: mp.mpf(0), lambda x, y: -x / y**2),
    ),
}


def _pairs(dtype):
    sizes = [1e-300, 1e-160, 1e-20, 0.3, 2.7, 39.0, 1e20, 1e160, 1e300]
    if dtype == "float32":
        sizes = [1e-37, 1e-21, 1e-10, 0.3, 2.7, 39.0, 1e10, 1e21, 1e37]
    pairs = [(a, b * sign) for a in sizes for b in sizes for sign in (1, -1)]
    return np.asarray(pairs + [(-a, b) for a, b in pairs[::3]] + [(40.0, 3.0), (700.0, 663.0)], dtype=dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", BINARY)
def test_binary(name, backend, dtype):
    """First and second derivatives of a function of two arrays, and its tangents, at pairs of all magnitudes."""
    where, first, also, second = BINARY[name]
    call = registry[name].call
    with warnings.catch_warnings(), mp.workprec(2200):
        warnings.simplefilter("ignore")
        pairs = np.asarray([p for p in _pairs(dtype) if where(*map(mp.mpf, map(float, p)))], dtype=dtype)
        given = [agrad.tensor(np.ascontiguousarray(pairs[:, i])).to(backend) for i in range(2)]
        wrong = []
        for place in range(2):
            x, y = (one.detach().requires_grad_(i == place) for i, one in enumerate(given))
            leaf = (x, y)[place]
            ones = agrad.ones_like(leaf)
            (g,) = agrad.autograd.grad(call(x, y), leaf, ones, create_graph=True)
            h = agrad.autograd.grad(g, leaf, ones)[0] if g.requires_grad else agrad.zeros_like(leaf)
            plain = [one.detach() for one in given]

            def along(v, place=place, plain=plain):
                return call(*(v if i == place else one for i, one in enumerate(plain)))

            _, pushed = agrad.func.jvp(along, (plain[place],), (ones,))
            for order, values, exact in ((1, g, first), (1, pushed, first), (2, h, second)):
                numbers = values.detach().to("numpy").numpy()
                for pair, value in zip(pairs, numbers, strict=True):
                    a, b = (mp.mpf(float(one)) for one in pair)
                    if order == 2 and not also(a, b):
                        continue
                    off = _off(value, exact[place], (a, b), dtype)
                    if off > BOUND:
                        wrong.append((place, order, float(a), float(b), float(value), off))
    assert not wrong, wrong


F = agrad.nn.functional
#: Homogeneous functions: (function, degree in each of its arrays). The derivative of s x is that of x, times s to a power.
HOMOGENEOUS = {
    "norm": (lambda x: x.norm(), 1),
    "norm 3": (lambda x: x.norm(3), 1),
    "norm 1.5": (lambda x: x.norm(1.5), 1),
    "norm of rows": (lambda x: x.norm(dim=1).sum(), 1),
    "Frobenius": (lambda x: agrad.linalg.matrix_norm(x), 1),
    "std": (lambda x: x.std(), 1),
    "std of columns": (lambda x: x.std(0).sum(), 1),
    "cdist": (lambda x: agrad.cdist(x, x.flip(0) * 2.0).sum(), 1),
    "pdist": (lambda x: agrad.pdist(x).sum(), 1),
    "dist": (lambda x: agrad.dist(x, x.flip(0) * 2.0), 1),
    "cosine_similarity": (lambda x: F.cosine_similarity(x, x.flip(0) * 2.0, eps=0.0).sum(), 0),
    "normalize": (lambda x: (F.normalize(x, eps=0.0) * WEIGHTS.to(x)).sum(), 0),
    "layer_norm": (lambda x: (F.layer_norm(x, (4,), eps=0.0) * WEIGHTS.to(x)).sum(), 0),
    "rms_norm": (lambda x: (F.rms_norm(x, (4,), eps=0.0) * WEIGHTS.to(x)).sum(), 0),
    "hypot": (lambda x: agrad.hypot(x, x.flip(0)).sum(), 1),
    "atan2": (lambda x: (agrad.atan2(x, x.flip(1)) * WEIGHTS.to(x)).sum(), 0),
    "divide": (lambda x: (x / x.flip(1) * WEIGHTS.to(x)).sum(), 0),
    "remainder": (lambda x: agrad.remainder(x, x.flip(1) * 0.5).sum(), 1),
    "abs of complex": (lambda x: agrad.abs(agrad.complex(x, x.flip(1))).sum(), 1),
}
WEIGHTS = agrad.tensor([[1.0, -2.0, 0.5, 3.0], [2.0, 1.0, -1.0, 0.25], [-0.5, 1.5, 2.5, 1.0]], dtype=agrad.float64)
START = np.asarray([[0.3, -1.7, 2.2, 0.9], [1.1, 0.4, -0.6, 1.9], [-2.3, 0.8, 1.4, -0.2]])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", HOMOGENEOUS)
def test_homogeneous(name, backend, dtype):
    """Value and gradient, in both modes, of arrays whose squares are infinite, or zero."""
    function, degree = HOMOGENEOUS[name]
    steps = (-500, -530, 500, 530) if dtype == "float64" else (-62, -70, 62, 66)
    if degree == 0:
        steps = tuple(step for step in steps if step > 0) if name.endswith("rms_norm") or "layer" in name else steps
    plain = _value_and_gradients(function, START, backend, dtype)
    for step in steps:
        scale = 2.0**step
        value, gradient, tangent = _value_and_gradients(function, START * scale, backend, dtype)
        back = scale ** (1 - degree)
        close = {"rtol": 40 * np.finfo(dtype).eps, "atol": 40 * np.finfo(dtype).eps}
        np.testing.assert_allclose(value / scale**degree, plain[0], **close)
        np.testing.assert_allclose(gradient * back, plain[1], **close)
        np.testing.assert_allclose(tangent * back, plain[2], **close)


def _value_and_gradients(function, values, backend, dtype):
    x = agrad.tensor(values.astype(dtype)).to(backend).requires_grad_()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        out = function(x)
        (gradient,) = agrad.autograd.grad(out, x)
        direction = WEIGHTS.to(agrad.tensor(values.astype(dtype)).dtype).to(backend)
        _, tangent = agrad.func.jvp(function, (x.detach(),), (direction,))
    return [t.detach().to("numpy").numpy().astype(float) for t in (out, gradient, tangent)]


#: (name, function, arrays, gradients by mpmath), each a place where a rule was made of a result whose digits are gone
PLACES = {
    "cross_entropy of a certain class": (
        lambda x: F.cross_entropy(x, agrad.tensor([0]).to(x.device)), [[[37.0, 0.0]]], [[[-mp.exp(-37), mp.exp(-37)]]],
    ),
    "log_softmax": (lambda x: x.log_softmax(0)[0], [[50.0, 0.0, 1.0]], [[mp.exp(-50) + mp.exp(-49), -mp.exp(-50), -mp.exp(-49)]]),
    "softmax": (lambda x: x.softmax(0)[0], [[50.0, 0.0, 1.0]], [[mp.exp(-50) + mp.exp(-49), -mp.exp(-50), -mp.exp(-49)]]),
    "binary cross entropy with logits": (
        lambda x, y: F.binary_cross_entropy_with_logits(x, y), [[-20.0], [0.0]], [[_logistic(mp.mpf(-20))], None],
    ),
    "the other class": (
        lambda x, y: F.binary_cross_entropy_with_logits(x, y), [[45.0], [1.0]], [[-_logistic(mp.mpf(-45))], None],
    ),
    "soft_margin_loss": (lambda x: F.soft_margin_loss(x, agrad.ones_like(x)), [[-800.0]], [[mp.mpf(-1)]]),
    "right by far": (lambda x: F.soft_margin_loss(x, agrad.ones_like(x)), [[40.0]], [[-_logistic(mp.mpf(-40))]]),
    "gelu": (F.gelu, [[-10.0]], [[DISTRIBUTION(mp.mpf(-10)) - 10 * PHI(mp.mpf(-10))]]),
    "silu": (F.silu, [[-50.0]], [[_logistic(mp.mpf(-50)) - 50 * _bell(mp.mpf(-50))]]),
    "remainder": (agrad.remainder, [[1.0], [0.1]], [[mp.mpf(1)], [mp.mpf(-9)]]),
    "fmod": (agrad.fmod, [[-1.0], [0.1]], [[mp.mpf(1)], [mp.mpf(9)]]),
    "atan2": (agrad.atan2, [[3e-170], [4e-170]], [[mp.mpf("1.6e169")], [mp.mpf("-1.2e169")]]),
    "addcdiv": (
        lambda x, y, z: agrad.addcdiv(x, y, z, value=2.0), [[0.0], [3e200], [1e200]],
        [[mp.mpf(1)], [2 / mp.mpf(1e200)], [-2 * mp.mpf(3e200) / mp.mpf(1e200) ** 2]],
    ),
    "exp2": (agrad.exp2, [[1024.0]], [[mp.mpf(2) ** 1024 * LN2]]),
    "digamma": (agrad.digamma, [[-16.5, -3.2, -100.3]], [[mp.psi(1, mp.mpf(x)) for x in (-16.5, -3.2, -100.3)]]),
    "polygamma": (lambda x: agrad.polygamma(2, x), [[-16.5, -3.2]], [[mp.psi(3, mp.mpf(x)) for x in (-16.5, -3.2)]]),
}  # fmt: skip


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", PLACES)
def test_places(name, backend):
    """A gradient at a place where a result has rounded to a constant, in both modes."""
    function, arrays, expected = PLACES[name]
    leaves = [agrad.tensor(a, dtype=agrad.float64).to(backend).requires_grad_() for a in arrays]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        out = function(*leaves)
        gradients = agrad.autograd.grad(out, leaves, agrad.ones_like(out))
    for gradient, exact in zip(gradients, expected, strict=True):
        if exact is not None:
            found = gradient.to("numpy").numpy()
            np.testing.assert_allclose(found, np.asarray(exact, dtype=float).reshape(found.shape), rtol=2e-13)


@pytest.mark.parametrize("function", [agrad.sigmoid, agrad.expm1, agrad.exp2])
def test_soft_inputs(function):
    """What is kept for accuracy alone may be written to, is not shown, not packed, and costs a double backward nothing."""
    x = agrad.tensor([0.5, -40.0, 3.0], dtype=agrad.float64, requires_grad=True)
    (exact,) = agrad.autograd.grad(function(x).sum(), x)
    y = x * 1.0
    out = function(y)
    y.zero_()
    (g,) = agrad.autograd.grad(out.sum(), x)
    np.testing.assert_allclose(g.numpy(), exact.numpy(), rtol=1e-14, atol=1e-16)
    out = function(x * 1.0)
    assert [name for name in dir(out.grad_fn) if name.startswith("_saved")] == ["_saved_result"]
    packed = []
    with agrad.autograd.graph.saved_tensors_hooks(lambda t: packed.append(t) or t, lambda t: t):
        out = function(x)
    assert len(packed) == 1
    out.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), exact.numpy(), rtol=1e-14, atol=1e-16)
    out = function(y)
    out.mul_(2.0)
    y.requires_grad_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        changed = function(y)
        changed.add_(1.0)
        changed.sum().backward()


@pytest.mark.parametrize("backend", BACKENDS)
def test_grid_at_the_border(backend):
    """The slope at the last pixel is that of the last two; nan gives nan, and infinity what is there."""
    image = agrad.tensor([[[[4.0, 6.0, 8.0]] * 3]], dtype=agrad.float64).to(backend)

    def at(x, mode="bilinear", padding="border"):
        grid = agrad.tensor([[[[x, 0.1]]]], dtype=agrad.float64).to(backend).requires_grad_()
        out = F.grid_sample(image, grid, mode=mode, padding_mode=padding, align_corners=True)
        out.sum().backward()
        return out.item(), grid.grad[0, 0, 0, 0].item() if grid.grad is not None else 0.0

    assert at(1.0) == (8.0, 2.0)
    assert at(-1.0) == (4.0, 2.0)
    assert at(1.5) == (8.0, 0.0)
    assert at(float("inf")) == (8.0, 0.0)
    assert at(float("inf"), padding="zeros") == (0.0, 0.0)
    for mode in ("bilinear", "nearest"):
        for padding in ("border", "zeros"):
            grid = agrad.full((1, 1, 1, 2), float("nan"), dtype=agrad.float64).to(backend)
            assert np.isnan(F.grid_sample(image, grid, mode=mode, padding_mode=padding, align_corners=True).item())
