"""The harness: answers are compared first, then the contenders are timed in interleaved rounds.

A confusing case: the ratio reported is the median of the ratios *within* each round, not the ratio of two medians.
Another program that slows the machine down for a second then touches one round's numerator and denominator alike.
"""

from __future__ import annotations

import gc
import statistics
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .peers import NUMPY, ORDER, Available


@dataclass
class Contender:
    """One implementation of a workload.

    Parameters
    ----------
    run : callable
        Does the work once and waits until it is finished (asynchronous libraries included).
    answer : callable
        What the last `run` produced, as NumPy arrays, in an order that is the same for all contenders.
    """

    run: Callable[[], object]
    answer: Callable[[], Sequence[Any]]


@dataclass
class Limit:
    """A figure to reach: `who` takes at most `ratio` times as long as `against`."""

    who: str
    against: str
    ratio: float


@dataclass
class Race:
    """A workload with a builder for each peer."""

    name: str
    title: str
    builders: dict[str, Callable[[], Contender]]
    limits: Sequence[Limit] = ()
    tolerance: float = 1e-9
    sample_seconds: float = 0.02
    seconds: float = 10.0


@dataclass
class Result:
    """What one race gave."""

    name: str
    title: str
    medians: dict[str, float] = field(default_factory=dict)
    rounds: dict[str, dict[int, float]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    limits: list[dict[str, Any]] = field(default_factory=list)
    extra: dict[str, dict[str, float]] = field(default_factory=dict)

    def ratio(self, who: str, against: str) -> float | None:
        """Median over the rounds that both ran of `who`'s time divided by `against`'s."""
        ours, theirs = self.rounds.get(who), self.rounds.get(against)
        if not ours or not theirs:
            return None
        shared = ours.keys() & theirs.keys()
        return statistics.median(ours[k] / theirs[k] for k in shared) if shared else None


def agree(expected: Sequence[Any], got: Sequence[Any], tolerance: float) -> str | None:
    """None when two answers agree, else what is wrong. Compared relative to each array's largest entry."""
    if len(expected) != len(got):
        return f"{len(got)} arrays where NumPy gives {len(expected)}"
    for place, (a, b) in enumerate(zip(expected, got, strict=True)):
        a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
        if a.shape != b.shape:
            return f"array {place} has shape {b.shape} where NumPy gives {a.shape}"
        scale = float(np.max(np.abs(a), initial=0.0)) or 1.0
        gap = float(np.max(np.abs(a - b), initial=0.0)) / scale
        if not gap <= tolerance:
            return f"array {place} differs from NumPy's by {gap:.1e} of its largest entry (allowed {tolerance:.0e})"
    return None


def prepare(race: Race, available: Available, only: set[str] | None) -> tuple[dict[str, Contender], Result]:
    """Build every contender, run it once, and keep those whose answer agrees with raw NumPy's."""
    result = Result(race.name, race.title)
    contenders: dict[str, Contender] = {}
    expected: Sequence[Any] | None = None
    for peer in ORDER:
        if peer not in race.builders or (only is not None and peer not in only and peer != NUMPY):
            continue
        if not available.has(peer):
            result.missing.append(peer)
            continue
        try:
            contender = race.builders[peer]()
            contender.run()
            answer = [np.array(a) for a in contender.answer()]
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            result.failed[peer] = (
                f"{type(error).__name__}: {error} ({where.filename.rsplit('/', 1)[-1]}:{where.lineno})"
            )
            continue
        if expected is None:
            expected = answer
        wrong = agree(expected, answer, race.tolerance)
        if wrong:
            result.failed[peer] = "wrong answer: " + wrong
        else:
            contenders[peer] = contender
    return contenders, result


def sample(contender: Contender, number: int) -> float:
    """Seconds a run, over `number` runs; the collector is left on, as users have it, but starts clean."""
    gc.collect()
    run = contender.run
    start = time.perf_counter()
    for _ in range(number):
        run()
    return (time.perf_counter() - start) / number


def compete(race: Race, available: Available, *, quick: bool = False, only: set[str] | None = None) -> Result:
    """Check the answers, then time the contenders in interleaved rounds until the race's time is spent."""
    contenders, result = prepare(race, available, only)
    if not contenders:
        return result
    first = {peer: sample(contender, 1) for peer, contender in contenders.items()}
    length = race.sample_seconds / (4 if quick else 1)
    number = {peer: max(1, int(length / max(seconds, 1e-7))) for peer, seconds in first.items()}
    for peer, contender in contenders.items():  # the first call of a jitted function compiled it: look again
        if first[peer] < length:
            first[peer] = sample(contender, number[peer])
            number[peer] = max(1, int(length / max(first[peer], 1e-7)))
    budget = race.seconds / (4 if quick else 1)
    # slow peers sit out most rounds, so that the fast ones get enough of them
    share = budget / len(contenders)
    turns = {peer: max(1, min(60, int(share / (first[peer] * number[peer])))) for peer in contenders}
    rounds = max(3, *turns.values()) if len(turns) > 1 else 7
    for peer in turns:
        turns[peer] = max(turns[peer], min(3, rounds))
    result.rounds = {peer: {} for peer in contenders}
    order = list(contenders)
    for turn in range(rounds):
        order = order[1:] + order[:1]
        for peer in order:
            if turn * turns[peer] // rounds != (turn - 1) * turns[peer] // rounds or turn == 0:
                result.rounds[peer][turn] = sample(contenders[peer], number[peer])
    result.medians = {peer: statistics.median(times.values()) for peer, times in result.rounds.items() if times}
    for limit in race.limits:
        judge(result, limit)
    return result


def judge(result: Result, limit: Limit) -> None:
    """Put a figure to reach beside the one that was measured."""
    measured = result.ratio(limit.who, limit.against)
    result.limits.append(
        {
            "what": f"{limit.who} / {limit.against}",
            "limit": limit.ratio,
            "measured": measured,
            "reached": None if measured is None else bool(measured <= limit.ratio),
        }
    )
