"""Race agrad against raw NumPy, PyTorch, HIPS autograd, MyGrad and JAX: ``python -m benchmarks [--only NAME]``."""

from __future__ import annotations

import argparse
import json
import pathlib
import sys
import warnings

from . import threads  # first: the libraries read these settings when they are imported

threads.single_thread()

from . import peers, processes, report  # noqa: E402
from .race import Race, Result, compete  # noqa: E402
from .workloads import chains, face, fanout, hvp, large, mlp, rnn, transforms  # noqa: E402


def all_races() -> list[Race]:
    """Every workload that is timed in this process."""
    races = (chains, mlp, rnn, hvp, large, fanout, transforms, face)
    return [race for workload in races for race in workload.races()]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [race.name for race in all_races()] + ["million", "import"]
    found.add_argument(
        "--only", nargs="+", metavar="NAME", help=f"run these alone (a prefix will do): {', '.join(names)}"
    )
    found.add_argument(
        "--peers", nargs="+", metavar="PEER", help=f"race these alone, beside numpy: {', '.join(peers.ORDER)}"
    )
    found.add_argument("--quick", action="store_true", help="a quarter of the time: for looking, not for quoting")
    found.add_argument("--list", action="store_true", help="print the names of the workloads and stop")
    found.add_argument("--json", type=pathlib.Path, metavar="PATH", help="write every round to this file")
    found.add_argument("--markdown", type=pathlib.Path, metavar="PATH", help="write the README's table to this file")
    return found


def main(argv: list[str] | None = None) -> int:
    """Run the races; 0 unless a contender of agrad's failed or gave a wrong answer."""
    options = parser().parse_args(argv)
    races = all_races()
    if options.list:
        print("\n".join(f"{race.name:14}{race.title}" for race in races))
        print("million       a chain of a million scalar ops\nimport        import time beyond numpy's")
        return 0

    def wanted(name: str) -> bool:
        return options.only is None or any(name.startswith(prefix) for prefix in options.only)

    only = set(options.peers) if options.peers else None
    # MyGrad is a guest: what NumPy warns of inside it is not ours to raise
    warnings.filterwarnings("ignore", module=r"mygrad(\..*)?")
    available = peers.look()
    print("  ".join(f"{name} {version}" for name, version in available.versions.items()))
    for name, why in available.missing.items():
        print(f"missing: {name} ({why})")
    results: list[Result] = []

    def show(result: Result) -> None:
        results.append(result)
        print(report.terminal(result), flush=True)
        if options.json:
            options.json.write_text(json.dumps(report.as_json(results, available), indent=1))
        if options.markdown:
            options.markdown.write_text(report.markdown(results, available) + "\n")

    for race in races:
        if wanted(race.name):
            result = compete(race, available, quick=options.quick, only=only)
            if race.name == "large":
                processes.peaks(available, result)
            show(result)
    if wanted("million"):
        show(processes.million(available, quick=options.quick, only=only))
    if wanted("import"):
        show(processes.imports(available, quick=options.quick))
    missed = [f"{r.name}: {x['what']}" for r in results for x in r.limits if x["reached"] is False]
    print(f"\n{len(missed)} figures missed" + ("".join(f"\n  {line}" for line in missed)))
    wrong = [f"{r.name}: {name}" for r in results for name in r.failed if name.startswith("agrad")]
    print("\n".join(f"FAILED {line}" for line in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
