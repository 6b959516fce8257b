"""Random numbers: the published test vectors, the same bits on every backend, and the right distributions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import pytest
from scipy import stats

import agrad
from agrad import dtypes
from agrad.backend import get_backend
from agrad.random import Generator, distributions, philox, samplers
from agrad.random.words import Stream
from agrad.torch_api import random as face

PI_KEY = (0x452821E638D01377, 0xBE5466CF34E90C6C)
ONES = 2**64 - 1
#: Random123's known answers: counter, key, block
KNOWN = [
    (
        (0, 0, 0, 0),
        (0, 0),
        (0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B),
    ),
    (
        (ONES, ONES, ONES, ONES),
        (ONES, ONES),
        (0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0),
    ),
    (
        (0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89),
        PI_KEY,
        (0xA528F45403E61D95, 0x38C72DBD566E9788, 0xA5A1610E72FD18B5, 0x57BD43B5E52B7FE6),
    ),
]
#: the stream of blocks 0 and 1 under PI_KEY
WORDS = [
    0x11B58B554B2C4286, 0xA60F9814FF2BDEC2, 0x2085CA5C8BCA328E, 0x05E93D4BE83DBE0F,
    0x3D8CABA218D43204, 0x394697B14A140DDF, 0x571179195A3D0477, 0x6A29B4F565664B0F,
]  # fmt: skip
SIZE = 20_000


@contextmanager
def wide_jax() -> Iterator[None]:
    """JAX's 64-bit mode for the length of a block."""
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        yield
    finally:
        jax.config.update("jax_enable_x64", before)


@contextmanager
def narrow_jax() -> Iterator[None]:
    """JAX without 64 bits for the length of a block."""
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", False)
    try:
        yield
    finally:
        jax.config.update("jax_enable_x64", before)


def stream_on(name: str = "numpy", key: tuple[int, int] = PI_KEY, draws: int = 0) -> Stream:
    """The draw of a number under a key."""
    backend = get_backend(name)
    generator = Generator.from_key(key)
    generator.restore(generator.snapshot()._replace(draws=draws))
    return Stream(backend, backend.default_device(), generator)


def array_of(values: Any, like: str, dtype: str = "float32") -> Any:
    """Values as an array of a backend."""
    backend = get_backend(like)
    return backend.asarray(np.asarray(values).tolist(), dtypes.by_name(dtype), backend.default_device())


def values(tensor: Any) -> Any:
    """A tensor's elements as nested lists."""
    return tensor._options.backend.tolist(tensor._data)


# ---------------------------------------------------------------- bits


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_known_answers(counter: Any, key: Any, expected: Any) -> None:
    """Python ints, uint64 arrays and pairs of uint32 arrays all give the published blocks."""
    xp = get_backend("strict").namespace()
    assert philox.block(key, counter) == expected
    assert np.asarray(philox.words_portable(xp, key, counter, 1)).tolist() == list(expected)
    assert np.asarray(philox.halves_portable(xp, key, counter, 1)).view(np.uint64).tolist() == list(expected)
    assert get_backend("numpy").random_words(key, counter, 1, None).tolist() == list(expected)


@pytest.mark.parametrize("blocks", [0, 1, 2, 7, 100])
def test_stream_is_numpys_everywhere(blocks: int) -> None:
    """Each backend's own way to the bits, in both of JAX's modes, gives those of numpy.random.Philox."""
    counter = (5, 3, 2**40, 9)
    expected = np.random.Philox(
        key=np.array(PI_KEY, dtype=np.uint64), counter=np.array((4, 3, 2**40, 9), dtype=np.uint64)
    )
    words = expected.random_raw(4 * blocks)
    for name, mode in (("numpy", nullcontext), ("strict", nullcontext), ("jax", wide_jax), ("jax", narrow_jax)):
        with mode():
            backend = get_backend(name)
            raw = backend.random_words(PI_KEY, counter, blocks, backend.default_device())
            assert np.array_equal(np.asarray(raw).view(np.uint64), words)
    xp = get_backend("strict").namespace()
    assert np.array_equal(np.asarray(philox.halves_portable(xp, PI_KEY, counter, blocks)).view(np.uint64), words)


