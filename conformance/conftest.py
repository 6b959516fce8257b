"""Settings of pytest that unit tests and the oracle share."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Let tests take numbers from losses.

    The warning comes once in a process, as PyTorch's does, so which test met it would depend on the order of tests.
    """
    config.addinivalue_line(
        "filterwarnings", "ignore:Converting a tensor with requires_grad=True to a scalar:UserWarning"
    )
