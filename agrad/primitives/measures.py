"""What is measured on tables of numbers: covariances, distances between rows, areas under curves and their slopes.

All of it is composed; the derivatives are those of sums, products and norms. The distance of equal points has derivative 0, which is
the norm's convention.
"""

from __future__ import annotations

from typing import Any

from agrad.engine.halves import in_float32
from agrad.engine.primitive import composite
from agrad.primitives import linalg
from agrad.primitives._axes import along, part, positions
from agrad.primitives._helpers import is_complex, normalize_axis


@in_float32
@composite
def pairwise_norms(xp: Any, x1: Any, x2: Any, /, *, ord: float) -> Any:
    """Return the distances of order `ord` of each row of `x1` to each row of `x2`.

    Parameters
    ----------
    x1 : array, shape (..., P, M)
    x2 : array, shape (..., R, M)

    Returns
    -------
    array, shape (..., P, R)
    """
    away = xp.expand_dims(x1, axis=-2) - xp.expand_dims(x2, axis=-3)
    return linalg.vector_norm(away, axis=-1, ord=ord)


@in_float32
@composite
def norms_of_pairs(xp: Any, x: Any, /, *, ord: float) -> Any:
    """Return the distances of each two rows of x, shape (N, M), first to second, first to third, and on: N (N - 1) / 2."""
    count = x.shape[0]
    device = getattr(x, "device", None)
    kind = positions(xp, x, 0).dtype
    first = xp.asarray([i for i in range(count) for _ in range(i + 1, count)], dtype=kind, device=device)
    second = xp.asarray([j for i in range(count) for j in range(i + 1, count)], dtype=kind, device=device)
    away = xp.take(x, first, axis=0) - xp.take(x, second, axis=0)
    return linalg.vector_norm(away, axis=-1, ord=ord)


@in_float32
@composite
def cosine(xp: Any, x1: Any, x2: Any, /, *, axis: int, eps: float) -> Any:
    """Return the cosine of the angle between vectors along `axis`; their norms count as at least `eps`."""
    norms = [linalg.vector_norm(x, axis=axis, ord=2.0, keepdims=True) for x in (x1, x2)]
    first, second = (xp.maximum(norm, xp.full_like(norm, eps)) for norm in norms)
    return xp.sum((x1 / first) * (x2 / second), axis=axis)


@in_float32
@composite
def renormalized(xp: Any, x: Any, /, *, ord: float, axis: int, limit: float) -> Any:
    """Return x with each slice along `axis` whose norm is above a limit scaled down to it."""
    one = normalize_axis(axis, x.ndim)
    others = tuple(place for place in range(x.ndim) if place != one)
    norms = linalg.vector_norm(x, axis=others, keepdims=True, ord=ord)
    return x * xp.where(norms > limit, limit / (norms + 1e-7), xp.ones_like(norms))


@in_float32
@composite
def covariance(xp: Any, x: Any, /, *, correction: float = 1, counts: Any = None, weights: Any = None) -> Any:
    """Return the covariance matrix of variables (rows) over observations (columns).

    Parameters
    ----------
    x : array, shape (N, M), floating or complex
    correction : float
        What is taken from the number of observations that is divided by.
    counts : array, shape (M,), optional
        How often each observation counts.
    weights : array, shape (M,), optional
        How much it weighs.
    """
    observations = x.shape[1]
    total: Any = None
    if counts is not None:
        total = xp.astype(counts, x.dtype)
    if weights is not None:
        total = xp.astype(weights, x.dtype) if total is None else total * xp.astype(weights, x.dtype)
    if total is None:
        centred = x - xp.mean(x, axis=1, keepdims=True)
        weighted = centred
        freedom: Any = observations - correction
        norm = xp.full((), float(max(freedom, 0)), dtype=_real_dtype(xp, x), device=x.device)
    else:
        mass = xp.sum(total)
        centred = x - xp.sum(x * total, axis=1, keepdims=True) / mass
        weighted = centred * total
        if weights is None or correction == 0:
            taken: Any = (
                correction if weights is None else correction * xp.sum(total * xp.astype(weights, x.dtype)) / mass
            )
        else:
            taken = correction * xp.sum(total * xp.astype(weights, x.dtype)) / mass
        freedom = xp.real(mass - taken) if is_complex(xp, x) else mass - taken
        norm = xp.maximum(freedom, xp.zeros_like(freedom))
    other = xp.conj(centred) if is_complex(xp, x) else centred
    return xp.matmul(weighted, xp.matrix_transpose(other)) / norm


