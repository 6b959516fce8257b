"""Judging all cases on all places, and whether the table is complete."""

from __future__ import annotations

import concurrent.futures
import fnmatch
import multiprocessing
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
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

#: whose versions a report tells
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


def chosen_cases(pattern: str) -> list[Case]:
    """Return the cases whose name matches: as a shell matches file names, or, without a wildcard, by a part of the name."""
    wanted = pattern if any(mark in pattern for mark in "*?[") else f"*{pattern}*"
    return [case for case in all_cases() if fnmatch.fnmatch(case.name, wanted)]


def judge_everywhere(case: Case, places: list[Place], quick: bool) -> list[Judgement]:
    """Judge a case on every place."""
    if case.name not in registry and case.name not in composites:
        lost = Finding("exists", FAIL, message="no operation has this name")
        return [Judgement(case.name, place.name, [lost]) for place in places]
    return [judge(case, place, quick=quick) for place in places]


def run(
    backends: list[str],
    *,
    pattern: str = "*",
    quick: bool = False,
    jobs: int = 1,
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
    jobs : int
        How many processes share the cases.
    progress : callable, optional
        ``(text, done, total)``, called when a case is judged.
    """
    start = time.perf_counter()
    places = places_for(backends)
    cases = chosen_cases(pattern)
    report = Report([place.name for place in places], missing=uncovered(all_cases()) if pattern == "*" else [])
    for done, (name, judgements) in enumerate(_judged(cases, places, backends, pattern, quick, jobs)):
        if progress is not None:
            progress(name, done + 1, len(cases))
        for judgement in judgements:
            key = (name, judgement.place)
            report.judgements[key] = _joined(report.judgements.get(key), judgement)
    order = {case.name: position for position, case in enumerate(cases)}
    report.judgements = dict(sorted(report.judgements.items(), key=lambda item: order[item[0][0]]))
    report.seconds = time.perf_counter() - start
    report.about = about(places)
    return report


def _joined(earlier: Judgement | None, later: Judgement) -> Judgement:
    """Return the judgement of an operation that has several cases: all their findings."""
    if earlier is None:
        return later
    return Judgement(later.name, later.place, earlier.findings + later.findings, earlier.seconds + later.seconds)


def _judged(
    cases: list[Case], places: list[Place], backends: list[str], pattern: str, quick: bool, jobs: int
) -> Iterator[tuple[str, list[Judgement]]]:
    """Judge the cases here, or in processes that each draw the next case when they are done with one."""
    if jobs < 2 or len(cases) < 2 * jobs:
        for case in cases:
            yield case.name, judge_everywhere(case, places, quick)
        return
    # Fresh processes: an array library's threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(jobs, mp_context=context) as pool:
        waiting = [pool.submit(_judge_by_number, number, backends, pattern, quick) for number in range(len(cases))]
        for finished in concurrent.futures.as_completed(waiting):
            yield finished.result()


def _judge_by_number(number: int, backends: list[str], pattern: str, quick: bool) -> tuple[str, list[Judgement]]:
    """Judge one case in a process of its own: a case holds functions, which do not travel; its number does."""
    case = chosen_cases(pattern)[number]
    return case.name, judge_everywhere(case, places_for(backends), quick)


def default_jobs() -> int:
    """Return how many processes are worth starting: one per core, and at most four, for each loads its libraries."""
    return max(1, min(4, os.cpu_count() or 1))


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
