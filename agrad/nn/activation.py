"""Activations as modules; what they compute is in agrad.nn.functional."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import agrad
from agrad.nn import functional as F
from agrad.nn.functional.activation import _chosen
from agrad.nn.module import Module
from agrad.nn.parameter import Parameter

if TYPE_CHECKING:
    from agrad.tensor import Tensor


class _Plain(Module):
    """An activation that may write into its input."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def compute(self, input: Any) -> Any:
        """Return the activation of input."""
        raise NotImplementedError

    def forward(self, input: Tensor) -> Tensor:
        """Apply the activation, into the input itself where it was asked for."""
        if self.inplace:
            from agrad.engine.inplace import apply_inplace

            return apply_inplace(input, self.compute)
        return self.compute(input)

    def extra_repr(self) -> str:
        """Tell whether it writes into its input."""
        return "inplace=True" if self.inplace else ""


class ReLU(_Plain):
    """max(0, x)."""

    def compute(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.relu(input)


class ReLU6(_Plain):
    """x held between 0 and 6."""

    def compute(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.relu6(input)


class Sigmoid(Module):
    """1 / (1 + exp(-x))."""

    def forward(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.sigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent."""

    def forward(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.tanh(input)


class LogSigmoid(Module):
    """log(sigmoid(x))."""

    def forward(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.logsigmoid(input)


class SiLU(_Plain):
    """x sigmoid(x)."""

    def compute(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.silu(input)


class Mish(_Plain):
    """x tanh(softplus(x))."""

    def compute(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.mish(input)


class Hardsigmoid(_Plain):
    """x / 6 + 1 / 2 held between 0 and 1."""

    def compute(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.hardsigmoid(input)


class Hardswish(_Plain):
    """x hardsigmoid(x)."""

    def compute(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.hardswish(input)


class SELU(_Plain):
    """The self-normalizing elu."""

    def compute(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.selu(input)


class Softsign(Module):
    """x / (1 + abs(x))."""

    def forward(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.softsign(input)


class Tanhshrink(Module):
    """x - tanh(x)."""

    def forward(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.tanhshrink(input)


class LeakyReLU(_Plain):
    """x where it is positive, negative_slope x elsewhere."""

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.negative_slope = negative_slope

    def compute(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.leaky_relu(input, self.negative_slope)

    def extra_repr(self) -> str:
        """Tell the parameters."""
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


class ELU(_Plain):
    """x where it is positive, alpha (exp(x) - 1) elsewhere."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def compute(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.elu(input, self.alpha)

    def extra_repr(self) -> str:
        """Tell the parameters."""
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class CELU(_Plain):
    """x where it is positive, alpha (exp(x / alpha) - 1) elsewhere."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def compute(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.celu(input, self.alpha)

    def extra_repr(self) -> str:
        """Tell the parameters."""
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class GELU(Module):
    """x times the normal distribution function at x."""

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        """Tell the parameters."""
        return f"approximate={self.approximate!r}"


class Softplus(Module):
    """log(1 + exp(beta x)) / beta."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """Tell the parameters."""
        return f"beta={self.beta}, threshold={self.threshold}"


class Softshrink(Module):
    """x moved by lambd towards 0."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """Tell the parameters."""
        return f"{self.lambd}"


class Hardshrink(Module):
    """x where abs(x) > lambd, and 0."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """Tell the parameters."""
        return f"{self.lambd}"


class Hardtanh(_Plain):
    """x held between two values."""

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.min_val = min_val
        self.max_val = max_val

    def compute(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.hardtanh(input, self.min_val, self.max_val)

    def extra_repr(self) -> str:
        """Tell the parameters."""
        return f"min_val={self.min_val}, max_val={self.max_val}" + (", inplace=True" if self.inplace else "")


class Threshold(_Plain):
    """x where it is above a threshold, and a value elsewhere."""

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.threshold = threshold
        self.value = value

    def compute(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.threshold(input, self.threshold, self.value)

    def extra_repr(self) -> str:
        """Tell the parameters."""
        return f"threshold={self.threshold}, value={self.value}" + (", inplace=True" if self.inplace else "")


class GLU(Module):
    """The first half along dim times the sigmoid of the second."""

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        """Tell the parameters."""
        return f"dim={self.dim}"


class PReLU(Module):
    """A leaky relu whose slope is learnt, one for all channels or one each.

    Attributes
    ----------
    weight : Parameter, shape (num_parameters,)
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.weight = Parameter(agrad.full((num_parameters,), init, device=device, dtype=dtype))

    def forward(self, input: Tensor) -> Tensor:
        """Return the activation of input, shape (N, C, ...)."""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """Tell the number of slopes."""
        return f"num_parameters={self.num_parameters}"


class Softmax(Module):
    """exp(x) divided by its sum along dim."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Return the softmax of input."""
        return F.softmax(input, _chosen("softmax", input, self.dim))

    def extra_repr(self) -> str:
        """Tell the axis."""
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """The logarithm of the softmax along dim."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Return the log-softmax of input."""
        return F.log_softmax(input, _chosen("log_softmax", input, self.dim))

    def extra_repr(self) -> str:
        """Tell the axis."""
        return f"dim={self.dim}"


class Softmin(Module):
    """The softmax of -x along dim."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Return the softmin of input."""
        return F.softmin(input, _chosen("softmin", input, self.dim))

    def extra_repr(self) -> str:
        """Tell the axis."""
        return f"dim={self.dim}"


class Softmax2d(Module):
    """softmax over the channels of input, shape (N, C, H, W) or (C, H, W)."""

    def forward(self, input: Tensor) -> Tensor:
        """Return the softmax of input."""
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.ndim}D instead")
        return F.softmax(input, -3)


class RReLU(_Plain):
    """x where it is positive, and elsewhere x times a slope drawn between lower and upper in training, else their mean."""

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.lower, self.upper = lower, upper

    def compute(self, input: Tensor) -> Tensor:
        """Return the activation of input."""
        return F.rrelu(input, self.lower, self.upper, self.training)

    def extra_repr(self) -> str:
        """Tell the slopes."""
        return f"lower={self.lower}, upper={self.upper}" + (", inplace=True" if self.inplace else "")


__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "PReLU",
    "RReLU",
    "ReLU",
    "ReLU6",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softmax2d",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
]