def _real_dtype(xp: Any, x: Any) -> Any:
    return xp.real(x[:0]).dtype if is_complex(xp, x) else x.dtype


@in_float32
@composite
def correlation(xp: Any, x: Any, /) -> Any:
    """Return the correlation matrix of variables (rows) over observations (columns), shape (N, M); within [-1, 1]."""
    c = covariance(x)
    variances = xp.linalg.diagonal(c)
    scale = xp.sqrt(xp.real(variances) if is_complex(xp, x) else variances)
    c = c / xp.expand_dims(scale, axis=1) / xp.expand_dims(scale, axis=0)
    return c if is_complex(xp, x) else xp.clip(c, -1.0, 1.0)


def _strips(xp: Any, y: Any, x: Any, dx: Any, axis: int) -> Any:
    """Return the areas of the trapezoids between neighbours."""
    heights = (part(y, axis, 1, None) + part(y, axis, 0, -1)) / 2.0
    if x is None:
        return heights * dx
    widths = x[..., 1:] - x[..., :-1] if x.ndim == 1 else part(x, axis, 1, None) - part(x, axis, 0, -1)
    if widths.ndim == 1:
        widths = xp.reshape(widths, (-1, *(1,) * (y.ndim - 1 - axis)))
    return heights * widths


@in_float32
@composite
def trapezoid(xp: Any, y: Any, x: Any = None, /, *, dx: float = 1.0, axis: int = -1) -> Any:
    """Return the area under the polygon through y at the positions x (or at distances `dx`) along `axis`."""
    one = normalize_axis(axis, y.ndim)
    return xp.sum(_strips(xp, y, x, dx, one), axis=one)


@in_float32
@composite
def cumulative_trapezoid(xp: Any, y: Any, x: Any = None, /, *, dx: float = 1.0, axis: int = -1) -> Any:
    """Return the running area under the polygon through y, one shorter than y along `axis`."""
    one = normalize_axis(axis, y.ndim)
    return xp.cumulative_sum(_strips(xp, y, x, dx, one), axis=one)


@in_float32
@composite
def slopes(xp: Any, x: Any, /, *, axis: int, spacing: Any = 1.0, edge_order: int = 1) -> Any:
    """Return the derivative along `axis` by second-order differences, at the ends by `edge_order`.

    Parameters
    ----------
    spacing : float, or array of shape (N,)
        The distance of neighbours, or the positions.
    """
    one = normalize_axis(axis, x.ndim)
    length = x.shape[one]
    tail = (1,) * (x.ndim - 1 - one)
    if not hasattr(spacing, "shape"):
        inner = (part(x, one, 2, None) - part(x, one, 0, -2)) / (2.0 * spacing)
        before = after = spacing
    else:
        steps = xp.reshape(spacing[1:] - spacing[:-1], (length - 1, *tail))
        left, right = steps[:-1, ...], steps[1:, ...]
        inner = (
            part(x, one, 0, -2) * (-right / (left * (left + right)))
            + part(x, one, 1, -1) * ((right - left) / (left * right))
            + part(x, one, 2, None) * (left / (right * (left + right)))
        )
        before, after = steps[:1, ...], steps[-1:, ...]
    if edge_order == 1:
        first = (part(x, one, 1, 2) - part(x, one, 0, 1)) / before
        last = (part(x, one, -1, None) - part(x, one, -2, -1)) / after
    elif not hasattr(spacing, "shape"):
        first = (part(x, one, 0, 1) * -1.5 + part(x, one, 1, 2) * 2.0 - part(x, one, 2, 3) * 0.5) / spacing
        last = (part(x, one, -3, -2) * 0.5 - part(x, one, -2, -1) * 2.0 + part(x, one, -1, None) * 1.5) / spacing
    else:
        first = _edge(x, one, (0, 1, 2), steps[:1, ...], steps[1:2, ...])
        last = -_edge(x, one, (-1, -2, -3), steps[-1:, ...], steps[-2:-1, ...])
    return xp.concat([first, inner, last], axis=one)


def _edge(x: Any, axis: int, places: tuple[int, int, int], near: Any, far: Any) -> Any:
    """Return the slope of the parabola through three elements, at the first of them."""
    a, b, c = (x[along(axis, slice(place, place + 1 if place != -1 else None))] for place in places)
    both = near + far
    return a * (-(2.0 * near + far) / (near * both)) + b * (both / (near * far)) - c * (near / (far * both))


__all__ = [
    "correlation",
    "cosine",
    "covariance",
    "cumulative_trapezoid",
    "norms_of_pairs",
    "pairwise_norms",
    "renormalized",
    "slopes",
    "trapezoid",
]
