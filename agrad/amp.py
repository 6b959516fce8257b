"""torch.amp's names: mixed precision, which agrad leaves to the program.

:class:`autocast` changes nothing: what runs inside has the dtypes of its tensors, so results are at least as accurate as PyTorch's.
:class:`GradScaler` scales by 1. Convert a model and its inputs (``model.to(agrad.bfloat16)``) to compute in another precision.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ContextDecorator
from typing import Any

import agrad


class autocast(ContextDecorator):
    """A block in which PyTorch would compute in a narrower dtype; here it changes nothing.

    Parameters
    ----------
    device_type : str
    dtype : DType, optional
    enabled : bool
    cache_enabled : bool, optional
        All are kept and not used.

    Examples
    --------
    >>> import agrad
    >>> with agrad.amp.autocast("cpu", dtype=agrad.bfloat16):
    ...     y = agrad.ones(2, 2) @ agrad.ones(2, 2)
    >>> y.dtype
    agrad.float32
    """

    def __init__(
        self, device_type: str = "cuda", dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        self.device, self.fast_dtype, self._enabled, self._cache_enabled = device_type, dtype, enabled, cache_enabled

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *error: Any) -> None:
        """Leave; nothing is to be undone."""


class GradScaler:
    """Scales a loss by 1: what agrad computes does not leave its dtype's range by being narrowed.

    Parameters
    ----------
    device : str
    init_scale, growth_factor, backoff_factor : float
    growth_interval : int
    enabled : bool
        All are kept and not used.
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        self._state = {
            "scale": 1.0,
            "growth_factor": growth_factor,
            "backoff_factor": backoff_factor,
            "growth_interval": growth_interval,
            "_growth_tracker": 0,
        }

    def is_enabled(self) -> bool:
        """Whether anything is scaled: no."""
        return False

    def get_scale(self) -> float:
        """Return the factor: 1."""
        return 1.0

    def scale(self, outputs: Any) -> Any:
        """Return the outputs as they are."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Leave the gradients as they are."""

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """Take a step, where the gradients are finite, as PyTorch's does.

        Returns
        -------
        object
            What the optimizer's step returned; None where it was left out.
        """
        grads = [one.grad for group in optimizer.param_groups for one in group["params"] if one.grad is not None]
        if all(bool(agrad.isfinite(g).all()) for g in grads):
            return optimizer.step(*args, **kwargs)
        return None

    def update(self, new_scale: Any = None) -> None:
        """Leave the factor as it is."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state: the factor and how PyTorch would change it."""
        return dict(self._state)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over how PyTorch would change the factor, which stays 1."""
        self._state.update({name: value for name, value in state_dict.items() if name in self._state}, scale=1.0)


def custom_fwd(fwd: Callable[..., Any] | None = None, *, device_type: str = "cuda", cast_inputs: Any = None) -> Any:
    """Return a Function's forward as it is; a decorator, with or without arguments."""
    return (lambda function: function) if fwd is None else fwd


def custom_bwd(bwd: Callable[..., Any] | None = None, *, device_type: str = "cuda") -> Any:
    """Return a Function's backward as it is; a decorator, with or without arguments."""
    return (lambda function: function) if bwd is None else bwd


def is_autocast_available(device_type: str) -> bool:
    """Whether a device computes in narrower dtypes by itself: no."""
    return False


__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]


def __dir__() -> list[str]:
    return list(__all__)
