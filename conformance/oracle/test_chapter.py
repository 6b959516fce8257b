"""A beginner's chapter prints the same text under PyTorch and under agrad, but for the module's own name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from oracle import BACKENDS

import agrad

sys.path.insert(0, str(Path(__file__).parents[2]))
from demo.chapter import text

#: what PyTorch 1.3 to 2.12 print for the section of named tensors
NAMED = """\
('N', 'C', 'H', 'W') ('N', 'H', 'W') ('N', 'C', 'W', 'H')
agrad.Size([2, 4, 5, 3]) ('N', 'features')
('N', 'H', 'W', 'C')
tensor([[1., 1., 1.],
        [1., 1., 1.]], names=('N', 'C')) ('N', 'C', 'height', 'width')
RuntimeError: Error when attempting to broadcast dims ['N', 'C', 'H', 'W'] and dims ['C']: dim 'W' and dim 'C' are at the \
same position from the right but do not match.
"""


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("section", text.SECTIONS, ids=lambda section: section.__name__)
def test_sections_print_the_same(section, backend, capsys):
    section(torch)
    theirs = capsys.readouterr().out.replace("torch.", "agrad.")
    with agrad.use_backend(backend):
        section(agrad)
    assert capsys.readouterr().out == theirs


@pytest.mark.parametrize("backend", BACKENDS)
def test_named_tensors_print_what_pytorch_printed(backend, capsys):
    with agrad.use_backend(backend):
        text.named(agrad)
    assert capsys.readouterr().out == NAMED
