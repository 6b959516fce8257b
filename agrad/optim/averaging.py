"""Optimizers beside the usual ones: averages of the parameters, and Adam with a measured start."""

from __future__ import annotations

import math
from typing import Any

import agrad
from agrad.optim.algorithms import moments
from agrad.optim.optimizer import Optimizer, check_betas, not_negative


class ASGD(Optimizer):
    """Gradient descent whose rate falls, beside a running average of the parameters (``state[p]["ax"]``).

    Source: B. Polyak, A. Juditsky, "Acceleration of stochastic approximation by averaging" (1992).

    Parameters
    ----------
    lambd : float
        How much the parameters decay.
    alpha : float
        The power by which the rate falls.
    t0 : float
        The step from which on to average.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        not_negative(learning_rate=lr, weight_decay_value=weight_decay)
        super().__init__(
            params,
            {
                "lr": lr,
                "lambd": lambd,
                "alpha": alpha,
                "t0": t0,
                "weight_decay": weight_decay,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "capturable": capturable,
            },
        )

    def update(self, param: Any, grad: Any, group: dict[str, Any], state: dict[str, Any]) -> None:
        """Move a parameter, and its average after it."""
        if not state:
            state.update(step=0, eta=group["lr"], mu=1.0, ax=agrad.zeros_like(param))
        state["step"] += 1
        param.mul_(1 - group["lambd"] * state["eta"]).sub_(grad * state["eta"])
        if state["mu"] == 1:
            state["ax"].copy_(param)
        else:
            state["ax"].add_((param - state["ax"]) * state["mu"])
        state["eta"] = group["lr"] / (1 + group["lambd"] * group["lr"] * state["step"]) ** group["alpha"]
        state["mu"] = 1 / max(1, state["step"] - group["t0"])


class RAdam(Optimizer):
    """Adam that divides by the averaged squares only once their variance is known to be finite.

    Source: L. Liu and others, "On the variance of the adaptive learning rate and beyond" (2019).
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        not_negative(learning_rate=lr, epsilon_value=eps, weight_decay_value=weight_decay)
        check_betas(betas)
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "maximize": maximize,
                "foreach": foreach,
                "capturable": capturable,
                "decoupled_weight_decay": decoupled_weight_decay,
                "differentiable": differentiable,
            },
        )

    def update(self, param: Any, grad: Any, group: dict[str, Any], state: dict[str, Any]) -> None:
        """Move a parameter."""
        first, second = group["betas"]
        step, mean, square = moments(grad, group, state)
        left = 1 - second**step
        # how many terms a plain average of the same variance would have, in the end and now
        longest = 2 / (1 - second) - 1
        terms = longest - 2 * step * second**step / left
        move = mean * (group["lr"] / (1 - first**step))
        if terms > 5:
            ratio = (terms - 4) * (terms - 2) * longest / ((longest - 4) * (longest - 2) * terms)
            move = move * math.sqrt(ratio * left) / (agrad.sqrt(square) + group["eps"])
        param.sub_(move)


__all__ = ["ASGD", "RAdam"]
