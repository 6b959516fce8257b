"""The judgement of special points: every derivative of each order, by every nesting of modes."""

from __future__ import annotations

from agrad_conformance.driver import Place
from agrad_conformance.findings import Judgement


def judge_points(name: str, place: Place, verdict: Judgement) -> None:
    """Judge the special points of a primitive or composite on a place, where it has double precision."""
    from agrad_conformance.points.modes import examine
    from agrad_conformance.points.table import points_of

    chosen = points_of(name)
    if not chosen:
        return
    if not place.supports("float64"):
        verdict.skip("special points", f"{place.backend.name} has no float64 here", "float64")
        return
    for points in chosen:
        if place.backend.name in points.skip:
            verdict.skip("special points", points.skip[place.backend.name], "float64")
            continue
        lost = [str(finding) for finding in examine(points, place, fewer=place.compiles)]
        told = f"at {list(points.args)} {points.why}: " + "; ".join(lost[:3])
        verdict.add("special points", not lost, "float64", message=told[:600])
