"""``python -m agrad_conformance --backend numpy --backend jax``: judge any registered backend."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

#: seconds between two lines of progress where they go to a file
_EVERY = 10.0


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m agrad_conformance", description="Judge backends by agrad's table of cases."
    )
    parser.add_argument(
        "--backend",
        action="append",
        metavar="NAME",
        help="a registered backend, or NAME:DEVICE; may be given several times",
    )
    parser.add_argument(
        "--report", metavar="FILE.html", type=Path, help="write the matrix as a page, and JSON beside it"
    )
    parser.add_argument("--json", metavar="FILE.json", type=Path, help="write the matrix as JSON")
    parser.add_argument("-k", metavar="PATTERN", default="*", help="only operations whose name matches")
    parser.add_argument(
        "-j",
        "--jobs",
        type=int,
        default=0,
        metavar="N",
        help="processes that share the cases (one per core, at most 4)",
    )
    parser.add_argument("--quick", action="store_true", help="only the first sample of each case")
    return parser.parse_args(argv)


def lively_progress(text: str, done: int, total: int) -> None:
    """Write how far the run is over the line before, on a terminal."""
    print(f"\r\x1b[K[{done}/{total}] {text}", end="", file=sys.stderr, flush=True)


def steady_progress(every: float) -> Callable[[str, int, int], None]:
    """Return what writes how far the run is on a line of its own, at most once in `every` seconds, and at the end."""
    start = last = time.monotonic()

    def progress(text: str, done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done == 1 or done == total or now - last >= every:
            last = now
            print(f"[{done}/{total}] {now - start:.0f} s, {text}", file=sys.stderr, flush=True)

    return progress


def main(argv: list[str] | None = None) -> int:
    """Judge, print the matrix, write the reports; return 0 when all is well, 1 when something failed."""
    options = parse(argv)
    names = options.backend or ["numpy"]
    # Half of the table is in double precision. A user's own setting is respected.
    os.environ.setdefault("JAX_ENABLE_X64", "1")
    from agrad.errors import AgradError
    from agrad_conformance import report as reports
    from agrad_conformance.extra import require
    from agrad_conformance.runner import default_jobs, places_for, run

    try:
        require()
        places_for(names)
    except AgradError as error:
        print(f"agrad_conformance: {error}", file=sys.stderr)
        return 2
    lively = sys.stderr.isatty()
    progress = lively_progress if lively else steady_progress(_EVERY)
    found = run(names, pattern=options.k, quick=options.quick, jobs=options.jobs or default_jobs(), progress=progress)
    if lively:
        print("\r\x1b[K", end="", file=sys.stderr)
    print(reports.text(found))
    if options.report is not None:
        options.report.write_text(reports.as_html(found), encoding="utf-8")
        options.report.with_suffix(".json").write_text(reports.as_json(found), encoding="utf-8")
        print(f"report: {options.report} and {options.report.with_suffix('.json')}")
    if options.json is not None:
        options.json.write_text(reports.as_json(found), encoding="utf-8")
    return 0 if found.passed and found.judgements else 1


if __name__ == "__main__":
    sys.exit(main())
