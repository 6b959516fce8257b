"""Functions, comparison and logic in place: PyTorch's functions whose names end in an underscore.

The dtype and the shape stay: a result of a higher kind ("result type Float can't be cast to the desired output type Long") and one that
is wider than the tensor are refused before anything is written. A leaf that requires grad is refused outside of ``no_grad()``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agrad.engine.inplace import apply_inplace
from agrad.primitives import elementwise, pointwise, special
from agrad.torch_api import pointwise_functions

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Operand = Any
Number = complex


def exp_(input: Tensor) -> Tensor:
    """Write :func:`exp` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.exp)


def exp2_(input: Tensor) -> Tensor:
    """Write :func:`exp2` of `input` into it, and return it."""
    return apply_inplace(input, pointwise.exp2)


def expm1_(input: Tensor) -> Tensor:
    """Write :func:`expm1` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.expm1)


def log_(input: Tensor) -> Tensor:
    """Write :func:`log` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.log)


def log2_(input: Tensor) -> Tensor:
    """Write :func:`log2` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.log2)


def log10_(input: Tensor) -> Tensor:
    """Write :func:`log10` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.log10)


def log1p_(input: Tensor) -> Tensor:
    """Write :func:`log1p` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.log1p)


def sin_(input: Tensor) -> Tensor:
    """Write :func:`sin` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.sin)


def cos_(input: Tensor) -> Tensor:
    """Write :func:`cos` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.cos)


def tan_(input: Tensor) -> Tensor:
    """Write :func:`tan` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.tan)


def asin_(input: Tensor) -> Tensor:
    """Write :func:`asin` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.asin)


def arcsin_(input: Tensor) -> Tensor:
    """Write :func:`arcsin` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.asin)


def acos_(input: Tensor) -> Tensor:
    """Write :func:`acos` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.acos)


def arccos_(input: Tensor) -> Tensor:
    """Write :func:`arccos` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.acos)


def atan_(input: Tensor) -> Tensor:
    """Write :func:`atan` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.atan)


def arctan_(input: Tensor) -> Tensor:
    """Write :func:`arctan` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.atan)


def sinh_(input: Tensor) -> Tensor:
    """Write :func:`sinh` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.sinh)


def cosh_(input: Tensor) -> Tensor:
    """Write :func:`cosh` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.cosh)


def tanh_(input: Tensor) -> Tensor:
    """Write :func:`tanh` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.tanh)


def asinh_(input: Tensor) -> Tensor:
    """Write :func:`asinh` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.asinh)


def arcsinh_(input: Tensor) -> Tensor:
    """Write :func:`arcsinh` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.asinh)


def acosh_(input: Tensor) -> Tensor:
    """Write :func:`acosh` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.acosh)


def arccosh_(input: Tensor) -> Tensor:
    """Write :func:`arccosh` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.acosh)


def atanh_(input: Tensor) -> Tensor:
    """Write :func:`atanh` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.atanh)


def arctanh_(input: Tensor) -> Tensor:
    """Write :func:`arctanh` of `input` into it, and return it."""
    return apply_inplace(input, elementwise.atanh)


def deg2rad_(input: Tensor) -> Tensor:
    """Write :func:`deg2rad` of `input` into it, and return it."""
    return apply_inplace(input, pointwise.deg2rad)


def rad2deg_(input: Tensor) -> Tensor:
    """Write :func:`rad2deg` of `input` into it, and return it."""
    return apply_inplace(input, pointwise.rad2deg)


def erf_(input: Tensor) -> Tensor:
    """Write :func:`erf` of `input` into it, and return it."""
    return apply_inplace(input, special.erf)


def erfc_(input: Tensor) -> Tensor:
    """Write :func:`erfc` of `input` into it, and return it."""
    return apply_inplace(input, special.erfc)


def erfinv_(input: Tensor) -> Tensor:
    """Write :func:`erfinv` of `input` into it, and return it."""
    return apply_inplace(input, special.erfinv)


def lgamma_(input: Tensor) -> Tensor:
    """Write :func:`lgamma` of `input` into it, and return it."""
    return apply_inplace(input, special.gammaln)


