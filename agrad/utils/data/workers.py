"""The threads that fetch batches ahead for a DataLoader.

What fetches examples is mostly array work and files, which let go of the interpreter's lock, and threads share memory with the program,
so tensors of every backend and device pass without being copied.

The confusing cases:

- A thread that hangs in an example cannot be stopped. Workers are daemon threads: neither leaving the loop nor the interpreter's exit
  waits for them, and a worker that has been let go fetches nothing more.
- A thread starts with the default modes, backend and device. Each task is run in the caller's.
- Threads take turns as they like. Each task draws its random numbers from a stream of its own.
"""

from __future__ import annotations

import copy
import itertools
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from typing import Any, NamedTuple, cast

from agrad.backend import get_default_backend, use_backend
from agrad.devices import chosen_device
from agrad.engine.modes import inference_mode, is_grad_enabled, is_inference_mode_enabled, set_grad_enabled
from agrad.random import Generator, default_generator, use_generator


class WorkerInfo(NamedTuple):
    """What :func:`get_worker_info` says.

    Attributes
    ----------
    id : int
        The worker's number, from 0.
    num_workers : int
        How many there are.
    seed : int
        A number of its own for this worker, for generators that are not agrad's.
    dataset : Dataset
        The worker's copy, which ``worker_init_fn`` may change.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any


class _Here(threading.local):
    info: WorkerInfo | None = None


_here = _Here()


def get_worker_info() -> WorkerInfo | None:
    """Return what a worker of a DataLoader knows of itself; None elsewhere."""
    return _here.info


class _Caller:
    """The modes, backend and device of the thread that asks, to be entered in a worker."""

    def __init__(self) -> None:
        self.backend = get_default_backend()
        self.device = chosen_device()
        self.recording = is_grad_enabled()
        self.inference = is_inference_mode_enabled()

    def run(self, stream: Generator, function: Callable[[], Any]) -> Any:
        """Return what a function returns there, with random numbers of a stream."""
        with (
            use_backend(self.backend),
            inference_mode(self.inference),
            set_grad_enabled(self.recording),
            use_generator(stream),
        ):
            if self.device is None:
                return function()
            with self.device:
                return function()


class _Task(NamedTuple):
    """One thing for a worker to do, and where its outcome goes."""

    future: Future[Any]
    caller: _Caller
    stream: Generator
    function: Callable[[Any], Any]
    #: set when nobody waits for the outcome any more
    dropped: threading.Event


class Workers:
    """Threads with a copy of a dataset each, and a queue of tasks each.

    Parameters
    ----------
    count : int
    dataset : Dataset
    begin : callable, optional
        Called with the worker's number in each, before its first task.
    generator : Generator, optional
        Where the workers' streams come from.
    """

    def __init__(self, count: int, dataset: Any, begin: Callable[[int], None] | None, generator: Any) -> None:
        self.count = count
        self.generator = generator
        #: whether an iterator is using the workers
        self.busy = False
        self.queues: list[SimpleQueue[_Task | None]] = [SimpleQueue() for _ in range(count)]
        seed = self._stream_key()[0]
        for number, queue in enumerate(self.queues):
            info = WorkerInfo(number, count, (seed + number) % 2**64, copy.copy(dataset))
            threading.Thread(target=_work, args=(queue, info, begin), name=f"agrad-data-{number}", daemon=True).start()
        # The threads hold the queues and not this object: when it goes, they end.
        weakref.finalize(self, _end, self.queues)

    def _stream_key(self) -> tuple[int, int]:
        key = (default_generator() if self.generator is None else self.generator).new_key()
        return key[0], key[1]

    def batches(
        self, indices: Iterator[Any], fetch: Callable[[Any, Any], Any], ahead: int, timeout: float, keep: bool
    ) -> Iterator[Any]:
        """Return an iterator over ``fetch(index, dataset)`` for each index, in their order."""
        return _Batches(self, indices, fetch, ahead, timeout, keep)

    def examples(self, begin: Callable[[Any], Iterator[Any]], ahead: int, timeout: float, keep: bool) -> Iterator[Any]:
        """Return an iterator over what each worker's ``begin(dataset)`` gives, one of each worker in turn."""
        return _Examples(self, begin, ahead, timeout, keep)


def _end(queues: list[SimpleQueue[_Task | None]]) -> None:
    for queue in queues:
        queue.put(None)


def _work(queue: SimpleQueue[_Task | None], info: WorkerInfo, begin: Callable[[int], None] | None) -> None:
    """Run a worker's tasks until there are no more."""
    _here.info = info
    # Not the error itself: its traceback comes to hold the iterator, and the iterator's end is what ends this thread.
    fault = ""
    started = begin is None
    while True:
        task = queue.get()
        if task is None:
            return
        if task.dropped.is_set():
            del task  # it leads to the loader, and the loader's end is what ends this thread
            continue
        try:
            if not started:
                started = True
                try:
                    task.caller.run(task.stream, partial(cast(Any, begin), info.id))
                except BaseException as error:
                    fault = repr(error)
                    raise
            if fault:
                raise RuntimeError(f"worker_init_fn failed in this worker before: {fault}")
            outcome = task.caller.run(task.stream, partial(task.function, info.dataset))
        except BaseException as error:
            if not getattr(error, "__notes__", None):
                error.add_note(f"This error was raised in DataLoader worker {info.id} of {info.num_workers}.")
            task.future.set_exception(error)
        else:
            task.future.set_result(outcome)
        del task
        outcome = None


