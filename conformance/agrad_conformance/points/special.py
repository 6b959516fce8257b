"""Special points of the special functions."""

from __future__ import annotations

from typing import Any

import mpmath as mp

from agrad_conformance.points import Points, one, two, whole
from agrad_conformance.points.elementwise import HIGHER, INF, NAN, flat, zeros


def _ndtr(x: Any) -> Any:
    return mp.erfc(-x / mp.sqrt(2)) / 2


def _log_gamma(x: Any) -> Any:
    return mp.log(abs(mp.gamma(x)))


def _boxcox(x: Any, power: Any) -> Any:
    # by its series: the points are at power 0
    log = mp.log(x)
    return mp.nsum(lambda k: power**k * log ** (k + 1) / mp.factorial(k + 1), [0, 12])


def _rel_entr(x: Any, y: Any) -> Any:
    return x * mp.log(x / y)


def _sinc(x: Any) -> Any:
    return mp.sincpi(x)


def _gammainc(a: Any, x: Any) -> Any:
    # By the series at 0, which has a meaning on either side for a whole a; there the derivative in a is not judged.
    count = int(mp.nint(a))
    total = mp.fsum((-1) ** k * x ** (count + k) / (mp.factorial(k) * (count + k)) for k in range(30))
    return total / mp.gamma(count)


def _betainc(a: Any, b: Any, x: Any) -> Any:
    """The integral of t**(a - 1) (1 - t)**(b - 1) for whole a and b, over beta(a, b): a polynomial."""
    p, q = int(mp.nint(a)), int(mp.nint(b))
    total = mp.fsum((-1) ** k * mp.binomial(q - 1, k) * x ** (p + k) / (p + k) for k in range(q))
    return total / mp.beta(p, q)


def _logsumexp(x: list[Any]) -> Any:
    return mp.log(mp.fsum(map(mp.exp, x)))


def _softmax(x: list[Any]) -> list[Any]:
    total = mp.fsum(map(mp.exp, x))
    return [mp.exp(one) / total for one in x]


def _expn(_n: Any, x: Any) -> Any:
    return mp.expint(2, x)


