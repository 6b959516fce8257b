"""Random functions, against PyTorch: their forms, shapes, dtypes and errors; the numbers are agrad's own, one seed's on every backend."""

from __future__ import annotations

import numpy as np
import pytest
from oracle import BACKENDS, Error, Row, case_id, cases, check

import agrad


def same(name, run, **more):
    """A row without gradients."""
    return Row(name, run, grad=False, **more)


def about(*tensors):
    """What is the same for every seed: shapes, dtypes, requires_grad."""
    return [(tuple(x.shape), x.dtype, x.requires_grad) for x in tensors]


FORMS = [
    same("rand", lambda t: about(t.rand(2, 3), t.rand((2, 3)), t.rand([4]), t.rand(()), t.rand(0), t.rand(size=(2,)))),
    same("rand, dtypes", lambda t: about(*(t.rand(2, dtype=d) for d in (t.float16, t.float32, t.float64, t.complex64)))),
    same("rand, requires_grad", lambda t: about(t.rand(2, requires_grad=True))),
    same("randn", lambda t: about(t.randn(2, 3), t.randn((2, 3)), t.randn(size=(2,)), t.randn(2, dtype=t.float64))),
    same("randint", lambda t: about(t.randint(5, (2,)), t.randint(3, 5, (2, 2)), t.randint(high=5, size=(3,)), t.randint(0, 9, [2]))),
    same("randint, dtypes", lambda t: about(t.randint(5, (2,), dtype=t.int32), t.randint(5, (2,), dtype=t.float32))),
    same("randperm", lambda t: about(t.randperm(4), t.randperm(0), t.randperm(4, dtype=t.int32))),
    same("like", lambda t: (lambda x: about(t.rand_like(x), t.randn_like(x), t.randint_like(x, 5), t.randint_like(x, 2, 5),
        t.rand_like(x, dtype=t.float64)))(t.ones(2, 3))),
    same("normal", lambda t: about(t.normal(0.0, 1.0, (2, 3)), t.normal(0.0, 1.0, size=(2,)), t.normal(t.zeros(3), t.ones(3)),
        t.normal(t.zeros(3), 2.0), t.normal(1.0, t.ones(4)), t.normal(mean=0.0, std=t.ones(2)))),
    same("bernoulli", lambda t: about(t.bernoulli(t.full((3,), 0.5)), t.bernoulli(t.zeros(2, dtype=t.float64)), t.full((2,), 0.5).bernoulli())),
    same("multinomial", lambda t: about(t.multinomial(t.ones(4), 2), t.multinomial(t.ones(3, 4), 2), t.ones(4).multinomial(9, True))),
    same("poisson", lambda t: about(t.poisson(t.full((3,), 4.0)))),
    same("filled", lambda t: [x is y for x, y in ((x, fill(x)) for x, fill in (
        (t.zeros(2), lambda x: x.uniform_()), (t.zeros(2), lambda x: x.normal_()), (t.zeros(2), lambda x: x.exponential_()),
        (t.zeros(2), lambda x: x.cauchy_()), (t.zeros(2), lambda x: x.log_normal_()), (t.zeros(2), lambda x: x.geometric_(0.5)),
        (t.zeros(2), lambda x: x.random_()), (t.zeros(2), lambda x: x.bernoulli_())))]),
    same("filled with integers", lambda t: [int(t.zeros(50, dtype=t.int64).random_(3).max() <= 2), int(t.zeros(50).random_(2, 4).min() >= 2)]),
    same("out=", lambda t: (lambda x: [t.rand(2, out=x) is x, t.randn(2, out=x) is x])(t.zeros(2))),
    same("certain draws", lambda t: [t.bernoulli(t.ones(3)), t.bernoulli(t.zeros(3)), t.multinomial(t.tensor([0.0, 1.0]), 1),
        t.multinomial(t.tensor([0.0, 1.0, 0.0]), 3, replacement=True), t.randint(3, 4, (2,)), t.zeros(2).uniform_(3, 3),
        t.normal(t.tensor([5.0, 6.0]), t.zeros(2)), t.poisson(t.zeros(2)), t.zeros(3).bernoulli_(1.0), t.randperm(1)]),
    same("a permutation", lambda t: t.sort(t.randperm(10))[0]),
    same("all of a row", lambda t: t.sort(t.multinomial(t.ones(5), 5))[0]),
    same("manual_seed", lambda t: (t.manual_seed(3), t.initial_seed())[1]),
    same("default_generator", lambda t: (t.manual_seed(11), t.default_generator.initial_seed())[1]),
    same("a seed repeats", lambda t: _repeats(t)),
    same("states", lambda t: _states(t)),
    same("fork_rng", lambda t: _forked(t)),
    same("a generator of one's own", lambda t: _own(t)),
    same("seed gives an int", lambda t: (isinstance(t.seed(), int), isinstance(t.random.seed(), int), t.random.initial_seed() >= 0)),
    same("agrad.random's names", lambda t: (t.random.manual_seed(5), t.random.initial_seed(), t.initial_seed())[1:]),
    same("a negative seed", lambda t: (t.manual_seed(-1), t.initial_seed())[1]),
    same("a view is filled", lambda t: (lambda x: (x[1].uniform_(5, 6), bool((x[1] >= 5).all()), x[0])[1:])(t.zeros(2, 3))),
    same("filled under no_grad", lambda t: _initialised(t)),
    same("the version counts", lambda t: (lambda x: (x.normal_(), x._version)[1])(t.zeros(2))),
]  # fmt: skip


