"""What a tensor knows of the graph: requires_grad, grad, grad_fn, backward, hooks, detach."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from agrad.engine import gradient as _gradient
from agrad.engine.core import TensorCore, make_leaf
from agrad.engine.levels import Dual
from agrad.engine.modes import local
from agrad.engine.node import DeadEnd, Leaf, Node, Output, RemovableHandle, show
from agrad.engine.storage import is_broken, known_node, note_requires_grad
from agrad.errors import GradError

if TYPE_CHECKING:
    from agrad.tensor import Tensor


NOT_A_LEAF = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be populated during "
    "autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, use .retain_grad() on the "
    "non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access the leaf Tensor instead."
)


NOT_CHANGED = (
    "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that doesn't "
    "require differentiation use var_no_grad = var.detach()."
)


class AutogradMixin(TensorCore):
    """The autograd half of a Tensor; no state of its own."""

    __slots__ = ()

    @property
    def requires_grad(self) -> bool:
        """Whether operations on this tensor are recorded. Only floating and complex tensors can require grad."""
        if self._node is not None:
            return True
        # Of a pair made by forward_ad, which is no transform with an inside and an outside, the value's history is its own.
        return (
            type(self._data) is Dual and self._options.backend.absorbs and _gradient.primal_of(self)._node is not None
        )

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Make this leaf collect gradients (or stop), in place, and return it.

        Raises
        ------
        GradError
            A RuntimeError: for dtypes without gradients, and to stop a tensor that is not a leaf.
        """
        if is_broken(self):
            if requires_grad or known_node(self) is None or isinstance(known_node(self), Leaf):
                return self  # type: ignore[return-value]
            raise GradError(NOT_CHANGED)
        node = self._node
        if requires_grad:
            if self._options.inference and not local.inference:
                raise GradError(
                    "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed. Clone it first."
                )
            if node is None or type(node) is DeadEnd:
                if not self._options.is_inexact:
                    raise GradError(
                        "only Tensors of floating point and complex dtype can require gradients; "
                        f"received {self._options.dtype!r} of shape {self._shape}. Convert it first: x.to(agrad.float32)."
                    )
                make_leaf(self)
                note_requires_grad(self)
        elif node is not None and type(node) is not DeadEnd:
            if not isinstance(node, Leaf):
                raise GradError(NOT_CHANGED)
            self._node = None
            note_requires_grad(self)
        return self  # type: ignore[return-value]

    def is_inference(self) -> bool:
        """Whether this tensor was made in inference mode, and so can never be part of a graph."""
        return self._options.inference

    @property
    def is_leaf(self) -> bool:
        """Whether no operation made this tensor (or none that is recorded)."""
        node = self._node
        return node is None or isinstance(node, Leaf)

    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that made this tensor; None for leaves."""
        node = self._node
        if node is None or isinstance(node, Leaf):
            return None
        return show(node.source if type(node) is Output else node)

    def _is_view(self) -> bool:
        """Whether the tensor is a view of another, of which it is part as the graph sees it: not ``detach()`` and ``view(dtype)``."""
        return self._base is not None

    @property
    def _base(self) -> Tensor | None:
        """The tensor that this one is a view of, itself no view; None for a tensor of its own."""
        extra = self._extra
        return None if extra is None else extra.base

    @property
    def output_nr(self) -> int:
        """Which output of its ``grad_fn`` this tensor is."""
        node = self._node
        return node.index if type(node) is Output else 0

    @property
    def grad(self) -> Tensor | None:
        """The gradient collected so far, of the tensor's shape and dtype; None before the first backward.

        A tensor that an operation made has one only where :meth:`retain_grad` was called: asking for it warns, as in PyTorch.
        """
        try:
            kept: Tensor | None = self._grad
        except AttributeError:
            kept = None
        if kept is None and self._node is not None and not self.is_leaf and not self.retains_grad:
            warnings.warn(NOT_A_LEAF, UserWarning, stacklevel=2)
        return kept

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            if not isinstance(value, TensorCore):
                raise TypeError(
                    f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}. "
                    "Make it a Tensor first."
                )
            if value is self:
                raise GradError("can't assign Variable as its own grad")
            ours, theirs = self._options, value._options
            if theirs.dtype is not ours.dtype:
                raise GradError(
                    f"attempting to assign a gradient with dtype '{theirs.dtype.scalar_name}' to a tensor with dtype "
                    f"'{ours.dtype.scalar_name}'. Convert it: grad.to({ours.dtype!r})."
                )
            if theirs.backend is not ours.backend or theirs.device != ours.device:
                raise GradError(
                    f"assigned grad has data located on a different device: expected {ours.backend.name}:{ours.device}, received "
                    f"{theirs.backend.name}:{theirs.device}. Move it: grad.to({str(ours.device)!r})."
                )
            if value._shape != self._shape:
                raise GradError(
                    f"attempting to assign a gradient of size '{list(value._shape)}' to a tensor of size '{list(self._shape)}'. "
                    "Please ensure that the gradient and the tensor are the same size."
                )
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Add the gradients of this tensor to the ``grad`` of the leaves it came from.

        Parameters
        ----------
        gradient : Tensor, optional
            The cotangent, of this tensor's shape; may be left out for one element.
        retain_graph, create_graph, inputs
            As in :func:`agrad.autograd.backward`.
        """
        _gradient.backward((self,), (gradient,), retain_graph, create_graph, inputs)

    def retain_grad(self) -> None:
        """Keep the gradient of this non-leaf tensor in its ``grad`` too."""
        node = self._node
        if node is None:
            raise GradError(
                "can't retain_grad on Tensor that has requires_grad=False. Call requires_grad_() on its inputs."
            )
        if not isinstance(node, Leaf):
            node.ensure_extra().retain = weakref.ref(self)

    @property
    def retains_grad(self) -> bool:
        """Whether this non-leaf tensor keeps its gradient."""
        node = self._node
        if node is None or isinstance(node, Leaf) or node.extra is None or node.extra.retain is None:
            return False
        return node.extra.retain() is self

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
        """Call ``hook(grad)`` when this tensor's gradient is known; a Tensor it returns replaces the gradient.

        Raises
        ------
        GradError
            When the tensor does not require grad.
        """
        node = self._node
        if node is None:
            raise GradError("cannot register a hook on a tensor that doesn't require gradient")
        extra = node.ensure_extra()
        if extra.tensor_hooks is None:
            extra.tensor_hooks = {}
        return RemovableHandle(extra.tensor_hooks, hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> RemovableHandle:
        """Call ``hook(tensor)`` each time a gradient has been added to this leaf's ``grad``."""
        node = self._node
        if not isinstance(node, Leaf):
            raise GradError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        return node.register_post_hook(hook)


__all__ = ["AutogradMixin"]
