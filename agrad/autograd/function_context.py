"""What a Function's forward leaves for its backward: PyTorch's ``ctx``.

A context holds no Tensor of the graph it belongs to: what is saved is kept as raw arrays with the nodes they came from, and handed out as
Tensors when it is asked for. So no reference leads from a node to a tensor that leads back to the node.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agrad.engine.backward_steps import check_version
from agrad.engine.core import TensorCore, classes, wrap
from agrad.engine.general import INFERENCE_SAVED
from agrad.engine.graph_modes import hooks_in_force
from agrad.engine.levels import snapshot
from agrad.engine.modes import no_grad, special_mode
from agrad.engine.node import Leaf, Output
from agrad.engine.op import FREED
from agrad.engine.saved import Packed, pack_tensor
from agrad.engine.versions import log
from agrad.errors import GradError


def _nobody() -> None:
    """The node of a context that has none yet."""


class Saved:
    """A saved value: its array (or what hooks made of it), and where it came from.

    ``snapshot`` is what a transform's tape keeps in place of a constant to it, which others may write to.
    """

    __slots__ = ("node", "options", "output", "raw", "snapshot")

    def __init__(self, raw: Any, options: Any, node: Any, output: int, snapshot: Any = None) -> None:
        self.raw = raw
        self.snapshot = snapshot
        self.options = options
        self.node = node
        self.output = output


class Context:
    """What ``forward`` leaves for ``backward``. Any attribute may be set on it.

    Attributes
    ----------
    needs_input_grad : tuple of bool
        Which arguments of ``apply`` require grad.
    xp : namespace
        The functions for the arrays at hand: the backend's where a Function takes its arrays, else ``agrad.array_api``.
    saved_tensors : tuple of Tensor or None
        What was given to :meth:`save_for_backward` (in ``jvp``, to :meth:`save_for_forward`).
    """

    def __init__(self) -> None:
        self._to_save: tuple[Any, ...] = ()
        self._to_push: tuple[Any, ...] | None = None
        self._saved: tuple[Saved | None, ...] = ()
        self._dirty: tuple[Any, ...] = ()
        self._plain: tuple[Any, ...] = ()
        self._materialize = True
        self._freed = False
        self._owner: Callable[[], Any] = _nobody
        self._form = "linked"
        self._once = False
        self._pushing = False
        self.xp: Any = classes.tensor_xp
        self.needs_input_grad: tuple[bool, ...] = ()

    # ---- in forward

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors (inputs, outputs or intermediate; None is kept as None) for backward.

        Raises
        ------
        TypeError
            For anything that is not a Tensor: set that as an attribute of ctx.
        """
        self._to_save = self._checked(tensors, "save_for_backward")

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors for ``jvp``; what was saved for backward serves where nothing was."""
        self._to_push = self._checked(tensors, "save_for_forward")

    def _checked(self, tensors: tuple[Any, ...], what: str) -> tuple[Any, ...]:
        for index, value in enumerate(tensors):
            if value is None or isinstance(value, TensorCore):
                continue
            if self.xp is classes.tensor_xp or not hasattr(value, "dtype"):
                raise TypeError(
                    f"{what} can only save variables, but argument {index} is of type {type(value).__name__}. "
                    "Set it as an attribute of ctx instead."
                )
        return tensors

    def mark_dirty(self, *tensors: Any) -> None:
        """Say which inputs ``forward`` changed in place; each has to be returned too."""
        for value in tensors:
            if not isinstance(value, TensorCore):
                raise GradError(
                    f"mark_dirty can only accept variables, but argument is of type {type(value).__name__}. Pass the tensors that "
                    "were changed."
                )
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say which outputs have no gradient."""
        for value in tensors:
            if not isinstance(value, TensorCore) and (self.xp is classes.tensor_xp or not hasattr(value, "dtype")):
                raise GradError(
                    f"mark_non_differentiable only accepts variable arguments, but got {type(value).__name__}. Pass outputs."
                )
        self._plain = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether missing gradients reach ``backward`` as zeros (True) or as None."""
        self._materialize = value

    # ---- in backward

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The tensors given to :meth:`save_for_backward`, linked into the graph as they were.

        Raises
        ------
        GradError
            When the graph was freed, or one of them was changed in place.
        """
        if self._freed:
            raise GradError(FREED)
        owner = self._owner()
        if owner is None:
            return self._to_push if self._pushing and self._to_push is not None else self._to_save
        if owner.function.clear_saved_tensors_on_access:
            if self._once:
                raise GradError(
                    "saved_tensors can only be accessed once when clear_saved_tensors_on_access=True is set on the "
                    "autograd.Function. Either access saved_tensors only once, or set clear_saved_tensors_on_access=False."
                )
            self._once = True
        handles = tuple(None if entry is None else self._handle(owner, entry) for entry in self._saved)
        if self._once:
            self._saved = ()
        return handles

    def _handle(self, owner: Any, entry: Saved) -> Any:
        raw, options, node = entry.raw, entry.options, entry.node
        if type(raw) is Packed:
            raw = raw.raw()
        elif entry.snapshot is not None:
            raw = entry.snapshot._data
        elif log.last > owner.seq:
            check_version(owner, raw, options)
        if self._form == "raw":
            return raw
        if entry.output >= 0:
            node = Output.of(owner, entry.output) if options.is_inexact else None
        if self._form == "bare":
            node = None
        elif isinstance(node, Leaf):
            leaf = node.variable
            if leaf is not None and leaf._data is raw:
                return leaf
        return wrap(raw, options, node)

    def keep(self, tensors: tuple[Any, ...], outputs: tuple[Any, ...], options: Any) -> None:
        """Turn what was saved (Tensors, by now) into arrays and nodes; `outputs` are the Function's own."""
        kept: list[Saved | None] = []
        for tensor in tensors:
            if tensor is None:
                kept.append(None)
                continue
            if tensor._options.inference:
                raise GradError(INFERENCE_SAVED)
            output = next((index for index, value in enumerate(outputs) if value is tensor), -1)
            raw = tensor._data
            pair = hooks_in_force(options.backend.level)
            if pair is not None:
                pack, unpack = pair
                with special_mode(saved_hooks=()), no_grad():
                    shown = wrap(raw, tensor._options) if output >= 0 else tensor
                    raw = pack_tensor(pack, unpack, shown)
            constant = options.backend.level > tensor._options.backend.level and type(raw) is not Packed
            kept.append(
                Saved(
                    raw,
                    tensor._options,
                    None if output >= 0 else tensor._node,
                    output,
                    snapshot(tensor) if constant else None,
                )
            )
        self._saved = tuple(kept)
        self._to_save = ()
        self._to_push = None

    def twin(self) -> Context:
        """Return a context of another level with the same attributes, which saved nothing yet."""
        made = Context()
        fresh = {name: made.__dict__[name] for name in ("_saved", "_owner", "_freed", "_form", "_once", "_pushing")}
        made.__dict__.update(self.__dict__)
        made.__dict__.update(fresh)
        return made

    def free(self) -> None:
        """Let go of what was saved."""
        if self._to_save or self._saved:
            self._freed = True
        self._saved = ()
        self._to_save = ()


__all__ = ["Context", "Saved"]