def test_recipes_from_the_known_stream() -> None:
    """What the eight known words become."""
    f64, f32, i64 = dtypes.float64, dtypes.float32, dtypes.int64
    assert stream_on().words(8).wide.tolist() == WORDS
    assert [x.hex() for x in distributions.uniform(stream_on(), (4,), f64).tolist()] == [
        "0x1.1b58b554b2c40p-4", "0x1.4c1f3029fe57bp-1", "0x1.042e52e45e518p-3", "0x1.7a4f52fa0f6e0p-6",
    ]  # fmt: skip
    halves = distributions.uniform(stream_on(), (4,), f32) * 2.0**24
    assert halves.tolist() == [0x4B2C42, 0x11B58B, 0xFF2BDE, 0xA60F98]
    affine = distributions.uniform(stream_on(), (2,), f64, -1.3, 2.9)
    assert [x.hex() for x in affine.tolist()] == ["-0x1.026bea002aac9p+0", "0x1.6ca7e524fc84fp+0"]
    assert distributions.integers(stream_on(), (8,), i64, 0, 1000003).tolist() == [
        69176, 648677, 127041, 23090, 240428, 223734, 340111, 414700,
    ]  # fmt: skip
    assert distributions.permutation(stream_on(), 8, i64).tolist() == [3, 0, 2, 5, 4, 6, 7, 1]
    assert distributions.permutation(stream_on(), 7, i64).tolist() == [3, 0, 2, 5, 4, 6, 1]
    cosines = distributions.normal(stream_on(), (8,), f64)[::2]
    assert cosines.tolist() == pytest.approx([-1.37407348, 2.01003379, 0.2773856, -1.26272308], abs=1e-8)


@pytest.mark.parametrize("span", [1, 2, 10, 1000003, 2**32 - 1, 2**32, 2**32 + 1, 2**63, 2**64 - 1, 2**64])
def test_integers_are_the_exact_floor(span: int) -> None:
    """Against Python's integers; on uint32 halves too, where the span fits."""
    words = [int(w) for w in stream_on().words(200).wide]
    low = -(2**63) if span > 2**62 else -5
    if span <= 2**32:
        expected = [low + (r * span >> 64) for r in words[:100]]
    else:
        expected = [low + (((words[2 * i + 1] << 64) + words[2 * i]) * span >> 128) for i in range(100)]
    assert distributions.integers(stream_on(), (100,), dtypes.int64, low, low + span).tolist() == expected
    if span <= 2**32:
        with narrow_jax():
            start = max(-(2**31), -5 if span < 2**31 else -(2**31))
            narrow = distributions.integers(stream_on("jax"), (100,), dtypes.int32, start, start + span)
        assert np.asarray(narrow).tolist() == [start + (r * span >> 64) for r in words[:100]]


# ---------------------------------------------------------------- the same numbers everywhere

EXACT = {
    "uniform float32": lambda s, n: distributions.uniform(s, (1001,), dtypes.float32),
    "uniform float64": lambda s, n: distributions.uniform(s, (1001,), dtypes.float64),
    "uniform affine float32": lambda s, n: distributions.uniform(s, (7, 11), dtypes.float32, -1.3, 2.9),
    "uniform affine float64": lambda s, n: distributions.uniform(s, (1001,), dtypes.float64, -1.3, 2.9),
    "normal float32": lambda s, n: distributions.normal(s, (1001,), dtypes.float32),
    "normal affine float32": lambda s, n: distributions.normal(s, (1001,), dtypes.float32, 3.0, 0.1),
    "exponential float32": lambda s, n: distributions.exponential(s, (1001,), dtypes.float32, 2.0),
    "integers": lambda s, n: distributions.integers(s, (1001,), dtypes.int64, -5, 10**6),
    "integers wide": lambda s, n: distributions.integers(s, (1001,), dtypes.int64, -(2**63), 2**63),
    "permutation": lambda s, n: distributions.permutation(s, 1000, dtypes.int64),
    "bernoulli": lambda s, n: distributions.bernoulli(s, (1001,), 0.3),
    "bernoulli of": lambda s, n: distributions.bernoulli(s, (1001,), array_of(np.linspace(0, 1, 1001), n)),
    "poisson": lambda s, n: samplers.poisson(s, array_of(np.linspace(0, 60, 1001), n), dtypes.float32),
    "multinomial": lambda s, n: samplers.multinomial(s, array_of(np.linspace(0, 1, 99), n), 500, True),
    "multinomial without": lambda s, n: samplers.multinomial(s, array_of(np.linspace(0, 1, 99), n), 50, False),
}
CLOSE = {
    "normal float64": lambda s, n: distributions.normal(s, (1001,), dtypes.float64),
    "normal complex": lambda s, n: distributions.normal(s, (1001,), dtypes.complex128),
    "cauchy": lambda s, n: distributions.cauchy(s, (1001,), dtypes.float64),
    "log_normal": lambda s, n: distributions.log_normal(s, (1001,), dtypes.float64, 0.0, 1.0),
    "geometric": lambda s, n: distributions.geometric(s, (1001,), dtypes.float64, 0.3),
    "gamma": lambda s, n: samplers.gamma(s, array_of(np.linspace(0.1, 30, 1001), n), dtypes.float64),
}


