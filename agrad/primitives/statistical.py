"""Sums, products, extremes and their running forms.

The confusing cases: the derivative of a product is the product of the *others*, not ``out / x``, which is nan at a
zero; the extreme's cotangent is split evenly among ties (PyTorch's amax); the derivative of std at zero variance is
0, not 0/0. A `dtype=` argument is no business of a primitive: faces cast with `astype` first, which has its own
derivative.
"""

from typing import Any

from agrad.engine.primitive import LINEAR, composite, primitive
from agrad.errors import IndexOutOfRange, ShapeError
from agrad.primitives._axes import (
    Axes,
    axis_of_one,
    check_axes,
    fill_like,
    linear_recurrence,
    normalize_axes,
    part,
    positions,
    product_of_others,
    reverse_linear_recurrence,
    shift,
    shift_back,
)
from agrad.primitives._helpers import count_reduced, expand_reduced, is_complex, keep_reduced, normalize_axis
from agrad.primitives.sorting import pick


@primitive(
    vjp=lambda xp, g, _out, x_meta, *, axis=None, keepdims=False: expand_reduced(xp, g, x_meta.shape, axis, keepdims),
    jvp=LINEAR,
    torch_name=lambda *_shapes, axis=None, **_params: "Sum" if axis is None else "SumBackward1",
)
def sum(xp: Any, x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the sum over `axis` (all axes by default).

    Parameters
    ----------
    x : Tensor
        Bools are counted; small integers are summed in the namespace's default integer dtype.
    axis : int, tuple of int or None
    keepdims : bool
    """
    if x.dtype == xp.bool:
        x = xp.astype(x, positions(xp, x, 0).dtype)
    return xp.sum(x, axis=check_axes(axis, x.ndim), keepdims=keepdims)


def _nansum_vjp(xp: Any, g: Any, _out: Any, x: Any, *, axis: Axes = None, keepdims: bool = False) -> Any:
    spread = expand_reduced(xp, g, x.shape, axis, keepdims)
    return xp.where(xp.isnan(x), xp.zeros_like(spread), spread)


def _nansum_jvp(xp: Any, t: Any, _out: Any, x: Any, *, axis: Axes = None, keepdims: bool = False) -> Any:
    return xp.sum(xp.where(xp.isnan(x), xp.zeros_like(t), t), axis=axis, keepdims=keepdims)


def _nansum_batch(xp: Any, op: Any, values: Any, _batched: Any, ndims: Any, size: int, params: Any) -> Any:
    if ndims[0] == 0:
        return op.call(xp.reshape(values[0], (size, 1)), axis=1)
    axes = tuple(one + 1 for one in normalize_axes(params.get("axis"), ndims[0]))
    return op.call(values[0], **{**params, "axis": axes})


@primitive(vjp=_nansum_vjp, jvp=_nansum_jvp, batch=_nansum_batch, torch_name="Nansum")
def nansum(xp: Any, x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the sum over `axis` of what is no nan; nans get no cotangent."""
    return xp.sum(xp.where(xp.isnan(x), xp.zeros_like(x), x), axis=check_axes(axis, x.ndim), keepdims=keepdims)


@primitive(
    vjp=lambda xp, g, _out, x_meta, *, axis=None, keepdims=False: expand_reduced(
        xp, g / float(count_reduced(x_meta.shape, axis) or 1), x_meta.shape, axis, keepdims
    ),
    jvp=LINEAR,
    dtypes="float",
    torch_name=lambda *_shapes, axis=None, **_params: "Mean" if axis is None else "MeanBackward1",
)
def mean(xp: Any, x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the arithmetic mean over `axis`; nan where there is nothing to average."""
    return xp.mean(x, axis=check_axes(axis, x.ndim), keepdims=keepdims)


def _prod_tangent(xp: Any, t: Any, _out: Any, x: Any, *, axis: Axes = None, keepdims: bool = False) -> Any:
    return xp.sum(t * product_of_others(xp, x, axis), axis=axis, keepdims=keepdims)


@primitive(
    vjp=lambda xp, g, _out, x, *, axis=None, keepdims=False: (
        keep_reduced(xp, g, x.shape, axis, keepdims) * product_of_others(xp, x, axis)
    ),
    jvp=_prod_tangent,
    torch_name=lambda *_shapes, axis=None, **_params: "Prod" if axis is None else "ProdBackward1",
)
def prod(xp: Any, x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the product over `axis`; its derivatives of every order are exact where elements are zero."""
    if x.dtype == xp.bool:
        x = xp.astype(x, positions(xp, x, 0).dtype)
    return xp.prod(x, axis=check_axes(axis, x.ndim), keepdims=keepdims)


def _scale(shape: tuple[int, ...], axis: Axes, correction: float) -> float:
    """Return 2 / (n - correction), infinite where there are no degrees of freedom, as PyTorch."""
    freedom = count_reduced(shape, axis) - correction
    return 2.0 / freedom if freedom > 0 else float("inf")


def _var_vjp(
    xp: Any, g: Any, _out: Any, x: Any, *, axis: Axes = None, correction: float = 0.0, keepdims: bool = False
) -> Any:
    centred = x - xp.mean(x, axis=axis, keepdims=True)
    return keep_reduced(xp, g, x.shape, axis, keepdims) * _scale(x.shape, axis, correction) * centred


def _dot(xp: Any, t: Any, centred: Any) -> Any:
    """Return the real inner product's terms: Re(conj(centred) t)."""
    return xp.real(xp.conj(centred) * t) if is_complex(xp, centred) else t * centred


def _var_jvp(
    xp: Any, t: Any, _out: Any, x: Any, *, axis: Axes = None, correction: float = 0.0, keepdims: bool = False
) -> Any:
    centred = x - xp.mean(x, axis=axis, keepdims=True)
    return xp.sum(_dot(xp, t, centred), axis=axis, keepdims=keepdims) * _scale(x.shape, axis, correction)


def _var_forward(xp: Any, x: Any, axis: Axes, correction: float, keepdims: bool) -> Any:
    axis = check_axes(axis, x.ndim)
    if is_complex(xp, x):
        real = xp.var(xp.real(x), axis=axis, correction=correction, keepdims=keepdims)
        return real + xp.var(xp.imag(x), axis=axis, correction=correction, keepdims=keepdims)
    return xp.var(x, axis=axis, correction=correction, keepdims=keepdims)


@primitive(vjp=_var_vjp, jvp=_var_jvp, holomorphic=False, dtypes="float", torch_name="Var")
def var(xp: Any, x: Any, /, *, axis: Axes = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """Return the variance over `axis`, dividing by n - correction; that of complex numbers is real."""
    return _var_forward(xp, x, axis, correction, keepdims)


def _std_vjp(
    xp: Any, g: Any, out: Any, x: Any, *, axis: Axes = None, correction: float = 0.0, keepdims: bool = False
) -> Any:
    still = out == 0
    g = xp.where(still, xp.zeros_like(g), g / (2.0 * xp.where(still, xp.ones_like(out), out)))
    return _var_vjp(xp, g, None, x, axis=axis, correction=correction, keepdims=keepdims)


def _std_jvp(
    xp: Any, t: Any, out: Any, x: Any, *, axis: Axes = None, correction: float = 0.0, keepdims: bool = False
) -> Any:
    still = out == 0
    slope = _var_jvp(xp, t, None, x, axis=axis, correction=correction, keepdims=keepdims)
    return xp.where(still, xp.zeros_like(out), slope / (2.0 * xp.where(still, xp.ones_like(out), out)))


@primitive(vjp=_std_vjp, jvp=_std_jvp, holomorphic=False, dtypes="float", torch_name="Std")
def std(xp: Any, x: Any, /, *, axis: Axes = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """Return the standard deviation over `axis`; its derivative where all elements are equal is 0, as PyTorch's."""
    if is_complex(xp, x):
        return xp.sqrt(_var_forward(xp, x, axis, correction, keepdims))
    return xp.std(x, axis=check_axes(axis, x.ndim), correction=correction, keepdims=keepdims)


def _ties(xp: Any, out: Any, x: Any, axis: Axes, keepdims: bool) -> tuple[Any, Any]:
    """Return where x is the extreme (or the nan that made the extreme nan), and how many such there are."""
    mask = xp.logical_or(x == keep_reduced(xp, out, x.shape, axis, keepdims), xp.isnan(x))
    return mask, xp.sum(xp.astype(mask, x.dtype), axis=axis, keepdims=True)


def _extreme_vjp(xp: Any, g: Any, out: Any, x: Any, *, axis: Axes = None, keepdims: bool = False) -> Any:
    mask, count = _ties(xp, out, x, axis, keepdims)
    share = keep_reduced(xp, g, x.shape, axis, keepdims) / count
    return xp.where(mask, share, xp.zeros_like(share))


def _extreme_jvp(xp: Any, t: Any, out: Any, x: Any, *, axis: Axes = None, keepdims: bool = False) -> Any:
    mask, count = _ties(xp, out, x, axis, keepdims)
    return xp.sum(xp.where(mask, t, xp.zeros_like(t)) / count, axis=axis, keepdims=keepdims)


@primitive(
    vjp=_extreme_vjp,
    jvp=_extreme_jvp,
    torch_name=lambda *_shapes, axis=None, **_params: "MaxBackward1" if axis is None else "Amax",
)
def max(xp: Any, x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the largest element over `axis` (nan if there is one); ties share the cotangent evenly."""
    return _extreme(xp, xp.max, "max", x, axis, keepdims)


@primitive(
    vjp=_extreme_vjp,
    jvp=_extreme_jvp,
    torch_name=lambda *_shapes, axis=None, **_params: "MinBackward1" if axis is None else "Amin",
)
def min(xp: Any, x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return the smallest element over `axis` (nan if there is one); ties share the cotangent evenly."""
    return _extreme(xp, xp.min, "min", x, axis, keepdims)


def _extreme(xp: Any, function: Any, name: str, x: Any, axis: Axes, keepdims: bool) -> Any:
    axes = check_axes(axis, x.ndim)
    if count_reduced(x.shape, axes) == 0:
        if axes is None:
            raise ShapeError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. "
                "Specify the reduction dim with "
                f"the 'dim' argument. Received an array of shape {tuple(x.shape)}"
            )
        empty = next(one for one in axes if x.shape[one] == 0)
        raise IndexOutOfRange(
            f"a{name}(): Expected reduction dim {empty} to have non-zero size. Received an "
            f"array of shape {tuple(x.shape)}"
        )
    if x.dtype == xp.bool:
        return xp.astype(function(xp.astype(x, xp.uint8), axis=axes, keepdims=keepdims), xp.bool)
    return function(x, axis=axes, keepdims=keepdims)


def _cumulative_sum_vjp(
    xp: Any, g: Any, _out: Any, x_meta: Any, *, axis: int | None = None, include_initial: bool = False
) -> Any:
    one = axis_of_one(axis, x_meta.ndim)
    if include_initial:
        g = part(g, one, 1, None)
    return xp.flip(xp.cumulative_sum(xp.flip(g, axis=one), axis=one), axis=one)


@primitive(vjp=_cumulative_sum_vjp, jvp=LINEAR, torch_name="Cumsum")
def cumulative_sum(xp: Any, x: Any, /, *, axis: int | None = None, include_initial: bool = False) -> Any:
    """Return the running sum along `axis`, one longer and beginning with 0 if `include_initial`."""
    if x.dtype == xp.bool:
        x = xp.astype(x, positions(xp, x, 0).dtype)
    return xp.cumulative_sum(x, axis=axis_of_one(axis, x.ndim), include_initial=include_initial)


def _products_before(xp: Any, out: Any, axis: int, include_initial: bool) -> Any:
    """Return the product of all elements before each one, taken from the running product itself."""
    return part(out, axis, 0, -1) if include_initial else shift(xp, out, axis, 1.0)


def _cumulative_prod_vjp(
    xp: Any, g: Any, out: Any, x: Any, *, axis: int | None = None, include_initial: bool = False
) -> Any:
    one = axis_of_one(axis, x.ndim)
    if include_initial:
        g = part(g, one, 1, None)
    # What reaches x[j] is the product before it times s[j] = g[j] + x[j + 1] * s[j + 1].
    return _products_before(xp, out, one, include_initial) * reverse_linear_recurrence(
        xp, shift_back(xp, x, one, 0.0), g, one
    )


def _cumulative_prod_jvp(
    xp: Any, t: Any, out: Any, x: Any, *, axis: int | None = None, include_initial: bool = False
) -> Any:
    one = axis_of_one(axis, x.ndim)
    tangent = linear_recurrence(xp, x, _products_before(xp, out, one, include_initial) * t, one)
    if include_initial:
        tangent = xp.concat([fill_like(xp, x, one, 1, 0.0), tangent], axis=one)
    return tangent


@primitive(vjp=_cumulative_prod_vjp, jvp=_cumulative_prod_jvp, torch_name="Cumprod")
def cumulative_prod(xp: Any, x: Any, /, *, axis: int | None = None, include_initial: bool = False) -> Any:
    """Return the running product along `axis`, one longer and beginning with 1 if `include_initial`.

    Derivatives of every order are exact where elements are zero.
    """
    if x.dtype == xp.bool:
        x = xp.astype(x, positions(xp, x, 0).dtype)
    return xp.cumulative_prod(x, axis=axis_of_one(axis, x.ndim), include_initial=include_initial)


@primitive
def all(xp: Any, x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return whether every element over `axis` is true (not zero)."""
    return xp.all(x, axis=check_axes(axis, x.ndim), keepdims=keepdims)


@primitive
def any(xp: Any, x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    """Return whether some element over `axis` is true (not zero)."""
    return xp.any(x, axis=check_axes(axis, x.ndim), keepdims=keepdims)


@composite
def diff(xp: Any, x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Any:
    """Return the `n`-th differences of neighbours along `axis`, after joining `prepend` and `append` to its ends."""
    ends = [end for end in (prepend, x, append) if end is not None]
    one = axis_of_one(axis, x.ndim)
    if len(ends) > 1:
        x = xp.concat(ends, axis=one)
    elif n == 0:
        return xp.asarray(x, copy=True)
    for _ in range(n):
        after, before = part(x, one, 1, None), part(x, one, 0, -1)
        x = xp.not_equal(after, before) if x.dtype == xp.bool else after - before
    return x


def _scan_logaddexp(xp: Any, x: Any, axis: int) -> Any:
    """Return the running logaddexp by doubling: log2(n) steps, each as accurate as logaddexp."""
    distance = 1
    while distance < x.shape[axis]:
        late = xp.logaddexp(part(x, axis, distance, None), part(x, axis, 0, -distance))
        x = xp.concat([part(x, axis, 0, distance), late], axis=axis)
        distance *= 2
    return x


def _weight(xp: Any, x: Any, out: Any) -> Any:
    """Return exp(x - out), at most 1; 0 where both are -inf and the difference would be nan."""
    empty = out == -float("inf")
    return xp.where(empty, xp.zeros_like(out), xp.exp(x - xp.where(empty, xp.zeros_like(out), out)))


def _logcumsumexp_vjp(xp: Any, g: Any, out: Any, x: Any, *, axis: int) -> Any:
    if x.ndim == 0:
        return g
    axis = normalize_axis(axis, x.ndim)
    # s[j] = g[j] + exp(out[j] - out[j + 1]) s[j + 1]: every factor is at most 1, so nothing overflows.
    factors = _weight(xp, out, shift_back(xp, out, axis, float("inf")))
    return _weight(xp, x, out) * reverse_linear_recurrence(xp, factors, g, axis)


def _logcumsumexp_jvp(xp: Any, t: Any, out: Any, x: Any, *, axis: int) -> Any:
    if x.ndim == 0:
        return t
    axis = normalize_axis(axis, x.ndim)
    factors = _weight(xp, shift(xp, out, axis, -float("inf")), out)
    return linear_recurrence(xp, factors, _weight(xp, x, out) * t, axis)


@primitive(vjp=_logcumsumexp_vjp, jvp=_logcumsumexp_jvp, dtypes="float", torch_name="Logcumsumexp")
def logcumsumexp(xp: Any, x: Any, /, *, axis: int) -> Any:
    """Return the logarithm of the running sum of exponentials along `axis`."""
    one = normalize_axis(axis, x.ndim)
    return xp.positive(x) if x.ndim == 0 or x.shape[one] < 2 else _scan_logaddexp(xp, x, one)


def _running_extreme(xp: Any, x: Any, axis: int, later_wins: Any) -> Any:
    """Return the position of the running extreme by doubling; a nan, once met, stays."""
    if x.ndim == 0:
        return xp.argmax(xp.reshape(x, (1,)))
    axis = normalize_axis(axis, x.ndim)
    length = x.shape[axis]
    shape = tuple(length if one == axis else 1 for one in range(x.ndim))
    index = xp.broadcast_to(xp.reshape(positions(xp, x, length), shape), tuple(x.shape))
    distance = 1
    while distance < length:
        late, early = part(x, axis, distance, None), part(x, axis, 0, -distance)
        wins = later_wins(late, early)
        if xp.isdtype(x.dtype, "real floating"):
            wins = xp.logical_or(wins, xp.isnan(late))
        x = xp.concat([part(x, axis, 0, distance), xp.where(wins, late, early)], axis=axis)
        chosen = xp.where(wins, part(index, axis, distance, None), part(index, axis, 0, -distance))
        index = xp.concat([part(index, axis, 0, distance), chosen], axis=axis)
        distance *= 2
    return index if length > 1 else xp.asarray(index, copy=True)


@primitive
def cumulative_argmax(xp: Any, x: Any, /, *, axis: int) -> Any:
    """Return where the running maximum along `axis` was last met."""
    return _running_extreme(xp, x, axis, lambda late, early: late >= early)


@primitive
def cumulative_argmin(xp: Any, x: Any, /, *, axis: int) -> Any:
    """Return where the running minimum along `axis` was last met."""
    return _running_extreme(xp, x, axis, lambda late, early: late <= early)


@composite
def cummax(xp: Any, x: Any, /, *, axis: int) -> tuple[Any, Any]:
    """Return the running maximum along `axis` and where it was last met; all the cotangent goes there."""
    indices = cumulative_argmax(x, axis=axis)
    if x.ndim == 0:
        return xp.positive(x), indices
    return pick(x, indices, axis=normalize_axis(axis, x.ndim), keepdims=True, named="Cummax"), indices


@composite
def cummin(xp: Any, x: Any, /, *, axis: int) -> tuple[Any, Any]:
    """Return the running minimum along `axis` and where it was last met; all the cotangent goes there."""
    indices = cumulative_argmin(x, axis=axis)
    if x.ndim == 0:
        return xp.positive(x), indices
    return pick(x, indices, axis=normalize_axis(axis, x.ndim), keepdims=True, named="Cummin"), indices


@composite
def aminmax(xp: Any, x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> tuple[Any, Any]:
    """Return the smallest and the largest element over `axis`."""
    return xp.min(x, axis=axis, keepdims=keepdims), xp.max(x, axis=axis, keepdims=keepdims)
