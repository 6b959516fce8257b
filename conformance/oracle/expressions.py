"""Rows written as text: an expression, or statements and what they leave, over a few named inputs.

A line is Python with `t` for the module and these names for its inputs: x (2, 3, 4), y (2, 3), v (4,), s (), o (1, 3, 1), e (0, 3) and
c (2, 3), complex, all floating; i and u, integers; m, a mask; z (2, 2), index zeros. Floating inputs require grad, so their gradients are
compared too. The strides of results and the names of their nodes are compared as well, which shows a view that is a copy.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from oracle import Error, Row, bools, floats, ints

INPUTS: dict[str, np.ndarray] = {
    "x": floats(2, 3, 4),
    "y": floats(2, 3),
    "v": floats(4),
    "s": floats(),
    "o": floats(1, 3, 1),
    "e": floats(0, 3),
    "c": floats(2, 3, dtype="complex128"),
    "i": np.asarray([0, 1]),
    "u": ints(4, low=-5, high=9),
    "m": bools(2, 3),
    "z": np.zeros((2, 2), dtype=np.int64),
}


def used(text: str) -> list[str]:
    """Return the names of the inputs that a line uses."""
    return [name for name in INPUTS if re.search(rf"(?<![\w.'\"]){name}(?![\w'\"]|=[^=])", text)]


def expression(text: str, looks: bool = True) -> Callable[..., Any]:
    """Return the function of an expression; where it `looks`, strides and node names are part of what it gives."""
    names = used(text)
    function = eval(f"lambda t, np, {', '.join(names)}: ({text})")

    def run(t: Any, *inputs: Any) -> Any:
        result = function(t, np, *inputs)
        return (result, appearance(t, result)) if looks else result

    return run


def appearance(t: Any, result: Any) -> list[Any]:
    """Return the strides of the tensors in a result, and the names of their nodes."""
    if isinstance(result, t.Tensor):
        node = result.grad_fn
        return [list(result.stride()), result.storage_offset(), None if node is None else node.name()]
    if isinstance(result, (tuple, list)):
        return [appearance(t, part) for part in result]
    return []


def program(text: str) -> Callable[..., Any]:
    """Return the function of statements and results: ``"y = x[0]; y[0] = 1 -> x, y"``."""
    body, _, results = text.rpartition("->")
    names = used(text)
    code = compile(body.strip().replace("; ", "\n"), text, "exec")
    answer = compile(f"({results.strip()},)", text, "eval")

    def run(t: Any, *inputs: Any) -> Any:
        scope = {"t": t, "np": np, **dict(zip(names, inputs, strict=True))}
        exec(code, scope)
        return eval(answer, scope)

    return run


def rows(text: str, looks: bool = True, **settings: Any) -> list[Row]:
    """Return a row for each line."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return [Row(line, expression(line, looks), inputs_of(line), **settings) for line in lines]


def programs(text: str, **settings: Any) -> list[Row]:
    """Return a row for each line of statements."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return [Row(line, program(line), inputs_of(line), **settings) for line in lines]


def errors(*pairs: tuple[str, str]) -> list[Error]:
    """Return a row for each (expression or statements, phrase)."""
    made = []
    for text, phrase in pairs:
        run = program(text) if "->" in text else expression(text, False)
        made.append(Error(text, run, phrase, inputs_of(text)))
    return made


def inputs_of(text: str) -> tuple[np.ndarray, ...]:
    """Return the inputs that a line uses."""
    return tuple(INPUTS[name] for name in used(text))
