"""Checks of derivatives under PyTorch's module name: torch.autograd.gradcheck. They live in :mod:`agrad.testing`."""

from __future__ import annotations

from agrad.testing.gradcheck import GradcheckError, gradcheck
from agrad.testing.gradcheck_forward import gradgradcheck

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]


def __dir__() -> list[str]:
    return list(__all__)