@pytest.mark.parametrize("what", [*EXACT, *CLOSE])
def test_same_numbers_on_every_backend(what: str) -> None:
    """Bit for bit, or within a few units in the last place where a float64 logarithm shows."""
    with wide_jax():
        draw = EXACT.get(what) or CLOSE[what]
        expected = draw(stream_on("numpy"), "numpy")
        for name in ("strict", "jax"):
            got = np.asarray(draw(stream_on(name), name))
            assert got.dtype == expected.dtype
            if what in EXACT:
                assert np.array_equal(got, expected), name
            else:
                assert np.allclose(got, expected, rtol=1e-13, atol=1e-14), name


@pytest.mark.parametrize("what", [name for name in EXACT if not name.startswith(("poisson", "multinomial", "permut"))])
def test_same_numbers_under_jit(what: str) -> None:
    """Compiled, with fused products and all."""
    jax = pytest.importorskip("jax")
    with wide_jax():
        expected = EXACT[what](stream_on("numpy"), "numpy")

        def drawn(key: Any) -> Any:
            backend = get_backend("jax")
            return EXACT[what](Stream(backend, backend.default_device(), Generator.from_key((key[0], key[1]))), "jax")

        got = jax.jit(drawn)(np.array(PI_KEY, dtype=np.uint64))
        assert np.array_equal(np.asarray(got), expected)


def test_jax_without_64_bits() -> None:
    """The same uniforms, integers, permutations and coins; normals within float32's rounding."""
    draws: dict[str, Any] = {
        "uniform": lambda s: distributions.uniform(s, (1001,), dtypes.float32),
        "integers": lambda s: distributions.integers(s, (1001,), dtypes.int32, -5, 10**6),
        "permutation": lambda s: distributions.permutation(s, 1000, dtypes.int32),
        "bernoulli": lambda s: distributions.bernoulli(s, (1001,), 0.25),
        "normal": lambda s: distributions.normal(s, (1001,), dtypes.float32),
        "exponential": lambda s: distributions.exponential(s, (1001,), dtypes.float32),
        "affine": lambda s: distributions.uniform(s, (1001,), dtypes.float32, -1.3, 2.9),
    }
    for what, draw in draws.items():
        expected = draw(stream_on("numpy"))
        with narrow_jax():
            got = np.asarray(draw(stream_on("jax")))
        if what in ("normal", "exponential", "affine"):
            assert np.allclose(got, expected, rtol=1e-6, atol=1e-6), what
        else:
            assert np.array_equal(got, expected), what


def test_an_element_depends_on_its_place_only() -> None:
    """Shape and length do not matter."""
    for draw in (distributions.uniform, distributions.normal, distributions.exponential):
        long = draw(stream_on(), (1000,), dtypes.float32)
        assert np.array_equal(draw(stream_on(), (7, 11), dtypes.float32).reshape(-1), long[:77])


