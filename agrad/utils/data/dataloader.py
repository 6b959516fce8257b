"""DataLoader: batches of a dataset's examples, fetched here or by threads (:mod:`agrad.utils.data.workers`)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, cast

import agrad
from agrad.backend import backend_of
from agrad.errors import UnsupportedOperation
from agrad.utils.data.dataset import IterableDataset
from agrad.utils.data.sampler import BatchSampler, RandomSampler, SequentialSampler
from agrad.utils.data.workers import Workers

Collate = Callable[[list[Any]], Any]


def default_convert(data: Any) -> Any:
    """Return arrays of a library as Tensors, inside of lists, tuples and dictionaries too."""
    if isinstance(data, agrad.Tensor):
        return data
    if isinstance(data, dict):
        return {name: default_convert(value) for name, value in data.items()}
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(default_convert(one) for one in data))
    if isinstance(data, (tuple, list)):
        return [default_convert(one) for one in data]
    if not isinstance(data, (bool, int, float, complex, str, bytes)) and backend_of(data) is not None:
        return agrad.as_tensor(data)
    return data


def default_collate(batch: list[Any]) -> Any:
    """Return a batch of examples as one: tensors stacked, numbers as a tensor, tuples and dictionaries part by part.

    Raises
    ------
    TypeError
        For examples of another kind, and RuntimeError for sequences of different lengths.
    """
    first = batch[0]
    if isinstance(first, agrad.Tensor):
        return agrad.stack(batch)
    if isinstance(first, (bool, int)):
        return agrad.tensor(batch)
    if isinstance(first, float):
        return agrad.tensor(batch, dtype=agrad.float64)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, dict):
        return {name: default_collate([one[name] for one in batch]) for name in first}
    if isinstance(first, (tuple, list)):
        if any(len(one) != len(first) for one in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        parts = [default_collate(list(part)) for part in zip(*batch, strict=True)]
        if hasattr(first, "_fields"):
            return type(first)(*parts)
        return parts
    if backend_of(first) is not None:
        return agrad.stack([agrad.as_tensor(one) for one in batch])
    raise TypeError(
        f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {type(first)}"
    )


class DataLoader:
    """Gives batches of a dataset's examples, in order whatever the number of workers.

    Parameters
    ----------
    dataset : Dataset or IterableDataset
    batch_size : int or None
        None gives single examples.
    shuffle : bool
        A new random order each time.
    sampler, batch_sampler : iterable, optional
        Of indices, or of lists of them, instead of shuffle (and batch_size).
    num_workers : int
        Threads that fetch ahead; 0 fetches when asked. Batches go to the workers in turn. Each worker has a shallow copy of the
        dataset, and the caller's default backend, device and grad mode. An iterable dataset is run through by each worker, which
        divides the work by :func:`get_worker_info`.
    collate_fn : callable, optional
        From a list of examples to a batch.
    pin_memory : bool
        Taken for PyTorch's sake; the memory is not pinned.
    drop_last : bool
        Leave out a last batch that is not full.
    timeout : float
        Seconds to wait for a batch of a worker; 0 waits for ever.
    worker_init_fn : callable, optional
        Called with each worker's number, in the worker, before it fetches.
    multiprocessing_context : None
        PyTorch's choice of how to start processes; agrad's workers are threads.
    generator : Generator, optional
        Where the order, and the workers' random numbers, come from; the default generator otherwise.
    prefetch_factor : int, optional
        Batches that each worker fetches ahead; 2 by default.
    persistent_workers : bool
        Keep the workers, and their copies of the dataset, from one iteration to the next.
    pin_memory_device : str
        Taken for PyTorch's sake.
    in_order : bool
        False allows any order; batches come in order all the same.

    Raises
    ------
    ValueError
        For options that exclude one another, and numbers out of range.

    Notes
    -----
    With workers, each batch of a map-style dataset draws its random numbers from a stream of its own, so they depend on the seed and
    the batch's number, and not on the number of workers or on which thread is faster. Python's and NumPy's own generators are shared
    by all threads: draw with agrad in a dataset that must be reproducible.

    Examples
    --------
    >>> import agrad
    >>> from agrad.utils.data import DataLoader, TensorDataset
    >>> pairs = TensorDataset(agrad.arange(5), agrad.arange(5) * 10)
    >>> [x.tolist() for x, y in DataLoader(pairs, batch_size=2)]
    [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Collate | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Any = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers, multiprocessing_context)
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        self.iterable = isinstance(dataset, IterableDataset)
        if self.iterable and shuffle:
            raise ValueError(
                f"DataLoader with IterableDataset: expected unspecified shuffle option, but got shuffle={shuffle}"
            )
        if self.iterable and (sampler is not None or batch_sampler is not None):
            raise ValueError("DataLoader with IterableDataset: expected unspecified sampler option")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
                )
            batch_size = None
        elif batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
        self.dataset, self.batch_size, self.drop_last = dataset, batch_size, drop_last
        self.num_workers, self.timeout, self.worker_init_fn = num_workers, timeout, worker_init_fn
        self.generator, self.pin_memory, self.persistent_workers = generator, pin_memory, persistent_workers
        self.prefetch_factor = 2 if prefetch_factor is None else prefetch_factor
        if sampler is None and not self.iterable:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        self.sampler: Any = sampler
        if batch_size is not None and batch_sampler is None and not self.iterable:
            batch_sampler = BatchSampler(cast(Any, sampler), batch_size, drop_last)
        self.batch_sampler: Any = batch_sampler
        batched = batch_sampler is not None or (self.iterable and batch_size is not None)
        self.collate_fn: Any = collate_fn or (default_collate if batched else default_convert)
        self._workers: Workers | None = None

    def __len__(self) -> int:
        if self.iterable:
            count = len(self.dataset)
            if self.batch_size is None:
                return count
            return count // self.batch_size if self.drop_last else -(-count // self.batch_size)
        return len(self.batch_sampler if self.batch_sampler is not None else self.sampler)

    def __iter__(self) -> Iterator[Any]:
        if self.num_workers:
            return self._ahead()
        if self.iterable:
            return Batches(iter(self.dataset), self.collate_fn, self.batch_size, self.drop_last)
        return map(partial(self._fetch, dataset=self.dataset), self._indices())

    def _indices(self) -> Iterator[Any]:
        return iter(self.batch_sampler if self.batch_sampler is not None else self.sampler)

    def _fetch(self, index: Any, dataset: Any) -> Any:
        """Return a batch of the dataset, or of a worker's copy of it.

        Raises
        ------
        RuntimeError
            When the dataset raises StopIteration, which would end the loop in silence.
        """
        try:
            if self.batch_sampler is None:
                return self.collate_fn(dataset[index])
            if hasattr(dataset, "__getitems__"):
                return self.collate_fn(dataset.__getitems__(index))
            return self.collate_fn([dataset[one] for one in index])
        except StopIteration as error:
            raise _ended_early() from error

    def _ahead(self) -> Iterator[Any]:
        """Return an iterator over what workers fetch ahead."""
        workers = self._workers
        if workers is None or workers.busy:
            workers = Workers(self.num_workers, self.dataset, self.worker_init_fn, self.generator)
            if self.persistent_workers:
                self._workers = workers
        if self.iterable:
            return workers.examples(
                lambda copied: Batches(iter(copied), self.collate_fn, self.batch_size, self.drop_last),
                self.prefetch_factor,
                self.timeout,
                keep=self.persistent_workers,
            )
        return workers.batches(
            self._indices(), self._fetch, self.prefetch_factor, self.timeout, keep=self.persistent_workers
        )


