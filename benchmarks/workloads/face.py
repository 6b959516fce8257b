"""What PyTorch's face adds to a primitive called directly, on shapes so small that the call is all there is.

A confusing case: the primitive is already agrad's recorded operation (it makes the node), so the ratio to raw NumPy is
not what is asked here; the limit is the face against the primitive beneath it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import peers
from ..race import Contender, Limit, Race

VECTOR = np.linspace(0.5, 1.5, 4)
MATRIX = np.linspace(0.1, 1.6, 16).reshape(4, 4)
MOST = 1.15


def _tensors() -> tuple[Any, Any]:
    return peers.tensor(VECTOR, requires_grad=True), peers.tensor(MATRIX, requires_grad=True)


def _repeated(call: Callable[[], Any]) -> Contender:
    """A contender that makes the call twenty times, so that the harness's own loop weighs nothing."""
    kept: list[Any] = [None]

    def run() -> None:
        call(), call(), call(), call(), call(), call(), call(), call(), call(), call()
        call(), call(), call(), call(), call(), call(), call(), call(), call()
        kept[0] = call()

    return Contender(run, lambda: [np.asarray(getattr(kept[0], "detach", lambda: kept[0])())])


def _calls() -> dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any], Callable[[Any, Any], Any]]]:
    """The face's call, the primitive's, and NumPy's, of a vector and a matrix."""
    import agrad
    from agrad.primitives import elementwise, linear_algebra, manipulation, statistical

    return {
        "x * x": (lambda x, _m: x * x, lambda x, _m: elementwise.multiply(x, x), lambda x, _m: x * x),
        "add(x, x)": (lambda x, _m: agrad.add(x, x), lambda x, _m: elementwise.add(x, x), lambda x, _m: x + x),
        "exp(x)": (lambda x, _m: agrad.exp(x), lambda x, _m: elementwise.exp(x), lambda x, _m: np.exp(x)),
        "x.exp()": (lambda x, _m: x.exp(), lambda x, _m: elementwise.exp(x), lambda x, _m: np.exp(x)),
        "x.sum()": (lambda x, _m: x.sum(), lambda x, _m: statistical.sum(x), lambda x, _m: x.sum()),
        "sum(m, 1)": (
            lambda _x, m: agrad.sum(m, 1),
            lambda _x, m: statistical.sum(m, axis=1),
            lambda _x, m: np.sum(m, axis=1),
        ),
        "mean(x)": (lambda x, _m: agrad.mean(x), lambda x, _m: statistical.mean(x), lambda x, _m: np.mean(x)),
        "m @ m": (lambda _x, m: m @ m, lambda _x, m: linear_algebra.matmul(m, m), lambda _x, m: m @ m),
        "matmul(m, m)": (
            lambda _x, m: agrad.matmul(m, m),
            lambda _x, m: linear_algebra.matmul(m, m),
            lambda _x, m: np.matmul(m, m),
        ),
        "m.reshape(2, 8)": (
            lambda _x, m: m.reshape(2, 8),
            lambda _x, m: manipulation.reshape(m, shape=(2, 8)),
            lambda _x, m: m.reshape(2, 8),
        ),
        "m.transpose(0, 1)": (
            lambda _x, m: m.transpose(0, 1),
            lambda _x, m: manipulation.permute_dims(m, axes=(1, 0)),
            lambda _x, m: m.transpose(1, 0),
        ),
    }


def _race(name: str) -> Race:
    face, primitive, numpy = _calls()[name]

    def build(call: Callable[[Any, Any], Any]) -> Contender:
        x, m = _tensors()
        return _repeated(lambda: call(x, m))

    return Race(
        name="face-" + "".join(letter if letter.isalnum() else "-" for letter in name).strip("-"),
        title=f"the face's {name}",
        builders={
            peers.NUMPY: lambda: _repeated(lambda: numpy(VECTOR, MATRIX)),
            peers.AGRAD: lambda: build(face),
            peers.PRIMITIVE: lambda: build(primitive),
        },
        limits=[Limit(peers.AGRAD, peers.PRIMITIVE, MOST)],
        seconds=3.0,
    )


def races() -> list[Race]:
    return [_race(name) for name in _calls()]
