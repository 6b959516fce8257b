"""Run the chapter: ``python -m demo.chapter [agrad | torch] [--backend jax] [--plot FILE]``."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import sys

from . import text


def main(argv: list[str] | None = None) -> int:
    """Run every section under the module named, and plot how the loss fell."""
    parser = argparse.ArgumentParser(prog="python -m demo.chapter", description=__doc__)
    parser.add_argument("module", nargs="?", default="agrad", choices=["agrad", "torch"])
    parser.add_argument("--backend", help="agrad's backend (default: numpy)")
    parser.add_argument("--plot", metavar="FILE", help="write the loss curve as a picture (needs matplotlib)")
    options = parser.parse_args(argv)
    try:
        module = importlib.import_module(options.module)
    except ModuleNotFoundError as error:
        if error.name != options.module:
            raise
        parser.exit(2, f"demo.chapter: {options.module} is not installed: pip install {options.module}\n")
    chosen = module.use_backend(options.backend) if options.backend and options.module == "agrad" else None
    losses = None
    with chosen or contextlib.nullcontext():
        for section in text.SECTIONS:
            print(f"\n## {section.__doc__.splitlines()[0]}")
            losses = section(module) or losses
        if hasattr(module.Tensor, "refine_names"):
            print(f"\n## {text.named.__doc__.splitlines()[0]}")
            text.named(module)
    if options.plot and losses is not None:
        from matplotlib import pyplot

        figure, axes = pyplot.subplots(figsize=(6, 3.5), layout="constrained")
        axes.semilogy(losses)
        axes.set(xlabel="step", ylabel="mean squared error", title="A line fitted by autograd")
        figure.savefig(options.plot, dpi=120)
        print(f"\nplot: {options.plot}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
