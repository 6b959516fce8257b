"""Running sums, products and extremes along an axis, differences of neighbours, and areas under curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agrad.array_api._making import default_int
from agrad.dtypes import DType, get_default_dtype
from agrad.engine.core import TensorCore
from agrad.errors import UnsupportedOperation
from agrad.primitives import data_type, measures, statistical
from agrad.primitives._checks import OperandError
from agrad.primitives._helpers import normalize_axis
from agrad.torch_api import return_types
from agrad.torch_api._out import deliver
from agrad.torch_api.reducing import axes_of, required
from agrad.torch_api.shape_arguments import tensor_of

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def _running(name: str, function: Any, input: Any, dim: Any, axis: Any, dtype: DType | None) -> Any:
    input = tensor_of(name, input)
    along = required(name, input, dim, axis)
    wanted = dtype
    if wanted is None:
        wanted = input._options.dtype if input._options.is_inexact else default_int(input._options)
    if input._options.dtype is not wanted:
        input = data_type.astype(input, dtype=wanted)
    if not input._shape:
        normalize_axis(along, 0)
        return data_type.copy(input)
    result = function(input, axis=along)
    return result if result._options.dtype is wanted else data_type.astype(result, dtype=wanted)


def cumsum(
    input: Tensor,
    dim: int | str | None = None,
    *,
    axis: int | str | None = None,
    dtype: DType | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return the running sum along `dim`; int64 for integers and bools."""
    result = _running("cumsum", statistical.cumulative_sum, input, dim, axis, dtype)
    return result if out is None else deliver("cumsum", result, out)


def cumprod(
    input: Tensor,
    dim: int | str | None = None,
    *,
    axis: int | str | None = None,
    dtype: DType | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return the running product along `dim`; int64 for integers and bools."""
    result = _running("cumprod", statistical.cumulative_prod, input, dim, axis, dtype)
    return result if out is None else deliver("cumprod", result, out)


def cummax(
    input: Tensor,
    dim: int | str | None = None,
    *,
    axis: int | str | None = None,
    out: tuple[Tensor, Tensor] | None = None,
) -> return_types.cummax:
    """Return the running maximum along `dim` and where it was last met; all the gradient goes there."""
    input = _real("cummax", input, "cummax_cpu")
    pair = return_types.cummax(*statistical.cummax(input, axis=required("cummax", input, dim, axis)))
    return pair if out is None else deliver("cummax", pair, out)


def cummin(
    input: Tensor,
    dim: int | str | None = None,
    *,
    axis: int | str | None = None,
    out: tuple[Tensor, Tensor] | None = None,
) -> return_types.cummin:
    """Return the running minimum along `dim` and where it was last met; all the gradient goes there."""
    input = _real("cummin", input, "cummin_cpu")
    pair = return_types.cummin(*statistical.cummin(input, axis=required("cummin", input, dim, axis)))
    return pair if out is None else deliver("cummin", pair, out)


def _real(name: str, input: Any, kernel: str) -> Any:
    input = tensor_of(name, input)
    if input._options.is_complex:
        raise UnsupportedOperation(
            f"\"{kernel}\" not implemented for '{input._options.dtype.scalar_name}': complex numbers have no order"
        )
    return input


def logcumsumexp(
    input: Tensor, dim: int | str | None = None, *, axis: int | str | None = None, out: Tensor | None = None
) -> Tensor:
    """Return the logarithm of the running sum of exponentials along `dim`, without overflow."""
    input = tensor_of("logcumsumexp", input)
    if not input._options.is_inexact:
        raise UnsupportedOperation(
            f"\"logcumsumexp_out_cpu\" not implemented for '{input._options.dtype.scalar_name}'. Convert it first: x.float()."
        )
    result = statistical.logcumsumexp(input, axis=required("logcumsumexp", input, dim, axis))
    return result if out is None else deliver("logcumsumexp", result, out)


def diff(
    input: Tensor,
    n: int = 1,
    dim: int | str = -1,
    prepend: Tensor | None = None,
    append: Tensor | None = None,
    *,
    axis: int | str | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Return the `n`-th differences of neighbours along `dim`; of bools, whether neighbours differ.

    Parameters
    ----------
    prepend, append : Tensor, optional
        What is joined to the ends first.
    """
    input = tensor_of("diff", input)
    if not input._shape:
        raise OperandError("diff expects input to be at least one-dimensional; received a 0-d tensor")
    if n < 0:
        raise OperandError(f"order must be non-negative but got {n}")
    along = axes_of("diff", input, dim if axis is None else axis, one=True)
    result = statistical.diff(input, axis=along, n=n, prepend=prepend, append=append)
    return result if out is None else deliver("diff", result, out)


def _floating(input: Any) -> Any:
    return input if input._options.is_inexact else data_type.astype(input, dtype=get_default_dtype())


def _area(name: str, function: Any, y: Any, x: Any, dx: Any, dim: Any) -> Any:
    y = tensor_of(name, y, "y")
    along = axes_of(name, y, dim, one=True)
    if x is not None and dx is not None:
        raise TypeError(f"{name}() got both x and dx; positions tell the distances")
    if x is None:
        return function(_floating(y), dx=1.0 if dx is None else dx, axis=along)
    x = tensor_of(name, x, "x", 2)
    if len(x._shape) == 1 and x._shape[0] != y._shape[along]:
        raise OperandError(
            f"{name}(): There must be one `x` value for each sample point; received {x._shape[0]} for {y._shape[along]}"
        )
    return function(_floating(y), x, axis=along)


def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float | None = None, dim: int | str = -1) -> Tensor:
    """Return the area under the polygon through `y` along `dim`.

    Parameters
    ----------
    x : Tensor, optional
        The positions: a vector, or shaped like `y`.
    dx : float, optional
        The distance of neighbours (1) where there is no `x`.
    """
    return _area("trapezoid", measures.trapezoid, y, x, dx, dim)


