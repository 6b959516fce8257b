"""The README's example is run as it stands, and prints what the README says it prints."""

from __future__ import annotations

import contextlib
import io
import pathlib
import re

import pytest

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"


def test_example_prints_what_the_readme_says() -> None:
    """The first python block, against the indented block after it."""
    pytest.importorskip("jax")
    found = re.search(r"```python\n(.*?)```\n\n((?:    [^\n]*\n)+)", README.read_text(), re.DOTALL)
    assert found is not None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(found[1], str(README), "exec"), {"__name__": "readme"})
    assert printed.getvalue().splitlines() == [line.strip() for line in found[2].splitlines()]