def digamma_(input: Tensor) -> Tensor:
    """Write :func:`digamma` of `input` into it, and return it."""
    return apply_inplace(input, special.digamma)


def i0_(input: Tensor) -> Tensor:
    """Write :func:`i0` of `input` into it, and return it."""
    return apply_inplace(input, special.i0)


def sinc_(input: Tensor) -> Tensor:
    """Write :func:`sinc` of `input` into it, and return it."""
    return apply_inplace(input, special.sinc)


def sigmoid_(input: Tensor) -> Tensor:
    """Write :func:`sigmoid` of `input` into it, and return it."""
    return apply_inplace(input, special.expit)


def atan2_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`atan2` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.atan2, other)


def arctan2_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`arctan2` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.atan2, other)


def xlogy_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`xlogy` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, special.xlogy, other)


def igamma_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`igamma` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, special.gammainc, other)


def igammac_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`igammac` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, special.gammaincc, other)


def eq_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`eq` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.equal, other)


def ne_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`ne` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.not_equal, other)


def not_equal_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`not_equal` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.not_equal, other)


def lt_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`lt` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.less, other)


def less_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`less` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.less, other)


def le_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`le` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.less_equal, other)


def less_equal_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`less_equal` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.less_equal, other)


def gt_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`gt` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.greater, other)


def greater_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`greater` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.greater, other)


def ge_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`ge` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.greater_equal, other)


def greater_equal_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`greater_equal` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.greater_equal, other)


def logical_and_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`logical_and` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.logical_and, other)


def logical_or_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`logical_or` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.logical_or, other)


def logical_xor_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`logical_xor` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.logical_xor, other)


def bitwise_and_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`bitwise_and` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.bitwise_and, other)


def bitwise_or_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`bitwise_or` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.bitwise_or, other)


def bitwise_xor_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`bitwise_xor` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.bitwise_xor, other)


def bitwise_left_shift_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`bitwise_left_shift` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.bitwise_left_shift, other)


def bitwise_right_shift_(input: Tensor, other: Operand) -> Tensor:
    """Write :func:`bitwise_right_shift` of `input` and `other` into `input`, and return it."""
    return apply_inplace(input, elementwise.bitwise_right_shift, other)


def logit_(input: Tensor, eps: float | None = None) -> Tensor:
    """Write :func:`logit` of `input` into it, and return it."""
    return apply_inplace(input, pointwise_functions.logit, eps)


def polygamma_(input: Tensor, n: int) -> Tensor:
    """Write the derivative of order `n` of :func:`digamma` of `input` into it, and return it."""
    return apply_inplace(input, _polygamma, n)


def _polygamma(input: Any, n: int) -> Any:
    return pointwise_functions.polygamma(n, input)


def mvlgamma_(input: Tensor, p: int) -> Tensor:
    """Write :func:`mvlgamma` of `input` into it, and return it."""
    return apply_inplace(input, pointwise_functions.mvlgamma, p)


__all__ = [
    "acos_",
    "acosh_",
    "arccos_",
    "arccosh_",
    "arcsin_",
    "arcsinh_",
    "arctan2_",
    "arctan_",
    "arctanh_",
    "asin_",
    "asinh_",
    "atan2_",
    "atan_",
    "atanh_",
    "bitwise_and_",
    "bitwise_left_shift_",
    "bitwise_or_",
    "bitwise_right_shift_",
    "bitwise_xor_",
    "cos_",
    "cosh_",
    "deg2rad_",
    "digamma_",
    "eq_",
    "erf_",
    "erfc_",
    "erfinv_",
    "exp2_",
    "exp_",
    "expm1_",
    "ge_",
    "greater_",
    "greater_equal_",
    "gt_",
    "i0_",
    "igamma_",
    "igammac_",
    "le_",
    "less_",
    "less_equal_",
    "lgamma_",
    "log1p_",
    "log2_",
    "log10_",
    "log_",
    "logical_and_",
    "logical_or_",
    "logical_xor_",
    "logit_",
    "lt_",
    "mvlgamma_",
    "ne_",
    "not_equal_",
    "polygamma_",
    "rad2deg_",
    "sigmoid_",
    "sin_",
    "sinc_",
    "sinh_",
    "tan_",
    "tanh_",
    "xlogy_",
]
