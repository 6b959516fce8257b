"""Saved-tensor hooks and the graph's node type: torch.autograd.graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agrad.engine import graph_modes as graph_modes
from agrad.engine.modes import local, special_mode
from agrad.engine.node import Node


class saved_tensors_hooks(special_mode):
    """Have what the graph saves packed by one function and unpacked by another when backward needs it.

    Parameters
    ----------
    pack_hook : callable
        From a Tensor to anything.
    unpack_hook : callable
        From that to a Tensor of the same values, dtype and place.

    Examples
    --------
    >>> import agrad
    >>> x = agrad.tensor(3.0, requires_grad=True)
    >>> with agrad.autograd.graph.saved_tensors_hooks(lambda t: float(t), lambda number: agrad.tensor(number)):
    ...     y = x * x
    >>> y.backward()
    >>> float(x.grad)
    6.0
    """

    def __init__(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        self._pair = (pack_hook, unpack_hook)
        super().__init__(saved_hooks=((pack_hook, unpack_hook),))

    def __enter__(self) -> Any:
        self._settings = {"saved_hooks": (*local.saved_hooks, self._pair)}
        return super().__enter__()


class save_on_cpu(saved_tensors_hooks):
    """Keep what the graph saves in host memory until backward needs it."""

    def __init__(self, pin_memory: bool = False) -> None:
        def pack(tensor: Any) -> Any:
            options = tensor._options
            return options, options.backend.to_host(tensor._data)

        def unpack(packed: Any) -> Any:
            from agrad.engine.core import wrap

            options, host = packed
            return wrap(options.backend.from_host(host, options.dtype, options.device), options)

        super().__init__(pack, unpack)


__all__ = ["Node", "save_on_cpu", "saved_tensors_hooks"]
