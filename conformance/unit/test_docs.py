"""Every page of docs/ is run as a doctest: its examples print what the page says."""

from __future__ import annotations

import doctest
import pathlib

import pytest

import agrad

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
PAGES = sorted(DOCS.rglob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page(page: pathlib.Path) -> None:
    before = agrad.get_default_dtype(), agrad.get_default_backend().name
    try:
        examples = doctest.DocTestParser().get_doctest(page.read_text(encoding="utf-8"), {}, page.name, str(page), 0)
        told: list[str] = []
        result = doctest.DocTestRunner(verbose=False).run(examples, out=told.append)
    finally:
        agrad.set_default_dtype(before[0])
        agrad.set_default_backend(before[1])
    assert not result.failed, "".join(told)


def test_the_pages_have_examples() -> None:
    with_examples = [page.stem for page in PAGES if ">>> " in page.read_text(encoding="utf-8")]
    assert {
        f"autograd-{name}"
        for name in ("graph", "hooks", "modes", "function", "inplace", "transforms", "checkpoint", "trust")
    } <= set(with_examples)
