"""Judging all cases on all places, and whether the table is complete."""

from __future__ import annotations

import fnmatch
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

from agrad.engine.primitive import composites, registry
from agrad.extend import is_foreign
from agrad_conformance.case import Case
from agrad_conformance.cases import all_cases
from agrad_conformance.checks import FAIL, Finding, Judgement, judge
from agrad_conformance.driver import Place

#: primitives of the engine itself, which carry views and in-place writes; their cases are programs (conformance/unit)
LIBRARIES = ("agrad", "numpy", "jax", "jaxlib", "cupy", "array-api-compat", "array-api-strict", "scipy")


@dataclass
class Report:
    """What a run found."""

    places: list[str]
    judgements: dict[tuple[str, str], Judgement] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def names(self) -> list[str]:
        """The judged operations, in the table's order."""
        return list(dict.fromkeys(name for name, _ in self.judgements))

    @property
    def failures(self) -> list[Judgement]:
        """The judgements that failed."""
        return [judgement for judgement in self.judgements.values() if judgement.verdict == FAIL]

    @property
    def passed(self) -> bool:
        """Whether nothing failed and no primitive is without a case."""
        return not self.failures and not self.missing


def places_for(backends: list[str]) -> list[Place]:
    """Return the places of some backends: the default device of each, and a second one of array-api-strict.

    A name may carry a device, as in ``jax:cuda:0``.
    """
    places: list[Place] = []
    for spec in backends:
        name, _, device = spec.partition(":")
        places.append(Place(name, device or None))
        if name == "strict" and not device:
            places.append(Place("strict", "device1"))
    return places


def uncovered(cases: list[Case]) -> list[str]:
    """Return the primitives that have no case."""
    covered = {case.name for case in cases}
    return sorted(name for name in registry if name not in covered and not is_foreign(name))


def run(
    backends: list[str],
    *,
    pattern: str = "*",
    quick: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> Report:
    """Judge every case whose name matches `pattern` on every place.

    Parameters
    ----------
    backends : list of str
        Names of registered backends, with a device after a colon where it is not the default one.
    pattern : str
        As a shell matches file names; without a wildcard, a part of the name.
    quick : bool
        Only the first sample of each case.
    progress : callable, optional
        ``(text, done, total)``, called before each judgement.
    """
    start = time.perf_counter()
    places = places_for(backends)
    cases = all_cases()
    wanted = pattern if any(mark in pattern for mark in "*?[") else f"*{pattern}*"
    chosen = [case for case in cases if fnmatch.fnmatch(case.name, wanted)]
    # NumPy is what the others are compared with: it is judged first, also when it was not asked for.
    reference = next((place for place in places if place.name == "numpy"), None)
    report = Report([place.name for place in places], missing=uncovered(cases) if wanted == "*" else [])
    silent = Place("numpy") if reference is None else None
    total = len(chosen) * len(places)
    done = 0
    for case in chosen:
        if silent is not None:
            judge(case, silent, quick=quick)
        for place in sorted(places, key=lambda one: one.name != "numpy"):
            if progress is not None:
                progress(f"{case.name} on {place.name}", done, total)
            if case.name not in registry and case.name not in composites:
                verdict = Judgement(
                    case.name, place.name, [Finding("exists", FAIL, message="no operation has this name")]
                )
            else:
                verdict = judge(case, place, quick=quick)
            report.judgements[(case.name, place.name)] = verdict
            done += 1
    report.seconds = time.perf_counter() - start
    report.about = about(places)
    return report


def about(places: list[Place]) -> dict[str, Any]:
    """Return when and with what a run was made."""
    versions = {}
    for name in LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "versions": versions,
        "devices": {place.name: str(place.device) for place in places},
        "command": " ".join(sys.argv[1:]),
    }
