"""Whether a tensor may be written in place, asked before anything is changed: PyTorch's errors, in PyTorch's words.

The confusing case: a view that was made where nothing was recorded, or that is one of several outputs, can be read for ever and
never be written to while something requires grad.
"""

from __future__ import annotations

from typing import Any

from agrad.engine.core import TensorCore
from agrad.engine.geometry import is_dense, size_of
from agrad.engine.modes import local, state
from agrad.engine.node import Leaf
from agrad.engine.storage import requires_grad
from agrad.errors import AgradError, GradError


def check_writable(target: Any, *others: Any, dense: bool = True) -> None:
    """Raise PyTorch's error when `target` may not be written in place now.

    Parameters
    ----------
    others : the operation's other operands, for whether anything requires grad
    dense : bool
        Also refuse a tensor that shows one element several times.
    """
    extra = target._extra
    if target._options.inference and not local.inference:
        raise GradError(
            "Inplace update to inference tensor outside InferenceMode is not allowed. You can make a clone to get a normal tensor "
            "before doing inplace update."
        )
    shared = extra is not None and extra.storage is not None
    if not state.special or local.grad_enabled:
        base = extra.base if shared else None
        if base is not None and (
            requires_grad(target) or any(isinstance(other, TensorCore) and requires_grad(other) for other in others)
        ):
            if extra.creation != "default":
                raise GradError(_FORBIDDEN[extra.creation])
            if requires_grad(target) and (base._node is None or isinstance(base._node, Leaf)):
                raise GradError(
                    "a view of a leaf Variable that requires grad is being used in an in-place operation. "
                    "Do it under agrad.no_grad(), or on a clone()."
                )
        if isinstance(target._node, Leaf):
            raise GradError(
                "a leaf Variable that requires grad is being used in an in-place operation. "
                "Do it under agrad.no_grad(), or on a clone()."
            )
    if shared and dense:
        check_dense(target)


def check_dense(target: Any) -> None:
    """Raise PyTorch's error for a tensor that shows one element several times."""
    shape = target._shape
    if 0 not in shape and any(
        stride == 0 and length > 1 for length, stride in zip(shape, target._extra.strides, strict=True)
    ):
        raise AgradOverlap(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
            "Please clone() the tensor before performing the operation."
        )


_CLARIFY = (
    "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and "
    "the inplace either both inside the {0} block (if you don't want the inplace to be tracked) or both outside (if you want the "
    "inplace to be tracked)."
)
_FORBIDDEN = {
    "multi": "Output 0 of a function that returns multiple views is a view and is being modified inplace. This view is the output of "
    "a function that returns multiple views. Such functions do not allow the output views to be modified inplace. You should replace "
    "the inplace operation by an out-of-place one.",
    "no_grad": "A view was created in no_grad mode and is being modified inplace with grad mode enabled. "
    + _CLARIFY.format("no_grad"),
    "inference": "A view was created in inference mode and is being modified inplace in normal mode. "
    + _CLARIFY.format("inference_mode"),
    "function": "Output 0 of a custom Function is a view and is being modified inplace. This view was created inside a custom Function "
    "(or because an input was returned as-is) and the autograd logic to handle view+inplace would override the custom backward "
    "associated with the custom Function, leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning the "
    "output of the custom Function.",
}


class AgradOverlap(AgradError, RuntimeError):
    """An in-place write to a tensor that shows one element several times, or from one that partly overlaps it."""


def same_memory(target: Any, other: Any) -> bool:
    """Whether two tensors show the same elements in the same order."""
    if target is other:
        return True
    ours, theirs = target._extra, other._extra
    return (
        ours is not None
        and theirs is not None
        and ours.storage is not None
        and ours.storage is theirs.storage
        and target._options is other._options
        and (target._shape, ours.strides, ours.offset) == (other._shape, theirs.strides, theirs.offset)
    )


def check_apart(target: Any, other: Any) -> None:
    """Raise PyTorch's error for an operand that shows a part of what is written, as far as PyTorch notices.

    It looks at tensors without gaps alone, and at where they begin and end.
    """
    ours, theirs = target._extra, other._extra
    if target is other or ours is None or theirs is None:
        return
    if ours.storage is None or not ours.storage.is_memory_of(theirs.storage):
        return
    if 0 in target._shape or 0 in other._shape:
        return
    if not (is_dense(target._shape, ours.strides) and is_dense(other._shape, theirs.strides)):
        return
    (start, end), (begin, stop) = (_bytes(tensor, alias.offset) for tensor, alias in ((target, ours), (other, theirs)))
    if (start, end) == (begin, stop):
        if ours.strides == theirs.strides:
            return
    elif start >= stop or begin >= end:
        return
    raise AgradOverlap(
        "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location. "
        "Please clone() the tensor before performing the operation."
    )


def _bytes(tensor: Any, offset: int) -> tuple[int, int]:
    """Return where a tensor without gaps begins and ends in its memory, in bytes."""
    size = tensor._options.dtype.itemsize
    return offset * size, (offset + size_of(tensor._shape)) * size


__all__ = ["AgradOverlap", "check_apart", "check_dense", "check_writable", "same_memory"]
