"""The README's examples are run as they stand, and print what the README says they print."""

from __future__ import annotations

import contextlib
import io
import pathlib
import re

import pytest

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```\n\n((?:    [^\n]*\n)+)", README.read_text(encoding="utf-8"), re.DOTALL)


def test_there_are_examples() -> None:
    """The pattern finds every block."""
    assert len(EXAMPLES) == README.read_text(encoding="utf-8").count("```python") > 2


@pytest.mark.parametrize(("source", "output"), EXAMPLES, ids=[f"example {i}" for i in range(len(EXAMPLES))])
def test_example_prints_what_the_readme_says(source: str, output: str) -> None:
    """Each python block, against the indented block after it."""
    pytest.importorskip("jax")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, str(README), "exec"), {"__name__": "readme"})
    assert printed.getvalue().splitlines() == [line[4:] for line in output.splitlines()]
