"""DataLoader: batches of a dataset's examples, fetched here or by threads.

The confusing case is `num_workers`. Workers are threads: what fetches examples is mostly array work and files, which let go of the
interpreter's lock, and threads share memory with the program, so tensors of every backend and device pass without being copied.
Batches come in order whatever the number of workers.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, cast

import agrad
from agrad.backend import backend_of
from agrad.utils.data.dataset import IterableDataset
from agrad.utils.data.sampler import BatchSampler, RandomSampler, SequentialSampler

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
    """Gives batches of a dataset's examples.

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
        Threads that fetch ahead; 0 fetches when asked.
    collate_fn : callable, optional
        From a list of examples to a batch.
    drop_last : bool
        Leave out a last batch that is not full.
    prefetch_factor : int
        Batches that each worker fetches ahead.

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
        generator: Any = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
    ) -> None:
        if num_workers < 0:
            raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
        if timeout < 0:
            raise ValueError("timeout option should be non-negative")
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

    def __len__(self) -> int:
        if self.iterable:
            count = len(self.dataset)
            if self.batch_size is None:
                return count
            return count // self.batch_size if self.drop_last else -(-count // self.batch_size)
        return len(self.batch_sampler if self.batch_sampler is not None else self.sampler)

    def _fetch(self, index: Any) -> Any:
        if self.batch_sampler is None:
            return self.collate_fn(self.dataset[index])
        if hasattr(self.dataset, "__getitems__"):
            return self.collate_fn(self.dataset.__getitems__(index))
        return self.collate_fn([self.dataset[one] for one in index])

    def __iter__(self) -> Iterator[Any]:
        if self.iterable:
            return self._iterate()
        indices = iter(self.batch_sampler if self.batch_sampler is not None else self.sampler)
        if not self.num_workers:
            return map(self._fetch, indices)
        return self._ahead(indices)

    def _iterate(self) -> Iterator[Any]:
        """Give batches of an iterable dataset."""
        examples = iter(self.dataset)
        if self.batch_size is None:
            yield from map(self.collate_fn, examples)
            return
        while batch := list(itertools.islice(examples, self.batch_size)):
            if len(batch) < self.batch_size and self.drop_last:
                return
            yield self.collate_fn(batch)

    def _ahead(self, indices: Iterator[Any]) -> Iterator[Any]:
        """Give batches that threads fetch ahead, in order."""
        started = itertools.count()

        def begin() -> None:
            if self.worker_init_fn is not None:
                self.worker_init_fn(next(started))

        with ThreadPoolExecutor(self.num_workers, "agrad-data", initializer=begin) as pool:
            waiting: deque[Future[Any]] = deque()
            for index in itertools.islice(indices, self.num_workers * self.prefetch_factor):
                waiting.append(pool.submit(self._fetch, index))
            try:
                while waiting:
                    ready = waiting.popleft().result(self.timeout or None)
                    for index in itertools.islice(indices, 1):
                        waiting.append(pool.submit(self._fetch, index))
                    yield ready
            finally:
                for future in waiting:
                    future.cancel()


__all__ = ["DataLoader", "default_collate", "default_convert"]