def test_uniforms_stay_below_their_end() -> None:
    """The open end is never reached, whatever the rounding."""
    for dtype in (dtypes.float16, dtypes.float32, dtypes.float64):
        for low, high in ((0.0, 1.0), (1.0, 1.0 + 2**-9), (-1.0, 0.0), (1000.0, 1001.0), (-3.0, -2.0), (0.1, 0.3)):
            x = distributions.uniform(stream_on(), (SIZE,), dtype, low, high)
            ends = np.array([low, high]).astype(x.dtype)
            assert (x >= ends[0]).all() and (x < ends[1]).all(), (dtype, low, high)


# ---------------------------------------------------------------- the right distributions


@pytest.mark.parametrize("key", [(1, 0), (2**64 - 1, 5)])
@pytest.mark.parametrize(
    ("draw", "law"),
    [
        (lambda s: distributions.uniform(s, (SIZE,), dtypes.float64), stats.uniform()),
        (lambda s: distributions.uniform(s, (SIZE,), dtypes.float32, -2.0, 3.0), stats.uniform(-2.0, 5.0)),
        (lambda s: distributions.normal(s, (SIZE,), dtypes.float64), stats.norm()),
        (lambda s: distributions.normal(s, (SIZE,), dtypes.float32, 1.0, 3.0), stats.norm(1.0, 3.0)),
        (lambda s: distributions.exponential(s, (SIZE,), dtypes.float64, 2.0), stats.expon(scale=0.5)),
        (lambda s: distributions.cauchy(s, (SIZE,), dtypes.float64, 1.0, 2.0), stats.cauchy(1.0, 2.0)),
        (
            lambda s: distributions.log_normal(s, (SIZE,), dtypes.float64, 0.5, 0.7),
            stats.lognorm(0.7, scale=math.exp(0.5)),
        ),
        (lambda s: samplers.gamma(s, np.full(SIZE, 0.3), dtypes.float64), stats.gamma(0.3)),
        (lambda s: samplers.gamma(s, np.full(SIZE, 7.5), dtypes.float64), stats.gamma(7.5)),
    ],
    ids=["uniform", "uniform32", "normal", "normal32", "exponential", "cauchy", "log_normal", "gamma0.3", "gamma7.5"],
)
def test_continuous_laws(draw: Any, law: Any, key: tuple[int, int]) -> None:
    """Kolmogorov-Smirnov, and the first moments where there are some."""
    sample = np.asarray(draw(stream_on(key=key)), dtype=np.float64)
    assert stats.kstest(sample, law.cdf).pvalue > 1e-3
    mean, variance = law.stats("mv")
    if math.isfinite(mean) and math.isfinite(variance):
        assert abs(sample.mean() - mean) < 5.0 * math.sqrt(variance / SIZE)
        assert abs(sample.var() / variance - 1.0) < 0.15


@pytest.mark.parametrize(
    ("draw", "law"),
    [
        (lambda s: distributions.integers(s, (SIZE,), dtypes.int64, -3, 17), stats.randint(-3, 17)),
        (lambda s: distributions.bernoulli(s, (SIZE,), 0.3).astype(np.int64), stats.bernoulli(0.3)),
        (lambda s: distributions.geometric(s, (SIZE,), dtypes.float64, 0.4), stats.geom(0.4)),
        (lambda s: samplers.poisson(s, np.full(SIZE, 0.7), dtypes.float64), stats.poisson(0.7)),
        (lambda s: samplers.poisson(s, np.full(SIZE, 9.5), dtypes.float64), stats.poisson(9.5)),
        (lambda s: samplers.poisson(s, np.full(SIZE, 10.5), dtypes.float64), stats.poisson(10.5)),
        (lambda s: samplers.poisson(s, np.full(SIZE, 200.0), dtypes.float64), stats.poisson(200.0)),
        (lambda s: samplers.binomial(s, np.full(SIZE, 9.0), np.full(SIZE, 0.2), dtypes.float64), stats.binom(9, 0.2)),
    ],
    ids=["integers", "bernoulli", "geometric", "poisson0.7", "poisson9.5", "poisson10.5", "poisson200", "binomial"],
)
def test_discrete_laws(draw: Any, law: Any) -> None:
    """Chi-square over the values that are expected ten times or more, the rest in two tails."""
    sample = np.asarray(draw(stream_on())).astype(np.int64)
    low, high = int(law.ppf(0.001)), int(law.ppf(0.999))
    edges = np.arange(low, high)
    expected = np.diff(np.concatenate([[0.0], law.cdf(edges), [1.0]])) * SIZE
    found = np.histogram(sample, bins=[-(2**40), *(edges + 0.5), 2**40])[0]
    keep = expected > 5
    assert stats.chisquare(found[keep], expected[keep] * found[keep].sum() / expected[keep].sum()).pvalue > 1e-3