POINTS: list[Points] = [
    one("special.erf", [0.0, -0.0, 1.0], mp.erf),
    one("special.erf", [INF, -INF], stated=zeros(2, "0")),
    one("special.erfc", [0.0, -0.0, 1.0], mp.erfc),
    one("special.erfcx", [0.0, -0.0, 1.0, 12.0, 12.5], lambda x: mp.exp(x * x) * mp.erfc(x), tolerance=1e-9),
    one("special.erfinv", [0.0, -0.0, 0.5], mp.erfinv),
    one("special.erfinv", [1.0, -1.0], stated={"0": [INF, INF], "00": [INF, -INF], "000": [INF, INF]}, why="a pole"),
    one("special.erfcinv", [1.0, 0.5], lambda x: mp.erfinv(1 - x)),
    one("special.erfcinv", [0.0, 2.0], stated={"0": [-INF, -INF], "00": [INF, -INF], "000": [-INF, -INF]}, why="a pole"),
    one("special.ndtr", [0.0, -0.0, 1.0], _ndtr),
    one("special.ndtri", [0.5, 0.25], lambda x: mp.sqrt(2) * mp.erfinv(2 * x - 1)),
    one("special.ndtri", [0.0, 1.0], stated={"0": [INF, INF], "00": [-INF, INF], "000": [INF, INF]}, why="a pole"),
    one("special.log_ndtr", [0.0, -0.0, 1.0, -2.0], lambda x: mp.log(_ndtr(x))),
    one("special.expit", [0.0, -0.0, 1.0], lambda x: 1 / (1 + mp.exp(-x))),
    one("special.log_expit", [0.0, -0.0, 1.0], lambda x: -mp.log1p(mp.exp(-x))),
    one("special.logit", [0.5, 0.25], lambda x: mp.log(x / (1 - x))),
    one("special.logit", [0.0, 1.0], stated={"0": [INF, INF], "00": [-INF, INF], "000": [INF, INF]}, why="a pole"),
    one("special.entr", [1.0, 0.5], lambda x: -x * mp.log(x)),
    one("special.entr", [0.0], stated={"0": [INF], "00": [-INF], "000": [INF]}, why="infinite slope"),
    two("special.xlogy", [(0.0, 2.0), (0.0, 1.0), (1.0, 1.0), (-0.0, 0.5), (3.0, 1.0)], lambda x, y: x * mp.log(y)),
    two("special.xlogy", [(0.0, 0.0), (0.0, -1.0)], flat, why="0 where 0 log 0 is 0 (PyTorch)"),
    two("special.xlog1py", [(0.0, 2.0), (0.0, 0.0), (1.0, 0.0), (-0.0, -0.5), (3.0, 0.0)], lambda x, y: x * mp.log1p(y)),
    two("special.xlog1py", [(0.0, -1.0), (0.0, -2.0)], flat, why="0 where 0 log 0 is 0 (PyTorch)"),
    two("special.rel_entr", [(1.0, 1.0), (2.0, 2.0), (0.5, 1.0), (1.5, 1.0)], _rel_entr),
    two("special.rel_entr", [(0.0, 2.0)],
        stated={"0": [-INF], "1": [0.0], "00": [INF], "01": [-0.5], "11": [0.0], "000": [-INF], "001": [0.0], "011": [0.25], "111": [0.0]}),
    two("special.kl_div", [(1.0, 1.0), (2.0, 2.0), (0.5, 1.0), (1.5, 1.0)], lambda x, y: _rel_entr(x, y) - x + y),
    two("special.kl_div", [(0.0, 2.0)],
        stated={"0": [-INF], "1": [1.0], "00": [INF], "01": [-0.5], "11": [0.0], "000": [-INF], "001": [0.0], "011": [0.25], "111": [0.0]}),
    two("special.boxcox", [(1.0, 0.0), (2.0, 0.0), (1.0, 1.0), (1.0, 2.0), (2.0, 1e-3)], _boxcox),
    two("special.boxcox", [(2.0, 1.0), (3.0, 2.0), (2.0, 0.5)], lambda x, p: (mp.power(x, p) - 1) / p),
    two("special.boxcox1p", [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (0.0, 2.0)], lambda x, p: _boxcox(1 + x, p)),
    one("special.i0", [0.0, -0.0, 1.0, 2.0], lambda x: mp.besseli(0, x)),
    one("special.i1", [0.0, -0.0, 1.0, 2.0], lambda x: mp.besseli(1, x)),
    one("special.i0e", [1.0, 2.0], lambda x: mp.exp(-x) * mp.besseli(0, x)),
    one("special.i0e", [0.0, -0.0], lambda x: mp.besseli(0, x), why="exp(-abs(x)) is taken for constant at 0 (PyTorch)"),
    one("special.i1e", [1.0, 2.0], lambda x: mp.exp(-x) * mp.besseli(1, x)),
    one("special.i1e", [0.0, -0.0], lambda x: mp.besseli(1, x), why="exp(-abs(x)) is taken for constant at 0 (PyTorch)"),
    one("special.exp1", [1.0, 0.5], mp.e1),
    one("special.exp1", [0.0], stated={"0": [-INF], "00": [INF], "000": [-INF]}, why="a pole"),
    one("special.expi", [1.0, 0.5, -1.0], mp.ei),
    one("special.expi", [0.0], stated={"0": [INF], "00": [-INF], "000": [INF]}, why="a pole"),
    two("special.expn", [(2.0, 1.0), (2.0, 0.5)], _expn, wrt=(1,)),
    two("special.expn", [(0.0, 1.0), (0.0, 0.5)], lambda n, x: mp.exp(-x) / x, wrt=(1,)),
    two("special.expn", [(1.0, 0.0), (2.0, 0.0), (3.0, 0.0), (4.0, 0.0)],
        stated={"1": [-INF, -INF, -0.5 * 2, -0.5], "11": [INF, INF, INF, 1.0], "111": [-INF, -INF, -INF, -INF]}, wrt=(1,)),
    one("special.sici", [0.0, -0.0, 1.0, 4.0], mp.si, function=lambda x: _primitive("special.sici")(x)[0]),
    one("special.sici", [1.0, 4.0], mp.ci, function=lambda x: _primitive("special.sici")(x)[1]),
    one("special.sinc", [0.0, -0.0, 0.5, 1.0, -2.0], _sinc),
    one("special.gammaln", [1.0, 2.0, 0.5, 3.0], mp.loggamma),
    one("special.gammaln", [-0.5, -2.5], _log_gamma, tolerance=1e-8),
    one("special.gammaln", [0.0, -1.0, -2.0], stated={"0": [NAN] * 3, "00": [INF] * 3, "000": [NAN] * 3}, why="a pole"),
    one("special.loggamma", [1.0, 2.0, 0.5, 3.0], mp.loggamma),
    one("special.gamma", [1.0, 2.0, 0.5, 3.0, -0.5], mp.gamma, tolerance=1e-8),
    one("special.digamma", [1.0, 2.0, 0.5], mp.digamma, tolerance=1e-9),
    one("special.digamma", [-0.5, -2.5], mp.digamma, order=2, tolerance=1e-8),
    one("special.digamma", [0.0, -1.0, -2.0], stated={"0": [INF] * 3, "00": [NAN] * 3, "000": [INF] * 3}, why="a pole"),
    two("special.polygamma", [(1.0, 1.0), (1.0, 0.5)], lambda n, x: mp.psi(1, x), wrt=(1,), tolerance=1e-9),
    two("special.polygamma", [(0.0, 1.0), (0.0, 2.0)], lambda n, x: mp.psi(0, x), wrt=(1,), tolerance=1e-9),
    two("special.zeta", [(2.0, 1.0), (2.0, 0.5)], lambda s, q: mp.zeta(2, q), wrt=(1,)),
    two("special.beta", [(1.0, 1.0), (2.0, 1.0), (0.5, 0.5)], mp.beta),
    two("special.betaln", [(1.0, 1.0), (2.0, 1.0), (0.5, 0.5)], lambda a, b: mp.log(mp.beta(a, b))),
    two("special.poch", [(1.0, 0.0), (2.0, 1.0), (1.0, 1.0), (0.5, 0.0)], lambda z, m: mp.gamma(z + m) / mp.gamma(z)),
    one("special.multigammaln", [2.0, 1.5], lambda a: mp.log(mp.sqrt(mp.pi)) + mp.loggamma(a) + mp.loggamma(a - 0.5),
        function=lambda x: _primitive("special.multigammaln")(x, d=2)),
    two("special.gammainc", [(1.0, 0.0), (2.0, 0.0), (3.0, 0.0), (4.0, 0.0), (1.0, 0.5), (2.0, 0.25)], _gammainc, wrt=(1,)),
    two("special.gammainc", [(2.5, 2.5), (200.0, 200.0)], lambda a, x: mp.gammainc(a, 0, x, regularized=True), wrt=(1,)),
    two("special.gammainc", [(0.5, 0.0)], stated={"1": [INF], "11": [-INF], "111": [INF]}, wrt=(1,)),
    two("special.gammaincc", [(1.0, 0.0), (2.0, 0.0), (3.0, 0.0), (4.0, 0.0)], lambda a, x: 1 - _gammainc(a, x), wrt=(1,)),
    Points("special.betainc", [[1.0, 2.0, 3.0, 1.0, 2.0, 1.0, 3.0], [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 1.0], [0.0] * 7], _betainc, wrt=(2,)),
    Points("special.betainc", [[1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 1.0], [1.0, 2.0, 3.0, 1.0, 2.0, 1.0, 3.0], [1.0] * 7], _betainc, wrt=(2,)),
    Points("special.betainc", [[2.0, 3.0], [2.0, 1.0], [0.5, 0.25]], _betainc, wrt=(2,)),
    Points("special.betaincc", [[1.0, 2.0, 3.0, 1.0], [1.0, 1.0, 2.0, 2.0], [0.0, 0.0, 1.0, 1.0]],
           lambda a, b, x: 1 - _betainc(a, b, x), wrt=(2,)),
    whole("special.logsumexp", [[1.0, 1.0, 1.0]], lambda x: [_logsumexp(x)], params={"axis": 0}),
    whole("special.logsumexp", [[1000.0, 1000.0]], lambda x: [_logsumexp(x)]),
    whole("special.logsumexp", [[-INF, 0.0]], stated={"0": [0.0], "1": [1.0], **zeros(1)}),
    whole("special.logsumexp", [[-INF, -INF]], stated=zeros(1, "0", "1", *HIGHER), why="0 where nothing is summed"),
    whole("special.softmax", [[0.0, 0.0, 0.0]], _softmax, params={"axis": 0}),
    whole("special.softmax", [[-INF, 0.0]], stated=zeros(1, "0", "1", *HIGHER), params={"axis": 0}),
    whole("special.log_softmax", [[0.0, 0.0, 0.0]], lambda x: [one - _logsumexp(x) for one in x], params={"axis": 0}),
    one("special.softmax", [0.0, 2.0], flat, function=lambda x: _alone(x)),
]  # fmt: skip


def _alone(x: Any) -> Any:
    """Return the softmax of each number by itself: 1."""
    from agrad_conformance import driver

    xp = driver.tensor_namespace()
    return xp.squeeze(_primitive("special.softmax")(xp.expand_dims(x, axis=-1), axis=-1), axis=-1)


def _primitive(name: str) -> Any:
    from agrad_conformance import driver

    return driver.operation(name)