def _repeats(t):
    t.manual_seed(0)
    first = t.rand(3)
    t.manual_seed(0)
    return [bool((t.rand(3) == first).all()), bool((t.rand(3) == first).any())]


def _states(t):
    t.manual_seed(1)
    t.rand(1)
    state = t.get_rng_state()
    first = t.rand(3)
    t.set_rng_state(state)
    return [bool((t.rand(3) == first).all()), state.dtype, state.dim()]


def _forked(t):
    t.manual_seed(1)
    expected = t.rand(2)
    t.manual_seed(1)
    with t.random.fork_rng(devices=[]):
        t.rand(100)
    return bool((t.rand(2) == expected).all())


def _own(t):
    g, h = t.Generator(), t.Generator()
    same = g.manual_seed(7) is g
    h.manual_seed(7)
    equal = bool((t.rand(3, generator=g) == t.rand(3, generator=h)).all())
    state = g.get_state()
    x = t.randn(2, generator=g)
    g.set_state(state)
    return [
        same,
        equal,
        bool((t.randn(2, generator=g) == x).all()),
        g.initial_seed(),
        isinstance(g.seed(), int),
        str(g.device),
    ]


def _initialised(t):
    w = t.zeros(2, requires_grad=True)
    with t.no_grad():
        w.uniform_(1, 2)
    return [w.requires_grad, w.is_leaf, bool((w >= 1).all())]


