"""Checks for one's own code: assert_close, gradcheck, gradgradcheck."""

from __future__ import annotations

from agrad.testing.close import assert_close
from agrad.testing.gradcheck import GradcheckError, gradcheck
from agrad.testing.gradcheck_forward import gradgradcheck

__all__ = ["GradcheckError", "assert_close", "gradcheck", "gradgradcheck"]


def __dir__() -> list[str]:
    return list(__all__)
