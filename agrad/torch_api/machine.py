"""Settings of the machine that programs make: numbers of threads, deterministic algorithms.

agrad starts no threads of its own and computes the same bits each time; the settings are kept and read back, and change nothing.
"""

from __future__ import annotations

import os


class _Settings:
    """What was set."""

    __slots__ = ("deterministic", "interop_threads", "precision", "threads")

    def __init__(self) -> None:
        self.threads = os.cpu_count() or 1
        self.interop_threads = self.threads
        self.deterministic = False
        self.precision = "highest"


_settings = _Settings()


def get_num_threads() -> int:
    """Return the number of threads that was set, the machine's processors at first."""
    return _settings.threads


def set_num_threads(int: int) -> None:
    """Keep a number of threads; the array library chooses its own (for NumPy by OMP_NUM_THREADS)."""
    _settings.threads = _positive(int)


def get_num_interop_threads() -> int:
    """Return the number of threads between operations that was set."""
    return _settings.interop_threads


def set_num_interop_threads(int: int) -> None:
    """Keep a number of threads between operations, of which agrad runs one after the other."""
    _settings.interop_threads = _positive(int)


def _positive(number: int) -> int:
    if number < 1:
        raise RuntimeError(f"set_num_threads expects a positive integer; received {number}.")
    return number


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for deterministic algorithms, which agrad's are."""
    _settings.deterministic = bool(mode)


def are_deterministic_algorithms_enabled() -> bool:
    """Return whether they were asked for."""
    return _settings.deterministic


def get_float32_matmul_precision() -> str:
    """Return the precision of float32 matrix products that was set."""
    return _settings.precision


def set_float32_matmul_precision(precision: str) -> None:
    """Keep a precision of float32 matrix products; they are computed in float32 in any case.

    Parameters
    ----------
    precision : {'highest', 'high', 'medium'}
    """
    if precision not in ("highest", "high", "medium"):
        raise RuntimeError(f"a precision is highest, high or medium; received {precision!r}")
    _settings.precision = precision


__all__ = [
    "are_deterministic_algorithms_enabled",
    "get_float32_matmul_precision",
    "get_num_interop_threads",
    "get_num_threads",
    "set_float32_matmul_precision",
    "set_num_interop_threads",
    "set_num_threads",
    "use_deterministic_algorithms",
]
