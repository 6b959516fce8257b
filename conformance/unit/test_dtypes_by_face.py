"""Which dtype an operation gives: one table, the same in every mode, on every backend (docs/dtypes.md says the rules).

The columns are what a program is called on: raw arrays, Tensors of the standard's face, Tensors of PyTorch's face, each in float32 and
float64. The modes are eager, reverse mode, forward mode, vmap, nests of them, and jax.jit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from on_backends import BACKENDS

import agrad
import agrad.array_api as xp
import agrad.nn.functional as F
from agrad import func
from agrad.func._trees import to_raw

F4, F8, C8, C16, I8 = agrad.float32, agrad.float64, agrad.complex64, agrad.complex128, agrad.int64
KINDS = ("raw", "raw64", "standard", "standard64", "torch", "torch64")

# ---- what a result's dtype may be, by the kind of the program's argument
#: the default floating dtype, which is as wide as the raw arrays are inside a transform of raw arrays
DEFAULT = (F4, F8, F4, F4, F4, F4)
#: the argument's own
OWN = (F4, F8, F4, F8, F4, F8)
COMPLEX_DEFAULT = (C8, C16, C8, C8, C8, C8)
COMPLEX_OWN = (C8, C16, C8, C16, C8, C16)
#: a 0-d float64 array counts in the standard's face, and does not beside an array with axes in PyTorch's
WIDENED = (F8, F8, F8, F8, F4, F8)
ALWAYS_DOUBLE = (F8,) * 6
ALWAYS_INT = (I8,) * 6


def ints() -> Any:
    return xp.asarray([3, 4])


def torch_ints() -> Any:
    return agrad.tensor([3, 4])


def bools() -> Any:
    return xp.asarray([True, True])


TABLE: dict[str, tuple[Callable[[Any], Any], tuple[Any, ...]]] = {
    # a floating array and a Python number: the array decides
    "x * 0.5": (lambda x: x * 0.5, OWN),
    "x * 2": (lambda x: x * 2, OWN),
    "x * True": (lambda x: x * True, OWN),
    "2 ** x": (lambda x: 2**x, OWN),
    "maximum(x, 0.5)": (lambda x: xp.maximum(x, 0.5), OWN),
    "clip(x, 0, 0.5)": (lambda x: xp.clip(x, 0, 0.5), OWN),
    "where(mask, x, 0.0)": (lambda x: xp.where(x > 0, x, 0.0), OWN),
    "x + 1j": (lambda x: x + 1j, COMPLEX_OWN),
    "fft(x)": (lambda x: xp.fft.fft(x), COMPLEX_OWN),
    "softplus(x)": (lambda x: F.softplus(x), OWN),
    # an integer or bool array and a Python float: the default dtype
    "mask * 0.5": (lambda x: (x > 0) * 0.5, DEFAULT),
    "bools * 0.5": (lambda x: bools() * 0.5, DEFAULT),
    "ints * 0.5": (lambda x: ints() * 0.5, DEFAULT),
    "0.5 - ints": (lambda x: 0.5 - ints(), DEFAULT),
    "torch_ints * 0.5": (lambda x: torch_ints() * 0.5, DEFAULT),
    "ints ** 0.5": (lambda x: ints() ** 0.5, DEFAULT),
    "2.0 ** ints": (lambda x: 2.0 ** ints(), DEFAULT),
    "ints // 2.0": (lambda x: ints() // 2.0, DEFAULT),
    "ints % 1.5": (lambda x: ints() % 1.5, DEFAULT),
    "ints * 1j": (lambda x: ints() * 1j, COMPLEX_DEFAULT),
    "where(mask, 1.0, 0.0)": (lambda x: xp.where(x > 0, 1.0, 0.0), DEFAULT),
    "where(mask, ints, 0.5)": (lambda x: xp.where(x > 0, ints(), 0.5), DEFAULT),
    "torch.where(mask, 1.0, 0.0)": (lambda x: agrad.where(x > 0, 1.0, 0.0), DEFAULT),
    "clamp(ints, 0.5, 2.0)": (lambda x: agrad.clamp(torch_ints(), 0.5, 2.0), DEFAULT),
    "sum(mask) * 0.5": (lambda x: xp.sum(x > 0) * 0.5, DEFAULT),
    "count_nonzero(x) * 0.5": (lambda x: xp.count_nonzero(x) * 0.5, DEFAULT),
    "argmax(x) * 0.5": (lambda x: xp.argmax(x) * 0.5, DEFAULT),
    "mask.sum() / 2": (lambda x: (x > 0).sum() / 2, DEFAULT),
    "result_type(ints, 0.5)": (lambda x: xp.zeros(1, dtype=xp.result_type(ints(), 0.5)), DEFAULT),
    # floating functions of integers and bools: the default dtype
    "ints / ints": (lambda x: ints() / ints(), DEFAULT),
    "torch_ints / torch_ints": (lambda x: torch_ints() / torch_ints(), DEFAULT),
    "ints / 2": (lambda x: ints() / 2, DEFAULT),
    "bools / bools": (lambda x: bools() / bools(), DEFAULT),
    "sqrt(ints)": (lambda x: xp.sqrt(ints()), DEFAULT),
    "torch.sqrt(torch_ints)": (lambda x: agrad.sqrt(torch_ints()), DEFAULT),
    "exp(mask)": (lambda x: xp.exp(x > 0), DEFAULT),
    "mean(ints)": (lambda x: xp.mean(ints()), DEFAULT),
    "std(ints)": (lambda x: xp.std(ints()), DEFAULT),
    "atan2(ints, ints)": (lambda x: xp.atan2(ints(), ints()), DEFAULT),
    "erf(ints)": (lambda x: xp.special.erf(ints()), DEFAULT),
    "lgamma(torch_ints)": (lambda x: agrad.lgamma(torch_ints()), DEFAULT),
    # new arrays of no dtype: the default dtype
    "linspace": (lambda x: xp.linspace(0, 1, 2), DEFAULT),
    "zeros": (lambda x: xp.zeros(2), DEFAULT),
    "ones": (lambda x: xp.ones(2), DEFAULT),
    "full": (lambda x: xp.full(2, 0.5), DEFAULT),
    "full of complex": (lambda x: xp.full(2, 0.5j), COMPLEX_DEFAULT),
    "arange(2.0)": (lambda x: xp.arange(0.0, 2.0), DEFAULT),
    "eye": (lambda x: xp.eye(2), DEFAULT),
    "fftfreq": (lambda x: xp.fft.fftfreq(4), DEFAULT),
    "asarray(0.5)": (lambda x: xp.asarray(0.5), DEFAULT),
    "asarray([0.5])": (lambda x: xp.asarray([0.5]), DEFAULT),
    "asarray(1j)": (lambda x: xp.asarray(1j), COMPLEX_DEFAULT),
    "torch.tensor([1.0])": (lambda x: agrad.tensor([1.0]), DEFAULT),
    "torch.tensor(1.0)": (lambda x: agrad.tensor(1.0), DEFAULT),
    "torch.tensor(1j)": (lambda x: agrad.tensor(1j), COMPLEX_DEFAULT),
    "torch.zeros": (lambda x: agrad.zeros(2), DEFAULT),
    "torch.full": (lambda x: agrad.full((2,), 0.5), DEFAULT),
    "torch.linspace": (lambda x: agrad.linspace(0, 1, 2), DEFAULT),
    "torch.arange(2.0)": (lambda x: agrad.arange(0.0, 2.0), DEFAULT),
    "torch.hann_window": (lambda x: agrad.hann_window(3), DEFAULT),
    "x.new_zeros": (lambda x: x.new_zeros(2), OWN),
    # random draws
    "rand": (lambda x: agrad.rand(2), DEFAULT),
    "randn": (lambda x: agrad.randn(2), DEFAULT),
    "normal": (lambda x: agrad.normal(0.0, 1.0, (2,)), DEFAULT),
    "rand_like(x)": (lambda x: agrad.rand_like(x), OWN),
    "bernoulli(x)": (lambda x: agrad.bernoulli(x * 0 + 0.5), OWN),
    "dropout(x)": (lambda x: F.dropout(x, 0.5, training=True), OWN),
    "randint": (lambda x: agrad.randint(0, 5, (2,)), ALWAYS_INT),
    # arrays of several dtypes
    "x * standard 0-d float64": (lambda x: x * xp.asarray(2.0, dtype=F8), WIDENED),
    "standard 0-d float64 * x": (lambda x: xp.asarray(2.0, dtype=F8) * x, WIDENED),
    "x * torch 0-d float64": (lambda x: x * agrad.tensor(2.0, dtype=F8), OWN),
    "x * raw 0-d float64": (lambda x: x * np.asarray(2.0), WIDENED),
    "x * NumPy float64": (lambda x: x * np.float64(2.0), WIDENED),
    "x * float64 with axes": (lambda x: x * xp.ones(2, dtype=F8), ALWAYS_DOUBLE),
    "x * raw float64 with axes": (lambda x: x * np.ones(2), ALWAYS_DOUBLE),
    "sum(x) * raw float32": (lambda x: xp.sum(x) * np.ones(2, "float32"), (F4, F8, F4, F8, F4, F4)),
    "x * ints": (lambda x: x * ints(), OWN),
    "ints // 2": (lambda x: ints() // 2, ALWAYS_INT),
    "bools + 1": (lambda x: bools() + 1, ALWAYS_INT),
    "sum(mask)": (lambda x: xp.sum(x > 0), ALWAYS_INT),
    "float_power(x, 2)": (lambda x: agrad.float_power(x, 2), ALWAYS_DOUBLE),
}


@pytest.fixture(autouse=True)
def a_default_dtype() -> Iterator[None]:
    before = agrad.get_default_dtype()
    yield
    assert agrad.get_default_dtype() is before


@pytest.fixture(params=[name for name in BACKENDS if name in ("numpy", "jax")])
def library(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Make a backend the default one and give its library's namespace."""
    if request.param == "numpy":
        with agrad.use_backend("numpy"):
            yield np
        return
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        with agrad.use_backend("jax"):
            yield jax.numpy
    finally:
        jax.config.update("jax_enable_x64", before)


