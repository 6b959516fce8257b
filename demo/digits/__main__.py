"""Train the digits on every backend found and compare: ``python -m demo.digits [--backends numpy jax]``."""

from __future__ import annotations

import argparse
import os
import pathlib
import sys
from importlib.util import find_spec

# the table has a float64 row for JAX, and JAX reads this once, when it is imported
os.environ.setdefault("JAX_ENABLE_X64", "1")

import numpy as np

import agrad

from . import program

NEEDED = 0.96


def progress_bar(label: str) -> object:
    """A callable that draws a bar of epochs on one line (one line an epoch's tenth where the output is no terminal)."""
    terminal = sys.stderr.isatty()

    def show(done: int, total: int, loss: float) -> None:
        width = 30
        full = width * done // total
        line = f"{label:24} [{'#' * full}{'.' * (width - full)}] {done}/{total}  validation loss {loss:.4f}"
        if terminal:
            print("\r" + line, end="\n" if done == total else "", file=sys.stderr, flush=True)
        elif done == total or done % max(1, total // 5) == 0:
            print(line, file=sys.stderr, flush=True)

    return show


def places(wanted: list[str] | None) -> list[tuple[str, str]]:
    """The (backend, device) pairs of this machine: each backend's every kind of device, NumPy first."""
    found = []
    for name in wanted if wanted is not None else ("numpy", "jax", "cupy"):
        try:
            devices = agrad.get_backend(name).devices()
        except Exception as error:  # a library that is not installed, or has no device here
            print(f"{name} is left out: {error}")
            continue
        seen = set()
        for device in devices:
            if device.type not in seen:
                seen.add(device.type)
                found.append((name, str(device)))
    return found


def gap(ours: list[np.ndarray], theirs: list[np.ndarray]) -> float:
    """The greatest difference between two lists of arrays."""
    return max(float(np.max(np.abs(np.asarray(a) - np.asarray(b)))) for a, b in zip(ours, theirs, strict=True))


def table(runs: list[program.Run]) -> str:
    """One line a run; differences are from NumPy's run of the same dtype."""
    lines = [
        f"{'backend':9}{'device':9}{'dtype':9}{'loss':>9}{'accuracy':>10}{'curve - NumPy':>15}"
        f"{'parameters - NumPy':>20}{'seconds':>9}"
    ]
    for run in runs:
        base = next((r for r in runs if r.backend == "numpy" and r.dtype == run.dtype), None)
        if base is None or base is run:
            curve = parameters = "-"
        else:
            curve = f"{gap([np.array(run.losses + run.valid_losses)], [np.array(base.losses + base.valid_losses)]):.1e}"
            parameters = f"{gap(run.parameters, base.parameters):.1e}"
        lines.append(
            f"{run.backend:9}{run.device:9}{run.dtype:9}{run.valid_losses[-1]:9.4f}{run.accuracy:10.2%}{curve:>15}{parameters:>20}"
            f"{run.seconds:9.2f}"
        )
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Train on each backend, print the table, save the picture; 1 where a backend stays under 96%."""
    parser = argparse.ArgumentParser(prog="python -m demo.digits", description=__doc__)
    parser.add_argument("--backends", nargs="+", metavar="NAME", help="train on these alone (default: all found)")
    parser.add_argument("--dtypes", nargs="+", default=["float32", "float64"], choices=["float32", "float64"])
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--picture", type=pathlib.Path, default=pathlib.Path("demo/digits/out/digits.png"), metavar="PATH"
    )
    options = parser.parse_args(argv)
    lacking = [name for name in ("matplotlib", "sklearn") if find_spec(name) is None]
    if lacking:
        print(
            f"demo.digits needs {' and '.join(lacking)}, which agrad's extra 'examples' brings: python -m pip install '.[examples]'",
            file=sys.stderr,
        )
        return 2
    from . import picture

    data = program.load(options.seed)
    print(f"{len(data.labels)} images to learn from, {len(data.labels_valid)} to be judged by")
    runs = []
    found = places(options.backends)
    for dtype in options.dtypes:
        for backend, device in found:
            bar = progress_bar(f"{backend} {device} {dtype}")
            run = program.train(
                data,
                backend=backend,
                device=device,
                dtype=dtype,
                epochs=options.epochs,
                seed=options.seed,
                progress=bar,
            )
            runs.append(run)
    if not runs:
        print("no backend was found; see `python -m agrad`")
        return 1

    with agrad.use_backend(runs[0].backend):
        leaves = [agrad.tensor(p, requires_grad=True) for p in runs[0].parameters]
        x, labels = agrad.tensor(data.x[: program.BATCH]), agrad.tensor(np.eye(10)[data.labels[: program.BATCH]])
        loss = program.cross_entropy(program.network(leaves, x), labels)
    picture.save(options.picture, data, runs, loss)
    print("\n" + table(runs))
    print(f"\npicture: {options.picture.resolve()}")
    poor = [run for run in runs if run.accuracy < NEEDED]
    for run in poor:
        print(f"{run.backend} {run.device} {run.dtype} read {run.accuracy:.2%} right; {NEEDED:.0%} was asked for")
    return 1 if poor else 0


if __name__ == "__main__":
    sys.exit(main())
