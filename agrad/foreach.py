"""Functions of lists of tensors, one call for all: torch's ``_foreach_`` names, which optimizers of its kind use.

They are loops. What PyTorch gains by them, fewer kernel launches, is not gained here; a program that uses them runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import agrad

Function = Callable[..., Any]


def _lists(first: Sequence[Any], others: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Return the arguments of each call: lists go along with the first, and numbers and tensors to each.

    Raises
    ------
    RuntimeError
        In PyTorch's words, for lists of different lengths.
    """
    for other in others:
        if isinstance(other, (list, tuple)) and len(other) != len(first):
            raise RuntimeError(
                f"Tensor lists must have the same number of tensors, got {len(first)} and {len(other)}. Pass one for each."
            )
    return [
        tuple(other[place] if isinstance(other, (list, tuple)) else other for other in others)
        for place in range(len(first))
    ]


def _each(function: Function) -> Function:
    """Return a function of lists that calls one of tensors for each place and gives a tuple."""

    def call(self: Sequence[Any], *others: Any, **keywords: Any) -> tuple[Any, ...]:
        return tuple(function(one, *rest, **keywords) for one, rest in zip(self, _lists(self, others), strict=True))

    return call


def _each_in_place(name: str) -> Function:
    """Return a function of lists that calls an in-place method of each tensor; what fails is found before anything is written."""

    def call(self: Sequence[Any], *others: Any, **keywords: Any) -> Sequence[Any]:
        for one, rest in zip(self, _lists(self, others), strict=True):
            getattr(one, name)(*rest, **keywords)
        return self

    return call


def _minimum(x: Any, other: Any) -> Any:
    return agrad.minimum(x, other) if isinstance(other, agrad.Tensor) else agrad.clamp(x, max=other)


def _maximum(x: Any, other: Any) -> Any:
    return agrad.maximum(x, other) if isinstance(other, agrad.Tensor) else agrad.clamp(x, min=other)


def _pow(x: Any, exponent: Any) -> Any:
    return agrad.pow(x, exponent)


def _addcmul(x: Any, tensor1: Any, tensor2: Any, value: Any = 1) -> Any:
    return agrad.addcmul(x, tensor1, tensor2, value=value)


def _addcdiv(x: Any, tensor1: Any, tensor2: Any, value: Any = 1) -> Any:
    return agrad.addcdiv(x, tensor1, tensor2, value=value)


def _written(function: Function) -> Function:
    """Return a function of lists that writes what one of tensors gives into the first list's tensors."""

    def call(self: Sequence[Any], *others: Any, **keywords: Any) -> Sequence[Any]:
        for one, rest in zip(self, _lists(self, others), strict=True):
            one.copy_(function(one, *rest, **keywords))
        return self

    return call


def _foreach_pow(self: Any, exponent: Any) -> tuple[Any, ...]:
    """Return powers; one of the two may be a number."""
    if not isinstance(self, (list, tuple)):
        return tuple(agrad.pow(self, one) for one in exponent)
    return _each(_pow)(self, exponent)


def _foreach_norm(self: Sequence[Any], ord: float = 2, dtype: Any = None) -> tuple[Any, ...]:
    """Return the norm of each tensor."""
    return tuple(agrad.linalg.vector_norm(one, ord, dtype=dtype) for one in self)


def _foreach_zero_(self: Sequence[Any]) -> Sequence[Any]:
    """Write zeros to each tensor, and return them."""
    for one in self:
        one.zero_()
    return self


def _foreach_copy_(self: Sequence[Any], src: Sequence[Any], non_blocking: bool = False) -> Sequence[Any]:
    """Write each tensor of the second list to the first list's, and return these."""
    for one, (other,) in zip(self, _lists(self, (src,)), strict=True):
        one.copy_(other)
    return self


