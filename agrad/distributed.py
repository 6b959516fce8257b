"""torch.distributed's questions, answered for one process: there is no other.

Programs that ask :func:`is_available` before they use a process group run as one process. Scale is the array library's in agrad: JAX's
sharding, Dask's scheduler.
"""

from __future__ import annotations

from typing import Any

from agrad.errors import UnsupportedOperation


def is_available() -> bool:
    """Whether there are process groups: no."""
    return False


def is_initialized() -> bool:
    """Whether a process group was made: no."""
    return False


def is_torchelastic_launched() -> bool:
    """Whether a launcher of PyTorch's started the process: no."""
    return False


def get_rank(group: Any = None) -> int:
    """Return the number of this process: 0."""
    return 0


def get_world_size(group: Any = None) -> int:
    """Return the number of processes: 1."""
    return 1


def barrier(*args: Any, **kwargs: Any) -> None:
    """Wait for the other processes, of which there are none."""


def init_process_group(*args: Any, **kwargs: Any) -> None:
    """Refuse to make a process group.

    Raises
    ------
    UnsupportedOperation
        A NotImplementedError, always.
    """
    raise UnsupportedOperation(
        "agrad has no process groups. Ask agrad.distributed.is_available() first and run as one process, or use the array library's own "
        "means: jax.sharding and jax.distributed on the jax backend."
    )


def destroy_process_group(group: Any = None) -> None:
    """End a process group, of which there is none."""


__all__ = [
    "barrier",
    "destroy_process_group",
    "get_rank",
    "get_world_size",
    "init_process_group",
    "is_available",
    "is_initialized",
    "is_torchelastic_launched",
]


def __dir__() -> list[str]:
    return list(__all__)
