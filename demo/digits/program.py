"""The program: a network, a loss, momentum SGD, mini-batches and a validation split, on whatever backend is asked for.

Nothing here names an array library. On a backend that compiles (JAX) the training step is compiled whole, backward
included, by the backend's own `compile`; elsewhere `compile` gives the function back as it is.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

import agrad
import agrad.array_api as xp

SIZES = (64, 128, 64, 10)
BATCH = 32
RATE = 0.05
MOMENTUM = 0.9

Tensor = agrad.Tensor


def initial_parameters(seed: int) -> list[np.ndarray]:
    """Weights (He's scale) and zero biases as NumPy float64 arrays: every backend starts from the same numbers."""
    generator = np.random.default_rng(seed)
    found = []
    for inner, outer in itertools.pairwise(SIZES):
        found += [generator.standard_normal((inner, outer)) * math.sqrt(2 / inner), np.zeros(outer)]
    return found


def network(parameters: Sequence[Tensor], x: Tensor) -> Tensor:
    """Class scores, shape (N, 10), of images x, shape (N, 64)."""
    for i in range(0, len(parameters), 2):
        x = x @ parameters[i] + parameters[i + 1]
        if i < len(parameters) - 2:
            x = xp.maximum(x, 0)
    return x


def cross_entropy(scores: Tensor, labels: Tensor) -> Tensor:
    """Mean of -log softmax(scores)[label], from one-hot labels of shape (N, 10)."""
    with agrad.no_grad():  # taken off for safety alone: its derivative cancels
        greatest = xp.max(scores, axis=1, keepdims=True)
    shifted = scores - greatest
    log_sum = xp.log(xp.sum(xp.exp(shifted), axis=1))
    return xp.mean(log_sum - xp.sum(shifted * labels, axis=1))


def train_step(
    parameters: list[Tensor], velocities: list[Tensor], x: Tensor, labels: Tensor
) -> tuple[list[Tensor], list[Tensor], Tensor]:
    """One step of SGD with momentum; gives the new parameters, the new velocities and the loss before the step."""
    for parameter in parameters:
        parameter.requires_grad_()
    loss = cross_entropy(network(parameters, x), labels)
    gradients = agrad.autograd.grad(loss, parameters)
    with agrad.no_grad():
        velocities = [MOMENTUM * v + g for v, g in zip(velocities, gradients, strict=True)]
        parameters = [p - RATE * v for p, v in zip(parameters, velocities, strict=True)]
        return parameters, velocities, loss * 1


@dataclass
class Data:
    """The digits: images scaled to 0..1 as float64 (N, 64), labels (N,), divided once for all backends."""

    x: np.ndarray
    labels: np.ndarray
    x_valid: np.ndarray
    labels_valid: np.ndarray


def load(seed: int) -> Data:
    """scikit-learn's 1,797 images: four fifths for training, one fifth for validation, the classes in proportion."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    x, x_valid, labels, labels_valid = train_test_split(
        digits.data / 16.0, digits.target, test_size=0.2, random_state=seed, stratify=digits.target
    )
    return Data(x, labels, x_valid, labels_valid)


@dataclass
class Run:
    """What training on one backend gave."""

    backend: str
    device: str
    dtype: str
    losses: list[float] = field(default_factory=list)
    valid_losses: list[float] = field(default_factory=list)
    accuracy: float = 0.0
    predictions: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    parameters: list[np.ndarray] = field(default_factory=list)
    seconds: float = 0.0


def host(x: Tensor) -> np.ndarray:
    """The Tensor's values as a NumPy array, from whatever backend and device."""
    return np.asarray(agrad.tensor(x, device=agrad.get_backend("numpy").find_device("cpu")))


def train(
    data: Data,
    *,
    backend: str,
    device: str,
    dtype: str,
    epochs: int,
    seed: int,
    progress: Callable[[int, int, float], None],
) -> Run:
    """Train from the same start, on the same batches in the same order, whatever the backend.

    Parameters
    ----------
    progress : callable
        Called after each epoch with (epochs done, epochs in all, validation loss).
    """
    run = Run(backend, device, dtype)
    library = agrad.get_backend(backend)
    place = library.find_device(device)

    def on_device(array: np.ndarray, kind: str = dtype) -> Tensor:
        return agrad.tensor(array, dtype=getattr(agrad, kind), device=place)

    start = time.perf_counter()
    x, labels = on_device(data.x), on_device(np.eye(10)[data.labels])
    x_valid, labels_valid = on_device(data.x_valid), on_device(np.eye(10)[data.labels_valid])
    parameters = [on_device(p) for p in initial_parameters(seed)]
    velocities = [agrad.zeros_like(p) for p in parameters]
    step = library.compile(train_step)
    shuffle = np.random.default_rng(seed)
    for epoch in range(epochs):
        order = shuffle.permutation(len(data.labels))
        losses = []
        for first in range(0, len(order) - BATCH + 1, BATCH):
            batch = on_device(order[first : first + BATCH], "int64")
            parameters, velocities, loss = step(parameters, velocities, x[batch], labels[batch])
            losses.append(loss)
        with agrad.no_grad():
            scores = network(parameters, x_valid)
            run.valid_losses.append(float(cross_entropy(scores, labels_valid)))
        run.losses.append(sum(float(loss) for loss in losses) / len(losses))
        progress(epoch + 1, epochs, run.valid_losses[-1])
    run.predictions = host(xp.argmax(scores, axis=1))
    run.accuracy = float((run.predictions == data.labels_valid).mean())
    run.parameters = [host(p) for p in parameters]
    run.seconds = time.perf_counter() - start
    return run
