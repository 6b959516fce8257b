"""The creation functions that have a derivative: triangles, grids, and numbers in order whose ends are arrays."""

from __future__ import annotations

from typing import Any

from agrad.engine.op import LINEAR
from agrad.engine.primitive import composite, primitive
from agrad.errors import ShapeError


@primitive(vjp=lambda xp, g, _out, _x, *, k=0: xp.tril(g, k=k), jvp=LINEAR, torch_name="Tril", half="exact")
def tril(xp: Any, x: Any, /, *, k: int = 0) -> Any:
    """Return the lower triangle of each matrix, zero above diagonal `k`; linear."""
    _check_matrices("tril", x)
    return xp.tril(x, k=k)


@primitive(vjp=lambda xp, g, _out, _x, *, k=0: xp.triu(g, k=k), jvp=LINEAR, torch_name="Triu", half="exact")
def triu(xp: Any, x: Any, /, *, k: int = 0) -> Any:
    """Return the upper triangle of each matrix, zero below diagonal `k`; linear."""
    _check_matrices("triu", x)
    return xp.triu(x, k=k)


def _check_matrices(name: str, x: Any) -> None:
    """Raise for fewer than two axes: NumPy alone makes a matrix of a vector, and under vmap there would be two."""
    if len(x.shape) < 2:
        raise ShapeError(
            f"{name}: input tensor must have at least 2 dimensions; received shape {tuple(x.shape)}. Make it a matrix first."
        )


@composite
def meshgrid(xp: Any, *arrays: Any, indexing: str = "xy") -> Any:
    """Return coordinate grids of one-dimensional arrays; each is its array spread over the others' axes."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid's indexing is 'xy' or 'ij'; received {indexing!r}.")
    count = len(arrays)
    order = list(range(count))
    if indexing == "xy" and count > 1:
        order[0], order[1] = 1, 0
    lengths = [0] * count
    for position, array in zip(order, arrays, strict=True):
        lengths[position] = array.shape[0] if len(array.shape) else 1
    grids = []
    for position, array in zip(order, arrays, strict=True):
        shape = tuple(lengths[position] if axis == position else 1 for axis in range(count))
        grids.append(xp.broadcast_to(xp.reshape(array, shape), tuple(lengths)))
    return tuple(grids)


@composite
def spaced(xp: Any, start: Any, stop: Any, /, *, num: int, endpoint: bool = True) -> Any:
    """Return `num` numbers at equal distances from `start` to `stop`, 0-d arrays of one floating dtype; linear in both.

    The second half counts back from `stop`, so that both ends are met exactly.

    Parameters
    ----------
    start, stop : Tensor, shape ()
    num : int
    endpoint : bool
        Whether `stop` is the last of them.
    """
    last = num - 1 if endpoint else num
    steps = xp.arange(num, dtype=start.dtype, device=start.device)
    step = (stop - start) / float(max(last, 1))
    return xp.where(steps < 0.5 * num, start + step * steps, stop - step * (float(last) - steps))


@composite
def counted(xp: Any, start: Any, step: Any, /, *, num: int) -> Any:
    """Return ``start + i * step`` for i from 0 to num - 1, of 0-d arrays of one floating dtype; linear in both."""
    return start + step * xp.arange(num, dtype=start.dtype, device=start.device)