def test_multinomial_laws() -> None:
    """Weights decide; weight 0 is never drawn; without replacement all are different."""
    weights = np.array([1.0, 0.0, 3.0, 6.0])
    found = np.bincount(samplers.multinomial(stream_on(), weights, SIZE, True), minlength=4)
    assert found[1] == 0
    assert stats.chisquare(found[[0, 2, 3]], SIZE * weights[[0, 2, 3]] / 10).pvalue > 1e-3
    rows = samplers.multinomial(stream_on(), np.tile(weights, (SIZE, 1)), 3, False)
    assert (np.sort(rows, axis=1) == [0, 2, 3]).all()
    assert (
        stats.chisquare(np.bincount(rows[:, 0], minlength=4)[[0, 2, 3]], SIZE * weights[[0, 2, 3]] / 10).pvalue > 1e-3
    )


def test_permutations_are_fair() -> None:
    """All 24 orders of 4 come equally often; a long one (two words a key) is a permutation."""
    counts: dict[tuple[int, ...], int] = {}
    for draw in range(4800):
        order = tuple(distributions.permutation(stream_on(draws=draw), 4, dtypes.int64).tolist())
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 24
    assert stats.chisquare(list(counts.values())).pvalue > 1e-3
    n = 2**21 + 1
    assert np.array_equal(np.sort(distributions.permutation(stream_on(), n, dtypes.int32)), np.arange(n))


# ---------------------------------------------------------------- generators


def test_state_goes_there_and_back() -> None:
    """A state is a uint8 tensor; drawing goes on from it."""
    generator = Generator().manual_seed(-1)
    assert generator.initial_seed() == 2**64 - 1
    generator.next_draw()
    state = generator.get_state()
    first = values(face.rand(5, generator=generator))
    assert values(face.rand(5, generator=Generator().set_state(state))) == first
    assert values(face.rand(5, generator=generator)) != first
    before = face.get_rng_state()
    first = values(face.randn(3))
    face.set_rng_state(before)
    with face.fork_rng():
        assert values(face.randn(3)) == first
    assert values(face.randn(3)) == first
    with pytest.raises(TypeError, match=r"must be a torch\.ByteTensor"):
        generator.set_state([1, 2])
    with pytest.raises(RuntimeError, match="RNG state is wrong size"):
        generator.set_state(agrad.tensor([1], dtype=agrad.uint8))
    with pytest.raises(RuntimeError, match="Overflow when unpacking long"):
        generator.manual_seed(2**64)


def test_children() -> None:
    """A child depends on key and index alone, and differs from its parent and its siblings."""
    parent = Generator().manual_seed(3)
    draws = [values(face.rand(4, generator=one)) for one in (parent.fork(0), parent.fork(1), parent)]
    assert len({tuple(draw) for draw in draws}) == 3
    assert values(face.rand(4, generator=parent.fork(0))) == draws[0]
    assert parent.new_key() != parent.new_key()


# ---------------------------------------------------------------- PyTorch's face