ERRORS = [
    Error("rand of no size", lambda t: t.rand(), "rand()"),
    Error("rand of ints", lambda t: t.rand(2, dtype=t.int64), "not implemented for 'Long'"),
    Error("randn of ints", lambda t: t.randn(2, dtype=t.int64), "not implemented for 'Long'"),
    Error(
        "an empty range",
        lambda t: t.randint(5, 5, (2,)),
        "random_ expects 'from' to be less than 'to', but got from=5 >= to=5",
    ),
    Error("a negative std", lambda t: t.normal(0.0, -1.0, (2,)), "normal expects std >= 0.0, but found std -1"),
    Error(
        "a negative std among them",
        lambda t: t.normal(t.zeros(2), t.tensor([1.0, -1.0])),
        "normal expects all elements of std >= 0.0",
    ),
    Error(
        "a permutation of fewer than none",
        lambda t: t.randperm(-1),
        "Trying to create tensor with negative dimension -1",
    ),
    Error("a probability above one", lambda t: t.bernoulli(t.tensor([1.5])), "p_in >= 0 && p_in <= 1"),
    Error("bernoulli of ints", lambda t: t.bernoulli(t.tensor([1])), "not implemented for 'Long'"),
    Error(
        "bernoulli_ above one",
        lambda t: t.zeros(2).bernoulli_(1.5),
        "bernoulli_ expects p to be in [0, 1], but got p=1.5",
    ),
    Error(
        "a negative rate",
        lambda t: t.poisson(t.tensor([-1.0])),
        "invalid Poisson rate, expected rate to be non-negative",
    ),
    Error(
        "more than there are",
        lambda t: t.multinomial(t.ones(2), 3),
        "cannot sample n_sample > prob_dist.size(-1) samples without replacement",
    ),
    Error("no samples", lambda t: t.multinomial(t.ones(2), 0), "cannot sample n_sample <= 0 samples"),
    Error(
        "negative weights",
        lambda t: t.multinomial(t.tensor([-1.0, 2.0]), 1),
        "probability tensor contains either `inf`, `nan` or element < 0",
    ),
    Error(
        "no weights",
        lambda t: t.multinomial(t.zeros(2), 1),
        "invalid multinomial distribution (sum of probabilities <= 0)",
    ),
    Error("weights of three axes", lambda t: t.multinomial(t.ones(2, 2, 2), 1), "prob_dist must be 1 or 2 dim"),
    Error(
        "weights of ints",
        lambda t: t.multinomial(t.ones(3, dtype=t.int64), 1),
        "multinomial only supports floating-point dtypes for input",
    ),
    Error(
        "an upside-down uniform_", lambda t: t.zeros(2).uniform_(2, 1), "uniform_ expects to return a [from, to) range"
    ),
    Error("exponential_ of no rate", lambda t: t.zeros(2).exponential_(0.0), "exponential_ expects lambda > 0.0"),
    Error("cauchy_ of no width", lambda t: t.zeros(2).cauchy_(0.0, -1.0), "cauchy_ expects sigma > 0.0"),
    Error("log_normal_ of no width", lambda t: t.zeros(2).log_normal_(0.0, 0.0), "log_normal_ expects std > 0.0"),
    Error(
        "geometric_ of a sure thing",
        lambda t: t.zeros(2).geometric_(1.0),
        "geometric_ expects p to be in (0, 1), but got p=1",
    ),
    Error(
        "a leaf is not filled", lambda t: t.ones(2, requires_grad=True).normal_(), "a leaf Variable that requires grad"
    ),
    Error("a seed out of range", lambda t: t.manual_seed(2**64), "Overflow when unpacking long"),
    Error("a state of another dtype", lambda t: t.set_rng_state(t.ones(3)), "RNG state must be a torch.ByteTensor"),
]

DRAWS = {
    "rand": lambda t: t.rand(1001),
    "rand, double": lambda t: t.rand(77, dtype=t.float64),
    "randn": lambda t: t.randn(1001),
    "randint": lambda t: t.randint(-5, 100000, (999,)),
    "randperm": lambda t: t.randperm(500),
    "uniform_": lambda t: t.zeros(9, 11).uniform_(-1.3, 2.9),
    "normal_": lambda t: t.zeros(300).normal_(3.0, 0.1),
    "bernoulli": lambda t: t.bernoulli(t.full((500,), 0.3)),
    "multinomial": lambda t: t.multinomial(t.arange(1.0, 50.0), 20),
    "random_": lambda t: t.zeros(100, dtype=t.int32).random_(1000),
    "poisson": lambda t: t.poisson(t.full((200,), 4.0)),
}


@pytest.mark.parametrize(("row", "backend"), cases(FORMS + ERRORS), ids=case_id)
def test_random_face(row, backend):
    check(row, backend)


@pytest.mark.parametrize("name", list(DRAWS))
def test_one_seed_is_one_stream_on_every_backend(name):
    drawn = []
    for backend in BACKENDS:
        with agrad.use_backend(backend):
            agrad.manual_seed(1234)
            drawn.append(np.asarray(DRAWS[name](agrad)))
    for other in drawn[1:]:
        np.testing.assert_array_equal(other, drawn[0])


def test_random_numbers_inside_jit():
    """A key goes in, numbers come out: the same as outside."""
    jax = pytest.importorskip("jax")
    from agrad.random import Generator

    with agrad.use_backend("jax"):
        expected = np.asarray(agrad.rand(5, generator=Generator.from_key((7, 9))))

        def draw(key):
            generator = Generator.from_key((key[0], key[1]))
            return agrad.rand(5, generator=generator)._data

        got = jax.jit(draw)(np.asarray([7, 9], dtype="uint64"))
    np.testing.assert_array_equal(np.asarray(got), expected)
