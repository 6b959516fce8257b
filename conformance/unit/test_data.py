"""Loaders and samplers: what workers see and say, how they end, and that nothing is built that is only drawn from."""

from __future__ import annotations

import gc
import itertools
import subprocess
import sys
import threading
import time
import tracemalloc

import numpy as np
import pytest
from on_backends import BACKENDS

import agrad
from agrad.random.samplers import _stirling_tail
from agrad.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    get_worker_info,
    random_split,
)
from agrad.utils.data.permutation import Permutation


class Numbers(Dataset):
    """n examples, each made by a function of its index."""

    def __init__(self, n, make=float):
        self.n, self.make = n, make

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        return self.make(index)


class Stream(IterableDataset):
    """Numbers one after another; with workers, each gives its share."""

    def __init__(self, n):
        self.n = n

    def __iter__(self):
        info = get_worker_info()
        first, step = (0, 1) if info is None else (info.id, info.num_workers)
        return iter(range(first, self.n, step))


def _alive():
    return [thread for thread in threading.enumerate() if thread.name.startswith("agrad-data")]


def _wait_until_ended():
    gc.collect()  # errors caught by a test are in cycles with its frames, which hold iterators
    end = time.monotonic() + 10
    while _alive() and time.monotonic() < end:
        time.sleep(0.01)
    assert not _alive()


# ---------------------------------------------------------------- workers


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_order(workers):
    """Batches come in order, whichever worker is slow."""

    def slow(index):
        time.sleep(0.002 * (index % 3))
        return index

    loader = DataLoader(Numbers(10, slow), batch_size=3, num_workers=workers)
    assert [batch.tolist() for batch in loader] == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]
    _wait_until_ended()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"num_workers": 2, "prefetch_factor": 0}, "prefetch_factor option should be positive"),
        ({"prefetch_factor": 2}, "prefetch_factor option could only be specified"),
        ({"persistent_workers": True}, "persistent_workers option needs num_workers > 0"),
        ({"num_workers": -1}, "non-negative"),
        ({"timeout": -1}, "non-negative"),
    ],
)
def test_options_that_cannot_be(options, words):
    with pytest.raises(ValueError, match=words):
        DataLoader(Numbers(3), **options)
    with pytest.raises(NotImplementedError, match="threads"):
        DataLoader(Numbers(3), num_workers=1, multiprocessing_context="fork")


@pytest.mark.parametrize("backend", BACKENDS)
def test_workers_take_the_callers_backend_and_modes(backend):
    """A thread starts with the defaults; a worker does not."""
    seen = []

    def look(index):
        seen.append(agrad.is_grad_enabled())
        return agrad.ones(1)

    with agrad.use_backend(backend), agrad.no_grad():
        batches = list(DataLoader(Numbers(4, look), num_workers=2))
    assert seen == [False] * 4
    assert {batch._options.backend.name for batch in batches} == {backend}
    list(DataLoader(Numbers(1, look), num_workers=1))
    assert seen[-1]


@pytest.mark.parametrize("kind", [Numbers, Stream])
def test_random_numbers_of_workers_are_reproducible(kind):
    """They depend on the seed, and for a map-style dataset not on the number of workers."""

    def epoch(workers):
        agrad.manual_seed(3)
        dataset = Numbers(12, lambda index: agrad.rand(2)) if kind is Numbers else Jittered(12)
        return [batch.tolist() for batch in DataLoader(dataset, batch_size=2, num_workers=workers)]

    first = epoch(3)
    assert all(epoch(3) == first for _ in range(5))
    assert len({str(batch) for batch in first}) == len(first)
    if kind is Numbers:
        assert epoch(1) == first


class Jittered(Stream):
    """A stream with noise."""

    def __iter__(self):
        for number in super().__iter__():
            yield agrad.rand(1) + number


def test_an_iterable_dataset_is_divided_among_workers():
    assert sorted(int(batch) for batch in DataLoader(Stream(7), num_workers=3)) == list(range(7))
    batches = [batch.tolist() for batch in DataLoader(Stream(8), batch_size=2, num_workers=2)]
    assert batches == [[0, 2], [1, 3], [4, 6], [5, 7]]


def test_a_worker_knows_itself_and_may_change_its_copy():
    """PyTorch's pattern: worker_init_fn sets what the worker's dataset is to read."""
    assert get_worker_info() is None

    def begin(number):
        info = get_worker_info()
        assert info.id == number
        info.dataset.base = 100 * number

    class Based(Numbers):
        base = -1

        def __getitem__(self, index):
            info = get_worker_info()
            assert info.num_workers == 2
            return self.base + index

    dataset = Based(4)
    assert [int(batch) for batch in DataLoader(dataset, num_workers=2, worker_init_fn=begin)] == [0, 101, 2, 103]
    assert dataset.base == -1


