"""The first-order optimizers. Each names its source; options and defaults are PyTorch's.

``foreach``, ``fused`` and ``capturable`` choose among PyTorch's kernels: they are kept, so that texts and states are the same, and
change nothing. ``differentiable`` needs a step that is recorded, which ours is not.
"""

from __future__ import annotations

import math
from typing import Any

import agrad
from agrad.optim.optimizer import Optimizer, check_betas, not_negative


def moments(grad: Any, group: dict[str, Any], state: dict[str, Any]) -> tuple[int, Any, Any]:
    """Count a step and take a gradient into its running mean and mean square; return the three, as Adam's kin keep them."""
    first, second = group["betas"]
    if "step" not in state:
        # at once, here as in the other optimizers: an interrupt must not leave half of a state
        state.update(step=0, exp_avg=agrad.zeros_like(grad), exp_avg_sq=agrad.zeros_like(grad))
    state["step"] += 1
    mean = state["exp_avg"].mul_(first).add_(grad, alpha=1 - first)
    square = state["exp_avg_sq"].mul_(second).add_(grad * grad, alpha=1 - second)
    return state["step"], mean, square


class SGD(Optimizer):
    """Gradient descent, with momentum (also Nesterov's) and weight decay.

    Source: I. Sutskever and others, "On the importance of initialization and momentum in deep learning" (2013).
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        if lr < 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if momentum < 0.0:
            raise ValueError(f"Invalid momentum value: {momentum}")
        if weight_decay < 0.0:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "dampening": dampening,
                "weight_decay": weight_decay,
                "nesterov": nesterov,
                "maximize": maximize,
                "foreach": foreach,
                "differentiable": differentiable,
                "fused": fused,
            },
        )

    def update(self, param: Any, grad: Any, group: dict[str, Any], state: dict[str, Any]) -> None:
        """Move a parameter against its (averaged) gradient."""
        if group["momentum"]:
            average = state.get("momentum_buffer")
            if average is None:
                average = state["momentum_buffer"] = grad.clone()
            else:
                average.mul_(group["momentum"]).add_(grad, alpha=1 - group["dampening"])
            grad = grad + average * group["momentum"] if group["nesterov"] else average
        param.sub_(grad * group["lr"])


class Adam(Optimizer):
    """Steps divided by the root of an average of squared gradients.

    Source: D. Kingma, J. Ba, "Adam: a method for stochastic optimization" (2014); amsgrad: S. Reddi and others, "On the convergence
    of Adam and beyond" (2018).
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        if not lr >= 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        not_negative(epsilon_value=eps, weight_decay_value=weight_decay)
        check_betas(betas)
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
                "maximize": maximize,
                "foreach": foreach,
                "capturable": capturable,
                "differentiable": differentiable,
                "fused": fused,
                "decoupled_weight_decay": decoupled_weight_decay,
            },
        )

    def update(self, param: Any, grad: Any, group: dict[str, Any], state: dict[str, Any]) -> None:
        """Move a parameter."""
        first, second = group["betas"]
        step, mean, square = moments(grad, group, state)
        if group["amsgrad"]:
            largest = state.get("max_exp_avg_sq")
            square = state["max_exp_avg_sq"] = square.clone() if largest is None else agrad.maximum(largest, square)
        bottom = agrad.sqrt(square) / math.sqrt(1 - second**step) + group["eps"]
        param.sub_(mean / bottom * (group["lr"] / (1 - first**step)))


class AdamW(Adam):
    """Adam whose weight decay does not go through the averages.

    Source: I. Loshchilov, F. Hutter, "Decoupled weight decay regularization" (2017).
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )


class NAdam(Optimizer):
    """Adam with Nesterov's momentum.

    Source: T. Dozat, "Incorporating Nesterov momentum into Adam" (2016).
    """

    def __init__(
        self,
        params: Any,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
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
                "momentum_decay": momentum_decay,
                "decoupled_weight_decay": decoupled_weight_decay,
                "maximize": maximize,
                "foreach": foreach,
                "capturable": capturable,
                "differentiable": differentiable,
            },
        )

    def update(self, param: Any, grad: Any, group: dict[str, Any], state: dict[str, Any]) -> None:
        """Move a parameter."""
        first, second = group["betas"]
        step, mean, square = moments(grad, group, state)
        now = first * (1.0 - 0.5 * 0.96 ** (step * group["momentum_decay"]))
        later = first * (1.0 - 0.5 * 0.96 ** ((step + 1) * group["momentum_decay"]))
        product = state["mu_product"] = state.get("mu_product", 1.0) * now
        bottom = agrad.sqrt(square / (1 - second**step)) + group["eps"]
        param.sub_(grad / bottom * (group["lr"] * (1 - now) / (1 - product)))
        param.sub_(mean / bottom * (group["lr"] * later / (1 - product * later)))


class Adamax(Optimizer):
    """Adam by the largest gradient instead of the squares' average (the same paper)."""

    def __init__(
        self,
        params: Any,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
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
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "capturable": capturable,
            },
        )

    def update(self, param: Any, grad: Any, group: dict[str, Any], state: dict[str, Any]) -> None:
        """Move a parameter."""
        first, second = group["betas"]
        if not state:
            state.update(step=0, exp_avg=agrad.zeros_like(grad), exp_inf=agrad.zeros_like(grad))
        state["step"] += 1
        state["exp_avg"].mul_(first).add_(grad, alpha=1 - first)
        state["exp_inf"] = agrad.maximum(state["exp_inf"] * second, agrad.abs(grad) + group["eps"])
        param.sub_(state["exp_avg"] / state["exp_inf"] * (group["lr"] / (1 - first ** state["step"])))