def _check_workers(
    num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool, context: Any
) -> None:
    """Refuse what no workers can do, in PyTorch's words where it has them."""
    if num_workers < 0:
        raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
    if timeout < 0:
        raise ValueError("timeout option should be non-negative")
    if num_workers == 0 and prefetch_factor is not None:
        raise ValueError(
            "prefetch_factor option could only be specified in multiprocessing. let num_workers > 0 to enable multiprocessing, "
            "otherwise set prefetch_factor to None."
        )
    if prefetch_factor is not None and prefetch_factor < 1:
        raise ValueError(f"prefetch_factor option should be positive; received {prefetch_factor}.")
    if persistent_workers and num_workers == 0:
        raise ValueError("persistent_workers option needs num_workers > 0")
    if context is not None:
        raise UnsupportedOperation(
            f"agrad's workers are threads; received multiprocessing_context={context!r}. Leave it out."
        )


class Batches:
    """Batches of examples that come one after another. An error in one leaves the iterator fit to go on."""

    def __init__(self, examples: Iterator[Any], collate: Collate, batch_size: int | None, drop_last: bool) -> None:
        self.examples, self.collate, self.batch_size, self.drop_last = examples, collate, batch_size, drop_last

    def __iter__(self) -> Batches:
        return self

    def __next__(self) -> Any:
        """Return the next batch."""
        if self.batch_size is None:
            batch = next(self.examples)
        else:
            batch = list(itertools.islice(self.examples, self.batch_size))
            if not batch or (len(batch) < self.batch_size and self.drop_last):
                raise StopIteration
        try:
            return self.collate(batch)
        except StopIteration as error:
            raise _ended_early() from error


def _ended_early() -> RuntimeError:
    return RuntimeError(
        "an example or collate_fn raised StopIteration, which would end the loop before the dataset ends"
    )


__all__ = ["Batches", "DataLoader", "default_collate", "default_convert"]
