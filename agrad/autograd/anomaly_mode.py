"""Anomaly mode: a failure or a nan in backward shows the line of the forward that caused it."""

from __future__ import annotations

import warnings

from agrad.engine import graph_modes as graph_modes
from agrad.engine.modes import Switch, local, special_mode


class detect_anomaly(special_mode):
    """Show where in the forward a failing backward comes from, and fail where nan appears in a gradient.

    Each operation recorded inside keeps the lines that led to it; where its rule fails in backward, a warning shows them. It costs
    time and memory, of which a warning tells: it is for looking for a fault.

    Parameters
    ----------
    check_nan : bool
        Whether a nan in a gradient is an error.

    Examples
    --------
    >>> import warnings, agrad
    >>> x = agrad.tensor(0.0, requires_grad=True)
    >>> with warnings.catch_warnings(record=True) as told, agrad.autograd.set_detect_anomaly(True):
    ...     warnings.simplefilter("always")
    ...     y = agrad.array_api.sqrt(x) * 0.0
    ...     try:
    ...         y.backward()
    ...     except RuntimeError as error:
    ...         print(error)
    Function 'SqrtBackward0' returned nan values in its 0th output.
    >>> "agrad.array_api.sqrt(x)" in str(told[-1].message) or "doctest" in str(told[-1].message)
    True
    """

    def __init__(self, check_nan: bool = True) -> None:
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for debugging.",
            stacklevel=2,
        )
        super().__init__(anomaly=True, check_nan=check_nan)


class set_detect_anomaly(Switch):
    """Switch anomaly mode on or off, at once and until the end of a ``with`` block if there is one.

    Parameters
    ----------
    mode : bool
    check_nan : bool
        Whether a nan in a gradient is an error.
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        super().__init__(anomaly=bool(mode), check_nan=check_nan)


def is_anomaly_enabled() -> bool:
    """Whether this thread is in anomaly mode."""
    return local.anomaly


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly mode, where it is on, takes a nan in a gradient for an error."""
    return local.check_nan


__all__ = ["detect_anomaly", "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "set_detect_anomaly"]


def __dir__() -> list[str]:
    return list(__all__)