def argument(library: Any, kind: str, values: Any) -> Any:
    raw = library.asarray(values, dtype="float64" if kind.endswith("64") else "float32")
    return raw if kind.startswith("raw") else xp.asarray(raw) if kind.startswith("standard") else agrad.tensor(raw)


def program(x: Any) -> dict[str, Any]:
    return {name: operation(x) for name, (operation, _) in TABLE.items()}


def dtypes_of(tree: dict[str, Any]) -> dict[str, Any]:
    return {name: xp.asarray(value).dtype for name, value in tree.items()}


def noting(seen: list[dict[str, Any]]) -> Callable[[Any], Any]:
    """Return a function that a gradient can be taken of, and that notes the dtypes inside of it."""

    def noted(x: Any) -> Any:
        seen.append(dtypes_of(program(x)))
        return xp.sum(x)

    return noted


def wanted(kind: str) -> dict[str, Any]:
    return {name: row[KINDS.index(kind)] for name, (_, row) in TABLE.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_dtypes_are_the_same_in_every_mode(library: Any, kind: str) -> None:
    x, rows = argument(library, kind, [1.0, 2.0]), argument(library, kind, [[1.0, 2.0], [3.0, 4.0]])
    expected = wanted(kind)
    if kind == "raw64":  # what the transforms do for raw arrays, by hand
        agrad.set_default_dtype(F8)
    try:
        assert dtypes_of(program(xp.asarray(x))) == expected, "eager"
    finally:
        agrad.set_default_dtype(F4)

    transforms: dict[str, Callable[[Any], Any]] = {
        "grad": lambda f: func.grad(f)(x),
        "agrad.grad": lambda f: agrad.grad(f)(x),
        "vjp": lambda f: func.vjp(f, x),
        "jvp": lambda f: func.jvp(f, (x,), (x,)),
        "linearize": lambda f: func.linearize(f, x),
        "grad of grad": lambda f: func.grad(lambda v: xp.sum(func.grad(f)(v) * v))(x),
        "jvp of grad": lambda f: func.hvp(f, (x,), (x,)),
        "jacrev": lambda f: func.jacrev(f)(x),
        "jacfwd": lambda f: func.jacfwd(f, randomness="different")(x),
        "vmap": lambda f: func.vmap(f, randomness="different")(rows),
        "vmap in chunks": lambda f: func.vmap(f, randomness="same", chunk_size=1)(rows),
        "vmap of grad": lambda f: func.vmap(func.grad(f), randomness="different")(rows),
    }
    for mode, run in transforms.items():
        seen: list[dict[str, Any]] = []
        run(noting(seen))
        assert seen and all(one == expected for one in seen), mode
    outputs, tangents = func.jvp(program, (x,), (x,))
    assert dtypes_of(outputs) == dtypes_of(tangents) == expected
    assert dtypes_of(func.vmap(program, randomness="different")(rows)) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_dtypes_are_the_same_under_jax_jit(kind: str) -> None:
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        with agrad.use_backend("jax"):
            x = argument(jax.numpy, kind, [1.0, 2.0])
            seen: list[dict[str, Any]] = []
            jax.jit(lambda v: to_raw(func.grad(noting(seen))(v)))(x)
            assert seen == [wanted(kind)]
    finally:
        jax.config.update("jax_enable_x64", before)


def test_a_double_program_keeps_its_digits(library: Any) -> None:
    """The derivative that was 0.1 in float32: 0.10000000149011612."""
    x = library.asarray([1.0, -2.0], dtype="float64")
    for f in (
        lambda v: xp.sum(v * ((v > 0) * 0.1)),
        lambda v: xp.sum(v * xp.where(v > 0, 0.1, 0.0)),
        lambda v: xp.sum(v * xp.asarray([0.1, 0.0])),
        lambda v: xp.sum(v * agrad.tensor([0.1, 0.0])),
        lambda v: xp.sum(v * xp.full(2, 0.1) * (v > 0)),
        lambda v: xp.sum(v * ((v > 0) / xp.asarray(10))),
    ):
        np.testing.assert_array_equal(np.asarray(func.grad(f)(x)), [0.1, 0.0])
        np.testing.assert_array_equal(np.asarray(func.jvp(f, (x,), (library.ones_like(x),))[1]), 0.1)
        np.testing.assert_array_equal(np.asarray(func.jacrev(f)(x)), [0.1, 0.0])
        np.testing.assert_array_equal(np.asarray(func.vmap(func.grad(f))(library.stack([x, x])))[1], [0.1, 0.0])
    assert agrad.grad(lambda v: v * xp.asarray(0.1) * (v > 0))(2.0) == 0.1


def test_a_raw_array_counts_as_one_of_the_standard(library: Any) -> None:
    """Outside of transforms too: beside a Tensor, and lifted by a function of the standard's face."""
    x = library.ones(2, dtype="float32")
    two = xp.asarray(2.0, dtype=F8)
    assert (two * x).dtype is (two * xp.asarray(x)).dtype is F8
    assert xp.multiply(two, x).dtype is F8
    assert (xp.sin(library.asarray(2.0, dtype="float64")) * xp.asarray(x)).dtype is F8
    # beside a Tensor of PyTorch's face PyTorch's rule holds
    assert (agrad.tensor(2.0, dtype=F8) * x).dtype is F4
    assert (agrad.tensor(library.asarray(2.0, dtype="float64")) * xp.asarray(x)).dtype is F4


def test_the_default_is_only_widened_and_only_inside() -> None:
    seen: list[Any] = []

    def f(x: Any) -> Any:
        seen.append(agrad.get_default_dtype())
        return xp.sum(x)

    for dtype in ("float16", "float32", "float64"):
        agrad.grad(f)(np.ones(2, dtype))
    agrad.grad(lambda p: f(p[0]))([1.0, 2.0])
    func.vjp(f, np.ones(2, "complex128"))
    func.grad(lambda x, y: f(x) + xp.sum(y), argnums=1)(np.ones(2, "float64"), np.ones(2, "float32"))
    func.grad(f)(agrad.ones(2, dtype=F8))
    func.grad(lambda x, w: f(x) + w)(np.ones(2, "float64"), agrad.tensor(1.0))  # raw arrays beside a Tensor
    assert seen == [F4, F4, F8, F8, F8, F8, F4, F4]

    seen.clear()
    agrad.set_default_dtype(F8)
    try:
        agrad.grad(f)(np.ones(2, "float32"))
    finally:
        agrad.set_default_dtype(F4)
    assert seen == [F8]

    def failing(x: Any) -> Any:
        raise ValueError(str(agrad.get_default_dtype()))

    with pytest.raises(ValueError, match="float64"):
        agrad.grad(failing)(np.ones(2))

    # set inside: in force at once, but for what the arrays need, and afterwards
    def setting(x: Any) -> Any:
        agrad.set_default_dtype(agrad.float16)
        seen.append(agrad.get_default_dtype())
        return xp.sum(x)

    seen.clear()
    try:
        agrad.grad(setting)(np.ones(2, "float32"))
        seen.append(agrad.get_default_dtype())
    finally:
        agrad.set_default_dtype(F4)
    assert seen == [F4, agrad.float16]


@pytest.mark.parametrize("dtype", [F4, F8])
def test_random_numbers_are_the_same_in_every_mode(library: Any, dtype: Any) -> None:
    """The same seed draws the same numbers, of the same dtype, whatever the draw is inside of."""
    x = library.ones(3, dtype="float64")
    draws: list[Any] = []

    def f(v: Any) -> Any:
        agrad.manual_seed(5)
        drawn = [draw(3, dtype=dtype) for draw in (agrad.rand, agrad.randn)]
        drawn.append(agrad.randperm(3))
        draws.append(
            [(one.dtype, np.asarray(to_raw(one)) if not one._options.backend.level else None) for one in drawn]
        )
        return xp.sum(v * drawn[0]) + xp.sum(v * drawn[1])

    f(xp.asarray(x))
    func.grad(f)(x)
    func.jvp(f, (x,), (x,))
    func.jacrev(f)(x)
    func.vmap(f, in_dims=0, randomness="same")(library.ones((2, 3), dtype="float64"))
    assert len(draws) == 5
    for drawn in draws[1:]:
        for (kind, values), (first_kind, first) in zip(drawn, draws[0]):
            assert kind is first_kind
            if values is not None:
                np.testing.assert_array_equal(values, first)
    # what vmap draws anew for each example has the dtype that was asked for, and differs
    out = func.vmap(lambda v: agrad.rand(3, dtype=dtype), randomness="different")(library.ones((2, 3)))
    assert str(out.dtype) == dtype.name
    assert not np.array_equal(np.asarray(out)[0], np.asarray(out)[1])


@pytest.mark.filterwarnings("ignore:The use of `x.T` on tensors of dimension other than 2")
@pytest.mark.parametrize(
    "part",
    [
        lambda v: v.T,
        lambda v: v[::-1],
        lambda v: v[None, ..., [0, 2]],
        lambda v: v[v > 3],
        lambda v: v[np.asarray([1, 1])],
        lambda v: v.transpose(0, 1) if hasattr(v, "unsqueeze") else v.swapaxes(0, 1),
    ],
    ids=["T", "negative step", "mixed", "mask", "repeated", "transpose"],
)
def test_a_raw_array_is_read_inside_as_outside(library: Any, part: Callable[[Any], Any]) -> None:
    """What an array's own program does with it means the same inside a transform."""
    raw = library.asarray(np.arange(24.0).reshape(2, 3, 4))
    value, pull = func.vjp(part, raw)
    np.testing.assert_array_equal(np.asarray(value), np.asarray(part(raw)))
    (counts,) = pull(library.ones_like(value))
    assert counts.dtype == raw.dtype and float(np.asarray(counts).sum()) == np.asarray(value).size
