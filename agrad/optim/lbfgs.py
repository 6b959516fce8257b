"""Limited-memory BFGS, with a strong-Wolfe line search.

Source: J. Nocedal, S. Wright, "Numerical optimization" (2006), chapters 3 and 7.
"""

from __future__ import annotations

from typing import Any

import agrad
from agrad.optim.optimizer import Closure, Optimizer


class LBFGS(Optimizer):
    """Quasi-Newton steps from the last `history_size` changes of the gradient; one group of parameters.

    Parameters
    ----------
    lr : float
        The first step's factor, or every step's without a line search.
    max_iter, max_eval : int
        Iterations and evaluations of the closure in one call of :meth:`step`.
    tolerance_grad, tolerance_change : float
        Where to stop: the largest element of the gradient, and of a step.
    line_search_fn : {'strong_wolfe', None}
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1.0,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        if lr < 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if line_search_fn not in (None, "strong_wolfe"):
            raise RuntimeError("only 'strong_wolfe' is supported")
        super().__init__(
            params,
            {
                "lr": lr,
                "max_iter": max_iter,
                "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
                "tolerance_grad": tolerance_grad,
                "tolerance_change": tolerance_change,
                "history_size": history_size,
                "line_search_fn": line_search_fn,
            },
        )
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params = self.param_groups[0]["params"]

    def _gradient(self) -> Any:
        return agrad.cat(
            [(agrad.zeros_like(p) if p.grad is None else p.grad).detach().reshape(-1) for p in self._params]
        )

    def _move(self, start: list[Any], direction: Any, length: float) -> None:
        place = 0
        for p, before in zip(self._params, start, strict=True):
            p.copy_(before + length * direction[place : place + p.numel()].reshape(p.shape))
            place += p.numel()

    def step(self, closure: Closure | None = None) -> Any:
        """Minimize for up to max_iter iterations; the closure computes the loss and its gradients anew."""
        if closure is None:
            raise TypeError("LBFGS.step() needs a closure that reevaluates the model and returns the loss")
        group, state = self.param_groups[0], self.state[self._params[0]]
        count = 0

        def evaluate() -> tuple[Any, float, Any]:
            nonlocal count
            count += 1
            with agrad.enable_grad():
                loss = closure()
            return loss, float(loss), self._gradient()

        with agrad.no_grad():
            first, value, g = evaluate()
            if float(agrad.max(agrad.abs(g))) <= group["tolerance_grad"]:
                return first
            for _ in range(group["max_iter"]):
                direction, length = self._direction(state, g, group)
                slope = float(agrad.dot(g, direction))
                if slope > -group["tolerance_change"]:
                    break
                start = [p.detach().clone() for p in self._params]

                def along(t: float, start: list[Any] = start, direction: Any = direction) -> tuple[float, Any, float]:
                    self._move(start, direction, t)
                    _, found, gradient = evaluate()
                    return found, gradient, float(agrad.dot(gradient, direction))

                before_value, before_g = value, g
                if group["line_search_fn"]:
                    value, g, length = _strong_wolfe(along, value, g, slope, length)
                    self._move(start, direction, length)
                else:
                    value, g, _ = along(length)
                self._remember(state, direction * length, g - before_g, group["history_size"])
                if count >= group["max_eval"] or float(agrad.max(agrad.abs(g))) <= group["tolerance_grad"]:
                    break
                if float(agrad.max(agrad.abs(direction))) * abs(length) <= group["tolerance_change"]:
                    break
                if abs(value - before_value) < group["tolerance_change"]:
                    break
        return first

    def _direction(self, state: dict[str, Any], g: Any, group: dict[str, Any]) -> tuple[Any, float]:
        """Return -H g by the two-loop recursion, and the first length to try."""
        steps, changes = state.setdefault("steps", []), state.setdefault("changes", [])
        if not steps:
            return -g, min(1.0, 1.0 / float(agrad.sum(agrad.abs(g)))) * group["lr"]
        q, factors = -g, []
        for s, y in zip(reversed(steps), reversed(changes), strict=True):
            rho = 1.0 / float(agrad.dot(y, s))
            factor = rho * float(agrad.dot(s, q))
            factors.append((rho, factor))
            q = q - factor * y
        q = q * (float(agrad.dot(changes[-1], steps[-1])) / float(agrad.dot(changes[-1], changes[-1])))
        for (s, y), (rho, factor) in zip(zip(steps, changes, strict=True), reversed(factors), strict=True):
            q = q + (factor - rho * float(agrad.dot(y, q))) * s
        return q, group["lr"]

    @staticmethod
    def _remember(state: dict[str, Any], step: Any, change: Any, size: int) -> None:
        if float(agrad.dot(step, change)) > 1e-10:
            state["steps"].append(step)
            state["changes"].append(change)
            if len(state["steps"]) > size:
                del state["steps"][0], state["changes"][0]


def _strong_wolfe(
    along: Any, value: float, g: Any, slope: float, length: float, c1: float = 1e-4, c2: float = 0.9
) -> tuple[float, Any, float]:
    """Return value, gradient and a length that satisfy the strong Wolfe conditions (or the best of 25 tries)."""
    low, low_value = 0.0, value
    high: float | None = None
    best = (value, g, 0.0)
    for _ in range(25):
        found, gradient, at = along(length)
        if found < best[0]:
            best = (found, gradient, length)
        if found > value + c1 * length * slope or (low > 0 and found >= low_value):
            high = length
        else:
            if abs(at) <= -c2 * slope:
                return found, gradient, length
            if (at >= 0) if high is None else (at * (high - low) >= 0):
                high = low
            low, low_value = length, found
        length = length * 2.0 if high is None else (low + high) / 2.0
    return best


__all__ = ["LBFGS"]