def trapz(y: Tensor, x: Tensor | None = None, *, dx: float | None = None, dim: int | str = -1) -> Tensor:
    """Return the area under the polygon through `y` along `dim`: :func:`trapezoid`."""
    return _area("trapz", measures.trapezoid, y, x, dx, dim)


def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float | None = None, dim: int | str = -1) -> Tensor:
    """Return the running area under the polygon through `y`, one shorter than `y` along `dim`."""
    return _area("cumulative_trapezoid", measures.cumulative_trapezoid, y, x, dx, dim)


def gradient(
    input: Tensor, *, spacing: Any = 1, dim: int | Sequence[int] | None = None, edge_order: int = 1
) -> tuple[Tensor, ...]:
    """Return the slopes of a sampled function along each of `dim`, by second-order differences.

    Parameters
    ----------
    spacing : number, Tensor, or one of them per axis
        Distances of neighbours, or, as vectors, their positions.
    edge_order : {1, 2}
        The order of the differences at the ends.
    """
    input = tensor_of("gradient", input)
    ndim = len(input._shape)
    dims = tuple(range(ndim)) if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
    steps = list(spacing) if isinstance(spacing, (list, tuple)) else [spacing] * len(dims)
    if len(steps) != len(dims):
        raise OperandError(
            f"torch.gradient expected spacing to be unspecified, a scalar or a list of length {len(dims)}, but got a list of "
            f"length {len(steps)}"
        )
    if edge_order not in (1, 2):
        raise OperandError("torch.gradient only supports edge_order=1 and edge_order=2.")
    results = []
    for one, step in zip(dims, steps, strict=True):
        along = normalize_axis(one, ndim)
        if input._shape[along] < edge_order + 1:
            raise OperandError(
                "torch.gradient expected each dimension size to be at least edge_order+1; "
                f"received shape {input._shape}"
            )
        positions = isinstance(step, TensorCore) and bool(step._shape)
        distance = step if positions else float(step)
        results.append(measures.slopes(_floating(input), axis=along, spacing=distance, edge_order=edge_order))
    return tuple(results)


__all__ = [
    "cummax",
    "cummin",
    "cumprod",
    "cumsum",
    "cumulative_trapezoid",
    "diff",
    "gradient",
    "logcumsumexp",
    "trapezoid",
    "trapz",
]
