"""Memory of one's own: what a transform or a gradient hands out shares none with what went in, nor with itself.

The confusing case: a rule may hand back the very cotangent that it was given (of a sum), a broadcast array in which all elements are
one (of ``sum``), or the same array for two inputs. Inside the engine that costs nothing and is right, as nobody writes there. What
leaves it is written to by whoever holds it: per-sample gradients are clipped in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from agrad.engine.core import TensorCore, classes
from agrad.engine.levels import Batched, Dual


def apart(results: Sequence[Any], given: Iterable[Any] = ()) -> list[Any]:
    """Return Tensors that may be written to, each by itself.

    Parameters
    ----------
    results : sequence of Tensor
    given : iterable of Tensor
        What the results may not show the memory of.

    Returns
    -------
    list of Tensor
        The results; a copy of each that shows one element twice, or the memory of one given or of an earlier result. A copy is recorded
        where the result is.
    """
    taken = {id(memory) for tensor in given for memory, _ in _memories(tensor)}
    answers = []
    held = []  # so that no id is given twice
    for result in results:
        found = list(_memories(result))
        if any(overlaps or id(memory) in taken for memory, overlaps in found):
            result = classes.tensor_xp.asarray(result, copy=True)
            found = list(_memories(result))
        held.append(found)
        taken.update(id(memory) for memory, _ in found)
        answers.append(result)
    return answers


def distinct(value: Any) -> Any:
    """Return a Tensor, or a copy of it if it shows one element several times; anything else as it is."""
    return apart((value,))[0] if isinstance(value, TensorCore) else value


def _memories(tensor: Any) -> Iterable[tuple[Any, bool]]:
    """Give what identifies the memory of a Tensor (several for a value and its tangent), and whether elements share places."""
    extra = tensor._extra
    shared = extra is not None and extra.storage is not None
    strides = extra.strides if extra is not None else None
    overlaps = bool(strides) and _repeats(tensor._shape, strides)
    raw = tensor._data
    kind = type(raw)
    if kind is Batched:
        yield from _memories(raw.value)
    elif kind is Dual:
        yield from _memories(raw.primal)
        if raw.tangent is not None:
            yield from _memories(raw.tangent)
    elif shared:
        yield extra.storage, overlaps
        if not tensor._options.backend.mutable:
            return
        yield tensor._options.backend.root(extra.storage.raw), overlaps
    elif isinstance(raw, TensorCore):
        yield tensor, overlaps
        for memory, inner in _memories(raw):
            yield memory, overlaps or inner
    else:
        backend = tensor._options.backend
        if backend.mutable:
            yield backend.root(raw), overlaps or _repeats(tensor._shape, getattr(raw, "strides", ()))
        else:
            yield tensor, overlaps


def _repeats(shape: Sequence[int], strides: Sequence[int]) -> bool:
    return (
        0 in strides
        and 0 not in shape
        and any(stride == 0 and length > 1 for stride, length in zip(strides, shape, strict=True))
    )


__all__ = ["apart", "distinct"]
