"""Grad modes under PyTorch's module name: torch.autograd.grad_mode."""

from __future__ import annotations

import contextlib
from typing import Any

from agrad.engine.modes import enable_grad, inference_mode, no_grad, set_grad_enabled


class set_multithreading_enabled(contextlib.ContextDecorator):
    """Say whether backward may use threads of its own, as PyTorch's on several devices does: a call, a block or a decorator.

    agrad's backward runs in the thread that calls it, whatever is said, and several threads may call it at once.

    Parameters
    ----------
    mode : bool

    Examples
    --------
    >>> import agrad
    >>> x = agrad.tensor(2.0, requires_grad=True)
    >>> with agrad.autograd.set_multithreading_enabled(False):
    ...     (x * x).backward()
    >>> x.grad
    tensor(4.)
    """

    def __init__(self, mode: bool) -> None:
        self.mode = mode

    def __enter__(self) -> None:
        """Enter; nothing is to be done."""

    def __exit__(self, *error: Any) -> None:
        """Leave; nothing is to be undone."""

    def clone(self) -> set_multithreading_enabled:
        """Return another one of the same mode."""
        return set_multithreading_enabled(self.mode)


__all__ = ["enable_grad", "inference_mode", "no_grad", "set_grad_enabled", "set_multithreading_enabled"]


def __dir__() -> list[str]:
    return list(__all__)