_foreach_add = _each(agrad.add)
_foreach_add_ = _each_in_place("add_")
_foreach_sub = _each(agrad.sub)
_foreach_sub_ = _each_in_place("sub_")
_foreach_mul = _each(agrad.mul)
_foreach_mul_ = _each_in_place("mul_")
_foreach_div = _each(agrad.div)
_foreach_div_ = _each_in_place("div_")
_foreach_lerp = _each(agrad.lerp)
_foreach_lerp_ = _each_in_place("lerp_")
_foreach_addcmul = _each(_addcmul)
_foreach_addcmul_ = _written(_addcmul)
_foreach_addcdiv = _each(_addcdiv)
_foreach_addcdiv_ = _written(_addcdiv)
_foreach_pow_ = _written(_pow)
_foreach_maximum = _each(_maximum)
_foreach_maximum_ = _written(_maximum)
_foreach_minimum = _each(_minimum)
_foreach_minimum_ = _written(_minimum)
_foreach_clamp_min = _each(_maximum)
_foreach_clamp_min_ = _written(_maximum)
_foreach_clamp_max = _each(_minimum)
_foreach_clamp_max_ = _written(_minimum)
_foreach_max = _each(agrad.max)
_foreach_abs = _each(agrad.abs)
_foreach_abs_ = _each_in_place("abs_")
_foreach_acos = _each(agrad.acos)
_foreach_acos_ = _each_in_place("acos_")
_foreach_asin = _each(agrad.asin)
_foreach_asin_ = _each_in_place("asin_")
_foreach_atan = _each(agrad.atan)
_foreach_atan_ = _each_in_place("atan_")
_foreach_ceil = _each(agrad.ceil)
_foreach_ceil_ = _each_in_place("ceil_")
_foreach_cos = _each(agrad.cos)
_foreach_cos_ = _each_in_place("cos_")
_foreach_cosh = _each(agrad.cosh)
_foreach_cosh_ = _each_in_place("cosh_")
_foreach_erf = _each(agrad.erf)
_foreach_erf_ = _each_in_place("erf_")
_foreach_erfc = _each(agrad.erfc)
_foreach_erfc_ = _each_in_place("erfc_")
_foreach_exp = _each(agrad.exp)
_foreach_exp_ = _each_in_place("exp_")
_foreach_expm1 = _each(agrad.expm1)
_foreach_expm1_ = _each_in_place("expm1_")
_foreach_floor = _each(agrad.floor)
_foreach_floor_ = _each_in_place("floor_")
_foreach_frac = _each(agrad.frac)
_foreach_frac_ = _each_in_place("frac_")
_foreach_lgamma = _each(agrad.lgamma)
_foreach_lgamma_ = _each_in_place("lgamma_")
_foreach_log = _each(agrad.log)
_foreach_log_ = _each_in_place("log_")
_foreach_log10 = _each(agrad.log10)
_foreach_log10_ = _each_in_place("log10_")
_foreach_log1p = _each(agrad.log1p)
_foreach_log1p_ = _each_in_place("log1p_")
_foreach_log2 = _each(agrad.log2)
_foreach_log2_ = _each_in_place("log2_")
_foreach_neg = _each(agrad.neg)
_foreach_neg_ = _each_in_place("neg_")
_foreach_reciprocal = _each(agrad.reciprocal)
_foreach_reciprocal_ = _each_in_place("reciprocal_")
_foreach_round = _each(agrad.round)
_foreach_round_ = _each_in_place("round_")
_foreach_rsqrt = _each(agrad.rsqrt)
_foreach_rsqrt_ = _each_in_place("rsqrt_")
_foreach_sigmoid = _each(agrad.sigmoid)
_foreach_sigmoid_ = _each_in_place("sigmoid_")
_foreach_sign = _each(agrad.sign)
_foreach_sign_ = _each_in_place("sign_")
_foreach_sin = _each(agrad.sin)
_foreach_sin_ = _each_in_place("sin_")
_foreach_sinh = _each(agrad.sinh)
_foreach_sinh_ = _each_in_place("sinh_")
_foreach_sqrt = _each(agrad.sqrt)
_foreach_sqrt_ = _each_in_place("sqrt_")
_foreach_tan = _each(agrad.tan)
_foreach_tan_ = _each_in_place("tan_")
_foreach_tanh = _each(agrad.tanh)
_foreach_tanh_ = _each_in_place("tanh_")
_foreach_trunc = _each(agrad.trunc)
_foreach_trunc_ = _each_in_place("trunc_")

__all__ = [
    "_foreach_abs",
    "_foreach_abs_",
    "_foreach_acos",
    "_foreach_acos_",
    "_foreach_add",
    "_foreach_add_",
    "_foreach_addcdiv",
    "_foreach_addcdiv_",
    "_foreach_addcmul",
    "_foreach_addcmul_",
    "_foreach_asin",
    "_foreach_asin_",
    "_foreach_atan",
    "_foreach_atan_",
    "_foreach_ceil",
    "_foreach_ceil_",
    "_foreach_clamp_max",
    "_foreach_clamp_max_",
    "_foreach_clamp_min",
    "_foreach_clamp_min_",
    "_foreach_copy_",
    "_foreach_cos",
    "_foreach_cos_",
    "_foreach_cosh",
    "_foreach_cosh_",
    "_foreach_div",
    "_foreach_div_",
    "_foreach_erf",
    "_foreach_erf_",
    "_foreach_erfc",
    "_foreach_erfc_",
    "_foreach_exp",
    "_foreach_exp_",
    "_foreach_expm1",
    "_foreach_expm1_",
    "_foreach_floor",
    "_foreach_floor_",
    "_foreach_frac",
    "_foreach_frac_",
    "_foreach_lerp",
    "_foreach_lerp_",
    "_foreach_lgamma",
    "_foreach_lgamma_",
    "_foreach_log",
    "_foreach_log1p",
    "_foreach_log1p_",
    "_foreach_log2",
    "_foreach_log2_",
    "_foreach_log10",
    "_foreach_log10_",
    "_foreach_log_",
    "_foreach_max",
    "_foreach_maximum",
    "_foreach_maximum_",
    "_foreach_minimum",
    "_foreach_minimum_",
    "_foreach_mul",
    "_foreach_mul_",
    "_foreach_neg",
    "_foreach_neg_",
    "_foreach_norm",
    "_foreach_pow",
    "_foreach_pow_",
    "_foreach_reciprocal",
    "_foreach_reciprocal_",
    "_foreach_round",
    "_foreach_round_",
    "_foreach_rsqrt",
    "_foreach_rsqrt_",
    "_foreach_sigmoid",
    "_foreach_sigmoid_",
    "_foreach_sign",
    "_foreach_sign_",
    "_foreach_sin",
    "_foreach_sin_",
    "_foreach_sinh",
    "_foreach_sinh_",
    "_foreach_sqrt",
    "_foreach_sqrt_",
    "_foreach_sub",
    "_foreach_sub_",
    "_foreach_tan",
    "_foreach_tan_",
    "_foreach_tanh",
    "_foreach_tanh_",
    "_foreach_trunc",
    "_foreach_trunc_",
    "_foreach_zero_",
]
