"""The creation functions that have a derivative: triangles and grids."""

from __future__ import annotations

from typing import Any

from agrad.engine.op import LINEAR
from agrad.engine.primitive import composite, primitive


@primitive(vjp=lambda xp, g, _out, _x, *, k=0: xp.tril(g, k=k), jvp=LINEAR, torch_name="Tril", half="exact")
def tril(xp: Any, x: Any, /, *, k: int = 0) -> Any:
    """Return the lower triangle of each matrix, zero above diagonal `k`; linear."""
    return xp.tril(x, k=k)


@primitive(vjp=lambda xp, g, _out, _x, *, k=0: xp.triu(g, k=k), jvp=LINEAR, torch_name="Triu", half="exact")
def triu(xp: Any, x: Any, /, *, k: int = 0) -> Any:
    """Return the upper triangle of each matrix, zero below diagonal `k`; linear."""
    return xp.triu(x, k=k)


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
