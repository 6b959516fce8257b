"""Every page of docs/ is run as a doctest: its examples print what the page says, also where NumPy is the only array library."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pages
import pytest

import agrad


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.stem)
def test_page(page: pathlib.Path) -> None:
    pytest.importorskip("jax")
    before = agrad.get_default_dtype(), agrad.get_default_backend().name
    try:
        fault = pages.run_page(page)
    finally:
        agrad.set_default_dtype(before[0])
        agrad.set_default_backend(before[1])
    assert fault is None, fault


def test_the_pages_have_examples() -> None:
    with_examples = [page.stem for page in pages.PAGES if ">>> " in page.read_text(encoding="utf-8")]
    assert {
        f"autograd-{name}"
        for name in ("graph", "hooks", "modes", "function", "inplace", "transforms", "checkpoint", "trust")
    } <= set(with_examples)


def test_readme_and_pages_run_with_numpy_alone() -> None:
    """What a page does not say must be installed is not: neither another array library nor what tests need."""
    absent = ["jax", "jaxlib", "cupy", "array_api_strict", "torch", "mpmath", "hypothesis", "pytest", "matplotlib"]
    command = [sys.executable, pages.__file__, "--without", *absent]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok README.md") > 2 and "skipped README.md" in done.stdout
    assert all(f"ok {page.name}" in done.stdout for page in pages.PAGES)


def test_a_block_that_needs_more_is_found(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check can fail: on a page that prints something else, or lacks JAX without a word."""
    page = tmp_path / "page.md"
    page.write_text("```python\nprint(1)\n```\n\n    2\n", encoding="utf-8")
    (block,) = pages.blocks(page)
    assert "but got\n1" in str(pages.run_block(block))
    page.write_text(">>> 1 + 1\n3\n", encoding="utf-8")
    assert "Expected" in str(pages.run_page(page))
    monkeypatch.setitem(sys.modules, "jax", None)
    assert pages.as_printed_here("numpy: 1\njax: 1\n") == f"numpy: 1\n{pages.ABSENT}\n"
