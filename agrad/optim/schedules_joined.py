"""Schedules made of schedules, and the one that watches a measure."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from agrad.optim.optimizer import Optimizer
from agrad.optim.schedules import LRScheduler


def _checked(name: str, optimizer: Optimizer, schedulers: Sequence[Any]) -> list[Any]:
    """Return the schedules, all of them the optimizer's.

    Raises
    ------
    ValueError
        For none, and for another optimizer's.
    """
    if not schedulers:
        raise ValueError(f"{name} expects at least one scheduler, but got no scheduler.")
    for index, one in enumerate(schedulers):
        if isinstance(one, ReduceLROnPlateau):
            raise ValueError(
                f"{name} does not support `ReduceLROnPlateau` scheduler as it requires additional kwargs to be specified when "
                f"calling `step`, but got one at index {index} in the given schedulers sequence."
            )
        if one.optimizer is not optimizer:
            raise ValueError(
                f"{name} expects all schedulers to belong to the same optimizer, but got scheduler {type(one).__name__} at index "
                f"{index} has another."
            )
    return list(schedulers)


class SequentialLR(LRScheduler):
    """One schedule after another, the next at each milestone; each counts its own steps from 0."""

    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int], last_epoch: int = -1
    ) -> None:
        self._schedulers = _checked("SequentialLR", optimizer, schedulers)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone points, "
                f"but got number of schedulers {len(schedulers)} and the number of milestones to be equal to {len(milestones)}"
            )
        self._milestones, self.last_epoch, self.optimizer = list(milestones), last_epoch + 1, optimizer
        # Each schedule has set its first rate already: take that back, and let the first begin.
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        for one in self._schedulers:
            _undo(one)
        self._schedulers[bisect_right(self._milestones, 0)].step()

    def step(self, epoch: int | None = None) -> None:
        """Count a step and let the schedule whose turn it is set the rates."""
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        turn = bisect_right(self._milestones, self.last_epoch)
        if turn and self._milestones[turn - 1] == self.last_epoch:
            self._schedulers[turn].step(0)
        else:
            self._schedulers[turn].step()

    def state_dict(self) -> dict[str, Any]:
        """Return the state, with the schedules' own."""
        state = super().state_dict()
        return {**state, "_schedulers": [one.state_dict() for one in self._schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state."""
        _load_all(self, state_dict)


class ChainedScheduler(LRScheduler):
    """Schedules that all step at each step."""

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        if not schedulers:
            raise ValueError("ChainedScheduler expects at least one scheduler to be chained, but got no scheduler.")
        optimizer = schedulers[0].optimizer if optimizer is None else optimizer
        self._schedulers, self.optimizer = _checked("ChainedScheduler", optimizer, schedulers), optimizer

    def step(self, epoch: int | None = None) -> None:
        """Let each schedule take its step."""
        for one in self._schedulers:
            one.step()

    def state_dict(self) -> dict[str, Any]:
        """Return the schedules' states."""
        return {**super().state_dict(), "_schedulers": [one.state_dict() for one in self._schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state."""
        _load_all(self, state_dict)


def _undo(schedule: Any) -> None:
    """Take back the step that a schedule took when it was made."""
    if isinstance(schedule, (SequentialLR, ChainedScheduler)):
        for one in schedule._schedulers:
            _undo(one)
    else:
        schedule.last_epoch -= 1


def _load_all(schedule: Any, state_dict: dict[str, Any]) -> None:
    for one, state in zip(schedule._schedulers, state_dict["_schedulers"], strict=True):
        one.load_state_dict(state)
    schedule.__dict__.update({name: value for name, value in state_dict.items() if name != "_schedulers"})


class ReduceLROnPlateau:
    """The rate times a factor once a measure has not improved for `patience` steps.

    Parameters
    ----------
    mode : {'min', 'max'}
    threshold, threshold_mode : float, {'rel', 'abs'}
        What counts as an improvement.
    cooldown : int
        Steps after a reduction that do not count.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float = 0.0,
        eps: float = 1e-8,
    ) -> None:
        if factor >= 1.0:
            raise ValueError("Factor should be < 1.0.")
        if mode not in ("min", "max"):
            raise ValueError(f"mode {mode} is unknown!")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold mode {threshold_mode} is unknown!")
        self.optimizer, self.mode, self.factor, self.patience = optimizer, mode, factor, patience
        self.threshold, self.threshold_mode, self.cooldown = threshold, threshold_mode, cooldown
        self.min_lr, self.eps = min_lr, eps
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = self.cooldown_counter = self.last_epoch = 0

    def _better(self, value: float) -> bool:
        sign = 1 if self.mode == "min" else -1
        if self.threshold_mode == "rel":
            return sign * value < sign * self.best * (1 - sign * self.threshold) if math.isfinite(self.best) else True
        return sign * value < sign * self.best - self.threshold

    def step(self, metrics: Any) -> None:
        """Note a measure; reduce the rates where it has been bad for too long."""
        value = float(metrics)
        self.last_epoch += 1
        if self._better(value):
            self.best, self.num_bad_epochs = value, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            for group in self.optimizer.param_groups:
                rate = max(group["lr"] * self.factor, self.min_lr)
                if group["lr"] - rate > self.eps:
                    group["lr"] = rate
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0

    def get_last_lr(self) -> list[float]:
        """Return the rates that are set."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """Return everything but the optimizer."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state."""
        self.__dict__.update(state_dict)


__all__ = ["ChainedScheduler", "ReduceLROnPlateau", "SequentialLR"]
