"""Arithmetic in place: PyTorch's functions whose names end in an underscore.

The dtype and the shape stay: a result of a higher kind ("result type Float can't be cast to the desired output type Long") and one that
is wider than the tensor are refused before anything is written. A leaf that requires grad is refused outside of ``no_grad()``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.engine.core import TensorCore
from agrad.engine.inplace import apply_filling, apply_inplace
from agrad.engine.storage import geometry_of
from agrad.primitives import activations, data_type, elementwise, pointwise
from agrad.primitives._checks import OperandError
from agrad.primitives._numbers import fitting
from agrad.torch_api import activation, pointwise_arithmetic, pointwise_complex, pointwise_rounding, shape_parts
from agrad.torch_api.shape_arguments import tensor_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Operand = Any
Number = complex


def neg_(input: Tensor) -> Tensor:
    """Write :func:`neg` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.negative)


def negative_(input: Tensor) -> Tensor:
    """Write :func:`negative` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.negative)


def reciprocal_(input: Tensor) -> Tensor:
    """Write :func:`reciprocal` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.reciprocal)


def square_(input: Tensor) -> Tensor:
    """Write :func:`square` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.square)


def sqrt_(input: Tensor) -> Tensor:
    """Write :func:`sqrt` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.sqrt)


def rsqrt_(input: Tensor) -> Tensor:
    """Write :func:`rsqrt` of `input` into it, and return it."""
    return apply_inplace(input, pointwise.rsqrt)


def abs_(input: Tensor) -> Tensor:
    """Write :func:`abs` of `input` into it, and return it."""
    return apply_inplace(input, pointwise_arithmetic.abs)


def absolute_(input: Tensor) -> Tensor:
    """Write :func:`absolute` of `input` into it, and return it."""
    return apply_inplace(input, pointwise_arithmetic.abs)


def sign_(input: Tensor) -> Tensor:
    """Write :func:`sign` of `input` into it, and return it."""
    return apply_inplace(input, pointwise.signum)


def sgn_(input: Tensor) -> Tensor:
    """Write :func:`sgn` of `input` into it, and return it."""
    return apply_inplace(input, pointwise_arithmetic.sgn)


def ceil_(input: Tensor) -> Tensor:
    """Write :func:`ceil` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.ceil)


def floor_(input: Tensor) -> Tensor:
    """Write :func:`floor` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.floor)


def trunc_(input: Tensor) -> Tensor:
    """Write :func:`trunc` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.trunc)


def fix_(input: Tensor) -> Tensor:
    """Write :func:`fix` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.trunc)


def frac_(input: Tensor) -> Tensor:
    """Write :func:`frac` of `input` into it, and return it."""
    return apply_inplace(input, pointwise.frac)


def relu_(input: Tensor) -> Tensor:
    """Write :func:`relu` of `input` into it, and return it."""
    return apply_inplace(input, activations.relu)


def selu_(input: Tensor) -> Tensor:
    """Write :func:`selu` of `input` into it, and return it."""
    return apply_inplace(input, activation.selu)


def logical_not_(input: Tensor) -> Tensor:
    """Write :func:`logical_not` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.logical_not)


def bitwise_not_(input: Tensor) -> Tensor:
    """Write :func:`bitwise_not` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.bitwise_invert)


def conj_physical_(input: Tensor) -> Tensor:
    """Write :func:`conj_physical` of `input` into it, and return it."""
    return apply_inplace(input, pointwise_complex.conj_physical)


def zero_(input: Tensor) -> Tensor:
    """Write zeros into `input`, and return it."""
    return apply_filling(input, pointwise.zero)


def mul_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`mul` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.multiply, other)


def multiply_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`multiply` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.multiply, other)


def true_divide_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`true_divide` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.divide, other)


def floor_divide_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`floor_divide` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, pointwise.divide_floor, other)


def remainder_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`remainder` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.remainder, other)


def fmod_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`fmod` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, pointwise.fmod, other)