class _Ahead:
    """What both iterators share: tasks that are under way, and the wait for the next outcome."""

    def __init__(self, workers: Workers, timeout: float, keep: bool) -> None:
        self.workers = workers
        self.timeout = timeout
        self.caller = _Caller()
        self.dropped = threading.Event()
        self.parent = Generator.from_key(workers._stream_key())
        workers.busy = True
        self.close = weakref.finalize(self, _let_go, workers, self.dropped, keep)

    def __iter__(self) -> Any:
        return self

    def send(self, worker: int, stream: Generator, function: Callable[[Any], Any]) -> Future[Any]:
        """Give a worker something to do."""
        future: Future[Any] = Future()
        self.workers.queues[worker].put(_Task(future, self.caller, stream, function, self.dropped))
        return future

    def outcome(self, future: Future[Any]) -> Any:
        """Return the outcome of a task, or raise its error.

        Raises
        ------
        RuntimeError
            After the timeout. The iterator is closed then: a worker that hangs holds what is queued behind it.
        """
        try:
            return future.result(self.timeout or None)
        except TimeoutError:
            if future.done():  # the dataset's own
                raise
        self.close()
        self.workers.busy = True  # one of them hangs: nobody is to use them again
        raise RuntimeError(f"DataLoader timed out after {self.timeout} seconds") from None


def _let_go(workers: Workers, dropped: threading.Event, keep: bool) -> None:
    dropped.set()
    workers.busy = False
    if not keep:
        _end(workers.queues)


class _Batches(_Ahead):
    """Batches of a map-style dataset; number k is worker (k modulo their number)'s, with the stream of number k."""

    def __init__(
        self,
        workers: Workers,
        indices: Iterator[Any],
        fetch: Callable[[Any, Any], Any],
        ahead: int,
        timeout: float,
        keep: bool,
    ) -> None:
        super().__init__(workers, timeout, keep)
        self.indices = indices
        self.fetch = fetch
        self.sent = 0
        self.waiting: deque[Future[Any]] = deque()
        self._send(workers.count * ahead)

    def _send(self, count: int) -> None:
        for index in itertools.islice(self.indices, count):
            worker = self.sent % self.workers.count
            self.waiting.append(self.send(worker, self.parent.fork(self.sent), partial(self.fetch, index)))
            self.sent += 1

    def __next__(self) -> Any:
        """Return the next batch; an error in it leaves the others to come."""
        if not self.waiting or self.dropped.is_set():
            self.close()
            raise StopIteration
        future = self.waiting.popleft()
        try:
            return self.outcome(future)
        finally:
            if not self.dropped.is_set():
                self._send(1)


class _Examples(_Ahead):
    """What each worker's own iterator over the dataset gives, one of each in turn, until all have ended."""

    def __init__(
        self, workers: Workers, begin: Callable[[Any], Iterator[Any]], ahead: int, timeout: float, keep: bool
    ) -> None:
        super().__init__(workers, timeout, keep)
        self.runs = [_Run(begin, self.parent.fork(number)) for number in range(workers.count)]
        self.waiting: list[deque[Future[Any]]] = [
            deque(self.send(number, run.stream, run) for _ in range(ahead)) for number, run in enumerate(self.runs)
        ]
        self.turn = 0
        self.left = workers.count

    def __next__(self) -> Any:
        """Return the next batch of the worker whose turn it is; an error in it leaves the others to come."""
        while self.left and not self.dropped.is_set():
            number = self.turn
            self.turn = (number + 1) % self.workers.count
            waiting = self.waiting[number]
            if not waiting:
                continue
            try:
                outcome = self.outcome(waiting.popleft())
            except BaseException:
                if not self.dropped.is_set():
                    waiting.append(self.send(number, self.runs[number].stream, self.runs[number]))
                raise
            if outcome is _ENDED:
                waiting.clear()
                self.left -= 1
                continue
            waiting.append(self.send(number, self.runs[number].stream, self.runs[number]))
            return outcome
        self.close()
        raise StopIteration


_ENDED: Any = object()


class _Run:
    """One worker's way through an iterable dataset: called for each next batch, in that worker alone."""

    def __init__(self, begin: Callable[[Any], Iterator[Any]], stream: Generator) -> None:
        self.begin = begin
        self.stream = stream
        self.examples: Iterator[Any] | None = None
        self.ended = False

    def __call__(self, dataset: Any) -> Any:
        """Return the next batch, or the mark of the end."""
        if self.ended:
            return _ENDED
        if self.examples is None:
            self.examples = self.begin(dataset)
        try:
            return next(self.examples)
        except StopIteration:
            self.ended = True
            return _ENDED


__all__ = ["WorkerInfo", "Workers", "get_worker_info"]
