"""Sums, means and their kin over all elements, one axis or several.

Sums of integers and bools are int64. Means, deviations and norms are of floating and complex numbers alone; ``dtype=`` converts first.
The confusing case is ``std(x, False)``: a bool in the place of `dim` is PyTorch's old `unbiased`.
"""

from __future__ import annotations

import builtins
import warnings
from typing import TYPE_CHECKING, Any

from agrad.array_api._making import default_int
from agrad.dtypes import DType
from agrad.engine.core import TensorCore
from agrad.engine.primitive import label
from agrad.primitives import data_type, elementwise, manipulation, searching, special, statistical
from agrad.primitives._checks import OperandError
from agrad.primitives._helpers import count_reduced
from agrad.torch_api._out import deliver
from agrad.torch_api.reducing import axes_of, either
from agrad.torch_api.shape_arguments import ArgumentTypeError, ints_of, tensor_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor

Dims = Any


def _converted(input: Any, dtype: DType | None) -> Any:
    if dtype is None or input._options.dtype is dtype:
        return input
    return data_type.astype(input, dtype=dtype)


def _totalled(function: Any, input: Any, axis: Any, keepdims: bool, dtype: DType | None) -> Any:
    """Return a sum or product computed in, and given in, `dtype` or what PyTorch takes for it."""
    wanted = dtype
    if wanted is None:
        wanted = input._options.dtype if input._options.is_inexact else default_int(input._options)
    return _converted(function(_converted(input, wanted), axis=axis, keepdims=keepdims), wanted)