def hypot_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`hypot` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, pointwise_arithmetic.hypot, other)


def gcd_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`gcd` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, pointwise.gcd, other)


def lcm_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`lcm` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, pointwise.lcm, other)


def ldexp_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`ldexp` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, pointwise_arithmetic.ldexp, other)


def copysign_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`copysign` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.copysign, other)


def nextafter_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`nextafter` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.nextafter, other)


def heaviside_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`heaviside` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, pointwise_rounding.heaviside, other)


def add_(input: Tensor, other: Operand, *, alpha: Number = 1) -> Tensor:
    """Add ``alpha * other`` to `input` in place, and return it."""
    if alpha == 1:
        return apply_inplace(input, elementwise.add, other)
    return apply_inplace(input, pointwise_arithmetic.add, other, alpha=alpha)


def sub_(input: Tensor, other: Operand, *, alpha: Number = 1) -> Tensor:
    """Subtract ``alpha * other`` from `input` in place, and return it."""
    if alpha == 1:
        return apply_inplace(input, elementwise.subtract, other)
    return apply_inplace(input, pointwise_arithmetic.sub, other, alpha=alpha)


def subtract_(input: Tensor, other: Operand, *, alpha: Number = 1) -> Tensor:
    """Subtract ``alpha * other`` from `input` in place, and return it: :func:`sub_`."""
    return sub_(input, other, alpha=alpha)