def test_an_error_leaves_the_other_batches():
    """Without workers and with them; the error says which worker."""

    def faulty(index):
        if index == 2:
            raise KeyError("number two")
        return index

    for workers in (0, 2):
        found, errors = [], []
        batches = iter(DataLoader(Numbers(6, faulty), num_workers=workers))
        while True:
            try:
                found.append(int(next(batches)))
            except KeyError as error:
                errors.append(error)
            except StopIteration:
                break
        assert found == [0, 1, 3, 4, 5]
        assert len(errors) == 1
        if workers:
            assert "DataLoader worker 0 of 2" in errors[0].__notes__[0]


def test_an_error_of_worker_init_fn_is_told():
    def begin(number):
        raise OSError("no such file")

    batches = iter(DataLoader(Numbers(6), num_workers=2, worker_init_fn=begin))
    with pytest.raises(OSError, match="no such file"):
        next(batches)
    with pytest.raises(OSError, match="no such file"):
        next(batches)
    with pytest.raises(RuntimeError, match=r"worker_init_fn failed .*no such file"):
        next(batches)
    del batches
    _wait_until_ended()


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("kind", ["map", "iterable"])
def test_stop_iteration_does_not_end_a_loop_in_silence(workers, kind):
    def collate(batch):
        raise StopIteration

    dataset = Numbers(4) if kind == "map" else Stream(4)
    with pytest.raises(RuntimeError, match="StopIteration"):
        list(DataLoader(dataset, num_workers=workers, collate_fn=collate))


def test_a_timeout_fires_and_a_break_does_not_wait():
    release = threading.Event()

    def hanging(index):
        if index >= 2:
            release.wait(30)
        return index

    start = time.monotonic()
    batches = iter(DataLoader(Numbers(6, hanging), num_workers=2, timeout=0.3))
    assert [int(next(batches)), int(next(batches))] == [0, 1]
    with pytest.raises(RuntimeError, match=r"DataLoader timed out after 0\.3 seconds"):
        next(batches)
    for _ in DataLoader(Numbers(6, hanging), num_workers=2):
        break
    assert time.monotonic() - start < 10
    release.set()
    _wait_until_ended()


