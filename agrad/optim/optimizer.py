"""The base of all optimizers: groups of parameters with their options, state for each parameter, and the step's frame."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import agrad
from agrad.engine.halves import float32_of
from agrad.engine.handles import RemovableHandle
from agrad.errors import UnsupportedOperation
from agrad.tensor import Tensor

Closure = Callable[[], Any]


def _followed(param: Any, group: dict[str, Any]) -> Any:
    """Return what a parameter is moved against: its gradient, the other way to maximize, with the parameter's decay added.

    Decay that is decoupled is done here instead, and leaves the gradient alone. What half precision follows is float32, and so are
    the averages made of it: a square of 1e-4 and Adam's eps are 0 in float16.
    """
    grad = float32_of(-param.grad if group.get("maximize") else param.grad)
    decay = group.get("weight_decay")
    if decay and group.get("decoupled_weight_decay"):
        param.mul_(1 - group["lr"] * decay)
    elif decay:
        grad = grad + param * decay
    return grad


class Optimizer:
    """Updates parameters from their gradients; a subclass says how, in :meth:`update`.

    Parameters
    ----------
    params : iterable of Tensor, of (name, Tensor), or of dict
        A dict is a group: its key "params" has the parameters, the others override the defaults.
    defaults : dict
        The options of a group that it does not give itself.

    Raises
    ------
    ValueError
        For an empty list, a parameter in two groups, or a tensor that is no leaf.
    """

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                f"params argument given to the optimizer should be an iterable of Tensors or dicts, but got {params.type()}"
            )
        self.defaults = defaults
        self.state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        self._step_pre_hooks: dict[int, Any] = {}
        self._step_post_hooks: dict[int, Any] = {}
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with options of their own."""
        group = dict(param_group)
        given = group["params"]
        members = [given] if isinstance(given, Tensor) else list(given)
        members = [one[1] if isinstance(one, tuple) else one for one in members]
        for one in members:
            if not isinstance(one, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(one).__name__}")
            if not (one.is_leaf or one.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        known = {id(one) for other in self.param_groups for one in other["params"]}
        if known & {id(one) for one in members}:
            raise ValueError("some parameters appear in more than one parameter group")
        group["params"] = members
        for name, value in self.defaults.items():
            group.setdefault(name, value)
        if group.get("differentiable"):
            raise UnsupportedOperation(
                "differentiable=True asks for a step that is recorded, and steps are not. Write the update as an expression, or "
                "take derivatives through it with agrad.func."
            )
        self.param_groups.append(group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients, or set them to zero."""
        for group in self.param_groups:
            for one in group["params"]:
                if one.grad is None:
                    continue
                if set_to_none:
                    one.grad = None
                else:
                    one.grad.detach_()
                    one.grad.zero_()

    def step(self, closure: Closure | None = None) -> Any:
        """Update all parameters that have a gradient.

        Parameters
        ----------
        closure : callable, optional
            Computes the loss and its gradients anew; its value is returned.
        """
        for hook in list(self._step_pre_hooks.values()):
            hook(self, (closure,), {})
        loss = None
        if closure is not None:
            with agrad.enable_grad():
                loss = closure()
        with agrad.no_grad():
            for group in self.param_groups:
                for one in group["params"]:
                    if one.grad is not None:
                        self._update(one, group)
        for hook in list(self._step_post_hooks.values()):
            hook(self, (closure,), {})
        return loss

    def _update(self, param: Any, group: dict[str, Any]) -> None:
        """Move one parameter; if that fails, its state is what it was."""
        known = param in self.state
        state = self.state[param]
        before = dict(state)
        try:
            self.update(param, _followed(param, group), group, state)
        except BaseException:
            state.clear()
            state.update(before)
            if not known:
                del self.state[param]
            raise

    def update(self, param: Any, grad: Any, group: dict[str, Any], state: dict[str, Any]) -> None:
        """Move one parameter, in place; recording is off.

        Parameters
        ----------
        grad : Tensor
            What to move against: the gradient, as the group's ``maximize`` and ``weight_decay`` have it.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say how it updates a parameter")

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` before each step."""
        return RemovableHandle(self._step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` after each step."""
        return RemovableHandle(self._step_post_hooks, hook)

    def state_dict(self) -> dict[str, Any]:
        """Return the state and the options, with parameters by number."""
        numbers: dict[int, int] = {}
        groups = []
        for group in self.param_groups:
            for one in group["params"]:
                numbers.setdefault(id(one), len(numbers))
            kept = {name: value for name, value in group.items() if name != "params"}
            groups.append({**kept, "params": [numbers[id(one)] for one in group["params"]]})
        state = {numbers[id(one)]: dict(values) for one, values in self.state.items() if id(one) in numbers}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state; parameters are matched by their order.

        Raises
        ------
        ValueError
            When the groups do not fit; nothing is changed then.
        """
        groups = state_dict["param_groups"]
        if len(groups) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        for ours, theirs in zip(self.param_groups, groups, strict=True):
            if len(ours["params"]) != len(theirs["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
                )
        by_number: dict[Any, Any] = {}
        for ours, theirs in zip(self.param_groups, groups, strict=True):
            by_number.update(zip(theirs["params"], ours["params"], strict=True))
        unknown = [number for number in state_dict["state"] if number not in by_number]
        if unknown:
            raise ValueError(
                f"loaded state dict has state for the parameters {unknown}, which are in none of its groups"
            )
        state: defaultdict[Any, Any] = defaultdict(dict)
        for number, values in state_dict["state"].items():
            state[by_number[number]] = {name: _taken(name, value) for name, value in values.items()}
        for ours, theirs in zip(self.param_groups, groups, strict=True):
            ours.update({name: value for name, value in theirs.items() if name != "params"})
        self.state = state

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for number, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {number}")
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return "\n".join([*lines, ")"])


#: what PyTorch keeps as tensors of one float32 element, and agrad's optimizers compute with in double precision
_NUMBERS = ("step", "eta", "mu", "mu_product")


def _taken(name: str, value: Any) -> Any:
    """Return an entry of a loaded state as an optimizer keeps it."""
    if not isinstance(value, Tensor):
        return value
    if name in _NUMBERS and value.numel() == 1:
        number = value.item()
        return int(number) if name == "step" else number
    return value.clone()


def not_negative(**values: float) -> None:
    """Raise for options below 0.

    Raises
    ------
    ValueError
    """
    for name, value in values.items():
        if not value >= 0.0:
            raise ValueError(f"Invalid {name.replace('_', ' ')}: {value}")


def check_betas(betas: Iterable[float]) -> None:
    """Raise for averages' factors outside [0, 1).

    Raises
    ------
    ValueError
    """
    for index, beta in enumerate(betas):
        if not 0.0 <= beta < 1.0:
            raise ValueError(f"Invalid beta parameter at index {index}: {beta}")


__all__ = ["Closure", "Optimizer", "check_betas", "not_negative"]