class RMSprop(Optimizer):
    """Steps divided by the root of an average of squared gradients, without Adam's corrections.

    Source: T. Tieleman, G. Hinton, lecture 6.5 of "Neural networks for machine learning" (2012).
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        not_negative(
            learning_rate=lr,
            epsilon_value=eps,
            momentum_value=momentum,
            weight_decay_value=weight_decay,
            alpha_value=alpha,
        )
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "alpha": alpha,
                "eps": eps,
                "centered": centered,
                "weight_decay": weight_decay,
                "capturable": capturable,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
            },
        )

    def update(self, param: Any, grad: Any, group: dict[str, Any], state: dict[str, Any]) -> None:
        """Move a parameter."""
        alpha = group["alpha"]
        if not state:
            made: dict[str, Any] = {"step": 0, "square_avg": agrad.zeros_like(grad)}
            if group["momentum"] > 0:
                made["momentum_buffer"] = agrad.zeros_like(grad)
            if group["centered"]:
                made["grad_avg"] = agrad.zeros_like(grad)
            state.update(made)
        state["step"] += 1
        square = state["square_avg"]
        square.mul_(alpha).add_(grad * grad, alpha=1 - alpha)
        if group["centered"]:
            mean = state["grad_avg"]
            mean.mul_(alpha).add_(grad, alpha=1 - alpha)
            square = square - mean * mean
        move = grad / (agrad.sqrt(square) + group["eps"])
        if group["momentum"] > 0:
            move = state["momentum_buffer"].mul_(group["momentum"]).add_(move)
        param.sub_(move * group["lr"])


class Adagrad(Optimizer):
    """Steps divided by the root of the sum of squared gradients.

    Source: J. Duchi and others, "Adaptive subgradient methods for online learning and stochastic optimization" (2011).
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        not_negative(
            learning_rate=lr,
            lr_decay_value=lr_decay,
            weight_decay_value=weight_decay,
            initial_accumulator_value_value=initial_accumulator_value,
            epsilon_value=eps,
        )
        super().__init__(
            params,
            {
                "lr": lr,
                "lr_decay": lr_decay,
                "eps": eps,
                "weight_decay": weight_decay,
                "initial_accumulator_value": initial_accumulator_value,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "fused": fused,
            },
        )

    def update(self, param: Any, grad: Any, group: dict[str, Any], state: dict[str, Any]) -> None:
        """Move a parameter."""
        if not state:
            state.update(step=0, sum=agrad.full_like(grad, group["initial_accumulator_value"]))
        state["step"] += 1
        rate = group["lr"] / (1 + (state["step"] - 1) * group["lr_decay"])
        state["sum"].add_(grad * grad)
        param.sub_(grad / (agrad.sqrt(state["sum"]) + group["eps"]) * rate)


class Adadelta(Optimizer):
    """Steps of the size of past steps, relative to past gradients.

    Source: M. Zeiler, "ADADELTA: an adaptive learning rate method" (2012).
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        not_negative(learning_rate=lr, epsilon_value=eps, weight_decay_value=weight_decay)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        super().__init__(
            params,
            {
                "lr": lr,
                "rho": rho,
                "eps": eps,
                "weight_decay": weight_decay,
                "maximize": maximize,
                "capturable": capturable,
                "foreach": foreach,
                "differentiable": differentiable,
            },
        )

    def update(self, param: Any, grad: Any, group: dict[str, Any], state: dict[str, Any]) -> None:
        """Move a parameter."""
        rho, eps = group["rho"], group["eps"]
        if not state:
            state.update(square_avg=agrad.zeros_like(grad), acc_delta=agrad.zeros_like(grad))
        state["square_avg"].mul_(rho).add_(grad * grad, alpha=1 - rho)
        move = agrad.sqrt(state["acc_delta"] + eps) / agrad.sqrt(state["square_avg"] + eps) * grad
        state["acc_delta"].mul_(rho).add_(move * move, alpha=1 - rho)
        param.sub_(move * group["lr"])


class Rprop(Optimizer):
    """Steps whose size grows while the gradient keeps its sign and shrinks when it turns.

    Source: M. Riedmiller, H. Braun, "A direct adaptive method for faster backpropagation learning: the RPROP algorithm" (1993).
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        not_negative(learning_rate=lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        super().__init__(
            params,
            {
                "lr": lr,
                "etas": etas,
                "step_sizes": step_sizes,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "capturable": capturable,
            },
        )

    def update(self, param: Any, grad: Any, group: dict[str, Any], state: dict[str, Any]) -> None:
        """Move a parameter."""
        down, up = group["etas"]
        if not state:
            state.update(prev=agrad.zeros_like(grad), step_size=agrad.full_like(grad, group["lr"]))
        turned = agrad.sign(grad * state["prev"])
        factor = agrad.where(
            turned > 0,
            agrad.full_like(grad, up),
            agrad.where(turned < 0, agrad.full_like(grad, down), agrad.ones_like(grad)),
        )
        state["step_size"] = agrad.clamp(state["step_size"] * factor, *group["step_sizes"])
        grad = agrad.where(turned < 0, agrad.zeros_like(grad), grad)
        param.sub_(agrad.sign(grad) * state["step_size"])
        state["prev"] = grad.clone()


__all__ = ["SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "NAdam", "RMSprop", "Rprop"]
