"""Special functions written on the standard alone, in double precision: published approximations of fixed length.

Each takes the namespace first. They serve backends that bring no library of their own, and mend single functions of
those that do. Errors against mpmath are in conformance/unit/test_defaults.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agrad.standard_defaults.special import bessel, exponential, gamma, incomplete, logarithmic, normal

TABLE: dict[str, Callable[..., Any]] = {
    "beta": gamma.beta,
    "betainc": incomplete.betainc,
    "betaincc": incomplete.betaincc,
    "betaln": gamma.betaln,
    "boxcox": logarithmic.boxcox,
    "boxcox1p": logarithmic.boxcox1p,
    "digamma": gamma.digamma,
    "entr": logarithmic.entr,
    "erf": normal.erf,
    "erfc": normal.erfc,
    "erfcinv": normal.erfcinv,
    "erfcx": normal.erfcx,
    "erfinv": normal.erfinv,
    "exp1": exponential.exp1,
    "expi": exponential.expi,
    "expit": logarithmic.expit,
    "expit_slope": logarithmic.expit_slope,
    "expn": exponential.expn,
    "gamma": gamma.gamma,
    "gammainc": incomplete.gammainc,
    "gammaincc": incomplete.gammaincc,
    "gammaln": gamma.gammaln,
    "gammasgn": gamma.gammasgn,
    "i0": bessel.i0,
    "i0e": bessel.i0e,
    "i1": bessel.i1,
    "i1e": bessel.i1e,
    "kl_div": logarithmic.kl_div,
    "log_expit": logarithmic.log_expit,
    "log_ndtr": normal.log_ndtr,
    "log_softmax": logarithmic.log_softmax,
    "loggamma": gamma.loggamma,
    "logit": logarithmic.logit,
    "logsumexp": logarithmic.logsumexp,
    "multigammaln": gamma.multigammaln,
    "ndtr": normal.ndtr,
    "ndtri": normal.ndtri,
    "poch": gamma.poch,
    "polygamma": gamma.polygamma,
    "psi": gamma.digamma,
    "rel_entr": logarithmic.rel_entr,
    "sici": exponential.sici,
    "sinc": logarithmic.sinc,
    "softmax": logarithmic.softmax,
    "xlog1py": logarithmic.xlog1py,
    "xlogy": logarithmic.xlogy,
    "zeta": gamma.zeta,
}

__all__ = ["TABLE"]
