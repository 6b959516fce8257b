"""Checks for one's own code: gradcheck, gradgradcheck, assert_close."""

from __future__ import annotations

from agrad.testing.checks import GradcheckError, assert_close, gradcheck, gradgradcheck

__all__ = ["GradcheckError", "assert_close", "gradcheck", "gradgradcheck"]
