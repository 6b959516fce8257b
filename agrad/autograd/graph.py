"""Saved-tensor hooks, hooks on several gradients at once, places in the graph: torch.autograd.graph.

The confusing case: what the graph saves of an operation's result is given to a pack hook without its history, because a hook that
kept it (the identity, say) would keep the graph alive through itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from agrad.engine import graph_modes as graph_modes
from agrad.engine.core import TensorCore, wrap
from agrad.engine.gradient import GradientEdge, edge_of, node_of_edge
from agrad.engine.handles import RemovableHandle
from agrad.engine.inplace import note_write
from agrad.engine.kept import Kept
from agrad.engine.modes import Modes, local, special_mode
from agrad.engine.node import Node
from agrad.errors import GradError


class saved_tensors_hooks(special_mode):
    """Have what the graph saves packed by one function and unpacked by another when backward needs it.

    Parameters
    ----------
    pack_hook : callable
        From a Tensor to anything. It may not change the tensor in place.
    unpack_hook : callable
        From that to a Tensor of the same values, dtype and place. It runs each time backward needs the value.

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

    def _modes(self, before: Modes) -> Modes:
        if before.saved_hooks_refused is not None:
            raise GradError(before.saved_hooks_refused)
        return before.changed(saved_hooks=(*before.saved_hooks, self._pair))

    def clone(self) -> saved_tensors_hooks:
        return saved_tensors_hooks(*self._pair)


class save_on_cpu(saved_tensors_hooks):
    """Keep what the graph saves in host memory until backward needs it.

    Parameters
    ----------
    pin_memory : bool
        Taken for PyTorch's sake; the backend chooses the memory.
    device_type : str
        Taken for PyTorch's sake; tensors go back to the device they came from.

    Examples
    --------
    >>> import agrad
    >>> x = agrad.tensor(3.0, requires_grad=True)
    >>> with agrad.autograd.graph.save_on_cpu():
    ...     y = x * x
    >>> y.backward()
    >>> x.grad
    tensor(6.)
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(_to_host, _from_host)


def _to_host(tensor: Any) -> tuple[Any, Any]:
    options = tensor._options
    backend = options.backend
    raw = backend.ensure_array(tensor._data)
    # A host backend's own array may be written to before backward: what is kept is a copy.
    return options, backend.to_host(backend.copy(raw) if backend.mutable else raw)


def _from_host(packed: tuple[Any, Any]) -> Any:
    options, host = packed
    return wrap(options.backend.from_host(host, options.dtype, options.device), options)


class disable_saved_tensors_hooks(special_mode):
    """Refuse saved-tensor hooks inside the block.

    Parameters
    ----------
    error_message : str
        What the RuntimeError says to whoever uses them, or has them in use already.
    """

    def __init__(self, error_message: str) -> None:
        super().__init__(saved_hooks_refused=error_message)

    def _modes(self, before: Modes) -> Modes:
        if before.saved_hooks:
            raise GradError(self._settings["saved_hooks_refused"])
        return super()._modes(before)

    def clone(self) -> disable_saved_tensors_hooks:
        return disable_saved_tensors_hooks(self._settings["saved_hooks_refused"])


# ---------------------------------------------------------------- writing to what was saved


class AllowMutation:
    """What :func:`allow_mutation_on_saved_tensors` gives: it knows the values that its graph saved, until it ends."""

    def __init__(self) -> None:
        self.active = True

    def pack(self, tensor: Any) -> Kept:
        """Keep a saved tensor's values."""
        return Kept(tensor._data, tensor._options)

    def unpack(self, kept: Kept) -> Any:
        """Return the tensor as it was when it was saved."""
        if not self.active:
            raise OutsideContext(
                "Trying to backward outside of the 'allow_mutation_on_saved_tensors' context in which the graph was originally "
                "recorded. Call backward inside of it."
            )
        return wrap(kept.raw, kept.options)


class OutsideContext(GradError, AssertionError):
    """A backward outside of the context that its graph needs."""


@contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[AllowMutation]:
    """Let tensors be changed in place after the graph saved them: backward uses the values of before.

    Forward, the changes and backward all have to be inside. A copy is made only of what is written to.

    Raises
    ------
    GradError
        When two such blocks are nested.

    Examples
    --------
    >>> import agrad
    >>> x = agrad.tensor([2.0, 3.0], requires_grad=True)
    >>> with agrad.autograd.graph.allow_mutation_on_saved_tensors():
    ...     y = x.clone()
    ...     z = y * y
    ...     y += 1
    ...     z.backward(agrad.ones(2))
    >>> x.grad
    tensor([4., 6.])
    """
    if any(isinstance(getattr(pack, "__self__", None), AllowMutation) for pack, _ in local.saved_hooks):
        raise GradError("allow_mutation_on_saved_tensors contexts cannot be nested")
    context = AllowMutation()
    try:
        with saved_tensors_hooks(context.pack, context.unpack):
            yield context
    finally:
        context.active = False


