"""Derivatives by every nesting of forward and reverse mode, against each other and against a germ's.

The confusing case is a nesting's name. ``"fr"`` is forward mode over reverse mode: the outermost transform first; ``"t"`` is the tape
(leaves, and gradients of recorded gradients). An elementwise function is tried on all its points at once: its Jacobian is diagonal, and
what it is differentiated in, its *slots*, are its arguments. The slots of any other function are the elements of its arguments, and its
outputs are weighed and added up; one reverse pass gives the derivatives in all of them, so the slots are named for what is inside of it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from agrad.func import grad, jvp, vmap
from agrad_conformance import driver
from agrad_conformance.driver import Place
from agrad_conformance.points import Points

#: the nestings of each order
NESTINGS = {
    1: ("r", "f", "t"),
    2: ("rr", "fr", "rf", "ff", "tt"),
    3: ("rrr", "rfr", "ffr", "frr", "rff", "fff", "frf", "rrf"),
}
#: how many of the third order are tried in arguments in any order, (y, x, y) as well as (x, y, y)
UNORDERED = 2
#: the nestings that are tried under vmap too
BATCHED = {1: ("r", "f"), 2: ("rf", "fr"), 3: ("ffr",)}
#: the same where each operation on a new shape is compiled, and so dear: of elementwise functions and of others
FEWER = {1: ("r", "f"), 2: ("rr", "fr", "rf", "ff"), 3: ("rrr", "fff")}
FEWER_WHOLE = {1: ("r",), 2: ("fr", "ff"), 3: ()}
FEWER_BATCHED = {1: ("r",), 2: ("fr",)}
#: how many points an elementwise function is tried on at once: one number, so that compiled operations are found again
WIDTH = 8
WEIGHTS = (1.0, -0.75, 1.5, 0.5, -1.25, 2.0, 0.25, -0.5, 1.75)
DIRECTION = (1.0, 0.5, -1.5, 0.75, 1.25, -0.5, 2.0, -1.0, 0.25)

#: a direction to differentiate in: a tangent for each argument, None where it is constant
Direction = list[Any]


class Finding(NamedTuple):
    """A derivative that is not as it should be."""

    nesting: str
    slots: str
    found: Any
    wanted: Any

    def __str__(self) -> str:
        return f"{self.nesting} in {self.slots}: {self.found}, wanted {self.wanted}"


def examine(points: Points, place: Place, *, fewer: bool = False) -> Iterator[Finding]:
    """Give the derivatives that are not what they should be.

    Parameters
    ----------
    fewer : bool
        Some nestings only, where each operation is dear.
    """
    if points.elementwise:
        yield from _elementwise(points, place, FEWER if fewer else NESTINGS, FEWER_BATCHED if fewer else BATCHED)
    else:
        yield from _whole(points, place, FEWER_WHOLE if fewer else NESTINGS, {} if fewer else BATCHED)


# ---------------------------------------------------------------- derivatives by a nesting


def _along(function: Callable[..., Any], direction: Direction, mode: str) -> Callable[..., Any]:
    """Return the derivative of a function in a direction, as a function."""
    moving = [number for number, tangent in enumerate(direction) if tangent is not None]
    xp = driver.tensor_namespace()

    def inner(xs: tuple[Any, ...]) -> Callable[..., Any]:
        def call(*moved: Any) -> Any:
            full = list(xs)
            for number, value in zip(moving, moved, strict=True):
                full[number] = value
            return function(*full)

        return call

    def tangents(xs: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(
            xp.ones_like(xs[number]) if direction[number] is _ONES else _tensor_like(xs[number], direction[number])
            for number in moving
        )

    def forward(*xs: Any) -> Any:
        return jvp(inner(xs), tuple(xs[number] for number in moving), tangents(xs))[1]

    def reverse(*xs: Any) -> Any:
        answers = _gradients(inner(xs), tuple(xs[number] for number in moving))
        parts = [_component(answer, direction[number]) for number, answer in zip(moving, answers, strict=True)]
        return sum(parts[1:], parts[0])

    return forward if mode == "f" else reverse


class _All:
    """The direction of ones: every point of an elementwise function at once."""


_ONES = _All()


def _component(gradient: Any, tangent: Any) -> Any:
    """Return a gradient's part along a tangent.

    An element is picked and not multiplied: 0 times those left out would be nan where they are infinite.
    """
    if tangent is _ONES:
        return gradient
    places = np.argwhere(tangent != 0)
    if len(places) == 1 and tangent[tuple(places[0])] == 1:
        return gradient[tuple(map(int, places[0]))]
    return driver.tensor_namespace().sum(gradient * _tensor_like(gradient, tangent))


def _tensor_like(x: Any, values: np.ndarray) -> Any:
    return driver.tensor_namespace().asarray(values.tolist(), dtype=x.dtype, device=x.device)


def _gradients(function: Callable[..., Any], xs: tuple[Any, ...]) -> tuple[Any, ...]:
    xp = driver.tensor_namespace()

    def total(*inner: Any) -> Any:
        out = function(*inner)
        return xp.sum(out) if out.ndim else out

    return tuple(grad(total, argnums=tuple(range(len(xs))))(*xs))


def _nested(function: Callable[..., Any], nesting: str, directions: list[Direction]) -> Callable[..., Any]:
    for mode, direction in zip(reversed(nesting), reversed(directions), strict=True):
        function = _along(function, direction, mode)
    return function


def _taped(
    function: Callable[..., Any], directions: list[Direction], tensors: list[Any], arguments: Sequence[int]
) -> list[Any]:
    """Return the gradients, by the tape, of the derivative in these directions: zeros where nothing leads to an argument."""
    full = [driver.leaf(tensor) if number in arguments else tensor for number, tensor in enumerate(tensors)]
    leaves = [full[number] for number in arguments]
    out = function(*full)
    xp = driver.tensor_namespace()
    for direction in [*reversed(directions), None]:
        if out._node is None:
            return [xp.zeros_like(leaf) for leaf in leaves]
        answers = driver.gradient([out], leaves, [xp.ones_like(out)], create_graph=True)
        answers = [xp.zeros_like(x) if one is None else one for one, x in zip(answers, leaves, strict=True)]
        if direction is None:
            break
        parts = [
            _component(answer, direction[number])
            for number, answer in zip(arguments, answers, strict=True)
            if direction[number] is not None
        ]
        out = sum(parts[1:], parts[0])
    return answers


# ---------------------------------------------------------------- elementwise functions


def _elementwise(points: Points, place: Place, nestings: Any, batched: Any) -> Iterator[Finding]:
    arrays = arrays_of(points)
    tensors = [place.tensor(array) for array in arrays]
    count = len(points.args[0])
    function = _function(points)
    arguments = range(len(arrays)) if points.wrt is None else points.wrt

    def only(argument: int) -> Direction:
        return [_ONES if number == argument else None for number in range(len(arrays))]

    for order in range(1, points.order + 1):
        ways = [(one, False) for one in nestings[order]]
        if points.vmap:
            ways += [(one, True) for one in batched.get(order, ())]
        for chosen in itertools.product(arguments, repeat=order):
            told = "".join(map(str, chosen))
            wanted = wanted_values(points, chosen)
            for nesting, in_vmap in ways[:UNORDERED] if order == 3 and list(chosen) != sorted(chosen) else ways:
                name = f"vmap({nesting})" if in_vmap else nesting
                try:
                    if nesting[0] == "t":
                        answers = _taped(function, [only(one) for one in chosen[1:]], tensors, arguments)
                        found = answers[list(arguments).index(chosen[0])]
                    else:
                        nested = _nested(function, nesting, [only(one) for one in chosen])
                        found = (vmap(nested) if in_vmap else nested)(*tensors)
                    values = [float(one) for one in np.broadcast_to(driver.to_numpy(found), arrays[0].shape)[:count]]
                except Exception as error:
                    yield Finding(name, told, f"{type(error).__name__}: {error}"[:300], wanted)
                    continue
                # what is not stated is as the first nesting found it
                expected = [value if one is None else one for one, value in zip(wanted, values, strict=True)]
                wanted = list(expected)
                if not all(agree(value, one, points.tolerance) for value, one in zip(values, expected, strict=True)):
                    yield Finding(name, told, values, wanted)


# ---------------------------------------------------------------- other functions


def _whole(points: Points, place: Place, nestings: Any, batched: Any) -> Iterator[Finding]:
    arrays = arrays_of(points)
    tensors = [place.tensor(array) for array in arrays]
    function = _function(points)
    arguments = list(range(len(arrays)) if points.wrt is None else points.wrt)
    slots = slots_of(points)
    xp = driver.tensor_namespace()
    known: dict[tuple[int, ...], float | None] = {}

    def wanted(chosen: tuple[int, ...]) -> float | None:
        key = tuple(sorted(chosen))
        if key not in known:
            known[key] = wanted_values(points, key)[0]
        return known[key]

    def hot(slot: int) -> Direction:
        direction: Direction = [None] * len(arrays)
        argument, position = slots[slot]
        direction[argument] = np.zeros(arrays[argument].shape)
        direction[argument][position] = 1.0
        return direction

    steps = itertools.cycle(DIRECTION)
    generic: Direction = [
        np.asarray([next(steps) for _ in range(array.size)]).reshape(array.shape) if number in arguments else None
        for number, array in enumerate(arrays)
    ]
    lengths = [float(generic[argument][position]) for argument, position in slots]

    def contracted(open_slot: tuple[int, ...], order: int) -> float | None:
        """Return the derivative in an open slot, or none, and the generic direction; None where not all is finite."""
        total = 0.0
        for rest in itertools.product(range(len(slots)), repeat=order - len(open_slot)):
            value = wanted((*open_slot, *rest))
            if value is None or not math.isfinite(value):
                return None
            total += value * math.prod(lengths[slot] for slot in rest)
        return total

    def compare(
        name: str, told: str, run: Callable[[], list[float]], expected: list[float | None]
    ) -> Iterator[Finding]:
        try:
            values = run()
        except Exception as error:
            yield Finding(name, told, f"{type(error).__name__}: {error}"[:300], expected)
            return
        pairs = [(value, one) for value, one in zip(values, expected, strict=True) if one is not None]
        if not all(agree(value, one, points.tolerance) for value, one in pairs):
            yield Finding(name, told, values, expected)

    def pulled(nesting: str, directions: list[Direction]) -> list[float]:
        """Return the derivative in each slot, by a reverse pass over the rest of a nesting in directions."""
        if nesting[0] == "t":
            answers = _taped(function, directions, tensors, arguments)
        else:
            inner = _nested(function, nesting[1:], directions)
            answers = list(
                _gradients(
                    lambda *moved: inner(*_replaced(tensors, arguments, moved)),
                    tuple(tensors[number] for number in arguments),
                )
            )
        return [float(one) for answer in answers for one in driver.to_numpy(answer).reshape(-1)]

    def pushed(nesting: str, directions: list[Direction]) -> list[float]:
        return [float(driver.to_numpy(_nested(function, nesting, directions)(*tensors)))]

    def in_vmap(nesting: str, directions: list[Direction]) -> list[float]:
        """Return the derivative at two examples that are alike."""
        twice = [xp.stack([x, x]) for x in tensors]
        return [float(one) for one in driver.to_numpy(vmap(_nested(function, nesting, directions))(*twice))]

    for order in range(1, points.order + 1):
        for nesting in nestings[order]:
            reverse = nesting[0] in "rt"
            if reverse and (nesting == "r" * order or order < 3):
                for inside in itertools.combinations_with_replacement(range(len(slots)), order - 1):
                    told = ",".join(map(str, inside)) or "all"
                    run = partial(pulled, nesting, [hot(slot) for slot in inside])
                    yield from compare(nesting, told, run, [wanted((slot, *inside)) for slot in range(len(slots))])
            elif reverse:
                run = partial(pulled, nesting, [generic] * (order - 1))
                each = [contracted((slot,), order) for slot in range(len(slots))]
                yield from compare(nesting, "a direction", run, each)
            else:
                for directions, value in _forward_directions(order, slots, hot, generic, wanted, contracted):
                    yield from compare(nesting, "a direction", partial(pushed, nesting, directions), [value])
        for nesting in batched.get(order, ()) if points.vmap else ():
            run = partial(in_vmap, nesting, [generic] * order)
            yield from compare(f"vmap({nesting})", "a direction", run, [contracted((), order)] * 2)


def _forward_directions(
    order: int, slots: Any, hot: Any, generic: Direction, wanted: Any, contracted: Any
) -> Iterator[tuple[list[Direction], float | None]]:
    """Give what forward mode is tried in: each slot of the first order, and a direction of all."""
    if order == 1:
        for slot in range(len(slots)):
            yield [hot(slot)], wanted((slot,))
    yield [generic] * order, contracted((), order)


def _replaced(tensors: list[Any], arguments: list[int], moved: tuple[Any, ...]) -> list[Any]:
    full = list(tensors)
    for number, value in zip(arguments, moved, strict=True):
        full[number] = value
    return full


# ---------------------------------------------------------------- what is wanted


def slots_of(points: Points) -> list[tuple[int, tuple[int, ...]]]:
    """Return the slots of a function that is not elementwise: arguments and positions in them."""
    wanted = range(len(points.args)) if points.wrt is None else points.wrt
    return [(argument, position) for argument in wanted for position in np.ndindex(np.shape(points.args[argument]))]


def _function(points: Points) -> Callable[..., Any]:
    """Return the function of Tensors that is judged: one output, or the weighed sum of all."""
    inner = points.function or driver.operation(points.name)

    def call(*tensors: Any) -> Any:
        return inner(*tensors, **points.params)

    if points.elementwise:
        return call

    def weighed(*tensors: Any) -> Any:
        xp = driver.tensor_namespace()
        weights = itertools.cycle(WEIGHTS)
        parts = []
        for out in driver.outputs_of(call(*tensors)):
            if out._options.is_inexact:
                shape = out._shape
                values = np.asarray([next(weights) for _ in range(math.prod(shape))]).reshape(shape)
                parts.append(xp.sum(out * _tensor_like(out, values)))
        return sum(parts[1:], parts[0])

    return weighed


def arrays_of(points: Points) -> list[np.ndarray]:
    """Return the arguments; an elementwise function's are filled up to one length with their last point."""
    arrays = [np.asarray(one, dtype=np.float64) for one in points.args]
    if not points.elementwise:
        return arrays
    lengths = {len(array) for array in arrays}
    if len(lengths) > 1:
        raise ValueError(f"{points.name} needs as many values for each argument; received {sorted(lengths)}")
    width = -(-lengths.pop() // WIDTH) * WIDTH
    return [np.concatenate([array, np.full(width - len(array), array[-1])]) for array in arrays]


def wanted_values(points: Points, chosen: tuple[int, ...]) -> list[float | None]:
    """Return what a derivative is at each point (one value for functions that are not elementwise); None asks for agreement.

    Parameters
    ----------
    chosen : tuple of int
        The arguments of an elementwise function, the numbers of another's slots, that it is taken in.
    """
    stated = points.stated.get("".join(map(str, sorted(chosen))))
    count = len(points.args[0]) if points.elementwise else 1
    if stated is not None:
        return list(stated)
    if points.germ is None:
        return [None] * count
    return [_of_germ(points, chosen, number) for number in range(count)]


def _of_germ(points: Points, chosen: tuple[int, ...], number: int) -> float:
    import mpmath

    germ = points.germ
    assert germ is not None
    if points.elementwise:
        centre = [float(argument[number]) for argument in points.args]
        places = list(chosen)
        function: Callable[..., Any] = germ
    else:
        arrays = arrays_of(points)
        starts = [0, *itertools.accumulate(array.size for array in arrays)]
        centre = [float(x) for array in arrays for x in array.reshape(-1)]
        slots = slots_of(points)
        places = [
            starts[argument] + int(np.ravel_multi_index(position, arrays[argument].shape))
            for argument, position in (slots[one] for one in chosen)
        ]

        def function(*flat: Any) -> Any:
            outs = germ(*[list(flat[a:b]) for a, b in itertools.pairwise(starts)])
            outs = outs if isinstance(outs, (list, tuple)) else [outs]
            return mpmath.fsum(weight * out for weight, out in zip(itertools.cycle(WEIGHTS), outs, strict=False))

    with mpmath.workdps(40):
        exact = [mpmath.mpf(x) for x in centre]
        moved = sorted(set(places))

        def along(*values: Any) -> Any:
            full = list(exact)
            for place, value in zip(moved, values, strict=True):
                full[place] = value
            return mpmath.mpmathify(function(*full))

        at = tuple(exact[place] for place in moved)
        orders = tuple(places.count(place) for place in moved)
        answer = mpmath.diff(along, at[0], orders[0]) if len(moved) == 1 else mpmath.diff(along, at, orders)
        return float(mpmath.re(answer))


def agree(found: float, wanted: float, tolerance: float) -> bool:
    """Whether two derivatives are the same; one that is not finite is as good as another, but the infinity of the other sign."""
    if math.isfinite(wanted) and math.isfinite(found):
        return abs(found - wanted) <= tolerance * max(1.0, abs(wanted))
    if math.isfinite(wanted) or math.isfinite(found):
        return False
    return not (math.isinf(wanted) and math.isinf(found) and wanted != found)