def div_(input: Tensor, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
    """Divide `input` by `other` in place, and return it; an integer tensor needs a rounding mode."""
    if rounding_mode is None:
        return apply_inplace(input, elementwise.divide, other)
    return apply_inplace(input, pointwise_arithmetic.div, other, rounding_mode=rounding_mode)


def divide_(input: Tensor, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
    """Divide `input` by `other` in place, and return it: :func:`div_`."""
    return div_(input, other, rounding_mode=rounding_mode)


def pow_(input: Tensor, exponent: Operand) -> Tensor:
    """Raise `input` to a power in place, and return it."""
    return apply_inplace(input, elementwise.pow, exponent)


def float_power_(input: Tensor, exponent: Operand) -> Tensor:
    """Raise `input`, of double precision, to a power in place, and return it."""
    return apply_inplace(input, pointwise_arithmetic.float_power, exponent)


def addcmul_(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
    """Add ``value * tensor1 * tensor2`` to `input` in place, and return it."""
    return apply_inplace(input, pointwise_arithmetic.addcmul, tensor1, tensor2, value=value)


def addcdiv_(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
    """Add ``value * tensor1 / tensor2`` to `input` in place, and return it."""
    return apply_inplace(input, pointwise_arithmetic.addcdiv, tensor1, tensor2, value=value)


def lerp_(input: Tensor, end: Tensor, weight: Operand) -> Tensor:
    """Move `input` the part `weight` of the way to `end` in place, and return it."""
    return apply_inplace(input, pointwise_arithmetic.lerp, end, weight)


def round_(input: Tensor, *, decimals: int = 0) -> Tensor:
    """Round `input` in place, and return it."""
    return apply_inplace(input, pointwise_rounding.round, decimals=decimals)


def clamp_(input: Tensor, min: Operand = None, max: Operand = None) -> Tensor:
    """Hold `input` between bounds in place, and return it."""
    return apply_inplace(input, pointwise_rounding.clamp, min, max)


def clip_(input: Tensor, min: Operand = None, max: Operand = None) -> Tensor:
    """Hold `input` between bounds in place, and return it: :func:`clamp_`."""
    return apply_inplace(input, pointwise_rounding.clamp, min, max)


def clamp_min_(input: Tensor, min: Operand) -> Tensor:
    """Hold `input` above a bound in place, and return it."""
    return apply_inplace(input, pointwise_rounding.clamp_min, min)


def clamp_max_(input: Tensor, max: Operand) -> Tensor:
    """Hold `input` below a bound in place, and return it."""
    return apply_inplace(input, pointwise_rounding.clamp_max, max)


def nan_to_num_(
    input: Tensor, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """Replace nans and infinities in place, and return `input`."""
    return apply_inplace(input, pointwise_rounding.nan_to_num, nan, posinf, neginf)


def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """Put `value` where `input` is not above `threshold`, in place, and return it."""
    return apply_inplace(input, activation.threshold, threshold, value)


def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """Write :func:`celu` of `input` into it, and return it."""
    return apply_inplace(input, activation.celu, alpha)


def fill_(input: Tensor, value: Operand) -> Tensor:
    """Write a number, or the element of a 0-d tensor (which gets a gradient), into all of `input`, and return it.

    Raises
    ------
    RuntimeError
        For a tensor that has dimensions.
    """
    if isinstance(value, TensorCore):
        if value._shape:
            raise OperandError(
                f"fill_ only supports 0-dimension value tensor but got tensor with {len(value._shape)} dimensions."
            )
        return apply_inplace(input, _filled, value)
    return apply_filling(input, pointwise.fill, value=_fitting(input, value))


def fill_diagonal_(input: Tensor, fill_value: Number, wrap: bool = False) -> Tensor:
    """Write a number into the main diagonal, and return `input`.

    Parameters
    ----------
    input : Tensor of two dimensions, or of several of one length
    wrap : bool
        Whether the diagonal begins anew below the square part of a tall matrix.
    """
    input = tensor_of("fill_diagonal_", input)
    shape = input._shape
    if len(shape) < 2:
        raise OperandError(f"dimensions must larger than 1; received shape {shape}")
    if len(shape) > 2:
        if any(length != shape[0] for length in shape):
            raise OperandError(f"all dimensions of input must be of equal length; received shape {shape}")
        steps = geometry_of(input)[1]
        fill_(shape_parts.as_strided(input, shape[:1], (sum(steps),)), fill_value)
        return input
    for start in range(0, shape[0], shape[1] + 1) if wrap and shape[0] > shape[1] else (0,):
        fill_(shape_parts.diagonal(shape_parts.narrow(input, 0, start, shape[0] - start)), fill_value)
    return input


def _fitting(input: Any, value: Any) -> Any:
    """Return a number as one of the tensor's dtype."""
    return fitting(value, tensor_of("fill_", input)._options.dtype, "fill_")


def _filled(input: Any, value: Any) -> Any:
    dtype = input._options.dtype
    return pointwise.fill_from(input, value if value._options.dtype is dtype else data_type.astype(value, dtype=dtype))


def fill(input: Tensor, value: Operand) -> Tensor:
    """Return a tensor like `input` filled with a number or the element of a 0-d tensor."""
    input = tensor_of("fill", input)
    return (
        _filled(input, value) if isinstance(value, TensorCore) else pointwise.fill(input, value=_fitting(input, value))
    )


__all__ = [
    "abs_",
    "absolute_",
    "add_",
    "addcdiv_",
    "addcmul_",
    "bitwise_not_",
    "ceil_",
    "celu_",
    "clamp_",
    "clamp_max_",
    "clamp_min_",
    "clip_",
    "conj_physical_",
    "copysign_",
    "div_",
    "divide_",
    "fill",
    "fill_",
    "fill_diagonal_",
    "fix_",
    "float_power_",
    "floor_",
    "floor_divide_",
    "fmod_",
    "frac_",
    "gcd_",
    "heaviside_",
    "hypot_",
    "lcm_",
    "ldexp_",
    "lerp_",
    "logical_not_",
    "mul_",
    "multiply_",
    "nan_to_num_",
    "neg_",
    "negative_",
    "nextafter_",
    "pow_",
    "reciprocal_",
    "relu_",
    "remainder_",
    "round_",
    "rsqrt_",
    "selu_",
    "sgn_",
    "sign_",
    "sqrt_",
    "square_",
    "sub_",
    "subtract_",
    "threshold_",
    "true_divide_",
    "trunc_",
    "zero_",
]