def set_allow_mutation_on_saved_tensors(mode: bool) -> None:
    """Let tensors be changed in place after the graph saved them, in the whole program: backward uses the values of before.

    The same as :func:`allow_mutation_on_saved_tensors`, without a block: it holds for what is recorded from now on, in all
    threads, until it is switched off, and backward may run at any time. For programs that are written for arrays, such as
    ``y = xp.exp(x); y /= xp.sum(y)``.

    Parameters
    ----------
    mode : bool

    Raises
    ------
    TypeError
        For anything but a bool.

    Notes
    -----
    On every backend the answers are the same. A copy is made only of memory that is written to while a graph keeps something
    in it. Each recorded operation takes the careful path, and so a few microseconds more.

    Examples
    --------
    >>> import agrad
    >>> agrad.autograd.graph.set_allow_mutation_on_saved_tensors(True)
    >>> x = agrad.tensor([0.0, 0.0], requires_grad=True)
    >>> y = agrad.exp(x)
    >>> y /= agrad.sum(y)
    >>> y[0].backward()
    >>> x.grad
    tensor([ 0.2500, -0.2500])
    >>> agrad.autograd.graph.set_allow_mutation_on_saved_tensors(False)
    """
    if not isinstance(mode, bool):
        raise TypeError(f"set_allow_mutation_on_saved_tensors() needs a bool; received {type(mode).__name__}.")
    graph_modes.allow_mutation(mode)


def is_mutation_on_saved_tensors_allowed() -> bool:
    """Whether :func:`set_allow_mutation_on_saved_tensors` is switched on."""
    return graph_modes.mutation.allowed


def increment_version(tensor: Any) -> None:
    """Count a change in place that agrad did not see, of a tensor or of several: backward then refuses what it saved of them.

    Parameters
    ----------
    tensor : Tensor or iterable of Tensor
    """
    for one in (tensor,) if isinstance(tensor, TensorCore) else tensor:
        note_write(one)


# ---------------------------------------------------------------- places and hooks


def get_gradient_edge(tensor: Any) -> GradientEdge:
    """Return the place in the graph where a tensor's gradient arrives.

    Parameters
    ----------
    tensor : Tensor
        It may go; the edge keeps the graph behind it.

    Raises
    ------
    GradError
        When the tensor does not require grad.

    Examples
    --------
    >>> import agrad
    >>> x = agrad.tensor(3.0, requires_grad=True)
    >>> y = x * 2
    >>> edge = agrad.autograd.graph.get_gradient_edge(y)
    >>> edge.node.name(), edge.output_nr
    ('MulBackward0', 0)
    >>> agrad.autograd.grad(y * y, edge)
    (tensor(12.),)
    """
    return edge_of(tensor)


class _Several(RemovableHandle):
    """The handle of a hook on several tensors."""

    def __init__(self, handles: Sequence[RemovableHandle]) -> None:
        self._handles = handles

    def remove(self) -> None:
        """Take the hook away."""
        for handle in self._handles:
            handle.remove()


def register_multi_grad_hook(
    tensors: Sequence[Any], fn: Callable[[Any], None], *, mode: str = "all"
) -> RemovableHandle:
    """Call `fn` once per backward, when the gradients of several tensors are known.

    Parameters
    ----------
    tensors : sequence of Tensor
    fn : callable
        For 'all': given a list of the gradients, None for tensors that this backward does not reach. For 'any': given the
        first gradient.
    mode : {'all', 'any'}

    Returns
    -------
    RemovableHandle
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    nodes = []
    for index, tensor in enumerate(tensors):
        if tensor._node is None:
            raise GradError(
                f"register_multi_grad_hook needs tensors that require grad; tensor {index} does not. Call requires_grad_()."
            )
        nodes.append(node_of_edge(edge_of(tensor)))

    key = object()

    def note(index: int) -> Callable[[Any], None]:
        def hook(grad: Any) -> None:
            run = local.run
            if mode == "any":
                if key not in run.notes:
                    run.notes[key] = True
                    fn(grad)
                return
            if key not in run.notes:
                reached = run.reached()
                run.notes[key] = ({i for i, node in enumerate(nodes) if id(node) in reached}, [None] * len(nodes))
            waiting, gradients = run.notes[key]
            gradients[index] = grad
            waiting.discard(index)
            if not waiting:
                fn(gradients)

        return hook

    return _Several([tensor.register_hook(note(index)) for index, tensor in enumerate(tensors)])


__all__ = [
    "GradientEdge",
    "Node",
    "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "is_mutation_on_saved_tensors_allowed",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
    "set_allow_mutation_on_saved_tensors",
]


def __dir__() -> list[str]:
    return list(__all__)
