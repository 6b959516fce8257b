"""Random numbers inside transforms.

What is drawn is a constant to every transform. The confusing case is vmap: the function is written for one example and runs once, so
its caller has to say (``randomness=``) whether a draw stands for one number for all examples, or for one each. "different" draws
once per example, "same" once, and "error" refuses.

A function that draws is wrapped here, by :func:`drawn` or, where it fills a tensor, :func:`filled`. One that is not, a user's own
sampler, may draw inside a vmap with "same" alone.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast, overload

from agrad.engine.core import TensorCore, classes
from agrad.engine.levels import Batched, Dual, Level, running
from agrad.engine.vmap_level import front, padded
from agrad.errors import GradError

F = TypeVar("F", bound=Callable[..., Any])

REFUSED = (
    "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
    "randomness flags on vmap or perform the randomness operation out of vmap"
)


class _Drawing(threading.local):
    inside: bool = False


_drawing = _Drawing()


def check_draw() -> None:
    """Raise where a draw, now, is not what the running vmaps say of random numbers.

    Raises
    ------
    GradError
        A RuntimeError, in PyTorch's words.
    """
    for level in running():
        if level.kind != "vmap" or level.randomness == "same":
            continue
        if level.randomness == "error":
            raise GradError(REFUSED)
        if not _drawing.inside:
            raise GradError(
                "vmap: this random function draws one number for all examples, and randomness='different' asks for one each. "
                "Use agrad's random functions, or draw outside of vmap."
            )


@overload
def drawn(function: F) -> F: ...
@overload
def drawn(function: None = None, *, elementwise: bool = False) -> Callable[[F], F]: ...
def drawn(function: F | None = None, *, elementwise: bool = False) -> Any:
    """Make a function that returns random numbers do the right thing inside transforms; a decorator.

    Parameters
    ----------
    elementwise : bool
        Whether the result has one number for each element of the tensors given: then one draw serves all examples.
    """

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            levels = running()
            if not levels or _drawing.inside:
                return function(*args, **kwargs)
            target = kwargs.pop("out", None)
            result = _at(list(levels), function, elementwise, args, kwargs)
            return result if target is None else _delivered(target, result)

        return cast(F, call)

    return decorate if function is None else decorate(function)


def filled(function: F) -> F:
    """Make a function that fills its first argument with random numbers do the right thing inside transforms; a decorator."""

    @functools.wraps(function)
    def call(target: Any, *args: Any, **kwargs: Any) -> Any:
        levels = running()
        if not levels or _drawing.inside:
            return function(target, *args, **kwargs)
        for level in levels:
            if level.kind == "vmap" and level.randomness == "different" and not _is_batched(level, target):
                raise GradError(
                    "vmap: Cannot ask for different inplace randomness on an unbatched tensor. This will appear like same "
                    "randomness. If this is necessary for your usage, draw a new tensor, with agrad.randn say."
                )
        shape, dtype, device = target._shape, target._options.dtype, target._options.device

        def fresh(*args: Any, **kwargs: Any) -> Any:
            return function(classes.tensor_xp.empty(shape, dtype=dtype, device=device), *args, **kwargs)

        return _delivered(target, _at(list(levels), fresh, False, args, kwargs))

    return cast(F, call)


def _delivered(target: Any, result: Any) -> Any:
    from agrad.engine.inplace import apply_inplace

    return apply_inplace(target, lambda _: result)


def _is_batched(level: Level, value: Any) -> bool:
    """Whether a tensor differs per example at a level, which may be below the tensor's own."""
    while isinstance(value, TensorCore) and value._options.backend.level > level.number:
        value = _below(value)
    if not isinstance(value, TensorCore) or value._options.backend.level != level.number:
        return False
    return value._data.axis is not None


def _below(tensor: Any) -> Any:
    """Return the lower tensor that a tensor of a level holds."""
    raw = tensor._data
    return raw.primal if type(raw) is Dual else raw.value if type(raw) is Batched else raw


def _at(
    levels: list[Level], function: Callable[..., Any], elementwise: bool, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Draw below the innermost of some levels, and take the result up again."""
    if not levels:
        _drawing.inside = True
        try:
            return function(*args, **kwargs)
        finally:
            _drawing.inside = False
    *below, level = levels
    given = [*args, *kwargs.values()]

    def draw(values: list[Any]) -> Any:
        named = dict(zip(kwargs, values[len(args) :], strict=True))
        return _at(below, function, elementwise, tuple(values[: len(args)]), named)

    def own(value: Any) -> bool:
        return isinstance(value, TensorCore) and value._options.backend.level == level.number

    if level.kind != "vmap":
        return draw([_below(value) if own(value) else value for value in given])
    if level.randomness == "error":
        raise GradError(REFUSED)
    batched = [own(value) and value._data.axis is not None for value in given]
    values = [_below(value) if own(value) else value for value in given]
    values = [
        front(value, given[i]._data.axis) if has else value
        for i, (value, has) in enumerate(zip(values, batched, strict=True))
    ]
    if not any(batched) and level.randomness == "same":
        return draw(values)
    if elementwise and any(batched) and level.randomness == "different":
        xp = classes.tensor_xp
        ndim = max(len(value._shape) for value in given if isinstance(value, TensorCore))
        ready = [
            padded(xp, value, has, len(one._shape), ndim) if isinstance(one, TensorCore) else one
            for one, value, has in zip(given, values, batched, strict=True)
        ]
        return level.tensor(Batched(draw(ready), 0))
    lanes = []
    rewind = _rewinder(kwargs.get("generator")) if level.randomness == "same" else None
    for example in range(level.size):
        if rewind is not None:
            rewind()
        lanes.append(draw([value[example] if has else value for value, has in zip(values, batched, strict=True)]))
    return level.tensor(Batched(classes.tensor_xp.stack(lanes), 0))


def _rewinder(generator: Any) -> Callable[[], Any]:
    """Return what puts a generator back to where it is now."""
    from agrad.random.generator import default_generator

    used = default_generator() if generator is None else generator
    state = used.snapshot()
    return lambda: used.restore(state)
