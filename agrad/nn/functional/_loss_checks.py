"""What losses ask of their arguments, in PyTorch's words.

The confusing case: values are looked at on the CPU alone, and not while they are traced or belong to a transform's example, as
:mod:`agrad.torch_api.indexing_bounds` has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agrad.engine.core import TensorCore
from agrad.errors import AgradError, DTypeError, ShapeError, UnsupportedOperation


class LossArgumentError(AgradError, RuntimeError, ValueError):
    """Values that a loss is not defined for."""


def check_classes(target: Any) -> None:
    """Refuse classes that are not integers: int64, or the smaller integers that promotion would make int64."""
    if target._options.dtype.kind not in ("int", "uint"):
        raise DTypeError(
            f"expected target dtype to be Long or Byte, but got {target._options.dtype.scalar_name}: classes are integers, "
            f"probabilities have the input's shape; received shape {tuple(target._shape)}. Convert the target: target.long()."
        )


def check_probabilities(name: str, value: Any) -> None:
    """Refuse values that are at hand and not between 0 and 1."""
    options = value._options
    if options.backend.level or options.device.type != "cpu" or 0 in value._shape:
        return
    xp, raw = options.xp, value._data
    try:
        inside = bool(xp.all((raw >= 0) & (raw <= 1)))
    except TypeError:
        return  # it is being traced
    if not inside:
        raise LossArgumentError(
            f"all elements of {name} should be between 0 and 1; received values from {float(xp.min(raw))} to {float(xp.max(raw))}. "
            "For scores use binary_cross_entropy_with_logits."
        )


def check_ctc(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    numbers: tuple[Sequence[int], Sequence[int]],
    blank: int,
) -> None:
    """Refuse lengths and labels that do not go with the logarithms of probabilities, shape (T, N, C), and the targets."""
    if not log_probs._options.dtype.is_floating_point:
        raise UnsupportedOperation(
            f"ctc_loss is not implemented for '{log_probs._options.dtype.scalar_name}'. Pass logarithms of probabilities."
        )
    longest, batch, classes = log_probs._shape
    if not 0 <= blank < classes:
        raise LossArgumentError(f"blank must be in label range: received {blank}, and {classes} classes")
    for name, given, lengths in (
        ("input_lengths", input_lengths, numbers[0]),
        ("target_lengths", target_lengths, numbers[1]),
    ):
        if isinstance(given, TensorCore) and given._options.dtype.kind not in ("int", "uint"):
            raise DTypeError(f"{name} must be integral; received {given._options.dtype!r}")
        if len(lengths) != batch:
            raise ShapeError(f"{name} must be of size batch_size: received {len(lengths)} lengths for {batch} examples")
        if any(one < 0 for one in lengths):
            raise LossArgumentError(
                f"Expected {name} to have value at least 0, but got value {min(lengths)} (while checking arguments for ctc_loss)"
            )
    if any(one > longest for one in numbers[0]):
        raise LossArgumentError(
            f"Expected input_lengths to have value at most {longest}, but got value {max(numbers[0])} (while checking arguments "
            "for ctc_loss)"
        )
    flat = targets.ndim == 1
    needed = sum(numbers[1]) if flat else max(numbers[1], default=0)
    axis = 0 if flat else 1
    if targets._shape[axis] < needed:
        raise LossArgumentError(
            f"Expected tensor to have size at least {needed} at dimension {axis}, but got size {targets._shape[axis]} for argument "
            "#2 'targets' (while checking arguments for ctc_loss)"
        )


__all__ = ["LossArgumentError", "check_classes", "check_ctc", "check_probabilities"]
