"""Sequences of several lengths as one tensor: torch.nn.utils.rnn's names, without packed sequences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import agrad

if TYPE_CHECKING:
    from agrad.tensor import Tensor


def pad_sequence(
    sequences: Sequence[Tensor], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """Return sequences, each of shape (L, ...), as one tensor of shape (longest, B, ...), filled up with a value.

    Parameters
    ----------
    batch_first : bool
        Return shape (B, longest, ...).
    padding_side : {"right", "left"}
    """
    if padding_side not in ("right", "left"):
        raise ValueError(f"padding_side must be 'right' or 'left', but got {padding_side!r}")
    given = list(sequences)
    if not given:
        raise RuntimeError("received an empty list of sequences")
    longest = max(one.shape[0] for one in given)
    rows: list[Any] = []
    for one in given:
        missing = longest - one.shape[0]
        filling = one.new_full((missing, *one.shape[1:]), padding_value)
        rows.append(agrad.cat([one, filling] if padding_side == "right" else [filling, one]) if missing else one)
    return agrad.stack(rows, 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """Return the sequences that :func:`pad_sequence` made one tensor of, each of its own length."""
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[: int(length)] for row, length in zip(rows, lengths.tolist(), strict=True)]


__all__ = ["pad_sequence", "unpad_sequence"]


def __dir__() -> list[str]:
    return list(__all__)
