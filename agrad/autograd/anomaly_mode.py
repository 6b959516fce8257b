"""Anomaly mode: a failure or a nan in backward shows the line of the forward that caused it."""

from __future__ import annotations

from typing import Any

from agrad.engine import graph_modes as graph_modes
from agrad.engine.modes import local, special_mode, state


class detect_anomaly(special_mode):
    """Show where in the forward a failing backward comes from, and fail where nan appears in a gradient.

    Parameters
    ----------
    check_nan : bool
        Whether a nan in a gradient is an error.
    """

    def __init__(self, check_nan: bool = True) -> None:
        super().__init__(anomaly=True, check_nan=check_nan)


class set_detect_anomaly(special_mode):
    """Switch anomaly mode on or off, at once and until the end of a ``with`` block if there is one."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        super().__init__(anomaly=mode, check_nan=check_nan)
        self._previous = (local.anomaly, local.check_nan)
        if mode != local.anomaly:
            (state.enter if mode else state.leave)()
        local.anomaly, local.check_nan = mode, check_nan
        local.careful = mode or bool(local.saved_hooks)

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        before, local.check_nan = self._previous
        if before != local.anomaly:
            (state.enter if before else state.leave)()
        local.anomaly = before
        local.careful = before or bool(local.saved_hooks)


def is_anomaly_enabled() -> bool:
    """Whether this thread is in anomaly mode."""
    return local.anomaly


__all__ = ["detect_anomaly", "is_anomaly_enabled", "set_detect_anomaly"]
