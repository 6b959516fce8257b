"""For authors of operations: judge one's own primitive as agrad's are judged.

Examples
--------
>>> import agrad, numpy
>>> from agrad_conformance.author import A, Sample, check_primitive
>>> @agrad.primitive(vjp=lambda xp, g, _out, x: 2 * g * x, elementwise=True)
... def squared(xp, x):
...     return x * x
>>> report = check_primitive(squared, [Sample((A((3, 4)),))], reference=numpy.square, backends=["numpy"])
>>> report.passed
True
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agrad.backend import available_backends, is_installed
from agrad_conformance.case import A, Case, Hazard, I, Sample, V
from agrad_conformance.checks import judge
from agrad_conformance.findings import FAIL
from agrad_conformance.runner import Report, about, places_for


def check_primitive(
    function: Any, samples: Sequence[Sample], *, backends: Sequence[str] | None = None, **fields: Any
) -> Report:
    """Judge a primitive on every backend: values, both modes of derivatives against differences and each other, second order,
    the raw rule against the recorded one to the last bit, dtypes, devices, vmap, and ``jax.jit``.

    Parameters
    ----------
    function : callable
        What :func:`agrad.primitive` made.
    samples : sequence of Sample
        What it is called with.
    backends : sequence of str, optional
        Names of backends; all that are installed by default.
    **fields
        Of :class:`~agrad_conformance.case.Case`: ``reference``, ``ulp``, ``dtypes``, ``hazards``, ...

    Returns
    -------
    Report

    Raises
    ------
    AssertionError
        With everything that failed, by backend.
    TypeError
        When `function` is no primitive.
    """
    op = getattr(function, "op", None)
    if op is None:
        raise TypeError(
            f"check_primitive judges what agrad.primitive made; received {function!r}. Decorate it with @agrad.primitive(vjp=...)."
        )
    case = Case(op.name, samples, **fields)
    names = [name for name in available_backends() if is_installed(name)] if backends is None else list(backends)
    places = sorted(places_for(names), key=lambda one: one.name != "numpy")
    report = Report([place.name for place in places])
    for place in places:
        report.judgements[(case.name, place.name)] = judge(case, place)
    report.about = about(places)
    if not report.passed:
        lines = [
            f"{judgement.place}: {finding.check} {finding.dtype}: {finding.message}"
            for judgement in report.failures
            for finding in judgement.findings
            if finding.verdict == FAIL
        ]
        raise AssertionError(f"{case.name} fails {len(lines)} checks\n" + "\n".join(lines))
    return report


__all__ = ["A", "Case", "Hazard", "I", "Report", "Sample", "V", "check_primitive"]