def sum(
    input: Tensor,
    dim: Dims = None,
    keepdim: bool = False,
    *,
    axis: Dims = None,
    keepdims: bool | None = None,
    dtype: DType | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return the sum over `dim`, by default over all axes.

    Parameters
    ----------
    dim : int, name, or sequence of them
    keepdim : bool
        Whether the axes stay, of length 1.
    axis, keepdims
        The same, by the standard's names.
    dtype : DType, optional
        What the elements are converted to first; int64 for integers and bools.
    """
    if (
        dtype is None
        and out is None
        and axis is None
        and keepdims is None
        and (dim is None or type(dim) is int)
        and (keepdim is False or keepdim is True)
        and isinstance(input, TensorCore)
        and input._options.is_inexact
    ):
        # the common call, as cheap as may be
        return (
            statistical.sum(input)
            if dim is None and not keepdim
            else statistical.sum(input, axis=dim, keepdims=keepdim)
        )
    input = tensor_of("sum", input)
    if dim is not None or axis is not None:
        dim = axes_of("sum", input, either("sum", dim, axis))
    if keepdims is not None:
        keepdim = keepdims
    if dtype is None and input._options.is_inexact:
        result = statistical.sum(input, axis=dim, keepdims=_flag("sum", keepdim))
    else:
        result = _totalled(statistical.sum, input, dim, _flag("sum", keepdim), dtype)
    return result if out is None else deliver("sum", result, out)


def _flag(name: str, keepdim: Any) -> bool:
    if keepdim is True or keepdim is False:
        return keepdim
    raise ArgumentTypeError(f"{name}(): argument 'keepdim' must be bool, not {type(keepdim).__name__}")


def sum_to_size(input: Tensor, *size: Any) -> Tensor:
    """Return the sum over the axes along which a tensor of `size` would be broadcast to `input`.

    Raises
    ------
    RuntimeError
        Where it would not be.
    """
    input = tensor_of("sum_to_size", input)
    wanted = ints_of("sum_to_size", size)
    shape = input._shape
    if not wanted:
        return sum(input)
    lead = len(shape) - len(wanted)
    if lead < 0 or builtins.any(length not in (1, shape[lead + place]) for place, length in enumerate(wanted)):
        raise OperandError(f"size {{{list(wanted)}}} is not expandable to size {{{list(shape)}}}.")
    axes = tuple(place for place in range(len(shape)) if place < lead or wanted[place - lead] != shape[place])
    if axes:
        input = sum(input, axes, True)
    return manipulation.reshape(input, shape=wanted) if lead else input


def nansum(
    input: Tensor,
    dim: Dims = None,
    keepdim: bool = False,
    *,
    axis: Dims = None,
    keepdims: bool | None = None,
    dtype: DType | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return the sum over `dim` of what is no nan."""
    input = tensor_of("nansum", input)
    if input._options.is_complex:
        raise OperandError("nansum does not support complex inputs; sum its parts, x.real and x.imag")
    along = axes_of("nansum", input, either("nansum", dim, axis))
    keep = _flag("nansum", keepdim if keepdims is None else keepdims)
    function = statistical.nansum if input._options.is_inexact else statistical.sum
    result = _totalled(function, input, along, keep, dtype)
    return result if out is None else deliver("nansum", result, out)


def prod(
    input: Tensor,
    dim: int | str | None = None,
    keepdim: bool = False,
    *,
    axis: int | str | None = None,
    keepdims: bool | None = None,
    dtype: DType | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return the product over one axis or all; derivatives are exact where elements are zero."""
    input = tensor_of("prod", input)
    along = axes_of("prod", input, either("prod", dim, axis), one=True)
    keep = _flag("prod", keepdim if keepdims is None else keepdims)
    result = _totalled(statistical.prod, input, along, keep, dtype)
    return result if out is None else deliver("prod", result, out)


def mean(
    input: Tensor,
    dim: Dims = None,
    keepdim: bool = False,
    *,
    axis: Dims = None,
    keepdims: bool | None = None,
    dtype: DType | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return the arithmetic mean over `dim`, by default over all axes; nan where there is nothing to average.

    Raises
    ------
    RuntimeError
        For integers and bools without a floating `dtype`.
    """
    if (
        dtype is None
        and out is None
        and axis is None
        and keepdims is None
        and (dim is None or type(dim) is int)
        and (keepdim is False or keepdim is True)
        and isinstance(input, TensorCore)
        and input._options.is_inexact
        and 0 not in input._shape
    ):
        # the common call, as cheap as may be
        return (
            statistical.mean(input)
            if dim is None and not keepdim
            else statistical.mean(input, axis=dim, keepdims=keepdim)
        )
    input = tensor_of("mean", input)
    if dim is not None or axis is not None:
        dim = axes_of("mean", input, either("mean", dim, axis))
    if keepdims is not None:
        keepdim = keepdims
    if dtype is not None:
        input = _converted(input, dtype)
    if not input._options.is_inexact:
        kind, had = ("Input", input._options.dtype) if dtype is None else ("Optional", dtype)
        raise OperandError(
            f"mean(): could not infer output dtype. {kind} dtype must be either a floating point or complex dtype. "
            f"Got: {had.scalar_name}. Convert it first (x.float()), or pass dtype=agrad.float32."
        )
    if 0 in input._shape:
        result = elementwise.divide(
            statistical.sum(input, axis=dim, keepdims=keepdim), float(count_reduced(input._shape, dim))
        )
    else:
        result = statistical.mean(input, axis=dim, keepdims=_flag("mean", keepdim))
    return result if out is None else deliver("mean", result, out)


def nanmean(
    input: Tensor,
    dim: Dims = None,
    keepdim: bool = False,
    *,
    axis: Dims = None,
    keepdims: bool | None = None,
    dtype: DType | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return the mean over `dim` of what is no nan."""
    input = tensor_of("nanmean", input)
    if not input._options.is_inexact:
        raise OperandError(
            "nanmean(): expected input to have floating point or complex dtype but got "
            f"{input._options.dtype.scalar_name}"
        )
    along = axes_of("nanmean", input, either("nanmean", dim, axis))
    keep = _flag("nanmean", keepdim if keepdims is None else keepdims)
    input = _converted(input, dtype)
    numbers = elementwise.logical_not(elementwise.isnan(input))
    count = statistical.sum(data_type.astype(numbers, dtype=input._options.dtype), axis=along, keepdims=keep)
    result = elementwise.divide(statistical.nansum(input, axis=along, keepdims=keep), count)
    return result if out is None else deliver("nanmean", result, out)


def _freedom(name: str, dim: Any, unbiased: Any, correction: Any, axis: Any) -> tuple[Any, float]:
    """Return the axes, and what is taken from the number of elements, from all the ways in which PyTorch takes them."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if unbiased is not None and correction is not None:
        raise ArgumentTypeError(f"{name}() got both unbiased and correction; they say the same thing. Give correction.")
    if correction is None:
        correction = 1.0 if unbiased is None or unbiased else 0.0
    return either(name, dim, axis), float(correction)


def _spread(name: str, function: Any, input: Any, dim: Any, correction: float, keepdim: Any) -> Any:
    if not input._options.is_inexact:
        raise OperandError(
            f"std and var only support floating point and complex dtypes; {name}() received {input._options.dtype!r}. "
            "Convert it first: x.float()."
        )
    along = axes_of(name, input, dim)
    count = count_reduced(input._shape, along)
    if count - correction > 0:
        return function(input, axis=along, correction=correction, keepdims=_flag(name, keepdim))
    warnings.warn(
        f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor (input numel "
        "divided by output numel).",
        UserWarning,
        stacklevel=3,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return function(input, axis=along, correction=correction, keepdims=_flag(name, keepdim))


def var(
    input: Tensor,
    dim: Dims = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    axis: Dims = None,
    correction: float | None = None,
    keepdims: bool | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return the variance over `dim`, dividing by the number of elements less `correction` (1 unless told otherwise).

    Parameters
    ----------
    unbiased : bool, optional
        True is a correction of 1, False one of 0.
    """
    input = tensor_of("var", input)
    dim, taken = _freedom("var", dim, unbiased, correction, axis)
    result = _spread("var", statistical.var, input, dim, taken, keepdim if keepdims is None else keepdims)
    return result if out is None else deliver("var", result, out)


def std(
    input: Tensor,
    dim: Dims = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    axis: Dims = None,
    correction: float | None = None,
    keepdims: bool | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return the standard deviation over `dim`: the square root of :func:`var`, with derivative 0 where that is 0."""
    input = tensor_of("std", input)
    dim, taken = _freedom("std", dim, unbiased, correction, axis)
    result = _spread("std", statistical.std, input, dim, taken, keepdim if keepdims is None else keepdims)
    return result if out is None else deliver("std", result, out)


def var_mean(
    input: Tensor,
    dim: Dims = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    axis: Dims = None,
    correction: float | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:
    """Return :func:`var` and :func:`mean` over `dim`."""
    input = tensor_of("var_mean", input)
    dim, taken = _freedom("var_mean", dim, unbiased, correction, axis)
    keep = keepdim if keepdims is None else keepdims
    pair = _spread("var_mean", statistical.var, input, dim, taken, keep), mean(input, dim, keep)
    return label(pair[0], "VarMean"), label(pair[1], "VarMean")


def std_mean(
    input: Tensor,
    dim: Dims = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    axis: Dims = None,
    correction: float | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:
    """Return :func:`std` and :func:`mean` over `dim`."""
    input = tensor_of("std_mean", input)
    dim, taken = _freedom("std_mean", dim, unbiased, correction, axis)
    keep = keepdim if keepdims is None else keepdims
    pair = _spread("std_mean", statistical.std, input, dim, taken, keep), mean(input, dim, keep)
    return label(pair[0], "StdMean"), label(pair[1], "StdMean")


def logsumexp(
    input: Tensor,
    dim: Dims = None,
    keepdim: bool = False,
    *,
    axis: Dims = None,
    keepdims: bool | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return ``log(sum(exp(input)))`` over `dim`, without overflow."""
    input = tensor_of("logsumexp", input)
    dim = either("logsumexp", dim, axis)
    if dim is None:
        raise ArgumentTypeError('logsumexp() missing 1 required positional arguments: "dim"')
    keep = _flag("logsumexp", keepdim if keepdims is None else keepdims)
    result = special.logsumexp(input, axis=axes_of("logsumexp", input, dim), keepdims=keep)
    return result if out is None else deliver("logsumexp", result, out)


def _truth(name: str, function: Any, input: Any, dim: Any, keepdim: Any) -> Any:
    input = tensor_of(name, input)
    result = function(input, axis=axes_of(name, input, dim), keepdims=_flag(name, keepdim))
    # PyTorch keeps uint8, which was its bool once.
    return data_type.astype(result, dtype=input._options.dtype) if input._options.dtype.name == "uint8" else result


def all(
    input: Tensor,
    dim: Dims = None,
    keepdim: bool = False,
    *,
    axis: Dims = None,
    keepdims: bool | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return whether every element over `dim` is true (not zero)."""
    keep = keepdim if keepdims is None else keepdims
    result = _truth("all", statistical.all, input, either("all", dim, axis), keep)
    return result if out is None else deliver("all", result, out)


def any(
    input: Tensor,
    dim: Dims = None,
    keepdim: bool = False,
    *,
    axis: Dims = None,
    keepdims: bool | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return whether some element over `dim` is true (not zero)."""
    keep = keepdim if keepdims is None else keepdims
    result = _truth("any", statistical.any, input, either("any", dim, axis), keep)
    return result if out is None else deliver("any", result, out)


def count_nonzero(input: Tensor, dim: Dims = None, *, axis: Dims = None) -> Tensor:
    """Return how many elements over `dim` are not zero, int64."""
    input = tensor_of("count_nonzero", input)
    along = axes_of("count_nonzero", input, either("count_nonzero", dim, axis))
    result = searching.count_nonzero(input, axis=along)
    return _converted(result, default_int(input._options))


__all__ = [
    "all",
    "any",
    "count_nonzero",
    "logsumexp",
    "mean",
    "nanmean",
    "nansum",
    "prod",
    "std",
    "std_mean",
    "sum",
    "sum_to_size",
    "var",
    "var_mean",
]
