"""Tables: on the terminal while it runs, Markdown for the README, JSON for keeping."""

from __future__ import annotations

import datetime
import platform
from dataclasses import asdict
from typing import Any

from .peers import AGRAD, NUMPY, ORDER, PRIMITIVE, TORCH, Available
from .race import Result


def duration(seconds: float) -> str:
    """A time with a unit that suits it."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.1f} us"
    if seconds < 1:
        return f"{seconds * 1e3:.2f} ms"
    return f"{seconds:.2f} s"


def ratio(value: float | None) -> str:
    """A ratio with as many digits as mean something."""
    if value is None:
        return "-"
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def terminal(result: Result) -> str:
    """One race's table."""
    lines = [f"\n{result.name}: {result.title}"]
    if result.medians:
        lines.append(f"  {'':22}{'median':>12}{'x NumPy':>10}{'x PyTorch':>11}{'rounds':>8}")
    names = [p for p in ORDER if p in result.medians] + [p for p in result.medians if p not in ORDER]
    for name in names:
        extra = "".join(f"  {key} {value:,.4g}" for key, value in result.extra.get(name, {}).items())
        lines.append(
            f"  {name:22}{duration(result.medians[name]):>12}{ratio(result.ratio(name, NUMPY)):>10}"
            f"{ratio(result.ratio(name, TORCH)):>11}{len(result.rounds[name]):>8}{extra}"
        )
    if result.missing:
        lines.append(f"  not installed: {', '.join(result.missing)}")
    for name, why in result.failed.items():
        lines.append(f"  {name} FAILED: {why}")
    for limit in result.limits:
        if limit["measured"] is not None:
            verdict = "reached" if limit["reached"] else "MISSED"
            lines.append(
                f"  to reach: {limit['what']} <= {limit['limit']:g}; measured {limit['measured']:.3g}: {verdict}"
            )
    return "\n".join(lines)


def cell(result: Result, peer: str) -> str:
    """A Markdown cell: the ratio to raw NumPy."""
    if peer not in result.medians:
        return "wrong" if peer in result.failed else ""
    text = ratio(result.ratio(peer, NUMPY))
    if "peak, arrays" in result.extra.get(peer, {}):
        text += f" ({result.extra[peer]['peak, arrays']:.1f})"
    return text


def markdown(results: list[Result], available: Available) -> str:
    """The README's table: ratios to raw NumPy, the figures to reach beside the measured ones."""
    # Import times and the face's calls are figures alone: they race against other things than the rest.
    tabled = [r for r in results if r.name != "import" and PRIMITIVE not in r.medians]
    columns = [p for p in ORDER if p != NUMPY and any(p in r.medians for r in tabled)]
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    versions = ", ".join(f"{name} {version}" for name, version in available.versions.items())
    lines = [
        f"Measured {today} by `python -m benchmarks`, {platform.machine()}, Python {platform.python_version()}, "
        f"one thread, one run ({versions}). Times forward + backward as multiples of raw NumPy with hand-written "
        "gradients (smaller is faster); in brackets the peak of memory in arrays.",
        "",
        "| workload | raw NumPy | " + " | ".join(columns) + " | agrad / PyTorch |",
        "|---|---|" + "---|" * (len(columns) + 1),
    ]
    for r in tabled:
        floor = duration(r.medians[NUMPY]) if NUMPY in r.medians else "-"
        if "peak, arrays" in r.extra.get(NUMPY, {}):
            floor += f" ({r.extra[NUMPY]['peak, arrays']:.1f})"
        cells = " | ".join(cell(r, p) for p in columns)
        lines.append(f"| {r.title} | {floor} | {cells} | {ratio(r.ratio(AGRAD, TORCH))} |")
    lines += ["", "| figure | to reach | measured | |", "|---|---|---|---|"]
    for r in results:
        for limit in r.limits:
            if limit["measured"] is None:
                continue
            verdict = "reached" if limit["reached"] else "**missed**"
            lines.append(f"| {r.title}: {limit['what']} | {limit['limit']:g} | {limit['measured']:.3g} | {verdict} |")
    return "\n".join(lines)


def as_json(results: list[Result], available: Available) -> dict[str, Any]:
    """Everything measured, every round."""
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "versions": available.versions,
        "missing": available.missing,
        "results": [asdict(result) for result in results],
    }
