"""Learning rates that rise and fall again, step after step within an epoch; momentum moves the other way."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from agrad.optim.optimizer import Optimizer
from agrad.optim.schedules import LRScheduler, _one_each


def _momentum_key(optimizer: Optimizer) -> str:
    """Return what an optimizer calls its momentum.

    Raises
    ------
    ValueError
        For one that has none.
    """
    for name in ("momentum", "betas"):
        if name in optimizer.defaults:
            return name
    raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")


def _set_momentum(group: dict[str, Any], momentum: float) -> None:
    if "betas" in group:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum


class CyclicLR(LRScheduler):
    """The rate between two values, up for step_size_up steps and down for step_size_down.

    Source: L. Smith, "Cyclical learning rates for training neural networks" (2015).

    Parameters
    ----------
    base_lr, max_lr : float, or a list of one for each group
    mode : {"triangular", "triangular2", "exp_range"}
        Cycles of one height, of half the height of the one before, or of a height that falls by gamma at each step.
    scale_fn : callable, optional
        The height as a function of the cycle (``scale_mode`` "cycle") or of the step ("iterations"), instead of `mode`.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: Any,
        max_lr: Any,
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: Any = 0.8,
        max_momentum: Any = 0.9,
        last_epoch: int = -1,
    ) -> None:
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError("mode is invalid and scale_fn is None")
        if last_epoch == -1:
            for group, rate in zip(optimizer.param_groups, _one_each("base_lr", base_lr, optimizer), strict=True):
                group["lr"] = rate
        self.max_lrs = _one_each("max_lr", max_lr, optimizer)
        self.total_size = float(step_size_up + (step_size_up if step_size_down is None else step_size_down))
        self.step_ratio = step_size_up / self.total_size
        self.mode, self.gamma, self._scale_fn = mode, gamma, scale_fn
        self.scale_mode = scale_mode if scale_fn is not None else "iterations" if mode == "exp_range" else "cycle"
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            _momentum_key(optimizer)
            self.base_momentums = _one_each("base_momentum", base_momentum, optimizer)
            self.max_momentums = _one_each("max_momentum", max_momentum, optimizer)
            for group, momentum in zip(optimizer.param_groups, self.max_momentums, strict=True):
                _set_momentum(group, momentum)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = _one_each("base_lr", base_lr, optimizer)

    def scale_fn(self, x: float) -> float:
        """Return the height of the cycle, or at the step, that `x` counts."""
        if self._scale_fn is not None:
            return self._scale_fn(x)
        if self.mode == "triangular":
            return 1.0
        return 1 / 2.0 ** (x - 1) if self.mode == "triangular2" else self.gamma**x

    def get_lr(self) -> list[float]:
        """Return the rates; set the momenta."""
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        place = 1.0 + self.last_epoch / self.total_size - cycle
        part = place / self.step_ratio if place <= self.step_ratio else (place - 1) / (self.step_ratio - 1)
        height = part * self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            for group, low, high in zip(
                self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True
            ):
                _set_momentum(group, high - (high - low) * height)
        return [base + (top - base) * height for base, top in zip(self.base_lrs, self.max_lrs, strict=True)]


class OneCycleLR(LRScheduler):
    """One cycle: the rate up to its largest value and down to far below the first.

    Source: L. Smith, N. Topin, "Super-convergence: very fast training of neural networks using large learning rates" (2017).

    Parameters
    ----------
    max_lr : float, or a list of one for each group
    total_steps : int, or None for epochs times steps_per_epoch
    pct_start : float
        The part of the steps in which the rate rises.
    anneal_strategy : {"cos", "linear"}
    div_factor, final_div_factor : float
        The first rate is max_lr / div_factor, the last one the first / final_div_factor.
    three_phase : bool
        Fall to the first rate as slowly as it rose, and then to the last.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: Any,
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: Any = 0.85,
        max_momentum: Any = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
            total_steps = epochs * steps_per_epoch
        if total_steps <= 0 or not isinstance(total_steps, int):
            raise ValueError(f"Expected positive integer total_steps, but got {total_steps}")
        if not 0 <= pct_start <= 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        self.total_steps, self.anneal_strategy, self.cycle_momentum = total_steps, anneal_strategy, cycle_momentum
        rise = float(pct_start * total_steps) - 1
        # (last step, rate from, rate to, momentum from, momentum to)
        self.phases = [(rise, "initial_lr", "max_lr", "max_momentum", "base_momentum")]
        if three_phase:
            self.phases += [
                (float(2 * pct_start * total_steps) - 2, "max_lr", "initial_lr", "base_momentum", "max_momentum"),
                (total_steps - 1.0, "initial_lr", "min_lr", "max_momentum", "max_momentum"),
            ]
        else:
            self.phases.append((total_steps - 1.0, "max_lr", "min_lr", "base_momentum", "max_momentum"))
        if cycle_momentum:
            _momentum_key(optimizer)
        if last_epoch == -1:
            lows = _one_each("base_momentum", base_momentum, optimizer)
            highs = _one_each("max_momentum", max_momentum, optimizer)
            tops = _one_each("max_lr", max_lr, optimizer)
            for group, top, low, high in zip(optimizer.param_groups, tops, lows, highs, strict=True):
                group["initial_lr"], group["max_lr"] = top / div_factor, top
                group["min_lr"] = group["initial_lr"] / final_div_factor
                if cycle_momentum:
                    group["max_momentum"], group["base_momentum"] = high, low
        super().__init__(optimizer, last_epoch)

    def _between(self, start: float, end: float, part: float) -> float:
        if self.anneal_strategy == "linear":
            return (end - start) * part + start
        return end + (start - end) / 2.0 * (math.cos(math.pi * part) + 1)

    def get_lr(self) -> list[float]:
        """Return the rates; set the momenta.

        Raises
        ------
        ValueError
            After total_steps steps.
        """
        step = self.last_epoch
        if step > self.total_steps:
            raise ValueError(f"Tried to step {step} times. The specified number of total steps is {self.total_steps}")
        begin: float = 0
        phase = self.phases[-1]
        for one in self.phases:
            if step <= one[0]:
                phase = one
                break
            if one is not phase:
                begin = one[0]
        end, *ends = phase
        part = (step - begin) / (end - begin)
        rates = []
        for group in self.optimizer.param_groups:
            rates.append(self._between(group[ends[0]], group[ends[1]], part))
            if self.cycle_momentum:
                _set_momentum(group, self._between(group[ends[2]], group[ends[3]], part))
        return rates


__all__ = ["CyclicLR", "OneCycleLR"]