@pytest.fixture(params=["numpy", "jax", "strict"])
def backend(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each backend as the default one."""
    if request.param == "jax":
        pytest.importorskip("jax")
    with agrad.use_backend(request.param):
        face.manual_seed(0)
        yield request.param


def test_sizes_and_dtypes(backend: str) -> None:
    """Sizes as ints or a sequence; dtypes asked for or default."""
    assert face.rand(2, 3).shape == face.rand((2, 3)).shape == face.randn([2, 3]).shape == (2, 3)
    assert face.rand(()).shape == ()
    assert face.randn(2, dtype=agrad.complex64).dtype is agrad.complex64
    assert face.rand(2, requires_grad=True).requires_grad
    assert face.randint(10, (4,)).shape == face.randint(3, 10, (4,)).shape == face.randint(high=9, size=(4,)).shape
    assert sorted(values(face.randperm(6))) == list(range(6))
    assert face.normal(0.0, 1.0, (2, 2)).shape == (2, 2)
    assert values(face.normal(agrad.tensor([1.0, 2.0]), 0.0)) == [1.0, 2.0]
    x = agrad.zeros((3, 2))
    assert face.rand_like(x).shape == face.randn_like(x).shape == face.randint_like(x, 5).shape == (3, 2)
    assert values(face.bernoulli(agrad.tensor([0.0, 1.0]))) == [0.0, 1.0]
    assert values(face.multinomial(agrad.tensor([0.0, 1.0]), 1)) == [1]
    assert values(face.poisson(agrad.tensor([0.0, 0.0]))) == [0.0, 0.0]
    assert values(face.binomial(agrad.tensor([5.0]), agrad.tensor([1.0]))) == [5.0]


def test_filling_in_place(backend: str) -> None:
    """Fillers change the tensor and return it; a leaf that requires grad refuses."""
    x = agrad.zeros(50)
    fills = (
        face.uniform_,
        face.normal_,
        face.exponential_,
        face.cauchy_,
        face.log_normal_,
        face.bernoulli_,
        face.random_,
    )
    for fill in fills:
        before = values(x)
        assert fill(x) is x
        assert values(x) != before
    assert face.random_(x, 3) is x and set(values(x)) <= {0.0, 1.0, 2.0}
    assert face.rand(50, out=x) is x
    leaf = agrad.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        face.uniform_(leaf)
    with agrad.no_grad():
        face.uniform_(leaf, 2.0, 3.0)
    assert min(values(leaf)) >= 2.0 and leaf.requires_grad


@pytest.mark.parametrize(
    ("call", "phrase"),
    [
        (lambda: face.uniform_(agrad.zeros(2), 1.0, 0.0), r"expects to return a \[from, to\) range"),
        (lambda: face.rand(2, dtype=agrad.int32), "not implemented for 'Int'"),
        (lambda: face.normal(0.0, -1.0, (2,)), "normal expects std >= 0.0, but found std -1"),
        (lambda: face.normal(agrad.zeros(2), agrad.tensor([1.0, -1.0])), "normal expects all elements of std >= 0.0"),
        (lambda: face.bernoulli(agrad.tensor([2.0])), "Expected p_in >= 0 && p_in <= 1"),
        (lambda: face.bernoulli_(agrad.zeros(2), 2.0), r"bernoulli_ expects p to be in \[0, 1\], but got p=2"),
        (lambda: face.poisson(agrad.tensor([-1.0])), "invalid Poisson rate, expected rate to be non-negative"),
        (lambda: face.multinomial(agrad.ones(2), 3), "without replacement"),
        (lambda: face.multinomial(agrad.ones(2), 0), "cannot sample n_sample <= 0 samples"),
        (lambda: face.multinomial(agrad.tensor([-1.0, 1.0]), 1), "either `inf`, `nan` or element < 0"),
        (lambda: face.multinomial(agrad.zeros(2), 1), "invalid multinomial distribution"),
        (lambda: face.multinomial(agrad.ones((1, 1, 1)), 1), "prob_dist must be 1 or 2 dim"),
        (lambda: face.randint(0, (2,)), "random_ expects 'from' to be less than 'to', but got from=0 >= to=0"),
        (lambda: face.randperm(-1), "Trying to create tensor with negative dimension -1"),
        (lambda: face.rand(-1), "negative dimension -1"),
        (lambda: face.exponential_(agrad.zeros(2), 0.0), "exponential_ expects lambda > 0.0, but found lambda=0"),
        (lambda: face.geometric_(agrad.zeros(2), 1.0), r"geometric_ expects p to be in \(0, 1\), but got p=1"),
    ],
)
def test_refusals(backend: str, call: Any, phrase: str) -> None:
    """PyTorch's exception with its phrase."""
    with pytest.raises(RuntimeError, match=phrase):
        call()
