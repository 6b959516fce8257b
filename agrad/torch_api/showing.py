"""Tensors' texts: what ``print`` and ``repr`` show of one, through :mod:`agrad.torch_api.printing`."""

from __future__ import annotations

from textwrap import indent
from typing import Any

from agrad.devices import is_home
from agrad.engine.levels import Batched, Dual
from agrad.engine.node import Leaf, Output
from agrad.torch_api.printing import Pick, cells, format_tensor


def text_of(x: Any) -> str:
    """Return a tensor's text; only the elements that it shows are brought to the host."""
    options = x._options
    if options.backend.level:
        return _inside_transform(x)
    node = x._node
    name = None
    if node is not None and not isinstance(node, Leaf):
        name = (node.source if type(node) is Output else node).name()
    extra = x._extra
    return format_tensor(
        x._shape,
        lambda picks: _fetch(x, picks),
        options.dtype,
        device=None if is_home(options.device) else str(options.device),
        requires_grad=node is not None,
        grad_fn_name=name,
        names=None if extra is None else extra.names,
    )


def _inside_transform(x: Any) -> str:
    """Return the text of a tensor of a running transform: its level and what it holds, as PyTorch shows it."""
    raw = x._data
    level = x._options.backend.level
    if type(raw) is Batched:
        head, below = f"BatchedTensor(lvl={level}, bdim={raw.axis}, value=", raw.value
    else:
        head, below = f"GradTrackingTensor(lvl={level}, value=", raw.primal if type(raw) is Dual else raw
    return f"{head}\n{indent(text_of(below), '    ')}\n)"


def formatted(x: Any, spec: str) -> str:
    """Return a tensor in an f-string: the number of a 0-d one by `spec`, else the text, which takes no spec.

    Raises
    ------
    TypeError
        For a spec where there are axes.
    """
    if not x._shape:
        return format(x._number("Scalar"), spec)  # for people: no derivative is asked of a text
    if spec:
        raise TypeError(
            f"unsupported format string passed to Tensor.__format__: {spec!r}. Format x.item() or x.tolist()."
        )
    return text_of(x)


def html_of(x: Any) -> str:
    """Return a tensor as HTML: what it is in a line, and a matrix or vector as a table, else as text."""
    from html import escape  # for notebooks alone

    options = x._options
    facts = [f"shape {x._shape}", options.dtype.name, f"{options.backend.name}:{options.device}"]
    if x._node is not None:
        facts.append("requires grad" if isinstance(x._node, Leaf) else x.grad_fn.name())
    head = f"<div style='font-size:85%;opacity:.7'>Tensor &middot; {' &middot; '.join(map(escape, facts))}</div>"
    rows, columns = x._shape if len(x._shape) == 2 else (1, x._shape[0]) if len(x._shape) == 1 else (0, 0)
    if options.backend.level or not (0 < rows <= _TABLE and 0 < columns <= _TABLE):
        return f"{head}<pre>{escape(text_of(x))}</pre>"
    values = options.backend.tolist(options.backend.ensure_array(x._data))
    layout = cells(values, options.dtype, x._shape)
    lines = "".join(
        "<tr>" + "".join(f"<td style='text-align:right'>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in layout
    )
    return f"{head}<table>{lines}</table>"


#: the longest side of a tensor shown as a table
_TABLE = 20


def _fetch(x: Any, picks: tuple[Pick, ...]) -> Any:
    """Return the elements at the picks as nested lists."""
    options = x._options
    backend = options.backend
    raw = backend.ensure_array(x._data)
    for axis, pick in enumerate(picks):
        if not isinstance(pick, slice):
            half = len(pick) // 2
            ends = [options.xp.index_get(raw, (*(slice(None),) * axis, part)) for part in _runs(pick, half)]
            raw = options.xp.concat(ends, axis=axis)
    return backend.tolist(raw)


def _runs(pick: list[int], half: int) -> list[slice]:
    """Return the two ends of an axis as slices."""
    return [slice(pick[0], pick[half - 1] + 1), slice(pick[half], pick[-1] + 1)]


__all__ = ["formatted", "html_of", "text_of"]
