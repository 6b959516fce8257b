"""Run the blocks of README.md and docs/ on what is installed.

``python pages.py`` runs them all in this environment and exits with 1 when one prints something else than its page says;
``python pages.py --without jax array_api_strict`` does so as if these were not installed. It needs agrad and nothing else: the session
``wheel`` of the noxfile runs it where NumPy is the only array library.

The confusing case: a page says what a block prints where JAX is installed. Where it is not, a line that begins with ``jax:`` is the line
that says so, and a block that imports jax, in a section that says that it needs JAX, is not run.
"""

from __future__ import annotations

import argparse
import contextlib
import doctest
import io
import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
PAGES = sorted((ROOT / "docs").rglob("*.md"))
ABSENT = "jax: not installed, skipped (pip install jax)"


class Block(NamedTuple):
    """A fenced block of a page, what the page says it prints (None: nothing is said), and the section that it is in."""

    page: Path
    source: str
    output: str | None
    section: str

    @property
    def needs_jax(self) -> bool:
        """Whether it can only run with JAX."""
        return re.search(r"^\s*(import|from) jax", self.source, re.MULTILINE) is not None


def blocks(page: Path) -> list[Block]:
    """Return the blocks of Python in a page that are no doctests."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in re.finditer(r"```python\n(.*?)```\n(?:\n((?:    [^\n]*\n)+))?", text, re.DOTALL):
        source, output = match[1], match[2]
        if ">>> " in source:
            continue
        said = None if output is None else "".join(f"{line[4:]}\n" for line in output.splitlines())
        found.append(Block(page, source, said, text[: match.start()].rpartition("\n## ")[2]))
    return found


def has_jax() -> bool:
    """Whether JAX can be imported here."""
    return find_spec("jax") is not None


def as_printed_here(output: str) -> str:
    """Return what a page says is printed, for an environment that may lack JAX."""
    return output if has_jax() else re.sub(r"^jax: .*$", ABSENT, output, flags=re.MULTILINE)


def run_block(block: Block) -> str | None:
    """Run a block; return what is wrong with what it prints, or None."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block.source, str(block.page), "exec"), {"__name__": "page"})
    if block.output is None:
        return None
    wanted = as_printed_here(block.output)
    return None if printed.getvalue() == wanted else f"expected\n{wanted}but got\n{printed.getvalue()}"


def run_page(page: Path) -> str | None:
    """Run a page's doctests in one namespace; return what is wrong, or None."""
    text = as_printed_here(page.read_text(encoding="utf-8"))
    examples = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    told: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(examples, out=told.append)
    return "".join(told) if result.failed else None


def faults() -> Iterator[str]:
    """Run everything; give a line per block and page, and raise nothing."""
    for page in (README, *PAGES):
        for block in blocks(page):
            name = f"{page.name}: {block.source.strip().splitlines()[0]} ..."
            if block.needs_jax and not has_jax():
                print(f"skipped {name} (it needs JAX)")
                continue
            fault = run_block(block)
            print("ok" if fault is None else "FAIL", name)
            if fault is not None:
                yield f"{name}\n{fault}"
        if page is not README:
            fault = run_page(page)
            print("ok" if fault is None else "FAIL", page.name)
            if fault is not None:
                yield f"{page.name}\n{fault}"


def main(argv: list[str] | None = None) -> int:
    """Run everything, print what fails, and return 1 if anything does."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--without", nargs="+", default=[], metavar="MODULE", help="as if these were not installed")
    for module in parser.parse_args(argv).without:
        sys.modules[module] = None  # type: ignore[assignment]  # its import fails, and it is not found
    found = list(faults())
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