def test_the_interpreter_exits_though_a_worker_hangs():
    program = (
        "import threading, agrad\n"
        "class Hanging(agrad.utils.data.Dataset):\n"
        "    def __len__(self): return 4\n"
        "    def __getitem__(self, index):\n"
        "        if index: threading.Event().wait()\n"
        "        return index\n"
        "for batch in agrad.utils.data.DataLoader(Hanging(), num_workers=2):\n"
        "    print('one batch'); break\n"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout == "one batch\n"


def test_persistent_workers_stay_and_others_go():
    begun = []
    loader = DataLoader(Numbers(4), num_workers=2, persistent_workers=True, worker_init_fn=begun.append)
    for _ in range(3):
        assert [int(batch) for batch in loader] == [0, 1, 2, 3]
    assert sorted(begun) == [0, 1]
    assert len(_alive()) == 2
    first, second = iter(loader), iter(loader)  # two at once do not share workers
    assert [int(next(first)), int(next(second)), int(next(first))] == [0, 0, 1]
    del loader, first, second
    _wait_until_ended()


# ---------------------------------------------------------------- samplers


def _peak(run):
    tracemalloc.start()
    try:
        found = run()
        return found, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


HUGE = 10**10
LAZY = {
    "with replacement": lambda: RandomSampler(range(5), replacement=True, num_samples=HUGE),
    "without, of a huge dataset": lambda: RandomSampler(range(HUGE)),
    "many times over": lambda: RandomSampler(range(5), num_samples=HUGE),
    "weighted": lambda: WeightedRandomSampler([0.1, 0.9], HUGE),
    "a subset": lambda: SubsetRandomSampler(range(HUGE)),
    "batches": lambda: BatchSampler(RandomSampler(range(HUGE)), 4, False),
    "a loader": lambda: DataLoader(range(HUGE), batch_size=3, shuffle=True),
    "a loader with workers": lambda: DataLoader(range(HUGE), batch_size=3, shuffle=True, num_workers=2),
    "a part of a random split": lambda: random_split(range(HUGE), [HUGE - 5, 5])[0],
}


@pytest.mark.parametrize("name", LAZY)
def test_what_is_drawn_from_is_not_built(name):
    """Memory goes with what is taken."""
    found, peak = _peak(lambda: list(itertools.islice(iter(LAZY[name]()), 6)))
    assert len(found) == 6
    assert peak < 5_000_000


@pytest.mark.parametrize("n", [1, 2, 3, 5, 16, 17, 100, 1000])
def test_a_permutation_that_is_not_built_is_one(n):
    order = Permutation(n, (7, n))
    assert len(order) == n
    assert sorted(order) == list(range(n))
    assert list(order[2:9]) == list(order)[2:9]
    assert order[-1] == list(order)[-1]
    with pytest.raises(IndexError):
        order[n]


def test_permutations_that_are_not_built_look_random():
    """Each place has each number equally often, and neighbours do not follow one another."""
    counts = np.zeros((5, 5))
    for key in range(4000):
        for place, number in enumerate(Permutation(5, (key, 1))):
            counts[place, number] += 1
    assert np.abs(counts - 800).max() < 5 * np.sqrt(800)
    order = np.array(list(Permutation(4096, (1, 2))))
    assert abs(np.corrcoef(order[:-1], order[1:])[0, 1]) < 0.08
    assert (np.diff(order) == 1).sum() < 10


def test_shuffling_depends_on_the_seed():
    def order():
        return [int(x) for (x,) in DataLoader(TensorDataset(agrad.arange(20)), shuffle=True)]

    agrad.manual_seed(1)
    first = order()
    second = order()
    agrad.manual_seed(1)
    assert order() == first != second
    assert sorted(first) == list(range(20))
    own = [list(RandomSampler(range(50), generator=agrad.Generator().manual_seed(2))) for _ in range(2)]
    assert own[0] == own[1]


# ---------------------------------------------------------------- binomial numbers


@pytest.mark.parametrize("backend", BACKENDS)
def test_binomial_of_a_billion_trials(backend):
    """Neither memory nor time goes with the number of trials."""
    if backend == "jax" and not agrad.backend.get_backend("jax").supports(agrad.float64):
        pytest.skip("JAX's 64-bit mode is off")
    with agrad.use_backend(backend):
        agrad.manual_seed(0)
        n, p = 1e9, 0.3
        drawn, peak = _peak(
            lambda: agrad.binomial(
                agrad.full((4000,), n, dtype=agrad.float64), agrad.full((4000,), p, dtype=agrad.float64)
            )
        )
        assert peak < 20_000_000
        values = np.array(drawn.tolist())
    spread = np.sqrt(n * p * (1 - p))
    assert abs(values.mean() - n * p) < 5 * spread / np.sqrt(4000)
    assert 0.95 < values.std() / spread < 1.05
    assert (values == np.floor(values)).all()


@pytest.mark.parametrize(
    ("n", "p"),
    [(1, 0.5), (9, 0.2), (9, 0.8), (40, 0.25), (40, 0.9), (200, 0.5), (1e4, 1e-3), (1e4, 0.9999), (1e6, 0.4)],
)
def test_binomial_numbers_are_distributed_so(n, p):
    """Against SciPy's distribution function, on both sides of the switch between the two ways."""
    from scipy import stats

    agrad.manual_seed(5)
    size = 20000
    drawn = np.array(
        agrad.binomial(
            agrad.full((size,), n, dtype=agrad.float64), agrad.full((size,), p, dtype=agrad.float64)
        ).tolist()
    )
    assert drawn.min() >= 0 and drawn.max() <= n
    low, high = (int(stats.binom(n, p).ppf(q)) for q in (1e-4, 1 - 1e-4))
    edges = np.unique(np.linspace(low, high, 12).astype(int))
    below = np.array([(drawn <= edge).mean() for edge in edges])
    assert np.abs(below - stats.binom(n, p).cdf(edges)).max() < 1.95 / np.sqrt(size)  # Kolmogorov-Smirnov, 0.1 %


def test_binomial_at_its_ends():
    agrad.manual_seed(0)
    count = agrad.tensor([0.0, 5.0, 5.0, 1e6, 1e6])
    assert agrad.binomial(count, agrad.tensor([0.5, 0.0, 1.0, 0.0, 1.0])).tolist() == [0, 0, 5, 0, 1e6]


def test_stirling_tail():
    import mpmath

    k = np.array([0.0, 1, 5, 9, 10, 100, 1e9])
    got = _stirling_tail(np, k)
    for value, at in zip(got, k, strict=True):
        wanted = mpmath.loggamma(at + 1) - (mpmath.log(2 * mpmath.pi) / 2 + (at + 0.5) * mpmath.log(at + 1) - (at + 1))
        assert abs(value - float(wanted)) < 1e-9
