"""The README's examples are run as they stand, and print what the README says they print; its links lead somewhere."""

from __future__ import annotations

import re

import pytest
from pages import ABSENT, PAGES, README, ROOT, Block, blocks, run_block

EXAMPLES = blocks(README)
TEXT = README.read_text(encoding="utf-8")


def test_there_are_examples() -> None:
    """The pattern finds every block, and each says what it prints."""
    assert len(EXAMPLES) == TEXT.count("```python") > 2
    assert all(block.output for block in EXAMPLES)


@pytest.mark.parametrize("block", EXAMPLES, ids=[f"example {i}" for i in range(len(EXAMPLES))])
def test_example_prints_what_the_readme_says(block: Block) -> None:
    """Each python block, against the indented block after it."""
    pytest.importorskip("jax")
    assert run_block(block) is None


def test_what_needs_jax_says_so() -> None:
    assert any(block.needs_jax for block in EXAMPLES)
    for block in EXAMPLES:
        if block.needs_jax:
            assert "needs JAX" in block.section
    assert ABSENT in TEXT


def test_every_page_is_linked_and_every_link_leads_somewhere() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    for page in PAGES:
        assert f"(docs/{page.name})" in TEXT, f"README.md does not link docs/{page.name}"
        assert page.name == "index.md" or f"({page.name})" in index, f"docs/index.md does not link {page.name}"
    for page in (README, *PAGES):
        for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"
