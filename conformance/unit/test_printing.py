"""The printed text is PyTorch's: a stored table of its texts, and PyTorch itself where it is installed."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agrad import dtypes
from agrad.torch_api import printing

#: dtype, shape, flat values (complex as pairs), options, default dtype, 'leaf' or a node's name or None, PyTorch's text
TABLE = json.loads((Path(__file__).parent / "data" / "printing.json").read_text())

OPTIONS = {"threshold": [5, 1000], "linewidth": [40, 80], "precision": [2, 4]}


def pick(values: Any, picks: tuple[Any, ...]) -> Any:
    """The outer product of the picks from nested lists."""
    if not picks:
        return values
    rows = picks[0] if isinstance(picks[0], list) else range(len(values))
    return [pick(values[row], picks[1:]) for row in rows]


def nested(flat: list[Any], shape: tuple[int, ...]) -> Any:
    """Row-major values as nested lists."""
    if not shape:
        return flat[0]
    step = len(flat) // shape[0] if shape[0] else 0
    return [nested(flat[at * step : (at + 1) * step], shape[1:]) for at in range(shape[0])]


@pytest.fixture(autouse=True)
def default_options() -> Iterator[None]:
    """Every test starts from, and leaves, the default options."""
    with printing.printoptions(profile="default"):
        yield


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]}-{'x'.join(map(str, row[1]))}")
def test_stored_texts(row: list[Any]) -> None:
    """Each stored text comes out to the letter."""
    name, shape, flat, options, default, node, expected = row
    dtype = dtypes.by_name(name)
    if dtype.is_complex:
        flat = [complex(*pair) for pair in flat]
    printing.set_printoptions(**options)
    text = printing.format_tensor(
        tuple(shape),
        lambda picks: pick(nested(flat, tuple(shape)), picks),
        dtype,
        requires_grad=node is not None,
        grad_fn_name=None if node in (None, "leaf") else node,
        default_dtype=dtypes.by_name(default),
        module="torch",
    )
    assert text == expected


def test_a_summary_fetches_the_corners_only() -> None:
    """A large tensor is asked for its edges alone."""
    asked = []

    def get(picks: tuple[Any, ...]) -> Any:
        asked.append(picks)
        return [[row * 1000 + column for column in picks[1]] for row in picks[0]]

    text = printing.format_tensor((1000, 1000), get, dtypes.int64)
    assert asked == [([0, 1, 2, 997, 998, 999], [0, 1, 2, 997, 998, 999])]
    assert text == (
        "tensor([[     0,      1,      2,  ...,    997,    998,    999],\n"
        "        [  1000,   1001,   1002,  ...,   1997,   1998,   1999],\n"
        "        [  2000,   2001,   2002,  ...,   2997,   2998,   2999],\n"
        "        ...,\n"
        "        [997000, 997001, 997002,  ..., 997997, 997998, 997999],\n"
        "        [998000, 998001, 998002,  ..., 998997, 998998, 998999],\n"
        "        [999000, 999001, 999002,  ..., 999997, 999998, 999999]])"
    )


def test_suffixes() -> None:
    """What follows the numbers, in PyTorch's order."""

    def show(**keywords: Any) -> str:
        return printing.format_tensor((2,), lambda _: [1.0, 2.0], dtypes.float64, **keywords)

    assert show(device="cuda:0") == "tensor([1., 2.], device='cuda:0', dtype=agrad.float64)"
    assert show(names=("N",)) == "tensor([1., 2.], dtype=agrad.float64, names=('N',))"
    assert show(names=(None,)) == "tensor([1., 2.], dtype=agrad.float64)"
    assert show(requires_grad=True, grad_fn_name="AddBackward0") == (
        "tensor([1., 2.], dtype=agrad.float64, grad_fn=<AddBackward0>)"
    )
    assert show(class_name="Mine", default_dtype=dtypes.float64) == "Mine([1., 2.])"
    assert show(default_dtype=dtypes.float64, tangent="t") == "tensor([1., 2.], tangent=t)"


def test_other_texts() -> None:
    """Parameters and named tuples."""
    assert printing.format_parameter("tensor([1.])") == "Parameter containing:\ntensor([1.])"
    assert printing.format_return_type("max", (("values", 1.5), ("indices", 0)), "torch") == (
        "torch.return_types.max(\nvalues=1.5,\nindices=0)"
    )


def test_options() -> None:
    """Options stay, but sci_mode goes back to deciding by itself."""
    printing.set_printoptions(precision=2, sci_mode=True)
    assert printing.get_printoptions() == {
        "precision": 2, "threshold": 1000, "edgeitems": 3, "linewidth": 80, "sci_mode": True,
    }  # fmt: skip
    with printing.printoptions(profile="full"):
        assert printing.get_printoptions()["threshold"] == math.inf
    assert printing.get_printoptions()["precision"] == 2
    printing.set_printoptions(linewidth=100)
    assert printing.get_printoptions()["sci_mode"] is None


@pytest.mark.parametrize("name", [dtype.name for dtype in dtypes.ALL])
def test_against_pytorch(name: str) -> None:
    """Random tensors beside PyTorch's own text."""
    torch = pytest.importorskip("torch")
    draw = random.Random(name)
    dtype = dtypes.by_name(name)
    special = [0.0, -0.0, 1.0, -2.0, 1500.0, math.nan, math.inf, -math.inf, 1e-40, 0.25, 3e4, 1e9]

    def number() -> float:
        return draw.choice(special) if draw.random() < 0.4 else draw.gauss(0, 1) * 10 ** draw.randint(-3, 4)

    def value() -> Any:
        if dtype.is_complex:
            return complex(number(), number())
        if dtype.is_floating_point:
            return number()
        if dtype is dtypes.bool:
            return draw.random() < 0.5
        limits = dtypes.iinfo(dtype)
        bound = 10 ** draw.randint(0, 19)
        return draw.randint(max(limits.min, -bound), min(limits.max, bound))

    for _ in range(60):
        shape = tuple(draw.choice([0, 1, 2, 3, 7, 11]) for _ in range(draw.randint(0, 3)))
        pool = [value() for _ in range(draw.randint(1, 6))]
        flat = [draw.choice(pool) for _ in range(math.prod(shape))]
        tensor = torch.tensor(flat, dtype=getattr(torch, name)).reshape(shape)
        options = {option: draw.choice(of) for option, of in OPTIONS.items()}
        values = tensor.tolist()
        torch.set_printoptions(profile="default", **options)
        expected = repr(tensor)
        torch.set_printoptions(profile="default")
        with printing.printoptions(profile="default", **options):
            text = printing.format_tensor(shape, lambda picks, v=values: pick(v, picks), dtype, module="torch")
        assert text == expected
